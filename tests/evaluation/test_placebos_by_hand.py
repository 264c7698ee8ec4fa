"""Placebo tests, paths and results of designs by plain sums."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.evaluation import (
    Panel,
    difference_in_differences,
    disjoint_placebo_test,
    imputation,
    in_time,
    leave_one_treated_out,
    placebo_test,
    standard_errors_from_counts,
    standard_errors_from_intervals,
    standardised_rate_noise,
    two_by_two,
)
from healthdevo.evaluation.disjoint import _intervals
from healthdevo.evaluation.few_areas import few, spread_of_groups, stretched_by_few
from healthdevo.evaluation.result import (
    Effect,
    Inference,
    average_paths,
    exact_fit,
    permutation_intervals,
    rms,
)
from healthdevo.results import Interval

N, T, FIRST = 26, 8, 5


def panel_of(seed=1, size=3, lift=2.0, **more):
    d = np.outer(np.arange(N) < size, np.arange(T) >= FIRST)
    y = np.random.default_rng(seed).normal(size=(N, T)).cumsum(axis=1) + lift * d
    return Panel(y, d, pd.RangeIndex(N), pd.RangeIndex(2010, 2010 + T), **more)


@pytest.fixture(scope="module")
def panel():
    return panel_of(weights=1.0 + np.arange(N) % 4)


def gap_of(panel, members, rest):
    w = panel.weights

    def mean(rows):
        return np.average(panel.outcome[rows], axis=0, weights=w[rows])

    gap = mean(members) - mean(rest)
    return gap - gap[:FIRST].mean()


@pytest.mark.parametrize("lift", [2.0, -2.0, 0.2])
def test_a_placebo_test_counts_groups(lift):
    panel = panel_of(lift=lift)
    groups = np.array([np.random.default_rng(s).choice(np.arange(3, N), 3, replace=False) for s in range(39)])
    found = placebo_test(panel, "did", groups=groups, levels=(0.5, 0.9))
    controls = np.arange(3, N)
    gaps = np.array([gap_of(panel, g, np.setdiff1d(controls, g)) for g in groups])
    mine = gap_of(panel, np.arange(3), controls)
    effects, effect = gaps[:, FIRST:].mean(axis=1), mine[FIRST:].mean()
    np.testing.assert_allclose(found.effects, effects)
    assert found.estimate == pytest.approx(effect)

    def ratio(gap):
        return np.sqrt((gap[FIRST:] ** 2).mean() / (gap[:FIRST] ** 2).mean())

    ratios = np.array([ratio(g) for g in gaps])
    np.testing.assert_allclose(found.ratios, ratios)
    assert found.ratio == pytest.approx(ratio(mine))
    assert found.rank == 1 + (np.abs(effects) >= abs(effect)).sum()
    assert found.rank_ratio == 1 + (ratios >= ratio(mine)).sum()
    assert found.p_absolute == pytest.approx(found.rank / 40)
    assert found.p_ratio == pytest.approx(found.rank_ratio / 40)
    side = (effects >= effect).sum() if effect > 0 else (effects <= effect).sum()
    assert found.p_one_sided == pytest.approx((1 + side) / 40)
    assert found.standard_error == pytest.approx(effects.std())
    assert found.n == 40
    sizes = np.sort(np.abs(effects))[::-1]
    for interval, count in zip(found.intervals, (20, 4), strict=True):
        assert (interval.lower, interval.upper) == pytest.approx(
            (effect - sizes[count - 1], effect + sizes[count - 1])
        )
    told = found.as_inference()
    assert (told.p_value, told.standard_error) == (found.p_absolute, found.standard_error)
    assert f"among 40 groups, the treated and 39 {found.kind}" in found.sentence
    assert found.caution


def test_permutation_intervals_by_trying_effects():
    rng = np.random.default_rng(2)
    placebos = np.append(rng.normal(size=29), np.nan)
    for level in (0.5, 0.8, 0.9, 0.96):
        (found,) = permutation_intervals(0.7, placebos, (level,))
        known = placebos[:-1]

        def rejected(effect, level=level, known=known):
            share = (1 + (np.abs(known) >= abs(0.7 - effect)).sum()) / 30
            return share <= 1 - level + 1e-9

        assert not rejected(found.upper - 1e-6)
        assert rejected(found.upper + 1e-6)
        assert not rejected(found.lower + 1e-6)
        assert rejected(found.lower - 1e-6)
    (wide,) = permutation_intervals(0.7, placebos, (0.97,))
    assert (wide.lower, wide.upper) == (-np.inf, np.inf)


def test_disjoint_blocks_are_counted_cut_by_cut():
    row, column = np.divmod(np.arange(N), 5)
    touch = np.abs(row[:, None] - row) + np.abs(column[:, None] - column) == 1
    panel = panel_of(lift=-1.0)
    found = disjoint_placebo_test(panel, touch, partitions=12, levels=(0.5, 0.6))
    controls = np.arange(3, N)
    effects = np.array([gap_of(panel, g, np.setdiff1d(controls, g))[FIRST:].mean() for g in found.groups])
    np.testing.assert_allclose(found.effects, effects)
    effect, start = found.estimate, 0
    table = found.partitions
    p = []
    for cut in table.itertuples():
        part = effects[start : start + cut.blocks]
        start += cut.blocks
        larger = (np.abs(part) >= abs(effect)).sum()
        assert cut.unassigned == 23 - 3 * cut.blocks
        assert cut.rank == 1 + larger
        assert cut.p_value == pytest.approx((1 + larger) / (cut.blocks + 1))
        assert cut.smallest == pytest.approx(1 / (cut.blocks + 1))
        assert cut.p_one_sided == pytest.approx(
            (1 + (np.sign(effect) * part >= abs(effect)).sum()) / (cut.blocks + 1)
        )
        p.append((1 + larger) / (cut.blocks + 1))
    assert start == len(effects)
    assert found.p_mean == pytest.approx(np.mean(p))
    assert (found.p_minimum, found.p_maximum) == pytest.approx((min(p), max(p)))
    assert found.share_first == pytest.approx((table["rank"] == 1).mean())
    assert found.standard_error == pytest.approx(effects.std())
    counts = table["blocks"].to_numpy()

    def mean_p(size):
        parts = np.split(np.abs(effects), np.cumsum(counts)[:-1])
        return np.mean([(1 + (part >= size).sum()) / (len(part) + 1) for part in parts])

    for interval in _intervals(effect, effects, counts, (0.5, 0.6)):
        half = interval.upper - effect
        assert effect - interval.lower == pytest.approx(half)
        assert mean_p(half - 1e-9) > 1 - interval.level
        assert mean_p(half + 1e-9) <= 1 - interval.level
    assert np.isinf(_intervals(0.0, effects, counts, (0.95,))[0].upper)
    with pytest.raises(InputError, match="partitions"):
        disjoint_placebo_test(panel, touch, partitions=0)


def test_the_path_of_two_way_effects_is_the_gap_of_weighted_means(panel):
    effect = difference_in_differences(panel)
    gap = gap_of(panel, np.arange(3), np.arange(3, N))
    np.testing.assert_allclose(effect.path["effect"], gap)
    w = panel.weights
    np.testing.assert_allclose(effect.path["treated"], np.average(panel.outcome[:3], axis=0, weights=w[:3]))
    np.testing.assert_allclose(effect.path["counterfactual"], effect.path["treated"] - gap)
    assert effect.path["areas"].eq(3).all()
    assert effect.path["relative"].tolist() == list(range(-5, 3))
    assert effect.path["period"].tolist() == list(range(2010, 2018))
    assert effect.estimate == pytest.approx(gap[FIRST:].mean())
    assert effect.pre_rmspe == pytest.approx(np.sqrt((gap[:FIRST] ** 2).mean()))
    assert effect.post_rmspe == pytest.approx(np.sqrt((gap[FIRST:] ** 2).mean()))
    assert effect.rmspe_ratio == pytest.approx(effect.post_rmspe / effect.pre_rmspe)


def test_imputation_of_one_cohort_is_welchs_test_of_mean_changes():
    panel = panel_of(size=8)
    found = imputation(panel, levels=(0.8, 0.95))
    change = panel.outcome[:, FIRST:].mean(axis=1) - panel.outcome[:, :FIRST].mean(axis=1)
    welch = stats.ttest_ind(change[:8], change[8:], equal_var=False)
    assert found.estimate == pytest.approx(change[:8].mean() - change[8:].mean())
    inference = found.by("clustered")
    assert inference.p_value == pytest.approx(welch.pvalue)
    assert inference.standard_error == pytest.approx(np.sqrt(change[:8].var() / 8 + change[8:].var() / 18))
    for interval in found.intervals:
        want = welch.confidence_interval(interval.level)
        assert (interval.lower, interval.upper) == pytest.approx((want.low, want.high))
    assert found.n == N * T
    assert found.diagnostics == {"treated observations": 24.0}


def test_made_up_starts_and_areas_left_out():
    panel = panel_of()
    table = in_time(panel, "did")
    assert table["start"].tolist() == [2013, 2014]
    assert table["periods"].tolist() == [2, 1]
    gap = panel.outcome[:3, :FIRST].mean(axis=0) - panel.outcome[3:, :FIRST].mean(axis=0)
    for row in table.itertuples():
        s = row.start - 2010
        assert row.effect == pytest.approx(gap[s:].mean() - gap[:s].mean())
    assert in_time(panel, "did", starts=[2012])["effect"].item() == pytest.approx(
        gap[2:].mean() - gap[:2].mean()
    )
    with pytest.raises(InputError, match="2011"):
        in_time(panel, "did", starts=[2011])
    with pytest.raises(InputError, match="2015"):
        in_time(panel, "did", starts=[2015])
    out = leave_one_treated_out(panel, "did").set_index("left_out")["effect"]
    for area in range(3):
        rows = [i for i in range(3) if i != area]
        want = panel.outcome[rows].mean(axis=0) - panel.outcome[3:].mean(axis=0)
        assert out[str(area)] == pytest.approx(want[FIRST:].mean() - want[:FIRST].mean())


def test_two_by_two_is_welch_like_in_its_parts():
    rng = np.random.default_rng(0)
    d, p = np.repeat([0, 0, 1, 1], 9), np.tile(np.repeat([0, 1], 9), 2)
    y = rng.normal(size=36) + d + 2 * p + 3 * d * p
    y = np.append(y, np.nan)
    d, p = np.append(d, 1), np.append(p, 1)
    found = two_by_two(y, d, p, levels=(0.8, 0.95))
    means = [[y[:-1][(d[:-1] == a) & (p[:-1] == b)].mean() for b in (0, 1)] for a in (0, 1)]
    tau = means[1][1] - means[1][0] - means[0][1] + means[0][0]
    within = sum(
        ((y[:-1][(d[:-1] == a) & (p[:-1] == b)] - means[a][b]) ** 2).sum() for a in (0, 1) for b in (0, 1)
    )
    error = np.sqrt(within / 32 * 4 / 9)
    assert (found.estimate, found.standard_error) == pytest.approx((tau, error))
    assert found.by("iid").p_value == pytest.approx(2 * stats.t.sf(abs(tau) / error, 32))
    for interval in found.intervals:
        assert (interval.lower, interval.upper) == pytest.approx(
            stats.t.interval(interval.level, 32, tau, error)
        )
    assert found.diagnostics == {"degrees of freedom": 32.0, "missing outcomes": 1.0}
    assert found.n == 36
    want = [means[0][0], means[1][0] - means[0][0], means[0][1] - means[0][0], tau]
    np.testing.assert_allclose(found.table["coefficient"], want)


def test_errors_of_counts_and_published_limits():
    rate, error = standardised_rate_noise(
        [[4.0, 9.0], [0.0, 1.0]], [[100.0, 300.0], [50.0, 20.0]], [3.0, 1.0], per=10.0
    )
    np.testing.assert_allclose(rate, [10 * (0.75 * 0.04 + 0.25 * 0.03), 10 * 0.25 / 20])
    np.testing.assert_allclose(
        error, [10 * np.sqrt((0.75 * 2 / 100) ** 2 + (0.25 * 3 / 300) ** 2), 10 * 0.25 / 20]
    )
    low, high = stats.norm.interval(0.8, 5.0, 0.3)
    assert standard_errors_from_intervals([low], [high], levels=0.8)[0] == pytest.approx(0.3)
    assert standard_errors_from_counts([9.0], [9.0])[0] == 3.0
    with pytest.raises(InputError):
        standard_errors_from_counts([9.0], [0.0])


def test_small_helpers_at_their_edges():
    assert few(19, 100)
    assert few(100, 19)
    assert not few(20, 20)
    assert stretched_by_few(2.0, 40, 5) == pytest.approx((2.0 * np.sqrt(5 / 4), 4.0))
    scores = np.array([[1.0], [-1.0], [2.0], [-2.0], [0.5]])
    error, df = spread_of_groups(scores, np.array([0, 0, 1, 1, 2]))
    # groups of two are doubled, the lone area is not and adds no degrees of freedom
    total = 2 * 2 + 2 * 8 + 0.25
    assert error[0] == pytest.approx(np.sqrt(total))
    assert df[0] == pytest.approx(total**2 / (4**2 + 16**2))
    assert spread_of_groups(0 * scores, np.array([0, 0, 1, 1, 2]))[1][0] == np.inf
    assert rms(np.array([3.0, np.nan, 4.0])) == pytest.approx(np.sqrt(12.5))
    assert exact_fit(np.array([[1.0, 5.0]])) == pytest.approx(2e-4)
    frames = [
        pd.DataFrame(
            {"relative": [-1, 0], "effect": [0.0, 4.0], "treated": [1.0, 2.0], "mass": 3.0, "areas": 2}
        ),
        pd.DataFrame(
            {"relative": [0, 1], "effect": [8.0, 5.0], "treated": [6.0, 7.0], "mass": 1.0, "areas": 1}
        ),
    ]
    mean = average_paths(frames).set_index("relative")
    assert mean["effect"].tolist() == [0.0, 5.0, 5.0]
    assert mean["treated"].tolist() == [1.0, 3.0, 7.0]
    assert mean["areas"].tolist() == [2, 3, 1]


def test_methods_of_inference_stand_side_by_side():
    effect = Effect(
        "effect", 1.0, np.nan, (), 4, "m; old", unit="years", design="a design", reason="none yet"
    )
    one = Inference("first", 0.5, (Interval(0.9, 0.1, 1.9),), 0.04, caution="Careful.")
    two = Inference("second", np.nan, (), reason="too few")
    both = effect.with_inference(one).with_inference(two)
    assert (both.standard_error, both.reason, both.caution, both.method) == (0.5, "", "Careful.", "m; first")
    frame = both.intervals_frame()
    assert frame["method"].tolist() == ["first", "second"]
    assert frame.loc[0, ["estimate", "standard_error", "p_value", "level", "lower", "upper"]].tolist() == [
        1,
        0.5,
        0.04,
        0.9,
        0.1,
        1.9,
    ]
    assert frame.loc[1, ["lower", "upper"]].isna().all()
    assert both.by("second").reason == "too few"
    with pytest.raises(InputError, match="computed methods: first, second"):
        both.by("third")
    assert np.isnan(both.rmspe_ratio)
    assert both.fit_sentence == "The fit before treatment was not computed for this design."
    exact = Effect("effect", 1.0, 0.1, (), 4, "m", pre_rmspe=0.0, post_rmspe=2.0, unit="years")
    assert exact.rmspe_ratio == np.inf
    known = Effect("effect", 1.0, 0.1, (), 4, "m", pre_rmspe=0.5, post_rmspe=2.0, unit="years")
    assert known.rmspe_ratio == 4.0
    assert known.fit_sentence == "Before treatment the counterfactual missed by 0.5 years (root mean square)."
