"""Bounds on trends that go on, by the tests' definitions and in closed forms; group-time effects with anticipation and later starters by plain means."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, optimize, special, stats
from tests.kit.refusing import refused

from healthdevo.evaluation import Panel, event_study, group_time_effects, sensitivity
from healthdevo.evaluation.sensitivity import _folded_quantile, _hybrid_rejects, _second_differences


def least_favourable(rho, chance):
    """The value that the larger of two standard normals exceeds with this chance, by integration."""

    def excess(c):
        if rho == 1.0:
            return special.ndtr(-c) - chance
        if rho == -1.0:
            return 2 * special.ndtr(-c) - chance
        root = math.sqrt(1 - rho**2)
        below = integrate.quad(
            lambda x: math.exp(-(x**2) / 2) / math.sqrt(2 * math.pi) * special.ndtr((c - rho * x) / root),
            -9,
            c,
            epsabs=1e-13,
        )[0]
        return 1 - below - chance

    return optimize.brentq(excess, 0.1, 6)


def rejects(first, second, rho, alpha, cap):
    """Whether the larger is too large for a normal between what the smaller allows and the cap."""
    top, other = max(first, second), min(first, second)
    low = -math.inf if rho == 1.0 else min((other - rho * top) / (1 - rho), cap)
    if top <= 0:
        return False
    if top > cap:
        return True
    share = (special.ndtr(-top) - special.ndtr(-cap)) / (special.ndtr(-low) - special.ndtr(-cap))
    return share < (alpha - alpha / 10) / (1 - alpha / 10)


@pytest.mark.parametrize(("rho", "alpha"), [(-1.0, 0.05), (-0.6, 0.3), (0.5, 0.05), (1.0, 0.3)])
def test_the_hybrid_test_by_its_definition(rho, alpha):
    a, b = (m.ravel() for m in np.meshgrid(np.linspace(-2.03, 4.02, 23), np.linspace(-3.01, 3.3, 19)))
    scales = np.array([0.5, 3.0])
    covariance = np.outer(scales, scales) * np.array([[1.0, rho], [rho, 1.0]])
    cap = least_favourable(rho, alpha / 10)
    want = [rejects(x, y, rho, alpha, cap) for x, y in zip(a, b, strict=True)]
    found = _hybrid_rejects(np.column_stack([a, b]) * scales, covariance, alpha)
    assert found.tolist() == want
    assert 0.1 < np.mean(want) < 0.9


@pytest.mark.parametrize("target", [None, [1.0, 0.0], [-0.5, 2.0]])
def test_relative_magnitudes_by_trying_effects(target):
    beta = np.array([0.5, -0.3, 0.2, 1.4, 1.9])
    times = np.array([-4, -3, -2, 0, 1])
    root = np.array(
        [[1, 0, 0, 0, 0], [0.4, 1, 0, 0, 0], [0.1, 0.3, 1, 0, 0], [0.2, 0, 0.5, 1, 0], [0, 0.1, 0.2, 0.6, 1]]
    )
    sigma = 0.03 * root @ root.T
    w = np.full(2, 0.5) if target is None else np.array(target)
    level, grid, n = 0.8, [1.5, 0.0, 0.4], 401
    found = sensitivity(beta, sigma, times, grid=grid, target=target, levels=level, resolution=n)
    point = w @ beta[3:]
    error = math.sqrt(w @ sigma[3:, 3:] @ w)
    z = stats.norm.ppf(0.9)
    assert (found.estimate, found.standard_error, found.n) == pytest.approx((point, error, 5))
    assert (found.interval().lower, found.interval().upper) == pytest.approx(
        (point - z * error, point + z * error)
    )
    assert found.interval().level == level
    assert found.method == "event study, relative magnitudes"
    assert found.bounds["m"].tolist() == [0.0, 0.4, 1.5]
    reach = abs(w[1]) + abs(w[0] + w[1])  # an excess change in each period moves all later ones
    changes = np.array([[-1.0, 1, 0, 0, 0], [0, -1, 1, 0, 0], [0, 0, -1, 0, 0]])
    values = changes @ beta
    assert np.abs(values).tolist() == pytest.approx([0.8, 0.5, 0.2])
    effect = np.r_[np.zeros(3), w]
    spread = np.sqrt(np.diag(changes @ sigma @ changes.T))
    for row in found.bounds.itertuples():
        assert row.identified_lower == pytest.approx(point - row.m * reach * 0.8)
        assert row.identified_upper == pytest.approx(point + row.m * reach * 0.8)
        if row.m == 0:
            assert (row.lower, row.upper) == pytest.approx((point - z * error, point + z * error))
            continue
        half = row.m * reach * (np.abs(values) + 4 * spread).max() + 6 * error
        tests = []
        for change, value in zip(changes, values, strict=True):
            for sign in (1, -1):
                slack = sign * row.m * reach
                pair = np.vstack([effect - slack * change, -effect - slack * change])
                covariance = pair @ sigma @ pair.T
                s = np.sqrt(np.diag(covariance))
                rho = covariance[0, 1] / s.prod()
                tests.append((slack * value, s, rho, least_favourable(rho, 0.02)))

        def kept(theta, tests=tests):
            return any(
                not rejects((point - theta - v) / s[0], (theta - point - v) / s[1], rho, 0.2, cap)
                for v, s, rho, cap in tests
            )

        # limits are effects tried, the outermost that are kept
        step = 2 * half / (n - 1)
        for end, way in ((row.lower, -1), (row.upper, 1)):
            place = (end - point) / step
            assert place == pytest.approx(round(place), abs=1e-6)
            assert kept(end)
            assert not any(kept(end + way * step * k) for k in (1, 2, 5, 20))
    held = [r.m for r in found.bounds.itertuples() if r.lower > 0 or r.upper < 0]
    assert found.breakdown == max(held)
    assert f"robust to changes of trend up to {max(held):g} times" in found.sentence


def test_where_bounds_break_down():
    sigma = 0.0001 * np.eye(2)
    for sign in (1, -1):
        rows = sensitivity([0.1, sign * 1.0], sigma, [-2, 0], grid=[0.0, 5.0, 20.0])
        assert rows.breakdown == 5.0
    none = sensitivity([0.1, 0.001], sigma, [-2, 0], grid=[0.0, 1.0])
    assert math.isnan(none.breakdown)
    assert (
        none.sentence == "The sign of the effect is not established even under the mildest violation tried."
    )
    assert sensitivity([0.1, 1.0], sigma, [-2, 0]).bounds["m"].tolist() == [0.25 * k for k in range(9)]
    smooth = sensitivity([0.1, 1.0], np.diag([0.04, 0.01]), [-2, 0], restriction="smoothness")
    assert smooth.bounds["m"].tolist() == pytest.approx([0.05 * k for k in range(9)])
    tried = sensitivity([0.1, 1.0], sigma, [-2, 0], grid=[1.0], resolution=3).bounds.iloc[0]
    assert tried["lower"] == tried["upper"] == 1.0 or tried["lower"] < 1.0 < tried["upper"]
    order = sensitivity([1.0, 0.1], sigma, [0, -2], grid=[1.0]).bounds
    pd.testing.assert_frame_equal(order, sensitivity([0.1, 1.0], sigma, [-2, 0], grid=[1.0]).bounds)


def test_what_bounds_need():
    good = np.eye(2)
    refused(lambda: sensitivity([1, 2], [[1.0, 0.0], [0.0, 0.0]], [-2, 0]), "positive variances")
    refused(lambda: sensitivity([1, 2], [[1.0, 1.01], [1.01, 1.0]], [-2, 0]), "covariance of nothing")
    refused(lambda: sensitivity([1, 2], [[1.0, 0.2], [0.3, 1.0]], [-2, 0]), "covariance of nothing")
    refused(lambda: sensitivity([1, 2], good, [-2, 0], resolution=2), "resolution: 2")
    refused(lambda: sensitivity([1, 2], good, [-2, 0], grid=[]), "grid")
    refused(lambda: sensitivity([1, 2], good, [-2, 0], restriction="x"), "restriction")
    for times in ([0, 1], [-3, -2], [-1, 0], [-3, 0], [-2, 1]):
        refused(lambda t=times: sensitivity([1, 2], good, t), f"got {times}")
    refused(lambda: sensitivity([1, 2], good, [-2.5, 0]), "got [-2.5, 0]")


def test_quantiles_of_a_folded_normal():
    for shift in (0.0, 0.3, 2.0, 7.0):
        for level in (0.5, 0.95, 0.999):
            want = math.sqrt(stats.ncx2.ppf(level, 1, shift**2)) if shift else stats.norm.isf((1 - level) / 2)
            assert _folded_quantile(shift, level) == pytest.approx(want, rel=1e-6)


@pytest.mark.parametrize(("k", "q"), [(1, 1), (3, 2), (2, 4)])
def test_any_trend_is_its_slope_and_its_bends(k, q):
    rng = np.random.default_rng(k)
    trend = rng.normal(size=k + 1 + q)
    trend -= trend[k]
    bends, slope = np.diff(trend, 2), trend[k] - trend[k - 1]
    weights = rng.normal(size=k + q)
    found = _second_differences(k, q) @ weights
    assert found @ np.r_[bends, slope] == pytest.approx(weights @ np.delete(trend, k))


@pytest.mark.parametrize("w", [[1.0], [0.5, 0.5], [0.2, -0.3, 1.1]])
def test_smooth_trends_of_one_earlier_period_in_closed_form(w):
    q, w, level = len(w), np.array(w), 0.9
    beta = np.r_[0.4, 1.0 + np.arange(q)]
    rng = np.random.default_rng(q)
    root = rng.normal(size=(q + 1, q + 1))
    sigma = 0.05 * (root @ root.T + np.eye(q + 1))
    steps = np.arange(1, q + 1)
    found = sensitivity(
        beta, sigma, [-2, *range(q)], restriction="smoothness", target=w, grid=[0.0, 0.1, 0.7], levels=level
    )
    v = np.r_[w @ steps, w]  # the slope before goes on
    centre, sd = v @ beta, math.sqrt(v @ sigma @ v)
    worst = sum(abs(sum(w[h] * (h - j + 1) for h in range(j, q))) for j in range(q))
    assert found.method == "event study, smoothness"
    for row in found.bounds.itertuples():
        half = sd * math.sqrt(stats.ncx2.ppf(level, 1, max((row.m * worst / sd) ** 2, 1e-12)))
        assert (row.lower + row.upper) / 2 == pytest.approx(centre)
        assert (row.upper - row.lower) / 2 == pytest.approx(half, rel=1e-5)
        assert row.identified_lower == pytest.approx(centre - row.m * worst, abs=1e-6)
        assert row.identified_upper == pytest.approx(centre + row.m * worst, abs=1e-6)


def test_smooth_trends_that_bend_before_are_not_identified_by_less():
    pre = [0.5, 0.1]  # slopes -0.4 and -0.1: a bend of 0.3
    rows = sensitivity(
        [*pre, 1.0], 0.01 * np.eye(3), [-3, -2, 0], restriction="smoothness", grid=[0.29, 0.31]
    )
    assert rows.bounds["identified_lower"].isna().tolist() == [True, False]
    low, high = rows.bounds.loc[1, ["identified_lower", "identified_upper"]]
    assert (low, high) == pytest.approx((1.0 + 0.1 - 0.31, 1.0 + 0.1 + 0.31), abs=1e-6)


# --------------------------------------------------------------------------------------------------- group-time effects

N, T = 16, 8
STARTS = {1: 4, 2: 4, 3: 4, 4: 6, 5: 6, 6: 6, 7: 6, 8: 1, 9: 2}


def wave_panel(weights=None):
    rng = np.random.default_rng(8)
    y = rng.normal(size=(N, T)).cumsum(axis=1)
    d = np.zeros((N, T), bool)
    for area, first in STARTS.items():
        d[area, first:] = True
    return Panel(y, d, range(N), range(2000, 2000 + T), np.ones(N) if weights is None else weights)


@pytest.mark.parametrize(("weighted", "anticipation"), [(False, 0), (True, 1), (True, 2)])
@pytest.mark.parametrize("base", ["varying", "universal"])
@pytest.mark.parametrize("control", ["never", "not_yet"])
def test_cells_of_waves_by_plain_means(control, base, anticipation, weighted):
    panel = wave_panel(np.linspace(1, 3, N) if weighted else None)
    found = group_time_effects(panel, control=control, base=base, anticipation=anticipation)
    dropped = [a for a, s in STARTS.items() if s <= anticipation]
    assert found.dropped == tuple(str(a) for a in sorted(dropped))
    firsts = sorted({s for s in STARTS.values() if s > anticipation})
    want, sizes = {}, {}
    for g in firsts:
        for now in range(T):
            last = g - 1 - anticipation
            origin = now - 1 if base == "varying" and now <= last else last
            if origin < 0:
                continue
            own = [a for a in range(N) if STARTS.get(a) == g]
            rest = [a for a in range(N) if a not in STARTS]
            if control == "not_yet":
                rest += [
                    a for a, s in STARTS.items() if s != g and s - anticipation > max(now, origin) and s > anticipation
                ]  # fmt: skip
            change = panel.outcome[:, now] - panel.outcome[:, origin]
            w = panel.weights
            want[2000 + g, 2000 + now] = np.average(change[own], weights=w[own]) - np.average(
                change[rest], weights=w[rest]
            )
            sizes[2000 + g, 2000 + now] = len(own) + (len(rest) if origin != now else 0)
    assert [tuple(i) for i in found.index] == list(want)
    assert found.estimate.tolist() == pytest.approx(list(want.values()), abs=1e-12)
    assert found.n.tolist() == list(sizes.values())
    words = {"never": "never-treated", "not_yet": "not-yet-treated"}[control]
    assert found.method == f"{words} areas for comparison, influence-function errors"
    leads = {
        c
        for c in want
        if c[1] < c[0] - anticipation
        and c[1] != (c[0] - 1 - anticipation if base == "universal" else 0)
        and c[0] in (2004, 2006)
    }
    early = [i for i, c in enumerate(want) if c in leads]
    covariance = found.covariance()[np.ix_(early, early)]
    gaps = found.estimate[early]
    wald = gaps @ np.linalg.solve(covariance, gaps)
    if not math.isnan(found.pretrend_p_value):
        assert found.pretrend_statistic == pytest.approx(wald)
        assert found.pretrend_p_value == pytest.approx(stats.chi2.sf(wald, len(early)))
    else:
        assert np.linalg.matrix_rank(covariance) < len(early)


def test_what_group_time_effects_and_event_studies_refuse():
    panel = wave_panel()
    refused(lambda: group_time_effects(panel, anticipation=-1), "anticipation: -1")
    refused(lambda: group_time_effects(panel, base="x"), "base: 'x'")
    refused(lambda: group_time_effects(panel, anticipation=6), "every treated area is treated from the start")
    assert len(group_time_effects(panel, anticipation=5).dropped) == 5
    refused(lambda: event_study(panel, latest=-1), "latest: -1")
    assert event_study(panel, latest=0).coefficients["relative"].max() == 0
    refused(lambda: event_study(panel, earliest=0), "earliest: 0", "at most the reference, -1")
    assert event_study(panel, earliest=-1).coefficients["relative"].tolist() == list(range(-1, 7))
    refused(lambda: event_study(panel, reference=0), "reference: 0", "[-6, -5, -4, -3, -2, -1]")
    refused(lambda: event_study(panel, reference=-7), "reference: -7")
    refused(lambda: group_time_effects(panel).aggregate("dynamic", latest=-1), "no effect after treatment")
