"""Avoidable admissions in England: an account of 21 years that adds up, which conditions grew, and the gap between rich and poor places."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import BEFORE_PANDEMIC, source_line
from healthdevo.chapters.devolution.admissions import words
from healthdevo.charts import (
    Chart,
    Mark,
    Table,
    estimate_column,
    line_chart,
    page_table,
    text_column,
    value_column,
)
from healthdevo.emergency import decomposition
from healthdevo.inequality import SlopeIndices, slope_index_by
from healthdevo.wording import financial_year

TABLE = "chronic_admission_england"
FIRST, LAST = 2003, 2023
EDITIONS = words.EDITIONS
UNKNOWN, OTHERS = "unknown", "all others"
_YEAR = "financial_year_start"
_MOST = 2
_GROUPS: Mapping[str, Mapping[str, tuple[int, int]]] = {
    "sex": {"female": (0, 0), "male": (0, 0)},
    "age": {
        "0 to 18": (0, 18),
        "19 to 49": (19, 49),
        "50 to 69": (50, 69),
        "70 to 84": (70, 84),
        "85 and over": (85, 200),
    },
}
"""Groups of people, with the lowest ages that the bands in them begin with."""


def _lowest(level: str) -> int:
    """Return the age with which a band begins; a sex begins with none.

    >>> _lowest("85-89"), _lowest("90+"), _lowest("male")
    (85, 90, -1)
    """
    digits = level.replace("+", "-").split("-")[0]
    return int(digits) if digits.isdigit() else -1


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
    def total(self) -> pd.Series:
        """England's admissions by year, as published in the row of all."""
        return self.counts("all").sum()

    @cached_property
    def account(self) -> pd.DataFrame:
        """Change of admissions since the first year, by year: parts for more ``people``, their ``age``, the ``rate`` at each age; ``total``.

        The parts add up to the change of the total as published, in every year.
        """
        counts, people = self.counts("age"), self._part("age", "population")

        def of(year: int) -> dict[str, Any]:
            size = float(people[year].sum())
            return {
                "people": np.full(len(people), size),
                "age": people[year].to_numpy(float) / size,
                "rate": counts[year].to_numpy(float) / people[year].to_numpy(float),
            }

        found = {}
        for year in range(FIRST + 1, LAST + 1):
            effects = decomposition(of(FIRST), of(year)).table["effect"]
            parts = {str(name): float(value) for name, value in effects.items()}
            found[year] = parts | {"total": float(self.total[year] - self.total[FIRST])}
        return pd.DataFrame.from_dict(found, orient="index")

    def counts(self, breakdown: str) -> pd.DataFrame:
        """Return admissions by level and year; deciles have a row of those without a known decile, so that all parts add up."""
        found = self._part(breakdown, "admissions")
        if breakdown in EDITIONS:
            found.loc[UNKNOWN] = self.total.reindex(found.columns) - found.sum()
        return found

    @cached_property
    def conditions(self) -> pd.DataFrame:
        """Admissions by condition in the first year and the last: ``first``, ``last``, ``change``, the largest rise first."""
        counts = self.counts("condition")
        found = pd.DataFrame({"first": counts[FIRST], "last": counts[LAST]})
        found = found.assign(change=found["last"] - found["first"])
        return found.sort_values("change", ascending=False).rename_axis("condition")

    @cached_property
    def largest(self) -> pd.DataFrame:
        """Admissions by condition and year: those that rose or fell most, the two largest others of the last year, and all others."""
        counts = self.counts("condition")
        largest = counts[LAST].drop(index=self.rising).nlargest(_MOST).index
        order = sorted([*self.rising, *largest], key=lambda name: -float(counts[LAST][name]))
        rest: pd.DataFrame = counts.drop(index=order).sum().to_frame(OTHERS).T
        return pd.concat([counts.loc[order], rest])

    @cached_property
    def groups(self) -> pd.DataFrame:
        """Admissions and crude rate by ``group`` of people (sexes, then ages) in the first year, the last before the pandemic and the last."""
        rows = []
        for breakdown in ("sex", "age"):
            counts, people = (self._part(breakdown, column) for column in ("admissions", "population"))
            for name, levels in _GROUPS[breakdown].items():
                inside = [level for level in counts.index if levels[0] <= _lowest(level) <= levels[1]]
                if breakdown == "sex":
                    inside = [name]
                row: dict[str, Any] = {"group": words.GROUPS.get(name, name)}
                for year in (FIRST, BEFORE_PANDEMIC, LAST):
                    count = float(counts.loc[inside, year].sum())
                    row[f"admissions_{year}"] = count
                    row[f"rate_{year}"] = 1e5 * count / float(people.loc[inside, year].sum())
                rows.append(row)
        return pd.DataFrame(rows)

    def deciles(self, edition: str) -> pd.DataFrame:
        """Return admissions by tenth in the first and the last year of an edition of the index, and the change in parts.

        ``people`` is what more or fewer people bring at the mean of both rates, ``rate`` what the rate brings for the mean of both
        numbers of people. Both add up to ``change``; those without a known tenth have a change only. The last row is the total.
        """
        counts, people = self.counts(edition), self._part(edition, "population")
        first, last = int(counts.columns[0]), int(counts.columns[-1])
        rates = counts.loc[people.index] / people
        found = pd.DataFrame({"first": counts[first], "last": counts[last]})
        found["people"] = (people[last] - people[first]) * (rates[first] + rates[last]) / 2
        found["rate"] = (rates[last] - rates[first]) * (people[first] + people[last]) / 2
        found["change"] = found["last"] - found["first"]
        order = [*sorted(people.index, key=int), UNKNOWN]
        return pd.concat([found.loc[order], found.sum().to_frame("all").T]).rename_axis("decile")

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

    def slope_chart(self, relative: bool = False) -> Chart:
        """Draw the slope or the relative index by year with its interval, one line for each edition of the index."""
        rows = self.index(relative).reset_index()
        return line_chart(
            rows.assign(edition=rows["breakdown"].map(EDITIONS)),
            x=_YEAR,
            y="estimate",
            series="edition",
            lower="lower",
            upper="upper",
            x_format=lambda v: financial_year(int(v)),
            y_from_zero=not relative,
            markers=True,
            caption=words.slope_chart(self, relative),
        )

    def account_chart(self) -> Chart:
        """Draw the parts of the change since the first year, by year."""
        rows = (
            self.account.rename_axis("year").reset_index().melt("year", var_name="part", value_name="count")
        )
        return line_chart(
            rows.assign(part=rows["part"].map(words.PARTS_SHORT), thousands=rows["count"] / 1000),
            x="year",
            y="thousands",
            series="part",
            marks=[Mark(2020, "pandemic")],
            x_format=lambda v: financial_year(int(v)),
            y_format=words.thousands,
            caption=words.account_chart(self),
        )

    def conditions_chart(self) -> Chart:
        """Draw admissions by condition and year: the largest, and all others together."""
        rows = self.largest.rename_axis("condition").reset_index()
        rows = rows.melt("condition", var_name="year", value_name="count")
        return line_chart(
            rows.assign(
                name=rows["condition"].map(words.SHORT).fillna(rows["condition"]),
                thousands=rows["count"] / 1000,
                year=rows["year"].astype(int),
            ),
            x="year",
            y="thousands",
            series="name",
            marks=[Mark(2020, "pandemic")],
            x_format=lambda v: financial_year(int(v)),
            y_format=lambda v: f"{v:.0f}k",
            caption=words.conditions_chart(self),
        )

    @property
    def rising(self) -> list[str]:
        """The two conditions that rose most, and the one that fell most."""
        return [*self.conditions.index[:2], self.conditions.index[-1]]

    @property
    def without_risers(self) -> pd.Series:
        """England's admissions by year without the two conditions that rose most."""
        return self.total - self.counts("condition").loc[self.rising[:2]].sum()

    def groups_table(self) -> Table:
        """Show admissions and rates by sex and age."""
        years = (FIRST, BEFORE_PANDEMIC, LAST)
        return page_table(
            self.groups,
            [
                text_column("People", "group"),
                *(
                    value_column(financial_year(year), f"admissions_{year}", "{:,.0f}".format)
                    for year in years
                ),
                *(
                    value_column(f"Per 100,000, {financial_year(year)}", f"rate_{year}", "{:,.0f}".format)
                    for year in years
                ),
            ],
            table_id="admissions-people",
            caption=words.GROUPS_TABLE,
            source=source_line(TABLE),
        )

    def deciles_table(self, edition: str) -> Table:
        """Show the account by tenth of deprivation."""
        rows = self.deciles(edition).reset_index()
        years = sorted(self.counts(edition).columns)
        return page_table(
            rows.assign(name=[words.tenth(str(level)) for level in rows["decile"]]),
            [
                text_column("Tenth", "name"),
                value_column(financial_year(int(years[0])), "first", "{:,.0f}".format),
                value_column(financial_year(int(years[-1])), "last", "{:,.0f}".format),
                value_column("Through people", "people", words.signed_count),
                value_column("Through the rate", "rate", words.signed_count),
                value_column("Change", "change", words.signed_count),
            ],
            table_id=f"admissions-{edition.replace('_', '-')}",
            caption=words.deciles_table(edition),
            source=source_line(TABLE),
        )

    def index_table(self) -> Table:
        """Show slope and relative index of every year, by edition."""
        slope, relative = self.index(), self.index(relative=True)
        joined = slope.join(relative.add_prefix("relative_")).reset_index()
        return page_table(
            joined.assign(
                year=[financial_year(int(y)) for y in joined[_YEAR]],
                edition=joined["breakdown"].map(EDITIONS),
            ),
            [
                text_column("Year", "year"),
                text_column("Edition", "edition"),
                estimate_column("Slope index", "estimate", "lower", "upper"),
                estimate_column("Relative index", "relative_estimate", "relative_lower", "relative_upper"),
            ],
            table_id="admissions-index",
            caption=words.INDEX_TABLE,
            source=source_line(TABLE),
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
