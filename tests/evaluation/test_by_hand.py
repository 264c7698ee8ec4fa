"""Every number of designs on small cases, against what libraries and plain sums give."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from healthdevo.evaluation import (
    Panel,
    effect_weights,
    event_study,
    group_time_effects,
    noise_floor,
    simulation_study,
    synthetic_control,
    synthetic_did,
)
from healthdevo.evaluation import simplex as solvers
from healthdevo.evaluation.result import Effect, Inference
from healthdevo.evaluation.simplex import ColumnProblems, frank_wolfe, frank_wolfe_gram, simplex_ridge
from healthdevo.evaluation.simulation import SCENARIOS, World, draw_panel
from healthdevo.results import Interval

N, T = 30, 7
LEVELS = (0.9, 0.99)


def drawn(starts, seed=0, **more):
    rng = np.random.default_rng(seed)
    d = np.zeros((N, T), dtype=bool)
    for area, start in starts.items():
        d[area, start:] = True
    y = rng.normal(size=(N, T)).cumsum(axis=1) + rng.normal(size=(N, 1)) + 1.5 * d
    return Panel(y, d, pd.RangeIndex(N), pd.RangeIndex(2010, 2010 + T), **more)


@pytest.fixture(scope="module")
def block():
    return drawn(dict.fromkeys(range(9), 4))


@pytest.fixture(scope="module")
def waves():
    return drawn(dict.fromkeys(range(6), 3) | dict.fromkeys(range(6, 16), 5))


@pytest.mark.parametrize(
    ("kind", "name"), [("clustered", "cluster"), ("iid", "nonrobust"), ("robust", "HC1")]
)
def test_event_study_by_dummies(waves, kind, name):
    study = event_study(waves, covariance=kind, levels=LEVELS)
    first = {i: 3 if i < 6 else 5 for i in range(16)}
    area, period = np.divmod(np.arange(N * T), T)
    relative = np.array([p - first.get(a, 10**6) for a, p in zip(area, period, strict=True)])
    kept = [k for k in range(-5, 4) if k != -1]
    x = np.column_stack(
        [relative == k for k in kept] + [period == p for p in range(1, T)] + [area == a for a in range(N)]
    ).astype(float)
    fit = sm.OLS(waves.outcome.ravel(), x).fit()
    free, m = N * T - x.shape[1], len(kept)
    if kind == "clustered":
        matrix = fit.get_robustcov_results("cluster", groups=area, use_correction=False).cov_params()
        matrix, df = matrix * N / (N - 1) * (N * T - 1) / (N * T - (m + T - 1) - 1), N - 1
    else:
        matrix, df = (
            (fit.cov_params() if kind == "iid" else fit.get_robustcov_results(name).cov_params()),
            free,
        )
    beta, matrix = fit.params[:m], np.asarray(matrix)[:m, :m]
    table = study.coefficients.set_index("relative")
    assert table.loc[-1].eq(0.0).all()
    assert table.index.tolist() == list(range(-5, 4))
    ours = table.loc[kept]
    error = np.sqrt(np.diag(matrix))
    np.testing.assert_allclose(ours["effect"], beta, atol=1e-9)
    np.testing.assert_allclose(ours["standard_error"], error, atol=1e-9)
    for level in LEVELS:
        t = stats.t.ppf((1 + level) / 2, df)
        np.testing.assert_allclose(ours[f"lower_{level:g}"], beta - t * error, atol=1e-8)
        np.testing.assert_allclose(ours[f"upper_{level:g}"], beta + t * error, atol=1e-8)
    np.testing.assert_allclose(study.covariance_matrix, matrix, atol=1e-10)
    before = np.array(kept) < 0
    wald = beta[before] @ np.linalg.solve(matrix[np.ix_(before, before)], beta[before]) / before.sum()
    assert study.pretrend_statistic == pytest.approx(wald, rel=1e-8)
    assert study.pretrend_p_value == pytest.approx(stats.f.sf(wald, before.sum(), df), rel=1e-8)
    share = np.array([{0: 16, 1: 16, 2: 6, 3: 6}.get(k, 0) for k in kept]) + 0.0
    share[[kept.index(0), kept.index(1)]] = 16
    share /= share.sum()
    estimate, spread = share @ beta, np.sqrt(share @ matrix @ share)
    assert study.estimate == pytest.approx(estimate, abs=1e-9)
    assert study.standard_error == pytest.approx(spread, abs=1e-9)
    assert study.by(kind).p_value == pytest.approx(2 * stats.t.sf(abs(estimate) / spread, df), rel=1e-8)
    for interval in study.intervals:
        t = stats.t.ppf((1 + interval.level) / 2, df)
        assert (interval.lower, interval.upper) == pytest.approx(
            (estimate - t * spread, estimate + t * spread)
        )
    assert study.pre_rmspe == pytest.approx(np.sqrt(np.mean([*beta[before] ** 2, 0.0])))
    assert study.post_rmspe == pytest.approx(np.sqrt(np.mean(beta[~before] ** 2)))
    assert study.diagnostics == {"degrees of freedom": df, "cohorts": 2.0}
    assert study.n == N * T
    assert study.path["lower"].tolist() == study.coefficients["lower_0.9"].tolist()


def test_periods_beyond_the_ends_are_pooled_with_them(block):
    table = event_study(block, earliest=-2, latest=1).coefficients.set_index("relative")["effect"]
    gap = block.outcome[:9].mean(axis=0) - block.outcome[9:].mean(axis=0)
    assert table[-2] == pytest.approx(gap[:3].mean() - gap[3])
    assert table[1] == pytest.approx(gap[5:].mean() - gap[3])
    assert event_study(block).path["period"].tolist() == list(range(2010, 2017))


def test_averages_of_group_time_effects_are_weighted_means_of_their_parts(waves):
    effects = group_time_effects(waves)
    cells = {
        (int(g), int(s)): e for g, s, e in zip(effects.groups, effects.times, effects.estimate, strict=True)
    }
    size = {3: 6, 5: 10}
    change = waves.outcome
    for (g, s), e in cells.items():
        base = g - 1 if s >= g else s - 1
        rows = slice(0, 6) if g == 3 else slice(6, 16)
        diff = change[:, s] - change[:, base]
        assert e == pytest.approx(diff[rows].mean() - diff[16:].mean())
    late = {k: e for k, e in cells.items() if k[1] >= k[0]}

    def mean(part):
        return np.average([late[k] for k in part], weights=[size[k[0]] for k in part])

    periods = {s: mean([k for k in late if k[1] == s]) for s in range(3, T)}
    calendar = effects.aggregate("calendar", draws=0)
    assert calendar.estimate == pytest.approx(np.mean(list(periods.values())))
    assert calendar.path["effect"].tolist() == pytest.approx(list(periods.values()))
    assert calendar.path["period"].tolist() == list(range(2013, 2017))
    assert calendar.path["relative"].tolist() == [0] * 4
    since = {k: mean([c for c in late if c[1] - c[0] == k]) for k in range(4)}
    dynamic = effects.aggregate("dynamic", draws=0)
    assert dynamic.estimate == pytest.approx(np.mean(list(since.values())))
    assert dynamic.path.set_index("relative")["effect"].loc[0:].tolist() == pytest.approx(
        list(since.values())
    )
    groups = {g: np.mean([e for k, e in late.items() if k[0] == g]) for g in size}
    group = effects.aggregate("group", draws=0)
    assert group.path["effect"].tolist() == pytest.approx(list(groups.values()))
    assert group.path["period"].tolist() == [2013, 2015]
    assert group.estimate == pytest.approx((6 * groups[3] + 10 * groups[5]) / 16)
    assert effects.aggregate("simple").estimate == pytest.approx(mean(list(late)))
    kept = effects.aggregate("dynamic", draws=0, earliest=-1, latest=2).path
    assert kept["relative"].tolist() == [-1, 0, 1, 2]
    balanced = effects.aggregate("dynamic", draws=0, balance=2)
    assert balanced.path["relative"].max() == 1 or balanced.path["relative"].max() == 2
    assert balanced.estimate == pytest.approx(np.mean([late[3, 3 + k] for k in range(3)]))
    assert group.post_rmspe == pytest.approx(np.sqrt(np.mean([e**2 for e in late.values()])))
    early = [e for k, e in cells.items() if k[1] < k[0]]
    assert group.pre_rmspe == pytest.approx(np.sqrt(np.mean(np.square(early))))


def test_one_group_against_another_is_welchs_test_in_every_period(block):
    effects = group_time_effects(block, base="universal", levels=LEVELS)
    path = effects.aggregate("dynamic", draws=0, levels=0.9).path.set_index("relative")
    for s in range(T):
        change = block.outcome[:, s] - block.outcome[:, 3]
        found = effects[(2014, 2010 + s)]
        assert found.n == (9 if s == 3 else N)
        if s == 3:
            assert (found.estimate, found.standard_error) == (0.0, 0.0)
            continue
        a, b = change[:9], change[9:]
        welch = stats.ttest_ind(a, b, equal_var=False)
        assert found.estimate == pytest.approx(a.mean() - b.mean())
        assert found.standard_error == pytest.approx(np.sqrt(a.var() / 9 + b.var() / (N - 9)))
        for interval in found.intervals:
            want = welch.confidence_interval(interval.level)
            assert (interval.lower, interval.upper) == pytest.approx((want.low, want.high))
        want = welch.confidence_interval(0.9)
        row = path.loc[s - 4]
        assert tuple(row[["lower", "upper"]]) == pytest.approx((want.low, want.high))
        assert tuple(row[["lower_simultaneous", "upper_simultaneous"]]) == pytest.approx(
            (want.low, want.high)
        )
        assert row["standard_error"] == pytest.approx(found.standard_error)
    mean = block.outcome[:, 4:].mean(axis=1) - block.outcome[:, 3]
    simple = effects.aggregate("simple", levels=LEVELS)
    welch = stats.ttest_ind(mean[:9], mean[9:], equal_var=False)
    assert simple.by("influence function").p_value == pytest.approx(welch.pvalue)
    for interval in simple.intervals:
        want = welch.confidence_interval(interval.level)
        assert (interval.lower, interval.upper) == pytest.approx((want.low, want.high))


def test_pre_trend_test_and_covariance_of_group_time_effects(block):
    effects = group_time_effects(block, base="universal")
    changes = np.delete(block.outcome - block.outcome[:, [3]], 3, axis=1)
    a, b = changes[:9], changes[9:]
    cov = np.cov(a.T, bias=True) / 9 + np.cov(b.T, bias=True) / (N - 9)
    relative, values, matrix = effects.dynamic_coefficients()
    assert relative.tolist() == [-4, -3, -2, 0, 1, 2]
    np.testing.assert_allclose(values, a.mean(axis=0) - b.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(matrix, cov, atol=1e-12)
    own = np.delete(np.delete(effects.covariance(), 3, axis=0), 3, axis=1)
    np.testing.assert_allclose(own, cov, atol=1e-12)
    gap = (a.mean(axis=0) - b.mean(axis=0))[:3]
    wald = gap @ np.linalg.solve(cov[:3, :3], gap)
    assert effects.pretrend_statistic == pytest.approx(wald)
    assert effects.pretrend_p_value == pytest.approx(stats.chi2.sf(wald, 3))


def test_simultaneous_limits_hold_all_periods_at_once(block):
    effects = group_time_effects(block, base="universal")
    path = effects.aggregate("dynamic", draws=20_000, seed=1).path.set_index("relative").drop(-1)
    changes = np.delete(block.outcome - block.outcome[:, [3]], 3, axis=1)
    cov = np.cov(changes[:9].T, bias=True) / 9 + np.cov(changes[9:].T, bias=True) / (N - 9)
    scale = np.sqrt(np.diag(cov))
    draws = np.random.default_rng(5).multivariate_normal(np.zeros(6), cov / np.outer(scale, scale), 40_000)
    critical = np.quantile(np.abs(draws).max(axis=1), 0.95)
    for k, s in zip(path.index, [0, 1, 2, 3, 4, 5], strict=True):
        df = stats.ttest_ind(changes[:9, s], changes[9:, s], equal_var=False).df
        wide = np.sqrt(changes[:9, s].var(ddof=1) / 9 + changes[9:, s].var(ddof=1) / (N - 9))
        half = stats.t.isf(stats.norm.sf(critical), df) * wide
        row = path.loc[k]
        assert row["upper_simultaneous"] - row["effect"] == pytest.approx(half, rel=0.03)
        assert row["effect"] - row["lower_simultaneous"] == pytest.approx(half, rel=0.03)


def test_an_empty_comparison_says_so_and_adds_nothing(waves):
    y = waves.outcome.copy()
    y[:6, 4] = np.nan
    effects = group_time_effects(Panel(y, waves.treatment, waves.areas, waves.periods))
    place = [tuple(i) for i in effects.index].index((2013, 2014))
    found = effects[(2013, 2014)]
    assert np.isnan(found.estimate)
    assert found.n == 0
    assert "no treated area is observed in both periods" in found.reason
    assert not effects.influence[:, place].any()
    assert not effects.covariance()[place].any()
    y[16:, 4] = np.nan
    effects = group_time_effects(Panel(y, waves.treatment, waves.areas, waves.periods))
    assert "no comparison area" in effects[(2015, 2014)].reason


@pytest.mark.parametrize("design", ["plain", "synthetic control", "synthetic did"])
def test_the_noise_floor_is_the_noise_of_the_weights(block, design):
    effect = {
        "plain": lambda: None,
        "synthetic control": lambda: synthetic_control(block, inference="none"),
        "synthetic did": lambda: synthetic_did(block, inference="none"),
    }[design]()
    weights = effect_weights(block, effect)
    total = float((weights * block.outcome).sum())
    if effect is not None:
        assert total == pytest.approx(effect.estimate, abs=1e-9)
    else:
        gap = block.outcome[:9].mean(axis=0) - block.outcome[9:].mean(axis=0)
        assert total == pytest.approx(gap[4:].mean() - gap[:4].mean())
    errors = 0.1 + np.random.default_rng(2).uniform(size=(N, T))
    floor = noise_floor(block, errors, effect, levels=LEVELS)
    variance = (weights * errors) ** 2
    assert floor.estimate == pytest.approx(total, abs=1e-9)
    assert floor.standard_error == pytest.approx(np.sqrt(variance.sum()))
    assert floor.detectable == pytest.approx(2.801585 * floor.standard_error, rel=1e-6)
    assert floor.n == N * T
    np.testing.assert_allclose(floor.table["variance"], variance.sum(axis=1))
    assert floor.table["treated"].tolist() == [True] * 9 + [False] * (N - 9)
    for interval in floor.intervals:
        want = stats.norm.interval(interval.level, total, floor.standard_error)
        assert (interval.lower, interval.upper) == pytest.approx(want)
    if effect is None:
        assert np.isnan(floor.ratio)
        assert floor.sentence.endswith("in the effect.")
    for reported, word in ((2.0, "at least"), (0.5, "less than"), (1.0, "at least")):
        given = Effect(
            "effect",
            total,
            reported * floor.standard_error,
            (),
            4,
            "m",
            weights=getattr(effect, "weights", None),
        )
        if effect is None:
            told = noise_floor(block, errors, given)
            # without weights of its own the difference of mean differences stands in
            assert told.ratio == pytest.approx(given.standard_error / told.standard_error)
            assert word in told.sentence


def steps_by_hand(a, b, zeta, x, decrease, most):
    """The published search: step towards the column of least gradient, as far as it helps."""
    m, x, before = len(b), x.copy(), None
    for t in range(1, most + 1):
        gradient = a.T @ (a @ x - b) + m * zeta**2 * x
        towards = np.eye(len(x))[np.argmin(gradient)] - x
        curve = ((a @ towards) ** 2).sum() + m * zeta**2 * (towards**2).sum()
        value = ((a @ x - b) ** 2).sum() / m + zeta**2 * (x**2).sum()
        x = x + min(1.0, max(0.0, -(gradient @ towards) / curve)) * towards
        before, value = value, ((a @ x - b) ** 2).sum() / m + zeta**2 * (x**2).sum()
        if t >= 2 and before - value <= decrease**2:
            return x, t
    return x, most


@pytest.mark.parametrize("most", [1, 2, 3, 400])
@pytest.mark.parametrize("zeta", [0.0, 0.4])
def test_all_forms_of_the_search_make_the_published_steps(zeta, most):
    rng = np.random.default_rng(8)
    pool, target = rng.normal(size=(5, 8)), rng.normal(size=(3, 5))
    columns = np.tile(np.arange(8), (3, 1))
    start = rng.dirichlet(np.ones(8), 3)
    decrease = 1e-4
    want = [steps_by_hand(pool, b, zeta, s, decrease, most) for b, s in zip(target, start, strict=True)]
    alone = [
        frank_wolfe(ColumnProblems(pool, columns[:1], b[None]), zeta, s[None], decrease, most)
        for b, s in zip(target, start, strict=True)
    ]
    together = frank_wolfe(ColumnProblems(pool, columns, target), zeta, start, decrease, most)
    wide = ColumnProblems(np.hstack([pool, 9.0 + pool, pool[:, :4]]), columns, target)
    looked_up = frank_wolfe(wide, zeta, start, decrease, most)
    shifted = [pool - b[:, None] for b in target]
    gram = frank_wolfe_gram(
        np.array([c.T @ c for c in shifted]), np.full(3, 5.0), zeta, start, decrease, most
    )
    for d in range(3):
        weights, steps = want[d]
        for x, t in (
            (alone[d][0][0], alone[d][1][0]),
            *((w[0][d], w[1][d]) for w in (together, looked_up, gram)),
        ):
            np.testing.assert_allclose(x, weights, atol=1e-9)
            assert t == steps


def test_the_ridge_solver_needs_no_second_solver(monkeypatch):
    rng = np.random.default_rng(9)
    pool, target = 3.0 * rng.normal(size=(6, 14)), 5.0 * rng.normal(size=(12, 6))
    counts = rng.integers(0, 3, (12, 14)) + 0.0
    counts[:, 0] += 1
    for zeta in (0.02, 0.3, 2.0):
        weights = {}
        with monkeypatch.context() as patch:
            patch.setattr(solvers, "simplex_least_squares", lambda *_, **__: 1 / 0)
            weights = simplex_ridge(pool, counts, target, zeta)
        for d in range(12):
            chosen = np.repeat(np.arange(14), counts[d].astype(int))
            each = solvers.simplex_least_squares(pool[:, chosen], target[d], ridge=6 * zeta**2)
            np.testing.assert_allclose(weights[d], np.bincount(chosen, each, minlength=14), atol=1e-7)


def test_simulation_study_counts_what_its_designs_return():
    seen = []

    def design(panel, seed):
        seen.append((float(panel.outcome.sum()), seed))
        k = seed - 3
        if k == 4:
            from healthdevo.errors import InputError

            raise InputError("design: no")
        intervals = (
            ()
            if k == 3
            else (Interval(0.8, -9.0, 9.0), Interval(0.9, k - 1.2, np.inf if k == 2 else k + 0.9))
        )
        error = np.nan if k == 3 else 0.5 + k
        one = Inference("made up", error, intervals)
        return Effect("effect", k + 0.25, error, intervals, 4, "m").with_inference(one)

    study = simulation_study(
        {"made up": design},
        scenarios=["spillover", "parallel"],
        effects=[0.0, 1.0],
        repetitions=5,
        level=0.9,
        seed=3,
    )
    assert study["scenario"].tolist() == ["spillover"] * 2 + ["parallel"] * 2
    assert study["effect"].tolist() == [0.0, 1.0] * 2
    want = [
        float(draw_panel(s, e, np.random.default_rng([3, SCENARIOS.index(s), r])).outcome.sum())
        for s in ("spillover", "parallel")
        for e in (0.0, 1.0)
        for r in range(5)
    ]
    assert [a for a, _ in seen] == pytest.approx(want)
    estimates = np.array([0.25, 1.25, 2.25, 3.25])
    for row in study.itertuples():
        assert row.repetitions == 4
        assert row.mean_estimate == 1.75
        assert row.bias == 1.75 - row.effect
        assert row.sd == pytest.approx(np.sqrt(5 / 3))
        assert row.rmse == pytest.approx(np.sqrt(((estimates - row.effect) ** 2).mean()))
        assert row.mean_standard_error == pytest.approx(1.5)
        covered = {0.0: 2 / 3, 1.0: 2 / 3}[row.effect]  # (-1.2, 0.9), (-0.2, 1.9), (0.8, inf)
        assert row.coverage == pytest.approx(covered)
        assert row.rejection == pytest.approx(1 / 3)
        assert row.mean_length == pytest.approx(2.1)
        assert row.unbounded == pytest.approx(1 / 4)
        assert row.bias_error == pytest.approx(np.sqrt(5 / 3) / 2)
        assert row.coverage_error == pytest.approx(np.sqrt(covered * (1 - covered) / 3))
        assert row.failed == pytest.approx(1 / 5)


def test_scenarios_plant_what_they_say():
    world = World(areas=40, periods=9, treated=5, start=6, spill=7, noise=2.0)

    def planted(scenario):
        with_it, without = (draw_panel(scenario, e, 4, world).outcome for e in (3.0, 0.0))
        return with_it - without

    late = (np.arange(40)[:, None] < 5) & (np.arange(9) >= 6)
    for scenario in SCENARIOS:
        want = 3.0 * late
        if scenario == "spillover":
            want = want + 1.5 * (
                (np.arange(40)[:, None] >= 5) & (np.arange(40)[:, None] < 12) & (np.arange(9) >= 6)
            )
        if scenario == "anticipation":
            want = want + 1.5 * ((np.arange(40)[:, None] < 5) & (np.arange(9) == 5))
        np.testing.assert_allclose(planted(scenario), want, atol=1e-9)


def test_simulated_noise_and_factors_have_the_size_and_memory_they_say():
    world = World(areas=6000, periods=6, treated=2000, start=3, noise=2.0, autocorrelation=0.4, selection=0.0)

    def left(y):
        y = y - y.mean(axis=0)
        return y - y.mean(axis=1, keepdims=True)

    correlation = 0.4 ** np.abs(np.subtract.outer(np.arange(6), np.arange(6)))
    centre = np.eye(6) - 1 / 6
    want = 4.0 * centre @ correlation @ centre
    y = left(draw_panel("parallel", 0.0, 1, world).outcome)
    np.testing.assert_allclose(y.T @ y / 6000, want, atol=0.25)
    for scenario, count in (("factors", 2), ("many factors", 4)):
        strengths = np.array([1.0, 1.0, 0.4, 0.4][:count])
        y = left(draw_panel(scenario, 0.0, 1, world).outcome)
        factors = np.trace(y.T @ y / 6000 - want)
        assert factors == pytest.approx((2.0 * 1.5) ** 2 * 6 * (strengths**2).sum() / count, rel=0.06)
    shifted = World(
        areas=6000, periods=6, treated=3000, start=3, noise=2.0, autocorrelation=0.4, selection=0.7
    )
    gap = draw_panel("factors", 0.0, 1, shifted).outcome
    gap = gap[:3000].mean(axis=0) - gap[3000:].mean(axis=0)
    plain = draw_panel("factors", 0.0, 1, World(**{**vars(shifted), "selection": 0.0})).outcome
    plain = plain[:3000].mean(axis=0) - plain[3000:].mean(axis=0)
    lines = (gap - plain) / (0.7 * 2.0 * 1.5 / np.sqrt(2))
    # two lines of variance one, each with either sign
    assert np.mean(lines**2) == pytest.approx(2.0, abs=2.0)
    assert np.mean(lines**2) > 0.01
