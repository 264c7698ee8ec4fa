"""What a reader returns, and the small steps that all readers share."""

from __future__ import annotations

import datetime
import functools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

import pandas as pd

from healthdevo.releases.opening import Cell, Opened, Sheet

__all__ = [
    "MONTHS",
    "Check",
    "Layout",
    "Release",
    "clean",
    "count",
    "heading",
    "month_of",
    "quantity",
    "text_of",
    "total_of",
]

MONTHS = (
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
)

_NOTHING = frozenset(
    {
        "",
        "n/a",
        "na",
        "-",
        "–",
        "—",
        "*",
        ".",
        "..",
        "...",
        "…",
        "x",
        "[x]",
        ":",
        "[z]",
        "[c]",
        "null",
        "nan",
        "#n/a",
    }
)
_NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d*)?([eE][+-]?\d{1,3})?")
_LARGEST = 1e13
_YEAR, _TWO = r"(?P<year>(?:19|20)\d\d)", r"\d{1,2}"
_ISO = re.compile(rf"{_YEAR}-(?P<month>{_TWO})(?:-(?P<day>{_TWO}))?(?:[t ]00:00(?::00)?)?")
_DAY_FIRST = re.compile(rf"(?P<day>{_TWO})/(?P<month>{_TWO})/{_YEAR}(?: 00:00(?::00)?)?")


@dataclass(frozen=True, slots=True)
class Check:
    """A total of the file, beside the sum of what was read.

    Parameters
    ----------
    what : str
        What was added up.
    published, added : float
        The file's own total and the sum of its rows.
    allowed : float
        How far they may lie apart, because the file's figures are rounded; 0 where they are not.
    known : str
        Why the two differ all the same, where the publisher says so; empty otherwise.
    """

    what: str
    published: float
    added: float
    allowed: float = 0.0
    known: str = ""

    @property
    def difference(self) -> float:
        """The sum of the rows less the published total."""
        return self.added - self.published

    @property
    def ok(self) -> bool:
        """Whether the two agree, or the publisher says why not."""
        return abs(self.difference) <= self.allowed or bool(self.known)


@dataclass(frozen=True)
class Release:
    """A published file in the columns of the project's tables.

    Parameters
    ----------
    file, sha256 : str
        Name and SHA-256 of the file.
    layout : str
        Which layout it has.
    publisher, title, edition : str
        Who published it, what, and which edition it says it is.
    published : date or None
        Day of publication, where the file says it.
    tables : mapping of str to DataFrame
        The rows it has for each table, in the table's columns.
    checks : tuple of Check
        Its own totals beside the sums of its rows.
    notes : tuple of str
        What was cleaned or left out, and why.
    tested : bool
        Whether the layout was tested on files as published, or only follows their documentation.
    """

    file: str
    sha256: str
    layout: str
    publisher: str
    title: str
    edition: str
    published: datetime.date | None
    tables: Mapping[str, pd.DataFrame]
    checks: tuple[Check, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)
    tested: bool = True


class Layout(Protocol):
    """A layout of published files."""

    @property
    def name(self) -> str:
        """What the layout is called."""

    @property
    def expected(self) -> str:
        """What a file of this layout has, for messages."""

    def fits(self, opened: Opened) -> bool:
        """Return whether a file is of this layout, by its content."""

    def read(self, opened: Opened) -> Release:
        """Return what is in a file of this layout."""


def text_of(cell: Cell) -> str:
    """Return a cell as text without surplus blanks."""
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    return _tidied(cell) if isinstance(cell, str) else str(cell)


@functools.lru_cache(maxsize=1 << 14)
def _tidied(text: str) -> str:
    return " ".join(text.replace("\xa0", " ").replace("\ufeff", "").split())


def heading(cell: Cell) -> str:
    """Return a heading in the one form in which headings are compared."""
    return _compared(text_of(cell))


@functools.lru_cache(maxsize=1 << 12)
def _compared(text: str) -> str:
    plain = text.casefold().replace("’", "'").replace("–", "-").replace("a & e", "a&e")
    plain = re.sub(r"\bnumber of (?=a&e attendances|attendances over)", "", plain)
    plain = plain.replace("4-12 hs", "4-12 hrs").replace("other a&e department", "other department")
    return re.sub(r"\s*\[?\(?note \d+\)?\]?", "", plain).strip()


