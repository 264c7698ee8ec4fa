"""Life expectancy: the gap, the join of two series, and what counting deaths allows."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.chapters.common import lower_upper, period, source_line, straight_line
from healthdevo.chapters.devolution import words
from healthdevo.chapters.devolution.deaths import DeathsWorld, deaths_world
from healthdevo.chapters.devolution.designs import DESIGNS, Tested, effects_chart
from healthdevo.chapters.devolution.paces import paces, paces_table
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, MIXED_WINDOWS, life_expectancy_windows
from healthdevo.chapters.devolution.spending import Published
from healthdevo.charts import Chart, Mark, Table, line_chart
from healthdevo.evaluation import (
    FactorEffect,
    NoiseFloor,
    Panel,
    PlaceboTest,
    generalised_synthetic_control,
    noise_floor,
    placebo_test,
)
from healthdevo.inequality import life_tables
from healthdevo.results import Estimate
from healthdevo.wording import number

FACTORS = (0, 1, 2, 3, 4, 5)
"""Numbers of factors tried."""
_SHARED = 2  # windows on each side that share years with a window of three years
_LAST_BEFORE = 2012  # the last window that ends before 2015
_FIRSTS = range(2002, 2010)


def _tick(first: float) -> str:
    return f"{int(first)}–{(int(first) + 2) % 100:02d}"


class Join(NamedTuple):
    """How the step of the gap from the derived to the official series, and the districts' steps, compare with those before."""

    change: float
    largest_before: float
    sd_over: float
    sd_before: float
    p_value: float


