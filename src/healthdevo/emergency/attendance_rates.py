"""Attendances per 1,000 people in a year, for many areas, with an error that admits more than Poisson noise."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.intervals import normal_limits
from healthdevo.results import Estimates, check_levels

__all__ = ["attendance_rates"]


@front_door
def attendance_rates(
    monthly: pd.DataFrame,
    population: pd.Series,
    *,
    levels: float | Sequence[float] = 0.95,
) -> Estimates:
    """Return attendances per 1,000 residents in one year, for each area.

    Estimand: the attendance rate of the area in a year like the one observed. Counts of attendances scatter more than independent
    events would, so the standard error comes from the months themselves: with ``y`` the month's count, the expected count is the
    area's total times the month's share of all areas together, and the dispersion is
    ``phi = sum((y - expected)**2 / expected) / (months - 1)``, but at least 1 (Poisson). The standard error of the total is
    ``sqrt(phi * total)``; population is taken as known. Departures of neighbouring months are treated as independent; where they are
    correlated the interval is too narrow.

    Parameters
    ----------
    monthly : pandas.DataFrame
        Columns ``area_code``, ``month`` and ``attendances`` (counts, at least zero); every area has the same months, at least three.
    population : pandas.Series
        People by area code, above zero.
    levels : float or sequence of float
        Confidence levels.

    Returns
    -------
    Estimates
        Index: area codes in sorted order; unit: attendances per 1,000 people; ``n``: months.

    Raises
    ------
    InputError
        When an area has duplicate or missing months, a negative or missing count, or no population.

    References
    ----------
    McCullagh, P. and Nelder, J. A. (1989). *Generalized Linear Models*, 2nd edition, section 6.2.3 (over-dispersion). Chapman & Hall.

    Examples
    --------
    >>> months = pd.date_range("2024-04-01", periods=3, freq="MS")
    >>> frame = pd.DataFrame({"area_code": ["A"] * 3 + ["B"] * 3, "month": list(months) * 2,
    ...                       "attendances": [100, 120, 110, 200, 250, 210]})
    >>> rates = attendance_rates(frame, pd.Series({"A": 10_000, "B": 11_000}))
    >>> rates.estimate.round(1).tolist()
    [33.0, 60.0]
    """
    wanted = check_levels(levels)
    need_columns(monthly, ["area_code", "month", "attendances"], "monthly")
    twice = monthly[monthly.duplicated(["area_code", "month"])]
    if len(twice):
        row = twice.iloc[0]
        raise InputError(
            f"attendance_rates: area {row['area_code']} has month {row['month']:%Y-%m} twice; give one row for each"
        )
    wide = monthly.pivot_table(
        index="area_code", columns="month", values="attendances", dropna=False, observed=True
    )
    gaps = wide.isna()
    if gaps.to_numpy().any():
        area = wide.index[gaps.any(axis=1).to_numpy()][0]
        month = wide.columns[gaps.loc[area].to_numpy()][0]
        raise InputError(
            f"attendance_rates: area {area} has no attendances in {month:%Y-%m}; every area needs the same months"
        )
    count = wide.to_numpy(float)
    if count.shape[1] < 3:
        raise InputError(f"attendance_rates: {count.shape[1]} months are too few; give at least three")
    if (count < 0).any():
        raise InputError(
            f"attendance_rates: area {wide.index[np.flatnonzero((count < 0).any(axis=1))[0]]} has a negative count"
        )
    people = population.reindex(wide.index).to_numpy(float)
    without = wide.index[~(people > 0)]
    if len(without):
        raise InputError(f"attendance_rates: area {without[0]} has no population above zero")
    total = count.sum(axis=1)
    if (total == 0).any():
        raise InputError(
            f"attendance_rates: area {wide.index[np.flatnonzero(total == 0)[0]]} has no attendances at all"
        )
    expected = total[:, None] * (count.sum(axis=0) / count.sum())[None, :]
    dispersion = np.maximum(((count - expected) ** 2 / expected).sum(axis=1) / (count.shape[1] - 1), 1.0)
    rate = 1000.0 * total / people
    error = 1000.0 * np.sqrt(dispersion * total) / people
    lower, upper = normal_limits(rate, error, wanted)
    return Estimates(
        "attendance rate",
        wide.index,
        rate,
        error,
        wanted,
        lower,
        upper,
        np.full(len(rate), count.shape[1]),
        "over-dispersed counts: dispersion from the months' departures from the common season, normal limits",
        "attendances per 1,000 people",
    )
