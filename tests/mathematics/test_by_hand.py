"""Covariances, ranks, over-dispersion and the front door of arrays, each against a plain formula or the words it must say."""

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.mathematics import overdispersed_funnel, rank_intervals
from healthdevo.mathematics import resampling as drawing
from healthdevo.mathematics.cluster_inference import (
    Fitted,
    cluster_jackknife,
    cluster_sandwich,
    cr2,
    heteroskedastic_sandwich,
    leave_cluster_out,
    two_way_sandwich,
)
from healthdevo.mathematics.columns import checked_labels, column_numbers
from healthdevo.mathematics.matrices import array, columns, place_of
from healthdevo.mathematics.resampling import (
    bootstrap,
    bootstrap_weights,
    check_draws,
    percentile_limits,
    permutations_within,
)
from healthdevo.mathematics.vectors import codes, in_one_order, numbers, ranking_vector, vector, weight_vector

N = 24
RNG = np.random.default_rng(0)
X = np.column_stack([np.ones(N), RNG.normal(size=(N, 2))])
Y = X @ [1.0, 2.0, -1.0] + RNG.normal(size=N) * (1 + np.abs(X[:, 1]))
CODES = np.repeat(np.arange(6), [3, 5, 4, 4, 2, 6])
WEIGHTS = RNG.uniform(0.5, 3.0, N)


def weighted_fit(weights):
    root = np.sqrt(weights)
    xw, yw = X * root[:, None], Y * root
    beta = np.linalg.lstsq(xw, yw, rcond=None)[0]
    return Fitted(xw, yw - xw @ beta, np.zeros((N, 0)), weights)


@pytest.mark.parametrize("kind", ["HC0", "HC1", "HC2", "HC3"])
def test_covariances_that_allow_for_unequal_errors_are_those_of_a_library(kind):
    want = np.asarray(sm.OLS(Y, X).fit(cov_type=kind).cov_params())
    np.testing.assert_allclose(heteroskedastic_sandwich(Fitted.ols(X, Y), kind), want, rtol=1e-9)


def test_absorbed_effects_count_in_leverage_and_in_parameters():
    dummies = (CODES[:, None] == np.arange(6)).astype(float)
    basis = dummies / np.sqrt(dummies.sum(axis=0))
    inner = X[:, 1:] - basis @ (basis.T @ X[:, 1:])
    outer = Y - basis @ (basis.T @ Y)
    beta = np.linalg.lstsq(inner, outer, rcond=None)[0]
    fit = Fitted(inner, outer - inner @ beta, basis)
    whole = sm.OLS(Y, np.hstack([dummies, X[:, 1:]]))
    for kind in ("HC1", "HC2", "HC3"):
        want = np.asarray(whole.fit(cov_type=kind).cov_params())[6:, 6:]
        np.testing.assert_allclose(heteroskedastic_sandwich(fit, kind), want, rtol=1e-9)
    plain = heteroskedastic_sandwich(fit, "HC0")
    np.testing.assert_allclose(heteroskedastic_sandwich(fit, "HC1", 5), plain * N / (N - 5))


def test_a_row_that_fits_itself_adds_nothing():
    x = np.hstack([X[:, :2], np.eye(N)[:, :1]])
    for kind in ("HC2", "HC3"):
        found = heteroskedastic_sandwich(Fitted.ols(x, Y), kind)
        want = np.asarray(sm.OLS(Y[1:], X[1:, :2]).fit(cov_type=kind).cov_params())
        np.testing.assert_allclose(found[:2, :2], want, rtol=1e-7)


def test_clustered_covariance_by_one_way_and_two():
    fit = Fitted.ols(X, Y)
    other = np.arange(N) % 3
    result = sm.OLS(Y, X).fit()

    def plain(groups):
        return np.asarray(
            result.get_robustcov_results("cluster", groups=groups, use_correction=False).cov_params()
        )

    np.testing.assert_allclose(cluster_sandwich(fit, CODES), plain(CODES), rtol=1e-9)
    both = CODES * 3 + other
    want = 1.2 * plain(CODES) + 1.5 * plain(other) - 1.1 * plain(both)
    values, vectors = np.linalg.eigh(want)
    want = (vectors * np.maximum(values, 0)) @ vectors.T
    np.testing.assert_allclose(two_way_sandwich(fit, CODES, other, (1.2, 1.5, 1.1)), want, atol=1e-10)
    heavy = 1.0 * plain(CODES) + 1.0 * plain(other) - 4.0 * plain(both)
    values, vectors = np.linalg.eigh(heavy)
    assert values[0] < 0
    want = (vectors * np.maximum(values, 0)) @ vectors.T
    np.testing.assert_allclose(two_way_sandwich(fit, CODES, other, (1.0, 1.0, 4.0)), want, atol=1e-10)


