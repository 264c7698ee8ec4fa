"""Avoidable admissions in England: an account of 21 years that adds up, which conditions grew, and the gap between rich and poor places."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import BEFORE_PANDEMIC, source_line
from healthdevo.chapters.devolution.admissions import words
from healthdevo.charts import Chart, Table, line_chart, page_table, text_column, value_column
from healthdevo.emergency import decomposition
from healthdevo.inequality import SlopeIndices, slope_index_by
from healthdevo.wording import financial_year

TABLE = "chronic_admission_england"
FIRST, LAST = 2003, 2023
SPANS = ((FIRST, BEFORE_PANDEMIC), (FIRST, LAST))
EDITIONS = {"decile_2015": "index of 2015", "decile_2019": "index of 2019"}
_YEAR = "financial_year_start"


@dataclass(frozen=True)
class England:
    """England's avoidable admissions by age, condition and deprivation."""

    rows: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> England:
        """Load the table that the section needs."""
        return cls(tables.load(TABLE))

    def _part(self, breakdown: str, column: str) -> pd.DataFrame:
        rows = self.rows[self.rows["breakdown"] == breakdown]
        return rows.pivot_table(index="level", columns=_YEAR, values=column, aggfunc="sum")

    @cached_property
    def account(self) -> pd.DataFrame:
        """Change of admissions by span (rows): parts for more ``people``, their ``age`` and the ``rate`` at each age, and ``total``."""
        counts, people = self._part("age", "admissions"), self._part("age", "population")
        found = {}
        for span in SPANS:
            first, second = (
                {
                    "people": np.full(len(people), float(people[year].sum())),
                    "age": people[year].to_numpy(float) / float(people[year].sum()),
                    "rate": counts[year].to_numpy(float) / people[year].to_numpy(float),
                }
                for year in span
            )
            effects = decomposition(first, second).table["effect"]
            total = float(counts[span[1]].sum() - counts[span[0]].sum())
            found[span] = {str(name): float(value) for name, value in effects.items()} | {"total": total}
        return pd.DataFrame.from_dict(found, orient="index")

    @cached_property
    def conditions(self) -> pd.DataFrame:
        """Admissions by condition in the first year and the last: ``first``, ``last``, ``change``, the largest rise first."""
        counts = self._part("condition", "admissions")
        found = pd.DataFrame({"first": counts[FIRST], "last": counts[LAST]})
        found = found.assign(change=found["last"] - found["first"])
        return found.sort_values("change", ascending=False).rename_axis("condition")

    @cached_property
    def slopes(self) -> SlopeIndices:
        """Slope and relative index of inequality over deciles of deprivation, by edition of the index and year."""
        rows = self.rows[self.rows["breakdown"].isin(list(EDITIONS))]
        return slope_index_by(
            rows.assign(decile=rows["level"].astype(int)),
            group="decile",
            value="rate",
            population="population",
            higher_is="worse",
            by=["breakdown", _YEAR],
            lower="lower",
            upper="upper",
            kind="rate",
            groups=10,
            unit="admissions per 100,000",
        )

    def index(self, relative: bool = False) -> pd.DataFrame:
        """Return the slope or the relative index with limits by edition and year."""
        frame = self.slopes.to_frame()
        kind = "relative" if relative else "slope"
        rows = frame[frame["measure"].str.startswith(kind)]
        return rows.set_index(["breakdown", _YEAR])[["estimate", "standard_error", "lower", "upper"]]

    def slope_chart(self) -> Chart:
        """Draw the slope index by year, one line for each edition of the index."""
        rows = self.index().reset_index()
        return line_chart(
            rows.assign(edition=rows["breakdown"].map(EDITIONS)),
            x=_YEAR,
            y="estimate",
            series="edition",
            x_format=lambda v: financial_year(int(v)),
            markers=True,
            caption=words.slope_chart(self),
        )

    def conditions_table(self) -> Table:
        """Show the conditions that rose and fell most."""
        rows = self.conditions.reset_index()
        return page_table(
            pd.concat([rows.head(5), rows.tail(5)], ignore_index=True),
            [
                text_column("Condition", "condition"),
                value_column(financial_year(FIRST), "first", "{:,.0f}".format),
                value_column(financial_year(LAST), "last", "{:,.0f}".format),
                value_column("Change", "change", words.signed_count),
            ],
            table_id="admissions-conditions",
            caption=words.CONDITIONS,
            source=source_line(TABLE),
        )
