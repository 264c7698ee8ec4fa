"""Where the differences in mortality lie: between areas, common years, areas changing places, and chance."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.common import BEFORE_PANDEMIC, OUTCOME, under_75

__all__ = ["Variance"]


@dataclass(frozen=True)
class Variance:
    """The variance of log preventable mortality, over areas with a figure in every year.

    Parameters
    ----------
    panel, population_age : pandas.DataFrame
        Tables ``area_year_panel`` and ``population_age``.
    """

    panel: pd.DataFrame = field(repr=False)
    population_age: pd.DataFrame = field(repr=False)

    def _deviations(self, rows: pd.DataFrame) -> pd.DataFrame:
        """Return rows of complete areas with their log, and the deviations of its mean by area and by year."""
        rows = rows.dropna(subset=[OUTCOME])
        count = rows.groupby("area_code")[OUTCOME].transform("count")
        rows = rows[count == count.max()]
        y = np.log(rows[OUTCOME])
        means = {c: y.groupby(rows[c]).transform("mean") - y.mean() for c in ("area_code", "year")}
        return rows.assign(y=y - y.mean(), areas=means["area_code"], years=means["year"])

    @cached_property
    def shares(self) -> dict[str, float]:
        """Share of the variance that lies between areas, common years, and within areas over time."""
        d = self._deviations(self.panel)
        squares = (d[["y", "areas", "years"]] ** 2).sum()
        shares = {part: float(squares[part] / squares["y"]) for part in ("areas", "years")}
        return shares | {"within": 1.0 - sum(shares.values())}

    @cached_property
    def noise(self) -> float:
        """Share of the variance within areas that chance alone makes, at least.

        Deaths are taken as Poisson, so that the variance of their log is one over their number; standardising to a fixed age structure
        adds to that.
        """
        people = under_75(self.population_age)
        persons = people[people["year"] == BEFORE_PANDEMIC].set_index("area_code")["persons"]
        d = self._deviations(self.panel[self.panel["area_code"].isin(persons.index)])
        deaths = d[OUTCOME] * d["area_code"].map(persons) / 1e5
        free = (d["area_code"].nunique() - 1) * (d["year"].nunique() - 1)
        variance = float(((d["y"] - d["areas"] - d["years"]) ** 2).sum()) / free
        return float(np.mean(1.0 / deaths.to_numpy(dtype=float)) / variance)
