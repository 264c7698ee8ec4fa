"""What every decomposition by groups shares: its result, nested groups, and the most that could lie between them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

import numpy as np
import pandas as pd

from healthdevo.checks import speaking_of
from healthdevo.errors import InputError
from healthdevo.inequality.influence import influence_standard_error
from healthdevo.mathematics.estimates import cut_limits, gather, limits, not_computed, percentile_intervals
from healthdevo.mathematics.vectors import codes, shown
from healthdevo.results import Estimate, Estimates
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import percentage

__all__ = ["InequalityDecomposition", "Nesting", "largest_between", "nested_codes", "split_parts"]

_SIGNED = ("stratification", "interaction")  # the parts that may lie below zero
Nesting: TypeAlias = pd.DataFrame | pd.Series | Sequence[object]


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
        text = f"Of the {self.total.measure}, {', '.join(parts[:-1])} and {parts[-1]}."
        return f"{text} {self.shares.caution}".rstrip()

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


def split_parts(
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
            between = limits(value, error, levels)
            if not name.startswith(_SIGNED):
                between = cut_limits(between)
            return Estimate(name, value, error, between, n, method)
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


def nested_codes(nesting: Nesting, n: int) -> tuple[list[str], list[IntArray], list[pd.Index]]:
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
        with speaking_of(groups="nesting" if len(names) == 1 else None):
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


def largest_between(
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
