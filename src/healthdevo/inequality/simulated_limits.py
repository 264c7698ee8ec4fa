"""Limits by simulation, for measures of groups that have none in closed form."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from scipy import special

from healthdevo.errors import InputError
from healthdevo.inequality.group_values import Groups, Levels
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.typing import FloatArray, IntArray

__all__ = ["DRAWS", "Seed", "SimulatedEstimate", "quotient", "simulated"]

Seed = int | np.random.Generator
DRAWS = 100_000
_CHUNK = 20_000


@dataclass(frozen=True, kw_only=True)
class SimulatedEstimate(Estimate):
    """An estimate whose limits are simulated, because they have no closed form.

    Parameters
    ----------
    draws : int
        Number of simulated data sets.
    monte_carlo_errors : tuple of (float, float)
        Standard error of the lower and of the upper limit that comes from the simulation, one pair for each level.
    """

    draws: int
    monte_carlo_errors: tuple[tuple[float, float], ...]


def simulated(
    measure: str,
    statistic: Callable[[FloatArray], FloatArray],
    groups: Groups,
    scale: float | None,
    levels: Levels,
    draws: int,
    seed: Seed,
    unit: str,
) -> SimulatedEstimate:
    """Return a statistic of the groups' values with percentile limits over simulated values."""
    wanted = check_levels(levels)
    estimate = float(statistic(groups.values[np.newaxis, :])[0])
    bound = "" if scale is None else f" between 0 and {scale:g}"
    method = f"percentiles over normal draws of the groups' values{bound}"
    errors, n = groups.uncertain, groups.values.size
    if np.isnan(estimate) or errors is None:
        reason = groups.without_interval() if not np.isnan(estimate) else "the mean is not above 0"
        return SimulatedEstimate(
            measure, estimate, np.nan, (), n, method, unit, reason, draws=0, monte_carlo_errors=()
        )
    if draws < 1000 or draws != int(draws):
        raise InputError(f"draws: {draws!r} is not valid; give a whole number, at least 1000")
    generator = np.random.default_rng(seed)
    rank = np.argsort(np.lexsort((groups.shares, errors, groups.values)))  # the order of groups means nothing
    found = np.sort(
        np.concatenate(
            [
                statistic(_draw(groups.values, errors, scale, min(_CHUNK, draws - start), generator, rank))
                for start in range(0, draws, _CHUNK)
            ]
        )
    )
    intervals, noise = [], []
    for level in wanted:
        limits, doubts = [], []
        for p in ((1.0 - level) / 2.0, (1.0 + level) / 2.0):
            width = np.sqrt(p * (1.0 - p) / draws)
            low, limit, high = np.quantile(found, [max(p - width, 0.0), p, min(p + width, 1.0)])
            limits.append(float(limit))
            doubts.append(float(high - low) / 2.0)
        intervals.append(Interval(level, limits[0], limits[1]))
        noise.append((doubts[0], doubts[1]))
    return SimulatedEstimate(
        measure,
        estimate,
        float(found.std()),
        tuple(intervals),
        n,
        method,
        unit,
        draws=draws,
        monte_carlo_errors=tuple(noise),
    )


def _draw(
    values: FloatArray,
    errors: FloatArray,
    scale: float | None,
    draws: int,
    generator: np.random.Generator,
    rank: IntArray,
) -> FloatArray:
    """Return normal draws, truncated to the range of the scale, shape (draws, groups); each group's are those of its rank."""
    if scale is None:
        free: FloatArray = values + errors * generator.standard_normal((draws, values.size))[:, rank]
        return free
    noisy = errors > 0.0
    safe = np.where(noisy, errors, 1.0)
    low, high = special.ndtr((0.0 - values) / safe), special.ndtr((scale - values) / safe)
    uniform = generator.random((draws, values.size))[:, rank]
    drawn = values + safe * special.ndtri(low + uniform * (high - low))
    return np.where(noisy, np.clip(drawn, 0.0, scale), values)


def quotient(top: FloatArray, bottom: FloatArray) -> FloatArray:
    """Return a quotient, NaN where the divisor is not above 0."""
    return np.where(bottom > 0.0, top / np.where(bottom > 0.0, bottom, 1.0), np.nan)
