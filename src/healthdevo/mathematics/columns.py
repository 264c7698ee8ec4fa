"""Columns of tidy frames: which entry is no number, which label is no label."""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.mathematics.vectors import codes, shown
from healthdevo.typing import BoolArray, FloatArray

__all__ = ["checked_labels", "column_numbers"]


def _number(value: object) -> float:
    if value is None or value is pd.NA or value is pd.NaT:
        return float("nan")
    if isinstance(value, (complex, np.complexfloating)):
        raise TypeError
    return float(value)  # type: ignore[arg-type]


def column_numbers(column: pd.Series) -> tuple[FloatArray, BoolArray]:
    """Return a column as numbers, NaN where missing, and which entries are neither numbers nor missing.

    Examples
    --------
    >>> found, wrong = column_numbers(pd.Series([1, None, "n/a"], dtype=object))
    >>> found.tolist(), wrong.tolist()
    ([1.0, nan, nan], [False, False, True])
    """
    if column.dtype.kind in "biuf":
        return column.to_numpy(dtype=np.float64, na_value=np.nan), np.zeros(len(column), dtype=np.bool_)
    found, wrong = np.full(len(column), np.nan), np.zeros(len(column), dtype=np.bool_)
    for i, value in enumerate(column):
        try:
            found[i] = _number(value)
        except (TypeError, ValueError):
            wrong[i] = True
    return found, wrong


def checked_labels(values: pd.Series | pd.Index, name: str) -> pd.Index:
    """Return the distinct labels in order, or say which is none, of another kind, or the same as another but for blanks.

    Parameters
    ----------
    values : pandas.Series or pandas.Index
        A label for each row.
    name : str
        What the column is called, for the message.

    Raises
    ------
    InputError
        When a label is missing, infinite or no label at all, when labels are of two kinds, or when two differ only by blanks at
        their ends: a trailing blank would make a second unit of one.

    Examples
    --------
    >>> checked_labels(pd.Series(["b", "a", "b"]), "area").tolist()
    ['a', 'b']
    """
    series = pd.Series(values)
    if not pd.api.types.is_numeric_dtype(series.dtype):
        for i, value in enumerate(series):
            if not isinstance(value, Hashable):
                raise InputError(
                    f"{name}: row {shown(series.index[i])} is a {type(value).__name__}; give a label, as text or a number"
                )
    found = codes(series, name, len(series))[1]
    kinds = {isinstance(x, (bool, np.bool_)) for x in pd.unique(series)}
    if len(kinds) > 1:
        raise InputError(
            f"{name}: true or false stands among other labels; labels of two kinds have no order, use one"
        )
    if any(isinstance(x, (float, np.floating)) and np.isinf(x) for x in found):
        raise InputError(f"{name}: a label is infinite; give every row a label, as text or a number")
    seen: dict[str, str] = {}
    for label in found:
        if isinstance(label, str):
            bare = label.strip()
            if bare in seen:
                raise InputError(
                    f"{name}: {shown(seen[bare])} and {shown(label)} differ only by blanks at their ends; write them alike"
                )
            seen[bare] = label
    return found
