"""One area: its code, names, kind and dates."""

from __future__ import annotations

import datetime as dt
import re
import unicodedata
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo.areas.kinds import KINDS, Kind, Kinds
from healthdevo.errors import InputError

__all__ = ["Area", "DateLike", "as_date", "recased", "slugify"]

DateLike = str | dt.date | pd.Timestamp | np.datetime64

_JOINING_WORDS = frozenset({"and", "at", "by", "in", "of", "on", "the", "under", "upon", "with"})
_INITIALISMS = frozenset({"NHS", "ICB", "UK"})
_CEREMONIAL = re.compile(r",\s*(?:city|county) of$", re.IGNORECASE)
_PARENTHESIS = re.compile(r"\s*\([^)]*\)")


def as_date(value: DateLike, name: str = "on") -> dt.date:
    """Return a calendar date from what a user may write for one.

    Parameters
    ----------
    value : str, datetime.date, pandas.Timestamp or numpy.datetime64
        A date; text as ``2023-04-01``, or ``2023-04`` for the first day of the month.
    name : str, default "on"
        The argument's name, for the message.

    Returns
    -------
    datetime.date

    Raises
    ------
    InputError
        When it is not a date. A bare year is refused, for areas change within a year.

    Examples
    --------
    >>> as_date("2023-04").isoformat()
    '2023-04-01'
    """
    problem = f"{name}: {value!r} is not a date; give one such as '2023-04-01'"
    if isinstance(value, str):
        text = value.strip()
        if re.fullmatch(r"\d{4}-\d{2}", text):
            text += "-01"
        if not re.fullmatch(r"\d{4}-\d{2}-\d{2}([T ].*)?", text):
            raise InputError(problem)
        try:
            return dt.date.fromisoformat(text[:10])
        except ValueError:
            raise InputError(problem) from None
    if isinstance(value, np.datetime64):
        value = pd.Timestamp(value)
    if pd.isna(value):
        raise InputError(problem)
    if isinstance(value, dt.datetime):
        return value.date()
    if isinstance(value, dt.date):
        return value
    raise InputError(problem)


def _plain(text: str) -> str:
    """Return text without accents, in lower case."""
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).casefold()


def slugify(text: str) -> str:
    """Return text as a readable file name: lower case, words joined by hyphens, no accents.

    Parameters
    ----------
    text : str
        Any name.

    Returns
    -------
    str

    Examples
    --------
    >>> slugify("King's Lynn & West Norfolk")
    'kings-lynn-and-west-norfolk'
    """
    text = re.sub(r"['’‘`.]", "", _plain(text)).replace("&", " and ")
    return re.sub(r"[^a-z0-9]+", "-", text).strip("-")


def recased(name: str) -> str:
    """Return a name with joining words in lower case; a name all in capitals gets ordinary ones.

    Examples
    --------
    >>> recased("ROYAL UNITED HOSPITALS BATH NHS FOUNDATION TRUST")
    'Royal United Hospitals Bath NHS Foundation Trust'
    """
    name = re.sub(r"\s+", " ", name.replace("&", " and ")).strip()
    shouted = name.upper() == name
    words: list[str] = []
    for position, word in enumerate(name.split(" ")):
        if position and word.lower() in _JOINING_WORDS:
            words.append(word.lower())
        elif shouted and word not in _INITIALISMS:
            # "STOKE-ON-TRENT": the parts of a hyphenated name follow the same rule.
            parts = word.lower().split("-")
            words.append(
                "-".join(
                    p if i and p in _JOINING_WORDS else p[:1].upper() + p[1:] for i, p in enumerate(parts)
                )
            )
        else:
            words.append(word)
    return " ".join(words)


@dataclass(frozen=True)
class Area:
    """An area of the registry.

    Parameters
    ----------
    code : str
        Official code, such as ``E54000057``.
    name : str
        Official name.
    kind : str
        One of the kinds of the registry, such as ``icb``.
    ods_code : str
        Code of the NHS's directory of organisations, such as ``QOP``; empty for other areas.
    valid_from : datetime.date or None
        First day; None where the registry records none.
    valid_to : datetime.date or None
        Last day; None while the area still exists.
    successor_code : str
        Code of the area that took its place; empty when there is none.
    valid_from_is_floor : bool
        Whether the area may have existed before ``valid_from``.
    distinction : str
        What sets it apart from a namesake of the same kind, such as ``from 2025``; mostly empty.
    form : str
        Legal form where areas of one kind differ in it, such as ``combined county authority``; empty for other kinds.
    kinds : Kinds
        The vocabulary that ``kind`` is of.

    Examples
    --------
    >>> area = Area("E54000057", "NHS Greater Manchester Integrated Care Board", "icb", "QOP")
    >>> area.short_name, area.slug
    ('NHS Greater Manchester ICB', 'nhs-greater-manchester-icb')
    >>> Area("E40000010", "North West", "nhs_region").slug
    'north-west-nhs-region'
    """

    code: str
    name: str
    kind: str
    ods_code: str = ""
    valid_from: dt.date | None = None
    valid_to: dt.date | None = None
    successor_code: str = ""
    valid_from_is_floor: bool = field(default=False, repr=False)
    distinction: str = field(default="", repr=False)
    form: str = field(default="", repr=False)
    kinds: Kinds = field(default=KINDS, repr=False, compare=False)

    def __str__(self) -> str:
        return f"{self.code} ({self.short_name})"

    @property
    def short_name(self) -> str:
        """The name as a heading or a chart says it, without ceremony."""
        name = _CEREMONIAL.sub("", _PARENTHESIS.sub("", recased(self.name)))
        kind = self.kind_row
        return (
            re.sub(rf"\b{kind.title}\b", kind.ending, name, flags=re.IGNORECASE) if kind.shortened else name
        )

    @property
    def label(self) -> str:
        """The short name with the kind where the name alone could mean another area."""
        name, kind = self.short_name, self.kind_row
        if kind.ending and kind.said_by not in slugify(name).split("-"):
            name += f" {kind.ending if kind.shortened else self.kind_title}"
        return f"{name} ({self.distinction})" if self.distinction else name

    @property
    def slug(self) -> str:
        """The label as a file name, unique in its registry."""
        return slugify(self.label)

    @property
    def kind_row(self) -> Kind:
        """The row of its kind: what areas like it are called, compared with, and have figures for."""
        return self.kinds[self.kind]

    @property
    def kind_title(self) -> str:
        """The kind in words, such as ``integrated care board``: the legal form where the area has one of its own."""
        return self.form or self.kind_row.title

    @property
    def official_code(self) -> bool:
        """Whether the code is one of the statistical office; one that begins with ``OWN-`` is this book's own."""
        return not self.code.startswith("OWN-")

    def is_current(self, on: DateLike | None = None) -> bool:
        """Return whether the area exists on a date.

        Parameters
        ----------
        on : date, optional
            The date; without one, whether the registry knows of no end.

        Returns
        -------
        bool
        """
        if on is None:
            return self.valid_to is None
        day = as_date(on)
        return (self.valid_from is None or self.valid_from <= day) and (
            self.valid_to is None or day <= self.valid_to
        )
