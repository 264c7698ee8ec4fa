"""Gaps between groups: the simple and complex measures of the World Health Organization's health equity toolkit.

Each function takes one value for each group (a rate, percentage or mean), with the groups' standard errors and people
where the measure needs them, and returns an ``Estimate``. Groups may be ordered (income fifths, from the worst off to
the best off) or not (regions). ``higher_is`` says whether a high value is good. Row order matters only for ordered
groups, whose order is the measure's meaning.

The gradient measures of the same toolkit, slope and relative index, are in ``gradients`` and
``regression_gradients``; the concentration indices in ``concentration``.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike
from scipy import special

from healthdevo.errors import InputError
from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.typing import FloatArray

__all__ = [
    "RatioEstimate",
    "SimulatedEstimate",
    "between_group_coefficient_of_variation",
    "between_group_mean_log_deviation",
    "between_group_standard_deviation",
    "between_group_theil_index",
    "between_group_variance",
    "difference",
    "index_of_disparity",
    "mean_difference_from_best",
    "mean_difference_from_mean",
    "mean_difference_from_reference",
    "population_attributable_fraction",
    "population_attributable_risk",
    "ratio",
]

Polarity = Literal["better", "worse"]
Levels = float | Sequence[float]
Seed = int | np.random.Generator

DRAWS = 100_000
_CHUNK = 20_000


@dataclass(frozen=True, kw_only=True)
class RatioEstimate(Estimate):
    """A ratio, whose uncertainty is worked out on its logarithm.

    Parameters
    ----------
    log_standard_error : float
        Standard error of the natural logarithm of the ratio.
    """

    log_standard_error: float


@dataclass(frozen=True, kw_only=True)
class SimulatedEstimate(Estimate):
    """An estimate whose limits are simulated, because they have no closed form.

    Parameters
    ----------
    draws : int
        Number of simulated data sets.
    monte_carlo_errors : tuple of (float, float)
        Standard error of the lower and of the upper limit that comes from the simulation, one pair for each level.
    """

    draws: int
    monte_carlo_errors: tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class _Groups:
    """Checked input: the groups that enter a measure."""

    values: FloatArray
    errors: FloatArray | None
    shares: FloatArray
    people: FloatArray | None
    reason: str

    @property
    def mean(self) -> float:
        return float(self.shares @ self.values)

    @property
    def uncertain(self) -> FloatArray | None:
        """Standard errors when every one is known."""
        return None if self.errors is None or np.isnan(self.errors).any() else self.errors

    def without_interval(self) -> str:
        """Say why there is no interval."""
        return self.reason or (
            "no standard errors were given" if self.errors is None else "a standard error is missing"
        )


def _vector(name: str, values: ArrayLike, n: int | None = None) -> FloatArray:
    try:
        vector = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise InputError(f"{name}: give numbers, one for each group") from None
    if vector.ndim != 1 or (n is not None and vector.size != n):
        raise InputError(f"{name}: shape {vector.shape} is not valid; give one number for each group")
    if np.isinf(vector).any():
        raise InputError(
            f"{name}: group {int(np.argmax(np.isinf(vector))) + 1} is infinite; give finite numbers"
        )
    return vector


def _check(
    values: ArrayLike,
    standard_errors: ArrayLike | None,
    population: ArrayLike | None,
    *,
    weighted: bool = False,
    scale: float | None = None,
) -> _Groups:
    y = _vector("values", values)
    if y.size < 2:
        raise InputError(f"values: {y.size} groups have no gap; give at least 2")
    if np.isnan(y).any():
        raise InputError(
            f"values: group {int(np.argmax(np.isnan(y))) + 1} is missing; leave it out of every argument"
        )
    errors = None if standard_errors is None else _vector("standard_errors", standard_errors, y.size)
    if errors is not None and (errors < 0.0).any():
        raise InputError(
            f"standard_errors: group {int(np.argmax(errors < 0.0)) + 1} is negative; give 0 or more"
        )
    people = None if population is None else _vector("population", population, y.size)
    if people is not None:
        wrong = np.isnan(people) | (people < 0.0)
        if wrong.any() or people.sum() <= 0.0:
            raise InputError(
                f"population: group {int(np.argmax(wrong)) + 1} is not valid; give 0 or more, not all 0"
            )
    elif weighted:
        raise InputError("population: the measure weights groups by their people; give them")
    if scale is not None:
        if not (np.isfinite(scale) and scale > 0.0):
            raise InputError(f"scale: {scale!r} is not valid; give 1, 100, 1000 or 100000")
        wrong = (y < 0.0) | (y > scale)
        if wrong.any():
            i = int(np.argmax(wrong))
            raise InputError(
                f"values: group {i + 1} holds {y[i]:g}; with scale={scale:g} give numbers from 0 to {scale:g}"
            )
    shares = np.full(y.size, 1.0 / y.size) if people is None else people / people.sum()
    return _Groups(y, errors, shares, people, "")


def _polarity(higher_is: str) -> bool:
    if higher_is not in ("better", "worse"):
        raise InputError(f"higher_is: {higher_is!r} is not valid; give 'better' or 'worse'")
    return higher_is == "better"


def _position(reference: int, n: int) -> int:
    if not isinstance(reference, (int, np.integer)) or isinstance(reference, bool) or not -n <= reference < n:
        raise InputError(f"reference: {reference!r} is not valid; give the position of a group, 0 to {n - 1}")
    return int(reference) % n


def _best(values: FloatArray, better: bool) -> int:
    return int(np.argmax(values) if better else np.argmin(values))


def _normal(
    measure: str, estimate: float, error: float, groups: _Groups, method: str, levels: Levels, unit: str
) -> Estimate:
    """Return an estimate with symmetric normal limits, or a reason for having none."""
    wanted = check_levels(levels)
    if np.isnan(error):
        return Estimate(
            measure, estimate, error, (), groups.values.size, method, unit, groups.without_interval()
        )
    half = normal_quantiles(wanted) * error
    intervals = tuple(
        Interval(level, estimate - float(h), estimate + float(h))
        for level, h in zip(wanted, half, strict=True)
    )
    return Estimate(measure, estimate, error, intervals, groups.values.size, method, unit)


def _pair(values: FloatArray, *, higher_is: str, ordered: bool, reference: int | None) -> tuple[int, int]:
    """Return the positions of the two groups compared, the one that should fare better first for a good indicator."""
    better = _polarity(higher_is)
    if ordered:
        if reference is not None:
            raise InputError(
                "reference: ordered groups are compared end to end; give ordered=False or no reference"
            )
        first, second = values.size - 1, 0
        return (first, second) if better else (second, first)
    if reference is None:
        return int(np.argmax(values)), int(np.argmin(values))
    chosen = _position(reference, values.size)
    return (chosen, int(np.argmin(values))) if better else (int(np.argmax(values)), chosen)


def difference(
    values: ArrayLike,
    *,
    higher_is: Polarity,
    standard_errors: ArrayLike | None = None,
    ordered: bool = False,
    reference: int | None = None,
    levels: Levels = 0.95,
    unit: str = "",
) -> Estimate:
    r"""Return the difference between two groups.

    Parameters
    ----------
    values : array_like of shape (groups,)
        Value of each group; ordered groups from the worst off to the best off.
    higher_is : {"better", "worse"}
        Polarity of the indicator.
    standard_errors : array_like of shape (groups,), optional
        Standard errors of the values.
    ordered : bool, default False
        Whether the groups have an order. Then the two ends are compared; otherwise the extremes.
    reference : int, optional
        Position of a reference group among unordered ones, compared with the group that fares worst.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    unit : str, optional
        Unit of the values.

    Returns
    -------
    Estimate

    Raises
    ------
    InputError
        For fewer than two groups, missing values or negative standard errors.

    Notes
    -----
    Estimand: ordered groups, :math:`y_{best off} - y_{worst off}` where high is good and the reverse where it is bad, so that
    a positive difference always disfavours the worst off; unordered groups, highest minus lowest; with a reference
    group, the reference minus the lowest where high is good, the highest minus the reference where it is bad.
    Limits: normal, with independent errors. Which groups are the extremes is taken as known, so the limits of the
    difference of extremes are too narrow where several groups are close.

    References
    ----------
    World Health Organization (2024). Summary measures of health inequality. Health Inequality Monitor.

    Examples
    --------
    >>> difference([70.0, 80.0, 95.0], higher_is="better", ordered=True, standard_errors=[2.0, 2.0, 1.5]).sentence
    'The difference is 25 (95% interval 20.1 to 29.9).'
    """
    groups = _check(values, standard_errors, None)
    first, second = _pair(groups.values, higher_is=higher_is, ordered=ordered, reference=reference)
    errors = groups.errors
    error = np.nan if errors is None else float(np.hypot(errors[first], errors[second]))
    estimate = float(groups.values[first] - groups.values[second])
    return _normal(
        "difference", estimate, error, groups, "difference of two groups, normal limits", levels, unit
    )


def ratio(
    values: ArrayLike,
    *,
    higher_is: Polarity,
    standard_errors: ArrayLike | None = None,
    ordered: bool = False,
    reference: int | None = None,
    levels: Levels = 0.95,
) -> RatioEstimate:
    r"""Return the ratio of two groups.

    Parameters
    ----------
    values : array_like of shape (groups,)
        Value of each group, 0 or more; ordered groups from the worst off to the best off.
    higher_is, standard_errors, ordered, reference, levels
        As in ``difference``, which compares the same two groups.

    Returns
    -------
    RatioEstimate
        NaN with a reason where the group that divides is 0.

    Raises
    ------
    InputError
        As ``difference``, and for negative values.

    Notes
    -----
    Limits: normal on the logarithm, :math:`\exp(\log r \pm z s)` with
    :math:`s^2 = (\sigma_1 / y_1)^2 + (\sigma_2 / y_2)^2`. The standard error is :math:`r s`. Errors are independent.

    References
    ----------
    World Health Organization (2024). Summary measures of health inequality. Health Inequality Monitor.

    Examples
    --------
    >>> result = ratio([70.0, 80.0, 95.0], higher_is="better", ordered=True, standard_errors=[2.0, 2.0, 1.5])
    >>> result.sentence
    'The ratio is 1.36 (95% interval 1.27 to 1.45).'
    """
    groups = _check(values, standard_errors, None)
    y = groups.values
    if (y < 0.0).any():
        raise InputError(
            f"values: group {int(np.argmax(y < 0.0)) + 1} is negative; a ratio needs values of 0 or more"
        )
    first, second = _pair(y, higher_is=higher_is, ordered=ordered, reference=reference)
    wanted = check_levels(levels)
    method = "ratio of two groups, normal limits of its logarithm"
    if y[second] == 0.0:
        reason = f"group {second + 1}, which divides, is 0"
        return RatioEstimate(
            "ratio", np.nan, np.nan, (), y.size, method, "", reason, log_standard_error=np.nan
        )
    estimate = float(y[first] / y[second])
    known = groups.errors is not None and estimate > 0.0
    log_error = np.nan
    if groups.errors is not None and known:
        log_error = float(np.hypot(groups.errors[first] / y[first], groups.errors[second] / y[second]))
    if np.isnan(log_error):
        reason = (
            "the ratio is 0, so its logarithm does not exist"
            if estimate == 0.0
            else groups.without_interval()
        )
        return RatioEstimate(
            "ratio", estimate, np.nan, (), y.size, method, "", reason, log_standard_error=np.nan
        )
    stretch = np.exp(normal_quantiles(wanted) * log_error)
    intervals = tuple(
        Interval(level, estimate / float(s), estimate * float(s))
        for level, s in zip(wanted, stretch, strict=True)
    )
    return RatioEstimate(
        "ratio", estimate, estimate * log_error, intervals, y.size, method, log_standard_error=log_error
    )


def between_group_variance(
    values: ArrayLike,
    population: ArrayLike,
    *,
    standard_errors: ArrayLike | None = None,
    levels: Levels = 0.95,
) -> Estimate:
    r"""Return the between-group variance.

    Parameters
    ----------
    values, population : array_like of shape (groups,)
        Value and people of each group.
    standard_errors : array_like of shape (groups,), optional
        Standard errors of the values.
    levels : float or sequence of float, default 0.95
        Confidence levels.

    Returns
    -------
    Estimate
        In the square of the values' unit.

    Raises
    ------
    InputError
        For fewer than two groups, missing values, negative populations or standard errors.

    Notes
    -----
    Estimand: :math:`\sum_j p_j (y_j - \bar y)^2` with population shares :math:`p_j`, which is the quadratic form
    :math:`y' A y` with :math:`A = \operatorname{diag}(p) - p p'`. With independent normal errors of variances :math:`S` its
    variance is exactly :math:`4 y' A S A y + 2 \operatorname{tr}(A S A S)`; the limits are normal, and the lower one may
    be negative. Noise in the values raises the measure: it is not corrected for.

    References
    ----------
    Harper, S. and Lynch, J. (2016). Health inequalities: measurement and decomposition. In Oakes and Kaufman (eds),
    Methods in Social Epidemiology.

    Examples
    --------
    >>> round(between_group_variance([60.0, 70.0, 80.0], [1, 2, 1], standard_errors=[1.0] * 3).estimate, 3)
    50.0
    """
    groups = _check(values, standard_errors, population, weighted=True)
    p, y = groups.shares, groups.values
    centred = p * (y - groups.mean)
    estimate = float(centred @ (y - groups.mean))
    error = np.nan
    if groups.uncertain is not None:
        s2 = groups.uncertain**2
        diagonal = (p - p * p) ** 2 - p**4
        trace = float(diagonal @ s2**2 + (p * p @ s2) ** 2)
        error = float(np.sqrt(4.0 * float(centred**2 @ s2) + 2.0 * trace))
    return _normal(
        "between-group variance",
        estimate,
        error,
        groups,
        "exact variance of a quadratic form, normal limits",
        levels,
        "",
    )


def _simulated(
    measure: str,
    statistic: Callable[[FloatArray], FloatArray],
    groups: _Groups,
    scale: float | None,
    levels: Levels,
    draws: int,
    seed: Seed,
    unit: str,
) -> SimulatedEstimate:
    """Return a statistic of the groups' values with percentile limits over simulated values."""
    wanted = check_levels(levels)
    estimate = float(statistic(groups.values[np.newaxis, :])[0])
    bound = "" if scale is None else f" between 0 and {scale:g}"
    method = f"percentiles over normal draws of the groups' values{bound}"
    errors, n = groups.uncertain, groups.values.size
    if np.isnan(estimate) or errors is None:
        reason = groups.without_interval() if not np.isnan(estimate) else "the mean is 0"
        return SimulatedEstimate(
            measure, estimate, np.nan, (), n, method, unit, reason, draws=0, monte_carlo_errors=()
        )
    if draws < 1000 or draws != int(draws):
        raise InputError(f"draws: {draws!r} is not valid; give a whole number, at least 1000")
    generator = np.random.default_rng(seed)
    found = np.sort(
        np.concatenate(
            [
                statistic(_draw(groups.values, errors, scale, min(_CHUNK, draws - start), generator))
                for start in range(0, draws, _CHUNK)
            ]
        )
    )
    intervals, noise = [], []
    for level in wanted:
        limits, doubts = [], []
        for p in ((1.0 - level) / 2.0, (1.0 + level) / 2.0):
            width = np.sqrt(p * (1.0 - p) / draws)
            low, limit, high = np.quantile(found, [max(p - width, 0.0), p, min(p + width, 1.0)])
            limits.append(float(limit))
            doubts.append(float(high - low) / 2.0)
        intervals.append(Interval(level, limits[0], limits[1]))
        noise.append((doubts[0], doubts[1]))
    return SimulatedEstimate(
        measure,
        estimate,
        float(found.std()),
        tuple(intervals),
        n,
        method,
        unit,
        draws=draws,
        monte_carlo_errors=tuple(noise),
    )


