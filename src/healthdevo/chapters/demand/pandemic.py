"""The pandemic in the A&E figures: what did not happen, what stayed, and where the old course would be today."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import charts
from healthdevo.chapters.common import ENGLAND, PANDEMIC, limits_column, record, source_line, with_name
from healthdevo.chapters.common.emergency_series import BREAKS, in_pandemic, monthly_counts
from healthdevo.chapters.demand import words
from healthdevo.chapters.demand.attendances import TYPE_NAMES
from healthdevo.results import Estimate, Interval
from healthdevo.series import PANDEMIC as PANDEMIC_MONTHS
from healthdevo.series import (
    InterruptedSeries,
    StructuralTrend,
    days_in_month,
    interrupted_series,
    placebo_dates,
    structural_trend,
)
from healthdevo.wording import number, percentage

_AFTER = "2021-07"
_KINDS = ("all", "1", "3")


@dataclass(frozen=True)
class PandemicBreak:
    """Attendances in England before, in and after the pandemic, from table ``emergency_month``."""

    months: pd.DataFrame = field(repr=False)

    def _counts(self, kind: str) -> tuple[pd.Series, pd.Series]:
        counts = monthly_counts(self.months, ENGLAND, kind)
        return counts, pd.Series(days_in_month(counts.index), index=counts.index)

    @cached_property
    def lost(self) -> dict[str, InterruptedSeries]:
        """The pandemic months against the course before, by type of department."""
        result = {}
        for kind in _KINDS:
            counts, days = self._counts(kind)
            until = counts[counts.index <= pd.Period(PANDEMIC_MONTHS[1], freq="M")]
            result[kind] = interrupted_series(until, PANDEMIC_MONTHS[0], exposure=days, slope_change=False)
        return result

    @cached_property
    def lasting(self) -> dict[str, InterruptedSeries]:
        """The time since against the course before, the pandemic left out, by type of department."""
        parts = {kind: self._without_pandemic(kind) for kind in _KINDS}
        return {kind: interrupted_series(one, _AFTER, exposure=days) for kind, (one, days) in parts.items()}

    def _without_pandemic(self, kind: str) -> tuple[pd.Series, pd.Series]:
        counts, days = self._counts(kind)
        return counts.mask(in_pandemic(pd.PeriodIndex(counts.index))), days

    @cached_property
    def placebo(self) -> pd.DataFrame:
        """The same model at dates before the pandemic when nothing happened, and the real date last."""
        counts, days = self._without_pandemic("all")
        return placebo_dates(counts, _AFTER, exposure=days)

    @cached_property
    def trends(self) -> dict[str, StructuralTrend]:
        """Structural trend by type of department, whose level may wander."""
        return {kind: structural_trend(self._counts(kind)[0], breaks=BREAKS) for kind in _KINDS}

    def gap_today(self, kind: str = "all") -> Estimate:
        """How far the latest year lies from the old course, as a share of it: limits from the counterfactual's last months."""
        path = self.lasting[kind].path.iloc[-12:]
        expected = float(path["counterfactual"].sum())
        limits = [float(path[f"effect_{side}_0.95"].sum()) / expected for side in ("lower", "upper")]
        value = float(path["effect"].sum()) / expected
        return Estimate(
            "gap to the old course",
            value,
            (limits[1] - limits[0]) / 3.92,
            (Interval(0.95, *limits),),
            len(path),
            "interrupted time series; the months' limits added up, as if their errors were one",
        )

    def chart(self) -> charts.Chart:
        """Attendances per day and the old course carried on."""
        counts, days = self._counts("all")
        months = pd.PeriodIndex(counts.index).to_timestamp()
        known = pd.DataFrame(
            {"month": months, "name": "counted", "value": counts.to_numpy() / days.to_numpy() / 1000}
        )
        path = self.lasting["all"].path
        after = path[path.index >= pd.Period(_AFTER, freq="M")]
        columns = {"": "value", "_lower_0.95": "lower", "_upper_0.95": "upper"}
        course = pd.DataFrame({"month": pd.PeriodIndex(after.index).to_timestamp(), "name": "old course"})
        for column, name in columns.items():
            course[name] = after[f"counterfactual{column}"].to_numpy() / (1000 * days_in_month(after.index))
        return charts.line_chart(
            pd.concat([known, course], ignore_index=True),
            x="month",
            y="value",
            series="name",
            lower="lower",
            upper="upper",
            labels={"old course": "old course\ncarried on"},
            spans=[PANDEMIC],
            y_format=lambda v: f"{v:g}k",
            caption=words.course(self.gap_today(), known["month"].min(), known["month"].max()),
        )

    def table(self) -> charts.Table:
        """List the break by type of department."""
        rows = []
        for kind, lasting in self.lasting.items():
            lost, state = (
                self.lost[kind].cumulative,
                record(self.trends[kind].breaks.loc[["after the pandemic"]]),
            )
            step = {column: found - 1.0 for column, found in with_name("step", lasting.rate_ratio).items()}
            rows.append(
                {
                    "department_type": kind,
                    "name": TYPE_NAMES[kind],
                    "lost": -lost.estimate,
                    "lost_lower": -lost.interval().upper,
                    "lost_upper": -lost.interval().lower,
                    **step,
                    "wandering": float(state["effect"]) / 100,
                    "wandering_lower": float(state["lower_0.95"]) / 100,
                    "wandering_upper": float(state["upper_0.95"]) / 100,
                    "supported": bool(state["supported"]),
                    **with_name("gap", self.gap_today(kind)),
                }
            )
        return charts.page_table(
            pd.DataFrame(rows),
            [
                charts.text_column("Type", "name"),
                limits_column("Missing in the pandemic, millions", "lost", lambda v: number(v / 1e6, 2)),
                limits_column("Step after it", "step", percentage),
                limits_column("Step, wandering level", "wandering", percentage),
                limits_column("Latest year against the old course", "gap", percentage),
            ],
            table_id="pandemic-break-by-type",
            caption=words.TABLES["pandemic-break-by-type"],
            source=source_line("emergency_month"),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.pandemic_texts(self)
