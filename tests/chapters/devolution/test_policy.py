"""The policy: money, places and steps."""

import pytest

from healthdevo import tables
from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.policy import Policy


@pytest.fixture(scope="module")
def section() -> Policy:
    elsewhere = Elsewhere.load()
    return Policy(elsewhere.events, tables.load("population_year"), elsewhere.deals)


def test_money(section):
    assert section.amount("fund") / section.amount("budget") == pytest.approx(450e6 / 6e9)


def test_timeline_goes_on_past_2018_and_stays_readable(section):
    chart = section.timeline()
    assert chart.data["event_date"].is_monotonic_increasing
    assert chart.data["event_date"].max().year > 2018
    assert "until 2022" in chart.title
    assert len(chart.title.split()) <= 10
    assert len(chart.data) <= 20
    assert (section.steps["area_code"] != "E92000001").all()


def test_map_shows_every_place_once(section):
    data = section.map().data.set_index("name")["group"]
    assert data.index.is_unique
    assert data["Surrey Heartlands"] == data["Greater Manchester"] == "health"
    assert data["North of Tyne"] == "early"
    assert data["North East"] == data["East Midlands"] == "late"
    assert (data == "early").sum() == (~section.deals["health"]).sum()
