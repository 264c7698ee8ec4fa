"""Dispersion and its decomposition, against PySAL's `inequality` and against a plain loop of resamples."""

from __future__ import annotations

from collections.abc import Callable, Iterable

import numpy as np
import pandas as pd

from benchmarks.harness import Case
from healthdevo.inequality import concentration_index, gini_coefficient, nested_decomposition, theil_index

try:
    from inequality.gini import Gini
    from inequality.theil import Theil, TheilD, TheilDSim
except ImportError:  # the peer is optional
    Gini = Theil = TheilD = TheilDSim = None

PEER = "PySAL inequality"


def _peer(function: Callable[[], object]) -> Callable[[], object] | None:
    return None if Gini is None else function


def _plain_bootstrap(x: np.ndarray, draws: int) -> np.ndarray:
    """One resample after another, each sorted afresh: the plain way."""
    rng = np.random.default_rng(0)
    n = x.size
    result = np.empty(draws)
    for b in range(draws):
        s = np.sort(x[rng.integers(0, n, n)])
        result[b] = (2 * np.arange(1, n + 1) - n - 1) @ s / (n * n * s.mean())
    return result


def cases() -> Iterable[Case]:
    rng = np.random.default_rng(1)
    areas = rng.lognormal(size=7000)
    region = rng.integers(0, 9, 7000)
    groups = np.array([f"region {k}" for k in region])
    note = "" if Gini is not None else f"({PEER} is not installed)"

    yield Case(
        "Gini with standard error, 7,000 areas",
        lambda: gini_coefficient(areas),
        f"{PEER} (no standard error)",
        _peer(lambda: Gini(areas)),
        note=note,
    )
    yield Case(
        "Theil with standard error, 7,000 areas",
        lambda: theil_index(areas),
        f"{PEER} (no standard error)",
        _peer(lambda: Theil(areas)),
        note=note,
    )
    yield Case(
        "Theil between and within 9 regions, with standard errors",
        lambda: nested_decomposition(areas, groups),
        f"{PEER} (no standard errors)",
        _peer(lambda: TheilD(areas, groups)),
        note=note,
    )
    yield Case(
        "the same with 999 shuffles",
        lambda: nested_decomposition(areas, groups, permutations=999),
        PEER,
        _peer(lambda: TheilDSim(areas, groups, 999)),
        repeat=3,
        note=note,
    )
    small = areas[:300]
    yield Case(
        "Gini, 2,000 bootstrap draws of 300 areas",
        lambda: gini_coefficient(small, variance="bootstrap", draws=2000),
        "plain loop",
        lambda: _plain_bootstrap(small, 2000),
        repeat=3,
    )
    rank, weights = rng.lognormal(size=7000), rng.uniform(0.5, 2, 7000)
    yield Case(
        "concentration index with linearised error, 7,000 units",
        lambda: concentration_index(areas, rank, weights, variance="influence"),
    )
    levels = pd.DataFrame(
        {"nation": region // 3, "region": region, "area": region * 20 + rng.integers(0, 20, 7000)}
    )
    yield Case(
        "Theil over three nested levels, weighted, with standard errors",
        lambda: nested_decomposition(areas, levels, weights),
    )
