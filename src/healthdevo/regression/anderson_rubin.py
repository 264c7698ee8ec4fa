r"""The Anderson-Rubin test and confidence set, which hold however weak the instruments are.

References
----------
Anderson TW, Rubin H (1949). Estimation of the parameters of a single equation in a complete system of stochastic equations.
Annals of Mathematical Statistics 20, 46-63. Dufour JM, Taamouti M (2005). Projection-based statistical inference in linear
structural models with possibly weak instruments. Econometrica 73, 1351-1365. Andrews I, Stock JH, Sun L (2019). Weak instruments
in instrumental variables regression: theory and practice. Annual Review of Economics 11, 727-753.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import linalg, optimize, stats

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.regression.instrument_data import InstrumentData
from healthdevo.results import Estimate, Interval, check_levels
from healthdevo.typing import FloatArray
from healthdevo.wording import join, number

__all__ = ["AndersonRubinSet", "anderson_rubin_set", "anderson_rubin_test"]


@front_door
def anderson_rubin_test(
    data: InstrumentData, value: float | Sequence[float] = 0.0, errors: str = "HC1"
) -> tuple[float, float]:
    r"""Test whether the endogenous regressors have given coefficients, valid however weak the instruments.

    Parameters
    ----------
    data : InstrumentData
        Partialled data.
    value : float or sequence of float
        Coefficients tested, one for each endogenous regressor.
    errors : {"classic", "HC0", "HC1", "clustered"}
        Errors allowed for.

    Returns
    -------
    tuple of float
        The F statistic of the instruments in a regression of :math:`y - X\beta_0` on instruments and controls, and its p-value from
        F(L, n - L - p), or F(L, G - 1) with clusters. Both are NaN with fewer clusters than instruments or too few rows for their
        covariance.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z = rng.normal(size=200)
    >>> x = z + rng.normal(size=200)
    >>> data = InstrumentData.make(2 * x + rng.normal(size=200), x, z)
    >>> anderson_rubin_test(data, 0.0)[1] < 0.001 < anderson_rubin_test(data, 2.0)[1]
    True
    """
    values = np.atleast_1d(np.asarray(value, dtype=float))
    if values.shape != (data.X.shape[1],):
        raise InputError(
            f"value: {len(values)} numbers for {data.X.shape[1]} endogenous regressors; give one for each"
        )
    coefficients, covariance = data.reduced_forms(errors)
    contrast = np.r_[1.0, -values]
    delta = coefficients @ contrast
    turn = np.kron(contrast[None, :], np.eye(data.L))
    if data.denominator_df(errors) < data.L:
        return float("nan"), float("nan")
    try:
        statistic = float(delta @ np.linalg.solve(turn @ covariance @ turn.T, delta)) / data.L
    except np.linalg.LinAlgError:
        return float("nan"), float("nan")
    return statistic, float(stats.f.sf(statistic, data.L, data.denominator_df(errors)))


@dataclass(frozen=True)
class AndersonRubinSet(Estimate):
    """A confidence set that holds however weak the instruments are.

    ``intervals`` holds the convex hull at each level; ``pieces`` the set itself.

    Parameters
    ----------
    pieces : tuple of tuple of Interval
        For each level, the intervals that make up the set, in order; none when it is empty.
    kinds : tuple of str
        For each level ``"bounded"``, ``"unbounded"`` (one half-line), ``"disjoint"`` (several pieces, such as two half-lines),
        ``"whole line"`` or ``"empty"``.
    """

    pieces: tuple[tuple[Interval, ...], ...] = ()
    kinds: tuple[str, ...] = ()

    @property
    def kind(self) -> str:
        """Shape of the set at the first level."""
        return self.kinds[0]

    def contains(self, value: float, level: float | None = None) -> bool:
        """Return whether a value lies in the set at a level (the first by default)."""
        index = 0 if level is None else [i.level for i in self.intervals].index(self.interval(level).level)
        return any(value in piece for piece in self.pieces[index])

    @property
    def sentence(self) -> str:
        """The set in one sentence."""
        level = f"{100 * self.intervals[0].level:g}%"
        if self.kind == "empty":
            return (
                f"The {level} Anderson-Rubin set is empty: no coefficient agrees with the instruments, so at least one of "
                "them is not valid."
            )
        if self.kind == "whole line":
            return f"The {level} Anderson-Rubin set is the whole line: these instruments say nothing about the coefficient."
        parts = [
            f"up to {number(p.upper)}"
            if np.isneginf(p.lower)
            else f"from {number(p.lower)} upwards"
            if np.isposinf(p.upper)
            else f"{number(p.lower)} to {number(p.upper)}"
            for p in self.pieces[0]
        ]
        return f"The {level} Anderson-Rubin set of the {self.measure} is {join(parts)} ({self.kind})."


@front_door
def anderson_rubin_set(
    data: InstrumentData, levels: float | Sequence[float] = 0.95, errors: str = "HC1"
) -> AndersonRubinSet:
    r"""Return the confidence set of values that the Anderson-Rubin test does not reject.

    Parameters
    ----------
    data : InstrumentData
        Partialled data with one endogenous regressor.
    levels : float or sequence of float
        Confidence levels.
    errors : {"classic", "HC0", "HC1", "clustered"}
        Errors allowed for.

    Returns
    -------
    AndersonRubinSet
        The estimate is the 2SLS coefficient; the set may be unbounded, disjoint, the whole line, or empty (over-identified
        models only), and says so.

    Notes
    -----
    With classic errors the set solves a quadratic inequality exactly:
    :math:`(y-xb)'(P_Z - \kappa M_Z)(y-xb) \le 0`, :math:`\kappa = cL/(n-L-p)`. Otherwise the limits are the real roots of
    :math:`\det\begin{pmatrix} V(b) & \delta(b) \\ \delta(b)' & cL \end{pmatrix} = 0`, with :math:`\delta(b)` the
    reduced-form coefficient of :math:`y - xb` and V(b) its covariance, quadratic in b: a quadratic eigenvalue problem, solved
    and polished by root-finding, so that no grid can miss a piece. c is the quantile of F(L, n - L - p), or F(L, G - 1).

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> z, u = rng.normal(size=(2, 100))
    >>> weak = InstrumentData.make(u + rng.normal(size=100), u + 0.02 * z, z)
    >>> anderson_rubin_set(weak).kind
    'whole line'
    """
    wanted = check_levels(levels)
    if data.X.shape[1] != 1:
        raise InputError(
            f"endogenous: {data.X.shape[1]} regressors; the set is drawn for one. Test values of several with "
            "anderson_rubin_test"
        )
    if data.tied:
        raise InputError(
            "outcome: it is tied exactly to the regressor and the instruments, so no errors are left to infer from"
        )
    coefficients, covariance = data.reduced_forms(errors)
    Q = np.linalg.qr(data.Z)[0]
    x, y = data.X[:, 0], data.y
    px, py = Q.T @ x, Q.T @ y
    estimate = float(px @ py / (px @ px))
    df = data.denominator_df(errors)
    if errors == "clustered" and df < data.L:
        raise InputError(
            f"clusters: {df + 1} clusters for {data.L} instruments; give more clusters than instruments"
        )
    residual = y - x * estimate
    scale = float(np.sqrt(residual @ residual / data.df / (px @ px))) or 1.0
    pieces: list[tuple[Interval, ...]] = []
    for level in wanted:
        c = float(stats.f.ppf(level, data.L, df))
        if errors == "classic":
            kappa = c * data.L / data.df

            def form(a: FloatArray, pa: FloatArray, b: FloatArray, pb: FloatArray, k: float = kappa) -> float:
                return float(pa @ pb) - k * (float(a @ b) - float(pa @ pb))

            roots = _real_roots(form(x, px, x, px), -2 * form(x, px, y, py), form(y, py, y, py))
        else:
            roots = _eigen_roots(coefficients, covariance, data.L, c, estimate, scale)

        def excess(b: float, c: float = c) -> float:
            return _ar(coefficients, covariance, data.L, b) - c

        pieces.append(_pieces(excess, roots, level, scale))
    hulls = tuple(
        Interval(level, p[0].lower, p[-1].upper) if p else Interval(level, np.nan, np.nan)
        for level, p in zip(wanted, pieces, strict=True)
    )
    kinds = tuple(_kind(p) for p in pieces)
    return AndersonRubinSet(
        f"coefficient of {data.names[0]}",
        estimate,
        np.nan,
        hulls,
        data.n,
        f"2SLS estimate; Anderson-Rubin set by inversion, {errors} errors, F({data.L}, {df})",
        pieces=tuple(pieces),
        kinds=kinds,
    )


def _ar(coefficients: FloatArray, covariance: FloatArray, L: int, b: float) -> float:
    # one scale for both: far out, b squared would swamp what matters
    size = 1.0 + abs(b)
    one, two = 1.0 / size, -b / size
    delta = one * coefficients[:, 0] + two * coefficients[:, 1]
    yy, yx, xx = covariance[:L, :L], covariance[:L, L:], covariance[L:, L:]
    V = one * one * yy + one * two * (yx + yx.T) + two * two * xx
    try:
        return float(delta @ np.linalg.solve(V, delta)) / L
    except np.linalg.LinAlgError:  # a direction without any variance tells such a value apart with certainty
        return float("inf")


def _real_roots(a: float, b: float, c: float) -> list[float]:
    if a == 0:
        return [] if b == 0 else [-c / b]
    discriminant = b * b - 4 * a * c
    if discriminant < 0:
        return []
    q = -0.5 * (b + np.copysign(np.sqrt(discriminant), b))
    return sorted({float(q / a), float(c / q)} if q != 0 else {0.0})


def _eigen_roots(
    coefficients: FloatArray, covariance: FloatArray, L: int, c: float, centre: float, scale: float
) -> list[float]:
    """Return real roots of det M(b) = 0 by linearising the quadratic eigenvalue problem around the estimate."""
    # b = centre + scale t
    d0 = coefficients[:, 0] - centre * coefficients[:, 1]
    d1 = -scale * coefficients[:, 1]
    yy, yx, xx = covariance[:L, :L], covariance[:L, L:], covariance[L:, L:]
    cross = yx + yx.T
    V0 = yy - centre * cross + centre**2 * xx
    V1 = scale * (2 * centre * xx - cross)
    V2 = scale**2 * xx
    # whiten, so that all blocks are of order one
    try:
        root = np.linalg.inv(np.linalg.cholesky(V0))
    except np.linalg.LinAlgError:
        raise InputError(
            f"the covariance of {L} reduced-form coefficients has no inverse; give more rows or clusters, or fewer instruments"
        ) from None
    V1, V2 = root @ V1 @ root.T, root @ V2 @ root.T
    d0, d1 = root @ d0, root @ d1
    size = L + 1
    M0, M1, M2 = np.zeros((3, size, size))
    M0[:L, :L], M1[:L, :L], M2[:L, :L] = np.eye(L), V1, V2
    M0[:L, L] = M0[L, :L] = d0
    M1[:L, L] = M1[L, :L] = d1
    M0[L, L] = c * L
    eye, zero = np.eye(size), np.zeros((size, size))
    values = linalg.eigvals(
        np.block([[zero, eye], [-M0, -M1]]), np.block([[eye, zero], [zero, M2]]), homogeneous_eigvals=True
    )
    numerator, denominator = values
    finite = np.abs(denominator) > 1e-12 * np.abs(numerator)
    t = numerator[finite] / denominator[finite]
    real = t[np.abs(t.imag) <= 1e-6 * (1 + np.abs(t.real))].real
    return sorted(float(centre + scale * value) for value in real)


def _pieces(
    excess: Callable[[float], float], roots: list[float], level: float, scale: float
) -> tuple[Interval, ...]:
    """Return the intervals between candidate limits where the test does not reject."""
    if not roots:
        inside = excess(0.0) <= 0
        return (Interval(level, -np.inf, np.inf),) if inside else ()
    gap = [scale + abs(r) for r in (roots[0], roots[-1])]
    between = [(a + b) / 2 for a, b in itertools.pairwise(roots)]
    points = [roots[0] - gap[0], *between, roots[-1] + gap[1]]
    accepted = [excess(point) <= 0 for point in points]
    limits = []
    for i, root in enumerate(roots):
        if accepted[i] == accepted[i + 1]:
            limits.append(root)
            continue
        limits.append(
            float(optimize.brentq(excess, points[i], points[i + 1], xtol=1e-300, rtol=1e-14, maxiter=500))
        )
    result: list[Interval] = []
    edges = [-np.inf, *limits, np.inf]
    for i, inside in enumerate(accepted):
        if not inside:
            continue
        if result and result[-1].upper == edges[i]:
            result[-1] = Interval(level, result[-1].lower, edges[i + 1])
        else:
            result.append(Interval(level, edges[i], edges[i + 1]))
    return tuple(result)


def _kind(pieces: tuple[Interval, ...]) -> str:
    if not pieces:
        return "empty"
    if len(pieces) > 1:
        return "disjoint"
    infinite = int(np.isinf(pieces[0].lower)) + int(np.isinf(pieces[0].upper))
    return ("bounded", "unbounded", "whole line")[infinite]
