"""The chapter as a whole: its sections on shared tables, its finding and its named texts."""

from __future__ import annotations

from dataclasses import dataclass

from healthdevo import tables
from healthdevo.chapters.common import Finding, named_panel, sentences
from healthdevo.chapters.spending import words
from healthdevo.chapters.spending.admissions import Admissions
from healthdevo.chapters.spending.between import Between
from healthdevo.chapters.spending.checks import Checks
from healthdevo.chapters.spending.curve import Curves
from healthdevo.chapters.spending.designs import Designs
from healthdevo.chapters.spending.findings import headline
from healthdevo.chapters.spending.instruments import Instruments
from healthdevo.chapters.spending.published import Published
from healthdevo.chapters.spending.reliance import Reliance
from healthdevo.chapters.spending.returns import PoundBuys
from healthdevo.chapters.spending.totals import Totals
from healthdevo.chapters.spending.words import PUBLIC_HEALTH, SERVICES

_DRAWS = 200
"""Permutations of the joint test on admissions, at most."""


@dataclass(frozen=True)
class Spending:
    """The sections of the chapter, in the order of the page."""

    totals: Totals
    between: Between
    designs: Designs
    curves: Curves
    reliance: Reliance
    checks: Checks
    instruments: Instruments
    published: Published
    returns: PoundBuys
    admissions: Admissions

    @classmethod
    def load(cls, draws: int = 500) -> Spending:
        """Load the tables of the chapter; ``draws`` is the number of permutations of the joint test."""
        panel, deflator = named_panel(), tables.load("gdp_deflator")
        totals = Totals(tables.load("council_outturn"), tables.load("council"), deflator)
        designs, published = Designs(panel), Published(tables.load("published_estimate"))
        return cls(
            totals=totals,
            between=Between(designs),
            designs=designs,
            curves=Curves(panel, draws),
            reliance=Reliance(designs, published.elasticity),
            checks=Checks(panel),
            instruments=Instruments(panel, tables.load("core_spending_power"), deflator),
            published=published,
            returns=PoundBuys(
                own=designs.coefficient(PUBLIC_HEALTH, "within"),
                published=published,
                totals=totals,
                mortality=tables.load("under_75_mortality"),
                population_age=tables.load("population_age"),
            ),
            admissions=Admissions.of(panel, min(draws, _DRAWS)),
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What other pages quote."""
        own = {s: self.designs.coefficient(s, "within") for s in SERVICES}
        years = self.designs.sample["year"]
        return (headline(own, self.published.elasticity.estimate, f"{years.min()} to {years.max()}"),)

    def texts(self) -> dict[str, str]:
        """Named texts for the prose: every number the chapter states."""
        return sentences(self.findings) | words.texts(self) | self.admissions.texts()
