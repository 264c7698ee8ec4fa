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

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import vector
from healthdevo.series.chart_rules import (
    LIMIT,
    RUN,
    SCREEN,
    SHORT_GROUP,
    Direction,
    apply_rules,
    baseline_length,
    check_points,
    exact_mean,
    rebase_groups,
    target_steps,
    type_of_point,
)
from healthdevo.typing import Figure, FloatArray
from healthdevo.wording import number

__all__ = ["ControlChart", "lag_one_autocorrelation", "xmr_chart"]


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


def _segment(y: FloatArray, screen: bool, fix: int | None) -> tuple[float, float]:
    """Return mean and mean moving range of one segment."""
    base = y if fix is None else y[:fix]
    present = base[~np.isnan(base)]
    mean = exact_mean(present) if present.size else np.nan
    moving = np.abs(np.diff(base))
    moving = moving[~np.isnan(moving)]
    if moving.size == 0:
        return mean, np.nan
    average = exact_mean(moving)
    if screen and average > 0.0:
        average = exact_mean(moving[moving < SCREEN * average])
    return mean, average


@front_door
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
    x = vector(values, "values", missing=True)
    if np.count_nonzero(~np.isnan(x)) < 3:
        return float("nan")
    unit = float(np.nanmax(np.abs(x)))
    x = x / (unit or 1.0)
    centred = x - np.nanmean(x)
    total = float(np.nansum(centred**2))
    if total <= 1e-24 * x.size:
        return float("nan")
    return float(np.nansum(centred[1:] * centred[:-1])) / total


@front_door
def xmr_chart(
    values: pd.Series | ArrayLike,
    dates: Sequence[object] | pd.Index | None = None,
    *,
    improvement_direction: Direction = "increase",
    screen_outliers: bool = True,
    run_length: int = RUN,
    fix_after_n_points: int | None = None,
    rebase: Sequence[object] | pd.Period | date | str | None = (),
    target: float | Mapping[object, Figure | None] | pd.Series | None = None,
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
        A date (or number) for each value, in any order, each once. Taken from the index of a series. In a monthly (or
        quarterly, or yearly) series, months that have no row are drawn as missing.
    improvement_direction : {"increase", "decrease", "neutral"}
        Which way is better.
    screen_outliers : bool, default True
        Whether very large moving ranges are left out of the limits, as on the NHS's charts.
    run_length : int, default 7
        Points on one side of the mean that make a shift, at least 2; a trend stays at 7 points.
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
    if run_length < 2:
        raise InputError(f"run_length: {run_length!r} is not valid; give at least 2 points")
    fix_after_n_points = baseline_length(fix_after_n_points)
    y, index = check_points(values, dates)
    group = rebase_groups(index, rebase)
    goal = target_steps(index, target)
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
        rules += apply_rules(part, out, position, near, run_length)
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
            "point_type": [type_of_point(rule, improvement_direction) for rule in rules],
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
