"""Words of the pandemic break."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from healthdevo.chapters.common import source_line
from healthdevo.charts import Caption
from healthdevo.results import Estimate
from healthdevo.wording import join, millions, number, percentage

if TYPE_CHECKING:
    from healthdevo.chapters.demand.pandemic import PandemicBreak


def course(gap: Estimate, first: pd.Timestamp, last: pd.Timestamp) -> Caption:
    """Words of the old course carried on."""
    return Caption(
        figure_id="pandemic-break",
        title=f"In the latest year attendances are {_position(gap)} the course of before the pandemic",
        subtitle=(
            f"Attendances per day at all types of A&E, England, thousands, {first:%B %Y} to "
            f"{last:%B %Y}; band: 95% interval of the course before March 2020, carried on"
        ),
        source=source_line("emergency_month"),
        alt=(
            "Line chart of attendances per day by month and of the growth line from before the pandemic carried on. Attendances fall "
            f"steeply in spring 2020, return below the line, and are {_position(gap)} it in the latest year."
        ),
    )


def millions_missing(value: float) -> str:
    """Return attendances in millions, for tables."""
    return number(value / 1e6, 2)


def texts(p: PandemicBreak) -> dict[str, str]:
    """Named texts for the prose."""
    lost, lasting = p.lost["all"].cumulative, p.lasting["all"]
    total = lost.interval()
    step = lasting.rate_ratio
    i = step.interval()
    gap = p.gap_today()
    g = gap.interval()
    trials = p.placebo[p.placebo["placebo"]]
    false = float(((trials["lower"] > 0) | (trials["upper"] < 0)).mean())
    real = p.placebo.iloc[-1]
    supported = [
        "all types together" if k == "all" else f"type {k} departments"
        for k, t in p.trends.items()
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
        "break_growth": _growth(p),
    }


def _growth(p: PandemicBreak) -> str:
    trend = p.trends["all"]
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
