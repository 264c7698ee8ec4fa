"""Tests on who holds which power."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property

from healthdevo.chapters.powers.holders import Holders
from healthdevo.claims.shapes import Drawn, counted
from healthdevo.results import Estimate

__all__ = ["SOURCES", "TESTS", "PowersSources", "without"]


@dataclass(frozen=True)
class PowersSources(Drawn):
    """What these tests draw on, each section loaded once."""

    @cached_property
    def powers(self) -> Holders:
        """Who holds which power."""
        return Holders.load()


def without(held: int, every: int) -> float:
    """Return the share of all that do not hold something; NaN where there are none.

    >>> without(3, 20), without(0, 0)
    (0.85, nan)
    """
    return 1.0 - held / every if every else math.nan


def authorities_without_power(s: PowersSources) -> Estimate:
    """Share of strategic authorities for which no power over health or care of their own was found."""
    held, every = len(s.powers.by_law) + len(s.powers.agreed), len(s.powers.strategic)
    return counted(
        "share of strategic authorities without a power over health or care", without(held, every), every
    )


def authorities_without_budget(s: PowersSources) -> Estimate:
    """Share of strategic authorities that hold no budget of the health service."""
    every = s.powers.strategic
    held = [name for name in s.powers.budget_now if name in every]
    return counted(
        "share of strategic authorities without a budget of the health service",
        without(len(held), len(every)),
        len(every),
    )


SOURCES = PowersSources
TESTS = (
    authorities_without_power,
    authorities_without_budget,
)
"""Every test of a claim that links to this page."""
