"""The front door for array input: clean vectors in one order of labels, or an error that says exactly which row is wrong."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable, Iterable, Sequence
from decimal import Decimal
from typing import Any, ParamSpec, TypeAlias, TypeVar

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from healthdevo.checks import need_single_values, shown
from healthdevo.errors import InputError
from healthdevo.typing import FloatArray, IntArray

__all__ = [
    "Vector",
    "codes",
    "in_one_order",
    "is_number",
    "labels_of",
    "mixed_kinds",
    "numbers",
    "ranking_vector",
    "shown",
    "vector",
    "weight_vector",
]

Vector: TypeAlias = pd.Series | pd.Categorical | NDArray[np.generic] | Sequence[float]

LARGEST = 1e60
"""The largest number that is taken: its powers and the products of many such still fit into a float."""

P = ParamSpec("P")
R = TypeVar("R")
Labelled: TypeAlias = pd.Series | pd.DataFrame


def _reordered(held: Any, wanted: pd.Index, given: pd.Index, names: tuple[str, str], axis: int) -> Any:
    """Return rows (or columns) in the order of the first argument's labels, or say which label has no partner."""
    if len(wanted) != len(given) or wanted.equals(given):
        return held  # another length is refused where lengths are checked
    first, second = names
    what = "columns" if axis else "rows"
    advice = "give the same labels, or plain arrays (.to_numpy()) to pair by position"
    if not (wanted.is_unique and given.is_unique):
        raise InputError(
            f"{second}: the labels of its {what} repeat and differ from those of {first}; {advice}"
        )
    position = given.get_indexer(wanted)
    if (position < 0).any():
        label = shown(wanted[int(np.argmax(position < 0))])
        raise InputError(f"{second}: its {what} have no label {label}, unlike {first}; {advice}")
    return held.iloc[:, position] if axis else held.iloc[position]


