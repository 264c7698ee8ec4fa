"""Growth accounts: how much of a change came from people, their ages, their rate of attending, and the calendar.

``decomposition`` divides the difference of any product or function between two populations among its factors (Das
Gupta 1993): each factor's effect is its effect averaged over all ways in which the other factors can take their first
or second value, so the effects add up to the difference exactly and do not depend on an order. It is the Shapley value
of the factor.

``growth_accounts`` applies it to attendances in two years, by type of department.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.resampling import check_draws, generator, percentile_limits
from healthdevo.mathematics.shapley import shapley_averages
from healthdevo.mathematics.vectors import numbers
from healthdevo.results import Estimates, check_levels
from healthdevo.typing import FloatArray
from healthdevo.wording import number

__all__ = ["Decomposition", "GrowthAccounts", "YearOfAttendances", "decomposition", "growth_accounts"]

_MOST_FACTORS = 12


@dataclass(frozen=True)
class Decomposition:
    """A difference between two populations, divided among factors.

    Parameters
    ----------
    first, second : float
        The measure in each population.
    table : pandas.DataFrame
        For each factor the standardised measure in ``first`` and ``second`` (only this factor differing), the
        ``effect`` (second less first) and its ``share`` of the difference (NaN where there is none).
    """

    first: float
    second: float
    table: pd.DataFrame = field(repr=False, compare=False)

    @property
    def difference(self) -> float:
        """The difference to be explained."""
        return self.second - self.first

    @property
    def sentence(self) -> str:
        """The largest part in plain English."""
        effects = self.table["effect"]
        largest = str(effects.abs().idxmax())
        return (
            f"Of a change of {number(self.difference)}, the largest part, {number(float(effects[largest]))}, "
            f"came from {largest}."
        )


def _standardised(
    names: Sequence[str],
    first: Mapping[str, FloatArray],
    second: Mapping[str, FloatArray],
    combine: Callable[[Mapping[str, FloatArray]], FloatArray],
) -> tuple[dict[str, FloatArray], dict[str, FloatArray]]:
    """Return each factor's standardised measures: averages over the other factors, weighted as Das Gupta does."""
    worth = [
        combine({name: (second if chosen >> j & 1 else first)[name] for j, name in enumerate(names)})
        for chosen in range(2 ** len(names))
    ]
    low, high = shapley_averages(np.stack(np.broadcast_arrays(*worth)))
    return dict(zip(names, low, strict=True)), dict(zip(names, high, strict=True))


def _sum_of_products(factors: Mapping[str, FloatArray]) -> FloatArray:
    total: FloatArray = np.array(1.0)
    for values in factors.values():
        total = total * values
    return np.asarray(total.sum())


@front_door
def decomposition(
    first: Mapping[str, ArrayLike],
    second: Mapping[str, ArrayLike],
    combine: Callable[[Mapping[str, FloatArray]], FloatArray | float] | None = None,
) -> Decomposition:
    r"""Divide the difference of a measure between two populations among its factors.

    Parameters
    ----------
    first, second : mapping of str to array_like
        The factors in each population, under the same names: numbers, or one number for each cell (such as an age
        group). From 2 to 12 factors.
    combine : callable, optional
        Turns factors into the measure. By default the product of the factors, summed over cells.

    Returns
    -------
    Decomposition
        Effects that add up to the difference.

    Raises
    ------
    InputError
        When names or shapes differ, values are missing, or there are fewer than 2 factors or more than 12.

    Notes
    -----
    With :math:`v(S)` the measure when the factors in :math:`S` take their second values and the others their first, the
    effect of factor :math:`j` is
    :math:`\sum_{S \not\ni j} \frac{|S|!\,(k - |S| - 1)!}{k!} [v(S \cup j) - v(S)]`. For two factors it is Kitagawa's
    decomposition.

    References
    ----------
    Das Gupta, P. (1993), Standardization and Decomposition of Rates: A User's Manual, US Bureau of the Census P23-186.
    Kitagawa, E. M. (1955), Components of a difference between two rates, JASA 50.

    Examples
    --------
    >>> d = decomposition({"size": 100.0, "rate": 0.2}, {"size": 110.0, "rate": 0.3})
    >>> d.table["effect"].round(6).tolist(), round(d.difference, 6)
    ([2.5, 10.5], 13.0)
    """
    names = list(first)
    if set(names) != set(second):
        raise InputError(
            f"second: has factors {sorted(second)!r}, first has {sorted(first)!r}; give the same"
        )
    if not 2 <= len(names) <= _MOST_FACTORS:
        raise InputError(f"first: {len(names)} factors given; give from 2 to {_MOST_FACTORS}")
    try:
        a = {name: np.asarray(first[name], dtype=float) for name in names}
        b = {name: np.asarray(second[name], dtype=float) for name in names}
    except (TypeError, ValueError) as error:
        raise InputError("first and second: hold values that are not numbers") from error
    for name in names:
        if a[name].shape != b[name].shape:
            raise InputError(
                f"{name}: shape {a[name].shape} in first, {b[name].shape} in second; they must match"
            )
        if not (np.isfinite(a[name]).all() and np.isfinite(b[name]).all()):
            raise InputError(f"{name}: has a missing or infinite value; every cell needs a finite one")
    if combine is None:
        try:
            np.broadcast_shapes(*(x.shape for x in a.values()))
        except ValueError as error:
            shapes = ", ".join(f"{name} {x.shape}" for name, x in a.items())
            raise InputError(
                f"first: cells of the factors do not match ({shapes}); give one number for each"
            ) from error
    function = _sum_of_products if combine is None else combine
    measure: Callable[[Mapping[str, FloatArray]], FloatArray] = lambda f: np.asarray(function(f), dtype=float)  # noqa: E731
    v1, v2 = measure(a), measure(b)
    if v1.ndim or v2.ndim:
        raise InputError(f"combine: returned shape {v1.shape}; it must return one number")
    low, high = _standardised(names, a, b, measure)
    table = pd.DataFrame(
        {"first": [float(low[name]) for name in names], "second": [float(high[name]) for name in names]},
        index=pd.Index(names, name="factor"),
    )
    table["effect"] = table["second"] - table["first"]
    difference = float(v2) - float(v1)
    table["share"] = table["effect"] / difference if difference else np.nan
    return Decomposition(float(v1), float(v2), table)


