"""Convergence of areas, the spread between groups and the gap to a reference group, by formulas that a reader can follow."""

import itertools
import math

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from tests.kit.refusing import refused

from healthdevo.inequality import (
    beta_convergence,
    between_group_variance,
    difference,
    gini_decomposition,
    nested_decomposition,
    population_attributable_fraction,
    population_attributable_risk,
    ratio,
    sigma_convergence,
)

LEVELS = (0.8, 0.95)
RNG = np.random.default_rng(3)
START = np.exp(RNG.normal(4, 0.3, 14))
END = np.exp(1.2 + 0.7 * np.log(START) + RNG.normal(0, 0.05, 14))
WEIGHTS = RNG.uniform(1, 4, 14)
NOISE = START * RNG.uniform(0.02, 0.08, 14)


@pytest.mark.parametrize("robust", [None, "HC0", "HC1", "HC2", "HC3"])
@pytest.mark.parametrize("logarithm", [True, False])
@pytest.mark.parametrize("weighted", [True, False])
def test_catching_up_by_its_formulas(robust, logarithm, weighted):
    w = WEIGHTS if weighted else np.ones(14)
    found = beta_convergence(
        START, END, 6, w if weighted else None, logarithm=logarithm, start_errors=NOISE, robust=robust, levels=LEVELS
    )  # fmt: skip
    a, b, e = (np.log(START), np.log(END), NOISE / START) if logarithm else (START, END, NOISE)
    x = np.column_stack([np.ones(14), a])
    bread = np.linalg.inv(x.T @ (w[:, None] * x))
    params = bread @ x.T @ (w * (b - a) / 6)
    rest = (b - a) / 6 - x @ params
    leverage = w * np.einsum("ij,jk,ik->i", x, bread, x)
    meat = {
        None: w * (w * rest**2).sum() / 12,
        "HC0": w**2 * rest**2,
        "HC1": w**2 * rest**2 * 14 / 12,
        "HC2": w**2 * rest**2 / (1 - leverage),
        "HC3": w**2 * rest**2 / (1 - leverage) ** 2,
    }[robust]
    error = math.sqrt((bread @ x.T @ (meat[:, None] * x) @ bread)[1, 1])
    slope = params[1]
    assert (found.estimate, found.standard_error, found.n) == pytest.approx((slope, error, 14))
    fit = sm.WLS((b - a) / 6, x, weights=w).fit()
    assert found.r_squared == pytest.approx(fit.rsquared)
    p = w / w.sum()
    spread = (p * (a - p @ a) ** 2).sum() * 14 / 13
    share = 1 - (p * e**2).sum() / spread
    assert found.reliability == pytest.approx(share)
    better = found.corrected
    assert better.estimate == pytest.approx((slope + (1 - share) / 6) / share)
    assert better.standard_error == pytest.approx(error / share)
    assert f"a reliability of the start of {share:.3f}, taken as known" in better.method
    assert "12 degrees of freedom" in found.method
    assert ("yearly growth in logs" in found.method) == logarithm
    assert found.method.startswith("weighted") == weighted

    def speed(beta):
        return -math.log(1 + 6 * beta) / 6 if beta * 6 > -1 else math.inf

    def half(beta):
        return math.log(2) / speed(beta) if speed(beta) > 0 else math.inf

    assert found.speed.estimate == pytest.approx(speed(slope))
    assert found.speed.standard_error == pytest.approx(error / (1 + 6 * slope))
    assert found.half_life.estimate == pytest.approx(half(slope))
    for level in LEVELS:
        t = stats.t.ppf((1 + level) / 2, 12)
        low, high = slope - t * error, slope + t * error
        for estimate, ends in (
            (found, (low, high)), (found.speed, (speed(high), speed(low))), (found.half_life, (half(low), half(high))),
            (better, (better.estimate - t * error / share, better.estimate + t * error / share)),
        ):  # fmt: skip
            interval = estimate.interval(level)
            assert (interval.lower, interval.upper) == pytest.approx(ends)


