"""Allocation against need: shares of a formula's weighted people, and who would gain if one of its parts weighed more."""

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
from healthdevo.typing import FloatArray

__all__ = ["NeedShares", "Reweighted", "need_shares", "reweighted_shares"]


@dataclass(frozen=True)
class NeedShares(Estimates):
    """Need of areas relative to their people: the estimate is the ratio of both shares, 1 where they are equal.

    Parameters
    ----------
    people_share, need_share : ndarray of shape (k,)
        Shares of all people and of all weighted people; each sums to 1.
    """

    people_share: FloatArray = field(default_factory=lambda: np.empty(0), kw_only=True)
    need_share: FloatArray = field(default_factory=lambda: np.empty(0), kw_only=True)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each area with both shares."""
        return super().to_frame().assign(people_share=self.people_share, need_share=self.need_share)


@dataclass(frozen=True)
class Reweighted(Estimates):
    """Shares of areas under another weight: the estimate is the relative change of the share.

    Parameters
    ----------
    before, after : ndarray of shape (k,)
        Shares of the whole under the present and the other weight; each sums to 1.
    weight, new_weight : float
        The two weights.
    """

    before: FloatArray = field(default_factory=lambda: np.empty(0), kw_only=True)
    after: FloatArray = field(default_factory=lambda: np.empty(0), kw_only=True)
    weight: float = field(default=math.nan, kw_only=True)
    new_weight: float = field(default=math.nan, kw_only=True)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each area with both shares."""
        return super().to_frame().assign(before=self.before, after=self.after)


def _share(values: Vector, name: str, n: int | None = None) -> FloatArray:
    x = vector(values, name, n, least=0.0)
    total = math.fsum(x)
    if not total > 0.0:
        raise InputError(f"{name}: sums to {total:g}; give numbers with a sum above zero")
    return x / total


@front_door
@in_one_order("weighted", "people", labels="index")
def need_shares(
    weighted: Vector, people: Vector, *, index: pd.Index | Sequence[str] | None = None
) -> NeedShares:
    r"""Return how much more need than people each area has by an allocation formula.

    Parameters
    ----------
    weighted : array-like of shape (k,)
        People weighted for need, at least zero.
    people : array-like of shape (k,)
        People, above zero.
    index : sequence, optional
        Labels of the areas.

    Returns
    -------
    NeedShares

    Raises
    ------
    InputError
        When a value is missing or out of range, or lengths differ.

    Notes
    -----
    :math:`r_i = \frac{w_i / \sum_j w_j}{n_i / \sum_j n_j}`. Above 1 the formula sees more need than average. It says what the formula holds
    to be need, no more; the areas given are taken as the whole.

    Source: NHS England, *Fair Shares: a guide to NHS allocations* (2019), on weighted populations.

    Examples
    --------
    >>> need_shares([60.0, 40.0], [50, 50], index=["a", "b"])["a"].estimate
    1.2
    """
    n = vector(people, "people", above=0.0)
    p, w = _share(n, "people"), _share(weighted, "weighted", n.size)
    return NeedShares(
        "need relative to people",
        labels_for(index, n.size),
        **exact_parts(w / p),  # type: ignore[arg-type]
        method="ratio of the share of weighted people to the share of people",
        reason=(COUNTED,) * n.size,
        people_share=p,
        need_share=w,
    )


@front_door
@in_one_order("whole", "part", labels="index")
def reweighted_shares(
    whole: Vector,
    part: Vector,
    *,
    weight: float,
    new_weight: float,
    index: pd.Index | Sequence[str] | None = None,
) -> Reweighted:
    r"""Return the shares of areas if one part of a formula weighed more, and all others less in proportion.

    Parameters
    ----------
    whole : array-like of shape (k,)
        Weighted people of the formula as it is, at least zero.
    part : array-like of shape (k,)
        Weighted people of the part, at least zero.
    weight : float
        Present weight of the part, from 0 up to below 1.
    new_weight : float
        The other weight, from 0 to 1.
    index : sequence, optional
        Labels of the areas.

    Returns
    -------
    Reweighted
        Relative changes of the share. Changes of the shares themselves sum to zero.

    Raises
    ------
    InputError
        When a value is missing or out of range, lengths differ, or the part weighs more in an area than the whole holds.

    Notes
    -----
    With shares :math:`s` of the whole and :math:`h` of the part, :math:`s' = s + \frac{v' - v}{1 - v}(h - s)`. Assumes that the whole is a
    mean of its parts with fixed weights. Who gains (:math:`h > s`) does not depend on the present weight; how much does.

    Source: Department of Health, *Resource allocation: weighted capitation formula*, seventh edition (2011), where the weight of health
    inequalities was cut from 15 to 10 per cent.

    Examples
    --------
    >>> r = reweighted_shares([50.0, 50.0], [60.0, 40.0], weight=0.1, new_weight=0.19, index=["a", "b"])
    >>> r.after.round(3).tolist()
    [0.51, 0.49]
    """
    if not 0.0 <= weight < 1.0:
        raise InputError(f"weight: {weight!r} is not valid; give a number from 0 up to below 1")
    if not 0.0 <= new_weight <= 1.0:
        raise InputError(f"new_weight: {new_weight!r} is not valid; give a number from 0 to 1")
    s = _share(whole, "whole")
    h = _share(part, "part", s.size)
    if (s <= 0.0).any():
        raise InputError("whole: an area has none; leave out areas without people")
    after = s + (new_weight - weight) / (1.0 - weight) * (h - s)
    if (after < 0.0).any():
        raise InputError(
            "part: weighs more in an area than the whole holds; the whole is no mean with this weight"
        )
    return Reweighted(
        "relative change of the share",
        labels_for(index, s.size),
        **exact_parts(after / s - 1.0),  # type: ignore[arg-type]
        method="one part weighs more, the others less in proportion",
        reason=(COUNTED,) * s.size,
        before=s,
        after=after,
        weight=weight,
        new_weight=new_weight,
    )
