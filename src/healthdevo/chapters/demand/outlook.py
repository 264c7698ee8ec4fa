"""The next year of A&E attendances: forecasts of England and its regions, and how such forecasts did in the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import charts
from healthdevo.chapters.common import ENGLAND, PANDEMIC, england_and_regions, source_line
from healthdevo.chapters.common.emergency_series import BREAKS, monthly_counts, per_day_frame
from healthdevo.chapters.common.forecasts import forecast_of, trend_of
from healthdevo.chapters.demand import words
from healthdevo.series import AreaForecast

_HORIZONS = (1, 3, 6, 12)


@dataclass(frozen=True)
class Outlook:
    """Forecasts of England and its regions, from table ``emergency_month``."""

    months: pd.DataFrame = field(repr=False)

    @cached_property
    def forecasts(self) -> Mapping[str, AreaForecast]:
        """Forecasts by name, England first."""
        counts = {name: monthly_counts(self.months, code) for name, code in england_and_regions().items()}
        return {name: forecast_of(series, BREAKS) for name, series in counts.items()}

    @cached_property
    def counts(self) -> pd.Series:
        """England's attendances by month."""
        return monthly_counts(self.months, ENGLAND)

    @property
    def latest_year(self) -> float:
        """Attendances in the latest twelve months."""
        return float(self.counts.iloc[-12:].sum())

    def chart(self) -> charts.Chart:
        """England's attendances per day with trend and fan."""
        result = self.forecasts["England"]
        trend = trend_of(self.counts, BREAKS)
        data = per_day_frame(self.counts, trend.table.get("trend"), result.table)
        recent = data[data["month"] >= pd.Timestamp(2016, 4, 1)]
        per_day = recent.columns.difference(["month", "provisional"])
        scaled = recent.assign(**{c: recent[c] / 1000 for c in per_day})
        return charts.fan_chart(
            scaled,
            x="month",
            y="per_day",
            trend="trend",
            median="median",
            provisional="provisional",
            spans=[PANDEMIC],
            y_format=lambda v: f"{v:g}k",
            y_from_zero=False,
            caption=words.outlook(self, scaled),
        )

    @cached_property
    def records(self) -> pd.DataFrame:
        """Relative error by area, model and horizon, and coverage."""
        parts = []
        for name, result in self.forecasts.items():
            part = result.backtest.reset_index()
            if part.empty:
                part = pd.DataFrame({"model": [result.model]})
            part.insert(0, "area", name)
            in_use, origins = part["model"] == result.model, len(result.origins)
            parts.append(part.assign(in_use=in_use, origins=origins, reason=result.reason))
        return pd.concat(parts, ignore_index=True)

    def table(self) -> charts.Table:
        """Relative errors of the model in use for England and the regions."""
        shown = [words.record_row(name, result, _HORIZONS) for name, result in self.forecasts.items()]
        caption = words.record_table(max(len(result.origins) for result in self.forecasts.values()))
        source = source_line("emergency_month")
        return charts.Table("forecast-backtest", caption, source, pd.DataFrame(shown), self.records)

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.outlook_texts(self)
