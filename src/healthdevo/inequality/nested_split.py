r"""How much inequality lies between groups and how much within them, for one grouping or nested geographies of several levels.

Additive measures write total inequality as a function of the mean :math:`\mu` and of :math:`M = \sum_i w_i \psi(x_i)`. Replacing
every value by the mean of its group gives the inequality that is left when people within groups are alike. Doing so from the
outermost level inwards gives a telescoping sum, exact at every level:

.. math:: I = I_1 + (I_2 - I_1) + \dots + (I - I_K),

where :math:`I_k` is inequality between the groups of level k, the brackets are what lies between them within the level above, and
the last one what lies within the groups of the innermost level.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import pandas as pd

from healthdevo.checks import need_choice, need_columns, need_labels, speaking_of
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.additive import Additive, Measure, additive_values
from healthdevo.inequality.rank_functional import cluster_codes
from healthdevo.inequality.splits import (
    InequalityDecomposition,
    Nesting,
    largest_between,
    nested_codes,
    split_parts,
)
from healthdevo.mathematics.estimates import fields_of, gather
from healthdevo.mathematics.resampling import bootstrap, check_draws, permutations_within
from healthdevo.mathematics.vectors import Vector, in_one_order, weight_vector
from healthdevo.results import Estimate, Estimates, check_levels
from healthdevo.typing import FloatArray, IntArray

__all__ = ["decomposition_by", "nested_decomposition"]

FEW_PEOPLE = "Limits of the share within groups are too narrow for few people: with 240, 95% intervals held the truth in 89% of simulations."
"""Said with every such interval; a test holds the figures to the table of coverage."""
_MANY = 1000


@front_door
@in_one_order("values", "nesting", "weights", "clusters")
def nested_decomposition(
    values: Vector,
    nesting: Nesting,
    weights: Vector | None = None,
    *,
    measure: Measure = "theil",
    variance: Literal["influence", "bootstrap"] = "influence",
    clusters: object = None,
    permutations: int = 0,
    levels: float | Sequence[float] = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator | None = 0,
) -> InequalityDecomposition:
    r"""Split inequality into what lies between groups and what lies within them, over one or more nested levels.

    Parameters
    ----------
    values : array-like of shape (n,)
        One for each unit (person, small area, area). At least zero; above zero for the mean log deviation; any for the variance.
    nesting : DataFrame of shape (n, K), or array-like of shape (n,)
        The groups of each unit, outermost level first, such as columns "nation", "region", "area". Every inner group must lie in
        exactly one outer group.
    weights : array-like of shape (n,), optional
        Population of each unit.
    measure : {"theil", "mean log deviation", "ge2", "variance"}
        The additive measures. For the Gini coefficient see ``gini_decomposition``.
    variance : {"influence", "bootstrap"}
        Linearisation with normal limits, or percentile bootstrap of units.
    clusters : array-like of shape (n,), optional
        Units that may depend on each other, such as areas when units are area-years.
    permutations : int, default 0
        Shuffles for each level: the blocks one level further in (units, at the innermost level) are dealt out at random among
        the groups of the level, within the group of the level above.
    levels, draws, seed
        Confidence levels; bootstrap draws; seed of bootstrap and shuffles.

    Returns
    -------
    InequalityDecomposition
        Components "between <level 1>", "between <level 2> within <level 1>", ..., "within <level K>".

    Raises
    ------
    InputError
        When levels do not nest, a label or value is missing, or a value is not allowed for the measure.

    Notes
    -----
    Estimand: :math:`I_k = I(\bar x_{g_k(i)})` with weights :math:`w_i`, and its differences. For the Theil index the part within
    is :math:`\sum_g s_g T_g` with value shares :math:`s_g`; for the mean log deviation :math:`\sum_g p_g L_g` with population
    shares; for GE(2) :math:`\sum_g s_g^2 / p_g \cdot GE_g` (Shorrocks 1984).

    Between-group inequality of random groups is above zero: ``expected`` shows by how much, and matters when groups are small.
    Standard errors take units as an independent sample from a larger population; when all areas are in the table, they measure
    how far the split depends on single areas. The shuffles need no such population.

    References
    ----------
    Shorrocks (1984), Econometrica 52. Elbers, Lanjouw, Mistiaen, Ozler (2008), Journal of Economic Inequality 6. Rey (2004) for
    the shuffles.

    Examples
    --------
    >>> table = pd.DataFrame({"region": list("NNNNSSSS"), "area": list("aabbccdd")})
    >>> result = nested_decomposition([1, 2, 3, 4, 7, 8, 9, 9], table)
    >>> list(result.index)
    ['between region', 'between area within region', 'within area']
    >>> bool(abs(result.estimate.sum() - result.total.estimate) < 1e-15), bool(result.shares.estimate[0] > 0.7)
    (True, True)
    """
    wanted = check_levels(levels)
    x, kind = additive_values(values, measure)
    n = x.size
    if n < 2:
        raise InputError("values: there is only one; give at least two units")
    w = weight_vector(weights, n)
    names, levels_codes, labels = nested_codes(nesting, n)
    cluster = cluster_codes(clusters, n)
    need_choice("variance", variance, ("influence", "bootstrap"))
    components = [f"between {names[0]}"]
    components += [f"between {inner} within {outer}" for outer, inner in pairwise(names)]
    components.append(f"within {names[-1]}")

    p = w / w.sum()
    given = x
    mean = float(p @ given)
    x, mean = (given - mean, 0.0) if kind.signed else (given / mean, 1.0)  # neither changes the measure
    amounts, psis = [], []
    for code in levels_codes:
        share = np.bincount(code, p)
        centre = np.bincount(code, p * x) / share
        amounts.append(float(share @ kind.psi(centre)))
        psis.append(
            (kind.psi(centre) - kind.slope(centre) * centre)[code]
            + kind.slope(centre)[code] * x
            - amounts[-1]
        )
    amounts.append(float(p @ kind.psi(x)))
    psis.append(kind.psi(x) - amounts[-1])
    steps = np.array([float(kind.combine(m, mean)) for m in amounts])
    values_of = np.diff(steps, prepend=0.0)
    rounding = 32.0 * np.finfo(np.float64).eps * (amounts[-1] if kind.signed else max(1.0, abs(amounts[-1])))
    values_of = np.where(np.abs(values_of) < rounding, 0.0, values_of)
    influences = np.empty((n, len(steps)))
    for j, (m, psi) in enumerate(zip(amounts, psis, strict=True)):
        by_m, by_mean = kind.gradient(m, mean)
        influences[:, j] = by_m * psi + by_mean * (x - mean)
    influence = np.diff(influences, axis=1, prepend=0.0)

    sample = None
    how = "linearisation, normal limits"
    if variance == "bootstrap":
        sample = bootstrap(
            _between_statistic(x, levels_codes, kind), w, draws, seed, cluster, (x, *levels_codes)
        )
        how = f"percentile bootstrap of {draws} draws"
    if cluster is not None:
        how += f", {int(cluster.max()) + 1} clusters"
    method = f"{'weighted' if weights is not None else 'unweighted'} {kind.name}, exact split over {len(names)} level"
    method += f"{'s' if len(names) > 1 else ''}; {how}"
    expected = np.full(len(components), np.nan)
    p_value = np.full(len(components), np.nan)
    if permutations:
        check_draws(permutations, 19)
        rng = np.random.default_rng(seed)
        for k in range(len(names)):
            expected[k], p_value[k] = _shuffle(
                x, w, levels_codes, k, kind, mean, values_of[k], permutations, rng
            )
        method += f"; {permutations} restricted shuffles for each level"
    parts, total, shares = split_parts(
        kind.name, components, values_of, influence, w, cluster, wanted, method, sample
    )
    if sample is None and total.estimate > 0.0 and n < _MANY:
        shares = replace(shares, caution=FEW_PEOPLE)
    return InequalityDecomposition(
        **fields_of(parts),
        total=total,
        shares=shares,
        maximum=largest_between(
            x, w, levels_codes[-1], lambda s, c: float(kind.combine(s @ kind.psi(c), mean))
        ),
        expected=expected,
        p_value=p_value,
        groups=_group_table(given, x, w, levels_codes[-1], labels[-1], names[-1], kind),
    )


def _between_statistic(
    x: FloatArray, levels_codes: list[IntArray], kind: Additive
) -> Callable[[FloatArray], FloatArray]:
    """Return the parts for many sets of weights at once."""
    order = np.lexsort(levels_codes[::-1])
    sorted_codes = [code[order] for code in levels_codes]
    starts = [np.flatnonzero(np.concatenate([[True], code[1:] != code[:-1]])) for code in sorted_codes]
    ordered = x[order]
    psi = kind.psi(ordered)

    def statistic(weights: FloatArray) -> FloatArray:
        w = weights[:, order]
        w = w / w.sum(axis=1, keepdims=True)
        mass = w * ordered
        mean = mass.sum(axis=1)
        steps = []
        for start in starts:
            share = np.add.reduceat(w, start, axis=1)
            total = np.add.reduceat(mass, start, axis=1)
            steps.append(kind.combine(_group_sum(share, total, kind), mean))
        steps.append(kind.combine((w * psi).sum(axis=1), mean))
        return np.diff(np.column_stack(steps), axis=1, prepend=0.0)

    return statistic


def _group_sum(share: FloatArray, total: FloatArray, kind: Additive) -> FloatArray:
    """Return the sum over groups of share times psi(mean); empty groups add nothing."""
    centre = np.divide(total, share, out=np.ones_like(total), where=share > 0.0)
    result: FloatArray = (share * kind.psi(centre)).sum(axis=1)
    return result


def _shuffle(
    x: FloatArray,
    w: FloatArray,
    levels_codes: list[IntArray],
    k: int,
    kind: Additive,
    mean: float,
    observed: float,
    permutations: int,
    rng: np.random.Generator,
) -> tuple[float, float]:
    """Return the mean of a between part under shuffling, and its p-value."""
    p = w / w.sum()
    blocks = levels_codes[k + 1] if k + 1 < len(levels_codes) else np.arange(x.size)
    share, mass = np.bincount(blocks, p), np.bincount(blocks, p * x).astype(np.float64)
    first = np.unique(blocks, return_index=True)[1]
    group = levels_codes[k][first]
    parent = levels_codes[k - 1][first] if k else np.zeros(first.size, dtype=np.int64)
    order = np.lexsort((mass, share, group, parent))  # never the order of rows
    share, mass, group, parent = share[order], mass[order], group[order], parent[order]
    starts = np.flatnonzero(np.concatenate([[True], group[1:] != group[:-1]]))
    above = 0.0
    if k:
        outer = levels_codes[k - 1]
        sizes = np.bincount(outer, p)
        above = float(kind.combine(sizes @ kind.psi(np.bincount(outer, p * x) / sizes), mean))
    found = []
    for moved in permutations_within(parent, permutations, rng):
        dealt: FloatArray = np.add.reduceat(share[moved], starts, axis=1).astype(np.float64, copy=False)
        totals: FloatArray = np.add.reduceat(mass[moved], starts, axis=1).astype(np.float64, copy=False)
        found.append(kind.combine(_group_sum(dealt, totals, kind), mean) - above)
    sample = np.concatenate(found)
    tolerance = 1e-9 * max(abs(observed), 1e-12)
    return float(sample.mean()), float((1 + (sample >= observed - tolerance).sum()) / (permutations + 1))


def _group_table(
    given: FloatArray,
    x: FloatArray,
    w: FloatArray,
    code: IntArray,
    labels: pd.Index,
    name: str,
    kind: Additive,
) -> pd.DataFrame:
    p = w / w.sum()
    share = np.bincount(code, p)
    centre = np.bincount(code, p * x) / share
    inside = kind.combine(np.bincount(code, p * kind.psi(x)) / share, np.where(centre == 0.0, 1.0, centre))
    return pd.DataFrame(
        {
            name: labels,
            "units": np.bincount(code),
            "population_share": share,
            "mean": np.bincount(code, p * given) / share,
            "inequality_within": np.where((centre == 0.0) & (not kind.signed), 0.0, inside),
        }
    )


@front_door
def decomposition_by(
    frame: pd.DataFrame,
    value: str,
    nesting: Sequence[str],
    by: str,
    *,
    weights: str | None = None,
    measure: Measure = "theil",
    quantity: Literal["share", "amount"] = "share",
    levels: float | Sequence[float] = 0.95,
) -> Estimates:
    """Return the nested decomposition for every period (or other slice) of a tidy frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each unit and period.
    value, weights : str
        Columns.
    nesting : sequence of str
        Columns of the levels, outermost first.
    by : str
        Column of periods.
    measure, levels
        As in ``nested_decomposition``.
    quantity : {"share", "amount"}
        Shares of the total, or the parts themselves.

    Returns
    -------
    Estimates
        Labelled by (period, component).

    Raises
    ------
    InputError
        As in ``nested_decomposition``, or when a column is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"year": [1] * 4 + [2] * 4, "region": list("NNSS") * 2, "rate": [1, 1, 2, 2, 1, 2, 1, 2]})
    >>> decomposition_by(table, "rate", ["region"], "year").estimate.round(6).tolist()
    [1.0, 0.0, 0.0, 1.0]
    """
    need_columns(frame, [value, by, *nesting, *([] if weights is None else [weights])])
    need_choice("quantity", quantity, ("share", "amount"))
    need_labels(frame, [by])
    wanted = check_levels(levels)
    results: list[Estimate] = []
    labels: list[tuple[Any, str]] = []
    name, method = "", ""
    for period, part in frame.groupby(by, observed=True, sort=True):
        with speaking_of(values=value, weights=weights):
            found = nested_decomposition(
                part[value],
                part[list(nesting)],
                None if weights is None else part[weights],
                measure=measure,
                levels=wanted,
            )
        wanted_part = found.shares if quantity == "share" else found
        name, method = wanted_part.measure, wanted_part.method
        results.extend(wanted_part[component] for component in wanted_part.index)
        labels.extend((period, component) for component in wanted_part.index)
    index = pd.MultiIndex.from_tuples(labels, names=[by, "component"])
    return gather(name, index, results, wanted, method)
