"""What all readings of one of Greater Manchester's main outcomes say together, by the rule of the package."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common import GREATER_MANCHESTER, source_line
from healthdevo.chapters.devolution import words
from healthdevo.chapters.devolution.designs import STANDARD, blocks_of, placebo_of
from healthdevo.chapters.devolution.mortality import Mortality, SideBySide
from healthdevo.chapters.devolution.panels import districts_of, pool
from healthdevo.chapters.devolution.pre_trends import PreTrends
from healthdevo.charts import Table, page_table, text_column, value_column
from healthdevo.evaluation import (
    DisjointPlaceboTest,
    PlaceboTest,
    Verdict,
    disjoint_placebo_test,
    verdict,
)
from healthdevo.typing import FloatArray
from healthdevo.wording import number

MAIN: Literal["sdid"] = "sdid"
"""The main design: differences in differences with weights for districts and years that resemble Greater Manchester before."""


@dataclass(frozen=True)
class Judgement:
    """The readings that the headline names, and the verdict."""

    pre_trends: PreTrends = field(repr=False)

    @classmethod
    def of(cls, mortality: Mortality) -> Judgement:
        """Return the judgement on a main outcome."""
        return cls(PreTrends(SideBySide(mortality)))

    @property
    def designs(self) -> SideBySide:
        """The designs side by side."""
        return self.pre_trends.designs

    @property
    def main(self) -> PlaceboTest:
        """The main effect among those of blocks."""
        return self.designs.found("persons", MAIN)

    @property
    def relative(self) -> PlaceboTest:
        """The same in log points."""
        return self.designs.found("persons", f"{MAIN}_log")

    @property
    def conditional(self) -> PlaceboTest:
        """The plain difference with earlier trend, level and deprivation taken into account."""
        return self.pre_trends.given["everything"]

    @cached_property
    def deprived(self) -> tuple[PlaceboTest, PlaceboTest]:
        """The main design against the more deprived half of districts alone, in deaths and in log points."""
        outcome = self.designs.mortality.outcomes["persons"]
        others = set(outcome.codes) - set(districts_of(GREATER_MANCHESTER))
        panel = outcome.panel(controls=pool("deprived", others))
        blocks = blocks_of(panel, outcome.boundaries)
        return placebo_of(panel, MAIN, blocks), placebo_of(panel, f"{MAIN}_log", blocks)

    @cached_property
    def halves(self) -> pd.DataFrame:
        """Mean change of districts without the deal, 2010 to 2014 against 2015 to 2019: ``deprived`` half and ``other`` half.

        ``points`` in deaths per 100,000, ``share`` as a proportion of the rate (the mean change in logarithms).
        """
        panel = self.pre_trends.panel
        untreated = ~panel.treated
        deprived = np.asarray(panel.areas.isin(pool("deprived", panel.areas[untreated])))
        groups = {"deprived": deprived, "other": untreated & ~deprived}

        def changes(outcome: FloatArray) -> list[float]:
            first = int(panel.cohorts[0])
            change = outcome[:, first:].mean(axis=1) - outcome[:, :first].mean(axis=1)
            return [float(change[g].mean()) for g in groups.values()]

        points, logs = changes(panel.outcome), changes(np.log(panel.outcome))
        return pd.DataFrame({"points": points, "share": np.expm1(logs)}, index=list(groups))

    @cached_property
    def disjoint(self) -> DisjointPlaceboTest:
        """The main effect among those of blocks that share no district, over many cuts of the map."""
        mortality = self.designs.mortality
        panel, boundaries = mortality.panels["persons"], mortality.outcomes["persons"].boundaries
        return disjoint_placebo_test(panel, areas.adjacency("district", boundaries), MAIN, seed=2014)

    def _judged(self, relative: PlaceboTest, designs: Iterable[str]) -> Verdict:
        return verdict(
            self.main.estimate,
            placebo_p=self.main.p_absolute,
            designs={d: self.designs.found("persons", d).estimate for d in designs if d != MAIN},
            conditional_effect=self.conditional.estimate,
            conditional_p=self.conditional.p_absolute,
            relative_effect=float(np.expm1(relative.estimate)),
            relative_p=relative.p_absolute,
            pre_rmspe=self.designs.main.pre_rmspe,
            pretrend_p=self.pre_trends.test.p_absolute,
            subject=self.pre_trends.subject.effect,
        )

    @cached_property
    def verdict(self) -> Verdict:
        """The verdict by the fixed rule."""
        return self._judged(self.relative, STANDARD)

    @cached_property
    def with_own_trend(self) -> Verdict:
        """What the rule would say if each district's trend carried on in full were one of the designs."""
        return self._judged(self.relative, [*STANDARD, "trend"])

    @cached_property
    def against_deprived_half(self) -> Verdict:
        """What the rule would say if the per cent were judged against the more deprived half of districts."""
        return self._judged(self.deprived[1], STANDARD)

    def rule_table(self) -> Table:
        """Show the parts of the rule behind the verdict."""
        subject = self.pre_trends.subject
        return page_table(
            self.verdict.tests.assign(test=self.verdict.tests["test"].str.capitalize()),
            [
                text_column("Part of the rule", "test"),
                value_column("Found", "value", lambda v: number(v, 2)),
                text_column("Needed", "needed"),
                text_column("Holds", "passed", {True: "yes", False: "no"}),
            ],
            table_id=subject.name("rule"),
            caption=words.rule(subject),
            source=source_line(subject.table, "deprivation_area"),
        )
