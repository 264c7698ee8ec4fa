"""Synthetic control: a weighted average of control areas that follows the treated before treatment.

Estimand: the average effect on the treated areas over their treated periods. Weights ``w`` on the simplex minimise

* without predictors: ``sum over pre-treatment periods (y_treated,t - sum_j w_j y_jt)^2``, a convex problem solved exactly
  (where many weights fit exactly, as with more controls than periods, those with the least sum of squares are taken);
* with predictors ``X``: ``(x_1 - X_0 w)' V (x_1 - X_0 w)``, where the diagonal ``V`` is chosen so that the weights it leads to
  minimise the squared gap of the outcome over the fitting periods. That outer problem has many local minima; it is
  started from several points and the best is kept.

The ridge-augmented form corrects the gap that remains by a ridge regression on the controls' pre-treatment outcomes:
``w + X_c (X_c' X_c + r I)^(-1) (x_1c - X_c' w)`` with controls ``X_c`` centred by period. Its weights may be negative.

Assumptions: the treated lie within (or, augmented, near) the convex hull of the controls, a long period before treatment, no
anticipation, no spillover. Inference compares the treated with controls that play the treated.

Sources: Abadie and Gardeazabal (2003), American Economic Review 93; Abadie, Diamond and Hainmueller (2010), Journal of
the American Statistical Association 105; Ben-Michael, Feller and Rothstein (2021), ibid. 116.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd
from scipy import optimize

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.result import (
    Effect,
    Inference,
    average_paths,
    effect_from_path,
    exact_fit,
    permutation_intervals,
)
from healthdevo.evaluation.simplex import simplex_least_squares, simplex_ridge
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray, IntArray

__all__ = ["SyntheticControlEffect", "predictor_means", "synthetic_control", "synthetic_control_draws"]


@dataclass(frozen=True)
class SyntheticControlEffect(Effect):
    """The effect by synthetic control, with its placebos.

    Besides the fields of ``Effect``:

    Parameters
    ----------
    placebos : pandas.DataFrame or None
        One row for the treated and each placebo: ``area``, ``effect``, ``pre_rmspe``, ``post_rmspe``, ``ratio`` and its
        ``rank`` (1 is the largest). Where the fit before treatment is exact the ratio takes a ten-thousandth of the
        outcome's standard deviation in its place.
    p_ratio, p_absolute, p_one_sided : float
        Share of these whose RMSPE ratio, absolute effect, or effect in the same direction is at least as large as that of
        the treated, which count themselves.
    importance : pandas.Series or None
        Weights of the predictors, adding up to one.
    balance : pandas.DataFrame or None
        Predictors of the treated, of the synthetic control and the plain average of the controls.
    """

    placebos: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    p_ratio: float = float("nan")
    p_absolute: float = float("nan")
    p_one_sided: float = float("nan")
    importance: pd.Series | None = field(default=None, repr=False, compare=False)
    balance: pd.DataFrame | None = field(default=None, repr=False, compare=False)


def predictor_means(
    frame: pd.DataFrame,
    *,
    area: str,
    time: str,
    means: Mapping[str, tuple[str, Sequence[Hashable]]],
) -> pd.DataFrame:
    """Return predictors as means of columns over chosen periods.

    Parameters
    ----------
    frame : pandas.DataFrame
        Tidy data, one row for each area and period.
    area, time : str
        Column names.
    means : mapping of name to (column, periods)
        For each predictor the column and the periods to average; missing values are left out of the mean.

    Returns
    -------
    pandas.DataFrame
        Areas x predictors.

    Raises
    ------
    InputError
        When a column is absent or a mean has nothing to average.

    Examples
    --------
    >>> frame = pd.DataFrame({"area": ["A", "A", "B"], "year": [1, 2, 1], "x": [1.0, 3.0, 5.0]})
    >>> predictor_means(frame, area="area", time="year", means={"x": ("x", [1, 2])})["x"].tolist()
    [2.0, 5.0]
    """
    need_columns(frame, [area, time, *(c for c, _ in means.values())])
    result = {}
    for name, (column, periods) in means.items():
        part = frame[frame[time].isin(list(periods))]
        result[name] = part.groupby(area)[column].mean().reindex(sorted(frame[area].unique()))
        if result[name].isna().any():
            lacking = result[name].index[result[name].isna()][0]
            raise InputError(f"{name}: no value of {column!r} for {lacking} in the chosen periods")
    table = pd.DataFrame(result)
    table.index.name = area
    return table


def _outcome_weights(target: FloatArray, pool: FloatArray, demean: bool) -> FloatArray:
    """Weights of ``pool`` (donors, T0) that come nearest to ``target`` (T0,); the most even ones where many fit exactly."""
    if demean:
        target = target - target.mean()
        pool = pool - pool.mean(axis=1, keepdims=True)
    weights = simplex_least_squares(pool.T, target)
    spread = float(((pool - target) ** 2).sum(axis=1).mean())
    if float(((weights @ pool - target) ** 2).sum()) > 1e-12 * spread or len(pool) <= 1:
        return weights
    size = float(np.sqrt(spread / len(target)))
    if size <= 0.0:  # every control is the same as the treated
        return np.full(len(pool), 1.0 / len(pool))
    # among weights that fit exactly take those with the least sum of squares, as the limit of a vanishing penalty
    even: FloatArray = simplex_ridge(
        (pool - target).T / size, np.ones((1, len(pool))), np.zeros((1, len(target))), 1e-4, tolerance=1e-9
    )[0]
    return even


def _augment(weights: FloatArray, target: FloatArray, pool: FloatArray, penalty: float) -> FloatArray:
    """Ridge-augment simplex weights."""
    centre = pool.mean(axis=0)
    centred, goal = pool - centre, target - centre
    gram = centred.T @ centred + penalty * np.eye(pool.shape[1])
    return np.asarray(weights + centred @ np.linalg.solve(gram, goal - weights @ centred), dtype=float)


def _ridge_penalty(target: FloatArray, pool: FloatArray, demean: bool) -> float:
    """Choose the ridge penalty by leaving out a period, the largest within one standard error of the least error."""
    centred = pool - pool.mean(axis=0)
    top = float(np.linalg.svd(centred, compute_uv=False)[0] ** 2)
    if top <= 0.0:
        return 1.0
    grid = top * np.logspace(0, -8, 20)
    t = len(target)
    errors = np.empty((t, len(grid)))
    for s in range(t):
        keep = np.arange(t) != s
        base = _outcome_weights(target[keep], pool[:, keep], demean)
        for j, penalty in enumerate(grid):
            w = _augment(base, target[keep], pool[:, keep], float(penalty))
            shift = float(np.mean(target[keep] - w @ pool[:, keep])) if demean else 0.0
            errors[s, j] = (target[s] - shift - w @ pool[:, s]) ** 2
    mean, spread = errors.mean(axis=0), errors.std(axis=0, ddof=1) / np.sqrt(t)
    best = int(np.argmin(mean))
    return float(grid[mean <= mean[best] + spread[best]].max())


@dataclass(frozen=True)
class _Predictors:
    """Standardised predictors of the target and the donors, and the outcomes to fit."""

    target: FloatArray  # (k,)
    donors: FloatArray  # (k, n)
    outcome: FloatArray  # (T_fit,)
    outcomes: FloatArray  # (T_fit, n)

    def weights(self, importance: FloatArray) -> FloatArray:
        root = np.sqrt(importance)
        return simplex_least_squares(self.donors * root[:, None], self.target * root, tolerance=1e-13)

    def loss(self, weights: FloatArray) -> float:
        return float(np.mean((self.outcome - self.outcomes @ weights) ** 2))


def _share(logs: FloatArray) -> FloatArray:
    values = np.exp(np.clip(logs - logs.max(), -30.0, 0.0))
    return np.asarray(values / values.sum(), dtype=float)


def _regression_importance(p: _Predictors) -> FloatArray:
    """Start from the squared coefficients of a regression of outcomes on predictors."""
    x = np.column_stack([p.target, p.donors]).T
    z = np.column_stack([p.outcome, p.outcomes]).T
    design = np.column_stack([np.ones(len(x)), x])
    beta = np.linalg.lstsq(design, z, rcond=None)[0][1:]
    strength = (beta**2).sum(axis=1)
    return np.asarray(
        strength / strength.sum() if strength.sum() > 0 else np.full(len(strength), 1 / len(strength))
    )


def _importance(p: _Predictors, restarts: int, rng: np.random.Generator) -> tuple[FloatArray, float]:
    """Choose the importance of predictors: several starts of Nelder-Mead, the best two refined again."""
    k = len(p.target)
    if k == 1:
        one = np.ones(1)
        return one, p.loss(p.weights(one))

    def objective(logs: FloatArray) -> float:
        return p.loss(p.weights(_share(logs)))

    starts = [np.zeros(k), np.log(np.maximum(_regression_importance(p), 1e-10))]
    starts += [np.log(np.maximum(rng.dirichlet(np.full(k, 0.5)), 1e-10)) for _ in range(restarts)]
    found: list[tuple[float, FloatArray]] = []
    options = {"maxfev": 250 * k, "xatol": 1e-4, "fatol": 1e-12, "adaptive": True}
    for start in starts:
        simplex = np.vstack([start, start + np.eye(k) * 1.5])
        end = optimize.minimize(
            objective, start, method="Nelder-Mead", options=options | {"initial_simplex": simplex}
        )
        found.append((float(end.fun), np.asarray(end.x)))
    found.sort(key=lambda pair: pair[0])
    for position, (_, start) in enumerate(found[:2]):
        end = optimize.minimize(
            objective,
            start,
            method="Nelder-Mead",
            options=options | {"initial_simplex": np.vstack([start, start + np.eye(k) * 0.3])},
        )
        if end.fun < found[position][0]:
            found[position] = (float(end.fun), np.asarray(end.x))
    found.sort(key=lambda pair: pair[0])
    return _share(found[0][1]), found[0][0]


@dataclass(frozen=True)
class _Options:
    demean: bool
    ridge: float | Literal["cross-validation"] | None
    pre: int
    fit: IntArray  # positions of the periods to fit


def _group_weights(
    target: FloatArray, donors: FloatArray, options: _Options
) -> tuple[FloatArray, float, float]:
    """Outcomes-only weights of donors (n, T), the shift of the level, and the ridge penalty (NaN for none)."""
    goal, pool = target[options.fit], donors[:, options.fit]
    weights = _outcome_weights(goal, pool, options.demean)
    penalty = float("nan")
    if options.ridge is not None:
        penalty = (
            _ridge_penalty(goal, pool, options.demean)
            if options.ridge == "cross-validation"
            else float(options.ridge)
        )
        weights = _augment(weights, goal, pool, penalty)
    shift = float(np.mean(goal - weights @ pool)) if options.demean else 0.0
    return weights, shift, penalty


def _gap(target: FloatArray, donors: FloatArray, options: _Options) -> FloatArray:
    weights, shift, _ = _group_weights(target, donors, options)
    return np.asarray(target - shift - weights @ donors, dtype=float)


def _weighted_mean(values: FloatArray, mass: FloatArray) -> FloatArray:
    return np.asarray(mass @ values / mass.sum(), dtype=float)


def synthetic_control(
    panel: Panel,
    *,
    predictors: pd.DataFrame | None = None,
    fit_periods: Sequence[Hashable] | None = None,
    importance: Sequence[float] | None = None,
    pooled: bool = True,
    demean: bool = False,
    ridge: float | Literal["cross-validation"] | None = None,
    inference: Literal["placebo", "none"] = "placebo",
    draws: int = 500,
    restarts: int = 3,
    levels: float | Sequence[float] = 0.95,
    seed: int | np.random.Generator = 0,
) -> SyntheticControlEffect:
    """Estimate the effect on the treated by synthetic control.

    The formula, the assumptions and the sources are those of this module's introduction.

    Parameters
    ----------
    panel : Panel
        Balanced, absorbing treatment, at least one never-treated area; without covariates (use ``predictors``). Weights
        of treated areas are used in their average.
    predictors : pandas.DataFrame, optional
        Areas x predictors, from ``predictor_means`` for instance. They are scaled by their standard deviation over all
        areas. Without them the outcomes before treatment are matched directly.
    fit_periods : sequence of labels, optional
        Periods before treatment to fit; default all.
    importance : sequence of float, optional
        Weights of the predictors; chosen by the nested problem when not given.
    pooled : bool
        Several treated areas: match the average of those that start together, or each one by itself.
    demean : bool
        Allow a constant difference of level.
    ridge : float or "cross-validation", optional
        Penalty of the ridge-augmented form.
    inference : {"placebo", "none"}
        One treated area: every control plays the treated. Several: groups of controls drawn at random, of the same sizes
        and starts. Areas that play the treated are compared with the other never-treated areas. With predictors the
        importance found for the treated is kept.
    draws : int
        Number of placebo groups when several areas are treated.
    restarts : int
        Random starts of the nested problem, beside equal and regression-based ones.
    levels : float or sequence of float
        Levels of the permutation intervals; unbounded where there are too few placebos for the level.
    seed : int or numpy.random.Generator
        Source of placebo groups and random starts.

    Returns
    -------
    SyntheticControlEffect

    Raises
    ------
    InputError
        When the panel is not what the design needs, or predictors are missing for an area.

    Examples
    --------
    >>> t = np.arange(10.0)
    >>> y = np.array([t * 0.5, t * 0.0, t * 1.0, t * 2.0 + np.sin(t)])
    >>> y[0, 7:] += 3.0
    >>> panel = Panel(y, np.outer(np.arange(4) == 0, t >= 7), pd.Index(list("ABCD")), pd.RangeIndex(10))
    >>> effect = synthetic_control(panel)
    >>> round(effect.estimate, 6), effect.weights["weight"].round(6).tolist()
    (3.0, [0.5, 0.5, 0.0])
    """
    wanted = check_levels(levels)
    design = "synthetic control" if ridge is None else "ridge-augmented synthetic control"
    panel.require(design, balanced=True, covariates=False)
    if predictors is not None and ridge is not None:
        raise InputError("ridge: the augmented form corrects outcomes; it cannot be used with predictors")
    if isinstance(ridge, (int, float)) and not ridge > 0:
        raise InputError(f"ridge: {ridge} is not valid; a positive number is needed")
    if ridge == "cross-validation" and int(panel.cohorts.min()) < 3:
        raise InputError("ridge: cross-validation needs at least three periods before every treatment")
    rng = np.random.default_rng(seed)
    controls, t = np.flatnonzero(~panel.treated), panel.shape[1]
    groups = _groups(panel, pooled)
    donors = panel.outcome[controls]
    frames, weight_frames, losses, penalties = [], [], [], []
    chosen: pd.Series | None = None
    balance: pd.DataFrame | None = None
    settings: list[_Options] = []
    for members in groups:
        first = int(panel.adoption[members[0]])
        options = _Options(demean, ridge, first, _fit_positions(panel, fit_periods, first))
        settings.append(options)
        mass = panel.weights[members]
        target = _weighted_mean(panel.outcome[members], mass)
        if predictors is None:
            weights, shift, penalty = _group_weights(target, donors, options)
            penalties.append(penalty)
        else:
            problem, names, table = _predictor_problem(panel, predictors, members, controls, options)
            if importance is None:
                v, _ = _importance(problem, restarts, rng)
            else:
                v = _given_importance(importance, len(names))
            weights, shift = problem.weights(v), 0.0
            losses.append(float((problem.target - problem.donors @ weights) ** 2 @ v))
            chosen = pd.Series(v, index=names, name="importance")
            table["synthetic"] = table[list(range(len(controls)))].to_numpy() @ weights
            table["controls"] = table[list(range(len(controls)))].mean(axis=1)
            balance = table[["treated", "synthetic", "controls"]]
        gap = target - shift - weights @ donors
        frames.append(
            pd.DataFrame(
                {
                    "period": panel.periods,
                    "relative": np.arange(t) - first,
                    "effect": gap,
                    "treated": target,
                    "counterfactual": target - gap,
                    "mass": mass.sum(),
                    "areas": len(members),
                }
            )
        )
        label = panel.periods[first] if pooled else str(panel.areas[members[0]])
        weight_frames.append(pd.DataFrame({"area": panel.areas[controls], "weight": weights, "group": label}))
    estimate = _average_effect(frames)
    path = frames[0].drop(columns="mass") if len(frames) == 1 else average_paths(frames)
    all_weights = np.array([f["weight"].to_numpy() for f in weight_frames])
    diagnostics = {
        "controls with weight": float(np.mean((np.abs(all_weights) > 1e-6).sum(axis=1))),
        "largest weight": float(all_weights.max()),
        "negative weight": float(np.maximum(-all_weights, 0.0).sum(axis=1).mean()),
    }
    if losses:
        diagnostics["predictor loss"] = float(np.mean(losses))
        diagnostics["outcome loss"] = float(
            np.mean(
                [np.mean(f["effect"].to_numpy()[s.fit] ** 2) for f, s in zip(frames, settings, strict=True)]
            )
        )
    if ridge is not None:
        diagnostics["ridge penalty"] = float(np.mean(penalties))
    base = effect_from_path(
        design=design,
        estimate=estimate,
        path=path,
        n=int(panel.outcome.size),
        method=design + ("" if predictors is None else " with predictors"),
        unit=panel.unit,
        treated=panel.treated_areas,
        weights=pd.concat(weight_frames, ignore_index=True),
        diagnostics=diagnostics,
    )
    values = {name: getattr(base, name) for name in base.__dataclass_fields__}
    effect = SyntheticControlEffect(**values, importance=chosen, balance=balance)
    if inference == "none":
        return effect
    if inference != "placebo":
        raise InputError(f"inference: {inference!r} is not placebo or none")
    return _placebo(effect, panel, groups, settings, predictors, chosen, draws, wanted, rng)


def _groups(panel: Panel, pooled: bool) -> list[IntArray]:
    treated = np.flatnonzero(panel.treated)
    if not pooled:
        return [treated[i : i + 1] for i in range(len(treated))]
    return [np.flatnonzero(panel.adoption == first) for first in panel.cohorts]


def _fit_positions(panel: Panel, periods: Sequence[Hashable] | None, first: int) -> IntArray:
    if periods is None:
        return np.arange(first)
    positions = panel.periods.get_indexer(pd.Index(list(periods)))
    if (positions < 0).any():
        raise InputError(
            f"fit_periods: {list(periods)[int(np.argmin(positions))]!r} is not a period of the panel"
        )
    if (positions >= first).any() or not len(positions):
        raise InputError("fit_periods: at least one period, all before treatment, is needed")
    return np.unique(positions).astype(np.int64)


def _given_importance(importance: Sequence[float], k: int) -> FloatArray:
    v = np.asarray(importance, dtype=float)
    if v.shape != (k,) or not np.isfinite(v).all() or (v < 0).any() or v.sum() <= 0:
        raise InputError(f"importance: {k} numbers, not negative and not all zero, are needed")
    return np.asarray(v / v.sum(), dtype=float)


def _predictor_problem(
    panel: Panel, predictors: pd.DataFrame, members: IntArray, controls: IntArray, options: _Options
) -> tuple[_Predictors, list[str], pd.DataFrame]:
    absent = ~panel.areas.isin(predictors.index)
    if absent.any():
        raise InputError(f"predictors: no row for {panel.areas[int(np.argmax(absent))]}")
    if not predictors.index.is_unique:
        raise InputError("predictors: areas must be unique")
    table = predictors.reindex(panel.areas)
    values = table.to_numpy(dtype=float)
    if not np.isfinite(values).all():
        i, j = np.argwhere(~np.isfinite(values))[0]
        raise InputError(f"predictors: {table.columns[j]} of {panel.areas[int(i)]} is not a finite number")
    mass = panel.weights[members]
    mine = _weighted_mean(values[members], mass)
    both = np.vstack([mine[None], values[controls]])
    spread = both.std(axis=0, ddof=1)
    if (spread <= 0).any():
        raise InputError(f"predictors: {table.columns[int(np.argmin(spread))]} does not vary; drop it")
    target = _weighted_mean(panel.outcome[members], mass)
    problem = _Predictors(
        mine / spread,
        values[controls].T / spread[:, None],
        target[options.fit],
        panel.outcome[np.ix_(controls, options.fit)].T,
    )
    raw = pd.DataFrame(values[controls].T, index=table.columns)
    raw["treated"] = mine
    return problem, [str(c) for c in table.columns], raw


def _average_effect(frames: Sequence[pd.DataFrame]) -> float:
    total = mass = 0.0
    for frame in frames:
        post = frame["relative"].to_numpy() >= 0
        weight = float(frame["mass"].iloc[0])
        total += weight * float(frame["effect"].to_numpy()[post].sum())
        mass += weight * int(post.sum())
    return total / mass


def _placebo(
    effect: SyntheticControlEffect,
    panel: Panel,
    groups: list[IntArray],
    settings: list[_Options],
    predictors: pd.DataFrame | None,
    importance: pd.Series | None,
    draws: int,
    levels: tuple[float, ...],
    rng: np.random.Generator,
) -> SyntheticControlEffect:
    controls = np.flatnonzero(~panel.treated)
    sizes = [len(g) for g in groups]
    if len(controls) <= sum(sizes):
        reason = f"placebos need more controls than treated areas; there are {len(controls)} and {sum(sizes)}"
        return effect.with_inference(Inference("placebo", float("nan"), (), reason=reason))
    if sum(sizes) == 1:
        picks = [[np.array([c])] for c in controls]
    else:
        edges = np.cumsum([0, *sizes])
        picks = []
        for _ in range(draws):
            order = rng.permutation(controls)
            picks.append([order[a:b] for a, b in pairwise(edges)])
    t = panel.shape[1]
    rows = []
    for pick in picks:
        rest = np.setdiff1d(controls, np.concatenate(pick))
        before, after, total, mass = [], [], 0.0, 0.0
        for members, options in zip(pick, settings, strict=True):
            weight = panel.weights[members]
            target = _weighted_mean(panel.outcome[members], weight)
            if predictors is None or importance is None:
                gap = _gap(target, panel.outcome[rest], options)
            else:
                problem, _, _ = _predictor_problem(panel, predictors, members, rest, options)
                gap = target - problem.weights(importance.to_numpy(dtype=float)) @ panel.outcome[rest]
            before.append(gap[: options.pre])
            after.append(gap[options.pre :])
            total += float(weight.sum() * gap[options.pre :].sum())
            mass += float(weight.sum() * (t - options.pre))
        pre, post = (float(np.sqrt(np.mean(np.concatenate(x) ** 2))) for x in (before, after))
        rows.append((", ".join(str(a) for a in panel.areas[np.concatenate(pick)]), total / mass, pre, post))
    mine = (", ".join(effect.treated), effect.estimate, effect.pre_rmspe, effect.post_rmspe)
    table = pd.DataFrame([mine, *rows], columns=["area", "effect", "pre_rmspe", "post_rmspe"])
    ratio = table["post_rmspe"].to_numpy() / np.maximum(
        table["pre_rmspe"].to_numpy(), exact_fit(panel.outcome)
    )
    table["ratio"] = ratio
    table["rank"] = table["ratio"].rank(ascending=False, method="max").astype(int)
    effects = table["effect"].to_numpy()
    p_ratio = float(np.mean(ratio >= ratio[0]))
    p_absolute = float(np.mean(np.abs(effects) >= abs(effects[0])))
    same = np.sign(effects[0]) or 1.0
    p_one = float(np.mean(same * effects >= same * effects[0]))
    inference = Inference(
        "placebo",
        float(np.std(effects[1:])),
        permutation_intervals(effect.estimate, effects[1:], levels),
        p_absolute,
        "",
        effects[1:],
    )
    return replace(
        effect, placebos=table, p_ratio=p_ratio, p_absolute=p_absolute, p_one_sided=p_one
    ).with_inference(inference)


def synthetic_control_draws(panel: Panel, groups: IntArray, *, demean: bool = False) -> FloatArray:
    """Return gaps by period that each placebo group of never-treated areas would show (outcomes only).

    Parameters
    ----------
    panel : Panel
        Balanced, with one common start.
    groups : ndarray of int, shape (draws, size)
        Positions of the placebo areas in ``panel.areas``; all never treated.
    demean : bool
        Allow a constant difference of level.

    Returns
    -------
    ndarray of shape (draws, periods)

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> y = rng.normal(size=(12, 8))
    >>> panel = Panel(y, np.outer(np.arange(12) == 0, np.arange(8) >= 5), pd.RangeIndex(12), pd.RangeIndex(8))
    >>> synthetic_control_draws(panel, np.array([[3, 4], [5, 6]])).shape
    (2, 8)
    """
    panel.require("synthetic control", balanced=True, simultaneous=True, covariates=False)
    groups = np.asarray(groups)
    if groups.ndim != 2 or panel.treated[groups].any():
        raise InputError("groups: expected draws x size positions of never-treated areas")
    controls = np.flatnonzero(~panel.treated)
    first = int(panel.cohorts[0])
    options = _Options(demean, None, first, np.arange(first))
    gaps = np.empty((len(groups), panel.shape[1]))
    for d, members in enumerate(groups):
        rest = np.setdiff1d(controls, members)
        if not len(rest):
            raise InputError("groups: a placebo group must leave at least one control")
        gaps[d] = _gap(
            _weighted_mean(panel.outcome[members], panel.weights[members]), panel.outcome[rest], options
        )
    return gaps
