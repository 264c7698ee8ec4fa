"""Section on place, or who lives there: what the mix of deprivation explains."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.common import SEXES
from healthdevo.chapters.postcode_lottery.ground import Ground

__all__ = ["Composition"]


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
            frame = pd.DataFrame(
                {
                    "predicted": sums["product"] / sums["population"],
                    "life": g.life_of[sex][self.start],
                    "error": g.life_errors[sex],
                }
            )
            parts.append(frame.dropna().assign(sex=sex).rename_axis("area_code").reset_index())
        return pd.concat(parts, ignore_index=True)

    @cached_property
    def explained(self) -> dict[str, float]:
        """Share of the variance between districts that goes with their mix of deprivation, noise taken off, by sex."""
        found = {}
        for sex, rows in self.districts.groupby("sex", observed=True):
            w = self.ground.size.reindex(rows["area_code"]).to_numpy(float)
            w = w / w.sum()
            x, y = rows["predicted"].to_numpy(float), rows["life"].to_numpy(float)
            x, y = x - w @ x, y - w @ y
            noise = float(w @ rows["error"].to_numpy(float) ** 2)
            found[str(sex)] = float(w @ (x * y)) ** 2 / float(w @ x**2) / (float(w @ y**2) - noise)
        return found
