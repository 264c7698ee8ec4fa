"""Funnel plots: which trusts lie outside what chance, and what ordinary differences between trusts, would bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.league import spelled
from healthdevo.chapters.autonomy.measures import MEASURES, acute, window
from healthdevo.chapters.common import source_line
from healthdevo.charts import Chart, Table, funnel_chart, page_table, text_column, value_column
from healthdevo.mathematics import OverdispersedFunnel, overdispersed_funnel

SHOWN = "cancer"
"""The measure that is drawn: of those that are shares of people, the one with fewest."""
COUNTED = ("four_hours", "eighteen_weeks", "cancer", "diagnostics")
OUTER = "0.998"


@dataclass(frozen=True)
class Funnels:
    """Cases and successes of acute trusts in the later window of each measure that counts people or pathways."""

    monthly: Mapping[str, pd.DataFrame] = field(repr=False)
    names: pd.Series = field(repr=False)

    @classmethod
    def load(cls, monthly: Mapping[str, pd.DataFrame]) -> Funnels:
        """Load the names of trusts."""
        return cls(monthly, acute().set_index("provider_code")["provider_name"].map(spelled))

    def counts(self, measure: str) -> pd.DataFrame:
        """Return ``cases`` and ``events`` of each trust with all months of the later window."""
        frame, months = self.monthly[measure], MEASURES[measure].second
        size = frame["size"].astype(float)
        length = len(pd.period_range(*months, freq="M"))
        return pd.DataFrame(
            {
                "cases": length * window(frame.assign(value=size), months),
                "events": length * window(frame.assign(value=frame["value"] * size), months),
            }
        )

    @cached_property
    def found(self) -> dict[str, OverdispersedFunnel]:
        """Limits of each measure, with and without an allowance for differences between trusts."""
        result = {}
        for measure in COUNTED:
            counts = self.counts(measure)
            result[measure] = overdispersed_funnel(
                counts["events"], counts["cases"], kind="proportion", index=list(counts.index)
            )
        return result

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each measure: number of trusts, and how many lie outside 99.8% limits of chance alone (``plain``) and of both (``wide``)."""
        rows = []
        for measure, funnel in self.found.items():
            t = funnel.table
            rows.append(
                {
                    "name": MEASURES[measure].title,
                    "trusts": len(t),
                    "plain": _outside(t, "lower_" + OUTER, "upper_" + OUTER),
                    "wide": _outside(t, "od_lower_" + OUTER, "od_upper_" + OUTER),
                }
            )
        return pd.DataFrame(rows)

    @property
    def beyond(self) -> list[str]:
        """Names of the trusts outside the wider 99.8% limits of the measure that is drawn, the lowest share first."""
        t = self.found[SHOWN].table
        outside = t[(t["ratio"] < t["od_lower_" + OUTER]) | (t["ratio"] > t["od_upper_" + OUTER])]
        return [str(name) for name in self.names.reindex(outside.sort_values("ratio").index)]

    def chart(self) -> Chart:
        """Draw one measure, with the wider limits."""
        funnel = self.found[SHOWN]
        t = funnel.table
        limits = {
            f"{side}_{v}": 100.0 * t[f"od_{side}_{v}"] for side in ("lower", "upper") for v in ("0.95", OUTER)
        }
        data = pd.DataFrame(
            {"name": self.names.reindex(t.index), "patients": t["denominator"], "share": 100.0 * t["ratio"]}
            | limits
        )
        return funnel_chart(
            data,
            x="patients",
            y="share",
            label="name",
            focus=self.beyond if len(self.beyond) == 1 else [],
            centre=100.0 * funnel.target,
            centre_text="all together",
            limits=[("lower_0.95", "upper_0.95", "95%"), ("lower_" + OUTER, "upper_" + OUTER, "99.8%")],
            x_format=lambda v: f"{v:,.0f}",
            y_format=lambda v: f"{v:.0f}%",
            x_label="patients in the window",
            caption=words.funnels(self),
        )

    def page_table(self) -> Table:
        """Show all measures."""
        return page_table(
            self.rows,
            [
                text_column("Measure", "name"),
                value_column("Trusts", "trusts"),
                value_column("Outside limits of chance", "plain"),
                value_column("Outside the wider limits", "wide"),
            ],
            table_id="funnels",
            caption=words.FUNNELS_TABLE,
            source=source_line(*dict.fromkeys(MEASURES[m].table for m in COUNTED)),
        )


def _outside(table: pd.DataFrame, lower: str, upper: str) -> int:
    return int(((table["ratio"] < table[lower]) | (table["ratio"] > table[upper])).sum())
