"""Life tables and life expectancy from deaths and populations, for many areas at once.

Chiang's abridged life table (his second method) with the sampling variance of Silcocks and colleagues, which adds the
variance of the open-ended band to Chiang's. Any bands work, with any open-ended top band and any fraction lived in
the year of death.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.ages import age_bands
from healthdevo.inequality.grids import area_index, area_matrix
from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.mathematics.vectors import in_one_order, numbers
from healthdevo.results import Estimates, check_levels
from healthdevo.typing import Figure, FloatArray, IntArray

__all__ = ["SMALLEST_POPULATION", "WIDEST_INTERVAL", "LifeTables", "Variance", "life_tables"]

Variance = Literal["silcocks", "chiang"]
INFANT_FRACTION = 0.1
SMALLEST_POPULATION = 5000.0
WIDEST_INTERVAL = 20.0
METHODS: dict[str, str] = {
    "silcocks": "abridged life table (Chiang II), variance of Silcocks et al., normal limits",
    "chiang": "abridged life table (Chiang II), variance of Chiang, normal limits",
}


@dataclass(frozen=True)
class LifeTables:
    """Life tables of many areas; every array has the shape (areas, bands).

    Parameters
    ----------
    index : pandas.Index
        Labels of the areas.
    ages : ndarray of int, shape (bands,)
        First age of each band, rising.
    deaths, population : ndarray
        The input, in the order of the ages.
    death_rate, death_probability, survivors, life_table_deaths, years_lived, years_remaining : ndarray
        The columns m, q, l (of 1 at the first age), d, L and T of the life table.
    life_expectancy : ndarray
        Expected years still to live at the start of each band.
    standard_error : ndarray
        Of the life expectancy.
    levels : tuple of float
        Confidence levels.
    reasons : tuple of str
        Why an area has no life table; empty strings where it has one.
    widest_interval : float
        Widest 95% interval that is not suppressed, in years.
    method : str
        How life expectancy and interval were computed, in words.
    """

    index: pd.Index
    ages: IntArray
    deaths: FloatArray
    population: FloatArray
    death_rate: FloatArray
    death_probability: FloatArray
    survivors: FloatArray
    life_table_deaths: FloatArray
    years_lived: FloatArray
    years_remaining: FloatArray
    life_expectancy: FloatArray
    standard_error: FloatArray
    levels: tuple[float, ...]
    reasons: tuple[str, ...]
    widest_interval: Figure = WIDEST_INTERVAL
    method: str = METHODS["silcocks"]

    def __post_init__(self) -> None:
        for name in (
            "ages",
            "deaths",
            "population",
            "death_rate",
            "death_probability",
            "survivors",
            "life_table_deaths",
            "years_lived",
            "years_remaining",
            "life_expectancy",
            "standard_error",
        ):
            values = getattr(self, name).view()
            values.flags.writeable = False
            object.__setattr__(self, name, values)

    @property
    def population_used(self) -> FloatArray:
        """People at and above the start of each band."""
        return _from_the_top(self.population)

    @property
    def deaths_used(self) -> FloatArray:
        """Deaths at and above the start of each band."""
        return _from_the_top(self.deaths)

    def first_age(self, age: object) -> int:
        """Return the first age of the band that is named by its first age or label.

        Raises
        ------
        InputError
            When no band begins there.
        """
        start = int(age_bands([age]).first[0])
        if start not in self.ages:
            raise InputError(
                f"age: no band begins at {start}; the bands begin at {[int(a) for a in self.ages]}"
            )
        return start

    def at(self, age: object = 0) -> Estimates:
        """Return the life expectancy at the first age of a band, for all areas.

        Parameters
        ----------
        age : int or str, default 0
            First age of a band, or its label.

        Raises
        ------
        InputError
            When no band begins at that age.
        """
        start = self.first_age(age)
        b = int(np.flatnonzero(self.ages == start)[0])
        estimate, error = self.life_expectancy[:, b].copy(), self.standard_error[:, b].copy()
        reasons = list(self.reasons)
        wide = 2.0 * float(normal_quantiles(0.95)[0]) * error > self.widest_interval
        for i in np.flatnonzero(wide):
            reasons[i] = f"the 95% interval is wider than {self.widest_interval:g} years"
        estimate[wide], error[wide] = np.nan, np.nan
        half = normal_quantiles(self.levels) * error[:, np.newaxis]
        centre = estimate[:, np.newaxis]
        used = np.nan_to_num(self.deaths_used[:, b]).clip(min=0.0)
        return Estimates(
            "life expectancy at birth" if start == 0 else f"life expectancy at age {start}",
            self.index,
            estimate,
            error,
            self.levels,
            centre - half,
            centre + half,
            np.where(np.isnan(estimate), 0, used).astype(np.int64),
            self.method,
            "years",
            tuple(reasons),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return the life tables as tidy rows, one for each area and band, areas as columns."""
        bands = self.ages.size
        base = self.index.to_frame(index=False)
        base = base.set_axis(["label" if name is None else str(name) for name in self.index.names], axis=1)
        base = base.loc[base.index.repeat(bands)].reset_index(drop=True)
        columns = {
            name: getattr(self, name).reshape(-1)
            for name in (
                "deaths",
                "population",
                "death_rate",
                "death_probability",
                "survivors",
                "life_table_deaths",
                "years_lived",
                "years_remaining",
                "life_expectancy",
                "standard_error",
            )
        }
        return base.assign(
            age=np.tile(self.ages, len(self.index)), **columns, reason=np.repeat(self.reasons, bands)
        )


