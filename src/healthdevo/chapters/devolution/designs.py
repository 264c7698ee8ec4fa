"""The designs of the chapter by their short names, with placebo groups: what the package has, less own trends, in per cent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any, cast

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common import lower_upper
from healthdevo.chapters.common.remembered import remembered
from healthdevo.chapters.devolution.panels import Outcome
from healthdevo.charts import Caption, Chart, interval_chart
from healthdevo.evaluation import (
    DesignName,
    Effect,
    Panel,
    PlaceboTest,
    compact_blocks,
    conditional_placebo_test,
    estimate_effect,
    placebo_test,
    random_groups,
)
from healthdevo.typing import IntArray
from healthdevo.wording import number

DESIGNS = {
    "did": "Plain difference",
    "sdid": "Synthetic difference",
    "gsc": "Factor model",
    "given": "Given the earlier trend",
    "trend": "Less own earlier trends",
}
"""The designs shown for every outcome."""
STANDARD = {
    "did": "Plain difference",
    "sdid": "Synthetic difference",
    "sc": "Synthetic control",
    "gsc1": "Factor model, 1 factor",
    "gsc2": "Factor model, 2 factors",
}
"""The designs listed for the verdict on preventable deaths: those in use that take no trend to go on in full."""
DESIGN_NAMES = {
    "did": "Difference in differences",
    "did_log": "Difference, in per cent",
    "sdid": "Synthetic difference-in-differences",
    "sdid_log": "Synthetic difference, in per cent",
    "sc": "Synthetic control",
    "gsc1": "Factor model, 1 factor",
    "gsc2": "Factor model, 2 factors",
    "trend": "Difference, less own earlier trends",
}
"""The designs of the specification curve."""
SEED = 2014


def without_own_trend(panel: Panel) -> Panel:
    """Return the panel less each area's straight line through its periods before treatment began.

    The line of every area, treated or control, is fitted to the periods before the first treatment and carried on. Differences in
    differences of what remains ask whether the treated left their own earlier trend, by more than controls left theirs.

    >>> y = np.array([[0.0, 1.0, 2.0, 3.0], [0.0, 0.0, 0.0, 0.0]])
    >>> panel = Panel(y, np.outer([True, False], np.arange(4) >= 2), list("AB"), range(4))
    >>> bool(np.allclose(without_own_trend(panel).outcome, 0.0))
    True
    """
    first = int(panel.cohorts[0])
    time = np.asarray(panel.periods, dtype=float)
    design = np.column_stack([np.ones(first), time[:first]])
    lines = np.linalg.lstsq(design, panel.outcome[:, :first].T, rcond=None)[0]
    return replace(panel, outcome=panel.outcome - (np.column_stack([np.ones(len(time)), time]) @ lines).T)


def logged(panel: Panel) -> Panel:
    """Return the panel in logarithms of the outcome, so that effects are proportions.

    >>> logged(Panel(np.ones((2, 2)), np.outer([True, False], [False, True]), list("AB"), range(2))).unit
    'log points'
    """
    return replace(panel, outcome=np.log(panel.outcome), unit="log points")


def _resolved(panel: Panel, design: str) -> tuple[Panel, DesignName, int | None]:
    """Return the panel, the package's design and the number of factors that a short name stands for."""
    if design.endswith("_log"):  # effects are proportions
        return _resolved(logged(panel), design.removesuffix("_log"))
    if design == "trend":
        return without_own_trend(panel), "did", None
    if design in ("gsc1", "gsc2"):
        return panel, "gsc", int(design[-1])
    return panel, cast(DesignName, design), None


def any_design(panel: Panel, design: str) -> Effect:
    """Estimate by one of the chapter's designs, without inference.

    They are ``did`` (differences in differences), ``trend`` (the same less each area's own trend), ``sdid``, ``sc``, and factor models
    with the chosen number of factors (``gsc``), one or two (``gsc1``, ``gsc2``). With ``_log`` at the end, in logarithms of the outcome.

    >>> y = np.array([[0.0, 0.0, 2.0], [1.0, 1.0, 1.0], [3.0, 3.0, 3.0]])
    >>> panel = Panel(y, np.outer(np.arange(3) == 0, np.arange(3) >= 2), range(3), range(3))
    >>> any_design(panel, "did").estimate
    2.0
    """
    used, name, rank = _resolved(panel, design)
    effect = estimate_effect(used, name, rank=rank)
    return replace(effect, design="differences less own trends") if design == "trend" else effect


