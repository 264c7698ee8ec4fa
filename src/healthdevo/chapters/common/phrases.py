"""Numbers, estimates and spans of time in the words that several chapters use."""

from __future__ import annotations

from collections.abc import Callable

from healthdevo.results import Estimate
from healthdevo.wording import number, percentage, signed, span


def two_figures(value: float) -> str:
    """Return a number with two significant figures.

    >>> two_figures(-0.1234)
    '−0.12'
    """
    return number(value, 2)


def rounded(value: float, decimals: int = 1) -> str:
    """Return a number with fixed decimals.

    >>> rounded(9.04), rounded(-0.25, 2)
    ('9.0', '−0.25')
    """
    return f"{value:.{decimals}f}".replace("-", "\N{MINUS SIGN}")


def few(count: int) -> str:
    """Return a count in words up to nine.

    >>> few(0), few(2), few(12)
    ('none', 'two', '12')
    """
    names = ("none", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
    return names[count] if count < len(names) else str(count)


def pounds(value: float) -> str:
    """Return a sum in whole pounds.

    >>> pounds(1234.5), pounds(float("inf"))
    ('£1,234', 'no upper limit')
    """
    return "no upper limit" if value == float("inf") else f"£{value:,.0f}"


def small_share(share: float) -> str:
    """Return a small share without saying that it is nothing.

    >>> small_share(0.003), small_share(0.12)
    ('fewer than 1%', '12%')
    """
    return "fewer than 1%" if share < 0.01 else percentage(share, 0)


def signed_percent(value: float) -> str:
    """Return a change in per cent with its sign, without decimals.

    >>> signed_percent(12.3), signed_percent(-4.0), signed_percent(-0.2)
    ('+12%', '−4%', '0%')
    """
    return f"{signed(value, 0)}%"


def years(value: float, decimals: int = 1) -> str:
    """Return a number of years with its unit.

    >>> years(9.04), years(1.0)
    ('9.0 years', '1.0 years')
    """
    return f"{rounded(value, decimals)} years"


def period(start: int, end: int | None = None) -> str:
    """Return the name of a period of years, three of them when no end is given.

    >>> period(2022, 2025), period(2022)
    ('2022 to 2025', '2022 to 2024')
    """
    return f"{start} to {start + 2 if end is None else end}"


def period_tick(start: float) -> str:
    """Return the label of a three-year period on an axis.

    >>> period_tick(2022.0)
    '2022–24'
    """
    return f"{start:.0f}–{(start + 2) % 100:.0f}"


def in_words(
    found: Estimate, show: Callable[[float], str] = number, *, unit: str = "", interval: str = ""
) -> str:
    """Return an estimate with its first interval in brackets, with a unit and a name of the interval where given.

    >>> from healthdevo.chapters.common import normal_estimate
    >>> gap = normal_estimate("gap", 0.5, 0.1)
    >>> in_words(gap), in_words(gap, unit="years", interval="95% interval")
    ('0.5 (0.304 to 0.696)', '0.5 years (95% interval 0.304 to 0.696)')
    """
    limits = found.interval()
    named = " ".join(filter(None, [interval, span(limits.lower, limits.upper, show)]))
    return " ".join(filter(None, [show(found.estimate), unit, f"({named})"]))


def more_or_fewer(value: float) -> str:
    """Return a change in deaths as words.

    >>> more_or_fewer(-7.22), more_or_fewer(3.21)
    ('7.2 fewer', '3.2 more')
    """
    return f"{abs(value):.1f} {'fewer' if value < 0 else 'more'}"


def moved_by(change: float) -> str:
    """Return a relative change as a verb.

    >>> moved_by(0.25), moved_by(-0.1), moved_by(0.001)
    ('rose by 25%', 'fell by 10%', 'hardly changed')
    """
    if abs(change) < 0.005:
        return "hardly changed"
    return f"{'rose' if change > 0 else 'fell'} by {percentage(abs(change), 0)}"


def moved(change: Estimate) -> str:
    """Say what a change shows: a rise, a fall, or nothing beyond noise.

    >>> from healthdevo.chapters.common import normal_estimate
    >>> [moved(normal_estimate("change", value, 0.1, unit="years")) for value in (1.0, -1.0, 0.1)]
    ['rose by 1.0 years', 'fell by 1.0 years', 'did not change beyond noise']
    """
    if not change.interval().excludes_zero:
        return "did not change beyond noise"
    way = "rose" if change.estimate > 0.0 else "fell"
    return f"{way} by {abs(change.estimate):.1f} {change.unit}"


def moved_with_interval(change: Estimate) -> str:
    """Say what a change shows, with the limits of its interval.

    >>> from healthdevo.chapters.common import normal_estimate
    >>> moved_with_interval(normal_estimate("change", 1.0, 0.1, unit="years"))
    'rose by 1.0 years (95% interval +0.8 to +1.2)'
    """
    i = change.interval()
    return f"{moved(change)} ({number(100 * i.level)}% interval {span(i.lower, i.upper, signed)})"
