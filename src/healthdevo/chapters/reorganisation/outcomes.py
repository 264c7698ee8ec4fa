"""Outcomes that a reorganisation might change, each on areas that stay the same over its periods."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common.admissions import by_district_of_today

_SPENDING_FROM, _SPENDING_TO = pd.Timestamp(2011, 4, 1), pd.Timestamp(2024, 3, 31)
"""First and last day of the spending figures by service."""
_VESTING_MONTH = 4
"""Councils take over on 1 April, the first day of a financial year."""


@dataclass(frozen=True)
class Series:
    """One outcome: ``area_code``, ``period``, ``value``, and how long a period lasts.

    A period is named by its first calendar year and lasts ``years``; with ``financial`` it is the year from April on. ``kind`` is the kind
    of reorganisation that can change an outcome of spending.
    """

    name: str
    unit: str
    tables: tuple[str, ...]
    frame: pd.DataFrame = field(repr=False)
    years: int = 1
    financial: bool = False
    kind: str = ""

    @property
    def health(self) -> bool:
        """Whether it is an outcome of health: one that any reorganisation might change."""
        return not self.kind

    @cached_property
    def periods(self) -> tuple[int, ...]:
        """Periods by their first year."""
        return tuple(sorted({int(p) for p in self.frame["period"]}))

    def before(self, vesting: pd.Timestamp) -> list[int]:
        """Periods that had ended when the new body took over."""
        if self.financial:
            return [p for p in self.periods if p < _financial_year(vesting)]
        return [p for p in self.periods if p + self.years - 1 < vesting.year]

    def after(self, vesting: pd.Timestamp) -> list[int]:
        """Periods that lie wholly after the day on which the new body took over; any other period counts on neither side."""
        if self.financial:
            return [p for p in self.periods if p >= _financial_year(vesting)]
        return [p for p in self.periods if p > vesting.year]

    @property
    def last_day(self) -> pd.Timestamp:
        """Last day of the last period."""
        last = self.periods[-1] + self.years - 1
        return pd.Timestamp(last + 1, 3, 31) if self.financial else pd.Timestamp(last, 12, 31)

    @property
    def first_day(self) -> pd.Timestamp:
        """First day of the first period."""
        return pd.Timestamp(self.periods[0], _VESTING_MONTH if self.financial else 1, 1)


def _financial_year(day: pd.Timestamp) -> int:
    """Return the year in which the financial year starts that begins on a day or is the next to begin.

    >>> _financial_year(pd.Timestamp("2019-04-01")), _financial_year(pd.Timestamp("2019-05-01"))
    (2019, 2020)
    """
    return day.year if (day.month, day.day) <= (_VESTING_MONTH, 1) else day.year + 1


def _kinds() -> pd.Series:
    return tables.load("area").set_index("area_code")["kind"]


def _complete(frame: pd.DataFrame) -> pd.DataFrame:
    """Return the areas that have a value in every period."""
    rows = frame.dropna(subset=["value"])
    counts = rows.groupby("area_code")["period"].nunique()
    full = counts.index[counts == rows["period"].nunique()]
    return rows[rows["area_code"].isin(full)].sort_values(["area_code", "period"], ignore_index=True)


def _codes(kind: str) -> set[str]:
    """Return the codes of all areas of a kind that ever were."""
    return {a.code for a in areas.list_areas(kind, on=None)}


def _of(frame: pd.DataFrame, period: str, value: str) -> pd.DataFrame:
    """Return the outcome of shire districts and unitary councils: the kinds of council that were reorganised."""
    shires = _codes("district") - _codes("metropolitan_district") - _codes("london_borough")
    rows = frame[frame["area_code"].isin(shires)]
    rows = rows.rename(columns={period: "period", value: "value"})[["area_code", "period", "value"]]
    return _complete(rows)


def preventable_deaths() -> Series:
    """Return preventable deaths under 75 from 2014 on: the edition that has the newest councils.

    >>> preventable_deaths().periods[0]
    2014
    """
    name = "under_75_mortality"
    rows = tables.single_edition(tables.load(name), "ohid_2026")
    rows = rows[rows["sex"] == "persons"]
    return Series("Preventable deaths under 75", "deaths per 100,000", (name,), _of(rows, "year", "rate"))


def mortality_ratio() -> Series:
    """Return the standardised mortality ratio of all deaths, derived, 2003 to 2019."""
    name = "mortality_ratio_derived"
    return Series("All deaths", "points of 100", (name,), _of(tables.load(name), "year", "mortality_ratio"))


def avoidable_admissions() -> Series:
    """Return avoidable emergency admissions per 100,000 people: counts of the districts of today, crude, without marked breaks.

    New councils have the counts of the districts that they replaced added up, so the rates are not standardised.

    >>> avoidable_admissions().periods[0], avoidable_admissions().financial
    (2003, True)
    """
    rows = by_district_of_today().reset_index()
    broken = set(rows.loc[rows["recording_break"], "area_code"])
    rows = rows[~rows["area_code"].isin(broken)]
    rows = rows.assign(rate=1e5 * rows["admissions"] / rows["population"])
    value = _of(rows, "financial_year_start", "rate")
    return Series(
        "Avoidable admissions", "admissions per 100,000", ("chronic_admission",), value, financial=True
    )


def _both_sexes(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.groupby(["area_code", "period_start_year"])["life_expectancy"].mean().reset_index()


def life_expectancy() -> Series:
    """Return life expectancy at birth in three-year windows, derived, mean of both sexes, up to 2012 to 2014."""
    name = "life_expectancy_derived"
    rows = _both_sexes(tables.load(name))
    return Series(
        "Life expectancy", "years", (name,), _of(rows, "period_start_year", "life_expectancy"), years=3
    )


def life_expectancy_late() -> Series:
    """Return official life expectancy at birth in three-year windows from 2015 to 2017 on, mean of both sexes."""
    name = "life_expectancy_area"
    rows = _both_sexes(tables.load(name))
    return Series(
        "Life expectancy, from 2015",
        "years",
        (name,),
        _of(rows, "period_start_year", "life_expectancy"),
        years=3,
    )


def footprints(reorganisation: pd.DataFrame) -> pd.Series:
    """Return, by council area, the code of the whole that stays the same: the county, or the group that was reorganised together.

    Bodies of one reorganisation within the years of the spending figures and those they replaced share its name; a district in a county
    stands under its county; all others stand for themselves. Mergers of districts within a county change no county.
    """
    whole = {code: code for code in _codes("district") | _codes("county")}
    rows = tables.load("area_membership")
    inside = rows[rows["container_code"].map(_kinds()) == "county"]
    whole |= dict(zip(inside["member_code"], inside["container_code"], strict=True))
    inside_series = reorganisation["vesting_date"].between(_SPENDING_FROM, _SPENDING_TO)
    own = reorganisation[(reorganisation["kind"] == "unitary") & inside_series]
    group = pd.concat(
        [
            own[["experiment", "area_code"]],
            own[["experiment", "predecessor_code"]].set_axis(["experiment", "area_code"], axis=1),
        ]
    ).dropna()
    group = group[group["area_code"].map(_kinds()).notna()]
    names = dict(zip(group["area_code"], group["experiment"], strict=True))
    return pd.Series({code: names.get(top, names.get(code, top)) for code, top in whole.items()})


def _per_head(spent: pd.Series, wholes: pd.Series) -> pd.DataFrame:
    """Return spending by whole and financial year for each resident, in the prices of 2019/20; people are those of the districts of 2023."""
    people = tables.load("population_year")
    current = {a.code for a in areas.list_areas("district", on="2023-06-01")}
    people = people[people["area_code"].isin(current)]
    residents = people.groupby([people["area_code"].map(wholes), "year"])["persons"].sum()
    residents.index.names = spent.index.names
    deflator = tables.load("gdp_deflator").set_index("year")["deflator"]
    value = (spent / residents).dropna().rename("value").reset_index()
    value.columns = pd.Index(["area_code", "period", "value"])
    value["value"] *= float(deflator[2019]) / value["period"].map(deflator)
    return value


def council_spending(name: str, service: str, reorganisation: pd.DataFrame) -> Series:
    """Return spending per head on a service by all councils of a footprint outside London, in the prices of 2019/20, from 2011/12 on.

    Counties and their districts are added up. Footprints with a council that did not report in a year are left out.
    """
    source = ("council_outturn", "population_year", "gdp_deflator")
    rows = tables.load(source[0])
    rows = rows[
        (rows["service"] == service) & (rows["financial_year_start"] >= 2011) & rows["area_code"].notna()
    ]
    classes = tables.load("council").set_index("council_code")["council_class"]
    rows = rows[rows["council_code"].map(classes) != "london_borough"]
    wholes = footprints(reorganisation)
    spent = rows.groupby([rows["area_code"].map(wholes), "financial_year_start"])["spending"].sum()
    value = _per_head(spent, wholes)
    value = value[~value["area_code"].isin(_gaps(rows, reorganisation))]
    return Series(name, "pounds per head", source, _complete(value), financial=True, kind="unitary")


def _gaps(rows: pd.DataFrame, reorganisation: pd.DataFrame) -> set[str]:
    """Return footprints in which a council that reports in other years misses one while it exists."""
    council = rows.groupby("area_code")["financial_year_start"].agg(["min", "max", "nunique"])
    valid = tables.load("area").set_index("area_code")
    last = int(rows["financial_year_start"].max())
    first = int(rows["financial_year_start"].min())
    begins = valid["valid_from"].reindex(council.index).dt.year.clip(lower=first).fillna(first)
    ends = (valid["valid_to"].reindex(council.index).dt.year - 1).clip(upper=last).fillna(last)
    short = council["nunique"] < ends - begins + 1
    return set(footprints(reorganisation).reindex(council.index[short]))


def district_spending(reorganisation: pd.DataFrame) -> Series:
    """Return spending per head of shire district councils on all services, in the prices of 2019/20, up to 2022/23; merged ones as one."""
    source = ("council_outturn", "population_year", "gdp_deflator")
    rows = tables.load(source[0])
    classes = tables.load("council").set_index("council_code")["council_class"]
    rows = rows[
        (rows["service"] == "total_service_expenditure")
        & rows["financial_year_start"].between(2011, 2022)
        & (rows["council_code"].map(classes) == "shire_district")
    ].dropna(subset=["area_code"])
    merged = reorganisation[reorganisation["kind"] == "district_merger"]
    new = dict(zip(merged["predecessor_code"], merged["area_code"], strict=True))
    wholes = pd.Series({code: new.get(code, code) for code in _codes("district")})
    spent = rows.groupby([rows["area_code"].map(wholes), "financial_year_start"])["spending"].sum()
    value = _complete(_per_head(spent, wholes))
    return Series(
        "District council services", "pounds per head", source, value, financial=True, kind="district_merger"
    )


def all_series(reorganisation: pd.DataFrame) -> tuple[Series, ...]:
    """Return every outcome of the page."""
    services: dict[str, str] = {
        "Adult social care": "adult_social_care",
        "Children's social care": "children_social_care",
        "Central services": "central_services",
    }
    health: tuple[Callable[[], Series], ...] = (
        preventable_deaths,
        mortality_ratio,
        life_expectancy,
        life_expectancy_late,
        avoidable_admissions,
    )
    return (
        *(make() for make in health),
        district_spending(reorganisation),
        *(council_spending(name, service, reorganisation) for name, service in services.items()),
    )
