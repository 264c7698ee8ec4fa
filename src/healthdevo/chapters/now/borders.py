"""Section on shared borders: how far boards and strategic authorities coincide, and how many people would have to change for all to match."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common import plain_name, source_line
from healthdevo.chapters.footprint.borders import NONE, Borders
from healthdevo.chapters.footprint.flows import BEFORE, TODAY, main_container, today
from healthdevo.chapters.footprint.markets import Markets
from healthdevo.chapters.now import words
from healthdevo.charts import Chart, Table, made_column, map_chart, page_table, share_column, text_column
from healthdevo.governance import BorderMatch, border_overlap, fewest_movers

TOLERANCE = 0.02
"""Share of an area's people that may lie elsewhere while it still counts as whole."""
AUTHORITY = "combined_authority"


@dataclass(frozen=True)
class Counts:
    """How boards and authorities of one day lie to each other."""

    boards: int
    authorities: int
    same: tuple[str, ...]
    """Names of the authorities that are the area of one board."""
    boards_inside: int
    """Boards that lie wholly inside one larger authority."""
    authorities_inside: int
    """Authorities that lie wholly inside one larger board."""
    cut: int
    """Boards whose people are divided between two or more authorities, or an authority and none."""
    cut_more: int
    """The same, between three or more."""
    outside: int
    """Boards with no authority."""


