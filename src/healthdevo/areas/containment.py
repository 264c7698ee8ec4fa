"""Containment: which areas make up which others on a date, directly, through areas between, or by their districts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from healthdevo.areas.area import Area
from healthdevo.areas.kinds import DISTRICT
from healthdevo.areas.membership import WHOLE, Membership
from healthdevo.typing import FloatArray

__all__ = ["Containment", "contained"]

_ROUNDING = 2e-3


@dataclass(frozen=True)
class Containment:
    """Which areas make up which containers on a date, and by how much of their population.

    Parameters
    ----------
    on : datetime.date
        The date.
    members, containers : tuple of Area
        Rows and columns of ``share``.
    share : ndarray of shape (members, containers)
        Share of each member's population inside each container: 0 outside, 1 when wholly inside, NaN where a
        boundary cuts the member and the registry knows no share.
    """

    on: dt.date
    members: tuple[Area, ...]
    containers: tuple[Area, ...]
    share: FloatArray


def contained(
    membership: Membership, member_kinds: Sequence[str], targets: Sequence[Area], day: dt.date
) -> Containment:
    """Return which areas of some kinds make up some containers on a date.

    Parameters
    ----------
    membership : Membership
        Of all areas.
    member_kinds : sequence of str
        Kinds of the members.
    targets : sequence of Area
        The containers, all of which exist on the date.
    day : datetime.date
        The date.

    Returns
    -------
    Containment
        Members in order of code.
    """
    held = _Held(membership, np.flatnonzero(membership.rows_on(day)))
    columns: list[FloatArray] = []
    for target in targets:
        column = np.zeros(len(membership.areas))
        if len(member_kinds) > 1 and target.kind in member_kinds:
            # a unitary authority is its own district
            column[membership.position[target.code]] = 1.0
        else:
            for part in member_kinds:
                column += held.shares_in(part, target)
        columns.append(column)
    share = np.column_stack(columns) if columns else np.zeros((len(membership.areas), 0))
    inside = np.flatnonzero((np.isnan(share) | (share > 0.0)).any(axis=1))
    inside = np.array(sorted(inside, key=lambda i: membership.areas[int(i)].code), dtype=np.intp)
    share = share[inside]
    share.flags.writeable = False
    return Containment(day, tuple(membership.areas[int(i)] for i in inside), tuple(targets), share)


@dataclass(frozen=True, eq=False)
class _Held:
    """The rows of the membership that hold on a date; shares by position are 0 outside, NaN where unknown."""

    all: Membership
    rows: NDArray[np.intp]

    def inside(self, position: int) -> NDArray[np.intp]:
        """Return the rows of a container."""
        found: NDArray[np.intp] = self.rows[self.all.container[self.rows] == position]
        return found

    def members_of_kind(self, rows: NDArray[np.intp], kind: str) -> NDArray[np.intp]:
        """Return the rows whose members are of a kind."""
        return rows[self.all.of_kinds(self.all.member[rows], (kind,))]

    def shares_in(self, kind: str, target: Area) -> FloatArray:
        """Return the share of every area of a kind in one container."""
        out = np.zeros(len(self.all.areas))
        if kind == target.kind:
            return out
        rows = self.inside(self.all.position[target.code])
        direct = self.members_of_kind(rows, kind)
        if direct.size:
            out[self.all.member[direct]] = self.settled(direct)
            return out
        through = self.through(kind, rows)
        if through is not None and not np.isnan(through).any():
            return through
        derived = self.by_districts(kind, target)
        return through if through is not None and not np.any(derived != 0.0) else derived

    def settled(self, rows: NDArray[np.intp]) -> FloatArray:
        """Return shares of rows, freed of rounding where a member's shares in one kind come to nearly one."""
        kinds = self.all.kind_of[self.all.container]
        same = self.rows[kinds[self.rows] == kinds[rows[0]]]
        total = np.bincount(
            self.all.member[same], weights=self.all.share[same], minlength=len(self.all.areas)
        )[self.all.member[rows]]
        share: FloatArray = self.all.share[rows]
        settled: FloatArray = np.where(np.abs(total - 1.0) <= _ROUNDING, share / total, share)
        return settled

    def through(self, kind: str, rows: NDArray[np.intp]) -> FloatArray | None:
        """Return shares by way of the widest areas that lie wholly inside the container, or None."""
        fallback: FloatArray | None = None
        for between in self.all.kinds.codes:
            if between == kind or between in self.all.kinds.members(DISTRICT):
                continue
            step = self.members_of_kind(rows, between)
            if not step.size or np.any(self.all.share[step] < 1.0 - WHOLE):
                continue
            out = np.zeros(len(self.all.areas))
            for member in self.all.member[step]:
                direct = self.members_of_kind(self.inside(int(member)), kind)
                if direct.size:
                    out[self.all.member[direct]] += self.settled(direct)
                else:
                    out += self.shares_in(kind, self.all.areas[int(member)])
            # the shares of a district in all parts of a whole come to one, whatever their rounding
            out = np.where(np.abs(out - 1.0) <= WHOLE, 1.0, out)
            if np.isnan(out).any():
                fallback = out if fallback is None else fallback
            elif np.any(out > 0.0):
                return out
        return fallback

    def by_districts(self, kind: str, target: Area) -> FloatArray:
        """Return 1 for areas whose districts all lie in the container, NaN for those it cuts."""
        size = len(self.all.areas)
        out = np.zeros(size)
        districts = self.all.kinds.members(DISTRICT)
        inner = self.rows[self.all.of_kinds(self.all.member[self.rows], districts)]
        in_target = inner[self.all.container[inner] == self.all.position[target.code]]
        share = np.zeros(size)
        share[self.all.member[in_target]] = self.all.share[in_target]
        of_kind = inner[self.all.of_kinds(self.all.container[inner], (kind,))]
        if not of_kind.size or not in_target.size:
            return out
        container = self.all.container[of_kind]
        touching = np.bincount(container, weights=share[self.all.member[of_kind]] > 0.0, minlength=size)
        whole = np.bincount(container, weights=share[self.all.member[of_kind]] >= 1.0 - WHOLE, minlength=size)
        parts = np.bincount(container, minlength=size)
        out[(touching > 0) & (whole < parts)] = np.nan
        out[(parts > 0) & (whole == parts)] = 1.0
        return out
