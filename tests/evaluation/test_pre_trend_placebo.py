"""Earlier trends against placebo groups: against loops and the event study, its size, and when clustered errors are warned of."""

from dataclasses import replace

import numpy as np
import pytest
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.evaluation import (
    Panel,
    RegionalWorld,
    contiguous_groups,
    draw_regional_panel,
    event_study,
    group_time_effects,
    pretrend_placebo_test,
    random_groups,
    sensitivity_of_event_study,
)
from healthdevo.evaluation.pre_trend_caution import pretrend_caution

WORLD = RegionalWorld(areas=64, width=8, treated=4, noise=2.0, autocorrelation=0.3)


@pytest.fixture(scope="module")
def panel():
    drawn = draw_regional_panel(0.0, 8, WORLD, trend=0.7)
    return replace(drawn, weights=np.random.default_rng(1).uniform(0.5, 2.0, 64))


@pytest.fixture(scope="module")
def groups(panel):
    return contiguous_groups(panel.with_treatment({}), WORLD.adjacency, size=4, draws=50, seed=2)


def gaps(panel, members):
    rest = np.setdiff1d(np.arange(64), members)
    w, y = panel.weights, panel.outcome
    return np.average(y[members], weights=w[members], axis=0) - np.average(y[rest], weights=w[rest], axis=0)


def test_slopes_and_leads_are_those_of_each_group(panel, groups):
    test = pretrend_placebo_test(panel, groups)
    lines = [gaps(panel, g)[:5] for g in (np.flatnonzero(panel.treated), *groups)]
    assert any(panel.treated[g].any() for g in groups)  # before treatment all are untreated
    slopes = np.array([np.polyfit(np.arange(5), line, 1)[0] for line in lines])
    np.testing.assert_allclose([test.estimate, *test.effects], slopes, atol=1e-12)
    assert test.p_absolute == (1 + (np.abs(slopes[1:]) >= abs(slopes[0])).sum()) / 51
    leads = np.array([line[:4] - line[4] for line in lines])
    np.testing.assert_allclose(test.leads["effect"], leads[0])
    assert test.leads["relative"].tolist() == [-5, -4, -3, -2]
    largest = pretrend_placebo_test(panel, groups, statistic="largest")
    values = np.abs(leads / np.sqrt((leads**2).mean(axis=0))).max(axis=1)
    np.testing.assert_allclose([largest.estimate, *largest.effects], values)
    assert (largest.intervals, np.isnan(largest.p_one_sided)) == ((), True)
    assert "no interval" not in largest.sentence
    assert "does not show that trends were parallel" in largest.sentence


def test_the_wald_statistic_is_that_of_the_event_study_up_to_one_factor(panel, groups):
    test = pretrend_placebo_test(panel, groups[:8], statistic="wald")
    start = panel.periods[5]
    own = [
        event_study(panel.with_treatment(dict.fromkeys(panel.areas[g], start))).pretrend_statistic
        for g in groups[:8]
    ]
    ratios = test.effects / own
    np.testing.assert_allclose(ratios, ratios[0], rtol=1e-6)
    mine = test.estimate / event_study(panel).pretrend_statistic
    assert mine == pytest.approx(ratios[0], rel=1e-6)


@pytest.mark.parametrize("statistic", ["slope", "largest", "wald"])
def test_order_units_and_origins_do_not_matter(panel, groups, statistic):
    test = pretrend_placebo_test(panel, groups, statistic=statistic)
    order = np.random.default_rng(0).permutation(64)
    mixed = Panel(
        panel.outcome[order], panel.treatment[order], panel.areas[order], panel.periods, panel.weights[order]
    )
    assert pretrend_placebo_test(mixed, groups, statistic=statistic).estimate == pytest.approx(test.estimate)
    y = 1000.0 - 3.0 * panel.outcome + np.arange(64)[:, None] + np.arange(10) ** 2
    other = pretrend_placebo_test(
        replace(panel, outcome=y, periods=panel.periods * 12), groups, statistic=statistic
    )
    factor = -3.0 if statistic == "slope" else 1.0
    assert other.estimate == pytest.approx(factor * test.estimate)
    np.testing.assert_allclose(other.effects, factor * test.effects, rtol=1e-6)


@pytest.mark.parametrize("treated", [1, 2, 10])
@pytest.mark.parametrize(
    "kind",
    [{"autocorrelation": 0.6}, {"shared": 0.5}, {"unequal": 0.5}],
    ids=["serial", "spatial", "unequal"],
)
def test_it_keeps_its_size_where_clustered_errors_do_not(treated, kind):
    world = RegionalWorld(areas=100, width=10, treated=treated, **kind)
    slope, wald, own = [], [], []
    for seed in range(60):
        drawn = draw_regional_panel(0.0, 1000 * treated + seed, world)
        anywhere = drawn.with_treatment({})
        blocks = contiguous_groups(anywhere, world.adjacency, size=treated, draws=39, seed=seed)
        slope.append(pretrend_placebo_test(drawn, blocks).p_absolute)
        wald.append(pretrend_placebo_test(drawn, blocks, statistic="wald").p_absolute)
        if treated == 2 and seed < 10:
            own.append(event_study(drawn).pretrend_p_value)
    for p in (slope, wald):  # a tenth, within three simulation errors
        assert np.mean(np.array(p) <= 0.1) <= 0.1 + 3 * 0.039
    if treated == 2:
        assert np.mean(np.array(own) <= 0.05) > 0.8


