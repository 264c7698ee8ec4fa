"""Do areas where councils spent less see more avoidable admissions? The chapter's regressions on this outcome, with all their checks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import tables
from healthdevo.chapters.common import signed_percent, source_line
from healthdevo.chapters.spending import admissions_words as words
from healthdevo.chapters.spending.checks import Checks
from healthdevo.chapters.spending.curve import Curves
from healthdevo.chapters.spending.designs import COLUMNS, DESIGNS, WITHIN, Designs
from healthdevo.chapters.spending.words import ADULT, ALL_SERVICES, PUBLIC_HEALTH, SERVICES, for_ten_per_cent
from healthdevo.charts import Chart, Table, interval_chart, page_table
from healthdevo.regression import Coefficient, Leverage, adjust_p_values, leverage, minimum_detectable_effect

OUTCOME = "avoidable_admissions"
"""Rate of avoidable emergency admissions, standardised by age and sex, of upper-tier areas."""
TABLES = ("area_year_panel", "chronic_admission")


def with_admissions(panel: pd.DataFrame) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Return the panel with the rate of avoidable admissions, without areas with a marked break of recording, and these.

    >>> from healthdevo.chapters.common import named_panel
    >>> frame, left = with_admissions(named_panel())
    >>> "E08000003" in set(frame["area_code"]), "E09000030" in left
    (True, True)
    """
    rows = tables.load("chronic_admission").rename(columns={"financial_year_start": "year", "rate": OUTCOME})
    broken = set(rows.loc[rows["recording_break"], "area_code"])
    left = tuple(sorted(broken & set(panel["area_code"])))
    kept = panel[~panel["area_code"].isin(left)]
    keys = ["area_code", "year"]
    return kept.merge(rows[[*keys, OUTCOME]], on=keys, how="left", validate="1:1"), left


@dataclass(frozen=True)
class Admissions:
    """Elasticities of avoidable admissions with respect to council spending, by service and design."""

    panel: pd.DataFrame = field(repr=False)
    left_out: tuple[str, ...]
    draws: int = 200

    @classmethod
    def of(cls, panel: pd.DataFrame, draws: int = 200) -> Admissions:
        """Return the section on the chapter's panel; ``draws`` permutations of the joint test."""
        frame, left = with_admissions(panel)
        return cls(frame, left, draws)

    @cached_property
    def designs(self) -> Designs:
        """Every design for every service."""
        return Designs(self.panel, OUTCOME)

    @cached_property
    def curves(self) -> Curves:
        """Every defensible choice."""
        return Curves(self.panel, self.draws, OUTCOME)

    @cached_property
    def checks(self) -> Checks:
        """Money not yet spent, and outcomes that cannot change."""
        return Checks(self.panel, OUTCOME)

    def main(self, service: str) -> Coefficient:
        """Return the elasticity within councils over time."""
        return self.designs.coefficient(service, "within")

    @cached_property
    def leverages(self) -> dict[str, Leverage]:
        """What the main estimate of each service hangs on."""
        return {s: leverage(self.designs.fits[s, "within"]) for s in SERVICES}

    @cached_property
    def adjusted(self) -> pd.DataFrame:
        """p-values of the main design for every service, adjusted for their number (Holm)."""
        return adjust_p_values({s: self.main(s).p_value for s in ALL_SERVICES})

    def detectable(self, service: str) -> float:
        """Return the smallest elasticity that the main design would find with 80 per cent probability."""
        return float(minimum_detectable_effect(self.main(service))["effect"].iloc[0])

    def chart(self) -> Chart:
        """Draw what ten per cent more spending goes with, by service and design within councils, and between them."""
        keys = ("between", "need", *WITHIN)
        rows = self.designs.estimates
        rows = rows[rows["design"].isin(keys) & rows["service"].isin([PUBLIC_HEALTH, ADULT])]
        shown = {"percent": "elasticity", "low": "lower", "high": "upper"}
        data = rows.assign(
            **{name: 100 * rows[c].map(for_ten_per_cent) for name, c in shown.items()},
            label=[
                f"{SERVICES[s].capitalize()}: {DESIGNS[d][0].lower()}"
                for s, d in zip(rows["service"], rows["design"], strict=True)
            ],
        )
        inside = data.loc[data["design"].isin(WITHIN), "label"].tolist()
        return interval_chart(
            data,
            label="label",
            value="percent",
            lower="low",
            upper="high",
            focus=inside,
            reference=0.0,
            reference_text="no link",
            value_format=signed_percent,
            x_label="avoidable admissions for 10% more spending",
            caption=words.chart(self),
        )

    def table(self) -> Table:
        """Show every design in numbers."""
        return page_table(
            self.designs.estimates,
            COLUMNS,
            table_id="admissions-designs",
            caption=words.TABLE,
            source=source_line(*TABLES),
        )

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)
