"""Words of the card: what its numbers are called, how sure they are, and how they changed."""

from __future__ import annotations

from healthdevo.chapters.area.card.numbers import Number
from healthdevo.chapters.common import period_tick, small_share
from healthdevo.wording import financial_year, ordinal


def shown(measure: str, value: float) -> str:
    """Return a value as the card shows it.

    >>> shown("four_hours", 0.698), shown("spending_against_need", -7.1), shown("attendances", 489.9), shown("gradient", 9.77)
    ('70%', '−7%', '490', '9.8')
    """
    if measure == "four_hours":
        return f"{100 * value:.0f}%"
    if measure == "spending_against_need":
        return f"{value:+.0f}%".replace("-", "−").replace("+0%", "0%").replace("−0%", "0%")
    if measure in ("life_expectancy", "gradient"):
        return f"{value:.1f}".replace("-", "−")
    return f"{value:,.0f}"


def when(measure: str, start: int) -> str:
    """Return the period that a number of a year is of.

    >>> when("attendances", 2024), when("life_expectancy", 2022), when("four_hours", 2025)
    ('2024/25', '2022–24', '2025/26')
    """
    if measure in ("attendances", "four_hours"):
        return financial_year(start)
    if measure == "spending_against_need":
        return f"{financial_year(start)} to {financial_year(start + 5)}"
    return period_tick(start)


def interval(n: Number) -> str:
    """Return the 95% interval of a number.

    >>> interval(Number("attendances", 490.0, lower=485.6, upper=494.1))
    '486 to 494'
    """
    return f"{shown(n.measure, n.lower)} to {shown(n.measure, n.upper)}"


def rank(n: Number) -> str:
    """Return the rank of a number and the ranks that chance leaves open.

    >>> rank(Number("attendances", 490.0, rank=13, rank_lower=11, rank_upper=16, of=42))
    '13th of 42 (11th to 16th)'
    >>> rank(Number("attendances", 490.0, rank=1, rank_lower=1, rank_upper=1, of=7)), rank(Number("attendances", 490.0, of=1))
    ('1st of 7', 'nothing to compare it with')
    """
    if n.of < 2:
        return "nothing to compare it with"
    first = f"{ordinal(n.rank)} of {n.of}"
    return (
        first
        if n.rank_lower == n.rank_upper
        else f"{first} ({ordinal(n.rank_lower)} to {ordinal(n.rank_upper)})"
    )


def change(n: Number) -> tuple[str, str]:
    """Return a sign and words for how a number changed.

    >>> change(Number("gradient", 8.0, first=2015, change=1.0, change_lower=0.2, change_upper=1.8))
    ('▲', 'higher than in 2015–17')
    >>> change(Number("gradient", 8.0, first=2015, change=-1.0, change_lower=-1.8, change_upper=-0.2))
    ('▼', 'lower than in 2015–17')
    >>> change(Number("gradient", 8.0, first=2015, change=0.1, change_lower=-1.8, change_upper=2.0))
    ('≈', 'no clear change from 2015–17')
    >>> change(Number("spending_against_need", 8.0))
    ('', 'one period only')
    """
    direction = n.direction
    if not direction:
        return "", "one period only"
    since = when(n.measure, n.first)
    if direction == "unclear":
        return "≈", f"no clear change from {since}"
    return {"higher": "▲", "lower": "▼"}[direction], f"{direction} than in {since}"


def strip(n: Number, plural: str) -> str:
    """Return what the strip of peers shows, for those who do not see it.

    >>> strip(Number("attendances", 490.0, peers=(300.0, 490.0, 600.0)), "boards")
    'The boards range from 300 to 600.'
    """
    return f"The {plural} range from {shown(n.measure, n.peers[0])} to {shown(n.measure, n.peers[-1])}."


def part(share: float) -> str:
    """Return the share of people as an aside, or nothing where it is all of them.

    >>> part(1.0), part(0.42)
    ('', '42% of people')
    """
    return "" if share >= 0.995 else f"{small_share(share)} of people"
