"""Rank intervals cover, nest and refuse nonsense."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthdevo.errors import InputError
from healthdevo.mathematics.ranking import rank_intervals


def test_known_order_without_noise_is_certain():
    ranks = rank_intervals([3.0, 1.0, 2.0], [0.0, 0.0, 0.0], first="lowest")
    assert ranks.rank.tolist() == [3, 1, 2]
    assert ranks.lower[:, 0].tolist() == ranks.upper[:, 0].tolist() == [3, 1, 2]


def test_ties_share_a_rank_and_span_each_other():
    ranks = rank_intervals([1.0, 1.0, 5.0], [0.1, 0.1, 0.1])
    assert ranks.rank.tolist() == [2, 2, 1]
    assert ranks.lower[:, 0].tolist() == [2, 2, 1]
    assert ranks.upper[:, 0].tolist() == [3, 3, 1]


@settings(max_examples=50, deadline=None)
@given(st.lists(st.tuples(st.floats(-50, 50), st.floats(0.01, 5)), min_size=2, max_size=12), st.randoms())
def test_intervals_hold_the_rank_nest_and_ignore_row_order(pairs, random):
    value, error = map(np.array, zip(*pairs, strict=True))
    ranks = rank_intervals(value, error, levels=(0.5, 0.95))
    assert (ranks.lower[:, 1] <= ranks.lower[:, 0]).all()
    assert (ranks.upper[:, 1] >= ranks.upper[:, 0]).all()
    assert (ranks.lower[:, 0] <= ranks.rank).all()
    assert (ranks.rank <= ranks.upper[:, 0]).all()
    order = list(range(len(value)))
    random.shuffle(order)
    again = rank_intervals(value[order], error[order], levels=(0.5, 0.95))
    assert (again.lower == ranks.lower[order]).all()


def test_simultaneous_coverage_on_simulated_areas():
    rng = np.random.default_rng(7)
    truth = rng.normal(size=15)
    true_rank = (-truth).argsort().argsort() + 1
    error = np.full(15, 0.3)
    covered = 0
    for _ in range(400):
        r = rank_intervals(truth + error * rng.normal(size=15), error, levels=0.9, simultaneous=True)
        covered += bool(((r.lower[:, 0] <= true_rank) & (true_rank <= r.upper[:, 0])).all())
    assert covered / 400 >= 0.9


@pytest.mark.parametrize(
    ("value", "error", "message"),
    [
        ([1.0], [1.0], "at least two"),
        ([1.0, np.nan], [1.0, 1.0], "both must be finite"),
        ([1.0, 2.0], [1.0, -1.0], "the error not negative"),
    ],
)
def test_bad_input_is_named(value, error, message):
    with pytest.raises(InputError, match=message):
        rank_intervals(value, error)
