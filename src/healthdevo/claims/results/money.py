"""Tests on money: budgets, taxes, accounts, prevention."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from healthdevo.chapters.common import record
from healthdevo.chapters.money.books import Books
from healthdevo.chapters.money.findings import unseen_headline
from healthdevo.chapters.money.fiscal import Fiscal
from healthdevo.chapters.money.flow import Flow
from healthdevo.chapters.money.taxes import Taxes
from healthdevo.claims.shapes import RANGE, Drawn, between, counted
from healthdevo.finance import breach_probability
from healthdevo.results import Estimate

__all__ = ["SOURCES", "TESTS", "MoneySources"]


@dataclass(frozen=True)
class MoneySources(Drawn):
    """What these tests draw on, each section loaded once."""

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


def rich_over_poor(s: MoneySources) -> Estimate:
    """Return what a penny on income gives each need-weighted head of the richest fifth over the poorest."""
    fifths = s.taxes.penny.fifths(0.0)
    return counted(
        "money of a local tax for each need-weighted head, richest fifth over poorest",
        float(fifths[5] / fifths[1]),
        5,
        reason="a sum over all districts",
    )


def moved_by_equalising(s: MoneySources) -> Estimate:
    """Share of the money that full equalisation by need would move."""
    penny = s.taxes.penny
    return counted(
        "share of a local tax that full equalisation moves",
        float(penny.equalised(1.0).moved / penny.raised.total),
        5,
        reason="a sum over all districts",
    )


def carried_by_regions(s: MoneySources) -> Estimate:
    """Share of regions that could not carry their health spending with what they pay beyond other spending, latest year."""
    now = s.fiscal.now["carried"].dropna()
    return counted(
        "share of regions that could not carry their own health spending", float((now < 1.0).mean()), len(now)
    )


def least_carried(s: MoneySources) -> Estimate:
    """Health spending that the weakest region could carry, less that of the strongest, as shares."""
    now = s.fiscal.now["carried"].dropna()
    return counted(
        "gap between regions in the share of health spending that they could carry",
        float(now.max() - now.min()),
        len(now),
    )


def seen_by_use(s: MoneySources) -> Estimate:
    """Share of health spending that national tables show by use in a region."""
    finding = unseen_headline(s.flow)
    value = (
        finding.number.estimate if isinstance(finding.number, Estimate) else float(finding.number or np.nan)
    )
    return counted("share of health spending by region that national tables show by use", value, 9)


def money_by_need(s: MoneySources) -> Estimate:
    """Health spending for each need-weighted head: the region with most over the one with least, less one."""
    values = s.flow.regions["per_weighted_head"].dropna()
    return counted(
        "gap in health spending for each need-weighted head between regions",
        float(values.max() / values.min() - 1.0),
        len(values),
        "as a share",
    )


def fewer_failures(s: MoneySources) -> Estimate:
    """Chance that a window ends in breach under annual budgets, less that under five fixed years, in percentage points."""
    h = s.books.horizon
    sd, lasting = h.volatility.main.sd.interval(), h.volatility.main.lasting.interval()

    def difference(size: float, persistence: float) -> float:
        cost, kept = min(1.0, h.response.value * size), float(np.clip(persistence, 0.0, 1.0))
        one, five = (
            breach_probability(cost, kept, years, settlement=years, reserve=h.reserve.value)
            for years in (1, 5)
        )
        return 100.0 * (one - five)

    corners = [difference(a, b) for a in (sd.lower, sd.upper) for b in (lasting.lower, lasting.upper)]
    middle = difference(h.volatility.main.sd.estimate, h.volatility.main.lasting.estimate)
    return between(
        "chance of a window that ends in breach, annual budgets less five fixed years",
        middle,
        min(corners),
        max(corners),
        42,
        "closed form over the intervals of size and persistence of surprises",
        "percentage points",
        RANGE,
    )


def freed_in_five_years(s: MoneySources) -> Estimate:
    """Cash that a pound of prevention frees within five years, with the range of every assumption."""
    p = s.books.payback
    years = p.programme.years(5)
    low = p.worth.low * p.cash.low / p.arrival.high
    return between(
        "cash that a pound of prevention frees within five years",
        years * p.worth.value * p.cash.value / p.arrival.value,
        years * low,
        years * p.most,
        3,
        "range of the assumptions, not of chance",
        "pounds",
        RANGE,
    )


def absence_to_break_even(s: MoneySources) -> Estimate:
    """Fall of absence from sickness at which a discount for employers pays for itself, middle area, with the range of assumptions."""
    employer = s.books.employer
    rows = employer.what_moves_it
    ends = rows[["absence_low", "absence_high"]].to_numpy(dtype=float)
    middle = float(record(employer.middle.to_frame().T)["absence"])
    return between(
        "fall of sickness absence at which a discount for employers breaks even",
        middle,
        min(middle, float(ends.min())),
        max(middle, float(ends.max())),
        len(employer.rows),
        "each assumption at either end in turn",
        "as a share",
        RANGE,
    )


SOURCES = MoneySources
TESTS = (
    rich_over_poor,
    moved_by_equalising,
    carried_by_regions,
    least_carried,
    seen_by_use,
    money_by_need,
    fewer_failures,
    freed_in_five_years,
    absence_to_break_even,
)
"""Every test of a claim that links to this page."""
