"""Local taxes: what a rate on a local base raises, by head and against need."""

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

__all__ = ["LocalTax", "local_tax"]


def _empty() -> FloatArray:
    return np.empty(0)


@dataclass(frozen=True)
class LocalTax(Estimates):
    """What a tax raises in each area: the estimate is pounds per head.

    Parameters
    ----------
    raised : ndarray of shape (k,)
        Pounds.
    per_weighted_head : ndarray of shape (k,)
        Pounds for each person weighted for need; weighted people are scaled to the sum of people.
    by_need : ndarray of shape (k,)
        What the area would have if the same total were shared by need; sums to the total raised.
    rate : float
        Pounds for each unit of the base.
    """

    raised: FloatArray = field(default_factory=_empty, kw_only=True)
    per_weighted_head: FloatArray = field(default_factory=_empty, kw_only=True)
    by_need: FloatArray = field(default_factory=_empty, kw_only=True)
    rate: float = field(default=math.nan, kw_only=True)

    @property
    def gap(self) -> FloatArray:
        """What the tax raises less what need would call for, in pounds; below zero the area falls short."""
        return self.raised - self.by_need

    @property
    def total(self) -> float:
        """All that is raised, in pounds."""
        return math.fsum(self.raised)

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each area."""
        return (
            super()
            .to_frame()
            .assign(
                raised=self.raised,
                per_weighted_head=self.per_weighted_head,
                by_need=self.by_need,
                gap=self.gap,
            )
        )


@front_door
@in_one_order("base", "people", "need", labels="index")
def local_tax(
    base: Vector,
    people: Vector,
    need: Vector | None = None,
    *,
    rate: float,
    index: pd.Index | Sequence[str] | None = None,
) -> LocalTax:
    r"""Return what a tax raises in each area, by head and by need-weighted head.

    Parameters
    ----------
    base : array-like of shape (k,)
        The base in each area, at least zero: income in pounds (the rate is then the share taken, 0.01 for a penny in the pound), Band D
        homes (the rate is then pounds a home), or receipts of a tax in pounds (the rate is then the share handed over).
    people : array-like of shape (k,)
        Residents, above zero.
    need : array-like of shape (k,), optional
        People weighted for need, above zero, on any scale; people by default.
    rate : float
        Pounds for each unit of the base, at least zero.
    index : sequence, optional
        Labels of the areas.

    Returns
    -------
    LocalTax

    Raises
    ------
    InputError
        When a value is missing or out of range, or lengths differ.

    Notes
    -----
    :math:`T_i = t B_i`, per head :math:`T_i / n_i`, per need-weighted head :math:`T_i / (w_i \sum n / \sum w)`; by need
    :math:`\frac{w_i}{\sum w} \sum_j T_j`. Static: nobody moves, works less or pays late because of the tax, and no other grant changes.

    Source: Boadway and Shah, *Fiscal Federalism* (Cambridge University Press, 2009), on fiscal capacity by a standard rate.

    Examples
    --------
    >>> tax = local_tax([2_000_000.0, 1_000_000.0], [100, 100], rate=0.01, index=["a", "b"])
    >>> tax["a"].estimate, tax.gap.tolist()
    (200.0, [5000.0, -5000.0])
    """
    if not rate >= 0.0:
        raise InputError(f"rate: {rate!r} is not valid; give a number of zero or more")
    n = vector(people, "people", above=0.0)
    b = vector(base, "base", n.size, least=0.0)
    w = n if need is None else vector(need, "need", n.size, above=0.0)
    raised = rate * b
    scale = math.fsum(n) / math.fsum(w)
    return LocalTax(
        "tax raised per head",
        labels_for(index, n.size),
        **exact_parts(raised / n),  # type: ignore[arg-type]
        method="rate times base, by people; nobody changes behaviour",
        unit="pounds",
        reason=(COUNTED,) * n.size,
        raised=raised,
        per_weighted_head=raised / (w * scale),
        by_need=w / math.fsum(w) * math.fsum(raised),
        rate=rate,
    )
