"""Sums of transformed independent normal variables: their distribution by numerical inversion, without simulation.

A rate whose logarithm is normal, or a proportion whose log-odds are normal, is a smooth function of a normal variable.
A weighted sum of several such variables has no distribution in closed form, but its characteristic function is the
product of theirs, and Gil-Pelaez's formula turns that into probabilities. The result has no random error.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

from healthdevo.typing import FloatArray

__all__ = ["SumDistribution", "node_weights", "normal_nodes", "ratio_quantiles", "sum_distribution"]
_REACH = 8.5
_PLAIN = 137
_STEP = 0.2
_CHUNK = 256
_DOUBLINGS = 40


def normal_nodes(spread: float) -> FloatArray:
    """Return points of the standard normal variable at which transformed values are to be given.

    Parameters
    ----------
    spread : float
        Largest standard deviation on the normal scale; the more a transformation can bend, the finer the points.

    Returns
    -------
    ndarray of shape (nodes,)

    Examples
    --------
    >>> normal_nodes(0.01).size, normal_nodes(0.3).size
    (69, 273)
    """
    steps = 4 if spread <= 0.03 else 8 if spread <= 0.12 else 16
    points: FloatArray = np.linspace(-_REACH, _REACH, int(2 * _REACH * steps) + 1)
    return points


def node_weights(count: int) -> FloatArray:
    """Return the weights of ``count`` points in the mean over the standard normal variable."""
    density = np.exp(-0.5 * np.linspace(-_REACH, _REACH, count) ** 2)
    return np.asarray(density / density.sum(), dtype=np.float64)


@dataclass(frozen=True)
class SumDistribution:
    """Distributions of ``k`` weighted sums.

    Parameters
    ----------
    mean, standard_deviation : ndarray of shape (k,)
        Moments of the sums.
    transform : ndarray of shape (k, t)
        Characteristic function of the standardised sums on the grid of frequencies.
    """

    mean: FloatArray
    standard_deviation: FloatArray
    transform: NDArray[np.complex128]

    def _standardised(self, z: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Return probability and density of the standardised sums at ``z``, shape (k,)."""
        frequencies = (np.arange(self.transform.shape[1]) + 0.5) * _STEP
        rotated = self.transform * np.exp(-1j * z[:, np.newaxis] * frequencies)
        probability = 0.5 - (rotated.imag / frequencies).sum(axis=1) * (_STEP / np.pi)
        density = rotated.real.sum(axis=1) * (_STEP / np.pi)
        return probability, density

    def probability_below(self, x: FloatArray) -> FloatArray:
        """Return the probability that each sum lies at or below ``x``, shape (k,)."""
        spread = np.where(self.standard_deviation > 0.0, self.standard_deviation, 1.0)
        probability, _ = self._standardised((x - self.mean) / spread)
        certain = np.where(x >= self.mean - 1e-13 * np.abs(self.mean), 1.0, 0.0)
        below: FloatArray = np.where(self.standard_deviation > 0.0, probability, certain)
        return below

    def quantile(self, probability: float) -> FloatArray:
        """Return the quantile of each sum, shape (k,)."""
        z = np.full(self.mean.shape, float(ndtri(probability)))
        for _ in range(50):
            value, density = self._standardised(z)
            step = np.clip((value - probability) / np.maximum(density, 1e-6), -0.5, 0.5)
            z = z - step
            if not np.any(np.abs(step) > 1e-11):
                break
        found: FloatArray = self.mean + self.standard_deviation * z
        return found


def sum_distribution(values: FloatArray, coefficients: FloatArray) -> SumDistribution:
    """Return the distributions of ``sum_j coefficients[i, j] * Y[i, j]`` for independent ``Y``.

    Parameters
    ----------
    values : ndarray of shape (k, g, nodes)
        Each variable ``Y[i, j]`` as a function of a standard normal variable, given at ``normal_nodes``.
    coefficients : ndarray of shape (k, g)
        Weights of the sums.

    Returns
    -------
    SumDistribution

    Notes
    -----
    The expectation over each normal variable is a trapezoidal sum, which converges geometrically for smooth functions.
    The inversion integral is a midpoint sum (Gil-Pelaez 1951). For variables with a spread up to 0.1 on the normal scale
    quantiles are exact to about nine figures. A sum that consists of a single log-normal variable is the worst case:
    six figures at a spread of 0.3, and only two at 0.8 for the 0.1% quantile.

    References
    ----------
    Gil-Pelaez, J. (1951). Note on the inversion theorem. Biometrika 38, 481-482.

    Examples
    --------
    >>> import numpy as np
    >>> nodes = normal_nodes(0.0)
    >>> two = np.broadcast_to(nodes, (1, 2, nodes.size))
    >>> d = sum_distribution(two, np.array([[0.6, 0.8]]))
    >>> round(float(d.quantile(0.975)[0]), 6)
    1.959964
    """
    weights = node_weights(values.shape[-1])
    means = values @ weights
    deviations = (values - means[..., np.newaxis]) * coefficients[..., np.newaxis]
    variances = (deviations**2) @ weights
    mean = (coefficients * means).sum(axis=1)
    standard_deviation = np.sqrt(variances.sum(axis=1))
    rounding = 1e-13 * np.abs(coefficients * means).sum(axis=1)
    standard_deviation = np.where(standard_deviation > rounding, standard_deviation, 0.0)
    spread = np.where(standard_deviation > 0.0, standard_deviation, 1.0)
    terms = 60 if weights.size <= _PLAIN else 110
    transform = np.empty((mean.size, terms), dtype=np.complex128)
    for start in range(0, mean.size, _CHUNK):
        part = slice(start, start + _CHUNK)
        angle = deviations[part] / spread[part, np.newaxis, np.newaxis]
        current = np.exp(1j * (_STEP / 2.0) * angle)
        turn = current * current
        for t in range(terms):
            transform[part, t] = (current @ weights).prod(axis=1)
            current *= turn
    return SumDistribution(mean, standard_deviation, transform)


