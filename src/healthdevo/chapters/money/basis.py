"""Districts with their people, income, homes and need: what local taxes and need are computed on."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common.places import ENGLAND, ON
from healthdevo.chapters.common.remembered import remembered
from healthdevo.errors import TableError
from healthdevo.wording import join

INCOME_YEAR = 2023
"""Latest year of household income by district."""
NEED_YEAR = 2025
"""Allocation round whose need is used: the last with the 42 boards."""
DISTRICTS = ("E06", "E07", "E08", "E09")
COMPONENTS = (
    "general_acute",
    "community",
    "mental_health",
    "maternity",
    "prescribing",
    "primary_care_need",
    "health_inequalities",
)
"""Published components of the formula, in the order of the page."""


def need_of_districts(
    allocation: pd.DataFrame, year: int, columns: Iterable[str] = ("core",)
) -> pd.DataFrame:
    """Return registered people and components of a round for the districts of ``ON``, by code."""
    rows = allocation[
        (allocation["financial_year_start"] == year) & allocation["area_code"].str.startswith(DISTRICTS)
    ]
    if rows.empty:
        raise TableError(f"table allocation_need has no districts in {year}")
    wanted = ["registered", *columns]
    return areas.recode_to(rows, on=ON, value=wanted).set_index("area_code")


@dataclass(frozen=True)
class Places:
    """The districts of ``ON`` by code.

    Columns of the frame: ``people``, ``income`` (pounds), ``income_per_head``, ``homes`` (Band D), ``weight`` (need of a patient) and ``need``
    (people weighted for need, scaled to all people).
    """

    frame: pd.DataFrame = field(repr=False)
    income_year: int
    need_year: int
    component: str

    @classmethod
    def load(
        cls, income_year: int = INCOME_YEAR, need_year: int = NEED_YEAR, component: str = "core"
    ) -> Places:
        """Load the tables."""
        return cls.of(
            tables.load("wider_determinants"),
            tables.load("population_year"),
            tables.load("council_tax_base"),
            tables.load("allocation_need"),
            income_year,
            need_year,
            component,
        )

    @classmethod
    def of(
        cls,
        determinants: pd.DataFrame,
        population: pd.DataFrame,
        base: pd.DataFrame,
        allocation: pd.DataFrame,
        income_year: int = INCOME_YEAR,
        need_year: int = NEED_YEAR,
        component: str = "core",
    ) -> Places:
        """Put the tables side by side; a district that lacks a figure is an error, for shares are of all England.

        Need is residents times the formula's weight of the patients registered there: patients may be registered elsewhere than they live.
        """
        codes = [a.code for a in areas.list_areas("district", ON)]
        rows = determinants[
            (determinants["indicator"] == "household_income_per_head") & (determinants["year"] == income_year)
        ]
        people = population[population["year"] == income_year].set_index("area_code")["persons"]
        need = need_of_districts(allocation, need_year, (component,))
        frame = pd.DataFrame(
            {
                "people": people,
                "income_per_head": rows.set_index("area_code")["value"],
                "homes": base.set_index("area_code")["tax_base"],
                "weight": need[component] / need["registered"],
            }
        ).reindex(codes)
        lacking = frame.index[frame.isna().any(axis=1)]
        if len(lacking):
            raise TableError(
                f"no people, income, homes or need in {income_year} for {join(list(lacking[:5]))}"
            )
        frame["income"] = frame["people"] * frame["income_per_head"]
        weighted = frame["people"] * frame["weight"]
        frame["need"] = weighted * frame["people"].sum() / weighted.sum()
        return cls(frame, income_year, need_year, component)

    @cached_property
    def fifths(self) -> pd.Series:
        """The fifth of England's people that each district belongs to by income per head: 1 is the poorest.

        A district counts whole, in the fifth that holds the middle of its people.
        """
        order = self.frame.sort_values(["income_per_head", "people"])
        middle = (order["people"].cumsum() - order["people"] / 2) / order["people"].sum()
        return pd.Series(np.ceil(5 * middle).clip(1, 5).astype(int), order.index).reindex(self.frame.index)

    def by_fifth(self, amounts: pd.Series, weights: str = "need") -> pd.Series:
        """Return amounts by person (or need-weighted person) of each fifth."""
        sums = pd.DataFrame({"amount": amounts, "weight": self.frame[weights]}).groupby(self.fifths).sum()
        return sums["amount"] / sums["weight"]


@remembered()
def places_of(income_year: int) -> Places:
    """Return the places with the incomes of a year, one for all who ask."""
    return Places.load(income_year)


def share_table(codes: Sequence[str]) -> pd.DataFrame:
    """Return the share of each district of ``ON`` (rows) that lies in each area of one kind (columns).

    Areas of another day are taken on the first day that has them all; a district that has a new code by then is followed to it.

    >>> share_table(["E12000001", "E12000002"]).sum().round().tolist()
    [12.0, 35.0]
    """
    districts = areas.list_areas("district", ON)
    rows = [d.code for d in districts]
    later = {d.code: d.successor_code for d in districts if d.successor_code}
    wanted = [areas.get(code) for code in codes]
    if all(a.code == ENGLAND for a in wanted):
        return pd.DataFrame(1.0, rows, list(codes))
    if all(a.kind in areas.registry().kind_members("district") for a in wanted):
        table = pd.DataFrame(0.0, rows, list(codes))
        for a in wanted:
            own = [a.code] if a.code in table.index else [c for c in rows if later.get(c) == a.code]
            table.loc[own, a.code] = 1.0
    else:
        first = max([pd.Timestamp(ON).date(), *(a.valid_from for a in wanted if a.valid_from is not None)])
        ended = [a.valid_to for a in wanted if a.valid_to is not None]
        day = min([first, *ended])
        found = areas.registry().containment("district", list(codes), day)
        held = {m.code: i for i, m in enumerate(found.members)}
        place = {c.code: j for j, c in enumerate(found.containers)}
        now = [held.get(c, held.get(later.get(c, ""), -1)) for c in rows]
        share = np.vstack([found.share, np.zeros(len(found.containers))])[now]
        table = pd.DataFrame(share[:, [place[c] for c in codes]], rows, list(codes))
    empty = [str(areas.get(c)) for c in codes if not table[c].sum() > 0.0]
    if empty:
        raise TableError(f"table area_membership has no districts of {join(empty[:3])}")
    return table


def shares_of(area_code: str) -> pd.Series:
    """Return the share of each district of ``ON`` that lies in an area, by code of the district.

    >>> shares_of("E08000003").to_dict(), round(shares_of("E92000001").sum())
    ({'E08000003': 1.0}, 296)
    """
    found = share_table([area_code])[area_code]
    return found[found > 0.0]
