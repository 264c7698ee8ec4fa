"""What leads to area pages: a page for each kind with the list of its areas, the tile map, and the files that finder and comparison read."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from healthdevo import areas, tables
from healthdevo.areas import Area
from healthdevo.areas.area import slugify
from healthdevo.chapters.area.card.measures import CARD, MEANINGS, NAMES, UNITS
from healthdevo.chapters.area.ground import BOARD, new_codes
from healthdevo.chapters.common import peers_title
from healthdevo.publishing.plan import Job
from healthdevo.publishing.project import AreaPages

FIND, NUMBERS = "_static/find.json", "_static/areas.json"
VERSION = 1
"""Of the two files: rises when a field changes its meaning or goes."""
_NAMES = (
    "area_other_name",
    "strategic_authority",
    "planned_council",
    "planned_authority",
    "emergency_provider_board",
)
_LAYOUT = ("district", 2023)
_IN_ROLE = str.maketrans(
    {
        "`": "'",
        "\\": "/",
        "<": "\N{SINGLE LEFT-POINTING ANGLE QUOTATION MARK}",
        ">": "\N{SINGLE RIGHT-POINTING ANGLE QUOTATION MARK}",
    }
)


def _first_upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def in_role(text: str) -> str:
    """Return a name so that it can stand in the words of a link: signs that end a role, or begin its address, give way to others.

    >>> in_role("a `b` <c>")
    "a 'b' ‹c›"
    """
    return text.translate(_IN_ROLE)


def by_kind(jobs: Sequence[Job]) -> dict[str, list[Job]]:
    """Return area pages by kind, in the order of the kinds' registry."""
    found: dict[str, list[Job]] = {}
    for job in jobs:
        found.setdefault(areas.get(str(job.parameters["area_code"])).kind, []).append(job)
    return {kind: found[kind] for kind in areas.KINDS.codes if kind in found}


def kind_page(index: str, kind: str) -> str:
    """Return the address of the page of a kind, beside the index of areas.

    >>> kind_page("areas/index", "icb")
    'areas/all-integrated-care-boards'
    """
    folder = index.rpartition("/")[0]
    name = f"all-{slugify(peers_title(kind))}"
    return f"{folder}/{name}" if folder else name


def _groups(pages: AreaPages, jobs: Sequence[Job]) -> dict[str, list[str]]:
    """Return links to the areas of a kind as Markdown items, by the wider area they lie in; those that ended apart."""
    groups: dict[str, list[str]] = {}
    for job in jobs:
        area = areas.get(str(job.parameters["area_code"]))
        item = f"- {{doc}}`{in_role(area.label)} </{job.docname}>`"
        groups.setdefault(_heading(area, pages), []).append(item)
    order = sorted(groups, key=lambda h: (h.startswith("Ended"), h.startswith("Elsewhere"), h))
    return {heading: sorted(groups[heading]) for heading in order}


def _heading(area: Area, pages: AreaPages) -> str:
    if pages.on is not None and not area.is_current(pages.on):
        return "Ended; their pages stay, for most figures are published for them"
    parents = areas.parents(area.code, pages.on)
    holds = [p for p in parents if p.kind == ("nhs_region" if area.kind == BOARD else "region")]
    return f"In {holds[0].short_name}" if holds else ""


def area_list(pages: AreaPages, jobs: Sequence[Job], *, headings: bool = True) -> str:
    """Return Markdown that lists area pages by kind, and by the area they lie in."""
    if not jobs:
        return "This edition has no area pages."
    lines = ["````{div} hd-area-list"]
    for kind, found in by_kind(jobs).items():
        if headings:
            lines += _rubric(_first_upper(peers_title(kind)), 2)
        for heading, items in _groups(pages, found).items():
            lines += [*(_rubric(heading, 3) if heading else [""]), *items]
    return "\n".join([*lines, "````"])


def _rubric(text: str, level: int) -> list[str]:
    return ["", f"```{{rubric}} {text}", f":heading-level: {level}", "```", ""]


def kind_text(pages: AreaPages, kind: str, jobs: Sequence[Job]) -> str:
    """Return the page of a kind as Markdown."""
    title = _first_upper(peers_title(kind))
    return f"# {title}\n\nEach has a page with its numbers, and what they cannot show.\n\n{area_list(pages, jobs, headings=False)}\n"


