"""Loess decompositions agree with R's, and their strengths with the published ones."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.series.seasonal_decomposition import seasonal_decomposition

CASES = {
    "co2_sw7_defaults": {"seasonal_window": 7},
    "co2_sw7_robust": {"seasonal_window": 7, "robust": True},
    "co2_periodic": {"seasonal_window": "periodic"},
    "logair_sw13": {"seasonal_window": 13},
    "logair_sw13_robust": {"seasonal_window": 13, "robust": True},
    "nottem_sw7_t50_jump1": {"seasonal_window": 7, "trend_window": 51, "jump": 1},
}


@pytest.mark.parametrize("case", list(CASES))
def test_components_agree_with_r(golden, case):
    expected = pd.read_csv(golden("emergency", "ts", "stl_expected.csv"))
    want = expected[expected["case"] == case]
    table = seasonal_decomposition(want["y"], **CASES[case]).table
    for column in ("seasonal", "trend", "remainder"):
        gap = np.abs(table[column] - want[column]).max()
        assert gap < 1e-3 * want["y"].std(), column


def test_strengths_agree_with_the_published_ones(golden):
    want = pd.read_csv(golden("emergency", "ts", "stl_strength.csv")).set_index("series")
    series = {
        "co2": pd.read_csv(golden("emergency", "ts", "co2.csv"))["y"],
        "logair": np.log(pd.read_csv(golden("emergency", "ts", "airpassengers.csv"))["y"]),
        "ed_monthly": pd.read_csv(golden("emergency", "spc_autospc", "ed_attendances_monthly.csv"))[
            "att_all"
        ],
    }
    for name, y in series.items():
        d = seasonal_decomposition(y, seasonal_window=13, robust=True)
        assert d.trend_strength == pytest.approx(want.loc[name, "Ft"], abs=1e-4)
        assert d.seasonal_strength == pytest.approx(want.loc[name, "Fs"], abs=1e-4)


def test_parts_add_up_and_known_parts_come_back():
    rng = np.random.default_rng(0)
    t = np.arange(120)
    season = 10 * np.sin(2 * np.pi * t / 12)
    y = pd.Series(
        0.5 * t + season + rng.normal(0, 0.5, 120), pd.period_range("2010-01", periods=120, freq="M")
    )
    d = seasonal_decomposition(y, seasonal_window="periodic")
    np.testing.assert_allclose(d.table[["seasonal", "trend", "remainder"]].sum(axis=1), y)
    np.testing.assert_allclose(d.table["seasonal"].iloc[:12], d.table["seasonal"].iloc[-12:])
    assert np.abs(d.table["seasonal"].to_numpy() - season).max() < 1.0
    assert d.trend_strength > 0.99
    assert d.seasonal_strength > 0.98
    assert d.table.index.equals(y.index)


def test_noise_has_weak_seasons_and_outliers_little_weight():
    rng = np.random.default_rng(1)
    y = rng.normal(size=144)
    assert seasonal_decomposition(y, seasonal_window="periodic").seasonal_strength < 0.4
    t = np.arange(144)
    clean = np.sin(2 * np.pi * t / 12) + rng.normal(0, 0.1, 144)
    clean[70] += 20
    robust = seasonal_decomposition(clean, robust=True)
    assert robust.table["weight"].iloc[70] == pytest.approx(0.0, abs=1e-6)


def test_constant_series_have_no_strength():
    d = seasonal_decomposition([3.0] * 48)
    assert np.isnan(d.trend_strength) or d.trend_strength <= 1.0
    assert d.table["seasonal"].abs().max() < 1e-10


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": [1.0] * 23}, "two seasons"),
        ({"values": [1.0] * 30 + [np.nan]}, "leave out missing rows on purpose"),
        ({"values": [1.0] * 30, "seasonal_window": 8}, "seasonal_window"),
        ({"values": [1.0] * 30, "trend_window": 12}, "trend_window"),
    ],
)
def test_bad_input_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        seasonal_decomposition(**arguments)
