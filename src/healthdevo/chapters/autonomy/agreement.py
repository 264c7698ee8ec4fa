"""Whether trusts that are good at one thing are good at another, and what staff have to do with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.measures import MEASURES, window
from healthdevo.chapters.common import source_line
from healthdevo.charts import (
    Chart,
    Table,
    estimate_column,
    interval_chart,
    page_table,
    text_column,
    value_column,
)
from healthdevo.governance import MeasureAgreement, measure_agreement

CARE = ("four_hours", "eighteen_weeks", "cancer", "diagnostics", "discharge")
STAFF = ("engagement", "morale", "attendance")


@dataclass(frozen=True)
class Agreement:
    """All measures of the same trusts."""

    monthly: Mapping[str, pd.DataFrame] = field(repr=False)
    draws: int = 299

    @cached_property
    def levels(self) -> pd.DataFrame:
        """Each trust's mean in the later window of each measure; of the survey in 2024, when most trusts are held."""
        return pd.DataFrame(
            {
                m.title: window(self.monthly[name], m.first if m.table == "staff_survey" else m.second)
                for name, m in MEASURES.items()
            }
        )

    @cached_property
    def pairs(self) -> MeasureAgreement:
        """Kendall's correlation of every pair of measures."""
        return measure_agreement(self.levels, draws=self.draws, seed=3)

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row for each pair, with its name and whether it is of care only, of staff only, or of both."""
        table = self.pairs.to_frame()
        care, staff = ({MEASURES[name].title for name in group} for group in (CARE, STAFF))
        kind = [
            "care" if {a, b} <= care else "staff" if {a, b} <= staff else "care and staff"
            for a, b in zip(table["first"], table["second"], strict=True)
        ]
        named = [f"{a}, {b[0].lower() + b[1:]}" for a, b in zip(table["first"], table["second"], strict=True)]
        return (
            table.assign(kind=kind, pair=named)
            .sort_values("estimate", ascending=False)
            .reset_index(drop=True)
        )

    @cached_property
    def culture(self) -> pd.DataFrame:
        """Staff engagement and A&E: rank correlations between trusts, and of their changes from one year to the next."""
        four, staff = MEASURES["four_hours"], MEASURES["engagement"]
        data = {
            "between": {
                "a": window(self.monthly["engagement"], staff.first),
                "b": window(self.monthly["four_hours"], four.first),
            },
            "within": {
                "a": window(self.monthly["engagement"], staff.second)
                - window(self.monthly["engagement"], staff.first),
                "b": window(self.monthly["four_hours"], four.second)
                - window(self.monthly["four_hours"], four.first),
            },
        }
        rows = [
            measure_agreement(pd.DataFrame(d).dropna(), method="spearman", draws=self.draws, seed=4)
            .to_frame()
            .assign(what=what)
            for what, d in data.items()
        ]
        return pd.concat(rows, ignore_index=True).set_index("what")

    def chart(self) -> Chart:
        """Draw the pairs of care."""
        return interval_chart(
            self.frame[self.frame["kind"] == "care"],
            label="pair",
            value="estimate",
            lower="lower",
            upper="upper",
            reference=0.0,
            reference_text="no agreement",
            x_label="rank correlation (Kendall)",
            caption=words.agreement(self),
        )

    def page_table(self) -> Table:
        """Show all pairs."""
        return page_table(
            self.frame,
            [
                text_column("Measures", "pair"),
                estimate_column("Rank correlation (95% interval)"),
                value_column("Trusts", "n"),
            ],
            table_id="agreement",
            caption=words.AGREEMENT_TABLE,
            source=source_line(*dict.fromkeys(m.table for m in MEASURES.values())),
        )
