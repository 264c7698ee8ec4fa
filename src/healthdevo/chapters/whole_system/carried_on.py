"""What is left of the changes beyond chance when every area's own earlier trend is carried on."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from healthdevo.chapters.common import lower_upper
from healthdevo.chapters.devolution.designs import without_own_trend
from healthdevo.chapters.whole_system import words
from healthdevo.chapters.whole_system.counts import way
from healthdevo.chapters.whole_system.effects import DRAWS, LEVEL, Effects, blocks
from healthdevo.charts import Table, made_column, page_table, text_column, value_column
from healthdevo.evaluation import placebo_test


def left(effect: float, carried: float, p_value: float) -> str:
    """Return what is left of an effect.

    >>> left(-1.0, -2.0, 0.01), left(-1.0, -0.5, 0.3), left(-1.0, 0.5, 0.3)
    ('stands', 'within chance', 'turns round')
    """
    if effect * carried <= 0:
        return "turns round"
    return "stands" if p_value <= LEVEL else "within chance"


@dataclass(frozen=True)
class CarriedOn:
    """The indicators that moved beyond 95% of blocks, by differences less each area's own earlier trend."""

    effects: Effects = field(repr=False)
    draws: int = DRAWS

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each, in the order of the page."""
        moved = self.effects.table.query("p_value <= @LEVEL")
        own = {t.series.name: t for t in self.effects.tested}
        rows: list[dict[str, Any]] = []
        for name in moved["indicator"]:
            tested = own[name]
            series, panel = tested.series, tested.panel
            groups = blocks(panel, series.tier, series.boundaries, self.draws)
            test = placebo_test(without_own_trend(panel), "did", groups=groups)
            carried = lower_upper(test, "carried_", value="carried")
            rows.append(
                {"indicator": name}
                | carried
                | {
                    "carried_p_value": test.p_absolute,
                    "left": left(tested.test.estimate, test.estimate, test.p_absolute),
                }
            )
        columns = ["indicator", "carried", "carried_lower", "carried_upper", "carried_p_value", "left"]
        found = moved.merge(pd.DataFrame(rows, columns=columns), on="indicator")
        ways = [way(g, b) for g, b in zip(found["good"], found["better"], strict=True)]
        return found.assign(way=ways)

    def stands(self) -> dict[str, list[str]]:
        """Titles of those that stand, by way."""
        kept = self.rows[self.rows["left"] == "stands"]
        return {w: kept.loc[kept["way"] == w, "title"].tolist() for w in ("better", "worse", "neither")}

    def table(self) -> Table:
        """Show them beside the effects of the main design."""
        return page_table(
            self.rows,
            [
                text_column("Indicator", "title"),
                text_column("Moved", "way"),
                made_column("Effect (95% interval)", ["effect", "lower", "upper", "unit"], words.effect),
                made_column(
                    "Earlier trends carried on",
                    ["carried", "carried_lower", "carried_upper", "unit"],
                    words.effect,
                ),
                value_column("Blocks with as much", "carried_p_value", words.share_of_blocks),
                text_column("What is left", "left"),
                text_column("Periods before", "periods_before"),
            ],
            table_id="carried-on",
            caption=words.CARRIED_TABLE,
            source=words.sources(self.rows),
        )
