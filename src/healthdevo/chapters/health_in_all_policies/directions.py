"""Which comes first, prosperity or health: each on the other's past, in both directions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from itertools import product
from typing import Any

import pandas as pd

from healthdevo.chapters.common import BEFORE_PANDEMIC, OUTCOME, record, source_line, two_figures
from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.health_in_all_policies import words
from healthdevo.charts import Chart, Table, interval_chart, page_table, span_column, text_column, value_column
from healthdevo.regression import adjust_p_values, cross_lagged
from healthdevo.wording import p_value

_PROSPERITY: Mapping[str, tuple[str, bool]] = {
    "household_income_per_head": ("household income", True),
    "employment_rate": ("employment rate", False),
    "claimant_rate": ("benefit claims", False),
    "inactivity_due_to_sickness": ("inactivity through sickness", False),
}
"""Columns of prosperity, their names, and whether they are logged."""
_SHOWN = ["estimate", "lower_95", "upper_95", "p_value", "jackknife", "n"]


LAG_COLUMNS = [
    text_column("Years", "sample"),
    text_column("Direction", "direction"),
    value_column("Lag", "lag", lambda v: f"{v:.0f} year{'s' if v > 1 else ''}"),
    value_column("Estimate", "estimate", two_figures),
    span_column("95% interval", show=two_figures),
    value_column("p, adjusted", "holm", p_value),
    value_column("Corrected for short panels", "jackknife", two_figures),
    text_column("Panel long enough?", "doubtful", {True: "doubtful", False: "yes"}),
]
"""Columns of a table of links from one year to a later one."""


@kept
def _links(panel: pd.DataFrame) -> pd.DataFrame:
    """Return prosperity and health on each other's past, in standard deviations, with p-values adjusted for their number."""
    early = panel[panel["year"] <= BEFORE_PANDEMIC]
    samples = {"all years": panel, "before the pandemic": early}
    rows: list[dict[str, Any]] = []
    for (sample, part), (column, (name, logged)), lag in product(
        samples.items(), _PROSPERITY.items(), (1, 3)
    ):
        logs = [OUTCOME, column] if logged else [OUTCOME]
        result = cross_lagged(
            part, first=column, second=OUTCOME, lag=lag, area="area_code", logs=logs, standardise=True
        )
        for source, target, direction in (
            (result.first, result.second, f"{name} to deaths"),
            (result.second, result.first, f"deaths to {name}"),
        ):
            link = {"sample": sample, "first_year": int(panel["year"].min()), "column": column}
            link |= {"direction": direction, "to_health": target == result.second, "lag": lag}
            rows.append(link | record(result.table.loc[[f"{source} -> {target}"], _SHOWN]))
    frame = pd.DataFrame(rows).rename(columns={"lower_95": "lower", "upper_95": "upper"})
    adjusted = adjust_p_values({str(i): float(p) for i, p in enumerate(frame["p_value"])})["adjusted"]
    off = (frame["jackknife"] - frame["estimate"]).abs() > (frame["upper"] - frame["lower"]) / 2
    return frame.assign(holm=adjusted.to_numpy(), doubtful=off | frame["jackknife"].isna())


@dataclass(frozen=True)
class Directions:
    """Lagged links between prosperity and preventable mortality within areas, from table ``area_year_panel``."""

    panel: pd.DataFrame = field(repr=False)

    @cached_property
    def links(self) -> pd.DataFrame:
        """Prosperity and health on each other's past, in standard deviations, with p-values adjusted for their number."""
        return _links(self.panel)

    def chart(self) -> Chart:
        """Draw both directions, one year apart, before the pandemic."""
        data = self.links.query("sample == 'before the pandemic' and lag == 1")
        data = data.sort_values("to_health", ascending=False, kind="stable")
        return interval_chart(
            data,
            label="direction",
            value="estimate",
            lower="lower",
            upper="upper",
            focus=data.loc[data["to_health"], "direction"].tolist(),
            reference=0.0,
            reference_text="no link",
            x_label="standard deviations",
            caption=words.directions(data),
        )

    def table(self) -> Table:
        """Show all lagged links."""
        return page_table(
            self.links,
            LAG_COLUMNS,
            table_id="directions-in-numbers",
            caption=words.DIRECTIONS_TABLE,
            source=source_line("area_year_panel"),
        )
