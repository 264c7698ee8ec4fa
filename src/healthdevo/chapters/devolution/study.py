"""The simulation study of the chapter "Devolution": how each design does where the truth is known.

``make study`` runs it and stores the table ``simulation_study`` with the seed and hashes of settings and code. Designs whose settings
and code are those of the stored table are not run again.
"""

from __future__ import annotations

import ast
import hashlib
import importlib
import inspect
import json
from collections.abc import Callable, Collection, Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import GREATER_MANCHESTER
from healthdevo.chapters.devolution.deaths import deaths_world, life_expectancy_panel, simulated_deaths
from healthdevo.chapters.devolution.designs import without_own_trend
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, districts_of
from healthdevo.evaluation import (
    SCENARIOS,
    Effect,
    Panel,
    PlaceboTest,
    RegionalWorld,
    World,
    conditional_placebo_test,
    contiguous_groups,
    difference_in_differences,
    draw_regional_panel,
    event_study,
    generalised_synthetic_control,
    group_time_effects,
    matrix_completion,
    placebo_test,
    pretrend_placebo_test,
    random_groups,
    simulation_study,
    standard_designs,
    synthetic_did,
)
from healthdevo.front_door import front_door
from healthdevo.typing import FloatArray, IntArray

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
    "trends": {
        "world": {
            "areas": 262,
            "periods": 10,
            "treated": 10,
            "start": 5,
            "noise": 11.0,
            "autocorrelation": 0.2,
            "shared": 0.1,
            "level_spread": 35.0,
            "trend_spread": 2.0,
            "candidates": 20,
        },
        "persistence": {
            "earlier trends end": 0.0,
            "half of earlier trends goes on": 0.5,
            "earlier trends go on": 1.0,
        },
        "effects": [0.0, -7.0],
        "repetitions": 200,
        "draws": 299,
    },
    "pre-trends": {
        "world": {"areas": 262, "periods": 10, "start": 5, "noise": 11.0},
        "noise": {
            "independent noise": {},
            "noise that lasts": {"autocorrelation": 0.6},
            "noise that neighbours share": {"shared": 0.5},
            "some areas noisier": {"unequal": 0.5},
        },
        "treated": [1, 2, 10],
        "effects": [0.0, 3.0],
        "repetitions": {"size": 500, "power": 100},
        "draws": 199,
    },
}
"""Size and noise of the panels are those of preventable deaths in 262 districts, 2010 to 2019.

In ``trends`` the treated region is the one of twenty whose deaths fell most before; in ``pre-trends`` the planted effect is a trend a
year, and estimates are slopes.
"""

_EVALUATION = "healthdevo.evaluation."
WORLDS = {
    "panel": (_EVALUATION + "simulation",),
    "deaths": ("healthdevo.chapters.devolution.deaths",),
    "trends": (_EVALUATION + "regional_world",),
    "pre-trends": (_EVALUATION + "regional_world",),
}
"""Modules that draw the panels of each study."""
DESIGNS: Mapping[str, Mapping[str, tuple[str, ...]]] = {
    "panel": {
        "difference-in-differences": ("difference_in_differences",),
        "differences less own trends": ("difference_in_differences",),
        "synthetic control": ("synthetic_control",),
        "synthetic difference-in-differences": ("synthetic_did",),
        "generalised synthetic control": ("generalised_synthetic_control",),
        "generalised synthetic control, rank 1": ("generalised_synthetic_control",),
        "matrix completion": ("matrix_completion",),
    },
    "deaths": {
        "difference-in-differences": ("difference_in_differences",),
        "differences less own trends": ("difference_in_differences",),
        "synthetic difference-in-differences": ("synthetic_did",),
        "generalised synthetic control": ("generalised_synthetic_control",),
    },
    "trends": {
        "difference-in-differences": ("difference_in_differences", "placebo_groups"),
        "differences less own trends": ("difference_in_differences", "placebo_groups"),
        "differences given earlier trend": ("conditional",),
        "differences given earlier trend and level": ("conditional",),
    },
    "pre-trends": {
        "event study": ("event_study",),
        "group-time effects": ("staggered",),
        "slope among blocks": ("pre_trend_placebo",),
        "largest lead among blocks": ("pre_trend_placebo",),
        "Wald among blocks": ("pre_trend_placebo",),
        "slope among random groups": ("pre_trend_placebo",),
    },
}
"""Designs of each study, with the modules of the family that compute them; what these import of the family counts too."""
_PLUMBING = {_EVALUATION + name for name in ("panel", "placebo", "result")}
"""Modules that hold data and results, or only call designs: they are not part of a design's hash."""

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


