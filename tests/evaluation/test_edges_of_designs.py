"""Designs by factors and by weights at the edge of what they can do: what is refused, which label is named, and ranks of placebos counted."""

import math

import numpy as np
import pytest
from tests.kit.refusing import refused

from healthdevo.evaluation import (
    Panel,
    contiguous_groups,
    event_study,
    generalised_synthetic_control,
    group_time_effects,
    imputation,
    matrix_completion,
    synthetic_control,
    synthetic_did,
)
from healthdevo.evaluation.factor_draws import _spread, generalised_synthetic_control_draws
from healthdevo.evaluation.factor_ranks import choose_rank
from healthdevo.evaluation.matrix_completion import _shrink
from healthdevo.evaluation.panel_regression import FEW_CLUSTERS
from healthdevo.evaluation.staggered import FEW_AT_ONCE, FEW_IN_A_GROUP
from healthdevo.evaluation.synthetic_did_draws import FEW_RESAMPLED

N, T = 9, 8


def drawn(firsts=(5, 5), n=N, t=T, holes=(), seed=3):
    y = np.random.default_rng(seed).normal(size=(n, t)).cumsum(axis=1)
    d = np.zeros((n, t), bool)
    for area, first in enumerate(firsts):
        d[area, first:] = True
    for cell in holes:
        y[cell] = np.nan
    return Panel(y, d, [f"a{i}" for i in range(n)], range(2001, 2001 + t))


def test_a_rank_is_adopted_only_for_a_clear_gain():
    assert choose_rank([1.0, 0.9989]) == 1
    assert choose_rank([1.0, 0.999]) == 0
    assert choose_rank([4.0, 3.0, math.nan, 2.0]) == 3
    assert choose_rank([math.nan, 3.0]) == 1
    assert choose_rank([2.0, 2.0]) == 0
    assert choose_rank([5.0, 1.0, 3.0, 0.5], improvement=0.5) == 1
    assert choose_rank([5.0, 1.0, 3.0, 0.49], improvement=0.5) == 3


def test_singular_values_are_shrunk():
    rng = np.random.default_rng(0)
    for shape in ((7, 4), (4, 7)):
        m = rng.normal(size=shape)
        u, s, v = np.linalg.svd(m, full_matrices=False)
        cut = float(np.median(s))
        np.testing.assert_allclose(_shrink(m[None], cut)[0], (u * np.maximum(s - cut, 0)) @ v, atol=1e-9)


def test_the_spread_at_each_time_since_treatment_by_hand():
    gaps = np.array(
        [
            [[1.0, 2.0, 5.0], [4.0, 6.0, 8.0]],
            [[0.0, 1.0, 1.0], [2.0, 2.0, 2.0]],
            [[3.0, 3.0, 9.0], [1.0, 1.0, 1.0]],
        ]
    )
    relative = np.broadcast_to(np.array([[-1, 0, 1], [-2, -1, 0]]), gaps.shape)
    mass = np.tile([1.0, 3.0], (3, 1))
    found = _spread(gaps, relative, mass)
    assert found.index.tolist() == [-2, -1, 0, 1]
    ahead = [(1 + 3 * 6) / 4, (0 + 3 * 2) / 4, (3 + 3 * 1) / 4]
    at = [(2 + 3 * 8) / 4, (1 + 3 * 2) / 4, (3 + 3 * 1) / 4]
    assert found.tolist() == pytest.approx([np.std(v, ddof=1) for v in ([4, 2, 1], ahead, at, [5, 1, 9])])


