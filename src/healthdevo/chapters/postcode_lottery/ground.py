"""Tables of the chapter, and the series of districts, boards and councils that its sections share."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from healthdevo import areas, tables
from healthdevo.chapters import common
from healthdevo.chapters.demand.attendances import complete_years

EARLY, LATE = "ohid_2023", common.LATEST_EDITION
"""Editions of the death rates, which are never joined."""
_TABLES = (
    "under_75_mortality",
    "life_expectancy_area",
    "slope_index_life_expectancy",
    "population_year",
    "emergency_month",
    "council_outturn",
    "life_expectancy_decile",
    "population_deprivation_decile",
)
_FEW_RESIDENTS = ("E09000001", "E06000053")
"""The City of London and the Isles of Scilly, whose spending per head means little."""


@dataclass(frozen=True)
class Ground:
    """What the sections of the chapter rest on: its tables, in the order of ``_TABLES``."""

    mortality: pd.DataFrame = field(repr=False)
    life: pd.DataFrame = field(repr=False)
    published: pd.DataFrame = field(repr=False)
    population: pd.DataFrame = field(repr=False)
    emergency: pd.DataFrame = field(repr=False)
    outturn: pd.DataFrame = field(repr=False)
    tenths: pd.DataFrame = field(repr=False)
    people: pd.DataFrame = field(repr=False)

    @classmethod
    def load(cls) -> Ground:
        """Load the tables that the chapter needs."""
        return cls(*map(tables.load, _TABLES))

    @cached_property
    def size(self) -> pd.Series:
        """Population of each area in 2019."""
        return common.size_in_2019(self.population)

    @cached_property
    def region_of(self) -> pd.Series:
        """Region of each district."""
        return common.container("region")

    @cached_property
    def authority_of(self) -> pd.Series:
        """County or unitary authority of each district."""
        return common.container("upper_tier")

    @cached_property
    def slopes_of(self) -> dict[str, pd.DataFrame]:
        """Published slope indices inside districts, by sex: a row for each district, a column for each period."""
        return {
            sex: common.slope_series(self.published, common.LATEST_EDITION, sex, self.size)
            for sex in common.SEXES
        }

    @cached_property
    def life_of(self) -> dict[str, pd.DataFrame]:
        """Life expectancy of districts by sex: a row for each district, a column for each period."""
        return {sex: common.life_series(self.life, sex, self.size) for sex in common.SEXES}

    @cached_property
    def periods(self) -> list[int]:
        """First years of the periods that have both life expectancy and slope indices, for both sexes."""
        every = [*self.slopes_of.values(), *self.life_of.values()]
        return sorted(set.intersection(*({int(str(start)) for start in one.columns} for one in every)))

    @cached_property
    def life_errors(self) -> dict[str, pd.Series]:
        """Standard error of a district's life expectancy, by sex, from the scatter of its series."""
        return {sex: common.period_errors(series, self.size) for sex, series in self.life_of.items()}

    @cached_property
    def rates(self) -> dict[str, pd.DataFrame]:
        """Preventable death rates by edition: a row for each district, a column for each year."""
        return {
            edition: common.death_rate_series(self.mortality, edition, self.size) for edition in (EARLY, LATE)
        }

    @cached_property
    def rate_errors(self) -> dict[str, pd.Series]:
        """Relative standard error of a district's yearly rate, by edition, from the scatter of its series."""
        return {edition: common.yearly_errors(rates, self.size) for edition, rates in self.rates.items()}

    @cached_property
    def emergency_rates(self) -> pd.DataFrame:
        """A&E attendances per 1,000 people of each integrated care board, by complete financial year."""
        boards, months = [a.code for a in areas.list_areas("icb", common.ON)], self.emergency
        months = months[months["area_code"].isin(boards) & (months["department_type"] == "all")]
        people = self.population.rename(columns={"year": "financial_year_start"})
        both = complete_years(months).merge(people[["area_code", "financial_year_start", "persons"]])
        both = both.assign(rate=1000 * both["attendances"] / both["persons"])
        return both[both.groupby("financial_year_start")["area_code"].transform("nunique") == len(boards)]

    @cached_property
    def spending(self) -> pd.DataFrame:
        """Net spending per head of upper-tier councils on public health and on adult social care, by financial year."""
        rows = self.outturn.dropna(subset=["spending_per_head", "area_code"])
        rows = rows[rows["service"].isin(["public_health", "adult_social_care"])]
        rows = rows[~rows["area_code"].isin(_FEW_RESIDENTS)]
        parts = [
            part.assign(
                region=part["area_code"].map(common.container("region", "upper_tier", f"{year}-04-01"))
            )
            for year, part in rows.groupby("financial_year_start")
        ]
        return pd.concat(parts).dropna(subset=["region"])
