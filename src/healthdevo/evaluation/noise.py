"""How much of an effect's uncertainty counting deaths alone would leave.

Deaths in an area and year vary by chance even when the risk does not; treated as Poisson counts, they set a floor under
the noise of any rate made of them and so of any effect estimated from the rates. An interval narrower than this floor
claims more than the counts can tell.

For a directly standardised rate ``sum_a w_a d_a / p_a`` with standard weights ``w`` (adding up to one), deaths ``d`` and
population ``p`` the Poisson variance is ``sum_a w_a^2 d_a / p_a^2``. An effect that is a fixed combination ``sum c_it y_it`` of
such rates has at least the variance ``sum c_it^2 var(y_it)``.

Assumptions: deaths independent between ages, areas and years; the weights of the design taken as given.

Sources: Breslow and Day (1987), Statistical Methods in Cancer Research II; Dobson, Kuulasmaa, Eberle and Scherer (1991),
Statistics in Medicine 10.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.result import Effect
from healthdevo.front_door import front_door
from healthdevo.mathematics.estimates import limits
from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.mathematics.matrices import array
from healthdevo.results import Estimate, check_levels, one_level
from healthdevo.typing import FloatArray
from healthdevo.wording import number

__all__ = [
    "NoiseFloor",
    "effect_weights",
    "noise_floor",
    "standard_errors_from_counts",
    "standard_errors_from_intervals",
    "standardised_rate_noise",
]


@dataclass(frozen=True)
class NoiseFloor(Estimate):
    """The standard error that counts alone would leave in an effect.

    Besides the fields of ``Estimate`` (the effect, with the floor as its standard error):

    Parameters
    ----------
    design_standard_error : float
        The standard error that the design reports.
    ratio : float
        Design's over floor; below one the design claims more than the counts can tell.
    detectable : float
        The smallest effect found with 80% probability at the 5% level if counting were the only noise.
    """

    design_standard_error: float = float("nan")
    ratio: float = float("nan")
    detectable: float = float("nan")

    @property
    def sentence(self) -> str:
        """The result in one plain-English sentence."""
        unit = f" {self.unit}" if self.unit and not self.unit.startswith("%") else self.unit
        text = f"Counts alone leave a standard error of {number(self.standard_error)}{unit} in the effect"
        if np.isnan(self.ratio):
            return text + "."
        verdict = "less than" if self.ratio < 1.0 else "at least"
        return (
            f"{text}; the design's {number(self.design_standard_error)}{unit} is {verdict} that "
            f"({number(self.ratio, 2)} times)."
        )


@front_door
def standardised_rate_noise(
    deaths: ArrayLike, population: ArrayLike, standard: ArrayLike, *, per: float = 100_000.0
) -> tuple[FloatArray, FloatArray]:
    """Return directly standardised rates and their Poisson standard errors.

    Parameters
    ----------
    deaths, population : array_like of shape (..., ages)
        Counts and person-years; population must be positive.
    standard : array_like of shape (ages,)
        Standard population; it is scaled to add up to one.
    per : float
        Rates are per this many persons.

    Returns
    -------
    rate, standard_error : ndarray of shape (...)

    Raises
    ------
    InputError
        When shapes disagree or a number is out of range.

    Examples
    --------
    >>> rate, error = standardised_rate_noise([[4.0, 100.0]], [[1000.0, 1000.0]], [0.5, 0.5], per=1000)
    >>> rate.round(3).tolist(), error.round(3).tolist()
    ([52.0], [5.099])
    """
    d = array(deaths, "deaths", dimensions=None, least=0.0)
    p = array(population, "population", dimensions=None, above=0.0)
    w = array(standard, "standard", least=0.0)
    if d.shape != p.shape or w.ndim != 1 or d.shape[-1:] != w.shape:
        raise InputError(f"deaths {d.shape}, population {p.shape} and standard {w.shape} do not fit together")
    if not w.sum() > 0:
        raise InputError("standard: finite numbers, not negative and not all zero, are needed")
    share = w / w.sum()
    rate = (share * d / p).sum(axis=-1)
    variance = (share**2 * d / p**2).sum(axis=-1)
    return np.asarray(per * rate), np.asarray(per * np.sqrt(variance))


@front_door
def standard_errors_from_intervals(lower: ArrayLike, upper: ArrayLike, *, levels: float = 0.95) -> FloatArray:
    """Return the standard errors that published intervals imply.

    Parameters
    ----------
    lower, upper : array_like
        Limits; NaN gives NaN.
    levels : float
        Level of the published intervals.

    Examples
    --------
    >>> standard_errors_from_intervals([8.04], [11.96]).round(3).tolist()
    [1.0]
    """
    low = array(lower, "lower", dimensions=None, missing=True)
    high = array(upper, "upper", dimensions=None, missing=True)
    if low.shape != high.shape or (high < low).any():
        raise InputError("lower, upper: as many upper as lower limits, none below its lower one, are needed")
    return np.asarray((high - low) / (2.0 * normal_quantiles(one_level(levels))[0]), dtype=float)


@front_door
def standard_errors_from_counts(rate: ArrayLike, deaths: ArrayLike) -> FloatArray:
    """Return ``rate / sqrt(deaths)``, the Poisson standard error of a rate when its ages are not known.

    It is exact for a crude rate and a little low for a standardised one, whose weights differ from the area's own ages.

    Parameters
    ----------
    rate : array_like
        Rates, in any unit.
    deaths : array_like of the same shape
        Counts behind them, positive; where only the population is known, ``rate x population / per``.

    Raises
    ------
    InputError
        When shapes disagree or a count is not positive.

    Examples
    --------
    >>> standard_errors_from_counts([200.0], [400.0]).tolist()
    [10.0]
    """
    r = array(rate, "rate", dimensions=None, missing=True)
    d = array(deaths, "deaths", dimensions=None)
    if r.shape != d.shape:
        raise InputError(f"rate, deaths: shapes {r.shape} and {d.shape} differ")
    if not (d > 0).all():
        raise InputError(
            "deaths: positive finite counts are needed; without deaths use standardised_rate_noise by age"
        )
    return np.asarray(r / np.sqrt(d), dtype=float)


@front_door
def effect_weights(panel: Panel, effect: Effect | None = None) -> FloatArray:
    """Return the combination of outcomes (areas x periods) that an effect is, taking the design's weights as given.

    Parameters
    ----------
    panel : Panel
        With one common start.
    effect : Effect, optional
        Of a synthetic control or synthetic difference-in-differences on this panel; without it, or without weights, the
        plain difference of mean differences.

    Examples
    --------
    >>> d = np.array([[False, True], [False, False]])
    >>> effect_weights(Panel(np.zeros((2, 2)), d, np.arange(2), np.arange(2))).tolist()
    [[-1.0, 1.0], [1.0, -1.0]]
    """
    panel.require("noise floor", simultaneous=True)
    n, t = panel.shape
    first = int(panel.cohorts[0])
    units = np.zeros(n)
    units[panel.treated] = panel.treated_weights
    controls = ~panel.treated
    if effect is not None and effect.weights is not None:
        given = effect.weights.set_index("area")["weight"].reindex(panel.areas[controls])
        if given.isna().any():
            raise InputError(
                f"effect: no weight for {given.index[given.isna()][0]}; was it estimated on this panel?"
            )
        units[controls] = -given.to_numpy(dtype=float)
    else:
        units[controls] = -panel.weights[controls] / panel.weights[controls].sum()
    times = np.zeros(t)
    times[first:] = 1.0 / (t - first)
    if effect is not None and effect.period_weights is not None:
        times[:first] = -effect.period_weights["weight"].to_numpy(dtype=float)
    elif effect is None or effect.weights is None:
        times[:first] = -1.0 / first
    return np.outer(units, times)


@front_door
def noise_floor(
    panel: Panel,
    standard_errors: ArrayLike,
    effect: Effect | None = None,
    *,
    levels: float | Sequence[float] = 0.95,
) -> NoiseFloor:
    """Return the standard error that the noise of the outcomes alone leaves in an effect.

    Parameters
    ----------
    panel : Panel
        Balanced, with one common start.
    standard_errors : array_like of shape (areas, periods)
        Of the outcomes, in the order of the panel, from ``standardised_rate_noise`` or published intervals.
    effect : Effect, optional
        As for ``effect_weights``; its standard error is compared with the floor. Weights of factor models are not linear
        in the outcomes; for them the difference of mean differences stands in.
    levels : float or sequence of float
        Levels of the intervals that the floor alone would give.

    Returns
    -------
    NoiseFloor

    Raises
    ------
    InputError
        When a standard error is missing or negative.

    Examples
    --------
    >>> d = np.outer(np.arange(4) == 0, np.arange(4) >= 2)
    >>> panel = Panel(np.zeros((4, 4)), d, np.arange(4), np.arange(4))
    >>> round(noise_floor(panel, np.ones((4, 4))).standard_error, 4)
    1.1547
    """
    wanted = check_levels(levels)
    panel.require("noise floor", balanced=True, simultaneous=True)
    errors = array(standard_errors, "standard_errors", dimensions=2, shape=panel.shape, missing=True)
    if not (np.isfinite(errors).all() and (errors >= 0).all()):
        i, j = np.argwhere(~(np.isfinite(errors) & (errors >= 0)))[0]
        raise InputError(
            f"standard_errors: {errors[i, j]} for {panel.areas[int(i)]} in {panel.periods[int(j)]} is not valid; "
            "a finite number, not negative, is needed"
        )
    weights = effect_weights(panel, effect)
    floor = float(np.sqrt((weights**2 * errors**2).sum()))
    estimate = float((weights * panel.outcome).sum()) if effect is None else effect.estimate
    reported = float("nan") if effect is None else effect.standard_error
    return NoiseFloor(
        measure="average effect of treatment on the treated areas",
        estimate=estimate,
        standard_error=floor,
        intervals=limits(estimate, floor, wanted),
        n=panel.outcome.size,
        method="variance of the counts behind the outcomes, weights of the design held",
        unit=panel.unit,
        table=pd.DataFrame(
            {
                "area": panel.areas,
                "variance": (weights**2 * errors**2).sum(axis=1),
                "treated": panel.treated,
            }
        ),
        design_standard_error=reported,
        ratio=reported / floor if floor > 0 else float("nan"),
        detectable=float((stats.norm.ppf(0.975) + stats.norm.ppf(0.8)) * floor),
    )
