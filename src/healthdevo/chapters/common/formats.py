"""Numbers as charts, tables and sentences of several chapters show them."""

from __future__ import annotations

from healthdevo.results import Estimate
from healthdevo.wording import number, percentage, signed

__all__ = ["lower_upper", "moved_by", "pounds", "signed_percent", "two_figures"]


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
