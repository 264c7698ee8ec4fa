"""Four-hour waiting of one area, now and at first: what cards compare, computed once for every area that has figures."""

from __future__ import annotations

import numpy as np
import pandas as pd

from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.common.waiting import performance
from healthdevo.errors import InputError

FIRST_YEARS_END = pd.Timestamp(2018, 3, 1)
"""Last month of the first two years of the table: the shortest series that the model of waiting takes."""
_COLUMNS = ["area_code", "start", "value", "error", "lower", "upper"]


@kept
def waits(months: pd.DataFrame) -> pd.DataFrame:
    """Return the share within four hours of one area's latest 12 months, and of 2017/18, with intervals: a row for each that is known.

    ``start`` is the last month of the 12.
    """
    code = str(months["area_code"].iloc[0])
    found = []
    for rows in (months[months["month"] <= FIRST_YEARS_END], months):
        try:
            latest = performance(rows, code).latest
        except InputError:
            continue
        if latest is None or not latest.intervals or not np.isfinite(latest.estimate):
            continue
        limits = latest.interval()
        known = rows.dropna(subset=["attendances_4_hour_reporting"])["month"].max()
        found.append((code, known, latest.estimate, latest.standard_error, limits.lower, limits.upper))
    return pd.DataFrame(found, columns=_COLUMNS)
