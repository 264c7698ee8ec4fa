"""The numbers and words of every public function, called as its example calls it and with each option changed: ``python -m tests.kit.record FAMILY``.

Functions are found by the exports, options by their type hints, so that a new function is covered without being named. The record says what
stood when it was written, and nothing of whether that is right: this is for tests against references, closed forms and simulated truth. What
it adds is that no number of any result changes unseen. Numbers of long arrays stand as their count, mean, spread and a weighted mean.
"""

import dataclasses
import functools
import inspect
import json
import re
import sys
import types
import typing
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from tests.kit.exports import Call, example_call, functions
from tests.kit.odd import is_matrix, odd_panels, plain_numbers

from healthdevo.errors import HealthdevoError
from healthdevo.evaluation import Panel

FOLDER = Path(__file__).parents[1] / "record"
LONG = 6
SLOW = {
    "evaluation.disjoint_placebo_test", "evaluation.sensitivity_of_event_study", "evaluation.matrix_completion", "evaluation.sensitivity",
    "series.placebo_dates", "series.forecast", "series.airline_model", "series.seasonal_errors_regression",
    "regression.cross_lagged", "regression.placebo_outcomes",
}  # fmt: skip
"""Functions that are called as in their examples only."""
LONG_ONES = {
    "evaluation.synthetic_did",
    "evaluation.generalised_synthetic_control",
    "evaluation.placebo_test",
}
"""Functions with only their choices changed."""
DRAWS = 20
PANELS = ("staggered", "one outcome missing", "a covariate", "weights")
GONE = "-"
HUGE = 1e12
NOTHING = re.compile(r"0\.0{6,}\d+")
CLOSE = 1e-3
"""Two processors may add the same numbers in another order; searches then stop within such a share of each other."""
INNER = (".basis", ".design.", ".factors", ".loadings")
"""Parts that stand for others, such as directions whose sign is free."""


def _digest(values: np.ndarray) -> list[float]:
    """Up to ``LONG`` numbers as they are; of more the count, those known, mean, spread and a weighted mean."""
    flat = values.astype(float).ravel()
    if flat.size <= LONG:
        return [float(x) for x in flat]
    known = flat[np.isfinite(flat)]
    place = np.cos(1.0 + np.arange(flat.size))[np.isfinite(flat)]
    if not known.size:
        return [flat.size, 0]
    return [flat.size, known.size, float(known.mean()), float(known.std()), float((place * known).mean())]


def _parts(thing: Any) -> Iterator[tuple[str, Any]]:
    if isinstance(thing, pd.DataFrame):
        yield "index", thing.index
        yield "columns", [str(c) for c in thing.columns]
        yield from ((f"[{c}]", thing.iloc[:, i]) for i, c in enumerate(thing.columns))
    elif dataclasses.is_dataclass(thing):
        for field in dataclasses.fields(thing):
            if not field.name.startswith("_"):
                yield f".{field.name}", getattr(thing, field.name)
        for name, member in inspect.getmembers(type(thing)):
            if isinstance(member, property | functools.cached_property) and not name.startswith("_"):
                try:
                    yield f".{name}", getattr(thing, name)
                except HealthdevoError as refusal:
                    yield f".{name}", f"refused: {refusal}"
    elif isinstance(thing, dict | types.MappingProxyType):
        yield from ((f"[{key}]", value) for key, value in thing.items())
    elif isinstance(thing, list | tuple):
        yield from ((f"[{i}]", value) for i, value in enumerate(thing))


