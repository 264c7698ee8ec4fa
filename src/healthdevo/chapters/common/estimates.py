"""Intervals of estimates that are taken as normal, and back from limits to standard errors."""

from __future__ import annotations

import pandas as pd

from healthdevo.mathematics import normal_limits, normal_quantiles
from healthdevo.mathematics.estimates import limits
from healthdevo.results import Estimate

__all__ = ["error_of_limits", "normal_estimate", "with_limits"]

_LEVEL = 0.95


def normal_estimate(
    measure: str,
    estimate: float,
    standard_error: float,
    n: int = 1,
    method: str = "normal",
    unit: str = "",
) -> Estimate:
    """Return a number with its normal 95% interval.

    Examples
    --------
    >>> normal_estimate("mean", 1.0, 0.5, unit="years").sentence
    'The mean is 1 years (95% interval 0.02 to 1.98).'
    """
    value, error = float(estimate), float(standard_error)
    return Estimate(measure, value, error, limits(value, error, (_LEVEL,)), n, method, unit=unit)


def with_limits(frame: pd.DataFrame, value: str, error: str) -> pd.DataFrame:
    """Return a frame with the normal 95% limits of a column as ``lower`` and ``upper``.

    Examples
    --------
    >>> with_limits(pd.DataFrame({"x": [1.0], "se": [0.5]}), "x", "se").round(2).to_dict("records")
    [{'x': 1.0, 'se': 0.5, 'lower': 0.02, 'upper': 1.98}]
    """
    lower, upper = normal_limits(frame[value].to_numpy(float), frame[error].to_numpy(float), _LEVEL)
    return frame.assign(lower=lower[:, 0], upper=upper[:, 0])


def error_of_limits(frame: pd.DataFrame) -> pd.Series:
    """Return the standard errors behind normal 95% limits in columns ``lower`` and ``upper``.

    Examples
    --------
    >>> error_of_limits(pd.DataFrame({"lower": [0.02], "upper": [1.98]})).round(3).tolist()
    [0.5]
    """
    return (frame["upper"] - frame["lower"]) / (2.0 * float(normal_quantiles(_LEVEL)[0]))
