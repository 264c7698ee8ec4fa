"""Simulated panels with a map: areas on a grid, trends of their own, noise that neighbours and years share, one treated region.

Trends before treatment differ between areas, and a known share of them goes on after it began. With ``trend_t`` the area's slope
and ``m`` the middle of the periods before treatment, the outcome holds ``slope (t - m)`` before and ``persistence slope (t - m)``
from then on; so the change between the two means is ``persistence`` times the trend carried on in full.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.placebo_groups import grown
from healthdevo.front_door import front_door
from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = ["RegionalWorld", "draw_regional_panel"]


@dataclass(frozen=True)
class RegionalWorld:
    """Size, trends and noise of a simulated panel with a map.

    Parameters
    ----------
    areas, width : int
        Number of areas, and how many lie in a row of the grid.
    periods, treated, start : int
        Number of periods, of treated areas (one contiguous region) and position of the first treated period.
    noise : float
        Standard deviation of the noise, on average over areas in logarithms.
    autocorrelation : float
        Of the noise between consecutive periods, between -1 and 1.
    shared : float
        Share of the variance of noise, levels and trends that neighbours have in common, from 0 to 1; it fades with distance.
    unequal : float
        Standard deviation, over areas, of the logarithm of the noise's standard deviation.
    level_spread : float
        Standard deviation of the areas' own levels.
    trend_spread : float
        Standard deviation of the areas' own trends, a period.
    persistence : float
        Share of those trends that goes on after treatment began.
    candidates : int
        Regions drawn, of which the one whose observed trend before treatment falls most is treated; 1 is treatment at random.
    """

    areas: int = 262
    width: int = 16
    periods: int = 10
    treated: int = 10
    start: int = 5
    noise: float = 1.0
    autocorrelation: float = 0.0
    shared: float = 0.0
    unequal: float = 0.0
    level_spread: float = 0.0
    trend_spread: float = 0.0
    persistence: float = 0.0
    candidates: int = 1

    def __post_init__(self) -> None:
        if not (1 <= self.treated < self.areas and 1 <= self.start < self.periods and self.width >= 1):
            raise InputError(
                "world: at least one treated area, one control, one period before and one after, and a width of one are needed"
            )
        if not (self.noise > 0 and -1 < self.autocorrelation < 1 and 0 <= self.shared <= 1):
            raise InputError(
                "world: noise must be positive, autocorrelation between -1 and 1 and shared from 0 to 1"
            )
        if min(self.unequal, self.level_spread, self.trend_spread) < 0 or self.candidates < 1:
            raise InputError("world: spreads and unequal must not be negative, and candidates at least 1")

    @property
    def places(self) -> tuple[IntArray, IntArray]:
        """Row and column of each area."""
        row, column = np.divmod(np.arange(self.areas), self.width)
        return row.astype(np.int64), column.astype(np.int64)

    @property
    def adjacency(self) -> BoolArray:
        """Which areas share a border."""
        row, column = self.places
        steps = np.abs(row[:, None] - row) + np.abs(column[:, None] - column)
        return np.asarray(steps == 1, dtype=np.bool_)


def _field(world: RegionalWorld, rng: np.random.Generator, columns: int) -> FloatArray:
    """Draw standard normal values of which neighbours share a part, areas x columns."""
    own = rng.normal(size=(world.areas, columns))
    if not world.shared:
        return own
    row, column = world.places
    distance = np.hypot(row[:, None] - row, column[:, None] - column)
    root = np.linalg.cholesky(np.exp(-distance / 3.0) + 1e-9 * np.eye(world.areas))
    common = root @ rng.normal(size=(world.areas, columns))
    return np.asarray(np.sqrt(1.0 - world.shared) * own + np.sqrt(world.shared) * common, dtype=float)


@front_door
def draw_regional_panel(
    effect: float,
    seed: int | np.random.Generator,
    world: RegionalWorld | None = None,
    *,
    trend: float = 0.0,
) -> Panel:
    """Draw one panel with a planted constant effect on one contiguous region, and a planted trend of its own.

    Parameters
    ----------
    effect : float
        The planted effect, in the unit of the noise.
    seed : int or numpy.random.Generator
        Source of the draw.
    world : RegionalWorld, optional
        Size, trends and noise.
    trend : float
        Planted slope of the treated areas, a period, in all periods.

    Returns
    -------
    Panel

    Examples
    --------
    >>> panel = draw_regional_panel(1.0, 1, RegionalWorld(areas=64, width=8, treated=4))
    >>> panel.shape, panel.n_treated
    ((64, 10), 4)
    """
    w = RegionalWorld() if world is None else world
    rng = np.random.default_rng(seed)
    n, t = w.areas, w.periods
    time = np.arange(t)
    slope = w.trend_spread * _field(w, rng, 1)
    since = time - (w.start - 1) / 2
    y = w.level_spread * _field(w, rng, 1) + slope * np.where(time < w.start, since, w.persistence * since)
    shocks = _field(w, rng, t)
    noise = np.empty((n, t))
    noise[:, 0] = shocks[:, 0]
    for s in range(1, t):
        noise[:, s] = w.autocorrelation * noise[:, s - 1] + np.sqrt(1 - w.autocorrelation**2) * shocks[:, s]
    y = y + w.noise * np.exp(w.unequal * rng.normal(size=(n, 1))) * noise
    borders = w.adjacency.astype(float)
    regions = [grown(int(rng.integers(n)), borders, rng.random(w.treated - 1)) for _ in range(w.candidates)]
    early = time[: w.start] - (w.start - 1) / 2
    falls = [float((y[region, : w.start] @ early).mean()) for region in regions]
    treated = np.zeros(n, dtype=bool)
    treated[regions[int(np.argmin(falls))]] = True
    status = treated[:, None] & (time >= w.start)
    y = y + effect * status + trend * np.outer(treated, time)
    return Panel(y, status, pd.RangeIndex(n), pd.RangeIndex(t))
