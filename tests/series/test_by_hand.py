"""Every number of interrupted series, forecasts and their calibration on small cases, against libraries and plain sums."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from healthdevo.series import interrupted_series
from healthdevo.series.ar1_errors import fit_ar1, newey_west, sandwich_ar1, steps
from healthdevo.series.forecasts import _calibrated, _can_start, _choose, _overall, _widening
from healthdevo.series.prediction import Prediction
from healthdevo.series.reference_forecasts import seasonal_naive
from healthdevo.series.structural_trend import degrees_of_freedom

LEVELS = (0.8, 0.95)


def drawn(rho=0.5, n=48, seed=0, counts=False):
    rng = np.random.default_rng(seed)
    noise = np.zeros(n)
    for t in range(n):
        noise[t] = (rho * noise[t - 1] if t else 0.0) + rng.normal(0, 1)
    time = np.arange(n)
    line = 50 + 0.2 * time - 3.0 * (time >= 30) + 0.1 * (time >= 30) * (time - 30)
    y = np.round(np.exp(4 + (line - 50 + 2 * noise) / 40)) if counts else line + noise
    return pd.Series(y, index=pd.period_range("2018-01", periods=n, freq="M"))


def regressors(n=48):
    time = np.arange(n)
    after = time >= 30
    return np.column_stack([np.ones(n), time, after, after * (time - 30.0)]).astype(float)


@pytest.mark.parametrize("rho", [0.6, -0.5])
def test_least_squares_with_errors_that_go_on(rho):
    y = drawn(rho)
    found = interrupted_series(y, "2020-07", model="ols", seasons=0, levels=LEVELS)
    x, n = regressors(), 48
    fit = sm.OLS(y.to_numpy(), x).fit()
    table = found.coefficients
    np.testing.assert_allclose(table["estimate"].to_numpy()[[0, 2, 3]][1:], fit.params[2:], rtol=1e-8)
    np.testing.assert_allclose(table["model_error"].to_numpy()[2:], fit.bse[2:], rtol=1e-8)
    lags = int(4 * (n / 100) ** (2 / 9))
    hac = fit.get_robustcov_results("HAC", maxlags=lags, use_correction=True)
    np.testing.assert_allclose(table["hac_error"].to_numpy()[2:], hac.bse[2:], rtol=1e-8)
    r = found.autocorrelation
    assert np.sign(r) == np.sign(rho)
    r = max(r, 0.0)
    correlation = r ** np.abs(np.subtract.outer(np.arange(n), np.arange(n))) if r else np.eye(n)
    bread = np.linalg.inv(x.T @ x)
    unit = bread @ x.T @ correlation @ x @ bread
    spare = n - np.trace(x.T @ x @ unit)
    error = np.sqrt(fit.ssr / spare * np.diag(unit))
    np.testing.assert_allclose(table["ar1_error"].to_numpy()[2:], error[2:], rtol=1e-6)
    np.testing.assert_allclose(table["standard_error"], table["ar1_error"])
    df = max(n * (1 - r) / (1 + r) - 4, 3)
    assert df < 44 or rho < 0
    for level in LEVELS:
        half = stats.t.ppf((1 + level) / 2, df) * table["standard_error"]
        np.testing.assert_allclose(table[f"lower_{level:g}"], table["estimate"] - half, rtol=1e-6)
        np.testing.assert_allclose(table[f"upper_{level:g}"], table["estimate"] + half, rtol=1e-6)
    np.testing.assert_allclose(
        table["p_value"], 2 * stats.t.sf(np.abs(table["estimate"] / table["standard_error"]), df), rtol=1e-5
    )
    assert found.dispersion == pytest.approx(fit.ssr / 44)
    assert found.loglikelihood == pytest.approx(fit.llf)
    assert found.degrees_of_freedom == 44
    assert found.level_change.n == 48
    path = found.path
    without = x.copy()
    without[:, 2:] = 0
    gap = x - without
    np.testing.assert_allclose(path["fitted"], fit.fittedvalues, rtol=1e-8)
    np.testing.assert_allclose(path["counterfactual"], without @ fit.params, rtol=1e-8)
    after = np.arange(n) >= 30
    cov = fit.ssr / spare * unit
    effect = gap @ fit.params
    running = np.cumsum(gap, axis=0)
    assert (
        path.loc[~after, ["effect", "cumulative", "effect_lower_0.8", "cumulative_upper_0.95"]]
        .isna()
        .all()
        .all()
    )
    np.testing.assert_allclose(path["effect"][after], effect[after], rtol=1e-8)
    np.testing.assert_allclose(path["cumulative"][after], np.cumsum(effect)[after], rtol=1e-8)
    for name, part, centre in (
        ("effect", gap, effect), ("cumulative", running, np.cumsum(effect)), ("counterfactual", without, without @ fit.params)
    ):  # fmt: skip
        spread = np.sqrt(np.einsum("ij,jk,ik->i", part, cov, part))
        for level in LEVELS:
            half = stats.t.ppf((1 + level) / 2, df) * spread
            rows = after if name != "counterfactual" else slice(None)
            np.testing.assert_allclose(
                path[f"{name}_lower_{level:g}"][rows], (centre - half)[rows], rtol=1e-5
            )
            np.testing.assert_allclose(
                path[f"{name}_upper_{level:g}"][rows], (centre + half)[rows], rtol=1e-5
            )
    total = np.sqrt(running[-1] @ cov @ running[-1])
    assert found.cumulative.estimate == pytest.approx(effect.sum())
    assert found.cumulative.standard_error == pytest.approx(total, rel=1e-6)
    for interval in found.cumulative.intervals:
        want = stats.t.interval(interval.level, df, effect.sum(), total)
        assert (interval.lower, interval.upper) == pytest.approx(want, rel=1e-5)


@pytest.mark.parametrize("model", ["poisson", "quasi-poisson"])
@pytest.mark.parametrize("errors", ["model", "hac", "ar1"])
def test_counts_by_a_library(model, errors):
    y = drawn(0.6, counts=True)
    found = interrupted_series(y, "2020-07", model=model, seasons=0, levels=LEVELS, errors=errors)
    x, n = regressors(), 48
    fit = sm.GLM(y.to_numpy(), x, family=sm.families.Poisson()).fit(tol=1e-14, scale=1.0)
    mu = fit.fittedvalues
    pearson = ((y - mu) ** 2 / mu).sum() / 44
    phi = pearson if model == "quasi-poisson" else 1.0
    assert found.dispersion == pytest.approx(phi)
    table = found.coefficients
    np.testing.assert_allclose(table["estimate"].to_numpy()[2:], fit.params[2:], rtol=1e-6)
    np.testing.assert_allclose(table["model_error"].to_numpy()[2:], np.sqrt(phi) * fit.bse[2:], rtol=1e-6)
    lags = int(4 * (n / 100) ** (2 / 9))
    bread = np.linalg.inv(x.T @ (x * mu[:, None]))
    scores = x * (y.to_numpy() - mu)[:, None]
    meat = scores.T @ scores
    for lag in range(1, lags + 1):
        part = scores[lag:].T @ scores[:-lag]
        meat = meat + (1 - lag / (lags + 1)) * (part + part.T)
    hac = np.sqrt(np.diag(bread @ meat @ bread) * n / 44)
    np.testing.assert_allclose(table["hac_error"].to_numpy()[2:], hac[2:], rtol=1e-6)
    r = max(found.autocorrelation, 0.0)
    assert r > 0.1
    white = x * np.sqrt(mu)[:, None]
    unit = bread @ white.T @ r ** np.abs(np.subtract.outer(np.arange(n), np.arange(n))) @ white @ bread
    left = ((y - mu) ** 2 / mu).sum() / (n - np.trace(white.T @ white @ unit))
    error = np.sqrt(np.diag(max(left, 1.0 if model == "poisson" else 0.0) * unit))
    np.testing.assert_allclose(table["ar1_error"].to_numpy()[2:], error[2:], rtol=1e-5)
    used = table[f"{errors}_error"]
    np.testing.assert_allclose(table["standard_error"], used)
    df = max(n * (1 - r) / (1 + r) - 4, 3) if errors == "ar1" else np.inf
    for level in LEVELS:
        half = stats.t.ppf((1 + level) / 2, df) * used
        np.testing.assert_allclose(table[f"lower_{level:g}"], table["estimate"] - half, rtol=1e-6, atol=1e-12)
        np.testing.assert_allclose(table[f"upper_{level:g}"], table["estimate"] + half, rtol=1e-6, atol=1e-12)
    test_df = 44 if errors != "ar1" and model == "quasi-poisson" else df
    np.testing.assert_allclose(
        table["p_value"], 2 * stats.t.sf(np.abs(table["estimate"] / used), test_df), rtol=1e-5
    )
    ratio, change = found.rate_ratio, found.level_change
    assert ratio.estimate == pytest.approx(np.exp(change.estimate))
    assert ratio.standard_error == pytest.approx(np.exp(change.estimate) * change.standard_error)
    for a, b in zip(ratio.intervals, change.intervals, strict=True):
        assert (a.lower, a.upper) == pytest.approx((np.exp(b.lower), np.exp(b.upper)))
    if model == "poisson":
        assert found.loglikelihood == pytest.approx(fit.llf, rel=1e-6)


@pytest.mark.parametrize("restricted", [True, False])
def test_the_likelihood_with_gaps_is_that_of_the_normal_distribution(restricted):
    rng = np.random.default_rng(3)
    times = np.array([0, 1, 2, 5, 6, 9, 10, 11, 14, 15, 16, 20.0])
    x = np.column_stack([np.ones(12), times])
    y = 1.0 + 0.3 * times + 0.6 * rng.normal(size=12).cumsum()
    found = fit_ar1(y, x, steps(times), restricted=restricted)

    def parts(rho):
        omega = rho ** np.abs(np.subtract.outer(times, times))
        inverse = np.linalg.inv(omega)
        bread = np.linalg.inv(x.T @ inverse @ x)
        beta = bread @ x.T @ inverse @ y
        rss = (y - x @ beta) @ inverse @ (y - x @ beta)
        return omega, beta, rss, bread

    def loss(rho):
        omega, _, rss, bread = parts(rho)
        more = -np.linalg.slogdet(bread)[1] if restricted else 0.0
        return (12 - 2 * restricted) * np.log(rss) + np.linalg.slogdet(omega)[1] + more

    grid = np.linspace(0.01, 0.97, 2001)
    best = grid[np.argmin([loss(r) for r in grid])]
    assert found.rho == pytest.approx(best, abs=1e-3)
    omega, beta, rss, bread = parts(found.rho)
    np.testing.assert_allclose(found.coefficients, beta, rtol=1e-8)
    np.testing.assert_allclose(found.covariance, rss / 10 * bread, rtol=1e-8)
    assert found.sigma == pytest.approx(np.sqrt(rss / 10))
    want = stats.multivariate_normal.logpdf(y, x @ beta, rss / 12 * omega)
    assert found.loglikelihood == pytest.approx(want)
    two = steps(np.array([0.0, 1.0, 0.0, 2.0]), np.array([0, 0, 1, 1]))
    assert two.tolist() == [np.inf, 1.0, np.inf, 2.0]


def test_covariances_of_two_groups_are_those_of_each():
    rng = np.random.default_rng(4)
    x, e = rng.normal(size=(10, 2)), rng.normal(size=10)
    times, groups = np.tile(np.arange(5.0), 2), np.repeat([0.0, 1.0], 5)
    own = np.kron(np.eye(2), np.array([[(-0.4) ** abs(i - j) for i in range(5)] for j in range(5)]))
    bread = np.linalg.inv(x.T @ x)
    np.testing.assert_allclose(sandwich_ar1(x, -0.4, times, groups), bread @ x.T @ own @ x @ bread, rtol=1e-9)
    window = np.kron(
        np.eye(2), np.array([[max(0.0, 1 - abs(i - j) / 3) for i in range(5)] for j in range(5)])
    )
    s = x * e[:, None]
    np.testing.assert_allclose(
        newey_west(s, bread, 2, times, groups), bread @ s.T @ window @ s @ bread, rtol=1e-9
    )


def test_the_naive_forecast_counts_seasons_back():
    index = pd.period_range("2020-01", periods=10, freq="M")
    y = pd.Series(
        [1.0, 5, 9, 13, 2, 8, np.nan, 11, 4, np.nan], index=index
    )  # the last month is not known yet
    found = seasonal_naive(y, 7, period=4)
    sigma = np.sqrt(np.mean(np.array([2 - 1, 8 - 5, 11 - 13, 4 - 2]) ** 2.0))
    assert found.centre.tolist() == [8, 9, 11, 4, 8, 9, 11]
    np.testing.assert_allclose(found.spread, sigma * np.sqrt([1, 2, 1, 1, 2, 3, 2]))
    assert [str(m) for m in found.months[[0, -1]]] == ["2020-10", "2021-04"]


@pytest.mark.parametrize(("covered", "changed"), [(0.74, True), (0.75, False), (0.88, False), (0.89, True)])
def test_intervals_are_widened_only_outside_the_band(covered, changed):
    z = stats.norm.ppf(0.9)
    inside = round(100 * covered)
    scores = np.r_[np.linspace(0.3, 0.99 * z, inside), np.linspace(1.01 * z, 3 * z, 100 - inside)]
    factor = _widening(scores, (0.8,))[0.8]
    assert (factor != 1.0) == changed
    if changed:
        want = np.quantile(scores, np.ceil(101 * 0.8) / 100) / z
        assert factor == pytest.approx(max(want, 0.7))


def test_widening_has_a_floor_and_keeps_intervals_nested():
    assert _widening(np.full(200, 1e-3), (0.8,))[0.8] == 0.7
    assert _widening(np.array([np.nan]), (0.8,)) == {0.8: 1.0}
    half = _widening(np.full(50, 5.0), (0.5, 0.95))
    z = stats.norm.ppf([0.75, 0.975])
    assert half[0.5] == pytest.approx(5 / z[0])
    assert half[0.95] == pytest.approx(max(5 / z[1], 5 / z[1] * 1.0001))
    for level, low, high in ((0.5, 0.42, 0.58), (0.95, 0.90, 0.98), (0.9, 0.85, 0.925)):
        reach = stats.norm.ppf((1 + level) / 2)
        for share, same in ((low, True), (low - 0.01, False), (high, True), (high + 0.01, False)):
            k = round(1000 * share)
            scores = np.r_[np.full(k, 0.5 * reach), np.full(1000 - k, 1.5 * reach)]
            assert (_widening(scores, (level,))[level] == 1.0) == same, (level, share)


def test_calibrated_limits_by_hand():
    months = pd.period_range("2024-01", periods=2, freq="M")
    plain = Prediction("m", months, np.array([3.0, 1.0]), np.array([1.0, 2.0]))
    centre = plain.centre
    table = _calibrated(plain, LEVELS, {0.8: 1.5, 0.95: 1.2})
    for level, factor in ((0.8, 1.5), (0.95, 1.2)):
        half = stats.norm.ppf((1 + level) / 2) * factor * np.array([1.0, 2.0])
        np.testing.assert_allclose(table[f"upper_{level:g}"], centre + half)
        np.testing.assert_allclose(table[f"lower_{level:g}"], np.maximum(centre - half, 0.0))
    logs = Prediction("m", months, np.log([3.0, 1.0]), np.array([1.0, 2.0]), True, np.array([31.0, 29.0]))
    table = _calibrated(logs, (0.8,), {0.8: 1.5})
    half = np.exp(stats.norm.ppf(0.9) * 1.5 * np.array([1.0, 2.0]))
    np.testing.assert_allclose(table["upper_0.8"], np.array([93.0, 29.0]) * half)
    np.testing.assert_allclose(table["lower_0.8"], np.array([93.0, 29.0]) / half)


def test_the_choice_of_a_model_by_its_rules():
    assert _choose({"structural trend": 0.8, "airline": 0.77}) == "structural trend"
    assert _choose({"structural trend": 0.8, "airline": 0.76}) == "structural trend"
    assert _choose({"structural trend": 0.8, "airline": 0.7599}) == "airline"
    assert _choose({"structural trend": 1.0}) == "seasonal naive"
    assert _choose({"structural trend": 0.999}) == "structural trend"
    assert _choose({}) == "seasonal naive"
    records = pd.DataFrame(
        {
            "model": ["seasonal naive"] * 2 + ["airline"] * 2,
            "origin": ["a"] * 4,
            "horizon": [1, 2, 1, 2],
            "error": [2.0, -4.0, 1.0, -2.5],
        }
    )
    assert _overall(records) == pytest.approx({"airline": 3.5 / 6, "seasonal naive": 1.0})
    for end, known, fine in (
        (23, range(60), False),
        (24, range(60), False),
        (30, range(60), True),
        (40, range(40), True),
    ):
        logs = np.full(60, np.nan)
        logs[list(known)] = 1.0
        assert _can_start(logs, end) == fine
    logs = np.ones(60)
    logs[11:60:12] = np.nan
    assert not _can_start(logs, 50)
    logs = np.ones(60)
    logs[:6] = np.nan
    assert _can_start(logs, 36)
    assert not _can_start(logs, 35)


def test_degrees_of_freedom_come_from_the_restricted_likelihood():
    n, noise, step = 40, 1.0, 0.3
    x = (np.arange(n) >= 20).astype(float)[:, None]
    ours = degrees_of_freedom(np.ones(n, dtype=bool), x, np.array([noise, step]))
    design = np.column_stack([np.ones(n), np.arange(n), x])
    walk = np.minimum.outer(np.arange(n), np.arange(n)) + 0.0

    def cov(a, b):
        return np.linalg.inv(design.T @ np.linalg.inv(a * np.eye(n) + b * walk) @ design)

    inverse = np.linalg.inv(noise * np.eye(n) + step * walk)
    p = inverse - inverse @ design @ cov(noise, step) @ design.T @ inverse
    parts = [np.eye(n), walk]
    information = np.array([[0.5 * np.trace(p @ a @ p @ b) for b in parts] for a in parts])
    h = 1e-5
    slopes = np.array(
        [
            np.diag(cov(noise + h, step) - cov(noise - h, step)),
            np.diag(cov(noise, step + h) - cov(noise, step - h)),
        ]
    ) / (2 * h)
    variance = np.einsum("ak,ab,bk->k", slopes, np.linalg.inv(information), slopes)
    want = np.clip(2 * np.diag(cov(noise, step)) ** 2 / variance, 5.0, n - 3)
    np.testing.assert_allclose(ours, want[1:], rtol=1e-4)
    assert (ours < n - 3).any()
    few = degrees_of_freedom(np.ones(7, dtype=bool), np.zeros((7, 0)), np.array([1e-6, 1.0]))
    assert few.tolist() == [5.0]
