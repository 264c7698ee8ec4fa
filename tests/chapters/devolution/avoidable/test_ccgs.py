"""Which commissioning groups are Greater Manchester's, which lie where, and the gaps recomputed from the table."""

import numpy as np
import pandas as pd
import pytest

from healthdevo import areas, tables
from healthdevo.chapters.devolution.avoidable.ccgs import sharing
from healthdevo.chapters.devolution.panels import districts_of


def test_ten_groups_are_greater_manchesters_and_none_is_in_london(page, ten):
    names = set(page.ccgs.names[list(page.ccgs.treated)])
    assert len(page.ccgs.treated) == 10
    assert {"Bolton", "Manchester", "Tameside and Glossop", "Heywood Middleton and Rochdale"} <= names
    held = page.ccgs.lies_in[page.ccgs.lies_in["ccg_code"].isin(page.ccgs.treated)]
    assert set(ten) <= set(held["area_code"])
    assert set(held["area_code"]) - set(ten) == {"E07000037"}  # High Peak, for Glossop
    assert not set(page.ccgs.lies_in["area_code"]) & set(districts_of("E12000007"))
    everywhere = tables.load("ccg_district")
    boroughs = everywhere["area_code"].str.startswith("E09")
    assert page.ccgs.panels["preventable"].shape == (191 - everywhere.loc[boroughs, "ccg_code"].nunique(), 14)


def test_gaps_and_panels_are_those_of_the_table(page):
    rates = tables.load("avoidable_mortality_ccg")
    wide = rates[rates["cause"] == "treatable"].pivot_table(index="ccg_code", columns="year", values="rate")
    own = list(page.ccgs.treated)
    others = [c for c in page.ccgs.panels["treatable"].areas if c not in own]
    gap = wide.loc[own].mean() - wide.loc[others].mean()
    assert page.ccgs.gaps["treatable"].to_numpy() == pytest.approx(gap.to_numpy())
    assert np.asarray(page.ccgs.panels["treatable"].periods).tolist() == list(range(2005, 2019))


def test_neighbours_share_a_district_or_have_districts_that_touch(page):
    touching = areas.adjacency("district", 2019)
    held = {c: set(g["area_code"]) for c, g in page.ccgs.lies_in.groupby("ccg_code")}
    near, codes = page.ccgs.neighbours, list(held)
    assert near.equals(near.T)
    for a in codes[::17]:
        for b in codes:
            expected = a != b and (
                bool(held[a] & held[b])
                or any(
                    touching.loc[x, y] for x in held[a] for y in held[b] if x in touching and y in touching
                )
            )
            assert near.loc[a, b] == expected, (a, b)


def test_districts_that_merely_touch_make_neighbours():
    lies_in = pd.DataFrame({"ccg_code": ["a", "b", "c"], "area_code": ["x", "y", "z"]})
    touching = pd.DataFrame(np.array([[0, 1, 0], [1, 0, 0], [0, 0, 0]], dtype=bool), list("xyz"), list("xyz"))
    assert sharing(lies_in, touching).to_numpy().tolist() == [
        [False, True, False],
        [True, False, False],
        [False, False, False],
    ]


def test_placebo_blocks_are_groups_of_neighbours_without_the_deal(page):
    panel, near = page.ccgs.panels["preventable"], page.ccgs.neighbours
    blocks = page.ccgs.blocks
    assert blocks.shape[1] == 10
    assert 40 < len(blocks) <= panel.n_controls
    assert len({tuple(block) for block in blocks}) == len(blocks)
    assert not panel.treated[blocks].any()
    matrix = near.loc[panel.areas, panel.areas].to_numpy()
    touching = np.array([matrix[np.ix_(block, block)].any(axis=1).mean() for block in blocks])
    assert touching.mean() > 0.97
