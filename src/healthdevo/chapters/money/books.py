"""The sections on books: horizon, prevention and the employer discount, on shared tables."""

from __future__ import annotations

from dataclasses import dataclass

from healthdevo.chapters.common import Finding
from healthdevo.chapters.money import books_words
from healthdevo.chapters.money.employer import Employer
from healthdevo.chapters.money.horizon import PATHS, Horizon
from healthdevo.chapters.money.payback import Payback
from healthdevo.chapters.money.volatility import Volatility


@dataclass(frozen=True)
class Books:
    """The three sections, in the order of the page."""

    horizon: Horizon
    payback: Payback
    employer: Employer

    @classmethod
    def load(cls, paths: int = PATHS) -> Books:
        """Load the tables of the sections; ``paths`` is the number of simulated decades."""
        horizon = Horizon(Volatility.load(), paths=paths)
        return cls(horizon, Payback.load(horizon), Employer.load())

    @property
    def users(self) -> tuple[object, ...]:
        """What of these sections takes something as given, for the chapter's table of assumptions."""
        return (self.horizon, self.payback, self.employer.found)

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What other pages quote."""
        return (books_words.horizon_finding(self.horizon),)

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return self.horizon.texts() | self.payback.texts() | self.employer.texts()
