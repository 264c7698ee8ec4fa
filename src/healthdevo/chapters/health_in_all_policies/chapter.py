"""The chapter as a whole: its sections on one panel, its finding and its named texts."""

from __future__ import annotations

from dataclasses import dataclass

from healthdevo import tables
from healthdevo.chapters.common import OUTCOME, Finding, named_panel, sentences
from healthdevo.chapters.health_in_all_policies import words
from healthdevo.chapters.health_in_all_policies.directions import Directions
from healthdevo.chapters.health_in_all_policies.findings import headline
from healthdevo.chapters.health_in_all_policies.incomes import Incomes
from healthdevo.chapters.health_in_all_policies.productivity import Productivity
from healthdevo.chapters.health_in_all_policies.shares import HEALTHY_YEARS, Shares, Variance


@dataclass(frozen=True)
class HealthInAllPolicies:
    """The sections of the chapter, in the order of the page."""

    variance: Variance
    shares: Shares
    incomes: Incomes
    directions: Directions
    productivity: Productivity

    @classmethod
    def load(cls, draws: int = 400) -> HealthInAllPolicies:
        """Load the panel; ``draws`` is the number of bootstrap samples of areas."""
        panel = named_panel()
        sexes = panel[[f"{HEALTHY_YEARS}_male", f"{HEALTHY_YEARS}_female"]]
        panel = panel.assign(**{HEALTHY_YEARS: sexes.mean(axis=1, skipna=False)})
        ages = tables.load("population_age")
        return cls(
            Variance(panel, ages),
            Shares(panel, draws),
            Incomes(panel),
            Directions(panel),
            Productivity.load(),
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What other pages quote."""
        s, years = self.shares, self.shares.panel.dropna(subset=[OUTCOME])["year"]
        window = f"{years.min()} to {years.max()}"
        return (headline(s.between, s.within, s.before_pandemic, window),)

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return sentences(self.findings) | words.texts(self)
