r"""How much of the difference in an outcome goes with each of several determinants: Shapley (LMG) shares and dominance.

The share of variance that a determinant explains depends on which others are already in the regression. The Shapley value averages what
it adds over all orders (Lindeman, Merenda and Gold 1980); shares add up to R squared. A determinant dominates another completely if it
adds more to every set of the others (Azen and Budescu 2003). Shares describe variance; they say nothing about what would change the
outcome.

References
----------
Lindeman RH, Merenda PF, Gold RZ (1980). Introduction to Bivariate and Multivariate Analysis. Azen R, Budescu DV (2003). The dominance
analysis approach for comparing predictors in multiple regression. Psychological Methods 8, 129-148. Grömping U (2007).
Estimators of relative importance in linear regression based on variance decomposition. American Statistician 61, 139-147.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics import vectors
from healthdevo.mathematics.shapley import shapley_of_worth
from healthdevo.regression.preparation import need_named, prepare
from healthdevo.results import Estimates, check_levels
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import percentage

__all__ = ["RelativeImportance", "relative_importance"]


MOST = 12
VARIATION = {
    "total": "between all area-years",
    "within": "within areas over time",
    "between": "between areas",
}


@dataclass(frozen=True)
class RelativeImportance(Estimates):
    """Shapley shares of R squared of several determinants.

    ``estimate`` holds what each adds to R squared, averaged over all orders; intervals come from resampling areas.

    Parameters
    ----------
    variation : {"total", "within", "between"}
        Which differences are explained.
    r2 : float
        Share of variance that all determinants explain together; the estimates add up to it.
    shares : pandas.DataFrame
        Index the determinants; columns ``share`` (of R squared, adding up to 1) and limits at each level.
    r2_alone, r2_last : pandas.Series
        What each explains alone, and what it adds to all others.
    dominance : pandas.DataFrame
        One row for each ordered pair ``first``, ``second``: whether the first dominates ``complete``, ``conditional`` and
        ``general``, and ``reproduced``, the share of bootstrap samples in which it dominates generally.
    """

    variation: str = "total"
    r2: float = np.nan
    shares: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)
    r2_alone: pd.Series = field(default_factory=lambda: pd.Series(dtype=float), repr=False)
    r2_last: pd.Series = field(default_factory=lambda: pd.Series(dtype=float), repr=False)
    dominance: pd.DataFrame = field(default_factory=pd.DataFrame, repr=False)

    @property
    def sentence(self) -> str:
        """The largest share in one sentence, with the caution it needs."""
        ordered = self.shares.sort_values("share", ascending=False)
        return (
            f"Differences {VARIATION[self.variation]}: the determinants together go with {percentage(self.r2)} of the variance, of which "
            f"{ordered.index[0]} takes the largest share ({percentage(float(ordered['share'].iloc[0]))}). A share of variance is not "
            "a share of causes."
        )


@front_door
def relative_importance(
    frame: pd.DataFrame,
    *,
    outcome: str,
    determinants: Sequence[str] | Mapping[str, Sequence[str] | str],
    variation: str = "within",
    area: str = "area",
    time: str = "year",
    logs: Sequence[str] | str = (),
    year_effects: bool = True,
    draws: int = 500,
    seed: int | np.random.Generator = 0,
    levels: float | Sequence[float] = 0.95,
) -> RelativeImportance:
    r"""Divide the explained variance of an outcome among determinants.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and year.
    outcome : str
        Column to explain.
    determinants : sequence of str, or mapping of str to sequence of str
        Columns, or named groups of columns that enter and leave together; at most 12.
    variation : {"within", "between", "total"}
        Explain differences within areas over time (area effects taken out), between areas' means, or between all rows.
    area, time : str
        Columns that identify a row.
    logs : sequence of str
        Columns to take logs of.
    year_effects : bool
        Whether differences between years common to all areas are taken out first (not for ``"between"``).
    draws : int
        Bootstrap samples of whole areas.
    seed : int or numpy.random.Generator
        Seed of the bootstrap.
    levels : float or sequence of float
        Confidence levels of percentile intervals.

    Returns
    -------
    RelativeImportance
        Contributions to R squared with intervals, shares, and dominance between pairs.

    Notes
    -----
    With :math:`R^2(S)` of the regression on the set S of p determinants, the contribution of j is
    :math:`\sum_{S \not\ni j} \frac{|S|!\,(p-|S|-1)!}{p!}\{R^2(S \cup j) - R^2(S)\}`. The variance divided is what is left after
    effects. Contributions cannot be negative, so intervals near zero lie above it whatever the truth, and do not test it. Areas
    are resampled whole, which keeps serial correlation; within-area models take year effects out anew in each sample.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> frame = pd.DataFrame([(a, t) for a in range(30) for t in range(2010, 2016)], columns=["area", "year"])
    >>> frame = frame.assign(work=rng.normal(size=180), home=rng.normal(size=180))
    >>> frame["health"] = 2 * frame["work"] + frame["home"] + rng.normal(size=180)
    >>> r = relative_importance(frame, outcome="health", determinants=["work", "home"], draws=50)
    >>> r.shares["share"].idxmax(), bool(abs(r.estimate.sum() - r.r2) < 1e-12)
    ('work', True)
    """
    wanted = check_levels(levels)
    if variation not in VARIATION:
        raise InputError(f"variation: {variation!r} is not valid; give one of {', '.join(VARIATION)}")
    groups = (
        {name: [name] for name in determinants}
        if not isinstance(determinants, Mapping)
        else {
            name: [columns] if isinstance(columns, str) else list(columns)
            for name, columns in determinants.items()
        }
    )
    if draws < 20:
        raise InputError(f"draws: {draws} is not valid; give at least 20")
    if not 2 <= len(groups) <= MOST:
        raise InputError(f"determinants: {len(groups)} given; give 2 to {MOST}, in groups if need be")
    columns = [c for members in groups.values() for c in members]
    need_named(frame, determinants=columns)
    ready = prepare(frame, outcome=outcome, regressors=columns, area=area, time=time, logs=logs)
    codes, names = vectors.codes(ready.rows["area"], "area", ready.n)
    if len(names) < 3:
        raise InputError(f"frame: {len(names)} areas with complete rows; give at least 3")
    data = np.column_stack([ready.X, ready.y])
    if variation == "between":
        counts = np.bincount(codes)
        data = np.column_stack([np.bincount(codes, weights=column) / counts for column in data.T])
        codes = np.arange(len(names), dtype=np.int64)
        base = np.ones((len(data), 1))
    else:
        year_codes, year_names = vectors.codes(ready.rows["year"], "year", ready.n)
        base = np.ones((len(data), 1))
        if year_effects and len(year_names) > 1:
            base = np.hstack(
                [base, (year_codes[:, None] == np.arange(1, len(year_names))).astype(np.float64)]
            )
        # centred first, or squares of large numbers would eat the digits
        data = data - data.mean(axis=0)
        if variation == "within":
            data, base = _demeaned(data, codes), _demeaned(base[:, 1:], codes)
    spread = np.sqrt((data**2).mean(axis=0))
    if (spread <= 1e-12 * np.maximum(np.abs(np.column_stack([ready.X, ready.y])).max(axis=0), 1e-300)).any():
        name = [*columns, outcome][int(np.argmin(spread))]
        raise InputError(f"column {name!r}: it does not vary {VARIATION[variation]}; leave it out")
    data = data / spread
    products = _cluster_products(np.hstack([base, data]), codes, len(names))
    generator = np.random.default_rng(seed)
    counted = generator.multinomial(len(names), np.full(len(names), 1 / len(names)), size=draws)
    weights = np.vstack([np.ones(len(names)), counted.astype(np.float64)])
    total = np.tensordot(weights, products, axes=1)
    cross = _partial(total, base.shape[1])
    r2 = _all_r2(cross, total, list(groups.values()), columns)
    if np.isnan(r2[:, 0]).any():
        raise InputError(
            f"determinants: some are combinations of others {VARIATION[variation]}, or do not vary there; leave one out"
        )
    kept = ~np.isnan(r2).any(axis=0)
    r2 = r2[:, kept]
    p = len(groups)
    contributions = shapley_of_worth(r2)
    full = r2[-1]
    shares = contributions / full
    index = pd.Index(list(groups), name="determinant")
    limits = [(0.5 - x / 2, 0.5 + x / 2) for x in wanted]
    boot, boot_shares = contributions[:, 1:], shares[:, 1:]
    if boot.shape[1] < max(20, draws // 2):
        raise InputError(
            f"draws: only {boot.shape[1]} of {draws} bootstrap samples determine the model; give more areas or draws"
        )
    lower = np.column_stack([np.quantile(boot, low, axis=1) for low, _ in limits])
    upper = np.column_stack([np.quantile(boot, high, axis=1) for _, high in limits])
    share_table = pd.DataFrame({"share": shares[:, 0]}, index=index)
    for level, (low, high) in zip(wanted, limits, strict=True):
        share_table[f"lower_{100 * level:g}"] = np.quantile(boot_shares, low, axis=1)
        share_table[f"upper_{100 * level:g}"] = np.quantile(boot_shares, high, axis=1)
    last = np.array([full[0] - r2[(2**p - 1) ^ (1 << j), 0] for j in range(p)])
    taken = {
        "within": "area" + (" and year" if base.shape[1] else "") + " effects taken out",
        "total": "year effects taken out" if base.shape[1] > 1 else "no effects taken out",
        "between": "means of areas",
    }[variation]
    return RelativeImportance(
        f"contribution to R squared, {VARIATION[variation]}",
        index,
        contributions[:, 0],
        boot.std(axis=1, ddof=1),
        wanted,
        lower,
        upper,
        np.full(p, len(data), dtype=np.int64),
        f"Shapley (LMG) shares, {taken}; percentile intervals from {boot.shape[1]:,} bootstrap samples of {len(names)} areas",
        variation=variation,
        r2=float(full[0]),
        shares=share_table,
        r2_alone=pd.Series([r2[1 << j, 0] for j in range(p)], index=index, name="r2_alone"),
        r2_last=pd.Series(last, index=index, name="r2_last"),
        dominance=_dominance(r2, contributions, list(groups)),
    )


def _demeaned(values: FloatArray, codes: IntArray) -> FloatArray:
    counts = np.bincount(codes)
    if values.shape[1] == 0:
        return values
    means = np.column_stack([np.bincount(codes, weights=column) / counts for column in values.T])
    return np.asarray(values - means[codes])


def _cluster_products(columns: FloatArray, codes: IntArray, groups: int) -> FloatArray:
    """Return the cross-products of each area, of shape (G, m, m)."""
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(codes[order]) != 0])
    ordered = columns[order]
    ends = np.r_[starts[1:], len(order)]
    return np.stack([ordered[a:b].T @ ordered[a:b] for a, b in zip(starts, ends, strict=True)])


def _partial(cross: FloatArray, base: int) -> FloatArray:
    """Partial the first ``base`` columns out of stacked cross-products."""
    if base == 0:
        return cross
    inner = cross[:, :base, :base]
    mixed = cross[:, :base, base:]
    # a bootstrap sample may lack a year: the generalised inverse leaves it out
    return np.asarray(
        cross[:, base:, base:]
        - np.swapaxes(mixed, 1, 2) @ np.linalg.pinv(inner, rcond=1e-10, hermitian=True) @ mixed
    )


def _all_r2(
    cross: FloatArray, before: FloatArray, groups: Sequence[Sequence[str]], columns: Sequence[str]
) -> FloatArray:
    """Return R squared of every set of groups, shape (2^p, samples), sets numbered by their bits."""
    position = {name: i for i, name in enumerate(columns)}
    p = len(groups)
    y = len(columns)
    result = np.zeros((2**p, len(cross)))
    scale = np.sqrt(np.abs(np.einsum("sii->si", cross)))
    # what is left of a column, against what it had before effects were taken out
    had = np.sqrt(np.einsum("sii->si", before)[:, -len(columns) - 1 :])
    usable = (scale > 1e-7 * had).all(axis=1)
    safe = np.where(scale > 0, scale, 1.0)
    correlations = cross / safe[:, :, None] / safe[:, None, :]
    spread = np.linalg.eigvalsh(correlations[:, :y, :y])
    usable &= spread[:, 0] > 1e-10
    result[:, ~usable] = np.nan
    good = correlations[usable]
    for bits in range(1, 2**p):
        chosen = [position[c] for j in range(p) if bits >> j & 1 for c in groups[j]]
        inner = good[:, chosen][:, :, chosen]
        right = good[:, chosen, y]
        coefficients = np.linalg.solve(inner, right[:, :, None])[:, :, 0]
        result[bits, usable] = (coefficients * right).sum(axis=1)
    return result


def _dominance(r2: FloatArray, contributions: FloatArray, names: Sequence[str]) -> pd.DataFrame:
    p = len(names)
    value = r2[:, 0]
    records = []
    for j in range(p):
        for k in range(p):
            if j == k:
                continue
            rest = [b for b in range(2**p) if not b >> j & 1 and not b >> k & 1]
            complete = all(value[b | 1 << j] > value[b | 1 << k] for b in rest)
            conditional = all(_added(value, j, s, p) > _added(value, k, s, p) for s in range(p))
            records.append(
                {
                    "first": names[j],
                    "second": names[k],
                    "complete": complete,
                    "conditional": conditional,
                    "general": bool(contributions[j, 0] > contributions[k, 0]),
                    "reproduced": float((contributions[j, 1:] > contributions[k, 1:]).mean()),
                }
            )
    return pd.DataFrame(records)


def _added(r2: FloatArray, j: int, size: int, p: int) -> float:
    sets = [b for b in range(2**p) if b.bit_count() == size and not b >> j & 1]
    return float(np.mean([r2[b | 1 << j] - r2[b] for b in sets]))
