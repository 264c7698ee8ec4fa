"""Cuts into disjoint blocks: that they are, and ranks and intervals among them."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.evaluation import (
    RegionalWorld,
    conditional_placebo_test,
    disjoint_groups,
    disjoint_placebo_test,
    draw_regional_panel,
    placebo_test,
)

WORLD = RegionalWorld(areas=90, width=9, treated=5, trend_spread=0.3)


@pytest.fixture(scope="module")
def panel():
    return draw_regional_panel(1.0, 4, WORLD)


@pytest.fixture(scope="module")
def test(panel):
    return disjoint_placebo_test(panel, WORLD.adjacency, partitions=25, seed=3, levels=(0.7, 0.8, 0.99))


def connected(group, adjacency):
    reached = {group[0]}
    while True:
        more = {j for j in group for i in reached if adjacency[i, j]} - reached
        if not more:
            return len(reached) == len(group)
        reached |= more


def test_blocks_of_a_cut_are_disjoint_contiguous_untreated_and_as_many_as_fit(panel, test):
    start = 0
    for blocks, unassigned in test.partitions[["blocks", "unassigned"]].to_numpy():
        cut = test.groups[start : start + blocks]
        start += blocks
        assert len(set(cut.ravel())) == cut.size == panel.n_controls - unassigned
        assert not panel.treated[cut].any()
        assert all(connected(list(g), WORLD.adjacency) for g in cut)
        left = np.setdiff1d(np.flatnonzero(~panel.treated), cut)
        sizes = [sum(connected_to(i, left)) for i in left]  # no block of five fits into what is left
        assert max(sizes, default=0) < 5
    assert start == len(test.groups)
    assert test.blocks[0] >= 12


def connected_to(first, left):
    reached = {int(first)}
    while True:
        more = {int(j) for j in left for i in reached if WORLD.adjacency[i, j]} - reached
        if not more:
            return [1] * len(reached)
        reached |= more


def test_p_values_are_ranks_in_each_cut(panel, test):
    plain = placebo_test(panel, "did", groups=test.groups)
    np.testing.assert_allclose(test.effects, plain.effects)
    ends = np.cumsum(test.partitions["blocks"])
    for end, row in zip(ends, test.partitions.itertuples(), strict=True):
        effects = plain.effects[end - row.blocks : end]
        assert row.p_value == (1 + (np.abs(effects) >= abs(plain.estimate)).sum()) / (row.blocks + 1)
        assert row.rank == 1 + (np.abs(effects) >= abs(plain.estimate)).sum()
        assert row.smallest == 1 / (row.blocks + 1)
    p = test.partitions["p_value"]
    assert (test.p_mean, test.p_minimum, test.p_maximum) == pytest.approx((p.mean(), p.min(), p.max()))
    assert test.p_quantile(0.25) == pytest.approx(np.quantile(p, 0.25))
    assert test.share_first == (test.partitions["rank"] == 1).mean()
    assert "25 cuts" in test.sentence


def test_intervals_hold_what_the_mean_p_value_does_not_reject(test):
    ends = np.cumsum(test.partitions["blocks"])
    cuts = np.split(np.abs(test.effects), ends[:-1])

    def mean_p(effect):
        size = abs(test.estimate - effect)
        return np.mean([(1 + (cut >= size).sum()) / (len(cut) + 1) for cut in cuts])

    for level in (0.7, 0.8):
        interval = test[level]
        assert mean_p(interval.upper - 1e-9) > 1 - level >= mean_p(interval.upper + 1e-9)
        assert mean_p(interval.lower + 1e-9) > 1 - level >= mean_p(interval.lower - 1e-9)
    assert np.isinf(test[0.99].upper)  # no cut has a hundred blocks


def test_the_seed_decides_and_the_order_of_rows_does_not(panel, test):
    frame = pd.DataFrame(WORLD.adjacency.astype(int), panel.areas, panel.areas)
    again = disjoint_placebo_test(panel, frame.iloc[::-1, ::-1], partitions=25, seed=3)
    assert np.array_equal(again.groups, test.groups)
    other = disjoint_placebo_test(panel, frame, partitions=25, seed=4)
    assert not np.array_equal(other.groups[:10], test.groups[:10])


def test_what_is_given_is_learned_from_the_blocks_of_all_cuts(panel):
    test = disjoint_placebo_test(panel, WORLD.adjacency, given=("trend",), partitions=10, seed=3)
    same = conditional_placebo_test(panel, test.groups)
    assert test.estimate == same.estimate
    np.testing.assert_allclose(test.effects, same.effects)
    assert "given earlier trend" in test.method


def test_mean_p_values_do_not_reject_too_often_without_effect():
    small, p = RegionalWorld(areas=49, width=7, treated=4), []
    for seed in range(60):
        drawn = draw_regional_panel(0.0, seed, small)
        p.append(disjoint_placebo_test(drawn, small.adjacency, partitions=4, seed=seed).p_mean)
    assert np.mean(np.array(p) <= 0.2) <= 0.2 + 3 * np.sqrt(0.2 * 0.8 / 60)
    assert stats.kstest(p, "uniform").statistic < 0.25


def test_refusals(panel):
    with pytest.raises(InputError, match="no 5 never-treated areas are connected; the largest block has 1"):
        disjoint_groups(panel, np.zeros((90, 90)))
    with pytest.raises(InputError, match="partitions: 0"):
        disjoint_placebo_test(panel, WORLD.adjacency, partitions=0)
    with pytest.raises(InputError, match="only the design 'did'"):
        disjoint_placebo_test(panel, WORLD.adjacency, "sc", given=("trend",))
    with pytest.raises(InputError, match="share"):
        disjoint_placebo_test(panel, WORLD.adjacency, partitions=2).p_quantile(2.0)
    away = disjoint_groups(panel, WORLD.adjacency, exclude=[1, 2, 3])
    assert not np.isin(away, [1, 2, 3]).any()
