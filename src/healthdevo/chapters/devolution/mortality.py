"""Preventable deaths under 75 in Greater Manchester: the figures, the panels that all designs share, and how unusual the change is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.devolution.designs import groups_of, placebo_of
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, SEXES, Outcome, preventable_mortality
from healthdevo.chapters.devolution.words import mortality as words
from healthdevo.charts import Chart, Mark, line_chart, placebo_chart
from healthdevo.evaluation import Panel, PlaceboTest
from healthdevo.typing import IntArray
from healthdevo.wording import number

__all__ = ["DRAWS", "Mortality"]

DRAWS = 500


@dataclass(frozen=True)
class Mortality:
    """Preventable deaths under 75 by sex.

    Parameters
    ----------
    outcomes : mapping of str to Outcome
        By sex: persons, male, female.
    population : pandas.DataFrame
        Table ``population_age``, for the floor that counting deaths sets.
    """

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
    def blocks(self) -> dict[str, IntArray]:
        """Contiguous blocks of ten districts, by sex."""
        return {s: groups_of(p, self.outcomes[s].boundaries, DRAWS) for s, p in self.panels.items()}

    @cached_property
    def randoms(self) -> dict[str, IntArray]:
        """Random groups of ten districts, by sex."""
        return {s: groups_of(p, 0, DRAWS) for s, p in self.panels.items()}

    def placebo(self, sex: str, design: str, kind: str = "blocks") -> PlaceboTest:
        """Return the placebo test of a design for a sex, with blocks or random groups."""
        key = (sex, design, kind)
        if key not in self._placebos:
            groups = self.blocks if kind == "blocks" else self.randoms
            self._placebos[key] = placebo_of(self.panels[sex], design, groups[sex])
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
