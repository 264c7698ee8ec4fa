"""Four-hour performance as pages show it: control chart with icons, table of areas, and words for both icons."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import charts
from healthdevo.chapters import common
from healthdevo.chapters.common.waiting import performance, targets
from healthdevo.chapters.demand import words
from healthdevo.emergency import FourHourPerformance
from healthdevo.errors import InputError
from healthdevo.series import ShewhartChart, p_prime_chart
from healthdevo.wording import percentage


def four_hour_chart(
    result: FourHourPerformance, name: str, label: str, *, limits: ShewhartChart | None = None, figure_id: str
) -> charts.Chart:
    """Draw an area's four-hour control chart with targets and icons; centre and limits are those of a P' chart where one is given."""
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
    kind = "XmR"
    if limits is not None:
        kind, p = "P'", limits.table
        sides = ["special_cause_improvement", "special_cause_concern"]
        side = np.select([p["y"] > p["ucl"], p["y"] < p["lcl"]], sides, "common_cause")
        data = data.assign(
            mean=p["cl"].to_numpy(), low=p["lcl"].to_numpy(), high=p["ucl"].to_numpy(), point_type=side
        )
    return charts.control_chart(
        data,
        x="date",
        y="share",
        centre="mean",
        lower="low",
        upper="high",
        point_type="point_type",
        segment="rebase_group",
        target="goal",
        icons=words.icons(chart),
        spans=[common.PANDEMIC],
        y_format=lambda v: f"{v:.0f}%",
        caption=words.four_hours(name, label, figure_id, kind, data, result.latest, chart),
    )


@dataclass(frozen=True)
class FourHours:
    """Four-hour performance of England and its regions, from table ``emergency_month``."""

    months: pd.DataFrame = field(repr=False)

    @cached_property
    def results(self) -> Mapping[str, FourHourPerformance]:
        """Performance by name, England first."""
        return {name: performance(self.months, code) for name, code in common.england_and_regions().items()}

    @cached_property
    def limits(self) -> ShewhartChart:
        """P' chart of England with the same segments as its icons."""
        result = self.results["England"]
        groups = result.chart.table["rebase_group"].to_numpy() if result.chart is not None else np.zeros(0)
        parts = [int(i) + 1 for i in np.flatnonzero(np.diff(groups))]
        return p_prime_chart(
            result.table["within"].to_numpy(float), result.table["attendances"].to_numpy(float), parts=parts
        )

    def chart(self) -> charts.Chart:
        """England's P' chart."""
        return four_hour_chart(
            self.results["England"], "England", "England", limits=self.limits, figure_id="four-hours"
        )

    @cached_property
    def regions(self) -> pd.DataFrame:
        """Latest share of each region with its interval, change, gap and icons; the best first."""
        rows = []
        for name, result in self.results.items():
            chart = result.chart
            rows.append(
                {
                    "name": name,
                    "share": result.latest.estimate,
                    **common.lower_upper(result.latest),
                    **common.with_name("gap", result.gap),
                    **common.with_name("change", result.change),
                    "target": float(result.table["target"].iloc[-1]),
                    "variation": "" if chart is None else words.icon_text(chart),
                    "assurance": "" if chart is None else words.assurance_text(chart),
                    "reason": result.reason,
                }
            )
        return pd.DataFrame(rows).sort_values("share", ascending=False).reset_index(drop=True)

    def regions_chart(self) -> charts.Chart:
        """Latest share of each region."""
        data = common.in_percent(self.regions, "share")
        target = float(data["target"].iloc[0])
        return charts.interval_chart(
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
            caption=words.four_hours_by_region(data, target),
        )

    def regions_table(self) -> charts.Table:
        """List the same with gap, change and icons."""
        return charts.page_table(
            self.regions,
            [
                charts.text_column("Area", "name"),
                charts.made_column("Points from the target", ["gap", "gap_lower", "gap_upper"], words.points),
                charts.made_column("Points a year", ["change", "change_lower", "change_upper"], words.points),
                charts.text_column("Variation", "variation"),
                charts.text_column("Assurance", "assurance"),
            ],
            table_id="four-hours-by-region",
            caption=words.TABLES["four-hours-by-region"],
            source=common.source_line("emergency_month"),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.four_hour_texts(self) | {"waiting_targets": words.interim_targets(targets()[1])}
