"""Fiscal position: what areas pay in and get, and how much of one service they could carry themselves."""

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

__all__ = ["FiscalPosition", "fiscal_position"]


def _empty() -> FloatArray:
    return np.empty(0)


@dataclass(frozen=True)
class FiscalPosition(Estimates):
    """How much of a service each area could carry: the estimate is the share of it, which may be below 0 or above 1.

    Parameters
    ----------
    balance : ndarray of shape (k,)
        Revenue less expenditure, in the unit given; below zero where the area gets more than it pays.
    beside_the_whole : ndarray of shape (k,)
        The same share when every area bears the whole's borrowing by head: what is particular to the area.
    share_of_revenue : ndarray of shape (k,)
        The service as a share of the area's revenue.
    """

    balance: FloatArray = field(default_factory=_empty, kw_only=True)
    beside_the_whole: FloatArray = field(default_factory=_empty, kw_only=True)
    share_of_revenue: FloatArray = field(default_factory=_empty, kw_only=True)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each area."""
        return (
            super()
            .to_frame()
            .assign(
                balance=self.balance,
                beside_the_whole=self.beside_the_whole,
                share_of_revenue=self.share_of_revenue,
            )
        )


@front_door
@in_one_order("revenue", "expenditure", "service", "people", labels="index")
def fiscal_position(
    revenue: Vector,
    expenditure: Vector,
    service: Vector,
    people: Vector,
    *,
    index: pd.Index | Sequence[str] | None = None,
) -> FiscalPosition:
    r"""Return how much of a service's spending each area's own revenue covers once all else is paid.

    Parameters
    ----------
    revenue, expenditure : array-like of shape (k,)
        Public revenue and expenditure of each area in one unit, above zero.
    service : array-like of shape (k,)
        Spending on the service, part of expenditure; above zero.
    people : array-like of shape (k,)
        Residents, above zero; they share the whole's borrowing.
    index : sequence, optional
        Labels of the areas.

    Returns
    -------
    FiscalPosition

    Raises
    ------
    InputError
        When a value is missing or out of range, lengths differ, or a service exceeds its area's expenditure.

    Notes
    -----
    :math:`c_i = \frac{R_i - (E_i - H_i)}{H_i}`: 1 where revenue covers everything, 0 where nothing is left for the service. Beside the
    whole, each area is given its share by head of the whole's borrowing first:
    :math:`\frac{R_i + n_i \sum (E - R) / \sum n - (E_i - H_i)}{H_i}`. Both describe accounts; they do not say what would happen if an area
    were left to itself.

    Source: Office for National Statistics, *Country and regional public sector finances: methodology guide*.

    Examples
    --------
    >>> f = fiscal_position([80.0, 120.0], [100, 100], [40, 40], [1, 1], index=["a", "b"])
    >>> f.estimate.tolist()
    [0.5, 1.5]
    """
    n = vector(people, "people", above=0.0)
    r, e, h = (
        vector(v, name, n.size, above=0.0)
        for v, name in ((revenue, "revenue"), (expenditure, "expenditure"), (service, "service"))
    )
    if (h > e).any():
        i = int(np.argmax(h > e))
        raise InputError(
            f"service: {h[i]:g} exceeds the area's expenditure of {e[i]:g}; it must be part of it"
        )
    borrowing = n * (math.fsum(e) - math.fsum(r)) / math.fsum(n)
    return FiscalPosition(
        "share of the service that own revenue covers",
        labels_for(index, n.size),
        **exact_parts((r - (e - h)) / h),  # type: ignore[arg-type]
        method="revenue less all other expenditure, over spending on the service",
        reason=(COUNTED,) * n.size,
        balance=r - e,
        beside_the_whole=(r + borrowing - (e - h)) / h,
        share_of_revenue=h / r,
    )
