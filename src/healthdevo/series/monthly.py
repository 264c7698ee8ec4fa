"""Monthly series: one regular index, gaps kept as gaps, and plain errors for what cannot be a series."""

from __future__ import annotations

import re
from collections.abc import Mapping

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.typing import BoolArray

__all__ = ["day", "gaps", "month", "monthly_index", "monthly_series"]


_YEAR_FIRST = re.compile(r"\d{4}(-\d{1,2}(-\d{1,2})?|/\d{1,2}(/\d{1,2})?)([ T].*)?|\d{8}")
_NAMED = re.compile(r"(?=.*[A-Za-z]{3})(?=.*\b\d{4}\b)")
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
    if isinstance(value, str) and not (_YEAR_FIRST.fullmatch(value.strip()) or _NAMED.match(value)):
        raise InputError(
            f"{argument}: {value!r} is not a date that can be read in one way; write it as 2024-01-05"
        )
    if isinstance(value, (int, float, np.number)) and value == value:
        raise InputError(f"{argument}: {value!r} is a number, not a date")
    try:
        stamp = value.to_timestamp() if isinstance(value, pd.Period) else pd.Timestamp(value)  # type: ignore[arg-type]
    except (AttributeError, TypeError, ValueError) as error:
        raise InputError(f"{argument}: {value!r} is not a date") from error
    if not isinstance(stamp, pd.Timestamp):
        raise InputError(f"{argument}: a missing value is not a date")
    return stamp.tz_localize(None)


@front_door
def month(value: object, argument: str = "month") -> pd.Period:
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
        return value.asfreq("M")
    if isinstance(value, (str, int, np.integer)) and _YEAR_MONTH.fullmatch(str(value).strip()):
        text = str(value).strip()
        return pd.Period(year=int(text[:4]), month=int(text[4:]), freq="M")
    try:
        if isinstance(value, str) and re.fullmatch(r"\s*\d{4}\s*", value):
            raise InputError("a year alone")
        return day(value, argument).to_period("M")
    except InputError as error:
        raise InputError(f"{argument}: {value!r} is not a month; give one such as '2020-03'") from error


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
        months = index.asfreq("M")
    elif isinstance(index, pd.DatetimeIndex):
        months = index.tz_localize(None).to_period("M")
    else:
        numbers = pd.api.types.is_numeric_dtype(index)
        if numbers and not all(_YEAR_MONTH.fullmatch(str(value)) for value in index):
            raise InputError(
                f"{argument}: holds numbers ({index[:3].tolist()!r}), not months such as '2020-03'"
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
    argument: str = "series",
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
    if not isinstance(values, (pd.Series, Mapping)):
        raise InputError(f"{argument}: give a pandas.Series (or a mapping) whose index holds months")
    series = values if isinstance(values, pd.Series) else pd.Series(dict(values))
    if series.empty:
        raise InputError(f"{argument}: is empty; give at least one month with a value")
    months = monthly_index(series.index, argument)
    try:
        numbers = series.astype(float).to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError(f"{argument}: holds values that are not numbers ({series.dtype})") from error
    for wrong, rule in (
        (np.isinf(numbers), "a finite number, or missing"),
        (numbers < minimum if minimum is not None else np.zeros(len(numbers), bool), f"at least {minimum}"),
    ):
        if wrong.any():
            i = int(np.flatnonzero(wrong)[0])
            raise InputError(
                f"{argument}: {float(numbers[i])!r} in {months[i]} is not valid; each value must be {rule}"
            )
    result = pd.Series(numbers, index=months, dtype=float, name=series.name).dropna().sort_index()
    if result.empty:
        raise InputError(f"{argument}: has no month with a value")
    every = pd.period_range(result.index[0], result.index[-1], freq="M")
    return result.reindex(every)


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
