"""Difference-in-differences: two groups and two times, two-way fixed effects, and the event study.

Estimand: the average effect on the treated, if outcomes of treated and control areas would have moved in parallel
without treatment, nobody acted in anticipation and no control was affected.

Two-way fixed effects solve ``y_it = a_i + b_t + tau D_it + x_it' g + e_it`` by (weighted) least squares. Areas are
taken out by demeaning, periods by dummies, so missing outcomes are no obstacle. When areas adopt at different times
and effects change with time, ``tau`` mixes effects with weights that can be negative (Goodman-Bacon 2021, Journal of
Econometrics 225); ``healthdevo.evaluation.staggered`` is then the better design.

Standard errors cluster by area with the factor ``G/(G-1) x (n-1)/(n-k)``, where ``k`` counts slopes, periods and the
constant, but not the areas, which are nested in the clusters; intervals use Student's t with ``G-1`` degrees of freedom.

Sources: Card and Krueger (1994), American Economic Review 84; Cameron and Miller (2015), Journal of Human Resources 50.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.result import Effect, Inference, average_paths, effect_from_path
from healthdevo.mathematics.estimates import limits
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number

__all__ = [
    "EventStudy",
    "difference_in_differences",
    "difference_in_differences_draws",
    "event_study",
    "two_by_two",
]

Covariance = Literal["clustered", "robust", "iid"]


@dataclass(frozen=True)
class _Regression:
    coefficients: FloatArray
    covariance: FloatArray
    degrees: float
    n: int
    residuals: FloatArray


def _least_squares(
    y: FloatArray,
    x: FloatArray,
    names: Sequence[str],
    *,
    weights: FloatArray | None,
    clusters: NDArray[np.generic] | None,
    covariance: Covariance,
    absorbed: int,
    nested: int = 0,
) -> _Regression:
    """Least squares of demeaned data; ``absorbed`` constants were taken out, ``nested`` of them within clusters."""
    n, k = x.shape
    root = np.ones(n) if weights is None else np.sqrt(weights)
    xw, yw = x * root[:, None], y * root
    spread = np.sqrt((xw**2).sum(axis=0))
    scale = np.where(spread > 0.0, spread, 1.0)
    u, s, vt = np.linalg.svd(xw / scale, full_matrices=False)
    if k and (s[-1] < 1e-10 * max(s[0], 1e-300) or (spread <= 1e-10 * np.abs(root).max()).any()):
        involved = [name for name, v in zip(names, np.abs(vt[-1]), strict=True) if v > 1e-6]
        raise InputError(
            f"regression: {', '.join(involved)} cannot be told apart from the fixed effects or from each other "
            "(perfect collinearity); drop a regressor or add areas or periods in which they differ"
        )
    bread = (vt.T / s**2) @ vt / np.outer(scale, scale)
    beta = (vt.T @ ((u.T @ yw) / s)) / scale
    residuals = y - x @ beta
    ew = residuals * root
    free = n - k - absorbed
    if covariance == "clustered":
        if clusters is None:
            raise InputError("clusters: clustered errors need a cluster for each observation")
        codes, groups = pd.factorize(clusters)
        g = len(groups)
        if g < 2:
            raise InputError("clusters: at least two clusters are needed")
        scores = np.zeros((g, k))
        np.add.at(scores, codes, xw * ew[:, None])
        factor = g / (g - 1) * (n - 1) / (n - k - (absorbed - nested))
        matrix, degrees = bread @ (scores.T @ scores) @ bread * factor, float(g - 1)
    elif free <= 0:
        raise InputError(f"regression: {n} observations for {k + absorbed} coefficients; more are needed")
    elif covariance == "robust":
        scores = xw * ew[:, None]
        matrix, degrees = bread @ (scores.T @ scores) @ bread * (n / free), float(free)
    elif covariance == "iid":
        matrix, degrees = bread * float(ew @ ew) / free, float(free)
    else:
        raise InputError(f"covariance: {covariance!r} is not clustered, robust or iid")
    return _Regression(beta, matrix, degrees, n, residuals)


def _panel_regression(
    panel: Panel, regressors: FloatArray, names: Sequence[str], covariance: Covariance
) -> _Regression:
    """Regress the outcome on ``regressors`` (areas x periods x k), covariates, areas and periods."""
    observed = panel.observed
    # an area seen once says nothing beside its own constant
    lone = observed.sum(axis=1) < 2
    observed = observed & ~lone[:, None]
    area, period = np.nonzero(observed)
    if len(area) == 0:
        raise InputError("difference-in-differences: no area is observed in two periods")
    present = np.unique(period)
    dummies = (period[:, None] == present[None, 1:]).astype(float)
    blocks = [regressors[observed], panel.covariates[observed], dummies]
    x = np.concatenate(blocks, axis=1)
    y = panel.outcome[observed]
    weights = panel.weights[area]
    stacked = np.column_stack([y, x])
    sums = np.zeros((panel.shape[0], stacked.shape[1]))
    np.add.at(sums, area, stacked)  # weights are constant within areas
    counts = np.bincount(area, minlength=panel.shape[0])
    stacked = stacked - (sums / np.maximum(counts, 1)[:, None])[area]
    labels = [*names, *panel.covariate_names, *(f"period {panel.periods[j]}" for j in present[1:])]
    areas = int((counts > 0).sum())
    return _least_squares(
        stacked[:, 0],
        stacked[:, 1:],
        labels,
        weights=weights,
        clusters=area,
        covariance=covariance,
        absorbed=areas,
        nested=areas - 1,
    )


def _difference_path(panel: Panel) -> pd.DataFrame | None:
    """Gap between treated and never-treated by period, less its average before treatment."""
    if not panel.absorbing or not (~panel.treated).any():
        return None
    t = panel.shape[1]
    frames = []
    for first in panel.cohorts:
        if first == 0:
            continue
        members = panel.adoption == first
        lines = []
        for mask in (members, ~panel.treated):
            known = panel.observed[mask]
            mass = panel.weights[mask][:, None] * known
            total = mass.sum(axis=0)
            values = (mass * np.where(known, panel.outcome[mask], 0.0)).sum(axis=0)
            lines.append(np.where(total > 0, values / np.where(total > 0, total, 1.0), np.nan))
        gap = lines[0] - lines[1]
        if np.isnan(gap).any():
            return None
        base = gap[:first].mean()
        frames.append(
            pd.DataFrame(
                {
                    "period": panel.periods,
                    "relative": np.arange(t) - first,
                    "effect": gap - base,
                    "treated": lines[0],
                    "counterfactual": lines[1] + base,
                    "mass": panel.weights[members].sum(),
                    "areas": int(members.sum()),
                }
            )
        )
    if not frames:
        return None
    return frames[0].drop(columns="mass") if len(frames) == 1 else average_paths(frames)


def difference_in_differences(
    panel: Panel, *, covariance: Covariance = "clustered", levels: float | Sequence[float] = 0.95
) -> Effect:
    """Estimate the effect of treatment with area and period fixed effects.

    Parameters
    ----------
    panel : Panel
        Treatment may switch off and outcomes may be missing; weights and covariates are used. Some area or period must
        be untreated while another is treated.
    covariance : {"clustered", "robust", "iid"}
        Clustered by area, heteroskedasticity-robust, or neither.
    levels : float or sequence of float
        Levels of Student's t intervals.

    Returns
    -------
    Effect
        ``path`` is the gap between treated and never-treated areas less its average before treatment (without
        covariates), where such areas exist.

    Raises
    ------
    InputError
        When treatment cannot be told apart from the fixed effects, as when all areas start together.

    Examples
    --------
    >>> y = np.array([[1.0, 1.0, 4.0, 4.2], [2.0, 2.1, 3.0, 3.1], [5.0, 5.0, 6.1, 6.0]])
    >>> d = np.zeros((3, 4), dtype=bool)
    >>> d[0, 2:] = True
    >>> panel = Panel(y, d, pd.Index(["A", "B", "C"]), pd.RangeIndex(4))
    >>> round(difference_in_differences(panel).estimate, 3)
    2.075
    """
    wanted = check_levels(levels)
    design = "two-way fixed effects difference-in-differences"
    panel.require(design, absorbing=False, pre_periods=0, never_treated=0)
    fit = _panel_regression(panel, panel.treatment[:, :, None].astype(float), ["treatment"], covariance)
    estimate = float(fit.coefficients[0])
    path = _difference_path(panel)
    empty = pd.DataFrame({"period": [], "relative": [], "effect": []})
    effect = effect_from_path(
        design=design,
        estimate=estimate,
        path=empty if path is None else path,
        n=fit.n,
        method=design,
        unit=panel.unit,
        treated=panel.treated_areas,
        diagnostics={
            "degrees of freedom": fit.degrees,
            "cohorts": float(len(panel.cohorts)),
            **{
                f"coefficient of {name}": float(fit.coefficients[1 + k])
                for k, name in enumerate(panel.covariate_names)
            },
        },
    )
    return effect.with_inference(
        _inference(estimate, float(fit.covariance[0, 0]), fit.degrees, covariance, wanted, panel)
    )


def _inference(
    estimate: float,
    variance: float,
    degrees: float,
    covariance: Covariance,
    levels: tuple[float, ...],
    panel: Panel,
) -> Inference:
    """Student's t inference; a variance that collapses for want of clusters is not given as zero."""
    reason = ""
    groups = (panel.n_treated, int((~panel.treated).sum()))
    if covariance == "clustered" and (groups[0] < 2 or (len(panel.cohorts) == 1 and groups[1] < 2)):
        reason = (
            "clustered errors are too small with a single treated or control area; prefer placebo inference"
        )
    scale = float(np.nanvar(panel.outcome))
    if not variance > 1e-24 * scale and reason:
        return Inference(covariance, float("nan"), (), reason=reason)
    error = float(np.sqrt(max(variance, 0.0)))
    p_value = float(2 * stats.t.sf(abs(estimate) / error, degrees)) if error > 0 else float("nan")
    return Inference(covariance, error, limits(estimate, error, levels, degrees), p_value, reason)


