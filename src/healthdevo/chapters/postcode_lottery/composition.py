"""Section on place, or who lives there: what the mix of deprivation explains."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.common import SEXES
from healthdevo.chapters.postcode_lottery.ground import Ground


@dataclass(frozen=True)
class Composition:
    """Life expectancy of districts against what their mix of deprivation predicts."""

    ground: Ground = field(repr=False)

    @cached_property
    def start(self) -> int:
        """First year of the latest period that tenths and districts share."""
        return int(max(set(self.ground.tenths["period_start_year"]) & set(self.ground.periods)))

    @cached_property
    def districts(self) -> pd.DataFrame:
        """Life expectancy of each district against what its mix of national tenths predicts, both sexes."""
        g = self.ground
        people = g.people[(g.people["index_year"] == 2019) & g.people["area_code"].isin(g.region_of.index)]
        tenths = g.tenths[g.tenths["period_start_year"] == self.start]
        parts = []
        for sex in SEXES:
            national = tenths[tenths["sex"] == sex].set_index("decile")["life_expectancy"]
            weighted = people.assign(product=people["population"] * people["decile"].map(national))
            sums = weighted.groupby("area_code", observed=True)[["product", "population"]].sum()
            predicted, life = sums["product"] / sums["population"], g.life_of[sex][self.start]
            frame = pd.DataFrame({"predicted": predicted, "life": life, "error": g.life_errors[sex]})
            parts.append(frame.dropna().assign(sex=sex).rename_axis("area_code").reset_index())
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def explained(self) -> dict[str, float]:
        """Share of the variance between districts that goes with their mix of deprivation, noise taken off, by sex."""
        found = {}
        for sex, rows in self.districts.groupby("sex", observed=True):
            w = self.ground.size.reindex(rows["area_code"]).to_numpy(float)
            spread = np.cov(rows["predicted"], rows["life"], aweights=w, ddof=0)
            noise = np.average(rows["error"] ** 2, weights=w)
            found[str(sex)] = float(spread[0, 1] ** 2 / spread[0, 0] / (spread[1, 1] - noise))
        return found
