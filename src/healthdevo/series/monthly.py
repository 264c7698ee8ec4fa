"""Monthly series: one regular index, gaps kept as gaps, and plain errors for what cannot be a series."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import numbers, shown
from healthdevo.typing import BoolArray, IntArray

__all__ = ["day", "gaps", "in_time", "month", "monthly_index", "monthly_series"]


_YEAR_FIRST = re.compile(r"\d{4}(-\d{1,2}(-\d{1,2})?|/\d{1,2}(/\d{1,2})?)([ T].*)?|\d{8}")
_NAMED = re.compile(r"(?=.*[A-Za-z]{3})(?=.*\b\d{4}\b)")
_DAYS_AND_MONTHS = {"D", "B", "h", "min", "s", "ms", "us", "ns", "M"}
_YEAR_MONTH = re.compile(r"(1[89]|20)\d{2}(0[1-9]|1[0-2])")


def day(value: object, argument: str = "date") -> pd.Timestamp:
    """Return a day as a timestamp without a time zone; text is read only where it can mean one day.

    Parameters
    ----------
    value : object
        Such as ``"2024-01-05"``, ``"5 January 2024"``, a date, a timestamp or a period (its first day).
    argument : str
        Name used in the error.

    Raises
    ------
    InputError
        When the value is not a date, or is text such as ``"05/01/2024"`` that some read day first and others month first.

    Examples
    --------
    >>> day("5 January 2024") == day("2024-01-05")
    True
    """
    if isinstance(value, pd.Period) and value.freqstr.split("-")[0] not in _DAYS_AND_MONTHS:
        raise InputError(f"{argument}: {value} is longer than a month; give its first day or month")
    if isinstance(value, str) and not (_YEAR_FIRST.fullmatch(value.strip()) or _NAMED.match(value)):
        raise InputError(
            f"{argument}: {value!r} is not a date that can be read in one way; write it as 2024-01-05"
        )
    if isinstance(value, (int, float, np.number)) and value == value:
        raise InputError(f"{argument}: {_shown(value)} is a number, not a date")
    try:
        stamp = value.to_timestamp() if isinstance(value, pd.Period) else pd.Timestamp(value)  # type: ignore[arg-type]
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(f"{argument}: {_shown(value)} is not a date") from error
    if not isinstance(stamp, pd.Timestamp):
        raise InputError(f"{argument}: a missing value is not a date")
    _need_local(pd.DatetimeIndex([stamp]), argument)
    return stamp.tz_localize(None)


def _shown(value: object) -> str:
    """Show a value in a message: a plain one as it is, anything else by its type."""
    if value is None or value is pd.NA or value is pd.NaT or isinstance(value, (str, int, float, np.generic)):
        return shown(value)
    if isinstance(value, (dt.date, pd.Period)):
        return str(value)
    return f"a value of type {type(value).__name__}"


def _need_local(stamps: pd.DatetimeIndex, argument: str) -> None:
    """Refuse times of another zone that may be midnight of the next month in London: the last hour of a month in UTC."""
    if stamps.tz is None or str(stamps.tz) == "Europe/London":
        return
    here = stamps.tz_convert("Europe/London").tz_localize(None)
    there = stamps.tz_localize(None)
    astray = (here == here.normalize()) & (here.to_period("M") != there.to_period("M"))
    if astray.any():
        raise InputError(
            f"{argument}: {stamps[int(np.argmax(astray))]} is midnight of the next month in London; convert times to local "
            "time first (.tz_convert('Europe/London'))"
        )


@front_door
def month(value: object, argument: str = "value") -> pd.Period:
    """Return a month as a period, from text, a date, a timestamp or a period.

    Parameters
    ----------
    value : object
        Such as ``"2020-03"``, ``"2020-03-01"``, ``202003`` (text or number), ``datetime.date(2020, 3, 1)`` or a period.
    argument : str
        Name used in the error.

    Raises
    ------
    InputError
        When the value is not a month.

    Examples
    --------
    >>> str(month("2020-03-01"))
    '2020-03'
    """
    if isinstance(value, pd.Period):
        if value.freqstr.split("-")[0] not in _DAYS_AND_MONTHS:
            raise InputError(f"{argument}: {value} is longer than a month; give one such as '2020-03'")
        return value.asfreq("M")
    if isinstance(value, (str, int, np.integer)) and _YEAR_MONTH.fullmatch(str(value).strip()):
        text = str(value).strip()
        return pd.Period(year=int(text[:4]), month=int(text[4:]), freq="M")
    try:
        if isinstance(value, str) and re.fullmatch(r"\s*\d{4}\s*", value):
            raise InputError("a year alone")
        return day(value, argument).to_period("M")
    except InputError as error:
        if "London" in str(error):
            raise
        raise InputError(f"{argument}: {_shown(value)} is not a month; give one such as '2020-03'") from error


@front_door
def monthly_index(index: pd.Index, argument: str = "index") -> pd.PeriodIndex:
    """Return an index of dates as months, in the order given.

    Parameters
    ----------
    index : pandas.Index
        Monthly periods, timestamps (one a month), or text such as ``"2020-03"``.
    argument : str
        Name used in the error.

    Raises
    ------
    InputError
        When the index does not hold dates, or one month appears more than once.

    Examples
    --------
    >>> [str(m) for m in monthly_index(pd.Index(["2020-01", "2020-03"]))]
    ['2020-01', '2020-03']
    """
    if isinstance(index, pd.MultiIndex):
        raise InputError(f"{argument}: has {index.nlevels} levels; give one series with months as its index")
    if isinstance(index, pd.PeriodIndex):
        if index.freqstr.split("-")[0] not in _DAYS_AND_MONTHS:
            raise InputError(
                f"{argument}: {index[0] if len(index) else 'a period'} is longer than a month; give one value for each "
                "month (where numbers may stand for times, number the periods 0, 1, 2, ...)"
            )
        months = index.asfreq("M")
    elif isinstance(index, pd.DatetimeIndex):
        _need_local(index, argument)
        months = index.tz_localize(None).to_period("M")
    else:
        numeric = pd.api.types.is_numeric_dtype(index)
        if numeric and not all(_YEAR_MONTH.fullmatch(str(value)) for value in index):
            raise InputError(
                f"{argument}: its index holds numbers ({index[:3].tolist()!r}), not months such as '2020-03'"
            )
        months = pd.PeriodIndex([month(value, argument) for value in index], freq="M")
    if months.hasnans:
        raise InputError(f"{argument}: row {int(np.flatnonzero(months.isna())[0])} has no month")
    repeated = months[months.duplicated()]
    if len(repeated):
        zone = getattr(index, "tz", None)
        hint = "" if zone is None else f" (times are in {zone}: convert them to local time first)"
        raise InputError(
            f"{argument}: {len(repeated)} rows repeat a month, the first being {repeated[0]}; give each month once{hint}"
        )
    return months


@front_door
def monthly_series(
    values: pd.Series | Mapping[object, float],
    argument: str = "values",
    *,
    minimum: float | None = 0.0,
) -> pd.Series:
    """Return a series on every month from its first to its last, sorted, with NaN where a month is missing.

    Nothing is filled. Months at either end without a value are dropped, because they say nothing.

    Parameters
    ----------
    values : pandas.Series or mapping
        One number a month; the index holds months, in any order, each once.
    argument : str
        Name used in errors.
    minimum : float, optional
        Smallest value allowed; ``None`` allows any finite number.

    Returns
    -------
    pandas.Series of float
        Indexed by consecutive monthly periods.

    Raises
    ------
    InputError
        When the index is not months, a month repeats, a value is infinite, not a number or below ``minimum``,
        or nothing is left.

    Examples
    --------
    >>> s = monthly_series(pd.Series([3.0, 1.0], index=["2020-03", "2020-01"]))
    >>> [str(m) for m in s.index], s.isna().tolist()
    (['2020-01', '2020-02', '2020-03'], [False, True, False])
    """
    if minimum is not None and not np.isfinite(minimum):
        raise InputError(f"minimum: {minimum!r} is not valid; give a finite number, or None")
    if not isinstance(values, (pd.Series, Mapping)):
        raise InputError(f"{argument}: give a pandas.Series (or a mapping) whose index holds months")
    series = values if isinstance(values, pd.Series) else pd.Series(dict(values))
    if series.empty:
        raise InputError(f"{argument}: is empty; give at least one month with a value")
    months = monthly_index(series.index, argument)
    known = numbers(series, argument)
    for wrong, rule in (
        (np.isinf(known), "a finite number, or missing"),
        (known < minimum if minimum is not None else np.zeros(len(known), bool), f"at least {minimum}"),
    ):
        if wrong.any():
            i = int(np.flatnonzero(wrong)[0])
            raise InputError(
                f"{argument}: {float(known[i])!r} in {months[i]} is not valid; each value must be {rule}"
            )
    result = pd.Series(known, index=months, dtype=float, name=series.name).dropna().sort_index()
    if result.empty:
        raise InputError(f"{argument}: has no month with a value")
    every = pd.period_range(result.index[0], result.index[-1], freq="M")
    return result.reindex(every)


def in_time(index: pd.Index, argument: str = "values") -> IntArray:
    """Return the rows of a dated index in the order of time, -1 where a regular series of months lacks one.

    Months are regular where most neighbours are equally far apart (a month, a quarter, a year) and all others a multiple of
    that. Days, weeks and other dates are only sorted.

    Examples
    --------
    >>> in_time(pd.PeriodIndex(["2020-05", "2020-01", "2020-02", "2020-03"], freq="M")).tolist()
    [1, 2, 3, -1, 0]
    """
    if index.hasnans:
        raise InputError(f"{argument}: row {int(np.flatnonzero(index.isna())[0])} has no date")
    if index.has_duplicates:
        raise InputError(
            f"{argument}: {index[index.duplicated()][0]} appears more than once; give each date once"
        )
    order = np.argsort(index, kind="stable")
    dates = index[order]
    if isinstance(dates, pd.DatetimeIndex):
        ends = dates.is_month_end.all() if len(dates) else False
        if not (ends or len(set(dates.day)) == 1):
            return np.asarray(order, dtype=np.int64)
        dates = dates.tz_localize(None).to_period("M")
    if not isinstance(dates, pd.PeriodIndex) or len(dates) < 3:
        return np.asarray(order, dtype=np.int64)
    clock = np.asarray(dates.astype("int64"))
    steps = np.diff(clock)
    if (steps < 1).any():
        return np.asarray(order, dtype=np.int64)
    found, counts = np.unique(steps, return_counts=True)
    unit = int(found[0])
    if counts[0] * 2 < steps.size or (steps % unit).any():
        return np.asarray(order, dtype=np.int64)
    rows = np.full((clock[-1] - clock[0]) // unit + 1, -1, dtype=np.int64)
    rows[(clock - clock[0]) // unit] = order
    return rows


@front_door
def gaps(series: pd.Series) -> tuple[tuple[pd.Period, pd.Period], ...]:
    """Return the spells of missing months inside a regular monthly series, as pairs of first and last month.

    Parameters
    ----------
    series : pandas.Series
        As returned by ``monthly_series``.

    Examples
    --------
    >>> s = monthly_series(pd.Series([3.0, 1.0], index=["2020-04", "2020-01"]))
    >>> [(str(a), str(b)) for a, b in gaps(s)]
    [('2020-02', '2020-03')]
    """
    missing: BoolArray = np.concatenate([[False], series.isna().to_numpy(), [False]])
    edges = np.flatnonzero(missing[1:] != missing[:-1])
    return tuple(
        (series.index[start], series.index[end - 1])
        for start, end in zip(edges[::2], edges[1::2], strict=True)
    )
