"""Equalisation: transfers between areas that move money towards need and sum to nothing, to the penny."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.finance.exact import COUNTED, exact_parts, labels_for
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import Vector, in_one_order, vector
from healthdevo.results import Estimates
from healthdevo.typing import FloatArray, IntArray

__all__ = ["Equalisation", "equalise", "largest_remainder"]


def _none() -> IntArray:
    return np.empty(0, dtype=np.int64)


@dataclass(frozen=True)
class Equalisation(Estimates):
    """Transfers between areas: the estimate is what an area gains, in pounds, below zero where it pays.

    Parameters
    ----------
    raised_pence, transfer_pence : ndarray of int, shape (k,)
        What each area raises and what it gains, in pence; transfers sum to zero exactly.
    share : float
        How much of the way to need the transfers go, 0 to 1.
    """

    raised_pence: IntArray = field(default_factory=_none, kw_only=True)
    transfer_pence: IntArray = field(default_factory=_none, kw_only=True)
    share: float = field(default=math.nan, kw_only=True)

    @property
    def after(self) -> FloatArray:
        """What each area has after the transfer, in pounds."""
        return (self.raised_pence + self.transfer_pence) / 100.0

    @property
    def moved(self) -> float:
        """All that changes hands, in pounds: the sum of what winners gain, which is what losers pay."""
        return float(self.transfer_pence[self.transfer_pence > 0].sum()) / 100.0

    @property
    def winners(self) -> pd.Index:
        """Areas that gain."""
        return self.index[self.transfer_pence > 0]

    @property
    def losers(self) -> pd.Index:
        """Areas that pay."""
        return self.index[self.transfer_pence < 0]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each area."""
        return super().to_frame().assign(raised=self.raised_pence / 100.0, after=self.after, share=self.share)


@front_door
def largest_remainder(
    amounts: Vector, total: int, *, index: pd.Index | Sequence[str] | None = None
) -> IntArray:
    r"""Round amounts to whole numbers with a given sum, those with the largest remainders upwards.

    Parameters
    ----------
    amounts : array-like of shape (k,)
        Numbers of either sign whose sum is within ``k`` of the total.
    total : int
        The sum wanted.
    index : sequence, optional
        Labels; equal remainders are rounded up in their order, so that the order of rows does not matter.

    Returns
    -------
    ndarray of int, shape (k,)

    Raises
    ------
    InputError
        When an amount is missing or too large for exact arithmetic, or the sum is out of reach.

    Notes
    -----
    Hamilton's method. No amount moves by a whole unit or more.

    Source: Balinski and Young, *Fair Representation* (Yale University Press, 1982).

    Examples
    --------
    >>> largest_remainder([1.4, 1.4, 1.2], 4).tolist()
    [2, 1, 1]
    """
    x = vector(amounts, "amounts")
    if (np.abs(x) >= 2.0**52).any():
        raise InputError("amounts: one is too large to be held to the unit; give numbers below 2**52")
    names = labels_for(index, x.size)
    low = np.floor(x)
    short = int(total) - int(sum(int(v) for v in low))
    if not 0 <= short <= x.size:
        raise InputError(
            f"total: {total} is not within reach of amounts that sum to {math.fsum(x):g}; give their rounded sum"
        )
    order = names.argsort() if names.hasnans is False and _sortable(names) else np.arange(x.size)
    ranked = order[np.argsort(-(x - low)[order], kind="stable")]
    result = low.astype(np.int64)
    result[ranked[:short]] += 1
    return result


def _sortable(names: pd.Index) -> bool:
    return names.inferred_type in ("string", "integer")


@front_door
@in_one_order("raised", "need", labels="index")
def equalise(
    raised: Vector, need: Vector, *, share: float = 1.0, index: pd.Index | Sequence[str] | None = None
) -> Equalisation:
    r"""Return transfers that bring each area's money a share of the way to its share of need.

    Parameters
    ----------
    raised : array-like of shape (k,)
        What each area raises, in pounds, at least zero; rounded to the penny.
    need : array-like of shape (k,)
        People weighted for need, above zero, on any scale.
    share : float, default 1
        0 leaves all where it is raised, 1 shares all by need.
    index : sequence, optional
        Labels of the areas.

    Returns
    -------
    Equalisation

    Raises
    ------
    InputError
        When a value is missing or out of range, or lengths differ.

    Notes
    -----
    :math:`g_i = \lambda \left(\frac{w_i}{\sum_j w_j} \sum_j T_j - T_i\right)`, rounded to pence by largest remainders so that
    :math:`\sum_i g_i = 0`. A full and net scheme: those above need pay those below, and the centre adds nothing.

    Source: Boadway and Shah, *Fiscal Federalism* (Cambridge University Press, 2009), on net equalisation schemes.

    Examples
    --------
    >>> e = equalise([300.0, 100.0], [1, 1], share=0.5, index=["rich", "poor"])
    >>> e.estimate.tolist(), int(e.transfer_pence.sum()), e.after.tolist()
    ([-50.0, 50.0], 0, [250.0, 150.0])
    """
    if not 0.0 <= share <= 1.0:
        raise InputError(f"share: {share!r} is not valid; give a number from 0 to 1")
    t = vector(raised, "raised", least=0.0)
    w = vector(need, "need", t.size, above=0.0)
    if math.fsum(t) >= 2.0**45:
        raise InputError("raised: the sum is too large to be held to the penny; give pounds")
    names = labels_for(index, t.size)
    pence = np.rint(100.0 * t).astype(np.int64)
    total = int(pence.sum())
    wanted = share * (w / math.fsum(w) * total - pence)
    transfer = largest_remainder(wanted, 0, index=names)
    return Equalisation(
        "gain from equalisation",
        names,
        **exact_parts(transfer / 100.0),  # type: ignore[arg-type]
        method=f"{100 * share:g}% of the way from what is raised to a share by need",
        unit="pounds",
        reason=(COUNTED,) * t.size,
        raised_pence=pence,
        transfer_pence=transfer,
        share=share,
    )
