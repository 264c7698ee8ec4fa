r"""The wild cluster bootstrap for one least-squares coefficient, with the null imposed.

Cameron, Gelbach and Miller (2008) flip the signs of whole clusters of restricted residuals and compare the studentised
coefficient with its bootstrap distribution. Written through cluster sums, a draw costs one product of a G x G matrix with a
vector of signs, however many rows there are (Roodman, MacKinnon, Nielsen and Webb 2019); and since restricted residuals are
linear in the value tested, one set of products serves every value that an interval by inversion has to test.

References
----------
Cameron AC, Gelbach JB, Miller DL (2008). Bootstrap-based improvements for inference with clustered errors. Review of Economics and
Statistics 90, 414-427. Roodman D, MacKinnon JG, Nielsen MO, Webb MD (2019). Fast and wild: bootstrap inference in Stata using
boottest. Stata Journal 19, 4-60.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import optimize

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.mathematics.vectors import codes as label_codes
from healthdevo.mathematics.vectors import numbers, vector
from healthdevo.results import Interval, check_levels
from healthdevo.typing import FloatArray, IntArray

__all__ = ["SignFlips", "WildBootstrap", "rademacher", "sign_flips", "wild_cluster_bootstrap"]
ENUMERATE_UP_TO = 12
TIE = 1e-9


def rademacher(
    groups: int, draws: int = 9999, seed: int | np.random.Generator = 0
) -> tuple[FloatArray, bool]:
    """Return signs for each cluster and draw, and whether they are all there are.

    Parameters
    ----------
    groups : int
        Number of clusters G.
    draws : int
        Random draws, used with more than 12 clusters.
    seed : int or numpy.random.Generator
        Seed of the random draws.

    Returns
    -------
    signs : ndarray of shape (G, B)
        Each -1 or 1. Up to 12 clusters all 2^G patterns, the first being all ones.
    exact : bool
        Whether all patterns are listed.

    Examples
    --------
    >>> signs, exact = rademacher(3)
    >>> signs.shape, exact
    ((3, 8), True)
    """
    if groups <= ENUMERATE_UP_TO:
        patterns = np.arange(2**groups, dtype=np.int64)
        bits = (patterns[None, :] >> np.arange(groups, dtype=np.int64)[:, None]) & 1
        return np.asarray(1.0 - 2.0 * bits, dtype=np.float64), True
    if draws < 1:
        raise InputError(f"draws: {draws} is not valid; give at least 1")
    generator = np.random.default_rng(seed)
    return 2.0 * generator.integers(0, 2, size=(groups, draws)).astype(np.float64) - 1.0, False


@dataclass(frozen=True)
class SignFlips:
    """Bootstrap numerators and squared denominators as polynomials in the value tested.

    For a value b the studentised draws are ``(n0 - b n1) / sqrt(q0 - 2 b q1 + b^2 q2)``, up to a factor common to all draws.

    Parameters
    ----------
    n0, n1, q0, q1, q2 : ndarray of shape (B,)
        The coefficients.
    actual : tuple of 3 float
        The same for the data themselves: numerator terms and the squared denominator, which does not depend on b.
    """

    n0: FloatArray
    n1: FloatArray
    q0: FloatArray
    q1: FloatArray
    q2: FloatArray
    actual: tuple[float, float, float]

    def statistics(self, value: float) -> tuple[float, FloatArray]:
        """Return the statistic of the data and of each draw, under a value of the coefficient."""
        a0, a1, spread = self.actual
        square = self.q0 - 2 * value * self.q1 + value**2 * self.q2
        with np.errstate(divide="ignore", invalid="ignore"):
            drawn = (self.n0 - value * self.n1) / np.sqrt(np.clip(square, 0.0, None))
        drawn = np.where(np.isnan(drawn), 0.0, drawn)
        return (a0 - value * a1) / np.sqrt(spread), drawn


def sign_flips(
    x: FloatArray, y: FloatArray, basis: FloatArray, codes: IntArray, signs: FloatArray
) -> SignFlips:
    """Prepare the bootstrap of the coefficient of ``x`` in ``y``.

    Parameters
    ----------
    x, y : ndarray of shape (n,)
        Regressor and outcome after partialling out everything else, weighted.
    basis : ndarray of shape (n, q)
        Orthonormal basis of everything else: other regressors and absorbed effects.
    codes : ndarray of int, shape (n,)
        Clusters 0 ... G-1.
    signs : ndarray of shape (G, B)
        The draws.

    Examples
    --------
    >>> x, y = np.array([-1.0, 0.0, 1.0]), np.array([-1.0, 0.5, 0.5])
    >>> flips = sign_flips(x, y, np.ones((3, 1)) / 3**0.5, np.arange(3), rademacher(3)[0])
    >>> len(flips.n0)
    8
    """
    order = np.argsort(codes, kind="stable")
    starts = np.flatnonzero(np.r_[True, np.diff(codes[order]) != 0])

    def sums(values: FloatArray) -> FloatArray:
        return np.asarray(np.add.reduceat(values[order], starts, axis=0))

    size = float(x @ x)
    unit = x / np.sqrt(size)
    everything = np.column_stack([basis, unit])
    left = sums(everything * x[:, None])
    # scores of a draw v: diag(s) v - left (right' v), where right holds the projections of the restricted residuals
    s_y, s_x = sums(x * y), sums(x * x)
    right_y = sums(everything * y[:, None])
    right_x = sums(everything * x[:, None])
    score_y = signs * s_y[:, None] - left @ (right_y.T @ signs)
    score_x = signs * s_x[:, None] - left @ (right_x.T @ signs)
    residual = y - x * (x @ y) / size
    actual = sums(x * residual)
    return SignFlips(
        s_y @ signs,
        s_x @ signs,
        (score_y**2).sum(axis=0),
        (score_y * score_x).sum(axis=0),
        (score_x**2).sum(axis=0),
        (float(x @ y), size, float(actual @ actual)),
    )


@dataclass(frozen=True)
class WildBootstrap:
    """The wild cluster bootstrap of one coefficient.

    Parameters
    ----------
    estimate : float
        The least-squares coefficient.
    null : float
        The value tested.
    p_value : float
        Two-sided; counts draws at least as extreme as the data, the data themselves included.
    p_value_strict : float
        Share of draws strictly more extreme, as some packages report it; it can be 0.
    intervals : tuple of Interval
        By inversion of the two-sided test; infinite where no value is rejected on that side.
    draws : int
        Number of sign patterns used.
    exact : bool
        Whether these are all patterns (up to 12 clusters).
    groups : int
        Number of clusters.
    """

    estimate: float
    null: float
    p_value: float
    p_value_strict: float
    intervals: tuple[Interval, ...]
    draws: int
    exact: bool
    groups: int

    @property
    def sentence(self) -> str:
        """The test in one sentence."""
        how = f"all {self.draws:,} sign patterns" if self.exact else f"{self.draws:,} random sign patterns"
        return (
            f"With {self.groups} clusters and {how}, the wild cluster bootstrap gives a p-value of {self.p_value:.3g} "
            f"against {self.null:g}."
        )


def _p_values(flips: SignFlips, value: float, exact: bool) -> tuple[float, float]:
    actual, drawn = flips.statistics(value)
    # a sign pattern that flips every cluster alike repeats the data: rounding must not decide such ties
    margin = TIE * max(abs(actual), 1.0)
    size = np.abs(drawn)
    at_least = int((size >= abs(actual) - margin).sum())
    strictly = int((size > abs(actual) + margin).sum())
    total = len(drawn)
    if exact:
        return at_least / total, strictly / total
    return (1 + at_least) / (1 + total), strictly / total


def _rows(table: object, n: int, name: str) -> FloatArray:
    """Return a table of n rows as numbers."""
    values = numbers(table, name)
    values = values[:, None] if values.ndim == 1 else values
    if values.ndim != 2 or values.shape[0] != n or not np.isfinite(values).all():
        raise InputError(f"{name}: is not valid; give {n} rows of finite numbers, one for each of y")
    return values


@front_door
def wild_cluster_bootstrap(
    y: FloatArray,
    x: FloatArray,
    controls: FloatArray,
    clusters: IntArray,
    *,
    basis: FloatArray | None = None,
    null: float = 0.0,
    draws: int = 9999,
    seed: int | np.random.Generator = 0,
    levels: float | Sequence[float] = 0.95,
) -> WildBootstrap:
    r"""Test one coefficient with the restricted wild cluster bootstrap (WCR, Rademacher signs).

    Parameters
    ----------
    y, x : ndarray of shape (n,)
        Outcome and the regressor tested; for a weighted fit both times the square roots of the weights.
    controls : ndarray of shape (n, p)
        The other regressors, the constant among them; scaled likewise.
    clusters : ndarray of int, shape (n,)
        Cluster codes; at least 2 clusters.
    basis : ndarray of shape (n, q), optional
        Orthonormal basis of absorbed effects, orthogonal to what is given in the other arguments.
    null : float
        Value tested.
    draws : int
        Random draws; with up to 12 clusters all :math:`2^G` patterns are enumerated instead.
    seed : int or numpy.random.Generator
        Seed of the draws.
    levels : float or sequence of float
        Confidence levels of the intervals.

    Returns
    -------
    WildBootstrap
        p-values and intervals.

    Notes
    -----
    The statistic is the t ratio with the clustered covariance; a small-sample factor cancels. Assumes that clusters are
    independent and that none dominates. With few clusters the p-value is a multiple of :math:`2/2^G`, so a 95% interval is
    unbounded with fewer than 6.

    Examples
    --------
    >>> rng = np.random.default_rng(1)
    >>> codes = np.repeat(np.arange(8), 5)
    >>> x = rng.normal(size=40)
    >>> y = x + rng.normal(size=40) + rng.normal(size=8)[codes]
    >>> result = wild_cluster_bootstrap(y, x, np.ones((40, 1)), codes)
    >>> result.exact, result.draws
    (True, 256)
    """
    wanted = check_levels(levels)
    if not np.isfinite(null):
        raise InputError(f"null: {null!r} is not valid; give a finite number")
    y, x = vector(y, "y"), vector(x, "x")
    codes = label_codes(clusters, "clusters", y.size)[0]
    if x.size != y.size:
        raise InputError(f"x: has {x.size} values; {y.size} are needed, one for each row")
    groups = int(codes.max()) + 1
    if groups < 2:
        raise InputError("clusters: there is 1 cluster; the bootstrap needs at least 2")
    controls = _rows(controls, y.size, "controls")
    others = np.zeros((y.size, 0)) if basis is None else _rows(basis, y.size, "basis")
    if controls.shape[1]:
        others = np.hstack([others, np.linalg.qr(controls)[0]])
    partialled = np.column_stack([x, y]).astype(float)
    for _ in range(2):  # twice is enough for full accuracy
        partialled = partialled - others @ (others.T @ partialled)
    x_part, y_part = partialled.T
    if float(x_part @ x_part) <= 1e-18 * max(float(np.asarray(x) @ np.asarray(x)), 1e-300):
        raise InputError(
            "x: the regressor is a combination of the controls and effects; nothing can be tested"
        )
    signs, exact = rademacher(groups, draws, seed)
    flips = sign_flips(x_part, y_part, others, codes, signs)
    if flips.actual[2] <= 1e-24 * flips.actual[1] * float(y_part @ y_part) or not y_part.any():
        raise InputError("y: the regression leaves no errors, so there is nothing to resample")
    estimate = flips.actual[0] / flips.actual[1]
    p, strict = _p_values(flips, null, exact)
    error = float(np.sqrt(flips.actual[2]) / flips.actual[1])
    intervals = tuple(
        Interval(
            level,
            _limit(flips, estimate, -error, 1 - level, exact),
            _limit(flips, estimate, error, 1 - level, exact),
        )
        for level in wanted
    )
    return WildBootstrap(estimate, null, p, strict, intervals, signs.shape[1], exact, groups)


def _limit(flips: SignFlips, estimate: float, step: float, alpha: float, exact: bool) -> float:
    """Return where the p-value falls to ``alpha`` on one side of the estimate; infinite if nowhere."""

    def excess(value: float) -> float:
        return _p_values(flips, value, exact)[0] - alpha

    if step == 0:
        return estimate
    inside, distance = estimate, 1.0
    while excess(estimate + distance * step) > 0:
        inside = estimate + distance * step
        distance *= 1.5
        if distance > 1e5:
            return float(np.inf if step > 0 else -np.inf)
    outside = estimate + distance * step
    return float(
        optimize.bisect(lambda v: 1.0 if excess(v) > 0 else -1.0, inside, outside, xtol=1e-10 * abs(step))
    )
