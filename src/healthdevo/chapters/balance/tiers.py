"""What only the centre should do: where differences lie, what spills over borders, and what a place cannot know of itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.autonomy.measures import places
from healthdevo.chapters.autonomy.variation import Variation
from healthdevo.chapters.balance import words
from healthdevo.chapters.common import source_line
from healthdevo.chapters.footprint.work import LOW
from healthdevo.chapters.postcode_lottery.words import LIFE, PREVENTABLE
from healthdevo.charts import Chart, Table, page_table, share_chart, share_column, span_column, text_column
from healthdevo.claims.sources import Sources
from healthdevo.wording import percentage

_FOUR_HOURS = "four_hours"
_LEVELS = {"nhs_region_code": words.REGIONS, "icb_code": words.BODIES, "common periods": words.ALIKE}
"""Parts of the variance of waits that have a level of their own; trusts, their own changes and chance lie below it."""


@dataclass(frozen=True)
class Tiers:
    """Where health and waits differ, who works across the border, and how far shared money goes."""

    sources: Sources = field(repr=False)

    @cached_property
    def shares(self) -> pd.DataFrame:
        """Share of the variance at each level: ``what``, ``part``, ``share``, with limits where one level makes up the part."""
        rows = []
        levels = self.sources.levels.latest
        for outcome in (*LIFE.values(), PREVENTABLE):
            split = levels[outcome].frame()
            for row, part in zip(split.itertuples(), words.PARTS, strict=False):
                limits = {"lower": row.lower, "upper": row.upper}
                rows.append(
                    {"what": f"{outcome[0].upper()}{outcome[1:]}", "part": part, "share": row.share} | limits
                )
        monthly = {_FOUR_HOURS: self.sources.months[_FOUR_HOURS]}
        found = Variation(monthly, places(), self.sources.draws).found[_FOUR_HOURS].to_frame()
        found = found.assign(part=found["label"].map(_LEVELS).fillna(words.BELOW))
        for part in (*words.PARTS, words.ALIKE):
            own = found[found["part"] == part]
            alone = own.iloc[0] if len(own) == 1 else None
            rows.append(
                {
                    "what": words.WAITS,
                    "part": part,
                    "share": float(own["estimate"].sum()),
                    "lower": float("nan") if alone is None else float(alone["lower"]),
                    "upper": float("nan") if alone is None else float(alone["upper"]),
                }
            )
        return pd.DataFrame(rows)

    def share(self, what: str, part: str) -> float:
        """Return one share."""
        rows = self.shares[(self.shares["what"] == what) & (self.shares["part"] == part)]
        return float(rows["share"].iloc[0])

    @property
    def crossing(self) -> pd.Series:
        """Share of the people of each strategic authority who work beyond it, or of its workers who come from beyond: the larger."""
        return 1.0 - self.sources.work.authorities["least"]

    @property
    def markets(self) -> tuple[int, int]:
        """Strategic authorities that are labour markets of their own, and all."""
        least = self.sources.work.authorities["least"]
        return int((least >= LOW).sum()), len(least)

    def chart(self) -> Chart:
        """Draw where differences lie."""
        return share_chart(
            self.shares, label="what", part="part", share="share", caption=words.tiers_chart(self)
        )

    def table(self) -> Table:
        """Show the shares with their intervals."""
        return page_table(
            self.shares,
            [
                text_column("What differs", "what"),
                text_column("Where", "part"),
                share_column("Share of the differences", "share", 0),
                span_column("95% interval", show=lambda v: percentage(v, 0)),
            ],
            table_id="tiers",
            caption=words.TIERS_TABLE,
            source=source_line("life_expectancy_area", "under_75_mortality", "emergency_provider_month"),
        )
