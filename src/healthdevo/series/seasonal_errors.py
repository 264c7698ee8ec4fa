"""Regression whose errors remember last month and last year: exact likelihood of seasonal autoregressive errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy import linalg, optimize
from statsmodels.tsa.arima_process import arma_acovf

from healthdevo.checks import need_columns
from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.mathematics.vectors import numbers
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.series.monthly import monthly_index, monthly_series
from healthdevo.typing import FloatArray

__all__ = ["SeasonalErrorsRegression", "seasonal_errors_regression"]

_EDGE = 0.999
_LARGEST = 1e100


@dataclass(frozen=True)
class SeasonalErrorsRegression:
    """A regression with seasonal autoregressive errors.

    Parameters
    ----------
    coefficients : pandas.DataFrame
        For ``ar1``, ``sar1``, ``intercept`` and each regressor: ``estimate``, ``standard_error`` and limits by level.
    sigma2 : float
        Variance of the innovations.
    loglikelihood : float
        Maximised log likelihood.
    n : int
        Observations.
    levels : tuple of float
        Levels of the limits.
    """

    coefficients: pd.DataFrame = field(repr=False, compare=False)
    sigma2: float
    loglikelihood: float
    n: int
    levels: tuple[float, ...]

    @property
    def aic(self) -> float:
        """Akaike's criterion, the variance counted as a parameter."""
        return 2.0 * (len(self.coefficients) + 1) - 2.0 * self.loglikelihood

    def effect(self, term: str) -> Estimate:
        """Return a regressor's coefficient with its intervals.

        Raises
        ------
        InputError
            When there is no such term.
        """
        if term not in self.coefficients.index:
            raise InputError(f"term: {term!r} is not one of {', '.join(self.coefficients.index)}")
        values = self.coefficients.loc[term].to_numpy(dtype=float)
        row: dict[str, float] = dict(zip(self.coefficients.columns, values, strict=True))
        return Estimate(
            f"effect of {term}",
            float(row["estimate"]),
            float(row["standard_error"]),
            tuple(
                Interval(lv, float(row[f"lower_{lv:g}"]), float(row[f"upper_{lv:g}"])) for lv in self.levels
            ),
            self.n,
            "regression with seasonal autoregressive errors, exact likelihood",
        )