def in_one_order(
    *names: str, labels: str = "", wide: bool = False, across: Sequence[str] = ()
) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Make a function of arrays heed the labels of pandas objects: the same labels in one order, others refused.

    Parameters
    ----------
    *names : str
        Arguments with one entry (or row) for each unit. The first pandas object among them sets the order.
    labels : str, optional
        Argument that takes the labels of the results; filled from the first pandas object where it is not given.
    wide : bool, default False
        Whether rows stand for units and columns for groups or bands: columns of frames are then put in one order too, and a
        plain Series (one unit) lends no labels to the results.
    across : sequence of str, optional
        Arguments with one entry for each column.

    Returns
    -------
    callable
        A decorator. Plain arrays and lists are paired by position, as ever.

    Examples
    --------
    >>> @in_one_order("x", "y")
    ... def product(x, y):
    ...     return vector(x, "x") @ vector(y, "y")
    >>> float(product(pd.Series([1, 2], ["a", "b"]), pd.Series([10, 100], ["b", "a"])))
    120.0
    """

    def decorate(function: Callable[P, R]) -> Callable[P, R]:
        signature = inspect.signature(function)
        rest = next((p.name for p in signature.parameters.values() if p.kind is p.VAR_KEYWORD), "")

        @functools.wraps(function)
        def ordered(*args: P.args, **kwargs: P.kwargs) -> R:
            if not any(isinstance(x, (pd.Series, pd.DataFrame)) for x in (*args, *kwargs.values())):
                return function(*args, **kwargs)
            bound = signature.bind(*args, **kwargs)
            more: dict[str, Any] = bound.arguments.get(rest, {})
            lead, leader = None, ""  # sets the order of rows
            table, titled = None, ""  # sets the order of columns
            for name in (*names, *across):
                place = bound.arguments if name in bound.arguments else more
                held = place.get(name)
                if not isinstance(held, (pd.Series, pd.DataFrame)):
                    continue
                if name in across:
                    if table is not None:
                        axis = int(isinstance(held, pd.DataFrame))
                        own = held.columns if isinstance(held, pd.DataFrame) else held.index
                        place[name] = _reordered(
                            held, table.columns, own, (f"columns of {titled}", name), axis
                        )
                    continue
                if lead is None:
                    lead, leader = held, name
                else:
                    held = _reordered(held, lead.index, held.index, (leader, name), 0)
                if wide and isinstance(held, pd.DataFrame):
                    if table is None:
                        table, titled = held, name
                    else:
                        held = _reordered(held, table.columns, held.columns, (titled, name), 1)
                place[name] = held
            if labels and lead is not None and bound.arguments.get(labels) is None:
                named = table is not None or not wide
                if named and lead.index.is_unique and not _counts(lead.index):
                    bound.arguments[labels] = lead.index
            return function(*bound.args, **bound.kwargs)

        return ordered

    return decorate


def mixed_kinds(labels: Iterable[object]) -> str:
    """Return one label of each of two kinds, in words, where text and numbers are mixed.

    Examples
    --------
    >>> mixed_kinds([0, 1, "A5"])
    "'A5' is text, 0 is a number"
    """
    held = list(labels)
    text = next((x for x in held if isinstance(x, str)), None)
    other = next((x for x in held if not isinstance(x, str)), None)
    kind = "a number" if isinstance(other, (int, float, np.number)) else f"a {type(other).__name__}"
    if text is None:
        return f"{shown(held[0])} is a {type(held[0]).__name__}, others are not"
    return f"{shown(text)} is text, {shown(other)} is {kind}"


def is_number(value: object) -> bool:
    """Return whether a value is a number, of Python, numpy or the decimal module, and no truth value.

    Examples
    --------
    >>> is_number(np.int64(3)), is_number(Decimal("0.1")), is_number(True), is_number("3")
    (True, True, False, False)
    """
    return isinstance(value, (int, float, np.integer, np.floating, Decimal)) and not isinstance(value, bool)


def labels_of(*values: object) -> pd.Index | None:
    """Return the labels of the first pandas object, None where there is none.

    Examples
    --------
    >>> list(labels_of([1, 2], pd.Series([1, 2], ["a", "b"])))
    ['a', 'b']
    """
    return next((x.index for x in values if isinstance(x, (pd.Series, pd.DataFrame))), None)


def _counts(index: pd.Index) -> bool:
    """Return whether labels only count rows from 0."""
    return isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1


def _row(values: object, position: int) -> str:
    """Return how to name a row: by position, and by label where there is one."""
    if isinstance(values, pd.Series) and not _counts(values.index):
        return f"row {position} (label {shown(values.index[position])})"
    return f"row {position}"


def numbers(values: object, name: str, rule: str = "numbers") -> FloatArray:
    """Return an array of numbers of any shape, NaN where missing, or name the first entry that is none.

    Examples
    --------
    >>> numbers([[1, None], [2.5, 3]], "counts")
    array([[1. , nan],
           [2.5, 3. ]])
    """
    try:
        if isinstance(values, (pd.Series, pd.DataFrame)):
            array = np.asarray(values.to_numpy(na_value=np.nan))
        else:
            array = np.asarray(values)
        if array.dtype.kind in "biuf":
            return _of_usable_size(array.astype(np.float64), values, name)
        if array.dtype.kind not in "OU":
            raise TypeError
        array = np.asarray(values, dtype=object)
        flat = array.ravel()
        for i, x in enumerate(flat):
            if isinstance(x, str):
                place = (
                    _row(values, i)
                    if array.ndim == 1
                    else f"row {i // array.shape[1]}, column {i % array.shape[1]}"
                )
                raise InputError(
                    f"{name}: {place} is {x!r}; give {rule}, and leave empty what is missing or suppressed"
                )
        found = [np.nan if x is None or x is pd.NA or x is pd.NaT else x for x in flat]
        for i, x in enumerate(found):
            if isinstance(x, int) and abs(x) > LARGEST:  # as long as it likes, longer than any float
                at = _row(values, i) if array.ndim == 1 else f"entry {i}"
                raise InputError(
                    f"{name}: {at} has a size above {LARGEST:g}, too large to compute with; give another unit"
                )
        return _of_usable_size(np.array(found, dtype=np.float64).reshape(array.shape), values, name)
    except (TypeError, ValueError) as error:
        if isinstance(error, InputError):
            raise
        kind = getattr(values, "dtype", type(values).__name__)
        raise InputError(f"{name}: is of type {kind}; give {rule}") from None


def _of_usable_size(array: FloatArray, values: object, name: str) -> FloatArray:
    """Refuse numbers whose squares and products no float can hold."""
    with np.errstate(invalid="ignore"):
        wrong = np.isfinite(array) & (np.abs(array) > LARGEST)
    if wrong.any():
        place = int(np.argmax(wrong.ravel()))
        at = _row(values, place) if array.ndim == 1 else f"entry {place}"
        raise InputError(
            f"{name}: {at} is {array.ravel()[place]:g}, too large to compute with; give another unit"
        )
    return array


def vector(
    values: object,
    name: str,
    n: int | None = None,
    *,
    missing: bool = False,
    least: float | None = None,
    above: float | None = None,
) -> FloatArray:
    """Return numbers as a one-dimensional float array.

    Parameters
    ----------
    values : array-like of shape (n,)
        Numbers or truth values.
    name : str
        What the argument is called, for the message.
    n : int, optional
        Length that it must have.
    missing : bool, default False
        Whether NaN may stand for a value that is not known.
    least, above : float, optional
        The smallest value that is valid, or the number that every value must exceed.

    Raises
    ------
    InputError
        When it is not one-dimensional, not numeric, empty, of another length, or has a value that is missing, infinite or
        out of range.

    Examples
    --------
    >>> vector([1, 2, 3], "outcome")
    array([1., 2., 3.])
    """
    result = numbers(values, name)
    if result.ndim != 1:
        raise InputError(f"{name}: has {result.ndim} dimensions; give one value for each row")
    if result.size == 0:
        raise InputError(f"{name}: is empty; give at least one value")
    if n is not None and result.size != n:
        raise InputError(f"{name}: has {result.size} values; {n} are needed, one for each row")
    wrong = np.isinf(result) if missing else ~np.isfinite(result)
    if wrong.any():
        i = int(np.argmax(wrong))
        raise InputError(
            f"{name}: {_row(values, i)} is {result[i]} ({int(wrong.sum())} such rows); "
            "give finite numbers and leave out missing rows on purpose"
        )
    for limit, low, rule in ((least, "least", "or more"), (above, "above", "")):
        if limit is not None:
            wrong = result < limit if low == "least" else result <= limit
            if wrong.any():
                i = int(np.argmax(wrong))
                valid = f"{limit:g} {rule}" if rule else f"numbers above {limit:g}"
                raise InputError(
                    f"{name}: {_row(values, i)} is {result[i]:g} ({int(wrong.sum())} such rows); give {valid}"
                )
    return result


def weight_vector(weights: object, n: int) -> FloatArray:
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
        is_number(x) or isinstance(x, (bool, np.bool_)) for x in array.flat
    ):
        raise InputError(
            f"{name}: is text ({shown(array.flat[0])} comes first), whose order would be a guess; "
            "give numbers or an ordered categorical"
        )
    return vector(values, name, n)


def _as_series(labels: Any, name: str) -> pd.Series:
    try:
        return pd.Series(labels)
    except (TypeError, ValueError):
        raise InputError(
            f"{name}: a value of type {type(labels).__name__} is not valid; give one label for each row, as a list or a Series"
        ) from None


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
    series = labels if isinstance(labels, pd.Series) else _as_series(labels, name)
    need_single_values(series, name)
    if len(series) != n:
        raise InputError(f"{name}: has {len(series)} values; {n} are needed, one for each row")
    missing = np.flatnonzero(series.isna().to_numpy())
    if missing.size:
        raise InputError(f"{name}: {_row(series, int(missing[0]))} is missing; give every row a label")
    if isinstance(series.dtype, pd.CategoricalDtype):
        series = series.cat.remove_unused_categories()
        return series.cat.codes.to_numpy().astype(np.int64), series.cat.categories
    found, uniques = pd.factorize(series)
    text = [isinstance(x, str) for x in uniques]
    if any(text) and not all(text):
        raise InputError(f"{name}: {mixed_kinds(uniques)}; labels of two kinds have no order, use one")
    try:
        found, uniques = pd.factorize(series, sort=True)
    except TypeError:
        raise InputError(
            f"{name}: {mixed_kinds(uniques)}; labels of two kinds have no order, use one"
        ) from None
    return found.astype(np.int64), pd.Index(uniques)
