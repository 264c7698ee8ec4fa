"""What tests draw on: the sections of chapters, each loaded when first asked for, so that one ledger computes nothing twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.autonomy.agreement import Agreement
from healthdevo.chapters.autonomy.directives import Directives
from healthdevo.chapters.autonomy.gate import Gate
from healthdevo.chapters.autonomy.league import League
from healthdevo.chapters.autonomy.measures import monthly
from healthdevo.chapters.autonomy.next_year import NextYear
from healthdevo.chapters.autonomy.variation import Variation
from healthdevo.chapters.demand.accounts import DemandAccounts
from healthdevo.chapters.demand.attendances import Demand
from healthdevo.chapters.devolution.admissions.rates import Rates
from healthdevo.chapters.devolution.admissions.readings import Readings as AdmissionsReadings
from healthdevo.chapters.devolution.avoidable.ccgs import Ccgs
from healthdevo.chapters.devolution.avoidable.readings import Readings
from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.mortality import Mortality
from healthdevo.chapters.footprint.borders import Borders
from healthdevo.chapters.footprint.flows import Flows
from healthdevo.chapters.footprint.kinds_of_place import KindsOfPlace
from healthdevo.chapters.footprint.legitimacy import Legitimacy
from healthdevo.chapters.footprint.markets import Markets
from healthdevo.chapters.footprint.results import Results
from healthdevo.chapters.footprint.work import Work
from healthdevo.chapters.health_in_all_policies.chapter import HealthInAllPolicies
from healthdevo.chapters.money.books import Books
from healthdevo.chapters.money.fiscal import Fiscal
from healthdevo.chapters.money.flow import Flow
from healthdevo.chapters.money.taxes import Taxes
from healthdevo.chapters.postcode_lottery.convergence import Convergence
from healthdevo.chapters.postcode_lottery.ground import Ground
from healthdevo.chapters.postcode_lottery.levels import Levels
from healthdevo.chapters.powers.holders import Holders
from healthdevo.chapters.reorganisation.experiments import Experiments
from healthdevo.chapters.spending.designs import Designs
from healthdevo.chapters.whole_system.chapter import WholeSystem
from healthdevo.results import Estimate, Interval

__all__ = ["RANGE", "Sources", "between", "called", "counted"]


def counted(
    measure: str, value: float, n: int, unit: str = "", reason: str = "a full count, not a sample"
) -> Estimate:
    """Return a number without an interval, with the reason.

    >>> counted("share of authorities", 0.5, 20).sentence
    'The share of authorities is 0.5 (no interval: a full count, not a sample).'
    """
    return Estimate(measure, float(value), np.nan, (), int(n), "counted", unit, reason)


RANGE = 1.0
"""Level of limits that are not of chance: all that rounding or the assumptions allow."""


def between(
    measure: str,
    value: float,
    lower: float,
    upper: float,
    n: int,
    method: str,
    unit: str = "",
    level: float = 0.95,
) -> Estimate:
    """Return a number with limits that a chapter has computed; ``level`` is ``RANGE`` where they are not of chance."""
    return Estimate(
        measure, float(value), np.nan, (Interval(level, float(lower), float(upper)),), int(n), method, unit
    )


def called(measure: str, found: Estimate) -> Estimate:
    """Return a chapter's result under a name that says what it measures here."""
    i = found.interval()
    return Estimate(measure, found.estimate, found.standard_error, (i,), found.n, found.method, found.unit)


