"""What every family asks of its input before it computes, said once and in the same words."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import pandas as pd

from healthdevo.errors import InputError

__all__ = ["need_choice", "need_columns", "need_labels", "need_rows"]


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
                f"{column}: row {frame.index[missing][0]!r} names no {column} ({int(missing.sum())} such rows); "
                "fill or drop it"
            )
