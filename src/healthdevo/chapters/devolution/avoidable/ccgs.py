"""Panels of clinical commissioning groups (CCGs): which are Greater Manchester's, which lie outside London, which are neighbours."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import GREATER_MANCHESTER, LONDON
from healthdevo.chapters.devolution.designs import SEED
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, districts_of, panel_of
from healthdevo.evaluation import Panel, compact_blocks, contiguous_groups
from healthdevo.typing import IntArray

CAUSES = {"preventable": "Preventable", "treatable": "Treatable", "avoidable": "Both together"}
"""Deaths by what can avert them: public health, care, either."""
UNIT = "deaths per 100,000"
BOUNDARIES = 2019
DRAWS = 2000


def sharing(lies_in: pd.DataFrame, touching: pd.DataFrame) -> pd.DataFrame:
    """Return which CCGs are neighbours: those that share a district, or have districts that touch.

    ``lies_in`` has ``ccg_code`` and ``area_code``; ``touching`` says of districts by districts whether they touch.

    >>> lies_in = pd.DataFrame({"ccg_code": ["a", "b", "c"], "area_code": ["x", "x", "y"]})
    >>> apart = pd.DataFrame(False, index=["x", "y"], columns=["x", "y"])
    >>> sharing(lies_in, apart).loc["a"].tolist()
    [False, True, False]
    """
    inside = pd.crosstab(lies_in["ccg_code"], lies_in["area_code"]) > 0
    near = touching.reindex(index=inside.columns, columns=inside.columns).astype("boolean").fillna(False)
    reach = near.to_numpy(dtype=bool) | np.eye(inside.shape[1], dtype=bool)
    matrix = inside.to_numpy().astype(int) @ reach.astype(int) @ inside.to_numpy().astype(int).T > 0
    np.fill_diagonal(matrix, False)
    return pd.DataFrame(matrix, index=inside.index, columns=inside.index)


@dataclass(frozen=True)
class Ccgs:
    """Avoidable deaths under 75 of the CCGs outside London, and where these lie."""

    rates: pd.DataFrame = field(repr=False)
    lies_in: pd.DataFrame = field(repr=False)
    names: pd.Series = field(repr=False)

    @classmethod
    def load(cls) -> Ccgs:
        """Load the tables that the page needs."""
        rates, lies_in = tables.load("avoidable_mortality_ccg"), tables.load("ccg_district")
        names = tables.load("ccg").set_index("ccg_code")["ccg_name"]
        london = lies_in["area_code"].isin(districts_of(LONDON))
        outside = lies_in[~lies_in["ccg_code"].isin(lies_in.loc[london, "ccg_code"])]
        rates = rates[rates["ccg_code"].isin(outside["ccg_code"])]
        return cls(rates.reset_index(drop=True), outside.reset_index(drop=True), names)

    @cached_property
    def treated(self) -> tuple[str, ...]:
        """CCGs with a district of Greater Manchester, in order."""
        own = self.lies_in["area_code"].isin(districts_of(GREATER_MANCHESTER))
        return tuple(sorted(set(self.lies_in.loc[own, "ccg_code"])))

    @cached_property
    def neighbours(self) -> pd.DataFrame:
        """Which CCGs are neighbours, by way of their districts."""
        return sharing(self.lies_in, areas.adjacency("district", BOUNDARIES))

    @cached_property
    def panels(self) -> dict[str, Panel]:
        """Greater Manchester's CCGs from 2015 against the others outside London, by cause."""
        rows = self.rates.rename(columns={"ccg_code": "area_code", "year": "period", "rate": "value"})
        return {
            cause: panel_of(rows[rows["cause"] == cause], unit=UNIT, treated=self.treated, start=HEALTH_DEAL)
            for cause in CAUSES
        }

    @cached_property
    def blocks(self) -> IntArray:
        """A block of ten neighbouring CCGs grown from every one without the deal, without a random draw; the same for every cause."""
        return compact_blocks(self.panels["preventable"], self.neighbours)

    @cached_property
    def drawn_blocks(self) -> IntArray:
        """Blocks of ten neighbouring CCGs without the deal, drawn at random instead."""
        return contiguous_groups(self.panels["preventable"], self.neighbours, draws=DRAWS, seed=SEED)

    @cached_property
    def gaps(self) -> pd.DataFrame:
        """Mean of Greater Manchester's CCGs less that of the others, by year and cause."""
        own = self.rates["ccg_code"].isin(self.treated)
        inside, outside = (
            self.rates[part].pivot_table(index="year", columns="cause", values="rate") for part in (own, ~own)
        )
        return inside - outside
