"""Lifespan variation: how unequal ages at death are within one life table."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy.interpolate import CubicHermiteSpline
from scipy.optimize import minimize_scalar

from healthdevo.checks import need_choice, speaking_of
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.chiang import LifeTables
from healthdevo.mathematics.vectors import numbers
from healthdevo.typing import FloatArray

__all__ = ["LifespanVariation", "lifespan_variation", "lifespan_variation_of_tables"]

Convention = Literal["standard", "LifeIneq"]

CONDITIONAL = (
    "variance",
    "standard_deviation",
    "coefficient_of_variation",
    "life_disparity",
    "keyfitz_entropy",
    "theil_index",
    "mean_log_deviation",
    "gini_coefficient",
    "absolute_inter_individual_difference",
    "mean_absolute_deviation",
)


@dataclass(frozen=True)
class LifespanVariation:
    """Measures of lifespan variation, conditional on survival to each age.

    Parameters
    ----------
    ages : ndarray of shape (bands,)
        First ages of the bands, the starting ages of the conditional measures.
    variance, standard_deviation : ndarray of shape (bands,)
        Of the age at death, in years squared and years.
    coefficient_of_variation : ndarray of shape (bands,)
        Standard deviation over the mean age at death.
    life_disparity : ndarray of shape (bands,)
        Mean years of life expectancy lost at death, e-dagger.
    keyfitz_entropy : ndarray of shape (bands,)
        Life disparity over life expectancy.
    theil_index, mean_log_deviation, gini_coefficient : ndarray of shape (bands,)
        Of the age at death.
    absolute_inter_individual_difference : ndarray of shape (bands,)
        Half the mean absolute difference between the ages at death of two people, in years.
    mean_absolute_deviation : ndarray of shape (bands,)
        Of the age at death from its mean, in years.
    interquartile_range : float
        Years between the ages by which a quarter and three quarters have died, from the first age.
    shortest_half : float
        Length of the shortest stretch of ages in which half of all deaths fall (Kannisto's C50).
    """

    ages: FloatArray
    variance: FloatArray
    standard_deviation: FloatArray
    coefficient_of_variation: FloatArray
    life_disparity: FloatArray
    keyfitz_entropy: FloatArray
    theil_index: FloatArray
    mean_log_deviation: FloatArray
    gini_coefficient: FloatArray
    absolute_inter_individual_difference: FloatArray
    mean_absolute_deviation: FloatArray
    interquartile_range: float
    shortest_half: float

    def to_frame(self) -> pd.DataFrame:
        """Return the conditional measures as one row for each starting age."""
        return pd.DataFrame({"age": self.ages, **{name: getattr(self, name) for name in CONDITIONAL}})


def _monotone(x: FloatArray, y: FloatArray) -> CubicHermiteSpline:
    """Return a monotone cubic interpolant, by Fritsch and Carlson's rule with central slopes."""
    secant = np.diff(y) / np.diff(x)
    slope = np.concatenate([secant[:1], (secant[:-1] + secant[1:]) / 2.0, secant[-1:]])
    for k, s in enumerate(secant):
        if s == 0.0:
            slope[k] = slope[k + 1] = 0.0
            continue
        a, b = slope[k] / s, slope[k + 1] / s
        first, second = 2.0 * a + b - 3.0, a + 2.0 * b - 3.0
        if first > 0.0 and second > 0.0 and a * (first + second) < first * first:
            shrink = 3.0 * s / float(np.hypot(a, b))
            slope[k], slope[k + 1] = shrink * a, shrink * b
    return CubicHermiteSpline(x, y, slope)


@front_door
def lifespan_variation(
    ages: ArrayLike,
    deaths: ArrayLike,
    survivors: ArrayLike,
    expectancies: ArrayLike,
    years_in_last_band: ArrayLike,
    *,
    convention: Convention = "standard",
) -> LifespanVariation:
    r"""Return measures of lifespan variation from the columns of one life table.

    Parameters
    ----------
    ages : array_like of shape (bands,)
        First age of each band, rising; the last band is open-ended.
    deaths, survivors : array_like of shape (bands,)
        Life-table deaths :math:`d_x` in each band, above 0 in total, and survivors :math:`l_x` to its start, above 0.
    expectancies : array_like of shape (bands,)
        Life expectancy :math:`e_x` at the start of each band.
    years_in_last_band : array_like of shape (bands,)
        Years :math:`a_x` lived in the band by those who die in it.
    convention : {"standard", "LifeIneq"}, default "standard"
        ``"LifeIneq"`` reproduces two departures of that R package, see the notes.

    Returns
    -------
    LifespanVariation

    Raises
    ------
    InputError
        For columns that differ in length, ages that do not rise, negative deaths, or no survivors.

    Notes
    -----
    For a starting age :math:`s`, the ages at death are :math:`x + a_x` for :math:`x \ge s`, weighted by :math:`w_x = d_x / \sum d`, with mean
    :math:`M = s + e_s`. Then: variance :math:`\sum w (x + a_x - M)^2`; Theil :math:`\sum w r \log r` and mean log deviation
    :math:`-\sum w \log r` with :math:`r = (x + a_x) / M`; absolute inter-individual difference
    :math:`\tfrac12 \sum_{i,j} w_i w_j |t_i - t_j|`, Gini that over :math:`M`; mean absolute deviation :math:`\sum w |x + a_x - M|`; life
    disparity :math:`\sum d_x \{e_{x+n} + (1 - a_x / n)(e_x - e_{x+n})\} / l_s`, the open-ended band adding :math:`d e / l_s`. Quartiles are read off a
    monotone cubic through age as a function of survivors; the shortest half minimises the distance from an age to the
    one by which another half of all have died.

    Deviations on purpose from the R package LifeIneq. For tables with bands of several widths and starting ages
    above 0 it measures the years to death with the widths of the first bands rather than of those in question, so its variance
    is wrong there (with single years of age the two agree). What it calls the mean absolute deviation is
    :math:`\sum d_x |e_x - a_x| / l_s`. ``convention="LifeIneq"`` reproduces both, to check against published numbers.

    References
    ----------
    van Raalte, A. A. and Caswell, H. (2013). Perturbation analysis of indices of lifespan variability. Demography 50,
    1615-1640. Kannisto, V. (2000). Measuring the compression of mortality. Demographic Research 3(6).

    Examples
    --------
    >>> v = lifespan_variation([0, 1, 40, 80], [0.01, 0.04, 0.35, 0.6], [1.0, 0.99, 0.95, 0.6], [78.0, 77.8, 40.0, 9.0], [0.1, 25.0, 27.0, 9.0])
    >>> round(float(v.standard_deviation[0]), 2), round(float(v.gini_coefficient[0]), 4)
    (16.85, 0.0959)
    """
    x, d, alive, e, a = (
        numbers(column, name)
        for name, column in (
            ("ages", ages),
            ("deaths", deaths),
            ("survivors", survivors),
            ("expectancies", expectancies),
            ("years_in_last_band", years_in_last_band),
        )
    )
    need_choice("convention", convention, ("standard", "LifeIneq"))
    if x.ndim != 1 or x.size < 2 or not all(column.shape == x.shape for column in (d, alive, e, a)):
        raise InputError(
            "ages, deaths, survivors, expectancies, years_in_last_band: give columns of one length, at least 2"
        )
    if not all(np.isfinite(column).all() for column in (x, d, alive, e, a)) or (np.diff(x) <= 0.0).any():
        raise InputError("ages: give finite columns, with ages that rise")
    if (d < 0.0).any() or (alive <= 0.0).any() or d[-1] <= 0.0 or (a < 0.0).any():
        raise InputError(
            "deaths, survivors: give deaths of 0 or more, some in the last band, and survivors above 0"
        )

    if (x < 0.0).any() or (e <= 0.0).any():
        raise InputError(
            "ages, expectancies: give ages of 0 or more, and expectancies above 0 at each of them"
        )
    if (x + a <= 0.0).any():
        raise InputError(
            "years_in_last_band: give years above 0 to those who die in the band that begins at 0"
        )

    n = x.size
    at_death = x + a
    mean = x + e
    from_here = np.triu(np.ones((n, n)))
    weight = from_here * d / (from_here @ d)[:, np.newaxis]
    years = at_death - mean[:, np.newaxis]
    if convention == "LifeIneq":
        shifted = np.maximum(np.arange(n) - np.arange(n)[:, np.newaxis], 0)
        spread = x[shifted] + a - e[:, np.newaxis]
    else:
        spread = years
    variance = (weight * spread**2).sum(axis=1)
    relative = np.where(from_here > 0.0, at_death / mean[:, np.newaxis], 1.0)
    logs = np.log(relative)
    gaps = np.abs(at_death[:, np.newaxis] - at_death)
    half_gap = np.einsum("si,ij,sj->s", weight, gaps, weight) / 2.0
    lost = np.empty(n)
    later = 1.0 - a[:-1] / np.diff(x)
    lost[:-1] = e[1:] + later * (e[:-1] - e[1:])
    lost[-1] = e[-1]
    disparity = (from_here @ (d * lost)) / alive
    deviation = (
        (from_here @ (d * np.abs(e - a))) / alive
        if convention == "LifeIneq"
        else (weight * np.abs(years)).sum(axis=1)
    )
    width, half = _compression(x, alive)
    standard_deviation = np.sqrt(variance)
    return LifespanVariation(
        ages=x,
        variance=variance,
        standard_deviation=standard_deviation,
        coefficient_of_variation=standard_deviation / mean,
        life_disparity=disparity,
        keyfitz_entropy=disparity / e,
        theil_index=(weight * relative * logs).sum(axis=1),
        mean_log_deviation=-(weight * logs).sum(axis=1),
        gini_coefficient=half_gap / mean,
        absolute_inter_individual_difference=half_gap,
        mean_absolute_deviation=deviation,
        interquartile_range=width,
        shortest_half=half,
    )


def _compression(x: FloatArray, survivors: FloatArray) -> tuple[float, float]:
    """Return the interquartile range and the shortest half of ages at death; NaN where survivors do not reach it."""
    share = survivors / survivors[0]
    falling = np.concatenate([[True], np.diff(share) < 0.0])
    if falling.sum() < 3 or share[-1] > 0.25:
        return float("nan"), float("nan")
    age_of = _monotone(-share[falling], x[falling])
    share_at = _monotone(x, share)
    width = float(age_of(-0.25) - age_of(-0.75))

    def length(age: float) -> float:
        return float(age_of(-(float(share_at(age)) - 0.5)) - age)

    latest = float(age_of(-(0.5 + float(share[-1]))))
    grid = np.linspace(x[0], latest, 400)
    lengths = np.array([length(float(g)) for g in grid])
    k = int(np.argmin(lengths))
    bounds = (float(grid[max(k - 1, 0)]), float(grid[min(k + 1, grid.size - 1)]))
    found = minimize_scalar(length, bounds=bounds, method="bounded", options={"xatol": 1e-9})
    return width, float(min(found.fun, lengths[k]))


@front_door
def lifespan_variation_of_tables(tables: LifeTables, *, start: object = 0) -> pd.DataFrame:
    """Return measures of lifespan variation from a starting age, for every area of a set of life tables.

    Parameters
    ----------
    tables : LifeTables
        From ``life_tables`` or ``life_tables_by``.
    start : int or str, default 0
        Starting age: the first age of a band.

    Returns
    -------
    pandas.DataFrame
        One row for each area, with the measures of ``LifespanVariation`` and a ``reason``; the interquartile range and
        the shortest half always count from the first age.

    Raises
    ------
    InputError
        When no band begins at the starting age.

    Notes
    -----
    Estimand, formulas and source are those of ``lifespan_variation``. Within a band deaths are taken to fall at their
    mean age, so wide bands, the open-ended one above all, understate the variation.

    Examples
    --------
    >>> from healthdevo.inequality import life_tables
    >>> tables = life_tables([[30, 20, 60, 400, 900]], [[9000, 40000, 60000, 40000, 9000]], [0, 1, 15, 45, 75])
    >>> round(float(lifespan_variation_of_tables(tables)["standard_deviation"].iloc[0]), 2)
    15.32
    """
    with speaking_of(age="start"):
        first = tables.first_age(start)
    band = int(np.flatnonzero(tables.ages == first)[0])
    rows: list[dict[str, object]] = []
    for i, reason in enumerate(tables.reasons):
        alive = np.flatnonzero(tables.survivors[i] > 0.0)
        if reason or band > alive[-1]:
            rows.append({"reason": reason or "nobody survives to the starting age"})
            continue
        used = slice(0, int(alive[-1]) + 1)
        one = lifespan_variation(
            tables.ages[used].astype(np.float64),
            tables.life_table_deaths[i, used],
            tables.survivors[i, used],
            tables.life_expectancy[i, used],
            _years_in_last_band(tables, i)[used],
        )
        row: dict[str, object] = {name: float(getattr(one, name)[band]) for name in CONDITIONAL}
        row |= {
            "interquartile_range": one.interquartile_range,
            "shortest_half": one.shortest_half,
            "reason": "",
        }
        rows.append(row)
    columns = [*CONDITIONAL, "interquartile_range", "shortest_half", "reason"]
    return pd.DataFrame(rows, index=tables.index, columns=columns)


def _years_in_last_band(tables: LifeTables, area: int) -> FloatArray:
    """Return the years lived in each band by those who die in it."""
    widths = np.diff(tables.ages).astype(np.float64)
    dying, survivors = tables.life_table_deaths[area], tables.survivors[area]
    some = dying[:-1] > 0.0
    lived = tables.years_lived[area, :-1] - widths * survivors[1:]
    closed = np.where(some, lived / np.where(some, dying[:-1], 1.0), widths / 2.0)
    return np.append(closed, tables.life_expectancy[area, -1])