@dataclass(frozen=True)
class YearOfAttendances:
    """What a growth account needs to know of one year (or any other span of time).

    Parameters
    ----------
    attendances : mapping of str to float
        Attendances by type of department, at least zero.
    population : pandas.Series
        People by age group; one row where ages are not known.
    days : float
        Days of the span.
    working_days : float, optional
        Working days among them.
    """

    attendances: Mapping[str, float]
    population: pd.Series
    days: float
    working_days: float | None = None


@dataclass(frozen=True)
class GrowthAccounts(Estimates):
    """Attendances gained or lost by factor and type of department; ``index`` has levels ``department`` and ``factor``.

    The department ``all`` is the sum over departments. ``first`` and ``second`` hold the attendances of each year.
    """

    first: pd.Series = field(default_factory=lambda: pd.Series(dtype=float), repr=False, compare=False)
    second: pd.Series = field(default_factory=lambda: pd.Series(dtype=float), repr=False, compare=False)

    @property
    def table(self) -> pd.DataFrame:
        """One row for each factor, one column for each department, and the change below."""
        factors = list(dict.fromkeys(self.index.get_level_values("factor")))
        cells = self.estimate.reshape(len(self.first), len(factors)).T
        wide = pd.DataFrame(cells, index=pd.Index(factors, name="factor"), columns=self.first.index)
        wide.loc["change"] = self.second - self.first
        return wide

    @property
    def sentence(self) -> str:
        """The account of all departments in one sentence."""
        effects = self.table["all"]
        parts = [f"{factor} {number(float(effect))}" for factor, effect in effects.drop("change").items()]
        return f"Attendances changed by {number(float(effects['change']))}: {', '.join(parts)}."


def _age_index(
    schedule: pd.Series | pd.DataFrame | None, departments: Sequence[str], ages: pd.Index
) -> pd.DataFrame | None:
    """Return relative rates by age and department, aligned to the population's age groups."""
    if schedule is None:
        return None
    frame = (
        pd.DataFrame(dict.fromkeys(departments, schedule)) if isinstance(schedule, pd.Series) else schedule
    )
    missing = [name for name in departments if name not in frame.columns]
    absent = ages.difference(frame.index)
    if missing or len(absent):
        raise InputError(
            f"age_rates: has no rate for {', '.join(map(str, missing or list(absent)))}; give one for every age group "
            "and department"
        )
    if frame.index.has_duplicates:
        raise InputError(
            f"age_rates: {frame.index[frame.index.duplicated()][0]} is there more than once; give each age once"
        )
    part = frame.loc[ages, list(departments)]
    rates = numbers(part, "age_rates")
    wrong = ~(np.isfinite(rates) & (rates > 0.0))
    if wrong.any():
        i, j = np.argwhere(wrong)[0]
        raise InputError(
            f"age_rates: {rates[i, j]:g} of {ages[i]}, {departments[j]}, is not valid; give finite rates above 0"
        )
    return pd.DataFrame(rates, index=part.index, columns=part.columns)


