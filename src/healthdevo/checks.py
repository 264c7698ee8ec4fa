"""What every family asks of its input before it computes, said once and in the same words."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import pandas as pd

from healthdevo.errors import InputError

__all__ = [
    "need_choice",
    "need_columns",
    "need_labels",
    "need_rows",
    "need_single_values",
    "shown",
    "speaking_of",
]


def shown(label: object) -> str:
    """Return a label as a reader would write it: text in quotes, numbers bare.

    Examples
    --------
    >>> shown("E08"), shown(np.int64(2001))
    ("'E08'", '2001')
    """
    return repr(label.item() if isinstance(label, np.generic) else label)


def need_columns(frame: pd.DataFrame, columns: Sequence[Hashable], where: str = "frame") -> None:
    """Raise one error when something is no frame, lacks columns or has one of them twice.

    Parameters
    ----------
    frame : pandas.DataFrame
        What was given.
    columns : sequence
        Names of columns.
    where : str, default "frame"
        What the frame is called in the message.

    Raises
    ------
    InputError
        Naming what is missing and what there is.

    Examples
    --------
    >>> need_columns(pd.DataFrame({"area": ["a"]}), ["area"])
    """
    if not isinstance(frame, pd.DataFrame):
        raise InputError(
            f"{where}: {type(frame).__name__} is not valid; give a pandas DataFrame with tidy rows"
        )
    missing = [c for c in dict.fromkeys(columns) if c not in frame.columns]
    if missing:
        there = ", ".join(map(repr, frame.columns)) or "none"
        raise InputError(f"{where}: no column {', '.join(map(repr, missing))}; it has {there}")
    twice = [c for c in dict.fromkeys(columns) if int((frame.columns == c).sum()) > 1]
    if twice:
        raise InputError(f"{where}: column {twice[0]!r} is there more than once; give each column once")
    for column in columns:
        need_single_values(frame[column], str(column))


def need_single_values(values: pd.Series, name: str) -> None:
    """Raise one error when a cell holds a list, a dict or the like in place of one value.

    Examples
    --------
    >>> need_single_values(pd.Series(["a", "b"]), "area")
    """
    if values.dtype == object and pd.api.types.infer_dtype(values, skipna=True) != "string":
        for label, cell in values.items():
            if isinstance(cell, (list, dict, set, tuple, pd.Series)) or not isinstance(cell, Hashable):
                raise InputError(
                    f"{name}: row {shown(label)} holds a {type(cell).__name__}; give one value in each cell"
                )


def need_rows(frame: pd.DataFrame, columns: Sequence[Hashable], where: str = "frame") -> None:
    """Raise one error when a frame lacks columns or has no row; see ``need_columns``.

    Examples
    --------
    >>> need_rows(pd.DataFrame({"area": ["a"]}), ["area"])
    """
    need_columns(frame, columns, where)
    if frame.empty:
        raise InputError(f"{where}: it has no rows")


def need_choice(name: str, value: object, valid: Sequence[object]) -> None:
    """Raise one error when an option is not among the values that it can take.

    Parameters
    ----------
    name : str
        What the option is called.
    value : object
        What was given.
    valid : sequence
        What may be given.

    Raises
    ------
    InputError
        Naming every value that is valid.

    Examples
    --------
    >>> need_choice("higher_is", "better", ("better", "worse"))
    """
    if not any(type(value) is type(choice) and value == choice for choice in valid):
        *most, last = map(repr, valid)
        listed = f"{', '.join(most)} or {last}" if most else last
        raise InputError(f"{name}: {value!r} is not valid; give {listed}")


def need_labels(frame: pd.DataFrame, columns: Sequence[Hashable]) -> None:
    """Raise one error when a row has no label in a column that says what it belongs to.

    Examples
    --------
    >>> need_labels(pd.DataFrame({"area": ["a"]}), ["area"])
    """
    for column in columns:
        missing = frame[column].isna()
        if missing.any():
            raise InputError(
                f"{column}: row {shown(frame.index[missing][0])} names no {column} ({int(missing.sum())} such rows); "
                "fill or drop it"
            )
        need_single_values(frame[column], str(column))
        if frame[column].dtype == object:
            kinds: dict[str, object] = {}
            for label in frame[column].unique():
                number = isinstance(label, (int, float, np.number)) and not isinstance(label, bool)
                kinds.setdefault("number" if number else type(label).__name__, label)
            if len(kinds) > 1:
                one, other = list(kinds.values())[:2]
                raise InputError(
                    f"{column}: {shown(one)} is a {type(one).__name__} and {shown(other)} a {type(other).__name__}; "
                    "labels of two kinds have no order, use one"
                )


@contextmanager
def speaking_of(**names: str | None) -> Iterator[None]:
    """Let refusals inside speak of what the caller was given: ``speaking_of(values="rate")`` turns "values: ..." into "rate: ...".

    Examples
    --------
    >>> with speaking_of(values="rate"):
    ...     raise InputError("values: row 2 is infinite")
    Traceback (most recent call last):
    healthdevo.errors.InputError: rate: row 2 is infinite
    """
    try:
        yield
    except InputError as error:
        head, _, rest = str(error).partition(":")
        name = names.get(head)
        if name is None:
            raise
        raise type(error)(f"{name}:{rest}") from None
