"""Succession: what took an area's place, what it took the place of, and what to say about a date it misses."""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Mapping

from healthdevo.areas.area import Area, DateLike, as_date
from healthdevo.areas.frames import split_codes
from healthdevo.areas.kinds import DISTRICT
from healthdevo.areas.membership import Membership
from healthdevo.wording import join

__all__ = ["Succession"]


class Succession:
    """The successors and predecessors of all areas of a registry.

    Parameters
    ----------
    areas : mapping of str to Area
        All areas by code.
    membership : Membership
        Tells which districts an area was made up of.
    """

    def __init__(self, areas: Mapping[str, Area], membership: Membership) -> None:
        self._areas = areas
        self._membership = membership
        earlier: dict[str, list[Area]] = defaultdict(list)
        for area in areas.values():
            for code in split_codes(area.successor_code):
                earlier[code].append(area)
        self._earlier = {code: tuple(sorted(found, key=lambda a: a.code)) for code, found in earlier.items()}

    def next_of(self, area: Area) -> tuple[Area, ...]:
        """Return the areas that directly took an area's place: none, one, or several after a split."""
        return tuple(self._areas[code] for code in split_codes(area.successor_code))

    def before(self, area: Area) -> tuple[Area, ...]:
        """Return the areas whose place an area directly took, in order of code."""
        return self._earlier.get(area.code, ())

    def successors(self, area: Area, on: DateLike) -> list[Area]:
        """Return the areas that stand in an area's place on a date.

        Parameters
        ----------
        area : Area
            An area of the registry.
        on : date
            The date.

        Returns
        -------
        list of Area
            The area itself when it exists on the date; else its successors, or theirs, that do; else none.
        """
        day = as_date(on)
        if area.is_current(day):
            return [area]
        if area.valid_to is None or area.valid_to > day:
            return []
        found = {later.code: later for direct in self.next_of(area) for later in self.successors(direct, day)}
        return list(found.values())

    def predecessors(self, area: Area, on: DateLike) -> list[Area]:
        """Return the areas whose place an area took, and which exist on an earlier date."""
        day = as_date(on)
        found: list[Area] = []
        for earlier in self.before(area):
            found += [earlier] if earlier.is_current(day) else self.predecessors(earlier, day)
        return found

    def heirs(self, area: Area, on: DateLike) -> list[Area]:
        """Return what stands on a date in the place of the districts that ended with an area, in order of code."""
        held, day = self._membership, as_date(on)
        inside = held.member[held.container == held.position[area.code]]
        districts = inside[held.of_kinds(inside, held.kinds.members(DISTRICT))]
        ended = [a for a in held.sorted_areas(districts) if a.valid_to == area.valid_to]
        heirs = {heir.code: heir for a in ended for heir in self.successors(a, day)}
        return [heirs[code] for code in sorted(heirs)]

    def problem_on(self, area: Area, on: DateLike) -> str:
        """Return why an area cannot be used on a date, in a sentence; empty when it exists on it."""
        day = as_date(on)
        if area.is_current(day):
            return ""
        if area.valid_to is not None and area.valid_to < day:
            text = f"{area} ended on {area.valid_to.isoformat()}"
            direct = [str(a) for a in self.next_of(area)]
            heirs = [] if direct else [str(a) for a in self.heirs(area, day)]
            if heirs:
                return f"{text}; its districts were succeeded by {join(heirs)}."
            text += f"; succeeded by {join(direct)}" if direct else "; the registry records no successor"
            later = [str(a) for a in self.successors(area, day) if str(a) not in direct]
            return text + (f" and then by {join(later)}." if later else ".")
        first = "" if area.valid_from is None else area.valid_from.isoformat()
        if area.valid_from_is_floor:
            return f"{area} is recorded from {first} only; what it was on {day.isoformat()} is not known."
        text = f"{area} began on {first} and does not exist on {day.isoformat()}"
        before = [str(a) for a in self.predecessors(area, day)]
        return text + (f"; its predecessors were {join(before)}." if before else ".")

    def alternatives(self, area: Area, on: dt.date) -> list[str]:
        """Return what to use instead of an area that does not exist on a date."""
        ended = area.valid_to is not None and area.valid_to < on
        found = (self.successors(area, on) or self.heirs(area, on)) if ended else self.predecessors(area, on)
        return [str(a) for a in found]
