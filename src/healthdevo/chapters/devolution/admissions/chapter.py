"""The page "Avoidable admissions": the outcome that care outside hospital is for."""

from __future__ import annotations

from dataclasses import dataclass, field

from healthdevo.chapters.common import sentences
from healthdevo.chapters.devolution import findings
from healthdevo.chapters.devolution import words as shared
from healthdevo.chapters.devolution.admissions import words
from healthdevo.chapters.devolution.admissions.england import England
from healthdevo.chapters.devolution.admissions.others import elsewhere
from healthdevo.chapters.devolution.admissions.rates import Rates
from healthdevo.chapters.devolution.admissions.readings import Readings
from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.mortality import Mortality, SideBySide
from healthdevo.chapters.devolution.pre_trends import PreTrends


@dataclass(frozen=True)
class Admissions:
    """The page: a field for each section."""

    rates: Rates = field(repr=False)
    readings: Readings = field(repr=False)
    elsewhere: Elsewhere = field(repr=False)
    england: England = field(repr=False)

    @classmethod
    def load(cls) -> Admissions:
        """Load the tables that the page needs."""
        rates = Rates.load()
        return cls(rates, Readings(rates), elsewhere(rates), England.load())

    @property
    def judgement(self) -> Judgement:
        """The readings that the headline names, and the verdict."""
        return self.readings.judgement

    @property
    def pre_trends(self) -> PreTrends:
        """How the outcome moved before the agreement."""
        return self.judgement.pre_trends

    @property
    def designs(self) -> SideBySide:
        """The designs side by side."""
        return self.judgement.designs

    @property
    def outcome(self) -> Mortality:
        """The figures, and the placebos."""
        return self.designs.mortality

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        found = [
            findings.admissions_headline(self.readings),
            findings.admissions_manchester(self.readings),
        ]
        same = {
            **shared.designs_texts(self.designs),
            **shared.pre_trend_texts(self.pre_trends),
            **shared.placebo_texts(self.judgement),
            **shared.elsewhere_texts(self.elsewhere),
        }
        return {
            **sentences(found),
            **words.rate_texts(self.rates),
            **{f"adm_{name}": text for name, text in same.items()},
            **words.reading_texts(self.readings),
            **words.england_texts(self.england),
        }