@lru_cache(maxsize=256)  # many cases share most modules
def _code(module: str) -> list[Any]:
    """Return what the functions and classes of a module do."""
    source = inspect.getsource(importlib.import_module(module))
    return [
        meaning(node) for node in ast.parse(source).body if isinstance(node, (ast.FunctionDef, ast.ClassDef))
    ]


def imported(modules: Collection[str]) -> tuple[str, ...]:
    """Return modules and all of the family that they import, those that only hold data and results left out, in order.

    >>> imported(["healthdevo.evaluation.matrix_completion"])
    ('healthdevo.evaluation.few_areas', 'healthdevo.evaluation.matrix_completion')
    """
    found, todo = set(), list(modules)
    while todo:
        name = todo.pop()
        if name in found or name in _PLUMBING:
            continue
        found.add(name)
        todo.extend(_imports(name))
    return tuple(sorted(found))


@lru_cache(maxsize=256)
def _imports(module: str) -> tuple[str, ...]:
    """Return the modules of the family that a module takes something from."""
    tree = ast.parse(inspect.getsource(importlib.import_module(module)))
    taken = (str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom))
    return tuple(name for name in taken if name.startswith(_EVALUATION))


def _hash(parts: Any) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()[:16]


def case_hash(study: str, design: str) -> str:
    """Return a hash of a study's settings and of the meaning of the code that draws its panels, of one of its designs, and that counts.

    >>> case_hash("panel", "matrix completion") == case_hash("panel", "synthetic control")
    False
    """
    own = [
        ast.parse(inspect.getsource(f)).body[0] for f in (*CALLS[study], own_trend_design, without_own_trend)
    ]
    modules = imported([*WORLDS[study], *(_EVALUATION + name for name in DESIGNS[study][design])])
    return _hash(
        [
            SETTINGS["seed"],
            SETTINGS[study],
            design,
            [meaning(node) for node in own],
            [_code(m) for m in modules],
        ]
    )


def settings_hash() -> str:
    """Return a hash of all settings, and of the meaning of the code of all designs and of what draws panels and counts.

    >>> len(settings_hash())
    16
    """
    return _hash(
        [[study, design, case_hash(study, design)] for study in DESIGNS for design in DESIGNS[study]]
    )


def own_trend_design(panel: Panel) -> Effect:
    """Differences in differences of what remains after each area's own straight line before treatment.

    The interval does not know that the lines were fitted; the study shows what that costs.

    >>> y = np.random.default_rng(0).normal(size=(20, 8))
    >>> panel = Panel(y, np.outer(np.arange(20) < 3, np.arange(8) >= 5), pd.RangeIndex(20), pd.RangeIndex(8))
    >>> own_trend_design(panel).n
    160
    """
    return difference_in_differences(without_own_trend(panel))


def _panel_study(wanted: Collection[str]) -> pd.DataFrame:
    s = SETTINGS["panel"]
    world = World(**s["world"])
    designs = standard_designs(s["draws"])
    designs["differences less own trends"] = lambda panel, seed: own_trend_design(panel)
    designs["matrix completion"] = lambda panel, seed: matrix_completion(panel, draws=12, seed=seed)
    common = {"scenarios": s["scenarios"], "effects": s["effects"], "world": world, "seed": SETTINGS["seed"]}
    slow = {name: f for name, f in designs.items() if name in wanted and name == "matrix completion"}
    fast = {name: f for name, f in designs.items() if name in wanted and name not in slow}
    parts = [
        simulation_study(chosen, repetitions=s[repetitions], **common)
        for chosen, repetitions in ((fast, "repetitions"), (slow, "slow_repetitions"))
        if chosen
    ]
    return pd.concat(parts, ignore_index=True)


def _deaths_study(wanted: Collection[str]) -> pd.DataFrame:
    s = SETTINGS["deaths"]
    world = deaths_world()
    group = districts_of(GREATER_MANCHESTER)
    rows = []
    for place, trend in enumerate(s["trends"]):
        for effect in s["effects"]:
            found: dict[tuple[str, str], list[tuple[float, ...]]] = {}
            for repetition in range(s["repetitions"]):
                rng = np.random.default_rng([SETTINGS["seed"], place, repetition])
                drawn = simulated_deaths(effect, seed=rng, trend=trend, world=world)
                panel, _, _ = life_expectancy_panel(drawn, treated=group, start=HEALTH_DEAL)
                for name, design in _deaths_designs(s["draws"], repetition).items():
                    if name not in wanted:
                        continue
                    result = design(panel)
                    for inference in result.inference:
                        limits = inference.intervals[0]
                        values = (result.estimate, inference.standard_error, limits.lower, limits.upper)
                        found.setdefault((name, inference.method), []).append(values)
            for (name, method), records in found.items():
                rows.append(
                    {"scenario": trend, "effect": effect, "design": name, "interval": method}
                    | _characteristics(np.array(records), effect)
                )
    return pd.DataFrame(rows)


