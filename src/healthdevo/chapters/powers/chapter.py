"""Chapter "Who holds which power": the matrix, the dated list and the national steps."""

from __future__ import annotations

from dataclasses import dataclass

from healthdevo.chapters.common import sentences
from healthdevo.chapters.powers import findings, words
from healthdevo.chapters.powers.holders import Holders
from healthdevo.chapters.powers.steps import Steps


@dataclass(frozen=True)
class Powers:
    """The sections of the chapter, in the order of the page."""

    holders: Holders
    steps: Steps

    @classmethod
    def load(cls) -> Powers:
        """Load the tables that the chapter needs."""
        return cls(Holders.load(), Steps.load())

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return sentences([findings.headline(self.holders)]) | words.texts(self.holders)
