"""Indirectly age-standardised ratios and rates, for many areas at once."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.inequality.grids import area_index, area_matrix
from healthdevo.inequality.rate_input import (
    MIXED_LIMITS,
    Labels,
    Missing,
    band_matrices,
    check_multiplier,
    per_unit,
    whole,
)
from healthdevo.mathematics.intervals import poisson_limits
from healthdevo.mathematics.vectors import in_one_order, numbers, vector
from healthdevo.results import Estimates, check_levels
from healthdevo.typing import FloatArray

__all__ = ["indirectly_standardised_rates", "indirectly_standardised_ratios"]


def _reference(
    reference_counts: ArrayLike, reference_population: ArrayLike, bands: int
) -> tuple[FloatArray, FloatArray]:
    x = vector(reference_counts, "reference_counts", least=0)
    n = vector(reference_population, "reference_population", above=0)
    if x.shape != (bands,) or n.shape != (bands,):
        raise InputError(
            f"reference_counts, reference_population: give one number for each of the {bands} age bands"
        )
    return x, n


def _indirect(
    counts: ArrayLike,
    population: ArrayLike,
    reference: tuple[ArrayLike, ArrayLike],
    factor: float,
    measure: str,
    unit: str,
    missing_counts: Missing,
    levels: float | Sequence[float],
    index: Labels,
) -> Estimates:
    n = area_matrix("population", population, columns="age bands")
    given = numbers(counts, "counts")
    if given.ndim == 1 and given.shape == (n.shape[0],) and n.shape != (1, 1):
        x = vector(given, "counts", missing=True, least=0)
        if (n < 0.0).any():
            raise InputError("population: give 0 or more in every band")
        observed = x
    else:
        matrix, n = band_matrices(counts, n, missing_counts)
        observed = matrix.sum(axis=1)
    x_ref, n_ref = _reference(*reference, n.shape[1])
    expected = n @ (x_ref / n_ref)
    wanted = check_levels(levels)
    reasons = [
        "an age band is missing"
        if np.isnan(o) or np.isnan(e)
        else "no events are expected"
        if e == 0.0
        else ""
        for o, e in zip(observed, expected, strict=True)
    ]
    scale = np.where(expected > 0.0, factor / np.where(expected > 0.0, expected, 1.0), np.nan)
    low, high = poisson_limits(observed, wanted)
    return Estimates(
        measure,
        area_index(index, n.shape[0]),
        observed * scale,
        np.sqrt(observed) * scale,
        wanted,
        low * scale[:, np.newaxis],
        high * scale[:, np.newaxis],
        whole(observed),
        MIXED_LIMITS,
        unit,
        tuple(reasons),
    )


@in_one_order(
    "counts", "population", labels="index", wide=True, across=["reference_counts", "reference_population"]
)
@front_door
def indirectly_standardised_ratios(
    counts: ArrayLike,
    population: ArrayLike,
    reference_counts: ArrayLike,
    reference_population: ArrayLike,
    *,
    multiplier: float = 1,
    missing_counts: Missing = "reason",
    levels: float | Sequence[float] = 0.95,
    index: Labels = None,
) -> Estimates:
    r"""Return indirectly standardised ratios: observed over expected events.

    Parameters
    ----------
    counts : array_like of shape (areas, bands) or (areas,)
        Events by age band, or in all.
    population : array_like of shape (areas, bands)
        People in each age band.
    reference_counts, reference_population : array_like of shape (bands,)
        Events and people of the reference population.
    multiplier : float, default 1
        100 gives a standardised mortality ratio on the usual scale.
    missing_counts : {"reason", "zero"}, default "reason"
        What an empty count means: unknown, so that the area gets a reason, or no events, as in tables that leave out
        zeros.
    levels : float or sequence of float, default 0.95
        Confidence levels.
    index : sequence, optional
        Labels of the areas.

    Returns
    -------
    Estimates
        ``n`` counts observed events.

    Raises
    ------
    InputError
        For negative numbers, or shapes that do not fit.

    Notes
    -----
    Estimand: :math:`O / E` with :math:`E = \sum_i n_i X_i / N_i` at the reference rates. Limits: those of the Poisson count
    :math:`O` (exact below ten, Byar's above) over :math:`E`. Assumes reference rates without error. Ratios of two areas
    weight ages differently, so they are not strictly comparable with each other.

    References
    ----------
    Breslow, N. E. and Day, N. E. (1987). Statistical Methods in Cancer Research, volume II, chapter 2.

    Examples
    --------
    >>> result = indirectly_standardised_ratios([[2, 13]], [[1000, 500]], [100, 400], [100000, 20000])
    >>> result[0].sentence
    'The indirectly standardised ratio is 1.36 (95% interval 0.76 to 2.25).'
    """
    per = check_multiplier(multiplier)
    reference = (reference_counts, reference_population)
    return _indirect(
        counts,
        population,
        reference,
        per,
        "indirectly standardised ratio",
        "",
        missing_counts,
        levels,
        index,
    )


@in_one_order(
    "counts", "population", labels="index", wide=True, across=["reference_counts", "reference_population"]
)
@front_door
def indirectly_standardised_rates(
    counts: ArrayLike,
    population: ArrayLike,
    reference_counts: ArrayLike,
    reference_population: ArrayLike,
    *,
    multiplier: float = 100_000,
    missing_counts: Missing = "reason",
    levels: float | Sequence[float] = 0.95,
    index: Labels = None,
) -> Estimates:
    """Return indirectly standardised rates: the ratio times the reference population's crude rate.

    Parameters
    ----------
    counts, population, reference_counts, reference_population, missing_counts, levels, index
        As in ``indirectly_standardised_ratios``.
    multiplier : float, default 100000
        What the rate is expressed per.

    Returns
    -------
    Estimates

    Raises
    ------
    InputError
        As ``indirectly_standardised_ratios``.

    Notes
    -----
    Estimand, assumptions, limits and source are those of the ratio, each times the crude rate of the reference.

    Examples
    --------
    >>> result = indirectly_standardised_rates([[2, 13]], [[1000, 500]], [100, 400], [100000, 20000], multiplier=1000)
    >>> round(float(result.estimate[0]), 3)
    5.682
    """
    per = check_multiplier(multiplier)
    x = vector(reference_counts, "reference_counts", least=0)
    n = vector(reference_population, "reference_population", above=0)
    return _indirect(
        counts,
        population,
        (reference_counts, reference_population),
        per * float(x.sum() / n.sum()),
        "indirectly standardised rate",
        per_unit(per),
        missing_counts,
        levels,
        index,
    )