def quantity(cell: Cell) -> float | None:
    """Return a cell as a number; None where it says that there is none.

    Thousands separators, the Unicode minus and non-breaking blanks are understood.

    Raises
    ------
    ValueError
        When it is neither a number nor a sign for a missing one.
    """
    if isinstance(cell, float):
        value = cell
    elif isinstance(cell, str) and cell.isascii() and cell.isdigit() and len(cell) < 14:
        value = float(cell)
    else:
        plain = text_of(cell).replace("−", "-") if isinstance(cell, str) else "?"
        if plain.casefold() in _NOTHING:
            return None
        if not _NUMBER.fullmatch(plain):
            raise ValueError("a number is expected")
        value = float(plain.replace(",", ""))
    if abs(value) > _LARGEST:
        raise ValueError("the number is too large to be right")
    return value


def count(cell: Cell) -> int | None:
    """Return a cell as a whole number of at least 0; None where it says that there is none."""
    value = quantity(cell)
    if value is None:
        return None
    if value < 0 or not value.is_integer():
        raise ValueError("a whole number of at least 0 is expected")
    return int(value)


def clean(opened: Opened, sheet: Sheet, row: int, column: str, cell: Cell, *, whole: bool) -> float | None:
    """Return a cell as a number, or an error that names its place."""
    try:
        return count(cell) if whole else quantity(cell)
    except ValueError as error:
        shown = text_of(cell)
        shown = shown if len(shown) <= 40 else f"{shown[:37]}..."
        raise opened.wrong(f"{shown!r}: {error}", sheet, row, column) from None


def month_of(cell: Cell) -> pd.Timestamp | None:
    """Return the month of a date, or that a text such as ``MSitAE-FEBRUARY-2026``, ``Feb 2026``, ``2026-02-01`` or ``01/02/2026`` names.

    None where it names none, or several. A date of digits is read day first, as its publishers write it.
    """
    if isinstance(cell, datetime.date):
        return pd.Timestamp(cell.year, cell.month, 1)
    return _named_month(text_of(cell).casefold())


@functools.lru_cache(maxsize=1 << 10)
def _named_month(text: str) -> pd.Timestamp | None:
    if found := (_ISO.fullmatch(text) or _DAY_FIRST.fullmatch(text)):
        parts = {k: int(v) for k, v in found.groupdict().items() if v}
        try:
            day = datetime.date(parts["year"], parts["month"], parts.get("day", 1))
        except ValueError:
            return None
        return pd.Timestamp(day.year, day.month, 1)
    if re.search(r"(?<!\d)(?:19|20)\d\d ?[/-] ?\d\d(?!\d)", text):
        return None  # March 2025/26 is a month of 2026
    words = re.findall(r"[a-z]+|\d+", text)
    months = {
        i + 1
        for w in words
        for i, m in enumerate(MONTHS)
        if (len(w) >= 3 and m.startswith(w)) or (w, i) == ("sept", 8)
    }
    years = {int(w) for w in words if re.fullmatch(r"(19|20)\d\d", w)}
    if not years and len(months) == 1:
        # Nov-25, as some files of 2025 say
        years = {2000 + int(m[1]) for m in re.finditer(r"[a-z]{3,9}[- '](\d\d)\b(?!\d)", text)}
    if len(months) != 1 or len(years) != 1:
        return None
    return pd.Timestamp(year=years.pop(), month=months.pop(), day=1)


def total_of(opened: Opened, sheet: Sheet, row: int, checks: Sequence[Check]) -> None:
    """Raise an error that names the totals that are not met; do nothing where all are."""
    wrong = [c for c in checks if not c.ok]
    if wrong:
        shown = "; ".join(
            f"{c.what}: published {c.published:,.10g}, rows add up to {c.added:,.10g}, difference {c.difference:+,.10g}"
            for c in wrong[:3]
        )
        more = f"; and {len(wrong) - 3} more" if len(wrong) > 3 else ""
        raise opened.wrong(f"the rows do not add up to the file's own total ({shown}{more})", sheet, row)
