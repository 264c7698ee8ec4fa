"""Panels of districts and councils for the designs of the chapter "Devolution" and its area section.

Outcomes come from one edition each, on one set of boundaries, with areas that lack a period left out and counted.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas, tables
from healthdevo.errors import InputError
from healthdevo.evaluation import Effect, Panel, PlaceboTest, estimate_effect, placebo_test
from healthdevo.typing import BoolArray, IntArray

__all__ = [
    "DEATHS",
    "GREATER_MANCHESTER",
    "HEALTH_DEAL",
    "LONDON",
    "MIXED_WINDOWS",
    "POOLS",
    "Outcome",
    "adjacency_of",
    "any_design",
    "districts_of",
    "healthy_life_expectancy",
    "in_proportion",
    "life_expectancy_windows",
    "mortality_ratio",
    "placebo_of",
    "pool",
    "preventable_mortality",
    "spending",
    "without_own_trend",
]


GREATER_MANCHESTER = "E47000001"
LONDON = "E12000007"
NORTH = ("E12000001", "E12000002", "E12000003")
HEALTH_DEAL = 2015
"""First whole year after the agreement of November 2014."""
DEATHS = "deaths per 100,000"
_VINTAGE = "2023-06-01"
_BEFORE_PANDEMIC = 2019
MIXED_WINDOWS = (2013, 2014)
"""Three-year windows, by first year, that lie across the agreement of November 2014."""
_PRICES = 2019

POOLS = {
    "england": "England outside London",
    "urban": "cities, towns and unitary areas",
    "deprived": "the more deprived half",
}
"""Pools of control districts, with the words for them."""


def districts_of(code: str, on: str = _VINTAGE) -> tuple[str, ...]:
    """Return the districts with at least half their people in an area, in order.

    Examples
    --------
    >>> len(districts_of("E47000001"))
    10
    """
    area = areas.get(code)
    if area.kind in ("icb", "nhs_region"):
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


def _deprivation() -> pd.Series:
    frame = tables.load("deprivation_area")
    return frame[frame["index_year"] == 2015].set_index("area_code")["average_score"]


def _kinds() -> pd.Series:
    return tables.load("area").set_index("area_code")["kind"]


@dataclass(frozen=True)
class Outcome:
    """One outcome of districts over the years, ready to become panels.

    Parameters
    ----------
    frame : pandas.DataFrame
        ``area_code``, ``period``, ``value``: no London, every area with every period.
    name, unit : str
        For sentences.
    tables : tuple of str
        Tables behind it.
    start : int
        First treated period of Greater Manchester.
    left_out : tuple of str
        Areas without a figure in every period.
    boundaries : int
        Year of the district boundaries used for neighbours; 0 for councils.
    """

    frame: pd.DataFrame = field(repr=False)
    name: str
    unit: str
    tables: tuple[str, ...]
    start: int
    left_out: tuple[str, ...] = ()
    boundaries: int = 2023

    @cached_property
    def codes(self) -> tuple[str, ...]:
        """Codes of the areas, in order."""
        return tuple(sorted(self.frame["area_code"].unique()))

    def panel(
        self,
        treated: Iterable[str] | None = None,
        *,
        start: int | None = None,
        controls: Iterable[str] | None = None,
        without_periods: Sequence[int] = (),
    ) -> Panel:
        """Return the panel of treated districts against controls.

        Parameters
        ----------
        treated : iterable of str, optional
            Codes; the districts of Greater Manchester by default. Those without figures are left out.
        start : int, optional
            First treated period.
        controls : iterable of str, optional
            Codes of controls; all others by default.
        without_periods : sequence of int
            Periods left out.
        """
        own = set(self.codes)
        group = [c for c in (districts_of(GREATER_MANCHESTER) if treated is None else treated) if c in own]
        wanted = own if controls is None else (set(controls) & own) | set(group)
        rows = self.frame[
            self.frame["area_code"].isin(wanted) & ~self.frame["period"].isin(list(without_periods))
        ]
        return Panel.from_frame(
            rows,
            area="area_code",
            period="period",
            outcome="value",
            treated=group,
            start=self.start if start is None else start,
            unit=self.unit,
        )

    def gap(self, treated: Iterable[str] | None = None) -> pd.DataFrame:
        """Return the mean of the treated and of all others by period, and their gap."""
        group = set(districts_of(GREATER_MANCHESTER) if treated is None else treated)
        rows = self.frame.assign(inside=self.frame["area_code"].isin(group))
        means = rows.groupby(["period", "inside"])["value"].mean().reset_index()
        means = means.pivot_table(index="period", columns="inside", values="value")
        return pd.DataFrame(
            {
                "period": means.index,
                "treated": means[True].to_numpy(),
                "others": means[False].to_numpy(),
                "gap": (means[True] - means[False]).to_numpy(),
                "ratio": (means[True] / means[False]).to_numpy(),
            }
        )


def _complete(rows: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    counts = rows.dropna(subset=["value"]).groupby("area_code")["period"].nunique()
    full = set(counts.index[counts == rows["period"].nunique()])
    short = tuple(sorted(set(rows["area_code"]) - full))
    return rows[rows["area_code"].isin(full)].reset_index(drop=True), short


def _districts(rows: pd.DataFrame, *, london: bool = False, councils: bool = False) -> pd.DataFrame:
    kinds = ["unitary_authority", "metropolitan_district"]
    kinds.append("county" if councils else "non_metropolitan_district")
    if london:
        kinds.append("london_borough")
    return rows[rows["area_code"].map(_kinds()).isin(kinds)]


def preventable_mortality(sex: str = "persons", *, first: int = 2010, london: bool = False) -> Outcome:
    """Return preventable deaths under 75, one edition alone, 2010 to 2019.

    Examples
    --------
    >>> preventable_mortality().panel().n_treated
    10
    """
    frame = tables.single_edition(tables.load("under_75_mortality"), "ohid_2023")
    frame = frame[(frame["sex"] == sex) & frame["year"].between(first, _BEFORE_PANDEMIC)]
    rows = _districts(frame, london=london).rename(columns={"year": "period", "rate": "value"})
    rows, short = _complete(rows[["area_code", "period", "value"]])
    return Outcome(
        rows,
        "preventable deaths under 75",
        DEATHS,
        ("under_75_mortality",),
        HEALTH_DEAL,
        short,
    )


def life_expectancy_windows() -> Outcome:
    """Return life expectancy in three-year windows by first year: derived to 2012, then official means of both sexes.

    The two windows that lie across the agreement (2013 to 2015 and 2014 to 2016) are in the frame; designs leave them out.

    Examples
    --------
    >>> int(life_expectancy_windows().frame["period"].max())
    2017
    """
    derived = tables.load("life_expectancy_derived")
    early = derived.groupby(["area_code", "period_start_year"], as_index=False)["life_expectancy"].mean()
    late = tables.single_edition(tables.load("life_expectancy_area_editions"), "ons_health_index_2021")
    late = late[late["period_end_year"] <= _BEFORE_PANDEMIC]
    rows = pd.concat(
        [early.assign(source="derived"), late.assign(source="official")[[*early.columns, "source"]]],
        ignore_index=True,
    )
    rows = _districts(rows).rename(columns={"period_start_year": "period", "life_expectancy": "value"})
    rows, short = _complete(rows[["area_code", "period", "value", "source"]])
    return Outcome(
        rows,
        "life expectancy at birth",
        "years",
        ("life_expectancy_derived", "life_expectancy_area_editions"),
        HEALTH_DEAL,
        short,
        2021,
    )


def mortality_ratio() -> Outcome:
    """Return the derived standardised mortality ratio of all deaths, 2003 to 2019.

    Examples
    --------
    >>> mortality_ratio().unit
    'points'
    """
    frame = tables.load("mortality_ratio_derived").rename(
        columns={"year": "period", "mortality_ratio": "value"}
    )
    rows, short = _complete(_districts(frame)[["area_code", "period", "value"]])
    return Outcome(
        rows,
        "standardised mortality ratio, derived",
        "points",
        ("mortality_ratio_derived",),
        HEALTH_DEAL,
        short,
        2019,
    )


def healthy_life_expectancy(sex: str) -> Outcome:
    """Return healthy life expectancy of upper-tier areas in three-year windows by first year, up to 2017 to 2019.

    Examples
    --------
    >>> healthy_life_expectancy("female").panel().n_treated
    10
    """
    frame = tables.load("healthy_life_expectancy_area")
    frame = frame[(frame["sex"] == sex) & (frame["period_end_year"] <= _BEFORE_PANDEMIC)]
    frame = frame.rename(columns={"period_start_year": "period", "healthy_life_expectancy": "value"})
    rows, short = _complete(_districts(frame, councils=True)[["area_code", "period", "value"]])
    return Outcome(
        rows,
        "healthy life expectancy at birth",
        "years",
        ("healthy_life_expectancy_area",),
        HEALTH_DEAL,
        short,
        0,
    )


def spending(*services: str) -> Outcome:
    """Return council spending per head in the prices of 2019/20, financial years 2013/14 to 2019/20.

    Examples
    --------
    >>> spending("adult_social_care", "public_health").panel(start=2016).n_treated
    10
    """
    frame = tables.load("council_outturn")
    frame = frame[
        frame["service"].isin(services) & frame["financial_year_start"].between(2013, _BEFORE_PANDEMIC)
    ]
    deflator = tables.load("gdp_deflator").set_index("year")["deflator"]
    real = frame["spending_per_head"] * float(deflator[_PRICES]) / frame["financial_year_start"].map(deflator)
    rows = frame.assign(value=real).rename(columns={"financial_year_start": "period"})
    summed = rows.groupby(["area_code", "period"])["value"].agg(["sum", "count"]).reset_index()
    summed["value"] = summed["sum"].where(summed["count"] == len(services))
    full, short = _complete(_districts(summed, councils=True)[["area_code", "period", "value"]])
    return Outcome(
        full,
        "council spending on " + " and ".join(s.replace("_", " ") for s in services),
        "pounds per head",
        ("council_outturn", "gdp_deflator"),
        2016,
        short,
        0,
    )


# ---- pools, neighbours ---------------------------------------------------------------------------------------------------------


def pool(name: str, codes: Iterable[str]) -> tuple[str, ...]:
    """Return the districts of a pool of controls.

    Parameters
    ----------
    name : {"england", "urban", "deprived"}
        All of them; metropolitan districts and unitary authorities; or the half with the higher deprivation score of
        2015. All are as they come, so leave out London before.
    codes : iterable of str
        Districts to choose from.

    Raises
    ------
    InputError
        When the pool is unknown.

    Examples
    --------
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
    scores = _deprivation().reindex(own).dropna()
    return tuple(scores.index[scores >= scores.median()])


