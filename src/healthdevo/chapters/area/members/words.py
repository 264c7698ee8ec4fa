"""Words of the section on an area's parts and neighbours."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.chapters.area.filling import link
from healthdevo.chapters.common import in_turn, period, records, rounded, small_share, source_line
from healthdevo.charts import Caption
from healthdevo.wording import as_markdown

if TYPE_CHECKING:
    from healthdevo.chapters.area.members.section import AreaMembers

_MOST_NAMED = 12
_WHOLE = 0.995


def people(value: float) -> str:
    """Return a number of people, for tables."""
    return "no figure" if np.isnan(value) else f"{value:,.0f}"


def figure(decimals: int) -> Callable[[float], str]:
    """Return how a figure that may be missing is shown, for tables.

    >>> figure(1)(9.04), figure(0)(float("nan"))
    ('9.0', '')
    """
    return lambda value: "" if np.isnan(value) else rounded(value, decimals)


def share(value: float) -> str:
    """Return the share of a district's people, for tables.

    >>> share(1.0), share(0.253), share(float("nan"))
    ('all', '25%', '')
    """
    return "" if np.isnan(value) else "all" if value >= _WHOLE else small_share(value)


def linked(code: str, name: str) -> str:
    """Return a name with the link to its page, for tables."""
    return link(areas.get(code), "", name) if code else name


def tiles(s: AreaMembers, data: pd.DataFrame) -> Caption:
    """Return the words of the tile map."""
    known = data.dropna(subset=["deaths"]).sort_values(["deaths", "name"])
    low, high = records(known)[0], records(known)[-1]
    span = f"from {high['deaths']:.0f} in {high['name']} to {low['deaths']:.0f} in {low['name']}"
    years = period(int(s.districts["start"].iloc[0]))
    return Caption(
        "tiles",
        f"Preventable deaths: most in {high['name']}, fewest in {low['name']}",
        f"Preventable deaths under 75 per 100,000 people, mean of {years}. Districts mostly in {s.area.label}, one tile for each, near where it lies. Darker is more",
        source_line("under_75_mortality", "hex_layout"),
        f"Map of {len(data)} tiles, one for each district: preventable deaths per 100,000 range {span}.",
    )


def table(s: AreaMembers, *, cut: bool) -> str:
    """Return the caption of the table of districts."""
    parts = (
        " A district that the border cuts counts with the share of its people here; its other figures are of the whole district."
        if cut
        else ""
    )
    start, gradient = int(s.districts["start"].iloc[0]), int(s.districts["gradient_start"].iloc[0])
    return (
        f"Districts of {s.area.label}: people, preventable deaths ({period(start)}) and slope index of life expectancy ({period(gradient)}). "
        f"The slope index is the mean of women and men.{parts}"
    )


def texts(s: AreaMembers) -> dict[str, str]:
    """Return the named texts of the section."""
    return {"members_parents": parents(s), "members_parts": parts(s), "members_neighbours": neighbours(s)}


def parents(s: AreaMembers) -> str:
    """Say which areas the place lies in."""
    if s.around.empty:
        return f"No wider area on these pages holds {as_markdown(s.area.short_name)}."
    told: list[str] = []
    of_people = " of its people"
    for _, rows in s.around.groupby("kind", sort=False):
        found = records(rows)
        if found[0]["of_area"] >= _WHOLE:
            told.append(link(areas.get(found[0]["area"])))
        else:
            for row in found:
                told.append(f"{link(areas.get(row['area']))} ({small_share(row['of_area'])}{of_people})")
                of_people = ""
    return in_turn(told, f"{as_markdown(s.area.short_name)} lies in ", "It also lies in ")


def parts(s: AreaMembers) -> str:
    """Say what lies in the place."""
    if s.alone:
        return "It is one district; official figures of health are published for no smaller council."
    count, cut = len(s.districts), int((s.districts["share"] < _WHOLE).sum())
    one = f"{count} districts lie in it" if count > 1 else "One district lies in it"
    borders = f"; the border cuts {cut} of them" if cut else ""
    return f"{one}{borders}. Together they have {people(s.people)} people here ({s.year})."


def neighbours(s: AreaMembers) -> str:
    """Name the areas of its kind beside the place."""
    found, plural = s.neighbours, "districts" if s.alone else s.area.kind_row.plural
    if not found:
        return f"No other of the {plural} adjoins it."
    named = [link(a, "", a.short_name) for a in found[:_MOST_NAMED]]
    left = len(found) - len(named)
    more = [f"{left} others" if left > 1 else "one other"] if left else []
    if len(found) == 1:
        return f"Beside it lies {named[0]}."
    return in_turn([*named, *more], f"The {plural} beside it: ", "Also beside it: ")
