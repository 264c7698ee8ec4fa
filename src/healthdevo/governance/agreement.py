"""How alike two ways to divide the same places are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import linear_sum_assignment
from scipy.special import comb, xlogy

from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import Vector, codes, in_one_order, weight_vector
from healthdevo.typing import FloatArray
from healthdevo.wording import number

__all__ = ["Agreement", "partition_agreement"]


@dataclass(frozen=True)
class Agreement:
    """Agreement of two partitions.

    Parameters
    ----------
    adjusted_rand : float
        1 for equal partitions, 0 on average for two drawn at random with groups of the same sizes; places count equally.
    variation_of_information : float
        In bits, by weight: 0 for equal partitions.
    moved : float
        Smallest share of the weight that would have to change group for the first partition to become the second.
    n : int
        Places.
    reason : str
        Why there is no interval.
    """

    adjusted_rand: float
    variation_of_information: float
    moved: float
    n: int
    reason: str = "both partitions are known in full"

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        return f"The adjusted Rand index of the two maps is {number(self.adjusted_rand, 2)} (1: equal, 0: as if at random)."


def _pairs(counts: FloatArray) -> float:
    return float(comb(counts, 2).sum())


@front_door
@in_one_order("first", "second", "weights")
def partition_agreement(first: Vector, second: Vector, weights: Vector | None = None) -> Agreement:
    r"""Return how alike two partitions of the same places are.

    Parameters
    ----------
    first, second : array-like of shape (n,)
        The group of each place; the names of groups do not matter.
    weights : array-like of shape (n,), optional
        People of each place, above zero; ones by default.

    Returns
    -------
    Agreement

    Raises
    ------
    InputError
        When lengths differ or a label is missing.

    Notes
    -----
    Adjusted Rand index of Hubert and Arabie (1985), by places; 1 when both put all places into one group, or each into its own.
    Variation of information of Meila (2007), :math:`H(X|Y) + H(Y|X)`. ``moved`` pairs groups so that most weight stays (Hungarian
    algorithm).

    Examples
    --------
    >>> partition_agreement(["a", "a", "b", "b"], [1, 1, 2, 2]).adjusted_rand
    1.0
    >>> partition_agreement(["a", "a", "b", "b"], [1, 1, 2, 3]).moved
    0.25
    """
    n = len(first) if hasattr(first, "__len__") else 0
    x, rows = codes(first, "first", n)
    y, columns = codes(second, "second", n)
    w = weight_vector(weights, n)
    shape = (len(rows), len(columns))
    counts, held = np.zeros(shape), np.zeros(shape)
    np.add.at(counts, (x, y), 1.0)
    np.add.at(held, (x, y), w)
    together, a, b = _pairs(counts), _pairs(counts.sum(axis=1)), _pairs(counts.sum(axis=0))
    every = n * (n - 1) / 2.0
    expected = a * b / every if every else 0.0
    most = (a + b) / 2.0
    rand = 1.0 if most == expected else (together - expected) / (most - expected)
    p = held / held.sum()
    entropy = [-float(xlogy(q, q).sum()) for q in (p, p.sum(axis=1), p.sum(axis=0))]
    information = max((2.0 * entropy[0] - entropy[1] - entropy[2]) / np.log(2.0), 0.0)
    kept = held[linear_sum_assignment(held, maximize=True)].sum()
    return Agreement(float(rand), float(information), max(float(1.0 - kept / held.sum()), 0.0), n)
