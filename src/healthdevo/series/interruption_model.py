"""The regression behind an interrupted series: reading the series, its terms, and the fit with its three standard errors."""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import statsmodels.api as sm
from scipy import optimize, stats
from statsmodels.tools.sm_exceptions import ConvergenceWarning, PerfectSeparationWarning

from healthdevo.errors import InputError
from healthdevo.mathematics.vectors import numbers, shown
from healthdevo.series.ar1_errors import fit_ar1, newey_west, sandwich_ar1, steps
from healthdevo.series.monthly import month, monthly_index
from healthdevo.typing import FloatArray, IntArray

__all__ = [
    "COUNTS",
    "Errors",
    "Model",
    "ModelFit",
    "Seasons",
    "SeriesData",
    "check_choices",
    "checked_design",
    "coefficient_table",
    "fit_model",
    "index_like",
    "read_series",
    "season_columns",
]

Model = Literal["quasi-poisson", "poisson", "negative-binomial", "ols", "gls-ar1"]
Errors = Literal["ar1", "model", "hac"]
Seasons = int | Literal["months"]
COUNTS = ("quasi-poisson", "poisson", "negative-binomial")
_MODELS = (*COUNTS, "ols", "gls-ar1")
_MOST_ITERATIONS = 100


@dataclass(frozen=True)
class SeriesData:
    """A checked series: only times with a value, sorted."""

    index: pd.Index
    y: FloatArray
    time: FloatArray  # periods since the first
    since: FloatArray  # periods since the interruption
    cycle: FloatArray  # position in the yearly cycle
    period: int
    offset: FloatArray


def read_series(
    outcome: pd.Series,
    interruption: object,
    exposure: pd.Series | None,
    period: int,
    *,
    counts: bool,
    names: tuple[str, str] = ("outcome", "exposure"),
) -> SeriesData:
    """Check a series and return it sorted, with its clock; ``names`` are what messages call outcome and exposure."""
    named, at_risk = names
    if pd.api.types.is_integer_dtype(outcome.index):
        index: pd.Index = outcome.index
        if index.has_duplicates:
            raise InputError(f"{named}: {index[index.duplicated()][0]} appears more than once")
        if not isinstance(interruption, (int, np.integer)) or isinstance(interruption, bool):
            raise InputError(f"interruption: {shown(interruption)} is not a whole number like the index")
        if period < 1:
            raise InputError(f"period: {period!r} is not valid; give at least 1")
        clock = index.to_numpy(dtype=float)
        cycle, when = clock, float(interruption)
    else:
        months = monthly_index(outcome.index, named)
        index = months
        clock = months.year.to_numpy() * 12.0 + months.month.to_numpy() - 1.0
        first = month(interruption, "interruption")
        cycle, when = months.month.to_numpy(dtype=float), first.year * 12.0 + first.month - 1.0
        period = 12
    y = numbers(outcome, named)
    wrong = np.isinf(y) | ((y < 0.0) & counts)
    if wrong.any():
        raise InputError(
            f"{named}: {y[wrong][0]:g} in {index[wrong][0]} is not valid; values must be finite"
            + (" and at least 0" if counts else "")
        )
    offset = np.zeros(y.size)
    if exposure is not None:
        other = pd.Series(numbers(exposure, at_risk), index=index_like(exposure.index, index, at_risk))
        if other.index.has_duplicates:
            raise InputError(f"{at_risk}: gives a time more than once")
        aligned = other.reindex(index).to_numpy(dtype=float)
        wrong = ~np.isnan(y) & ~((aligned > 0.0) & np.isfinite(aligned))
        if wrong.any():
            raise InputError(f"{at_risk}: has no number above 0 for {index[wrong][0]}")
        offset = np.log(np.where(aligned > 0.0, aligned, 1.0))
    order = np.argsort(clock, kind="stable")
    order = order[~np.isnan(y[order])]
    if order.size == 0:
        raise InputError(f"{named}: has no value")
    clock = clock[order]
    if not (clock < when).any() or not (clock >= when).any():
        raise InputError(
            f"interruption: {_said(interruption)} must have values before it and from it on; {named} runs from "
            f"{index[order[0]]} to {index[order[-1]]}"
        )
    for side, what in ((clock < when, "before"), (clock >= when, "from")):
        if counts and not y[order][side].any():
            raise InputError(
                f"{named}: all counts {what} the interruption are 0, so the change in level has no finite estimate; "
                "take a linear model (model='ols')"
            )
    return SeriesData(
        index[order], y[order], clock - clock[0], clock - when, cycle[order], period, offset[order]
    )


def _said(value: object) -> str:
    return shown(value) if isinstance(value, (str, int, np.generic)) else str(value)


def index_like(index: pd.Index, model: pd.Index, argument: str) -> pd.Index:
    """Return an index as months where the model's is of months."""
    return monthly_index(index, argument) if isinstance(model, pd.PeriodIndex) else index


def season_columns(data: SeriesData, seasons: Seasons) -> dict[str, FloatArray]:
    """Return the terms of the yearly cycle."""
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
        if 2 * k < data.period:  # the sine of half the period is 0 at every whole number
            columns[f"sine {k}"] = np.sin(angle)
        columns[f"cosine {k}"] = np.cos(angle)
    return columns


def checked_design(columns: Mapping[str, FloatArray], n: int) -> pd.DataFrame:
    """Return the terms as a table, refusing those that cannot be told apart."""
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
            "drop the slope change, seasons or covariates (quarters or other periods longer than a month: number them 0, 1, "
            "2, ... and say how many make a year with period)"
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
            warnings.simplefilter("error", RuntimeWarning)  # numbers too large or too far apart for the fit
            try:
                result = sm.GLM(y, x, family=family, offset=offset).fit(
                    start_params=start, maxiter=200, tol=1e-13, tol_criterion="deviance"
                )
            except (ConvergenceWarning, RuntimeWarning, np.linalg.LinAlgError, ValueError) as error:
                raise InputError(
                    "outcome: the count model does not converge; too many zeros, or counts too far apart, for these terms"
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
class ModelFit:
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


def fit_model(
    y: FloatArray,
    x: FloatArray,
    offset: FloatArray,
    times: FloatArray,
    groups: IntArray,
    model: Model,
    errors: Errors,
    hac_lags: int | None,
    restricted: bool,
) -> ModelFit:
    """Fit one model and its three kinds of standard errors."""
    n, k = x.shape
    lags = int(np.floor(4.0 * (n / 100.0) ** (2.0 / 9.0))) if hac_lags is None else int(hac_lags)
    step = steps(times, groups)
    correction = n / (n - k)
    if model in COUNTS:
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
    if model in COUNTS and errors != "ar1":
        quantile_df = np.inf
    return ModelFit(
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


def check_choices(model: str, errors: str, hac_lags: int | None) -> None:
    """Refuse models and errors that there are not."""
    if model not in _MODELS:
        raise InputError(f"model: {model!r} is not one of {', '.join(_MODELS)}")
    if errors not in ("ar1", "model", "hac"):
        raise InputError(f"errors: {errors!r} is not 'ar1', 'model' or 'hac'")
    if hac_lags is not None and hac_lags < 0:
        raise InputError(f"hac_lags: {hac_lags!r} is not valid; give a whole number of at least 0")


def coefficient_table(fit: ModelFit, names: Sequence[str], levels: tuple[float, ...]) -> pd.DataFrame:
    """Return coefficients, errors, p-values and limits."""
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
