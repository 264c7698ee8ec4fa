"""Weights of synthetic control from outcomes before treatment, plain or augmented by ridge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.placebo_groups import checked_groups
from healthdevo.evaluation.simplex import simplex_least_squares, simplex_ridge
from healthdevo.typing import FloatArray, IntArray

__all__ = ["Options", "gap_of", "gap_to", "group_weights", "synthetic_control_draws", "weighted_mean"]


def _outcome_weights(target: FloatArray, pool: FloatArray, demean: bool) -> FloatArray:
    """Weights of ``pool`` (donors, T0) that come nearest to ``target`` (T0,); the most even ones where many fit exactly."""
    if demean:
        target = target - target.mean()
        pool = pool - pool.mean(axis=1, keepdims=True)
    weights = simplex_least_squares(pool.T, target)
    spread = float(((pool - target) ** 2).sum(axis=1).mean())
    if float(((weights @ pool - target) ** 2).sum()) > 1e-12 * spread or len(pool) <= 1:
        return weights
    size = float(np.sqrt(spread / len(target)))
    if size <= 0.0:  # every control is the same as the treated
        return np.full(len(pool), 1.0 / len(pool))
    # among weights that fit exactly take those with the least sum of squares, as the limit of a vanishing penalty
    even: FloatArray = simplex_ridge(
        (pool - target).T / size, np.ones((1, len(pool))), np.zeros((1, len(target))), 1e-4, tolerance=1e-9
    )[0]
    return even


def _augment(weights: FloatArray, target: FloatArray, pool: FloatArray, penalty: float) -> FloatArray:
    """Ridge-augment simplex weights."""
    centre = pool.mean(axis=0)
    centred, goal = pool - centre, target - centre
    gram = centred.T @ centred + penalty * np.eye(pool.shape[1])
    return np.asarray(weights + centred @ np.linalg.solve(gram, goal - weights @ centred), dtype=float)


def _ridge_penalty(target: FloatArray, pool: FloatArray, demean: bool) -> float:
    """Choose the ridge penalty by leaving out a period, the largest within one standard error of the least error."""
    centred = pool - pool.mean(axis=0)
    top = float(np.linalg.svd(centred, compute_uv=False)[0] ** 2)
    if top <= 0.0:
        return 1.0
    grid = top * np.logspace(0, -8, 20)
    t = len(target)
    errors = np.empty((t, len(grid)))
    for s in range(t):
        keep = np.arange(t) != s
        base = _outcome_weights(target[keep], pool[:, keep], demean)
        for j, penalty in enumerate(grid):
            w = _augment(base, target[keep], pool[:, keep], float(penalty))
            shift = float(np.mean(target[keep] - w @ pool[:, keep])) if demean else 0.0
            errors[s, j] = (target[s] - shift - w @ pool[:, s]) ** 2
    mean, spread = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(t)
    best = int(np.argmin(mean))
    return float(grid[mean <= mean[best] + spread[best]].max())


@dataclass(frozen=True)
class Options:
    """How weights are found."""

    demean: bool
    ridge: float | Literal["cross-validation"] | None
    pre: int
    fit: IntArray  # positions of the periods to fit


def group_weights(
    target: FloatArray, donors: FloatArray, options: Options
) -> tuple[FloatArray, float, float]:
    """Outcomes-only weights of donors (n, T), the shift of the level, and the ridge penalty (NaN for none)."""
    goal, pool = target[options.fit], donors[:, options.fit]
    level = pool.mean()  # weights add up to one: what all share drops out, and would eat digits
    goal, pool = goal - level, pool - level
    weights = _outcome_weights(goal, pool, options.demean)
    penalty = float("nan")
    if options.ridge is not None:
        penalty = (
            _ridge_penalty(goal, pool, options.demean)
            if options.ridge == "cross-validation"
            else float(options.ridge)
        )
        weights = _augment(weights, goal, pool, penalty)
    shift = float(np.mean(goal - weights @ pool)) if options.demean else 0.0
    return weights, shift, penalty


def gap_to(target: FloatArray, donors: FloatArray, options: Options) -> FloatArray:
    """Return the gap between a treated group and its synthetic control."""
    weights, shift, _ = group_weights(target, donors, options)
    return gap_of(target, donors, weights, shift)


def gap_of(target: FloatArray, donors: FloatArray, weights: FloatArray, shift: float) -> FloatArray:
    """Return the gap that weights which add up to one leave, whatever the common level.

    Examples
    --------
    >>> gap_of(np.array([1e10 + 1.0]), np.full((2, 1), 1e10), np.array([0.4, 0.6]), 0.0).tolist()
    [1.0]
    """
    level = donors.mean()
    return np.asarray((target - level) - shift - weights @ (donors - level), dtype=float)


def weighted_mean(values: FloatArray, mass: FloatArray) -> FloatArray:
    """Return the mean over areas by mass."""
    return np.asarray(mass @ values / mass.sum(), dtype=float)


def synthetic_control_draws(panel: Panel, groups: IntArray, *, demean: bool = False) -> FloatArray:
    """Return gaps by period that each placebo group of never-treated areas would show (outcomes only).

    Parameters
    ----------
    panel : Panel
        Balanced, with one common start.
    groups : ndarray of int, shape (draws, size)
        Positions of the placebo areas in ``panel.areas``; all never treated.
    demean : bool
        Allow a constant difference of level.

    Returns
    -------
    ndarray of shape (draws, periods)

    Examples
    --------
    >>> import pandas as pd
    >>> rng = np.random.default_rng(1)
    >>> y = rng.normal(size=(12, 8))
    >>> panel = Panel(y, np.outer(np.arange(12) == 0, np.arange(8) >= 5), pd.RangeIndex(12), pd.RangeIndex(8))
    >>> synthetic_control_draws(panel, np.array([[3, 4], [5, 6]])).shape
    (2, 8)
    """
    panel.require("synthetic control", balanced=True, simultaneous=True, covariates=False)
    groups = checked_groups(panel, groups)
    controls = np.flatnonzero(~panel.treated)
    first = int(panel.cohorts[0])
    options = Options(demean, None, first, np.arange(first))
    gaps = np.empty((len(groups), panel.shape[1]))
    for d, members in enumerate(groups):
        rest = np.setdiff1d(controls, members)
        gaps[d] = gap_to(
            weighted_mean(panel.outcome[members], panel.weights[members]), panel.outcome[rest], options
        )
    return gaps
