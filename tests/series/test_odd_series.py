"""Whatever a series looks like, functions return a result or one clear error, never a warning or a crash."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.emergency.four_hour import four_hour_performance
from healthdevo.errors import InputError
from healthdevo.series.control_charts import xmr_chart
from healthdevo.series.forecasts import forecast
from healthdevo.series.interrupted_series import interrupted_series
from healthdevo.series.seasonal_control_charts import seasonal_control_chart
from healthdevo.series.structural_trend import structural_trend

SHAPES = ("ordinary", "constant", "zeros", "huge", "tiny", "straight", "wild", "repeating")


def odd_series(shape, n, holes):
    rng = np.random.default_rng(n)
    months = pd.period_range("2016-04", periods=n, freq="M")
    values = {
        "ordinary": np.exp(rng.normal(6, 0.1, n)),
        "constant": np.full(n, 7.0),
        "zeros": rng.poisson(1.0, n).astype(float),
        "huge": np.exp(rng.normal(30, 0.1, n)),
        "tiny": np.exp(rng.normal(-15, 0.1, n)),
        "straight": np.arange(1.0, n + 1),
        "wild": np.exp(np.cumsum(rng.normal(0, 0.5, n))),
        "repeating": np.tile(rng.uniform(1, 9, 12), n // 12 + 1)[:n],
    }[shape]
    series = pd.Series(values, months)
    if holes:
        series.iloc[n // 3 : n // 2] = np.nan
    return series.sample(frac=1.0, random_state=n)


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(("n", "holes"), [(1, False), (11, False), (25, True), (60, True)])
def test_result_or_clear_error(shape, n, holes):
    series = odd_series(shape, n, holes)
    months = pd.period_range("2016-04", periods=n, freq="M")
    total = np.round(series.abs() * 10) + 1
    frame = pd.DataFrame(
        {
            "month": series.index,
            "attendances_4_hour_reporting": total.to_numpy(),
            "over_4_hours": np.round(0.3 * total.to_numpy()),
        }
    )
    when = str(months[int(0.6 * n)])
    sentences, refusals = [], []
    for work in (
        lambda: structural_trend(series).sentence,
        lambda: forecast(series, airline=False, origins=12).sentence,
        lambda: xmr_chart(series).sentence,
        lambda: seasonal_control_chart(series).sentence,
        lambda: four_hour_performance(frame).sentence,
        lambda: interrupted_series(series, when).sentence,
        lambda: interrupted_series(series, when, model="gls-ar1", seasons=0).sentence,
    ):
        try:
            sentences.append(work())
        except InputError as error:
            refusals.append(str(error))
    assert all(sentence.endswith(".") and "nan" not in sentence for sentence in sentences)
    assert all(": " in refusal for refusal in refusals)
    assert len(sentences) + len(refusals) == 7
    assert sentences


@pytest.mark.parametrize("work", [structural_trend, forecast, seasonal_control_chart])
def test_a_month_given_twice_is_named(work):
    series = odd_series("ordinary", 40, holes=False)
    twice = pd.concat([series, series.iloc[:1]])
    with pytest.raises(InputError, match=str(series.index[0])):
        work(twice)
