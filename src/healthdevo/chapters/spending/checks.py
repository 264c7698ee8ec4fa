"""Checks that a cause would pass: money not yet spent, outcomes that cannot change, many tests at once."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.common import OUTCOME, cell, fit_panel, lower_upper, source_line, two_figures
from healthdevo.chapters.spending import words
from healthdevo.chapters.spending.words import ALL_SERVICES, CANNOT_CHANGE, SERVICES
from healthdevo.charts import Table, page_table, span_column, text_column, value_column
from healthdevo.regression import (
    PlaceboOutcomes,
    PreTrends,
    adjust_p_values,
    placebo_outcomes,
    pre_trends,
    romano_wolf,
)
from healthdevo.wording import p_value

_OUTCOMES = {
    OUTCOME: "preventable deaths",
    "healthy_life_expectancy_male": "healthy life expectancy, men",
    "healthy_life_expectancy_female": "healthy life expectancy, women",
}


@dataclass(frozen=True)
class Checks:
    """Placebos, leads and the number of tests, from table ``area_year_panel``."""

    panel: pd.DataFrame = field(repr=False)
    outcome: str = OUTCOME

    @cached_property
    def leads(self) -> dict[str, PreTrends]:
        """Whether spending of the next two years goes with this year's mortality."""
        return {
            s: pre_trends(self.panel, outcome=self.outcome, regressor=s, area="area_code", logs=True)
            for s in SERVICES
        }

    @cached_property
    def placebos(self) -> dict[str, PlaceboOutcomes]:
        """The main design for outcomes that spending cannot change."""
        return {
            s: placebo_outcomes(
                self.panel,
                outcomes=[self.outcome],
                placebos=list(CANNOT_CHANGE),
                regressor=s,
                area="area_code",
                logs=True,
                draws=999,
                seed=7,
            )
            for s in SERVICES
        }

    def placebo_table(self) -> Table:
        """Estimates for outcomes that spending cannot change."""
        parts = [p.table.assign(service=s).reset_index() for s, p in self.placebos.items()]
        return page_table(
            pd.concat(parts, ignore_index=True),
            [
                text_column("Service", "service", SERVICES),
                text_column("Outcome", "outcome", {**_OUTCOMES, **CANNOT_CHANGE}),
                text_column("Can spending change it?", "placebo", {True: "no", False: "perhaps"}),
                value_column("Elasticity", "estimate", two_figures),
                span_column("95% interval", "lower_95", "upper_95", two_figures),
                value_column("p", "p_value", p_value),
                value_column("p, adjusted", "romano_wolf", p_value),
            ],
            table_id="placebo",
            caption=words.PLACEBO_TABLE,
            source=source_line("area_year_panel"),
        )

    @cached_property
    def family(self) -> pd.DataFrame:
        """Services by outcomes in the main design, with p-values adjusted for their number."""
        pairs = {f"{s} -> {o}": (s, o) for s in ALL_SERVICES for o in _OUTCOMES}
        fits = {label: fit_panel(self.panel, s, outcome=o) for label, (s, o) in pairs.items()}
        stepdown = romano_wolf(fits, draws=999, seed=3)
        holm = adjust_p_values({label: fit[fit.focal].p_value for label, fit in fits.items()})
        found = {label: fit[fit.focal] for label, fit in fits.items()}
        rows = [
            {"service": service, "outcome": outcome, "outcome_name": _OUTCOMES[outcome]}
            | lower_upper(found[label], value="elasticity")
            | {"p_value": found[label].p_value}
            | {"holm": cell(holm, label, "adjusted"), "romano_wolf": cell(stepdown, label, "adjusted")}
            for label, (service, outcome) in pairs.items()
        ]
        return pd.DataFrame(rows)

    def family_table(self) -> Table:
        """All tests of the main design together."""
        return page_table(
            self.family,
            [
                text_column("Service", "service", ALL_SERVICES),
                text_column("Outcome", "outcome_name"),
                value_column("Elasticity", "elasticity", two_figures),
                span_column("95% interval", show=two_figures),
                value_column("p", "p_value", p_value),
                value_column("p, Holm", "holm", p_value),
                value_column("p, Romano-Wolf", "romano_wolf", p_value),
            ],
            table_id="multiplicity",
            caption=words.family_table(len(self.family)),
            source=source_line("area_year_panel"),
        )
