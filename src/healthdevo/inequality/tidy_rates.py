"""Rates, proportions, means and indirectly standardised ratios from the rows of a tidy frame."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from healthdevo.checks import need_labels, need_rows, speaking_of
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.ages import bands_of
from healthdevo.inequality.grids import column_names, to_grid
from healthdevo.inequality.indirect_rates import indirectly_standardised_rates, indirectly_standardised_ratios
from healthdevo.inequality.rate_input import Missing
from healthdevo.inequality.rates import crude_rates, means, proportions
from healthdevo.inequality.standards import standard_by_age
from healthdevo.mathematics.vectors import shown
from healthdevo.results import Estimates

__all__ = [
    "crude_rates_by",
    "indirectly_standardised_rates_by",
    "indirectly_standardised_ratios_by",
    "means_by",
    "proportions_by",
]

ByAge = pd.Series | Mapping[object, float]


def _one_row_each(
    frame: pd.DataFrame, columns: Sequence[str], by: str | Sequence[str] | None
) -> pd.DataFrame:
    """Return the columns of a frame with one row for each label, which becomes the index, in sorted order."""
    keys = column_names(by)
    need_rows(frame, [*columns, *keys])
    need_labels(frame, keys)
    twice = frame.duplicated(keys) if keys else frame.index.to_series().duplicated(keep=False).iloc[1:]
    if (keys and twice.any()) or (not keys and len(frame) > 1):
        row = frame.index[twice][0] if keys else frame.index[1]
        what = " and ".join(f"{k} {shown(frame.loc[twice, k].iloc[0])}" for k in keys) or "the one area"
        raise InputError(
            f"frame: row {shown(row)} is a second one for {what}; add the counts up, or name more columns in by"
        )
    if not keys:
        return frame[list(columns)].set_axis(pd.Index(["all"], name="area"))
    return frame.set_index(keys if len(keys) > 1 else keys[0])[list(columns)].sort_index()


@front_door
def crude_rates_by(
    frame: pd.DataFrame,
    count: str,
    population: str,
    *,
    by: str | Sequence[str] | None = None,
    multiplier: float = 100_000,
    levels: float | Sequence[float] = 0.95,
) -> Estimates:
    """Return ``crude_rates`` from tidy rows, one for each area.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area, in any order.
    count, population : str
        Columns with events and people.
    by : str or sequence of str, optional
        Columns that name an area; without them the frame has one row.
    multiplier, levels
        As in ``crude_rates``.

    Returns
    -------
    Estimates
        Labelled by area, in sorted order.

    Raises
    ------
    InputError
        When a column is missing, an area has two rows, or ``crude_rates`` refuses the numbers.

    Examples
    --------
    >>> frame = pd.DataFrame({"area": ["Bury", "Bolton"], "deaths": [30, 65], "people": [100, 100]})
    >>> crude_rates_by(frame, "deaths", "people", by="area", multiplier=100).estimate.tolist()
    [65.0, 30.0]
    """
    tidy = _one_row_each(frame, [count, population], by)
    with speaking_of(counts=count, population=population):
        return crude_rates(
            tidy[count], tidy[population], multiplier=multiplier, levels=levels, index=tidy.index
        )


@front_door
def proportions_by(
    frame: pd.DataFrame,
    count: str,
    total: str,
    *,
    by: str | Sequence[str] | None = None,
    multiplier: float = 1,
    levels: float | Sequence[float] = 0.95,
) -> Estimates:
    """Return ``proportions`` from tidy rows, one for each area.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area, in any order.
    count, total : str
        Columns with numerators and denominators.
    by : str or sequence of str, optional
        Columns that name an area; without them the frame has one row.
    multiplier, levels
        As in ``proportions``.

    Returns
    -------
    Estimates
        Labelled by area, in sorted order.

    Raises
    ------
    InputError
        When a column is missing, an area has two rows, or ``proportions`` refuses the numbers.

    Examples
    --------
    >>> frame = pd.DataFrame({"board": ["B", "A"], "within": [30, 65], "all": [100, 100]})
    >>> proportions_by(frame, "within", "all", by="board", multiplier=100).estimate.tolist()
    [65.0, 30.0]
    """
    tidy = _one_row_each(frame, [count, total], by)
    with speaking_of(counts=count, totals=total):
        return proportions(tidy[count], tidy[total], multiplier=multiplier, levels=levels, index=tidy.index)


@front_door
def means_by(
    frame: pd.DataFrame,
    value: str,
    *,
    by: str | Sequence[str] | None = None,
    levels: float | Sequence[float] = 0.95,
    unit: str = "",
) -> Estimates:
    """Return ``means`` of the rows of every group of a tidy frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each unit, in any order.
    value : str
        Column with the numbers.
    by : str or sequence of str, optional
        Columns that name a group; without them all rows are one.
    levels, unit
        As in ``means``.

    Returns
    -------
    Estimates
        Labelled by group, in sorted order.

    Raises
    ------
    InputError
        When a column, a value or a label is missing.

    Examples
    --------
    >>> frame = pd.DataFrame({"area": ["b", "a", "a"], "wait": [9.0, 1.0, 2.0]})
    >>> means_by(frame, "wait", by="area").estimate.tolist()
    [1.5, 9.0]
    """
    keys = column_names(by)
    need_rows(frame, [value, *keys])
    need_labels(frame, keys)
    if not keys:
        with speaking_of(values=value):
            return means(frame[value].reset_index(drop=True), levels=levels, unit=unit)
    tidy = frame.sort_values(keys)
    codes = tidy.groupby(keys, sort=True, observed=True).ngroup()
    with speaking_of(values=value):
        found = means(
            tidy[value].reset_index(drop=True), codes.reset_index(drop=True), levels=levels, unit=unit
        )
    labels = tidy[keys].drop_duplicates()
    index = pd.MultiIndex.from_frame(labels) if len(keys) > 1 else pd.Index(labels[keys[0]], name=keys[0])
    return Estimates(
        found.measure,
        index,
        found.estimate,
        found.standard_error,
        found.levels,
        found.lower,
        found.upper,
        found.n,
        found.method,
        found.unit,
        found.reason,
    )


def _indirect(
    measure: Callable[..., Estimates],
    frame: pd.DataFrame,
    age: str,
    count: str,
    population: str,
    reference_counts: ByAge,
    reference_population: ByAge,
    by: str | Sequence[str] | None,
    multiplier: float,
    missing_counts: Missing,
    levels: float | Sequence[float],
) -> Estimates:
    keys = [*column_names(by), age]
    need_rows(frame, [*keys, count, population])
    bands, position = bands_of(frame[age])
    grid = to_grid(
        frame,
        by=by,
        position=position,
        positions=bands.first.size,
        columns={"counts": count, "population": population},
        what="age band",
        named=frame[age],
    )
    reference = []
    for name, given in (
        ("reference_counts", reference_counts),
        ("reference_population", reference_population),
    ):
        try:
            reference.append(standard_by_age(given, bands.labels))
        except InputError as error:
            raise InputError(str(error).replace("standard:", f"{name}:", 1)) from None
    with speaking_of(counts=count, population=population):
        return measure(
            grid.columns["counts"],
            grid.columns["population"],
            *reference,
            multiplier=multiplier,
            missing_counts=missing_counts,
            levels=levels,
            index=grid.index,
        )


@front_door
def indirectly_standardised_ratios_by(
    frame: pd.DataFrame,
    *,
    age: str,
    count: str,
    population: str,
    reference_counts: ByAge,
    reference_population: ByAge,
    by: str | Sequence[str] | None = None,
    multiplier: float = 1,
    missing_counts: Missing = "reason",
    levels: float | Sequence[float] = 0.95,
) -> Estimates:
    """Return ``indirectly_standardised_ratios`` from tidy rows, one for each area and age band.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and age band, in any order.
    age, count, population : str
        Columns with the age band, the events and the people.
    reference_counts, reference_population : Series or mapping
        Events and people of the reference population by age band, joined by where the bands begin.
    by : str or sequence of str, optional
        Columns that name an area.
    multiplier, missing_counts, levels
        As in ``indirectly_standardised_ratios``.

    Returns
    -------
    Estimates
        Labelled by area, in sorted order.

    Raises
    ------
    InputError
        When a column is missing, a row repeats, or the bands differ from the reference's.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": ["65+", "0-64"], "deaths": [13, 2], "people": [500, 1000]})
    >>> found = indirectly_standardised_ratios_by(frame, age="age", count="deaths", population="people",
    ...     reference_counts={0: 100, 65: 400}, reference_population={0: 100_000, 65: 20_000})
    >>> found.estimate.round(2).tolist()
    [1.36]
    """
    return _indirect(
        indirectly_standardised_ratios,
        frame,
        age,
        count,
        population,
        reference_counts,
        reference_population,
        by,
        multiplier,
        missing_counts,
        levels,
    )


@front_door
def indirectly_standardised_rates_by(
    frame: pd.DataFrame,
    *,
    age: str,
    count: str,
    population: str,
    reference_counts: ByAge,
    reference_population: ByAge,
    by: str | Sequence[str] | None = None,
    multiplier: float = 100_000,
    missing_counts: Missing = "reason",
    levels: float | Sequence[float] = 0.95,
) -> Estimates:
    """Return ``indirectly_standardised_rates`` from tidy rows, one for each area and age band.

    Parameters
    ----------
    frame, age, count, population, reference_counts, reference_population, by, missing_counts, levels
        As in ``indirectly_standardised_ratios_by``.
    multiplier : float, default 100000
        What the rate is expressed per.

    Returns
    -------
    Estimates
        Labelled by area, in sorted order.

    Raises
    ------
    InputError
        As ``indirectly_standardised_ratios_by``.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": ["65+", "0-64"], "deaths": [13, 2], "people": [500, 1000]})
    >>> found = indirectly_standardised_rates_by(frame, age="age", count="deaths", population="people", multiplier=1000,
    ...     reference_counts={0: 100, 65: 400}, reference_population={0: 100_000, 65: 20_000})
    >>> found.estimate.round(3).tolist()
    [5.682]
    """
    return _indirect(
        indirectly_standardised_rates,
        frame,
        age,
        count,
        population,
        reference_counts,
        reference_population,
        by,
        multiplier,
        missing_counts,
        levels,
    )
