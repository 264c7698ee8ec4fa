"""Everything that an area's emergency-care section computes, for 42 areas, against a loop of airline fits."""

from __future__ import annotations

import time
import warnings
from collections.abc import Iterable

import numpy as np
import pandas as pd
from statsmodels.tsa.statespace.sarimax import SARIMAX

from benchmarks.harness import Case
from healthdevo.emergency import TYPE_3_SHORTFALL, YearOfAttendances, four_hour_performance, growth_accounts
from healthdevo.series import (
    AFTER_PANDEMIC,
    forecast,
    interrupted_series,
    seasonal_control_chart,
    stable_shift_chart,
    structural_trend,
    xmr_chart,
)

AREAS = 42
BREAKS = (AFTER_PANDEMIC, TYPE_3_SHORTFALL)


def areas() -> list[pd.DataFrame]:
    """Draw areas like the published ones: ten years of months, one year missing, a pandemic, a four-hour percentage."""
    rng = np.random.default_rng(0)
    months = pd.period_range("2016-04", "2026-03", freq="M")
    days = np.asarray(months.days_in_month)
    season = 0.05 * np.sin(2 * np.pi * np.asarray(months.month) / 12)
    fall = np.where((months >= "2020-03") & (months <= "2021-06"), -0.35, 0.0)
    result = []
    for _ in range(AREAS):
        logs = rng.uniform(6.5, 8.0) + 0.0025 * np.arange(120) + np.cumsum(rng.normal(0, 0.012, 120))
        total = np.round(np.exp(logs + season + fall + rng.normal(0, 0.02, 120)) * days)
        share = np.clip(0.8 + np.cumsum(rng.normal(0, 0.008, 120)), 0.4, 0.97)
        frame = pd.DataFrame(
            {
                "month": months,
                "attendances": total,
                "attendances_4_hour_reporting": total,
                "over_4_hours": rng.binomial(total.astype(int), 1 - share),
            }
        )
        result.append(frame[(months < "2019-04") | (months > "2020-03")])
    return result


def section(frame: pd.DataFrame) -> None:
    """Compute trend, charts, four-hour performance and forecast with its backtest."""
    series = pd.Series(frame["attendances"].to_numpy(), pd.PeriodIndex(frame["month"], freq="M"))
    structural_trend(series, breaks=BREAKS)
    seasonal_control_chart(series)
    four_hour_performance(frame)
    forecast(series, breaks=BREAKS)


def airline(series: pd.Series) -> None:
    """Fit the airline model the plain way and forecast a year."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        SARIMAX(np.log(series), order=(0, 1, 1), seasonal_order=(0, 1, 1, 12)).fit(disp=0).forecast(12)


def cases() -> Iterable[Case]:
    """Yield the comparisons."""
    frames = areas()
    regular = []
    for frame in frames:
        series = pd.Series(frame["attendances"].to_numpy(), pd.PeriodIndex(frame["month"], freq="M"))
        regular.append(series.reindex(pd.period_range(series.index[0], series.index[-1], freq="M")))
    section(frames[0])
    start = time.process_time()
    for frame in frames:
        section(frame)
    seconds = time.process_time() - start
    yield Case(
        f"{AREAS} areas: trend, charts, four-hour, forecast, backtest",
        lambda: [section(frame) for frame in frames],
        "one SARIMAX airline fit for each series",
        lambda: [airline(series) for series in regular],
        repeat=1,
        peer_repeat=1,
        note=f"{seconds:.1f} s of CPU (ceiling 60)",
    )
    yield Case(
        "one area: the same",
        lambda: section(frames[0]),
        "SARIMAX airline refitted at 18 origins",
        lambda: [airline(regular[0].iloc[: len(regular[0]) - 29 + i]) for i in range(18)],
        repeat=3,
        peer_repeat=1,
        note="ceiling 2 s",
    )
    rng = np.random.default_rng(1)
    y = rng.normal(100, 5, 120)
    yield Case("control chart of 120 points", lambda: xmr_chart(y, rebase=[60]), repeat=20)
    yield Case("stable shifts in 120 points", lambda: stable_shift_chart(y), repeat=5)
    counts = pd.Series(rng.poisson(900, 120), pd.period_range("2014-01", periods=120, freq="M"))
    yield Case("interrupted series of 120 months", lambda: interrupted_series(counts, "2019-01"), repeat=5)
    people = pd.Series([9e3, 31e3, 9e3], ["0-15", "16-64", "65+"])
    before = YearOfAttendances({"1": 15_000.0, "3": 6_000.0}, people, 365, 253)
    after = YearOfAttendances({"1": 16_000.0, "3": 8_500.0}, people * 1.05, 365, 253)
    rates = pd.Series([0.4, 0.3, 0.5], people.index)
    yield Case(
        "growth account with 1,000 draws",
        lambda: growth_accounts(before, after, age_rates=rates, errors={"age_rates": 0.1}),
        repeat=5,
    )
