"""Fractional ranks with ties and weights, and weighted quantiles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthdevo.errors import InputError
from healthdevo.mathematics.vectors import Vector, in_one_order, numbers, ranking_vector, weight_vector
from healthdevo.typing import FloatArray, IntArray

__all__ = ["RankGroups", "fractional_ranks", "rank_groups", "weighted_quantiles"]


@dataclass(frozen=True)
class RankGroups:
    """Units gathered into groups of equal rank, from lowest to highest.

    Parameters
    ----------
    group : ndarray of int, shape (n,)
        Group of each unit.
    share : ndarray of shape (g,)
        Share of the weight in each group; sums to 1.
    lower, upper : ndarray of shape (g,)
        Cumulated share below and up to each group.
    """

    group: IntArray
    share: FloatArray
    lower: FloatArray
    upper: FloatArray


def rank_groups(values: FloatArray, weights: FloatArray) -> RankGroups:
    """Return the groups of tied units and the stretch of ranks from 0 to 1 that each one takes.

    Examples
    --------
    >>> rank_groups(np.array([3.0, 1.0, 3.0]), np.ones(3)).upper.round(3)
    array([0.333, 1.   ])
    """
    _, group = np.unique(values, return_inverse=True)
    share = np.bincount(group, weights) / weights.sum()
    upper = np.cumsum(share)
    upper /= upper[-1]
    lower = np.concatenate([[0.0], upper[:-1]])
    return RankGroups(group.astype(np.int64), share, lower, upper)


@in_one_order("values", "weights")
def fractional_ranks(values: Vector, weights: Vector | None = None) -> FloatArray:
    r"""Return the weighted fractional rank of each unit, ties sharing the middle of their stretch.

    Parameters
    ----------
    values : array-like of shape (n,)
        What units are ranked by, lowest first: numbers, or an ordered categorical.
    weights : array-like of shape (n,), optional
        Above zero.

    Returns
    -------
    ndarray of shape (n,)
        Between 0 and 1; the weighted mean is exactly one half.

    Notes
    -----
    With :math:`F` the weighted distribution, the rank of unit i is
    :math:`R_i = F(x_i^-) + \tfrac12 (F(x_i) - F(x_i^-))` (Lerman and Yitzhaki 1989; van Ourti 2004 for ties).
    The order of rows never matters.

    Examples
    --------
    >>> fractional_ranks([10, 20, 20, 30])
    array([0.125, 0.5  , 0.5  , 0.875])
    """
    ranked = ranking_vector(values, "values")
    groups = rank_groups(ranked, weight_vector(weights, ranked.size))
    return ((groups.lower + groups.upper) / 2.0)[groups.group]


def weighted_quantiles(
    values: FloatArray, probabilities: FloatArray, weights: FloatArray | None = None
) -> FloatArray:
    """Return quantiles of a weighted distribution: the smallest value whose cumulated share reaches p.

    Parameters
    ----------
    values : ndarray of shape (n,)
    probabilities : ndarray of shape (k,)
        Between 0 and 1.
    weights : ndarray of shape (n,), optional

    Raises
    ------
    InputError
        When a probability lies outside 0 to 1.

    Examples
    --------
    >>> weighted_quantiles(np.array([3.0, 1.0, 2.0]), np.array([0.5]), np.array([1.0, 1.0, 4.0]))
    array([2.])
    """
    p = np.atleast_1d(numbers(probabilities, "probabilities"))
    if ((p < 0) | (p > 1)).any():
        raise InputError(f"probabilities: {p!r} is not valid; give numbers from 0 to 1")
    order = np.argsort(values, kind="stable")
    upper = np.cumsum((np.ones(values.size) if weights is None else weights)[order])
    upper /= upper[-1]
    position = np.minimum(np.searchsorted(upper, p - 1e-12), values.size - 1)
    return values[order][position]
