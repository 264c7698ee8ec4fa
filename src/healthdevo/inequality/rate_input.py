"""What rates of every kind ask of their input, and how they are labelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.inequality.grids import area_matrix
from healthdevo.typing import FloatArray, IntArray

__all__ = [
    "FEWEST_EVENTS",
    "MIXED_LIMITS",
    "Labels",
    "Missing",
    "amounts",
    "band_matrices",
    "check_multiplier",
    "missing_reasons",
    "pair_of",
    "per_unit",
    "whole",
]

Labels = pd.Index | Sequence[object] | None
Missing = Literal["reason", "zero"]
FEWEST_EVENTS = 10.0
MIXED_LIMITS = "Poisson limits: exact below 10 events, Byar's from 10 upward"


def amounts(name: str, values: ArrayLike, *, above_zero: bool = False) -> FloatArray:
    """Return a float vector whose values are zero or more, or NaN where missing."""
    try:
        vector = np.atleast_1d(np.asarray(values, dtype=np.float64))
    except (TypeError, ValueError):
        raise InputError(f"{name}: give numbers, one for each area") from None
    if vector.ndim != 1 or vector.size == 0:
        raise InputError(f"{name}: shape {vector.shape} is not valid; give one number for each area")
    wrong = np.isinf(vector) | (vector < 0.0) | (above_zero & (vector == 0.0))
    if wrong.any():
        i = int(np.argmax(wrong))
        raise InputError(
            f"{name}: row {i} holds {vector[i]:g}; give numbers {'above 0' if above_zero else 'of 0 or more'}"
        )
    return vector


def pair_of(first: str, a: ArrayLike, second: str, b: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return two vectors of one length."""
    x, n = amounts(first, a), amounts(second, b)
    if x.shape != n.shape:
        raise InputError(f"{second}: {n.size} values for {x.size} {first}; give one for each")
    return x, n


def missing_reasons(x: FloatArray, n: FloatArray, what: str) -> list[str]:
    """Return why areas have no rate; empty strings where they have one."""
    reasons = np.where(
        np.isnan(x) | np.isnan(n), "the input is missing", np.where(n == 0.0, f"the {what} is 0", "")
    )
    return [str(r) for r in reasons]


def check_multiplier(multiplier: float) -> float:
    """Return a multiplier above 0."""
    if not (np.isfinite(multiplier) and multiplier > 0.0):
        raise InputError(f"multiplier: {multiplier!r} is not valid; give a number above 0, such as 100000")
    return float(multiplier)


def per_unit(multiplier: float) -> str:
    """Return the unit of a rate."""
    return "" if multiplier == 1.0 else "%" if multiplier == 100.0 else f"per {multiplier:,.0f}"


def whole(x: FloatArray) -> IntArray:
    """Return counts as whole numbers, 0 where missing."""
    return np.nan_to_num(x).astype(np.int64)


def band_matrices(
    counts: ArrayLike, population: ArrayLike, missing_counts: Missing
) -> tuple[FloatArray, FloatArray]:
    """Return counts and people by area and age band."""
    if missing_counts not in ("reason", "zero"):
        raise InputError(f"missing_counts: {missing_counts!r} is not valid; give 'reason' or 'zero'")
    x = area_matrix("counts", counts, columns="age bands")
    if missing_counts == "zero":
        x = np.nan_to_num(x, nan=0.0)
    n = area_matrix("population", population, columns="age bands")
    if x.shape != n.shape:
        raise InputError(f"population: shape {n.shape} does not match the counts' {x.shape}")
    for name, matrix in (("counts", x), ("population", n)):
        if (matrix < 0.0).any():
            row, column = (int(v) for v in np.argwhere(matrix < 0.0)[0])
            raise InputError(
                f"{name}: row {row}, band {column + 1} holds {matrix[row, column]:g}; give 0 or more"
            )
    return x, n
