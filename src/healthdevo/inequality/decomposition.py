r"""What a concentration index or an inequality consists of: contributions of determinants, with their uncertainty."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import WLS

from healthdevo.errors import InputError
from healthdevo.inequality.dispersion import MEASURES
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
from healthdevo.mathematics.estimates import fields_of, gather, limits, not_computed, percentile_intervals
from healthdevo.mathematics.influence import influence_standard_error
from healthdevo.mathematics.ranks import rank_groups
from healthdevo.mathematics.resampling import bootstrap, bootstrap_weights, check_draws
from healthdevo.mathematics.shapley import shapley_values
from healthdevo.mathematics.vectors import FloatArray, IntArray, Vector, ranking_vector, vector, weight_vector
from healthdevo.results import Estimate, Estimates, Interval, check_levels
from healthdevo.wording import percentage

__all__ = [
    "ContributionDecomposition",
    "concentration_decomposition",
    "regression_decomposition",
    "shapley_decomposition",
]


@dataclass(frozen=True)
class ContributionDecomposition(Estimates):
    """Contributions of determinants, labelled by term; with the residual they add up to ``total``.

    Parameters
    ----------
    total : Estimate
        What is decomposed.
    shares : Estimates
        Contributions over the total.
    by_variable : Estimates
        Contributions of the dummies of one variable added up.
    terms : pandas.DataFrame
        The working: coefficient, mean, elasticity and concentration index of each term, where they apply.
    """

    total: Estimate = field(kw_only=True)
    shares: Estimates = field(kw_only=True)
    by_variable: Estimates = field(kw_only=True)
    terms: pd.DataFrame = field(kw_only=True, repr=False, compare=False)

    @property
    def sentence(self) -> str:
        """The largest contribution in one plain-English sentence."""
        values = self.by_variable.estimate[:-1]
        largest = int(np.argmax(np.abs(values)))
        share = values[largest] / self.total.estimate
        residual = self.by_variable.estimate[-1] / self.total.estimate
        return (
            f"Of the {self.total.measure}, {self.by_variable.index[largest]} accounts for {percentage(share)} "
            f"and {percentage(residual)} is left unexplained."
        )


# --- covariates --------------------------------------------------------------------------------------------------------


def _design(
    covariates: pd.DataFrame, n: int, reference: Mapping[str, object] | None
) -> tuple[FloatArray, list[str], list[str]]:
    """Return columns without a constant, their names, and the variable that each belongs to."""
    if not isinstance(covariates, pd.DataFrame) or covariates.shape[1] == 0:
        raise InputError("covariates: give a table with at least one column")
    if len(covariates) != n:
        raise InputError(f"covariates: has {len(covariates)} rows; {n} are needed")
    unknown = [k for k in reference or {} if k not in covariates.columns]
    if unknown:
        raise InputError(f"reference: {unknown[0]!r} is not a column of covariates")
    columns: list[FloatArray] = []
    names: list[str] = []
    variables: list[str] = []
    for name in covariates.columns:
        column = covariates[name]
        text = isinstance(column.dtype, pd.CategoricalDtype) or not (
            pd.api.types.is_numeric_dtype(column) or pd.api.types.is_bool_dtype(column)
        )
        if not text:
            if name in (reference or {}):
                raise InputError(
                    f"reference: {name!r} is numeric; make it categorical to compare with one value"
                )
            columns.append(vector(column, str(name), n))
            names.append(str(name))
            variables.append(str(name))
            continue
        if column.isna().any():
            raise InputError(f"{name}: row {int(np.argmax(column.isna().to_numpy()))} is missing")
        category = column.astype("category").cat.remove_unused_categories()
        labels = list(category.cat.categories)
        base = (reference or {}).get(str(name), labels[0])
        if base not in labels:
            raise InputError(
                f"reference: {base!r} is not a value of {name}; there are {', '.join(map(str, labels))}"
            )
        for label in labels:
            if label != base:
                columns.append((category == label).to_numpy().astype(np.float64))
                names.append(f"{name}[{label}]")
                variables.append(str(name))
    if not columns:
        raise InputError("covariates: have a single value each, so there is nothing to compare")
    return np.column_stack(columns), names, variables


def _regress(
    y: FloatArray, x: FloatArray, w: FloatArray, names: Sequence[str]
) -> tuple[FloatArray, FloatArray]:
    """Return coefficients (constant first) and their influence values, shape (n, k + 1)."""
    design = np.column_stack([np.ones(len(y)), x])
    scale = np.abs(design).max(axis=0)
    scale[scale == 0.0] = 1.0
    if np.linalg.matrix_rank(design / scale * np.sqrt(w / w.mean())[:, None]) < design.shape[1]:
        for k in range(2, design.shape[1] + 1):
            if np.linalg.matrix_rank(design[:, :k] / scale[:k]) < k:
                raise InputError(
                    f"covariates: {names[k - 2]!r} follows from the columns before it; leave it out"
                )
        raise InputError("covariates: columns are linearly dependent")
    fit = WLS(y, design, weights=w).fit()
    coefficients = np.asarray(fit.params)
    bread = np.linalg.inv(design.T @ (design * (w / w.sum())[:, None]))
    influence: FloatArray = (design * (y - design @ coefficients)[:, None]) @ bread
    return coefficients, influence


def _result(
    measure: str,
    names: list[str],
    variables: list[str],
    values: FloatArray,
    influence: FloatArray,
    total: Estimate,
    total_influence: FloatArray,
    w: FloatArray,
    clusters: IntArray | None,
    levels: tuple[float, ...],
    method: str,
    terms: pd.DataFrame,
    sample: FloatArray | None,
) -> ContributionDecomposition:
    """Return contributions (the last one the residual), their shares and their sums by variable."""
    n = w.size

    def one(value: float, psi: FloatArray, draws: FloatArray | None) -> Estimate:
        if np.isnan(value):
            return not_computed("", levels, n, method, "the total is zero")
        if draws is None:
            error = influence_standard_error(psi, w, clusters)
            return Estimate("", value, error, limits(value, error, levels), n, method)
        between = percentile_intervals(draws, levels)
        return Estimate("", value, float(draws.std(ddof=1)), between, n, method)

    def many(name: str, index: list[str], which: list[list[int]], share: bool) -> Estimates:
        results = []
        for columns in which:
            value = float(values[columns].sum())
            psi = influence[:, columns].sum(axis=1)
            draws = None if sample is None else sample[:, columns].sum(axis=1)
            if share:
                ratio = value / total.estimate if total.estimate != 0.0 else np.nan
                psi = (psi - ratio * total_influence) / (total.estimate or 1.0)
                draws = None if sample is None or draws is None else draws / sample.sum(axis=1)
                value = ratio
            results.append(one(value, psi, draws))
        return gather(name, pd.Index(index, name="term"), results, levels, method)

    each = [[j] for j in range(len(values))]
    groups = list(dict.fromkeys(variables))
    together = [[j for j, v in enumerate(variables) if v == g] for g in groups] + [[len(values) - 1]]
    parts = many(measure, [*names, "residual"], each, share=False)
    return ContributionDecomposition(
        **fields_of(parts),
        total=total,
        shares=many(f"share of the {total.measure}", [*names, "residual"], each, share=True),
        by_variable=many(measure, [*groups, "residual"], together, share=False),
        terms=terms,
    )


# --- concentration index -----------------------------------------------------------------------------------------------


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
    x, names, variables = _design(covariates, n, reference)
    cluster = cluster_codes(clusters, n)
    if n <= x.shape[1] + 1:
        raise InputError(
            f"covariates: {x.shape[1]} terms need more than {x.shape[1] + 1} rows; there are {n}"
        )
    if variance not in ("influence", "bootstrap"):
        raise InputError(f"variance: {variance!r} is not valid; use 'influence' or 'bootstrap'")
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
    coefficients, coefficient_influence = _regress(h, x, w, names)
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
            "percentage": 100.0 * explained / total if total != 0.0 else np.full(means.size, np.nan),
        },
        index=pd.Index(names, name="term"),
    )
    return _result(
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


# --- regression-based decomposition of the variance of logs ------------------------------------------------------------------


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
    x, names, variables = _design(covariates, n, reference)
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
    coefficients, coefficient_influence = _regress(y, x, w, names)
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
    return _result(
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


# --- Shapley -------------------------------------------------------------------------------------------------------------


def shapley_decomposition(
    parts: pd.DataFrame,
    weights: Vector | None = None,
    *,
    measure: str | Callable[..., Estimate] = "Gini coefficient",
    absent: Literal["mean", "zero"] = "mean",
    levels: float | Sequence[float] = 0.95,
    draws: int = 0,
    seed: int | np.random.Generator | None = 0,
) -> Estimates:
    r"""Decompose the inequality of a sum into the contributions of its parts, by Shapley's rule.

    Parameters
    ----------
    parts : DataFrame of shape (n, k)
        Columns that add up to the quantity: sources of funding, kinds of spending, or the terms :math:`\beta_k x_k` of a
        regression with its residual. From 2 to 16 columns.
    weights : array-like of shape (n,), optional
    measure : str or callable
        A name from ``dispersion.MEASURES``, or a function of values and weights that returns an ``Estimate``.
    absent : {"mean", "zero"}
        What a part that is left out is replaced with: its mean (it no longer varies), or nothing.
    levels : float or sequence of float
    draws : int, default 0
        Bootstrap resamples for limits; 0 for none (the work grows with 2**k).
    seed : int or Generator

    Returns
    -------
    Estimates
        Labelled by part; they sum to the measure of the whole exactly.

    Raises
    ------
    InputError
        When a sum of parts is outside what the measure allows, or there are too few or too many parts.

    Notes
    -----
    Average, over all orders in which parts may enter, of what inequality changes by when the part enters (Shorrocks 2013,
    Journal of Economic Inequality 11). Exact: all :math:`2^k` sets are computed.

    Examples
    --------
    >>> table = pd.DataFrame({"grant": [10.0, 10, 10], "tax": [2.0, 4, 9]})
    >>> result = shapley_decomposition(table)
    >>> result.estimate.round(4).tolist()
    [0.0, 0.1037]
    """
    if parts.shape[1] < 2:
        raise InputError("parts: give at least two columns")
    if absent not in ("mean", "zero"):
        raise InputError(f"absent: {absent!r} is not valid; use 'mean' or 'zero'")
    if isinstance(measure, str) and measure not in MEASURES:
        raise InputError(f"measure: {measure!r} is not valid; use one of {', '.join(MEASURES)} or a function")
    function = MEASURES[measure] if isinstance(measure, str) else measure
    name = measure if isinstance(measure, str) else getattr(measure, "__name__", "measure")
    names = [str(c) for c in parts.columns]
    columns = np.column_stack([vector(parts[c], str(c)) for c in parts.columns])
    n = len(columns)
    w = weight_vector(weights, n)
    wanted: tuple[float, ...] = check_levels(levels) if draws else ()

    def contributions(table: FloatArray, mass: FloatArray) -> FloatArray:
        means = mass @ table / mass.sum() if absent == "mean" else np.zeros(table.shape[1])

        def worth(present: frozenset[int]) -> float:
            if not present:
                return 0.0
            left_out = [j for j in range(table.shape[1]) if j not in present]
            total = table[:, sorted(present)].sum(axis=1) + means[left_out].sum()
            return function(total, mass).estimate

        return shapley_values(list(range(table.shape[1])), worth)

    values = contributions(columns, w)
    method = f"exact Shapley values over {2 ** len(names)} sets, absent parts at {absent}"
    results: list[Estimate] = []
    sample: FloatArray | None = None
    if draws:
        check_draws(draws, 50)
        method += f"; percentile bootstrap of {draws} draws"
        drawn: list[FloatArray] = []
        for block in bootstrap_weights(w, draws, seed, keys=tuple(columns.T)):
            for row in block:
                kept = row > 0.0
                several = np.count_nonzero(kept) > 1  # one unit alone has no inequality
                drawn.append(contributions(columns[kept], row[kept]) if several else np.zeros(len(names)))
        sample = np.array(drawn)
    for j in range(len(names)):
        error = np.nan
        between: tuple[Interval, ...] = ()
        if sample is not None:
            error = float(sample[:, j].std(ddof=1))
            between = percentile_intervals(sample[:, j], wanted)
        reason = "" if draws else "no draws were asked for"
        results.append(Estimate(name, float(values[j]), error, between, n, method, reason=reason))
    return gather(f"contribution to the {name}", pd.Index(names, name="part"), results, wanted, method)
