"""The next year of A&E attendances: forecasts of England and its regions, and how such forecasts did in the past."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common.cells import cell
from healthdevo.chapters.common.emergency_series import BREAKS, monthly_counts, per_day_frame
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.demand.attendances import ENGLAND, PANDEMIC
from healthdevo.charts import Caption, Chart, fan_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.series import AreaForecast, forecast, structural_trend
from healthdevo.wording import join, millions, number, percentage

__all__ = ["MODEL_NAMES", "Outlook", "beaten_horizons", "made_by", "scorecard"]

MODEL_NAMES = {
    "structural trend": "structural trend",
    "airline": "airline model",
    "seasonal naive": "last year's months again",
}
_HORIZONS = (1, 3, 6, 12)


def made_by(model: str) -> str:
    """Return what made a forecast, to follow the word "by".

    Examples
    --------
    >>> made_by("airline"), made_by("seasonal naive")
    ('the airline model', "repeating last year's months")
    """
    return "repeating last year's months" if model == "seasonal naive" else f"the {MODEL_NAMES[model]}"


def scorecard(result: AreaForecast, model: str = "") -> pd.DataFrame:
    """Return the record of a model by horizon: errors relative to the floor, and coverage.

    Parameters
    ----------
    result : AreaForecast
        With a backtest.
    model : str
        Name of a model; by default the one in use.

    Returns
    -------
    pandas.DataFrame
        Indexed by horizon; empty where there is no backtest.
    """
    if result.backtest.empty:
        return pd.DataFrame()
    cards = result.backtest.reset_index("model")
    return cards[cards["model"] == (model or result.model)].drop(columns="model")


def beaten_horizons(result: AreaForecast) -> list[int]:
    """Return the horizons at which last year's months again did as well as or better than the model in use."""
    card = scorecard(result)
    if card.empty or result.model == "seasonal naive":
        return []
    return [int(h) for h in card.index[~(card["relative_error"] < 1.0)]]


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
        listed = {"England": ENGLAND} | {a.short_name: a.code for a in areas.list_areas("nhs_region")}
        return {
            name: forecast(monthly_counts(self.months, code), breaks=BREAKS) for name, code in listed.items()
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
        change = total / self.latest_year - 1.0
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
            caption=Caption(
                figure_id="forecast",
                title=f"The next twelve months: about {millions(total, 1)} attendances, {_change(change)} the latest twelve",
                subtitle=(
                    f"Attendances per day at all types of A&E, England, thousands, {recent['month'].iloc[0]:%B %Y} to "
                    f"{self.counts.index[-1]:%B %Y}, trend and forecast to {result.table.index[-1]:%B %Y}; the latest month is provisional"
                ),
                source=source_line("emergency_month"),
                alt=(
                    f"Line chart of attendances per day with a fan-shaped forecast of twelve months by {made_by(result.model)}: "
                    f"{millions(total, 1)} in all. The 95% band of the last month runs from "
                    f"{number(float(scaled['lower_0.95'].iloc[-1]))} to {number(float(scaled['upper_0.95'].iloc[-1]))} thousand a day."
                ),
            ),
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
        rows = []
        for name, result in self.forecasts.items():
            card = scorecard(result)

            def at(horizon: int, card: pd.DataFrame = card) -> str:
                return (
                    number(cell(card, horizon, "relative_error"), 2) if horizon in card.index else "not known"
                )

            worst = card["relative_error"].max() if len(card) else float("nan")
            rows.append(
                {
                    "Area": name,
                    "Model in use": MODEL_NAMES.get(result.model, "none"),
                    **{f"{h} month{'s' if h > 1 else ''}": at(h) for h in _HORIZONS},
                    "Worst": number(float(worst), 2) if np.isfinite(worst) else "not known",
                    "80% held": percentage(float(card["coverage_0.8"].mean()), 0)
                    if len(card)
                    else "not known",
                    "Floor wins at": _floor_words(result),
                }
            )
        origins = max(len(result.origins) for result in self.forecasts.values())
        return show_table(
            pd.DataFrame(rows),
            table_id="forecast-backtest",
            caption=(
                f"Error of past forecasts relative to last year's months again (the floor; below 1 is better), {origins} past starts, by "
                "months ahead; and the share of months inside the 80% interval before calibration."
            ),
            source=source_line("emergency_month"),
            data=self.records,
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        result = self.forecasts["England"]
        total = float(result.table["median"].sum())
        last = result.table.iloc[-1]
        wins = {name: beaten_horizons(r) for name, r in self.forecasts.items() if beaten_horizons(r)}
        floor = [name for name, r in self.forecasts.items() if r.model == "seasonal naive"]
        widened = [f"{100 * level:g}%" for level, factor in result.widening.items() if factor > 1.001]
        shrunk = [f"{100 * level:g}%" for level, factor in result.widening.items() if factor < 0.999]
        parts = []
        if floor:
            parts.append(f"In {join(floor)} the floor wins outright and is the forecast.")
        if wins:
            parts.append(
                f"In {join([f'{name} (at {join([str(h) for h in hs])} months)' for name, hs in wins.items()])} the floor wins at some "
                "horizons."
            )
        if not parts:
            parts.append("The model in use beats the floor for England and every region at every horizon.")
        month = result.table.index[-1]
        days = month.days_in_month
        return {
            "forecast_total": millions(total, 1),
            "forecast_change": _change(total / self.latest_year - 1.0),
            "forecast_last": (
                f"{number(float(last['median']) / days / 1000)} thousand a day in {month:%B %Y} (80% interval "
                f"{number(float(last['lower_0.8']) / days / 1000)} to {number(float(last['upper_0.8']) / days / 1000)} thousand, 95% "
                f"{number(float(last['lower_0.95']) / days / 1000)} to {number(float(last['upper_0.95']) / days / 1000)})"
            ),
            "forecast_model": made_by(result.model),
            "forecast_error": (
                f"{number(result.relative_error, 2)} of the floor's"
                if np.isfinite(result.relative_error)
                else "not known"
            ),
            "forecast_floor": " ".join(parts),
            "forecast_calibration": _calibration(widened, shrunk),
        }


def _calibration(widened: list[str], shrunk: list[str]) -> str:
    if not widened and not shrunk:
        return "In the backtest England's intervals held as many months as they promise, so they stand as the model gave them."
    parts = []
    if widened:
        parts.append(f"the {join(widened)} interval{'s were' if len(widened) > 1 else ' was'} widened")
    if shrunk:
        parts.append(f"the {join(shrunk)} interval{'s were' if len(shrunk) > 1 else ' was'} narrowed")
    return f"In the backtest some of England's intervals held too few or too many months, so {join(parts)}."


def _change(share: float) -> str:
    return f"{percentage(abs(share))} {'above' if share >= 0 else 'below'}"


def _floor_words(result: AreaForecast) -> str:
    if result.backtest.empty:
        return result.reason
    if result.model == "seasonal naive":
        return "all"
    horizons = beaten_horizons(result)
    return f"{join([str(h) for h in horizons])} months" if horizons else "none"
