"""Section on size: what rises and what falls from district to region."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import source_line
from healthdevo.chapters.footprint import words
from healthdevo.chapters.footprint.borders import people_of_districts
from healthdevo.chapters.footprint.flows import (
    BEFORE,
    Flows,
    containment_table,
    main_container,
    regions_of,
    todays,
)
from healthdevo.chapters.footprint.work import TIERS
from healthdevo.charts import Chart, Table, line_chart, page_table, share_column, text_column, value_column
from healthdevo.governance import detectable_change, share_inside
from healthdevo.wording import percentage

SOURCE = (
    "population_year",
    "commuting_2011",
    "deprivation_small_area",
    "life_expectancy_area",
    "deaths_population_district",
    "productivity_district",
    "core_spending_power",
    "public_finances_region",
)
SERIES = {
    "work_inside": "live and work inside",
    "deprivation_inside": "of England’s differences in deprivation inside",
    "change": "smallest change in deaths that a year shows",
}


def by_district(name: str, value: str, rows: pd.DataFrame) -> pd.Series:
    """Return one value for each district of today; where a code changed, the one value it had."""
    new = todays(rows["area_code"].unique())
    result: pd.Series = rows.groupby(rows["area_code"].map(new))[value].mean()
    return result.rename(name)


def life_expectancy(start: int | None = None) -> pd.Series:
    """Return life expectancy at birth of each district of today, mean of women and men, in the latest period or one that starts in a year."""
    rows = tables.load("life_expectancy_area")
    rows = rows[rows["area_code"].str.match("E0[6-9]")]
    first = rows["period_start_year"].max() if start is None else start
    return by_district("life_expectancy", "life_expectancy", rows[rows["period_start_year"] == first])


def productivity() -> pd.Series:
    """Return value added per hour worked of each district of today in the latest year."""
    rows = tables.load("productivity_district")
    return by_district("productivity", "value_added_per_hour", rows[rows["year"] == rows["year"].max()])


def deaths() -> pd.Series:
    """Return deaths of each district of today in 2019, added up where districts merged."""
    rows = tables.load("deaths_population_district")
    rows = rows[(rows["year"] == 2019) & rows["area_code"].str.match("E0[6-9]")]
    return rows.groupby(rows["area_code"].map(todays(rows["area_code"].unique())))["deaths"].sum()


def small_areas(year: int) -> pd.DataFrame:
    """Return each small area's district of today and its place between 0 (most deprived) and 1."""
    rows = tables.load("deprivation_small_area")
    rows = rows[rows["index_year"] == year]
    place = (rows["rank"] - 0.5) / len(rows)
    return rows.assign(area_code=rows["area_code"].map(todays(rows["area_code"].unique())), place=place)


def council_money() -> pd.DataFrame:
    """Return council tax and core spending power of each council in the latest year of the table, by its code of today: single-tier, county and district councils."""
    rows = tables.load("core_spending_power")
    rows = rows[
        (rows["financial_year_start"] == rows["financial_year_start"].max())
        & rows["area_code"].str.match("E0[6-9]|E10")
    ]
    new = todays(rows["area_code"].unique())
    counties = {c: c for c in rows["area_code"] if c.startswith("E10")}
    sums: pd.DataFrame = rows.groupby(rows["area_code"].map(new | counties))[["council_tax", "total"]].sum()
    return sums


def own_tax(kind: str, on: str, money: pd.DataFrame) -> float:
    """Return council tax as a share of what councils may spend, of the middle area of a kind: councils whose districts all lie in one area; districts stand alone."""
    where = main_container(kind, on)
    counties = main_container("county", on)
    of_county = where.reindex(counties.index).groupby(counties).agg(["first", "nunique"])
    held: pd.Series = (
        pd.concat([where, of_county.loc[of_county["nunique"] == 1, "first"]]) if kind != "district" else where
    )
    rows = money.assign(region=held.reindex(money.index).to_numpy()).dropna()
    sums = rows.groupby("region")[["council_tax", "total"]].sum()
    return float((sums["council_tax"] / sums["total"]).median())


