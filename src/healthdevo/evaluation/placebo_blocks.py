"""Placebo blocks without chance: one compact block grown from every never-treated area.

Blocks that are drawn at random give a share that differs from draw to draw. These do not: the same map gives the same
blocks, so that nothing that is said about a rank can turn on a seed.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.sparse import csr_array
from scipy.sparse.csgraph import shortest_path

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.front_door import front_door
from healthdevo.mathematics.matrices import array
from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = ["compact_blocks"]


def _map(panel: Panel, adjacency: pd.DataFrame) -> tuple[BoolArray, FloatArray]:
    """Return who touches whom, and steps over the whole map, both in the order of the panel's areas."""
    for axis, name in ((adjacency.index, "rows"), (adjacency.columns, "columns")):
        if axis.has_duplicates:
            raise InputError(
                f"adjacency: {axis[axis.duplicated()][0]} stands twice in its {name}; each area once is valid"
            )
        absent = ~panel.areas.isin(axis)
        if absent.any():
            raise InputError(f"adjacency: nothing is said about {panel.areas[int(np.argmax(absent))]}")
    labels = adjacency.index
    if not labels.isin(adjacency.columns).all() or len(labels) != len(adjacency.columns):
        raise InputError("adjacency: rows and columns must be the same areas")
    square = array(adjacency.loc[labels, labels].to_numpy(), "adjacency", dimensions=2)
    if not np.isin(square, (0, 1)).all() or (square != square.T).any():
        raise InputError("adjacency: only 0 and 1 are valid, and the matrix must be symmetric")
    touch = square.astype(bool)
    touch[np.diag_indices(len(touch))] = False
    steps = shortest_path(csr_array(touch), method="D", unweighted=True, directed=False)
    own = labels.get_indexer(panel.areas)
    return touch[np.ix_(own, own)], np.asarray(steps[np.ix_(own, own)], dtype=float)


@front_door
def compact_blocks(panel: Panel, adjacency: pd.DataFrame, *, size: int | None = None) -> IntArray:
    """Grow one block of never-treated areas from every never-treated area, without any random draw.

    A block grows by the area that shares borders with most of its members; among equals by the one fewest steps away from
    all of them together, then by the first label. Where none touches the block, as in a pool with gaps, the nearest by steps
    over the map joins. Areas from which the map reaches too few others start no block. The same block grown from two areas
    counts once.

    Parameters
    ----------
    panel : Panel
        The panel.
    adjacency : pandas.DataFrame of shape (areas, areas)
        1 (or True) where two areas share a border, with labels. It may hold more areas than the panel: they join no block, but
        steps lead over them.
    size : int, optional
        Areas in a block; default as many as are treated.

    Returns
    -------
    ndarray of int, shape (blocks, size)
        Positions in ``panel.areas``, ready for ``placebo_test(..., groups=...)``. Blocks overlap: a share of them describes
        a rank and is not the size of a test.

    Raises
    ------
    InputError
        When the map says nothing about an area of the panel, or no block of the size can be grown that leaves a control.

    Examples
    --------
    >>> labels = list("ABCDEF")
    >>> line = pd.DataFrame(np.eye(6, k=1) + np.eye(6, k=-1), labels, labels)
    >>> panel = Panel(np.zeros((6, 2)), np.outer(np.arange(6) == 0, [False, True]), labels, range(2))
    >>> compact_blocks(panel, line, size=2).tolist()
    [[1, 2], [2, 3], [3, 4], [4, 5]]
    """
    size = panel.n_treated if size is None else size
    allowed = np.flatnonzero(~panel.treated)
    if size < 1 or size >= len(allowed):
        raise InputError(f"size: {size} areas cannot be grown from {len(allowed)} and leave a control")
    touch, steps = _map(panel, adjacency)
    by_label = sorted(allowed.tolist(), key=lambda i: str(panel.areas[i]))
    order = np.full(panel.shape[0], panel.shape[0])
    order[by_label] = np.arange(len(by_label))
    shared = touch.astype(np.int64)
    found: set[tuple[int, ...]] = set()
    for first in by_label:
        free = np.isfinite(steps[first]) & ~panel.treated
        if free.sum() < size:
            continue
        free[first] = False
        members, borders, away = [first], shared[first].copy(), steps[first].copy()
        while len(members) < size:
            rest = np.flatnonzero(free)
            rest = rest[borders[rest] == borders[rest].max()]
            rest = rest[away[rest] == away[rest].min()]
            new = int(rest[np.argmin(order[rest])])
            members.append(new)
            free[new] = False
            borders += shared[new]
            away += steps[new]
        found.add(tuple(sorted(members)))
    if not found:
        raise InputError(f"adjacency: from no never-treated area does the map reach {size - 1} others")
    return np.array(sorted(found), dtype=np.int64)
