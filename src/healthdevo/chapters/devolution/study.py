"""The simulation study of the chapter "Devolution": how each design does where the truth is known.

``make study`` runs it and stores the table ``simulation_study`` with the seed and a hash of its settings and code.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import json
from typing import Any

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import GREATER_MANCHESTER
from healthdevo.chapters.devolution import deaths
from healthdevo.chapters.devolution.deaths import deaths_world, life_expectancy_panel, simulated_deaths
from healthdevo.chapters.devolution.designs import without_own_trend
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, districts_of
from healthdevo.evaluation import (
    SCENARIOS,
    Effect,
    Panel,
    World,
    difference_in_differences,
    generalised_synthetic_control,
    matrix_completion,
    simulation,
    simulation_study,
    standard_designs,
    synthetic_did,
)
from healthdevo.front_door import front_door
from healthdevo.typing import FloatArray

TABLE = "simulation_study"
SETTINGS: dict[str, Any] = {
    "seed": 20141103,
    "panel": {
        "world": {"areas": 262, "periods": 10, "treated": 10, "start": 5, "noise": 11.0, "spill": 12},
        "scenarios": list(SCENARIOS),
        "effects": [0.0, -7.0],
        "repetitions": 100,
        "draws": 60,
        "slow_repetitions": 12,
    },
    "deaths": {"trends": ["common", "catching up"], "effects": [0.0, 0.2], "repetitions": 60, "draws": 60},
}
"""Size and noise of the panels are those of preventable deaths in 262 districts, 2010 to 2019."""

_DOCUMENTED = (ast.FunctionDef, ast.ClassDef, ast.Module)


def meaning(node: ast.AST) -> list[Any]:
    r"""Return what a piece of code does as nested lists: without docstrings, comments, imports and annotations.

    Unlike ``ast.dump`` it leaves out what is empty, so that it is the same in every version of Python.

    >>> meaning(ast.parse("def f(x: int) -> int: return x  # same")) == meaning(ast.parse("def f(x):\n    'Same.'\n    return x"))
    True
    """
    found: list[Any] = [type(node).__name__]
    for name, value in ast.iter_fields(node):
        if name == "decorator_list":  # a door that only refuses changes no result
            value = [d for d in value if not (isinstance(d, ast.Name) and d.id == front_door.__name__)]
        if name in ("annotation", "returns", "type_params", "ctx") or value is None or value == []:
            continue
        parts = value if isinstance(value, list) else [value]
        if name == "body" and isinstance(node, _DOCUMENTED) and ast.get_docstring(node) is not None:
            parts = parts[1:]
        parts = [p for p in parts if not isinstance(p, (ast.Import, ast.ImportFrom))]
        found.append([name, *(meaning(p) if isinstance(p, ast.AST) else repr(p) for p in parts)])
    return found


def settings_hash() -> str:
    """Return a hash of the settings and of the meaning of the functions and classes that draw panels and count.

    >>> len(settings_hash())
    16
    """
    code = [
        meaning(node)
        for module in (simulation, deaths)
        for node in ast.parse(inspect.getsource(module)).body
        if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    ]
    text = json.dumps([SETTINGS, code], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def own_trend_design(panel: Panel) -> Effect:
    """Differences in differences of what remains after each area's own straight line before treatment.

    The interval does not know that the lines were fitted; the study shows what that costs.

    >>> y = np.random.default_rng(0).normal(size=(20, 8))
    >>> panel = Panel(y, np.outer(np.arange(20) < 3, np.arange(8) >= 5), pd.RangeIndex(20), pd.RangeIndex(8))
    >>> own_trend_design(panel).n
    160
    """
    return difference_in_differences(without_own_trend(panel))


def _panel_study() -> pd.DataFrame:
    s = SETTINGS["panel"]
    world = World(**s["world"])
    designs = standard_designs(s["draws"])
    designs.pop("matrix completion")
    designs["differences less own trends"] = lambda panel, seed: own_trend_design(panel)
    common = {"scenarios": s["scenarios"], "effects": s["effects"], "world": world, "seed": SETTINGS["seed"]}
    fast = simulation_study(designs, repetitions=s["repetitions"], **common)
    slow = simulation_study(
        {"matrix completion": lambda panel, seed: matrix_completion(panel, draws=12, seed=seed)},
        repetitions=s["slow_repetitions"],
        **common,
    )
    return pd.concat([fast, slow], ignore_index=True).assign(study="panel")


def _deaths_study() -> pd.DataFrame:
    s = SETTINGS["deaths"]
    world = deaths_world()
    group = districts_of(GREATER_MANCHESTER)
    rows = []
    for place, trend in enumerate(s["trends"]):
        for effect in s["effects"]:
            found: dict[tuple[str, str], list[tuple[float, float, float, float]]] = {}
            for repetition in range(s["repetitions"]):
                rng = np.random.default_rng([SETTINGS["seed"], place, repetition])
                drawn = simulated_deaths(effect, seed=rng, trend=trend, world=world)
                panel, _, _ = life_expectancy_panel(drawn, treated=group, start=HEALTH_DEAL)
                for name, result in _deaths_designs(panel, s["draws"], repetition).items():
                    for inference in result.inference:
                        limits = inference.intervals[0]
                        found.setdefault((name, inference.method), []).append(
                            (result.estimate, inference.standard_error, limits.lower, limits.upper)
                        )
            for (name, method), values in found.items():
                rows.append(
                    {"scenario": trend, "effect": effect, "design": name, "interval": method}
                    | _characteristics(np.array(values), effect)
                )
    return pd.DataFrame(rows).assign(study="deaths")


def _deaths_designs(panel: Panel, draws: int, seed: int) -> dict[str, Effect]:
    return {
        "difference-in-differences": difference_in_differences(panel),
        "differences less own trends": own_trend_design(panel),
        "synthetic difference-in-differences": synthetic_did(
            panel, inference=["placebo", "jackknife"], draws=draws, seed=seed
        ),
        "generalised synthetic control": generalised_synthetic_control(
            panel, ranks=(0, 1, 2, 3), inference="parametric", draws=draws, seed=seed
        ),
    }


def _characteristics(values: FloatArray, effect: float) -> dict[str, float]:
    estimates, errors, lower, upper = values.T
    n = len(estimates)
    coverage = float(((lower <= effect) & (effect <= upper)).mean())
    deviation = float(np.std(estimates, ddof=1))
    return {
        "repetitions": n,
        "mean_estimate": float(estimates.mean()),
        "bias": float(estimates.mean() - effect),
        "sd": deviation,
        "rmse": float(np.sqrt(np.mean((estimates - effect) ** 2))),
        "mean_standard_error": float(errors.mean()),
        "coverage": coverage,
        "rejection": float(((lower > 0) | (upper < 0)).mean()),
        "mean_length": float((upper - lower).mean()),
        "unbounded": 0.0,
        "failed": 0.0,
        "bias_error": deviation / float(np.sqrt(n)),
        "coverage_error": float(np.sqrt(coverage * (1.0 - coverage) / n)),
    }


def run() -> pd.DataFrame:
    """Run the study and return the table, rounded to what its repetitions carry."""
    frame = pd.concat([_panel_study(), _deaths_study()], ignore_index=True)
    frame = frame.assign(seed=SETTINGS["seed"], settings_hash=settings_hash())
    columns = tables.describe(TABLE)["column"].tolist()
    numbers = columns[columns.index("mean_estimate") : columns.index("seed")]
    frame[numbers] = frame[numbers].astype(float).round(5) + 0.0
    frame["repetitions"] = frame["repetitions"].astype("int64")
    keys = ["study", "scenario", "effect", "design", "interval"]
    return frame[columns].sort_values(keys, ignore_index=True)


def main() -> None:
    """Run the study and store its table in the data folder."""
    tables.save(run(), TABLE)


if __name__ == "__main__":
    main()
