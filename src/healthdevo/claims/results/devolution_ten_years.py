"""Test on treatable deaths with ten years before the deal."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from healthdevo.chapters.devolution.avoidable.ccgs import Ccgs
from healthdevo.chapters.devolution.avoidable.readings import Readings
from healthdevo.claims.shapes import Drawn, called
from healthdevo.results import Estimate

__all__ = ["SOURCES", "TESTS", "TenYearsSources"]


@dataclass(frozen=True)
class TenYearsSources(Drawn):
    """What these tests draw on, each section loaded once."""

    @cached_property
    def ten_years(self) -> Readings:
        """Avoidable deaths with ten years before the deal."""
        return Readings(Ccgs.load())


def deaths_of_care(s: TenYearsSources) -> Estimate:
    """Treatable deaths, given the earlier trend, with ten years before the deal."""
    return called(
        "effect on treatable deaths in Greater Manchester, given the earlier trend",
        s.ten_years.given["treatable"],
    )


SOURCES = TenYearsSources
TESTS = (deaths_of_care,)
"""Every test of a claim that links to this page."""
