"""How far forecasts were off: errors, errors relative to naive ones, intervals, and their coverage."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.results import one_level
from healthdevo.typing import FloatArray

__all__ = [
    "accuracy",
    "coverage",
    "interval_score",
    "mean_absolute_scaled_error",
    "pinball_loss",
    "weighted_interval_score",
]


def _pair(actual: ArrayLike, forecast: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return both as vectors without the pairs where either is missing."""
    a, f = np.asarray(actual, dtype=float), np.asarray(forecast, dtype=float)
    if a.ndim != 1 or a.shape != f.shape:
        raise InputError(f"forecast: shape {f.shape} does not match the actual values' {a.shape}")
    kept = ~(np.isnan(a) | np.isnan(f))
    if not kept.any():
        raise InputError("actual: no period has both an actual value and a forecast")
    if np.isinf(a[kept]).any() or np.isinf(f[kept]).any():
        raise InputError("actual and forecast: must be finite")
    return a[kept], f[kept]


def _scale(history: ArrayLike, period: int, exclude: ArrayLike | None) -> float:
    """Return the mean absolute error of the seasonal naive forecast in the history."""
    y = np.asarray(history, dtype=float)
    if y.ndim != 1 or y.size <= period:
        raise InputError(
            f"history: {y.size} periods are too few for a naive forecast {period} periods before"
        )
    if exclude is not None:
        out = np.asarray(exclude, dtype=bool)
        if out.shape != y.shape:
            raise InputError(f"exclude: shape {out.shape} does not match the history's {y.shape}")
        y = np.where(out, np.nan, y)
    steps = np.abs(y[period:] - y[:-period])
    steps = steps[~np.isnan(steps)]
    if steps.size == 0:
        raise InputError("history: no two periods a season apart are both known and not excluded")
    return float(steps.mean())


@front_door
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
        The series that the forecast was made from, in order.
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
    a, f = _pair(actual, forecast)
    error, scale = float(np.mean(np.abs(a - f))), _scale(history, period, exclude)
    if scale == 0.0:
        return float("nan") if error == 0.0 else float("inf")
    return error / scale


@front_door
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
    a, f = _pair(actual, forecast)
    e = a - f
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(a != 0.0, e / a, np.nan)
        symmetric = np.where(np.abs(a) + np.abs(f) > 0.0, 2.0 * np.abs(e) / (np.abs(a) + np.abs(f)), np.nan)
    centred = e - e.mean()
    total = float(np.sum(centred**2))
    result = {
        "me": float(e.mean()),
        "mae": float(np.abs(e).mean()),
        "mse": float(np.mean(e**2)),
        "rmse": float(np.sqrt(np.mean(e**2))),
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
        both = np.asarray(actual, dtype=float) + 0.0 * np.asarray(forecast, dtype=float)
        n_a, n_f = _pair(both, naive)
        own, _ = _pair(both - np.asarray(forecast, dtype=float), naive)  # the same periods for both
        floor = float(np.mean(np.abs(n_a - n_f)))
        result["relative_mae"] = float(np.abs(own).mean()) / floor if floor > 0.0 else float("nan")
    return pd.Series(result)


def _mean(values: FloatArray) -> float:
    known = values[~np.isnan(values)]
    return float(known.mean()) if known.size else float("nan")


@front_door
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
    a, q = _pair(actual, quantile)
    return float(np.mean(np.maximum(probability * (a - q), (probability - 1.0) * (a - q))))


@front_door
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
    a, low = _pair(actual, np.asarray(lower, dtype=float) + 0.0 * np.asarray(upper, dtype=float))
    _, high = _pair(actual, np.asarray(upper, dtype=float) + 0.0 * np.asarray(lower, dtype=float))
    if (low > high).any():
        raise InputError("lower: exceeds the upper limit")
    miss = np.maximum(low - a, 0.0) + np.maximum(a - high, 0.0)
    return float(np.mean(high - low + 2.0 / (1.0 - level) * miss))


@front_door
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
    a, m = _pair(actual, median)
    total = 0.5 * float(np.mean(np.abs(a - m)))
    for level, (low, high) in intervals.items():
        total += (1.0 - level) / 2.0 * interval_score(actual, low, high, level)
    return total / (len(intervals) + 0.5)


@front_door
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
    a, low = _pair(actual, np.asarray(lower, dtype=float) + 0.0 * np.asarray(upper, dtype=float))
    _, high = _pair(actual, np.asarray(upper, dtype=float) + 0.0 * np.asarray(lower, dtype=float))
    return float(np.mean((a >= low) & (a <= high)))
