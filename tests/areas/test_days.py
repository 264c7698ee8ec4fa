"""England on ten days from 2009 to 2028, counted from the registers of reorganisations and authorities, which were compiled apart from the codes."""

import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.areas.kinds import KIND_GROUPS
from healthdevo.errors import AreaError

TODAY = "2026-11-26"
DAYS = (
    "2009-04-01",
    "2011-04-01",
    "2014-11-03",
    "2017-05-04",
    "2019-04-01",
    "2020-04-01",
    "2022-07-01",
    "2023-04-01",
    TODAY,
    "2028-04-01",
)
FIRST = pd.Timestamp("2009-04-01")
AFTER_2009 = {"district": 326, "county": 27}
"""Districts and counties of England when the reorganisation of 2009 was done, as the statistical office counted them."""
BOARDS = (("2022-07-01", 42), ("2026-04-01", 36))
"""Integrated care boards from their first day, and from the mergers, as the events of the register say in words."""


def reorganised(day: str) -> dict[str, int]:
    """Count districts and counties of a day from the register of reorganisations alone."""
    rows = tables.load("reorganisation")
    rows = rows[
        (rows["vesting_date"] > FIRST) & (rows["vesting_date"] <= day) & (rows["kind"] != "board_merger")
    ]
    gone = {
        tier: rows.loc[rows["tier"] == tier, ["experiment", "predecessor"]].drop_duplicates().shape[0]
        for tier in ("district", "unitary", "county")
    }
    new = rows[["experiment", "new_council"]].drop_duplicates().shape[0]
    return {
        "district": AFTER_2009["district"] + new - gone["district"] - gone["unitary"],
        "county": AFTER_2009["county"] - gone["county"],
    }


def authorities(day: str) -> set[str]:
    """Names of the authorities of a day from the register of authorities alone."""
    rows = tables.load("strategic_authority")
    rows = rows[rows["kind"].isin(["london", "combined_authority", "combined_county_authority"])]
    alive = (rows["established"] <= day) & ~(rows["ended"] < day)
    return set(rows.loc[alive, "area_code"])


@pytest.mark.parametrize("day", DAYS)
def test_england_of_the_day_is_that_of_the_registers(day):
    expected = reorganised(day)
    assert len(areas.list_areas("district", day)) == expected["district"]
    assert len(areas.list_areas("county", day)) == expected["county"]
    assert {a.code for a in areas.list_areas("combined_authority", day)} == authorities(day)
    boards = [count for first, count in BOARDS if first <= day]
    assert len(areas.list_areas("icb", day)) == (boards[-1] if boards else 0)


def test_the_counts_of_boards_are_those_of_the_events():
    said = tables.load("devolution_event").set_index("event_date")["event"].astype(str)
    assert "Forty-two integrated care boards begin" in said.loc["2022-07-01"].tolist()
    assert any("forty-two integrated care boards become thirty-six" in e for e in said.loc[["2026-04-01"]])


@pytest.fixture(scope="module")
def entries():
    return areas.finder_entries(TODAY)


def test_everything_that_exists_today_is_found_by_name_and_says_what_it_is(entries):
    kinds = {"combined_authority", "icb", "county", *KIND_GROUPS["district"]}
    today = [a for a in areas.list_areas(on=TODAY) if a.kind in kinds]
    assert len(today) == 20 + 36 + 21 + 296
    by_code = entries.groupby("code")["text"].agg(set)
    for area in today:
        assert area.label in by_code[area.code]
        assert area.kind_title
        assert area.valid_from is not None or area.valid_from_is_floor or area.kind in kinds
        assert areas.find(area.label, on=TODAY)[0].code == area.code


def test_what_is_planned_is_said(entries):
    planned = tables.load("planned_council")
    for code, rows in planned.groupby("replaces_area_code"):
        assert set(areas.planned_successors(str(code))["council_name"]) == set(rows["council_name"])
    named = entries.set_index("text")["note"]
    for name in ("Greater Essex strategic authority", "Norfolk and Suffolk strategic authority"):
        assert set(named.loc[[name]]) == {"planned authority, not set up"}
    assert not [
        a for a in areas.registry() if a.name.startswith(("Greater Essex", "Norfolk and Suffolk Combined"))
    ]
    assert areas.planned_authorities("E07000148", TODAY) == ["Norfolk and Suffolk"]
    assert areas.planned_authorities("E10000012", TODAY) == ["Greater Essex"]
    assert areas.planned_authorities("E06000033", TODAY) == ["Greater Essex"]
    with pytest.raises(AreaError, match="ended on"):
        areas.planned_authorities("E07000026", TODAY)  # Allerdale


def test_planned_authorities_are_those_of_the_register_that_are_not_set_up():
    rows = tables.load("strategic_authority")
    assert set(tables.load("planned_authority")["authority"]) == set(
        rows.loc[rows["status"] == "planned", "authority"]
    )


def test_mayors_to_be_elected_are_not_elected_yet(entries):
    rows = tables.load("strategic_authority")
    due = rows[rows["first_mayoral_election"] > TODAY]
    assert due["authority"].tolist() == [
        "Cheshire and Warrington",
        "Cumbria",
        "Sussex and Brighton",
        "Hampshire and the Solent",
    ]
    notes = entries[entries["text"].str.startswith("Mayor of")].set_index("code")["note"]
    assert all("no mayor elected yet" in notes[code] for code in due["area_code"])
