"""Funnel plots: limits that narrow with size, what lies outside them, and limits that admit over-dispersion.

Two traditions live side by side, both in use in English public health:

* ``funnel_limits``, ``funnel_points`` and ``funnel_significance`` follow the Office for Health Improvement and
  Disparities: exact Poisson limits for rates and ratios, normal limits for proportions, at 95% and 99.8%;
* ``overdispersed_funnel`` adds the variance between areas that chance does not explain (Spiegelhalter's additive
  model), as NHS England does for hospital mortality (logarithms, truncated scores) and the Care Quality Commission
  for ratios (square roots, winsorised scores), and for proportions on the arcsine scale.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import special, stats

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import in_one_order, labels_of, numbers, vector
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray

__all__ = [
    "LEVELS",
    "funnel_limits",
    "funnel_points",
    "funnel_significance",
    "pair_of",
    "poisson_ratio_limits",
]

Statistic = Literal["proportion", "rate", "ratio"]
RateType = Literal["crude", "dsr"]
_STATISTICS = ("proportion", "rate", "ratio")
LEVELS = (0.95, 0.998)
_POINTS = 100
_FEWEST_EVENTS = 10
_WIDE_AXIS = 5.0


def pair_of(numerator: ArrayLike, denominator: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return events and sizes of one length, or say which row is wrong."""
    top = vector(numerator, "numerator", least=0)
    bottom = vector(denominator, "denominator", above=0)
    if top.size != bottom.size:
        raise InputError(f"denominator: {bottom.size} values for {top.size} numerators; give one for each")
    return top, bottom


def _poisson_mean(events: FloatArray, tail: float, *, lower: bool) -> FloatArray:
    r"""Return the Poisson mean at which so many events or more (lower), or fewer, have the tail probability.

    Found by bisection of ``v`` in ``mean = (1 + events) v / (1 - v)`` down to steps of 1e-7, as the published limits
    are; so both agree to every figure, at the price of a relative error up to 5e-5 where the mean is near 0.001.
    """
    v, step = np.full(events.size, 0.5), 0.5
    while step > 1e-7:
        step /= 2.0
        mean = (1.0 + events) * v / (1.0 - v)
        if lower:
            too_high = special.gammainc(events, mean) > tail
        else:
            too_high = special.gammaincc(events + 1.0, mean) < tail
        v = np.where(too_high, v - step, v + step)
    return np.asarray((1.0 + events) * v / (1.0 - v))


def _two_figures(value: float, rounding: Literal["up", "down"]) -> float:
    unit = 10.0 ** (math.floor(math.log10(value)) - 1)
    steps = value / unit
    return (math.ceil(steps - 1e-9) if rounding == "up" else math.floor(steps + 1e-9)) * unit


def _axis(sizes: FloatArray, axis: tuple[float, float] | None) -> tuple[float, float]:
    """Return the ends of the size axis: given, or a little beyond the data, from nothing where sizes differ much."""
    if axis is not None:
        low, high = float(axis[0]), float(axis[1])
        if not (0.0 <= low < high < math.inf):
            raise InputError(
                f"axis: {axis!r} is not valid; give two sizes, the first at least 0 and below the second"
            )
        return low, high
    high = _two_figures(1.05 * float(sizes.max()), "up")
    if float(sizes.max()) > _WIDE_AXIS * float(sizes.min()):
        return 0.0, high
    return _two_figures(0.95 * float(sizes.min()), "down"), high


def _grid(low: float, high: float, *, reach_end: bool = True) -> FloatArray:
    """Return 100 whole numbers from low to high, evenly spaced on the log scale where that leaves steps of one."""
    grid = [max(float(math.floor(low)), 1.0)]
    for i in range(1, _POINTS):
        left = _POINTS - i + (0 if reach_end else 1)
        grid.append(max(float(round(grid[-1] * (high / grid[-1]) ** (1.0 / left))), grid[-1] + 1.0))
    return np.array(grid)


