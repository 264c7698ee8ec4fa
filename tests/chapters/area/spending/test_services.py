"""Spending per head is the sum of the councils; years without one of them are left open."""

import pytest

from healthdevo import areas, tables
from healthdevo.chapters.area import AreaSpending

MANCHESTER, BIRMINGHAM = "E54000057", "E54000055"


def test_spending_per_head_is_the_sum_of_the_councils(manchester):
    members = [a.code for a in areas.members("E47000001", "district", on="2019-04-01")]
    outturn = tables.load("council_outturn")
    rows = outturn[
        outturn["area_code"].isin(members)
        & (outturn["financial_year_start"] == 2016)
        & (outturn["service"] == "adult_social_care")
    ]
    level = tables.load("gdp_deflator").set_index("year")["deflator"]
    expected = rows["spending"].sum() / rows["population"].sum() * level[2023] / level[2016]
    shown = manchester.services.spending.query(
        "line == 'adult_social_care' and year == 2016 and area_code == @MANCHESTER"
    )
    assert len(rows) == 10
    assert shown["per_head"].iloc[0] == pytest.approx(expected)
    assert shown["covered"].iloc[0] == pytest.approx(1.0, abs=0.01)


def test_years_without_birmingham_are_left_open_and_named():
    section = AreaSpending.load(BIRMINGHAM)
    assert section.services.latest == 2021
    own = section.services.spending.query("area_code == @BIRMINGHAM and line == 'public_health'").set_index(
        "year"
    )["per_head"]
    assert own.loc[[2022, 2023]].isna().all()
    assert own.loc[2013:2021].notna().all()
    words = section.texts()["spending_gaps"]
    assert "2022/23 and 2023/24 are left open" in words
    assert "Birmingham" in words
    assert "no figures" not in section.spending_chart().title


def test_councils_merged_later_count_before_their_merger():
    section = AreaSpending.load("E54000041")
    own = section.services.spending.query(
        "area_code == 'E54000041' and line == 'adult_social_care'"
    ).set_index("year")
    assert own["per_head"].notna().all()
    assert own["covered"].between(0.99, 1.01).all()


def test_expectation_of_need_is_met_by_england_as_a_whole(manchester):
    table = manchester.need.against_need.set_index("area_code")
    people = manchester.need.councils.population.query("year == 2019").set_index("area_code")["persons"]
    weights = people.loc[table.index]
    assert float((weights * table["actual"]).sum() / (weights * table["expected"]).sum()) == pytest.approx(
        1.0, abs=0.01
    )
    assert ((table["lower"] < table["difference"]) & (table["difference"] < table["upper"])).all()
