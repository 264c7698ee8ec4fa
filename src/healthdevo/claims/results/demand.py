"""Tests on A&E and illness."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo import tables
from healthdevo.chapters.common import record
from healthdevo.chapters.demand.accounts import DemandAccounts
from healthdevo.chapters.demand.attendances import Demand
from healthdevo.claims.shapes import RANGE, Drawn, between, counted
from healthdevo.results import Estimate

__all__ = ["SOURCES", "TESTS", "DemandSources"]


@dataclass(frozen=True)
class DemandSources(Drawn):
    """What these tests draw on, each section loaded once."""

    @cached_property
    def demand(self) -> Demand:
        """A&E attendances."""
        return Demand.load()

    @cached_property
    def accounts(self) -> DemandAccounts:
        """Growth accounts."""
        return DemandAccounts.load()

    @cached_property
    def illness(self) -> pd.DataFrame:
        """Recorded long-term illness by board."""
        return tables.load("recorded_illness_icb")


def growth_in_nine_years(s: DemandSources) -> Estimate:
    """Growth of attendances over nine years of one definition, 2010/11 to 2019/20."""
    found = s.demand.growth(2010, 2019)
    return counted(
        "growth of A&E attendances, 2010/11 to 2019/20",
        found.change,
        2,
        "as a share",
        "a full count of one definition",
    )


def deprived_growth(s: DemandSources) -> Estimate:
    """Growth in the most deprived tenth less that in the least deprived, with what rounding allows."""
    rows = s.accounts.deprivation_growth.set_index("group")
    most, least = (record(rows.loc[[f"{which} deprived tenth"]]) for which in ("Most", "Least"))
    return between(
        "growth of A&E attendances in the most deprived tenth less that in the least deprived",
        most["growth"] - least["growth"],
        most["lower"] - least["upper"],
        most["upper"] - least["lower"],
        2,
        "limits of rounding, not of chance",
        "as a share",
        RANGE,
    )


def ageing_share(s: DemandSources) -> Estimate:
    """Largest share of England's growth that a changed mix of ages can be, with the least."""
    account = s.accounts.england
    low, high = (x / account.growth for x in account.ageing_bounds(account.ratio))
    return between(
        "share of A&E growth that ageing can be",
        (low + high) / 2.0,
        min(low, high),
        max(low, high),
        2,
        "bounds: one age group comes at most twice as often as another",
        level=RANGE,
    )


def diabetes_growth(s: DemandSources) -> Estimate:
    """Change of recorded diabetes from the first to the last year, mean of boards with a t interval."""
    rows = s.illness[s.illness["condition"] == "diabetes"]
    wide = rows.pivot_table(index="area_code", columns="financial_year_start", values="prevalence")
    change = (wide[wide.columns.max()] - wide[wide.columns.min()]).dropna()
    low, high = stats.t.interval(
        0.95, len(change) - 1, change.mean(), change.std(ddof=1) / np.sqrt(len(change))
    )
    return between(
        f"change of recorded diabetes, {wide.columns.min()} to {wide.columns.max()}",
        change.mean(),
        low,
        high,
        len(change),
        "mean of boards, t interval",
        "percentage points",
    )


SOURCES = DemandSources
TESTS = (
    growth_in_nine_years,
    deprived_growth,
    ageing_share,
    diabetes_growth,
)
"""Every test of a claim that links to this page."""