def _draw(
    values: FloatArray, errors: FloatArray, scale: float | None, draws: int, generator: np.random.Generator
) -> FloatArray:
    """Return normal draws, truncated to the range of the scale, shape (draws, groups)."""
    if scale is None:
        free: FloatArray = values + errors * generator.standard_normal((draws, values.size))
        return free
    noisy = errors > 0.0
    safe = np.where(noisy, errors, 1.0)
    low, high = special.ndtr((0.0 - values) / safe), special.ndtr((scale - values) / safe)
    uniform = generator.random((draws, values.size))
    drawn = values + safe * special.ndtri(low + uniform * (high - low))
    return np.where(noisy, np.clip(drawn, 0.0, scale), values)


def between_group_standard_deviation(
    values: ArrayLike,
    population: ArrayLike,
    *,
    standard_errors: ArrayLike | None = None,
    scale: float | None = None,
    levels: Levels = 0.95,
    draws: int = DRAWS,
    seed: Seed = 0,
    unit: str = "",
) -> SimulatedEstimate:
    r"""Return the between-group standard deviation, the root of the between-group variance.

    Parameters
    ----------
    values, population : array_like of shape (groups,)
        Value and people of each group.
    standard_errors : array_like of shape (groups,), optional
        Standard errors of the values.
    scale : float, optional
        Largest value that is possible: 1 for proportions, 100 for percentages. Draws stay between 0 and it.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    draws : int, default 100000
        Simulated data sets.
    seed : int or Generator, default 0
        Seed of the simulation.
    unit : str, optional
        Unit of the values.

    Returns
    -------
    SimulatedEstimate

    Raises
    ------
    InputError
        As ``between_group_variance``, and for values outside the scale.

    Notes
    -----
    Estimand: :math:`\{\sum_j p_j (y_j - \bar y)^2\}^{1/2}`. Limits: percentiles of the measure over independent normal draws
    of the values, as in the WHO's toolkit, but with the number of draws, the seed and the error that they leave under
    control. Noise raises the measure, so its limits may lie to one side of it.

    References
    ----------
    World Health Organization (2024). Summary measures of health inequality. Health Inequality Monitor.

    Examples
    --------
    >>> result = between_group_standard_deviation([60.0, 70.0, 80.0], [1, 2, 1], standard_errors=[1.0] * 3, scale=100)
    >>> round(result.estimate, 4), result.interval().lower < result.estimate < result.interval().upper
    (7.0711, True)
    """
    groups = _check(values, standard_errors, population, weighted=True, scale=scale)
    p = groups.shares

    def statistic(y: FloatArray) -> FloatArray:
        return np.sqrt(((y - (y @ p)[:, np.newaxis]) ** 2) @ p)

    return _simulated("between-group standard deviation", statistic, groups, scale, levels, draws, seed, unit)


