"""One pass of the filter says at every end what filtering the shorter series and forecasting from it would."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.series import AFTER_PANDEMIC
from healthdevo.series.filtered_paths import paths
from healthdevo.series.reference_forecasts import _model, airline_model
from healthdevo.series.structural_trend import Break, predict, predict_from, prepare, quick_fit

ENDS, HORIZON = [100, 101, 107, 118], 12


def monthly(seed=0, n=130):
    rng = np.random.default_rng(seed)
    months = pd.period_range("2013-04", periods=n, freq="M")
    level = 8 + np.cumsum(rng.normal(0.002, 0.01, n)) + 0.08 * np.sin(np.asarray(months.month) / 2)
    series = pd.Series(np.exp(level + rng.normal(0, 0.02, n)) * months.days_in_month, index=months)
    return series.drop(series.index[[5, 40, 41, 104]])  # gaps stay gaps


@pytest.mark.parametrize("logarithmic", [True, False])
def test_the_airline_model_from_several_ends(logarithmic):
    series = monthly()
    model = airline_model(series, logarithmic=logarithmic, careful=False)
    regular = model._series
    found = model.forecasts_from(ENDS, HORIZON)
    assert list(found) == ENDS
    for end, one in found.items():
        alone = model.forecast(HORIZON, end=regular.index[end - 1])
        assert one.months.equals(alone.months)
        assert (one.model, one.logarithmic) == (alone.model, alone.logarithmic)
        np.testing.assert_allclose(one.centre, alone.centre, rtol=1e-10)
        np.testing.assert_allclose(one.spread, alone.spread, rtol=1e-8)


def trend_of(series):
    breaks = (AFTER_PANDEMIC, Break("new form", "2017-01", "2017-12"))
    regular, logs, _, reason = prepare(series, breaks, ("2020-03", "2020-12"), 4, True)
    assert not reason
    return quick_fit(regular, logs, breaks, 4, True)


def test_the_structural_trend_from_several_ends():
    fit = trend_of(monthly())
    assert "break new form" in fit.columns
    found = predict_from(fit, ENDS, HORIZON)
    for end in ENDS:
        alone = predict(replace(fit, series=fit.series.iloc[:end], logs=fit.logs[:end]), HORIZON)
        assert found[end].months.equals(alone.months)
        np.testing.assert_allclose(found[end].centre, alone.centre, rtol=1e-10)
        np.testing.assert_allclose(found[end].spread, alone.spread, rtol=1e-8)
        np.testing.assert_array_equal(found[end].scale, alone.scale)


def test_nothing_after_an_end_is_used():
    series, end = monthly(), ENDS[0]
    later = series.copy()
    later[later.index > pd.period_range("2013-04", periods=end, freq="M")[-1]] *= 3.0
    model = airline_model(series, careful=False)
    first, second = (m.forecasts_from(ENDS, HORIZON)[end] for m in (model, model.carried_to(later)))
    np.testing.assert_array_equal(first.centre, second.centre)
    np.testing.assert_array_equal(first.spread, second.spread)
    fit = trend_of(series)
    logs = fit.logs.copy()
    logs[end:] += 100.0
    first, second = (predict_from(f, ENDS, HORIZON)[end] for f in (fit, replace(fit, logs=logs)))
    np.testing.assert_array_equal(first.centre, second.centre)
    np.testing.assert_array_equal(first.spread, second.spread)


def test_an_end_within_the_diffuse_start_is_left_to_the_whole_way():
    fit = trend_of(monthly())
    early = [10, 100]
    found = predict_from(fit, early, HORIZON)
    for end in early:
        alone = predict(replace(fit, series=fit.series.iloc[:end], logs=fit.logs[:end]), HORIZON)
        np.testing.assert_allclose(found[end].centre, alone.centre, rtol=1e-10)
    y = np.concatenate([np.arange(30.0) % 7, np.full(3, np.nan)])
    assert paths(_model(y), np.array([-0.3, -0.5, 1.0]), [5], 3) is None


@pytest.mark.parametrize("ends", [[0], [131], [1.5], [True]])
def test_ends_outside_the_series_are_refused(ends):
    model = airline_model(monthly(), careful=False)
    with pytest.raises(InputError, match=r"ends: .* give numbers of months from 1 to 130"):
        model.forecasts_from(ends, 3)
    assert model.forecasts_from([], 3) == {}
    with pytest.raises(InputError, match="horizon: 0 is not valid"):
        model.forecasts_from([100], 0)
    with pytest.raises(InputError, match="ends: 9 known months do not determine"):
        model.forecasts_from([10], 3)
