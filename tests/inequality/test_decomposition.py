"""Contributions of determinants: reference values, exact sums and standard errors."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.inequality.concentration import concentration_index
from healthdevo.inequality.concentration_contributions import concentration_decomposition
from healthdevo.inequality.entropy import theil_index
from healthdevo.inequality.gini import gini_coefficient
from healthdevo.inequality.log_variance import variance_of_logs
from healthdevo.inequality.shapley_contributions import shapley_decomposition
from healthdevo.inequality.variance_contributions import regression_decomposition

REFERENCE = Path(__file__).parents[1] / "reference"
GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")
needs_golden = pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")


def check(found, expected, names):
    expected = expected.set_index("term")
    assert found.total.estimate == pytest.approx(expected.loc["overall_CI", "contribution"], rel=1e-8)
    assert found["residual"].estimate == pytest.approx(expected.loc["residual", "contribution"], rel=1e-8)
    assert 100 * found.shares["residual"].estimate == pytest.approx(expected.loc["residual", "pct"], rel=1e-8)
    for theirs, ours in names.items():
        row, term = expected.loc[theirs], found.terms.loc[ours]
        for left, right in {
            "beta": term["coefficient"],
            "mean": term["mean"],
            "partial_ci": term["concentration_index"],
            "elasticity": term["elasticity"],
            "contribution": found[ours].estimate,
            "pct": 100 * found.shares[ours].estimate,
        }.items():
            assert right == pytest.approx(row[left], rel=1e-8), (theirs, left)


def test_drawn_reference():
    folder = REFERENCE / "concentration_decomposition600"
    data = pd.read_csv(folder / "input.csv")
    found = concentration_decomposition(data["y"], data["inc"], data[["a", "b", "c"]])
    check(found, pd.read_csv(folder / "expected.csv"), {"a": "a", "b": "b", "c": "c"})


def test_categories_of_drawn_people_match_the_formulas(carried):
    data = carried("determinants_drawn", "input")
    found = concentration_decomposition(data["bmi"], data["income"], data[["tenure", "place", "age"]])
    names = {
        f"{v}[T.{c}]": f"{v}[{c}]" for v, c in (("tenure", "own"), ("tenure", "rent"), ("place", "urban"))
    }
    check(found, carried("determinants_drawn", "expected_index"), names | {"age": "age"})


def test_shares_of_the_variance_of_drawn_incomes_match_the_formulas(carried):
    data = carried("determinants_drawn", "input")
    expected = carried("determinants_drawn", "expected_variance").set_index("component")["value"]
    found = regression_decomposition(data["income"], data[["tenure", "place", "age"]], data["weight"])
    for name, value in expected.items():
        ours = found.by_variable[name].estimate / found.total.estimate
        assert ours == pytest.approx(value, rel=1e-8), name


@needs_golden
def test_golden_categories():
    folder = Path(GOLDEN or ".") / "inequality" / "decomposition"
    data = pd.read_csv(folder / "housing_lm_in.csv")
    expected = pd.read_csv(folder / "housing_lm_out.csv")
    covariates = data[["sex", "tenure", "place", "age"]]
    found = concentration_decomposition(data["bmi"], data["income"], covariates)
    names = {}
    for term in expected["term"].iloc[:-2]:
        variable = next(c for c in covariates if term.startswith(c))
        names[term] = variable if term == variable else f"{variable}[{term.removeprefix(variable)}]"
    check(found, expected, names)


@needs_golden
def test_golden_fields():
    folder = Path(GOLDEN or ".") / "inequality" / "decomposition"
    data = pd.read_csv(folder / "fields_in.csv")
    expected = pd.read_csv(folder / "fields_out.csv").set_index("component")["value"]
    found = regression_decomposition(data["income"], data[list(expected.index[:-1])], data["factor"])
    for name, value in expected.items():
        ours = found.by_variable[name].estimate / found.total.estimate
        assert ours == pytest.approx(value, rel=1e-8), name


@pytest.fixture(scope="module")
def people():
    rng = np.random.default_rng(1)
    n = 300
    income = rng.lognormal(size=n).round(1)
    frame = pd.DataFrame(
        {
            "age": rng.uniform(20, 80, n),
            "tenure": np.where(rng.random(n) < 0.3 + 0.3 * (income > 1), "owner", "renter"),
            "centred": rng.normal(size=n),
        }
    )
    frame["centred"] -= frame["centred"].mean()
    health = (
        5
        + 0.02 * frame["age"]
        + 0.8 * (frame["tenure"] == "owner")
        + 0.2 * np.log(income)
        + rng.normal(size=n)
    )
    return health.clip(0.1, 14).to_numpy(), income, frame, rng.uniform(0.5, 2, n)


OPTIONS = [
    {},
    {"normalisation": "generalised"},
    {"normalisation": "erreygers", "bounds": (0, 15)},
    {"normalisation": "wagstaff", "bounds": (0, 15)},
    {"normalisation": "modified", "bounds": (0, np.inf)},
]


@pytest.mark.parametrize("options", OPTIONS)
def test_parts_sum_to_the_index_and_influence_is_right(people, options):
    h, income, x, w = (part[:50] for part in people)
    w = w / w.sum()
    found = concentration_decomposition(h, income, x, w, **options)
    index = concentration_index(h, income, w, variance="influence", **options)
    assert found.total.estimate == pytest.approx(index.estimate, abs=1e-13)
    assert found.total.standard_error == pytest.approx(index.standard_error, rel=1e-9)
    assert found.estimate.sum() == pytest.approx(index.estimate, abs=1e-12)
    assert found.by_variable.estimate.sum() == pytest.approx(index.estimate, abs=1e-12)
    parts, shares = [], []
    for i in range(50):
        step = 1e-6
        moved = concentration_decomposition(
            h, income, x, (1 - step) * w + step * (np.arange(50) == i), **options
        )
        parts.append((moved.estimate - found.estimate) / step)
        shares.append((moved.shares.estimate - found.shares.estimate) / step)
    np.testing.assert_allclose(
        found.standard_error, np.sqrt(((w[:, None] * parts) ** 2).sum(axis=0)), rtol=2e-3, atol=1e-9
    )
    np.testing.assert_allclose(
        found.shares.standard_error, np.sqrt(((w[:, None] * shares) ** 2).sum(axis=0)), rtol=2e-3, atol=1e-9
    )


def test_bootstrap_agrees_and_is_seeded(people):
    h, income, x, w = people
    linear = concentration_decomposition(h, income, x, w)
    one = concentration_decomposition(h, income, x, w, variance="bootstrap", draws=300, seed=2)
    two = concentration_decomposition(h, income, x, w, variance="bootstrap", draws=300, seed=2)
    np.testing.assert_array_equal(one.lower, two.lower)
    np.testing.assert_allclose(one.estimate, linear.estimate, atol=1e-12)
    np.testing.assert_allclose(one.standard_error, linear.standard_error, rtol=0.25)


def test_rows_weights_scales_and_reference_values(people):
    h, income, x, w = people
    base = concentration_decomposition(h, income, x, w)
    order = np.random.default_rng(3).permutation(300)
    shuffled = concentration_decomposition(
        h[order], income[order], x.iloc[order].reset_index(drop=True), w[order]
    )
    np.testing.assert_allclose(shuffled.estimate, base.estimate, atol=1e-12)
    rescaled = concentration_decomposition(10 * h, 2 * income, x.assign(age=x["age"] / 365), 3 * w)
    np.testing.assert_allclose(rescaled.estimate, base.estimate, atol=1e-12)
    np.testing.assert_allclose(rescaled.standard_error, base.standard_error, rtol=1e-7)
    times = np.random.default_rng(4).integers(1, 4, 300)
    copied = concentration_decomposition(
        np.repeat(h, times), np.repeat(income, times), x.loc[np.repeat(x.index, times)]
    )
    weighted = concentration_decomposition(h, income, x, times)
    np.testing.assert_allclose(copied.estimate, weighted.estimate, atol=1e-12)
    turned = concentration_decomposition(h, income, x, w, reference={"tenure": "renter"})
    assert "tenure[owner]" in turned.index
    assert turned["age"].estimate == pytest.approx(base["age"].estimate)
    assert turned["tenure[owner]"].estimate == pytest.approx(base["tenure[renter]"].estimate)
    # a determinant with mean zero has no index of its own, yet a contribution
    assert np.isfinite(base["centred"].estimate)
    assert "left unexplained" in base.sentence


def test_clusters_copied_whole(people):
    h, income, x, _ = people
    base = concentration_decomposition(h, income, x)
    thrice = concentration_decomposition(
        np.tile(h, 3),
        np.tile(income, 3),
        pd.concat([x] * 3, ignore_index=True),
        clusters=np.tile(np.arange(300), 3),
    )
    np.testing.assert_allclose(thrice.standard_error, base.standard_error, rtol=1e-8)


def test_fields_sums_to_the_variance_of_logs(people):
    h, _, x, w = (part[:50] for part in people)
    found = regression_decomposition(h, x, w, levels=(0.5, 0.95))
    assert found.total.estimate == pytest.approx(variance_of_logs(h, w).estimate)
    assert found.estimate.sum() == pytest.approx(found.total.estimate)
    assert found.shares.estimate.sum() == pytest.approx(1.0)
    assert (found.shares.standard_error > 0).all()
    slopes = []
    w = w / w.sum()
    for i in range(50):
        moved = regression_decomposition(h, x, (1 - 1e-6) * w + 1e-6 * (np.arange(50) == i))
        slopes.append((moved.estimate - found.estimate) / 1e-6)
    np.testing.assert_allclose(
        found.standard_error, np.sqrt(((w[:, None] * slopes) ** 2).sum(axis=0)), rtol=2e-3
    )


def test_shapley_is_exact_and_symmetric():
    rng = np.random.default_rng(5)
    table = pd.DataFrame(rng.gamma(2.0, size=(40, 3)), columns=["a", "b", "c"])
    w = rng.uniform(1, 2, 40)
    for measure, function in {"Gini coefficient": gini_coefficient, "Theil index": theil_index}.items():
        found = shapley_decomposition(table, w, measure=measure)
        assert found.estimate.sum() == pytest.approx(function(table.sum(axis=1), w).estimate)
        turned = shapley_decomposition(table[["c", "a", "b"]], w, measure=measure)
        assert turned["a"].estimate == pytest.approx(found["a"].estimate)
    same = shapley_decomposition(table.assign(b=table["a"]))
    assert same["a"].estimate == pytest.approx(same["b"].estimate)
    constant = shapley_decomposition(table.assign(c=3.0), w, absent="mean")
    assert constant["c"].estimate == pytest.approx(0.0, abs=1e-12)
    assert shapley_decomposition(table.assign(c=3.0), w, absent="zero")["c"].estimate < 0


def test_shapley_of_two_parts_by_hand():
    table = pd.DataFrame({"a": [1.0, 2, 3], "b": [5.0, 1, 1]})
    a = gini_coefficient(table["a"] + table["b"].mean()).estimate
    b = gini_coefficient(table["b"] + table["a"].mean()).estimate
    both = gini_coefficient(table.sum(axis=1)).estimate
    found = shapley_decomposition(table)
    assert found.estimate.tolist() == pytest.approx([(a + both - b) / 2, (b + both - a) / 2])
    limits = shapley_decomposition(table, draws=60, levels=(0.5, 0.9), seed=1)
    assert (limits.lower[:, 1] <= limits.lower[:, 0]).all()
    assert "no draws" in found.reason[0]


def test_wrong_input_is_named(people):
    h, income, x, _ = people
    with pytest.raises(InputError, match="'twice' follows from the columns before it"):
        concentration_decomposition(h, income, x.assign(twice=2 * x["age"]))
    with pytest.raises(InputError, match="has 299 rows"):
        concentration_decomposition(h, income, x.iloc[1:])
    with pytest.raises(InputError, match="age: row 0 is nan"):
        concentration_decomposition(h, income, x.assign(age=np.nan))
    with pytest.raises(InputError, match="'boat' is not a value of tenure"):
        concentration_decomposition(h, income, x, reference={"tenure": "boat"})
    with pytest.raises(InputError, match="bounds"):
        concentration_decomposition(h, income, x, normalisation="wagstaff")
    with pytest.raises(InputError, match="more than"):
        concentration_decomposition([1.0, 2, 3], [1, 2, 3], pd.DataFrame({"a": [1, 2, 5], "b": [1, 0, 0]}))
    with pytest.raises(InputError, match="above zero"):
        regression_decomposition([1.0, 0.0, 2.0, 3.0], pd.DataFrame({"a": [1, 2, 3, 5]}))
    with pytest.raises(InputError, match="two columns"):
        shapley_decomposition(pd.DataFrame({"a": [1.0, 2.0]}))
    with pytest.raises(InputError, match="measure"):
        shapley_decomposition(pd.DataFrame({"a": [1.0, 2.0], "b": [1.0, 2.0]}), measure="Gino")