def between_group_coefficient_of_variation(
    values: ArrayLike,
    population: ArrayLike,
    *,
    standard_errors: ArrayLike | None = None,
    scale: float | None = None,
    levels: Levels = 0.95,
    draws: int = DRAWS,
    seed: Seed = 0,
) -> SimulatedEstimate:
    r"""Return the coefficient of variation between groups, in per cent of the mean.

    Estimand: :math:`100 \{\sum_j p_j (y_j - \bar y)^2\}^{1/2} / \bar y`. Arguments, limits, assumptions, source and errors are those
    of ``between_group_standard_deviation``.

    Examples
    --------
    >>> round(between_group_coefficient_of_variation([60.0, 70.0, 80.0], [1, 2, 1]).estimate, 3)
    10.102
    """
    groups = _check(values, standard_errors, population, weighted=True, scale=scale)
    p = groups.shares

    def statistic(y: FloatArray) -> FloatArray:
        mean = y @ p
        return _over(100.0 * np.sqrt(((y - mean[:, np.newaxis]) ** 2) @ p), mean)

    return _simulated("coefficient of variation", statistic, groups, scale, levels, draws, seed, "%")


def _over(top: FloatArray, bottom: FloatArray) -> FloatArray:
    return np.where(bottom > 0.0, top / np.where(bottom > 0.0, bottom, 1.0), np.nan)


