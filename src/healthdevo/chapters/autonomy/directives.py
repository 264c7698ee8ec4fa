"""Did waits change when a national target was set? Every dated target for A&E in the table, with calendar dates beside them."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.autonomy import words
from healthdevo.chapters.common import ENGLAND, source_line
from healthdevo.charts import (
    Chart,
    Table,
    estimate_column,
    interval_chart,
    page_table,
    share_column,
    text_column,
)
from healthdevo.errors import TableError
from healthdevo.series import InterruptedSeries, interrupted_series

FIRST = "2021-04"
"""The first month after the first year of the pandemic."""
UNTIL = "2019-04"
"""The last month in which England's figures hold the pilot trusts."""
BEFORE, AFTER = 21, 12
"""Months before and after a date that are looked at."""
HALF_YEAR = (1, 7)
"""Months of the calendar dates: January and July of each year whose months lie wholly before the pilots."""


def announced(standards: pd.DataFrame) -> pd.DataFrame:
    """Return dated targets by the month after their announcement, in order: ``date``, ``share``, ``due`` and ``announced``.

    >>> announced(tables.load("performance_standard"))["date"].astype(str).tolist()
    ['2023-01', '2024-04', '2025-02', '2025-11', '2025-11']
    """
    rows = standards[(standards["measure"] == "four_hours") & standards["announced"].notna()]
    if rows.empty:
        raise TableError("table performance_standard: no target for four_hours has a month of announcement")
    said = pd.PeriodIndex(rows["announced"], freq="M")
    found = pd.DataFrame(
        {
            "date": said + 1,
            "share": rows["share"].to_numpy(dtype=float),
            "due": pd.PeriodIndex(rows["first_month"], freq="M"),
            "announced": [m.strftime("%B %Y") for m in said],
        }
    )
    return found.sort_values("date").reset_index(drop=True)


@dataclass(frozen=True)
class Directives:
    """Per cent within four hours in England by month: before the pilots, since the pandemic without pilot trusts, and of all."""

    earlier: pd.Series = field(repr=False)
    later: pd.Series = field(repr=False)
    targets: pd.DataFrame = field(repr=False)
    undated: int = 0
    coming: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    """Targets for months after the latest figures."""

    @classmethod
    def load(cls) -> Directives:
        """Load England's figures, those of all providers but the pilots (which came back in the middle), and the targets."""
        frame = tables.load("emergency_provider_month")
        pilots = set(frame.loc[frame["pilot_trust"], "provider_code"])
        frame = frame[~frame["provider_code"].isin(pilots)]
        sums = frame.groupby("month")[["attendances", "over_4_hours"]].sum().astype(float)
        later = 100.0 * (1.0 - sums["over_4_hours"] / sums["attendances"])
        later.index = pd.DatetimeIndex(later.index).to_period("M")
        nation = tables.load("nation_emergency_month")
        nation = nation[nation["nation_code"] == ENGLAND].set_index("month")
        earlier = 100.0 * nation["within_4_hours"] / nation["attendances"]
        earlier.index = pd.DatetimeIndex(earlier.index).to_period("M")
        standards = tables.load("performance_standard")
        every = announced(standards)
        coming = every["due"] > earlier.index[-1]
        targets = every[~coming].reset_index(drop=True)
        targets["reached"] = [float(earlier[due]) / 100.0 for due in targets["due"]]
        undated = int(standards["announced"].isna().sum())
        return cls(earlier.loc[:UNTIL], later.loc[FIRST:], targets, undated, every[coming])

    def fit(self, date: pd.Period) -> InterruptedSeries:
        """Return the change in level and slope at a date, from the months around it."""
        course = self.later if date >= pd.Period(FIRST, "M") else self.earlier
        return interrupted_series(
            course.loc[date - BEFORE : date + AFTER - 1], str(date), model="ols", seasons=1
        )

    @property
    def calendar(self) -> list[pd.Period]:
        """Calendar dates with all their months before the pilots."""
        first, last = self.earlier.index[0] + BEFORE, self.earlier.index[-1] - (AFTER - 1)
        return [p for p in pd.period_range(first, last, freq="M") if p.month in HALF_YEAR]

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each date in order: ``month``, ``target``, changes in level and slope with limits, and ``ratio``, the level over its error."""
        dated = [(date, False) for date in self.calendar] + [(date, True) for date in self.targets["date"]]
        rows = []
        for date, target in sorted(dated):
            found = self.fit(date)
            level, slope = found.level_change, found.slope_change
            rows.append(
                {
                    "month": date.strftime("%B %Y"),
                    "target": target,
                    "estimate": level.estimate,
                    "lower": level[0.95].lower,
                    "upper": level[0.95].upper,
                    "ratio": level.estimate / level.standard_error,
                    "slope": slope.estimate,
                    "slope_lower": slope[0.95].lower,
                    "slope_upper": slope[0.95].upper,
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each target: share, month due, share reached, changes, and ``larger``, how many calendar dates have a larger change for its error."""
        rows = self.rows[self.rows["target"]].reset_index(drop=True)
        others = self.rows.loc[~self.rows["target"], "ratio"].abs().to_numpy()
        larger = [int((others > abs(r)).sum()) for r in rows["ratio"]]
        due = [m.strftime("%B %Y") for m in self.targets["due"]]
        return pd.concat([self.targets.drop(columns="due"), rows], axis=1).assign(
            larger=np.array(larger, dtype=int), due=due
        )

    def chart(self) -> Chart:
        """Draw the change in level at the targets and at the calendar dates."""
        return interval_chart(
            self.rows,
            label="month",
            value="estimate",
            lower="lower",
            upper="upper",
            focus=self.rows.loc[self.rows["target"], "month"].tolist(),
            reference=0.0,
            reference_text="no change",
            x_label="change in level, percentage points",
            caption=words.directives(self),
        )

    def page_table(self) -> Table:
        """Show the targets."""
        return page_table(
            self.table,
            [
                text_column("Announced", "announced"),
                text_column("For", "due"),
                share_column("Target", "share", 0),
                share_column("Reached", "reached", 1),
                estimate_column("Change in level, points (95% interval)"),
                estimate_column(
                    "Change in slope, points a month (95% interval)", "slope", "slope_lower", "slope_upper"
                ),
            ],
            table_id="directives",
            caption=words.DIRECTIVES_TABLE,
            source=source_line("performance_standard", "emergency_provider_month", "nation_emergency_month"),
        )
