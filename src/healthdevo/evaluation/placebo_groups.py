"""Placebo groups: random, contiguous and disjoint ones, and who neighbours whom."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.sparse import csgraph, csr_array

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.front_door import front_door
from healthdevo.mathematics.matrices import array
from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = [
    "checked_groups",
    "contiguous_groups",
    "disjoint_groups",
    "grown",
    "neighbours",
    "random_groups",
    "without_neighbours",
]


def _adjacency(adjacency: ArrayLike | pd.DataFrame, panel: Panel) -> BoolArray:
    n = panel.shape[0]
    if isinstance(adjacency, pd.DataFrame):
        for axis in (adjacency.index, adjacency.columns):
            absent = ~panel.areas.isin(axis)
            if absent.any():
                raise InputError(f"adjacency: nothing is said about {panel.areas[int(np.argmax(absent))]}")
        adjacency = adjacency.loc[panel.areas, panel.areas].to_numpy()
    matrix = array(adjacency, "adjacency", dimensions=2, shape=(n, n))
    if not np.isin(matrix, (0, 1)).all() or (matrix != matrix.T).any():
        raise InputError("adjacency: only 0 and 1 are valid, and the matrix must be symmetric")
    result = matrix.astype(bool)
    result[np.diag_indices(n)] = False
    return result


def checked_groups(panel: Panel, groups: object, size: int | None = None) -> IntArray:
    """Return placebo groups, or say why they are none: positions of distinct never-treated areas that leave a control.

    Examples
    --------
    >>> panel = Panel(
    ...     np.zeros((4, 2)), np.outer(np.arange(4) == 0, [False, True]), pd.RangeIndex(4), pd.RangeIndex(2))
    >>> checked_groups(panel, [[1, 2]]).tolist()
    [[1, 2]]
    """
    found = array(groups, "groups", dimensions=2)
    if not found.size or (found % 1 != 0).any() or (found < 0).any() or (found >= panel.shape[0]).any():
        raise InputError(
            f"groups: expected draws x size positions of never-treated areas, whole numbers from 0 to {panel.shape[0] - 1}"
        )
    result = found.astype(np.int64)
    if panel.treated[result].any():
        i, j = np.argwhere(panel.treated[result])[0]
        raise InputError(
            f"groups: {panel.areas[result[i, j]]} in group {i} is treated; expected positions of never-treated areas"
        )
    ordered = np.sort(result, axis=1)
    twice = (ordered[:, 1:] == ordered[:, :-1]).any(axis=1)
    if twice.any():
        raise InputError(
            f"groups: group {int(np.argmax(twice))} repeats an area; the areas of a placebo group must be distinct"
        )
    if size is not None and result.shape[1] != size:
        raise InputError(
            f"groups: they have {result.shape[1]} areas; give {size}, as many as are treated, or effects of other sizes are compared"
        )
    if result.shape[1] >= panel.n_controls:
        raise InputError("groups: a placebo group must leave at least one control")
    return result


@front_door
def random_groups(
    panel: Panel,
    *,
    size: int | None = None,
    draws: int = 1000,
    exclude: Sequence[Hashable] = (),
    seed: int | np.random.Generator = 0,
) -> IntArray:
    """Draw groups of never-treated areas at random.

    Parameters
    ----------
    panel : Panel
        The panel.
    size : int, optional
        Areas in a group; default as many as are treated.
    draws : int
        Number of groups.
    exclude : sequence of labels
        Areas that must not be drawn (neighbours of the treated, say).
    seed : int or numpy.random.Generator
        Source of the draws.

    Returns
    -------
    ndarray of int, shape (draws, size)
        Positions in ``panel.areas``.

    Examples
    --------
    >>> y = np.zeros((6, 2))
    >>> panel = Panel(y, np.outer(np.arange(6) == 0, [False, True]), pd.RangeIndex(6), pd.RangeIndex(2))
    >>> random_groups(panel, size=2, draws=3).shape
    (3, 2)
    """
    size = panel.n_treated if size is None else size
    pool = np.flatnonzero(~panel.treated & ~panel.areas.isin(list(exclude)))
    if size < 1 or size >= len(pool):
        raise InputError(
            f"panel: {len(pool)} untreated areas cannot give a group of {size} and leave a control; size is that of the treated where not given"
        )
    if draws < 1:
        raise InputError(f"draws: {draws} is not valid; at least one is needed")
    rng = np.random.default_rng(seed)
    order = np.argsort(rng.random((draws, len(pool))), axis=1)[:, :size]
    return np.asarray(np.sort(pool[order], axis=1), dtype=np.int64)


@front_door
def contiguous_groups(
    panel: Panel,
    adjacency: ArrayLike | pd.DataFrame,
    *,
    size: int | None = None,
    draws: int = 1000,
    exclude: Sequence[Hashable] = (),
    seed: int | np.random.Generator = 0,
) -> IntArray:
    """Draw contiguous blocks of never-treated areas.

    A block starts from an area drawn at random and grows by an area drawn from those that touch it, with chances in
    proportion to the number of shared borders, so that blocks are compact as regions are. Starts from which no block of
    the size can grow are drawn again.

    Parameters
    ----------
    panel : Panel
        The panel.
    adjacency : pandas.DataFrame or array_like of shape (areas, areas)
        1 (or True) where two areas share a border: a frame with their labels, or a matrix in the order of ``panel.areas``.
    size, draws, exclude, seed
        As for ``random_groups``.

    Returns
    -------
    ndarray of int, shape (draws, size)
        Positions in ``panel.areas``.

    Raises
    ------
    InputError
        When no connected set of never-treated areas is large enough.

    Examples
    --------
    >>> line = np.eye(6, k=1) + np.eye(6, k=-1)
    >>> panel = Panel(
    ...     np.zeros((6, 2)), np.outer(np.arange(6) == 0, [False, True]), pd.RangeIndex(6), pd.RangeIndex(2))
    >>> blocks = contiguous_groups(panel, line, size=3, draws=5)
    >>> np.diff(blocks, axis=1).tolist()
    [[1, 1], [1, 1], [1, 1], [1, 1], [1, 1]]
    """
    if draws < 1:
        raise InputError(f"draws: {draws} is not valid; at least one is needed")
    size, touch, allowed = _pool(panel, adjacency, size, exclude)
    starts = _starts(touch, allowed, size)
    if not len(starts):
        raise InputError(
            f"adjacency: no {size} never-treated areas are connected; the largest block has {_largest(touch, allowed)}"
        )
    rng = np.random.default_rng(seed)
    borders = touch.astype(float)
    groups = np.empty((draws, size), dtype=np.int64)
    for d in range(draws):
        first = int(rng.choice(starts))
        groups[d] = grown(first, borders, rng.random(size - 1))
    return groups


def _pool(
    panel: Panel, adjacency: ArrayLike | pd.DataFrame, size: int | None, exclude: Sequence[Hashable]
) -> tuple[int, BoolArray, BoolArray]:
    """Return the size of blocks, borders between never-treated areas that may be drawn, and which those are."""
    size = panel.n_treated if size is None else size
    touch = _adjacency(adjacency, panel)
    allowed = ~panel.treated & ~np.asarray(panel.areas.isin(list(exclude)))
    if size < 1 or size >= allowed.sum():
        raise InputError(
            f"panel: {int(allowed.sum())} untreated areas cannot give a group of {size} and leave a control; size is that of the treated where not given"
        )
    return size, touch & allowed[:, None] & allowed[None, :], allowed


def _largest(touch: BoolArray, allowed: BoolArray) -> int:
    """Return the number of areas in the largest connected set."""
    return int(np.bincount(_components(touch)[allowed]).max())


def _components(touch: BoolArray) -> IntArray:
    """Return a number for the connected set of each area."""
    return np.asarray(csgraph.connected_components(csr_array(touch), directed=False)[1], dtype=np.int64)


def _starts(touch: BoolArray, allowed: BoolArray, size: int) -> IntArray:
    """Return the areas from which a block of a size can grow."""
    component = _components(touch)
    counts = np.bincount(component[allowed], minlength=len(touch))
    return np.flatnonzero(allowed & (counts[component] >= size)).astype(np.int64)


def _in_large_sets(beside: Sequence[Sequence[int]], left: BoolArray, size: int) -> list[int]:
    """Return those of the areas left that hang together with enough others, in order; ``beside`` lists each area's neighbours.

    >>> _in_large_sets([[1], [0, 2], [1], []], np.array([True, True, False, True]), 2)
    [0, 1]
    """
    waiting = set(np.flatnonzero(left).tolist())
    found: list[int] = []
    while waiting:
        start = waiting.pop()
        together = [start]
        for one in together:  # grows meanwhile
            for other in beside[one]:
                if other in waiting:
                    waiting.remove(other)
                    together.append(other)
        if len(together) >= size:
            found += together
    return sorted(found)


def grown(first: int, borders: FloatArray, uniform: FloatArray) -> IntArray:
    """Return the block that grows from an area, a uniform number deciding each step, chances in proportion to shared borders.

    Examples
    --------
    >>> grown(0, np.eye(4, k=1) + np.eye(4, k=-1), np.array([0.5, 0.5])).tolist()
    [0, 1, 2]
    """
    members, shared = [first], borders[first].copy()
    for u in uniform:
        shared[members] = 0.0
        chance = shared.cumsum()
        new = int(chance.searchsorted(u * chance[-1], side="right"))
        members.append(new)
        shared += borders[new]
    return np.array(sorted(members), dtype=np.int64)


@front_door
def disjoint_groups(
    panel: Panel,
    adjacency: ArrayLike | pd.DataFrame,
    *,
    size: int | None = None,
    exclude: Sequence[Hashable] = (),
    seed: int | np.random.Generator = 0,
) -> IntArray:
    """Cut the never-treated areas at random into contiguous blocks that share no area.

    Blocks grow as in ``contiguous_groups``, each from what the earlier ones left. A block starts from one of the areas with the
    fewest neighbours left, drawn at random among those, so that few areas are stranded; it ends when no block of the size can grow.

    Parameters
    ----------
    panel, adjacency, size, exclude, seed
        As for ``contiguous_groups``.

    Returns
    -------
    ndarray of int, shape (blocks, size)
        Positions in ``panel.areas``. Areas in none of the blocks are unassigned.

    Raises
    ------
    InputError
        When no connected set of never-treated areas is large enough.

    Examples
    --------
    >>> line = np.eye(7, k=1) + np.eye(7, k=-1)
    >>> panel = Panel(
    ...     np.zeros((7, 2)), np.outer(np.arange(7) == 0, [False, True]), pd.RangeIndex(7), pd.RangeIndex(2))
    >>> sorted(disjoint_groups(panel, line, size=3).tolist())
    [[1, 2, 3], [4, 5, 6]]
    """
    size, touch, allowed = _pool(panel, adjacency, size, exclude)
    rng = np.random.default_rng(seed)
    borders = touch.astype(float)
    beside = [np.flatnonzero(row).tolist() for row in touch]
    left, blocks = allowed.copy(), []
    while True:
        starts = np.array(_in_large_sets(beside, left, size), dtype=np.int64)
        if not len(starts):
            break
        near = borders[starts] @ left  # whole numbers
        first = int(rng.choice(starts[near == near.min()]))
        block = grown(first, borders * left, rng.random(size - 1))
        left[block] = False
        blocks.append(block)
    if not blocks:
        raise InputError(
            f"adjacency: no {size} never-treated areas are connected; the largest block has {_largest(touch, allowed)}"
        )
    return np.array(blocks, dtype=np.int64)


@front_door
def neighbours(panel: Panel, adjacency: ArrayLike | pd.DataFrame, *, order: int = 1) -> tuple[Hashable, ...]:
    """Return the untreated areas within ``order`` borders of a treated one.

    Examples
    --------
    >>> line = np.eye(4, k=1) + np.eye(4, k=-1)
    >>> panel = Panel(
    ...     np.zeros((4, 2)), np.outer(np.arange(4) == 0, [False, True]), pd.Index(list("ABCD")), pd.RangeIndex(2))
    >>> neighbours(panel, line), neighbours(panel, line, order=2)
    (('B',), ('B', 'C'))
    """
    touch = _adjacency(adjacency, panel)
    if order < 1:
        raise InputError(f"order: {order} is not valid; give at least 1")
    reached = panel.treated.copy()
    for _ in range(order):
        reached = reached | touch[reached].any(axis=0)
    return tuple(panel.areas[reached & ~panel.treated])


@front_door
def without_neighbours(panel: Panel, adjacency: ArrayLike | pd.DataFrame, *, order: int = 1) -> Panel:
    """Return the panel without the untreated neighbours of the treated areas, where an effect may have spilled over.

    Raises
    ------
    InputError
        When no control would be left.

    Examples
    --------
    >>> line = np.eye(4, k=1) + np.eye(4, k=-1)
    >>> panel = Panel(
    ...     np.zeros((4, 2)), np.outer(np.arange(4) == 0, [False, True]), pd.Index(list("ABCD")), pd.RangeIndex(2))
    >>> list(without_neighbours(panel, line).areas)
    ['A', 'C', 'D']
    """
    gone = neighbours(panel, adjacency, order=order)
    if len(gone) == (~panel.treated).sum():
        raise InputError(
            f"order: every control lies within {order} border(s) of a treated area; none would be left"
        )
    return panel.drop(gone) if gone else panel
