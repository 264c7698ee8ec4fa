"""Work and borders of an area: self-containment among its kind, partners, labour markets held and cut."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas
from healthdevo.chapters.area.footprint import words
from healthdevo.chapters.common import area_with, source_line
from healthdevo.chapters.footprint.flows import BEFORE, TODAY, Flows, containment_table, regions_of, today
from healthdevo.chapters.footprint.markets import Markets
from healthdevo.chapters.footprint.own_region import place_name
from healthdevo.charts import Chart, Table, bar_chart, page_table, share_column, text_column
from healthdevo.errors import TableError
from healthdevo.governance import largest_partners, split_markets
from healthdevo.wording import percentage

HERE, REST = "here", "rest"


@dataclass(frozen=True)
class AreaFootprint:
    """What the section on work and borders says and shows."""

    area: areas.Area
    flows: Flows = field(repr=False)
    markets: Markets = field(repr=False)

    @classmethod
    def load(cls, area_code: str) -> AreaFootprint:
        """Load the tables for an area that has districts.

        Raises
        ------
        TableError
            When the area is a country, or has no districts that its figures could be made of.
        """
        area = area_with(area_code, "footprint")
        found = cls(area, Flows.load(), Markets.load())
        if found.own.empty:
            raise TableError(
                f"{area} has no known districts on {found.on}; there are no figures of work for it"
            )
        return found

    @property
    def on(self) -> str:
        """The day whose borders count: today, or the last of boards that have ended."""
        return TODAY if self.area.is_current(pd.Timestamp(TODAY).date()) else BEFORE

    @property
    def peer_kind(self) -> str:
        """The kind or group that it is compared with."""
        kind = areas.KINDS[self.area.kind]
        return "district" if kind.code in areas.KIND_GROUPS["district"] else kind.code

    @cached_property
    def regions(self) -> pd.DataFrame:
        """Districts of the area and of those of its kind."""
        return regions_of(self.peer_kind, self.on)

    @cached_property
    def own(self) -> pd.DataFrame:
        """Districts of the area, with the share of each inside."""
        code = today(self.area.code) if self.peer_kind == "district" else self.area.code
        return self.regions[self.regions["region"] == code]

    @cached_property
    def peers(self) -> pd.DataFrame:
        """Self-containment of all areas of its kind, with ranks: 1 is the most self-contained."""
        found = containment_table(self.flows.main, self.regions)
        return found.assign(rank=found["least"].round(6).rank(ascending=False, method="min").astype(int))

    @property
    def work(self) -> pd.Series:
        """Its own row."""
        row: pd.Series = self.peers.loc[self.own["region"].iloc[0]]
        return row

    @property
    def whole(self) -> list[str]:
        """Districts that lie in it by at least half."""
        return sorted(self.own.loc[self.own["share"] >= 0.5, "area_code"])

    @cached_property
    def later(self) -> float:
        """The smaller share in the census of 2021."""
        found = containment_table(self.flows.census_2021, self.regions)["least"]
        return float(found[self.own["region"].iloc[0]])

    @cached_property
    def partners(self) -> pd.DataFrame:
        """The five largest partners both ways, of its districts."""
        inside, flows = self.whole or self.own["area_code"].tolist(), self.flows.main
        touching = flows["residence_code"].isin(inside) | flows["workplace_code"].isin(inside)
        found = largest_partners(flows[touching], inside)
        return found.assign(name=[place_name(c) for c in found["area_code"]])

    @cached_property
    def _inside(self) -> pd.Series:
        parts = self.markets.parts
        kind = self.area.kind
        if kind == "icb":
            return parts["board" if self.on == TODAY else "board_before"] == self.area.code
        return parts["area_code"].isin(self.own["area_code"])

    @cached_property
    def labour_markets(self) -> pd.DataFrame:
        """Labour markets with people here: people, share of the market's, and whether the border cuts it."""
        parts = self.markets.parts
        total = parts.groupby("labour_market_name")["persons"].sum()
        held = parts[self._inside].groupby("labour_market_name")["persons"].sum()
        rows = pd.DataFrame({"held": held, "share": held / total.reindex(held.index)}).reset_index()
        rows["what"] = [words.held(s) for s in rows["share"]]
        return rows.sort_values(["held", "labour_market_name"], ascending=[False, True], ignore_index=True)

    @cached_property
    def split(self) -> pd.Series:
        """How many labour markets it holds and cuts, and how many of its people live in a cut one."""
        parts = self.markets.parts
        where = self._inside.map({True: HERE, False: REST})
        held = (
            parts.groupby([parts["labour_market_code"], where.rename("area")])["persons"].sum().reset_index()
        )
        return split_markets(held.set_axis(["market", "area", "people"], axis=1)).loc[[HERE]].iloc[0]

    def chart(self) -> Chart:
        """Draw the largest partners both ways."""
        rows = self.partners.assign(way=self.partners["direction"].map(words.WAYS))
        rows = rows.assign(
            label=[
                f"{n}{' ' if d == 'in' else ''}" for n, d in zip(rows["name"], rows["direction"], strict=True)
            ]
        )
        return bar_chart(
            rows,
            label="label",
            value="share",
            series="way",
            value_format=lambda v: percentage(v, 1),
            caption=words.partners_chart(self.area, self.partners),
        )

    def partners_table(self) -> Table:
        """Show the largest partners both ways."""
        return page_table(
            self.partners,
            [
                text_column("Direction", "direction", words.WAYS),
                text_column("Place", "name"),
                text_column("People", "people"),
                share_column("Share", "share", 1),
            ],
            table_id="work-partners",
            caption=words.PARTNERS,
            source=source_line("commuting_2011"),
        )

    def markets_table(self) -> Table:
        """Show the labour markets that it holds and cuts, the ten largest parts."""
        return page_table(
            self.labour_markets.head(10),
            [
                text_column("Labour market", "labour_market_name"),
                share_column("Its people who live here", "share", 0),
                text_column("Held or cut", "what"),
            ],
            table_id="labour-markets",
            caption=words.MARKETS,
            source=source_line("travel_to_work_area"),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)
