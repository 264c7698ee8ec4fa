"""Admissions and people of any area from those of districts, pooled: standardised rates are never averaged."""

from __future__ import annotations

import pandas as pd

from healthdevo.chapters.area.ground import districts_in
from healthdevo.chapters.common.admissions import COUNTS, by_district_of_today


def pooled(code: str) -> pd.DataFrame:
    """Return admissions, people and marked breaks of an area by year, from its districts, each by the share of its people inside.

    A year in which a district has no figures is left out. An area without districts has no rows.
    """
    shares = districts_in(code)
    every = by_district_of_today()
    rows = every[every.index.get_level_values("area_code").isin(shares.index)]
    weight = shares.reindex(rows.index.get_level_values("area_code")).to_numpy(float)
    parts = rows[COUNTS].mul(weight, axis=0)
    by_year = parts.groupby(level="financial_year_start")
    sums = by_year.sum()
    sums["recording_break"] = rows["recording_break"].groupby(level="financial_year_start").any()
    return sums[by_year.size() == len(shares)]
