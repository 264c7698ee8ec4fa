"""Standard errors by linearisation: the variance of a weighted sum of influence values."""

from __future__ import annotations

import numpy as np

from healthdevo.typing import FloatArray, IntArray

__all__ = ["influence_covariance", "influence_standard_error", "lone_row"]


def influence_covariance(
    influence: FloatArray,
    weights: FloatArray,
    clusters: IntArray | None = None,
    *,
    small_sample: bool = False,
) -> FloatArray:
    r"""Return the covariance matrix of statistics from their influence values.

    Parameters
    ----------
    influence : ndarray of shape (n, k)
        Weighted means are zero.
    weights : ndarray of shape (n,)
        Sampling weights, rescaled here to sum to 1.
    clusters : ndarray of int, shape (n,), optional
        Codes from 0; units within a cluster may depend on each other.
    small_sample : bool, default False
        Multiply by g / (g - 1), with g the number of independent units.

    Returns
    -------
    ndarray of shape (k, k)

    Notes
    -----
    :math:`\hat V = \sum_c s_c s_c'`, :math:`s_c = \sum_{i \in c} w_i \psi_i / \sum_j w_j` (Deville 1999).

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0, 6.0])
    >>> v = influence_covariance((x - x.mean())[:, None], np.ones(4), small_sample=True)
    >>> bool(abs(v[0, 0] - x.var(ddof=1) / 4) < 1e-12)
    True
    """
    scores = influence * (weights / weights.sum())[:, None]
    if clusters is not None:
        totals = np.zeros((int(clusters.max()) + 1, scores.shape[1]))
        np.add.at(totals, clusters, scores)
        scores = totals
    g = scores.shape[0]
    covariance: FloatArray = scores.T @ scores
    return covariance * (g / (g - 1)) if small_sample and g > 1 else covariance


def influence_standard_error(
    influence: FloatArray,
    weights: FloatArray,
    clusters: IntArray | None = None,
    *,
    small_sample: bool = False,
) -> float:
    """Return the standard error of one statistic from its influence values.

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0, 6.0])
    >>> round(influence_standard_error(x - 3.0, np.ones(4)), 4)
    0.9354
    """
    return float(
        np.sqrt(influence_covariance(influence[:, None], weights, clusters, small_sample=small_sample)[0, 0])
    )


def lone_row(design: FloatArray, weights: FloatArray, robust: str | None) -> int | None:
    """Return a row that alone decides a coefficient (leverage 1), where the standard errors asked for divide by one minus that.

    Examples
    --------
    >>> lone_row(np.array([[1.0, 0], [1, 0], [1, 1]]), np.ones(3), "HC3")
    2
    """
    if robust not in ("HC2", "HC3"):
        return None
    root = design * np.sqrt(weights)[:, None]
    leverage = (np.linalg.qr(root)[0] ** 2).sum(axis=1)
    row = int(np.argmax(leverage))
    return row if leverage[row] > 1.0 - 1e-9 else None
