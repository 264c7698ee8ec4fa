"""Theil index and mean log deviation between groups."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.group_values import Levels, check_groups, with_normal_limits
from healthdevo.mathematics.vectors import in_one_order
from healthdevo.results import Estimate
from healthdevo.typing import FloatArray

__all__ = ["between_group_mean_log_deviation", "between_group_theil_index"]


def _entropy(
    measure: str,
    values: ArrayLike,
    population: ArrayLike,
    standard_errors: ArrayLike | None,
    multiplier: float,
    levels: Levels,
    formula: Callable[[FloatArray, FloatArray], tuple[float, FloatArray]],
    zeros: bool,
) -> Estimate:
    groups = check_groups(values, standard_errors, population, weighted=True)
    y = groups.values
    if (y < 0.0).any():
        raise InputError(
            f"values: group {int(np.argmax(y < 0.0)) + 1} is negative; the measure needs 0 or more"
        )
    if not (np.isfinite(multiplier) and multiplier > 0.0):
        raise InputError(f"multiplier: {multiplier!r} is not valid; give a number above 0")
    method = "delta method, normal limits"
    occupied = groups.shares > 0.0
    if groups.mean == 0.0 or (not zeros and (y[occupied] == 0.0).any()):
        reason = "the mean is 0" if groups.mean == 0.0 else "a group is 0, so its logarithm does not exist"
        return Estimate(measure, np.nan, np.nan, (), y.size, method, "", reason)
    value, gradient = formula(y / groups.mean, groups.shares)
    error = np.nan
    if groups.uncertain is not None:
        noisy = groups.uncertain > 0.0
        if np.isinf(gradient[noisy]).any():
            reason = "a group is 0, where the measure has no slope"
            return Estimate(measure, multiplier * value, np.nan, (), y.size, method, "", reason)
        error = multiplier * float(np.linalg.norm(gradient[noisy] / groups.mean * groups.uncertain[noisy]))
    return with_normal_limits(measure, multiplier * value, error, groups, method, levels, "", signed=False)


@front_door
@in_one_order("values", "population", "standard_errors")
def between_group_theil_index(
    values: ArrayLike,
    population: ArrayLike,
    *,
    standard_errors: ArrayLike | None = None,
    multiplier: float = 1000,
    levels: Levels = 0.95,
) -> Estimate:
    r"""Return Theil's index between groups.

    Parameters
    ----------
    values, population : array_like of shape (groups,)
        Value (0 or more) and people of each group.
    standard_errors : array_like of shape (groups,), optional
        Standard errors of the values.
    multiplier : float, default 1000
        Factor of estimate, standard error and limits alike; the WHO reports thousandths.
    levels : float or sequence of float, default 0.95
        Confidence levels.

    Returns
    -------
    Estimate

    Raises
    ------
    InputError
        For negative values or populations, or fewer than two groups.

    Notes
    -----
    Estimand: :math:`T = \sum_j p_j r_j \log r_j` with :math:`r_j = y_j / \bar y`; a group at 0 adds 0. Standard error by the delta
    method with fixed shares, :math:`\partial T / \partial y_j = p_j (\log r_j - T) / \bar y`; normal limits.

    Deviation on purpose: the R package healthequal multiplies the estimate by 1000 but not its error, so its limits
    are a thousand times too narrow.

    References
    ----------
    Theil, H. (1967). Economics and Information Theory.

    Examples
    --------
    >>> round(between_group_theil_index([60.0, 70.0, 80.0], [1, 2, 1]).estimate, 4)
    5.1195
    """

    def formula(r: FloatArray, p: FloatArray) -> tuple[float, FloatArray]:
        with np.errstate(divide="ignore"):
            logs = np.log(r)
        value = float((p * special.xlogy(r, r)).sum())
        return value, np.where(p > 0.0, p * (np.where(p > 0.0, logs, 0.0) - value), 0.0)

    return _entropy(
        "Theil index between groups", values, population, standard_errors, multiplier, levels, formula, True
    )


@front_door
@in_one_order("values", "population", "standard_errors")
def between_group_mean_log_deviation(
    values: ArrayLike,
    population: ArrayLike,
    *,
    standard_errors: ArrayLike | None = None,
    multiplier: float = 1000,
    levels: Levels = 0.95,
) -> Estimate:
    r"""Return the mean log deviation between groups (Theil's L).

    Estimand: :math:`L = -\sum_j p_j \log r_j` with :math:`r_j = y_j / \bar y`, for values above 0 (a group at 0 gives a reason).
    Standard error by the delta method, :math:`\partial L / \partial y_j = p_j (1 - 1 / r_j) / \bar y`. Arguments, errors, source and the
    deviation from healthequal are those of ``between_group_theil_index``.

    Examples
    --------
    >>> round(between_group_mean_log_deviation([60.0, 70.0, 80.0], [1, 2, 1]).estimate, 4)
    5.1548
    """

    def formula(r: FloatArray, p: FloatArray) -> tuple[float, FloatArray]:
        occupied = p > 0.0
        safe = np.where(occupied, r, 1.0)
        return float(-(p * np.log(safe)).sum()), np.where(occupied, p * (1.0 - 1.0 / safe), 0.0)

    return _entropy(
        "mean log deviation between groups",
        values,
        population,
        standard_errors,
        multiplier,
        levels,
        formula,
        False,
    )
