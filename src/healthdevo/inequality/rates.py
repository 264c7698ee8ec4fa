"""Rates, proportions and means with their limits, and rates standardised for age, for many areas at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.checks import need_rows
from healthdevo.errors import InputError
from healthdevo.inequality.ages import first_ages
from healthdevo.inequality.grids import area_index, area_matrix, column_names, to_grid
from healthdevo.mathematics.intervals import byar_limits, poisson_limits, student_limits, wilson_limits
from healthdevo.results import Estimates, check_levels
from healthdevo.typing import FloatArray, IntArray

__all__ = [
    "crude_rates",
    "directly_standardised_rates",
    "directly_standardised_rates_by",
    "indirectly_standardised_rates",
    "indirectly_standardised_ratios",
    "means",
    "proportions",
    "standard_by_age",
]

Labels = pd.Index | Sequence[object] | None
Missing = Literal["reason", "zero"]

FEWEST_EVENTS = 10.0
_MIXED = "Poisson limits: exact below 10 events, Byar's from 10 upward"


def _vector(name: str, values: ArrayLike, *, above_zero: bool = False) -> FloatArray:
    """Return a float vector whose values are zero or more, or NaN where missing."""
    try:
        vector = np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise InputError(f"{name}: give numbers, one for each area") from None
    if vector.ndim != 1 or vector.size == 0:
        raise InputError(f"{name}: shape {vector.shape} is not valid; give one number for each area")
    wrong = np.isinf(vector) | (vector < 0.0) | (above_zero & (vector == 0.0))
    if wrong.any():
        i = int(np.argmax(wrong))
        raise InputError(
            f"{name}: row {i} holds {vector[i]:g}; give numbers {'above 0' if above_zero else 'of 0 or more'}"
        )
    return vector


def _pair(first: str, a: ArrayLike, second: str, b: ArrayLike) -> tuple[FloatArray, FloatArray]:
    x, n = _vector(first, a), _vector(second, b)
    if x.shape != n.shape:
        raise InputError(f"{second}: {n.size} values for {x.size} {first}; give one for each")
    return x, n


def _missing(x: FloatArray, n: FloatArray, what: str) -> list[str]:
    reasons = np.where(
        np.isnan(x) | np.isnan(n), "the input is missing", np.where(n == 0.0, f"the {what} is 0", "")
    )
    return [str(r) for r in reasons]


def _multiplier(multiplier: float) -> float:
    if not (np.isfinite(multiplier) and multiplier > 0.0):
        raise InputError(f"multiplier: {multiplier!r} is not valid; give a number above 0, such as 100000")
    return float(multiplier)


def _per(multiplier: float) -> str:
    return "" if multiplier == 1.0 else "%" if multiplier == 100.0 else f"per {multiplier:,.0f}"


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
    x, n = _pair("counts", counts, "population", population)
    per, wanted = _multiplier(multiplier), check_levels(levels)
    reasons = _missing(x, n, "population")
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
        _whole(x),
        _MIXED,
        _per(per),
        tuple(reasons),
    )


def _whole(x: FloatArray) -> IntArray:
    return np.nan_to_num(x).astype(np.int64)


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
    'The proportion is 5% (95% interval 2.15 to 11.2).'
    """
    x, n = _pair("counts", counts, "totals", totals)
    if (x > n).any():
        i = int(np.argmax(x > n))
        raise InputError(f"counts: row {i} holds {x[i]:g} of {n[i]:g}; a proportion lies between 0 and 1")
    per, wanted = _multiplier(multiplier), check_levels(levels)
    reasons = _missing(x, n, "total")
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
        _whole(n),
        "Wilson's score limits",
        _per(per),
        tuple(reasons),
    )


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
    y = np.asarray(values, dtype=np.float64)
    if y.ndim != 1 or y.size == 0 or not np.isfinite(y).all():
        raise InputError("values: give finite numbers, one for each observation; drop missing ones first")
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


