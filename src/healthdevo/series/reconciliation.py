"""Forecasts of areas that add up to those of their regions and of England (minimum trace reconciliation)."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import numbers
from healthdevo.typing import FloatArray

__all__ = ["reconcile", "summing_matrix"]

Method = Literal["bottom_up", "ols", "wls_struct", "wls_var", "mint_shrink"]

_METHODS = ("bottom_up", "ols", "wls_struct", "wls_var", "mint_shrink")


@front_door
def summing_matrix(parents: Mapping[Hashable, Hashable], total: Hashable = "England") -> pd.DataFrame:
    """Return the matrix that adds areas up to regions and the whole.

    Parameters
    ----------
    parents : mapping
        Region of each area, in the order wanted.
    total : hashable, default "England"
        Name of the whole.

    Returns
    -------
    pandas.DataFrame
        Rows: the whole, regions in order of first appearance, areas; columns: areas. Entries 0 or 1.

    Raises
    ------
    InputError
        When there is no area, or a name stands for two things.

    Examples
    --------
    >>> summing_matrix({"a": "North", "b": "North", "c": "South"}).loc["North"].tolist()
    [1.0, 1.0, 0.0]
    """
    areas = list(parents)
    regions = list(dict.fromkeys(parents.values()))
    names = [total, *regions, *areas]
    if not areas or len(set(names)) != len(names):
        raise InputError("parents: give at least one area, and names that stand for one thing each")
    rows = [np.ones(len(areas))]
    rows += [np.array([float(parents[area] == region) for area in areas]) for region in regions]
    rows += list(np.eye(len(areas)))
    return pd.DataFrame(np.array(rows), index=pd.Index(names), columns=pd.Index(areas))


def _shrunk_covariance(residuals: FloatArray) -> FloatArray:
    """Return the covariance of residuals, correlations shrunk towards none (Schäfer and Strimmer 2005)."""
    n = residuals.shape[1]
    centred = residuals - residuals.mean(axis=1, keepdims=True)
    covariance = centred @ centred.T / n
    spread = np.sqrt(np.diag(covariance))
    if not (spread > 0.0).all():
        raise InputError("residuals: some series has no spread; use 'wls_struct'")
    z = centred / spread[:, None]
    correlation = z @ z.T / n
    off = ~np.eye(len(z), dtype=bool)
    noise = ((z**2) @ (z**2).T - (z @ z.T) ** 2 / n) / (n * (n - 1))
    signal = float(np.sum(correlation[off] ** 2))
    shrink = 1.0 if signal == 0.0 else min(1.0, max(0.0, float(noise[off].sum()) / signal))
    return np.asarray(shrink * np.diag(np.diag(covariance)) + (1.0 - shrink) * covariance)


def _numbers(name: str, values: pd.DataFrame | ArrayLike) -> FloatArray:
    return numbers(values, name)


@front_door
def reconcile(
    forecasts: pd.DataFrame | ArrayLike,
    summing: pd.DataFrame | ArrayLike,
    *,
    method: Method = "wls_struct",
    residuals: pd.DataFrame | ArrayLike | None = None,
) -> pd.DataFrame:
    r"""Return forecasts that add up.

    Parameters
    ----------
    forecasts : pandas.DataFrame or array_like of shape (m, h)
        A row for each series in the order of the summing matrix (aligned by name where both have names).
    summing : pandas.DataFrame or array_like of shape (m, k)
        As from ``summing_matrix``; the last k rows are the areas themselves.
    method : {"bottom_up", "ols", "wls_struct", "wls_var", "mint_shrink"}
        Weights: areas only, equal, by number of areas, by residual variance, by shrunken residual covariance.
    residuals : pandas.DataFrame or array_like of shape (m, t), optional
        In-sample errors (actual less fitted) for the last two methods; periods with a missing one are left out.

    Returns
    -------
    pandas.DataFrame of shape (m, h)

    Raises
    ------
    InputError
        When shapes do not match, a value is missing, the summing matrix is not one, or residuals are needed and not
        given.

    Notes
    -----
    :math:`\tilde y = S (S' W^{-1} S)^{-1} S' W^{-1} \hat y`. ``wls_var`` takes mean squared residuals; ``mint_shrink``
    the shrunken covariance of centred ones. Assumes unbiased base forecasts. Use reconciled forecasts only where they do
    better in a backtest: they are coherent, not always better.

    References
    ----------
    Wickramasuriya, S. L., Athanasopoulos, G. and Hyndman, R. J. (2019), Optimal forecast reconciliation, JASA 114.

    Examples
    --------
    >>> s = summing_matrix({"a": "North", "b": "North"})
    >>> reconcile([[103.0], [103.0], [60.0], [40.0]], s, method="ols").round(2)[0].tolist()
    [102.4, 102.4, 61.2, 41.2]
    """
    if method not in _METHODS:
        raise InputError(f"method: {method!r} is not one of {', '.join(_METHODS)}")
    names = summing.index if isinstance(summing, pd.DataFrame) else None
    s = _numbers("summing", summing)
    if isinstance(forecasts, pd.DataFrame) and names is not None:
        if set(forecasts.index) != set(names) or forecasts.index.has_duplicates:
            raise InputError("forecasts: rows must be the series of the summing matrix, each once")
        forecasts = forecasts.loc[names]
    columns = forecasts.columns if isinstance(forecasts, pd.DataFrame) else None
    y = _numbers("forecasts", forecasts)
    if s.ndim != 2 or y.ndim != 2 or y.shape[0] != s.shape[0] or s.shape[0] < s.shape[1]:
        raise InputError(f"forecasts: shape {y.shape} does not match a summing matrix of shape {s.shape}")
    if not np.isfinite(y).all():
        raise InputError("forecasts: a value is missing; every series needs a forecast at every horizon")
    m, k = s.shape
    if not np.isfinite(s).all() or np.linalg.matrix_rank(s) < k:
        raise InputError("summing: its columns cannot be told apart; give one column for each area")
    if method == "bottom_up":
        if not np.array_equal(s[m - k :], np.eye(k)):
            raise InputError(
                f"summing: its last {k} rows must be the areas themselves, in the order of its columns"
            )
        return pd.DataFrame(s @ y[m - k :], index=names, columns=columns)
    if method == "ols":
        weights = np.eye(m)
    elif method == "wls_struct":
        weights = np.diag(s.sum(axis=1))
    else:
        if residuals is None:
            raise InputError(f"residuals: are needed for {method}")
        if isinstance(residuals, pd.DataFrame) and names is not None:
            residuals = residuals.reindex(names)
        e = _numbers("residuals", residuals)
        if e.ndim != 2 or e.shape[0] != m:
            raise InputError(f"residuals: shape {e.shape} does not match {m} series")
        e = e[:, ~np.isnan(e).any(axis=0)]
        if e.shape[1] < 3:
            raise InputError("residuals: fewer than 3 periods are known for every series")
        weights = np.diag(np.mean(e**2, axis=1)) if method == "wls_var" else _shrunk_covariance(e)
        if not (np.diag(weights) > 0.0).all():
            raise InputError("residuals: some series has none but zeros; use 'wls_struct'")
    inner = np.linalg.solve(weights, s)
    return pd.DataFrame(s @ np.linalg.solve(s.T @ inner, inner.T @ y), index=names, columns=columns)
