"""Relative change between two numbers, with the bounds that their rounding allows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthdevo.errors import InputError
from healthdevo.front_door import front_door
from healthdevo.wording import percentage

__all__ = ["RelativeChange", "relative_change"]


@dataclass(frozen=True, slots=True)
class RelativeChange:
    """A relative change and the bounds set by the precision of its two numbers.

    Parameters
    ----------
    start, end : float
        The two numbers.
    change : float
        ``end / start - 1``, as a share.
    lower, upper : float
        Smallest and largest change compatible with the precision; equal to ``change`` for exact numbers. These are bounds, not a
        confidence interval: a complete count has no sampling error.
    periods : float
        Length of the window in years.
    """

    start: float
    end: float
    change: float
    lower: float
    upper: float
    periods: float

    @property
    def per_year(self) -> float:
        """Compound change per year, as a share."""
        return float((self.end / self.start) ** (1.0 / self.periods) - 1.0)

    @property
    def sentence(self) -> str:
        """The change in words."""
        verb = "rose" if self.change > 0 else "fell" if self.change < 0 else "did not change"
        size = f" by {percentage(abs(self.change))}" if self.change else ""
        bounds = (
            ""
            if self.lower == self.upper
            else f" (between {percentage(self.lower)} and {percentage(self.upper)} given rounding)"
        )
        return f"{verb}{size}{bounds}"


@front_door
def relative_change(
    start: float,
    end: float,
    *,
    periods: float = 1.0,
    start_precision: float = 0.0,
    end_precision: float = 0.0,
) -> RelativeChange:
    """Return the relative change from one number to another.

    Parameters
    ----------
    start, end : float
        Positive, finite numbers.
    periods : float, default 1
        Years between them, above zero.
    start_precision, end_precision : float, default 0
        Half-width of what each number may be after rounding, in its own unit; at least zero and below the number.

    Returns
    -------
    RelativeChange

    Raises
    ------
    InputError
        When a number is not positive and finite, or a precision is out of range.

    Examples
    --------
    >>> c = relative_change(200.0, 250.0, periods=2, start_precision=5.0)
    >>> round(c.change, 3), round(c.lower, 3), round(c.upper, 3), round(c.per_year, 4)
    (0.25, 0.22, 0.282, 0.118)
    """
    for name, value in (("start", start), ("end", end), ("periods", periods)):
        if not (np.isfinite(value) and value > 0):
            raise InputError(f"relative_change: {name}={value!r} is not valid; it must be a positive number")
    for name, value, of in (
        ("start_precision", start_precision, start),
        ("end_precision", end_precision, end),
    ):
        if not (np.isfinite(value) and 0 <= value < of):
            raise InputError(
                f"relative_change: {name}={value!r} is not valid; it must be at least 0 and below {of!r}"
            )
    return RelativeChange(
        float(start),
        float(end),
        float(end / start - 1.0),
        float((end - end_precision) / (start + start_precision) - 1.0),
        float((end + end_precision) / (start - start_precision) - 1.0),
        float(periods),
    )
