r"""How much need surprises a budget: size of a year's surprise, how much of it lasts, how much places share.

Log need of area i follows its plan plus a level that wanders and a part that passes:

.. math:: \log y_{it} = \mu t + p_{it} + e_{it}, \qquad p_{it} = p_{i,t-1} + \eta_{it}.

A lasting surprise :math:`\eta` stays in every later year; a passing one :math:`e` is gone in the next. Growth
:math:`g_t = \mu + \eta_t + e_t - e_{t-1}` has variance :math:`\sigma_\eta^2 + 2\sigma_e^2` and first autocovariance
:math:`-\sigma_e^2`: two moments, two unknowns.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.resampling import check_draws, generator
from healthdevo.mathematics.vectors import codes, numbers
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number, percentage, span

__all__ = ["NeedVolatility", "need_volatility"]

_CAUTION = "The interval is for which areas there are; it leaves out that the years are few."


@dataclass(frozen=True)
class NeedVolatility:
    """Surprises of need.

    Parameters
    ----------
    sd : Estimate
        Standard deviation of a year's surprise, lasting and passing together, as a share of need.
    lasting : Estimate
        Share of its variance that stays in later years, 0 to 1.
    national, regional : Estimate
        Share of the variance of growth that all areas have in common, and that areas of one group have in common beyond it.
    areas, years : int
        Areas, and years of growth, used.
    bounded : tuple of str
        Shares whose moments lay outside 0 to 1 and were set to the bound.
    """

    sd: Estimate
    lasting: Estimate
    national: Estimate
    regional: Estimate
    areas: int
    years: int
    bounded: tuple[str, ...] = ()

    def __getitem__(self, name: str) -> Estimate:
        """Return one of the four estimates by name."""
        if name not in ("sd", "lasting", "national", "regional"):
            raise InputError(f"name: {name!r} is not valid; give sd, lasting, national or regional")
        found: Estimate = getattr(self, name)
        return found

    def to_frame(self) -> pd.DataFrame:
        """Return the four estimates, one row for each and level."""
        return pd.concat(
            [self[name].to_frame() for name in ("sd", "lasting", "national", "regional")], ignore_index=True
        )

    @property
    def sentence(self) -> str:
        """Size and persistence in one sentence."""
        i, j = self.sd.interval(), self.lasting.interval()
        return (
            f"A year's surprise is {number(100 * self.sd.estimate, 2)}% of need "
            f"({100 * i.level:g}% interval {span(100 * i.lower, 100 * i.upper)}), of which "
            f"{percentage(self.lasting.estimate, 0)} lasts ({span(j.lower, j.upper, lambda x: percentage(x, 0))})."
        )


def _moments(growth: FloatArray, together: FloatArray, group: IntArray, weight: FloatArray) -> FloatArray:
    """Return rows of variance, autocovariance, and covariances across and within groups for rows of weights."""
    total = weight.sum(axis=1)
    years = growth.shape[1]
    mean = np.einsum("dn,nt->d", weight, growth) / (total * years)
    g2 = np.einsum("dn,nt->d", weight, growth**2)
    own = g2 / (total * years) - mean**2
    pairs = np.flatnonzero(together)
    if pairs.size:
        now, then = growth[:, pairs + 1], growth[:, pairs]
        lag = np.einsum("dn,nt->d", weight, now * then) / (total * pairs.size)
        lag -= mean * np.einsum("dn,nt->d", weight, now + then) / (total * pairs.size) - mean**2
    else:
        lag = np.full(total.size, np.nan)
    in_group = np.zeros((int(group.max()) + 1, weight.shape[0], years))
    size = np.zeros((int(group.max()) + 1, weight.shape[0]))
    for k in range(in_group.shape[0]):
        chosen = group == k
        in_group[k] = np.einsum("dn,nt->dt", weight[:, chosen], growth[chosen])
        size[k] = weight[:, chosen].sum(axis=1)
    in_group -= (mean * size)[:, :, None]
    squares = np.einsum("dn,nt->d", weight**2, growth**2) - 2 * mean * np.einsum(
        "dn,nt->d", weight**2, growth
    )
    squares += mean**2 * (weight**2).sum(axis=1) * years
    near = (in_group**2).sum(axis=(0, 2))
    far = (in_group.sum(axis=0) ** 2).sum(axis=1) - near
    near_count = years * ((size**2).sum(axis=0) - (weight**2).sum(axis=1))
    far_count = years * (total**2 - (size**2).sum(axis=0))
    with np.errstate(invalid="ignore", divide="ignore"):
        across = np.where(far_count > 0, far / far_count, np.nan)
        within = np.where(near_count > 0, (near - squares) / near_count, np.nan)
    return np.column_stack([own, lag, across, within])


def _shares(moments: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return rows of sd, lasting, national and regional from moments, and the shares before they are bounded."""
    own, lag, across, within = moments.T
    passing = -lag
    lasting = own + 2 * lag
    with np.errstate(invalid="ignore", divide="ignore"):
        raw = np.column_stack(
            [
                # below zero all passes: the sum of both may then be below zero as well, and say nothing
                lasting / np.where(lasting <= 0, own, lasting + passing),
                np.where(np.isnan(across), within, across) / own,
                np.where(np.isnan(across), 0.0, within - across) / own,
            ]
        )
    raw = np.where(np.isnan(raw), 0.0, raw)
    bounded = np.clip(raw, 0.0, 1.0)
    bounded[:, 2] = np.minimum(bounded[:, 2], 1.0 - bounded[:, 1])
    # outside the model's reach the variance of growth is all lasting, or all passing (then counted twice in growth)
    variance = np.where(lag >= 0, own, np.where(lasting <= 0, own / 2, lasting + passing))
    return np.column_stack([np.sqrt(np.maximum(variance, 0.0)), bounded]), raw


