"""Was it on its way already? The event study, the earlier trend carried on, and further checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo.chapters.common import straight_line, under_75
from healthdevo.chapters.devolution import words
from healthdevo.chapters.devolution.designs import any_design
from healthdevo.chapters.devolution.mortality import SideBySide
from healthdevo.chapters.devolution.panels import HEALTH_DEAL
from healthdevo.charts import Chart, effect_path_chart
from healthdevo.evaluation import (
    EventStudy,
    NoiseFloor,
    SensitivityBounds,
    event_study,
    in_time,
    noise_floor,
    sensitivity_of_event_study,
)


@dataclass(frozen=True)
class PreTrends:
    """How everyone's preventable deaths moved before the agreement that the designs judge."""

    designs: SideBySide = field(repr=False)

    @cached_property
    def study(self) -> EventStudy:
        """The event study of everyone's deaths, in reference to 2014."""
        return event_study(self.designs.mortality.panels["persons"])

    @cached_property
    def path(self) -> pd.DataFrame:
        """Event-study effects by year with intervals; 2014 is the reference."""
        table = self.study.coefficients
        assert table is not None
        known = table["relative"] != -1
        return pd.DataFrame(
            {
                "year": HEALTH_DEAL + table["relative"].astype(int),
                "effect": table["effect"],
                "lower": table["lower_0.95"].where(known),
                "upper": table["upper_0.95"].where(known),
            }
        ).reset_index(drop=True)

    @cached_property
    def earlier_line(self) -> tuple[float, float]:
        """Intercept and slope of the straight line through the event-study effects before 2015."""
        before = self.path[self.path["year"] < HEALTH_DEAL]
        return straight_line(before, "year", "effect")

    @cached_property
    def bounds(self) -> SensitivityBounds:
        """How far trends may have differed after 2014 before the sign of the effect is lost."""
        return sensitivity_of_event_study(self.study)

    @cached_property
    def made_up_starts(self) -> pd.DataFrame:
        """Effects of made-up starts before the real one."""
        return in_time(self.designs.mortality.panels["persons"], "did", starts=[2012, 2013, 2014])

    @cached_property
    def trend_without_2013(self) -> float:
        """The effect less own earlier trends when the year 2013 is left out."""
        panel = self.designs.mortality.outcomes["persons"].panel(without_periods=(2013,))
        return any_design(panel, "trend").estimate

    @cached_property
    def floor(self) -> NoiseFloor:
        """What counting deaths alone leaves in the synthetic difference-in-differences effect, about.

        Deaths are taken as the rate times the people under 75 of 2017, as if the rate were a crude one.
        """
        panel, people = self.designs.mortality.panels["persons"], under_75(self.designs.mortality.population)
        young = people[people["year"] == 2017].set_index("area_code")["persons"].reindex(panel.areas)
        sizes = young.fillna(float(young.median())).to_numpy(dtype=float)
        deaths = panel.outcome * sizes[:, None] / 1e5
        effect = self.designs.own_intervals["persons"]["sdid"]
        return noise_floor(panel, panel.outcome / np.sqrt(deaths), effect)

    def event_chart(self) -> Chart:
        """Draw the event study with the earlier line carried on."""
        return effect_path_chart(
            self.path,
            period="year",
            effect="effect",
            lower="lower",
            upper="upper",
            start=HEALTH_DEAL,
            start_text="agreement",
            line=self.earlier_line,
            line_until=float(self.path["year"].iloc[-1]),
            line_text="earlier trend carried on",
            flagged=[2013.0],
            x_format=lambda v: f"{v:.0f}",
            y_label="deaths per 100,000 in reference to 2014",
            caption=words.event_chart(self),
        )
