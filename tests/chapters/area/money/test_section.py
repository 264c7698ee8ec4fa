"""The section on money of an area's page: sums of districts, of England, and words on both sides of their thresholds."""

import numpy as np
import pytest

from healthdevo import tables
from healthdevo.chapters.area import AreaMoney
from healthdevo.chapters.area.money import words
from healthdevo.chapters.money import Money
from healthdevo.errors import TableError

GREATER_MANCHESTER = "E47000001"


@pytest.fixture(scope="module")
def found():
    return AreaMoney.load(GREATER_MANCHESTER)


@pytest.fixture(scope="module")
def chapter():
    return Money.load()


def test_what_an_area_gains_is_what_its_districts_gain(found, chapter):
    winners = chapter.taxes.winners.set_index("area_code")
    districts = [f"E080000{i:02d}" for i in range(1, 11)]
    people = (
        tables.load("population_year")
        .query("year == 2023 and area_code == @GREATER_MANCHESTER")["persons"]
        .item()
    )
    assert found.people == people
    assert found.gain == pytest.approx(winners.loc[districts, "gain"].sum() / people)
    row = found.taxes.iloc[0]
    assert row["gain_full_million"] == pytest.approx(winners.loc[districts, "gain"].sum() / 1e6)
    assert row["gain_half"] == pytest.approx(row["gain_full"] / 2, abs=1e-4)
    income = (
        tables.load("wider_determinants")
        .query(
            "indicator == 'household_income_per_head' and year == 2023 and area_code == @GREATER_MANCHESTER"
        )["value"]
        .item()
    )
    assert row["per_head"] == pytest.approx(income / 100, rel=0.002), (
        "as published for the combined authority"
    )
    assert row["england"] == pytest.approx(chapter.taxes.penny.per_head)
    base = tables.load("council_tax_base").set_index("area_code")["tax_base"]
    assert found.taxes["raised_million"].iloc[1] == pytest.approx(100 * base[districts].sum() / 1e6)


def test_regions_gain_nothing_together(chapter):
    regions = AreaMoney.load("E12000001")
    gains = [float((regions.frame["penny_1"] * regions.shares[a.code]).sum()) for a in regions.peers]
    assert len(gains) == 9
    assert sum(gains) == pytest.approx(0.0, abs=1e-4)
    raised = sum(float((regions.frame["penny"] * regions.shares[a.code]).sum()) for a in regions.peers)
    assert raised == pytest.approx(chapter.taxes.penny.raised.total)


def test_ranks_by_sorting(found):
    table = found.standing
    order = table.sort_values("per_weighted_head", ascending=False)["area_code"].tolist()
    now, least, most = found.rank
    assert order.index(GREATER_MANCHESTER) + 1 == now
    assert least <= now <= most
    assert len(table) == len(found.peers)


def test_need_of_a_board_is_as_published(chapter):
    board = AreaMoney.load("E54000057")
    frame = chapter.allocation.frame.set_index("area_code")
    assert board.need == pytest.approx(frame.loc["E54000057", "need"])
    rows = tables.load("allocation_need").query("financial_year_start == 2025")
    rows = rows[rows["area_code"].str.startswith("E54")].set_index("area_code")
    assert board.need_share == pytest.approx(rows.loc["E54000057", "core"] / rows["core"].sum())
    health = (
        tables.load("regional_spending")
        .query(
            "latest_edition and financial_year_start == 2023 and service == 'health' and area_code == 'E92000001'"
        )["spending"]
        .item()
    )
    spent = tables.load("mental_health_spending").query(
        "financial_year_start == 2023 and area_code == 'E54000057'"
    )["spending_per_patient"]
    assert f"£{spent.item():.0f} for each" in board.texts()["money_mental"]
    assert board.by_need == pytest.approx(1000 * health * board.need_share)


def test_councils_of_an_area_add_up(found):
    outturn = tables.load("council_outturn").query("financial_year_start == 2023")
    own = outturn[outturn["area_code"].isin([f"E080000{i:02d}" for i in range(1, 11)])]
    sums = own.groupby("service")["spending"].sum()
    for service in (
        "adult_social_care",
        "children_social_care",
        "public_health",
        "total_service_expenditure",
    ):
        assert found.councils.sums[service] == pytest.approx(sums[service])
    flows = found.flow
    assert int(flows.leaves["amount"].sum()) == flows.total == round(sums["total_service_expenditure"] / 1000)
    assert found.councils.covered == 1.0
    assert not found.region


def test_a_region_has_the_published_flow(chapter):
    region = AreaMoney.load("E12000002")
    assert region.region
    assert region.flow.total == chapter.flow.of("E12000002").total
    assert region.flow_chart().title == "Health takes 26% of public spending for the North West"
    assert "Treasury" in region.texts()["money_by_need"]


def test_a_council_that_has_not_reported_shows_no_flow():
    birmingham = AreaMoney.load("E08000025")
    assert birmingham.councils.missing == ("Birmingham",)
    assert birmingham.councils.covered == 0.0
    assert birmingham.flow is None
    assert birmingham.flow_chart() is None
    assert birmingham.flow_table() is None
    assert "not shown" in birmingham.texts()["money_councils"]
    assert "too low by what is missing" in AreaMoney.load("E12000005").texts()["money_councils"]


@pytest.mark.parametrize(
    "code",
    ["E54000057", "E40000010", "E10000017", "E07000008", "E09000001", "E08000038", "E47000017", "E06000053"],
)
def test_every_kind_of_area_has_words_and_pictures(code):
    section = AreaMoney.load(code)
    texts = section.texts()
    assert not any("nan" in t.split() for t in texts.values())
    assert all(len(chart.title.split()) <= 10 for chart in (section.standing_chart(), section.flow_chart()))
    assert len(section.taxes_table().shown) == 2
    assert section.flow_table().data["amount"].notna().sum() >= 5


def test_england_has_the_chapter():
    with pytest.raises(TableError, match="there are figures of money for"):
        AreaMoney.load("E92000001")


def test_words_on_both_sides():
    assert words.needs(1.02) == "2% more need than average"
    assert words.needs(0.98) == "2% less need than average"
    assert words.needs(1.0) == "about average need"
    assert words.gains(1.0) == "would gain £1 a head"
    assert words.gains(-1.0) == "would pay £1 a head"
    assert words.gains(0.99) == "would hardly gain or pay"
    assert "over five years" in words.ranked(2, 1, 3, 9, "regions")
    assert "the same in all" in words.ranked(2, 2, 2, 9, "regions")


def test_titles_on_both_sides(found):
    assert found.standing_chart().title.startswith("A penny on income would raise less")
    assert AreaMoney.load("E09000001").standing_chart().title.startswith("A penny on income would raise more")
    assert np.isfinite(found.standing["need"]).all()
