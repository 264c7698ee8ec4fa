"""Avoidable admissions in the other areas with a deal, and in districts without any."""

from __future__ import annotations

from healthdevo.chapters.common.remembered import remembered
from healthdevo.chapters.devolution.admissions.rates import Rates
from healthdevo.chapters.devolution.agreements import Agreements
from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.subject import ADMISSIONS


@remembered(shared=("deals", "undecided", "controls"))
def elsewhere_by_table() -> Elsewhere:
    """Return the section on other areas from the table of admissions."""
    return elsewhere(Rates.load())


def elsewhere(rates: Rates) -> Elsewhere:
    """Return the section on other areas for avoidable admissions: the same deals as for deaths, counted in financial years.

    >>> elsewhere(Rates.load()).subject.things
    'admissions'
    """
    return Elsewhere(rates.outcome(london=True), Agreements.load(), rates.outcome, ADMISSIONS)
