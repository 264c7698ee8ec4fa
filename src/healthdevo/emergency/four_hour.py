"""Four-hour performance: the share of attendances seen within four hours, its trend, and the targets it is held to.

Months, or trusts, that report no four-hour figures leave numerator and denominator alike; they never count as zero.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd
from scipy import special

from healthdevo.checks import need_rows
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.estimates import limits
from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.mathematics.vectors import numbers
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.series.ar1_errors import fit_ar1, sandwich_ar1, steps
from healthdevo.series.control_charts import ControlChart, xmr_chart
from healthdevo.series.monthly import month, monthly_index, monthly_series
from healthdevo.series.shewhart import ShewhartChart, p_prime_chart
from healthdevo.typing import FloatArray
from healthdevo.wording import percentage

__all__ = ["STANDARD", "FourHourPerformance", "four_hour_performance", "target_steps"]


STANDARD = 0.95
"""The operational standard: 95% of attendances admitted, transferred or discharged within four hours."""

_NO_TARGETS: Mapping[str, float] = MappingProxyType({})

_FEWEST = 24
_LATEST = 12


@front_door
def target_steps(
    start: object, interim: Mapping[str, float] = _NO_TARGETS, standard: float = STANDARD
) -> dict[str, float]:
    """Return the targets of a chart that starts in a month: the standard, then each interim target from its month.

    Parameters
    ----------
    start : object
        First month of the chart.
    interim : mapping of str to float
        Interim targets by first month; by default none.
    standard : float
        What holds before.

    Raises
    ------
    InputError
        When a target is not between 0 and 1.

    Examples
    --------
    >>> target_steps("2023-04", {"2024-03": 0.76, "2025-03": 0.78})
    {'2023-04': 0.95, '2024-03': 0.76, '2025-03': 0.78}
    """
    if not 0.0 < standard < 1.0:
        raise InputError(f"standard: {standard!r} is not valid; give a share between 0 and 1")
    first = month(start, "start")
    held = standard
    later: dict[str, float] = {}
    for key, value in sorted(interim.items(), key=lambda item: month(item[0], "interim")):
        if month(key, "interim") <= first:
            held = value
        else:
            later[str(month(key, "interim"))] = value
    result = {str(first): held} | later
    for key, value in result.items():
        if not 0.0 < value < 1.0:
            raise InputError(f"interim: the target {value!r} of {key} is not between 0 and 1")
    return result


@dataclass(frozen=True)
class FourHourPerformance:
    """Four-hour performance of an area.

    Parameters
    ----------
    latest : Estimate
        Share within four hours over the latest 12 months of the series, with an interval that admits over-dispersion.
    change : Estimate
        Change in the share over a year, in percentage points, averaged over the years of the model.
    gap : Estimate
        Latest share less the target in force, in percentage points.
    chart : ControlChart or None
        XmR chart of the share with dated targets; None with a reason.
    p_prime : ShewhartChart or None
        P' chart of the same, whose limits know the number of attendances.
    table : pandas.DataFrame
        By month: ``within``, ``attendances`` (those reported on), ``share``, its binomial limits, ``fitted``,
        ``target``, ``standard``, ``meets_target``, ``status`` (``reported``, ``not reported``).
    dispersion : float
        Pearson chi-square per degree of freedom of the binomial model; 1 where chance alone explains the months.
    autocorrelation : float
        Of neighbouring months around the model.
    reason : str
        Why there is no model, if so.
    """

    latest: Estimate
    change: Estimate
    gap: Estimate
    chart: ControlChart | None = field(repr=False, compare=False)
    p_prime: ShewhartChart | None = field(repr=False, compare=False)
    table: pd.DataFrame = field(repr=False, compare=False)
    dispersion: float
    autocorrelation: float
    reason: str = ""

    @property
    def sentence(self) -> str:
        """The performance in one sentence."""
        if np.isnan(self.latest.estimate):
            return self.latest.sentence
        recent = self.table["status"].iloc[-_LATEST:]
        known = int((recent == "reported").sum())
        when = (
            "the latest year"
            if known == _LATEST
            else f"the {known} of the latest {_LATEST} months that have figures"
        )
        if known == 1:
            when = f"the only month of the latest {_LATEST} that has figures"
        text = f"{percentage(self.latest.estimate)} of attendances were seen within four hours in {when}"
        if self.latest.intervals:
            i = self.latest.intervals[0]
            text += f" ({100 * i.level:g}% interval {percentage(i.lower)} to {percentage(i.upper)})"
        target = float(self.table["target"].iloc[-1])
        met = "meeting" if self.latest.estimate >= target else "short of"
        return f"{text}, {met} the target of {percentage(target, 0)}."


def _read(
    frame: pd.DataFrame, over: str, reporting: str, time: str
) -> tuple[pd.PeriodIndex, FloatArray, FloatArray]:
    need_rows(frame, [over, reporting, time])
    months = monthly_index(pd.Index(frame[time]), f"frame, column {time}")
    late, total = (numbers(frame[name], f"frame, column {name}") for name in (over, reporting))
    unknown = np.isnan(late) | np.isnan(total) | (total == 0.0)
    wrong = ~unknown & ((late < 0.0) | (late > total) | ~np.isfinite(total))
    if wrong.any():
        i = int(np.flatnonzero(wrong)[0])
        raise InputError(
            f"frame, column {over}: {late[i]:g} of {total[i]:g} {reporting} in {months[i]} is not valid; give from 0 to all of them"
        )
    within = pd.Series(np.where(unknown, np.nan, total - late), index=months)
    size = pd.Series(np.where(unknown, np.nan, total), index=months)
    every = monthly_series(pd.Series(1.0, index=months)).index
    within, size = within.reindex(every), size.reindex(every)
    if not within.notna().any():
        raise InputError(f"frame, columns {over} and {reporting}: no month has four-hour figures")
    return monthly_index(every), np.asarray(within, dtype=np.float64), np.asarray(size, dtype=np.float64)


@front_door
def four_hour_performance(
    frame: pd.DataFrame,
    *,
    over: str = "over_4_hours",
    reporting: str = "attendances_4_hour_reporting",
    time: str = "month",
    interim: Mapping[str, float] = _NO_TARGETS,
    standard: float = STANDARD,
    rebase: Sequence[object] = (),
    levels: float | Sequence[float] = 0.95,
) -> FourHourPerformance:
    r"""Describe four-hour performance of one area.

    Estimand: the underlying share within four hours of the latest 12 months, in which scatter from month to month is
    noise and slow change is real, and the yearly change of the share's trend.

    Parameters
    ----------
    frame : pandas.DataFrame
        One row a month, in any order, with the columns below, of one area and type of department.
    over : str
        Column of attendances of more than four hours.
    reporting : str
        Column of attendances at departments that reported on four hours: trusts that did not report (the pilots of May
        2019 to May 2023) are in neither column. A month with none, or missing, has no performance.
    time : str
        Column of months.
    interim : mapping of str to float
        Interim targets by first month; by default none.
    standard : float, default 0.95
        Standard that holds before them.
    rebase : sequence of dates
        New segments of the control chart.
    levels : float or sequence of float
        Levels of the intervals.

    Returns
    -------
    FourHourPerformance
        Without model, and with a reason, when fewer than 24 months are known.

    Raises
    ------
    InputError
        When months repeat, columns are missing, or more attendances were late than there were.

    Notes
    -----
    The model is :math:`\operatorname{logit} p_t = \alpha + \beta t + \text{two harmonics}` over the latest five years,
    with variance :math:`\phi\, p_t (1 - p_t) / n_t` and neighbouring months correlated by :math:`\rho`, which widens the
    interval of the change. The interval of the latest share takes its over-dispersion from half the mean squared step
    between neighbouring standardised residuals. Intervals use Student's t.

    References
    ----------
    McCullagh, P. and Nelder, J. A. (1989), Generalized Linear Models, 2nd edition, section 4.5.
    NHS England, A&E attendances and emergency admissions: statistical commentary; planning guidance 2023/24 and 2024/25.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> months = pd.period_range("2021-04", periods=60, freq="M")
    >>> n = rng.integers(40_000, 50_000, 60)
    >>> frame = pd.DataFrame({"month": months, "attendances_4_hour_reporting": n,
    ...                       "over_4_hours": rng.binomial(n, rng.normal(0.25, 0.01, 60))})
    >>> four_hour_performance(frame).sentence[:12]
    '74.8% of att'
    """
    levels = check_levels(levels)
    months, within, size = _read(frame, over, reporting, time)
    targets = target_steps(months[0], interim, standard)
    known = ~np.isnan(within)
    share = within / size
    table = pd.DataFrame({"within": within, "attendances": size, "share": share}, index=months)
    for level, z in zip(levels, normal_quantiles(levels).tolist(), strict=True):
        middle = (share + z**2 / (2 * size)) / (1 + z**2 / size)
        half = z * np.sqrt(share * (1 - share) / size + z**2 / (4 * size**2)) / (1 + z**2 / size)
        table[f"lower_{level:g}"], table[f"upper_{level:g}"] = middle - half, middle + half
    goal = pd.Series({month(k): v for k, v in targets.items()})
    table["target"] = goal.reindex(months, method="ffill").to_numpy()
    table["standard"] = standard
    table["meets_target"] = pd.Series(share >= table["target"].to_numpy(), months, "boolean").where(known)
    table["status"] = np.where(known, "reported", "not reported")
    chart = xmr_chart(
        pd.Series(share, index=months),
        improvement_direction="increase",
        target={month(key): value for key, value in targets.items()},
        rebase=rebase,
    )
    latest_months = np.arange(len(months)) >= len(months) - _LATEST
    recent = known & latest_months
    n_known = int(known.sum())
    method = "binomial logistic model with over-dispersion and AR(1) errors"
    reason = ""
    if n_known < _FEWEST:
        reason = f"{n_known} months with four-hour figures are fewer than the {_FEWEST} that a model needs"
    elif recent.sum() < _LATEST // 2:
        reason = f"only {int(recent.sum())} of the latest {_LATEST} months have four-hour figures"
    elif within[known].sum() in (0.0, float(size[known].sum())):
        reason = "every month is wholly on one side, so there is no scatter to judge by"
    level_now = float(within[recent].sum() / size[recent].sum()) if recent.any() else float("nan")
    if np.isnan(level_now):
        reason = reason or f"none of the latest {_LATEST} months has four-hour figures"
    if reason:
        nothing = float("nan")
        return FourHourPerformance(
            Estimate("share within four hours", level_now, nothing, (), n_known, method, "", reason),
            Estimate(
                "yearly change in the share",
                nothing,
                nothing,
                (),
                n_known,
                method,
                "percentage points",
                reason,
            ),
            Estimate("gap to the target", nothing, nothing, (), n_known, method, "percentage points", reason),
            chart,
            p_prime_chart(within, size) if known.sum() >= 3 else None,
            table,
            nothing,
            nothing,
            reason,
        )
    use = np.flatnonzero(known & (np.arange(len(months)) >= len(months) - 60))
    if use.size < _FEWEST:
        use = np.flatnonzero(known)[-60:]
    time = (use - use[-1]) / 12.0
    angle = 2.0 * np.pi * months.month.to_numpy(dtype=float) / 12.0
    x = np.column_stack(
        [
            np.ones(use.size),
            time,
            np.sin(angle)[use],
            np.cos(angle)[use],
            np.sin(2 * angle)[use],
            np.cos(2 * angle)[use],
        ]
    )
    beta, fitted = _logistic(within[use], size[use], x)
    weight = size[use] * fitted * (1.0 - fitted)
    residual = (within[use] - size[use] * fitted) / np.sqrt(weight)
    whitened = x * np.sqrt(weight)[:, None]
    rho = max(fit_ar1(residual, whitened, steps(use.astype(float))).rho, 0.0)
    unit = sandwich_ar1(whitened, rho, use.astype(float), np.zeros(use.size))
    spare = use.size - float(np.trace(whitened.T @ whitened @ unit))
    dispersion = max(1.0, float(np.sum(residual**2)) / max(spare, 1.0))
    covariance = dispersion * unit
    df = max(use.size * (1.0 - rho) / (1.0 + rho) - x.shape[1], 3.0)
    table.loc[months[use], "fitted"] = fitted
    # The latest year's scatter: squared steps between neighbouring months see noise and overlook slow change.
    near = np.diff(residual)[np.diff(use) == 1]
    scatter = max(1.0, float(np.mean(near**2)) / 2.0) if near.size else dispersion
    variance = scatter * level_now * (1.0 - level_now) / float(size[recent].sum())
    slope = float(np.mean(fitted * (1.0 - fitted)))
    latest_error, change_error = float(np.sqrt(variance)), slope * float(np.sqrt(covariance[1, 1]))
    in_force = float(table["target"].iloc[-1])

    def estimate(
        name: str, value: float, error: float, factor: float, unit_name: str, low: float, high: float
    ) -> Estimate:
        between = tuple(
            Interval(i.level, factor * max(i.lower, low), factor * min(i.upper, high))
            for i in limits(value, error, levels, df)
        )
        return Estimate(name, factor * value, factor * error, between, use.size, method, unit_name)

    return FourHourPerformance(
        estimate("share within four hours", level_now, latest_error, 1.0, "", 0.0, 1.0),
        estimate(
            "yearly change in the share",
            slope * float(beta[1]),
            change_error,
            100.0,
            "percentage points",
            -1.0,
            1.0,
        ),
        estimate(
            "gap to the target", level_now - in_force, latest_error, 100.0, "percentage points", -1.0, 1.0
        ),
        chart,
        p_prime_chart(within, size),
        table,
        dispersion,
        rho,
    )


def _logistic(successes: FloatArray, trials: FloatArray, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Fit a binomial logistic regression by iteratively reweighted least squares."""
    mean = float(successes.sum() / trials.sum())
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(mean / (1.0 - mean))
    for _ in range(50):
        p = special.expit(x @ beta)
        weight = np.maximum(trials * p * (1.0 - p), 1e-9)
        step = np.linalg.lstsq(
            x * np.sqrt(weight)[:, None], (successes - trials * p) / np.sqrt(weight), rcond=None
        )[0]
        beta = beta + step
        if np.max(np.abs(step)) < 1e-10:
            break
    return np.asarray(beta), np.clip(special.expit(x @ beta), 1e-9, 1.0 - 1e-9)
