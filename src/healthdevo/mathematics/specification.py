"""What every specification curve has: estimates under all combinations of choices, in order, and how far they agree.

Families run their specifications in their own ways; the table that comes out is read here.

Source: Simonsohn, Simmons and Nelson (2020), Specification curve analysis, Nature Human Behaviour 4, 1208-1214.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import ClassVar

import numpy as np
import pandas as pd

from healthdevo.typing import FloatArray

__all__ = ["Specifications"]


@dataclass(frozen=True)
class Specifications:
    """Estimates under every combination of choices.

    Parameters
    ----------
    table : pandas.DataFrame
        One row for each specification, in the order of its estimate: the option of each choice, the estimate, its limits
        and ``reason`` (why something is missing).
    choices : tuple of str
        Names of the choices, which are columns of the table.

    Examples
    --------
    >>> table = pd.DataFrame({"lag": [0, 1, 2], "estimate": [-2.0, -1.0, 0.5], "lower": -3.0, "upper": [-0.5, 0.2, 2.0]})
    >>> curve = Specifications(table, ("lag",))
    >>> curve.median, round(curve.share_of_sign, 3), round(curve.share_excluding_zero, 3)
    (-1.0, 0.667, 0.333)
    """

    table: pd.DataFrame = field(repr=False)
    choices: tuple[str, ...]

    column: ClassVar[str] = "estimate"
    """The column of estimates."""

    @property
    def limit_columns(self) -> tuple[str, str]:
        """The columns of the first interval's limits."""
        return "lower", "upper"

    @property
    def estimated(self) -> pd.DataFrame:
        """The specifications with an estimate."""
        return self.table[self.table[self.column].notna()]

    @property
    def estimates(self) -> FloatArray:
        """Their estimates, in order."""
        return self.estimated[self.column].to_numpy(dtype=np.float64)

    @property
    def median(self) -> float:
        """The median estimate; NaN when there is none."""
        found = self.estimates
        return float(np.median(found)) if found.size else float("nan")

    @property
    def share_of_sign(self) -> float:
        """Share of specifications with the sign of the median."""
        return float((np.sign(self.estimates) == np.sign(self.median)).mean())

    @property
    def share_excluding_zero(self) -> float:
        """Share of specifications whose interval excludes zero on the side of the median.

        Specifications without an interval count as not excluding it.
        """
        lower, upper = self.limit_columns
        frame = self.estimated
        away = (frame[lower] > 0) if self.median > 0 else (frame[upper] < 0)
        return float(away.mean())

    def influence(self) -> pd.DataFrame:
        """Return how much each choice moves the estimate.

        Returns
        -------
        pandas.DataFrame
            One row for each choice and option: ``choice``, ``option``, ``specifications``, the median (``median_effect`` or
            ``median_estimate``) and ``share``, the part of the variance of estimates that the choice alone explains.
        """
        frame = self.estimated
        values = frame[self.column]
        total = float(((values - values.mean()) ** 2).sum())
        rows = []
        for choice in self.choices:
            groups = frame.groupby(choice, sort=True)[self.column]
            between = float((groups.size() * (groups.mean() - values.mean()) ** 2).sum())
            for option, own in groups:
                rows.append(
                    {
                        "choice": choice,
                        "option": option,
                        "specifications": len(own),
                        f"median_{self.column}": float(own.median()),
                        "share": between / total if total > 0 else 0.0,
                    }
                )
        return pd.DataFrame(rows)
