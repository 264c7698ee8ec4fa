"""Sets and tests of weak instruments by formulas written out: roots, pieces, sandwiches summed row by row, and conventions of clusters."""

import math

import numpy as np
import pytest
from scipy import stats
from tests.kit.refusing import refused

from healthdevo.regression import anderson_rubin_set, anderson_rubin_test
from healthdevo.regression.anderson_rubin import _kind, _pieces, _real_roots
from healthdevo.regression.instrument_data import InstrumentData
from healthdevo.regression.rank_tests import cragg_donald, kleibergen_paap
from healthdevo.regression.small_samples import Counts, cluster_df, cluster_factor
from healthdevo.regression.weak_instruments import effective_f_critical_value, first_stage
from healthdevo.results import Interval

INF = math.inf


def drawn(instruments=2, n=60, strength=0.6, seed=1):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, instruments))
    u = rng.normal(size=n)
    x = strength * z.sum(axis=1) + u
    y = 0.5 * x + u + rng.normal(size=n) * (1 + 0.5 * np.abs(z[:, 0]))
    return y, x, z, np.repeat(np.arange(12), n // 12)


@pytest.mark.parametrize(
    ("a", "b", "c", "roots"),
    [
        (1, -3, 2, [1, 2]), (2, -10, 12, [2, 3]), (1, 3, 2, [-2, -1]), (1, 1, -6, [-3, 2]), (-1, -1, 6, [-3, 2]), (1, 2, 1, [-1]),
        (1, 0, -4, [-2, 2]), (1, 0, 0, [0]), (1, 0, 1, []), (1, 1, 0.3, []), (0, 2, -4, [2]), (0, -4, 2, [0.5]), (0, 0, 5, []), (3, -6, 0, [0, 2]),
    ],
)  # fmt: skip
def test_roots_of_a_quadratic(a, b, c, roots):
    assert _real_roots(a, b, c) == pytest.approx(roots)


def pieces(excess, *roots):
    return [(p.lower, p.upper) for p in _pieces(excess, list(roots), 0.9, 0.5)]


def test_pieces_between_limits():
    assert pieces(lambda b: (b - 1) * (b - 3), 1.0, 3.0) == [pytest.approx((1, 3))]
    assert pieces(lambda b: -(b - 1) * (b - 3), 1.0, 3.0) == [
        (-INF, pytest.approx(1)),
        (pytest.approx(3), INF),
    ]
    assert pieces(lambda b: (b + 7) * (b + 2), -7.0, -2.0) == [pytest.approx((-7, -2))]
    assert pieces(lambda b: b - 2, 2.0) == [(-INF, pytest.approx(2))]
    assert pieces(lambda b: 2 - b, 2.0) == [(pytest.approx(2), INF)]
    assert pieces(lambda b: -((b - 2) ** 2), 2.0) == [(-INF, INF)], "where it only touches nothing is cut"
    assert pieces(lambda b: (b - 2) ** 2 + 1, 2.0) == []
    assert pieces(lambda b: -1.0) == pieces(lambda b: 0.0) == [(-INF, INF)]
    assert pieces(lambda b: 1.0) == []
    quartic = pieces(lambda b: (b - 1) * (b - 2) * (b - 4) * (b - 8), 1.0, 2.0, 4.0, 8.0)
    assert quartic == [pytest.approx((1, 2)), pytest.approx((4, 8))]
    polished = pieces(lambda b: (b - 1) * (b - 3), 1.01, 2.98)
    assert polished == [pytest.approx((1, 3), rel=1e-12)]
    found = _pieces(lambda b: b - 2, [2.0], 0.9, 0.5)
    assert found[0].level == 0.9


def test_shapes_by_their_ends():
    def kind(*ends):
        return _kind(tuple(Interval(0.95, a, b) for a, b in ends))

    assert [kind(), kind((1, 2)), kind((1, INF)), kind((-INF, 1)), kind((-INF, INF)), kind((-INF, 1), (2, INF)), kind((1, 2), (3, 4))] == [
        "empty", "bounded", "unbounded", "unbounded", "whole line", "disjoint", "disjoint",
    ]  # fmt: skip


def plain(y, x, z, clusters, errors, value):
    """The statistic of y - x value on the instruments, with a constant, row by row."""
    n, k = z.shape
    Z = z - z.mean(axis=0)
    e = y - value * x
    e = e - e.mean()
    bread = np.linalg.inv(Z.T @ Z)
    pi = bread @ Z.T @ e
    u = e - Z @ pi
    df = n - k - 1
    if errors == "classic":
        V = bread * (u @ u) / df
    else:
        rows = [Z[i] * u[i] for i in range(n)]
        factor = {"HC0": 1.0, "HC1": n / df}.get(errors)
        if errors == "clustered":
            groups = sorted(set(clusters))
            rows = [sum(r for r, c in zip(rows, clusters, strict=True) if c == g) for g in groups]
            factor = len(groups) / (len(groups) - 1) * (n - 1) / df
            df = len(groups) - 1
        V = factor * bread @ sum(np.outer(r, r) for r in rows) @ bread
    f = pi @ np.linalg.inv(V) @ pi / k
    return f, stats.f.sf(f, k, df)


@pytest.mark.parametrize("errors", ["classic", "HC0", "HC1", "clustered"])
@pytest.mark.parametrize("instruments", [1, 3])
def test_the_test_and_the_ends_of_its_set(errors, instruments):
    y, x, z, clusters = drawn(instruments)
    data = InstrumentData.make(y, x, z, clusters=clusters)
    for value in (-1.5, 0.0, 0.7):
        assert anderson_rubin_test(data, value, errors) == pytest.approx(
            plain(y, x, z, clusters, errors, value)
        )
    found = anderson_rubin_set(data, (0.8, 0.95), errors)
    Q = z - z.mean(axis=0)
    fitted = Q @ np.linalg.lstsq(Q, x - x.mean(), rcond=None)[0]
    assert found.estimate == pytest.approx(fitted @ y / (fitted @ x))
    assert found.n == 60
    for level, hull, parts in zip((0.8, 0.95), found.intervals, found.pieces, strict=True):
        assert (hull.level, hull.lower, hull.upper) == (level, parts[0].lower, parts[-1].upper)
        for part in parts:
            for end in (part.lower, part.upper):
                if math.isfinite(end):
                    assert plain(y, x, z, clusters, errors, end)[1] == pytest.approx(1 - level, rel=1e-6)
    assert found.contains(found.intervals[0].lower + 1e-9)
    if instruments == 3:
        assert not found.contains(found.intervals[0].lower - 1e-6)
        assert found.contains(found.intervals[0].lower - 1e-6, 0.95)


def test_what_a_set_says():
    y, x, z, clusters = drawn(1, strength=3.0)
    bounded = anderson_rubin_set(InstrumentData.make(y, x, z, clusters=clusters), 0.9, "clustered")
    assert bounded.sentence.startswith("The 90% Anderson-Rubin set of the coefficient of x1 is ")
    assert bounded.sentence.endswith(" (bounded).")
    assert bounded.method.endswith("clustered errors, F(1, 11)")
    second = z[:, 0] ** 2 + np.random.default_rng(6).normal(size=60)
    data = InstrumentData.make(y, np.column_stack([x, second]), np.column_stack([z, z**2, z**3]))
    refused(lambda: anderson_rubin_set(data), "2 regressors; the set is drawn for one")
    refused(lambda: anderson_rubin_test(data, 1.0), "1 numbers for 2 endogenous regressors")
    statistic, p = anderson_rubin_test(data, [0.5, 0.2], "classic")
    shifted = y - 0.5 * x - 0.2 * second
    want = plain(shifted, np.zeros(60), np.column_stack([z, z**2, z**3]), None, "classic", 0.0)
    assert (statistic, p) == pytest.approx(want)
    few = np.repeat([0, 1, 2], 20)
    many = np.random.default_rng(4).normal(size=(60, 3))
    assert all(
        math.isnan(v)
        for v in anderson_rubin_test(InstrumentData.make(y, x, many, clusters=few), 0.0, "clustered")
    )
    refused(
        lambda: anderson_rubin_set(InstrumentData.make(y, x, many, clusters=few), errors="clustered"),
        "3 clusters for 3 instruments",
    )
    enough = InstrumentData.make(y, x, many[:, :2], clusters=few)
    assert math.isfinite(anderson_rubin_test(enough, 0.0, "clustered")[0])


def test_first_stages_by_hand():
    y, x, z, clusters = drawn(2)
    other = z[:, 0] - z[:, 1] + np.random.default_rng(5).normal(size=60)
    data = InstrumentData.make(y, np.column_stack([x, other]), z, clusters=clusters, names=["x", "other"])
    Z = z - z.mean(axis=0)
    for stage, column in zip(first_stage(data), (x, other), strict=True):
        for errors in ("classic", "HC0", "HC1", "clustered"):
            row = stage.table.loc[errors]
            assert (row["F"], row["p_value"]) == pytest.approx(
                plain(column, column, z, clusters, errors, 0.0)
            )
        # the effective F of classic errors is F, and its critical value that of equal eigenvalues
        assert stage.table.loc["classic", "effective_F"] == pytest.approx(stage.table.loc["classic", "F"])
        e = column - column.mean()
        pi = np.linalg.lstsq(Z, e, rcond=None)[0]
        u = e - Z @ pi
        meat = sum(np.outer(a, a) * b**2 for a, b in zip(Z, u, strict=True)) * 60 / 57
        want = (Z @ pi) @ (Z @ pi) / np.trace(np.linalg.inv(Z.T @ Z) @ meat)
        assert stage.table.loc["HC1", "effective_F"] == pytest.approx(want)
    two = cragg_donald(data)
    robust = kleibergen_paap(data, "classic")
    assert (two.df, robust.df) == (1, 1)
    assert two.wald == pytest.approx(robust.wald)
    assert two.f == pytest.approx(two.wald / 2)
    assert two.p_value == pytest.approx(stats.chi2.sf(two.wald, 1))
    assert two.critical_value == 7.03
    X = np.column_stack([x - x.mean(), other - other.mean()])
    P = Z @ np.linalg.inv(Z.T @ Z) @ Z.T
    noise = X.T @ (np.eye(60) - P) @ X / 57
    assert two.wald == pytest.approx(np.linalg.eigvals(np.linalg.inv(noise) @ X.T @ P @ X).real.min())


@pytest.mark.parametrize(("bias", "significance"), [(0.1, 0.05), (0.2, 0.1), (0.05, 0.01)])
def test_the_critical_value_of_the_effective_f_by_its_formula(bias, significance):
    for W in (np.eye(1), np.eye(3), np.diag([1.0, 2.0, 5.0]), np.array([[2.0, 0.5], [0.5, 1.0]])):
        x, roots = 1 / bias, np.linalg.eigvalsh(W)
        K = roots.sum() ** 2 * (1 + 2 * x) / ((roots**2).sum() + 2 * x * roots.sum() * roots.max())
        found = effective_f_critical_value(W, bias, significance)
        assert stats.ncx2.sf(found * K, K, K * x) == pytest.approx(significance, rel=1e-6)
    for bad in ((0.0, 0.05), (0.1, 0.0), (0.1, 1.0)):
        refused(lambda b=bad: effective_f_critical_value(np.eye(2), *b), "bias and significance")
    for bad in (np.zeros((2, 2)), np.ones((2, 3)), np.array([[1.0, 0.1], [0.2, 1.0]])):
        refused(lambda W=bad: effective_f_critical_value(W), "no covariance")
    near = np.array([[1.0, 0.5], [0.5 + 5e-7, 1.0]])
    assert effective_f_critical_value(near) == pytest.approx(effective_f_critical_value(np.array([[1.0, 0.5], [0.5, 1.0]])), rel=1e-4)  # fmt: skip


def test_conventions_of_clusters_by_their_table():
    n, k, absorbed, groups = 120, 3, 20, 10
    nested, crossed = Counts(n, k, absorbed, 1), Counts(n, k, absorbed, 7)
    big = groups / (groups - 1) * (n - 1)
    assert (
        cluster_factor("stata", nested, groups)
        == cluster_factor("fixest", nested, groups)
        == pytest.approx(big / (n - k - 1))
    )
    assert cluster_factor("stata", crossed, groups) == pytest.approx(big / (n - k - 7))
    assert (
        cluster_factor("sandwich", crossed, groups)
        == cluster_factor("plm-sss", crossed, groups)
        == pytest.approx(big / (n - k))
    )
    assert cluster_factor("linearmodels", crossed, groups) == pytest.approx(n / (n - k - absorbed))
    assert cluster_factor("linearmodels", nested, groups) == pytest.approx(n / (n - k))
    assert cluster_factor("none", crossed, groups) == cluster_factor("plm", crossed, groups) == 1.0
    assert [
        cluster_df(name, crossed, groups) for name in ("stata", "sandwich", "linearmodels", "plm-sss", "none")
    ] == [9, 9, 97, 97, 97]


def test_what_instruments_and_clusters_must_be():
    y, x, z, _ = drawn(2)
    halves = np.repeat([0, 1], 30)
    assert InstrumentData.make(y, x, z, clusters=halves).denominator_df("clustered") == 1
    refused(lambda: InstrumentData.make(y, x, z, clusters=0 * halves), "all 60 rows are in one cluster")
    refused(
        lambda: InstrumentData.make(y, x, z, controls=x),
        "the controls explain column 0 of endogenous regressors",
    )
    refused(
        lambda: InstrumentData.make(y, x, z, controls=z[:, 1]),
        "the controls explain column 2 of endogenous regressors",
    )
