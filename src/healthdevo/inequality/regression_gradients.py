"""Slope and relative index of inequality by regression on rank, for groups or for persons of a survey.

These are the indices of the World Health Organization's health equity toolkit. They differ from those of
``gradients``, which propagate the known errors of the groups' values: here the error is estimated from how the values
scatter about the fitted line (groups), or from the survey's design (persons).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm
from numpy.typing import ArrayLike, NDArray
from scipy import special

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.grids import group_ranks
from healthdevo.inequality.group_values import Levels, Polarity
from healthdevo.inequality.simple_gaps import RatioEstimate
from healthdevo.inequality.slope_results import FEWEST_GROUPS, MEASURE, RELATIVE, SlopeIndex
from healthdevo.inequality.survey_designs import design_variance
from healthdevo.mathematics.estimates import limits, log_limits
from healthdevo.mathematics.vectors import in_one_order, numbers
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray

__all__ = ["grouped_slope_index", "individual_slope_index"]

Link = Literal["logit", "identity"]


def _choices(higher_is: str, link: str) -> None:
    need_choice("higher_is", higher_is, ("better", "worse"))
    need_choice("link", link, ("logit", "identity"))


def _fit(
    outcome: FloatArray, rank: FloatArray, weights: FloatArray, link: Link
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Return coefficients, the inverse information, and the score of each row, shape (n, 2)."""
    design = np.column_stack([np.ones_like(rank), rank])
    if link == "identity":
        beta = np.asarray(sm.WLS(outcome, design, weights=weights).fit().params, dtype=np.float64)
        residual = weights * (outcome - design @ beta)
        information = design.T @ (weights[:, np.newaxis] * design)
    else:
        beta = _logistic(outcome, design, weights)
        fitted = special.expit(design @ beta)
        residual = weights * (outcome - fitted)
        information = design.T @ ((weights * fitted * (1.0 - fitted))[:, np.newaxis] * design)
    return beta, np.linalg.inv(information).astype(np.float64), residual[:, np.newaxis] * design


def _logistic(outcome: FloatArray, design: FloatArray, weights: FloatArray) -> FloatArray:
    """Return the coefficients of a weighted logistic regression on one variable, by Newton's method.

    Written here because the library's fit warns of perfect separation whenever small rates are fitted closely.
    """
    rank = design[:, 1]
    counted = weights > 0.0
    with_others, with_cases = rank[counted & (outcome < 1.0)], rank[counted & (outcome > 0.0)]
    if with_others.max() <= with_cases.min() or with_cases.max() <= with_others.min():
        raise InputError(
            "outcome: rank separates cases from others, so log-odds have no finite slope; use link='identity'"
        )
    beta = np.array([float(special.logit(np.average(outcome, weights=weights))), 0.0])
    for _ in range(100):
        fitted = special.expit(design @ beta)
        score = design.T @ (weights * (outcome - fitted))
        information = design.T @ ((weights * fitted * (1.0 - fitted))[:, np.newaxis] * design)
        step = np.linalg.solve(information, score)
        beta = beta + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-13 * max(1.0, float(np.abs(beta).max())):
            break
    return beta


def _result(
    beta: FloatArray,
    covariance: FloatArray,
    *,
    link: Link,
    scale: float,
    higher_is: Polarity,
    n: int,
    method: str,
    levels: tuple[float, ...],
    unit: str,
    reason: str = "",
) -> SlopeIndex:
    """Return the index from the fitted line and its covariance, by the delta method at its two ends."""
    worst, best = (
        (float(special.expit(beta[0])), float(special.expit(beta.sum())))
        if link == "logit"
        else (float(beta[0]), float(beta.sum()))
    )
    d_worst, d_best = (worst * (1.0 - worst), best * (1.0 - best)) if link == "logit" else (1.0, 1.0)
    to_worst, to_best = np.array([d_worst, 0.0]), np.array([d_best, d_best])
    sign = 1.0 if higher_is == "better" else -1.0
    top, bottom = (best, worst) if sign > 0 else (worst, best)
    to_difference = to_best - to_worst
    estimate = scale * sign * (best - worst)
    error = scale * float(np.sqrt(to_difference @ covariance @ to_difference))
    positive = top > 0.0 and bottom > 0.0
    log_error = np.nan
    if positive:
        to_log = to_best / best - to_worst / worst
        log_error = float(np.sqrt(to_log @ covariance @ to_log))
    share = top / bottom if positive else np.nan
    known = not np.isnan(error)
    relative = RatioEstimate(
        RELATIVE,
        share,
        share * log_error,
        log_limits(share, log_error, levels) if positive and known else (),
        n,
        f"{method}; limits of the logarithm",
        "",
        reason if positive else "a fitted end is not above 0",
        log_standard_error=log_error,
    )
    return SlopeIndex(
        measure=MEASURE,
        estimate=estimate,
        standard_error=error,
        intervals=limits(estimate, error, levels) if known else (),
        n=n,
        method=method,
        unit=unit,
        reason=reason,
        relative=relative,
        intercept=scale * worst,
    )


