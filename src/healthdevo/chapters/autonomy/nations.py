"""Four nations: health has been devolved since 1999; A&E waits and spending as changes against England, never as levels."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo import tables
from healthdevo.chapters.autonomy import words
from healthdevo.chapters.common import ENGLAND, source_line
from healthdevo.charts import (
    Chart,
    Table,
    estimate_column,
    interval_chart,
    line_chart,
    page_table,
    text_column,
)
from healthdevo.errors import InputError
from healthdevo.results import Estimate, Interval

NATIONS: Mapping[str, str] = {
    ENGLAND: "England",
    "S92000003": "Scotland",
    "W92000004": "Wales",
    "N92000002": "Northern Ireland",
}
FIRST, MIDDLE, LAST = 2011, 2018, 2024
"""The first whole year of all nations, the last before English pilot trusts left the figures, the last of all nations with them back."""
PILOTS = range(2019, 2024)
"""Years in which England's figures leave out the pilot trusts in some or all months."""
SPANS = ((FIRST, MIDDLE), (MIDDLE, LAST))


def drift(course: pd.Series, first: int, last: int, measure: str, unit: str) -> Estimate:
    """Return the change of a yearly course, with an interval from its yearly ups and downs.

    The course is taken as a random walk with drift. The spread of yearly changes from ``FIRST`` to ``MIDDLE`` around their mean says how far chance
    alone moves it in a year, and the standard error over h years is that spread times the square root of h. Limits follow Student's t.

    >>> gap = pd.Series([0.0, 1.0, 1.0, 2.0, 2.0, 3.0, 3.0, 4.0], index=range(2011, 2019))
    >>> found = drift(gap, 2011, 2018, "gap", "points")
    >>> found.estimate, round(found.standard_error, 4)
    (4.0, 1.4142)
    """
    needed = sorted({*range(FIRST, MIDDLE + 1), first, last})
    missing = [year for year in needed if year not in course.index or not np.isfinite(course[year])]
    if missing:
        raise InputError(
            f"course: {measure} has no figure of {missing[0]}; give one for each of {needed[0]} to {needed[-1]} that is used"
        )
    steps = np.diff(course.loc[FIRST:MIDDLE].to_numpy(dtype=float))
    error = float(steps.std(ddof=1)) * float(np.sqrt(last - first))
    change = float(course[last] - course[first])
    reach = float(stats.t.ppf(0.975, len(steps) - 1)) * error
    interval = (Interval(0.95, change - reach, change + reach),)
    return Estimate(measure, change, error, interval, len(steps), "random walk with drift", unit=unit)


