"""Waiting lists, cancer, tests and ambulances around dated national targets: what changed, beside calendar dates, and what was reached."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.directives import AFTER, BEFORE, HALF_YEAR
from healthdevo.chapters.common import records, source_line
from healthdevo.charts import (
    Chart,
    Table,
    estimate_column,
    interval_chart,
    made_column,
    page_table,
    text_column,
)
from healthdevo.series import InterruptedSeries, interrupted_series

LAST_BEFORE = "2020-02"
"""The last month before the pandemic; calendar dates have all their months before it."""
MAIN = "eighteen_weeks"
"""The measure that is drawn: the only one with a long series."""
TITLES: Mapping[str, str] = {
    "eighteen_weeks": "Waiting list within 18 weeks",
    "cancer_62_days": "Cancer treated within 62 days",
    "diagnostics_six_weeks": "Tests within six weeks",
    "ambulance_category_2": "Ambulances, serious calls",
}


def series() -> dict[str, pd.Series]:
    """Return each measure in England by month: per cent, or minutes on average for ambulances."""
    england = tables.load("waiting_list_england_month").set_index("month")
    listed = 100.0 * england["within_18_weeks"] / england["incomplete"]
    cancer = tables.load("cancer_provider_month")
    cancer = cancer[cancer["standard"] == "62_day"].groupby("month")[["within_standard", "patients"]].sum()
    tests = tables.load("diagnostic_provider_month").groupby("month")[["waiting", "over_6_weeks"]].sum()
    calls = tables.load("ambulance_trust_month").dropna(subset=["c2_mean"])
    calls = (
        calls.assign(total=calls["c2_mean"] * calls["c2_incidents"])
        .groupby("month")[["total", "c2_incidents"]]
        .sum()
    )
    found = {
        "eighteen_weeks": listed,
        "cancer_62_days": 100.0 * cancer["within_standard"] / cancer["patients"],
        "diagnostics_six_weeks": 100.0 * (1.0 - tests["over_6_weeks"] / tests["waiting"]),
        "ambulance_category_2": calls["total"] / calls["c2_incidents"] / 60.0,
    }
    return {name: _monthly(values) for name, values in found.items()}


def _monthly(values: pd.Series) -> pd.Series:
    values = values.astype(float).sort_index()
    return values.set_axis(pd.DatetimeIndex(values.index).to_period("M"))


def reached() -> dict[tuple[str, str], float]:
    """Return what was reached, by measure and month due, where a table has it: ambulances over the twelve months."""
    found = series()
    late = (
        tables.load("waiting_list_provider_month").groupby("month")[["within_18_weeks", "incomplete"]].sum()
    )
    found["eighteen_weeks"] = found["eighteen_weeks"].combine_first(
        _monthly(100.0 * late["within_18_weeks"] / late["incomplete"])
    )
    calls = tables.load("ambulance_trust_month").dropna(subset=["c2_mean"])
    due = tables.load("waiting_target").dropna(subset=["due"])
    result = {}
    for measure, month in zip(due["measure"], due["due"], strict=True):
        last = pd.Period(month, "M")
        if measure == "ambulance_category_2":
            year = calls[(calls["month"] > (last - 12).end_time) & (calls["month"] <= last.end_time)]
            if year["month"].nunique() == 12:
                result[measure, month] = float(
                    (year["c2_mean"] * year["c2_incidents"]).sum() / year["c2_incidents"].sum() / 60.0
                )
        elif last in found[measure].index:
            result[measure, month] = float(found[measure].loc[str(last)])
    return result


@dataclass(frozen=True)
class WaitingTargets:
    """England by month, and the dated targets with what was reached (empty where no table has it)."""

    months: Mapping[str, pd.Series] = field(repr=False)
    targets: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> WaitingTargets:
        """Load the tables."""
        rows = tables.load("waiting_target")
        known = reached()
        rows = rows.assign(
            date=pd.PeriodIndex(rows["announced"], freq="M") + 1,
            reached=[
                known.get((m, str(d)), float("nan"))
                for m, d in zip(rows["measure"], rows["due"], strict=True)
            ],
        )
        return cls(series(), rows.sort_values(["measure", "announced"]).reset_index(drop=True))

    def held(self, measure: str, date: pd.Period) -> bool:
        """Whether the series has all months around a date."""
        months = self.months[measure].index
        return bool(date - BEFORE >= months[0] and date + AFTER - 1 <= months[-1])

    def fit(self, measure: str, date: pd.Period) -> InterruptedSeries:
        """Return the change in level and slope at a date, from the months around it."""
        course = self.months[measure].loc[date - BEFORE : date + AFTER - 1]
        return interrupted_series(course, str(date), model="ols", seasons=1)

    @property
    def calendar(self) -> list[pd.Period]:
        """Calendar dates of the main measure with all their months before the pandemic."""
        first, last = self.months[MAIN].index[0] + BEFORE, pd.Period(LAST_BEFORE, "M") - (AFTER - 1)
        return [p for p in pd.period_range(first, last, freq="M") if p.month in HALF_YEAR]

    def _row(self, measure: str, date: pd.Period) -> dict[str, object]:
        found = self.fit(measure, date)
        level, slope = found.level_change, found.slope_change
        i, j = level[0.95], slope[0.95]
        return {
            "estimate": level.estimate,
            "lower": i.lower,
            "upper": i.upper,
            "ratio": level.estimate / level.standard_error,
            "slope": slope.estimate,
            "slope_lower": j.lower,
            "slope_upper": j.upper,
        }

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each date of the main measure before the pandemic in order: ``month``, ``target`` and changes with limits."""
        own = self.targets[self.targets["measure"] == MAIN]
        last = pd.Period(LAST_BEFORE, "M") - (AFTER - 1)
        dated = [(d, False) for d in self.calendar]
        dated += [(d, True) for d in own["date"] if self.held(MAIN, d) and d <= last]
        return pd.DataFrame(
            [
                {"month": d.strftime("%B %Y"), "date": d, "target": t} | self._row(MAIN, d)
                for d, t in sorted(dated)
            ]
        )

    @cached_property
    def table(self) -> pd.DataFrame:
        """One row for each target: what was said and reached, and the changes where the series has the months around it."""
        rows = []
        for target in records(self.targets):
            row: dict[str, object] = {"name": TITLES[target["measure"]], **target}
            if self.held(target["measure"], target["date"]):
                row |= self._row(target["measure"], target["date"])
            rows.append(row)
        return pd.DataFrame(rows)

    def larger(self, ratio: float) -> int:
        """Return how many calendar dates have a larger change for its error."""
        return int((self.rows.loc[~self.rows["target"], "ratio"].abs() > abs(ratio)).sum())

    def chart(self) -> Chart:
        """Draw the change in level of the main measure at its targets and at calendar dates."""
        return interval_chart(
            self.rows.assign(
                label=[
                    f"{m}{' ' if t else ''}"
                    for m, t in zip(self.rows["month"], self.rows["target"], strict=True)
                ]
            ),
            label="label",
            value="estimate",
            lower="lower",
            upper="upper",
            focus=[f"{m} " for m in self.rows.loc[self.rows["target"], "month"]],
            reference=0.0,
            reference_text="no change",
            x_label="change in level, percentage points",
            caption=words.waiting_targets(self),
        )

    def page_table(self) -> Table:
        """Show the targets."""
        return page_table(
            self.table,
            [
                text_column("Measure", "name"),
                made_column(
                    "Announced", ["announced"], lambda announced: pd.Period(announced, "M").strftime("%B %Y")
                ),
                text_column("Target or suspension", "said"),
                made_column("Reached when due", ["measure", "reached"], words.reached),
                estimate_column("Change in level (95% interval)"),
                estimate_column(
                    "Change in slope, a month (95% interval)", "slope", "slope_lower", "slope_upper"
                ),
            ],
            table_id="waiting-targets",
            caption=words.WAITING_TARGETS_TABLE,
            source=source_line(
                "waiting_target",
                "waiting_list_england_month",
                "cancer_provider_month",
                "diagnostic_provider_month",
                "ambulance_trust_month",
            ),
        )
