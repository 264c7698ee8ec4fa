"""What councils in England spend on each service, after inflation."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import pandas as pd

from healthdevo.chapters.common import BASE_YEARS, pounds, real_terms
from healthdevo.chapters.spending import words
from healthdevo.charts import Chart, line_chart
from healthdevo.wording import financial_year

_NAMES = {
    "adult_social_care": "adult social care",
    "children_social_care": "children's social care",
    "public_health": "public health",
}
_FIRST_YEARS = {"public_health": 2013}
_FIRST_YEAR = 2011


class Change(NamedTuple):
    """A relative change between two financial years."""

    first: int
    last: int
    relative: float


@dataclass(frozen=True)
class Totals:
    """Spending per head of councils in England, from tables ``council_outturn``, ``council`` and ``gdp_deflator``."""

    outturn: pd.DataFrame = field(repr=False)
    council: pd.DataFrame = field(repr=False)
    deflator: pd.DataFrame = field(repr=False)

    @cached_property
    def england(self) -> pd.DataFrame:
        """Spending per head by service and year in England, in prices of ``PRICES``, over the councils that reported."""
        upper = self.council.loc[self.council["council_class"] != "shire_district", "council_code"]
        rows = self.outturn[
            self.outturn["service"].isin(list(_NAMES))
            & self.outturn["council_code"].isin(upper)
            & self.outturn["population"].notna()
        ]
        first = rows["service"].astype(str).map(_FIRST_YEARS).fillna(_FIRST_YEAR)
        rows = rows[rows["financial_year_start"] >= first]
        sums = rows.groupby(["service", "financial_year_start"], as_index=False, observed=True).agg(
            spending=("spending", "sum"),
            population=("population", "sum"),
            councils=("council_code", "nunique"),
        )
        real = real_terms(sums, self.deflator, "spending", "financial_year_start")
        return sums.assign(
            service_name=sums["service"].astype(str).map(_NAMES),
            per_head=real / sums["population"],
            real=real,
        )

    def change(self, service: str) -> Change:
        """Return the change of real spending per head since a base year without a change of duties in between."""
        rows = self.england[self.england["service"] == service].set_index("financial_year_start")["per_head"]
        base, last = BASE_YEARS[service], max(int(y) for y in rows.index.tolist())
        return Change(base, last, float(rows.loc[last] / rows.loc[base] - 1))

    def chart(self) -> Chart:
        """Spending per head by service in England."""
        return line_chart(
            self.england,
            x="financial_year_start",
            y="per_head",
            series="service_name",
            x_format=lambda v: financial_year(int(v)),
            y_format=pounds,
            markers=True,
            caption=words.spending_per_head(self),
        )
