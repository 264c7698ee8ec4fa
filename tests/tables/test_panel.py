"""Every column of the upper-tier panel can be recomputed from the other tables."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables

from . import panel


@pytest.fixture(scope="module")
def committed():
    return tables.load("area_year_panel")


@pytest.fixture(scope="module")
def recomputed():
    return panel.build()


@pytest.mark.parametrize(
    "column", [f.name for f in tables.descriptor.package().table("area_year_panel").fields]
)
def test_every_column_can_be_recomputed(committed, recomputed, column):
    assert len(committed) == len(recomputed) == 153 * 11
    pd.testing.assert_series_equal(
        committed[column],
        recomputed[column],
        check_dtype=False,
        check_exact=not pd.api.types.is_float_dtype(committed[column]),
        rtol=1e-11,
    )


def test_what_is_missing_is_what_is_stated(committed):
    spending = committed[committed["public_health_spending"].isna()]
    area = tables.load("area").set_index("area_code")["area_name"]
    missing = spending["area_code"].map(area).groupby(spending["year"]).agg(sorted)
    assert missing[2018] == [
        "Bournemouth, Christchurch and Poole",
        "Cumberland",
        "Dorset",
        "North Northamptonshire",
        "West Northamptonshire",
        "Westmorland and Furness",
    ]
    assert "Birmingham" in missing[2022]
    assert "Birmingham" in missing[2023]
    assert committed.loc[committed["year"] == 2023, "preventable_mortality"].isna().all()


def test_greater_manchester_is_in_its_authority_in_every_year(committed):
    members = (
        committed[committed["combined_authority_code"] == "E47000001"].groupby("year")["area_code"].nunique()
    )
    assert members.eq(10).all()
    assert len(members) == 11


def test_spending_is_plausible(committed):
    real = committed.groupby("year")["adult_social_care_spending"].median()
    assert real.between(300, 450).all()
    assert np.isclose(committed["deprivation_score_2019"].mean(), 22.9, atol=0.1)
