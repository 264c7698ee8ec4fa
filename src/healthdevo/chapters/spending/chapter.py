"""Chapter "Spending": what councils spend, what it goes with, and how sure anyone can be."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo import areas, tables
from healthdevo.chapters.common.cells import cell, record, records
from healthdevo.chapters.common.sources import source_line
from healthdevo.charts import (
    Caption,
    Chart,
    bar_chart,
    interval_chart,
    line_chart,
    scatter_chart,
    specification_chart,
)
from healthdevo.charts.table import Table, show_table
from healthdevo.errors import TableError
from healthdevo.finance import Returns, Uncertain, returns_to_spending
from healthdevo.regression import (
    Coefficient,
    InstrumentFit,
    JointTest,
    Leverage,
    PanelFit,
    PlaceboOutcomes,
    PreTrends,
    SelectionBounds,
    SpecificationCurve,
    adjust_p_values,
    instrument,
    joint_test,
    leverage,
    minimum_detectable_effect,
    panel,
    placebo_outcomes,
    power_to_detect,
    pre_trends,
    romano_wolf,
    selection_bounds_of_fit,
    specification_curve,
)
from healthdevo.results import Estimate, Interval
from healthdevo.wording import financial_year, join, number, percentage

__all__ = [
    "ENGLAND",
    "LIFE_YEARS",
    "OUTCOME",
    "PRICES",
    "QUALITY",
    "SERVICES",
    "Spending",
    "fit_panel",
    "for_ten_per_cent",
    "named_panel",
    "real_terms",
    "under_75",
]

ENGLAND = "E92000001"
LONDON = "E12000007"
OUTCOME = "preventable_mortality"
EDITION = "ohid_2023"
PRICES = 2023
"""Year of the prices that all spending is expressed in."""

SERVICES: Mapping[str, str] = {
    "public_health_spending": "public health",
    "adult_social_care_spending": "adult social care",
}
"""Columns of the panel and the services they hold."""

BASE_YEARS: Mapping[str, int] = {
    "public_health": 2016,
    "adult_social_care": 2011,
    "children_social_care": 2011,
}
"""First full year of each service with its present duties: children under 5 joined public health in October 2015."""
PLACEBO_SERVICE = "children_social_care_spending"
BEFORE_PANDEMIC = 2019
AGE_WORK_INCOME = ("share_65_plus", "claimant_rate", "household_income_per_head")
NEED = ("deprivation_score_2019", "share_65_plus")
CANNOT_CHANGE = {
    "housing_affordability_ratio": "house prices against earnings",
    "median_weekly_pay": "weekly pay",
    "household_income_per_head": "household income per head",
}
"""Placebo outcomes: this year's public health or social care spending does not change them."""

LIFE_YEARS = Uncertain(14.0, 4.0, "gamma")
"""Assumption: years of life gained when a preventable death before 75 is averted."""
QUALITY = Uncertain(0.75, 0.08, "beta")
"""Assumption: quality of these years, between 0 and 1."""
THRESHOLDS = (20_000.0, 30_000.0)

OWN = "This book: same council over time"
PUBLIC_HEALTH_ALONE = "public health alone"
MARTIN = "Martin, Lomas and Claxton, BMJ Open"
MORTALITY_PUBLIC_HEALTH = "mortality with respect to public health spending"

DESIGNS: tuple[dict[str, Any], ...] = (
    {"key": "years", "label": "Councils compared, by year", "effects": "year"},
    {"key": "between", "label": "Council averages compared", "effects": "between", "errors": "HC3"},
    {
        "key": "need",
        "label": "Averages, given need and age",
        "effects": "between",
        "errors": "HC3",
        "controls": NEED,
    },
    {"key": "within", "label": "Same council over time", "effects": "two-way", "errors": "CR2"},
    {
        "key": "within_controls",
        "label": "Same council, with controls",
        "effects": "two-way",
        "errors": "CR2",
        "controls": AGE_WORK_INCOME,
    },
    {
        "key": "lagged",
        "label": "Same council, a year later",
        "effects": "two-way",
        "errors": "CR2",
        "lags": 1,
    },
    {
        "key": "before_pandemic",
        "label": "Same council, to 2019",
        "effects": "two-way",
        "errors": "CR2",
        "last": BEFORE_PANDEMIC,
    },
    {
        "key": "difference",
        "label": "Change on the year before",
        "effects": "first-difference-year",
        "errors": "CR2",
    },
    {"key": "long", "label": "Change from first to last year", "effects": "long-difference", "errors": "HC3"},
)
WITHIN = ("within", "within_controls", "lagged", "before_pandemic", "difference", "long")

CURVE_CHOICES = {
    "estimator": "Design",
    "lag": "Lag",
    "controls": "Controls",
    "weights": "Weights",
    "sample": "Sample",
}
CURVE_LABELS: Mapping[str, Mapping[str, str]] = {
    "estimator": {
        "year": "councils compared",
        "two-way": "same council",
        "first-difference-year": "yearly change",
    },
    "lag": {"0": "same year", "1": "one year", "2": "two years"},
    "controls": {
        "none": "none",
        "share_65_plus": "age",
        " + ".join(AGE_WORK_INCOME): "age, work, income",
    },
    "weights": {"none": "none", "population": "population"},
    "sample": {
        "all": "all",
        "before the pandemic": "to 2019",
        "without London": "no London",
        "from 2016": "from 2016",
    },
}


def named_panel() -> pd.DataFrame:
    """Return the panel of upper-tier areas with the short name of each."""
    frame = tables.load("area_year_panel")
    names = {code: areas.get(code).short_name for code in frame["area_code"].unique()}
    return frame.assign(name=frame["area_code"].map(names))


def real_terms(frame: pd.DataFrame, deflator: pd.DataFrame, column: str, year: str) -> pd.Series:
    """Return a column of money in prices of ``PRICES``.

    Parameters
    ----------
    frame : pandas.DataFrame
        With the column and its year (of a financial year: that in which it starts).
    deflator : pandas.DataFrame
        Table ``gdp_deflator``.
    column, year : str
        Columns of ``frame``.

    Raises
    ------
    TableError
        When the deflator lacks a year.
    """
    level = deflator.set_index("year")["deflator"]
    missing = sorted(set(frame[year]) - set(level.index))
    if missing:
        raise TableError(f"table gdp_deflator has no year {join([str(y) for y in missing])}")
    factor = float(level[PRICES]) / frame[year].map(level).astype(float)
    return pd.Series(frame[column].astype(float) * factor, index=frame.index)


def fit_panel(
    frame: pd.DataFrame,
    service: str,
    *,
    outcome: str = OUTCOME,
    effects: str = "two-way",
    errors: str = "clustered",
    controls: Sequence[str] = (),
    lags: int = 0,
    weights: str | None = None,
    last: int | None = None,
) -> PanelFit:
    """Fit log outcome on log spending; the coefficient is an elasticity.

    Parameters
    ----------
    frame : pandas.DataFrame
        The panel.
    service : str
        Column of spending.
    last : int, optional
        Last year used.

    Examples
    --------
    >>> fit = fit_panel(named_panel(), "public_health_spending")
    >>> fit.effects, fit.outcome
    ('two-way', 'log(preventable_mortality)')
    """
    rows = frame if last is None else frame[frame["year"] <= last]
    return panel(
        rows,
        outcome=outcome,
        regressors=service,
        area="area_code",
        logs=[outcome, service],
        effects=effects,
        errors=errors,
        controls=list(controls),
        lags={service: lags},
        weights=weights,
    )


def for_ten_per_cent(elasticity: float) -> float:
    """Return the relative difference in the outcome that goes with ten per cent more spending.

    Examples
    --------
    >>> round(for_ten_per_cent(-0.1), 4)
    -0.0095
    """
    return float(1.1**elasticity - 1.0)


