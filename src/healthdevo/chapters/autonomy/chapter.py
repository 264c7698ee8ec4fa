"""The chapter as a whole: its sections, its finding and its named texts."""

from __future__ import annotations

from dataclasses import dataclass

from healthdevo.chapters.autonomy import words
from healthdevo.chapters.autonomy.agreement import Agreement
from healthdevo.chapters.autonomy.councils import Councils
from healthdevo.chapters.autonomy.directives import Directives
from healthdevo.chapters.autonomy.earned import Earned
from healthdevo.chapters.autonomy.findings import headline
from healthdevo.chapters.autonomy.funnels import Funnels
from healthdevo.chapters.autonomy.gate import Gate
from healthdevo.chapters.autonomy.league import League
from healthdevo.chapters.autonomy.measures import monthly
from healthdevo.chapters.autonomy.nations import Nations
from healthdevo.chapters.autonomy.next_year import NextYear
from healthdevo.chapters.autonomy.variation import Variation
from healthdevo.chapters.autonomy.waiting_targets import WaitingTargets
from healthdevo.chapters.autonomy.workforce import Workforce
from healthdevo.chapters.common import Finding, sentences


@dataclass(frozen=True)
class Autonomy:
    """The sections of the chapter, in the order of the page."""

    league: League
    funnels: Funnels
    next_year: NextYear
    agreement: Agreement
    gate: Gate
    variation: Variation
    directives: Directives
    nations: Nations
    workforce: Workforce
    councils: Councils
    waiting: WaitingTargets
    earned: Earned

    @classmethod
    def load(cls, draws: int = 199) -> Autonomy:
        """Load the tables; ``draws`` is the number of resamples and simulated worlds."""
        months = monthly()
        return cls(
            League.load(),
            Funnels.load(months),
            NextYear(months, 5 * draws),
            Agreement(months, draws),
            Gate.load(draws),
            Variation.load(months, draws),
            Directives.load(),
            Nations.load(),
            Workforce.load(2 * draws),
            Councils.load(draws),
            WaitingTargets.load(),
            Earned.load(),
        )

    @property
    def findings(self) -> tuple[Finding, ...]:
        """What other pages quote."""
        return (headline(self.league, self.next_year, self.gate),)

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return sentences(self.findings) | words.texts(self)
