"""Flow of funds: published sums broken down as far as they are published, with what is not published named."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo.checks import need_labels, need_rows
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import numbers
from healthdevo.wording import number

__all__ = ["Flows", "flow_of_funds"]

PUBLISHED, REST, UNKNOWN = "published", "rest", "not published"


@dataclass(frozen=True)
class Flows:
    """A sum broken down into a tree of whole units.

    Parameters
    ----------
    lines : pandas.DataFrame
        One row for each item, a parent before its parts: ``item``, ``parent`` (empty for the whole), ``amount`` (whole units; NaN where
        not published), ``basis`` (published, rest or not published), ``leaf``, ``share`` of the whole, ``real``, ``per_head`` and
        ``per_weighted_head``.
    whole : str
        Name of the whole.
    total : int
        Its published amount.
    unit : str
        Unit of amounts.
    """

    lines: pd.DataFrame = field(repr=False, compare=False)
    whole: str
    total: int
    unit: str

    def __getitem__(self, item: str) -> int:
        """Return the amount of an item.

        Raises
        ------
        InputError
            When there is no such item, or its amount is not published.
        """
        found = self.lines.loc[self.lines["item"] == item, "amount"]
        if found.empty:
            raise InputError(
                f"flow of {self.whole}: no item {item!r}; there are {', '.join(self.lines['item'])}"
            )
        if np.isnan(found.iloc[0]):
            raise InputError(f"flow of {self.whole}: the amount of {item!r} is not published")
        return int(found.iloc[0])

    @property
    def leaves(self) -> pd.DataFrame:
        """Items that are broken down no further and have an amount: they sum to the total exactly."""
        return self.lines[self.lines["leaf"] & self.lines["amount"].notna()]

    @property
    def unknown(self) -> tuple[str, ...]:
        """Items whose amounts are not published."""
        return tuple(self.lines.loc[self.lines["basis"] == UNKNOWN, "item"])

    @property
    def known_share(self) -> float:
        """Share of the total that is published down to the last item asked for."""
        rows = self.leaves
        return float(rows.loc[rows["basis"] == PUBLISHED, "amount"].sum() / self.total)

    def to_frame(self) -> pd.DataFrame:
        """Return the lines."""
        return self.lines.copy()

    @property
    def sentence(self) -> str:
        """How much of the whole can be followed, in one sentence."""
        unknown = f"; not published: {', '.join(self.unknown)}" if self.unknown else ""
        return f"Of {self.whole}, {number(self.total)} {self.unit}, {100 * self.known_share:.0f}% can be followed to a named use{unknown}."


@front_door
def flow_of_funds(
    frame: pd.DataFrame,
    *,
    item: str = "item",
    parent: str = "parent",
    amount: str = "amount",
    people: float | None = None,
    weighted_people: float | None = None,
    price_factor: float = 1.0,
    unit: str = "thousand pounds",
    units_per_pound: float = 1e-3,
) -> Flows:
    r"""Break a published sum down into its published parts, whole unit by whole unit.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each item. One row, the whole, has no parent.
    item, parent, amount : str
        Columns with the item's name (each once), the name of what it is part of, and its amount in whole units; an empty amount says that
        it is not published.
    people, weighted_people : float, optional
        Residents, and the same weighted for need; above zero. Without them amounts per head are NaN.
    price_factor : float, default 1
        What turns money of the year into money of the year wanted; above zero.
    unit : str
        Name of the unit.
    units_per_pound : float, default 0.001
        Units in a pound, above zero.

    Returns
    -------
    Flows

    Raises
    ------
    InputError
        When a column is missing, an item repeats, has an unknown parent or lies in a circle, there is not one whole, an amount is no whole
        number, a parent has parts but no amount, or parts exceed their whole.

    Notes
    -----
    Estimand: where a sum went, as far as published. What the published parts leave of their whole becomes a line of its own, "rest of" the
    whole, so that :math:`\sum_{\text{leaves}} a = a_{\text{whole}}` holds to the unit. An item that is not published has no amount: what it
    got is somewhere in the rest. Amounts are taken as they are; parts from another publication than their whole may be on another basis,
    and the rest then holds that difference too.

    Source: System of National Accounts 2008, chapter 2 (tables of uses that balance by row), United Nations, 2009.

    Examples
    --------
    >>> table = pd.DataFrame({"item": ["all", "care", "cure", "prevention"], "parent": [None, "all", "all", "all"],
    ...     "amount": [100, 30, 50, None]})
    >>> flows = flow_of_funds(table)
    >>> flows["rest of all"], int(flows.leaves["amount"].sum()), flows.unknown
    (20, 100, ('prevention',))
    """
    need_rows(frame, [item, parent, amount])
    need_labels(frame, [item])
    for name, value in (
        ("people", people),
        ("weighted_people", weighted_people),
        ("price_factor", price_factor),
        ("units_per_pound", units_per_pound),
    ):
        if value is not None and not value > 0.0:
            raise InputError(f"{name}: {value!r} is not valid; give a number above zero")
    names = [str(v) for v in frame[item]]
    twice = pd.Series(names)[pd.Series(names).duplicated()]
    if len(twice):
        raise InputError(f"{item}: {twice.iloc[0]!r} is there twice; give each item once")
    above = ["" if pd.isna(v) or v == "" else str(v) for v in frame[parent]]
    sums = numbers(frame[amount], amount)
    for name, held, value in zip(names, above, sums, strict=True):
        if held and held not in names:
            raise InputError(
                f"{parent}: {name!r} is said to be part of {held!r}, which is no item; there are {', '.join(names)}"
            )
        if np.isfinite(value) and (value != np.round(value) or abs(value) >= 2**53):
            raise InputError(f"{amount}: {name!r} has {value:g}; give whole units")
        if np.isinf(value):
            raise InputError(
                f"{amount}: {name!r} is infinite; give a number, or leave it empty where not published"
            )
    roots = [name for name, held in zip(names, above, strict=True) if not held]
    if len(roots) != 1:
        raise InputError(
            f"{parent}: {len(roots)} items have none ({', '.join(roots) or 'no item'}); give one whole"
        )
    value_of = dict(zip(names, sums, strict=True))
    parts: dict[str, list[str]] = {name: [] for name in names}
    for name, held in zip(names, above, strict=True):
        if held:
            parts[held].append(name)
    rows: list[dict[str, object]] = []

    def walk(name: str, held: str) -> None:
        known = not np.isnan(value_of[name])
        below = sorted(parts[name], key=lambda n: (np.isnan(value_of[n]), -np.nan_to_num(value_of[n]), n))
        rows.append(
            {
                "item": name,
                "parent": held,
                "amount": value_of[name],
                "basis": PUBLISHED if known else UNKNOWN,
                "leaf": not below,
            }
        )
        if not below:
            return
        if not known:
            raise InputError(
                f"{amount}: {name!r} has parts but no amount; give it, or put its parts under what holds it"
            )
        rest = int(value_of[name]) - sum(int(value_of[n]) for n in below if not np.isnan(value_of[n]))
        if rest < 0:
            raise InputError(
                f"{amount}: the parts of {name!r} exceed it by {-rest}; they cannot be its parts"
            )
        for n in below:
            walk(n, name)
        if rest:
            label = f"rest of {name}"
            if label in value_of:
                raise InputError(f"{item}: {label!r} is the name of what is left over; choose another")
            rows.append({"item": label, "parent": name, "amount": float(rest), "basis": REST, "leaf": True})

    walk(roots[0], "")
    lines = pd.DataFrame(rows)
    unseen = sorted(set(names) - set(lines["item"]))
    if unseen:
        raise InputError(f"{parent}: {unseen[0]!r} is part of itself by way of others; give a tree")
    if np.isnan(value_of[roots[0]]) or value_of[roots[0]] <= 0:
        raise InputError(f"{amount}: the whole, {roots[0]!r}, has no amount above zero")
    total = int(value_of[roots[0]])
    real = lines["amount"] * price_factor
    lines = lines.assign(
        share=lines["amount"] / total,
        real=real,
        per_head=np.nan if people is None else real / units_per_pound / people,
        per_weighted_head=np.nan if weighted_people is None else real / units_per_pound / weighted_people,
    )
    return Flows(lines, roots[0], total, unit)
