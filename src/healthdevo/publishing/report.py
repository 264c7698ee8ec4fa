"""The page that says what was checked when the book was built: what every page was searched for, and what a reader may still stumble over.

What is found is known only when the pages are there, so the page has a place for it, and it is written into the finished page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path

from healthdevo.files import write_atomically
from healthdevo.publishing.reading import Fault, as_csv

__all__ = ["FILE", "PLACE", "shown", "write"]

PAGE = "checks.html"
FILE = "downloads/what-to-improve.csv"
PLACE = '<div class="hd-report"><p>The pages have not been read yet.</p></div>'
_PLACE = re.compile(r'<div class="hd-report">.*?</div>', re.DOTALL)
_SEARCHED = (
    "no link, anchor, picture or download leads nowhere",
    "no page is without a way to it from the first page",
    "every page is HTML as its standard has it, with no identifier used twice",
    "every picture has a text that says what it shows",
    "no page fetches anything from another host",
    "no page shows an error message, unfilled markup or a path of the computer that made it",
    "findings that several pages tell are told in the same words",
)


def shown(pages: int, faults: Sequence[Fault]) -> str:
    """Return what the page shows, as HTML without ``div`` elements.

    Parameters
    ----------
    pages : int
        Pages read.
    faults : sequence of Fault
        What readers would stumble over.
    """
    kinds = Counter(fault.kind for fault in faults)
    searched = "".join(f"<li>{text}</li>" for text in _SEARCHED)
    rows = "".join(
        f'<tr><th scope="row">{escape(kind)}</th><td>{times}</td></tr>'
        for kind, times in sorted(kinds.items())
    )
    left = (
        f"<table><caption>Places that could be easier to read, by kind</caption><tbody>{rows}</tbody></table>"
        f'<p><a href="{FILE}" download>The list of these places (CSV)</a></p>'
        if rows
        else "<p>No place was found that is hard to read.</p>"
    )
    return f'<div class="hd-report"><p>{pages} pages were read. A book is published only when all of this holds:</p><ul>{searched}</ul>{left}</div>'


def write(html: Path, faults: Sequence[Fault]) -> None:
    """Write the list of what readers would stumble over into a book's folder, and the report into its page, if it has one."""
    path = html / PAGE
    if not path.is_file():
        return
    pages = sum(1 for p in html.rglob("*.html") if "_static" not in p.relative_to(html).parts)
    text = path.read_text(encoding="utf-8")
    new = _PLACE.sub(lambda _: shown(pages, faults), text, count=1)
    (html / FILE).parent.mkdir(exist_ok=True)
    write_atomically(html / FILE, as_csv(faults))
    if new != text:
        write_atomically(path, new)
