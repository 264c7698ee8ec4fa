"""What all tests draw on: the sections of chapters, each loaded when first asked for, so that one ledger computes nothing twice."""

from __future__ import annotations

from dataclasses import dataclass

from healthdevo.claims.results.autonomy import AutonomySources
from healthdevo.claims.results.avoidable_admissions import AvoidableAdmissionsSources
from healthdevo.claims.results.demand import DemandSources
from healthdevo.claims.results.devolution import DevolutionSources
from healthdevo.claims.results.devolution_ten_years import TenYearsSources
from healthdevo.claims.results.footprint import FootprintSources
from healthdevo.claims.results.health_in_all_policies import HealthInAllPoliciesSources
from healthdevo.claims.results.money import MoneySources
from healthdevo.claims.results.postcode_lottery import PostcodeLotterySources
from healthdevo.claims.results.powers import PowersSources
from healthdevo.claims.results.reorganisation import ReorganisationSources
from healthdevo.claims.results.spending import SpendingSources
from healthdevo.claims.results.whole_system import WholeSystemSources

__all__ = ["Sources"]


@dataclass(frozen=True)
class Sources(
    DemandSources,
    FootprintSources,
    PowersSources,
    DevolutionSources,
    AvoidableAdmissionsSources,
    TenYearsSources,
    WholeSystemSources,
    PostcodeLotterySources,
    HealthInAllPoliciesSources,
    MoneySources,
    SpendingSources,
    AutonomySources,
    ReorganisationSources,
):
    """The sections of chapters that tests of all pages use."""