def two_by_two(
    outcome: ArrayLike,
    treated: ArrayLike,
    post: ArrayLike,
    *,
    covariates: Mapping[str, ArrayLike] | None = None,
    weights: ArrayLike | None = None,
    clusters: ArrayLike | None = None,
    covariance: Covariance = "iid",
    levels: float | Sequence[float] = 0.95,
    unit: str = "",
) -> Effect:
    """Estimate the difference in differences of two groups and two times from single observations.

    Solves ``y = a + b treated + c post + tau treated x post + x' g + e`` by least squares; ``tau`` without covariates is
    the difference of the differences of four means. Observations need not be the same units at both times.

    Parameters
    ----------
    outcome : array_like of shape (n,)
        NaN drops the observation; their number is in the diagnostics.
    treated, post : array_like of shape (n,)
        0 or 1.
    covariates : mapping of name to array_like of shape (n,), optional
        Further regressors.
    weights : array_like of shape (n,), optional
        Positive weights.
    clusters : array_like of shape (n,), optional
        Needed with ``covariance="clustered"``.
    covariance : {"iid", "robust", "clustered"}
        Kind of standard error.
    levels : float or sequence of float
        Levels of Student's t intervals.
    unit : str
        Unit of the outcome.

    Returns
    -------
    Effect
        All coefficients are in ``table``: ``term``, ``coefficient``, ``standard_error``.

    Raises
    ------
    InputError
        When one of the four cells is empty or a regressor is collinear.

    Examples
    --------
    >>> e = two_by_two([1, 2, 3, 5, 1, 3, 2, 9], [0, 0, 0, 0, 1, 1, 1, 1], [0, 0, 1, 1, 0, 0, 1, 1])
    >>> round(e.estimate, 9), e.n
    (1.0, 8)
    """
    wanted = check_levels(levels)
    y = np.asarray(outcome, dtype=float)
    extra = {name: np.asarray(v, dtype=float) for name, v in (covariates or {}).items()}
    groups = {"treated": np.asarray(treated, dtype=float), "post": np.asarray(post, dtype=float)}
    if y.ndim != 1:
        raise InputError("outcome: one value for each observation is needed")
    for name, values in {**groups, **extra}.items():
        if values.shape != y.shape:
            raise InputError(f"{name}: {values.shape} values for {y.shape} outcomes")
    for name, values in groups.items():
        if not np.isin(values, (0.0, 1.0)).all():
            raise InputError(f"{name}: only 0 and 1 are valid")
    keep = ~np.isnan(y)
    for name, values in extra.items():
        if not np.isfinite(values[keep]).all():
            raise InputError(f"{name}: not finite where the outcome is known")
    both = groups["treated"] * groups["post"]
    for d in (0.0, 1.0):
        for p in (0.0, 1.0):
            if not (keep & (groups["treated"] == d) & (groups["post"] == p)).any():
                raise InputError(
                    f"two_by_two: no observation with treated = {d:.0f} and post = {p:.0f}; all four cells are needed"
                )
    columns = {"constant": np.ones_like(y), **groups, "treated x post": both, **extra}
    x = np.column_stack(list(columns.values()))[keep]
    mass = None if weights is None else np.asarray(weights, dtype=float)[keep]
    if mass is not None and not (np.isfinite(mass).all() and (mass > 0).all()):
        raise InputError("weights: positive finite numbers are needed")
    fit = _least_squares(
        y[keep],
        x,
        list(columns),
        weights=mass,
        clusters=None if clusters is None else np.asarray(clusters)[keep],
        covariance=covariance,
        absorbed=0,
    )
    errors = np.sqrt(np.diag(fit.covariance))
    estimate, error = float(fit.coefficients[3]), float(errors[3])
    effect = Effect(
        measure="average effect of treatment on the treated",
        estimate=estimate,
        standard_error=error,
        intervals=(),
        n=int(keep.sum()),
        method="difference of differences by least squares",
        unit=unit,
        design="difference-in-differences",
        table=pd.DataFrame(
            {"term": list(columns), "coefficient": fit.coefficients, "standard_error": errors}
        ),
        diagnostics={"degrees of freedom": fit.degrees, "missing outcomes": float((~keep).sum())},
    )
    p_value = float(2 * stats.t.sf(abs(estimate) / error, fit.degrees)) if error > 0 else float("nan")
    return effect.with_inference(
        Inference(covariance, error, limits(estimate, error, wanted, fit.degrees), p_value)
    )