@dataclass(frozen=True)
class SharedBorders:
    """Boards against strategic authorities, before and after April 2026."""

    borders: Borders = field(repr=False)
    markets: Markets = field(repr=False)

    @classmethod
    def load(cls) -> SharedBorders:
        """Load people by district, and labour markets by small area."""
        return cls(Borders.load(), Markets.load())

    def pairs(self, on: str) -> pd.DataFrame:
        """Return every pair of an authority (or none) and a board that share people, with the share of either."""
        return border_overlap(self.borders.pairs(AUTHORITY, on), TOLERANCE).table

    def counts(self, on: str) -> Counts:
        """Return how boards and authorities of a day lie to each other."""
        rows = self.pairs(on)
        inside = rows["first"] != NONE
        parts = rows[rows["of_second"] > TOLERANCE].groupby("second")["first"].agg(set)
        whole = rows[inside & ~rows["same"]]
        same = rows[inside & rows["same"]]
        return Counts(
            rows["second"].nunique(),
            rows.loc[inside, "first"].nunique(),
            tuple(sorted(areas.get(str(c)).short_name for c in same["first"])),
            int((whole["of_second"] >= 1 - TOLERANCE).sum()),
            int((whole["of_first"] >= 1 - TOLERANCE).sum()),
            sum(len(p) > 1 for p in parts),
            sum(len(p) > 2 for p in parts),
            sum(p == {NONE} for p in parts),
        )

    def match(self, rule: words.Rule, on: str = TODAY) -> BorderMatch:
        """Return the way to match all borders of a day in which the fewest people change."""
        return fewest_movers(self.borders.pairs(AUTHORITY, on), rule, NONE)

    @cached_property
    def authorities(self) -> pd.DataFrame:
        """One row for each authority: its largest board with the shares of either, boards before and now, people who would change, markets newly cut."""
        now, before = self.pairs(TODAY), self.pairs(BEFORE)
        moved = self.match("alone").table
        rows = []
        for code in sorted(set(now["first"]) - {NONE}):
            own = now[now["first"] == code].sort_values("people", ascending=False)
            kept = moved[(moved["first"] == code) & moved["stays"]]["second"]
            # who lives in another authority counts there, so that nobody counts twice
            others = (moved["first"] == NONE) & moved["second"].isin(kept)
            away = moved[~moved["stays"] & ((moved["first"] == code) | others)]
            rows.append(
                {
                    "area_code": code,
                    "name": areas.get(code).short_name.replace("Greater London Authority", "London"),
                    "people": own["people"].sum(),
                    "board_code": own["second"].iloc[0],
                    "board": plain_name(areas.get(str(own["second"].iloc[0])).short_name),
                    "in_board": own["of_first"].iloc[0],
                    "of_board": own["of_second"].iloc[0],
                    "boards": int((own["of_first"] > TOLERANCE).sum()),
                    "boards_before": int(
                        ((before["first"] == code) & (before["of_first"] > TOLERANCE)).sum()
                    ),
                    "same": bool(own["same"].iloc[0]),
                    "movers": away["people"].sum(),
                    "markets": int(self.newly_cut["authorities"].map(lambda held, c=code: c in held).sum()),
                }
            )
        return pd.DataFrame(rows).sort_values("people", ascending=False, ignore_index=True)

    @cached_property
    def every_pair(self) -> pd.DataFrame:
        """One row for each pair of an authority (or none) and a board that share people, on each of both days."""
        found = []
        for on in (BEFORE, TODAY):
            rows = self.pairs(on)
            named = [
                "no strategic authority" if c == NONE else areas.get(str(c)).short_name for c in rows["first"]
            ]
            found.append(
                pd.DataFrame(
                    {
                        "day": on,
                        "authority_code": rows["first"],
                        "authority": named,
                        "board_code": rows["second"],
                        "board": [areas.get(str(c)).short_name for c in rows["second"]],
                        "people": rows["people"],
                        "share_of_authority": rows["of_first"].where(rows["first"] != NONE),
                        "share_of_board": rows["of_second"],
                        "same": rows["same"],
                    }
                )
            )
        return pd.concat(found, ignore_index=True)

    @cached_property
    def redrawn(self) -> pd.DataFrame:
        """Each part of a labour market with its board of today, and what would hold it if every authority had a board of its own."""
        parts = self.markets.parts
        own = parts[AUTHORITY]
        return parts.assign(redrawn=own.where(own != NONE, parts["board"]))

    def _uncut(self, column: str) -> pd.Series:
        held = self.redrawn.groupby(["labour_market_code", column])["persons"].sum()
        market = held.groupby(level=0)
        result: pd.Series = market.max() / market.sum() >= 1 - TOLERANCE
        return result

    @cached_property
    def newly_cut(self) -> pd.DataFrame:
        """Labour markets that lie in one board today and that matching borders would cut: name, people, and the authorities on its border."""
        now, then = self._uncut("board"), self._uncut("redrawn")
        codes = now.index[now & ~then]
        rows = self.redrawn[self.redrawn["labour_market_code"].isin(codes)]
        grouped = rows.groupby("labour_market_code")
        return pd.DataFrame(
            {
                "name": grouped["labour_market_name"].first(),
                "people": grouped["persons"].sum(),
                "authorities": [frozenset(held) - {NONE} for _, held in grouped[AUTHORITY]],
            }
        ).sort_values("people", ascending=False)

    @cached_property
    def healed(self) -> int:
        """Labour markets that boards cut today and that matching borders would leave whole."""
        now, then = self._uncut("board"), self._uncut("redrawn")
        return int((~now & then).sum())

    @cached_property
    def relation(self) -> pd.Series:
        """How the board and the authority of each district lie to each other."""
        rows = self.pairs(TODAY).set_index(["first", "second"])
        board, authority = main_container("icb"), main_container(AUTHORITY)
        authority = authority.reindex(board.index).fillna(NONE)
        found = {}
        for code in board.index:
            pair = rows.loc[(authority[code], board[code])]
            kinds = np.array(
                [bool(pair["same"]), pair["of_second"] >= 1 - TOLERANCE, pair["of_first"] >= 1 - TOLERANCE]
            )
            name = ("same", "board_inside", "authority_inside", "crossing")[int(np.argmax([*kinds, True]))]
            found[code] = "outside" if authority[code] == NONE else name
        return pd.Series(found)

    def chart(self) -> Chart:
        """Draw the districts by how their board and their authority lie to each other."""
        shapes = areas.boundaries("district", 2023)["geometry"]
        shapes = shapes.set_axis([today(c) for c in shapes.index])
        rows = self.relation.rename("relation").rename_axis("area_code").reset_index()
        return map_chart(
            rows[rows["relation"] != "outside"],
            shapes,
            area="area_code",
            group="relation",
            groups=words.RELATIONS,
            background=shapes,
            caption=words.map_chart(self),
        )

    def table(self) -> Table:
        """Show every authority; the download has every pair of both days."""
        shown = page_table(
            self.authorities,
            [
                text_column("Authority", "name"),
                text_column("Board", "board"),
                share_column("Its people there", "in_board", 0),
                share_column("Board’s people here", "of_board", 0),
                made_column("Boards before / now", ["boards_before", "boards"], lambda a, b: f"{a} / {b}"),
                made_column("Would change", ["movers"], words.people),
                text_column("Markets cut", "markets"),
            ],
            table_id="now-borders",
            caption=words.BORDERS,
            source=source_line("population_year", "area_membership", "travel_to_work_area"),
        )
        return Table(shown.table_id, shown.caption, shown.source, shown.shown, self.every_pair)
