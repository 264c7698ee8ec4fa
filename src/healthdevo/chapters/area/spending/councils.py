"""The councils of an area: which share of each council's people lives in it, through mergers and cut boundaries."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters.area.ground import district_parts, light_table
from healthdevo.chapters.common import TODAY
from healthdevo.chapters.common.remembered import remembered
from healthdevo.errors import TableError
from healthdevo.wording import join

PEOPLE_IN = 2023
"""Year whose population weighs the districts of a county."""
COVERED = 0.97
"""Least share of an area's people whose councils must have reported for a figure to be shown."""


def final_districts(codes: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """Return the districts of today that make up each council: its own, those of a county, or its successors."""
    return _final_districts(tuple(codes))


@remembered()
def _final_districts(codes: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    current = {a.code for a in areas.list_areas("district", TODAY)}
    successors = light_table("area").set_index("area_code")["successor_code"].dropna()
    following = successors.astype(str).to_dict()
    membership = light_table("area_membership")
    counties = membership[membership["container_kind"] == "county"]
    parts = counties.groupby("container_code")["member_code"].agg(set).to_dict()

    def final(code: str) -> str | None:
        while code not in current and code in following:
            code = following[code]
        return code if code in current else None

    result = {}
    for code in codes:
        found = {final(str(member)) for member in parts.get(code, {code})}
        if None in found:
            raise TableError(f"table area: council {code} cannot be followed to districts of today")
        result[code] = tuple(sorted(str(f) for f in found))
    return result


def council_shares(containers: Sequence[str], codes: Sequence[str]) -> pd.DataFrame:
    """Return which share of each council's people (rows: districts and counties of any year) lives in each area of one kind (columns).

    Notes
    -----
    Boundaries are those of today. A district that a boundary cuts counts by the population shares of the registry; a county by the
    shares of its districts, weighted by their population. A council that no longer exists counts like its successors.

    Examples
    --------
    >>> council_shares(["E54000057"], ["E08000003"]).loc["E08000003"].tolist()
    [1.0]
    """
    return _council_shares(tuple(containers), tuple(codes))


@remembered()
def _council_shares(containers: tuple[str, ...], codes: tuple[str, ...]) -> pd.DataFrame:
    parts = district_parts(containers)
    districts = parts.pivot_table(index="area_code", columns="container_code", values="share", aggfunc="sum")
    districts = districts.reindex(columns=list(containers)).fillna(0.0)
    population = light_table("population_year")
    people = population[population["year"] == PEOPLE_IN].set_index("area_code")["persons"].to_dict()
    place = {code: i for i, code in enumerate(districts.index)}
    table = districts.to_numpy(dtype=float)
    rows = []
    for final in final_districts(codes).values():
        unknown = [f for f in final if f not in people]
        if unknown:
            raise TableError(f"table population_year has no population of {join(unknown)} in {PEOPLE_IN}")
        weights = np.array([people[f] for f in final], dtype=float)
        found = np.array([table[place[f]] if f in place else np.zeros(len(containers)) for f in final])
        rows.append(weights @ found / weights.sum())
    return pd.DataFrame(rows, index=pd.Index(list(codes), name="area_code"), columns=list(containers))


def merged(final: Mapping[str, Sequence[str]]) -> list[tuple[list[str], list[str]]]:
    """Group councils that share a successor: the councils, and all their successors.

    Examples
    --------
    >>> merged({"a": ["x"], "b": ["x", "y"], "c": ["z"]})
    [(['a', 'b'], ['x', 'y']), (['c'], ['z'])]
    """
    groups: list[tuple[set[str], set[str]]] = []
    for code, found in final.items():
        own, rest = ({code}, set(found)), []
        for group in groups:
            if group[1] & own[1]:
                own = (own[0] | group[0], own[1] | group[1])
            else:
                rest.append(group)
        groups = [*rest, own]
    return [(sorted(codes), sorted(found)) for codes, found in groups]


@dataclass(frozen=True)
class Councils:
    """An area among its peers (itself included), the people of each, and the ``shares`` that ``council_shares`` finds of the councils."""

    area: Area
    peers: tuple[Area, ...]
    shares: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)

    @property
    def codes(self) -> list[str]:
        """Codes of the peers."""
        return [a.code for a in self.peers]

    def parts(self, upper_tier: Sequence[str]) -> pd.DataFrame:
        """Return the upper-tier councils of today in the area, with the share of their people that lives in it."""
        own = self.shares[self.area.code]
        today = own[own.index.isin(list(upper_tier)) & (own > 1e-6)]
        names = [areas.get(str(code)).short_name for code in today.index]
        return pd.DataFrame({"area_code": today.index, "share": today.to_numpy(float), "name": names})
