"""The fewest people who would change area: held against every way there is, and against plain arithmetic."""

from itertools import permutations, product

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.governance import fewest_movers


def parts_of(grid: np.ndarray, left: np.ndarray) -> pd.DataFrame:
    rows = [(f"a{i}", f"b{j}", v) for (i, j), v in np.ndenumerate(grid) if v]
    rows += [("none", f"b{j}", v) for j, v in enumerate(left) if v]
    return pd.DataFrame(rows, columns=["first", "second", "people"])


def every_way(grid: np.ndarray, left: np.ndarray, rule: str) -> float:
    """Return the fewest movers by trying all ways."""
    n, m = grid.shape
    total = grid.sum() + left.sum()
    best = np.inf
    if rule == "divided":
        both = np.vstack([grid, left])
        for way in product(range(n + 1), repeat=m):
            if set(range(n)) <= set(way):
                best = min(best, total - sum(both[a, j] for j, a in enumerate(way)))
        return best
    ways = permutations(range(m), n) if rule == "alone" else product(range(m), repeat=n)
    for way in ways:
        stay = sum(grid[i, j] for i, j in enumerate(way)) + left[[j for j in range(m) if j not in way]].sum()
        best = min(best, total - stay)
    return best


@pytest.mark.parametrize("rule", ["alone", "together", "divided"])
@pytest.mark.parametrize("seed", range(8))
def test_no_other_way_moves_fewer(rule, seed):
    rng = np.random.default_rng(seed)
    n, m = int(rng.integers(1, 4)), int(rng.integers(3, 6))
    grid = rng.integers(0, 50, (n, m)).astype(float)
    grid[np.arange(n), np.arange(n)] += 1  # every area of both kinds has somebody
    left = rng.integers(1, 50, m).astype(float)
    parts = parts_of(grid, left)
    found = fewest_movers(parts, rule)
    assert found.movers == pytest.approx(every_way(grid, left, rule))
    assert found.people == parts["people"].sum()
    assert found.table["people"].sum() == found.people
    assert found.table.loc[~found.table["stays"], "people"].sum() == found.movers
    assert found.n == n
    shuffled = fewest_movers(parts.sample(frac=1, random_state=seed), rule)
    assert shuffled.movers == found.movers


def test_equal_borders_move_nobody():
    parts = pd.DataFrame({"first": ["a", "none"], "second": ["x", "y"], "people": [5, 7]})
    for rule in ("alone", "together", "divided"):
        found = fewest_movers(parts, rule)
        assert (found.movers, found.share) == (0.0, 0.0)
        assert found.table["stays"].all()


def test_rules_differ_as_they_should():
    # one area of the first kind in two whole areas of the second; two of the first kind in one of the second
    split = pd.DataFrame({"first": ["a", "a"], "second": ["x", "y"], "people": [60, 40]})
    assert [fewest_movers(split, r).movers for r in ("alone", "together", "divided")] == [40, 40, 0]
    shared = pd.DataFrame({"first": ["a", "b", "none"], "second": ["x", "x", "y"], "people": [60, 40, 10]})
    assert [fewest_movers(shared, r).movers for r in ("alone", "together", "divided")] == [50, 0, 50]


def test_refusals_name_what_is_wrong():
    good = pd.DataFrame({"first": ["a", "b"], "second": ["x", "y"], "people": [1, 2]})
    with pytest.raises(InputError, match="a pair of areas is there twice"):
        fewest_movers(pd.concat([good, good]))
    with pytest.raises(InputError, match="name at least one area"):
        fewest_movers(good.assign(first="none"))
    with pytest.raises(InputError, match="1 areas cannot match 2"):
        fewest_movers(good.assign(second="x"))
    assert fewest_movers(good.assign(second="x"), "together").movers == 0.0
    assert fewest_movers(good, outside="b").n == 1
    assert "0% of people" in fewest_movers(good).sentence
