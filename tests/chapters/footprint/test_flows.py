"""Flows keep everybody, stand on the districts of today, and give what an independent sum gives."""

import pytest

from healthdevo import areas, tables
from healthdevo.chapters.footprint.flows import (
    BEFORE,
    NOWHERE,
    TODAY,
    at_home_inside,
    district_codes,
    main_container,
    regions_of,
)
from healthdevo.chapters.footprint.work import Work


def test_nobody_is_lost(flows):
    # the totals published with both tables
    assert flows.census_2011["people"].sum() == 26_681_568 == tables.load("commuting_2011")["people"].sum()
    assert flows.census_2021["people"].sum() == 27_680_850 == tables.load("commuting_2021")["people"].sum()
    home = flows.census_2011[flows.census_2011["workplace_code"] == "home"]["people"].sum()
    assert home == 2_778_019
    assert (
        flows.census_2011[flows.census_2011["workplace_code"] == "no_fixed_place"]["people"].sum()
        == 2_165_685
    )


def test_all_stand_on_the_districts_of_today(flows):
    for frame in (flows.census_2011, flows.census_2021):
        for column in ("residence_code", "workplace_code"):
            assert {c for c in frame[column] if c.startswith("E0")} == set(district_codes())
        assert not frame.duplicated(["residence_code", "workplace_code"]).any()


def test_readings(flows):
    away = flows.census_2011[flows.census_2011["workplace_code"].isin(["offshore", "outside_uk"])][
        "people"
    ].sum()
    assert at_home_inside(flows.census_2011)["people"].sum() == flows.census_2011["people"].sum() - away
    assert not flows.main["workplace_code"].isin(NOWHERE).any()


def test_wales_is_there_and_scotland_sends_nobody(flows):
    main = flows.main
    assert (
        main[(main["residence_code"] == "wales") & (main["workplace_code"] == "E06000050")]["people"].sum()
        > 5_000
    )
    assert "scotland" not in set(main["residence_code"])
    assert "scotland" in set(main["workplace_code"])


def test_regions_hold_every_district_once():
    for kind, on in (("icb", BEFORE), ("icb", TODAY), ("region", TODAY), ("upper_tier", TODAY)):
        share = regions_of(kind, on).groupby("area_code")["share"].sum()
        assert len(share) == 296
        assert share.to_numpy() == pytest.approx(1.0, abs=1e-6)
    assert main_container("region").nunique() == 9


def test_counts_of_the_first_look(flows):
    """All combined authorities but Cheshire and Warrington keep three quarters both ways, and 16 of 42 boards do not, five of them London's."""
    work = Work(flows)
    authorities, before = work.authorities, work.boards_before
    assert authorities.index[authorities["least"] < 0.75].tolist() == ["OWN-CHESHIRE-WARRINGTON"]
    failing = before.index[before["least"] < 0.75]
    assert len(before) == 42
    assert len(failing) == 16
    assert sum("London" in areas.get(c).name for c in failing) == 5


def test_sums_by_hand(flows):
    inside = {a.code for a in areas.members("E47000001", "district", on=TODAY)}
    main = flows.main
    lives, works = main["residence_code"].isin(inside), main["workplace_code"].isin(inside)
    row = Work(flows).authorities.loc["E47000001"]
    assert row["inside"] == main[lives & works]["people"].sum()
    assert row["residents"] == main[lives]["people"].sum()
    assert row["workers"] == main[works]["people"].sum()
    assert Work(flows).crossing.loc["E47000001", "crossing"] == main[lives ^ works]["people"].sum()
