"""Words of the forecasts."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from healthdevo.chapters.common import source_line
from healthdevo.chapters.demand.records import beaten_horizons
from healthdevo.charts import Caption
from healthdevo.series import AreaForecast
from healthdevo.wording import join, millions, number, percentage

if TYPE_CHECKING:
    from healthdevo.chapters.demand.outlook import Outlook

MODEL_NAMES = {
    "structural trend": "structural trend",
    "airline": "airline model",
    "seasonal naive": "last year's months again",
}


def made_by(model: str) -> str:
    """Return what made a forecast, to follow the word "by".

    Examples
    --------
    >>> made_by("airline"), made_by("seasonal naive")
    ('the airline model', "repeating last year's months")
    """
    return "repeating last year's months" if model == "seasonal naive" else f"the {MODEL_NAMES[model]}"


def outlook(
    o: Outlook, result: AreaForecast, total: float, recent: pd.DataFrame, scaled: pd.DataFrame
) -> Caption:
    """Words of the forecast."""
    change = total / o.latest_year - 1.0
    return Caption(
        figure_id="forecast",
        title=f"The next twelve months: about {millions(total, 1)} attendances, {_change(change)} the latest twelve",
        subtitle=(
            f"Attendances per day at all types of A&E, England, thousands, {recent['month'].iloc[0]:%B %Y} to "
            f"{o.counts.index[-1]:%B %Y}, trend and forecast to {result.table.index[-1]:%B %Y}; the latest month is provisional"
        ),
        source=source_line("emergency_month"),
        alt=(
            f"Line chart of attendances per day with a fan-shaped forecast of twelve months by {made_by(result.model)}: "
            f"{millions(total, 1)} in all. The 95% band of the last month runs from "
            f"{number(float(scaled['lower_0.95'].iloc[-1]))} to {number(float(scaled['upper_0.95'].iloc[-1]))} thousand a day."
        ),
    )


def relative_error(card: pd.DataFrame, horizon: int) -> str:
    """Return the error at a horizon relative to the floor's, for tables."""
    return number(float(card["relative_error"][horizon]), 2) if horizon in card.index else "not known"


def worst_error(card: pd.DataFrame) -> str:
    """Return the largest relative error over all horizons, for tables."""
    worst = float(card["relative_error"].max()) if len(card) else float("nan")
    return number(worst, 2) if np.isfinite(worst) else "not known"


def held(card: pd.DataFrame) -> str:
    """Return the share of months inside the 80% interval, for tables."""
    return percentage(float(card["coverage_0.8"].mean()), 0) if len(card) else "not known"


def record_table(origins: int) -> str:
    """Return the caption of the forecasts' record."""
    return (
        f"Error of past forecasts relative to last year's months again (the floor; below 1 is better), {origins} past starts, by "
        "months ahead; and the share of months inside the 80% interval before calibration."
    )


def texts(o: Outlook) -> dict[str, str]:
    """Named texts for the prose."""
    result = o.forecasts["England"]
    total = float(result.table["median"].sum())
    last = result.table.iloc[-1]
    wins = {name: beaten_horizons(r) for name, r in o.forecasts.items() if beaten_horizons(r)}
    floor = [name for name, r in o.forecasts.items() if r.model == "seasonal naive"]
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
        "forecast_change": _change(total / o.latest_year - 1.0),
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


def floor_words(result: AreaForecast) -> str:
    """Return the horizons at which the floor wins, for tables."""
    if result.backtest.empty:
        return result.reason
    if result.model == "seasonal naive":
        return "all"
    horizons = beaten_horizons(result)
    return f"{join([str(h) for h in horizons])} months" if horizons else "none"
