"""Tests on what shapes health."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from healthdevo.chapters.common import record
from healthdevo.chapters.health_in_all_policies.chapter import HealthInAllPolicies
from healthdevo.claims.shapes import Drawn, between, counted
from healthdevo.regression import RelativeImportance
from healthdevo.results import Estimate

__all__ = ["SOURCES", "TESTS", "HealthInAllPoliciesSources"]


@dataclass(frozen=True)
class HealthInAllPoliciesSources(Drawn):
    """What these tests draw on, each section loaded once."""

    @cached_property
    def policies(self) -> HealthInAllPolicies:
        """Determinants of health."""
        return HealthInAllPolicies.load()


def _share_explained(measure: str, found: RelativeImportance) -> Estimate:
    return counted(
        measure,
        found.r2,
        int(np.max(found.n)),
        reason="the chapter gives intervals for each determinant, not for their sum",
    )


def shares_between(s: HealthInAllPoliciesSources) -> Estimate:
    """Share of differences between areas in preventable deaths that determinants go with."""
    return _share_explained(
        "share of differences between areas in preventable deaths that goes with deprivation, work, income, housing, education, age and council spending",
        s.policies.shares.between,
    )


def shares_within(s: HealthInAllPoliciesSources) -> Estimate:
    """Share of changes within areas over time that the same determinants go with."""
    return _share_explained(
        "share of changes within areas in preventable deaths that goes with changes of the same determinants",
        s.policies.shares.within,
    )


def common_to_all(s: HealthInAllPoliciesSources) -> Estimate:
    """Share of the changes over time in log preventable deaths that all areas have in common."""
    shares = s.policies.variance.shares
    over_time = shares["years"] + shares["within"]
    return counted(
        "share of the changes over time in preventable deaths that all areas have in common",
        float(np.divide(shares["years"], over_time)),
        s.policies.variance.panel["area_code"].nunique(),
        reason="a division of the variance of all areas and years",
    )


def health_to_productivity(s: HealthInAllPoliciesSources) -> Estimate:
    """Avoidable admissions on productivity three years later, within districts, before the pandemic."""
    r = s.policies.productivity.link("avoidable admissions to productivity", 3)
    return between(
        "link of avoidable admissions to productivity three years later, before the pandemic",
        r["estimate"],
        r["lower"],
        r["upper"],
        r["n"],
        "cross-lagged panel within districts",
        "standard deviations",
    )


def _link(s: HealthInAllPoliciesSources, direction: str) -> Estimate:
    rows = s.policies.directions.links
    r = record(
        rows[
            (rows["sample"] == "before the pandemic") & (rows["lag"] == 1) & (rows["direction"] == direction)
        ]
    )
    return between(
        f"link of {direction}, a year later, before the pandemic",
        r["estimate"],
        r["lower"],
        r["upper"],
        r["n"],
        "cross-lagged panel within areas",
        "standard deviations",
    )


def health_to_income(s: HealthInAllPoliciesSources) -> Estimate:
    """Preventable deaths on household income a year later, within areas."""
    return _link(s, "deaths to household income")


def income_to_health(s: HealthInAllPoliciesSources) -> Estimate:
    """Household income on preventable deaths a year later, within areas."""
    return _link(s, "household income to deaths")


SOURCES = HealthInAllPoliciesSources
TESTS = (
    shares_between,
    shares_within,
    common_to_all,
    health_to_productivity,
    health_to_income,
    income_to_health,
)
"""Every test of a claim that links to this page."""
