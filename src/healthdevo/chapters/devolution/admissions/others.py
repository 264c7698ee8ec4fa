"""Avoidable admissions in the other areas with a deal, and in districts without any."""

from __future__ import annotations

from healthdevo.chapters.devolution.admissions.rates import Rates
from healthdevo.chapters.devolution.agreements import Agreements
from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.subject import ADMISSIONS


def elsewhere(rates: Rates) -> Elsewhere:
    """Return the section on other areas for avoidable admissions: the same deals as for deaths, counted in financial years.

    >>> elsewhere(Rates.load()).subject.things
    'admissions'
    """
    return Elsewhere(rates.outcome(london=True), Agreements.load(), rates.outcome, ADMISSIONS)
