"""Which prevention pays for itself within a budget's window, by published estimates and by what would be needed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import PUBLISHED_STUDY, source_line
from healthdevo.chapters.money import books_words as words
from healthdevo.chapters.money.horizon import ANNUAL, FIXED_3, FIXED_5, ROLLING, Horizon
from healthdevo.charts import Table, made_column, page_table, text_column
from healthdevo.errors import TableError
from healthdevo.finance import Assumption, PreventionRoom, Programme, Uncertain, prevention_room, sensitivity

CASH = Assumption(
    "share of prevention's worth that frees cash in the same budget",
    0.25,
    0.1,
    0.5,
    "share",
    note="A bed that is not needed is filled by the next patient; only what can be closed or not bought frees cash.",
)
ARRIVAL = Assumption(
    "years over which prevention's worth arrives", 10.0, 5.0, 20.0, "years", note="Spread evenly."
)
DELAY = 1
"""Years until savings begin: the soonest, in the year after."""


def worth_of(published: pd.DataFrame) -> Assumption:
    """Return pounds of treatment that buy as much health as a pound of prevention, by the study that estimated both in one way."""
    rows = published[
        (published["study"] == PUBLISHED_STUDY) & published["outcome"].str.contains("quality-adjusted")
    ]
    kind = rows["outcome"].str.contains("public health").map({True: "prevention", False: "treatment"})
    both = rows.assign(kind=kind).pivot_table(index="design", columns="kind", values="estimate").dropna()
    if both.empty:
        raise TableError(f"table published_estimate has no design of {PUBLISHED_STUDY} with both costs")
    ratio = both["treatment"] / both["prevention"]
    return Assumption(
        "treatment that buys as much health as a pound of prevention",
        float(ratio.mean()),
        float(ratio.min()),
        float(ratio.max()),
        "pounds",
        f"{PUBLISHED_STUDY} ({rows['publication_year'].iloc[0]})",
        "The range is that of its designs. It compares health bought, not cash.",
    )


@dataclass(frozen=True)
class Payback:
    """Prevention under each rule."""

    horizon: Horizon = field(repr=False)
    worth: Assumption
    cash: Assumption = CASH
    arrival: Assumption = ARRIVAL

    @classmethod
    def load(cls, horizon: Horizon) -> Payback:
        """Load the published estimates."""
        return cls(horizon, worth_of(tables.load("published_estimate")))

    @property
    def programme(self) -> Programme:
        """A pound of prevention: cash that it frees in a year, with a quarter of its range as standard error."""
        value = self.worth.value * self.cash.value / self.arrival.value
        low = self.worth.low * self.cash.low / self.arrival.high
        high = self.worth.high * self.cash.high / self.arrival.low
        return Programme("prevention", Uncertain(value, (high - low) / 4.0), DELAY)

    @property
    def most(self) -> float:
        """Cash freed in a year by a pound, with every assumption at its favourable end."""
        return self.worth.high * self.cash.high / self.arrival.low

    @cached_property
    def room(self) -> PreventionRoom:
        """What each rule leaves room for."""
        rules = [r for r in self.horizon.books.rules if r.name in (ANNUAL, FIXED_3, FIXED_5, ROLLING)]
        return prevention_room(self.programme, self.horizon.shocks, rules, allowed=0.5)

    @cached_property
    def what_moves_it(self) -> pd.DataFrame:
        """Pounds freed within five years by a pound, with each assumption at either end."""
        years = self.programme.years(5)
        return sensitivity(
            lambda v: years * v[self.worth.name] * v[self.cash.name] / v[self.arrival.name],
            [self.worth, self.cash, self.arrival],
        )

    def table(self) -> Table:
        """Show what prevention must save, and does, within each window."""
        rows = self.room.table.assign(name=self.room.table["rule"].map(words.RULES))
        return page_table(
            rows,
            [
                text_column("Rule", "name"),
                made_column("A pound must free a year", ["break_even"], words.pence_or_never),
                made_column("It frees within the window", ["saved"], words.pence),
                made_column("Chance that it pays for itself", ["pays_back"], words.small_chance),
                made_column("Room, % of a year's budget", ["room"], words.share_one),
            ],
            table_id="money-prevention",
            caption=words.prevention_caption(self),
            source=source_line("published_estimate"),
        )

    def sensitivity_table(self) -> Table:
        """Show what the saving within five years hangs on."""
        return page_table(
            self.what_moves_it,
            [
                made_column("What is changed", ["name"], lambda n: f"{n[:1].upper()}{n[1:]}"),
                made_column("From, to", ["low", "high"], words.from_to),
                made_column("Freed at its low end", ["at_low"], words.pence),
                made_column("Freed at its high end", ["at_high"], words.pence),
            ],
            table_id="money-prevention-sensitivity",
            caption=words.PREVENTION_SENSITIVITY,
            source=source_line("published_estimate"),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.prevention_texts(self)
