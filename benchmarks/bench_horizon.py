"""The budget horizon: 10,000 paths of 42 areas over ten years under four rules, against a plain loop over paths."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from benchmarks.harness import Case
from healthdevo.finance import BudgetRule, Shocks, budget_horizon

AREAS, YEARS, PATHS, PLAIN_PATHS = 42, 10, 10_000, 100
RULES = (
    BudgetRule("annual", 1, reserve=0.02),
    BudgetRule("three years", 3, borrowing=0.05, reserve=0.02),
    BudgetRule("five years", 5, borrowing=0.05, reserve=0.02),
    BudgetRule("five years, set anew", 5, 1, borrowing=0.05, reserve=0.02),
)
SHOCKS = Shocks(0.03, 0.4, 0.3, 0.2)


def _plain(groups: list[str]) -> dict[str, float]:
    """One path, one area and one year after another, as books are kept."""
    rng = np.random.default_rng(0)
    names = sorted(set(groups))
    breaches = dict.fromkeys((r.name for r in RULES), 0)
    for _ in range(PLAIN_PATHS):
        parts = []
        for share in (SHOCKS.lasting, 1.0 - SHOCKS.lasting):
            scale = SHOCKS.sd * np.sqrt(share)
            national = rng.normal(size=YEARS) * np.sqrt(SHOCKS.national)
            regional = {g: rng.normal(size=YEARS) * np.sqrt(SHOCKS.regional) for g in names}
            parts.append(
                [
                    scale * (national + regional[g] + rng.normal(size=YEARS) * np.sqrt(SHOCKS.own))
                    for g in groups
                ]
            )
        for rule in RULES:
            for area in range(AREAS):
                level, owed, failed = 0.0, 0.0, False
                for t in range(YEARS):
                    level = parts[0][area][t] + (level if t % rule.settled else 0.0)
                    owed = (owed if t % rule.horizon else 0.0) + level + parts[1][area][t]
                    k = t % rule.horizon + 1
                    limit = 0.0 if k == rule.horizon else rule.borrowing
                    failed |= owed - k * rule.reserve > limit
                breaches[rule.name] += failed
    return {name: count / PLAIN_PATHS / AREAS for name, count in breaches.items()}


def cases() -> Iterable[Case]:
    groups = [f"region {i % 7}" for i in range(AREAS)]
    yield Case(
        f"books of {AREAS} areas, {PLAIN_PATHS} paths, {len(RULES)} rules",
        lambda: budget_horizon(SHOCKS, groups, RULES, years=YEARS, paths=PLAIN_PATHS, seed=1),
        "plain loop",
        lambda: _plain(groups),
        repeat=3,
    )
    yield Case(
        f"books of {AREAS} areas, {PATHS:,} paths, {len(RULES)} rules",
        lambda: budget_horizon(SHOCKS, groups, RULES, years=YEARS, paths=PATHS, seed=1),
        repeat=3,
    )