@dataclass(frozen=True)
class EventStudy(Effect):
    """Effects by period relative to treatment, with a test of the periods before.

    Besides the fields of ``Effect`` (the average over the treated periods):

    Parameters
    ----------
    coefficients : pandas.DataFrame or None
        ``relative``, ``effect``, ``standard_error`` and the limits of each level; the reference period is 0.
    covariance_matrix : ndarray
        Of the coefficients without the reference, in the order of ``coefficients``.
    pretrend_statistic, pretrend_p_value : float
        Wald F test that all effects before treatment are zero; NaN where there is none to test.
    """

    coefficients: pd.DataFrame | None = field(default=None, repr=False, compare=False)
    covariance_matrix: FloatArray = field(default_factory=lambda: np.zeros((0, 0)), repr=False, compare=False)
    pretrend_statistic: float = float("nan")
    pretrend_p_value: float = float("nan")

    @property
    def pretrend_sentence(self) -> str:
        """The test of the periods before treatment in words."""
        if np.isnan(self.pretrend_p_value):
            return "There is no period before treatment, beside the reference, whose trend could be tested."
        says = "is" if self.pretrend_p_value < 0.05 else "is no"
        return (
            f"There {says} evidence of different trends before treatment (p = {number(self.pretrend_p_value, 2)}); "
            "a test that finds nothing does not show that trends were parallel."
        )


