"""The local indicators agree with the counts behind them and with other tables that hold the same figures."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables

ENGLAND, GREATER_MANCHESTER = "E92000001", "E47000001"
TEN = [f"E080000{i:02d}" for i in range(1, 11)]
DISTRICTS = {"unitary_authority", "metropolitan_district", "london_borough", "non_metropolitan_district"}


@pytest.fixture(scope="module")
def local():
    return tables.load("local_outcome")


@pytest.fixture(scope="module")
def series():
    return tables.load("local_outcome_series").set_index("indicator")


def of(local, name):
    return local[local["indicator"] == name].set_index(["area_code", "year"])


@pytest.mark.parametrize(
    ("name", "column"),
    [("delayed_transfer_days", "days"), ("delayed_transfer_days_social_care", "days_social_care")],
)
def test_delayed_days_of_a_year_are_those_of_its_months_over_the_population(local, name, column):
    months = tables.load("delayed_transfers_month")
    year = months["month"].dt.year - (months["month"].dt.month < 4)
    groups = months.assign(year=year).groupby(["area_code", "year"])[column].agg(["sum", "count"])
    whole = groups[groups["count"] == 12]["sum"]
    annual = of(local, name)
    assert (whole.reindex(annual.index) == annual["count"]).all()
    people = tables.load("population_year").set_index(["area_code", "year"])["persons"]
    rate = 1e5 * annual["count"] / people.reindex(annual.index)
    known = rate.notna()
    assert known.mean() > 0.95
    assert np.allclose(rate[known], annual.loc[known, "value"], atol=0.006)


def test_deaths_from_drug_poisoning_are_counts_over_the_population(local):
    deaths = of(local, "drug_poisoning_deaths")
    people = tables.load("population_year").set_index(["area_code", "year"])["persons"]
    rate = 1e5 * deaths["count"] / people.reindex(deaths.index)
    assert rate.notna().all()
    assert np.allclose(rate, deaths["value"], atol=0.0006)


def test_households_in_fuel_poverty_add_up_to_england(local):
    rows = local[local["indicator"] == "fuel_poverty"]
    districts = rows[rows["area_code"] != ENGLAND].groupby("year")["count"].sum()
    england = rows[rows["area_code"] == ENGLAND].set_index("year")["count"]
    assert (districts == england).all()


@pytest.mark.parametrize(
    ("name", "there"),
    [
        ("life_satisfaction", "life_satisfaction"),
        ("worthwhile", "activities_in_life_are_worthwhile"),
        ("happiness", "happiness"),
        ("anxiety", "feelings_of_anxiety"),
        ("self_harm_admissions", "self_harm"),
    ],
)
def test_the_health_index_has_the_same_figures(local, name, there):
    index = tables.load("health_index").query("indicator == @there")
    ours = of(local, name)["value"]
    best = 0.0
    for shift in (-1, 0, 1):
        theirs = index.assign(year=index["year"] + shift).set_index(["area_code", "year"])["value"]
        both = pd.concat([ours, theirs], axis=1, join="inner").dropna()
        best = max(best, float(np.isclose(both.iloc[:, 0], both.iloc[:, 1], atol=0.051).mean()))
    assert best > 0.99


def test_the_ten_districts_have_every_period(local, series):
    for name in series.index:
        rows = local[local["indicator"] == name]
        ten = rows[rows["area_code"].isin(TEN)].groupby("year")["area_code"].nunique()
        assert (ten == 10).all(), name
        assert set(ten.index) == set(rows["year"])


def test_the_list_of_series_says_what_the_table_holds(local, series):
    groups = local.groupby("indicator")
    assert (groups["year"].min() == series["first_year"]).all()
    assert (groups["year"].max() == series["last_year"]).all()
    assert (groups["area_code"].nunique() == series["areas"]).all()
    kinds = tables.load("area").set_index("area_code")["kind"]
    beside = {ENGLAND, GREATER_MANCHESTER}
    for name, rows in groups:
        own = set(rows.loc[~rows["area_code"].isin(beside), "area_code"].map(kinds))
        if series.loc[name, "tier"] == "district":
            assert own <= DISTRICTS
            assert "non_metropolitan_district" in own
        else:
            assert own == (DISTRICTS - {"non_metropolitan_district"}) | {"county"}
    known = local.dropna(subset=["lower"])
    assert set(known["indicator"]) == {
        "anxiety",
        "happiness",
        "life_satisfaction",
        "social_contact_of_care_users",
        "worthwhile",
    }


def test_greater_manchester_lies_between_its_districts(local):
    wide = local[local["area_code"].isin([*TEN, GREATER_MANCHESTER])].pivot_table(
        index=["indicator", "year"], columns="area_code", values="value"
    )
    whole = wide[GREATER_MANCHESTER].dropna()
    ten = wide.loc[whole.index, TEN]
    assert len(whole) > 100
    assert ((whole >= ten.min(axis=1) - 0.05) & (whole <= ten.max(axis=1) + 0.05)).all()


def test_recorded_illness_covers_every_board_and_year():
    rows = tables.load("recorded_illness_icb")
    counts = rows.groupby(["condition", "financial_year_start"])["area_code"].nunique()
    assert (counts == 42).all()
    years = counts.reset_index().groupby("condition")["financial_year_start"].nunique()
    assert years.drop("obesity").eq(9).all()
    assert years["obesity"] == 8
    assert ("obesity", 2020) not in counts.index


def test_travel_by_car_is_quickest_almost_everywhere():
    wide = tables.load("travel_time").pivot_table(
        index=["area_code", "year"], columns="mode", values="minutes"
    )
    assert wide.notna().all(axis=None)
    assert (wide["driving"] <= wide["public_transport_or_walking"]).mean() > 0.95
