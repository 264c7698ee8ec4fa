"""The variance of logs."""

from __future__ import annotations

from typing import Unpack

import numpy as np

from healthdevo.front_door import front_door
from healthdevo.inequality.measure import Measure, Uncertainty, checked_values, estimated, of_moments
from healthdevo.mathematics.vectors import Vector, in_one_order
from healthdevo.results import Estimate
from healthdevo.typing import FloatArray

__all__ = ["variance_of_logs"]


def _log_variance(x: FloatArray) -> Measure:
    logs = np.log(x)

    def combine(m: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.maximum(m[:, 1] - m[:, 0] ** 2, 0.0), np.column_stack([-2.0 * m[:, 0], np.ones(len(m))])

    return of_moments("variance of logs", np.column_stack([logs, logs**2]), combine)


@front_door
@in_one_order("values", "weights", "clusters")
def variance_of_logs(
    values: Vector,
    weights: Vector | None = None,
    **options: Unpack[Uncertainty],
) -> Estimate:
    r"""Return the variance of logs about the mean log, :math:`\sum_i w_i (\ln x_i - \overline{\ln x})^2`.

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
    Population variance (no n - 1). It can rise when a transfer from rich to poor takes place high up; its square root is the
    usual measure of sigma convergence.

    Examples
    --------
    >>> round(variance_of_logs([1, 2.718281828459045]).estimate, 6)
    0.25
    """
    x = checked_values(values, positive="variance of logs")
    return estimated(
        _log_variance(x),
        weights,
        x.size,
        **options,
    )
