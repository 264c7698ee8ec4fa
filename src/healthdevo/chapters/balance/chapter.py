"""The chapter as a whole: what to do, what only the centre should do, what to measure."""

from __future__ import annotations

from dataclasses import dataclass, field

from healthdevo.chapters.balance import words
from healthdevo.chapters.balance.advice import ROWS, Advice, to_publish
from healthdevo.chapters.balance.power import WANTED, Measuring
from healthdevo.chapters.balance.tiers import Tiers
from healthdevo.chapters.common import Finding, sentences
from healthdevo.chapters.postcode_lottery.words import LIFE
from healthdevo.charts import Table
from healthdevo.claims import CLAIMS, Ledger
from healthdevo.claims.sources import Sources

_SHOWN = 3
"""Years after a start that the text speaks of."""


@dataclass(frozen=True)
class Balance:
    """The sections of the chapter, in the order of the page."""

    advice: Advice
    tiers: Tiers
    measuring: Measuring
    sources: Sources = field(repr=False)

    @classmethod
    def load(cls) -> Balance:
        """Run the tests that the steps rest on, and load what the sections need."""
        sources = Sources()
        ledger = Ledger.load(sources, [c for c in CLAIMS if c.name in ROWS])
        return cls(Advice.of(ledger), Tiers(sources), Measuring.load(), sources)

    def finding(self) -> Finding:
        """Return what follows from the evidence, for other pages."""
        m = self.measuring
        rich = next(e for e in self.advice.ledger.entries if e.claim.name == "centre_keeps_sharing").result
        assert rich is not None
        deaths, admissions = (m.at(name, _SHOWN) for name in (words.DEATHS, words.ADMISSIONS))
        return Finding(
            "balance_headline",
            words.headline(deaths, admissions, WANTED, rich.estimate),
            "this edition",
            float(deaths["one"]),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        m, t = self.measuring, self.tiers
        best = {name: m.best(name) for name in m.outcomes}
        needed = max(int(row["after"]) for row in best.values())
        life = min(t.share(f"{name[0].upper()}{name[1:]}", words.BELOW) for name in LIFE.values())
        waits = t.share(words.WAITS, words.REGIONS) + t.share(words.WAITS, words.BODIES)
        survey = m.survey
        return (
            sentences([self.finding()])
            | self.advice.texts()
            | {
                "balance_levels": words.levels(life, waits, t.share(words.WAITS, words.ALIKE)),
                "balance_spill": words.spill(float(t.crossing.median()), *t.markets),
                "balance_untested": words.untested(sum(c.test is None for c in CLAIMS), len(CLAIMS)),
                "balance_one": words.one_authority(
                    {name: m.at(name, _SHOWN) for name in m.outcomes}, _SHOWN, WANTED
                ),
                "balance_many": words.how_many(best, WANTED, t.markets[1]),
                "balance_lot": words.by_lot(best),
                "balance_when": words.when(needed, m.lag, words.NEXT),
                "balance_survey": words.surveys(
                    float(survey["share"].iloc[0]),
                    {float(r): int(p) for r, p in zip(survey["rise"], survey["people"], strict=True)},
                ),
            }
        )

    def to_publish(self) -> Table:
        """Show what would have to be published."""
        return to_publish()
