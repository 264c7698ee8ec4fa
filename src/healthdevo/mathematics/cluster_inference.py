r"""Covariances of least-squares coefficients that allow for unequal and clustered errors.

All take one ``Fitted`` design: residualised regressors ``X`` and residuals ``e``, both multiplied by the square roots of the
weights, with a basis of whatever effects were absorbed. With :math:`M = (X'X)^{-1}` and clusters :math:`g`:

- **HC0 ... HC3**: :math:`M\,(\sum_i a_i e_i^2 x_i x_i')\,M` with :math:`a_i = 1`, :math:`n/(n-K)`, :math:`1/(1-h_i)`,
  :math:`1/(1-h_i)^2`; :math:`h_i` is the full leverage, absorbed effects included.
- **CR0**: :math:`M\,(\sum_g X_g' e_g e_g' X_g)\,M`; CR1 multiplies it by a small-sample factor, on which packages differ.
- **CR2** (bias-reduced linearisation): residuals are premultiplied by
  :math:`A_g = \{(I-H)_{gg}\}^{+1/2}`, with Satterthwaite degrees of freedom for each coefficient.
- **CR3**: the cluster jackknife.
- **two-way**: :math:`V_1 + V_2 - V_{12}`.

References
----------
Bell RM, McCaffrey DF (2002). Bias reduction in standard errors for linear regression with multi-stage samples. Survey
Methodology 28, 169-181. Pustejovsky JE, Tipton E (2018). Small-sample methods for cluster-robust variance estimation and
hypothesis testing in fixed effects models. JBES 36, 672-683. Cameron AC, Gelbach JB, Miller DL (2011). Robust inference with
multiway clustering. JBES 29, 238-249. MacKinnon JG, Webb MD, Nielsen MO (2023). Cluster-robust inference: a guide to empirical practice.
J Econometrics 232, 272-299.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthdevo.errors import InputError
from healthdevo.typing import FloatArray, IntArray

__all__ = [
    "CR2Result",
    "Fitted",
    "cluster_jackknife",
    "cluster_sandwich",
    "cr2",
    "heteroskedastic_sandwich",
    "leave_cluster_out",
    "two_way_sandwich",
]


EIGEN_TOLERANCE = 1e-10


@dataclass(frozen=True)
class Fitted:
    """A least-squares fit, with absorbed effects partialled out and weights multiplied in.

    Parameters
    ----------
    X : ndarray of shape (n, k)
        Regressors after partialling out the absorbed effects, each row times the square root of its weight.
    residuals : ndarray of shape (n,)
        Residuals, times the square roots of the weights.
    basis : ndarray of shape (n, q)
        Orthonormal basis of the absorbed, square-root-weighted dummies; no columns where nothing was absorbed.
    weights : ndarray of shape (n,) or None
        The weights themselves, needed by CR2 for errors of equal variance in a weighted fit.

    Examples
    --------
    >>> x = np.array([-1.0, 0.0, 1.0, 2.0])
    >>> y = np.array([0.0, 1.0, 1.0, 3.0])
    >>> fit = Fitted.ols(np.column_stack([np.ones(4), x]), y)
    >>> fit.coefficients(y).round(6).tolist()
    [0.8, 0.9]
    """

    X: FloatArray
    residuals: FloatArray
    basis: FloatArray
    weights: FloatArray | None = None

    @classmethod
    def ols(cls, X: FloatArray, y: FloatArray) -> Fitted:
        """Return the design of an unweighted regression of ``y`` on the columns of ``X``."""
        X = np.asarray(X, dtype=float)
        coefficients = np.linalg.lstsq(X, y, rcond=None)[0]
        return cls(X, y - X @ coefficients, np.zeros((len(X), 0)))

    @property
    def bread(self) -> FloatArray:
        """The inverse of X'X, of shape (k, k)."""
        # through the triangular factor: squaring a badly scaled X would halve the digits
        inverse = np.linalg.inv(np.linalg.qr(self.X, mode="r"))
        return np.asarray(inverse @ inverse.T)

    @property
    def full_basis(self) -> FloatArray:
        """Orthonormal basis of absorbed effects and regressors together, of shape (n, q + k)."""
        return np.hstack([self.basis, np.linalg.qr(self.X)[0]])

    def coefficients(self, y: FloatArray) -> FloatArray:
        """Return coefficients of ``y`` (already residualised and weighted) on ``X``."""
        return np.asarray(np.linalg.lstsq(self.X, y, rcond=None)[0])


