"""Shapley values: dividing a total among parts that act together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from math import factorial
from typing import TypeVar

import numpy as np

from healthdevo.errors import InputError
from healthdevo.typing import FloatArray

__all__ = ["shapley_values"]

Player = TypeVar("Player", bound=Hashable)
_MOST = 16


def shapley_values(players: Sequence[Player], value: Callable[[frozenset[Player]], float]) -> FloatArray:
    r"""Return the Shapley value of each player, exactly, from the value of every coalition.

    Parameters
    ----------
    players : sequence
        Distinct, at most 16 (the work doubles with each one).
    value : callable
        Takes a frozen set of players; called once for each of the 2**k sets.

    Returns
    -------
    ndarray of shape (k,)
        They sum to ``value(all) - value(none)``.

    Raises
    ------
    InputError
        When players repeat, there are none, or more than 16.

    Notes
    -----
    :math:`\phi_j = \sum_{S \not\ni j} \frac{|S|!\,(k-|S|-1)!}{k!}\,[v(S \cup j) - v(S)]` (Shapley 1953;
    Shorrocks 2013 for distributional analysis).

    Examples
    --------
    >>> worth = {0: 0.0, 1: 1.0, 2: 3.0}
    >>> shapley_values(["a", "b"], lambda s: worth[len(s)]).tolist()
    [1.5, 1.5]
    """
    k = len(players)
    if not 1 <= k <= _MOST or len(set(players)) != k:
        raise InputError(f"players: {k} given; give from 1 to {_MOST} distinct ones")
    masks = np.arange(2**k)
    size = np.zeros(2**k, dtype=np.int64)
    for j in range(k):
        size += (masks >> j) & 1
    worth = np.array([value(frozenset(p for j, p in enumerate(players) if m >> j & 1)) for m in masks])
    share = np.array([factorial(s) * factorial(k - s - 1) / factorial(k) for s in range(k)])
    result = np.empty(k)
    for j in range(k):
        without = masks[(masks >> j & 1) == 0]
        result[j] = (share[size[without]] * (worth[without | (1 << j)] - worth[without])).sum()
    return result
