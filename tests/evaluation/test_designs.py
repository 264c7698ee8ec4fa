"""What must hold of each design whatever the numbers."""

import pickle

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.evaluation import (
    Panel,
    World,
    difference_in_differences,
    draw_panel,
    event_study,
    generalised_synthetic_control,
    group_time_effects,
    imputation,
    matrix_completion,
    predictor_means,
    sensitivity,
    synthetic_control,
    synthetic_did,
    two_by_two,
)

SMALL = World(areas=24, periods=12, treated=3, start=8, spill=3)
LINEAR = {
    "two-way": difference_in_differences,
    "group-time": lambda p: group_time_effects(p).aggregate("simple", draws=0),
    "imputation": imputation,
    "synthetic did": lambda p: synthetic_did(p, inference="jackknife"),
    "generalised": lambda p: generalised_synthetic_control(p, inference="none"),
    "matrix completion": lambda p: matrix_completion(p, penalty=0.02, inference="none", tolerance=1e-10),
    "demeaned synthetic control": lambda p: synthetic_control(p, demean=True, inference="none"),
}


@pytest.fixture(scope="module")
def panel():
    return draw_panel("factors", 2.0, 11, SMALL)


def shifted(panel, outcome):
    return Panel(outcome, panel.treatment, panel.areas, panel.periods)


@pytest.mark.parametrize("name", LINEAR)
def test_levels_of_areas_and_periods_do_not_matter(panel, name):
    rng = np.random.default_rng(0)
    common = (
        20.0 * rng.normal(size=(1, 12)) * (name != "synthetic did")
    )  # its noise level includes common shocks
    moved = shifted(panel, panel.outcome + 50.0 * rng.normal(size=(24, 1)) + common)
    assert LINEAR[name](moved).estimate == pytest.approx(LINEAR[name](panel).estimate, abs=2e-4)


@pytest.mark.parametrize("name", LINEAR)
def test_a_larger_effect_is_found_in_full(panel, name):
    more = shifted(panel, panel.outcome + 5.0 * panel.treatment)
    assert LINEAR[name](more).estimate == pytest.approx(LINEAR[name](panel).estimate + 5.0, abs=1e-6)


@pytest.mark.parametrize("name", LINEAR)
def test_path_and_sentence(panel, name):
    effect = LINEAR[name](panel)
    if name != "group-time":
        assert effect.path["relative"].tolist() == list(range(-8, 4))
        post = effect.path.loc[effect.path["relative"] >= 0, "effect"]
        assert post.mean() == pytest.approx(effect.estimate, abs=1e-8)
        np.testing.assert_allclose(
            effect.path["treated"] - effect.path["counterfactual"], effect.path["effect"], atol=1e-9
        )
    assert effect.sentence.startswith(f"By {effect.design}, the average effect")
    assert effect.fit_sentence
    again = pickle.loads(pickle.dumps(effect))
    assert again.estimate == effect.estimate
    assert not effect.to_frame().empty


def test_event_study_with_two_groups_is_the_difference_of_mean_changes(panel):
    study = event_study(panel)
    gap = panel.outcome[:3].mean(axis=0) - panel.outcome[3:].mean(axis=0)
    np.testing.assert_allclose(study.coefficients["effect"], gap - gap[7], atol=1e-10)
    assert study.path["period"].tolist() == list(range(12))
    assert 0.0 <= study.pretrend_p_value <= 1.0
    pooled = event_study(panel, earliest=-3, latest=1)
    assert pooled.coefficients["relative"].tolist() == [-3, -2, -1, 0, 1]
    with pytest.raises(InputError, match="not an observed period before treatment"):
        event_study(panel, reference=0)


def test_group_time_effects_with_one_group_are_differences_of_mean_changes(panel):
    effects = group_time_effects(panel, base="universal")
    gap = panel.outcome[:3].mean(axis=0) - panel.outcome[3:].mean(axis=0)
    np.testing.assert_allclose(effects.estimate, gap - gap[7], atol=1e-10)
    varying = group_time_effects(panel)
    np.testing.assert_allclose(varying.estimate[:7], np.diff(gap)[:7], atol=1e-10)
    ahead = group_time_effects(panel, anticipation=1)
    assert ahead[(8, 8)].estimate == pytest.approx(gap[8] - gap[6])


