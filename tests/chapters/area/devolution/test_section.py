"""The devolution section of area pages says what the tables hold."""

from dataclasses import replace

import pytest

from healthdevo.chapters.area import AreaDevolution
from healthdevo.chapters.devolution.elsewhere import DETECTABLE

CHANGE = {"change", "change_p", "change_log", "given_trend"}


@pytest.fixture(scope="module")
def devon():
    return AreaDevolution.load("E54000037")


@pytest.fixture(scope="module")
def west_yorkshire():
    return AreaDevolution.load("E54000054")


def test_where_no_deal_was_early_enough_no_change_is_shown(devon):
    assert not devon.treated
    texts, table = devon.texts(), devon.table()
    assert "none here could come from a deal" in texts["devolution_headline"]
    assert not CHANGE & set(table.data["measure"])
    assert table.data.set_index("measure")["value"]["detectable"] == pytest.approx(
        DETECTABLE * devon.test.standard_error
    )
    chart = devon.path_chart()
    assert chart.title.endswith("no deal early enough to judge")
    assert set(chart.data["who"]) == {"Devon", "England"}
    assert "comparison" not in chart.alt


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
    assert "too large a part of England" in large.path_chart().title


def test_without_separate_blocks_earlier_trends_cannot_be_learned(west_yorkshire):
    other = AreaDevolution(west_yorkshire.area, west_yorkshire.elsewhere, west_yorkshire.districts)
    other.__dict__["given_trend"] = None
    assert "too few separate blocks" in other.texts()["devolution_headline"]
    assert "given_trend" not in set(other.table().data["measure"])
    assert other.table().shown["Value"].str.contains("too few separate blocks").any()


def test_area_without_districts_says_so(devon):
    section = AreaDevolution(devon.area, devon.elsewhere, ())
    texts = section.texts()
    assert "nothing can be said here" in texts["devolution_headline"]
    assert texts["devolution_detectable"] == "Without districts there is nothing to detect."
    assert section.table().shown.to_dict("records") == [{"What": "Districts with figures", "Value": "none"}]
    assert section.path_chart().title.endswith("England for reference")


def test_a_block_is_as_many_districts_as_the_area_has(west_yorkshire):
    headline = AreaDevolution.load("E54000018").texts()["devolution_headline"]
    assert "A block is one other district." in headline
    assert (
        "A block is 5 neighbouring districts without any deal."
        in west_yorkshire.texts()["devolution_headline"]
    )
