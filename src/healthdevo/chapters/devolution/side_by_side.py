"""Three designs, side by side, and the design that carries earlier trends on."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.common import limits_of
from healthdevo.chapters.devolution.designs import DESIGNS, SEED, effects_chart
from healthdevo.chapters.devolution.mortality import DRAWS, Mortality
from healthdevo.chapters.devolution.panels import SEXES
from healthdevo.chapters.devolution.words import mortality as words
from healthdevo.charts import Chart
from healthdevo.evaluation import (
    Effect,
    difference_in_differences,
    generalised_synthetic_control,
    leave_one_treated_out,
    synthetic_did,
)
from healthdevo.results import Estimate

__all__ = ["SideBySide"]


@dataclass(frozen=True)
class SideBySide:
    """What each design finds in the preventable deaths of everyone, men and women."""

    mortality: Mortality = field(repr=False)

    @cached_property
    def own_intervals(self) -> dict[str, dict[str, Effect]]:
        """The three standard designs with their own intervals, by sex."""
        return {
            s: {
                "did": difference_in_differences(p),
                "sdid": synthetic_did(p, inference=["placebo", "jackknife"], draws=200, seed=SEED),
                "gsc": generalised_synthetic_control(
                    p, ranks=(0, 1, 2, 3), inference=["parametric", "units"], draws=DRAWS, seed=SEED
                ),
            }
            for s, p in self.mortality.panels.items()
        }

    def found(self, sex: str, design: str) -> Estimate:
        """Return what a design finds, with its own interval, or that of blocks for the design less earlier trends."""
        return self.own_intervals[sex].get(design) or self.mortality.placebo(sex, design)

    @cached_property
    def without_one(self) -> pd.DataFrame:
        """The effect without each district of Greater Manchester in turn."""
        return leave_one_treated_out(self.mortality.panels["persons"], "sdid")

    def chart(self) -> Chart:
        """Draw every design and group of people."""
        rows = [
            {"label": f"{name}, {people}", "focus": sex == "persons"} | limits_of(self.found(sex, design))
            for sex, people in SEXES.items()
            for design, name in DESIGNS.items()
        ]
        return effects_chart(rows, "preventable deaths per 100,000", words.designs_chart(self))
