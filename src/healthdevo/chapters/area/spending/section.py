"""The section as a whole: its parts on shared tables, and its named texts."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from healthdevo import areas, charts
from healthdevo.areas import Area
from healthdevo.chapters.area.ground import (
    light,
    light_sound,
    light_table,
    population_with_sums,
    with_sums,
)
from healthdevo.chapters.area.spending import words
from healthdevo.chapters.area.spending.councils import Councils, council_shares
from healthdevo.chapters.area.spending.determinants import Determinants, Measured, measured
from healthdevo.chapters.area.spending.implied import Implied
from healthdevo.chapters.area.spending.services import (
    FIRST_YEAR,
    Need,
    Services,
    spending_against_need,
    spending_by_service,
)
from healthdevo.chapters.common import ENGLAND, UncoveredError, day_of
from healthdevo.chapters.common.remembered import remembered


@dataclass(frozen=True)
class Compared:
    """What areas that are compared with one another share: the same tables, sums and expectations, whichever of them the page is of."""

    outturn: pd.DataFrame = field(repr=False)
    panel: pd.DataFrame = field(repr=False)
    upper_tier: tuple[str, ...] = field(repr=False)
    shares: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)
    spending: pd.DataFrame = field(repr=False)
    against_need: pd.DataFrame = field(repr=False)
    measured: dict[str, Measured] = field(repr=False)


@remembered()
def compared(codes: tuple[str, ...]) -> Compared:
    """Return what some areas share that are compared with one another."""
    outturn = light_sound("council_outturn", "council_code").frame
    outturn = outturn[(outturn["financial_year_start"] >= FIRST_YEAR) & outturn["area_code"].notna()]
    panel = light_sound("area_year_panel").frame
    upper_tier = panel["area_code"].unique().tolist()
    shares = council_shares(codes, sorted({*outturn["area_code"], *upper_tier}))
    population = population_with_sums(light(light_sound("population_year").frame), codes)
    return Compared(
        outturn,
        panel,
        tuple(upper_tier),
        shares,
        population,
        spending_by_service(outturn, light_table("gdp_deflator"), shares, population),
        spending_against_need(panel, shares, population, [areas.get(code) for code in codes]),
        measured(codes, shares, panel),
    )


@dataclass(frozen=True)
class AreaSpending:
    """What the section on spending and determinants of an area's page says and shows, part by part."""

    services: Services
    need: Need
    determinants: Determinants
    implied: Implied

    @classmethod
    def load(cls, area_code: str) -> AreaSpending:
        """Load the tables for an area and its peers.

        A council whose rows break the rules of a table is set aside; years in which too few of an area's people are covered are left open.
        """
        area = areas.get(area_code)
        if "spending" not in area.kind_row.sections:
            raise UncoveredError(
                f"{area} pays for no social care", "spending", words.instead(area, _county(area))
            )
        sound = light_sound("population_year")
        sound.require(area.code, ENGLAND)
        peers = tuple(areas.peers(area.code, day_of(area), include_self=True))
        all_of = compared(tuple(a.code for a in peers))
        councils = Councils(area, peers, all_of.shares, all_of.population)
        parts = councils.parts(all_of.upper_tier)
        services = Services(councils, all_of.outturn, all_of.spending, parts)
        if services.own_years.empty:
            problem = f"table council_outturn covers too few of the people of {area} in every year"
            raise UncoveredError(
                problem, "spending", words.without_returns(area, [str(n) for n in parts["name"]])
            )
        determinants = Determinants(councils, all_of.panel, all_of.measured)
        ages = light_sound("population_age").frame
        ages = with_sums(ages, [area.code], ["year", "age_group"], ["persons"])
        published = light_table("published_estimate")
        implied = Implied(services, determinants, ages, published)
        return cls(services, Need(councils, all_of.against_need), determinants, implied)

    def spending_chart(self) -> charts.Chart:
        """Draw real spending per head by service in the area."""
        return self.services.chart()

    def spending_table(self) -> charts.Table:
        """Show spending by service against England and peers."""
        return self.services.table()

    def need_chart(self) -> charts.Chart:
        """Draw spending against need for the area and its peers."""
        return self.need.chart()

    def determinants_chart(self) -> charts.Chart:
        """Draw the area's position on each indicator."""
        return self.determinants.chart()

    def determinants_table(self) -> charts.Table:
        """Show the area's values on each indicator."""
        return self.determinants.table()

    def implied_table(self) -> charts.Table | None:
        """Show what the national estimates imply for the area, if its deaths are known."""
        return self.implied.table() if self.implied.known else None

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)


def _county(area: Area) -> Area | None:
    """Return the county of a district, which pays for care there."""
    return next(
        (a for a in areas.parents(area.code) if "spending" in a.kind_row.sections and a.kind_row.groups), None
    )