@front_door
@in_one_order("numerator", "denominator", "rate")
def funnel_limits(
    numerator: ArrayLike,
    denominator: ArrayLike | None = None,
    *,
    statistic: Statistic,
    rate: ArrayLike | None = None,
    rate_type: RateType = "crude",
    multiplier: float = 100.0,
    years_of_data: float = 1.0,
    axis: tuple[float, float] | None = None,
) -> pd.DataFrame:
    r"""Return the control limits of a funnel plot at 95% and 99.8% along an axis of sizes.

    Parameters
    ----------
    numerator : array_like of shape (n,)
        Events of each area.
    denominator : array_like of shape (n,), optional
        Population (proportion, rate) or expected events (ratio), above zero. For directly standardised rates it is
        derived from the rate.
    statistic : {"proportion", "rate", "ratio"}
        What is plotted.
    rate : array_like of shape (n,), optional
        The areas' rates, per ``multiplier``; needed for directly standardised rates.
    rate_type : {"crude", "dsr"}
        Kind of rate.
    multiplier : float, default 100
        Scale of the limits: 100 for per cent and for ratios with England at 100, 100,000 for rates.
    years_of_data : float, default 1
        Years that the events were counted over; the axis then shows the yearly population.
    axis : (float, float), optional
        Smallest and largest size of the axis. By default somewhat beyond the data, from nothing where the largest area
        is more than five times the smallest.

    Returns
    -------
    pandas.DataFrame
        100 rows. Proportions: ``size`` (population), the limits and ``baseline``. Rates and ratios: ``size`` (events),
        for each limit the limit and the population or expected events at which so many events lie on it, and
        ``baseline``. Columns ``lower_2s_limit``, ``upper_2s_limit``, ``lower_3s_limit``, ``upper_3s_limit`` and, but
        for proportions, ``lower_2s_size`` and so on.

    Raises
    ------
    InputError
        When values are missing, negative or do not match, or the statistic is unknown.

    Notes
    -----
    Proportions: :math:`p \pm z \sqrt{p (1 - p) / n}`, cut at 0 and 1, with :math:`p` of all areas together. Rates and
    ratios: the denominators at which an observed count is the exact Poisson limit around the baseline. The baseline of
    a ratio is 1.

    References
    ----------
    Spiegelhalter, D. J. (2005), Funnel plots for comparing institutional performance, Statistics in Medicine 24.
    Office for Health Improvement and Disparities, Fingertips public health technical guidance: funnel plots.

    Examples
    --------
    >>> limits = funnel_limits([20, 40], [1000, 1500], statistic="proportion")
    >>> limits.iloc[-1][["size", "baseline", "upper_2s_limit"]].round(3).tolist()
    [1600.0, 2.4, 3.15]
    """
    if not multiplier > 0.0 or not years_of_data > 0.0:
        raise InputError("multiplier and years_of_data: must be above 0")
    top, bottom = _areas(numerator, denominator, statistic, rate, rate_type, multiplier)
    tails = [(1.0 - level) / 2.0 for level in LEVELS]
    labels = ("2s", "3s")
    if statistic == "proportion":
        p = float(top.sum() / bottom.sum())
        if p > 1.0:
            raise InputError(
                f"numerator: exceeds the denominator in total ({p:.3f}); a proportion cannot exceed 1"
            )
        size = _grid(*_axis(bottom, axis))
        spread = np.sqrt(p * (1.0 - p) / size)
        columns: dict[str, FloatArray | float] = {"size": size}
        for label, tail in zip(labels, tails, strict=True):
            z = float(stats.norm.isf(tail))
            columns[f"lower_{label}_limit"] = np.maximum(p - z * spread, 0.0) * multiplier
            columns[f"upper_{label}_limit"] = np.minimum(p + z * spread, 1.0) * multiplier
        return pd.DataFrame(columns).assign(baseline=p * multiplier)
    baseline = 1.0 if statistic == "ratio" else _baseline(top, bottom, rate, rate_type)
    if baseline <= 0.0:
        raise InputError("numerator: there is no event at all, so there is no baseline")
    if statistic == "ratio":
        low, high = _axis(bottom, axis)
        size = _grid(low, high, reach_end=False)
    else:
        low, high = _axis(bottom / years_of_data, axis)
        size = _grid(
            math.floor(low * baseline * years_of_data), math.ceil(high * baseline * years_of_data - 1e-9)
        )
    columns = {"size": size}
    for label, tail in zip(labels, tails, strict=True):
        for side in ("lower", "upper"):
            # An area with so many events lies on the lower limit when it expected as many as their upper bound.
            expected = _poisson_mean(size, tail, lower=side == "upper") / baseline
            columns[f"{side}_{label}_size"] = expected / years_of_data
            columns[f"{side}_{label}_limit"] = size / expected * multiplier
    return pd.DataFrame(columns).assign(baseline=baseline * multiplier)


