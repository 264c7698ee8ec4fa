"""League tables that say how far each place could move: ranks with intervals by shrinkage or by resampling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.resampling import check_draws, generator
from healthdevo.mathematics.vectors import Vector, in_one_order, vector
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import percentage

__all__ = ["LeagueTable", "league_table"]

_GRID = 200
_SHARES = 0.05


@dataclass(frozen=True)
class LeagueTable:
    """A league table with the uncertainty of every rank.

    Parameters
    ----------
    index : pandas.Index
        The places, length ``k``.
    rank : ndarray of int, shape (k,)
        1 is first; equal estimates share the smaller rank.
    levels : tuple of float
        Levels of the intervals, length ``m``.
    lower, upper : ndarray of int, shape (k, m)
        Limits of the true rank.
    shrunk : ndarray of shape (k,)
        Mean of the draws of each true value: with ``"shrinkage"`` drawn towards the mean of all.
    first_quarter, last_quarter : ndarray of shape (k,)
        Chance that the true rank is among the first and among the last ``k // 4``.
    spread : float
        Standard deviation of true values (posterior mean; with ``"resampling"`` that of the estimates).
    reliability : float
        Share of the variance of estimates that is true difference.
    swappable : float
        Share of all pairs whose official order is not supported at 95%: in more than one draw of twenty it is the other way round.
    method : str
        How ranks were drawn.
    """

    index: pd.Index = field(repr=False)
    rank: IntArray = field(repr=False)
    levels: tuple[float, ...]
    lower: IntArray = field(repr=False)
    upper: IntArray = field(repr=False)
    shrunk: FloatArray = field(repr=False)
    first_quarter: FloatArray = field(repr=False)
    last_quarter: FloatArray = field(repr=False)
    spread: float
    reliability: float
    swappable: float
    method: str

    def __len__(self) -> int:
        return len(self.index)

    @property
    def width(self) -> float:
        """Median number of places that an interval of the first level spans."""
        return float(np.median(self.upper[:, 0] - self.lower[:, 0] + 1))

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        return (
            f"Of {len(self)} ranks the {100 * self.levels[0]:g}% interval spans {self.width:.0f} places at the median; "
            f"the order of {percentage(self.swappable, 0)} of pairs could be the other way round."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each place and level: label, rank, level, lower, upper, shrunk, first_quarter, last_quarter."""
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "label": self.index,
                        "rank": self.rank,
                        "level": level,
                        "lower": self.lower[:, j],
                        "upper": self.upper[:, j],
                        "shrunk": self.shrunk,
                        "first_quarter": self.first_quarter,
                        "last_quarter": self.last_quarter,
                    }
                )
                for j, level in enumerate(self.levels)
            ],
            ignore_index=True,
        )


def _hierarchical(
    y: FloatArray, s: FloatArray, draws: int, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray]:
    """Draw true values from the normal hierarchical model with a flat prior on mean and standard deviation."""
    top = 3.0 * float(y.std(ddof=1))
    if top == 0.0:
        return np.tile(y, (draws, 1)), np.zeros(draws)
    tau = (np.arange(_GRID) + 0.5) / _GRID * top
    v = s[None, :] ** 2 + tau[:, None] ** 2
    precision = (1.0 / v).sum(axis=1)
    centre = (y[None, :] / v).sum(axis=1) / precision
    log = -0.5 * (
        np.log(v).sum(axis=1) + np.log(precision) + ((y[None, :] - centre[:, None]) ** 2 / v).sum(axis=1)
    )
    chance = np.exp(log - log.max())
    chosen = np.searchsorted(np.cumsum(chance / chance.sum()), rng.random(draws)).clip(max=_GRID - 1)
    spread = tau[chosen]
    mean = centre[chosen] + rng.standard_normal(draws) / np.sqrt(precision[chosen])
    weight = spread[:, None] ** 2 / (spread[:, None] ** 2 + s[None, :] ** 2)
    scale = np.sqrt(weight) * s[None, :]
    return mean[:, None] + weight * (y[None, :] - mean[:, None]) + scale * rng.standard_normal(
        (draws, y.size)
    ), spread


def _swappable(value: FloatArray, rank: IntArray) -> float:
    """Return the share of pairs whose order is the other way round in more than one draw of twenty."""
    draws, k = value.shape
    order = np.argsort(rank, kind="stable")
    v = np.ascontiguousarray(value[: min(draws, 500), order].T, dtype=np.float32)
    against = 0
    for i in range(k - 1):
        reversed_in = np.count_nonzero(v[i + 1 :] <= v[i], axis=1)
        against += int(np.count_nonzero(reversed_in > _SHARES * v.shape[1]))
    return float(against / (k * (k - 1) / 2))


