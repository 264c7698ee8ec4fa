"""Variance of totals under the design of a survey: strata and clusters, drawn with replacement."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.mathematics.vectors import in_one_order, numbers
from healthdevo.typing import FloatArray, IntArray

__all__ = ["design_variance"]

Labels = Sequence[object] | pd.Series


def _codes(name: str, labels: Labels | None, n: int) -> IntArray | None:
    if labels is None:
        return None
    series = labels if isinstance(labels, pd.Series) else pd.Series(list(labels))
    if len(series) != n or series.isna().any():
        raise InputError(f"{name}: give one label for each of the {n} persons")
    return np.asarray(pd.factorize(series)[0], dtype=np.int64)


@in_one_order("contributions", "strata", "clusters")
def design_variance(
    contributions: ArrayLike, *, strata: Labels | None = None, clusters: Labels | None = None
) -> FloatArray:
    r"""Return the covariance of the total of persons' contributions under a stratified cluster design.

    Parameters
    ----------
    contributions : array_like of shape (n, m)
        What each person adds to each of ``m`` totals, sampling weight included; for an estimating equation, the
        weighted scores.
    strata, clusters : sequence of length n, optional
        Stratum and primary sampling unit of each person. Clusters are nested in strata; every person is a cluster when
        none are given.

    Returns
    -------
    ndarray of shape (m, m)

    Raises
    ------
    InputError
        When a label is missing, or there is one cluster only.

    Notes
    -----
    :math:`\sum_h \frac{n_h}{n_h - 1} \sum_c (u_{hc} - \bar u_h)(u_{hc} - \bar u_h)'` with cluster totals :math:`u`, for clusters drawn
    with replacement. A stratum with a single cluster is centred on the mean over all clusters.

    References
    ----------
    Binder, D. A. (1983). On the variances of asymptotically normal estimators from complex surveys. International
    Statistical Review 51, 279-292.

    Examples
    --------
    >>> round(float(design_variance([[1.0], [2.0], [4.0], [5.0]], clusters=[1, 1, 2, 2])[0, 0]), 3)
    36.0
    """
    rows = numbers(contributions, "contributions")
    n = rows.shape[0]
    stratum, unit = _codes("strata", strata, n), _codes("clusters", clusters, n)
    stratum = np.zeros(n, dtype=np.int64) if stratum is None else stratum
    unit = np.arange(n) if unit is None else unit
    pairs, position = np.unique(np.column_stack([stratum, unit]), axis=0, return_inverse=True)
    position = position.reshape(-1)
    totals = np.column_stack([np.bincount(position, rows[:, j]) for j in range(rows.shape[1])])
    if totals.shape[0] < 2:
        raise InputError("clusters: one cluster has no spread; give at least 2")
    of_unit = pairs[:, 0]
    size = np.bincount(of_unit)
    mean = (
        np.column_stack([np.bincount(of_unit, totals[:, j]) for j in range(totals.shape[1])])
        / size[:, np.newaxis]
    )
    single = size == 1
    mean[single] = totals.mean(axis=0)
    factor = np.where(single, 1.0, size / np.maximum(size - 1.0, 1.0))
    spread = totals - mean[of_unit]
    variance: FloatArray = spread.T @ (factor[of_unit][:, np.newaxis] * spread)
    return variance
