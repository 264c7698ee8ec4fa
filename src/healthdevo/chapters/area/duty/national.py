"""Where every strategic authority stands on what its health duty covers: computed once for all of them, from districts' published figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from healthdevo.chapters.common.estimates import error_of_limits
from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.common.places import ENGLAND
from healthdevo.governance import years_to_detect
from healthdevo.inequality import series_noise
from healthdevo.mathematics import normal_quantiles
from healthdevo.typing import FloatArray

COVERED = 0.9
"""Least share of an area's people with a value for its mean to be shown."""
TREND = 10
"""Years that a trend looks back."""
CHANGE = 0.05
"""Lasting change that is asked about, as a share of the value."""
LIFE = 0.5
"""The same for lengths of life, in years: about what 5% fewer deaths at every age would bring."""


@dataclass(frozen=True)
class Measure:
    """One measure of what the duty covers.

    ``years`` is how many each value averages, ``better`` the sign of what is good, ``life`` whether it is a length of life in years,
    ``published`` whether authorities have figures with limits of their own.
    """

    name: str
    title: str
    part: str
    unit: str
    better: int
    years: int = 1
    life: bool = False
    published: bool = False
    rounding: float = 0.0


HEALTH, GAP, WORK, HOME, LEARN, HABIT = (
    "Health",
    "Inequality",
    "Work",
    "Homes and transport",
    "Learning",
    "Habits",
)
MEASURES = (
    Measure("life_expectancy", "Life expectancy", HEALTH, "years", 1, 3, True, rounding=0.1),
    Measure("healthy_life", "Healthy life expectancy", HEALTH, "years", 1, 3, True, True),
    Measure("preventable_deaths", "Preventable deaths under 75", HEALTH, "per 100,000", -1),
    Measure("slope_index", "Gap in life inside districts", GAP, "years", -1, 3, rounding=0.1),
    Measure("claimant_rate", "Benefit claimants", WORK, "%", -1),
    Measure("employment_rate", "Employment rate", WORK, "%", 1),
    Measure("inactivity_due_to_sickness", "Inactive through sickness", WORK, "% of inactive", -1),
    Measure("housing_affordability_ratio", "House prices over earnings", HOME, "times", -1),
    Measure("travel_time", "Way to work by public transport", HOME, "minutes", -1),
    Measure("gcse_english_and_maths", "GCSEs in English and maths", LEARN, "%", 1),
    Measure("smoking_adults", "Adults who smoke", HABIT, "%", -1),
    Measure("adult_obesity", "Adults who are obese", HABIT, "%", -1),
    Measure("obesity_year_6", "Obese at age 10 to 11", HABIT, "%", -1),
)
"""What the duty covers that the book has figures for, in the order of the page."""
COLUMNS = [
    "area_code", "measure", "first", "last", "value", "error", "lower", "upper", "england", "difference", "difference_lower",
    "difference_upper", "trend", "trend_lower", "trend_upper", "years_needed", "covered",
]  # fmt: skip
_Z = float(normal_quantiles(0.95)[0])


def _slope(x: FloatArray, y: FloatArray, error: float) -> tuple[float, float]:
    """Return the slope of a straight line and its standard error: from the known error, or from the scatter around the line where that is larger."""
    centred = x - x.mean()
    spread = float(centred @ centred)
    slope = float(centred @ y) / spread
    rest = y - y.mean() - slope * centred
    scatter = float(np.sqrt(rest @ rest / (len(x) - 2))) if len(x) > 2 else 0.0
    return slope, max(error, scatter) / float(np.sqrt(spread))


def _years_needed(measure: Measure, value: float, error: float) -> float:
    """Return the years before and after that must be averaged for the lasting change to show, NaN where it is more than can be waited for."""
    change = LIFE if measure.life else CHANGE * abs(value)
    found = years_to_detect(error * float(np.sqrt(measure.years)), change)
    return float("nan") if found is None else float(found)


