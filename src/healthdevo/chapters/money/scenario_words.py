"""Sentences of a scenario that depend on its numbers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from healthdevo.chapters.common import pounds
from healthdevo.chapters.money.books_words import chance, from_to, likelier, percent_of
from healthdevo.finance import Assumption
from healthdevo.wording import percentage

if TYPE_CHECKING:
    from healthdevo.chapters.money.scenario import ScenarioResult
    from healthdevo.chapters.money.volatility import Volatility

__all__ = ["books_caption", "chance", "estimates", "percent_of", "range_or_none", "texts", "value_with_unit"]

ESTIMATED = {
    "sd": ("a year's surprise of need", "share of need"),
    "lasting": ("share of a surprise that lasts", "share of variance"),
    "national": ("share of growth that all boards have in common", "share of variance"),
    "regional": ("share of growth that boards of a region have in common", "share of variance"),
}


def estimates(volatility: Volatility) -> tuple[Assumption, ...]:
    """Return the estimates that a scenario rests on as assumptions, with their intervals as ranges."""
    found = []
    for name, (title, unit) in ESTIMATED.items():
        e = volatility.main[name]
        i = e.interval()
        found.append(
            Assumption(
                title,
                round(e.estimate, 4),
                round(min(i.lower, e.estimate), 4),
                round(max(i.upper, e.estimate), 4),
                unit,
                "NHS England, A&E attendances, estimated in this book",
                "The range is the 95% interval over boards.",
            )
        )
    return tuple(found)


def range_or_none(low: float, high: float) -> str:
    """Return a range, or nothing where the value was chosen.

    >>> range_or_none(5.0, 5.0), range_or_none(0.0, 0.03)
    ('', '0 to 0.03')
    """
    return "" if low == high else from_to(low, high)


YES = "1 for yes"
"""Unit of a choice between yes and no."""
LABEL = "a label"
"""Unit of a number that counts nothing."""


def value_with_unit(value: float, unit: str) -> str:
    """Return a value as a reader would say it.

    >>> value_with_unit(1.0, YES), value_with_unit(0.0, YES), value_with_unit(2026.0, LABEL), value_with_unit(10000.0, "paths")
    ('yes', 'no', '2026', '10,000 paths')
    >>> value_with_unit(0.0422, "share of need")
    '0.0422 share of need'
    """
    if unit == YES:
        return "yes" if value else "no"
    return f"{value:.0f}" if unit == LABEL else f"{value:,.6g} {unit}"


def books_caption(result: ScenarioResult) -> str:
    """Return the caption of the table of books."""
    return (
        f"Simulated books of the boards that serve {result.area.short_name}: {result.scenario.draws:,} paths of ten years. "
        "The reserve is the share of every budget with which 5% of paths breach."
    )


def books_sentence(name: str, before: float, after: float, horizon: int) -> str:
    """Say what the rule does to a window's end.

    >>> books_sentence("Bolton", 0.32, 0.37, 5)
    'In Bolton, a window of 5 years would end in breach with a chance of 37%. That is likelier than a year under annual budgets (32%).'
    >>> books_sentence("Bolton", 0.32, 0.14, 1)
    'In Bolton, a window of 1 year would end in breach with a chance of 14%. That is rarer than a year under annual budgets (32%).'
    >>> books_sentence("Bolton", 0.32, 0.32, 1).split(". ")[1]
    'That is as likely as a year under annual budgets (32%).'
    """
    how = likelier(after, before)
    join = "as" if how == "as likely" else "than"
    return (
        f"In {name}, a window of {horizon} year{'s' if horizon > 1 else ''} would end in breach with a chance of {percentage(after, 0)}. "
        f"That is {how} {join} a year under annual budgets ({percentage(before, 0)})."
    )


def money_sentence(raised: float, gain: float, equalisation: float) -> str:
    """Say what the tax raises by head, and what equalisation gives or takes.

    >>> money_sentence(210.0, 35.2, 1.0)
    'The tax would raise £210 a head here. Equalised 100% of the way to need, the area would gain £35 a head.'
    >>> money_sentence(210.0, -35.2, 0.5)
    'The tax would raise £210 a head here. Equalised 50% of the way to need, the area would pay £35 a head.'
    >>> money_sentence(210.0, 0.2, 0.5)
    'The tax would raise £210 a head here. Equalised 50% of the way to need, the area would neither gain nor pay a pound a head.'
    >>> money_sentence(210.0, 0.0, 0.0)
    'The tax would raise £210 a head here. Without equalisation it stays here.'
    """
    first = f"The tax would raise {pounds(raised)} a head here."
    if equalisation == 0.0:
        return f"{first} Without equalisation it stays here."
    way = f"Equalised {percentage(equalisation, 0)} of the way to need, the area would"
    if abs(gain) < 0.5:
        return f"{first} {way} neither gain nor pay a pound a head."
    return f"{first} {way} {'gain' if gain > 0 else 'pay'} {pounds(abs(gain))} a head."


def texts(result: ScenarioResult) -> dict[str, str]:
    """Return the named texts of a scenario."""
    books = result.books.set_index("rule")["failed"]
    return {
        "scenario_books": books_sentence(
            result.area.short_name, float(books.iloc[0]), float(books.iloc[1]), result.scenario.horizon
        ),
        "scenario_money": money_sentence(
            float(result.money["raised_per_head"]),
            float(result.money["gain_per_head"]),
            result.scenario.equalisation,
        ),
    }
