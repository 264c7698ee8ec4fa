"""Area section "Parts and neighbours": districts with their values, areas that the place lies in, and areas of its kind beside it."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import areas, charts
from healthdevo.areas import Area
from healthdevo.chapters.area.ground import districts_in, light_sound, new_codes
from healthdevo.chapters.area.inequality.national import district_rates
from healthdevo.chapters.area.members import words
from healthdevo.chapters.common import (
    ENGLAND,
    LATEST_EDITION,
    day_of,
    overlaps,
    size_in_2019,
    source_line,
)
from healthdevo.chapters.common.remembered import remembered

_LAYOUT = 2023
_MOST = 0.5
_PART = 0.005
_TABLES = (
    "population_year",
    "under_75_mortality",
    "deprivation_area",
    "slope_index_life_expectancy",
    "hex_layout",
)


@remembered()
def _mostly(code: str) -> tuple[str, ...]:
    """Return the districts of which most people live in an area."""
    parts = districts_in(code)
    return tuple(str(district) for district in parts.index[parts >= _MOST])


@dataclass(frozen=True)
class AreaMembers:
    """What the section on an area's parts and neighbours says and shows, from tables in the order of ``_TABLES``."""

    area: Area
    population: pd.DataFrame = field(repr=False)
    mortality: pd.DataFrame = field(repr=False)
    deprivation: pd.DataFrame = field(repr=False)
    published: pd.DataFrame = field(repr=False)
    layout: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls, area_code: str) -> AreaMembers:
        """Load what the section of an area needs."""
        return cls(areas.get(area_code), *(light_sound(name).frame for name in _TABLES))

    @property
    def year(self) -> int:
        """The latest year with people in every district."""
        return int(self.population.loc[self.population["area_code"] == ENGLAND, "year"].max())

    @cached_property
    def districts(self) -> pd.DataFrame:
        """Districts in the area: share of their people in it, people here, preventable deaths and gradient of the whole district."""
        shares = districts_in(self.area.code)
        shares = shares[shares >= _PART]
        people = self.population[self.population["year"] == self.year].set_index("area_code")["persons"]
        rates = district_rates(self.mortality, self.deprivation, size_in_2019(self.population))
        slopes = self.published[self.published["edition"] == LATEST_EDITION]
        last = int(slopes["period_start_year"].max())
        inside = slopes["area_code"].isin(shares.index)
        latest = slopes[inside & (slopes["period_start_year"] == last)]
        slope = latest.groupby("area_code", observed=True)["slope_index"].mean()
        codes = [str(code) for code in shares.index]
        return pd.DataFrame(
            {
                "area_code": codes,
                "name": [areas.get(code).short_name for code in codes],
                "share": shares.to_numpy(float),
                "people": shares.to_numpy(float) * people.reindex(codes).to_numpy(float),
                "deaths": rates["rate"].reindex(codes).to_numpy(float),
                "gradient": slope.reindex(codes).to_numpy(float),
                "start": int(rates["start"].iloc[0]),
                "gradient_start": last,
            }
        ).sort_values(["name", "area_code"], ignore_index=True)

    @property
    def alone(self) -> bool:
        """Whether the area is one district, with no parts that figures are published for."""
        return self.area.kind in areas.KIND_GROUPS["district"]

    @property
    def people(self) -> float:
        """People of all parts together."""
        return float(self.districts["people"].sum())

    @cached_property
    def around(self) -> pd.DataFrame:
        """Areas of other kinds that hold most of the area, or parts of it, the widest kind first; with the share of its people in each."""
        kinds = [kind.code for kind in areas.KINDS.rows if kind.sections and kind.code != self.area.kind]
        found = overlaps(self.area, kinds)
        size = found["of_area"] / found["of_other"]
        wider = found[(size >= 1.0) & ~found["kind"].isin(areas.KIND_GROUPS["district"])]
        order = {code: i for i, code in enumerate(areas.KINDS.codes)}
        return wider.sort_values(
            ["kind", "of_area"],
            key=lambda column: column.map(order) if column.name == "kind" else -column,
            ignore_index=True,
        )

    @cached_property
    def neighbours(self) -> tuple[Area, ...]:
        """Areas of its kind (of any kind of district, for a district), on its last day, with a district that adjoins one of its own."""
        adjacent = areas.adjacency("district", _LAYOUT)
        renamed = new_codes()
        codes = [renamed.get(str(code), str(code)) for code in adjacent.index]
        beside = pd.DataFrame(adjacent.to_numpy(bool), index=codes, columns=codes)
        mine = [code for code in _mostly(self.area.code) if code in beside.index]
        near = beside.loc[mine].any(axis=0)
        touched = {str(code) for code in near.index[near.to_numpy(bool)]} - set(mine)
        found = []
        for other in areas.list_areas("district" if self.alone else self.area.kind, day_of(self.area)):
            if other.code != self.area.code and touched & set(_mostly(other.code)):
                found.append(other)
        return tuple(sorted(found, key=lambda a: a.short_name))

    def tiles(self) -> charts.Chart | None:
        """Draw the districts as tiles with their preventable deaths, where there are at least three with a figure."""
        if self.alone:
            return None
        places = self.layout[(self.layout["kind"] == "district") & (self.layout["layout_year"] == _LAYOUT)]
        own = self.districts[self.districts["share"] >= _MOST]
        data = own.merge(places[["area_code", "column", "row"]], on="area_code")
        if data["deaths"].notna().sum() < 3:
            return None
        return charts.tile_chart(
            data,
            column="column",
            row="row",
            label="name",
            value="deaths",
            value_format=lambda v: f"{v:.0f}",
            caption=words.tiles(self, data),
        )

    def table(self) -> charts.Table | None:
        """List the districts with their people, preventable deaths and gradient, and the sum of people."""
        if self.alone or self.districts.empty:
            return None
        together = {"area_code": "", "name": "Together", "share": np.nan, "people": self.people}
        rows = pd.concat([self.districts, pd.DataFrame([together])], ignore_index=True)
        cut = bool((self.districts["share"] < 1.0 - _PART).any())
        share = charts.made_column("Of its people", ["share"], words.share)
        return charts.page_table(
            rows,
            [
                charts.made_column("District", ["area_code", "name"], words.linked),
                *([share] if cut else []),
                charts.value_column(f"People here, {self.year}", "people", words.people),
                charts.value_column("Preventable deaths under 75 per 100,000", "deaths", words.figure(0)),
                charts.value_column("Gradient, years", "gradient", words.figure(1)),
            ],
            table_id="districts",
            caption=words.table(self, cut=cut),
            source=source_line("population_year", "under_75_mortality", "slope_index_life_expectancy"),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose of the section."""
        return words.texts(self)
