r"""Budgets fixed and balanced over one, three or five years: how often a place breaches its budget, and how deeply.

Cost departs from the budget of year t by :math:`x_t`, a share of a year's budget: all lasting surprises since budgets were last set, plus
the passing surprise of the year. A place holds back the share c of every year's budget as a reserve. A **breach** is either of two things:

- at the end of a window of H years, cost above budget exceeds what was held back: :math:`\sum_{k=1}^{H} x_k > Hc`;
- at the end of an earlier year of the window, what is owed exceeds the limit B on borrowing: :math:`\sum_{j=1}^{k} x_j - kc > B`.

What is left at the end of a window is lost, as under annual budgets now. So each path has one number that says all: the smallest
reserve with which it never breaches, :math:`c^* = \max\{\frac{1}{H}\sum x, \frac{1}{k}(\sum_{j \le k} x_j - B)\}`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from healthdevo.errors import InputError
from healthdevo.finance.shocks import Shocks, draw_shocks, on_lattice
from healthdevo.front_door import front_door
from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.mathematics.resampling import generator
from healthdevo.mathematics.vectors import Vector, codes, vector
from healthdevo.results import Estimates
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import percentage

__all__ = [
    "BudgetHorizon",
    "BudgetRule",
    "breach_probability",
    "break_even_lasting",
    "budget_horizon",
    "reserve_needed",
    "window_sd",
]

CELLS = 60_000_000
"""Most numbers (years x areas x paths) of one run."""


@dataclass(frozen=True)
class BudgetRule:
    """How long a budget is fixed, over how many years it must balance, and with whom.

    Parameters
    ----------
    name : str
        What the rule is called.
    horizon : int
        Years of the window at whose end the books must balance, 1 to 50.
    settlement : int, optional
        Years after which budgets are set anew on what need has become; those of the window by default.
    borrowing : float
        Limit on what may be owed at the end of a year within the window, as a share of a year's budget; may be infinite.
    reserve : float
        Share of every year's budget held back and carried over within the window, at least zero.
    pooled : bool
        Whether the places of a group balance their books together.

    Examples
    --------
    >>> BudgetRule("five years", 5).settled
    5
    """

    name: str
    horizon: int
    settlement: int | None = None
    borrowing: float = math.inf
    reserve: float = 0.0
    pooled: bool = False

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise InputError(f"name: {self.name!r} is not valid; give text")
        for part in ("horizon", "settlement"):
            years = getattr(self, part)
            if part == "settlement" and years is None:
                continue
            if isinstance(years, bool) or not isinstance(years, (int, np.integer)) or not 1 <= years <= 50:
                raise InputError(f"{part}: {years!r} is not valid; give a whole number of years from 1 to 50")
        for part in ("borrowing", "reserve"):
            share = getattr(self, part)
            if isinstance(share, bool) or not isinstance(share, (int, float)) or not share >= 0.0:
                raise InputError(f"{part}: {share!r} is not valid; give a number of zero or more")
        if self.reserve > 1.0:
            raise InputError(f"reserve: {self.reserve!r} is not valid; give a share from 0 to 1")

    @property
    def settled(self) -> int:
        """Years after which budgets are set anew."""
        return self.horizon if self.settlement is None else int(self.settlement)


def _check_closed(horizon: int, settlement: int | None) -> tuple[int, int]:
    settled = horizon if settlement is None else settlement
    if not 1 <= horizon <= 50:
        raise InputError(f"horizon: {horizon!r} is not valid; give a whole number of years from 1 to 50")
    if not 1 <= settled <= horizon or horizon % settled:
        raise InputError(f"settlement: {settled!r} is not valid; give years that divide the horizon")
    return horizon, settled


@front_door
def window_sd(sd: float, lasting: float, horizon: int, settlement: int | None = None) -> float:
    r"""Return the standard deviation of a window's mean yearly departure from budget.

    Parameters
    ----------
    sd : float
        Standard deviation of a year's surprise, as a share of a year's budget, 0 to 1.
    lasting : float
        Share of its variance that lasts, 0 to 1.
    horizon : int
        Years of the window.
    settlement : int, optional
        Years after which budgets are set anew, dividing the horizon; the whole window by default.

    Returns
    -------
    float

    Notes
    -----
    A lasting surprise of year j counts in all :math:`n_j` years from j to the next settlement, so the variance of the mean is
    :math:`\sigma^2 \{\lambda \sum_j n_j^2 + (1 - \lambda) H\} / H^2`. With budgets fixed for the whole window
    :math:`\sum n_j^2 = H(H+1)(2H+1)/6`.

    Examples
    --------
    >>> window_sd(0.03, 0.0, 4), round(window_sd(0.03, 1.0, 5) ** 2 / 0.03**2, 6)
    (0.015, 2.2)
    """
    shocks = Shocks(sd, lasting)
    years, settled = _check_closed(horizon, settlement)
    squares = (years // settled) * settled * (settled + 1) * (2 * settled + 1) / 6
    return float(shocks.sd * math.sqrt(lasting * squares + (1.0 - lasting) * years) / years)


@front_door
def breach_probability(
    sd: float, lasting: float, horizon: int, *, settlement: int | None = None, reserve: float = 0.0
) -> float:
    r"""Return the chance that a window ends in breach: normal surprises, no limit on borrowing within the window.

    Parameters
    ----------
    sd, lasting, horizon, settlement
        As for ``window_sd``.
    reserve : float
        Share of every year's budget held back, at least zero.

    Returns
    -------
    float

    Notes
    -----
    :math:`\Phi(-c / s_H)` with :math:`s_H` of ``window_sd``: one half without a reserve, whatever the horizon. Windows do not
    depend on one another, as budgets are set anew between them: over m windows the chance of at least one is
    :math:`1 - (1 - p)^m`.

    Examples
    --------
    >>> breach_probability(0.03, 0.0, 5), round(breach_probability(0.03, 0.0, 1, reserve=0.03), 4)
    (0.5, 0.1587)
    """
    if not 0.0 <= reserve <= 1.0:
        raise InputError(f"reserve: {reserve!r} is not valid; give a share from 0 to 1")
    spread = window_sd(sd, lasting, horizon, settlement)
    return float(special.ndtr(-reserve / spread)) if spread > 0.0 else 0.0


@front_door
def reserve_needed(
    sd: float, lasting: float, horizon: int, *, settlement: int | None = None, allowed: float = 0.05
) -> float:
    r"""Return the share of every year's budget to hold back so that a window ends in breach with a given chance only.

    Parameters
    ----------
    sd, lasting, horizon, settlement
        As for ``window_sd``.
    allowed : float
        The chance allowed, above 0 and at most one half.

    Returns
    -------
    float

    Notes
    -----
    :math:`-\Phi^{-1}(p)\, s_H`, the inverse of ``breach_probability``.

    Examples
    --------
    >>> round(reserve_needed(0.03, 0.0, 1), 4)
    0.0493
    """
    if not 0.0 < allowed <= 0.5:
        raise InputError(f"allowed: {allowed!r} is not valid; give a chance above 0 and at most 0.5")
    return float(max(0.0, -special.ndtri(allowed)) * window_sd(sd, lasting, horizon, settlement))


@front_door
def break_even_lasting(horizon: int) -> float:
    r"""Return the lasting share of surprises above which fixing and balancing budgets over more years makes a breach likelier.

    Parameters
    ----------
    horizon : int
        Years of the window, 2 to 50.

    Returns
    -------
    float

    Notes
    -----
    The window's variance equals that of one year where :math:`\lambda \frac{(H+1)(2H+1)}{6H} + \frac{1-\lambda}{H} = 1`, which is
    :math:`\lambda = 6 / (2H + 5)`. Bad luck that passes averages out over a window; bad luck that lasts piles up until budgets are set
    anew. It compares windows that hold back the same share of every year's budget, above zero.

    Examples
    --------
    >>> break_even_lasting(5), round(break_even_lasting(3), 3)
    (0.4, 0.545)
    """
    if not 2 <= horizon <= 50:
        raise InputError(f"horizon: {horizon!r} is not valid; give a whole number of years from 2 to 50")
    return 6.0 / (2.0 * horizon + 5.0)


@dataclass(frozen=True)
class BudgetHorizon:
    """What simulated books did under each rule.

    Parameters
    ----------
    rules : tuple of BudgetRule
        In the order given.
    summary : pandas.DataFrame
        One row for each rule: ``rule``; ``tests`` (window ends within the years); ``probability`` that a place breaches at least once,
        ``failed`` (share of window ends in breach), ``depth`` (mean of the deepest hole of those that breach, as a share of a year's budget),
        ``uncovered`` (mean cost that no reserve covers, by year tested), ``reserve_needed`` (share of every year's budget with which the chance
        of any breach is ``allowed``), each with its Monte Carlo ``_error``.
    areas : pandas.DataFrame
        One row for each rule and area: ``rule``, ``area``, ``probability``, ``probability_error``, ``failed``, ``reserve_needed``.
    years, paths : int
        Of the simulation.
    allowed : float
        The chance of any breach that ``reserve_needed`` allows.
    """

    rules: tuple[BudgetRule, ...]
    summary: pd.DataFrame
    areas: pd.DataFrame = field(repr=False)
    years: int
    paths: int
    allowed: float

    def __getitem__(self, rule: str) -> Estimates:
        """Return the chance of any breach of every area under a rule; the interval is that of the simulation alone."""
        rows = self.areas[self.areas["rule"] == rule]
        if rows.empty:
            have = ", ".join(repr(r.name) for r in self.rules)
            raise InputError(f"rule: {rule!r} is not valid; give one of {have}")
        p, e = rows["probability"].to_numpy(float), rows["probability_error"].to_numpy(float)
        z = float(normal_quantiles(0.95)[0])
        limits = (np.maximum(0.0, p - z * e)[:, None], np.minimum(1.0, p + z * e)[:, None])
        return Estimates(
            f"chance of a breach within {self.years} years",
            pd.Index(rows["area"]),
            p,
            e,
            (0.95,),
            *limits,
            np.full(p.size, self.paths),
            f"{self.paths:,} simulated paths; interval for the number of paths only",
        )

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each rule."""
        return self.summary.copy()

    @property
    def sentence(self) -> str:
        """The chance of a breach under each rule in one sentence."""
        said = [
            f"{percentage(p, 0)} ({r.name})"
            for r, p in zip(self.rules, self.summary["probability"], strict=True)
        ]
        return f"The chance of a breach within {self.years} years is {', '.join(said)}."


def departures(lasting: FloatArray, passing: FloatArray, settled: int) -> FloatArray:
    """Return what cost departs from budget by: lasting surprises since the last settlement and the passing one of the year."""
    x = passing.copy()
    level = np.zeros(lasting.shape[1:])
    for t in range(len(x)):
        if t % settled == 0:
            level = lasting[t].copy()
        else:
            level += lasting[t]
        x[t] += level
    return x


def pooled(x: FloatArray, group: IntArray, weights: FloatArray) -> FloatArray:
    """Return the mean departure of each group, weighted by the size of budgets; members are added in their order."""
    size = np.zeros(int(group.max()) + 1)
    for i, k in enumerate(group):
        size[k] += weights[i]
    result = np.zeros((x.shape[0], size.size, x.shape[2]))
    for i, k in enumerate(group):
        result[:, k] += on_lattice(x[:, i] * (weights[i] / size[k]))
    return result


def follow(x: FloatArray, rule: BudgetRule) -> tuple[FloatArray, FloatArray, IntArray, FloatArray]:
    """Return, by place and path: the reserve needed, the deepest hole, window ends in breach, and the cost that nothing covers."""
    years, places, paths = x.shape
    reserve = float(on_lattice(rule.reserve))
    limit = rule.borrowing if math.isinf(rule.borrowing) else float(on_lattice(rule.borrowing))
    needed, hole = np.full((places, paths), -np.inf), np.full((places, paths), -np.inf)
    failed, bare = np.zeros((places, paths), dtype=np.int64), np.zeros((places, paths))
    for start in range(0, years, rule.horizon):
        owed = np.zeros((places, paths))
        for k, t in enumerate(range(start, min(start + rule.horizon, years)), start=1):
            owed += x[t]
            end = k == rule.horizon
            if not end and math.isinf(limit):
                continue
            over = owed if end else owed - limit
            np.maximum(needed, over / k, out=needed)
            short = over - k * reserve
            np.maximum(hole, short, out=hole)
            if end:
                failed += short > 0.0
                bare += np.maximum(short, 0.0)
    return needed, hole, failed, bare


def _of_paths(values: FloatArray) -> tuple[float, float]:
    """Return the mean over places and paths, and its Monte Carlo error; paths are independent, places of a path are not."""
    by_path = values.sum(axis=0) / values.shape[0]
    mean = float(by_path.sum() / by_path.size)
    return mean, float(by_path.std(ddof=1) / math.sqrt(by_path.size))


@front_door
def budget_horizon(
    shocks: Shocks,
    groups: Sequence[str],
    rules: Sequence[BudgetRule],
    weights: Vector | None = None,
    *,
    years: int = 10,
    paths: int = 10_000,
    allowed: float = 0.05,
    index: Sequence[str] | None = None,
    seed: int | np.random.Generator = 0,
) -> BudgetHorizon:
    """Simulate the books of places under rules of balancing.

    Parameters
    ----------
    shocks : Shocks
        How need departs from plan.
    groups : sequence of str, length k
        The region or combined authority of each place: whose surprises have a part in common, and who pools.
    rules : sequence of BudgetRule
        Rules to compare, each with a name of its own; all meet the same surprises.
    weights : array-like of shape (k,), optional
        Size of each place's budget, above zero; equal by default. Pools weigh by it.
    years, paths : int
        Years of each path, and paths (at least 100).
    allowed : float
        The chance of any breach that ``reserve_needed`` allows, above 0 and below 1.
    index : sequence of str, optional
        Labels of the places.
    seed
        Of the surprises. The same seed gives the same result on any processor.

    Returns
    -------
    BudgetHorizon

    Raises
    ------
    InputError
        When rules share a name, no window ends within the years, or the run is too large.

    Notes
    -----
    A window that is not over at the last year is not tested at its end. A pool's breach is a breach of each of its members; its
    reserve is a share of the pooled budget. Rules meet the same surprises, so that differences between them are surer than the errors of
    each. Surprises are rounded to a billionth of a budget and added up exactly (``shocks``). Normal surprises: pandemics are left out.

    Examples
    --------
    >>> rules = [BudgetRule("annual", 1, reserve=0.02), BudgetRule("five years", 5, reserve=0.02)]
    >>> found = budget_horizon(Shocks(0.02, lasting=0.0), ["a", "a", "b"], rules, paths=400, seed=1)
    >>> found.summary["probability"].round(1).tolist()
    [0.8, 0.0]
    """
    group, _ = codes(groups, "groups", len(groups))
    k = group.size
    if not k:
        raise InputError("groups: is empty; give one group for each place")
    w = np.ones(k) if weights is None else vector(weights, "weights", k, above=0.0)
    if not rules:
        raise InputError("rules: is empty; give at least one rule")
    names = [r.name for r in rules]
    if len(set(names)) < len(names):
        raise InputError("rules: two have the same name; give each a name of its own")
    if not 1 <= years <= 200:
        raise InputError(f"years: {years!r} is not valid; give a whole number from 1 to 200")
    if not paths >= 100 or paths * years * k > CELLS:
        raise InputError(
            f"paths: {paths!r} is not valid; give at least 100, and at most {CELLS:,} years x places x paths"
        )
    if not 0.0 < allowed < 1.0:
        raise InputError(f"allowed: {allowed!r} is not valid; give a chance between 0 and 1")
    for rule in rules:
        if rule.horizon > years:
            raise InputError(f"years: {years} is shorter than a window of {rule.horizon}; give more years")
    labels = list(range(k)) if index is None else list(index)
    if len(labels) != k or len(set(labels)) < k:
        raise InputError(f"index: has {len(labels)} labels; give {k} that differ, one for each place")
    lasting, passing = draw_shocks(shocks, group, years, paths, generator(seed))
    summary, by_area = [], []
    made: dict[int, FloatArray] = {}
    for rule in rules:
        if rule.settled not in made:
            made = {rule.settled: departures(lasting, passing, rule.settled)}
        x = made[rule.settled]
        needed, hole, failed, bare = follow(pooled(x, group, w) if rule.pooled else x, rule)
        if rule.pooled:  # a member fares as its pool does
            needed, hole, failed, bare = needed[group], hole[group], failed[group], bare[group]
        breached = hole > 0.0
        tests = years // rule.horizon
        p, p_error = _of_paths(breached.astype(float))
        f, f_error = _of_paths(failed / tests)
        u, u_error = _of_paths(bare / (tests * rule.horizon))
        count = int(breached.sum())
        depth = float(np.where(breached, on_lattice(hole), 0.0).sum() / count) if count else 0.0
        ordered = np.sort(needed, axis=1)
        at = min(paths - 1, math.ceil((1.0 - allowed) * paths) - 1)
        reach = max(1, round(math.sqrt(paths * allowed * (1.0 - allowed))))
        reserves = np.maximum(ordered[:, at], 0.0)
        error = (ordered[:, min(paths - 1, at + reach)] - ordered[:, max(0, at - reach)]) / 2.0
        summary.append(
            {
                "rule": rule.name,
                "tests": tests,
                "probability": p,
                "probability_error": p_error,
                "failed": f,
                "failed_error": f_error,
                "depth": depth,
                "depth_error": _ratio_error(np.where(breached, hole, 0.0), breached, depth),
                "uncovered": u,
                "uncovered_error": u_error,
                "reserve_needed": float(np.mean(reserves)),
                "reserve_needed_error": float(np.mean(error)),
            }
        )
        q = breached.sum(axis=1) / paths
        by_area.append(
            pd.DataFrame(
                {
                    "rule": rule.name,
                    "area": labels,
                    "probability": q,
                    "probability_error": np.sqrt(q * (1.0 - q) / paths),
                    "failed": failed.sum(axis=1) / (tests * paths),
                    "reserve_needed": reserves,
                }
            )
        )
    return BudgetHorizon(
        tuple(rules), pd.DataFrame(summary), pd.concat(by_area, ignore_index=True), years, paths, allowed
    )


def _ratio_error(
    hole: FloatArray, breached: np.ndarray[tuple[int, ...], np.dtype[np.bool_]], depth: float
) -> float:
    """Return the Monte Carlo error of a mean over those in breach, as a ratio of two means over paths."""
    count = breached.sum(axis=0)
    if not count.any():
        return 0.0
    residual = hole.sum(axis=0) - depth * count
    return float(residual.std(ddof=1) / math.sqrt(count.size) / (count.sum() / count.size))
