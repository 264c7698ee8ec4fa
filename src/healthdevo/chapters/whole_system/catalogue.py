"""Every series by area in the tables, found by walking through them, and whether the rule takes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import BEFORE_PANDEMIC, GREATER_MANCHESTER, record
from healthdevo.chapters.common.kept import kept_with_tables
from healthdevo.chapters.common.remembered import remembered
from healthdevo.chapters.devolution.panels import districts_of
from healthdevo.chapters.whole_system.meanings import SETTING, SUMS
from healthdevo.chapters.whole_system.periods import (
    LEAST_AFTER,
    LEAST_BEFORE,
    agreement,
    period_column,
    side,
    with_days,
)

ENOUGH = 0.9
"""A period counts when all ten districts and at least this share of the areas of the fullest period have a figure."""
_COUNTS = {
    "people",
    "deaths",
    "births",
    "days",
    "attendances",
    "admissions",
    "weeks",
    "rank",
    "small areas",
    "pounds, prices of the year",
    "million pounds, prices of the year",
}
"""Units of counts, sums and ranks, which measure how large an area is or where it stands."""
_BESIDE = {"lower", "upper", "count", "years", "minimum_age", "period_end_year"}
"""Columns that say something about a figure and are none."""
_NOT_KEYS = {"area_code", "council_code", "sex", "edition"}
POOLS: Mapping[str, frozenset[str]] = {
    group: frozenset(kinds) - {"london_borough"} for group, kinds in areas.KIND_GROUPS.items()
}
"""Kinds of areas that are compared, by tier; London is left out, as for deaths."""
REASONS: Mapping[str, str] = {
    "areas": "not published for the ten districts",
    "sum": "a sum of others",
    "before": f"fewer than {LEAST_BEFORE} periods before the agreement",
    "after": f"fewer than {LEAST_AFTER} periods after it and before the pandemic",
}
"""Why a series is not tested."""


@dataclass(frozen=True)
class Series:
    """One series by area from one table, of one edition, and what the rule says of it."""

    name: str
    """The table, and the series within it where there are several, such as ``local_outcome/anxiety``."""
    table: str
    unit: str
    frame: pd.DataFrame = field(repr=False)
    """``area_code``, ``first_day``, ``last_day``, ``value`` and ``side`` of every period."""
    sex: str = ""
    """``persons``, or ``mean`` of men and women; empty where the table does not tell them apart."""
    edition: str = ""
    tier: str = ""
    boundaries: int = 0
    before: int = 0
    after: int = 0
    reason: str = ""
    """Empty when the series is tested, otherwise a key of ``REASONS``."""
    left_out: tuple[str, ...] = ()
    """Areas of the pool that lack one of the periods."""

    @property
    def tested(self) -> bool:
        """Whether the rule takes the series."""
        return not self.reason

    @property
    def first_period(self) -> tuple[pd.Timestamp, pd.Timestamp]:
        """First and last day of the earliest period."""
        first = record(self.frame.sort_values(["first_day", "last_day"]).head(1))
        return first["first_day"], first["last_day"]


@remembered()
def _kinds() -> pd.Series:
    return tables.load("area").set_index("area_code")["kind"]


@remembered()
def drawn_areas(tier: str, year: int) -> frozenset[str]:
    """Return the areas that have boundaries of a year.

    >>> len(drawn_areas("upper_tier", 2019))
    151
    """
    return frozenset(areas.adjacency(tier, year).index)


def _parts(frame: pd.DataFrame, keys: list[str]) -> Iterator[tuple[tuple[str, ...], pd.DataFrame]]:
    if not keys:
        yield (), frame
        return
    for key, part in frame.groupby(keys, sort=True):
        yield tuple(str(k) for k in key), part


def everyone(rows: pd.DataFrame) -> tuple[pd.DataFrame, str]:
    """Return the rows for both sexes together, and how: ``persons`` where published, otherwise the mean of men and women.

    >>> rows = pd.DataFrame({"area_code": "A", "first_day": 1, "last_day": 2, "sex": ["male", "female"], "value": [1.0, 3.0]})
    >>> found, how = everyone(rows)
    >>> found["value"].tolist(), how
    ([2.0], 'mean')
    """
    if "sex" not in rows:
        return rows, ""
    for together in ("persons", "mean"):
        if (rows["sex"] == together).any():
            return rows[rows["sex"] == together], together
    wide = rows.pivot_table(index=["area_code", "first_day", "last_day"], columns="sex", values="value")
    means = pd.DataFrame({"value": wide.mean(axis=1, skipna=False)})
    return means.dropna().reset_index(), "mean"


def upper_tier_spending(frame: pd.DataFrame) -> pd.DataFrame:
    """Return spending per head on each service by upper-tier area: that of the county and its district councils together.

    A year in which a county lacks one of the councils that report the service in most years is left out.
    """
    members = tables.load("area_membership")
    members = members[members["container_kind"] == "county"]
    county = members.drop_duplicates("member_code").set_index("member_code")["container_code"]
    rows = frame.dropna(subset=["area_code", "spending"])
    peopled = rows.dropna(subset=["population"]).drop_duplicates(["area_code", "financial_year_start"])
    people = peopled.set_index(["area_code", "financial_year_start"])["population"]
    rows = rows.assign(area_code=rows["area_code"].map(county).fillna(rows["area_code"]))
    sums = rows.groupby(["service", "area_code", "financial_year_start"])["spending"].agg(["sum", "count"])
    sums = sums.reset_index()
    usual = sums.groupby(["service", "area_code"])["count"].transform("max")
    sums = sums[sums["count"] == usual]
    heads = people.reindex(pd.MultiIndex.from_frame(sums[["area_code", "financial_year_start"]]))
    sums = sums.assign(spending_per_head=sums["sum"] / heads.to_numpy())
    return sums.drop(columns=["sum", "count"]).dropna(subset=["spending_per_head"])


def in_fixed_prices(rows: pd.DataFrame, unit: str) -> pd.DataFrame:
    """Return sums in pounds of the year in the prices of the last year before the pandemic; other values as they are."""
    if "prices of the year" not in unit:
        return rows
    deflator = tables.load("gdp_deflator").set_index("year")["deflator"]
    factor = float(deflator[BEFORE_PANDEMIC]) / rows["first_day"].dt.year.map(deflator)
    return rows.assign(value=rows["value"] * factor)


def judged(series: Series) -> Series:
    """Return a series with the periods and areas that it is tested on, or the reason why it is not.

    The pool is that of districts where the table has district councils, otherwise that of counties and single-tier councils.
    Boundaries are those of the year on which most areas have every period that counts.
    """
    ten = set(districts_of(GREATER_MANCHESTER))
    frame = series.frame.assign(kind=series.frame["area_code"].map(_kinds()))
    periods = frame.loc[frame["side"] != 0, ["first_day", "side"]].drop_duplicates()["side"]
    series = replace(series, before=int((periods < 0).sum()), after=int((periods > 0).sum()))
    if not ten <= set(frame["area_code"]):
        return replace(series, reason="areas")
    tier = "district" if (frame["kind"] == "non_metropolitan_district").any() else "upper_tier"
    series = replace(series, tier=tier)
    if series.name in SUMS:
        return replace(series, reason="sum")
    if series.before < LEAST_BEFORE or series.after < LEAST_AFTER:
        return replace(series, reason="before" if series.before < LEAST_BEFORE else "after")
    rows = frame[frame["kind"].isin(POOLS[tier]) & (frame["side"] != 0)]
    best: tuple[int, int, pd.DataFrame, set[str]] | None = None
    every = rows.pivot_table(index="area_code", columns="first_day", values="value")
    for year in areas.boundary_years(tier):
        wide = every[every.index.isin(drawn_areas(tier, year))]
        there = wide.notna()
        enough = there.sum() >= ENOUGH * there.sum().max()
        enough &= there.reindex(sorted(ten), fill_value=False).all()
        full = wide.loc[:, enough].dropna()
        if best is None or len(full) >= best[0]:
            best = len(full), year, full, set(wide.index) - set(full.index)
    assert best is not None
    _, year, full, short = best
    kept = rows[rows["area_code"].isin(full.index) & rows["first_day"].isin(full.columns)]
    sides = kept.drop_duplicates("first_day")["side"]
    found = replace(
        series,
        frame=kept.drop(columns="kind").sort_values(["area_code", "first_day"], ignore_index=True),
        boundaries=year,
        before=int((sides < 0).sum()),
        after=int((sides > 0).sum()),
        left_out=tuple(sorted(short)),
    )
    if found.before < LEAST_BEFORE or found.after < LEAST_AFTER:
        return replace(found, reason="before" if found.before < LEAST_BEFORE else "after")
    return found


def _of_table(name: str, deal: pd.Timestamp) -> Iterator[Series]:
    table = tables.descriptor.package().table(name)
    period = period_column(table.columns)
    measures = [
        f
        for f in table.fields
        if f.type in ("number", "integer")
        and f.name not in (*table.primary_key, *_BESIDE)
        and f.unit not in _COUNTS
    ]
    if not period or "area_code" not in table.columns or not measures or name in SETTING:
        return
    frame = tables.load(name).copy()
    if name == "council_outturn":
        frame = upper_tier_spending(frame)
    keys = [k for k in table.primary_key if k not in _NOT_KEYS and k != period]
    units = tables.load("wider_determinants_series").set_index("indicator")["unit"]
    frame.attrs = {}  # copied with every step otherwise
    frame = with_days(frame, name, period)
    frame = frame.assign(side=side(frame["first_day"], frame["last_day"], deal))
    for measure in measures:
        own = frame.rename(columns={measure.name: "value"}).dropna(subset=["value"])
        for key, rows in _parts(own, keys):
            labels = (name, *key, *([measure.name] if len(measures) > 1 else []))
            unit = str(units[key[0]]) if name == "wider_determinants" else measure.unit
            candidates = [
                _candidate("/".join(labels), name, unit, str(edition), part)
                for edition, part in (rows.groupby("edition") if "edition" in rows else [("", rows)])
            ]
            tested = [c for c in candidates if c.tested] or candidates
            yield max(tested, key=lambda c: (c.before + c.after, c.edition))


def _candidate(name: str, table: str, unit: str, edition: str, rows: pd.DataFrame) -> Series:
    found, sex = everyone(rows)
    if "side" not in found:
        sides = rows.drop_duplicates(["first_day", "last_day"])[["first_day", "last_day", "side"]]
        found = found.merge(sides, on=["first_day", "last_day"])
    found = in_fixed_prices(found[["area_code", "first_day", "last_day", "value", "side"]], unit)
    return judged(Series(name, table, unit, found, sex, edition))


@kept_with_tables
def every_series() -> tuple[Series, ...]:
    """Return all series by area, found by walking through the tables."""
    deal = agreement()
    return tuple(found for name in tables.names() for found in _of_table(name, deal))


@dataclass(frozen=True)
class Catalogue:
    """All series by area of the tables."""

    series: tuple[Series, ...]

    @classmethod
    def load(cls) -> Catalogue:
        """Walk through the tables, or take what the build has kept for them."""
        return cls(every_series())

    @property
    def tested(self) -> tuple[Series, ...]:
        """Those that the rule takes."""
        return tuple(s for s in self.series if s.tested)

    @property
    def untested(self) -> tuple[Series, ...]:
        """Those that it does not take."""
        return tuple(s for s in self.series if not s.tested)
