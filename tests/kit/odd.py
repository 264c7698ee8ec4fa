"""Odd inputs made from tidy ones: other types, labels, orders and values, each with a name."""

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import numpy as np
import pandas as pd

from healthdevo.evaluation import Panel

SCALARS: dict[str, Any] = {
    "None": None,
    "text": "no such thing",
    "empty text": "",
    "number as text": "2",
    "minus one": -1,
    "zero": 0,
    "half": 0.5,
    "two": 2,
    "longer than 64 bits": -(2**63) - 1,
    "too long for a float": 10**400,
    "nan": float("nan"),
    "infinite": float("inf"),
    "pd.NA": pd.NA,
    "NaT": pd.NaT,
    "bool": True,
    "complex": 1j,
    "date": pd.Timestamp("2020-01-01"),
    "empty list": [],
    "list of text": ["a", "b"],
    "list of None": [None],
    "nested": [[1.0, 2.0], [3.0]],
    "dict": {"a": 1},
    "object": object(),
    "frame": pd.DataFrame({"a": [1.0]}),
}
"""Values that hardly any argument takes; some take some of them."""

CELLS: dict[str, Any] = {
    "text": "n/a",
    "None": None,
    "pd.NA": pd.NA,
    "nan": float("nan"),
    "infinite": float("inf"),
    "negative": -1.0,
    "zero": 0.0,
    "huge": 1e300,
    "number as text": "12",
    "date": pd.Timestamp("2020-01-01"),
    "list": [1, 2],
    "complex": 1j,
    "true": True,
}
"""Values for one place of a vector or a column."""


def is_vector(value: Any) -> bool:
    """Whether a value is a list, array, series or index of more than one element."""
    return isinstance(value, list | tuple | np.ndarray | pd.Series | pd.Index) and len(value) > 1


def is_matrix(value: Any) -> bool:
    """Whether a value has rows and columns and no names of columns."""
    if isinstance(value, np.ndarray):
        return value.ndim == 2
    return (
        isinstance(value, list)
        and len(value) > 1
        and all(isinstance(row, list | tuple) and len(row) for row in value)
    )


def with_cell(value: Any, place: int, cell: Any) -> Any:
    """A vector with one element replaced, of type object."""
    if is_matrix(value):
        rows = [list(row) for row in value]
        rows[place % len(rows)][place % len(rows[0])] = cell
        return rows
    cells = list(value)
    cells[place % len(cells)] = cell
    return pd.Series(cells, index=value.index, dtype=object) if isinstance(value, pd.Series) else cells


def odd_vectors(value: Any, place: int) -> Iterator[tuple[str, Any]]:
    """Vectors made odd."""
    for name, cell in CELLS.items():
        yield f"{name} at {place}", with_cell(value, place, cell)
    cells = list(value)
    yield "one fewer", value[:-1]
    yield "ragged", [*cells[:-1], [cells[-1], cells[-1]]]
    yield "all text", [str(cell) for cell in cells]
    yield "all missing", [None] * len(cells)
    yield "all nan", [float("nan")] * len(cells)
    yield "all zero", [0.0] * len(cells)
    yield "set", "not a vector" if is_matrix(value) else {str(cell) for cell in cells}
    yield "generator", (cell for cell in cells)
    yield "matrix", [cells, cells]
    yield "first element", cells[:1]


def odd_frames(frame: pd.DataFrame, place: int, column: Any) -> Iterator[tuple[str, Any]]:
    """Frames made odd in one column."""
    yield f"without {column!r}", frame.drop(columns=[column])
    yield f"{column!r} twice", pd.concat([frame, frame[[column]]], axis=1)
    yield "no rows", frame.iloc[:0]
    yield "one row", frame.iloc[:1]
    yield "rows repeated", pd.concat([frame, frame])
    yield "a list", frame.to_numpy().tolist()
    yield "a series", frame[column]
    for name, cell in CELLS.items():
        cells = frame[column].astype(object).copy()
        cells.iloc[place % len(frame)] = cell
        yield (
            f"{column!r} with {name} at {place}",
            frame.assign(**{str(column): cells}) if isinstance(column, str) else frame,
        )
    yield f"{column!r} all text", frame.assign(**{str(column): frame[column].astype(str)})
    yield f"{column!r} all missing", frame.assign(**{str(column): None})


