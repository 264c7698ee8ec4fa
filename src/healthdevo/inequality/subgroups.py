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
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, Literal, TypeAlias

import numpy as np
import pandas as pd

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.inequality.rank_functional import Weighting, cluster_codes, functional
from healthdevo.mathematics.estimates import (
    fields_of,
    gather,
    limits,
    not_computed,
    percentile_intervals,
)
from healthdevo.mathematics.influence import influence_standard_error
from healthdevo.mathematics.ranks import rank_groups
from healthdevo.mathematics.resampling import bootstrap, check_draws, permutations_within
from healthdevo.mathematics.vectors import FloatArray, IntArray, Vector, codes, shown, vector, weight_vector
from healthdevo.results import Estimate, Estimates, check_levels
from healthdevo.wording import percentage

__all__ = [
    "InequalityDecomposition",
    "atkinson_decomposition",
    "decomposition_by",
    "gini_decomposition",
    "nested_decomposition",
    "nested_gini_decomposition",
]

Measure: TypeAlias = Literal["theil", "mean log deviation", "ge2", "variance"]
Nesting: TypeAlias = "pd.DataFrame | pd.Series | Sequence[object]"


@dataclass(frozen=True)
class _Additive:
    """An additively decomposable measure: its function of values, the derivative, and the way back."""

    name: str
    psi: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]
    combine: Callable[[Any, Any], Any]  # of M and the mean
    gradient: Callable[[float, float], tuple[float, float]]
    positive: bool = False
    signed: bool = False


def _xlogx(x: FloatArray) -> FloatArray:
    result: FloatArray = x * np.log(np.where(x > 0.0, x, 1.0))
    return result


_ADDITIVE: dict[str, _Additive] = {
    "theil": _Additive(
        "Theil index",
        _xlogx,
        lambda x: np.log(np.where(x > 0.0, x, 1.0)) + 1.0,
        lambda m, mean: m / mean - np.log(mean),
        lambda m, mean: (1.0 / mean, -m / mean**2 - 1.0 / mean),
    ),
    "mean log deviation": _Additive(
        "mean log deviation",
        np.log,
        lambda x: 1.0 / x,
        lambda m, mean: np.log(mean) - m,
        lambda m, mean: (-1.0, 1.0 / mean),
        positive=True,
    ),
    "ge2": _Additive(
        "generalised entropy index (alpha = 2)",
        np.square,
        lambda x: 2.0 * x,
        lambda m, mean: (m / mean**2 - 1.0) / 2.0,
        lambda m, mean: (0.5 / mean**2, -m / mean**3),
    ),
    "variance": _Additive(
        "variance",
        np.square,
        lambda x: 2.0 * x,
        lambda m, mean: m - mean**2,
        lambda m, mean: (1.0, -2.0 * mean),
        signed=True,
    ),
}


