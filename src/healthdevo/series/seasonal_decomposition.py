"""Trend and seasons by loess (STL), with the settings that R uses, and how strong each is."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from statsmodels.tsa.seasonal import STL

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import vector
from healthdevo.series.monthly import monthly_index
from healthdevo.typing import FloatArray

__all__ = ["SeasonalDecomposition", "seasonal_decomposition"]


@dataclass(frozen=True)
class SeasonalDecomposition:
    """A series as trend, seasons and remainder.

    Parameters
    ----------
    table : pandas.DataFrame
        ``y``, ``seasonal``, ``trend``, ``remainder`` and ``weight`` (1 unless robust).
    trend_strength, seasonal_strength : float
        From 0 to 1: ``max(0, 1 - var(remainder) / var(remainder + component))``; NaN where neither varies.
    """

    table: pd.DataFrame = field(repr=False, compare=False)
    trend_strength: float
    seasonal_strength: float


def _odd(value: float) -> int:
    whole = int(np.ceil(value))
    return whole + 1 - whole % 2


def _in_order(values: pd.Series) -> pd.Series:
    """Return a dated series in order of time, checked for regular steps; numbered points stay in the order given."""
    index = values.index
    if pd.api.types.is_numeric_dtype(index):
        return values
    if not isinstance(index, (pd.DatetimeIndex, pd.PeriodIndex)):
        index = monthly_index(index, "values")
    elif isinstance(index, pd.DatetimeIndex):
        index = index.tz_localize(None)
    if index.hasnans:
        raise InputError(f"values: row {int(np.flatnonzero(index.isna())[0])} has no date")
    if index.has_duplicates:
        raise InputError(
            f"values: {index[index.duplicated()][0]} appears more than once; give each date once"
        )
    ordered = values.iloc[np.argsort(index, kind="stable")]
    times = index.sort_values()
    clocks = [times.astype("int64")]
    if isinstance(times, pd.DatetimeIndex):
        clocks.append(times.to_period("M").astype("int64"))
        days = times.to_numpy().astype("datetime64[D]")
        if np.is_busday(days).all():
            clocks.append(pd.Index(np.busday_count(days[0], days)))
    if not any(len(set(np.diff(clock))) <= 1 for clock in clocks):
        raise InputError(
            "values: dates are not evenly spaced; loess cannot bridge gaps, and nothing is filled"
        )
    return ordered


def _strength(remainder: FloatArray, component: FloatArray, size: float) -> float:
    unit = size if size > 1e100 else 1.0
    total = float(np.var((remainder + component) / unit, ddof=1))
    if total <= 1e-24 * (size / unit) ** 2:
        return float("nan")
    return max(0.0, 1.0 - float(np.var(remainder / unit, ddof=1)) / total)


@front_door
def seasonal_decomposition(
    values: pd.Series | ArrayLike,
    *,
    period: int = 12,
    seasonal_window: int | Literal["periodic"] = 7,
    trend_window: int | None = None,
    robust: bool = False,
    jump: int | None = None,
) -> SeasonalDecomposition:
    """Decompose a regular series by loess.

    Parameters
    ----------
    values : pandas.Series or array_like of shape (n,)
        At least two seasons, none missing: loess cannot bridge gaps, and nothing is filled. A series with dates as its
        index may come in any order.
    period : int, default 12
        Points in a season.
    seasonal_window : int or "periodic", default 7
        Odd span of the seasonal smoother, in seasons; ``"periodic"`` for seasons that do not change.
    trend_window : int, optional
        Odd span of the trend smoother; by default ``1.5 period / (1 - 1.5 / seasonal_window)``, made odd.
    robust : bool, default False
        Whether outliers are weighted down.
    jump : int, optional
        Points between those at which the smoothers are evaluated; by default a tenth of each window.

    Returns
    -------
    SeasonalDecomposition

    Raises
    ------
    InputError
        When a value or date is missing or a date repeats, the series is shorter than two seasons, or a window is even.

    Notes
    -----
    Local degrees are 0 for seasons and 1 for trend and low-pass filter, which R uses and Python's implementation does not
    by default; two inner iterations, or one with fifteen robustness ones.

    References
    ----------
    Cleveland, R. B. and others (1990), STL: a seasonal-trend decomposition procedure based on loess, JOS 6.

    Examples
    --------
    >>> t = np.arange(48)
    >>> d = seasonal_decomposition(t + 5 * np.sin(2 * np.pi * t / 12))
    >>> round(d.seasonal_strength, 3)
    0.997
    """
    if isinstance(values, pd.Series):
        values = _in_order(values)
    y = vector(values, "values")
    if period < 2:
        raise InputError(f"period: {period!r} is not valid; give at least 2 points")
    if jump is not None and jump < 1:
        raise InputError(f"jump: {jump!r} is not valid; give at least 1 point")
    if y.size < 2 * period:
        raise InputError(f"values: {y.size} points are fewer than two seasons of {period}")
    window = 10 * y.size + 1 if seasonal_window == "periodic" else int(seasonal_window)
    if window < 3 or window % 2 == 0:
        raise InputError(f"seasonal_window: {seasonal_window!r} is not an odd number of at least 3")
    trend = _odd(1.5 * period / (1.0 - 1.5 / window)) if trend_window is None else int(trend_window)
    if trend <= period or trend % 2 == 0:
        raise InputError(f"trend_window: {trend_window!r} is not an odd number above the period {period}")
    low = _odd(period)
    low += 2 if low <= period else 0
    steps = [max(1, int(np.ceil(w / 10.0)) if jump is None else jump) for w in (window, trend, low)]
    fit = STL(
        y,
        period=period,
        seasonal=window,
        trend=trend,
        low_pass=low,
        seasonal_deg=0,
        trend_deg=1,
        low_pass_deg=1,
        robust=robust,
        seasonal_jump=min(steps[0], y.size),
        trend_jump=min(steps[1], y.size),
        low_pass_jump=steps[2],
    ).fit(inner_iter=1 if robust else 2, outer_iter=15 if robust else 0)
    seasonal, level = np.asarray(fit.seasonal), np.asarray(fit.trend)
    if seasonal_window == "periodic":
        place = np.arange(y.size) % period
        seasonal = np.array([seasonal[place == k].mean() for k in range(period)])[place]
    remainder = y - seasonal - level
    index = values.index if isinstance(values, pd.Series) else None
    table = pd.DataFrame(
        {
            "y": y,
            "seasonal": seasonal,
            "trend": level,
            "remainder": remainder,
            "weight": np.asarray(fit.weights) if robust else np.ones(y.size),
        },
        index=index,
    )
    size = float(np.abs(y).max())
    return SeasonalDecomposition(
        table, _strength(remainder, level, size), _strength(remainder, seasonal, size)
    )
