"""Outcomes of districts that the sections on kinds of place and on results compare: levels and changes."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.footprint.size import by_district, life_expectancy

FIRST_LIVES = 2015
"""First year of the first period of life expectancy of this edition."""
FIRST_ADMISSIONS = 2013
"""The last financial year before the first deal on health."""
YEARS = 3


def _admissions(year: int | None = None) -> pd.Series:
    """Return standardised avoidable admissions for 100,000 people in the latest or another financial year; marked breaks of recording are left out."""
    rows = tables.load("chronic_admission")
    rows = rows[rows["area_code"].str.match("E0[6-9]") & ~rows["recording_break"]]
    year = int(rows["financial_year_start"].max()) if year is None else year
    return by_district("admissions", "rate", rows[rows["financial_year_start"] == year])


def _deaths(first: bool) -> pd.Series:
    """Return preventable deaths under 75 for 100,000 people, mean of the first or of the latest three years of the newest edition."""
    rows = tables.load("under_75_mortality")
    newest = rows["edition"].max()
    rows = rows[
        (rows["edition"] == newest) & (rows["sex"] == "persons") & rows["area_code"].str.match("E0[6-9]")
    ]
    years = sorted(rows["year"].unique())
    return by_district("deaths", "rate", rows[rows["year"].isin(years[:YEARS] if first else years[-YEARS:])])


@lru_cache(maxsize=1)
def _every() -> pd.DataFrame:
    latest, before = life_expectancy(), life_expectancy(FIRST_LIVES)
    admissions, once = _admissions(), _admissions(FIRST_ADMISSIONS)
    deaths, at_first = _deaths(first=False), _deaths(first=True)
    return pd.DataFrame(
        {
            "level": latest,
            "change": latest - before,
            "admissions": admissions,
            "admissions_change": 100.0 * np.log(admissions / once),
            "deaths": deaths,
            "deaths_change": 100.0 * np.log(deaths / at_first),
        }
    )


def outcomes() -> pd.DataFrame:
    """Return outcomes of each district of today (rows), missing where a table has none.

    ``level`` and ``change`` of life expectancy in years; ``admissions``: avoidable admissions for 100,000 people, and their change in per cent
    (logarithms); ``deaths``: preventable deaths under 75 for 100,000 people, and their change in per cent. Where districts merged, a rate is the mean of
    what they had.
    """
    return _every().copy()
