"""What each region pays in and gets, and how much of its health spending it could carry itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import ENGLAND, record, source_line
from healthdevo.chapters.money import words
from healthdevo.charts import Chart, Table, line_chart, made_column, page_table, text_column
from healthdevo.finance import fiscal_position
from healthdevo.wording import financial_year

FOCUS = ("London", "South East", "North East", "North West")


@dataclass(frozen=True)
class Fiscal:
    """Revenue, expenditure and health spending by region and year."""

    finances: pd.DataFrame = field(repr=False)
    expenditure: pd.DataFrame = field(repr=False)
    spending: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Fiscal:
        """Load the tables that the section needs."""
        return cls(
            tables.load("public_finances_region"),
            tables.load("public_expenditure_region"),
            tables.load("regional_spending"),
        )

    @cached_property
    def health(self) -> pd.Series:
        """Identifiable spending on health by region and year, in million pounds."""
        rows = self.expenditure[
            (self.expenditure["basis"] == "identifiable") & (self.expenditure["function"] == "health")
        ]
        return rows.set_index(["area_code", "financial_year_start"])["expenditure"]

    @cached_property
    def years(self) -> pd.DataFrame:
        """The position of every region in every year."""
        parts = []
        for year, rows in self.finances[self.finances["area_code"] != ENGLAND].groupby(
            "financial_year_start"
        ):
            rows = rows.set_index("area_code")
            health = self.health.xs(year, level="financial_year_start").reindex(rows.index)
            found = fiscal_position(rows["revenue"], rows["expenditure"], health, rows["population"])
            parts.append(
                pd.DataFrame(
                    {
                        "area_code": rows.index,
                        "name": [areas.get(str(c)).short_name for c in rows.index],
                        "year": year,
                        "revenue": rows["revenue"].to_numpy(),
                        "expenditure": rows["expenditure"].to_numpy(),
                        "health": health.to_numpy(),
                        "carried": found.estimate,
                        "balance": found.balance,
                        "balance_per_head": 1e6 * found.balance / rows["population"].to_numpy(),
                        "beside": found.beside_the_whole,
                    }
                )
            )
        return pd.concat(parts, ignore_index=True)

    @property
    def last(self) -> int:
        """The latest year."""
        return int(self.years["year"].max())

    @cached_property
    def now(self) -> pd.DataFrame:
        """The latest year, those who carry most first."""
        rows = self.years[self.years["year"] == self.last]
        return rows.sort_values("carried", ascending=False, ignore_index=True)

    @property
    def all_years(self) -> int:
        """How many years the figures hold."""
        return int(self.years["year"].nunique())

    @cached_property
    def full(self) -> pd.Series:
        """In how many years each region carried all its health spending, by name."""
        return (self.years["carried"] >= 1.0).groupby(self.years["name"]).sum()

    @cached_property
    def agreement(self) -> pd.DataFrame:
        """Health spending by both official sources where they overlap, in million pounds, and their difference."""
        rows = self.spending[self.spending["latest_edition"] & (self.spending["service"] == "health")]
        first = rows.set_index(["area_code", "financial_year_start"])["spending"] / 1000.0
        both = pd.DataFrame({"treasury": first, "statistics": self.health}).dropna()
        return both.assign(difference=both["statistics"] - both["treasury"])

    @property
    def largest_difference(self) -> tuple[float, float]:
        """The largest difference of a region and of England, in million pounds."""
        off = self.agreement["difference"].abs()
        england = off.xs(ENGLAND, level="area_code").max()
        return float(off.drop(ENGLAND, level="area_code").max()), float(england)

    def chart(self) -> Chart:
        """Draw the share carried since the first year."""
        rows = self.years.assign(percent=100 * self.years["carried"])
        return line_chart(
            rows[["name", "year", "percent"]],
            x="year",
            y="percent",
            series="name",
            focus=FOCUS,
            labels={},
            x_format=lambda v: financial_year(int(v)),
            y_format=words.percent_tick,
            y_from_zero=False,
            height=4.6,
            caption=words.fiscal(self),
        )

    def table(self) -> Table:
        """Show the latest year."""
        return page_table(
            self.now,
            [
                text_column("Region", "name"),
                made_column("Pays in, £ million", ["revenue"], words.whole),
                made_column("Gets, £ million", ["expenditure"], words.whole),
                made_column("Balance a head", ["balance_per_head"], words.signed_pounds),
                made_column("Health, £ million", ["health"], words.whole),
                made_column("Health carried", ["carried"], words.carried),
                made_column("After shared borrowing", ["beside"], words.carried),
            ],
            table_id="money-fiscal",
            caption=words.FISCAL,
            source=source_line("public_finances_region", "public_expenditure_region"),
        )

    @property
    def ends(self) -> tuple[dict[str, object], dict[str, object]]:
        """Regions that carry the most and the least."""
        return record(self.now), record(self.now, -1)
