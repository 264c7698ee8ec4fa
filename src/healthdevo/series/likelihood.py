"""The maximum of a likelihood that a search has come near: where a search stops hangs on the processor, the maximum does not."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from healthdevo.typing import FloatArray

__all__ = ["climbed"]

_BEND = 1e-5
_NEAR, _STEPS = 1e-9, 8
_FARTHEST = 0.5


def climbed(slope: Callable[[FloatArray], FloatArray], start: FloatArray) -> FloatArray | None:
    """Go on from where a search stopped, a few digits from the maximum, to where the slope is zero.

    Steps are Newton's, with the curvature where the search stopped.

    Parameters
    ----------
    slope : callable
        Gradient of the log-likelihood, exact, in parameters whose changes matter about alike (logarithms of variances).
    start : ndarray
        Where the search stopped.

    Returns
    -------
    ndarray or None
        None where the likelihood does not bend downwards there, or the maximum is not near.

    Examples
    --------
    >>> climbed(lambda x: -np.tanh(x - 1.0), np.array([0.999])).round(12).tolist()
    [1.0]
    >>> climbed(lambda x: np.ones(1), np.array([0.999])) is None
    True
    """
    here, first = start, slope(start)
    k = len(start)
    bend = np.column_stack([(slope(start + h) - first) / _BEND for h in _BEND * np.eye(k)])
    bend = (bend + bend.T) / 2.0
    if not (np.isfinite(bend).all() and (np.linalg.eigvalsh(bend) < 0.0).all()):
        return None
    rise = first
    for _ in range(_STEPS):
        step = -np.linalg.solve(bend, rise)
        here = here + step
        if not np.abs(here - start).max() < _FARTHEST:
            return None
        if np.abs(step).max() < _NEAR:
            break
        rise = slope(here)
    return np.asarray(here, dtype=float)
