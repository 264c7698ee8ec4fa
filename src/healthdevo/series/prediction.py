"""A forecast as a path with intervals, on the scale of the series, whatever scale its model works on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from healthdevo.mathematics.intervals import normal_quantiles
from healthdevo.results import check_levels
from healthdevo.typing import FloatArray

__all__ = ["Prediction"]


@dataclass(frozen=True)
class Prediction:
    """Forecasts of the months after a series' end.

    Parameters
    ----------
    model : str
        What made it.
    months : pandas.PeriodIndex
        Months forecast.
    centre : ndarray of shape (h,)
        Mean on the model's scale.
    spread : ndarray of shape (h,)
        Standard deviation on the model's scale, of observations to come.
    logarithmic : bool
        Whether the model's scale is the logarithm.
    scale : ndarray of shape (h,)
        What the value on the natural scale is multiplied by, such as the days of the month.
    """

    model: str
    months: pd.PeriodIndex
    centre: FloatArray = field(repr=False, compare=False)
    spread: FloatArray = field(repr=False, compare=False)
    logarithmic: bool = False
    scale: FloatArray | None = field(default=None, repr=False, compare=False)

    def _natural(self, values: FloatArray) -> FloatArray:
        natural = np.exp(values) if self.logarithmic else values
        return natural if self.scale is None else natural * self.scale

    @property
    def median(self) -> pd.Series:
        """The middle of the forecast, which is the point forecast."""
        return pd.Series(self._natural(self.centre), index=self.months, name="median")

    def table(
        self, levels: float | Sequence[float] = (0.5, 0.8, 0.95), widening: FloatArray | float = 1.0
    ) -> pd.DataFrame:
        """Return the forecast with its limits.

        Parameters
        ----------
        levels : float or sequence of float
            Levels of the intervals.
        widening : float or ndarray of shape (h,)
            Factor on the standard deviation.

        Returns
        -------
        pandas.DataFrame
            Indexed by month: ``median``, and ``lower_0.8``, ``upper_0.8`` and so on.
        """
        result = self.median.to_frame()
        wanted = check_levels(levels)
        for level, z in zip(wanted, normal_quantiles(wanted).tolist(), strict=True):
            reach = z * self.spread * widening
            result[f"lower_{level:g}"] = self._natural(self.centre - reach)
            result[f"upper_{level:g}"] = self._natural(self.centre + reach)
        return result
