"""Chapter "Money": flow, allocation against need, local taxes and equalisation, fiscal position, and what is assumed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from healthdevo.chapters.common import sentences
from healthdevo.chapters.money import findings, words
from healthdevo.chapters.money.allocation import Allocation
from healthdevo.chapters.money.fiscal import Fiscal
from healthdevo.chapters.money.flow import Flow
from healthdevo.chapters.money.mayors import Mayors
from healthdevo.chapters.money.taxes import Tax, Taxes, income_tax_shares
from healthdevo.charts import Table, made_column, page_table, text_column
from healthdevo.finance import assumption_table
from healthdevo.wording import number

USERS: tuple[object, ...] = (Allocation, Tax.penny, Tax.precept, income_tax_shares, Mayors)
"""What of these sections takes something as given."""


@dataclass(frozen=True)
class Money:
    """The sections of the chapter, in the order of the page."""

    flow: Flow
    allocation: Allocation
    taxes: Taxes
    fiscal: Fiscal
    mayors: Mayors

    @classmethod
    def load(cls) -> Money:
        """Load the tables that the chapter needs."""
        return cls(Flow.load(), Allocation.load(), Taxes.load(), Fiscal.load(), Mayors.load())

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        found = [findings.local_tax_headline(self.taxes), findings.unseen_headline(self.flow)]
        return sentences(found) | words.texts(
            self.flow, self.allocation, self.taxes, self.fiscal, self.mayors
        )

    def assumptions(self, more: Sequence[object] = ()) -> pd.DataFrame:
        """Return everything that these sections, and what else uses any, take as given, read off the code that uses it."""
        return assumption_table((*USERS, *more))

    def assumptions_table(self, more: Sequence[object] = ()) -> Table:
        """Show what is taken as given."""
        return page_table(
            self.assumptions(more),
            [
                made_column("What", ["name"], lambda name: f"{name[:1].upper()}{name[1:]}"),
                made_column("Value", ["value", "unit"], given),
                made_column("Tried", ["low", "high"], tried),
                text_column("Source", "source"),
                text_column("Note", "note"),
            ],
            table_id="money-assumptions",
            caption="What this page takes as given, how far other values were tried, and the source, or the word assumption; what uses each is in the download.",
            source="this book",
        )


def given(value: float, unit: str) -> str:
    """Return a value with its unit.

    >>> given(0.01, "share of income"), given(100.0, "pounds a year")
    ('0.01 share of income', '100 pounds a year')
    """
    return f"{number(float(value))} {unit}"


def tried(low: float, high: float) -> str:
    """Return the range that was tried, nothing where it was not.

    >>> tried(0.0, 0.05), tried(1.0, 1.0)
    ('0 to 0.05', '')
    """
    return "" if low == high else f"{number(float(low))} to {number(float(high))}"
