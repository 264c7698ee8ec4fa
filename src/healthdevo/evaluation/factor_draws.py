"""Draws of an effect by factor model: parametric and unit bootstraps, and placebo groups."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.evaluation.factor_ranks import DESIGN, Layout, RankFit, fit_rank, layout_of
from healthdevo.evaluation.few_areas import stretched_by_few
from healthdevo.evaluation.interactive_effects import interactive_fit, treated_fit
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.placebo_groups import checked_groups
from healthdevo.evaluation.result import Inference
from healthdevo.mathematics.estimates import limits
from healthdevo.typing import FloatArray, IntArray

__all__ = ["Bootstrap", "generalised_synthetic_control_draws", "infer_by"]

Bootstrap = Literal["parametric", "units", "none"]
CHUNK = 2_000_000  # numbers of one batch of draws


def _stacked_effects(
    control_y: FloatArray,
    control_x: FloatArray,
    treated_y: FloatArray,
    treated_x: FloatArray,
    pre: FloatArray,
    rank: int,
    tolerance: float,
) -> FloatArray:
    """Gaps (d, treated, T) of stacks of balanced panels: controls (d, n, T), treated (d, m, T)."""
    model = interactive_fit(control_y, control_x, rank, tolerance)
    net = treated_y - model.constant[:, None, None] - model.period[:, None, :]
    if treated_x.shape[3]:
        net = net - np.einsum("dntk,dk->dnt", treated_x, model.beta)
    prediction, _ = treated_fit(net, model.factors, pre)
    return net - prediction


def _parametric(
    layout: Layout, fit: RankFit, draws: int, rng: np.random.Generator, tolerance: float
) -> FloatArray:
    """Errors (draws, treated, T) of the estimated gaps under redrawn outcomes without any effect."""
    panel = layout.panel
    y, x = panel.outcome, panel.covariates
    c, tr = layout.controls, layout.treated
    n, m, t = len(c), len(tr), panel.shape[1]
    pre = layout.pre[None].astype(float)
    fake = rng.integers(0, n, draws)
    others = rng.integers(0, n - 1, (draws, n - 1))
    others = others + (others >= fake[:, None])
    size = max(1, CHUNK // ((n + m) * t * (1 + x.shape[2])))
    errors = np.empty((draws, m, t))
    yc, xc = y[c], x[c]
    # prediction errors: a control plays every treated area, the others (redrawn) are its controls
    for a in range(0, draws, size):
        part = slice(a, min(a + size, draws))
        rows = others[part]
        errors[part] = _stacked_effects(
            yc[rows],
            xc[rows],
            np.repeat(yc[fake[part]][:, None], m, axis=1),
            np.repeat(xc[fake[part]][:, None], m, axis=1),
            pre,
            fit.rank,
            tolerance,
        )
    mean_c = fit.model.fitted[0] + xc @ fit.beta
    mean_t = y[tr] - fit.gap
    # the residuals of each draw: rows of controls, rows of prediction errors
    which_c = rng.integers(0, n, (draws, n))
    which_t = rng.integers(0, draws, (draws, m))
    result = np.empty((draws, m, t))
    for a in range(0, draws, size):
        part = slice(a, min(a + size, draws))
        d = part.stop - part.start
        result[part] = _stacked_effects(
            mean_c + fit.control_residuals[which_c[part]],
            np.broadcast_to(xc, (d, *xc.shape)),
            mean_t + errors[which_t[part], np.arange(m)],
            np.broadcast_to(x[tr], (d, *x[tr].shape)),
            pre,
            fit.rank,
            tolerance,
        )
    return result


def _unit_bootstrap(
    layout: Layout, fit: RankFit, draws: int, rng: np.random.Generator, tolerance: float
) -> tuple[FloatArray, IntArray]:
    """Gaps (draws, treated, T) and the areas (draws, treated) behind them when areas are redrawn."""
    panel = layout.panel
    y, x = panel.outcome, panel.covariates
    n, m, t = len(layout.controls), len(layout.treated), panel.shape[1]
    size = max(1, CHUNK // ((n + m) * t * (1 + x.shape[2])))
    picked_c = layout.controls[rng.integers(0, n, (draws, n))]
    picked_t = rng.integers(0, m, (draws, m))
    gaps = np.empty((draws, m, t))
    for a in range(0, draws, size):
        part = slice(a, min(a + size, draws))
        rows = layout.treated[picked_t[part]]
        gaps[part] = _stacked_effects(
            y[picked_c[part]],
            x[picked_c[part]],
            y[rows],
            x[rows],
            layout.pre[picked_t[part]].astype(float),
            fit.rank,
            tolerance,
        )
    return gaps, picked_t


def infer_by(
    method: Bootstrap,
    layout: Layout,
    fit: RankFit,
    draws: int,
    levels: tuple[float, ...],
    rng: np.random.Generator,
    em: bool,
    tolerance: float,
) -> tuple[Inference, pd.Series | None]:
    """Return the uncertainty by one bootstrap, with the standard errors of the path."""
    panel = layout.panel
    if draws < 2:
        raise InputError(f"draws: {draws} is not valid; at least 2 are needed")
    if method not in ("parametric", "units"):
        raise InputError(f"inference: {method!r} is not parametric, units or none")
    name = "parametric bootstrap" if method == "parametric" else "unit bootstrap"
    reason = ""
    n = len(layout.controls)
    if em or not panel.observed.all():
        if method == "parametric":
            reason = "the parametric bootstrap needs a balanced panel and the form without EM"
        elif len(layout.treated) < 2:
            reason = "the unit bootstrap needs at least two treated areas"
    elif method == "units" and len(layout.treated) < 2:
        reason = "the unit bootstrap needs at least two treated areas"
    elif n - 1 < fit.rank + 2:
        reason = f"the bootstrap needs more than {fit.rank + 2} controls at rank {fit.rank}"
    if reason:
        return Inference(name, float("nan"), (), reason=reason), None
    relative = np.arange(panel.shape[1])[None, :] - panel.adoption[layout.treated][:, None]
    if method == "units" and (em or not panel.observed.all()):
        sample = _slow_unit_bootstrap(layout, fit, draws, rng, em, tolerance)
        spread = None
    elif method == "parametric":
        errors = _parametric(layout, fit, draws, rng, tolerance)
        sample = fit.effect + np.einsum("dnt,nt->d", errors, layout.average)
        spread = _spread(
            errors, np.broadcast_to(relative, errors.shape), np.broadcast_to(layout.mass, errors.shape[:2])
        )
    else:
        gaps, picked = _unit_bootstrap(layout, fit, draws, rng, tolerance)
        weights = layout.post[picked] * layout.mass[picked][:, :, None]
        sample = (gaps * weights).sum(axis=(1, 2)) / weights.sum(axis=(1, 2))
        spread = _spread(gaps, relative[picked], layout.mass[picked])
    error = float(np.std(sample, ddof=1))
    wider, degrees = (
        (error, np.inf) if method == "parametric" else stretched_by_few(error, len(layout.treated), n)
    )
    p_value = float(2 * stats.t.sf(abs(fit.effect) / wider, degrees)) if wider > 0 else float("nan")
    return Inference(name, error, limits(fit.effect, wider, levels, degrees), p_value, draws=sample), spread


def _slow_unit_bootstrap(
    layout: Layout, fit: RankFit, draws: int, rng: np.random.Generator, em: bool, tolerance: float
) -> FloatArray:
    panel = layout.panel
    sample: list[float] = []
    attempts = 0
    while len(sample) < draws and attempts < 20 * draws:
        attempts += 1
        rows = np.concatenate(
            [
                rng.choice(layout.controls, len(layout.controls)),
                rng.choice(layout.treated, len(layout.treated)),
            ]
        )
        again = Panel(
            panel.outcome[rows],
            panel.treatment[rows],
            pd.RangeIndex(len(rows)),
            panel.periods,
            panel.weights[rows],
            panel.covariates[rows],
            panel.covariate_names,
        )
        if not again.observed[~again.treated].any(axis=0).all():
            continue
        sample.append(fit_rank(layout_of(again), fit.rank, em, tolerance).effect)
    if len(sample) < draws:
        raise InputError("panel: too few controls are observed in some period; leave that period out")
    return np.array(sample)


def _spread(gaps: FloatArray, relative: IntArray, mass: FloatArray) -> pd.Series:
    """Return the standard deviation over draws of the average gap at each time since treatment."""
    result = {}
    for value in np.unique(relative):
        weights = (relative == value) * mass[:, :, None]
        total = weights.sum(axis=(1, 2))
        some = total > 0
        means = (gaps * weights).sum(axis=(1, 2))[some] / total[some]
        result[int(value)] = float(np.std(means, ddof=1)) if some.sum() > 1 else float("nan")
    return pd.Series(result)


def generalised_synthetic_control_draws(panel: Panel, groups: IntArray, *, rank: int) -> FloatArray:
    """Return the gaps by period that each placebo group of never-treated areas would show at a given rank.

    Each group takes the timing of the treated areas, which are left out, and is compared with the other never-treated
    areas.

    Parameters
    ----------
    panel : Panel
        Balanced, with one common start and without covariates.
    groups : ndarray of int, shape (draws, size)
        Positions of the placebo areas in ``panel.areas``; all never treated.
    rank : int
        Number of factors.

    Returns
    -------
    ndarray of shape (draws, periods)

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> y = rng.normal(size=(12, 8))
    >>> panel = Panel(y, np.outer(np.arange(12) == 0, np.arange(8) >= 5), pd.RangeIndex(12), pd.RangeIndex(8))
    >>> generalised_synthetic_control_draws(panel, np.array([[3, 4], [5, 6]]), rank=1).shape
    (2, 8)
    """
    panel.require(DESIGN, balanced=True, simultaneous=True, covariates=False, pre_periods=rank + 1)
    groups = checked_groups(panel, groups)
    first, t = int(panel.cohorts[0]), panel.shape[1]
    free = np.tile(~panel.treated, (len(groups), 1))
    free[np.arange(len(groups))[:, None], groups] = False
    left = free.sum(axis=1)
    if left[0] < rank + 2:
        raise InputError("groups: each must leave more controls than factors")
    controls = np.nonzero(free)[1].reshape(len(groups), -1)
    pre = (np.arange(t) < first).astype(float)[None, None]
    size = max(1, CHUNK // (panel.shape[0] * t))
    result = np.empty((len(groups), t))
    mass = panel.weights[groups]
    mass = mass / mass.sum(axis=1, keepdims=True)
    for a in range(0, len(groups), size):
        part = slice(a, a + size)
        rows, fake = controls[part], groups[part]
        d = len(rows)
        gaps = _stacked_effects(
            panel.outcome[rows],
            np.zeros((d, rows.shape[1], t, 0)),
            panel.outcome[fake],
            np.zeros((d, fake.shape[1], t, 0)),
            pre,
            rank,
            1e-8,
        )
        result[part] = np.einsum("dnt,dn->dt", gaps, mass[part])
    return result
