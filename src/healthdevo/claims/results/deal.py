"""Tests on the deal of Greater Manchester."""

from __future__ import annotations

from healthdevo.chapters.common import record
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.claims.judged import Judged
from healthdevo.claims.sources import Sources, between, called, counted
from healthdevo.evaluation import imputation
from healthdevo.results import Estimate

__all__ = [
    "balance_of_indicators",
    "care_users_delays",
    "deals_one_by_one",
    "deaths_of_care",
    "deaths_prevented",
    "falls",
    "life_satisfaction",
    "stays_avoided",
]


def _judged(measure: str, judgement: Judgement) -> Judged:
    main = judgement.main
    return Judged(
        measure,
        main.estimate,
        main.standard_error,
        main.intervals,
        main.n,
        main.method,
        main.unit,
        main.reason,
        strength=judgement.verdict.strength,
    )


def deaths_prevented(s: Sources) -> Estimate:
    """Preventable deaths under 75, with the strength of the evidence by the rule of the chapter."""
    return _judged("effect on preventable deaths before 75 in Greater Manchester", s.judgement)


def stays_avoided(s: Sources) -> Estimate:
    """Avoidable emergency admissions, with the strength of the evidence by the same rule."""
    return _judged("effect on avoidable emergency admissions in Greater Manchester", s.stays)


def deals_one_by_one(s: Sources) -> Estimate:
    """Preventable deaths after all deals outside London that are early enough to judge, each from its own year, by imputation."""
    found = imputation(s.elsewhere.staggered())
    return called("effect of deals outside London on preventable deaths before 75", found)


def deaths_of_care(s: Sources) -> Estimate:
    """Treatable deaths, given the earlier trend, with ten years before the deal."""
    return called(
        "effect on treatable deaths in Greater Manchester, given the earlier trend",
        s.ten_years.given["treatable"],
    )


def _indicator(s: Sources, name: str) -> Estimate:
    rows = s.whole.effects.table
    r = record(rows[rows["indicator"] == f"local_outcome/{name}"])
    return between(
        f"{str(r['title'])[0].lower()}{str(r['title'])[1:]}, effect in Greater Manchester",
        r["effect"],
        r["lower"],
        r["upper"],
        r["areas"],
        "synthetic difference in differences, limits from blocks of ten areas",
        str(r["unit"]),
    )


def care_users_delays(s: Sources) -> Estimate:
    """Days of delayed transfers from hospital, effect in Greater Manchester."""
    return _indicator(s, "delayed_transfer_days")


def falls(s: Sources) -> Estimate:
    """Admissions after falls, effect in Greater Manchester."""
    return _indicator(s, "falls_admissions")


def life_satisfaction(s: Sources) -> Estimate:
    """Life satisfaction, effect in Greater Manchester."""
    return _indicator(s, "life_satisfaction")


def balance_of_indicators(s: Sources) -> Estimate:
    """Return the indicators that moved for the better less those for the worse, as a share of all tested, number of tests allowed for."""
    c = s.whole.counts
    better, worse = (len(c.kept.get(w, [])) for w in ("better", "worse"))
    return counted(
        "indicators for the better less those for the worse, of all tested",
        (better - worse) / c.tested,
        c.tested,
        reason="a count of tests, which hang together",
    )
