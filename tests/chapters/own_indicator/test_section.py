"""The section: level, rank, trend and districts against plain arithmetic; counts are pooled, values are not; a known effect is found."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.area import fill_indicator
from healthdevo.chapters.area.filling import covered_by
from healthdevo.chapters.area.ground import districts_in
from healthdevo.chapters.own_indicator import OwnIndicator, example
from healthdevo.errors import TableError

MANCHESTER = "E47000001"


@pytest.fixture(scope="module")
def authority():
    return OwnIndicator.load(MANCHESTER, example())


def test_an_authority_is_the_sum_of_its_districts(authority):
    rows = pd.read_csv(example())
    own = rows[rows["area_code"].isin(districts_in(MANCHESTER).index) & (rows["period"] == "2018/19")]
    assert len(own) == 10
    assert authority.level.estimate == pytest.approx(1e5 * own["numerator"].sum() / own["denominator"].sum())
    assert authority.level.interval().lower < authority.level.estimate < authority.level.interval().upper
    assert "values were not averaged" in authority.texts()["indicator_notes"]


def test_a_rank_is_that_of_sorting(authority):
    values = authority.peers["value"].sort_values(ascending=False)
    rank, lower, upper = authority.place
    assert rank == 1 + list(values.index).index(MANCHESTER)
    assert lower <= rank <= upper
    assert set(values.index) <= {a.code for a in areas.list_areas("combined_authority")}


def test_a_district_is_compared_with_all_districts(authority):
    one = OwnIndicator.load("E08000003", example())
    assert not one.pooled
    assert len(one.peers) > 290
    assert one.districts_table() is None
    assert "districts in the file" in one.texts()["indicator_level"]
    line = np.polyfit(one.rows["time"], one.rows["value"], 1)[0]
    assert one.trend.estimate == pytest.approx(line)


def test_deprived_districts_are_compared_with_others(authority):
    assert authority.gradient[0].estimate > 0
    assert "the most deprived end is higher" in authority.texts()["indicator_districts"]
    shown = authority.districts_table().data
    assert shown["value"].is_monotonic_decreasing
    assert set(shown["area_code"]) == set(districts_in(MANCHESTER).index)


@pytest.fixture
def changed(tmp_path):
    """Districts with an effect of 4 from 2015 on in Greater Manchester."""
    codes = [a.code for a in areas.list_areas("district", "2026-11-26")]
    rng = np.random.default_rng(3)
    years = np.arange(2009, 2020)
    values = 50 + 5 * rng.normal(size=(len(codes), 1)) + rng.normal(size=(len(codes), len(years)))
    values += 4.0 * np.outer(np.isin(codes, list(districts_in(MANCHESTER).index)), years >= 2015)
    wide = pd.DataFrame(values, codes, years).rename_axis("area").reset_index()
    path = tmp_path / "made up.csv"
    wide.melt("area", var_name="year").to_csv(path, index=False)
    return path


def test_the_designs_find_a_known_effect(changed):
    one = OwnIndicator.load("E08000003", changed)
    name, start, group = one.deal
    assert (name, start) == ("Greater Manchester", 2015)
    assert group == set(districts_in(MANCHESTER).index)
    assert one.battery.kind == "neighbours"
    assert one.battery.main.estimate == pytest.approx(4.0, abs=0.6)
    assert one.battery.verdict.strength == "clear"
    texts = one.texts()
    assert "clear evidence of an effect: all 5 parts hold" in texts["indicator_devolution"]
    assert "without an interval since the file gives neither limits nor counts" in texts["indicator_level"]
    assert "can't be said" in texts["indicator_level"]
    assert one.designs_table().data["design"].tolist()[:2] == ["did", "sdid"]


def test_values_of_districts_are_never_averaged(changed):
    section = fill_indicator(MANCHESTER, str(changed))
    text = section.texts()["indicator_instead"]
    assert text == (
        "made up.csv has values of 10 districts in Greater Manchester, but not of the area, and no numerators and denominators. "
        "Values of districts are never averaged."
    )
    assert section.trend_chart()._ipython_display_() is None


def test_a_name_is_text_where_a_section_is_missing(changed, tmp_path, monkeypatch):
    area = tables.load("area")
    area.loc[area["area_code"] == MANCHESTER, "area_name"] = "<script>alert(1)</script> Combined Authority"
    (tmp_path / "own").mkdir()
    tables.save(area, "area", folder=tmp_path / "own")
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(tmp_path / "own"))
    named = areas.get(MANCHESTER)
    assert "<script>" in named.short_name
    said = [fill_indicator(MANCHESTER, str(changed)).texts()["indicator_instead"], covered_by(named, "care")]
    assert all(r"\<script\>" in text and "<script>" not in text for text in said), said


def test_without_a_file_there_is_no_section():
    assert fill_indicator(MANCHESTER, "").texts() == {"indicator_without": "no file was named"}


def test_a_short_file_says_why_there_are_no_designs(tmp_path):
    path = tmp_path / "short.csv"
    rows = pd.read_csv(example())
    rows[rows["period"] >= "2014/15"].to_csv(path, index=False)
    text = OwnIndicator.load(MANCHESTER, path).texts()["indicator_devolution"]
    assert text == (
        "The designs can't be run for the deal of Greater Manchester, which began in 2015: the file has 1 period before and 4 after. "
        "At least 3 and one are needed."
    )
    rows[rows["area_code"].isin(districts_in(MANCHESTER).index)].to_csv(path, index=False)
    one = OwnIndicator.load(MANCHESTER, path)
    assert "10 of its districts and for 0 districts without a deal" in one.texts()["indicator_devolution"]
    assert one.designs_table() is None
    with pytest.raises(TableError, match="is a folder"):
        OwnIndicator.load(MANCHESTER, tmp_path)
