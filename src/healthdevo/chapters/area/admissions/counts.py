"""Admissions and people of any area from those of districts, pooled: standardised rates are never averaged."""

from __future__ import annotations

from functools import lru_cache

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.area.ground import districts_in
from healthdevo.chapters.common import TODAY

_VALUES = ["admissions", "population"]


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
    parts = parts.assign(**{v: parts[v].astype(float) * share for v in _VALUES})
    keys = [parts["heir"].rename("area_code"), parts["financial_year_start"]]
    sums = parts.groupby(keys)[_VALUES].sum()
    return sums.assign(recording_break=parts.groupby(keys)["recording_break"].any())


def pooled(code: str) -> pd.DataFrame:
    """Return admissions, people and marked breaks of an area by year, from its districts, each by the share of its people inside.

    A year in which a district has no figures is left out. An area without districts has no rows.
    """
    shares = districts_in(code)
    every = by_district_of_today()
    rows = every[every.index.get_level_values("area_code").isin(shares.index)]
    weight = shares.reindex(rows.index.get_level_values("area_code")).to_numpy(float)
    parts = rows[_VALUES].mul(weight, axis=0)
    by_year = parts.groupby(level="financial_year_start")
    sums = by_year.sum()
    sums["recording_break"] = rows["recording_break"].groupby(level="financial_year_start").any()
    return sums[by_year.size() == len(shares)]