@dataclass(frozen=True)
class Sources:
    """The sections of chapters that tests use, each loaded once."""

    draws: int = 199

    @cached_property
    def demand(self) -> Demand:
        """A&E attendances."""
        return Demand.load()

    @cached_property
    def accounts(self) -> DemandAccounts:
        """Growth accounts."""
        return DemandAccounts.load()

    @cached_property
    def illness(self) -> pd.DataFrame:
        """Recorded long-term illness by board."""
        return tables.load("recorded_illness_icb")

    @cached_property
    def ground(self) -> Ground:
        """Tables of the postcode lottery."""
        return Ground.load()

    @cached_property
    def levels(self) -> Levels:
        """Where differences lie."""
        return Levels(self.ground)

    @cached_property
    def convergence(self) -> Convergence:
        """Whether areas converge."""
        return Convergence(self.ground)

    @cached_property
    def dealt(self) -> frozenset[str]:
        """Districts of all areas with a deal that is early enough to judge."""
        return frozenset().union(*self.elsewhere.deals["districts"])

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """Every area with a deal."""
        return Elsewhere.load()

    @cached_property
    def stays(self) -> Judgement:
        """Avoidable admissions in Greater Manchester."""
        return AdmissionsReadings(Rates.load()).judgement

    @cached_property
    def directives(self) -> Directives:
        """Dated national targets."""
        return Directives.load()

    @cached_property
    def judgement(self) -> Judgement:
        """Preventable deaths in Greater Manchester."""
        return Judgement.of(Mortality.load())

    @cached_property
    def ten_years(self) -> Readings:
        """Avoidable deaths with ten years before the deal."""
        return Readings(Ccgs.load())

    @cached_property
    def whole(self) -> WholeSystem:
        """Every indicator."""
        return WholeSystem.load()

    @cached_property
    def powers(self) -> Holders:
        """Who holds which power."""
        return Holders.load()

    @cached_property
    def reorganisations(self) -> Experiments:
        """Councils redrawn."""
        return Experiments.load()

    @cached_property
    def policies(self) -> HealthInAllPolicies:
        """Determinants of health."""
        return HealthInAllPolicies.load()

    @cached_property
    def designs(self) -> Designs:
        """Council spending and deaths."""
        from healthdevo.chapters.common import named_panel

        return Designs(named_panel())

    @cached_property
    def flows(self) -> Flows:
        """Journeys to work."""
        return Flows.load()

    @cached_property
    def work(self) -> Work:
        """Areas as labour markets."""
        return Work(self.flows)

    @cached_property
    def results(self) -> Results:
        """Labour markets and length of life."""
        return Results.load(self.flows)

    @cached_property
    def kinds(self) -> KindsOfPlace:
        """Types of district."""
        return KindsOfPlace.load(self.flows)

    @cached_property
    def borders(self) -> Borders:
        """Shared borders."""
        return Borders.load()

    @cached_property
    def markets(self) -> Markets:
        """Labour markets cut by borders."""
        return Markets.load()

    @cached_property
    def legitimacy(self) -> Legitimacy:
        """Turnout, and a say in local decisions."""
        return Legitimacy.load()

    @cached_property
    def flow(self) -> Flow:
        """Where money goes."""
        return Flow.load()

    @cached_property
    def taxes(self) -> Taxes:
        """Local taxes and equalisation."""
        return Taxes.load()

    @cached_property
    def fiscal(self) -> Fiscal:
        """Fiscal position of regions."""
        return Fiscal.load()

    @cached_property
    def books(self) -> Books:
        """Budget horizon, prevention and the employer discount."""
        return Books.load()

    @cached_property
    def months(self) -> Mapping[str, pd.DataFrame]:
        """Measures of trusts by month."""
        return monthly()

    @cached_property
    def league(self) -> League:
        """The league table of acute trusts."""
        return League.load()

    @cached_property
    def next_year(self) -> NextYear:
        """Whether the best stay the best."""
        return NextYear(self.months, 5 * self.draws)

    @cached_property
    def agreement(self) -> Agreement:
        """Measures beside one another."""
        return Agreement(self.months, self.draws)

    @cached_property
    def gate(self) -> Gate:
        """Earned autonomy."""
        return Gate.load(self.draws)

    @cached_property
    def variation(self) -> Variation:
        """At which level trusts differ."""
        return Variation.load(self.months, self.draws)