def _areas(
    numerator: ArrayLike,
    denominator: ArrayLike | None,
    statistic: str,
    rate: ArrayLike | None,
    rate_type: str,
    multiplier: float,
) -> tuple[FloatArray, FloatArray]:
    """Return checked events and denominators of a statistic."""
    if statistic not in _STATISTICS:
        raise InputError(f"statistic: {statistic!r} is not one of {', '.join(_STATISTICS)}")
    if statistic == "rate":
        top = vector(numerator, "numerator", least=0)
        return top, _rate_denominator(top, denominator, rate, rate_type, multiplier)
    if denominator is None:
        raise InputError(f"denominator: is needed for a {statistic}")
    return pair_of(numerator, denominator)


def _rate_denominator(
    top: FloatArray,
    denominator: ArrayLike | None,
    rate: ArrayLike | None,
    rate_type: str,
    multiplier: float,
) -> FloatArray:
    """Return the population that a rate implies, or the population itself where the area has no events."""
    need_choice("rate_type", rate_type, ("crude", "dsr"))
    given = None if denominator is None else pair_of(top, denominator)[1]
    if rate is None:
        if rate_type == "dsr":
            raise InputError("rate: is needed for directly standardised rates")
        if given is None:
            raise InputError("denominator: give the population, or the rate")
        return given
    rates = numbers(rate, "rate")
    if rates.shape != top.shape:
        raise InputError(f"rate: shape {rates.shape} does not match {top.shape} numerators")
    derivable = np.isfinite(rates) & (rates > 0.0) & (top > 0.0)
    if not derivable.all() and given is None:
        i = int(np.flatnonzero(~derivable)[0])
        raise InputError(
            f"rate: row {i} has no events or no rate, so its population cannot be derived; give it"
        )
    with np.errstate(divide="ignore", invalid="ignore"):
        derived = multiplier * top / rates
    return np.where(derivable, derived, given if given is not None else np.nan)


def _baseline(top: FloatArray, bottom: FloatArray, rate: ArrayLike | None, rate_type: str) -> float:
    """Return events per head of all areas; directly standardised rates count only where there is one."""
    known = np.ones(top.size, dtype=bool)
    if rate is not None and rate_type == "dsr":
        known = np.isfinite(numbers(rate, "rate")) & (top > 0.0)
    if not known.any():
        raise InputError("rate: no area has a rate, so there is no baseline")
    return float(top[known].sum() / bottom[known].sum())


@front_door
@in_one_order("numerator", "denominator", "rate")
def funnel_points(
    numerator: ArrayLike,
    denominator: ArrayLike | None = None,
    *,
    rate: ArrayLike,
    rate_type: RateType = "crude",
    multiplier: float = 100_000.0,
    years_of_data: float = 1.0,
) -> pd.DataFrame:
    """Return where rates lie on a funnel plot: the rate, and the yearly population it implies.

    Parameters
    ----------
    numerator : array_like of shape (n,)
        Events.
    denominator : array_like of shape (n,), optional
        Population over all years, used where an area has no events.
    rate : array_like of shape (n,)
        Rate per ``multiplier``.
    rate_type : {"crude", "dsr"}
        Directly standardised rates from fewer than 10 events are not plotted (NaN).
    multiplier, years_of_data : float
        Scale of the rate, and years counted.

    Returns
    -------
    pandas.DataFrame
        ``rate_chart`` and ``denominator_derived`` (a year's effective population).

    Raises
    ------
    InputError
        As in ``funnel_limits``.

    Examples
    --------
    >>> funnel_points([50], rate=[250.0]).values.tolist()
    [[250.0, 20000.0]]
    """
    top = vector(numerator, "numerator", least=0)
    if not (years_of_data > 0.0 and np.isfinite(years_of_data)):
        raise InputError(f"years_of_data: {years_of_data!r} is not valid; give a number above 0")
    sizes = _rate_denominator(top, denominator, rate, rate_type, multiplier) / years_of_data
    rates = numbers(rate, "rate")
    if rate_type == "dsr":
        few = top < _FEWEST_EVENTS
        rates, sizes = np.where(few, np.nan, rates), np.where(few, np.nan, sizes)
    return pd.DataFrame(
        {"rate_chart": rates, "denominator_derived": sizes}, index=labels_of(numerator, denominator, rate)
    )


