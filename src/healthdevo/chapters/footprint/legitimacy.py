"""Section on legitimacy: turnout for mayors, and whether people feel heard."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import LONDON, source_line
from healthdevo.chapters.footprint import words
from healthdevo.charts import Table, page_table, share_column, text_column

TOPICS = ("mayors", "trust", "size")


@dataclass(frozen=True)
class Legitimacy:
    """What public figures say of it."""

    turnout: pd.DataFrame = field(repr=False)
    influence: pd.DataFrame = field(repr=False)
    quoted: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Legitimacy:
        """Load the tables."""
        return cls(
            tables.load("mayoral_turnout"),
            tables.load("influence_local_decisions"),
            tables.load("quoted_finding"),
        )

    @cached_property
    def studies(self) -> pd.DataFrame:
        """What others found on mayors, trust and the size of councils."""
        return self.quoted[self.quoted["topic"].isin(TOPICS)].reset_index(drop=True)

    @cached_property
    def authorities(self) -> pd.DataFrame:
        """Elections of mayors of combined authorities."""
        return self.turnout[self.turnout["area_code"] != LONDON]

    @cached_property
    def pairs(self) -> pd.DataFrame:
        """First and latest turnout of authorities that have voted more than once."""
        grouped = self.authorities.sort_values("election_date").groupby("area_code")["turnout"]
        rows = grouped.agg(["first", "last", "size"])
        return rows[rows["size"] > 1]

    def table(self) -> Table:
        """Show every election."""
        rows = self.turnout.sort_values(["area_name", "election_date"])
        return page_table(
            rows.assign(day=[f"{d.day} {d:%B %Y}" for d in rows["election_date"]]),
            [
                text_column("Authority", "area_name"),
                text_column("Election", "day"),
                share_column("Turnout", "turnout", 0),
            ],
            table_id="mayoral-turnout",
            caption=words.TURNOUT,
            source=source_line("mayoral_turnout"),
        )

    def studies_table(self) -> Table:
        """Show what others found."""
        rows = self.studies.assign(
            found=[
                "no number in what was read"
                if pd.isna(v)
                else f"{v:g} {u}".replace("-", "−").replace(" %", "%")
                for v, u in zip(self.studies["value"], self.studies["unit"], strict=True)
            ]
        )
        return page_table(
            rows,
            [
                text_column("Study or poll", "study"),
                text_column("Year", "year"),
                text_column("Country", "country"),
                text_column("What was found", "said"),
                text_column("Number", "found"),
                text_column("Read", "read_in"),
            ],
            table_id="legitimacy-studies",
            caption=words.STUDIES,
            source=source_line("quoted_finding"),
        )