def event_study(
    panel: Panel,
    *,
    reference: int = -1,
    earliest: int | None = None,
    latest: int | None = None,
    covariance: Covariance = "clustered",
    levels: float | Sequence[float] = 0.95,
) -> EventStudy:
    """Estimate effects by period relative to treatment with area and period fixed effects.

    Solves ``y_it = a_i + b_t + sum_k tau_k 1(t - start_i = k) + e_it`` without the reference period ``k``. Where areas
    start at different times, coefficients of one period are contaminated by others (Sun and Abraham 2021, Journal of
    Econometrics 225); aggregate ``group_time_effects`` by ``"dynamic"`` instead.

    Parameters
    ----------
    panel : Panel
        Absorbing treatment; a never-treated area is needed when all starts coincide.
    reference : int, default -1
        Relative period set to zero, before treatment (0 is the first treated period).
    earliest, latest : int, optional
        Relative periods beyond these are pooled with them.
    covariance, levels
        As for ``difference_in_differences``.

    Returns
    -------
    EventStudy

    Raises
    ------
    InputError
        When the reference is not observed before treatment or effects cannot be told apart.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> y = rng.normal(size=(30, 6))
    >>> d = np.zeros((30, 6), dtype=bool)
    >>> d[:8, 4:] = True
    >>> study = event_study(Panel(y + 2.0 * d, d, pd.RangeIndex(30), pd.RangeIndex(6)))
    >>> study.coefficients["relative"].tolist(), bool(1.0 < study.estimate < 3.0)
    ([-4, -3, -2, -1, 0, 1], True)
    """
    wanted = check_levels(levels)
    design = "event study"
    panel.require(design, pre_periods=1, never_treated=0)
    t = panel.shape[1]
    relative = np.where(panel.treated[:, None], np.arange(t)[None, :] - panel.adoption[:, None], 10**6)
    if earliest is not None:
        relative = np.where(relative < earliest, earliest, relative)
    if latest is not None:
        relative = np.where((relative > latest) & panel.treated[:, None], latest, relative)
    seen = np.unique(relative[panel.observed & panel.treated[:, None]])
    if reference >= 0 or reference not in seen:
        raise InputError(
            f"reference: {reference} is not an observed period before treatment; there are "
            f"{[int(k) for k in seen if k < 0]}"
        )
    kept = seen[seen != reference]
    regressors = (relative[:, :, None] == kept).astype(float)
    fit = _panel_regression(panel, regressors, [f"relative period {k}" for k in kept], covariance)
    m = len(kept)
    beta, matrix = fit.coefficients[:m], fit.covariance[:m, :m]
    errors = np.sqrt(np.maximum(np.diag(matrix), 0.0))
    frame = pd.DataFrame({"relative": kept, "effect": beta, "standard_error": errors})
    for level in wanted:
        z = float(stats.t.ppf(0.5 + level / 2, fit.degrees))
        frame[f"lower_{level:g}"] = beta - z * errors
        frame[f"upper_{level:g}"] = beta + z * errors
    base = pd.DataFrame([dict.fromkeys(frame.columns, 0.0) | {"relative": reference}])
    frame = pd.concat([frame, base]).astype({"relative": int}).sort_values("relative", ignore_index=True)
    post, before = kept >= 0, kept < 0
    mass = np.array([(panel.weights[:, None] * (panel.observed & (relative == k))).sum() for k in kept[post]])
    share = np.zeros(m)
    share[post] = mass / mass.sum()
    estimate, variance = float(share @ beta), float(share @ matrix @ share)
    error = float(np.sqrt(max(variance, 0.0)))
    statistic = p_pre = float("nan")
    if before.any():
        block = matrix[np.ix_(before, before)]
        if np.linalg.matrix_rank(block) == before.sum():
            q = int(before.sum())
            statistic = float(beta[before] @ np.linalg.solve(block, beta[before])) / q
            p_pre = float(stats.f.sf(statistic, q, fit.degrees))
    path = frame.rename(columns={f"lower_{wanted[0]:g}": "lower", f"upper_{wanted[0]:g}": "upper"})
    path.insert(0, "period", path["relative"])
    if len(panel.cohorts) == 1 and earliest is None and latest is None:
        path["period"] = panel.periods[path["relative"].to_numpy() + int(panel.cohorts[0])]
    gaps = frame["effect"].to_numpy(dtype=float)
    early = frame["relative"].to_numpy() < 0
    result = EventStudy(
        measure="average effect of treatment on the treated areas",
        estimate=estimate,
        standard_error=error,
        intervals=(),
        n=fit.n,
        method="two-way fixed effects by period relative to treatment",
        unit=panel.unit,
        design=design,
        path=path,
        treated=panel.treated_areas,
        pre_rmspe=float(np.sqrt(np.mean(gaps[early] ** 2))),
        post_rmspe=float(np.sqrt(np.mean(gaps[~early] ** 2))),
        diagnostics={"degrees of freedom": fit.degrees, "cohorts": float(len(panel.cohorts))},
        coefficients=frame,
        covariance_matrix=matrix,
        pretrend_statistic=statistic,
        pretrend_p_value=p_pre,
    )
    return result.with_inference(_inference(estimate, variance, fit.degrees, covariance, wanted, panel))