def standard_by_age(standard: pd.Series | Mapping[object, float], ages: Sequence[object]) -> FloatArray:
    """Return the standard population of each age band, joined by where the bands begin.

    Parameters
    ----------
    standard : Series or mapping
        People in each band, labelled by age band.
    ages : sequence
        The bands wanted, as labels or first ages, in any order.

    Returns
    -------
    ndarray of shape (len(ages),)

    Raises
    ------
    InputError
        When a band has no standard population, or a standard band is not among the ages.

    Examples
    --------
    >>> from healthdevo.inequality.ages import EUROPEAN_STANDARD_POPULATION_2013
    >>> bands = [f"{a}-{a + 4}" for a in range(5, 90, 5)] + ["90+", "00-04"]
    >>> standard_by_age(EUROPEAN_STANDARD_POPULATION_2013, bands)[[0, -2, -1]]
    array([5500., 1000., 5000.])
    """
    series = standard if isinstance(standard, pd.Series) else pd.Series(dict(standard), dtype="float64")
    have, want = first_ages(series.index), first_ages(list(ages))
    for name, starts in (("standard", have), ("ages", want)):
        if np.unique(starts).size != starts.size:
            raise InputError(f"{name}: two bands begin at the same age; give each band once")
    if set(have) != set(want):
        odd = min(set(have) ^ set(want))
        raise InputError(
            f"standard: its bands differ from the data's at age {int(odd)}; merge bands until they agree"
        )
    order = np.argsort(have)
    weights: FloatArray = np.asarray(series, dtype=np.float64)[order[np.searchsorted(have[order], want)]]
    return weights


def _weights(standard: ArrayLike, shape: tuple[int, int]) -> FloatArray:
    weights = np.asarray(standard, dtype=np.float64)
    if (
        weights.ndim not in (1, 2)
        or weights.shape[-1] != shape[1]
        or (weights.ndim == 2 and weights.shape != shape)
    ):
        raise InputError(f"standard: shape {weights.shape} does not fit {shape[1]} age bands")
    if not (np.isfinite(weights).all() and (weights >= 0.0).all() and (weights.sum(axis=-1) > 0.0).all()):
        raise InputError("standard: give populations of 0 or more, not all 0")
    return np.broadcast_to(weights, shape)


def _bands(
    counts: ArrayLike, population: ArrayLike, missing_counts: Missing
) -> tuple[FloatArray, FloatArray]:
    if missing_counts not in ("reason", "zero"):
        raise InputError(f"missing_counts: {missing_counts!r} is not valid; give 'reason' or 'zero'")
    x = area_matrix("counts", counts, columns="age bands")
    if missing_counts == "zero":
        x = np.nan_to_num(x, nan=0.0)
    n = area_matrix("population", population, columns="age bands")
    if x.shape != n.shape:
        raise InputError(f"population: shape {n.shape} does not match the counts' {x.shape}")
    for name, matrix in (("counts", x), ("population", n)):
        if (matrix < 0.0).any():
            row, column = (int(v) for v in np.argwhere(matrix < 0.0)[0])
            raise InputError(
                f"{name}: row {row}, band {column + 1} holds {matrix[row, column]:g}; give 0 or more"
            )
    return x, n


