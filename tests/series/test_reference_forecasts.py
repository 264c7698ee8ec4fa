"""The floor and the challenger forecast as R's do, and cope with gaps."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.series.reference_forecasts import airline_model, seasonal_naive

MONTHS = pd.period_range("2015-01", periods=84, freq="M")


def series(carried, name):
    rows = carried("forecasts_monthly", "input")
    rows = rows[rows["series"] == name].iloc[: {"air": 120, "ed": 97}[name]]
    return pd.Series(rows["y"].to_numpy(float), pd.PeriodIndex(rows["month"], freq="M"))


@pytest.mark.parametrize(("name", "case"), [("air", "air_snaive"), ("ed", "ed_snaive")])
def test_seasonal_naive_agrees_with_r(carried, name, case):
    expected = carried("forecasts_monthly")
    want = expected[expected["case"] == case]
    got = seasonal_naive(series(carried, name), len(want)).table((0.8, 0.95))
    for ours, theirs in (
        ("median", "mean"),
        ("lower_0.8", "lo80"),
        ("upper_0.8", "hi80"),
        ("lower_0.95", "lo95"),
        ("upper_0.95", "hi95"),
    ):
        np.testing.assert_allclose(got[ours], want[theirs], rtol=1e-8, err_msg=ours)


@pytest.mark.parametrize(
    ("name", "case", "logs"), [("air", "air_airline_log", True), ("ed", "ed_airline", False)]
)
def test_airline_forecasts_agree_with_r(carried, name, case, logs):
    expected = carried("forecasts_monthly")
    want = expected[expected["case"] == case]
    model = airline_model(series(carried, name), logarithmic=logs)
    prediction = model.forecast(len(want))
    np.testing.assert_allclose(prediction.centre, want["mean"], rtol=1e-3)
    likelihoods = carried("forecasts_monthly", "loglik").set_index("case")["loglik"]
    assert model.loglikelihood == pytest.approx(likelihoods[f"{name}_airline"], abs=0.01)


def simulated(seed=0, n=84):
    rng = np.random.default_rng(seed)
    t = np.arange(n)
    logs = 8 + 0.002 * t + 0.05 * np.sin(2 * np.pi * t / 12) + np.cumsum(rng.normal(0, 0.01, n))
    return pd.Series(np.exp(logs + rng.normal(0, 0.01, n)), MONTHS[:n])


def test_forecasting_from_an_earlier_end_uses_only_what_was_known():
    y = simulated()
    model = airline_model(y, careful=False)
    early = model.forecast(6, end="2020-06")
    assert str(early.months[0]) == "2020-07"
    changed = y.copy()
    changed.iloc[70:] *= 3
    other = airline_model(changed, careful=False)
    object.__setattr__(other, "theta", model.theta)
    object.__setattr__(other, "seasonal_theta", model.seasonal_theta)
    object.__setattr__(other, "sigma2", model.sigma2)
    object.__setattr__(other, "_unit", model._unit)
    np.testing.assert_allclose(other.forecast(6, end="2020-06").centre, early.centre)


def test_gaps_need_no_filling():
    y = simulated()
    holes = y.copy()
    holes.iloc[30:42] = np.nan
    whole, holed = (
        airline_model(y, careful=False).forecast(3),
        airline_model(holes, careful=False).forecast(3),
    )
    np.testing.assert_allclose(whole.median, holed.median, rtol=0.05)
    naive = seasonal_naive(holes.iloc[:42].dropna(), 14)
    assert naive.median.index[0] == pd.Period("2017-07", "M")


def test_naive_looks_further_back_where_last_year_is_missing():
    y = simulated(n=36)
    y.iloc[24:30] = np.nan
    prediction = seasonal_naive(y, 12)
    assert prediction.median.iloc[0] == y.iloc[12]
    assert prediction.spread[0] == pytest.approx(np.sqrt(2) * prediction.spread[11])


def test_wider_levels_and_widening_nest():
    table = airline_model(simulated(), careful=False).forecast(12).table((0.5, 0.95))
    assert (table["lower_0.95"] < table["lower_0.5"]).all()
    assert (table["lower_0.5"] < table["median"]).all()
    naive = seasonal_naive(simulated())
    wide, plain = naive.table(0.8, widening=2.0), naive.table(0.8)
    np.testing.assert_allclose(wide["upper_0.8"] - wide["median"], 2 * (plain["upper_0.8"] - plain["median"]))


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (seasonal_naive, {"series": pd.Series(1.0, MONTHS[:12])}, "no two known months"),
        (seasonal_naive, {"series": simulated(), "horizon": 0}, "horizon"),
        (airline_model, {"series": pd.Series(1.0, MONTHS[:11])}, "27"),
        (airline_model, {"series": pd.Series(0.0, MONTHS)}, "above 0"),
        (airline_model, {"series": pd.Series(5.0, MONTHS)}, "nothing to fit"),
    ],
)
def test_bad_input_is_refused(function, arguments, message):
    with pytest.raises(InputError, match=message):
        function(**arguments)


def test_a_month_never_seen_has_no_naive_forecast():
    y = simulated(n=30)
    y[y.index.month == 8] = np.nan
    with pytest.raises(InputError, match="2017-08"):
        seasonal_naive(y, 12)
