"""What a concentration index consists of: contributions of determinants, with their uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.contributions import (
    ContributionDecomposition,
    contribution_result,
    design_columns,
    regress,
)
from healthdevo.inequality.influence import influence_standard_error
from healthdevo.inequality.rank_functional import (
    INDEX_NAMES,
    Bounds,
    Normalisation,
    Resampler,
    Weighting,
    check_outcome,
    cluster_codes,
    functional,
    normalised,
    undefined_reason,
)
from healthdevo.inequality.ranks import rank_groups
from healthdevo.mathematics.estimates import limits, percentile_intervals
from healthdevo.mathematics.resampling import bootstrap
from healthdevo.mathematics.vectors import Vector, in_one_order, ranking_vector, vector, weight_vector
from healthdevo.results import Estimate, check_levels
from healthdevo.typing import FloatArray

__all__ = ["concentration_decomposition"]


@front_door
@in_one_order("outcome", "rank_by", "covariates", "weights", "clusters")
def concentration_decomposition(
    outcome: Vector,
    rank_by: Vector,
    covariates: pd.DataFrame,
    weights: Vector | None = None,
    *,
    normalisation: Normalisation = "relative",
    bounds: Bounds | None = None,
    reference: Mapping[str, object] | None = None,
    variance: Literal["influence", "bootstrap"] = "influence",
    clusters: object = None,
    levels: float | Sequence[float] = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator | None = 0,
) -> ContributionDecomposition:
    r"""Decompose a concentration index into the contributions of determinants (Wagstaff, van Doorslaer and Watanabe).

    Parameters
    ----------
    outcome : array-like of shape (n,)
    rank_by : array-like of shape (n,)
        Worst off first; ties share their rank.
    covariates : DataFrame of shape (n, k)
        Numbers, truth values, or categories. A category (text or categorical) becomes dummies against its first value.
    weights : array-like of shape (n,), optional
    normalisation : {"relative", "generalised", "modified", "erreygers", "wagstaff"}
        Normalisation, as in ``concentration_index``; bounds likewise.
    bounds : (float, float), optional
    reference : mapping, optional
        Reference value of a category, such as ``{"tenure": "owner"}``.
    variance : {"influence", "bootstrap"}
    clusters, levels, draws, seed
        As in ``concentration_index``.

    Returns
    -------
    ContributionDecomposition
        Labelled by term, the last one "residual". ``terms`` holds coefficient, mean, elasticity and concentration index.

    Raises
    ------
    InputError
        For missing values, columns that follow from others, or an index that is undefined.

    Notes
    -----
    With the least-squares fit :math:`h_i = a + \sum_k \beta_k x_{ki} + e_i`,

    .. math:: C = \sum_k \frac{\beta_k \bar x_k}{\mu} C_k + \frac{GC_e}{\mu},

    where :math:`C_k` is the concentration index of determinant k and :math:`GC_e` the generalised index of the residual. The
    contribution is computed as :math:`\beta_k GC_k / \mu`, which also holds where the mean of a determinant is zero. Other
    normalisations multiply every part by the same factor.

    Standard errors carry the sampling of coefficients, ranks and means together, by linearisation of the product (robust to
    heteroskedasticity). Other tools give none, or take the indices as known. The split describes association: it is causal only
    if the regression is.

    References
    ----------
    Wagstaff, van Doorslaer, Watanabe (2003), Journal of Econometrics 112.

    Examples
    --------
    >>> table = pd.DataFrame({"age": [30, 40, 50, 60, 70.0], "smoker": [1, 1, 0, 1, 0]})
    >>> result = concentration_decomposition([5, 4, 6, 3, 4], [1, 2, 3, 4, 5], table)
    >>> list(result.index), bool(abs(result.estimate.sum() - result.total.estimate) < 1e-12)
    (['age', 'smoker', 'residual'], True)
    """
    wanted = check_levels(levels)
    h = vector(outcome, "outcome")
    n = h.size
    rank = ranking_vector(rank_by, "rank_by", n)
    w = weight_vector(weights, n)
    plain = Weighting()
    edges = check_outcome(h, normalisation, bounds, plain, "outcome")
    x, names, variables = design_columns(covariates, n, reference)
    cluster = cluster_codes(clusters, n)
    if n <= x.shape[1] + 1:
        raise InputError(
            f"covariates: {x.shape[1]} terms need more than {x.shape[1] + 1} rows; there are {n}"
        )
    need_choice("variance", variance, ("influence", "bootstrap"))
    groups = rank_groups(rank, w)
    if groups.share.size < 2:
        raise InputError("rank_by: every unit has the same rank; give a ranking with at least two positions")
    core = functional(h, groups, w, plain)
    undefined = undefined_reason(normalisation, core.mean, edges)
    if undefined:
        raise InputError(f"outcome: the {INDEX_NAMES[normalisation]} is undefined: {undefined}")
    total, by_gap, by_mean = (
        float(v) for v in normalised(normalisation, np.array(core.mean), np.array(core.gap), edges, plain)
    )
    total_influence = by_gap * core.gap_influence + by_mean * core.mean_influence
    coefficients, coefficient_influence = regress(h, x, w, names)
    slopes = coefficients[1:]
    cores = [functional(x[:, j], groups, w, plain) for j in range(x.shape[1])]
    gaps = np.array([c.gap for c in cores])
    explained = by_gap * slopes * gaps
    # every normalisation is a factor times the gap; this is the factor's own slope in the mean
    curvature = float(normalised(normalisation, np.array(core.mean), np.array(1.0), edges, plain)[2])
    influence = np.column_stack(
        [
            by_gap * (coefficient_influence[:, j + 1] * c.gap + slopes[j] * c.gap_influence)
            + curvature * slopes[j] * c.gap * core.mean_influence
            for j, c in enumerate(cores)
        ]
    )
    values = np.append(explained, total - explained.sum())
    influence = np.column_stack([influence, total_influence - influence.sum(axis=1)])

    sample = None
    how = "linearisation with sampled coefficients, ranks and means, normal limits"
    if variance == "bootstrap":
        sample = bootstrap(
            _bootstrap_parts(h, rank, x, normalisation, edges), w, draws, seed, cluster, (h, rank, *x.T)
        )
        how = f"percentile bootstrap of {draws} draws"
    if cluster is not None:
        how += f", {int(cluster.max()) + 1} clusters"
    method = f"{'weighted' if weights is not None else 'unweighted'} least squares, ties at mid-rank; {how}"
    if sample is None:
        error = influence_standard_error(total_influence, w, cluster)
        overall = Estimate(INDEX_NAMES[normalisation], total, error, limits(total, error, wanted), n, method)
    else:
        whole = sample.sum(axis=1)
        between = percentile_intervals(whole, wanted)
        overall = Estimate(INDEX_NAMES[normalisation], total, float(whole.std(ddof=1)), between, n, method)
    means = np.array([c.mean for c in cores])
    with np.errstate(divide="ignore", invalid="ignore"):
        own = np.where(means != 0.0, gaps / means, np.nan)
    terms = pd.DataFrame(
        {
            "variable": variables,
            "coefficient": slopes,
            "coefficient_standard_error": [
                influence_standard_error(coefficient_influence[:, j + 1], w, cluster)
                for j in range(x.shape[1])
            ],
            "mean": means,
            "elasticity": slopes * means / core.mean if core.mean != 0.0 else np.full(means.size, np.nan),
            "concentration_index": own,
            "contribution": explained,
            "percentage": 100.0 * explained / total
            if abs(total) > 1e-12 * max(np.abs(values).max(), 1e-3)
            else np.full(means.size, np.nan),
        },
        index=pd.Index(names, name="term"),
    )
    return contribution_result(
        f"contribution to the {INDEX_NAMES[normalisation]}",
        names,
        variables,
        values,
        influence,
        overall,
        total_influence,
        w,
        cluster,
        wanted,
        method,
        terms,
        sample,
    )


def _bootstrap_parts(
    h: FloatArray, rank: FloatArray, x: FloatArray, normalisation: Normalisation, edges: Bounds
) -> Callable[[FloatArray], FloatArray]:
    """Return contributions and residual for many sets of weights at once."""
    plain = Weighting()
    outcome = Resampler(h, rank, plain)
    columns = [Resampler(x[:, j], rank, plain) for j in range(x.shape[1])]
    design = np.column_stack([np.ones(len(h)), x])
    k = design.shape[1]
    products = (design[:, :, None] * design[:, None, :]).reshape(len(h), k * k)

    def statistic(weights: FloatArray) -> FloatArray:
        mean, gap = outcome(weights)
        total, by_gap, _ = normalised(normalisation, mean, gap, edges, plain)
        left = (weights @ products).reshape(-1, k, k)
        right = weights @ (design * h[:, None])
        # a resample may lack a category: the least-norm solution gives it no contribution
        slopes = (np.linalg.pinv(left, hermitian=True) @ right[:, :, None])[:, 1:, 0]
        gaps = np.column_stack([c(weights)[1] for c in columns])
        parts = by_gap[:, None] * slopes * gaps
        return np.column_stack([parts, total - parts.sum(axis=1)])

    return statistic
