"""Columns, lags and within transformations of one frame, each computed once for all specifications."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import sparse

from healthdevo.mathematics import vectors
from healthdevo.mathematics.within import Absorber, without_singletons
from healthdevo.typing import BoolArray, FloatArray, IntArray

__all__ = ["ESTIMATORS", "Engine", "Specification", "estimate_columns"]

ESTIMATORS = {
    "pooled": (False, False, False),
    "area": (True, False, False),
    "year": (False, True, False),
    "two-way": (True, True, False),
    "first-difference": (False, False, True),
    "first-difference-year": (False, True, True),
}


@dataclass(frozen=True)
class Specification:
    """One combination of choices."""

    outcome: str
    lag: int
    controls: tuple[str, ...]
    weights: str | None
    sample: str
    estimator: str


@dataclass(frozen=True)
class Ready:
    """One specification with everything but the regressor partialled out."""

    rows: IntArray
    absorber: Absorber
    y: FloatArray
    x: FloatArray
    basis: FloatArray
    members: sparse.csr_matrix
    groups: int
    factor: float


class Engine:
    """Columns, lags and within transformations of one frame, each computed once."""

    def __init__(
        self,
        data: pd.DataFrame,
        values: Mapping[str, FloatArray],
        regressor: str,
        samples: Mapping[str, BoolArray],
        weights: Mapping[str, FloatArray],
    ) -> None:
        self.area, self.area_names = vectors.codes(data["area"], "area", len(data))
        years = data["year"].to_numpy(dtype=np.int64)
        self.first = int(years.min())
        self.position = years - self.first
        self.grid = (len(self.area_names), int(self.position.max()) + 1)
        self.numbers = values
        self.regressor = regressor
        self.samples = samples
        self.weights = weights
        self._columns: dict[tuple[str, int, bool, str], FloatArray] = {}
        self._absorbers: dict[tuple[object, ...], tuple[IntArray, IntArray, Absorber, sparse.csr_matrix]] = {}

    def place(self, values: FloatArray, keep: BoolArray | None = None) -> FloatArray:
        """Lay a column out as areas x years, missing where there is no row."""
        grid = np.full(self.grid, np.nan)
        rows = slice(None) if keep is None else keep
        grid[self.area[rows], self.position[rows]] = values[rows]
        return grid

    def transform(self, grid: FloatArray, lag: int, difference: bool) -> FloatArray:
        """Lag and difference along the last axis, by calendar year."""
        result = _shift(grid, lag)
        return result - _shift(result, 1) if difference else result

    def column(self, name: str, lag: int, difference: bool, sample: str) -> FloatArray:
        """Return a column of the rows, lagged, differenced and limited to a sample."""
        key = (name, lag, difference, sample)
        if key not in self._columns:
            grid = self.transform(self.place(self.numbers[name], self.samples[sample]), lag, difference)
            self._columns[key] = grid[self.area, self.position]
        return self._columns[key]

    def ready(self, spec: Specification) -> Ready | str:
        """Return the partialled specification, or why there is none."""
        absorbs_area, absorbs_year, difference = ESTIMATORS[spec.estimator]
        columns = [
            self.column(spec.outcome, 0, False, spec.sample),
            self.column(self.regressor, spec.lag, False, spec.sample),
            *(self.column(name, 0, False, spec.sample) for name in spec.controls),
        ]
        level = np.column_stack(columns)
        complete = ~np.isnan(level).any(axis=1) & self.samples[spec.sample]
        w_all = None if spec.weights is None else self.weights[spec.weights]
        if w_all is not None:
            complete &= ~np.isnan(w_all)
        if difference:
            before = _shift(self.place(complete.astype(np.float64)), 1)[self.area, self.position]
            complete &= np.nan_to_num(before) > 0
            level = np.column_stack(
                [
                    self.column(spec.outcome, 0, True, spec.sample),
                    self.column(self.regressor, spec.lag, True, spec.sample),
                    *(self.column(name, 0, True, spec.sample) for name in spec.controls),
                ]
            )
        rows = np.flatnonzero(complete)
        if absorbs_area:  # as in a panel fit
            rows = rows[without_singletons(self.area[rows], self.position[rows] if absorbs_year else None)]
        if len(rows) < 3:
            return f"{len(rows)} complete rows"
        key = (rows.tobytes(), absorbs_area, absorbs_year, spec.weights)
        if key not in self._absorbers:
            area = np.unique(self.area[rows], return_inverse=True)[1].astype(np.int64)
            year = np.unique(self.position[rows], return_inverse=True)[1].astype(np.int64)
            w = None if w_all is None else w_all[rows]
            if not absorbs_area and not absorbs_year:
                # the constant is one effect that all rows share
                absorber = Absorber.make(len(rows), np.zeros(len(rows), dtype=np.int64), None, w)
            else:
                absorber = Absorber.make(
                    len(rows), area if absorbs_area else None, year if absorbs_year else None, w
                )
            members = sparse.csr_matrix(
                (np.ones(len(rows)), (area, np.arange(len(rows)))), shape=(int(area.max()) + 1, len(rows))
            )
            self._absorbers[key] = (area, year, absorber, members)
        area, year, absorber, members = self._absorbers[key]
        groups = int(area.max()) + 1
        if groups < 2:
            return "one area"
        level = level[rows]
        scale = np.maximum(np.linalg.norm(level * absorber.root_weights[:, None], axis=0), 1e-300)
        parts = absorber.residualise(level)
        y, x, C = parts[:, 0], parts[:, 1], parts[:, 2:]
        sizes = np.linalg.norm(parts, axis=0)
        if (sizes[2:] <= 1e-9 * scale[2:]).any():
            lost = spec.controls[int(np.flatnonzero(sizes[2:] <= 1e-9 * scale[2:])[0])]
            return f"{lost} has no variation left"
        basis = np.zeros((len(rows), 0))
        if C.shape[1]:
            basis, triangle = np.linalg.qr(C)
            diagonal = np.abs(np.diag(triangle))
            if (diagonal <= 1e-9 * sizes[2:]).any():
                return "controls are combinations of one another"
            x = x - basis @ (basis.T @ x)
            y = y - basis @ (basis.T @ y)
        if np.linalg.norm(x) <= 1e-9 * scale[1]:
            return f"{self.regressor} has no variation left"
        n, k = len(rows), 1 + C.shape[1]
        parameters = k + 1
        if absorbs_year:
            parameters += absorber.rank - (groups if absorbs_area else 1)
        if n <= k + absorber.rank:
            return f"{n} rows for {k + absorber.rank} parameters"
        factor = groups / (groups - 1) * (n - 1) / (n - parameters)
        return Ready(rows, absorber, y, x, basis, members, groups, factor)


def _shift(grid: FloatArray, lag: int) -> FloatArray:
    if lag == 0:
        return grid
    result = np.full_like(grid, np.nan)
    if abs(lag) < grid.shape[-1]:
        if lag > 0:
            result[..., lag:] = grid[..., :-lag]
        else:
            result[..., :lag] = grid[..., -lag:]
    return result


def estimate_columns(ready: Ready, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return coefficients and standard errors for columns of the regressor, already partialled."""
    size = (x**2).sum(axis=0)
    b = (x * ready.y[:, None]).sum(axis=0) / size
    scores = ready.members @ (x * (ready.y[:, None] - x * b))
    return b, np.sqrt(ready.factor * (scores**2).sum(axis=0)) / size
