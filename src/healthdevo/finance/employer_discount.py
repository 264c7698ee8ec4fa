r"""A discount on business rates for employers who improve health: by how much absence would have to fall to pay for it.

For a discount of D pounds a worker and year, A days of absence a worker and year, weekly pay P, a day's worth of m times its pay, and the
share t of it that comes back in tax:

- to everybody: the fall :math:`r = \frac{D}{A\,m\,P/5}` of absence pays for the discount in work done;
- to the public purse: :math:`r / t`;
- by people who are out of work with long-term sickness: one of them in work brings the purse :math:`t\,52P + b`, with b of benefits no longer
  paid; :math:`D / (t\,52P + b)` of them for each worker pay for it.
"""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.finance.assumptions import Assumption, sensitivity
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import Vector, in_one_order, vector
from healthdevo.typing import FloatArray
from healthdevo.wording import percentage

__all__ = ["EmployerDiscount", "employer_discount"]

DISCOUNT = Assumption(
    "business-rate discount",
    100.0,
    50.0,
    200.0,
    "pounds a worker and year",
    note="No scheme exists; try others.",
)
DAYS = Assumption(
    "days of sickness absence",
    4.4,
    3.6,
    5.7,
    "days a worker and year",
    "Office for National Statistics, Sickness absence in the UK labour market: 2023 and 2024",
    "UK in 2024; the low end is 2020, when many were on furlough, the high end 2022. Areas have no figure of their own.",
)
WORTH = Assumption(
    "worth of a day of work over its pay", 1.2, 1.0, 1.5, "times pay", note="Pay alone is the low end."
)
TAX = Assumption(
    "share of extra work that comes back in tax",
    0.3,
    0.2,
    0.4,
    "share",
    note="Income tax, insurance and VAT together.",
)
BENEFITS = Assumption(
    "benefits saved when a sick person works",
    6_000.0,
    4_000.0,
    10_000.0,
    "pounds a year",
    note="Net of what is still paid.",
)

MEASURES = ("absence", "absence_purse", "back_to_work")


@dataclass(frozen=True)
class EmployerDiscount:
    """Break-even points by area, each as a range.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each area: ``absence`` (fall of absence that pays for the discount in work done, as a share), ``absence_purse`` (the same for
        the public purse alone), ``back_to_work`` (people from long-term sickness to work for each 1,000 workers), and where sickness is known
        ``sick_share`` (these as a share of all who are out of work with long-term sickness); each with ``_low`` and ``_high``, at which every
        assumption is at its favourable or unfavourable end. Above 1 a share cannot be reached.
    assumptions : tuple of Assumption
        All that was assumed.
    """

    table: pd.DataFrame = field(repr=False)
    assumptions: tuple[Assumption, ...]

    def __getitem__(self, area: object) -> pd.Series:
        """Return the row of one area."""
        if area not in self.table.index:
            raise InputError(f"area: {area!r} is not among the {len(self.table)} areas")
        return self.table.loc[area]  # type: ignore[call-overload,no-any-return]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each area, its label in column ``area``."""
        return self.table.rename_axis("area").reset_index()

    @property
    def sentence(self) -> str:
        """The range over areas and assumptions in one sentence."""
        t = self.table
        return (
            f"Absence would have to fall by {percentage(t['absence'].min(), 0)} to {percentage(t['absence'].max(), 0)} to pay for the discount, "
            f"and by {percentage(t['absence_low'].min(), 0)} to {percentage(t['absence_high'].max(), 0)} over all assumptions."
        )

    def sensitivity(self, pay: float, measure: str = "absence") -> pd.DataFrame:
        """Return a break-even point at one weekly pay, with each assumption at either end of its range.

        ``measure`` is ``"absence"``, ``"absence_purse"`` or ``"back_to_work"``.
        """
        need_choice("measure", measure, MEASURES)
        at = MEASURES.index(measure)
        return sensitivity(lambda v: float(_points(np.array([pay]), v)[at][0]), self.assumptions)