@dataclass(frozen=True)
class Size:
    """Tiers of government and what their size buys."""

    flows: Flows = field(repr=False)
    people: pd.Series = field(repr=False)
    life: pd.Series = field(repr=False)
    worth: pd.Series = field(repr=False)
    deaths: pd.Series = field(repr=False)
    small: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls, flows: Flows) -> Size:
        """Load the tables that the section needs."""
        return cls(
            flows, people_of_districts(), life_expectancy(), productivity(), deaths(), small_areas(2025)
        )

    def _tier(self, kind: str, on: str, title: str) -> dict[str, object]:
        regions = regions_of(kind, on)
        where = main_container(kind, on)
        added = pd.DataFrame({"people": self.people, "deaths": self.deaths})
        held = regions.join(added, on="area_code")
        sums = held[["people", "deaths"]].mul(held["share"], axis=0).groupby(held["region"]).sum(min_count=1)
        least = containment_table(self.flows.main, regions)["least"]
        small = self.small[self.small["area_code"].isin(where.index)]
        district = pd.DataFrame(
            {"life": self.life, "worth": self.worth, "people": self.people, "where": where}
        ).dropna()
        life = share_inside(
            district["life"].to_numpy(), district["where"].to_numpy(), district["people"].to_numpy()
        )
        worth = share_inside(
            district["worth"].to_numpy(), district["where"].to_numpy(), district["people"].to_numpy()
        )
        mean = (district["life"] * district["people"]).groupby(district["where"]).sum() / district[
            "people"
        ].groupby(district["where"]).sum()
        weight = district["people"].groupby(district["where"]).sum()
        centre = (mean * weight).sum() / weight.sum()
        return {
            "tier": title,
            "areas": len(sums),
            "people": sums["people"].median(),
            "covered": sums["people"].sum() / self.people.sum(),
            "work_inside": least.median(),
            "deprivation_inside": share_inside(
                small["place"].to_numpy(), small["area_code"].map(where).to_numpy()
            ).estimate,
            "life_inside": life.estimate,
            "productivity_inside": worth.estimate,
            "between": float(np.sqrt((weight * (mean - centre) ** 2).sum() / weight.sum())),
            "change": detectable_change(float(sums["deaths"].median())),
            "own_tax": own_tax(kind, on, self.money),
        }

    @cached_property
    def money(self) -> pd.DataFrame:
        """Council tax and core spending power of each council."""
        return council_money()

    @cached_property
    def regional_taxes(self) -> tuple[float, float]:
        """All public revenue as a share of all public spending in the latest year: the region with the least and the one with the most."""
        rows = tables.load("public_finances_region")
        rows = rows[
            (rows["financial_year_start"] == rows["financial_year_start"].max())
            & rows["area_code"].str.startswith("E12")
        ]
        share = rows["revenue"].astype(float) / rows["expenditure"].astype(float)
        return float(share.min()), float(share.max())

    @cached_property
    def tiers(self) -> pd.DataFrame:
        """One row for each tier, the smallest first."""
        rows = pd.DataFrame(
            [self._tier(kind, on, title) for kind, on, title in TIERS if (kind, on) != ("icb", BEFORE)]
        )
        return rows.sort_values("people", ignore_index=True)

    def chart(self) -> Chart:
        """Draw what rises and what falls over the size of the middle area of each tier."""
        long = self.tiers.melt(["tier", "people"], list(SERIES), "series", "share")
        long = long.assign(series=long["series"].map(SERIES), size=np.log10(long["people"]))
        return line_chart(
            long,
            x="size",
            y="share",
            series="series",
            x_format=lambda v: words.people(10.0**v),
            y_format=lambda v: percentage(v, 0),
            markers=True,
            caption=words.size_chart(self.tiers),
        )

    def table(self) -> Table:
        """Show every tier."""
        return page_table(
            self.tiers.assign(size=[words.people(p) for p in self.tiers["people"]]),
            [
                text_column("Tier", "tier"),
                text_column("Areas", "areas"),
                text_column("People in the middle area", "size"),
                share_column("Work inside, middle area", "work_inside", 0),
                share_column("Differences in deprivation inside", "deprivation_inside", 0),
                share_column("Change in yearly deaths that would show", "change", 1),
            ],
            table_id="size-of-tiers",
            caption=words.SIZES,
            source=source_line(*SOURCE),
        )

    def differences_table(self) -> Table:
        """Show what else size does: differences inside and between areas, and council tax."""
        return page_table(
            self.tiers,
            [
                text_column("Tier", "tier"),
                share_column("Differences in life expectancy inside", "life_inside", 0),
                share_column("Differences in productivity inside", "productivity_inside", 0),
                value_column(
                    "Spread of life expectancy between areas, years", "between", lambda v: f"{v:.1f}"
                ),
                share_column("Council tax in what councils may spend, 2020/21", "own_tax", 0),
            ],
            table_id="size-differences",
            caption=words.DIFFERENCES,
            source=source_line("life_expectancy_area", "productivity_district", "core_spending_power"),
        )
