"""The section on work for areas at every edge: London, islands, borders with Wales and Scotland, boards that have ended."""

import pytest

from healthdevo.chapters.area.footprint import words
from healthdevo.chapters.area.footprint.section import AreaFootprint
from healthdevo.errors import TableError


@pytest.mark.parametrize(
    "code",
    ["E54000034", "E54000071", "E47000001", "E61000001", "E06000053", "E09000001", "E10000020", "E40000003"],
)
def test_every_kind_has_its_figures(code):
    section = AreaFootprint.load(code)
    texts = section.texts()
    assert all(texts.values())
    assert f"of {len(section.peers)}" in texts["work_rank"]
    assert section.chart().data.shape[0] == len(section.partners)
    assert not set(section.partners["area_code"]) & set(section.whole)
    assert section.split["people"] == section.labour_markets["held"].sum()


def test_borders_with_wales_and_scotland():
    assert "Wales" in AreaFootprint.load("E06000019").partners["name"].tolist()
    assert "Scotland" in AreaFootprint.load("E06000063").partners.query("direction == 'out'")["name"].tolist()


def test_london_is_the_same_as_region_nhs_region_and_authority():
    rows = [AreaFootprint.load(c).work for c in ("E12000007", "E40000003", "E61000001")]
    assert rows[0]["inside"] == rows[1]["inside"] == rows[2]["inside"]


def test_a_board_that_has_ended_stands_among_its_own():
    section = AreaFootprint.load("E54000034")
    assert len(section.peers) == 42
    assert section.labour_markets["held"].sum() > 500_000


@pytest.mark.parametrize("code", ["E92000001", "E47000011"])
def test_areas_without_figures_are_refused(code):
    with pytest.raises(TableError):
        AreaFootprint.load(code)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((0.8, 0.7, 2 / 3, 0.9), "as well."),
        ((0.8, 0.7, 2 / 3, 0.6), "it would not be."),
        ((0.8, 0.5, 2 / 3, 0.9), "it would be."),
        ((0.8, 0.5, 2 / 3, 0.6), "not in the census of 2021 either."),
    ],
)
def test_verdict(arguments, said):
    assert words.verdict(*arguments).endswith(said)


def test_cut():
    assert words.cut(0, 0, 1.0).startswith("It is a small part")
    assert words.cut(0, 1, 0.001).endswith(
        "cuts 1: fewer than 1% of its people live in one that its border cuts"
    )
