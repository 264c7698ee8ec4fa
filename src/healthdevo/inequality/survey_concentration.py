"""Concentration indices as the World Health Organization's toolkit reports them: of groups, and of a survey's persons.

The values are those of ``concentration``; what differs is the uncertainty. For groups it comes from the scatter of a few
group values about the line of the convenient regression, with normal limits; for persons from the design of the survey.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from healthdevo.checks import speaking_of
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.concentration import concentration_index
from healthdevo.inequality.grids import group_ranks
from healthdevo.inequality.group_values import Levels
from healthdevo.inequality.rank_functional import Weighting, normalised
from healthdevo.inequality.survey_designs import design_variance
from healthdevo.mathematics.estimates import limits
from healthdevo.mathematics.vectors import in_one_order, numbers, vector
from healthdevo.results import Estimate, check_levels

__all__ = ["group_concentration_index", "survey_concentration_index"]

Normalisation = Literal["relative", "generalised", "wagstaff", "erreygers"]
Labels = Sequence[object] | pd.Series


@front_door
@in_one_order("values", "population")
def group_concentration_index(
    values: ArrayLike,
    population: ArrayLike | None = None,
    *,
    normalisation: Normalisation = "relative",
    bounds: tuple[float, float] | None = None,
    levels: Levels = 0.95,
) -> Estimate:
    """Return the concentration index of ordered groups, with normal limits from the convenient regression.

    Estimand, formula and source are those of ``concentration_index`` with the groups as rows, ranked in
    their order and weighted by their people. The limits use the normal distribution where that function uses Student's t,
    as the WHO's toolkit does; with a handful of groups they are too narrow, so prefer
    ``grouped_concentration_index`` where the groups' standard errors are known.

    Parameters
    ----------
    values : array_like of shape (groups,)
        Value of each group, from the worst off to the best off.
    population : array_like of shape (groups,), optional
        People of each group; groups count equally when not given.
    normalisation : {"relative", "generalised", "wagstaff", "erreygers"}, default "relative"
        ``"generalised"`` is the absolute index, in the unit of the values.
    bounds : (float, float), optional
        Range of the values, for the last two.
    levels : float or sequence of float, default 0.95
        Confidence levels.

    Returns
    -------
    Estimate

    Raises
    ------
    InputError
        As ``concentration_index``.

    Examples
    --------
    >>> result = group_concentration_index([60.0, 72.0, 78.0, 86.0], [100, 110, 90, 100])
    >>> round(result.estimate, 4), round(result.standard_error, 4)
    (0.071, 0.0066)
    """
    y = vector(values, "values")
    people = None if population is None else vector(population, "population", y.size)
    with speaking_of(weights="population", outcome="values", rank_by="values"):
        found = concentration_index(
            y, np.arange(1.0, y.size + 1.0), people, normalisation=normalisation, bounds=bounds
        )
    if np.isnan(found.standard_error):
        return found
    method = "convenient regression of groups on mid-rank, normal limits"
    intervals = limits(found.estimate, found.standard_error, check_levels(levels))
    return Estimate(found.measure, found.estimate, found.standard_error, intervals, y.size, method)


@front_door
@in_one_order("outcome", "group", "weights", "strata", "clusters")
def survey_concentration_index(
    outcome: ArrayLike,
    group: pd.Series | NDArray[np.generic] | Sequence[int],
    *,
    weights: ArrayLike | None = None,
    strata: Labels | None = None,
    clusters: Labels | None = None,
    normalisation: Normalisation = "relative",
    bounds: tuple[float, float] | None = None,
    levels: Levels = 0.95,
) -> Estimate:
    r"""Return the concentration index of a survey's persons, with a standard error that follows its design.

    Parameters
    ----------
    outcome : array_like of shape (n,)
        Outcome of each person, finite.
    group : sequence of length n
        Group of each person, from the worst off upward: an ordered categorical, or whole numbers from 1.
    weights : array_like of shape (n,), optional
        Sampling weights.
    strata, clusters : sequence of length n, optional
        Strata and primary sampling units.
    normalisation, bounds, levels
        As in ``group_concentration_index``.

    Returns
    -------
    Estimate
        ``n`` counts persons.

    Raises
    ------
    InputError
        As ``concentration_index``, and when the order of the groups is not explicit.

    Notes
    -----
    Estimand: as ``concentration_index``. Standard error: Taylor linearisation of the convenient regression
    :math:`2 \sigma_R^2 h = \alpha + C R + u` with ranks and mean held fixed, over the totals of ``design_variance``. Normal limits.

    References
    ----------
    O'Donnell, O., van Doorslaer, E., Wagstaff, A. and Lindelow, M. (2008). Analyzing Health Equity Using Household Survey
    Data. World Bank, chapter 8.

    Examples
    --------
    >>> outcome = [0, 1, 0, 1, 1, 0, 1, 1, 1, 0, 1, 1]
    >>> result = survey_concentration_index(outcome, [1, 1, 1, 2, 2, 2, 3, 3, 3, 4, 4, 4], normalisation="generalised")
    >>> round(result.estimate, 4)
    0.0833
    """
    y = numbers(outcome, "outcome")
    series = group if isinstance(group, pd.Series) else pd.Series(group)
    if y.ndim != 1 or not np.isfinite(y).all() or len(series) != y.size:
        raise InputError("outcome, group: give one finite number and one group for each person")
    ranks, _ = group_ranks(series.reset_index(drop=True), "group")
    w = np.ones(y.size) if weights is None else numbers(weights, "weights")
    with speaking_of(rank_by="group"):
        found = concentration_index(
            y, ranks.astype(np.float64), w, normalisation=normalisation, bounds=bounds
        )
    if np.isnan(found.standard_error):
        return found
    totals = np.bincount(ranks, w)
    share = totals / totals.sum()
    rank = (share.cumsum() - share / 2.0)[ranks]
    # the generalised index is twice the weighted covariance; its score about the fitted line is linear in the outcome
    design = np.column_stack([np.ones_like(rank), rank])
    information = np.linalg.inv(design.T @ (w[:, np.newaxis] * design))
    slope = information @ design.T @ (w * y)
    scores = (w * (y - design @ slope))[:, np.newaxis] * design
    covariance = information @ design_variance(scores, strata=strata, clusters=clusters) @ information
    rank_variance = float(np.average((rank - 0.5) ** 2, weights=w))
    # the index is a factor, fixed by the mean, times the generalised index, which is twice the variance of ranks times the slope
    mean, edges = np.array(found.mean), bounds or (0.0, np.inf)
    factor = abs(float(normalised(normalisation, mean, np.array(0.0), edges, Weighting())[1]))
    error = factor * 2.0 * rank_variance * float(np.sqrt(covariance[1, 1]))
    method = "convenient regression of persons on the mid-rank of their group; design-based normal limits"
    intervals = limits(found.estimate, error, check_levels(levels))
    return Estimate(found.measure, found.estimate, error, intervals, y.size, method)
