"""Quantile groups: which tenth (or fifth, or any share) of its peers each area belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.checks import need_choice, need_single_values
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import in_one_order, labels_of, vector
from healthdevo.typing import IntArray

__all__ = ["quantile_groups"]


def _peer_sets(within: Sequence[object] | pd.Series) -> IntArray:
    held = pd.Series(list(within))
    need_single_values(held, "within")
    return np.asarray(pd.factorize(held)[0], dtype=np.int64)


@front_door
@in_one_order("values", "within")
def quantile_groups(
    values: ArrayLike,
    number: int = 10,
    *,
    within: Sequence[object] | pd.Series | None = None,
    first: Literal["highest", "lowest"] = "highest",
) -> pd.Series:
    r"""Return the quantile group of each value among its peers.

    Parameters
    ----------
    values : array_like of shape (n,)
        Numbers to rank, such as deprivation scores; NaN gets no group.
    number : int, default 10
        How many groups: 10 for tenths.
    within : sequence, length n, optional
        Peer set of each value; all are one set when not given.
    first : {"highest", "lowest"}, default "highest"
        Which end group 1 holds: the highest scores are the most deprived.

    Returns
    -------
    pandas.Series of Int64
        Groups from 1 to ``number``, with the index of ``values``; missing where the value is, and in peer sets with
        fewer values than groups.

    Raises
    ------
    InputError
        For fewer than two groups, text instead of numbers, or lengths that differ.

    Notes
    -----
    A value with rank :math:`r` of :math:`n` (ties share the lowest rank, so they are never split) belongs to group
    :math:`\lfloor k (r - 1) / n \rfloor + 1` of :math:`k`. Where :math:`n` is not a multiple of :math:`k` group sizes
    differ by at most one, ties apart. This is the rule of English public health indicators.

    Examples
    --------
    >>> [int(g) for g in quantile_groups([40.0, 10.0, 30.0, 20.0], 2)]
    [1, 2, 1, 2]
    """
    if number < 2 or number != int(number):
        raise InputError(f"number: {number!r} is not valid; give a whole number of groups, at least 2")
    need_choice("first", first, ("highest", "lowest"))
    series = pd.Series(vector(values, "values", missing=True), labels_of(values))
    keys = np.zeros(len(series)) if within is None else _peer_sets(within)
    if len(keys) != len(series):
        raise InputError(f"within: {len(keys)} peer sets for {len(series)} values; give one for each")
    peers = pd.Series(keys, index=series.index)
    grouped = series.groupby(peers.to_numpy())
    rank = grouped.rank(method="min", ascending=first == "lowest")
    size = grouped.transform("count")
    part = int(number) * (rank - 1.0) / size.where(size >= number)
    group = pd.Series(
        np.floor(part.to_numpy(dtype=np.float64)) + 1.0, index=series.index, name="quantile group"
    )
    return group.astype("Int64")
