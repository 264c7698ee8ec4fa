"""Four-hour performance of an area from the table of months, apart from its charts and words."""

from __future__ import annotations

import pandas as pd

from healthdevo import tables
from healthdevo.emergency import FourHourPerformance, four_hour_performance

FOUR_HOUR_REBASES = ("2020-03", "2021-07", "2023-06")
"""New segments of four-hour charts: the pandemic, its end, and the return of the pilot trusts."""


def performance(months: pd.DataFrame, code: str) -> FourHourPerformance:
    """Return the four-hour performance of an area since April 2016, from rows of table ``emergency_month``."""
    rows = months[(months["area_code"] == code) & (months["department_type"] == "all")]
    rows = rows[rows["month"] >= pd.Timestamp(2016, 4, 1)]
    first, last = rows["month"].min(), rows["month"].max()
    rebase = [r for r in FOUR_HOUR_REBASES if first < pd.Timestamp(r) <= last]
    standard, interim = targets()
    return four_hour_performance(rows, rebase=rebase, standard=standard, interim=interim)


def targets() -> tuple[float, dict[str, float]]:
    """Return the standard of four hours, and the interim targets by their first month, from the dated table.

    >>> targets()[1]["2025-03"]
    0.78
    """
    rows = tables.load("performance_standard")
    rows = rows[rows["measure"] == "four_hours"]
    interim = rows[rows["kind"] == "interim"]
    standard = rows[rows["kind"] == "standard"].sort_values("first_month")["share"]
    months = interim["first_month"].dt.strftime("%Y-%m")
    return float(standard.iloc[-1]), dict(zip(months, interim["share"], strict=True))