def difference_in_differences_draws(panel: Panel, groups: IntArray) -> FloatArray:
    """Return the gaps by period that each placebo group of never-treated areas would show.

    Gaps are those between the (weighted) means of the group and of the other never-treated areas, less their average before
    treatment; their mean over the treated periods is the placebo effect.

    Parameters
    ----------
    panel : Panel
        Balanced, with one common start and without covariates.
    groups : ndarray of int, shape (draws, size)
        Positions of the placebo areas in ``panel.areas``; all never treated.

    Returns
    -------
    ndarray of shape (draws, periods)

    Examples
    --------
    >>> y = np.array([[0.0, 0.0], [1.0, 2.0], [3.0, 3.0], [4.0, 4.0]])
    >>> panel = Panel(y, np.outer(np.arange(4) == 0, np.arange(2) >= 1), pd.RangeIndex(4), pd.RangeIndex(2))
    >>> difference_in_differences_draws(panel, np.array([[1]])).tolist()
    [[0.0, 1.0]]
    """
    panel.require("difference-in-differences", balanced=True, simultaneous=True, covariates=False)
    groups = np.asarray(groups)
    if groups.ndim != 2 or panel.treated[groups].any():
        raise InputError("groups: expected draws x size positions of never-treated areas")
    rest = np.tile(~panel.treated * panel.weights, (len(groups), 1))
    rest[np.arange(len(groups))[:, None], groups] = 0.0
    if (rest.sum(axis=1) <= 0).any():
        raise InputError("groups: a placebo group must leave at least one control")
    rest = rest / rest.sum(axis=1, keepdims=True)
    mass = panel.weights[groups]
    mass = mass / mass.sum(axis=1, keepdims=True)
    gaps = np.einsum("dg,dgt->dt", mass, panel.outcome[groups]) - rest @ panel.outcome
    first = int(panel.cohorts[0])
    return np.asarray(gaps - gaps[:, :first].mean(axis=1, keepdims=True), dtype=float)
