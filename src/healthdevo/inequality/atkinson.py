"""The Atkinson index."""

from __future__ import annotations

from typing import Unpack

import numpy as np

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.measure import Measure, Uncertainty, checked_values, estimated, of_moments
from healthdevo.mathematics.vectors import Vector, in_one_order
from healthdevo.results import Estimate
from healthdevo.typing import FloatArray

__all__ = ["atkinson_index"]


def _atkinson(x: FloatArray, aversion: float) -> Measure:
    detail = f"inequality aversion = {aversion:g}"
    if aversion == 1.0:
        features = np.column_stack([x, np.log(x)])

        def geometric(m: FloatArray) -> tuple[FloatArray, FloatArray]:
            ratio = np.exp(m[:, 1]) / m[:, 0]
            return 1.0 - ratio, np.column_stack([ratio / m[:, 0], -ratio])

        return of_moments("Atkinson index", features, geometric, detail, most=1.0)
    e = 1.0 - aversion
    lowest = float(x.min()) if e < 0.0 else 1.0  # keeps powers in range
    features = np.column_stack([x, (x / lowest) ** e])

    def general(m: FloatArray) -> tuple[FloatArray, FloatArray]:
        ratio = lowest * m[:, 1] ** (1.0 / e) / m[:, 0]
        return 1.0 - ratio, np.column_stack([ratio / m[:, 0], -ratio / (e * m[:, 1])])

    return of_moments("Atkinson index", features, general, detail, most=1.0)


@front_door
@in_one_order("values", "weights", "clusters")
def atkinson_index(
    values: Vector,
    weights: Vector | None = None,
    *,
    aversion: float = 1.0,
    **options: Unpack[Uncertainty],
) -> Estimate:
    r"""Return the Atkinson index: the share of the total that could be given up for equality at no loss of welfare.

    Parameters
    ----------
    values : array-like of shape (n,)
        At least zero; above zero when the aversion is one or more.
    aversion : float, default 1
        Inequality aversion above zero.
    weights, **options
        As in ``gini_coefficient``.

    Returns
    -------
    Estimate

    Notes
    -----
    :math:`A = 1 - \frac{1}{\mu}\left[\sum_i w_i x_i^{1-\varepsilon}\right]^{1/(1-\varepsilon)}`, at one
    :math:`1 - e^{\sum w_i \ln x_i} / \mu` (Atkinson 1970, Journal of Economic Theory 2).

    Examples
    --------
    >>> round(atkinson_index([1, 4]).estimate, 4), round(atkinson_index([1, 4], aversion=0.5).estimate, 4)
    (0.2, 0.1)
    """
    if not (np.isfinite(aversion) and aversion > 0.0):
        raise InputError(f"aversion: {aversion!r} is not valid; give a number above zero")
    aversion = float(aversion)
    x = checked_values(values, positive=f"Atkinson index with aversion {aversion:g}" if aversion >= 1 else "")
    return estimated(
        _atkinson(x, aversion),
        weights,
        x.size,
        **options,
    )
