"""The growth interval of the structural trend holds its level where the level wanders, and says so where it does not."""

import numpy as np
import pandas as pd
import pytest
from benchmarks.coverage_series import growth
from scipy import stats

from healthdevo.series.structural_trend import degrees_of_freedom, regressors, structural_trend

MONTHS = pd.period_range("2014-04", periods=96, freq="M")


@pytest.mark.parametrize("ratio", [0.2, 0.35, 0.5, 0.7, 1.0, 1.5])
def test_growth_covers_within_a_point_and_a_half_where_levels_wander_as_those_of_areas_do(ratio):
    ((_, level, covered, replications),) = growth(ratio)
    assert covered / replications == pytest.approx(level, abs=0.015)


def test_growth_of_a_level_that_stands_still_is_too_wide_rather_than_too_narrow():
    ((_, _, covered, replications),) = growth(0.0)
    assert covered / replications > 0.98


def test_the_closed_form_is_what_the_function_does():
    rng = np.random.default_rng(0)
    logs = 7.0 + np.cumsum(rng.normal(0.002, 0.01, 96)) + rng.normal(0.0, 0.02, 96)
    result = structural_trend(pd.Series(np.exp(logs) * MONTHS.days_in_month, index=MONTHS), leave_out=None)
    x = np.column_stack(list(regressors(MONTHS, (), 4).values()))
    design = np.column_stack([np.ones(96), np.arange(96), x])
    noise, step = result.irregular_deviation**2, result.level_deviation**2
    walk = np.minimum.outer(np.arange(96), np.arange(96)).astype(float)
    inverse = np.linalg.inv(noise * np.eye(96) + step * walk)
    covariance = np.linalg.inv(design.T @ inverse @ design)
    drift = (covariance @ design.T @ inverse @ (100.0 * logs))[1]
    df = degrees_of_freedom(np.ones(96, dtype=bool), x, np.array([noise, step]))[0]
    reach = stats.t.isf(0.025, df) * np.sqrt(covariance[1, 1])
    want = 100.0 * np.expm1(0.12 * (drift + np.array([-reach, reach])))
    interval = result.growth.interval()
    np.testing.assert_allclose([interval.lower, interval.upper], want, rtol=2e-3)
    assert 5.0 <= df < 84.0


def test_the_sentence_says_when_the_interval_is_wider_than_it_need_be():
    rng = np.random.default_rng(1)
    still = np.exp(7.0 + 0.002 * np.arange(96) + rng.normal(0.0, 0.02, 96)) * MONTHS.days_in_month
    assert "on the wide side" in structural_trend(pd.Series(still, index=MONTHS), leave_out=None).sentence
    moving = still * np.exp(np.cumsum(rng.normal(0.0, 0.03, 96)))
    assert (
        "on the wide side" not in structural_trend(pd.Series(moving, index=MONTHS), leave_out=None).sentence
    )
