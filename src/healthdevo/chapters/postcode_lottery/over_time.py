"""Section on how the levels moved over time."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import charts
from healthdevo.chapters.common import in_percent, period_tick
from healthdevo.chapters.postcode_lottery import words
from healthdevo.chapters.postcode_lottery.levels import Levels
from healthdevo.wording import financial_year


@dataclass(frozen=True)
class OverTime:
    """Parts of the variance in every period."""

    levels: Levels = field(repr=False)

    @cached_property
    def life(self) -> pd.DataFrame:
        """Shares of the variance of life expectancy, men and women averaged."""
        frames = pd.concat([s.frame() for s in self.levels.life.values()])
        parts = frames.groupby(["part", "start"], observed=True, sort=False)
        return in_percent(parts[["share", "lower", "upper"]].mean(), "share").reset_index()

    def life_chart(self) -> charts.Chart:
        """Shares of the variance of life expectancy over time."""
        return charts.line_chart(
            self.life,
            x="start",
            y="percent",
            series="part",
            lower="low",
            upper="high",
            markers=True,
            labels=words.labels("regions", "districts", "inside\ndistricts"),
            x_format=period_tick,
            y_format="{:g}%".format,
            caption=words.life_over_time(self),
        )

    @cached_property
    def mortality(self) -> pd.DataFrame:
        """Spread of preventable deaths at each level over time, the two editions apart."""
        frames = pd.concat([s.frame() for s in self.levels.mortality.values()], ignore_index=True)
        variance = frames["standard_deviation"] ** 2 * frames["share"]
        return frames.assign(spread=np.sqrt(variance.clip(lower=0.0)))

    def mortality_chart(self) -> charts.Chart:
        """Spread of preventable deaths at each level over time."""
        return charts.line_chart(
            self.mortality,
            x="start",
            y="spread",
            series="part",
            segment="edition",
            labels=words.labels("regions", "authorities", "between\ndistricts of\nan authority"),
            spans=[charts.Span(2019.5, 2021.5, "pandemic")],
            x_format="{:.0f}".format,
            caption=words.mortality_over_time(self),
        )

    @cached_property
    def between_regions(self) -> pd.DataFrame:
        """Share of the variance of A&E use and spending between regions, in per cent; a row for each year, missing or not."""
        o = self.levels.over_time
        rows = o[o["outcome"].isin(words.REGIONAL) & (o["part"] == words.REGIONS)]
        wide = 100 * rows.pivot_table(index="start", columns="outcome", values="share")
        years = pd.RangeIndex(wide.index.min(), wide.index.max() + 1, name="start")
        return wide.reindex(years)[list(words.REGIONAL)]

    def regions_chart(self) -> charts.Chart:
        """Share of the variance that lies between regions, A&E and spending, year by year."""
        return charts.line_chart(
            self.between_regions.melt(ignore_index=False, value_name="percent").reset_index(),
            x="start",
            y="percent",
            series="outcome",
            labels=words.REGIONAL,
            markers=True,
            x_format=lambda v: financial_year(round(v)),
            y_format="{:g}%".format,
            caption=words.regions_over_time(self),
        )
