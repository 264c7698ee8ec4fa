"""Single cells and rows of frames, as plain Python values."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any

import pandas as pd

__all__ = ["cell", "record", "records"]


def cell(frame: pd.DataFrame, label: Hashable, column: str) -> float:
    """Return one number of a frame; ``label`` is a row of its index.

    Examples
    --------
    >>> cell(pd.DataFrame({"a": [1, 2]}, index=["x", "y"]), "y", "a")
    2.0
    """
    value: Any = frame.loc[label, column]  # type: ignore[index]
    return float(value)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dictionaries, in order.

    Examples
    --------
    >>> records(pd.DataFrame({"a": [1]}))
    [{'a': 1}]
    """
    return [{str(key): value for key, value in one.items()} for one in frame.to_dict("records")]


def record(frame: pd.DataFrame, position: int = 0) -> dict[str, Any]:
    """Return one row of a frame by position (negative ones count from the end).

    Examples
    --------
    >>> record(pd.DataFrame({"a": [1, 2]}), -1)
    {'a': 2}
    """
    return records(frame.iloc[[position]])[0]
