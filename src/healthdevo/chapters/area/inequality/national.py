"""What the inequality section computes for all districts and all areas of a kind at once: the same for every page of the kind."""

from __future__ import annotations

import numpy as np
import pandas as pd

from healthdevo.chapters.common.estimates import with_limits
from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.common.places import (
    ENGLAND,
    LATEST_EDITION,
    SEXES,
    death_rate_series,
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
    rate = rates[last].mean(axis=1)
    error = rate * yearly_errors(rates, size) / np.sqrt(_YEARS)
    frame = pd.DataFrame({"rate": rate, "error": error, "score": score.reindex(rates.index)})
    return frame.assign(start=last[0], end=last[-1]).dropna()


@kept
def mean_slopes(published: pd.DataFrame, parts: pd.DataFrame, size: pd.Series) -> pd.DataFrame:
    """Return the mean published slope index of the districts of each area and of England, by period, with limits.

    The mean of women's and men's indices, weighted by people; standard errors from the scatter of the series. ``parts`` are the districts
    in each area (``container_code``) with their people there, ``size`` the people of each district.
    """
    everything = size.rename("people").astype(float).reset_index().assign(container_code=ENGLAND)
    every = pd.concat([parts[["area_code", "container_code", "people"]], everything])
    found = []
    for sex in SEXES:
        series = slope_series(published, LATEST_EDITION, sex, size)
        long = series.melt(ignore_index=False, var_name="start", value_name="slope").reset_index().dropna()
        both = long.merge(every, on="area_code").rename(columns={"container_code": "area", "people": "w"})
        square = (both["w"] * both["area_code"].map(period_errors(series, size))) ** 2
        both = both.assign(product=both["w"] * both["slope"], square=square, districts=1)
        sums = both.groupby(["area", "start"])[["w", "product", "square", "districts"]].sum()
        found.append(sums.assign(slope=sums["product"] / sums["w"], variance=sums["square"] / sums["w"] ** 2))
    women, men = found[0].align(found[1], join="inner", axis=0)
    slope = (women["slope"] + men["slope"]) / 2
    error = (women["variance"] + men["variance"]) ** 0.5 / 2
    frame = pd.DataFrame({"slope": slope, "error": error, "districts": women["districts"]})
    frame = frame.rename_axis(["area_code", "start"]).reset_index().astype({"start": int})
    return with_limits(frame, "slope", "error")
