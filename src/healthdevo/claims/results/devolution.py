"""Tests on preventable deaths after deals."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.mortality import Mortality
from healthdevo.claims.results.by_rule import judged
from healthdevo.claims.shapes import Drawn, called
from healthdevo.evaluation import imputation
from healthdevo.results import Estimate

__all__ = ["SOURCES", "TESTS", "DevolutionSources"]


@dataclass(frozen=True)
class DevolutionSources(Drawn):
    """What these tests draw on, each section loaded once."""

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """Every area with a deal."""
        return Elsewhere.load()

    @cached_property
    def judgement(self) -> Judgement:
        """Preventable deaths in Greater Manchester."""
        return Judgement.of(Mortality.load())


def deaths_prevented(s: DevolutionSources) -> Estimate:
    """Preventable deaths under 75, with the strength of the evidence by the rule of the chapter."""
    return judged("effect on preventable deaths before 75 in Greater Manchester", s.judgement)


def deals_one_by_one(s: DevolutionSources) -> Estimate:
    """Preventable deaths after all deals outside London that are early enough to judge, each from its own year, by imputation."""
    found = imputation(s.elsewhere.staggered())
    return called("effect of deals outside London on preventable deaths before 75", found)


SOURCES = DevolutionSources
TESTS = (
    deaths_prevented,
    deals_one_by_one,
)
"""Every test of a claim that links to this page."""
