"""Earned autonomy: freedom after some good periods, and how often such a gate errs."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.checks import need_labels, need_rows, shown
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.resampling import check_draws, generator
from healthdevo.mathematics.vectors import Vector, in_one_order, vector
from healthdevo.typing import BoolArray, FloatArray
from healthdevo.wording import percentage

__all__ = ["GateChances", "GateRecord", "apply_gate", "binomial_pass", "simulate_gates"]


@dataclass(frozen=True)
class GateRecord:
    """What a gate did with real series.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each place: ``area``, ``earned``, ``period`` in which it earned freedom (empty if never), ``waited`` periods until then,
        ``periods`` in all, ``share_above``, ``would_lose``: whether, having earned it, the last ``n`` periods no longer pass.
    share : float
        Share of places that ever earned.
    reason : str
        Why there is no interval.
    """

    table: pd.DataFrame = field(repr=False, compare=False)
    share: float
    reason: str = "the gate is a rule applied to the published figures of every place"

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        return f"{int(self.table['earned'].sum())} of {len(self.table)} places ({percentage(self.share, 0)}) would have earned freedom."

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy()


@dataclass(frozen=True)
class GateChances:
    """How often gates err, where the truth is known.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each policy: ``policy``; ``false_grants``: share of places not good enough that are free at the end; ``false_refusals``: share of
        good places that are not; ``ever``: share of all that ever earn; ``wait``: mean periods until a good place earns (of those that do);
        ``poorer``, ``richer``: share that ever earns among the half of places with the heavier and the lighter burden; ``poorer_good``: the same among good places
        with the heavier burden; each rate with its Monte Carlo standard error (``..._error``).
    draws : int
        Simulated worlds.
    """

    table: pd.DataFrame = field(repr=False, compare=False)
    draws: int

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        row = self.table[self.table["policy"] == "gate"].iloc[0]
        return (
            f"The gate frees {percentage(float(row['false_grants']), 0)} of places that are not good enough and refuses "
            f"{percentage(float(row['false_refusals']), 0)} of those that are."
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the table."""
        return self.table.copy()


def _k_of_n(k: int, n: int) -> None:
    if not 1 <= k <= n:
        raise InputError(f"k: {k!r} of n = {n!r} is not valid; give whole numbers with 1 <= k <= n")


def _passes(above: BoolArray, k: int, n: int) -> BoolArray:
    """Return for each period from the n-th on whether k of the last n were above, along the last axis."""
    total = np.cumsum(above, axis=-1, dtype=np.int64)
    total = np.concatenate([np.zeros((*above.shape[:-1], 1), dtype=np.int64), total], axis=-1)
    result: BoolArray = total[..., n:] - total[..., :-n] >= k
    return result


@front_door
def binomial_pass(chance: float, k: int, n: int) -> float:
    r"""Return the chance that at least ``k`` of ``n`` independent periods are above the threshold.

    Parameters
    ----------
    chance : float
        Chance of one period, from 0 to 1.
    k, n : int
        Periods needed, and looked at.

    Returns
    -------
    float
        :math:`\sum_{j=k}^{n} \binom{n}{j} p^j (1 - p)^{n - j}`: for a place that is not good enough the chance of a false grant.

    Raises
    ------
    InputError
        When the chance is out of range, or not 1 <= k <= n.

    Examples
    --------
    >>> binomial_pass(0.5, 3, 4)
    0.3125
    """
    if not 0.0 <= chance <= 1.0:
        raise InputError(f"chance: {chance!r} is not valid; give a number from 0 to 1")
    _k_of_n(k, n)
    return float(stats.binom.sf(k - 1, n, chance))


