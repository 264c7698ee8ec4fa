"""Rank intervals of 300 areas in 20 measures, and the variance of a 300 x 120 panel, against the plain way."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
import pandas as pd
from statsmodels.regression.mixed_linear_model import MixedLM

from benchmarks.harness import Case
from healthdevo.governance import league_table, variance_shares

AREAS, MEASURES, MONTHS = 300, 20, 120


def ranks() -> object:
    """All rank intervals of 300 areas in 20 measures."""
    rng = np.random.default_rng(0)
    return [
        league_table(rng.standard_normal(AREAS), np.full(AREAS, 0.5), draws=1000, seed=m)
        for m in range(MEASURES)
    ]


def ranks_one_by_one(share: int = 10) -> object:
    """The same for every tenth draw: each draw ranked on its own, in a loop."""
    rng = np.random.default_rng(0)
    found = []
    for _ in range(MEASURES):
        value = rng.standard_normal(AREAS)
        drawn = [pd.Series(value + 0.5 * rng.standard_normal(AREAS)).rank() for _ in range(1000 // share)]
        found.append(pd.concat(drawn, axis=1).quantile([0.025, 0.975], axis=1))
    return found


def panel() -> pd.DataFrame:
    """300 providers in 42 boards of 7 regions, 120 months."""
    rng = np.random.default_rng(1)
    frame = pd.DataFrame([(p, t) for p in range(AREAS) for t in range(MONTHS)], columns=["provider", "month"])
    frame["board"] = frame["provider"] % 42
    frame["region"] = frame["board"] % 7
    effect = {c: rng.standard_normal(frame[c].nunique()) for c in ("region", "board", "provider", "month")}
    frame["value"] = sum(effect[c][frame[c]] for c in effect) + rng.standard_normal(len(frame))
    return frame


def decomposed(frame: pd.DataFrame) -> object:
    """Shares of the variance with intervals from 199 simulated panels."""
    return variance_shares(frame, "value", ["region", "board", "provider"], "month", draws=199)


def decomposed_by_reml(frame: pd.DataFrame) -> object:
    """Boards alone by restricted maximum likelihood, without regions, providers, months and intervals: a small part of the same work."""
    return MixedLM.from_formula("value ~ 1", frame, groups="board").fit()


def cases() -> Iterable[Case]:
    """Return what is measured."""
    frame = panel()
    yield Case(
        "rank intervals, 300 areas x 20 measures",
        ranks,
        "pandas, every tenth draw",
        ranks_one_by_one,
        repeat=3,
        peer_repeat=1,
    )
    yield Case(
        "variance shares, 300 x 120 panel, 199 draws",
        lambda: decomposed(frame),
        "statsmodels, one level, no intervals",
        lambda: decomposed_by_reml(frame),
        repeat=3,
        peer_repeat=1,
    )
