"""Interrupted time series: what changed when something happened, with and without comparison areas.

The series is described by a level, a trend and seasons; the interruption may shift the level and bend the trend. What
would have happened without it is the same line carried on. Three standard errors stand side by side: the model's own,
one consistent for any autocorrelation (Newey-West), and one for errors whose neighbours are correlated (AR(1)), which
holds its level best in series of a few years and is the one that intervals use by default.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

from healthdevo.errors import InputError
from healthdevo.results import Estimate, Interval, check_levels, one_level
from healthdevo.series.ar1_errors import fit_ar1, newey_west, sandwich_ar1, steps
from healthdevo.series.monthly import month, monthly_index
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number, percentage

__all__ = ["InterruptedSeries", "controlled_interrupted_series", "interrupted_series", "placebo_dates"]

Model = Literal["quasi-poisson", "poisson", "negative-binomial", "ols", "gls-ar1"]
Errors = Literal["ar1", "model", "hac"]
Seasons = int | Literal["months"]

_COUNTS = ("quasi-poisson", "poisson", "negative-binomial")
_MODELS = (*_COUNTS, "ols", "gls-ar1")
_MOST_ITERATIONS = 100


@dataclass(frozen=True)
class InterruptedSeries:
    """An interrupted time series.

    Parameters
    ----------
    level_change : Estimate
        Change in level at the interruption, on the scale of the model (logarithm for counts).
    slope_change : Estimate
        Change in slope per period.
    cumulative : Estimate
        Observed course (fitted) less counterfactual, summed over the time since the interruption, in the outcome's unit.
    coefficients : pandas.DataFrame
        For each term ``estimate``, ``standard_error`` (the one that intervals use), ``model_error``, ``hac_error``,
        ``ar1_error``, ``p_value``, and limits by level.
    path : pandas.DataFrame
        By time: ``observed``, ``fitted``, ``counterfactual`` with its limits, ``effect`` and ``cumulative`` with
        theirs (NaN before the interruption).
    model, errors : str
        Model, and which standard errors the intervals use.
    dispersion : float
        Pearson chi-square per degree of freedom (counts), or residual variance.
    autocorrelation : float
        Of neighbouring residuals, by restricted likelihood.
    degrees_of_freedom : int
        Observations less coefficients.
    loglikelihood : float
        Of the model; NaN for quasi-likelihood.
    warnings : tuple of str
        What a reader should know.
    """

    level_change: Estimate
    slope_change: Estimate
    cumulative: Estimate
    coefficients: pd.DataFrame = field(repr=False, compare=False)
    path: pd.DataFrame = field(repr=False, compare=False)
    model: str
    errors: str
    dispersion: float
    autocorrelation: float
    degrees_of_freedom: int
    loglikelihood: float
    warnings: tuple[str, ...] = ()

    @property
    def rate_ratio(self) -> Estimate:
        """The change in level as a ratio of rates, for counts; the standard error is by the delta method."""
        change = self.level_change
        if self.model not in _COUNTS:
            raise InputError(
                f"rate_ratio: a {self.model} model has no rates; exponentiate it yourself if it is on logs"
            )

        def back(value: float) -> float:
            with np.errstate(over="ignore"):
                return float(np.exp(value))

        ratio = back(change.estimate)
        return Estimate(
            "rate ratio at the interruption",
            ratio,
            ratio * change.standard_error,
            tuple(Interval(i.level, back(i.lower), back(i.upper)) for i in change.intervals),
            change.n,
            change.method,
            reason=change.reason,
        )

    @property
    def sentence(self) -> str:
        """The finding in one sentence."""
        if self.model in _COUNTS and self.level_change.intervals:
            ratio = self.rate_ratio
            i = ratio.intervals[0]
            way = "rose" if ratio.estimate > 1.0 else "fell"
            return (
                f"The rate {way} by {percentage(abs(ratio.estimate - 1.0))} at the interruption "
                f"({100 * i.level:g}% interval {percentage(i.lower - 1.0)} to {percentage(i.upper - 1.0)})."
            )
        change = self.level_change
        if not change.intervals:
            return change.sentence
        i = change.intervals[0]
        return (
            f"The level changed by {number(change.estimate)} at the interruption "
            f"({100 * i.level:g}% interval {number(i.lower)} to {number(i.upper)})."
        )


@dataclass(frozen=True)
class _Data:
    """A checked series: only times with a value, sorted."""

    index: pd.Index
    y: FloatArray
    time: FloatArray  # periods since the first
    since: FloatArray  # periods since the interruption
    cycle: FloatArray  # position in the yearly cycle
    period: int
    offset: FloatArray


def _read_series(
    outcome: pd.Series,
    interruption: object,
    exposure: pd.Series | None,
    period: int,
    *,
    counts: bool,
) -> _Data:
    if not isinstance(outcome, pd.Series):
        raise InputError(
            "outcome: give a pandas.Series indexed by month, or by a whole number such as the year"
        )
    if pd.api.types.is_integer_dtype(outcome.index):
        index: pd.Index = outcome.index
        if index.has_duplicates:
            raise InputError(f"outcome: {index[index.duplicated()][0]} appears more than once")
        if not isinstance(interruption, (int, np.integer)):
            raise InputError(f"interruption: {interruption!r} is not a whole number like the index")
        clock = index.to_numpy(dtype=float)
        cycle, when = clock, float(interruption)
    else:
        months = monthly_index(outcome.index, "outcome")
        index = months
        clock = months.year.to_numpy() * 12.0 + months.month.to_numpy() - 1.0
        first = month(interruption, "interruption")
        cycle, when = months.month.to_numpy(dtype=float), first.year * 12.0 + first.month - 1.0
        period = 12
    try:
        y = outcome.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise InputError("outcome: holds values that are not numbers") from error
    if np.isinf(y).any() or (counts and (y < 0.0).any()):
        raise InputError("outcome: values must be finite" + (" and at least 0" if counts else ""))
    offset = np.zeros(y.size)
    if exposure is not None:
        other = pd.Series(exposure.to_numpy(dtype=float), index=_like(exposure.index, index))
        if other.index.has_duplicates:
            raise InputError("exposure: gives a time more than once")
        aligned = other.reindex(index).to_numpy(dtype=float)
        wrong = ~np.isnan(y) & ~(aligned > 0.0)
        if wrong.any():
            raise InputError(f"exposure: has no number above 0 for {index[wrong][0]}")
        offset = np.log(np.where(aligned > 0.0, aligned, 1.0))
    order = np.argsort(clock, kind="stable")
    order = order[~np.isnan(y[order])]
    if order.size == 0:
        raise InputError("outcome: has no value")
    clock = clock[order]
    if not (clock < when).any() or not (clock >= when).any():
        raise InputError(
            f"interruption: {interruption!r} must have values before it and from it on; the series runs from "
            f"{index[order[0]]} to {index[order[-1]]}"
        )
    return _Data(index[order], y[order], clock - clock[0], clock - when, cycle[order], period, offset[order])


def _like(index: pd.Index, model: pd.Index) -> pd.Index:
    return monthly_index(index, "exposure") if isinstance(model, pd.PeriodIndex) else index


def _season_columns(data: _Data, seasons: Seasons) -> dict[str, FloatArray]:
    columns: dict[str, FloatArray] = {}
    if seasons == "months":
        position = (data.cycle.astype(int) - 1) % data.period + 1
        for number_of in sorted(set(position))[1:]:
            columns[f"month {number_of}"] = (position == number_of).astype(float)
        return columns
    if not isinstance(seasons, (int, np.integer)) or not 0 <= seasons <= data.period // 2:
        raise InputError(
            f"seasons: {seasons!r} is not 'months' or a number of harmonics from 0 to {data.period // 2}"
        )
    for k in range(1, int(seasons) + 1):
        angle = 2.0 * np.pi * k * data.cycle / data.period
        columns[f"sine {k}"] = np.sin(angle)
        if 2 * k < data.period:
            columns[f"cosine {k}"] = np.cos(angle)
    return columns


def _checked_design(columns: Mapping[str, FloatArray], n: int) -> pd.DataFrame:
    design = pd.DataFrame(columns)
    if n <= design.shape[1]:
        raise InputError(
            f"outcome: {n} values for {design.shape[1]} coefficients; give a longer series, fewer seasons or covariates"
        )
    x = design.to_numpy()
    scale = np.abs(x).max(axis=0)
    if (scale == 0.0).any() or np.linalg.matrix_rank(x / np.where(scale == 0.0, 1.0, scale)) < x.shape[1]:
        raise InputError(
            f"outcome: the {x.shape[1]} terms ({', '.join(design.columns)}) cannot be told apart in these months; "
            "drop the slope change, seasons or covariates"
        )
    return design


def _glm(
    y: FloatArray, x: FloatArray, offset: FloatArray, model: Model
) -> tuple[FloatArray, FloatArray, float, float]:
    """Return coefficients, means, working dispersion parameter (alpha) and log likelihood of a count model."""
    if y.sum() == 0.0:
        raise InputError("outcome: all counts are 0, so there is no rate to model")

    def fit(alpha: float, start: FloatArray | None) -> tuple[FloatArray, FloatArray, float]:
        family = sm.families.NegativeBinomial(alpha=alpha) if alpha > 0.0 else sm.families.Poisson()
        with warnings.catch_warnings():
            warnings.simplefilter("error", ConvergenceWarning)
            warnings.simplefilter("ignore", PerfectSeparationWarning)  # a perfect fit is fine for counts
            try:
                result = sm.GLM(y, x, family=family, offset=offset).fit(
                    start_params=start, maxiter=200, tol=1e-13, tol_criterion="deviance"
                )
            except (ConvergenceWarning, np.linalg.LinAlgError, ValueError) as error:
                raise InputError(
                    "outcome: the count model does not converge; too many zeros for these terms"
                ) from error
        return np.asarray(result.params), np.asarray(result.mu), float(result.llf)

    beta, mu, loglikelihood = fit(0.0, None)
    alpha = 0.0
    if model == "negative-binomial":
        for _ in range(_MOST_ITERATIONS):
            previous = alpha
            alpha = _dispersion_of(y, mu)
            if alpha == 0.0:
                break
            beta, mu, loglikelihood = fit(alpha, beta)
            if abs(alpha - previous) <= 1e-12 * alpha:
                break
    return beta, mu, alpha, loglikelihood


def _dispersion_of(y: FloatArray, mu: FloatArray) -> float:
    """Return the negative binomial's alpha by maximum likelihood given the means, 0 where Poisson fits as well."""

    def loss(log_alpha: float) -> float:
        r = np.exp(-log_alpha)
        return -float(np.sum(stats.nbinom.logpmf(y, r, r / (r + mu))))

    grid = np.linspace(-18.0, 3.0, 43)
    best = int(np.argmin([loss(g) for g in grid]))
    if best == 0:
        return 0.0
    found = optimize.minimize_scalar(
        loss, bounds=(grid[best - 1], grid[min(best + 1, 42)]), method="bounded", options={"xatol": 1e-10}
    )
    return float(np.exp(found.x))


