"""Control charts of monthly counts with seasons: seasons and working days taken out first."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.series.calendar import days_in_month
from healthdevo.series.chart_rules import Direction
from healthdevo.series.control_charts import ControlChart, xmr_chart
from healthdevo.series.monthly import monthly_index, monthly_series
from healthdevo.typing import Figure

__all__ = ["deseasonalised", "seasonal_control_chart"]


@front_door
def deseasonalised(series: pd.Series, *, per_day: bool = True) -> pd.Series:
    """Return a monthly series with the fixed effect of each calendar month taken out.

    Logs of the value per day, less the mean of each calendar month, plus the mean of all; turned back by the
    exponential. Limits on this scale read as attendances per day in an average month.

    Parameters
    ----------
    series : pandas.Series
        Positive monthly numbers, indexed by month; gaps stay gaps.
    per_day : bool, default True
        Whether to divide by the days of the month first.

    Returns
    -------
    pandas.Series
        Indexed by month, NaN in gaps.

    Raises
    ------
    InputError
        When a value is zero, or some calendar month was seen fewer than twice: its effect would be the point itself.

    Notes
    -----
    On stable simulated series the rules of the XmR chart mark about half of all raw monthly points, a quarter after a
    loess decomposition, and one in fifteen after this adjustment. Assumes that the seasons do not change.

    Examples
    --------
    >>> index = pd.period_range("2020-01", periods=36, freq="M")
    >>> flat = pd.Series(100.0 * index.days_in_month, index=index)
    >>> deseasonalised(flat).round(6).unique().tolist()
    [100.0]
    """
    s = monthly_series(series, "series")
    if (s == 0.0).any():
        raise InputError(f"series: is zero in {s.index[s == 0.0][0]}; logarithms need positive numbers")
    calendar_month = monthly_index(s.index).month
    counts = np.bincount(calendar_month[s.notna()], minlength=13)
    if (counts == 1).any():
        raise InputError(
            f"series: calendar month {int(np.flatnonzero(counts == 1)[0])} appears once; fixed month means need two "
            "years of data"
        )
    logs = pd.Series(np.log(s / days_in_month(s.index) if per_day else s))
    effects = logs.groupby(calendar_month).transform("mean")
    return pd.Series(np.exp(logs - effects + logs.mean()), name=s.name)


@front_door
def seasonal_control_chart(
    series: pd.Series,
    *,
    improvement_direction: Direction = "neutral",
    per_day: bool = True,
    screen_outliers: bool = True,
    run_length: int = 7,
    fix_after_n_points: int | None = None,
    rebase: Sequence[object] | pd.Period | date | str | None = (),
    target: float | Mapping[object, Figure | None] | pd.Series | None = None,
) -> ControlChart:
    """Draw an XmR chart of a monthly series after taking out days and fixed month effects.

    Parameters
    ----------
    series : pandas.Series
        Positive monthly counts, indexed by month.
    improvement_direction, screen_outliers, run_length, fix_after_n_points, rebase, target
        As in ``xmr_chart``.
    per_day : bool, default True
        Whether the chart is of values per day.

    Returns
    -------
    ControlChart
        Values per day in an average month, with a warning when neighbouring points are still alike.

    Raises
    ------
    InputError
        As in ``deseasonalised`` and ``xmr_chart``.

    Examples
    --------
    >>> index = pd.period_range("2015-01", periods=48, freq="M")
    >>> noise = np.random.default_rng(1).normal(0, 0.02, 48)
    >>> y = pd.Series(1000 * index.days_in_month * np.exp(0.1 * np.cos(index.month / 2) + noise), index=index)
    >>> len(xmr_chart(y).signals), len(seasonal_control_chart(y).signals)
    (24, 8)
    """
    chart = xmr_chart(
        deseasonalised(series, per_day=per_day),
        improvement_direction=improvement_direction,
        screen_outliers=screen_outliers,
        run_length=run_length,
        fix_after_n_points=fix_after_n_points,
        rebase=rebase,
        target=target,
    )
    unit = "per day, " if per_day else ""
    return ControlChart(
        chart.table,
        chart.variation_icon,
        chart.assurance_icon,
        chart.improvement_direction,
        chart.warnings,
        f"{chart.method}; {unit}fixed month means of the logarithm taken out",
    )