def _fewer(change: float) -> str:
    """Return a relative change of deaths in words."""
    if abs(change) < 0.0005:
        return "no difference"
    return f"{percentage(abs(change))} {'fewer' if change < 0 else 'more'}"


def _signed_percent(value: float) -> str:
    return "0%" if abs(value) < 0.5 else f"{value:+.0f}%".replace("-", "\N{MINUS SIGN}")


def _at(frame: pd.DataFrame, column: str, position: int) -> str:
    """Return the name that stands at a position when rows are sorted by a column."""
    return str(record(frame.sort_values([column, "name"]), position)["name"])


def _stretch(i: Interval) -> str:
    """Return a stretch of the real line in words."""
    if np.isneginf(i.lower) and np.isposinf(i.upper):
        return "any value"
    if np.isneginf(i.lower):
        return f"up to {number(i.upper, 2)}"
    return (
        f"from {number(i.lower, 2)} upwards"
        if np.isposinf(i.upper)
        else f"{number(i.lower, 2)} to {number(i.upper, 2)}"
    )


def ten_per_cent_words(c: Estimate, what: str = "preventable deaths") -> str:
    """Return what ten per cent more spending goes with, with the interval, in words."""
    i = c.interval()
    return (
        f"{_fewer(for_ten_per_cent(c.estimate))} {what} ({100 * i.level:g}% interval: "
        f"{_fewer(for_ten_per_cent(i.lower))} to {_fewer(for_ten_per_cent(i.upper))})"
    )


def moved_by(change: float) -> str:
    """Return a relative change as a verb.

    Examples
    --------
    >>> moved_by(0.25), moved_by(-0.1), moved_by(0.001)
    ('rose by 25%', 'fell by 10%', 'hardly changed')
    """
    if abs(change) < 0.005:
        return "hardly changed"
    return f"{'rose' if change > 0 else 'fell'} by {percentage(abs(change), 0)}"


def p_words(p: float) -> str:
    """Return a p-value as written in prose.

    Examples
    --------
    >>> p_words(0.0001), p_words(0.1234)
    ('below 0.001', '0.12')
    """
    return "below 0.001" if p < 0.001 else number(p, 2)


def under_75(population_age: pd.DataFrame) -> pd.DataFrame:
    """Return people under 75 by area and year, from five-year age groups.

    Parameters
    ----------
    population_age : pandas.DataFrame
        Table ``population_age``.

    Returns
    -------
    pandas.DataFrame
        Columns ``area_code``, ``year``, ``persons``; England is the sum of its regions.
    """
    start = population_age["age_group"].astype(str).str.extract(r"^(\d+)")[0].astype(int)
    young = population_age[start < 75]
    sums = young.groupby(["area_code", "year"], as_index=False, observed=True)["persons"].sum()
    regions = sums[sums["area_code"].str.startswith("E12")]
    england = regions.groupby("year", as_index=False)["persons"].sum().assign(area_code=ENGLAND)
    result: pd.DataFrame = pd.concat([sums[sums["area_code"] != ENGLAND], england], ignore_index=True)
    return result


