"""What areas that are compared with one another share in the section on inequality: computed once for all of a kind."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

import pandas as pd

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters import common
from healthdevo.chapters.area.ground import district_parts, districts_in, light, light_sound, with_sums
from healthdevo.chapters.area.inequality import words
from healthdevo.chapters.area.inequality.national import (
    INDEX_YEAR,
    district_lives,
    district_rates,
    mean_deaths,
    mean_lives,
    mean_slopes,
)
from healthdevo.chapters.common.remembered import remembered
from healthdevo.inequality import SlopeIndices, slope_index_by
from healthdevo.mathematics import rank_intervals

_FEWEST = 3
_SMALLEST_PART = 0.05
TABLES = (
    "population_deprivation_decile",
    "deprivation_area",
    "slope_index_life_expectancy",
    "under_75_mortality",
    "population_year",
    "life_expectancy_area",
)


@dataclass(frozen=True)
class Standing:
    """One measure of all peers: ``means`` has ``value`` and ``square`` (of its standard error) by code, ``ranks`` a row for each."""

    name: str
    england: float
    start: int
    means: pd.DataFrame = field(repr=False)
    ranks: pd.DataFrame = field(repr=False)


@dataclass(frozen=True)
class Compared:
    """Areas of one kind, from tables in the order of ``TABLES``.

    ``peers`` are those with sound figures; ``left_out`` are peers and districts without, with the reason.
    """

    peers: tuple[Area, ...]
    left_out: Mapping[str, str]
    people: pd.DataFrame = field(repr=False)
    deprivation: pd.DataFrame = field(repr=False)
    published: pd.DataFrame = field(repr=False)
    mortality: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)
    life: pd.DataFrame = field(repr=False)

    @cached_property
    def codes(self) -> list[str]:
        """Codes of the peers."""
        return [peer.code for peer in self.peers]

    @cached_property
    def size(self) -> pd.Series:
        """Population of each area in 2019."""
        return common.size_in_2019(self.population)

    @cached_property
    def parts(self) -> pd.DataFrame:
        """Districts in each peer, with the people they have in it; pieces under a twentieth of a district are left aside."""
        inside = district_parts(self.codes)
        inside = inside[inside["share"] >= _SMALLEST_PART]
        people = inside["share"] * inside["area_code"].map(self.size)
        return inside.assign(people=people).dropna(subset=["people"])

    @cached_property
    def rates(self) -> pd.DataFrame:
        """Preventable deaths under 75 of each district of England, mean of three years with its standard error, and its deprivation."""
        return district_rates(self.mortality, self.deprivation, self.size)

    @cached_property
    def across(self) -> SlopeIndices:
        """Gradient of preventable deaths across the districts of each peer, from the most to the least deprived one."""
        rows = self.parts.merge(self.rates, left_on="area_code", right_index=True)
        districts = rows.groupby("container_code")
        order = districts["score"].rank(method="first", ascending=False).astype(int)
        return slope_index_by(
            rows.assign(order=order),
            by="container_code",
            group="order",
            value="rate",
            population="people",
            standard_error="error",
            groups=districts.size().clip(lower=_FEWEST).to_dict(),
            higher_is="worse",
            unit="deaths per 100,000",
        )

    @cached_property
    def inside(self) -> pd.DataFrame:
        """Mean published slope index of the districts of each peer and of England, by period, with limits.

        The mean of women's and men's indices, weighted by people; standard errors from the scatter of the series.
        """
        return mean_slopes(self.published, self.parts, self.size)

    @property
    def last(self) -> int:
        """First year of the latest period."""
        return int(self.inside["start"].max())

    @property
    def first(self) -> int:
        """First year of the first period."""
        return int(self.inside["start"].min())

    @cached_property
    def ranks(self) -> pd.DataFrame:
        """Peers by the mean slope index inside their districts in the latest period, the steepest first, with rank intervals."""
        rows = self.inside[(self.inside["start"] == self.last) & self.inside["area_code"].isin(self.codes)]
        ranks = rank_intervals(rows["slope"], rows["error"], first="highest").to_frame()
        frame = rows.assign(
            rank=ranks["rank"].to_numpy(),
            rank_lower=ranks["lower"].to_numpy(),
            rank_upper=ranks["upper"].to_numpy(),
            name=[common.plain_name(areas.get(str(c)).short_name) for c in rows["area_code"]],
        )
        return frame.sort_values(["slope", "area_code"], ascending=[False, True]).reset_index(drop=True)

    @cached_property
    def profile(self) -> pd.DataFrame:
        """Share of each peer's people in each national tenth of deprivation, one row for each peer."""
        rows = self.people[self.people["area_code"].isin(self.codes)].query("index_year == @INDEX_YEAR")
        wide = rows.pivot_table(index="area_code", columns="decile", values="population").fillna(0.0)
        return wide.div(wide.sum(axis=1), axis=0)

    @cached_property
    def mean_lives(self) -> pd.DataFrame:
        """Mean length of life of each peer and of England, by period, with limits."""
        return mean_lives(self.life, self.parts, self.size)

    @cached_property
    def mean_deaths(self) -> pd.DataFrame:
        """Mean rate of preventable deaths of each peer and of England, of the first and the latest three years, with limits."""
        return mean_deaths(self.mortality, self.parts, self.size)

    @cached_property
    def standings(self) -> tuple[Standing, ...]:
        """Length of life and preventable deaths of all of them with ranks, best first; means of districts by their people."""
        lives = district_lives(self.life, self.size)
        deaths = self.rates.rename(columns={"rate": "value"}).rename_axis("area_code").reset_index()
        years = self.mortality[
            (self.mortality["edition"] == common.LATEST_EDITION)
            & (self.mortality["sex"] == "persons")
            & (self.mortality["area_code"] == common.ENGLAND)
        ].set_index("year")["rate"]
        last = int(self.life["period_start_year"].max())
        england = self.life[
            (self.life["area_code"] == common.ENGLAND) & (self.life["period_start_year"] == last)
        ].set_index("sex")["life_expectancy"]
        every = []
        measures = {
            **{sex: (lives[lives["sex"] == sex], float(england[sex]), last) for sex in common.SEXES},
            "deaths": (deaths, 0.0, int(deaths["start"].iloc[0])),
        }
        for name, (found, nation, start) in measures.items():
            if name == "deaths":
                nation = float(years.loc[start : start + 2].mean())
            both = self.parts.merge(found[["area_code", "value", "error"]], on="area_code")
            weights = both["people"] / both.groupby("container_code")["people"].transform("sum")
            sums = both.assign(value=weights * both["value"], square=(weights * both["error"]) ** 2)
            means = sums.groupby("container_code")[["value", "square"]].sum()
            best: Literal["highest", "lowest"] = "lowest" if name == "deaths" else "highest"
            ranks = rank_intervals(means["value"], means["square"] ** 0.5, first=best, index=means.index)
            every.append(Standing(name, nation, start, means, ranks.to_frame()))
        return tuple(every)


@remembered()
def compared(codes: tuple[str, ...]) -> Compared:
    """Return what some areas share that are compared with one another."""
    sound = {name: light_sound(name) for name in TABLES}
    frames = {name: light(one.frame) for name, one in sound.items()}
    frames["population_deprivation_decile"] = with_sums(
        frames["population_deprivation_decile"], codes, ["index_year", "decile"], ["population"]
    )
    people = frames["population_deprivation_decile"]
    known = set(people.loc[people["index_year"] == INDEX_YEAR, "area_code"])
    latest = frames["slope_index_life_expectancy"].query("edition == @common.LATEST_EDITION")
    published = set(latest["area_code"])
    left_out = {areas.get(code).short_name: words.BROKEN for one in sound.values() for code in one.set_aside}
    around = [areas.get(code) for code in codes]
    for peer in around:
        if peer.code not in known:
            left_out[peer.short_name] = words.NO_FIGURES
        elif not published & set(districts_in(peer.code).index):
            left_out[peer.short_name] = words.TOO_FEW
    peers = tuple(peer for peer in around if peer.short_name not in left_out)
    return Compared(peers, left_out, *(frames[name] for name in TABLES))
