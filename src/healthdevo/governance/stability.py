"""Whether a place that is good this year is good next year: correlation, quarters, and the pull back to the middle."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.resampling import check_draws, generator
from healthdevo.mathematics.vectors import Vector, in_one_order, vector
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.typing import BoolArray, FloatArray

__all__ = ["Stability", "chance_of_same_quarter", "rank_stability"]


@dataclass(frozen=True)
class Stability:
    """How far this year's order is next year's.

    Parameters
    ----------
    correlation : Estimate
        Pearson's correlation of the two periods.
    rank_correlation : Estimate
        Spearman's.
    best_stay, worst_stay : Estimate
        Share of the highest and of the lowest quarter that is there again; 0.25 if the second order were drawn by lot.
    pull : Estimate
        Regression to the mean: share of its distance from the mean that a place loses by the next period, one minus the slope.
    n : int
        Places.
    """

    correlation: Estimate
    rank_correlation: Estimate
    best_stay: Estimate
    worst_stay: Estimate
    pull: Estimate
    n: int

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        return self.correlation.sentence


@front_door
def chance_of_same_quarter(correlation: float) -> float:
    r"""Return the chance that a place of the first quarter is there again, from the correlation of two periods.

    Parameters
    ----------
    correlation : float
        From -1 to 1.

    Returns
    -------
    float
        0.25 for no correlation, 1 for a perfect one.

    Raises
    ------
    InputError
        When the correlation is out of range.

    Notes
    -----
    :math:`P(Y > q | X > q)` for standard bivariate normal values, :math:`q` their upper quartile. The same holds for the last quarter.

    Examples
    --------
    >>> chance_of_same_quarter(0.0), chance_of_same_quarter(1.0)
    (0.25, 1.0)
    """
    if not -1.0 <= correlation <= 1.0:
        raise InputError(f"correlation: {correlation!r} is not valid; give a number from -1 to 1")
    if abs(correlation) == 1.0:
        return 1.0 if correlation > 0 else 0.0
    q = stats.norm.ppf(0.25)
    nodes, weights = np.polynomial.legendre.leggauss(200)
    # Plackett: the derivative of the orthant probability by the correlation is the density at (q, q)
    r = 0.5 * correlation * (nodes + 1.0)
    density = np.exp(-(q**2) / (1.0 + r)) / (2.0 * np.pi * np.sqrt(1.0 - r**2))
    both = 0.0625 + float(0.5 * correlation * (weights * density).sum())
    return both / 0.25


def _quarter(values: FloatArray, size: int) -> BoolArray:
    """Return the places with the largest values in each row."""
    member: BoolArray = values >= -np.partition(-values, size - 1, axis=-1)[..., size - 1 : size]
    return member


def _statistics(x: FloatArray, y: FloatArray) -> FloatArray:
    """Return correlation, rank correlation, both quarters' shares and the pull, one row for each resample."""
    size = max(1, x.shape[1] // 4)

    def correlate(a: FloatArray, b: FloatArray) -> tuple[FloatArray, FloatArray]:
        a, b = a - a.mean(axis=1, keepdims=True), b - b.mean(axis=1, keepdims=True)
        cross, own, other = (a * b).sum(axis=1), (a * a).sum(axis=1), (b * b).sum(axis=1)
        with np.errstate(invalid="ignore", divide="ignore"):
            return cross / np.sqrt(own * other), cross / own

    r, slope = correlate(x, y)
    ranked, _ = correlate(stats.rankdata(x, axis=1), stats.rankdata(y, axis=1))
    best, worst = (
        (_quarter(a, size) * _quarter(b, size)).sum(axis=1) / _quarter(a, size).sum(axis=1)
        for a, b in ((x, y), (-x, -y))
    )
    return np.column_stack([r, ranked, best, worst, 1.0 - slope])


@front_door
@in_one_order("before", "after")
def rank_stability(
    before: Vector,
    after: Vector,
    *,
    levels: float | Sequence[float] = 0.95,
    draws: int = 999,
    seed: int | np.random.Generator = 0,
) -> Stability:
    """Compare the same places in two periods.

    Parameters
    ----------
    before, after : array-like of shape (k,)
        The same places in two periods, at least eight, not all alike.
    levels : float or sequence of float
    draws : int, default 999
        Resamples of places.
    seed : int or Generator, default 0

    Returns
    -------
    Stability

    Raises
    ------
    InputError
        When lengths differ, a value is missing, all places are alike in a period, or there are fewer than eight.

    Notes
    -----
    The first and last quarter are the ``k // 4`` places with the largest and smallest values, and any equal to the last of them. Intervals
    are percentiles of resampled places.

    Examples
    --------
    >>> s = rank_stability(list(range(8)), [0, 1, 2, 3, 4, 5, 7, 6])
    >>> s.best_stay.estimate, s.worst_stay.estimate, round(s.correlation.estimate, 3)
    (1.0, 1.0, 0.976)
    """
    x = vector(before, "before")
    y = vector(after, "after", x.size)
    wanted = check_levels(levels)
    check_draws(draws, 50)
    if x.size < 8:
        raise InputError(f"before: {x.size} places are too few; give at least 8")
    for name, values in (("before", x), ("after", y)):
        if np.ptp(values) == 0.0:
            raise InputError(f"{name}: all places have the same value, so they have no order")
    order = np.lexsort((y, x))
    x, y = x[order], y[order]
    found = _statistics(x[None, :], y[None, :])[0]
    chosen = generator(seed).integers(0, x.size, (draws, x.size))
    resampled = _statistics(x[chosen], y[chosen])
    names = (
        "correlation between two periods",
        "rank correlation between two periods",
        "share of the highest quarter that is there again",
        "share of the lowest quarter that is there again",
        "share of the distance from the mean that is lost",
    )

    def estimate(j: int) -> Estimate:
        sample = resampled[:, j][np.isfinite(resampled[:, j])]
        intervals = tuple(
            Interval(level, *(float(np.quantile(sample, q)) for q in ((1 - level) / 2, (1 + level) / 2)))
            for level in wanted
        )
        return Estimate(
            names[j],
            float(found[j]),
            float(sample.std(ddof=1)),
            intervals,
            x.size,
            "percentiles of resampled places",
        )

    return Stability(estimate(0), estimate(1), estimate(2), estimate(3), estimate(4), x.size)
