"""Tests on borders, labour markets and elections."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from healthdevo.chapters.common import record
from healthdevo.chapters.footprint.borders import Borders
from healthdevo.chapters.footprint.flows import TODAY, Flows
from healthdevo.chapters.footprint.kinds_of_place import KindsOfPlace
from healthdevo.chapters.footprint.legitimacy import Legitimacy
from healthdevo.chapters.footprint.markets import Markets
from healthdevo.chapters.footprint.results import Results
from healthdevo.chapters.footprint.work import LOW, Work
from healthdevo.claims.shapes import Drawn, between, counted
from healthdevo.results import Estimate

__all__ = ["SOURCES", "TESTS", "FootprintSources"]


@dataclass(frozen=True)
class FootprintSources(Drawn):
    """What these tests draw on, each section loaded once."""

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


def on_an_economic_footprint(s: FootprintSources) -> Estimate:
    """Share of strategic authorities that are a labour market of their own at two thirds."""
    least = s.work.authorities["least"]
    return counted(
        "share of strategic authorities that are a labour market of their own",
        (least >= LOW).mean(),
        len(least),
    )


def market_and_change(s: FootprintSources) -> Estimate:
    """Correlation of self-containment with the change of length of life, councils without London."""
    rows = s.results.table
    r = record(rows[(rows["kind"] == "upper_tier") & ~rows["london"] & (rows["outcome"] == "change")])
    return between(
        "correlation of self-containment with the change in length of life",
        r["correlation"],
        r["lower"],
        r["upper"],
        r["n"],
        "Pearson, interval by Fisher",
    )


def same_borders(s: FootprintSources) -> Estimate:
    """Share of people in strategic authorities whose board is the same area today."""
    rows = s.borders.table
    r = record(rows[(rows["kind"] == "combined_authority") & (rows["on"] == TODAY)])
    return counted("share of people whose board and strategic authority are one area", r["same"], r["areas"])


def market_share_cut(s: FootprintSources) -> Estimate:
    """Share of people in strategic authorities in a labour market of which more than a tenth lies outside."""
    share = s.markets.tenth_cut("combined_authority")
    n = len(s.markets.split("combined_authority"))
    return counted(
        "share of people in a labour market that their authority's border cuts by a tenth or more", share, n
    )


def turnout(s: FootprintSources) -> Estimate:
    """Median of the latest turnout in elections of mayors of combined authorities."""
    rows = s.legitimacy.authorities.sort_values("election_date")
    latest = rows.groupby("area_code")["turnout"].last()
    return counted(
        "turnout in the latest election of a mayor, middle authority", latest.median(), len(latest)
    )


def say_in_decisions(s: FootprintSources) -> Estimate:
    """Share of adults who say that they can influence decisions where they live, latest year."""
    rows = s.legitimacy.influence
    row = record(rows[rows["financial_year_start"] == rows["financial_year_start"].max()])
    return counted(
        f"share of adults who feel able to influence local decisions, {row['financial_year']}",
        row["share"],
        1,
        reason="published as a whole per cent, without limits",
    )


def change_by_kind_of_place(s: FootprintSources) -> Estimate:
    """Share of the differences in the change of length of life that lies between types of district, less what chance gives."""
    row = record(s.kinds.outcomes.loc[["change"]])
    return counted(
        "share of differences in the change of length of life between types of place, beyond chance",
        float(row["between"] - row["chance"]),
        int(s.kinds.types.count),
        reason="types are made from the data",
    )


SOURCES = FootprintSources
TESTS = (
    on_an_economic_footprint,
    market_and_change,
    same_borders,
    market_share_cut,
    turnout,
    say_in_decisions,
    change_by_kind_of_place,
)
"""Every test of a claim that links to this page."""
