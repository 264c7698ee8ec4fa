r"""Whether areas grow alike: beta convergence (those behind catch up) and sigma convergence (the spread narrows).

The two are different questions. Catching up is needed for the spread to narrow but does not bring it about, and a start value that
was high by chance falls back by itself: both are kept apart here, and the second can be allowed for.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.regression.linear_model import WLS

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.mathematics.estimates import (
    fields_of,
    gather,
    limits,
    not_computed,
    percentile_intervals,
)
from healthdevo.mathematics.resampling import bootstrap_weights, check_draws
from healthdevo.mathematics.vectors import FloatArray, Vector, shown, vector, weight_vector
from healthdevo.results import Estimate, Estimates, Interval, check_levels
from healthdevo.wording import number

__all__ = ["BetaConvergence", "SigmaConvergence", "beta_convergence", "sigma_convergence"]


@dataclass(frozen=True)
class BetaConvergence(Estimate):
    """The slope of growth on the starting level.

    Parameters
    ----------
    speed : Estimate
        Rate at which the gap closes, per unit of time; from the slope, limits carried over.
    half_life : Estimate
        Time until half of the gap is closed.
    corrected : Estimate or None
        The slope without what the error of measurement of the start alone would bring about.
    reliability : float
        Share of the variance of the start that is not error; 1 when no errors were given.
    r_squared : float
        Of the regression.
    """

    speed: Estimate = field(kw_only=True)
    half_life: Estimate = field(kw_only=True)
    corrected: Estimate | None = None
    reliability: float = 1.0
    r_squared: float = np.nan

    @property
    def sentence(self) -> str:
        """The finding in one plain-English sentence."""
        best = self.corrected or self
        i = best.interval()
        if i.upper < 0:
            verdict = "Areas that started behind caught up"
        elif i.lower > 0:
            verdict = "Areas that started ahead pulled away"
        else:
            verdict = "There is no sign beyond noise that areas converged or diverged"
        return (
            f"{verdict} (slope {number(best.estimate)}, {100 * i.level:g}% interval {number(i.lower)} to "
            f"{number(i.upper)}, {self.n} areas)."
        )


@dataclass(frozen=True)
class SigmaConvergence(Estimates):
    """The spread between areas in each period, and how it changed.

    Parameters
    ----------
    change : Estimate
        Spread in the last period minus that in the first.
    ratio : Estimate
        Spread in the last period over that in the first, with limits from its logarithm.
    trend : Estimate
        Slope of a straight line through the spreads, per unit of time.
    """

    change: Estimate = field(kw_only=True)
    ratio: Estimate = field(kw_only=True)
    trend: Estimate = field(kw_only=True)

    @property
    def sentence(self) -> str:
        """The finding in one plain-English sentence."""
        i = self.ratio.interval()
        if i.upper < 1:
            verdict = "narrowed"
        elif i.lower > 1:
            verdict = "widened"
        else:
            verdict = "did not change beyond noise"
        return (
            f"Between {self.index[0]} and {self.index[-1]} the {self.measure} {verdict} (ratio "
            f"{number(self.ratio.estimate)}, {100 * i.level:g}% interval {number(i.lower)} to {number(i.upper)})."
        )


def beta_convergence(
    start: Vector,
    end: Vector,
    years: float,
    weights: Vector | None = None,
    *,
    controls: pd.DataFrame | None = None,
    logarithm: bool = True,
    start_errors: Vector | None = None,
    robust: Literal["HC0", "HC1", "HC2", "HC3"] | None = "HC3",
    levels: float | Sequence[float] = 0.95,
) -> BetaConvergence:
    r"""Return the slope of growth on the starting level of areas.

    Parameters
    ----------
    start, end : array-like of shape (n,)
        Value of each area in the first and last period; above zero when logarithms are taken.
    years : float
        Time between them, above zero.
    weights : array-like of shape (n,), optional
        Population, if larger areas should count for more.
    controls : DataFrame of shape (n, k), optional
        Numbers that fix where an area is heading: convergence is then conditional on them.
    logarithm : bool, default True
        Growth in logs; otherwise change in the unit of the values.
    start_errors : array-like of shape (n,), optional
        Standard error of each start value, in the unit of the values. Gives ``corrected``.
    robust : {"HC0", "HC1", "HC2", "HC3"} or None
        Standard errors; None is the classical formula.
    levels : float or sequence of float

    Returns
    -------
    BetaConvergence

    Raises
    ------
    InputError
        For values that are not above zero (with logarithms), equal start values, or fewer than four areas more than controls.

    Notes
    -----
    :math:`\frac{1}{T}(\ln y_T - \ln y_0) = a + \beta \ln y_0 + e`. Below zero is convergence. The speed is
    :math:`b = -\ln(1 + \beta T)/T` and the half-life :math:`\ln 2 / b` (Barro and Sala-i-Martin 1992). Limits from the t
    distribution; those of speed and half-life by carrying over the limits of the slope, which are monotone in it.

    Errors of measurement in the start lean the slope towards convergence (regression to the mean). With reliability
    :math:`\lambda = 1 - \overline{s^2}/\mathrm{var}(y_0)` the expected slope is :math:`\lambda\beta - (1-\lambda)/T`, hence
    ``corrected`` :math:`= (\hat\beta + (1-\lambda)/T)/\lambda`, with :math:`\lambda` taken as known. It assumes errors that are
    independent between the two periods, and no controls.

    Examples
    --------
    >>> result = beta_convergence([50, 60, 80, 100, 90], [55, 64, 82, 99, 91], years=10)
    >>> result.estimate < 0, result.interval().upper < 0, round(result.half_life.estimate)
    (True, True, 44)
    """
    wanted = check_levels(levels)
    first = vector(start, "start")
    n = first.size
    last = vector(end, "end", n)
    w = weight_vector(weights, n)
    if not (np.isfinite(years) and years > 0):
        raise InputError(f"years: {years!r} is not valid; give a number above zero")
    error_of_start = None if start_errors is None else vector(start_errors, "start_errors", n)
    if error_of_start is not None and (error_of_start < 0).any():
        raise InputError("start_errors: one is negative; give zero or more")
    if logarithm:
        for name, values in (("start", first), ("end", last)):
            if (values <= 0).any():
                i = int(np.argmax(values <= 0))
                raise InputError(f"{name}: row {i} is {values[i]:g}; logarithms need values above zero")
        if error_of_start is not None:
            error_of_start = error_of_start / first
        first, last = np.log(first), np.log(last)
    x = [np.ones(n), first]
    if controls is not None:
        if len(controls) != n:
            raise InputError(f"controls: has {len(controls)} rows; {n} are needed")
        x += [vector(controls[c], str(c)) for c in controls.columns]
    design = np.column_stack(x)
    k = design.shape[1]
    if n < k + 2:
        raise InputError(f"start: there are {n} areas; {k} coefficients need at least {k + 2}")
    if np.ptp(first) == 0.0:
        raise InputError("start: every area starts at the same value")
    if np.linalg.matrix_rank(design / np.abs(design).max(axis=0)) < k:
        raise InputError("controls: columns follow from one another or from the start")
    if robust not in (None, "HC0", "HC1", "HC2", "HC3"):
        raise InputError(f"robust: {robust!r} is not valid; use 'HC0', 'HC1', 'HC2', 'HC3' or None")
    model = WLS((last - first) / years, design, weights=w)
    fit = model.fit() if robust is None else model.fit(cov_type=robust)
    slope = float(np.asarray(fit.params)[1])
    error = float(np.sqrt(np.asarray(fit.cov_params())[1, 1]))
    intervals = limits(slope, error, wanted, n - k)
    words = "logs" if logarithm else "levels"
    method = f"{'weighted' if weights is not None else 'unweighted'} regression of yearly growth in {words} on the start"
    if controls is not None:
        method += f", given {', '.join(map(str, controls.columns))}"
    method += f"; {robust or 'classical'} standard errors, t limits with {n - k} degrees of freedom"

    corrected, reliability = None, 1.0
    if error_of_start is not None:
        if controls is not None:
            raise InputError("start_errors: the correction is for regressions without controls")
        p = w / w.sum()
        spread = float(p @ (first - p @ first) ** 2) * n / (n - 1)
        reliability = 1.0 - float(p @ error_of_start**2) / spread
        name = "slope of growth on the start, corrected"
        if reliability <= 0.0:
            reason = "the errors are as large as the spread of the start values"
            corrected = not_computed(name, wanted, n, method, reason)
        else:
            value = (slope + (1.0 - reliability) / years) / reliability
            spread_of = error / reliability
            corrected = Estimate(
                name,
                value,
                spread_of,
                limits(value, spread_of, wanted, n - k),
                n,
                f"{method}; corrected for a reliability of the start of {reliability:.3f}, taken as known",
            )
    return BetaConvergence(
        "slope of growth on the start",
        slope,
        error,
        intervals,
        n,
        method,
        speed=_speed(slope, error, intervals, years, n, method),
        half_life=_half_life(slope, intervals, years, n, method),
        corrected=corrected,
        reliability=reliability,
        r_squared=float(fit.rsquared) if np.ptp(last - first) > 0.0 else np.nan,
    )


def _rate(slope: float, years: float) -> float:
    """Return the speed of convergence; infinite when the gap closes within the period."""
    return -float(np.log1p(slope * years)) / years if slope * years > -1.0 else np.inf


def _speed(
    slope: float, error: float, intervals: tuple[Interval, ...], years: float, n: int, method: str
) -> Estimate:
    value = _rate(slope, years)
    reason = ""
    if np.isinf(value):
        value, reason = np.nan, "the gap closed, or turned round, within the period"
    return Estimate(
        "speed of convergence",
        value,
        error / (1.0 + slope * years) if not reason else np.nan,
        tuple(Interval(i.level, _rate(i.upper, years), _rate(i.lower, years)) for i in intervals),
        n,
        method + "; limits carried over from the slope",
        unit="a year",
        reason=reason,
    )


def _half_life(slope: float, intervals: tuple[Interval, ...], years: float, n: int, method: str) -> Estimate:
    def until(rate: float) -> float:
        return float(np.log(2.0) / rate) if rate > 0.0 else np.inf

    value = until(_rate(slope, years))
    reason = (
        "" if np.isfinite(value) and value > 0 else "areas do not converge" if value > 0 else "the gap closed"
    )
    between = tuple(
        Interval(i.level, until(_rate(i.lower, years)), until(_rate(i.upper, years))) for i in intervals
    )
    return Estimate(
        "half-life of the gap",
        value if not reason else np.nan,
        np.nan,
        between,
        n,
        method + "; limits carried over from the slope",
        unit="years",
        reason=reason,
    )


def sigma_convergence(
    frame: pd.DataFrame,
    area: str,
    time: str,
    value: str,
    *,
    weights: str | None = None,
    measure: Literal[
        "standard deviation of logs", "coefficient of variation", "standard deviation"
    ] = "standard deviation of logs",
    variance: Literal["influence", "bootstrap"] = "influence",
    levels: float | Sequence[float] = 0.95,
    draws: int = 1000,
    seed: int | np.random.Generator | None = 0,
) -> SigmaConvergence:
    r"""Return the spread between areas in every period, with its change and trend.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row for each area and period; every area must be there in every period.
    area, time, value, weights : str
        Columns. Periods are numbers.
    measure : {"standard deviation of logs", "coefficient of variation", "standard deviation"}
        Population forms (no n - 1).
    variance : {"influence", "bootstrap"}
        Both keep the periods of one area together, so that a change is judged against areas that persist.
    levels, draws, seed
        Confidence levels; bootstrap draws of whole areas; seed.

    Returns
    -------
    SigmaConvergence
        Labelled by period.

    Raises
    ------
    InputError
        When an area is missing in a period or there twice, there are fewer than two periods or three areas, or a value is not
        above zero where logs are taken.

    Notes
    -----
    :math:`\sigma_t = \sqrt{\sum_i w_{it} (\ln y_{it} - \overline{\ln y}_t)^2}`. With influence values
    :math:`\psi_{it}` of each spread, the variance of any combination :math:`\sum_t c_t \sigma_t` is
    :math:`\sum_i (\sum_t c_t w_{it} \psi_{it})^2`, which allows for the dependence of one area's values over time (a test of
    variances that ignores it is too cautious when areas persist). The trend uses the least-squares weights
    :math:`c_t = (t - \bar t)/\sum (t - \bar t)^2`. The ratio's limits are those of its logarithm.

    Examples
    --------
    >>> table = pd.DataFrame({"area": list("abcd") * 2, "year": [2001] * 4 + [2011] * 4,
    ...                       "rate": [50, 70, 90, 110, 70, 75, 85, 90]})
    >>> result = sigma_convergence(table, "area", "year", "rate")
    >>> bool(result.estimate[1] < result.estimate[0]), round(result.ratio.estimate, 2)
    (True, 0.34)
    """
    need_columns(frame, [area, time, value, *([weights] if weights else [])])
    wanted = check_levels(levels)
    if measure not in ("standard deviation of logs", "coefficient of variation", "standard deviation"):
        raise InputError(
            f"measure: {measure!r} is not valid; use 'standard deviation of logs', 'coefficient of variation' "
            "or 'standard deviation'"
        )
    if variance not in ("influence", "bootstrap"):
        raise InputError(f"variance: {variance!r} is not valid; use 'influence' or 'bootstrap'")
    x = _wide(frame, area, time, value)
    w = _wide(frame, area, time, weights) if weights else pd.DataFrame(1.0, index=x.index, columns=x.columns)
    n, m = x.shape
    if m < 2 or n < 3:
        raise InputError(
            f"frame: has {n} areas and {m} periods; at least three areas and two periods are needed"
        )
    when = vector(x.columns.to_numpy(), time)
    y = x.to_numpy(dtype=np.float64)
    mass = w.to_numpy(dtype=np.float64)
    for name, table, bad in (
        (value, y, y <= 0.0 if measure == "standard deviation of logs" else np.zeros_like(y, dtype=bool)),
        (str(weights), mass, mass <= 0.0),
    ):
        if bad.any():
            i, t = (int(v) for v in np.argwhere(bad)[0])
            raise InputError(
                f"{name}: {shown(x.index[i])} in {shown(x.columns[t])} is {table[i, t]:g}; give values above zero"
            )
    z = np.log(y) if measure == "standard deviation of logs" else y
    relative = measure == "coefficient of variation"
    p = mass / mass.sum(axis=0)
    mean = (p * z).sum(axis=0)
    if relative and (mean <= 0).any():
        raise InputError(
            f"{value}: has a mean of zero or less in a period, where the coefficient has no meaning"
        )
    spread = _spread(z, p[None, :, :], relative)[0]
    deviation = np.sqrt((p * (z - mean) ** 2).sum(axis=0))
    if (deviation <= 1e-12 * np.abs(z).max()).any():
        raise InputError(
            f"{value}: every area has the same value in a period, so there is no spread to compare"
        )
    psi = ((z - mean) ** 2 - deviation**2) / (2.0 * deviation)
    if relative:
        psi = psi / mean - deviation * (z - mean) / mean**2
    scores = p * psi  # one row for each area, one column for each period
    slope = (when - when.mean()) / ((when - when.mean()) ** 2).sum()
    ends = np.zeros(m)
    ends[0], ends[-1] = -1.0, 1.0

    sample = None
    how = "linearisation over areas, normal limits"
    if variance == "bootstrap":
        check_draws(draws, 50)
        how = f"percentile bootstrap of {draws} draws of whole areas"
        blocks = []
        for block in bootstrap_weights(np.ones(n), draws, seed):
            weight = block[:, :, None] * mass
            blocks.append(_spread(z, weight / weight.sum(axis=1, keepdims=True), relative))
        sample = np.concatenate(blocks)
    method = f"{'weighted' if weights else 'unweighted'} {measure} between areas; {how}"

    def combined(name: str, by: FloatArray, unit: str = "") -> Estimate:
        estimate = float(by @ spread)
        if sample is not None:
            drawn = sample @ by
            between = percentile_intervals(drawn, wanted)
            return Estimate(name, estimate, float(drawn.std(ddof=1)), between, n, method, unit)
        error = float(np.sqrt(((scores @ by) ** 2).sum()))
        return Estimate(name, estimate, error, limits(estimate, error, wanted), n, method, unit)

    each = [combined(measure, np.eye(m)[t]) for t in range(m)]
    return SigmaConvergence(
        **fields_of(gather(measure, pd.Index(x.columns, name=time), each, wanted, method)),
        change=combined(f"change in the {measure}", ends),
        ratio=_ratio(measure, spread, scores, sample, wanted, n, method),
        trend=combined(f"trend of the {measure}", slope, "a year" if time == "year" else f"per {time}"),
    )


def _ratio(
    measure: str,
    spread: FloatArray,
    scores: FloatArray,
    sample: FloatArray | None,
    levels: tuple[float, ...],
    n: int,
    method: str,
) -> Estimate:
    value = float(spread[-1] / spread[0])
    name = f"ratio of the {measure}, last to first period"
    if sample is not None:
        kept = sample[sample[:, 0] > 0.0]
        drawn = kept[:, -1] / kept[:, 0]
        between = percentile_intervals(drawn, levels)
        return Estimate(name, value, float(drawn.std(ddof=1)), between, n, method)
    error = float(np.sqrt(((scores[:, -1] / spread[-1] - scores[:, 0] / spread[0]) ** 2).sum()))
    logs = [float(stats.norm.isf((1.0 - level) / 2.0)) * error for level in levels]
    between = tuple(
        Interval(level, value * float(np.exp(-g)), value * float(np.exp(g)))
        for level, g in zip(levels, logs, strict=True)
    )
    return Estimate(name, value, value * error, between, n, f"{method} of the logarithm")


def _spread(z: FloatArray, p: FloatArray, relative: bool) -> FloatArray:
    """Return the spread in each period for many sets of weights, shape (b, m)."""
    mean = (p * z).sum(axis=1)
    result: FloatArray = np.sqrt((p * (z - mean[:, None, :]) ** 2).sum(axis=1))
    return result / mean if relative else result


def _wide(frame: pd.DataFrame, area: str, time: str, value: str) -> pd.DataFrame:
    """Return one row for each area and one column for each period, complete."""
    twice = frame.duplicated([area, time])
    if twice.any():
        row = frame.loc[twice].iloc[0]
        raise InputError(
            f"frame: {shown(row[area])} in {shown(row[time])} is there twice; give one row for each"
        )
    wide = frame.pivot(index=area, columns=time, values=value).sort_index(axis=0).sort_index(axis=1)  # noqa: PD010 - no aggregation is wanted
    gaps = np.argwhere(wide.isna().to_numpy())
    if len(gaps):
        i, t = gaps[0]
        raise InputError(
            f"{value}: {shown(wide.index[i])} has no value in {shown(wide.columns[t])} ({len(gaps)} such gaps); "
            "leave out the area or the period on purpose"
        )
    return wide