@front_door
@in_one_order("estimate", "standard_error", labels="index")
def league_table(
    estimate: Vector,
    standard_error: Vector,
    *,
    index: pd.Index | Sequence[str] | None = None,
    first: Literal["highest", "lowest"] = "highest",
    method: Literal["shrinkage", "resampling"] = "shrinkage",
    levels: float | Sequence[float] = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator = 0,
) -> LeagueTable:
    r"""Rank places and say how far each could move.

    Parameters
    ----------
    estimate : array-like of shape (k,)
        At least four places.
    standard_error : array-like of shape (k,)
        Above zero.
    index : sequence of str, optional
        Names of the places; positions by default.
    first : {"highest", "lowest"}
        Which end has rank 1.
    method : {"shrinkage", "resampling"}
        ``shrinkage``: true values from a normal hierarchical model. ``resampling``: estimates drawn again from their own standard errors.
    levels : float or sequence of float
        Levels of the intervals.
    draws : int, default 1000
    seed : int or Generator, default 0

    Returns
    -------
    LeagueTable

    Raises
    ------
    InputError
        When lengths differ, a value is missing, a standard error is not above zero, or there are fewer than four places.

    Notes
    -----
    Estimand: the rank of each place's true value among all true values. With ``shrinkage``,
    :math:`y_i \sim N(\theta_i, s_i^2)`, :math:`\theta_i \sim N(\mu, \tau^2)`, flat priors on :math:`\mu` and :math:`\tau` (on a grid up
    to three standard deviations of the estimates); ranks are taken of each draw of :math:`\theta`. Intervals then hold the true rank as
    often as they say, averaged over places, when true values are spread as the model says. With ``resampling`` noise is added to
    estimates that hold noise already: the ranks of the extremes are drawn to the middle, and intervals can miss the truth far more often
    than they say when places are hardly different. ``mathematics.rank_intervals`` guarantees its level for every place and is wider.

    References
    ----------
    Goldstein, H. and Spiegelhalter, D. J. (1996), League tables and their limitations, *Journal of the Royal Statistical Society A* 159.
    Gelman, A. et al. (2013), *Bayesian Data Analysis*, section 5.4.

    Examples
    --------
    >>> t = league_table([10.0, 9.0, 5.0, 1.0], [0.1, 0.1, 0.1, 0.1], index=["a", "b", "c", "d"])
    >>> t.lower[:, 0].tolist(), t.upper[:, 0].tolist(), t.swappable
    ([1, 2, 3, 4], [1, 2, 3, 4], 0.0)
    """
    y = vector(estimate, "estimate")
    s = vector(standard_error, "standard_error", y.size, above=0.0)
    wanted = check_levels(levels)
    check_draws(draws, 50)
    k = y.size
    if k < 4:
        raise InputError(f"estimate: {k} places are too few for quarters; give at least 4")
    labels = pd.RangeIndex(k) if index is None else pd.Index(index)
    if len(labels) != k:
        raise InputError(f"index: {len(labels)} names for {k} places; give one for each")
    signed = -y if first == "highest" else y
    rank = stats.rankdata(signed, method="min").astype(np.int64)
    order = np.lexsort(
        (s, signed)
    )  # draws go to places in the order of their values, so that the order of rows does not matter
    back = np.argsort(order, kind="stable")
    rng = generator(seed)
    if method == "shrinkage":
        value, spread = _hierarchical(signed[order], s[order], draws, rng)
        said, tau = "normal hierarchical model, ranks of draws", float(spread.mean())
    else:
        value = signed[order] + s[order] * rng.standard_normal((draws, k))
        said, tau = "estimates drawn again from their standard errors", float(y.std(ddof=1))
    value = value[:, back]
    ranks = np.empty(value.shape, dtype=np.int32)
    np.put_along_axis(ranks, value.argsort(axis=1), np.arange(1, k + 1, dtype=np.int32)[None, :], axis=1)
    held = np.sort(np.ascontiguousarray(ranks.T), axis=1).T
    lower = np.empty((k, len(wanted)), dtype=np.int64)
    upper = np.empty_like(lower)
    for j, level in enumerate(wanted):
        cut = int(np.floor((1.0 - level) / 2.0 * draws))
        lower[:, j], upper[:, j] = held[cut], held[draws - 1 - cut]
    quarter = k // 4
    mean = value.mean(axis=0)
    noise = float((s**2).mean())
    return LeagueTable(
        labels,
        rank,
        wanted,
        lower,
        upper,
        -mean if first == "highest" else mean,
        (ranks <= quarter).mean(axis=0),
        (ranks > k - quarter).mean(axis=0),
        tau,
        tau**2 / (tau**2 + noise) if method == "shrinkage" else max(0.0, 1.0 - noise / max(tau**2, noise)),
        _swappable(value, rank),
        said,
    )
