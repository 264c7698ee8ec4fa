"""Interrupted series agree with published analyses and cover the truth of simulated ones."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.series.ar1_errors import fit_ar1, steps
from healthdevo.series.controlled_interrupted_series import controlled_interrupted_series
from healthdevo.series.interrupted_series import interrupted_series, placebo_dates
from healthdevo.series.seasonal_errors import seasonal_errors_regression

TERMS = {
    "smokban": "level change",
    "time": "time",
    "I((time - 36) * smokban)": "slope change",
    "H1": "sine 1",
    "H2": "cosine 1",
    "H3": "sine 2",
    "H4": "cosine 2",
}
STEP = {"slope_change": False}
SICILY = {
    "m1_poisson_step": {"model": "poisson", "seasons": 0} | STEP,
    "m2_quasipoisson_step": {"seasons": 0} | STEP,
    "m3_quasi_step_harm2": STEP,
    "m4_quasi_step_slope_harm2": {"slope_origin": 1},
    "m5_negbin_step_harm2": {"model": "negative-binomial"} | STEP,
}


def sicily(reference):
    rows, expected = reference("its_sicily")
    index = pd.PeriodIndex(
        [pd.Period(year=y, month=m, freq="M") for y, m in zip(rows["year"], rows["month"], strict=True)]
    )
    return pd.Series(rows["aces"].to_numpy(), index), pd.Series(rows["stdpop"].to_numpy(), index), expected


@pytest.mark.parametrize("case", list(SICILY))
def test_the_sicilian_smoking_ban(reference, case):
    events, people, expected = sicily(reference)
    result = interrupted_series(
        events, "2005-01", exposure=people, errors="model", hac_lags=3, **SICILY[case]
    )
    want = expected[expected["model"] == case].set_index("term").drop("(Intercept)")
    got = result.coefficients.loc[[TERMS[term] for term in want.index]]
    np.testing.assert_allclose(got["estimate"], want["estimate"], rtol=1e-6)
    np.testing.assert_allclose(got["standard_error"], want["se"], rtol=1e-5)
    ratio = result.rate_ratio
    np.testing.assert_allclose(ratio.estimate, want.loc["smokban", "rr"], rtol=1e-6)
    np.testing.assert_allclose(ratio.interval().lower, want.loc["smokban", "rr_lo"], rtol=1e-5)
    np.testing.assert_allclose(ratio.interval().upper, want.loc["smokban", "rr_hi"], rtol=1e-5)
    if "quasi" in case:
        assert result.dispersion == pytest.approx(want["dispersion"].iloc[0], rel=1e-5)
        np.testing.assert_allclose(got["p_value"], want["p"], rtol=1e-4)
    if case.startswith("m3"):
        newey = expected[expected["model"] == "m3_NeweyWest_lag3"].set_index("term").drop("(Intercept)")
        np.testing.assert_allclose(got["hac_error"], newey["se"], rtol=1e-5)


def test_fitted_course_and_counterfactual(reference, carried):
    events, people, _ = sicily(reference)
    want = carried("its_sicily", "fitted")
    path = interrupted_series(events, "2005-01", exposure=people, **STEP).path
    np.testing.assert_allclose(path["fitted"], want["fitted"], rtol=1e-8)
    np.testing.assert_allclose(path["counterfactual"], want["counterfactual"], rtol=1e-8)


def test_californias_tobacco_programme(reference):
    rows, expected = reference("its_prop99")
    states = rows.pivot_table(index="Year", columns="State", values="PacksPerCapita")
    single = interrupted_series(states["California"], 1989, model="ols", seasons=0, hac_lags=1, errors="hac")
    want = expected[expected["model"] == "itsa_single_CA_newey1"].set_index("term")
    order = ["intercept", "time", "level change", "slope change"]
    np.testing.assert_allclose(
        single.coefficients.loc[order, "estimate"],
        want.loc[["(Intercept)", "t", "x", "xt"], "estimate"],
        rtol=1e-6,
    )
    np.testing.assert_allclose(
        single.coefficients.loc[order, "standard_error"],
        want.loc[["(Intercept)", "t", "x", "xt"], "se"],
        rtol=1e-5,
    )
    controlled = controlled_interrupted_series(
        states, "California", 1989, model="ols", seasons=0, errors="model", levels=(0.95, 0.8)
    )
    want = expected[expected["model"] == "itsa_multi_OLS_point"].set_index("term")
    order = [
        "intercept",
        "time",
        "treated",
        "treated x time",
        "level change",
        "slope change",
        "treated x level change",
        "treated x slope change",
    ]
    np.testing.assert_allclose(controlled.coefficients.loc[order, "estimate"], want["estimate"], rtol=1e-6)
    np.testing.assert_allclose(controlled.coefficients.loc[order, "standard_error"], want["se"], rtol=1e-5)
    assert controlled.slope_change.estimate == pytest.approx(-1.96929519703, rel=1e-6)
    assert "difference in the change in level" in controlled.level_change.sentence
    assert controlled.cumulative.estimate < 0
    with pytest.raises(InputError, match="no rates"):
        _ = controlled.rate_ratio


def test_the_seat_belt_law(reference):
    rows, expected = reference("its_seatbelts")
    index = pd.PeriodIndex(rows["date"].str[:7], freq="M")
    logs = pd.Series(np.log(rows["drivers"].to_numpy()), index)
    driving = pd.DataFrame(
        {"lkms": np.log(rows["kms"].to_numpy()), "petrol": rows["PetrolPrice"].to_numpy()}, index
    )
    result = interrupted_series(
        logs,
        "1983-02",
        model="gls-ar1",
        seasons="months",
        covariates=driving,
        restricted=False,
        hac_lags=12,
        **STEP,
    )
    want = expected[expected["model"] == "gls_ar1_ml"].set_index("term")
    pairs = {"law": "level change", "t": "time", "log(kms)": "lkms", "PetrolPrice": "petrol"}
    pairs |= {f"factor(m){m}": f"month {m}" for m in range(2, 13)}
    for theirs, ours in pairs.items():
        assert result.coefficients.loc[ours, "estimate"] == pytest.approx(
            want.loc[theirs, "estimate"], rel=1e-3
        ), ours
        assert result.coefficients.loc[ours, "standard_error"] == pytest.approx(
            want.loc[theirs, "se"], rel=1e-3
        ), ours
    assert result.autocorrelation == pytest.approx(0.377362332239, rel=1e-3)
    assert result.loglikelihood == pytest.approx(want["loglik"].iloc[0], rel=1e-6)
    least = interrupted_series(
        logs, "1983-02", model="ols", seasons="months", covariates=driving, hac_lags=12, **STEP
    )
    newey = expected[expected["model"] == "ols_newey12"].set_index("term")
    for theirs, ours in pairs.items():
        assert least.coefficients.loc[ours, "estimate"] == pytest.approx(
            newey.loc[theirs, "estimate"], rel=1e-6
        )
        assert least.coefficients.loc[ours, "hac_error"] == pytest.approx(newey.loc[theirs, "se"], rel=1e-5)


def test_the_seat_belt_law_with_seasonal_errors(reference):
    rows, expected = reference("its_seatbelts")
    index = pd.PeriodIndex(rows["date"].str[:7], freq="M")
    regressors = pd.DataFrame(
        {
            "law": rows["law"].to_numpy(),
            "lkms": np.log(rows["kms"].to_numpy()),
            "petrol": rows["PetrolPrice"].to_numpy(),
        },
        index,
    )
    result = seasonal_errors_regression(pd.Series(np.log(rows["drivers"].to_numpy()), index), regressors)
    want = expected[expected["model"].str.startswith("arima")].set_index("term")
    got = result.coefficients.loc[want.index]
    assert (np.abs(got["estimate"] - want["estimate"]) < 1e-3 * want["se"]).all()
    np.testing.assert_allclose(got["standard_error"], want["se"], rtol=1e-3)
    assert result.loglikelihood >= want["loglik"].iloc[0] - 1e-8
    assert result.loglikelihood == pytest.approx(want["loglik"].iloc[0], abs=1e-5)
    assert result.sigma2 == pytest.approx(float(want["sigma2"].iloc[0]), rel=1e-4)
    assert result.aic == pytest.approx(-365.191765437, abs=1e-5)
    assert result.effect("law").interval().excludes_zero
    with pytest.raises(InputError, match="rain"):
        result.effect("rain")


def simulated(rng, n, rho, mean, sd):
    t = np.arange(n)
    k = int(n * rng.uniform(0.45, 0.65))
    after = t >= k
    level, slope = rng.normal(0, 0.15), rng.normal(0, 0.003)
    error = np.zeros(n)
    error[0] = rng.normal(0, sd)
    for i in range(1, n):
        error[i] = rho * error[i - 1] + rng.normal(0, sd * np.sqrt(1 - rho**2))
    base = np.log(mean) + 0.002 * t + 0.06 * np.sin(2 * np.pi * t / 12)
    with_change = base + after * (level + slope * (t - k))
    index = pd.period_range("2014-01", periods=n, freq="M")
    total = float((np.exp(with_change) - np.exp(base)).sum())
    return pd.Series(rng.poisson(np.exp(with_change + error)), index), index[k], level, slope, total


def test_intervals_cover_the_truth_of_simulated_series():
    rng = np.random.default_rng(11)
    hits = []
    for i in range(33):
        n, rho, mean, sd = ((60, 0.0, 300, 0.0), (84, 0.4, 3000, 0.04), (120, 0.7, 20000, 0.03))[i % 3]
        y, when, level, slope, total = simulated(rng, n, rho, mean, sd)
        result = interrupted_series(y, when)
        logs = interrupted_series(np.log(y), when, model="gls-ar1")
        hits.append(
            (
                level in result.level_change.interval(),
                slope in result.slope_change.interval(),
                total in result.cumulative.interval(),
                level in logs.level_change.interval(),
                slope in logs.slope_change.interval(),
            )
        )
    coverage = np.mean(hits, axis=0)
    assert (coverage >= 0.84).all(), coverage
    assert 0.9 <= coverage.mean() <= 0.99, coverage


def test_model_errors_are_too_small_when_neighbours_are_alike():
    y, when, *_ = simulated(np.random.default_rng(3), 120, 0.8, 50_000, 0.05)
    plain = interrupted_series(y, when, errors="model")
    robust = interrupted_series(y, when)
    assert robust.level_change.standard_error > 1.5 * plain.level_change.standard_error
    assert "autocorrelated" in plain.warnings[0]


def test_gaps_and_order_do_not_matter():
    y, when, *_ = simulated(np.random.default_rng(5), 96, 0.3, 5_000, 0.03)
    holes = y.drop(y.index[20:30])
    a = interrupted_series(holes, when)
    b = interrupted_series(holes.sample(frac=1.0, random_state=1), when)
    missing = y.astype(float)
    missing.iloc[20:30] = np.nan
    c = interrupted_series(missing, when)
    pd.testing.assert_frame_equal(a.coefficients, b.coefficients)
    pd.testing.assert_frame_equal(a.coefficients, c.coefficients)
    assert len(a.path) == 86


def test_path_agrees_with_its_parts():
    y, when, *_ = simulated(np.random.default_rng(6), 72, 0.2, 2_000, 0.02)
    result = interrupted_series(y, when, levels=(0.5, 0.95))
    path = result.path
    after = path.index >= when
    assert path.loc[~after, "effect"].isna().all()
    np.testing.assert_allclose((path["fitted"] - path["counterfactual"])[after], path.loc[after, "effect"])
    assert path["cumulative"].iloc[-1] == pytest.approx(result.cumulative.estimate)
    assert path["cumulative_lower_0.5"].iloc[-1] == pytest.approx(result.cumulative.interval(0.5).lower)
    first = path.loc[when]
    assert first["fitted"] / first["counterfactual"] == pytest.approx(result.rate_ratio.estimate)
    assert (path["counterfactual_lower_0.95"] < path["counterfactual_lower_0.5"]).all()
    assert "at the interruption (50% interval" in result.sentence


def test_controlled_series_take_out_what_hits_everyone():
    rng = np.random.default_rng(8)
    index = pd.period_range("2013-01", periods=84, freq="M")
    after = np.arange(84) >= 50
    frame = pd.DataFrame(
        {a: rng.poisson(900 * np.exp(-0.3 * after + (0.1 * after if a == "T" else 0))) for a in "TABC"}, index
    )
    alone = interrupted_series(frame["T"], index[50], seasons=0)
    beside = controlled_interrupted_series(frame, "T", index[50], seasons=0)
    assert 0.1 not in alone.level_change.interval()
    assert 0.1 in beside.level_change.interval()
    shuffled = controlled_interrupted_series(
        frame[["B", "T", "C", "A"]].iloc[::-1], "T", index[50], seasons=0
    )
    assert shuffled.level_change.estimate == pytest.approx(beside.level_change.estimate, rel=1e-8)
    per_head = controlled_interrupted_series(frame, "T", index[50], seasons=0, exposures=frame * 0 + 100.0)
    assert per_head.level_change.estimate == pytest.approx(beside.level_change.estimate, rel=1e-6)


def test_placebo_dates_find_little_where_nothing_happened():
    rng = np.random.default_rng(9)
    index = pd.period_range("2010-01", periods=108, freq="M")
    y = pd.Series(rng.poisson(np.where(np.arange(108) < 84, 700.0, 560.0)), index)
    table = placebo_dates(y, "2017-01", seasons=1, slope_change=False, margin=18)
    assert table["placebo"].tolist() == [True] * (len(table) - 1) + [False]
    placebos = table[table["placebo"]]
    assert ((placebos["lower"] > 0) | (placebos["upper"] < 0)).mean() < 0.25
    assert table["p_value"].iloc[-1] == pytest.approx(1 / len(table))
    years = pd.Series(rng.normal(5, 1, 40), index=range(1980, 2020))
    assert len(placebo_dates(years, 2010, margin=8, model="ols", seasons=0)) > 10
    with pytest.raises(InputError, match="no placebo date"):
        placebo_dates(y.iloc[70:], "2017-01")


def test_constant_series_show_no_change():
    flat = pd.Series(5.0, pd.period_range("2015-01", periods=48, freq="M"))
    for model in ("ols", "gls-ar1", "quasi-poisson"):
        result = interrupted_series(flat, "2017-01", model=model)
        assert result.level_change.estimate == pytest.approx(0.0, abs=1e-8)
        assert not np.isnan(result.level_change.standard_error)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"interruption": "2030-01"}, "before it and from it on"),
        ({"interruption": "2014-01"}, "before it and from it on"),
        ({"model": "cox"}, "model"),
        ({"errors": "none"}, "errors"),
        ({"seasons": 7}, "seasons"),
        ({"slope_origin": 2}, "slope_origin"),
        ({"hac_lags": -1}, "hac_lags"),
        ({"outcome": [1, 2]}, "Series"),
        ({"outcome": pd.Series(dtype=float)}, "before it|has no value|not a month|interruption"),
        (
            {"outcome": pd.Series([1.0, -2.0] * 20, pd.period_range("2014-01", periods=40, freq="M"))},
            "at least 0",
        ),
        (
            {"outcome": pd.Series(0.0, pd.period_range("2014-01", periods=40, freq="M"))},
            "all counts before the interruption are 0",
        ),
        (
            {"outcome": pd.Series(range(8), pd.period_range("2015-03", periods=8, freq="M"))},
            "coefficients|told apart",
        ),
        ({"model": "ols", "exposure": pd.Series(dtype=float)}, "no offset"),
        (
            {"covariates": pd.DataFrame({"x": [1.0]}, pd.PeriodIndex(["2014-01"], freq="M"))},
            "'x' has no value",
        ),
        ({"exposure": pd.Series([1.0], pd.PeriodIndex(["2014-01"], freq="M"))}, "2014-02"),
    ],
)
def test_bad_input_is_refused(change, message):
    y = pd.Series(np.arange(40) % 7 + 5, pd.period_range("2014-01", periods=40, freq="M"))
    with pytest.raises(InputError, match=message):
        interrupted_series(**({"outcome": y, "interruption": "2015-08"} | change))


def test_duplicated_months_are_refused():
    y = pd.Series([1.0, 2.0, 3.0], pd.to_datetime(["2020-01-01", "2020-01-20", "2020-02-01"]))
    with pytest.raises(InputError, match="repeat"):
        interrupted_series(y, "2020-02")
    years = pd.Series([1.0, 2.0, 3.0], [2000, 2000, 2001])
    with pytest.raises(InputError, match="more than once"):
        interrupted_series(years, 2001)
    with pytest.raises(InputError, match="comparison"):
        controlled_interrupted_series(y.to_frame("a"), "a", "2020-02")
    with pytest.raises(InputError, match="not among"):
        controlled_interrupted_series(y.to_frame("a"), "b", "2020-02")


def test_restricted_likelihood_finds_the_autocorrelation():
    rng = np.random.default_rng(12)
    found = {True: [], False: []}
    t = np.arange(60.0)
    x = np.column_stack([np.ones(60), t, t > 30, np.sin(t / 2), np.cos(t / 2)])
    for _ in range(60):
        e = np.zeros(60)
        for i in range(1, 60):
            e[i] = 0.6 * e[i - 1] + rng.normal()
        for restricted in found:
            found[restricted].append(fit_ar1(e, x, steps(t), restricted=restricted).rho)
    assert np.mean(found[True]) == pytest.approx(0.6, abs=0.08)
    assert np.mean(found[False]) < np.mean(found[True])


@pytest.mark.parametrize("name", ["time", "level change", "sine 1"])
def test_a_covariate_cannot_take_the_place_of_a_term(name):
    months = pd.period_range("2014-01", periods=60, freq="M")
    y = pd.Series(np.random.default_rng(0).poisson(100, 60), index=months)
    with pytest.raises(InputError, match=f"covariates: '{name}' is a term"):
        interrupted_series(y, "2017-01", covariates=pd.DataFrame({name: np.arange(60.0)}, index=months))