def adjacency_of(codes: Sequence[Hashable], year: int) -> BoolArray:
    """Return which districts are neighbours, in the order given; a code without a boundary has none.

    Examples
    --------
    >>> bool(adjacency_of(["E08000003", "E08000006"], 2023)[0, 1])
    True
    """
    frame = areas.adjacency("district", year)
    matrix = frame.reindex(index=list(codes), columns=list(codes)).astype("boolean").fillna(False)
    return matrix.to_numpy(dtype=bool)


# ---- other ways to look at one panel -------------------------------------------------------------------------------------------


def without_own_trend(panel: Panel) -> Panel:
    """Return the panel less each area's straight line through its periods before treatment began.

    The line of every area, treated or control, is fitted to the periods before the first treatment and carried on. Differences in
    differences of what remains ask whether the treated left their own earlier trend, by more than controls left theirs.

    Examples
    --------
    >>> y = np.array([[0.0, 1.0, 2.0, 3.0], [0.0, 0.0, 0.0, 0.0]])
    >>> panel = Panel(y, np.outer([True, False], np.arange(4) >= 2), pd.Index(list("AB")), pd.RangeIndex(4))
    >>> bool(np.allclose(without_own_trend(panel).outcome, 0.0))
    True
    """
    first = int(panel.cohorts[0])
    time = np.asarray(panel.periods, dtype=float)
    design = np.column_stack([np.ones(first), time[:first]])
    lines = np.linalg.lstsq(design, panel.outcome[:, :first].T, rcond=None)[0]
    return replace(panel, outcome=panel.outcome - (np.column_stack([np.ones(len(time)), time]) @ lines).T)


