"""The page "Ten years before the deal": avoidable deaths by clinical commissioning group."""

from __future__ import annotations

from dataclasses import dataclass, field

from healthdevo.chapters.common import sentences
from healthdevo.chapters.devolution.avoidable import findings, words
from healthdevo.chapters.devolution.avoidable.ccgs import Ccgs
from healthdevo.chapters.devolution.avoidable.readings import Readings
from healthdevo.chapters.devolution.avoidable.trends import Trends


@dataclass(frozen=True)
class TenYears:
    """The page: a field for each section."""

    ccgs: Ccgs = field(repr=False)
    readings: Readings = field(repr=False)
    trends: Trends = field(repr=False)

    @classmethod
    def load(cls) -> TenYears:
        """Load the tables that the page needs."""
        ccgs = Ccgs.load()
        readings = Readings(ccgs)
        return cls(ccgs, readings, Trends(readings))

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return {
            **sentences([findings.headline(self.readings)]),
            **words.ccg_texts(self.ccgs),
            **words.trend_texts(self.trends),
            **words.reading_texts(self.readings),
        }
