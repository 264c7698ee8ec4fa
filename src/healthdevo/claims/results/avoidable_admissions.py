"""Test on avoidable admissions after the deal of Greater Manchester."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from healthdevo.chapters.devolution.admissions.rates import Rates
from healthdevo.chapters.devolution.admissions.readings import Readings as AdmissionsReadings
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.claims.results.by_rule import judged
from healthdevo.claims.shapes import Drawn
from healthdevo.results import Estimate

__all__ = ["SOURCES", "TESTS", "AvoidableAdmissionsSources"]


@dataclass(frozen=True)
class AvoidableAdmissionsSources(Drawn):
    """What these tests draw on, each section loaded once."""

    @cached_property
    def stays(self) -> Judgement:
        """Avoidable admissions in Greater Manchester."""
        return AdmissionsReadings(Rates.load()).judgement


def stays_avoided(s: AvoidableAdmissionsSources) -> Estimate:
    """Avoidable emergency admissions, with the strength of the evidence by the same rule."""
    return judged("effect on avoidable emergency admissions in Greater Manchester", s.stays)


SOURCES = AvoidableAdmissionsSources
TESTS = (stays_avoided,)
"""Every test of a claim that links to this page."""
