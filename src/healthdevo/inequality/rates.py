"""Crude rates, proportions and means with their limits, for many areas at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.grids import area_index
from healthdevo.inequality.rate_input import (
    MIXED_LIMITS,
    Labels,
    check_multiplier,
    missing_reasons,
    pair_of,
    per_unit,
    whole,
)
from healthdevo.mathematics.intervals import poisson_limits, student_limits, wilson_limits
from healthdevo.mathematics.vectors import in_one_order, vector
from healthdevo.results import Estimates, check_levels

__all__ = ["crude_rates", "means", "proportions"]


@front_door
@in_one_order("counts", "population", labels="index")
def crude_rates(
    counts: ArrayLike,
    population: ArrayLike,
    *,
    multiplier: float = 100_000,
    levels: float | Sequence[float] = 0.95,
    index: Labels = None,
) -> Estimates:
    """Return crude rates with Poisson limits.

    Estimand: events per person-year at risk, times the multiplier. Limits: exact below ten events, Byar's from ten
    upward. The standard error is the root of the count over the population. Assumes independent events.

    Parameters
    ----------
    counts, population : array_like of shape (areas,)
        Events and people (or person-years).
    multiplier : float, default 100000
        What the rate is expressed per.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    index : sequence, optional
        Labels of the areas.

    Returns
    -------
    Estimates
        NaN with a reason where the input is missing or the population is 0.

    Raises
    ------
    InputError
        For negative or infinite numbers, or lengths that differ.

    References
    ----------
    Breslow, N. E. and Day, N. E. (1987). Statistical Methods in Cancer Research, volume II, chapter 2.

    Examples
    --------
    >>> crude_rates([65], [100], multiplier=100)[0].sentence
    'The crude rate is 65% (95% interval 50.2 to 82.8).'
    """
    x, n = pair_of("counts", counts, "population", population)
    per, wanted = check_multiplier(multiplier), check_levels(levels)
    reasons = missing_reasons(x, n, "population")
    scale = np.where(n > 0.0, per / np.where(n > 0.0, n, 1.0), np.nan)
    low, high = poisson_limits(x, wanted)
    return Estimates(
        "crude rate",
        area_index(index, x.size),
        x * scale,
        np.sqrt(x) * scale,
        wanted,
        low * scale[:, np.newaxis],
        high * scale[:, np.newaxis],
        whole(x),
        MIXED_LIMITS,
        per_unit(per),
        tuple(reasons),
    )


@front_door
@in_one_order("counts", "totals", labels="index")
def proportions(
    counts: ArrayLike,
    totals: ArrayLike,
    *,
    multiplier: float = 1,
    levels: float | Sequence[float] = 0.95,
    index: Labels = None,
) -> Estimates:
    """Return proportions with Wilson's limits.

    Estimand: the share of the total, times the multiplier. The standard error is binomial. Assumes independent trials.

    Parameters
    ----------
    counts, totals : array_like of shape (areas,)
        Numerators and denominators; no count above its total.
    multiplier : float, default 1
        100 for percentages.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    index : sequence, optional
        Labels of the areas.

    Returns
    -------
    Estimates
        NaN with a reason where the input is missing or the total is 0.

    Raises
    ------
    InputError
        For negative numbers, or a count above its total.

    References
    ----------
    Wilson, E. B. (1927). Journal of the American Statistical Association 22, 209-212.

    Examples
    --------
    >>> proportions([5], [100], multiplier=100)[0].sentence
    'The proportion is 5% (95% interval 2.2 to 11.2).'
    """
    x, n = pair_of("counts", counts, "totals", totals)
    if (x > n).any():
        i = int(np.argmax(x > n))
        raise InputError(f"counts: row {i} holds {x[i]:g} of {n[i]:g}; a proportion lies between 0 and 1")
    per, wanted = check_multiplier(multiplier), check_levels(levels)
    reasons = missing_reasons(x, n, "total")
    safe = np.where(n > 0.0, n, np.nan)
    share = x / safe
    low, high = wilson_limits(x, n, wanted)
    return Estimates(
        "proportion",
        area_index(index, x.size),
        per * share,
        per * np.sqrt(share * (1.0 - share) / safe),
        wanted,
        per * low,
        per * high,
        whole(n),
        "Wilson's score limits",
        per_unit(per),
        tuple(reasons),
    )


@front_door
@in_one_order("values", "groups")
def means(
    values: ArrayLike,
    groups: Sequence[object] | pd.Series | None = None,
    *,
    levels: float | Sequence[float] = 0.95,
    unit: str = "",
) -> Estimates:
    """Return means with limits from Student's t distribution.

    Estimand: the mean of the group's values. Standard error: sample standard deviation over the root of the number.
    Assumes independent values that are roughly normal, or many.

    Parameters
    ----------
    values : array_like of shape (n,)
        Numbers.
    groups : sequence, length n, optional
        Group of each value; all are one group when not given.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    unit : str, optional
        Unit of the values.

    Returns
    -------
    Estimates
        Labelled by group in sorted order; no limits, and a reason, where a group has one value.

    Raises
    ------
    InputError
        When a value or a group is missing.

    Examples
    --------
    >>> round(float(means([1.0, 2.0, 3.0, 4.0]).upper[0, 0]), 3)
    4.554
    """
    y = vector(values, "values")
    keys = pd.Series(["all"] * y.size if groups is None else list(groups))
    if len(keys) != y.size or keys.isna().any():
        raise InputError(f"groups: give a group for each of the {y.size} values")
    codes, labels = pd.factorize(keys, sort=True)
    n = np.bincount(codes)
    mean = np.bincount(codes, y) / n
    squares = np.bincount(codes, (y - mean[codes]) ** 2)
    with np.errstate(divide="ignore", invalid="ignore"):
        error = np.where(n > 1, np.sqrt(squares / (n - 1.0) / n), np.nan)
    wanted = check_levels(levels)
    low, high = student_limits(mean, error, n - 1.0, wanted)
    return Estimates(
        "mean",
        pd.Index(labels),
        mean,
        error,
        wanted,
        low,
        high,
        n.astype(np.int64),
        "Student's t limits",
        unit,
        tuple("" if k > 1 else "one value has no spread" for k in n),
    )