def _from_the_top(values: FloatArray) -> FloatArray:
    total: FloatArray = np.nancumsum(values[:, ::-1], axis=1)[:, ::-1]
    return total


def _fractions(fraction_lived: ArrayLike | None, ages: IntArray, widths: FloatArray) -> FloatArray:
    """Return the share of each band's width lived by those who die in it, shape (bands - 1,) or (areas, bands - 1)."""
    if fraction_lived is None:
        fractions = np.full(widths.size, 0.5)
        if ages[0] == 0 and widths[0] == 1.0:
            fractions[0] = INFANT_FRACTION
        return fractions
    given = numbers(fraction_lived, "fraction_lived")
    if given.ndim not in (0, 1, 2) or (
        given.ndim > 0 and given.shape[-1] not in (widths.size, widths.size + 1)
    ):
        raise InputError(
            f"fraction_lived: shape {given.shape} is not valid; give one fraction for each of the {ages.size} bands"
        )
    if given.ndim == 0:
        given = np.full(widths.size, float(given))
    given = given[..., : widths.size]
    if not np.all((given > 0.0) & (given < 1.0)):
        raise InputError("fraction_lived: a fraction of a band's width lies strictly between 0 and 1")
    return given


@front_door
@in_one_order("deaths", "population", labels="index", wide=True)
def life_tables(
    deaths: ArrayLike,
    population: ArrayLike,
    ages: Sequence[object],
    *,
    fraction_lived: ArrayLike | None = None,
    variance: Variance = "silcocks",
    levels: float | Sequence[float] = 0.95,
    index: pd.Index | Sequence[object] | None = None,
    smallest_population: float = SMALLEST_POPULATION,
    widest_interval: Figure = WIDEST_INTERVAL,
) -> LifeTables:
    r"""Return abridged life tables of many areas at once.

    Parameters
    ----------
    deaths, population : array_like of shape (areas, bands) or (bands,)
        Deaths, and person-years at risk, in each age band.
    ages : sequence of int or str, length ``bands``
        First age of each band, or its label (``"1-4"``, ``"90+"``), in any order. The highest band is open-ended. Labels that
        leave a gap, overlap or end with a closed band are refused; of plain numbers each is taken to reach to the next.
    fraction_lived : array_like of shape (bands,), (areas, bands) or scalar, optional
        Share of the band's width lived by those who die in it; that of the open-ended band is not read. A half when
        not given, and 0.1 for a first band that covers the first year of life.
    levels : float or sequence of float, default 0.95
        Confidence levels of the life expectancies.
    index : sequence, optional
        Labels of the areas.
    smallest_population : float, default 5000
        Areas with fewer people are suppressed, as is usual in English public health.
    widest_interval : float, default 20
        A life expectancy whose 95% interval is wider, in years, is suppressed.

    Returns
    -------
    LifeTables
        An area is NaN and has a reason when a band is missing, a population is not above 0, deaths are negative or
        exceed the population, nobody died in the open-ended band (no rate, so no limit to life), or it is too small.

    Raises
    ------
    InputError
        When shapes do not match, or bands overlap, leave a gap, or end with one that is closed.

    Notes
    -----
    Estimand: the mean years that a person would still live who went through the age-specific death rates observed.
    With band width :math:`n`, fraction :math:`a` and rate :math:`m`, the probability of dying in the band is
    :math:`q = \min(nm / (1 + n(1 - a)m), 1)`, and

    .. math:: e_x = a n q_x + (1 - q_x)(n + e_{x+n}), \qquad e_\omega = 1 / m_\omega,

    .. math:: V_x = q_x^2 (1 - q_x) D_x^{-1} \{(1 - a) n + e_{x+n}\}^2 + (1 - q_x)^2 V_{x+n}, \qquad
              V_\omega = e_\omega^2 / D_\omega,

    which is the usual sum over survivors, written from the top down; the last term is Silcocks's.

    Assumptions: deaths are binomial within a band; the population is known; rates are constant within a band.

    Deviations from phe_life_expectancy of the R package PHEindicatormethods, on purpose: any number of bands and any top
    band; any fractions; where a band leaves no survivors, life expectancies above it are those of somebody who did reach
    the age (there they are 0, with limits that are not numbers); no deaths in the top band suppresses the area, limits
    and all (there an infinite upper limit is left).

    References
    ----------
    Chiang, C. L. (1984). The Life Table and its Applications. Silcocks, P., Jenner, D. and Reza, R. (2001). Life
    expectancy as a summary of mortality in a population. Journal of Epidemiology and Community Health 55, 38-43.

    Examples
    --------
    >>> tables = life_tables([30, 20, 60, 400, 900], [9000, 40000, 60000, 40000, 9000], ["0", "1-14", "15-44", "45-74", "75+"])
    >>> round(float(tables.life_expectancy[0, 0]), 2), round(float(tables.standard_error[0, 0]), 2)
    (76.31, 0.42)
    """
    wanted = check_levels(levels)
    need_choice("variance", variance, ("silcocks", "chiang"))
    d = area_matrix("deaths", deaths, columns="bands")
    p = area_matrix("population", population, columns="bands")
    if d.shape != p.shape:
        raise InputError(f"population: shape {p.shape} does not match the deaths' {d.shape}")
    given = age_bands(list(ages), "ages")
    if given.first.size != d.shape[1]:
        raise InputError(f"ages: {given.first.size} bands for arrays of {d.shape[1]} columns")
    if given.first.size < 2:
        raise InputError("ages: a life table needs at least two bands")
    given.check_complete()
    bands_by_age, order = given.sorted()
    starts = bands_by_age.first
    if not np.array_equal(order, np.arange(order.size)):
        d, p = d[:, order], p[:, order]
        if fraction_lived is not None and np.ndim(fraction_lived) > 0:
            fraction_lived = numbers(fraction_lived, "fraction_lived")[..., order]
    areas, bands = d.shape
    labels = area_index(index, areas)
    widths = np.diff(starts).astype(np.float64)
    a = _fractions(fraction_lived, starts, widths)

    reasons = _reasons(d, p, starts, smallest_population)
    bad = np.array([bool(text) for text in reasons])
    hole = bad[:, np.newaxis]
    dd, pp = np.where(hole, 1.0, d), np.where(hole, 10.0, p)

    m = dd / pp
    q = np.ones_like(m)
    np.minimum(widths * m[:, :-1] / (1.0 + widths * (1.0 - a) * m[:, :-1]), 1.0, out=q[:, :-1])
    with np.errstate(divide="ignore", invalid="ignore"):
        noise = np.where(dd > 0.0, q * q * (1.0 - q) / dd, 0.0)
    lived = np.broadcast_to(a * widths, (areas, bands - 1))
    lost = np.broadcast_to((1.0 - a) * widths, (areas, bands - 1))
    kept = np.ascontiguousarray((1.0 - q[:, :-1]).T)
    own = np.ascontiguousarray((lived * q[:, :-1]).T) + kept * widths[:, np.newaxis]
    # From the top band down; bands come first here, so that each step works on neighbouring numbers.
    expectancy, spread = np.empty((bands, areas)), np.empty((bands, areas))
    expectancy[-1] = 1.0 / m[:, -1]
    for b in range(bands - 2, -1, -1):
        np.multiply(kept[b], expectancy[b + 1], out=expectancy[b])
        expectancy[b] += own[b]
    spread[-1] = expectancy[-1] ** 2 / dd[:, -1] if variance == "silcocks" else 0.0
    spread[:-1] = noise[:, :-1].T * (lost.T + expectancy[1:]) ** 2
    kept *= kept
    for b in range(bands - 2, -1, -1):
        spread[b] += kept[b] * spread[b + 1]
    e, v = np.ascontiguousarray(expectancy.T), np.ascontiguousarray(spread.T)

    survivors = np.ones_like(m)
    np.cumprod(1.0 - q[:, :-1], axis=1, out=survivors[:, 1:])
    dying = survivors * q
    years = np.empty_like(m)
    years[:, :-1] = widths * survivors[:, 1:] + lived * dying[:, :-1]
    years[:, -1] = survivors[:, -1] * e[:, -1]
    remaining = _from_the_top(years)
    error = np.sqrt(v)
    if bad.any():
        for array in (m, q, survivors, dying, years, remaining, e, error):
            array[bad] = np.nan
    return LifeTables(
        labels,
        starts,
        d,
        p,
        m,
        q,
        survivors,
        dying,
        years,
        remaining,
        e,
        error,
        wanted,
        reasons,
        float(widest_interval),
        METHODS[variance],
    )


def _reasons(d: FloatArray, p: FloatArray, starts: IntArray, smallest: float) -> tuple[str, ...]:
    """Return one reason per area, the first that applies."""
    reasons = [""] * d.shape[0]
    checks = (
        (np.isnan(d) | np.isnan(p), "the band from age {age} is missing"),
        (d < 0.0, "deaths are negative in the band from age {age}"),
        (p <= 0.0, "the population is not above 0 in the band from age {age}"),
        (d > p, "there are more deaths than people in the band from age {age}"),
    )
    wrong = np.zeros(d.shape[0], dtype=bool)
    for cells, text in checks:
        for i in np.flatnonzero(cells.any(axis=1) & ~wrong):
            reasons[i] = text.format(age=int(starts[np.argmax(cells[i])]))
            wrong[i] = True
    with np.errstate(invalid="ignore"):
        small = p.sum(axis=1) < smallest
    for i in np.flatnonzero(small & ~wrong):
        reasons[i] = f"fewer than {smallest:,.0f} people"
        wrong[i] = True
    for i in np.flatnonzero((d[:, -1] == 0.0) & ~wrong):
        reasons[i] = f"no deaths in the open-ended band from age {int(starts[-1])}"
    return tuple(reasons)
