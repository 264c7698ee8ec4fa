"""Forecast errors, sums and months by hand, at the edges of what is valid, and which number a message names."""

import math

import numpy as np
import pandas as pd
import pytest
from tests.kit.refusing import refused

from healthdevo.series import (
    accuracy,
    coverage,
    gaps,
    interval_score,
    lag_one_autocorrelation,
    mean_absolute_scaled_error,
    month,
    monthly_index,
    monthly_series,
    pinball_loss,
    reconcile,
    stable_shift_chart,
    summing_matrix,
    weighted_interval_score,
    xmr_chart,
)
from healthdevo.series.forecast_errors import root_mean_square
from healthdevo.series.monthly import day, in_time


def test_measures_of_error_by_hand():
    found = accuracy([2.0, 4.0, 0.0, 5.0], [1.0, 6.0, 1.0, 5.0])
    e = np.array([1.0, -2.0, -1.0, 0.0])
    assert found["me"] == -0.5
    assert found["mae"] == 1.0
    assert found["mse"] == 1.5
    assert found["rmse"] == pytest.approx(math.sqrt(1.5))
    assert found["mpe"] == pytest.approx(100 * (0.5 - 0.5 + 0.0) / 3), (
        "where nothing happened there is no share"
    )
    assert found["mape"] == pytest.approx(100 * (0.5 + 0.5 + 0.0) / 3)
    assert found["smape"] == pytest.approx(100 * (2 / 3 + 4 / 10 + 2.0 + 0.0) / 4)
    c = e - e.mean()
    assert found["acf1"] == pytest.approx((c[1:] * c[:-1]).sum() / (c**2).sum())
    assert accuracy([0.0, 2.0], [0.0, 2.0])["smape"] == 0.0, (
        "nothing forecast and nothing seen counts for neither"
    )
    assert math.isnan(accuracy([3.0, 3.0], [1.0, 1.0])["acf1"])
    assert math.isnan(accuracy([0.0], [1.0])["mape"])
    with_naive = accuracy([2.0, 4.0], [1.0, 6.0], naive=[2.0, 3.0])
    assert with_naive["relative_mae"] == 3.0
    assert math.isnan(accuracy([2.0, 4.0], [1.0, 6.0], naive=[2.0, 4.0])["relative_mae"])
    assert accuracy([2.0, np.nan], [1.0, 6.0])["mae"] == 1.0
    refused(
        lambda: accuracy([np.nan, 1.0], [1.0, np.nan]), "actual, forecast: no period is known in all of them"
    )
    assert root_mean_square(np.array([3e200, 4e200])) == pytest.approx(math.sqrt(12.5) * 1e200)


def test_errors_scaled_by_a_naive_forecast():
    history = [1.0, 5.0, 2.0, 9.0, 4.0]
    # two back: 1, 4, 2
    assert mean_absolute_scaled_error([3.0, 5.0], [1.0, 5.0], history, period=2) == pytest.approx(
        1.0 / (7 / 3)
    )
    assert mean_absolute_scaled_error([3.0], [1.0], history, period=4) == pytest.approx(2 / 3)
    assert mean_absolute_scaled_error([3.0], [1.0], history, period=1) == pytest.approx(
        2 / ((4 + 3 + 7 + 5) / 4)
    )
    without = mean_absolute_scaled_error([3.0], [1.0], history, period=2, exclude=[0, 0, 0, 1, 0])
    assert without == pytest.approx(2 / 1.5)
    flat = [2.0, 2.0, 2.0]
    assert mean_absolute_scaled_error([3.0], [1.0], flat, period=1) == math.inf
    assert math.isnan(mean_absolute_scaled_error([3.0], [3.0], flat, period=1))
    refused(
        lambda: mean_absolute_scaled_error([3.0], [1.0], history, period=5),
        "5 periods are too few for a naive forecast 5",
    )
    refused(lambda: mean_absolute_scaled_error([3.0], [1.0], history, period=0), "period: 0")
    refused(
        lambda: mean_absolute_scaled_error([3.0], [1.0], history, period=4, exclude=[1, 0, 0, 0, 0]),
        "no two periods",
    )
    refused(
        lambda: mean_absolute_scaled_error([3.0], [1.0], history, period=4, exclude=[0, 2, 3, 0, 0]),
        "exclude: 2 is not valid",
    )
    year = pd.Series(np.arange(13.0), pd.period_range("2020-01", periods=13, freq="M"))
    assert mean_absolute_scaled_error([6.0], [0.0], year) == 0.5, "twelve months back unless told"
    both = accuracy([3.0], [1.0], history=history, period=2, exclude=[False, False, False, True, False])
    assert both[["mase", "mase_clean"]].tolist() == pytest.approx([2 / (7 / 3), 2 / 1.5])
    late = pd.Series(history, pd.period_range("2020-01", periods=5, freq="M"))
    assert mean_absolute_scaled_error([3.0], [1.0], late.iloc[::-1], period=1) == pytest.approx(2 / (19 / 4))
    gap = late.drop(pd.Period("2020-03", "M"))
    assert mean_absolute_scaled_error([3.0], [1.0], gap, period=1) == pytest.approx(2 / ((4 + 5) / 2))