@dataclass(frozen=True)
class Spending:
    """Everything the chapter says and shows, computed from the tables.

    Parameters
    ----------
    panel : pandas.DataFrame
        Table ``area_year_panel`` with names.
    outturn, council, deflator, power, mortality, population_age, published : pandas.DataFrame
        Tables ``council_outturn``, ``council``, ``gdp_deflator``, ``core_spending_power``, ``under_75_mortality``, ``population_age``
        and ``published_estimate``.
    draws : int
        Permutations of the joint test of the specification curve.
    """

    panel: pd.DataFrame = field(repr=False)
    outturn: pd.DataFrame = field(repr=False)
    council: pd.DataFrame = field(repr=False)
    deflator: pd.DataFrame = field(repr=False)
    power: pd.DataFrame = field(repr=False)
    mortality: pd.DataFrame = field(repr=False)
    population_age: pd.DataFrame = field(repr=False)
    published: pd.DataFrame = field(repr=False)
    draws: int = 500

    @classmethod
    def load(cls, draws: int = 500) -> Spending:
        """Load the tables of the chapter."""
        return cls(
            panel=named_panel(),
            outturn=tables.load("council_outturn"),
            council=tables.load("council"),
            deflator=tables.load("gdp_deflator"),
            power=tables.load("core_spending_power"),
            mortality=tables.load("under_75_mortality"),
            population_age=tables.load("population_age"),
            published=tables.load("published_estimate"),
            draws=draws,
        )

    # ---- what councils spend -----------------------------------------------------------------------------------------------------

    @cached_property
    def england(self) -> pd.DataFrame:
        """Spending per head by service and year in England, in prices of ``PRICES``, over the councils that reported."""
        names = {
            "adult_social_care": "adult social care",
            "children_social_care": "children's social care",
            "public_health": "public health",
        }
        upper = self.council.loc[self.council["council_class"] != "shire_district", "council_code"]
        rows = self.outturn[
            self.outturn["service"].isin(list(names))
            & self.outturn["council_code"].isin(upper)
            & self.outturn["population"].notna()
        ]
        first = {"public_health": 2013}
        rows = rows[rows["financial_year_start"] >= rows["service"].astype(str).map(first).fillna(2011)]
        sums = rows.groupby(["service", "financial_year_start"], as_index=False, observed=True).agg(
            spending=("spending", "sum"),
            population=("population", "sum"),
            councils=("council_code", "nunique"),
        )
        real = real_terms(sums, self.deflator, "spending", "financial_year_start")
        return sums.assign(
            service_name=sums["service"].astype(str).map(names), per_head=real / sums["population"], real=real
        )

    def england_chart(self) -> Chart:
        """Spending per head by service in England."""
        data = self.england
        title = f"Public health spending per head {self._change_words('public_health')}, after inflation"
        return line_chart(
            data,
            x="financial_year_start",
            y="per_head",
            series="service_name",
            x_format=lambda v: financial_year(int(v)),
            y_format=lambda v: f"£{v:,.0f}",
            markers=True,
            caption=Caption(
                figure_id="spending-per-head",
                title=title,
                subtitle=(
                    f"Net current spending of councils in England per head by service, pounds in prices of {PRICES}, "
                    f"{financial_year(int(data['financial_year_start'].min()))} to {financial_year(int(data['financial_year_start'].max()))}"
                ),
                source=source_line("council_outturn", "gdp_deflator"),
                alt=(
                    "Line chart of council spending per head in real terms. Adult social care is highest, children's social care second, "
                    f"public health lowest. {title}."
                ),
            ),
        )

    def _change(self, service: str) -> dict[str, Any]:
        """Return the change of real spending per head since a base year without a change of duties in between."""
        rows = self.england[self.england["service"] == service].set_index("financial_year_start")["per_head"]
        base, last = BASE_YEARS[service], max(int(y) for y in rows.index.tolist())
        return {"base": base, "last": last, "change": float(rows.loc[last] / rows.loc[base] - 1)}

    def _change_words(self, service: str) -> str:
        c = self._change(service)
        return f"{moved_by(c['change'])} between {financial_year(c['base'])} and {financial_year(c['last'])}"

    # ---- the cross-section and the panel -------------------------------------------------------------------------------------------

    @cached_property
    def sample(self) -> pd.DataFrame:
        """Rows with an outcome and spending on both services."""
        return self.panel.dropna(subset=[OUTCOME, *SERVICES])

    @cached_property
    def fits(self) -> dict[tuple[str, str], PanelFit]:
        """Every design for every service, by service and key of the design."""
        result = {}
        for service in (*SERVICES, PLACEBO_SERVICE):
            for design in DESIGNS:
                options = {k: v for k, v in design.items() if k not in ("key", "label")}
                options.setdefault("errors", "clustered")
                result[service, design["key"]] = fit_panel(self.panel, service, **options)
        return result

    def coefficient(self, service: str, design: str) -> Coefficient:
        """Return the elasticity of a service under a design."""
        fit = self.fits[service, design]
        return fit[fit.focal]

    @cached_property
    def designs(self) -> pd.DataFrame:
        """Elasticities by service and design, with intervals."""
        rows = []
        for service in (*SERVICES, PLACEBO_SERVICE):
            for design in DESIGNS:
                fit = self.fits[service, design["key"]]
                c = fit[fit.focal]
                rows.append(
                    {
                        "service": service,
                        "design": design["key"],
                        "label": design["label"],
                        "elasticity": c.estimate,
                        "standard_error": c.standard_error,
                        "lower": c.interval().lower,
                        "upper": c.interval().upper,
                        "p_value": c.p_value,
                        "rows": fit.n,
                        "councils": fit.areas,
                        "method": fit.method,
                    }
                )
        return pd.DataFrame(rows)

    @cached_property
    def averages(self) -> pd.DataFrame:
        """Mean spending and mortality of each council over the years observed."""
        return self.sample.groupby(["area_code", "name"], as_index=False)[[OUTCOME, *SERVICES]].mean()

    def cross_section_chart(self, service: str = "public_health_spending") -> Chart:
        """Council averages of spending and preventable mortality."""
        data = self.averages
        slope, intercept = np.polyfit(data[service], data[OUTCOME], 1)
        c = self.coefficient(service, "between")
        direction = "more" if c.estimate > 0 else "fewer"
        sure = c.interval().excludes_zero
        ends = [_at(data, service, -1), _at(data, service, 0), _at(data, OUTCOME, -1)]
        title = (
            f"Councils that spend more on {SERVICES[service]} have {direction} preventable deaths, not {'fewer' if direction == 'more' else 'more'}"
            if sure
            else f"Councils that spend more on {SERVICES[service]} have neither clearly more nor clearly fewer preventable deaths"
        )
        years = self.sample["year"]
        return scatter_chart(
            data,
            x=service,
            y=OUTCOME,
            label="name",
            named=list(dict.fromkeys(ends)),
            line=(float(intercept), float(slope)),
            x_format=lambda v: f"£{v:,.0f}",
            x_label=f"{SERVICES[service]} spending per head",
            y_label="preventable deaths per 100,000",
            caption=Caption(
                figure_id=f"cross-section-{service.replace('_spending', '').replace('_', '-')}",
                title=title,
                subtitle=(
                    f"Mean spending on {SERVICES[service]} per head (prices of {PRICES}) and mean age-standardised rate of preventable deaths "
                    f"under 75, {len(data)} councils of England, {years.min()} to {years.max()}"
                ),
                source=source_line("area_year_panel"),
                alt=(
                    f"Scatter chart of {len(data)} councils: the higher the spending on {SERVICES[service]}, the "
                    f"{'higher' if slope > 0 else 'lower'} the rate of preventable deaths, with wide scatter."
                ),
            ),
        )

    @cached_property
    def yearly(self) -> pd.DataFrame:
        """The elasticity between councils in each single year."""
        rows = []
        for service, name in SERVICES.items():
            for year, part in self.sample.groupby("year"):
                c = fit_panel(part, service, effects="pooled", errors="HC3")[f"log({service})"]
                rows.append(
                    {
                        "service": name,
                        "year": year,
                        "elasticity": c.estimate,
                        "lower": c.interval().lower,
                        "upper": c.interval().upper,
                    }
                )
        return pd.DataFrame(rows)

    def yearly_chart(self) -> Chart:
        """Draw the elasticity between councils in each single year."""
        data = self.yearly
        always = data[data["service"] == SERVICES["public_health_spending"]]
        count = int((always["lower"] > 0).sum())
        return line_chart(
            data,
            x="year",
            y="elasticity",
            series="service",
            lower="lower",
            upper="upper",
            markers=True,
            x_format=lambda v: f"{v:.0f}",
            caption=Caption(
                figure_id="yearly",
                title=f"In {count} of {len(always)} years, councils that spent more on public health had clearly more preventable deaths",
                subtitle=(
                    "Elasticity of preventable mortality with respect to spending per head in each year's comparison of councils, with 95% bands"
                ),
                source=source_line("area_year_panel"),
                alt=(
                    f"Line chart of the elasticity between councils by year: for public health from {number(float(always['elasticity'].min()), 2)} to "
                    f"{number(float(always['elasticity'].max()), 2)}, above that for adult social care, with little change over time."
                ),
            ),
        )

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Relative change of spending and mortality of each council from the first to the last year before the pandemic."""
        first = int(self.sample["year"].min())
        wide = self.sample[self.sample["year"].isin([first, BEFORE_PANDEMIC])].pivot_table(
            index=["area_code", "name"], columns="year", values=[OUTCOME, *SERVICES]
        )
        result = {c: 100 * (wide[c][BEFORE_PANDEMIC] / wide[c][first] - 1) for c in (OUTCOME, *SERVICES)}
        return pd.DataFrame(result).dropna().reset_index()

    def change_chart(self, service: str = "public_health_spending") -> Chart:
        """Change of spending against change of mortality, council by council."""
        data = self.changes
        slope, intercept = np.polyfit(data[service], data[OUTCOME], 1)
        r2 = float(np.corrcoef(data[service], data[OUTCOME])[0, 1] ** 2)
        first = int(self.sample["year"].min())
        far = [_at(data, service, -1), _at(data, service, 0)]
        return scatter_chart(
            data,
            x=service,
            y=OUTCOME,
            label="name",
            named=far,
            line=(float(intercept), float(slope)),
            zero=True,
            x_format=_signed_percent,
            y_format=_signed_percent,
            x_label=f"change in {SERVICES[service]} spending per head",
            y_label="change in preventable deaths",
            caption=Caption(
                figure_id=f"change-{service.replace('_spending', '').replace('_', '-')}",
                title=f"Changes in {SERVICES[service]} spending go with {percentage(r2)} of the differences between councils in how mortality changed",
                subtitle=(
                    f"Change of real spending on {SERVICES[service]} per head and of the rate of preventable deaths under 75, {len(data)} councils, "
                    f"{first} to {BEFORE_PANDEMIC}"
                ),
                source=source_line("area_year_panel"),
                alt=(
                    f"Scatter chart of {len(data)} councils: change of spending on {SERVICES[service]} against change of preventable mortality. The "
                    f"points form a cloud; the line through them is nearly flat (it explains {percentage(r2)})."
                ),
            ),
        )

    def designs_chart(self, service: str = "public_health_spending") -> Chart:
        """Draw the elasticity of one service by design."""
        data = self.designs[self.designs["service"] == service].assign(
            percent=lambda d: d["elasticity"].map(for_ten_per_cent) * 100,
            low=lambda d: d["lower"].map(for_ten_per_cent) * 100,
            high=lambda d: d["upper"].map(for_ten_per_cent) * 100,
        )
        inside = data[data["design"].isin(WITHIN)]
        sure = inside[(inside["lower"] > 0) | (inside["upper"] < 0)]
        strong = self.coefficient(service, "between")
        title = (
            f"Between councils the link is {'strong' if strong.interval().excludes_zero else 'unclear'}"
            + (" and points the wrong way" if strong.estimate > 0 and strong.interval().excludes_zero else "")
            + (
                "; within councils it is gone"
                if sure.empty
                else f"; within councils {len(sure)} of {len(inside)} designs {'shows' if len(sure) == 1 else 'show'} one"
            )
        )
        return interval_chart(
            data,
            label="label",
            value="percent",
            lower="low",
            upper="high",
            focus=[d["label"] for d in DESIGNS if d["key"] in WITHIN],
            reference=0.0,
            reference_text="no link",
            value_format=_signed_percent,
            x_label=f"preventable deaths for 10% more {SERVICES[service]} spending",
            caption=Caption(
                figure_id=f"designs-{service.replace('_spending', '').replace('_', '-')}",
                title=f"{SERVICES[service].capitalize()}. {title}",
                subtitle=(
                    f"Relative difference in the rate of preventable deaths under 75 that goes with 10 per cent more spending on "
                    f"{SERVICES[service]} per head, by design, with 95% intervals; designs within councils in bold"
                ),
                source=source_line("area_year_panel"),
                alt=(
                    f"Dot chart of {len(data)} designs. Between councils 10 per cent more spending goes with "
                    f"{ten_per_cent_words(self.coefficient(service, 'between'))}; within councils over time with "
                    f"{ten_per_cent_words(self.coefficient(service, 'within'))}."
                ),
            ),
        )

    def designs_table(self) -> Table:
        """Every design in numbers."""
        d = self.designs
        names = {**SERVICES, PLACEBO_SERVICE: "children's social care"}
        shown = pd.DataFrame(
            {
                "Service": d["service"].map(names),
                "Design": d["label"],
                "Elasticity": d["elasticity"].map(lambda v: number(v, 2)),
                "95% interval": [
                    f"{number(a, 2)} to {number(b, 2)}" for a, b in zip(d["lower"], d["upper"], strict=True)
                ],
                "p": d["p_value"].map(p_words),
                "Rows": d["rows"].map("{:,}".format),
                "Councils": d["councils"].astype(str),
            }
        )
        return show_table(
            shown,
            table_id="designs",
            caption=(
                "Elasticity of preventable mortality with respect to spending (per cent for one per cent) by service and design. Children's "
                "social care is a check: it cannot prevent deaths of adults in the same year."
            ),
            source=source_line("area_year_panel"),
            data=d,
        )

    # ---- the whole curve ----------------------------------------------------------------------------------------------------------

    def _curve(self, service: str, estimators: Sequence[str]) -> SpecificationCurve:
        p = self.panel
        return specification_curve(
            p,
            outcomes=OUTCOME,
            regressor=service,
            area="area_code",
            lags=(0, 1, 2),
            controls=[(), ("share_65_plus",), AGE_WORK_INCOME],
            weights=(None, "population"),
            samples={
                "all": None,
                "before the pandemic": (p["year"] <= BEFORE_PANDEMIC).to_numpy(),
                "without London": (p["region_code"] != LONDON).to_numpy(),
                "from 2016": (p["year"] >= 2016).to_numpy(),
            },
            logs=[OUTCOME, service],
            estimators=estimators,
        )

    @cached_property
    def curves(self) -> dict[str, SpecificationCurve]:
        """All specifications of each service."""
        return {s: self._curve(s, ("year", "two-way", "first-difference-year")) for s in SERVICES}

    @cached_property
    def within_curves(self) -> dict[str, SpecificationCurve]:
        """Specifications within councils of each service."""
        return {s: self._curve(s, ("two-way", "first-difference-year")) for s in SERVICES}

    @cached_property
    def joint_tests(self) -> dict[str, JointTest]:
        """Joint permutation test of the specifications within councils."""
        return {s: joint_test(c, draws=self.draws, seed=20) for s, c in self.within_curves.items()}

    def curve_chart(self, service: str = "public_health_spending") -> Chart:
        """Draw the specification curve of one service."""
        curve = self.curves[service]
        t = curve.estimated
        shown = t.assign(
            lag=t["lag"].astype(str),
            main=(t["estimator"] == "two-way")
            & (t["lag"] == 0)
            & (t["controls"] == "none")
            & (t["weights"] == "none")
            & (t["sample"] == "all"),
        )
        share = self._curve_shares(service)
        return specification_chart(
            shown,
            estimate="estimate",
            lower="lower_95",
            upper="upper_95",
            choices=CURVE_CHOICES,
            labels=CURVE_LABELS,
            focus="main",
            y_label="elasticity: per cent of deaths for one per cent of spending",
            caption=Caption(
                figure_id=f"curve-{service.replace('_spending', '').replace('_', '-')}",
                title=(
                    f"{SERVICES[service].capitalize()}: of {share['within_count']} specifications within councils, "
                    f"{percentage(share['negative'], 0)} find significantly fewer and {percentage(share['positive'], 0)} significantly more deaths"
                ),
                subtitle=(
                    f"Elasticity of preventable mortality with respect to {SERVICES[service]} spending in {len(t)} specifications with 95% "
                    "intervals, sorted; dark: interval without zero; square: the main specification"
                ),
                source=source_line("area_year_panel"),
                alt=(
                    f"Specification curve of {len(t)} estimates from {number(float(t['estimate'].min()), 2)} to {number(float(t['estimate'].max()), 2)}. Those that "
                    "compare councils lie on the right, well above zero; those that follow the same council lie around zero."
                ),
            ),
        )

    def _curve_shares(self, service: str) -> dict[str, Any]:
        within = self.within_curves[service]
        share = within.share_significant()
        e = within.estimated["estimate"]
        return {
            "count": len(self.curves[service].estimated),
            "within_count": len(e),
            "negative": share["negative"],
            "positive": share["positive"],
            "median": within.median,
            "lowest": float(e.min()),
            "highest": float(e.max()),
        }

    # ---- how far it can be trusted -------------------------------------------------------------------------------------------------

    @cached_property
    def leverages(self) -> dict[str, Leverage]:
        """What the main estimate of each service hangs on."""
        return {s: leverage(self.fits[s, "within"]) for s in SERVICES}

    def leverage_table(self) -> Table:
        """List the main estimates without single councils, years and top spenders."""
        names = self.panel.drop_duplicates("area_code").set_index("area_code")["name"]
        rows: list[dict[str, Any]] = []
        for service, report in self.leverages.items():
            rows.append({"service": service, "left_out": "nothing", "elasticity": report.estimate})
            rows += [
                {"service": service, "left_out": str(names.loc[str(code)]), "elasticity": float(value)}
                for code, value in report.without_area["estimate"].head(3).items()
            ]
            rows += [
                {"service": service, "left_out": f"the year {year}", "elasticity": float(value)}
                for year, value in report.without_year["estimate"].head(2).items()
            ]
            rows += [
                {
                    "service": service,
                    "left_out": "the top spender" if count == 1 else f"the {count} top spenders",
                    "elasticity": float(value),
                }
                for count, value in report.without_top["estimate"].items()
            ]
            for flipping in (report.flipping_rows, report.flipping_areas):
                units = "council-years" if flipping.units == "area-years" else "councils"
                rows.append(
                    {
                        "service": service,
                        "left_out": f"{flipping.size} {units} chosen to turn the sign"
                        if flipping.found
                        else f"up to {flipping.size} {units} (sign never turns)",
                        "elasticity": flipping.estimate,
                    }
                )
        data = pd.DataFrame(rows)
        shown = pd.DataFrame(
            {
                "Service": data["service"].map(SERVICES),
                "Left out": data["left_out"],
                "Elasticity": data["elasticity"].map(
                    lambda v: number(v, 2) if np.isfinite(v) else "not found"
                ),
            }
        )
        return show_table(
            shown,
            table_id="leverage",
            caption="The estimate within councils over time when parts of the data are left out: the councils and years that matter most.",
            source=source_line("area_year_panel"),
            data=data,
        )

    @cached_property
    def detectable(self) -> pd.DataFrame:
        """Smallest elasticity that each design within councils would find with 80 per cent probability."""
        rows = []
        for service in SERVICES:
            for key in WITHIN:
                c = self.coefficient(service, key)
                effect = float(minimum_detectable_effect(c)["effect"].iloc[0])
                rows.append(
                    {
                        "service": service,
                        "design": key,
                        "label": next(d["label"] for d in DESIGNS if d["key"] == key),
                        "standard_error": c.standard_error,
                        "detectable": effect,
                        "power_for_published": power_to_detect(self.published_elasticity.estimate, c),
                    }
                )
        return pd.DataFrame(rows)

    def detectable_table(self) -> Table:
        """Show what each design could have found."""
        d = self.detectable
        published = number(self.published_elasticity.estimate)
        shown = pd.DataFrame(
            {
                "Service": d["service"].map(SERVICES),
                "Design": d["label"],
                "Smallest elasticity found with 80% probability": d["detectable"].map(
                    lambda v: "±" + number(v, 2)
                ),
                "Deaths for 10% more spending": d["detectable"].map(
                    lambda v: f"{percentage(-for_ten_per_cent(-v))} fewer"
                ),
                f"Probability of finding {published}": d["power_for_published"].map(
                    lambda v: percentage(v, 0)
                ),
            }
        )
        return show_table(
            shown,
            table_id="detectable",
            caption=(
                f"How large an effect would have to be for each design to find it. The published elasticity of mortality with respect to public "
                f"health spending is {published}."
            ),
            source=source_line("area_year_panel", "published_estimate"),
            data=d,
        )

    @cached_property
    def leads(self) -> dict[str, PreTrends]:
        """Whether spending of the next two years goes with this year's mortality."""
        return {
            s: pre_trends(self.panel, outcome=OUTCOME, regressor=s, area="area_code", logs=True)
            for s in SERVICES
        }

    @cached_property
    def placebos(self) -> dict[str, PlaceboOutcomes]:
        """The main design for outcomes that spending cannot change."""
        return {
            s: placebo_outcomes(
                self.panel,
                outcomes=[OUTCOME],
                placebos=list(CANNOT_CHANGE),
                regressor=s,
                area="area_code",
                logs=True,
                draws=999,
                seed=7,
            )
            for s in SERVICES
        }

    def placebo_table(self) -> Table:
        """Estimates for outcomes that spending cannot change."""
        names = {OUTCOME: "preventable deaths", **CANNOT_CHANGE}
        data = pd.concat(
            [p.table.assign(service=s).reset_index() for s, p in self.placebos.items()], ignore_index=True
        )
        shown = pd.DataFrame(
            {
                "Service": data["service"].map(SERVICES),
                "Outcome": data["outcome"].map(names),
                "Can spending change it?": np.where(data["placebo"], "no", "perhaps"),
                "Elasticity": data["estimate"].map(lambda v: number(v, 2)),
                "95% interval": [
                    f"{number(a, 2)} to {number(b, 2)}"
                    for a, b in zip(data["lower_95"], data["upper_95"], strict=True)
                ],
                "p": data["p_value"].map(p_words),
                "p, adjusted": data["romano_wolf"].map(p_words),
            }
        )
        return show_table(
            shown,
            table_id="placebo",
            caption=(
                "The same regression within councils over time for outcomes that this spending cannot change. p adjusted for the number of tests of "
                "each service (Romano-Wolf)."
            ),
            source=source_line("area_year_panel"),
            data=data,
        )

    @cached_property
    def family(self) -> pd.DataFrame:
        """Services by outcomes in the main design, with p-values adjusted for their number."""
        outcomes = {
            OUTCOME: "preventable deaths",
            "healthy_life_expectancy_male": "healthy life expectancy, men",
            "healthy_life_expectancy_female": "healthy life expectancy, women",
        }
        fits = {
            (s, o): fit_panel(self.panel, s, outcome=o)
            for s in (*SERVICES, PLACEBO_SERVICE)
            for o in outcomes
        }
        labelled = {f"{s} -> {o}": fit for (s, o), fit in fits.items()}
        stepdown = romano_wolf(labelled, draws=999, seed=3)
        holm = adjust_p_values({k: fit[fit.focal].p_value for k, fit in labelled.items()})
        rows = []
        for (s, o), fit in fits.items():
            c = fit[fit.focal]
            rows.append(
                {
                    "service": s,
                    "outcome": o,
                    "outcome_name": outcomes[o],
                    "elasticity": c.estimate,
                    "lower": c.interval().lower,
                    "upper": c.interval().upper,
                    "p_value": c.p_value,
                    "holm": cell(holm, f"{s} -> {o}", "adjusted"),
                    "romano_wolf": cell(stepdown, f"{s} -> {o}", "adjusted"),
                }
            )
        return pd.DataFrame(rows)

    def family_table(self) -> Table:
        """All tests of the main design together."""
        d = self.family
        names = {**SERVICES, PLACEBO_SERVICE: "children's social care"}
        shown = pd.DataFrame(
            {
                "Service": d["service"].map(names),
                "Outcome": d["outcome_name"],
                "Elasticity": d["elasticity"].map(lambda v: number(v, 2)),
                "95% interval": [
                    f"{number(a, 2)} to {number(b, 2)}" for a, b in zip(d["lower"], d["upper"], strict=True)
                ],
                "p": d["p_value"].map(p_words),
                "p, Holm": d["holm"].map(p_words),
                "p, Romano-Wolf": d["romano_wolf"].map(p_words),
            }
        )
        return show_table(
            shown,
            table_id="multiplicity",
            caption=(
                f"{len(d)} tests of the same kind: services by outcomes, within councils over time, with p-values adjusted for their number. "
                "Healthy life expectancy is an average of three years."
            ),
            source=source_line("area_year_panel"),
            data=d,
        )

    @cached_property
    def bounds(self) -> dict[str, SelectionBounds]:
        """How strong unmeasured need would have to be, against measured need, to explain the cross-section away."""
        return {
            s: selection_bounds_of_fit(
                fit_panel(self.panel, s, effects="year", controls=NEED),
                r2_max=1.0,
            )
            for s in SERVICES
        }

    # ---- instruments ---------------------------------------------------------------------------------------------------------------

    @cached_property
    def instrument_data(self) -> pd.DataFrame:
        """The panel with core spending power: candidates for instruments."""
        power = self.power.rename(columns={"financial_year_start": "year"})
        rows = self.panel.merge(
            power[["area_code", "year", "total", "settlement_funding"]], on=["area_code", "year"], how="inner"
        )
        rows = rows.assign(
            core_spending_power=real_terms(rows, self.deflator, "total", "year") / rows["population"],
            settlement=real_terms(rows, self.deflator, "settlement_funding", "year") / rows["population"],
        )
        first = rows[rows["year"] == rows["year"].min()]
        dependence = (first["settlement_funding"] / first["total"]).set_axis(first["area_code"])
        years = rows["year"] - rows["year"].min()
        return rows.assign(dependence_trend=rows["area_code"].map(dependence) * years)

    @cached_property
    def instruments(self) -> dict[tuple[str, str], InstrumentFit]:
        """Every candidate instrument for every service, within councils over time."""
        return {
            (s, z): instrument(
                self.instrument_data,
                outcome=OUTCOME,
                endogenous=s,
                instruments=z,
                area="area_code",
                year="year",
                logs=[OUTCOME, s],
                effects="two-way",
                errors="clustered",
            )
            for s in SERVICES
            for z in INSTRUMENTS
        }

    def instruments_table(self) -> Table:
        """Candidates and what they can bear."""
        rows = []
        for (s, z), fit in self.instruments.items():
            c = record(fit.params.loc[[fit.endogenous[0]]])
            stage = record(fit.first_stage.table.loc[["clustered"]])
            found = fit.anderson_rubin
            rows.append(
                {
                    "service": s,
                    "instrument": z,
                    "effective_f": stage["effective_F"],
                    "needed": stage["critical_value"],
                    "two_stage": c["estimate"],
                    "lower": c["lower_95"],
                    "upper": c["upper_95"],
                    "anderson_rubin": "" if found is None else found.kind,
                    "anderson_rubin_pieces": ""
                    if found is None
                    else join([_stretch(i) for i in found.pieces[0]]),
                    "rows": fit.n,
                }
            )
        data = pd.DataFrame(rows)
        shown = pd.DataFrame(
            {
                "Service": data["service"].map(SERVICES),
                "Candidate": data["instrument"].map(INSTRUMENTS),
                "Effective F": data["effective_f"].map(lambda v: number(v, 2)),
                "F needed": data["needed"].map(lambda v: number(v, 3)),
                "Two-stage estimate": [
                    f"{number(e, 2)} ({number(a, 2)} to {number(b, 2)})"
                    for e, a, b in zip(data["two_stage"], data["lower"], data["upper"], strict=True)
                ],
                "Anderson-Rubin set": data["anderson_rubin_pieces"],
            }
        )
        return show_table(
            shown,
            table_id="instruments",
            caption=(
                "Candidates for instruments in the embedded data, within councils over time: strength, the estimate they would give, and the set "
                "of elasticities that they cannot rule out."
            ),
            source=source_line("core_spending_power", "area_year_panel"),
            data=data,
        )

    # ---- what others found, and what a pound buys -------------------------------------------------------------------------------

    @cached_property
    def published_elasticities(self) -> pd.DataFrame:
        """Published elasticities of mortality with respect to public health spending."""
        p = self.published
        rows = p[(p["study"] == MARTIN) & (p["outcome"] == MORTALITY_PUBLIC_HEALTH)]
        if rows.empty:
            raise TableError(f"table published_estimate has no row of {MARTIN} on {MORTALITY_PUBLIC_HEALTH}")
        return rows.sort_values("design").reset_index(drop=True)

    @cached_property
    def published_elasticity(self) -> Estimate:
        """The published elasticity of the model of public health spending alone."""
        rows = self.published_elasticities
        rows = rows[rows["design"].str.endswith(PUBLIC_HEALTH_ALONE)]
        if len(rows) != 1:
            raise TableError(f"table published_estimate has no elasticity of {MARTIN}, {PUBLIC_HEALTH_ALONE}")
        r = record(rows)
        e, se = float(r["estimate"]), float(r["standard_error"])
        reach = float(stats.norm.ppf(0.975)) * se
        return Estimate(
            "published elasticity of mortality with respect to public health spending",
            e,
            se,
            (Interval(0.95, e - reach, e + reach),),
            1,
            str(r["design"]),
        )

    def published_table(self) -> Table:
        """List published estimates on spending and mortality."""
        p = self.published
        wanted = ("Alexiou", "Barr", "Claxton", "Goodair", "Lomas", "Martin")
        rows = p[p["study"].str.startswith(wanted) & (p["unit"] != "pounds")]
        rows = rows.sort_values(["publication_year", "study", "outcome", "design"])

        def reach(r: Mapping[str, Any]) -> str:
            if pd.notna(r["lower"]):
                return f"{number(r['lower'])} to {number(r['upper'])}"
            return (
                "not given"
                if pd.isna(r["standard_error"])
                else f"standard error {number(r['standard_error'])}"
            )

        shown = pd.DataFrame(
            {
                "Study": [f"{r['study']} ({r['publication_year']})" for r in records(rows)],
                "Data and design": [f"{r['data']}; {r['design']}" for r in records(rows)],
                "Outcome": rows["outcome"].to_numpy(),
                "Estimate": [f"{number(r['estimate'])} ({r['unit']})" for r in records(rows)],
                "95% interval": [reach(r) for r in records(rows)],
                "Read in": rows["read_in"].to_numpy(),
            }
        )
        return show_table(
            shown,
            table_id="published",
            caption="What published studies of England found, with the design that each claim rests on and where the figure was read.",
            source=source_line("published_estimate"),
            data=rows,
        )

    @cached_property
    def published_costs(self) -> pd.DataFrame:
        """Published spending for one quality-adjusted life-year, by study and kind of spending."""
        p = self.published
        rows = p[(p["unit"] == "pounds") & p["outcome"].str.contains("quality-adjusted")].copy()
        kind = np.where(rows["outcome"].str.contains("public health"), "prevention", "treatment")
        what = [
            "public health" if k == "prevention" else "health care" if "health care" in o else "NHS spending"
            for k, o in zip(kind, rows["outcome"], strict=True)
        ]
        variant = [
            d.rpartition(", ")[2]
            if "selection" in d or "alone" in d
            else o.rpartition(", ")[2]
            if ", " in o
            else ""
            for d, o in zip(rows["design"], rows["outcome"], strict=True)
        ]
        author = rows["study"].str.partition(",")[0].str.partition(" and ")[0]
        rows = rows.assign(
            kind=kind,
            label=[
                f"{a} {y}, {w}" + (f" ({v})" if v else "")
                for a, y, w, v in zip(author, rows["publication_year"], what, variant, strict=True)
            ],
        )
        return rows.sort_values(["kind", "estimate"]).reset_index(drop=True)

    @cached_property
    def published_cost(self) -> float:
        """Published cost of a QALY by public health spending, from the same model as the elasticity used here."""
        rows = self.published_costs[
            (self.published_costs["study"] == MARTIN)
            & (self.published_costs["kind"] == "prevention")
            & self.published_costs["design"].str.endswith(PUBLIC_HEALTH_ALONE)
        ]
        if len(rows) != 1:
            raise TableError(
                f"table published_estimate has no cost per QALY of {MARTIN}, {PUBLIC_HEALTH_ALONE}"
            )
        return float(rows["estimate"].iloc[0])

    @cached_property
    def same_study(self) -> pd.DataFrame:
        """Cost of a QALY by treatment and by prevention where one study estimated both in the same way."""
        rows = self.published_costs[self.published_costs["study"] == MARTIN]
        wide = rows.pivot_table(index="design", columns="kind", values="estimate").dropna()
        return wide.assign(ratio=wide["treatment"] / wide["prevention"]).reset_index()

    def published_costs_chart(self) -> Chart:
        """Draw the published cost of a QALY: prevention against treatment."""
        data = self.published_costs
        ratio = self.same_study["ratio"]
        return bar_chart(
            data,
            label="label",
            value="estimate",
            focus=data.loc[data["kind"] == "prevention", "label"].tolist(),
            value_format=lambda v: f"£{v:,.0f}",
            caption=Caption(
                figure_id="cost-per-qaly",
                title=f"Published: a healthy year costs {number(ratio.min(), 2)} to {number(ratio.max(), 2)} times as much by treatment as by prevention",
                subtitle="Published spending for one quality-adjusted life-year, pounds of each study's year; dark bars: public health, grey: health care",
                source=source_line("published_estimate"),
                alt=(
                    f"Bar chart of {len(data)} published costs of a quality-adjusted life-year: public health from "
                    f"£{data.loc[data['kind'] == 'prevention', 'estimate'].min():,.0f} to £{data.loc[data['kind'] == 'prevention', 'estimate'].max():,.0f}, health care from "
                    f"£{data.loc[data['kind'] == 'treatment', 'estimate'].min():,.0f} to £{data.loc[data['kind'] == 'treatment', 'estimate'].max():,.0f}."
                ),
            ),
        )

    @cached_property
    def deaths(self) -> float:
        """Approximate preventable deaths under 75 in England in the last year before the pandemic."""
        m = self.mortality
        rate = m[
            (m["area_code"] == ENGLAND)
            & (m["year"] == BEFORE_PANDEMIC)
            & (m["sex"] == "persons")
            & (m["edition"] == EDITION)
        ]["rate"]
        people = under_75(self.population_age)
        persons = people[(people["area_code"] == ENGLAND) & (people["year"] == BEFORE_PANDEMIC)]["persons"]
        if len(rate) != 1 or len(persons) != 1:
            raise TableError(f"no rate or population under 75 of England for {BEFORE_PANDEMIC}")
        return float(rate.iloc[0] * persons.iloc[0] / 1e5)

    @cached_property
    def public_health_total(self) -> float:
        """Real spending on public health in England in the last year before the pandemic."""
        rows = self.england[
            (self.england["service"] == "public_health")
            & (self.england["financial_year_start"] == BEFORE_PANDEMIC)
        ]
        return float(rows["real"].iloc[0])

    @cached_property
    def returns(self) -> dict[str, Returns]:
        """The chain from an elasticity to the cost of a QALY, for our estimate and the published ones."""
        own = self.coefficient("public_health_spending", "within")
        elasticities = {OWN: Uncertain.from_estimate(own)}
        for r in records(self.published_elasticities):
            variant = str(r["design"]).rpartition(", ")[2]
            elasticities[f"Martin and others 2020: {variant}"] = Uncertain(
                float(r["estimate"]), float(r["standard_error"])
            )
        return {
            name: returns_to_spending(
                e,
                spend=self.public_health_total,
                deaths=self.deaths,
                life_years_per_death=LIFE_YEARS,
                quality=QUALITY,
                thresholds=THRESHOLDS,
                draws=20_000,
                seed=11,
            )
            for name, e in elasticities.items()
        }

    def returns_table(self) -> Table:
        """Show the chain in numbers."""
        own = self.coefficient("public_health_spending", "within")
        values = [own.estimate, *self.published_elasticities["estimate"]]
        rows = []
        for (name, r), e in zip(self.returns.items(), values, strict=True):
            row: dict[str, Any] = {"elasticity_from": name, "elasticity": e}
            for key, x in (
                ("deaths_averted", r.deaths_averted),
                ("life_years", r.life_years),
                ("qalys", r.qalys),
                ("cost_per_qaly", r.cost_per_qaly),
            ):
                i = x.interval() if x.intervals else None
                row |= {
                    key: x.estimate,
                    f"{key}_lower": np.nan if i is None else i.lower,
                    f"{key}_upper": np.nan if i is None else i.upper,
                }
            for t, p in zip(
                r.probability_below["threshold"], r.probability_below["probability"], strict=True
            ):
                row[f"probability_below_{t:.0f}"] = p
            rows.append(row)
        data = pd.DataFrame(rows)

        def pounds(v: float) -> str:
            return "no upper limit" if np.isposinf(v) else f"£{v:,.0f}"

        shown = pd.DataFrame(
            {
                "Elasticity from": data["elasticity_from"],
                "Elasticity": data["elasticity"].map(lambda v: number(v)),
                "Deaths averted by 1% more": [
                    f"{number(a, 2)} ({number(b, 2)} to {number(c, 2)})"
                    for a, b, c in zip(
                        data["deaths_averted"],
                        data["deaths_averted_lower"],
                        data["deaths_averted_upper"],
                        strict=True,
                    )
                ],
                "Cost per QALY": [
                    "not defined" if np.isnan(a) else f"{pounds(a)} ({pounds(b)} to {pounds(c)})"
                    for a, b, c in zip(
                        data["cost_per_qaly"],
                        data["cost_per_qaly_lower"],
                        data["cost_per_qaly_upper"],
                        strict=True,
                    )
                ],
                "Probability below £30,000": data["probability_below_30000"].map(lambda v: percentage(v, 0)),
            }
        )
        return show_table(
            shown,
            table_id="returns",
            caption=(
                f"From an elasticity to the cost of a quality-adjusted life-year (QALY): spending £{self.public_health_total / 1e9:.2f} billion a year, "
                f"about {self.deaths:,.0f} preventable deaths under 75 a year; assumed {number(LIFE_YEARS.value)} years gained for each death averted "
                f"(standard error {number(LIFE_YEARS.standard_error)}) of quality {number(QUALITY.value)} ({number(QUALITY.standard_error)})."
            ),
            source=source_line(
                "area_year_panel",
                "council_outturn",
                "under_75_mortality",
                "population_age",
                "published_estimate",
            ),
            data=data,
        )

    # ---- words ---------------------------------------------------------------------------------------------------------------------

    def verdict(self, service: str) -> str:
        """Say what the data tell about one service, in one clause."""
        return verdict(
            SERVICES[service],
            self.coefficient(service, "within"),
            self.published_elasticity.estimate if service == "public_health_spending" else None,
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose: every number the chapter states."""
        ph, asc = SERVICES
        sample = self.sample
        result = {
            "spending_headline": headline(
                {s: self.coefficient(s, "within") for s in SERVICES}, self.published_elasticity.estimate
            ),
            "spending_years": f"{sample['year'].min()} to {sample['year'].max()}",
            "spending_councils": str(self.fits[ph, "within"].areas),
            "spending_between": between_words(self.coefficient(ph, "between"), self.coefficient(ph, "need")),
            "spending_asc_link": link_words(self.coefficient(asc, "between")),
            "spending_yearly": yearly_words(self.yearly),
            "spending_within": within_words(self.coefficient(ph, "within")),
            "spending_ph_change": self._change_words("public_health"),
            "spending_asc_change": self._change_words("adult_social_care"),
            "spending_csc_change": self._change_words("children_social_care"),
            "spending_published": number(self.published_elasticity.estimate),
            "spending_published_ten": ten_per_cent_words(self.published_elasticity, "deaths"),
            "spending_assumed_years": number(LIFE_YEARS.value),
            "spending_assumed_quality": number(QUALITY.value),
            "spending_ratio": f"{number(self.same_study['ratio'].min(), 2)} to {number(self.same_study['ratio'].max(), 2)}",
            "spending_instruments": instruments_words(list(self.instruments.values())),
            "spending_own_cost": cost_words(self.returns[OWN].cost_per_qaly),
            "spending_chain_ratio": number(
                self.returns[f"Martin and others 2020: {PUBLIC_HEALTH_ALONE}"].cost_per_qaly.estimate
                / self.published_cost,
                2,
            ),
            "spending_published_cost": f"£{self.published_cost:,.0f}",
            "spending_ph_power_half": percentage(
                power_to_detect(self.published_elasticity.estimate / 2, self.coefficient(ph, "within")), 0
            ),
            "spending_rule": rule_words(list(self.instruments.values())),
            "spending_family": family_words(self.family),
            "spending_children": ten_per_cent_words(self.coefficient(PLACEBO_SERVICE, "between")),
        }
        for service, short in ((ph, "ph"), (asc, "asc")):
            share = self._curve_shares(service)
            joint = self.joint_tests[service].table
            report = self.leverages[service]
            mde = self.detectable.query("service == @service and design == 'within'").iloc[0]
            result |= {
                f"spending_{short}_verdict": self.verdict(service),
                f"spending_{short}_count": str(share["count"]),
                f"spending_{short}_within_count": str(share["within_count"]),
                f"spending_{short}_negative": percentage(share["negative"], 0),
                f"spending_{short}_positive": percentage(share["positive"], 0),
                f"spending_{short}_range": f"{number(share['lowest'], 2)} to {number(share['highest'], 2)}",
                f"spending_{short}_joint": joint_words(cell(joint, "median z", "p_value"), self.draws),
                f"spending_{short}_leverage": leverage_words(report),
                f"spending_{short}_detectable": number(float(mde["detectable"]), 2),
                f"spending_{short}_detectable_ten": percentage(-for_ten_per_cent(-float(mde["detectable"]))),
                f"spending_{short}_power": percentage(float(mde["power_for_published"]), 0),
                f"spending_{short}_leads": leads_words(self.leads[service]),
                f"spending_{short}_placebo": placebo_words(self.placebos[service]),
                f"spending_{short}_bounds": bounds_words(self.bounds[service]),
            }
        return result


INSTRUMENTS: Mapping[str, str] = {
    "core_spending_power": "core spending power per head",
    "settlement": "central funding per head",
    "dependence_trend": "dependence on central funding at the start, times years since",
}
"""Candidates for instruments that the embedded tables hold."""


def headline(coefficients: Mapping[str, Coefficient], published: float) -> str:
    """Return the finding of the chapter, from the estimates within councils.

    Parameters
    ----------
    coefficients : mapping of str to Coefficient
        Estimate within councils of each service.
    published : float
        Published elasticity of mortality with respect to public health spending.
    """
    clear = {s: c for s, c in coefficients.items() if c.interval().excludes_zero}
    unclear = [s for s in coefficients if s not in clear]
    names = join([SERVICES[s] for s in coefficients])
    if not clear:
        own = coefficients.get("public_health_spending")
        both = own is not None and published in own.interval()
        return (
            f"These data cannot tell whether more council spending on {names} lowers preventable deaths. Within councils over time, no effect "
            f"is not ruled out{', and neither is the effect of public health spending that published studies report' if both else ''}."
        )
    parts = [
        f"years of more {SERVICES[s]} spending had {'fewer' if c.estimate < 0 else 'more'} preventable deaths"
        for s, c in clear.items()
    ]
    rest = f" For {join([SERVICES[s] for s in unclear])} these data cannot tell." if unclear else ""
    return f"Within councils, {join(parts)}. The design (area and year effects) shows a link; it does not prove an effect.{rest}"


def between_words(raw: Coefficient, given_need: Coefficient) -> str:
    """Return what the comparison of councils shows, and what is left of it given need."""
    if not raw.interval().excludes_zero:
        return f"Comparing councils shows no clear link: ten per cent more public health spending goes with {ten_per_cent_words(raw)}."
    way = "the wrong way" if raw.estimate > 0 else "the way one would hope"
    left = "little of it is left" if not given_need.interval().excludes_zero else "part of it is left"
    return (
        f"The comparison between councils looks strong and points {way}: ten per cent more public health spending goes with {ten_per_cent_words(raw)}. "
        f"Money follows need: given deprivation and age, {left}."
    )


def within_words(c: Coefficient) -> str:
    """Return what following the same council shows."""
    lead = "no clear link" if not c.interval().excludes_zero else "a link"
    return f"The same council followed over time shows {lead}: {ten_per_cent_words(c)}."


def link_words(c: Coefficient) -> str:
    """Return whether a comparison is clear."""
    lead = "is clear" if c.interval().excludes_zero else "is unclear"
    return f"For adult social care the link between councils {lead}: ten per cent more spending goes with {ten_per_cent_words(c)}."


def yearly_words(yearly: pd.DataFrame) -> str:
    """Return in how many years councils that spend more have more deaths."""
    parts = []
    for name, rows in yearly.groupby("service", sort=False):
        parts.append(f"{int((rows['lower'] > 0).sum())} of {len(rows)} years for {name}")
    return f"Councils that spend more have clearly more deaths in {join(parts)}"


def verdict(name: str, c: Coefficient, published: float | None) -> str:
    """Return what one estimate within councils says, given a published effect."""
    i = c.interval()
    if i.excludes_zero:
        return (
            f"within councils, more {name} spending goes with {'fewer' if c.estimate < 0 else 'more'} preventable deaths: 10 per cent more with "
            f"{ten_per_cent_words(c)}"
        )
    text = f"within councils, 10 per cent more {name} spending goes with {ten_per_cent_words(c)}; no effect at all is not ruled out"
    if published is None:
        return text
    return text + (
        f", and neither is the published elasticity of {number(published)}"
        if published in i
        else f", but the published elasticity of {number(published)} is"
    )


def joint_words(p: float, draws: int) -> str:
    """Return the joint test of a curve in words."""
    seldom = "seldom" if p < 0.05 else "often"
    return f"exchanging whole spending histories between councils {draws:,} times gives a median as far from zero {seldom} (p = {p_words(p)})"


def leverage_words(report: Leverage) -> str:
    """Return how few observations turn the sign."""
    rows, groups = report.flipping_rows, report.flipping_areas
    if not rows.found and not groups.found:
        return "no small set of councils or council-years turns the sign"
    parts = []
    if rows.found:
        parts.append(f"{rows.size} of the council-years ({percentage(rows.share)})")
    if groups.found:
        parts.append(f"{groups.size} of the councils ({percentage(groups.share)})")
    return f"leaving out {join(parts, 'or')} turns the sign"


def leads_words(test: PreTrends) -> str:
    """Return the test of leads in words."""
    k = len(test.leads)
    if test.p_value < 0.05:
        return (
            f"spending of the next {k} years goes with this year's deaths (p = {p_words(test.p_value)}); money that is not yet spent cannot save lives, "
            "so something else moves both"
        )
    return f"spending of the next {k} years shows no link with this year's deaths (p = {p_words(test.p_value)}), as it should be"


def placebo_words(result: PlaceboOutcomes) -> str:
    """Return the placebo outcomes in words."""
    count = int(result.table["placebo"].sum())
    if not result.failing:
        return f"none of {count} outcomes that it cannot change goes with it at 5%"
    names = join([CANNOT_CHANGE[n] for n in result.failing])
    return (
        f"{len(result.failing)} of {count} outcomes that it cannot change nevertheless {'goes' if len(result.failing) == 1 else 'go'} with it ({names}); "
        "the design picks up more than an effect"
    )


def bounds_words(b: SelectionBounds) -> str:
    """Return what taking measured need into account does to the cross-section."""
    drop = 1.0 - b.controlled / b.uncontrolled if b.uncontrolled else float("nan")
    moved = (
        f"falls from {number(b.uncontrolled, 2)} to {number(b.controlled, 2)}"
        if drop > 0
        else f"moves from {number(b.uncontrolled, 2)} to {number(b.controlled, 2)}"
    )
    text = f"the elasticity between councils {moved} once deprivation and age are taken into account"
    if np.isfinite(b.delta_zero) and b.delta_zero > 0:
        text += f"; unmeasured need would have to matter {number(b.delta_zero, 2)} times as much as both of these to explain all of it"
    return text


def instruments_words(fits: Sequence[InstrumentFit]) -> str:
    """Return how many candidates are strong enough."""
    weak = sum(f.first_stage.weak for f in fits)
    strongest = max(f.first_stage.effective_f() for f in fits)
    needed = min(float(f.first_stage.table.loc["clustered", "critical_value"]) for f in fits)  # type: ignore[arg-type]
    if weak == len(fits):
        return f"All {len(fits)} first stages are weak: the strongest has an effective F of {number(strongest, 2)}, where {number(needed, 3)} would be needed"
    return f"{len(fits) - weak} of {len(fits)} first stages are strong enough (effective F up to {number(strongest, 3)})"


def cost_words(cost: Estimate) -> str:
    """Return the cost of a QALY in words.

    Examples
    --------
    >>> cost_words(Estimate("cost", 9000.0, 1.0, (Interval(0.95, 5000.0, float("inf")),), 1, "chain"))
    '£9,000 (95% interval from £5,000 without upper limit, because no gain at all is not ruled out)'
    """
    if np.isnan(cost.estimate):
        return f"not defined, because {cost.reason}"
    i = cost.interval()
    upper = (
        "without upper limit, because no gain at all is not ruled out"
        if np.isposinf(i.upper)
        else f"to £{i.upper:,.0f}"
    )
    return f"£{cost.estimate:,.0f} ({100 * i.level:g}% interval from £{i.lower:,.0f} {upper})"


def rule_words(fits: Sequence[InstrumentFit]) -> str:
    """Return in plain words whether a rule of funding moves spending strongly enough."""
    strong = sum(not f.first_stage.weak for f in fits)
    if strong == 0:
        return "No rule of funding in these data moves spending strongly enough to tell cause from need."
    return f"{strong} of {len(fits)} rules of funding in these data move spending strongly; whether they are fair tests is discussed below."


def family_words(family: pd.DataFrame) -> str:
    """Return how many tests of a family survive adjustment, and whether the check fails."""
    raw, left = int((family["p_value"] < 0.05).sum()), family[family["romano_wolf"] < 0.05]
    text = f"{raw} of {len(family)} tests fall below 5% on their own, {len(left) or 'none'} after adjustment for their number"
    check = left["service"] == PLACEBO_SERVICE
    if check.any():
        which = "what is left" if check.all() else "among those left"
        text += f"; {which} is children's social care, which cannot prevent deaths of adults, so the design itself is in doubt"
    return text
