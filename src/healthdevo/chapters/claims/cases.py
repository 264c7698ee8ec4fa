"""The case for devolving and the case against: sentences of fact, each tied to rows of the ledger and to the verdicts it was written for."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from healthdevo.chapters.claims import words
from healthdevo.chapters.claims.facts import NO, PARTLY, TURNED, YES, Fact
from healthdevo.chapters.common import Finding, sentences
from healthdevo.charts import Table, page_table, text_column
from healthdevo.claims import CLAIMS, Ledger


@dataclass(frozen=True)
class Case:
    """One side: its three strongest pieces of evidence, what else speaks for it, and its weakest point."""

    name: str
    strongest: tuple[Fact, Fact, Fact]
    also: tuple[Fact, ...]
    weakest: Fact
    rows: tuple[str, ...] = field(init=False)

    def __post_init__(self) -> None:
        names = [n for f in (*self.strongest, *self.also, self.weakest) for n in f.rows]
        object.__setattr__(self, "rows", tuple(dict.fromkeys(names)))

    @property
    def arguments(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """The ten arguments: in a few words, the paragraph of the page that makes each, and its rows of the ledger."""
        parts = [(f"strong_{i}", f) for i, f in enumerate(self.strongest, 1)]
        parts += [(f"also_{i}", f) for i, f in enumerate(self.also, 1)]
        return tuple((f.argument, f"case_{self.name}_{part}", tuple(f.rows)) for part, f in parts)

    def ledger(self) -> Ledger:
        """Return the rows that the case uses, computed anew."""
        return Ledger.load(claims=[c for c in CLAIMS if c.name in self.rows])

    def texts(self, ledger: Ledger | None = None) -> dict[str, str]:
        """Named texts of the page."""
        own = ledger or self.ledger()
        parts = {
            **{f"strong_{i}": [f] for i, f in enumerate(self.strongest, 1)},
            **{f"also_{i}": [f] for i, f in enumerate(self.also, 1)},
            "weakest": [self.weakest],
        }
        return sentences(
            Finding(f"case_{self.name}_{k}", " ".join(f.said(own) for f in facts), "this edition")
            for k, facts in parts.items()
        )

    def table(self, ledger: Ledger) -> Table:
        """Show each argument with the claims that were tested, what was found, and the section."""
        entries = {e.claim.name: e for e in ledger.entries}
        rows = [(argument, entries[name]) for argument, _, names in self.arguments for name in names]
        frame = pd.DataFrame(
            {
                "argument": [argument for argument, _ in rows],
                "claim": [e.claim.claim for _, e in rows],
                "found": [f"{e.said[0].upper()}{e.said[1:]}" for _, e in rows],
                "verdict": [e.verdict.value for _, e in rows],
                "section": [f"[{e.place[1].rstrip('?')}]({e.href})" for _, e in rows],
            }
        )
        return page_table(
            frame,
            [
                text_column("Argument", "argument"),
                text_column("Claim that was tested", "claim"),
                text_column("Found", "found"),
                text_column("Verdict on the claim", "verdict"),
                text_column("Section", "section"),
            ],
            table_id=f"case-{self.name}",
            caption=words.CASE_TABLE,
            source=words.TABLE_SOURCE,
        )


FOR = Case(
    "for",
    (
        Fact(
            "Preventable deaths before 75 in Greater Manchester fell by {deal_saves_lives:n} per 100,000 more than elsewhere after its agreement. Our rule calls that some evidence.",
            {"deal_saves_lives": PARTLY},
            "Fewer deaths under the one deal",
        ),
        Fact(
            "Of the inequality in length of life, {neighbourhoods:%} lies inside districts. Only somebody near can aim at it.",
            {"neighbourhoods": YES},
            "Inequality is local",
        ),
        Fact(
            "A pound of public health, which councils spend, buys as much health as {keep_healthy:n} pounds of treatment, by the one study that has both.",
            {"keep_healthy": YES},
            "Local prevention buys more",
        ),
    ),
    (
        Fact(
            "The lottery of place was there under central rule: districts already differed much in 2010, before any deal.",
            {"lottery_came_first": YES},
            "The centre made the lottery",
        ),
        Fact(
            "Districts with a deal drifted apart less than the others: their spread of deaths grew {regions_diverge:n} times as much. Deals did not fall by lot, so this is no effect.",
            {"regions_diverge": TURNED},
            "Deals did not divide",
        ),
        Fact(
            "Deprivation, work, homes and age go with {determinants_together:%} of the differences in preventable deaths between areas. No hospital holds these in its hands.",
            {"determinants_together": YES},
            "Health is made outside hospital",
        ),
        Fact(
            "Devolution has hardly been tried: {slow_and_underwhelming:%} of strategic authorities hold no power over health or care.",
            {"slow_and_underwhelming": YES},
            "It has not been tried",
        ),
        Fact(
            "The right places are there: {economic_footprint:%} of strategic authorities are labour markets of their own.",
            {"economic_footprint": YES},
            "The right places exist",
        ),
        Fact(
            "A local health tax can be shared by need, and {local_health_tax:%} of its money would move.",
            {"local_health_tax": YES},
            "Local tax can be fair",
        ),
        Fact(
            "The centre's own tool is blunt: {league_tables_mislead:%} of pairs in its league table could change places.",
            {"league_tables_mislead": YES},
            "Central control sees badly",
        ),
    ),
    Fact(
        "Avoidable admissions, the other main outcome, did not clearly fall more in Greater Manchester, and days of delay in leaving hospital rose. One area is no proof.",
        {"avoidable_admissions": NO, "fewer_delays": TURNED},
    ),
)
AGAINST = Case(
    "against",
    (
        Fact(
            "A local health tax favours the rich. A penny on income would give the richest fifth {centre_keeps_sharing:n} times as much for its need as the poorest.",
            {"centre_keeps_sharing": YES},
            "Local tax favours the rich",
        ),
        Fact(
            "Of the regions of England, {fiscal_devil:%} could not carry their own health spending. Whoever depends on a grant depends on the centre.",
            {"fiscal_devil": YES},
            "Most regions cannot pay",
        ),
        Fact(
            "Avoidable admissions, one of both main outcomes, did not clearly fall more in Greater Manchester than elsewhere. Our rule finds no clear evidence.",
            {"avoidable_admissions": NO},
            "No fewer avoidable admissions",
        ),
    ),
    (
        Fact(
            "In Greater Manchester days of delay in leaving hospital rose by {fewer_delays:n} a year per 100,000 people more than elsewhere.",
            {"fewer_delays": TURNED},
            "Longer delays under the deal",
        ),
        Fact(
            "Allowing for the number of tests, no more indicators there moved for the better than for the worse.",
            {"system_betters": NO},
            "The whole did not gain",
        ),
        Fact(
            "Treatable deaths, which care can avert, did not clearly fall more there than elsewhere, given the earlier trend.",
            {"deal_betters_care": NO},
            "Care did not gain",
        ),
        Fact(
            "Fixed budgets of five years end in breach more often than annual ones, by {five_year_budgets:n} percentage points a window. Over a decade, with fewer windows, any breach is rarer.",
            {"five_year_budgets": TURNED},
            "Long budgets break",
        ),
        Fact(
            "New structures do not heal: no change in health after a reorganisation of councils stands out and lasts.",
            {"borders_do_not_heal": YES},
            "Structures do not heal",
        ),
        Fact(
            "Health service and authority cannot merge as equals while only {equal_partners:%} of people have one area for both.",
            {"equal_partners": TURNED},
            "Borders do not match",
        ),
        Fact(
            "The mandate is thin: in the middle authority {one_elected_leader:%} voted for a mayor.",
            {"one_elected_leader": NO},
            "Few vote for mayors",
        ),
    ),
    Fact(
        "Preventable deaths, the other main outcome, fell more in Greater Manchester. A service run from the centre had its lottery too, and most places have not been let try.",
        {"deal_saves_lives": PARTLY, "lottery_came_first": YES, "slow_and_underwhelming": YES},
    ),
)
CASES = {c.name: c for c in (FOR, AGAINST)}