def test_what_factor_designs_refuse():
    fit = generalised_synthetic_control
    refused(
        lambda: fit(drawn(), rank=5, ranks=()),
        "rank: 5 cannot be fitted",
        "at least 6 periods",
        "there are 5",
        "56 from 7 controls",
    )
    assert fit(drawn(), rank=4, ranks=(), inference="none").rank == 4
    refused(lambda: fit(drawn(), rank=-1), "rank: -1 cannot be fitted")
    refused(
        lambda: fit(drawn(), ranks=(4, 5)), "rank r needs r + 2 periods", "there are 5", "parameters (56)"
    )
    assert fit(drawn(), ranks=(3, 4), inference="none").ranks["rank"].tolist() == [3]
    refused(lambda: fit(drawn(), ranks=(2,), overlap=1), "rank r needs r + 4 periods")
    assert fit(drawn(), ranks=(0, 1, 2), overlap=1, inference="none").ranks["rank"].tolist() == [0, 1]
    refused(lambda: fit(drawn(n=3, firsts=(5,)), rank=2, ranks=()), "16 from 2 controls")
    refused(lambda: fit(drawn(holes=[(i, 2) for i in range(2, N)])), "no control is observed in 2003")
    lone = [(3, j) for j in range(7)] + [(5, j) for j in range(8)]
    refused(lambda: fit(drawn(holes=lone)), "control a3 is observed fewer than twice")
    assert fit(drawn(holes=[(3, j) for j in range(6)]), rank=0, ranks=(), inference="none").n == N * T - 6
    refused(lambda: fit(drawn(holes=[(1, j) for j in range(5, 8)])), "a1 has no observed treated period")
    refused(lambda: fit(drawn(), rank=1, ranks=(), draws=1), "draws: 1", "at least 2")
    assert fit(drawn(), rank=1, ranks=(), draws=2).by("parametric bootstrap").draws.size == 2
    refused(lambda: fit(drawn(), rank=1, inference="x", draws=9), "inference: 'x'")


def test_which_bootstraps_of_factor_designs_have_a_reason():
    fit = generalised_synthetic_control
    few = fit(drawn(n=6), rank=2, ranks=(), draws=5)
    assert few.reason == "the bootstrap needs more than 4 controls at rank 2"
    assert fit(drawn(n=7), rank=2, ranks=(), draws=5).reason == ""
    assert fit(drawn(n=6), rank=1, ranks=(), draws=5).reason == ""
    assert (
        fit(drawn(n=5), rank=1, ranks=(), draws=5).reason
        == "the bootstrap needs more than 3 controls at rank 1"
    )
    one = fit(drawn(firsts=(5,)), rank=1, ranks=(), draws=5, inference="units")
    assert one.reason == "the unit bootstrap needs at least two treated areas"
    assert fit(drawn(), rank=1, ranks=(), draws=5, inference="units").reason == ""
    gone = fit(drawn(holes=[(4, 3)]), rank=0, ranks=(), draws=5)
    assert gone.reason == "the parametric bootstrap needs a balanced panel and the form without EM"
    sole = fit(drawn(firsts=(5,), holes=[(4, 3)]), rank=0, ranks=(), draws=5, inference="units")
    assert sole.reason == "the unit bootstrap needs at least two treated areas"


def test_what_matrix_completion_refuses():
    fit = matrix_completion
    bare = {"penalty": 0.1, "inference": "none"}
    late = [(i, 6) for i in range(2, N)]
    refused(lambda: fit(drawn(holes=late), **bare), "nothing untreated is observed in 2007")
    refused(lambda: fit(drawn(holes=[(4, j) for j in range(T)]), **bare), "a4 is never observed untreated")
    refused(lambda: fit(drawn(), penalty=-0.1), "penalty: -0.1")
    assert fit(drawn(), penalty=0.0, inference="none").diagnostics["penalty"] == 0.0
    refused(lambda: fit(drawn(), grid=0), "grid: 0", "at least 1")
    refused(lambda: fit(drawn(), folds=0), "folds: 0", "at least 1")
    refused(lambda: fit(drawn(), penalty=0.1, inference="x"), "inference: 'x'")
    refused(lambda: fit(drawn(), penalty=0.1, draws=1), "draws: 1 is not valid; at least 2")
    assert fit(drawn(), penalty=0.1, draws=2).by("bootstrap").draws.size == 2
    assert fit(drawn(firsts=(5,)), penalty=0.1).reason == "the bootstrap needs at least two treated areas"
    assert fit(drawn(n=3), penalty=0.1).reason == "the bootstrap needs at least two never-treated areas"
    one = fit(drawn(), grid=1, folds=1, inference="none")
    y, d = drawn().outcome, drawn().treatment
    # the one penalty tried leaves no low-rank part: area and period effects of the untreated cells
    assert one.diagnostics["rank of the low-rank part"] == 0.0
    cells = np.argwhere(~d)
    x = np.zeros((len(cells), N + T))
    x[np.arange(len(cells)), cells[:, 0]] = x[np.arange(len(cells)), N + cells[:, 1]] = 1.0
    effects = np.linalg.lstsq(x, y[~d], rcond=None)[0]
    rest = np.where(d, 0.0, y - effects[:N, None] - effects[None, N:])
    assert one.estimate == pytest.approx((y - effects[:N, None] - effects[None, N:])[d].mean(), abs=1e-5)
    assert one.diagnostics["penalty"] == pytest.approx(2 * np.linalg.norm(rest, 2) / (~d).sum(), rel=1e-5)


