"""From deaths and populations by age, sex and district to the effect on life expectancy.

The published study of Greater Manchester used such figures for every year from 2006 to 2019. They are not embedded here before
2013. With the official file, ``effect_on_life_expectancy`` is the whole path: life tables for every district and year, a panel,
a design, and the standard error that counting deaths alone would leave. ``simulated_deaths`` draws such a file with a planted
effect, so that the path can be tried where the truth is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import GREATER_MANCHESTER, LONDON
from healthdevo.chapters.devolution.panels import HEALTH_DEAL, districts_of, expectancy_by_year, panel_of
from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.evaluation import (
    Effect,
    NoiseFloor,
    Panel,
    difference_in_differences,
    generalised_synthetic_control,
    noise_floor,
    synthetic_did,
)
from healthdevo.inequality import life_tables
from healthdevo.typing import BoolArray, FloatArray

__all__ = [
    "DeathsWorld",
    "LifeExpectancyEffect",
    "deaths_world",
    "effect_on_life_expectancy",
    "life_expectancy_panel",
    "simulated_deaths",
]

Design = Literal["gsc", "sdid", "did"]
Trend = Literal["common", "catching up"]
_COLUMNS = ("area_code", "year", "sex", "age_group", "deaths", "population")


@dataclass(frozen=True)
class LifeExpectancyEffect:
    """The effect on life expectancy with the floor that counting deaths sets under its error.

    Parameters
    ----------
    effect : Effect
        By the design asked for.
    floor : NoiseFloor
        Standard error that the counts of deaths alone leave in it.
    panel : Panel
        Life expectancy by district and year.
    standard_errors : ndarray
        Of the life expectancies, in the order of the panel.
    left_out : tuple of str
        Districts without a life expectancy in every year.
    """

    effect: Effect
    floor: NoiseFloor
    panel: Panel = field(repr=False)
    standard_errors: FloatArray = field(repr=False, compare=False)
    left_out: tuple[str, ...] = ()


def life_expectancy_panel(
    frame: pd.DataFrame,
    *,
    treated: Iterable[str],
    start: int,
    sex: Literal["persons", "female", "male"] = "persons",
) -> tuple[Panel, FloatArray, tuple[str, ...]]:
    """Return life expectancy at birth by district and year as a panel, with standard errors.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``area_code``, ``year``, ``sex`` (female, male), ``age_group``, ``deaths``, ``population``: one row each, in any order.
    treated : iterable of str
        Codes of the treated districts.
    start : int
        First treated year.
    sex : {"persons", "female", "male"}
        For persons the deaths and populations of both sexes are added up.

    Returns
    -------
    panel : Panel
    standard_errors : ndarray of shape (areas, periods)
    left_out : tuple of str
        Districts that lack a year, or whose life table is suppressed in one.

    Raises
    ------
    InputError
        When a column or a sex is missing, a row repeats, or no district has every year.

    Examples
    --------
    >>> frame = simulated_deaths(0.2, seed=1, years=range(2013, 2017))
    >>> panel, error, _ = life_expectancy_panel(frame, treated=districts_of("E47000001"), start=2015)
    >>> panel.shape[1], bool(70 < panel.outcome.min() < 90), bool((error > 0).all())
    (4, True, True)
    """
    need_columns(frame, _COLUMNS)
    doubled = frame.duplicated(["area_code", "year", "sex", "age_group"])
    if doubled.any():
        row = frame.loc[doubled].iloc[0]
        raise InputError(
            f"frame: {row['area_code']}, {row['year']}, {row['sex']}, {row['age_group']} occurs twice"
        )
    sexes = set(frame["sex"].unique())
    needed = {"female", "male"} if sex == "persons" else {sex}
    if needed - sexes:
        raise InputError(f"sex: no rows for {sorted(needed - sexes)[0]!r}; there are {sorted(sexes)}")
    rows = frame[frame["sex"].isin(needed)]
    keys = ["area_code", "year", "age_group"]
    summed = rows.groupby(keys, as_index=False)[["deaths", "population"]].sum(min_count=len(needed))
    expectancy = expectancy_by_year(summed)
    table = expectancy.index.to_frame(index=False).assign(
        value=expectancy.estimate, error=expectancy.standard_error
    )
    years = table["year"].nunique()
    known = table.dropna(subset=["value"])
    counts = known.groupby("area_code")["year"].nunique()
    full = counts.index[counts == years]
    left_out = tuple(sorted(set(table["area_code"]) - set(full)))
    if not len(full):
        raise InputError("frame: no district has a life expectancy in every year")
    known = known[known["area_code"].isin(full)].sort_values(["area_code", "year"])
    group = [c for c in treated if c in set(full)]
    panel = panel_of(known, unit="years", period="year", treated=group, start=start)
    return panel, known["error"].to_numpy(dtype=float).reshape(panel.shape), left_out


def _estimate(panel: Panel, design: Design, draws: int, seed: int) -> Effect:
    if design == "gsc":
        return generalised_synthetic_control(panel, ranks=(0, 1, 2, 3), draws=draws, seed=seed)
    if design == "sdid":
        return synthetic_did(panel, draws=draws, seed=seed)
    if design == "did":
        return difference_in_differences(panel)
    raise InputError(f"design: {design!r} is not gsc, sdid or did")


def effect_on_life_expectancy(
    frame: pd.DataFrame,
    *,
    treated: Iterable[str] | None = None,
    start: int = HEALTH_DEAL,
    sex: Literal["persons", "female", "male"] = "persons",
    design: Design = "gsc",
    draws: int = 500,
    seed: int = 0,
) -> LifeExpectancyEffect:
    """Estimate the effect of devolution on life expectancy from deaths and populations by age.

    Parameters
    ----------
    frame : pandas.DataFrame
        As for ``life_expectancy_panel``; leave out London to repeat the published comparison.
    treated : iterable of str, optional
        The districts of Greater Manchester by default.
    start : int
        First treated year: 2015 for the agreement of November 2014.
    sex : {"persons", "female", "male"}
        Whose life expectancy.
    design : {"gsc", "sdid", "did"}
        Generalised synthetic control, as published; synthetic or plain difference-in-differences.
    draws, seed : int
        Of the bootstrap or placebo.

    Returns
    -------
    LifeExpectancyEffect

    Raises
    ------
    InputError
        As for ``life_expectancy_panel`` and the design.

    Examples
    --------
    >>> frame = simulated_deaths(2.0, seed=1, years=range(2009, 2018))
    >>> found = effect_on_life_expectancy(frame, design="did")
    >>> bool(1.5 < found.effect.estimate < 2.5), bool(found.floor.standard_error > 0)
    (True, True)
    """
    group = districts_of(GREATER_MANCHESTER) if treated is None else tuple(treated)
    panel, errors, left_out = life_expectancy_panel(frame, treated=group, start=start, sex=sex)
    effect = _estimate(panel, design, draws, seed)
    return LifeExpectancyEffect(effect, noise_floor(panel, errors, effect), panel, errors, left_out)


# ---- a world in which the truth is known ------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class DeathsWorld:
    """Death rates and populations of the real districts of 2014 and 2015, from which files are drawn.

    Parameters
    ----------
    codes : tuple of str
        Districts of England outside London.
    ages : tuple of str
        Age groups.
    rates : ndarray of shape (districts, ages)
        Death rates: England's of each age times the district's standardised ratio.
    population : ndarray of shape (districts, ages)
        People in one year, both sexes.
    treated : ndarray of bool
        Whether a district lies in Greater Manchester.
    """

    codes: tuple[str, ...]
    ages: tuple[str, ...]
    rates: FloatArray = field(repr=False)
    population: FloatArray = field(repr=False)
    treated: BoolArray = field(repr=False)

    def expectancy(self, factor: float = 1.0) -> float:
        """Mean life expectancy of the treated districts when all their rates are multiplied by a factor."""
        d = self.rates[self.treated] * self.population[self.treated] * factor
        found = life_tables(d, self.population[self.treated], list(self.ages))
        return float(found.life_expectancy[:, 0].mean())

    def factor_for(self, years: float) -> float:
        """Factor on all death rates of the treated districts that changes their life expectancy by some years."""
        low, high, goal = 0.5, 2.0, self.expectancy() + years
        for _ in range(40):
            middle = float(np.sqrt(low * high))
            low, high = (middle, high) if self.expectancy(middle) > goal else (low, middle)
        return float(np.sqrt(low * high))


def deaths_world() -> DeathsWorld:
    """Return rates and populations of the districts of England outside London, mid-2014 and mid-2015 taken together.

    Examples
    --------
    >>> int(deaths_world().treated.sum())
    10
    """
    frame = tables.load("deaths_population_age")
    capital = set(districts_of(LONDON))
    frame = frame[~frame["area_code"].isin(capital)]
    sums = frame.groupby(["area_code", "age_group"])[["deaths", "population"]].sum().reset_index()
    deaths = sums.pivot_table(index="area_code", columns="age_group", values="deaths")
    people = sums.pivot_table(index="area_code", columns="age_group", values="population")
    large = people.sum(axis=1) > 20_000
    deaths, people = deaths[large], people[large]
    d, p = deaths.to_numpy(dtype=float), people.to_numpy(dtype=float)
    standard = d.sum(axis=0) / p.sum(axis=0)
    ratio = d.sum(axis=1) / (p * standard).sum(axis=1)
    inside = np.isin(deaths.index.to_numpy(dtype=str), list(districts_of(GREATER_MANCHESTER)))
    return DeathsWorld(
        tuple(str(c) for c in deaths.index),
        tuple(str(a) for a in deaths.columns),
        ratio[:, None] * standard,
        p / 2.0,
        inside,
    )


def simulated_deaths(
    effect: float,
    *,
    seed: int | np.random.Generator,
    years: Sequence[int] | range = range(2006, 2020),
    start: int = HEALTH_DEAL,
    trend: Trend = "common",
    fall: float = 0.012,
    spread: float = 0.004,
    catch_up: float = 0.003,
    world: DeathsWorld | None = None,
) -> pd.DataFrame:
    """Draw a file of deaths and populations by age, sex and district with a planted effect on life expectancy.

    Parameters
    ----------
    effect : float
        Years of life expectancy gained in Greater Manchester from the start on; rates at all ages fall in proportion.
    seed : int or numpy.random.Generator
        Source of the draw.
    years : sequence of int
        Years of the file.
    start : int
        First year with the effect.
    trend : {"common", "catching up"}
        Whether death rates fall at one pace everywhere, or every district has its own and Greater Manchester's is faster from the
        first year on, without any policy.
    fall, spread, catch_up : float
        Yearly fall of death rates; when Greater Manchester is catching up, its standard deviation between districts and what
        Greater Manchester has on top.
    world : DeathsWorld, optional
        Rates and populations; those of 2014 and 2015 by default.

    Returns
    -------
    pandas.DataFrame
        ``area_code``, ``year``, ``sex``, ``age_group``, ``deaths``, ``population``; deaths are Poisson counts.

    Examples
    --------
    >>> simulated_deaths(0.2, seed=1, years=[2014, 2015]).columns.tolist()
    ['area_code', 'year', 'sex', 'age_group', 'deaths', 'population']
    """
    w = deaths_world() if world is None else world
    rng = np.random.default_rng(seed)
    time = np.asarray(list(years), dtype=float)
    n, t, a = len(w.codes), len(time), len(w.ages)
    own = spread * rng.normal(size=n) + catch_up * w.treated
    pace = fall + (own if trend == "catching up" else np.zeros(n))
    level = np.exp(-pace[:, None] * (time - 2014.5))
    factor = w.factor_for(effect) if effect else 1.0
    level = np.where(w.treated[:, None] & (time >= start), factor * level, level)
    expected = 0.5 * w.rates[:, None, :] * w.population[:, None, :] * level[:, :, None]
    deaths = rng.poisson(expected[:, :, None, :], size=(n, t, 2, a))
    people = np.broadcast_to(0.5 * w.population[:, None, None, :], deaths.shape)
    index = pd.MultiIndex.from_product(
        [w.codes, time.astype(int), ["female", "male"], w.ages],
        names=["area_code", "year", "sex", "age_group"],
    )
    drawn = pd.DataFrame({"deaths": deaths.ravel(), "population": people.ravel()}, index=index)
    return drawn.assign(deaths=np.minimum(drawn["deaths"], drawn["population"])).reset_index()
