"""Attendances per 1,000 people in a year, for many areas, with an error that admits more than Poisson noise."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import codes, numbers
from healthdevo.results import Estimates, check_levels
from healthdevo.series.monthly import month
from healthdevo.typing import FloatArray

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
    ``phi = sum((y - expected)**2 / expected) / ((months - 1) (1 - share))``, but at least 1 (Poisson), with ``share`` the area's part of
    all attendances: an area that makes up most of the season hides its own departures from it. The standard error of the total is
    ``sqrt(phi * total)`` and the interval uses Student's t with ``months - 1`` degrees of freedom; population is taken as known.
    Departures of neighbouring months are treated as independent; where they are correlated the interval is too narrow. Areas are taken to
    scatter alike where one of them has a large share. A single area has no season to depart from, so it has no interval.

    Parameters
    ----------
    monthly : pandas.DataFrame
        Columns ``area_code``, ``month`` and ``attendances`` (counts, at least zero); every area has the same months, at least three,
        in any form that ``healthdevo.series.month`` reads.
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
    if len(monthly) == 0:
        raise InputError("monthly: it has no rows")
    labels = monthly["area_code"]
    for i, label in enumerate(labels):
        if not isinstance(label, Hashable):
            raise InputError(
                f"monthly, column area_code: row {i} is a {type(label).__name__}; give each row a label"
            )
    place, areas = codes(
        monthly["area_code"].to_numpy(dtype=object), "monthly, column area_code", len(monthly)
    )
    if monthly["month"].dtype.kind == "M" and monthly["month"].notna().all():
        months = pd.PeriodIndex(monthly["month"].dt.to_period("M"))
    else:
        months = pd.PeriodIndex([month(m, "monthly, column month") for m in monthly["month"]], freq="M")
    given = numbers(monthly["attendances"].to_numpy(dtype=object), "monthly, column attendances")
    when, every = codes(months.astype("int64"), "monthly, column month", len(monthly))
    cell = place * len(every) + when
    first = pd.Series(cell).duplicated().to_numpy()
    if first.any():
        i = int(np.argmax(first))
        raise InputError(
            f"monthly: area {areas[place[i]]} has month {months[i]} twice; give one row for each area and month"
        )
    cells = np.full(len(areas) * len(every), np.nan)
    cells[cell] = given
    count: FloatArray = cells.reshape(len(areas), len(every))
    n_months = len(every)
    for wrong, what in (
        (np.isnan(count), "has no attendances in"),
        (np.isinf(count), "has an infinite count in"),
        (count < 0, "has a negative count in"),
    ):
        if wrong.any():
            i, j = np.argwhere(wrong)[0]
            raise InputError(
                f"monthly: area {areas[i]} {what} {pd.Period(ordinal=int(every[j]), freq='M')}; "
                "every area needs a count of at least 0 in each month of any"
            )
    if n_months < 3:
        raise InputError(f"monthly: {n_months} months are too few; give at least three")
    if population.index.has_duplicates:
        twice = population.index[population.index.duplicated()][0]
        raise InputError(f"population: area {twice} is there more than once; give each area once")
    people = pd.Series(numbers(population, "population"), index=population.index).reindex(areas).to_numpy()
    without = areas[~((people > 0) & np.isfinite(people))]
    if len(without):
        raise InputError(f"population: area {without[0]} has no population above zero")
    total = count.sum(axis=1)
    if (total == 0).any():
        raise InputError(
            f"monthly: area {areas[np.flatnonzero(total == 0)[0]]} has no attendances at all, so no scatter to judge by"
        )
    whole = float(count.sum())
    expected = total[:, None] * (count.sum(axis=0) / whole)[None, :]
    departures = np.divide((count - expected) ** 2, expected, out=np.zeros_like(expected), where=expected > 0)
    spare = (n_months - 1) * (1.0 - total / whole)
    alone = len(areas) == 1
    with np.errstate(divide="ignore", invalid="ignore"):
        dispersion = np.maximum(departures.sum(axis=1) / spare, 1.0)
    rate = 1000.0 * total / people
    error = np.full(1, np.nan) if alone else 1000.0 * np.sqrt(dispersion * total) / people
    quantiles = stats.t.isf((1.0 - np.array(wanted)) / 2.0, n_months - 1)
    reach = error[:, None] * quantiles[None, :]
    return Estimates(
        "attendance rate",
        pd.Index(areas, name="area_code"),
        rate,
        error,
        wanted,
        np.maximum(rate[:, None] - reach, 0.0),
        rate[:, None] + reach,
        np.full(len(rate), n_months),
        "over-dispersed counts: dispersion from the months' departures from the common season, t limits",
        "attendances per 1,000 people",
        ("one area has no common season to depart from" if alone else "",) * len(areas),
    )
