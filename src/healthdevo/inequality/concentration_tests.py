"""Tests that concentration indices are equal between groups."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.concentration import (
    ConcentrationIndex,
    Heteroskedasticity,
    Variance,
    concentration_index,
)
from healthdevo.inequality.influence import influence_covariance
from healthdevo.inequality.rank_functional import (
    INDEX_NAMES,
    Bounds,
    Normalisation,
    check_outcome,
    cluster_codes,
    normalised,
    rank_weighting,
)
from healthdevo.inequality.ranks import rank_groups
from healthdevo.mathematics.estimates import fields_of, gather, limits
from healthdevo.mathematics.vectors import (
    Vector,
    codes,
    in_one_order,
    ranking_vector,
    shown,
    vector,
    weight_vector,
)
from healthdevo.results import Estimate, Estimates, check_levels
from healthdevo.typing import FloatArray

__all__ = ["ConcentrationComparison", "compare_concentration"]


@dataclass(frozen=True)
class ConcentrationComparison(Estimates):
    """Concentration indices of groups, with tests that they are equal.

    Parameters
    ----------
    differences : Estimates
        Normalisation of each later group minus that of the first one.
    f_statistic, f_degrees, f_p_value
        F test of equal slopes of the convenience regressions, one residual variance for all groups.
    wald_statistic, wald_degrees, wald_p_value
        Chi-squared test of equality with a variance of its own for each group.
    """

    differences: Estimates = field(kw_only=True)
    f_statistic: float = np.nan
    f_degrees: tuple[int, int] = (0, 0)
    f_p_value: float = np.nan
    wald_statistic: float = np.nan
    wald_degrees: int = 0
    wald_p_value: float = np.nan

    @property
    def z(self) -> float:
        """The z statistic of the difference between the second and the first group."""
        return float(self.differences.estimate[0] / self.differences.standard_error[0])

    @property
    def sentence(self) -> str:
        """The test in one plain-English sentence."""
        if np.isnan(self.wald_p_value):
            return f"Whether the {self.measure}s of the {len(self)} groups differ cannot be tested: one has no standard error above 0."
        verdict = "differ" if self.wald_p_value < 0.05 else "do not differ by more than noise"
        return f"The {self.measure}s of the {len(self)} groups {verdict} (p = {self.wald_p_value:.3f})."


@front_door
@in_one_order("outcome", "rank_by", "groups", "weights", "clusters")
def compare_concentration(
    outcome: Vector,
    rank_by: Vector,
    groups: object,
    weights: Vector | None = None,
    *,
    normalisation: Normalisation = "relative",
    bounds: Bounds | None = None,
    extended: float | None = None,
    symmetric: float | None = None,
    variance: Variance | None = None,
    robust: bool | Heteroskedasticity = False,
    clusters: object = None,
    intercepts: Literal["weighted", "unweighted"] = "weighted",
    levels: float | Sequence[float] = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator | None = 0,
) -> ConcentrationComparison:
    r"""Test whether concentration indices are equal between groups, such as periods, sexes or regions.

    Parameters
    ----------
    outcome, rank_by, weights, normalisation, bounds, extended, symmetric, variance, robust, clusters, levels, draws, seed
        As in ``concentration_index``; ranks are taken within each group.
    groups : array-like of shape (n,)
        At least two distinct labels; the first in sorted (or categorical) order is the reference.
    intercepts : {"weighted", "unweighted"}
        Only for the F statistic with weights. "weighted" is weighted least squares throughout. "unweighted" leaves the
        constant and the group dummies unscaled, which reproduces ``conindex`` (its weighted F is not that of weighted
        least squares).

    Returns
    -------
    ConcentrationComparison
        Normalisation of each group; differences from the first group; F test; chi-squared test.

    Raises
    ------
    InputError
        When there are fewer than two groups, or a cluster lies in several groups while the variance is not "influence".

    Notes
    -----
    Differences: :math:`z = (I_g - I_1) / \sqrt{se_g^2 + se_1^2}`, groups independent; with ``variance="influence"`` clusters may
    span groups and the covariance between groups counts. F: residual sums of the stacked convenience regressions with one
    slope against one slope for each group, assuming one residual variance; only for the standard family.
    Chi-squared: :math:`d' V^{-1} d` over all differences from the first group.

    References
    ----------
    O'Donnell, O'Neill, van Ourti, Walsh (2016), Stata Journal 16.

    Examples
    --------
    >>> result = compare_concentration([1, 2, 3, 4, 3, 2, 2, 1], [1, 2, 3, 4] * 2, list("aaaabbbb"))
    >>> result.estimate.round(3).tolist(), result.f_degrees
    ([0.25, -0.188], (1, 4))
    """
    wanted = check_levels(levels)
    h = vector(outcome, "outcome")
    rank = ranking_vector(rank_by, "rank_by", h.size)
    w = weight_vector(weights, h.size)
    group, labels = codes(groups, "groups", h.size)
    k = len(labels)
    if k < 2:
        raise InputError("groups: there is only one; a comparison needs at least two")
    need_choice("intercepts", intercepts, ("weighted", "unweighted"))
    weighting = rank_weighting(extended, symmetric)
    edges = check_outcome(h, normalisation, bounds, weighting, "outcome")
    kind = variance or ("regression" if weighting.family == "standard" else "influence")
    cluster = cluster_codes(clusters, h.size)
    if cluster is not None and kind != "influence":
        spans = pd.Series(group).groupby(cluster).nunique().max()
        if spans > 1:
            raise InputError(
                "clusters: one lies in several groups; use variance='influence', which allows for that"
            )
    rng = np.random.default_rng(seed)
    results: list[ConcentrationIndex] = []
    sides: list[FloatArray] = []
    for g in range(k):
        of = group == g
        found = concentration_index(
            h[of],
            rank[of],
            w[of],
            normalisation=normalisation,
            bounds=bounds,
            extended=extended,
            symmetric=symmetric,
            variance=kind,
            robust=robust,
            clusters=None if cluster is None else cluster[of],
            levels=wanted,
            draws=draws,
            seed=rng,
            name=f"outcome of {shown(labels[g])}",
        )
        if np.isnan(found.estimate):
            raise InputError(f"groups: the index of {shown(labels[g])} is undefined: {found.reason}")
        results.append(found)
        if weighting.family == "standard":
            pieces = rank_groups(rank[of], w[of])
            own = ((pieces.lower + pieces.upper) / 2.0)[pieces.group]
            spread = float((w[of] / w[of].sum()) @ (own - 0.5) ** 2)
            mean = np.array(found.mean)
            scale = float(normalised(normalisation, mean, mean, edges, weighting)[1])
            sides.append(np.column_stack([2.0 * spread * scale * h[of], own]))
    estimate = np.array([r.estimate for r in results])
    if kind == "influence":
        stacked = np.zeros((h.size, k))
        for g, found in enumerate(results):
            of = group == g
            assert found.influence is not None
            stacked[of, g] = found.influence * w.sum() / w[of].sum()
        covariance = influence_covariance(stacked, w, cluster)
    else:
        covariance = np.diag([r.standard_error**2 for r in results])
    contrast = np.column_stack([-np.ones(k - 1), np.eye(k - 1)])
    difference = contrast @ estimate
    spread_of = contrast @ covariance @ contrast.T
    if kind == "bootstrap":
        method = "independent groups, bootstrap standard errors"
    else:
        method = f"{kind} standard errors, {'joint' if kind == 'influence' else 'independent groups'}"
    rows = [
        Estimate("", float(d), float(s), limits(float(d), float(s), wanted), h.size, "")
        for d, s in zip(difference, np.sqrt(np.diag(spread_of)), strict=True)
    ]
    differences = gather(
        f"difference in {INDEX_NAMES[normalisation]} from {labels[0]}",
        labels[1:],
        rows,
        wanted,
        f"{method}; normal limits",
    )
    wald = (
        float(difference @ np.linalg.solve(spread_of, difference))
        if (np.diag(spread_of) > 0).all()
        else np.nan
    )
    base = gather(INDEX_NAMES[normalisation], labels, results, wanted, results[0].method)
    f_statistic, f_degrees, f_p = np.nan, (0, 0), np.nan
    if weighting.family == "standard" and h.size > 2 * k:
        f_statistic = _equal_slopes(sides, [w[group == g] for g in range(k)], intercepts)
        f_degrees = (k - 1, h.size - 2 * k)
        f_p = float(stats.f.sf(f_statistic, *f_degrees))
    return ConcentrationComparison(
        **fields_of(base),
        differences=differences,
        f_statistic=f_statistic,
        f_degrees=f_degrees,
        f_p_value=f_p,
        wald_statistic=wald,
        wald_degrees=k - 1,
        wald_p_value=float(stats.chi2.sf(wald, k - 1)),
    )


def _equal_slopes(sides: list[FloatArray], weights: list[FloatArray], intercepts: str) -> float:
    """Return the F statistic of one slope for all groups against a slope for each."""
    k = len(sides)
    group = np.repeat(np.arange(k), [len(s) for s in sides])
    both = np.concatenate(sides)
    root = np.sqrt(np.concatenate(weights))
    constant = np.ones_like(root) if intercepts == "unweighted" else root
    dummies = (group[:, None] == np.arange(1, k)) * constant[:, None]
    y, rank = both[:, 0] * root, both[:, 1] * root
    restricted = np.column_stack([constant, rank, dummies])
    full = np.column_stack([restricted, (group[:, None] == np.arange(1, k)) * rank[:, None]])

    def residual(x: FloatArray) -> float:
        coefficients = np.linalg.lstsq(x, y, rcond=None)[0]
        return float(((y - x @ coefficients) ** 2).sum())

    unrestricted = residual(full)
    if unrestricted <= 1e-24 * float(y @ y):
        return np.nan
    return ((residual(restricted) - unrestricted) / (k - 1)) / (unrestricted / (len(y) - 2 * k))
