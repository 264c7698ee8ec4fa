"""Avoidable admissions of the districts of today, from those of every district that there was: counts are added up, never rates."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common.coverage import TODAY

COUNTS = ["admissions", "population"]


@lru_cache(maxsize=1)
def by_district_of_today() -> pd.DataFrame:
    """Return admissions, people and marked breaks by district of today and year; those of merged districts are added up.

    >>> rows = by_district_of_today()
    >>> int(rows.loc[("E06000066", 2003), "admissions"]) > 3000
    True
    """
    frame = tables.load_sound("chronic_admission").frame
    known = {a.code: a for a in areas.list_areas("district")}
    succession = areas.registry().succession
    rows = frame[frame["area_code"].isin(set(known))]
    heirs = {
        code: [a.code for a in succession.successors(known[code], TODAY)]
        for code in rows["area_code"].unique()
    }
    parts = rows.assign(heir=rows["area_code"].map(heirs)).explode("heir").dropna(subset=["heir"])
    share = 1.0 / parts["area_code"].map({code: max(len(found), 1) for code, found in heirs.items()})
    parts = parts.assign(**{v: parts[v].astype(float) * share for v in COUNTS})
    keys = [parts["heir"].rename("area_code"), parts["financial_year_start"]]
    sums = parts.groupby(keys)[COUNTS].sum()
    return sums.assign(recording_break=parts.groupby(keys)["recording_break"].any())
