"""Section on a map drawn by work: districts grouped by commuting, beside today's areas."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common import source_line
from healthdevo.chapters.footprint import words
from healthdevo.chapters.footprint.borders import people_of_districts
from healthdevo.chapters.footprint.flows import Flows, containment_table, main_container, today
from healthdevo.chapters.footprint.work import label
from healthdevo.charts import Chart, Table, map_chart, page_table, share_column, text_column, value_column
from healthdevo.governance import Agreement, commuting_communities, merge_by_commuting, partition_agreement

RESOLUTIONS = (1.0, 3.0, 8.0)
"""Tried resolutions: from about ten to about fifty regions."""
SEEDS = 4
LEAST_PEOPLE = 100_000.0
"""Least residents in work of a region drawn by work: about a quarter of a million people."""
COMPARED = (
    ("combined_authority", "Strategic authorities"),
    ("icb", "Boards since April 2026"),
    ("upper_tier", "Upper-tier councils"),
    ("region", "Regions"),
)


def touching(codes: set[str]) -> pd.DataFrame:
    """Return pairs of districts that share a border."""
    found = areas.adjacency("district", 2023)
    new = pd.Index([today(str(c)) for c in found.index])
    a, b = np.nonzero(found.to_numpy(bool))
    rows = pd.DataFrame({"first": new[a], "second": new[b]})
    return rows[rows["first"].isin(codes) & rows["second"].isin(codes)].reset_index(drop=True)


def drawn(
    flows: pd.DataFrame, outside: list[str], neighbours: pd.DataFrame, regions: int | None = None
) -> pd.Series:
    """Return the map by the merging rule: neighbours only, the official rule both ways, enough people, and no more regions than are asked for."""
    return merge_by_commuting(
        flows, outside, neighbours=neighbours, least_people=LEAST_PEOPLE, regions=regions
    ).regions


@dataclass(frozen=True)
class WorkMap:
    """The map drawn by work."""

    flows: Flows = field(repr=False)
    people: pd.Series = field(repr=False)

    @classmethod
    def load(cls, flows: Flows) -> WorkMap:
        """Load what the section needs."""
        return cls(flows, people_of_districts())

    @cached_property
    def regions(self) -> pd.Series:
        """The region drawn by work of each district."""
        return drawn(self.flows.main, self.flows.outside, self.neighbours)

    @cached_property
    def neighbours(self) -> pd.DataFrame:
        """Pairs of districts that share a border."""
        return touching(set(self.people.index))

    def as_many(self, number: int) -> pd.Series:
        """Return the map with as many regions as there are areas of a kind, where that is fewer than the rule gives."""
        if number >= self.regions.nunique():
            return self.regions
        return drawn(self.flows.main, self.flows.outside, self.neighbours, number)

    @cached_property
    def held(self) -> pd.DataFrame:
        """Self-containment, districts and people of each region drawn by work."""
        found = containment_table(
            self.flows.main,
            self.regions.rename("region").rename_axis("area_code").reset_index().assign(share=1.0),
        )
        size = self.people.groupby(self.regions).agg(["sum", "size"])
        rows = found.assign(people=size["sum"], districts=size["size"])
        return rows.assign(name=[areas.get(c).short_name for c in rows.index]).sort_values(
            "people", ascending=False
        )

    @cached_property
    def trials(self) -> pd.DataFrame:
        """Communities at each resolution: regions, how many pass, and agreement between seeds and with the merged map."""
        rows = []
        for resolution in RESOLUTIONS:
            maps = [
                commuting_communities(self.flows.main, self.flows.outside, resolution=resolution, seed=s)
                for s in range(SEEDS)
            ]
            first = maps[0]
            alike = [partition_agreement(first.regions, m.regions).adjusted_rand for m in maps[1:]]
            rows.append(
                {
                    "resolution": resolution,
                    "regions": len(first),
                    "passing": int(first.table["economic"].sum()),
                    "stability": sum(alike) / len(alike),
                    "lowest": min(alike),
                    "merged": partition_agreement(
                        first.regions, self.regions.reindex(first.regions.index)
                    ).adjusted_rand,
                }
            )
        return pd.DataFrame(rows)

    def agreement(self, kind: str) -> Agreement:
        """Return how alike the map and today's areas of a kind are, by people; districts outside every area are left out."""
        where = main_container(kind)
        people = self.people.reindex(where.index)
        whole = len(where) == len(self.people)
        regions = self.as_many(where.nunique()) if whole else self.regions
        return partition_agreement(
            regions.reindex(where.index).to_numpy(), where.to_numpy(), people.to_numpy()
        )

    @cached_property
    def compared(self) -> pd.DataFrame:
        """Agreement of the map with each kind of area."""
        rows = []
        for kind, title in COMPARED:
            found = self.agreement(kind)
            where = main_container(kind)
            rows.append(
                {
                    "kind": kind,
                    "tier": title,
                    "areas": where.nunique(),
                    "adjusted_rand": found.adjusted_rand,
                    "information": found.variation_of_information,
                    "moved": found.moved,
                    "people": found.moved * float(self.people.reindex(where.index).sum()),
                }
            )
        return pd.DataFrame(rows)

    @cached_property
    def cut_boards(self) -> list[str]:
        """Names of the three boards of which the largest share of people lives outside the region that most of the board belongs to."""
        where = main_container("icb")
        held = self.people.groupby([where, self.regions.reindex(where.index)]).sum()
        board = held.groupby(level=0)
        away = 1.0 - board.max() / board.sum()
        return [label(str(c)) for c in away.sort_values(ascending=False).index[:3]]

    def chart(self) -> Chart:
        """Draw the regions, so that no two that touch have the same fill."""
        shapes = areas.boundaries("district", 2023)["geometry"]
        shapes = shapes.set_axis([today(c) for c in shapes.index])
        fill = _fills(self.regions, self.neighbours)
        rows = self.regions.rename("region").reset_index()
        rows["fill"] = rows["region"].map(fill).astype(str)
        groups = {str(f): words.FILLS[f] for f in sorted(set(fill.values()))}
        return map_chart(
            rows,
            shapes,
            area="area_code",
            group="fill",
            groups=groups,
            caption=words.map_chart(len(self.held)),
        )

    def table(self) -> Table:
        """Show the regions drawn by work."""
        return page_table(
            self.held.assign(size=[words.people(p) for p in self.held["people"]]),
            [
                text_column("Region around", "name"),
                text_column("Districts", "districts"),
                text_column("People", "size"),
                share_column("Residents who work inside", "lives_and_works", 0),
                share_column("Workers who live inside", "works_and_lives", 0),
            ],
            table_id="drawn-by-work",
            caption=words.DRAWN,
            source=source_line("commuting_2011", "population_year"),
        )

    def compared_table(self) -> Table:
        """Show how alike the map and today's areas are."""
        return page_table(
            self.compared.assign(moving=[words.people(p) for p in self.compared["people"]]),
            [
                text_column("Areas", "tier"),
                text_column("Number", "areas"),
                value_column("Adjusted Rand index", "adjusted_rand", lambda v: f"{v:.2f}"),
                value_column("Variation of information, bits", "information", lambda v: f"{v:.1f}"),
                share_column("People who would change", "moved", 0),
                text_column("People", "moving"),
            ],
            table_id="map-compared",
            caption=words.COMPARED,
            source=source_line("commuting_2011", "population_year"),
        )

    def trials_table(self) -> Table:
        """Show the other way to draw the map, at several grains and seeds."""
        return page_table(
            self.trials,
            [
                text_column("Resolution", "resolution"),
                text_column("Regions", "regions"),
                text_column("Pass the rule", "passing"),
                value_column("Agreement between seeds", "stability", lambda v: f"{v:.2f}"),
                value_column("Lowest", "lowest", lambda v: f"{v:.2f}"),
                value_column("Agreement with the merged map", "merged", lambda v: f"{v:.2f}"),
            ],
            table_id="map-trials",
            caption=words.TRIALS,
            source=source_line("commuting_2011"),
        )


def _fills(regions: pd.Series, pairs: pd.DataFrame) -> dict[str, int]:
    """Give regions numbers so that neighbours differ, the one with most neighbours first."""
    near: dict[str, set[str]] = {str(r): set() for r in regions.unique()}
    for a, b in zip(pairs["first"].map(regions), pairs["second"].map(regions), strict=True):
        if a != b:
            near[a].add(b)
            near[b].add(a)
    fill: dict[str, int] = {}
    for region in sorted(near, key=lambda r: (-len(near[r]), r)):
        taken = {fill[n] for n in near[region] if n in fill}
        fill[region] = next(i for i in range(len(near)) if i not in taken)
    return fill
