"""Variance, standard deviation and coefficient of variation between groups."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from healthdevo.front_door import front_door
from healthdevo.inequality.group_values import Levels, check_groups, with_normal_limits
from healthdevo.inequality.simulated_limits import DRAWS, Seed, SimulatedEstimate, quotient, simulated
from healthdevo.mathematics.vectors import in_one_order
from healthdevo.results import Estimate
from healthdevo.typing import FloatArray

__all__ = [
    "between_group_coefficient_of_variation",
    "between_group_standard_deviation",
    "between_group_variance",
]


@front_door
@in_one_order("values", "population", "standard_errors")
def between_group_variance(
    values: ArrayLike,
    population: ArrayLike,
    *,
    standard_errors: ArrayLike | None = None,
    levels: Levels = 0.95,
) -> Estimate:
    r"""Return the between-group variance.

    Parameters
    ----------
    values, population : array_like of shape (groups,)
        Value and people of each group.
    standard_errors : array_like of shape (groups,), optional
        Standard errors of the values.
    levels : float or sequence of float, default 0.95
        Confidence levels.

    Returns
    -------
    Estimate
        In the square of the values' unit.

    Raises
    ------
    InputError
        For fewer than two groups, missing values, negative populations or standard errors.

    Notes
    -----
    Estimand: :math:`\sum_j p_j (y_j - \bar y)^2` with population shares :math:`p_j`, which is the quadratic form
    :math:`y' A y` with :math:`A = \operatorname{diag}(p) - p p'`. With independent normal errors of variances :math:`S` its
    variance is exactly :math:`4 y' A S A y + 2 \operatorname{tr}(A S A S)`; the limits are normal, the lower one cut at 0. Noise in the values raises the measure: it is not corrected for.

    References
    ----------
    Harper, S. and Lynch, J. (2016). Health inequalities: measurement and decomposition. In Oakes and Kaufman (eds),
    Methods in Social Epidemiology.

    Examples
    --------
    >>> round(between_group_variance([60.0, 70.0, 80.0], [1, 2, 1], standard_errors=[1.0] * 3).estimate, 3)
    50.0
    """
    groups = check_groups(values, standard_errors, population, weighted=True)
    p, y = groups.shares, groups.values
    centred = p * (y - groups.mean)
    estimate = float(centred @ (y - groups.mean))
    error = np.nan
    if groups.uncertain is not None:
        s2 = groups.uncertain**2
        diagonal = (p - p * p) ** 2 - p**4
        trace = float(diagonal @ s2**2 + (p * p @ s2) ** 2)
        error = float(np.sqrt(4.0 * float(centred**2 @ s2) + 2.0 * trace))
    return with_normal_limits(
        "between-group variance",
        estimate,
        error,
        groups,
        "exact variance of a quadratic form, normal limits",
        levels,
        "",
        signed=False,
    )


@front_door
@in_one_order("values", "population", "standard_errors")
def between_group_standard_deviation(
    values: ArrayLike,
    population: ArrayLike,
    *,
    standard_errors: ArrayLike | None = None,
    scale: float | None = None,
    levels: Levels = 0.95,
    draws: int = DRAWS,
    seed: Seed = 0,
    unit: str = "",
) -> SimulatedEstimate:
    r"""Return the between-group standard deviation, the root of the between-group variance.

    Parameters
    ----------
    values, population : array_like of shape (groups,)
        Value and people of each group.
    standard_errors : array_like of shape (groups,), optional
        Standard errors of the values.
    scale : float, optional
        Largest value that is possible: 1 for proportions, 100 for percentages. Draws stay between 0 and it.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    draws : int, default 100000
        Simulated data sets.
    seed : int or Generator, default 0
        Seed of the simulation.
    unit : str, optional
        Unit of the values.

    Returns
    -------
    SimulatedEstimate

    Raises
    ------
    InputError
        As ``between_group_variance``, and for values outside the scale.

    Notes
    -----
    Estimand: :math:`\{\sum_j p_j (y_j - \bar y)^2\}^{1/2}`. Limits: percentiles of the measure over independent normal draws
    of the values, as in the WHO's toolkit, but with the number of draws, the seed and the error that they leave under
    control. Noise raises the measure, so its limits may lie to one side of it.

    References
    ----------
    World Health Organization (2024). Summary measures of health inequality. Health Inequality Monitor.

    Examples
    --------
    >>> result = between_group_standard_deviation([60.0, 70.0, 80.0], [1, 2, 1], standard_errors=[1.0] * 3, scale=100)
    >>> round(result.estimate, 4), result.interval().lower < result.estimate < result.interval().upper
    (7.0711, True)
    """
    groups = check_groups(values, standard_errors, population, weighted=True, scale=scale)
    p = groups.shares

    def statistic(y: FloatArray) -> FloatArray:
        return np.sqrt(((y - (y @ p)[:, np.newaxis]) ** 2) @ p)

    return simulated("between-group standard deviation", statistic, groups, scale, levels, draws, seed, unit)


@in_one_order("values", "population", "standard_errors")
def between_group_coefficient_of_variation(
    values: ArrayLike,
    population: ArrayLike,
    *,
    standard_errors: ArrayLike | None = None,
    scale: float | None = None,
    levels: Levels = 0.95,
    draws: int = DRAWS,
    seed: Seed = 0,
) -> SimulatedEstimate:
    r"""Return the coefficient of variation between groups, in per cent of the mean.

    Estimand: :math:`100 \{\sum_j p_j (y_j - \bar y)^2\}^{1/2} / \bar y`. Arguments, limits, assumptions, source and errors are those
    of ``between_group_standard_deviation``.

    Examples
    --------
    >>> round(between_group_coefficient_of_variation([60.0, 70.0, 80.0], [1, 2, 1]).estimate, 3)
    10.102
    """
    groups = check_groups(values, standard_errors, population, weighted=True, scale=scale)
    p = groups.shares

    def statistic(y: FloatArray) -> FloatArray:
        mean = y @ p
        return quotient(100.0 * np.sqrt(((y - mean[:, np.newaxis]) ** 2) @ p), mean)

    return simulated("coefficient of variation", statistic, groups, scale, levels, draws, seed, "%")
