"""Control charts of single values (XmR), drawn and read by the rules of the NHS's "Making Data Count".

The chart's rules, with what they leave open settled as the NHS's own charts settle it:

* limits are the mean plus and minus 2.66 times the mean moving range; moving ranges of 3.267 times their mean or
  more can be screened out once, for the limits and not for the mean;
* a point beyond a limit comes first, then a trend (seven points, six strictly rising or falling steps: a tie breaks
  it), then two in three (all three on one side of the mean, at least two between two and three sigma; only those are
  marked), then a run (seven points on one side: a value exactly on the mean breaks it);
* everything starts afresh at each rebase; assurance looks at the last point's target and limits, and a target that
  equals a limit is neither reliably met nor reliably missed.

References
----------
NHS England, Making Data Count: "Strengthening your decisions".
Provost, L. and Murray, S. (2011), The Health Care Data Guide, Jossey-Bass.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.series.calendar import days_in_month
from healthdevo.series.monthly import monthly_index, monthly_series
from healthdevo.typing import BoolArray, FloatArray, IntArray
from healthdevo.wording import number

__all__ = ["ControlChart", "deseasonalised", "lag_one_autocorrelation", "seasonal_control_chart", "xmr_chart"]

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


@dataclass(frozen=True)
class ControlChart:
    """A control chart: every point with its limits, the rule it breaks, and the two icons.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each point in order: ``date``, ``y``, ``rebase_group``, ``mean``, ``lpl``, ``upl`` (limits),
        ``outside_limits``, ``relative_to_mean`` (-1, 0, 1), ``close_to_limits``, ``special_cause_type`` (the rule),
        ``point_type``, ``target``, ``short_group_warning``.
    variation_icon : str
        Point type of the last point: ``common_cause``, ``special_cause_improvement``, ``special_cause_concern``,
        ``special_cause_neutral_high`` or ``special_cause_neutral_low``.
    assurance_icon : str
        ``consistent_pass``, ``consistent_fail`` or ``inconsistent``; empty without a target or a direction.
    improvement_direction : str
        ``increase``, ``decrease`` or ``neutral``.
    warnings : tuple of str
        What a reader should know: short segments, autocorrelated points, missing points.
    method : str
        How the limits were computed.
    """

    table: pd.DataFrame = field(repr=False, compare=False)
    variation_icon: str
    assurance_icon: str
    improvement_direction: Direction
    warnings: tuple[str, ...]
    method: str

    @property
    def variation_letter(self) -> str:
        """Letter of the variation icon: H for high, L for low, empty for common cause."""
        if self.variation_icon == "common_cause":
            return ""
        if self.variation_icon.startswith("special_cause_neutral"):
            return "H" if self.variation_icon.endswith("high") else "L"
        up = (self.variation_icon == "special_cause_improvement") == (
            self.improvement_direction == "increase"
        )
        return "H" if up else "L"

    @property
    def assurance_letter(self) -> str:
        """Letter of the assurance icon: P for pass, F for fail, a question mark between, empty without one."""
        return {"consistent_pass": "P", "consistent_fail": "F", "inconsistent": "?"}.get(
            self.assurance_icon, ""
        )

    @property
    def signals(self) -> pd.DataFrame:
        """The points that break a rule."""
        return self.table[self.table["special_cause_type"] != "Common Cause"]

    @property
    def sentence(self) -> str:
        """The chart in plain English."""
        last = self.table.dropna(subset=["y"]).iloc[-1]
        words = {
            "common_cause": "ordinary variation",
            "special_cause_improvement": "special-cause improvement",
            "special_cause_concern": "special-cause variation of concern",
            "special_cause_neutral_high": "special-cause variation, high",
            "special_cause_neutral_low": "special-cause variation, low",
        }[self.variation_icon]
        text = f"The latest point is {number(float(last['y']))}: {words}"
        if np.isfinite(last["lpl"]):
            text += f" (limits {number(float(last['lpl']))} to {number(float(last['upl']))})"
        assurance = {
            "consistent_pass": "; the process can be relied on to meet its target",
            "consistent_fail": "; the process as it is cannot meet its target",
            "inconsistent": "; the target will be met in some months and missed in others",
        }.get(self.assurance_icon, "")
        return text + assurance + "."


def _check_points(
    values: pd.Series | ArrayLike, dates: Sequence[object] | pd.Index | None
) -> tuple[FloatArray, pd.Index]:
    """Sort values by date and check both."""
    index = pd.Index(dates) if dates is not None else values.index if isinstance(values, pd.Series) else None
    try:
        if isinstance(values, pd.Series):
            y = values.to_numpy(dtype=float, na_value=np.nan)
        else:
            y = np.asarray(values, dtype=float)
    except (TypeError, ValueError) as error:
        raise InputError("values: hold something that is not a number") from error
    if y.ndim != 1 or y.size == 0:
        raise InputError(f"values: shape {y.shape} is not valid; give one number for each date")
    if index is None:
        index = pd.RangeIndex(y.size)
    if len(index) != y.size:
        raise InputError(f"dates: {len(index)} dates for {y.size} values; give one for each")
    if isinstance(index, pd.PeriodIndex):
        index = index.to_timestamp()
    elif not isinstance(index, pd.DatetimeIndex) and not pd.api.types.is_numeric_dtype(index):
        try:
            index = pd.DatetimeIndex([_stamp(value) for value in index])
        except (TypeError, ValueError) as error:
            raise InputError(f"dates: {index[:3].tolist()!r} are not dates") from error
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
    order = np.argsort(index, kind="stable")
    return y[order], index[order]


def _stamp(value: object) -> pd.Timestamp:
    """Return a date as local time; a bare number is not one."""
    if isinstance(value, (int, np.integer)) or (isinstance(value, (float, np.floating)) and value == value):
        raise TypeError("a number is not a date")
    stamp = value.to_timestamp() if isinstance(value, pd.Period) else pd.Timestamp(value)  # type: ignore[arg-type]
    return stamp.tz_localize(None) if isinstance(stamp, pd.Timestamp) else stamp


def _as_position(dates: pd.Index, value: object, argument: str) -> object:
    """Turn a user's date into something comparable with the chart's index."""
    if isinstance(dates, pd.DatetimeIndex):
        try:
            stamp = _stamp(value)
        except (TypeError, ValueError) as error:
            raise InputError(f"{argument}: {value!r} is not a date") from error
        if not isinstance(stamp, pd.Timestamp):
            raise InputError(f"{argument}: a missing value is not a date")
        return stamp
    if not isinstance(value, (int, float, np.integer, np.floating)):
        raise InputError(
            f"{argument}: {value!r} is not a position; the points are numbered, so give a number"
        )
    return value


def _rebase_groups(dates: pd.Index, rebase: Sequence[object] | date | None) -> IntArray:
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


def _targets(dates: pd.Index, target: float | Mapping[object, float] | pd.Series | None) -> FloatArray:
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


def _baseline(points: object) -> int | None:
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


def _rules(y: FloatArray, outside: BoolArray, side: FloatArray, close: BoolArray) -> list[str]:
    """Return the rule that each point of one segment breaks, by precedence."""
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
        run |= _windows(on_side, RUN)
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
            rule = f"7 Points {'Above' if above else 'Below'} CL"
        else:
            rule = "Common Cause"
        result.append(rule)
    return result


def _point_type(rule: str, direction: Direction) -> str:
    if rule == "Common Cause":
        return "common_cause"
    high = "Above" in rule or "Increasing" in rule
    if direction == "neutral":
        return f"special_cause_neutral_{'high' if high else 'low'}"
    return f"special_cause_{'improvement' if high == (direction == 'increase') else 'concern'}"


def _mean(values: FloatArray) -> float:
    """Return the mean rounded once, so that values which equal it are seen to.

    The sum is taken in extended precision and corrected by the mean of what is left, as R does.
    """
    wide = values.astype(np.longdouble)
    middle = wide.sum() / wide.size
    return float(middle + (wide - middle).sum() / wide.size)


def _segment(y: FloatArray, screen: bool, fix: int | None) -> tuple[float, float]:
    """Return mean and mean moving range of one segment."""
    base = y if fix is None else y[:fix]
    present = base[~np.isnan(base)]
    mean = _mean(present) if present.size else np.nan
    moving = np.abs(np.diff(base))
    moving = moving[~np.isnan(moving)]
    if moving.size == 0:
        return mean, np.nan
    average = _mean(moving)
    if screen and average > 0.0:
        average = _mean(moving[moving < SCREEN * average])
    return mean, average


def lag_one_autocorrelation(values: ArrayLike) -> float:
    """Return the correlation of a series with itself one step later, NaN for fewer than three points or no variation.

    Parameters
    ----------
    values : array_like of shape (n,)
        Regularly spaced numbers; pairs with a missing member are left out.

    Examples
    --------
    >>> round(lag_one_autocorrelation([1.0, -1.0, 1.0, -1.0]), 2)
    -0.75
    """
    x = np.asarray(values, dtype=float)
    if np.count_nonzero(~np.isnan(x)) < 3:
        return float("nan")
    unit = float(np.nanmax(np.abs(x)))
    x = x / (unit or 1.0)
    centred = x - np.nanmean(x)
    total = float(np.nansum(centred**2))
    if total <= 1e-24 * x.size:
        return float("nan")
    return float(np.nansum(centred[1:] * centred[:-1])) / total


def xmr_chart(
    values: pd.Series | ArrayLike,
    dates: Sequence[object] | pd.Index | None = None,
    *,
    improvement_direction: Direction = "increase",
    screen_outliers: bool = True,
    fix_after_n_points: int | None = None,
    rebase: Sequence[object] | date | None = (),
    target: float | Mapping[object, float] | pd.Series | None = None,
) -> ControlChart:
    r"""Draw a control chart of single values, exactly as the NHS draws them.

    For each segment between rebases the centre line is the mean :math:`\bar x` and the limits are
    :math:`\bar x \pm 2.66\,\overline{mR}`, where :math:`\overline{mR}` is the mean of
    :math:`|x_i - x_{i-1}|`, taken without those of :math:`3.267\,\overline{mR}` or more when
    ``screen_outliers`` is set.

    Parameters
    ----------
    values : pandas.Series or array_like of shape (n,)
        The measure; missing values stay on the chart as missing, and break runs and trends.
    dates : sequence, optional
        A date (or number) for each value, in any order, each once. Taken from the index of a series.
    improvement_direction : {"increase", "decrease", "neutral"}
        Which way is better.
    screen_outliers : bool, default True
        Whether very large moving ranges are left out of the limits.
    fix_after_n_points : int, optional
        Compute mean and limits of each segment from its first so many points (a baseline) and extend them.
    rebase : sequence of dates, or one date
        Each starts a new segment at the first point on or after it.
    target : float, mapping or pandas.Series, optional
        One target, or steps ``{date: value}`` that hold from their date until the next one; a missing value ends one.

    Returns
    -------
    ControlChart
        The table of points, both icons, and warnings.

    Raises
    ------
    InputError
        When dates repeat or do not match, values are infinite or all missing, a rebase lies after the last point, or
        an option is out of range.

    Notes
    -----
    Assumes that points are independent and roughly symmetric around a constant mean. Months of the year are not
    independent of each other: for attendances use ``seasonal_control_chart``. With fewer than 13 points a segment's
    limits are rough, and the chart says so. A segment with a single point has no limits.

    A turning point that a rising and a falling trend share is named for the later one. A trend's last point is named
    by the step to its right where another trend starts straight after; after a tie such a point reads "Decreasing",
    as it does on the NHS's charts.

    References
    ----------
    NHS England, Making Data Count; Wheeler, D. J. (1993), Understanding Variation.

    Examples
    --------
    >>> chart = xmr_chart([10, 12, 11, 13, 12, 11, 30], improvement_direction="decrease", target=20)
    >>> chart.table["special_cause_type"].iloc[-1], chart.variation_icon, chart.assurance_icon
    ('Above UCL', 'special_cause_concern', 'consistent_pass')
    """
    if improvement_direction not in ("increase", "decrease", "neutral"):
        raise InputError(
            f"improvement_direction: {improvement_direction!r} is not 'increase', 'decrease' or 'neutral'"
        )
    fix_after_n_points = _baseline(fix_after_n_points)
    y, index = _check_points(values, dates)
    group = _rebase_groups(index, rebase)
    goal = _targets(index, target)
    n = y.size
    mean, spread = np.full(n, np.nan), np.full(n, np.nan)
    rules: list[str] = []
    warnings: list[str] = []
    short = np.zeros(n, dtype=bool)
    outside, close = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    side = np.zeros(n)
    for g in np.unique(group):
        rows = group == g
        part = y[rows]
        centre, average = _segment(part, screen_outliers, fix_after_n_points)
        short[rows] = part.size < SHORT_GROUP
        if part.size < SHORT_GROUP:
            warnings.append(
                f"the segment from {_say(index[rows][0])} has only {part.size} points, so limits are rough"
            )
        if np.isnan(average):
            warnings.append(
                f"the segment from {_say(index[rows][0])} has no two neighbouring points, so no limits"
            )
        with np.errstate(invalid="ignore"):
            out = (part > centre + LIMIT * average) | (part < centre - LIMIT * average)
            near = ~out & (
                (part > centre + 2 * (LIMIT / 3) * average) | (part < centre - 2 * (LIMIT / 3) * average)
            )
            position = np.nan_to_num(np.sign(part - centre))
        mean[rows], spread[rows] = centre, average
        outside[rows], close[rows], side[rows] = out, near, position
        rules += _rules(part, out, position, near)
    if np.isnan(y).any():
        warnings.append(f"{int(np.isnan(y).sum())} of {n} points are missing")
    correlation = lag_one_autocorrelation(y - mean)
    if n >= SHORT_GROUP and correlation > 2.0 / np.sqrt(n):
        warnings.append(
            f"points are autocorrelated (lag one {correlation:.2f}), so more of them break a rule than chance explains"
        )
    table = pd.DataFrame(
        {
            "date": index,
            "y": y,
            "rebase_group": group,
            "mean": mean,
            "lpl": mean - LIMIT * spread,
            "upl": mean + LIMIT * spread,
            "outside_limits": outside,
            "relative_to_mean": side.astype(int),
            "close_to_limits": close,
            "special_cause_type": rules,
            "point_type": [_point_type(rule, improvement_direction) for rule in rules],
            "target": goal,
            "short_group_warning": short,
        }
    )
    method = "XmR chart: mean and 2.66 times the mean moving range"
    method += ", large moving ranges screened" if screen_outliers else ""
    method += "" if fix_after_n_points is None else f", baseline of {fix_after_n_points} points"
    last = table.dropna(subset=["y"]).iloc[-1]
    return ControlChart(
        table,
        str(last["point_type"]),
        _assurance(float(last["target"]), float(last["lpl"]), float(last["upl"]), improvement_direction),
        improvement_direction,
        tuple(warnings),
        method,
    )


def _say(value: object) -> str:
    return f"{value:%Y-%m-%d}" if isinstance(value, pd.Timestamp) else str(value)


def _assurance(target: float, lower: float, upper: float, direction: Direction) -> str:
    if direction == "neutral" or np.isnan(target) or np.isnan(lower):
        return ""
    if target > upper:
        return "consistent_fail" if direction == "increase" else "consistent_pass"
    if target < lower:
        return "consistent_pass" if direction == "increase" else "consistent_fail"
    return "inconsistent"


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
    logs = np.log(s / days_in_month(s.index) if per_day else s)
    effects = logs.groupby(calendar_month).transform("mean")
    return pd.Series(np.exp(logs - effects + logs.mean()), name=s.name)


def seasonal_control_chart(
    series: pd.Series,
    *,
    improvement_direction: Direction = "neutral",
    per_day: bool = True,
    screen_outliers: bool = True,
    fix_after_n_points: int | None = None,
    rebase: Sequence[object] | date | None = (),
    target: float | Mapping[object, float] | pd.Series | None = None,
) -> ControlChart:
    """Draw an XmR chart of a monthly series after taking out days and fixed month effects.

    Parameters
    ----------
    series : pandas.Series
        Positive monthly counts, indexed by month.
    improvement_direction, screen_outliers, fix_after_n_points, rebase, target
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
