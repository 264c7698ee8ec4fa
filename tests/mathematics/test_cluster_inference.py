import numpy as np
import pytest
import statsmodels.api as sm

from healthdevo.errors import InputError
from healthdevo.mathematics.cluster_inference import (
    Fitted,
    cluster_jackknife,
    cluster_sandwich,
    cr2,
    heteroskedastic_sandwich,
    leave_cluster_out,
    two_way_sandwich,
)
from healthdevo.mathematics.within import Absorber


def drawn(seed=0, n=60, groups=8):
    rng = np.random.default_rng(seed)
    codes = np.sort(rng.integers(0, groups, n))
    codes = np.unique(codes, return_inverse=True)[1]
    X = np.column_stack([np.ones(n), rng.normal(size=(n, 2))])
    y = X @ [1, 0.5, -0.2] + rng.normal(size=n) + rng.normal(size=groups)[codes]
    return X, y, codes


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_heteroskedastic_sandwich_equals_statsmodels(kind):
    X, y, _ = drawn()
    expected = sm.OLS(y, X).fit(cov_type=kind).cov_params()
    np.testing.assert_allclose(heteroskedastic_sandwich(Fitted.ols(X, y), kind), expected, rtol=1e-10)


def test_cluster_sandwich_equals_statsmodels():
    X, y, codes = drawn()
    fit = sm.OLS(y, X).fit(cov_type="cluster", cov_kwds={"groups": codes, "use_correction": False})
    np.testing.assert_allclose(cluster_sandwich(Fitted.ols(X, y), codes), fit.cov_params(), rtol=1e-10)


def plain_cr2(X, y, codes, w=None):
    """CR2 written out with full n x n matrices, working covariance the identity."""
    n = len(y)
    W = np.eye(n) if w is None else np.diag(w)
    bread = np.linalg.pinv(X.T @ W @ X)
    M = np.eye(n) - X @ bread @ X.T @ W
    e = M @ y
    scores, halves = [], []
    for g in np.unique(codes):
        rows = codes == g
        values, vectors = np.linalg.eigh((M @ M.T)[np.ix_(rows, rows)])
        keep = values > 1e-10
        A = (vectors[:, keep] / np.sqrt(values[keep])) @ vectors[:, keep].T
        half = A @ W[np.ix_(rows, rows)] @ X[rows] @ bread
        scores.append(half.T @ e[rows])
        halves.append(M[rows].T @ half)
    V = sum(np.outer(s, s) for s in scores)
    df = []
    for j in range(X.shape[1]):
        P = np.column_stack([h[:, j] for h in halves])
        G = P.T @ P
        df.append(np.trace(G) ** 2 / (G**2).sum())
    return V, np.array(df)


@pytest.mark.parametrize("weighted", [False, True])
def test_cr2_equals_the_plain_formula(weighted):
    X, y, codes = drawn(3)
    w = np.random.default_rng(9).uniform(0.5, 3, len(y)) if weighted else None
    root = np.ones(len(y)) if w is None else np.sqrt(w)
    base = Fitted.ols(X * root[:, None], y * root)
    result = cr2(Fitted(base.X, base.residuals, base.basis, w), codes)
    V, df = plain_cr2(X, y, codes, w)
    np.testing.assert_allclose(result.covariance, V, rtol=1e-9)
    np.testing.assert_allclose(result.df, df, rtol=1e-9)


def test_cr2_with_absorbed_effects_equals_dummies_and_the_theorem_on_absorption():
    rng = np.random.default_rng(5)
    area, year = np.repeat(np.arange(10), 6), np.tile(np.arange(6), 10)
    keep = rng.uniform(size=60) < 0.85
    area, year = area[keep], year[keep]
    x = rng.normal(size=(len(area), 2))
    y = x @ [1, 2] + area + rng.normal(size=len(area))
    absorber = Absorber.make(len(y), area, year)
    X, target = absorber.residualise(x), absorber.residualise(y[:, None])[:, 0]
    b = np.linalg.lstsq(X, target, rcond=None)[0]
    absorbed = cr2(Fitted(X, target - X @ b, absorber.basis), area)
    # dummies of areas and years as columns of the design
    full = np.hstack([x, np.eye(10)[area], np.eye(6)[year][:, 1:]])
    V, df = plain_cr2(full, y, area)
    np.testing.assert_allclose(absorbed.covariance, V[:2, :2], rtol=1e-8)
    np.testing.assert_allclose(absorbed.df, df[:2], rtol=1e-8)
    # areas nest in the clusters: leaving them out of the adjustment changes nothing (Pustejovsky and Tipton 2018)
    within = Absorber.make(len(y), area)
    partial = within.residualise(np.hstack([x, np.eye(6)[year][:, 1:]]))
    W, wdf = plain_cr2(partial, within.residualise(y[:, None])[:, 0], area)
    np.testing.assert_allclose(absorbed.covariance, W[:2, :2], rtol=1e-8)
    np.testing.assert_allclose(absorbed.df, wdf[:2], rtol=1e-8)


def test_cr2_is_unbiased_under_equal_variances():
    # the expected variance is the trace of the quadratic form: for identity errors it is the classic one
    X, y, codes = drawn(4)
    bread = np.linalg.inv(X.T @ X)
    M = np.eye(len(y)) - X @ bread @ X.T
    total = np.zeros((3, 3))
    for column in M.T:  # residuals of unit errors, one row at a time, add up to the expectation
        fit = Fitted(X, column, np.zeros((len(y), 0)))
        total += cr2(fit, codes).covariance
    np.testing.assert_allclose(total, bread, atol=1e-10)


def test_leaving_a_cluster_out_equals_refitting():
    X, y, codes = drawn(6)
    full = np.linalg.lstsq(X, y, rcond=None)[0]
    changes = leave_cluster_out(Fitted.ols(X, y), codes)
    for g in np.unique(codes):
        without = np.linalg.lstsq(X[codes != g], y[codes != g], rcond=None)[0]
        np.testing.assert_allclose(full + changes[g], without, atol=1e-10)
    groups = len(np.unique(codes))
    expected = (groups - 1) / groups * changes.T @ changes
    np.testing.assert_allclose(cluster_jackknife(Fitted.ols(X, y), codes), expected)


def test_jackknife_refuses_a_cluster_that_carries_a_coefficient_alone():
    x = np.zeros(12)
    x[:3] = [1.0, 2.0, 3.0]
    fit = Fitted.ols(np.column_stack([np.ones(12), x]), np.arange(12.0))
    with pytest.raises(InputError, match="not determined"):
        cluster_jackknife(fit, np.repeat(np.arange(4), 3))


def test_two_way_is_the_sum_less_the_intersection_and_never_negative():
    X, y, codes = drawn(7)
    second = np.tile(np.arange(5), 12)
    fit = Fitted.ols(X, y)
    both = codes * 5 + second
    expected = cluster_sandwich(fit, codes) + cluster_sandwich(fit, second) - cluster_sandwich(fit, both)
    if np.linalg.eigvalsh(expected)[0] >= 0:
        np.testing.assert_allclose(two_way_sandwich(fit, codes, second), expected)
    assert np.linalg.eigvalsh(two_way_sandwich(fit, codes, second, (0.1, 0.1, 1.0)))[0] > -1e-12


def test_one_cluster_is_refused():
    X, y, codes = drawn()
    for function in (cluster_sandwich, cr2, cluster_jackknife):
        with pytest.raises(InputError, match="at least 2"):
            function(Fitted.ols(X, y), np.zeros_like(codes))
