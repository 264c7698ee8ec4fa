"""How unusual is it? The same design for groups of districts without the deal."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from healthdevo.chapters.devolution.mortality import Mortality
from healthdevo.chapters.devolution.words import mortality as words
from healthdevo.charts import Chart, placebo_chart
from healthdevo.wording import number

__all__ = ["Placebos"]


@dataclass(frozen=True)
class Placebos:
    """Where Greater Manchester stands among blocks of neighbours and random groups.

    Parameters
    ----------
    mortality : Mortality
        Preventable deaths under 75.
    """

    mortality: Mortality = field(repr=False)

    def chart(self) -> Chart:
        """Effects of random groups and of blocks, with the actual one."""
        tests = {kind: self.mortality.placebo("persons", "sdid", kind) for kind in ("random", "blocks")}
        panels = {words.placebo_panel(kind, test): test for kind, test in tests.items()}
        parts = [pd.DataFrame({"kind": name, "effect": test.effects}) for name, test in panels.items()]
        return placebo_chart(
            pd.concat(parts, ignore_index=True),
            effect="effect",
            panel="kind",
            actual={name: test.estimate for name, test in panels.items()},
            actual_text="Greater Manchester",
            x_label="deaths per 100,000",
            x_format=number,
            caption=words.placebo_chart(tests["blocks"]),
        )
