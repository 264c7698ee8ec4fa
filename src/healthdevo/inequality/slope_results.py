"""Slope and relative indices of inequality as results, of one area and of many."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from healthdevo.results import Estimate, Estimates
from healthdevo.typing import FloatArray

__all__ = ["FEWEST_GROUPS", "MEASURE", "RELATIVE", "SlopeIndex", "SlopeIndices"]

FEWEST_GROUPS = 3
MEASURE = "slope index of inequality"
RELATIVE = "relative index of inequality"


@dataclass(frozen=True, kw_only=True)
class SlopeIndex(Estimate):
    """The slope index of one area, with its relative index.

    Parameters
    ----------
    relative : Estimate
        The relative index of inequality.
    intercept : float
        Fitted value at the worst-off end, in the unit of the slope index.
    """

    relative: Estimate
    intercept: float

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy frame: a row for each measure and level."""
        return pd.concat([super().to_frame(), self.relative.to_frame()], ignore_index=True)


@dataclass(frozen=True, kw_only=True)
class SlopeIndices(Estimates):
    """Slope indices of many areas, with their relative indices.

    Parameters
    ----------
    relative : Estimates
        The relative indices, with the same labels.
    intercept : ndarray of shape (k,)
        Fitted values at the worst-off end, in the unit of the slope index.
    """

    relative: Estimates
    intercept: FloatArray

    def __post_init__(self) -> None:
        super().__post_init__()
        intercept = self.intercept.view()
        intercept.flags.writeable = False
        object.__setattr__(self, "intercept", intercept)

    def __getitem__(self, label: object) -> SlopeIndex:
        """Return the result of one area."""
        one = super().__getitem__(label)
        position = self.index.get_loc(label)
        return SlopeIndex(
            measure=one.measure,
            estimate=one.estimate,
            standard_error=one.standard_error,
            intervals=one.intervals,
            n=one.n,
            method=one.method,
            unit=one.unit,
            reason=one.reason,
            relative=self.relative[label],
            intercept=float(self.intercept[position]),
        )

    def to_frame(self) -> pd.DataFrame:
        """Return a tidy frame: a row for each label, measure and level."""
        return pd.concat([super().to_frame(), self.relative.to_frame()], ignore_index=True)
