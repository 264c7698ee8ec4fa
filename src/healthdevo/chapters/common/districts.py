"""Districts: their size, their series without confidence limits, the chance error of these, and what holds them."""

from __future__ import annotations

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.chapters.common.places import ENGLAND
from healthdevo.inequality import series_noise

__all__ = [
    "LATEST_EDITION",
    "ON",
    "ROUNDING",
    "SEXES",
    "container",
    "death_rate_series",
    "life_series",
    "period_errors",
    "size_in_2019",
    "slope_series",
    "within_boards",
    "yearly_errors",
]

SEXES = {"female": "women", "male": "men"}
LATEST_EDITION = "ohid_2026"
ON = "2023-04-01"
"""The day whose districts the chapters use."""
ROUNDING = 0.1
"""Unit to which lengths of life are published, in years."""
_SIZE_YEAR = 2019


def size_in_2019(population: pd.DataFrame) -> pd.Series:
    """Return the population of each area in 2019, the year on whose small areas deprivation is counted."""
    return population[population["year"] == _SIZE_YEAR].set_index("area_code")["persons"]


def _series(rows: pd.DataFrame, time: str, value: str, size: pd.Series | None) -> pd.DataFrame:
    wide = rows[rows["area_code"] != ENGLAND].pivot_table(index="area_code", columns=time, values=value)
    return wide if size is None else wide[wide.index.isin(size.index)]


def slope_series(
    published: pd.DataFrame, edition: str, sex: str, size: pd.Series | None = None
) -> pd.DataFrame:
    """Return one edition's published slope indices: a row for each district, a column for each period's first year.

    Parameters
    ----------
    published : pandas.DataFrame
        Table ``slope_index_life_expectancy``.
    edition, sex : str
        As in the table.
    size : pandas.Series, optional
        Population of each area; districts without one are left out.
    """
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
    """Return the share of each district's people in each container of a kind, on the districts of 2023.

    Returns
    -------
    pandas.DataFrame
        Columns ``area_code`` (district), ``container_code``, ``share``.
    """
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
