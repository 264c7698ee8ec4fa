import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from healthdevo.errors import InputError
from healthdevo.inequality.ranks import fractional_ranks, rank_groups, weighted_quantiles


@settings(max_examples=40, deadline=None)
@given(
    arrays(float, 12, elements=st.integers(0, 5).map(float)),
    arrays(float, 12, elements=st.integers(1, 3).map(float)),
)
def test_ranks_average_a_half_and_replication_is_weighting(values, weights):
    ranks = fractional_ranks(values, weights)
    assert np.average(ranks, weights=weights) == pytest.approx(0.5)
    times = weights.astype(int)
    np.testing.assert_allclose(
        fractional_ranks(np.repeat(values, times)), np.repeat(ranks, times), atol=1e-12
    )
    np.testing.assert_allclose(fractional_ranks(-values, weights), 1 - ranks, atol=1e-12)
    np.testing.assert_allclose(fractional_ranks(values[::-1], weights[::-1])[::-1], ranks, atol=1e-12)


def test_the_stretches_of_groups_fill_zero_to_one():
    groups = rank_groups(np.array([2.0, 1.0, 2.0, 9.0]), np.array([1.0, 1.0, 2.0, 4.0]))
    np.testing.assert_allclose(groups.lower, [0, 0.125, 0.5])
    np.testing.assert_allclose(groups.upper, [0.125, 0.5, 1])
    assert groups.group.tolist() == [1, 0, 1, 2]


def test_categories_keep_their_order_and_text_is_refused():
    bands = pd.Series(pd.Categorical(["b", "a"], categories=["b", "a"], ordered=True))
    assert fractional_ranks(bands).tolist() == [0.25, 0.75]
    with pytest.raises(InputError, match="unordered"):
        fractional_ranks(pd.Series(pd.Categorical(["b", "a"])))
    with pytest.raises(InputError, match="text"):
        fractional_ranks(np.array(["b", "a"]))
    with pytest.raises(InputError, match="is missing"):
        fractional_ranks(pd.Series(pd.Categorical(["b", None], ordered=True)))


def test_weighted_quantiles_are_those_of_the_copied_sample():
    rng = np.random.default_rng(1)
    x, times = rng.normal(size=30), rng.integers(1, 5, 30)
    p = np.array([0.0, 0.1, 0.5, 0.9, 1.0])
    copied = np.quantile(np.repeat(x, times), p, method="inverted_cdf")
    np.testing.assert_allclose(weighted_quantiles(x, p, times.astype(float)), copied)
    with pytest.raises(InputError, match="from 0 to 1"):
        weighted_quantiles(x, np.array([1.2]))