def _cluster_sums(values: FloatArray, codes: IntArray) -> FloatArray:
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(codes[order]) != 0])
    return np.asarray(np.add.reduceat(values[order], starts, axis=0))


def _members(codes: IntArray) -> list[IntArray]:
    order = np.argsort(codes, kind="stable").astype(np.int64)
    starts = np.flatnonzero(np.diff(codes[order])) + 1
    return list(np.split(order, starts))


def _check_clusters(codes: IntArray, what: str) -> int:
    groups = len(np.unique(codes))
    if groups < 2:
        raise InputError(f"{what}: there is {groups} cluster; clustered errors need at least 2")
    return groups


def heteroskedastic_sandwich(fit: Fitted, kind: str, parameters: int | None = None) -> FloatArray:
    """Return an HC0, HC1, HC2 or HC3 covariance.

    Parameters
    ----------
    fit : Fitted
        The design and residuals.
    kind : {"HC0", "HC1", "HC2", "HC3"}
        Which correction.
    parameters : int, optional
        Number of parameters counted by HC1; default all, absorbed effects included.

    Examples
    --------
    >>> x = np.array([-1.0, 0.0, 1.0, 2.0])
    >>> fit = Fitted.ols(np.column_stack([np.ones(4), x]), np.array([0.0, 1.0, 1.0, 3.0]))
    >>> float(heteroskedastic_sandwich(fit, "HC1")[1, 1].round(6))
    0.0412
    """
    n, k = fit.X.shape
    counted = k + fit.basis.shape[1] if parameters is None else parameters
    squared = fit.residuals**2
    if kind in ("HC2", "HC3"):
        leverage = (fit.full_basis**2).sum(axis=1)
        # a row that determines its own fit has residual zero and adds nothing
        alone = leverage > 1 - EIGEN_TOLERANCE
        room = np.where(alone, 1.0, 1 - leverage)
        squared = np.where(alone, 0.0, squared) / (room if kind == "HC2" else room**2)
    elif kind not in ("HC0", "HC1"):
        raise InputError(f"kind: {kind!r} is not valid; give HC0, HC1, HC2 or HC3")
    bread = fit.bread
    meat = (fit.X * squared[:, None]).T @ fit.X
    factor = n / (n - counted) if kind == "HC1" else 1.0
    return np.asarray(factor * bread @ meat @ bread)


def cluster_sandwich(fit: Fitted, codes: IntArray) -> FloatArray:
    """Return the clustered covariance without any small-sample factor (CR0).

    Parameters
    ----------
    fit : Fitted
        The design and residuals.
    codes : ndarray of int, shape (n,)
        Cluster of each row.

    Examples
    --------
    >>> x = np.array([-1.0, 0.0, 1.0, 2.0])
    >>> fit = Fitted.ols(np.column_stack([np.ones(4), x]), np.array([0.0, 1.0, 1.0, 3.0]))
    >>> float(cluster_sandwich(fit, np.array([0, 0, 1, 1]))[1, 1].round(6))
    0.005
    """
    _check_clusters(codes, "cluster")
    # the bread first: a sum of squares cannot turn negative by rounding
    scores = _cluster_sums(fit.X * fit.residuals[:, None], codes) @ fit.bread
    return np.asarray(scores.T @ scores)


