"""The opening page: both main outcomes of the deal of Greater Manchester, who holds power today, and how sure the book is."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.claims.words import headline as claims_headline
from healthdevo.chapters.common import sentences
from healthdevo.chapters.common.say import Finding
from healthdevo.chapters.devolution.admissions.rates import Rates
from healthdevo.chapters.devolution.designs import blocks_of, placebo_of
from healthdevo.chapters.devolution.judgement import MAIN
from healthdevo.chapters.devolution.panels import Outcome, preventable_mortality
from healthdevo.chapters.opening import words
from healthdevo.chapters.powers.holders import Holders
from healthdevo.charts import Chart, interval_chart
from healthdevo.claims.record import VERDICTS
from healthdevo.claims.scale import SCALE
from healthdevo.evaluation import Panel, PlaceboTest

ROWS = {words.DEATHS: "deal_saves_lives", words.ADMISSIONS: "avoidable_admissions"}
"""The row of the ledger that judges each main outcome."""


@dataclass(frozen=True)
class Opening:
    """What the page says: the effects by the main design, with the verdicts of the ledger's record."""

    outcomes: dict[str, Outcome] = field(repr=False)
    holders: Holders = field(repr=False)

    @classmethod
    def load(cls) -> Opening:
        """Load the tables that the page needs."""
        outcomes = {words.DEATHS: preventable_mortality(), words.ADMISSIONS: Rates.load().outcome()}
        return cls(outcomes, Holders.load())

    @cached_property
    def panels(self) -> dict[str, Panel]:
        """Greater Manchester against England outside London, for each outcome."""
        return {name: outcome.panel() for name, outcome in self.outcomes.items()}

    @cached_property
    def found(self) -> dict[str, PlaceboTest]:
        """The effect on each outcome by the main design, among those of blocks without a deal."""
        return {
            name: placebo_of(panel, MAIN, blocks_of(panel, self.outcomes[name].boundaries))
            for name, panel in self.panels.items()
        }

    @cached_property
    def rows(self) -> pd.DataFrame:
        """The effects in per cent of what Greater Manchester had before its deal: ``outcome``, ``percent``, ``lower``, ``upper``."""
        rows = []
        for name, test in self.found.items():
            panel = self.panels[name]
            before = float(panel.outcome[panel.treated][:, : int(panel.cohorts[0])].mean())
            i = test.interval()
            rows.append(
                {
                    "outcome": name,
                    "percent": 100.0 * test.estimate / before,
                    "lower": 100.0 * i.lower / before,
                    "upper": 100.0 * i.upper / before,
                }
            )
        return pd.DataFrame(rows)

    def findings(self) -> tuple[Finding, ...]:
        """Return the answer in three sentences, which the readme uses too."""
        verdicts = {name: VERDICTS[row] for name, row in ROWS.items()}
        deaths, admissions = self.found[words.DEATHS], self.found[words.ADMISSIONS]
        h = self.holders
        held = len(h.by_law) + len(h.agreed)
        budgets = sum(name in h.strategic for name in h.budget_now)
        return (
            Finding(
                "answer_deaths", words.deaths(deaths, verdicts), "2010 to 2014 against 2015 to 2019", deaths
            ),
            Finding(
                "answer_admissions",
                words.admissions(admissions, verdicts[words.ADMISSIONS]),
                "2003/04 to 2014/15 against 2015/16 to 2019/20",
                admissions,
            ),
            Finding(
                "answer_elsewhere",
                words.elsewhere(len(h.strategic), held, budgets),
                f"{h.day:%B %Y}",
                float(held),
            ),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        counts = {verdict: list(VERDICTS.values()).count(verdict) for verdict in SCALE}
        return sentences(self.findings()) | {"opening_claims": claims_headline(counts)}

    def chart(self) -> Chart:
        """Draw both main outcomes, the same size."""
        return interval_chart(
            self.rows,
            label="outcome",
            value="percent",
            lower="lower",
            upper="upper",
            reference=0.0,
            reference_text="no effect",
            value_format=lambda v: f"{v:+g}%".replace("-", "−").replace("+0%", "0%"),
            x_label="per cent of the level before the deal",
            caption=words.chart(self.rows),
        )
