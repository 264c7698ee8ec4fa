"""Generalised entropy, with the Theil index and the mean log deviation as its two limits."""

from __future__ import annotations

from typing import Unpack

import numpy as np

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.measure import Measure, Uncertainty, checked_values, estimated, of_moments
from healthdevo.mathematics.vectors import Vector, in_one_order
from healthdevo.results import Estimate
from healthdevo.typing import FloatArray

__all__ = ["generalised_entropy", "mean_log_deviation", "theil_index"]


_LARGEST_LOGARITHM = 230.0
"""Of a power of the values: their squares and products must be numbers too."""


def _entropy(x: FloatArray, alpha: float) -> Measure:
    logs = np.log(np.where(x > 0.0, x, 1.0))
    if alpha == 1.0:
        features = np.column_stack([x, x * logs])

        def theil(m: FloatArray) -> tuple[FloatArray, FloatArray]:
            mean, part = m[:, 0], m[:, 1]
            return part / mean - np.log(mean), np.column_stack([-part / mean**2 - 1.0 / mean, 1.0 / mean])

        return of_moments("Theil index", features, theil)
    if alpha == 0.0:
        features = np.column_stack([x, logs])

        def deviation(m: FloatArray) -> tuple[FloatArray, FloatArray]:
            return np.log(m[:, 0]) - m[:, 1], np.column_stack([1.0 / m[:, 0], -np.ones(len(m))])

        return of_moments("mean log deviation", features, deviation)
    reach = float(np.log(x.max()) - np.log(x[x > 0.0].min())) if (x > 0.0).any() else 0.0
    if abs(alpha) * reach > _LARGEST_LOGARITHM:
        raise InputError(
            f"alpha: {alpha:g} is not valid; values that differ as much as these cannot be raised to it, give a number nearer 0"
        )
    largest = float(x.max()) or 1.0  # keeps powers in range
    x = x / largest  # the index does not depend on the unit
    features = np.column_stack([x, x**alpha])
    k = 1.0 / (alpha * (alpha - 1.0))

    def general(m: FloatArray) -> tuple[FloatArray, FloatArray]:
        mean, power = m[:, 0], m[:, 1]
        ratio = power / mean**alpha
        return k * (ratio - 1.0), np.column_stack([-alpha * k * ratio / mean, k / mean**alpha])

    return of_moments("generalised entropy index", features, general, f"alpha = {alpha:g}")


@front_door
@in_one_order("values", "weights", "clusters")
def generalised_entropy(
    values: Vector,
    weights: Vector | None = None,
    *,
    alpha: float,
    **options: Unpack[Uncertainty],
) -> Estimate:
    r"""Return the generalised entropy index GE(alpha).

    Parameters
    ----------
    values : array-like of shape (n,)
        At least zero; above zero when alpha is zero or less.
    alpha : float
        Sensitivity: large values weigh the top, negative ones the bottom; 0 is the mean log deviation, 1 the Theil index,
        2 half the squared coefficient of variation.
    weights, **options
        As in ``gini_coefficient``.

    Returns
    -------
    Estimate

    Notes
    -----
    :math:`GE(\alpha) = \frac{1}{\alpha(\alpha - 1)} \left[\sum_i w_i (x_i/\mu)^\alpha - 1\right]`, with the limits
    :math:`-\sum w_i \ln(x_i/\mu)` at 0 and :math:`\sum w_i (x_i/\mu) \ln(x_i/\mu)` at 1 (Shorrocks 1980). The only measures
    that are additive between and within groups for every grouping.

    Examples
    --------
    >>> round(generalised_entropy([1, 2, 3], alpha=2).estimate, 4)
    0.0833
    """
    if not np.isfinite(alpha):
        raise InputError(f"alpha: {alpha!r} is not valid; give a finite number")
    alpha = float(alpha)
    x = checked_values(
        values, positive=f"generalised entropy index with alpha {alpha:g}" if alpha <= 0 else ""
    )
    return estimated(
        _entropy(x, alpha),
        weights,
        x.size,
        **options,
    )


@front_door
@in_one_order("values", "weights", "clusters")
def theil_index(
    values: Vector,
    weights: Vector | None = None,
    **options: Unpack[Uncertainty],
) -> Estimate:
    r"""Return the Theil index (Theil T), :math:`\sum_i w_i (x_i/\mu) \ln(x_i/\mu)`.

    Parameters
    ----------
    values : array-like of shape (n,)
        At least zero; zeros contribute nothing, their limit.
    weights, **options
        As in ``gini_coefficient``.

    Returns
    -------
    Estimate

    Notes
    -----
    Between 0 and :math:`\ln n`. Source: Theil (1967), Economics and Information Theory.

    Examples
    --------
    >>> round(theil_index([0, 2]).estimate, 4)
    0.6931
    """
    return generalised_entropy(
        values,
        weights,
        alpha=1,
        **options,
    )


@front_door
@in_one_order("values", "weights", "clusters")
def mean_log_deviation(
    values: Vector,
    weights: Vector | None = None,
    **options: Unpack[Uncertainty],
) -> Estimate:
    r"""Return the mean log deviation (Theil L), :math:`\ln \mu - \sum_i w_i \ln x_i`.

    Parameters
    ----------
    values : array-like of shape (n,)
        Above zero.
    weights, **options
        As in ``gini_coefficient``.

    Returns
    -------
    Estimate

    Notes
    -----
    Source: Theil (1967); Shorrocks (1980). Weighs the low end more than the Theil index does.

    Examples
    --------
    >>> round(mean_log_deviation([1, 3]).estimate, 4)
    0.1438
    """
    return generalised_entropy(
        values,
        weights,
        alpha=0,
        **options,
    )