def test_scores_of_intervals_by_hand():
    assert pinball_loss([3.0, 1.0], [2.0, 2.0], 0.9) == pytest.approx((0.9 + 0.1) / 2)
    assert pinball_loss([3.0], [2.0], 0.1) == pytest.approx(0.1)
    for p in (0.0, 1.0):
        refused(lambda p=p: pinball_loss([1.0], [1.0], p), f"probability: {p}")
    actual, lower, upper = [1.0, 5.0, 9.0], [2.0, 4.0, 4.0], [4.0, 6.0, 8.0]
    # widths 2, 2, 4; one below by 1, one above by 1; 2 / 0.2 = 10 for each
    assert interval_score(actual, lower, upper, 0.8) == pytest.approx((8 + 20) / 3)
    assert interval_score([2.0, 4.0], [2.0, 2.0], [4.0, 4.0], 0.8) == 2.0, "limits are inside"
    assert interval_score([2.0], [2.0], [2.0], 0.8) == 0.0
    refused(lambda: interval_score([1.0], [3.0], [2.0], 0.8), "lower: exceeds")
    assert coverage([2.0, 4.0, 5.0], [2.0, 2.0, 2.0], [4.0, 4.0, 4.0]) == pytest.approx(2 / 3)
    both = {0.8: (lower, upper), 0.5: ([4.0, 4.0, 4.0], [5.0, 5.0, 5.0])}
    fifty = (3 * 1 + 2 / 0.5 * (3 + 0 + 4)) / 3
    want = (0.5 * np.mean(np.abs(np.array(actual) - 4.5)) + 0.1 * (28 / 3) + 0.25 * fifty) / 2.5
    assert weighted_interval_score(actual, [4.5] * 3, both) == pytest.approx(want)
    assert weighted_interval_score([2.0], [2.0], {0.8: ([2.0], [2.0])}) == 0.0
    refused(lambda: weighted_interval_score([1.0], [1.0], {}), "intervals: give at least one")
    refused(
        lambda: weighted_interval_score([1.0], [1.0], {0.8: ([3.0], [2.0])}), "intervals[0.8]: a lower limit"
    )


