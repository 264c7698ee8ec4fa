"""What the national estimates would imply for the area, if they held there."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np
import pandas as pd

from healthdevo import charts
from healthdevo.chapters import common
from healthdevo.chapters.area.spending import words
from healthdevo.chapters.area.spending.determinants import Determinants
from healthdevo.chapters.area.spending.need import own_elasticity
from healthdevo.chapters.area.spending.services import Services
from healthdevo.errors import TableError
from healthdevo.finance import Returns, Uncertain, returns_to_spending


@dataclass(frozen=True)
class Implied:
    """The chain from national elasticities to deaths averted in the area, on tables ``population_age`` and ``published_estimate``."""

    services: Services
    determinants: Determinants
    population_age: pd.DataFrame = field(repr=False)
    published: pd.DataFrame = field(repr=False)

    @property
    def known(self) -> bool:
        """Whether preventable deaths and people under 75 of the area are known."""
        area = self.services.councils.area
        mortality = common.cell(self.determinants.positions.set_index("indicator"), common.OUTCOME, "value")
        return area.code in set(self.population_age["area_code"]) and not np.isnan(mortality)

    @cached_property
    def returns(self) -> dict[str, Returns]:
        """What ten per cent more public health spending would go with in the area, by design of the national estimate."""
        area = self.services.councils.area
        last = common.record(self.services.own("public_health").dropna(subset=["per_head"]), -1)
        people = common.under_75(self.population_age)
        people = people[people["area_code"] == area.code].sort_values("year")
        mortality = common.cell(self.determinants.positions.set_index("indicator"), common.OUTCOME, "value")
        if people.empty or np.isnan(mortality):
            raise TableError(f"no preventable deaths or people under 75 are known for {area}")
        elasticities = {
            common.OWN_ELASTICITY: own_elasticity(self.determinants.panel),
            "Published: funding rule as instrument": common.published_elasticity(self.published),
        }
        spend = float(last["per_head"]) * float(last["persons"])
        deaths = mortality * float(people["persons"].iloc[-1]) / 1e5
        return {
            name: returns_to_spending(
                Uncertain.from_estimate(elasticity),
                spend=spend,
                deaths=deaths,
                life_years_per_death=common.LIFE_YEARS,
                quality=common.QUALITY,
                change=0.1,
                draws=10_000,
                seed=11,
            )
            for name, elasticity in elasticities.items()
        }

    def table(self) -> charts.Table:
        """Show what the national estimates imply for the area."""
        rows = [
            {
                "design": name,
                "extra_spending": float(r.steps["value"].iloc[0]),
                "deaths_averted": r.deaths_averted.estimate,
                **common.lower_upper(r.deaths_averted),
                **common.with_name("qalys", r.qalys),
            }
            for name, r in self.returns.items()
        ]
        return charts.page_table(
            pd.DataFrame(rows),
            [
                charts.text_column("National estimate", "design"),
                charts.value_column("10% more costs, a year", "extra_spending", words.million_pounds),
                charts.estimate_column(
                    "Preventable deaths fewer, a year", "deaths_averted", show=common.two_figures
                ),
                common.limits_column("Healthy years (QALYs) gained", "qalys", common.two_figures),
            ],
            table_id="implied",
            caption=words.tables(self.services.councils.area)["implied"],
            source=common.source_line(
                "council_outturn", "area_year_panel", "population_age", "published_estimate"
            ),
        )
