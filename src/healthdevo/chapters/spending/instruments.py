"""Candidates for instruments that the embedded tables hold, and what they can bear."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo.chapters.common import OUTCOME, cell, real_terms, source_line, two_figures
from healthdevo.chapters.spending import words
from healthdevo.chapters.spending.words import SERVICES
from healthdevo.charts import Table, estimate_column, page_table, text_column, value_column
from healthdevo.regression import InstrumentFit, instrument
from healthdevo.wording import number

INSTRUMENTS: Mapping[str, str] = {
    "core_spending_power": "core spending power per head",
    "settlement": "central funding per head",
    "dependence_trend": "dependence on central funding at the start, times years since",
}


@dataclass(frozen=True)
class Instruments:
    """Rules of funding as instruments for spending, from tables ``core_spending_power`` and ``gdp_deflator``."""

    panel: pd.DataFrame = field(repr=False)
    power: pd.DataFrame = field(repr=False)
    deflator: pd.DataFrame = field(repr=False)

    @cached_property
    def data(self) -> pd.DataFrame:
        """The panel with core spending power: candidates for instruments."""
        power = self.power.rename(columns={"financial_year_start": "year"})
        rows = self.panel.merge(
            power[["area_code", "year", "total", "settlement_funding"]], on=["area_code", "year"], how="inner"
        )
        rows = rows.assign(
            core_spending_power=real_terms(rows, self.deflator, "total", "year") / rows["population"],
            settlement=real_terms(rows, self.deflator, "settlement_funding", "year") / rows["population"],
        )
        first = rows[rows["year"] == rows["year"].min()]
        dependence = (first["settlement_funding"] / first["total"]).set_axis(first["area_code"])
        years = rows["year"] - rows["year"].min()
        return rows.assign(dependence_trend=rows["area_code"].map(dependence) * years)

    @cached_property
    def fits(self) -> dict[tuple[str, str], InstrumentFit]:
        """Every candidate instrument for every service, within councils over time."""
        return {
            (s, z): instrument(
                self.data,
                outcome=OUTCOME,
                endogenous=s,
                instruments=z,
                area="area_code",
                time="year",
                logs=[OUTCOME, s],
                effects="two-way",
                errors="clustered",
            )
            for s in SERVICES
            for z in INSTRUMENTS
        }

    def table(self) -> Table:
        """Candidates and what they can bear."""
        rows = []
        for (s, z), fit in self.fits.items():
            term, stage, found = fit.endogenous[0], fit.first_stage.table, fit.anderson_rubin
            rows.append(
                {
                    "service": s,
                    "instrument": z,
                    "effective_f": cell(stage, "clustered", "effective_F"),
                    "needed": cell(stage, "clustered", "critical_value"),
                    "two_stage": cell(fit.params, term, "estimate"),
                    "lower": cell(fit.params, term, "lower_95"),
                    "upper": cell(fit.params, term, "upper_95"),
                    "anderson_rubin": "" if found is None else found.kind,
                    "anderson_rubin_pieces": "" if found is None else words.stretches(found.pieces[0]),
                    "rows": fit.n,
                }
            )
        return page_table(
            pd.DataFrame(rows),
            [
                text_column("Service", "service", SERVICES),
                text_column("Candidate", "instrument", INSTRUMENTS),
                value_column("Effective F", "effective_f", two_figures),
                value_column("F needed", "needed", number),
                estimate_column("Two-stage estimate", "two_stage", show=two_figures),
                text_column("Anderson-Rubin set", "anderson_rubin_pieces"),
            ],
            table_id="instruments",
            caption=words.INSTRUMENTS_TABLE,
            source=source_line("core_spending_power", "area_year_panel"),
        )
