"""Phrases that several chapters use: lengths of life, periods, changes, small counts."""

from __future__ import annotations

from collections.abc import Mapping

from healthdevo.results import Estimate
from healthdevo.wording import number, ordinal, signed, span

__all__ = [
    "few",
    "left_out",
    "moved",
    "moved_with_interval",
    "period",
    "period_tick",
    "place",
    "rounded",
    "years",
]


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


def place(rank: int, lower: int, upper: int, count: int, first: str, last: str) -> str:
    """Return a rank with its interval; ``first`` and ``last`` say what both ends of the order are.

    Examples
    --------
    >>> place(1, 1, 3, 7, "highest", "lowest"), place(2, 2, 2, 7, "highest", "lowest")
    ('the highest of 7 (95% interval 1st to 3rd)', '2nd highest of 7')
    """
    ends = {count: f"the {last}", 1: f"the {first}"}
    text = f"{ends.get(rank, f'{ordinal(rank)} {first}')} of {count}"
    return text if lower == upper else f"{text} (95% interval {ordinal(lower)} to {ordinal(upper)})"


def left_out(reasons: Mapping[str, str], everyone: str, comparison: str = "comparison") -> str:
    """Return which areas are not in a comparison, and why.

    Examples
    --------
    >>> left_out({"B": "it has no figures"}, "all"), left_out({}, "42 boards")
    ('Left out of the comparison: B (it has no figures).', 'All 42 boards are in the comparison.')
    """
    if not reasons:
        return f"All {everyone} are in the {comparison}."
    told = "; ".join(f"{name} ({why})" for name, why in sorted(reasons.items()))
    return f"Left out of the {comparison}: {told}."
