"""Who lives and works where, on the districts of today, and which districts make up which areas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property, lru_cache

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import TODAY as TODAY
from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.common.remembered import remembered
from healthdevo.errors import AreaError, TableError
from healthdevo.governance import self_containment

BEFORE = "2026-03-31"
"""The last day of the boards before those of April 2026."""
NOWHERE = ("home", "no_fixed_place", "offshore", "outside_uk")
"""Workplaces of the census of 2011 that are no place in the country."""
AT_HOME = ("home", "no_fixed_place")
"""Those that the census of 2021 counts in the district of residence."""
ABROAD = ("wales", "scotland", "northern_ireland")
FLOW = ("residence_code", "workplace_code")


@lru_cache(maxsize=2048)
def today(code: str) -> str:
    """Return the code under which a district stands today.

    >>> today("E06000028"), today("E08000016")
    ('E06000058', 'E08000038')
    """
    registry = areas.registry()
    found = registry.succession.successors(registry.get(code), dt.date.fromisoformat(TODAY))
    if len(found) != 1:
        raise AreaError(f"{code} has no single successor on {TODAY}")
    return found[0].code


def todays(codes: Iterable[str]) -> dict[str, str]:
    """Return the code of today for each code of a district; other places keep their name."""
    return {code: today(code) if code.startswith("E0") else code for code in sorted(set(codes))}


def carried(flows: pd.DataFrame) -> pd.DataFrame:
    """Return flows between the districts of today; merged districts are added up, and nobody is lost."""
    new = todays([*flows["residence_code"].unique(), *flows["workplace_code"].unique()])
    moved = flows.assign(**{c: flows[c].map(new) for c in FLOW})
    result = moved.groupby(list(FLOW))["people"].sum().reset_index()
    if int(result["people"].sum()) != int(flows["people"].sum()):
        raise TableError("commuting: people were lost between the districts of the census and those of today")
    return result


def at_home_inside(flows: pd.DataFrame) -> pd.DataFrame:
    """Return flows of 2011 read as the census of 2021 does: at home or without a fixed place counts as the own district."""
    home = flows["workplace_code"].isin(AT_HOME)
    moved = flows.assign(workplace_code=flows["workplace_code"].where(~home, flows["residence_code"]))
    return placed(moved).groupby(list(FLOW))["people"].sum().reset_index()


def placed(flows: pd.DataFrame) -> pd.DataFrame:
    """Return flows to places in the country only."""
    return flows[~flows["workplace_code"].isin(NOWHERE)].reset_index(drop=True)


@remembered()
def regions_of(kind: str, on: str = TODAY) -> pd.DataFrame:
    """Return the share of each district of today in each area of a kind."""
    found = areas.registry().containment("district", kind, on)
    row, column = np.nonzero(found.share > 0.0)
    share = found.share[row, column]
    return pd.DataFrame(
        {
            "area_code": [today(found.members[int(i)].code) for i in row],
            "region": [found.containers[int(j)].code for j in column],
            "share": np.minimum(share, 1.0),
        }
    )


@remembered()
def main_container(kind: str, on: str = TODAY) -> pd.Series:
    """Return the area of a kind that holds most of each district."""
    rows = regions_of(kind, on).sort_values(["area_code", "share", "region"], ascending=[True, False, True])
    return rows.drop_duplicates("area_code").set_index("area_code")["region"]


def district_codes() -> list[str]:
    """Return the districts of today."""
    return [a.code for a in areas.list_areas("district", TODAY)]


@kept
def containment_table(flows: pd.DataFrame, regions: pd.DataFrame) -> pd.DataFrame:
    """Return self-containment of regions: national work that every area page needs."""
    return self_containment(flows, regions).table


@dataclass(frozen=True)
class Flows:
    """The three readings of commuting."""

    census_2011: pd.DataFrame = field(repr=False)
    census_2021: pd.DataFrame = field(repr=False)

    @classmethod
    @remembered(shared=("census_2021", "main"))
    def load(cls) -> Flows:
        """Load both censuses and carry them to the districts of today."""
        return cls(carried(tables.load("commuting_2011")), carried(tables.load("commuting_2021")))

    @cached_property
    def main(self) -> pd.DataFrame:
        """2011 without those at home or of no fixed place: the main reading."""
        return placed(self.census_2011)

    @cached_property
    def like_2021(self) -> pd.DataFrame:
        """2011 read as 2021 is."""
        return at_home_inside(self.census_2011)

    @property
    def outside(self) -> list[str]:
        """Places that are no districts of England."""
        there = set(self.main["workplace_code"].unique())
        return [code for code in ABROAD if code in there]

    def readings(self) -> dict[str, pd.DataFrame]:
        """Return the three readings by name, the main one first."""
        return {"main": self.main, "like_2021": self.like_2021, "census_2021": self.census_2021}

    def least(self, regions: pd.DataFrame) -> pd.DataFrame:
        """Return the smaller of both self-containments of each region in each reading."""
        found = {name: containment_table(flows, regions)["least"] for name, flows in self.readings().items()}
        return pd.DataFrame(found)
