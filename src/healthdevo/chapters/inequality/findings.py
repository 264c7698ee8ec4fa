"""Headlines of the Inequality chapter that other pages use."""

from __future__ import annotations

from healthdevo.chapters.common import SEXES, Finding, moved_with_interval, period
from healthdevo.chapters.inequality.gradient import Gradient


def findings(gradient: Gradient) -> tuple[Finding, ...]:
    """Return the change of the gradient in length of life for women and for men, and the periods that it lies between."""
    first, last = period(gradient.first), period(gradient.last)
    changes = {name: gradient.change("life_expectancy", sex) for sex, name in SEXES.items()}
    return (
        Finding("first_period", first, first),
        Finding("last_period", last, last),
        *(
            Finding(f"life_change_{name}", moved_with_interval(change), f"{first} until {last}", change)
            for name, change in changes.items()
        ),
    )
