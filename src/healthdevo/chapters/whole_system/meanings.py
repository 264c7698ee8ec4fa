"""What tables cannot say of their indicators themselves: title, theme, which direction is better, what contains what."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from healthdevo import tables
from healthdevo.chapters.common import BEFORE_PANDEMIC, record
from healthdevo.errors import TableError

THEMES: Mapping[str, str] = {
    "deaths": "Length of life and deaths",
    "care": "Hospital and care",
    "behaviour": "Smoking and weight",
    "wellbeing": "Wellbeing",
    "children": "Children",
    "living": "Work, money and homes",
    "environment": "Air and climate",
    "spending": "Council spending",
}
"""Themes in the order of the page."""
SETTING: Mapping[str, str] = {
    "population_year": "who lives in an area",
    "deprivation_area": "how deprived an area is, in three years",
    "deprivation_area_official": "how deprived an area is, in three years",
    "area_year_panel": "copied from other tables",
    "health_index_icb": "the Health Index again, for health boards",
    "productivity_district": "the value of an hour's work, smoothed over years, so that no change in it has a date",
    "chronic_admission_quarter": "avoidable admissions again, by quarter",
}
"""Tables that describe areas, repeat other tables or smooth years together; nothing in them is an outcome with a date."""
SUMS: Mapping[str, str] = {
    "council_outturn/social_care_total": "the sum of adult and children's social care",
    "council_outturn/total_service_expenditure": "a sum of services",
    "council_outturn/net_current_expenditure": "a sum of services and benefits",
    "council_outturn/other": "what is left beside the services",
}
"""Series that are sums of others, or what is left of a sum."""


@dataclass(frozen=True)
class Meaning:
    """What an indicator is."""

    title: str
    theme: str
    unit: str
    better: str
    """``higher``, ``lower`` or ``neither``."""
    publisher: str = ""
    edition: str = ""
    note: str = ""

    @property
    def sign(self) -> float:
        """1 when higher is better, -1 when lower is better, 0 when neither is by itself."""
        return {"higher": 1.0, "lower": -1.0}.get(self.better, 0.0)


_HEAD = f"pounds per head, prices of {BEFORE_PANDEMIC}"
_RATE = "per 100,000, age-standardised"
_LEVY = (
    "Sum of county and district councils. Net of grants and fees, which differ between councils and years."
)
_TYPED: Mapping[str, Meaning] = {
    "under_75_mortality": Meaning("Preventable deaths under 75", "deaths", _RATE, "lower"),
    "under_75_mortality_three_year/cardiovascular": Meaning(
        "Preventable heart deaths under 75", "deaths", _RATE, "lower"
    ),
    "mortality_ratio_derived": Meaning(
        "Deaths at all ages (mortality ratio)",
        "deaths",
        "points",
        "lower",
        note="Derived, not official: the age structure is partly interpolated.",
    ),
    "productivity_district/value_added_per_hour": Meaning(
        "Value added per hour worked", "living", "pounds per hour", "higher"
    ),
    "productivity_district/value_added_per_job": Meaning(
        "Value added per job", "living", "pounds per job", "higher"
    ),
    "healthy_life_expectancy_area_editions": Meaning(
        "Healthy life expectancy", "deaths", "years", "higher", note="Rests on a survey of health."
    ),
    "chronic_admission": Meaning(
        "Avoidable emergency admissions",
        "care",
        "per 100,000, standardised by age and sex",
        "lower",
        note="For chronic illness that care outside hospital should manage. Some hospitals changed how they record.",
    ),
    "wider_determinants/claimant_rate": Meaning("People claiming out-of-work benefit", "living", "", "lower"),
    "wider_determinants/employment_rate": Meaning("People in work", "living", "", "higher"),
    "wider_determinants/unemployment_rate": Meaning("Unemployment (modelled)", "living", "", "lower"),
    "wider_determinants/inactivity_rate": Meaning(
        "Neither in work nor looking for it",
        "living",
        "",
        "neither",
        note="Students, carers and people who have retired early count as well.",
    ),
    "wider_determinants/inactivity_due_to_sickness": Meaning(
        "Sick, of those not in the labour market",
        "living",
        "per cent of inactive people",
        "neither",
        note="A share of inactive people: it also falls when more of them study or care.",
    ),
    "wider_determinants/household_income_per_head": Meaning("Household income", "living", "", "higher"),
    "wider_determinants/median_weekly_pay": Meaning("Median weekly pay", "living", "", "higher"),
    "wider_determinants/housing_affordability_ratio": Meaning(
        "House prices over earnings",
        "living",
        "years of earnings",
        "neither",
        note="Dear homes hurt buyers and please owners.",
    ),
    "wider_determinants/obesity_reception": Meaning("Obesity at age 4 to 5", "behaviour", "", "lower"),
    "wider_determinants/obesity_year_6": Meaning("Obesity at age 10 to 11", "behaviour", "", "lower"),
    "wider_determinants/persistent_absence": Meaning(
        "Pupils who often miss school", "children", "per cent of pupils", "lower"
    ),
    "council_outturn/adult_social_care": Meaning(
        "Adult social care",
        "spending",
        _HEAD,
        "neither",
        note="Net of income from the health service: more of it shows as less spending.",
    ),
    "council_outturn/children_social_care": Meaning("Children's social care", "spending", _HEAD, "neither"),
    "council_outturn/education": Meaning(
        "Education",
        "spending",
        _HEAD,
        "neither",
        note="Schools that become academies leave the councils' accounts.",
    ),
    "council_outturn/highways_and_transport": Meaning(
        "Roads and transport",
        "spending",
        _HEAD,
        "neither",
        note="Net of fees; combined authorities raise part of transport spending as levies.",
    ),
    "council_outturn/culture": Meaning("Culture", "spending", _HEAD, "neither", note=_LEVY),
    "council_outturn/environment": Meaning("Environment and waste", "spending", _HEAD, "neither", note=_LEVY),
    "council_outturn/planning_and_development": Meaning("Planning", "spending", _HEAD, "neither", note=_LEVY),
    "council_outturn/housing_general_fund": Meaning("Housing", "spending", _HEAD, "neither", note=_LEVY),
    "council_outturn/central_services": Meaning("Administration", "spending", _HEAD, "neither", note=_LEVY),
}
"""Indicators of tables that do not say by themselves what each is; an empty unit is that of the table."""
WITHIN: Mapping[str, str] = {
    "under_75_mortality": "mortality_ratio_derived",
    "under_75_mortality_three_year/cardiovascular": "under_75_mortality",
    "local_outcome/alcohol_mortality": "mortality_ratio_derived",
    "local_outcome/drug_poisoning_deaths": "mortality_ratio_derived",
    "local_outcome/self_harm_admissions_10_24": "local_outcome/self_harm_admissions",
    "local_outcome/delayed_transfer_days_social_care": "local_outcome/delayed_transfer_days",
    "local_outcome/smoking_routine_manual": "local_outcome/smoking_adults",
    "wider_determinants/obesity_reception": "local_outcome/excess_weight_reception",
    "wider_determinants/obesity_year_6": "local_outcome/excess_weight_year_6",
    "wider_determinants/inactivity_due_to_sickness": "wider_determinants/inactivity_rate",
    "wider_determinants/unemployment_rate": "wider_determinants/employment_rate",
    "wider_determinants/inactivity_rate": "wider_determinants/employment_rate",
    "wider_determinants/claimant_rate": "wider_determinants/unemployment_rate",
    "wider_determinants/median_weekly_pay": "wider_determinants/household_income_per_head",
}
"""Indicators that are mostly a part of another, or its other side, such as people in work and people not in work."""


def meaning(series: str) -> Meaning:
    """Return what an indicator is, by its name ``table`` or ``table/series``.

    >>> meaning("wider_determinants/employment_rate").unit, meaning("local_outcome/anxiety").better
    ('per cent', 'lower')
    """
    table, _, name = series.partition("/")
    origin = tables.origin(table)
    if table == "local_outcome":
        rows = tables.load("local_outcome_series").set_index("indicator", drop=False)
        if name in rows.index:
            own = record(rows.loc[[name]])
            note = own["caveats"] if isinstance(own["caveats"], str) else ""
            return Meaning(
                own["series_title"],
                own["theme"],
                own["unit"],
                own["better"],
                own["publisher"],
                own["published_edition"],
                note,
            )
    if series not in _TYPED:
        raise TableError(
            f"{series}: it has figures on both sides of the agreement, but nobody said what it is; add its title, theme and better "
            "direction to chapters/whole_system/meanings.py, or its table to SETTING"
        )
    typed, unit = _TYPED[series], ""
    if table == "wider_determinants":
        units = tables.load("wider_determinants_series").set_index("indicator")["unit"]
        unit = str(units[name]).replace("prices of the year", f"prices of {BEFORE_PANDEMIC}")
    return Meaning(
        typed.title,
        typed.theme,
        typed.unit or unit,
        typed.better,
        origin.publisher,
        origin.edition,
        typed.note,
    )