def mean_difference_from_mean(
    values: ArrayLike,
    population: ArrayLike | None = None,
    *,
    weighted: bool = True,
    mean: float | None = None,
    standard_errors: ArrayLike | None = None,
    scale: float | None = None,
    levels: Levels = 0.95,
    draws: int = DRAWS,
    seed: Seed = 0,
    unit: str = "",
) -> SimulatedEstimate:
    r"""Return the mean absolute difference of groups from the overall mean.

    Parameters
    ----------
    values : array_like of shape (groups,)
        Value of each group.
    population : array_like of shape (groups,), optional
        People of each group; needed for the weighted measure, and for the mean unless ``mean`` is given.
    weighted : bool, default True
        Whether groups count by their people or equally.
    mean : float, optional
        The overall mean, when it is known from elsewhere; it is then held fixed.
    standard_errors, scale, levels, draws, seed, unit
        As in ``between_group_standard_deviation``.

    Returns
    -------
    SimulatedEstimate

    Raises
    ------
    InputError
        As ``between_group_standard_deviation``, and when neither populations nor a mean are given.

    Notes
    -----
    Estimand: :math:`\sum_j w_j |y_j - \bar y|` with :math:`w_j` the population share, or one over the number of groups. Limits as
    in ``between_group_standard_deviation``; the mean is recomputed in every draw.

    References
    ----------
    World Health Organization (2024). Summary measures of health inequality. Health Inequality Monitor.

    Examples
    --------
    >>> round(mean_difference_from_mean([60.0, 70.0, 80.0], [1, 2, 1]).estimate, 3)
    5.0
    """
    groups, statistic = _from_mean(values, population, weighted, mean, standard_errors, scale)
    return _simulated("mean difference from the mean", statistic, groups, scale, levels, draws, seed, unit)


