"""Panels of districts and councils for the designs of the chapter "Devolution" and its area section.

Outcomes come from one edition each, on one set of boundaries, with areas that lack a period left out and counted.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import BEFORE_PANDEMIC, GREATER_MANCHESTER
from healthdevo.errors import InputError
from healthdevo.evaluation import Panel
from healthdevo.inequality import life_tables_by
from healthdevo.results import Estimates
from healthdevo.typing import BoolArray

HEALTH_DEAL = 2015
"""First whole year after the agreement of November 2014."""
_VINTAGE = "2023-06-01"
MIXED_WINDOWS = (2013, 2014)
"""Three-year windows, by first year, that lie across the agreement of November 2014."""
SEXES = {"persons": "everyone", "male": "men", "female": "women"}
POOLS = {
    "england": "England outside London",
    "urban": "cities, towns and unitary areas",
    "deprived": "the more deprived half",
}
"""Pools of control districts, with the words for them."""


def districts_of(code: str, on: str = _VINTAGE) -> tuple[str, ...]:
    """Return the districts with at least half their people in an area, in order.

    >>> len(districts_of("E47000001"))
    10
    """
    area = areas.get(code)
    if areas.KINDS[area.kind].cuts_districts:
        rows = tables.load("area_membership")
        rows = rows[(rows["container_code"] == code) & (rows["population_share"] >= 0.5)]
        valid = {a.code for a in areas.list_areas("district", on=on)}
        return tuple(sorted(set(rows["member_code"]) & valid))
    if area.kind == "combined_authority":  # on a day on which it existed
        if area.valid_from is not None:
            on = max(on, area.valid_from.isoformat())
        if area.valid_to is not None:
            on = min(on, area.valid_to.isoformat())
    return tuple(sorted(a.code for a in areas.members(code, "district", on=on)))


def deprivation() -> pd.Series:
    """Return the average score of the index of 2015 by district."""
    frame = tables.load("deprivation_area")
    return frame[frame["index_year"] == 2015].set_index("area_code")["average_score"]


def _kinds() -> pd.Series:
    return tables.load("area").set_index("area_code")["kind"]


@dataclass(frozen=True)
class Outcome:
    """One outcome of districts over the years, ready to become panels."""

    frame: pd.DataFrame = field(repr=False)
    """``area_code``, ``period``, ``value``: every area with every period."""
    unit: str
    tables: tuple[str, ...]
    left_out: tuple[str, ...] = ()
    """Areas without a figure in every period."""
    boundaries: int = 2023
    """Year of the district boundaries used for neighbours; 0 for councils."""

    @classmethod
    def of(
        cls,
        frame: pd.DataFrame,
        period: str,
        value: str,
        *,
        unit: str,
        source: Sequence[str],
        boundaries: int = 2023,
        london: bool = False,
    ) -> Outcome:
        """Return the outcome of the districts (or councils, without boundaries) in a frame that have every period."""
        kinds = {"unitary_authority", "metropolitan_district"}
        kinds |= {"non_metropolitan_district" if boundaries else "county"}
        kinds |= {"london_borough"} if london else set()
        rows = frame[frame["area_code"].map(_kinds()).isin(kinds)]
        rows = rows.rename(columns={period: "period", value: "value"})[["area_code", "period", "value"]]
        counts = rows.dropna(subset=["value"]).groupby("area_code")["period"].nunique()
        full = set(counts.index[counts == rows["period"].nunique()])
        short = tuple(sorted(set(rows["area_code"]) - full))
        kept = rows[rows["area_code"].isin(full)].reset_index(drop=True)
        return cls(kept, unit, tuple(source), short, boundaries)

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Codes of the areas, in order."""
        return tuple(sorted(self.frame["area_code"].unique()))

    def panel(
        self,
        treated: Iterable[str] | None = None,
        *,
        start: int = HEALTH_DEAL,
        controls: Iterable[str] | None = None,
        without_periods: Sequence[int] = (),
    ) -> Panel:
        """Return the panel of treated districts (of Greater Manchester by default) against controls (all others by default).

        Districts without figures, and ``without_periods``, are left out; ``start`` is the first treated period.
        """
        own = set(self.codes)
        group = [c for c in (districts_of(GREATER_MANCHESTER) if treated is None else treated) if c in own]
        wanted = own if controls is None else (set(controls) & own) | set(group)
        rows = self.frame[
            self.frame["area_code"].isin(wanted) & ~self.frame["period"].isin(list(without_periods))
        ]
        return panel_of(rows, unit=self.unit, treated=group, start=start)

    @cached_property
    def gap(self) -> pd.DataFrame:
        """Means of Greater Manchester (``treated``) and of all others by period, and their gap, indexed by period."""
        rows = self.frame.assign(inside=self.frame["area_code"].isin(districts_of(GREATER_MANCHESTER)))
        means = rows.pivot_table(index="period", columns="inside", values="value")
        gap = pd.DataFrame({"treated": means[True], "others": means[False]})
        return gap.assign(period=gap.index, gap=gap["treated"] - gap["others"])


