"""Preventable deaths under 75 in Greater Manchester: the figures, how unusual the change is, and the designs side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import lower_upper, under_75
from healthdevo.chapters.devolution import words
from healthdevo.chapters.devolution.designs import STANDARD, any_design, effects_chart, groups_of, placebo_of
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, SEXES, Outcome, preventable_mortality
from healthdevo.chapters.devolution.subject import DEATHS, Subject
from healthdevo.charts import Chart, Mark, line_chart, placebo_chart
from healthdevo.evaluation import Effect, Panel, PlaceboTest, leave_one_treated_out
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number

DRAWS = 1000
"""Groups at random; blocks are not drawn."""


def counting_errors(panel: Panel) -> FloatArray:
    """Return the standard errors that counting deaths alone leaves in rates under 75, about, by district and year.

    Deaths are taken as the rate times the people under 75 of 2017, as if the rate were a crude one.
    """
    people = under_75(tables.load("population_age"))
    young = people[people["year"] == 2017].set_index("area_code")["persons"].reindex(panel.areas)
    sizes = young.fillna(float(young.median())).to_numpy(dtype=float)
    deaths = panel.outcome * sizes[:, None] / 1e5
    return panel.outcome / np.sqrt(deaths)  # type: ignore[no-any-return]


@dataclass(frozen=True)
class Mortality:
    """A main outcome by sex, if it is given so; everyone's is ``persons``: preventable deaths under 75, or what ``subject`` names.

    ``errors`` gives the standard errors that counting alone leaves in the figures of a panel.
    """

    outcomes: Mapping[str, Outcome] = field(repr=False)
    errors: Callable[[Panel], FloatArray] = field(default=counting_errors, repr=False, compare=False)
    subject: Subject = DEATHS

    @classmethod
    def load(cls) -> Mortality:
        """Load preventable deaths under 75."""
        return cls({s: preventable_mortality(s) for s in SEXES})

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
            x_label=self.subject.unit,
            x_format=number,
            caption=words.placebo_chart(tests["blocks"], self.subject),
        )


class Carrier(NamedTuple):
    """The district that carries most of the effect: what is left without it, and its own change.

    ``matched`` of ``blocks`` have as much left when each of them, too, loses the district that carries most of its change.
    """

    name: str
    without: float
    alone: float
    matched: int
    blocks: int


@dataclass(frozen=True)
class SideBySide:
    """What each design finds in the preventable deaths of everyone, men and women, with permutation intervals of blocks."""

    mortality: Mortality = field(repr=False)

    def found(self, sex: str, design: str) -> PlaceboTest:
        """Return what a design finds, and how blocks of districts without the deal scatter by the same design."""
        return self.mortality.placebo(sex, design)

    @cached_property
    def main(self) -> Effect:
        """The main design for everyone, with its own path and weights."""
        return any_design(self.mortality.panels["persons"], "sdid")

    @cached_property
    def factors(self) -> int:
        """Factors that the factor model chooses for everyone by predicting periods left out."""
        return int(any_design(self.mortality.panels["persons"], "gsc").diagnostics["rank"])

    @cached_property
    def without_one(self) -> pd.DataFrame:
        """The effect without each district of Greater Manchester in turn; the first row leaves out none."""
        return leave_one_treated_out(self.mortality.panels["persons"], "sdid")

    @cached_property
    def alone(self) -> pd.Series:
        """The plain difference for each district of Greater Manchester alone, by code: their mean is that of all."""
        panel = self.mortality.panels["persons"]
        first = int(panel.cohorts[0])
        change = panel.outcome[:, first:].mean(axis=1) - panel.outcome[:, :first].mean(axis=1)
        own = panel.treated
        return pd.Series(change[own] - change[~own].mean(), panel.areas[own])

    @cached_property
    def carrier(self) -> Carrier:
        """The district without which least of the effect is left."""
        rows = self.without_one.iloc[1:]
        full = float(self.without_one["effect"].iloc[0])
        code = str(rows.loc[(rows["effect"] * np.sign(full)).idxmin(), "left_out"])
        panel, blocks = self.mortality.panels["persons"], self.mortality.groups["persons", "blocks"]
        rest = panel.drop([code])
        place = rest.areas.get_indexer(panel.areas)
        size = blocks.shape[1]
        smaller = np.array([place[np.delete(block, k)] for block in blocks for k in range(size)])
        test = placebo_of(rest, "sdid", smaller)
        left = test.effects.reshape(len(blocks), size)
        sign = np.sign(self.found("persons", "sdid").effects)[:, None]
        return Carrier(
            areas.get(code).name,
            test.estimate,
            float(self.alone[code]),
            int(((sign * left).min(axis=1) >= abs(test.estimate)).sum()),
            len(blocks),
        )

    def chart(self) -> Chart:
        """Draw every design and group of people."""
        rows = [
            {
                "label": f"{name}, {SEXES[sex]}" if len(self.mortality.outcomes) > 1 else name,
                "focus": sex == "persons",
            }
            | lower_upper(self.found(sex, design), value="effect")
            for sex in self.mortality.outcomes
            for design, name in STANDARD.items()
        ]
        return effects_chart(rows, self.mortality.subject.unit, words.designs_chart(self))
