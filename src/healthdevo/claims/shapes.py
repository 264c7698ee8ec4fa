"""What tests of claims give and draw on: results in their shapes, and the number of resamples."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from healthdevo.results import Estimate, Interval

__all__ = ["RANGE", "Drawn", "between", "called", "counted"]


@dataclass(frozen=True)
class Drawn:
    """How many times what is resampled is drawn, for tests that resample."""

    draws: int = 199


def counted(
    measure: str, value: float, n: int, unit: str = "", reason: str = "a full count, not a sample"
) -> Estimate:
    """Return a number without an interval, with the reason.

    >>> counted("share of authorities", 0.5, 20).sentence
    'The share of authorities is 0.5 (no interval: a full count, not a sample).'
    """
    return Estimate(measure, float(value), np.nan, (), int(n), "counted", unit, reason)


RANGE = 1.0
"""Level of limits that are not of chance: all that rounding or the assumptions allow."""


def between(
    measure: str,
    value: float,
    lower: float,
    upper: float,
    n: int,
    method: str,
    unit: str = "",
    level: float = 0.95,
) -> Estimate:
    """Return a number with limits that a chapter has computed; ``level`` is ``RANGE`` where they are not of chance."""
    return Estimate(
        measure, float(value), np.nan, (Interval(level, float(lower), float(upper)),), int(n), method, unit
    )


def called(measure: str, found: Estimate) -> Estimate:
    """Return a chapter's result under a name that says what it measures here."""
    i = found.interval()
    return Estimate(measure, found.estimate, found.standard_error, (i,), found.n, found.method, found.unit)
