"""Area section "Inequality": deprivation, the gradient inside districts and across them, rank, trend, similar areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from healthdevo import areas, charts
from healthdevo.areas import Area
from healthdevo.chapters import common
from healthdevo.chapters.area.filling import link
from healthdevo.chapters.area.ground import light_sound
from healthdevo.chapters.area.inequality import words
from healthdevo.chapters.area.inequality.compared import TABLES, Compared, compared
from healthdevo.errors import TableError
from healthdevo.inequality import SlopeIndices
from healthdevo.results import Estimate

_SIMILAR = 4
_DRAWN, _LIKE = 45, 24


@dataclass(frozen=True)
class AreaInequality:
    """What the inequality section of an area's page says and shows; ``all_of`` is what it shares with the areas it is compared with."""

    area: Area
    all_of: Compared = field(repr=False)

    @classmethod
    def load(cls, area_code: str) -> AreaInequality:
        """Load the rows of an area, its peers, their districts and England.

        A peer or district whose rows break the rules of a table is left out and named on the page.
        """
        area = common.area_with(area_code, "inequality")
        sound = {name: light_sound(name) for name in TABLES}
        for one in sound.values():
            one.require(area.code, common.ENGLAND)
        around = areas.peers(area.code, common.day_of(area), include_self=True)
        found = cls(area, compared(tuple(peer.code for peer in around)))
        if found.left_out.get(area.short_name) in (words.NO_FIGURES, words.TOO_FEW):
            problem = f"table slope_index_life_expectancy has no rows for districts of {area}"
            raise common.UncoveredError(problem, "inequality", words.instead(area))
        own = found.inside[found.inside["area_code"] == area.code]
        if not {found.first, found.last} <= set(own["start"]):
            problem = f"table slope_index_life_expectancy has no rows for {area} in its first or last period"
            raise common.UncoveredError(problem, "inequality", words.instead(area))
        return found

    @property
    def alone(self) -> bool:
        """Whether the area is one district, which has its own index and no gradient across districts."""
        return self.area.kind in areas.KIND_GROUPS["district"]

    @property
    def peers(self) -> tuple[Area, ...]:
        """The areas of the same kind with sound figures, itself included."""
        return self.all_of.peers

    @property
    def left_out(self) -> Mapping[str, str]:
        """Peers and districts without sound figures, with the reason."""
        return self.all_of.left_out

    @property
    def codes(self) -> list[str]:
        """Codes of the peers."""
        return self.all_of.codes

    @property
    def size(self) -> pd.Series:
        """Population of each area in 2019."""
        return self.all_of.size

    @property
    def parts(self) -> pd.DataFrame:
        """Districts in each peer, with the people they have in it."""
        return self.all_of.parts

    @property
    def rates(self) -> pd.DataFrame:
        """Preventable deaths under 75 of each district of England, with its deprivation."""
        return self.all_of.rates

    @property
    def across(self) -> SlopeIndices:
        """Gradient of preventable deaths across the districts of each peer."""
        return self.all_of.across

    @property
    def inside(self) -> pd.DataFrame:
        """Mean published slope index of the districts of each peer and of England, by period, with limits."""
        return self.all_of.inside

    @property
    def last(self) -> int:
        """First year of the latest period."""
        return self.all_of.last

    @property
    def first(self) -> int:
        """First year of the first period."""
        return self.all_of.first

    @property
    def ranks(self) -> pd.DataFrame:
        """Peers by the mean slope index inside their districts in the latest period, the steepest first."""
        return self.all_of.ranks

    @property
    def profile(self) -> pd.DataFrame:
        """Share of each peer's people in each national tenth of deprivation, one row for each peer."""
        return self.all_of.profile

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
        rows = []
        for s in self.all_of.standings:
            if self.area.code not in s.means.index:
                continue
            own = common.record(s.means.loc[[self.area.code]])
            place = common.record(s.ranks.query("label == @self.area.code"))
            made = common.normal_estimate(s.name, own["value"], own["square"] ** 0.5)
            rows.append(
                {"measure": s.name, "value": made.estimate, **common.lower_upper(made), "england": s.england}
                | {key: int(place[key]) for key in ("rank", "lower", "upper")}
                | {"peers": len(s.means)}
                | {"rank_lower": int(place["lower"]), "rank_upper": int(place["upper"]), "start": s.start}
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
