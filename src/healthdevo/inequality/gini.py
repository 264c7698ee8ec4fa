"""The Gini coefficient, plain and extended."""

from __future__ import annotations

from typing import Unpack

import numpy as np

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.measure import Measure, Uncertainty, checked_values, estimated
from healthdevo.inequality.rank_functional import Resampler, Weighting, functional
from healthdevo.inequality.ranks import rank_groups
from healthdevo.mathematics.vectors import Vector, in_one_order
from healthdevo.results import Estimate
from healthdevo.typing import FloatArray

__all__ = ["gini_coefficient"]


def _gini(x: FloatArray, extended: float | None = None) -> Measure:
    weighting = Weighting() if extended is None else Weighting("extended", extended)
    made: list[Resampler] = []  # sorted once, and only when there are resamples

    def statistic(weights: FloatArray) -> FloatArray:
        if not made:
            made.append(Resampler(x, x, weighting))
        mean, gap = made[0](weights)
        result: FloatArray = gap / mean
        return result

    def influence(weights: FloatArray) -> tuple[float, FloatArray]:
        core = functional(x, rank_groups(x, weights), weights, weighting)
        value = core.gap / core.mean
        return value, (core.gap_influence - value * core.mean_influence) / core.mean

    name = "Gini coefficient" if extended is None else "extended Gini coefficient"
    return Measure(
        name,
        statistic,
        influence,
        x,
        "" if extended is None else f"inequality aversion v = {extended:g}",
        most=1.0,
    )


@front_door
@in_one_order("values", "weights", "clusters")
def gini_coefficient(
    values: Vector,
    weights: Vector | None = None,
    *,
    extended: float | None = None,
    correction: bool = False,
    **options: Unpack[Uncertainty],
) -> Estimate:
    r"""Return the Gini coefficient.

    Parameters
    ----------
    values : array-like of shape (n,)
        At least zero, not all zero.
    weights : array-like of shape (n,), optional
        Above zero: population of each area, or sampling weights.
    extended : float, optional
        Inequality aversion v above 1 of the extended (S-) Gini; 2 is the usual one.
    correction : bool, default False
        Multiply by n / (n - 1), the correction for small samples without weights.
    **options
        ``variance``, ``clusters``, ``levels``, ``draws``, ``seed``: see ``Uncertainty``.

    Returns
    -------
    Estimate

    Raises
    ------
    InputError
        For negative or missing values, weights that are not positive, ``correction`` together with weights.

    Notes
    -----
    Estimand: half the mean absolute difference of two people drawn at random, over the mean,
    :math:`G = \frac{1}{2\mu} \sum_i \sum_j w_i w_j |x_i - x_j|`. Influence values as in Monti (1991); units are taken as
    sampled independently (or by cluster).

    References
    ----------
    Yitzhaki (1983), International Economic Review 24, for the extended form.

    Examples
    --------
    >>> gini_coefficient([1, 1, 4]).estimate.__round__(4)
    0.3333
    """
    x = checked_values(values)
    if extended is not None and not (np.isfinite(extended) and extended > 1.0):
        raise InputError(f"extended: {extended!r} is not valid; give a number above 1")
    if correction and weights is not None:
        raise InputError("correction: the factor n / (n - 1) has no meaning with weights; leave it out")
    factor = x.size / (x.size - 1) if correction else 1.0
    return estimated(
        _gini(x, extended),
        weights,
        x.size,
        **options,
        factor=factor,
        note="corrected by n / (n - 1)" if correction else "",
    )
