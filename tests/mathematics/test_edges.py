"""Closed forms at the edges of what is valid, and which number a message names."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.kit.refusing import refused

from healthdevo.mathematics import (
    byar_limits,
    exact_poisson_limits,
    fieller_limits,
    normal_limits,
    normal_quantiles,
    poisson_limits,
    rank_intervals,
    relative_change,
    shapley_values,
    student_limits,
    wild_cluster_bootstrap,
    wilson_limits,
)
from healthdevo.mathematics.estimates import (
    cut_limits,
    estimates_by,
    fields_of,
    gather,
    limits,
    log_limits,
    no_limits,
    not_computed,
)
from healthdevo.mathematics.shapley import shapley_averages, shapley_of_worth
from healthdevo.mathematics.specification import Specifications
from healthdevo.results import Estimate, Interval


def test_a_change_and_its_bounds():
    c = relative_change(200.0, 250.0, periods=2.0, start_precision=10.0, end_precision=5.0)
    assert (c.start, c.end, c.change, c.periods) == (200.0, 250.0, 0.25, 2.0)
    assert c.lower == pytest.approx(245 / 210 - 1)
    assert c.upper == pytest.approx(255 / 190 - 1)
    assert c.per_year == pytest.approx(math.sqrt(1.25) - 1)
    assert c.sentence == "rose by 25.0% (between 16.7% and 34.2% given rounding)"
    assert relative_change(2.0, 1.0).periods == 1.0
    assert relative_change(100.0, 100.0, end_precision=1.0).sentence.startswith("did not change (between")
    assert relative_change(1.0, 1.0, start_precision=0.99).upper == pytest.approx(99.0)
    refused(lambda: relative_change(1.0, 1.0, start_precision=1.0), "start_precision=1.0")
    refused(lambda: relative_change(1.0, 1.0, end_precision=1.0), "end_precision=1.0")
    refused(lambda: relative_change(1.0, 1.0, end_precision=-0.1), "end_precision=-0.1")
    refused(lambda: relative_change(1.0, 1.0, periods=0.0), "periods=0.0")
    assert relative_change(0.5, 0.25).change == -0.5


def test_limits_in_closed_form():
    z, t = stats.norm.ppf(0.95), stats.t.ppf(0.95, 4)
    (i,) = limits(2.0, 0.5, (0.9,))
    assert (i.level, i.lower, i.upper) == pytest.approx((0.9, 2 - z / 2, 2 + z / 2))
    (i,) = limits(2.0, 0.5, (0.9,), 4)
    assert (i.lower, i.upper) == pytest.approx((2 - t / 2, 2 + t / 2))
    refused(lambda: limits(2.0, 0.5, (0.9,), math.nan), "degrees: nan")
    (i,) = log_limits(3.0, 0.2, (0.9,))
    assert (i.lower, i.upper) == pytest.approx((3 * math.exp(-0.2 * z), 3 * math.exp(0.2 * z)))
    cut = cut_limits((Interval(0.9, -1.0, 2.0), Interval(0.5, 0.2, 0.4)), highest=1.0)
    assert [(i.lower, i.upper) for i in cut] == [(0.0, 1.0), (0.2, 0.4)]
    assert [(i.lower, i.upper) for i in cut_limits((Interval(0.9, -1.0, 9.0),))] == [(0.0, 9.0)]
    assert math.isnan(no_limits((0.9,))[0].lower)
    assert math.isnan(no_limits((0.9,))[0].upper)
    np.testing.assert_allclose(normal_quantiles((0.5, 0.9)), stats.norm.ppf([0.75, 0.95]))
    lower, upper = normal_limits([1.0, 2.0], [0.1, 0.2], (0.5, 0.9))
    np.testing.assert_allclose(
        lower, np.array([[1.0], [2.0]]) - np.outer([0.1, 0.2], stats.norm.ppf([0.75, 0.95]))
    )
    np.testing.assert_allclose(
        upper, np.array([[1.0], [2.0]]) + np.outer([0.1, 0.2], stats.norm.ppf([0.75, 0.95]))
    )
    lower, upper = student_limits([1.0, 1.0, 1.0], [1.0, 1.0, 1.0], [3.0, 0.0, 0.5], 0.9)
    assert (lower[0, 0], upper[0, 0]) == pytest.approx((1 - stats.t.ppf(0.95, 3), 1 + stats.t.ppf(0.95, 3)))
    assert np.isnan(lower[1, 0])
    assert upper[2, 0] == pytest.approx(1 + stats.t.ppf(0.95, 0.5))
    refused(lambda: normal_limits([[1.0]], [1.0], 0.9), "estimate: has 2 dimensions")
    refused(lambda: normal_limits([1.0, math.inf, -math.inf], [1.0] * 3, 0.9), "estimate: row 1 is infinite")


def test_shares_and_counts_at_none_and_all():
    z2 = stats.norm.ppf(0.975) ** 2
    lower, upper = wilson_limits([0, 10, 3], [10, 10, 10], 0.95)
    assert (lower[0, 0], upper[0, 0]) == pytest.approx((0.0, z2 / (10 + z2)))
    assert (lower[1, 0], upper[1, 0]) == pytest.approx((10 / (10 + z2), 1.0))
    middle, half = (0.3 + z2 / 20) / (1 + z2 / 10), math.sqrt(z2 * (0.021 + z2 / 400)) / (1 + z2 / 10)
    assert (lower[2, 0], upper[2, 0]) == pytest.approx((middle - half, middle + half))
    assert np.isnan(wilson_limits(0, 0, 0.95)[0]).all()
    assert upper.max() <= 1.0
    refused(lambda: wilson_limits([1, 11, 12], [10, 10, 10], 0.95), "count: row 1 is 11 of 10")
    refused(lambda: wilson_limits([1, -1], [10, 10], 0.95), "count: row 1 is -1 of 10")
    half_a_person = wilson_limits(0.25, 0.5, 0.95)
    assert half_a_person[0][0, 0] < 0.5 < half_a_person[1][0, 0]
    lower, upper = exact_poisson_limits([0, 5, 0.5], 0.95)
    assert (lower[0, 0], upper[0, 0]) == pytest.approx((0.0, -math.log(0.025)))
    assert (lower[1, 0], upper[1, 0]) == pytest.approx(
        (stats.chi2.ppf(0.025, 10) / 2, stats.chi2.ppf(0.975, 12) / 2)
    )
    assert lower[2, 0] == pytest.approx(stats.gamma.ppf(0.025, 0.5))
    assert np.isnan(exact_poisson_limits([-1], 0.95)[1]).all()
    z = math.sqrt(z2)
    lower, upper = byar_limits([0, 20, 1], 0.95)
    assert lower[0, 0] == 0.0
    assert upper[0, 0] == pytest.approx((1 - 1 / 9 + z / 3) ** 3)
    assert lower[1, 0] == pytest.approx(20 * (1 - 1 / 180 - z / (3 * math.sqrt(20))) ** 3)
    assert upper[1, 0] == pytest.approx(21 * (1 - 1 / 189 + z / (3 * math.sqrt(21))) ** 3)
    assert lower[2, 0] == pytest.approx((8 / 9 - z / 3) ** 3)
    assert byar_limits([1], 0.99999)[0][0, 0] == 0.0, "not below none"
    assert np.isnan(byar_limits([-1.0], 0.95)).all()
    either = poisson_limits([9, 10], 0.95)
    assert either[0][0, 0] == exact_poisson_limits([9], 0.95)[0][0, 0]
    assert either[1][1, 0] == byar_limits([10], 0.95)[1][0, 0]
    assert poisson_limits([3], 0.95, exact_below=3.0)[0][0, 0] == byar_limits([3], 0.95)[0][0, 0]


def test_ratios_of_uncertain_numbers():
    z2 = stats.norm.ppf(0.95) ** 2
    lower, upper = fieller_limits(
        [3.0, 3.0, math.nan], [2.0, 0.1, 1.0], [0.04] * 3, [0.01] * 3, [0.005] * 3, 0.9
    )
    for end in (lower[0, 0], upper[0, 0]):
        # where the difference from the ratio is as many errors from nothing as the quantile
        assert (3 - 2 * end) ** 2 == pytest.approx(z2 * (0.04 - 2 * end * 0.005 + end**2 * 0.01))
    assert lower[0, 0] < 1.5 < upper[0, 0]
    assert (lower[1, 0], upper[1, 0]) == (-math.inf, math.inf), "the denominator may be nothing"
    assert np.isnan([lower[2, 0], upper[2, 0]]).all()
    small = fieller_limits(0.3, 0.2, 0.0004, 0.0001, 0.00005, 0.9)
    assert (small[0][0, 0], small[1][0, 0]) == pytest.approx((lower[0, 0], upper[0, 0])), "whatever the unit"
    exact = fieller_limits(3.0, 2.0, 0.0, 0.0, 0.0, 0.9)
    assert (exact[0][0, 0], exact[1][0, 0]) == (1.5, 1.5)


def test_several_estimates_become_one():
    one = Estimate(
        "m", 1.0, 0.5, (Interval(0.5, 0.0, 2.0), Interval(0.9, -1.0, 3.0)), 7, "how", caution="first"
    )
    two = not_computed("m", (0.5, 0.9), 3, "how", "because")
    three = Estimate("m", 4.0, 0.1, (), 9, "how", caution="first")
    found = gather("m", pd.Index(list("abc")), [one, two, three], (0.5, 0.9), "how", "people")
    assert found.estimate.tolist()[::2] == [1.0, 4.0]
    assert math.isnan(found.estimate[1])
    assert found.lower[0].tolist() == [0.0, -1.0]
    assert found.upper[0].tolist() == [2.0, 3.0]
    assert np.isnan(found.lower[1:]).all()
    assert found.n.tolist() == [7, 3, 9]
    assert found.reason == ("", "because", "")
    assert (found.caution, found.unit, found.levels) == ("first", "people", (0.5, 0.9))
    assert set(fields_of(found)) == set(found.__dataclass_fields__)
    assert gather("m", pd.Index([]), [], (0.5, 0.9), "how").lower.shape == (0, 2)
    frame = pd.DataFrame({"g": ["b", "a"], "x": [1.0, 2.0]})
    by = estimates_by(
        frame, "g", "m", (0.9,), lambda part: not_computed("m", (0.9,), int(part["x"].iloc[0]), "how", "r")
    )
    assert by.index.tolist() == ["a", "b"]
    assert by.index.name == "g"
    assert by.n.tolist() == [2, 1]
    refused(lambda: estimates_by(frame, [], "m", (0.9,), lambda part: two), "by: is empty")


def test_specifications_on_either_side_of_nothing():
    def curve(estimates, lower, upper):
        return Specifications(
            pd.DataFrame({"estimate": estimates, "lower": lower, "upper": upper, "c": list("xxy")}), ("c",)
        )

    up = curve([1.0, 2.0, 3.0], [0.0, 1.0, -1.0], [2.0, 3.0, 4.0])
    assert up.share_excluding_zero == pytest.approx(1 / 3), "touching nothing does not exclude it"
    assert up.share_of_sign == 1.0
    down = curve([-1.0, -2.0, 3.0], [-2.0, -3.0, 1.0], [0.0, -1.0, 4.0])
    assert down.share_excluding_zero == pytest.approx(1 / 3)
    assert down.share_of_sign == pytest.approx(2 / 3)
    none = curve([0.0, -1.0, 1.0], [-1.0, -2.0, 0.5], [1.0, -0.5, 2.0])
    assert none.median == 0.0
    assert none.share_excluding_zero == pytest.approx(1 / 3)
    rows = up.influence()
    # means 1.5 and 3 around 2: 2 x 0.25 + 1 of 2 in all
    assert rows["share"].tolist() == pytest.approx([0.75, 0.75])
    assert rows["specifications"].tolist() == [2, 1]
    assert rows["median_estimate"].tolist() == [1.5, 3.0]


def test_shapley_values_by_hand():
    assert shapley_values(["a"], lambda s: 5.0 * len(s)).tolist() == [5.0]
    # a needs b: 6 together, b alone 2
    worth = {frozenset(): 0.0, frozenset("a"): 0.0, frozenset("b"): 2.0, frozenset("ab"): 6.0}
    assert shapley_values(["a", "b"], worth.__getitem__).tolist() == [2.0, 4.0]
    without, with_it = shapley_averages(np.array([0.0, 0.0, 2.0, 6.0]))
    assert (without.tolist(), with_it.tolist()) == ([1.0, 0.0], [3.0, 4.0])
    many = np.random.default_rng(1).normal(size=(8, 3))
    columns = np.column_stack([shapley_of_worth(many[:, j]) for j in range(3)])
    np.testing.assert_allclose(shapley_of_worth(many), columns)
    low, high = shapley_averages(many)
    np.testing.assert_allclose(high - low, columns)
    assert shapley_values(list(range(16)), lambda s: float(len(s))).tolist() == pytest.approx([1.0] * 16)
    refused(lambda: shapley_values(list(range(17)), len), "17 given; give from 1 to 16")


def test_ranks_at_the_edge():
    two = rank_intervals([1.0, 1.0], [0.0, 0.0])
    assert (two.rank.tolist(), two.lower.tolist(), two.upper.tolist()) == ([1, 1], [[1], [1]], [[2], [2]])
    assert two.levels == (0.95,)
    sure = rank_intervals([1.0, 2.0], [0.0, 0.0], index=["a", "b"]).to_frame()
    assert sure.to_numpy().tolist() == [["a", 2, 0.95, 2, 2], ["b", 1, 0.95, 1, 1]]
    refused(lambda: rank_intervals([1.0], [1.0]), "at least two")
    refused(
        lambda: rank_intervals([1.0, 2.0, math.nan], [1.0, -1.0, 1.0], index=list("abc")),
        "'b' has estimate 2.0 and standard error -1.0",
    )
    refused(lambda: rank_intervals([1.0, 2.0], [1.0, 1.0], index=["a"]), "1 names for 2 areas")


def test_blocks_of_resamples_hold_one_where_units_are_many(monkeypatch):
    from healthdevo.mathematics import resampling

    strata, weights = np.zeros(4), np.ones(4)
    whole = np.concatenate(list(resampling.permutations_within(strata, 3, 3)))
    monkeypatch.setattr(resampling, "_CELLS", 2)
    moved = list(resampling.permutations_within(strata, 3, 3))
    assert [len(b) for b in moved] == [1, 1, 1]
    np.testing.assert_array_equal(np.concatenate(moved), whole)
    assert [len(b) for b in resampling.bootstrap_weights(weights, 3, 3)] == [1, 1, 1]


@pytest.mark.parametrize("unit", [1e-12, 1.0, 1e9])
def test_a_combination_of_controls_is_one_in_any_unit(unit):
    rng = np.random.default_rng(1)
    codes = np.repeat(np.arange(6), 5)
    controls = np.column_stack([np.ones(30), rng.normal(size=30)])
    x, y = rng.normal(size=30), rng.normal(size=30)
    plain = wild_cluster_bootstrap(y, x, controls, codes)
    scaled = wild_cluster_bootstrap(y, unit * x, controls, codes)
    assert scaled.p_value == plain.p_value
    assert scaled.estimate == pytest.approx(plain.estimate / unit)
    refused(
        lambda: wild_cluster_bootstrap(y, unit * (controls @ [0.5, 2.0]), controls, codes),
        "combination of the controls",
    )


def test_the_search_for_a_limit_steps_outwards_by_half(monkeypatch):
    from healthdevo.mathematics import wild_bootstrap

    def p_values(flips, value, exact):
        return (1.0 if abs(value) <= 1.2 or 1.45 <= abs(value) <= 1.6 else 0.0), 0.0

    monkeypatch.setattr(wild_bootstrap, "_p_values", p_values)
    assert wild_bootstrap._limit(None, 0.0, 1.0, 0.05, True) == pytest.approx(1.6), (
        "a stretch further out is inside too"
    )
    assert wild_bootstrap._limit(None, 0.0, -1.0, 0.05, True) == pytest.approx(-1.6)
    assert wild_bootstrap._limit(None, 3.0, 0.0, 0.05, True) == 3.0
    monkeypatch.setattr(wild_bootstrap, "_p_values", lambda flips, value, exact: (1.0, 0.0))
    assert wild_bootstrap._limit(None, 0.0, 1.0, 0.05, True) == math.inf
    assert wild_bootstrap._limit(None, 0.0, -1.0, 0.05, True) == -math.inf
