"""Numbers as charts, tables and sentences of several chapters show them."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from healthdevo.charts import Column, estimate_column
from healthdevo.results import Estimate
from healthdevo.wording import number, percentage, signed

__all__ = [
    "in_percent",
    "limits_column",
    "lower_upper",
    "moved_by",
    "pounds",
    "signed_percent",
    "two_figures",
    "with_name",
]


def two_figures(value: float) -> str:
    """Return a number with two significant figures.

    Examples
    --------
    >>> two_figures(-0.1234)
    '−0.12'
    """
    return number(value, 2)


def pounds(value: float) -> str:
    """Return a sum in whole pounds.

    Examples
    --------
    >>> pounds(1234.5), pounds(float("inf"))
    ('£1,234', 'no upper limit')
    """
    return "no upper limit" if value == float("inf") else f"£{value:,.0f}"


def signed_percent(value: float) -> str:
    """Return a change in per cent with its sign, without decimals.

    Examples
    --------
    >>> signed_percent(12.3), signed_percent(-4.0), signed_percent(-0.2)
    ('+12%', '−4%', '0%')
    """
    return f"{signed(value, 0)}%"


def moved_by(change: float) -> str:
    """Return a relative change as a verb.

    Examples
    --------
    >>> moved_by(0.25), moved_by(-0.1), moved_by(0.001)
    ('rose by 25%', 'fell by 10%', 'hardly changed')
    """
    if abs(change) < 0.005:
        return "hardly changed"
    return f"{'rose' if change > 0 else 'fell'} by {percentage(abs(change), 0)}"


def lower_upper(found: Estimate, prefix: str = "") -> dict[str, float]:
    """Return the limits of an estimate's first interval as columns of a frame; NaN where it has none.

    Examples
    --------
    >>> from healthdevo.results import Interval
    >>> lower_upper(Estimate("gap", 0.5, 0.1, (Interval(0.95, 0.3, 0.7),), 10, "normal"), "gap_")
    {'gap_lower': 0.3, 'gap_upper': 0.7}
    """
    limits = found.interval() if found.intervals else None
    lower, upper = (float("nan"),) * 2 if limits is None else (limits.lower, limits.upper)
    return {f"{prefix}lower": lower, f"{prefix}upper": upper}


def with_name(name: str, found: Estimate) -> dict[str, float]:
    """Return an estimate and its limits as columns ``name``, ``name_lower`` and ``name_upper``.

    Examples
    --------
    >>> from healthdevo.results import Interval
    >>> with_name("gap", Estimate("gap", 0.5, 0.1, (Interval(0.95, 0.3, 0.7),), 10, "normal"))
    {'gap': 0.5, 'gap_lower': 0.3, 'gap_upper': 0.7}
    """
    return {name: found.estimate, **lower_upper(found, f"{name}_")}


def limits_column(heading: str, name: str, show: Callable[[float], str] = number) -> Column:
    """Return the column of a table that shows what ``with_name`` made.

    Examples
    --------
    >>> limits_column("Gap", "gap").show(0.5, 0.3, 0.7)
    '0.5 (0.3 to 0.7)'
    """
    return estimate_column(heading, name, f"{name}_lower", f"{name}_upper", show)


def in_percent(frame: pd.DataFrame, share: str) -> pd.DataFrame:
    """Return a frame with a share and its limits in per cent, as columns ``percent``, ``low`` and ``high``.

    Examples
    --------
    >>> in_percent(pd.DataFrame({"x": [0.5], "lower": [0.25], "upper": [1.0]}), "x").iloc[0].to_dict()
    {'x': 0.5, 'lower': 0.25, 'upper': 1.0, 'percent': 50.0, 'low': 25.0, 'high': 100.0}
    """
    return frame.assign(percent=100 * frame[share], low=100 * frame["lower"], high=100 * frame["upper"])
