"""Beta and sigma convergence: known processes, invariances, error of measurement."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.inequality.catching_up import beta_convergence
from healthdevo.inequality.narrowing import sigma_convergence


def areas(seed, n=150, speed=0.03, years=10, noise=0.02):
    rng = np.random.default_rng(seed)
    start = np.exp(rng.normal(4.0, 0.3, n))
    end = np.exp(4.0 + (np.log(start) - 4.0) * np.exp(-speed * years) + rng.normal(0, noise, n))
    return start, end


def test_speed_of_a_known_process_is_recovered():
    start, end = areas(11)
    found = beta_convergence(start, end, 10, levels=(0.95, 0.99))
    assert found.speed.estimate == pytest.approx(0.03, abs=0.003)
    assert 0.03 in found.speed.interval(0.99)
    assert found.half_life.estimate == pytest.approx(np.log(2) / found.speed.estimate)
    assert (
        found.half_life.interval(0.95).lower < found.half_life.estimate < found.half_life.interval(0.95).upper
    )
    assert found.estimate == pytest.approx(-(1 - np.exp(-10 * found.speed.estimate)) / 10)
    assert "caught up" in found.sentence


def test_limits_cover_the_truth():
    truth = -(1 - np.exp(-0.2)) / 10
    hits = sum(truth in beta_convergence(*areas(s, n=40, speed=0.02), 10).interval() for s in range(150))
    assert hits >= 135


def test_regression_and_its_errors_are_the_librarys():
    start, end = areas(2, n=30)
    w = np.random.default_rng(0).uniform(1, 3, 30)
    extra = pd.DataFrame({"density": np.random.default_rng(1).normal(size=30)})
    found = beta_convergence(start, end, 7, w, controls=extra, robust="HC1", levels=0.9)
    design = np.column_stack([np.ones(30), np.log(start), extra["density"]])
    fit = sm.WLS(np.log(end / start) / 7, design, weights=w).fit(cov_type="HC1", use_t=True)
    assert found.estimate == pytest.approx(fit.params[1], rel=1e-10)
    assert found.standard_error == pytest.approx(fit.bse[1], rel=1e-10)
    assert found.interval(0.9).upper == pytest.approx(fit.conf_int(0.1)[1][1], rel=1e-9)
    assert "density" in found.method


def test_units_and_row_order_do_not_matter():
    start, end = areas(3, n=25)
    base = beta_convergence(start, end, 5)
    order = np.random.default_rng(0).permutation(25)
    for other in (
        beta_convergence(1000 * start, 1000 * end, 5),
        beta_convergence(start[order], end[order], 5),
    ):
        assert other.estimate == pytest.approx(base.estimate, abs=1e-12)
        assert other.standard_error == pytest.approx(base.standard_error, rel=1e-8)
    assert beta_convergence(start, end, 5, np.full(25, 3.0)).estimate == pytest.approx(base.estimate)


def test_regression_to_the_mean_is_taken_out():
    rng = np.random.default_rng(4)
    raw, corrected = [], []
    for _ in range(60):
        truth = np.exp(rng.normal(4.0, 0.2, 200))
        errors = np.full(200, 0.1)
        start = truth * np.exp(rng.normal(0, errors))
        end = truth * np.exp(rng.normal(0, errors))
        found = beta_convergence(start, end, 10, start_errors=start * errors)
        raw.append(found.estimate)
        corrected.append(found.corrected.estimate)
        assert 0.6 < found.reliability < 0.95
    assert np.mean(raw) < -0.01  # nothing happened, yet areas seem to converge
    assert np.mean(corrected) == pytest.approx(0.0, abs=0.002)


def test_no_convergence_and_closed_gaps_say_so():
    rng = np.random.default_rng(5)
    start = np.exp(rng.normal(4, 0.2, 30))
    apart = beta_convergence(start, start**1.2, 10)
    assert apart.half_life.reason == "areas do not converge"
    assert "pulled away" in apart.sentence
    crossed = beta_convergence(start, 50 / start, 1)
    assert "turned round" in crossed.speed.reason
    assert np.isnan(crossed.half_life.estimate)
    hopeless = beta_convergence(start, start[::-1], 10, start_errors=start)
    assert "as large as the spread" in hopeless.corrected.reason
    level = beta_convergence([-1.0, 0.0, 2.0, 5.0, 6.0], [0.0, 0.0, 2.0, 4.0, 5.5], 2, logarithm=False)
    assert level.estimate < 0


def panel(seed, n=60, factors=(1.0, 0.9, 0.8, 0.7), noise=0.01):
    rng = np.random.default_rng(seed)
    area = rng.normal(0, 0.3, n)
    rows = [
        {
            "area": f"E{i}",
            "year": 2000 + t,
            "y": float(np.exp(4 + f * area[i] + noise * rng.normal())),
            "p": 1.0 + i % 3,
        }
        for t, f in enumerate(factors)
        for i in range(n)
    ]
    return pd.DataFrame(rows)


def test_narrowing_is_found_and_the_spread_is_the_plain_one():
    frame = panel(1)
    found = sigma_convergence(frame, "area", "year", "y", levels=(0.5, 0.95))
    plain = frame.groupby("year")["y"].agg(lambda v: np.log(v).std(ddof=0))
    np.testing.assert_allclose(found.estimate, plain.to_numpy())
    assert found.change.estimate == pytest.approx(plain.iloc[-1] - plain.iloc[0])
    assert found.ratio.estimate == pytest.approx(0.7, abs=0.02)
    assert found.ratio.interval(0.95).upper < 1
    assert found.trend.estimate == pytest.approx(np.polyfit(plain.index, plain, 1)[0])
    assert "narrowed" in found.sentence
    assert found.lower.shape == (4, 2)


@pytest.mark.parametrize(
    "measure", ["standard deviation of logs", "coefficient of variation", "standard deviation"]
)
def test_bootstrap_of_whole_areas_agrees(measure):
    frame = panel(2, noise=0.1)
    options = {"weights": "p", "measure": measure}
    linear = sigma_convergence(frame, "area", "year", "y", **options)
    drawn = sigma_convergence(frame, "area", "year", "y", variance="bootstrap", draws=500, seed=3, **options)
    np.testing.assert_allclose(drawn.estimate, linear.estimate)
    np.testing.assert_allclose(drawn.standard_error, linear.standard_error, rtol=0.25)
    for part in ("change", "ratio", "trend"):
        assert getattr(drawn, part).standard_error == pytest.approx(
            getattr(linear, part).standard_error, rel=0.3
        )
    again = sigma_convergence(frame, "area", "year", "y", variance="bootstrap", draws=500, seed=3, **options)
    np.testing.assert_array_equal(drawn.lower, again.lower)


def test_persistent_areas_give_a_sharper_test_than_independent_samples():
    frame = panel(3, factors=(1.0, 0.95))
    found = sigma_convergence(frame, "area", "year", "y")
    independent = np.hypot(*found.standard_error)
    assert found.change.standard_error < 0.3 * independent
    # the paired test of variances (sums and differences uncorrelated) agrees on the verdict
    wide = np.log(frame.pivot_table(index="area", columns="year", values="y").to_numpy())
    p = stats.pearsonr(wide[:, 0] + wide[:, 1], wide[:, 0] - wide[:, 1]).pvalue
    assert p < 0.05
    assert 1.0 not in found.ratio.interval()


def test_limits_of_the_change_cover_the_truth():
    hits = 0
    for seed in range(120):
        found = sigma_convergence(panel(seed, n=80, factors=(1.0, 0.9), noise=0.1), "area", "year", "y")
        truth = np.hypot(0.27, 0.1) / np.hypot(0.3, 0.1)
        hits += truth in found.ratio.interval()
    assert hits >= 105


def test_scale_and_order_of_rows():
    frame = panel(4)
    base = sigma_convergence(frame, "area", "year", "y")
    other = sigma_convergence(
        frame.assign(y=7 * frame["y"]).sample(frac=1, random_state=1), "area", "year", "y"
    )
    np.testing.assert_allclose(other.estimate, base.estimate)
    np.testing.assert_allclose(other.standard_error, base.standard_error)


def test_wrong_input_is_named():
    frame = panel(5, n=5)
    with pytest.raises(InputError, match="'E2' has no value in 2001"):
        sigma_convergence(frame[~((frame["area"] == "E2") & (frame["year"] == 2001))], "area", "year", "y")
    with pytest.raises(InputError, match="there twice"):
        sigma_convergence(pd.concat([frame, frame.iloc[:1]]), "area", "year", "y")
    with pytest.raises(InputError, match="'E0' in 2000 is 0"):
        sigma_convergence(frame.assign(y=[0.0, *frame["y"].iloc[1:]]), "area", "year", "y")
    with pytest.raises(InputError, match="no column 'z'"):
        sigma_convergence(frame, "area", "year", "z")
    with pytest.raises(InputError, match="no spread"):
        sigma_convergence(frame.assign(y=3.0), "area", "year", "y")
    with pytest.raises(InputError, match="row 1 is 0"):
        beta_convergence([1, 0, 2, 3, 4], [1, 1, 2, 3, 4], 3)
    with pytest.raises(InputError, match="same value"):
        beta_convergence([2, 2, 2, 2, 2], [1, 1, 2, 3, 4], 3)
    with pytest.raises(InputError, match="years"):
        beta_convergence([1, 2, 2, 3, 4], [1, 1, 2, 3, 4], 0)
    with pytest.raises(InputError, match="at least 4"):
        beta_convergence([1, 2, 3], [1, 1, 2], 2)
