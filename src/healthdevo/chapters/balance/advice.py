"""What the evidence supports doing: two steps for each who decides, each with its row of the ledger, how sure it is, and its condition."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from healthdevo.chapters.balance import words
from healthdevo.chapters.claims.facts import NO, TURNED, YES, Fact
from healthdevo.charts import Table, page_table, text_column
from healthdevo.claims import CLAIMS, Entry, Ledger

WHO = ("mayor", "board", "council", "minister")


@dataclass(frozen=True)
class Step:
    """A step that the evidence supports: for whom, what to do, the fact that it rests on, and the condition."""

    who: str
    what: str
    because: Fact
    only_if: str

    @property
    def main(self) -> str:
        """The row that the step rests on first."""
        return next(iter(self.because.rows))


STEPS: tuple[Step, ...] = (
    Step(
        "mayor",
        "Aim at neighbourhoods, not at the average of a district.",
        Fact(
            "Of the inequality in length of life, {neighbourhoods:%} lies inside districts.",
            {"neighbourhoods": YES},
        ),
        "Only if figures by neighbourhood come out every year; they do not yet.",
    ),
    Step(
        "mayor",
        "Ask for powers together with their money, from a date that can be judged.",
        Fact(
            "Of the strategic authorities, {too_timid:%} hold no budget of the health service, so nobody knows what one would do.",
            {"too_timid": YES},
        ),
        "Only if others start later, so that there is somebody to compare with.",
    ),
    Step(
        "board",
        "Join up care, and publish each month how long people wait to leave hospital.",
        Fact(
            "In Greater Manchester days of delay rose by {fewer_delays:n} a year per 100,000 people more than elsewhere.",
            {"fewer_delays": TURNED},
        ),
        "Only if discharge is counted in one way for years: the old count ended in 2020.",
    ),
    Step(
        "board",
        "Pay for prevention because it adds health, not because it saves money soon.",
        Fact(
            "A pound of prevention frees about {prevention_pays_in_time:n} pounds of cash within five years.",
            {"prevention_pays_in_time": NO},
        ),
        "Only if the sum is fixed for longer than the years in which it pays back.",
    ),
    Step(
        "council",
        "Keep public health spending where it is, or raise it.",
        Fact(
            "By the one study with both, a pound of it buys as much health as {keep_healthy:n} pounds of treatment. Our own figures cannot tell.",
            {"keep_healthy": YES, "health_as_investment": NO},
        ),
        "Only if a second study, with another design, does not overturn the first.",
    ),
    Step(
        "council",
        "Do not redraw councils for the sake of health.",
        Fact(
            "No change in health after a reorganisation of councils stands out and lasts.",
            {"borders_do_not_heal": YES},
        ),
        "Other reasons for redrawing may be good; few effects could have been found.",
    ),
    Step(
        "minister",
        "Share the money by need from the centre, whatever else is handed over.",
        Fact(
            "A penny on income would give the richest fifth {centre_keeps_sharing:n} times as much for its need as the poorest.",
            {"centre_keeps_sharing": YES},
        ),
        "The same holds for any tax whose base lies where the rich live.",
    ),
    Step(
        "minister",
        "Do not free or punish by one league table.",
        Fact(
            "Of all pairs in the official table, {league_tables_mislead:%} could change places.",
            {"league_tables_mislead": YES},
        ),
        "Only if scores were published with their own uncertainty could a table bear more.",
    ),
)
ROWS = tuple(dict.fromkeys(name for step in STEPS for name in step.because.rows))


@dataclass(frozen=True)
class Advice:
    """The steps, with their rows computed anew."""

    ledger: Ledger

    @classmethod
    def of(cls, ledger: Ledger) -> Advice:
        """Take the rows from a ledger."""
        return cls(Ledger(tuple(e for e in ledger.entries if e.claim.name in ROWS)))

    def entry(self, step: Step) -> Entry:
        """Return the row that a step rests on first."""
        return next(e for e in self.ledger.entries if e.claim.name == step.main)

    def said(self, step: Step) -> str:
        """Return a step in words: what to do, why, how sure, and the condition."""
        because = step.because.said(self.ledger)
        return f"**{step.what}** {because} {words.how_sure(self.entry(step))} {step.only_if}"

    def texts(self) -> dict[str, str]:
        """Named texts, such as ``balance_mayor_1``."""
        found: dict[str, str] = {}
        for who in WHO:
            own: Sequence[Step] = [s for s in STEPS if s.who == who]
            found |= {f"balance_{who}_{i}": self.said(step) for i, step in enumerate(own, 1)}
        return found

    def table(self) -> Table:
        """Show each step with its row, result and verdict."""
        frame = pd.DataFrame(
            {
                "who": [s.who.capitalize() for s in STEPS],
                "what": [s.what for s in STEPS],
                "found": [f"{e.said[0].upper()}{e.said[1:]}" for e in map(self.entry, STEPS)],
                "claim": [e.claim.claim for e in map(self.entry, STEPS)],
                "verdict": [e.verdict.value for e in map(self.entry, STEPS)],
            }
        )
        return page_table(
            frame,
            [
                text_column("For a", "who"),
                text_column("Step", "what"),
                text_column("Found", "found"),
                text_column("Claim that was tested", "claim"),
                text_column("Verdict on the claim", "verdict"),
            ],
            table_id="steps",
            caption=words.STEPS_TABLE,
            source=words.LEDGER_SOURCE,
        )


def to_publish() -> Table:
    """Show what would have to be published for the claims that no public figure can test."""
    rows = [c for c in CLAIMS if c.test is None]
    frame = pd.DataFrame({"needed": [c.needed for c in rows], "claim": [c.claim for c in rows]})
    frame = frame.groupby("needed", sort=False)["claim"].agg(" ".join).reset_index()
    return page_table(
        frame,
        [
            text_column("Data that would have to be published", "needed"),
            text_column("Claim it would test", "claim"),
        ],
        table_id="to-publish",
        caption=words.PUBLISH_TABLE,
        source=words.LEDGER_SOURCE,
    )
