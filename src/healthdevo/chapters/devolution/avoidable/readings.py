"""Every reading of avoidable deaths: the designs of the chapter, with ten years before the deal, by cause of death."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.common import lower_upper, small_share, source_line
from healthdevo.chapters.devolution.avoidable import words
from healthdevo.chapters.devolution.avoidable.ccgs import CAUSES, Ccgs
from healthdevo.chapters.devolution.designs import SEED, any_design, effects_chart, placebo_of
from healthdevo.chapters.devolution.elsewhere import DETECTABLE
from healthdevo.chapters.devolution.words import RARE
from healthdevo.charts import Chart, Table, made_column, page_table, text_column, value_column
from healthdevo.evaluation import (
    ConditionalPlaceboTest,
    DisjointPlaceboTest,
    FactorEffect,
    PlaceboTest,
    conditional_placebo_test,
    disjoint_placebo_test,
    generalised_synthetic_control,
    in_time,
    leave_one_treated_out,
    placebo_test,
    without_neighbours,
)
from healthdevo.wording import number, percentage, span

FACTORS = (1, 2, 3, 4, 5)
"""Numbers of factors; with none the factor model is the plain difference."""
READINGS = {
    "did": "Plain difference",
    "sdid": "Synthetic difference",
    "given": "Given the earlier trend",
    "trend": "Earlier trend carried on in full",
    **{f"gsc{k}": f"Factor model, {k} factor{'s' if k > 1 else ''}" for k in FACTORS},
    "did_log": "Plain difference, in per cent",
    "sdid_log": "Synthetic difference, in per cent",
}
"""Readings in the order of the page."""
_SHORT = {
    "did": "plain",
    "sdid": "synthetic",
    "given": "given trend",
    "trend": "trend in full",
    **{f"gsc{k}": f"{k} factor{'s' if k > 1 else ''}" for k in FACTORS},
}
CUTS = 100
"""Ways to cut the map into blocks that share no CCG."""
_SHOWN = ("preventable", "treatable")


@dataclass(frozen=True)
class Readings:
    """What each reading says of each cause, against the same blocks of CCGs."""

    ccgs: Ccgs = field(repr=False)

    @cached_property
    def given(self) -> dict[str, ConditionalPlaceboTest]:
        """The plain difference less what blocks with the same earlier trend went on to show, by cause."""
        return {c: conditional_placebo_test(p, self.ccgs.blocks) for c, p in self.ccgs.panels.items()}

    @cached_property
    def given_drawn(self) -> dict[str, ConditionalPlaceboTest]:
        """The same with blocks drawn at random, by cause."""
        return {c: conditional_placebo_test(self.ccgs.panels[c], self.ccgs.drawn_blocks) for c in _SHOWN}

    def _test(self, cause: str, reading: str) -> PlaceboTest:
        panel, blocks = self.ccgs.panels[cause], self.ccgs.blocks
        if reading == "given":
            return self.given[cause]
        if reading.startswith("gsc"):
            return placebo_test(panel, "gsc", groups=blocks, rank=int(reading.removeprefix("gsc")))
        return placebo_of(panel, reading, blocks)

    @cached_property
    def tests(self) -> dict[str, dict[str, PlaceboTest]]:
        """The placebo test of every reading, by cause and reading; those in per cent are in log points."""
        return {cause: {reading: self._test(cause, reading) for reading in READINGS} for cause in CAUSES}

    @cached_property
    def choice(self) -> dict[str, FactorEffect]:
        """The factor model with the number of factors that leaving out one year at a time chooses, by cause."""
        return {
            c: generalised_synthetic_control(p, ranks=(0, *FACTORS), inference="none")
            for c, p in self.ccgs.panels.items()
        }

    @cached_property
    def separate(self) -> dict[str, tuple[DisjointPlaceboTest, DisjointPlaceboTest]]:
        """The plain difference, and the same given the earlier trend, among blocks that share no CCG, by cause."""
        found = {}
        for cause in _SHOWN:
            panel, near = self.ccgs.panels[cause], self.ccgs.neighbours
            found[cause] = (
                disjoint_placebo_test(panel, near, partitions=CUTS, seed=SEED),
                disjoint_placebo_test(panel, near, given=("trend",), partitions=CUTS, seed=SEED),
            )
        return found

    @cached_property
    def without_one(self) -> pd.DataFrame:
        """The effect on preventable deaths without each CCG of Greater Manchester in turn; the first row leaves out none."""
        return leave_one_treated_out(self.ccgs.panels["preventable"], "did")

    @cached_property
    def made_up_starts(self) -> pd.DataFrame:
        """Plain differences in preventable deaths of made-up starts, from the years before the deal alone."""
        return in_time(self.ccgs.panels["preventable"], "did", starts=[2009, 2010, 2011, 2012, 2013])

    @cached_property
    def away_from_the_border(self) -> float:
        """The plain difference in preventable deaths without the CCGs next door."""
        panel = without_neighbours(self.ccgs.panels["preventable"], self.ccgs.neighbours)
        return any_design(panel, "did").estimate

    @cached_property
    def detectable(self) -> dict[str, float]:
        """Effects that would be found four times in five, given the earlier trend, by cause."""
        return {cause: DETECTABLE * test.standard_error for cause, test in self.given.items()}

    def chart(self) -> Chart:
        """Draw every reading in deaths per 100,000, preventable and treatable."""
        rows = [
            {
                "label": f"{CAUSES[cause]}: {name}",
                "focus": self.tests[cause][reading].p_absolute <= RARE,
            }
            | lower_upper(self.tests[cause][reading], value="effect")
            for cause in _SHOWN
            for reading, name in _SHORT.items()
        ]
        return effects_chart(rows, "deaths per 100,000", words.readings_chart(self))

    def table(self) -> Table:
        """Show every reading of every cause."""
        rows = []
        for reading, name in READINGS.items():
            row: dict[str, object] = {"reading": name, "share": reading.endswith("_log")}
            for cause in CAUSES:
                test = self.tests[cause][reading]
                limits = test.interval()
                values = np.array([test.estimate, limits.lower, limits.upper])
                effect, lower, upper = np.expm1(values) if row["share"] else values
                row |= {
                    f"{cause}_effect": effect,
                    f"{cause}_lower": lower,
                    f"{cause}_upper": upper,
                    f"{cause}_blocks": test.p_absolute,
                }
            rows.append(row)
        columns = [text_column("Reading", "reading")]
        for cause, name in CAUSES.items():
            needs = [f"{cause}_effect", f"{cause}_lower", f"{cause}_upper", "share"]
            columns.append(made_column(name, needs, _effect))
            columns.append(value_column(f"Blocks, {name.lower()}", f"{cause}_blocks", small_share))
        return page_table(
            pd.DataFrame(rows),
            columns,
            table_id="ten-years-readings",
            caption=words.READINGS_TABLE,
            source=source_line("avoidable_mortality_ccg", "ccg_district"),
        )


def _effect(effect: float, lower: float, upper: float, share: bool) -> str:
    show = percentage if share else number
    shown = percentage(effect) if share else number(round(effect, 1))
    return f"{shown} ({span(lower, upper, show)})"