def directly_standardised_rates(
    counts: ArrayLike,
    population: ArrayLike,
    standard: ArrayLike,
    *,
    squared_events: ArrayLike | None = None,
    multiplier: float = 100_000,
    fewest_events: float = FEWEST_EVENTS,
    missing_counts: Missing = "reason",
    levels: float | Sequence[float] = 0.95,
    index: Labels = None,
) -> Estimates:
    r"""Return directly age-standardised rates with Dobson's limits.

    Parameters
    ----------
    counts, population : array_like of shape (areas, bands) or (bands,)
        Events and people (or person-years) in each age band.
    standard : array_like of shape (bands,) or (areas, bands)
        Standard population of each band; ``standard_by_age`` joins one by label.
    squared_events : array_like of shape (areas, bands), optional
        For events that come in runs (several admissions of one person): the sum over the people of a band of their
        events squared. It takes the place of the count in the variance.
    multiplier : float, default 100000
        What the rate is expressed per.
    fewest_events : float, default 10
        Areas with fewer events in all are suppressed, as Dobson's limits are not trusted there.
    missing_counts : {"reason", "zero"}, default "reason"
        What an empty count means: unknown, so that the area gets a reason, or no events, as in tables that leave out
        zeros.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    index : sequence, optional
        Labels of the areas.

    Returns
    -------
    Estimates
        ``n`` counts events. NaN with a reason where a band is missing or empty, or events are too few.

    Raises
    ------
    InputError
        For negative numbers, or shapes that do not fit.

    Notes
    -----
    Estimand: the rate that the standard population would have under the area's age-specific rates,
    :math:`\sum_i w_i O_i / n_i / \sum_i w_i`. Its variance is :math:`\sum_i w_i^2 O_i / n_i^2 / (\sum_i w_i)^2`. The limits
    stretch Byar's limits of the total count :math:`O` to that variance,
    :math:`DSR + (\operatorname{Var}(DSR) / \operatorname{Var}(O))^{1/2} (O_{limit} - O)`.

    References
    ----------
    Dobson, A. J., Kuulasmaa, K., Eberle, E. and Scherer, J. (1991). Confidence intervals for weighted sums of Poisson
    parameters. Statistics in Medicine 10, 457-462.

    Examples
    --------
    >>> result = directly_standardised_rates([[12, 30, 90]], [[4000, 5000, 3000]], [40, 40, 20], multiplier=1000)
    >>> result[0].sentence
    'The directly standardised rate is 9.6 per 1,000 (95% interval 8.02 to 11.4).'
    """
    x, n = _bands(counts, population, missing_counts)
    w = _weights(standard, (x.shape[0], x.shape[1]))
    per, wanted = _multiplier(multiplier), check_levels(levels)
    spread = (
        x if squared_events is None else area_matrix("squared_events", squared_events, columns="age bands")
    )
    if spread.shape != x.shape:
        raise InputError(f"squared_events: shape {spread.shape} does not match the counts' {x.shape}")
    if (spread < x - 1e-9).any():
        row, column = (int(v) for v in np.argwhere(spread < x - 1e-9)[0])
        raise InputError(
            f"squared_events: row {row}, band {column + 1} holds {spread[row, column]:g}, below the "
            f"{x[row, column]:g} events; squares of whole numbers sum to at least as much"
        )
    total = x.sum(axis=1)
    reasons = _direct_reasons(x, n, spread, total, fewest_events)
    bad = np.array([bool(r) for r in reasons])
    ok = np.where(bad[:, np.newaxis], 1.0, n)
    share = w / w.sum(axis=1, keepdims=True) / ok
    count = np.where(bad[:, np.newaxis], 1.0, x)
    rate = (share * count).sum(axis=1)
    variance = (share**2 * np.where(bad[:, np.newaxis], 1.0, spread)).sum(axis=1)
    events = np.where(bad, 1.0, total)
    low, high = byar_limits(events, wanted)
    with np.errstate(divide="ignore", invalid="ignore"):
        stretch = np.where(events > 0.0, np.sqrt(variance / events), 0.0)[:, np.newaxis]
    blank = np.where(bad, np.nan, per)
    tall = blank[:, np.newaxis]
    method = (
        "Dobson's limits"
        if squared_events is None
        else "Dobson's limits, variance for events that come in runs"
    )
    return Estimates(
        "directly standardised rate",
        area_index(index, x.shape[0]),
        rate * blank,
        np.sqrt(variance) * blank,
        wanted,
        (rate[:, np.newaxis] + stretch * (low - events[:, np.newaxis])) * tall,
        (rate[:, np.newaxis] + stretch * (high - events[:, np.newaxis])) * tall,
        _whole(np.where(bad, np.nan_to_num(total), total)),
        method,
        _per(per),
        tuple(reasons),
    )


