"""The page on coverage: what holds, what falls short, and that it names only what exists."""

import importlib

import numpy as np
import pandas as pd
import pytest
from tests.kit.exports import exported

from healthdevo import tables
from healthdevo.chapters.data import coverage_table, coverage_texts
from healthdevo.chapters.data.coverage import departures


def rows(*coverages, margin=0.01, nominal=0.95):
    return pd.DataFrame(
        {
            "function": [f"series.f{i}" for i in range(len(coverages))],
            "interval": "change",
            "setting": "areas",
            "nominal": nominal,
            "coverage": coverages,
            "replications": 2000,
            "margin": margin,
        }
    )


@pytest.mark.parametrize(
    ("coverage", "margin", "verdict"),
    [
        (0.935, 0.01, "holds"),
        (0.934, 0.01, "short"),
        (0.965, 0.01, "holds"),
        (0.966, 0.01, "wide"),
        (0.925, 0.025, "holds"),
        (0.924, 0.025, "short"),
    ],
)
def test_an_interval_holds_within_the_tolerance_or_the_margin_whichever_is_wider(coverage, margin, verdict):
    assert departures(rows(coverage, margin=margin)).tolist() == [verdict]


def test_the_page_counts_cases_and_names_those_that_fall_short():
    texts = coverage_texts(rows(0.95, 0.90, 0.99, 0.936, 0.88))
    assert "5 intervals of 5 functions were tried, in 5 cases" in texts["coverage_summary"]
    assert "In 2 of 5 the interval holds its level" in texts["coverage_summary"]
    assert (
        "In 1 it is wider than promised, which is safe, and in 2 it falls short." in texts["coverage_summary"]
    )
    assert texts["coverage_short"] == (
        "Falling short in at least one setting, the worst first: "
        "series.f4 (change: 88.0%) and series.f1 (change: 90.0%)."
    )


def test_settings_of_one_interval_are_one_entry_and_another_level_is_said():
    two = rows(0.80, 0.75, nominal=0.9).assign(function="series.f", setting=["few areas", "many areas"])
    assert "series.f (change: 75.0% to 80.0% of 90%)" in coverage_texts(two)["coverage_short"]
    assert "1 interval of 1 function was tried, in 2 cases" in coverage_texts(two)["coverage_summary"]


def test_nothing_short_is_said():
    assert coverage_texts(rows(0.95, 0.99))["coverage_short"] == "None falls short."


def test_the_stored_table_names_only_exported_functions_and_is_sorted():
    stored = tables.load("interval_coverage")
    for function in stored["function"].unique():
        family, name = function.split(".")
        assert name in exported(family)
        assert callable(getattr(importlib.import_module(f"healthdevo.{family}"), name))
    keys = ["function", "interval", "setting"]
    pd.testing.assert_frame_equal(stored, stored.sort_values(keys, ignore_index=True))
    levels = stored["nominal"].to_numpy()
    fewest = levels * (1.0 - levels) * 1.96**2 / stored["replications"]
    assert np.all(stored["margin"] >= np.sqrt(fewest) - 6e-4)


def test_the_table_shows_what_was_promised_and_held():
    shown = coverage_table(rows(0.9512)).shown
    assert shown.iloc[0].tolist() == ["series.f0: change", "areas", "95%", "95.1% ± 1.0", "2,000"]
