"""Determinants are means of councils weighted by their people."""

import numpy as np
import pytest

from healthdevo import areas, tables


def test_determinants_are_means_weighted_by_people(manchester):
    members = [a.code for a in areas.members("E47000001", "district", on="2019-04-01")]
    panel = tables.load("area_year_panel")
    row = manchester.determinants.positions.set_index("indicator").loc["claimant_rate"]
    rows = panel[(panel["year"] == row["year"]) & panel["area_code"].isin(members)]
    assert row["value"] == pytest.approx(np.average(rows["claimant_rate"], weights=rows["population"]))
    assert row["position"] < 0
    assert (row["value"] > row["england"]) == (row["position"] < 0)
