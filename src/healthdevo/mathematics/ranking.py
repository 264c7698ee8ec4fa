"""Ranks of areas with the uncertainty that league tables leave out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import in_one_order, numbers
from healthdevo.results import check_levels
from healthdevo.typing import IntArray

__all__ = ["Ranks", "rank_intervals"]


@dataclass(frozen=True)
class Ranks:
    """The rank of every area with its interval.

    Parameters
    ----------
    index : pandas.Index
        The areas, length ``k``.
    rank : ndarray of int, shape (k,)
        1 is first; equal estimates share the smaller rank.
    levels : tuple of float
        Confidence levels, length ``m``.
    lower, upper : ndarray of int, shape (k, m)
        Smallest and largest rank that the data do not rule out.
    method : str
        How the interval was computed.
    """

    index: pd.Index
    rank: IntArray
    levels: tuple[float, ...]
    lower: IntArray
    upper: IntArray
    method: str

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each area and level: label, rank, level, lower, upper."""
        return pd.concat(
            [
                pd.DataFrame(
                    {
                        "label": self.index,
                        "rank": self.rank,
                        "level": level,
                        "lower": self.lower[:, j],
                        "upper": self.upper[:, j],
                    }
                )
                for j, level in enumerate(self.levels)
            ],
            ignore_index=True,
        )


@front_door
@in_one_order("estimate", "standard_error", labels="index")
def rank_intervals(
    estimate: ArrayLike,
    standard_error: ArrayLike,
    *,
    index: pd.Index | Sequence[str] | None = None,
    first: Literal["highest", "lowest"] = "highest",
    levels: float | Sequence[float] = 0.95,
    simultaneous: bool = False,
) -> Ranks:
    """Rank areas and give each rank a confidence interval.

    Estimand: the rank of each area's true value among all areas' true values. Area *j* is placed above *i* when the difference of
    their estimates is significant in a one-sided test of a normal difference with variance ``se_i**2 + se_j**2``; the interval
    runs from one plus the number of areas significantly above, to ``k`` minus the number significantly below. The tests of one
    area are adjusted for their number (Bonferroni over ``2 (k - 1)`` comparisons), and with ``simultaneous`` over all pairs, so
    that the interval covers the true rank with at least the level asked for.

    Parameters
    ----------
    estimate, standard_error : array_like of shape (k,)
        Finite numbers; standard errors at least zero. Estimates are taken as independent and normal.
    index : sequence of str, optional
        Names of the areas; positions by default.
    first : {"highest", "lowest"}
        Which end has rank 1.
    levels : float or sequence of float
        Confidence levels.
    simultaneous : bool, default False
        Cover all true ranks at once, instead of each on its own.

    Returns
    -------
    Ranks

    Raises
    ------
    InputError
        When shapes differ, a value is not finite, a standard error is negative, or there are fewer than two areas.

    References
    ----------
    Mogstad, M., Romano, J. P., Shaikh, A. M. and Wilhelm, D. (2024). Inference for ranks with applications to mobility across
    neighbourhoods and academic achievement across countries. *Review of Economic Studies* 91(1), 476-518.

    Examples
    --------
    >>> r = rank_intervals([10.0, 9.9, 5.0], [0.1, 0.1, 0.1])
    >>> r.rank.tolist(), r.lower[:, 0].tolist(), r.upper[:, 0].tolist()
    ([1, 2, 3], [1, 1, 3], [2, 2, 3])
    """
    value = numbers(estimate, "estimate")
    error = numbers(standard_error, "standard_error")
    wanted = check_levels(levels)
    if value.ndim != 1 or value.shape != error.shape or len(value) < 2:
        raise InputError(
            f"rank_intervals: estimate has shape {value.shape} and standard_error {error.shape}; give two equally long lists of at least two"
        )
    labels = pd.RangeIndex(len(value)) if index is None else pd.Index(index)
    if len(labels) != len(value):
        raise InputError(f"index: {len(labels)} names for {len(value)} areas; give one for each")
    bad = np.flatnonzero(~np.isfinite(value) | ~np.isfinite(error) | (error < 0))
    if len(bad):
        i = int(bad[0])
        raise InputError(
            f"rank_intervals: {labels[i]!r} has estimate {value[i]} and standard error {error[i]}; both must be finite and the error not negative"
        )
    need_choice("first", first, ("highest", "lowest"))
    k = len(value)
    signed = -value if first == "highest" else value
    rank = stats.rankdata(signed, method="min").astype(np.int64)
    difference = signed[:, None] - signed[None, :]
    spread = np.hypot(error[:, None], error[None, :])
    comparisons = k * (k - 1) if simultaneous else 2 * (k - 1)
    lower = np.empty((k, len(wanted)), dtype=np.int64)
    upper = np.empty((k, len(wanted)), dtype=np.int64)
    for j, level in enumerate(wanted):
        critical = stats.norm.isf((1.0 - level) / comparisons)
        lower[:, j] = 1 + (difference > critical * spread).sum(axis=1)
        upper[:, j] = k - (-difference > critical * spread).sum(axis=1)
    scope = "all areas at once" if simultaneous else "each area on its own"
    return Ranks(labels, rank, wanted, lower, upper, f"pairwise normal tests, Bonferroni, {scope}")
