"""Four-hour performance as pages show it: control chart with icons, table of areas, and words for both icons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common.emergency_series import FOUR_HOUR_REBASES
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.demand.attendances import ENGLAND, PANDEMIC
from healthdevo.charts import Caption, Chart, Icon, control_chart, interval_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.emergency import FourHourPerformance, four_hour_performance
from healthdevo.errors import InputError
from healthdevo.series import ControlChart, ShewhartChart, p_prime_chart
from healthdevo.wording import join, number, percentage

__all__ = ["VARIATION_WORDS", "FourHours", "assurance_words", "four_hour_chart", "icons", "performance"]

VARIATION_WORDS = {
    "common_cause": "usual variation",
    "special_cause_improvement": "better than usual",
    "special_cause_concern": "worse than usual",
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


def performance(months: pd.DataFrame, code: str) -> FourHourPerformance:
    """Return the four-hour performance of an area since April 2016.

    Parameters
    ----------
    months : pandas.DataFrame
        Rows of table ``emergency_month``.
    code : str
        Area code.
    """
    rows = months[
        (months["area_code"] == code)
        & (months["department_type"] == "all")
        & (months["month"] >= pd.Timestamp(2016, 4, 1))
    ]
    first, last = rows["month"].min(), rows["month"].max()
    rebase = [r for r in FOUR_HOUR_REBASES if first < pd.Timestamp(r) <= last]
    return four_hour_performance(rows, rebase=rebase)


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


def icon_text(chart: ControlChart) -> str:
    """Return both icons as letters and words, for tables and alternative texts."""
    letter = f"{chart.variation_letter} " if chart.variation_letter else ""
    return f"{letter}{VARIATION_WORDS[chart.variation_icon]}"


def four_hour_chart(
    result: FourHourPerformance, name: str, label: str, *, limits: ShewhartChart | None = None, figure_id: str
) -> Chart:
    """Draw an area's four-hour control chart with targets and icons.

    Parameters
    ----------
    result : FourHourPerformance
        With a chart.
    name, label : str
        The area in titles and in the subtitle.
    limits : ShewhartChart, optional
        A P' chart whose centre and limits are drawn instead of those of single values.
    figure_id : str
        Name of the figure.
    """
    chart = result.chart
    if chart is None:
        raise InputError(f"{name} has no four-hour chart: {result.reason}")
    data = chart.table.assign(
        share=100 * chart.table["y"],
        goal=100 * chart.table["target"],
        mean=100 * chart.table["mean"],
        low=100 * chart.table["lpl"],
        high=100 * chart.table["upl"].clip(upper=1.0),
    )
    kind = "XmR control chart"
    if limits is not None:
        kind = "P' control chart, whose limits know the number of attendances"
        p = limits.table
        side = np.where(
            p["y"] > p["ucl"],
            "special_cause_improvement",
            np.where(p["y"] < p["lcl"], "special_cause_concern", "common_cause"),
        )
        data = data.assign(
            mean=p["cl"].to_numpy(), low=p["lcl"].to_numpy(), high=p["ucl"].to_numpy(), point_type=side
        )
    latest = result.latest
    seen = data.dropna(subset=["share"])
    first, last = data["date"].min(), data["date"].max()
    target = float(data["goal"].iloc[-1])
    return control_chart(
        data,
        x="date",
        y="share",
        centre="mean",
        lower="low",
        upper="high",
        point_type="point_type",
        segment="rebase_group",
        target="goal",
        icons=icons(chart),
        spans=[PANDEMIC],
        y_format=lambda v: f"{v:.0f}%",
        caption=Caption(
            figure_id=figure_id,
            title=(
                f"{name}: {percentage(latest.estimate)} within four hours in the latest year; the process "
                f"{assurance_words(chart.assurance_icon)}"
                if np.isfinite(latest.estimate)
                else f"{name}: no four-hour figures in the latest year"
            ),
            subtitle=(
                f"Share of attendances admitted, transferred or discharged within four hours, {label}, {first:%B %Y} to {last:%B %Y}; {kind}, "
                "new limits from March 2020, July 2021 and June 2023"
            ),
            source=source_line("emergency_month"),
            alt=(
                f"Control chart of the monthly share seen within four hours in {name}: {number(float(seen['share'].iloc[0]))}% in "
                f"{seen['date'].iloc[0]:%B %Y}, {number(float(seen['share'].iloc[-1]))}% in {seen['date'].iloc[-1]:%B %Y}, against a target of "
                f"{target:.0f}%. Variation icon: {icon_text(chart)}. Assurance icon: {chart.assurance_letter or 'none'}, "
                f"{assurance_words(chart.assurance_icon)}."
            ),
        ),
    )


@dataclass(frozen=True)
class FourHours:
    """Four-hour performance of England and its regions.

    Parameters
    ----------
    months : pandas.DataFrame
        Table ``emergency_month``.
    """

    months: pd.DataFrame = field(repr=False)

    @cached_property
    def results(self) -> Mapping[str, FourHourPerformance]:
        """Performance by name, England first."""
        listed = {"England": ENGLAND} | {a.short_name: a.code for a in areas.list_areas("nhs_region")}
        return {name: performance(self.months, code) for name, code in listed.items()}

    @cached_property
    def limits(self) -> ShewhartChart:
        """P' chart of England with the same segments as its icons."""
        result = self.results["England"]
        groups = result.chart.table["rebase_group"].to_numpy() if result.chart is not None else np.zeros(0)
        parts = [int(i) + 1 for i in np.flatnonzero(np.diff(groups))]
        return p_prime_chart(
            result.table["within"].to_numpy(float), result.table["attendances"].to_numpy(float), parts=parts
        )

    def chart(self) -> Chart:
        """England's P' chart."""
        return four_hour_chart(
            self.results["England"], "England", "England", limits=self.limits, figure_id="four-hours"
        )

    @cached_property
    def regions(self) -> pd.DataFrame:
        """Latest share of each region with its interval, change, gap and icons; the best first."""
        rows = []
        for name, result in self.results.items():
            share, gap, change = result.latest, result.gap, result.change
            known = bool(share.intervals)
            chart = result.chart
            rows.append(
                {
                    "name": name,
                    "share": share.estimate,
                    "lower": share.interval().lower if known else float("nan"),
                    "upper": share.interval().upper if known else float("nan"),
                    "gap": gap.estimate,
                    "gap_lower": gap.interval().lower if known else float("nan"),
                    "gap_upper": gap.interval().upper if known else float("nan"),
                    "change": change.estimate,
                    "change_lower": change.interval().lower if known else float("nan"),
                    "change_upper": change.interval().upper if known else float("nan"),
                    "target": float(result.table["target"].iloc[-1]),
                    "variation": "" if chart is None else icon_text(chart),
                    "assurance": ""
                    if chart is None
                    else f"{chart.assurance_letter} {_SHORT[chart.assurance_icon]}".strip(),
                    "reason": result.reason,
                }
            )
        return pd.DataFrame(rows).sort_values("share", ascending=False).reset_index(drop=True)

    def regions_chart(self) -> Chart:
        """Latest share of each region."""
        data = self.regions.assign(
            percent=lambda d: 100 * d["share"],
            low=lambda d: 100 * d["lower"],
            high=lambda d: 100 * d["upper"],
        )
        target = float(data["target"].iloc[0])
        met = data.loc[(data["lower"] >= data["target"]) & (data["name"] != "England"), "name"].tolist()
        known = data[data["name"] != "England"]
        return interval_chart(
            data,
            label="name",
            value="percent",
            lower="low",
            upper="high",
            focus=["England"],
            reference=100 * target,
            reference_text=f"target {percentage(target, 0)}",
            value_format=lambda v: f"{v:g}%",
            x_label="within four hours",
            caption=Caption(
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
            ),
        )

    def regions_table(self) -> Table:
        """List the same with gap, change and icons."""
        data = self.regions

        def points(row: pd.Series, name: str) -> str:
            parts = [row[name], row[f"{name}_lower"], row[f"{name}_upper"]]
            one, low, high = (
                f"{round(v, 1) + 0.0:+.1f}".replace("-", "\N{MINUS SIGN}").replace("+0.0", "0.0")
                for v in parts
            )
            return "not known" if np.isnan(parts[0]) else f"{one} ({low} to {high})"

        shown = pd.DataFrame(
            {
                "Area": data["name"],
                "Points from the target": [points(r, "gap") for _, r in data.iterrows()],
                "Points a year": [points(r, "change") for _, r in data.iterrows()],
                "Variation": data["variation"],
                "Assurance": data["assurance"],
            }
        )
        return show_table(
            shown,
            table_id="four-hours-by-region",
            caption=(
                "Distance from the target and trend in percentage points with 95% intervals, and the icons of the control chart (H high, L low; "
                "F fails, P passes, ? neither)."
            ),
            source=source_line("emergency_month"),
            data=data,
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        england = self.results["England"]
        regions = self.regions[self.regions["name"] != "England"]
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