@front_door
@in_one_order("numerator", "denominator", "rate")
def funnel_significance(
    numerator: ArrayLike,
    denominator: ArrayLike | None = None,
    *,
    statistic: Statistic,
    rate: ArrayLike | None = None,
    rate_type: RateType = "crude",
    multiplier: float = 100_000.0,
) -> pd.Series:
    """Label each area by where it lies in the funnel.

    Parameters
    ----------
    numerator, denominator, statistic, rate, rate_type, multiplier
        As in ``funnel_limits``.

    Returns
    -------
    pandas.Series of str
        ``Low (0.001)``, ``Low (0.025)``, ``Not significant``, ``High (0.025)`` or ``High (0.001)``, the numbers being
        one-sided probabilities; for directly standardised rates from fewer than 10 events, that they are not applicable.

    Raises
    ------
    InputError
        As in ``funnel_limits``.

    Notes
    -----
    Proportions are compared with the normal limits around the proportion of all areas together; rates by exact Poisson
    limits of the area's events around the rate of all together; ratios by the same limits around 1.

    Examples
    --------
    >>> funnel_significance([5, 60], [100, 100], statistic="ratio").tolist()
    ['Low (0.001)', 'Low (0.001)']
    >>> funnel_significance([30, 60, 45], [1000, 1000, 1000], statistic="proportion").tolist()
    ['Low (0.025)', 'High (0.025)', 'Not significant']
    """
    top, bottom = _areas(numerator, denominator, statistic, rate, rate_type, multiplier)
    labels = np.full(top.size, "Not significant", dtype=object)
    baseline = 1.0 if statistic == "ratio" else _baseline(top, bottom, rate, rate_type)
    for tail, name in ((0.025, "0.025"), (0.001, "0.001")):
        if statistic == "proportion":
            if (top > bottom).any():
                i = int(np.flatnonzero(top > bottom)[0])
                raise InputError(
                    f"numerator: {float(top[i])!r} in row {i} exceeds its denominator {float(bottom[i])!r}"
                )
            spread = float(stats.norm.isf(tail)) * np.sqrt(baseline * (1.0 - baseline) / bottom)
            low, high = top / bottom < baseline - spread, top / bottom > baseline + spread
        else:
            expected = baseline * bottom
            low = special.gammaincc(top + 1.0, expected) < tail
            high = (top > 0.0) & (special.gammainc(np.maximum(top, 1e-300), expected) < tail)
        labels[low], labels[high] = f"Low ({name})", f"High ({name})"
    if statistic == "rate" and rate_type == "dsr":
        labels[top < _FEWEST_EVENTS] = f"Not applicable for events less than {_FEWEST_EVENTS} for dsrs"
    index = labels_of(numerator, denominator, rate)
    if index is not None and len(index) != len(labels):
        raise InputError(
            f"rate: has {len(index)} rows for {len(labels)} areas; give one value, or one for each"
        )
    return pd.Series(labels, index, name="significance")


@front_door
def poisson_ratio_limits(
    expected: ArrayLike, *, levels: float | Sequence[float] = LEVELS, target: float = 1.0
) -> pd.DataFrame:
    r"""Return Poisson limits of a ratio of observed to expected events.

    Parameters
    ----------
    expected : array_like of shape (n,)
        Expected events, above zero.
    levels : float or sequence of float
        Levels of the limits.
    target : float, default 1
        Centre of the funnel.

    Returns
    -------
    pandas.DataFrame
        ``expected`` and, for each level, ``lower_<level>`` and ``upper_<level>``, such as ``lower_0.95``.

    Raises
    ------
    InputError
        When an expected count is not above zero.

    Notes
    -----
    :math:`\chi^2_{a}(2E) / 2E` and :math:`\chi^2_{1-a}(2E + 2) / 2E`, times the target.

    Examples
    --------
    >>> poisson_ratio_limits([100.0]).round(4).values.tolist()
    [[100.0, 0.8136, 1.2163, 0.7192, 1.3492]]
    """
    size = vector(expected, "expected", above=0)
    columns = {"expected": size}
    for level in check_levels(levels):
        tail = (1.0 - level) / 2.0
        columns[f"lower_{level:g}"] = target * stats.chi2.ppf(tail, 2.0 * size) / (2.0 * size)
        columns[f"upper_{level:g}"] = target * stats.chi2.isf(tail, 2.0 * size + 2.0) / (2.0 * size)
    return pd.DataFrame(columns)