def test_areas_treated_throughout_are_left_out_and_said_to_be(panel):
    status = panel.treatment.copy()
    status[5] = True
    effects = group_time_effects(Panel(panel.outcome, status, panel.areas, panel.periods))
    assert effects.dropped == ("5",)
    want = group_time_effects(panel.drop([5]))
    np.testing.assert_allclose(effects.estimate, want.estimate)
    np.testing.assert_allclose(effects.standard_error, want.standard_error)


def test_matrix_completion_is_at_its_optimum(panel):
    penalty = 0.01
    effect = matrix_completion(panel, penalty=penalty, inference="none", tolerance=1e-12)
    known = ~panel.treatment
    # the residual over the untreated is a subgradient of the nuclear norm: no singular value above the threshold
    path = effect.path
    assert path is not None
    from healthdevo.evaluation.matrix_completion import _complete, _start

    y, mask = np.where(known, panel.outcome, 0.0)[None], known[None]
    low, additive = _start(y, mask, 1e-12)
    low, additive = _complete(y, mask, penalty, low, additive, 1e-13, 20_000)
    residual = np.where(known, panel.outcome - (low + additive)[0], 0.0)
    threshold = penalty * known.sum() / 2.0
    singular = np.linalg.svd(residual, compute_uv=False)
    assert singular[0] <= threshold * (1 + 1e-6)
    u, s, vt = np.linalg.svd(low[0])
    rank = int((s > 1e-8).sum())
    assert rank > 0
    np.testing.assert_allclose(
        np.einsum("ir,ij,rj->r", u[:, :rank], residual, vt[:rank]), threshold, rtol=1e-5
    )
    np.testing.assert_allclose(residual.sum(axis=0), 0.0, atol=1e-6)
    np.testing.assert_allclose(residual.sum(axis=1), 0.0, atol=1e-6)
    assert effect.estimate == pytest.approx(
        (panel.outcome - (low + additive)[0])[panel.treatment].mean(), abs=1e-5
    )


def test_matrix_completion_with_a_large_penalty_is_imputation(panel):
    assert matrix_completion(panel, penalty=1e6, inference="none").estimate == pytest.approx(
        imputation(panel).estimate, abs=1e-5
    )


def test_rank_zero_in_its_em_form_is_imputation(panel):
    ours = generalised_synthetic_control(panel, rank=0, ranks=(), em=True, inference="none")
    assert ours.estimate == pytest.approx(imputation(panel).estimate, abs=1e-7)


def test_left_out_errors_are_those_of_fitting_again(panel):
    effect = generalised_synthetic_control(panel, ranks=(0, 1, 2), inference="none")
    for rank in (0, 1, 2):
        y = panel.outcome
        control = y[3:]
        constant = control.mean()
        line = control.mean(axis=0)
        rest = control - control.mean(axis=1, keepdims=True) - line + constant
        _, _, vt = np.linalg.svd(rest)
        basis = np.column_stack([vt[:rank].T, np.ones(12)])
        errors = []
        for i in range(3):
            for s in range(8):
                keep = np.delete(np.arange(8), s)
                fit = np.linalg.lstsq(basis[keep], (y[i] - line)[keep], rcond=None)[0]
                errors.append(y[i, s] - line[s] - basis[s] @ fit)
        mspe = effect.ranks.set_index("rank").loc[rank, "mspe"]
        assert mspe == pytest.approx(np.mean(np.square(errors)), rel=1e-9)


def test_parametric_bootstrap_of_one_treated_area_covers_noise_only():
    world = World(areas=60, periods=14, treated=1, start=9, autocorrelation=0.0, selection=0.0, spill=0)
    errors, reported = [], []
    for seed in range(60):
        effect = generalised_synthetic_control(
            draw_panel("factors", 1.0, seed, world), rank=2, ranks=(), draws=80, seed=seed
        )
        errors.append(effect.estimate - 1.0)
        reported.append(effect.standard_error)
    assert 0.7 <= np.mean(reported) / np.std(errors) <= 1.4


