"""The additively decomposable measures: Theil index, mean log deviation, GE(2) and the variance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal, TypeAlias

import numpy as np

from healthdevo.errors import InputError
from healthdevo.mathematics.vectors import Vector, vector
from healthdevo.typing import FloatArray

__all__ = ["Additive", "Measure", "additive_values"]

Measure: TypeAlias = Literal["theil", "mean log deviation", "ge2", "variance"]


@dataclass(frozen=True)
class Additive:
    """An additively decomposable measure: its function of values, the derivative, and the way back."""

    name: str
    psi: Callable[[FloatArray], FloatArray]
    slope: Callable[[FloatArray], FloatArray]
    combine: Callable[[Any, Any], Any]  # of M and the mean
    gradient: Callable[[float, float], tuple[float, float]]
    positive: bool = False
    signed: bool = False


def _xlogx(x: FloatArray) -> FloatArray:
    result: FloatArray = x * np.log(np.where(x > 0.0, x, 1.0))
    return result


_ADDITIVE: dict[str, Additive] = {
    "theil": Additive(
        "Theil index",
        _xlogx,
        lambda x: np.log(np.where(x > 0.0, x, 1.0)) + 1.0,
        lambda m, mean: m / mean - np.log(mean),
        lambda m, mean: (1.0 / mean, -m / mean**2 - 1.0 / mean),
    ),
    "mean log deviation": Additive(
        "mean log deviation",
        np.log,
        lambda x: 1.0 / x,
        lambda m, mean: np.log(mean) - m,
        lambda m, mean: (-1.0, 1.0 / mean),
        positive=True,
    ),
    "ge2": Additive(
        "generalised entropy index (alpha = 2)",
        np.square,
        lambda x: 2.0 * x,
        lambda m, mean: (m / mean**2 - 1.0) / 2.0,
        lambda m, mean: (0.5 / mean**2, -m / mean**3),
    ),
    "variance": Additive(
        "variance",
        np.square,
        lambda x: 2.0 * x,
        lambda m, mean: m - mean**2,
        lambda m, mean: (1.0, -2.0 * mean),
        signed=True,
    ),
}


def additive_values(values: Vector, measure: str) -> tuple[FloatArray, Additive]:
    """Return checked values and the measure of that name."""
    if measure not in _ADDITIVE:
        raise InputError(f"measure: {measure!r} is not valid; use one of {', '.join(_ADDITIVE)}")
    kind = _ADDITIVE[measure]
    x = vector(values, "values")
    bad = (
        np.flatnonzero((x <= 0.0) if kind.positive else (x < 0.0))
        if not kind.signed
        else np.empty(0, dtype=int)
    )
    if bad.size:
        raise InputError(
            f"values: row {bad[0]} is {x[bad[0]]:g} ({bad.size} such rows); the {kind.name} needs values "
            f"{'above zero' if kind.positive else 'of zero or more'} (the variance takes any)"
        )
    if not kind.signed and not x.any():
        raise InputError("values: every value is zero, so nothing is distributed")
    return x, kind