def _direct_reasons(
    x: FloatArray, n: FloatArray, spread: FloatArray, total: FloatArray, fewest: float
) -> list[str]:
    reasons = [""] * x.shape[0]
    missing, empty = np.isnan(x) | np.isnan(n) | np.isnan(spread), n == 0.0
    few = total < fewest
    for i in np.flatnonzero(missing.any(axis=1) | empty.any(axis=1) | few):
        if missing[i].any():
            reasons[i] = f"age band {int(np.argmax(missing[i])) + 1} is missing"
        elif empty[i].any():
            reasons[i] = f"age band {int(np.argmax(empty[i])) + 1} has no people"
        else:
            reasons[i] = f"fewer than {fewest:g} events"
    return reasons


def directly_standardised_rates_by(
    frame: pd.DataFrame,
    *,
    age: str,
    population: str,
    standard: pd.Series | Mapping[object, float] | str,
    count: str | None = None,
    by: str | Sequence[str] | None = None,
    frequency: str | None = None,
    persons: str | None = None,
    multiplier: float = 100_000,
    fewest_events: float = FEWEST_EVENTS,
    missing_counts: Missing = "reason",
    levels: float | Sequence[float] = 0.95,
) -> Estimates:
    """Return directly standardised rates from tidy rows, one for each area and age band.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and age band, or for each area, band and event frequency.
    age, population : str
        Columns with the age band and the people.
    standard : Series, mapping or str
        Standard population by age band (joined by where the bands begin), or the column that holds it.
    count : str, optional
        Column with the events; not needed when they come in runs.
    by : str or sequence of str, optional
        Column, or columns, that name an area.
    frequency, persons : str, optional
        For events that come in runs: columns with a number of events per person, and the people who had so many. The
        events of a band are the sum of frequency times persons; a ``count`` column must agree with it.
    multiplier, fewest_events, missing_counts, levels
        As in ``directly_standardised_rates``.

    Returns
    -------
    Estimates
        Labelled by area.

    Raises
    ------
    InputError
        When a column is missing, a row repeats, the bands differ from the standard's, or events do not add up.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": ["0-39", "40-64", "65+"], "n": [12, 30, 90], "people": [4000, 5000, 3000]})
    >>> result = directly_standardised_rates_by(frame, age="age", count="n", population="people",
    ...                                            standard={0: 40, 40: 40, 65: 20}, multiplier=1000)
    >>> round(float(result.estimate[0]), 3)
    9.6
    """
    if (frequency is None) != (persons is None):
        raise InputError("frequency, persons: give both columns or neither")
    if count is None and frequency is None:
        raise InputError("count: name the column with the events")
    keys = [*column_names(by), age]
    own = [standard] if isinstance(standard, str) else []
    counted = [] if count is None else [count]
    runs = [] if frequency is None or persons is None else [frequency, persons]
    need_rows(frame, [*keys, population, *counted, *own, *runs])
    tidy = (
        frame
        if not runs
        else _runs(frame, keys, [population, *counted, *own], count, runs[0], runs[1], missing_counts)
    )
    starts = first_ages(tidy[age])
    bands, position = np.unique(starts, return_inverse=True)
    columns = {"counts": _EVENTS if runs else counted[0], "population": population}
    if own:
        columns["standard"] = own[0]
    if runs:
        columns["squares"] = _SQUARES
    grid = to_grid(
        tidy,
        by=by,
        position=position.astype(np.int64),
        positions=bands.size,
        columns=columns,
        what="age band",
    )
    if isinstance(standard, str):
        weights = np.where(np.isnan(grid.columns["standard"]), 0.0, grid.columns["standard"])
    else:
        weights = standard_by_age(standard, [int(b) for b in bands])
    return directly_standardised_rates(
        grid.columns["counts"],
        grid.columns["population"],
        weights,
        squared_events=grid.columns.get("squares"),
        multiplier=multiplier,
        fewest_events=fewest_events,
        missing_counts=missing_counts,
        levels=levels,
        index=grid.index,
    )


