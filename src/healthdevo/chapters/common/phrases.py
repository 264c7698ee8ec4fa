"""Phrases that several chapters use: lengths of life, periods, changes, small counts."""

from __future__ import annotations

from healthdevo.results import Estimate
from healthdevo.wording import number, signed, span

__all__ = ["few", "moved", "moved_with_interval", "period", "period_tick", "rounded", "years"]


def rounded(value: float, decimals: int = 1) -> str:
    """Return a number with fixed decimals.

    Examples
    --------
    >>> rounded(9.04), rounded(-0.25, 2)
    ('9.0', '−0.25')
    """
    return f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def years(value: float, decimals: int = 1) -> str:
    """Return a number of years with its unit.

    Examples
    --------
    >>> years(9.04), years(1.0)
    ('9.0 years', '1.0 years')
    """
    return f"{rounded(value, decimals)} years"


def period(start: int, end: int | None = None) -> str:
    """Return the name of a period of years, three of them when no end is given.

    Examples
    --------
    >>> period(2022, 2025), period(2022)
    ('2022 to 2025', '2022 to 2024')
    """
    return f"{start} to {start + 2 if end is None else end}"


def period_tick(start: float) -> str:
    """Return the label of a three-year period on an axis.

    Examples
    --------
    >>> period_tick(2022.0)
    '2022–24'
    """
    return f"{start:.0f}–{(start + 2) % 100:.0f}"


def moved(change: Estimate) -> str:
    """Say what a change shows: a rise, a fall, or nothing beyond noise.

    Examples
    --------
    >>> from healthdevo.chapters.common import normal_estimate
    >>> moved(normal_estimate("change", 1.0, 0.1, unit="years")), moved(normal_estimate("change", -1.0, 0.1, unit="years"))
    ('rose by 1.0 years', 'fell by 1.0 years')
    >>> moved(normal_estimate("change", 0.1, 0.1, unit="years"))
    'did not change beyond noise'
    """
    if not change.interval().excludes_zero:
        return "did not change beyond noise"
    way = "rose" if change.estimate > 0.0 else "fell"
    return f"{way} by {abs(change.estimate):.1f} {change.unit}"


def moved_with_interval(change: Estimate) -> str:
    """Say what a change shows, with the limits of its interval.

    Examples
    --------
    >>> from healthdevo.chapters.common import normal_estimate
    >>> moved_with_interval(normal_estimate("change", 1.0, 0.1, unit="years"))
    'rose by 1.0 years (95% interval +0.8 to +1.2)'
    """
    i = change.interval()
    return f"{moved(change)} ({number(100 * i.level)}% interval {span(i.lower, i.upper, signed)})"


def few(count: int) -> str:
    """Return a count in words up to nine.

    Examples
    --------
    >>> few(0), few(2), few(12)
    ('none', 'two', '12')
    """
    names = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return names[count] if count < len(names) else str(count)
