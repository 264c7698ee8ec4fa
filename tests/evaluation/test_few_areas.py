"""Limits that allow for few areas are those of Welch's test where that is what a design comes to."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from healthdevo.evaluation import (
    Panel,
    generalised_synthetic_control,
    group_time_effects,
    imputation,
    matrix_completion,
)
from healthdevo.evaluation.few_areas import spread_of_groups, stretched_by_few

N, TREATED, T, START = 17, 5, 7, 4


@pytest.fixture(scope="module")
def panel():
    d = np.outer(np.arange(N) < TREATED, np.arange(T) >= START)
    y = np.random.default_rng(5).normal(size=(N, T)) + 2.0 * np.arange(N)[:, None] + d
    return Panel(y, d, pd.RangeIndex(N), pd.RangeIndex(T))


def welch(change, level=0.95):
    test = stats.ttest_ind(change[:TREATED], change[TREATED:], equal_var=False)
    return tuple(test.confidence_interval(level)), float(test.pvalue)


@pytest.mark.parametrize("level", [0.8, 0.95])
def test_one_group_and_period_is_welchs_test_of_two_changes(panel, level):
    effects = group_time_effects(panel, levels=level)
    for k, time in enumerate(effects.times):
        base = START - 1 if time >= START else time - 1
        limits, _ = welch(panel.outcome[:, time] - panel.outcome[:, base], level)
        assert (effects.lower[k, 0], effects.upper[k, 0]) == pytest.approx(limits, abs=1e-9)


def test_the_average_is_welchs_test_of_the_average_change(panel):
    change = panel.outcome[:, START:].mean(axis=1) - panel.outcome[:, START - 1]
    limits, p_value = welch(change)
    effect = group_time_effects(panel).aggregate("dynamic", draws=0)
    assert (effect[0.95].lower, effect[0.95].upper) == pytest.approx(limits, abs=1e-9)
    assert effect.inference[0].p_value == pytest.approx(p_value, abs=1e-9)
    path = effect.path.set_index("relative").loc[0]
    limits, _ = welch(panel.outcome[:, START] - panel.outcome[:, START - 1])
    assert (path["lower"], path["upper"]) == pytest.approx(limits, abs=1e-9)


def test_imputation_is_welchs_test_of_the_change_from_the_mean_before(panel):
    change = panel.outcome[:, START:].mean(axis=1) - panel.outcome[:, :START].mean(axis=1)
    limits, p_value = welch(change)
    effect = imputation(panel)
    assert (effect[0.95].lower, effect[0.95].upper) == pytest.approx(limits, abs=1e-9)
    assert effect.inference[0].p_value == pytest.approx(p_value, abs=1e-9)


def test_simultaneous_limits_hold_the_pointwise_ones(panel):
    path = group_time_effects(panel).aggregate("dynamic").path
    assert (path["lower_simultaneous"] <= path["lower"]).all()
    assert (path["upper_simultaneous"] >= path["upper"]).all()


@pytest.mark.parametrize(
    "design",
    [
        lambda p: generalised_synthetic_control(p, rank=1, ranks=(), inference="units", draws=60),
        lambda p: matrix_completion(p, penalty=0.5, draws=60),
    ],
)
def test_bootstraps_of_areas_are_stretched(panel, design):
    effect = design(panel)
    half = stats.t.ppf(0.975, TREATED - 1) * effect.standard_error * np.sqrt(TREATED / (TREATED - 1))
    assert effect[0.95].upper - effect.estimate == pytest.approx(half, rel=1e-9)


def test_many_areas_need_no_allowance():
    scores = np.random.default_rng(0).normal(size=(4000, 1))
    groups = np.repeat([0, 1], 2000)
    error, degrees = spread_of_groups(scores, groups)
    assert error[0] == pytest.approx(np.sqrt((scores**2).sum()), rel=1e-3)
    assert degrees[0] > 3900
    assert stretched_by_few(1.0, 2000, 3000) == (pytest.approx(1.0, abs=1e-3), 1999.0)


def test_groups_of_one_area_and_no_spread_at_all():
    error, degrees = spread_of_groups(np.array([[3.0], [1.0], [-1.0]]), np.array([0, 1, 1]))
    assert error[0] == pytest.approx(np.sqrt(9.0 + 2.0 * 2.0))
    assert degrees[0] == pytest.approx(13.0**2 / 4.0**2)
    error, degrees = spread_of_groups(np.zeros((3, 1)), np.array([0, 1, 1]))
    assert error[0] == 0.0
    assert np.isinf(degrees[0])