@front_door
@in_one_order("values", "population")
def grouped_slope_index(
    values: ArrayLike,
    population: ArrayLike,
    *,
    higher_is: Polarity,
    scale: float,
    link: Link = "logit",
    levels: Levels = 0.95,
    unit: str = "",
) -> SlopeIndex:
    r"""Return slope and relative index of inequality of groups by regression on mid-rank.

    Parameters
    ----------
    values : array_like of shape (groups,)
        Value of each group, from the worst off to the best off, per ``scale`` people.
    population : array_like of shape (groups,)
        People of each group, above 0.
    higher_is : {"better", "worse"}
        Polarity, as in ``slope_index``. The WHO always reports the best-off end minus (over) the worst-off
        end: ask for ``"better"`` to get its sign for an adverse indicator.
    scale : float
        What the values are expressed per: 1, 100, 1000 or 100000. It is declared, never guessed from the values.
    link : {"logit", "identity"}, default "logit"
        Logistic regression of the proportion, or a straight line.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    unit : str, optional
        Unit of the slope index.

    Returns
    -------
    SlopeIndex
        In the unit of the values, standard error and limits included; ``relative`` holds the relative index.

    Raises
    ------
    InputError
        For fewer than three groups, missing values, populations not above 0, or values outside 0 to ``scale``.

    Notes
    -----
    Estimand: with mid-ranks :math:`x_j`, a generalised linear model :math:`g(y_j / scale) = a + b x_j`, each group weighted by
    its people once, gives :math:`g^{-1}(a + b) - g^{-1}(a)` and the ratio of the two ends. Covariance: the heteroscedasticity-robust
    sandwich, times :math:`k / (k - 2)` for :math:`k` groups; delta method; normal limits, for the relative index
    on its logarithm. With five groups three degrees of freedom remain, so the limits are rough.

    Deviations on purpose from the R package healthequal: it weights groups by the square of their people; it guesses the
    scale from the largest value, so small percentages pass for proportions; it leaves the standard error of the slope
    on the scale of a proportion.

    References
    ----------
    World Health Organization (2024). Summary measures of health inequality. Health Inequality Monitor.

    Examples
    --------
    >>> result = grouped_slope_index([60.0, 72.0, 78.0, 86.0], [100, 110, 90, 100], higher_is="better", scale=100)
    >>> round(result.estimate, 2), round(result.relative.estimate, 3)
    (33.32, 1.608)
    """
    _choices(higher_is, link)
    wanted = check_levels(levels)
    y = numbers(values, "values")
    people = numbers(population, "population")
    if y.ndim != 1 or y.shape != people.shape:
        raise InputError(
            f"population: shape {people.shape} does not match the values' {y.shape}; give one per group"
        )
    if y.size < FEWEST_GROUPS:
        raise InputError(
            f"values: {y.size} groups are not enough for a gradient; give at least {FEWEST_GROUPS}"
        )
    if not (np.isfinite(scale) and scale > 0.0):
        raise InputError(f"scale: {scale!r} is not valid; give 1, 100, 1000 or 100000")
    for name, vector, wrong, valid in (
        (
            "values",
            y,
            ~((y >= 0.0) & (y <= scale)) if link == "logit" else ~np.isfinite(y),
            f"numbers from 0 to {scale:g}",
        ),
        ("population", people, ~((people > 0.0) & np.isfinite(people)), "numbers above 0"),
    ):
        if wrong.any():
            i = int(np.argmax(wrong))
            raise InputError(f"{name}: group {i + 1} holds {vector[i]:g}; give {valid}")
    if link == "logit" and (np.all(y == 0.0) or np.all(y == scale)):
        raise InputError("values: every group is at the same end of the scale, so log-odds have no slope")
    share = people / people.sum()
    rank = share.cumsum() - share / 2.0
    beta, bread, scores = _fit(y / scale, rank, people, link)
    k = y.size
    covariance = bread @ scores.T @ scores @ bread * (k / (k - 2.0))
    line = "logistic regression" if link == "logit" else "straight line"
    return _result(
        beta,
        covariance,
        link=link,
        scale=scale,
        higher_is=higher_is,
        n=k,
        method=f"{line} of groups on mid-rank, weighted by people; robust normal limits",
        levels=wanted,
        unit=unit,
    )


