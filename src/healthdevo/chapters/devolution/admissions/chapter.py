"""The page "Avoidable admissions": the outcome that care outside hospital is for."""

from __future__ import annotations

from dataclasses import dataclass, field

from healthdevo.chapters.common import sentences
from healthdevo.chapters.devolution import findings
from healthdevo.chapters.devolution.admissions import words
from healthdevo.chapters.devolution.admissions.england import England
from healthdevo.chapters.devolution.admissions.rates import Rates
from healthdevo.chapters.devolution.admissions.readings import Readings


@dataclass(frozen=True)
class Admissions:
    """The page: a field for each section."""

    rates: Rates = field(repr=False)
    readings: Readings = field(repr=False)
    england: England = field(repr=False)

    @classmethod
    def load(cls) -> Admissions:
        """Load the tables that the page needs."""
        rates = Rates.load()
        return cls(rates, Readings(rates), England.load())

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return {
            **sentences(
                [
                    findings.admissions_headline(self.readings),
                    findings.admissions_manchester(self.readings),
                ]
            ),
            **words.rate_texts(self.rates),
            **words.reading_texts(self.readings),
            **words.england_texts(self.england),
        }
