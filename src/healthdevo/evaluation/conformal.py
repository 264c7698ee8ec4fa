"""Conformal inference: permuting residuals over time.

Estimand: the effects on the treated (their average, if several) in each treated period, and a constant effect over all
of them. Under a hypothesis about the effects the untreated outcome of the treated is known in every period; the design
is fitted to all periods under it, and its residuals after treatment should look like those before. The p-value is the
share of permutations of the residuals over time whose statistic

``S = (sum over treated periods |u_t|^q / sqrt(periods))^(1/q)``

is at least as large. Intervals hold the effects that are not rejected.

Assumptions: residuals are stationary and weakly dependent (moving blocks) or exchangeable (all permutations) over time,
whatever their distribution; no anticipation, no spillover. With few periods small p-values cannot occur: with ``T`` moving
blocks none is below ``1 / T``, and the interval is then unbounded. A synthetic control with more controls than periods can
follow almost any path, so that its intervals say little; ``"did"`` or ``"gsc"`` are then the better proxies.

Source: Chernozhukov, Wuethrich and Zhu (2021), Journal of the American Statistical Association 116.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from math import comb
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.evaluation.interactive_effects import factors_of
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.result import Inference
from healthdevo.evaluation.simplex import simplex_least_squares
from healthdevo.front_door import front_door
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.typing import FloatArray, IntArray

__all__ = ["ConformalEffect", "conformal"]

Proxy = Literal["did", "sc", "gsc"]
Residuals = Callable[[FloatArray], FloatArray]  # (h, T) outcomes under h hypotheses -> (h, T) residuals


@dataclass(frozen=True)
class ConformalEffect(Estimate):
    """A constant effect with conformal intervals, and the effects by period.

    Besides the fields of ``Estimate`` (there is no standard error):

    Parameters
    ----------
    p_value : float
        Of no effect in any treated period.
    path : pandas.DataFrame or None
        For each treated period ``period``, ``effect``, ``p_value`` of no effect, and limits for each level
        (``lower_0.9`` ...), infinite where there are too few periods for the level.
    smallest_p_value : float
        The smallest that the number of periods allows for the constant effect.
    """

    p_value: float = float("nan")
    path: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    smallest_p_value: float = float("nan")

    def as_inference(self) -> Inference:
        """Return the intervals in the form that ``Effect.with_inference`` takes."""
        return Inference("conformal", float("nan"), self.intervals, self.p_value, self.reason)


def _residual_function(panel: Panel, proxy: Proxy, rank: int, columns: IntArray) -> Residuals:
    donors = panel.outcome[~panel.treated][:, columns]
    t = len(columns)
    if proxy == "sc":

        def by_weights(outcomes: FloatArray) -> FloatArray:
            return np.array([y - simplex_least_squares(donors.T, y) @ donors for y in outcomes])

        return by_weights
    if proxy == "did":
        basis = np.ones((t, 1))
        offset = donors.mean(axis=0)
    else:
        factors, period = factors_of(donors, rank)
        basis = np.concatenate([factors, np.ones((t, 1))], axis=1)
        offset = period
    q, _ = np.linalg.qr(basis)

    def by_projection(outcomes: FloatArray) -> FloatArray:
        net = outcomes - offset
        return np.asarray(net - (net @ q) @ q.T, dtype=float)

    return by_projection


def _statistic(residuals: FloatArray, q: float) -> FloatArray:
    power = (np.abs(residuals) ** q).sum(axis=-1) / np.sqrt(residuals.shape[-1])
    return np.asarray(power ** (1.0 / q), dtype=float)


def _treated_sets(
    t: int, post: IntArray, permutations: str, draws: int, rng: np.random.Generator
) -> IntArray:
    """Positions that take the place of the treated periods under each permutation; the identity comes first."""
    k = len(post)
    if permutations == "moving blocks":
        return (post[None, :] + np.arange(t)[:, None]) % t
    if comb(t, k) <= draws:
        every = np.array(list(combinations(range(t), k)), dtype=np.int64)
        return np.concatenate([every[(every == post).all(axis=1)], every[(every != post).any(axis=1)]])
    drawn = np.argsort(rng.random((draws - 1, t)), axis=1)[:, :k]
    return np.concatenate([post[None, :], drawn])


def _invert(
    p_of: Callable[[FloatArray], FloatArray],
    centre: float,
    spread: float,
    levels: tuple[float, ...],
    grid: int,
) -> list[tuple[float, float]]:
    """Limits of the values whose p-value is above one less the level."""
    result = []
    for level in levels:
        alpha = 1.0 - level + 1e-9
        width = max(spread, 1e-12)
        limits = (float("-inf"), float("inf"))
        for _ in range(12):
            values = centre + width * np.linspace(-1.0, 1.0, grid)
            kept = p_of(values) > alpha
            if not kept.any():
                limits = (float("nan"), float("nan"))
                width /= 8.0
                continue
            if kept[0] or kept[-1]:
                limits = (float("-inf"), float("inf"))
                width *= 3.0
                continue
            low, high = int(np.argmax(kept)), len(kept) - 1 - int(np.argmax(kept[::-1]))
            inner_low = np.linspace(values[low - 1], values[low], 33)
            inner_high = np.linspace(values[high], values[high + 1], 33)
            fine_low, fine_high = p_of(inner_low) > alpha, p_of(inner_high) > alpha
            limits = (
                float(inner_low[int(np.argmax(fine_low))]),
                float(inner_high[32 - int(np.argmax(fine_high[::-1]))]),
            )
            break
        result.append(limits)
    return result


@front_door
def conformal(
    panel: Panel,
    proxy: Proxy = "sc",
    *,
    rank: int = 2,
    permutations: Literal["moving blocks", "all"] = "moving blocks",
    power: float = 1.0,
    levels: float | Sequence[float] = 0.9,
    draws: int = 2000,
    grid: int = 101,
    seed: int | np.random.Generator = 0,
) -> ConformalEffect:
    """Return conformal intervals for a constant effect and for the effect in each treated period.

    Parameters
    ----------
    panel : Panel
        Balanced, one common start, without covariates. Several treated areas are averaged by their weights.
    proxy : {"did", "sc", "gsc"}
        The design: mean of controls plus a constant, synthetic control, or factors of the controls.
    rank : int
        Number of factors of ``"gsc"``.
    permutations : {"moving blocks", "all"}
        Cyclic shifts, for residuals that depend over time, or all permutations (up to ``draws`` of them).
    power : float
        The exponent ``q`` of the statistic, at least 1; 1 is robust to single large residuals.
    levels : float or sequence of float
        Levels of the intervals.
    draws : int
        Largest number of permutations with ``"all"``.
    grid : int
        Number of effects tried at a time when a test is inverted.
    seed : int or numpy.random.Generator
        Source of the permutations.

    Returns
    -------
    ConformalEffect

    Raises
    ------
    InputError
        When the panel is not what the design needs.

    Examples
    --------
    >>> rng = np.random.default_rng(5)
    >>> y = rng.normal(size=(12, 30)) * 0.1
    >>> y[0, 27:] += 2.0
    >>> panel = Panel(y, np.outer(np.arange(12) == 0, np.arange(30) >= 27), np.arange(12), np.arange(30))
    >>> effect = conformal(panel, "did")
    >>> round(effect.p_value, 3), bool(1.5 < effect.interval().lower < effect.interval().upper < 2.5)
    (0.033, True)
    """
    wanted = check_levels(levels)
    panel.require("conformal inference", balanced=True, simultaneous=True, pre_periods=2, covariates=False)
    if proxy not in ("did", "sc", "gsc"):
        raise InputError(f"proxy: {proxy!r} is not did, sc or gsc")
    if permutations not in ("moving blocks", "all"):
        raise InputError(f"permutations: {permutations!r} is not 'moving blocks' or 'all'")
    for name, value, least in (("grid", grid, 3), ("draws", draws, 1)):
        if value < least:
            raise InputError(f"{name}: {value} is not valid; give at least {least}")
    if not power >= 1.0:
        raise InputError(f"power: {power} is not valid; at least 1")
    t, first = panel.shape[1], int(panel.cohorts[0])
    if proxy == "gsc" and not 0 <= rank <= min(first - 1, int((~panel.treated).sum()) - 1):
        raise InputError(f"rank: {rank} is not possible with {first} periods before treatment")
    rng = np.random.default_rng(seed)
    treated = panel.treated_weights @ panel.outcome[panel.treated]
    post = np.arange(first, t)

    def tester(columns: IntArray, places: IntArray) -> Callable[[FloatArray], FloatArray]:
        residuals_of = _residual_function(panel, proxy, rank, columns)
        sets = _treated_sets(len(columns), places, permutations, draws, rng)
        mark = np.zeros(len(columns))
        mark[places] = 1.0

        def p_of(effects: FloatArray) -> FloatArray:
            u = residuals_of(treated[columns][None, :] - np.asarray(effects)[:, None] * mark)
            statistics = _statistic(u[:, sets], power)
            return np.asarray((statistics >= statistics[:, :1] * (1 - 1e-12)).mean(axis=1), dtype=float)

        return p_of

    # point estimates: fitted before treatment only
    before = _prediction(panel, proxy, rank, treated, first)
    gap = treated - before
    estimate = float(gap[first:].mean())
    spread = 4.0 * float(np.std(gap[:first])) + 2.0 * float(np.abs(gap[first:] - estimate).max()) + 1e-9
    all_columns = np.arange(t)
    whole = tester(all_columns, post)
    intervals = tuple(
        Interval(level, *limits)
        for level, limits in zip(wanted, _invert(whole, estimate, spread, wanted, grid), strict=True)
    )
    smallest = 1.0 / (t if permutations == "moving blocks" else min(comb(t, len(post)), draws))
    rows = []
    for s in post:
        columns = np.append(np.arange(first), s)
        one = tester(columns, np.array([first]))
        row = {
            "period": panel.periods[int(s)],
            "effect": float(gap[s]),
            "p_value": float(one(np.zeros(1))[0]),
        }
        for level, (low, high) in zip(wanted, _invert(one, float(gap[s]), spread, wanted, grid), strict=True):
            row |= {f"lower_{level:g}": low, f"upper_{level:g}": high}
        rows.append(row)
    words = {
        "did": "difference-in-differences",
        "sc": "synthetic control",
        "gsc": f"{rank} factor(s) of the controls",
    }
    return ConformalEffect(
        measure="constant effect of treatment on the treated areas",
        estimate=estimate,
        standard_error=float("nan"),
        intervals=intervals,
        n=t,
        method=f"{words[proxy]}, conformal inference by {permutations}",
        unit=panel.unit,
        reason=(
            "too few periods, or too good a fit under any hypothesis, to bound the effect at this level"
            if any(np.isinf(i.lower) or np.isinf(i.upper) for i in intervals)
            else ""
        ),
        p_value=float(whole(np.zeros(1))[0]),
        path=pd.DataFrame(rows),
        smallest_p_value=smallest,
    )


def _prediction(panel: Panel, proxy: Proxy, rank: int, treated: FloatArray, first: int) -> FloatArray:
    donors = panel.outcome[~panel.treated]
    if proxy == "sc":
        return np.asarray(simplex_least_squares(donors[:, :first].T, treated[:first]) @ donors, dtype=float)
    if proxy == "did":
        line = donors.mean(axis=0)
        return np.asarray(line + (treated - line)[:first].mean(), dtype=float)
    factors, period = factors_of(donors, rank)
    basis = np.concatenate([factors, np.ones((len(period), 1))], axis=1)
    solution = np.linalg.lstsq(basis[:first], (treated - period)[:first], rcond=None)[0]
    return np.asarray(period + basis @ solution, dtype=float)