@front_door
def apply_gate(
    frame: pd.DataFrame,
    *,
    area: Hashable,
    period: Hashable,
    value: Hashable,
    threshold: float,
    k: int,
    n: int,
    higher_is: Literal["better", "worse"] = "better",
) -> GateRecord:
    """Apply a gate to series: freedom after ``k`` of ``n`` periods in a row at the threshold or better.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and period.
    area, period, value : hashable
        Columns: place, period (any labels with an order), figure.
    threshold : float
    k, n : int
        Periods needed, and looked at.
    higher_is : {"better", "worse"}
        Which direction of the value is better.

    Returns
    -------
    GateRecord

    Raises
    ------
    InputError
        When a column is missing, a place has a period twice, a value is missing, or a place has fewer than ``n`` periods.

    Notes
    -----
    A place's periods are taken one after another as they stand in the frame, sorted; gaps are the caller's to deal with.

    Examples
    --------
    >>> frame = pd.DataFrame({"a": ["x"] * 4 + ["y"] * 4, "t": [1, 2, 3, 4] * 2, "v": [1, 5, 6, 7, 1, 1, 6, 1]})
    >>> apply_gate(frame, area="a", period="t", value="v", threshold=5, k=2, n=2).table[["area", "earned", "waited"]].values.tolist()
    [['x', True, 3.0], ['y', False, nan]]
    """
    columns = [area, period, value]
    need_rows(frame, columns)
    if len(set(columns)) < 3:
        raise InputError(f"area, period and value: {columns!r} is not valid; give three columns")
    need_labels(frame, [area, period])
    _k_of_n(k, n)
    figures = vector(frame[value], str(value))
    twice = frame.duplicated([area, period]).to_numpy()
    if twice.any():
        at = int(np.argmax(twice))
        raise InputError(
            f"frame: {shown(frame[area].iloc[at])} has period {shown(frame[period].iloc[at])} twice; give one row for each"
        )
    above = figures >= threshold if higher_is == "better" else figures <= threshold
    tidy = pd.DataFrame({"area": frame[area].to_numpy(), "period": frame[period].to_numpy(), "above": above})
    rows = []
    for name, part in tidy.sort_values(["area", "period"]).groupby("area", sort=True, observed=True):
        if len(part) < n:
            raise InputError(f"frame: {shown(name)} has {len(part)} periods; the gate looks at {n}")
        good = _passes(part["above"].to_numpy(), k, n)
        earned = bool(good.any())
        at = int(np.argmax(good)) + n - 1
        rows.append(
            {
                "area": name,
                "earned": earned,
                "period": part["period"].iloc[at] if earned else None,
                "waited": float(at + 1) if earned else float("nan"),
                "periods": len(part),
                "share_above": float(part["above"].mean()),
                "would_lose": earned and not bool(good[-1]),
            }
        )
    table = pd.DataFrame(rows)
    return GateRecord(table, float(table["earned"].mean()))


