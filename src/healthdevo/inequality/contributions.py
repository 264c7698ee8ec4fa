"""What decompositions by determinants share: covariates as columns, the regression, contributions with their shares."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import WLS

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.inequality.influence import influence_standard_error
from healthdevo.mathematics.estimates import fields_of, gather, limits, not_computed, percentile_intervals
from healthdevo.mathematics.vectors import is_number, vector
from healthdevo.results import Estimate, Estimates
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import percentage

__all__ = ["ContributionDecomposition", "contribution_result", "design_columns", "regress"]


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
        if np.isnan(self.shares.estimate).any():
            return f"The {self.total.measure} is 0, so there is nothing to share out."
        share = values[largest] / self.total.estimate
        residual = self.by_variable.estimate[-1] / self.total.estimate
        return (
            f"Of the {self.total.measure}, {self.by_variable.index[largest]} accounts for {percentage(share)} "
            f"and {percentage(residual)} is left unexplained."
        )


def design_columns(
    covariates: pd.DataFrame, n: int, reference: Mapping[str, object] | None
) -> tuple[FloatArray, list[str], list[str]]:
    """Return columns without a constant, their names, and the variable that each belongs to."""
    if not isinstance(covariates, pd.DataFrame) or covariates.shape[1] == 0:
        raise InputError("covariates: give a table with at least one column")
    need_columns(covariates, list(covariates.columns), "covariates")
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
            pd.api.types.is_numeric_dtype(column)
            or pd.api.types.is_bool_dtype(column)
            or all(map(is_number, column))
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


def regress(
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


def contribution_result(
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
    nothing = abs(total.estimate) <= 1e-12 * max(float(np.abs(values).max()), 1e-3)  # 0 but for rounding

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
                ratio = np.nan if nothing else value / total.estimate
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
