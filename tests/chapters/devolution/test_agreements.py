"""Agreements are dated by their own day, and the tables of devolution agree with each other."""

import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.devolution.agreements import (
    HEALTH,
    STRENGTHS,
    Agreements,
    first_whole_year,
    strongest,
)
from healthdevo.chapters.devolution.panels import districts_of


@pytest.fixture(scope="module")
def agreements() -> Agreements:
    return Agreements.load()


def test_first_deals_are_earlier_than_the_first_mayor_and_not_the_birth_of_the_body(agreements):
    first = agreements.first.set_index("area_code")
    born = tables.load("combined_authority").set_index("area_code")["legal_start"]
    assert first.loc["E47000003", "agreed"] == pd.Timestamp("2015-03-18") != born["E47000003"]
    assert first.loc["E47000001", "start"] == 2015
    assert first.loc["E47000007", "start"] == first_whole_year(pd.Timestamp("2015-11-17")) == 2016
    mayors = agreements.authorities.dropna(subset=["first_mayoral_election", "area_code"]).set_index(
        "area_code"
    )
    both = first.index.intersection(mayors.index).drop(
        "E61000001"
    )  # the first mayor of London came long before
    assert (first.loc[both, "agreed"] < mayors.loc[both, "first_mayoral_election"]).all()


def test_a_deal_that_was_withdrawn_is_no_deal(agreements):
    assert agreements.withdrawn == ["North East"]
    assert "E47000005" not in set(agreements.first["area_code"])


def test_pilots_alone_are_no_start(agreements):
    assert agreements.first.set_index("authority").loc["Greater London Authority", "start"] == 2018


def test_surrey_heartlands_lies_in_the_board_that_followed_it(agreements):
    own = agreements.first.set_index("authority").loc["Surrey Heartlands", "districts"]
    county = {a.code for a in areas.members("E10000030", "district", on="2023-06-01")}
    assert own < set(districts_of("E54000052")) <= county
    assert {areas.get(c).short_name for c in set(districts_of("E54000052")) - own} == {
        "Tandridge",
        "Reigate and Banstead",
    }


@pytest.mark.parametrize(
    ("authority", "year", "domains", "strength"),
    [
        ("Greater Manchester", 2014, HEALTH, "none"),
        ("Greater Manchester", 2016, ("budget",), "delegated"),
        ("Greater Manchester", 2023, ("budget",), "none"),
        ("Greater Manchester", 2023, HEALTH, "statutory"),
        ("Cornwall", 2018, HEALTH, "memorandum"),
        ("Surrey Heartlands", 2018, HEALTH, "delegated"),
        ("West Midlands", 2018, HEALTH, "influence"),
        ("Tees Valley", 2018, HEALTH, "none"),
    ],
)
def test_strength_by_year(agreements, authority, year, domains, strength):
    assert agreements.strength(authority, year, domains) == strength


def test_every_authority_of_the_registry_has_every_domain(agreements):
    listed = agreements.authorities
    registry = {a.code for a in areas.list_areas("combined_authority", on=None)}
    assert registry <= set(listed["area_code"])
    assert set(tables.load("combined_authority")["area_code"]) <= set(listed["area_code"])
    domains = set(agreements.powers["domain"])
    found = agreements.powers.groupby("authority")["domain"].agg(set)
    assert all(found[name] == domains for name in listed["authority"])
    born = tables.load("combined_authority").set_index("area_code")["legal_start"]
    own = listed.dropna(subset=["area_code"]).set_index("area_code")["established"].reindex(born.index)
    assert own.equals(born.rename("established"))


def test_what_was_found_has_a_source_and_what_was_not_says_where_it_was_sought(agreements):
    powers = agreements.powers
    found = powers[powers["strength"] != "none"]
    assert found[["source", "valid_from", "date_precision", "legal_basis"]].notna().all(axis=None)
    assert (found["verification"] != "not found").all()
    missing = powers[powers["verification"] == "not found"]
    assert (missing["strength"] == "none").all()
    assert missing["note"].str.startswith("Searched: ").all()
    ended = powers.dropna(subset=["valid_to"])
    assert (ended["valid_from"] <= ended["valid_to"]).all()
    two = powers[powers["verification"] == "two sources"]
    assert two["second_source"].notna().all()


def test_deals_and_events_tell_the_same_days(agreements):
    deals = agreements.deals.dropna(subset=["area_code"])
    events = agreements.events
    told = set(zip(events["area_code"], events["event_date"], strict=True))
    assert all(pair in told for pair in zip(deals["area_code"], deals["agreed"], strict=True))


def test_strongest_keeps_the_order_of_strengths():
    assert [
        strongest(pd.Series([a, b])) for a, b in zip(STRENGTHS, list(STRENGTHS)[1:], strict=False)
    ] == list(STRENGTHS)[1:]