def test_reconciled_forecasts_by_their_normal_equations():
    summing = summing_matrix({"a": "R", "b": "R", "c": "S"})
    assert summing.index.tolist() == ["England", "R", "S", "a", "b", "c"]
    assert summing.to_numpy().tolist() == [[1, 1, 1], [1, 1, 0], [0, 0, 1], [1, 0, 0], [0, 1, 0], [0, 0, 1]]
    y = pd.DataFrame({"next": [100.0, 50.0, 45.0, 20.0, 35.0, 40.0]}, index=summing.index)
    rng = np.random.default_rng(1)
    residuals = pd.DataFrame(rng.normal(0, [[3], [2], [2], [1], [1], [1]], (6, 9)), index=summing.index)
    S, e = summing.to_numpy(), residuals.to_numpy()
    centred = e - e.mean(axis=1, keepdims=True)
    covariance = centred @ centred.T / 9
    z = centred / np.sqrt(np.diag(covariance))[:, None]
    r = z @ z.T / 9
    pairs = [(i, j) for i in range(6) for j in range(6) if i != j]
    noise = sum(np.sum((z[i] * z[j] - r[i, j]) ** 2) / (9 * 8) for i, j in pairs)
    shrink = min(1.0, noise / sum(r[i, j] ** 2 for i, j in pairs))
    assert 0 < shrink < 1
    shrunk = np.where(np.eye(6, dtype=bool), covariance, (1 - shrink) * covariance)
    for method, W in (
        ("ols", np.eye(6)), ("wls_struct", np.diag([3.0, 2, 1, 1, 1, 1])), ("wls_var", np.diag((e**2).mean(axis=1))), ("mint_shrink", shrunk),
    ):  # fmt: skip
        inverse = np.linalg.inv(W)
        want = S @ np.linalg.inv(S.T @ inverse @ S) @ S.T @ inverse @ y.to_numpy()
        found = reconcile(y, summing, method=method, residuals=residuals)
        np.testing.assert_allclose(found.to_numpy(), want, err_msg=method)
        assert found.columns.tolist() == ["next"]
    assert reconcile(y, summing, method="bottom_up")["next"].tolist() == [95.0, 55.0, 40.0, 20.0, 35.0, 40.0]
    np.testing.assert_allclose(reconcile(y, summing), reconcile(y, summing, method="wls_struct"))
    refused(
        lambda: reconcile(y, summing, method="wls_var", residuals=residuals.iloc[:, :2]),
        "fewer than 3 periods",
    )
    assert reconcile(y, summing, method="wls_var", residuals=residuals.iloc[:, :3]).shape == (6, 1)
    gone = residuals.mul([1, 1, 1, 0, 1, 1], axis=0)
    refused(
        lambda: reconcile(y, summing, method="wls_var", residuals=gone),
        "none but zeros",
    )
    refused(
        lambda: reconcile(y, summing, method="mint_shrink", residuals=gone),
        "no spread",
    )
    refused(lambda: reconcile(y, summing, method="mint_shrink"), "residuals: are needed for mint_shrink")
    refused(lambda: reconcile(y.iloc[:5], summing), "each once")
    refused(lambda: reconcile(y.to_numpy()[:5], summing.to_numpy()), "shape (5, 1) does not match")
    refused(lambda: reconcile(y * np.nan, summing), "a value is missing")
    one = summing_matrix({"a": "R"})
    assert reconcile(
        np.array([[3.0], [2.0], [1.0]]), one.to_numpy(), method="ols"
    ).to_numpy().ravel().tolist() == pytest.approx([2.0] * 3)
    refused(lambda: summing_matrix({}), "at least one area")
    refused(lambda: summing_matrix({"a": "a"}), "one thing each")


def test_months_at_the_edge():
    months = pd.period_range("2024-01", periods=4, freq="M")
    series = monthly_series(pd.Series([1.0, 0.0, np.nan, 2.0], months))
    assert series.index.equals(months)
    assert gaps(series) == ((months[2], months[2]),)
    assert gaps(monthly_series(pd.Series([1.0, 2.0], months[[0, 3]]))) == ((months[1], months[2]),)
    assert gaps(monthly_series(pd.Series([1.0, 2.0], months[:2]))) == ()
    two = monthly_series({"2024-01": 1.0, "2024-03": 1.0, "2024-06": 2.0})
    assert [(str(a), str(b)) for a, b in gaps(two)] == [("2024-02", "2024-02"), ("2024-04", "2024-05")]
    refused(
        lambda: monthly_series({"2024-01": 1.0, "2024-02": -1.0, "2024-03": -2.0}),
        "-1.0 in 2024-02 is not valid; each value must be at least 0",
    )
    assert monthly_series({"2024-01": -1.0}, minimum=None).iloc[0] == -1.0
    assert monthly_series({"2024-01": 2.0}, minimum=2.0).iloc[0] == 2.0
    refused(
        lambda: monthly_series({"2024-01": 1.0, "2024-02": math.inf, "2024-03": -math.inf}, minimum=None),
        "values['2024-02']: inf",
    )
    refused(lambda: monthly_series(pd.Series([np.nan], months[:1])), "no month with a value")
    refused(lambda: monthly_series({}), "is empty")
    refused(
        lambda: monthly_index(pd.Index(["2024-01", "2024-02", "2024-01", "2024-02", "2024-03"])),
        "2 rows repeat a month, the first being 2024-01",
    )
    refused(lambda: monthly_index(pd.PeriodIndex(["2024-01", "NaT", "NaT"], freq="M")), "row 1 has no month")
    refused(lambda: monthly_index(pd.PeriodIndex(["2024", "2025"], freq="Y")), "2024 is longer than a month")
    refused(lambda: monthly_index(pd.Index([1, 2, 3, 4])), "[1, 2, 3]")
    assert month(202403) == month("2024-03") == month(pd.Timestamp("2024-03-31")) == pd.Period("2024-03", "M")
    assert month("190001") == pd.Period("1900-01", "M")
    refused(lambda: month("2024"), "'2024' is not a month")
    refused(lambda: month(202413), "202413 is not a month")
    assert day("2024-01-05") == pd.Timestamp("2024-01-05")
    refused(lambda: day(5), "5 is a number, not a date")
    refused(lambda: day(None), "is not a date")
    late = pd.DatetimeIndex(["2024-01-15 10:00", "2024-06-30 23:00", "2024-07-31 23:00"], tz="UTC")
    refused(lambda: monthly_index(late), "2024-06-30 23:00:00+00:00 is midnight of the next month in London")


