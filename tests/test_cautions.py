"""What sentences say about their own intervals is what the table of coverage says."""

import re

import numpy as np
import pandas as pd
import pytest

from healthdevo import evaluation, inequality, regression, tables
from healthdevo.chapters.data.coverage import departures
from healthdevo.evaluation.panel_regression import FEW_CLUSTERS
from healthdevo.evaluation.placebo import FEW_UNTREATED
from healthdevo.evaluation.staggered import FEW_AT_ONCE, FEW_IN_A_GROUP
from healthdevo.evaluation.synthetic_did_draws import FEW_RESAMPLED
from healthdevo.inequality.concentration import FEW_UNITS
from healthdevo.inequality.measure import LINEARISED, RESAMPLED
from healthdevo.inequality.nested_split import FEW_PEOPLE
from healthdevo.regression import panel_errors
from healthdevo.regression.instruments import HELD as HELD_BY_INSTRUMENTS
from healthdevo.series.forecasts import HELD as HELD_BY_FORECASTS

INDICES = (
    "coefficient_of_variation",
    "theil_index",
    "mean_log_deviation",
    "atkinson_index",
    "variance_of_logs",
)
INDICES += ("gini_coefficient", "hoover_index")
OF_INDICES = tuple(f"inequality.{name}" for name in INDICES)

SHORT = {
    LINEARISED: (OF_INDICES, "linearisation", ""),
    RESAMPLED: (OF_INDICES, "percentile bootstrap", ""),
    FEW_UNITS: (("inequality.concentration_index",), "influence", "30 units"),
    FEW_PEOPLE: (("inequality.nested_decomposition",), "share within areas", "240 people"),
    FEW_CLUSTERS: (("evaluation.difference_in_differences", "evaluation.event_study"), "", ""),
    FEW_IN_A_GROUP: (
        ("evaluation.group_time_effects", "evaluation.imputation"),
        "one group|average|effect",
        "",
    ),
    FEW_AT_ONCE: (("evaluation.group_time_effects",), "all periods at once", ""),
    FEW_UNTREATED: (("evaluation.placebo_test",), "effect, permutation", "of which 3 treated"),
    HELD_BY_INSTRUMENTS: (("regression.instrument",), "2SLS", ""),
    panel_errors.FEW_CLUSTERS: (("regression.panel",), "clustered errors", "9 areas"),
    panel_errors.FEW_YEARS: (("regression.panel",), "driscoll-kraay", ""),
    HELD_BY_FORECASTS: (("series.forecast",), "each of", ""),
}
"""For each caution the functions, and patterns of the intervals and settings, whose shortfall it states."""


@pytest.fixture(scope="module")
def coverage():
    return tables.load("interval_coverage")


def percents(text):
    return [int(x) for x in re.findall(r"(\d+)%", re.sub(r"95%|held it in \d+%", "", text))]


def rows_of(coverage, functions, interval, setting):
    return coverage[
        coverage["function"].isin(functions)
        & coverage["interval"].str.contains(interval)
        & coverage["setting"].str.contains(setting)
    ]


@pytest.mark.parametrize("caution", SHORT, ids=lambda text: text[:40])
def test_a_caution_says_how_far_intervals_fall_short(coverage, caution):
    rows = rows_of(coverage, *SHORT[caution])
    held = rows.loc[rows["coverage"] < rows["nominal"] - 0.015, "coverage"]
    assert percents(caution) == sorted({round(100 * held.min()), round(100 * held.max())})


def test_every_interval_that_falls_short_has_a_caution(coverage):
    short = coverage[departures(coverage) == "short"]
    said = pd.concat([rows_of(coverage, *case) for case in SHORT.values()]).index
    silent = short[~short.index.isin(said)]
    assert silent.empty, silent[["function", "interval", "setting"]].to_string()


def test_the_caution_of_resampled_synthetic_did_is_in_the_table(coverage):
    rows = rows_of(coverage, ("evaluation.synthetic_did",), "bootstrap|jackknife", "of which 6 treated")
    assert percents(FEW_RESAMPLED) == sorted({round(100 * x) for x in rows["coverage"]})


def test_the_robust_set_of_instruments_holds_what_the_caution_says(coverage):
    rows = rows_of(coverage, ("regression.anderson_rubin_set",), "", "")
    assert {round(100 * x) for x in rows["coverage"]} == {94}
    assert "held it in 94%" in HELD_BY_INSTRUMENTS


@pytest.mark.parametrize("name", INDICES)
def test_the_caution_stands_in_the_sentence_where_it_is_needed(name):
    measure = getattr(inequality, name)
    few, many = [1.0, 2.0, 4.0, 3.0], [1.0, 2.0, 4.0, 3.0] * 60
    assert measure(few).sentence.endswith(LINEARISED)
    assert LINEARISED not in measure(many).sentence
    assert RESAMPLED in measure([*many, 1000.0], variance="bootstrap", draws=60).sentence
    assert RESAMPLED not in measure(many, variance="bootstrap", draws=60).sentence
    assert LINEARISED in measure([*many, 1000.0]).sentence