def _inverse(matrix: FloatArray) -> FloatArray:
    return np.asarray(np.linalg.inv(matrix), dtype=np.float64)


@dataclass(frozen=True)
class _Fit:
    """Coefficients with their covariances and what is needed for means and their gradients."""

    beta: FloatArray
    covariance: FloatArray
    model_error: FloatArray
    hac_error: FloatArray
    ar1_error: FloatArray
    dispersion: float
    rho: float
    loglikelihood: float
    mu: FloatArray
    quantile_df: float
    test_df: float
    n: int


def _fit(
    y: FloatArray,
    x: FloatArray,
    offset: FloatArray,
    times: FloatArray,
    groups: IntArray,
    model: Model,
    errors: Errors,
    hac_lags: int | None,
    restricted: bool,
) -> _Fit:
    n, k = x.shape
    lags = int(np.floor(4.0 * (n / 100.0) ** (2.0 / 9.0))) if hac_lags is None else int(hac_lags)
    step = steps(times, groups)
    correction = n / (n - k)
    if model in _COUNTS:
        beta, mu, alpha, loglikelihood = _glm(y, x, offset, model)
        variance = mu * (1.0 + alpha * mu)
        weight = mu**2 / variance
        bread = _inverse(x.T @ (x * weight[:, None]))
        pearson = float(np.sum((y - mu) ** 2 / variance) / (n - k))
        dispersion = pearson if model == "quasi-poisson" else 1.0
        model_cov = dispersion * bread
        hac_cov = correction * newey_west(
            x * ((y - mu) * mu / variance)[:, None], bread, lags, times, groups.astype(float)
        )
        whitened, residual = x * np.sqrt(weight)[:, None], (y - mu) / np.sqrt(variance)
        if model == "quasi-poisson":
            loglikelihood = float("nan")
    else:
        gls = fit_ar1(y, x, step, restricted=restricted)
        if model == "gls-ar1":
            beta, model_cov = gls.coefficients, gls.covariance
            dispersion, loglikelihood = gls.sigma**2, gls.loglikelihood
        else:
            beta = np.asarray(np.linalg.lstsq(x, y, rcond=None)[0], dtype=np.float64)
            rss = float(np.sum((y - x @ beta) ** 2))
            dispersion = rss / (n - k)
            model_cov = dispersion * _inverse(x.T @ x)
            loglikelihood = -0.5 * n * (np.log(2.0 * np.pi * max(rss, 1e-300) / n) + 1.0)
        mu = x @ beta
        bread = _inverse(x.T @ x)
        hac_cov = correction * newey_west(x * (y - mu)[:, None], bread, lags, times, groups.astype(float))
        whitened, residual = x, y - mu
    scale2 = float(np.sum(residual**2))
    if scale2 <= 1e-20 * max(1.0, float(np.sum(y**2))):
        rho, ar1_cov = 0.0, model_cov
    else:
        working = fit_ar1(residual, whitened, step, restricted=restricted if model == "gls-ar1" else True)
        rho = working.rho
        if model == "gls-ar1":
            ar1_cov = model_cov
        else:
            # Residual variance, corrected for what the coefficients absorb of autocorrelated errors. Alternating errors
            # would narrow the interval, but chance alone makes them look so in short series: none are taken instead.
            least = sandwich_ar1(whitened, max(rho, 0.0), times, groups.astype(float))
            spare = n - float(np.trace(whitened.T @ whitened @ least))
            floor = 1.0 if model in ("poisson", "negative-binomial") else 0.0
            ar1_cov = max(scale2 / max(spare, 1.0), floor) * least
    covariance = {"ar1": ar1_cov, "model": model_cov, "hac": hac_cov}[errors]
    # Autocorrelated points carry the information of fewer independent ones.
    effective = (
        n * (1.0 - max(rho, 0.0)) / (1.0 + max(rho, 0.0)) if errors == "ar1" or model == "gls-ar1" else n
    )
    quantile_df = max(effective - k, 3.0)
    if model in _COUNTS and errors != "ar1":
        quantile_df = np.inf
    return _Fit(
        beta,
        covariance,
        np.sqrt(np.maximum(np.diag(model_cov), 0.0)),
        np.sqrt(np.maximum(np.diag(hac_cov), 0.0)),
        np.sqrt(np.maximum(np.diag(ar1_cov), 0.0)),
        dispersion,
        rho,
        loglikelihood,
        mu,
        quantile_df,
        float(n - k) if model == "quasi-poisson" and errors != "ar1" else quantile_df,
        n,
    )


