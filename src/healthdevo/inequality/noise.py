r"""How much of what differs between areas is noise: standard errors judged from the series themselves, and split levels cleared of it.

Official series often come without confidence limits. What they do have is time: an area's true level moves slowly, its chance
error does not. The scatter from one period to the next therefore shows the error. Chance error also makes areas look more unequal
than they are, at every level of a decomposition; what it adds can be worked out and taken off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.checks import need_columns, need_labels
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.splits import InequalityDecomposition
from healthdevo.mathematics.estimates import fields_of, gather, limits
from healthdevo.mathematics.vectors import Vector, in_one_order, numbers, vector, weight_vector
from healthdevo.results import Estimate, Estimates
from healthdevo.typing import FloatArray

__all__ = ["SeriesNoise", "WithoutNoise", "series_noise", "without_noise"]

_MOST_STEPS = 100
_TOLERANCE = 1e-10


@dataclass(frozen=True)
class SeriesNoise:
    """Standard errors of the values of many series, judged from their scatter.

    Parameters
    ----------
    index : pandas.Index
        The areas, length ``k``.
    standard_error : ndarray of shape (k,)
        Of one value of each area's series, by the fitted line on size.
    own : ndarray of shape (k,)
        The same from the area's own series alone; rough, since it rests on few differences. NaN with fewer than two.
    differences : ndarray of int, shape (k,)
        Differences of neighbouring values used.
    exponent : float
        Power of the size with which the error variance falls; about -1 for plain sampling error.
    years : int
        Years in each value's average.
    method : str
        In words.
    """

    index: pd.Index
    standard_error: FloatArray
    own: FloatArray
    differences: FloatArray
    exponent: float
    years: int
    method: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each area: label, standard error, own standard error, differences."""
        return pd.DataFrame(
            {
                "label": self.index,
                "standard_error": self.standard_error,
                "own": self.own,
                "differences": self.differences.astype(np.int64),
            }
        )


@front_door
@in_one_order("values", "population", labels="index", wide=True)
def series_noise(
    values: ArrayLike,
    population: Vector,
    *,
    years: int = 1,
    rounding: float = 0.0,
    index: pd.Index | Sequence[object] | None = None,
) -> SeriesNoise:
    r"""Return standard errors of series without confidence limits, from the scatter of neighbouring values.

    Parameters
    ----------
    values : array_like of shape (k, t)
        One row for each area, one column for each period, a year apart and in order. NaN where missing.
    population : array-like of shape (k,)
        Population of each area, above zero.
    years : int, default 1
        Years that each value averages: 3 for three-year periods that overlap by two.
    rounding : float, default 0
        Unit to which values are rounded, such as 0.1.
    index : sequence, optional
        Names of the areas.

    Returns
    -------
    SeriesNoise

    Raises
    ------
    InputError
        When shapes differ, a size is not above zero, or fewer than three areas have two differences or more.

    Notes
    -----
    Let a value be the mean of ``w`` yearly terms, each a level that moves along a straight line plus a chance error of variance
    :math:`\sigma^2`, independent from year to year. Neighbouring values then differ by the line's slope plus
    :math:`(e_{t+w} - e_t)/w`, with variance :math:`2\sigma^2/w^2`, and the squared standard error of a value is
    :math:`\sigma^2/w`: :math:`w/2` times that variance. What moves all areas in a year (a pandemic) is taken out first, as the median
    difference of the year. An area's mean difference is taken out too, and the divisor :math:`n - w/n` (at least half of n) allows
    for that. Rounding to a unit ``r`` adds :math:`r^2/6` to the variance of a difference; this is taken off, and :math:`r^2/12` is
    added to the squared standard error, because a rounded value is what is given.

    Few differences make a rough variance. So variances are smoothed: a quasi-likelihood regression of the variance of differences on the
    logarithm of size (gamma variance, log link), weighted by their number.

    Changes of an area that are real but bend from year to year count as error, so the standard errors are too large rather than
    too small. Errors that are alike in neighbouring years (the same survey, the same wrong population) escape the method.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> true = rng.normal(80.0, 2.0, (200, 1)) + 0.1 * np.arange(9)
    >>> noise = series_noise(true + rng.normal(0.0, 0.5, (200, 9)), np.full(200, 1e5))
    >>> bool(0.45 < noise.standard_error[0] < 0.55)
    True
    """
    y = numbers(values, "values")
    if y.ndim != 2 or y.shape[1] < 3:
        raise InputError(f"values: shape {y.shape} is not valid; give areas by at least three periods")
    n = vector(population, "population", y.shape[0])
    if (n <= 0.0).any():
        i = int(np.argmax(n <= 0.0))
        raise InputError(f"population: row {i} is {n[i]:g}; give a population above zero")
    if years < 1 or int(years) != years:
        raise InputError(f"years: {years!r} is not valid; give a whole number of at least 1")
    if not (np.isfinite(rounding) and rounding >= 0.0):
        raise InputError(f"rounding: {rounding!r} is not valid; give zero or more")
    if np.isinf(y).any():
        raise InputError("values: one is infinite; give numbers, or NaN where missing")
    labels = pd.RangeIndex(y.shape[0]) if index is None else pd.Index(index)
    if len(labels) != y.shape[0]:
        raise InputError(f"index: {len(labels)} names for {y.shape[0]} areas")
    steps = np.diff(y, axis=1)
    has = ~np.isnan(steps)
    common = np.array([np.median(c[h]) if h.any() else 0.0 for c, h in zip(steps.T, has.T, strict=True)])
    steps = np.where(has, steps - common, 0.0)
    count = has.sum(axis=1).astype(np.float64)
    usable = count >= 2
    if usable.sum() < 3:
        raise InputError(
            f"values: {int(usable.sum())} areas have two differences or more; at least 3 are needed"
        )
    safe = np.where(usable, count, 2.0)
    mean = steps.sum(axis=1) / safe
    square = (np.where(has, steps - mean[:, np.newaxis], 0.0) ** 2).sum(axis=1)
    variance = np.where(usable, square / np.maximum(safe - years / safe, safe / 2.0), np.nan)
    fitted, exponent = _smoothed(variance[usable], np.log(n[usable]), count[usable], np.log(n))

    def error(of: FloatArray) -> FloatArray:
        clean = np.maximum(of - rounding**2 / 6.0, 0.0)
        result: FloatArray = np.sqrt(years / 2.0 * clean + rounding**2 / 12.0)
        return result

    own = np.full(y.shape[0], np.nan)
    own[usable] = error(variance[usable])
    return SeriesNoise(
        labels,
        error(fitted),
        own,
        count,
        exponent,
        int(years),
        f"scatter of neighbouring values of {int(usable.sum())} series, smoothed over size; values average {years} "
        f"year{'s' if years > 1 else ''}",
    )


