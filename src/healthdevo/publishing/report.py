"""The page that says what was checked: what every page was searched for, what may trip a reader, what differs from an earlier book.

What is found is known only when the pages are there, so the page has a place for it, and it is written into the finished page.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from html import escape
from pathlib import Path

from healthdevo.files import write_atomically
from healthdevo.publishing.reading import KINDS, NUMBERS, WORDS, Fault, as_csv

__all__ = ["COMPARED", "DIFFERS", "FILE", "PLACE", "shown", "write", "write_compared"]

PAGE = "checks.html"
FILE = "downloads/what-to-improve.csv"
PLACE = '<div class="hd-report"><p>The pages have not been read yet.</p></div>'
DIFFERS = "downloads/what-differs.txt"
COMPARED = (
    '<div class="hd-compared"><p>Nobody has compared this book with an earlier one yet. The command <code>make reproduce</code> does so, with a '
    "record of the earlier book, and writes here what it finds.</p></div>"
)
_COMPARED = re.compile(r'<div class="hd-compared">.*?</div>', re.DOTALL)
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
    kinds = Counter(dict.fromkeys(KINDS, 0))
    kinds.update(fault.kind for fault in faults)
    searched = "".join(f"<li>{text}</li>" for text in _SEARCHED)
    rows = "".join(
        f'<tr><th scope="row">{escape(kind)}</th><td>{times}</td></tr>' for kind, times in kinds.items()
    )
    left = (
        "<p>What follows stops no book. It is counted and listed, so that somebody can mend it. "
        f"A sentence is long with more than {WORDS} words. It has many numbers with more than {NUMBERS}.</p>"
        f"<table><caption>Places that could be better, by kind</caption><tbody>{rows}</tbody></table>"
        f'<p><a href="{FILE}" download>The list of these places (CSV)</a></p>'
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


def write_compared(html: Path, of: str, lines: Sequence[str]) -> bool:
    """Write what a comparison with an earlier book found into a book's folder and, as far as it has a place for it, into its page.

    Parameters
    ----------
    html : Path
        The book's folder.
    of : str
        What it was compared with, as words in a sentence.
    lines : sequence of str
        What differs: a line for each page or table, and indented lines below with its first changes; none when nothing does.

    Returns
    -------
    bool
        Whether the page has a place for it.
    """
    path = html / PAGE
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    if not _COMPARED.search(text):
        return False
    differ = sum(1 for line in lines if not line.startswith(" "))
    said = (
        f"In {differ} {'page or table' if differ == 1 else 'pages and tables'} something differs."
        f' <a href="{DIFFERS}">The first differences of each</a>'
        if lines
        else "Nothing differs, neither a word nor a number that can be downloaded."
    )
    shown_there = f'<div class="hd-compared"><p>This book was compared with {escape(of)}. {said}</p></div>'
    if lines:
        (html / DIFFERS).parent.mkdir(exist_ok=True)
        write_atomically(html / DIFFERS, "\n".join(lines) + "\n")
    else:
        (html / DIFFERS).unlink(missing_ok=True)
    write_atomically(path, _COMPARED.sub(lambda _: shown_there, text, count=1))
    return True
