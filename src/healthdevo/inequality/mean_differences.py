"""Mean differences of groups from the mean, the best or a reference group, and the index of disparity."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.group_values import (
    Groups,
    Levels,
    Polarity,
    check_groups,
    higher_is_better,
    position_of,
)
from healthdevo.inequality.simulated_limits import DRAWS, Seed, SimulatedEstimate, quotient, simulated
from healthdevo.mathematics.vectors import in_one_order
from healthdevo.typing import FloatArray

__all__ = [
    "index_of_disparity",
    "mean_difference_from_best",
    "mean_difference_from_mean",
    "mean_difference_from_reference",
]


def _best(values: FloatArray, better: bool) -> int:
    return int(np.argmax(values) if better else np.argmin(values))


@front_door
@in_one_order("values", "population", "standard_errors")
def mean_difference_from_mean(
    values: ArrayLike,
    population: ArrayLike | None = None,
    *,
    weighted: bool = True,
    mean: float | None = None,
    standard_errors: ArrayLike | None = None,
    scale: float | None = None,
    levels: Levels = 0.95,
    draws: int = DRAWS,
    seed: Seed = 0,
    unit: str = "",
) -> SimulatedEstimate:
    r"""Return the mean absolute difference of groups from the overall mean.

    Parameters
    ----------
    values : array_like of shape (groups,)
        Value of each group.
    population : array_like of shape (groups,), optional
        People of each group; needed for the weighted measure, and for the mean unless ``mean`` is given.
    weighted : bool, default True
        Whether groups count by their people or equally.
    mean : float, optional
        The overall mean, when it is known from elsewhere; it is then held fixed.
    standard_errors, scale, levels, draws, seed, unit
        As in ``between_group_standard_deviation``.

    Returns
    -------
    SimulatedEstimate

    Raises
    ------
    InputError
        As ``between_group_standard_deviation``, and when neither populations nor a mean are given.

    Notes
    -----
    Estimand: :math:`\sum_j w_j |y_j - \bar y|` with :math:`w_j` the population share, or one over the number of groups. Limits as
    in ``between_group_standard_deviation``; the mean is recomputed in every draw.

    References
    ----------
    World Health Organization (2024). Summary measures of health inequality. Health Inequality Monitor.

    Examples
    --------
    >>> round(mean_difference_from_mean([60.0, 70.0, 80.0], [1, 2, 1]).estimate, 3)
    5.0
    """
    groups, statistic = _from_mean(values, population, weighted, mean, standard_errors, scale)
    return simulated("mean difference from the mean", statistic, groups, scale, levels, draws, seed, unit)


@front_door
@in_one_order("values", "population", "standard_errors")
def index_of_disparity(
    values: ArrayLike,
    population: ArrayLike | None = None,
    *,
    weighted: bool = True,
    mean: float | None = None,
    standard_errors: ArrayLike | None = None,
    scale: float | None = None,
    levels: Levels = 0.95,
    draws: int = DRAWS,
    seed: Seed = 0,
) -> SimulatedEstimate:
    r"""Return the index of disparity: the mean absolute difference from the mean, in per cent of the mean.

    Estimand: :math:`100 \sum_j w_j |y_j - \bar y| / \bar y`. Arguments, limits, assumptions, source and errors are those of
    ``mean_difference_from_mean``. In every draw numerator and denominator use the same mean.

    Examples
    --------
    >>> round(index_of_disparity([60.0, 70.0, 80.0], [1, 2, 1]).estimate, 3)
    7.143
    """
    groups, distance = _from_mean(values, population, weighted, mean, standard_errors, scale)
    shares = groups.shares

    def statistic(y: FloatArray) -> FloatArray:
        centre = y @ shares if mean is None else np.full(y.shape[0], float(mean))
        return quotient(100.0 * distance(y), centre)

    return simulated("index of disparity", statistic, groups, scale, levels, draws, seed, "%")


def _from_mean(
    values: ArrayLike,
    population: ArrayLike | None,
    weighted: bool,
    mean: float | None,
    standard_errors: ArrayLike | None,
    scale: float | None,
) -> tuple[Groups, Callable[[FloatArray], FloatArray]]:
    groups = check_groups(values, standard_errors, population, weighted=weighted or mean is None, scale=scale)
    if mean is not None and not np.isfinite(mean):
        raise InputError(f"mean: {mean!r} is not valid; give a finite number")
    shares = groups.shares
    weights = shares if weighted else np.full(shares.size, 1.0 / shares.size)

    def statistic(y: FloatArray) -> FloatArray:
        centre = y @ shares if mean is None else np.full(y.shape[0], float(mean))
        distance: FloatArray = np.abs(y - centre[:, np.newaxis]) @ weights
        return distance

    return groups, statistic


@front_door
@in_one_order("values", "population", "standard_errors")
def mean_difference_from_best(
    values: ArrayLike,
    population: ArrayLike | None = None,
    *,
    higher_is: Polarity,
    weighted: bool = True,
    standard_errors: ArrayLike | None = None,
    scale: float | None = None,
    levels: Levels = 0.95,
    draws: int = DRAWS,
    seed: Seed = 0,
    unit: str = "",
) -> SimulatedEstimate:
    r"""Return the mean difference of groups from the group that fares best.

    Parameters
    ----------
    values : array_like of shape (groups,)
        Value of each group.
    population : array_like of shape (groups,), optional
        People of each group; needed for the weighted measure.
    higher_is : {"better", "worse"}
        Polarity of the indicator: whether the best group is the highest or the lowest.
    weighted : bool, default True
        Whether groups count by their people or equally.
    standard_errors, scale, levels, draws, seed, unit
        As in ``between_group_standard_deviation``.

    Returns
    -------
    SimulatedEstimate

    Raises
    ------
    InputError
        As ``between_group_standard_deviation``.

    Notes
    -----
    Estimand: :math:`\sum_j w_j |y_j - y_{best}|`. Which group is best is chosen anew in every draw, so the limits carry the
    doubt about it.

    References
    ----------
    World Health Organization (2024). Summary measures of health inequality. Health Inequality Monitor.

    Examples
    --------
    >>> round(mean_difference_from_best([60.0, 70.0, 80.0], [1, 2, 1], higher_is="better").estimate, 3)
    10.0
    """
    better = higher_is_better(higher_is)
    groups = check_groups(values, standard_errors, population, weighted=weighted, scale=scale)
    weights = groups.shares if weighted else np.full(groups.values.size, 1.0 / groups.values.size)

    def statistic(y: FloatArray) -> FloatArray:
        best = y.max(axis=1) if better else y.min(axis=1)
        distance: FloatArray = np.abs(y - best[:, np.newaxis]) @ weights
        return distance

    return simulated(
        "mean difference from the best group", statistic, groups, scale, levels, draws, seed, unit
    )


@front_door
@in_one_order("values", "population", "standard_errors")
def mean_difference_from_reference(
    values: ArrayLike,
    population: ArrayLike | None = None,
    *,
    reference: int,
    weighted: bool = True,
    standard_errors: ArrayLike | None = None,
    scale: float | None = None,
    levels: Levels = 0.95,
    draws: int = DRAWS,
    seed: Seed = 0,
    unit: str = "",
) -> SimulatedEstimate:
    r"""Return the mean absolute difference of groups from a reference group.

    Estimand: :math:`\sum_j w_j |y_j - y_{reference}|`. The reference group counts in the mean, with a difference of 0. Other
    arguments, limits, assumptions, source and errors are those of ``mean_difference_from_best``.

    Parameters
    ----------
    reference : int
        Position of the reference group.

    Examples
    --------
    >>> round(mean_difference_from_reference([60.0, 70.0, 80.0], [1, 2, 1], reference=1).estimate, 3)
    5.0
    """
    groups = check_groups(values, standard_errors, population, weighted=weighted, scale=scale)
    chosen = position_of(reference, groups.values.size)
    weights = groups.shares if weighted else np.full(groups.values.size, 1.0 / groups.values.size)

    def statistic(y: FloatArray) -> FloatArray:
        distance: FloatArray = np.abs(y - y[:, [chosen]]) @ weights
        return distance

    return simulated(
        "mean difference from the reference group", statistic, groups, scale, levels, draws, seed, unit
    )
