"""From deaths and populations by area, deprivation group and age to the slope index of life expectancy, in one call."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.checks import need_rows, speaking_of
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.ages import bands_of
from healthdevo.inequality.chiang import SMALLEST_POPULATION, WIDEST_INTERVAL, Variance, life_tables
from healthdevo.inequality.gradients import slope_index
from healthdevo.inequality.grids import area_index, column_names, group_ranks, to_grid
from healthdevo.inequality.slope_results import SlopeIndices
from healthdevo.mathematics.vectors import numbers
from healthdevo.results import Estimates
from healthdevo.typing import Figure

__all__ = ["LifeExpectancyGradients", "life_expectancy_gradients", "life_expectancy_gradients_by"]


@dataclass(frozen=True)
class LifeExpectancyGradients:
    """Gradients in life expectancy, with the life expectancies they rest on.

    Parameters
    ----------
    slope : SlopeIndices
        Slope (in years) and relative indices of each area.
    life_expectancies : Estimates
        Life expectancy of each group of each area, labelled by area and group.
    """

    slope: SlopeIndices
    life_expectancies: Estimates


@front_door
def life_expectancy_gradients(
    deaths: ArrayLike,
    population: ArrayLike,
    ages: Sequence[object],
    *,
    at: object = 0,
    fraction_lived: ArrayLike | None = None,
    variance: Variance = "silcocks",
    first_group: Literal["worst off", "best off"] = "worst off",
    levels: float | Sequence[float] = 0.95,
    index: pd.Index | Sequence[object] | None = None,
    smallest_population: float = SMALLEST_POPULATION,
    widest_interval: Figure = WIDEST_INTERVAL,
) -> LifeExpectancyGradients:
    r"""Return slope indices of life expectancy from deaths and populations.

    Parameters
    ----------
    deaths, population : array_like of shape (areas, groups, bands)
        Deaths and person-years by area, deprivation group (in order) and age band.
    ages : sequence of int or str, length ``bands``
        First age of each band, or its label.
    at : int or str, default 0
        Age at which life expectancy is taken.
    fraction_lived, variance, smallest_population, widest_interval
        As in ``life_tables``; ``fraction_lived`` has one entry for each band.
    first_group : {"worst off", "best off"}, default "worst off"
        Which end of the groups' order comes first.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    index : sequence, optional
        Labels of the areas.

    Returns
    -------
    LifeExpectancyGradients
        An area whose group has no life expectancy has a reason that names the group and says why.

    Raises
    ------
    InputError
        As ``life_tables`` and ``slope_index``.

    Notes
    -----
    Estimand: the slope index of ``slope_index`` with life expectancies as values. Each group weighs by its
    people at and above the age. Standard errors of the life expectancies (Silcocks) are propagated exactly.

    References
    ----------
    Office for National Statistics. Health state life expectancies by national deprivation deciles: methods.

    Examples
    --------
    >>> deaths = [[[9, 90, 300], [8, 80, 290], [6, 60, 280]]]
    >>> people = [[[9000, 9000, 3000]] * 3]
    >>> result = life_expectancy_gradients(deaths, people, [0, 40, 75], index=["A"])
    >>> result.slope["A"].sentence
    'The slope index of inequality is 5.5 years (95% interval 1.1 to 9.9).'
    """
    d, p = numbers(deaths, "deaths"), numbers(population, "population")
    if d.ndim != 3 or d.shape != p.shape:
        raise InputError(
            f"deaths, population: shapes {d.shape} and {p.shape}; give two of (areas, groups, bands)"
        )
    areas, groups, bands = d.shape
    labels = area_index(index, areas)
    pairs = _pairs(labels, pd.RangeIndex(1, groups + 1, name="group"))
    tables = life_tables(
        d.reshape(-1, bands),
        p.reshape(-1, bands),
        ages,
        fraction_lived=fraction_lived,
        variance=variance,
        levels=levels,
        index=pairs,
        smallest_population=smallest_population,
        widest_interval=widest_interval,
    )
    with speaking_of(age="at"):
        expectancies = tables.at(at)
        first = tables.first_age(at)
    band = int(np.flatnonzero(tables.ages == first)[0])
    people = tables.population_used[:, band].reshape(areas, groups)
    return LifeExpectancyGradients(
        _explained(
            slope_index(
                expectancies.estimate.reshape(areas, groups),
                np.where(people > 0.0, people, np.nan),
                higher_is="better",
                standard_errors=expectancies.standard_error.reshape(areas, groups),
                first_group=first_group,
                levels=levels,
                index=labels,
                unit="years",
            ),
            expectancies,
            groups,
        ),
        expectancies,
    )


def _pairs(areas: pd.Index, groups: pd.Index) -> pd.MultiIndex:
    """Return every pair of an area and a group, areas outermost."""
    tall = areas.repeat(len(groups)).to_frame(index=False)
    if any(name is None for name in areas.names):
        tall.columns = pd.Index(
            ["area"] if tall.shape[1] == 1 else [f"area {i + 1}" for i in range(tall.shape[1])]
        )
    return pd.MultiIndex.from_frame(tall.assign(**{str(groups.name): np.tile(groups.to_numpy(), len(areas))}))


def _explained(slope: SlopeIndices, expectancies: Estimates, groups: int) -> SlopeIndices:
    """Replace the reason of an area without an index by that of its first group without a life expectancy."""
    reasons = np.array(expectancies.reason, dtype=object).reshape(-1, groups)
    texts, relative_texts = list(slope.reason), list(slope.relative.reason)
    for i in np.flatnonzero(np.isnan(slope.estimate)):
        first = next((j for j in range(groups) if reasons[i, j]), None)
        if first is not None:
            texts[i] = relative_texts[i] = f"group {first + 1}: {reasons[i, first]}"
    relative = replace(slope.relative, reason=tuple(relative_texts))
    return replace(slope, reason=tuple(texts), relative=relative)


@front_door
def life_expectancy_gradients_by(
    frame: pd.DataFrame,
    *,
    group: str,
    age: str,
    deaths: str,
    population: str,
    by: str | Sequence[str] | None = None,
    at: object = 0,
    fraction_lived: ArrayLike | None = None,
    variance: Variance = "silcocks",
    first_group: Literal["worst off", "best off"] = "worst off",
    levels: float | Sequence[float] = 0.95,
    smallest_population: float = SMALLEST_POPULATION,
    widest_interval: Figure = WIDEST_INTERVAL,
) -> LifeExpectancyGradients:
    """Return slope indices of life expectancy from tidy rows, one for each area, group and age band.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area, group and age band, in any order.
    group : str
        Column with the deprivation groups: an ordered categorical, or whole numbers from 1.
    age, deaths, population : str
        Columns with the age band (number or label), the deaths and the person-years.
    by : str or sequence of str, optional
        Column, or columns, that name an area.
    at, fraction_lived, variance, first_group, levels, smallest_population, widest_interval
        As in ``life_expectancy_gradients``; ``fraction_lived`` in the order of rising ages.

    Returns
    -------
    LifeExpectancyGradients
        Labelled by area. An area that lacks one of the frame's groups or bands has a reason.

    Raises
    ------
    InputError
        When the order of the groups is not explicit, a row repeats, a column is missing, or an age label does not
        say where its band begins.

    Examples
    --------
    >>> rows = [(g, a, d) for g, ds in ((1, (9, 90, 300)), (2, (8, 80, 290)), (3, (6, 60, 280)))
    ...         for a, d in zip(("0-39", "40-74", "75+"), ds)]
    >>> frame = pd.DataFrame(rows, columns=["third", "age", "deaths"]).assign(people=[9000, 9000, 3000] * 3)
    >>> result = life_expectancy_gradients_by(frame.sample(frac=1, random_state=1), group="third", age="age",
    ...                                          deaths="deaths", population="people")
    >>> round(float(result.slope.estimate[0]), 2)
    5.5
    """
    need_rows(frame, [*column_names(by), group, age, deaths, population])
    ranks, declared = group_ranks(frame[group], group)
    groups = max(int(ranks.max()), declared or 0)
    bands, position = bands_of(frame[age])
    bands.check_complete(age)
    grid = to_grid(
        frame,
        by=by,
        position=(ranks - 1) * bands.first.size + position,
        positions=groups * bands.first.size,
        columns={"deaths": deaths, "population": population},
        what="group and age band",
        named=frame[age],
    )
    shape = (len(grid.index), groups, bands.first.size)
    return life_expectancy_gradients(
        grid.columns["deaths"].reshape(shape),
        grid.columns["population"].reshape(shape),
        bands.labels,
        at=at,
        fraction_lived=fraction_lived,
        variance=variance,
        first_group=first_group,
        levels=levels,
        index=grid.index,
        smallest_population=smallest_population,
        widest_interval=widest_interval,
    )
