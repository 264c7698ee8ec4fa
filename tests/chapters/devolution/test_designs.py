"""The designs recomputed from the table in another way."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.chapters.devolution.designs import any_design, blocks_of, without_own_trend
from healthdevo.chapters.devolution.mortality import SideBySide
from healthdevo.chapters.devolution.panels import adjacency_of
from healthdevo.evaluation import Panel


def test_plain_difference_is_recomputed_from_the_table(mortality, rates, ten):
    wide = rates()
    gap = wide.loc[ten].mean() - wide.drop(index=ten).mean()
    expected = gap.loc[2015:].mean() - gap.loc[:2014].mean()
    assert any_design(mortality.panels["persons"], "did").estimate == pytest.approx(expected)
    assert SideBySide(mortality).found("persons", "did").estimate == pytest.approx(expected)
    assert len(mortality.outcomes["persons"].codes) == len(wide)


def test_own_trend_design_is_recomputed_by_extrapolating_lines(mortality, rates, ten):
    wide = rates()
    years = np.arange(2010, 2020)
    left = [row - np.polyval(np.polyfit(years[:5], row[:5], 1), years) for row in wide.to_numpy()]
    rest = pd.DataFrame(left, index=wide.index, columns=years)
    gap = rest.loc[ten].mean() - rest.drop(index=ten).mean()
    assert any_design(mortality.panels["persons"], "trend").estimate == pytest.approx(gap.loc[2015:].mean())


def test_line_of_each_area_is_taken_out_before_the_start_only():
    y = np.array([[0.0, 1.0, 2.0, 10.0], [5.0, 5.0, 5.0, 5.0]])
    panel = Panel(y, np.outer([True, False], np.arange(4) >= 3), pd.Index(list("AB")), pd.RangeIndex(4))
    assert without_own_trend(panel).outcome == pytest.approx(np.array([[0, 0, 0, 7], [0, 0, 0, 0]]))


def test_designs_in_logarithms_find_proportions():
    y = np.array([[2.0, 2.0, 1.0], [3.0, 3.0, 3.0], [5.0, 5.0, 5.0]])
    panel = Panel(y, np.outer(np.arange(3) == 0, np.arange(3) >= 2), pd.RangeIndex(3), pd.RangeIndex(3))
    assert np.expm1(any_design(panel, "did_log").estimate) == pytest.approx(-0.5)


def test_placebo_blocks_are_neighbours_without_the_deal(mortality):
    panel, blocks = mortality.panels["persons"], mortality.groups["persons", "blocks"]
    assert blocks.shape[1] == 10
    assert not panel.treated[blocks].any()
    touch = adjacency_of(panel.areas, 2023)
    assert all(touch[np.ix_(block, block)].any(axis=1).all() for block in blocks)


def test_what_the_district_that_carries_most_leaves_is_recomputed(judgement, rates, ten):
    """The plain difference of each district alone, and which one moves the effect most when it is left out."""
    wide, designs = rates(), judgement.designs
    change = wide.loc[:, 2015:].mean(axis=1) - wide.loc[:, :2014].mean(axis=1)
    alone = change.loc[ten] - change.drop(index=ten).mean()
    assert designs.alone.loc[ten].to_numpy() == pytest.approx(alone.to_numpy())
    assert designs.carrier.alone == pytest.approx(alone.min())
    left_out = designs.without_one.iloc[1:]
    assert designs.carrier.without == pytest.approx(left_out["effect"].max())
    without = any_design(designs.mortality.panels["persons"].drop([str(alone.idxmin())]), "sdid")
    assert designs.carrier.without == pytest.approx(without.estimate)


def test_a_district_without_a_boundary_is_in_no_block(mortality):
    panel = mortality.panels["persons"]
    labels = ["E99999999" if code == "E06000060" else code for code in panel.areas]
    other = Panel(panel.outcome, panel.treatment, pd.Index(labels), panel.periods)
    blocks = blocks_of(other, 2023)
    assert other.areas.get_loc("E99999999") not in blocks
    assert len(blocks) > 100
