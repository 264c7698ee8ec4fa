"""Periods as people write them: years, financial years, windows of years, months; all of a column in one form."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["FORMS", "Period", "as_form", "form_of", "period_of"]

FORMS = {
    "year": "calendar years (2019)",
    "financial": "financial years (2019/20)",
    "window": "windows of several years (2017 - 19)",
    "month": "months (2019-04)",
}
"""Forms of periods, in words."""
_YEAR = re.compile(r"(?:1[89]|20)\d{2}(?:\.0+)?")
_FINANCIAL = re.compile(r"(\d{4})/(\d{2}|\d{4})")
_WINDOW = re.compile(r"(\d{4})\s*[-–]\s*(\d{2}|\d{4})")
_MONTH = re.compile(r"(\d{4})-(\d{2})(?:-\d{2})?")


@dataclass(frozen=True, slots=True)
class Period:
    """A period: its first year, the month within it (1 for whole years), and how many years it spans.

    Examples
    --------
    >>> period_of("2019/20").start, period_of("2019-04").start, period_of("2017 - 19").years
    (2019.25, 2019.25, 3)
    """

    form: str
    year: int
    month: int = 1
    years: int = 1

    @property
    def start(self) -> float:
        """When it begins, in years: a financial year in April."""
        return self.year + ((self.month - 1) / 12 if self.form != "financial" else 0.25)


def _second(first: int, text: str) -> int:
    if len(text) == 4:
        return int(text)
    last = first // 100 * 100 + int(text)
    return last if last >= first else last + 100


def period_of(text: str) -> Period | None:
    """Return the period that a text means; None where it is of no known form. A text such as ``2011-12`` is a month."""
    cell = text.strip()
    if _YEAR.fullmatch(cell):
        return Period("year", int(cell.partition(".")[0]))
    if m := _FINANCIAL.fullmatch(cell):
        first = int(m[1])
        return Period("financial", first) if _second(first, m[2]) == first + 1 else None
    if (m := _MONTH.fullmatch(cell)) and 1 <= int(m[2]) <= 12:
        return Period("month", int(m[1]), int(m[2]))
    if m := _WINDOW.fullmatch(cell):
        first = int(m[1])
        last = _second(first, m[2])
        return Period("window", first, years=last - first + 1) if first < last < first + 21 else None
    return None


def form_of(cells: Sequence[str]) -> str:
    """Return the form that most of some texts have: a window where one of them can be nothing else and none is a full date.

    Examples
    --------
    >>> form_of(["2011-12", "2012-13"]), form_of(["2011-12", "2011-11"])
    ('window', 'month')
    """
    found = [p.form for cell in cells if (p := period_of(cell)) is not None]
    if not found:
        return ""
    if set(found) == {"month", "window"} and not any(
        re.fullmatch(r"\d{4}-\d{2}-\d{2}", c.strip()) for c in cells
    ):
        return "window"
    return max(FORMS, key=found.count)


def as_form(text: str, form: str) -> Period | None:
    """Return the period that a text means in a column of a form; None where it is of another.

    Examples
    --------
    >>> as_form("2011-12", "window").years, as_form("2011", "financial")
    (2, None)
    """
    if form == "window" and (m := _WINDOW.fullmatch(text.strip())):
        first = int(m[1])
        last = _second(first, m[2])
        return Period("window", first, years=last - first + 1) if first < last < first + 21 else None
    found = period_of(text)
    return found if found is not None and found.form == form else None
