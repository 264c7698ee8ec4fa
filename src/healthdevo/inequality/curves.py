"""Lorenz and concentration curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.rank_functional import Weighting, check_outcome
from healthdevo.inequality.ranks import rank_groups
from healthdevo.mathematics.resampling import bootstrap, percentile_limits
from healthdevo.mathematics.vectors import Vector, in_one_order, ranking_vector, vector, weight_vector
from healthdevo.results import Estimates, check_levels
from healthdevo.typing import FloatArray

__all__ = ["ConcentrationCurve", "concentration_curve", "lorenz_curve"]


@dataclass(frozen=True)
class ConcentrationCurve(Estimates):
    """A Lorenz or concentration curve: share of the outcome held by each cumulative share of the population.

    ``index`` holds the cumulative shares of the population (from 0), ``estimate`` those of the outcome.
    """

    @property
    def population_share(self) -> FloatArray:
        """Cumulative share of the population at each point."""
        return self.index.to_numpy(dtype=np.float64)

    def at(self, share: float) -> float:
        """Return the height of the curve at a share of the population, on the line between its points.

        Raises
        ------
        InputError
            When the share lies outside 0 to 1.
        """
        if not 0.0 <= share <= 1.0:
            raise InputError(f"share: {share!r} is not valid; give a number from 0 to 1")
        return float(np.interp(share, self.population_share, self.estimate))

    @property
    def area_index(self) -> float:
        """One minus twice the area under the curve: the Gini or concentration index."""
        p, height = self.population_share, self.estimate
        return float(1.0 - (np.diff(p) * (height[1:] + height[:-1])).sum())


@front_door
@in_one_order("outcome", "rank_by", "weights")
def concentration_curve(
    outcome: Vector,
    rank_by: Vector,
    weights: Vector | None = None,
    *,
    at: Sequence[float] | None = None,
    levels: float | Sequence[float] = 0.95,
    draws: int = 0,
    seed: int | np.random.Generator | None = 0,
) -> ConcentrationCurve:
    r"""Return the concentration curve: the share of the outcome held by the worst-off share p of the population.

    Parameters
    ----------
    outcome : array-like of shape (n,)
        At least zero, not all zero.
    rank_by : array-like of shape (n,)
        Worst off first. Tied units are one stretch of the curve, drawn as a straight line.
    weights : array-like of shape (n,), optional
    at : sequence of float, optional
        Shares of the population at which the curve is wanted; by default the end of every rank, starting at 0.
    levels, draws, seed
        With ``draws`` above 0 (and ``at``): pointwise percentile bootstrap limits.

    Returns
    -------
    ConcentrationCurve
        ``area_index`` is the concentration index when ``at`` is not given.

    Raises
    ------
    InputError
        For negative values, or draws without ``at``.

    Notes
    -----
    :math:`L(p) = \mu^{-1} \int_0^p E[h \mid R = s]\, ds` (Wagstaff, Paci and van Doorslaer 1991).

    Examples
    --------
    >>> curve = concentration_curve([1, 2, 2, 5], [1, 2, 3, 4])
    >>> curve.estimate.tolist(), round(curve.area_index, 3)
    ([0.0, 0.1, 0.3, 0.5, 1.0], 0.3)
    """
    h = vector(outcome, "outcome")
    rank = ranking_vector(rank_by, "rank_by", h.size)
    w = weight_vector(weights, h.size)
    check_outcome(h, "relative", None, Weighting(), "outcome")
    groups = rank_groups(rank, w)
    mass = np.bincount(groups.group, w * h).astype(np.float64)
    return _curve("outcome", "concentration curve", h, rank, w, groups.upper, mass, at, levels, draws, seed)


@front_door
@in_one_order("values", "weights")
def lorenz_curve(
    values: Vector,
    weights: Vector | None = None,
    *,
    at: Sequence[float] | None = None,
    levels: float | Sequence[float] = 0.95,
    draws: int = 0,
    seed: int | np.random.Generator | None = 0,
) -> ConcentrationCurve:
    r"""Return the Lorenz curve: the share of the total held by the lowest share p of the population.

    Parameters
    ----------
    values : array-like of shape (n,)
        At least zero, not all zero.
    weights, at, levels, draws, seed
        As in ``concentration_curve``. Without ``at`` there is one point for each unit, starting at 0.
        Tied units keep their order; they lie on one straight line, so the curve does not depend on it.

    Returns
    -------
    ConcentrationCurve
        ``area_index`` is the Gini coefficient when ``at`` is not given.

    Notes
    -----
    :math:`L(p) = \mu^{-1} \int_0^p F^{-1}(s)\, ds`.

    Examples
    --------
    >>> lorenz_curve([3, 1], at=[0.5]).estimate.tolist()
    [0.25]
    """
    x = vector(values, "values")
    w = weight_vector(weights, x.size)
    check_outcome(x, "relative", None, Weighting(), "values")
    order = np.argsort(x, kind="stable")
    upper = np.cumsum(w[order])
    upper /= upper[-1]
    return _curve("values", "Lorenz curve", x, x, w, upper, (w * x)[order], at, levels, draws, seed)


def _curve(
    name: str,
    measure: str,
    h: FloatArray,
    rank: FloatArray,
    w: FloatArray,
    upper: FloatArray,
    mass: FloatArray,
    at: Sequence[float] | None,
    levels: float | Sequence[float],
    draws: int,
    seed: int | np.random.Generator | None,
) -> ConcentrationCurve:
    if mass.sum() <= 0.0:
        raise InputError(f"{name}: every value is zero, so there are no shares")
    p = np.concatenate([[0.0], upper])
    height = np.concatenate([[0.0], np.cumsum(mass) / mass.sum()])
    height[-1] = 1.0
    if at is None:
        if draws:
            raise InputError("draws: limits are computed at shares that you name; give at=(0.1, 0.2, ...)")
        grid = p
    else:
        grid = vector(at, "at")
        if ((grid < 0) | (grid > 1)).any():
            raise InputError(f"at: {list(at)!r} is not valid; give shares from 0 to 1")
        height = np.interp(grid, p, height)
    k = grid.size
    wanted: tuple[float, ...] = check_levels(levels) if draws else ()
    lower = high = np.empty((k, 0))
    error = np.full(k, np.nan)
    reason: tuple[str, ...] = ("no draws were asked for",) * k
    method = "points joined by straight lines"
    if draws:
        order = np.argsort(rank, kind="stable")
        starts = np.flatnonzero(np.concatenate([[True], np.diff(rank[order]) != 0]))

        def statistic(block: FloatArray) -> FloatArray:
            sorted_block = block[:, order]
            f = np.cumsum(np.add.reduceat(sorted_block, starts, axis=1), axis=1)
            m = np.cumsum(np.add.reduceat(sorted_block * h[order], starts, axis=1), axis=1)
            return np.array(
                [
                    np.interp(
                        grid, np.append(0.0, a / a[-1]), np.append(0.0, b / b[-1] if b[-1] > 0 else a / a[-1])
                    )
                    for a, b in zip(f, m, strict=True)
                ]
            )

        sample = bootstrap(statistic, w, draws, seed, keys=(h, rank))
        error = sample.std(axis=0, ddof=1)
        lower, high = percentile_limits(sample, wanted)
        reason = ()
        method += f"; pointwise percentile bootstrap of {draws} draws"
    return ConcentrationCurve(
        measure,
        pd.Index(grid, name="population share"),
        height,
        error,
        wanted,
        lower,
        high,
        np.full(k, h.size, dtype=np.int64),
        method,
        "",
        reason,
    )
