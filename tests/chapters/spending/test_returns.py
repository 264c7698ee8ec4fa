"""Deaths and costs follow from the tables, and studies are compared with themselves."""

import pytest

from healthdevo import tables
from healthdevo.chapters.common import LIFE_YEARS, QUALITY


def test_deaths_and_costs_follow_from_tables(spending):
    ages = tables.load("population_age").query("year == 2019")
    young = ages[
        ages["area_code"].str.startswith("E12") & ~ages["age_group"].isin(["75-79", "80-84", "85-89", "90+"])
    ]
    rate = (
        tables.load("under_75_mortality")
        .query("area_code == 'E92000001' and year == 2019 and sex == 'persons' and edition == 'ohid_2023'")[
            "rate"
        ]
        .iloc[0]
    )
    assert spending.returns.deaths == pytest.approx(young["persons"].sum() * rate / 1e5)
    chain = spending.returns.chains["Martin and others 2020: public health alone"]
    per_qaly = spending.returns.total / (0.115 * spending.returns.deaths * LIFE_YEARS.value * QUALITY.value)
    assert chain.cost_per_qaly.estimate == pytest.approx(per_qaly)
