"""Searches end at the maximum: where the slope is zero, from wherever nearby they stopped."""

import numpy as np
import pandas as pd
import pytest
from statsmodels.tsa.statespace.sarimax import SARIMAX

from healthdevo.series.likelihood import climbed
from healthdevo.series.reference_forecasts import airline_model
from healthdevo.series.structural_trend import estimate_variances


def test_the_maximum_of_a_known_likelihood_is_found_from_several_places():
    draws = np.random.default_rng(0).normal(3.0, 2.0, 400)
    mean, deviation = draws.mean(), draws.std()

    def slope(point):
        scaled = (draws - point[0]) / np.exp(point[1])
        return np.array([scaled.sum() / np.exp(point[1]), (scaled**2 - 1.0).sum()])

    best = np.array([mean, np.log(deviation)])
    for off in ([1e-3, -2e-3], [-5e-3, 1e-3], [0.0, 0.0]):
        np.testing.assert_allclose(climbed(slope, best + off), best, atol=1e-11)
    assert climbed(slope, np.array([mean, np.log(deviation) + 3.0])) is None  # too far to call it the same


@pytest.fixture(scope="module")
def monthly():
    rng = np.random.default_rng(3)
    index = pd.period_range("2012-01", periods=96, freq="M")
    level = np.cumsum(rng.normal(0.002, 0.004, 96)) + 0.05 * np.sin(np.arange(96) * np.pi / 6)
    return pd.Series(np.exp(8.0 + level + rng.normal(0, 0.01, 96)), index=index)


def test_variances_do_not_hang_on_where_the_search_starts(monthly):
    logs = 100.0 * np.log(monthly.to_numpy())
    columns = {"season": np.sin(np.arange(96) * np.pi / 6)}
    found = [estimate_variances(logs, columns, start) for start in (None, [1.0, 0.5], [0.2, 0.9])]
    np.testing.assert_allclose(found[1], found[0], rtol=1e-8)
    np.testing.assert_allclose(found[2], found[0], rtol=1e-8)


def test_the_airline_model_is_where_the_slope_is_zero(monthly):
    model = airline_model(monthly)
    y = np.log(monthly.to_numpy())
    unit = (y[13:] - y[12:-1] - y[1:-12] + y[:-13]).std()
    likelihood = SARIMAX(y / unit, order=(0, 1, 1), seasonal_order=(0, 1, 1, 12), use_exact_diffuse=True)
    params = [model.theta, model.seasonal_theta, model.sigma2 / unit**2]
    slope = likelihood.score(np.array(params), approx_complex_step=True)
    assert np.abs(slope[[0, 2]]).max() < 1e-6
    assert abs(slope[1]) < 1e-6 or model.seasonal_theta < -0.9999