def test_impossible_ranks_are_refused_or_left_out(panel):
    short = panel.with_treatment(dict.fromkeys(range(3), 3))
    effect = generalised_synthetic_control(short, inference="none")
    assert effect.ranks["rank"].tolist() == [0, 1]
    with pytest.raises(InputError, match="needs at least 5 periods before every treatment"):
        generalised_synthetic_control(short, rank=4)
    with pytest.raises(InputError, match="none of the ranks"):
        generalised_synthetic_control(short, ranks=(4, 5))


def test_importance_given_and_balance_of_predictors():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "area": np.repeat(list("ABCDEFGH"), 10),
            "year": np.tile(range(10), 8),
            "y": rng.normal(size=80).cumsum(),
        }
    )
    frame["x"] = frame["y"] + rng.normal(size=80)
    means = {"early": ("y", range(3)), "late": ("y", range(3, 6)), "x": ("x", range(6))}
    predictors = predictor_means(frame, area="area", time="year", means=means)
    panel = Panel.from_frame(frame, area="area", time="year", outcome="y", treated=["C"], start=6)
    effect = synthetic_control(panel, predictors=predictors, importance=[1.0, 1.0, 2.0])
    assert effect.importance.tolist() == [0.25, 0.25, 0.5]
    weights = effect.weights.set_index("area")["weight"]
    np.testing.assert_allclose(
        effect.balance["synthetic"], weights @ predictors.loc[weights.index], atol=1e-9
    )
    best = synthetic_control(panel, predictors=predictors, restarts=1, inference="none")
    assert best.diagnostics["outcome loss"] <= effect.diagnostics["outcome loss"] + 1e-12
    with pytest.raises(InputError, match="no row for C"):
        synthetic_control(panel, predictors=predictors.drop(index="C"))
    with pytest.raises(InputError, match="before treatment"):
        synthetic_control(panel, fit_periods=[7])


def test_ridge_augmentation_improves_the_fit_and_keeps_the_sum(panel):
    plain = synthetic_control(panel, inference="none")
    ridge = synthetic_control(panel, ridge=1.0, inference="none")
    assert ridge.pre_rmspe < plain.pre_rmspe
    assert ridge.weights["weight"].sum() == pytest.approx(1.0)
    strong = synthetic_control(panel, ridge=1e9, inference="none")
    assert strong.estimate == pytest.approx(plain.estimate, abs=1e-4)


def test_separate_synthetic_controls_of_each_treated_area(panel):
    each = synthetic_control(panel, pooled=False, inference="none")
    alone = [
        synthetic_control(panel.drop([j for j in range(3) if j != i]), inference="none").estimate
        for i in range(3)
    ]
    assert each.estimate == pytest.approx(np.mean(alone), abs=1e-9)
    assert each.weights["group"].unique().tolist() == ["0", "1", "2"]


def test_staggered_synthetic_did_averages_cohorts_by_treated_area_periods(panel):
    later = panel.with_treatment({0: 8, 1: 8, 2: 10})
    effect = synthetic_did(later, inference=["placebo", "bootstrap", "jackknife"], draws=30)
    first = synthetic_did(later.drop([2]), inference="none").estimate
    second = synthetic_did(later.drop([0, 1]), inference="none").estimate
    assert effect.estimate == pytest.approx((8 * first + 2 * second) / 10, abs=1e-9)
    assert effect.standard_error > 0
    assert effect.by("bootstrap").standard_error > 0
    assert "two treated areas in every cohort" in effect.by("jackknife").reason