def _smoothed(
    variance: FloatArray, log_size: FloatArray, count: FloatArray, at: FloatArray
) -> tuple[FloatArray, float]:
    """Return fitted variances at given sizes and the slope, by gamma quasi-likelihood with log link."""
    centre = float(np.average(log_size, weights=count))
    spread = float(np.average((log_size - centre) ** 2, weights=count))
    level = float(np.average(variance, weights=count))
    if level == 0.0:
        return np.zeros(at.size), 0.0
    slopes = spread > 1e-12
    x = np.column_stack([np.ones(log_size.size), log_size - centre])[:, : 2 if slopes else 1]
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(level)
    for _ in range(_MOST_STEPS):
        mu = np.exp(x @ beta)
        step = np.linalg.solve((x.T * count) @ x, (x.T * count) @ (variance / mu - 1.0))
        step *= min(1.0, 1.0 / float(np.abs(step).max())) if np.abs(step).max() > 0 else 1.0
        beta = beta + step
        if np.abs(step).max() < _TOLERANCE:
            break
    slope = float(beta[1]) if slopes else 0.0
    return np.exp(beta[0] + slope * (at - centre)), slope


@dataclass(frozen=True)
class WithoutNoise(Estimates):
    """Parts of a variance after chance error is taken off, labelled by component.

    Parameters
    ----------
    total : Estimate
        Variance without noise.
    shares : Estimates
        Each part over the total.
    noise : ndarray
        What chance error had added to each part.
    """

    total: Estimate = field(kw_only=True)
    shares: Estimates = field(kw_only=True)
    noise: FloatArray = field(kw_only=True)


