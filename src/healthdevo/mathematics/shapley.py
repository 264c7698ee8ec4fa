"""Shapley values: dividing a total among parts that act together."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from math import factorial
from typing import TypeVar

import numpy as np
import pandas as pd

from healthdevo.checks import need_single_values
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.typing import FloatArray, IntArray

__all__ = ["shapley_averages", "shapley_of_worth", "shapley_values"]

Player = TypeVar("Player", bound=Hashable)
_MOST = 16


@front_door
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
    need_single_values(pd.Series(list(players), dtype=object), "players")
    k = len(players)
    if not 1 <= k <= _MOST or len(set(players)) != k:
        raise InputError(f"players: {k} given; give from 1 to {_MOST} distinct ones")
    sets = (frozenset(p for j, p in enumerate(players) if m >> j & 1) for m in range(2**k))
    return shapley_of_worth(np.array([value(s) for s in sets]))


def _shares(worth: FloatArray) -> tuple[int, IntArray, FloatArray]:
    """Return the number of players, the numbers of all sets, and the share of each by its size."""
    k = len(worth).bit_length() - 1
    sets = np.arange(2**k)
    share = np.array([factorial(s) * factorial(k - s - 1) / factorial(k) for s in range(k)])
    size = ((sets[:, None] >> np.arange(k)) & 1).sum(axis=1)
    return k, sets, share[np.minimum(size, k - 1)].reshape(-1, *[1] * (worth.ndim - 1))


def shapley_of_worth(worth: FloatArray) -> FloatArray:
    """Return Shapley values from the worth of every set, many at once.

    Parameters
    ----------
    worth : ndarray of shape (2**k, ...)
        Sets are numbered by their bits: set 5 holds players 0 and 2.

    Returns
    -------
    ndarray of shape (k, ...)

    Examples
    --------
    >>> shapley_of_worth(np.array([0.0, 1.0, 1.0, 3.0])).tolist()
    [1.5, 1.5]
    """
    k, sets, share = _shares(worth)
    result = np.empty((k, *worth.shape[1:]))
    for j in range(k):
        without = sets[(sets >> j & 1) == 0]
        result[j] = (share[without] * (worth[without | (1 << j)] - worth[without])).sum(axis=0)
    return result


def shapley_averages(worth: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return the average worth of the sets without each player and with it; their difference is the Shapley value.

    Parameters
    ----------
    worth : ndarray of shape (2**k, ...)
        As in ``shapley_of_worth``.

    Returns
    -------
    without, within : ndarray of shape (k, ...)

    Examples
    --------
    >>> [side.tolist() for side in shapley_averages(np.array([0.0, 1.0, 1.0, 3.0]))]
    [[0.5, 0.5], [2.0, 2.0]]
    """
    k, sets, share = _shares(worth)
    out = np.empty((2, k, *worth.shape[1:]))
    for j in range(k):
        without = sets[(sets >> j & 1) == 0]
        for side, chosen in enumerate((without, without | (1 << j))):
            out[side, j] = (share[without] * worth[chosen]).sum(axis=0)
    return out[0], out[1]
