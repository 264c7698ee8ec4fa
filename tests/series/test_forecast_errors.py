"""Error measures agree with published values and with each other."""

import numpy as np
import pytest

from healthdevo.errors import InputError
from healthdevo.series.forecast_errors import (
    accuracy,
    coverage,
    interval_score,
    mean_absolute_scaled_error,
    pinball_loss,
    weighted_interval_score,
)


def test_measures_agree_with_published_unit_tests(reference):
    inputs, expected = reference("forecast_error_measures")
    for case, want in expected.groupby("case"):
        rows = inputs[inputs["case"] == case]
        got = accuracy(rows["actual"], rows["forecast"])
        assert len(want) == 6
        for name, value in zip(want["measure"], want["value"], strict=True):
            assert got[name] == pytest.approx(value, rel=1e-6), name


def test_accuracy_of_the_seasonal_naive_forecast(carried):
    rows, expected = carried("forecasts_monthly", "input"), carried("forecasts_monthly", "accuracy")
    for name, n in (("air", 120), ("ed", 97)):
        y = rows.loc[rows["series"] == name, "y"].to_numpy(float)
        h = len(y) - n
        forecast = np.tile(y[n - 12 : n], 2)[:h]
        want = expected[expected["series"] == name].iloc[0]
        got = accuracy(y[n:], forecast, history=y[:n], naive=forecast)
        for ours, theirs in (
            ("me", "ME"),
            ("rmse", "RMSE"),
            ("mae", "MAE"),
            ("mpe", "MPE"),
            ("mape", "MAPE"),
        ):
            assert got[ours] == pytest.approx(want[theirs], rel=1e-8)
        assert got["mase"] == pytest.approx(want["MASE"], rel=1e-8)
        assert got["acf1"] == pytest.approx(want["ACF1"], rel=1e-8)
        assert got["relative_mae"] == pytest.approx(1.0)


def test_excluding_a_pandemic_makes_errors_look_as_large_as_they_are():
    rng = np.random.default_rng(1)
    y = 100 + rng.normal(0, 2, 72)
    y[38:50] -= 50
    shock = np.zeros(72, dtype=bool)
    shock[38:50] = True
    dirty = mean_absolute_scaled_error([102.0], [99.0], y)
    clean = mean_absolute_scaled_error([102.0], [99.0], y, exclude=shock)
    assert clean > 3 * dirty
    table = accuracy([102.0], [99.0], history=y, exclude=shock)
    assert (table["mase"], table["mase_clean"]) == (dirty, clean)


def test_scores_in_closed_form():
    a, q = np.array([3.0, 8.0]), np.array([5.0, 5.0])
    assert pinball_loss(a, q, 0.1) == pytest.approx((0.9 * 2 + 0.1 * 3) / 2)
    assert interval_score([1.0], [2.0], [4.0], 0.9) == pytest.approx(2 + 20)
    both = pinball_loss([6.0], [2.0], 0.05) + pinball_loss([6.0], [4.0], 0.95)
    assert interval_score([6.0], [2.0], [4.0], 0.9) == pytest.approx(both * 2 / 0.1)
    score = weighted_interval_score([6.0], [3.0], {0.9: ([2.0], [4.0]), 0.5: ([2.5], [3.5])})
    hand = (
        0.5 * 3
        + 0.05 * interval_score([6.0], [2.0], [4.0], 0.9)
        + 0.25 * interval_score([6.0], [2.5], [3.5], 0.5)
    ) / 2.5
    assert score == pytest.approx(hand)
    assert coverage([1.0, 2.0, np.nan], [1.0, 3.0, 0.0], [2.0, 4.0, 1.0]) == 0.5


def test_zeros_and_constants_are_handled():
    got = accuracy([0.0, 0.0], [1.0, 0.0])
    assert np.isnan(got["mape"])
    assert got["smape"] == 200.0
    assert np.isnan(accuracy([1.0], [1.0])["acf1"])
    assert np.isnan(mean_absolute_scaled_error([5.0], [5.0], [5.0] * 24))
    assert np.isinf(mean_absolute_scaled_error([6.0], [5.0], [5.0] * 24))


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (accuracy, ([1.0], [1.0, 2.0]), "are needed"),
        (accuracy, ([np.nan], [1.0]), "no period"),
        (accuracy, ([np.inf], [1.0]), "finite"),
        (mean_absolute_scaled_error, ([1.0], [1.0], [1.0] * 12), "too few"),
        (pinball_loss, ([1.0], [1.0], 1.5), "between"),
        (interval_score, ([1.0], [2.0], [1.0], 0.5), "exceeds"),
        (weighted_interval_score, ([1.0], [2.0], {}), "at least one"),
    ],
)
def test_bad_input_is_refused(function, arguments, message):
    with pytest.raises(InputError, match=message):
        function(*arguments)


def test_history_wholly_excluded_is_refused():
    with pytest.raises(InputError, match="not excluded"):
        mean_absolute_scaled_error([1.0], [1.0], np.arange(24.0), exclude=[True] * 24)
    with pytest.raises(InputError, match="exclude: has 1 values"):
        mean_absolute_scaled_error([1.0], [1.0], np.arange(24.0), exclude=[True])


def test_relative_error_compares_the_same_periods():
    assert accuracy([100, 100], [100, 200], naive=[110, np.nan])["relative_mae"] == 0.0
    assert accuracy([100, 100], [105, 200], naive=[110, np.nan])["relative_mae"] == 0.5
