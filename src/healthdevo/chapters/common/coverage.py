"""What the registry of kinds says of figures: which areas have those of a section, and which lie over a place that has none."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.areas import Area
from healthdevo.chapters.common.remembered import remembered
from healthdevo.errors import AreaError, TableError
from healthdevo.typing import FloatArray
from healthdevo.wording import join

TODAY = "2026-11-26"
"""The day that area pages speak of: whose bodies and borders are called today's."""
NEGLIGIBLE = 0.005
"""Share of a place's people below which an area is not said to lie over it."""


class UncoveredError(TableError):
    """A section of an area's page that there are no figures for: no fault, the page says what covers the place instead.

    Parameters
    ----------
    message : str
        For those who load the section themselves.
    section : str
        Its name in the registry of kinds.
    text : str
        What the page says instead, as Markdown; empty for the words that the registry gives.
    """

    def __init__(self, message: str, section: str, text: str = "") -> None:
        super().__init__(message)
        self.section = section
        self.text = text


def area_with(code: str, section: str) -> Area:
    """Return an area that there are figures for in a section of the area page, as the registry of kinds says.

    >>> area_with("E07000008", "emergency")
    Traceback (most recent call last):
    healthdevo.chapters.common.coverage.UncoveredError: there are figures of emergency for NHS regions and integrated care boards; E07000008 (Cambridge) is a non-metropolitan district
    """
    area = areas.get(code)
    if section not in areas.KINDS[area.kind].sections:
        kinds = join([kind.plural for kind in areas.KINDS.rows if section in kind.sections])
        raise UncoveredError(
            f"there are figures of {section} for {kinds}; {area} is a {area.kind_title}", section
        )
    return area


def day_of(area: Area) -> str:
    """Return the last day up to today, in ISO form, on which an area exists."""
    day = TODAY if area.valid_to is None else min(area.valid_to.isoformat(), TODAY)
    return day if area.valid_from is None else max(day, area.valid_from.isoformat())


@remembered()
def _district_people(day: str) -> pd.Series:
    """Return the people of every district that exists on a day, from the latest population of it or of its successors and predecessors."""
    population = tables.load_sound("population_year").frame.dropna(subset=["persons"])
    latest = population.sort_values("year").groupby("area_code")["persons"].last()
    succession = areas.registry().succession
    found: dict[str, float] = {}
    for district in areas.list_areas("district", day):
        people = float(latest.get(district.code, np.nan))
        if np.isnan(
            people
        ):  # a district that only got a new code, or one that ended: an even part of what followed it
            before = [a.code for a in succession.before(district)]
            heirs = [a.code for a in succession.next_of(district)]
            same = len(before) == 1 and len(succession.next_of(areas.get(before[0]))) == 1
            if same and before[0] in latest:
                people = float(latest[before[0]])
            elif heirs and all(heir in latest for heir in heirs):
                people = sum(float(latest[h]) / max(len(succession.before(areas.get(h))), 1) for h in heirs)
        found[district.code] = people
    return pd.Series(found, dtype=float)


@remembered()
def _over_districts(kinds: tuple[str, ...], day: str) -> tuple[tuple[Area, ...], tuple[str, ...], FloatArray]:
    """Return areas of some kinds, the districts of a day, and the share of each district's people in each area."""
    districts = tuple(a.code for a in areas.list_areas("district", day))
    place = {code: i for i, code in enumerate(districts)}
    every: list[Area] = []
    columns: list[FloatArray] = []
    for kind in kinds:
        try:
            found = areas.registry().containment("district", kind, day)
        except AreaError:  # none on that day
            continue
        grid = np.zeros((len(districts), len(found.containers)))
        grid[[place[m.code] for m in found.members]] = np.nan_to_num(found.share)
        every += found.containers
        columns.append(grid)
    shares = np.hstack(columns) if columns else np.zeros((len(districts), 0))
    return tuple(every), districts, shares


def own_shares(area: Area, day: str) -> FloatArray:
    """Return the share of the people of each district of a day that lives in an area, in order of the districts' codes."""
    districts = [a.code for a in areas.list_areas("district", day)]
    own = np.zeros(len(districts))
    if area.code in districts:
        own[districts.index(area.code)] = 1.0
        return own
    every, _, shares = _over_districts((area.kind,), day)
    return shares[:, [a.code for a in every].index(area.code)]


def overlaps(area: Area, kinds: Sequence[str], on: str = "") -> pd.DataFrame:
    """Return the areas of some kinds that lie over an area, with shares of people, most of the area's people first.

    Columns: ``area`` (its code), ``kind``, ``of_area`` (the share of the area's people who live in it) and ``of_other`` (the share of its
    people who live in the area). A district that both cut counts as if their people were mixed in it.

    Examples
    --------
    >>> found = overlaps(areas.get("E47000001"), ["icb"], "2026-03-31")
    >>> found[["area", "of_area"]].round(2).to_dict("records")
    [{'area': 'E54000057', 'of_area': 1.0}]
    """
    day = on or day_of(area)
    every, districts, shares = _over_districts(tuple(kinds), day)
    people = _district_people(day).reindex(list(districts)).to_numpy(float)
    own = own_shares(area, day)
    inside = np.nansum((people * own)[:, None] * shares, axis=0)
    others = np.nansum(people[:, None] * shares, axis=0)
    frame = pd.DataFrame(
        {
            "area": [a.code for a in every],
            "kind": [a.kind for a in every],
            "of_area": inside / np.nansum(people * own) if np.nansum(people * own) > 0 else np.nan,
            # without people there is no share, and nothing lies over it
            "of_other": np.divide(inside, others, out=np.full(len(every), np.nan), where=others > 0),
        }
    )
    frame = frame[(frame["of_area"] > NEGLIGIBLE) & (frame["area"] != area.code)]
    return frame.sort_values(["of_area", "area"], ascending=[False, True], ignore_index=True)


@dataclass(frozen=True)
class Cover:
    """The areas of one kind that cover a place most closely: code and share of the place's people in each."""

    kind: str
    shares: tuple[tuple[Area, float], ...]


def closest_cover(area: Area, kinds: Sequence[str]) -> Cover | None:
    """Return the areas of that kind which fits an area most closely: whose areas over it have the fewest people besides.

    None where no area of these kinds lies over it.

    Examples
    --------
    >>> cover = closest_cover(areas.get("E08000003"), ["nhs_region", "icb"])
    >>> cover.kind, [a.code for a, _ in cover.shares]
    ('icb', ['E54000057'])
    """
    found = overlaps(area, [kind for kind in kinds if kind != area.kind], "")
    if found.empty:
        return None
    # people of the covering areas in parts of the place's own
    found = found.assign(size=found["of_area"] / found["of_other"])
    total = found.groupby("kind").agg(
        size=("size", "sum"), covered=("of_area", "sum"), count=("size", "size")
    )
    total = total[total["covered"] >= 0.5 * total["covered"].max()]
    best = str(total.sort_values(["size", "count"]).index[0])
    rows = found[found["kind"] == best]
    pairs = zip(rows["area"], rows["of_area"], strict=True)
    return Cover(best, tuple((areas.get(str(code)), float(share)) for code, share in pairs))