def _noisy(
    values: FloatArray, relative_error: ArrayLike | None, rng: np.random.Generator, draws: int
) -> FloatArray:
    """Return values in row 0 and log-normal draws around them below."""
    result = np.broadcast_to(values, (draws + 1, *values.shape)).copy()
    if relative_error is not None:
        error = numbers(relative_error, "errors")
        if not (np.isfinite(error).all() and (error >= 0.0).all()):
            raise InputError("errors: every relative standard error must be finite and at least 0")
        sigma = np.sqrt(np.log1p(np.broadcast_to(error, values.shape) ** 2))
        result[1:] *= np.exp(rng.standard_normal((draws, *values.shape)) * sigma - sigma**2 / 2.0)
    return result


def _check_year(year: YearOfAttendances, name: str) -> tuple[FloatArray, pd.Series]:
    counts = numbers(list(year.attendances.values()), f"{name}.attendances")
    if counts.size == 0 or not np.isfinite(counts).all() or (counts < 0.0).any():
        raise InputError(f"{name}.attendances: give a finite count of at least 0 for each department")
    population = pd.Series(numbers(year.population, f"{name}.population"), index=year.population.index)
    if population.empty or not (np.isfinite(population).all() and (population >= 0.0).all()):
        raise InputError(f"{name}.population: give finite numbers of people, at least 0, for each age group")
    if population.sum() <= 0.0 or population.index.has_duplicates:
        raise InputError(f"{name}.population: needs some people, and each age group once")
    if not year.days > 0.0:
        raise InputError(f"{name}.days: {year.days!r} is not valid; give the number of days, above 0")
    if year.working_days is not None and not 0.0 <= year.working_days <= year.days:
        raise InputError(f"{name}.working_days: {year.working_days!r} must lie from 0 to {year.days!r}")
    return counts, population


