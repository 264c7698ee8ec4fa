"""Whether the best trusts of one window are the best of the next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.measures import MEASURES, window
from healthdevo.chapters.common import source_line
from healthdevo.charts import (
    Caption,
    Chart,
    Table,
    interval_chart,
    made_column,
    page_table,
    share_column,
    span_column,
    text_column,
    value_column,
)
from healthdevo.governance import Stability, chance_of_same_quarter, rank_stability
from healthdevo.wording import percentage, with_interval


def staying_chart(rows: pd.DataFrame, label: str, caption: Caption) -> Chart:
    """Draw the share of the best quarter that is there again, beside what a lot would give."""
    return interval_chart(
        rows.assign(**{c: 100 * rows[c] for c in ("best", "lower", "upper")}),
        label=label,
        value="best",
        lower="lower",
        upper="upper",
        reference=25.0,
        reference_text="by lot",
        value_format=lambda v: f"{v:g}%",
        x_label="per cent of the best quarter that is there again",
        caption=caption,
    )


@dataclass(frozen=True)
class NextYear:
    """Two windows of each measure."""

    monthly: Mapping[str, pd.DataFrame] = field(repr=False)
    draws: int = 999

    @cached_property
    def found(self) -> dict[str, Stability]:
        """Stability of each measure over its two windows."""
        result = {}
        for name, measure in MEASURES.items():
            both = pd.concat(
                [window(self.monthly[name], months) for months in (measure.first, measure.second)],
                axis=1,
                join="inner",
            )
            result[name] = rank_stability(both.iloc[:, 0], both.iloc[:, 1], draws=self.draws, seed=2)
        return result

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each measure: shares of the best and worst quarter that stay, with what the correlation alone implies."""
        rows = []
        for name, s in self.found.items():
            i = s.best_stay[0.95]
            row = {
                "measure": MEASURES[name].title,
                "trusts": s.n,
                "best": s.best_stay.estimate,
                "lower": i.lower,
                "upper": i.upper,
                "worst": s.worst_stay.estimate,
                "worst_lower": s.worst_stay[0.95].lower,
                "worst_upper": s.worst_stay[0.95].upper,
                "correlation": s.correlation.estimate,
                "implied": chance_of_same_quarter(s.correlation.estimate),
                "pull": s.pull.estimate,
                "pull_lower": s.pull[0.95].lower,
                "pull_upper": s.pull[0.95].upper,
            }
            rows.append(row)
        return pd.DataFrame(rows).sort_values("best", ascending=False).reset_index(drop=True)

    def chart(self) -> Chart:
        """Draw the share of the best quarter that is there again."""
        return staying_chart(self.rows, "measure", words.next_year(self))

    def page_table(self) -> Table:
        """Show both quarters and the pull to the mean."""
        return page_table(
            self.rows,
            [
                text_column("Measure", "measure"),
                value_column("Trusts", "trusts"),
                share_column("Best quarter again", "best", 0),
                span_column("95% interval", show=lambda v: percentage(v, 0)),
                share_column("Worst quarter again", "worst", 0),
                made_column(
                    "Distance from the mean that is lost",
                    ["pull", "pull_lower", "pull_upper"],
                    lambda pull, pull_lower, pull_upper: with_interval(
                        pull, pull_lower, pull_upper, lambda v: percentage(v, 0)
                    ),
                ),
            ],
            table_id="next-year",
            caption=words.NEXT_YEAR_TABLE,
            source=source_line(*dict.fromkeys(m.table for m in MEASURES.values())),
        )
