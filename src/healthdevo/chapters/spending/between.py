"""Councils compared with one another: the cross-section, year by year, and how far need explains it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from healthdevo.chapters.common import NEED, OUTCOME, fit_panel, lower_upper, name_at, pounds, straight_line
from healthdevo.chapters.spending import words
from healthdevo.chapters.spending.designs import Designs
from healthdevo.chapters.spending.words import PUBLIC_HEALTH, SERVICES
from healthdevo.charts import Chart, line_chart, scatter_chart
from healthdevo.regression import SelectionBounds, selection_bounds_of_fit


@dataclass(frozen=True)
class Between:
    """The comparison between councils, on the panel of the designs."""

    designs: Designs

    @cached_property
    def averages(self) -> pd.DataFrame:
        """Mean spending and mortality of each council over the years observed."""
        groups = self.designs.sample.groupby(["area_code", "name"], as_index=False)
        return groups[[OUTCOME, *SERVICES]].mean()

    def chart(self, service: str = PUBLIC_HEALTH) -> Chart:
        """Council averages of spending and preventable mortality."""
        data = self.averages
        line = straight_line(data, service, OUTCOME)
        ends = [name_at(data, service, -1), name_at(data, service, 0), name_at(data, OUTCOME, -1)]
        return scatter_chart(
            data,
            x=service,
            y=OUTCOME,
            label="name",
            named=list(dict.fromkeys(ends)),
            line=line,
            x_format=pounds,
            x_label=f"{SERVICES[service]} spending per head",
            y_label="preventable deaths per 100,000",
            caption=words.cross_section(self, service, line[1]),
        )

    @cached_property
    def yearly(self) -> pd.DataFrame:
        """The elasticity between councils in each single year."""
        rows = []
        for service, name in SERVICES.items():
            for year, part in self.designs.sample.groupby("year"):
                c = fit_panel(part, service, effects="pooled", errors="HC3")[f"log({service})"]
                rows.append({"service": name, "year": year} | lower_upper(c, value="elasticity"))
        return pd.DataFrame(rows)

    def yearly_chart(self) -> Chart:
        """Draw the elasticity between councils in each single year."""
        return line_chart(
            self.yearly,
            x="year",
            y="elasticity",
            series="service",
            lower="lower",
            upper="upper",
            markers=True,
            x_format=lambda v: f"{v:.0f}",
            caption=words.year_by_year(self.yearly),
        )

    @cached_property
    def bounds(self) -> dict[str, SelectionBounds]:
        """How strong unmeasured need would have to be, against measured need, to explain the cross-section away."""
        fits = {s: fit_panel(self.designs.panel, s, effects="year", controls=NEED) for s in SERVICES}
        return {s: selection_bounds_of_fit(fit, r2_max=1.0) for s, fit in fits.items()}
