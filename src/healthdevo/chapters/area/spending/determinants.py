"""Where the area stands on what shapes health, and on two outcomes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import charts
from healthdevo.chapters.area.spending import words
from healthdevo.chapters.area.spending.councils import COVERED, Councils
from healthdevo.chapters.common import OUTCOME, source_line

_INDICATORS: Mapping[str, tuple[str, int, str]] = {
    OUTCOME: ("Preventable deaths under 75", -1, "per 100,000"),
    "deprivation_score_2019": ("Deprivation score 2019", -1, ""),
    "claimant_rate": ("Benefit claimants", -1, "%"),
    "employment_rate": ("Employment rate", 1, "%"),
    "inactivity_due_to_sickness": ("Inactive through sickness", -1, "% of inactive"),
    "median_weekly_pay": ("Median weekly pay", 1, "pounds"),
    "household_income_per_head": ("Household income per head", 1, "pounds"),
    "housing_affordability_ratio": ("House prices over earnings", -1, "times"),
    "gcse_english_and_maths": ("GCSEs in English and maths", 1, "%"),
    "obesity_year_6": ("Obesity at age 10 to 11", -1, "%"),
}
"""Columns of the panel: name, direction in which more is better for health, unit."""


@dataclass(frozen=True)
class Measured:
    """One indicator in its latest year: its value in each area with enough people covered, England's, and the spread between councils."""

    year: int
    of_areas: dict[str, float]
    england: float
    spread: float


def measured(codes: Sequence[str], shares: pd.DataFrame, panel: pd.DataFrame) -> dict[str, Measured]:
    """Return every indicator of areas that are compared, by column of table ``area_year_panel``; councils weigh by their people."""
    found = {}
    for column in _INDICATORS:
        filled = panel.dropna(subset=[column])
        counts = filled.groupby("year")["area_code"].nunique()
        year = max(int(str(y)) for y in counts[counts >= 0.95 * counts.max()].index)
        now, people = filled[filled["year"] == year], filled.loc[filled["year"] == year, "population"]
        values = _means(codes, shares[list(codes)], now, panel[panel["year"] == year], column)
        england = float((people * now[column]).sum() / people.sum())
        spread = float(np.sqrt((people * (now[column] - england) ** 2).sum() / people.sum()))
        found[column] = Measured(year, values, england, spread)
    return found


def _means(
    codes: Sequence[str], shares: pd.DataFrame, rows: pd.DataFrame, everyone: pd.DataFrame, column: str
) -> dict[str, float]:
    """Return the mean of councils weighted by people, for each area with enough of its people in the rows."""
    total = everyone["population"].to_numpy(float) @ shares.loc[everyone["area_code"]].to_numpy(float)
    people = rows["population"].to_numpy(float)
    weights = shares.loc[rows["area_code"]].to_numpy(float) * people[:, None]
    covered = weights.sum(axis=0)
    means = rows[column].to_numpy(float) @ weights / np.where(covered > 0, covered, np.nan)
    enough = covered >= COVERED * total
    return {code: float(mean) for code, mean, shown in zip(codes, means, enough, strict=True) if shown}


@dataclass(frozen=True)
class Determinants:
    """Determinants and outcomes of health in the area, its peers and England, from table ``area_year_panel`` (see ``measured``)."""

    councils: Councils
    panel: pd.DataFrame = field(repr=False)
    measured: Mapping[str, Measured] = field(repr=False)

    @cached_property
    def positions(self) -> pd.DataFrame:
        """Each indicator in the area, its peers' ranks and England; better than England is positive in ``position``."""
        rows = []
        for column, (name, direction, unit) in _INDICATORS.items():
            m = self.measured[column]
            own = m.of_areas.get(self.councils.area.code, float("nan"))
            better = sum(direction * v > direction * own for v in m.of_areas.values())
            rows.append(
                {
                    "indicator": column,
                    "name": name,
                    "unit": unit,
                    "year": 2019 if column == "deprivation_score_2019" else m.year,
                    "value": own,
                    "england": m.england,
                    "position": direction * (own - m.england) / m.spread,
                    "rank": better + 1 if np.isfinite(own) else 0,
                    "peers": len(m.of_areas),
                }
            )
        return pd.DataFrame(rows)

    @property
    def placed(self) -> pd.DataFrame:
        """Indicators on which the area can be placed, from best to worst."""
        return self.positions.dropna(subset=["position"]).sort_values("position", ascending=False)

    def chart(self) -> charts.Chart:
        """Draw the area's position on each indicator."""
        return charts.interval_chart(
            self.placed,
            label="name",
            value="position",
            reference=0.0,
            reference_text="England",
            value_format=lambda v: f"{v:+g}".replace("-", "\N{MINUS SIGN}") if v else "0",
            x_label="worse than England  |  better",
            caption=words.determinants(self.councils.area, self.placed),
        )

    def table(self) -> charts.Table:
        """Show the area's values on each indicator."""
        return charts.page_table(
            self.positions,
            [
                charts.text_column("Indicator", "name"),
                charts.text_column("Year", "year"),
                charts.made_column("Here", ["value", "unit"], words.indicator),
                charts.made_column("England", ["england", "unit"], words.indicator),
                charts.made_column("Rank", ["rank", "peers"], words.rank),
            ],
            table_id="determinants-in-numbers",
            caption=words.tables(self.councils.area)["determinants-in-numbers"],
            source=source_line("area_year_panel"),
        )
