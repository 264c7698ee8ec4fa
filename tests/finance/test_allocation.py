"""Allocation against need: hand cases and identities."""

import numpy as np
import pytest

from healthdevo.errors import InputError
from healthdevo.finance import need_shares, reweighted_shares


def test_need_shares_of_a_hand_case():
    found = need_shares([60.0, 30.0, 10.0], [40, 40, 20], index=["a", "b", "c"])
    np.testing.assert_allclose(found.people_share, [0.4, 0.4, 0.2])
    np.testing.assert_allclose(found.need_share, [0.6, 0.3, 0.1])
    np.testing.assert_allclose(found.estimate, [1.5, 0.75, 0.5])
    assert found["a"].reason
    assert not found["a"].intervals
    assert found.to_frame()["need_share"].tolist() == pytest.approx([0.6, 0.3, 0.1])
    assert "runs from 0.5 (c) to 1.5 (a)" in found.sentence


def test_the_mean_of_need_over_people_is_one():
    rng = np.random.default_rng(1)
    found = need_shares(rng.uniform(1, 2, 50), rng.uniform(1, 2, 50))
    assert np.average(found.estimate, weights=found.people_share) == pytest.approx(1.0)


def test_reweighting_rebuilds_a_mean_of_parts():
    """The whole is made with a known weight, and made again with the other one."""
    rng = np.random.default_rng(2)
    part, other = rng.uniform(1, 2, 30), rng.uniform(1, 2, 30)
    part, other = part / part.sum(), other / other.sum()
    for old, new in ((0.1, 0.15), (0.1, 0.0), (0.0, 1.0), (0.3, 0.3)):
        found = reweighted_shares(old * part + (1 - old) * other, part, weight=old, new_weight=new)
        np.testing.assert_allclose(found.after, new * part + (1 - new) * other, atol=1e-15)
        np.testing.assert_allclose(found.estimate, found.after / found.before - 1.0)
        assert (found.after - found.before).sum() == pytest.approx(0.0, abs=1e-14)
        assert (found.weight, found.new_weight) == (old, new)
        assert {"before", "after"} <= set(found.to_frame())


def test_who_gains_does_not_depend_on_the_present_weight():
    rng = np.random.default_rng(4)
    whole, part = rng.uniform(1, 2, 30), rng.uniform(1, 2, 30)
    signs = [
        np.sign(reweighted_shares(whole, part, weight=w, new_weight=w + 0.05).estimate)
        for w in (0.05, 0.1, 0.2)
    ]
    np.testing.assert_array_equal(signs[0], signs[1])
    np.testing.assert_array_equal(signs[0], signs[2])
    np.testing.assert_array_equal(signs[0], np.sign(part / part.sum() - whole / whole.sum()))


@pytest.mark.parametrize(
    ("call", "says"),
    [
        (lambda: need_shares([1.0], [0.0]), "people"),
        (lambda: need_shares([0.0], [1.0]), "above zero"),
        (lambda: need_shares([-1.0], [1.0]), "weighted"),
        (lambda: need_shares([1.0, 1.0], [1.0, 1.0], index=["a", "a"]), "twice"),
        (lambda: need_shares([1.0, 1.0], [1.0, 1.0], index=["a"]), "labels"),
        (lambda: reweighted_shares([1.0], [1.0], weight=1.0, new_weight=0.5), "weight"),
        (lambda: reweighted_shares([1.0], [1.0], weight=0.1, new_weight=1.5), "new_weight"),
        (lambda: reweighted_shares([0.0, 1.0], [1.0, 1.0], weight=0.1, new_weight=0.2), "without people"),
        (lambda: reweighted_shares([1.0, 9.0], [9.0, 1.0], weight=0.5, new_weight=0.0), "no mean"),
    ],
)
def test_odd_shares_are_refused(call, says):
    with pytest.raises(InputError, match=says):
        call()
