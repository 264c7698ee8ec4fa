"""Points and rules of control charts: reading values and dates, steps of targets, and what counts as a signal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.mathematics.vectors import numbers
from healthdevo.series.monthly import day, in_time
from healthdevo.typing import BoolArray, Figure, FloatArray, IntArray

__all__ = [
    "LIMIT",
    "RUN",
    "SCREEN",
    "SHORT_GROUP",
    "Direction",
    "apply_rules",
    "baseline_length",
    "check_points",
    "exact_mean",
    "rebase_groups",
    "target_steps",
    "type_of_point",
]

Direction = Literal["increase", "decrease", "neutral"]
LIMIT = 2.66
SCREEN = 3.267
RUN = 7
SHORT_GROUP = 13
RULES = (
    "Above UCL",
    "Below LCL",
    "7 Point Trend (Increasing)",
    "7 Point Trend (Decreasing)",
    "2 in 3 Above CL",
    "2 in 3 Below CL",
    "7 Points Above CL",
    "7 Points Below CL",
    "Common Cause",
)


def check_points(
    values: pd.Series | ArrayLike, dates: Sequence[object] | pd.Index | None
) -> tuple[FloatArray, pd.Index]:
    """Sort values by date and check both."""
    index = pd.Index(dates) if dates is not None else values.index if isinstance(values, pd.Series) else None
    y = numbers(values, "values")
    if y.ndim != 1 or y.size == 0:
        raise InputError(f"values: shape {y.shape} is not valid; give one number for each date")
    if index is None:
        index = pd.RangeIndex(y.size)
    if len(index) != y.size:
        raise InputError(f"dates: {len(index)} dates for {y.size} values; give one for each")
    unit: pd.PeriodIndex | None = None
    if isinstance(index, pd.PeriodIndex):
        unit, index = index, index.to_timestamp()
    elif not isinstance(index, pd.DatetimeIndex) and not pd.api.types.is_numeric_dtype(index):
        index = pd.DatetimeIndex([pd.NaT if pd.isna(value) else day(value, "dates") for value in index])
    if isinstance(index, pd.DatetimeIndex):
        index = index.tz_localize(None)
    if index.hasnans:
        raise InputError(f"dates: row {int(np.flatnonzero(index.isna())[0])} has no date")
    if index.has_duplicates:
        raise InputError(f"dates: {index[index.duplicated()][0]} appears more than once; give each date once")
    if np.isinf(y).any():
        raise InputError(
            f"values: {float(y[np.isinf(y)][0])!r} is not valid; each must be finite, or missing"
        )
    if np.isnan(y).all():
        raise InputError("values: all are missing; give at least one")
    if not isinstance(index, pd.DatetimeIndex):
        order = np.argsort(index, kind="stable")
        return y[order], index[order]
    rows = in_time(index if unit is None else unit, "dates")
    index = _every_date(index[rows], rows < 0) if (rows < 0).any() else index[rows]
    return np.where(rows < 0, np.nan, y[rows]), index


def _every_date(dates: pd.DatetimeIndex, absent: BoolArray) -> pd.DatetimeIndex:
    """Return a regular series of months with its absent ones, on the day of the month that the others have."""
    there = dates[~absent]
    step = (there.year * 12 + there.month).to_numpy()
    place = np.flatnonzero(~absent)
    unit = (step[-1] - step[0]) // (place[-1] - place[0])
    first = there[0].to_period("M")
    starts = pd.PeriodIndex([first + int(unit) * i for i in range(len(dates))], freq="M").to_timestamp()
    ends = bool(there.is_month_end.all())
    filled = starts + pd.offsets.MonthEnd(0) if ends else starts + pd.Timedelta(days=int(there[0].day) - 1)
    return pd.DatetimeIndex(np.where(absent, filled.to_numpy(), dates.to_numpy()))


def _as_position(dates: pd.Index, value: object, argument: str) -> object:
    """Turn a user's date into something comparable with the chart's index."""
    if isinstance(dates, pd.DatetimeIndex):
        return day(value, argument)
    if not isinstance(value, (int, float, np.integer, np.floating)):
        raise InputError(
            f"{argument}: {value!r} is not a position; the points are numbered, so give a number"
        )
    return value


def rebase_groups(dates: pd.Index, rebase: Sequence[object] | pd.Period | date | str | None) -> IntArray:
    """Return the number of each point's segment: a new one starts at the first point on or after each rebase date."""
    starts = np.zeros(len(dates), dtype=np.int64)
    if rebase is None:
        rebase = ()
    elif isinstance(rebase, (str, date, np.datetime64, pd.Period, int, float, np.number)):
        rebase = (rebase,)
    for value in rebase:
        position = int(np.count_nonzero(np.asarray(dates < _as_position(dates, value, "rebase"))))
        if position == len(dates):
            raise InputError(f"rebase: {value!r} lies after the last point ({dates[-1]})")
        starts[position] = 1
    return np.cumsum(starts)


