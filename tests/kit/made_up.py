"""Small results with made-up numbers, from which the words of a page follow."""

from __future__ import annotations

import sys
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd

from healthdevo.chapters.devolution.mortality import Carrier
from healthdevo.charts import Caption
from healthdevo.evaluation import Effect, PlaceboTest
from healthdevo.results import Estimate, Interval

__all__ = ["carrier", "effect", "estimate", "frame", "placebo", "section", "show"]


def section(**parts: Any) -> SimpleNamespace:
    """Return something that has these parts, in the place of a section with tables behind it."""
    return SimpleNamespace(**parts)


def frame(index: str = "", **columns: Any) -> pd.DataFrame:
    """Return a frame of columns, with one of them as its index where named."""
    made = pd.DataFrame(columns)
    return made.set_index(index) if index else made


def estimate(
    value: float, lower: float = np.nan, upper: float = np.nan, unit: str = "", **more: Any
) -> Estimate:
    """Return an estimate with a 95% interval where it has limits."""
    limits = () if np.isnan(lower) else (Interval(0.95, lower, upper),)
    return Estimate("change", value, (upper - lower) / 3.92, limits, 10, "made up", unit, **more)


def effect(
    value: float, lower: float = np.nan, upper: float = np.nan, error: float = 1.0, **more: Any
) -> Effect:
    """Return an effect with a 95% interval where it has limits."""
    limits = () if np.isnan(lower) else (Interval(0.95, lower, upper),)
    return Effect("effect", value, error, limits, 10, "made up", **more)


def placebo(
    value: float,
    matched: int = 5,
    blocks: int = 99,
    lower: float | None = None,
    upper: float | None = None,
    unit: str = "",
    **more: Any,
) -> PlaceboTest:
    """Return a placebo test that some of its blocks match: the share of those with as much counts the treated."""
    limits = (
        Interval(0.95, value - 1.0 if lower is None else lower, value + 1.0 if upper is None else upper),
    )
    given = {
        "effects": np.zeros(blocks),
        "p_absolute": (1 + matched) / (1 + blocks),
        "rank": 1 + matched,
    } | more
    return PlaceboTest("effect", value, 1.0, limits, 10, "made up", unit, **given)


def carrier(name: str, without: float, alone: float, matched: int, blocks: int) -> Carrier:
    """Return the district that carries most of an effect."""
    return Carrier(name, without, alone, matched, blocks)


def show(told: Any) -> None:
    """Print texts with their names; of a figure all but its source, which follows the tables' own descriptions."""
    if isinstance(told, Caption):
        told = {"id": told.figure_id, "title": told.title, "subtitle": told.subtitle, "alt": told.alt}
    for name, text in told.items():
        sys.stdout.write(f"{name}: {text}\n")
