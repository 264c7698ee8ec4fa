"""What sentences say about their own intervals is what the table of coverage says."""

import re

import pytest

from healthdevo import inequality, tables
from healthdevo.inequality.measure import LINEARISED
from healthdevo.series.forecasts import HELD

INDICES = (
    "coefficient_of_variation",
    "theil_index",
    "mean_log_deviation",
    "atkinson_index",
    "variance_of_logs",
)
INDICES += ("gini_coefficient", "hoover_index")


@pytest.fixture(scope="module")
def coverage():
    return tables.load("interval_coverage")


def percents(text):
    return [int(x) for x in re.findall(r"(\d+)%", text.replace("95%", ""))]


def test_linearised_limits_of_indices_say_how_far_they_fall_short(coverage):
    rows = coverage[
        coverage["function"].isin([f"inequality.{name}" for name in INDICES])
        & (coverage["interval"] == "linearisation")
    ]
    held = rows.loc[rows["coverage"] < rows["nominal"] - 0.015, "coverage"]
    assert percents(LINEARISED) == [round(100 * held.min()), round(100 * held.max())]


def test_forecasts_say_how_far_they_fall_short(coverage):
    (held,) = coverage.loc[coverage["function"] == "series.forecast", "coverage"]
    assert percents(HELD) == [round(100 * held)]


@pytest.mark.parametrize("name", INDICES)
def test_the_caution_stands_in_the_sentence_where_it_is_needed(name):
    measure = getattr(inequality, name)
    few, many = [1.0, 2.0, 4.0, 3.0], [1.0, 2.0, 4.0, 3.0] * 60
    assert measure(few).sentence.endswith(LINEARISED)
    assert LINEARISED not in measure(many).sentence
    assert LINEARISED not in measure([*many, 1000.0], variance="bootstrap", draws=60).sentence
    assert LINEARISED in measure([*many, 1000.0]).sentence
