"""Structural trend of a monthly count: level, growth, seasons, working days and dated breaks, told apart."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd
from scipy import stats
from statsmodels.tools.sm_exceptions import ConvergenceWarning
from statsmodels.tsa.statespace.structural import UnobservedComponents

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.estimates import limits
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.series.calendar import days_in_month, working_days
from healthdevo.series.filtered_paths import paths
from healthdevo.series.likelihood import climbed
from healthdevo.series.monthly import gaps, month, monthly_index, monthly_series
from healthdevo.series.prediction import Prediction
from healthdevo.typing import BoolArray, FloatArray
from healthdevo.wording import number, supported

__all__ = [
    "AFTER_PANDEMIC",
    "PANDEMIC",
    "Break",
    "StructuralTrend",
    "degrees_of_freedom",
    "regressors",
    "structural_trend",
]


_PERCENT = 100.0  # logarithms are modelled in hundredths, so that variances are of order one
_FEWEST = 24
_HARMONICS = 4
_SHORTEST_SIDE = 3
_LEAST_STEP = 0.01  # of the noise's variance
_NO_STEP = 1e-6  # of the noise's variance: the search went to zero
_LEAST_DF = 5.0
_SMOOTH = 0.2  # steps below this part of the noise: intervals of growth are wider than their level


@dataclass(frozen=True)
class Break:
    """A dated change that may have shifted the level.

    Parameters
    ----------
    name : str
        Such as ``"new definition"``.
    start : str
        First month of the change.
    end : str, optional
        Last month; without it the shift lasts.
    """

    name: str
    start: str
    end: str | None = None

    def column(self, months: pd.PeriodIndex) -> FloatArray:
        """Return 1 in the months of the change and 0 elsewhere."""
        first = month(self.start, f"break {self.name!r}")
        last = None if self.end is None else month(self.end, f"break {self.name!r}")
        if last is not None and last < first:
            raise InputError(f"break {self.name!r}: ends in {last}, before it starts in {first}")
        inside = months >= first
        return np.asarray(inside if last is None else inside & (months <= last), dtype=float)


PANDEMIC = ("2020-03", "2021-06")
"""Months in which the pandemic kept people away; left out of models, never filled."""

AFTER_PANDEMIC = Break("after the pandemic", "2021-07")
"""A lasting shift of the level between the months before and after the pandemic."""


@dataclass(frozen=True)
class Fit:
    """What a fitted model needs to forecast."""

    series: pd.Series
    logs: FloatArray  # hundredths, NaN where missing or left out
    params: FloatArray
    columns: tuple[str, ...]
    breaks: tuple[Break, ...]
    harmonics: int
    per_day: bool


@dataclass(frozen=True)
class StructuralTrend:
    """The structural trend of a series.

    Parameters
    ----------
    growth : Estimate
        Underlying growth in per cent a year; NaN with a reason where there is none.
    working_day_effect : Estimate
        Change in the logarithm of the value per day when the share of working days rises from 0 to 1.
    breaks : pandas.DataFrame
        For each break ``effect`` in per cent, its limits, ``p_value``, whether it is ``supported`` (its interval leaves
        out zero), and a ``reason`` where it cannot be judged.
    table : pandas.DataFrame
        By month: ``observed``, ``per_day``, ``trend`` (per day, seasons and working days taken out, lasting breaks
        in), its limits, ``seasonal`` (factor), ``status`` (``observed``, ``gap`` or ``left out``).
    level_deviation, irregular_deviation : float
        Standard deviations of the level's monthly steps and of the noise, in per cent.
    gaps : tuple of (str, str)
        First and last month of spells without data.
    n : int
        Months used.
    reason : str
        Why there is no trend, if so.
    """

    growth: Estimate
    working_day_effect: Estimate
    breaks: pd.DataFrame = field(repr=False, compare=False)
    table: pd.DataFrame = field(repr=False, compare=False)
    level_deviation: float
    irregular_deviation: float
    gaps: tuple[tuple[str, str], ...]
    n: int
    reason: str = ""
    _fit: Fit | None = field(default=None, repr=False, compare=False)

    @property
    def supported(self) -> tuple[str, ...]:
        """Names of the breaks that the data support."""
        return tuple(str(name) for name in self.breaks.index[self.breaks["supported"].astype(bool)])

    @property
    def sentence(self) -> str:
        """The trend in one sentence."""
        if self.reason:
            return f"No trend was fitted: {self.reason}."
        i = self.growth.intervals[0]
        smooth = self.level_deviation < _SMOOTH * self.irregular_deviation
        wide = ", on the wide side because the level hardly wanders" if smooth else ""
        return (
            f"Underlying growth is {number(supported(self.growth.estimate, i.lower, i.upper))}% a year "
            f"({100 * i.level:g}% interval {number(supported(i.lower, i.lower, i.upper))}% to {number(supported(i.upper, i.lower, i.upper))}%{wide})."
        )

    def forecast(self, horizon: int = 12) -> Prediction:
        """Forecast the months after the end of the series.

        Parameters
        ----------
        horizon : int, default 12
            Months ahead.

        Returns
        -------
        Prediction
            On the natural scale, by the days of each month.

        Raises
        ------
        InputError
            When no trend was fitted.
        """
        if self._fit is None:
            raise InputError(f"forecast: no trend was fitted: {self.reason}")
        return predict(self._fit, horizon)


def _season_columns(months: pd.PeriodIndex, harmonics: int) -> dict[str, FloatArray]:
    columns = {}
    position = months.month.to_numpy(dtype=float)
    for k in range(1, harmonics + 1):
        angle = 2.0 * np.pi * k * position / 12.0
        if k < 6:
            columns[f"sine {k}"] = np.sin(angle)
        columns[f"cosine {k}"] = np.cos(angle)
    return columns


def regressors(months: pd.PeriodIndex, breaks: Sequence[Break], harmonics: int) -> dict[str, FloatArray]:
    """Return seasons, share of working days and breaks of each month, by name."""
    columns = _season_columns(months, harmonics)
    columns["working days"] = _working_days(months) / days_in_month(months) - 0.69
    for b in breaks:
        columns[f"break {b.name}"] = b.column(months)
    return columns


_WORK: dict[
    int, float
] = {}  # month's ordinal: working days; a series asks for the same months again and again


def _working_days(months: pd.PeriodIndex) -> FloatArray:
    ordinals = months.astype("int64").tolist()
    new = [i for i, ordinal in enumerate(ordinals) if ordinal not in _WORK]
    if new:
        _WORK.update(zip([ordinals[i] for i in new], working_days(months[new]).tolist(), strict=True))
    return np.array([_WORK[ordinal] for ordinal in ordinals])


def _model(logs: FloatArray, x: FloatArray | None) -> UnobservedComponents:
    return UnobservedComponents(logs, level="local linear deterministic trend", exog=x, mle_regression=False)


def _left_out(months: pd.PeriodIndex, spans: Sequence[tuple[str, str]] | tuple[str, str] | None) -> BoolArray:
    result = np.zeros(len(months), dtype=bool)
    if spans is None or len(spans) == 0:
        return result
    pairs = [spans] if isinstance(spans[0], str) else list(spans)
    for pair in pairs:
        if len(pair) != 2:
            raise InputError(f"leave_out: {pair!r} is not a pair of first and last month")
        first, last = month(pair[0], "leave_out"), month(pair[1], "leave_out")
        if last < first:
            raise InputError(f"leave_out: {first} to {last} ends before it starts")
        result |= np.asarray((months >= first) & (months <= last))
    return result


def prepare(
    series: pd.Series,
    breaks: Sequence[Break],
    leave_out: Sequence[tuple[str, str]] | tuple[str, str] | None,
    harmonics: int,
    per_day: bool,
) -> tuple[pd.Series, FloatArray, BoolArray, str]:
    """Return the regular series, its logarithms (NaN where missing or left out), what is left out, and a reason."""
    s = monthly_series(series, "series")
    if (s == 0.0).any():
        raise InputError(
            f"series: is zero in {s.index[(s == 0.0).to_numpy()][0]}; logarithms need positive numbers"
        )
    months = monthly_index(s.index)
    out = _left_out(months, leave_out)
    if not 0 <= harmonics <= 6:
        raise InputError(f"harmonics: {harmonics!r} is not from 0 to 6")
    if len({b.name for b in breaks}) != len(breaks):
        raise InputError("breaks: two have the same name")
    values = s.to_numpy() / (days_in_month(months) if per_day else 1.0)
    logs = _PERCENT * np.log(values)
    logs[out] = np.nan
    known = ~np.isnan(logs)
    reason = ""
    if known.sum() < _FEWEST:
        reason = (
            f"{int(known.sum())} known months are fewer than the {_FEWEST} that a trend with seasons needs"
        )
    elif np.ptp(logs[known]) < 1e-6:
        reason = "the series never changes, so there is nothing to tell growth from"
    elif len(set(months.month[known])) < 12:
        reason = "some months of the year were never seen, so seasons cannot be told"
    return s, logs, out, reason


def _usable_breaks(
    breaks: Sequence[Break], months: pd.PeriodIndex, known: BoolArray
) -> tuple[tuple[Break, ...], dict[str, str]]:
    """Return the breaks that the known months can tell, and a reason for each other one."""
    usable, reasons = [], {}
    base = np.column_stack([np.ones(int(known.sum())), np.flatnonzero(known).astype(float)])
    for b in breaks:
        column = b.column(months)[known]
        if column.sum() < _SHORTEST_SIDE or (1.0 - column).sum() < _SHORTEST_SIDE:
            reasons[b.name] = f"fewer than {_SHORTEST_SIDE} known months on one side"
            continue
        wider = np.column_stack([base, column])
        if np.linalg.matrix_rank(wider) < wider.shape[1]:
            reasons[b.name] = "cannot be told apart from another break"
            continue
        base = wider
        usable.append(b)
    return tuple(usable), reasons


def estimate_variances(
    logs: FloatArray, columns: dict[str, FloatArray], start: FloatArray | None = None
) -> FloatArray:
    """Return the variances of noise and level steps, by maximum likelihood."""
    x = np.column_stack(list(columns.values())) if columns else None
    model = _model(logs, x)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)
        with np.errstate(all="ignore"):
            result = model.fit(
                start_params=start, disp=0, method="lbfgs", maxiter=100, cov_type="none", low_memory=True
            )
    noise, step = _at_the_maximum(model, np.asarray(result.params, dtype=float))
    return np.array([noise, max(step, _LEAST_STEP * noise)])


def _at_the_maximum(model: UnobservedComponents, params: FloatArray) -> FloatArray:
    """Go on from where a search stopped to the maximum of the likelihood, in the variances that are not zero."""
    there = params > _NO_STEP * params[0]
    start = np.where(there, params, 0.0)

    def at(logs: FloatArray) -> FloatArray:
        values = start.copy()
        values[there] = np.exp(logs)
        return values

    def slope(logs: FloatArray) -> FloatArray:
        values = at(logs)
        found: FloatArray = np.asarray(model.score(values, approx_complex_step=True), dtype=float)
        return np.asarray((found * values)[there])

    with np.errstate(all="ignore"):
        top = climbed(slope, np.log(start[there]))
    return params if top is None else at(top)


def degrees_of_freedom(known: BoolArray, x: FloatArray, params: FloatArray) -> FloatArray:
    """Return the degrees of freedom of the drift and of each column's coefficient, by Satterthwaite's formula.

    The known months are a line, the columns, and errors with covariance ``noise I + step L``, ``L`` that of a random walk; so the
    variance of a coefficient is as uncertain as the restricted likelihood leaves both variances.
    """
    time = np.flatnonzero(known).astype(float)
    design = np.column_stack([np.ones(time.size), time, x[known]])
    walk = np.minimum.outer(time, time)
    inverse = np.linalg.inv(params[0] * np.eye(time.size) + params[1] * walk)
    weighted = inverse @ design
    covariance = np.linalg.inv(design.T @ weighted)
    rows = covariance @ weighted.T
    projected = inverse - weighted @ rows
    moved = projected @ walk
    information = 0.5 * np.array(
        [
            [np.sum(projected * projected), np.sum(projected * moved.T)],
            [np.sum(projected * moved.T), np.sum(moved * moved.T)],
        ]
    )
    gradient = np.column_stack([np.sum(rows * rows, axis=1), np.einsum("kt,ts,ks->k", rows, walk, rows)])
    uncertainty = np.einsum("ka,ab,kb->k", gradient, np.linalg.inv(information), gradient)
    spare = float(time.size - design.shape[1])
    least = min(_LEAST_DF, spare)
    return np.asarray(np.clip(2.0 * np.diag(covariance) ** 2 / uncertainty, least, spare)[1:])


def predict(fit: Fit, horizon: int) -> Prediction:
    """Forecast from a fit."""
    if horizon < 1:
        raise InputError(f"horizon: {horizon!r} is not valid; give at least 1 month")
    months = monthly_index(fit.series.index)
    ahead = pd.period_range(months[-1] + 1, periods=horizon, freq="M")
    every = pd.PeriodIndex(months.append(ahead), freq="M")
    columns = regressors(every, fit.breaks, fit.harmonics)
    x = np.column_stack([columns[name] for name in fit.columns])
    n = len(months)
    with np.errstate(all="ignore"):
        result = _model(fit.logs, x[:n]).filter(fit.params, cov_type="none")
        ahead_of = result.get_forecast(horizon, exog=x[n:])
    return Prediction(
        "structural trend",
        ahead,
        np.asarray(ahead_of.predicted_mean) / _PERCENT,
        np.asarray(ahead_of.se_mean) / _PERCENT,
        True,
        days_in_month(ahead) if fit.per_day else None,
    )


def predict_from(fit: Fit, ends: Sequence[int], horizon: int) -> dict[int, Prediction]:
    """Forecast from several ends of a fit's series, with its variances and columns; what comes after an end is not used.

    The same as ``predict`` of the series up to each end, by one pass of the filter.
    """
    months = monthly_index(fit.series.index)
    last = max(ends) + horizon
    every = pd.period_range(months[0], periods=last, freq="M")
    columns = regressors(every, fit.breaks, fit.harmonics)
    x = np.column_stack([columns[name] for name in fit.columns])
    logs = np.concatenate([fit.logs[: max(ends)], np.full(horizon, np.nan)])
    found = paths(_model(logs, x), fit.params, ends, horizon)
    if found is None:
        return {
            end: predict(replace(fit, series=fit.series.iloc[:end], logs=fit.logs[:end]), horizon)
            for end in ends
        }
    result = {}
    for end, mean, spread in zip(ends, *found, strict=True):
        ahead = every[end : end + horizon]
        days = days_in_month(ahead) if fit.per_day else None
        result[end] = Prediction("structural trend", ahead, mean / _PERCENT, spread / _PERCENT, True, days)
    return result


def quick_fit(
    series: pd.Series,
    logs: FloatArray,
    breaks: Sequence[Break],
    harmonics: int,
    per_day: bool,
    params: FloatArray | None = None,
    start: FloatArray | None = None,
) -> Fit:
    """Fit variances only (or take those given), which is all that forecasts need."""
    months = monthly_index(series.index)
    usable, _ = _usable_breaks(breaks, months, ~np.isnan(logs))
    columns = regressors(months, usable, harmonics)
    if params is None:
        params = estimate_variances(logs, columns, start)
    return Fit(series, logs, params, tuple(columns), usable, harmonics, per_day)


@front_door
def structural_trend(
    series: pd.Series,
    *,
    breaks: Sequence[Break] = (),
    leave_out: Sequence[tuple[str, str]] | tuple[str, str] | None = PANDEMIC,
    harmonics: int = _HARMONICS,
    per_day: bool = True,
    levels: float | Sequence[float] = 0.95,
) -> StructuralTrend:
    r"""Fit the structural trend of a monthly count.

    Estimand: the growth that would carry on if the level stopped wandering, and each break's shift of the level.

    Parameters
    ----------
    series : pandas.Series
        Positive monthly numbers, indexed by month in any order; gaps stay gaps.
    breaks : sequence of Break
        Dated changes to be judged, such as ``AFTER_PANDEMIC``.
    leave_out : pair of months, or sequence of pairs, optional
        Spells treated as missing; by default those of the pandemic.
    harmonics : int, default 4
        Pairs of harmonics of the fixed seasons.
    per_day : bool, default True
        Whether to model the value per day.
    levels : float or sequence of float
        Levels of the intervals.

    Returns
    -------
    StructuralTrend
        With a reason instead of numbers when fewer than 24 months are known, some calendar month never was, or the
        series never changes.

    Raises
    ------
    InputError
        When months repeat, a value is zero or negative, or an option is out of range.

    Notes
    -----
    With :math:`y_t` the logarithm per day: :math:`y_t = \mu_t + s_t + \beta w_t + \sum_j \delta_j b_{jt} + \epsilon_t`,
    :math:`\mu_t = \mu_{t-1} + g + \eta_t`. Seasons :math:`s_t` are fixed harmonics, :math:`w_t` the share of working
    days, :math:`b_{jt}` the breaks. Both variances are by maximum likelihood, everything else by the exact diffuse
    Kalman smoother, so missing months need no filling. The level's steps have at least a tenth of the noise's standard
    deviation: in short series the likelihood often puts them at zero, and intervals would be too narrow. Intervals of
    growth, working days and breaks use Student's t with Satterthwaite's degrees of freedom, at least 5, which admit that
    both variances are estimated; those of the trend a degree of freedom for each known month less the coefficients.
    Simulated, 95% intervals of growth hold .94 to .97 where the level's monthly steps have a fifth of the noise's standard
    deviation or more, as those of nearly all A&E series do; where it wanders less they are wider than they need be (up to
    1.00), and the sentence says so. A break and the level's own wandering compete: a break
    that is not supported may still have happened.

    References
    ----------
    Harvey, A. C. (1989), Forecasting, Structural Time Series Models and the Kalman Filter, Cambridge University Press.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> months = pd.period_range("2010-04", periods=96, freq="M")
    >>> logs = np.log(1000) + 0.03 / 12 * np.arange(96) - 0.1 * (np.arange(96) >= 60) + rng.normal(0, 0.01, 96)
    >>> s = pd.Series(np.exp(logs) * months.days_in_month, index=months)
    >>> trend = structural_trend(s, breaks=[Break("moved away", "2015-04")])
    >>> 3.0 in trend.growth.interval(), trend.supported
    (True, ('moved away',))
    """
    levels = check_levels(levels)
    s, logs, out, reason = prepare(series, breaks, leave_out, harmonics, per_day)
    months = monthly_index(s.index)
    spells = tuple((str(a), str(b)) for a, b in gaps(s))
    known = ~np.isnan(logs)
    n = int(known.sum())
    status = np.where(s.isna(), "gap", np.where(out, "left out", "observed"))
    table = pd.DataFrame(
        {"observed": s.to_numpy(), "per_day": s.to_numpy() / days_in_month(months)}, index=months
    )
    method = "unobserved components: random walk with drift, fixed harmonics, noise"
    usable, reasons = _usable_breaks(breaks, months, known)
    columns = regressors(months, usable, harmonics)
    if not reason and n <= len(columns) + 4:
        reason = f"{n} known months are too few for {len(columns)} seasons, working days and breaks"
    if reason:
        empty = Estimate("growth", float("nan"), float("nan"), (), n, method, "% a year", reason)
        work = Estimate("working-day effect", float("nan"), float("nan"), (), n, method, "", reason)
        return StructuralTrend(
            empty,
            work,
            _break_table(breaks, {}, {b.name: reason for b in breaks}, levels, {}),
            table.assign(status=status),
            float("nan"),
            float("nan"),
            spells,
            n,
            reason,
        )
    params = estimate_variances(logs, columns)
    x = np.column_stack(list(columns.values()))
    with np.errstate(all="ignore"):
        result = _model(logs, x).smooth(params)
    state = result.smoothed_state
    covariance = result.smoothed_state_cov
    # States: level, drift, then the coefficients in the order of the columns.
    last = state.shape[1] - 1
    df = float(n - len(columns) - 2)
    freedom = dict(zip(["growth", *columns], degrees_of_freedom(known, x, params).tolist(), strict=True))
    names = list(columns)
    effects = {
        name: (
            float(state[2 + i, last]) / _PERCENT,
            float(np.sqrt(max(covariance[2 + i, 2 + i, last], 0.0))) / _PERCENT,
        )
        for i, name in enumerate(names)
    }
    drift, drift_error = (
        float(state[1, last]) / _PERCENT,
        float(np.sqrt(max(covariance[1, 1, last], 0.0))) / _PERCENT,
    )
    quantiles = [float(stats.t.isf((1.0 - level) / 2.0, df)) for level in levels]

    def yearly(slope: float) -> float:
        return 100.0 * float(np.expm1(12.0 * slope))

    growth = Estimate(
        "growth",
        yearly(drift),
        1200.0 * drift_error * float(np.exp(12.0 * drift)),
        tuple(
            Interval(i.level, yearly(i.lower), yearly(i.upper))
            for i in limits(drift, drift_error, levels, freedom["growth"])
        ),
        n,
        method,
        "% a year",
    )
    beta, beta_error = effects["working days"]
    work = Estimate(
        "working-day effect",
        beta,
        beta_error,
        limits(beta, beta_error, levels, freedom["working days"]),
        n,
        method,
    )
    seasonal = sum(
        (state[2 + i] * x[:, i] for i, name in enumerate(names) if name.startswith(("sine", "cosine"))),
        np.zeros(len(s)),
    )
    loading = np.zeros((len(s), state.shape[0]))
    loading[:, 0] = 1.0
    for i, name in enumerate(names):
        if any(name == f"break {b.name}" and b.end is None for b in usable):
            loading[:, 2 + i] = x[:, i]
    level = np.einsum("tk,kt->t", loading, state) / _PERCENT
    error = np.sqrt(np.maximum(np.einsum("tk,klt,tl->t", loading, covariance, loading), 0.0)) / _PERCENT
    table["trend"] = np.exp(level)
    for lv, q in zip(levels, quantiles, strict=True):
        table[f"trend_lower_{lv:g}"] = np.exp(level - q * error)
        table[f"trend_upper_{lv:g}"] = np.exp(level + q * error)
    table["seasonal"] = np.exp(seasonal / _PERCENT)
    table["status"] = status
    return StructuralTrend(
        growth,
        work,
        _break_table(breaks, effects, reasons, levels, freedom),
        table,
        float(np.sqrt(params[1])),
        float(np.sqrt(params[0])),
        spells,
        n,
        "",
        Fit(s, logs, params, tuple(names), usable, harmonics, per_day),
    )


def _break_table(
    breaks: Sequence[Break],
    effects: dict[str, tuple[float, float]],
    reasons: dict[str, str],
    levels: tuple[float, ...],
    freedom: dict[str, float],
) -> pd.DataFrame:
    rows = []
    for b in breaks:
        df = freedom.get(f"break {b.name}", 1.0)
        effect, error = effects.get(f"break {b.name}", (float("nan"), float("nan")))
        row: dict[str, object] = {"start": b.start, "end": b.end or "", "effect": 100.0 * np.expm1(effect)}
        row["p_value"] = 2.0 * float(stats.t.sf(abs(effect) / error, df)) if error > 0.0 else float("nan")
        between = limits(effect, error, levels, df)
        for i in between:
            row[f"lower_{i.level:g}"] = 100.0 * np.expm1(i.lower)
            row[f"upper_{i.level:g}"] = 100.0 * np.expm1(i.upper)
        row["supported"] = bool(error > 0.0 and between[0].excludes_zero)
        row["reason"] = reasons.get(b.name, "")
        rows.append(row)
    wanted = ["start", "end", "effect", "p_value", "supported", "reason"]
    wanted += [f"{side}_{level:g}" for level in levels for side in ("lower", "upper")]
    return pd.DataFrame(rows, columns=wanted, index=pd.Index([b.name for b in breaks], name="break"))