def test_what_weights_refuse_and_which_errors_have_a_reason():
    refused(lambda: synthetic_control(drawn(), ridge=0.0), "ridge: 0.0")
    refused(lambda: synthetic_control(drawn(), restarts=-1), "restarts: -1")
    refused(lambda: synthetic_control(drawn(firsts=(2,)), ridge="cross-validation"), "at least three periods")
    assert synthetic_control(drawn(firsts=(3,)), ridge="cross-validation", inference="none").n == N * T
    refused(lambda: synthetic_control(drawn(), fit_periods=[2001, 2099, 2098]), "2099 is not a period")
    refused(lambda: synthetic_control(drawn(), fit_periods=[2001, 2006]), "all before treatment")
    refused(lambda: synthetic_control(drawn(), fit_periods=[]), "at least one period")
    assert synthetic_control(drawn(), fit_periods=[2005], inference="none").n == N * T
    refused(lambda: synthetic_control(drawn(), inference="x"), "inference: 'x'")
    even = synthetic_control(drawn(n=4), draws=9)
    assert even.reason == "placebos need more controls than treated areas; there are 2 and 2"
    assert synthetic_control(drawn(n=5), draws=9).reason == ""
    even = synthetic_did(drawn(n=4), draws=9)
    assert even.reason == "placebo errors need more controls than treated areas; there are 2 and 2"
    assert synthetic_did(drawn(n=5), draws=9).reason == ""
    refused(lambda: synthetic_did(drawn(), draws=1), "draws: 1")
    assert synthetic_did(drawn(), draws=2).by("placebo").draws.size == 2
    for firsts, n, method, says in (
        ((5,), N, "bootstrap", "the bootstrap needs at least two treated areas"), ((5, 5), 3, "bootstrap", "the bootstrap needs at least two never-treated areas"),
        ((5,), N, "jackknife", "the jackknife needs at least two treated areas in every cohort"),
        ((5, 5, 4), N, "jackknife", "the jackknife needs at least two treated areas in every cohort"),
        ((5, 5), 3, "jackknife", "the jackknife needs at least two controls with weight"),
    ):  # fmt: skip
        assert synthetic_did(drawn(firsts, n), inference=method, draws=9).reason == says
    refused(lambda: synthetic_did(drawn(), inference="x", draws=9), "inference: 'x'")


def test_placebo_errors_of_synthetic_did_are_counted():
    found = synthetic_did(drawn(), inference="placebo", draws=40, levels=0.8).by("placebo")
    effect = synthetic_did(drawn(), inference="none").estimate
    assert found.standard_error == pytest.approx(np.std(found.draws))
    assert found.p_value == pytest.approx((1 + (np.abs(found.draws) >= abs(effect)).sum()) / 41)
    whole = synthetic_did(drawn(), inference="jackknife", draws=40).by("jackknife")
    assert whole.draws.size == N
    off = whole.draws - whole.draws.mean()
    assert whole.standard_error == pytest.approx(math.sqrt((off**2).sum() * 8 / 9))


