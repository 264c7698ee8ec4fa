"""A claim, with everything that is fixed before its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from healthdevo.claims.essays import ESSAYS, Essay
from healthdevo.claims.since import SINCE, Since
from healthdevo.errors import InputError
from healthdevo.results import Estimate

if TYPE_CHECKING:
    from healthdevo.claims.rules import Rule
    from healthdevo.claims.sources import Sources

__all__ = ["Claim"]


@dataclass(frozen=True)
class Claim:
    """One row of the ledger.

    Parameters
    ----------
    name : str
        Lower case with underscores.
    essay : str
        Key of ``ESSAYS``.
    side : "for" or "against"
        Which side the claim helps if it holds: devolving health and care, or not doing so (in this form).
    claim, question : str
        The claim in our words, and the question that it becomes.
    change : str
        What would change the verdict.
    link : str
        Page of the book, with the section.
    test : callable, optional
        Computes the result from ``Sources``; None where public data cannot test the claim.
    rule : Rule, optional
        Turns the result into a verdict; needed with a test.
    published : tuple of (study, outcome)
        Rows of table ``published_estimate`` that the claim quotes: starts of both; needed without a test.
    needed : str
        Data that would test it; needed without a test.
    note : str
        What to mind about the test: above all what of the claim it leaves out.
    later : bool
        Whether the row was written when the figures behind it were known already, so that its thresholds are not blind.
    """

    name: str
    essay: str
    side: Literal["for", "against"]
    claim: str
    question: str
    change: str
    link: str
    test: Callable[[Sources], Estimate] | None = None
    rule: Rule | None = None
    published: tuple[tuple[str, str], ...] = ()
    needed: str = ""
    note: str = ""
    later: bool = False

    def __post_init__(self) -> None:
        if self.essay not in ESSAYS:
            raise InputError(
                f"claim {self.name!r}: no essay is called {self.essay!r}; there are {', '.join(ESSAYS)}"
            )
        if (self.test is None) != (self.rule is None):
            raise InputError(f"claim {self.name!r}: a test needs a rule, and a rule a test")
        if self.test is None and not (self.published and self.needed):
            raise InputError(
                f"claim {self.name!r}: without a test it needs published evidence and the data that would test it"
            )
        for part in ("name", "claim", "question", "change", "link"):
            if not getattr(self, part).strip():
                raise InputError(f"claim {self.name!r}: {part} is empty")

    @property
    def source(self) -> Essay:
        """The essay."""
        return ESSAYS[self.essay]

    @property
    def since(self) -> Since | None:
        """What became of it; None where it proposes nothing."""
        return SINCE.get(self.name)

    @property
    def test_name(self) -> str:
        """Where the test is, empty where there is none."""
        return "" if self.test is None else f"{self.test.__module__}.{self.test.__name__}"