def test_verdicts_and_edges_of_catching_up():
    rise = np.array([1.0, 2, 3, 4, 5, 6])
    noise = np.array([1, -1, 1, -1, 1, -1]) * 0.01
    for factor, says in ((0.5, "Areas that started behind caught up"), (1.5, "Areas that started ahead pulled away"), (1.0, "There is no sign beyond noise")):  # fmt: skip
        found = beta_convergence(rise, factor * rise + noise, 2, logarithm=False)
        assert found.sentence.startswith(says)
        assert "95% interval" in found.sentence
        assert "6 areas)" in found.sentence
    closed = beta_convergence(rise, 0 * rise + 3 + noise * 100, 2, logarithm=False)
    assert closed.estimate * 2 < -1
    assert closed.speed.reason == "the gap closed, or turned round, within the period"
    assert closed.half_life.reason == "the gap closed"
    apart = beta_convergence(rise, 2 * rise + noise, 2, logarithm=False)
    assert apart.half_life.reason == "areas do not converge"
    assert apart.speed.estimate < 0
    assert beta_convergence(rise[:4], rise[:4] + noise[:4], 1).n == 4
    refused(
        lambda: beta_convergence(rise[:3], rise[:3], 1), "there are 3 areas; 2 coefficients need at least 4"
    )
    extra = pd.DataFrame({"c": [1.0, 0, 0, 1, 0]})
    assert beta_convergence(rise[:5], rise[:5] + noise[:5], 1, controls=extra, robust="HC1").n == 5
    refused(
        lambda: beta_convergence(rise[:4], rise[:4], 1, controls=extra.iloc[:4]),
        "3 coefficients need at least 5",
    )
    refused(lambda: beta_convergence(rise, rise, 1, controls=extra), "controls")
    refused(lambda: beta_convergence([1.0, 2, 0, -1, 3], [1.0] * 5, 1), "start: row 2 is 0")
    refused(lambda: beta_convergence([1.0, 2, 4, 1, 3], [1.0, 1, 1, -2, 0], 1), "end: row 3 is -2")
    refused(lambda: beta_convergence(rise, rise, -1), "years: -1")
    refused(
        lambda: beta_convergence(rise, rise, 1, start_errors=[0, 0, -0.1, 0, 0, 0]),
        "start_errors: one is negative",
    )
    sure = beta_convergence(rise, 0.5 * rise + noise, 2, logarithm=False, start_errors=np.zeros(6))
    assert sure.reliability == 1.0
    assert sure.corrected.estimate == pytest.approx(sure.estimate)
    spread = math.sqrt(rise.var(ddof=1))
    lost = beta_convergence(
        rise, 0.5 * rise + noise, 2, logarithm=False, start_errors=np.full(6, spread * 1.0001)
    )
    assert lost.corrected.reason == "the errors are as large as the spread of the start values"
    kept = beta_convergence(
        rise, 0.5 * rise + noise, 2, logarithm=False, start_errors=np.full(6, spread * 0.9999)
    )
    assert kept.corrected.reason == ""


def table(n=6, seed=4):
    rng = np.random.default_rng(seed)
    y = np.exp(rng.normal(4, 0.3, (n, 4)))
    w = rng.uniform(1, 3, (n, 4))
    years = [2001, 2003, 2004, 2008]
    frame = pd.DataFrame(
        [{"area": i, "year": t, "y": y[i, k], "p": w[i, k]} for i in range(n) for k, t in enumerate(years)]
    )
    return frame, y, w, np.array(years)


@pytest.mark.parametrize(
    "measure", ["standard deviation of logs", "coefficient of variation", "standard deviation"]
)
@pytest.mark.parametrize("weighted", [True, False])
def test_narrowing_by_its_formulas(measure, weighted):
    frame, y, w, years = table()
    w = w if weighted else np.ones_like(w)
    found = sigma_convergence(
        frame, "area", "year", "y", weights="p" if weighted else None, measure=measure, levels=LEVELS
    )

    def spreads(weights):
        z = np.log(y) if "logs" in measure else y
        p = weights / weights.sum(axis=0)
        mean = (p * z).sum(axis=0)
        sd = np.sqrt((p * (z - mean) ** 2).sum(axis=0))
        return sd / mean if measure.startswith("coefficient") else sd

    s = spreads(w)
    line = (years - years.mean()) / ((years - years.mean()) ** 2).sum()
    steps = []
    for i in range(6):  # what an area's weight moves, by a small step in the logarithm of its weights
        up, down = (w * np.where(np.arange(6) == i, 1 + h, 1.0)[:, None] for h in (1e-5, -1e-5))
        steps.append((spreads(up) - spreads(down)) / 2e-5)
    steps = np.array(steps)
    assert found.estimate.tolist() == pytest.approx(s.tolist())
    assert found.standard_error.tolist() == pytest.approx(np.sqrt((steps**2).sum(axis=0)).tolist(), rel=1e-6)
    assert found.index.tolist() == years.tolist()
    parts = (
        (found.change, s[3] - s[0], steps[:, 3] - steps[:, 0]),
        (found.trend, line @ s, steps @ line),
    )
    for one, value, by in parts:
        error = math.sqrt((by**2).sum())
        assert (one.estimate, one.standard_error, one.n) == pytest.approx((value, error, 6), rel=1e-6)
        for interval in one.intervals:
            z = stats.norm.ppf((1 + interval.level) / 2)
            assert (interval.lower, interval.upper) == pytest.approx(
                (value - z * error, value + z * error), rel=1e-5
            )
    value, error = s[3] / s[0], math.sqrt(((steps[:, 3] / s[3] - steps[:, 0] / s[0]) ** 2).sum())
    assert (found.ratio.estimate, found.ratio.standard_error) == pytest.approx(
        (value, value * error), rel=1e-6
    )
    for interval in found.ratio.intervals:
        z = stats.norm.ppf((1 + interval.level) / 2)
        assert (interval.lower, interval.upper) == pytest.approx(
            (value * math.exp(-z * error), value * math.exp(z * error)), rel=1e-5
        )
    assert found.trend.unit == "a year"


