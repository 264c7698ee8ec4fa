"""Two periods: closed forms of quarters, and the pull to the mean."""

import numpy as np
import pytest
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.governance import chance_of_same_quarter, rank_stability


@pytest.mark.parametrize("r", [-0.9, -0.3, 0.2, 0.5, 0.8, 0.95])
def test_chance_of_quarter_equals_the_bivariate_normal(r):
    q = stats.norm.ppf(0.25)
    expected = stats.multivariate_normal.cdf([q, q], cov=[[1, r], [r, 1]]) / 0.25
    assert chance_of_same_quarter(r) == pytest.approx(expected, abs=1e-4)


def test_chance_at_the_ends():
    assert [chance_of_same_quarter(r) for r in (-1.0, 0.0, 1.0)] == [0.0, 0.25, 1.0]
    with pytest.raises(InputError, match="correlation: 1"):
        chance_of_same_quarter(1.5)


def test_planted_pull_and_correlation_are_found_with_intervals():
    rng = np.random.default_rng(1)
    truth = rng.normal(size=4000)
    before, after = (truth + rng.normal(size=4000) for _ in range(2))
    s = rank_stability(before, after, draws=100)
    assert s.n == 4000
    assert s.correlation.estimate == pytest.approx(0.5, abs=0.04)
    assert s.rank_correlation.estimate == pytest.approx(6 / np.pi * np.arcsin(0.25), abs=0.04)
    assert s.pull.estimate == pytest.approx(0.5, abs=0.04)
    for share in (s.best_stay, s.worst_stay):
        assert share.estimate == pytest.approx(chance_of_same_quarter(0.5), abs=0.04)
        assert share.estimate in share[0.95]
    assert s.correlation.standard_error == pytest.approx(0.75 / np.sqrt(4000), rel=0.2)


def test_by_hand():
    s = rank_stability([1, 2, 3, 4, 5, 6, 7, 8], [8, 7, 6, 5, 4, 3, 2, 1], draws=50)
    assert (s.correlation.estimate, s.best_stay.estimate, s.worst_stay.estimate) == pytest.approx(
        (-1.0, 0.0, 0.0)
    )
    assert s.pull.estimate == pytest.approx(2.0)
    assert s.sentence.startswith("The correlation between two periods is −1")


def test_row_order_does_not_matter():
    x, y = np.arange(9.0), np.array([0, 2, 1, 3, 5, 4, 6, 8, 7.0])
    order = np.random.default_rng(0).permutation(9)
    assert rank_stability(x, y).pull == rank_stability(x[order], y[order]).pull


@pytest.mark.parametrize(
    ("x", "y", "words"),
    [
        (range(7), range(7), "7 places"),
        (range(8), [1] * 8, "after: all places"),
        (range(8), range(9), "after: has 9"),
    ],
)
def test_bad_input_is_refused(x, y, words):
    with pytest.raises(InputError, match=words):
        rank_stability(list(x), list(y))