_EVENTS, _SQUARES = "events in runs", "squared events"


def _known_sum(values: pd.Series) -> float:
    return float(values.sum(skipna=False))


def _runs(
    frame: pd.DataFrame,
    keys: list[str],
    same: list[str],
    count: str | None,
    frequency: str,
    persons: str,
    missing: Missing,
) -> pd.DataFrame:
    """Return one row for each area and band, with its events and the sum of their squares over people."""
    repeated = frame.duplicated([*keys, frequency])
    if repeated.any():
        raise InputError(
            f"frame: row {frame.index[repeated][0]!r} repeats an area, age band and frequency; give one row for each"
        )
    f = frame[frequency].to_numpy(dtype=np.float64, na_value=np.nan)
    p = frame[persons].to_numpy(dtype=np.float64, na_value=np.nan)
    if missing == "zero":
        p = np.nan_to_num(p, nan=0.0)
    if ((f < 0.0) | (p < 0.0) | np.isnan(f)).any():
        raise InputError(f"{frequency}, {persons}: give frequencies and people of 0 or more")
    work = frame[[*keys, *same]].assign(**{_EVENTS: f * p, _SQUARES: f * f * p})
    groups = work.groupby(keys, sort=False, observed=True)
    for column in same:
        if (groups[column].max() != groups[column].min()).any():
            raise InputError(
                f"{column}: it differs between the rows of one area and age band; repeat the same value"
            )
    tidy = groups.agg(
        {**dict.fromkeys(same, "first"), _EVENTS: _known_sum, _SQUARES: _known_sum}
    ).reset_index()
    if count is not None:
        wrong = (tidy[_EVENTS] - tidy[count]).abs() > 1e-6
        if wrong.any():
            row = tidy.loc[wrong].iloc[0]
            raise InputError(
                f"{count}: band {row[keys[-1]]!r} has {row[count]:g} events, but {frequency} times {persons} sums to "
                f"{row[_EVENTS]:g}"
            )
    return tidy


def _reference(
    reference_counts: ArrayLike, reference_population: ArrayLike, bands: int
) -> tuple[FloatArray, FloatArray]:
    x = _vector("reference_counts", reference_counts)
    n = _vector("reference_population", reference_population, above_zero=True)
    if x.shape != (bands,) or n.shape != (bands,) or np.isnan(x).any() or np.isnan(n).any():
        raise InputError(
            f"reference_counts, reference_population: give one number for each of the {bands} age bands"
        )
    return x, n


def _indirect(
    counts: ArrayLike,
    population: ArrayLike,
    reference: tuple[ArrayLike, ArrayLike],
    factor: float,
    measure: str,
    unit: str,
    missing_counts: Missing,
    levels: float | Sequence[float],
    index: Labels,
) -> Estimates:
    n = area_matrix("population", population, columns="age bands")
    given = np.asarray(counts, dtype=np.float64)
    if given.ndim == 1 and given.shape == (n.shape[0],) and n.shape[0] != n.shape[1]:
        x = _vector("counts", given)
        if (n < 0.0).any():
            raise InputError("population: give 0 or more in every band")
        observed = x
    else:
        matrix, n = _bands(counts, n, missing_counts)
        observed = matrix.sum(axis=1)
    x_ref, n_ref = _reference(*reference, n.shape[1])
    expected = n @ (x_ref / n_ref)
    wanted = check_levels(levels)
    reasons = [
        "an age band is missing"
        if np.isnan(o) or np.isnan(e)
        else "no events are expected"
        if e == 0.0
        else ""
        for o, e in zip(observed, expected, strict=True)
    ]
    scale = np.where(expected > 0.0, factor / np.where(expected > 0.0, expected, 1.0), np.nan)
    low, high = poisson_limits(observed, wanted)
    return Estimates(
        measure,
        area_index(index, n.shape[0]),
        observed * scale,
        np.sqrt(observed) * scale,
        wanted,
        low * scale[:, np.newaxis],
        high * scale[:, np.newaxis],
        _whole(observed),
        _MIXED,
        unit,
        tuple(reasons),
    )


