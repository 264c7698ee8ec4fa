"""Area section "Your indicator": level, rank, trend, districts, and what devolution changed, for a file of a user's own."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy import stats

from healthdevo import areas, tables
from healthdevo.areas import Area
from healthdevo.chapters.area.ground import districts_in, light, new_codes, with_sums
from healthdevo.chapters.area.indicator import SECTION
from healthdevo.chapters.common import ENGLAND, UncoveredError, day_of
from healthdevo.chapters.devolution.agreements import Agreements
from healthdevo.chapters.own_indicator import words
from healthdevo.chapters.own_indicator.reading import Indicator, read_indicator
from healthdevo.chapters.own_panel import Battery
from healthdevo.charts import (
    Chart,
    Table,
    estimate_column,
    interval_chart,
    line_chart,
    made_column,
    page_table,
    text_column,
)
from healthdevo.evaluation import Panel
from healthdevo.governance import LeagueTable, league_table
from healthdevo.inequality import SlopeIndices, crude_rates, slope_index
from healthdevo.mathematics import wilson_limits
from healthdevo.results import Estimate, Interval
from healthdevo.typing import FloatArray
from healthdevo.wording import as_markdown, number

__all__ = ["OwnIndicator", "example"]

_Z = float(stats.norm.ppf(0.975))
_FEWEST = 4
"""Areas below which there is no rank, and periods below which there is no trend."""
_FEWEST_GRADIENT = 20
_BEFORE = 3
_CONTROLS = 20
_INDEX = 2019
_MOST_ROWS = 40


def example() -> str:
    """Return the path of the project's own example: avoidable admissions by district, as a file of one's own would be."""
    return str(tables.folder.root() / "examples" / "own_indicator.csv")


@dataclass(frozen=True)
class OwnIndicator:
    """What the section says and shows."""

    area: Area
    indicator: Indicator = field(repr=False)
    rows: pd.DataFrame = field(repr=False)
    pooled: bool = False

    @classmethod
    def load(cls, area_code: str, path: str | os.PathLike[str]) -> OwnIndicator:
        """Read the file and find the area in it, pooled from its districts where it has counts of these only.

        Raises
        ------
        TableError
            When the file can't be used.
        UncoveredError
            When it has nothing for the area: no rows, or rates of its districts without the counts behind them.
        """
        area, indicator = areas.get(area_code), read_indicator(path)
        code = new_codes().get(area.code, area.code)
        rows = indicator.frame[indicator.frame["area_code"] == code].dropna(subset=["value"])
        if not rows.empty:
            return cls(area, indicator, _limited(rows, indicator))
        rows = _pooled(area, indicator)
        if rows.empty:
            problem = words.nothing(
                area,
                indicator,
                [c for c in districts_in(area.code).index if c in set(indicator.frame["area_code"])],
            )
            raise UncoveredError(problem, SECTION, as_markdown(problem))
        return cls(area, indicator, _limited(rows, indicator), pooled=True)  # fmt: skip

    # ------------------------------------------------------------------ level, rank, trend
    @cached_property
    def latest(self) -> pd.Series:
        """The latest row of the area."""
        return self.rows.sort_values("time").iloc[-1]

    @cached_property
    def level(self) -> Estimate:
        """The latest value with its interval, given or from the counts."""
        row, known = self.latest, bool(np.isfinite(self.latest["lower"]))
        error = float(row["upper"] - row["lower"]) / (2 * _Z) if known else float("nan")
        return Estimate(
            self.indicator.title,
            float(row["value"]),
            error,
            (Interval(0.95, float(row["lower"]), float(row["upper"])),) if known else (),
            1,
            "limits as given or from the counts",
            unit=self.indicator.unit,
            reason="" if known else "the file gives neither limits nor counts",
        )

    @cached_property
    def peers(self) -> pd.DataFrame:
        """Values with errors of the areas of its kind in the latest period, by code; the area among them."""
        frame = self.indicator.frame
        kinds = areas.KINDS.members(areas.KINDS[self.area.kind].peers) or (self.area.kind,)
        group = areas.KINDS.members("district") if self.area.kind in areas.KIND_GROUPS["district"] else kinds
        last = frame[(frame["time"] == self.latest["time"]) & frame["kind"].isin(group)].dropna(
            subset=["value"]
        )
        own = self.latest["area_code"]
        if self.pooled:
            others = [
                a.code
                for a in areas.list_areas(self.area.kind, day_of(self.area))
                if a.code not in set(last["area_code"])
            ]
            parts = [p for code in others if not (p := _pooled(areas.get(code), self.indicator)).empty]
            parts = [p[p["time"] == self.latest["time"]] for p in parts]
            last = pd.concat([last, *parts], ignore_index=True) if parts else last
        found = _limited(last, self.indicator).set_index("area_code")
        error = (found["upper"] - found["lower"]) / (2 * _Z)
        result = found[["value", "lower", "upper"]].assign(error=error)
        return result if own in result.index else result.iloc[:0]  # fmt: skip

    @cached_property
    def ranks(self) -> LeagueTable | None:
        """Ranks of all areas of its kind, the highest first; None among fewer than four, or without errors."""
        rows = self.peers
        if len(rows) < _FEWEST or not (rows["error"] > 0).all():
            return None
        return league_table(rows["value"], rows["error"], index=rows.index, draws=1000, seed=1)

    @property
    def place(self) -> tuple[int, int, int] | None:
        """Rank of the area with its limits; None where there is none."""
        if self.ranks is None:
            return None
        row = self.ranks.to_frame().set_index("label").loc[self.latest["area_code"]]
        return int(row["rank"]), int(row["lower"]), int(row["upper"])

    @cached_property
    def trend(self) -> Estimate | None:
        """Change a year by a straight line, its interval from the scatter about it; None with fewer than four periods."""
        rows = self.rows.sort_values("time")
        if len(rows) < _FEWEST:
            return None
        fit = stats.linregress(rows["time"].to_numpy(float), rows["value"].to_numpy(float))
        half = float(stats.t.ppf(0.975, len(rows) - 2)) * float(fit.stderr)
        return Estimate(
            "change a year",
            float(fit.slope),
            float(fit.stderr),
            (Interval(0.95, float(fit.slope) - half, float(fit.slope) + half),),
            len(rows),
            "least squares",
            unit=self.indicator.unit,
        )

    # ------------------------------------------------------------------ districts
    @cached_property
    def districts(self) -> pd.DataFrame:
        """The latest values of the districts in the area, the highest first; none for a district."""
        own = districts_in(self.area.code)
        if len(own) < 2:
            return pd.DataFrame()
        frame = self.indicator.frame
        rows = frame[frame["area_code"].isin(own.index[own >= 0.5]) & (frame["time"] == self.latest["time"])]
        found = _limited(rows.dropna(subset=["value"]), self.indicator)
        return found.sort_values("value", ascending=False, ignore_index=True)

    @cached_property
    def gradient(self) -> SlopeIndices | None:
        """How far districts of England differ from the least to the most deprived end; None for fewer than twenty.

        The index is the most deprived end less the least deprived one, people counting.
        """
        frame = self.indicator.frame
        kinds = areas.KIND_GROUPS["district"]
        last = frame[frame["kind"].isin(kinds)].dropna(subset=["value"])
        if last.empty:
            return None
        last = _limited(last[last["time"] == last["time"].max()], self.indicator).set_index("area_code")
        index = light(tables.load_sound("deprivation_area").frame)
        score = index[index["index_year"] == _INDEX].set_index("area_code")["average_score"]
        people = light(tables.load_sound("population_year").frame).dropna(subset=["persons"])
        size = people.sort_values("year").groupby("area_code")["persons"].last()
        use = last.index.intersection(score.index).intersection(size.index)
        if len(use) < _FEWEST_GRADIENT:
            return None
        order = score[use].sort_values(ascending=False, kind="stable").index
        error = ((last["upper"] - last["lower"]) / (2 * _Z)).reindex(order).to_numpy(float)
        known = bool(np.isfinite(error).all() and (error > 0).all())
        return slope_index(
            last["value"].reindex(order).to_numpy(float)[None, :],
            size.reindex(order).to_numpy(float)[None, :],
            higher_is="worse",
            standard_errors=error[None, :] if known else None,
        )

    # ------------------------------------------------------------------ devolution
    @cached_property
    def deal(self) -> tuple[str, int, frozenset[str]] | None:
        """Name, first whole year and districts (codes of today) of the earliest deal with districts in the area; None without one."""
        own, renamed = set(districts_in(self.area.code).index), new_codes()
        for row in Agreements.load().first.sort_values(["start", "name"]).to_dict("records"):
            group = frozenset(renamed.get(c, c) for c in row["districts"])
            if group & own:
                return str(row["name"]), int(row["start"]), group
        return None

    @cached_property
    def panel(self) -> Panel | None:
        """The deal's districts against districts without any deal; None where the file does not allow it (``no_panel`` says why)."""
        return self._panel[0]

    @property
    def no_panel(self) -> str:
        """Why the designs can't be run; empty where they can."""
        return self._panel[1]

    @cached_property
    def _panel(self) -> tuple[Panel | None, str]:
        if self.deal is None:
            return None, "No deal covers the area, so there is no change to look for."
        name, start, group = self.deal
        frame = self.indicator.frame
        frame = frame[frame["kind"].isin(areas.KIND_GROUPS["district"])]
        wide = frame.pivot_table(index="area_code", columns="time", values="value")
        complete = wide.dropna()
        renamed = new_codes()
        dealt = {renamed.get(c, c) for d in Agreements.load().first["districts"] for c in d}
        treated = [c for c in complete.index if c in group]
        controls = [c for c in complete.index if c not in dealt]
        times = wide.columns.to_numpy(dtype=float)
        before, after = int((times < start).sum()), int((times >= start).sum())
        if not treated or len(controls) < max(_CONTROLS, len(treated) + 1):
            return None, words.too_few(name, len(treated), len(controls), _CONTROLS)
        if before < _BEFORE or not after:
            return None, words.too_short(name, start, before, after, _BEFORE)
        kept = complete.loc[sorted([*treated, *controls])]
        status = np.outer(kept.index.isin(treated), times >= start)
        return Panel(kept.to_numpy(float), status, kept.index, kept.columns, outcome_name=self.indicator.title, unit=self.indicator.unit), ""  # fmt: skip

    @cached_property
    def battery(self) -> Battery | None:
        """The designs of devolution for the indicator; None where they can't be run."""
        return None if self.panel is None else Battery.of(self.panel)

    # ------------------------------------------------------------------ shown
    def trend_chart(self) -> Chart:
        """Draw the indicator by period, for the area and for England where the file has it."""
        rows = [self.rows.assign(who=self.area.short_name)]
        whole = self.indicator.frame[self.indicator.frame["area_code"] == ENGLAND]
        if self.area.code != ENGLAND and not whole.empty:
            rows.append(whole.dropna(subset=["value"]).assign(who="England"))
        frame = pd.concat(rows, ignore_index=True)
        months = self.indicator.form == "month"
        at = frame["time"] if months else np.floor(frame["time"])
        labels = {} if months else dict(zip(at, frame["period"].astype(str), strict=True))
        known = frame["lower"].notna().all()
        return line_chart(
            frame.assign(x=at),
            x="x",
            y="value",
            series="who",
            lower="lower" if known else None,
            upper="upper" if known else None,
            x_format=lambda v: f"{v:.0f}" if months and v == int(v) else labels.get(v, ""),
            y_format=number,
            y_from_zero=False,
            markers=True,
            caption=words.trend_caption(self),
        )

    def rank_chart(self) -> Chart | None:
        """Draw the areas of its kind around it; nothing where there are fewer than four."""
        rows = self.peers.sort_values("value", ascending=False)
        if len(rows) < _FEWEST:
            return None
        at = rows.index.get_loc(self.latest["area_code"])
        assert isinstance(at, int)
        low = max(0, min(at - 10, len(rows) - 21))
        shown = rows.iloc[low : low + 21]
        named = [areas.get(str(c)).short_name for c in shown.index]
        known = bool(shown["lower"].notna().all())
        return interval_chart(
            shown.assign(label=named),
            label="label",
            value="value",
            lower="lower" if known else None,
            upper="upper" if known else None,
            focus=[self.area.short_name],
            value_format=number,
            x_label=self.indicator.unit,
            caption=words.rank_caption(self, len(shown)),
        )

    def districts_table(self) -> Table | None:
        """Show the districts of the area; nothing where the file has none."""
        if self.districts.empty:
            return None
        whole = self.districts
        if (
            len(whole) > _MOST_ROWS
        ):  # the ends of a long list; the download has the ends only as well, the file has all
            whole = pd.concat([whole.head(_MOST_ROWS // 2), whole.tail(_MOST_ROWS // 2)])
        rows = whole.assign(name=[areas.get(c).short_name for c in whole["area_code"]])
        known = bool(rows["lower"].notna().all())
        value = (
            estimate_column("Value (95% interval)", "value", "lower", "upper")
            if known
            else made_column("Value", ["value"], number)
        )
        return page_table(
            rows[["area_code", "name", "period", "value", "lower", "upper", "numerator", "denominator"]],
            [text_column("District", "name"), value],
            table_id="indicator-districts",
            caption=words.districts_caption(self),
            source=self.indicator.source,
        )  # fmt: skip

    def designs_table(self) -> Table | None:
        """Show the effect by every design; nothing where they can't be run."""
        if self.battery is None:
            return None
        count = len(self.battery.groups)
        return page_table(
            self.battery.effects,
            [
                text_column("Design", "name"),
                made_column("Effect (95% interval)", ["effect", "lower", "upper", "reason"], words.effect),
                made_column(f"Groups with as much, of {count:,}", ["matched"], lambda m: "" if np.isnan(m) else f"{m:.0f}"),
            ],
            table_id="indicator-designs",
            caption=words.designs_caption(self),
            source=self.indicator.source,
        )  # fmt: skip

    def texts(self) -> dict[str, str]:
        """Named texts for the prose of the section."""
        return words.texts(self)


def _limited(rows: pd.DataFrame, indicator: Indicator) -> pd.DataFrame:
    """Return rows with limits: those given, or from the counts (Wilson's for shares, Byar's for rates)."""
    rows = rows.reset_index(drop=True)
    lacking = rows["lower"].isna() & rows["numerator"].notna()
    if indicator.scale is None or not lacking.any():
        return rows
    part = rows[lacking]
    top, bottom = part["numerator"].to_numpy(float), part["denominator"].to_numpy(float)
    lower: FloatArray
    upper: FloatArray
    if (
        indicator.scale <= 100
        and (indicator.frame["numerator"] <= indicator.frame["denominator"]).sum()
        == indicator.frame["numerator"].notna().sum()
    ):
        low, high = wilson_limits(top, bottom, 0.95)
        lower, upper = low[:, 0] * indicator.scale, high[:, 0] * indicator.scale
    else:
        rates = crude_rates(top, bottom, multiplier=indicator.scale).to_frame()
        lower, upper = rates["lower"].to_numpy(float), rates["upper"].to_numpy(float)
    if not indicator.crude:  # in parts of the crude rate, about the value given
        crude = indicator.scale * top / bottom
        factor = np.divide(part["value"].to_numpy(float), crude, out=np.ones_like(crude), where=crude > 0)
        lower, upper = lower * factor, upper * factor
    rows.loc[lacking, "lower"], rows.loc[lacking, "upper"] = lower, upper
    return rows  # fmt: skip


def _pooled(area: Area, indicator: Indicator) -> pd.DataFrame:
    """Return the rows of an area added up from the counts of its districts, each by the share of its people; none without counts."""
    if not indicator.counted:
        return indicator.frame.iloc[:0]
    frame = indicator.frame[indicator.frame["kind"].isin(areas.KIND_GROUPS["district"])]
    frame = frame.dropna(subset=["numerator", "denominator"])
    if frame.empty:
        return frame
    whole = with_sums(
        frame[["area_code", "period", "time", "numerator", "denominator"]],
        [area.code],
        ["period", "time"],
        ["numerator", "denominator"],
    )
    rows = whole[(whole["area_code"] == area.code)].dropna(subset=["numerator", "denominator"])
    if rows.empty:
        return indicator.frame.iloc[:0]
    assert indicator.scale is not None
    value = indicator.scale * rows["numerator"] / rows["denominator"]
    return rows.assign(value=value, kind=area.kind).reindex(columns=indicator.frame.columns)  # fmt: skip
