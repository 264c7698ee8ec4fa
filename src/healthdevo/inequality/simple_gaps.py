"""Difference and ratio of two groups."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.group_values import (
    Levels,
    Polarity,
    check_groups,
    higher_is_better,
    position_of,
    with_normal_limits,
)
from healthdevo.mathematics.estimates import log_limits
from healthdevo.mathematics.vectors import in_one_order
from healthdevo.results import Estimate, check_levels
from healthdevo.typing import FloatArray

__all__ = ["RatioEstimate", "difference", "ratio"]


@dataclass(frozen=True, kw_only=True)
class RatioEstimate(Estimate):
    """A ratio, whose uncertainty is worked out on its logarithm.

    Parameters
    ----------
    log_standard_error : float
        Standard error of the natural logarithm of the ratio.
    """

    log_standard_error: float


def _pair(values: FloatArray, *, higher_is: str, ordered: bool, reference: int | None) -> tuple[int, int]:
    """Return the positions of the two groups compared, the one that should fare better first for a good indicator."""
    better = higher_is_better(higher_is)
    if ordered:
        if reference is not None:
            raise InputError(
                "reference: ordered groups are compared end to end; give ordered=False or no reference"
            )
        first, second = values.size - 1, 0
        return (first, second) if better else (second, first)
    if reference is None:
        return int(np.argmax(values)), int(np.argmin(values))
    chosen = position_of(reference, values.size)
    return (chosen, int(np.argmin(values))) if better else (int(np.argmax(values)), chosen)


@front_door
@in_one_order("values", "standard_errors")
def difference(
    values: ArrayLike,
    *,
    higher_is: Polarity,
    standard_errors: ArrayLike | None = None,
    ordered: bool = False,
    reference: int | None = None,
    levels: Levels = 0.95,
    unit: str = "",
) -> Estimate:
    r"""Return the difference between two groups.

    Parameters
    ----------
    values : array_like of shape (groups,)
        Value of each group; ordered groups from the worst off to the best off.
    higher_is : {"better", "worse"}
        Polarity of the indicator.
    standard_errors : array_like of shape (groups,), optional
        Standard errors of the values.
    ordered : bool, default False
        Whether the groups have an order. Then the two ends are compared; otherwise the extremes.
    reference : int, optional
        Position of a reference group among unordered ones, compared with the group that fares worst.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    unit : str, optional
        Unit of the values.

    Returns
    -------
    Estimate

    Raises
    ------
    InputError
        For fewer than two groups, missing values or negative standard errors.

    Notes
    -----
    Estimand: ordered groups, :math:`y_{best off} - y_{worst off}` where high is good and the reverse where it is bad, so that
    a positive difference always disfavours the worst off; unordered groups, highest minus lowest; with a reference
    group, the reference minus the lowest where high is good, the highest minus the reference where it is bad.
    Limits: normal, with independent errors. Which groups are the extremes is taken as known, so the limits of the
    difference of extremes are too narrow where several groups are close.

    References
    ----------
    World Health Organization (2024). Summary measures of health inequality. Health Inequality Monitor.

    Examples
    --------
    >>> difference([70.0, 80.0, 95.0], higher_is="better", ordered=True, standard_errors=[2.0, 2.0, 1.5]).sentence
    'The difference is 25 (95% interval 20.1 to 29.9).'
    """
    groups = check_groups(values, standard_errors, None)
    first, second = _pair(groups.values, higher_is=higher_is, ordered=ordered, reference=reference)
    errors = groups.errors
    error = np.nan if errors is None else float(np.hypot(errors[first], errors[second]))
    estimate = float(groups.values[first] - groups.values[second])
    return with_normal_limits(
        "difference", estimate, error, groups, "difference of two groups, normal limits", levels, unit
    )


@front_door
@in_one_order("values", "standard_errors")
def ratio(
    values: ArrayLike,
    *,
    higher_is: Polarity,
    standard_errors: ArrayLike | None = None,
    ordered: bool = False,
    reference: int | None = None,
    levels: Levels = 0.95,
) -> RatioEstimate:
    r"""Return the ratio of two groups.

    Parameters
    ----------
    values : array_like of shape (groups,)
        Value of each group, 0 or more; ordered groups from the worst off to the best off.
    higher_is, standard_errors, ordered, reference, levels
        As in ``difference``, which compares the same two groups.

    Returns
    -------
    RatioEstimate
        NaN with a reason where the group that divides is 0.

    Raises
    ------
    InputError
        As ``difference``, and for negative values.

    Notes
    -----
    Limits: normal on the logarithm, :math:`\exp(\log r \pm z s)` with
    :math:`s^2 = (\sigma_1 / y_1)^2 + (\sigma_2 / y_2)^2`. The standard error is :math:`r s`. Errors are independent.

    References
    ----------
    World Health Organization (2024). Summary measures of health inequality. Health Inequality Monitor.

    Examples
    --------
    >>> result = ratio([70.0, 80.0, 95.0], higher_is="better", ordered=True, standard_errors=[2.0, 2.0, 1.5])
    >>> result.sentence
    'The ratio is 1.36 (95% interval 1.27 to 1.45).'
    """
    groups = check_groups(values, standard_errors, None)
    y = groups.values
    if (y < 0.0).any():
        raise InputError(
            f"values: group {int(np.argmax(y < 0.0)) + 1} is negative; a ratio needs values of 0 or more"
        )
    first, second = _pair(y, higher_is=higher_is, ordered=ordered, reference=reference)
    wanted = check_levels(levels)
    method = "ratio of two groups, normal limits of its logarithm"
    if y[second] == 0.0:
        reason = f"group {second + 1}, which divides, is 0"
        return RatioEstimate(
            "ratio", np.nan, np.nan, (), y.size, method, "", reason, log_standard_error=np.nan
        )
    estimate = float(y[first] / y[second])
    known = groups.errors is not None and estimate > 0.0
    log_error = np.nan
    if groups.errors is not None and known:
        log_error = float(np.hypot(groups.errors[first] / y[first], groups.errors[second] / y[second]))
    if np.isnan(log_error):
        reason = (
            "the ratio is 0, so its logarithm does not exist"
            if estimate == 0.0
            else groups.without_interval()
        )
        return RatioEstimate(
            "ratio", estimate, np.nan, (), y.size, method, "", reason, log_standard_error=np.nan
        )
    intervals = log_limits(estimate, log_error, wanted)
    return RatioEstimate(
        "ratio", estimate, estimate * log_error, intervals, y.size, method, log_standard_error=log_error
    )
