"""Draw your own region: any list of districts, and what an authority of them would be like."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters.common import source_line
from healthdevo.chapters.footprint import words
from healthdevo.chapters.footprint.borders import people_of_districts
from healthdevo.chapters.footprint.flows import (
    TODAY,
    Flows,
    containment_table,
    district_codes,
    regions_of,
    today,
)
from healthdevo.chapters.footprint.markets import Markets
from healthdevo.chapters.footprint.size import SOURCE, deaths, life_expectancy, productivity, small_areas
from healthdevo.charts import Table, page_table, share_column, text_column
from healthdevo.errors import AreaError
from healthdevo.governance import detectable_change, largest_partners, least_self_containment, split_markets
from healthdevo.wording import join, percentage

NAME = "region"
PARTNERS = {"wales": "Wales", "scotland": "Scotland", "northern_ireland": "Northern Ireland"}


def place_name(code: str) -> str:
    """Return the name of a place of the tables of commuting.

    >>> place_name("wales"), place_name("E08000003")
    ('Wales', 'Manchester')
    """
    return PARTNERS[code] if code in PARTNERS else areas.get(code).short_name


def districts_of(codes: Sequence[str]) -> list[str]:
    """Return the districts of today that areas are made of.

    Raises
    ------
    AreaError
        When no area is given, one is unknown, or one cuts a district.

    >>> districts_of(["E06000001", "E06000004"]), len(districts_of(["E47000001"]))
    (['E06000001', 'E06000004'], 10)
    """
    if not codes:
        raise AreaError("no area is given; give codes of districts, such as E06000001 E06000004.")
    every = set(district_codes())
    found: set[str] = set()
    for code in codes:
        area = areas.resolve(code)
        if area.kind in areas.KIND_GROUPS["district"]:
            found.add(today(area.code))
            continue
        rows = regions_of(area.kind)
        rows = rows[rows["region"] == area.code]
        if rows.empty:
            raise AreaError(f"{area} has no districts on {TODAY}; give an area of today or its districts.")
        cut = rows[rows["share"] < 1.0 - 1e-6]
        if len(cut):
            raise AreaError(
                f"{area} cuts {areas.get(cut['area_code'].iloc[0])}; give a list of whole districts."
            )
        found |= set(rows["area_code"])
    return sorted(found & every)


@dataclass(frozen=True)
class OwnRegion:
    """A region made of districts."""

    districts: tuple[str, ...]
    flows: Flows = field(repr=False)
    markets: Markets = field(repr=False)

    @classmethod
    def load(cls, codes: Sequence[str]) -> OwnRegion:
        """Load the tables for any list of areas that are made of whole districts.

        Raises
        ------
        AreaError
            When no area is given, one is unknown, or one cuts a district.
        """
        return cls(tuple(districts_of(codes)), Flows.load(), Markets.load())

    @cached_property
    def regions(self) -> pd.DataFrame:
        """The districts as one region."""
        return pd.DataFrame({"area_code": list(self.districts), "region": NAME, "share": 1.0})

    @cached_property
    def work(self) -> pd.Series:
        """Self-containment in the main reading, with the smaller share in the other two."""
        row = containment_table(self.flows.main, self.regions).iloc[0]
        other = self.flows.least(self.regions).iloc[0]
        result: pd.Series = pd.concat([row, other[["like_2021", "census_2021"]]])
        return result

    @cached_property
    def partners(self) -> pd.DataFrame:
        """The five largest partners both ways."""
        found = largest_partners(self.flows.main, list(self.districts))
        return found.assign(name=[place_name(c) for c in found["area_code"]])

    @cached_property
    def labour_markets(self) -> pd.DataFrame:
        """Labour markets that have people here: how many of its people the region holds, the largest part first."""
        parts = self.markets.parts
        here = parts["area_code"].isin(self.districts)
        total = parts.groupby("labour_market_name")["persons"].sum()
        held = parts[here].groupby("labour_market_name")["persons"].sum()
        rows = pd.DataFrame({"held": held, "share": held / total.reindex(held.index)}).reset_index()
        return rows.sort_values(["held", "labour_market_name"], ascending=[False, True], ignore_index=True)

    @cached_property
    def split(self) -> pd.Series:
        """How many labour markets it holds and cuts."""
        parts = self.markets.parts
        where = parts["area_code"].isin(self.districts).map({True: NAME, False: "rest"})
        held = parts.groupby([parts["labour_market_code"], where])["persons"].sum().reset_index()
        return split_markets(held.set_axis(["market", "area", "people"], axis=1)).loc[[NAME]].iloc[0]

    @cached_property
    def money(self) -> float:
        """Core spending power of its councils in the latest year of the table, in million pounds; a county counts when all its districts do."""
        rows = tables.load("core_spending_power")
        rows = rows[rows["financial_year_start"] == rows["financial_year_start"].max()]
        held = set(self.districts)
        counties = regions_of("county").groupby("region")["area_code"].agg(set)
        whole = {c for c, inside in counties.items() if inside <= held}
        held_now = [(today(c) if str(c).startswith("E0") else c) in held | whole for c in rows["area_code"]]
        return float(rows.loc[held_now, "total"].sum())

    @cached_property
    def numbers(self) -> dict[str, float]:
        """Every number that the page and the command say."""
        codes, people = list(self.districts), people_of_districts()
        life, worth, size = (s.reindex(codes).dropna() for s in (life_expectancy(), productivity(), people))
        small = small_areas(2025)
        place = small["place"]
        inside = small.loc[small["area_code"].isin(codes), "place"]
        return {
            "districts": float(len(codes)),
            "people": float(size.sum()),
            "residents": float(self.work["residents"]),
            "workers": float(self.work["workers"]),
            "lives_and_works": float(self.work["lives_and_works"]),
            "works_and_lives": float(self.work["works_and_lives"]),
            "like_2021": float(self.work["like_2021"]),
            "census_2021": float(self.work["census_2021"]),
            "required": least_self_containment(
                max(float(self.work["residents"]), float(self.work["workers"]))
            ),
            "markets_whole": float(self.split["whole"]),
            "markets_cut": float(self.split["cut"]),
            "share_cut": float(self.split["share_cut"]),
            "mean_place": float(inside.mean()),
            "spread": float(inside.var(ddof=0) / place.var(ddof=0)),
            "life_lowest": float(life.min()),
            "life_highest": float(life.max()),
            "worth_lowest": float(worth.min()),
            "worth_highest": float(worth.max()),
            "change": detectable_change(float(deaths().reindex(codes).sum())),
            "money": self.money,
        }

    @property
    def economic(self) -> bool:
        """Whether it passes the official rule."""
        return bool(self.work["economic"])

    def lines(self) -> list[tuple[str, str]]:
        """Return what the page and the command show: a label and a value in words."""
        return words.own_lines(self.numbers)

    def sentence(self) -> str:
        """Say in one sentence what the region is."""
        names = [areas.get(c).short_name for c in self.districts]
        return words.own_sentence(names, self.numbers)

    def table(self) -> Table:
        """Show the numbers."""
        rows = pd.DataFrame(self.lines(), columns=["what", "value"])
        return page_table(
            rows,
            [text_column("What", "what"), text_column("Your region", "value")],
            table_id="own-region",
            caption=words.OWN,
            source=source_line(*SOURCE, "travel_to_work_area"),
        )

    def partners_table(self) -> Table:
        """Show where residents work and workers come from."""
        return page_table(
            self.partners,
            [
                text_column("Direction", "direction", words.DIRECTIONS),
                text_column("Place", "name"),
                text_column("People", "people"),
                share_column("Share", "share", 1),
            ],
            table_id="own-region-partners",
            caption=words.OWN_PARTNERS,
            source=source_line("commuting_2011"),
        )

    def markets_text(self) -> str:
        """Name the largest labour markets with the share held."""
        rows = self.labour_markets.head(5)
        return join(
            [
                f"{n} ({percentage(s, 0)})"
                for n, s in zip(rows["labour_market_name"], rows["share"], strict=True)
            ]
        )