def test_two_by_two_with_clusters_and_weights():
    rng = np.random.default_rng(3)
    g = np.repeat(np.arange(20), 10)
    d, p = (g < 8).astype(int), np.tile([0, 1], 100)
    y = 1.0 + 2.0 * d + 3.0 * p + 4.0 * d * p + rng.normal(size=20)[g] + 0.1 * rng.normal(size=200)
    effect = two_by_two(y, d, p, clusters=g, covariance="clustered", weights=np.ones(200))
    assert effect.estimate == pytest.approx(4.0, abs=0.2)
    assert effect.diagnostics["degrees of freedom"] == 19
    with pytest.raises(InputError, match="treated = 1 and post = 0"):
        two_by_two(y, d, np.where(d == 1, 1, p))
    with pytest.raises(InputError, match="collinearity"):
        two_by_two(y, d, p, covariates={"again": d})


def test_sensitivity_of_group_time_effects_needs_a_universal_base(panel):
    effects = group_time_effects(panel, base="universal")
    relative, values, covariance = effects.dynamic_coefficients()
    dynamic = effects.aggregate("dynamic", draws=0).path.set_index("relative")
    np.testing.assert_allclose(values, dynamic.loc[relative, "effect"])
    np.testing.assert_allclose(np.sqrt(np.diag(covariance)), dynamic.loc[relative, "standard_error"])
    bounds = sensitivity(values, covariance, relative, grid=[0.0, 1.0])
    assert bounds.estimate == pytest.approx(effects.aggregate("dynamic", draws=0).estimate)
    with pytest.raises(InputError, match="universal"):
        group_time_effects(panel).dynamic_coefficients()


@pytest.mark.parametrize("shape", [(8, 20), (20, 8)])
def test_factors_are_principal_components_whichever_side_is_longer(shape):
    from healthdevo.evaluation.interactive_effects import factors_of

    y = np.random.default_rng(2).normal(size=shape)
    factors, period = factors_of(y, 2)
    rest = y - y.mean(axis=1, keepdims=True) - y.mean(axis=0) + y.mean()
    _, _, vt = np.linalg.svd(rest)
    np.testing.assert_allclose(factors.T @ factors / shape[1], np.eye(2), atol=1e-9)
    np.testing.assert_allclose(factors @ factors.T / shape[1], vt[:2].T @ vt[:2], atol=1e-9)
    np.testing.assert_allclose(period, y.mean(axis=0), atol=1e-12)


@pytest.mark.parametrize("restriction", ["smoothness", "relative_magnitudes"])
def test_sensitivity_with_one_coefficient_on_each_side(restriction):
    bounds = sensitivity([0.1, 1.0], 0.01 * np.eye(2), [-2, 0], restriction=restriction, grid=[0.0, 1.0])
    row = bounds.bounds.iloc[0]
    if (
        restriction == "smoothness"
    ):  # a straight line through the reference: 1.0 + 0.1 with the error of a sum
        assert (row["lower"] + row["upper"]) / 2 == pytest.approx(1.1)
        assert row["upper"] - row["lower"] == pytest.approx(2 * 1.959964 * np.sqrt(0.02), rel=1e-5)
    else:
        assert (row["lower"] + row["upper"]) / 2 == pytest.approx(1.0)
    assert bounds.bounds["upper"].is_monotonic_increasing


def test_a_cohort_of_one_area_does_not_decide_the_pre_trend_test():
    rng = np.random.default_rng(11)
    frame = pd.DataFrame(
        [
            {
                "area": f"A{i:02d}",
                "year": t,
                "outcome": rng.normal(),
                "start": {0: 2005}.get(i, 2006 if i < 8 else 0),
            }
            for i in range(40)
            for t in range(2000, 2010)
        ]
    )
    frame["start"] = frame["start"].where(frame["start"] > 0)
    whole = group_time_effects(
        Panel.from_frame(frame, area="area", time="year", outcome="outcome", adoption="start")
    )
    without = group_time_effects(
        Panel.from_frame(
            frame[frame["area"] != "A00"], area="area", time="year", outcome="outcome", adoption="start"
        )
    )
    assert whole.pretrend_p_value == pytest.approx(without.pretrend_p_value, rel=1e-6)
    assert 0.0 < whole.pretrend_p_value <= 1.0
