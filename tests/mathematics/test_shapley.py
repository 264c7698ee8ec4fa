from itertools import combinations, permutations

import numpy as np
import pytest

from healthdevo.errors import InputError
from healthdevo.mathematics.shapley import shapley_values


def test_it_is_the_average_over_all_orders():
    rng = np.random.default_rng(1)
    worth = {frozenset(s): rng.normal() for k in range(5) for s in combinations("abcd", k)}
    found = shapley_values(list("abcd"), worth.__getitem__)
    by_hand = dict.fromkeys("abcd", 0.0)
    orders = list(permutations("abcd"))
    for order in orders:
        for i, player in enumerate(order):
            by_hand[player] += (worth[frozenset(order[: i + 1])] - worth[frozenset(order[:i])]) / len(orders)
    np.testing.assert_allclose(found, list(by_hand.values()), atol=1e-12)
    assert found.sum() == pytest.approx(worth[frozenset("abcd")] - worth[frozenset()])


def test_parts_that_add_get_what_they_add():
    amounts = {"a": 1.0, "b": -2.0, "c": 4.0}
    found = shapley_values(list(amounts), lambda s: sum(amounts[p] for p in s))
    assert found.tolist() == pytest.approx(list(amounts.values()))


@pytest.mark.parametrize("players", [[], ["a", "a"], list(range(17))])
def test_players_are_checked(players):
    with pytest.raises(InputError, match="players"):
        shapley_values(players, lambda s: 0.0)