def _deaths_designs(draws: int, seed: int) -> dict[str, Callable[[Panel], Effect]]:
    return {
        "difference-in-differences": difference_in_differences,
        "differences less own trends": own_trend_design,
        "synthetic difference-in-differences": lambda panel: synthetic_did(
            panel, inference=["placebo", "jackknife"], draws=draws, seed=seed
        ),
        "generalised synthetic control": lambda panel: generalised_synthetic_control(
            panel, ranks=(0, 1, 2, 3), inference="parametric", draws=draws, seed=seed
        ),
    }


def _of_test(test: PlaceboTest) -> tuple[float, ...]:
    """Return estimate, standard error, limits and p-value of a test; limits are unknown where it has none."""
    limits = (test.intervals[0].lower, test.intervals[0].upper) if test.intervals else (np.nan, np.nan)
    return test.estimate, test.standard_error, *limits, test.p_absolute


def _trends_study(wanted: Collection[str]) -> pd.DataFrame:
    s = SETTINGS["trends"]
    rows = []
    for place, (scenario, persistence) in enumerate(s["persistence"].items()):
        world = RegionalWorld(**s["world"], persistence=persistence)
        for effect in s["effects"]:
            found: dict[str, list[tuple[float, ...]]] = {}
            for repetition in range(s["repetitions"]):
                rng = np.random.default_rng([SETTINGS["seed"], place, repetition])
                panel = draw_regional_panel(effect, rng, world)
                groups = contiguous_groups(panel, world.adjacency, draws=s["draws"], seed=rng)
                for name, test in _trend_designs(panel, groups).items():
                    if name in wanted:
                        found.setdefault(name, []).append(_of_test(test()))
            for name, records in found.items():
                rows.append(
                    {"scenario": scenario, "effect": effect, "design": name, "interval": "placebo blocks"}
                    | _characteristics(np.array(records), effect)
                )
    return pd.DataFrame(rows)


def _trend_designs(panel: Panel, groups: IntArray) -> dict[str, Callable[[], PlaceboTest]]:
    return {
        "difference-in-differences": lambda: placebo_test(panel, "did", groups=groups),
        "differences less own trends": lambda: placebo_test(without_own_trend(panel), "did", groups=groups),
        "differences given earlier trend": lambda: conditional_placebo_test(panel, groups),
        "differences given earlier trend and level": lambda: conditional_placebo_test(
            panel, groups, given=("trend", "level")
        ),
    }


def _pre_trends_study(wanted: Collection[str]) -> pd.DataFrame:
    s = SETTINGS["pre-trends"]
    rows = []
    for place, (noise, kind) in enumerate(s["noise"].items()):
        for treated in s["treated"]:
            world = RegionalWorld(**s["world"], **kind, treated=treated)
            for trend in s["effects"]:
                found: dict[str, list[tuple[float, ...]]] = {}
                for repetition in range(s["repetitions"]["power" if trend else "size"]):
                    rng = np.random.default_rng([SETTINGS["seed"], place, treated, repetition])
                    panel = draw_regional_panel(0.0, rng, world, trend=trend)
                    for name, values in _pre_trend_tests(panel, world, s["draws"], rng, wanted).items():
                        found.setdefault(name, []).append(values)
                scenario = f"{noise}, {treated} treated"
                for name, records in found.items():
                    rows.append(
                        {"scenario": scenario, "effect": trend, "design": name, "interval": "p-value"}
                        | _characteristics(np.array(records), trend)
                    )
    return pd.DataFrame(rows)