def test_it_finds_a_trend(panel):
    world = RegionalWorld(areas=144, width=12, treated=10)
    p = []
    for seed in range(30):
        drawn = draw_regional_panel(0.0, seed, world, trend=0.5)
        p.append(pretrend_placebo_test(drawn, random_groups(drawn, draws=99, seed=seed)).p_absolute)
    assert np.mean(np.array(p) <= 0.05) > 0.8


def rejects(treated, areas, leads, repetitions=1000):
    """Share of panels without trends that the Wald test of an event study rejects, by its closed form."""
    rng = np.random.default_rng(0)
    found = 0
    for _ in range(repetitions):
        p, _ = closed_form(rng.normal(size=(areas, leads + 1)), treated)
        found += p <= 0.05
    return found / repetitions


def closed_form(y, treated):
    """p-value and coefficients of leads, the last column being the reference and the first areas treated."""
    (n, t), leads = y.shape, y[:, :-1] - y[:, -1:]
    own, rest = leads[:treated], leads[treated:]
    gap = own.mean(axis=0) - rest.mean(axis=0)
    sides = (own, treated), (rest, n - treated)
    spread = sum(np.atleast_2d(np.cov(side.T, ddof=0)) / size for side, size in sides) * n / (n - 1)
    return stats.f.sf(gap @ np.linalg.solve(spread, gap) / (t - 1), t - 1, n - 1), gap


def test_the_closed_form_is_the_event_study():
    y = np.random.default_rng(1).normal(size=(60, 7))
    y[:, 5:] = y[:, :5].mean(axis=1, keepdims=True)  # after treatment nothing to fit
    study = event_study(Panel(y, np.outer(np.arange(60) < 8, np.arange(7) >= 5), range(60), range(7)))
    p, gap = closed_form(y[:, :5], 8)
    np.testing.assert_allclose(study.coefficients["effect"].to_numpy()[:4], gap)
    assert p == pytest.approx(study.pretrend_p_value, rel=0.25)  # but for the count of degrees of freedom


def test_the_caution_is_given_where_the_test_finds_too_much():
    assert "10 treated areas" in pretrend_caution(10, 252, 4)
    assert rejects(10, 262, 4) > 0.22
    assert "1 treated area this" in pretrend_caution(1, 261, 1)
    assert "15 untreated areas" in pretrend_caution(100, 15, 1)
    assert pretrend_caution(40, 222, 4) == ""
    assert rejects(40, 262, 4) < 0.1
    assert pretrend_caution(20, 242, 2) == ""
    assert rejects(20, 262, 2) < 0.1
    assert pretrend_caution(10, 252, 0) == ""


def test_event_study_and_group_time_effects_carry_the_caution():
    few = draw_regional_panel(0.0, 3, RegionalWorld(treated=10, areas=100, width=10))
    many = draw_regional_panel(0.0, 3, RegionalWorld(treated=50, areas=120, width=10))
    for function in (event_study, group_time_effects):
        assert "pretrend_placebo_test" in function(few).pretrend_caution
        assert function(few).pretrend_sentence.endswith(
            "But with 10 treated areas this test finds trends that are not there more often than it says."
        )
        assert function(many).pretrend_caution == ""
        assert function(many).pretrend_sentence.endswith("parallel.")
    nothing = few.select(periods=few.periods[4:])
    assert event_study(nothing).pretrend_caution == ""
    assert "no effect before" in group_time_effects(nothing).pretrend_sentence


def test_smoothness_takes_the_same_event_study():
    panel = draw_regional_panel(5.0, 3, RegionalWorld(treated=10, areas=100, width=10))
    study = event_study(panel)
    bounds = sensitivity_of_event_study(study, restriction="smoothness", grid=[0.0, 0.1, 0.5])
    assert bounds.estimate == pytest.approx(study.estimate)
    assert (np.diff(bounds.bounds["upper"] - bounds.bounds["lower"]) > 0).all()
    assert bounds.restriction == "smoothness"


def test_refusals(panel, groups):
    with pytest.raises(InputError, match="statistic"):
        pretrend_placebo_test(panel, groups, statistic="sum")
    with pytest.raises(InputError, match="needs at least 2"):
        pretrend_placebo_test(panel.select(periods=panel.periods[4:]), groups)
    with pytest.raises(InputError, match="as many as are treated"):
        pretrend_placebo_test(panel, groups[:, :2])
    flat = replace(panel, outcome=np.where(np.arange(10) < 5, 1.0, panel.outcome))
    with pytest.raises(InputError, match="a lead is the same in all"):
        pretrend_placebo_test(flat, groups, statistic="largest")