@front_door
@in_one_order("nesting", "errors", "weights")
def without_noise(
    split: InequalityDecomposition,
    nesting: pd.DataFrame,
    errors: Vector,
    weights: Vector | None = None,
    *,
    within: float = 0.0,
) -> WithoutNoise:
    r"""Take what chance error adds off each level of a split variance.

    Parameters
    ----------
    split : InequalityDecomposition
        From ``nested_decomposition`` with ``measure="variance"`` and the same nesting and weights.
    nesting : DataFrame of shape (n, K)
        Levels, outermost first, as in ``nested_decomposition``.
    errors : array-like of shape (n,)
        Standard error of each row's value. Rows of the same innermost group are taken to share one error, when there are several
        (deciles of one area, drawn around the area's mean); errors of different groups are independent.
    weights : array-like of shape (n,), optional
        Population of each row.
    within : float, default 0
        Noise variance of the innermost part beyond that, from errors of what lies within groups (such as slopes).

    Returns
    -------
    WithoutNoise
        Parts may fall below zero when there is less than noise alone would make; nothing is cut off at zero.

    Raises
    ------
    InputError
        When the split is not one of the variance, shapes differ, or an error is negative.

    Notes
    -----
    Let :math:`v_g` be the error variance of the mean of group g. A level k of groups with population shares :math:`P_g` shows
    :math:`\sum_g P_g v_g - v_0` too much variance between them, :math:`v_0` being the error variance of the overall mean; parts are
    differences of that over levels. Limits are those of the given split moved and stretched alike, with the noise taken as known.

    Examples
    --------
    >>> from healthdevo.inequality import nested_decomposition
    >>> table = pd.DataFrame({"region": list("NNNNSSSS"), "area": list("abcdefgh")})
    >>> raw = nested_decomposition([1, 2, 3, 4, 7, 8, 9, 9], table, measure="variance")
    >>> clear = without_noise(raw, table, [0.5] * 8)
    >>> [round(float(x), 4) for x in clear.noise]
    [0.0312, 0.1875, 0.0]
    """
    if split.total.measure != "variance":
        raise InputError(f"split: is one of the {split.total.measure}; noise can be taken off the variance")
    k = len(split) - 1
    if nesting.shape[1] != k:
        raise InputError(f"nesting: has {nesting.shape[1]} levels; the split has {k}")
    s = vector(errors, "errors", len(nesting))
    if (s < 0.0).any():
        raise InputError("errors: one is negative; give standard errors of zero or more")
    if not (np.isfinite(within) and within >= 0.0):
        raise InputError(f"within: {within!r} is not valid; give zero or more")
    p = weight_vector(weights, len(s))
    p = p / p.sum()
    need_columns(nesting, list(nesting.columns), "nesting")
    need_labels(nesting, list(nesting.columns))
    codes = [pd.factorize(nesting[c])[0] for c in nesting.columns]
    # rows of one innermost group share their error: first add up within it, then treat groups as independent
    inner = codes[-1]
    mass = np.bincount(inner, p)
    common = np.bincount(inner, p * s) / mass
    first = pd.Series(np.arange(len(s))).groupby(inner).first().to_numpy()
    levels = []
    for code in codes:
        outer = code[first]
        share = np.bincount(outer, mass)
        error = np.bincount(outer, (mass * common) ** 2) / share**2
        levels.append(float(share @ error))
    overall = float(((mass * common) ** 2).sum())
    steps = np.array([*(level - overall for level in levels), levels[-1] - overall + within])
    noise = np.diff(steps, prepend=0.0)
    total = float(split.total.estimate - noise.sum())
    method = f"{split.method}; less the variance of chance error"
    names = split.index
    if not total > 0.0:
        reason = "chance error is as large as the spread"
        nothing = np.full(len(names), np.nan)
        shares = Estimates(
            "share of the variance",
            names,
            nothing,
            nothing,
            split.levels,
            np.full((len(names), len(split.levels)), np.nan),
            np.full((len(names), len(split.levels)), np.nan),
            split.n,
            method,
            "",
            (reason,) * len(names),
        )
    else:
        stretch = split.total.estimate / total
        value = (split.estimate - noise) / total
        spread = split.shares.standard_error * stretch
        one = [
            Estimate(
                "share of the variance",
                float(v),
                float(e),
                limits(float(v), float(e), split.levels),
                int(m),
                method,
            )
            for v, e, m in zip(value, spread, split.n, strict=True)
        ]
        shares = gather("share of the variance", names, one, split.levels, method)
    part = [
        Estimate("variance", float(v), float(e), limits(float(v), float(e), split.levels), int(m), method)
        for v, e, m in zip(split.estimate - noise, split.standard_error, split.n, strict=True)
    ]
    error_of_total = split.total.standard_error
    everything = Estimate(
        "variance", total, error_of_total, limits(total, error_of_total, split.levels), split.total.n, method
    )
    return WithoutNoise(
        **fields_of(gather("variance", names, part, split.levels, method)),
        total=everything,
        shares=shares,
        noise=noise,
    )
