"""Directly age-standardised rates, for many areas at once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.checks import need_rows
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.ages import bands_of
from healthdevo.inequality.grids import area_index, area_matrix, column_names, to_grid
from healthdevo.inequality.rate_input import (
    FEWEST_EVENTS,
    Labels,
    Missing,
    band_matrices,
    check_multiplier,
    per_unit,
    whole,
)
from healthdevo.inequality.standards import standard_by_age
from healthdevo.mathematics.intervals import byar_limits
from healthdevo.mathematics.vectors import in_one_order, numbers, shown
from healthdevo.results import Estimates, check_levels
from healthdevo.typing import FloatArray

__all__ = ["directly_standardised_rates", "directly_standardised_rates_by"]


def _weights(standard: ArrayLike, shape: tuple[int, int]) -> FloatArray:
    weights = numbers(standard, "standard")
    if (
        weights.ndim not in (1, 2)
        or weights.shape[-1] != shape[1]
        or (weights.ndim == 2 and weights.shape != shape)
    ):
        raise InputError(f"standard: shape {weights.shape} does not fit {shape[1]} age bands")
    if not (np.isfinite(weights).all() and (weights >= 0.0).all() and (weights.sum(axis=-1) > 0.0).all()):
        raise InputError("standard: give populations of 0 or more, not all 0")
    return np.broadcast_to(weights, shape)


@front_door
@in_one_order("counts", "population", "squared_events", labels="index", wide=True, across=["standard"])
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
    x, n = band_matrices(counts, population, missing_counts)
    w = _weights(standard, (x.shape[0], x.shape[1]))
    per, wanted = check_multiplier(multiplier), check_levels(levels)
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
    still = ~bad & (
        variance == 0.0
    )  # no event counts: Byar's limits of a count cannot be stretched to a variance of 0
    for i in np.flatnonzero(still):
        reasons[i] = (
            "no events in the bands that the standard counts, so the limits have no width to be scaled by"
        )
    tall = np.where(still, np.nan, blank)[:, np.newaxis]
    method = (
        "Dobson's limits"
        if squared_events is None
        else "Dobson's limits, variance for events that come in runs"
    )
    return Estimates(
        "directly standardised rate",
        area_index(index, x.shape[0]),
        rate * blank,
        np.sqrt(variance) * np.where(still, np.nan, blank),
        wanted,
        (rate[:, np.newaxis] + stretch * (low - events[:, np.newaxis])) * tall,
        (rate[:, np.newaxis] + stretch * (high - events[:, np.newaxis])) * tall,
        whole(np.where(bad, np.nan_to_num(total), total)),
        method,
        per_unit(per),
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


@front_door
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
    bands, position = bands_of(tidy[age])
    if own:
        bands.check_apart(age, misprints=True)
    columns = {"counts": _EVENTS if runs else counted[0], "population": population}
    if own:
        columns["standard"] = own[0]
    if runs:
        columns["squares"] = _SQUARES
    grid = to_grid(
        tidy,
        by=by,
        position=position,
        positions=bands.first.size,
        columns=columns,
        what="age band",
        named=tidy[age],
    )
    if isinstance(standard, str):
        weights = grid.columns["standard"]
        unknown = np.argwhere(np.isnan(weights) & grid.present)
        if unknown.size:
            row, band = (int(x) for x in unknown[0])
            raise InputError(
                f"{standard}: {shown(grid.index[row])} has no standard population for {shown(bands.labels[band])}; "
                "give one for each age band"
            )
        weights = np.where(grid.present, weights, 0.0)
    else:
        weights = standard_by_age(standard, bands.labels)
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
            row = tidy.loc[wrong].astype(object).iloc[0]  # a band as it was written
            raise InputError(
                f"{count}: band {shown(row[keys[-1]])} has {row[count]:g} events, but {frequency} times {persons} sums to "
                f"{row[_EVENTS]:g}"
            )
    return tidy