def ratio_quantiles(
    values: FloatArray,
    numerator: FloatArray,
    denominator: FloatArray,
    probability: float,
    start: FloatArray,
    spread: FloatArray,
) -> FloatArray:
    """Return quantiles of the ratio of two weighted sums of the same variables, the lower one being positive.

    The ratio lies at or below ``t`` when ``numerator - t * denominator`` weights a sum at or below zero, so each
    quantile is the root of a probability in ``t``, found by bracketing and false position. It is infinite where no root
    exists, because the lower sum may well be 0.

    Parameters
    ----------
    values : ndarray of shape (k, g, nodes)
        As in ``sum_distribution``.
    numerator, denominator : ndarray of shape (k, g)
        Weights of the two sums; the denominator must be positive with near certainty.
    probability : float
        Which quantile.
    start : ndarray of shape (k,)
        A finite first guess, such as Fieller's limit.
    spread : ndarray of shape (k,)
        Rough standard deviation of the ratio.

    Returns
    -------
    ndarray of shape (k,)

    Examples
    --------
    >>> import numpy as np
    >>> nodes = normal_nodes(0.1)
    >>> values = np.stack([10 + 0.1 * nodes, 5 + 0.0 * nodes])[None]
    >>> n, d = np.array([[1.0, 0.0]]), np.array([[0.0, 1.0]])
    >>> q = ratio_quantiles(values, n, d, 0.975, np.array([2.0]), np.array([0.02]))
    >>> round(float(q[0]), 6)
    2.039199
    """

    def score(rows: NDArray[np.intp], t: FloatArray) -> FloatArray:
        weights = numerator[rows] - t[:, np.newaxis] * denominator[rows]
        below = sum_distribution(values[rows], weights).probability_below(np.zeros_like(t))
        scored: FloatArray = ndtri(np.clip(below, 1e-15, 1.0 - 1e-15)) - ndtri(probability)
        return scored

    result = start.astype(np.float64).copy()
    rows = np.flatnonzero(spread > 0.0)
    if rows.size == 0:
        return result
    # Step outwards from the guess until the root lies between two points; where it never does, the limit is infinite.
    near = result[rows]
    near_score = score(rows, near)
    side = np.where(near_score < 0.0, 1.0, -1.0)
    step = spread[rows] * np.clip(np.abs(near_score), 1e-3, 1.0)
    far = near + side * step
    far_score = score(rows, far)
    for _ in range(_DOUBLINGS):
        out = np.flatnonzero(far_score * near_score > 0.0)
        if out.size == 0:
            break
        near[out], near_score[out] = far[out], far_score[out]
        step[out] *= 2.0
        far[out] = near[out] + side[out] * step[out]
        far_score[out] = score(rows[out], far[out])
    open_ended = far_score * near_score > 0.0
    result[rows[open_ended]] = side[open_ended] * np.inf
    # False position with Illinois's halving, on the areas that are not there yet.
    left = np.flatnonzero(~open_ended)
    for _ in range(60):
        gap = far_score[left] - near_score[left]
        middle = far[left] - far_score[left] * (far[left] - near[left]) / np.where(gap == 0.0, 1.0, gap)
        value = score(rows[left], middle)
        result[rows[left]] = middle
        crossed = value * far_score[left] < 0.0
        near[left] = np.where(crossed, far[left], near[left])
        near_score[left] = np.where(crossed, far_score[left], near_score[left] / 2.0)
        far[left], far_score[left] = middle, value
        moved = np.abs(far[left] - near[left]) > 1e-10 * (np.abs(middle) + spread[rows[left]])
        left = left[(np.abs(value) > 1e-9) & moved]
        if left.size == 0:
            break
    return result