def flat(thing: Any, path: str = "") -> dict[str, Any]:
    """Every number and word of a result, by its path."""
    if isinstance(thing, np.generic):
        thing = thing.item()
    if thing is None or isinstance(thing, bool | int | str) or thing is pd.NA or thing is pd.NaT:
        return {path: thing} if isinstance(thing, bool | int | str) else {}
    if isinstance(thing, float):
        return {path: [thing]}
    if isinstance(thing, pd.Series | pd.Index | np.ndarray | list | tuple) and not isinstance(
        thing, pd.MultiIndex
    ):
        array = thing.to_numpy() if isinstance(thing, pd.Series | pd.Index) else thing
        if not isinstance(array, np.ndarray):
            plain = all(isinstance(x, int | float | np.number) and not isinstance(x, bool) for x in array)
            array = np.array(array, dtype=float) if plain and len(array) else array
        if isinstance(array, np.ndarray):
            if array.dtype.kind in "iufb":
                return {path: _digest(array)}
            if array.dtype.kind == "O" and all(isinstance(x, int | float) or x is pd.NA for x in array.flat):
                return {
                    path: _digest(np.array([np.nan if x is pd.NA else x for x in array.flat], dtype=float))
                }
            return {path: " ".join(map(str, array.ravel()[:40]))}
    if isinstance(thing, pd.MultiIndex):
        return {path: " ".join(map(str, thing[:40]))}
    found: dict[str, Any] = {}
    for name, part in _parts(thing):
        inner = any(word in f"{path}{name}." for word in INNER)
        if not callable(part) and len(path) < 80 and not inner:
            found |= flat(part, path + name)
    return found


def _hints(function: Any) -> dict[str, Any]:
    try:
        return typing.get_type_hints(inspect.unwrap(function))
    except (NameError, TypeError):
        return {}


def _literals(hint: Any) -> list[Any]:
    if typing.get_origin(hint) is typing.Literal:
        return list(typing.get_args(hint))
    return [value for part in typing.get_args(hint) for value in _literals(part)]


def _bent(value: Any) -> Any:
    """Numbers made a little uneven, whole ones kept whole."""
    cells = np.array(value, dtype=float)
    if np.isin(cells[np.isfinite(cells)], (0.0, 1.0)).all():
        return None
    bent = cells * (1.0 + 0.2 * np.cos(3.0 * np.arange(cells.size))).reshape(cells.shape)
    if (cells == np.round(cells)).all():
        bent = np.round(bent)
    if cells.ndim == 1 and (np.diff(cells) > 0).all():
        bent = np.sort(bent)
    return pd.Series(bent, index=value.index, name=value.name) if isinstance(value, pd.Series) else bent


def _rows_of_numbers(value: Any) -> bool:
    return plain_numbers(value) or (is_matrix(value) and np.asarray(value).dtype.kind in "if")


def _weighted(panel: Panel) -> Panel:
    return Panel(
        panel.outcome,
        panel.treatment,
        panel.areas,
        panel.periods,
        weights=1.0 + np.arange(panel.shape[0]) % 3,
    )


def variations(call: Call) -> Iterator[tuple[str, dict[str, Any]]]:
    """The call as it is, then with each option and each table of numbers changed in turn."""
    yield "as it is", {}
    hints = _hints(call.function)
    for name, parameter in call.signature.items():
        value = call.arguments.get(name, parameter.default)
        for other in _literals(hints.get(name)):
            if other != value:
                yield f"{name}={other}", {name: other}
        if isinstance(value, bool):
            yield f"{name}={not value}", {name: not value}
        elif name == "levels":
            yield "levels=0.6, 0.9", {name: (0.6, 0.9)}
            yield "levels=0.6", {name: 0.6}
        elif isinstance(value, float) and parameter.kind is not parameter.VAR_KEYWORD and name != "seed":
            yield f"{name} * 1.3", {name: value * 1.3}
        elif isinstance(value, int) and 0 < value < 50 and name not in ("seed", "draws"):
            yield f"{name} + 1", {name: value + 1}
        elif isinstance(value, Panel):
            made = dict(odd_panels(value, 1)) | {"weights": _weighted(value)}
            yield from ((f"{name}: {what}", {name: made[what]}) for what in PANELS)
        elif isinstance(value, pd.DataFrame) and all(isinstance(c, str) for c in value.columns):
            for column in value.columns:
                if plain_numbers(value[column]) and _bent(value[column]) is not None:
                    yield f"{name}[{column}] bent", {name: value.assign(**{column: _bent(value[column])})}
            yield f"{name} backwards", {name: value.iloc[::-1]}
        elif _rows_of_numbers(value) and _bent(value) is not None:
            yield f"{name} bent", {name: _bent(value)}


