"""Trends and forecasts of monthly series that several pages show, each computed once in a build."""

from __future__ import annotations

from collections.abc import Sequence

import pandas as pd

from healthdevo.chapters.common.kept import kept
from healthdevo.series import AreaForecast, Break, StructuralTrend, forecast, structural_trend


@kept
def forecast_of(series: pd.Series, breaks: Sequence[Break]) -> AreaForecast:
    """Return the forecast of the next twelve months, with its record."""
    return forecast(series, breaks=breaks)


@kept
def trend_of(series: pd.Series, breaks: Sequence[Break]) -> StructuralTrend:
    """Return the structural trend of a series."""
    return structural_trend(series, breaks=breaks)
