"""All deaths, healthy life and A&E."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import LONDON, small_share, source_line
from healthdevo.chapters.devolution import words
from healthdevo.chapters.devolution.designs import DESIGNS, Tested
from healthdevo.chapters.devolution.paces import paces, paces_table
from healthdevo.chapters.devolution.panels import (
    HEALTH_DEAL,
    MIXED_WINDOWS,
    SEXES,
    districts_of,
    healthy_life_expectancy,
    mortality_ratio,
)
from healthdevo.charts import (
    Chart,
    Table,
    line_chart,
    made_column,
    page_table,
    span_column,
    text_column,
    value_column,
)
from healthdevo.wording import financial_year, number

_GM_ICB = "E54000057"


@dataclass(frozen=True)
class OtherOutcomes:
    """Life expectancy, the derived mortality ratio, healthy life expectancy of women and of men, and A&E."""

    life_expectancy: Tested = field(repr=False)
    mortality: Tested = field(repr=False)
    healthy: Mapping[str, Tested] = field(repr=False)
    months: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls, life_expectancy: Tested) -> OtherOutcomes:
        """Load the tables that the section needs."""
        healthy = {SEXES[sex]: healthy_life_expectancy(sex) for sex in ("female", "male")}
        tested = {w: Tested(f"healthy life expectancy of {w}", o, MIXED_WINDOWS) for w, o in healthy.items()}
        ratio = Tested("mortality ratio", mortality_ratio())
        return cls(life_expectancy, ratio, tested, tables.load("emergency_month"))

    def table(self) -> Table:
        """Show what every design says about every outcome."""
        every = (self.life_expectancy, self.mortality, *self.healthy.values())
        return page_table(
            pd.DataFrame([row for tested in every for row in tested.rows()]),
            [
                made_column("Outcome", ["outcome"], str.capitalize),
                text_column("Design", "design", DESIGNS),
                made_column("Effect", ["effect", "unit"], lambda v, unit: f"{number(v)} {unit}"),
                span_column("95% interval"),
                value_column("Placebo groups with as much", "p_value", small_share),
            ],
            table_id="other-outcomes",
            caption=words.DESIGNS_TABLE,
            source=source_line(*dict.fromkeys(name for tested in every for name in tested.outcome.tables)),
        )

    @cached_property
    def paces(self) -> pd.DataFrame:
        """How much the gap in the mortality ratio closed a year before and after the agreement, by first year."""
        tested = self.mortality
        return paces(tested.panel, tested.groups, last=HEALTH_DEAL - 1, firsts=range(2003, 2011))

    def paces_table(self) -> Table:
        """Show the pace of closing of the mortality ratio before and after by first year."""
        source = source_line(*self.mortality.outcome.tables)
        return paces_table(self.paces, "closing-all-deaths", words.CLOSING_ALL_DEATHS, source)

    @cached_property
    def four_hours(self) -> pd.DataFrame:
        """Share within four hours by financial year: Greater Manchester, its rank, and the median of the other boards outside London.

        Only years with all twelve months count.
        """
        london = set(districts_of(LONDON))
        boards = [a.code for a in areas.list_areas("icb", on="2023-06-01")]
        capital = [code for code in boards if set(districts_of(code)) <= london]
        rows = self.months[self.months["department_type"] == "all"]
        rows = rows[rows["area_code"].str.startswith("E54") & ~rows["area_code"].isin(capital)]
        rows = rows.assign(financial_year_start=rows["month"].dt.year - (rows["month"].dt.month < 4))

        def by_board(column: str, how: Literal["sum", "count"]) -> pd.DataFrame:
            return rows.pivot_table(
                index="financial_year_start", columns="area_code", values=column, aggfunc=how
            )

        whole = by_board("attendances", "count") == 12
        share = 1.0 - by_board("over_4_hours", "sum") / by_board("attendances_4_hour_reporting", "sum")
        share = share.where(whole & (by_board("over_4_hours", "count") == 12))[whole.any(axis=1)]
        others = share.drop(columns=_GM_ICB)
        return pd.DataFrame(
            {
                "own": share[_GM_ICB],
                "median": others.median(axis=1),
                "boards": others.count(axis=1) + 1,
                "rank": share.rank(axis=1, ascending=False)[_GM_ICB],
            }
        )

    def emergency_chart(self) -> Chart:
        """Four-hour performance of Greater Manchester and the others."""
        names = {"own": "Greater Manchester", "median": "median of other boards"}
        known = self.four_hours[list(names)].rename(columns=names)
        every = pd.RangeIndex(known.index.min(), known.index.max() + 1, name="financial_year_start")
        data = (100 * known.reindex(every)).melt(ignore_index=False, var_name="who", value_name="percent")
        return line_chart(
            data.reset_index(),
            x="financial_year_start",
            y="percent",
            series="who",
            x_format=lambda v: financial_year(int(v)),
            y_format=lambda v: f"{v:.0f}%",
            y_from_zero=False,
            markers=True,
            caption=words.emergency_chart(self.four_hours),
        )
