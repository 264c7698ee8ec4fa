"""Avoidable admissions of an area: its rate and rank with intervals, its trend since 2003/04, and areas as deprived."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from healthdevo import areas
from healthdevo.areas import Area
from healthdevo.chapters.area.admissions import words
from healthdevo.chapters.area.admissions.counts import pooled
from healthdevo.chapters.area.ground import light_sound
from healthdevo.chapters.common import (
    ENGLAND,
    UncoveredError,
    error_of_limits,
    normal_estimate,
    record,
    source_line,
)
from healthdevo.chapters.common.remembered import remembered
from healthdevo.charts import (
    Chart,
    Mark,
    Table,
    estimate_column,
    line_chart,
    page_table,
    text_column,
    value_column,
)
from healthdevo.governance import LeagueTable, league_table
from healthdevo.inequality import crude_rates
from healthdevo.results import Estimate
from healthdevo.wording import financial_year

INDEX = 2019
"""Year of the index of deprivation by which areas are similar."""
PEERS = 10
"""Areas of its kind with the most similar deprivation."""
_LEAST_YEARS = 10
"""Fewest years of published rates that make a trend, where the area goes on."""
_FEW = 20
"""Fewest areas of a kind among which similar ones are looked for."""


@dataclass(frozen=True)
class AreaAdmissions:
    """What the section on avoidable admissions says and shows."""

    area: Area
    yearly: pd.DataFrame = field(repr=False)
    deprivation: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls, area_code: str) -> AreaAdmissions:
        """Load the figures of all areas.

        Raises
        ------
        UncoveredError
            When the area has neither figures of its own nor districts with figures.
        """
        found = cls(
            areas.get(area_code),
            light_sound("chronic_admission").frame,
            light_sound("deprivation_area").frame,
        )
        if found.trend.empty:
            raise UncoveredError(
                f"there are figures of avoidable admissions for districts and what they add up to; {found.area} is neither",
                "admissions",
            )
        return found

    @cached_property
    def newest(self) -> int:
        """The latest financial year of the table."""
        return int(self.yearly["financial_year_start"].max())

    @cached_property
    def own(self) -> pd.DataFrame:
        """Published rates of the area with their 95% limits, standardised, by year; none for authorities, boards and others."""
        return self._published(self.area.code)

    def _published(self, code: str) -> pd.DataFrame:
        rows = self.yearly[self.yearly["area_code"] == code].set_index("financial_year_start")
        return rows[["rate", "lower", "upper", "admissions", "recording_break"]].sort_index()

    @cached_property
    def published(self) -> bool:
        """Whether the area has standardised rates of its own."""
        return not self.own.empty

    @cached_property
    def standardised(self) -> bool:
        """Whether the trend is that of published rates: crude counts of its districts take their place where they go back further."""
        if not self.published or self.area.code == ENGLAND:
            return self.published
        ended = self.own.index[-1] < self.newest
        return ended or len(self.own) >= _LEAST_YEARS

    @cached_property
    def trend(self) -> pd.DataFrame:
        """Rate with 95% limits, admissions and marked break by year: standardised as published, or crude from pooled counts."""
        return self.own if self.standardised else _crude(pooled(self.area.code))

    @cached_property
    def england(self) -> pd.DataFrame:
        """The same of England, on the same footing."""
        if self.standardised:
            return self._published(ENGLAND)
        rows = self.yearly[self.yearly["area_code"] == ENGLAND].set_index("financial_year_start")
        return _crude(rows[["admissions", "population", "recording_break"]])

    @cached_property
    def latest(self) -> pd.DataFrame:
        """Latest rates with limits of the area and of England (rows): published where the area has one, crude otherwise."""
        own, whole = (self.own, self._published(ENGLAND)) if self.published else (self.trend, self.england)
        last = own.index[-1]
        return pd.DataFrame([own.loc[last], whole.loc[last]], index=["area", "England"]).assign(
            year=int(last)
        )

    def change(self, of: pd.DataFrame) -> Estimate:
        """Return how a rate changed from the first year of the area to the latest."""
        ends = of.loc[[self.trend.index[0], self.trend.index[-1]]]
        error = float(np.hypot(*error_of_limits(ends)))
        return normal_estimate("change", float(ends["rate"].diff().iloc[-1]), error, unit="per 100,000")

    @cached_property
    def group(self) -> str:
        """The kind or group it is compared with: districts, upper-tier areas or regions; none for others."""
        kind = self.area.kind
        if not self.published or kind == "country" or self.own.index[-1] < self.newest:
            return ""
        wider = (group for group in areas.KINDS.group_codes[::-1] if kind in areas.KINDS.members(group))
        return "district" if kind in areas.KINDS.members("district") else next(wider, kind)

    @cached_property
    def compared(self) -> pd.DataFrame:
        """Latest rates and standard errors of the areas of its group, by code."""
        return self._all[0]

    @cached_property
    def ranks(self) -> LeagueTable:
        """Ranks of all areas of its group, the lowest rate first."""
        return self._all[1]

    @property
    def _all(self) -> tuple[pd.DataFrame, LeagueTable]:
        """The rates of the group and their ranks: of the tables, the same for every area of it, so they are remembered."""
        if self.yearly is light_sound("chronic_admission").frame:
            return _group(self.group, self.newest)
        return _ranked(self.yearly, self.group, self.newest)

    @cached_property
    def rank(self) -> dict[str, Any]:
        """Rank of the area with its limits."""
        frame = self.ranks.to_frame().set_index("label")
        return record(frame.loc[[self.area.code]])

    @cached_property
    def similar(self) -> pd.DataFrame:
        """The areas of its group whose deprivation is most like its own: ``area_code``, ``rate``, limits, ``score``; none among few."""
        if not self.group or len(self.compared) < _FEW:
            return pd.DataFrame()
        index = self.deprivation[self.deprivation["index_year"] == INDEX]
        score = index.set_index("area_code")["average_score"].reindex(self.compared.index).dropna()
        if self.area.code not in score.index:
            return pd.DataFrame()
        away = (score.drop(self.area.code) - score[self.area.code]).abs()
        nearest = away.sort_values(kind="stable").index[:PEERS]
        rows = self.yearly[self.yearly["financial_year_start"] == self.newest].set_index("area_code")
        found: pd.DataFrame = rows.loc[nearest, ["rate", "lower", "upper"]].assign(score=score[nearest])
        return found.sort_values("rate").reset_index(names="area_code")

    @property
    def breaks(self) -> list[int]:
        """Years with a marked break of recording in the area or one of its districts."""
        return [int(y) for y in self.trend.index[self.trend["recording_break"].astype(bool)]]

    def chart(self) -> Chart:
        """Draw the rate of the area and of England by year; a marked break of recording is marked."""
        own, whole = (
            frame["rate"].rename("rate").rename_axis("year").reset_index().assign(who=who)
            for frame, who in ((self.trend, self.area.short_name), (self.england, "England"))
        )
        parts = [own] if self.area.code == ENGLAND else [own, whole[whole["year"].isin(own["year"])]]
        return line_chart(
            pd.concat(parts, ignore_index=True),
            x="year",
            y="rate",
            series="who",
            marks=[Mark(self.breaks[0], "break of recording")] if self.breaks else [],
            x_format=lambda v: financial_year(int(v)),
            markers=True,
            caption=words.chart(self),
        )

    def table(self) -> Table | None:
        """Show the areas of its kind with similar deprivation; none where there are none."""
        if self.similar.empty:
            return None
        rows = self.similar.assign(name=[words.named(code) for code in self.similar["area_code"]])
        return page_table(
            rows,
            [
                text_column("Area", "name"),
                estimate_column("Admissions per 100,000", "rate", "lower", "upper"),
                value_column("Deprivation score", "score"),
            ],
            table_id="admissions-similar",
            caption=words.similar_table(self),
            source=source_line("chronic_admission", "deprivation_area"),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)


def _ranked(yearly: pd.DataFrame, group: str, year: int) -> tuple[pd.DataFrame, LeagueTable]:
    """Return rates and standard errors of the areas of a group in a year, by code, and their ranks."""
    kinds = areas.KINDS.members(group)
    members = {a.code for a in areas.registry() if a.kind in kinds}
    rows = yearly[(yearly["financial_year_start"] == year) & yearly["area_code"].isin(members)]
    rows = rows.set_index("area_code")
    rates = rows[["rate"]].assign(error=error_of_limits(rows))
    return rates, league_table(rates["rate"], rates["error"], first="lowest", draws=1000, seed=1)


@remembered()
def _group(group: str, year: int) -> tuple[pd.DataFrame, LeagueTable]:
    return _ranked(light_sound("chronic_admission").frame, group, year)


def _crude(counts: pd.DataFrame) -> pd.DataFrame:
    if counts.empty:
        return pd.DataFrame()
    rates = crude_rates(counts["admissions"].round(), counts["population"]).to_frame()
    found = rates.rename(columns={"estimate": "rate"})[["rate", "lower", "upper"]].set_index(counts.index)
    return found.assign(admissions=counts["admissions"], recording_break=counts["recording_break"])
