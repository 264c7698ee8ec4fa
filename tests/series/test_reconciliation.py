"""Reconciled forecasts add up and agree with the reference."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.series.reconciliation import reconcile, summing_matrix

METHODS = ("bottom_up", "ols", "wls_struct", "wls_var", "mint_shrink")
PARENTS = {"a": "North", "b": "North", "c": "South", "d": "South", "e": "South"}


@pytest.mark.parametrize("method", METHODS)
def test_every_method_agrees_with_the_reference(reference, carried, method):
    rows, expected = reference("reconciliation_small")
    summing = carried("reconciliation_small", "summing", index_col="node")
    past = rows[rows["part"] == "past"].assign(error=lambda f: f["observed"] - f["forecast"])
    residuals = past.pivot_table(index="node", columns="t", values="error").loc[summing.index]
    ahead = rows[rows["part"] == "future"].pivot_table(index="node", columns="t", values="forecast")
    got = reconcile(ahead.loc[summing.index], summing, method=method, residuals=residuals)
    want = expected[expected["method"] == method].pivot_table(index="node", columns="t", values="value")
    rtol = 1e-4 if method == "mint_shrink" else 1e-8
    np.testing.assert_allclose(got, want.loc[summing.index], rtol=rtol)
    np.testing.assert_array_equal(summing_matrix(PARENTS).loc[summing.index], summing)


@pytest.mark.parametrize("method", METHODS)
def test_forecasts_add_up_and_coherent_ones_stay(method):
    rng = np.random.default_rng(4)
    s = summing_matrix(PARENTS)
    base = pd.DataFrame(rng.normal(50, 10, (8, 3)), index=s.index, columns=["m1", "m2", "m3"])
    residuals = pd.DataFrame(rng.normal(size=(8, 40)), index=s.index)
    got = reconcile(base, s, method=method, residuals=residuals)
    np.testing.assert_allclose(got.loc["England"], got.loc[list("abcde")].sum())
    np.testing.assert_allclose(got.loc["South"], got.loc[list("cde")].sum())
    np.testing.assert_allclose(reconcile(got, s, method=method, residuals=residuals), got, rtol=1e-9)
    shuffled = reconcile(base.sample(frac=1.0, random_state=1), s, method=method, residuals=residuals)
    np.testing.assert_allclose(shuffled, got)


def test_reconciling_helps_where_errors_differ_in_size():
    rng = np.random.default_rng(5)
    s = summing_matrix(PARENTS).to_numpy()
    spread = np.array([4.0, 3.0, 3.0, 1.0, 1.0, 1.0, 1.0, 1.0])
    truth = s @ rng.normal(100, 10, (5, 400))
    base = truth + rng.normal(size=(8, 400)) * spread[:, None]
    past = rng.normal(size=(8, 60)) * spread[:, None]
    plain = np.mean((base - truth) ** 2)
    for method in ("wls_var", "mint_shrink"):
        assert (
            np.mean((reconcile(base, s, method=method, residuals=past).to_numpy() - truth) ** 2) < 0.6 * plain
        )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"method": "magic"}, "method"),
        ({"method": "wls_var"}, "residuals"),
        ({"method": "wls_var", "residuals": np.zeros((8, 5))}, "zeros"),
        ({"method": "mint_shrink", "residuals": np.ones((8, 5))}, "no spread"),
        ({"method": "wls_var", "residuals": np.ones((3, 5))}, "does not match"),
        ({"method": "wls_var", "residuals": np.full((8, 5), np.nan)}, "fewer than 3"),
        ({"forecasts": np.ones((5, 2))}, "does not match"),
        ({"forecasts": np.full((8, 2), np.nan)}, "missing"),
        ({"forecasts": pd.DataFrame(np.ones((8, 1)))}, "rows must be"),
    ],
)
def test_bad_input_is_refused(change, message):
    with pytest.raises(InputError, match=message):
        reconcile(**({"forecasts": np.ones((8, 2)), "summing": summing_matrix(PARENTS)} | change))


def test_names_stand_for_one_thing():
    with pytest.raises(InputError, match="one thing"):
        summing_matrix({"a": "a"})
    with pytest.raises(InputError, match="at least one"):
        summing_matrix({})
