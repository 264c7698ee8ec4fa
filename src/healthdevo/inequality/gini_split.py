"""The Gini coefficient split between and within groups, with the residual that it cannot avoid."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.additive import additive_values
from healthdevo.inequality.rank_functional import Weighting, cluster_codes, functional
from healthdevo.inequality.ranks import rank_groups
from healthdevo.inequality.splits import (
    InequalityDecomposition,
    Nesting,
    largest_between,
    nested_codes,
    split_parts,
)
from healthdevo.mathematics.estimates import fields_of
from healthdevo.mathematics.resampling import check_draws, permutations_within
from healthdevo.mathematics.vectors import Vector, codes, in_one_order, weight_vector
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray, IntArray

__all__ = ["gini_decomposition", "nested_gini_decomposition"]


@front_door
@in_one_order("values", "groups", "weights", "clusters")
def gini_decomposition(
    values: Vector,
    groups: object,
    weights: Vector | None = None,
    *,
    residual: Literal["overlap", "stratification"] = "overlap",
    clusters: object = None,
    permutations: int = 0,
    levels: float | Sequence[float] = 0.95,
    seed: int | np.random.Generator | None = 0,
) -> InequalityDecomposition:
    r"""Split the Gini coefficient into parts within and between groups, and the residual that the Gini cannot avoid.

    Parameters
    ----------
    values : array-like of shape (n,)
        At least zero, not all zero.
    groups : array-like of shape (n,)
        Group of each unit.
    weights : array-like of shape (n,), optional
    residual : {"overlap", "stratification"}
        Which of the two established splits; see Notes.
    clusters, levels, seed
        As in ``nested_decomposition``.
    permutations : int, default 0
        Shuffles of units between groups, for the part between.

    Returns
    -------
    InequalityDecomposition
        Components "within groups", "between groups" and "overlap" (or "stratification").

    Raises
    ------
    InputError
        For negative or missing values, or fewer than two units.

    Notes
    -----
    "overlap" (Bhattacharya and Mahalanobis 1967; Lambert and Aronson 1993): within :math:`\sum_k p_k s_k G_k`, between the Gini
    coefficient of the group means, and a residual of zero or more that vanishes when groups do not overlap.

    "stratification" (Yitzhaki and Lerman 1991): within :math:`\sum_k s_k G_k`, between
    :math:`2\,\mathrm{cov}(\mu_k, \bar R_k)/\mu` with the mean overall rank of each group, and a residual that is negative when
    groups form strata. Tied values share their rank here; tools that break ties by row order differ slightly.

    Standard errors by linearisation of each part.

    Examples
    --------
    >>> result = gini_decomposition([1, 2, 8, 9], ["a", "a", "b", "b"])
    >>> result.estimate.round(4).tolist(), round(result.total.estimate, 4)
    ([0.025, 0.35, 0.0], 0.375)
    """
    wanted = check_levels(levels)
    x, _ = additive_values(values, "theil")
    n = x.size
    if n < 2:
        raise InputError("values: there is only one; give at least two units")
    w = weight_vector(weights, n)
    code, labels = codes(groups, "groups", n)
    cluster = cluster_codes(clusters, n)
    need_choice("residual", residual, ("overlap", "stratification"))
    p = w / w.sum()
    mean = float(p @ x)
    share = np.bincount(code, p)
    centre = np.bincount(code, p * x) / share
    plain = Weighting()

    everyone = rank_groups(x, w)
    whole = functional(x, everyone, w, plain)
    total_influence = (whole.gap_influence - whole.gap / mean * (x - mean)) / mean
    total = whole.gap / mean

    gaps, gap_influence = _group_gaps(x, x, code, w)
    if residual == "overlap":
        within, within_influence = _gini_within(x, x, code, w, mean)
        between_core = functional(
            x, rank_groups(np.round(centre / mean, 12)[code], w), w, plain
        )  # equal means tie
        names = ["within groups", "between groups", "overlap"]
    else:
        within = float(share @ gaps) / mean
        within_influence = (gaps[code] - share @ gaps + gap_influence - within * (x - mean)) / mean
        rank = ((everyone.lower + everyone.upper) / 2.0)[everyone.group]
        between_core = functional(centre[code], everyone, w, plain)
        group_rank = np.bincount(code, p * rank) / share
        moved = (x - centre[code]) * (2.0 * group_rank[code] - 1.0)
        between_core = replace(between_core, gap_influence=between_core.gap_influence + moved)
        names = ["within groups", "between groups", "stratification"]
    between = between_core.gap / mean
    between_influence = (between_core.gap_influence - between * (x - mean)) / mean
    values_of = np.array([within, between, total - within - between])
    values_of[np.abs(values_of) < 1e-15] = 0.0
    influence = np.column_stack(
        [within_influence, between_influence, total_influence - within_influence - between_influence]
    )
    method = (
        f"{'weighted' if weights is not None else 'unweighted'} Gini coefficient with {residual} residual"
    )
    method += "; linearisation, normal limits" + (
        "" if cluster is None else f", {int(cluster.max()) + 1} clusters"
    )
    expected, p_value = np.full(3, np.nan), np.full(3, np.nan)
    if permutations:
        if residual != "overlap":
            raise InputError("permutations: shuffles are for the part between groups of the overlap split")
        check_draws(permutations, 19)
        expected[1], p_value[1] = _shuffle_gini(x, p, code, mean, between, permutations, seed)
        method += f"; {permutations} shuffles"
    parts, everything, shares = split_parts(
        "Gini coefficient", names, values_of, influence, w, cluster, wanted, method
    )
    return InequalityDecomposition(
        **fields_of(parts),
        total=everything,
        shares=shares,
        maximum=largest_between(x, w, code, _plain_gini),
        expected=expected,
        p_value=p_value,
        groups=pd.DataFrame(
            {
                "group": labels,
                "units": np.bincount(code),
                "population_share": share,
                "mean": centre,
                "inequality_within": np.divide(gaps, centre, out=np.zeros_like(gaps), where=centre > 0.0),
            }
        ),
    )


def _group_gaps(
    x: FloatArray, rank: FloatArray, code: IntArray, w: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Return the generalised index of x along a ranking in each group, and each unit's influence on its own group's."""
    gaps = np.zeros(int(code.max()) + 1)
    own = np.zeros(x.size)
    for k in range(gaps.size):
        of = code == k
        inside = functional(x[of], rank_groups(rank[of], w[of]), w[of], Weighting())
        gaps[k] = inside.gap
        own[of] = inside.gap_influence
    return gaps, own


