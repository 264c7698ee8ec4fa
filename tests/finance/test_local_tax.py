"""Local taxes: a hand case and identities."""

import numpy as np
import pytest

from healthdevo.errors import InputError
from healthdevo.finance import local_tax


def test_a_penny_on_a_hand_case():
    tax = local_tax([400_000.0, 100_000.0], [20, 10], [10.0, 20.0], rate=0.01, index=["rich", "poor"])
    np.testing.assert_allclose(tax.raised, [4000.0, 1000.0])
    np.testing.assert_allclose(tax.estimate, [200.0, 100.0])
    # weighted people, scaled to 30, are 10 and 20
    np.testing.assert_allclose(tax.per_weighted_head, [400.0, 50.0])
    np.testing.assert_allclose(tax.by_need, [5000 / 3, 10000 / 3])
    np.testing.assert_allclose(tax.gap, [4000 - 5000 / 3, 1000 - 10000 / 3])
    assert tax.total == 5000.0
    assert tax.rate == 0.01
    assert tax["rich"].unit == "pounds"
    assert tax.to_frame()["gap"].sum() == pytest.approx(0.0)


def test_without_need_people_count_and_need_has_no_scale():
    rng = np.random.default_rng(5)
    base, people, need = (rng.uniform(1, 2, 20) for _ in range(3))
    np.testing.assert_allclose(local_tax(base, people, rate=2.0).per_weighted_head, 2.0 * base / people)
    one, other = (local_tax(base, people, k * need, rate=1.0) for k in (1.0, 1000.0))
    np.testing.assert_allclose(one.per_weighted_head, other.per_weighted_head)
    np.testing.assert_allclose(one.by_need, other.by_need)
    assert one.by_need.sum() == pytest.approx(one.total)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (([1.0], [1.0], None, -0.1), "rate"),
        (([-1.0], [1.0], None, 0.1), "base"),
        (([1.0], [0.0], None, 0.1), "people"),
        (([1.0], [1.0], [0.0], 0.1), "need"),
        (([1.0, 2.0], [1.0], None, 0.1), "base"),
    ],
)
def test_odd_taxes_are_refused(arguments, says):
    base, people, need, rate = arguments
    with pytest.raises(InputError, match=says):
        local_tax(base, people, need, rate=rate)
