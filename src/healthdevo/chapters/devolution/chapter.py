"""Chapter "Devolution": its sections, from the policy to what the designs can be trusted with."""

from __future__ import annotations

from dataclasses import dataclass, field

from healthdevo import tables
from healthdevo.chapters.common import sentences
from healthdevo.chapters.devolution import findings, words
from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.life_expectancy import LifeExpectancy
from healthdevo.chapters.devolution.mortality import Mortality, SideBySide
from healthdevo.chapters.devolution.other_outcomes import OtherOutcomes
from healthdevo.chapters.devolution.policy import Policy
from healthdevo.chapters.devolution.pre_trends import PreTrends
from healthdevo.chapters.devolution.simulations import Simulations
from healthdevo.chapters.devolution.specifications import Specifications
from healthdevo.chapters.devolution.spending import Published, Spending


@dataclass(frozen=True)
class Devolution:
    """The chapter: a field for each section of the page, in its order."""

    policy: Policy = field(repr=False)
    mortality: Mortality = field(repr=False)
    designs: SideBySide = field(repr=False)
    pre_trends: PreTrends = field(repr=False)
    judgement: Judgement = field(repr=False)
    specifications: Specifications = field(repr=False)
    life_expectancy: LifeExpectancy = field(repr=False)
    other_outcomes: OtherOutcomes = field(repr=False)
    spending: Spending = field(repr=False)
    published: Published = field(repr=False)
    elsewhere: Elsewhere = field(repr=False)
    simulations: Simulations = field(repr=False)

    @classmethod
    def load(cls) -> Devolution:
        """Load the tables that the chapter needs."""
        deaths, others, published = (
            Mortality.load(),
            Elsewhere.load(),
            Published(tables.load("published_estimate")),
        )
        designs, expectancy = SideBySide(deaths), LifeExpectancy.load(published)
        trends = PreTrends(designs)
        return cls(
            Policy(others.events, tables.load("population_year"), others.deals),
            deaths,
            designs,
            trends,
            Judgement(trends),
            Specifications(deaths),
            expectancy,
            OtherOutcomes.load(expectancy.tested),
            Spending.load(published),
            published,
            others,
            Simulations(tables.load("simulation_study"), len(expectancy.world.codes)),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return {
            **sentences([findings.headline(self.judgement), findings.manchester(self.judgement)]),
            **words.policy_texts(self.policy),
            **words.gap_texts(self.mortality),
            **words.designs_texts(self.designs),
            **words.pre_trend_texts(self.pre_trends),
            **words.placebo_texts(self.judgement),
            **words.curve_texts(self.specifications),
            **words.life_expectancy_texts(self.life_expectancy),
            **words.other_texts(self.other_outcomes),
            **words.spending_texts(self.spending),
            **words.elsewhere_texts(self.elsewhere),
            **words.simulation_texts(self.simulations),
        }
