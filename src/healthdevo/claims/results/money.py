"""Tests on money: budgets, taxes, accounts, prevention."""

from __future__ import annotations

import numpy as np

from healthdevo.chapters.common import record
from healthdevo.chapters.money.findings import unseen_headline
from healthdevo.chapters.spending.words import PUBLIC_HEALTH
from healthdevo.claims.sources import RANGE, Sources, between, called, counted
from healthdevo.finance import breach_probability
from healthdevo.results import Estimate

__all__ = [
    "absence_to_break_even",
    "carried_by_regions",
    "fewer_failures",
    "freed_in_five_years",
    "least_carried",
    "money_by_need",
    "moved_by_equalising",
    "public_health_and_deaths",
    "rich_over_poor",
    "seen_by_use",
    "worth_of_prevention",
]


def rich_over_poor(s: Sources) -> Estimate:
    """Return what a penny on income gives each need-weighted head of the richest fifth over the poorest."""
    fifths = s.taxes.penny.fifths(0.0)
    return counted(
        "money of a local tax for each need-weighted head, richest fifth over poorest",
        float(fifths[5] / fifths[1]),
        5,
        reason="a sum over all districts",
    )


def moved_by_equalising(s: Sources) -> Estimate:
    """Share of the money that full equalisation by need would move."""
    penny = s.taxes.penny
    return counted(
        "share of a local tax that full equalisation moves",
        float(penny.equalised(1.0).moved / penny.raised.total),
        5,
        reason="a sum over all districts",
    )


def carried_by_regions(s: Sources) -> Estimate:
    """Share of regions that could not carry their health spending with what they pay beyond other spending, latest year."""
    now = s.fiscal.now["carried"].dropna()
    return counted(
        "share of regions that could not carry their own health spending", float((now < 1.0).mean()), len(now)
    )


def least_carried(s: Sources) -> Estimate:
    """Health spending that the weakest region could carry, less that of the strongest, as shares."""
    now = s.fiscal.now["carried"].dropna()
    return counted(
        "gap between regions in the share of health spending that they could carry",
        float(now.max() - now.min()),
        len(now),
    )


def seen_by_use(s: Sources) -> Estimate:
    """Share of health spending that national tables show by use in a region."""
    finding = unseen_headline(s.flow)
    value = (
        finding.number.estimate if isinstance(finding.number, Estimate) else float(finding.number or np.nan)
    )
    return counted("share of health spending by region that national tables show by use", value, 9)


def money_by_need(s: Sources) -> Estimate:
    """Health spending for each need-weighted head: the region with most over the one with least, less one."""
    values = s.flow.regions["per_weighted_head"].dropna()
    return counted(
        "gap in health spending for each need-weighted head between regions",
        float(values.max() / values.min() - 1.0),
        len(values),
        "as a share",
    )


def fewer_failures(s: Sources) -> Estimate:
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


def freed_in_five_years(s: Sources) -> Estimate:
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


def worth_of_prevention(s: Sources) -> Estimate:
    """Pounds of treatment that buy as much health as one pound of public health, by the study that estimated both."""
    w = s.books.payback.worth
    return between(
        "pounds of treatment that buy as much health as a pound of public health",
        w.value,
        w.low,
        w.high,
        2,
        "range over the designs of one published study",
        "pounds",
        RANGE,
    )


def public_health_and_deaths(s: Sources) -> Estimate:
    """Elasticity of preventable deaths to public health spending within councils over time."""
    return called(
        "per cent of preventable deaths for one per cent of public health spending, within councils",
        s.designs.coefficient(PUBLIC_HEALTH, "within"),
    )


def absence_to_break_even(s: Sources) -> Estimate:
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