@front_door
def need_volatility(
    need: pd.DataFrame,
    groups: Sequence[str] | None = None,
    *,
    leave_out: Sequence[int] = (),
    draws: int = 400,
    seed: int | np.random.Generator = 0,
    levels: float | Sequence[float] = 0.95,
) -> NeedVolatility:
    r"""Estimate surprises of need from yearly levels by area.

    Parameters
    ----------
    need : pandas.DataFrame
        One row for each area, one column for each year (a whole number), all above zero; at least five areas and four years.
    groups : sequence of str, optional
        The region of each row; without it all areas are one group.
    leave_out : sequence of int
        Years into which growth is left out, such as those of a pandemic.
    draws, seed
        Of the bootstrap of whole areas.
    levels : float or sequence of float
        Confidence levels.

    Returns
    -------
    NeedVolatility

    Raises
    ------
    InputError
        When a value is missing or not above zero, years repeat, or too few neighbouring years are left.

    Notes
    -----
    Estimand: :math:`\sigma^2 = \sigma_\eta^2 + \sigma_e^2` and :math:`\sigma_\eta^2 / \sigma^2` by the method of moments on growth of
    log need; shares in common are mean products of growth of two areas of different groups, and of one group, over the variance. The
    expected growth :math:`\mu` is one number for all areas and years: that a planner foresees more is left out. A share outside 0 to 1
    is set to the bound and named in ``bounded``. Source: Harvey, *Forecasting, Structural Time Series Models and the Kalman Filter*
    (Cambridge University Press, 1989), section 2.4, on the local level model.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> level = 100 * np.exp(np.cumsum(rng.normal(0, 0.03, (200, 12)), axis=1))
    >>> found = need_volatility(pd.DataFrame(level, columns=range(2000, 2012)), draws=50)
    >>> round(found.sd.estimate, 2), found.lasting.estimate > 0.9
    (0.03, True)
    """
    wanted = check_levels(levels)
    draws = check_draws(draws)
    if need.shape[0] < 5 or need.shape[1] < 4:
        raise InputError(f"need: has {need.shape[0]} areas and {need.shape[1]} years; give at least 5 and 4")
    years: list[Any] = list(need.columns)
    if not all(isinstance(y, (int, np.integer)) and not isinstance(y, bool) for y in years) or len(
        set(years)
    ) < len(years):
        raise InputError("need: its columns are not years; give each year once, as a whole number")
    ordered = sorted(range(len(years)), key=lambda i: years[i])
    y = numbers(need, "need")[:, ordered]
    times = np.array([int(years[i]) for i in ordered])
    wrong = ~(np.isfinite(y) & (y > 0.0))
    if wrong.any():
        i, j = np.argwhere(wrong)[0]
        raise InputError(
            f"need: row {int(i)} (label {need.index[i]!r}), year {times[j]}, is {y[i, j]:g}; give numbers above zero"
        )
    rows = np.arange(len(y))
    group = np.zeros(len(y), dtype=np.int64) if groups is None else codes(groups, "groups", len(y))[0]
    if groups is None and isinstance(need.index, pd.Index) and need.index.is_unique:
        try:
            rows = need.index.argsort()
        except TypeError:
            rows = np.arange(len(y))
    y, group = y[rows], group[rows]
    used = (np.diff(times) == 1) & ~np.isin(times[1:], list(leave_out))
    growth = np.diff(np.log(y), axis=1)[:, used]
    ends = times[1:][used]
    together = np.diff(ends) == 1 if ends.size > 1 else np.empty(0, dtype=bool)
    if not together.any():
        raise InputError(
            "need: no two neighbouring years of growth are left; give more years or leave out fewer"
        )
    if float(np.ptp(growth)) < 1e-12:
        raise InputError("need: it grows alike in all areas and years; there is no surprise to measure")
    n = len(y)
    weight = np.vstack([np.ones(n), generator(seed).multinomial(n, np.full(n, 1 / n), size=draws)]).astype(
        float
    )
    found, raw = _shares(_moments(growth, together, group, weight))
    names = ("sd", "lasting", "national", "regional")
    titles = (
        "standard deviation of a year's surprise",
        "lasting share of a year's surprise",
        "share of growth that all areas have in common",
        "share of growth that a group has in common",
    )
    made: dict[str, Estimate] = {}
    for k, (name, title) in enumerate(zip(names, titles, strict=True)):
        limits = tuple(
            Interval(x, *(float(q) for q in np.quantile(found[1:, k], [0.5 - x / 2, 0.5 + x / 2])))
            for x in wanted
        )
        made[name] = Estimate(
            title,
            float(found[0, k]),
            float(found[1:, k].std(ddof=1)),
            limits,
            n,
            f"method of moments on {growth.shape[1]} years of growth; {draws} resamples of whole areas",
            caution=_CAUTION,
        )
    bounded = tuple(
        name for name, value in zip(names[1:], raw[0], strict=True) if not -1e-12 <= value <= 1 + 1e-12
    )
    return NeedVolatility(**made, areas=n, years=growth.shape[1], bounded=bounded)