@dataclass(frozen=True)
class Nations:
    """Yearly figures of each nation: per cent within four hours, and spending on health per head; of regions the spending."""

    waits: pd.DataFrame = field(repr=False)
    spending: pd.DataFrame = field(repr=False)
    regions: pd.DataFrame = field(repr=False)
    definitions: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)
    suspended: pd.DataFrame = field(repr=False, default_factory=pd.DataFrame)

    @classmethod
    def load(cls) -> Nations:
        """Load calendar years with all twelve months, and financial years of spending by the year in which they start."""
        months = tables.load("nation_emergency_month")
        months = months.assign(year=months["month"].dt.year)
        sums = months.groupby(["year", "nation_code"])[["attendances", "within_4_hours"]].sum()
        whole = months.groupby(["year", "nation_code"])["month"].count() == 12
        share = (100.0 * sums["within_4_hours"] / sums["attendances"]).where(whole)
        waits = (
            share.rename("value")
            .reset_index()
            .pivot_table(index="year", columns="nation_code", values="value")
        )
        money = tables.load("nation_health_spending")
        regional = tables.load("regional_spending")
        regional = regional[
            (regional["service"] == "health")
            & regional["latest_edition"]
            & (regional["area_code"] != ENGLAND)
        ]
        return cls(
            waits[list(NATIONS)],
            _per_head(money, "nation_code")[list(NATIONS)],
            _per_head(regional, "area_code"),
            tables.load("nation_definition"),
            tables.load("nation_suspension"),
        )

    @property
    def names(self) -> Mapping[str, str]:
        """Names of the nations by code."""
        return NATIONS

    @cached_property
    def courses(self) -> Mapping[str, pd.DataFrame]:
        """Each nation against England by year: four-hour waits in percentage points, spending per head in per cent (logarithms)."""
        clean = self.waits.drop(index=[y for y in PILOTS if y in self.waits.index])
        money = _logs(self.spending)
        return {
            "waits": clean.sub(clean[ENGLAND], axis=0).drop(columns=ENGLAND),
            "spending": money.sub(money[ENGLAND], axis=0).drop(columns=ENGLAND),
        }

    @cached_property
    def changes(self) -> pd.DataFrame:
        """One row for each measure, span and nation: change against England with its limits, and the nation's own change."""
        rows = []
        for measure, course in self.courses.items():
            own = self.waits if measure == "waits" else _logs(self.spending)
            for first, last in SPANS:
                for code in map(str, course.columns):
                    found = drift(course[code], first, last, measure, "points")
                    i = found[0.95]
                    rows.append(
                        {
                            "measure": measure,
                            "first": first,
                            "last": last,
                            "nation": NATIONS[code],
                            "row": f"{NATIONS[code]}, {first} to {last}",
                            "own": float(own[code][last] - own[code][first]),
                            "estimate": found.estimate,
                            "lower": i.lower,
                            "upper": i.upper,
                        }
                    )
        return pd.DataFrame(rows)

    def of(self, measure: str, first: int) -> pd.DataFrame:
        """Return the rows of a measure and of the span that begins in a year."""
        return self.changes[(self.changes["measure"] == measure) & (self.changes["first"] == first)]

    @cached_property
    def english(self) -> tuple[float, float]:
        """Change of England's own share within four hours in both spans, in percentage points."""
        course = self.waits[ENGLAND]
        return float(course[MIDDLE] - course[FIRST]), float(course[LAST] - course[MIDDLE])

    @cached_property
    def fallen(self) -> pd.Series:
        """Change of each nation's own share within four hours from the first to the last year, in percentage points, by name."""
        change = {NATIONS[c]: float(self.waits[c][LAST] - self.waits[c][FIRST]) for c in NATIONS}
        return pd.Series(change)

    @property
    def firsts(self) -> tuple[int, ...]:
        """First years of the spans."""
        return tuple(first for first, _ in SPANS)

    @cached_property
    def of_regions(self) -> tuple[float, float]:
        """Least and most that spending per head of an English region changed against England from ``MIDDLE`` to ``LAST``, in per cent (logarithms)."""
        grown = _growth(self.regions)
        england = float(_growth(self.spending)[ENGLAND])
        return float(grown.min() - england), float(grown.max() - england)

    def chart(self) -> Chart:
        """Draw the change of each nation's share since the first year; England's years without its pilots are left open."""
        course = self.waits.loc[FIRST:LAST].copy()
        course.loc[[y for y in PILOTS if y in course.index], ENGLAND] = np.nan
        moved = (course - course.loc[FIRST]).rename(columns=dict(NATIONS))
        data = moved.rename_axis("year").reset_index().melt("year", var_name="nation", value_name="change")
        return line_chart(
            data,
            x="year",
            y="change",
            series="nation",
            y_from_zero=False,
            markers=True,
            x_format=lambda v: f"{v:.0f}",
            y_format=lambda v: f"{v:+.0f}".replace("-", "−") if round(v) else "0",
            caption=words.nations(self),
        )

    def gaps_chart(self) -> Chart:
        """Draw each nation's change against England with its interval."""
        return interval_chart(
            self.changes[self.changes["measure"] == "waits"],
            label="row",
            value="estimate",
            lower="lower",
            upper="upper",
            reference=0.0,
            reference_text="as England",
            x_label="change of the share within four hours against England, percentage points",
            caption=words.nation_gaps(self),
        )

    def definitions_table(self) -> Table:
        """Show what each nation counts."""
        return page_table(
            _definitions(self.definitions),
            [
                text_column(
                    "Measure",
                    "measure",
                    {"four_hours": "A&E within four hours", "spending": "Health spending"},
                ),
                text_column("Nation", "nation"),
                text_column("What counts", "counted"),
                text_column("From when to when", "clock"),
                text_column("Standard and breaks", "note"),
            ],
            table_id="nation-definitions",
            caption=words.DEFINITIONS,
            source=source_line("nation_definition"),
        )

    def page_table(self) -> Table:
        """Show both measures."""
        names = {"waits": "A&E within four hours, points", "spending": "Health spending per head, %"}
        return page_table(
            self.changes.assign(what=self.changes["measure"].map(names)),
            [
                text_column("Measure", "what"),
                text_column("Nation and years", "row"),
                estimate_column("Change against England (95% interval)"),
            ],
            table_id="nations",
            caption=words.NATIONS_TABLE,
            source=source_line("nation_emergency_month", "nation_health_spending"),
        )


def _definitions(frame: pd.DataFrame) -> pd.DataFrame:
    order = {code: i for i, code in enumerate(NATIONS)}
    rows = frame.assign(nation=frame["nation_code"].map(NATIONS), note=frame["note"].fillna(""))
    return rows.sort_values(
        ["measure", "nation_code"], key=lambda c: c.map(order) if c.name == "nation_code" else c
    ).reset_index(drop=True)


def _per_head(frame: pd.DataFrame, area: str) -> pd.DataFrame:
    """Return pounds per head by year (rows) and area (columns)."""
    value = 1000.0 * frame["spending"].astype(float) / frame["population"].astype(float)
    return frame.assign(value=value).pivot_table(index="financial_year_start", columns=area, values="value")


def _growth(heads: pd.DataFrame) -> pd.Series:
    """Return how spending per head grew from ``MIDDLE`` to ``LAST`` in each column, in per cent (logarithms)."""
    logs = _logs(heads)
    return pd.Series({str(c): float(logs[c][LAST] - logs[c][MIDDLE]) for c in logs.columns})


def _logs(heads: pd.DataFrame) -> pd.DataFrame:
    """Return 100 times the logarithms, so that differences are in per cent."""
    return pd.DataFrame(100.0 * np.log(heads.to_numpy(dtype=float)), index=heads.index, columns=heads.columns)