def in_proportion(panel: Panel) -> Panel:
    """Return the panel in logarithms, so that effects are proportions.

    Examples
    --------
    >>> y = np.array([[1.0, 1.0], [1.0, 1.0]])
    >>> panel = Panel(y, np.outer([True, False], [False, True]), pd.Index(list("AB")), pd.RangeIndex(2))
    >>> float(in_proportion(panel).outcome.sum())
    0.0
    """
    return replace(panel, outcome=np.log(panel.outcome), unit="log points")


def any_design(panel: Panel, design: str) -> Effect:
    """Estimate by one of the chapter's designs, without inference.

    Parameters
    ----------
    panel : Panel
        The panel.
    design : {"did", "trend", "sdid", "sc", "gsc", "gsc1", "gsc2"}
        Differences in differences, the same less each area's own trend, synthetic difference-in-differences, synthetic control,
        factor models with the chosen number of factors, one or two.

    Examples
    --------
    >>> y = np.array([[0.0, 0.0, 2.0], [1.0, 1.0, 1.0], [3.0, 3.0, 3.0]])
    >>> panel = Panel(y, np.outer(np.arange(3) == 0, np.arange(3) >= 2), pd.RangeIndex(3), pd.RangeIndex(3))
    >>> any_design(panel, "did").estimate
    2.0
    """
    if design == "trend":
        return replace(estimate_effect(without_own_trend(panel), "did"), design="differences less own trends")
    if design in ("gsc1", "gsc2"):
        return estimate_effect(panel, "gsc", rank=int(design[-1]))
    return estimate_effect(panel, design)  # type: ignore[arg-type]


def placebo_of(panel: Panel, design: str, groups: IntArray) -> PlaceboTest:
    """Compare one of the chapter's designs with the same groups of untreated areas.

    Examples
    --------
    >>> y = np.random.default_rng(0).normal(size=(20, 8))
    >>> panel = Panel(y, np.outer(np.arange(20) < 2, np.arange(8) >= 5), pd.RangeIndex(20), pd.RangeIndex(8))
    >>> len(placebo_of(panel, "trend", np.array([[2, 3], [4, 5], [6, 7]])).effects)
    3
    """
    if design == "trend":
        return placebo_test(without_own_trend(panel), "did", groups=groups)
    if design in ("gsc1", "gsc2"):
        return placebo_test(panel, "gsc", groups=groups, rank=int(design[-1]))
    return placebo_test(panel, design, groups=groups)  # type: ignore[arg-type]
