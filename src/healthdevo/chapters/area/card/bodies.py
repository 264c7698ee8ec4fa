"""Who runs what in an area: its council, combined authority and mayor, NHS boards and regions, with dates."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from healthdevo import areas, tables
from healthdevo.areas import Area
from healthdevo.chapters.common import TODAY, day_of, overlaps

_MOST = 4
_COUNCILS = ("county", *areas.KIND_GROUPS["district"])
ROLES = {
    "council": "Council",
    "authority": "Combined authority",
    "board": "NHS board",
    "health": "NHS region",
    "government": "Region",
}
"""What bodies are called on a card, in its order."""
_KINDS = (
    ("authority", "combined_authority"),
    ("board", "icb"),
    ("health", "nhs_region"),
    ("government", "region"),
)


@dataclass(frozen=True)
class Body:
    """A body with a part in running a place: its area, the share of the place's people in it, and what is to be said of it."""

    role: str
    area: Area
    share: float = 1.0
    note: str = ""


def _date(day: object) -> str:
    """Return a date in words.

    >>> _date("2011-04-01")
    '1 April 2011'
    """
    stamp = pd.Timestamp(str(day))
    return f"{stamp.day} {stamp:%B %Y}"


def _since(area: Area) -> str:
    """Return from when an area exists and when it ended, where the registry knows."""
    known = area.valid_from is not None and not area.valid_from_is_floor
    parts = [f"since {_date(area.valid_from)}"] if known and area.valid_to is None else []
    if area.valid_to is not None:
        parts = [f"until {_date(area.valid_to)}"]
    return ", ".join(parts)


def _mayor(area: Area) -> str:
    """Return since when an authority has had an elected mayor, or that it has none."""
    frame = tables.load("strategic_authority")
    rows = frame[(frame["area_code"] == area.code) & (frame["status"] == "in operation")]
    if rows.empty:
        return ""
    first = rows["first_mayoral_election"].iloc[0]
    if pd.isna(first):
        return "no mayor elected so far"
    elected = pd.Timestamp(first) <= pd.Timestamp(TODAY)
    return (
        f"elected mayor since {_date(first)}" if elected else f"first election of a mayor due {_date(first)}"
    )


def _noted(area: Area) -> str:
    notes = [_since(area), _mayor(area) if area.kind == "combined_authority" else ""]
    return ", ".join(note for note in notes if note)


def bodies_of(area: Area) -> list[Body]:
    """Return who runs what in an area, in the order of ``ROLES``; the largest parts first, at most four of a role.

    >>> [(b.role, b.area.short_name) for b in bodies_of(areas.get("E08000006"))][:2]
    [('council', 'Salford'), ('authority', 'Greater Manchester')]
    """
    day = TODAY if area.is_current(TODAY) else day_of(area)
    found: list[Body] = []
    if area.kind in _COUNCILS:
        found.append(Body("council", area, 1.0, _since(area)))
        county = [a for a in areas.parents(area.code, day) if a.kind == "county"]
        found += [Body("council", a, 1.0, _since(a)) for a in county]
    for role, kind in _KINDS:
        if area.kind == kind:
            found.append(Body(role, area, 1.0, _noted(area)))
            continue
        rows = overlaps(area, [kind], day)
        pairs = list(zip(rows["area"], rows["of_area"], strict=True))[:_MOST]
        found += [
            Body(role, areas.get(str(c)), float(share), _noted(areas.get(str(c)))) for c, share in pairs
        ]
    return [body for role in ROLES for body in found if body.role == role]


def changes_of(area: Area) -> list[str]:
    """Return what is about to change in an area, in sentences: new councils and authorities, reorganisation, boards that are to merge.

    >>> changes_of(areas.get("E07000207"))
    ['On 1 April 2027 East Surrey takes the place of Elmbridge, by law.', 'On 1 April 2027 East Surrey and West Surrey take the place of Surrey, by law.']
    >>> changes_of(areas.get("E08000006"))
    []
    """
    return areas.plans(area.code)


def successors_of(area: Area) -> list[Area]:
    """Return the areas of today that took the place of one that ended."""
    if area.is_current(TODAY):
        return []
    succession = areas.registry().succession
    return list(succession.successors(area, TODAY)) or list(succession.heirs(area, TODAY))
