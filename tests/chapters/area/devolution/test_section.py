"""The devolution section of area pages says what the tables hold."""

from dataclasses import replace

import pytest

from healthdevo.chapters.area import AreaDevolution
from healthdevo.chapters.common import UncoveredError
from healthdevo.chapters.devolution import Mortality
from healthdevo.chapters.devolution.elsewhere import DETECTABLE
from healthdevo.chapters.devolution.findings import manchester
from healthdevo.chapters.devolution.judgement import Judgement
from healthdevo.wording import number

CHANGE = {"change", "change_p", "change_log", "given_trend"}


@pytest.fixture(scope="module")
def devon():
    return AreaDevolution.load("E54000037")


@pytest.fixture(scope="module")
def west_yorkshire():
    return AreaDevolution.load("E54000054")


def test_where_no_deal_was_early_enough_no_change_is_shown(devon):
    assert not devon.treated
    texts = devon.texts()
    assert "No part of NHS Devon ICB had a deal early enough to judge" in texts["devolution_headline"]
    assert "Devon and Torbay (25 January 2024)" in texts["devolution_headline"]
    assert devon.table() is None
    assert devon.path_chart() is None
    assert devon.detectable == pytest.approx(DETECTABLE * devon.test.standard_error)
    assert f"at least {number(devon.detectable, 2)} deaths" in texts["devolution_detectable"]


def test_where_no_deal_ever_was_it_says_so(devon):
    assert (
        "No devolution deal covers NHS Kent and Medway ICB"
        in AreaDevolution.load("E54000032").texts()["devolution_headline"]
    )


def test_one_district_of_a_deal_leads_to_the_deal():
    bolton = AreaDevolution.load("E08000001")
    assert bolton.part
    assert not bolton.treated
    text = bolton.texts()["devolution_headline"]
    assert (
        "Bolton is one of 10 districts in the deal of [Greater Manchester](area:E47000001#devolution-here)"
        in text
    )
    assert bolton.path_chart() is None
    cornwall = AreaDevolution.load("E06000052")  # a deal of its own
    assert cornwall.treated
    assert cornwall.table() is not None


def test_the_combined_authority_of_greater_manchester_has_the_chapters_finding():
    judgement = Judgement.of(Mortality.load())
    section = AreaDevolution.load("E47000001")
    assert section.test.estimate == judgement.main.estimate
    assert section.test.p_absolute == judgement.main.p_absolute
    text = section.texts()["devolution_headline"]
    assert manchester(judgement).sentence in text
    assert judgement.verdict.sentence in text


def test_a_change_comes_with_unit_interval_blocks_and_counter_readings(west_yorkshire):
    section = west_yorkshire
    assert section.treated
    headline = section.texts()["devolution_headline"]
    for part in ("per 100,000", "95% interval", "blocks", "In per cent of the rate", "earlier trend"):
        assert part in headline
    assert "gave no power over health" in headline
    table = section.table().data.set_index("measure")["value"]
    assert set(table.index) >= CHANGE
    assert table["change"] == pytest.approx(section.test.estimate)
    assert section.path_chart().data["period"].max() == 2019


@pytest.mark.parametrize(("p", "words"), [(0.05, "That is unusual."), (0.06, "within what chance gives")])
def test_words_follow_the_rank(west_yorkshire, p, words):
    other = AreaDevolution(west_yorkshire.area, west_yorkshire.elsewhere, west_yorkshire.districts)
    other.__dict__["test"] = replace(west_yorkshire.test, p_absolute=p)
    assert words in other.texts()["devolution_headline"]
    assert other.path_chart().title.endswith("within chance") == (p > 0.05)


def test_a_region_too_large_to_be_compared_says_so(devon):
    large = AreaDevolution(devon.area, devon.elsewhere, devon.elsewhere.controls[:120])
    texts = large.texts()
    assert large.detectable is None
    assert texts["devolution_detectable"].startswith("There are too few blocks")
    large = AreaDevolution(devon.area, devon.elsewhere, devon.elsewhere.controls[:30])
    large.__dict__["blocks"] = None
    large.__dict__["deals"] = devon.elsewhere.deals.assign(shared=1).head(1)
    large.__dict__["group"] = large.districts
    assert "too large a part of England" in large.texts()["devolution_headline"]
    assert large.path_chart() is None


def test_without_separate_blocks_earlier_trends_cannot_be_learned(west_yorkshire):
    other = AreaDevolution(west_yorkshire.area, west_yorkshire.elsewhere, west_yorkshire.districts)
    other.__dict__["given_trend"] = None
    assert "too few separate blocks" in other.texts()["devolution_headline"]
    assert "given_trend" not in set(other.table().data["measure"])
    assert other.table().shown["Value"].str.contains("too few separate blocks").any()


def test_area_without_districts_says_so():
    with pytest.raises(UncoveredError) as refused:
        AreaDevolution.load("E09000001")
    assert refused.value.text.startswith("Too few people live in City of London")


def test_a_block_is_as_many_districts_as_the_area_has(west_yorkshire):
    headline = AreaDevolution.load("E54000018").texts()["devolution_headline"]
    assert "A block is one other district." in headline
    assert (
        "A block is 5 neighbouring districts without any deal."
        in west_yorkshire.texts()["devolution_headline"]
    )


def test_avoidable_admissions_are_judged_on_the_same_footing(west_yorkshire):
    other = west_yorkshire.admissions
    assert (other.subject.things, other.start) == ("admissions", west_yorkshire.start)
    assert set(other.group) <= set(west_yorkshire.group)
    text = west_yorkshire.texts()["devolution_admissions"]
    for part in (
        "From 2016/17 to 2019/20",
        "95% interval",
        "blocks",
        "In per cent of the rate",
        "earlier trend",
    ):
        assert part in text
    assert "deaths" not in text
    assert set(west_yorkshire.admissions_table().data["measure"]) >= CHANGE
    assert west_yorkshire.admissions_chart().figure_id == "admissions-devolution-path"
    assert west_yorkshire.admissions_chart().data["period"].tolist()[0] == 2003
    assert other.admissions is None
    assert other.judged is None


def test_where_nothing_can_be_said_of_admissions_it_says_so(devon, west_yorkshire):
    assert devon.texts()["devolution_admissions"] == "The same holds for avoidable emergency admissions."
    assert (devon.admissions_chart(), devon.admissions_table()) == (None, None)
    other = AreaDevolution(west_yorkshire.area, west_yorkshire.elsewhere, west_yorkshire.districts)
    other.__dict__["admissions"] = None
    assert "No district with a deal has figures" in other.texts()["devolution_admissions"]
    large = AreaDevolution(devon.area, devon.elsewhere, devon.elsewhere.controls[:30])
    large.__dict__["blocks"] = None
    other.__dict__["admissions"] = large
    assert "too large a part" in other.texts()["devolution_admissions"]


def test_districts_left_out_of_admissions_are_counted():
    london = AreaDevolution.load("E12000007")
    assert london.admissions is not None
    left = len(london.group) - len(london.admissions.group)
    assert left == 10
    assert f"{left} districts are left out" in london.texts()["devolution_admissions"]
