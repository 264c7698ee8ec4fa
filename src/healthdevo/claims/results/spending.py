"""Tests on spending on public health."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from healthdevo.chapters.common import named_panel
from healthdevo.chapters.money.books import Books
from healthdevo.chapters.spending.designs import Designs
from healthdevo.chapters.spending.words import PUBLIC_HEALTH
from healthdevo.claims.shapes import RANGE, Drawn, between, called
from healthdevo.results import Estimate

__all__ = ["SOURCES", "TESTS", "SpendingSources"]


@dataclass(frozen=True)
class SpendingSources(Drawn):
    """What these tests draw on, each section loaded once."""

    @cached_property
    def books(self) -> Books:
        """Budget horizon, prevention and the employer discount."""
        return Books.load()

    @cached_property
    def designs(self) -> Designs:
        """Council spending and deaths."""
        return Designs(named_panel())


def worth_of_prevention(s: SpendingSources) -> Estimate:
    """Pounds of treatment that buy as much health as one pound of public health, by the study that estimated both."""
    w = s.books.payback.worth
    return between(
        "pounds of treatment that buy as much health as a pound of public health",
        w.value,
        w.low,
        w.high,
        2,
        "range over the designs of one published study",
        "pounds",
        RANGE,
    )


def public_health_and_deaths(s: SpendingSources) -> Estimate:
    """Elasticity of preventable deaths to public health spending within councils over time."""
    return called(
        "per cent of preventable deaths for one per cent of public health spending, within councils",
        s.designs.coefficient(PUBLIC_HEALTH, "within"),
    )


SOURCES = SpendingSources
TESTS = (
    worth_of_prevention,
    public_health_and_deaths,
)
"""Every test of a claim that links to this page."""
