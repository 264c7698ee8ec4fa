"""What pages of prose say of the book itself: how to cite it, its date, its changes. It is read from where it is kept, and written nowhere twice.

A page holds a comment (``<!-- cite -->``) where the text goes.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import yaml

from healthdevo import tables
from healthdevo.errors import BuildError
from healthdevo.publishing.project import Project
from healthdevo.publishing.report import COMPARED, PLACE

CITATION, CHANGELOG = "CITATION.cff", "CHANGELOG.md"


def _citation(root: Path) -> Mapping[str, Any]:
    path = root / CITATION
    if not path.is_file():
        raise BuildError(f"{CITATION}: the file is missing; a page says how to cite the book")
    found = yaml.safe_load(path.read_text(encoding="utf-8"))
    for field in ("title", "authors", "version", "date-released"):
        if not found.get(field):
            raise BuildError(f"{CITATION}: {field!r} is missing or empty")
    return dict(found)


def _day(value: object) -> datetime.date:
    return value if isinstance(value, datetime.date) else datetime.date.fromisoformat(str(value))


def _names(authors: list[Mapping[str, str]]) -> str:
    return ", ".join(a.get("name") or f"{a['family-names']}, {a['given-names']}" for a in authors)


def cite(project: Project) -> str:
    """Return how to cite the book, from the citation file: a line to copy and a BibTeX entry."""
    found = _citation(project.root)
    title = project.config.get("title") or found["title"]
    day = _day(found["date-released"])
    address = str(found.get("url") or "")
    where = f" {address}" if address else ""
    line = f"{_names(found['authors'])} ({day.year}). *{title}*. Version {found['version']}.{where}"
    entry = [
        "@book{healthdevo,",
        f"  title = {{{title}}},",
        f"  author = {{{{{_names(found['authors'])}}}}},",
        f"  year = {{{day.year}}},",
        f"  edition = {{{found['version']}}},",
        *([f"  url = {{{address}}},"] if address else []),
        "}",
    ]
    return "\n".join([f"> {line}", "", "```bibtex", *entry, "```"])


def edition(project: Project) -> str:
    """Return the book's edition and its date in words."""
    found = _citation(project.root)
    day = _day(found["date-released"])
    return f"Edition {found['version']} of {day.day} {day:%B %Y}."


def repository(project: Project) -> str:
    """Return where errors are reported: the repository of the configuration, where there is one."""
    address = str((project.config.get("repository") or {}).get("url") or "")
    return (
        f"Write to [the book's repository]({address}/issues)."
        if address
        else "Write to whoever sent you this book."
    )


def changes(project: Project) -> str:
    """Return the changelog without its own title, its headings as they are."""
    path = project.root / CHANGELOG
    if not path.is_file():
        raise BuildError(f"{CHANGELOG}: the file is missing; a page shows it")
    return re.sub(r"\A# .*\n+", "", path.read_text(encoding="utf-8"))


def _row(cells: Iterable[object]) -> str:
    return "| " + " | ".join(str(cell).replace("|", "\\|") or "-" for cell in cells) + " |"


def _read_on(source: object) -> str:
    """Return where a statement was read: a link for an address, the name of anything else.

    >>> _read_on("https://example.org/a and more"), _read_on("Register of areas"), _read_on("")
    ('[page](https://example.org/a)', 'Register of areas', 'none')
    """
    first = (str(source).split() or [""])[0]
    return f"[page]({first})" if first.startswith(("https://", "http://")) else str(source).strip() or "none"


def statements(project: Project) -> str:
    """Return how many dated statements have two sources or the text of the law, and a table of those that have less."""
    rows = tables.dated_statements()
    less = rows[~rows["verified"]]
    head = (
        f"Of {len(rows)} statements in the tables, {len(rows) - len(less)} have two sources or the text of the law. "
        "The table lists the others. Take them with care."
    )
    links = less["source"].map(_read_on)
    listed = zip(less["day"].astype(str), less["statement"], less["verification"], links, strict=True)
    lines = [_row(("Day", "Statement", "Checked by", "Read on")), "|---|---|---|---|", *map(_row, listed)]
    return "\n".join([head, "", *lines])


def report(project: Project) -> str:
    """Return the place where the finished page says what was checked (``report``)."""
    return f"```{{raw}} html\n{PLACE}\n```"


def compared(project: Project) -> str:
    """Return the place where the finished page says what differs from an earlier book (``report``)."""
    return f"```{{raw}} html\n{COMPARED}\n```"


MARKS = {
    "<!-- statements -->": statements,
    "<!-- report -->": report,
    "<!-- compared -->": compared,
    "<!-- cite -->": cite,
    "<!-- edition -->": edition,
    "<!-- repository -->": repository,
    "<!-- changes -->": changes,
}


def filled(text: str, project: Project) -> str:
    """Return a page's text with what its comments stand for."""
    for mark, made in MARKS.items():
        if mark in text:
            text = text.replace(mark, made(project))
    return text
