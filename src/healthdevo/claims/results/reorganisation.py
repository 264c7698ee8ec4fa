"""Test on councils redrawn."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from healthdevo.chapters.reorganisation.experiments import Experiments
from healthdevo.chapters.reorganisation.words import LEVEL
from healthdevo.claims.shapes import Drawn, counted
from healthdevo.results import Estimate

__all__ = ["SOURCES", "TESTS", "ReorganisationSources"]


@dataclass(frozen=True)
class ReorganisationSources(Drawn):
    """What these tests draw on, each section loaded once."""

    @cached_property
    def reorganisations(self) -> Experiments:
        """Councils redrawn."""
        return Experiments.load()


def reorganised_health(s: ReorganisationSources) -> Estimate:
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


SOURCES = ReorganisationSources
TESTS = (reorganised_health,)
"""Every test of a claim that links to this page."""
