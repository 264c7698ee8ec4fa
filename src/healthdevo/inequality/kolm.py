"""The Kolm index."""

from __future__ import annotations

from typing import Unpack

import numpy as np

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.measure import Measure, Uncertainty, estimated, of_moments
from healthdevo.mathematics.vectors import Vector, in_one_order, vector
from healthdevo.results import Estimate
from healthdevo.typing import FloatArray

__all__ = ["kolm_index"]


def _kolm(x: FloatArray, alpha: float) -> Measure:
    lowest = x.min()
    features = np.column_stack([x, np.exp(-alpha * (x - lowest))])

    def combine(m: FloatArray) -> tuple[FloatArray, FloatArray]:
        value = m[:, 0] - lowest + np.log(m[:, 1]) / alpha
        return value, np.column_stack([np.ones(len(m)), 1.0 / (alpha * m[:, 1])])

    return of_moments("Kolm index", features, combine, f"alpha = {alpha:g}")


@front_door
@in_one_order("values", "weights", "clusters")
def kolm_index(
    values: Vector,
    weights: Vector | None = None,
    *,
    alpha: float,
    unit: str = "",
    **options: Unpack[Uncertainty],
) -> Estimate:
    r"""Return the Kolm index, an absolute measure in the unit of the values.

    Parameters
    ----------
    values : array-like of shape (n,)
        Any sign.
    alpha : float
        Inequality aversion above zero, in one over the unit of the values.
    unit : str
        Unit of the values, for the sentence.
    weights, **options
        As in ``gini_coefficient``.

    Returns
    -------
    Estimate

    Notes
    -----
    :math:`\frac{1}{\alpha} \ln \sum_i w_i e^{\alpha(\mu - x_i)}`; adding the same amount to everyone leaves it unchanged
    (Kolm 1976, Journal of Economic Theory 12).

    Examples
    --------
    >>> a, b = kolm_index([1, 3], alpha=0.5).estimate, kolm_index([-1, 1], alpha=0.5).estimate
    >>> round(a, 4), abs(a - b) < 1e-12
    (0.2402, True)
    """
    if not (np.isfinite(alpha) and alpha > 0.0):
        raise InputError(f"alpha: {alpha!r} is not valid; give a number above zero")
    x = vector(values, "values")
    if x.size < 2:
        raise InputError("values: there is only one; dispersion needs at least two")
    return estimated(
        _kolm(x, float(alpha)),
        weights,
        x.size,
        **options,
        unit=unit,
    )
