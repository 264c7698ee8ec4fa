r"""How strong instruments are.

First-stage F (classic, robust, clustered), the effective F of Montiel Olea and Pflueger with its critical values, Cragg-Donald
and Kleibergen-Paap. Controls and effects are partialled out of
outcome, endogenous regressors and instruments first; statistics do not depend on how the controls are coded.

Notation: with partialled Z (L instruments), X (m endogenous), reduced forms :math:`\hat\Pi = (Z'Z)^{-1}Z'X` and residuals V;
p is the number of controls, constant and effects included.

References
----------
Montiel Olea JL, Pflueger C (2013). A robust test for weak instruments. JBES 31, 358-369. Cragg JG, Donald SG (1993).
Testing identifiability and specification in instrumental variable models. Econometric Theory 9, 222-240. Kleibergen F, Paap R
(2006). Generalized reduced rank tests using the singular value decomposition. J Econometrics 133, 97-126. Andrews I, Stock JH, Sun L
(2019). Weak instruments in instrumental variables regression: theory and practice. Annual Review of Economics 11, 727-753.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike
from scipy import linalg, stats

from healthdevo.errors import InputError
from healthdevo.mathematics import vectors
from healthdevo.typing import FloatArray, IntArray
from healthdevo.wording import number

__all__ = [
    "FirstStage",
    "InstrumentData",
    "RankTest",
    "cragg_donald",
    "effective_f_critical_value",
    "first_stage",
    "kleibergen_paap",
    "stock_yogo_critical_value",
]


COVARIANCES = ("classic", "HC0", "HC1", "clustered")


@dataclass(frozen=True)
class InstrumentData:
    """Outcome, endogenous regressors and instruments with the controls partialled out.

    Parameters
    ----------
    y : ndarray of shape (n,)
        Outcome.
    X : ndarray of shape (n, m)
        Endogenous regressors.
    Z : ndarray of shape (n, L)
        Instruments, L at least m.
    controls : int
        Number p of controls partialled out, with the constant and effects.
    clusters : ndarray of int or None
        Cluster of each row.
    names : tuple of str
        Names of the endogenous regressors.
    """

    y: FloatArray = field(repr=False)
    X: FloatArray = field(repr=False)
    Z: FloatArray = field(repr=False)
    controls: int
    clusters: IntArray | None = field(repr=False)
    names: tuple[str, ...]

    @classmethod
    def make(
        cls,
        outcome: ArrayLike,
        endogenous: ArrayLike,
        instruments: ArrayLike,
        controls: ArrayLike | None = None,
        *,
        constant: bool = True,
        weights: ArrayLike | None = None,
        clusters: ArrayLike | None = None,
        names: Sequence[str] = (),
    ) -> InstrumentData:
        """Partial the controls out.

        Parameters
        ----------
        outcome : array_like of shape (n,)
            Outcome.
        endogenous, instruments, controls : array_like of shape (n,) or (n, columns)
            Columns of the three kinds; controls without the constant.
        constant : bool
            Whether to partial a constant out too.
        weights : array_like of shape (n,), optional
            Positive weights.
        clusters : array_like of shape (n,), optional
            Cluster of each row.
        names : sequence of str
            Names of the endogenous regressors.

        Raises
        ------
        InputError
            For missing or infinite values, unequal lengths, fewer instruments than endogenous regressors, or instruments or
            regressors that the controls explain fully.

        Examples
        --------
        >>> rng = np.random.default_rng(0)
        >>> z = rng.normal(size=50)
        >>> x = z + rng.normal(size=50)
        >>> data = InstrumentData.make(x + rng.normal(size=50), x, z)
        >>> data.n, data.L, data.controls
        (50, 1, 1)
        """
        y = np.asarray(outcome, dtype=float).ravel()
        n = len(y)
        parts = {"outcome": y[:, None]}
        for label, values in (
            ("endogenous", endogenous),
            ("instruments", instruments),
            ("controls", controls),
        ):
            array = np.zeros((n, 0)) if values is None else np.asarray(values, dtype=float)
            parts[label] = array[:, None] if array.ndim == 1 else array
        for label, array in parts.items():
            if len(array) != n:
                raise InputError(f"{label}: {len(array)} rows, but outcome has {n}; give equal lengths")
            if not np.isfinite(array).all():
                row = int(np.flatnonzero(~np.isfinite(array).all(axis=1))[0])
                raise InputError(f"{label}: missing or infinite at row {row}; give finite numbers")
        W = np.hstack([np.ones((n, 1)), parts["controls"]]) if constant else parts["controls"]
        if weights is not None:
            w = np.asarray(weights, dtype=float)
            if not (np.isfinite(w) & (w > 0)).all():
                raise InputError("weights: give positive finite numbers")
            root = np.sqrt(w)[:, None]
            W, parts = W * root, {label: array * root for label, array in parts.items()}
        columns = np.hstack([parts["outcome"], parts["endogenous"], parts["instruments"]])
        rank = 0
        if W.shape[1]:
            scaled = W / np.maximum(np.linalg.norm(W, axis=0), 1e-300)
            left, size, _ = np.linalg.svd(scaled, full_matrices=False)
            basis = left[:, size > 1e-9]
            rank = basis.shape[1]
            before = np.linalg.norm(columns, axis=0)
            for _ in range(2):
                columns = columns - basis @ (basis.T @ columns)
            gone = np.linalg.norm(columns, axis=0) <= 1e-9 * np.maximum(before, 1e-300)
            if gone[1:].any():
                raise InputError(
                    f"the controls explain column {int(np.flatnonzero(gone[1:])[0])} of endogenous regressors and "
                    "instruments fully; leave it out"
                )
        m = parts["endogenous"].shape[1]
        X, Z = columns[:, 1 : 1 + m], columns[:, 1 + m :]
        if Z.shape[1] < m or m == 0:
            raise InputError(
                f"instruments: {Z.shape[1]} for {m} endogenous regressors; give at least as many instruments, and at least "
                "one endogenous regressor"
            )
        if np.linalg.matrix_rank(Z / np.linalg.norm(Z, axis=0), tol=1e-9) < Z.shape[1]:
            raise InputError(
                "instruments: one is a combination of the others given the controls; leave it out"
            )
        if n <= rank + Z.shape[1]:
            raise InputError(f"{n} rows for {rank + Z.shape[1]} controls and instruments; give more rows")
        if _tied(X, Z):
            raise InputError(
                "endogenous: controls and instruments explain a regressor (or a combination of them) exactly, so it has no errors "
                "and needs no instrument"
            )
        codes = None if clusters is None else vectors.codes(clusters, "clusters", n)[0]
        if codes is not None and codes.max() < 1:
            raise InputError(f"clusters: all {n} rows are in one cluster; give at least 2 clusters")
        labels = tuple(names) or tuple(f"x{j + 1}" for j in range(m))
        return cls(columns[:, 0], X, Z, rank, codes, labels)

    @property
    def n(self) -> int:
        """Number of rows."""
        return len(self.y)

    @property
    def L(self) -> int:  # noqa: N802
        """Number of instruments."""
        return int(self.Z.shape[1])

    @property
    def df(self) -> int:
        """Residual degrees of freedom of the first stage, n - L - p."""
        return self.n - self.L - self.controls

    @property
    def tied(self) -> bool:
        """Whether outcome and endogenous regressors are tied exactly given instruments and controls."""
        return _tied(np.column_stack([self.y, self.X]), self.Z)

    def reduced_forms(self, errors: str) -> tuple[FloatArray, FloatArray]:
        """Return reduced-form coefficients of [y, X] on Z, shape (L, 1 + m), and the covariance of their stacked columns.

        The factor of the covariance is 1/(n-L-p) for classic, 1 for HC0, n/(n-L-p) for HC1 and G/(G-1) (n-1)/(n-L-p) for
        clustered errors.
        """
        if errors not in COVARIANCES:
            raise InputError(f"errors: {errors!r} is not valid; give one of {', '.join(COVARIANCES)}")
        both = np.column_stack([self.y, self.X])
        Q, R = np.linalg.qr(self.Z)
        coefficients = np.linalg.solve(R, Q.T @ both)
        residuals = both - Q @ (Q.T @ both)
        inverse = np.linalg.inv(R)
        if errors == "classic":
            return coefficients, np.kron(residuals.T @ residuals / self.df, inverse @ inverse.T)
        scores = (residuals[:, :, None] * Q[:, None, :]).reshape(self.n, -1)
        factor = 1.0
        if errors == "HC1":
            factor = self.n / self.df
        elif errors == "clustered":
            if self.clusters is None:
                raise InputError("errors: clustered errors need clusters; give the cluster of each row")
            groups = int(self.clusters.max()) + 1
            sums = np.zeros((groups, scores.shape[1]))
            np.add.at(sums, self.clusters, scores)
            scores = sums
            factor = groups / (groups - 1) * (self.n - 1) / self.df
        sandwich = np.kron(np.eye(both.shape[1]), inverse)
        return coefficients, np.asarray(factor * sandwich @ (scores.T @ scores) @ sandwich.T)

    def denominator_df(self, errors: str) -> int:
        """Return the denominator degrees of freedom of F: n - L - p, or G - 1 with clusters."""
        return int(self.clusters.max()) if errors == "clustered" and self.clusters is not None else self.df


def _tied(columns: FloatArray, Z: FloatArray) -> bool:
    """Return whether some combination of columns has no residual given the instruments."""
    scaled = columns / np.maximum(np.linalg.norm(columns, axis=0), 1e-300)
    basis = np.linalg.qr(Z)[0]
    left = scaled - basis @ (basis.T @ scaled)
    return bool(np.linalg.svd(left, compute_uv=False)[-1] < 1e-9)


def _wald(covariance: FloatArray, values: FloatArray) -> float:
    """Return a Wald statistic; NaN where the covariance has no inverse, as with very few rows."""
    try:
        return float(values @ np.linalg.solve(covariance, values))
    except np.linalg.LinAlgError:
        return float("nan")


@dataclass(frozen=True)
class FirstStage:
    """Strength of the instruments for one endogenous regressor.

    Parameters
    ----------
    name : str
        The endogenous regressor.
    table : pandas.DataFrame
        Index ``classic``, ``HC0``, ``HC1`` and, with clusters, ``clustered``; columns ``F`` (Wald statistic over L),
        ``p_value``, ``effective_F`` and ``critical_value`` (of the effective F; bias above 10% at the 5% level).
    partial_r2 : float
        Share of its variance, after the controls, that the instruments explain.
    n, instruments, controls : int
        Rows, instruments and controls.
    preferred : str
        Row of the table that goes with the errors of the fit.
    """

    name: str
    table: pd.DataFrame
    partial_r2: float
    n: int
    instruments: int
    controls: int
    preferred: str

    def f(self, errors: str | None = None) -> float:
        """Return the F statistic under given errors."""
        return float(self.table["F"].to_numpy()[self.table.index.get_loc(errors or self.preferred)])

    def effective_f(self, errors: str | None = None) -> float:
        """Return the effective F under given errors."""
        return float(self.table["effective_F"].to_numpy()[self.table.index.get_loc(errors or self.preferred)])

    @property
    def weak(self) -> bool:
        """Whether the effective F stays below its critical value."""
        row = self.table.index.get_loc(self.preferred)
        return bool(self.table["effective_F"].to_numpy()[row] < self.table["critical_value"].to_numpy()[row])

    @property
    def sentence(self) -> str:
        """The strength of the instruments in one sentence."""
        row = self.table.index.get_loc(self.preferred)
        critical = float(self.table["critical_value"].to_numpy()[row])
        said = "below" if self.weak else "above"
        return (
            f"The effective F of the {'instrument' if self.instruments == 1 else f'{self.instruments} instruments'} for {self.name} is "
            f"{number(self.effective_f())}, {said} {number(critical)}, from which on a bias of more than 10% of the worst case "
            "can be ruled out."
        )


def effective_f_critical_value(W: FloatArray, bias: float = 0.10, significance: float = 0.05) -> float:
    r"""Return the critical value of the effective F (Montiel Olea and Pflueger 2013, simplified for 2SLS).

    Parameters
    ----------
    W : ndarray of shape (L, L)
        Covariance of the first-stage scores in the scale where Z'Z = I; only its shape matters.
    bias : float
        Nagar bias tolerated, relative to the worst case.
    significance : float
        Level of the test.

    Notes
    -----
    With :math:`x = 1/\text{bias}` and :math:`K = \operatorname{tr}(W)^2(1+2x) / (\operatorname{tr}(W'W) + 2x
    \operatorname{tr}(W)\lambda_{max}(W))`, the value is the upper quantile of a non-central chi-squared with K degrees of freedom
    and non-centrality Kx, divided by K.

    Examples
    --------
    >>> round(effective_f_critical_value(np.eye(1)), 1)
    23.1
    """
    if not (bias > 0 and 0 < significance < 1):
        raise InputError("bias and significance: give a positive bias and a significance between 0 and 1")
    x = 1 / bias
    largest = float(np.linalg.eigvalsh(W)[-1])
    trace = float(np.trace(W))
    K = trace**2 * (1 + 2 * x) / (float((W * W).sum()) + 2 * x * trace * largest)
    return float(stats.ncx2.ppf(1 - significance, K, K * x) / K)


def first_stage(data: InstrumentData, preferred: str = "HC1", bias: float = 0.10) -> tuple[FirstStage, ...]:
    r"""Return the first-stage F statistics of each endogenous regressor.

    Parameters
    ----------
    data : InstrumentData
        Partialled data.
    preferred : str
        Errors of the fit: ``"classic"``, ``"HC0"``, ``"HC1"`` or ``"clustered"``.
    bias : float
        Bias tolerated by the critical value of the effective F.

    Returns
    -------
    tuple of FirstStage
        One for each endogenous regressor. With several, each F says whether the instruments move that regressor, not whether
        they can tell the regressors apart: for that see ``cragg_donald`` and ``kleibergen_paap``.

    Notes
    -----
    :math:`F = \hat\pi' \hat V_\pi^{-1} \hat\pi / L`; the effective F is :math:`\hat\pi' Z'Z \hat\pi / \operatorname{tr}(\hat V_\pi
    Z'Z)`, which with classic errors or one instrument equals F.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=(200, 2))
    >>> x = z @ [0.5, 0.5] + rng.normal(size=200)
    >>> strength, = first_stage(InstrumentData.make(x, x, z))
    >>> strength.weak
    False
    """
    kinds = [k for k in COVARIANCES if k != "clustered" or data.clusters is not None]
    if preferred not in kinds:
        raise InputError(f"preferred: {preferred!r} is not valid; give one of {', '.join(kinds)}")
    ZZ = data.Z.T @ data.Z
    triangle: FloatArray = np.asarray(np.linalg.qr(data.Z, mode="r"))
    results = []
    fits = {kind: data.reduced_forms(kind) for kind in kinds}
    for j, name in enumerate(data.names):
        at = slice((1 + j) * data.L, (2 + j) * data.L)
        records = {}
        for kind, (coefficients, covariance) in fits.items():
            pi, V = coefficients[:, 1 + j], covariance[at, at]
            if kind == "clustered" and data.denominator_df(kind) < data.L:
                # fewer clusters than instruments: the covariance has no inverse
                F = np.nan
            else:
                F = _wald(V, pi) / data.L
            W = triangle @ V @ triangle.T
            records[kind] = {
                "F": F,
                "p_value": float(stats.f.sf(F, data.L, data.denominator_df(kind))),
                "effective_F": float(pi @ ZZ @ pi) / float(np.trace(W)),
                "critical_value": effective_f_critical_value(W, bias),
            }
        x = data.X[:, j]
        explained = data.Z @ fits["classic"][0][:, 1 + j]
        results.append(
            FirstStage(
                name,
                pd.DataFrame.from_dict(records, orient="index"),
                float(explained @ explained) / float(x @ x),
                data.n,
                data.L,
                data.controls,
                preferred,
            )
        )
    return tuple(results)


@dataclass(frozen=True)
class RankTest:
    """A test of whether instruments identify all endogenous regressors together.

    Parameters
    ----------
    name : str
        ``"Cragg-Donald"`` or ``"Kleibergen-Paap"``.
    f : float
        The Wald F form: Wald statistic over the number of instruments, with residual degrees of freedom n - L - p.
    wald : float
        The Wald statistic.
    df : int
        Its degrees of freedom, L - m + 1.
    p_value : float
        Against instruments that identify nothing (underidentification).
    method : str
        Errors allowed for.
    critical_value : float
        Stock and Yogo's value for F: above it, a nominal 5% Wald test of 2SLS rejects a true value in no more than 10% of samples. Only
        for Cragg-Donald, which assumes equal error variances as the value does; NaN where none is tabulated.
    """

    name: str
    f: float
    wald: float
    df: int
    p_value: float
    method: str
    critical_value: float = np.nan

    @property
    def sentence(self) -> str:
        """The test in one sentence."""
        text = (
            f"The {self.name} F statistic is {number(self.f)}; the p-value against instruments that do not identify the "
            f"model is {number(self.p_value)}."
        )
        if np.isfinite(self.critical_value):
            side = "below" if self.f < self.critical_value else "above"
            text += f" F is {side} {number(self.critical_value)}, the value for a 5% test to be wrong in 10% of samples at most."
        return text


# Stock and Yogo (2005), table 5.2: 2SLS, maximal size 10%, 15%, 20%, 25% of a nominal 5% Wald test; by endogenous regressors and
# instruments.
_STOCK_YOGO = {
    (1, 1): (16.38, 8.96, 6.66, 5.53),
    (1, 2): (19.93, 11.59, 8.75, 7.25),
    (1, 3): (22.30, 12.83, 9.54, 7.80),
    (1, 4): (24.58, 13.96, 10.26, 8.31),
    (1, 5): (26.87, 15.09, 10.98, 8.84),
    (2, 2): (7.03, 4.58, 3.95, 3.63),
    (2, 3): (13.43, 8.18, 6.40, 5.45),
    (2, 4): (16.87, 9.93, 7.54, 6.28),
    (2, 5): (19.45, 11.22, 8.38, 6.89),
}
_STOCK_YOGO_SIZES = (0.10, 0.15, 0.20, 0.25)


def stock_yogo_critical_value(instruments: int, endogenous: int = 1, size: float = 0.10) -> float:
    """Return Stock and Yogo's critical value of the Cragg-Donald F for the size of a 5% Wald test of 2SLS.

    Parameters
    ----------
    instruments : int
        Number of excluded instruments, up to 5.
    endogenous : int
        Number of endogenous regressors, 1 or 2.
    size : {0.10, 0.15, 0.20, 0.25}
        Largest rejection rate of a true value that is tolerated.

    Returns
    -------
    float
        NaN where the combination is not tabulated here.

    References
    ----------
    Stock JH, Yogo M (2005). Testing for weak instruments in linear IV regression. In: Identification and Inference for Econometric
    Models, Cambridge University Press, 80-108.

    Examples
    --------
    >>> stock_yogo_critical_value(3), stock_yogo_critical_value(3, 2)
    (22.3, 13.43)
    """
    if size not in _STOCK_YOGO_SIZES:
        raise InputError(f"size: {size!r} is not valid; give one of {', '.join(map(str, _STOCK_YOGO_SIZES))}")
    values = _STOCK_YOGO.get((endogenous, instruments))
    return float("nan") if values is None else values[_STOCK_YOGO_SIZES.index(size)]


def kleibergen_paap(data: InstrumentData, errors: str = "HC1") -> RankTest:
    r"""Return the Kleibergen-Paap rank statistic (Wald form) of the first stage.

    Parameters
    ----------
    data : InstrumentData
        Partialled data.
    errors : {"classic", "HC0", "HC1", "clustered"}
        Errors of the first stage. With classic errors this is Cragg-Donald, with one endogenous regressor the first-stage F.

    Notes
    -----
    With :math:`\Theta = (Z'Z)^{1/2}\hat\Pi\,\hat\Sigma_V^{-1/2} = USV'`, the statistic is the Wald test of
    :math:`U_2'\Theta V_2 = 0`, the part that belongs to the smallest singular value. Null: the first stage has rank m - 1.
    Small-sample factors are those of ``InstrumentData.reduced_forms``.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=(200, 3))
    >>> x = z[:, :2] + rng.normal(size=(200, 2))
    >>> test = kleibergen_paap(InstrumentData.make(x[:, 0], x, z))
    >>> test.df, test.f > 10
    (2, True)
    """
    coefficients, covariance = data.reduced_forms(errors)
    L, m = data.L, data.X.shape[1]
    Pi, V = coefficients[:, 1:], covariance[L:, L:]
    residuals = data.X - data.Z @ Pi
    triangle: FloatArray = np.asarray(np.linalg.qr(data.Z, mode="r"))
    # any inverse root serves: the statistic does not depend on which
    root = np.linalg.inv(np.linalg.cholesky(residuals.T @ residuals / data.df))
    theta = triangle @ Pi @ root.T
    U, _, Vt = np.linalg.svd(theta, full_matrices=True)
    U2, V2 = U[:, m - 1 :], Vt[m - 1 :].T
    turn = np.kron(V2.T @ root, U2.T @ triangle)
    part = (U2.T @ theta @ V2).T.ravel()
    df = L - m + 1
    # with fewer clusters than restrictions the covariance has no inverse
    wald = _wald(turn @ V @ turn.T, part) if data.denominator_df(errors) >= df else float("nan")
    name = "Cragg-Donald" if errors == "classic" else "Kleibergen-Paap"
    return RankTest(
        name,
        wald / L,
        wald,
        df,
        float(stats.chi2.sf(wald, df)),
        f"Wald form, {errors} errors, controls partialled out, residual degrees of freedom {data.df}",
    )


def cragg_donald(data: InstrumentData) -> RankTest:
    r"""Return the Cragg-Donald statistic: the first-stage F of the direction that the instruments move least.

    Parameters
    ----------
    data : InstrumentData
        Partialled data.

    Notes
    -----
    :math:`F = \lambda_{min}(\hat\Sigma_V^{-1/2} X'P_Z X \hat\Sigma_V^{-1/2}) / L` with
    :math:`\hat\Sigma_V = V'V/(n-L-p)`. Assumes equal error variances. With one endogenous regressor it is the classic F.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=(200, 3))
    >>> x = z[:, :2] + rng.normal(size=(200, 2))
    >>> data = InstrumentData.make(x[:, 0], x, z)
    >>> round(cragg_donald(data).f / kleibergen_paap(data, "classic").f, 9)
    1.0
    """
    Q = np.linalg.qr(data.Z)[0]
    projected = Q.T @ data.X
    residuals = data.X - Q @ projected
    eigenvalues = linalg.eigh(projected.T @ projected, residuals.T @ residuals / data.df, eigvals_only=True)
    wald = float(eigenvalues[0])
    df = data.L - data.X.shape[1] + 1
    return RankTest(
        "Cragg-Donald",
        wald / data.L,
        wald,
        df,
        float(stats.chi2.sf(wald, df)),
        f"equal error variances, controls partialled out, residual degrees of freedom {data.df}",
        stock_yogo_critical_value(data.L, data.X.shape[1]),
    )
