"""Preventable deaths under 75 in Greater Manchester: the figures, how unusual the change is, and the designs side by side."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import lower_upper
from healthdevo.chapters.devolution import words
from healthdevo.chapters.devolution.designs import DESIGNS, SEED, effects_chart, groups_of, placebo_of
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, SEXES, Outcome, preventable_mortality
from healthdevo.charts import Chart, Mark, line_chart, placebo_chart
from healthdevo.evaluation import (
    Effect,
    Panel,
    PlaceboTest,
    difference_in_differences,
    generalised_synthetic_control,
    leave_one_treated_out,
    synthetic_did,
)
from healthdevo.results import Estimate
from healthdevo.typing import IntArray
from healthdevo.wording import number

DRAWS = 500


@dataclass(frozen=True)
class Mortality:
    """Preventable deaths under 75 by sex (persons, male, female), and who lives where, for the floor that counting deaths sets."""

    outcomes: Mapping[str, Outcome] = field(repr=False)
    population: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Mortality:
        """Load the tables that the section needs."""
        return cls({s: preventable_mortality(s) for s in SEXES}, tables.load("population_age"))

    @cached_property
    def panels(self) -> dict[str, Panel]:
        """Greater Manchester from 2015 against England outside London, by sex."""
        return {s: o.panel() for s, o in self.outcomes.items()}

    @cached_property
    def groups(self) -> dict[tuple[str, str], IntArray]:
        """Groups of ten districts by sex and kind: contiguous ``blocks`` or ``random``."""
        return {
            (s, kind): groups_of(p, self.outcomes[s].boundaries if kind == "blocks" else 0, DRAWS)
            for s, p in self.panels.items()
            for kind in ("blocks", "random")
        }

    def placebo(self, sex: str, design: str, kind: str = "blocks") -> PlaceboTest:
        """Return the placebo test of a design for a sex, with blocks or random groups."""
        key = (sex, design, kind)
        if key not in self._placebos:
            self._placebos[key] = placebo_of(self.panels[sex], design, self.groups[sex, kind])
        return self._placebos[key]

    @cached_property
    def _placebos(self) -> dict[tuple[str, str, str], PlaceboTest]:
        return {}

    def gap_chart(self) -> Chart:
        """Rates of Greater Manchester and of England outside London."""
        names = {"treated": "Greater Manchester", "others": "England outside London"}
        gap = self.outcomes["persons"].gap.reset_index(drop=True)
        data = gap.melt("period", list(names), var_name="who", value_name="rate")
        return line_chart(
            data.assign(who=data["who"].map(names)),
            x="period",
            y="rate",
            series="who",
            marks=[Mark(HEALTH_DEAL - 0.15, "agreement")],
            x_format=lambda v: f"{v:.0f}",
            markers=True,
            caption=words.gap_chart(self),
        )

    def placebo_chart(self) -> Chart:
        """Effects of random groups and of blocks, with the actual one."""
        tests = {kind: self.placebo("persons", "sdid", kind) for kind in ("random", "blocks")}
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
                "sdid": synthetic_did(
                    p, inference=["placebo", "jackknife"], draws=200, solver="exact", seed=SEED
                ),
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
            {"label": f"{name}, {people}", "focus": sex == "persons"}
            | lower_upper(self.found(sex, design), value="effect")
            for sex, people in SEXES.items()
            for design, name in DESIGNS.items()
        ]
        return effects_chart(rows, "preventable deaths per 100,000", words.designs_chart(self))