def _check_choices(model: str, errors: str, hac_lags: int | None) -> None:
    if model not in _MODELS:
        raise InputError(f"model: {model!r} is not one of {', '.join(_MODELS)}")
    if errors not in ("ar1", "model", "hac"):
        raise InputError(f"errors: {errors!r} is not 'ar1', 'model' or 'hac'")
    if hac_lags is not None and hac_lags < 0:
        raise InputError(f"hac_lags: {hac_lags!r} is not valid; give a whole number of at least 0")


def _coefficient_table(fit: _Fit, names: Sequence[str], levels: tuple[float, ...]) -> pd.DataFrame:
    error = np.sqrt(np.maximum(np.diag(fit.covariance), 0.0))
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.abs(fit.beta / error)
    table = pd.DataFrame(
        {
            "estimate": fit.beta,
            "standard_error": error,
            "model_error": fit.model_error,
            "hac_error": fit.hac_error,
            "ar1_error": fit.ar1_error,
            "p_value": 2.0 * stats.t.sf(t, fit.test_df),
        },
        index=pd.Index(names, name="term"),
    )
    for level in levels:
        q = float(stats.t.isf((1.0 - level) / 2.0, fit.quantile_df))
        table[f"lower_{level:g}"] = fit.beta - q * error
        table[f"upper_{level:g}"] = fit.beta + q * error
    return table


