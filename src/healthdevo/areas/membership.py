"""Dated membership: which area lies in which, from when to when, and by how much of its population."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from healthdevo.areas.area import Area
from healthdevo.areas.frames import FIRST, LAST, days, needed, texts
from healthdevo.areas.kinds import Kinds
from healthdevo.errors import InputError
from healthdevo.typing import BoolArray, FloatArray
from healthdevo.wording import join

__all__ = ["WHOLE", "Membership", "read_membership"]

WHOLE = 1e-6
"""How far from one a share may lie and still be the whole."""
_TABLE = "area_membership"


@dataclass(frozen=True, eq=False)
class Membership:
    """The rows of the membership as arrays, and the areas they are about by position.

    Parameters
    ----------
    areas : tuple of Area
        All areas of the registry.
    kinds : Kinds
        The kinds among them.
    member, container : ndarray of int, shape (rows,)
        Positions of the areas.
    start, end : ndarray of datetime64, shape (rows,)
        First and last day.
    share : ndarray of shape (rows,)
        Share of the member's population inside the container.
    """

    areas: tuple[Area, ...]
    kinds: Kinds
    member: NDArray[np.intp]
    container: NDArray[np.intp]
    start: NDArray[np.datetime64]
    end: NDArray[np.datetime64]
    share: FloatArray

    @cached_property
    def position(self) -> dict[str, int]:
        """Position of each code."""
        return {area.code: i for i, area in enumerate(self.areas)}

    @cached_property
    def kind_of(self) -> NDArray[np.intp]:
        """Position of each area's kind among the kinds."""
        return np.array([self.kinds.codes.index(a.kind) for a in self.areas], dtype=np.intp)

    @cached_property
    def first(self) -> NDArray[np.datetime64]:
        """First day of each area."""
        return np.array(
            [FIRST if a.valid_from is None else np.datetime64(a.valid_from, "D") for a in self.areas]
        )

    @cached_property
    def last(self) -> NDArray[np.datetime64]:
        """Last day of each area."""
        return np.array([LAST if a.valid_to is None else np.datetime64(a.valid_to, "D") for a in self.areas])

    def of_kinds(self, positions: NDArray[np.intp], kinds: Collection[str]) -> BoolArray:
        """Return which positions are areas of some kinds."""
        wanted = [i for i, code in enumerate(self.kinds.codes) if code in kinds]
        return np.isin(self.kind_of[positions], wanted)

    def rows_on(self, day: dt.date) -> BoolArray:
        """Return which rows hold on a date, member and container existing too."""
        d = np.datetime64(day, "D")
        alive = (self.first <= d) & (d <= self.last)
        held: BoolArray = (self.start <= d) & (d <= self.end) & alive[self.member] & alive[self.container]
        return held

    def sorted_areas(self, positions: NDArray[np.intp]) -> list[Area]:
        """Return the areas at some positions, each once, the widest kinds first."""
        order = self.kinds.codes
        found = {self.areas[int(i)] for i in positions}
        return sorted(found, key=lambda a: (order.index(a.kind), a.code))

    def last_known_date(self) -> dt.date:
        """Return the last date of change on which the members of all areas are known."""
        edges = {*self.start.tolist(), *self.end.tolist(), *self.first.tolist(), *self.last.tolist()}
        dates: Sequence[dt.date] = sorted(edges - {FIRST.item(), LAST.item()}, reverse=True)
        holds_members = np.isin(self.kind_of, self.kind_of[self.container])
        for date in dates:
            day = np.datetime64(date, "D")
            alive = (self.first <= day) & (day <= self.last)
            filled = np.zeros(len(self.areas), dtype=bool)
            # what a container of containers holds can be known without knowing what they hold themselves
            filled[self.container[self.rows_on(date)]] = True
            if bool(np.all(filled[alive & holds_members])):
                return date
        return dates[0] if dates else dt.date.today()


def read_membership(frame: pd.DataFrame, areas: Sequence[Area], kinds: Kinds) -> Membership:
    """Return the membership of a frame.

    Raises
    ------
    InputError
        When a column is missing, a code unknown, a share or a period impossible, or periods overlap.
    """
    needed(frame, ("member_code", "container_code"), _TABLE)
    itself = np.array(texts(frame, "member_code")) == np.array(texts(frame, "container_code"))
    frame = frame.loc[~itself]  # that an area lies in itself need not be said
    members, containers = texts(frame, "member_code"), texts(frame, "container_code")
    place = {area.code: i for i, area in enumerate(areas)}
    unknown = sorted({*members, *containers} - place.keys())
    if unknown:
        raise InputError(f"{_TABLE}: {join(unknown[:5])} not in the registry of areas")
    start, end = days(frame, "valid_from", _TABLE, FIRST), days(frame, "valid_to", _TABLE, LAST)
    if "population_share" in frame.columns:
        share = pd.to_numeric(frame["population_share"], errors="coerce").to_numpy(dtype=float)
    else:
        share = np.ones(len(frame))
    for bad in np.flatnonzero(~((share > 0.0) & (share <= 1.0 + WHOLE))):
        raise InputError(
            f"{_TABLE}: population_share of {members[bad]} in {containers[bad]} is {share[bad]}; "
            "it must lie above 0 and not above 1"
        )
    for bad in np.flatnonzero(start > end):
        raise InputError(f"{_TABLE}: {members[bad]} in {containers[bad]} ends before it begins")
    member = np.array([place[c] for c in members], dtype=np.intp)
    container = np.array([place[c] for c in containers], dtype=np.intp)
    order = np.lexsort((start, container, member))
    m, c, f, t = member[order], container[order], start[order], end[order]
    clash = (m[1:] == m[:-1]) & (c[1:] == c[:-1]) & (f[1:] <= t[:-1])
    for bad in np.flatnonzero(clash):
        raise InputError(
            f"{_TABLE}: {areas[m[bad]].code} in {areas[c[bad]].code} has overlapping periods, from {f[bad]} "
            f"and from {f[bad + 1]}"
        )
    return Membership(tuple(areas), kinds, member, container, start, end, np.minimum(share, 1.0))