def test_leaving_out_a_cluster_is_a_fit_without_it():
    fit = Fitted.ols(X, Y)
    whole = np.linalg.lstsq(X, Y, rcond=None)[0]
    changes = np.array(
        [np.linalg.lstsq(X[g != CODES], Y[g != CODES], rcond=None)[0] - whole for g in range(6)]
    )
    np.testing.assert_allclose(leave_cluster_out(fit, CODES), changes, atol=1e-9)
    np.testing.assert_allclose(cluster_jackknife(fit, CODES), 5 / 6 * changes.T @ changes, atol=1e-9)
    np.testing.assert_allclose(cluster_jackknife(fit, CODES, 2.0), 2.0 * changes.T @ changes, atol=1e-9)
    alone = np.column_stack([X[:, :2], CODES == 4]).astype(float)
    lost = leave_cluster_out(Fitted.ols(alone, Y), CODES)
    assert np.isnan(lost).all(axis=1).tolist() == [False] * 4 + [True, False]
    with pytest.raises(InputError, match="without cluster number 4 the coefficients"):
        cluster_jackknife(Fitted.ols(alone, Y), CODES)
    with pytest.raises(InputError, match="there is 1 cluster"):
        cluster_sandwich(fit, np.zeros(N, dtype=int))
    two = np.repeat([0, 1], N // 2)
    assert cluster_sandwich(fit, two).shape == (3, 3)


@pytest.mark.parametrize("working", ["identity", "inverse-weights"])
@pytest.mark.parametrize("weights", [np.ones(N), WEIGHTS], ids=["plain", "weighted"])
def test_bias_reduced_covariance_by_its_definition(working, weights):
    fit = weighted_fit(weights)
    found = cr2(fit, CODES, working)
    # in the scale of the outcome: target variances phi, hat matrix H, adjustment by the symmetric root of what is left
    phi = np.ones(N) if working == "identity" else 1.0 / weights
    w = np.diag(weights)
    m = np.linalg.inv(X.T @ w @ X)
    left = np.eye(N) - X @ m @ X.T @ w
    spread = left @ np.diag(phi) @ left.T
    e = left @ Y
    p, meat = [], np.zeros((3, 3))
    for g in range(6):
        rows = np.flatnonzero(g == CODES)
        d = np.diag(np.sqrt(phi[rows]))  # the root is taken in the scale in which errors are alike
        b = np.linalg.inv(d) @ spread[np.ix_(rows, rows)] @ np.linalg.inv(d)
        values, vectors = np.linalg.eigh(b)
        keep = values > 1e-10
        a = d @ (vectors[:, keep] / np.sqrt(values[keep])) @ vectors[:, keep].T @ np.linalg.inv(d)
        half = left[rows].T @ a.T @ w[np.ix_(rows, rows)] @ X[rows] @ m
        p.append(half)
        score = (a @ e[rows]) @ w[np.ix_(rows, rows)] @ X[rows] @ m
        meat += np.outer(score, score)
    np.testing.assert_allclose(found.covariance, meat, rtol=1e-8)
    for j in range(3):
        gram = np.array([[p[g][:, j] @ (phi * p[h][:, j]) for h in range(6)] for g in range(6)])
        assert found.df[j] == pytest.approx(np.trace(gram) ** 2 / (gram**2).sum(), rel=1e-8)


@pytest.mark.parametrize("simultaneous", [False, True])
@pytest.mark.parametrize("first", ["highest", "lowest"])
def test_rank_intervals_by_counting(simultaneous, first):
    rng = np.random.default_rng(3)
    value, error = rng.normal(0, 2, 9), rng.uniform(0.3, 1.2, 9)
    found = rank_intervals(value, error, first=first, levels=(0.6, 0.95), simultaneous=simultaneous)
    sign = 1 if first == "highest" else -1
    tests = 9 * 8 if simultaneous else 16
    for j, level in enumerate((0.6, 0.95)):
        z = stats.norm.isf((1 - level) / tests)
        for i in range(9):
            gaps = [(sign * (value[k] - value[i])) / np.hypot(error[i], error[k]) for k in range(9) if k != i]
            assert found.rank[i] == 1 + sum(g > 0 for g in gaps)
            assert found.lower[i, j] == 1 + sum(g > z for g in gaps)
            assert found.upper[i, j] == 9 - sum(g < -z for g in gaps)


def test_overdispersion_by_hand():
    top = np.array([80.0, 120, 95, 150, 60, 101, 99, 130, 88, 70])
    bottom = np.array([100.0, 110, 105, 112, 80, 100, 95, 90, 100, 96])
    for kind in ("ratio", "ratio_square_root", "proportion"):
        t, b = (top, bottom) if kind != "proportion" else (top, 4 * bottom)
        found = overdispersed_funnel(t, b, kind=kind, trim=0.15, levels=0.9)
        y, s, centre = {
            "ratio": (np.log(t / b), 1 / np.sqrt(b), 0.0),
            "ratio_square_root": (np.sqrt(t / b), 0.5 / np.sqrt(b), 1.0),
            "proportion": (
                np.arcsin(np.sqrt(np.minimum(t / b, 1.0))),
                0.5 / np.sqrt(b),
                np.arcsin(np.sqrt(min(t.sum() / b.sum(), 1.0))),
            ),
        }[kind]
        z = (y - centre) / s
        np.testing.assert_allclose(found.table["score"], z)
        if kind == "ratio":  # ranks from below 0.15 x 11 and from above 0.85 x 11 are dropped
            rank = stats.rankdata(z)
            kept = (rank >= 1.65) & (np.floor(rank / 1.65) < 1 / 0.15 - 1)
            scores = z[kept]
        else:
            kept = np.ones(10, dtype=bool)
            scores = np.clip(z, np.quantile(z, 0.15), np.quantile(z, 0.85))
        phi, w = np.mean(scores**2), 1 / s[kept] ** 2
        k = len(scores)
        tau2 = max(0.0, (k * phi - (k - 1)) / (w.sum() - (w**2).sum() / w.sum()))
        assert tau2 > 0
        assert (found.phi, found.tau2) == pytest.approx((phi, tau2))
        wide = np.sqrt(s**2 + tau2)
        np.testing.assert_allclose(found.table["od_score"], (y - centre) / wide)
        q = round(stats.norm.ppf(0.95), 6)
        low, high = {
            "ratio": (np.exp(-q * wide), np.exp(q * wide)),
            "ratio_square_root": (1 - q * wide, 1 + q * wide),
            "proportion": (np.sin(centre - q * wide) ** 2, np.sin(centre + q * wide) ** 2),
        }[kind]
        np.testing.assert_allclose(found.table["od_lower_0.9"], low)
        np.testing.assert_allclose(found.table["od_upper_0.9"], high)
        if kind == "proportion":
            np.testing.assert_allclose(found.table["lower_0.9"], np.sin(centre - q * s) ** 2)
            np.testing.assert_allclose(found.table["upper_0.9"], np.sin(centre + q * s) ** 2)
    alike = overdispersed_funnel([100, 101], [100, 100], kind="ratio_square_root")
    assert alike.tau2 == 0.0
    assert alike.sentence == "The areas differ by no more than chance."
    for trim, fine in ((0.0, True), (0.49, True), (0.5, False), (-0.01, False)):
        if fine:
            overdispersed_funnel(top, bottom, kind="ratio_square_root", trim=trim)
        else:
            with pytest.raises(InputError, match="trim"):
                overdispersed_funnel(top, bottom, kind="ratio_square_root", trim=trim)


def test_resamples_come_in_blocks_and_add_up(monkeypatch):
    weights = np.array([1.0, 2.0, 3.0, 4.0])
    whole = np.concatenate(list(bootstrap_weights(weights, 7, 3)))
    assert (whole / weights).sum(axis=1).tolist() == [4.0] * 7
    groups = np.array([0, 0, 1, 1])
    drawn = np.concatenate(list(bootstrap_weights(weights, 50, 3, groups))) / weights
    assert (drawn[:, 0] == drawn[:, 1]).all()
    assert (drawn[:, 0] + drawn[:, 2] == 2).all()
    assert set(drawn[:, 0]) == {0.0, 1.0, 2.0}
    monkeypatch.setattr(drawing, "_CELLS", 12)
    blocks = list(bootstrap_weights(weights, 7, 3))
    assert [len(b) for b in blocks] == [3, 3, 1]
    moved = list(permutations_within(np.array([0, 0, 0, 1]), 7, 3))
    assert [len(b) for b in moved] == [3, 3, 1]
    order = np.array([2, 0, 3, 1])
    one = np.concatenate(list(bootstrap_weights(weights, 40, 3, keys=[weights])))
    other = np.concatenate(list(bootstrap_weights(weights[order], 40, 3, keys=[weights[order]])))
    np.testing.assert_array_equal(one[:, order], other)
    lower, upper = percentile_limits(np.array([np.arange(101.0), 2 * np.arange(101.0)]).T, (0.8, 0.9))
    np.testing.assert_allclose(lower, [[10, 5], [20, 10]])
    np.testing.assert_allclose(upper, [[90, 95], [180, 190]])
    assert check_draws(10_000_000) == 10_000_000
    for wrong in (1, 10_000_001, 2.5):
        with pytest.raises(InputError, match="draws"):
            check_draws(wrong)
    assert check_draws(2) == 2
    assert bootstrap(lambda w: w.sum(axis=1), weights, 50, 0).shape == (50,)
    with pytest.raises(InputError, match="at least 50"):
        bootstrap(lambda w: w.sum(axis=1), weights, 49, 0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: vector([1, np.inf, np.inf], "x"), r"x: row 1 is inf \(2 such rows\)"),
        (
            lambda: vector(pd.Series([1, np.nan], ["a", "b"]), "x"),
            r"row 1 \(label 'b'\) is nan \(1 such rows\)",
        ),
        (lambda: vector(pd.Series([1, np.nan], [1, 2]), "x"), r"row 1 \(label 2\)"),
        (lambda: vector(pd.Series([1, np.nan]), "x"), "x: row 1 is nan"),
        (lambda: vector(pd.Series([1, np.nan], pd.RangeIndex(0, 4, 2)), "x"), r"row 1 \(label 2\)"),
        (lambda: vector([3, 1, 0], "x", above=1), r"x: row 1 is 1 \(2 such rows\); give numbers above 1"),
        (lambda: vector([3, 1, 0], "x", least=1), r"x: row 2 is 0 \(1 such rows\); give 1 or more"),
        (lambda: vector([], "x"), "x: is empty"),
        (lambda: vector([[1.0]], "x"), "x: has 2 dimensions"),
        (lambda: vector([1.0], "x", 2), "x: has 1 values; 2 are needed"),
        (lambda: numbers([1.0, 2e60], "x"), r"x: row 1 is 2e\+60, too large"),
        (lambda: numbers([[1.0, 2e60]], "x"), r"x: entry 1 is 2e\+60"),
        (lambda: numbers([1, 10**70], "x"), "x: row 1 "),
        (lambda: numbers([[1, 2], [3, "a"]], "x"), "x: row 1, column 1 is 'a'"),
        (lambda: numbers([1, "a"], "x"), "x: row 1 is 'a'"),
        (lambda: weight_vector([1.0, 0.0, -1.0], 3), r"weights: row 1 is 0 \(2 such rows\)"),
        (lambda: codes(["a", None], "g", 2), "g: row 1 is missing"),
        (lambda: codes(["a"], "g", 2), "g: has 1 values; 2 are needed"),
        (lambda: codes(["a", 1], "g", 2), "'a' is text, 1 is a number"),
        (lambda: ranking_vector(pd.Categorical(["a", "b"]), "r"), "unordered categorical"),
        (lambda: ranking_vector(["b", "a"], "r"), r"is text \('b' comes first\)"),
        (
            lambda: ranking_vector(
                pd.Series(pd.Categorical(["a", None], categories=["a"], ordered=True)), "r"
            ),
            "r: row 1 is missing",
        ),
        (lambda: array([[1.0, 2e75]], "x", dimensions=2), "x: entry 1|x: row 0, column 1"),
        (lambda: array([1.0, np.nan, np.nan], "x"), r"x: row 1 is nan \(2 such\); give finite numbers"),
        (lambda: array([1.0, 2.0], "x", above=1.0), r"x: row 0 is 1 \(1 such\); give numbers above 1"),
        (
            lambda: array([1.0, 0.5], "x", least=1.0),
            r"x: row 1 is 0.5 \(1 such\); give numbers of at least 1",
        ),
        (lambda: array([1.0, 0.5], "x", shape=(3,)), "x: its shape is 2; 3 numbers are needed"),
        (lambda: array([1.0, 0.5], "x", shape=(2, 1)), "x: its shape is 2; 2 x 1 numbers"),
        (lambda: array(1.0, "x", shape=(3,)), "x: its shape is a single number"),
        (lambda: array([1.0], "x", dimensions=2), "x: has 1 dimensions; give a matrix"),
        (lambda: array([[1.0]], "x"), "x: has 2 dimensions; give one value for each row"),
        (lambda: array([1.0], "x", dimensions=3), "give 3 dimensions"),
        (lambda: columns([1.0, 2.0], "x", 3), "x: has 2 rows and 2 dimensions; 3 rows"),
        (lambda: columns(1.0, "x", 3), "x: has 1 rows and 0 dimensions"),
        (lambda: checked_labels(pd.Series(["a", "a "]), "area"), "'a' and 'a ' differ only by blanks"),
        (lambda: checked_labels(pd.Series([1.0, np.inf]), "area"), "a label is infinite"),
        (lambda: checked_labels(pd.Series([["x"], "a"], index=[5, 6]), "area"), "area: row 5 is a list"),
        (lambda: checked_labels(pd.Series([True, 2], dtype=object), "area"), "true or false"),
    ],
)
def test_the_first_entry_at_fault_is_named(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_what_may_pass_passes():
    assert vector([1.0, np.nan], "x", missing=True).size == 2
    assert vector([1.0], "x", least=1.0).tolist() == [1.0]
    assert numbers([1e60, Decimal("0.5"), None], "x")[:2].tolist() == [1e60, 0.5]
    assert array([np.inf], "x", infinite=True).tolist() == [np.inf]
    assert array([np.nan], "x", missing=True).size == 1
    assert columns(np.ones((3, 2)), "x", 3).shape == (3, 2)
    assert place_of(pd.Series([1, 2], ["a", "b"]), (1,)) == "row 1 (label 'b')"
    assert place_of(np.zeros((1, 1, 2)), (0, 0, 1)) == "row 0, column 0, layer 1"
    found, wrong = column_numbers(pd.Series([1, None, "x", 2j, pd.NaT, "3"], dtype=object))
    assert wrong.tolist() == [False, False, True, True, False, False]
    assert found[[0, 5]].tolist() == [1.0, 3.0]
    code, names = codes(pd.Categorical(["b", "a"], categories=["c", "b", "a"]), "g", 2)
    assert (code.tolist(), names.tolist()) == ([0, 1], ["b", "a"])


def test_labels_decide_the_order_of_rows_and_columns():
    @in_one_order("x", "y", labels="index", wide=True, across=["z"])
    def pairs(x, y, z, index=None):
        return (
            np.asarray(x).tolist(),
            np.asarray(y).tolist(),
            np.asarray(z).tolist(),
            None if index is None else list(index),
        )

    x = pd.DataFrame([[1, 2], [3, 4]], index=["a", "b"], columns=["young", "old"])
    y = pd.DataFrame([[40, 30], [20, 10]], index=["b", "a"], columns=["old", "young"])
    z = pd.Series([9, 8], ["old", "young"])
    assert pairs(x, y, z) == ([[1, 2], [3, 4]], [[10, 20], [30, 40]], [8, 9], ["a", "b"])
    assert pairs(x.to_numpy(), y.to_numpy(), [9, 8])[3] is None
    assert pairs(x, y, z, index=["p", "q"])[3] == ["p", "q"]
    with pytest.raises(InputError, match="y: its rows have no label 'b', unlike x"):
        pairs(x, y.rename({"b": "c"}), z)
    with pytest.raises(InputError, match="y: its columns have no label 'old'"):
        pairs(x, y.rename(columns={"old": "older"}), z)
    with pytest.raises(InputError, match="z: its rows have no label 'young', unlike columns of x"):
        pairs(x, y, z.rename({"young": "child"}))
    with pytest.raises(InputError, match="labels of its rows repeat"):
        pairs(x, y.set_axis(["a", "a"]), z)
