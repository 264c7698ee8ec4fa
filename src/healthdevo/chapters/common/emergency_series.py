"""Monthly series of A&E attendances as the analysis takes them, the dated breaks that every page judges, and records of forecasts."""

from __future__ import annotations

import numpy as np
import pandas as pd

from healthdevo.charts import Span
from healthdevo.emergency import TYPE_3_SHORTFALL as SHORTFALL_BREAK
from healthdevo.errors import TableError
from healthdevo.series import AFTER_PANDEMIC, AreaForecast, Break
from healthdevo.series import PANDEMIC as PANDEMIC_MONTHS

PANDEMIC = Span(pd.Timestamp(PANDEMIC_MONTHS[0]), pd.Timestamp(PANDEMIC_MONTHS[1]), "pandemic")
TYPE_3_SHORTFALL = Span(
    pd.Timestamp(SHORTFALL_BREAK.start),
    pd.Period(SHORTFALL_BREAK.end, freq="M").end_time.normalize(),
    "type 3 figures short",
)
"""Spans of time that figures shade."""
BREAKS: tuple[Break, ...] = (AFTER_PANDEMIC, SHORTFALL_BREAK)
"""Shifts of the level that every trend and forecast admits."""


def monthly_counts(months: pd.DataFrame, code: str, department_type: str = "all") -> pd.Series:
    """Return an area's attendances by month from table ``emergency_month``; months without figures are left out, not filled.

    >>> frame = pd.DataFrame({"area_code": ["A"], "month": [pd.Timestamp("2020-01-01")], "department_type": ["all"],
    ...                       "attendances": [31.0]})
    >>> monthly_counts(frame, "A").to_dict()
    {Period('2020-01', 'M'): 31.0}
    """
    rows = months[(months["area_code"] == code) & (months["department_type"] == department_type)]
    rows = rows[rows["attendances"].notna()]
    if rows.empty:
        raise TableError(
            f"table emergency_month has no attendances of type {department_type} for area {code}"
        )
    index = pd.PeriodIndex(rows["month"], freq="M", name="month")
    return pd.Series(rows["attendances"].to_numpy(float), index=index).sort_index()


def in_pandemic(index: pd.PeriodIndex) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
    """Return which months lie in the pandemic.

    >>> in_pandemic(pd.period_range("2020-02", periods=2, freq="M")).tolist()
    [False, True]
    """
    first, last = (pd.Period(m, freq="M") for m in PANDEMIC_MONTHS)
    return np.asarray((index >= first) & (index <= last))


def per_day_frame(
    counts: pd.Series, trend: pd.Series | None = None, ahead: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Return what a fan chart draws by month, gaps as missing values: ``month`` (first day), ``per_day``, ``trend``, ``provisional``.

    The trend is per day, and left out where there is no count and in the pandemic, which no trend was learnt from; ``provisional`` is
    the latest month counted. ``ahead`` is a forecast of attendances by month; its columns are added.

    >>> s = pd.Series([31.0, 29.0], index=pd.period_range("2024-01", periods=2, freq="M"))
    >>> per_day_frame(s)["per_day"].tolist()
    [1.0, 1.0]
    """
    last = counts.index.max() if ahead is None or ahead.empty else ahead.index.max()
    every = pd.period_range(counts.index.min(), last, freq="M")
    days = np.asarray(every.days_in_month, dtype=float)
    frame = pd.DataFrame({"month": every.to_timestamp(), "per_day": counts.reindex(every).to_numpy() / days})
    shown = counts.reindex(every).notna().to_numpy() & ~in_pandemic(every)
    frame["trend"] = (
        np.nan if trend is None else np.where(shown, trend.reindex(every).to_numpy(float), np.nan)
    )
    frame["provisional"] = np.asarray(every == counts.index.max())
    if ahead is not None:
        for column in ahead.columns:
            frame[str(column)] = ahead[column].reindex(every).to_numpy() / days
    return frame


def scorecard(result: AreaForecast, model: str = "") -> pd.DataFrame:
    """Return the record of a model, by default the one in use, by horizon: errors relative to the floor, and coverage.

    It is empty where there is no backtest.
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
