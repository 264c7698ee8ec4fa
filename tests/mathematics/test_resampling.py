import numpy as np
import pytest

from healthdevo.errors import InputError
from healthdevo.mathematics.resampling import (
    bootstrap,
    bootstrap_weights,
    check_draws,
    generator,
    percentile_limits,
    permutations_within,
)


def test_every_resample_holds_as_many_units_as_the_sample():
    weights = np.arange(1.0, 8.0)
    drawn = np.concatenate(list(bootstrap_weights(np.ones(7), 500, 1)))
    assert (drawn.sum(axis=1) == 7).all()
    assert drawn.mean() == pytest.approx(1.0)
    weighted = np.concatenate(list(bootstrap_weights(weights, 500, 1)))
    np.testing.assert_array_equal(weighted, drawn * weights)


def test_many_units_come_in_several_blocks_with_all_draws():
    blocks = list(bootstrap_weights(np.ones(5000), 70, 2))
    assert len(blocks) > 1
    assert sum(len(b) for b in blocks) == 70


def test_clusters_are_drawn_whole():
    clusters = np.array([0, 1, 1, 2, 2, 2])
    for row in np.concatenate(list(bootstrap_weights(np.ones(6), 50, 3, clusters))):
        assert row[1] == row[2]
        assert row[3] == row[4] == row[5]
        assert row[0] + row[1] + row[3] == 3


def test_the_error_of_a_mean_is_the_textbook_one():
    x = np.random.default_rng(1).normal(size=80)
    sample = bootstrap(lambda w: w @ x / w.sum(axis=1), np.ones(80), 2000, 4)
    assert sample.std() == pytest.approx(x.std() / np.sqrt(80), rel=0.06)


def test_row_order_does_not_matter_with_keys():
    rng = np.random.default_rng(5)
    x, w, order = rng.normal(size=40), rng.uniform(1, 2, 40), rng.permutation(40)

    def mean_of(values):
        return lambda block: block @ values / block.sum(axis=1)

    one = bootstrap(mean_of(x), w, 60, 6, keys=(x,))
    two = bootstrap(mean_of(x[order]), w[order], 60, 6, keys=(x[order],))
    np.testing.assert_allclose(one, two, atol=1e-12)


def test_permutations_stay_within_strata():
    strata = np.repeat([0, 1, 2], [4, 3, 5])
    drawn = np.concatenate(list(permutations_within(strata, 200, 7)))
    assert drawn.shape == (200, 12)
    assert (strata[drawn] == strata).all()
    assert all(sorted(row) == list(range(12)) for row in drawn)
    # every place in a stratum is about equally likely
    assert np.bincount(drawn[:, 0], minlength=4)[:4].min() > 25


def test_limits_are_nested_and_draws_checked():
    lower, upper = percentile_limits(np.random.default_rng(1).normal(size=(4000, 2)), (0.5, 0.95))
    assert lower.shape == (2, 2)
    assert (lower[:, 1] < lower[:, 0]).all()
    assert upper[0, 1] == pytest.approx(1.96, abs=0.15)
    for draws in (1, 2.5):
        with pytest.raises(InputError, match="draws"):
            check_draws(draws)


def test_a_generator_is_used_as_it_is():
    rng = np.random.default_rng(1)
    assert generator(rng) is rng
    state = np.random.get_state()[1].copy()  # noqa: NPY002 - the global one must stay untouched
    generator(3).random(5)
    np.testing.assert_array_equal(np.random.get_state()[1], state)  # noqa: NPY002