def two_way_sandwich(
    fit: Fitted,
    first: IntArray,
    second: IntArray,
    factors: tuple[float, float, float] = (1.0, 1.0, 1.0),
) -> FloatArray:
    """Return the covariance clustered in two ways, V1 + V2 - V12.

    Parameters
    ----------
    fit : Fitted
        The design and residuals.
    first, second : ndarray of int, shape (n,)
        The two clusterings.
    factors : tuple of 3 float
        Small-sample factor of each part: first, second, intersection.

    Notes
    -----
    The difference need not be positive semi-definite. Where it is not, its negative eigenvalues are set to zero (Cameron,
    Gelbach and Miller 2011, section 2.3).

    Examples
    --------
    >>> x = np.array([-1.0, 0.0, 1.0, 2.5])
    >>> fit = Fitted.ols(np.column_stack([np.ones(4), x]), np.array([0.0, 1.0, 1.0, 3.0]))
    >>> v = two_way_sandwich(fit, np.array([0, 0, 1, 1]), np.array([0, 1, 0, 1]))
    >>> bool(v[1, 1] >= 0)
    True
    """
    both = first.astype(np.int64) * (int(second.max()) + 1) + second
    V = (
        factors[0] * cluster_sandwich(fit, first)
        + factors[1] * cluster_sandwich(fit, second)
        - factors[2] * cluster_sandwich(fit, both)
    )
    values, vectors = np.linalg.eigh((V + V.T) / 2)
    if values[0] >= 0:
        return np.asarray(V)
    return np.asarray((vectors * np.clip(values, 0.0, None)) @ vectors.T)


@dataclass(frozen=True)
class CR2Result:
    """A bias-reduced covariance with the degrees of freedom of each coefficient.

    Parameters
    ----------
    covariance : ndarray of shape (k, k)
        The CR2 covariance.
    df : ndarray of shape (k,)
        Satterthwaite degrees of freedom of each coefficient.
    """

    covariance: FloatArray
    df: FloatArray


def cr2(fit: Fitted, codes: IntArray, working: str = "identity") -> CR2Result:
    r"""Return the bias-reduced clustered covariance (CR2) with Satterthwaite degrees of freedom.

    Parameters
    ----------
    fit : Fitted
        The design; absorbed effects count fully, whether or not they nest in the clusters.
    codes : ndarray of int, shape (n,)
        Cluster of each row; at least 2.
    working : {"identity", "inverse-weights"}
        Working model of the errors under which the covariance is unbiased: equal variances, or variances inverse to the
        weights. The two agree without weights.

    Returns
    -------
    CR2Result
        Covariance and degrees of freedom.

    Notes
    -----
    With hat matrix :math:`H` of the full design (effects included), working covariance :math:`\Phi` and
    :math:`B_g = \{(I-H)\Phi(I-H)'\}_{gg}`, the adjustment is the symmetric :math:`A_g = B_g^{+1/2}` in the scale where
    :math:`\Phi = I`. For a coefficient :math:`c` the variance is the quadratic form of
    :math:`p_g = (I-H)_g' A_g W_g X_g M c`; with :math:`G_{gh} = p_g'\Phi p_h`, the degrees of freedom are
    :math:`(\operatorname{tr} G)^2 / \operatorname{tr}(G^2)`. Area effects may be absorbed with clusters by area without
    changing the result (Pustejovsky and Tipton 2018, theorem 2); here that holds because they are part of :math:`H`.

    Examples
    --------
    >>> x = np.array([-1.0, 0.0, 1.0, 2.0, 0.5, -0.5])
    >>> fit = Fitted.ols(np.column_stack([np.ones(6), x]), np.array([0.0, 1.0, 1.0, 3.0, 1.0, 0.0]))
    >>> result = cr2(fit, np.array([0, 0, 1, 1, 2, 2]))
    >>> bool(result.df[1] < 2)
    True
    """
    if working not in ("identity", "inverse-weights"):
        raise InputError(f"working: {working!r} is not valid; give 'identity' or 'inverse-weights'")
    _check_clusters(codes, "cluster")
    n, k = fit.X.shape
    Q = fit.full_basis
    weighted = fit.weights is not None and working == "identity"
    w = np.asarray(fit.weights, dtype=float) if weighted else np.ones(n)
    S = Q.T @ (Q * w[:, None])
    root = np.sqrt(w)
    bread = fit.bread
    members = _members(codes)
    groups = len(members)
    scores = np.empty((groups, k))
    own = np.empty((groups, k))
    Z = np.empty((groups, Q.shape[1], k))
    Y = np.empty_like(Z)
    for g, rows in enumerate(members):
        Qg, wg, rg = Q[rows], w[rows], root[rows]
        H = Qg @ Qg.T
        B = np.diag(wg) - H * wg - wg[:, None] * H + Qg @ S @ Qg.T
        B = B / rg / rg[:, None]
        values, vectors = np.linalg.eigh((B + B.T) / 2)
        keep = values > EIGEN_TOLERANCE
        inverse_root = (vectors[:, keep] / np.sqrt(values[keep])) @ vectors[:, keep].T
        U = (inverse_root / rg[:, None] * rg) @ fit.X[rows] @ bread
        scores[g] = U.T @ fit.residuals[rows]
        own[g] = (U**2 * wg[:, None]).sum(axis=0)
        Z[g] = Qg.T @ U
        Y[g] = (Qg * wg[:, None]).T @ U
    covariance = scores.T @ scores
    df = np.empty(k)
    for j in range(k):
        Zj, Yj = Z[:, :, j], Y[:, :, j]
        cross = Zj @ Yj.T
        G = np.diag(own[:, j]) - cross - cross.T + Zj @ S @ Zj.T
        total = float((G**2).sum())
        df[j] = np.trace(G) ** 2 / total if total > 0 else np.nan
    return CR2Result(covariance, df)