def _points(pay: FloatArray, v: Mapping[str, float]) -> tuple[FloatArray, FloatArray, FloatArray]:
    absence = v[DISCOUNT.name] / (v[DAYS.name] * v[WORTH.name] * pay / 5.0)
    tax = v[TAX.name]
    back = 1000.0 * v[DISCOUNT.name] / (tax * 52.0 * pay + v[BENEFITS.name])
    return absence, absence / tax, back


@front_door
@in_one_order("pay", "sick_per_1000", labels="index")
def employer_discount(
    pay: Vector,
    sick_per_1000: Vector | None = None,
    *,
    discount: Assumption = DISCOUNT,
    days: Assumption = DAYS,
    worth: Assumption = WORTH,
    tax: Assumption = TAX,
    benefits: Assumption = BENEFITS,
    index: pd.Index | Sequence[str] | None = None,
) -> EmployerDiscount:
    """Return by how much absence would have to fall for a discount on business rates to pay for itself.

    Parameters
    ----------
    pay : array-like of shape (k,)
        Weekly pay in pounds, above zero.
    sick_per_1000 : array-like of shape (k,), optional
        People out of work with long-term sickness for each 1,000 workers, above zero.
    discount, days, worth, tax, benefits : Assumption
        What is assumed, each above zero; the names of the defaults are kept.
    index : sequence, optional
        Labels of the areas.

    Returns
    -------
    EmployerDiscount

    Raises
    ------
    InputError
        When pay or an assumption is not above zero.

    Notes
    -----
    Formulas stand at the head of the module. No causal claim: it says what a scheme would have to achieve, not that it would. In the two
    large randomised trials of workplace wellness absence did not fall measurably: Song and Baicker, *JAMA* 321 (2019) 1491; Jones, Molitor and
    Reif, *Quarterly Journal of Economics* 134 (2019) 1747 (both read as abstracts).

    Examples
    --------
    >>> found = employer_discount([600.0, 900.0], index=["a", "b"])
    >>> found.table["absence"].round(3).tolist()
    [0.158, 0.105]
    """
    p = vector(pay, "pay", above=0.0)
    sick = None if sick_per_1000 is None else vector(sick_per_1000, "sick_per_1000", p.size, above=0.0)
    given = (discount, days, worth, tax, benefits)
    standard = (DISCOUNT, DAYS, WORTH, TAX, BENEFITS)
    names = ("discount", "days", "worth", "tax", "benefits")
    for name, a, s in zip(names, given, standard, strict=True):
        if a.name != s.name:
            raise InputError(
                f"{name}: {a.name!r} is not valid; give the assumption {s.name!r} at another value"
            )
        if a.low <= 0.0:
            raise InputError(f"{name}: its range begins at {a.low:g}; give numbers above zero")
    if tax.high > 1.0:
        raise InputError(f"tax: its range ends at {tax.high:g}; give a share of at most 1")
    found = _points(p, {a.name: a.value for a in given})
    corners = [
        _points(p, dict(zip([a.name for a in given], ends, strict=True)))
        for ends in itertools.product(*[(a.low, a.high) for a in given])
    ]
    columns: dict[str, FloatArray] = {}
    for i, name in enumerate(MEASURES):
        reach = np.array([c[i] for c in corners])
        columns |= {name: found[i], f"{name}_low": reach.min(axis=0), f"{name}_high": reach.max(axis=0)}
    if sick is not None:
        for end in ("", "_low", "_high"):
            columns[f"sick_share{end}"] = columns[f"back_to_work{end}"] / sick
    labels = pd.RangeIndex(p.size) if index is None else pd.Index(index)
    if len(labels) != p.size or not labels.is_unique:
        raise InputError(f"index: has {len(labels)} labels; give {p.size} that differ, one for each area")
    return EmployerDiscount(pd.DataFrame(columns, index=labels), given)
