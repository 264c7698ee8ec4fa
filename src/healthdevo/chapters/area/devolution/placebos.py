"""The change in an area's districts among those of random groups, and the path of their synthetic comparison."""

from __future__ import annotations

import pandas as pd

from healthdevo.chapters.common.kept import kept
from healthdevo.chapters.devolution.designs import any_design, groups_of, placebo_of
from healthdevo.evaluation import Panel, PlaceboTest

_GROUPS = 200


@kept
def placebo(panel: Panel, design: str) -> PlaceboTest:
    """Return the placebo test of a design, against random groups of as many districts without a deal."""
    return placebo_of(panel, design, groups_of(panel, 0, _GROUPS))


@kept
def synthetic_path(panel: Panel) -> pd.DataFrame | None:
    """Return the path of the treated and of their synthetic comparison by period, if the design has one."""
    return any_design(panel, "sdid").path