def test_rows_in_the_order_of_time():
    months = pd.PeriodIndex(["2024-04", "2024-01", "2024-02"], freq="M")
    assert in_time(months).tolist() == [1, 2, -1, 0]
    assert in_time(months[:2]).tolist() == [1, 0], "two dates have no step to judge by"
    quarters = pd.DatetimeIndex(["2024-10-01", "2024-01-01", "2024-04-01"])
    assert in_time(quarters).tolist() == [1, 2, -1, 0]
    ends = pd.DatetimeIndex(["2024-01-31", "2024-02-29", "2024-04-30"])
    assert in_time(ends).tolist() == [0, 1, -1, 2]
    days = pd.DatetimeIndex(["2024-01-02", "2024-01-01", "2024-01-09"])
    assert in_time(days).tolist() == [1, 0, 2]
    odd = pd.PeriodIndex(["2024-01", "2024-03", "2024-06"], freq="M")
    assert in_time(odd).tolist() == [0, 1, 2], "steps of two and three are no regular series"
    sparse = pd.PeriodIndex(["2024-01", "2024-02", "2024-04", "2024-06"], freq="M")
    assert in_time(sparse).tolist() == [0, 1, 2, 3], "one step of three is fewer than half"
    refused(lambda: in_time(pd.PeriodIndex(["2024-01", "NaT"], freq="M")), "row 1 has no date")
    refused(
        lambda: in_time(pd.PeriodIndex(["2024-02", "2024-01", "2024-01", "2024-02"], freq="M")),
        "2024-01 appears more than once",
    )


# ----------------------------------------------------------------------------------------------------------- charts


def test_warnings_of_charts_at_their_thresholds():
    wave = np.tile([1.0, 3.0], 20)
    assert xmr_chart(wave[:13]).warnings == ()
    short = xmr_chart(wave[:12])
    assert short.warnings == ("the segment from 0 has only 12 points, so limits are rough",)
    assert short.table["short_group_warning"].all()
    assert not xmr_chart(wave[:13]).table["short_group_warning"].any()
    missing = wave[:20].copy()
    missing[[3, 4]] = np.nan
    assert "2 of 20 points are missing" in xmr_chart(missing).warnings
    rng = np.random.default_rng(1)
    for n in (13, 25, 60):
        for _ in range(10):
            y = np.round(rng.normal(size=n).cumsum() * rng.uniform(0, 1) + rng.normal(size=n) * 3, 3)
            c = y - y.mean()
            r = (c[1:] * c[:-1]).sum() / (c**2).sum()
            assert any("autocorrelated" in w for w in xmr_chart(y).warnings) == (r > 2 / math.sqrt(n))
    lone = xmr_chart([1.0, np.nan, 2.0, np.nan])
    assert "no two neighbouring points, so no limits" in " ".join(lone.warnings)
    assert lone.sentence == "The latest point is 2: ordinary variation."
    assert lag_one_autocorrelation([1.0, 2.0, 4.0]) == pytest.approx(
        (-4 / 3 * -1 / 3 + -1 / 3 * 5 / 3) / (16 / 9 + 1 / 9 + 25 / 9)
    )
    assert math.isnan(lag_one_autocorrelation([1.0, 2.0]))
    assert math.isnan(lag_one_autocorrelation([0.0, 0.0, 0.0]))
    refused(lambda: xmr_chart(wave, fix_after_n_points=1), "fix_after_n_points: 1")
    fixed = xmr_chart([1.0, 3.0, 9.0, 9.0], fix_after_n_points=2)
    assert (fixed.table["mean"].iloc[3], fixed.table["upl"].iloc[3]) == pytest.approx((2.0, 2 + 2.66 * 2))
    refused(lambda: xmr_chart(wave, run_length=1), "run_length: 1")
    refused(lambda: xmr_chart(wave, rebase=[40]), "rebase: 40 lies after the last point (39)")
    assert xmr_chart(wave, rebase=[39]).table["rebase_group"].tolist() == [0] * 39 + [1]
    refused(lambda: xmr_chart(wave[:3], dates=["2024-01-01", "2024-01-02", None]), "row 2 has no date")
    runs = (
        xmr_chart([1.0, 3, 1, 3, 5, 7, 5, 7], run_length=4, screen_outliers=False)
        .table["special_cause_type"]
        .tolist()
    )
    assert runs == ["4 Points Below CL"] * 4 + ["4 Points Above CL"] * 4


