"""What boards spend on mental health for each patient: where, how it moved after inflation, and how far boards lie apart."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import plain_name, pounds, real_terms, source_line
from healthdevo.chapters.money import mental_words as words
from healthdevo.charts import (
    Chart,
    Table,
    interval_chart,
    page_table,
    share_column,
    text_column,
    value_column,
)

TABLE = "mental_health_spending"
SHARE_FROM = 2017
"""First financial year whose share of the allocation stands on the basis of the later ones."""


@dataclass(frozen=True)
class MentalHealth:
    """Spending of boards on mental health by financial year."""

    spending: pd.DataFrame = field(repr=False)
    deflator: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> MentalHealth:
        """Load the tables that the section needs."""
        return cls(tables.load(TABLE), tables.load("gdp_deflator"))

    @cached_property
    def real(self) -> pd.DataFrame:
        """Pounds for each registered patient in the prices of 2023/24, by board (rows) and financial year."""
        value = real_terms(self.spending, self.deflator, "spending_per_patient", "financial_year_start")
        rows = self.spending.assign(real=value)
        return rows.pivot_table(index="area_code", columns="financial_year_start", values="real")

    @cached_property
    def years(self) -> pd.DataFrame:
        """By financial year over boards: ``median``, ``lowest`` and ``highest`` pounds after inflation, and the median ``share``.

        The share is that of the allocation, from the first year on its present basis.
        """
        share = self.spending.pivot_table(
            index="area_code", columns="financial_year_start", values="share_of_allocation"
        )
        found = pd.DataFrame(
            {"median": self.real.median(), "lowest": self.real.min(), "highest": self.real.max()}
        )
        return found.assign(share=share.median().where(lambda s: s.index >= SHARE_FROM))

    @cached_property
    def boards(self) -> pd.DataFrame:
        """Boards in the latest year: ``name``, ``spent``, the ``change`` after inflation since the first; the highest first."""
        first, last = self.real.columns[0], self.real.columns[-1]
        names = [plain_name(areas.get(str(code)).short_name) for code in self.real.index]
        found = pd.DataFrame(
            {"spent": self.real[last], "change": self.real[last] / self.real[first] - 1.0}
        ).assign(name=names)
        return found.sort_values(["spent", "name"], ascending=[False, True]).reset_index()

    def chart(self) -> Chart:
        """Draw what boards spend for each patient."""
        return interval_chart(
            self.boards,
            label="name",
            value="spent",
            focus=["Greater Manchester"],
            reference=float(self.boards["spent"].median()),
            reference_text="median",
            value_format=pounds,
            x_label="pounds for each registered patient",
            caption=words.chart(self),
        )

    def table(self) -> Table:
        """Show median, lowest and highest board by year."""
        rows = self.years.reset_index()
        return page_table(
            rows.assign(year=[words.year(int(y)) for y in rows["financial_year_start"]]),
            [
                text_column("Year", "year"),
                value_column("Median board", "median", pounds),
                value_column("Lowest", "lowest", pounds),
                value_column("Highest", "highest", pounds),
                share_column("Share of allocation, median", "share", 1),
            ],
            table_id="money-mental-health-table",
            caption=words.TABLE,
            source=source_line(TABLE, "gdp_deflator"),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)