def cluster_jackknife(fit: Fitted, codes: IntArray, factor: float | None = None) -> FloatArray:
    """Return the cluster jackknife covariance (CR3) from leaving each cluster out.

    Parameters
    ----------
    fit : Fitted
        The design and residuals.
    codes : ndarray of int, shape (n,)
        Cluster of each row.
    factor : float, optional
        What multiplies the sum of squared changes; default (G - 1)/G. Packages that take CR3 for a sandwich multiply by
        G/(G - 1) (n - 1)/(n - K) instead.

    Notes
    -----
    Deviations are taken from the full-sample coefficients. Coefficients without cluster g are found without refitting, from
    the full basis of the design; a cluster without which a coefficient is not determined raises InputError.

    Examples
    --------
    >>> x = np.array([-1.0, 0.0, 1.0, 2.0, 0.5, -0.5])
    >>> fit = Fitted.ols(np.column_stack([np.ones(6), x]), np.array([0.0, 1.0, 1.0, 3.0, 1.0, 0.0]))
    >>> float(cluster_jackknife(fit, np.array([0, 0, 1, 1, 2, 2]))[1, 1].round(4))
    0.0445
    """
    groups = _check_clusters(codes, "cluster")
    changes = leave_cluster_out(fit, codes)
    if np.isnan(changes).any():
        lost = int(np.flatnonzero(np.isnan(changes).any(axis=1))[0])
        raise InputError(
            f"cluster: without cluster number {lost} the coefficients are not determined; the jackknife needs every "
            "coefficient to survive the loss of any one cluster"
        )
    return np.asarray(((groups - 1) / groups if factor is None else factor) * changes.T @ changes)


def leave_cluster_out(fit: Fitted, codes: IntArray) -> FloatArray:
    """Return how coefficients change when each cluster is left out, of shape (G, k).

    Parameters
    ----------
    fit : Fitted
        The design and residuals.
    codes : ndarray of int, shape (n,)
        Cluster of each row; results follow the sorted codes.

    Notes
    -----
    Exact: the change is ``-M X_g' (I - H_gg)^+ e_g`` with the full hat matrix. Effects that belong to one cluster alone leave
    directions in which ``I - H_gg`` is singular; the generalised inverse drops those, unless a regressor needs them, which
    gives NaN.

    Examples
    --------
    >>> x = np.array([0.0, 1.0, 2.0])
    >>> fit = Fitted.ols(np.column_stack([np.ones(3), x]), np.array([0.0, 1.0, 5.0]))
    >>> leave_cluster_out(fit, np.array([0, 1, 2]))[[0, 2], 1].round(6).tolist()
    [1.5, -1.5]
    """
    Q = fit.full_basis
    q = fit.basis.shape[1]
    bread = fit.bread
    members = _members(codes)
    changes = np.empty((len(members), fit.X.shape[1]))
    for g, rows in enumerate(members):
        Qg = Q[rows]
        values, vectors = np.linalg.eigh(np.eye(len(rows)) - Qg @ Qg.T)
        lost = values <= EIGEN_TOLERANCE
        if lost.any() and np.abs(vectors[:, lost].T @ Qg[:, q:]).max(initial=0.0) > 1e-6:
            changes[g] = np.nan
            continue
        kept = vectors[:, ~lost]
        adjusted = kept @ ((kept.T @ fit.residuals[rows]) / values[~lost])
        changes[g] = -bread @ (fit.X[rows].T @ adjusted)
    return changes
