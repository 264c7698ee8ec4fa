"""Tests on what shapes health, and on how trusts are steered."""

from __future__ import annotations

import numpy as np

from healthdevo.chapters.common import record
from healthdevo.claims.sources import Sources, between, counted
from healthdevo.results import Estimate

__all__ = [
    "best_stay",
    "common_to_all",
    "engaged_and_quick",
    "engagement_changes",
    "false_grants",
    "false_refusals",
    "health_to_income",
    "health_to_productivity",
    "income_to_health",
    "indistinguishable",
    "local_variation",
    "region_variation",
    "shares_between",
    "shares_within",
    "targets_followed",
]


def shares_between(s: Sources) -> Estimate:
    """Share of differences between areas in preventable deaths that determinants go with."""
    found = s.policies.shares.between
    return counted(
        "share of differences between areas in preventable deaths that goes with deprivation, work, income, housing, education, age and council spending",
        found.r2,
        int(np.max(found.n)),
        reason="the chapter gives intervals for each determinant, not for their sum",
    )


def shares_within(s: Sources) -> Estimate:
    """Share of changes within areas over time that the same determinants go with."""
    found = s.policies.shares.within
    return counted(
        "share of changes within areas in preventable deaths that goes with changes of the same determinants",
        found.r2,
        int(np.max(found.n)),
        reason="the chapter gives intervals for each determinant, not for their sum",
    )


def common_to_all(s: Sources) -> Estimate:
    """Share of the changes over time in log preventable deaths that all areas have in common."""
    shares = s.policies.variance.shares
    over_time = shares["years"] + shares["within"]
    return counted(
        "share of the changes over time in preventable deaths that all areas have in common",
        float(np.divide(shares["years"], over_time)),
        s.policies.variance.panel["area_code"].nunique(),
        reason="a division of the variance of all areas and years",
    )


def health_to_productivity(s: Sources) -> Estimate:
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


def targets_followed(s: Sources) -> Estimate:
    """Share of dated targets after which waits got shorter at once, beyond chance and beyond every calendar date."""
    rows = s.directives.table
    held = (rows["lower"] > 0.0) & (rows["larger"] == 0)
    return counted(
        "share of dated targets after which waits got shorter beyond other months",
        float(held.mean()),
        len(rows),
        reason="a count of few targets",
    )


def _link(s: Sources, direction: str) -> Estimate:
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


def health_to_income(s: Sources) -> Estimate:
    """Preventable deaths on household income a year later, within areas."""
    return _link(s, "deaths to household income")


def income_to_health(s: Sources) -> Estimate:
    """Household income on preventable deaths a year later, within areas."""
    return _link(s, "household income to deaths")


def _part(s: Sources, *parts: str) -> Estimate:
    rows = s.variation.found["four_hours"]
    frame = rows.to_frame().set_index("label")
    have = [p for p in parts if p in frame.index]
    value = float(frame.loc[have, "estimate"].sum())
    if len(have) == 1:
        r = record(frame.loc[have])
        return between(
            "share of differences in four-hour waits",
            value,
            r["lower"],
            r["upper"],
            r["n"],
            "variance components",
        )
    return counted(
        "share of differences in four-hour waits",
        value,
        int(frame["n"].max()),
        reason="a sum of parts that have their own intervals",
    )


def local_variation(s: Sources) -> Estimate:
    """Share of lasting and monthly differences in four-hour waits that lies between trusts of one board."""
    return _part(s, "provider_code")


def region_variation(s: Sources) -> Estimate:
    """Share that lies between boards."""
    return _part(s, "icb_code")


def indistinguishable(s: Sources) -> Estimate:
    """Share of pairs of acute trusts whose order in the league table could be the other way round."""
    return counted(
        "share of pairs in the league table whose order could be the other way round",
        s.league.ranks.swappable,
        len(s.league.ranks),
        reason="each pair's own uncertainty is in it",
    )


def best_stay(s: Sources) -> Estimate:
    """Share of the best quarter of trusts for four-hour waits that is there again a year later."""
    return s.next_year.found["four_hours"].best_stay


def _gate(s: Sources, what: str, measure: str) -> Estimate:
    rows = s.gate.rows
    r = record(rows[rows["policy"] == "gate"])
    value, error = float(r[what]), float(r[f"{what}_error"])
    return between(
        measure,
        value,
        value - 1.96 * error,
        value + 1.96 * error,
        s.gate.draws,
        "simulated trusts like the real ones; the interval is of the simulation alone",
    )


def false_grants(s: Sources) -> Estimate:
    """Share of trusts not good enough that a gate frees."""
    return _gate(s, "false_grants", "share of trusts not good enough that a gate sets free")


def false_refusals(s: Sources) -> Estimate:
    """Share of good trusts that a gate refuses."""
    return _gate(s, "false_refusals", "share of good trusts that a gate refuses")


def _culture(s: Sources, what: str, measure: str) -> Estimate:
    r = record(s.agreement.culture.loc[[what]])
    return between(
        measure, r["estimate"], r["lower"], r["upper"], r["n"], "rank correlation, resampled trusts"
    )


def engaged_and_quick(s: Sources) -> Estimate:
    """Rank correlation of staff engagement and four-hour waits between trusts."""
    return _culture(s, "between", "rank correlation of staff engagement and four-hour waits between trusts")


def engagement_changes(s: Sources) -> Estimate:
    """Rank correlation of their changes within trusts."""
    return _culture(s, "within", "rank correlation of changes in staff engagement and in four-hour waits")
