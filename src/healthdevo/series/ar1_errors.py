"""Regression with first-order autoregressive errors: exact likelihood, restricted or not, gaps and groups allowed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import optimize

from healthdevo.typing import FloatArray, IntArray

__all__ = ["AR1Fit", "fit_ar1", "newey_west", "sandwich_ar1", "steps", "whiten"]

_LIMIT = 0.98


@dataclass(frozen=True)
class AR1Fit:
    """Generalised least squares with AR(1) errors.

    Parameters
    ----------
    rho : float
        Autocorrelation of neighbouring points.
    coefficients : ndarray of shape (k,)
    covariance : ndarray of shape (k, k)
        With the residual variance divided by ``n - k``.
    sigma : float
        Standard deviation of the errors (marginal), divisor ``n - k``.
    loglikelihood : float
        Maximised log likelihood (unrestricted) at ``rho``.
    """

    rho: float
    coefficients: FloatArray
    covariance: FloatArray
    sigma: float
    loglikelihood: float


def steps(times: FloatArray, groups: IntArray | None = None) -> FloatArray:
    """Return the distance of each point from the one before it, infinite at the start of each group.

    Parameters
    ----------
    times : ndarray of shape (n,)
        Times in whole periods, sorted within groups.
    groups : ndarray of int, shape (n,), optional
        Group of each point, in one piece each.

    Examples
    --------
    >>> steps(np.array([0.0, 1.0, 4.0])).tolist()
    [inf, 1.0, 3.0]
    """
    result = np.concatenate([[np.inf], np.diff(times)])
    if groups is not None:
        result[1:][groups[1:] != groups[:-1]] = np.inf
    return result


def whiten(values: FloatArray, rho: float, step: FloatArray) -> FloatArray:
    """Return values (n,) or (n, k) so transformed that AR(1) errors of unit variance become independent.

    Examples
    --------
    >>> whiten(np.array([1.0, 1.0]), 0.6, steps(np.array([0.0, 1.0]))).round(6).tolist()
    [1.0, 0.5]
    """
    power = np.where(np.isinf(step), 0.0, np.sign(rho) ** step * np.abs(rho) ** np.minimum(step, 1e6))
    scale = np.sqrt(1.0 - power**2)
    before = (
        np.vstack([np.zeros_like(values[:1]), values[:-1]]) if values.ndim == 2 else np.r_[0.0, values[:-1]]
    )
    if values.ndim == 2:
        return np.asarray((values - power[:, None] * before) / scale[:, None])
    return np.asarray((values - power * before) / scale)


def fit_ar1(y: FloatArray, x: FloatArray, step: FloatArray, *, restricted: bool = True) -> AR1Fit:
    r"""Fit by maximum likelihood, restricted by default.

    Parameters
    ----------
    y : ndarray of shape (n,)
    x : ndarray of shape (n, k)
        Design of full rank, with ``n > k``.
    step : ndarray of shape (n,)
        As returned by ``steps``.
    restricted : bool, default True
        Restricted likelihood corrects the autocorrelation for the coefficients estimated; without it short series look
        less autocorrelated than they are.

    Notes
    -----
    Errors have correlation :math:`\rho^{d}` at distance :math:`d`. The likelihood is profiled over coefficients and
    variance and maximised over :math:`\rho` in (-0.98, 0.98).

    References
    ----------
    Harville, D. A. (1977), Maximum likelihood approaches to variance component estimation, JASA 72.

    Examples
    --------
    >>> t = np.arange(40.0)
    >>> fit = fit_ar1(2 * t + np.tile([1.0, -1.0], 20), np.column_stack([np.ones(40), t]), steps(t))
    >>> fit.rho < -0.9
    True
    """
    n, k = x.shape

    def parts(rho: float) -> tuple[float, float, float, FloatArray, FloatArray]:
        wy, wx = whiten(y, rho, step), whiten(x, rho, step)
        q, r = np.linalg.qr(wx)
        beta = np.linalg.solve(r, q.T @ wy)
        rss = float(np.sum((wy - wx @ beta) ** 2))
        inner = step[~np.isinf(step)]
        logdet = float(np.sum(np.log1p(-(rho ** (2.0 * inner))))) if inner.size else 0.0
        logdet_x = 2.0 * float(np.sum(np.log(np.abs(np.diag(r)))))
        return rss, logdet, logdet_x, beta, r

    def loss(rho: float) -> float:
        rss, logdet, logdet_x, _, _ = parts(rho)
        rss = max(rss, 1e-300)
        if restricted:
            return float((n - k) * np.log(rss) + logdet + logdet_x)
        return float(n * np.log(rss) + logdet)

    grid = np.linspace(-_LIMIT, _LIMIT, 25)
    best = int(np.argmin([loss(float(r)) for r in grid]))
    low, high = grid[max(best - 1, 0)], grid[min(best + 1, grid.size - 1)]
    rho = float(
        optimize.minimize_scalar(loss, bounds=(low, high), method="bounded", options={"xatol": 1e-9}).x
    )
    rss, logdet, _, beta, r = parts(rho)
    variance = rss / (n - k)
    inverse = np.linalg.inv(r)
    loglikelihood = -0.5 * (n * np.log(2.0 * np.pi * max(rss, 1e-300) / n) + n + logdet)
    return AR1Fit(rho, beta, variance * inverse @ inverse.T, float(np.sqrt(variance)), float(loglikelihood))


def sandwich_ar1(x: FloatArray, rho: float, times: FloatArray, groups: FloatArray) -> FloatArray:
    """Return the covariance, for errors of unit variance, of least-squares coefficients whose errors are AR(1).

    Parameters
    ----------
    x : ndarray of shape (n, k)
        Weighted design.
    rho : float
        Autocorrelation.
    times, groups : ndarray of shape (n,)
        Time and group of each point.

    Examples
    --------
    >>> x = np.ones((4, 1))
    >>> t = np.arange(4.0)
    >>> float(sandwich_ar1(x, 0.0, t, np.zeros(4))[0, 0])
    0.25
    """
    distance = np.abs(times[:, None] - times[None, :])
    correlation = np.where(
        groups[:, None] == groups[None, :], np.sign(rho) ** distance * np.abs(rho) ** distance, 0.0
    )
    np.fill_diagonal(correlation, 1.0)
    bread = np.linalg.inv(x.T @ x)
    return np.asarray(bread @ (x.T @ correlation @ x) @ bread)


def newey_west(
    scores: FloatArray, bread: FloatArray, lags: int, times: FloatArray, groups: FloatArray
) -> FloatArray:
    r"""Return the heteroscedasticity and autocorrelation consistent covariance with Bartlett weights.

    Parameters
    ----------
    scores : ndarray of shape (n, k)
        Contributions to the estimating equations.
    bread : ndarray of shape (k, k)
        Inverse of their derivative.
    lags : int
        Largest distance at which points still count as correlated.
    times, groups : ndarray of shape (n,)
        Time and group of each point.

    References
    ----------
    Newey, W. K. and West, K. D. (1987), Econometrica 55.

    Examples
    --------
    >>> e = np.array([1.0, -1.0, 2.0])
    >>> float(newey_west(e[:, None], np.eye(1) / 3, 0, np.arange(3.0), np.zeros(3))[0, 0].round(4))
    0.6667
    """
    distance = np.abs(times[:, None] - times[None, :])
    weights = np.where(
        groups[:, None] == groups[None, :], np.maximum(0.0, 1.0 - distance / (lags + 1.0)), 0.0
    )
    return np.asarray(bread @ (scores.T @ weights @ scores) @ bread)