def _estimate(
    table: pd.DataFrame, term: str, measure: str, levels: tuple[float, ...], n: int, method: str
) -> Estimate:
    if term not in table.index:
        return Estimate(measure, float("nan"), float("nan"), (), n, method, reason="the term was left out")
    row: dict[str, float] = dict(zip(table.columns, table.loc[term].to_numpy(dtype=float), strict=True))
    return Estimate(
        measure,
        float(row["estimate"]),
        float(row["standard_error"]),
        tuple(
            Interval(level, float(row[f"lower_{level:g}"]), float(row[f"upper_{level:g}"]))
            for level in levels
        ),
        n,
        method,
    )


def interrupted_series(
    outcome: pd.Series,
    interruption: object,
    *,
    model: Model = "quasi-poisson",
    exposure: pd.Series | None = None,
    seasons: Seasons = 2,
    slope_change: bool = True,
    slope_origin: int = 0,
    covariates: pd.DataFrame | None = None,
    errors: Errors = "ar1",
    hac_lags: int | None = None,
    restricted: bool = True,
    period: int = 12,
    levels: float | Sequence[float] = 0.95,
) -> InterruptedSeries:
    r"""Fit an interrupted time series.

    Estimand: the change in level (at the first interrupted period) and in slope, against the line carried on.

    Parameters
    ----------
    outcome : pandas.Series
        Counts (or any numbers, for ``ols`` and ``gls-ar1``), indexed by month in any order; gaps are allowed and stay
        gaps. Years, or other whole numbers, may stand instead of months.
    interruption : object
        First interrupted month (or year).
    model : {"quasi-poisson", "poisson", "negative-binomial", "ols", "gls-ar1"}
        Counts with log link, or linear; take logarithms first for a multiplicative linear model.
    exposure : pandas.Series, optional
        People (or days) at risk in each period; its logarithm is the offset of a count model.
    seasons : int or "months", default 2
        Pairs of harmonics of the year, 0 for none, or an effect for each month.
    slope_change : bool, default True
        Whether the slope may change.
    slope_origin : {0, 1}
        Value of the slope term in the first interrupted period. With 0 the level change is that of this first period.
    covariates : pandas.DataFrame, optional
        Further columns, indexed like the outcome.
    errors : {"ar1", "model", "hac"}
        Standard errors that intervals use: for AR(1) errors, the model's own, or Newey-West.
    hac_lags : int, optional
        Lags of Newey-West; by default ``4 (n / 100)**(2/9)``, rounded down.
    restricted : bool, default True
        Restricted likelihood for the autocorrelation of ``gls-ar1``.
    period : int, default 12
        Periods a year, where the index holds numbers.
    levels : float or sequence of float
        Levels of the intervals.

    Returns
    -------
    InterruptedSeries

    Raises
    ------
    InputError
        When the index repeats, the interruption lies outside, the terms cannot be told apart in the months given, or
        counts are negative or all zero.

    Notes
    -----
    :math:`\log E[y_t] = \log e_t + \alpha + \beta t + \gamma D_t + \delta D_t (t - t_0) + \text{seasons}`, with variance
    :math:`\phi \mu_t`; linear models drop the logarithm. The AR(1) standard errors take residuals scaled by their
    standard deviation to have correlation :math:`\rho^d` at distance :math:`d`; :math:`\rho` maximises the restricted
    likelihood. Negative autocorrelation never narrows an interval. Newey-West carries the factor :math:`n / (n - k)`.
    Intervals use Student's t with :math:`n (1 - \rho) / (1 + \rho) - k` degrees of freedom, at least 3, where errors
    are AR(1); for other errors the normal distribution (counts; p-values of the quasi-Poisson model use t) or t with
    :math:`n - k`. Limits of the counterfactual and of cumulative effects are by the delta
    method and take the model as true: another event at the same time, or a change in what is counted, would be taken
    for the effect.

    References
    ----------
    Bernal, J. L., Cummins, S. and Gasparrini, A. (2017), Interrupted time series regression for the evaluation of public
    health interventions, International Journal of Epidemiology 46.
    Linden, A. (2015), Conducting interrupted time-series analysis, Stata Journal 15.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> months = pd.period_range("2015-01", periods=72, freq="M")
    >>> after = np.arange(72) >= 40
    >>> y = pd.Series(rng.poisson(1000 * np.exp(0.002 * np.arange(72) - 0.1 * after)), index=months)
    >>> result = interrupted_series(y, "2018-05")
    >>> -0.1 in result.level_change.interval()
    True
    """
    _check_choices(model, errors, hac_lags)
    levels = check_levels(levels)
    if slope_origin not in (0, 1):
        raise InputError(f"slope_origin: {slope_origin!r} is not 0 or 1")
    if exposure is not None and model not in _COUNTS:
        raise InputError(f"exposure: a {model} model has no offset; divide first, or take logarithms")
    data = _read_series(outcome, interruption, exposure, period, counts=model in _COUNTS)
    after = (data.since >= 0.0).astype(float)
    columns: dict[str, FloatArray] = {
        "intercept": np.ones(data.y.size),
        "time": data.time,
        "level change": after,
    }
    if slope_change:
        columns["slope change"] = after * (data.since + slope_origin)
    columns |= _season_columns(data, seasons)
    if covariates is not None:
        aligned = covariates.set_axis(_like(covariates.index, data.index), axis=0).reindex(data.index)
        for name in aligned:
            values = aligned[name].to_numpy(dtype=float)
            if not np.isfinite(values).all():
                raise InputError(
                    f"covariates: {name!r} has no value for {data.index[~np.isfinite(values)][0]}"
                )
            columns[str(name)] = values
    design = _checked_design(columns, data.y.size)
    x = design.to_numpy()
    groups = np.zeros(data.y.size, dtype=np.int64)
    fit = _fit(data.y, x, data.offset, data.time, groups, model, errors, hac_lags, restricted)
    table = _coefficient_table(fit, list(design.columns), levels)
    without = x.copy()
    for name in ("level change", "slope change"):
        if name in design:
            without[:, design.columns.get_loc(name)] = 0.0
    path, cumulative = _path(data, fit, x, without, model, levels)
    notes = []
    if after.sum() < 12 or (1.0 - after).sum() < 12:
        notes.append(
            f"{int((1 - after).sum())} periods before and {int(after.sum())} after: short for a trend and seasons"
        )
    if abs(fit.rho) > 2.0 / np.sqrt(data.y.size) and errors == "model" and model != "gls-ar1":
        notes.append(f"residuals are autocorrelated ({fit.rho:.2f}), so the model's own errors are too small")
    terms = {"level change": "change in level", "slope change": "change in slope"}
    return _result(
        fit, table, path, cumulative, terms, "interrupted time series", model, errors, levels, tuple(notes)
    )