@front_door
def seasonal_errors_regression(
    outcome: pd.Series,
    regressors: pd.DataFrame,
    *,
    period: int = 12,
    levels: float | Sequence[float] = 0.95,
) -> SeasonalErrorsRegression:
    r"""Regress a monthly series on regressors, with errors that follow a seasonal autoregression (1)(1).

    Estimand: the regressors' linear effects, such as the step of an interruption, where the seasons are left to the
    errors rather than to fixed effects.

    Parameters
    ----------
    outcome : pandas.Series
        Indexed by month, any finite numbers; missing months are left out of the likelihood.
    regressors : pandas.DataFrame
        Columns indexed like the outcome; an intercept is added.
    period : int, default 12
        Lag of the seasonal term.
    levels : float or sequence of float
        Levels of the intervals (normal).

    Returns
    -------
    SeasonalErrorsRegression

    Raises
    ------
    InputError
        When regressors are missing for a month, or cannot be told apart.

    Notes
    -----
    :math:`y_t = \alpha + x_t'\beta + e_t` with :math:`(1 - \phi L)(1 - \Phi L^s) e_t = \epsilon_t`. Coefficients and
    variance are profiled out of the exact normal likelihood, which is maximised over :math:`\phi` and :math:`\Phi`;
    standard errors come from its curvature in all of them. For ARIMA by state space, unscaled regressors stop the search early; this
    way is free of it.

    References
    ----------
    Harvey, A. C. and Durbin, J. (1986), The effects of seat belt legislation, JRSS A 149.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> months = pd.period_range("2010-01", periods=96, freq="M")
    >>> step = pd.DataFrame({"step": (np.arange(96) >= 60).astype(float)}, index=months)
    >>> y = pd.Series(5 + 0.5 * step["step"].to_numpy() + rng.normal(0, 0.1, 96), index=months)
    >>> 0.5 in seasonal_errors_regression(y, step).effect("step").interval()
    True
    """
    levels = check_levels(levels)
    series = monthly_series(outcome, "outcome", minimum=None)
    if not 1 <= period < len(series):
        raise InputError(f"period: {period!r} is not valid; give from 1 to {len(series) - 1} months")
    need_columns(regressors, list(regressors.columns), "regressors")
    held = pd.DataFrame(
        {name: numbers(column, f"regressors[{name!r}]") for name, column in regressors.items()},
        index=monthly_index(regressors.index, "regressors"),
    )
    frame = held.reindex(series.index)
    kept = series.notna().to_numpy()
    x = np.column_stack([np.ones(len(series)), frame.to_numpy()])[kept]
    if not np.isfinite(x).all():
        row = int(np.flatnonzero(~np.isfinite(x).all(axis=1))[0])
        raise InputError(
            f"regressors: a value is missing for {series.index[kept][row]} (given: {len(held)} months)"
        )
    y = series.to_numpy()[kept]
    for name, values in (("outcome", y), ("regressors", x)):
        if np.abs(values).max() > _LARGEST:
            raise InputError(
                f"{name}: {np.abs(values).max():g} is too large a number to fit; measure it in a larger unit"
            )
    n, k = x.shape
    if n <= k + 2 or np.linalg.matrix_rank(x / np.maximum(np.abs(x).max(axis=0), 1e-300)) < k:
        raise InputError(
            "regressors: cannot be told apart in these months, or the series is too short for them"
        )
    place = np.flatnonzero(kept)
    distance = np.abs(place[:, None] - place[None, :])

    def whitened(phi: float, seasonal: float) -> tuple[FloatArray, FloatArray, float]:
        ar = np.convolve([1.0, -phi], np.concatenate([[1.0], np.zeros(period - 1), [-seasonal]]))
        covariance = arma_acovf(ar, [1.0], nobs=len(series))[distance]
        root = linalg.cholesky(covariance, lower=True, check_finite=False)
        both = linalg.solve_triangular(root, np.column_stack([y, x]), lower=True, check_finite=False)
        return both[:, 0], both[:, 1:], float(np.sum(np.log(np.diag(root))))

    def likelihood(
        phi: float, seasonal: float, beta: FloatArray | None
    ) -> tuple[float, FloatArray, float, FloatArray]:
        wy, wx, logdet = whitened(phi, seasonal)
        best = np.asarray(np.linalg.lstsq(wx, wy, rcond=None)[0]) if beta is None else beta
        sigma2 = float(np.sum((wy - wx @ best) ** 2)) / n
        loglik = -0.5 * n * (np.log(2.0 * np.pi * max(sigma2, 1e-300)) + 1.0) - logdet
        return float(loglik), best, sigma2, wx

    def loss(theta: FloatArray) -> float:
        phi, seasonal = _EDGE * np.tanh(theta)
        return -likelihood(float(phi), float(seasonal), None)[0]

    start = min((np.array([a, b]) for a in (-0.3, 0.3, 1.0) for b in (0.0, 0.5, 1.0)), key=loss)
    found = optimize.minimize(
        loss, start, method="Nelder-Mead", options={"xatol": 1e-9, "fatol": 1e-12, "maxiter": 2000}
    )
    dynamics = _EDGE * np.tanh(found.x)
    loglik, beta, sigma2, wx = likelihood(float(dynamics[0]), float(dynamics[1]), None)
    # Curvature over all parameters together, in steps of a tenth of a rough standard error.
    # Coefficients are turned into directions that are independent of each other, so collinear ones do no harm.
    turn = np.linalg.inv(np.linalg.qr(wx)[1])
    width = 0.1 * np.concatenate([(1.0 - dynamics**2) / np.sqrt(n) + 1e-4, np.full(k, np.sqrt(sigma2))])
    at = np.concatenate([dynamics, np.zeros(k)])

    def value(position: FloatArray) -> float:
        phi, seasonal = np.clip(position[:2], -_EDGE, _EDGE)
        return likelihood(float(phi), float(seasonal), beta + turn @ position[2:])[0]

    size = at.size
    hessian = np.empty((size, size))
    moves = np.diag(width)
    for i in range(size):
        hessian[i, i] = (value(at + moves[i]) - 2.0 * loglik + value(at - moves[i])) / width[i] ** 2
        for j in range(i):
            hessian[i, j] = hessian[j, i] = (
                value(at + moves[i] + moves[j])
                - value(at + moves[i] - moves[j])
                - value(at - moves[i] + moves[j])
                + value(at - moves[i] - moves[j])
            ) / (4.0 * width[i] * width[j])
    back = linalg.block_diag(np.eye(2), turn)
    error = np.sqrt(np.maximum(np.diag(back @ np.linalg.pinv(-hessian) @ back.T), 0.0))
    names = ["ar1", "sar1", "intercept", *map(str, frame.columns)]
    table = pd.DataFrame(
        {
            "estimate": np.concatenate([dynamics, beta]),
            "standard_error": error,
        },
        index=pd.Index(names, name="term"),
    )
    for level, z in zip(levels, normal_quantiles(levels).tolist(), strict=True):
        table[f"lower_{level:g}"] = table["estimate"] - z * table["standard_error"]
        table[f"upper_{level:g}"] = table["estimate"] + z * table["standard_error"]
    return SeasonalErrorsRegression(table, sigma2, float(loglik), n, levels)
