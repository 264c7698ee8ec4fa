"""The next year of A&E attendances: forecasts of England and its regions, and how such forecasts did in the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.common import ENGLAND, PANDEMIC, england_and_regions, source_line
from healthdevo.chapters.common.emergency_series import BREAKS, monthly_counts, per_day_frame
from healthdevo.chapters.demand.records import scorecard
from healthdevo.chapters.demand.words import outlook as words
from healthdevo.charts import Chart, Table, fan_chart
from healthdevo.series import AreaForecast, forecast, structural_trend

__all__ = ["Outlook"]

_HORIZONS = (1, 3, 6, 12)


@dataclass(frozen=True)
class Outlook:
    """Forecasts of England and its regions.

    Parameters
    ----------
    months : pandas.DataFrame
        Table ``emergency_month``.
    """

    months: pd.DataFrame = field(repr=False)

    @cached_property
    def forecasts(self) -> Mapping[str, AreaForecast]:
        """Forecasts by name, England first."""
        return {
            name: forecast(monthly_counts(self.months, code), breaks=BREAKS)
            for name, code in england_and_regions().items()
        }

    @cached_property
    def counts(self) -> pd.Series:
        """England's attendances by month."""
        return monthly_counts(self.months, ENGLAND)

    @property
    def latest_year(self) -> float:
        """Attendances in the latest twelve months."""
        return float(self.counts.iloc[-12:].sum())

    def chart(self) -> Chart:
        """England's attendances per day with trend and fan."""
        result = self.forecasts["England"]
        trend = structural_trend(self.counts, breaks=BREAKS)
        data = per_day_frame(self.counts, trend.table.get("trend"), result.table)
        recent = data[data["month"] >= pd.Timestamp(2016, 4, 1)]
        scaled = recent.assign(
            **{c: recent[c] / 1000 for c in recent.columns if c not in ("month", "provisional")}
        )
        total = float(result.table["median"].sum())
        return fan_chart(
            scaled,
            x="month",
            y="per_day",
            trend="trend",
            median="median",
            provisional="provisional",
            spans=[PANDEMIC],
            y_format=lambda v: f"{v:g}k",
            y_from_zero=False,
            caption=words.outlook(self, result, total, recent, scaled),
        )

    @cached_property
    def records(self) -> pd.DataFrame:
        """Relative error by area, model and horizon, and coverage."""
        parts = []
        for name, result in self.forecasts.items():
            part = (
                pd.DataFrame({"model": [result.model]})
                if result.backtest.empty
                else result.backtest.reset_index()
            )
            part.insert(0, "area", name)
            parts.append(
                part.assign(
                    in_use=part["model"] == result.model, origins=len(result.origins), reason=result.reason
                )
            )
        return pd.concat(parts, ignore_index=True)

    def table(self) -> Table:
        """Relative errors of the model in use for England and the regions."""
        cards = {name: scorecard(result) for name, result in self.forecasts.items()}
        shown = pd.DataFrame(
            {
                "Area": list(cards),
                "Model in use": [words.MODEL_NAMES.get(r.model, "none") for r in self.forecasts.values()],
                **{
                    f"{h} month{'s' if h > 1 else ''}": [words.relative_error(c, h) for c in cards.values()]
                    for h in _HORIZONS
                },
                "Worst": [words.worst_error(c) for c in cards.values()],
                "80% held": [words.held(c) for c in cards.values()],
                "Floor wins at": [words.floor_words(r) for r in self.forecasts.values()],
            }
        )
        return Table(
            "forecast-backtest",
            words.record_table(max(len(result.origins) for result in self.forecasts.values())),
            source_line("emergency_month"),
            shown,
            self.records,
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)
