"""What holds for every public function of a family, found by its exports: examples, order of limits, units, order of areas."""

import dataclasses
import doctest
import importlib
import pkgutil
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
from tests.kit.exports import Call, functions
from tests.kit.record import flat

from healthdevo.errors import HealthdevoError
from healthdevo.evaluation import Panel
from healthdevo.results import Estimate, Estimates


def modules(family: str) -> list[str]:
    """Names of the modules of a family."""
    home = importlib.import_module(f"healthdevo.{family}")
    return sorted(info.name for info in pkgutil.iter_modules(home.__path__))


def examples_fail(family: str, module: str) -> str:
    """What the examples of a module print that they should not; empty where all hold. Numbers in them were typed by hand."""
    found = importlib.import_module(f"healthdevo.{family}.{module}")
    told: list[str] = []
    runner = doctest.DocTestRunner(verbose=False, optionflags=doctest.ELLIPSIS)
    for test in doctest.DocTestFinder().find(found):
        runner.run(test, out=told.append)
    return "".join(told)


def estimates_in(thing: Any, depth: int = 0) -> Iterator[Estimate | Estimates]:
    """Every estimate in a result."""
    if isinstance(thing, Estimate | Estimates):
        yield thing
    if depth < 3:
        is_one = dataclasses.is_dataclass(thing) and not isinstance(thing, type)
        parts = [getattr(thing, f.name) for f in dataclasses.fields(thing)] if is_one else ()
        parts = (
            thing.values() if isinstance(thing, dict) else thing if isinstance(thing, list | tuple) else parts
        )
        for part in parts:
            yield from estimates_in(part, depth + 1)


def _limits(one: Estimate | Estimates) -> tuple[np.ndarray, np.ndarray, np.ndarray, tuple[float, ...]]:
    if isinstance(one, Estimates):
        return (
            np.asarray(one.estimate, float),
            np.asarray(one.lower, float),
            np.asarray(one.upper, float),
            one.levels,
        )
    lower, upper = (
        np.array([[getattr(i, side) for i in one.intervals]], float) for side in ("lower", "upper")
    )
    return np.array([one.estimate], float), lower, upper, tuple(i.level for i in one.intervals)


def limits_out_of_order(call: Call) -> str:
    """Where an interval does not hold its estimate, or one of a higher level does not hold one of a lower; empty where all do."""
    options = {"levels": (0.6, 0.9)} if "levels" in call.signature else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            result = call(**options)
        except HealthdevoError:
            result = call()
    for one in estimates_in(result):
        estimate, lower, upper, levels = _limits(one)
        slack = 1e-9 * (1.0 + np.abs(estimate))
        for k, level in enumerate(levels):
            if not lower.size:
                continue
            if (lower[:, k] > upper[:, k]).any():
                return f"{one.measure}: a lower limit above its upper one at {level}"
            if ((estimate < lower[:, k] - slack) | (estimate > upper[:, k] + slack)).any():
                return f"{one.measure}: an estimate outside its limits at {level}"
            for j in range(len(levels)):
                if (
                    levels[j] > level
                    and ((lower[:, j] > lower[:, k] + slack) | (upper[:, j] < upper[:, k] - slack)).any()
                ):
                    return f"{one.measure}: limits at {levels[j]} inside those at {level}"
    return ""


def _panel_argument(call: Call) -> tuple[str, Panel] | None:
    return next(((name, value) for name, value in call.arguments.items() if isinstance(value, Panel)), None)


def takes_panel(family: str) -> list[str]:
    """Functions of a family with a ``Panel`` among the arguments of their example."""
    from tests.kit.exports import example_call

    return [name for name in functions(family) if _panel_argument(example_call(family, name))]


def not_in_the_unit(call: Call, factor: float = 8.0) -> str:
    """A number that neither stays, nor is multiplied by the factor or its square, when outcomes are multiplied by it."""
    given = _panel_argument(call)
    if given is None:
        return ""
    name, panel = given
    moved = Panel(panel.outcome * factor, panel.treatment, panel.areas, panel.periods, weights=panel.weights)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        before, after = flat(call()), flat(call(**{name: moved}))
    for path, value in before.items():
        if not isinstance(value, list) or not isinstance(after.get(path), list) or ".panel" in path:
            continue
        a, b = np.array(value, float), np.array(after[path], float)
        if a.shape != b.shape:
            return f"{path}: {value} became {after[path]}"
        if "information_criterion" in path:  # a logarithm: it moves by a constant
            a, b = a - a.mean(), b - b.mean()
        fits = [
            np.isclose(a * f, b, rtol=1e-4, atol=1e-6, equal_nan=True)
            for f in (1.0, factor, factor**2, 1 / factor)
        ]
        if not np.logical_or.reduce(fits).all():
            return f"{path}: {value} became {after[path]}"
    return ""


def turned(panel: Panel) -> Panel:
    """The same panel with its areas in the opposite order."""
    order = np.arange(panel.shape[0])[::-1]
    return Panel(
        panel.outcome[order],
        panel.treatment[order],
        pd.Index(panel.areas)[order],
        panel.periods,
        weights=panel.weights[order],
    )


def not_the_same_turned(call: Call) -> str:
    """Whether the estimate changes when areas come in the opposite order."""
    given = _panel_argument(call)
    if given is None:
        return ""
    name, panel = given
    one, other = (list(estimates_in(call(**{name: p}))) for p in (panel, turned(panel)))
    for a, b in zip(one, other, strict=True):
        mine, theirs = np.sort(np.atleast_1d(a.estimate)), np.sort(np.atleast_1d(b.estimate))
        if not np.allclose(mine, theirs, rtol=1e-5, atol=1e-7, equal_nan=True):
            return f"{a.measure}: {a.estimate} became {b.estimate}"
    return ""
