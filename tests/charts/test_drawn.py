"""What is drawn is what the file for download says, and stays where it was."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

from .pictures import PICTURES, drawn, recorded


@pytest.fixture(scope="module")
def record() -> dict[str, list[str]]:
    return recorded()


def test_every_picture_is_recorded(record: dict[str, list[str]]) -> None:
    assert list(record) == list(PICTURES)


@pytest.mark.parametrize("name", PICTURES)
def test_picture(name: str, record: dict[str, list[str]]) -> None:
    chart, found = drawn(PICTURES[name])
    assert found == record[name]
    missing = sorted(set(NUMBERS.get(name, [])) - set(chart.data))
    assert not missing
    there = numbers("\n".join(found))
    for column in NUMBERS.get(name, []):
        values = chart.data[column].dropna().to_numpy()
        if np.issubdtype(values.dtype, np.datetime64):
            values = (pd.DatetimeIndex(values) - pd.Timestamp("1970-01-01")).days.to_numpy()
        for value in values[np.isfinite(values.astype(float))]:
            assert float(f"{value:.4g}") in there, (column, value)


def numbers(text: str) -> set[float]:
    """Numbers of lines, bars and shapes, apart from those of axes and of texts."""
    kept = [
        line.partition(" | ")[0] for line in text.split("\n") if line.startswith(("line", "patch", "shapes"))
    ]
    return {float(n) for line in kept for n in re.findall(r"-?[0-9.]+(?:e[+-]?[0-9]+)?", line)}


# columns whose numbers are drawn as they are
NUMBERS = {
    "lines": ["year", "rate", "low", "high"],
    "lines in stretches": ["year", "rate"],
    "one line": ["year", "rate", "low", "high"],
    "many lines": ["year", "rate"],
    "lines by month": ["month", "y"],
    "control chart": ["month", "y", "mean", "low", "high", "goal"],
    "effect path": ["year", "effect", "low", "high"],
    "fan": ["month", "y", "trend", "median", "lower_0.5", "upper_0.5", "lower_0.8", "upper_0.8", "lower_0.95", "upper_0.95"],
    "funnel": ["n", "rate", "lo", "hi", "lolo", "hihi"],
    "intervals": ["v", "low", "high"],
    "dots": ["v"],
    "bars": ["v"],
    "bars by group": ["v"],
    "points": ["x", "y"],
    "specification curve": ["position", "b"],
}  # fmt: skip


def test_bars_of_a_waterfall_begin_where_the_last_one_ended() -> None:
    _, found = drawn(PICTURES["waterfall"])
    bars = [numbers(line) for line in found if line.startswith("patch")][:4]
    assert [{0.0, 3.0} <= bars[0], {3.0, 2.0} <= bars[1], {2.0, 7.0} <= bars[2], {0.0, 7.0} <= bars[3]] == [
        True
    ] * 4
