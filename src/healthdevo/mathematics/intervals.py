"""Confidence limits in closed form: normal, Student, Fieller, Wilson, Byar and exact Poisson.

All functions work on arrays of ``k`` estimates and ``m`` levels at once and return two arrays of shape ``(k, m)``.
A limit that cannot be computed is NaN; one that does not exist on its side is infinite.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import numbers
from healthdevo.results import check_levels
from healthdevo.typing import Figure, FloatArray

__all__ = [
    "byar_limits",
    "exact_poisson_limits",
    "fieller_limits",
    "normal_limits",
    "normal_quantiles",
    "poisson_limits",
    "student_limits",
    "wilson_limits",
]

Limits = tuple[FloatArray, FloatArray]


def _values(values: ArrayLike, name: str) -> FloatArray:
    """Return one number for each row, NaN where it is not known."""
    array = np.atleast_1d(numbers(values, name))
    if array.ndim != 1:
        raise InputError(f"{name}: has {array.ndim} dimensions; give one number for each row")
    if np.isinf(array).any():
        raise InputError(f"{name}: row {int(np.argmax(np.isinf(array)))} is infinite; give finite numbers")
    return array


def _column(values: ArrayLike, name: str) -> FloatArray:
    return _values(values, name)[:, np.newaxis]


@front_door
def normal_quantiles(levels: float | Sequence[float]) -> FloatArray:
    """Return the two-sided standard normal quantile of each level, such as 1.96 for 0.95.

    Parameters
    ----------
    levels : float or sequence of float
        Confidence levels between 0 and 1.

    Returns
    -------
    ndarray of shape (m,)

    Examples
    --------
    >>> [round(float(z), 4) for z in normal_quantiles((0.95, 0.998))]
    [1.96, 3.0902]
    """
    quantiles: FloatArray = special.ndtri((1.0 + np.asarray(check_levels(levels))) / 2.0)
    return quantiles


@front_door
def normal_limits(estimate: ArrayLike, standard_error: ArrayLike, levels: float | Sequence[float]) -> Limits:
    """Return estimate minus and plus a normal quantile times the standard error.

    Parameters
    ----------
    estimate, standard_error : array_like of shape (k,)
        Point estimates and their standard errors.
    levels : float or sequence of float
        Confidence levels.

    Returns
    -------
    lower, upper : ndarray of shape (k, m)

    Examples
    --------
    >>> lower, upper = normal_limits(10.0, 1.0, 0.95)
    >>> round(float(lower[0, 0]), 3), round(float(upper[0, 0]), 3)
    (8.04, 11.96)
    """
    half = normal_quantiles(levels) * _column(standard_error, "standard_error")
    centre = _column(estimate, "estimate")
    return centre - half, centre + half


@front_door
def student_limits(
    estimate: ArrayLike,
    standard_error: ArrayLike,
    degrees_of_freedom: ArrayLike,
    levels: float | Sequence[float],
) -> Limits:
    """Return limits from Student's t distribution.

    Parameters
    ----------
    estimate, standard_error : array_like of shape (k,)
        Point estimates and their standard errors.
    degrees_of_freedom : array_like of shape (k,)
        Degrees of freedom; the limits are NaN where they are not positive.
    levels : float or sequence of float
        Confidence levels.

    Returns
    -------
    lower, upper : ndarray of shape (k, m)

    Examples
    --------
    >>> lower, upper = student_limits(10.0, 1.0, 8, 0.95)
    >>> round(float(upper[0, 0]), 3)
    12.306
    """
    p = (1.0 + np.asarray(check_levels(levels))) / 2.0
    freedom = np.atleast_1d(numbers(degrees_of_freedom, "degrees_of_freedom"))[:, np.newaxis]
    quantile = special.stdtrit(np.where(freedom > 0.0, freedom, np.nan), p)
    half = quantile * _column(standard_error, "standard_error")
    centre = _column(estimate, "estimate")
    return centre - half, centre + half


@front_door
def fieller_limits(
    numerator: ArrayLike,
    denominator: ArrayLike,
    numerator_variance: ArrayLike,
    denominator_variance: ArrayLike,
    covariance: ArrayLike,
    levels: float | Sequence[float],
) -> Limits:
    """Return Fieller's limits for the ratio of two jointly normal estimates.

    The set of ratios ``t`` for which ``numerator - t * denominator`` does not differ from zero at the level. It is an
    interval when the denominator differs from zero at that level; otherwise it is unbounded and the limits are
    minus and plus infinity.

    Parameters
    ----------
    numerator, denominator : array_like of shape (k,)
        The two estimates.
    numerator_variance, denominator_variance, covariance : array_like of shape (k,)
        Their variances and covariance.
    levels : float or sequence of float
        Confidence levels.

    Returns
    -------
    lower, upper : ndarray of shape (k, m)

    References
    ----------
    Fieller, E. C. (1954). Some problems in interval estimation. Journal of the Royal Statistical Society B 16, 175-185.

    Examples
    --------
    >>> lower, upper = fieller_limits(6.0, 3.0, 0.25, 0.01, 0.0, 0.95)
    >>> round(float(lower[0, 0]), 3), round(float(upper[0, 0]), 3)
    (1.656, 2.361)
    """
    n, d = _column(numerator, "numerator"), _column(denominator, "denominator")
    squared = normal_quantiles(levels) ** 2
    a = d * d - squared * _column(denominator_variance, "denominator_variance")
    b = n * d - squared * _column(covariance, "covariance")
    c = n * n - squared * _column(numerator_variance, "numerator_variance")
    bounded = a > 0.0
    safe = np.where(bounded, a, 1.0)
    root = np.sqrt(np.maximum(b * b - a * c, 0.0))
    missing = np.isnan(a + b + c)
    lower = np.where(missing, np.nan, np.where(bounded, (b - root) / safe, -np.inf))
    upper = np.where(missing, np.nan, np.where(bounded, (b + root) / safe, np.inf))
    return lower, upper


@front_door
def wilson_limits(count: ArrayLike, total: ArrayLike, levels: float | Sequence[float]) -> Limits:
    """Return Wilson's score limits for a proportion.

    Parameters
    ----------
    count, total : array_like of shape (k,)
        Successes and trials; the limits are NaN where the total is zero.
    levels : float or sequence of float
        Confidence levels.

    Returns
    -------
    lower, upper : ndarray of shape (k, m)

    References
    ----------
    Wilson, E. B. (1927). Probable inference, the law of succession, and statistical inference. Journal of the
    American Statistical Association 22, 209-212.

    Examples
    --------
    >>> lower, upper = wilson_limits(5, 100, 0.95)
    >>> round(float(lower[0, 0]), 5), round(float(upper[0, 0]), 5)
    (0.02154, 0.11175)
    """
    x, n = _column(count, "count"), _column(total, "total")
    wrong = (x < 0.0) | (x > n)
    if wrong.any():
        row = int(np.argmax(wrong))
        raise InputError(
            f"count: row {row} is {(x + 0.0 * n)[row, 0]:g} of {(n + 0.0 * x)[row, 0]:g}; give counts from 0 to the total"
        )
    n = np.where(n > 0.0, n, np.nan)
    z = normal_quantiles(levels)
    centre = 2.0 * x + z * z
    root = z * np.sqrt(z * z + 4.0 * x * (n - x) / n)
    scale = 2.0 * (n + z * z)
    return np.maximum((centre - root) / scale, 0.0), np.minimum((centre + root) / scale, 1.0)


@front_door
def byar_limits(count: ArrayLike, levels: float | Sequence[float]) -> Limits:
    """Return Byar's approximate limits for a Poisson count.

    Accurate to well under one per cent from ten events upward; ``poisson_limits`` switches to the exact limits below.

    Parameters
    ----------
    count : array_like of shape (k,)
        Observed events, zero or more.
    levels : float or sequence of float
        Confidence levels.

    Returns
    -------
    lower, upper : ndarray of shape (k, m)

    References
    ----------
    Breslow, N. E. and Day, N. E. (1987). Statistical Methods in Cancer Research, volume II, p. 69.

    Examples
    --------
    >>> lower, upper = byar_limits(65, 0.95)
    >>> round(float(lower[0, 0]), 3), round(float(upper[0, 0]), 3)
    (50.163, 82.849)
    """
    x = _column(count, "count")
    z = normal_quantiles(levels)
    safe = np.where(x > 0.0, x, 1.0)
    lower = safe * np.maximum(1.0 - 1.0 / (9.0 * safe) - z / (3.0 * np.sqrt(safe)), 0.0) ** 3
    lower = np.where(x > 0.0, lower, np.where(x == 0.0, 0.0, np.nan))
    raised = np.where(x >= 0.0, x, np.nan) + 1.0
    upper = raised * (1.0 - 1.0 / (9.0 * raised) + z / (3.0 * np.sqrt(raised))) ** 3
    return lower, upper


@front_door
def exact_poisson_limits(count: ArrayLike, levels: float | Sequence[float]) -> Limits:
    """Return exact limits for a Poisson count, from the gamma (chi-squared) distribution.

    Parameters
    ----------
    count : array_like of shape (k,)
        Observed events, zero or more.
    levels : float or sequence of float
        Confidence levels.

    Returns
    -------
    lower, upper : ndarray of shape (k, m)

    References
    ----------
    Garwood, F. (1936). Fiducial limits for the Poisson distribution. Biometrika 28, 437-442.

    Examples
    --------
    >>> lower, upper = exact_poisson_limits(5, 0.95)
    >>> round(float(lower[0, 0]), 4), round(float(upper[0, 0]), 4)
    (1.6235, 11.6683)
    """
    x = _column(count, "count")
    x = np.where(x >= 0.0, x, np.nan)
    tail = (1.0 - np.asarray(check_levels(levels))) / 2.0
    lower = np.where(x > 0.0, special.gammaincinv(np.where(x > 0.0, x, 1.0), tail), x)
    return lower, special.gammainccinv(x + 1.0, tail)


@front_door
def poisson_limits(
    count: ArrayLike, levels: float | Sequence[float], *, exact_below: Figure = 10.0
) -> Limits:
    """Return limits for a Poisson count: exact below ten events and Byar's from ten upward.

    Parameters
    ----------
    count : array_like of shape (k,)
        Observed events, zero or more.
    levels : float or sequence of float
        Confidence levels.
    exact_below : float, default 10
        The count from which Byar's approximation is used; ``inf`` gives exact limits throughout.

    Returns
    -------
    lower, upper : ndarray of shape (k, m)

    Examples
    --------
    >>> lower, upper = poisson_limits([5, 65], 0.95)
    >>> [round(float(x), 3) for x in lower[:, 0]]
    [1.623, 50.163]
    """
    x = _values(count, "count")
    lower, upper = byar_limits(x, levels)
    few = x < exact_below
    if few.any():
        lower[few], upper[few] = exact_poisson_limits(x[few], levels)
    return lower, upper
