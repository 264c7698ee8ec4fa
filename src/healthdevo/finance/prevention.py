r"""Prevention within a budget's window: a pound now, savings later, and what a rule of balancing leaves room for.

A programme costs a pound in the first year of a window and saves :math:`b` pounds in each year after a delay of L years. By the end of a
window of H years it has cost the budget :math:`1 - b\,(H - L)^+`. Savings that come after the window are real, but no help to these books.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import special

from healthdevo.errors import InputError
from healthdevo.finance.horizon import BudgetRule, window_sd
from healthdevo.finance.returns import Uncertain
from healthdevo.finance.shocks import Shocks
from healthdevo.front_door import front_door
from healthdevo.wording import join, percentage

__all__ = ["PreventionRoom", "Programme", "prevention_room"]


@dataclass(frozen=True)
class Programme:
    """A programme of prevention, by the pound spent on it.

    Parameters
    ----------
    name : str
        What it is called.
    saving : Uncertain
        Pounds that it saves the same budget in every year once savings have begun; normal or fixed.
    delay : int
        Years until savings begin, 1 to 50: 1 when they begin in the year after.

    Examples
    --------
    >>> Programme("falls", Uncertain(0.4, 0.1)).saved(5)
    1.6
    """

    name: str
    saving: Uncertain
    delay: int = 1

    def __post_init__(self) -> None:
        if not isinstance(self.name, str) or not self.name.strip():
            raise InputError(f"name: {self.name!r} is not valid; give text")
        if not isinstance(self.saving, Uncertain) or self.saving.distribution not in ("normal", "fixed"):
            raise InputError("saving: give an Uncertain number that is normal or fixed")
        if (
            isinstance(self.delay, bool)
            or not isinstance(self.delay, (int, np.integer))
            or not 1 <= self.delay <= 50
        ):
            raise InputError(f"delay: {self.delay!r} is not valid; give a whole number of years from 1 to 50")

    def years(self, horizon: int) -> int:
        """Return the years of a window in which it saves."""
        return max(0, horizon - self.delay)

    def saved(self, horizon: int) -> float:
        """Return what a pound has saved by the end of a window."""
        return self.saving.value * self.years(horizon)

    @property
    def spread(self) -> float:
        """Standard error of the yearly saving; zero where it is fixed."""
        return 0.0 if self.saving.distribution == "fixed" else self.saving.standard_error


@dataclass(frozen=True)
class PreventionRoom:
    """What each rule leaves room for.

    Parameters
    ----------
    programme : Programme
        As given.
    table : pandas.DataFrame
        One row for each rule: ``rule``, ``horizon``, ``years_of_saving`` within the window, ``break_even`` (yearly saving of a pound at which it
        pays for itself within the window; infinite where no year is left), ``saved`` (of a pound, within the window), ``pays_back`` (chance that it
        pays for itself within the window), ``room`` (largest programme, as a share of a year's budget, at which the window still ends in breach
        with the chance allowed at most).
    allowed : float
        That chance.
    """

    programme: Programme
    table: pd.DataFrame = field(repr=False)
    allowed: float

    def __getitem__(self, rule: str) -> pd.Series:
        """Return the row of one rule."""
        rows = self.table[self.table["rule"] == rule]
        if rows.empty:
            raise InputError(
                f"rule: {rule!r} is not valid; give one of {join([repr(r) for r in self.table['rule']], 'or')}"
            )
        return rows.iloc[0]

    def to_frame(self) -> pd.DataFrame:
        """Return one row for each rule."""
        return self.table.copy()

    @property
    def sentence(self) -> str:
        """The chance that the programme pays for itself, by rule, in one sentence."""
        said = [
            f"{percentage(p, 0)} ({rule})"
            for rule, p in zip(self.table["rule"], self.table["pays_back"].astype(float), strict=True)
        ]
        return (
            f"The chance that {self.programme.name} pays for itself within the window is {', '.join(said)}."
        )


@front_door
def prevention_room(
    programme: Programme, shocks: Shocks, rules: Sequence[BudgetRule], *, allowed: float = 0.05
) -> PreventionRoom:
    r"""Return which rules a programme of prevention fits into.

    Parameters
    ----------
    programme : Programme
        Cost now, savings later.
    shocks : Shocks
        How need departs from plan; what places have in common plays no part here.
    rules : sequence of BudgetRule
        Rules, none pooled: give the pool's own standard deviation instead. A settlement must divide its horizon.
    allowed : float
        Chance of a breach at the end of the window that is allowed, above 0 and at most one half.

    Returns
    -------
    PreventionRoom

    Raises
    ------
    InputError
        When a rule is pooled, a settlement does not divide its horizon, or the chance is out of range.

    Notes
    -----
    With net cost :math:`u = 1 - b(H-L)^+` of mean m and standard error v, a programme of the size a keeps the chance of a breach at
    most p as long as :math:`Hc - am \ge z_{1-p} \sqrt{H^2 s_H^2 + a^2 v^2}`, with :math:`s_H` of ``window_sd``; and what it costs in the first year
    must not exceed the reserve and the limit on borrowing where the window is longer. Room is at most a year's budget.

    Examples
    --------
    >>> rules = [BudgetRule("annual", 1, reserve=0.03), BudgetRule("five years", 5, reserve=0.03)]
    >>> found = prevention_room(Programme("a programme", Uncertain(0.3, 0.05)), Shocks(0.01), rules)
    >>> found.table["pays_back"].round(2).tolist(), found.table["room"].round(3).tolist()
    ([0.0, 0.84], [0.014, 1.0])
    """
    if not 0.0 < allowed <= 0.5:
        raise InputError(f"allowed: {allowed!r} is not valid; give a chance above 0 and at most 0.5")
    if not rules:
        raise InputError("rules: is empty; give at least one rule")
    names = [r.name for r in rules]
    if len(set(names)) < len(names):
        raise InputError("rules: two have the same name; give each a name of its own")
    rows = []
    for rule in rules:
        if rule.pooled:
            raise InputError(
                f"rules: {rule.name!r} is pooled; give the pool's own standard deviation instead"
            )
        saving_years = programme.years(rule.horizon)
        mean, error = 1.0 - programme.saved(rule.horizon), programme.spread * saving_years
        pays = float(special.ndtr(-mean / error)) if error > 0.0 else float(mean <= 0.0)
        spread = window_sd(shocks.sd, shocks.lasting, rule.horizon, rule.settled) * rule.horizon
        rows.append(
            {
                "rule": rule.name,
                "horizon": rule.horizon,
                "years_of_saving": saving_years,
                "break_even": 1.0 / saving_years if saving_years else math.inf,
                "saved": programme.saved(rule.horizon),
                "pays_back": pays,
                "room": _room(rule, mean, error, spread, -float(special.ndtri(allowed))),
            }
        )
    return PreventionRoom(programme, pd.DataFrame(rows), allowed)


def _room(rule: BudgetRule, mean: float, error: float, spread: float, z: float) -> float:
    """Return the largest programme; the margin left is concave in its size, so that there is one crossing at most."""

    def margin(size: float) -> float:
        return rule.horizon * rule.reserve - size * mean - z * math.hypot(spread, size * error)

    most = 1.0 if rule.horizon == 1 else min(1.0, rule.borrowing + rule.reserve)
    if margin(0.0) < 0.0:
        return 0.0
    if margin(most) >= 0.0:
        return most
    low, high = 0.0, most
    for _ in range(60):
        middle = (low + high) / 2.0
        low, high = (middle, high) if margin(middle) >= 0.0 else (low, middle)
    return low
