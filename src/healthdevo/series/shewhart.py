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


def _mean_moving_range(values: FloatArray) -> float:
    """Return the mean moving range, large ones screened out once."""
    moving = np.abs(np.diff(values))
    moving = moving[~np.isnan(moving)]
    if moving.size == 0:
        return float("nan")
    average = float(moving.mean())
    return float(moving[moving < _SCREEN * average].mean()) if average > 0.0 else 0.0


def shewhart_limits(
    kind: Kind, counts: FloatArray, sizes: FloatArray | None = None
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

    Returns
    -------
    centre, sigma, inflation : float
        The limits of a point of size ``m`` are ``centre`` plus and minus ``3 sigma inflation / sqrt(m)``.

    Notes
    -----
    Sigma is :math:`\sqrt{\bar p (1 - \bar p)}`, :math:`\sqrt{\bar u}` or :math:`\sqrt{\bar c}`; inflation is the mean
    moving range of the standardised points over 1.128, screened once at 3.267 times its mean. For ``i`` the sigma is
    the mean moving range over 1.128.

    Examples
    --------
    >>> centre, sigma, inflation = shewhart_limits("c", np.array([4.0, 6.0, 5.0]))
    >>> centre, round(sigma, 3), inflation
    (5.0, 2.236, 1.0)
    """
    if kind == "i":
        return float(np.nanmean(counts)), _mean_moving_range(counts) / _D2, 1.0
    size = np.ones(counts.size) if sizes is None else sizes
    known = ~(np.isnan(counts) | np.isnan(size))
    centre = float(counts[known].sum() / size[known].sum())
    sigma = float(np.sqrt(centre * (1.0 - centre) if kind.startswith("p") else centre))
    if not kind.endswith("'") or sigma == 0.0:
        return centre, sigma, 1.0
    z = (counts / size - centre) / (sigma / np.sqrt(size))
    return centre, sigma, _mean_moving_range(z) / _D2


@front_door
def runs_test(values: ArrayLike, centre: float | ArrayLike) -> RunsTest:
    """Test runs and crossings around a centre line.

    Parameters
    ----------
    values : array_like of shape (n,)
        Points in order; missing ones are left out.
    centre : float or array_like
        Centre line.

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
    y = np.asarray(values, dtype=float)
    side = np.sign(y - centre)
    side = side[~np.isnan(side) & (side != 0.0)]
    n = int(side.size)
    if n == 0:
        return RunsTest(0, 0, 0, 0, 0, False)
    edges = np.flatnonzero(np.diff(side) != 0.0)
    longest = int(np.diff(np.concatenate([[-1], edges, [n - 1]])).max())
    longest_max = int(np.round(np.log2(n) + 3.0))
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
def shewhart_chart(
    values: ArrayLike,
    sizes: ArrayLike | None = None,
    *,
    kind: Kind = "i",
    baseline: int | None = None,
    exclude: Sequence[int] = (),
    parts: Sequence[int] = (),
    multiplier: float = 1.0,
) -> ShewhartChart:
    """Draw a Shewhart chart.

    Parameters
    ----------
    values : array_like of shape (n,)
        Measurements (``i``, ``mr``), counts (``c``, ``p``, ``u`` and their primed kinds), or times between events
        (``t``), in order.
    sizes : array_like of shape (n,), optional
        Denominators of ``p`` and ``u`` charts, above zero.
    kind : {"i", "mr", "p", "p'", "c", "c'", "u", "u'", "t"}
        Kind of chart.
    baseline : int, optional
        Number of points of each part that its centre and limits are computed from.
    exclude : sequence of int
        Positions (from 0) left out of centre, limits and runs, still drawn.
    parts : sequence of int
        Positions at which a new part starts, with its own centre and limits.
    multiplier : float, default 1
        Scale of what is drawn, such as 100 for per cent.

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
    y = np.asarray(values, dtype=float)
    if y.ndim != 1 or y.size == 0 or np.isinf(y).any():
        raise InputError("values: give one finite (or missing) number for each point")
    n = y.size
    if kind not in ("i", "mr") and (y < 0.0).any():
        raise InputError(
            f"values: {float(y[y < 0.0][0])!r} is not valid; a {kind} chart needs numbers of at least 0"
        )
    size: FloatArray | None = None
    if kind in _SIZED:
        if sizes is None:
            raise InputError(f"sizes: a {kind} chart needs denominators")
        size = np.asarray(sizes, dtype=float)
        if size.shape != y.shape or not (size[~np.isnan(y)] > 0.0).all():
            raise InputError("sizes: give one number above 0 for each value")
        if kind.startswith("p") and (y > size).any():
            i = int(np.flatnonzero(y > size)[0])
            raise InputError(f"values: {float(y[i])!r} at position {i} exceeds its size {float(size[i])!r}")
    for name, positions in (("exclude", exclude), ("parts", parts)):
        if any(not 0 <= position < n for position in positions):
            raise InputError(f"{name}: positions must lie from 0 to {n - 1}")
    if baseline is not None and baseline < 1:
        raise InputError(f"baseline: {baseline!r} is not valid; give at least 1 point")
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
            raise InputError(f"values: part {int(g) + 1} has no point to compute limits from")
        centre[rows], lower[rows], upper[rows] = _limits_of(
            kind, points[use], None if size is None else size[use], None if size is None else size[rows]
        )
        kept = rows[included[rows]]
        tests.append(runs_test(drawn[kept], centre[kept]))
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
    kind: Kind, use: FloatArray, use_sizes: FloatArray | None, sizes: FloatArray | None
) -> tuple[float | FloatArray, float | FloatArray, float | FloatArray]:
    """Return centre and limits of one part, cut where the measure ends."""
    if kind == "mr":
        average = float(np.nanmean(use))
        return average, 0.0, _SCREEN * average
    if kind == "t":
        root = use ** (1.0 / _TIME_POWER)
        centre, sigma, _ = shewhart_limits("i", root)
        low = max(centre - 3.0 * sigma, 0.0)
        return centre**_TIME_POWER, low**_TIME_POWER, (centre + 3.0 * sigma) ** _TIME_POWER
    centre, sigma, inflation = shewhart_limits(kind, use, use_sizes)
    spread: float | FloatArray = 3.0 * sigma * inflation / (1.0 if sizes is None else np.sqrt(sizes))
    if kind == "i":
        return centre, centre - spread, centre + spread
    top = 1.0 if kind.startswith("p") else np.inf
    return centre, np.maximum(centre - spread, 0.0), np.minimum(centre + spread, top)


@front_door
def p_prime_chart(
    numerator: ArrayLike,
    denominator: ArrayLike,
    *,
    baseline: int | None = None,
    parts: Sequence[int] = (),
) -> ShewhartChart:
    """Draw a P' chart of percentages, for denominators so large that plain binomial limits would be too narrow.

    Parameters
    ----------
    numerator, denominator : array_like of shape (n,)
        Such as attendances within four hours, and all attendances.
    baseline, parts
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
    return shewhart_chart(numerator, denominator, kind="p'", baseline=baseline, parts=parts, multiplier=100.0)
