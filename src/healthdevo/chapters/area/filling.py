"""Sections of the area page by what exists: each fills itself, or says which area that covers the place has the figures.

A cell of the template that belongs to a section has a tag ``section-<name>``. Its class loads what an area needs, and raises ``UncoveredError``
where there are no figures. ``fill`` turns that into an object that shows nothing and says ``<name>_instead``; the published page then keeps
the section's heading and this sentence, and leaves out its other cells (``publishing.notebooks``). In a notebook run by hand the cells stay,
and show nothing.
"""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol, TypeVar

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters.common import UncoveredError, closest_cover, in_turn, small_share
from healthdevo.chapters.common.remembered import state_of_tables
from healthdevo.wording import as_markdown

INSTEAD = "_instead"
"""How the name of the text ends that stands in place of a section."""
WITHOUT = "_without"
"""How the name of the text ends that tells of a part left out without words; its value is the reason."""
_MOST = 6

SECTIONS = {
    "devolution": ("Devolution here", "figures on what devolution changed"),
    "duty": ("The health duty", "figures on the health duty"),
    "inequality": ("Inequality", "figures on inequality in health"),
    "admissions": ("Avoidable admissions", "figures on avoidable admissions"),
    "spending": ("Spending and determinants", "figures on councils' spending on care"),
    "money": ("Money", "figures on money"),
    "emergency": ("A&E", "A&E figures"),
    "care": ("Hospital and community care", "figures on hospital care"),
    "autonomy": ("Autonomy", "figures on league tables and earned freedom"),
    "footprint": ("Work", "figures on work and commuting"),
    "members": ("Parts and neighbours", "figures on parts and neighbours"),
    "meaning": ("What this means here", "figures that bear on devolution"),
}
"""Heading of each section, which links lead to, and what its figures are called; in the order of the page."""


class Section(Protocol):
    """What the cells of a section call."""

    def texts(self) -> dict[str, str]: ...  # noqa: D102


S = TypeVar("S", bound=Section)


@dataclass(frozen=True)
class Instead:
    """A section that cannot be filled: whatever a cell asks of it, it shows nothing; its one text says what covers the place."""

    section: str
    text: str

    _quiet: ClassVar[frozenset[str]] = frozenset({"shape", "dtype"})

    def texts(self) -> dict[str, str]:
        """Return the sentence that stands in place of the section."""
        return {self.section + INSTEAD: self.text}

    def __getattr__(self, name: str) -> Instead:
        if name.startswith("_") or name in self._quiet:
            raise AttributeError(name)
        return self

    def __call__(self, *values: Any, **options: Any) -> Instead:
        """Do nothing."""
        return self

    def _ipython_display_(self) -> None:
        """Show nothing."""


def fill(section: type[S], area_code: str) -> S | Instead:
    """Return a section of an area's page, or what stands in its place where there are no figures for the area.

    >>> from healthdevo.chapters.area import AreaEmergency
    >>> fill(AreaEmergency, "E07000008").texts()["emergency_instead"][:48]
    'A&E figures are published for boards of the NHS,'
    """
    try:
        return loaded(section, area_code)
    except UncoveredError as reason:
        text = reason.text or covered_by(areas.get(area_code), reason.section)
        # figures that a section rests on may be another section's: what is missing is told under its own name
        return Instead(section.__name__.removeprefix("Area").lower(), text)


_LATEST: dict[type[Any], tuple[object, Any]] = {}


def loaded(section: type[S], area_code: str) -> S:
    """Return a section of an area's page; the card and the section itself share one, as long as no table changes between them."""
    key = (area_code, os.getpid(), state_of_tables())
    kept = _LATEST.get(section)
    if kept is not None and kept[0] == key:
        return kept[1]  # type: ignore[no-any-return]
    load: Any = section.__dict__["load"].__get__(None, section)
    found: S = load(area_code)
    _LATEST[section] = (key, found)
    return found


def anchor(section: str) -> str:
    """Return the part of an address after ``#`` that leads to a section of an area's page.

    >>> anchor("emergency"), anchor("spending")
    ('a-e', 'spending-and-determinants')
    """
    heading = SECTIONS.get(section, (section, ""))[0]
    return re.sub(r"[^a-z0-9]+", "-", heading.lower()).strip("-")


def link(area: Area, section: str = "", words: str = "") -> str:
    """Return a Markdown link to an area's page, or to a section of it; the book leaves the words where it has no such page.

    >>> link(areas.get("E47000001"), "emergency")
    '[Greater Manchester combined authority](area:E47000001#a-e)'
    """
    place = f"#{anchor(section)}" if section else ""
    return f"[{as_markdown(words or area.label)}](area:{area.code}{place})"


def covered_by(area: Area, section: str) -> str:
    """Say that an area has no figures of a section, and which areas that cover it have, with the shares of its people in them."""
    what = SECTIONS.get(section, ("", f"figures of {section}"))[1]
    first = f"There are no {what} for {area.kind_row.plural} alone."
    cover = closest_cover(area, [kind.code for kind in areas.KINDS.rows if section in kind.sections])
    if cover is None:
        return f"{first} No area that has them lies over {as_markdown(area.short_name)}."
    return f"{first} {where_instead(area, cover.shares, section)}"


def where_instead(area: Area, shares: Sequence[tuple[Area, float]], section: str) -> str:
    """Say which areas cover an area, with links to a section of their pages and the shares of its people in them."""
    if len(shares) == 1 and shares[0][1] >= 1 - 0.005:
        return f"{as_markdown(area.short_name)} lies in {link(shares[0][0], section)}, whose page has them."
    shown = [
        f"{link(a, section)} ({small_share(share)}{'' if place else ' of its people'})"
        for place, (a, share) in enumerate(shares[:_MOST])
    ]
    left = len(shares) - len(shown)
    more = [f"{left} others" if left > 1 else "one other"] if left else []
    lies = in_turn([*shown, *more], f"{as_markdown(area.short_name)} lies in ", "It also lies in ")
    return f"{lies} Their pages have them."