def index_of_disparity(
    values: ArrayLike,
    population: ArrayLike | None = None,
    *,
    weighted: bool = True,
    mean: float | None = None,
    standard_errors: ArrayLike | None = None,
    scale: float | None = None,
    levels: Levels = 0.95,
    draws: int = DRAWS,
    seed: Seed = 0,
) -> SimulatedEstimate:
    r"""Return the index of disparity: the mean absolute difference from the mean, in per cent of the mean.

    Estimand: :math:`100 \sum_j w_j |y_j - \bar y| / \bar y`. Arguments, limits, assumptions, source and errors are those of
    ``mean_difference_from_mean``. In every draw numerator and denominator use the same mean.

    Examples
    --------
    >>> round(index_of_disparity([60.0, 70.0, 80.0], [1, 2, 1]).estimate, 3)
    7.143
    """
    groups, distance = _from_mean(values, population, weighted, mean, standard_errors, scale)
    shares = groups.shares

    def statistic(y: FloatArray) -> FloatArray:
        centre = y @ shares if mean is None else np.full(y.shape[0], float(mean))
        return _over(100.0 * distance(y), centre)

    return _simulated("index of disparity", statistic, groups, scale, levels, draws, seed, "%")


def _from_mean(
    values: ArrayLike,
    population: ArrayLike | None,
    weighted: bool,
    mean: float | None,
    standard_errors: ArrayLike | None,
    scale: float | None,
) -> tuple[_Groups, Callable[[FloatArray], FloatArray]]:
    groups = _check(values, standard_errors, population, weighted=weighted or mean is None, scale=scale)
    if mean is not None and not np.isfinite(mean):
        raise InputError(f"mean: {mean!r} is not valid; give a finite number")
    shares = groups.shares
    weights = shares if weighted else np.full(shares.size, 1.0 / shares.size)

    def statistic(y: FloatArray) -> FloatArray:
        centre = y @ shares if mean is None else np.full(y.shape[0], float(mean))
        distance: FloatArray = np.abs(y - centre[:, np.newaxis]) @ weights
        return distance

    return groups, statistic