def indirectly_standardised_ratios(
    counts: ArrayLike,
    population: ArrayLike,
    reference_counts: ArrayLike,
    reference_population: ArrayLike,
    *,
    multiplier: float = 1,
    missing_counts: Missing = "reason",
    levels: float | Sequence[float] = 0.95,
    index: Labels = None,
) -> Estimates:
    r"""Return indirectly standardised ratios: observed over expected events.

    Parameters
    ----------
    counts : array_like of shape (areas, bands) or (areas,)
        Events by age band, or in all.
    population : array_like of shape (areas, bands)
        People in each age band.
    reference_counts, reference_population : array_like of shape (bands,)
        Events and people of the reference population.
    multiplier : float, default 1
        100 gives a standardised mortality ratio on the usual scale.
    missing_counts : {"reason", "zero"}, default "reason"
        What an empty count means: unknown, so that the area gets a reason, or no events, as in tables that leave out
        zeros.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    index : sequence, optional
        Labels of the areas.

    Returns
    -------
    Estimates
        ``n`` counts observed events.

    Raises
    ------
    InputError
        For negative numbers, or shapes that do not fit.

    Notes
    -----
    Estimand: :math:`O / E` with :math:`E = \sum_i n_i X_i / N_i` at the reference rates. Limits: those of the Poisson count
    :math:`O` (exact below ten, Byar's above) over :math:`E`. Assumes reference rates without error. Ratios of two areas
    weight ages differently, so they are not strictly comparable with each other.

    References
    ----------
    Breslow, N. E. and Day, N. E. (1987). Statistical Methods in Cancer Research, volume II, chapter 2.

    Examples
    --------
    >>> result = indirectly_standardised_ratios([[2, 13]], [[1000, 500]], [100, 400], [100000, 20000])
    >>> result[0].sentence
    'The indirectly standardised ratio is 1.36 (95% interval 0.763 to 2.25).'
    """
    per = _multiplier(multiplier)
    reference = (reference_counts, reference_population)
    return _indirect(
        counts,
        population,
        reference,
        per,
        "indirectly standardised ratio",
        "",
        missing_counts,
        levels,
        index,
    )


def indirectly_standardised_rates(
    counts: ArrayLike,
    population: ArrayLike,
    reference_counts: ArrayLike,
    reference_population: ArrayLike,
    *,
    multiplier: float = 100_000,
    missing_counts: Missing = "reason",
    levels: float | Sequence[float] = 0.95,
    index: Labels = None,
) -> Estimates:
    """Return indirectly standardised rates: the ratio times the reference population's crude rate.

    Parameters
    ----------
    counts, population, reference_counts, reference_population, missing_counts, levels, index
        As in ``indirectly_standardised_ratios``.
    multiplier : float, default 100000
        What the rate is expressed per.

    Returns
    -------
    Estimates

    Raises
    ------
    InputError
        As ``indirectly_standardised_ratios``.

    Notes
    -----
    Estimand, assumptions, limits and source are those of the ratio, each times the crude rate of the reference.

    Examples
    --------
    >>> result = indirectly_standardised_rates([[2, 13]], [[1000, 500]], [100, 400], [100000, 20000], multiplier=1000)
    >>> round(float(result.estimate[0]), 3)
    5.682
    """
    per = _multiplier(multiplier)
    x = _vector("reference_counts", reference_counts)
    n = _vector("reference_population", reference_population, above_zero=True)
    return _indirect(
        counts,
        population,
        (reference_counts, reference_population),
        per * float(x.sum() / n.sum()),
        "indirectly standardised rate",
        _per(per),
        missing_counts,
        levels,
        index,
    )
