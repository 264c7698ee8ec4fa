"""Limits in closed form, against distributions and coverage."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.mathematics.intervals import (
    byar_limits,
    exact_poisson_limits,
    fieller_limits,
    normal_limits,
    normal_quantiles,
    poisson_limits,
    student_limits,
    wilson_limits,
)

GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")
LEVELS = (0.5, 0.95, 0.998)


@pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")
def test_golden_byar_and_wilson():
    expected = pd.read_csv(Path(GOLDEN) / "inequality" / "phe" / "simple" / "byars_wilson_expected.csv")
    for row in expected.to_dict("records"):
        level = float(row["confidence"].rstrip("%")) / 100
        low, high = (
            byar_limits(row["x"], level)
            if row["method"] == "Byars"
            else wilson_limits(row["x"], row["n"], level)
        )
        # where Byar's lower limit would be negative the peer has none and ours is 0
        if np.isnan(row["lowercl"]):
            assert low[0, 0] == 0
        else:
            assert low[0, 0] == pytest.approx(row["lowercl"], rel=1e-7)
        assert high[0, 0] == pytest.approx(row["uppercl"], rel=1e-7)


def test_byar_and_wilson_limits_match_the_formulas(carried):
    for row in carried("rates_drawn", "expected_byar").itertuples():
        low, high = byar_limits(row.x, row.level)
        assert low[0, 0] == pytest.approx(max(row.lower, 0.0), rel=1e-9)
        assert high[0, 0] == pytest.approx(row.upper, rel=1e-9)
    for row in carried("rates_drawn", "expected_wilson").itertuples():
        low, high = wilson_limits(row.x, row.n, row.level)
        np.testing.assert_allclose([low[0, 0], high[0, 0]], [row.lower, row.upper], rtol=1e-9, atol=1e-13)


def test_normal_and_student_limits():
    np.testing.assert_allclose(normal_quantiles(LEVELS), stats.norm.ppf([0.75, 0.975, 0.999]))
    low, high = normal_limits([1.0, 2.0], [0.5, 0.0], LEVELS)
    assert low.shape == high.shape == (2, 3)
    np.testing.assert_allclose(high[0], stats.norm.ppf([0.75, 0.975, 0.999], 1.0, 0.5))
    assert (low[1] == 2.0).all()
    low, high = student_limits([1.0, 1.0], [0.5, 0.5], [4, 0], 0.95)
    assert high[0, 0] == pytest.approx(stats.t.ppf(0.975, 4, 1.0, 0.5))
    assert np.isnan(high[1, 0])


def test_poisson_limits_invert_the_distribution():
    counts = np.array([0, 1, 5, 9, 10, 40])
    low, high = exact_poisson_limits(counts, 0.95)
    np.testing.assert_allclose(stats.poisson.cdf(counts, high[:, 0]), 0.025, rtol=1e-9)
    np.testing.assert_allclose(stats.poisson.sf(counts[1:] - 1, low[1:, 0]), 0.025, rtol=1e-9)
    assert low[0, 0] == 0
    mixed = poisson_limits(counts, 0.95)
    np.testing.assert_array_equal(mixed[0][:4], low[:4])
    np.testing.assert_array_equal(mixed[1][4:], byar_limits(counts[4:], 0.95)[1])
    np.testing.assert_allclose(byar_limits(counts[4:], 0.95)[0], low[4:], rtol=2e-3)
    assert np.isnan(poisson_limits([np.nan, -1.0], 0.95)[1]).all()
    always = poisson_limits(counts, 0.95, exact_below=np.inf)
    np.testing.assert_array_equal(always[1], high)


def test_wilson_limits_invert_the_score_test():
    low, high = wilson_limits([3, 0, 8], [8, 8, 8], 0.95)
    for limit in (low[0, 0], high[0, 0]):
        score = (3 / 8 - limit) / np.sqrt(limit * (1 - limit) / 8)
        assert abs(score) == pytest.approx(stats.norm.ppf(0.975))
    assert low[1, 0] == 0.0
    assert high[2, 0] == 1.0
    assert np.isnan(wilson_limits([0], [0], 0.95)[0]).all()


def test_fieller_limits_invert_the_test_of_the_ratio():
    numerator, denominator, vn, vd, covariance = 6.0, 3.0, 0.25, 0.04, 0.03
    low, high = fieller_limits(numerator, denominator, vn, vd, covariance, LEVELS)
    for j, level in enumerate(LEVELS):
        for t in (low[0, j], high[0, j]):
            z = (numerator - t * denominator) / np.sqrt(vn - 2 * t * covariance + t * t * vd)
            assert abs(z) == pytest.approx(stats.norm.ppf((1 + level) / 2))
    low, high = fieller_limits([1.0, np.nan], [0.1, 1.0], [1.0, 1.0], [1.0, 1.0], [0.0, 0.0], 0.95)
    assert (low[0, 0], high[0, 0]) == (-np.inf, np.inf)
    assert np.isnan(low[1, 0])


@pytest.mark.parametrize("levels", [95, (), (0.9, 0.9), 0.0])
def test_bad_levels_are_refused(levels):
    with pytest.raises(InputError, match="levels"):
        normal_limits(1.0, 1.0, levels)