@dataclass(frozen=True)
class LifeExpectancy:
    """Life expectancy in three-year windows; death rates and populations by age set the floor that counting deaths leaves."""

    tested: Tested = field(repr=False)
    published: Published = field(repr=False)
    world: DeathsWorld = field(repr=False)

    @classmethod
    def load(cls, published: Published) -> LifeExpectancy:
        """Load the tables that the section needs."""
        designs = tuple(d for d in DESIGNS if d != "gsc")  # at every number of factors below
        tested = Tested("life expectancy", life_expectancy_windows(), MIXED_WINDOWS, designs)
        return cls(tested, published, deaths_world())

    @property
    def gap(self) -> pd.DataFrame:
        """Life expectancy of Greater Manchester and the others by window, indexed by first year."""
        return self.tested.outcome.gap

    @cached_property
    def by_factors(self) -> dict[int, PlaceboTest]:
        """The factor model at every number of factors against the same blocks; with none it is the plain difference."""
        return {
            rank: placebo_test(self.tested.panel, "gsc", groups=self.tested.groups, rank=rank)
            for rank in FACTORS
        }

    @cached_property
    def choices(self) -> tuple[FactorEffect, FactorEffect]:
        """The number of factors that leaving out one window chooses, and that leaving out overlapping windows with it chooses."""
        alone, together = (
            generalised_synthetic_control(self.tested.panel, ranks=FACTORS, overlap=overlap, inference="none")
            for overlap in (0, _SHARED)
        )
        return alone, together

    @property
    def readings(self) -> dict[str, PlaceboTest]:
        """Every design, and the factor model at every number of factors above none, by name."""
        by_factors = {
            f"{DESIGNS['gsc']}, {rank} factor{'s' if rank > 1 else ''}": test
            for rank, test in self.by_factors.items()
            if rank
        }
        return {DESIGNS[design]: test for design, test in self.tested.tests.items()} | by_factors

    @cached_property
    def paces(self) -> pd.DataFrame:
        """How much the gap closed from one window to the next before and after the agreement, by first window.

        The windows across the agreement count after it, since no window is left out of a line.
        """
        return paces(self.tested.outcome.panel(), self.tested.groups, last=_LAST_BEFORE, firsts=_FIRSTS)

    @property
    def widest(self) -> int:
        """First year of the window before the agreement in which the gap was widest."""
        gaps = self.gap.loc[:_LAST_BEFORE, "gap"].abs()
        return int(gaps.index[int(gaps.to_numpy().argmax())])

    @cached_property
    def earlier_lines(self) -> dict[int, tuple[float, float]]:
        """Intercept and slope of straight lines through the gaps before the agreement, from the first window and from the widest gap."""
        firsts = dict.fromkeys([int(self.gap.index[0]), self.widest])
        return {first: straight_line(self.gap.loc[first:_LAST_BEFORE], "period", "gap") for first in firsts}

    @cached_property
    def join(self) -> Join:
        """Changes over the join of the two series, and before it."""
        frame = self.tested.outcome.frame.pivot_table(index="area_code", columns="period", values="value")
        steps = frame.diff(axis=1).dropna(axis=1)
        over, before = steps[2013], steps[2012]
        gaps = self.gap["gap"].diff()
        return Join(
            change=float(gaps.loc[2013]),
            largest_before=float(gaps.loc[2003:2012].abs().max()),
            sd_over=float(over.std()),
            sd_before=float(before.std()),
            p_value=float(stats.levene(over, before).pvalue),
        )

    @property
    def claimed(self) -> Estimate:
        """The published effect on life expectancy of everyone."""
        return self.published.of("Britteon", "life expectancy, all")[0]

    @cached_property
    def floor(self) -> NoiseFloor:
        """The standard error that counting deaths leaves in an effect on yearly life expectancy, 2006 to 2014 against 2015 to 2019."""
        w = self.world
        found = life_tables(w.rates * w.population, w.population, list(w.ages))
        errors = np.repeat(found.standard_error[:, [0]], 14, axis=1)
        treatment = np.outer(w.treated, np.arange(2006, 2020) >= HEALTH_DEAL)
        panel = Panel(
            np.zeros(errors.shape), treatment, pd.Index(w.codes), pd.RangeIndex(2006, 2020), unit="years"
        )
        return noise_floor(panel, errors)

    @cached_property
    def pooled_floor(self) -> float:
        """The same when Greater Manchester's deaths are put together as one area and the comparison has no noise at all."""
        w = self.world
        people = w.population[w.treated].sum(axis=0)
        deaths = (w.rates * w.population)[w.treated].sum(axis=0)
        error = float(life_tables(deaths, people, list(w.ages)).standard_error[0, 0])
        return error * float(np.sqrt(1 / 5 + 1 / 9))

    def gap_chart(self) -> Chart:
        """Gap in life expectancy by window, with the trend from the first window and from the widest gap carried on."""
        gap = self.gap.reset_index(drop=True)
        source = np.where(gap["period"] <= _LAST_BEFORE, "derived", "official")
        parts, labels = [gap.assign(series="gap", source=source, value=gap["gap"])], {"gap": "gap"}
        for first, (intercept, slope) in self.earlier_lines.items():
            since, name = gap[gap["period"] >= first], f"trend from {period(first)} carried on"
            parts.append(since.assign(series=name, source="line", value=intercept + slope * since["period"]))
            labels[name] = f"trend from\n{_tick(first)}"
        return line_chart(
            pd.concat(parts, ignore_index=True),
            x="period",
            y="value",
            series="series",
            segment="source",
            labels=labels,
            marks=[Mark(2012.5, "official series"), Mark(2014.5, "after deal")],
            x_format=_tick,
            y_format=number,
            y_from_zero=False,
            markers=True,
            caption=words.life_expectancy_gap(self),
        )

    def readings_chart(self) -> Chart:
        """Draw every design, and the factor model at every number of factors."""
        rows = [
            {"label": name, "focus": not name.startswith(DESIGNS["gsc"])} | lower_upper(test, value="effect")
            for name, test in self.readings.items()
        ]
        return effects_chart(rows, "years of life expectancy", words.life_expectancy_readings(self))

    def paces_table(self) -> Table:
        """Show the pace of closing before and after by first window."""
        return paces_table(
            self.paces,
            "closing-life-expectancy",
            words.CLOSING_LIFE_EXPECTANCY,
            source_line(*self.tested.outcome.tables),
            period,
        )
