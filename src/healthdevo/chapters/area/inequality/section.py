"""Area section "Inequality": deprivation, the gradient inside districts and across them, rank, trend, similar areas."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo import areas, tables
from healthdevo.areas import Area
from healthdevo.chapters.area.emergency.attendances import plain_name
from healthdevo.chapters.common.cells import record
from healthdevo.chapters.common.sources import source_line
from healthdevo.chapters.demand.attendances import ENGLAND
from healthdevo.chapters.inequality.chapter import (
    SEXES,
    moved,
    period,
    size_in_2019,
    slope_series,
    slope_series_noise,
    years,
)
from healthdevo.chapters.postcode_lottery.chapter import within_boards
from healthdevo.charts import Caption, Chart, bar_chart, interval_chart, line_chart, scatter_chart
from healthdevo.charts.table import Table, show_table
from healthdevo.errors import TableError
from healthdevo.inequality import SlopeIndices, series_noise, slope_index
from healthdevo.mathematics import rank_intervals
from healthdevo.results import Estimate
from healthdevo.wording import join, number, ordinal, percentage

__all__ = ["AreaInequality"]

_EDITION = "ohid_2026"
_INDEX_YEAR = 2019
_FEWEST = 3
_SMALLEST_PART = 0.05
_SIMILAR = 4
_Z = float(stats.norm.ppf(0.975))
_TABLES = (
    "population_deprivation_decile",
    "deprivation_area",
    "slope_index_life_expectancy",
    "under_75_mortality",
    "population_year",
)


@dataclass(frozen=True)
class AreaInequality:
    """What the inequality section of an area's page says and shows.

    Parameters
    ----------
    area : Area
        The area of the page: an NHS region or an integrated care board.
    peers : tuple of Area
        Areas of the same kind with sound figures, the area itself included.
    left_out : mapping
        Peers and districts left out, with the reason.
    people, deprivation, published, mortality, population : pandas.DataFrame
        Tables ``population_deprivation_decile``, ``deprivation_area``, ``slope_index_life_expectancy``, ``under_75_mortality`` and
        ``population_year``.
    """

    area: Area
    peers: tuple[Area, ...]
    left_out: Mapping[str, str]
    people: pd.DataFrame = field(repr=False)
    deprivation: pd.DataFrame = field(repr=False)
    published: pd.DataFrame = field(repr=False)
    mortality: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls, area_code: str) -> AreaInequality:
        """Load the rows of an area, its peers, their districts and England.

        A peer or district whose rows break the rules of a table is left out and named on the page.

        Parameters
        ----------
        area_code : str
            Code of an area.

        Raises
        ------
        AreaError
            When the code is unknown.
        TableError
            When the area or England has no figures, or theirs are broken.
        """
        area = areas.get(area_code)
        sound = {name: tables.load_sound(name) for name in _TABLES}
        for one in sound.values():
            one.require(area.code, ENGLAND)
        people = sound["population_deprivation_decile"].frame
        known = set(people.loc[people["index_year"] == _INDEX_YEAR, "area_code"])
        if area.code not in known:
            raise TableError(f"table population_deprivation_decile has no rows for {area}")
        left_out = {
            areas.get(code).short_name: "its figures break the rules of a table"
            for one in sound.values()
            for code in one.set_aside
        }
        peers = []
        for peer in areas.peers(area.code, include_self=True):
            if peer.short_name in left_out:
                continue
            if peer.code not in known:
                left_out[peer.short_name] = "it has no figures on deprivation"
            else:
                peers.append(peer)
        return cls(area, tuple(peers), left_out, *(sound[name].frame for name in _TABLES))

    # ---- districts -----------------------------------------------------------------------------------------------------------------------

    @cached_property
    def parts(self) -> pd.DataFrame:
        """Districts in each peer, with the people they have in it; pieces under a twentieth of a district are left aside."""
        inside = within_boards(self.area.kind)
        inside = inside[inside["share"] >= _SMALLEST_PART]
        size = size_in_2019(self.population)
        inside = inside.assign(people=inside["share"] * inside["area_code"].map(size))
        return inside[inside["people"].notna() & inside["container_code"].isin([p.code for p in self.peers])]

    @cached_property
    def rates(self) -> pd.DataFrame:
        """Preventable deaths under 75 of each district: mean of the latest three years with its standard error, and deprivation."""
        rows = self.mortality[
            (self.mortality["edition"] == _EDITION)
            & (self.mortality["sex"] == "persons")
            & (self.mortality["area_code"] != ENGLAND)
        ]
        wide = rows.pivot_table(index="area_code", columns="year", values="rate")
        size = size_in_2019(self.population)
        wide = wide[wide.index.isin(size.index)]
        noise = series_noise(np.log(wide.to_numpy(float)), size.reindex(wide.index).to_numpy(float))
        last = list(wide.columns)[-3:]
        rate = wide[last].mean(axis=1)
        score = self.deprivation[self.deprivation["index_year"] == _INDEX_YEAR].set_index("area_code")[
            "average_score"
        ]
        return pd.DataFrame(
            {
                "rate": rate,
                "error": rate * noise.standard_error / np.sqrt(len(last)),
                "score": score.reindex(wide.index),
                "start": int(last[0]),
                "end": int(last[-1]),
            }
        ).dropna()

    @cached_property
    def across(self) -> SlopeIndices:
        """Gradient of preventable deaths across the districts of each peer, from the most to the least deprived district."""
        rows = []
        for peer in self.peers:
            mine = self.parts[self.parts["container_code"] == peer.code].set_index("area_code")
            rows.append(self.rates.join(mine["people"], how="inner").sort_values("score", ascending=False))
        width = max(_FEWEST, *(len(r) for r in rows))

        def grid(column: str, filler: float) -> np.ndarray:
            cells = np.full((len(rows), width), filler)
            for i, r in enumerate(rows):
                cells[i, : len(r)] = r[column].to_numpy(float)
            return cells

        counts = np.array([len(r) for r in rows])
        values = grid("rate", np.nan)
        return slope_index(
            values,
            grid("people", 1.0),
            standard_errors=grid("error", np.nan),
            higher_is="worse",
            group_counts=np.where(counts < _FEWEST, _FEWEST, counts),
            index=pd.Index([p.code for p in self.peers]),
            unit="deaths per 100,000",
        )

    @cached_property
    def across_own(self) -> Estimate:
        """The area's own gradient across its districts, or the reason for having none."""
        return self.across[self.area.code]

    @cached_property
    def districts(self) -> pd.DataFrame:
        """Districts of the area with rate, deprivation and the people they have in it."""
        mine = self.parts[self.parts["container_code"] == self.area.code].set_index("area_code")
        frame = self.rates.join(mine[["people", "share"]], how="inner")
        return (
            frame.assign(name=[areas.get(str(c)).name for c in frame.index])
            .rename_axis("area_code")
            .reset_index()
        )

    # ---- inside districts ----------------------------------------------------------------------------------------------------------------

    @cached_property
    def inside(self) -> pd.DataFrame:
        """Mean published slope index of the districts of each peer and of England, by period, both sexes, with standard errors.

        The mean of women's and men's indices, weighted by people; standard errors from the scatter of the series.
        """
        size = size_in_2019(self.population)
        everything = pd.DataFrame(
            {"area_code": size.index, "container_code": ENGLAND, "people": size.to_numpy(float)}
        )
        parts = pd.concat([self.parts[["area_code", "container_code", "people"]], everything])
        found = []
        for sex in SEXES:
            series = slope_series(self.published, _EDITION, sex)
            series = series[series.index.isin(size.index)]
            error = pd.Series(
                slope_series_noise(series, size).standard_error, index=series.index, name="error"
            )
            long = (
                series.melt(ignore_index=False, var_name="start", value_name="slope").reset_index().dropna()
            )
            both = long.merge(parts, on="area_code").merge(error, left_on="area_code", right_index=True)
            both = both.assign(
                product=both["people"] * both["slope"], square=(both["people"] * both["error"]) ** 2
            )
            sums = both.groupby(["container_code", "start"], observed=True).agg(
                people=("people", "sum"),
                product=("product", "sum"),
                square=("square", "sum"),
                districts=("slope", "size"),
            )
            found.append(
                pd.DataFrame(
                    {
                        "slope": sums["product"] / sums["people"],
                        "variance": sums["square"] / sums["people"] ** 2,
                        "districts": sums["districts"],
                    }
                )
            )
        women, men = (f.align(found[1 - i], join="inner", axis=0)[0] for i, f in enumerate(found))
        slope = (women["slope"] + men["slope"]) / 2
        spread = ((women["variance"] + men["variance"]) ** 0.5) / 2
        return (
            pd.DataFrame(
                {
                    "slope": slope,
                    "error": spread,
                    "lower": slope - _Z * spread,
                    "upper": slope + _Z * spread,
                    "districts": women["districts"],
                }
            )
            .reset_index()
            .rename(columns={"container_code": "area_code"})
            .astype({"start": int})
        )

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
        codes = [p.code for p in self.peers]
        rows = self.inside[(self.inside["start"] == self.last) & self.inside["area_code"].isin(codes)]
        ranks = rank_intervals(rows["slope"], rows["error"], first="highest").to_frame()
        frame = rows.assign(
            rank=ranks["rank"].to_numpy(),
            rank_lower=ranks["lower"].to_numpy(),
            rank_upper=ranks["upper"].to_numpy(),
            name=[plain_name(areas.get(str(c)).short_name) for c in rows["area_code"]],
        )
        return frame.sort_values(["slope", "area_code"], ascending=[False, True]).reset_index(drop=True)

    @cached_property
    def own(self) -> dict[str, Any]:
        """The area's row of ``ranks``."""
        rows = self.ranks[self.ranks["area_code"] == self.area.code]
        if rows.empty:
            raise TableError(f"table slope_index_life_expectancy has no rows for districts of {self.area}")
        return record(rows)

    @cached_property
    def trend(self) -> dict[str, float]:
        """Change of the mean slope index from the first to the last period (no common year) with its interval; England beside it."""
        at = self.inside.set_index(["area_code", "start"])

        def change(code: str) -> tuple[float, float]:
            a, b = record(at.loc[[(code, self.first)]]), record(at.loc[[(code, self.last)]])
            return float(b["slope"] - a["slope"]), float(np.hypot(a["error"], b["error"]))

        (own, error), (england, _) = change(self.area.code), change(ENGLAND)
        return {
            "change": own,
            "lower": own - _Z * error,
            "upper": own + _Z * error,
            "england": england,
        }

    # ---- deprivation and similar areas ---------------------------------------------------------------------------------------------------

    @cached_property
    def profile(self) -> pd.DataFrame:
        """Share of each peer's people in each national tenth of deprivation, one row for each peer."""
        rows = self.people[
            (self.people["index_year"] == _INDEX_YEAR)
            & self.people["area_code"].isin([p.code for p in self.peers])
        ]
        wide = rows.pivot_table(index="area_code", columns="decile", values="population").fillna(0.0)
        return wide.div(wide.sum(axis=1), axis=0)

    @cached_property
    def similar(self) -> pd.DataFrame:
        """Peers by how many tenths people would have to be moved on average to turn one profile into the other; nearest first."""
        cumulative = self.profile.cumsum(axis=1)
        distance = (cumulative - cumulative.loc[self.area.code]).abs().sum(axis=1)
        slopes = self.ranks.set_index("area_code")
        across = pd.Series(self.across.estimate, index=self.across.index)
        frame = pd.DataFrame(
            {
                "area_code": distance.index,
                "name": [areas.get(str(c)).short_name for c in distance.index],
                "distance": distance.to_numpy(),
                "most_deprived_fifth": self.profile[[1, 2]].sum(axis=1).to_numpy(),
                "inside": slopes["slope"].reindex(distance.index).to_numpy(),
                "inside_lower": slopes["lower"].reindex(distance.index).to_numpy(),
                "inside_upper": slopes["upper"].reindex(distance.index).to_numpy(),
                "across": across.reindex(distance.index).to_numpy(),
            }
        )
        return frame.sort_values(["distance", "area_code"]).head(_SIMILAR + 1).reset_index(drop=True)

    @property
    def deprived_share(self) -> float:
        """Share of the area's people in the most deprived national fifth."""
        return float(self.profile.loc[[self.area.code], [1, 2]].to_numpy(float).sum())

    # ---- charts and tables ---------------------------------------------------------------------------------------------------------------

    def profile_chart(self) -> Chart:
        """People by national tenth of deprivation."""
        shares = self.profile.loc[self.area.code]
        names = {1: "1 (most deprived)", 10: "10 (least)"}
        data = pd.DataFrame(
            {
                "tenth": [names.get(int(str(d)), str(d)) for d in shares.index],
                "percent": 100 * shares.to_numpy(float),
                "decile": [int(str(d)) for d in shares.index],
            }
        )
        share = self.deprived_share
        than = "more than" if share > 0.205 else "fewer than" if share < 0.195 else "about"
        return bar_chart(
            data,
            label="tenth",
            value="percent",
            focus=[names[1], "2"],
            value_format=lambda v: f"{v:.0f}%",
            caption=Caption(
                figure_id="deprivation",
                title=f"{percentage(share, 0)} of people live in England's most deprived fifth of places, {than} in England",
                subtitle=f"People of {self.area.label} by national tenth of deprivation of their neighbourhood ({_INDEX_YEAR} index); in England each holds about a tenth",
                source=source_line("population_deprivation_decile"),
                alt=(
                    f"Bar chart of people by national tenth of deprivation in {self.area.label}: {percentage(float(data['percent'].iloc[0]) / 100, 0)} in the most deprived tenth, "
                    f"{percentage(float(data['percent'].iloc[-1]) / 100, 0)} in the least deprived."
                ),
            ),
        )

    def rank_chart(self) -> Chart:
        """Mean slope index inside districts of the area and its peers."""
        england = record(
            self.inside[(self.inside["area_code"] == ENGLAND) & (self.inside["start"] == self.last)]
        )
        own = self.own
        return interval_chart(
            self.ranks,
            label="name",
            value="slope",
            lower="lower",
            upper="upper",
            focus=[plain_name(self.area.short_name)],
            reference=float(england["slope"]),
            reference_text="England's districts",
            x_label="years of life",
            caption=Caption(
                figure_id="inequality-rank",
                title=f"Inside its districts the gradient is {years(own['slope'])}, {self.rank_words}",
                subtitle=f"Slope index of inequality in life expectancy inside districts, mean of districts and of women and men, {self.peers_title}, {period(self.last, self.last + 2)}, with 95% intervals",
                source=source_line("slope_index_life_expectancy", "population_year"),
                alt=(
                    f"Dot chart of the mean gradient in life expectancy inside the districts of {len(self.ranks)} {self.peers_title}. {self.area.short_name} has "
                    f"{years(own['slope'])}, {self.rank_words}; England's districts have {years(float(england['slope']))} on average."
                ),
            ),
        )

    def trend_chart(self) -> Chart:
        """Mean slope index inside districts over time, area and England."""
        names = {self.area.code: self.area.short_name, ENGLAND: "England's\ndistricts"}
        data = self.inside[self.inside["area_code"].isin(names)]
        data = data.assign(name=data["area_code"].map(names)).sort_values(
            ["area_code", "start"], key=lambda c: c if c.name == "start" else c != self.area.code
        )
        t = self.trend
        return line_chart(
            data,
            x="start",
            y="slope",
            series="name",
            lower="lower",
            upper="upper",
            labels={self.area.short_name: _short_label(self.area.short_name)},
            markers=True,
            y_from_zero=False,
            x_format=lambda v: f"{v:.0f}–{(v + 2) % 100:.0f}",
            y_format=lambda v: f"{v:g}",
            caption=Caption(
                figure_id="inequality-trend",
                title=f"The gradient inside its districts {moved(t['change'], t['lower'], t['upper'])}",
                subtitle=f"Slope index of inequality in life expectancy inside districts, mean of districts and of women and men, {self.area.label} and England, years, with 95% intervals; periods overlap",
                source=source_line("slope_index_life_expectancy", "population_year"),
                alt=(
                    f"Line chart of the mean gradient inside districts by three-year period: {self.area.short_name} changed by {_signed(t['change'])} years, "
                    f"England's districts by {_signed(t['england'])}."
                ),
            ),
        )

    def districts_chart(self) -> Chart:
        """Preventable deaths of the area's districts against their deprivation, all districts of England in grey."""
        own = set(self.districts["area_code"])
        data = self.rates.assign(
            name=[areas.get(str(c)).name for c in self.rates.index],
            own=[c in own for c in self.rates.index],
        ).reset_index(drop=True)
        mine = data.loc[data["own"]].sort_values("rate")
        named = list(mine["name"]) if len(mine) <= 6 else [mine["name"].iloc[0], mine["name"].iloc[-1]]
        e = self.across_own
        span = period(int(data["start"].iloc[0]), int(data["end"].iloc[0]))
        title = (
            f"Across its districts, preventable deaths {_slope_words(e)}"
            if np.isfinite(e.estimate)
            else f"{_count_words(len(mine))} too few for a gradient across them"
        )
        return scatter_chart(
            data,
            x="score",
            y="rate",
            label="name",
            focus=list(mine["name"]),
            named=named,
            x_label="deprivation score",
            y_label="deaths per 100,000",
            caption=Caption(
                figure_id="inequality-districts",
                title=title,
                subtitle=f"Preventable deaths under 75 per 100,000 people, mean of {span}, against the average deprivation score of {_INDEX_YEAR}, districts of England; squares: districts of {self.area.label}",
                source=source_line("under_75_mortality", "deprivation_area"),
                alt=(
                    f"Scatter chart of {len(data)} districts of England: deaths rise with deprivation. The {len(mine)} districts of {self.area.short_name} lie between "
                    f"{number(float(mine['rate'].min()))} and {number(float(mine['rate'].max()))} deaths per 100,000."
                ),
            ),
        )

    def similar_table(self) -> Table:
        """Areas with the most similar deprivation, and their gradients."""
        s = self.similar
        shown = pd.DataFrame(
            {
                "Area": s["name"],
                "Distance": [
                    "this area" if c == self.area.code else f"{d:.2f}"
                    for c, d in zip(s["area_code"], s["distance"], strict=True)
                ],
                "In the most deprived fifth": s["most_deprived_fifth"].map(lambda v: percentage(v, 0)),
                "Gradient inside districts, years (95% interval)": [
                    "not available" if pd.isna(v) else f"{v:.1f} ({a:.1f} to {b:.1f})"
                    for v, a, b in zip(s["inside"], s["inside_lower"], s["inside_upper"], strict=True)
                ],
                "Gradient across districts, deaths": [
                    "fewer than three districts" if pd.isna(v) else number(v) for v in s["across"]
                ],
            }
        )
        return show_table(
            shown,
            table_id="similar-areas",
            caption=f"{self.peers_title[0].upper()}{self.peers_title[1:]} whose people live in places most like those of {self.area.label}, by deprivation; distance: tenths by which people would have to move on average.",
            source=source_line(
                "population_deprivation_decile", "slope_index_life_expectancy", "under_75_mortality"
            ),
            data=s,
        )

    # ---- words ---------------------------------------------------------------------------------------------------------------------------

    @property
    def peers_title(self) -> str:
        """What the peers are called, in the plural."""
        return {"nhs_region": "NHS regions", "icb": "integrated care boards"}.get(
            self.area.kind, "areas of its kind"
        )

    @property
    def rank_words(self) -> str:
        """The rank with its interval in words."""
        own = self.own
        return _place(int(own["rank"]), int(own["rank_lower"]), int(own["rank_upper"]), len(self.ranks))

    def texts(self) -> dict[str, str]:
        """Named texts for the prose of the section."""
        own, t = self.own, self.trend
        headline = (
            f"Inside the districts of {self.area.label}, the most and the least deprived are {years(own['slope'])} of life apart "
            f"(95% interval {own['lower']:.1f} to {own['upper']:.1f}), {self.rank_words}. Since {period(self.first, self.first + 2)} this gradient "
            f"{moved(t['change'], t['lower'], t['upper'])} (95% interval {_signed(t['lower'])} to {_signed(t['upper'])}); in England's districts it changed by "
            f"{_signed(t['england'])} on average."
        )
        return {
            "inequality_headline": headline,
            "inequality_across": self._across_words(),
            "inequality_similar": join(list(self.similar["name"].iloc[1:])),
            "inequality_left_out": self._left_out_words(),
        }

    def _across_words(self) -> str:
        e, d = self.across_own, self.districts
        if not np.isfinite(e.estimate):
            return f"{_count_words(len(d))} too few for a gradient across districts, so no number is given."
        i = e.interval()
        computed = [p.code for p, v in zip(self.peers, self.across.estimate, strict=True) if np.isfinite(v)]
        at = self.across.index.get_indexer(pd.Index(computed))
        ranks = rank_intervals(
            self.across.estimate[at], self.across.standard_error[at], index=pd.Index(computed)
        ).to_frame()
        own = record(ranks[ranks["label"] == self.area.code])
        return (
            f"Lined up from the most to the least deprived, its {len(d)} districts differ by {number(e.estimate)} preventable deaths under 75 per 100,000 people from one end to "
            f"the other (95% interval {number(i.lower)} to {number(i.upper)}). That is {_place(int(own['rank']), int(own['lower']), int(own['upper']), len(computed))} among the {self.peers_title} with at least three districts."
        )

    def _left_out_words(self) -> str:
        if not self.left_out:
            return f"All {len(self.peers)} {self.peers_title} are in the comparison of gradients."
        reasons = [f"{name} ({why})" for name, why in sorted(self.left_out.items())]
        return f"Left out of the comparison of gradients: {'; '.join(reasons)}."


def _place(rank: int, lower: int, upper: int, count: int) -> str:
    place = (
        f"the steepest of {count}"
        if rank == 1
        else f"the flattest of {count}"
        if rank == count
        else f"{ordinal(rank)} steepest of {count}"
    )
    return place if lower == upper else f"{place} (95% interval {ordinal(lower)} to {ordinal(upper)})"


def _slope_words(e: Estimate) -> str:
    i = e.interval()
    if i.lower > 0:
        return f"rise with deprivation, by {number(e.estimate)} per 100,000 from end to end"
    if i.upper < 0:
        return f"fall with deprivation, by {number(-e.estimate)} per 100,000 from end to end"
    return "show no gradient beyond noise"


def _count_words(count: int) -> str:
    return "One district is" if count == 1 else f"{'Two' if count == 2 else count} districts are"


def _short_label(name: str) -> str:
    plain = plain_name(name)
    return "this area" if len(plain) > 18 else plain


def _signed(value: float, decimals: int = 1) -> str:
    return f"{value:+.{decimals}f}".replace("-", "\N{MINUS SIGN}")
