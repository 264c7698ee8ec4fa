"""Lagged links recomputed, and shown in both directions."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.common import OUTCOME


def test_a_lagged_link_is_a_regression_with_area_and_year_effects(chapter):
    rows = tables.load("area_year_panel")
    rows = rows[rows["year"] <= 2019]
    y, x = np.log(rows[OUTCOME]), rows["claimant_rate"]
    frame = rows[["area_code", "year"]].assign(y=y / y.std(), x=x / x.std())
    before = frame.assign(year=frame["year"] + 1).rename(columns={"y": "y1", "x": "x1"})
    both = frame.merge(before, on=["area_code", "year"]).dropna()
    dummies = pd.get_dummies(both[["area_code", "year"]].astype(str), drop_first=True, dtype=float).to_numpy()
    design = np.column_stack([np.ones(len(both)), both[["x1", "y1"]], dummies])
    expected = np.linalg.lstsq(design, both["y"].to_numpy(), rcond=None)[0][1]
    row = chapter.directions.links.query(
        "sample == 'before the pandemic' and lag == 1 and direction == 'benefit claims to deaths'"
    )
    assert row["estimate"].iloc[0] == pytest.approx(expected, abs=1e-8)


def test_both_directions_are_shown_for_every_pair(chapter):
    counts = chapter.directions.links.groupby(["sample", "lag"])["to_health"].agg(["sum", "size"])
    assert (counts["sum"] * 2 == counts["size"]).all()
    assert (chapter.directions.links["holm"] >= chapter.directions.links["p_value"] - 1e-12).all()
