"""Outcomes come from one edition, one set of boundaries and constant prices, with every period."""

import pytest

from healthdevo import tables
from healthdevo.chapters.devolution.panels import districts_of, pool, preventable_mortality, spending
from healthdevo.errors import InputError


def test_only_one_edition_and_no_london(rates, ten):
    outcome = preventable_mortality()
    assert outcome.frame["period"].min() == 2010
    assert not set(districts_of("E12000007")) & set(outcome.codes)
    assert districts_of("E47000001") == tuple(ten)
    short = preventable_mortality("female").left_out
    missing = rates("female").index
    assert short
    assert not set(short) & set(missing)


def test_women_lack_an_area_and_say_so(rates):
    assert set(preventable_mortality("female").left_out) == set(rates().index) - set(rates("female").index)


def test_pools_nest_and_unknown_pool_is_refused():
    codes = preventable_mortality().codes
    assert set(pool("urban", codes)) < set(codes)
    half = pool("deprived", codes)
    assert abs(len(half) - len(codes) / 2) <= 12
    with pytest.raises(InputError, match="pool"):
        pool("rich", codes)


def test_spending_is_in_constant_prices_and_complete():
    both = spending("adult_social_care", "public_health").frame
    raw = tables.load("council_outturn")
    raw = raw[(raw["area_code"] == "E08000003") & (raw["financial_year_start"] == 2013)]
    raw = raw.set_index("service")["spending_per_head"]
    deflator = tables.load("gdp_deflator").set_index("year")["deflator"]
    expected = (raw["adult_social_care"] + raw["public_health"]) * deflator[2019] / deflator[2013]
    found = both[(both["area_code"] == "E08000003") & (both["period"] == 2013)]["value"].iloc[0]
    assert found == pytest.approx(expected)
    assert both.groupby("area_code").size().eq(7).all()
