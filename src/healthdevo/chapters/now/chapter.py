"""Chapter "Now": decisions beside essays and numbers, and shared borders."""

from __future__ import annotations

from dataclasses import dataclass

from healthdevo.chapters.footprint.flows import BEFORE, TODAY
from healthdevo.chapters.now import words
from healthdevo.chapters.now.borders import SharedBorders
from healthdevo.chapters.now.decisions import Decisions
from healthdevo.chapters.now.numbers import Numbers


@dataclass(frozen=True)
class Now:
    """The sections of the chapter, in the order of the page."""

    decisions: Decisions
    borders: SharedBorders
    numbers: Numbers

    @classmethod
    def load(cls) -> Now:
        """Load the tables that the chapter needs."""
        borders = SharedBorders.load()
        return cls(Decisions.load(), borders, Numbers(borders))

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        found = {name: compute() for name, compute in self.numbers.by_decision.items()}
        now, before = self.borders.counts(TODAY), self.borders.counts(BEFORE)
        return words.texts(self.decisions.frame, found) | words.borders(self.borders, now, before)
