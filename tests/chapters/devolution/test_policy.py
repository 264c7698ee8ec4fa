"""The policy: money and places."""

import pytest

from healthdevo import tables
from healthdevo.chapters.devolution.elsewhere import Elsewhere
from healthdevo.chapters.devolution.policy import Policy


def test_policy_charts_and_money():
    elsewhere = Elsewhere.load()
    section = Policy(elsewhere.events, tables.load("population_year"), elsewhere.deals)
    assert section.amount("fund") / section.amount("budget") == pytest.approx(450e6 / 6e9)
    assert "Greater Manchester" in section.map().title
    assert section.timeline().data["event_date"].is_monotonic_increasing
