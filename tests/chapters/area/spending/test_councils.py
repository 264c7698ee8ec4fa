"""Shares of councils fill England, and cut counties count by the people of their districts."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.area.spending.councils import council_shares
from healthdevo.chapters.common import TODAY

FRIMLEY = "E54000034"


def test_shares_of_councils_fill_england():
    boards = [a.code for a in areas.list_areas("icb", TODAY)]
    codes = sorted(tables.load("area_year_panel")["area_code"].unique())
    shares = council_shares(boards, codes)
    assert np.allclose(shares.sum(axis=1), 1.0)
    assert ((shares >= 0) & (shares <= 1)).all(axis=None)


def test_a_cut_county_counts_by_the_people_of_its_districts(frimley):
    membership = tables.load("area_membership")
    day = pd.Timestamp("2026-03-31")  # its last
    now = membership[(membership["valid_from"] <= day) & ~(membership["valid_to"] < day)]
    surrey = set(now.query("container_code == 'E10000030'")["member_code"])
    part = now[(now["container_code"] == FRIMLEY) & now["member_code"].isin(surrey)]
    people = tables.load("population_year").query("year == 2023").set_index("area_code")["persons"]
    expected = (part["population_share"].to_numpy() * people.loc[part["member_code"]].to_numpy()).sum()
    expected /= people.loc[sorted(surrey)].sum()
    assert frimley.services.councils.shares.loc["E10000030", FRIMLEY] == pytest.approx(expected)
    assert "Surrey" in frimley.texts()["spending_parts"]
