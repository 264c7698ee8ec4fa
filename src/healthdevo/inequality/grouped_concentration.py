"""Concentration indices of grouped data: a mean or rate and a population for each group."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from healthdevo.checks import need_columns, speaking_of
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.concentration import ConcentrationIndex
from healthdevo.inequality.rank_functional import (
    INDEX_NAMES,
    Bounds,
    Normalisation,
    check_outcome,
    functional,
    normalised,
    rank_weighting,
    undefined_reason,
)
from healthdevo.inequality.ranks import rank_groups
from healthdevo.mathematics.estimates import estimates_by, limits, no_limits, not_computed
from healthdevo.mathematics.vectors import Vector, in_one_order, ranking_vector, vector, weight_vector
from healthdevo.results import Estimate, Estimates, check_levels
from healthdevo.typing import FloatArray

__all__ = ["grouped_concentration_by", "grouped_concentration_index"]


@front_door
@in_one_order("means", "rank_by", "population", "standard_errors", "standard_deviations")
def grouped_concentration_index(
    means: Vector,
    rank_by: Vector,
    population: Vector,
    *,
    standard_errors: Vector | None = None,
    standard_deviations: Vector | None = None,
    normalisation: Normalisation = "relative",
    bounds: Bounds | None = None,
    extended: float | None = None,
    symmetric: float | None = None,
    levels: float | Sequence[float] = 0.95,
) -> ConcentrationIndex:
    r"""Return a concentration index from grouped data: a mean or rate and a population for each group.

    Parameters
    ----------
    means : array-like of shape (g,)
        Mean or rate of each group.
    rank_by : array-like of shape (g,)
        Order of the groups, worst off first.
    population : array-like of shape (g,)
        Population of each group.
    standard_errors : array-like of shape (g,), optional
        Of the group means; propagated exactly, sizes taken as known.
    standard_deviations : array-like of shape (g,), optional
        Of individuals within each group, when the sizes are sampled people.
    normalisation, bounds, extended, symmetric, levels
        As in ``concentration_index``.

    Returns
    -------
    ConcentrationIndex

    Notes
    -----
    The estimate treats everyone in a group alike. With standard errors :math:`s_t` of the means,
    :math:`se^2 = \sum_t (\partial I / \partial h_t)^2 s_t^2`. With standard deviations, the formula of Kakwani, Wagstaff
    and van Doorslaer (1997) for :math:`n = \sum_t n_t` sampled people,
    :math:`se^2 = n^{-1} \sum_t f_t \psi_t^2 + n^{-1} \sum_t f_t \sigma_t^2 (\partial I / \partial h_t / f_t)^2`.
    With neither, only the first term is known, the standard error is a lower limit, and ``reason`` says so.

    References
    ----------
    O'Donnell et al. (2008), Analyzing Health Equity Using Household Survey Data, chapter 8.

    Examples
    --------
    >>> rates = [154.7, 152.9, 119.5, 86.9, 54.3]
    >>> births = [29939, 28776, 26528, 24689, 19739]
    >>> india = grouped_concentration_index(rates, [1, 2, 3, 4, 5], births)
    >>> round(india.estimate, 4)
    -0.1694
    """
    wanted = check_levels(levels)
    h = vector(means, "means")
    rank = ranking_vector(rank_by, "rank_by", h.size)
    with speaking_of(weights="population"):
        n = weight_vector(population, h.size)
    if standard_errors is not None and standard_deviations is not None:
        raise InputError("standard_errors, standard_deviations: give one or the other")
    weighting = rank_weighting(extended, symmetric)
    edges = check_outcome(h, normalisation, bounds, weighting, "means")
    groups = rank_groups(rank, n)
    if groups.share.size < 2:
        raise InputError("rank_by: every group has the same rank; give at least two positions")
    core = functional(h, groups, n, weighting)
    measure = (
        INDEX_NAMES[normalisation]
        if weighting.family == "standard"
        else f"{weighting.family} {INDEX_NAMES[normalisation]}"
    )
    undefined = undefined_reason(normalisation, core.mean, edges)
    if undefined:
        return ConcentrationIndex(
            measure,
            np.nan,
            np.nan,
            no_limits(wanted),
            h.size,
            "grouped data",
            reason=undefined,
            normalisation=normalisation,
            mean=core.mean,
        )
    value, by_gap, by_mean = (
        float(x) for x in normalised(normalisation, np.array(core.mean), np.array(core.gap), edges, weighting)
    )
    influence = by_gap * core.gap_influence + by_mean * core.mean_influence
    share = n / n.sum()
    stretch = weighting.integral(groups.upper) - weighting.integral(groups.lower)
    slope = by_gap * (stretch / groups.share)[groups.group] + by_mean  # derivative by a mean, over its share
    reason = ""
    if standard_errors is not None:
        spread = _not_negative(standard_errors, "standard_errors", h.size)
        error = float(np.sqrt(((share * slope * spread) ** 2).sum()))
        how = "standard errors of the group means propagated, sizes known"
    else:
        between = float((share * influence**2).sum())
        within = 0.0
        how = "sampled people, variation between groups only"
        if standard_deviations is not None:
            spread = _not_negative(standard_deviations, "standard_deviations", h.size)
            within = float((share * (slope * spread) ** 2).sum())
            how = "sampled people, variation between and within groups"
        else:
            reason = "variation within groups is not known, so the standard error is a lower limit"
        error = float(np.sqrt((between + within) / n.sum()))
    method = f"grouped data, ranks at the middle of each group{weighting.words}; {how}; normal limits"
    return ConcentrationIndex(
        measure,
        value,
        error,
        limits(value, error, wanted),
        h.size,
        method,
        reason=reason,
        normalisation=normalisation,
        mean=core.mean,
        influence=influence,
    )


def _not_negative(values: Vector, name: str, n: int) -> FloatArray:
    result = vector(values, name, n)
    if (result < 0).any():
        i = int(np.argmax(result < 0))
        raise InputError(f"{name}: row {i} is {result[i]:g}; give zero or more")
    return result


@front_door
def grouped_concentration_by(
    frame: pd.DataFrame,
    mean: str,
    rank_by: str,
    population: str,
    by: str | Sequence[str],
    *,
    standard_error: str | None = None,
    normalisation: Normalisation = "relative",
    bounds: Bounds | None = None,
    extended: float | None = None,
    symmetric: float | None = None,
    levels: float | Sequence[float] = 0.95,
) -> Estimates:
    """Return the concentration index of grouped data for every area or period, such as deciles within areas.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each group of each area.
    mean, rank_by, population, standard_error : str
        Columns: mean or rate of the group, its order (worst off first), its population, the standard error of its mean.
    by : str or sequence of str
        Columns that tell areas (or periods) apart.
    normalisation, bounds, extended, symmetric, levels
        As in ``grouped_concentration_index``.

    Returns
    -------
    Estimates
        An area with fewer than two ranks has a reason; without standard errors every reason says what is left out.

    Raises
    ------
    InputError
        When a column is missing, or a value is not valid.

    Examples
    --------
    >>> table = pd.DataFrame({"area": list("aabb"), "decile": [1, 2, 1, 2], "rate": [3, 1, 2, 2], "people": [1, 1, 2, 2]})
    >>> grouped_concentration_by(table, "rate", "decile", "people", "area").estimate.tolist()
    [-0.25, 0.0]
    """
    need_columns(
        frame,
        [
            mean,
            rank_by,
            population,
            *([by] if isinstance(by, str) else by),
            *([] if standard_error is None else [standard_error]),
        ],
    )
    wanted = check_levels(levels)

    def compute(part: pd.DataFrame) -> Estimate:
        if part[rank_by].nunique() < 2:
            return not_computed(INDEX_NAMES[normalisation], wanted, len(part), "", "fewer than two ranks")
        with speaking_of(means=mean, rank_by=rank_by, population=population, standard_errors=standard_error):
            return grouped_concentration_index(
                part[mean],
                part[rank_by],
                part[population],
                standard_errors=None if standard_error is None else part[standard_error],
                normalisation=normalisation,
                bounds=bounds,
                extended=extended,
                symmetric=symmetric,
                levels=wanted,
            )

    return estimates_by(frame, by, INDEX_NAMES[normalisation], wanted, compute)
