"""Placebo tests given earlier trend, level and covariates: against loops, known truth, invariances and refusals."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.evaluation import (
    Panel,
    RegionalWorld,
    conditional_placebo_test,
    contiguous_groups,
    draw_regional_panel,
    placebo_test,
    random_groups,
)

WORLD = RegionalWorld(areas=80, width=8, treated=4, noise=2.0, shared=0.2, trend_spread=1.0, persistence=0.5)


@pytest.fixture(scope="module")
def panel():
    drawn = draw_regional_panel(3.0, 5, WORLD)
    return replace(drawn, weights=np.random.default_rng(1).uniform(0.5, 2.0, 80))


@pytest.fixture(scope="module")
def groups(panel):
    return contiguous_groups(panel, WORLD.adjacency, draws=60, seed=2)


@pytest.fixture(scope="module")
def score():
    return {"score": dict(enumerate(np.random.default_rng(3).normal(size=80)))}


def by_loops(panel, groups, columns):
    """Effects of treated and groups by plain regressions, each on groups apart from it and areas in neither."""
    y, w, first = panel.outcome, panel.weights, int(panel.cohorts[0])
    values = np.column_stack([y[:, first:].mean(axis=1) - y[:, :first].mean(axis=1), *columns])
    free = set(np.flatnonzero(~panel.treated))

    def gap(inside, outside):
        inside, outside = sorted(inside), sorted(outside)
        of = np.average(values[inside], weights=w[inside], axis=0)
        return of - np.average(values[outside], weights=w[outside], axis=0)

    found = []
    for members in [set(np.flatnonzero(panel.treated)), *map(set, groups)]:
        rest = free - members
        rows = np.array([gap(set(g), rest - set(g)) for g in groups if not set(g) & members])
        beta = np.linalg.lstsq(rows[:, 1:], rows[:, 0], rcond=None)[0] if columns else np.zeros(0)
        own = gap(members, rest)
        found.append((own[0] - own[1:] @ beta, beta))
    return found


def trend_of(panel):
    first, t = int(panel.cohorts[0]), panel.shape[1]
    return np.polyfit(np.arange(first), panel.outcome[:, :first].T, 1)[0] * t / 2


def test_effects_are_those_of_plain_regressions_that_leave_out_what_is_shared(panel, groups, score):
    first = int(panel.cohorts[0])
    level = panel.outcome[:, :first].mean(axis=1)
    columns = [trend_of(panel), level, np.array(list(score["score"].values()))]
    found = by_loops(panel, groups, columns)
    test = conditional_placebo_test(panel, groups, given=("trend", "level"), covariates=score)
    assert test.estimate == pytest.approx(found[0][0], rel=1e-9)
    np.testing.assert_allclose(test.coefficients["estimate"], found[0][1], rtol=1e-8)
    np.testing.assert_allclose(test.effects, [effect for effect, _ in found[1:]], rtol=1e-7)
    assert test.actual - test.expected == pytest.approx(test.estimate)
    assert test.coefficients["contribution"].sum() == pytest.approx(test.expected)
    assert test.rank == 1 + (np.abs(test.effects) >= abs(test.estimate)).sum()
    assert test.p_absolute == test.rank / (len(groups) + 1)
    assert test.coefficients["term"].tolist() == ["trend", "level", "score"]


def test_with_nothing_given_it_is_the_plain_placebo_test(panel, groups):
    plain = placebo_test(panel, "did", groups=groups, levels=(0.8, 0.9))
    test = conditional_placebo_test(panel, groups, given=(), levels=(0.8, 0.9))
    assert test.estimate == pytest.approx(plain.estimate)
    np.testing.assert_allclose(test.effects, plain.effects, atol=1e-12)
    assert (test.p_absolute, test.p_one_sided, test.rank) == (plain.p_absolute, plain.p_one_sided, plain.rank)
    for i, j in zip(test.intervals, plain.intervals, strict=True):
        assert (i.lower, i.upper) == pytest.approx((j.lower, j.upper))
    assert np.isnan(test.persistence)


def test_a_share_of_the_trend_that_goes_on_everywhere_is_found_exactly():
    slope = np.array([2.0, -1.0, 0.0, 1.0, 3.0, -2.0, 0.5, 4.0])
    level = np.array([5.0, 1.0, 9.0, 3.0, 2.0, 8.0, 4.0, 7.0])
    time = np.arange(6)  # three before; their middles are three apart
    change = 0.5 * slope * 3.0
    y = level[:, None] + np.where(time < 3, slope[:, None] * (time - 1), change[:, None])
    d = np.outer(np.arange(8) == 0, time >= 3)
    panel = Panel(y + 7.0 * d, d, list("ABCDEFGH"), range(2010, 2016))
    test = conditional_placebo_test(panel, np.arange(1, 8)[:, None])
    assert test.persistence == pytest.approx(0.5, abs=1e-12)
    assert test.estimate == pytest.approx(7.0, abs=1e-12)
    np.testing.assert_allclose(test.effects, 0.0, atol=1e-12)
    assert test.rank == 1
    others = slope[1:].mean()
    assert test.coefficients["treated"].iloc[0] == pytest.approx(3.0 * (2.0 - others))
    assert "Given earlier trend, the estimated effect of 7 is the 1st largest" in test.sentence


def test_order_units_and_origins_do_not_matter(panel, groups, score):
    given = {"given": ("trend", "level"), "covariates": score}
    test = conditional_placebo_test(panel, groups, **given)
    order = np.random.default_rng(0).permutation(80)
    mixed = Panel(
        panel.outcome[order], panel.treatment[order], panel.areas[order], panel.periods, panel.weights[order]
    )
    again = conditional_placebo_test(mixed, groups, **given)
    assert again.estimate == test.estimate
    scaled = replace(panel, outcome=40.0 - 3.0 * panel.outcome, periods=panel.periods * 12 + 2000)
    frame = pd.DataFrame({"score": pd.Series(score["score"]) * 100 - 7})
    other = conditional_placebo_test(scaled, groups[::-1], given=("trend", "level"), covariates=frame)
    assert other.estimate == pytest.approx(-3.0 * test.estimate)
    np.testing.assert_allclose(other.effects[::-1], -3.0 * test.effects, rtol=1e-7)
    assert other.p_absolute == test.p_absolute
    assert other.persistence == pytest.approx(test.persistence)
    np.testing.assert_allclose(
        other.coefficients["standard_error"].to_numpy()[:2],
        test.coefficients["standard_error"].to_numpy()[:2],
        rtol=1e-7,
    )
    shifted = replace(panel, outcome=panel.outcome + np.arange(80)[:, None] + 5.0 * np.arange(10) ** 2)
    alone = conditional_placebo_test(panel, groups), conditional_placebo_test(shifted, groups)
    assert alone[1].estimate == pytest.approx(alone[0].estimate)  # constants of areas and of years drop out


def test_standard_errors_are_what_small_changes_of_areas_weights_do(panel, groups, score):
    given = {"given": ("trend",), "covariates": score}
    test = conditional_placebo_test(panel, groups, **given)
    moves = []
    for i in np.flatnonzero(~panel.treated):
        found = []
        for h in (1e-4, -1e-4):
            weights = panel.weights.copy()
            weights[i] *= 1.0 + h
            moved = conditional_placebo_test(replace(panel, weights=weights), groups, **given)
            found.append(moved.coefficients["estimate"].to_numpy())
        moves.append((found[0] - found[1]) / 2e-4)
    errors = np.sqrt((np.array(moves) ** 2).sum(axis=0))
    np.testing.assert_allclose(test.coefficients["standard_error"], errors, rtol=1e-4)


def test_standard_errors_and_effects_are_right_over_draws():
    world = RegionalWorld(
        areas=144, width=12, treated=6, noise=5.0, trend_spread=1.5, persistence=0.6, candidates=15
    )
    found = []
    for seed in range(40):
        panel = draw_regional_panel(2.0, seed, world)
        test = conditional_placebo_test(
            panel, contiguous_groups(panel, world.adjacency, draws=150, seed=seed)
        )
        found.append(
            (test.persistence, test.coefficients["standard_error"].iloc[0], test.estimate, test.actual)
        )
    persistence, errors, estimates, plain = np.array(found).T
    assert (
        0.75 < errors.mean() / persistence.std() < 1.7
    )  # errors are on the large side where areas are unrelated
    spread = estimates.std() / np.sqrt(40)
    assert abs(estimates.mean() - 2.0) < 3 * spread  # a region chosen for its fall
    assert plain.mean() - 2.0 < -5 * spread  # whose trend the plain difference takes for an effect


def test_coefficients_of_areas_explain_too_little_of_groups():
    row, column = np.divmod(np.arange(144), 12)
    slope = np.sin(row / 3.0) + np.cos(column / 3.0)  # neighbours share trends, and no noise
    time = np.arange(10)
    known = 0.8 * 5.0 * slope
    path = np.where(time < 5, slope[:, None] * (time - 2), known[:, None])
    treated = (row < 3) & (column < 2)
    world = RegionalWorld(areas=144, width=12)
    of_groups, of_areas = [], []
    for seed in range(15):
        y = path + 6.0 * np.random.default_rng(seed).normal(size=(144, 10))
        panel = Panel(y, np.outer(treated, time >= 5), range(144), range(10))
        groups = contiguous_groups(panel, world.adjacency, draws=150, seed=seed)
        of_groups.append(conditional_placebo_test(panel, groups).persistence)
        trend, change = trend_of(panel)[~treated], (y[:, 5:].mean(axis=1) - y[:, :5].mean(axis=1))[~treated]
        of_areas.append(np.polyfit(trend, change, 1)[0])
    assert 0.35 < np.mean(of_groups) < 0.8
    assert np.mean(of_areas) < 0.5 * np.mean(of_groups)


def test_p_values_keep_their_size_without_effect():
    world = replace(WORLD, noise=3.0)
    p = []
    for seed in range(80):
        drawn = draw_regional_panel(0.0, seed, world)
        blocks = contiguous_groups(drawn, world.adjacency, draws=49, seed=seed)
        p.append(conditional_placebo_test(drawn, blocks).p_absolute)
    assert 0.02 <= np.mean(np.array(p) <= 0.1) <= 0.2


def test_refusals(panel, groups, score):
    with pytest.raises(InputError, match="'score' has no value for 79"):
        conditional_placebo_test(panel, groups, covariates={"score": dict.fromkeys(range(79), 1.0)})
    with pytest.raises(InputError, match=r"\['score'\]\[4\]: nan is not valid"):
        conditional_placebo_test(panel, groups, covariates={"score": score["score"] | {4: float("nan")}})
    with pytest.raises(InputError, match="'score' of 4 is 'x'"):
        conditional_placebo_test(
            panel, groups, covariates=pd.DataFrame({"score": [0] * 4 + ["x"] + [0] * 75})
        )
    with pytest.raises(InputError, match="cannot be told apart"):
        conditional_placebo_test(panel, groups, covariates={"score": dict.fromkeys(range(80), 1.0)})
    with pytest.raises(InputError, match="also in given"):
        conditional_placebo_test(panel, groups, covariates={"trend": score["score"]})
    with pytest.raises(InputError, match="more than once"):
        conditional_placebo_test(panel, groups, given=("trend", "trend"))
    with pytest.raises(InputError, match="given"):
        conditional_placebo_test(panel, groups, given=("slope",))
    with pytest.raises(InputError, match="share no area with group 0; at least 3 are needed"):
        conditional_placebo_test(panel, np.tile(groups[:1], (9, 1)))
    twice = pd.DataFrame({"score": range(81)}, index=[*range(80), 0])
    with pytest.raises(InputError, match="has 0 twice"):
        conditional_placebo_test(panel, groups, covariates=twice)
    few = panel.select(areas=np.r_[np.flatnonzero(panel.treated), groups[0], groups[1][:3]])
    with pytest.raises(InputError, match="leave none of the"):
        conditional_placebo_test(few, random_groups(few, draws=5))
    with pytest.raises(InputError, match="needs at least 2"):
        conditional_placebo_test(panel.select(periods=panel.periods[4:]), groups)
    assert (
        conditional_placebo_test(panel.select(periods=panel.periods[4:]), groups, given=("level",)).rank >= 1
    )
