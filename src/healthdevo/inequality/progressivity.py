"""Progressivity and redistribution of payments: Kakwani, Reynolds-Smolensky, reranking."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Unpack

import numpy as np
import pandas as pd

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.influence import influence_standard_error
from healthdevo.inequality.measure import Uncertainty, Variance
from healthdevo.inequality.rank_functional import (
    Resampler,
    Weighting,
    check_outcome,
    cluster_codes,
    functional,
)
from healthdevo.inequality.ranks import rank_groups
from healthdevo.mathematics.estimates import gather, limits, percentile_intervals
from healthdevo.mathematics.resampling import bootstrap
from healthdevo.mathematics.vectors import Vector, in_one_order, vector, weight_vector
from healthdevo.results import Estimate, Estimates, check_levels
from healthdevo.typing import FloatArray

__all__ = ["kakwani_index", "redistribution", "reynolds_smolensky_index"]


def _progressivity(
    measure: str,
    outcomes: Sequence[tuple[float, FloatArray, FloatArray]],
    w: FloatArray,
    *,
    variance: Variance = "influence",
    clusters: object = None,
    levels: float | Sequence[float] = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator | None = 0,
) -> Estimate:
    """Return a signed sum of concentration indices (sign, outcome, ranking) with its joint uncertainty."""
    wanted = check_levels(levels)
    need_choice("variance", variance, ("influence", "bootstrap"))
    cluster = cluster_codes(clusters, w.size)
    value, influence = 0.0, np.zeros(w.size)
    for sign, h, rank in outcomes:
        core = functional(h, rank_groups(rank, w), w, Weighting())
        value += sign * core.gap / core.mean
        influence += sign * (core.gap_influence - core.gap / core.mean * core.mean_influence) / core.mean
    if variance == "influence":
        error = influence_standard_error(influence, w, cluster)
        return Estimate(
            measure,
            value,
            error,
            limits(value, error, wanted),
            w.size,
            "difference of indices of the same units, linearisation with sampled means and ranks, normal limits",
        )
    resamplers = [(sign, Resampler(h, rank, Weighting())) for sign, h, rank in outcomes]

    def statistic(block: FloatArray) -> FloatArray:
        total = np.zeros(len(block))
        for sign, resampler in resamplers:
            mean, gap = resampler(block)
            total += sign * gap / mean
        return total

    sample = bootstrap(statistic, w, draws, seed, cluster, [v for _, *pair in outcomes for v in pair])
    return Estimate(
        measure,
        value,
        float(sample.std(ddof=1)),
        percentile_intervals(sample, wanted),
        w.size,
        f"difference of indices of the same units, percentile bootstrap of {draws} draws",
    )


def _positive_total(values: Vector, name: str, n: int | None = None) -> FloatArray:
    x = vector(values, name, n)
    check_outcome(x, "relative", None, Weighting(), name)
    if x.sum() <= 0:
        raise InputError(f"{name}: every value is zero")
    return x


@front_door
@in_one_order("payment", "income", "weights", "clusters")
def kakwani_index(
    payment: Vector,
    income: Vector,
    weights: Vector | None = None,
    **options: Unpack[Uncertainty],
) -> Estimate:
    r"""Return the Kakwani index of progressivity of a payment.

    Parameters
    ----------
    payment : array-like of shape (n,)
        What each unit pays (or receives), at least zero.
    income : array-like of shape (n,)
        Ability to pay before the payment, at least zero; also the ranking.
    weights, **options
        As in ``gini_coefficient``; both kinds of variance allow for the two indices being of the same units.

    Returns
    -------
    Estimate

    Notes
    -----
    :math:`K = C(\text{payment} \mid \text{income}) - G(\text{income})`; above zero the payment is progressive, below zero
    regressive (Kakwani 1977).

    Examples
    --------
    >>> proportional = kakwani_index([1, 2, 3], [10, 20, 30])
    >>> abs(round(proportional.estimate, 12)), kakwani_index([1, 1, 1], [10, 20, 30]).estimate < 0
    (0.0, True)
    """
    base = _positive_total(income, "income")
    paid = _positive_total(payment, "payment", base.size)
    w = weight_vector(weights, base.size)
    parts = [(1.0, paid, base), (-1.0, base, base)]
    return _progressivity("Kakwani index", parts, w, **options)


@front_door
@in_one_order("before", "after", "weights", "clusters")
def reynolds_smolensky_index(
    before: Vector,
    after: Vector,
    weights: Vector | None = None,
    **options: Unpack[Uncertainty],
) -> Estimate:
    r"""Return the Reynolds-Smolensky index of vertical redistribution.

    Parameters
    ----------
    before, after : array-like of shape (n,)
        Income (or resources) of each unit before and after a payment or transfer, at least zero.
    weights, **options
        As in ``gini_coefficient``.

    Returns
    -------
    Estimate

    Notes
    -----
    :math:`RS = G(\text{before}) - C(\text{after} \mid \text{before})`. With an average rate t of the payment,
    :math:`RS = K\,t / (1 - t)` where K is the Kakwani index (Reynolds and Smolensky 1977; Kakwani 1984).

    Examples
    --------
    >>> round(reynolds_smolensky_index([10, 20, 30], [10, 18, 24]).estimate, 4)
    0.0427
    """
    x = _positive_total(before, "before")
    y = _positive_total(after, "after", x.size)
    w = weight_vector(weights, x.size)
    parts = [(1.0, x, x), (-1.0, y, x)]
    return _progressivity("Reynolds-Smolensky index", parts, w, **options)


@front_door
@in_one_order("before", "after", "weights", "clusters")
def redistribution(
    before: Vector,
    after: Vector,
    weights: Vector | None = None,
    **options: Unpack[Uncertainty],
) -> Estimates:
    r"""Split the fall of the Gini coefficient into a vertical effect and reranking.

    Parameters
    ----------
    before, after, weights, **options
        As in ``reynolds_smolensky_index``.

    Returns
    -------
    Estimates
        Rows "redistributive effect", "Reynolds-Smolensky index", "reranking"; the first is the second minus the third.

    Notes
    -----
    :math:`G(x) - G(y) = [G(x) - C(y \mid x)] - [G(y) - C(y \mid x)]` (Kakwani 1984; the last is the Atkinson-Plotnick index
    of reranking).

    Examples
    --------
    >>> parts = redistribution([10, 20, 30], [10, 26, 24])
    >>> bool(abs(parts.estimate[0] - parts.estimate[1] + parts.estimate[2]) < 1e-12)
    True
    """
    x = _positive_total(before, "before")
    y = _positive_total(after, "after", x.size)
    w = weight_vector(weights, x.size)
    wanted = check_levels(options.get("levels", 0.95))
    names = {
        "redistributive effect": [(1.0, x, x), (-1.0, y, y)],
        "Reynolds-Smolensky index": [(1.0, x, x), (-1.0, y, x)],
        "reranking": [(1.0, y, y), (-1.0, y, x)],
    }
    seed = options.get("seed", 0)
    if isinstance(seed, np.random.Generator):  # the same resamples for all three, so that they still add up
        options["seed"] = int(seed.integers(2**31))
    results = [_progressivity(name, parts, w, **options) for name, parts in names.items()]
    return gather("redistribution", pd.Index(list(names), name="part"), results, wanted, results[0].method)
