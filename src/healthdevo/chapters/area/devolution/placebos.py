"""The change in an area's districts among those of blocks of neighbours, and the path of their synthetic comparison."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common.kept import kept, kept_with_tables
from healthdevo.chapters.devolution.admissions.rates import LAST, Rates
from healthdevo.chapters.devolution.admissions.readings import Readings
from healthdevo.chapters.devolution.designs import any_design, blocks_of, placebo_of, touching_of
from healthdevo.chapters.devolution.findings import manchester
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.mortality import Mortality
from healthdevo.evaluation import Panel, PlaceboTest, Verdict, compact_blocks
from healthdevo.typing import BoolArray, IntArray


@kept
def placebo(panel: Panel, design: str, blocks: IntArray) -> PlaceboTest:
    """Return the placebo test of a design, against blocks of as many neighbouring districts without a deal."""
    return placebo_of(panel, design, blocks)


@kept
def _grown(panel: Panel, codes: tuple[str, ...], touching: BoolArray) -> IntArray:
    return compact_blocks(panel, touching_of(panel, pd.DataFrame(touching, index=codes, columns=codes)))


def neighbour_blocks(panel: Panel, boundaries: int) -> IntArray:
    """Return the same blocks of neighbours as ``blocks_of``, kept by the panel and by which districts touch."""
    frame = areas.adjacency("district", boundaries)
    return _grown(panel, tuple(str(code) for code in frame.index), frame.to_numpy(bool))


@kept
def synthetic_path(panel: Panel) -> pd.DataFrame | None:
    """Return the path of the treated and of their synthetic comparison by period, if the design has one."""
    return any_design(panel, "sdid").path


@kept_with_tables
def judged_deaths() -> tuple[str, str]:
    """Return what the chapter finds on preventable deaths in Greater Manchester, in short, and how strong it calls the evidence."""
    judgement = Judgement.of(Mortality.load())
    return manchester(judgement).sentence, judgement.verdict.strength


@dataclass(frozen=True)
class JudgedAdmissions:
    """What the page on avoidable admissions finds for Greater Manchester: main effect, verdict, and two readings that change it."""

    main: PlaceboTest
    verdict: Verdict
    budget: PlaceboTest
    longest: PlaceboTest


@kept
def judged_admissions(rates: Rates) -> JudgedAdmissions:
    """Return the finding on avoidable admissions, counted also from the budget, and followed also to the last year."""
    readings = Readings(rates)

    def other(start: int, last: int) -> PlaceboTest:
        outcome = rates.outcome(last)
        panel = outcome.panel(start=start)
        return placebo_of(panel, "sdid", blocks_of(panel, outcome.boundaries))

    first = int(readings.panel.periods[int(readings.panel.cohorts[0])])
    end = int(readings.panel.periods[-1])
    verdict = readings.judgement.verdict
    return JudgedAdmissions(readings.main, verdict, other(first + 1, end), other(first, LAST))
