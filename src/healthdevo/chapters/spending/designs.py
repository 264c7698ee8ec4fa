"""The same regression under every design, side by side: between councils, and the same council over time."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from healthdevo.chapters.common import (
    BEFORE_PANDEMIC,
    NEED,
    OUTCOME,
    fit_panel,
    lower_upper,
    name_at,
    percent_changes,
    signed_percent,
    source_line,
    straight_line,
    two_figures,
)
from healthdevo.chapters.spending import words
from healthdevo.chapters.spending.words import ALL_SERVICES, PUBLIC_HEALTH, SERVICES, for_ten_per_cent
from healthdevo.charts import (
    Chart,
    Table,
    interval_chart,
    page_table,
    scatter_chart,
    span_column,
    text_column,
    value_column,
)
from healthdevo.regression import Coefficient, PanelFit
from healthdevo.wording import p_value

AGE_WORK_INCOME = ("share_65_plus", "claimant_rate", "household_income_per_head")
_BETWEEN = {"effects": "between", "errors": "HC3"}
_SAME_COUNCIL = {"effects": "two-way", "errors": "CR2"}
DESIGNS: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "years": ("Councils compared, by year", {"effects": "year"}),
    "between": ("Council averages compared", _BETWEEN),
    "need": ("Averages, given need and age", {**_BETWEEN, "controls": NEED}),
    "within": ("Same council over time", _SAME_COUNCIL),
    "within_controls": ("Same council, with controls", {**_SAME_COUNCIL, "controls": AGE_WORK_INCOME}),
    "lagged": ("Same council, a year later", {**_SAME_COUNCIL, "lags": 1}),
    "before_pandemic": ("Same council, to 2019", {**_SAME_COUNCIL, "last": BEFORE_PANDEMIC}),
    "difference": ("Change on the year before", {"effects": "first-difference-year", "errors": "CR2"}),
    "long": ("Change from first to last year", {"effects": "long-difference", "errors": "HC3"}),
}
"""Designs by key: label, and what is asked of the regression."""
WITHIN = ("within", "within_controls", "lagged", "before_pandemic", "difference", "long")
"""Those that follow the same council."""

COLUMNS = [
    text_column("Service", "service", ALL_SERVICES),
    text_column("Design", "label"),
    value_column("Elasticity", "elasticity", two_figures),
    span_column("95% interval", show=two_figures),
    value_column("p", "p_value", p_value),
    value_column("Rows", "rows", "{:,.0f}".format),
    value_column("Councils", "councils", "{:.0f}".format),
]
"""Columns of a table of designs."""


@dataclass(frozen=True)
class Designs:
    """Elasticities of preventable mortality, or of another ``outcome``, with respect to spending, by service and design.

    The panel is table ``area_year_panel``, with a column for the outcome.
    """

    panel: pd.DataFrame = field(repr=False)
    outcome: str = OUTCOME

    @cached_property
    def sample(self) -> pd.DataFrame:
        """Rows with an outcome and spending on both services."""
        return self.panel.dropna(subset=[self.outcome, *SERVICES])

    @cached_property
    def fits(self) -> dict[tuple[str, str], PanelFit]:
        """Every design for every service, by service and key of the design."""
        return {
            (service, key): fit_panel(self.panel, service, outcome=self.outcome, **options)
            for service in ALL_SERVICES
            for key, (_, options) in DESIGNS.items()
        }

    def coefficient(self, service: str, design: str) -> Coefficient:
        """Return the elasticity of a service under a design."""
        fit = self.fits[service, design]
        return fit[fit.focal]

    @cached_property
    def estimates(self) -> pd.DataFrame:
        """Elasticities by service and design, with intervals."""
        rows = []
        for (service, key), fit in self.fits.items():
            c = fit[fit.focal]
            row = {"service": service, "design": key, "label": DESIGNS[key][0], "elasticity": c.estimate}
            row |= {"standard_error": c.standard_error, **lower_upper(c), "p_value": c.p_value}
            rows.append(row | {"rows": fit.n, "councils": fit.areas, "method": fit.method})
        return pd.DataFrame(rows)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """Relative change of spending and mortality of each council from the first to the last year before the pandemic."""
        return percent_changes(self.sample, [OUTCOME, *SERVICES], int(self.sample["year"].min()))

    def change_chart(self, service: str = PUBLIC_HEALTH) -> Chart:
        """Change of spending against change of mortality, council by council."""
        data = self.changes
        return scatter_chart(
            data,
            x=service,
            y=OUTCOME,
            label="name",
            named=[name_at(data, service, -1), name_at(data, service, 0)],
            line=straight_line(data, service, OUTCOME),
            zero=True,
            x_format=signed_percent,
            y_format=signed_percent,
            x_label=f"change in {SERVICES[service]} spending per head",
            y_label="change in preventable deaths",
            caption=words.changes(self, service),
        )

    def chart(self, service: str = PUBLIC_HEALTH) -> Chart:
        """Draw the elasticity of one service by design."""
        data = self.estimates[self.estimates["service"] == service]
        shown = {"percent": "elasticity", "low": "lower", "high": "upper"}
        data = data.assign(**{name: 100 * data[c].map(for_ten_per_cent) for name, c in shown.items()})
        return interval_chart(
            data,
            label="label",
            value="percent",
            lower="low",
            upper="high",
            focus=[DESIGNS[key][0] for key in WITHIN],
            reference=0.0,
            reference_text="no link",
            value_format=signed_percent,
            x_label=f"preventable deaths for 10% more {SERVICES[service]} spending",
            caption=words.designs(self, service, [self.coefficient(service, key) for key in WITHIN]),
        )

    def table(self) -> Table:
        """Every design in numbers."""
        return page_table(
            self.estimates,
            COLUMNS,
            table_id="designs",
            caption=words.DESIGNS_TABLE,
            source=source_line("area_year_panel"),
        )