def placebo_of(panel: Panel, design: str, groups: IntArray) -> PlaceboTest:
    """Compare one of the chapter's designs with the same groups of untreated areas.

    >>> y = np.random.default_rng(0).normal(size=(20, 8))
    >>> panel = Panel(y, np.outer(np.arange(20) < 2, np.arange(8) >= 5), range(20), range(8))
    >>> len(placebo_of(panel, "trend", np.array([[2, 3], [4, 5], [6, 7]])).effects)
    3
    """
    used, name, rank = _resolved(panel, design)
    return placebo_test(used, name, groups=groups, rank=rank)


def blocks_of(panel: Panel, boundaries: int) -> IntArray:
    """Return a block of neighbours grown from every untreated district on the boundaries of a year, without a random draw.

    In a pool with gaps the nearest districts of the pool over the map of all districts take the place of neighbours. A district
    without a boundary in that year starts no block and joins none.
    """
    treated = tuple(np.flatnonzero(panel.treated).tolist())
    return _blocks(tuple(panel.areas), treated, boundaries).copy()


@remembered()
def _blocks(codes: tuple[str, ...], treated: tuple[int, ...], boundaries: int) -> IntArray:
    """Return the blocks for all panels of the same districts: they turn on the map alone, not on figures."""
    after = np.outer(np.isin(np.arange(len(codes)), treated), (False, True))
    panel = Panel(np.zeros((len(codes), 2)), after, pd.Index(codes), pd.RangeIndex(2))
    return compact_blocks(panel, touching_of(panel, areas.adjacency("district", boundaries)))


def touching_of(panel: Panel, frame: pd.DataFrame) -> pd.DataFrame:
    """Return which districts touch, with rows and columns for those of a panel that have no boundary: they touch none."""
    every = frame.index.union(panel.areas)
    return frame.reindex(index=every, columns=every, fill_value=False)


def groups_of(panel: Panel, boundaries: int, draws: int) -> IntArray:
    """Return blocks of neighbours on the boundaries of a year, or draw groups at random where there are none (0)."""
    return blocks_of(panel, boundaries) if boundaries else random_groups(panel, draws=draws, seed=SEED)


@dataclass(frozen=True)
class Tested:
    """One outcome of Greater Manchester by all the designs, each compared with the same placebo groups.

    These are blocks of neighbours where the outcome has boundaries, and random groups otherwise.
    """

    name: str
    outcome: Outcome
    without_periods: tuple[int, ...] = ()
    designs: tuple[str, ...] = tuple(DESIGNS)

    @cached_property
    def panel(self) -> Panel:
        """Greater Manchester from 2015 against the others."""
        return self.outcome.panel(without_periods=self.without_periods)

    @cached_property
    def tests(self) -> dict[str, PlaceboTest]:
        """The placebo test of each design; two windows that share two of three years carry neither a trend nor a factor."""
        short = int(self.panel.cohorts[0]) < 3
        wanted = [d for d in self.designs if not (short and d in ("gsc", "given", "trend"))]
        return {
            d: conditional_placebo_test(self.panel, self.groups)
            if d == "given"
            else placebo_of(self.panel, d, self.groups)
            for d in wanted
        }

    @cached_property
    def groups(self) -> IntArray:
        """The placebo groups."""
        return groups_of(self.panel, self.outcome.boundaries, 300)

    def rows(self) -> list[dict[str, Any]]:
        """Return the row of each design in a table."""
        return [
            {"outcome": self.name, "unit": self.outcome.unit, "design": design}
            | lower_upper(test, value="effect")
            | {
                "p_value": test.p_absolute,
                "groups": "blocks" if self.outcome.boundaries else "random",
                "periods_before": int(self.panel.cohorts[0]),
                "areas": self.panel.shape[0],
            }
            for design, test in self.tests.items()
        ]


def effects_chart(rows: Sequence[dict[str, Any]], x_label: str, caption: Caption) -> Chart:
    """Draw effects with their limits, one row for each ``label``; those in ``focus`` stand out."""
    return interval_chart(
        pd.DataFrame(rows),
        label="label",
        value="effect",
        lower="lower",
        upper="upper",
        focus=[row["label"] for row in rows if row["focus"]],
        reference=0.0,
        reference_text="no effect",
        x_label=x_label,
        value_format=number,
        caption=caption,
    )