def test_what_narrowing_needs_and_says():
    frame, *_ = table(3)
    two = frame[frame["year"] < 2004]
    assert sigma_convergence(two, "area", "year", "y").change.n == 3
    refused(
        lambda: sigma_convergence(frame[frame["area"] < 2], "area", "year", "y"), "has 2 areas and 4 periods"
    )
    refused(
        lambda: sigma_convergence(frame[frame["year"] == 2001], "area", "year", "y"), "3 areas and 1 periods"
    )
    bad = frame.copy()
    bad.loc[5, "y"], bad.loc[10, "y"] = 0.0, -1.0
    refused(lambda: sigma_convergence(bad, "area", "year", "y"), "1 in 2003 is 0; give values above zero")
    assert sigma_convergence(bad, "area", "year", "y", measure="standard deviation").ratio.estimate > 0
    below = frame.assign(y=-frame["y"])
    refused(
        lambda: sigma_convergence(below, "area", "year", "y", measure="coefficient of variation"),
        "mean of zero or less",
    )
    heavy = frame.assign(p=np.where(frame.index == 7, 0.0, frame["p"]))
    refused(lambda: sigma_convergence(heavy, "area", "year", "y", weights="p"), "1 in 2008 is 0")
    named = frame.assign(area=frame["area"].map(dict(enumerate("abc"))))
    twice = pd.concat([named, named.iloc[[6, 2]]])
    refused(lambda: sigma_convergence(twice, "area", "year", "y"), "'b' in 2004 is there twice")
    numbered = pd.concat([frame, frame.iloc[[6]]])
    refused(lambda: sigma_convergence(numbered, "area", "year", "y"), "frame: 1 in 2004 is there twice")
    gone = frame.drop(index=[4, 9])
    refused(lambda: sigma_convergence(gone, "area", "year", "y"), "1 has no value in 2001 (2 such gaps)")
    base = np.array([0.5, 0.8, 1.3, 2.1, 3.0, 1.1, 0.9, 1.7])
    for power, verdict in ((0.5, "narrowed"), (2.0, "widened"), (1.0, "did not change beyond noise")):
        jitter = 1 + 0.01 * np.array([1, -1, -1, 1, 1, -1, 1, -1])
        rows = [
            {"a": i, "t": t, "y": v}
            for i, b in enumerate(base)
            for t, v in ((1, b), (2, b**power * jitter[i]))
        ]
        found = sigma_convergence(pd.DataFrame(rows), "a", "t", "y")
        assert found.sentence.startswith(f"Between 1 and 2 the standard deviation of logs {verdict} (ratio")
        assert found.trend.unit == "per t"


# ------------------------------------------------------------------------------------------------------ groups


def test_the_variance_between_groups_has_the_error_of_a_quadratic_form():
    y, people, s = np.array([50.0, 62, 71, 66]), np.array([10.0, 30, 40, 20]), np.array([3.0, 1.0, 2.0, 4.0])
    p = people / 100
    form, noise = np.diag(p) - np.outer(p, p), np.diag(s**2)
    value = y @ form @ y
    error = math.sqrt(4 * y @ form @ noise @ form @ y + 2 * np.trace(form @ noise @ form @ noise))
    found = between_group_variance(y, people, standard_errors=s, levels=LEVELS)
    assert (found.estimate, found.standard_error, found.n) == pytest.approx((value, error, 4))
    for interval in found.intervals:
        z = stats.norm.ppf((1 + interval.level) / 2)
        assert (interval.lower, interval.upper) == pytest.approx(
            (max(value - z * error, 0), value + z * error)
        )


