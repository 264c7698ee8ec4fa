"""Population attributable risk and fraction."""

from __future__ import annotations

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
    with_normal_limits,
)
from healthdevo.inequality.mean_differences import _best
from healthdevo.mathematics.vectors import in_one_order
from healthdevo.results import Estimate

__all__ = ["population_attributable_fraction", "population_attributable_risk"]


def _attributable(
    values: ArrayLike,
    population: ArrayLike,
    *,
    higher_is: Polarity,
    scale: float,
    ordered: bool,
    reference: int | None,
) -> tuple[Groups, float, float, str]:
    """Return the groups, the difference reference minus mean, the standard error of the fraction, and a reason."""
    better = higher_is_better(higher_is)
    groups = check_groups(values, None, population, weighted=True, scale=scale)
    people, y = groups.people, groups.values
    if people is None:
        raise InputError("population: give the people of each group")
    chosen = (
        position_of(reference, y.size)
        if reference is not None
        else y.size - 1
        if ordered
        else _best(y, better)
    )
    if groups.mean == 0.0:
        return groups, np.nan, np.nan, "the mean is 0"
    gap = float(y[chosen] - groups.mean)
    cases, total = float(people @ y) / scale, float(people.sum())
    c = float(y[chosen] * people[chosen]) / scale
    d = float(people[chosen]) - c
    a = cases - c
    b = total - float(people[chosen]) - a
    if c + d <= 0.0:
        return groups, np.nan, np.nan, f"the reference group {chosen + 1} has no people"
    variance = c * total * (a * d * (total - c) + b * c * c) / ((a + c) * (c + d)) ** 3
    return groups, gap, float(np.sqrt(max(variance, 0.0))), ""


@front_door
@in_one_order("values", "population")
def population_attributable_risk(
    values: ArrayLike,
    population: ArrayLike,
    *,
    higher_is: Polarity,
    scale: float,
    ordered: bool = False,
    reference: int | None = None,
    levels: Levels = 0.95,
    unit: str = "",
) -> Estimate:
    r"""Return the population attributable risk: how far the mean would move if all did as well as one group.

    Parameters
    ----------
    values, population : array_like of shape (groups,)
        Value and people of each group.
    higher_is : {"better", "worse"}
        Polarity of the indicator.
    scale : float
        What the values are expressed per: 1, 100, 1000 or 100000 people. It is declared, never guessed.
    ordered : bool, default False
        Whether the groups have an order, from the worst off to the best off.
    reference : int, optional
        Position of the reference group. When not given: the best off of ordered groups, the best of unordered ones.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    unit : str, optional
        Unit of the values.

    Returns
    -------
    Estimate
        Positive where the mean would rise, negative where it would fall.

    Raises
    ------
    InputError
        For values outside 0 to ``scale``, negative populations, or fewer than two groups.

    Notes
    -----
    Estimand: :math:`y_{ref} - \bar y`. The standard error is the mean times that of the fraction, see
    ``population_attributable_fraction``.

    Deviation on purpose: the R package healthequal ignores a reference group that the user names; here it counts.

    References
    ----------
    Walter, S. D. (1976). The estimation and interpretation of attributable risk in health research. Biometrics 32,
    829-849.

    Examples
    --------
    >>> result = population_attributable_risk([60.0, 70.0, 80.0], [100, 200, 100], higher_is="better", scale=100)
    >>> result.estimate
    10.0
    """
    groups, gap, error, reason = _attributable(
        values, population, higher_is=higher_is, scale=scale, ordered=ordered, reference=reference
    )
    return _attributed("population attributable risk", groups, gap, groups.mean * error, reason, levels, unit)


@front_door
@in_one_order("values", "population")
def population_attributable_fraction(
    values: ArrayLike,
    population: ArrayLike,
    *,
    higher_is: Polarity,
    scale: float,
    ordered: bool = False,
    reference: int | None = None,
    levels: Levels = 0.95,
) -> Estimate:
    r"""Return the population attributable fraction: the attributable risk in per cent of the mean.

    Estimand: :math:`100 (y_{ref} - \bar y) / \bar y`. Arguments and errors are those of ``population_attributable_risk``.

    Notes
    -----
    Standard error from the two-by-two table of the reference group (:math:`c` cases, :math:`d` others) and all
    others (:math:`a`, :math:`b`), with :math:`n = a + b + c + d`:

    .. math:: \operatorname{Var} = \frac{c n \{a d (n - c) + b c^2\}}{(a + c)^3 (c + d)^3},

    times 100 for per cent; normal limits. It takes the populations as the numbers of people observed.

    Deviation on purpose: the R package healthequal leaves the factor of 100 out of the limits, which are a hundred times
    too narrow there.

    References
    ----------
    Walter, S. D. (1976). The estimation and interpretation of attributable risk in health research. Biometrics 32,
    829-849.

    Examples
    --------
    >>> result = population_attributable_fraction([60.0, 70.0, 80.0], [100, 200, 100], higher_is="better", scale=100)
    >>> round(result.estimate, 3), round(result.standard_error, 3)
    (14.286, 5.29)
    """
    groups, gap, error, reason = _attributable(
        values, population, higher_is=higher_is, scale=scale, ordered=ordered, reference=reference
    )
    share = 100.0 * gap / groups.mean if not reason else np.nan
    return _attributed("population attributable fraction", groups, share, 100.0 * error, reason, levels, "%")


def _attributed(
    measure: str, groups: Groups, estimate: float, error: float, reason: str, levels: Levels, unit: str
) -> Estimate:
    method = "Walter's variance, normal limits"
    if reason:
        return Estimate(measure, np.nan, np.nan, (), groups.values.size, method, unit, reason)
    return with_normal_limits(measure, estimate, error, groups, method, levels, unit)
