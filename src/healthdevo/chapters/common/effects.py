"""Effects in words: an estimate with its limits, a change in deaths, a small share."""

from __future__ import annotations

from collections.abc import Callable

from healthdevo.results import Estimate
from healthdevo.wording import number, percentage, span

__all__ = ["in_words", "limits_of", "more_or_fewer", "small_share"]


def small_share(share: float) -> str:
    """Return a small share without saying that it is nothing.

    Examples
    --------
    >>> small_share(0.003), small_share(0.12)
    ('fewer than 1%', '12%')
    """
    return "fewer than 1%" if share < 0.01 else percentage(share, 0)


def in_words(
    found: Estimate, show: Callable[[float], str] = number, *, unit: str = "", interval: str = ""
) -> str:
    """Return an estimate with its first interval in brackets, with a unit and a name of the interval where given.

    Examples
    --------
    >>> from healthdevo.results import Interval
    >>> gap = Estimate("gap", 0.5, 0.1, (Interval(0.95, 0.3, 0.7),), 10, "normal")
    >>> in_words(gap), in_words(gap, unit="years", interval="95% interval")
    ('0.5 (0.3 to 0.7)', '0.5 years (95% interval 0.3 to 0.7)')
    """
    limits = found.interval()
    named = " ".join(filter(None, [interval, span(limits.lower, limits.upper, show)]))
    return " ".join(filter(None, [show(found.estimate), unit, f"({named})"]))


def limits_of(found: Estimate) -> dict[str, float]:
    """Return an estimate and its first interval as the columns ``effect``, ``lower`` and ``upper`` of a chart or a table.

    Examples
    --------
    >>> from healthdevo.results import Interval
    >>> limits_of(Estimate("gap", 0.5, 0.1, (Interval(0.95, 0.3, 0.7),), 10, "normal"))
    {'effect': 0.5, 'lower': 0.3, 'upper': 0.7}
    """
    limits = found.interval()
    return {"effect": found.estimate, "lower": limits.lower, "upper": limits.upper}


def more_or_fewer(value: float) -> str:
    """Return a change in deaths as words.

    Examples
    --------
    >>> more_or_fewer(-7.22), more_or_fewer(3.21)
    ('7.2 fewer', '3.2 more')
    """
    return f"{abs(value):.1f} {'fewer' if value < 0 else 'more'}"
