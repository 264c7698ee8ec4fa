"""Designs and their draws, against diff-diff's compiled backend where it has them.

The California panel is read from the folder in HEALTHDEVO_GOLDEN; without it a panel of the same size is drawn.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from benchmarks.harness import Case
from healthdevo.evaluation import (
    Panel,
    World,
    contiguous_groups,
    difference_in_differences,
    draw_panel,
    generalised_synthetic_control,
    group_time_effects,
    placebo_test,
    synthetic_control,
    synthetic_did,
)

try:
    import diff_diff
except ImportError:  # the peer is optional
    diff_diff = None

PEER = "diff-diff (compiled backend)"


def _california() -> tuple[Panel, str]:
    root = os.environ.get("HEALTHDEVO_GOLDEN")
    path = Path(root or "") / "evaluation" / "prop99" / "california_prop99.csv"
    if root and path.exists():
        frame = pd.read_csv(path, sep=";")
        panel = Panel.from_frame(
            frame, area="State", time="Year", outcome="PacksPerCapita", treatment="treated"
        )
        return panel, "California"
    world = World(areas=39, periods=31, treated=1, start=19, noise=3.0, spill=0)
    return draw_panel("factors", -15.0, 1, world), "39 x 31 drawn"


def _peer(panel: Panel, method: str, draws: int) -> Callable[[], object] | None:
    if diff_diff is None:
        return None
    frame = panel.to_frame()
    frame["ever"] = np.repeat(panel.treated.astype(int), panel.shape[1])
    post = list(panel.periods[int(panel.cohorts[0]) :])

    def run() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return diff_diff.SyntheticDiD(variance_method=method, n_bootstrap=draws, seed=1).fit(
                frame,
                outcome=panel.outcome_name,
                treatment="ever",
                unit="area",
                time="period",
                post_periods=post,
            )

    return run


def _staggered_peer(panel: Panel) -> Callable[[], object] | None:
    if diff_diff is None:
        return None
    frame = panel.to_frame()
    first = np.where(panel.treated, panel.adoption, 0)
    frame["first"] = np.repeat(first, panel.shape[1])

    def run() -> object:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return diff_diff.CallawaySantAnna().fit(
                frame,
                outcome=panel.outcome_name,
                unit="area",
                time="period",
                first_treat="first",
                aggregate="all",
            )

    return run


def _all_averages(panel: Panel) -> list[object]:
    effects = group_time_effects(panel)
    return [effects.aggregate(kind, draws=0) for kind in ("simple", "group", "dynamic")]


def _grid_adjacency(n: int) -> np.ndarray:
    """Areas on a grid 20 wide, each touching the four beside it."""
    row, column = np.divmod(np.arange(n), 20)
    return (np.abs(row[:, None] - row) + np.abs(column[:, None] - column) == 1).astype(int)


def cases() -> Iterable[Case]:
    california, label = _california()
    real = draw_panel("factors", 1.0, 2)
    many = draw_panel("factors", 1.0, 3, World(areas=295))
    yield Case(
        f"SDID placebo error, 200 draws, {label}",
        lambda: synthetic_did(california, inference="placebo", draws=200),
        PEER,
        _peer(california, "placebo", 200),
        repeat=3,
    )
    yield Case(
        "SDID bootstrap error, 200 draws, 140 x 14",
        lambda: synthetic_did(real, inference="bootstrap", draws=200),
        PEER,
        _peer(real, "bootstrap", 200),
        repeat=3,
        note="at most 1.5 s",
    )
    yield Case(
        "generalised synthetic control, 1,000 parametric draws, 140 x 14",
        lambda: generalised_synthetic_control(real, draws=1000),
        repeat=3,
        note="at most 2 s",
    )
    yield Case(
        f"synthetic control on outcomes, all placebos, {label}",
        lambda: synthetic_control(california),
        repeat=5,
        note="at most 0.2 s",
    )
    adjacency = _grid_adjacency(295)
    for design in ("sdid", "gsc", "sc", "did"):
        yield Case(
            f"placebo test, 1,000 blocks of 10 among 295, {design}",
            lambda design=design: placebo_test(many, design, adjacency=adjacency, draws=1000),
            repeat=1,
            note="at most 20 s",
        )
    yield Case(
        "1,000 contiguous blocks of 10 among 295",
        lambda: contiguous_groups(many, adjacency, draws=1000),
        repeat=3,
    )
    start = np.where(np.arange(140) < 10, 7 + np.arange(140) % 3, 99)
    staggered = Panel(real.outcome, np.arange(14)[None, :] >= start[:, None], real.areas, real.periods)
    yield Case(
        "group-time effects with all averages, 140 x 14",
        lambda: _all_averages(staggered),
        PEER,
        _staggered_peer(staggered),
        repeat=3,
    )
    yield Case("two-way fixed effects, 140 x 14", lambda: difference_in_differences(real), repeat=5)
