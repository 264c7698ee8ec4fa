"""The section on spending and determinants of area pages: sums of councils, shares of cut ones, gaps, need, implications."""

import numpy as np
import pandas as pd
import pytest

import healthdevo.chapters.area.spending.section as module
from healthdevo import areas, tables
from healthdevo.chapters.area.spending.section import AreaSpending, council_shares
from healthdevo.errors import AreaError, TableError
from healthdevo.results import Estimate, Interval

MANCHESTER, FRIMLEY, BIRMINGHAM = "E54000057", "E54000034", "E54000055"


@pytest.fixture(scope="module")
def manchester() -> AreaSpending:
    return AreaSpending.load(MANCHESTER)


@pytest.fixture(scope="module")
def frimley() -> AreaSpending:
    return AreaSpending.load(FRIMLEY)


def test_shares_of_councils_fill_england():
    boards = [a.code for a in areas.list_areas("icb", module.REFERENCE)]
    codes = sorted(tables.load("area_year_panel")["area_code"].unique())
    shares = council_shares(boards, codes)
    assert np.allclose(shares.sum(axis=1), 1.0)
    assert ((shares >= 0) & (shares <= 1)).all(axis=None)


def test_a_cut_county_counts_by_the_people_of_its_districts(frimley):
    membership = tables.load("area_membership")
    day = pd.Timestamp(module.REFERENCE)
    now = membership[(membership["valid_from"] <= day) & ~(membership["valid_to"] < day)]
    surrey = set(now.query("container_code == 'E10000030'")["member_code"])
    part = now[(now["container_code"] == FRIMLEY) & now["member_code"].isin(surrey)]
    people = tables.load("population_year").query("year == 2023").set_index("area_code")["persons"]
    expected = (part["population_share"].to_numpy() * people.loc[part["member_code"]].to_numpy()).sum()
    expected /= people.loc[sorted(surrey)].sum()
    assert frimley.shares.loc["E10000030", FRIMLEY] == pytest.approx(expected)
    assert "Surrey" in frimley.texts()["spending_parts"]


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
    shown = manchester.spending.query(
        "line == 'adult_social_care' and year == 2016 and area_code == @MANCHESTER"
    )
    assert len(rows) == 10
    assert shown["per_head"].iloc[0] == pytest.approx(expected)
    assert shown["covered"].iloc[0] == pytest.approx(1.0, abs=0.01)


def test_years_without_birmingham_are_left_open_and_named():
    section = AreaSpending.load(BIRMINGHAM)
    assert section.latest == 2021
    own = section.spending.query("area_code == @BIRMINGHAM and line == 'public_health'").set_index("year")[
        "per_head"
    ]
    assert own.loc[[2022, 2023]].isna().all()
    assert own.loc[2013:2021].notna().all()
    words = section.texts()["spending_gaps"]
    assert "2022/23 and 2023/24 are left open" in words
    assert "Birmingham" in words
    assert "no figures" not in section.spending_chart().title


def test_councils_merged_later_count_before_their_merger():
    section = AreaSpending.load("E54000041")
    own = section.spending.query("area_code == 'E54000041' and line == 'adult_social_care'").set_index("year")
    assert own["per_head"].notna().all()
    assert own["covered"].between(0.99, 1.01).all()


def test_expectation_of_need_is_met_by_england_as_a_whole(manchester):
    table = manchester.against_need.set_index("area_code")
    people = manchester.population.query("year == 2019").set_index("area_code")["persons"]
    weights = people.loc[table.index]
    assert float((weights * table["actual"]).sum() / (weights * table["expected"]).sum()) == pytest.approx(
        1.0, abs=0.01
    )
    assert ((table["lower"] < table["difference"]) & (table["difference"] < table["upper"])).all()


def test_determinants_are_means_weighted_by_people(manchester):
    members = [a.code for a in areas.members("E47000001", "district", on="2019-04-01")]
    panel = tables.load("area_year_panel")
    row = manchester.determinants.set_index("indicator").loc["claimant_rate"]
    rows = panel[(panel["year"] == row["year"]) & panel["area_code"].isin(members)]
    assert row["value"] == pytest.approx(np.average(rows["claimant_rate"], weights=rows["population"]))
    assert row["position"] < 0
    assert (row["value"] > row["england"]) == (row["position"] < 0)


def test_implication_scales_with_the_deaths_of_the_area(manchester, frimley):
    for section in (manchester, frimley):
        published = section.implied["Published: funding rule as instrument"]
        deaths = section.determinants.set_index("indicator").loc["preventable_mortality", "value"]
        young = module.under_75(section.population_age)
        young = young[young["area_code"] == section.area.code].sort_values("year")["persons"].iloc[-1]
        assert published.deaths_averted.estimate == pytest.approx(0.115 * 0.1 * deaths * young / 1e5)
        assert "not forecast" in section.implied_table().caption


def test_words_on_an_implication_claim_no_finding_across_zero():
    def averted(lower: float, upper: float) -> Estimate:
        return Estimate("deaths averted", (lower + upper) / 2, 1.0, (Interval(0.95, lower, upper),), 1, "m")

    assert "no finding either way" in module.implied_words(averted(-1.0, 3.0))
    assert "no finding" not in module.implied_words(averted(1.0, 3.0))
    assert "2 more" in module.implied_words(averted(-2.0, -1.0))


def test_other_areas_are_refused():
    with pytest.raises(TableError, match="neither"):
        AreaSpending.load("E08000003")
    with pytest.raises(AreaError):
        AreaSpending.load("E5400057")
