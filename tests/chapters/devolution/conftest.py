"""Sections that several tests need, loaded once."""

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.devolution import Mortality
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.chapters.devolution.life_expectancy import LifeExpectancy
from healthdevo.chapters.devolution.spending import Published


@pytest.fixture(scope="session")
def ten():
    """Codes of the ten districts of Greater Manchester."""
    return [f"E080000{i:02d}" for i in range(1, 11)]


@pytest.fixture(scope="session")
def mortality() -> Mortality:
    return Mortality.load()


@pytest.fixture(scope="session")
def judgement(mortality) -> Judgement:
    return Judgement.of(mortality)


@pytest.fixture(scope="session")
def life_expectancy() -> LifeExpectancy:
    return LifeExpectancy.load(Published(tables.load("published_estimate")))


@pytest.fixture(scope="session")
def rates():
    """Rates by district outside London and year for a sex, from the table itself."""

    def read(sex: str = "persons") -> pd.DataFrame:
        rows = tables.load("under_75_mortality")
        kinds = tables.load("area").set_index("area_code")["kind"]
        rows = rows[
            (rows["edition"] == "ohid_2023") & (rows["sex"] == sex) & rows["year"].between(2010, 2019)
        ]
        inside = ["unitary_authority", "metropolitan_district", "non_metropolitan_district"]
        wide = rows[rows["area_code"].map(kinds).isin(inside)].pivot_table(
            index="area_code", columns="year", values="rate"
        )
        return wide.dropna()

    return read
