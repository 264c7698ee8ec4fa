"""Synthetic control: a weighted average of control areas that follows the treated before treatment.

Estimand: the average effect on the treated areas over their treated periods. Weights ``w`` on the simplex minimise

* without predictors: ``sum over pre-treatment periods (y_treated,t - sum_j w_j y_jt)^2``, a convex problem solved exactly
  (where many weights fit exactly, as with more controls than periods, those with the least sum of squares are taken);
* with predictors ``X``: ``(x_1 - X_0 w)' V (x_1 - X_0 w)``, where the diagonal ``V`` is chosen so that the weights it leads to
  minimise the squared gap of the outcome over the fitting periods. That outer problem has many local minima; many points
  are tried, the best are refined, and the best of these is kept.

The ridge-augmented form corrects the gap that remains by a ridge regression on the controls' pre-treatment outcomes:
``w + X_c (X_c' X_c + r I)^(-1) (x_1c - X_c' w)`` with controls ``X_c`` centred by period. Its weights may be negative.

Assumptions: the treated lie within (or, augmented, near) the convex hull of the controls, a long period before treatment, no
anticipation, no spillover. Inference compares the treated with controls that play the treated.

Sources: Abadie and Gardeazabal (2003), American Economic Review 93; Abadie, Diamond and Hainmueller (2010), Journal of
the American Statistical Association 105; Ben-Michael, Feller and Rothstein (2021), ibid. 116.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.predictors import (
    PredictorProblem,
    given_importance,
    searched_importance,
)
from healthdevo.evaluation.result import (
    Effect,
    Inference,
    average_paths,
    effect_from_path,
    exact_fit,
    permutation_intervals,
)
from healthdevo.evaluation.synthetic_control_weights import (
    Options,
    gap_of,
    gap_to,
    group_weights,
    weighted_mean,
)
from healthdevo.front_door import front_door
from healthdevo.results import check_levels
from healthdevo.typing import IntArray

__all__ = ["SyntheticControlEffect", "synthetic_control"]


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


@front_door
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
    restarts: int = 0,
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
        Further starts of the nested problem. 0 starts where the published program does, from equal importance and from a
        regression, and ends in the nearest local minimum, as published results did (those of the Basque Country among them);
        otherwise the best of many importances are refined as well, which can fit much better, by leaning on few predictors.
    levels : float or sequence of float
        Levels of the permutation intervals; unbounded where there are too few placebos for the level.
    seed : int or numpy.random.Generator
        Source of placebo groups.

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
    if restarts < 0:
        raise InputError(f"restarts: {restarts} is not valid; give 0 or more")
    rng = np.random.default_rng(seed)
    controls, t = np.flatnonzero(~panel.treated), panel.shape[1]
    groups = _groups(panel, pooled)
    donors = panel.outcome[controls]
    frames, weight_frames, losses, penalties = [], [], [], []
    chosen: pd.Series | None = None
    balance: pd.DataFrame | None = None
    settings: list[Options] = []
    for members in groups:
        first = int(panel.adoption[members[0]])
        options = Options(demean, ridge, first, _fit_positions(panel, fit_periods, first))
        settings.append(options)
        mass = panel.weights[members]
        target = weighted_mean(panel.outcome[members], mass)
        if predictors is None:
            weights, shift, penalty = group_weights(target, donors, options)
            penalties.append(penalty)
        else:
            problem, names, table = _predictor_problem(panel, predictors, members, controls, options)
            if importance is None:
                v, _ = searched_importance(problem, restarts)
            else:
                v = given_importance(importance, len(names))
            weights, shift = problem.weights(v), 0.0
            losses.append(float((problem.target - problem.donors @ weights) ** 2 @ v))
            chosen = pd.Series(v, index=names, name="importance")
            table["synthetic"] = table[list(range(len(controls)))].to_numpy() @ weights
            table["controls"] = table[list(range(len(controls)))].mean(axis=1)
            balance = table[["treated", "synthetic", "controls"]]
        gap = gap_of(target, donors, weights, shift)
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


def _predictor_problem(
    panel: Panel, predictors: pd.DataFrame, members: IntArray, controls: IntArray, options: Options
) -> tuple[PredictorProblem, list[str], pd.DataFrame]:
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
    mine = weighted_mean(values[members], mass)
    both = np.vstack([mine[None], values[controls]])
    spread = both.std(axis=0, ddof=1)
    if (spread <= 0).any():
        raise InputError(f"predictors: {table.columns[int(np.argmin(spread))]} does not vary; drop it")
    target = weighted_mean(panel.outcome[members], mass)
    problem = PredictorProblem(
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
    settings: list[Options],
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
            target = weighted_mean(panel.outcome[members], weight)
            if predictors is None or importance is None:
                gap = gap_to(target, panel.outcome[rest], options)
            else:
                problem, _, _ = _predictor_problem(panel, predictors, members, rest, options)
                least = problem.weights(importance.to_numpy(dtype=float))
                gap = gap_of(target, panel.outcome[rest], least, 0.0)
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
