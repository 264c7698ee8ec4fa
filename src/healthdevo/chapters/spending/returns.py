"""What a pound buys: the chain from an elasticity to the cost of a quality-adjusted life-year."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import pandas as pd

from healthdevo.chapters.common import (
    BEFORE_PANDEMIC,
    ENGLAND,
    LIFE_YEARS,
    OWN_ELASTICITY,
    QUALITY,
    lower_upper,
    records,
    source_line,
    two_figures,
    under_75,
)
from healthdevo.chapters.spending import words
from healthdevo.chapters.spending.published import Published
from healthdevo.chapters.spending.totals import Totals
from healthdevo.charts import (
    Table,
    estimate_column,
    made_column,
    page_table,
    share_column,
    text_column,
    value_column,
)
from healthdevo.errors import TableError
from healthdevo.finance import Returns, Uncertain, returns_to_spending
from healthdevo.results import Estimate

_EDITION = "ohid_2023"
_THRESHOLDS = (20_000.0, 30_000.0)


@dataclass(frozen=True)
class PoundBuys:
    """The chain for our own elasticity of preventable mortality within councils, and for the published ones."""

    own: Estimate
    published: Published
    totals: Totals
    mortality: pd.DataFrame = field(repr=False)
    population_age: pd.DataFrame = field(repr=False)

    @cached_property
    def deaths(self) -> float:
        """Approximate preventable deaths under 75 in England in the last year before the pandemic."""
        here = f"area_code == {ENGLAND!r} and year == {BEFORE_PANDEMIC}"
        rate = self.mortality.query(f"{here} and sex == 'persons' and edition == {_EDITION!r}")["rate"]
        persons = under_75(self.population_age).query(here)["persons"]
        if len(rate) != 1 or len(persons) != 1:
            raise TableError(f"no rate or population under 75 of England for {BEFORE_PANDEMIC}")
        return float(rate.iloc[0] * persons.iloc[0] / 1e5)

    @cached_property
    def total(self) -> float:
        """Real spending on public health in England in the last year before the pandemic."""
        now = f"service == 'public_health' and financial_year_start == {BEFORE_PANDEMIC}"
        return float(self.totals.england.query(now)["real"].iloc[0])

    @cached_property
    def elasticities(self) -> dict[str, Uncertain]:
        """Our own elasticity and the published ones, by name."""
        return {OWN_ELASTICITY: Uncertain.from_estimate(self.own)} | {
            words.published_model(str(r["design"])): Uncertain(
                float(r["estimate"]), float(r["standard_error"])
            )
            for r in records(self.published.elasticities)
        }

    @cached_property
    def chains(self) -> dict[str, Returns]:
        """The chain from each elasticity to the cost of a QALY."""
        return {
            name: returns_to_spending(
                e,
                spend=self.total,
                deaths=self.deaths,
                life_years_per_death=LIFE_YEARS,
                quality=QUALITY,
                thresholds=_THRESHOLDS,
                draws=20_000,
                seed=11,
            )
            for name, e in self.elasticities.items()
        }

    def table(self) -> Table:
        """Show the chain in numbers."""
        rows = []
        for name, chain in self.chains.items():
            row: dict[str, Any] = {"elasticity_from": name, "elasticity": self.elasticities[name].value}
            for key in ("deaths_averted", "life_years", "qalys", "cost_per_qaly"):
                found = getattr(chain, key)
                row |= lower_upper(found, f"{key}_", value=key)
            for below in records(chain.probability_below):
                row[f"probability_below_{below['threshold']:.0f}"] = below["probability"]
            rows.append(row)
        deaths, cost = "deaths_averted", "cost_per_qaly"
        return page_table(
            pd.DataFrame(rows),
            [
                text_column("Elasticity from", "elasticity_from"),
                value_column("Elasticity", "elasticity"),
                estimate_column(
                    "Deaths averted by 1% more", deaths, f"{deaths}_lower", f"{deaths}_upper", two_figures
                ),
                made_column("Cost per QALY", [cost, f"{cost}_lower", f"{cost}_upper"], words.cost_or_none),
                share_column("Probability below £30,000", "probability_below_30000", 0),
            ],
            table_id="returns",
            caption=words.returns_table(self.total, self.deaths),
            source=source_line(
                "area_year_panel",
                "council_outturn",
                "under_75_mortality",
                "population_age",
                "published_estimate",
            ),
        )