@pytest.mark.parametrize("lift", [-6.0, 0.3, 6.0])
def test_placebos_of_one_treated_area_are_every_control(lift):
    base = drawn(firsts=(5,))
    y = base.outcome.copy()
    y[0, 5:] += lift
    panel = Panel(y, base.treatment, base.areas, base.periods)
    found = synthetic_control(panel, demean=True, levels=0.8)
    table = found.placebos
    assert table["area"].tolist() == [f"a{i}" for i in range(N)]
    for i in range(1, N):  # each control in the place of the treated, which is left out
        alone = panel.drop(["a0"]).with_treatment({f"a{i}": 2006})
        one = synthetic_control(alone, demean=True, inference="none")
        row = table.iloc[i]
        assert row["effect"] == pytest.approx(one.estimate, abs=1e-6)
        gap = one.path["effect"].to_numpy()
        assert row["pre_rmspe"] == pytest.approx(math.sqrt((gap[:5] ** 2).mean()), abs=1e-6)
        assert row["post_rmspe"] == pytest.approx(math.sqrt((gap[5:] ** 2).mean()), abs=1e-6)
        assert row["ratio"] == pytest.approx(row["post_rmspe"] / row["pre_rmspe"])
    effects, ratio = table["effect"].to_numpy(), table["ratio"].to_numpy()
    assert table["rank"].tolist() == [(ratio >= r).sum() for r in ratio]
    assert found.p_ratio == (ratio >= ratio[0]).mean()
    assert found.p_absolute == (np.abs(effects) >= abs(effects[0])).mean()
    sign = np.sign(effects[0])
    assert found.p_one_sided == (sign * effects >= sign * effects[0]).mean()
    assert found.by("placebo").standard_error == pytest.approx(effects[1:].std())
    assert found.by("placebo").p_value == found.p_absolute


@pytest.mark.parametrize("swapped", [False, True])
@pytest.mark.parametrize("few", [5, 6, 19, 20])
def test_cautions_of_few_areas_at_their_thresholds(few, swapped):
    """Intervals of groups of five, and limits at once of nineteen, are said to be too narrow."""
    treated, rest = (21, few) if swapped else (few, 21)
    panel = drawn(firsts=(4,) * treated, n=treated + rest, t=6)
    effects = group_time_effects(panel)
    narrow, at_once = FEW_IN_A_GROUP if few < 6 else "", FEW_AT_ONCE if few < 20 else ""
    assert effects.caution == narrow
    assert effects.aggregate("simple").caution == narrow
    assert effects.aggregate("dynamic", draws=5).caution == " ".join(filter(None, [narrow, at_once]))
    assert imputation(panel).caution == narrow
    assert event_study(panel).caution == (FEW_CLUSTERS if few < 20 else "")
    assert event_study(panel, covariance="robust").caution == ""
    assert synthetic_did(panel, inference="jackknife").caution == (FEW_RESAMPLED if few < 20 else "")


def test_placebo_groups_of_factor_designs_take_the_timing_of_the_treated():
    """Each is the design itself without the treated; groups must leave two controls more than factors."""
    panel = drawn(firsts=(5,), n=7)
    groups = np.array([[2, 3], [5, 6]])
    found = generalised_synthetic_control_draws(panel, groups, rank=1)
    for group, gaps in zip(groups, found, strict=True):
        alone = panel.drop(["a0"]).with_treatment({f"a{i}": 2006 for i in group})
        one = generalised_synthetic_control(alone, rank=1, ranks=(), inference="none")
        np.testing.assert_allclose(gaps, one.path["effect"], atol=1e-6)
    assert generalised_synthetic_control_draws(panel, np.array([[1, 2, 3]]), rank=1).shape == (1, T)
    refused(
        lambda: generalised_synthetic_control_draws(panel, np.array([[1, 2, 3, 4]]), rank=1),
        "more controls than factors",
    )
    refused(lambda: generalised_synthetic_control_draws(panel, groups, rank=5), "at least 6")


def test_a_block_may_be_a_whole_island():
    panel = drawn(firsts=(5,), n=8)
    touch = np.zeros((8, 8), dtype=int)
    for i, j in ((1, 2), (2, 3), (4, 5)):
        touch[i, j] = touch[j, i] = 1
    groups = contiguous_groups(panel, touch, size=3, draws=4)
    assert np.sort(groups, axis=1).tolist() == [[1, 2, 3]] * 4
    assert contiguous_groups(panel, touch, size=1, draws=1).shape == (1, 1)
    refused(
        lambda: contiguous_groups(panel, touch, size=4),
        "no 4 never-treated areas are connected",
        "largest block has 3",
    )
    refused(lambda: contiguous_groups(panel, touch, size=6), "no 6 never-treated areas")
    refused(lambda: contiguous_groups(panel, touch, size=7), "7 untreated areas cannot give a group of 7")
    refused(lambda: contiguous_groups(panel, touch, size=0), "cannot give a group of 0")
    refused(lambda: contiguous_groups(panel, touch, draws=0), "draws: 0")
