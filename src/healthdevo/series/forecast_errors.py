"""How far forecasts were off: errors, errors relative to naive ones, intervals, and their coverage."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import in_one_order, vector
from healthdevo.results import one_level
from healthdevo.series.monthly import in_time
from healthdevo.typing import BoolArray, FloatArray

__all__ = [
    "accuracy",
    "coverage",
    "interval_score",
    "mean_absolute_scaled_error",
    "pinball_loss",
    "root_mean_square",
    "weighted_interval_score",
]


def _known(**given: ArrayLike) -> tuple[FloatArray, ...]:
    """Return vectors of one length, the first named ``actual``, without the periods where one of them is missing."""
    a = vector(given["actual"], "actual", missing=True)
    vectors = [vector(values, name, a.size, missing=True) for name, values in given.items()]
    kept = ~np.isnan(vectors).any(axis=0)
    if not kept.any():
        raise InputError(f"{', '.join(given)}: no period is known in all of them")
    return tuple(v[kept] for v in vectors)


def root_mean_square(values: FloatArray) -> float:
    """Return the root of the mean square, also of numbers whose squares are too large to be written."""
    unit = float(np.abs(values).max())
    return (
        unit * float(np.sqrt(np.mean((values / unit) ** 2)))
        if unit > 1e100
        else float(np.sqrt(np.mean(values**2)))
    )


def _flags(values: ArrayLike, name: str, n: int) -> BoolArray:
    """Return truth values, given as such or as 0 and 1."""
    found = vector(values, name, n)
    if not np.isin(found, (0.0, 1.0)).all():
        raise InputError(
            f"{name}: {found[~np.isin(found, (0.0, 1.0))][0]:g} is not valid; give True or False for each"
        )
    return np.asarray(found == 1.0)


def _scale(history: ArrayLike, period: int, exclude: ArrayLike | None) -> float:
    """Return the mean absolute error of the seasonal naive forecast in the history."""
    if period < 1:
        raise InputError(f"period: {period!r} is not valid; give at least 1")
    y = vector(history, "history", missing=True)
    out = np.zeros(y.size, dtype=bool) if exclude is None else _flags(exclude, "exclude", y.size)
    if isinstance(history, pd.Series) and isinstance(history.index, (pd.PeriodIndex, pd.DatetimeIndex)):
        rows = in_time(history.index, "history")
        y = np.where(rows < 0, np.nan, y[rows])
        out = np.where(rows < 0, False, out[rows])
    if y.size <= period:
        raise InputError(
            f"history: {y.size} periods are too few for a naive forecast {period} periods before"
        )
    y = np.where(out, np.nan, y)
    steps = np.abs(y[period:] - y[:-period])
    steps = steps[~np.isnan(steps)]
    if steps.size == 0:
        raise InputError("history: no two periods a season apart are both known and not excluded")
    return float(steps.mean())


@front_door
@in_one_order("actual", "forecast")
@in_one_order("history", "exclude")
def mean_absolute_scaled_error(
    actual: ArrayLike,
    forecast: ArrayLike,
    history: ArrayLike,
    *,
    period: int = 12,
    exclude: ArrayLike | None = None,
) -> float:
    r"""Return the mean absolute error over that of the seasonal naive forecast in the history (MASE).

    Parameters
    ----------
    actual, forecast : array_like of shape (h,)
        Periods with a missing value are left out.
    history : array_like of shape (n,)
        The series that the forecast was made from, in order; of a Series with dates the dates give the order, and months
        without a row are missing.
    period : int, default 12
        Periods in a season; 1 compares with the last value.
    exclude : array_like of bool, shape (n,), optional
        Periods of the history to leave out of the denominator. A pandemic in the history makes naive errors huge and any
        forecast look good, so leave its months out.

    Returns
    -------
    float
        NaN where the history never changes and the forecast is exact; infinite where only the history never changes.

    Raises
    ------
    InputError
        When shapes do not match or the history is too short.

    References
    ----------
    Hyndman, R. J. and Koehler, A. B. (2006), Another look at measures of forecast accuracy, IJF 22.

    Examples
    --------
    >>> mean_absolute_scaled_error([5.0, 7.0], [4.0, 6.0], [1.0, 3.0, 2.0, 5.0], period=2)
    0.6666666666666666
    """
    a, f = _known(actual=actual, forecast=forecast)
    error, scale = float(np.mean(np.abs(a - f))), _scale(history, period, exclude)
    if scale == 0.0:
        return float("nan") if error == 0.0 else float("inf")
    return error / scale


@front_door
@in_one_order("actual", "forecast", "naive")
@in_one_order("history", "exclude")
def accuracy(
    actual: ArrayLike,
    forecast: ArrayLike,
    *,
    history: ArrayLike | None = None,
    period: int = 12,
    exclude: ArrayLike | None = None,
    naive: ArrayLike | None = None,
) -> pd.Series:
    r"""Return the usual measures of forecast error.

    Parameters
    ----------
    actual, forecast : array_like of shape (h,)
    history, period, exclude
        As in ``mean_absolute_scaled_error``, for ``mase``.
    naive : array_like of shape (h,), optional
        The seasonal naive forecast of the same periods, for ``relative_mae``.

    Returns
    -------
    pandas.Series
        ``me`` (actual less forecast), ``mae``, ``mse``, ``rmse``, ``mpe``, ``mape`` and ``smape`` in per cent, ``acf1``
        of the errors, and where asked for ``mase``, ``mase_clean`` (months excluded) and ``relative_mae``.

    Raises
    ------
    InputError
        When shapes do not match.

    Notes
    -----
    :math:`sMAPE = 100 \cdot \mathrm{mean}(2|a - f| / (|a| + |f|))`. Percentage errors leave out periods whose actual
    value is 0 (both 0 for sMAPE) and are NaN where none is left.

    Examples
    --------
    >>> accuracy([100.0, 200.0], [110.0, 190.0])[["me", "mae", "mape"]].tolist()
    [0.0, 10.0, 7.5]
    """
    a, f = _known(actual=actual, forecast=forecast)
    e = a - f
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(a != 0.0, e / a, np.nan)
        symmetric = np.where(np.abs(a) + np.abs(f) > 0.0, 2.0 * np.abs(e) / (np.abs(a) + np.abs(f)), np.nan)
    unit = max(1.0, float(np.abs(e).max()) / 1e100)
    centred = (e - e.mean()) / unit
    total = float(np.sum(centred**2))
    rmse = root_mean_square(e)
    result = {
        "me": float(e.mean()),
        "mae": float(np.abs(e).mean()),
        "mse": float(np.mean(e**2)) if rmse < 1e150 else float("inf"),
        "rmse": rmse,
        "mpe": _mean(100.0 * share),
        "mape": _mean(100.0 * np.abs(share)),
        "smape": _mean(100.0 * symmetric),
        "acf1": float(np.sum(centred[1:] * centred[:-1]) / total) if total > 0.0 else float("nan"),
    }
    if history is not None:
        result["mase"] = mean_absolute_scaled_error(actual, forecast, history, period=period)
        if exclude is not None:
            result["mase_clean"] = mean_absolute_scaled_error(
                actual, forecast, history, period=period, exclude=exclude
            )
    if naive is not None:
        n_a, own, plain = _known(actual=actual, forecast=forecast, naive=naive)  # the same periods for both
        floor = float(np.mean(np.abs(n_a - plain)))
        result["relative_mae"] = float(np.abs(n_a - own).mean()) / floor if floor > 0.0 else float("nan")
    return pd.Series(result)


def _mean(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


@front_door
@in_one_order("actual", "quantile")
def pinball_loss(actual: ArrayLike, quantile: ArrayLike, probability: float) -> float:
    r"""Return the mean pinball loss of a forecast quantile.

    Parameters
    ----------
    actual, quantile : array_like of shape (h,)
    probability : float
        Of the quantile, between 0 and 1.

    Raises
    ------
    InputError
        When the probability is not between 0 and 1.

    Notes
    -----
    :math:`\max\{p (a - q), (p - 1)(a - q)\}`.

    Examples
    --------
    >>> pinball_loss([10.0], [8.0], 0.9)
    1.8
    """
    if not 0.0 < probability < 1.0:
        raise InputError(f"probability: {probability!r} is not between 0 and 1")
    a, q = _known(actual=actual, quantile=quantile)
    return float(np.mean(np.maximum(probability * (a - q), (probability - 1.0) * (a - q))))


@front_door
@in_one_order("actual", "lower", "upper")
def interval_score(actual: ArrayLike, lower: ArrayLike, upper: ArrayLike, levels: float) -> float:
    r"""Return the mean interval score: width, plus a penalty for each miss.

    Parameters
    ----------
    actual, lower, upper : array_like of shape (h,)
    levels : float
        Of the interval, between 0 and 1.

    Raises
    ------
    InputError
        When the level is not between 0 and 1, or a lower limit exceeds its upper.

    Notes
    -----
    :math:`u - l + \frac{2}{1 - level} [(l - a)_+ + (a - u)_+]` (Gneiting and Raftery 2007).

    Examples
    --------
    >>> round(interval_score([10.0], [4.0], [9.0], 0.8), 6)
    15.0
    """
    level = one_level(levels)
    a, low, high = _known(actual=actual, lower=lower, upper=upper)
    if (low > high).any():
        raise InputError("lower: exceeds the upper limit")
    return _interval_score(a, low, high, level)


def _interval_score(a: FloatArray, low: FloatArray, high: FloatArray, level: float) -> float:
    miss = np.maximum(low - a, 0.0) + np.maximum(a - high, 0.0)
    return float(np.mean(high - low + 2.0 / (1.0 - level) * miss))


@front_door
@in_one_order("actual", "median")
def weighted_interval_score(
    actual: ArrayLike, median: ArrayLike, intervals: Mapping[float, tuple[ArrayLike, ArrayLike]]
) -> float:
    r"""Return the mean weighted interval score over a median and several intervals.

    Parameters
    ----------
    actual, median : array_like of shape (h,)
    intervals : mapping of float to (array_like, array_like)
        Lower and upper limits by level.

    Raises
    ------
    InputError
        When there is no interval, or one is out of order.

    Notes
    -----
    :math:`\frac{1}{K + 1/2} \left( \tfrac12 |a - m| + \sum_k \tfrac{\alpha_k}{2} IS_k \right)` with
    :math:`\alpha_k = 1 - level_k` (Bracher and others 2021).

    Examples
    --------
    >>> round(weighted_interval_score([10.0], [9.0], {0.8: ([8.0], [12.0])}), 6)
    0.6
    """
    if not intervals:
        raise InputError("intervals: give at least one")
    limits: dict[str, ArrayLike] = {}
    for level, (low, high) in intervals.items():
        limits |= {f"intervals[{level}], lower": low, f"intervals[{level}], upper": high}
    a, m, *both = _known(actual=actual, median=median, **limits)
    total = 0.5 * float(np.mean(np.abs(a - m)))
    for level, low, high in zip(intervals, both[::2], both[1::2], strict=True):
        if (low > high).any():
            raise InputError(f"intervals[{level}]: a lower limit exceeds its upper")
        one = one_level(level)
        total += (1.0 - one) / 2.0 * _interval_score(a, low, high, one)
    return total / (len(intervals) + 0.5)


@front_door
@in_one_order("actual", "lower", "upper")
def coverage(actual: ArrayLike, lower: ArrayLike, upper: ArrayLike) -> float:
    """Return the share of actual values within their limits.

    Parameters
    ----------
    actual, lower, upper : array_like of shape (h,)
        Periods with a missing value are left out.

    Examples
    --------
    >>> coverage([1.0, 5.0], [0.0, 0.0], [2.0, 4.0])
    0.5
    """
    a, low, high = _known(actual=actual, lower=lower, upper=upper)
    return float(np.mean((a >= low) & (a <= high)))
