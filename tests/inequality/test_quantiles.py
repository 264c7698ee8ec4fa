"""Quantile groups against reference values and theory."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from healthdevo.errors import InputError
from healthdevo.inequality.quantiles import quantile_groups

GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")


@pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")
def test_golden_quantiles():
    expected = pd.read_csv(Path(GOLDEN) / "inequality" / "phe" / "simple" / "quantiles_out.csv")
    shuffled = expected.sample(frac=1, random_state=1)
    result = quantile_groups(shuffled["imd"], 10, within=shuffled["region"])
    pd.testing.assert_series_equal(result, shuffled["quantile"].astype("Int64"), check_names=False)


@given(st.integers(2, 12), st.integers(0, 40), st.integers(0, 1000))
def test_groups_are_of_even_size_and_in_order(number, extra, seed):
    values = np.random.default_rng(seed).permutation(number + extra).astype(float)
    groups = quantile_groups(values, number)
    sizes = groups.value_counts()
    assert set(groups) == set(range(1, number + 1))
    assert sizes.max() - sizes.min() <= 1
    ordered = groups.iloc[np.argsort(-values)]
    assert ordered.is_monotonic_increasing
    assert (quantile_groups(-values, number, first="lowest") == groups).all()


def test_ties_stay_together_and_gaps_stay_gaps():
    assert list(quantile_groups([1.0, 1, 1, 2], 2, first="lowest")) == [1, 1, 1, 2]
    with_gap = quantile_groups([1.0, np.nan, 3, 4], 2)
    assert with_gap.isna().tolist() == [False, True, False, False]
    few = quantile_groups([1.0, 2, 3, 4, 5], 3, within=["a", "a", "a", "b", "b"])
    assert few.isna().tolist() == [False, False, False, True, True]


def test_bad_input_is_refused():
    with pytest.raises(InputError, match="number"):
        quantile_groups([1.0, 2], 1)
    with pytest.raises(InputError, match="first"):
        quantile_groups([1.0, 2], 2, first="top")
    with pytest.raises(InputError, match="1 peer sets for 2 values"):
        quantile_groups([1.0, 2], 2, within=["a"])
