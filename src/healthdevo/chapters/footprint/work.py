"""Section on work: which areas are labour markets of their own, how far it rests on the census, and which borders cut most."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common import plain_name, source_line
from healthdevo.chapters.footprint import words
from healthdevo.chapters.footprint.flows import BEFORE, TODAY, Flows, containment_table, regions_of
from healthdevo.charts import (
    Chart,
    Table,
    interval_chart,
    page_table,
    share_column,
    text_column,
    value_column,
)
from healthdevo.wording import percentage

LOW, HIGH = 2.0 / 3.0, 0.75
"""Two thirds, the rule for large labour markets, and three quarters, that for small ones."""
TIERS: tuple[tuple[str, str, str], ...] = (
    ("district", TODAY, "Districts"),
    ("upper_tier", TODAY, "Upper-tier councils"),
    ("combined_authority", TODAY, "Strategic authorities"),
    ("icb", BEFORE, "Boards until March 2026"),
    ("icb", TODAY, "Boards since April 2026"),
    ("nhs_region", TODAY, "NHS regions"),
    ("region", TODAY, "Regions"),
)
"""Kinds of area, day of their borders, and what they are called."""
SOURCE = ("commuting_2011", "commuting_2021")


def label(code: str) -> str:
    """Return the name of an area as rows of this chapter show it.

    >>> label("E54000057"), label("E47000001")
    ('Greater Manchester', 'Greater Manchester')
    """
    return plain_name(areas.get(code).short_name)


@dataclass(frozen=True)
class Work:
    """Self-containment of every tier."""

    flows: Flows = field(repr=False)

    def table_of(self, kind: str, on: str = TODAY) -> pd.DataFrame:
        """Return self-containment of a kind's areas in the main reading, with the smaller share in the others, the least first."""
        regions = regions_of(kind, on)
        main = containment_table(self.flows.main, regions)
        other = self.flows.least(regions)
        found = main.assign(like_2021=other["like_2021"], census_2021=other["census_2021"])
        return found.assign(name=[label(c) for c in found.index]).sort_values(["least", "name"])

    @cached_property
    def authorities(self) -> pd.DataFrame:
        """Strategic authorities of today."""
        return self.table_of("combined_authority")

    @cached_property
    def boards(self) -> pd.DataFrame:
        """Boards of today."""
        return self.table_of("icb")

    @cached_property
    def boards_before(self) -> pd.DataFrame:
        """Boards until March 2026."""
        return self.table_of("icb", BEFORE)

    @cached_property
    def tiers(self) -> pd.DataFrame:
        """One row for each tier: how many areas pass at two thirds and at three quarters, in each reading."""
        rows = []
        for kind, on, title in TIERS:
            regions = regions_of(kind, on)
            least = self.flows.least(regions)
            row = {"tier": title, "areas": len(least), "median": float(least["main"].median())}
            for name in least:
                row |= {
                    f"{name}_low": int((least[name] >= LOW).sum()),
                    f"{name}_high": int((least[name] >= HIGH).sum()),
                }
            rows.append(row)
        return pd.DataFrame(rows)

    @cached_property
    def crossing(self) -> pd.DataFrame:
        """Authorities and boards of today by how many people cross their border to work, either way."""
        rows = pd.concat([self.authorities.assign(kind="authority"), self.boards.assign(kind="board")])
        people = rows["residents"] + rows["workers"] - 2.0 * rows["inside"]
        return rows.assign(crossing=people.round()).sort_values(["crossing", "name"], ascending=[False, True])

    def chart(self) -> Chart:
        """Draw the smaller share of each board of today, with the span of the three readings."""
        readings = self.boards[["least", "like_2021", "census_2021"]]
        rows = self.boards.assign(lower=readings.min(axis=1), upper=readings.max(axis=1))
        return interval_chart(
            rows.reset_index(),
            label="name",
            value="least",
            lower="lower",
            upper="upper",
            focus=rows.loc[rows["least"] < LOW, "name"].tolist(),
            reference=LOW,
            reference_text="two thirds",
            value_format=lambda v: percentage(v, 0),
            caption=words.boards_chart(self.boards, LOW),
        )

    def tier_table(self) -> Table:
        """Show how many areas of each tier pass."""
        rows = self.tiers.assign(
            **{f"{r}_{s}_of": [f"{n} of {a}" for n, a in zip(self.tiers[f"{r}_{s}"], self.tiers["areas"], strict=True)]
               for r in ("main", "like_2021", "census_2021") for s in ("low", "high")}
        )  # fmt: skip
        return page_table(
            rows,
            [
                text_column("Tier", "tier"),
                share_column("Middle area", "median", 0),
                text_column("Two thirds, 2011", "main_low_of"),
                text_column("Three quarters, 2011", "main_high_of"),
                text_column("Two thirds, 2011 with home", "like_2021_low_of"),
                text_column("Two thirds, 2021", "census_2021_low_of"),
            ],
            table_id="footprint-tiers",
            caption=words.TIERS,
            source=source_line(*SOURCE),
        )

    def area_table(self, kind: str) -> Table:
        """Show the strategic authorities, or the boards of today."""
        rows = self.authorities if kind == "authority" else self.boards
        return page_table(
            rows.reset_index(),
            [
                text_column("Area", "name"),
                share_column("Residents who work inside", "lives_and_works", 0),
                share_column("Workers who live inside", "works_and_lives", 0),
                value_column("Workers less residents", "net"),
                share_column("Smaller share, 2011 with home", "like_2021", 0),
                share_column("Smaller share, 2021", "census_2021", 0),
            ],
            table_id=f"footprint-{kind}",
            caption=words.AREAS[kind],
            source=source_line(*SOURCE),
        )
