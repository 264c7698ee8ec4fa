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
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.result import Effect, average_paths, effect_from_path
from healthdevo.evaluation.synthetic_did_draws import ErrorMethod, infer_by
from healthdevo.evaluation.synthetic_did_fit import (
    NAMES,
    Cohort,
    CohortFit,
    Solver,
    Variant,
    cohort_mass,
    cohorts_of,
    combined,
    fit_cohort,
    solved_by,
)
from healthdevo.front_door import front_door
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray

__all__ = ["synthetic_did"]

CovariateMethod = Literal["joint", "projected"]


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


@front_door
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
    solver: Solver = "frank-wolfe",
    draw_solver: Solver = "exact",
    seed: int | np.random.Generator = 0,
) -> Effect:
    """Estimate the average effect on the treated by synthetic difference-in-differences.

    The formula, the assumptions and the sources are those of this module's introduction. By default weights are found as the
    authors' own program finds them, so that its results are reproduced: by Frank-Wolfe steps that stop when the objective
    falls by less than ``(1e-5 sigma)^2``, in two passes (a hundred steps, then weights up to a quarter of the largest are set
    to zero and the steps go on from there). These steps often end at ``max_iterations``, short of the weights that the
    formula defines: ``solver="exact"`` finds those.

    Parameters
    ----------
    panel : Panel
        Balanced, absorbing treatment, at least two periods before every start and one never-treated area. Weights of
        treated areas are used in their average; controls are weighted by the method (by their own weights with ``"did"``).
    variant : {"sdid", "sc", "did"}
        ``"sc"``: no intercept, no time weights, a tiny penalty. ``"did"``: every area by its own weight.
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
    solver : {"frank-wolfe", "exact"}
        How the weights of the estimate are found: by the published steps, or at the optimum that they approach. ``"exact"``
        needs a panel without covariates, or ``covariate_method="projected"``.
    draw_solver : {"exact", "frank-wolfe"}
        How weights are found in placebo and bootstrap draws without covariates: at the optimum that the steps approach, by
        a method some hundred times quicker, or by the same steps as the point estimate.
    seed : int or numpy.random.Generator
        Source of the draws.

    Returns
    -------
    Effect
        ``path`` holds the effect by period relative to treatment, in reference to the time-weighted periods before;
        ``weights`` and ``period_weights`` hold the weights; ``diagnostics`` the ``iterations`` of the steps, where there are
        any (``max_iterations``: the limit ended them).

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
    for name, value in (("solver", solver), ("draw_solver", draw_solver)):
        if value not in ("exact", "frank-wolfe"):
            raise InputError(f"{name}: {value!r} is not 'exact' or 'frank-wolfe'")
    if solver == "exact" and working.covariates.shape[2]:
        raise InputError(
            "solver: 'exact' is not valid where coefficients of covariates are found together with the weights; give "
            "covariate_method='projected', or solver='frank-wolfe'"
        )
    cohorts = solved_by(cohorts_of(working, variant, max_iterations, penalty), solver)
    fits = [fit_cohort(c, variant) for c in cohorts]
    effect = _describe(panel, working, cohorts, fits, beta, design)
    methods = (inference,) if isinstance(inference, str) else tuple(inference)
    rng = np.random.default_rng(seed)
    cohorts = solved_by(cohorts, draw_solver)
    results = [
        infer_by(m, working, cohorts, fits, effect.estimate, draws, wanted, rng)
        for m in methods
        if m != "none"
    ]
    return effect.with_inference(*results) if results else effect


def _describe(
    panel: Panel, working: Panel, cohorts: list[Cohort], fits: list[CohortFit], beta: FloatArray, design: str
) -> Effect:
    t = panel.shape[1]
    counts = np.array([cohort_mass(c, t).sum() for c in cohorts])
    estimate = float(combined(np.array([f.effect[0] for f in fits]), counts))
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
    }
    if not any(c.settings.exact for c in cohorts):
        diagnostics["iterations"] = float(max(f.iterations for f in fits))
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
