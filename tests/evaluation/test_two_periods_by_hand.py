"""Comparisons of two periods by their definitions, the influence of an area as what its weight moves, and conformal tests by trying every permutation."""

import math
from itertools import combinations

import numpy as np
import pytest
import statsmodels.api as sm
from tests.kit.refusing import refused

from healthdevo.evaluation import Panel, conformal
from healthdevo.evaluation.two_period import two_period_effect

ADJUSTMENTS = ("regression", "weighting", "doubly_robust")


def areas(n=40, seed=2):
    rng = np.random.default_rng(seed)
    z = rng.normal(size=(n, 2))
    d = (z[:, 0] + rng.normal(size=n) > 0.3).astype(float)
    change = 1.5 * d + z @ [0.8, -0.4] + 0.5 * z[:, 0] ** 2 + rng.normal(size=n)
    return change, d, np.column_stack([np.ones(n), z]), rng.uniform(0.5, 2.0, n)


@pytest.mark.parametrize("adjustment", ADJUSTMENTS)
def test_effects_by_their_definitions(adjustment):
    change, d, x, w = areas()
    line = sm.WLS(change[d == 0], x[d == 0], weights=w[d == 0]).fit().predict(x)
    p = sm.GLM(d, x, family=sm.families.Binomial(), freq_weights=w).fit(tol=1e-13).fittedvalues
    odds = w * p / (1 - p)

    def net(y, rest):
        return np.average(y[d == 1], weights=w[d == 1]) - np.average(y[d == 0], weights=rest[d == 0])

    want = {
        "regression": np.average((change - line)[d == 1], weights=w[d == 1]),
        "weighting": net(change, odds),
        "doubly_robust": net(change - line, odds),
    }[adjustment]
    assert two_period_effect(change, d, x, w, adjustment)[0] == pytest.approx(want, rel=1e-7)
    bare = two_period_effect(change, d, x[:, :1], w, adjustment)[0]
    assert bare == pytest.approx(net(change, w))


@pytest.mark.parametrize("covariates", [True, False])
@pytest.mark.parametrize("adjustment", ADJUSTMENTS)
def test_influence_is_what_the_weight_of_an_area_moves(adjustment, covariates):
    change, d, x, w = areas()
    x = x if covariates else x[:, :1]
    influence = two_period_effect(change, d, x, w, adjustment)[1]
    assert influence.mean() == pytest.approx(0.0, abs=1e-8)
    step = 1e-5
    for i in range(0, len(d), 3):
        ends = []
        for way in (step, -step):
            moved = w.copy()
            moved[i] *= 1 + way
            ends.append(two_period_effect(change, d, x, moved, adjustment)[0])
        assert influence[i] / len(d) == pytest.approx((ends[0] - ends[1]) / (2 * step), rel=1e-4, abs=1e-7)


def test_what_cannot_be_compared_is_refused():
    change, d, x, w = areas()
    double = np.column_stack([x, x[:, 1]])
    refused(lambda: two_period_effect(change, d, double, w, "regression"), "collinear with each other")
    alike = x.copy()
    alike[d == 0, 2] = 1.0
    refused(
        lambda: two_period_effect(change, d, alike, w, "regression"), "collinear among the comparison areas"
    )
    apart = np.column_stack([np.ones(len(d)), 10 * d + np.linspace(0, 1, len(d))])
    refused(lambda: two_period_effect(change, d, apart, w, "weighting"), "covariates: ")


# ----------------------------------------------------------------------------------------------------------- conformal


def waves(t=8, first=6, effect=1.2, seed=3):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(5, t)) + np.linspace(0, 1, t)
    y[0, first:] += effect
    treated = np.zeros((5, t), bool)
    treated[0, first:] = True
    return Panel(y, treated, list("abcde"), range(2001, 2001 + t))


def chance(panel, effect, first, power, sets, columns):
    gap = panel.outcome[0] - panel.outcome[1:].mean(axis=0)
    gap = gap[columns].copy()
    gap[first:] -= effect
    gap -= gap.mean()
    found = [sum(abs(gap[i]) ** power for i in one) ** (1 / power) for one in sets]
    actual = sum(abs(gap[i]) ** power for i in range(first, len(gap))) ** (1 / power)
    return np.mean([f >= actual - 1e-12 for f in found])


@pytest.mark.parametrize("power", [1.0, 2.0])
@pytest.mark.parametrize("permutations", ["moving blocks", "all"])
def test_conformal_p_values_and_limits_by_trying_every_permutation(permutations, power):
    panel, t, first = waves(), 8, 6
    blocks = [[(p + s) % t for p in range(first, t)] for s in range(t)]
    sets = blocks if permutations == "moving blocks" else list(combinations(range(t), 2))
    found = conformal(panel, "did", permutations=permutations, power=power, levels=(0.6, 0.7))
    everything = list(range(t))
    assert found.p_value == pytest.approx(chance(panel, 0.0, first, power, sets, everything))
    assert found.smallest_p_value == pytest.approx(1 / len(sets))
    gap = panel.outcome[0] - panel.outcome[1:].mean(axis=0)
    assert found.estimate == pytest.approx(gap[first:].mean() - gap[:first].mean())
    assert found.n == 8
    for interval in found.intervals:
        assert interval.lower < found.estimate < interval.upper
        reach = 1e-3 + 0.01 * (interval.upper - interval.lower)
        alpha = 1 - interval.level
        for end, way in ((interval.lower, -1), (interval.upper, 1)):
            if math.isfinite(end):
                assert chance(panel, end - way * 1e-9, first, power, sets, everything) > alpha
                assert chance(panel, end + way * reach, first, power, sets, everything) <= alpha + 1e-9
    assert found.path["period"].tolist() == [2007, 2008]
    for s, row in zip((6, 7), found.path.to_dict("records"), strict=True):
        assert row["effect"] == pytest.approx(gap[s] - gap[:first].mean())
        columns = [*range(first), s]
        alone = [[k] for k in range(7)]
        assert row["p_value"] == pytest.approx(chance(panel, 0.0, first, power, alone, columns))


def test_conformal_refuses_what_it_cannot_do():
    panel = waves()
    for options, says in (
        ({"grid": 2}, "grid: 2"), ({"draws": 0}, "draws: 0"), ({"power": 0.99}, "power: 0.99"), ({"proxy": "gsc", "rank": 4}, "rank: 4"),
        ({"proxy": "gsc", "rank": -1}, "rank: -1"), ({"proxy": "x"}, "proxy: 'x'"), ({"permutations": "x"}, "permutations: 'x'"),
    ):  # fmt: skip
        refused(lambda o=options: conformal(panel, **({"proxy": "did"} | o)), says)
    assert conformal(panel, "gsc", rank=3, levels=0.5).n == 8
    assert conformal(panel, "did", grid=3, draws=1, levels=0.5).smallest_p_value == 1 / 8
