"""Shewhart charts for counts, proportions, rates and times, with Anhøj's rules for runs and crossings.

Limits lie three sigma from the centre. Sigma comes from the distribution of the measure (binomial, Poisson), or from
moving ranges divided by 1.128, or, for the charts marked with a prime, from both: the distribution's sigma times the
sigma of the standardised points, which suits the large denominators of national statistics (Laney 2002).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import in_one_order, numbers, vector
from healthdevo.series.monthly import in_time
from healthdevo.typing import FloatArray

__all__ = ["RunsTest", "ShewhartChart", "p_prime_chart", "runs_test", "shewhart_chart", "shewhart_limits"]

Kind = Literal["i", "mr", "p", "p'", "c", "c'", "u", "u'", "t"]

_KINDS = ("i", "mr", "p", "p'", "c", "c'", "u", "u'", "t")
_SIZED = ("p", "p'", "u", "u'")
_SCREEN = 3.267
_D2 = 1.128
_TIME_POWER = 3.6


@dataclass(frozen=True)
class RunsTest:
    """Anhøj's test of runs and crossings around the centre line.

    Parameters
    ----------
    useful : int
        Points that do not lie on the centre line.
    longest_run, longest_run_max : int
        Longest run on one side, and the longest that is not unusual.
    crossings, crossings_min : int
        Crossings of the centre line, and the fewest that are not unusual.
    signal : bool
        Whether either is unusual.
    """

    useful: int
    longest_run: int
    longest_run_max: int
    crossings: int
    crossings_min: int
    signal: bool


@dataclass(frozen=True)
class ShewhartChart:
    """A Shewhart chart.

    Parameters
    ----------
    kind : str
        Kind of chart.
    table : pandas.DataFrame
        For each point ``y``, ``size``, ``part``, ``baseline``, ``included``, ``cl``, ``lcl``, ``ucl``, ``signal``
        (beyond a limit).
    runs : tuple of RunsTest
        One for each part.
    """

    kind: str
    table: pd.DataFrame = field(repr=False, compare=False)
    runs: tuple[RunsTest, ...]

    @property
    def sentence(self) -> str:
        """What the chart shows, in plain English."""
        beyond = int(self.table["signal"].sum())
        text = f"{beyond or 'No'} point{'' if beyond == 1 else 's'} of {len(self.table)} beyond the limits"
        unusual = any(test.signal for test in self.runs)
        return f"{text}; the pattern of runs is {'unusual' if unusual else 'what chance gives'}."


def _mean_moving_range(values: FloatArray, screen: bool) -> float:
    """Return the mean moving range, large ones screened out once where asked."""
    moving = np.abs(np.diff(values))
    moving = moving[~np.isnan(moving)]
    if moving.size == 0:
        return float("nan")
    average = float(moving.mean())
    return float(moving[moving < _SCREEN * average].mean()) if screen and average > 0.0 else average


def shewhart_limits(
    kind: Kind, counts: FloatArray, sizes: FloatArray | None = None, *, screen_outliers: bool = False
) -> tuple[float, float, float]:
    r"""Return centre, the sigma of one unit of size, and the inflation of a primed chart, from the points given.

    Parameters
    ----------
    kind : str
        ``i``, ``p``, ``p'``, ``c``, ``c'``, ``u`` or ``u'``.
    counts : ndarray of shape (n,)
        Values (``i``) or counts.
    sizes : ndarray of shape (n,), optional
        Denominators of ``p`` and ``u``.
    screen_outliers : bool, default False
        Whether moving ranges of 3.267 times their mean or more are left out, once.

    Returns
    -------
    centre, sigma, inflation : float
        The limits of a point of size ``m`` are ``centre`` plus and minus ``3 sigma inflation / sqrt(m)``.

    Notes
    -----
    Sigma is :math:`\sqrt{\bar p (1 - \bar p)}`, :math:`\sqrt{\bar u}` or :math:`\sqrt{\bar c}`; inflation is the mean
    moving range of the standardised points over 1.128. For ``i`` the sigma is
    the mean moving range over 1.128.

    Examples
    --------
    >>> centre, sigma, inflation = shewhart_limits("c", np.array([4.0, 6.0, 5.0]))
    >>> centre, round(sigma, 3), inflation
    (5.0, 2.236, 1.0)
    """
    if kind == "i":
        return float(np.nanmean(counts)), _mean_moving_range(counts, screen_outliers) / _D2, 1.0
    size = np.ones(counts.size) if sizes is None else sizes
    known = ~(np.isnan(counts) | np.isnan(size))
    centre = float(counts[known].sum() / size[known].sum())
    sigma = float(np.sqrt(centre * (1.0 - centre) if kind.startswith("p") else centre))
    if not kind.endswith("'") or sigma == 0.0:
        return centre, sigma, 1.0
    z = (counts / size - centre) / (sigma / np.sqrt(size))
    return centre, sigma, _mean_moving_range(z, screen_outliers) / _D2


@front_door
@in_one_order("values", "centre")
def runs_test(values: ArrayLike, centre: float | ArrayLike, *, run_length: int | None = None) -> RunsTest:
    """Test runs and crossings around a centre line.

    Parameters
    ----------
    values : array_like of shape (n,)
        Points in order; missing ones are left out.
    centre : float or array_like
        Centre line.
    run_length : int, optional
        Points on one side that make a shift, at least 2, instead of Anhøj's limit.

    Returns
    -------
    RunsTest

    Notes
    -----
    A run longer than ``round(log2(n) + 3)``, or fewer crossings than the 5% quantile of a binomial with ``n - 1``
    trials of one half, is unusual, with ``n`` the points off the centre line.

    References
    ----------
    Anhøj, J. and Olesen, A. V. (2014), Run charts revisited, PLoS ONE 9: e113825.

    Examples
    --------
    >>> runs_test([1, 2, 1, 2, 1, 2, 1, 2, 1, 2], 1.5).signal
    False
    """
    if run_length is not None and run_length < 2:
        raise InputError(
            f"run_length: {run_length!r} is not valid; give at least 2 points, or None for Anhøj's limit"
        )
    y = vector(values, "values", missing=True)
    middle = numbers(centre, "centre")
    if middle.ndim:
        middle = vector(centre, "centre", y.size, missing=True)
    if np.isinf(middle).any():
        raise InputError("centre: is infinite; give finite numbers")
    side = np.sign(y - middle)
    side = side[~np.isnan(side) & (side != 0.0)]
    n = int(side.size)
    if n == 0:
        return RunsTest(0, 0, 0, 0, 0, False)
    edges = np.flatnonzero(np.diff(side) != 0.0)
    longest = int(np.diff(np.concatenate([[-1], edges, [n - 1]])).max())
    longest_max = int(np.round(np.log2(n) + 3.0)) if run_length is None else run_length - 1
    crossings_min = int(stats.binom.ppf(0.05, n - 1, 0.5)) if n > 1 else 0
    return RunsTest(
        n,
        longest,
        longest_max,
        int(edges.size),
        crossings_min,
        longest > longest_max or edges.size < crossings_min,
    )


@front_door
@in_one_order("values", "sizes")
def shewhart_chart(
    values: ArrayLike,
    sizes: ArrayLike | None = None,
    *,
    kind: Kind = "i",
    baseline: int | None = None,
    exclude: Sequence[int] = (),
    parts: Sequence[int] = (),
    multiplier: float = 1.0,
    screen_outliers: bool = False,
    run_length: int | None = None,
) -> ShewhartChart:
    """Draw a Shewhart chart.

    Parameters
    ----------
    values : array_like of shape (n,)
        Measurements (``i``, ``mr``), counts (``c``, ``p``, ``u`` and their primed kinds), or times between events
        (``t``), in order; of a Series with dates the dates give the order, and months without a row are missing points.
    sizes : array_like of shape (n,), optional
        Denominators of ``p`` and ``u`` charts, above zero.
    kind : {"i", "mr", "p", "p'", "c", "c'", "u", "u'", "t"}
        Kind of chart.
    baseline : int, optional
        Number of points of each part that its centre and limits are computed from.
    exclude : sequence of int
        Positions (from 0, of rows as given) left out of centre, limits and runs, still drawn.
    parts : sequence of int
        Positions at which a new part starts, with its own centre and limits.
    multiplier : float, default 1
        Scale of what is drawn, such as 100 for per cent.
    screen_outliers : bool, default False
        Whether moving ranges of 3.267 times their mean or more are left out of limits that are made of them.
    run_length : int, optional
        Points on one side of the centre that make a shift, at least 2; without it Anhøj's limit, which grows with the series.

    Returns
    -------
    ShewhartChart

    Raises
    ------
    InputError
        When values are negative where counts are meant, sizes are missing, positions lie outside, or a part has no
        point to compute from.

    References
    ----------
    Montgomery, D. C. (2009), Introduction to Statistical Quality Control, 6th edition, Wiley.
    Laney, D. B. (2002), Improved control charts for attributes, Quality Engineering 14.

    Examples
    --------
    >>> chart = shewhart_chart([12, 15, 8, 10], [50, 50, 50, 50], kind="p")
    >>> chart.table[["cl", "lcl", "ucl"]].iloc[0].round(4).tolist()
    [0.225, 0.0478, 0.4022]
    """
    if kind not in _KINDS:
        raise InputError(f"kind: {kind!r} is not one of {', '.join(_KINDS)}")
    return _chart(values, sizes, kind, baseline, exclude, parts, multiplier, screen_outliers, run_length)


def _read(
    values: ArrayLike, sizes: ArrayLike | None, kind: Kind, names: tuple[str, str]
) -> tuple[FloatArray, FloatArray | None]:
    """Return values and sizes, checked against each other; a point with either missing is missing."""
    of, by = names
    y = vector(values, of, missing=True)
    if kind not in ("i", "mr") and (y < 0.0).any():
        i = int(np.argmax(y < 0.0))
        raise InputError(
            f"{of}: {float(y[i])!r} at position {i} is not valid; a {kind} chart needs numbers of at least 0"
        )
    if kind not in _SIZED:
        return y, None
    if sizes is None:
        raise InputError(f"{by}: a {kind} chart needs denominators")
    size = vector(sizes, by, y.size, missing=True)
    wrong = ~np.isnan(y) & ~(size > 0.0)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise InputError(
            f"{by}: {float(size[i])!r} at position {i} is not valid; give a number above 0 where {of} has one"
        )
    if kind.startswith("p") and (y > size).any():
        i = int(np.flatnonzero(y > size)[0])
        raise InputError(f"{of}: {float(y[i])!r} at position {i} exceeds its size {float(size[i])!r} in {by}")
    return y, size


def _chart(
    values: ArrayLike,
    sizes: ArrayLike | None,
    kind: Kind,
    baseline: int | None,
    exclude: Sequence[int],
    parts: Sequence[int],
    multiplier: float,
    screen_outliers: bool,
    run_length: int | None,
    names: tuple[str, str] = ("values", "sizes"),
) -> ShewhartChart:
    y, size = _read(values, sizes, kind, names)
    for name, positions in (("exclude", exclude), ("parts", parts)):
        if any(not 0 <= position < y.size for position in positions):
            raise InputError(f"{name}: positions must lie from 0 to {y.size - 1}")
    index = values.index if isinstance(values, pd.Series) else None
    if isinstance(index, (pd.PeriodIndex, pd.DatetimeIndex)):
        rows = in_time(index, names[0])
        place = {int(row): i for i, row in enumerate(rows) if row >= 0}
        exclude, parts = [place[int(i)] for i in exclude], [place[int(i)] for i in parts]
        y = np.where(rows < 0, np.nan, y[rows])
        size = None if size is None else np.where(rows < 0, np.nan, size[rows])
    n = y.size
    if baseline is not None and baseline < 1:
        raise InputError(f"baseline: {baseline!r} is not valid; give at least 1 point")
    if not np.isfinite(multiplier):
        raise InputError(f"multiplier: {multiplier!r} is not valid; give a finite number")
    points = np.concatenate([[np.nan], np.abs(np.diff(y))]) if kind == "mr" else y
    included = np.ones(n, dtype=bool)
    included[list(exclude)] = False
    starts = np.zeros(n, dtype=np.int64)
    starts[list(parts)] = 1
    part = np.cumsum(starts) - starts[0]
    based = np.ones(n, dtype=bool)
    centre, lower, upper = np.full(n, np.nan), np.full(n, np.nan), np.full(n, np.nan)
    tests = []
    drawn = points if size is None else points / size
    for g in np.unique(part):
        rows = np.flatnonzero(part == g)
        if baseline is not None:
            based[rows[baseline:]] = False
        use = rows[based[rows] & included[rows]]
        if np.isnan(drawn[use]).all():
            raise InputError(f"{names[0]}: part {int(g) + 1} has no point to compute limits from")
        centre[rows], lower[rows], upper[rows] = _limits_of(
            kind,
            points[use],
            None if size is None else size[use],
            None if size is None else size[rows],
            screen_outliers,
        )
        kept = rows[included[rows]]
        tests.append(runs_test(drawn[kept], centre[kept], run_length=run_length))
    with np.errstate(invalid="ignore"):
        signal = (drawn > upper) | (drawn < lower)
    table = pd.DataFrame(
        {
            "y": drawn * multiplier,
            "size": np.full(n, np.nan) if size is None else size,
            "part": part + 1,
            "baseline": based,
            "included": included,
            "cl": centre * multiplier,
            "lcl": lower * multiplier,
            "ucl": upper * multiplier,
            "signal": signal,
        }
    )
    return ShewhartChart(kind, table, tuple(tests))


def _limits_of(
    kind: Kind, use: FloatArray, use_sizes: FloatArray | None, sizes: FloatArray | None, screen: bool
) -> tuple[float | FloatArray, float | FloatArray, float | FloatArray]:
    """Return centre and limits of one part, cut where the measure ends."""
    if kind == "mr":
        average = float(np.nanmean(use))
        return average, 0.0, _SCREEN * average
    if kind == "t":
        root = use ** (1.0 / _TIME_POWER)
        centre, sigma, _ = shewhart_limits("i", root, screen_outliers=screen)
        low = max(centre - 3.0 * sigma, 0.0)
        return centre**_TIME_POWER, low**_TIME_POWER, (centre + 3.0 * sigma) ** _TIME_POWER
    centre, sigma, inflation = shewhart_limits(kind, use, use_sizes, screen_outliers=screen)
    spread: float | FloatArray = 3.0 * sigma * inflation / (1.0 if sizes is None else np.sqrt(sizes))
    if kind == "i":
        return centre, centre - spread, centre + spread
    top = 1.0 if kind.startswith("p") else np.inf
    return centre, np.maximum(centre - spread, 0.0), np.minimum(centre + spread, top)


@front_door
@in_one_order("numerator", "denominator")
def p_prime_chart(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    baseline: int | None = None,
    parts: Sequence[int] = (),
    screen_outliers: bool = False,
    run_length: int | None = None,
) -> ShewhartChart:
    """Draw a P' chart of percentages, for denominators so large that plain binomial limits would be too narrow.

    Parameters
    ----------
    numerator, denominator : array_like of shape (n,)
        Such as attendances within four hours, and all attendances.
    baseline, parts, screen_outliers, run_length
        As in ``shewhart_chart``.

    Returns
    -------
    ShewhartChart
        In per cent.

    Raises
    ------
    InputError
        As in ``shewhart_chart``.

    Examples
    --------
    >>> chart = p_prime_chart([70_000, 75_000, 72_000], [100_000, 101_000, 99_000])
    >>> float(chart.table["cl"].iloc[0].round(2))
    72.33
    """
    names = ("numerator", "denominator")
    return _chart(
        numerator, denominator, "p'", baseline, (), parts, 100.0, screen_outliers, run_length, names
    )
