"""The Hoover index."""

from __future__ import annotations

from typing import Unpack

import numpy as np

from healthdevo.front_door import front_door
from healthdevo.inequality.measure import Measure, Uncertainty, checked_values, estimated
from healthdevo.mathematics.vectors import Vector, in_one_order
from healthdevo.results import Estimate
from healthdevo.typing import FloatArray

__all__ = ["hoover_index"]


def _hoover(x: FloatArray) -> Measure:
    def statistic(weights: FloatArray) -> FloatArray:
        w = weights / weights.sum(axis=1, keepdims=True)
        mean = w @ x
        result: FloatArray = (w * np.abs(x - mean[:, None])).sum(axis=1) / (2.0 * mean)
        return result

    def influence(weights: FloatArray) -> tuple[float, FloatArray]:
        w = weights / weights.sum()
        mean = float(w @ x)
        gap = np.abs(x - mean)
        value = float(w @ gap) / (2.0 * mean)
        shift = float(w @ np.sign(x - mean))
        return value, (gap - w @ gap - shift * (x - mean)) / (2.0 * mean) - value * (x - mean) / mean

    return Measure("Hoover index", statistic, influence, x, most=1.0)


@front_door
@in_one_order("values", "weights", "clusters")
def hoover_index(
    values: Vector,
    weights: Vector | None = None,
    **options: Unpack[Uncertainty],
) -> Estimate:
    r"""Return the Hoover (Ricci-Schutz, Robin Hood) index: the share that would have to move for equality.

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
    :math:`\frac{1}{2\mu} \sum_i w_i |x_i - \mu|`, the largest gap between the Lorenz curve and the diagonal (Hoover 1936).

    Examples
    --------
    >>> hoover_index([1, 3]).estimate
    0.25
    """
    x = checked_values(values)
    return estimated(
        _hoover(x),
        weights,
        x.size,
        **options,
    )
