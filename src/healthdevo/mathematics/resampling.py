"""Seeded resampling in whole arrays: bootstrap weights, permutations within strata, percentile limits."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from healthdevo.errors import InputError
from healthdevo.typing import FloatArray, IntArray

__all__ = [
    "bootstrap",
    "bootstrap_weights",
    "check_draws",
    "generator",
    "percentile_limits",
    "permutations_within",
]

_CELLS = 150_000  # numbers held at once: 1.2 MB, which stays in the cache


def generator(seed: int | np.random.Generator | None) -> np.random.Generator:
    """Return a random generator of its own; the global one is never touched.

    Examples
    --------
    >>> generator(1).integers(10) == generator(1).integers(10)
    np.True_
    """
    return seed if isinstance(seed, np.random.Generator) else np.random.default_rng(seed)


MOST_DRAWS = 10_000_000


def check_draws(draws: int, least: int = 2) -> int:
    """Return a valid number of draws.

    Raises
    ------
    InputError
        When it is not a whole number or too small.

    Examples
    --------
    >>> check_draws(999)
    999
    """
    if int(draws) != draws or not least <= draws <= MOST_DRAWS:
        raise InputError(
            f"draws: {draws!r} is not valid; give a whole number of at least {least}, and at most {MOST_DRAWS}"
        )
    return int(draws)


def bootstrap_weights(
    weights: FloatArray,
    draws: int,
    seed: int | np.random.Generator | None,
    clusters: IntArray | None = None,
    keys: Sequence[NDArray[Any]] = (),
) -> Iterator[FloatArray]:
    """Yield blocks of bootstrap weights: each row is one resample, multiplicity times weight.

    Parameters
    ----------
    weights : ndarray of shape (n,)
    draws : int
        Resamples in all.
    seed : int or Generator
    clusters : ndarray of int, shape (n,), optional
        Codes 0 to g - 1; whole clusters are drawn together.
    keys : sequence of ndarray of shape (n,), optional
        What tells units apart. Draws then go to units in the order of their keys, so that the order of rows does not matter.

    Yields
    ------
    ndarray of shape (b, n)
        The b add up to ``draws``; memory stays bounded.

    Examples
    --------
    >>> sum(b.shape[0] for b in bootstrap_weights(np.ones(4), 10, 0))
    10
    """
    rng = generator(seed)
    units = weights.size if clusters is None else int(clusters.max()) + 1
    block = max(1, _CELLS // max(units, weights.size))
    if clusters is None and keys:
        clusters = np.argsort(np.lexsort((weights, *keys)))
    for start in range(0, draws, block):
        b = min(block, draws - start)
        chosen = rng.integers(0, units, size=(b, units)) + np.arange(b)[:, None] * units
        counts = np.bincount(chosen.ravel(), minlength=b * units).reshape(b, units)
        yield (counts if clusters is None else counts[:, clusters]) * weights


def permutations_within(
    strata: IntArray, draws: int, seed: int | np.random.Generator | None
) -> Iterator[IntArray]:
    """Yield blocks of permutations that move positions only within their stratum.

    Parameters
    ----------
    strata : ndarray of int, shape (n,)
        Sorted ascending, so that strata lie in one piece.

    Yields
    ------
    ndarray of int, shape (b, n)

    Examples
    --------
    >>> next(permutations_within(np.array([0, 0, 1]), 5, 0))[:, 2]
    array([2, 2, 2, 2, 2])
    """
    rng = generator(seed)
    block = max(1, _CELLS // strata.size)
    for start in range(0, draws, block):
        keys = rng.random((min(block, draws - start), strata.size)) + strata
        yield np.argsort(keys, axis=1)


def percentile_limits(samples: FloatArray, levels: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    """Return equal-tailed percentile limits of draws along the first axis.

    Returns
    -------
    lower, upper : ndarray of shape (..., m)
        One for each level, last.

    Examples
    --------
    >>> lower, upper = percentile_limits(np.arange(101.0), (0.9,))
    >>> float(lower[0].round(6)), float(upper[0].round(6))
    (5.0, 95.0)
    """
    tails = [(1.0 - level) / 2.0 for level in levels]
    both = np.quantile(samples, [*tails, *(1.0 - t for t in tails)], axis=0)
    m = len(tails)
    return np.moveaxis(both[:m], 0, -1), np.moveaxis(both[m:], 0, -1)


def bootstrap(
    statistic: Callable[[FloatArray], FloatArray],
    weights: FloatArray,
    draws: int,
    seed: int | np.random.Generator | None,
    clusters: IntArray | None = None,
    keys: Sequence[NDArray[Any]] = (),
) -> FloatArray:
    """Return a statistic of each bootstrap resample.

    Parameters
    ----------
    statistic : callable
        Takes weights of shape (b, n), returns values of shape (b,) or (b, k).
    weights : ndarray of shape (n,)
    draws : int
        At least 50.
    seed : int or Generator
    clusters, keys
        As in ``bootstrap_weights``.

    Returns
    -------
    ndarray of shape (draws,) or (draws, k)

    Examples
    --------
    >>> x = np.array([1.0, 2.0, 3.0])
    >>> bootstrap(lambda w: w @ x / w.sum(axis=1), np.ones(3), 200, 1).shape
    (200,)
    """
    check_draws(draws, 50)
    return np.concatenate(
        [statistic(block) for block in bootstrap_weights(weights, draws, seed, clusters, keys)]
    )