def planted_shift(after=8.0, n=60, at=30):
    rng = np.random.default_rng(2)
    return np.r_[rng.normal(0, 1, at), rng.normal(after, 1, n - at)]


def test_a_planted_shift_is_found_where_it_is():
    y = planted_shift()
    found = stable_shift_chart(y)
    assert found.breaks == (30,)
    t = found.table
    assert t["period"].tolist() == [1] * 30 + [2] * 30
    assert t["calculation"].tolist() == [True] * 21 + [False] * 9 + [True] * 21 + [False] * 9
    for start in (0, 30):
        rows = slice(start, start + 21)
        kept = ~t["excluded"].to_numpy()[rows]
        part = y[rows][kept]
        assert t["cl"].iloc[start] == pytest.approx(part.mean())
        moving = np.abs(np.diff(part))
        moving = moving[moving < 3.267 * moving.mean()]
        assert t["ucl"].iloc[start] == pytest.approx(part.mean() + 3 * moving.mean() / 1.128, rel=1e-3)
        assert t["ucl"].iloc[start] - t["cl"].iloc[start] == pytest.approx(
            t["cl"].iloc[start] - t["lcl"].iloc[start]
        )
    assert found.sentence == "The process shifted for good 1 time."
    assert stable_shift_chart(y[:30]).sentence == "There was no stable shift."
    assert stable_shift_chart(y[:50]).breaks == (), "twenty points after it are too few for limits"
    assert stable_shift_chart(y[:51]).breaks == (30,)
    few = stable_shift_chart(y[:20])
    assert few.sentence == "No limits were established: 20 points are fewer than the 21 needed."
    assert stable_shift_chart(y[:21]).reason == ""
    np.testing.assert_array_equal((t["y"] > t["ucl"]) | (t["y"] < t["lcl"]), t["beyond"])
    alone = np.r_[y[:10], 40.0, y[10:20]]
    assert stable_shift_chart(alone, max_exclusions=1).table["excluded"].tolist() == [
        i == 10 for i in range(21)
    ]
    assert not stable_shift_chart(alone, max_exclusions=0).table["excluded"].any()
    for name, least in (("period_min", 3), ("run_length", 2), ("max_exclusions", 0)):
        refused(
            lambda n=name, k=least: stable_shift_chart(y, **{n: k - 1}),
            f"{name}: {least - 1}",
            f"at least {least}",
        )
        assert stable_shift_chart(y, **{name: least}).reason == ""
    refused(lambda: stable_shift_chart([1.0, 5.0, 6.0], [2.0, 4.0, 5.0], kind="p"), "sizes: row 1 is smaller")
    shares = stable_shift_chart(np.tile([5.0, 6.0], 11), np.full(22, 10.0), kind="p").table
    p = np.tile([5.0, 6.0], 11)[:21].mean() / 10
    assert shares["cl"].iloc[0] == pytest.approx(100 * p)
    assert shares["ucl"].iloc[0] == pytest.approx(100 * (p + 3 * math.sqrt(p * (1 - p) / 10)))
