"""The calendar of England: days, weekends, bank holidays and working days of every month, computed."""

from __future__ import annotations

import datetime as dt
from functools import cache

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.series.monthly import month, monthly_index
from healthdevo.typing import FloatArray
from healthdevo.wording import financial_year

__all__ = ["bank_holidays", "days_in_month", "easter_sunday", "month_calendar", "working_days"]

FIRST_YEAR = 1978
"""The early May holiday began in 1978; from then on rules and proclamations give every bank holiday."""

_LAST_YEAR = 9999

# Royal proclamations: month and day of holidays added in a year, and of regular ones moved away.
_ADDED = {
    1981: [(7, 29)],
    1995: [(5, 8)],
    1999: [(12, 31)],
    2002: [(6, 3), (6, 4)],
    2011: [(4, 29)],
    2012: [(6, 4), (6, 5)],
    2020: [(5, 8)],
    2022: [(6, 2), (6, 3), (9, 19)],
    2023: [(5, 8)],
}
_REMOVED = {1995: [(5, 1)], 2002: [(5, 27)], 2012: [(5, 28)], 2020: [(5, 4)], 2022: [(5, 30)]}


@front_door
def easter_sunday(year: int) -> dt.date:
    """Return the date of Easter in the Gregorian calendar.

    Parameters
    ----------
    year : int
        From 1583 on.

    Raises
    ------
    InputError
        For an earlier year, or one after 9999.

    References
    ----------
    The anonymous Gregorian computus, as in Meeus, J. (1991), Astronomical Algorithms, chapter 8.

    Examples
    --------
    >>> easter_sunday(2024).isoformat()
    '2024-03-31'
    """
    if not 1583 <= year <= _LAST_YEAR:
        raise InputError(f"year: {year} is not valid; give one from 1583 to {_LAST_YEAR}")
    golden = year % 19
    century, rest = divmod(year, 100)
    correction = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - century // 4 - correction + 15) % 30
    weekday = (32 + 2 * (century % 4) + 2 * (rest // 4) - epact - rest % 4) % 7
    late = (golden + 11 * epact + 22 * weekday) // 451
    month_number, day = divmod(epact + weekday - 7 * late + 114, 31)
    return dt.date(year, month_number, day + 1)


def _monday(year: int, month_number: int, *, last: bool) -> dt.date:
    """Return the first or last Monday of a month (of 31 days, when last)."""
    if last:
        end = dt.date(year, month_number, 31)
        return end - dt.timedelta(days=end.weekday())
    first = dt.date(year, month_number, 1)
    return first + dt.timedelta(days=-first.weekday() % 7)


@front_door
@cache
def bank_holidays(year: int) -> tuple[dt.date, ...]:
    """Return the weekday bank holidays of England in a year, substitutes instead of those at a weekend.

    Parameters
    ----------
    year : int
        From 1978 on. For years to come, only the holidays already in law.

    Raises
    ------
    InputError
        For an earlier year.

    References
    ----------
    Banking and Financial Dealings Act 1971, and royal proclamations under it.

    Examples
    --------
    >>> [d.isoformat() for d in bank_holidays(2022)][-4:]
    ['2022-08-29', '2022-09-19', '2022-12-26', '2022-12-27']
    """
    if year < FIRST_YEAR:
        raise InputError(f"year: {year} is not covered; bank holidays are known from {FIRST_YEAR} on")
    easter = easter_sunday(year)
    days = {
        easter - dt.timedelta(days=2),
        easter + dt.timedelta(days=1),
        _monday(year, 5, last=False),
        _monday(year, 5, last=True),
        _monday(year, 8, last=True),
    }
    days -= {dt.date(year, *d) for d in _REMOVED.get(year, [])}
    days |= {dt.date(year, *d) for d in _ADDED.get(year, [])}
    for fixed in ((1, 1), (12, 25), (12, 26)):
        day = dt.date(year, *fixed)
        while day.weekday() > 4 or day in days:
            day += dt.timedelta(days=1)
        days.add(day)
    return tuple(sorted(days))


@front_door
def days_in_month(months: pd.Index) -> FloatArray:
    """Return the number of days of each month.

    Parameters
    ----------
    months : pandas.Index
        Months, each once.

    Examples
    --------
    >>> days_in_month(pd.period_range("2024-01", periods=2, freq="M")).tolist()
    [31.0, 29.0]
    """
    return np.asarray(monthly_index(months, "months").days_in_month, dtype=float)


@front_door
def working_days(months: pd.Index) -> FloatArray:
    """Return the number of working days in England of each month: Monday to Friday without bank holidays.

    Parameters
    ----------
    months : pandas.Index
        Months from 1978 on, each once.

    Raises
    ------
    InputError
        For months before 1978.

    Examples
    --------
    >>> working_days(pd.period_range("2010-04", periods=3, freq="M")).tolist()
    [20.0, 19.0, 22.0]
    """
    known = monthly_index(months, "months")
    first = known.to_timestamp().to_numpy().astype("datetime64[D]")
    after = (known + 1).to_timestamp().to_numpy().astype("datetime64[D]")
    years = sorted({int(year) for year in known.year})
    free = np.array([day for year in years for day in bank_holidays(year)], dtype="datetime64[D]")
    return np.asarray(np.busday_count(first, after, holidays=free), dtype=float)


@front_door
def month_calendar(start: object, end: object) -> pd.DataFrame:
    """Return the calendar of England for every month from start to end.

    Parameters
    ----------
    start, end : object
        First and last month, such as ``"2010-04"``.

    Returns
    -------
    pandas.DataFrame
        Indexed by month: ``days``, ``working_days``, ``weekend_days``, ``bank_holidays`` (on weekdays), ``mondays``,
        ``financial_year`` and ``fy_month`` (April is 1).

    Raises
    ------
    InputError
        When the months are out of order or before 1978.

    Examples
    --------
    >>> month_calendar("2010-04", "2010-05")[["days", "working_days", "bank_holidays"]].values.tolist()
    [[30, 20, 2], [31, 19, 2]]
    """
    first, last = month(start, "start"), month(end, "end")
    if last < first:
        raise InputError(f"end: {last} lies before start {first}")
    if first.year < FIRST_YEAR:
        raise InputError(f"start: {first} is not covered; bank holidays are known from {FIRST_YEAR} on")
    index = pd.period_range(first, last, freq="M", name="month")
    begin = index.to_timestamp().to_numpy().astype("datetime64[D]")
    after = (index + 1).to_timestamp().to_numpy().astype("datetime64[D]")
    days = np.asarray(index.days_in_month)
    weekdays = np.busday_count(begin, after)
    work = working_days(index).astype(int)
    years = index.year - (index.month < 4)
    return pd.DataFrame(
        {
            "days": days,
            "working_days": work,
            "weekend_days": days - weekdays,
            "bank_holidays": weekdays - work,
            "mondays": np.busday_count(begin, after, weekmask="1000000"),
            "financial_year": [financial_year(int(year)) for year in years],
            "fy_month": (index.month - 4) % 12 + 1,
        },
        index=index,
    )
