"""Errors and limits where few areas stand on one side of a comparison."""

from __future__ import annotations

import numpy as np

from healthdevo.typing import FloatArray, IntArray

__all__ = ["FEW", "VERY_FEW", "few", "smallest_group", "spread_of_groups", "stretched_by_few"]

FEW = 20
VERY_FEW = 6


def few(treated: int, controls: int) -> bool:
    """Whether so few areas stand on one side that clustered errors are too small.

    Examples
    --------
    >>> few(10, 140), few(40, 100)
    (True, False)
    """
    return min(treated, controls) < FEW


def smallest_group(groups: IntArray) -> int:
    """Return the size of the smallest group.

    Examples
    --------
    >>> smallest_group(np.array([3, 3, 9, 9, 9]))
    2
    """
    return int(np.unique(groups, return_counts=True)[1].min())


def spread_of_groups(scores: FloatArray, groups: IntArray) -> tuple[FloatArray, FloatArray]:
    """Return errors and degrees of freedom of sums of scores, whose groups of areas may differ in spread.

    The variance of each group of ``m`` areas is multiplied by ``m / (m - 1)``, since its own mean was taken out, and the degrees of
    freedom are those of Welch and Satterthwaite: for a difference of two means the result is Welch's test. A group of a single area
    has no spread of its own and adds no degrees of freedom.

    Parameters
    ----------
    scores : ndarray of shape (areas, k)
        What each area adds to the error of each of ``k`` estimates.
    groups : ndarray of int, shape (areas,)
        The group of each area.

    Returns
    -------
    errors, degrees : ndarray of shape (k,)
        Degrees are infinite where there is no spread at all.

    Sources: Welch (1947), Biometrika 34; Satterthwaite (1946), Biometrics Bulletin 2.

    Examples
    --------
    >>> from scipy import stats
    >>> a, b = np.array([1.0, 2.0, 4.0, 9.0]), np.array([2.0, 2.5, 3.0])
    >>> scores = np.concatenate([(a - a.mean()) / 4, (b.mean() - b) / 3])[:, None]
    >>> error, degrees = spread_of_groups(scores, np.repeat([0, 1], [4, 3]))
    >>> welch = stats.ttest_ind(a, b, equal_var=False)
    >>> bool(np.isclose((a.mean() - b.mean()) / error[0], welch.statistic)), bool(np.isclose(degrees[0], welch.df))
    (True, True)
    """
    _, code, sizes = np.unique(groups, return_inverse=True, return_counts=True)
    own = np.zeros((sizes.size, scores.shape[1]))
    np.add.at(own, code, scores**2)
    several = sizes > 1
    own[several] *= (sizes / np.maximum(sizes - 1, 1))[several, None]
    variance = own.sum(axis=0)
    wobble = (own[several] ** 2 / (sizes[several, None] - 1)).sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        degrees = np.where(wobble > 0.0, variance**2 / wobble, np.inf)
    return np.sqrt(variance), degrees


def stretched_by_few(error: float, treated: int, controls: int) -> tuple[float, float]:
    """Return the error of a bootstrap that draws treated and control areas anew, and its degrees of freedom, allowing for few of them.

    Drawing ``m`` areas from ``m`` understates the variance of their mean by ``(m - 1) / m``. The smaller side, which decides most of
    the error, gives ``m``; its degrees of freedom, ``m - 1``, are the fewest that Welch's formula can give.

    Examples
    --------
    >>> error, degrees = stretched_by_few(1.0, 5, 40)
    >>> round(error**2, 6), degrees
    (1.25, 4.0)
    """
    m = min(treated, controls)
    return error * float(np.sqrt(m / (m - 1))), float(m - 1)
