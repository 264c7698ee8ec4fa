"""What the slope index asks of its input: errors on the working scale, and a reason for each area that has none."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from healthdevo.errors import InputError
from healthdevo.inequality.grids import area_matrix
from healthdevo.inequality.slope_lines import Transform, transformed
from healthdevo.inequality.slope_results import FEWEST_GROUPS
from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.mathematics.vectors import numbers
from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = [
    "Reasons",
    "check_cells",
    "matrix_like",
    "note_gaps",
    "reverse_groups",
    "used_cells",
    "working_errors",
]


class Reasons:
    """Collects one reason per area, the first that applies."""

    def __init__(self, areas: int) -> None:
        self.texts: list[str] = [""] * areas

    def add(self, cells: BoolArray, text: str) -> None:
        """Note a reason, with the first column concerned, for each area that has a cell marked."""
        for i in np.flatnonzero(cells.any(axis=1)):
            if not self.texts[i]:
                self.texts[i] = text.format(group=int(np.argmax(cells[i])) + 1)

    @property
    def bad(self) -> BoolArray:
        """Whether an area has a reason."""
        return np.array([bool(t) for t in self.texts], dtype=bool)


def check_cells(name: str, cells: BoolArray, values: FloatArray, valid: str) -> None:
    """Raise one error that names the first cell marked."""
    if cells.any():
        row, column = (int(x) for x in np.argwhere(cells)[0])
        raise InputError(
            f"{name}: area row {row}, group {column + 1} holds {values[row, column]:g}; give {valid}"
        )


def matrix_like(name: str, values: ArrayLike, shape: tuple[int, ...]) -> FloatArray:
    """Return a matrix of the same shape as the values."""
    matrix = area_matrix(name, values)
    if matrix.shape != shape:
        raise InputError(f"{name}: shape {matrix.shape} does not match the values' {shape}")
    return matrix


def working_errors(
    values: FloatArray,
    working: Transform,
    standard_errors: ArrayLike | None,
    working_standard_errors: ArrayLike | None,
    lower: ArrayLike | None,
    upper: ArrayLike | None,
    limits_level: float,
) -> FloatArray | None:
    """Return standard errors on the scale on which the values are taken to be normal; NaN where unknown."""
    given = [
        standard_errors is not None,
        working_standard_errors is not None,
        lower is not None or upper is not None,
    ]
    if sum(given) > 1:
        raise InputError(
            "standard errors: give standard_errors, working_standard_errors, or lower and upper; not two"
        )
    if (lower is None) != (upper is None):
        raise InputError("lower, upper: give both limits or neither")
    if working_standard_errors is not None:
        errors = matrix_like("working_standard_errors", working_standard_errors, values.shape)
        check_cells("working_standard_errors", errors < 0.0, errors, "standard errors of zero or more")
        with np.errstate(divide="ignore", invalid="ignore"):
            return np.where(np.isfinite(transformed(values, working)), errors, np.nan)
    if standard_errors is not None:
        errors = matrix_like("standard_errors", standard_errors, values.shape)
        check_cells("standard_errors", errors < 0.0, errors, "standard errors of zero or more")
        with np.errstate(divide="ignore", invalid="ignore"):
            if working == "log":
                errors = errors / values
            elif working == "logit":
                errors = errors / (values * (1.0 - values))
        return np.where(np.isfinite(errors), errors, np.nan)
    if lower is not None and upper is not None:
        low, high = matrix_like("lower", lower, values.shape), matrix_like("upper", upper, values.shape)
        check_cells("lower", low > values, low, "lower limits at or below the values")
        check_cells("upper", high < values, high, "upper limits at or above the values")
        if working == "log":
            check_cells("lower", low < 0.0, low, "limits of zero or more for rates")
        if working == "logit":
            check_cells("lower", low < 0.0, low, "limits between 0 and 1 for proportions")
            check_cells("upper", high > 1.0, high, "limits between 0 and 1 for proportions")
        with np.errstate(divide="ignore", invalid="ignore"):
            errors = (transformed(high, working) - transformed(low, working)) / (
                2.0 * float(normal_quantiles(limits_level)[0])
            )
        return np.where(np.isfinite(errors), errors, np.nan)
    return None


def note_gaps(
    reasons: Reasons,
    y: FloatArray,
    people: FloatArray,
    used: BoolArray,
    counts: IntArray,
    transform: Transform,
) -> None:
    """Note why areas cannot be computed."""
    for i in np.flatnonzero(counts < FEWEST_GROUPS):
        reasons.texts[i] = f"{counts[i]} groups are fewer than {FEWEST_GROUPS}"
    reasons.add(used & np.isnan(y), "group {group} has no value")
    reasons.add(used & np.isnan(people), "group {group} has no population")
    reasons.add(used & (people == 0.0), "group {group} has a population of 0")
    if transform == "log":
        reasons.add(used & (y <= 0.0), "group {group} is not above 0, so its logarithm does not exist")
    if transform == "logit":
        edge = (y <= 0.0) | (y >= 1.0)
        reasons.add(used & edge, "group {group} is not between 0 and 1, so its log-odds do not exist")


def used_cells(group_counts: ArrayLike | None, areas: int, groups: int) -> tuple[BoolArray, IntArray]:
    """Return which cells are read, and the number of groups of each area."""
    if group_counts is None:
        return np.ones((areas, groups), dtype=bool), np.full(areas, groups, dtype=np.int64)
    counts = numbers(group_counts, "group_counts")
    if counts.shape != (areas,) or not np.all(
        (counts == np.floor(counts)) & (counts >= 0) & (counts <= groups)
    ):
        raise InputError(
            f"group_counts: give a whole number from 0 to {groups} for each of the {areas} areas"
        )
    whole = counts.astype(np.int64)
    return np.arange(groups) < whole[:, np.newaxis], whole


def reverse_groups(matrix: FloatArray, counts: IntArray) -> FloatArray:
    """Reverse the first ``counts[i]`` columns of each row."""
    columns = counts[:, np.newaxis] - 1 - np.arange(matrix.shape[1])
    return np.take_along_axis(matrix, np.where(columns >= 0, columns, np.arange(matrix.shape[1])), axis=1)
