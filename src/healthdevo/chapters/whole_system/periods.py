"""Periods of the tables as days, and on which side of the agreement each lies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import BEFORE_PANDEMIC, GREATER_MANCHESTER
from healthdevo.errors import TableError

LEAST_BEFORE, LEAST_AFTER = 3, 2
"""Periods that an indicator needs wholly before and wholly after the agreement."""
LAST_DAY = pd.Timestamp(BEFORE_PANDEMIC, 12, 31)
"""Last day before the pandemic; a period that ends later counts on neither side."""


@dataclass(frozen=True)
class Rhythm:
    """When periods begin, which year names them, and how long they are."""

    first_month: int = 1
    months: int = 12
    offset: int = 0
    """Years from the year of the table to the one in which the period begins."""


SCHOOL, FINANCIAL = Rhythm(9), Rhythm(4)
_OF_TABLE: Mapping[str, Rhythm] = {"mortality_ratio_derived": Rhythm(7, 12, -1)}
_OF_SERIES: Mapping[str, Rhythm] = dict.fromkeys(
    (
        "obesity_reception",
        "obesity_year_6",
        "persistent_absence",
        "gcse_english_and_maths",
        "expected_standard_primary",
    ),
    SCHOOL,
)
YEARS = ("year", "financial_year_start", "period_start_year", "index_year", "month")
"""Columns of tables that name a period, in the order in which they are looked for."""


def agreement() -> pd.Timestamp:
    """Return the day of the agreement: the first event of Greater Manchester that touches health.

    >>> agreement().date().isoformat()
    '2014-11-03'
    """
    events = tables.load("devolution_event")
    own = events[(events["area_code"] == GREATER_MANCHESTER) & (events["health_relevance"] != "none")]
    if own.empty:
        raise TableError("table devolution_event: Greater Manchester has no event that touches health")
    return pd.Timestamp(own["event_date"].min())


def period_column(columns: tuple[str, ...]) -> str:
    """Return the column that names the period of a row, or nothing.

    >>> period_column(("area_code", "year", "rate")), period_column(("area_code",))
    ('year', '')
    """
    return next((name for name in YEARS if name in columns), "")


def with_days(frame: pd.DataFrame, table: str, period: str) -> pd.DataFrame:
    """Return a table's rows with the first and the last day of their periods.

    >>> rows = pd.DataFrame({"financial_year_start": [2014]})
    >>> with_days(rows, "council_outturn", "financial_year_start").iloc[0, 1:].dt.date.astype(str).tolist()
    ['2014-04-01', '2015-03-31']
    """
    if period == "month":
        first, months = frame["month"], pd.Series(1, index=frame.index)
    else:
        usual = FINANCIAL if period == "financial_year_start" else _OF_TABLE.get(table, Rhythm())
        start, offset = pd.Series(usual.first_month, index=frame.index), usual.offset
        months = pd.Series(usual.months, index=frame.index)
        if table == "local_outcome":
            series = tables.load("local_outcome_series").set_index("indicator")
            start, months = (frame["indicator"].map(series[c]) for c in ("first_month", "months"))
        elif "period_end_year" in frame:
            months = 12 * (frame["period_end_year"] - frame["period_start_year"] + 1)
        elif table == "wider_determinants":
            months = 12 * frame["years"]
            start = frame["indicator"].map({name: r.first_month for name, r in _OF_SERIES.items()}).fillna(1)
        first = pd.to_datetime(
            pd.DataFrame({"year": frame[period] + offset, "month": start.astype(int), "day": 1})
        )
    ends = first.dt.to_period("M") + (months.astype(int) - 1)
    return frame.assign(first_day=first, last_day=ends.dt.to_timestamp(how="end").dt.normalize())


def side(first_day: pd.Series, last_day: pd.Series, deal: pd.Timestamp) -> pd.Series:
    """Return -1 for periods wholly before a day, 1 for those wholly after it and before the pandemic, and 0 for all others.

    >>> days = [pd.to_datetime(pd.Series(d)) for d in (["2013-01-01", "2014-01-01", "2015-01-01"], ["2013-12-31", "2014-12-31", "2015-12-31"])]
    >>> side(*days, pd.Timestamp("2014-11-03")).tolist()
    [-1, 0, 1]
    """
    after = (first_day > deal) & (last_day <= LAST_DAY)
    return after.astype(int) - (last_day < deal).astype(int)


def label(first_day: pd.Timestamp, last_day: pd.Timestamp) -> str:
    """Return the name of a period.

    >>> label(pd.Timestamp("2013-04-01"), pd.Timestamp("2014-03-31")), label(pd.Timestamp("2011-01-01"), pd.Timestamp("2013-12-31"))
    ('2013/14', '2011 to 2013')
    >>> label(pd.Timestamp("2013-01-01"), pd.Timestamp("2013-12-31")), label(pd.Timestamp("2013-03-01"), pd.Timestamp("2013-03-31"))
    ('2013', 'March 2013')
    """
    if (last_day - first_day).days < 32:
        return f"{first_day:%B %Y}"
    if first_day.year == last_day.year:
        return str(first_day.year)
    if (last_day - first_day).days < 367:
        return f"{first_day.year}/{last_day.year % 100:02d}"
    return f"{first_day.year} to {last_day.year}"
