"""Measures against results of other tools: every folder of ``tests/reference`` that has a ``case.toml``, run by this one module.

A new measure needs no new test code. Make a folder with

* ``input.csv`` and ``expected.csv``: the data, and what another tool or a text makes of them;
* ``SOURCE.md``: which tool and version, which call, where the input is from, the tolerance and why;
* ``case.toml``: a ``[[check]]`` for each call.

The keys of a check:

``function``
    Family and function, such as ``"inequality.hoover_index"``.
``columns``
    Argument to column of the input: ``{values = "x", weights = "w"}``. A function of a frame (``frame = true``) gets the whole
    input first, and here the names of its columns.
``options``
    Other arguments, as they are: ``{extended = 3.0, levels = [0.95, 0.998]}``.
``results``
    What is compared to column of the expected table. ``estimate``, ``standard_error``, any other attribute, also of an
    attribute (``relative.estimate``); ``"lower 0.95"`` and ``"upper 0.95"`` for limits; a column's name where the function returns a
    frame; ``values`` where it returns a series.
``rows``
    Which rows of the expected table belong to the call, as values of its columns: ``{measure = "Gini"}``. All when left out.
``label``
    Column (or columns) of the expected table with the labels of the results, whose order then does not matter.
``tolerance``
    Relative, 1e-9 when left out; ``absolute`` adds to it, 1e-13 when left out.
``input``, ``expected``
    Names of the files, where they are not ``input.csv`` and ``expected.csv``.

Where the expected table is empty, the result must be missing too.
"""

import ast
import importlib
import os
import re
import tomllib
from functools import reduce
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

REFERENCE = Path(__file__).parent / "reference"
KEYS = {
    *("function", "columns", "frame", "options", "results", "rows", "label", "tolerance", "absolute"),
    *("input", "expected"),
}


def checks():
    """Every check of every case, named by its folder, function and rows."""
    for path in sorted(REFERENCE.glob("*/case.toml")):
        for check in tomllib.loads(path.read_text(encoding="utf-8"))["check"]:
            rows = ",".join(str(v) for v in check.get("rows", {}).values())
            yield pytest.param(path.parent, check, id=f"{path.parent.name}-{check['function']}-{rows}")


def part_of(result, name):
    """What a name in ``results`` stands for, as an array."""
    kind, _, level = name.partition(" ")
    if kind in ("lower", "upper") and level:
        if hasattr(result, "intervals"):
            return np.array([getattr(result.interval(float(level)), kind)])
        return getattr(result, kind)[:, result.levels.index(float(level))]
    if isinstance(result, pd.DataFrame):
        return result[name].to_numpy()
    if isinstance(result, pd.Series):
        return result.to_numpy()
    return np.atleast_1d(reduce(getattr, name.split("."), result))


def compare(folder, check):
    """Call the function and compare what it returns."""
    assert set(check) <= KEYS, f"{folder.name}: unknown keys {set(check) - KEYS}"
    data = pd.read_csv(folder / check.get("input", "input.csv"))
    expected = pd.read_csv(folder / check.get("expected", "expected.csv"))
    for column, value in check.get("rows", {}).items():
        expected = expected[expected[column] == value]
    assert len(expected), f"{folder.name}: no expected row is {check['rows']}"
    family, name = check["function"].split(".")
    function = getattr(importlib.import_module(f"healthdevo.{family}"), name)
    columns, options = check.get("columns", {}), check.get("options", {})
    if check.get("frame"):
        result = function(data, **columns, **options)
    else:
        result = function(**{argument: data[column] for argument, column in columns.items()}, **options)
    at = slice(None)
    if "label" in check:
        labels = pd.Index(expected[check["label"]]) if isinstance(check["label"], str) else None
        labels = pd.MultiIndex.from_frame(expected[check["label"]]) if labels is None else labels
        at = result.index.get_indexer(labels)
        assert (at >= 0).all(), f"{folder.name}: no result for {labels[at < 0][0]!r}"
    for name, column in check["results"].items():
        found, wanted = part_of(result, name)[at], expected[column].to_numpy()
        if wanted.dtype.kind not in "fiu":
            assert list(found) == list(wanted), name
            continue
        limits = {"rtol": check.get("tolerance", 1e-9), "atol": check.get("absolute", 1e-13)}
        np.testing.assert_allclose(found, wanted, **limits, err_msg=f"{folder.name}: {name}")


@pytest.mark.parametrize(("folder", "check"), list(checks()))
def test_measures_agree_with_the_reference(folder, check):
    compare(folder, check)


def test_every_case_names_its_source():
    for folder in (p for p in REFERENCE.iterdir() if p.is_dir()):
        assert (folder / "SOURCE.md").is_file(), f"{folder.name} does not say where it is from"


def coverage():
    """The table of the README: test to cases."""
    rows = re.findall(
        r"^\| `(tests/.+?)` \|(.*)\|$", (REFERENCE / "README.md").read_text(encoding="utf-8"), re.M
    )
    assert len(rows) > 100
    assert len({test for test, _ in rows}) == len(rows)
    return {test: re.findall(r"`(\w+)`", cases) for test, cases in rows}


def reads_outside(item):
    """Whether a test needs the folder of wider references."""
    marks = [str(mark.kwargs.get("reason", "")) for mark in item.iter_markers("skipif")]
    return "golden" in getattr(item, "fixturenames", ()) or any(
        "HEALTHDEVO_GOLDEN" in reason for reason in marks
    )


def test_the_table_of_covered_tests_names_what_exists(request):
    root = REFERENCE.parents[1]
    functions = {}
    for test, cases in coverage().items():
        path, _, name = test.partition("::")
        if path not in functions:
            tree = ast.parse((root / path).read_text(encoding="utf-8"))
            functions[path] = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
        assert name.partition("[")[0] in functions[path], test
        for case in cases:
            assert (REFERENCE / case / "SOURCE.md").is_file(), f"{test}: there is no case {case}"
    if "HEALTHDEVO_GOLDEN" in os.environ:  # the outside folder adds cases to some tests
        return
    collected = {item.nodeid for item in request.session.items}
    for test in coverage():
        path, _, name = test.partition("::")
        whole = {f"{path}::{f}" for f in functions[path]} <= {c.partition("[")[0] for c in collected} | {
            f"{path}::{f}" for f in functions[path] if not f.startswith("test_")
        }
        assert not whole or test in collected, f"{test} is not a test"


def test_nine_in_ten_of_the_tests_that_are_skipped_are_covered(request):
    table = coverage()
    assert sum(bool(cases) for cases in table.values()) >= 0.9 * len(table)
    known = {test.partition("[")[0] for test in table}
    outside = {item.nodeid for item in request.session.items if reads_outside(item)}
    missing = {test for test in outside if test.partition("[")[0] not in known}
    assert not missing, f"not in the table of the README: {sorted(missing)}"
    if "HEALTHDEVO_GOLDEN" not in os.environ:
        assert outside <= set(table), f"not in the table of the README: {sorted(outside - set(table))}"


def test_a_wrong_value_is_noticed():
    folder = REFERENCE / "crude_rates_random40"
    check = {
        "function": "inequality.crude_rates",
        "columns": {"counts": "num", "population": "den", "index": "area"},
        "options": {"multiplier": 1001},
        "label": "area",
        "results": {"estimate": "value"},
    }
    with pytest.raises(AssertionError, match="estimate"):
        compare(folder, check)
    with pytest.raises(AssertionError, match="unknown keys"):
        compare(folder, check | {"colunms": {}})
