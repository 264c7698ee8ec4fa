"""Generalised synthetic control: interactive fixed effects fitted to the controls.

Estimand: the average effect on the treated areas over their treated periods. The untreated outcome is taken as

``y_it(0) = mu + a_i + x_it' b + xi_t + l_i' f_t + e_it``

with ``r`` factors ``f`` of unknown value. Coefficients, period effects and factors are fitted to the never-treated areas
(principal components of the two-way demeaned outcome, alternating with least squares for ``b``); the level and the
loadings of each treated area come from least squares on its own periods before treatment; what it has beyond the
prediction afterwards is the effect.

The number of factors is chosen by leaving out one period before treatment at a time, predicting it from the others
and taking the rank with the least mean squared prediction error; walking upwards, a higher rank is adopted only if the
error falls by more than 0.1%. The effect at every rank is always in the result.

Assumptions: the factor structure holds for all areas and periods, treated loadings lie where controls can inform the
factors, errors are independent of treatment and of each other across areas, no anticipation, no spillover; each treated
area has more periods before treatment than factors plus one.

Sources: Xu (2017), Political Analysis 25(1); Bai (2009), Econometrica 77(4); for the EM form Gobillon and Magnac
(2016), Review of Economics and Statistics 98(3).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.result import (
    Effect,
    Inference,
    effect_from_path,
    path_of_gaps,
)
from healthdevo.mathematics.estimates import limits
from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.results import check_levels
from healthdevo.typing import BoolArray, FloatArray, IntArray
from healthdevo.wording import number

__all__ = ["FactorEffect", "generalised_synthetic_control", "generalised_synthetic_control_draws"]

Bootstrap = Literal["parametric", "units", "none"]

DESIGN = "generalised synthetic control"
IMPROVEMENT = 0.001  # a rank is adopted if the prediction error falls by more than this share
CHUNK = 2_000_000  # numbers of one batch of draws


@dataclass(frozen=True)
class _Model:
    """Interactive fixed effects of stacks of control panels; leading axis ``d`` throughout."""

    constant: FloatArray  # (d,)
    period: FloatArray  # (d, T), adding up to zero
    area: FloatArray  # (d, n), adding up to zero
    beta: FloatArray  # (d, k)
    factors: FloatArray  # (d, T, r), with F'F / T = I
    loadings: FloatArray  # (d, n, r)
    fitted: FloatArray  # (d, n, T), without the part of covariates


def _factors(demeaned: FloatArray, rank: int) -> tuple[FloatArray, FloatArray]:
    """Principal components of stacks of matrices (d, n, T): factors (d, T, r) and loadings (d, n, r)."""
    d, n, t = demeaned.shape
    if rank == 0:
        return np.zeros((d, t, 0)), np.zeros((d, n, 0))
    across = np.swapaxes(demeaned, 1, 2)
    if t <= n:
        _, vectors = np.linalg.eigh(across @ demeaned)
        factors = vectors[:, :, ::-1][:, :, :rank] * np.sqrt(t)
        return factors, demeaned @ factors / t
    _, vectors = np.linalg.eigh(demeaned @ across)
    loadings = vectors[:, :, ::-1][:, :, :rank] * np.sqrt(n)
    factors = across @ loadings / n
    # the same product with the scale on the loadings, so that F'F / T = I
    length = np.sqrt((factors**2).sum(axis=1, keepdims=True) / t)
    length = np.where(length > 0.0, length, 1.0)
    return factors / length, loadings * length


def _two_way(values: FloatArray) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Demean stacks (d, n, T) by area and period: rest, constant, area and period effects."""
    constant = values.mean(axis=(1, 2))
    area = values.mean(axis=2) - constant[:, None]
    period = values.mean(axis=1) - constant[:, None]
    rest = values - constant[:, None, None] - area[:, :, None] - period[:, None, :]
    return rest, constant, area, period


