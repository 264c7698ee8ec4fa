"""Tests on every indicator after the deal of Greater Manchester."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from healthdevo.chapters.common import record
from healthdevo.chapters.whole_system.chapter import WholeSystem
from healthdevo.claims.shapes import Drawn, between, counted
from healthdevo.results import Estimate

__all__ = ["SOURCES", "TESTS", "WholeSystemSources"]


@dataclass(frozen=True)
class WholeSystemSources(Drawn):
    """What these tests draw on, each section loaded once."""

    @cached_property
    def whole(self) -> WholeSystem:
        """Every indicator."""
        return WholeSystem.load()


def _indicator(s: WholeSystemSources, name: str) -> Estimate:
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


def care_users_delays(s: WholeSystemSources) -> Estimate:
    """Days of delayed transfers from hospital, effect in Greater Manchester."""
    return _indicator(s, "delayed_transfer_days")


def falls(s: WholeSystemSources) -> Estimate:
    """Admissions after falls, effect in Greater Manchester."""
    return _indicator(s, "falls_admissions")


def life_satisfaction(s: WholeSystemSources) -> Estimate:
    """Life satisfaction, effect in Greater Manchester."""
    return _indicator(s, "life_satisfaction")


def balance_of_indicators(s: WholeSystemSources) -> Estimate:
    """Return the indicators that moved for the better less those for the worse, as a share of all tested, number of tests allowed for."""
    c = s.whole.counts
    better, worse = (len(c.kept.get(w, [])) for w in ("better", "worse"))
    return counted(
        "indicators for the better less those for the worse, of all tested",
        (better - worse) / c.tested,
        c.tested,
        reason="a count of tests, which hang together",
    )


SOURCES = WholeSystemSources
TESTS = (
    care_users_delays,
    falls,
    life_satisfaction,
    balance_of_indicators,
)
"""Every test of a claim that links to this page."""
