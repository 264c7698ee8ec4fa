"""What the main estimates hang on, and how large an effect each design could have found."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from healthdevo.chapters.common import source_line, two_figures
from healthdevo.chapters.spending import words
from healthdevo.chapters.spending.designs import WITHIN, Designs
from healthdevo.chapters.spending.words import SERVICES, for_ten_per_cent
from healthdevo.charts import Table, page_table, share_column, text_column, value_column
from healthdevo.regression import Leverage, leverage, minimum_detectable_effect, power_to_detect
from healthdevo.results import Estimate


@dataclass(frozen=True)
class Reliance:
    """Leverage and power of the estimates within councils, beside the published elasticity."""

    designs: Designs
    published: Estimate

    @cached_property
    def leverages(self) -> dict[str, Leverage]:
        """What the main estimate of each service hangs on."""
        return {s: leverage(self.designs.fits[s, "within"]) for s in SERVICES}

    def leverage_table(self) -> Table:
        """List the main estimates without single councils, years and top spenders."""
        names = self.designs.panel.drop_duplicates("area_code").set_index("area_code")["name"]
        rows: list[tuple[str, str, float]] = []
        for service, report in self.leverages.items():
            left_out: list[tuple[str, Any]] = [("nothing", report.estimate)]
            councils = report.without_area["estimate"].head(3).items()
            left_out += [(str(names.loc[str(code)]), value) for code, value in councils]
            years = report.without_year["estimate"].head(2).items()
            left_out += [(f"the year {year}", value) for year, value in years]
            tops = report.without_top["estimate"].items()
            left_out += [(words.top_spenders(int(str(count))), value) for count, value in tops]
            sets = (report.flipping_rows, report.flipping_areas)
            left_out += [(words.chosen_set(found), found.estimate) for found in sets]
            rows += [(service, what, float(value)) for what, value in left_out]
        return page_table(
            pd.DataFrame(rows, columns=["service", "left_out", "elasticity"]),
            [
                text_column("Service", "service", SERVICES),
                text_column("Left out", "left_out"),
                value_column(
                    "Elasticity", "elasticity", lambda v: two_figures(v) if np.isfinite(v) else "not found"
                ),
            ],
            table_id="leverage",
            caption=words.LEVERAGE_TABLE,
            source=source_line("area_year_panel"),
        )

    @cached_property
    def detectable(self) -> pd.DataFrame:
        """Smallest elasticity that each design within councils would find with 80 per cent probability."""
        rows = self.designs.estimates[["service", "design", "label", "standard_error"]]
        rows = rows[rows["service"].isin(list(SERVICES)) & rows["design"].isin(WITHIN)]
        found = [self.designs.coefficient(s, d) for s, d in zip(rows["service"], rows["design"], strict=True)]
        return rows.assign(
            detectable=[float(minimum_detectable_effect(c)["effect"].iloc[0]) for c in found],
            power_for_published=[power_to_detect(self.published.estimate, c) for c in found],
        )

    def detectable_table(self) -> Table:
        """Show what each design could have found."""
        return page_table(
            self.detectable,
            [
                text_column("Service", "service", SERVICES),
                text_column("Design", "label"),
                value_column(
                    "Smallest elasticity found with 80% probability",
                    "detectable",
                    lambda v: f"±{two_figures(v)}",
                ),
                value_column(
                    "Deaths for 10% more spending", "detectable", lambda v: words.fewer(for_ten_per_cent(-v))
                ),
                share_column(words.found_published(self.published), "power_for_published", 0),
            ],
            table_id="detectable",
            caption=words.detectable_table(self.published),
            source=source_line("area_year_panel", "published_estimate"),
        )