def _gini_within(
    x: FloatArray, rank: FloatArray, code: IntArray, w: FloatArray, mean: float
) -> tuple[float, FloatArray]:
    """Return the sum over groups of p s C, with C the index of x along a ranking in the group, and its influence values."""
    share = np.bincount(code, w) / w.sum()
    gaps, own = _group_gaps(x, rank, code, w)
    value = float(share**2 @ gaps) / mean
    influence = 2.0 * ((share * gaps)[code] - share**2 @ gaps) + share[code] * own
    return value, (influence - value * (x - mean)) / mean


@front_door
@in_one_order("values", "nesting", "weights", "clusters")
def nested_gini_decomposition(
    values: Vector,
    nesting: Nesting,
    weights: Vector | None = None,
    *,
    clusters: object = None,
    levels: float | Sequence[float] = 0.95,
) -> InequalityDecomposition:
    r"""Split the Gini coefficient over nested levels, with the residual of each level.

    Parameters
    ----------
    values : array-like of shape (n,)
        At least zero, not all zero.
    nesting : DataFrame of shape (n, K), or array-like of shape (n,)
        The groups of each unit, outermost level first, as in ``nested_decomposition``.
    weights, clusters, levels
        As in ``nested_decomposition``.

    Returns
    -------
    InequalityDecomposition
        For each level "between ..." and "overlap of ...", and "within <level K>" at the end; they sum to the Gini coefficient.

    Raises
    ------
    InputError
        When levels do not nest, or a value is negative or missing.

    Notes
    -----
    With :math:`W_k = \sum_g p_g s_g G_g` over the groups of level k (:math:`W_0 = G`), and :math:`B_k` the same sum over the
    groups of level k - 1 for the Gini coefficient of the means of their parts, the residual of a level is
    :math:`O_k = W_{k-1} - B_k - W_k`, zero when its parts do not overlap. One level is the split of
    ``gini_decomposition``. Unlike the additive measures, the parts between depend on the sizes of groups, so prefer those for
    comparing levels.

    References
    ----------
    Bhattacharya and Mahalanobis (1967), Journal of the American Statistical Association 62, applied level by level.

    Examples
    --------
    >>> table = pd.DataFrame({"region": list("NNNNSSSS"), "area": list("aabbccdd")})
    >>> result = nested_gini_decomposition([1, 2, 3, 4, 7, 8, 9, 9], table)
    >>> list(result.index)[:3]
    ['between region', 'overlap of region', 'between area within region']
    >>> bool(abs(result.estimate.sum() - result.total.estimate) < 1e-12)
    True
    """
    wanted = check_levels(levels)
    x, _ = additive_values(values, "theil")
    n = x.size
    w = weight_vector(weights, n)
    names, level_codes, _ = nested_codes(nesting, n)
    cluster = cluster_codes(clusters, n)
    p = w / w.sum()
    mean = float(p @ x)
    everyone = np.zeros(n, dtype=np.int64)
    outer = _gini_within(x, x, everyone, w, mean)
    components: list[str] = []
    amounts: list[float] = []
    influences: list[FloatArray] = []
    for k, code in enumerate(level_codes):
        share = np.bincount(code, p)
        centre = np.bincount(code, p * x) / share
        above = level_codes[k - 1] if k else everyone
        between = _gini_within(x, np.round(centre / mean, 12)[code], above, w, mean)  # equal means tie
        within = _gini_within(x, x, code, w, mean)
        place = names[k] if k == 0 else f"{names[k]} within {names[k - 1]}"
        components += [f"between {place}", f"overlap of {place}"]
        amounts += [between[0], outer[0] - between[0] - within[0]]
        influences += [between[1], outer[1] - between[1] - within[1]]
        outer = within
    components.append(f"within {names[-1]}")
    values_of = np.array([*amounts, outer[0]])
    values_of[np.abs(values_of) < 1e-15] = 0.0
    influence = np.column_stack([*influences, outer[1]])
    method = (
        f"{'weighted' if weights is not None else 'unweighted'} Gini coefficient, level by level with overlap"
    )
    method += "; linearisation, normal limits" + (
        "" if cluster is None else f", {int(cluster.max()) + 1} clusters"
    )
    parts, everything, shares = split_parts(
        "Gini coefficient", components, values_of, influence, w, cluster, wanted, method
    )
    return InequalityDecomposition(
        **fields_of(parts),
        total=everything,
        shares=shares,
        maximum=largest_between(x, w, level_codes[-1], _plain_gini),
        expected=np.full(len(components), np.nan),
        p_value=np.full(len(components), np.nan),
    )