def said(call: Call, changed: dict[str, Any]) -> dict[str, Any]:
    """What a call returns, or how it is refused."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            draws = call.arguments.get("draws", getattr(call.signature.get("draws"), "default", 0))
            fewer = {"draws": DRAWS} if isinstance(draws, int) and draws > DRAWS else {}
            try:
                return flat(call(**(fewer | changed)))
            except HealthdevoError:
                return flat(call(**changed))
        except HealthdevoError as refusal:
            return {"refused": str(refusal)}


def _short_enough(function: str, what: str) -> bool:
    return function not in SLOW and (function not in LONG_ONES or ("=" in what and "levels" not in what))


def record_of(family: str, name: str) -> dict[str, dict[str, Any]]:
    """The whole record of one function."""
    call = example_call(family, name)
    return {
        what: said(call, changed)
        for what, changed in variations(call)
        if what == "as it is" or _short_enough(f"{family}.{name}", what)
    }


def file_of(family: str) -> Path:
    """The file that holds the record of a family."""
    return FOLDER / f"{family}.json"


def _plain(value: Any) -> Any:
    if isinstance(value, list):
        return [float(f"{x:.8g}") if np.isfinite(x) else str(x) for x in value]
    return value


def _same(value: Any, was: Any) -> bool:
    if isinstance(value, list) and isinstance(was, list):
        a, b = (np.array([float(x) for x in one]) for one in (value, was))
        if a.shape != b.shape:
            return False
        a, b = (np.where(np.abs(x) > HUGE, np.inf, x) for x in (a, b))
        size = (
            abs(b[2]) + b[3] if b.size == LONG - 1 and b[0] > LONG else 0.0
        )  # a weighted mean may be near nothing
        return bool(
            np.allclose(
                a,
                b,
                rtol=CLOSE,
                atol=1e-6 + 0.1 * CLOSE * (size if np.isfinite(size) else 0.0),
                equal_nan=True,
            )
        )
    if isinstance(value, str) and isinstance(was, str):
        return NOTHING.sub("0", value) == NOTHING.sub("0", was)
    return bool(value == was)


def changed(family: str, name: str) -> str:
    """The first place in which a function's results are not what the record says, in words; empty where they are."""
    with file_of(family).open(encoding="utf-8") as file:
        record = json.load(file)
    if name not in record:
        return f"{family}.{name} is new: python -m tests.kit.record {family}"
    then, now = record[name], record_of(family, name)
    if list(then) != list(now):
        return f"other cases: {sorted(set(then) ^ set(now))}"
    for what, result in now.items():
        expected = {k: v for k, v in (then["as it is"] | then[what]).items() if v != GONE}
        if set(expected) != set(result):
            return f"{what}: other parts: {sorted(set(expected) ^ set(result))[:5]}"
        for path, value in result.items():
            if not _same(value, expected[path]):
                return f"{what}: {path}: {value}, was {expected[path]}"
    return ""


def _written(family: str, whole: dict[str, dict[str, Any]]) -> None:
    lines = ",\n".join(
        f"{json.dumps(name)}: {{\n"
        + ",\n".join(f"  {json.dumps(what)}: {json.dumps(result)}" for what, result in parts.items())
        + "\n}"
        for name, parts in sorted(whole.items())
    )
    part = file_of(family).with_suffix(".part")
    part.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    part.replace(file_of(family))


def main(wanted: list[str]) -> None:
    """Write the record of families, or of single functions (family.function), anew."""
    FOLDER.mkdir(exist_ok=True)
    for one in wanted:
        family, _, only = one.partition(".")
        whole = json.loads(file_of(family).read_text(encoding="utf-8")) if only else {}
        for name in [only] if only else functions(family):
            cases = record_of(family, name)
            base = cases["as it is"]
            whole[name] = {
                what: {
                    path: _plain(v)
                    for path, v in result.items()
                    if what == "as it is" or not _same(v, base.get(path))
                }
                | {path: GONE for path in base if path not in result}
                for what, result in cases.items()
            }
        _written(family, whole)


if __name__ == "__main__":
    main(sys.argv[1:])
