"""Was it on its way already? The gap over fourteen years, its pace from several first years, and how much of a trend goes on."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.common import source_line, straight_line
from healthdevo.chapters.devolution.avoidable import words
from healthdevo.chapters.devolution.avoidable.ccgs import CAUSES, Ccgs
from healthdevo.chapters.devolution.avoidable.readings import Readings
from healthdevo.chapters.devolution.designs import placebo_of
from healthdevo.chapters.devolution.paces import gap_paths, paces, paces_table, slopes
from healthdevo.chapters.devolution.panels import HEALTH_DEAL
from healthdevo.charts import Chart, Mark, Table, line_chart
from healthdevo.evaluation import PlaceboTest, PretrendPlaceboTest, pretrend_placebo_test
from healthdevo.wording import number

FIRST, TURN, LAST = 2005, 2010, HEALTH_DEAL - 1
"""The first year, the first year of the main outcome, and the last year before the deal."""


@dataclass(frozen=True)
class Trends:
    """How the gaps in preventable and treatable deaths moved in the ten years before the deal, and after it."""

    readings: Readings = field(repr=False)

    @property
    def ccgs(self) -> Ccgs:
        """The panels."""
        return self.readings.ccgs

    @cached_property
    def slopes(self) -> pd.DataFrame:
        """Slope of the gap a year by cause: ``early`` (2005 to 2010), ``late`` (2010 to 2014) and ``after``."""
        spans = {"early": (FIRST, TURN), "late": (TURN, LAST), "after": (LAST, 2018)}
        rows = {}
        for cause, panel in self.ccgs.panels.items():
            own, years = gap_paths(panel, self.ccgs.blocks)[:1], np.asarray(panel.periods, dtype=float)
            rows[cause] = {name: float(slopes(own, years, *ends)[0]) for name, ends in spans.items()}
        return pd.DataFrame.from_dict(rows, orient="index")

    @cached_property
    def before(self) -> dict[str, PretrendPlaceboTest]:
        """Slope of the gap over the ten years before the deal, a year, among those of blocks, by cause."""
        return {c: pretrend_placebo_test(p, self.ccgs.blocks) for c, p in self.ccgs.panels.items()}

    @cached_property
    def paces(self) -> dict[str, pd.DataFrame]:
        """How much the gap closed a year before and after the deal from each first year, by cause."""
        return {
            cause: paces(panel, self.ccgs.blocks, last=LAST, firsts=range(FIRST, TURN + 1))
            for cause, panel in self.ccgs.panels.items()
        }

    @cached_property
    def five_years(self) -> dict[str, PlaceboTest]:
        """The earlier trend carried on in full from the years since 2010 alone, by cause."""
        result = {}
        for cause, panel in self.ccgs.panels.items():
            recent = np.asarray(np.asarray(panel.periods) >= TURN, dtype=np.bool_)
            result[cause] = placebo_of(panel.select(periods=recent), "trend", self.ccgs.blocks)
        return result

    def gap_chart(self) -> Chart:
        """Draw the gaps in preventable and treatable deaths, each with its line before the deal carried on."""
        parts: list[pd.DataFrame] = []
        labels: dict[str, str] = {}
        for cause in ("preventable", "treatable"):
            gap = self.ccgs.gaps[cause].reset_index(name="value")
            intercept, slope = straight_line(gap[gap["year"] < HEALTH_DEAL], "year", "value")
            line = gap.assign(value=intercept + slope * gap["year"])
            parts += [gap.assign(series=cause), line.assign(series=f"{cause}, earlier trend carried on")]
            labels |= {cause: cause, f"{cause}, earlier trend carried on": "earlier trend\ncarried on"}
        return line_chart(
            pd.concat(parts, ignore_index=True),
            x="year",
            y="value",
            series="series",
            labels=labels,
            marks=[Mark(HEALTH_DEAL - 0.15, "agreement")],
            x_format=lambda v: f"{v:.0f}",
            y_format=number,
            markers=True,
            caption=words.gap_chart(self),
        )

    def paces_table(self, cause: str) -> Table:
        """Show the pace of closing before and after by first year."""
        return paces_table(
            self.paces[cause],
            f"closing-{cause}",
            words.CLOSING.format(cause=CAUSES[cause].lower()),
            source_line("avoidable_mortality_ccg", "ccg_district"),
        )
