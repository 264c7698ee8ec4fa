"""Area section "Inequality": deprivation, the gradient inside districts and across them, rank, trend, similar areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Literal

import numpy as np
import pandas as pd

from healthdevo import areas, charts
from healthdevo.areas import Area
from healthdevo.chapters import common
from healthdevo.chapters.area.filling import link
from healthdevo.chapters.area.ground import district_parts, districts_in, light, light_sound, with_sums
from healthdevo.chapters.area.inequality import words
from healthdevo.chapters.area.inequality.national import (
    INDEX_YEAR,
    district_lives,
    district_rates,
    mean_slopes,
)
from healthdevo.errors import TableError
from healthdevo.inequality import SlopeIndices, slope_index_by
from healthdevo.mathematics import rank_intervals
from healthdevo.results import Estimate

_SIMILAR = 4
_DRAWN, _LIKE = 45, 24
_FEWEST = 3
_SMALLEST_PART = 0.05
_TABLES = (
    "population_deprivation_decile",
    "deprivation_area",
    "slope_index_life_expectancy",
    "under_75_mortality",
    "population_year",
    "life_expectancy_area",
)


@dataclass(frozen=True)
class AreaInequality:
    """What the inequality section of an area's page says and shows, from tables in the order of ``_TABLES``.

    ``peers`` are the areas of the same kind with sound figures, itself included; ``left_out`` are peers and districts without, with the reason.
    """

    area: Area
    peers: tuple[Area, ...]
    left_out: Mapping[str, str]
    people: pd.DataFrame = field(repr=False)
    deprivation: pd.DataFrame = field(repr=False)
    published: pd.DataFrame = field(repr=False)
    mortality: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)
    life: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls, area_code: str) -> AreaInequality:
        """Load the rows of an area, its peers, their districts and England.

        A peer or district whose rows break the rules of a table is left out and named on the page.
        """
        area = common.area_with(area_code, "inequality")
        sound = {name: light_sound(name) for name in _TABLES}
        for one in sound.values():
            one.require(area.code, common.ENGLAND)
        frames = {name: light(one.frame) for name, one in sound.items()}
        around = areas.peers(area.code, common.day_of(area), include_self=True)
        codes = [peer.code for peer in around]
        frames["population_deprivation_decile"] = with_sums(
            frames["population_deprivation_decile"], codes, ["index_year", "decile"], ["population"]
        )
        people = frames["population_deprivation_decile"]
        known = set(people.loc[people["index_year"] == INDEX_YEAR, "area_code"])
        latest = frames["slope_index_life_expectancy"].query("edition == @common.LATEST_EDITION")
        published = set(latest["area_code"])
        left_out = {
            areas.get(code).short_name: words.BROKEN for one in sound.values() for code in one.set_aside
        }
        for peer in around:
            if peer.code not in known:
                left_out[peer.short_name] = words.NO_FIGURES
            elif not published & set(districts_in(peer.code).index):
                left_out[peer.short_name] = words.TOO_FEW
        if left_out.get(area.short_name) in (words.NO_FIGURES, words.TOO_FEW):
            problem = f"table slope_index_life_expectancy has no rows for districts of {area}"
            raise common.UncoveredError(problem, "inequality", words.instead(area))
        peers = [peer for peer in around if peer.short_name not in left_out]
        found = cls(area, tuple(peers), left_out, *(frames[name] for name in _TABLES))
        own = found.inside[found.inside["area_code"] == area.code]
        if not {found.first, found.last} <= set(own["start"]):
            problem = f"table slope_index_life_expectancy has no rows for {area} in its first or last period"
            raise common.UncoveredError(problem, "inequality", words.instead(area))
        return found

    @property
    def alone(self) -> bool:
        """Whether the area is one district, which has its own index and no gradient across districts."""
        return self.area.kind in areas.KIND_GROUPS["district"]

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
    def across_own(self) -> Estimate:
        """The area's own gradient across its districts, or the reason for having none."""
        return self.across[self.area.code]

    @cached_property
    def districts(self) -> pd.DataFrame:
        """Districts of the area with rate and deprivation, the lowest rate first."""
        own = self.parts.loc[self.parts["container_code"] == self.area.code, "area_code"]
        rows = self.rates[self.rates.index.isin(own)].sort_values("rate")
        return rows.assign(name=[areas.get(str(code)).name for code in rows.index])

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

    def _at(self, code: str, start: int) -> dict[str, Any]:
        rows = self.inside[(self.inside["area_code"] == code) & (self.inside["start"] == start)]
        if rows.empty:
            raise TableError(f"table slope_index_life_expectancy has no rows for districts of {self.area}")
        return common.record(rows)

    @property
    def england(self) -> float:
        """Mean slope index inside the districts of England in the latest period."""
        return float(self._at(common.ENGLAND, self.last)["slope"])

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
    def own(self) -> dict[str, Any]:
        """The area's row of ``ranks``."""
        self._at(self.area.code, self.last)
        return common.record(self.ranks[self.ranks["area_code"] == self.area.code])

    @property
    def shown(self) -> pd.DataFrame:
        """The rows of ``ranks`` that are drawn: all, or the area and those most like it where there are too many."""
        if len(self.ranks) <= _DRAWN:
            return self.ranks
        near = self._nearest["area_code"].head(_LIKE + 1)
        return self.ranks[self.ranks["area_code"].isin(near)]

    def change(self, code: str = "") -> Estimate:
        """Return the change of the area's mean slope index, or another's, from the first to the last period (no common year)."""
        a, b = (self._at(code or self.area.code, start) for start in (self.first, self.last))
        change, error = b["slope"] - a["slope"], np.hypot(a["error"], b["error"])
        measure = "change of the mean slope index"
        return common.normal_estimate(measure, change, error, int(b["districts"]), unit="years")

    @cached_property
    def profile(self) -> pd.DataFrame:
        """Share of each peer's people in each national tenth of deprivation, one row for each peer."""
        rows = self.people[self.people["area_code"].isin(self.codes)].query("index_year == @INDEX_YEAR")
        wide = rows.pivot_table(index="area_code", columns="decile", values="population").fillna(0.0)
        return wide.div(wide.sum(axis=1), axis=0)

    @property
    def similar(self) -> pd.DataFrame:
        """The area and the peers most like it."""
        return self._nearest.head(_SIMILAR + 1).reset_index(drop=True)

    @cached_property
    def _nearest(self) -> pd.DataFrame:
        """Peers by how many tenths people would have to be moved on average to turn one profile into the other; nearest first."""
        cumulative = self.profile.cumsum(axis=1)
        slopes = self.ranks.set_index("area_code").reindex(cumulative.index)
        frame = pd.DataFrame(
            {
                "name": [areas.get(str(c)).short_name for c in cumulative.index],
                "distance": (cumulative - cumulative.loc[self.area.code]).abs().sum(axis=1),
                "most_deprived_fifth": self.profile[[1, 2]].sum(axis=1),
                "inside": slopes["slope"],
                "inside_lower": slopes["lower"],
                "inside_upper": slopes["upper"],
                "across": pd.Series(self.across.estimate, index=self.across.index),
            },
            index=cumulative.index,
        ).reset_index()
        return frame.sort_values(["distance", "area_code"])

    @property
    def deprived_share(self) -> float:
        """Share of the area's people in the most deprived national fifth."""
        return float(self.profile.loc[[self.area.code], [1, 2]].to_numpy(float).sum())

    @cached_property
    def lives(self) -> pd.DataFrame:
        """Length of life and preventable deaths: the area, England and the rank among peers, best first; means of districts by their people."""
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
        rows = []
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
            if self.area.code not in means.index:
                continue
            best: Literal["highest", "lowest"] = "lowest" if name == "deaths" else "highest"
            ranks = rank_intervals(means["value"], means["square"] ** 0.5, first=best, index=means.index)
            own = common.record(means.loc[[self.area.code]])
            place = common.record(ranks.to_frame().query("label == @self.area.code"))
            made = common.normal_estimate(name, own["value"], own["square"] ** 0.5)
            rows.append(
                {"measure": name, "value": made.estimate, **common.lower_upper(made), "england": nation}
                | {key: int(place[key]) for key in ("rank", "lower", "upper")}
                | {"peers": len(means)}
                | {"rank_lower": int(place["lower"]), "rank_upper": int(place["upper"]), "start": start}
                | common.lower_upper(made)
            )
        return pd.DataFrame(rows)

    def lives_table(self) -> charts.Table:
        """Show length of life and preventable deaths against England and peers."""
        return charts.page_table(
            self.lives,
            [
                charts.made_column("Measure", ["measure", "start"], words.measure),
                charts.estimate_column("Here (95% interval)", "value", show=common.rounded),
                charts.value_column("England", "england", common.rounded),
                charts.made_column(
                    "Rank, best first", ["rank", "rank_lower", "rank_upper", "peers"], words.rank_in
                ),
            ],
            table_id="length-of-life",
            caption=words.lives(self),
            source=common.source_line("life_expectancy_area", "under_75_mortality", "population_year"),
        )

    def profile_chart(self) -> charts.Chart:
        """People by national tenth of deprivation."""
        names = {1: "1 (most deprived)", 10: "10 (least)"}
        shares = self.profile.loc[self.area.code]
        tenths = [names.get(int(str(d)), str(d)) for d in shares.index]
        return charts.bar_chart(
            pd.DataFrame({"tenth": tenths, "percent": 100 * shares.to_numpy(float)}),
            label="tenth",
            value="percent",
            focus=[names[1], "2"],
            value_format="{:.0f}%".format,
            caption=words.profile(self),
        )

    def rank_chart(self) -> charts.Chart:
        """Mean slope index inside districts of the area and its peers."""
        return charts.interval_chart(
            self.shown,
            label="name",
            value="slope",
            lower="lower",
            upper="upper",
            focus=[common.plain_name(self.area.short_name)],
            reference=self.england,
            reference_text="England's districts",
            x_label="years of life",
            caption=words.ranks(self),
        )

    def trend_chart(self) -> charts.Chart:
        """Mean slope index inside districts over time, area and England."""
        names = {self.area.code: self.area.short_name, common.ENGLAND: "England's\ndistricts"}
        data = self.inside.assign(name=self.inside["area_code"].map(names)).dropna(subset=["name"])
        return charts.line_chart(
            data.sort_values("area_code", key=lambda code: code == common.ENGLAND, kind="stable"),
            x="start",
            y="slope",
            series="name",
            lower="lower",
            upper="upper",
            labels={self.area.short_name: words.label(self.area)},
            markers=True,
            y_from_zero=False,
            x_format=common.period_tick,
            y_format="{:g}".format,
            caption=words.trend(self),
        )

    def districts_chart(self) -> charts.Chart | None:
        """Preventable deaths of the area's districts against their deprivation, all districts of England in grey."""
        if self.alone:
            return None
        own = list(self.districts["name"])
        return charts.scatter_chart(
            self.rates.assign(name=[areas.get(str(c)).name for c in self.rates.index]),
            x="score",
            y="rate",
            label="name",
            focus=own,
            named=own if len(own) <= 6 else [own[0], own[-1]],
            x_label="deprivation score",
            y_label="deaths per 100,000",
            caption=words.districts(self),
        )

    def similar_table(self) -> charts.Table:
        """Areas with the most similar deprivation, and their gradients."""

        def distance(code: str, tenths: float) -> str:
            return "this area" if code == self.area.code else common.rounded(tenths, 2)

        across = charts.value_column("Gradient across districts, deaths", "across", words.deaths)
        return charts.page_table(
            self.similar,
            [
                charts.made_column(
                    "Area", ["area_code"], lambda code: link(areas.get(code), "", areas.get(code).short_name)
                ),
                charts.made_column("Distance", ["area_code", "distance"], distance),
                charts.share_column("In the most deprived fifth", "most_deprived_fifth", 0),
                common.limits_column(words.inside_heading(self), "inside", common.rounded),
                *([] if self.alone else [across]),
            ],
            table_id="similar-areas",
            caption=words.similar(self.area),
            source=common.source_line(
                "population_deprivation_decile", "slope_index_life_expectancy", "under_75_mortality"
            ),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose of the section."""
        return words.texts(self)
