"""What every measure of dispersion shares: its values checked, its uncertainty by linearisation or resampling."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeAlias, TypedDict

import numpy as np
from scipy import stats

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.inequality.influence import influence_standard_error
from healthdevo.inequality.rank_functional import cluster_codes
from healthdevo.mathematics.estimates import cut_limits, limits, percentile_intervals
from healthdevo.mathematics.resampling import bootstrap
from healthdevo.mathematics.vectors import Vector, vector, weight_vector
from healthdevo.results import Estimate, check_levels
from healthdevo.typing import FloatArray

__all__ = ["Measure", "Statistic", "Uncertainty", "Variance", "checked_values", "estimated", "of_moments"]

Variance: TypeAlias = Literal["influence", "bootstrap"]


class Uncertainty(TypedDict, total=False):
    """The options that every measure takes, all by keyword.

    variance : {"influence", "bootstrap"}
        Linearisation with normal limits (the default), or percentile bootstrap.
    clusters : array-like of shape (n,)
        Units in one cluster may depend on each other.
    levels : float or sequence of float
        Confidence levels; 0.95 by default.
    draws, seed
        Number of bootstrap draws (1000) and their seed (0).
    """

    variance: Variance
    clusters: object
    levels: float | Sequence[float]
    draws: int
    seed: int | np.random.Generator | None


Statistic: TypeAlias = Callable[[FloatArray], FloatArray]


@dataclass(frozen=True)
class Measure:
    """A measure ready for one set of values: for many weightings at once, and with its influence values."""

    name: str
    statistic: Statistic
    influence: Callable[[FloatArray], tuple[float, FloatArray]]
    key: FloatArray  # what tells units apart
    detail: str = ""
    most: float = np.inf  # that it can be


def of_moments(
    name: str,
    features: FloatArray,
    combine: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
    detail: str = "",
    most: float = np.inf,
) -> Measure:
    """Return a measure that is a smooth function of weighted means of features."""

    def statistic(weights: FloatArray) -> FloatArray:
        return combine(weights @ features / weights.sum(axis=1, keepdims=True))[0]

    def influence(weights: FloatArray) -> tuple[float, FloatArray]:
        moments = weights @ features / weights.sum()
        value, gradient = combine(moments[None, :])
        psi: FloatArray = (features - moments) @ gradient[0]
        return float(value[0]), psi

    return Measure(name, statistic, influence, features[:, 0], detail, most)


def checked_values(values: Vector, *, positive: str = "", name: str = "values") -> FloatArray:
    """Return values that are at least zero (above zero where ``positive`` names the measure that needs it)."""
    x = vector(values, name)
    if x.size < 2:
        raise InputError(f"{name}: there is only one; dispersion needs at least two")
    bad = np.flatnonzero(x < 0.0)
    if bad.size:
        raise InputError(
            f"{name}: row {bad[0]} is {x[bad[0]]:g} ({bad.size} such rows); give values of zero or more, "
            "or use the Kolm index, which is defined for negative values"
        )
    if positive and (x == 0.0).any():
        i = int(np.argmax(x == 0.0))
        raise InputError(
            f"{name}: row {i} is 0 ({int((x == 0.0).sum())} such rows); the {positive} needs values above zero "
            "(the Theil index and the Gini coefficient are defined at zero)"
        )
    if not x.any():
        raise InputError(f"{name}: every value is zero, so nothing is distributed")
    return np.ldexp(
        x, -int(np.frexp(x.max())[1])
    )  # a power of two: keeps powers of x in range, changes no digit


def estimated(
    measure: Measure,
    weights: Vector | None,
    n: int,
    *,
    unit: str = "",
    factor: float = 1.0,
    note: str = "",
    variance: Variance = "influence",
    clusters: object = None,
    levels: float | Sequence[float] = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator | None = 0,
) -> Estimate:
    """Return a measure as an ``Estimate``, with the uncertainty that was asked for."""
    wanted = check_levels(levels)
    w = weight_vector(weights, n)
    cluster = cluster_codes(clusters, n)
    need_choice("variance", variance, ("influence", "bootstrap"))
    if np.ptp(measure.key) == 0.0:
        measure = replace(
            measure, influence=lambda w: (0.0, np.zeros_like(w)), statistic=lambda w: np.zeros(len(w))
        )
    value, influence = measure.influence(w)
    if not np.isfinite(value):
        raise InputError(
            f"{measure.name}: with {measure.detail} it is too large for a number; give a milder parameter"
        )
    parts = ["weighted" if weights is not None else "unweighted", measure.detail, note]
    if variance == "influence":
        error = factor * influence_standard_error(influence, w, cluster)
        free = limits(factor * value, error, wanted)
        intervals = cut_limits(free, 0.0, measure.most)
        parts.append(
            "linearisation, normal limits" + (", cut at what it can be" if free != intervals else "")
        )
    else:
        sample = factor * bootstrap(measure.statistic, w, draws, seed, cluster, (measure.key,))
        error = float(sample.std(ddof=1))
        intervals = percentile_intervals(sample, wanted)
        parts.append(f"percentile bootstrap of {draws} draws")
    if cluster is not None:
        parts.append(f"{int(cluster.max()) + 1} clusters")
    method = "; ".join(p for p in parts if p)
    said = LINEARISED if variance == "influence" else RESAMPLED
    caution = said if error > 0.0 and _hard(measure.key) else ""
    return Estimate(measure.name, factor * value, error, intervals, n, method, unit=unit, caution=caution)


LINEARISED = "Limits by linearisation are too narrow for few or long-tailed values: 95% intervals held the truth in 76% to 93% of simulations."
RESAMPLED = "Limits by percentile bootstrap are too narrow for few or long-tailed values: 95% intervals held the truth in 92% to 93% of simulations."
"""Said with every such interval; a test holds the figures to the table of coverage."""
_MANY, _LONG_TAILED = 200, 2.0


def _hard(values: FloatArray) -> bool:
    """Whether values are so few, or so skewed, that normal limits of an index of them are too narrow."""
    return values.size < _MANY or abs(float(stats.skew(values))) > _LONG_TAILED