def mean_difference_from_best(
    values: ArrayLike,
    population: ArrayLike | None = None,
    *,
    higher_is: Polarity,
    weighted: bool = True,
    standard_errors: ArrayLike | None = None,
    scale: float | None = None,
    levels: Levels = 0.95,
    draws: int = DRAWS,
    seed: Seed = 0,
    unit: str = "",
) -> SimulatedEstimate:
    r"""Return the mean difference of groups from the group that fares best.

    Parameters
    ----------
    values : array_like of shape (groups,)
        Value of each group.
    population : array_like of shape (groups,), optional
        People of each group; needed for the weighted measure.
    higher_is : {"better", "worse"}
        Polarity of the indicator: whether the best group is the highest or the lowest.
    weighted : bool, default True
        Whether groups count by their people or equally.
    standard_errors, scale, levels, draws, seed, unit
        As in ``between_group_standard_deviation``.

    Returns
    -------
    SimulatedEstimate

    Raises
    ------
    InputError
        As ``between_group_standard_deviation``.

    Notes
    -----
    Estimand: :math:`\sum_j w_j |y_j - y_{best}|`. Which group is best is chosen anew in every draw, so the limits carry the
    doubt about it.

    References
    ----------
    World Health Organization (2024). Summary measures of health inequality. Health Inequality Monitor.

    Examples
    --------
    >>> round(mean_difference_from_best([60.0, 70.0, 80.0], [1, 2, 1], higher_is="better").estimate, 3)
    10.0
    """
    better = _polarity(higher_is)
    groups = _check(values, standard_errors, population, weighted=weighted, scale=scale)
    weights = groups.shares if weighted else np.full(groups.values.size, 1.0 / groups.values.size)

    def statistic(y: FloatArray) -> FloatArray:
        best = y.max(axis=1) if better else y.min(axis=1)
        distance: FloatArray = np.abs(y - best[:, np.newaxis]) @ weights
        return distance

    return _simulated(
        "mean difference from the best group", statistic, groups, scale, levels, draws, seed, unit
    )


def mean_difference_from_reference(
    values: ArrayLike,
    population: ArrayLike | None = None,
    *,
    reference: int,
    weighted: bool = True,
    standard_errors: ArrayLike | None = None,
    scale: float | None = None,
    levels: Levels = 0.95,
    draws: int = DRAWS,
    seed: Seed = 0,
    unit: str = "",
) -> SimulatedEstimate:
    r"""Return the mean absolute difference of groups from a reference group.

    Estimand: :math:`\sum_j w_j |y_j - y_{reference}|`. The reference group counts in the mean, with a difference of 0. Other
    arguments, limits, assumptions, source and errors are those of ``mean_difference_from_best``.

    Parameters
    ----------
    reference : int
        Position of the reference group.

    Examples
    --------
    >>> round(mean_difference_from_reference([60.0, 70.0, 80.0], [1, 2, 1], reference=1).estimate, 3)
    5.0
    """
    groups = _check(values, standard_errors, population, weighted=weighted, scale=scale)
    chosen = _position(reference, groups.values.size)
    weights = groups.shares if weighted else np.full(groups.values.size, 1.0 / groups.values.size)

    def statistic(y: FloatArray) -> FloatArray:
        distance: FloatArray = np.abs(y - y[:, [chosen]]) @ weights
        return distance

    return _simulated(
        "mean difference from the reference group", statistic, groups, scale, levels, draws, seed, unit
    )