def test_several_indices_together_say_the_caution_once():
    frame = pd.DataFrame({"area": list("aabb"), "x": [1.0, 2.0, 3.0, 5.0]})
    found = inequality.dispersion_by(frame, "x", "area", measure="Gini coefficient")
    assert found.sentence.count(LINEARISED) == 1
    assert found["a"].caution == LINEARISED


def test_concentration_and_decomposition_say_it_for_few():
    rank = np.arange(40.0)
    outcome = 2.0 + rank % 7
    few = inequality.concentration_index(outcome[:30], rank[:30], variance="influence")
    assert few.sentence.endswith(FEW_UNITS)
    assert not inequality.concentration_index(outcome[:30], rank[:30]).caution
    many = inequality.concentration_index(np.tile(outcome, 3), np.arange(120.0), variance="influence")
    assert not many.caution
    nesting = pd.DataFrame({"region": np.repeat([1, 2], 20), "area": np.repeat([1, 2, 3, 4], 10)})
    split = inequality.nested_decomposition(outcome, nesting)
    assert split.sentence.endswith(FEW_PEOPLE)
    assert split.shares["within area"].caution == FEW_PEOPLE
    whole = inequality.nested_decomposition(np.tile(outcome, 25), pd.concat([nesting] * 25))
    assert not whole.shares.caution


def world(n, treated, t=6, start=4):
    rng = np.random.default_rng(n + treated)
    d = np.outer(np.arange(n) < treated, np.arange(t) >= start)
    return evaluation.Panel(rng.normal(size=(n, t)) + d, d, pd.RangeIndex(n), pd.RangeIndex(t))


@pytest.mark.parametrize(
    ("design", "caution", "few", "many"),
    [
        (evaluation.difference_in_differences, FEW_CLUSTERS, (30, 6), (60, 25)),
        (evaluation.event_study, FEW_CLUSTERS, (30, 6), (60, 25)),
        (evaluation.imputation, FEW_IN_A_GROUP, (30, 2), (30, 6)),
        (evaluation.group_time_effects, FEW_IN_A_GROUP, (30, 2), (30, 6)),
        (lambda p: evaluation.group_time_effects(p).aggregate("simple"), FEW_IN_A_GROUP, (30, 2), (30, 6)),
        (lambda p: evaluation.group_time_effects(p).aggregate("dynamic"), FEW_AT_ONCE, (30, 6), (60, 25)),
        (lambda p: evaluation.placebo_test(p, "did", draws=39), FEW_UNTREATED, (30, 3), (120, 3)),
        (
            lambda p: evaluation.synthetic_did(p, inference="jackknife"),
            FEW_RESAMPLED,
            (24, 6),
            (60, 25),
        ),
    ],
)
def test_effects_from_few_areas_say_it(design, caution, few, many):
    assert design(world(*few)).sentence.endswith(caution)
    assert not design(world(*many)).caution


def test_methods_of_inference_keep_their_own_cautions():
    effect = evaluation.synthetic_did(world(24, 6), inference=["placebo", "jackknife"], draws=20)
    assert not effect.caution
    assert effect.by("jackknife").caution == FEW_RESAMPLED
    assert set(effect.intervals_frame()["caution"]) == {"", FEW_RESAMPLED}
    test = evaluation.placebo_test(world(30, 3), "did", draws=39)
    assert test.as_inference().caution == FEW_UNTREATED


def frame_of(areas, years):
    rng = np.random.default_rng(areas * years)
    frame = pd.DataFrame([(a, t) for a in range(areas) for t in range(years)], columns=["area", "year"])
    return frame.assign(x=rng.normal(size=len(frame)), y=rng.normal(size=len(frame)))


def test_panel_regressions_say_it_for_few_clusters_or_years():
    def fit(areas, years, errors):
        return regression.panel(frame_of(areas, years), outcome="y", regressors="x", errors=errors)

    few = fit(9, 8, "clustered")
    assert few.sentence.endswith(panel_errors.FEW_CLUSTERS)
    assert few["x"].sentence.endswith(panel_errors.FEW_CLUSTERS)
    assert not fit(9, 8, "CR2").caution
    assert not fit(30, 8, "clustered").caution
    assert fit(30, 8, "driscoll-kraay").sentence.endswith(panel_errors.FEW_YEARS)
    assert not fit(5, 40, "driscoll-kraay").caution


def test_two_stage_least_squares_says_it():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"z": rng.normal(size=200), "u": rng.normal(size=200)})
    frame = frame.assign(x=frame["z"] + frame["u"], y=frame["u"])

    def fit(**more):
        return regression.instrument(frame, outcome="y", endogenous="x", instruments="z", **more)

    assert fit().sentence.endswith(HELD_BY_INSTRUMENTS)
    assert fit()["x"].caution == HELD_BY_INSTRUMENTS
    assert not fit()["const"].caution
    assert not fit(errors="classic").caution