@front_door
@in_one_order("outcome", "group", "weights", "strata", "clusters")
def individual_slope_index(
    outcome: ArrayLike,
    group: pd.Series | NDArray[np.generic] | Sequence[int],
    *,
    higher_is: Polarity,
    weights: ArrayLike | None = None,
    strata: Sequence[object] | pd.Series | None = None,
    clusters: Sequence[object] | pd.Series | None = None,
    link: Link = "logit",
    scale: float = 1.0,
    levels: Levels = 0.95,
    unit: str = "",
) -> SlopeIndex:
    r"""Return slope and relative index of inequality from the persons of a survey.

    Parameters
    ----------
    outcome : array_like of shape (n,)
        Outcome of each person: 0 or 1 (or a share between) with the logit link, any number with the identity link.
    group : sequence of length n
        Group of each person, from the worst off upward: an ordered categorical, or whole numbers from 1. Text is
        refused.
    higher_is : {"better", "worse"}
        Polarity, as in ``slope_index``.
    weights : array_like of shape (n,), optional
        Sampling weights.
    strata, clusters : sequence of length n, optional
        Strata and primary sampling units of the design. Clusters are nested in strata; every person is a cluster
        when none are given.
    link : {"logit", "identity"}, default "logit"
        Logistic regression, or a straight line.
    scale : float, default 1
        Factor of the slope index, such as 100 for percentage points.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    unit : str, optional
        Unit of the slope index.

    Returns
    -------
    SlopeIndex
        ``n`` counts persons.

    Raises
    ------
    InputError
        For missing or impossible outcomes, negative weights, groups without an explicit order, lengths that differ, or a
        single cluster.

    Notes
    -----
    Estimand: as ``grouped_slope_index``, with each person at the mid-rank of the weighted group. Covariance: Taylor
    linearisation for a stratified cluster sample with replacement, :math:`A^{-1} \sum_h \frac{n_h}{n_h - 1} \sum_c
    (u_{hc} - \bar u_h)(u_{hc} - \bar u_h)' A^{-1}` with cluster totals :math:`u` of the weighted scores; a stratum with a single
    cluster is centred on the mean over all clusters. Normal limits; the relative index on its logarithm.

    References
    ----------
    Binder, D. A. (1983). On the variances of asymptotically normal estimators from complex surveys. International
    Statistical Review 51, 279-292.

    Examples
    --------
    >>> outcome = [0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1]
    >>> result = individual_slope_index(outcome, [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], higher_is="better", link="identity")
    >>> round(result.estimate, 3)
    0.533
    """
    _choices(higher_is, link)
    wanted = check_levels(levels)
    y = numbers(outcome, "outcome")
    if y.ndim != 1 or y.size < FEWEST_GROUPS or not np.isfinite(y).all():
        raise InputError("outcome: give one finite number for each person; drop persons without one first")
    if link == "logit" and not ((y >= 0.0) & (y <= 1.0)).all():
        raise InputError("outcome: the logit link takes numbers from 0 to 1; use link='identity' for others")
    if link == "logit" and np.ptp(y) == 0.0:
        raise InputError("outcome: every person has the same outcome, so log-odds have no slope")
    if not (np.isfinite(scale) and scale > 0.0):
        raise InputError(f"scale: {scale!r} is not valid; give a number above 0")
    series = group if isinstance(group, pd.Series) else pd.Series(group)
    w = np.ones(y.size) if weights is None else numbers(weights, "weights")
    for name, length in (("group", len(series)), ("weights", w.size)):
        if length != y.size:
            raise InputError(f"{name}: {length} entries for {y.size} persons; give one for each")
    if not ((w >= 0.0) & np.isfinite(w)).all() or w.sum() <= 0.0:
        raise InputError("weights: give finite numbers of 0 or more, not all 0")
    ranks, _ = group_ranks(series.reset_index(drop=True), "group")
    totals = np.bincount(ranks, w)
    if int((totals > 0.0).sum()) < FEWEST_GROUPS:
        raise InputError(
            f"group: {int((totals > 0.0).sum())} groups are not enough for a gradient; give {FEWEST_GROUPS}"
        )
    share = totals / totals.sum()
    rank = (share.cumsum() - share / 2.0)[ranks]
    beta, bread, scores = _fit(y, rank, w, link)
    meat = design_variance(scores, strata=strata, clusters=clusters)
    line = "logistic regression" if link == "logit" else "straight line"
    return _result(
        beta,
        bread @ meat @ bread,
        link=link,
        scale=scale,
        higher_is=higher_is,
        n=y.size,
        method=f"{line} of persons on the mid-rank of their group; design-based normal limits",
        levels=wanted,
        unit=unit,
    )
