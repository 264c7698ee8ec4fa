"""What the next evaluation could tell: how large a change must be, in how many areas and years, for both main outcomes and for surveys.

How much places change without any deal is taken from the past: blocks of ten neighbouring districts without one, five years before
against some years after, for every start that the figures allow. That spread holds chance, trends that differ and shocks that
neighbours share, so no model of them is needed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.power import NormalIndPower, TTestIndPower
from statsmodels.stats.proportion import proportion_effectsize

from healthdevo import tables
from healthdevo.chapters.balance import words
from healthdevo.chapters.common import few, source_line
from healthdevo.chapters.devolution.admissions.rates import Rates
from healthdevo.chapters.devolution.designs import blocks_of
from healthdevo.chapters.devolution.panels import Outcome, preventable_mortality
from healthdevo.charts import Chart, Table, line_chart, page_table, share_column, text_column, value_column
from healthdevo.errors import InputError
from healthdevo.regression import minimum_detectable_effect
from healthdevo.typing import FloatArray, IntArray

BEFORE = 5
"""Years before the start that are averaged."""
AFTER = (1, 2, 3, 4, 5)
"""Years after the start that are averaged."""
WANTED = 0.05
"""Fall that is to be found: a twentieth."""
POWER, SIGNIFICANCE = 0.8, 0.05
POINTS = (0.02, 0.05)
"""Rises of a share in a survey that are to be found."""


def changes(logs: FloatArray, groups: IntArray, before: int, after: int) -> FloatArray:
    """Return the change of each group of rows of log rates, less the mean change of all rows, for every start: shape (starts, groups).

    >>> changes(np.array([[0.0, 0.0, 1.0], [0.0, 0.0, 0.0]]), np.array([[0], [1]]), 2, 1).tolist()
    [[0.5, -0.5]]
    """
    found = []
    for start in range(before, logs.shape[1] - after + 1):
        change = logs[:, start : start + after].mean(axis=1) - logs[:, start - before : start].mean(axis=1)
        found.append((change - change.mean())[groups].mean(axis=1))
    return np.array(found)


def spread(found: FloatArray) -> float:
    """Return the standard deviation between groups, pooled over starts.

    >>> round(spread(np.array([[1.0, -1.0], [2.0, -2.0]])), 3)
    2.236
    """
    return float(np.sqrt(found.var(axis=1, ddof=1).mean()))


def fall(logs: float) -> float:
    """Return a difference of logs as a fall in per cent of the rate, as a share.

    >>> round(fall(0.0513), 3)
    0.05
    """
    return 1.0 - float(np.exp(-logs))


def published(release: str) -> int:
    """Return the latest year that a release names.

    >>> published("2023 and 2026"), published("2025-02")
    (2026, 2025)
    """
    years = re.findall(r"(?:19|20)\d\d", release)
    if not years:
        raise InputError(f"release {release!r} names no year; a table's release needs one")
    return max(int(y) for y in years)


def needed(deviation: float, size: float = WANTED) -> int:
    """Return how many areas on each side, drawn by lot, a fall needs to be found with 80% power, at least two.

    >>> needed(0.03), needed(0.001)
    (7, 2)
    """
    effect = -np.log1p(-size) / deviation
    if TTestIndPower().power(effect_size=effect, nobs1=2, alpha=SIGNIFICANCE) >= POWER:
        return 2
    found = TTestIndPower().solve_power(effect_size=effect, power=POWER, alpha=SIGNIFICANCE)
    return int(np.ceil(float(np.ravel(found)[0])))


@dataclass(frozen=True)
class Measuring:
    """What could be seen in preventable deaths and avoidable admissions, from districts outside London without a deal."""

    outcomes: Mapping[str, Outcome] = field(repr=False)
    heard: pd.DataFrame = field(repr=False)
    lag: int = 2
    """Years from the last year of figures to their publication, the slower of both outcomes."""

    @classmethod
    def load(cls) -> Measuring:
        """Load the tables that the section needs."""
        outcomes = {words.DEATHS: preventable_mortality(), words.ADMISSIONS: Rates.load().outcome()}
        last = {"under_75_mortality": "year", "chronic_admission": "financial_year_start"}
        waits = [
            published(tables.origin(name).release) - int(tables.load(name)[column].max())
            for name, column in last.items()
        ]
        return cls(outcomes, tables.load("influence_local_decisions"), max(waits))

    @cached_property
    def rows(self) -> pd.DataFrame:
        """One row for each outcome and number of years after.

        ``deviation`` of blocks' and ``district_deviation`` of districts' changes in logs, ``one`` the fall that one authority of ten
        districts would show, ``authorities`` and ``districts`` needed on each side for a fall of a twentieth.
        """
        rows: list[dict[str, Any]] = []
        for name, outcome in self.outcomes.items():
            panel = outcome.panel()
            logs, place = np.log(panel.outcome[~panel.treated]), np.cumsum(~panel.treated) - 1
            blocks = place[blocks_of(panel, outcome.boundaries)]
            alone = np.arange(len(logs))[:, np.newaxis]
            apart = len(logs) / blocks.shape[1]
            for after in AFTER:
                deviation = spread(changes(logs, blocks, BEFORE, after))
                district = spread(changes(logs, alone, BEFORE, after))
                error = deviation * float(np.sqrt(1.0 + 1.0 / apart))
                least = minimum_detectable_effect(
                    error, power=POWER, significance=SIGNIFICANCE, df=apart - 1.0
                )
                rows.append(
                    {
                        "outcome": name,
                        "after": after,
                        "starts": logs.shape[1] - BEFORE - after + 1,
                        "deviation": deviation,
                        "district_deviation": district,
                        "one": fall(float(least["effect"].iloc[0])),
                        "authorities": needed(deviation),
                        "districts": needed(district),
                    }
                )
        return pd.DataFrame(rows)

    def at(self, outcome: str, after: int) -> dict[str, Any]:
        """Return the row of an outcome and a number of years."""
        rows = self.rows[(self.rows["outcome"] == outcome) & (self.rows["after"] == after)]
        return {str(name): value for name, value in rows.iloc[0].items()}

    def best(self, outcome: str) -> dict[str, Any]:
        """Return the row with the fewest authorities needed, the fewest years first."""
        rows = self.rows[self.rows["outcome"] == outcome].sort_values(["authorities", "after"])
        return {str(name): value for name, value in rows.iloc[0].items()}

    @cached_property
    def survey(self) -> pd.DataFrame:
        """People to be asked in each area and year so that a rise of a share between two years is found: ``rise``, ``people``."""
        share = float(self.heard.sort_values("financial_year_start")["share"].iloc[-1])
        rows = []
        for rise in POINTS:
            size = proportion_effectsize(share + rise, share)
            asked = NormalIndPower().solve_power(effect_size=size, power=POWER, alpha=SIGNIFICANCE)
            rows.append(
                {"share": share, "rise": rise, "people": int(np.ceil(float(np.ravel(asked)[0]) / 10) * 10)}
            )
        return pd.DataFrame(rows)

    def chart(self) -> Chart:
        """Draw the fall that one authority would show, by years after the start."""
        return line_chart(
            self.rows.assign(percent=100.0 * self.rows["one"], wanted=100.0 * WANTED),
            x="after",
            y="percent",
            series="outcome",
            x_format=lambda v: f"{v:.0f}",
            y_format=lambda v: f"{v:.0f}%",
            markers=True,
            caption=words.power_chart(self),
        )

    def table(self) -> Table:
        """Show what one authority would show, and how many are needed."""
        return page_table(
            self.rows,
            [
                text_column("Outcome", "outcome"),
                value_column("Years after", "after", lambda v: few(int(v))),
                share_column("Fall that one authority would show", "one", 0),
                value_column(
                    "Authorities with the power, and as many without", "authorities", lambda v: f"{v:.0f}"
                ),
                value_column("Or districts, and as many without", "districts", lambda v: f"{v:.0f}"),
            ],
            table_id="power",
            caption=words.POWER_TABLE,
            source=source_line("under_75_mortality", "chronic_admission"),
        )
