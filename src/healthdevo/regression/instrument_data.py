"""Outcome, endogenous regressors and instruments, with the controls partialled out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.mathematics import vectors
from healthdevo.typing import FloatArray, IntArray

__all__ = ["COVARIANCES", "InstrumentData"]

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
