"""Tests on differences between and inside areas."""

from __future__ import annotations

import math
from collections.abc import Collection
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.postcode_lottery.convergence import Case, Convergence
from healthdevo.chapters.postcode_lottery.ground import Ground
from healthdevo.chapters.postcode_lottery.levels import Levels
from healthdevo.chapters.postcode_lottery.words import INSIDE
from healthdevo.claims.shapes import Drawn, between, called, counted
from healthdevo.inequality import sigma_convergence
from healthdevo.results import Estimate

__all__ = ["SOURCES", "TESTS", "PostcodeLotterySources", "widening"]


@dataclass(frozen=True)
class PostcodeLotterySources(Drawn):
    """What these tests draw on, each section loaded once."""

    @cached_property
    def ground(self) -> Ground:
        """Tables of the postcode lottery."""
        return Ground.load()

    @cached_property
    def levels(self) -> Levels:
        """Where differences lie."""
        return Levels(self.ground)

    @cached_property
    def convergence(self) -> Convergence:
        """Whether areas converge."""
        return Convergence(self.ground)

    @cached_property
    def elsewhere(self) -> Elsewhere:
        """Every area with a deal."""
        return Elsewhere.load()

    @cached_property
    def dealt(self) -> frozenset[str]:
        """Districts of all areas with a deal that is early enough to judge."""
        return frozenset().union(*self.elsewhere.deals["districts"])


def inside_districts(s: PostcodeLotterySources) -> Estimate:
    """Share of the variance in length of life that lies inside districts: the smaller of women's and men's."""
    parts = [
        split.share(INSIDE) for name, split in s.levels.latest.items() if name.startswith("life expectancy")
    ]
    least = min(parts, key=lambda e: e.estimate)
    return called("share of the variance in length of life that lies inside districts", least)


def spread_before_deals(s: PostcodeLotterySources) -> Estimate:
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


def spread_of_deaths(s: PostcodeLotterySources) -> Estimate:
    """Widening of preventable deaths between districts with a deal, over that between the others."""
    return widening(
        s.convergence.preventable,
        s.dealt,
        "widening of preventable deaths between districts with a deal, over that between the others",
        logarithm=True,
    )


def spread_of_life(s: PostcodeLotterySources) -> Estimate:
    """Widening of women's life expectancy between districts with a deal, over that between the others."""
    case = next(c for c in s.convergence.cases if c.outcome.startswith("life") and "women" in c.outcome)
    return widening(
        case,
        s.dealt,
        "widening of women's life expectancy between districts with a deal, over that between the others",
        logarithm=False,
    )


SOURCES = PostcodeLotterySources
TESTS = (
    inside_districts,
    spread_before_deals,
    spread_of_deaths,
    spread_of_life,
)
"""Every test of a claim that links to this page."""
