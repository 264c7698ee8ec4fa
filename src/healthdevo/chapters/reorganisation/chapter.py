"""Chapter "Councils and boards redrawn": the dated list, the changes that can be judged, and the reasons for those that cannot."""

from __future__ import annotations

from dataclasses import dataclass

from healthdevo.chapters.common import sentences
from healthdevo.chapters.reorganisation import findings, words
from healthdevo.chapters.reorganisation.experiments import Experiments


@dataclass(frozen=True)
class Reorganisation:
    """The one section of the chapter."""

    experiments: Experiments

    @classmethod
    def load(cls) -> Reorganisation:
        """Load the tables that the chapter needs."""
        return cls(Experiments.load())

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return sentences([findings.headline(self.experiments)]) | words.texts(self.experiments)
