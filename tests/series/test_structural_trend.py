"""Trends find the growth, breaks and seasons that were put in, and say when they cannot."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.emergency import TYPE_3_SHORTFALL
from healthdevo.errors import InputError
from healthdevo.series.structural_trend import (
    AFTER_PANDEMIC,
    PANDEMIC,
    Break,
    structural_trend,
)


def simulated(seed, n=108, growth=0.03, step=0.0, level=0.005, noise=0.012, work=0.2, start="2009-04"):
    rng = np.random.default_rng(seed)
    months = pd.period_range(start, periods=n, freq="M")
    t = np.arange(n)
    edges = pd.period_range(start, periods=n + 1, freq="M").to_timestamp().to_numpy().astype("M8[D]")
    weekdays = np.busday_count(edges[:-1], edges[1:])
    days = np.asarray(months.days_in_month)
    logs = 7 + growth / 12 * t + np.cumsum(rng.normal(0, level, n)) + step * (t >= n // 2)
    logs += 0.05 * np.sin(2 * np.pi * np.asarray(months.month) / 12) + work * weekdays / days
    return pd.Series(np.exp(logs + rng.normal(0, noise, n)) * days, months)


def test_intervals_cover_growth_and_breaks():
    hits = []
    for seed in range(20):
        growth, step = 0.01 * (seed % 5), -0.05 + 0.02 * (seed % 6)
        trend = structural_trend(
            simulated(seed, growth=growth, step=step),
            breaks=[Break("move", "2013-10"), Break("nothing", "2011-10")],
        )
        move = trend.breaks.loc["move"]
        hits.append(
            (
                100 * np.expm1(growth) in trend.growth.interval(),
                move["lower_0.95"] <= 100 * np.expm1(step) <= move["upper_0.95"],
                "nothing" not in trend.supported,
                0.2 in trend.working_day_effect.interval(),
            )
        )
    assert (np.mean(hits, axis=0) >= 0.75).all(), np.mean(hits, axis=0)


def test_a_clear_break_is_supported_and_a_made_up_one_is_not():
    trend = structural_trend(
        simulated(3, step=-0.15), breaks=[Break("move", "2013-10"), Break("dip", "2011-01", "2011-06")]
    )
    assert trend.supported == ("move",)
    assert trend.breaks.loc["move", "effect"] == pytest.approx(-13.9, abs=4)
    assert trend.breaks.loc["move", "p_value"] < 0.001
    assert "% a year (95% interval" in trend.sentence


def test_seasons_and_level_come_apart():
    y = simulated(4, noise=0.004, level=0.002, work=0.0)
    trend = structural_trend(y)
    season = np.exp(0.05 * np.sin(2 * np.pi * np.asarray(y.index.month) / 12))
    np.testing.assert_allclose(
        trend.table["seasonal"] / season, np.mean(trend.table["seasonal"] / season), rtol=0.01
    )
    rebuilt = trend.table["trend"] * trend.table["seasonal"]
    assert np.corrcoef(rebuilt, trend.table["per_day"])[0, 1] > 0.99
    assert (trend.table["trend_lower_0.95"] < trend.table["trend"]).all()


def test_gaps_and_pandemic_are_stated_and_never_filled():
    y = simulated(5, n=120, start="2016-04")
    y[(y.index >= "2019-04") & (y.index <= "2020-03")] = np.nan
    trend = structural_trend(y, breaks=[AFTER_PANDEMIC, TYPE_3_SHORTFALL])
    assert trend.gaps == (("2019-04", "2020-03"),)
    status = trend.table["status"]
    assert (status == "gap").sum() == 12
    assert (status == "left out").sum() == 15
    assert trend.n == 120 - 12 - 15
    assert trend.table.loc[status == "gap", "observed"].isna().all()
    wide = trend.table["trend_upper_0.95"] / trend.table["trend_lower_0.95"]
    assert wide[status == "left out"].mean() - 1 > 2 * (wide[status == "observed"].mean() - 1)
    changed = y.copy()
    changed[(y.index >= PANDEMIC[0]) & (y.index <= PANDEMIC[1])] *= 0.3
    assert structural_trend(changed).growth.estimate == pytest.approx(structural_trend(y).growth.estimate)


def test_order_of_rows_and_kind_of_index_do_not_matter():
    y = simulated(6)
    a = structural_trend(y, breaks=[Break("move", "2013-10")])
    stamped = y.copy()
    stamped.index = stamped.index.to_timestamp()
    b = structural_trend(stamped.sample(frac=1.0, random_state=2), breaks=[Break("move", "2013-10")])
    pd.testing.assert_frame_equal(a.table, b.table)
    assert a.growth.estimate == b.growth.estimate


def test_forecasts_follow_the_trend_and_widen():
    y = simulated(7, growth=0.06, level=0.002)
    ahead = structural_trend(y).forecast(24)
    assert ahead.months[0] == y.index[-1] + 1
    assert (np.diff(ahead.spread) > -1e-12).all()
    assert ahead.median.iloc[12:].sum() / ahead.median.iloc[:12].sum() == pytest.approx(1.06, abs=0.03)
    assert y.iloc[-12:].sum() < ahead.median.iloc[:12].sum()


@pytest.mark.parametrize(
    ("series", "reason"),
    [
        (simulated(8, n=11), "11 known months are fewer than the 24"),
        (pd.Series(5.0 * np.asarray(simulated(8).index.days_in_month), simulated(8).index), "never changes"),
        (simulated(8)[simulated(8).index.month != 7], "never seen"),
    ],
)
def test_too_little_gives_a_reason_and_no_number(series, reason):
    trend = structural_trend(series, breaks=[Break("move", "2010-01")])
    assert reason in trend.reason
    assert np.isnan(trend.growth.estimate)
    assert reason in trend.growth.reason
    assert trend.sentence.startswith("No trend was fitted: ")
    assert trend.supported == ()
    with pytest.raises(InputError, match="no trend"):
        trend.forecast()


def test_breaks_that_cannot_be_judged_say_why():
    y = simulated(9)
    trend = structural_trend(
        y,
        breaks=[
            Break("before all", "2001-01"),
            Break("one", "2013-10"),
            Break("the same", "2013-10"),
            Break("late", "2018-03"),
        ],
    )
    reasons = trend.breaks["reason"].to_dict()
    assert "on one side" in reasons["before all"]
    assert "on one side" in reasons["late"]
    assert "apart" in reasons["the same"]
    assert reasons["one"] == ""
    assert np.isnan(trend.breaks.loc["late", "effect"])
    assert not trend.breaks.loc["late", "supported"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            {"series": pd.Series([1.0, 0.0, 2.0], pd.period_range("2020-01", periods=3, freq="M"))},
            "zero in 2020-02",
        ),
        ({"series": pd.Series([1.0, 2.0], ["2020-01-01", "2020-01-02"])}, "repeat"),
        ({"breaks": [Break("x", "2012-01"), Break("x", "2013-01")]}, "same name"),
        ({"breaks": [Break("x", "2012-05", "2012-01")]}, "before it starts"),
        ({"leave_out": ("2013-01", "2012-01")}, "before it starts"),
        ({"leave_out": [("2013-01",)]}, "2 values"),
        ({"harmonics": 7}, "harmonics"),
    ],
)
def test_bad_input_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        structural_trend(**({"series": simulated(1)} | change))


def test_values_need_not_be_per_day():
    y = simulated(2) / np.asarray(simulated(2).index.days_in_month)
    plain = structural_trend(y, per_day=False, leave_out=None)
    assert plain.forecast(1).scale is None
    assert plain.growth.estimate == pytest.approx(structural_trend(simulated(2)).growth.estimate, rel=1e-6)
