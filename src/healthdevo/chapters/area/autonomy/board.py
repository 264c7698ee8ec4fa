"""What the official table says of a board's trusts, and what a gate would have done with the board."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from healthdevo.areas import Area
from healthdevo.chapters.area.autonomy import words
from healthdevo.chapters.autonomy.gate import Gate
from healthdevo.chapters.autonomy.league import League
from healthdevo.chapters.autonomy.measures import places
from healthdevo.chapters.common import record, source_line
from healthdevo.charts import Table, made_column, page_table, share_column, text_column, value_column


@dataclass(frozen=True)
class BoardAutonomy:
    """A board's trusts in the official league table, and its own series."""

    area: Area
    league: League = field(repr=False)
    gate: Gate = field(repr=False)

    @classmethod
    def load(cls, area: Area) -> BoardAutonomy:
        """Load the official table and the quarters of all boards."""
        return cls(area, League.load(), Gate.load())

    @cached_property
    def trusts(self) -> pd.DataFrame:
        """Rows of the official table for acute trusts with an A&E department in the board; there may be none."""
        board = places()["icb_code"]
        inside = set(board.index[board == self.area.code])
        table = self.league.table
        return table[table["provider_code"].isin(inside)].reset_index(drop=True)

    @cached_property
    def earned(self) -> dict[str, Any] | None:
        """What the gate would have done with the board; none where a pilot trust left no figures."""
        table = self.gate.of_boards.to_frame().set_index("area")
        return record(table.loc[[self.area.code]]) if self.area.code in table.index else None

    def table(self) -> Table | None:
        """Show the trusts of the board; none where there are none."""
        if self.trusts.empty:
            return None
        return page_table(
            self.trusts,
            [
                text_column("Trust", "name"),
                value_column("Segment", "segment"),
                made_column(
                    "Rank by score and 95% interval",
                    ["rank", "lower", "upper"],
                    lambda rank, lower, upper: f"{rank} ({lower} to {upper})",
                ),
                share_column("Chance of best quarter", "first_quarter", 0),
                share_column("Chance of worst quarter", "last_quarter", 0),
            ],
            table_id="autonomy-trusts",
            caption=words.TRUSTS,
            source=source_line("oversight_trust"),
        )
