"""What the variance of (log) outcomes consists of: contributions of determinants, by regression."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.contributions import (
    ContributionDecomposition,
    contribution_result,
    design_columns,
    regress,
)
from healthdevo.inequality.influence import influence_standard_error
from healthdevo.inequality.rank_functional import cluster_codes
from healthdevo.mathematics.estimates import limits
from healthdevo.mathematics.vectors import Vector, in_one_order, vector, weight_vector
from healthdevo.results import Estimate, check_levels

__all__ = ["regression_decomposition"]


@front_door
@in_one_order("outcome", "covariates", "weights", "clusters")
def regression_decomposition(
    outcome: Vector,
    covariates: pd.DataFrame,
    weights: Vector | None = None,
    *,
    logarithm: bool = True,
    reference: Mapping[str, object] | None = None,
    clusters: object = None,
    levels: float | Sequence[float] = 0.95,
) -> ContributionDecomposition:
    r"""Decompose the variance of (log) outcomes into the contributions of determinants (Fields).

    Parameters
    ----------
    outcome : array-like of shape (n,)
        Above zero when logarithms are taken.
    covariates : DataFrame of shape (n, k)
        As in ``concentration_decomposition``.
    weights : array-like of shape (n,), optional
    logarithm : bool, default True
        Explain the log of the outcome, the usual choice for incomes and spending.
    reference, clusters, levels
        As in ``concentration_decomposition``.

    Returns
    -------
    ContributionDecomposition
        ``shares`` are the relative factor inequality weights; by variable they are ``by_variable`` over the total. The
        residual's share is one minus R squared.

    Raises
    ------
    InputError
        For values that are not above zero, missing values, or columns that follow from others.

    Notes
    -----
    With the fit :math:`y = a + \sum_k \beta_k x_k + e`, contribution :math:`\mathrm{cov}(\beta_k x_k, y)`; the share
    :math:`\mathrm{cov}(\beta_k x_k, y)/\mathrm{var}(y)` holds for every inequality measure that satisfies Shorrocks' axioms
    (Fields 2003, Research in Labor Economics 22). Population moments, no n - 1.

    Examples
    --------
    >>> table = pd.DataFrame({"school": [9, 10, 12, 13, 16.0], "town": list("aabbb")})
    >>> result = regression_decomposition([10, 12, 18, 19, 40], table)
    >>> round(float(result.shares.estimate.sum()), 12)
    1.0
    """
    wanted = check_levels(levels)
    y = vector(outcome, "outcome")
    if logarithm:
        bad = np.flatnonzero(y <= 0.0)
        if bad.size:
            raise InputError(f"outcome: row {bad[0]} is {y[bad[0]]:g}; logarithms need values above zero")
        y = np.log(y)
    n = y.size
    w = weight_vector(weights, n)
    x, names, variables = design_columns(covariates, n, reference)
    cluster = cluster_codes(clusters, n)
    if n <= x.shape[1] + 1:
        raise InputError(
            f"covariates: {x.shape[1]} terms need more than {x.shape[1] + 1} rows; there are {n}"
        )
    p = w / w.sum()
    dy, dx = y - p @ y, x - p @ x
    total = float(p @ dy**2)
    total_influence = dy**2 - total
    if total <= 0.0:
        raise InputError("outcome: has a single value, so there is no variance to decompose")
    coefficients, coefficient_influence = regress(y, x, w, names)
    slopes = coefficients[1:]
    covariances = (p * dy) @ dx
    explained = slopes * covariances
    influence = coefficient_influence[:, 1:] * covariances + slopes * (dx * dy[:, None] - covariances)
    values = np.append(explained, total - explained.sum())
    influence = np.column_stack([influence, total_influence - influence.sum(axis=1)])
    measure = "variance of logs" if logarithm else "variance"
    method = (
        f"{'weighted' if weights is not None else 'unweighted'} least squares; linearisation, normal limits"
    )
    if cluster is not None:
        method += f", {int(cluster.max()) + 1} clusters"
    error = influence_standard_error(total_influence, w, cluster)
    terms = pd.DataFrame(
        {
            "variable": variables,
            "coefficient": slopes,
            "mean": p @ x,
            "contribution": explained,
            "percentage": 100.0 * explained / total,
        },
        index=pd.Index(names, name="term"),
    )
    return contribution_result(
        f"contribution to the {measure}",
        names,
        variables,
        values,
        influence,
        Estimate(measure, total, error, limits(total, error, wanted), n, method),
        total_influence,
        w,
        cluster,
        wanted,
        method,
        terms,
        None,
    )
