"""Places that every chapter names, and districts: their size, their series, the chance error of these, and what holds them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.inequality import series_noise

ENGLAND = "E92000001"
LONDON = "E12000007"
"""The region."""
GREATER_MANCHESTER = "E47000001"
"""The combined authority."""
SEXES = {"female": "women", "male": "men"}
LATEST_EDITION = "ohid_2026"
ON = "2023-04-01"
"""The day whose districts the chapters use."""
ROUNDING = 0.1
"""Unit to which lengths of life are published, in years."""


def england_and_regions() -> dict[str, str]:
    """Return the codes of England and the NHS regions by name, England first.

    >>> list(england_and_regions())[:2], len(england_and_regions())
    (['England', 'London'], 8)
    """
    return {"England": ENGLAND} | {a.short_name: a.code for a in areas.list_areas("nhs_region")}


def peers_title(kind: str) -> str:
    """Return what areas of a kind are called, in the plural.

    >>> peers_title("icb"), peers_title("nhs_region")
    ('integrated care boards', 'NHS regions')
    """
    return areas.KIND_TITLES[kind][1] if kind in areas.KIND_TITLES else "areas of its kind"


def plain_name(short_name: str) -> str:
    """Return the name of an integrated care board without what all of them share, for the rows of a chart.

    >>> plain_name("NHS Sussex ICB"), plain_name("London")
    ('Sussex', 'London')
    """
    return short_name.removeprefix("NHS ").removesuffix(" ICB")


def size_in_2019(population: pd.DataFrame) -> pd.Series:
    """Return the population of each area in 2019, the year on whose small areas deprivation is counted."""
    return population[population["year"] == 2019].set_index("area_code")["persons"]


def _series(rows: pd.DataFrame, time: str, value: str, size: pd.Series | None) -> pd.DataFrame:
    wide = rows[rows["area_code"] != ENGLAND].pivot_table(index="area_code", columns=time, values=value)
    return wide if size is None else wide[wide.index.isin(size.index)]


def slope_series(
    published: pd.DataFrame, edition: str, sex: str, size: pd.Series | None = None
) -> pd.DataFrame:
    """Return slope indices of table ``slope_index_life_expectancy``: a row for each district (with a size), a column for each period's first year."""
    rows = published[(published["edition"] == edition) & (published["sex"] == sex)]
    return _series(rows, "period_start_year", "slope_index", size)


def life_series(life: pd.DataFrame, sex: str, size: pd.Series) -> pd.DataFrame:
    """Return life expectancy of table ``life_expectancy_area``: a row for each district, a column for each period's first year."""
    return _series(life[life["sex"] == sex], "period_start_year", "life_expectancy", size)


def death_rate_series(mortality: pd.DataFrame, edition: str, size: pd.Series) -> pd.DataFrame:
    """Return preventable death rates of table ``under_75_mortality``: a row for each district, a column for each year."""
    rows = mortality[(mortality["edition"] == edition) & (mortality["sex"] == "persons")]
    return _series(rows, "year", "rate", size)


def period_errors(series: pd.DataFrame, size: pd.Series) -> pd.Series:
    """Return each district's standard error of one three-year value, judged from the scatter from period to period."""
    sizes = size.reindex(series.index).to_numpy(float)
    noise = series_noise(series.to_numpy(float), sizes, years=3, rounding=ROUNDING)
    return pd.Series(noise.standard_error, index=series.index, name="error")


def yearly_errors(rates: pd.DataFrame, size: pd.Series) -> pd.Series:
    """Return each district's relative standard error of one yearly rate, judged from the scatter from year to year."""
    noise = series_noise(np.log(rates.to_numpy(float)), size.reindex(rates.index).to_numpy(float))
    return pd.Series(noise.standard_error, index=rates.index, name="error")


def within_boards(kind: str = "icb") -> pd.DataFrame:
    """Return ``area_code``, ``container_code`` and the ``share`` of each district's people in each container, on the districts of 2023."""
    found = areas.registry().containment("district", kind, ON)
    rows = [
        {"area_code": m.code, "container_code": c.code, "share": float(found.share[i, j])}
        for i, m in enumerate(found.members)
        for j, c in enumerate(found.containers)
        if found.share[i, j] > 0.0
    ]
    return pd.DataFrame(rows)


def container(kind: str, members: str = "district", on: str = ON) -> pd.Series:
    """Return the container of a kind that holds most of each member."""
    found = areas.registry().containment(members, kind, on)
    where = np.nanargmax(found.share, axis=1)
    return pd.Series([found.containers[j].code for j in where], index=[m.code for m in found.members])
