"""Placebo inference from blocks that share no area.

Estimand: as in ``placebo``, where the effect stands among those of untreated blocks. Blocks drawn one by one overlap, so that a
thousand of them are a ranking of far fewer independent regions. Here the never-treated areas are cut at random into contiguous
blocks that share none, as many as fit, and the p-value is the rank of the treated among the blocks of that cut. It can't be smaller
than one over the number of blocks and one. Since it depends on the cut, many cuts are made and their p-values shown.

Each cut's p-value is valid if the treated region and the blocks are exchangeable. The mean over cuts is a summary; twice the mean
is valid however p-values depend on each other, and the smallest is not a p-value at all, since it was searched for.

Source: Vovk and Wang (2020), Biometrika 107, for means of p-values.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.evaluation.conditional import Given, conditional_placebo_test
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.placebo import Design, placebo_test
from healthdevo.evaluation.placebo_groups import disjoint_groups
from healthdevo.front_door import front_door
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number

__all__ = ["DisjointPlaceboTest", "disjoint_placebo_test"]


@dataclass(frozen=True)
class DisjointPlaceboTest(Estimate):
    """The effect among those of disjoint blocks, for many cuts of the untreated areas into blocks.

    Besides the fields of ``Estimate`` (``standard_error`` is the standard deviation of the blocks' effects over all cuts; intervals
    hold the effects that the mean p-value does not reject, and are unbounded where it cannot be small enough; ``n`` is the number
    of cuts):

    Parameters
    ----------
    partitions : pandas.DataFrame or None
        One row for each cut: ``blocks``, ``unassigned`` (never-treated areas in no block), ``rank`` of the treated by absolute
        effect, ``p_value``, ``p_one_sided`` and ``smallest`` (the smallest p-value that the number of blocks allows).
    effects : ndarray of shape (blocks of all cuts,)
        Of the blocks, cut after cut.
    groups : ndarray of int, shape (blocks of all cuts, size)
        Positions of their areas in the panel.
    """

    partitions: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    effects: FloatArray = field(default_factory=lambda: np.zeros(0), repr=False, compare=False)
    groups: IntArray = field(
        default_factory=lambda: np.zeros((0, 0), dtype=np.int64), repr=False, compare=False
    )

    def _column(self, name: str) -> FloatArray:
        if self.partitions is None:
            return np.full(1, np.nan)
        return self.partitions[name].to_numpy(dtype=float)

    @property
    def p_mean(self) -> float:
        """Mean of the p-values of the cuts."""
        return float(self._column("p_value").mean())

    @property
    def p_minimum(self) -> float:
        """Smallest p-value of all cuts."""
        return float(self._column("p_value").min())

    @property
    def p_maximum(self) -> float:
        """Largest p-value of all cuts."""
        return float(self._column("p_value").max())

    @property
    def share_first(self) -> float:
        """Share of cuts in which no block has an effect as large as that of the treated."""
        return float((self._column("rank") == 1).mean())

    @property
    def blocks(self) -> tuple[int, int]:
        """Fewest and most blocks of a cut."""
        found = self._column("blocks")
        return int(found.min()), int(found.max())

    def p_quantile(self, share: float) -> float:
        """Return the p-value below which a share of the cuts lie.

        Examples
        --------
        >>> table = pd.DataFrame({"p_value": [0.1, 0.2, 0.3]})
        >>> DisjointPlaceboTest("effect", 1.0, 1.0, (), 3, "cuts", partitions=table).p_quantile(0.5)
        0.2
        """
        if not 0.0 <= share <= 1.0:
            raise InputError(f"share: {share!r} is not valid; give a number from 0 to 1")
        return float(np.quantile(self._column("p_value"), share))

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        unit = f" {self.unit}" if self.unit and not self.unit.startswith("%") else self.unit
        few, most = self.blocks
        count = f"{few}" if few == most else f"{few} to {most}"
        return (
            f"The estimated effect of {number(self.estimate)}{unit} has a p-value of {number(self.p_mean, 2)} on average over "
            f"{self.n:,} cuts of the untreated areas into {count} separate blocks ({number(self.p_minimum, 2)} to "
            f"{number(self.p_maximum, 2)})."
        )


def _intervals(
    estimate: float, effects: FloatArray, counts: IntArray, levels: Sequence[float]
) -> tuple[Interval, ...]:
    """Return the constant effects that the mean p-value does not reject."""
    each = np.repeat(1.0 / (counts + 1) / len(counts), counts)
    sizes = np.abs(effects)
    order = np.argsort(-sizes, kind="stable")
    reached = np.mean(1.0 / (counts + 1)) + np.cumsum(
        each[order]
    )  # mean p at the size of each, from the largest
    result = []
    for level in levels:
        kept = np.flatnonzero(reached > 1.0 - level + 1e-12)
        unbounded = np.mean(1.0 / (counts + 1)) > 1.0 - level + 1e-12
        half = float("inf") if unbounded else float(sizes[order][kept[0]])
        result.append(Interval(level, estimate - half, estimate + half))
    return tuple(result)


@front_door
def disjoint_placebo_test(
    panel: Panel,
    adjacency: ArrayLike | pd.DataFrame,
    design: Design = "did",
    *,
    given: Sequence[Given] = (),
    covariates: Mapping[str, Mapping[Hashable, float] | pd.Series] | pd.DataFrame | None = None,
    partitions: int = 200,
    exclude: Sequence[Hashable] = (),
    rank: int | None = None,
    levels: float | Sequence[float] = 0.9,
    seed: int | np.random.Generator = 0,
) -> DisjointPlaceboTest:
    """Rank the effect among those of disjoint contiguous blocks, for many random cuts of the untreated areas into blocks.

    Parameters
    ----------
    panel : Panel
        Balanced, with one common start; without covariates for the named designs.
    adjacency : pandas.DataFrame or array_like of shape (areas, areas)
        As for ``contiguous_groups``.
    design : {"did", "sc", "sdid", "gsc"} or callable
        As for ``placebo_test``.
    given, covariates
        As for ``conditional_placebo_test``, only with the design ``"did"``; coefficients are learned from the blocks of all cuts.
    partitions : int
        Number of cuts.
    exclude, rank, seed
        As for ``placebo_test``.
    levels : float or sequence of float
        Levels of the intervals; with about twenty blocks those of 0.95 are unbounded.

    Returns
    -------
    DisjointPlaceboTest

    Raises
    ------
    InputError
        When no block fits, or something is given to a design that cannot use it.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> row, column = np.divmod(np.arange(64), 8)
    >>> touch = np.abs(row[:, None] - row) + np.abs(column[:, None] - column) == 1
    >>> d = np.outer(np.arange(64) < 3, np.arange(8) >= 5)
    >>> panel = Panel(rng.normal(size=(64, 8)) + 4.0 * d, d, pd.RangeIndex(64), pd.RangeIndex(8))
    >>> test = disjoint_placebo_test(panel, touch, partitions=20)
    >>> bool(test.p_mean < 0.07), test.share_first
    (True, 1.0)
    """
    wanted = check_levels(levels)
    if partitions < 1:
        raise InputError(f"partitions: {partitions} is not valid; at least one is needed")
    conditional = bool(given) or covariates is not None
    if conditional and design != "did":
        raise InputError("given: only the design 'did' can use given or covariates; leave them out")
    rng = np.random.default_rng(seed)
    cuts = [disjoint_groups(panel, adjacency, exclude=exclude, seed=rng) for _ in range(partitions)]
    counts = np.array([len(cut) for cut in cuts], dtype=np.int64)
    groups = np.concatenate(cuts)
    test = (
        conditional_placebo_test(panel, groups, given=given, covariates=covariates)
        if conditional
        else placebo_test(panel, design, groups=groups, rank=rank)
    )
    mine, sign = test.estimate, float(np.sign(test.estimate)) or 1.0
    cut = np.repeat(np.arange(partitions), counts)
    larger = np.bincount(cut, weights=np.abs(test.effects) >= abs(mine), minlength=partitions)
    beyond = np.bincount(cut, weights=sign * test.effects >= sign * mine, minlength=partitions)
    table = pd.DataFrame(
        {
            "blocks": counts,
            "unassigned": panel.n_controls - counts * groups.shape[1],
            "rank": 1 + larger.astype(np.int64),
            "p_value": (1.0 + larger) / (counts + 1),
            "p_one_sided": (1.0 + beyond) / (counts + 1),
            "smallest": 1.0 / (counts + 1),
        }
    )
    return DisjointPlaceboTest(
        measure=test.measure,
        estimate=mine,
        standard_error=float(np.std(test.effects)),
        intervals=_intervals(mine, test.effects, counts, wanted),
        n=partitions,
        method=f"{test.method.split(' against ')[0]} against disjoint contiguous blocks of untreated areas",
        unit=panel.unit,
        partitions=table,
        effects=test.effects,
        groups=groups,
    )