@front_door
@in_one_order("quality", "burden")
def simulate_gates(
    quality: Vector,
    burden: Vector,
    *,
    noise: float,
    threshold: float,
    k: int,
    n: int,
    periods: int,
    persistence: float = 0.0,
    drift: float = 0.0,
    draws: int = 200,
    seed: int | np.random.Generator = 0,
) -> GateChances:
    r"""Return how four policies of freedom err when the quality of every place is known.

    Parameters
    ----------
    quality : array-like of shape (k,)
        What each place does with its circumstances, in the unit of the measure: good are those with at least ``threshold``.
    burden : array-like of shape (k,)
        What its circumstances take from the measure, in the same unit (0 for average): the measure is quality less burden, and noise.
    noise : float
        Standard deviation of one period around its mean; zero or more.
    threshold : float
    k, n : int
        The gate: ``k`` of ``n`` periods in a row at the threshold or better.
    periods : int
        Length of the series; at least ``n``, and four for the trajectory.
    persistence : float, default 0
        Correlation of a period's noise with the one before, from 0 to below 1.
    drift : float, default 0
        Standard deviation of true change from one period to the next (a random walk in quality), zero or more.
    draws : int, default 200
    seed : int or Generator, default 0

    Returns
    -------
    GateChances

    Raises
    ------
    InputError
        When an argument is out of range, or no place or every place is good.

    Notes
    -----
    Policies: ``gate`` on the measure; ``adjusted gate`` on the measure plus burden (case mix known without error, so a best case);
    ``trajectory``: freedom when the mean of the last half of the periods is above that of the first half; ``all``: everybody is free from the start.
    Freedom once earned is kept. Good is judged by quality in the first period. With ``periods == n``, no burden and no persistence the
    false-grant rate of a place is the binomial tail ``binomial_pass``.

    Examples
    --------
    >>> found = simulate_gates([0.0, 0.0, 10.0, 10.0], [0.0] * 4, noise=1.0, threshold=5.0, k=3, n=4, periods=4)
    >>> found.table.set_index("policy").loc["gate", ["false_grants", "false_refusals"]].tolist()
    [0.0, 0.0]
    """
    q = vector(quality, "quality")
    b = vector(burden, "burden", q.size)
    _k_of_n(k, n)
    check_draws(draws, 20)
    if not max(n, 4) <= periods <= 10_000:
        raise InputError(f"periods: {periods!r} is not valid; give at least {max(n, 4)}, and at most 10,000")
    for name, number in (("noise", noise), ("drift", drift)):
        if not 0.0 <= number <= 1e60:
            raise InputError(f"{name}: {number!r} is not valid; give zero or more")
    if not 0.0 <= persistence < 1.0:
        raise InputError(f"persistence: {persistence!r} is not valid; give a number from 0 to below 1")
    order = np.lexsort((b, q))
    q, b = q[order], b[order]
    good = q >= threshold
    if good.all() or not good.any():
        raise InputError(
            f"threshold: {threshold!r} makes {'every' if good.all() else 'no'} place good; give one between their qualities"
        )
    rng = generator(seed)
    heavy = b > np.median(b)
    found: dict[str, list[FloatArray]] = {name: [] for name in ("gate", "adjusted gate", "trajectory", "all")}
    half = periods // 2
    for _ in range(draws):
        error = rng.standard_normal((q.size, periods))
        if persistence:
            fresh = np.sqrt(1.0 - persistence**2)
            for t in range(1, periods):
                error[:, t] = persistence * error[:, t - 1] + fresh * error[:, t]
        truth = q[:, None] + np.zeros(periods)
        if drift:
            steps = drift * rng.standard_normal((q.size, periods))
            steps[:, 0] = 0.0
            truth = truth + np.cumsum(steps, axis=1)
        fair = truth + noise * error
        seen = fair - b[:, None]
        found["gate"].append(_first(_passes(seen >= threshold, k, n), n))
        found["adjusted gate"].append(_first(_passes(fair >= threshold, k, n), n))
        rising = seen[:, -half:].mean(axis=1) > seen[:, :half].mean(axis=1)
        found["trajectory"].append(np.where(rising, float(periods), np.nan))
        found["all"].append(np.zeros(q.size))
    rows = []
    for policy, waits in found.items():
        wait = np.array(waits)
        free = np.isfinite(wait)
        row: dict[str, object] = {"policy": policy}
        groups = {
            "false_grants": (~good, free),
            "false_refusals": (good, ~free),
            "ever": (np.ones_like(good), free),
            "poorer": (heavy, free),
            "richer": (~heavy, free),
            "poorer_good": (heavy & good, free),
        }
        for name, (member, event) in groups.items():
            each = event[:, member].mean(axis=1) if member.any() else np.full(draws, np.nan)
            row[name] = float(each.mean())
            row[f"{name}_error"] = float(each.std(ddof=1) / np.sqrt(draws))
        earned = wait[:, good]
        row["wait"] = float(np.nanmean(earned)) if np.isfinite(earned).any() else float("nan")
        rows.append(row)
    return GateChances(pd.DataFrame(rows), draws)


def _first(passes: BoolArray, n: int) -> FloatArray:
    """Return the period in which each place first passes, NaN if never."""
    result: FloatArray = np.where(passes.any(axis=1), passes.argmax(axis=1) + float(n), np.nan)
    return result
