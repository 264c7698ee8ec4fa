"""Rank intervals against simulated truth, closed forms and hand cases."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.governance import league_table
from healthdevo.mathematics import rank_intervals


def worlds(spread, count, k=40):
    rng = np.random.default_rng(3)
    for _ in range(count):
        truth = spread * rng.normal(size=k)
        error = rng.uniform(0.5, 1.5, k)
        yield truth, truth + error * rng.normal(size=k), error


def held(truth, table, level):
    rank = stats.rankdata(-truth).astype(int)
    j = table.levels.index(level)
    return np.mean((table.lower[:, j] <= rank) & (rank <= table.upper[:, j]))


@pytest.mark.parametrize("spread", [0.5, 1.0, 3.0])
def test_shrunken_ranks_hold_the_truth_as_often_as_they_say(spread):
    found = {0.8: [], 0.95: []}
    for truth, seen, error in worlds(spread, 80):
        table = league_table(seen, error, levels=(0.8, 0.95), draws=400)
        for level, each in found.items():
            each.append(held(truth, table, level))
    assert np.mean(found[0.95]) == pytest.approx(0.95, abs=0.03)
    assert (
        0.77 < np.mean(found[0.8]) < 0.88
    )  # ranks are whole numbers: where they are few apart, an interval holds a little more


def test_resampled_ranks_fall_short_where_places_hardly_differ_and_guaranteed_ones_do_not():
    resampled, guaranteed = [], []
    for truth, seen, error in worlds(0.5, 40):
        resampled.append(held(truth, league_table(seen, error, method="resampling", draws=200), 0.95))
        guaranteed.append(held(truth, rank_intervals(seen, error), 0.95))
    assert np.mean(resampled) < 0.93
    assert np.mean(guaranteed) >= 0.95


def test_shrinkage_equals_the_textbook_example():
    # eight schools, Gelman et al. (2013), table 5.3: posterior medians about 10, 8, 7, 8, 5, 6, 10, 8
    effect, error = [28, 8, -3, 7, -1, 1, 18, 12], [15, 10, 16, 11, 9, 11, 10, 18]
    table = league_table(effect, error, draws=20_000)
    assert table.shrunk == pytest.approx([11.4, 8.0, 6.3, 7.7, 5.1, 6.1, 10.7, 8.7], abs=1.0)


def test_quarters_and_swaps_of_places_without_and_with_differences():
    apart = league_table(100.0 * np.arange(20), np.ones(20))
    assert apart.swappable == 0.0
    assert apart.width == 1.0
    assert apart.reliability == pytest.approx(1.0, abs=1e-3)
    assert apart.first_quarter.tolist() == [0.0] * 15 + [1.0] * 5
    assert apart.last_quarter.tolist() == [1.0] * 5 + [0.0] * 15
    alike = league_table(np.linspace(-0.01, 0.01, 20), np.ones(20), draws=4000)
    assert alike.swappable == 1.0
    assert alike.spread < 0.1
    assert alike.first_quarter == pytest.approx(np.full(20, 0.25), abs=0.1)
    assert alike.first_quarter.sum() == pytest.approx(5.0)


def test_resampled_pairs_follow_the_normal_difference():
    # two of four places one apart with standard errors 0.5: the order is reversed with chance Phi(-1 / sqrt(0.5)) = 0.079
    table = league_table([0.0, 100.0, 101.0, 200.0], [0.5] * 4, method="resampling", draws=20_000)
    assert table.swappable == pytest.approx(1 / 6)
    assert (table.lower[2, 0], table.upper[2, 0]) == (2, 3)


def test_lowest_first_and_order_of_rows():
    y, s = np.array([3.0, 1.0, 2.0, 8.0, 4.0]), np.array([1.0, 2.0, 1.0, 0.5, 1.0])
    up, down = league_table(y, s), league_table(-y, s, first="lowest")
    assert up.rank.tolist() == down.rank.tolist() == [3, 5, 4, 1, 2]
    assert up.shrunk == pytest.approx(-down.shrunk)
    order = [4, 2, 0, 1, 3]
    mixed = league_table(y[order], s[order])
    assert mixed.lower.tolist() == up.lower[order].tolist()
    assert mixed.shrunk == pytest.approx(up.shrunk[order])


def test_frame_and_sentence():
    table = league_table(
        pd.Series([4.0, 3, 2, 1], list("abcd")), pd.Series([0.01] * 4, list("abcd")), levels=(0.5, 0.95)
    )
    frame = table.to_frame()
    assert frame["label"].tolist() == list("abcd") * 2
    assert frame["level"].tolist() == [0.5] * 4 + [0.95] * 4
    assert len(table) == 4
    assert (
        table.sentence
        == "Of 4 ranks the 50% interval spans 1 places at the median; the order of 0% of pairs could be the other way round."
    )


@pytest.mark.parametrize(
    ("y", "s", "options", "words"),
    [
        ([1, 2, 3], [1, 1, 1], {}, "3 places are too few"),
        ([1, 2, 3, 4], [1, 1, 0, 1], {}, "standard_error: .* is 0"),
        ([1, 2, np.nan, 4], [1, 1, 1, 1], {}, "estimate: .* is nan"),
        ([1, 2, 3, 4], [1, 1, 1, 1], {"index": ["a"]}, "index: 1 names"),
        ([1, 2, 3, 4], [1, 1, 1, 1], {"draws": 3}, "draws: 3"),
    ],
)
def test_bad_input_is_refused(y, s, options, words):
    with pytest.raises(InputError, match=words):
        league_table(y, s, **options)
