"""Section on labour markets: which borders cut them, and how many people live in one that is cut."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import source_line
from healthdevo.chapters.common.remembered import remembered
from healthdevo.chapters.footprint import words
from healthdevo.chapters.footprint.flows import TODAY, main_container, today
from healthdevo.chapters.footprint.work import label
from healthdevo.charts import Table, page_table, share_column, text_column
from healthdevo.governance import border_overlap, split_markets

NONE = "none"
KINDS = (
    ("upper_tier", "Upper-tier councils"),
    ("combined_authority", "Strategic authorities"),
    ("board_before", "Boards until March 2026"),
    ("board", "Boards since April 2026"),
    ("nhs_region", "NHS regions"),
    ("region", "Regions"),
)


def board_of_today(parts: pd.DataFrame) -> pd.Series:
    """Return the board since April 2026 of each part: the only successor of its board, or else that of its district."""
    registry, day = areas.registry(), dt.date.fromisoformat(TODAY)
    after = {c: registry.succession.successors(registry.get(c), day) for c in parts["board_code"].unique()}
    by_district = main_container("icb")
    return pd.Series(
        [
            after[b][0].code if len(after[b]) == 1 else by_district[a]
            for a, b in zip(parts["area_code"], parts["board_code"], strict=True)
        ],
        index=parts.index,
    )


@dataclass(frozen=True)
class Markets:
    """Travel-to-work areas of 2011 against today's borders."""

    parts: pd.DataFrame = field(repr=False)
    """Table ``travel_to_work_area``, with the districts of today and the area of each kind."""

    @classmethod
    @remembered()
    def load(cls) -> Markets:
        """Load the labour markets and name the areas that each part lies in."""
        parts = tables.load("travel_to_work_area")
        parts = parts.assign(area_code=[today(c) for c in parts["area_code"]])
        found = {"board_before": parts["board_code"], "board": board_of_today(parts)}
        for kind in [name for name, _ in KINDS if name not in found]:
            found[kind] = parts["area_code"].map(main_container(kind)).fillna(NONE)
        return cls(parts.assign(**found))

    def parts_of(self, kind: str) -> pd.DataFrame:
        """Return the people of each labour market in each area of a kind; those outside every area are named so."""
        held = self.parts.groupby(["labour_market_code", kind])["persons"].sum().reset_index()
        return held.set_axis(["market", "area", "people"], axis=1)

    def split(self, kind: str) -> pd.DataFrame:
        """Return how many markets each area of a kind holds and cuts."""
        found = split_markets(self.parts_of(kind))
        return found[found.index != NONE]

    def tenth_cut(self, kind: str) -> float:
        """Return the share of people in a labour market of which more than a tenth lies outside their area."""
        found = split_markets(self.parts_of(kind), 0.1)
        found = found[found.index != NONE]
        return float(found["people_cut"].sum() / found["people"].sum())

    @cached_property
    def kinds(self) -> pd.DataFrame:
        """One row for each kind: people in a cut market, areas that are one market, hold whole ones only, or cut some."""
        rows = []
        for kind, title in KINDS:
            found = self.split(kind)
            parts = self.parts_of(kind)
            same = border_overlap(parts.rename(columns={"market": "first", "area": "second"})).table
            rows.append(
                {
                    "kind": kind,
                    "tier": title,
                    "areas": len(found),
                    "share_cut": found["people_cut"].sum() / found["people"].sum(),
                    "people_cut": found["people_cut"].sum(),
                    "equal": int(same.loc[same["second"] != NONE, "same"].sum()),
                    "uncut": int((found["cut"] == 0).sum()),
                    "cutting": int((found["cut"] > 0).sum()),
                    "holding": int((found["whole"] > 0).sum()),
                    "tenth_cut": self.tenth_cut(kind),
                }
            )
        return pd.DataFrame(rows)

    def table(self) -> Table:
        """Show the kinds."""
        return page_table(
            self.kinds,
            [
                text_column("Tier", "tier"),
                text_column("Areas", "areas"),
                share_column("People in a labour market that the border cuts", "share_cut", 0),
                share_column("The same, only if more than a tenth is cut off", "tenth_cut", 0),
                text_column("Areas that hold whole ones", "holding"),
                text_column("Areas that cut none", "uncut"),
                text_column("Areas that cut some", "cutting"),
                text_column("Areas that equal one", "equal"),
            ],
            table_id="labour-markets-cut",
            caption=words.MARKETS,
            source=source_line("travel_to_work_area"),
        )

    def most_cut(self, kind: str) -> list[str]:
        """Return the names of the three areas of a kind with the largest share of people in a cut market (ties: most people)."""
        found = self.split(kind).sort_values(["share_cut", "people"], ascending=False)
        return [label(str(c)) for c in found.index[:3]]
