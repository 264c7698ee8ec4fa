"""Turning what a caller hands in into clean vectors, or saying exactly which row is wrong."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from healthdevo.errors import InputError
from healthdevo.typing import FloatArray, IntArray

__all__ = ["FloatArray", "IntArray", "Vector", "codes", "ranking_vector", "shown", "vector", "weight_vector"]

FloatArray: TypeAlias = FloatArray
IntArray: TypeAlias = IntArray
Vector: TypeAlias = "pd.Series | pd.Categorical | NDArray[np.generic] | Sequence[float]"


def shown(label: object) -> str:
    """Return a label as a reader would write it: text in quotes, numbers bare.

    Examples
    --------
    >>> shown("E08"), shown(np.int64(2001))
    ("'E08'", '2001')
    """
    return repr(label.item() if isinstance(label, np.generic) else label)


def _row(values: object, position: int) -> str:
    """Return how to name a row: by position, and by label where there is one."""
    if isinstance(values, pd.Series) and not isinstance(values.index, pd.RangeIndex):
        return f"row {position} (label {shown(values.index[position])})"
    return f"row {position}"


def vector(values: Vector, name: str, n: int | None = None) -> FloatArray:
    """Return finite numbers as a one-dimensional float array.

    Parameters
    ----------
    values : array-like of shape (n,)
        Numbers or truth values.
    name : str
        What the argument is called, for the message.
    n : int, optional
        Length that it must have.

    Raises
    ------
    InputError
        When it is not one-dimensional, not numeric, empty, of another length, or has a missing or infinite value.

    Examples
    --------
    >>> vector([1, 2, 3], "outcome")
    array([1., 2., 3.])
    """
    array = values.to_numpy(na_value=np.nan) if isinstance(values, pd.Series) else np.asarray(values)
    if array.ndim != 1:
        raise InputError(f"{name}: has {array.ndim} dimensions; give one value for each row")
    try:
        if array.dtype.kind not in "biufO":
            raise TypeError
        result = array.astype(np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name}: is of type {array.dtype}; give numbers") from None
    if result.size == 0:
        raise InputError(f"{name}: is empty; give at least one value")
    if n is not None and result.size != n:
        raise InputError(f"{name}: has {result.size} values; {n} are needed, one for each row")
    bad = np.flatnonzero(~np.isfinite(result))
    if bad.size:
        raise InputError(
            f"{name}: {_row(values, int(bad[0]))} is {result[bad[0]]} ({bad.size} such rows); "
            "give finite numbers and leave out missing rows on purpose"
        )
    return result


def weight_vector(weights: Vector | None, n: int) -> FloatArray:
    """Return weights, ones where none are given; they are not rescaled.

    Raises
    ------
    InputError
        When one is zero, negative or missing, or the length is wrong.

    Examples
    --------
    >>> weight_vector(None, 2)
    array([1., 1.])
    """
    if weights is None:
        return np.ones(n)
    result = vector(weights, "weights", n)
    bad = np.flatnonzero(result <= 0.0)
    if bad.size:
        raise InputError(
            f"weights: {_row(weights, int(bad[0]))} is {result[bad[0]]:g} ({bad.size} such rows); "
            "weights must be above zero; leave out rows that should not count"
        )
    return result


def ranking_vector(values: Vector, name: str, n: int | None = None) -> FloatArray:
    """Return what units are ranked by: numbers, or the order of an ordered categorical.

    Raises
    ------
    InputError
        When the values are text or an unordered categorical, whose order would be a guess.

    Examples
    --------
    >>> bands = pd.Categorical(["high", "low"], categories=["low", "high"], ordered=True)
    >>> ranking_vector(pd.Series(bands), "rank_by")
    array([1., 0.])
    """
    series = pd.Series(values) if isinstance(values, pd.Categorical) else values
    if isinstance(series, pd.Series) and isinstance(series.dtype, pd.CategoricalDtype):
        if not series.cat.ordered:
            raise InputError(
                f"{name}: is an unordered categorical; order its categories from worst to best off"
            )
        position = series.cat.codes.to_numpy()
        if (position < 0).any():
            raise InputError(f"{name}: {_row(series, int(np.argmax(position < 0)))} is missing")
        return vector(position, name, n)
    array = np.asarray(series)
    if array.dtype.kind in "OUST" and not all(
        isinstance(x, (int, float, np.number, np.bool_)) for x in array.flat
    ):
        raise InputError(
            f"{name}: is text ({shown(array.flat[0])} comes first), whose order would be a guess; "
            "give numbers or an ordered categorical"
        )
    return vector(values, name, n)


def codes(labels: object, name: str, n: int) -> tuple[IntArray, pd.Index]:
    """Return integer codes and the sorted distinct labels (the order of a categorical is kept).

    Parameters
    ----------
    labels : array-like of shape (n,)
        Any labels without missing values.

    Raises
    ------
    InputError
        When a label is missing or the length is wrong.

    Examples
    --------
    >>> codes(["b", "a", "b"], "groups", 3)[0]
    array([1, 0, 1])
    """
    series = labels if isinstance(labels, pd.Series) else pd.Series(labels)
    if len(series) != n:
        raise InputError(f"{name}: has {len(series)} values; {n} are needed, one for each row")
    missing = np.flatnonzero(series.isna().to_numpy())
    if missing.size:
        raise InputError(f"{name}: {_row(series, int(missing[0]))} is missing; give every row a label")
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.cat.remove_unused_categories()
        return series.cat.codes.to_numpy().astype(np.int64), series.cat.categories
    try:
        found, uniques = pd.factorize(series, sort=True)
    except TypeError:
        raise InputError(f"{name}: mixes kinds of labels that cannot be sorted; use one kind") from None
    return found.astype(np.int64), pd.Index(uniques)
