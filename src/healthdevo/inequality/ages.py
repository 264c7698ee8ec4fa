"""Age bands: where they begin and end, read from numbers or labels, and what a full set of bands must be."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from healthdevo.checks import need_single_values
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import is_number, shown
from healthdevo.typing import FloatArray, IntArray

__all__ = ["AgeBands", "age_bands", "bands_of", "first_ages"]

_NUMBER = r"(\d{1,3})"
_RANGE = re.compile(rf"{_NUMBER} ?(?:-|to|_) ?{_NUMBER}")
_OPEN = re.compile(rf"{_NUMBER} ?(?:\+|plus|(?:and|or|&) (?:over|above|older))")
_SINGLE = re.compile(_NUMBER)
_UNDER = re.compile(rf"(?:<|under|less than) ?{_NUMBER}")
_UP_TO = re.compile(rf"{_NUMBER} (?:and|or|&) (?:under|below|younger)")
_NOISE = re.compile(r"\b(?:aged?|ages|years?|yrs?)\b\.?")
_MONTHS = {
    m: i
    for i, m in enumerate(
        ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"], 1
    )
}
_DATE = re.compile(r"(?:(\d{1,2})-([a-z]{3})|([a-z]{3})-(\d{1,2}))")


@dataclass(frozen=True)
class AgeBands:
    """Where age bands begin and end.

    Parameters
    ----------
    first : ndarray of int, shape (bands,)
        First ages.
    last : ndarray of float, shape (bands,)
        Last ages; infinite where a band is open-ended, NaN where the label does not say.
    labels : tuple
        As they were given.
    """

    first: IntArray
    last: FloatArray
    labels: tuple[object, ...]

    def sorted(self) -> tuple[AgeBands, IntArray]:
        """Return the bands by rising age, and where each one was."""
        order = np.argsort(self.first, kind="stable").astype(np.int64)
        labels = tuple(self.labels[i] for i in order)
        return AgeBands(self.first[order], self.last[order], labels), order

    def reach(self) -> FloatArray:
        """Return the last ages as far as the next band leaves room, in the order of the bands; NaN where not said."""
        bands, order = self.sorted()
        following = np.append(bands.first[1:] - 1.0, np.inf)
        reached = np.empty(order.size)
        reached[order] = np.minimum(bands.last, following)
        return reached

    def check_apart(self, name: str = "ages", *, misprints: bool = False) -> None:
        """Raise one error when two bands begin at one age or overlap, such as a subtotal among narrower bands.

        With ``misprints`` a band may claim ages of the next one ("55-69" before "60-64"), as published tables do by mistake, as
        long as it begins where no other band is.
        """
        bands, _ = self.sorted()
        width = bands.last - bands.first
        for i in range(len(bands.first) - 1):
            start, end = bands.first[i + 1], bands.last[i]
            if start == bands.first[i]:
                raise InputError(
                    f"{name}: two bands begin at the same age, {int(start)}; give each band once"
                )
            if end >= start:
                wide, other = (i, i + 1) if width[i] >= width[i + 1] else (i + 1, i)
                if misprints and wide == i:
                    continue
                raise InputError(
                    f"{name}: band {shown(bands.labels[wide])} overlaps {shown(bands.labels[other])}; "
                    "leave out totals and subtotals, and give one set of bands"
                )

    def check_complete(self, name: str = "ages") -> None:
        """Raise one error when bands overlap, leave a gap, or end with a band that is not open-ended."""
        self.check_apart(name)
        bands, _ = self.sorted()
        gaps = np.flatnonzero(bands.last[:-1] + 1 < bands.first[1:])
        if gaps.size:
            i = int(gaps[0])
            raise InputError(
                f"{name}: bands leave a gap from {int(bands.last[i]) + 1} to {int(bands.first[i + 1]) - 1}; "
                "a life table needs every age"
            )
        if np.isfinite(bands.last[-1]):
            raise InputError(
                f"{name}: the last band, {shown(bands.labels[-1])}, is not open-ended; "
                f"give all who are older too, as '{int(bands.first[-1])}+'"
            )


_OLDEST = 1000
"""No band begins later."""


def _one(label: object) -> tuple[int, float] | None:
    """Return the first and last age of one label, None where it does not say."""
    if isinstance(label, (bool, np.bool_)):
        return None
    if is_number(label):
        if abs(label) > _OLDEST:  # type: ignore[arg-type]  # also one too long for a float
            return None
        label = float(label)  # type: ignore[arg-type]
        whole = np.isfinite(label) and float(label).is_integer() and 0 <= label <= _OLDEST
        return (int(label), np.nan) if whole else None
    if not isinstance(label, str):
        return None
    text = " ".join(_NOISE.sub(" ", label.lower().replace("–", "-")).split())
    if match := _RANGE.fullmatch(text):
        first, last = int(match[1]), int(match[2])
        return (first, last) if first <= last else None
    if match := _OPEN.fullmatch(text):
        return int(match[1]), np.inf
    if match := _SINGLE.fullmatch(text):
        return int(match[1]), np.nan
    if match := _UNDER.fullmatch(text):
        return (0, int(match[1]) - 1) if int(match[1]) else None
    if match := _UP_TO.fullmatch(text):
        return 0, int(match[1])
    return None


def _hint(label: object) -> str:
    """Say what a spreadsheet has made of a band, where it looks like that."""
    if hasattr(label, "month") and hasattr(label, "day"):
        ends = sorted((label.month, label.day))
    elif isinstance(label, str) and (match := _DATE.fullmatch(label.strip().lower())):
        day, month = (match[1], match[2]) if match[1] else (match[4], match[3])
        if month not in _MONTHS:
            return ""
        ends = sorted((int(day), _MONTHS[month]))
    else:
        return ""
    return f"; a spreadsheet has turned the band {ends[0]}-{ends[1]} into a date: read the column as text"


def age_bands(labels: Sequence[object] | pd.Series | pd.Index, name: str = "age") -> AgeBands:
    """Return where bands begin and end.

    Parameters
    ----------
    labels : sequence
        Numbers (first ages), or labels such as ``"0"``, ``"<1"``, ``"1-4"``, ``"05 - 09"``, ``"10 to 14 yrs"``, ``"85+"``,
        ``"Aged 90 years and over"``, ``"4 and under"``.
    name : str
        What the labels are called in messages.

    Returns
    -------
    AgeBands
        In the order of the labels.

    Raises
    ------
    InputError
        When a label is missing or does not say where its band begins.

    Examples
    --------
    >>> found = age_bands(["<1", "1-4", "85 yrs and over", 90])
    >>> found.first.tolist(), found.last.tolist()
    ([0, 1, 85, 90], [0.0, 4.0, inf, nan])
    """
    held = labels if isinstance(labels, (pd.Series, pd.Index)) else pd.Series(list(labels), dtype=object)
    if isinstance(held, pd.Series):
        need_single_values(held, name)
    codes, distinct = pd.factorize(held)
    if (codes < 0).any():
        raise InputError(f"{name}: row {int(np.flatnonzero(codes < 0)[0])} has no age band")
    found = []
    for label in distinct:
        one = _one(label)
        if one is None:
            raise InputError(
                f"{name}: {shown(label)} does not say where its band begins; write it like the ages '0', '1-4', '85+'{_hint(label)}"
            )
        found.append(one)
    first = np.array([f for f, _ in found], dtype=np.int64)
    last = np.array([x for _, x in found], dtype=np.float64)
    names = list(distinct)
    return AgeBands(first[codes], last[codes], tuple(names[i] for i in codes))


@front_door
def first_ages(labels: Sequence[object] | pd.Series | pd.Index) -> IntArray:
    """Return the first age of each band; see ``age_bands``.

    Examples
    --------
    >>> [int(x) for x in first_ages(["<1", "1-4", "05 - 09", "90 +"])]
    [0, 1, 5, 90]
    """
    return age_bands(labels, "labels").first


def bands_of(column: pd.Series) -> tuple[AgeBands, IntArray]:
    """Return the distinct bands of a column by rising age, and the position of each row's band among them.

    Raises
    ------
    InputError
        As ``age_bands``, and when two labels begin at one age and end at different ones.

    Examples
    --------
    >>> bands, position = bands_of(pd.Series(["5-9", "00-04", "0-4"]))
    >>> bands.first.tolist(), position.tolist()
    ([0, 5], [1, 0, 0])
    """
    need_single_values(column, "age")
    codes, distinct = pd.factorize(column)
    if (codes < 0).any():
        raise InputError(f"age: row {shown(column.index[codes < 0][0])} has no age band")
    found = age_bands(distinct)
    first, place = np.unique(found.first, return_inverse=True)
    last = np.full(first.size, np.nan)
    labels: list[object] = [None] * first.size
    for i, b in enumerate(place):
        if not np.isnan(found.last[i]):
            if not np.isnan(last[b]) and last[b] != found.last[i]:
                raise InputError(
                    f"age: {shown(labels[b])} and {shown(found.labels[i])} begin at the same age; give one set of bands"
                )
            last[b] = found.last[i]
        if labels[b] is None or not np.isnan(found.last[i]):
            labels[b] = found.labels[i]
    return AgeBands(first, last, tuple(labels)), place[codes].astype(np.int64)
