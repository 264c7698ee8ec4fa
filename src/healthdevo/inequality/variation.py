"""The coefficient of variation."""

from __future__ import annotations

from typing import Unpack

import numpy as np

from healthdevo.front_door import front_door
from healthdevo.inequality.measure import Measure, Uncertainty, checked_values, estimated, of_moments
from healthdevo.mathematics.vectors import Vector, in_one_order
from healthdevo.results import Estimate
from healthdevo.typing import FloatArray

__all__ = ["coefficient_of_variation"]


def _variation(x: FloatArray) -> Measure:
    def combine(m: FloatArray) -> tuple[FloatArray, FloatArray]:
        mean = m[:, 0]
        value = np.sqrt(np.maximum(m[:, 1] / mean**2 - 1.0, 0.0))
        slope = np.divide(1.0, 2.0 * value, out=np.zeros_like(value), where=value > 0.0)
        return value, np.column_stack([-2.0 * slope * m[:, 1] / mean**3, slope / mean**2])

    return of_moments("coefficient of variation", np.column_stack([x, x**2]), combine)


@front_door
@in_one_order("values", "weights", "clusters")
def coefficient_of_variation(
    values: Vector,
    weights: Vector | None = None,
    **options: Unpack[Uncertainty],
) -> Estimate:
    r"""Return the coefficient of variation, the population standard deviation over the mean.

    Parameters
    ----------
    values : array-like of shape (n,)
        At least zero, not all zero.
    weights, **options
        As in ``gini_coefficient``.

    Returns
    -------
    Estimate

    Notes
    -----
    :math:`\sqrt{\sum_i w_i (x_i - \mu)^2} / \mu`; its square is twice GE(2).

    Examples
    --------
    >>> coefficient_of_variation([1, 3]).estimate
    0.5
    """
    x = checked_values(values)
    return estimated(
        _variation(x),
        weights,
        x.size,
        **options,
    )
