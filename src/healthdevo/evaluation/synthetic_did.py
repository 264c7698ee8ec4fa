"""Synthetic difference-in-differences, with the synthetic control and plain difference-in-differences it nests.

Estimand: the average effect of treatment on the treated areas over their treated periods. With unit weights
``omega`` on the controls and time weights ``lambda`` on the pre-treatment periods the estimate is

``(mean treated post - lambda . treated pre) - omega . (control mean post - lambda . control pre)``.

Unit weights minimise ``||omega_0 + Y_pre' omega - y_treated,pre||^2 / T0 + zeta^2 ||omega||^2`` over the simplex, time
weights the same with rows and columns exchanged. ``zeta = (N1 T1)^(1/4) sigma`` for units and ``1e-6 sigma`` for
periods, where ``sigma`` is the standard deviation of the controls' first differences before treatment (common shocks
included, as published).

Assumptions: an additive two-way plus low-rank structure of the untreated outcome, weights that balance it, no
anticipation, no spillover to the controls, and many controls. Placebo errors further assume that treated and control
areas are equally noisy.

Source: Arkhangelsky, Athey, Hirshberg, Imbens and Wager (2021), Synthetic difference-in-differences, American
Economic Review 111(12); staggered adoption after Clarke, Pailanir, Athey and Imbens (2024), Stata Journal 24(4);
projected covariates after Kranz (2022).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.result import Effect, Inference, average_paths, effect_from_path
from healthdevo.evaluation.simplex import (
    ColumnProblems,
    frank_wolfe,
    frank_wolfe_gram,
    nearest_point,
    simplex_least_squares,
    simplex_ridge,
)
from healthdevo.mathematics.estimates import limits
from healthdevo.results import check_levels
from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = ["synthetic_did", "synthetic_did_draws"]

Variant = Literal["sdid", "sc", "did"]
ErrorMethod = Literal["placebo", "jackknife", "bootstrap", "none"]
CovariateMethod = Literal["joint", "projected"]
Solver = Literal["exact", "frank-wolfe"]

NAMES = {
    "sdid": "synthetic difference-in-differences",
    "sc": "synthetic control (regularised)",
    "did": "difference-in-differences",
}
BATCH = 120_000  # numbers held at once for one batch of draws: what a processor's cache holds


@dataclass(frozen=True)
class _Settings:
    """What stays the same between the point estimate and its draws."""

    pre: int
    zeta_units: float
    zeta_periods: float
    min_decrease: float
    max_iterations: int
    intercept: bool
    fit_units: bool
    fit_periods: bool
    exact: bool = False


@dataclass(frozen=True)
class _Fit:
    effect: FloatArray  # (d,)
    units: FloatArray  # (d, k)
    periods: FloatArray  # (d, T0)
    gap: FloatArray  # (d, T): treated less synthetic
    beta: FloatArray  # (d, covariates)
    iterations: int


@dataclass(frozen=True)
class _Cohort:
    """One group of areas treated from one period, with the never-treated."""

    outcome: FloatArray  # controls first
    covariates: FloatArray
    controls: IntArray  # positions in the panel
    treated: IntArray
    mass: FloatArray  # weights of all areas in this cohort's order
    settings: _Settings

    @property
    def n_controls(self) -> int:
        return len(self.controls)


def _sparsify(weights: FloatArray) -> FloatArray:
    kept = np.where(weights <= weights.max(axis=1, keepdims=True) / 4.0, 0.0, weights)
    return np.asarray(kept / kept.sum(axis=1, keepdims=True), dtype=float)


def _normalise(weights: FloatArray, valid: BoolArray) -> FloatArray:
    """Rescale rows to one; rows without any weight become equal weights."""
    weights = np.where(valid, weights, 0.0)
    total = weights.sum(axis=1, keepdims=True)
    even = valid / valid.sum(axis=1, keepdims=True)
    return np.where(total > 0.0, weights / np.where(total > 0.0, total, 1.0), even)


def _two_pass_units(problems: ColumnProblems, start: FloatArray, s: _Settings) -> tuple[FloatArray, int]:
    first, _ = frank_wolfe(problems, s.zeta_units, start, s.min_decrease, 100)
    weights, used = frank_wolfe(problems, s.zeta_units, _sparsify(first), s.min_decrease, s.max_iterations)
    return weights, int(used.max())


def _two_pass_periods(
    gram: FloatArray, rows: FloatArray, start: FloatArray, s: _Settings
) -> tuple[FloatArray, int]:
    first, _ = frank_wolfe_gram(gram, rows, s.zeta_periods, start, s.min_decrease, 100)
    weights, used = frank_wolfe_gram(
        gram, rows, s.zeta_periods, _sparsify(first), s.min_decrease, s.max_iterations
    )
    return weights, int(used.max())


def _fit_draws(
    outcome: FloatArray,
    covariates: FloatArray,
    controls: IntArray,
    treated: IntArray,
    treated_weights: FloatArray,
    units: FloatArray,
    periods: FloatArray,
    settings: _Settings,
) -> _Fit:
    """Fit many samples of rows of one panel at once.

    ``controls`` (d, k) and ``treated`` (d, r) hold row numbers, with the number of rows as padding;
    ``treated_weights`` (d, r) add up to one; ``units`` (d, k) and ``periods`` (d, T0) are where the steps start.
    """
    n, total = outcome.shape
    pre, d = settings.pre, len(controls)
    valid = controls < n
    padded = np.concatenate([outcome, np.zeros((1, total))])
    target = np.einsum("dr,drt->dt", treated_weights, padded[treated])
    counts = valid.sum(axis=1).astype(float)
    beta = np.zeros((d, covariates.shape[2]))
    used = 0
    if covariates.shape[2]:
        x = np.concatenate([covariates, np.zeros((1, *covariates.shape[1:]))])
        x_target = np.einsum("dr,drtc->dtc", treated_weights, x[treated])
        units, periods, beta, used = _joint_covariates(
            padded[controls], target, x[controls], x_target, valid, units, periods, settings
        )
        target = target - np.einsum("dtc,dc->dt", x_target, beta)
        synthetic = np.einsum("dk,dkt->dt", units, padded[controls]) - np.einsum(
            "dk,dktc,dc->dt", units, x[controls], beta
        )
    else:
        if settings.fit_periods:
            collapsed = np.concatenate(
                [outcome[:, :pre], outcome[:, pre:].mean(axis=1, keepdims=True)], axis=1
            )
            collapsed = collapsed - collapsed.mean(axis=0)
            shifted = np.concatenate([collapsed[:, :pre] - collapsed[:, pre:], np.zeros((1, pre))])
            times = np.zeros((d, n + 1))
            np.add.at(times, (np.arange(d)[:, None], controls), valid.astype(float))
            outer = (shifted[:, :, None] * shifted[:, None, :]).reshape(n + 1, pre * pre)
            gram = (times @ outer).reshape(d, pre, pre)
            if settings.intercept:
                sums = times @ shifted
                gram = gram - sums[:, :, None] * sums[:, None, :] / counts[:, None, None]
            if settings.exact:
                periods = _exact_periods(gram, counts, settings)
            else:
                periods, used = _two_pass_periods(gram, counts, periods, settings)
        if settings.fit_units:
            pool = outcome[:, :pre]
            goal = target[:, :pre]
            if settings.intercept:
                pool = pool - pool.mean(axis=1, keepdims=True)
                goal = goal - goal.mean(axis=1, keepdims=True)
            problems = ColumnProblems(np.ascontiguousarray(pool.T), controls, goal)
            if settings.exact:
                units = _exact_units(problems, settings)
            else:
                units, steps = _two_pass_units(problems, units, settings)
                used = max(used, steps)
        synthetic = np.einsum("dk,dkt->dt", units, padded[controls])
    gap = target - synthetic
    effect = gap[:, pre:].mean(axis=1) - np.einsum("dt,dt->d", gap[:, :pre], periods)
    return _Fit(effect, units, periods, gap, beta, used)


def _exact_units(problems: ColumnProblems, s: _Settings) -> FloatArray:
    """Solve for unit weights exactly."""
    pool, columns = problems.pool, problems.columns
    m, p = pool.shape
    d = len(columns)
    there = columns < p
    if s.zeta_units**2 * m > 1e-6 * float((pool**2).sum(axis=0).mean()):
        counts = np.zeros((d, p + 1))
        np.add.at(counts, (np.arange(d)[:, None], columns), 1.0)
        counts[:, p] = 0.0
        total = simplex_ridge(pool, counts[:, :p], problems.target, s.zeta_units)
        each = np.concatenate([total / np.maximum(counts[:, :p], 1.0), np.zeros((d, 1))], axis=1)
        return np.take_along_axis(each, columns, axis=1)
    weights = np.zeros(columns.shape)
    for i in range(d):
        use = there[i]
        weights[i, use] = simplex_least_squares(
            pool[:, columns[i, use]], problems.target[i], ridge=m * s.zeta_units**2
        )
    return weights


def _exact_periods(gram: FloatArray, rows: FloatArray, s: _Settings) -> FloatArray:
    """Solve for period weights exactly."""
    ridge = np.eye(gram.shape[1]) * s.zeta_periods**2
    return np.array([nearest_point(g + n * ridge) for g, n in zip(gram, rows, strict=True)])


def _step(
    residual: FloatArray,
    matrix: FloatArray,
    target: FloatArray,
    x: FloatArray,
    eta: FloatArray,
    barrier: FloatArray,
) -> FloatArray:
    """One Frank-Wolfe step for stacks of matrices (d, m, k); ``barrier`` is infinite at padding."""
    gradient = (residual[:, None] @ matrix)[:, 0] + eta[:, None] * x
    best = (gradient + barrier).argmin(axis=1)
    rows = np.arange(len(x))
    slope = gradient[rows, best] - (gradient * x).sum(axis=1)
    move = matrix[rows, :, best] - target - residual
    curvature = (move**2).sum(axis=1) + eta * ((x**2).sum(axis=1) - 2.0 * x[rows, best] + 1.0)
    size = np.minimum(1.0, np.maximum(0.0, -slope) / np.maximum(curvature, 1e-300))
    result = np.asarray((1.0 - size)[:, None] * x, dtype=float)
    result[rows, best] += size
    return result


def _joint_covariates(
    controls: FloatArray,
    target: FloatArray,
    x_controls: FloatArray,
    x_target: FloatArray,
    valid: BoolArray,
    units: FloatArray,
    periods: FloatArray,
    s: _Settings,
) -> tuple[FloatArray, FloatArray, FloatArray, int]:
    """Alternate Frank-Wolfe steps on both sets of weights with gradient steps of length 1/t on the coefficients.

    Everything is linear in the coefficients, so that outcome and covariates are centred once beforehand.
    """
    pre = s.pre
    counts = valid.sum(axis=1).astype(float)
    keep = valid[:, :, None].astype(float)

    def collapse(block: FloatArray) -> FloatArray:
        return np.concatenate([block[..., :pre], block[..., pre:].mean(axis=-1, keepdims=True)], axis=-1)

    # the outcome comes first, then the covariates: (d, 1 + c, k, T0 + 1) and (d, 1 + c, T0 + 1)
    blocks = (
        collapse(np.concatenate([controls[:, None], np.moveaxis(x_controls, 3, 1)], axis=1)) * keep[:, None]
    )
    lines = collapse(np.concatenate([target[:, None], np.moveaxis(x_target, 2, 1)], axis=1))
    across, along, goals = blocks, np.swapaxes(blocks[..., :pre], 2, 3), lines[..., :pre]
    if s.intercept:
        across = (blocks - blocks.sum(axis=2, keepdims=True) / counts[:, None, None, None]) * keep[:, None]
        along = along - along.mean(axis=2, keepdims=True)
        goals = goals - goals.mean(axis=2, keepdims=True)
    d, c = blocks.shape[0], blocks.shape[1] - 1
    beta, units, periods = np.zeros((d, c)), units.copy(), periods.copy()
    live = np.arange(d)
    a_shape, u_shape = across.shape[2:], along.shape[2:]
    across, along = across.reshape(d, c + 1, -1), along.reshape(d, c + 1, -1)
    eta_units, eta_periods = np.full(d, pre * s.zeta_units**2), counts * s.zeta_periods**2
    bar_units, bar_periods = np.where(valid, 0.0, np.inf), np.zeros((d, pre))
    omega, lam, b = units, periods, beta
    previous = np.full(d, np.inf)
    error_units, error_periods = np.zeros((d, pre)), np.zeros((d, blocks.shape[2]))
    t = 0
    for t in range(s.max_iterations + 1):
        if t:
            by_lambda = across[:, 1:].reshape(len(live), c, *a_shape)
            by_lambda = (by_lambda[..., :pre] @ lam[:, None, :, None])[..., 0] - by_lambda[..., pre]
            by_omega = along[:, 1:].reshape(len(live), c, *u_shape)
            by_omega = (by_omega @ omega[:, None, :, None])[..., 0] - goals[:, 1:]
            gradient = (by_lambda @ error_periods[:, :, None])[..., 0] / counts[:, None]
            gradient += (by_omega @ error_units[:, :, None])[..., 0] / pre
            b = b + gradient / t
        sign = np.concatenate([np.ones((len(live), 1)), -b], axis=1)[:, None]
        by_period = (sign @ across).reshape(-1, *a_shape)
        by_unit, goal = (sign @ along).reshape(-1, *u_shape), (sign @ goals)[:, 0]
        matrix, aim = by_period[..., :pre], by_period[..., pre]
        error_periods = (matrix @ lam[:, :, None])[..., 0] - aim
        if s.fit_periods:
            lam = _step(error_periods, matrix, aim, lam, eta_periods, bar_periods)
            error_periods = (matrix @ lam[:, :, None])[..., 0] - aim
        error_units = (by_unit @ omega[:, :, None])[..., 0] - goal
        if s.fit_units:
            omega = _step(error_units, by_unit, goal, omega, eta_units, bar_units)
            error_units = (by_unit @ omega[:, :, None])[..., 0] - goal
        if not t:
            continue
        value = (
            s.zeta_units**2 * (omega**2).sum(axis=1)
            + s.zeta_periods**2 * (lam**2).sum(axis=1)
            + (error_units**2).sum(axis=1) / pre
            + (error_periods**2).sum(axis=1) / counts
        )
        done = previous - value <= s.min_decrease**2 if t >= 2 else np.zeros(len(live), dtype=bool)
        previous = value
        if t == s.max_iterations:
            done = np.ones(len(live), dtype=bool)
        if done.any():
            beta[live[done]], units[live[done]], periods[live[done]] = b[done], omega[done], lam[done]
            stay = ~done
            if not stay.any():
                break
            live, b, omega, lam, previous = (z[stay] for z in (live, b, omega, lam, previous))
            across, along, goals, counts = (z[stay] for z in (across, along, goals, counts))
            error_units, error_periods = error_units[stay], error_periods[stay]
            eta_units, eta_periods = eta_units[stay], eta_periods[stay]
            bar_units, bar_periods = bar_units[stay], bar_periods[stay]
    return units, periods, beta, t


def _project_covariates(panel: Panel) -> tuple[Panel, FloatArray]:
    """Take covariates out with coefficients from untreated observations (two-way fixed effects)."""
    n, t = panel.shape
    use = ~panel.treatment
    area, period = np.nonzero(use)
    x = panel.covariates[use]
    dummies = np.zeros((len(x), n + t - 1))
    dummies[np.arange(len(x)), area] = 1.0
    later = period > 0
    dummies[np.flatnonzero(later), n + period[later] - 1] = 1.0
    design = np.concatenate([x, dummies], axis=1)
    solution, _, rank, _ = np.linalg.lstsq(design, panel.outcome[use], rcond=None)
    if rank < design.shape[1] and np.linalg.matrix_rank(dummies) + x.shape[1] > rank:
        raise InputError(
            "covariates: collinear with each other or with area and period effects; drop those that do not vary"
        )
    beta = solution[: x.shape[1]]
    outcome = panel.outcome - panel.covariates @ beta
    plain = Panel(
        outcome,
        panel.treatment,
        panel.areas,
        panel.periods,
        panel.weights,
        outcome_name=panel.outcome_name,
        unit=panel.unit,
    )
    return plain, beta


def _cohorts(panel: Panel, variant: Variant, max_iterations: int, penalty: float | None) -> list[_Cohort]:
    adoption, t = panel.adoption, panel.shape[1]
    controls = np.flatnonzero(~panel.treated)
    result = []
    for first in panel.cohorts:
        treated = np.flatnonzero(adoption == first)
        rows = np.concatenate([controls, treated])
        pre = int(first)
        noise = (
            float(np.std(np.diff(panel.outcome[controls, :pre], axis=1), ddof=1))
            if len(controls) * (pre - 1) > 1
            else 0.0
        )
        strength = {"sdid": (len(treated) * (t - pre)) ** 0.25, "sc": 1e-6, "did": 0.0}[variant]
        strength = strength if penalty is None else penalty
        settings = _Settings(
            pre=pre,
            zeta_units=strength * noise,
            zeta_periods=1e-6 * noise,
            min_decrease=1e-5 * noise,
            max_iterations=max_iterations,
            intercept=variant != "sc",
            fit_units=variant != "did",
            fit_periods=variant == "sdid",
        )
        result.append(
            _Cohort(
                panel.outcome[rows], panel.covariates[rows], controls, treated, panel.weights[rows], settings
            )
        )
    return result


def _start_periods(variant: Variant, pre: int, d: int) -> FloatArray:
    return np.zeros((d, pre)) if variant == "sc" else np.full((d, pre), 1.0 / pre)


def _fit_cohort(cohort: _Cohort, variant: Variant) -> _Fit:
    k, n = cohort.n_controls, len(cohort.outcome)
    mass = cohort.mass[k:]
    return _fit_draws(
        cohort.outcome,
        cohort.covariates,
        np.arange(k)[None],
        np.arange(k, n)[None],
        (mass / mass.sum())[None],
        np.full((1, k), 1.0 / k),
        _start_periods(variant, cohort.settings.pre, 1),
        cohort.settings,
    )


def _batched(
    cohort: _Cohort,
    controls: IntArray,
    treated: IntArray,
    start_units: FloatArray,
    start_periods: FloatArray,
    settings: _Settings,
) -> FloatArray:
    """Gaps (d, T) of many samples, less their time-weighted level before treatment; a bounded number at a time."""
    t = cohort.outcome.shape[1]
    mass = np.append(cohort.mass, 0.0)[treated]
    shares = mass / mass.sum(axis=1, keepdims=True)
    each = max(1, controls.shape[1] * (1 + cohort.covariates.shape[2] * t))
    size = max(1, max(BATCH, 20 * each) // each)
    parts = []
    for i in range(0, len(controls), size):
        part = slice(i, i + size)
        fit = _fit_draws(
            cohort.outcome,
            cohort.covariates,
            controls[part],
            treated[part],
            shares[part],
            start_units[part],
            start_periods[part],
            settings,
        )
        level = np.einsum("dt,dt->d", fit.gap[:, : settings.pre], fit.periods)
        parts.append(fit.gap - level[:, None])
    return np.concatenate(parts) if parts else np.zeros((0, t))


def _combine(effects: FloatArray, counts: FloatArray) -> FloatArray:
    """Average cohorts (last axis) by treated area-periods; absent cohorts count nothing."""
    weighted = np.where(counts > 0, effects, 0.0) * counts
    return np.asarray(weighted.sum(axis=-1) / counts.sum(axis=-1), dtype=float)


def _placebo_draws(
    cohorts: list[_Cohort], fits: list[_Fit], groups: list[IntArray], mass: list[FloatArray]
) -> FloatArray:
    """Effects when each row of ``groups[c]`` (positions among controls) plays cohort ``c``."""
    d = len(groups[0])
    effects = np.empty((d, len(cohorts)))
    taken = np.concatenate(groups, axis=1)
    k = cohorts[0].n_controls
    free = np.ones((d, k), dtype=bool)
    free[np.arange(d)[:, None], taken] = False
    rest = np.nonzero(free)[1].reshape(d, -1)
    for c, (cohort, fit) in enumerate(zip(cohorts, fits, strict=True)):
        warm = fit.units[0][rest]
        start = _normalise(warm, np.ones_like(warm, dtype=bool))
        gaps = _batched(cohort, rest, groups[c], start, np.repeat(fit.periods, d, axis=0), cohort.settings)
        effects[:, c] = gaps[:, cohort.settings.pre :].mean(axis=1)
    counts = np.array([m.sum() for m in mass])
    return _combine(effects, np.broadcast_to(counts, effects.shape))


def _cohort_mass(cohort: _Cohort, t: int) -> FloatArray:
    """Weight of each treated area of a cohort in the average: its own weight times its treated periods."""
    return cohort.mass[cohort.n_controls :] * (t - cohort.settings.pre)


def _resampled(
    panel: Panel, cohorts: list[_Cohort], fits: list[_Fit], samples: IntArray, refit: bool
) -> FloatArray:
    """Effects for samples of areas: rows of ``samples`` are positions in the panel, -1 for none."""
    d, t = len(samples), panel.shape[1]
    effects, counts = np.zeros((d, len(cohorts))), np.zeros((d, len(cohorts)))
    for c, (cohort, fit) in enumerate(zip(cohorts, fits, strict=True)):
        rows = len(cohort.outcome)
        place = np.full(panel.shape[0] + 1, rows)
        place[cohort.controls] = np.arange(cohort.n_controls)
        place[cohort.treated] = np.arange(cohort.n_controls, rows)
        where = np.sort(place[samples], axis=1)  # -1 looks up the padding at the end
        is_control = where < cohort.n_controls
        is_treated = (where >= cohort.n_controls) & (where < rows)
        k, r = int(is_control.sum(axis=1).max()), int(is_treated.sum(axis=1).max())
        controls = np.where(is_control, where, rows)[:, :k]  # sorted: controls come first
        present = is_treated.any(axis=1)
        if not present.any():
            continue
        treated = np.sort(np.where(is_treated, where, rows), axis=1)[:, :r]
        warm = np.append(fit.units[0], np.zeros(rows - cohort.n_controls + 1))[controls]
        start = _normalise(warm, controls < rows)
        settings = cohort.settings if refit else replace(cohort.settings, fit_units=False, fit_periods=False)
        gaps = _batched(
            cohort,
            controls[present],
            treated[present],
            start[present],
            np.repeat(fit.periods, int(present.sum()), axis=0),
            settings,
        )
        effects[present, c] = gaps[:, cohort.settings.pre :].mean(axis=1)
        counts[:, c] = np.append(cohort.mass, 0.0)[treated].sum(axis=1) * (t - cohort.settings.pre)
    return _combine(effects, counts)


def _bootstrap_samples(panel: Panel, draws: int, rng: np.random.Generator) -> IntArray:
    n = panel.shape[0]
    treated = panel.treated
    samples = np.zeros((0, n), dtype=np.int64)
    while len(samples) < draws:
        candidate = rng.integers(0, n, (draws, n))
        share = treated[candidate].sum(axis=1)
        samples = np.concatenate([samples, candidate[(share > 0) & (share < n)]])
    return samples[:draws]


def synthetic_did(
    panel: Panel,
    *,
    variant: Variant = "sdid",
    inference: ErrorMethod | Sequence[ErrorMethod] = "placebo",
    draws: int = 200,
    levels: float | Sequence[float] = 0.95,
    covariate_method: CovariateMethod = "joint",
    penalty: float | None = None,
    max_iterations: int = 10_000,
    draw_solver: Solver = "exact",
    seed: int | np.random.Generator = 0,
) -> Effect:
    """Estimate the average effect on the treated by synthetic difference-in-differences.

    The formula, the assumptions and the sources are those of this module's introduction. Weights are found by
    Frank-Wolfe steps that stop when the objective falls by less than ``(1e-5 sigma)^2``, in two passes: a hundred
    steps, then weights up to a quarter of the largest are set to zero and the steps go on from there.

    Parameters
    ----------
    panel : Panel
        Balanced, absorbing treatment, at least two periods before every start and one never-treated area. Weights of
        treated areas are used in their average; controls are weighted by the method.
    variant : {"sdid", "sc", "did"}
        ``"sc"``: no intercept, no time weights, a tiny penalty. ``"did"``: equal weights.
    inference : {"placebo", "jackknife", "bootstrap", "none"} or sequence of them
        Several may be asked for; the first is the headline. ``"placebo"`` gives never-treated areas, drawn at random,
        the timing of the treated; it needs more controls than treated areas. ``"jackknife"`` leaves out one area at
        a time with weights held fixed; it needs two treated areas in every cohort. ``"bootstrap"`` draws areas with
        replacement and refits; it needs two treated areas.
    draws : int
        Number of draws of placebo and bootstrap.
    levels : float or sequence of float
        Levels of normal intervals.
    covariate_method : {"joint", "projected"}
        Coefficients found together with the weights, or first from the untreated observations by two-way fixed
        effects.
    penalty : float, optional
        Replaces ``(N1 T1)^(1/4)`` in the unit penalty.
    max_iterations : int
        Limit for the steps of the second pass.
    draw_solver : {"exact", "frank-wolfe"}
        How weights are found in placebo and bootstrap draws without covariates: at the optimum that the steps approach, by
        a method some hundred times quicker, or by the same steps as the point estimate.
    seed : int or numpy.random.Generator
        Source of the draws.

    Returns
    -------
    Effect
        ``path`` holds the effect by period relative to treatment, in reference to the time-weighted periods before;
        ``weights`` and ``period_weights`` hold the weights.

    Raises
    ------
    InputError
        When the panel is not what the design needs.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> y = rng.normal(size=(12, 8)) + np.arange(8)
    >>> y[0, 5:] += 4.0
    >>> panel = Panel(y, np.outer(np.arange(12) == 0, np.arange(8) >= 5), pd.RangeIndex(12), pd.RangeIndex(8))
    >>> effect = synthetic_did(panel, draws=50)
    >>> bool(2.5 < effect.estimate < 5.5), effect.n
    (True, 96)
    """
    wanted = check_levels(levels)
    if variant not in NAMES:
        raise InputError(f"variant: {variant!r} is not one of {sorted(NAMES)}")
    design = NAMES[variant]
    panel.require(design, balanced=True, pre_periods=2)
    working, beta = panel, np.zeros(0)
    if panel.covariates.shape[2] and covariate_method == "projected":
        working, beta = _project_covariates(panel)
    elif covariate_method not in ("joint", "projected"):
        raise InputError(f"covariate_method: {covariate_method!r} is not 'joint' or 'projected'")
    cohorts = _cohorts(working, variant, max_iterations, penalty)
    fits = [_fit_cohort(c, variant) for c in cohorts]
    effect = _describe(panel, working, cohorts, fits, beta, design)
    methods = (inference,) if isinstance(inference, str) else tuple(inference)
    rng = np.random.default_rng(seed)
    if draw_solver not in ("exact", "frank-wolfe"):
        raise InputError(f"draw_solver: {draw_solver!r} is not 'exact' or 'frank-wolfe'")
    cohorts = _for_draws(cohorts, draw_solver)
    results = [
        _infer(m, working, cohorts, fits, effect.estimate, draws, wanted, rng) for m in methods if m != "none"
    ]
    return effect.with_inference(*results) if results else effect


def _for_draws(cohorts: list[_Cohort], solver: Solver) -> list[_Cohort]:
    exact = solver == "exact"
    return [
        replace(c, settings=replace(c.settings, exact=exact and c.settings.min_decrease > 0.0))
        for c in cohorts
    ]


def _describe(
    panel: Panel, working: Panel, cohorts: list[_Cohort], fits: list[_Fit], beta: FloatArray, design: str
) -> Effect:
    t = panel.shape[1]
    counts = np.array([_cohort_mass(c, t).sum() for c in cohorts])
    estimate = float(_combine(np.array([f.effect[0] for f in fits]), counts))
    frames, units, times = [], [], []
    for cohort, fit in zip(cohorts, fits, strict=True):
        pre = cohort.settings.pre
        base = float(fit.gap[0, :pre] @ fit.periods[0])
        mass = cohort.mass[cohort.n_controls :]
        observed = mass @ cohort.outcome[cohort.n_controls :] / mass.sum()
        frames.append(
            pd.DataFrame(
                {
                    "period": panel.periods,
                    "relative": np.arange(t) - pre,
                    "effect": fit.gap[0] - base,
                    "treated": observed,
                    "counterfactual": observed - (fit.gap[0] - base),
                    "mass": mass.sum(),
                    "areas": len(mass),
                }
            )
        )
        start = panel.periods[pre]
        units.append(
            pd.DataFrame({"area": panel.areas[cohort.controls], "weight": fit.units[0], "cohort": start})
        )
        times.append(pd.DataFrame({"period": panel.periods[:pre], "weight": fit.periods[0], "cohort": start}))
    path = frames[0].drop(columns="mass") if len(frames) == 1 else average_paths(frames)
    noise = cohorts[0].settings.min_decrease / 1e-5
    diagnostics = {
        "noise level": noise,
        "unit penalty": cohorts[0].settings.zeta_units,
        "effective controls": float(1.0 / np.mean([(f.units[0] ** 2).sum() for f in fits])),
        "effective pre-periods": float(1.0 / max(np.mean([(f.periods[0] ** 2).sum() for f in fits]), 1e-300))
        if any(f.periods[0].any() for f in fits)
        else float("nan"),
        "largest unit weight": float(max(f.units[0].max() for f in fits)),
        "iterations": float(max(f.iterations for f in fits)),
    }
    coefficients = beta if beta.size else np.average([f.beta[0] for f in fits], axis=0, weights=counts)
    diagnostics |= {
        f"coefficient of {name}": float(b)
        for name, b in zip(panel.covariate_names, coefficients, strict=True)
    }
    if len(cohorts) > 1:
        diagnostics |= {
            f"effect of cohort {panel.periods[c.settings.pre]}": float(f.effect[0])
            for c, f in zip(cohorts, fits, strict=True)
        }
    return effect_from_path(
        design=design,
        estimate=estimate,
        path=path,
        n=int(working.observed.sum()),
        method=design + (" by cohort of adoption" if len(cohorts) > 1 else ""),
        unit=panel.unit,
        treated=panel.treated_areas,
        weights=pd.concat(units, ignore_index=True),
        period_weights=pd.concat(times, ignore_index=True),
        diagnostics=diagnostics,
    )


def _infer(
    method: ErrorMethod,
    panel: Panel,
    cohorts: list[_Cohort],
    fits: list[_Fit],
    estimate: float,
    draws: int,
    levels: tuple[float, ...],
    rng: np.random.Generator,
) -> Inference:
    reason = ""
    sample: FloatArray = np.zeros(0)
    k = cohorts[0].n_controls
    if method in ("placebo", "bootstrap") and draws < 2:
        raise InputError(f"draws: {draws} is not valid; at least 2 are needed")
    if method == "placebo":
        if k <= panel.n_treated:
            reason = (
                f"placebo errors need more controls than treated areas; there are {k} and {panel.n_treated}"
            )
        else:
            groups = _random_groups(k, [len(c.treated) for c in cohorts], draws, rng)
            sample = _placebo_draws(cohorts, fits, groups, [_cohort_mass(c, panel.shape[1]) for c in cohorts])
            error = float(np.std(sample))
    elif method == "bootstrap":
        if panel.n_treated < 2:
            reason = "the bootstrap needs at least two treated areas"
        else:
            samples = _bootstrap_samples(panel, draws, rng)
            sample = _resampled(panel, cohorts, fits, samples, refit=True)
            error = float(np.std(sample))
    elif method == "jackknife":
        if min(len(c.treated) for c in cohorts) < 2:
            reason = "the jackknife needs at least two treated areas in every cohort"
        elif any((f.units[0] != 0.0).sum() == 1 for f in fits):
            reason = "the jackknife needs at least two controls with weight"
        else:
            n = panel.shape[0]
            leave = np.array([np.delete(np.arange(n), i) for i in range(n)])
            sample = _resampled(panel, cohorts, fits, leave, refit=False)
            error = float(np.sqrt((n - 1) / n * ((sample - sample.mean()) ** 2).sum()))
    else:
        raise InputError(f"inference: {method!r} is not placebo, jackknife, bootstrap or none")
    if reason:
        return Inference(method, float("nan"), (), reason=reason)
    p_value = float("nan")
    if method == "placebo":
        p_value = float((1 + (np.abs(sample) >= abs(estimate)).sum()) / (1 + len(sample)))
    return Inference(method, error, limits(estimate, error, levels), p_value, "", sample)


def _random_groups(k: int, sizes: Sequence[int], draws: int, rng: np.random.Generator) -> list[IntArray]:
    order = np.argsort(rng.random((draws, k)), axis=1)
    edges = np.cumsum([0, *sizes])
    return [order[:, a:b].astype(np.int64) for a, b in pairwise(edges)]


def synthetic_did_draws(
    panel: Panel,
    groups: IntArray,
    *,
    variant: Variant = "sdid",
    max_iterations: int = 10_000,
    draw_solver: Solver = "exact",
) -> FloatArray:
    """Return the gaps by period that each placebo group of never-treated areas would show.

    Gaps are those between the group and its synthetic control, less their time-weighted level before treatment; their mean
    over the treated periods is the placebo effect. Each group takes the timing of the treated areas, which are left out, and is compared with the other
    never-treated areas. The penalty is that of the actual estimate, as in its placebo errors.

    Parameters
    ----------
    panel : Panel
        As for ``synthetic_did``, with one common start.
    groups : ndarray of int, shape (draws, size)
        Positions of the placebo areas in ``panel.areas``; all never treated.
    variant : {"sdid", "sc", "did"}
        The design.
    max_iterations, draw_solver
        As for ``synthetic_did``.

    Returns
    -------
    ndarray of shape (draws, periods)

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> y = rng.normal(size=(12, 8))
    >>> panel = Panel(y, np.outer(np.arange(12) == 0, np.arange(8) >= 5), pd.RangeIndex(12), pd.RangeIndex(8))
    >>> synthetic_did_draws(panel, np.array([[3, 4], [5, 6]])).shape
    (2, 8)
    """
    panel.require(NAMES[variant], balanced=True, pre_periods=2, simultaneous=True, covariates=False)
    cohorts = _cohorts(panel, variant, max_iterations, None)
    fits = [_fit_cohort(c, variant) for c in cohorts]
    cohorts = _for_draws(cohorts, draw_solver)
    place = np.full(panel.shape[0], -1)
    place[cohorts[0].controls] = np.arange(cohorts[0].n_controls)
    chosen = place[np.asarray(groups)]
    if chosen.ndim != 2 or (chosen < 0).any():
        raise InputError("groups: expected draws x size positions of never-treated areas")
    if chosen.shape[1] >= cohorts[0].n_controls:
        raise InputError("groups: a placebo group must leave at least one control")
    cohort, fit = cohorts[0], fits[0]
    d = len(chosen)
    free = np.ones((d, cohort.n_controls), dtype=bool)
    free[np.arange(d)[:, None], chosen] = False
    if (free.sum(axis=1) != cohort.n_controls - chosen.shape[1]).any():
        raise InputError("groups: the areas of a placebo group must be distinct")
    rest = np.nonzero(free)[1].reshape(d, -1)
    warm = fit.units[0][rest]
    start = _normalise(warm, np.ones_like(warm, dtype=bool))
    return _batched(cohort, rest, chosen, start, np.repeat(fit.periods, d, axis=0), cohort.settings)