@dataclass(frozen=True)
class InequalityDecomposition(Estimates):
    """Parts of total inequality, labelled by component; they add up to ``total``.

    Parameters
    ----------
    total : Estimate
        Inequality as a whole.
    shares : Estimates
        Each part over the total, with the uncertainty of the ratio.
    maximum : float
        The most that could lie between the groups of the innermost level if they kept their sizes and their order
        (Elbers, Lanjouw, Mistiaen and Ozler 2008); NaN where not computed.
    expected : ndarray
        Mean of each part when labels are shuffled at random; NaN where nothing was shuffled.
    p_value : ndarray
        Share of shuffles with at least as much between groups, counting the data itself as one.
    groups : pandas.DataFrame or None
        One row for each innermost group: share of the population, mean, inequality within.
    """

    total: Estimate = field(kw_only=True)
    shares: Estimates = field(kw_only=True)
    maximum: float = np.nan
    expected: FloatArray = field(default_factory=lambda: np.empty(0))
    p_value: FloatArray = field(default_factory=lambda: np.empty(0))
    groups: pd.DataFrame | None = field(default=None, repr=False, compare=False)

    @property
    def between_share_of_maximum(self) -> float:
        """What lies between innermost groups, over the most that could (1 is complete sorting)."""
        return float(self.total.estimate - self.estimate[-1]) / self.maximum

    @property
    def sentence(self) -> str:
        """The shares in one plain-English sentence."""
        parts = [f"{percentage(s)} {name}" for name, s in zip(self.index, self.shares.estimate, strict=True)]
        return f"Of the {self.total.measure}, {', '.join(parts[:-1])} and {parts[-1]}."

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each component and level, with shares, expectation under shuffling and p-value."""
        extra = pd.DataFrame(
            {
                "component": list(self.index),
                "share": self.shares.estimate,
                "expected": self.expected if self.expected.size else np.nan,
                "p_value": self.p_value if self.p_value.size else np.nan,
            }
        )
        base = super().to_frame()
        return base.rename(columns={base.columns[0]: "component"}).merge(
            extra, on="component", how="left", sort=False
        )


def _parts(
    measure: str,
    names: Sequence[str],
    values: FloatArray,
    influence: FloatArray,
    w: FloatArray,
    clusters: IntArray | None,
    levels: tuple[float, ...],
    method: str,
    sample: FloatArray | None = None,
) -> tuple[Estimates, Estimate, Estimates]:
    """Return parts, total and shares from values and influence values (or bootstrap draws) of the parts."""
    total = float(values.sum())
    whole = influence.sum(axis=1)
    n = w.size

    def estimate(name: str, value: float, psi: FloatArray, draws: FloatArray | None) -> Estimate:
        if np.isnan(value):
            return not_computed(name, levels, n, method, "there is no inequality to share")
        if draws is None:
            error = influence_standard_error(psi, w, clusters)
            return Estimate(name, value, error, limits(value, error, levels), n, method)
        between = percentile_intervals(draws, levels)
        return Estimate(name, value, float(draws.std(ddof=1)), between, n, method)

    index = pd.Index(list(names), name="component")
    parts = [
        estimate(name, float(values[j]), influence[:, j], None if sample is None else sample[:, j])
        for j, name in enumerate(names)
    ]
    everything = estimate(measure, total, whole, None if sample is None else sample.sum(axis=1))
    divided = []
    for j, name in enumerate(names):
        share = float(values[j]) / total if total > 0.0 else np.nan
        psi = (influence[:, j] - share * whole) / total if total > 0.0 else whole
        drawn = None if sample is None else sample[:, j] / sample.sum(axis=1)
        divided.append(estimate(name, share, psi, drawn))
    return (
        gather(measure, index, parts, levels, method),
        everything,
        gather(f"share of the {measure}", index, divided, levels, method),
    )


def _nesting(nesting: Nesting, n: int) -> tuple[list[str], list[IntArray], list[pd.Index]]:
    """Return names, codes and labels of each level, outermost first, after checking that they nest."""
    if isinstance(nesting, pd.DataFrame):
        columns = [nesting[c] for c in nesting.columns]
        names = [str(c) for c in nesting.columns]
    else:
        columns = [nesting if isinstance(nesting, pd.Series) else pd.Series(nesting)]
        names = [str(columns[0].name) if columns[0].name is not None else "groups"]
    if not columns:
        raise InputError("nesting: has no columns; give at least one level")
    found, labels = [], []
    for name, column in zip(names, columns, strict=True):
        code, label = codes(column, name, n)
        found.append(code)
        labels.append(label)
    for outer in range(len(found) - 1):
        pairs = pd.DataFrame({"inner": found[outer + 1], "outer": found[outer]}).drop_duplicates()
        twice = pairs["inner"][pairs["inner"].duplicated()]
        if len(twice):
            where = pairs.loc[pairs["inner"] == twice.iloc[0], "outer"].to_numpy()[:2]
            raise InputError(
                f"nesting: {names[outer + 1]} {shown(labels[outer + 1][int(twice.iloc[0])])} lies in {names[outer]} "
                f"{shown(labels[outer][where[0]])} and {shown(labels[outer][where[1]])}; each must lie in one"
            )
    return names, found, labels


def _checked(values: Vector, measure: str) -> tuple[FloatArray, _Additive]:
    if measure not in _ADDITIVE:
        raise InputError(f"measure: {measure!r} is not valid; use one of {', '.join(_ADDITIVE)}")
    kind = _ADDITIVE[measure]
    x = vector(values, "values")
    bad = (
        np.flatnonzero((x <= 0.0) if kind.positive else (x < 0.0))
        if not kind.signed
        else np.empty(0, dtype=int)
    )
    if bad.size:
        raise InputError(
            f"values: row {bad[0]} is {x[bad[0]]:g} ({bad.size} such rows); the {kind.name} needs values "
            f"{'above zero' if kind.positive else 'of zero or more'} (the variance takes any)"
        )
    if not kind.signed and not x.any():
        raise InputError("values: every value is zero, so nothing is distributed")
    return x, kind


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
    x, kind = _checked(values, measure)
    n = x.size
    if n < 2:
        raise InputError("values: there is only one; give at least two units")
    w = weight_vector(weights, n)
    names, levels_codes, labels = _nesting(nesting, n)
    cluster = cluster_codes(clusters, n)
    if variance not in ("influence", "bootstrap"):
        raise InputError(f"variance: {variance!r} is not valid; use 'influence' or 'bootstrap'")
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
    parts, total, shares = _parts(
        kind.name, components, values_of, influence, w, cluster, wanted, method, sample
    )
    return InequalityDecomposition(
        **fields_of(parts),
        total=total,
        shares=shares,
        maximum=_largest_between(
            x, w, levels_codes[-1], lambda s, c: float(kind.combine(s @ kind.psi(c), mean))
        ),
        expected=expected,
        p_value=p_value,
        groups=_group_table(given, x, w, levels_codes[-1], labels[-1], names[-1], kind),
    )


def _between_statistic(
    x: FloatArray, levels_codes: list[IntArray], kind: _Additive
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


def _group_sum(share: FloatArray, total: FloatArray, kind: _Additive) -> FloatArray:
    """Return the sum over groups of share times psi(mean); empty groups add nothing."""
    centre = np.divide(total, share, out=np.ones_like(total), where=share > 0.0)
    result: FloatArray = (share * kind.psi(centre)).sum(axis=1)
    return result


def _shuffle(
    x: FloatArray,
    w: FloatArray,
    levels_codes: list[IntArray],
    k: int,
    kind: _Additive,
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


def _largest_between(
    x: FloatArray, w: FloatArray, code: IntArray, inequality: Callable[[FloatArray, FloatArray], float]
) -> float:
    """Return between-group inequality after sorting units so that groups, in order of their means, do not overlap."""
    p = w / w.sum()
    share = np.bincount(code, p)
    centre = np.bincount(code, p * x) / share
    order = np.lexsort((p, x))
    cumulated = np.concatenate([[0.0], np.cumsum(p[order])])
    amount = np.concatenate([[0.0], np.cumsum((p * x)[order])])
    ends = np.concatenate([[0.0], np.cumsum(share[np.argsort(centre, kind="stable")])])
    cut = np.searchsorted(cumulated, ends + 1e-12, side="right") - 1  # whole units below each boundary
    cut[-1] = x.size
    sizes, totals = np.diff(cumulated[cut]), np.diff(amount[cut])
    filled = sizes > 0.0
    return inequality(sizes[filled], totals[filled] / sizes[filled])


def _group_table(
    given: FloatArray,
    x: FloatArray,
    w: FloatArray,
    code: IntArray,
    labels: pd.Index,
    name: str,
    kind: _Additive,
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
    need_columns(frame, [value, by, *nesting, *([weights] if weights else [])])
    if quantity not in ("share", "amount"):
        raise InputError(f"quantity: {quantity!r} is not valid; use 'share' or 'amount'")
    wanted = check_levels(levels)
    results: list[Estimate] = []
    labels: list[tuple[Any, str]] = []
    name, method = "", ""
    for period, part in frame.groupby(by, observed=True, sort=True):
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


# --- Gini and Atkinson -------------------------------------------------------------------------------------------------


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
    x, _ = _checked(values, "theil")
    n = x.size
    if n < 2:
        raise InputError("values: there is only one; give at least two units")
    w = weight_vector(weights, n)
    code, labels = codes(groups, "groups", n)
    cluster = cluster_codes(clusters, n)
    if residual not in ("overlap", "stratification"):
        raise InputError(f"residual: {residual!r} is not valid; use 'overlap' or 'stratification'")
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
    parts, everything, shares = _parts(
        "Gini coefficient", names, values_of, influence, w, cluster, wanted, method
    )
    return InequalityDecomposition(
        **fields_of(parts),
        total=everything,
        shares=shares,
        maximum=_largest_between(x, w, code, _plain_gini),
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
    x, _ = _checked(values, "theil")
    n = x.size
    w = weight_vector(weights, n)
    names, level_codes, _ = _nesting(nesting, n)
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
    parts, everything, shares = _parts(
        "Gini coefficient", components, values_of, influence, w, cluster, wanted, method
    )
    return InequalityDecomposition(
        **fields_of(parts),
        total=everything,
        shares=shares,
        maximum=_largest_between(x, w, level_codes[-1], _plain_gini),
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


def atkinson_decomposition(
    values: Vector,
    groups: object,
    weights: Vector | None = None,
    *,
    aversion: float = 1.0,
    clusters: object = None,
    levels: float | Sequence[float] = 0.95,
) -> InequalityDecomposition:
    r"""Split the Atkinson index between and within groups.

    Parameters
    ----------
    values : array-like of shape (n,)
        At least zero; above zero when the aversion is one or more.
    groups : array-like of shape (n,)
    weights : array-like of shape (n,), optional
    aversion : float, default 1
    clusters, levels
        As in ``nested_decomposition``.

    Returns
    -------
    InequalityDecomposition
        Components "within groups", "between groups" and "interaction" (minus their product), which sum to the index.

    Notes
    -----
    :math:`1 - A = (1 - A_W)(1 - A_B)` with :math:`A_B` the index of the group means, hence
    :math:`A = A_W + A_B - A_W A_B` (Blackorby, Donaldson and Auersperg 1981).

    Examples
    --------
    >>> result = atkinson_decomposition([1, 2, 8, 9], ["a", "a", "b", "b"])
    >>> bool(abs(result.estimate.sum() - result.total.estimate) < 1e-12)
    True
    """
    wanted = check_levels(levels)
    if not (np.isfinite(aversion) and aversion > 0.0):
        raise InputError(f"aversion: {aversion!r} is not valid; give a number above zero")
    x, _ = _checked(values, "mean log deviation" if aversion >= 1 else "theil")
    w = weight_vector(weights, x.size)
    code, labels = codes(groups, "groups", x.size)
    cluster = cluster_codes(clusters, x.size)
    p = w / w.sum()
    mean = float(p @ x)
    share = np.bincount(code, p)
    centre = np.bincount(code, p * x) / share
    e = 1.0 - float(aversion)

    def psi(v: FloatArray) -> FloatArray:
        result: FloatArray = np.log(v) if e == 0.0 else v**e
        return result

    def slope(v: FloatArray) -> FloatArray:
        result: FloatArray = 1.0 / v if e == 0.0 else e * v ** (e - 1.0)
        return result

    def inverse(m: float) -> tuple[float, float]:
        """Return the equally distributed equivalent and its derivative."""
        return (
            (float(np.exp(m)), float(np.exp(m))) if e == 0.0 else (m ** (1.0 / e), m ** (1.0 / e - 1.0) / e)
        )

    def index(share_of: FloatArray, centre_of: FloatArray) -> float:
        return 1.0 - inverse(float(share_of @ psi(centre_of)))[0] / mean

    if (centre == 0.0).any():
        raise InputError(f"groups: every value of {shown(labels[int(np.argmax(centre == 0.0))])} is zero")
    total_m, between_m = float(p @ psi(x)), float(share @ psi(centre))
    (ede, by_ede), (ede_between, by_between) = inverse(total_m), inverse(between_m)
    d_ede = by_ede * (psi(x) - total_m)
    d_between = by_between * (psi(centre)[code] + slope(centre)[code] * (x - centre[code]) - between_m)
    within, between = 1.0 - ede / ede_between, 1.0 - ede_between / mean
    within_influence = -d_ede / ede_between + ede / ede_between**2 * d_between
    between_influence = -d_between / mean + ede_between / mean**2 * (x - mean)
    values_of = np.array([within, between, -within * between])
    influence = np.column_stack(
        [within_influence, between_influence, -within * between_influence - between * within_influence]
    )
    method = f"{'weighted' if weights is not None else 'unweighted'} Atkinson index, aversion {aversion:g}"
    method += "; linearisation, normal limits" + (
        "" if cluster is None else f", {int(cluster.max()) + 1} clusters"
    )
    names = ["within groups", "between groups", "interaction"]
    parts, everything, shares = _parts(
        "Atkinson index", names, values_of, influence, w, cluster, wanted, method
    )
    return InequalityDecomposition(
        **fields_of(parts),
        total=everything,
        shares=shares,
        maximum=_largest_between(x, w, code, index),
        groups=pd.DataFrame(
            {
                "group": labels,
                "units": np.bincount(code),
                "population_share": share,
                "mean": centre,
                "inequality_within": [
                    1.0 - inverse(float(np.bincount(code, p * psi(x))[k] / share[k]))[0] / centre[k]
                    for k in range(len(labels))
                ],
            }
        ),
    )