def _result(
    fit: _Fit,
    table: pd.DataFrame,
    path: pd.DataFrame,
    cumulative: tuple[float, float, tuple[Interval, ...]],
    terms: Mapping[str, str],
    design: str,
    model: str,
    errors: str,
    levels: tuple[float, ...],
    notes: tuple[str, ...] = (),
) -> InterruptedSeries:
    """Put the pieces of a fit together; ``terms`` names the level and the slope change and their measures."""
    method = f"{design}, {model}, {_error_words(errors, model)}"
    n = fit.n
    level, slope = (_estimate(table, term, measure, levels, n, method) for term, measure in terms.items())
    return InterruptedSeries(
        level,
        slope,
        Estimate("cumulative effect", *cumulative, n, method),
        table,
        path,
        model,
        errors,
        fit.dispersion,
        fit.rho,
        n - len(table),
        fit.loglikelihood,
        notes,
    )


def _error_words(errors: str, model: str) -> str:
    if model == "gls-ar1" and errors != "hac":
        return "AR(1) errors"
    return {
        "ar1": "standard errors for AR(1) errors",
        "model": "model standard errors",
        "hac": "Newey-West errors",
    }[errors]


def _path(
    data: _Data, fit: _Fit, x: FloatArray, without: FloatArray, model: str, levels: tuple[float, ...]
) -> tuple[pd.DataFrame, tuple[float, float, tuple[Interval, ...]]]:
    """Return the course with and without the interruption, and the cumulative effect with its error and limits."""
    after = data.since >= 0.0
    if model in _COUNTS:
        fitted = np.exp(x @ fit.beta + data.offset)
        expected = np.exp(without @ fit.beta + data.offset)
        gradient0 = without * expected[:, None]
        gradient = x * fitted[:, None] - gradient0
    else:
        fitted, expected = x @ fit.beta, without @ fit.beta
        gradient0, gradient = without, x - without
    effect = fitted - expected
    total = np.cumsum(np.where(after, effect, 0.0))
    running = np.cumsum(np.where(after[:, None], gradient, 0.0), axis=0)

    def errors_of(g: FloatArray) -> FloatArray:
        return np.asarray(np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", g, fit.covariance, g), 0.0)))

    # Limits of the counterfactual are drawn on the log scale for counts.
    counterfactual_error = errors_of(without if model in _COUNTS else gradient0)
    effect_error, total_error = errors_of(gradient), errors_of(running)
    path = pd.DataFrame(
        {
            "observed": data.y,
            "fitted": fitted,
            "counterfactual": expected,
            "effect": effect,
            "cumulative": total,
        },
        index=data.index,
    )
    intervals = []
    for level in levels:
        q = float(stats.t.isf((1.0 - level) / 2.0, fit.quantile_df))
        for sign, side in ((-1.0, "lower"), (1.0, "upper")):
            if model in _COUNTS:
                with np.errstate(over="ignore"):
                    path[f"counterfactual_{side}_{level:g}"] = expected * np.exp(
                        sign * q * counterfactual_error
                    )
            else:
                path[f"counterfactual_{side}_{level:g}"] = expected + sign * q * counterfactual_error
            path[f"effect_{side}_{level:g}"] = effect + sign * q * effect_error
            path[f"cumulative_{side}_{level:g}"] = total + sign * q * total_error
        intervals.append(
            Interval(level, float(total[-1] - q * total_error[-1]), float(total[-1] + q * total_error[-1]))
        )
    hidden = [name for name in path if str(name).startswith(("effect", "cumulative"))]
    path.loc[~after, hidden] = np.nan
    return path, (float(total[-1]), float(total_error[-1]), tuple(intervals))


def controlled_interrupted_series(
    outcomes: pd.DataFrame,
    treated: object,
    interruption: object,
    *,
    model: Model = "quasi-poisson",
    exposures: pd.DataFrame | None = None,
    seasons: Seasons = 2,
    slope_origin: int = 0,
    errors: Errors = "ar1",
    hac_lags: int | None = None,
    restricted: bool = True,
    period: int = 12,
    levels: float | Sequence[float] = 0.95,
) -> InterruptedSeries:
    r"""Fit an interrupted time series against comparison areas.

    Estimand: how much more the treated area's level and slope changed at the interruption than the comparison areas'.

    Parameters
    ----------
    outcomes : pandas.DataFrame
        One column for each area, indexed by month (or year); missing cells are left out.
    treated : object
        Column of the area where something happened.
    interruption, model, seasons, slope_origin, errors, hac_lags, restricted, period, levels
        As in ``interrupted_series``.
    exposures : pandas.DataFrame, optional
        People at risk, in the shape of the outcomes.

    Returns
    -------
    InterruptedSeries
        ``level_change`` and ``slope_change`` are the differences between treated and comparison areas; ``path`` is the
        treated area's, its counterfactual having the comparison areas' change.

    Raises
    ------
    InputError
        As in ``interrupted_series``, or when there is no comparison area.

    Notes
    -----
    Terms: intercept, time, treated, treated x time, level change, slope change, treated x level change, treated x slope
    change, seasons; the comparison areas share one line. Errors are correlated within areas and independent between
    them. Assumes that, without the event, treated and comparison areas would have changed alike; look at the trends
    before it, and at ``placebo_dates``.

    References
    ----------
    Linden, A. (2015), as in ``interrupted_series``.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> months = pd.period_range("2015-01", periods=60, freq="M")
    >>> after = np.arange(60) >= 30
    >>> frame = pd.DataFrame({name: rng.poisson(500 * np.exp(0.05 * after + (0.2 * after if name == "A" else 0.0)))
    ...                       for name in "ABC"}, index=months)
    >>> 0.2 in controlled_interrupted_series(frame, "A", "2017-07", seasons=0).level_change.interval()
    True
    """
    _check_choices(model, errors, hac_lags)
    levels = check_levels(levels)
    if slope_origin not in (0, 1):
        raise InputError(f"slope_origin: {slope_origin!r} is not 0 or 1")
    if treated not in outcomes.columns:
        raise InputError(f"treated: {treated!r} is not among the areas {list(outcomes.columns)[:5]!r}")
    if outcomes.shape[1] < 2:
        raise InputError("outcomes: give at least one comparison area beside the treated one")
    if exposures is not None and model not in _COUNTS:
        raise InputError(f"exposures: a {model} model has no offset; divide first, or take logarithms")
    parts = [
        _read_series(
            outcomes[area],
            interruption,
            None if exposures is None else exposures[area],
            period,
            counts=model in _COUNTS,
        )
        for area in outcomes.columns
    ]
    origin = min(float((part.since - part.time)[0]) for part in parts)
    is_treated = [area == treated for area in outcomes.columns]
    time = [part.since - origin for part in parts]
    pooled = _Data(
        parts[is_treated.index(True)].index,
        np.concatenate([part.y for part in parts]),
        np.concatenate(time),
        np.concatenate([part.since for part in parts]),
        np.concatenate([part.cycle for part in parts]),
        parts[0].period,
        np.concatenate([part.offset for part in parts]),
    )
    z = np.repeat(np.array(is_treated, dtype=float), [part.y.size for part in parts])
    groups = np.repeat(np.arange(len(parts)), [part.y.size for part in parts])
    after = (pooled.since >= 0.0).astype(float)
    bend = after * (pooled.since + slope_origin)
    columns = {
        "intercept": np.ones(z.size),
        "time": pooled.time,
        "treated": z,
        "treated x time": z * pooled.time,
        "level change": after,
        "slope change": bend,
        "treated x level change": z * after,
        "treated x slope change": z * bend,
    }
    columns |= _season_columns(pooled, seasons)
    design = _checked_design(columns, z.size)
    x = design.to_numpy()
    fit = _fit(pooled.y, x, pooled.offset, pooled.time, groups, model, errors, hac_lags, restricted)
    table = _coefficient_table(fit, list(design.columns), levels)
    own = z == 1.0
    without = x[own].copy()
    without[
        :, [design.columns.get_loc(name) for name in ("treated x level change", "treated x slope change")]
    ] = 0.0
    path, cumulative = _path(parts[is_treated.index(True)], fit, x[own], without, model, levels)
    terms = {
        "treated x level change": "difference in the change in level",
        "treated x slope change": "difference in the change in slope",
    }
    return _result(
        fit, table, path, cumulative, terms, "controlled interrupted time series", model, errors, levels
    )


def placebo_dates(
    outcome: pd.Series,
    interruption: object,
    *,
    margin: int = 12,
    levels: float = 0.95,
    **options: object,
) -> pd.DataFrame:
    """Fit the interrupted series at dates when nothing happened, in the time before the interruption.

    Parameters
    ----------
    outcome, interruption
        As in ``interrupted_series``.
    margin : int, default 12
        Periods kept before and after each placebo date.
    levels : float, default 0.95
        Level of the intervals.
    **options
        Further arguments of ``interrupted_series``.

    Returns
    -------
    pandas.DataFrame
        One row for each date that can be fitted, and the real one last: ``level_change``, ``standard_error``,
        ``lower``, ``upper``, ``placebo``. In sound data about ``1 - levels`` of placebo intervals leave out zero. The real
        row's ``p_value`` is its rank among all by size of change over standard error.

    Raises
    ------
    InputError
        When the time before the interruption is too short for any placebo date.

    Examples
    --------
    >>> rng = np.random.default_rng(2)
    >>> months = pd.period_range("2012-01", periods=96, freq="M")
    >>> y = pd.Series(rng.poisson(np.where(np.arange(96) < 72, 800, 600)), index=months)
    >>> table = placebo_dates(y, "2018-01", seasons=0, slope_change=False)
    >>> float(table["p_value"].iloc[-1]) < 0.05
    True
    """
    level = one_level(levels)
    real = interrupted_series(outcome, interruption, levels=level, **options)  # type: ignore[arg-type]
    if isinstance(real.path.index, pd.PeriodIndex):
        before = outcome[monthly_index(outcome.index) < month(interruption)]
        dates: list[object] = list(real.path.index[real.path.index < month(interruption)])
    else:
        before = outcome[outcome.index < interruption]
        dates = [int(year) for year in real.path.index if year < interruption]
    candidates = dates[margin : len(dates) - margin + 1]
    rows: list[dict[str, object]] = []
    for date in candidates:
        try:
            result = interrupted_series(before, date, levels=level, **options)  # type: ignore[arg-type]
        except InputError:
            continue
        rows.append(_placebo_row(date, result, level, placebo=True))
    if not rows:
        raise InputError(
            f"interruption: {len(dates)} periods before it leave no placebo date with {margin} on either side"
        )
    rows.append(_placebo_row(interruption, real, level, placebo=False))
    table = pd.DataFrame(rows).set_index("date")
    size = (table["level_change"] / table["standard_error"]).abs()
    table["p_value"] = np.where(table["placebo"], np.nan, float((size >= size.iloc[-1]).mean()))
    return table


def _placebo_row(
    date: object, result: InterruptedSeries, level: float, *, placebo: bool
) -> dict[str, object]:
    change = result.level_change
    interval = change.interval(level)
    return {
        "date": date,
        "level_change": change.estimate,
        "standard_error": change.standard_error,
        "lower": interval.lower,
        "upper": interval.upper,
        "placebo": placebo,
    }