def target_steps(
    dates: pd.Index, target: float | Mapping[object, Figure | None] | pd.Series | None
) -> FloatArray:
    """Return the target at each point: constant, or steps that hold from their date until the next."""
    if target is None:
        return np.full(len(dates), np.nan)
    if isinstance(target, (int, float, np.integer, np.floating)):
        if not np.isfinite(float(target)):
            raise InputError(f"target: {target!r} is not valid; give a finite number")
        return np.full(len(dates), float(target))
    steps: dict[object, float] = {}
    for key, value in target.items() if isinstance(target, (pd.Series, Mapping)) else ():
        position = _as_position(dates, key, "target")
        try:
            level = float("nan") if value is None or value is pd.NA else float(value)
        except (TypeError, ValueError) as error:
            raise InputError(f"target: {value!r} is not a number") from error
        if np.isinf(level) or position in steps:
            raise InputError(
                f"target: give {key} once, with a finite number (or missing where there is no target)"
            )
        steps[position] = level
    if not steps:
        raise InputError("target: give a number, or a mapping from dates to numbers")
    ordered = pd.Series(steps).sort_index()
    held = ordered.index.searchsorted(dates, side="right") - 1
    return np.where(held >= 0, ordered.to_numpy(float)[np.maximum(held, 0)], np.nan)


def baseline_length(points: object) -> int | None:
    """Return how many points make the baseline: a whole number of at least 2, or None for all."""
    if points is None:
        return None
    if (
        isinstance(points, bool)
        or not isinstance(points, (int, float, np.integer, np.floating))
        or not float(points).is_integer()
        or points < 2
    ):
        raise InputError(f"fix_after_n_points: {points!r} is not valid; a baseline needs at least 2")
    return int(points)


def _windows(flags: BoolArray, length: int) -> BoolArray:
    """Mark every member of each unbroken window of ``length`` true flags."""
    if flags.size < length:
        return np.zeros(flags.size, dtype=bool)
    full = np.lib.stride_tricks.sliding_window_view(flags, length).all(axis=1)
    starts = np.concatenate([full, np.zeros(length - 1, dtype=bool)])
    result = np.zeros(flags.size, dtype=bool)
    for shift in range(length):
        result[shift:] |= starts[: flags.size - shift]
    return result


def apply_rules(
    y: FloatArray, outside: BoolArray, side: FloatArray, close: BoolArray, run_length: int = RUN
) -> list[str]:
    """Return the rule that each point of one segment breaks, by precedence; a run is so many points on one side."""
    n = y.size
    step = np.sign(np.diff(y))
    trend = np.zeros(n, dtype=bool)
    for direction in (1.0, -1.0):
        in_steps = _windows(step == direction, RUN - 1)
        trend[1:] |= in_steps
        trend[:-1] |= in_steps
    # The step that names a trend: the one to the right while the next point belongs to a trend as well, otherwise
    # the one to the left. So a turning point that two trends share is named for the later one.
    heading = np.concatenate([[0.0], step])
    if n > 1:
        shared = trend[:-1] & trend[1:]
        heading[:-1] = np.where(shared, step, heading[:-1])
    run = np.zeros(n, dtype=bool)
    two_in_three = np.zeros(n, dtype=bool)
    for direction in (1.0, -1.0):
        on_side = side == direction
        run |= _windows(on_side, run_length)
        for start in range(n - 2):
            window = slice(start, start + 3)
            if on_side[window].all() and close[window].sum() >= 2:
                two_in_three[window] |= close[window]
    result = []
    for i in range(n):
        above = side[i] > 0
        if outside[i]:
            rule = "Above UCL" if above else "Below LCL"
        elif trend[i]:
            rule = f"7 Point Trend ({'In' if heading[i] == 1.0 else 'De'}creasing)"
        elif two_in_three[i]:
            rule = f"2 in 3 {'Above' if above else 'Below'} CL"
        elif run[i]:
            rule = f"{run_length} Points {'Above' if above else 'Below'} CL"
        else:
            rule = "Common Cause"
        result.append(rule)
    return result


def type_of_point(rule: str, direction: Direction) -> str:
    """Return whether a signal is an improvement, a concern or neither."""
    if rule == "Common Cause":
        return "common_cause"
    high = "Above" in rule or "Increasing" in rule
    if direction == "neutral":
        return f"special_cause_neutral_{'high' if high else 'low'}"
    return f"special_cause_{'improvement' if high == (direction == 'increase') else 'concern'}"


def exact_mean(values: FloatArray) -> float:
    """Return the mean rounded once, so that values which equal it are seen to.

    The sum is taken in extended precision and corrected by the mean of what is left, as R does.
    """
    wide = values.astype(np.longdouble)
    middle = wide.sum() / wide.size
    return float(middle + (wide - middle).sum() / wide.size)
