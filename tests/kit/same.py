"""Whether two results say the same, whatever they are made of."""

import dataclasses
from typing import Any

import numpy as np
import pandas as pd


def _array(one: Any) -> Any:
    return np.asarray(one.to_numpy() if hasattr(one, "to_numpy") else one)


def difference(one: Any, other: Any, path: str = "result", rel: float = 1e-9) -> str:
    """Where two results differ, in words; empty where they do not."""
    if isinstance(one, pd.DataFrame) and isinstance(other, pd.DataFrame):
        if [str(c) for c in one.columns] != [str(c) for c in other.columns] or len(one) != len(other):
            return f"{path}: other columns or rows"
        if not isinstance(one.index, pd.RangeIndex) and set(one.index.map(str)) == set(other.index.map(str)):
            one = one.set_axis(one.index.map(str)).sort_index(kind="stable")
            other = other.set_axis(other.index.map(str)).sort_index(kind="stable")
        parts = ((one.iloc[:, i], other.iloc[:, i], f"{path}[{c!r}]") for i, c in enumerate(one.columns))
    elif dataclasses.is_dataclass(one) and not isinstance(one, type):
        if type(one) is not type(other):
            return f"{path}: a {type(one).__name__} and a {type(other).__name__}"
        names = [f.name for f in dataclasses.fields(one) if not f.name.startswith("_") and f.repr]
        parts = ((getattr(one, n), getattr(other, n), f"{path}.{n}") for n in names)
    elif isinstance(one, dict) and isinstance(other, dict):
        if list(map(str, one)) != list(map(str, other)):
            return f"{path}: other keys"
        parts = ((one[a], other[b], f"{path}[{a!r}]") for a, b in zip(one, other, strict=True))
    elif isinstance(one, list | tuple | np.ndarray | pd.Series | pd.Index) and not isinstance(one, str):
        a, b = _array(one), _array(other)
        if a.shape != b.shape:
            return f"{path}: shapes {a.shape} and {b.shape}"
        if a.dtype.kind in "biufc" and b.dtype.kind in "biufc":
            same = np.allclose(a.astype(complex), b.astype(complex), rtol=rel, atol=1e-9, equal_nan=True)
            return "" if same else f"{path}: {a} and {b}"
        parts = ((x, y, f"{path}[{i}]") for i, (x, y) in enumerate(zip(a.flat, b.flat, strict=True)))
    elif isinstance(one, int | float | np.number) and isinstance(other, int | float | np.number):
        return (
            ""
            if np.isclose(one, other, rtol=rel, atol=1e-9, equal_nan=True)
            else f"{path}: {one} and {other}"
        )
    elif callable(one) or one is other:
        return ""
    elif one is None or one is pd.NA or one is pd.NaT:
        missing = other is None or pd.isna(other)
        return "" if missing else f"{path}: {one!r} and {other!r}"
    else:
        return "" if str(one) == str(other) else f"{path}: {one!r} and {other!r}"
    return next((found for a, b, where in parts if (found := difference(a, b, where, rel))), "")