def tile_map(jobs: Sequence[Job], folder: str) -> str:
    """Return a map of England's districts in equal tiles, each a link to its page, as raw HTML in Markdown; a sentence where none has one, nothing without a layout."""
    if "hex_layout" not in tables.names():
        return ""
    frame = tables.load("hex_layout")
    rows = frame[(frame["kind"] == _LAYOUT[0]) & (frame["layout_year"] == _LAYOUT[1])]
    renamed = new_codes()
    names = {str(job.parameters["area_code"]): job for job in jobs}
    codes = [renamed.get(str(c), str(c)) for c in rows["area_code"]]
    if not set(codes) & set(names):
        return "No district has a page in this book, so the map is left out."
    shapes, high, wide = [], 0.0, 0.0
    first, top = float(rows["column"].min()), float(rows["row"].max())
    for code, column, row in zip(codes, rows["column"], rows["row"], strict=True):
        x = 10.0 * (float(column) - first + 0.5 * (int(row) % 2)) + 6.0
        y = 8.66 * (top - float(row)) + 6.0
        wide, high = max(wide, x + 6.0), max(high, y + 6.0)
        shapes.append(_tile(areas.get(code), names.get(code), folder, x, y))
    body = "\n".join(shapes)
    return (
        '```{raw} html\n<p><a href="#hd-list">Skip the map</a></p>\n'
        f'<svg class="hd-tiles" viewBox="0 0 {wide:.0f} {high:.0f}" role="group" aria-label="Map of England, a tile for each district">'
        f'\n{body}\n</svg>\n<p class="hd-tile-name" aria-hidden="true">&nbsp;</p>\n```'
    )


def _tile(area: Area, job: Job | None, folder: str, x: float, y: float) -> str:
    corners = [
        (x + 5.4 * math.sin(math.radians(60 * k)), y + 5.4 * math.cos(math.radians(60 * k))) for k in range(6)
    ]
    shape = f'<path d="M{"L".join(f"{a:.1f} {b:.1f}" for a, b in corners)}z"/><title>{escape(area.short_name)}</title>'
    if job is None:
        return f'<g class="hd-none">{shape}</g>'
    address = job.docname.removeprefix(f"{folder}/")
    return f'<a href="{address}.html" aria-label="{escape(area.short_name)}">{shape}</a>'


def find_file(pages: AreaPages, jobs: Sequence[Job]) -> dict[str, Any]:
    """Return what the finder reads: ``pages`` (address, title, kind, code) and ``names`` (text, place in ``pages``, why it leads there)."""
    place = {str(job.parameters["area_code"]): i for i, job in enumerate(jobs)}
    order = {kind: i for i, kind in enumerate(areas.KINDS.codes)}
    listed = []
    for code, job in zip(place, jobs, strict=True):
        area = areas.get(code)
        listed.append(
            [
                f"{job.docname}.html",
                area.label,
                area.kind_title,
                code,
                area.ods_code,
                order.get(area.kind, 99),
            ]
        )
    found: list[tuple[str, str, str]] = [(areas.get(code).label, code, "") for code in place]
    if pages.on is not None and set(_NAMES) <= set(tables.names()):
        entries = areas.finder_entries(pages.on, ended=pages.ended)
        found += list(entries[["text", "code", "note"]].itertuples(index=False, name=None))
    seen: dict[tuple[str, str], str] = {}
    for text, code, note in found:
        if code in place:
            seen[text, code] = seen.get((text, code), "") or note
    names = [[text, place[code], note] for (text, code), note in seen.items()]
    return {"version": VERSION, "pages": listed, "names": names}


def cards_of(page: Any) -> list[Mapping[str, Any]]:
    """Return the plain values of the cards that an executed page shows."""
    outputs = [output for cell in page.cells for output in cell.get("outputs", ())]
    return [o["metadata"][CARD] for o in outputs if CARD in o.get("metadata", {})]


def numbers_file(cards: Sequence[tuple[str, Mapping[str, Any]]]) -> dict[str, Any]:
    """Return the numbers of all areas with pages, each as its page shows it; ``cards`` are addresses with the values of the card there."""
    measures = {
        name: {"name": title, "unit": UNITS[name], "meaning": MEANINGS[name]} for name, title in NAMES.items()
    }
    about = (
        "Numbers of the summary cards. value, lower and upper: the number and its 95% interval; error: its standard error; rank: 1 is the highest, "
        "with the ranks that chance leaves open, of so many areas of its kind; change: since an earlier period, with its 95% interval. "
        "Shares are from 0 to 1. A number that is not published for an area is left out."
    )
    found = {str(card["code"]): {**card, "page": f"{docname}.html"} for docname, card in cards}
    return {"version": VERSION, "about": about, "measures": measures, "areas": found}


def text_of(content: Mapping[str, Any]) -> bytes:
    """Return a file's content as JSON, the same for the same content."""
    return (json.dumps(content, ensure_ascii=False, separators=(",", ":"), allow_nan=False) + "\n").encode()
