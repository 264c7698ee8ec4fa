"""Arguments that read a little differently than written: the right result, or one clear error."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from healthdevo.emergency.four_hour import four_hour_performance
from healthdevo.emergency.growth_accounts import decomposition
from healthdevo.errors import InputError
from healthdevo.series.control_charts import lag_one_autocorrelation, xmr_chart
from healthdevo.series.monthly import monthly_series
from healthdevo.series.reconciliation import reconcile
from healthdevo.series.seasonal_decomposition import seasonal_decomposition
from healthdevo.series.shewhart import p_prime_chart

DATES = pd.date_range("2020-01-01", periods=12, freq="MS")
STEPS = np.arange(12.0)
MONTHS = pd.period_range("2016-01", periods=48, freq="M")
SEASONS = np.arange(48) + 10 * np.sin(np.arange(48) * np.pi / 6) + np.random.default_rng(0).normal(0, 1, 48)


@pytest.mark.parametrize(
    "rebase", ["2020-05-01", DATES[4], dt.date(2020, 5, 1), pd.Period("2020-05"), [DATES[4]] * 2]
)
def test_one_rebase_needs_no_list(rebase):
    groups = xmr_chart(STEPS, DATES, rebase=rebase).table["rebase_group"]
    assert groups.tolist() == [0] * 4 + [1] * 8


def test_no_rebase_and_whole_baselines_as_a_table_gives_them():
    plain = xmr_chart(STEPS, DATES, fix_after_n_points=8).table
    pd.testing.assert_frame_equal(plain, xmr_chart(STEPS, DATES, rebase=None, fix_after_n_points=8.0).table)


def test_dates_with_a_time_zone_are_read_as_local():
    here = DATES.tz_localize("Europe/London")
    chart = xmr_chart(STEPS, here, rebase=["2020-05-01"], target={here[2]: 3.0, "2020-10-01": 9.0})
    plain = xmr_chart(STEPS, DATES, rebase=[here[4]], target={DATES[2]: 3.0, DATES[9]: 9.0})
    pd.testing.assert_frame_equal(chart.table, plain.table)


def test_a_missing_target_ends_the_one_before():
    chart = xmr_chart(STEPS, DATES, target={"2020-03-01": 5, "2020-06-01": None, "2020-11-01": 7})
    np.testing.assert_array_equal(chart.table["target"], [np.nan] * 2 + [5.0] * 3 + [np.nan] * 5 + [7.0] * 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"fix_after_n_points": 2.5}, "whole number"),
        ({"fix_after_n_points": "12"}, "whole number"),
        ({"fix_after_n_points": float("nan")}, "whole number"),
        ({"rebase": [3]}, "not a date"),
        ({"dates": ["2020-01-01", *range(11)]}, "not a date"),
        ({"target": {"2020-03-01": "high"}}, r"target\['2020-03-01'\]: 'high' is not valid"),
        ({"target": {"2020-03-01": np.inf}}, "finite"),
        ({"target": pd.Series([1.0, 2.0], index=[DATES[0], DATES[0]])}, "once"),
    ],
)
def test_charts_refuse_what_they_cannot_read(arguments, message):
    with pytest.raises(InputError, match=message):
        xmr_chart(**({"values": STEPS, "dates": DATES} | arguments))


def test_a_turning_point_is_named_for_the_later_trend_and_a_tie_for_none():
    up, down = list(range(7)), list(range(5, -1, -1))
    rules = xmr_chart([float(v) for v in up + down], screen_outliers=False).table["special_cause_type"]
    trends = rules[rules.str.contains("Trend")]
    assert trends[trends.index < 6].str.contains("Increasing").all()
    assert trends[trends.index >= 6].str.contains("Decreasing").all()
    assert 6 in trends.index or rules[6] == "Above UCL"
    tied = xmr_chart([0.0, 1, 2, 3, 3, 4, 5, 6] * 2, screen_outliers=False).table["special_cause_type"]
    assert not tied.str.contains("Trend").any()


@pytest.mark.parametrize("scale", [1e-150, 1e-8, 1e8, 1e50])
def test_units_change_no_rule(scale):
    y = np.random.default_rng(3).normal(50, 5, 40)
    one, other = xmr_chart(y), xmr_chart(y * scale)
    assert one.table["special_cause_type"].equals(other.table["special_cause_type"])
    assert lag_one_autocorrelation(y * scale) == pytest.approx(lag_one_autocorrelation(y))


def test_loess_takes_dated_points_in_any_order():
    y = pd.Series(SEASONS, MONTHS)
    want = seasonal_decomposition(y)
    for index in (
        MONTHS,
        MONTHS.to_timestamp(),
        MONTHS.to_timestamp() + pd.Timedelta(days=14),
        MONTHS.astype(str),
    ):
        mixed = pd.Series(SEASONS, index).sample(frac=1.0, random_state=1)
        got = seasonal_decomposition(mixed)
        np.testing.assert_array_equal(got.table["seasonal"], want.table["seasonal"])
        assert got.table.index.equals(pd.Index(index))
    days = pd.Series(np.tile(np.arange(5.0), 6), pd.bdate_range("2024-01-01", periods=30))
    assert len(seasonal_decomposition(days, period=5).table) == 30


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (pd.Series(SEASONS, MONTHS).drop(MONTHS[20:22]), "evenly spaced"),
        (pd.Series([*SEASONS, 1.0], [*MONTHS, MONTHS[0]]), "more than once"),
        (pd.Series(SEASONS, [pd.NaT, *MONTHS[1:].to_timestamp()]), "no date"),
        (pd.Series(SEASONS, [f"week {i}" for i in range(48)]), "not a month"),
        (["a"] * 48, "give numbers"),
    ],
)
def test_loess_refuses_gaps_and_repeated_dates(values, message):
    with pytest.raises(InputError, match=message):
        seasonal_decomposition(values)


def test_what_never_varies_has_no_strength():
    flat = seasonal_decomposition([5.1] * 48)
    assert np.isnan([flat.trend_strength, flat.seasonal_strength]).all()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: monthly_series([1.0, 2.0]), "pandas Series"),
        (lambda: decomposition({"a": [1, 2], "b": [1, 2, 3]}, {"a": [1, 2], "b": [1, 2, 3]}), "do not match"),
        (lambda: decomposition({"a": "x", "b": 1}, {"a": 1, "b": 2}), r"first\['a'\]: 'x' is not valid"),
        (lambda: reconcile([["a"]] * 3, [[1, 1], [1, 0], [0, 1]]), "give numbers"),
        (lambda: reconcile([[1.0]] * 3, [[1, 0], [1, 0], [1, 0]]), "told apart"),
        (lambda: reconcile([[1.0]] * 3, [[1, 0], [0, 1], [1, 1]], method="bottom_up"), "last 2 rows"),
        (lambda: p_prime_chart([11, 2], [10, 20]), "11.0 at position 0 exceeds its size 10.0"),
    ],
)
def test_other_functions_refuse_what_they_cannot_read(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_four_hour_counts_must_be_numbers():
    frame = pd.DataFrame({"month": ["2020-01"], "over_4_hours": ["few"], "attendances_4_hour_reporting": [9]})
    with pytest.raises(InputError, match="give numbers"):
        four_hour_performance(frame)
