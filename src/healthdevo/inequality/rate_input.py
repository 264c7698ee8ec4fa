"""What rates of every kind ask of their input, and how they are labelled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.inequality.grids import area_matrix
from healthdevo.mathematics.vectors import vector
from healthdevo.typing import FloatArray, IntArray

__all__ = [
    "FEWEST_EVENTS",
    "MIXED_LIMITS",
    "Labels",
    "Missing",
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


def pair_of(first: str, a: ArrayLike, second: str, b: ArrayLike) -> tuple[FloatArray, FloatArray]:
    """Return two vectors of one length."""
    x, n = (
        vector(v if np.ndim(v) else [v], name, missing=True, least=0) for name, v in ((first, a), (second, b))
    )
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
    need_choice("missing_counts", missing_counts, ("reason", "zero"))
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
