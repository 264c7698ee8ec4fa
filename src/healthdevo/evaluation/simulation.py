"""A study by simulation: how designs and their intervals do where the truth is known.

Panels of the real panel's size are drawn with a planted effect under five kinds of world, every design is run on each, and
bias, spread, coverage, size and power are counted.

* ``parallel``: area and period effects and noise, so that trends are parallel.
* ``factors``: two factors whose loadings differ between treated and control areas.
* ``many factors``: four factors, two of them faint, so that a low rank is wrong.
* ``spillover``: as ``factors``, and a number of controls get half the effect.
* ``anticipation``: as ``factors``, and half the effect comes one period early.

Noise is serially correlated within areas. Everything follows from the seed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.evaluation.difference_in_differences import difference_in_differences
from healthdevo.evaluation.generalised_synthetic_control import generalised_synthetic_control
from healthdevo.evaluation.matrix_completion import matrix_completion
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.result import Effect, Inference
from healthdevo.evaluation.synthetic_control import synthetic_control
from healthdevo.evaluation.synthetic_did import synthetic_did
from healthdevo.front_door import front_door
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray

__all__ = ["SCENARIOS", "World", "draw_panel", "simulation_study", "standard_designs"]

Scenario = Literal["parallel", "factors", "many factors", "spillover", "anticipation"]
SCENARIOS: tuple[Scenario, ...] = ("parallel", "factors", "many factors", "spillover", "anticipation")
DesignFunction = Callable[[Panel, int], Effect]
NO_INFERENCE = Inference("none", float("nan"), (), reason="the design has no inference")


@dataclass(frozen=True)
class World:
    """Size and noise of the simulated panel.

    Parameters
    ----------
    areas, periods, treated, start : int
        Size, number of treated areas, position of the first treated period.
    noise : float
        Standard deviation of the noise.
    autocorrelation : float
        Of the noise between consecutive periods, between -1 and 1.
    factor_strength : float
        Standard deviation of the factors' part, in units of the noise.
    selection : float
        How far the loadings of treated areas are shifted, in standard deviations of the controls' loadings.
    spill : int
        Number of controls that get half the effect under ``spillover``.
    """

    areas: int = 140
    periods: int = 14
    treated: int = 10
    start: int = 7
    noise: float = 1.0
    autocorrelation: float = 0.3
    factor_strength: float = 1.5
    selection: float = 0.7
    spill: int = 12

    def __post_init__(self) -> None:
        if not (1 <= self.treated < self.areas and 1 <= self.start < self.periods):
            raise InputError(
                "world: at least one treated area, one control, one period before and one after are needed"
            )
        if not (self.noise > 0 and -1 < self.autocorrelation < 1):
            raise InputError("world: noise must be positive and the autocorrelation between -1 and 1")
        if not 0 <= self.spill <= self.areas - self.treated:
            raise InputError("world: spill must not exceed the number of controls")


@front_door
def draw_panel(
    scenario: Scenario, effect: float, seed: int | np.random.Generator, world: World | None = None
) -> Panel:
    """Draw one panel with a planted constant effect.

    Parameters
    ----------
    scenario : str
        One of ``SCENARIOS``.
    effect : float
        The planted effect, in the unit of the noise.
    seed : int or numpy.random.Generator
        Source of the draw.
    world : World, optional
        Size and noise.

    Returns
    -------
    Panel
        The first areas are the treated ones.

    Examples
    --------
    >>> draw_panel("factors", 1.0, 1).shape
    (140, 14)
    """
    if scenario not in SCENARIOS:
        raise InputError(f"scenario: {scenario!r} is not one of {SCENARIOS}")
    w = World() if world is None else world
    rng = np.random.default_rng(seed)
    n, t = w.areas, w.periods
    treated = np.arange(n) < w.treated
    y = 10.0 * rng.normal(size=(n, 1)) + np.cumsum(rng.normal(size=(1, t)), axis=1)
    if scenario != "parallel":
        strengths = [1.0, 1.0, 0.4, 0.4] if scenario == "many factors" else [1.0, 1.0]
        for strength in strengths:
            line = np.cumsum(rng.normal(size=t))
            line = (line - line.mean()) / line.std()
            loadings = rng.normal(size=n) + w.selection * treated * rng.choice([-1.0, 1.0])
            y = y + w.noise * w.factor_strength * strength / np.sqrt(len(strengths)) * np.outer(
                loadings, line
            )
    shocks = rng.normal(size=(n, t))
    noise = np.empty((n, t))
    noise[:, 0] = shocks[:, 0]
    for s in range(1, t):
        noise[:, s] = w.autocorrelation * noise[:, s - 1] + np.sqrt(1 - w.autocorrelation**2) * shocks[:, s]
    y = y + w.noise * noise
    status = treated[:, None] & (np.arange(t) >= w.start)
    y = y + effect * status
    if scenario == "spillover":
        near = (np.arange(n) >= w.treated) & (np.arange(n) < w.treated + w.spill)
        y = y + 0.5 * effect * (near[:, None] & (np.arange(t) >= w.start))
    if scenario == "anticipation":
        y = y + 0.5 * effect * (treated[:, None] & (np.arange(t) == w.start - 1))
    return Panel(y, status, pd.RangeIndex(n), pd.RangeIndex(t))


@front_door
def standard_designs(draws: int = 100) -> dict[str, DesignFunction]:
    """Return the designs of this package with all their intervals, as functions of a panel and a seed.

    Parameters
    ----------
    draws : int
        Placebo and bootstrap draws of each.

    Examples
    --------
    >>> sorted(standard_designs())[:2]
    ['difference-in-differences', 'generalised synthetic control']
    """
    return {
        "difference-in-differences": lambda panel, seed: difference_in_differences(panel),
        "synthetic control": lambda panel, seed: synthetic_control(
            panel, demean=True, draws=draws, seed=seed
        ),
        "synthetic difference-in-differences": lambda panel, seed: synthetic_did(
            panel, inference=["placebo", "jackknife"], draws=draws, seed=seed
        ),
        "generalised synthetic control": lambda panel, seed: generalised_synthetic_control(
            panel, ranks=(0, 1, 2, 3), inference=["parametric", "units"], draws=draws, seed=seed
        ),
        "generalised synthetic control, rank 1": lambda panel, seed: generalised_synthetic_control(
            panel, rank=1, ranks=(), inference="parametric", draws=draws, seed=seed
        ),
        "matrix completion": lambda panel, seed: matrix_completion(panel, draws=min(draws, 50), seed=seed),
    }


@front_door
def simulation_study(
    designs: Mapping[str, DesignFunction],
    *,
    scenarios: Sequence[Scenario] = SCENARIOS,
    effects: Sequence[float] = (0.0, 1.0),
    repetitions: int = 200,
    level: float = 0.95,
    world: World | None = None,
    seed: int = 0,
) -> pd.DataFrame:
    """Count how designs and their intervals do in simulated worlds.

    All designs see the same panels; the panels of one scenario differ between effects only by the effect.

    Parameters
    ----------
    designs : mapping of name to function
        Functions of a panel and a seed that return an effect; ``standard_designs()`` has those of this package, and takes
        minutes. Intervals are taken at ``level`` and must have been computed at it.
    scenarios : sequence of str
        Among ``SCENARIOS``.
    effects : sequence of float
        Planted effects; with 0 the rejection rate is the size of the test, otherwise its power.
    repetitions : int
        Panels for each scenario and effect.
    level : float
        Level of the intervals.
    world : World, optional
        Size and noise of the panels.
    seed : int
        Everything follows from it.

    Returns
    -------
    pandas.DataFrame
        One row for each scenario, planted effect, design and interval: ``scenario``, ``effect``, ``design``, ``interval``,
        ``repetitions``, ``mean_estimate``, ``bias``, ``sd``, ``rmse``, ``mean_standard_error``, ``coverage``, ``rejection``
        (share of intervals that exclude zero), ``mean_length`` (of the bounded intervals), ``unbounded`` and ``failed``
        (shares), and ``bias_error``, ``coverage_error``: simulation standard errors. A design without inference has one row whose
        interval is ``"none"``; one that refuses every panel has it without any number.

    Raises
    ------
    InputError
        When there is no design, a scenario is unknown or there are fewer than two repetitions.

    Examples
    --------
    >>> study = simulation_study(
    ...     {"DiD": lambda panel, seed: difference_in_differences(panel)},
    ...     scenarios=["parallel"], effects=[0.0], repetitions=20, seed=1)
    >>> study[["design", "interval", "repetitions"]].values.tolist(), bool(abs(study["bias"].iloc[0]) < 0.3)
    ([['DiD', 'clustered', 20]], True)
    """
    check_levels(level, "level")
    if repetitions < 2:
        raise InputError(f"repetitions: {repetitions} is not valid; at least 2")
    if not designs:
        raise InputError("designs: is empty; give at least one function by name, or standard_designs()")
    rows: list[dict[str, str | float]] = []
    for scenario in scenarios:
        if scenario not in SCENARIOS:
            raise InputError(f"scenarios: {scenario!r} is not one of {SCENARIOS}")
        place = SCENARIOS.index(scenario)
        for effect in effects:
            records: dict[tuple[str, str], list[tuple[float, float, float, float]]] = {}
            failures = dict.fromkeys(designs, 0)
            for repetition in range(repetitions):
                panel = draw_panel(scenario, effect, np.random.default_rng([seed, place, repetition]), world)
                for name, function in designs.items():
                    try:
                        found = function(panel, seed + repetition)
                    except InputError:
                        failures[name] += 1
                        continue
                    for inference in found.inference or (NO_INFERENCE,):
                        near = [i for i in inference.intervals if abs(i.level - level) < 1e-9]
                        limits = (near[0].lower, near[0].upper) if near else (float("nan"), float("nan"))
                        records.setdefault((name, inference.method), []).append(
                            (found.estimate, inference.standard_error, *limits)
                        )
            for name in (n for n in designs if failures[n] == repetitions):
                records[name, NO_INFERENCE.method] = []
            for (name, method), values in records.items():
                rows.append(
                    {"scenario": scenario, "effect": effect, "design": name, "interval": method}
                    | _counts(np.array(values).reshape(-1, 4), effect)
                    | {"failed": failures[name] / repetitions}
                )
    return pd.DataFrame(rows)


def _counts(values: FloatArray, effect: float) -> dict[str, float]:
    estimates, errors, lower, upper = values.T
    n = len(estimates)
    known = ~np.isnan(lower)
    bounded = known & np.isfinite(lower) & np.isfinite(upper)
    covered = (lower <= effect) & (effect <= upper)
    away = (lower > 0) | (upper < 0)
    coverage = float(covered[known].mean()) if known.any() else float("nan")
    deviation = float(np.std(estimates, ddof=1)) if n > 1 else float("nan")
    mean = float(estimates.mean()) if n else float("nan")
    return {
        "repetitions": n,
        "mean_estimate": mean,
        "bias": mean - effect,
        "sd": deviation,
        "rmse": float(np.sqrt(np.mean((estimates - effect) ** 2))) if n else float("nan"),
        "mean_standard_error": float(errors[~np.isnan(errors)].mean())
        if (~np.isnan(errors)).any()
        else float("nan"),
        "coverage": coverage,
        "rejection": float(away[known].mean()) if known.any() else float("nan"),
        "mean_length": float((upper - lower)[bounded].mean()) if bounded.any() else float("nan"),
        "unbounded": float((known & ~bounded).mean()) if n else float("nan"),
        "bias_error": deviation / np.sqrt(n) if n else float("nan"),
        "coverage_error": float(np.sqrt(coverage * (1 - coverage) / known.sum()))
        if known.any()
        else float("nan"),
    }
