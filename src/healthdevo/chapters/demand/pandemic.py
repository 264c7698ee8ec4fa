"""The pandemic in the A&E figures: what did not happen, what stayed, and where the old course would be today."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from healthdevo.chapters.common import ENGLAND, PANDEMIC, record, source_line
from healthdevo.chapters.common.emergency_series import BREAKS, in_pandemic, monthly_counts
from healthdevo.chapters.demand.attendances import TYPE_NAMES
from healthdevo.chapters.demand.words import pandemic as words
from healthdevo.charts import Chart, Table, estimate_column, line_chart, page_table, text_column
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
from healthdevo.wording import percentage

__all__ = ["PandemicBreak"]

_AFTER = "2021-07"


@dataclass(frozen=True)
class PandemicBreak:
    """Attendances in England before, in and after the pandemic.

    Parameters
    ----------
    months : pandas.DataFrame
        Table ``emergency_month``.
    """

    months: pd.DataFrame = field(repr=False)

    def _counts(self, kind: str) -> tuple[pd.Series, pd.Series]:
        counts = monthly_counts(self.months, ENGLAND, kind)
        return counts, pd.Series(days_in_month(counts.index), index=counts.index)

    @cached_property
    def lost(self) -> dict[str, InterruptedSeries]:
        """The pandemic months against the course before, by type of department."""
        result = {}
        for kind in ("all", "1", "3"):
            counts, days = self._counts(kind)
            until = counts[counts.index <= pd.Period(PANDEMIC_MONTHS[1], freq="M")]
            result[kind] = interrupted_series(until, PANDEMIC_MONTHS[0], exposure=days, slope_change=False)
        return result

    @cached_property
    def lasting(self) -> dict[str, InterruptedSeries]:
        """The time since against the course before, the pandemic left out, by type of department."""
        result = {}
        for kind in ("all", "1", "3"):
            counts, days = self._counts(kind)
            result[kind] = interrupted_series(self._without_pandemic(counts), _AFTER, exposure=days)
        return result

    @staticmethod
    def _without_pandemic(counts: pd.Series) -> pd.Series:
        return counts.mask(in_pandemic(pd.PeriodIndex(counts.index)))

    @cached_property
    def placebo(self) -> pd.DataFrame:
        """The same model at dates before the pandemic when nothing happened, and the real date last."""
        counts, days = self._counts("all")
        return placebo_dates(self._without_pandemic(counts), _AFTER, exposure=days)

    @cached_property
    def trends(self) -> dict[str, StructuralTrend]:
        """Structural trend by type of department, whose level may wander."""
        return {kind: structural_trend(self._counts(kind)[0], breaks=BREAKS) for kind in ("all", "1", "3")}

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

    # ---- charts and tables ---------------------------------------------------------------------------------------------------------

    def chart(self) -> Chart:
        """Attendances per day and the old course carried on."""
        path = self.lasting["all"].path
        counts, days = self._counts("all")
        known = pd.DataFrame(
            {
                "month": pd.PeriodIndex(counts.index).to_timestamp(),
                "name": "counted",
                "value": (counts / days).to_numpy() / 1000,
            }
        )
        after = path[path.index >= pd.Period(_AFTER, freq="M")]
        scale = 1000 * days_in_month(after.index)
        course = pd.DataFrame(
            {
                "month": pd.PeriodIndex(after.index).to_timestamp(),
                "name": "old course",
                "value": after["counterfactual"].to_numpy() / scale,
                "lower": after["counterfactual_lower_0.95"].to_numpy() / scale,
                "upper": after["counterfactual_upper_0.95"].to_numpy() / scale,
            }
        )
        gap = self.gap_today()
        return line_chart(
            pd.concat([known, course], ignore_index=True),
            x="month",
            y="value",
            series="name",
            lower="lower",
            upper="upper",
            labels={"old course": "old course\ncarried on"},
            spans=[PANDEMIC],
            y_format=lambda v: f"{v:g}k",
            caption=words.course(gap, known["month"].min(), known["month"].max()),
        )

    def table(self) -> Table:
        """List the break by type of department."""
        rows: list[dict[str, Any]] = []
        for kind, lasting in self.lasting.items():
            lost, trend = self.lost[kind], self.trends[kind]
            step, gap = lasting.rate_ratio, self.gap_today(kind)
            state = record(trend.breaks.loc[["after the pandemic"]])
            total, i, g = lost.cumulative.interval(), step.interval(), gap.interval()
            rows.append(
                {
                    "department_type": kind,
                    "name": TYPE_NAMES[kind],
                    "lost": -lost.cumulative.estimate,
                    "lost_lower": -total.upper,
                    "lost_upper": -total.lower,
                    "step": step.estimate - 1.0,
                    "step_lower": i.lower - 1.0,
                    "step_upper": i.upper - 1.0,
                    "wandering": float(state["effect"]) / 100,
                    "wandering_lower": float(state["lower_0.95"]) / 100,
                    "wandering_upper": float(state["upper_0.95"]) / 100,
                    "supported": bool(state["supported"]),
                    "gap": gap.estimate,
                    "gap_lower": g.lower,
                    "gap_upper": g.upper,
                }
            )
        return page_table(
            pd.DataFrame(rows),
            [
                text_column("Type", "name"),
                estimate_column(
                    "Missing in the pandemic, millions",
                    "lost",
                    "lost_lower",
                    "lost_upper",
                    words.millions_missing,
                ),
                estimate_column("Step after it", "step", "step_lower", "step_upper", percentage),
                estimate_column(
                    "Step, wandering level", "wandering", "wandering_lower", "wandering_upper", percentage
                ),
                estimate_column(
                    "Latest year against the old course", "gap", "gap_lower", "gap_upper", percentage
                ),
            ],
            table_id="pandemic-break-by-type",
            caption="The pandemic in attendances in England by type of department, with 95% intervals.",
            source=source_line("emergency_month"),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)
