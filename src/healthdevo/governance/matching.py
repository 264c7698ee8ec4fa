"""How many people would have to change area for the borders of two kinds of areas to match."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy.optimize import Bounds, LinearConstraint, linear_sum_assignment, milp
from scipy.sparse import csr_array, kron

from healthdevo.checks import need_labels, need_rows
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import vector
from healthdevo.typing import BoolArray, FloatArray
from healthdevo.wording import percentage

__all__ = ["BorderMatch", "fewest_movers"]


@dataclass(frozen=True)
class BorderMatch:
    """The way to make two kinds of areas match in which the fewest people change area.

    Parameters
    ----------
    rule : str
        What counts as a match; see ``fewest_movers``.
    movers : float
        People who would have to change area, at least.
    people : float
        All people.
    table : pandas.DataFrame
        One row for each pair that shares people: ``first``, ``second``, ``people``, and ``stays``, whether these people keep both areas.
    n : int
        Areas of the first kind that are to match.
    reason : str
        Why there is no interval.
    """

    rule: str
    movers: float
    people: float
    table: pd.DataFrame = field(repr=False, compare=False)
    n: int
    reason: str = "borders are known, not sampled"

    @property
    def share(self) -> float:
        """People who would have to change, as a share of all."""
        return self.movers / self.people

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        return f"At least {percentage(self.share, 0)} of people would have to change area for all borders to match."

    def to_frame(self) -> pd.DataFrame:
        """Return the pairs."""
        return self.table


@front_door
def fewest_movers(
    parts: pd.DataFrame,
    rule: Literal["alone", "together", "divided"] = "alone",
    outside: str = "none",
) -> BorderMatch:
    r"""Return the fewest people who would have to change area for the borders of two kinds of areas to match.

    Parameters
    ----------
    parts : pandas.DataFrame
        ``first``, ``second``, ``people``: the people that an area of the first kind shares with one of the second. All people of both.
    rule : str, default "alone"
        What counts as a match. ``alone``: each area of the first kind is one area of the second, and no two are the same. ``together``:
        an area of the second kind may also be several whole areas of the first. ``divided``: an area of the first kind may also be several
        whole areas of the second.
    outside : str, default "none"
        What ``first`` says of people in no area of the first kind. They may stay in any area of the second kind that matches nothing.

    Returns
    -------
    BorderMatch

    Raises
    ------
    InputError
        When a column is missing, a pair is there twice, no area of the first kind is named, or the second kind has too few areas for the rule.

    Notes
    -----
    People stay where the pair of areas they live in is kept. ``alone`` is an assignment problem (Kuhn 1955): with :math:`p_{ab}` people in both and
    :math:`p_{0b}` in :math:`b` but outside every area of the first kind, the sum of :math:`p_{ab} - p_{0b}` over matched pairs is made as
    large as can be. It does not matter which kind of area is redrawn, so there is one number. The other two are integer programs, solved
    exactly. ``together`` lets an area of the second kind end, and so does not need as many.

    References
    ----------
    Kuhn, H. W. (1955). The Hungarian method for the assignment problem. Naval Research Logistics Quarterly 2(1-2), 83-97.

    Examples
    --------
    >>> parts = pd.DataFrame({"first": ["a", "a", "b", "none"], "second": ["x", "y", "y", "y"], "people": [90, 10, 40, 20]})
    >>> fewest_movers(parts).movers
    30.0
    >>> fewest_movers(parts, "divided").movers
    30.0
    """
    need_rows(parts, ("first", "second", "people"), "parts")
    need_labels(parts, ("first", "second"))
    people = vector(parts["people"], "people", above=0.0)
    if parts.duplicated(["first", "second"]).any():
        raise InputError("parts: a pair of areas is there twice; add it up")
    table = parts[["first", "second"]].assign(people=people)
    table = table.sort_values(["first", "second"], ignore_index=True)
    named = sorted(set(table["first"]) - {outside})
    seconds = sorted(set(table["second"]))
    if not named:
        raise InputError(f"first: every row says {outside!r}; name at least one area of the first kind")
    if rule != "together" and len(seconds) < len(named):
        raise InputError(
            f"second: {len(seconds)} areas cannot match {len(named)} of the first kind under the rule {rule!r}; "
            "add areas or take the rule 'together'"
        )
    sums = table.pivot_table(index="first", columns="second", values="people", fill_value=0.0)
    sums = sums.reindex(index=[*named, outside], columns=seconds, fill_value=0.0)
    grid, left = sums.to_numpy(float)[:-1], sums.to_numpy(float)[-1]
    kept = {"alone": _alone, "together": _together, "divided": _divided}[rule](grid, left)
    free = [not column.any() for column in kept.T]
    row = {name: i for i, name in enumerate(named)}
    place = {name: j for j, name in enumerate(seconds)}
    stays = [
        free[place[b]] if a == outside else bool(kept[row[a], place[b]])
        for a, b in zip(table["first"], table["second"], strict=True)
    ]
    table = table.assign(stays=stays)
    moved = float(table.loc[~table["stays"], "people"].sum())
    return BorderMatch(rule, moved, float(people.sum()), table, len(named))


def _alone(grid: FloatArray, left: FloatArray) -> BoolArray:
    kept = np.zeros(grid.shape, dtype=bool)
    kept[linear_sum_assignment(grid - left, maximize=True)] = True
    return kept


def _solved(gain: FloatArray, constraints: list[LinearConstraint]) -> FloatArray:
    found = milp(-gain, constraints=constraints, integrality=np.ones(gain.size), bounds=Bounds(0.0, 1.0))
    values: FloatArray = found.x
    return values


def _together(grid: FloatArray, left: FloatArray) -> BoolArray:
    """Choose a second area for every first one; a second area that is chosen loses those outside."""
    n, m = grid.shape
    one = csr_array(np.hstack([kron(np.eye(n), np.ones(m)).toarray(), np.zeros((n, m))]))
    used = csr_array(np.hstack([np.eye(n * m), -kron(np.ones((n, 1)), np.eye(m)).toarray()]))
    values = _solved(
        np.concatenate([grid.ravel(), -left]),
        [LinearConstraint(one, 1.0, 1.0), LinearConstraint(used, -np.inf, 0.0)],
    )
    return values[: n * m].reshape(n, m) > 0.5


def _divided(grid: FloatArray, left: FloatArray) -> BoolArray:
    """Choose a first area, or none, for every second one; every first area keeps at least one."""
    n, m = grid.shape
    both = np.vstack([grid, left])
    one = csr_array(kron(np.ones((1, n + 1)), np.eye(m)))
    kept = csr_array(kron(np.eye(n, n + 1), np.ones((1, m))))
    values = _solved(both.ravel(), [LinearConstraint(one, 1.0, 1.0), LinearConstraint(kept, 1.0, np.inf)])
    chosen: FloatArray = values.reshape(n + 1, m)[:n]
    return np.greater(chosen, 0.5)