def _entropy(
    measure: str,
    values: ArrayLike,
    population: ArrayLike,
    standard_errors: ArrayLike | None,
    multiplier: float,
    levels: Levels,
    formula: Callable[[FloatArray, FloatArray], tuple[float, FloatArray]],
    zeros: bool,
) -> Estimate:
    groups = _check(values, standard_errors, population, weighted=True)
    y = groups.values
    if (y < 0.0).any():
        raise InputError(
            f"values: group {int(np.argmax(y < 0.0)) + 1} is negative; the measure needs 0 or more"
        )
    if not (np.isfinite(multiplier) and multiplier > 0.0):
        raise InputError(f"multiplier: {multiplier!r} is not valid; give a number above 0")
    method = "delta method, normal limits"
    occupied = groups.shares > 0.0
    if groups.mean == 0.0 or (not zeros and (y[occupied] == 0.0).any()):
        reason = "the mean is 0" if groups.mean == 0.0 else "a group is 0, so its logarithm does not exist"
        return Estimate(measure, np.nan, np.nan, (), y.size, method, "", reason)
    value, gradient = formula(y / groups.mean, groups.shares)
    error = np.nan
    if groups.uncertain is not None:
        noisy = groups.uncertain > 0.0
        if np.isinf(gradient[noisy]).any():
            reason = "a group is 0, where the measure has no slope"
            return Estimate(measure, multiplier * value, np.nan, (), y.size, method, "", reason)
        error = multiplier * float(np.linalg.norm(gradient[noisy] / groups.mean * groups.uncertain[noisy]))
    return _normal(measure, multiplier * value, error, groups, method, levels, "")


def between_group_theil_index(
    values: ArrayLike,
    population: ArrayLike,
    *,
    standard_errors: ArrayLike | None = None,
    multiplier: float = 1000,
    levels: Levels = 0.95,
) -> Estimate:
    r"""Return Theil's index between groups.

    Parameters
    ----------
    values, population : array_like of shape (groups,)
        Value (0 or more) and people of each group.
    standard_errors : array_like of shape (groups,), optional
        Standard errors of the values.
    multiplier : float, default 1000
        Factor of estimate, standard error and limits alike; the WHO reports thousandths.
    levels : float or sequence of float, default 0.95
        Confidence levels.

    Returns
    -------
    Estimate

    Raises
    ------
    InputError
        For negative values or populations, or fewer than two groups.

    Notes
    -----
    Estimand: :math:`T = \sum_j p_j r_j \log r_j` with :math:`r_j = y_j / \bar y`; a group at 0 adds 0. Standard error by the delta
    method with fixed shares, :math:`\partial T / \partial y_j = p_j (\log r_j - T) / \bar y`; normal limits.

    Deviation on purpose: the R package healthequal multiplies the estimate by 1000 but not its error, so its limits
    are a thousand times too narrow.

    References
    ----------
    Theil, H. (1967). Economics and Information Theory.

    Examples
    --------
    >>> round(between_group_theil_index([60.0, 70.0, 80.0], [1, 2, 1]).estimate, 4)
    5.1195
    """

    def formula(r: FloatArray, p: FloatArray) -> tuple[float, FloatArray]:
        with np.errstate(divide="ignore"):
            logs = np.log(r)
        value = float((p * special.xlogy(r, r)).sum())
        return value, p * (logs - value)

    return _entropy(
        "Theil index between groups", values, population, standard_errors, multiplier, levels, formula, True
    )


def between_group_mean_log_deviation(
    values: ArrayLike,
    population: ArrayLike,
    *,
    standard_errors: ArrayLike | None = None,
    multiplier: float = 1000,
    levels: Levels = 0.95,
) -> Estimate:
    r"""Return the mean log deviation between groups (Theil's L).

    Estimand: :math:`L = -\sum_j p_j \log r_j` with :math:`r_j = y_j / \bar y`, for values above 0 (a group at 0 gives a reason).
    Standard error by the delta method, :math:`\partial L / \partial y_j = p_j (1 - 1 / r_j) / \bar y`. Arguments, errors, source and the
    deviation from healthequal are those of ``between_group_theil_index``.

    Examples
    --------
    >>> round(between_group_mean_log_deviation([60.0, 70.0, 80.0], [1, 2, 1]).estimate, 4)
    5.1548
    """

    def formula(r: FloatArray, p: FloatArray) -> tuple[float, FloatArray]:
        occupied = p > 0.0
        safe = np.where(occupied, r, 1.0)
        return float(-(p * np.log(safe)).sum()), np.where(occupied, p * (1.0 - 1.0 / safe), 0.0)

    return _entropy(
        "mean log deviation between groups",
        values,
        population,
        standard_errors,
        multiplier,
        levels,
        formula,
        False,
    )