def _interactive(
    outcome: FloatArray,
    covariates: FloatArray,
    rank: int,
    tolerance: float = 1e-10,
    max_iterations: int = 5000,
    start: FloatArray | None = None,
) -> _Model:
    """Fit stacks of balanced control panels (d, n, T) with covariates (d, n, T, k)."""
    d, n, t = outcome.shape
    k = covariates.shape[3]
    rest, constant, area, period = _two_way(outcome)
    if k == 0:
        factors, loadings = _factors(rest, rank)
        common = loadings @ np.swapaxes(factors, 1, 2)
        fitted = constant[:, None, None] + area[:, :, None] + period[:, None, :] + common
        return _Model(constant, period, area, np.zeros((d, 0)), factors, loadings, fitted)
    parts = [_two_way(covariates[..., j]) for j in range(k)]
    x = np.stack([p[0].reshape(d, n * t) for p in parts], axis=1)  # (d, k, n t)
    y = rest.reshape(d, n * t)
    inverse = np.linalg.pinv(x @ np.swapaxes(x, 1, 2), hermitian=True)
    project = inverse @ x  # (d, k, n t)
    beta = (project @ y[:, :, None])[:, :, 0] if start is None else np.broadcast_to(start, (d, k)).copy()
    if rank > 0:
        live = np.arange(d)
        own_x, own_y, own = x, y, project
        for _ in range(max_iterations):
            residual = (own_y - (beta[live][:, None] @ own_x)[:, 0]).reshape(-1, n, t)
            factors, loadings = _factors(residual, rank)
            target = own_y - (loadings @ np.swapaxes(factors, 1, 2)).reshape(-1, n * t)
            new = (own @ target[:, :, None])[:, :, 0]
            change = np.sqrt(((new - beta[live]) ** 2).sum(axis=1))
            beta[live] = new
            stay = change >= tolerance
            if not stay.any():
                break
            if stay.sum() < 0.9 * len(
                live
            ):  # problems that have converged may run on; they are set aside in groups
                live, own_x, own_y, own = live[stay], own_x[stay], own_y[stay], own[stay]
    residual = (y - (beta[:, None] @ x)[:, 0]).reshape(d, n, t)
    factors, loadings = _factors(residual, rank)
    common = loadings @ np.swapaxes(factors, 1, 2)
    constant = constant - np.einsum("dk,kd->d", beta, np.array([p[1] for p in parts]))
    area = area - np.einsum("dk,kdn->dn", beta, np.array([p[2] for p in parts]))
    period = period - np.einsum("dk,kdt->dt", beta, np.array([p[3] for p in parts]))
    fitted = constant[:, None, None] + area[:, :, None] + period[:, None, :] + common
    return _Model(constant, period, area, beta, factors, loadings, fitted)


def _interactive_missing(
    outcome: FloatArray,
    covariates: FloatArray,
    observed: BoolArray,
    rank: int,
    tolerance: float,
    max_iterations: int = 5000,
) -> _Model:
    """Fit one unbalanced panel by EM: missing outcomes are replaced by their prediction until nothing changes."""
    n, t = outcome.shape
    filled = outcome.copy()
    area, period = np.nonzero(observed)
    design = np.zeros((len(area), n + t))
    design[np.arange(len(area)), area] = 1.0
    design[np.arange(len(area)), n + period] = 1.0
    design = np.concatenate([design, covariates[observed]], axis=1)
    theta = np.linalg.lstsq(design, outcome[observed], rcond=None)[0]
    beta = theta[n + t :]
    base = theta[:n, None] + theta[None, n : n + t] + covariates @ beta
    filled[~observed] = base[~observed]
    previous = base
    start: FloatArray | None = beta if beta.size else None
    model = _interactive(filled[None], covariates[None], rank, tolerance, start=start)
    for _ in range(max_iterations):
        prediction = model.fitted[0] + covariates @ model.beta[0]
        change = float(np.linalg.norm(prediction - previous)) / max(float(np.linalg.norm(previous)), 1e-300)
        previous = prediction
        filled = np.where(observed, outcome, prediction)
        start = model.beta[0] if model.beta.size else None
        model = _interactive(filled[None], covariates[None], rank, tolerance, start=start)
        if change < tolerance:
            break
    return model


