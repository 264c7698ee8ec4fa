import itertools

import numpy as np
import pytest
import statsmodels.api as sm

from healthdevo.errors import InputError
from healthdevo.mathematics.wild_bootstrap import rademacher, wild_cluster_bootstrap
from healthdevo.mathematics.within import Absorber


def drawn(groups=6, size=6, seed=0):
    rng = np.random.default_rng(seed)
    codes = np.repeat(np.arange(groups), size)
    n = len(codes)
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 2)) + rng.normal(size=(groups, 2))[codes]])
    y = X @ [1, 0.4, -0.2] + rng.normal(size=n) + rng.normal(size=groups)[codes]
    return X, y, codes


def brute_force(X, y, codes, j, value, signs):
    """p-value from refitting every bootstrap sample with statsmodels."""

    def t(outcome):
        fit = sm.OLS(outcome, X).fit(cov_type="cluster", cov_kwds={"groups": codes})
        return (fit.params[j] - value) / fit.bse[j]

    rest = np.delete(X, j, axis=1)
    restricted = sm.OLS(y - value * X[:, j], rest).fit()
    fitted = restricted.fittedvalues + value * X[:, j]
    actual = abs(t(y))
    drawn = np.array([abs(t(fitted + restricted.resid * np.array(s)[codes])) for s in signs])
    return (drawn >= actual - 1e-8).mean(), (drawn > actual + 1e-8).mean()


@pytest.mark.parametrize("value", [0.0, 0.4, 1.3])
def test_exact_p_value_equals_brute_force(value):
    X, y, codes = drawn()
    result = wild_cluster_bootstrap(y, X[:, 1], X[:, [0, 2]], codes, null=value)
    p, strict = brute_force(X, y, codes, 1, value, itertools.product([-1.0, 1.0], repeat=6))
    assert result.exact
    assert result.draws == 64
    assert result.p_value == pytest.approx(p)
    assert result.p_value_strict == pytest.approx(strict)


def test_weighted_bootstrap_equals_brute_force_of_weighted_fits():
    X, y, codes = drawn(7, 6, 8)
    w = np.random.default_rng(1).uniform(0.3, 4, len(y))
    root = np.sqrt(w)
    result = wild_cluster_bootstrap(y * root, X[:, 1] * root, X[:, [0, 2]] * root[:, None], codes)

    def t(outcome):
        return sm.WLS(outcome, X, weights=w).fit(cov_type="cluster", cov_kwds={"groups": codes}).tvalues[1]

    restricted = sm.WLS(y, X[:, [0, 2]], weights=w).fit()
    signs = itertools.product([-1.0, 1.0], repeat=7)
    drawn_t = [abs(t(restricted.fittedvalues + restricted.resid * np.array(s)[codes])) for s in signs]
    assert result.p_value == pytest.approx(np.mean(np.array(drawn_t) >= abs(t(y)) - 1e-8))


def test_absorbed_effects_equal_dummies():
    X, y, codes = drawn(8, 5, 3)
    year = np.tile(np.arange(5), 8)
    absorber = Absorber.make(40, codes, year)
    parts = absorber.residualise(np.column_stack([y, X[:, 1:]]))
    inside = wild_cluster_bootstrap(parts[:, 0], parts[:, 1], parts[:, 2:], codes, basis=absorber.basis)
    dummies = np.hstack([X[:, 2:], np.eye(8)[codes], np.eye(5)[year][:, 1:]])
    outside = wild_cluster_bootstrap(y, X[:, 1], dummies, codes)
    assert inside.p_value == outside.p_value
    assert inside.intervals[0].lower == pytest.approx(outside.intervals[0].lower, rel=1e-6)


def test_interval_holds_what_the_test_does_not_reject():
    X, y, codes = drawn(9, 6, 1)
    i = wild_cluster_bootstrap(y, X[:, 1], X[:, [0, 2]], codes, levels=(0.9, 0.8)).intervals
    assert i[0].lower <= i[1].lower <= i[1].upper <= i[0].upper
    for limit, inward in ((i[0].lower, 1e-5), (i[0].upper, -1e-5)):
        inside = wild_cluster_bootstrap(y, X[:, 1], X[:, [0, 2]], codes, null=limit + inward).p_value
        outside = wild_cluster_bootstrap(y, X[:, 1], X[:, [0, 2]], codes, null=limit - inward).p_value
        assert inside > 0.1 >= outside


def test_five_clusters_cannot_reject_at_five_per_cent():
    X, y, codes = drawn(5, 10, 2)
    result = wild_cluster_bootstrap(y + 50 * X[:, 1], X[:, 1], X[:, [0, 2]], codes)
    assert result.p_value == 2 / 2**5
    assert np.isinf([result.intervals[0].lower, result.intervals[0].upper]).all()


def test_random_draws_agree_with_enumeration_of_the_same_signs_and_follow_the_seed():
    X, y, codes = drawn(14, 4, 4)
    one = wild_cluster_bootstrap(y, X[:, 1], X[:, [0, 2]], codes, draws=199, seed=1)
    two = wild_cluster_bootstrap(y, X[:, 1], X[:, [0, 2]], codes, draws=199, seed=1)
    assert one == two
    assert not one.exact
    signs, _ = rademacher(14, 199, 1)
    p, _ = brute_force(X, y, codes, 1, 0.0, signs.T)
    assert one.p_value == pytest.approx((1 + 199 * p) / 200)


def test_order_of_rows_and_labels_of_clusters_do_not_matter():
    X, y, codes = drawn(7, 5, 5)
    order = np.random.default_rng(0).permutation(len(y))
    one = wild_cluster_bootstrap(y, X[:, 1], X[:, [0, 2]], codes)
    two = wild_cluster_bootstrap(y[order], X[order, 1], X[order][:, [0, 2]], codes[order])
    assert one.p_value == two.p_value
    assert one.intervals[0].upper == pytest.approx(two.intervals[0].upper)


def test_refusals():
    X, y, codes = drawn()
    with pytest.raises(InputError, match="at least 2"):
        wild_cluster_bootstrap(y, X[:, 1], X[:, :1], np.zeros_like(codes))
    with pytest.raises(InputError, match="combination"):
        wild_cluster_bootstrap(y, X[:, 2], X, codes)
    with pytest.raises(InputError, match="draws"):
        rademacher(20, 0)
