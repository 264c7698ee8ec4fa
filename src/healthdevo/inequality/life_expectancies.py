"""Life expectancy at one age, and life tables and life expectancy from tidy rows."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.checks import need_rows, speaking_of
from healthdevo.front_door import front_door
from healthdevo.inequality.ages import bands_of
from healthdevo.inequality.chiang import (
    SMALLEST_POPULATION,
    WIDEST_INTERVAL,
    LifeTables,
    Variance,
    life_tables,
)
from healthdevo.inequality.grids import column_names, to_grid
from healthdevo.results import Estimates
from healthdevo.typing import Figure

__all__ = ["life_expectancy", "life_expectancy_by", "life_tables_by"]


@front_door
def life_expectancy(
    deaths: ArrayLike,
    population: ArrayLike,
    ages: Sequence[object],
    *,
    at: object = 0,
    fraction_lived: ArrayLike | None = None,
    variance: Variance = "silcocks",
    levels: float | Sequence[float] = 0.95,
    index: pd.Index | Sequence[object] | None = None,
    smallest_population: float = SMALLEST_POPULATION,
    widest_interval: Figure = WIDEST_INTERVAL,
) -> Estimates:
    """Return the life expectancy of many areas at one age, with its uncertainty.

    Estimand, formula, assumptions and source are those of ``life_tables``.

    Parameters
    ----------
    deaths, population, ages, fraction_lived, variance, levels, index, smallest_population, widest_interval
        As in ``life_tables``.
    at : int or str, default 0
        Age at which the expectation is taken: the first age of a band, or its label.

    Returns
    -------
    Estimates
        In years; ``n`` counts the deaths at and above the age.

    Raises
    ------
    InputError
        As ``life_tables``, and when no band begins at the age.

    Examples
    --------
    >>> result = life_expectancy([[30, 20, 60, 400, 900]], [[9000, 40000, 60000, 40000, 9000]],
    ...                          [0, 1, 15, 45, 75], index=["A"])
    >>> result["A"].sentence
    'The life expectancy at birth is 76.3 years (95% interval 75.5 to 77.1).'
    """
    tables = life_tables(
        deaths,
        population,
        ages,
        fraction_lived=fraction_lived,
        variance=variance,
        levels=levels,
        index=index,
        smallest_population=smallest_population,
        widest_interval=widest_interval,
    )
    with speaking_of(age="at"):
        return tables.at(at)


@front_door
def life_tables_by(
    frame: pd.DataFrame,
    *,
    age: str,
    deaths: str,
    population: str,
    by: str | Sequence[str] | None = None,
    fraction_lived: str | None = None,
    variance: Variance = "silcocks",
    levels: float | Sequence[float] = 0.95,
    smallest_population: float = SMALLEST_POPULATION,
    widest_interval: Figure = WIDEST_INTERVAL,
) -> LifeTables:
    """Return life tables from tidy rows, one for each area and age band.

    Rows may come in any order; age labels may be text such as ``"1-4"`` or ``"90 +"``.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and band.
    age, deaths, population : str
        Columns with the age band, the deaths and the person-years.
    by : str or sequence of str, optional
        Column, or columns, that name an area; all rows are one area when not given.
    fraction_lived : str, optional
        Column with the fraction of the band lived by those who die in it.
    variance, levels, smallest_population, widest_interval
        As in ``life_tables``.

    Returns
    -------
    LifeTables
        Labelled by area. An area without one of the frame's bands has a reason.

    Raises
    ------
    InputError
        When a column is missing, a row repeats, or an age label does not say where its band begins.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": ["75+", "0-44", "45-74"], "deaths": [900, 110, 400],
    ...                       "people": [9000, 109000, 40000]})
    >>> tables = life_tables_by(frame, age="age", deaths="deaths", population="people")
    >>> round(float(tables.at(0).estimate[0]), 2)
    75.99
    """
    extra = {} if fraction_lived is None else {"fraction_lived": fraction_lived}
    need_rows(frame, [*column_names(by), age, deaths, population, *extra.values()])
    bands, position = bands_of(frame[age])
    bands.check_complete(age)
    grid = to_grid(
        frame,
        by=by,
        position=position,
        positions=bands.first.size,
        columns={"deaths": deaths, "population": population, **extra},
        what="age band",
        named=frame[age],
    )
    fractions = grid.columns.get("fraction_lived")
    if fractions is not None:
        fractions = np.where(np.isnan(fractions), 0.5, fractions)
    with speaking_of(ages=age, deaths=deaths, population=population, fraction_lived=fraction_lived):
        return life_tables(
            grid.columns["deaths"],
            grid.columns["population"],
            bands.labels,
            fraction_lived=fractions,
            variance=variance,
            levels=levels,
            index=grid.index,
            smallest_population=smallest_population,
            widest_interval=widest_interval,
        )


@front_door
def life_expectancy_by(
    frame: pd.DataFrame,
    *,
    age: str,
    deaths: str,
    population: str,
    at: object = 0,
    by: str | Sequence[str] | None = None,
    fraction_lived: str | None = None,
    variance: Variance = "silcocks",
    levels: float | Sequence[float] = 0.95,
    smallest_population: float = SMALLEST_POPULATION,
    widest_interval: Figure = WIDEST_INTERVAL,
) -> Estimates:
    """Return life expectancies at one age from tidy rows; see ``life_tables_by`` and ``life_expectancy``.

    Examples
    --------
    >>> frame = pd.DataFrame({"age": [0, 45, 75], "deaths": [110, 400, 900], "people": [109000, 40000, 9000]})
    >>> life_expectancy_by(frame, age="age", deaths="deaths", population="people", at=75)["all"].sentence
    'The life expectancy at age 75 is 10 years (95% interval 9.35 to 10.7).'
    """
    tables = life_tables_by(
        frame,
        age=age,
        deaths=deaths,
        population=population,
        by=by,
        fraction_lived=fraction_lived,
        variance=variance,
        levels=levels,
        smallest_population=smallest_population,
        widest_interval=widest_interval,
    )
    with speaking_of(age="at"):
        return tables.at(at)
