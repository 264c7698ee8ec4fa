"""A headline of a chapter that other pages use: stated once, with its number and its window."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from healthdevo.errors import InputError
from healthdevo.results import Estimate

__all__ = ["Finding", "sentences"]


@dataclass(frozen=True)
class Finding:
    """One finding of a chapter.

    Parameters
    ----------
    name : str
        What other pages call it, as in ``{glue:text}`demand::growth_fair```.
    sentence : str
        Finished wording.
    window : str
        The years, or the edition, that it holds for, such as ``"2010/11 to 2019/20"``.
    number : Estimate, float or None
        What the wording rests on; None where it rests on several numbers.

    Raises
    ------
    InputError
        When the wording or the window is empty.
    """

    name: str
    sentence: str
    window: str
    number: Estimate | float | None = None

    def __post_init__(self) -> None:
        for part in ("name", "sentence", "window"):
            if not getattr(self, part).strip():
                raise InputError(f"finding {self.name!r}: {part} is empty; every finding needs one")


def sentences(findings: Iterable[Finding]) -> dict[str, str]:
    """Return the wording of findings by name.

    Raises
    ------
    InputError
        When two findings have one name.

    Examples
    --------
    >>> sentences([Finding("growth", "17%", "2010/11 to 2019/20", 0.17)])
    {'growth': '17%'}
    """
    found: dict[str, str] = {}
    for finding in findings:
        if finding.name in found:
            raise InputError(f"two findings are called {finding.name!r}")
        found[finding.name] = finding.sentence
    return found
