"""Placebo groups, conformal intervals, sensitivity, noise floor, specification curve and simulation study."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.evaluation import (
    Panel,
    World,
    conformal,
    contiguous_groups,
    difference_in_differences,
    draw_panel,
    estimate_effect,
    event_study,
    generalised_synthetic_control,
    in_time,
    leave_one_control_out,
    leave_one_treated_out,
    neighbours,
    noise_floor,
    placebo_test,
    random_groups,
    sensitivity,
    sensitivity_of_event_study,
    simulation_study,
    specification_curve,
    standard_errors_from_counts,
    standard_errors_from_intervals,
    standardised_rate_noise,
    synthetic_control,
    synthetic_did,
    without_neighbours,
)
from healthdevo.evaluation.factor_ranks import choose_rank
from healthdevo.evaluation.result import permutation_intervals

SMALL = World(areas=30, periods=10, treated=3, start=6, spill=3)


@pytest.fixture(scope="module")
def panel():
    return draw_panel("factors", 3.0, 7, SMALL)


@pytest.fixture(scope="module")
def grid():
    row, column = np.divmod(np.arange(30), 6)
    return (np.abs(row[:, None] - row) + np.abs(column[:, None] - column) == 1).astype(int)


def connected(group, adjacency):
    reached, todo = {group[0]}, [group[0]]
    while todo:
        for j in group:
            if j not in reached and adjacency[todo[-1], j]:
                reached.add(j)
                todo.append(j)
                break
        else:
            todo.pop()
    return len(reached) == len(group)


def test_blocks_are_connected_untreated_and_of_the_right_size(panel, grid):
    groups = contiguous_groups(panel, grid, draws=200, seed=3)
    assert groups.shape == (200, 3)
    for group in groups:
        assert len(set(group)) == 3
        assert connected(list(group), grid)
        assert not panel.treated[group].any()
    assert len({tuple(g) for g in groups}) > 20
    assert np.array_equal(groups, contiguous_groups(panel, grid, draws=200, seed=3))


def test_blocks_keep_out_what_is_excluded_and_say_when_none_fits(panel, grid):
    away = neighbours(panel, grid)
    assert set(away) == {3, 6, 7, 8}
    groups = contiguous_groups(panel, grid, draws=100, exclude=away)
    assert not np.isin(groups, away).any()
    with pytest.raises(InputError, match="no 3 never-treated areas are connected; the largest block has 1"):
        contiguous_groups(panel, np.zeros((30, 30)))
    with pytest.raises(InputError, match="symmetric"):
        contiguous_groups(panel, np.triu(grid))
    order = np.random.default_rng(0).permutation(30)
    frame = pd.DataFrame(grid.astype(bool), panel.areas, panel.areas).iloc[order, order]
    assert np.array_equal(contiguous_groups(panel, frame, draws=50), contiguous_groups(panel, grid, draws=50))
    with pytest.raises(InputError, match="nothing is said about 4"):
        contiguous_groups(panel, frame.drop(index=4))
    assert without_neighbours(panel, grid).shape == (26, 10)


def test_random_groups_are_uniform(panel):
    groups = random_groups(panel, draws=3000, seed=1)
    counts = np.bincount(groups.ravel(), minlength=30)
    assert (counts[:3] == 0).all()
    assert stats.chisquare(counts[3:]).pvalue > 0.001


@pytest.mark.parametrize("design", ["did", "sc", "sdid", "gsc"])
def test_batched_placebos_are_those_of_the_design_itself(panel, design):
    groups = random_groups(panel, draws=4, seed=2)
    rank = 1 if design == "gsc" else None
    test = placebo_test(panel, design, groups=groups, rank=rank)
    clean = panel.drop(panel.areas[panel.treated])
    for group, effect, ratio in zip(groups, test.effects, test.ratios, strict=True):
        fake = clean.with_treatment(dict.fromkeys(panel.areas[group], 6))
        if design == "sdid":  # draws keep the penalty of the actual estimate
            noise = np.std(np.diff(panel.outcome[3:, :6], axis=1), ddof=1)
            own = np.std(np.diff(fake.outcome[~fake.treated][:, :6], axis=1), ddof=1)
            alone = synthetic_did(fake, inference="none", penalty=(3 * 4) ** 0.25 * noise / own)
            assert effect == pytest.approx(alone.estimate, abs=2e-3)
        else:
            alone = estimate_effect(fake, design, rank=rank)
            assert effect == pytest.approx(alone.estimate, abs=1e-8)
            if alone.pre_rmspe > 1e-2:
                assert ratio == pytest.approx(alone.rmspe_ratio, rel=1e-6)
    assert test.rank == 1 + (np.abs(test.effects) >= abs(test.estimate)).sum()


def test_placebo_test_with_a_function_agrees_with_the_name(panel):
    groups = random_groups(panel, draws=5, seed=2)
    named = placebo_test(panel, "did", groups=groups)
    called = placebo_test(panel, lambda p: synthetic_did(p, variant="did", inference="none"), groups=groups)
    np.testing.assert_allclose(called.effects, named.effects, atol=1e-10)
    assert called.p_ratio == named.p_ratio
    effect = estimate_effect(panel, "did").with_inference(named.as_inference())
    assert effect.intervals == named.intervals
    assert effect.by("given groups of untreated areas").p_value == named.p_absolute


def test_placebo_p_values_are_uniform_without_effect():
    world = World(areas=40, periods=8, treated=4, start=5)
    p = [
        placebo_test(draw_panel("parallel", 0.0, s, world), "did", draws=199, seed=s).p_absolute
        for s in range(150)
    ]
    assert stats.kstest(p, "uniform").pvalue > 0.001


def test_exact_and_stepwise_draws_agree(panel):
    exact = synthetic_did(panel, draws=40)
    steps = synthetic_did(panel, draws=40, draw_solver="frank-wolfe")
    np.testing.assert_allclose(exact.by("placebo").draws, steps.by("placebo").draws, atol=0.02)


def test_the_exact_estimate_is_what_the_steps_approach(panel):
    steps = synthetic_did(panel, inference="none", max_iterations=400_000)
    exact = synthetic_did(panel, inference="none", solver="exact")
    assert exact.estimate == pytest.approx(steps.estimate, abs=0.01)
    np.testing.assert_allclose(exact.weights["weight"], steps.weights["weight"], atol=0.005)
    assert steps.diagnostics["iterations"] > 2
    assert "iterations" not in exact.diagnostics
    # the treated are solved for as the placebo groups they are compared with
    assert placebo_test(panel, "sdid", draws=5).estimate == exact.estimate
    y = panel.outcome
    first = int(panel.cohorts[0])
    controls, treated = y[~panel.treated, :first], y[panel.treated, :first].mean(axis=0)
    weights, zeta = exact.weights["weight"].to_numpy(), exact.diagnostics["unit penalty"]
    a = (controls - controls.mean(axis=1, keepdims=True)).T
    gradient = a.T @ (a @ weights - treated + treated.mean()) + first * zeta**2 * weights
    assert gradient[weights > 1e-9] == pytest.approx(gradient.min(), abs=1e-7)


def test_a_joint_search_of_coefficients_has_no_exact_solver(panel):
    covered = replace(panel, covariates=np.random.default_rng(0).normal(size=(*panel.shape, 1)))
    with pytest.raises(InputError, match="solver: 'exact' is not valid"):
        synthetic_did(covered, inference="none", solver="exact")
    projected = synthetic_did(covered, inference="none", solver="exact", covariate_method="projected")
    assert np.isfinite(projected.estimate)
    assert estimate_effect(covered, "sdid").estimate == synthetic_did(covered, inference="none").estimate


def test_in_time_and_leave_one_out(panel):
    early = in_time(panel, "sdid")
    assert early["start"].tolist() == [3, 4, 5]
    assert (early["effect"].abs() < 3.0).all()
    treated = leave_one_treated_out(panel, "gsc", rank=2)
    assert treated["left_out"].tolist() == ["", "0", "1", "2"]
    again = generalised_synthetic_control(panel.drop([1]), rank=2, inference="none")
    assert treated["effect"].iloc[2] == pytest.approx(again.estimate)
    controls = leave_one_control_out(panel, "sc")
    assert controls["effect"].iloc[0] == pytest.approx(synthetic_control(panel, inference="none").estimate)
    assert (controls["weight"].iloc[1:] > 0).all()
    with pytest.raises(InputError, match="real start"):
        in_time(panel, "did", starts=[7])


def test_permutation_intervals_invert_the_test():
    rng = np.random.default_rng(0)
    placebos = rng.normal(size=99)
    interval = permutation_intervals(0.7, placebos, (0.9,))[0]
    for value, kept in ((interval.lower + 1e-6, True), (interval.lower - 1e-6, False)):
        p = (1 + (np.abs(placebos) >= abs(0.7 - value)).sum()) / 100
        assert (p > 0.1) == kept


def test_conformal_p_values_are_uniform_and_intervals_cover():
    world = World(areas=12, periods=20, treated=1, start=17, autocorrelation=0.0, spill=0)
    p, covered = [], 0
    for s in range(120):
        panel = draw_panel("parallel", 2.0, s, world)
        effect = conformal(panel, "did", grid=41)
        covered += 2.0 in effect.interval()
        p.append(conformal(panel.with_treatment({0: 17}), "did", grid=41).p_value)
    assert 0.83 <= covered / 120 <= 0.97
    null = [conformal(draw_panel("parallel", 0.0, s, world), "did", grid=11).p_value for s in range(100)]
    assert 0.02 <= np.mean(np.array(null) <= 0.1) <= 0.2


def test_conformal_path_has_an_interval_for_each_period():
    world = World(areas=12, periods=30, treated=1, start=27, autocorrelation=0.0, spill=0, noise=0.2)
    effect = conformal(
        draw_panel("factors", 4.0, 3, world), "gsc", rank=2, permutations="all", levels=(0.5, 0.9)
    )
    assert effect.path["period"].tolist() == [27, 28, 29]
    assert (effect.path["lower_0.9"] <= effect.path["lower_0.5"]).all()
    assert effect.p_value <= 0.01
    assert effect.as_inference().method == "conformal"


def test_conformal_says_when_periods_are_too_few(panel):
    effect = conformal(panel, "did", levels=0.95)
    assert effect.interval().upper == np.inf
    assert "too few periods" in effect.reason


def test_smoothness_bounds_without_bends_extrapolate_a_linear_trend():
    rng = np.random.default_rng(1)
    root = rng.normal(size=(6, 6))
    sigma = 0.01 * (root @ root.T + 6 * np.eye(6))
    times = np.array([-4, -3, -2, 0, 1, 2])
    beta = 0.3 * (times + 1.0) + np.r_[np.zeros(3), 1.0, 1.0, 1.0]
    bounds = sensitivity(beta, sigma, times, restriction="smoothness", grid=[0.0, 0.1, 0.2])
    assert bounds.bounds["lower"].iloc[0] < 1.0 < bounds.bounds["upper"].iloc[0]
    middle = bounds.bounds[["lower", "upper"]].mean(axis=1).iloc[0]
    # the best linear unbiased estimator given the covariance
    design = np.column_stack([times + 1.0, times >= 0])
    design = np.column_stack([times + 1.0, times == 0, times == 1, times == 2]).astype(float)
    weight = np.linalg.inv(sigma)
    cov = np.linalg.inv(design.T @ weight @ design)
    gls = cov @ design.T @ weight @ beta
    assert middle == pytest.approx(gls[1:].mean(), abs=1e-4)
    share = np.r_[0.0, np.ones(3) / 3]
    half = stats.norm.ppf(0.975) * np.sqrt(share @ cov @ share)
    assert (bounds.bounds["upper"] - bounds.bounds["lower"]).iloc[0] / 2 == pytest.approx(half, rel=1e-4)
    assert bounds.bounds["identified_lower"].iloc[0] == pytest.approx(1.0, abs=1e-6)
    assert (np.diff(bounds.bounds["upper"] - bounds.bounds["lower"]) > 0).all()


def test_relative_magnitudes_cover_under_the_worst_trend():
    sigma = 0.02 * (np.eye(4) + 0.5)
    times = np.array([-3, -2, 0, 1])
    delta = np.array([-0.4, -0.2, 0.2, 0.4])  # changes of 0.2 before and after
    root = np.linalg.cholesky(sigma)
    rng = np.random.default_rng(2)
    covered = dict.fromkeys((0.0, 1.0), 0)
    for _ in range(150):
        beta = delta + root @ rng.normal(size=4)
        table = sensitivity(beta, sigma, times, grid=[0.0, 1.0], resolution=201).bounds.set_index("m")
        for m in covered:
            covered[m] += table.loc[m, "lower"] <= 0.0 <= table.loc[m, "upper"]
    assert covered[0.0] < 0.85 * 150  # trends taken as parallel mislead
    assert covered[1.0] >= 0.93 * 150


def test_sensitivity_of_an_event_study_and_its_refusals(panel):
    study = event_study(panel)
    bounds = sensitivity_of_event_study(study, grid=[0.0, 0.5, 1.0])
    assert bounds.estimate == pytest.approx(study.estimate)
    widths = bounds.bounds["upper"] - bounds.bounds["lower"]
    assert (np.diff(widths) > 0).all()
    with pytest.raises(InputError, match="consecutive"):
        sensitivity([1.0, 2.0], np.eye(2), [-4, 0])
    with pytest.raises(InputError, match="at least 0"):
        sensitivity([1.0, 2.0], np.eye(2), [-2, 0], grid=[-1.0])


def test_noise_of_rates_is_that_of_simulated_counts():
    rng = np.random.default_rng(0)
    risk, people = np.array([0.001, 0.01, 0.05]), np.array([50_000.0, 20_000.0, 5_000.0])
    standard = np.array([5.0, 3.0, 1.0])
    rates, _ = standardised_rate_noise(
        rng.poisson(risk * people, (20_000, 3)), np.tile(people, (20_000, 1)), standard
    )
    _, error = standardised_rate_noise(risk * people, people, standard)
    assert float(error) == pytest.approx(rates.std(), rel=0.03)
    crude = standard_errors_from_counts((risk * people).sum() / people.sum(), (risk * people).sum())
    _, same = standardised_rate_noise(risk * people, people, people, per=1.0)
    assert float(crude) == pytest.approx(float(same))
    with pytest.raises(InputError, match="positive finite counts"):
        standard_errors_from_counts([1.0], [0.0])
    limits = stats.norm.interval(0.99, loc=10.0, scale=2.0)
    assert standard_errors_from_intervals(*limits, levels=0.99) == pytest.approx(2.0)


def test_noise_floor_is_the_spread_of_the_effect_under_noise_alone(panel):
    rng = np.random.default_rng(1)
    errors = rng.uniform(0.5, 1.5, panel.shape)
    effect = synthetic_did(panel, draws=50)
    floor = noise_floor(panel, errors, effect)
    omega = effect.weights.set_index("area")["weight"].reindex(panel.areas[3:]).to_numpy()
    lam = effect.period_weights["weight"].to_numpy()
    noise = errors * rng.normal(size=(4000, *panel.shape))
    gap = noise[:, :3].mean(axis=1) - np.einsum("n,dnt->dt", omega, noise[:, 3:])
    draws = gap[:, 6:].mean(axis=1) - gap[:, :6] @ lam
    assert floor.standard_error == pytest.approx(draws.std(), rel=0.04)
    assert floor.ratio == pytest.approx(effect.standard_error / floor.standard_error)
    with pytest.raises(InputError, match="not valid"):
        noise_floor(panel, -errors)


def test_specification_curve_keeps_failures_and_finds_what_matters(panel):
    def run(design, start, pool):
        return estimate_effect(
            panel.select(areas=panel.areas[pool]).with_treatment({0: start, 1: start, 2: start}), design
        )

    choices = {
        "design": {"DiD": "did", "SC": "sc"},
        "start": {"as it was": 6, "at the outset": 0},
        "pool": {"all": np.ones(30, dtype=bool), "half": np.arange(30) < 16},
    }
    curve = specification_curve(choices, run, unit="deaths")
    assert len(curve.table) == 8
    failed = curve.table[curve.table["effect"].isna()]
    assert (failed["start"] == "at the outset").all()
    assert failed["reason"].str.contains("before its treatment").all()
    assert len(curve.estimated) == 4
    influence = curve.influence().drop_duplicates("choice").set_index("choice")["share"]
    assert influence["start"] == pytest.approx(0.0, abs=1e-12)
    assert 0.0 <= influence["design"] <= 1.0
    assert "Over 4 specifications" in curve.sentence
    part = specification_curve(choices, run, allowed=lambda labels: labels["start"] == "as it was")
    assert len(part.table) == 4


def test_rank_rule():
    assert choose_rank([10.0, 9.995, 9.0, 8.9999, 9.5]) == 2
    assert choose_rank([float("nan"), 3.0, 2.0]) == 2
    assert choose_rank([1.0]) == 0


def test_simulation_study_is_reproducible_and_finds_what_is_known():
    designs = {
        "DiD": lambda panel, seed: difference_in_differences(panel),
        "GSC": lambda panel, seed: generalised_synthetic_control(
            panel, rank=2, ranks=(), draws=60, seed=seed
        ),
    }
    world = World(areas=60, treated=8, periods=20, start=14, selection=1.5)
    keys = {
        "scenarios": ["parallel", "factors"],
        "effects": [0.0],
        "repetitions": 30,
        "world": world,
        "seed": 4,
    }
    study = simulation_study(designs, **keys)
    pd.testing.assert_frame_equal(study, simulation_study(designs, **keys))
    by = study.set_index(["scenario", "design"])
    assert by.loc[("parallel", "DiD"), "rejection"] <= 0.2
    assert by.loc[("factors", "DiD"), "rmse"] > 2.0 * by.loc[("factors", "GSC"), "rmse"]
    assert by.loc[("factors", "DiD"), "coverage"] < by.loc[("factors", "GSC"), "coverage"]
    assert (study["failed"] == 0).all()


def test_simulation_study_names_designs_without_inference_and_those_that_refuse():
    def refuses(panel, seed):
        return difference_in_differences(panel.select(areas=panel.treated))

    designs = {"bare": lambda panel, seed: estimate_effect(panel, "did"), "refuses": refuses}
    study = simulation_study(designs, scenarios=["parallel"], effects=[0.0], repetitions=5, world=SMALL)
    by = study.set_index("design")
    assert by["interval"].tolist() == ["none", "none"]
    assert by["repetitions"].to_dict() == {"bare": 5, "refuses": 0}
    assert by["failed"].to_dict() == {"bare": 0.0, "refuses": 1.0}
    assert np.isfinite(by.loc["bare", ["mean_estimate", "sd", "rmse", "bias_error"]].astype(float)).all()
    assert by.loc[:, ["coverage", "rejection", "mean_length", "mean_standard_error"]].isna().all(axis=None)
    assert np.isnan(by.loc["refuses", "mean_estimate"])


def test_planted_worlds_are_what_they_say():
    world = World(areas=50, periods=10, treated=5, start=6, spill=4)
    plain, spill = (draw_panel("spillover", e, 3, world).outcome for e in (0.0, 2.0))
    change = spill - plain
    np.testing.assert_allclose(change[:5, 6:], 2.0)
    np.testing.assert_allclose(change[5:9, 6:], 1.0)
    assert np.abs(change[9:]).max() == 0.0
    ahead = (
        draw_panel("anticipation", 2.0, 3, world).outcome - draw_panel("anticipation", 0.0, 3, world).outcome
    )
    np.testing.assert_allclose(ahead[:5, 5], 1.0)
    with pytest.raises(InputError, match="'utopia' is not valid"):
        draw_panel("utopia", 1.0, 1)
    with pytest.raises(InputError, match="one control"):
        World(areas=10, treated=10)


def test_several_levels_and_methods_in_one_effect(panel):
    effect = synthetic_did(panel, inference=["jackknife", "placebo"], draws=30, levels=(0.5, 0.95))
    assert [i.level for i in effect.intervals] == [0.5, 0.95]
    assert effect.standard_error == effect.by("jackknife").standard_error
    frame = effect.intervals_frame()
    assert frame[["method", "level"]].drop_duplicates().shape == (4, 2)
    assert effect.interval(0.5).lower > effect.interval(0.95).lower
    with pytest.raises(InputError, match="no 'bootstrap'"):
        effect.by("bootstrap")


def test_weights_of_treated_areas_are_used():
    rng = np.random.default_rng(0)
    y = 0.01 * rng.normal(size=(20, 8))
    d = np.outer(np.arange(20) < 2, np.arange(8) >= 5)
    y[0] += 1.0 * d[0]
    y[1] += 4.0 * d[1]
    panel = Panel(y, d, pd.RangeIndex(20), pd.RangeIndex(8), weights=np.r_[3.0, 1.0, np.ones(18)])
    for design in ("did", "sc", "sdid", "gsc"):
        assert estimate_effect(panel, design).estimate == pytest.approx(1.75, abs=0.05)
    assert difference_in_differences(panel).estimate == pytest.approx(1.75, abs=0.05)


def test_covariates_of_synthetic_did_by_both_methods():
    rng = np.random.default_rng(8)
    x = rng.normal(size=(25, 12, 1))
    d = np.outer(np.arange(25) < 4, np.arange(12) >= 8)
    y = (
        rng.normal(size=(25, 1))
        + rng.normal(size=(1, 12))
        + 3.0 * x[:, :, 0]
        + 2.0 * d
        + 0.1 * rng.normal(size=(25, 12))
    )
    panel = Panel(y, d, pd.RangeIndex(25), pd.RangeIndex(12), covariates=x, covariate_names=("need",))
    projected = synthetic_did(panel, covariate_method="projected", inference="jackknife")
    assert projected.estimate == pytest.approx(2.0, abs=0.1)
    assert projected.diagnostics["coefficient of need"] == pytest.approx(3.0, abs=0.05)
    joint = synthetic_did(panel, inference="none", max_iterations=2000)
    assert joint.estimate == pytest.approx(2.0, abs=0.2)
    assert joint.diagnostics["coefficient of need"] == pytest.approx(3.0, abs=0.2)


def test_unbalanced_generalised_synthetic_control():
    rng = np.random.default_rng(4)
    y = rng.normal(size=(40, 2)) @ rng.normal(size=(2, 15)) + 0.05 * rng.normal(size=(40, 15))
    d = np.outer(np.arange(40) < 5, np.arange(15) >= 10)
    y = y + 1.5 * d
    full = generalised_synthetic_control(Panel(y, d, pd.RangeIndex(40), pd.RangeIndex(15)), inference="none")
    assert full.rank == 2
    holes = y.copy()
    holes[rng.random(y.shape) < 0.05] = np.nan
    some = generalised_synthetic_control(
        Panel(holes, d, pd.RangeIndex(40), pd.RangeIndex(15)), rank=2, inference="none", tolerance=1e-8
    )
    assert np.isfinite(some.ranks.loc[some.ranks["rank"] <= 3, "mspe"]).all()
    assert some.estimate == pytest.approx(1.5, abs=0.1)
    assert full.estimate == pytest.approx(1.5, abs=0.05)
