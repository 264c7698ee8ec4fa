"""Section on results: whether areas that are labour markets of their own do better."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd
from scipy.stats import pearsonr, ttest_ind

from healthdevo.chapters.common import rounded, source_line
from healthdevo.chapters.footprint import words
from healthdevo.chapters.footprint.borders import Borders, people_of_districts
from healthdevo.chapters.footprint.flows import TODAY, Flows, containment_table, regions_of
from healthdevo.chapters.footprint.outcomes import outcomes
from healthdevo.charts import Table, estimate_column, made_column, page_table, text_column
from healthdevo.governance import border_overlap
from healthdevo.wording import with_interval

TIERS = (("upper_tier", "Upper-tier councils"), ("icb", "Boards since April 2026"))


@dataclass(frozen=True)
class Results:
    """Self-containment against outcomes, level and change."""

    flows: Flows = field(repr=False)
    people: pd.Series = field(repr=False)

    @classmethod
    def load(cls, flows: Flows) -> Results:
        """Load what the section needs."""
        return cls(flows, people_of_districts())

    def areas_of(self, kind: str, *, london: bool = True) -> pd.DataFrame:
        """Return self-containment and outcomes of a kind's areas, means of their districts by people."""
        regions = regions_of(kind)
        if not london:
            regions = regions[~regions["area_code"].str.startswith("E09")]
            regions = regions[
                ~regions["region"].isin(regions_of(kind).query("area_code.str.startswith('E09')")["region"])
            ]
        least = containment_table(self.flows.main, regions)["least"]
        weight = regions["share"] * regions["area_code"].map(self.people)
        means = {}
        for name, values in outcomes().items():
            known = regions.assign(weight=weight, value=regions["area_code"].map(values)).dropna()
            by = known.groupby("region")
            means[str(name)] = (known["value"] * known["weight"]).groupby(known["region"]).sum() / by[
                "weight"
            ].sum()
        return pd.DataFrame({"least": least, **means}).dropna()

    @cached_property
    def table(self) -> pd.DataFrame:
        """Correlations with 95% intervals (Fisher)."""
        rows = []
        for kind, title in TIERS:
            for london in (True, False):
                found = self.areas_of(kind, london=london)
                for outcome in words.OUTCOMES:
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

    @cached_property
    def shared(self) -> pd.DataFrame:
        """Strategic authorities with a board of the same border less the others: difference of means of each outcome, with Welch's interval."""
        found = border_overlap(Borders(self.people).pairs("combined_authority", TODAY)).table
        same = set(found.loc[found["same"], "first"])
        rows = self.areas_of("combined_authority")
        inside = rows.index.isin(same)
        told = []
        for outcome in words.OUTCOMES:
            test = ttest_ind(rows.loc[inside, outcome], rows.loc[~inside, outcome], equal_var=False)
            i = test.confidence_interval(0.95)
            told.append(
                {
                    "outcome": outcome,
                    "n": int(inside.sum()),
                    "others": int((~inside).sum()),
                    "estimate": float(rows.loc[inside, outcome].mean() - rows.loc[~inside, outcome].mean()),
                    "lower": float(i.low),
                    "upper": float(i.high),
                }
            )
        return pd.DataFrame(told)

    @staticmethod
    def smallest(n: int) -> float:
        """Return the smallest correlation that n areas would show four times in five (Fisher's transformation).

        >>> round(Results.smallest(36), 2)
        0.45
        """
        return float(np.tanh((1.959964 + 0.841621) / np.sqrt(n - 3)))

    def shared_table(self) -> Table:
        """Show the difference between authorities that share a border with their board and others."""
        return page_table(
            self.shared,
            [
                text_column("Outcome", "outcome", words.OUTCOMES),
                text_column("Same border", "n"),
                text_column("Others", "others"),
                estimate_column("Difference of means (95% interval)"),
            ],
            table_id="shared-border-results",
            caption=words.SHARED,
            source=source_line(
                "life_expectancy_area", "chronic_admission", "under_75_mortality", "population_year"
            ),
        )

    def page_table(self) -> Table:
        """Show the correlations, with London and without beside each other."""
        rows = self.table.assign(tier=self.table["kind"].map(dict(TIERS)))
        first, rest = (
            rows[rows["london"] == with_it].set_index(["tier", "outcome"]) for with_it in (True, False)
        )
        values = ["n", "correlation", "lower", "upper"]
        both = first[values].join(rest[values], rsuffix="_without").reset_index()

        def told(correlation: float, lower: float, upper: float) -> str:
            return with_interval(correlation, lower, upper, lambda v: rounded(v, 2))

        return page_table(
            both,
            [
                text_column("Areas", "tier"),
                text_column("Outcome", "outcome", words.OUTCOMES),
                made_column("With London (95% interval)", ["correlation", "lower", "upper"], told),
                made_column(
                    "Without London (95% interval)",
                    ["correlation_without", "lower_without", "upper_without"],
                    told,
                ),
                made_column(
                    "Areas with and without", ["n", "n_without"], lambda n, n_without: f"{n}, {n_without}"
                ),
            ],
            table_id="footprint-results",
            caption=words.RESULTS,
            source=source_line(
                "commuting_2011",
                "life_expectancy_area",
                "chronic_admission",
                "under_75_mortality",
                "population_year",
            ),
        )