def _attributable(
    values: ArrayLike,
    population: ArrayLike,
    *,
    higher_is: Polarity,
    scale: float,
    ordered: bool,
    reference: int | None,
) -> tuple[_Groups, float, float, str]:
    """Return the groups, the difference reference minus mean, the standard error of the fraction, and a reason."""
    better = _polarity(higher_is)
    groups = _check(values, None, population, weighted=True, scale=scale)
    people, y = groups.people, groups.values
    if people is None:
        raise InputError("population: give the people of each group")
    chosen = (
        _position(reference, y.size) if reference is not None else y.size - 1 if ordered else _best(y, better)
    )
    if groups.mean == 0.0:
        return groups, np.nan, np.nan, "the mean is 0"
    gap = float(y[chosen] - groups.mean)
    cases, total = float(people @ y) / scale, float(people.sum())
    c = float(y[chosen] * people[chosen]) / scale
    d = float(people[chosen]) - c
    a = cases - c
    b = total - float(people[chosen]) - a
    if c + d <= 0.0:
        return groups, np.nan, np.nan, f"the reference group {chosen + 1} has no people"
    variance = c * total * (a * d * (total - c) + b * c * c) / ((a + c) * (c + d)) ** 3
    return groups, gap, float(np.sqrt(max(variance, 0.0))), ""


def population_attributable_risk(
    values: ArrayLike,
    population: ArrayLike,
    *,
    higher_is: Polarity,
    scale: float,
    ordered: bool = False,
    reference: int | None = None,
    levels: Levels = 0.95,
    unit: str = "",
) -> Estimate:
    r"""Return the population attributable risk: how far the mean would move if all did as well as one group.

    Parameters
    ----------
    values, population : array_like of shape (groups,)
        Value and people of each group.
    higher_is : {"better", "worse"}
        Polarity of the indicator.
    scale : float
        What the values are expressed per: 1, 100, 1000 or 100000 people. It is declared, never guessed.
    ordered : bool, default False
        Whether the groups have an order, from the worst off to the best off.
    reference : int, optional
        Position of the reference group. When not given: the best off of ordered groups, the best of unordered ones.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    unit : str, optional
        Unit of the values.

    Returns
    -------
    Estimate
        Positive where the mean would rise, negative where it would fall.

    Raises
    ------
    InputError
        For values outside 0 to ``scale``, negative populations, or fewer than two groups.

    Notes
    -----
    Estimand: :math:`y_{ref} - \bar y`. The standard error is the mean times that of the fraction, see
    ``population_attributable_fraction``.

    Deviation on purpose: the R package healthequal ignores a reference group that the user names; here it counts.

    References
    ----------
    Walter, S. D. (1976). The estimation and interpretation of attributable risk in health research. Biometrics 32,
    829-849.

    Examples
    --------
    >>> result = population_attributable_risk([60.0, 70.0, 80.0], [100, 200, 100], higher_is="better", scale=100)
    >>> result.estimate
    10.0
    """
    groups, gap, error, reason = _attributable(
        values, population, higher_is=higher_is, scale=scale, ordered=ordered, reference=reference
    )
    return _attributed("population attributable risk", groups, gap, groups.mean * error, reason, levels, unit)


def population_attributable_fraction(
    values: ArrayLike,
    population: ArrayLike,
    *,
    higher_is: Polarity,
    scale: float,
    ordered: bool = False,
    reference: int | None = None,
    levels: Levels = 0.95,
) -> Estimate:
    r"""Return the population attributable fraction: the attributable risk in per cent of the mean.

    Estimand: :math:`100 (y_{ref} - \bar y) / \bar y`. Arguments and errors are those of ``population_attributable_risk``.

    Notes
    -----
    Standard error from the two-by-two table of the reference group (:math:`c` cases, :math:`d` others) and all
    others (:math:`a`, :math:`b`), with :math:`n = a + b + c + d`:

    .. math:: \operatorname{Var} = \frac{c n \{a d (n - c) + b c^2\}}{(a + c)^3 (c + d)^3},

    times 100 for per cent; normal limits. It takes the populations as the numbers of people observed.

    Deviation on purpose: the R package healthequal leaves the factor of 100 out of the limits, which are a hundred times
    too narrow there.

    References
    ----------
    Walter, S. D. (1976). The estimation and interpretation of attributable risk in health research. Biometrics 32,
    829-849.

    Examples
    --------
    >>> result = population_attributable_fraction([60.0, 70.0, 80.0], [100, 200, 100], higher_is="better", scale=100)
    >>> round(result.estimate, 3), round(result.standard_error, 3)
    (14.286, 5.29)
    """
    groups, gap, error, reason = _attributable(
        values, population, higher_is=higher_is, scale=scale, ordered=ordered, reference=reference
    )
    share = 100.0 * gap / groups.mean if not reason else np.nan
    return _attributed("population attributable fraction", groups, share, 100.0 * error, reason, levels, "%")


def _attributed(
    measure: str, groups: _Groups, estimate: float, error: float, reason: str, levels: Levels, unit: str
) -> Estimate:
    method = "Walter's variance, normal limits"
    if reason:
        return Estimate(measure, np.nan, np.nan, (), groups.values.size, method, unit, reason)
    return _normal(measure, estimate, error, groups, method, levels, unit)
