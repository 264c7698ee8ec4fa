"""Curves, quantile groups and indices of grouped data by plain sums, and what each of them refuses."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.kit.refusing import refused

from healthdevo.inequality import (
    concentration_curve,
    grouped_concentration_index,
    lorenz_curve,
    quantile_groups,
    redistribution,
    regression_decomposition,
    shapley_decomposition,
)

LEVELS = (0.8, 0.95)


def test_curves_add_up_what_each_rank_holds():
    h, rank, w = [4.0, 1.0, 3.0, 2.0], [2, 1, 2, 3], [1.0, 2.0, 3.0, 4.0]
    curve = concentration_curve(h, rank, w)
    assert curve.population_share.tolist() == pytest.approx([0, 0.2, 0.6, 1.0])
    assert curve.estimate.tolist() == pytest.approx([0, 2 / 23, 15 / 23, 1.0])
    area = sum(
        (b - a) * (x + y) / 2
        for (a, b), (x, y) in zip(
            itertools.pairwise(curve.population_share), itertools.pairwise(curve.estimate), strict=True
        )
    )
    assert curve.area_index == pytest.approx(1 - 2 * area)
    assert curve.at(0.4) == pytest.approx((2 + 15) / 2 / 23)
    assert (curve.at(0.0), curve.at(1.0)) == (0.0, 1.0)
    for share in (-0.01, 1.01):
        refused(lambda s=share: curve.at(s), f"share: {share}")
    some = concentration_curve(h, rank, w, at=[0.0, 0.1, 0.8, 1.0])
    assert some.estimate.tolist() == pytest.approx([0, 1 / 23, 19 / 23, 1.0])
    assert some.n.tolist() == [4] * 4
    assert some.reason == ("no draws were asked for",) * 4
    for wrong in (-0.1, 1.1):
        refused(lambda a=wrong: concentration_curve(h, rank, w, at=[0.5, a]), "give shares from 0 to 1")
    refused(lambda: concentration_curve(h, rank, w, draws=60), "draws: limits are computed at shares")
    refused(lambda: concentration_curve([0.0, 0.0], [1, 2]), "outcome: every value is zero")
    refused(lambda: lorenz_curve([0.0, 0.0]), "values: every value is zero")
    line = lorenz_curve([3.0, 1.0, 2.0, 2.0], [1.0, 2.0, 1.0, 1.0])
    assert line.population_share.tolist() == pytest.approx([0, 0.4, 0.6, 0.8, 1.0])
    assert line.estimate.tolist() == pytest.approx([0, 2 / 9, 4 / 9, 6 / 9, 1.0])
    drawn = lorenz_curve([3.0, 1.0, 2.0, 5.0, 4.0, 2.5], at=[0.0, 0.5, 1.0], draws=60, levels=LEVELS, seed=1)
    assert drawn.estimate[1] == pytest.approx(5.5 / 17.5)
    assert drawn.lower[1, 1] < drawn.lower[1, 0] < drawn.upper[1, 0] < drawn.upper[1, 1]
    assert drawn.standard_error[[0, 2]].tolist() == pytest.approx([0.0, 0.0])
    assert drawn.method.endswith("pointwise percentile bootstrap of 60 draws")


@pytest.mark.parametrize("first", ["highest", "lowest"])
@pytest.mark.parametrize("number", [2, 3, 4])
def test_quantile_groups_by_their_rule(number, first):
    rng = np.random.default_rng(number)
    values = rng.integers(0, 9, 30).astype(float)
    values[[3, 17]] = np.nan
    within = rng.integers(0, 4, 30)
    within[:2] = 9  # fewer values than groups, but for two groups
    found = quantile_groups(values, number, within=list(within), first=first)
    for i, v in enumerate(values):
        peers = values[(within == within[i]) & ~np.isnan(values)]
        if np.isnan(v) or len(peers) < number:
            assert found.isna().iloc[i]
            continue
        rank = 1 + ((peers > v) if first == "highest" else (peers < v)).sum()
        assert found.iloc[i] == math.floor(number * (rank - 1) / len(peers)) + 1
    assert set(quantile_groups(np.arange(40.0))) == set(range(1, 11)), "tenths unless told"
    refused(lambda: quantile_groups(values, 1), "number: 1")
    refused(lambda: quantile_groups(values, 2.5), "number: 2.5")


def test_an_index_of_groups_by_the_formulas_of_kakwani_and_others():
    """For sampled people, with and without their spread within groups."""
    h, n, s = (
        np.array([30.0, 25.0, 24.0, 18.0]),
        np.array([100.0, 200.0, 150.0, 50.0]),
        np.array([4.0, 3.0, 5.0, 2.0]),
    )
    f, total = n / n.sum(), n.sum()
    mean = f @ h
    upper = np.cumsum(f)
    rank = upper - f / 2
    index = 2 / mean * (f * h) @ rank - 1
    q = np.concatenate([[0], np.cumsum(f * h) / mean])
    a = h / mean * (2 * rank - 1 - index) + 2 - q[:-1] - q[1:]
    between = (f @ a**2 - (1 + index) ** 2) / total
    within = (f * s**2 * (2 * rank - 1 - index) ** 2).sum() / (total * mean**2)
    for deviations, variance, says in ((None, between, "lower limit"), (s, between + within, "")):
        found = grouped_concentration_index(h, [1, 2, 3, 4], n, standard_deviations=deviations, levels=LEVELS)
        assert (found.estimate, found.standard_error, found.n) == pytest.approx(
            (index, math.sqrt(variance), 4)
        )
        assert says in found.reason
        assert bool(found.reason) == bool(says)
        for interval in found.intervals:
            z = stats.norm.ppf((1 + interval.level) / 2)
            assert interval.lower == pytest.approx(index - z * math.sqrt(variance))
            assert interval.upper == pytest.approx(index + z * math.sqrt(variance))
    refused(
        lambda: grouped_concentration_index(h, [1, 2, 3, 4], n, standard_errors=[1, 0, -2, -3]),
        "standard_errors: row 2 is -2",
    )
    refused(lambda: grouped_concentration_index(h, [1, 1, 1, 1], n), "every group has the same rank")
    assert grouped_concentration_index(h, [1, 1, 2, 2], n).n == 4
    refused(
        lambda: grouped_concentration_index(h, [1, 2, 3, 4], n, standard_errors=s, standard_deviations=s),
        "one or the other",
    )
    refused(lambda: grouped_concentration_index(h, [1, 2, 3, 4], [1, 2, 0, -1]), "population: row 2 is 0")


def test_parts_that_must_vary():
    table = pd.DataFrame({"a": [1.0, 2.0, 3.0, 5.0]})
    refused(lambda: regression_decomposition([2.0] * 4, table), "a single value")
    refused(
        lambda: regression_decomposition([1.0, 2.0], table.iloc[:2]),
        "1 terms need more than 2 rows; there are 2",
    )
    assert regression_decomposition([1.0, 2.0, 5.0], table.iloc[:3]).total.n == 3
    refused(lambda: regression_decomposition([1.0, 2.0, 0.0, -1.0], table), "outcome: row 2 is 0")
    assert regression_decomposition(
        [1.0, 2.0, 0.0, -1.0], table, logarithm=False
    ).total.estimate == pytest.approx(1.25)
    refused(lambda: shapley_decomposition(table), "at least two columns")
    two = shapley_decomposition(table.assign(b=[2.0, 1.0, 1.0, 4.0]), draws=50, levels=LEVELS)
    assert two.reason == ("", "")
    assert two.method.startswith("exact Shapley values over 4 sets, absent parts at mean")
    assert (two.standard_error > 0).all()


def test_redistribution_by_sums_over_pairs():
    x, y, w = np.array([1.0, 3.0, 4.0, 9.0]), np.array([2.0, 2.5, 4.5, 4.0]), np.array([1.0, 2.0, 1.0, 3.0])
    p = w / w.sum()

    def index(h, rank):
        return sum(
            p[i] * p[j] * np.sign(rank[i] - rank[j]) * (h[i] - h[j]) for i in range(4) for j in range(4)
        ) / (2 * p @ h)

    found = redistribution(x, y, w)
    assert found.estimate.tolist() == pytest.approx(
        [index(x, x) - index(y, y), index(x, x) - index(y, x), index(y, y) - index(y, x)]
    )
    assert found.estimate[2] > 0
