"""Fiscal position: a hand case and identities."""

import numpy as np
import pytest

from healthdevo.errors import InputError
from healthdevo.finance import fiscal_position


def test_a_hand_case():
    f = fiscal_position([90.0, 120.0], [100, 130], [30, 30], [1, 3], index=["a", "b"])
    # 90 less 70 for all else leaves 20 of 30
    np.testing.assert_allclose(f.estimate, [2 / 3, 2 / 3])
    np.testing.assert_allclose(f.balance, [-10.0, -10.0])
    # 20 borrowed in all: 5 for a, 15 for b
    np.testing.assert_allclose(f.beside_the_whole, [25 / 30, 35 / 30])
    np.testing.assert_allclose(f.share_of_revenue, [1 / 3, 1 / 4])
    assert set(f.to_frame()) >= {"balance", "beside_the_whole", "share_of_revenue"}


def test_borrowing_shared_out_leaves_the_whole_in_balance():
    rng = np.random.default_rng(7)
    r, h, n = rng.uniform(50, 150, 9), rng.uniform(10, 30, 9), rng.uniform(1, 9, 9)
    f = fiscal_position(r, np.full(9, 120.0), h, n)
    assert ((f.beside_the_whole - 1.0) * h).sum() == pytest.approx(0.0, abs=1e-9)
    np.testing.assert_allclose((f.estimate - 1.0) * h, f.balance)


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (([1.0], [1.0], [2.0], [1.0]), "service"),
        (([0.0], [1.0], [1.0], [1.0]), "revenue"),
        (([1.0], [1.0], [1.0], [-1.0]), "people"),
        (([1.0, 1.0], [1.0], [1.0], [1.0]), "revenue"),
    ],
)
def test_odd_accounts_are_refused(arguments, says):
    with pytest.raises(InputError, match=says):
        fiscal_position(*arguments)
