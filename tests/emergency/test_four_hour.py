"""Four-hour performance: shares, targets, months without figures."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.emergency.four_hour import four_hour_performance, target_steps
from healthdevo.errors import InputError

INTERIM = {"2024-03": 0.76, "2025-03": 0.78}


def simulated(seed, n=84, yearly=0.0, noise=0.01, start="2019-04"):
    rng = np.random.default_rng(seed)
    months = pd.period_range(start, periods=n, freq="M")
    total = rng.integers(40_000, 50_000, n)
    base = 0.75 + yearly * (np.arange(n) - n + 6.5) / 12
    share = np.clip(
        base + 0.02 * np.cos(2 * np.pi * np.asarray(months.month) / 12) + rng.normal(0, noise, n), 0, 1
    )
    within = rng.binomial(total, share)
    return pd.DataFrame(
        {"month": months, "over_4_hours": total - within, "attendances_4_hour_reporting": total}
    ), base


def test_targets_are_dated_steps():
    assert target_steps("2016-04", INTERIM) == {"2016-04": 0.95} | INTERIM
    assert target_steps("2016-04") == {"2016-04": 0.95}
    assert target_steps("2024-06", INTERIM) == {"2024-06": 0.76, "2025-03": 0.78}
    frame, _ = simulated(0)
    assert four_hour_performance(frame).table["target"].eq(0.95).all()
    table = four_hour_performance(frame, interim=INTERIM).table
    assert table["target"].loc["2024-02"] == 0.95
    assert table["target"].loc["2024-03"] == 0.76
    assert table["target"].loc["2025-03"] == 0.78
    assert table["standard"].eq(0.95).all()
    with pytest.raises(InputError, match="between 0 and 1"):
        target_steps("2024-01", {"2024-03": 76.0})


def test_intervals_cover_the_underlying_share_and_change():
    hits = []
    for seed in range(60):
        yearly = (-0.02, 0.0, 0.02)[seed % 3]
        frame, base = simulated(seed, n=60, yearly=yearly)
        result = four_hour_performance(frame)
        hits.append((base[-12:].mean() in result.latest.interval(), 100 * yearly in result.change.interval()))
    assert (np.mean(hits, axis=0) >= 0.85).all(), np.mean(hits, axis=0)


def test_scatter_beyond_chance_widens_the_interval():
    calm, _ = simulated(1, noise=0.0)
    rough, _ = simulated(1, noise=0.03)
    a, b = four_hour_performance(calm), four_hour_performance(rough)
    assert a.dispersion < 2
    assert b.dispersion > 50
    assert b.latest.standard_error > 5 * a.latest.standard_error


def test_months_without_figures_leave_both_sides():
    frame, _ = simulated(2)
    whole = four_hour_performance(frame)
    gone = frame.copy()
    rows = gone["month"].between(pd.Period("2019-05", "M"), pd.Period("2020-03", "M"))
    gone.loc[rows, ["over_4_hours", "attendances_4_hour_reporting"]] = [0, 0]
    result = four_hour_performance(gone)
    assert (result.table["status"] == "not reported").sum() == rows.sum() == 11
    assert result.table.loc[result.table["status"] == "not reported", "share"].isna().all()
    assert result.latest.estimate == whole.latest.estimate
    missing = frame[~rows]
    pd.testing.assert_frame_equal(four_hour_performance(missing).table, result.table)
    assert result.table["meets_target"].isna().sum() == 11


def test_leaving_out_a_trust_is_not_counting_it_as_zero():
    frame, _ = simulated(3)
    pilot = frame.copy()
    pilot["attendances_4_hour_reporting"] *= 2  # as if a second trust of the same size had no late attendance
    assert four_hour_performance(frame).latest.estimate < four_hour_performance(pilot).latest.estimate


def test_charts_gap_and_sentence():
    frame, _ = simulated(4, n=96)
    result = four_hour_performance(frame, rebase=["2022-04"], levels=(0.8, 0.95), interim=INTERIM)
    assert result.chart.assurance_icon in ("consistent_fail", "inconsistent")
    assert result.chart.table["rebase_group"].max() == 1
    assert len(result.p_prime.table) == 96
    assert result.gap.estimate == pytest.approx(100 * (result.latest.estimate - 0.78))
    assert "% of attendances were seen within four hours in the latest year (80% interval" in result.sentence
    assert "short of the target of 78%." in result.sentence


def test_too_little_gives_a_reason():
    frame, _ = simulated(5, n=11)
    result = four_hour_performance(frame)
    assert "fewer than the 24" in result.reason
    assert np.isfinite(result.latest.estimate)
    assert result.latest.intervals == ()
    old, _ = simulated(5, n=60)
    tail = old.copy()
    tail.loc[tail.index[-8:], "attendances_4_hour_reporting"] = np.nan
    assert "only 4 of the latest 12" in four_hour_performance(tail).reason
    tail.loc[tail.index[-12:], "attendances_4_hour_reporting"] = np.nan
    assert np.isnan(four_hour_performance(tail).latest.estimate)
    perfect = old.assign(over_4_hours=0)
    assert "wholly on one side" in four_hour_performance(perfect).reason


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (simulated(6)[0].drop(columns="over_4_hours"), "over_4_hours"),
        (simulated(6)[0].iloc[:0], "no rows"),
        (pd.concat([simulated(6)[0]] * 2), "repeat"),
        (simulated(6)[0].assign(over_4_hours=10**6), "all of them"),
        (simulated(6)[0].assign(over_4_hours=-1), "all of them"),
        (simulated(6)[0].assign(attendances_4_hour_reporting=0), "no month has"),
    ],
)
def test_bad_input_is_refused(frame, message):
    with pytest.raises(InputError, match=message):
        four_hour_performance(frame)


def test_row_order_does_not_matter():
    frame, _ = simulated(7)
    a = four_hour_performance(frame)
    b = four_hour_performance(frame.sample(frac=1.0, random_state=1))
    pd.testing.assert_frame_equal(a.table, b.table)
    assert a.latest.interval().lower == b.latest.interval().lower
