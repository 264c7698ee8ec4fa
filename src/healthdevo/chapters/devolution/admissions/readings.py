"""What turns on a choice in avoidable admissions: the year counted from, the year followed to, breaks of recording, every choice at once.

Designs, earlier trends, placebos and the rule are those of the part on deaths, run on this outcome.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.common import BEFORE_PANDEMIC, GREATER_MANCHESTER, small_share, source_line
from healthdevo.chapters.devolution.admissions import words
from healthdevo.chapters.devolution.admissions.rates import ENDS, LAST, UNIT, Rates
from healthdevo.chapters.devolution.designs import DESIGN_NAMES, blocks_of, placebo_of
from healthdevo.chapters.devolution.elsewhere import DETECTABLE
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.mortality import Mortality
from healthdevo.chapters.devolution.panels import (
    HEALTH_DEAL,
    POOLS,
    Outcome,
    adjacency_of,
    districts_of,
    pool,
)
from healthdevo.chapters.devolution.pre_trends import PreTrends
from healthdevo.chapters.devolution.specifications import drawn, in_the_unit, influence
from healthdevo.chapters.devolution.subject import ADMISSIONS
from healthdevo.charts import Chart, Table, made_column, page_table, text_column
from healthdevo.evaluation import Effect, Panel, PlaceboTest, SpecificationCurve, neighbours
from healthdevo.evaluation import specification_curve as curve_of
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import financial_year, number, span

STARTS = {HEALTH_DEAL: "the agreement", 2016: "the budget", 2017: "the mayor"}
"""First treated financial years, by what they follow."""
SCALES = ("did", "sdid", "did_log", "sdid_log")
_PERSONS = "persons"
_CHOICES = {
    "design": "Design",
    "start": "Counted from",
    "last": "Last year",
    "controls": "Compared with",
    "near": "Districts next door",
    "breaks": "Breaks of recording",
}
_LEFT_OUT, _KEPT = "left out", "kept"
_MAIN = (
    DESIGN_NAMES["sdid"],
    financial_year(HEALTH_DEAL),
    financial_year(BEFORE_PANDEMIC),
    POOLS["england"],
    _KEPT,
    _LEFT_OUT,
)


@dataclass(frozen=True)
class Readings:
    """What each reading says of avoidable admissions, against blocks of ten neighbouring districts without the deal."""

    rates: Rates = field(repr=False)

    @cached_property
    def outcome(self) -> Outcome:
        """The main outcome."""
        return self.rates.outcome()

    @cached_property
    def judgement(self) -> Judgement:
        """The readings that the headline names, and the verdict, by the rule for deaths."""
        return Judgement.of(Mortality({_PERSONS: self.outcome}, self._errors, ADMISSIONS))

    def _errors(self, panel: Panel) -> FloatArray:
        """Return the standard errors of the rates, from their published limits."""
        return self.rates.errors.loc[panel.areas, panel.periods].to_numpy(dtype=float)

    @property
    def main(self) -> PlaceboTest:
        """The main effect among those of blocks."""
        return self.judgement.main

    @property
    def trends(self) -> PreTrends:
        """How the outcome moved before the agreement."""
        return self.judgement.pre_trends

    @property
    def panel(self) -> Panel:
        """The main panel."""
        return self.trends.panel

    def found(self, design: str, kind: str = "blocks") -> PlaceboTest:
        """Return what a design finds, among those of blocks or of random groups."""
        return self.judgement.designs.mortality.placebo(_PERSONS, design, kind)

    @cached_property
    def windows(self) -> dict[tuple[int, int], dict[str, PlaceboTest]]:
        """Plain and synthetic difference, in points and in log points, by first treated and last year."""
        found: dict[tuple[int, int], dict[str, PlaceboTest]] = {}
        for last in ENDS:
            outcome = self.rates.outcome(last)
            for start in STARTS:
                panel = outcome.panel(start=start)
                blocks = blocks_of(panel, outcome.boundaries)
                found[start, last] = {design: placebo_of(panel, design, blocks) for design in SCALES}
        return found

    @cached_property
    def with_breaks(self) -> PlaceboTest:
        """The main design with the districts that have a marked break of recording."""
        outcome = self.rates.outcome(breaks=True)
        panel = outcome.panel()
        return placebo_of(panel, "sdid", blocks_of(panel, outcome.boundaries))

    @property
    def detectable(self) -> float:
        """The effect that would be found four times in five, with everything taken into account."""
        return DETECTABLE * self.trends.given["everything"].standard_error

    @cached_property
    def curve(self) -> SpecificationCurve:
        """The effect under every combination of design, first treated year, last year, controls, districts next door and breaks.

        Districts with a break of recording come in only together with the districts next door.
        """
        panels: dict[tuple[int, int, str, bool, bool], tuple[Panel, IntArray]] = {}

        def run(design: str, start: int, last: int, controls: str, near: bool, breaks: bool) -> Effect:
            key = (start, last, controls, near, breaks)
            if key not in panels:
                panels[key] = self._panel(*key)
            panel, groups = panels[key]
            return in_the_unit(panel, design, groups)

        return curve_of(
            {
                "design": {name: design for design, name in DESIGN_NAMES.items()},
                "start": {financial_year(start): start for start in STARTS},
                "last": {financial_year(last): last for last in ENDS},
                "controls": {label: name for name, label in POOLS.items()},
                "near": {_KEPT: True, _LEFT_OUT: False},
                "breaks": {_LEFT_OUT: False, _KEPT: True},
            },
            run,
            allowed=lambda o: o["near"] == _KEPT or o["breaks"] == _LEFT_OUT,
            unit=UNIT,
        )

    def _panel(
        self, start: int, last: int, controls: str, near: bool, breaks: bool
    ) -> tuple[Panel, IntArray]:
        outcome = self.rates.outcome(last, breaks=breaks)
        chosen = pool(controls, set(outcome.codes) - set(districts_of(GREATER_MANCHESTER)))
        panel = outcome.panel(start=start, controls=chosen)
        if not near:
            everywhere = outcome.panel(start=start)
            touching = neighbours(everywhere, adjacency_of(everywhere.areas, outcome.boundaries))
            panel = panel.drop([a for a in touching if a in panel.areas])
        return panel, blocks_of(panel, outcome.boundaries)

    def windows_table(self) -> Table:
        """Show the effect by first treated year and last year, in points and in per cent."""
        rows = []
        for (start, last), tests in self.windows.items():
            row: dict[str, object] = {
                "start": f"{financial_year(start)} ({STARTS[start]})",
                "last": financial_year(last),
            }
            for design, test in tests.items():
                limits = test.interval()
                values = np.array([test.estimate, limits.lower, limits.upper])
                shown = 100 * np.expm1(values) if design.endswith("_log") else values
                names = (design, f"{design}_lower", f"{design}_upper")
                row |= dict(zip(names, shown.tolist(), strict=True)) | {f"{design}_share": test.p_absolute}
            rows.append(row)
        columns = [text_column("Counted from", "start"), text_column("Followed to", "last")]
        for design, name in words.SCALE_NAMES.items():
            needs = [design, f"{design}_lower", f"{design}_upper", f"{design}_share"]
            columns.append(made_column(name, needs, _effect))
        return page_table(
            pd.DataFrame(rows),
            columns,
            table_id="admissions-windows",
            caption=words.WINDOWS,
            source=source_line("chronic_admission"),
        )

    def curve_chart(self) -> Chart:
        """Draw the specification curve."""
        return drawn(self.curve, _CHOICES, _MAIN, ADMISSIONS, {})

    def influence_table(self) -> Table:
        """Show what each choice does to the estimate."""
        return influence(self.curve, _CHOICES, ADMISSIONS)

    @property
    def longest(self) -> dict[str, PlaceboTest]:
        """The tests counted from the agreement and followed to the last year."""
        return self.windows[HEALTH_DEAL, LAST]


def _effect(effect: float, lower: float, upper: float, share: float) -> str:
    return f"{number(effect, 2)} ({span(lower, upper, lambda v: number(v, 2))}); {small_share(share)} match"
