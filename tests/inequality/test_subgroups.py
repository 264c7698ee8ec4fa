"""Between and within: reference values, exact sums, shuffles and standard errors."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthdevo import inequality as d
from healthdevo.errors import InputError
from healthdevo.inequality.atkinson_split import atkinson_decomposition
from healthdevo.inequality.gini_split import gini_decomposition, nested_gini_decomposition
from healthdevo.inequality.nested_split import decomposition_by, nested_decomposition

REFERENCE = Path(__file__).parents[1] / "reference"
GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")
needs_golden = pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")
ADDITIVE = {
    "theil": d.theil_index,
    "mean log deviation": d.mean_log_deviation,
    "ge2": lambda *a: d.generalised_entropy(*a, alpha=2),
}


def check(data, expected, ties):
    expected = expected.set_index("measure")["value"]
    x, w, z = data["x"], data["w"], data["z"]
    close = {"rel": 1e-9, "abs": 1e-13}
    for name, measure in {"GE0": "mean log deviation", "GE1": "theil", "GE2": "ge2"}.items():
        found = nested_decomposition(x, z, w, measure=measure)
        assert found.estimate[0] == pytest.approx(expected[f"decomp{name}_between"], **close)
        assert found.estimate[1] == pytest.approx(expected[f"decomp{name}_within"], **close)
    found = gini_decomposition(x, z, w)
    for part, theirs in zip(found.estimate, ("within", "between", "overlap"), strict=True):
        assert part == pytest.approx(expected[f"decompSGini_BM_{theirs}"], **close)
        assert part == pytest.approx(expected[f"gini_{theirs}"], **close)
    assert found.total.estimate == pytest.approx(expected["gini_total"], **close)
    assert found.maximum == pytest.approx(expected["decompSGini_BM_betweenELMO"], **close)
    if ties:  # the other tool breaks ties by row order in the overall ranks
        close = {"rel": 1e-5}
    found = gini_decomposition(x, z, w, residual="stratification")
    for part, theirs in zip(found.estimate, ("within", "between", "stratif"), strict=True):
        assert part == pytest.approx(expected[f"decompSGini_YL_{theirs}"], **close)
    found = atkinson_decomposition(x, z, w, aversion=1)
    for part, theirs in zip(found.estimate, ("within", "between", "cross"), strict=True):
        assert abs(part) == pytest.approx(expected[f"decompAtk1_BDA_{theirs}"], rel=1e-9, abs=1e-13)
    assert found.maximum == pytest.approx(expected["decompAtk1_BDA_betweenELMO"], rel=1e-9)


def test_drawn_reference():
    folder = REFERENCE / "dispersion_lognormal900"
    check(pd.read_csv(folder / "input.csv"), pd.read_csv(folder / "expected.csv"), ties=False)


@needs_golden
@pytest.mark.parametrize("case", ["Ilocos", "hhbudgets600", "mex2008_1000"])
def test_golden(case):
    folder = Path(GOLDEN or ".") / "inequality" / "univariate"
    data = pd.read_csv(folder / f"{case}_in.csv")
    check(data, pd.read_csv(folder / f"{case}_out.csv"), ties=case == "mex2008_1000")


# --- properties ----------------------------------------------------------------------------------------------------------


@st.composite
def nested(draw):
    n = draw(st.integers(6, 24))
    area = np.array(draw(st.lists(st.integers(0, 5), min_size=n, max_size=n)))
    x = np.array(draw(st.lists(st.integers(1, 40), min_size=n, max_size=n))) / 4.0
    w = np.array(draw(st.lists(st.integers(1, 4), min_size=n, max_size=n))).astype(float)
    table = pd.DataFrame({"nation": area // 4, "region": area // 2, "area": area})
    return x, w, table


@settings(max_examples=40, deadline=None)
@given(nested(), st.sampled_from([*ADDITIVE, "variance"]), st.randoms(use_true_random=False))
def test_parts_sum_and_invariances(sample, measure, random):
    x, w, table = sample
    found = nested_decomposition(x, table, w, measure=measure)
    if measure in ADDITIVE:
        assert found.total.estimate == pytest.approx(ADDITIVE[measure](x, w).estimate, abs=1e-12)
    assert found.estimate.sum() == pytest.approx(found.total.estimate, abs=1e-13)
    assert (found.estimate >= -1e-12).all()
    if found.total.estimate > 1e-9:
        assert found.shares.estimate.sum() == pytest.approx(1.0)
    order = np.array(random.sample(range(len(x)), len(x)))
    shuffled = nested_decomposition(
        x[order], table.iloc[order].reset_index(drop=True), w[order], measure=measure
    )
    np.testing.assert_allclose(shuffled.estimate, found.estimate, atol=1e-12)
    np.testing.assert_allclose(shuffled.standard_error, found.standard_error, atol=1e-8)
    times = w.astype(int)
    copied = nested_decomposition(
        np.repeat(x, times), table.loc[np.repeat(table.index, times)], measure=measure
    )
    np.testing.assert_allclose(copied.estimate, found.estimate, atol=1e-12)
    scaled = nested_decomposition(50 * x, table, w, measure=measure)
    factor = 2500.0 if measure == "variance" else 1.0
    np.testing.assert_allclose(scaled.estimate, factor * found.estimate, atol=1e-9)
    if measure == "variance":
        moved = nested_decomposition(x - 1000, table, w, measure=measure)
        np.testing.assert_allclose(moved.estimate, found.estimate, atol=1e-9)
    # units of one area merged into one with their mean: what lies between stays
    merged = table.assign(w=w, wx=w * x).groupby(["nation", "region", "area"], as_index=False).sum()
    if len(merged) > 1:
        between = nested_decomposition(
            merged["wx"] / merged["w"], merged[["nation", "region"]], merged["w"], measure=measure
        )
        np.testing.assert_allclose(between.estimate, found.estimate[:3], atol=1e-12)


@settings(max_examples=20, deadline=None)
@given(nested(), st.randoms(use_true_random=False))
def test_nested_gini_parts(sample, random):
    x, w, table = sample
    found = nested_gini_decomposition(x, table, w)
    assert len(found) == 7
    assert found.estimate.sum() == pytest.approx(d.gini_coefficient(x, w).estimate, abs=1e-12)
    assert (found.estimate >= -1e-12).all()
    one = gini_decomposition(x, table["nation"], w)
    assert found.estimate[:2].tolist() == pytest.approx(one.estimate[1:].tolist(), abs=1e-12)
    assert found.estimate[2:].sum() == pytest.approx(one.estimate[0], abs=1e-12)
    innermost = gini_decomposition(x, table["area"], w)
    assert found.estimate[-1] == pytest.approx(innermost.estimate[0], abs=1e-12)
    apart = nested_gini_decomposition(x + 1000 * table["area"], table, w)
    assert apart.estimate[[1, 3, 5]] == pytest.approx(0.0, abs=1e-12)
    order = np.array(random.sample(range(len(x)), len(x)))
    shuffled = nested_gini_decomposition(x[order], table.iloc[order].reset_index(drop=True), w[order])
    np.testing.assert_allclose(shuffled.estimate, found.estimate, atol=1e-12)
    np.testing.assert_allclose(shuffled.standard_error, found.standard_error, atol=1e-8)


@settings(max_examples=30, deadline=None)
@given(nested(), st.sampled_from(["overlap", "stratification"]))
def test_gini_parts(sample, residual):
    x, w, table = sample
    found = gini_decomposition(x, table["area"], w, residual=residual)
    assert found.estimate.sum() == pytest.approx(d.gini_coefficient(x, w).estimate, abs=1e-12)
    if residual == "overlap":
        assert (found.estimate >= -1e-12).all()
        # groups that do not overlap leave no residual
        apart = gini_decomposition(x + 100 * table["area"], table["area"], w)
        assert apart.estimate[2] == pytest.approx(0.0, abs=1e-12)
    aversion = atkinson_decomposition(x, table["area"], w, aversion=0.7)
    assert aversion.estimate.sum() == pytest.approx(d.atkinson_index(x, w, aversion=0.7).estimate, abs=1e-12)


def test_influence_of_every_part_is_its_derivative():
    rng = np.random.default_rng(1)
    n = 30
    x, w, area = rng.gamma(3.0, size=n), rng.uniform(0.5, 2, n), rng.integers(0, 6, n)
    table = pd.DataFrame({"region": area // 2, "area": area})
    w /= w.sum()
    cases = [
        *(lambda v, m=m: nested_decomposition(x, table, v, measure=m) for m in [*ADDITIVE, "variance"]),
        lambda v: gini_decomposition(x, area, v),
        lambda v: nested_gini_decomposition(x, table, v),
        lambda v: gini_decomposition(x, area, v, residual="stratification"),
        lambda v: atkinson_decomposition(x, area, v, aversion=1),
        lambda v: atkinson_decomposition(x, area, v, aversion=2.5),
    ]
    for case in cases:
        base = case(w)
        parts, shares = [], []
        for i in range(n):
            step = 1e-7
            moved = case((1 - step) * w + step * (np.arange(n) == i))
            parts.append((moved.estimate - base.estimate) / step)
            shares.append((moved.shares.estimate - base.shares.estimate) / step)
        for slopes, errors in ((parts, base.standard_error), (shares, base.shares.standard_error)):
            np.testing.assert_allclose(
                errors, np.sqrt(((w[:, None] * slopes) ** 2).sum(axis=0)), rtol=1e-3, atol=1e-7
            )


def test_bootstrap_agrees_with_linearisation_and_is_seeded():
    rng = np.random.default_rng(2)
    area = np.repeat(np.arange(6), 60)
    x = rng.gamma(4.0, size=360) * (1 + 0.2 * area)
    table = pd.DataFrame({"region": area // 3, "area": area})
    linear = nested_decomposition(x, table)
    one = nested_decomposition(x, table, variance="bootstrap", draws=300, seed=5)
    two = nested_decomposition(x, table, variance="bootstrap", draws=300, seed=5)
    np.testing.assert_array_equal(one.lower, two.lower)
    order = rng.permutation(360)
    moved = nested_decomposition(
        x[order],
        table.iloc[order].reset_index(drop=True),
        variance="bootstrap",
        draws=300,
        seed=5,
        permutations=99,
    )
    np.testing.assert_allclose(moved.lower, one.lower, atol=1e-10)
    still = nested_decomposition(x, table, permutations=99, seed=5)
    np.testing.assert_allclose(moved.expected, still.expected, atol=1e-12)
    np.testing.assert_allclose(one.estimate, linear.estimate)
    np.testing.assert_allclose(one.standard_error, linear.standard_error, rtol=0.3)


def test_shuffles_find_real_groups_and_pass_over_random_ones():
    rng = np.random.default_rng(3)
    area = np.repeat(np.arange(12), 10)
    table = pd.DataFrame({"region": area // 4, "area": area})
    noise = rng.gamma(20.0, size=120)
    none = nested_decomposition(noise, table, permutations=199, seed=1)
    assert (none.p_value[:2] > 0.02).all()
    assert np.isnan(none.p_value[2])
    # ten units a group: a between share near (groups - 1) / (n - 1) comes from chance alone
    assert none.expected[1] / none.total.estimate == pytest.approx(9 / 119, rel=0.25)
    areas = nested_decomposition(noise * (1 + 0.3 * (area % 2)), table, permutations=199, seed=1)
    assert areas.p_value[1] == pytest.approx(1 / 200)
    assert areas.p_value[0] > 0.02
    regions = nested_decomposition(
        noise * (1 + 0.5 * table["region"].to_numpy()), table, permutations=199, seed=1
    )
    assert regions.p_value[0] < 0.02
    gini = gini_decomposition(noise * (1 + 0.3 * (area % 2)), area, permutations=199)
    assert gini.p_value[1] < 0.05
    assert 0 < gini.expected[1] < gini.estimate[1]
    again = nested_decomposition(noise, table, permutations=199, seed=1)
    np.testing.assert_array_equal(none.p_value, again.p_value)


def test_p_values_are_uniform_without_groups():
    rng = np.random.default_rng(4)
    group = np.repeat(np.arange(4), 6)
    p = [
        nested_decomposition(rng.gamma(9.0, size=24), group, permutations=99, seed=i).p_value[0]
        for i in range(120)
    ]
    assert np.mean(p) == pytest.approx(0.5, abs=0.09)
    assert np.mean(np.array(p) <= 0.1) < 0.2


def test_group_table_recovers_the_part_within():
    x, g, w = np.array([1.0, 2, 5, 9, 4]), np.array(list("aabba")), np.array([1.0, 2, 1, 1, 3])
    found = nested_decomposition(x, pd.Series(g, name="area"), w)
    table = found.groups.set_index("area")
    share = table["population_share"] * table["mean"] / (w @ x / w.sum())
    assert (share * table["inequality_within"]).sum() == pytest.approx(found.estimate[1])
    assert found.estimate[0] <= found.maximum + 1e-12
    assert 0 < found.between_share_of_maximum <= 1
    assert "within area" in found.sentence
    frame = found.to_frame()
    assert frame["share"].sum() == pytest.approx(1.0)


def test_over_time():
    frame = pd.DataFrame(
        {
            "year": np.repeat([2001, 2011], 8),
            "region": list("NNNNSSSS") * 2,
            "area": list("aabbccdd") * 2,
            "x": [1, 2, 3, 4, 5, 6, 7, 8, 4, 5, 4, 5, 4, 5, 4, 6.0],
            "p": np.arange(1, 17),
        }
    )
    shares = decomposition_by(frame, "x", ["region", "area"], "year", weights="p", levels=(0.5, 0.95))
    late = frame[frame["year"] == 2011]
    alone = nested_decomposition(late["x"], late[["region", "area"]], late["p"], levels=(0.5, 0.95))
    assert shares[(2011, "between region")].intervals == alone.shares["between region"].intervals
    amounts = decomposition_by(frame, "x", ["region", "area"], "year", weights="p", quantity="amount")
    assert amounts[(2011, "within area")].estimate == alone["within area"].estimate


def test_wrong_input_is_named():
    table = pd.DataFrame({"region": ["N", "S"], "area": ["a", "a"]})
    with pytest.raises(InputError, match="area 'a' lies in region 'N' and 'S'"):
        nested_decomposition([1.0, 2.0], table)
    with pytest.raises(InputError, match="row 1 is 0"):
        nested_decomposition([1.0, 0.0], ["a", "b"], measure="mean log deviation")
    with pytest.raises(InputError, match="the variance takes any"):
        nested_decomposition([1.0, -1.0], ["a", "b"])
    with pytest.raises(InputError, match="row 1 is missing"):
        nested_decomposition([1.0, 2.0], ["a", None])
    with pytest.raises(InputError, match="measure"):
        nested_decomposition([1.0, 2.0], ["a", "b"], measure="gini")
    with pytest.raises(InputError, match="draws"):
        nested_decomposition([1.0, 2.0], ["a", "b"], permutations=5)
    with pytest.raises(InputError, match="overlap split"):
        gini_decomposition([1.0, 2.0], ["a", "b"], residual="stratification", permutations=99)
    none = nested_decomposition([2.0, 2.0], ["a", "b"])
    assert none.estimate.tolist() == [0.0, 0.0]
    assert "no inequality" in none.shares.reason[0]