def _row(code: str, measure: Measure, own: pd.Series, errors: pd.Series, england: pd.Series) -> list[object]:
    last = int(own.index[-1])
    value, error = float(own.iloc[-1]), float(errors.iloc[-1])
    step = own[(own.index > last - TREND) & ((last - own.index) % measure.years == 0)]
    slope, slope_error = (float("nan"), float("nan"))
    if len(step) >= 3:
        slope, slope_error = _slope(step.index.to_numpy(float), step.to_numpy(float), error)
    nation = float(england.get(last, float("nan")))
    gap = value - nation
    return [
        code, measure.name, int(step.index[0]), last, value, error, value - _Z * error, value + _Z * error, nation, gap,
        gap - _Z * error, gap + _Z * error, slope, slope - _Z * slope_error, slope + _Z * slope_error,
        _years_needed(measure, value, error),
    ]  # fmt: skip


def _means(
    wide: pd.DataFrame, error: pd.Series, weights: pd.Series
) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return an area's mean, its standard error and the share of its people with a value, by year."""
    rows = wide.reindex(weights.index)
    known = rows.notna().to_numpy()
    w = weights.to_numpy(float)[:, None] * known
    total = w.sum(axis=0)
    values = np.nan_to_num(rows.to_numpy(float))
    errors = error.reindex(weights.index).fillna(0.0).to_numpy(float)[:, None]
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = (w * values).sum(axis=0) / total
        spread = np.sqrt(((w * errors) ** 2).sum(axis=0)) / total
    columns = [int(c) for c in wide.columns]
    covered = total / float(weights.sum())
    return pd.Series(mean, columns), pd.Series(spread, columns), pd.Series(covered, columns)


@kept
def standing(
    values: pd.DataFrame, healthy: pd.DataFrame, parts: pd.DataFrame, size: pd.Series
) -> pd.DataFrame:
    """Return where every area stands on every measure: latest value, difference from England and trend with 95% limits, years until a change shows.

    ``values`` has ``measure``, ``area_code`` (a district), ``year`` (the first of those averaged) and ``value``; ``healthy`` the published
    lengths of healthy life of areas and England with limits; ``parts`` the districts in each area (``container_code``) with their people
    there; ``size`` the people of each district. Means of districts are weighted by people, and their standard errors come from the scatter
    of the districts' series. A year without values for nine in ten people of an area is left out.
    """
    found: list[list[object]] = []
    every = {
        str(code): rows.set_index("area_code")["people"] for code, rows in parts.groupby("container_code")
    }
    for measure in MEASURES:
        if measure.published:
            found += _published(measure, healthy, sorted(every))
            continue
        rows = values[values["measure"] == measure.name]
        wide = rows.pivot_table(index="area_code", columns="year", values="value")
        wide = wide.reindex(columns=range(int(wide.columns.min()), int(wide.columns.max()) + 1))
        wide = wide[wide.index.isin(size.index)]
        sizes = size.reindex(wide.index).to_numpy(float)
        noise = series_noise(wide.to_numpy(float), sizes, years=measure.years, rounding=measure.rounding)
        error = pd.Series(noise.standard_error, index=wide.index)
        nation = _enough(*_means(wide, error, size.reindex(wide.index).astype(float)))[0]
        for code, weights in sorted(every.items()):
            own, errors, covered = _enough(*_means(wide, error, weights))
            if not own.empty:
                found.append([*_row(code, measure, own, errors, nation), float(covered.iloc[-1])])
    return pd.DataFrame(found, columns=COLUMNS)


def _enough(mean: pd.Series, error: pd.Series, covered: pd.Series) -> tuple[pd.Series, pd.Series, pd.Series]:
    enough = (covered >= COVERED) & mean.notna()
    return mean[enough], error[enough], covered[enough]


def _published(measure: Measure, rows: pd.DataFrame, codes: Sequence[str]) -> list[list[object]]:
    """Return the rows of a measure that is published for areas, with its own limits: the mean of women and men."""
    both = rows.assign(square=error_of_limits(rows) ** 2)
    values = both.pivot_table(index="year", columns="area_code", values="value")
    # of two figures, women's and men's: the root of the sum of squares over their number
    errors = both.pivot_table(
        index="year", columns="area_code", values="square", aggfunc=lambda s: float(s.sum()) ** 0.5 / len(s)
    )
    found: list[list[object]] = []
    for code in [c for c in codes if c in values.columns]:
        own = values[code].dropna()
        found.append([*_row(code, measure, own, errors[code][own.index], values[ENGLAND]), 1.0])
    return found
