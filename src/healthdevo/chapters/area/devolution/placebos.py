"""The change in an area's districts among those of blocks of neighbours, and the path of their synthetic comparison."""

from __future__ import annotations

import pandas as pd

from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.devolution.designs import any_design, placebo_of
from healthdevo.evaluation import Panel, PlaceboTest
from healthdevo.typing import IntArray


@kept
def placebo(panel: Panel, design: str, blocks: IntArray) -> PlaceboTest:
    """Return the placebo test of a design, against blocks of as many neighbouring districts without a deal."""
    return placebo_of(panel, design, blocks)


@kept
def synthetic_path(panel: Panel) -> pd.DataFrame | None:
    """Return the path of the treated and of their synthetic comparison by period, if the design has one."""
    return any_design(panel, "sdid").path