@pytest.mark.parametrize("reference", [None, 0, 1, 2])
@pytest.mark.parametrize("scale", [1.0, 1000.0])
@pytest.mark.parametrize("better", [True, False])
def test_the_gap_to_a_reference_group_by_the_delta_method(reference, scale, better):
    """Of counted people: shares of cases and others in and outside the reference group, drawn together."""
    people, risk = np.array([400.0, 900, 700]), np.array([0.3, 0.12, 0.21])
    options = {"higher_is": "better" if better else "worse", "scale": scale, "levels": LEVELS}
    chosen = reference if reference is not None else (0 if better else 1)
    inside = np.arange(3) == chosen

    def fraction(cells):
        a, _, c, d = cells  # others' cases and rest, the reference's cases and rest
        return c / (c + d) / ((a + c) / sum(cells)) - 1

    counts = np.array([
        (people * risk)[~inside].sum(), (people * (1 - risk))[~inside].sum(), (people * risk)[inside].sum(), (people * (1 - risk))[inside].sum(),
    ])  # fmt: skip
    total = counts.sum()
    slope = np.array([(fraction(counts + h) - fraction(counts - h)) / 0.02 for h in 0.01 * np.eye(4)])
    spread = math.sqrt(slope**2 @ counts - (slope @ counts) ** 2 / total)
    found = population_attributable_fraction(risk * scale, people, reference=reference, **options)
    mean = scale * (people * risk).sum() / total
    assert found.estimate == pytest.approx(100 * fraction(counts))
    assert found.standard_error == pytest.approx(100 * spread, rel=1e-4)
    moved = population_attributable_risk(risk * scale, people, reference=reference, **options)
    assert moved.estimate == pytest.approx(scale * risk[chosen] - mean)
    assert moved.standard_error == pytest.approx(mean * spread, rel=1e-4)
    last = population_attributable_risk(risk * scale, people, ordered=True, **options)
    assert last.estimate == pytest.approx(scale * risk[2] - mean)


def test_two_groups_compared():
    y, s = np.array([50.0, 70.0, 60.0, 65.0]), np.array([1.0, 2.0, 3.0, 4.0])
    for options, first, second in (
        ({"higher_is": "better"}, 1, 0), ({"higher_is": "worse"}, 1, 0), ({"higher_is": "better", "ordered": True}, 3, 0),
        ({"higher_is": "worse", "ordered": True}, 0, 3), ({"higher_is": "better", "reference": 2}, 2, 0), ({"higher_is": "worse", "reference": 2}, 1, 2),
    ):  # fmt: skip
        gap = difference(y, standard_errors=s, levels=LEVELS, **options)
        error = math.hypot(s[first], s[second])
        assert (gap.estimate, gap.standard_error) == pytest.approx((y[first] - y[second], error))
        times = ratio(y, standard_errors=s, levels=LEVELS, **options)
        log_error = math.hypot(s[first] / y[first], s[second] / y[second])
        value = y[first] / y[second]
        assert (times.estimate, times.standard_error, times.log_standard_error) == pytest.approx(
            (value, value * log_error, log_error)
        )
        for level in LEVELS:
            z = stats.norm.ppf((1 + level) / 2)
            one, two = gap.interval(level), times.interval(level)
            assert (one.lower, one.upper) == pytest.approx(
                (gap.estimate - z * error, gap.estimate + z * error)
            )
            assert (two.lower, two.upper) == pytest.approx(
                (value * math.exp(-z * log_error), value * math.exp(z * log_error))
            )
    refused(lambda: ratio([1.0, -2.0, -3.0], higher_is="better"), "group 2 is negative")
    assert ratio([0.0, 2.0, 3.0], higher_is="better", reference=1).reason == "group 1, which divides, is 0"


def test_what_shuffling_expects_is_the_mean_over_all_shuffles():
    """Six areas in three groups: all ways to deal them can be counted."""
    x, w = np.array([1.0, 2.0, 2.5, 4.0, 7.0, 9.0]), np.array([1.0, 2.0, 1.0, 3.0, 1.0, 2.0])
    groups = np.array([0, 0, 1, 1, 2, 2])
    deals = list(itertools.permutations(range(6)))
    p = w / w.sum()

    def between(order):
        share = np.bincount(groups, p[list(order)])
        centre = np.bincount(groups, (p * x)[list(order)]) / share
        relative = centre / (p @ x)
        theil = (share * relative * np.log(relative)).sum()
        gini = sum(share[i] * share[j] * abs(centre[i] - centre[j]) for i in range(3) for j in range(3)) / (
            2 * p @ x
        )
        return theil, gini

    every = np.array([between(o) for o in deals])
    seen = np.array(between(range(6)))
    chance = (every >= seen - 1e-12).mean(axis=0)
    draws = 4000
    theil = nested_decomposition(x, groups, w, permutations=draws, seed=1)
    gini = gini_decomposition(x, groups, w, permutations=draws, seed=1)
    for found, place, row in ((theil, 0, 0), (gini, 1, 1)):
        assert found.estimate[place] == pytest.approx(seen[row])
        error = every[:, row].std() / math.sqrt(draws)
        assert found.expected[place] == pytest.approx(every[:, row].mean(), abs=5 * error)
        off = 5 * math.sqrt(chance[row] * (1 - chance[row]) / draws) + 1 / draws
        assert found.p_value[place] == pytest.approx(chance[row], abs=off)
