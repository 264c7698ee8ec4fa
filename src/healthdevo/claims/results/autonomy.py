"""Tests on how trusts are steered."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from healthdevo.chapters.autonomy.agreement import Agreement
from healthdevo.chapters.autonomy.directives import Directives
from healthdevo.chapters.autonomy.gate import Gate
from healthdevo.chapters.autonomy.league import League
from healthdevo.chapters.autonomy.measures import monthly
from healthdevo.chapters.autonomy.next_year import NextYear
from healthdevo.chapters.autonomy.variation import Variation
from healthdevo.chapters.common import record
from healthdevo.claims.shapes import Drawn, between, counted
from healthdevo.results import Estimate

__all__ = ["SOURCES", "TESTS", "AutonomySources"]


@dataclass(frozen=True)
class AutonomySources(Drawn):
    """What these tests draw on, each section loaded once."""

    @cached_property
    def directives(self) -> Directives:
        """Dated national targets."""
        return Directives.load()

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


def targets_followed(s: AutonomySources) -> Estimate:
    """Share of dated targets after which waits got shorter at once, beyond chance and beyond every calendar date."""
    rows = s.directives.table
    held = (rows["lower"] > 0.0) & (rows["larger"] == 0)
    return counted(
        "share of dated targets after which waits got shorter beyond other months",
        float(held.mean()),
        len(rows),
        reason="a count of few targets",
    )


def _part(s: AutonomySources, *parts: str) -> Estimate:
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


def local_variation(s: AutonomySources) -> Estimate:
    """Share of lasting and monthly differences in four-hour waits that lies between trusts of one board."""
    return _part(s, "provider_code")


def region_variation(s: AutonomySources) -> Estimate:
    """Share that lies between boards."""
    return _part(s, "icb_code")


def indistinguishable(s: AutonomySources) -> Estimate:
    """Share of pairs of acute trusts whose order in the league table could be the other way round."""
    return counted(
        "share of pairs in the league table whose order could be the other way round",
        s.league.ranks.swappable,
        len(s.league.ranks),
        reason="each pair's own uncertainty is in it",
    )


def best_stay(s: AutonomySources) -> Estimate:
    """Share of the best quarter of trusts for four-hour waits that is there again a year later."""
    return s.next_year.found["four_hours"].best_stay


def _gate(s: AutonomySources, what: str, measure: str) -> Estimate:
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


def false_grants(s: AutonomySources) -> Estimate:
    """Share of trusts not good enough that a gate frees."""
    return _gate(s, "false_grants", "share of trusts not good enough that a gate sets free")


def false_refusals(s: AutonomySources) -> Estimate:
    """Share of good trusts that a gate refuses."""
    return _gate(s, "false_refusals", "share of good trusts that a gate refuses")


def _culture(s: AutonomySources, what: str, measure: str) -> Estimate:
    r = record(s.agreement.culture.loc[[what]])
    return between(
        measure, r["estimate"], r["lower"], r["upper"], r["n"], "rank correlation, resampled trusts"
    )


def engaged_and_quick(s: AutonomySources) -> Estimate:
    """Rank correlation of staff engagement and four-hour waits between trusts."""
    return _culture(s, "between", "rank correlation of staff engagement and four-hour waits between trusts")


def engagement_changes(s: AutonomySources) -> Estimate:
    """Rank correlation of their changes within trusts."""
    return _culture(s, "within", "rank correlation of changes in staff engagement and in four-hour waits")


SOURCES = AutonomySources
TESTS = (
    targets_followed,
    local_variation,
    region_variation,
    indistinguishable,
    best_stay,
    false_grants,
    false_refusals,
    engaged_and_quick,
    engagement_changes,
)
"""Every test of a claim that links to this page."""
