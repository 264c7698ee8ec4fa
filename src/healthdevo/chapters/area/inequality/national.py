"""What the inequality section computes for all districts and all areas of a kind at once: the same for every page of the kind."""

from __future__ import annotations

from collections.abc import Hashable, Sequence

import numpy as np
import pandas as pd

from healthdevo.chapters.common.estimates import with_limits
from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.common.places import (
    ENGLAND,
    LATEST_EDITION,
    SEXES,
    death_rate_series,
    life_series,
    period_errors,
    slope_series,
    yearly_errors,
)

INDEX_YEAR = 2019
_YEARS = 3


@kept
def district_rates(mortality: pd.DataFrame, deprivation: pd.DataFrame, size: pd.Series) -> pd.DataFrame:
    """Return preventable deaths under 75 of each district, mean of three years with its standard error, and its deprivation."""
    score = deprivation[deprivation["index_year"] == INDEX_YEAR].set_index("area_code")["average_score"]
    rates = death_rate_series(mortality, LATEST_EDITION, size)
    last = list(rates.columns)[-_YEARS:]
    rate, error = _over_years(rates, last, size)
    frame = pd.DataFrame({"rate": rate, "error": error, "score": score.reindex(rates.index)})
    return frame.assign(start=last[0], end=last[-1]).dropna()


@kept
def district_lives(life: pd.DataFrame, size: pd.Series) -> pd.DataFrame:
    """Return life expectancy at birth of each district in the latest three years, by sex, with its standard error."""
    found = []
    for sex in SEXES:
        series = life_series(life, sex, size)
        error = period_errors(series, size)
        last = series.columns[-1]
        found.append(
            pd.DataFrame(
                {
                    "area_code": series.index,
                    "sex": sex,
                    "value": series[last].to_numpy(),
                    "error": error.to_numpy(),
                }
            )
        )
    return pd.concat(found, ignore_index=True).dropna()


def means_of_districts(
    series: Sequence[pd.DataFrame], errors: Sequence[pd.Series], parts: pd.DataFrame, size: pd.Series
) -> pd.DataFrame:
    """Return the mean of districts' published figures in each area and in England, by period, with limits.

    ``series`` has a frame for each sex, a row for each district and a column for each period's first year; the mean over them, each
    weighted by people. ``errors`` are the districts' standard errors. Columns: ``area_code``, ``start``, ``mean``, ``error``, ``districts``.

    >>> rates = pd.DataFrame({2019: [1.0, 4.0]}, index=pd.Index(["A", "B"], name="area_code"))
    >>> parts = pd.DataFrame({"area_code": ["A", "B"], "container_code": ["C", "C"], "people": [200.0, 100.0]})
    >>> people = pd.Series([200, 100], index=pd.Index(["A", "B"], name="area_code"))
    >>> means_of_districts([rates], [rates[2019]], parts, people)[["area_code", "mean"]].to_numpy().tolist()
    [['C', 2.0], ['E92000001', 2.0]]
    """
    everything = size.rename("people").astype(float).reset_index().assign(container_code=ENGLAND)
    every = pd.concat([parts[["area_code", "container_code", "people"]], everything])
    found = []
    for wide, error in zip(series, errors, strict=True):
        long = wide.melt(ignore_index=False, var_name="start", value_name="value").reset_index().dropna()
        both = long.merge(every, on="area_code").rename(columns={"container_code": "area", "people": "w"})
        square = (both["w"] * both["area_code"].map(error)) ** 2
        both = both.assign(product=both["w"] * both["value"], square=square, districts=1)
        sums = both.groupby(["area", "start"])[["w", "product", "square", "districts"]].sum()
        found.append(sums.assign(mean=sums["product"] / sums["w"], variance=sums["square"] / sums["w"] ** 2))
    shared = found[0].index
    for other in found[1:]:
        shared = shared.intersection(other.index)
    rows = [one.loc[shared] for one in found]
    frame = pd.DataFrame(
        {
            "mean": sum(one["mean"] for one in rows) / len(rows),
            "error": sum(one["variance"] for one in rows) ** 0.5 / len(rows),
            "districts": rows[0]["districts"],
        }
    ).sort_index()
    frame = frame.rename_axis(["area_code", "start"]).reset_index().astype({"start": int})
    return with_limits(frame, "mean", "error")


@kept
def mean_slopes(published: pd.DataFrame, parts: pd.DataFrame, size: pd.Series) -> pd.DataFrame:
    """Return the mean published slope index of the districts of each area and of England, by period, with limits.

    The mean of women's and men's indices, weighted by people; standard errors from the scatter of the series. ``parts`` are the districts
    in each area (``container_code``) with their people there, ``size`` the people of each district.
    """
    series = [slope_series(published, LATEST_EDITION, sex, size) for sex in SEXES]
    errors = [period_errors(wide, size) for wide in series]
    return means_of_districts(series, errors, parts, size).rename(columns={"mean": "slope"})


@kept
def mean_lives(life: pd.DataFrame, parts: pd.DataFrame, size: pd.Series) -> pd.DataFrame:
    """Return the mean life expectancy at birth of the districts of each area and of England, as ``mean_slopes`` does for the index."""
    series = [life_series(life, sex, size) for sex in SEXES]
    errors = [period_errors(wide, size) for wide in series]
    return means_of_districts(series, errors, parts, size)


@kept
def mean_deaths(mortality: pd.DataFrame, parts: pd.DataFrame, size: pd.Series) -> pd.DataFrame:
    """Return the mean rate of preventable deaths under 75 of the districts of each area and of England, by three years, with limits.

    The first and the latest three years of the table; rates and errors of districts as in ``district_rates``.
    """
    rates = death_rate_series(mortality, LATEST_EDITION, size)
    years = list(rates.columns)
    found = []
    for window in (years[:_YEARS], years[-_YEARS:]):
        rate, error = _over_years(rates, window, size)
        wide = rate.to_frame(window[0]).rename_axis("area_code")
        found.append(means_of_districts([wide], [error], parts, size))
    return pd.concat(found, ignore_index=True)


def _over_years(
    rates: pd.DataFrame, years: Sequence[Hashable], size: pd.Series
) -> tuple[pd.Series, pd.Series]:
    """Return each district's mean rate over years, and its standard error from the scatter of all years."""
    rate = rates[list(years)].mean(axis=1)
    return rate, rate * yearly_errors(rates, size) / np.sqrt(len(years))
