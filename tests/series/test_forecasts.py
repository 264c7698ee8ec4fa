"""Forecasts are chosen by their record, calibrated by it, and absent where there is nothing to go by."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.series.forecast_errors import coverage
from healthdevo.series.forecasts import forecast, reconciled_forecasts
from healthdevo.series.structural_trend import Break


def simulated(seed, n=120, growth=0.03, level=0.008, noise=0.01, size=7.0, start="2009-04"):
    rng = np.random.default_rng(seed)
    months = pd.period_range(start, periods=n, freq="M")
    logs = size + growth / 12 * np.arange(n) + np.cumsum(rng.normal(0, level, n)) + rng.normal(0, noise, n)
    logs += 0.06 * np.sin(2 * np.pi * np.asarray(months.month) / 12)
    return pd.Series(np.exp(logs) * np.asarray(months.days_in_month), months)


@pytest.fixture(scope="module")
def usual():
    return forecast(simulated(1))


def test_the_default_beats_the_floor_on_a_growing_series(usual):
    assert usual.model == "structural trend"
    assert usual.relative_error < 0.9
    assert usual.reason == ""
    assert "of those of last year's months again" in usual.sentence
    assert set(usual.backtest.index.get_level_values("model")) == {
        "structural trend",
        "airline",
        "seasonal naive",
    }


def test_backtest_keeps_horizons_apart_and_counts_its_cases(usual):
    card = usual.backtest
    assert len(usual.origins) == 18
    assert card.loc["structural trend"].index.tolist() == list(range(1, 13))
    assert (card["cases"] == 18).all()
    assert (card.loc["seasonal naive", "relative_error"] == 1.0).all()
    np.testing.assert_allclose(card["relative_error"], card["mae"] / card["naive_mae"])
    one = usual.errors.query("model == 'structural trend' and horizon == 3")
    assert card.loc[("structural trend", 3), "mae"] == pytest.approx(one["error"].abs().mean())


def test_intervals_nest_and_start_after_the_series(usual):
    table = usual.table
    assert str(table.index[0]) == "2019-04"
    assert len(table) == 12
    order = ["lower_0.95", "lower_0.8", "lower_0.5", "median", "upper_0.5", "upper_0.8", "upper_0.95"]
    assert (np.diff(table[order].to_numpy(), axis=1) > 0).all()


def test_backtest_uses_nothing_after_its_origin():
    y = simulated(1)
    changed = y.copy()
    changed.iloc[-12:] *= np.linspace(1.0, 2.0, 12)
    a, b = forecast(y, origins=12), forecast(changed, origins=12)
    assert a.origins == b.origins
    assert a.origins[-1] == str(y.index[-13])
    columns = ["model", "origin", "horizon", "median"]
    pd.testing.assert_frame_equal(a.errors[columns], b.errors[columns])


def test_the_floor_is_used_where_it_wins():
    # The last year's pattern repeats, but nothing that a smooth season could follow.
    rng = np.random.default_rng(2)
    pattern = rng.normal(0, 0.3, 12)
    months = pd.period_range("2009-04", periods=96, freq="M")
    y = pd.Series(np.exp(7 + np.tile(pattern, 8) + rng.normal(0, 0.001, 96)), months)
    result = forecast(y, airline=False, origins=12)
    assert result.model == "seasonal naive"
    assert result.relative_error == 1.0
    assert result.sentence.endswith("which no other model beat.")
    np.testing.assert_allclose(result.table["median"], y.iloc[-12:])


def test_intervals_hold_what_comes():
    hits = {0.5: [], 0.8: [], 0.95: []}
    relative = []
    for seed in range(9):
        y = simulated(seed, n=108)
        result = forecast(y.iloc[:-12], airline=False, origins=12)
        relative.append(result.relative_error)
        for level, found in hits.items():
            found.append(
                coverage(y.iloc[-12:], result.table[f"lower_{level:g}"], result.table[f"upper_{level:g}"])
            )
    assert np.mean(relative) < 0.95
    assert 0.3 < np.mean(hits[0.5]) < 0.8
    assert np.mean(hits[0.8]) > 0.65
    assert np.mean(hits[0.95]) > 0.82


def test_intervals_too_narrow_in_the_past_are_widened():
    rng = np.random.default_rng(5)
    y = simulated(5, n=108, noise=0.004, level=0.002)
    y.iloc[70:] *= np.exp(np.cumsum(rng.normal(0, 0.03, 38)))  # rougher than what variances were learnt from
    result = forecast(y, airline=False, origins=18)
    raw = result.backtest.loc[result.model, "coverage_0.8"].mean()
    assert raw < 0.75
    assert result.widening[0.8] > 1.0


def test_gaps_and_pandemic_months_are_left_out():
    y = simulated(6, start="2014-04", n=132)
    hurt = y.copy()
    hurt[(y.index >= "2020-03") & (y.index <= "2021-06")] *= 0.5
    hurt = hurt[~((y.index >= "2019-04") & (y.index <= "2020-02"))]
    result = forecast(hurt, airline=False, origins=12, breaks=[Break("after", "2021-07")])
    assert result.model == "structural trend"
    assert result.table["median"].sum() == pytest.approx(y.iloc[-12:].sum(), rel=0.15)
    same = forecast(
        hurt.sample(frac=1.0, random_state=1), airline=False, origins=12, breaks=[Break("after", "2021-07")]
    )
    pd.testing.assert_frame_equal(result.table, same.table)


@pytest.mark.parametrize(
    ("series", "model", "reason"),
    [
        (simulated(1, n=11), "", "fewer than the 24"),
        (simulated(1, n=20), "seasonal naive", "fewer than the 24"),
        (simulated(1, n=40), "structural trend", "too few for a backtest"),
    ],
)
def test_short_series_say_what_they_lack(series, model, reason):
    result = forecast(series)
    assert result.model == model
    assert reason in result.reason
    assert reason in result.sentence
    assert result.table.empty == (model == "")
    assert np.isnan(result.relative_error)
    assert result.backtest.empty


def test_constant_values_repeat():
    days = np.asarray(simulated(1).index.days_in_month)
    result = forecast(pd.Series(100.0 * days, simulated(1).index))
    assert result.model == "seasonal naive"
    assert "never changes" in result.reason
    np.testing.assert_allclose(result.table["median"] / result.table.index.days_in_month, 100.0, rtol=0.05)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"horizon": 0}, "horizon"),
        ({"origins": 5}, "origins"),
        ({"levels": (1.2,)}, "levels"),
        ({"series": pd.Series([1.0, 0.0], pd.period_range("2020-01", periods=2, freq="M"))}, "zero"),
        ({"series": pd.Series([1.0, 1.0], ["2020-01", "2020-01"])}, "repeat"),
    ],
)
def test_bad_input_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        forecast(**({"series": simulated(1)} | change))


@pytest.fixture(scope="module")
def hierarchy():
    parents = {"a": "North", "b": "North", "c": "South", "d": "South"}
    areas = {name: simulated(20 + i, n=84, size=6.0 + 0.3 * i) for i, name in enumerate("abcd")}
    areas["North"], areas["South"] = areas["a"] + areas["b"], areas["c"] + areas["d"]
    areas["England"] = areas["North"] + areas["South"]
    return {name: forecast(y, airline=False, origins=12) for name, y in areas.items()}, parents


def test_reconciled_forecasts_add_up_and_are_used_only_where_better(hierarchy):
    single, parents = hierarchy
    for method in ("wls_struct", "mint_shrink"):
        result = reconciled_forecasts(single, parents, method=method)
        assert set(result.improvement.index) == {"area", "region", "whole"}
        np.testing.assert_allclose(
            result.improvement["ratio"], result.improvement["reconciled_mae"] / result.improvement["mae"]
        )
        tables = result.table
        if result.used:
            np.testing.assert_allclose(tables.loc["England"], tables.loc[list("abcd")].sum())
            assert result.reason == ""
        else:
            np.testing.assert_allclose(tables.loc["England"], single["England"].table["median"])
            assert "not have made" in result.reason


def test_a_hierarchy_needs_all_its_series(hierarchy):
    single, parents = hierarchy
    with pytest.raises(InputError, match="'South'"):
        reconciled_forecasts({k: v for k, v in single.items() if k != "South"}, parents)
    short = single | {"a": forecast(simulated(1, n=40), airline=False)}
    with pytest.raises(InputError, match="same months"):
        reconciled_forecasts(short, parents)
    none = single | {"a": forecast(simulated(1, n=8))}
    with pytest.raises(InputError, match="no forecast"):
        reconciled_forecasts(none, parents)
    brief = {k: forecast(simulated(i, n=40), airline=False) for i, k in enumerate(single)}
    result = reconciled_forecasts(brief, parents)
    assert not result.used
    assert "no backtest" in result.reason
