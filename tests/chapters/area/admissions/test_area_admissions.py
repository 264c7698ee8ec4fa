"""An area's avoidable admissions against the table's own rows and sums, and its words on both sides of each threshold."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.area import AreaAdmissions, fill
from healthdevo.chapters.area.admissions import words
from healthdevo.chapters.area.admissions.counts import pooled
from healthdevo.chapters.area.ground import district_parts
from healthdevo.chapters.common import UncoveredError, normal_estimate
from healthdevo.chapters.common.admissions import by_district_of_today

TEN = [f"E0800000{k}" for k in range(1, 10)] + ["E08000010"]


@pytest.fixture(scope="module")
def table():
    return tables.load("chronic_admission").set_index(["area_code", "financial_year_start"])


@pytest.fixture(scope="module")
def manchester():
    return AreaAdmissions.load("E08000003")


def test_a_district_has_its_published_rates_and_rank(manchester, table):
    row = table.loc[("E08000003", 2023)]
    assert (
        manchester.latest.loc["area", ["rate", "lower", "upper"]].tolist()
        == row[["rate", "lower", "upper"]].tolist()
    )
    assert manchester.published
    assert manchester.standardised
    assert len(manchester.trend) == 21
    assert manchester.group == "district"
    newest = table.xs(2023, level=1)
    kinds = tables.load("area").set_index("area_code")["kind"].reindex(newest.index)
    districts = newest[kinds.str.contains("district|unitary|borough")]["rate"]
    assert len(manchester.compared) == len(districts) == 296
    assert manchester.rank["rank"] == 1 + (districts < row["rate"]).sum()
    assert manchester.rank["lower"] <= manchester.rank["rank"] <= manchester.rank["upper"]
    assert manchester.newest == 2023


def test_the_change_is_the_difference_of_both_ends(manchester, table):
    change = manchester.change(manchester.trend)
    first, last = (table.loc[("E08000003", year)] for year in (2003, 2023))
    assert change.estimate == pytest.approx(last["rate"] - first["rate"])
    half = [(r["upper"] - r["lower"]) / 2 / 1.959964 for r in (first, last)]
    assert change.standard_error == pytest.approx(np.hypot(*half))


def test_similar_areas_are_nearest_in_deprivation(manchester):
    index = tables.load("deprivation_area")
    score = index[index["index_year"] == 2019].set_index("area_code")["average_score"]
    away = (score.reindex(manchester.compared.index).dropna() - score["E08000003"]).abs().sort_values()
    assert set(manchester.similar["area_code"]) == set(away.index[1:11])
    assert manchester.similar["rate"].is_monotonic_increasing
    assert len(manchester.table().shown) == 10


def test_authority_and_board_are_pooled_counts_of_their_districts(table):
    rows = table.loc[TEN]
    sums = rows.groupby(level=1)[["admissions", "population"]].sum()
    crude = 1e5 * sums["admissions"] / sums["population"]
    for code in ("E47000001", "E54000057"):
        section = AreaAdmissions.load(code)
        assert not section.published
        assert section.trend["rate"].tolist() == pytest.approx(crude.tolist())
        assert section.trend.loc[2023, "admissions"] == sums.loc[2023, "admissions"]
        share = section.trend.loc[2023, "rate"] / np.sqrt(sums.loc[2023, "admissions"])
        width = section.trend.loc[2023, "upper"] - section.trend.loc[2023, "lower"]
        assert width == pytest.approx(2 * 1.96 * share, rel=0.01)
        whole = table.loc[("E92000001", 2023)]
        assert section.england.loc[2023, "rate"] == pytest.approx(
            1e5 * whole["admissions"] / whole["population"]
        )
        assert (section.group, section.table()) == ("", None)
        assert section.similar.empty


def test_pooled_counts_of_all_regions_are_those_of_all_districts(table):
    regions = [a for a in table.index.get_level_values(0).unique() if a.startswith("E12")]
    every = by_district_of_today().groupby(level=1)["admissions"].sum()
    found = sum(pooled(code)["admissions"].loc[2023] for code in regions)
    assert found == pytest.approx(every[2023])
    assert district_parts(regions)["area_code"].nunique() == 296


def test_merged_districts_are_added_up_and_codes_are_those_of_today(table):
    old = ["E07000187", "E07000188", "E07000189", "E07000190", "E07000191"]  # the districts of Somerset
    assert (
        by_district_of_today().loc[("E06000066", 2010), "admissions"]
        == table.loc[[(c, 2010) for c in old], "admissions"].sum()
    )
    somerset = AreaAdmissions.load("E06000066")
    assert somerset.published
    assert not somerset.standardised
    assert len(somerset.trend) == 21
    assert AreaAdmissions.load("E08000038").trend.loc[2003, "rate"] == table.loc[("E08000016", 2003), "rate"]


def test_a_district_that_ended_keeps_its_own_years(table):
    ended = AreaAdmissions.load("E07000246")
    assert ended.trend["rate"].tolist() == table.loc["E07000246"]["rate"].tolist()
    assert ended.latest["year"].tolist() == [2022, 2022]
    assert ended.latest.loc["England", "rate"] == table.loc[("E92000001", 2022), "rate"]
    assert ended.group == ""


def test_counties_are_among_upper_tier_areas_and_regions_among_regions():
    county, region = AreaAdmissions.load("E10000017"), AreaAdmissions.load("E12000002")
    assert (county.group, region.group) == ("upper_tier", "region")
    assert (len(county.compared), len(region.compared)) == (153, 9)
    assert len(county.similar) == 10
    assert region.similar.empty
    assert len(region.ranks) == 9


def test_breaks_of_recording_are_said_and_drawn(table):
    section = AreaAdmissions.load("E09000030")
    assert section.breaks == table.loc["E09000030"].query("recording_break").index.tolist()
    texts = section.texts()
    assert "5 years from 2003/04 to 2007/08" in texts["admissions_breaks"]
    assert "says little of health here" in texts["admissions_breaks"]
    assert section.chart().title.endswith("but recording changed")
    assert AreaAdmissions.load("E08000003").breaks == []


def test_england_is_itself(table):
    section = AreaAdmissions.load("E92000001")
    assert section.own["rate"].tolist() == table.loc["E92000001"]["rate"].tolist()
    assert len(section.chart().data) == 21
    assert "England had 842." not in section.texts()["admissions_headline"]


def test_an_area_without_districts_is_uncovered(monkeypatch):
    from healthdevo.chapters.area.admissions import section

    monkeypatch.setattr(section, "pooled", lambda code: pd.DataFrame())
    with pytest.raises(UncoveredError, match="is neither"):
        AreaAdmissions.load("E47000001")
    assert "admissions_instead" in fill(AreaAdmissions, "E47000001").texts()


@pytest.mark.parametrize(
    ("value", "error", "said"),
    [(10.0, 1.0, "rose by 10"), (-10.0, 1.0, "fell by 10"), (1.9, 1.0, "did not change beyond chance")],
)
def test_a_change_is_said_with_its_interval(value, error, said):
    change = normal_estimate("change", value, error)
    assert words.moved(change).startswith(said)
    assert "95% interval" in words.moved(change)
    assert words.direction(change) in said


def test_words_on_both_sides():
    rows = pd.DataFrame({"rate": [1.0, 2.0, 3.0]})
    assert "one has a lower rate; their median is 2" in words.peers(rows, 1.5, "districts")
    assert "two have a lower rate" in words.peers(rows, 2.5, "districts")
    assert words.breaks([]) == "no year is marked as a break"
    assert words.breaks([2005]).startswith("the rate of 2005/06 lies")
    assert words.breaks([2005, 2006], standardised=False).startswith("in some of its districts the rates")
    assert "5 years from 2003/04" in words.breaks([2003, 2004, 2005, 2006, 2007])
    assert "2006/07 lie" in words.breaks([2003, 2004, 2005, 2006])
    up = normal_estimate("change", 10.0, 1.0)
    assert words.since(2003, up, None, True).startswith("Since 2003/04 the rate rose")
    assert words.since(2003, up, up, False).count("rose") == 2
    assert words.title("rose", "2003/04", False) == "Avoidable admissions rose since 2003/04"
    assert words.standing({"rank": 1, "lower": 1, "upper": 3}, 9, "regions") == (
        "Among regions its rate is the lowest of 9 (95% interval 1st to 3rd)"
    )
    assert words.footing(True) == "standardised by age and sex"


def test_pooled_pages_say_that_they_are_not_standardised():
    texts = AreaAdmissions.load("E47000001").texts()
    assert words.POOLED in texts["admissions_headline"]
    assert texts["admissions_rank"] == words.UNRANKED
    assert texts["admissions_peers"] == words.ALONE
    assert "not standardised" in texts["admissions_trend"]
