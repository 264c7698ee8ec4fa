"""Numbers into frames and out of them: cells and rows, estimates with limits, normal intervals and the errors behind them."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

import pandas as pd

from healthdevo.charts import Column, estimate_column
from healthdevo.mathematics import normal_limits, normal_quantiles
from healthdevo.mathematics.estimates import limits
from healthdevo.results import Estimate
from healthdevo.wording import number

_LEVEL = 0.95


def cell(frame: pd.DataFrame, label: Hashable, column: str) -> float:
    """Return one number of a frame; ``label`` is a row of its index.

    >>> cell(pd.DataFrame({"a": [1, 2]}, index=["x", "y"]), "y", "a")
    2.0
    """
    value: Any = frame.loc[label, column]  # type: ignore[index]
    return float(value)


def records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    """Return the rows of a frame as dictionaries, in order.

    >>> records(pd.DataFrame({"a": [1]}))
    [{'a': 1}]
    """
    return [{str(key): value for key, value in one.items()} for one in frame.to_dict("records")]


def record(frame: pd.DataFrame, position: int = 0) -> dict[str, Any]:
    """Return one row of a frame by position (negative ones count from the end).

    >>> record(pd.DataFrame({"a": [1, 2]}), -1)
    {'a': 2}
    """
    return records(frame.iloc[[position]])[0]


def normal_estimate(
    measure: str, estimate: float, standard_error: float, n: int = 1, method: str = "normal", unit: str = ""
) -> Estimate:
    """Return a number with its normal 95% interval.

    >>> normal_estimate("mean", 1.0, 0.5, unit="years").sentence
    'The mean is 1 years (95% interval 0.02 to 1.98).'
    """
    value, error = float(estimate), float(standard_error)
    return Estimate(measure, value, error, limits(value, error, (_LEVEL,)), n, method, unit=unit)


def lower_upper(found: Estimate, prefix: str = "", *, value: str = "") -> dict[str, float]:
    """Return an estimate (where its column is named) and the limits of its first interval as columns of a frame; NaN where it has none.

    >>> gap = normal_estimate("gap", 0.5, 0.0)
    >>> lower_upper(gap, "gap_"), lower_upper(gap, value="effect")
    ({'gap_lower': 0.5, 'gap_upper': 0.5}, {'effect': 0.5, 'lower': 0.5, 'upper': 0.5})
    """
    limits = found.interval() if found.intervals else None
    lower, upper = (float("nan"),) * 2 if limits is None else (limits.lower, limits.upper)
    own = {value: found.estimate} if value else {}
    return own | {f"{prefix}lower": lower, f"{prefix}upper": upper}


def with_limits(frame: pd.DataFrame, value: str, error: str) -> pd.DataFrame:
    """Return a frame with the normal 95% limits of a column as ``lower`` and ``upper``.

    >>> with_limits(pd.DataFrame({"x": [1.0], "se": [0.5]}), "x", "se").round(2).to_dict("records")
    [{'x': 1.0, 'se': 0.5, 'lower': 0.02, 'upper': 1.98}]
    """
    lower, upper = normal_limits(frame[value].to_numpy(float), frame[error].to_numpy(float), _LEVEL)
    return frame.assign(lower=lower[:, 0], upper=upper[:, 0])


def error_of_limits(frame: pd.DataFrame) -> pd.Series:
    """Return the standard errors behind normal 95% limits in columns ``lower`` and ``upper``.

    >>> error_of_limits(pd.DataFrame({"lower": [0.02], "upper": [1.98]})).round(3).tolist()
    [0.5]
    """
    return (frame["upper"] - frame["lower"]) / (2.0 * float(normal_quantiles(_LEVEL)[0]))


def with_name(name: str, found: Estimate) -> dict[str, float]:
    """Return an estimate and its limits as columns ``name``, ``name_lower`` and ``name_upper``.

    >>> with_name("gap", normal_estimate("gap", 0.5, 0.0))
    {'gap': 0.5, 'gap_lower': 0.5, 'gap_upper': 0.5}
    """
    return lower_upper(found, f"{name}_", value=name)


def limits_column(heading: str, name: str, show: Callable[[float], str] = number) -> Column:
    """Return the column of a table that shows what ``with_name`` made.

    >>> limits_column("Gap", "gap").show(0.5, 0.3, 0.7)
    '0.5 (0.3 to 0.7)'
    """
    return estimate_column(heading, name, f"{name}_lower", f"{name}_upper", show)


def in_percent(frame: pd.DataFrame, share: str) -> pd.DataFrame:
    """Return a frame with a share and its limits in per cent, as columns ``percent``, ``low`` and ``high``.

    >>> in_percent(pd.DataFrame({"x": [0.5], "lower": [0.25], "upper": [1.0]}), "x").iloc[0].to_dict()
    {'x': 0.5, 'lower': 0.25, 'upper': 1.0, 'percent': 50.0, 'low': 25.0, 'high': 100.0}
    """
    return frame.assign(percent=100 * frame[share], low=100 * frame["lower"], high=100 * frame["upper"])
