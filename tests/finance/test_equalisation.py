"""Equalisation: transfers sum to zero to the penny, and hand cases."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthdevo.errors import InputError
from healthdevo.finance import equalise, largest_remainder


def test_a_hand_case():
    e = equalise([300.0, 100.0, 50.0], [1, 1, 1], index=["a", "b", "c"])
    assert e.estimate.tolist() == [-150.0, 50.0, 100.0]
    assert e.after.tolist() == [150.0] * 3
    assert e.raised_pence.tolist() == [30000, 10000, 5000]
    assert e.transfer_pence.tolist() == [-15000, 5000, 10000]
    assert e.moved == 150.0
    assert (list(e.winners), list(e.losers)) == (["b", "c"], ["a"])
    assert e.share == 1.0
    half = equalise([300.0, 100.0, 50.0], [1, 1, 1], share=0.5, index=["a", "b", "c"])
    assert half.estimate.tolist() == [-75.0, 25.0, 50.0]
    assert half.to_frame()["after"].tolist() == [225.0, 125.0, 100.0]
    assert half["b"].estimate == 25.0


def test_pennies_that_do_not_divide_go_to_the_largest_remainders():
    e = equalise([0.10, 0.0, 0.0], [1, 1, 1], index=["c", "b", "a"])
    assert int(e.transfer_pence.sum()) == 0
    # a third of ten pence: equal remainders go by label, so a has four pence
    assert sorted(e.after.tolist()) == [0.03, 0.03, 0.04]
    assert e.after[2] == 0.04
    turned = equalise([0.0, 0.0, 0.10], [1, 1, 1], index=["a", "b", "c"])
    assert turned["a"].estimate == e["a"].estimate


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.floats(0, 1e9), st.floats(1e-3, 1e6)), min_size=1, max_size=30),
    st.floats(0, 1),
)
def test_transfers_sum_to_zero_and_come_within_a_penny_of_the_rule(rows, share):
    raised, need = (np.array(x) for x in zip(*rows, strict=True))
    e = equalise(raised, need, share=share)
    assert int(e.transfer_pence.sum()) == 0
    exact = [Fraction(float(w)) for w in need]
    total = sum(int(p) for p in e.raised_pence)
    for w, pence, transfer in zip(exact, e.raised_pence, e.transfer_pence, strict=True):
        rule = Fraction(share) * (w / sum(exact) * total - int(pence))
        assert abs(int(transfer) - rule) < 1 + Fraction(1, 1000)
    assert (e.raised_pence + e.transfer_pence >= 0).all()


def test_nothing_moves_at_zero_and_all_is_need_at_one():
    rng = np.random.default_rng(6)
    raised, need = rng.uniform(0, 1e8, 300), rng.uniform(1, 2, 300)
    assert not equalise(raised, need, share=0.0).transfer_pence.any()
    full = equalise(raised, need)
    np.testing.assert_allclose(full.after / full.after.sum(), need / need.sum(), atol=1e-9)


def test_largest_remainder():
    assert largest_remainder([2.5, 2.25, 5.25], 10).tolist() == [3, 2, 5]
    assert largest_remainder([-1.5, 1.5], 0, index=["a", "b"]).tolist() == [-1, 1]
    assert largest_remainder([1 / 3] * 3, 1).tolist() == [1, 0, 0]


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: largest_remainder([1.0], 5), "within reach"),
        (lambda: largest_remainder([2.0**53], 5), "too large"),
        (lambda: equalise([1.0], [1.0], share=1.1), "share"),
        (lambda: equalise([-1.0], [1.0]), "raised"),
        (lambda: equalise([1.0], [0.0]), "need"),
        (lambda: equalise([1e15], [1.0]), "to the penny"),
    ],
)
def test_odd_schemes_are_refused(call, says):
    with pytest.raises(InputError, match=says):
        call()
