"""Numbers, estimates and spans of time in the words that several chapters use."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from healthdevo.results import Estimate
from healthdevo.wording import join, number, ordinal, percentage, signed, span


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


def place(rank: int, lower: int, upper: int, count: int, first: str, last: str) -> str:
    """Return a rank with its interval; ``first`` and ``last`` say what both ends of the order are.

    >>> place(1, 1, 3, 7, "highest", "lowest"), place(2, 2, 2, 7, "highest", "lowest")
    ('the highest of 7 (95% interval 1st to 3rd)', '2nd highest of 7')
    """
    ends = {count: f"the {last}", 1: f"the {first}"}
    text = f"{ends.get(rank, f'{ordinal(rank)} {first}')} of {count}"
    return text if lower == upper else f"{text} (95% interval {ordinal(lower)} to {ordinal(upper)})"


MOST_WORDS, MOST_NUMBERS = 28, 4
"""What a sentence may hold to be read at one go."""
_ADDRESS = re.compile(r"\]\([^)]*\)")


def _fits(sentence: str) -> bool:
    """Whether a sentence is short; the addresses of its links are not read."""
    read = _ADDRESS.sub("", sentence)
    return len(read.split()) <= MOST_WORDS and len(re.findall(r"\d+%", read)) <= MOST_NUMBERS


def in_turn(items: Sequence[str], first: str, further: str, end: str = "") -> str:
    """Return a list in as many sentences as it needs to be read: each as long as a sentence may be.

    Parameters
    ----------
    items : sequence of str
        What is listed; at least one. Markdown links count by their words.
    first, further : str
        How the first sentence begins, and how each later one does.
    end : str, optional
        What stands behind the list of the first sentence.

    Examples
    --------
    >>> in_turn(["Leeds", "York"], "Beside it lie ", "So do ")
    'Beside it lie Leeds and York.'
    >>> in_turn(["20% in A", "20% in B", "20% in C", "30% in D", "10% in E"], "Of its people ", "A further ")
    'Of its people 20% in A, 20% in B, 20% in C and 30% in D. A further 10% in E.'
    """
    told: list[str] = []
    held: list[str] = []
    begin, close = first, end
    for item in items:
        if held and not _fits(f"{begin}{join([*held, item])}{close}."):
            told.append(f"{begin}{join(held)}{close}.")
            begin, close, held = further, "", []
        held.append(item)
    return " ".join([*told, f"{begin}{join(held)}{close}."])


def left_out(reasons: Mapping[str, str], everyone: str, comparison: str = "comparison") -> str:
    """Return which areas are not in a comparison, and why.

    >>> left_out({"B": "it has no figures"}, "all"), left_out({}, "42 boards")
    ('Left out of the comparison: B (it has no figures).', 'All 42 boards are in the comparison.')
    >>> left_out({"A": "no figures", "B": "no figures", "C": "too small"}, "all")
    'Left out of the comparison: A and B (each: no figures). Also left out: C (too small).'
    """
    if not reasons:
        return f"All {everyone} are in the {comparison}."
    names: dict[str, list[str]] = {}
    for name, why in sorted(reasons.items()):
        names.setdefault(why, []).append(name)
    return " ".join(
        in_turn(
            held,
            "Also left out: " if turn else f"Left out of the {comparison}: ",
            "Left out for the same reason: ",
            f" ({'each: ' if len(held) > 1 else ''}{why})",
        )
        for turn, (why, held) in enumerate(names.items())
    )
