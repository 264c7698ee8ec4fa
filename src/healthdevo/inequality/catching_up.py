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
from statsmodels.regression.linear_model import WLS

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.influence import lone_row
from healthdevo.mathematics.estimates import limits, not_computed
from healthdevo.mathematics.vectors import Vector, in_one_order, vector, weight_vector
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.wording import number, span, supported

__all__ = ["BetaConvergence", "beta_convergence"]

_LONE = "row {row} alone decides a coefficient (leverage 1), so {robust} gives no error; use robust='HC1'"


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
        if self.reason:
            return f"The {self.measure} is {number(self.estimate)}, without limits: {self.reason}."
        i = best.interval()
        if i.upper < 0:
            verdict = "Areas that started behind caught up"
        elif i.lower > 0:
            verdict = "Areas that started ahead pulled away"
        else:
            verdict = "There is no sign beyond noise that areas converged or diverged"
        return (
            f"{verdict} (slope {number(supported(best.estimate, i.lower, i.upper))}, {100 * i.level:g}% interval {span(i.lower, i.upper)}, "
            f"{self.n} areas)."
        )


@front_door
@in_one_order("start", "end", "weights", "controls", "start_errors")
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
    need_choice("robust", robust, (None, "HC0", "HC1", "HC2", "HC3"))
    model = WLS((last - first) / years, design, weights=w)
    with np.errstate(divide="ignore", invalid="ignore"):
        fit = model.fit() if robust is None else model.fit(cov_type=robust)
    slope = float(np.asarray(fit.params)[1])
    lone = lone_row(design, w, robust)
    error = float(np.sqrt(np.asarray(fit.cov_params())[1, 1])) if lone is None else np.nan
    intervals = limits(slope, error, wanted, n - k)
    reason = "" if lone is None else _LONE.format(row=lone, robust=robust)
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
        reason=reason,
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
