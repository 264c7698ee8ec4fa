"""Which editions stand behind a page: a folded list at its end, from what it read when it was made."""

from __future__ import annotations

from collections.abc import Iterable

from healthdevo import tables
from healthdevo.errors import TableError
from healthdevo.tables import Origin
from healthdevo.wording import as_markdown

TITLE = "Editions on this page"


def editions(reads: Iterable[str]) -> str:
    """Return Markdown with publisher, title, edition and release of every table that a page read, own ones first; empty without any.

    >>> print(editions(["gdp_deflator", "boundaries/district_2023.geojson"]).splitlines()[0])
    ```{dropdown} Editions on this page
    """
    known = set(tables.names())
    found: list[Origin] = []
    for name in sorted(known & set(reads)):
        try:
            found.append(tables.origin(name))
        except (
            TableError
        ):  # an own table that came after the page was made: whoever makes the page anew hears of it
            continue
    if not found:
        return ""
    found.sort(key=lambda o: (not o.overlay, o.publisher, o.title))
    lines = dict.fromkeys(as_markdown(o.sentence.removeprefix("Source: ")) for o in found)
    head = [f"```{{dropdown}} {TITLE}", ":class-container: hd-source", ""]
    return "\n".join([*head, *(f"- {line}" for line in lines), "```"])
