"""The words of a figure: message, what is shown, source and alternative text, in one object."""

from __future__ import annotations

import re
from dataclasses import dataclass

from healthdevo.errors import InputError

__all__ = ["Caption"]

_IDENTIFIER = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*")


@dataclass(frozen=True)
class Caption:
    """Message, statistical subtitle, source and alternative text of a figure.

    Parameters
    ----------
    figure_id : str
        Stable name in lower case with hyphens; unique on its page; part of the download's file name.
    title : str
        The message, as a sentence.
    subtitle : str
        What is shown: measure, unit, places, period.
    source : str
        Publisher and edition.
    alt : str
        What a reader who cannot see the picture needs: kind of chart, axes and the finding, in a sentence or two.

    Raises
    ------
    InputError
        When the name is not valid, a text is empty, or the alternative text is shorter than six words.

    Examples
    --------
    >>> Caption("growth", "It grew", "Attendances by year", "NHS England", "Line chart that rises from left to right.").title
    'It grew'
    """

    figure_id: str
    title: str
    subtitle: str
    source: str
    alt: str

    def __post_init__(self) -> None:
        if not _IDENTIFIER.fullmatch(self.figure_id):
            raise InputError(
                f"figure_id: {self.figure_id!r} is not valid; use lower case and hyphens: 'growth-by-type'"
            )
        for name in ("title", "subtitle", "source"):
            if not getattr(self, name).strip():
                raise InputError(f"chart {self.figure_id}: {name} is empty; every chart needs one")
        if len(self.alt.split()) < 6:
            raise InputError(
                f"chart {self.figure_id}: alt text {self.alt!r} is too short; say what the picture shows"
            )
