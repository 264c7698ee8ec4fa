"""Tests on places: borders, labour markets, powers, differences between and inside areas, reorganisation."""

from __future__ import annotations

import math
from collections.abc import Collection

import numpy as np

from healthdevo.chapters.common import record
from healthdevo.chapters.footprint.flows import TODAY
from healthdevo.chapters.footprint.work import LOW
from healthdevo.chapters.postcode_lottery.convergence import Case
from healthdevo.chapters.postcode_lottery.words import INSIDE
from healthdevo.chapters.reorganisation.words import LEVEL
from healthdevo.claims.sources import Sources, between, called, counted
from healthdevo.inequality import sigma_convergence
from healthdevo.results import Estimate

__all__ = [
    "authorities_without_budget",
    "authorities_without_power",
    "change_by_kind_of_place",
    "inside_districts",
    "market_and_change",
    "market_share_cut",
    "on_an_economic_footprint",
    "reorganised_health",
    "same_borders",
    "say_in_decisions",
    "spread_before_deals",
    "spread_of_deaths",
    "spread_of_life",
    "turnout",
    "widening",
]


def on_an_economic_footprint(s: Sources) -> Estimate:
    """Share of strategic authorities that are a labour market of their own at two thirds."""
    least = s.work.authorities["least"]
    return counted(
        "share of strategic authorities that are a labour market of their own",
        (least >= LOW).mean(),
        len(least),
    )


def market_and_change(s: Sources) -> Estimate:
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


def same_borders(s: Sources) -> Estimate:
    """Share of people in strategic authorities whose board is the same area today."""
    rows = s.borders.table
    r = record(rows[(rows["kind"] == "combined_authority") & (rows["on"] == TODAY)])
    return counted("share of people whose board and strategic authority are one area", r["same"], r["areas"])


def market_share_cut(s: Sources) -> Estimate:
    """Share of people in strategic authorities in a labour market of which more than a tenth lies outside."""
    share = s.markets.tenth_cut("combined_authority")
    n = len(s.markets.split("combined_authority"))
    return counted(
        "share of people in a labour market that their authority's border cuts by a tenth or more", share, n
    )


def without(held: int, every: int) -> float:
    """Return the share of all that do not hold something; NaN where there are none.

    >>> without(3, 20), without(0, 0)
    (0.85, nan)
    """
    return 1.0 - held / every if every else math.nan


def authorities_without_power(s: Sources) -> Estimate:
    """Share of strategic authorities for which no power over health or care of their own was found."""
    held, every = len(s.powers.by_law) + len(s.powers.agreed), len(s.powers.strategic)
    return counted(
        "share of strategic authorities without a power over health or care", without(held, every), every
    )


def authorities_without_budget(s: Sources) -> Estimate:
    """Share of strategic authorities that hold no budget of the health service."""
    every = s.powers.strategic
    held = [name for name in s.powers.budget_now if name in every]
    return counted(
        "share of strategic authorities without a budget of the health service",
        without(len(held), len(every)),
        len(every),
    )


def turnout(s: Sources) -> Estimate:
    """Median of the latest turnout in elections of mayors of combined authorities."""
    rows = s.legitimacy.authorities.sort_values("election_date")
    latest = rows.groupby("area_code")["turnout"].last()
    return counted(
        "turnout in the latest election of a mayor, middle authority", latest.median(), len(latest)
    )


def say_in_decisions(s: Sources) -> Estimate:
    """Share of adults who say that they can influence decisions where they live, latest year."""
    rows = s.legitimacy.influence
    row = record(rows[rows["financial_year_start"] == rows["financial_year_start"].max()])
    return counted(
        f"share of adults who feel able to influence local decisions, {row['financial_year']}",
        row["share"],
        1,
        reason="published as a whole per cent, without limits",
    )


def inside_districts(s: Sources) -> Estimate:
    """Share of the variance in length of life that lies inside districts: the smaller of women's and men's."""
    parts = [
        split.share(INSIDE) for name, split in s.levels.latest.items() if name.startswith("life expectancy")
    ]
    least = min(parts, key=lambda e: e.estimate)
    return called("share of the variance in length of life that lies inside districts", least)


def spread_before_deals(s: Sources) -> Estimate:
    """Relative spread of preventable deaths between districts in 2010, before any deal."""
    case = s.convergence.cases[0]
    return counted(
        "spread of preventable deaths between districts in 2010",
        float(case.sigma.estimate[0]),
        case.beta.n,
        "standard deviation of logs",
        "a description of one year; part of it is chance",
    )


def widening(case: Case, dealt: Collection[str], measure: str, *, logarithm: bool) -> Estimate:
    """Return how much more the spread between districts widened among those with a deal than among the others.

    The ratio of last to first spread among the former over that among the latter; the two are taken as independent.
    """
    first, last = case.figures.columns
    found = []
    for inside in (True, False):
        figures = case.figures[case.figures.index.isin(list(dealt)) == inside]
        long = figures.melt(ignore_index=False, var_name="period", value_name="value").reset_index()
        ratio = sigma_convergence(
            long.assign(period=long["period"].astype(int)),
            "area_code",
            "period",
            "value",
            measure="standard deviation of logs" if logarithm else "standard deviation",
        ).ratio
        found.append(ratio)
    logs = [float(np.log(r.estimate)) for r in found]
    reach = [float(np.log(r.interval().upper / r.interval().lower)) / 2.0 for r in found]
    middle, half = logs[0] - logs[1], math.hypot(*reach)
    return between(
        f"{measure}, {first} to {last}",
        float(np.exp(middle)),
        float(np.exp(middle - half)),
        float(np.exp(middle + half)),
        len(case.figures),
        "ratio of two ratios of spreads, taken as independent",
    )


def spread_of_deaths(s: Sources) -> Estimate:
    """Widening of preventable deaths between districts with a deal, over that between the others."""
    return widening(
        s.convergence.preventable,
        s.dealt,
        "widening of preventable deaths between districts with a deal, over that between the others",
        logarithm=True,
    )


def spread_of_life(s: Sources) -> Estimate:
    """Widening of women's life expectancy between districts with a deal, over that between the others."""
    case = next(c for c in s.convergence.cases if c.outcome.startswith("life") and "women" in c.outcome)
    return widening(
        case,
        s.dealt,
        "widening of women's life expectancy between districts with a deal, over that between the others",
        logarithm=False,
    )


def change_by_kind_of_place(s: Sources) -> Estimate:
    """Share of the differences in the change of length of life that lies between types of district, less what chance gives."""
    row = record(s.kinds.outcomes.loc[["change"]])
    return counted(
        "share of differences in the change of length of life between types of place, beyond chance",
        float(row["between"] - row["chance"]),
        int(s.kinds.types.count),
        reason="types are made from the data",
    )


def reorganised_health(s: Sources) -> Estimate:
    """Share of tests of health after a reorganisation that stand out at one in twenty and with their own trend, over what chance gives."""
    tested = s.reorganisations.tested
    health = tested[tested["health"]]
    kept = health[
        (health["p_value"] <= LEVEL)
        & (health["p_own_trend"] <= LEVEL)
        & (health["own_trend"] * health["effect"] > 0)
    ]
    return counted(
        "share of changes in health after a reorganisation that stand out",
        float(np.divide(len(kept), len(health))),
        len(health),
        reason="a count of tests, which hang together",
    )
