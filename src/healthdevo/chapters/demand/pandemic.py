"""The pandemic in the A&E figures: what did not happen, what stayed, and where the old course would be today."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from healthdevo.chapters.common.cells import record
from healthdevo.chapters.common.emergency_series import BREAKS, in_pandemic, monthly_counts
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.demand.attendances import ENGLAND, PANDEMIC, TYPE_NAMES
from healthdevo.charts import Caption, Chart, line_chart
from healthdevo.charts.table import Table, show_table
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
from healthdevo.wording import join, millions, number, percentage

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
            caption=Caption(
                figure_id="pandemic-break",
                title=f"In the latest year attendances are {_position(gap)} the course of before the pandemic",
                subtitle=(
                    f"Attendances per day at all types of A&E, England, thousands, {known['month'].min():%B %Y} to "
                    f"{known['month'].max():%B %Y}; band: 95% interval of the course before March 2020, carried on"
                ),
                source=source_line("emergency_month"),
                alt=(
                    "Line chart of attendances per day by month and of the growth line from before the pandemic carried on. Attendances fall "
                    f"steeply in spring 2020, return below the line, and are {_position(gap)} it in the latest year."
                ),
            ),
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
        data = pd.DataFrame(rows)

        def limits(name: str) -> list[str]:
            return [
                f"{percentage(r[name])} ({percentage(r[f'{name}_lower'])} to {percentage(r[f'{name}_upper'])})"
                for r in rows
            ]

        def missing(value: float) -> str:
            return number(value / 1e6, 2)

        shown = pd.DataFrame(
            {
                "Type": data["name"],
                "Missing in the pandemic, millions": [
                    f"{missing(r['lost'])} ({missing(r['lost_lower'])} to {missing(r['lost_upper'])})"
                    for r in rows
                ],
                "Step after it": limits("step"),
                "Step, wandering level": limits("wandering"),
                "Latest year against the old course": limits("gap"),
            }
        )
        return show_table(
            shown,
            table_id="pandemic-break-by-type",
            caption="The pandemic in attendances in England by type of department, with 95% intervals.",
            source=source_line("emergency_month"),
            data=data,
        )

    # ---- words -----------------------------------------------------------------------------------------------------------------------

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        lost, lasting = self.lost["all"].cumulative, self.lasting["all"]
        total = lost.interval()
        step = lasting.rate_ratio
        i = step.interval()
        gap = self.gap_today()
        g = gap.interval()
        trials = self.placebo[self.placebo["placebo"]]
        false = float(((trials["lower"] > 0) | (trials["upper"] < 0)).mean())
        real = self.placebo.iloc[-1]
        supported = [
            "all types together" if k == "all" else f"type {k} departments"
            for k, t in self.trends.items()
            if "after the pandemic" in t.supported
        ]
        return {
            "break_lost": (
                f"{millions(-lost.estimate, 1)} fewer attendances than the earlier course would have brought (95% interval "
                f"{millions(-total.upper, 1)} to {millions(-total.lower, 1)})"
                if lost.estimate < 0
                else f"{millions(lost.estimate, 1)} more attendances than the earlier course would have brought (95% interval "
                f"{millions(total.lower, 1)} to {millions(total.upper, 1)})"
            ),
            "break_step": (
                f"{percentage(abs(step.estimate - 1))} {'lower' if step.estimate < 1 else 'higher'} than the old course (95% interval "
                f"{percentage(i.lower - 1)} to {percentage(i.upper - 1)})"
            ),
            "break_gap": (
                f"{_position(gap)} the old course ({percentage(gap.estimate)}, 95% interval {percentage(g.lower)} to "
                f"{percentage(g.upper)})"
            ),
            "break_placebo": (
                f"We moved the date to {len(trials)} months before the pandemic in which nothing happened. There the model found a step "
                f"in {percentage(false, 0)} of cases; 5% would be right, so its intervals are "
                f"{'too narrow' if false > 0.1 else 'about right'}. A step as clear as the real one turns up at "
                f"{percentage(float(real['p_value']), 0)} of all dates tried, the real one included."
            ),
            "break_supported": (
                f"A second model lets the level wander from month to month. It still needs a step after the pandemic for "
                f"{join(supported)}"
                if supported
                else "A second model lets the level wander from month to month. It needs no step after the pandemic for any type"
            ),
            "break_growth": self._growth_words(),
        }

    def _growth_words(self) -> str:
        trend = self.trends["all"]
        if trend.reason:
            return f"No underlying growth can be given: {trend.reason}."
        i = trend.growth.interval()
        return (
            f"Underlying growth is {number(trend.growth.estimate, 2)}% a year (95% interval {number(i.lower, 2)}% to "
            f"{number(i.upper, 2)}%)."
        )


def _position(gap: Estimate) -> str:
    i = gap.interval()
    if not i.excludes_zero:
        return "back on"
    return "below" if gap.estimate < 0 else "above"
