"""Section on results: whether areas that are labour markets of their own do better."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import pearsonr

from healthdevo.chapters.common import source_line
from healthdevo.chapters.footprint import words
from healthdevo.chapters.footprint.borders import people_of_districts
from healthdevo.chapters.footprint.flows import Flows, containment_table, regions_of
from healthdevo.chapters.footprint.size import life_expectancy
from healthdevo.charts import Table, page_table, span_column, text_column, value_column

FIRST = 2015
TIERS = (("upper_tier", "Upper-tier councils"), ("icb", "Boards since April 2026"))


@dataclass(frozen=True)
class Results:
    """Self-containment against life expectancy, level and change."""

    flows: Flows = field(repr=False)
    people: pd.Series = field(repr=False)

    @classmethod
    def load(cls, flows: Flows) -> Results:
        """Load what the section needs."""
        return cls(flows, people_of_districts())

    def areas_of(self, kind: str, *, london: bool = True) -> pd.DataFrame:
        """Return self-containment, life expectancy and its change of a kind's areas, by people of their districts."""
        regions = regions_of(kind)
        if not london:
            regions = regions[~regions["area_code"].str.startswith("E09")]
            regions = regions[
                ~regions["region"].isin(regions_of(kind).query("area_code.str.startswith('E09')")["region"])
            ]
        least = containment_table(self.flows.main, regions)["least"]
        latest, first = life_expectancy(), life_expectancy(FIRST)
        rows = regions.assign(
            weight=regions["share"] * regions["area_code"].map(self.people),
            level=regions["area_code"].map(latest),
            change=regions["area_code"].map(latest - first),
        ).dropna()
        weight = rows.groupby("region")["weight"].sum()
        means = {
            c: (rows[c] * rows["weight"]).groupby(rows["region"]).sum() / weight for c in ("level", "change")
        }
        return pd.DataFrame({"least": least, **means}).dropna()

    @cached_property
    def table(self) -> pd.DataFrame:
        """Correlations with 95% intervals (Fisher)."""
        rows = []
        for kind, title in TIERS:
            for london in (True, False):
                found = self.areas_of(kind, london=london)
                for outcome in ("level", "change"):
                    r = pearsonr(found["least"], found[outcome])
                    low, high = r.confidence_interval(0.95)
                    rows.append(
                        {
                            "areas": f"{title}{'' if london else ', without London'}",
                            "kind": kind,
                            "london": london,
                            "outcome": outcome,
                            "n": len(found),
                            "correlation": float(r.statistic),
                            "lower": float(low),
                            "upper": float(high),
                        }
                    )
        return pd.DataFrame(rows)

    @staticmethod
    def smallest(n: int) -> float:
        """Return the smallest correlation that n areas would show four times in five (Fisher's transformation).

        >>> round(Results.smallest(36), 2)
        0.45
        """
        return float(np.tanh((1.959964 + 0.841621) / np.sqrt(n - 3)))

    def page_table(self) -> Table:
        """Show the correlations."""
        return page_table(
            self.table,
            [
                text_column("Areas", "areas"),
                text_column("Life expectancy", "outcome", words.OUTCOMES),
                text_column("Number", "n"),
                value_column(
                    "Correlation with self-containment", "correlation", lambda v: f"{v:.2f}".replace("-", "−")
                ),
                span_column("95% interval", show=lambda v: f"{v:.2f}".replace("-", "−")),
            ],
            table_id="footprint-results",
            caption=words.RESULTS,
            source=source_line("commuting_2011", "life_expectancy_area", "population_year"),
        )