def odd_panels(panel: Panel, place: int) -> Iterator[tuple[str, Any]]:
    """Panels that are in order, but not what most designs need."""
    y, d = np.asarray(panel.outcome), np.asarray(panel.treatment)
    n, t = panel.shape
    area, period = place % n, place % t

    def made(outcome: Any = y, treatment: Any = d, **more: Any) -> Panel:
        return Panel(outcome, treatment, panel.areas, panel.periods, **more)

    def with_gap(where: Any) -> Any:
        return np.where(where, np.nan, y)

    rows, columns = np.arange(n)[:, None], np.arange(t)[None, :]
    yield "nobody treated", made(treatment=np.zeros_like(d))
    yield "everybody treated", made(treatment=np.broadcast_to(d.any(axis=0), d.shape))
    yield "treated from the start", made(treatment=np.broadcast_to(d.any(axis=1, keepdims=True), d.shape))
    yield "treatment switches off", made(treatment=d & (columns < t - 1))
    yield "staggered", made(treatment=d & ((rows > 0) | (columns >= t - 1)))
    yield "one treated", made(treatment=d & (rows == np.argmax(d.any(axis=1))))
    yield "two areas", panel.select(areas=panel.areas[[int(np.argmax(d.any(axis=1))), n - 1]])
    yield "two periods", panel.select(periods=panel.periods[[0, t - 1]])
    yield "one outcome missing", made(with_gap((rows == area) & (columns == period)))
    yield "an area missing", made(with_gap(rows == area))
    yield "a period missing", made(with_gap(columns == period))
    yield "one outcome for all", made(np.ones_like(y))
    yield "large outcomes", made(y * 1e40)
    yield "a covariate", made(covariates=(y**2)[:, :, None], covariate_names=("square",))
    yield "a covariate of nothing", made(covariates=np.ones((n, t, 1)), covariate_names=("one",))


def odd(value: Any, place: int = 0) -> Iterator[tuple[str, Any]]:
    """Everything odd that can be made from an argument's tidy value."""
    if isinstance(value, Panel):
        yield from odd_panels(value, place)
    elif isinstance(value, pd.DataFrame) and len(value.columns):
        yield from odd_frames(value, place, value.columns[place % len(value.columns)])
    elif is_vector(value):
        yield from odd_vectors(value, place)
    yield from SCALARS.items()


def plain_numbers(value: Any) -> bool:
    """Whether a value is a vector of plain numbers."""
    if not is_vector(value) or is_matrix(value) or isinstance(value, pd.PeriodIndex | pd.DatetimeIndex):
        return False
    return all(isinstance(cell, int | float | np.number) and not isinstance(cell, bool) for cell in value)


def same_by_other_types(value: Any) -> Iterator[tuple[str, Any]]:
    """The same value in another type: the result must be the same."""
    if isinstance(value, pd.DataFrame):
        if all(isinstance(c, str) for c in value.columns) and isinstance(value.index, pd.RangeIndex):
            yield "another index", value.set_axis([f"row {i}" for i in range(len(value))])
            yield "columns in another order", value[list(value.columns[::-1])]
            yield "one more column", value.assign(unused="x")
            yield "nullable types", value.convert_dtypes()
            yield "type object", value.astype(object)
            labels = [c for c in value.columns if not pd.api.types.is_numeric_dtype(value[c])]
            if labels:
                yield (
                    "categories",
                    value.astype({c: "category" for c in labels if value[c].dtype.kind not in "MO"}),
                )
        return
    if isinstance(value, bool):
        yield "np.bool_", np.bool_(value)
    elif isinstance(value, int):
        yield "np.int64", np.int64(value)
    elif isinstance(value, float):
        yield "np.float64", np.float64(value)
    elif isinstance(value, str):
        yield "np.str_", np.str_(value)
    elif plain_numbers(value):
        cells = [cell.item() if isinstance(cell, np.number) else cell for cell in value]
        if not isinstance(value, pd.Series):
            yield "tuple", tuple(cells)
            yield "array", np.array(cells)
            yield "read-only array", _read_only(np.array(cells))
            yield "type object", np.array(cells, dtype=object)
            yield "series", pd.Series(cells)
            yield "nullable series", pd.Series(cells).convert_dtypes()
            yield "decimals", [Decimal(str(cell)) if np.isfinite(cell) else cell for cell in cells]


def _read_only(array: Any) -> Any:
    array.setflags(write=False)
    return array
