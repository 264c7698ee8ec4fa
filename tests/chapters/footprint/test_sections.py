"""Sections against identities and independent sums of their tables."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.footprint.borders import Borders, people_of_districts
from healthdevo.chapters.footprint.flows import BEFORE, TODAY, district_codes, main_container
from healthdevo.chapters.footprint.kinds_of_place import sea
from healthdevo.chapters.footprint.legitimacy import Legitimacy
from healthdevo.chapters.footprint.markets import NONE
from healthdevo.chapters.footprint.neighbourhoods import Neighbourhoods
from healthdevo.chapters.footprint.outcomes import outcomes
from healthdevo.chapters.footprint.own_region import OwnRegion, districts_of
from healthdevo.chapters.footprint.results import Results
from healthdevo.chapters.footprint.size import (
    Size,
    council_money,
    deaths,
    life_expectancy,
    own_tax,
    productivity,
    small_areas,
)
from healthdevo.chapters.footprint.work import Work
from healthdevo.chapters.footprint.work_map import LEAST_PEOPLE, WorkMap, _fills, touching
from healthdevo.errors import AreaError


def test_markets_hold_everybody(markets):
    total = tables.load("travel_to_work_area")["persons"].sum()
    assert total == 56_286_961  # England in mid-2019
    for kind in ("board", "board_before", "upper_tier", "region"):
        assert markets.parts_of(kind)["people"].sum() == total
        assert not (markets.parts[kind] == NONE).any()
    assert markets.parts["labour_market_code"].nunique() == 155
    assert markets.parts["board"].nunique() == 36
    assert markets.parts["board_before"].nunique() == 42


def test_cornwall_cuts_only_at_plymouth(markets):
    split = markets.split("upper_tier").loc["E06000052"]
    parts = markets.parts_of("upper_tier")
    of_market = parts.groupby("market")["people"].transform("sum")
    mine = (parts["area"] == "E06000052") & (parts["people"] / of_market >= 0.98)
    assert split["whole"] == mine.sum()
    assert split["cut"] >= 1


def test_districts_are_complete():
    every = set(district_codes())
    assert (
        set(people_of_districts().index) == every == set(deaths().index) == set(productivity().dropna().index)
    )
    assert every - set(life_expectancy().dropna().index) == {"E06000053", "E09000001"}
    assert (
        people_of_districts().sum()
        == tables.load("population_year")
        .query("area_code == 'E92000001' and year == 2024")["persons"]
        .iloc[0]
    )


def test_borders_of_a_board_that_is_the_authority():
    pairs = Borders.load().pairs("combined_authority", TODAY)
    greater_manchester = pairs[pairs["first"] == "E47000001"]
    assert greater_manchester["second"].tolist() == ["E54000057"]
    assert Borders.load().pairs("combined_authority", BEFORE)["people"].sum() == pytest.approx(
        pairs["people"].sum()
    )


def test_places_run_from_nought_to_one():
    small = small_areas(2019)
    assert small["place"].mean() == pytest.approx(0.5, abs=1e-3)
    assert small["place"].between(0, 1).all()
    assert small["place"].var(ddof=0) == pytest.approx(1 / 12, rel=1e-3)


def test_persistence_by_hand():
    made = pd.DataFrame(
        {"small_area": list("abcd"), "area_code": list("xxyy"), "place": [0.05, 0.3, 0.6, 0.9]}
    )
    hoods = Neighbourhoods({2015: made, 2019: made, 2025: made.assign(place=[0.35, 0.05, 0.6, 0.9])})
    rows = hoods.persistence.set_index(["from", "to"])
    assert rows.loc[(2015, 2019), ["correlation", "stayed", "left"]].tolist() == [1.0, 1.0, 0.0]
    assert rows.loc[(2015, 2025), ["correlation", "stayed", "left"]].tolist() == pytest.approx(
        [0.8, 0.0, 1.0]
    )
    assert hoods.kept == 1.0


def test_map_keeps_its_rules(flows):
    drawn = WorkMap.load(flows)
    held = drawn.held
    neighbours = drawn.neighbours
    alone = set(district_codes()) - set(neighbours["first"])
    ok = held[~held.index.isin(alone)]
    assert ok["economic"].all()
    assert (ok["residents"] >= LEAST_PEOPLE).all()
    assert held["people"].sum() == people_of_districts().sum()
    assert held["districts"].sum() == 296
    # regions hang together
    for _, places in drawn.regions.groupby(drawn.regions):
        seen, left = {places.index[0]}, set(places.index[1:])
        while True:
            near = set(neighbours[neighbours["first"].isin(seen)]["second"]) & left
            if not near:
                break
            seen, left = seen | near, left - near
        assert not left
    fills = _fills(drawn.regions, neighbours)
    a, b = neighbours["first"].map(drawn.regions), neighbours["second"].map(drawn.regions)
    assert all(fills[x] != fills[y] for x, y in zip(a, b, strict=True) if x != y)
    assert drawn.as_many(36).nunique() <= max(36, 36 + len(alone))


def test_touching_is_symmetric():
    pairs = touching(set(district_codes()))
    assert {*zip(pairs["first"], pairs["second"], strict=True)} == {
        *zip(pairs["second"], pairs["first"], strict=True)
    }


def test_own_region_is_the_authority_of_its_districts(flows):
    own = OwnRegion.load([a.code for a in areas.members("E47000001", "district", on=TODAY)])
    row = Work(flows).authorities.loc["E47000001"]
    numbers = own.numbers
    assert numbers["lives_and_works"] == row["lives_and_works"]
    assert numbers["works_and_lives"] == row["works_and_lives"]
    assert numbers["census_2021"] == row["census_2021"]
    assert numbers["required"] == pytest.approx(2 / 3)
    assert numbers["people"] == people_of_districts().reindex(list(own.districts)).sum()
    assert OwnRegion.load(["E47000001"]).lines() == own.lines()
    outside = set(own.partners["area_code"]) & set(own.districts)
    assert not outside
    assert own.economic


def test_money_counts_a_county_with_all_its_districts():
    rows = tables.load("core_spending_power")
    rows = rows[rows["financial_year_start"] == rows["financial_year_start"].max()].set_index("area_code")[
        "total"
    ]
    districts = [a.code for a in areas.members("E10000020", "district", on=TODAY)]
    assert OwnRegion.load(["E10000020"]).money == pytest.approx(rows[["E10000020", *districts]].sum())
    assert OwnRegion.load(districts[:2]).money == pytest.approx(rows[districts[:2]].sum())


def test_refusals():
    with pytest.raises(AreaError, match="no area is given"):
        districts_of([])
    with pytest.raises(AreaError, match="cuts"):
        districts_of(["E54000065"])
    with pytest.raises(AreaError):
        districts_of(["E08000099"])


def test_smallest_correlation():
    # 36 areas: z = 2.8016, sqrt(33) = 5.7446
    assert Results.smallest(36) == pytest.approx(np.tanh(2.8016 / 5.7446), abs=1e-4)


def test_results_weigh_by_people(flows):
    rows = Results.load(flows).areas_of("region")
    life, people = life_expectancy(), people_of_districts()
    here = areas.members("E12000001", "district", on=TODAY)
    codes = [a.code for a in here]
    assert rows.loc["E12000001", "level"] == pytest.approx(np.average(life[codes], weights=people[codes]))


def test_open_water_is_where_the_sea_is():
    share = sea()
    for code in ("E06000046", "E06000052", "E07000114", "E06000009", "E06000027", "E07000145"):
        assert share[code] > 0.2  # Isle of Wight, Cornwall, Thanet, Blackpool, Torbay, Great Yarmouth
    for code in ("E08000003", "E07000008", "E09000001", "E08000025", "E06000016", "E06000019", "E06000051"):
        assert share[code] == pytest.approx(
            0.0, abs=0.02
        )  # inland, the City of London, and the border with Wales
    assert share.between(0, 1).all()
    assert len(share) == len(set(share.index))


def test_outcomes_are_those_of_the_tables():
    rows = outcomes()
    table = tables.load("chronic_admission").set_index(["area_code", "financial_year_start"])["rate"]
    assert rows.loc["E08000003", "admissions"] == table["E08000003", 2023]
    assert rows.loc["E08000003", "admissions_change"] == pytest.approx(
        100 * np.log(table["E08000003", 2023] / table["E08000003", 2013])
    )
    deaths = tables.load("under_75_mortality").query("edition == 'ohid_2026' and sex == 'persons'")
    own = deaths[deaths["area_code"] == "E08000003"].set_index("year")["rate"]
    assert own.index.min() == 2014  # as the label of the change says
    assert rows.loc["E08000003", "deaths"] == pytest.approx(own.sort_index().iloc[-3:].mean())


def test_council_tax_share_of_a_tier_by_hand(flows):
    rows = tables.load("core_spending_power")
    rows = rows[rows["financial_year_start"] == rows["financial_year_start"].max()].set_index("area_code")
    ten = rows.loc[[f"E0800000{i}" if i < 10 else "E08000010" for i in range(1, 11)]]
    money = council_money()
    codes = [c for c in money.index if c in set(ten.index)]
    assert money.loc[codes, "total"].sum() == pytest.approx(ten["total"].sum())
    # nothing of single-tier, county and district councils is lost
    kept = rows[rows.index.str.match("E0[6-9]|E10")]
    assert money["council_tax"].sum() == pytest.approx(kept["council_tax"].sum())
    where = main_container("region")
    assert 0.3 < own_tax("region", TODAY, money) < 0.9
    assert where.notna().all()
    low, high = Size.load(flows).regional_taxes
    assert low < 0.8 < 1.0 < high


def test_shared_borders_are_compared(flows):
    rows = Results.load(flows).shared
    assert rows["n"].iloc[0] + rows["others"].iloc[0] == 20
    assert ((rows["lower"] <= rows["estimate"]) & (rows["estimate"] <= rows["upper"])).all()


def test_what_others_found_is_told_with_what_was_read():
    section = Legitimacy.load()
    assert section.studies["read_in"].notna().all()
    assert section.studies["source"].str.startswith("https://").all()
    assert section.studies_table() is not None
