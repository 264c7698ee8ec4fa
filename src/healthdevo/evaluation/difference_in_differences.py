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

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.panel_regression import Covariance, inference_of, least_squares, panel_regression
from healthdevo.evaluation.placebo_groups import checked_groups
from healthdevo.evaluation.result import Effect, Inference, average_paths, effect_from_path
from healthdevo.front_door import front_door
from healthdevo.mathematics.estimates import limits
from healthdevo.mathematics.matrices import array
from healthdevo.mathematics.vectors import codes
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray, IntArray

__all__ = ["difference_in_differences", "difference_in_differences_draws", "two_by_two"]


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


@front_door
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
    fit = panel_regression(panel, panel.treatment[:, :, None].astype(float), ["treatment"], covariance)
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
        inference_of(estimate, float(fit.covariance[0, 0]), fit.degrees, covariance, wanted, panel)
    )


@front_door
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
    y = array(outcome, "outcome", missing=True)
    extra = {
        name: array(v, f"covariates: {name}", shape=y.shape, missing=True)
        for name, v in (covariates or {}).items()
    }
    groups = {name: array(v, name, shape=y.shape) for name, v in (("treated", treated), ("post", post))}
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
    mass = None if weights is None else array(weights, "weights", shape=y.shape, above=0.0)[keep]
    members = None if clusters is None else codes(clusters, "clusters", len(y))[0][keep]
    fit = least_squares(
        y[keep],
        x,
        list(columns),
        weights=mass,
        clusters=members,
        covariance=covariance,
        absorbed=0,
        of="covariates",
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
    groups = checked_groups(panel, groups)
    rest = np.tile(~panel.treated * panel.weights, (len(groups), 1))
    rest[np.arange(len(groups))[:, None], groups] = 0.0
    rest = rest / rest.sum(axis=1, keepdims=True)
    mass = panel.weights[groups]
    mass = mass / mass.sum(axis=1, keepdims=True)
    gaps = np.einsum("dg,dgt->dt", mass, panel.outcome[groups]) - rest @ panel.outcome
    first = int(panel.cohorts[0])
    return np.asarray(gaps - gaps[:, :first].mean(axis=1, keepdims=True), dtype=float)
