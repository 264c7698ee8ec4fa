"""Unit and period weights of synthetic difference-in-differences, for one panel or many draws at once."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from healthdevo.evaluation.interactive_effects import two_way
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.simplex import (
    TIE,
    ColumnProblems,
    first_least,
    frank_wolfe,
    frank_wolfe_gram,
    nearest_points,
    simplex_least_squares,
    simplex_ridge,
)
from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = [
    "NAMES",
    "Cohort",
    "CohortFit",
    "Solver",
    "Variant",
    "batched",
    "cohort_mass",
    "cohorts_of",
    "combined",
    "fit_cohort",
    "normalise",
    "solved_by",
]

Variant = Literal["sdid", "sc", "did"]
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
class CohortFit:
    """Effects and weights of many draws of one cohort."""

    effect: FloatArray  # (d,)
    units: FloatArray  # (d, k)
    periods: FloatArray  # (d, T0)
    gap: FloatArray  # (d, T): treated less synthetic
    beta: FloatArray  # (d, covariates)
    iterations: int


@dataclass(frozen=True)
class Cohort:
    """One group of areas treated from one period, with the never-treated."""

    outcome: FloatArray  # controls first
    covariates: FloatArray
    controls: IntArray  # positions in the panel
    treated: IntArray
    mass: FloatArray  # weights of all areas in this cohort's order
    settings: _Settings
    scale: FloatArray  # of the covariates

    @property
    def n_controls(self) -> int:
        """Number of controls."""
        return len(self.controls)


def _sparsify(weights: FloatArray) -> FloatArray:
    kept = np.where(weights <= weights.max(axis=1, keepdims=True) / 4.0, 0.0, weights)
    return np.asarray(kept / kept.sum(axis=1, keepdims=True), dtype=float)


def normalise(weights: FloatArray, valid: BoolArray) -> FloatArray:
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
) -> CohortFit:
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
    return CohortFit(effect, units, periods, gap, beta, used)


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
    return nearest_points(gram + rows[:, None, None] * ridge)


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
    tie = TIE * ((matrix**2).sum(axis=1) + eta[:, None]).max(axis=1)
    best = first_least(gradient + barrier, tie)
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
            # steps of 1/t, as published, but never one that raises the objective: then the best step in that direction
            moved_periods = (by_lambda * gradient[:, :, None]).sum(axis=1)
            moved_units = (by_omega * gradient[:, :, None]).sum(axis=1)
            bend = (moved_periods**2).sum(axis=1) / counts + (moved_units**2).sum(axis=1) / pre
            best = (gradient**2).sum(axis=1) / np.maximum(bend, 1e-300)
            b = b + np.where(2.0 * best < 1.0 / t, best, 1.0 / t)[:, None] * gradient
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


def cohorts_of(panel: Panel, variant: Variant, max_iterations: int, penalty: float | None) -> list[Cohort]:
    """Divide a panel into cohorts by first treated period."""
    adoption, t = panel.adoption, panel.shape[1]
    controls = np.flatnonzero(~panel.treated)
    result = []
    # what is left of a covariate beside areas and periods has a standard deviation of one, so that steps do not hang on its unit
    rest = np.stack(
        [two_way(x[None])[0][0] for x in np.moveaxis(panel.covariates, 2, 0)] or [np.zeros((1, 1))]
    )
    scale = rest.reshape(len(rest), -1).std(axis=1)[: panel.covariates.shape[2]]
    scale = np.where(scale > 1e-12 * np.abs(panel.covariates).max(axis=(0, 1), initial=1e-300), scale, 1.0)
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
            Cohort(
                panel.outcome[rows],
                panel.covariates[rows] / scale,
                controls,
                treated,
                panel.weights[rows],
                settings,
                scale,
            )
        )
    return result


def solved_by(cohorts: list[Cohort], solver: Solver) -> list[Cohort]:
    """Return the cohorts with the settings of a solver; without noise to scale it by, the steps are the only one."""
    exact = solver == "exact"
    return [
        replace(c, settings=replace(c.settings, exact=exact and c.settings.min_decrease > 0.0))
        for c in cohorts
    ]


def _start_periods(variant: Variant, pre: int, d: int) -> FloatArray:
    return np.zeros((d, pre)) if variant == "sc" else np.full((d, pre), 1.0 / pre)


def fit_cohort(cohort: Cohort, variant: Variant) -> CohortFit:
    """Return the point estimate of one cohort, with coefficients in the units of the covariates."""
    k, n = cohort.n_controls, len(cohort.outcome)
    mass, own = cohort.mass[k:], cohort.mass[:k]
    fit = _fit_draws(
        cohort.outcome,
        cohort.covariates,
        np.arange(k)[None],
        np.arange(k, n)[None],
        (mass / mass.sum())[None],
        (own / own.sum())[None] if variant == "did" else np.full((1, k), 1.0 / k),
        _start_periods(variant, cohort.settings.pre, 1),
        cohort.settings,
    )
    return replace(fit, beta=fit.beta / cohort.scale)


def batched(
    cohort: Cohort,
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


def combined(effects: FloatArray, counts: FloatArray) -> FloatArray:
    """Average cohorts (last axis) by treated area-periods; absent cohorts count nothing."""
    weighted = np.where(counts > 0, effects, 0.0) * counts
    return np.asarray(weighted.sum(axis=-1) / counts.sum(axis=-1), dtype=float)


def cohort_mass(cohort: Cohort, t: int) -> FloatArray:
    """Weight of each treated area of a cohort in the average: its own weight times its treated periods."""
    return cohort.mass[cohort.n_controls :] * (t - cohort.settings.pre)
