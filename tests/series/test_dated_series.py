"""Series with dates: order, absent months, day-first text, numbers as months, quarters, time zones; and what errors name."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.emergency.four_hour import four_hour_performance
from healthdevo.errors import InputError
from healthdevo.series import (
    accuracy,
    airline_model,
    coverage,
    easter_sunday,
    interrupted_series,
    interval_score,
    mean_absolute_scaled_error,
    month,
    monthly_series,
    p_prime_chart,
    runs_test,
    seasonal_control_chart,
    shewhart_chart,
    stable_shift_chart,
    weighted_interval_score,
    xmr_chart,
)
from healthdevo.series.monthly import in_time

MONTHS = pd.period_range("2020-01", periods=30, freq="M")
VALUES = np.random.default_rng(0).normal(50, 5, 30)


def without(index, place=12):
    return pd.Series(VALUES, index=index).drop(index[place])


@pytest.mark.parametrize(
    "index",
    [
        MONTHS,
        MONTHS.to_timestamp(),
        MONTHS.to_timestamp() + pd.offsets.MonthEnd(0),
        pd.date_range("2020-01-01", periods=30, freq="QS"),
    ],
    ids=["months", "first days", "last days", "quarters"],
)
def test_a_month_without_a_row_is_a_missing_point_on_every_chart(index):
    held = pd.Series(VALUES, index=index)
    held.iloc[12] = np.nan
    want, got = xmr_chart(held).table, xmr_chart(without(index)).table
    pd.testing.assert_frame_equal(got, want)
    for shuffled in (without(index), without(index).sample(frac=1.0, random_state=1)):
        pd.testing.assert_frame_equal(shewhart_chart(shuffled).table, shewhart_chart(held).table)
    pd.testing.assert_frame_equal(
        shewhart_chart(without(index), parts=[20]).table, shewhart_chart(held, parts=[21]).table
    )
    with pytest.raises(InputError, match="values: no row follows"):
        stable_shift_chart(without(index))


def test_dates_without_a_rhythm_of_months_are_only_sorted():
    weeks = pd.date_range("2024-01-01", periods=10, freq="W").delete([3, 4])
    assert in_time(weeks).tolist() == list(range(8))
    incidents = pd.PeriodIndex(["2020-01", "2020-04", "2020-09", "2020-10", "2021-05"], freq="M")
    assert in_time(incidents).tolist() == list(range(5))


def test_screening_is_off_for_shewhart_charts_and_on_for_the_charts_of_the_nhs():
    y = np.r_[10.0, 11, 10, 11, 10, 11, 40, 10, 11, 10, 11, 10]
    moving = np.abs(np.diff(y))
    kept = moving[moving < 3.267 * moving.mean()]
    for screened, ranges in ((False, moving), (True, kept)):
        chart = shewhart_chart(y, screen_outliers=screened).table
        assert (chart["ucl"] - chart["cl"]).iloc[0] == pytest.approx(3 * ranges.mean() / 1.128)
        chart = xmr_chart(y, screen_outliers=screened).table
        assert (chart["upl"] - chart["mean"]).iloc[0] == pytest.approx(2.66 * ranges.mean())
    assert shewhart_chart(y).table.equals(shewhart_chart(y, screen_outliers=False).table)
    assert xmr_chart(y).table.equals(xmr_chart(y, screen_outliers=True).table)
    sizes = np.full(12, 100.0)
    narrow = p_prime_chart(y, sizes, screen_outliers=True).table["ucl"]
    assert (narrow < p_prime_chart(y, sizes).table["ucl"]).all()


def test_the_length_of_a_shift_is_an_option_of_every_chart():
    y = np.r_[np.tile([9.0, 11.0], 6), [12.0, 11.5] * 3, np.tile([9.0, 11.0], 3)]
    short = xmr_chart(y, run_length=6, fix_after_n_points=12).table["special_cause_type"]
    assert short.str.startswith("6 Points Above").sum() >= 6
    assert (
        not xmr_chart(y, run_length=9, fix_after_n_points=12)
        .signals["special_cause_type"]
        .str.contains("Points")
        .any()
    )
    assert runs_test(y, 10.0, run_length=7).signal
    assert not runs_test(y, 10.0, run_length=9).signal
    assert shewhart_chart(y, run_length=7, baseline=12).runs[0].longest_run_max == 6
    assert p_prime_chart(y, np.full(y.size, 50.0), run_length=7).runs[0].longest_run_max == 6
    months = pd.period_range("2015-01", periods=48, freq="M")
    noise = pd.Series(1000.0 * np.exp(np.random.default_rng(1).normal(0, 0.02, 48)), index=months)
    assert len(seasonal_control_chart(noise, run_length=3).signals) > len(
        seasonal_control_chart(noise).signals
    )
    with pytest.raises(InputError, match="run_length"):
        xmr_chart(y, run_length=1)


@pytest.mark.parametrize("text", ["05/01/2024", "Apr-24", "1/2/24"])
def test_text_that_names_no_one_day_is_refused(text):
    with pytest.raises(InputError, match=r"dates: .* in one way"):
        xmr_chart([1.0, 2.0], [text, "2024-02-01"])
    with pytest.raises(InputError, match="rebase"):
        xmr_chart(VALUES, MONTHS, rebase=[text])
    with pytest.raises(InputError, match="not a month"):
        month(text)


def test_a_year_and_month_in_one_number_is_that_month():
    assert str(month(201004)) == str(month("201004")) == str(month(np.int64(201004))) == "2010-04"
    assert str(monthly_series(pd.Series([1.0], index=[202003])).index[0]) == "2020-03"
    for no_month in (2015, "2015", 201513, 20.5, True):
        with pytest.raises(InputError, match="not a month"):
            month(no_month)


def test_periods_longer_than_a_month_are_no_months():
    quarters = pd.Series(np.arange(40.0) + 10, index=pd.period_range("2010Q1", periods=40, freq="Q"))
    with pytest.raises(InputError, match=r"2010Q1 is longer than a month.*number the periods"):
        interrupted_series(quarters, "2015-01")
    with pytest.raises(InputError, match="longer than a month"):
        month(pd.Period("2020", freq="Y"))
    numbered = pd.Series(np.random.default_rng(0).poisson(50, 40), index=range(40))
    assert np.isfinite(interrupted_series(numbered, 20, period=4).level_change.estimate)
    with pytest.raises(InputError, match="number them 0, 1, 2"):
        interrupted_series(quarters.set_axis(quarters.index.to_timestamp()), "2015-01")


def test_summer_months_in_universal_time_are_not_read_a_month_early():
    here = pd.date_range("2020-04-01", periods=6, freq="MS", tz="Europe/London")
    series = pd.Series(np.arange(6.0), index=here)
    assert str(monthly_series(series).index[0]) == "2020-04"
    with pytest.raises(InputError, match="midnight of the next month in London"):
        monthly_series(series.tz_convert("UTC"))
    with pytest.raises(InputError, match="midnight of the next month in London"):
        month(here[0].tz_convert("UTC"))
    winter = pd.Series([1.0, 2.0], index=pd.date_range("2020-01-01", periods=2, freq="MS", tz="UTC"))
    assert str(monthly_series(winter).index[0]) == "2020-01"


def test_forecasts_with_the_same_labels_in_another_order_are_compared_label_by_label():
    actual = pd.Series([1.0, 2.0, 3.0], index=list("abc"))
    assert accuracy(actual, actual[::-1])["mae"] == 0.0
    assert coverage(actual, (actual - 0.1)[::-1], (actual + 0.1)[["b", "a", "c"]]) == 1.0
    with pytest.raises(InputError, match=r"forecast: .* no label 'c'"):
        accuracy(actual, actual.set_axis(list("abd")))


def test_errors_relative_to_the_naive_forecast_take_the_periods_that_all_three_know():
    assert accuracy([100, 100], [100, 200], naive=[110, np.nan])["relative_mae"] == 0.0
    assert accuracy([100, 100], [130, 200], naive=[110, np.nan])["relative_mae"] == 3.0


def test_a_history_with_dates_is_read_in_their_order_with_absent_months_missing():
    history = pd.Series(VALUES, index=MONTHS)
    want = mean_absolute_scaled_error([1.0], [2.0], history.to_numpy())
    assert mean_absolute_scaled_error([1.0], [2.0], history.sample(frac=1.0, random_state=3)) == want
    gap = history.copy()
    gap.iloc[5] = np.nan
    assert mean_absolute_scaled_error([1.0], [2.0], history.drop(MONTHS[5])) == mean_absolute_scaled_error(
        [1.0], [2.0], gap
    )


def test_infinite_limits_are_refused_and_not_left_out():
    for function in (coverage, lambda *a: interval_score(*a, 0.8)):
        with pytest.raises(InputError, match="upper: row 1 is inf"):
            function([1.0, 5.0], [0.0, 0.0], [2.0, np.inf])


def test_the_weighted_score_takes_the_same_periods_for_the_median_and_every_interval():
    limits = {0.8: ([8.0, 0.0], [12.0, 1.0])}
    both = weighted_interval_score([10.0, 50.0], [9.0, np.nan], limits)
    assert both == pytest.approx(weighted_interval_score([10.0], [9.0], {0.8: ([8.0], [12.0])}))


def test_the_airline_model_forecasts_only_from_months_that_determine_it():
    rng = np.random.default_rng(0)
    months = pd.period_range("2010-01", periods=60, freq="M")
    model = airline_model(pd.Series(np.exp(rng.normal(5, 0.02, 60)), index=months), careful=False)
    for end in (months[4], months[11]):
        with pytest.raises(InputError, match=r"end: .* do not determine"):
            model.forecast(2, end=end)
    assert np.isfinite(model.forecast(2, end=months[12]).spread).all()
    with pytest.raises(InputError, match="horizon"):
        model.forecast(0)


@pytest.mark.parametrize(("zero", "side"), [(slice(0, 30), "before"), (slice(30, 60), "from")])
def test_counts_that_are_all_zero_on_one_side_have_no_finite_change(zero, side):
    y = np.random.default_rng(0).poisson(20, 60).astype(float)
    y[zero] = 0.0
    series = pd.Series(y, index=pd.period_range("2010-01", periods=60, freq="M"))
    with pytest.raises(InputError, match=f"outcome: all counts {side} the interruption are 0"):
        interrupted_series(series, "2012-07")
    assert np.isfinite(interrupted_series(series, "2012-07", model="ols").level_change.estimate)


def test_a_covariate_cannot_take_the_place_of_a_term_of_the_model():
    y = pd.Series(
        np.random.default_rng(0).poisson(20, 60), index=pd.period_range("2010-01", periods=60, freq="M")
    )
    with pytest.raises(InputError, match="covariates: 'time' is a term of the model"):
        interrupted_series(y, "2012-07", covariates=pd.DataFrame({"time": range(60)}, index=y.index))


@pytest.mark.parametrize(
    ("known", "words"), [(1, "the only month of"), (6, "the 6 of"), (12, "the latest year")]
)
def test_the_sentence_says_how_many_months_of_the_latest_year_have_figures(known, words):
    months = pd.period_range("2020-04", periods=48, freq="M")
    size = np.full(48, 1000.0)
    size[36 : 48 - known] = np.nan
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {"month": months, "attendances_4_hour_reporting": size, "over_4_hours": rng.integers(200, 300, 48)}
    )
    assert f"within four hours in {words}" in four_hour_performance(frame).sentence


def test_the_last_harmonic_of_the_year_is_a_cosine():
    y = pd.Series(
        np.random.default_rng(0).poisson(50, 72), index=pd.period_range("2010-01", periods=72, freq="M")
    )
    fit = interrupted_series(y, "2013-07", seasons=6).coefficients
    assert "cosine 6" in fit.index
    assert "sine 6" not in fit.index
    assert fit["standard_error"].lt(1.0).all()
    months = interrupted_series(y, "2013-07", seasons="months").level_change
    assert fit.loc["level change", "estimate"] == pytest.approx(months.estimate, rel=1e-6)


def test_easter_is_known_for_the_years_of_the_calendar():
    assert easter_sunday(9999).year == 9999
    for year in (0, -1, 1582, 10_000):
        with pytest.raises(InputError, match="year"):
            easter_sunday(year)
