"""Every reading of avoidable admissions in Greater Manchester: the battery of the part on deaths, run on this outcome."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.common import (
    BEFORE_PANDEMIC,
    GREATER_MANCHESTER,
    lower_upper,
    small_share,
    source_line,
)
from healthdevo.chapters.devolution.admissions import words
from healthdevo.chapters.devolution.admissions.rates import ENDS, LAST, UNIT, Rates
from healthdevo.chapters.devolution.designs import (
    DESIGN_NAMES,
    STANDARD,
    blocks_of,
    effects_chart,
    logged,
    placebo_of,
)
from healthdevo.chapters.devolution.elsewhere import DETECTABLE
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.mortality import Mortality
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, POOLS, Outcome, districts_of, pool
from healthdevo.chapters.devolution.pre_trends import GIVEN, PreTrends, given
from healthdevo.charts import (
    Chart,
    Table,
    effect_path_chart,
    estimate_column,
    made_column,
    page_table,
    placebo_chart,
    share_column,
    specification_chart,
    text_column,
    value_column,
)
from healthdevo.evaluation import Effect, NoiseFloor, Panel, PlaceboTest, SpecificationCurve, noise_floor
from healthdevo.evaluation import specification_curve as curve_of
from healthdevo.mathematics.estimates import limits as normal_limits
from healthdevo.typing import IntArray
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
    "breaks": "Breaks of recording",
}


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
        # no floor from people here
        return Judgement.of(
            Mortality({_PERSONS: self.outcome}, pd.DataFrame()), "an effect on avoidable admissions"
        )

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
    def floor(self) -> NoiseFloor:
        """What chance in the counts alone leaves in the main effect, from the published limits of the rates."""
        errors = self.rates.errors.loc[self.panel.areas, self.panel.periods]
        return noise_floor(self.panel, errors.to_numpy(dtype=float), self.judgement.designs.main)

    @cached_property
    def curve(self) -> SpecificationCurve:
        """The effect under every combination of design, first treated year, last year, controls and breaks of recording."""
        panels: dict[tuple[int, int, str, bool], tuple[Panel, IntArray]] = {}

        def run(design: str, start: int, last: int, controls: str, breaks: bool) -> Effect:
            key = (start, last, controls, breaks)
            if key not in panels:
                outcome = self.rates.outcome(last, breaks=breaks)
                chosen = pool(controls, set(outcome.codes) - set(districts_of(GREATER_MANCHESTER)))
                panel = outcome.panel(start=start, controls=chosen)
                panels[key] = panel, blocks_of(panel, outcome.boundaries)
            panel, groups = panels[key]
            test = placebo_of(panel, design, groups)
            effect, error = test.estimate, test.standard_error
            if design.endswith(
                "_log"
            ):  # as admissions per 100,000, at the level of the treated after the start
                level = float(panel.outcome[panel.treated, int(panel.cohorts[0]) :].mean())
                effect, error = level * float(-np.expm1(-effect)), level * error
            limits = normal_limits(effect, error, (0.95,))
            return Effect(test.measure, effect, error, limits, test.n, test.method, panel.unit, design=design)

        return curve_of(
            {
                "design": {name: design for design, name in DESIGN_NAMES.items()},
                "start": {financial_year(start): start for start in STARTS},
                "last": {financial_year(last): last for last in ENDS},
                "controls": {label: name for name, label in POOLS.items()},
                "breaks": {"left out": False, "kept": True},
            },
            run,
            unit=UNIT,
        )

    def designs_chart(self) -> Chart:
        """Draw what the five designs find."""
        rows = [
            {"label": name, "focus": design == "sdid"} | lower_upper(self.found(design), value="effect")
            for design, name in STANDARD.items()
        ]
        return effects_chart(rows, "avoidable admissions per 100,000", words.designs_chart(self))

    def event_chart(self) -> Chart:
        """Draw the gap by year with the line through the years before."""
        trends = self.trends
        return effect_path_chart(
            trends.path,
            period="year",
            effect="effect",
            lower="lower",
            upper="upper",
            start=HEALTH_DEAL,
            start_text="agreement",
            line=trends.earlier_line,
            line_until=float(trends.path["year"].iloc[-1]),
            line_text="line of 2003/04\nto 2014/15",
            x_format=lambda v: financial_year(int(v)),
            y_label="admissions per 100,000 in reference to 2014/15",
            caption=words.event_chart(self),
        )

    def placebo_chart(self) -> Chart:
        """Draw the effects of random groups and of blocks, with the actual one."""
        tests = {kind: self.found("sdid", kind) for kind in ("random", "blocks")}
        panels = {words.placebo_panel(kind, test): test for kind, test in tests.items()}
        parts = [pd.DataFrame({"kind": name, "effect": test.effects}) for name, test in panels.items()]
        return placebo_chart(
            pd.concat(parts, ignore_index=True),
            effect="effect",
            panel="kind",
            actual={name: test.estimate for name, test in panels.items()},
            actual_text="Greater Manchester",
            x_label="admissions per 100,000",
            x_format=number,
            caption=words.placebo_chart(tests["blocks"]),
        )

    def readings_table(self) -> Table:
        """Show every reading of earlier trends, in points and in per cent, with how many blocks match it."""
        rows = []
        for name, label in words.EARLIER.items():
            row: dict[str, object] = {"label": label}
            for scale, panel in (("", self.panel), ("percent_", logged(self.panel))):
                blocks = self.trends.blocks
                test = given(panel, blocks, name) if name in GIVEN else placebo_of(panel, name, blocks)
                limits = test.interval()
                values = np.array([test.estimate, limits.lower, limits.upper])
                shown = np.expm1(values) * 100 if scale else values
                row |= {f"{scale}{c}": v for c, v in zip(("effect", "lower", "upper"), shown, strict=True)}
                row[f"{scale}matched"] = test.rank - 1
            rows.append(row)
        return page_table(
            pd.DataFrame(rows),
            [
                text_column("Reading of earlier trends", "label"),
                estimate_column("Admissions per 100,000", "effect", "lower", "upper"),
                value_column("Blocks that match", "matched", words.counted),
                estimate_column("Per cent", "percent_effect", "percent_lower", "percent_upper"),
                value_column("Blocks that match ", "percent_matched", words.counted),
            ],
            table_id="admissions-earlier",
            caption=words.earlier_table(len(self.trends.blocks)),
            source=source_line("chronic_admission", "deprivation_area"),
        )

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
        rows = self.curve.estimated
        chosen = [
            DESIGN_NAMES["sdid"],
            financial_year(HEALTH_DEAL),
            financial_year(BEFORE_PANDEMIC),
            POOLS["england"],
            "left out",
        ]
        low = 50.0 * float(np.floor(rows["effect"].min() / 50.0)) - 50.0
        high = 50.0 * float(np.ceil(rows["effect"].max() / 50.0)) + 50.0
        return specification_chart(
            rows.assign(main=(rows[list(_CHOICES)] == chosen).all(axis=1)),
            estimate="effect",
            lower="lower",
            upper="upper",
            choices=_CHOICES,
            labels={"design": {name: name for name in DESIGN_NAMES.values()}},
            focus="main",
            reference_text="no effect",
            clip=(low, high),
            y_label="admissions per 100,000",
            caption=words.curve_chart(self.curve),
        )

    def influence_table(self) -> Table:
        """Show what each choice does to the estimate."""
        return page_table(
            self.curve.influence(),
            [
                text_column("Choice", "choice", _CHOICES),
                text_column("Option", "option"),
                text_column("Specifications", "specifications"),
                value_column("Median effect", "median_effect"),
                share_column("Variance explained by the choice", "share", 0),
            ],
            table_id="admissions-choices",
            caption=words.CHOICES,
            source=source_line("chronic_admission"),
        )

    def rule_table(self) -> Table:
        """Show the parts of the rule behind the verdict."""
        return self.judgement.rule_table(
            "admissions-rule", words.RULE, source_line("chronic_admission", "deprivation_area")
        )

    @property
    def longest(self) -> dict[str, PlaceboTest]:
        """The tests counted from the agreement and followed to the last year."""
        return self.windows[HEALTH_DEAL, LAST]


def _effect(effect: float, lower: float, upper: float, share: float) -> str:
    return f"{number(effect, 2)} ({span(lower, upper, lambda v: number(v, 2))}); {small_share(share)} match"
