"""Control limits that move when the process has moved for good: the Stable Shift Algorithm.

Limits are formed from the first so many points and extended. A run of eight points on one side of the centre line
triggers the question whether the process has shifted. Candidate limits are formed from the points that start with the
run, and accepted unless a run back towards the old level begins among them, or might still turn out to.

References
----------
Woodcock, T. et al. (2025), Re-establishing control limits in statistical process control analyses: the stable shift
algorithm, BMJ Quality & Safety.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import in_one_order, vector
from healthdevo.series.monthly import in_time
from healthdevo.series.shewhart import Kind, shewhart_limits
from healthdevo.typing import FloatArray

__all__ = ["StableShiftChart", "stable_shift_chart"]


@dataclass(frozen=True)
class StableShiftChart:
    """A chart whose limits were re-established at stable shifts.

    Parameters
    ----------
    table : pandas.DataFrame
        For each point ``y``, ``size``, ``period`` (from 1), ``calculation`` (whether limits were computed from it),
        ``excluded`` (too extreme for that), ``cl``, ``lcl``, ``ucl``, ``beyond`` (a limit), ``shift`` (part of a run
        of eight or more on one side).
    breaks : tuple of int
        Positions at which limits were re-established.
    reason : str
        Why there are no limits, if so.
    """

    table: pd.DataFrame = field(repr=False, compare=False)
    breaks: tuple[int, ...]
    reason: str = ""

    @property
    def sentence(self) -> str:
        """What happened, in plain English."""
        if self.reason:
            return f"No limits were established: {self.reason}."
        k = len(self.breaks)
        return (
            f"The process shifted for good {k} time{'' if k == 1 else 's'}."
            if k
            else "There was no stable shift."
        )


@dataclass(frozen=True)
class _Limits:
    """Limits from one calculation period."""

    centre: float
    unit: float
    excluded: tuple[int, ...]

    def at(self, sizes: FloatArray) -> FloatArray:
        """Return the half width of the limits at points of given sizes."""
        return 3.0 * self.unit / np.sqrt(sizes)


def _form(
    kind: Kind, y: FloatArray, size: FloatArray, start: int, stop: int, most: int, screen: bool
) -> _Limits:
    """Form limits, leaving out the farthest point beyond them, again and again, up to a number."""
    keep = list(range(start, stop))
    excluded: list[int] = []
    while True:
        counts, sizes = y[keep], size[keep]
        centre, sigma, inflation = shewhart_limits(
            kind, counts, None if kind in ("i", "c", "c'") else sizes, screen_outliers=screen
        )
        limits = _Limits(centre, sigma * inflation, tuple(sorted(excluded)))
        distance = np.abs(counts / sizes - centre)
        beyond = distance > limits.at(sizes)
        if not beyond.any() or len(excluded) == most or len(keep) <= 2:
            return limits
        worst = int(np.argmax(np.where(beyond, distance, -1.0)))
        excluded.append(keep.pop(worst))


def _next_run(side: FloatArray, start: int, length: int, direction: float | None = None) -> int | None:
    """Return the first position from start at which a run of the length begins."""
    for i in range(start, side.size - length + 1):
        first = side[i]
        if (
            first != 0.0
            and (direction is None or first == direction)
            and (side[i : i + length] == first).all()
        ):
            return i
    return None


def _goes_back(side: FloatArray, start: int, stop: int, length: int, direction: float) -> bool:
    """Tell whether a run in a direction begins in [start, stop), or the last run of the series may yet be one.

    A run that starts with the period comes from the old level and goes nowhere back.
    """
    while start < stop and side[start] == direction:
        start += 1
    first = _next_run(side, start, length, direction)
    if first is not None and first < stop:
        return True
    other = np.flatnonzero(side != direction)
    tail = int(other[-1]) + 1 if other.size else 0
    return max(tail, start) < min(stop, side.size)


@front_door
@in_one_order("values", "sizes")
def stable_shift_chart(
    values: ArrayLike,
    sizes: ArrayLike | None = None,
    *,
    kind: Literal["i", "c", "c'", "p", "p'"] = "i",
    dates: Sequence[object] | pd.Index | None = None,
    period_min: int = 21,
    run_length: int = 8,
    max_exclusions: int = 3,
    screen_outliers: bool = True,
) -> StableShiftChart:
    """Draw a control chart whose limits are re-established at stable shifts.

    Parameters
    ----------
    values : array_like of shape (n,)
        Measurements (``i``) or counts, in order, none missing.
    sizes : array_like of shape (n,), optional
        Denominators of ``p`` and ``p'`` charts, above zero.
    kind : {"i", "c", "c'", "p", "p'"}
        Kind of limits, as in ``shewhart_chart``; ``p`` charts are drawn in per cent.
    dates : sequence, optional
        Labels of the points.
    period_min : int, default 21
        Points that limits are formed from; 24 suits monthly series.
    run_length : int, default 8
        Points on one side that make a shift.
    max_exclusions : int, default 3
        Most points left out of a calculation for lying beyond its limits, the farthest first.
    screen_outliers : bool, default True
        Whether moving ranges of 3.267 times their mean or more are left out of limits that are made of them.

    Returns
    -------
    StableShiftChart
        Without limits, and with a reason, when there are fewer than ``period_min`` points.

    Raises
    ------
    InputError
        When values or sizes are missing or out of range, or an option is too small.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> chart = stable_shift_chart(np.concatenate([rng.normal(10, 1, 40), rng.normal(14, 1, 40)]))
    >>> chart.breaks
    (40,)
    """
    if kind not in ("i", "c", "c'", "p", "p'"):
        raise InputError(f"kind: {kind!r} is not one of i, c, c', p, p'")
    for name, number, least in (
        ("period_min", period_min, 3),
        ("run_length", run_length, 2),
        ("max_exclusions", max_exclusions, 0),
    ):
        if number < least:
            raise InputError(f"{name}: {number!r} is not valid; give at least {least}")
    y = vector(values, "values", least=None if kind == "i" else 0.0)
    index = values.index if isinstance(values, pd.Series) else None
    order = np.arange(y.size)
    if isinstance(index, (pd.PeriodIndex, pd.DatetimeIndex)):
        order = in_time(index, "values")
        if (order < 0).any():
            raise InputError(
                f"values: no row follows {index[order[int(np.argmax(order < 0)) - 1]]}, where one is due; none may be missing"
            )
        y = y[order]
    n = y.size
    size = np.ones(n)
    scale = 1.0
    if kind.startswith("p"):
        if sizes is None:
            raise InputError(f"sizes: a {kind} chart needs denominators")
        size, scale = vector(sizes, "sizes", n, above=0.0)[order], 100.0
        if (y > size).any():
            i = int(order[int(np.argmax(y > size))])
            raise InputError(f"sizes: row {i} is smaller than its value; give at least as many")
    if dates is not None and len(dates) != n:
        raise InputError(f"dates: {len(dates)} labels for {n} values")
    reason = "" if n >= period_min else f"{n} points are fewer than the {period_min} needed"
    accepted: list[tuple[int, _Limits]] = []
    if not reason:
        accepted.append((0, _form(kind, y, size, 0, period_min, max_exclusions, screen_outliers)))
        counter = period_min
        while n - counter >= period_min:
            limits = accepted[-1][1]
            side = np.sign(y / size - limits.centre)
            trigger = _next_run(side, counter, run_length)
            if trigger is None or n - trigger < period_min:
                break
            candidate = _form(kind, y, size, trigger, trigger + period_min, max_exclusions, screen_outliers)
            new_side = np.sign(y / size - candidate.centre)
            if _goes_back(new_side, trigger, trigger + period_min, run_length, -float(side[trigger])):
                counter = trigger + 1
            else:
                accepted.append((trigger, candidate))
                counter = trigger + period_min
    table = _table(y, size, accepted, scale, period_min, run_length)
    if dates is not None:
        table.index = pd.Index(dates)[order]
    return StableShiftChart(table, tuple(start for start, _ in accepted[1:]), reason)


def _table(
    y: FloatArray,
    size: FloatArray,
    accepted: list[tuple[int, _Limits]],
    scale: float,
    period_min: int,
    run_length: int,
) -> pd.DataFrame:
    n = y.size
    centre, width = np.full(n, np.nan), np.full(n, np.nan)
    period = np.zeros(n, dtype=np.int64)
    calculation, excluded = np.zeros(n, dtype=bool), np.zeros(n, dtype=bool)
    shift = np.zeros(n, dtype=bool)
    value = y / size
    for number, (start, limits) in enumerate(accepted):
        stop = accepted[number + 1][0] if number + 1 < len(accepted) else n
        rows = slice(start, stop)
        centre[rows], width[rows], period[rows] = limits.centre, limits.at(size[rows]), number + 1
        calculation[start : start + period_min] = True
        excluded[list(limits.excluded)] = True
    side = np.sign(np.nan_to_num(value - centre))
    run = 1
    for i in range(1, n + 1):
        if i < n and side[i] == side[i - 1] != 0.0 and period[i] == period[i - 1]:
            run += 1
            continue
        if run >= run_length and side[i - 1] != 0.0:
            shift[i - run : i] = True
        run = 1
    with np.errstate(invalid="ignore"):
        beyond = np.abs(value - centre) > width
    return pd.DataFrame(
        {
            "y": value * scale,
            "size": size,
            "period": period,
            "calculation": calculation,
            "excluded": excluded,
            "cl": centre * scale,
            "lcl": (centre - width) * scale,
            "ucl": (centre + width) * scale,
            "beyond": beyond,
            "shift": shift,
        }
    )
