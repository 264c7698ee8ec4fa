"""From tidy rows to arrays with one row per area, and the checks that this needs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.checks import need_labels, need_single_values
from healthdevo.errors import InputError
from healthdevo.mathematics.vectors import is_number, numbers, shown
from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = ["Grid", "area_index", "area_matrix", "column_names", "group_ranks", "to_grid"]


MOST_GROUPS = 1000


@dataclass(frozen=True)
class Grid:
    """Values of a tidy frame on a grid of areas and positions.

    Parameters
    ----------
    index : pandas.Index
        Areas in sorted order; a ``MultiIndex`` when several columns name an area.
    columns : dict of str to ndarray of shape (areas, positions)
        One array for each column; NaN where the frame has no row.
    present : ndarray of bool, shape (areas, positions)
        Whether the frame has a row.
    """

    index: pd.Index
    columns: dict[str, FloatArray]
    present: BoolArray


def column_names(columns: str | Sequence[str] | None) -> list[str]:
    """Return column names as a list."""
    if columns is None:
        return []
    return [columns] if isinstance(columns, str) else list(columns)


def area_matrix(name: str, values: ArrayLike, *, columns: str = "groups") -> FloatArray:
    """Return a float array of shape (areas, columns); one dimension stands for a single area.

    Raises
    ------
    InputError
        When the values are not numbers, have other dimensions, or hold an infinity.
    """
    matrix = numbers(values, name, f"numbers in an array of shape (areas, {columns})")
    if matrix.ndim == 1:
        matrix = matrix[np.newaxis, :]
    if matrix.ndim != 2:
        raise InputError(
            f"{name}: shape {matrix.shape} is not valid; give an array of shape (areas, {columns})"
        )
    if matrix.shape[0] == 0:
        raise InputError(f"{name}: there are no areas; give at least one row")
    if np.isinf(matrix).any():
        row, column = (int(x) for x in np.argwhere(np.isinf(matrix))[0])
        raise InputError(
            f"{name}: row {row}, column {column} is infinite; give finite numbers, or NaN where missing"
        )
    return matrix


def area_index(index: pd.Index | Sequence[object] | None, areas: int) -> pd.Index:
    """Return the labels of the areas, counting from 0 when there are none."""
    if index is None:
        return pd.RangeIndex(areas)
    labels = index if isinstance(index, pd.Index) else pd.Index(list(index), tupleize_cols=False)
    if not isinstance(labels, pd.MultiIndex):
        need_single_values(labels.to_series(), "index")
    if len(labels) != areas:
        raise InputError(f"index: {len(labels)} labels for {areas} areas; give one label for each area")
    if not labels.is_unique:
        raise InputError(
            f"index: label {shown(labels[labels.duplicated()][0])} repeats; labels must be unique"
        )
    return labels


def group_ranks(groups: pd.Series, name: str) -> tuple[IntArray, int | None]:
    """Return the rank of each row's group, counting from 1, and the number of groups if it is declared.

    Ordered categoricals are honoured and declare their number; whole numbers are ranks themselves. Text and unordered
    categoricals are refused: sorting labels such as "1", "10", "2" alphabetically gives a wrong gradient in silence.

    Raises
    ------
    InputError
        When the order of the groups is not explicit, or a rank is missing, fractional or below 1.
    """
    advice = (
        f"make the order explicit: pd.Categorical(frame[{name!r}], categories=[...], ordered=True) with the groups "
        "in order, or whole numbers from 1"
    )
    if isinstance(groups.dtype, pd.CategoricalDtype):
        if not groups.dtype.ordered:
            raise InputError(f"{name}: the categories have no order; {advice}")
        codes = groups.cat.codes.to_numpy(dtype=np.int64)
        if (codes < 0).any():
            row = groups.index[codes < 0][0]
            raise InputError(f"{name}: row {shown(row)} has no group; {advice}")
        return (codes + 1).astype(np.int64), len(groups.dtype.categories)
    plain = pd.api.types.is_numeric_dtype(groups.dtype) and not pd.api.types.is_bool_dtype(groups.dtype)
    other = [] if plain else [x for x in groups.array if not is_number(x) and not pd.isna(x)]
    if other or not len(groups):
        example = other[0] if other else None
        raise InputError(
            f"{name}: {shown(example)} is not a rank, and the order of labels is not guessed; {advice}"
        )
    ranks = numbers(groups, name)
    wrong = ~(np.isfinite(ranks) & (ranks >= 1.0) & (ranks == np.floor(ranks)))
    if wrong.any():
        raise InputError(f"{name}: row {shown(groups.index[wrong][0])} holds {ranks[wrong][0]:g}; {advice}")
    if ranks.max() > max(MOST_GROUPS, len(ranks)):
        raise InputError(
            f"{name}: row {shown(groups.index[int(np.argmax(ranks))])} holds {ranks.max():g}, more groups than there can be; {advice}"
        )
    return ranks.astype(np.int64), None


def to_grid(
    frame: pd.DataFrame,
    *,
    by: str | Sequence[str] | None,
    position: IntArray,
    positions: int,
    columns: Mapping[str, str],
    what: str,
    named: pd.Series | None = None,
) -> Grid:
    """Return the columns of a tidy frame as arrays of shape (areas, positions).

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and position.
    by : str, sequence of str or None
        Columns that name an area; None when all rows belong to one.
    position : ndarray of int, shape (rows,)
        Where each row goes, counting from 0.
    positions : int
        Number of positions.
    columns : mapping of str to str
        Key in the result to column of the frame.
    what : str
        What a position is, for messages.
    named : pandas.Series, optional
        What the position of each row is called, for messages.

    Raises
    ------
    InputError
        When an area label is missing, a row repeats, or a column does not hold numbers.
    """
    names = column_names(by)
    if names:
        need_labels(frame, names)
        keys = pd.MultiIndex.from_frame(frame[names]) if len(names) > 1 else pd.Index(frame[names[0]])
        codes, index = pd.factorize(keys, sort=True)
        index = pd.Index(index, name=names[0]) if len(names) == 1 else index.set_names(names)
    else:
        codes, index = np.zeros(len(frame), dtype=np.int64), pd.Index(["all"], name="area")
    flat = codes.astype(np.int64) * positions + position
    counts = np.bincount(flat, minlength=len(index) * positions)
    if counts.max(initial=0) > 1:
        cell = int(np.flatnonzero(counts > 1)[0])
        rows = frame.index[flat == cell]
        raise InputError(
            f"frame: rows {shown(rows[0])} and {shown(rows[1])} repeat {what} {cell % positions + 1} of "
            f"{shown(index[cell // positions])}; give one row for each"
        )
    shape = (len(index), positions)
    values: dict[str, FloatArray] = {}
    for key, column in columns.items():
        grid = np.full(shape, np.nan)
        grid.reshape(-1)[flat] = _numbers(frame, column, named)
        values[key] = grid
    return Grid(index, values, (counts > 0).reshape(shape))


def _numbers(frame: pd.DataFrame, column: str, named: pd.Series | None) -> FloatArray:
    """Return a column as numbers, or name the first row that holds text, with what stands beside it."""
    if not pd.api.types.is_numeric_dtype(frame[column].dtype):
        text = [isinstance(x, str) for x in frame[column]]
        if any(text):
            i = text.index(True)
            beside = "" if named is None else f", band {shown(named.iloc[i])}"
            raise InputError(
                f"{column}: row {shown(frame.index[i])}{beside} is {frame[column].iloc[i]!r}; give numbers, and leave suppressed counts "
                "empty (missing_counts='zero' where the function has it, when empty means none)"
            )
    return numbers(frame[column], column)