def _pre_trend_tests(
    panel: Panel, world: RegionalWorld, draws: int, rng: np.random.Generator, wanted: Collection[str]
) -> dict[str, tuple[float, ...]]:
    """Return slope, its error and limits, and the p-value of each test; all but those of the slope have only the p-value."""
    anywhere, size = panel.with_treatment({}), panel.n_treated
    blocks = contiguous_groups(anywhere, world.adjacency, size=size, draws=draws, seed=rng)
    scattered = random_groups(anywhere, size=size, draws=draws, seed=rng)
    slope = pretrend_placebo_test(panel, blocks)
    unknown = (slope.estimate, np.nan, np.nan, np.nan)
    tests: dict[str, Callable[[], tuple[float, ...]]] = {
        "event study": lambda: (*unknown, event_study(panel).pretrend_p_value),
        "group-time effects": lambda: (*unknown, group_time_effects(panel).pretrend_p_value),
        "slope among blocks": lambda: _of_test(slope),
        "largest lead among blocks": lambda: (
            *unknown,
            pretrend_placebo_test(panel, blocks, statistic="largest").p_absolute,
        ),
        "Wald among blocks": lambda: (
            *unknown,
            pretrend_placebo_test(panel, blocks, statistic="wald").p_absolute,
        ),
        "slope among random groups": lambda: _of_test(pretrend_placebo_test(panel, scattered)),
    }
    return {name: test() for name, test in tests.items() if name in wanted}


def _characteristics(values: FloatArray, effect: float) -> dict[str, float]:
    """Count what repetitions found: estimate, error, two limits and, in a fifth column, the p-value where a test has one."""
    estimates, errors, lower, upper = values.T[:4]
    n = len(estimates)
    known, p = ~np.isnan(lower), values[:, 4] if values.shape[1] > 4 else np.full(n, np.nan)
    away = (lower > 0) | (upper < 0) if values.shape[1] == 4 else p <= 0.05
    judged = known if values.shape[1] == 4 else ~np.isnan(p)
    bounded = known & np.isfinite(lower) & np.isfinite(upper)
    coverage = _mean(((lower <= effect) & (effect <= upper))[known])
    deviation = float(np.std(estimates, ddof=1))
    return {
        "repetitions": n,
        "mean_estimate": float(estimates.mean()),
        "bias": float(estimates.mean() - effect),
        "sd": deviation,
        "rmse": float(np.sqrt(np.mean((estimates - effect) ** 2))),
        "mean_standard_error": _mean(errors[~np.isnan(errors)]),
        "coverage": coverage,
        "rejection": _mean(away[judged]),
        "mean_length": _mean((upper - lower)[bounded]),
        "unbounded": float((known & ~bounded).mean()),
        "failed": 0.0,
        "bias_error": deviation / float(np.sqrt(n)),
        "coverage_error": float(np.sqrt(coverage * (1.0 - coverage) / max(known.sum(), 1))),
    }


def _mean(values: FloatArray | np.ndarray[Any, np.dtype[np.bool_]]) -> float:
    return float(values.mean()) if len(values) else float("nan")


CALLS: dict[str, tuple[Callable[..., Any], ...]] = {
    "panel": (_panel_study,),
    "deaths": (_deaths_study, _deaths_designs, _characteristics),
    "trends": (_trends_study, _trend_designs, _of_test, _characteristics),
    "pre-trends": (_pre_trends_study, _pre_trend_tests, _of_test, _characteristics),
}
"""What runs each study first, and what it calls here."""


def run(stored: pd.DataFrame | None = None) -> pd.DataFrame:
    """Run the study and return the table, rounded to what its repetitions carry.

    Rows of ``stored`` that come from the same settings and code are kept; only the other designs are run.
    """
    parts = []
    for study, designs in DESIGNS.items():
        hashes = {design: case_hash(study, design) for design in designs}
        if stored is not None and "case_hash" in stored:
            mine = stored[(stored["study"] == study) & (stored["case_hash"] == stored["design"].map(hashes))]
            parts.append(mine.drop(columns=["seed", "settings_hash"]))
            designs = {design: m for design, m in designs.items() if design not in set(mine["design"])}
        if designs:
            found = CALLS[study][0](designs).assign(study=study)
            parts.append(found.assign(case_hash=found["design"].map(hashes)))
    frame = pd.concat(parts, ignore_index=True)
    frame = frame.assign(seed=SETTINGS["seed"], settings_hash=settings_hash())
    columns = tables.describe(TABLE)["column"].tolist()
    numbers = columns[columns.index("mean_estimate") : columns.index("seed")]
    frame[numbers] = frame[numbers].astype(float).round(5) + 0.0
    frame["repetitions"] = frame["repetitions"].astype("int64")
    keys = ["study", "scenario", "effect", "design", "interval"]
    return frame[columns].sort_values(keys, ignore_index=True)


def main() -> None:
    """Run what the stored table lacks of the study, and store the table in the data folder."""
    tables.save(run(tables.load(TABLE)), TABLE)


if __name__ == "__main__":
    main()