def _plain_gini(share: FloatArray, centre: FloatArray) -> float:
    order = np.argsort(centre, kind="stable")
    p, m = share[order] / share.sum(), centre[order]
    upper = np.cumsum(p)
    return float((p * m * (2.0 * upper - p - 1.0)).sum() / (p @ m))


def _shuffle_gini(
    x: FloatArray,
    p: FloatArray,
    code: IntArray,
    mean: float,
    observed: float,
    permutations: int,
    seed: int | np.random.Generator | None,
) -> tuple[float, float]:
    order = np.lexsort((p, x, code))
    starts = np.flatnonzero(np.concatenate([[True], np.diff(code[order]) != 0]))
    share, mass = p[order], (p * x)[order]
    found = []
    for moved in permutations_within(np.zeros(x.size, dtype=np.int64), permutations, seed):
        sizes = np.add.reduceat(share[moved], starts, axis=1)
        totals = np.add.reduceat(mass[moved], starts, axis=1)
        rising = np.argsort(totals / sizes, axis=1)
        sizes = np.take_along_axis(sizes, rising, axis=1)
        totals = np.take_along_axis(totals, rising, axis=1)
        upper = np.cumsum(sizes, axis=1)
        found.append((totals * (2.0 * upper - sizes - 1.0)).sum(axis=1) / mean)
    sample = np.concatenate(found)
    return float(sample.mean()), float((1 + (sample >= observed - 1e-12).sum()) / (permutations + 1))