def panel_of(rows: pd.DataFrame, *, unit: str, period: str = "period", **treatment: Any) -> Panel:
    """Return the panel of a frame with ``area_code``, a period and ``value``; ``treatment`` as in ``Panel.from_frame``."""
    return Panel.from_frame(rows, area="area_code", time=period, outcome="value", unit=unit, **treatment)


def expectancy_by_year(rows: pd.DataFrame) -> Estimates:
    """Return life expectancy at birth by district and year from deaths and population by age."""
    return life_tables_by(
        rows, age="age_group", deaths="deaths", population="population", by=["area_code", "year"]
    ).at(0)


def preventable_mortality(sex: str = "persons", *, london: bool = False) -> Outcome:
    """Return preventable deaths under 75, one edition alone, 2010 to 2019.

    >>> preventable_mortality().panel().n_treated
    10
    """
    name, unit = "under_75_mortality", "deaths per 100,000"
    frame = tables.single_edition(tables.load(name), "ohid_2023")
    frame = frame[(frame["sex"] == sex) & frame["year"].between(2010, BEFORE_PANDEMIC)]
    return Outcome.of(frame, "year", "rate", unit=unit, source=[name], london=london)


def life_expectancy_windows() -> Outcome:
    """Return life expectancy in three-year windows by first year: derived to 2012, then official means of both sexes.

    The two windows that lie across the agreement (2013 to 2015 and 2014 to 2016) are in the frame; designs leave them out.

    >>> int(life_expectancy_windows().frame["period"].max())
    2017
    """
    names = ("life_expectancy_derived", "life_expectancy_area_editions")
    derived, editions = (tables.load(name) for name in names)
    early = derived.groupby(["area_code", "period_start_year"], as_index=False)["life_expectancy"].mean()
    late = tables.single_edition(editions, "ons_health_index_2021")
    late = late[late["period_end_year"] <= BEFORE_PANDEMIC]
    rows = pd.concat([early, late[early.columns]], ignore_index=True)
    return Outcome.of(
        rows, "period_start_year", "life_expectancy", unit="years", source=names, boundaries=2021
    )


def mortality_ratio() -> Outcome:
    """Return the derived standardised mortality ratio of all deaths, 2003 to 2019.

    >>> mortality_ratio().unit
    'points'
    """
    name = "mortality_ratio_derived"
    rows = tables.load(name)
    return Outcome.of(rows, "year", "mortality_ratio", unit="points", source=[name], boundaries=2019)


def healthy_life_expectancy(sex: str) -> Outcome:
    """Return healthy life expectancy of upper-tier areas in three-year windows by first year, up to 2017 to 2019.

    >>> healthy_life_expectancy("female").panel().n_treated
    10
    """
    name, value = "healthy_life_expectancy_area", "healthy_life_expectancy"
    frame = tables.load(name)
    rows = frame[(frame["sex"] == sex) & (frame["period_end_year"] <= BEFORE_PANDEMIC)]
    return Outcome.of(rows, "period_start_year", value, unit="years", source=[name], boundaries=0)


def spending(*services: str) -> Outcome:
    """Return council spending per head in the prices of 2019/20, financial years 2013/14 to 2019/20.

    >>> spending("adult_social_care", "public_health").panel(start=2016).n_treated
    10
    """
    names = ("council_outturn", "gdp_deflator")
    frame, deflator = tables.load(names[0]), tables.load(names[1]).set_index("year")["deflator"]
    frame = frame[
        frame["service"].isin(services) & frame["financial_year_start"].between(2013, BEFORE_PANDEMIC)
    ]
    real = frame["spending_per_head"] * float(deflator[2019]) / frame["financial_year_start"].map(deflator)
    sums = frame.assign(value=real).groupby(["area_code", "financial_year_start"])["value"]
    summed = sums.sum(min_count=len(services)).reset_index()
    return Outcome.of(
        summed, "financial_year_start", "value", unit="pounds per head", source=names, boundaries=0
    )


def pool(name: str, codes: Iterable[str]) -> tuple[str, ...]:
    """Return those of some districts that belong to a pool of controls.

    That is all of them (``england``), metropolitan districts and unitary authorities (``urban``), or the half with the higher
    deprivation score of 2015 (``deprived``). All are as they come, so leave out London before.

    >>> pool("urban", ["E08000001", "E07000008"])
    ('E08000001',)
    """
    own = sorted(codes)
    if name not in POOLS:
        raise InputError(f"pool: {name!r} is not one of {', '.join(POOLS)}")
    if name == "england":
        return tuple(own)
    if name == "urban":
        kinds = _kinds()
        return tuple(c for c in own if kinds.get(c) in ("metropolitan_district", "unitary_authority"))
    scores = deprivation().reindex(own).dropna()
    return tuple(scores.index[scores >= scores.median()])


def adjacency_of(codes: Iterable[Hashable], year: int) -> BoolArray:
    """Return which districts are neighbours, in the order given; a code without a boundary has none.

    >>> bool(adjacency_of(["E08000003", "E08000006"], 2023)[0, 1])
    True
    """
    labels, frame = list(codes), areas.adjacency("district", year)
    matrix = frame.reindex(index=labels, columns=labels).astype("boolean").fillna(False)
    return matrix.to_numpy(dtype=bool)