@front_door
def growth_accounts(
    first: YearOfAttendances,
    second: YearOfAttendances,
    *,
    age_rates: pd.Series | pd.DataFrame | None = None,
    working_day_effect: float | None = None,
    errors: Mapping[str, Any] | None = None,
    levels: float | Sequence[float] = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator | None = 0,
) -> GrowthAccounts:
    r"""Divide the change in attendances between two years among people, ages, rate, days and working days.

    Estimand: for each factor, the change in attendances had only this factor changed, averaged over the order in which
    the factors change.

    Parameters
    ----------
    first, second : YearOfAttendances
        The years, with the same departments and age groups.
    age_rates : pandas.Series or pandas.DataFrame, optional
        Rates of attending by age group (relative to each other; the level does not matter), for all departments or by
        department in columns. Without them the effect of ages stays within that of the rate.
    working_day_effect : float, optional
        Change in the logarithm of attendances per day when the share of working days rises from 0 to 1.
    errors : mapping, optional
        Relative standard errors of ``"attendances"`` (number or one for each department), ``"population"`` (number or
        one for each age group) and ``"age_rates"`` (number, or in the shape of the rates); standard error of
        ``"working_day_effect"``.
    levels : float or sequence of float
        Levels of the intervals.
    draws : int, default 1000
        Draws of the parametric bootstrap.
    seed : int or Generator
        Source of the draws.

    Returns
    -------
    GrowthAccounts
        Effects in attendances. Intervals are percentiles of the bootstrap; where no input has an error they are NaN and
        the reason says so.

    Raises
    ------
    InputError
        When departments or age groups differ between the years, or a value is out of range.

    Notes
    -----
    Attendances of department :math:`d` are
    :math:`A_d = N \cdot \sum_a s_a \rho_{ad} \cdot k_d \cdot D \cdot e^{\beta (w - w_0)}`, with :math:`N` people,
    :math:`s_a` age shares, :math:`\rho_{ad}` the rates by age (the same in both years), :math:`D` days, :math:`w` the
    share of working days, :math:`w_0` its mean over both years, and :math:`k_d`, the rate, what is left. The effects
    are those of ``decomposition``, for each department, and add up to the change. Errors of the two years' attendances
    and populations are independent; those of rates by age are shared by both years.

    References
    ----------
    Das Gupta, P. (1993), as in ``decomposition``.

    Examples
    --------
    >>> people = pd.Series({"0-64": 800.0, "65+": 200.0})
    >>> older = pd.Series({"0-64": 790.0, "65+": 260.0})
    >>> accounts = growth_accounts(
    ...     YearOfAttendances({"1": 300.0, "3": 100.0}, people, 365),
    ...     YearOfAttendances({"1": 350.0, "3": 120.0}, older, 366),
    ...     age_rates=pd.Series({"0-64": 1.0, "65+": 2.0}),
    ... )
    >>> accounts.table["all"].round(1).to_dict()
    {'population size': 21.2, 'age mix': 16.9, 'attendance rate': 30.7, 'days': 1.2, 'change': 70.0}
    """
    levels = check_levels(levels)
    draws = check_draws(draws)
    counts1, people1 = _check_year(first, "first")
    counts2, people2 = _check_year(second, "second")
    departments = [str(name) for name in first.attendances]
    if departments != [str(name) for name in second.attendances]:
        if set(map(str, second.attendances)) != set(departments):
            raise InputError(
                f"second: has departments {list(second.attendances)!r}, first has {departments!r}"
            )
        by_name = {str(name): float(value) for name, value in second.attendances.items()}
        counts2 = np.array([by_name[name] for name in departments])
    if "all" in departments and len(departments) > 1:
        raise InputError("attendances: 'all' is computed as the sum of the departments; leave it out")
    if set(people1.index) != set(people2.index):
        raise InputError("second.population: its age groups differ from those of first")
    people2 = people2.loc[people1.index]
    schedule = _age_index(age_rates, departments, people1.index)
    noise = dict(errors or {})
    unknown = set(noise) - {"attendances", "population", "age_rates", "working_day_effect"}
    if unknown:
        raise InputError(f"errors: {sorted(unknown)!r} are not inputs of the account")
    rng = generator(seed)
    a1, a2 = (_noisy(c, noise.get("attendances"), rng, draws) for c in (counts1, counts2))
    n1, n2 = (_noisy(p.to_numpy(float), noise.get("population"), rng, draws) for p in (people1, people2))
    one = np.ones((draws + 1, len(departments)))
    factors: dict[str, tuple[FloatArray, FloatArray]] = {
        "population size": (
            np.broadcast_to(n1.sum(axis=1)[:, None], one.shape),
            np.broadcast_to(n2.sum(axis=1)[:, None], one.shape),
        )
    }
    if schedule is not None:
        error = noise.get("age_rates")
        rho = _noisy(schedule.to_numpy(), error, rng, draws)
        mix1, mix2 = (np.einsum("ba,bad->bd", n / n.sum(axis=1)[:, None], rho) for n in (n1, n2))
        factors["age mix"] = (mix1, mix2)
    factors["attendance rate"] = (one, one)
    factors["days"] = (np.full_like(one, first.days), np.full_like(one, second.days))
    if working_day_effect is not None:
        if first.working_days is None or second.working_days is None:
            raise InputError("working_days: both years need them when working_day_effect is given")
        beta = np.full((draws + 1, 1), float(working_day_effect))
        beta[1:, 0] += rng.standard_normal(draws) * float(noise.get("working_day_effect", 0.0))
        w1, w2 = first.working_days / first.days, second.working_days / second.days
        factors["working days"] = (
            np.broadcast_to(np.exp(beta * (w1 - w2) / 2.0), one.shape),
            np.broadcast_to(np.exp(beta * (w2 - w1) / 2.0), one.shape),
        )
    names = list(factors)
    known1, known2 = np.ones_like(one), np.ones_like(one)
    for x1, x2 in factors.values():
        known1, known2 = known1 * x1, known2 * x2
    factors["attendance rate"] = (a1 / known1, a2 / known2)

    def combine(values: Mapping[str, FloatArray]) -> FloatArray:
        result = np.ones_like(one)
        for x in values.values():
            result = result * x
        return result

    low, high = _standardised(
        names, {k: v[0] for k, v in factors.items()}, {k: v[1] for k, v in factors.items()}, combine
    )
    effects = np.stack([high[name] - low[name] for name in names], axis=1)  # draws, factors, departments
    labels = [*departments, "all"] if departments != ["all"] else departments
    if departments != ["all"]:
        effects = np.concatenate([effects, effects.sum(axis=2, keepdims=True)], axis=2)
    flat = np.moveaxis(effects, 2, 1).reshape(draws + 1, -1)
    random = any(np.any(np.asarray(value, dtype=float) > 0.0) for value in noise.values())
    if random:
        lower, upper = percentile_limits(flat[1:], levels)
        spread = flat[1:].std(axis=0, ddof=1)
        reason = ""
    else:
        lower = upper = np.full((flat.shape[1], len(levels)), np.nan)
        spread, reason = np.full(flat.shape[1], np.nan), "no input has a stated error"
    index = pd.MultiIndex.from_product([labels, names], names=["department", "factor"])
    total = [
        [*c.tolist(), float(c.sum())] if len(labels) > len(c) else c.tolist() for c in (counts1, counts2)
    ]
    return GrowthAccounts(
        "change in attendances",
        index,
        flat[0],
        spread,
        levels,
        lower,
        upper,
        np.full(flat.shape[1], 2, dtype=np.int64),
        "Das Gupta decomposition" + ("; parametric bootstrap" if random else ""),
        "attendances",
        (reason,) * flat.shape[1],
        first=pd.Series(total[0], index=labels),
        second=pd.Series(total[1], index=labels),
    )
