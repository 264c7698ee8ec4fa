"""Who was treated when."""

import pytest

from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.panels import districts_of


@pytest.fixture(scope="module")
def elsewhere() -> Elsewhere:
    return Elsewhere.load()


def test_other_areas_start_with_the_first_whole_year_after_their_deal(elsewhere):
    deals = elsewhere.deals.set_index("area_code")
    assert deals.loc["E47000001", "start"] == 2015
    assert deals.loc["E47000003", "start"] == 2016  # the deal of March 2015, not the body of April 2014
    assert deals.loc["E54000052", "start"] == 2018
    everyone = elsewhere.staggered()
    assert everyone.n_treated == sum(s for c, s in deals["size"].items() if c != "E61000001")


def test_districts_without_a_deal_in_a_combined_authority_are_on_neither_side(elsewhere):
    south = set(districts_of("E47000010", on="2019-06-01"))
    assert set(elsewhere.undecided) == south
    treated = set().union(*elsewhere.deals["districts"])
    assert not set(elsewhere.controls) & (treated | south)
    assert south & set(elsewhere.outcome.codes) == south


def test_power_over_health_is_what_the_table_of_powers_says(elsewhere):
    deals = elsewhere.deals.set_index("name")
    assert set(deals.index[deals["health"]]) == {
        "Greater Manchester",
        "Cornwall",
        "London",
        "Surrey Heartlands",
    }
    assert set(deals.index[deals["budget"]]) == {"Greater Manchester", "Surrey Heartlands"}