def _treated_fit(net: FloatArray, factors: FloatArray, pre: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Predict treated outcomes from their periods before treatment.

    ``net`` (d, n, T) is the outcome less covariates, constant and period effects; ``pre`` (d or 1, n, T) is 1 where an
    observation before treatment is known. Returns predictions (d, n, T) and coefficients (d, n, r + 1), the level last.
    """
    d, _, t = net.shape
    basis = np.concatenate([factors, np.ones((d, t, 1))], axis=2)
    if (pre == pre[:1, :1]).all():  # the same periods for all: one small system for each draw
        use = pre[0, 0].astype(bool)
        short = basis[:, use]
        gram = np.swapaxes(short, 1, 2) @ short
        right = np.einsum("dtr,dnt->drn", short, net[:, :, use])
        coefficients = np.swapaxes(_solve(gram, right), 1, 2)
    else:
        pre = np.broadcast_to(pre, net.shape)
        gram = np.einsum("dtr,dnt,dts->dnrs", basis, pre, basis, optimize=True)
        right = np.einsum("dtr,dnt->dnr", basis, np.where(pre > 0, net, 0.0))
        coefficients = _solve(gram, right[..., None])[..., 0]
    return np.einsum("dtr,dnr->dnt", basis, coefficients), coefficients


def _solve(gram: FloatArray, right: FloatArray) -> FloatArray:
    """Solve small symmetric systems; by the pseudo-inverse where one is singular."""
    try:
        return np.asarray(np.linalg.solve(gram, right), dtype=float)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.pinv(gram, hermitian=True) @ right, dtype=float)


def _left_out_errors(net: FloatArray, factors: FloatArray, pre: BoolArray) -> FloatArray:
    """Prediction error of each known period before treatment when it is left out (n, T); NaN elsewhere."""
    n, t = net.shape
    basis = np.concatenate([factors, np.ones((t, 1))], axis=1)
    errors = np.full((n, t), np.nan)
    for i in range(n):
        use = np.flatnonzero(pre[i])
        short, y = basis[use], net[i, use]
        # the error of a left-out observation is its residual over one less its leverage
        q, triangle = np.linalg.qr(short)
        if np.abs(np.diag(triangle)).min() < 1e-10 * max(np.abs(np.diag(triangle)).max(), 1e-300):
            continue
        rest = 1.0 - (q**2).sum(axis=1)
        if (rest < 1e-10).any():
            continue
        errors[i, use] = (y - q @ (q.T @ y)) / rest
    return errors


@dataclass(frozen=True)
class FactorEffect(Effect):
    """The effect by a factor model, at the chosen rank and at every other.

    Besides the fields of ``Effect``:

    Parameters
    ----------
    rank : int
        Number of factors behind the estimate.
    ranks : pandas.DataFrame or None
        One row for each rank tried: ``rank``, ``effect``, ``mspe`` (mean squared prediction error of left-out periods),
        ``information_criterion``, ``sigma2`` and ``chosen``; then one column for each covariate's coefficient.
    """

    rank: int = 0
    ranks: pd.DataFrame | None = field(default=None, repr=False, compare=False)

    @property
    def rank_sentence(self) -> str:
        """The choice of the number of factors in words."""
        if self.ranks is None:
            return f"The number of factors is {self.rank}."
        low, high = self.ranks["effect"].min(), self.ranks["effect"].max()
        return (
            f"The number of factors is {self.rank}; over the ranks {self.ranks['rank'].min()} to "
            f"{self.ranks['rank'].max()} the effect runs from {number(float(low))} to {number(float(high))}."
        )


@dataclass(frozen=True)
class _Layout:
    """The pieces of a panel that the fits need."""

    panel: Panel
    controls: IntArray
    treated: IntArray
    mass: FloatArray  # weights of treated areas
    pre: BoolArray  # (treated, T), observed and before treatment
    post: BoolArray  # (treated, T), observed and treated

    @property
    def average(self) -> FloatArray:
        """Weights of treated observations in the estimate, adding up to one."""
        weights = self.post * self.mass[:, None]
        return np.asarray(weights / weights.sum(), dtype=float)


def _layout(panel: Panel) -> _Layout:
    treated, controls = np.flatnonzero(panel.treated), np.flatnonzero(~panel.treated)
    observed = panel.observed[treated]
    status = panel.treatment[treated]
    return _Layout(panel, controls, treated, panel.weights[treated], observed & ~status, observed & status)


def _degrees(n: int, t: int, rank: int, k: int) -> int:
    return n + t - 1 + rank * (n + t - 2) - rank**2 + k


@dataclass(frozen=True)
class _RankFit:
    rank: int
    effect: float
    gap: FloatArray  # (treated, T), NaN where unknown
    beta: FloatArray
    model: _Model
    coefficients: FloatArray
    mspe: float
    sigma2: float
    criterion: float
    control_residuals: FloatArray  # (controls, T), NaN where unknown


def _fit_rank(layout: _Layout, rank: int, em: bool, tolerance: float) -> _RankFit:
    panel = layout.panel
    y, x, observed = panel.outcome, np.nan_to_num(panel.covariates), panel.observed
    c, tr = layout.controls, layout.treated
    t = panel.shape[1]
    if em:
        usable = observed & ~panel.treatment
        whole = _interactive_missing(np.where(usable, y, 0.0), x, usable, rank, tolerance)
        prediction = whole.fitted[0] + x @ whole.beta[0]
        model = whole
        gap = np.where(observed[tr], y[tr] - prediction[tr], np.nan)
        residuals = np.where(observed[c], y[c] - prediction[c], np.nan)
        coefficients = np.concatenate([whole.loadings[0][tr], (whole.area[0][tr])[:, None]], axis=1)
        n, k = panel.shape[0], x.shape[2]
        known = int(usable.sum())
        squares = float(np.nansum(np.where(usable, y - prediction, np.nan) ** 2))
    else:
        if observed[c].all():
            model = _interactive(y[c][None], x[c][None], rank, tolerance)
        else:
            model = _interactive_missing(np.where(observed[c], y[c], 0.0), x[c], observed[c], rank, tolerance)
        net = y[tr] - x[tr] @ model.beta[0] - model.constant[0] - model.period[0]
        prediction_t, coefficients_t = _treated_fit(
            np.where(layout.pre, net, 0.0)[None], model.factors, layout.pre[None].astype(float)
        )
        gap = np.where(observed[tr], net - prediction_t[0], np.nan)
        coefficients = coefficients_t[0]
        fitted = model.fitted[0] + x[c] @ model.beta[0]
        residuals = np.where(observed[c], y[c] - fitted, np.nan)
        n, k = len(c), x.shape[2]
        known = int(observed[c].sum())
        squares = float(np.nansum(residuals**2))
    used = _degrees(n, t, rank, k)
    sigma2 = squares / (known - used) if known > used else float("nan")
    criterion = float(np.log(sigma2) + used * np.log(known) / known) if sigma2 > 0 else float("nan")
    mspe = float("nan")
    if not em:
        errors = _left_out_errors(net, model.factors[0], layout.pre)[layout.pre]
        if not np.isnan(errors).any():
            mspe = float(np.mean(errors**2))
    effect = float(np.nansum(np.where(layout.post, gap, 0.0) * layout.average))
    return _RankFit(rank, effect, gap, model.beta[0], model, coefficients, mspe, sigma2, criterion, residuals)


def _em_mspe(layout: _Layout, rank: int, tolerance: float) -> float:
    """Prediction error of the EM form when one period relative to treatment is hidden at a time."""
    panel = layout.panel
    adoption = panel.adoption[layout.treated]
    relative = np.arange(panel.shape[1])[None, :] - adoption[:, None]
    x = np.nan_to_num(panel.covariates)
    total, count = 0.0, 0
    for lead in np.unique(relative[layout.pre]):
        hide = layout.pre & (relative == lead)
        usable = panel.observed & ~panel.treatment
        usable[layout.treated] &= ~hide
        if (usable[layout.treated].sum(axis=1) < rank + 1).any():
            return float("nan")
        model = _interactive_missing(np.where(usable, panel.outcome, 0.0), x, usable, rank, tolerance)
        prediction = (model.fitted[0] + x @ model.beta[0])[layout.treated]
        total += float(((panel.outcome[layout.treated] - prediction)[hide] ** 2).sum())
        count += int(hide.sum())
    return total / count if count else float("nan")


def choose_rank(errors: Sequence[float], improvement: float = IMPROVEMENT) -> int:
    """Return the position of the rank that the reference rule adopts.

    Walking upwards, a rank is adopted only if its error is below ``1 - improvement`` times the least so far.

    Examples
    --------
    >>> choose_rank([4.0, 3.0, 2.9999, 3.5]), choose_rank([1.0, 1.1, 0.9])
    (1, 2)
    """
    best, adopted = float("inf"), 0
    for position, error in enumerate(errors):
        if not np.isnan(error) and error < (1.0 - improvement) * best:
            best, adopted = error, position
    return adopted


def generalised_synthetic_control(
    panel: Panel,
    *,
    rank: int | None = None,
    ranks: Sequence[int] = (0, 1, 2, 3, 4, 5),
    em: bool = False,
    inference: Bootstrap | Sequence[Bootstrap] = "parametric",
    draws: int = 1000,
    levels: float | Sequence[float] = 0.95,
    tolerance: float = 1e-10,
    seed: int | np.random.Generator = 0,
) -> FactorEffect:
    """Estimate the effect on the treated by generalised synthetic control.

    Model, choice of rank, assumptions and sources are those of this module's introduction.

    Parameters
    ----------
    panel : Panel
        Absorbing treatment, staggered or not; missing outcomes are handled by EM. Covariates are used; weights of
        treated areas are used in the average.
    rank : int, optional
        Number of factors; chosen by leave-one-out prediction when not given.
    ranks : sequence of int
        Ranks to try and report. Those that the shortest time before treatment or the number of controls cannot identify
        are left out of the table.
    em : bool
        Fit factors to all areas, with treated observations as missing, rather than to the controls alone.
    inference : {"parametric", "units", "none"} or sequence of them
        ``"parametric"``: residuals of controls and prediction errors of controls that play the treated are redrawn
        around the fit, for few treated areas. ``"units"``: areas are redrawn, treated and controls apart; it needs
        several treated areas. Both hold the rank fixed.
    draws : int
        Number of draws.
    levels : float or sequence of float
        Levels of normal intervals; percentile intervals of the draws are in ``inference``.
    tolerance : float
        The coefficients of covariates (and the fit of the EM form) are iterated until they change by less.
    seed : int or numpy.random.Generator
        Source of the draws.

    Returns
    -------
    FactorEffect

    Raises
    ------
    InputError
        When the panel is too short or has too few controls for the rank.

    Examples
    --------
    >>> rng = np.random.default_rng(3)
    >>> y = rng.normal(size=(30, 1)) @ rng.normal(size=(1, 12)) + 0.1 * rng.normal(size=(30, 12))
    >>> d = np.zeros((30, 12), dtype=bool)
    >>> d[:4, 8:] = True
    >>> panel = Panel(y + 1.0 * d, d, pd.RangeIndex(30), pd.RangeIndex(12))
    >>> effect = generalised_synthetic_control(panel, ranks=(0, 1, 2), draws=100)
    >>> effect.rank, bool(abs(effect.estimate - 1.0) < 0.2)
    (1, True)
    """
    wanted = check_levels(levels)
    design = DESIGN + (" (EM)" if em else "")
    panel.require(design, pre_periods=1)
    layout = _layout(panel)
    if not layout.post.any(axis=1).all():
        area = panel.areas[layout.treated[int(np.argmin(layout.post.any(axis=1)))]]
        raise InputError(f"{design}: {area} has no observed treated period; drop it")
    shortest = int(layout.pre.sum(axis=1).min())
    n_controls, t = len(layout.controls), panel.shape[1]
    _check_connected(panel, design, layout)
    k = panel.covariates.shape[2]
    known = int(panel.observed[layout.controls].sum())

    def possible(r: int, spare: int) -> bool:
        n = panel.shape[0] if em else n_controls
        return (
            0 <= r <= min(n, t) - 1
            and shortest >= r + 1 + spare
            and known + (int(layout.pre.sum()) if em else 0) > _degrees(n, t, r, k)
        )

    if rank is not None and not possible(rank, 0):
        raise InputError(
            f"rank: {rank} cannot be fitted; it needs at least {rank + 1} periods before every treatment (there are "
            f"{shortest}) and more control observations than parameters ({known} from {n_controls} controls)"
        )
    tried = sorted({int(r) for r in ranks if possible(int(r), 1)} | ({rank} if rank is not None else set()))
    if not tried:
        raise InputError(
            f"{design}: none of the ranks {tuple(ranks)} can be cross-validated; rank r needs r + 2 periods before "
            f"every treatment (there are {shortest}) and more control observations than parameters ({known})"
        )
    fits = {r: _fit_rank(layout, r, em, tolerance) for r in tried}
    errors = [
        (_em_mspe(layout, r, max(tolerance, 1e-5)) if em and (rank is None) else fits[r].mspe) for r in tried
    ]
    adopted = rank if rank is not None else tried[choose_rank(errors)]
    fit = fits[adopted]
    table = pd.DataFrame(
        {
            "rank": tried,
            "effect": [fits[r].effect for r in tried],
            "mspe": errors,
            "information_criterion": [fits[r].criterion for r in tried],
            "sigma2": [fits[r].sigma2 for r in tried],
            "chosen": [r == adopted for r in tried],
        }
    )
    for j, name in enumerate(panel.covariate_names):
        table[f"coefficient of {name}"] = [float(fits[r].beta[j]) for r in tried]
    effect = _describe(layout, fit, table, design, em)
    methods = (inference,) if isinstance(inference, str) else tuple(inference)
    rng = np.random.default_rng(seed)
    done = [_infer(m, layout, fit, draws, wanted, rng, em, tolerance) for m in methods if m != "none"]
    if not done:
        return effect
    head = done[0]
    if head[1] is not None and effect.path is not None:
        path = effect.path.copy()
        spread = head[1]
        z = float(normal_quantiles(wanted[0])[0])
        path["standard_error"] = path["relative"].map(spread)
        path["lower"] = path["effect"] - z * path["standard_error"]
        path["upper"] = path["effect"] + z * path["standard_error"]
        effect = replace(effect, path=path)
    return effect.with_inference(*(i for i, _ in done))


def _check_connected(panel: Panel, design: str, layout: _Layout) -> None:
    """Every period needs an observed control, every control two observations."""
    seen = panel.observed[layout.controls]
    if not seen.any(axis=0).all():
        period = panel.periods[int(np.argmin(seen.any(axis=0)))]
        raise InputError(f"{design}: no control is observed in {period}; leave that period out")
    few = seen.sum(axis=1) < 2
    if few.any():
        area = panel.areas[layout.controls[int(np.argmax(few))]]
        raise InputError(f"{design}: control {area} is observed fewer than twice; drop it")
    if not layout.pre.any(axis=1).all():
        area = panel.areas[layout.treated[int(np.argmin(layout.pre.any(axis=1)))]]
        raise InputError(f"{design}: {area} is never observed before its treatment; the design needs that")
    if panel.covariates.shape[2]:
        x = np.nan_to_num(panel.covariates[layout.controls])
        flat = np.column_stack([_two_way(x[None, :, :, j])[0].ravel() for j in range(x.shape[2])])
        length = np.sqrt((flat**2).sum(axis=0))
        scale = np.sqrt((x.reshape(-1, x.shape[2]) ** 2).sum(axis=0))
        constant = length <= 1e-10 * np.maximum(scale, 1e-300)
        if constant.any() or np.linalg.matrix_rank(flat / np.where(length > 0, length, 1.0)) < x.shape[2]:
            names = [n for n, c in zip(panel.covariate_names, constant, strict=True) if c] or list(
                panel.covariate_names
            )
            raise InputError(
                f"covariates: {', '.join(names)} cannot be told apart from area and period effects or from each "
                "other among the controls; drop them or widen the control pool"
            )


def _describe(layout: _Layout, fit: _RankFit, table: pd.DataFrame, design: str, em: bool) -> FactorEffect:
    panel = layout.panel
    relative = np.arange(panel.shape[1])[None, :] - panel.adoption[:, None]
    gap = np.full(panel.shape, np.nan)
    gap[layout.treated] = fit.gap
    path = path_of_gaps(gap, panel.outcome, relative, panel)
    names = [f"factor {j + 1}" for j in range(fit.rank)]
    if em:
        loadings = pd.DataFrame(fit.model.loadings[0], columns=names)
        loadings.insert(0, "area", np.asarray(panel.areas))
    else:
        loadings = pd.DataFrame(
            np.concatenate([fit.model.loadings[0], fit.coefficients[:, : fit.rank]]), columns=names
        )
        loadings.insert(0, "area", np.asarray(panel.areas)[np.concatenate([layout.controls, layout.treated])])
    loadings["treated"] = loadings["area"].isin(panel.areas[panel.treated])
    factors = pd.DataFrame(fit.model.factors[0], columns=names)
    factors.insert(0, "period", np.asarray(panel.periods))
    factors["period effect"] = fit.model.constant[0] + fit.model.period[0]
    inside = np.ones(len(layout.treated), dtype=bool)
    if not em and fit.rank:
        pool = fit.model.loadings[0]
        inside = (
            (fit.coefficients[:, : fit.rank] >= pool.min(axis=0))
            & (fit.coefficients[:, : fit.rank] <= pool.max(axis=0))
        ).all(axis=1)
    known = fit.gap[layout.pre]
    after = fit.gap[layout.post]
    base = effect_from_path(
        design=design,
        estimate=fit.effect,
        path=path,
        n=int(panel.observed.sum()),
        method=f"interactive fixed effects with {fit.rank} factor(s)",
        unit=panel.unit,
        treated=panel.treated_areas,
        loadings=loadings.sort_values("area", ignore_index=True),
        factors=factors,
        diagnostics={
            "rank": float(fit.rank),
            "prediction error of left-out periods": float(
                table.loc[table["rank"] == fit.rank, "mspe"].iloc[0]
            ),
            "sigma2": fit.sigma2,
            "unit-level RMSPE before": float(np.sqrt(np.mean(known**2))),
            "unit-level RMSPE after": float(np.sqrt(np.mean(after**2))),
            "treated areas within the range of control loadings": float(inside.mean()),
            **{
                f"coefficient of {name}": float(b)
                for name, b in zip(panel.covariate_names, fit.beta, strict=True)
            },
        },
    )
    values = {name: getattr(base, name) for name in base.__dataclass_fields__}
    return FactorEffect(**values, rank=fit.rank, ranks=table)


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
    model = _interactive(control_y, control_x, rank, tolerance)
    net = treated_y - model.constant[:, None, None] - model.period[:, None, :]
    if treated_x.shape[3]:
        net = net - np.einsum("dntk,dk->dnt", treated_x, model.beta)
    prediction, _ = _treated_fit(net, model.factors, pre)
    return net - prediction


def _parametric(
    layout: _Layout, fit: _RankFit, draws: int, rng: np.random.Generator, tolerance: float
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
    loose = max(tolerance, 1e-7)
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
            loose,
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
            loose,
        )
    return result


def _unit_bootstrap(
    layout: _Layout, fit: _RankFit, draws: int, rng: np.random.Generator, tolerance: float
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
            max(tolerance, 1e-7),
        )
    return gaps, picked_t


def _infer(
    method: Bootstrap,
    layout: _Layout,
    fit: _RankFit,
    draws: int,
    levels: tuple[float, ...],
    rng: np.random.Generator,
    em: bool,
    tolerance: float,
) -> tuple[Inference, pd.Series | None]:
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
    p_value = float(2 * stats.norm.sf(abs(fit.effect) / error)) if error > 0 else float("nan")
    return (
        Inference(name, error, limits(fit.effect, error, levels), p_value, "", sample),
        spread,
    )


def _slow_unit_bootstrap(
    layout: _Layout, fit: _RankFit, draws: int, rng: np.random.Generator, em: bool, tolerance: float
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
        sample.append(_fit_rank(_layout(again), fit.rank, em, max(tolerance, 1e-5)).effect)
    if len(sample) < draws:
        raise InputError(
            "unit bootstrap: too few controls are observed in some period; leave that period out"
        )
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
    groups = np.asarray(groups)
    if groups.ndim != 2 or panel.treated[groups].any():
        raise InputError("groups: expected draws x size positions of never-treated areas")
    first, t = int(panel.cohorts[0]), panel.shape[1]
    free = np.tile(~panel.treated, (len(groups), 1))
    free[np.arange(len(groups))[:, None], groups] = False
    left = free.sum(axis=1)
    if len(left) and (left[0] < rank + 2 or (left != left[0]).any()):
        raise InputError("groups: each must hold distinct areas and leave more controls than factors")
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


def factors_of(outcome: FloatArray, rank: int) -> tuple[FloatArray, FloatArray]:
    """Return the factors (T, rank) of a balanced control panel and its period effects with the constant (T,).

    Examples
    --------
    >>> factors, period = factors_of(np.outer([1.0, -1.0, 2.0], [0.0, 1.0, 0.0]), 1)
    >>> factors.shape, period.round(3).tolist()
    ((3, 1), [0.0, 0.667, 0.0])
    """
    model = _interactive(outcome[None], np.zeros((1, *outcome.shape, 0)), rank)
    return model.factors[0], np.asarray(model.constant[0] + model.period[0], dtype=float)
