"""What borders hold and cut, against closed forms and hand cases; agreement of partitions against published values."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.governance import (
    border_overlap,
    detectable_change,
    partition_agreement,
    share_inside,
    split_markets,
)


def test_share_inside_is_the_within_share_of_variance():
    assert share_inside([1, 3, 5, 7], ["a", "a", "b", "b"]).estimate == pytest.approx(4 / 20)
    assert share_inside([1, 3, 5, 7], list("abcd")).estimate == 0.0
    assert share_inside([1, 3, 5, 7], list("aaaa")).estimate == pytest.approx(1.0)
    assert share_inside([1, 3], ["a", "b"], [1, 3]).reason


def test_share_inside_of_random_borders_is_what_it_says():
    rng = np.random.default_rng(3)
    x = rng.normal(size=60)
    group = np.repeat(np.arange(12), 5)
    found = [share_inside(x, rng.permutation(group)).estimate for _ in range(300)]
    said = float(share_inside(x, group).table["at_random"].iloc[0])
    assert said == 48 / 59
    assert np.mean(found) == pytest.approx(said, abs=0.01)


def test_weights_count_as_that_many_places():
    once = share_inside([1, 3, 5], ["a", "a", "b"], [2, 1, 3]).estimate
    assert once == pytest.approx(share_inside([1, 1, 3, 5, 5, 5], list("aaabbb")).estimate)


def test_detectable_change_has_its_power():
    events = 900.0
    change = detectable_change(events)
    assert change == pytest.approx((1.959964 + 0.841621) * np.sqrt(2 / events), rel=1e-5)
    assert detectable_change(events, years=4) == pytest.approx(change / 2)
    rng = np.random.default_rng(5)
    before, after = rng.poisson(events, 20000), rng.poisson(events * (1 + change), 20000)
    seen = (after - before) / np.sqrt(after + before) > 1.959964
    assert seen.mean() == pytest.approx(0.8, abs=0.03)


def test_border_overlap_by_hand():
    parts = pd.DataFrame({"first": ["a", "b", "b"], "second": ["x", "x", "y"], "people": [50, 50, 100]})
    found = border_overlap(parts)
    # Jaccard: a-x 50/100, b-x 50/200, b-y 100/150
    assert found.shared == pytest.approx((50 * 0.5 + 50 * 0.25 + 100 * 2 / 3) / 200)
    assert found.same == 0.0
    same = border_overlap(pd.DataFrame({"first": ["a", "b"], "second": ["x", "y"], "people": [1, 3]}))
    assert same.same == same.shared == 1.0


def test_split_markets_by_hand():
    parts = pd.DataFrame(
        {
            "market": ["m", "m", "n", "o", "o"],
            "area": ["a", "b", "b", "b", "a"],
            "people": [30, 70, 100, 99, 1],
        }
    )
    found = split_markets(parts)
    assert found.loc["b", ["people", "whole", "cut", "people_cut"]].tolist() == [269, 2, 1, 70]
    assert found.loc["a", ["people", "whole", "cut", "people_cut"]].tolist() == [31, 0, 1, 31]


def test_agreement():
    # Hubert and Arabie's own definition by hand: pairs together 2 of 6, row pairs 2, column pairs 3
    found = partition_agreement([1, 1, 2, 2], [1, 1, 1, 2])
    assert found.adjusted_rand == pytest.approx((1 - 2 * 3 / 6) / (2.5 - 1))
    assert found.moved == 0.25
    assert found.variation_of_information == pytest.approx(0.5 + 0.75 * 0.918295834, abs=1e-6)
    equal = partition_agreement([1, 1, 2], ["x", "x", "y"], [5, 1, 2])
    assert (equal.adjusted_rand, equal.variation_of_information, equal.moved) == (1.0, 0.0, 0.0)


def test_agreement_at_random_is_nought():
    rng = np.random.default_rng(2)
    found = [
        partition_agreement(rng.integers(0, 5, 80), rng.integers(0, 5, 80)).adjusted_rand for _ in range(100)
    ]
    assert np.mean(found) == pytest.approx(0.0, abs=0.01)


@pytest.mark.parametrize(
    "call",
    [
        lambda: share_inside([1, 1], ["a", "b"]),
        lambda: detectable_change(0.0),
        lambda: detectable_change(5.0, power=1.0),
        lambda: border_overlap(pd.DataFrame({"first": ["a"], "second": ["x"], "people": [1]}), 0.7),
        lambda: split_markets(pd.DataFrame({"market": ["m", "m"], "area": ["a", "a"], "people": [1, 2]})),
    ],
)
def test_refusals(call):
    with pytest.raises(InputError):
        call()
