"""The section as a whole: its parts on shared tables, and its named texts."""

from __future__ import annotations

from dataclasses import dataclass

from healthdevo import areas, charts, tables
from healthdevo.chapters.area.spending import words
from healthdevo.chapters.area.spending.councils import REFERENCE, Councils, council_shares, light
from healthdevo.chapters.area.spending.determinants import Determinants
from healthdevo.chapters.area.spending.implied import Implied
from healthdevo.chapters.area.spending.services import FIRST_YEAR, Need, Services
from healthdevo.chapters.common import ENGLAND, area_with


@dataclass(frozen=True)
class AreaSpending:
    """What the section on spending and determinants of an area's page says and shows, part by part."""

    services: Services
    need: Need
    determinants: Determinants
    implied: Implied

    @classmethod
    def load(cls, area_code: str) -> AreaSpending:
        """Load the tables for an NHS region or an integrated care board and its peers.

        A council whose rows break the rules of a table is set aside; years in which too few of an area's people are covered are left open.
        """
        area = area_with(area_code, "spending")
        population = tables.load_sound("population_year")
        population.require(area.code, ENGLAND)
        outturn = light(tables.load_sound("council_outturn", by="council_code").frame)
        outturn = outturn[(outturn["financial_year_start"] >= FIRST_YEAR) & outturn["area_code"].notna()]
        panel = light(tables.load_sound("area_year_panel").frame)
        upper_tier = panel["area_code"].unique().tolist()
        peers = tuple(areas.peers(area.code, REFERENCE, include_self=True))
        shares = council_shares([a.code for a in peers], sorted({*outturn["area_code"], *upper_tier}))
        councils = Councils(area, peers, shares, light(population.frame))
        parts = councils.parts(upper_tier)
        services = Services(councils, outturn, light(tables.load("gdp_deflator")), parts)
        determinants = Determinants(councils, panel)
        ages = light(tables.load_sound("population_age").frame)
        published = light(tables.load("published_estimate"))
        implied = Implied(services, determinants, ages, published)
        return cls(services, Need(councils, panel), determinants, implied)

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

    def implied_table(self) -> charts.Table:
        """Show what the national estimates imply for the area."""
        return self.implied.table()

    def texts(self) -> dict[str, str]:
        """Named texts for the prose."""
        return words.texts(self)
