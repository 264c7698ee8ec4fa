"""Arrays of one dimension or more that every value of is a number a computer can square."""

from __future__ import annotations

import numpy as np
import pandas as pd

from healthdevo.errors import InputError
from healthdevo.mathematics.vectors import numbers, shown
from healthdevo.typing import FloatArray

__all__ = ["LARGEST", "array", "columns", "place_of", "too_large"]

LARGEST = 1e75
"""Beyond it the products of four numbers, which variances of squares are, overflow."""


def place_of(values: object, position: tuple[int, ...]) -> str:
    """Return how to name one entry of an array: by row and column, and by label where there is one.

    Examples
    --------
    >>> place_of([1, 2], (1,)), place_of([[1, 2]], (0, 1)), place_of(pd.Series([1], ["E08"]), (0,))
    ('row 1', 'row 0, column 1', "row 0 (label 'E08')")
    """
    words = ("row", "column", "layer")
    text = ", ".join(f"{word} {i}" for word, i in zip(words, position, strict=False)) or "it"
    if isinstance(values, pd.Series) and not isinstance(values.index, pd.RangeIndex):
        return f"{text} (label {shown(values.index[position[0]])})"
    return text


def too_large(values: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.bool_]]:
    """Return which numbers are so large that their products cannot be held.

    Examples
    --------
    >>> too_large(np.array([1e300, 1e9])).tolist()
    [True, False]
    """
    return np.abs(values) > LARGEST


def array(
    values: object,
    name: str,
    *,
    dimensions: int | None = 1,
    shape: tuple[int, ...] | None = None,
    missing: bool = False,
    infinite: bool = False,
    least: float | None = None,
    above: float | None = None,
) -> FloatArray:
    """Return numbers as a float array, or say which entry is none that can be used.

    Parameters
    ----------
    values : array_like
        Numbers or truth values.
    name : str
        What the argument is called, for the message.
    dimensions : int, optional
        Number of dimensions that it must have; any number where None.
    shape : tuple of int, optional
        Shape that it must have.
    missing : bool, default False
        Whether NaN may stand for a value that is not known.
    infinite : bool, default False
        Whether infinite values are let through, for a caller that refuses them in its own words.
    least, above : float, optional
        The smallest value that is valid, or the number that every value must exceed.

    Raises
    ------
    InputError
        Naming the argument, the first entry that is not valid, and what would be.

    Examples
    --------
    >>> array([[1, 2]], "covariance", dimensions=2)
    array([[1., 2.]])
    """
    result = numbers(values, name)
    if shape is not None and result.shape != shape:
        wanted = " x ".join(map(str, shape)) or "1"
        given = " x ".join(map(str, result.shape)) or "a single number"
        raise InputError(f"{name}: its shape is {given}; {wanted} numbers are needed")
    if dimensions is not None and result.ndim != dimensions:
        what = {1: "one value for each row", 2: "a matrix"}.get(dimensions, f"{dimensions} dimensions")
        raise InputError(f"{name}: has {result.ndim} dimensions; give {what}")
    checks = [
        (np.isinf(result) & (not infinite) | np.isnan(result) & (not missing), "finite numbers"),
        (too_large(result) & np.isfinite(result), f"numbers within {LARGEST:g}, in another unit if need be"),
    ]
    if least is not None:
        checks.append((result < least, f"numbers of at least {least:g}"))
    if above is not None:
        checks.append((result <= above, f"numbers above {above:g}"))
    for wrong, rule in checks:
        if wrong.any():
            at = tuple(int(i) for i in np.argwhere(wrong)[0])
            raise InputError(
                f"{name}: {place_of(values, at)} is {result[at]:g} ({int(wrong.sum())} such); give {rule}"
            )
    return result


def columns(values: object, name: str, n: int) -> FloatArray:
    """Return one or more columns of ``n`` rows as a matrix.

    Examples
    --------
    >>> columns([1, 2, 3], "controls", 3).shape
    (3, 1)
    """
    result = array(values, name, dimensions=None)
    result = result[:, None] if result.ndim == 1 else result
    if result.ndim != 2 or len(result) != n:
        rows = len(result) if result.ndim else 1
        raise InputError(
            f"{name}: has {rows} rows and {result.ndim} dimensions; {n} rows in columns are needed"
        )
    return result
