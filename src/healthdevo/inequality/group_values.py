"""Gaps between groups: the simple and complex measures of the World Health Organization's health equity toolkit.

Each function takes one value for each group (a rate, percentage or mean), with the groups' standard errors and people
where the measure needs them, and returns an ``Estimate``. Groups may be ordered (income fifths, from the worst off to
the best off) or not (regions). ``higher_is`` says whether a high value is good. Row order matters only for ordered
groups, whose order is the measure's meaning.

The gradient measures of the same toolkit, slope and relative index, are in ``gradients`` and
``regression_gradients``; the concentration indices in ``concentration``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike

from healthdevo.checks import need_choice
from healthdevo.errors import InputError
from healthdevo.mathematics.estimates import cut_limits, limits
from healthdevo.mathematics.vectors import vector
from healthdevo.results import Estimate, check_levels
from healthdevo.typing import FloatArray

__all__ = [
    "Groups",
    "Levels",
    "Polarity",
    "check_groups",
    "higher_is_better",
    "position_of",
    "with_normal_limits",
]

Polarity = Literal["better", "worse"]
Levels = float | Sequence[float]


@dataclass(frozen=True)
class Groups:
    """Checked input: the groups that enter a measure."""

    values: FloatArray
    errors: FloatArray | None
    shares: FloatArray
    people: FloatArray | None
    reason: str

    @property
    def mean(self) -> float:
        """Mean over the groups, by their shares."""
        return float(self.shares @ self.values)

    @property
    def uncertain(self) -> FloatArray | None:
        """Standard errors when every one is known."""
        return None if self.errors is None or np.isnan(self.errors).any() else self.errors

    def without_interval(self) -> str:
        """Say why there is no interval."""
        return self.reason or (
            "no standard errors were given" if self.errors is None else "a standard error is missing"
        )


def check_groups(
    values: ArrayLike,
    standard_errors: ArrayLike | None,
    population: ArrayLike | None,
    *,
    weighted: bool = False,
    scale: float | None = None,
) -> Groups:
    """Return the groups that enter a measure, or say which one is wrong."""
    y = vector(values, "values", missing=True)
    if y.size < 2:
        raise InputError(f"values: {y.size} groups have no gap; give at least 2")
    if np.isnan(y).any():
        raise InputError(
            f"values: group {int(np.argmax(np.isnan(y))) + 1} is missing; leave it out of every argument"
        )
    errors = (
        None if standard_errors is None else vector(standard_errors, "standard_errors", y.size, missing=True)
    )
    if errors is not None and (errors < 0.0).any():
        raise InputError(
            f"standard_errors: group {int(np.argmax(errors < 0.0)) + 1} is negative; give 0 or more"
        )
    people = None if population is None else vector(population, "population", y.size, missing=True)
    if people is not None:
        wrong = np.isnan(people) | (people < 0.0)
        if wrong.any() or people.sum() <= 0.0:
            raise InputError(
                f"population: group {int(np.argmax(wrong)) + 1} is not valid; give 0 or more, not all 0"
            )
    elif weighted:
        raise InputError("population: the measure weights groups by their people; give them")
    if scale is not None:
        if not (np.isfinite(scale) and scale > 0.0):
            raise InputError(f"scale: {scale!r} is not valid; give 1, 100, 1000 or 100000")
        wrong = (y < 0.0) | (y > scale)
        if wrong.any():
            i = int(np.argmax(wrong))
            raise InputError(
                f"values: group {i + 1} holds {y[i]:g}; with scale={scale:g} give numbers from 0 to {scale:g}"
            )
    shares = np.full(y.size, 1.0 / y.size) if people is None else people / people.sum()
    return Groups(y, errors, shares, people, "")


def higher_is_better(higher_is: str) -> bool:
    """Return whether a high value is good."""
    need_choice("higher_is", higher_is, ("better", "worse"))
    return higher_is == "better"


def position_of(reference: int, n: int) -> int:
    """Return the position of the reference group, counted from 0."""
    if not isinstance(reference, (int, np.integer)) or isinstance(reference, bool) or not -n <= reference < n:
        raise InputError(f"reference: {reference!r} is not valid; give the position of a group, 0 to {n - 1}")
    return int(reference) % n


def with_normal_limits(
    measure: str,
    estimate: float,
    error: float,
    groups: Groups,
    method: str,
    levels: Levels,
    unit: str,
    *,
    signed: bool = True,
) -> Estimate:
    """Return an estimate with normal limits, cut at 0 where it has no sign, or a reason for having none."""
    wanted = check_levels(levels)
    if np.isnan(error):
        return Estimate(
            measure, estimate, error, (), groups.values.size, method, unit, groups.without_interval()
        )
    free = limits(estimate, error, wanted)
    return Estimate(
        measure, estimate, error, free if signed else cut_limits(free), groups.values.size, method, unit
    )
