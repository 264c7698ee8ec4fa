r"""Dispersion of one quantity between people or areas: Gini, generalised entropy, Atkinson, logs, Hoover, Kolm.

Conventions, the same for all measures:

* weights are shares of the population (:math:`\sum_i w_i = 1` after rescaling); estimates are those of the population with that
  distribution, so replicating a unit and doubling its weight are the same thing;
* no small-sample factor unless asked for (``correction=True`` for the Gini), so tools that multiply by n / (n - 1) without saying
  differ from these numbers;
* zeros count as they are where the measure is defined at zero (:math:`0 \ln 0 = 0`), and raise an error where it is not: the mean log
  deviation, the variance of logs, generalised entropy with alpha of zero or less, Atkinson with aversion of one or more. They are
  never replaced by something tiny;
* negative values raise an error, but for the Kolm index, which is defined for them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias, TypedDict, Unpack

import numpy as np
import pandas as pd

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.inequality.rank_functional import Resampler, Weighting, cluster_codes, functional
from healthdevo.mathematics.estimates import (
    estimates_by,
    gather,
    limits,
    not_computed,
    percentile_intervals,
)
from healthdevo.mathematics.influence import influence_standard_error
from healthdevo.mathematics.ranks import rank_groups
from healthdevo.mathematics.resampling import bootstrap
from healthdevo.mathematics.vectors import FloatArray, Vector, vector, weight_vector
from healthdevo.results import Estimate, Estimates, check_levels

__all__ = [
    "MEASURES",
    "Uncertainty",
    "atkinson_index",
    "coefficient_of_variation",
    "dispersion_by",
    "dispersion_measures",
    "generalised_entropy",
    "gini_coefficient",
    "hoover_index",
    "kolm_index",
    "mean_log_deviation",
    "theil_index",
    "variance_of_logs",
]

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
class _Measure:
    """A measure ready for one set of values: for many weightings at once, and with its influence values."""

    name: str
    statistic: Statistic
    influence: Callable[[FloatArray], tuple[float, FloatArray]]
    key: FloatArray  # what tells units apart
    detail: str = ""


# --- building measures -----------------------------------------------------------------------------------------------


def _of_moments(
    name: str,
    features: FloatArray,
    combine: Callable[[FloatArray], tuple[FloatArray, FloatArray]],
    detail: str = "",
) -> _Measure:
    """Return a measure that is a smooth function of weighted means of features."""

    def statistic(weights: FloatArray) -> FloatArray:
        return combine(weights @ features / weights.sum(axis=1, keepdims=True))[0]

    def influence(weights: FloatArray) -> tuple[float, FloatArray]:
        moments = weights @ features / weights.sum()
        value, gradient = combine(moments[None, :])
        psi: FloatArray = (features - moments) @ gradient[0]
        return float(value[0]), psi

    return _Measure(name, statistic, influence, features[:, 0], detail)


def _entropy(x: FloatArray, alpha: float) -> _Measure:
    logs = np.log(np.where(x > 0.0, x, 1.0))
    if alpha == 1.0:
        features = np.column_stack([x, x * logs])

        def theil(m: FloatArray) -> tuple[FloatArray, FloatArray]:
            mean, part = m[:, 0], m[:, 1]
            return part / mean - np.log(mean), np.column_stack([-part / mean**2 - 1.0 / mean, 1.0 / mean])

        return _of_moments("Theil index", features, theil)
    if alpha == 0.0:
        features = np.column_stack([x, logs])

        def deviation(m: FloatArray) -> tuple[FloatArray, FloatArray]:
            return np.log(m[:, 0]) - m[:, 1], np.column_stack([1.0 / m[:, 0], -np.ones(len(m))])

        return _of_moments("mean log deviation", features, deviation)
    features = np.column_stack([x, x**alpha])
    k = 1.0 / (alpha * (alpha - 1.0))

    def general(m: FloatArray) -> tuple[FloatArray, FloatArray]:
        mean, power = m[:, 0], m[:, 1]
        ratio = power / mean**alpha
        return k * (ratio - 1.0), np.column_stack([-alpha * k * ratio / mean, k / mean**alpha])

    return _of_moments("generalised entropy index", features, general, f"alpha = {alpha:g}")


def _atkinson(x: FloatArray, aversion: float) -> _Measure:
    detail = f"inequality aversion = {aversion:g}"
    if aversion == 1.0:
        features = np.column_stack([x, np.log(x)])

        def geometric(m: FloatArray) -> tuple[FloatArray, FloatArray]:
            ratio = np.exp(m[:, 1]) / m[:, 0]
            return 1.0 - ratio, np.column_stack([ratio / m[:, 0], -ratio])

        return _of_moments("Atkinson index", features, geometric, detail)
    e = 1.0 - aversion
    features = np.column_stack([x, x**e])

    def general(m: FloatArray) -> tuple[FloatArray, FloatArray]:
        ratio = m[:, 1] ** (1.0 / e) / m[:, 0]
        return 1.0 - ratio, np.column_stack([ratio / m[:, 0], -ratio / (e * m[:, 1])])

    return _of_moments("Atkinson index", features, general, detail)


def _log_variance(x: FloatArray) -> _Measure:
    logs = np.log(x)

    def combine(m: FloatArray) -> tuple[FloatArray, FloatArray]:
        return np.maximum(m[:, 1] - m[:, 0] ** 2, 0.0), np.column_stack([-2.0 * m[:, 0], np.ones(len(m))])

    return _of_moments("variance of logs", np.column_stack([logs, logs**2]), combine)


def _variation(x: FloatArray) -> _Measure:
    def combine(m: FloatArray) -> tuple[FloatArray, FloatArray]:
        mean = m[:, 0]
        value = np.sqrt(np.maximum(m[:, 1] / mean**2 - 1.0, 0.0))
        slope = np.divide(1.0, 2.0 * value, out=np.zeros_like(value), where=value > 0.0)
        return value, np.column_stack([-2.0 * slope * m[:, 1] / mean**3, slope / mean**2])

    return _of_moments("coefficient of variation", np.column_stack([x, x**2]), combine)


def _kolm(x: FloatArray, alpha: float) -> _Measure:
    lowest = x.min()
    features = np.column_stack([x, np.exp(-alpha * (x - lowest))])

    def combine(m: FloatArray) -> tuple[FloatArray, FloatArray]:
        value = m[:, 0] - lowest + np.log(m[:, 1]) / alpha
        return value, np.column_stack([np.ones(len(m)), 1.0 / (alpha * m[:, 1])])

    return _of_moments("Kolm index", features, combine, f"alpha = {alpha:g}")


def _hoover(x: FloatArray) -> _Measure:
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

    return _Measure("Hoover index", statistic, influence, x)


def _gini(x: FloatArray, extended: float | None = None) -> _Measure:
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
    return _Measure(
        name, statistic, influence, x, "" if extended is None else f"inequality aversion v = {extended:g}"
    )


def _checked(values: Vector, *, positive: str = "", name: str = "values") -> FloatArray:
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


def _estimate(
    measure: _Measure,
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
    wanted = check_levels(levels)
    w = weight_vector(weights, n)
    cluster = cluster_codes(clusters, n)
    if variance not in ("influence", "bootstrap"):
        raise InputError(f"variance: {variance!r} is not valid; use 'influence' or 'bootstrap'")
    value, influence = measure.influence(w)
    parts = ["weighted" if weights is not None else "unweighted", measure.detail, note]
    if variance == "influence":
        error = factor * influence_standard_error(influence, w, cluster)
        intervals = limits(factor * value, error, wanted)
        parts.append("linearisation, normal limits")
    else:
        sample = factor * bootstrap(measure.statistic, w, draws, seed, cluster, (measure.key,))
        error = float(sample.std(ddof=1))
        intervals = percentile_intervals(sample, wanted)
        parts.append(f"percentile bootstrap of {draws} draws")
    if cluster is not None:
        parts.append(f"{int(cluster.max()) + 1} clusters")
    return Estimate(
        measure.name, factor * value, error, intervals, n, "; ".join(p for p in parts if p), unit=unit
    )


# --- public measures ---------------------------------------------------------------------------------------------------


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
    x = _checked(values)
    if extended is not None and not (np.isfinite(extended) and extended > 1.0):
        raise InputError(f"extended: {extended!r} is not valid; give a number above 1")
    if correction and weights is not None:
        raise InputError("correction: the factor n / (n - 1) has no meaning with weights; leave it out")
    factor = x.size / (x.size - 1) if correction else 1.0
    return _estimate(
        _gini(x, extended),
        weights,
        x.size,
        **options,
        factor=factor,
        note="corrected by n / (n - 1)" if correction else "",
    )


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
    x = _checked(values, positive=f"generalised entropy index with alpha {alpha:g}" if alpha <= 0 else "")
    return _estimate(
        _entropy(x, alpha),
        weights,
        x.size,
        **options,
    )


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
    x = _checked(values, positive=f"Atkinson index with aversion {aversion:g}" if aversion >= 1 else "")
    return _estimate(
        _atkinson(x, aversion),
        weights,
        x.size,
        **options,
    )


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
    x = _checked(values, positive="variance of logs")
    return _estimate(
        _log_variance(x),
        weights,
        x.size,
        **options,
    )


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
    x = _checked(values)
    return _estimate(
        _variation(x),
        weights,
        x.size,
        **options,
    )


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
    x = _checked(values)
    return _estimate(
        _hoover(x),
        weights,
        x.size,
        **options,
    )


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
    return _estimate(
        _kolm(x, float(alpha)),
        weights,
        x.size,
        **options,
        unit=unit,
    )


MEASURES: dict[str, Callable[..., Estimate]] = {
    "Gini coefficient": gini_coefficient,
    "Theil index": theil_index,
    "mean log deviation": mean_log_deviation,
    "GE(2)": lambda *a, **k: generalised_entropy(*a, alpha=2, **k),
    "Atkinson index": atkinson_index,
    "variance of logs": variance_of_logs,
    "coefficient of variation": coefficient_of_variation,
    "Hoover index": hoover_index,
}
"""The measures without a parameter to choose, by name."""


def dispersion_measures(
    values: Vector,
    weights: Vector | None = None,
    *,
    measures: Sequence[str] = tuple(MEASURES),
    **options: Unpack[Uncertainty],
) -> Estimates:
    """Return several measures of dispersion of the same values side by side.

    Parameters
    ----------
    values, weights, **options
        As in ``gini_coefficient``; a whole number as seed gives every measure the same resamples.
    measures : sequence of str
        Names from ``MEASURES``; all by default (the Atkinson index with aversion 1).

    Returns
    -------
    Estimates
        Labelled by measure; one that is undefined (zeros in a logarithm) has the reason instead of a number.

    Raises
    ------
    InputError
        For an unknown measure, or values that no measure allows.

    Examples
    --------
    >>> result = dispersion_measures([0, 1, 3], measures=["Gini coefficient", "mean log deviation"])
    >>> round(result["Gini coefficient"].estimate, 3), "above zero" in result["mean log deviation"].reason
    (0.5, True)
    """
    unknown = [m for m in measures if m not in MEASURES]
    if unknown or not measures:
        raise InputError(
            f"measures: {', '.join(unknown) or 'none'} is not valid; use names of {', '.join(MEASURES)}"
        )
    x = vector(values, "values")
    _checked(x)
    wanted = check_levels(options.get("levels", 0.95))
    results: list[Estimate] = []
    for name in measures:
        try:
            found = MEASURES[name](x, weights, **options)
        except InputError as error:
            if (x > 0).all():
                raise
            found = not_computed(name, wanted, x.size, "", str(error))
        results.append(found)
    method = next((r.method for r in results if r.method), "")
    return gather("dispersion", pd.Index(list(measures), name="measure"), results, wanted, method)


def dispersion_by(
    frame: pd.DataFrame,
    value: str,
    by: str | Sequence[str],
    *,
    weights: str | None = None,
    measure: str = "Gini coefficient",
    variance: Variance = "influence",
    levels: float | Sequence[float] = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator | None = 0,
) -> Estimates:
    """Return one measure of dispersion for every region, group or period of a tidy frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each unit.
    value, weights : str
        Columns.
    by : str or sequence of str
        Columns that tell regions (or periods) apart.
    measure : str
        A name from ``MEASURES``.
    variance, levels, draws, seed
        As in ``gini_coefficient``.

    Returns
    -------
    Estimates
        A region with one row has a reason.

    Raises
    ------
    InputError
        When a column or the measure is unknown, or a value is not valid.

    Examples
    --------
    >>> table = pd.DataFrame({"year": [1, 1, 2, 2], "rate": [10.0, 30.0, 10.0, 10.0]})
    >>> dispersion_by(table, "rate", "year").estimate.tolist()
    [0.25, 0.0]
    """
    keys = [by] if isinstance(by, str) else list(by)
    need_columns(frame, [value, *keys, *([weights] if weights else [])])
    if measure not in MEASURES:
        raise InputError(f"measure: {measure!r} is not valid; use one of {', '.join(MEASURES)}")
    wanted = check_levels(levels)
    rng = np.random.default_rng(seed)

    def compute(part: pd.DataFrame) -> Estimate:
        if len(part) < 2:
            return not_computed(measure, wanted, len(part), "", "only one unit")
        mass = None if weights is None else part[weights]
        return MEASURES[measure](part[value], mass, variance=variance, levels=wanted, draws=draws, seed=rng)

    return estimates_by(frame, by, measure, wanted, compute)
