"""Words of four-hour performance: charts, icons, targets."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from healthdevo.chapters.common import source_line
from healthdevo.charts import Caption, Icon
from healthdevo.results import Estimate
from healthdevo.series import ControlChart
from healthdevo.wording import join, number, percentage, signed, with_interval

if TYPE_CHECKING:
    from healthdevo.chapters.demand.four_hour import FourHours

VARIATION_WORDS = {
    "common_cause": "usual variation",
    "special_cause_improvement": "better than usual",
    "special_cause_concern": "worse than usual",
}
_CHARTS = {
    "XmR": "XmR control chart",
    "P'": "P' control chart, whose limits know the number of attendances",
}
_ASSURANCE = {
    "consistent_pass": "meets the target reliably",
    "consistent_fail": "cannot meet the target as it works now",
    "inconsistent": "meets the target in some months only",
    "": "no target to judge by",
}
_SHORT = {
    "consistent_pass": "meets the target",
    "consistent_fail": "cannot meet the target",
    "inconsistent": "meets it in some months",
    "": "no target",
}


def assurance_words(kind: str) -> str:
    """Return what an assurance icon means.

    Examples
    --------
    >>> assurance_words("consistent_fail")
    'cannot meet the target as it works now'
    """
    return _ASSURANCE[kind]


def icons(chart: ControlChart) -> list[Icon]:
    """Return both icons of a chart with their words; the second only where there is a target."""
    variation = Icon(
        chart.variation_icon,
        chart.variation_letter,
        "Variation:\n" + VARIATION_WORDS[chart.variation_icon],
    )
    if not chart.assurance_icon:
        return [variation]
    return [
        variation,
        Icon(chart.assurance_icon, chart.assurance_letter, f"Assurance:\n{_SHORT[chart.assurance_icon]}"),
    ]


def assurance_text(chart: ControlChart) -> str:
    """Return the assurance icon as a letter and words, for tables."""
    return f"{chart.assurance_letter} {_SHORT[chart.assurance_icon]}".strip()


def icon_text(chart: ControlChart) -> str:
    """Return both icons as letters and words, for tables and alternative texts."""
    letter = f"{chart.variation_letter} " if chart.variation_letter else ""
    return f"{letter}{VARIATION_WORDS[chart.variation_icon]}"


def four_hours(
    name: str,
    label: str,
    figure_id: str,
    kind: str,
    data: pd.DataFrame,
    latest: Estimate,
    chart: ControlChart,
) -> Caption:
    """Words of a four-hour chart."""
    seen = data.dropna(subset=["share"])
    first, last = data["date"].min(), data["date"].max()
    target = float(data["goal"].iloc[-1])
    return Caption(
        figure_id=figure_id,
        title=(
            f"{name}: {percentage(latest.estimate)} within four hours in the latest year; the process "
            f"{assurance_words(chart.assurance_icon)}"
            if np.isfinite(latest.estimate)
            else f"{name}: no four-hour figures in the latest year"
        ),
        subtitle=(
            f"Share of attendances admitted, transferred or discharged within four hours, {label}, {first:%B %Y} to {last:%B %Y}; {_CHARTS[kind]}, "
            "new limits from March 2020, July 2021 and June 2023"
        ),
        source=source_line("emergency_month"),
        alt=(
            f"Control chart of the monthly share seen within four hours in {name}: {number(float(seen['share'].iloc[0]))}% in "
            f"{seen['date'].iloc[0]:%B %Y}, {number(float(seen['share'].iloc[-1]))}% in {seen['date'].iloc[-1]:%B %Y}, against a target of "
            f"{target:.0f}%. Variation icon: {icon_text(chart)}. Assurance icon: {chart.assurance_letter or 'none'}, "
            f"{assurance_words(chart.assurance_icon)}."
        ),
    )


def regions(data: pd.DataFrame, known: pd.DataFrame, met: list[str], target: float) -> Caption:
    """Words of the regions."""
    return Caption(
        figure_id="four-hours-regions",
        title=(
            f"{_reach(len(met), len(known))} the interim target; all are far from 95%"
            if float(data["upper"].max()) < 0.95
            else f"{_reach(len(met), len(known))} the target in force"
        ),
        subtitle="Share of attendances seen within four hours in the latest twelve months, NHS regions and England, with 95% intervals",
        source=source_line("emergency_month"),
        alt=(
            f"Dot chart of shares within four hours: from {percentage(float(known['share'].iloc[-1]))} in {known['name'].iloc[-1]} to "
            f"{percentage(float(known['share'].iloc[0]))} in {known['name'].iloc[0]}, with the target at {percentage(target, 0)}."
        ),
    )


def points(estimate: float, lower: float, upper: float) -> str:
    """Return percentage points with their interval, for tables."""
    return "not known" if np.isnan(estimate) else with_interval(estimate, lower, upper, signed)


REGIONS_TABLE = (
    "Distance from the target and trend in percentage points with 95% intervals, and the icons of the control chart (H high, L low; "
    "F fails, P passes, ? neither)."
)


def texts(f: FourHours) -> dict[str, str]:
    """Named texts for the prose."""
    england = f.results["England"]
    regions = f.regions[f.regions["name"] != "England"]
    best, worst = regions.iloc[0], regions.iloc[-1]
    unclear = regions[(regions["change_lower"] <= 0) & (regions["change_upper"] >= 0)]
    moving = regions[~regions["name"].isin(unclear["name"])]
    months = england.table[england.table["share"].notna()]
    last_met = months[months["share"] >= months["standard"]]
    ever = (
        f"England last met the 95% standard in {last_met.index[-1]:%B %Y}"
        if len(last_met)
        else f"England has met the 95% standard in no month since {months.index[0]:%B %Y}"
    )
    return {
        "waiting_england": england.sentence,
        "waiting_standard": ever,
        "waiting_range": (
            f"{percentage(float(worst['share']))} in {worst['name']} to {percentage(float(best['share']))} in {best['name']}"
        ),
        "waiting_change": (
            f"A trend can be told from none in {join(moving['name'].tolist())}."
            if len(moving)
            else "In no region can a trend be told from none: neighbouring months are so alike that the figures amount to few."
        ),
    }


def _reach(n: int, regions: int) -> str:
    if n == 0:
        return "No region clearly reaches"
    return f"{n} of {regions} regions clearly reach{'es' if n == 1 else ''}"
