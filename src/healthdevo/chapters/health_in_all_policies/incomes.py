"""Incomes and mortality, first their levels and then how both changed."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.common import OUTCOME, name_at, percent_changes, signed_percent, straight_line
from healthdevo.chapters.health_in_all_policies import words
from healthdevo.charts import Chart, scatter_chart

INCOME = "household_income_per_head"


@dataclass(frozen=True)
class Incomes:
    """Household income per head against preventable mortality, from table ``area_year_panel`` with names."""

    panel: pd.DataFrame = field(repr=False)

    @cached_property
    def levels(self) -> pd.DataFrame:
        """Mean household income and preventable mortality of each area."""
        rows = self.panel.dropna(subset=[OUTCOME, INCOME])
        return rows.groupby(["area_code", "name"], as_index=False)[[OUTCOME, INCOME]].mean()

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Change of household income and preventable mortality of each area before the pandemic, in per cent."""
        return percent_changes(self.panel, [OUTCOME, INCOME], self.first)

    @property
    def first(self) -> int:
        """First year of the panel."""
        return int(self.panel["year"].min())

    def levels_chart(self) -> Chart:
        """Draw income against mortality, level by level."""
        data = self.levels
        r = float(np.corrcoef(np.log(data[INCOME]), np.log(data[OUTCOME]))[0, 1])
        return scatter_chart(
            data,
            x=INCOME,
            y=OUTCOME,
            label="name",
            named=list(dict.fromkeys([name_at(data, INCOME, -1), name_at(data, OUTCOME, -1)])),
            x_format=lambda v: f"£{v / 1000:,.0f}k",
            x_label="household income per head",
            y_label="preventable deaths per 100,000",
            caption=words.income_levels(len(data), r),
        )

    def changes_chart(self) -> Chart:
        """Draw change of income against change of mortality."""
        data = self.changes
        r = float(np.corrcoef(data[INCOME], data[OUTCOME])[0, 1])
        return scatter_chart(
            data,
            x=INCOME,
            y=OUTCOME,
            label="name",
            named=[name_at(data, INCOME, 0), name_at(data, INCOME, -1)],
            line=straight_line(data, INCOME, OUTCOME),
            zero=True,
            x_format=signed_percent,
            y_format=signed_percent,
            x_label="change in household income per head",
            y_label="change in preventable deaths",
            caption=words.income_changes(len(data), r, self.first),
        )
