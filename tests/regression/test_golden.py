"""Against reference results that cannot be shipped; skipped where their folder is not given."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from healthdevo.regression.anderson_rubin import anderson_rubin_set
from healthdevo.regression.diagnostics import breusch_pagan_lm, hausman, pesaran_cd, wooldridge_serial
from healthdevo.regression.instruments import instrument
from healthdevo.regression.panels import panel

FOLDER = os.environ.get("HEALTHDEVO_GOLDEN")
pytestmark = pytest.mark.skipif(not FOLDER, reason="HEALTHDEVO_GOLDEN is not set")


def load(case, name):
    folder = Path(FOLDER or "") / "spending" / case
    return pd.read_csv(folder / name), json.loads((folder / "expected.json").read_text(encoding="utf-8"))


def close(actual, expected, tolerance):
    np.testing.assert_allclose(np.asarray(actual, dtype=float), expected, rtol=tolerance)


@pytest.fixture(scope="module")
def grunfeld():
    return load("grunfeld", "grunfeld.csv")


def invest(frame, effects, errors="classic", **options):
    return panel(
        frame,
        outcome="inv",
        regressors=["value", "capital"],
        area="firm",
        effects=effects,
        errors=errors,
        **options,
    )


@pytest.mark.parametrize(
    ("effects", "name"),
    [
        ("pooled", "pooled"),
        ("area", "within"),
        ("two-way", "twoway"),
        ("between", "between"),
        ("first-difference", "first_diff_with_const"),
        ("random", "random_swar"),
    ],
)
def test_grunfeld_estimators(grunfeld, effects, name):
    frame, expected = grunfeld
    fit = invest(frame, effects)
    close(fit.params["estimate"][["value", "capital"]], expected[name]["coef"], 1e-8)
    close(fit.params["standard_error"][["value", "capital"]], expected[name]["se"], 1e-8)
    if effects == "random":
        assert fit.params["estimate"]["const"] == pytest.approx(expected[name]["const"], rel=1e-8)
        assert fit.theta.iloc[0] == pytest.approx(expected[name]["theta"], abs=1e-7)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("se_cluster_HC0", {"errors": "clustered", "small_sample": "plm"}),
        ("se_cluster_stata_xtreg", {"errors": "clustered", "small_sample": "stata"}),
        ("se_cluster_linearmodels_default", {"errors": "clustered", "small_sample": "linearmodels"}),
        ("se_cluster_plm_sss", {"errors": "clustered", "small_sample": "plm-sss"}),
        ("se_driscoll_kraay_plm_lag0", {"errors": "driscoll-kraay", "small_sample": "plm", "kernel_lags": 0}),
        ("se_driscoll_kraay_plm_default", {"errors": "driscoll-kraay", "small_sample": "plm"}),
    ],
)
def test_grunfeld_conventions(grunfeld, name, options):
    frame, expected = grunfeld
    printed = expected["within"][name]
    tolerance = 1e-6 if name == "se_cluster_stata_xtreg" else 1e-8  # printed to seven figures
    close(invest(frame, "area", **options).params["standard_error"], printed, tolerance)


def test_grunfeld_diagnostics(grunfeld):
    frame, expected = grunfeld
    fits = {e: invest(frame, e) for e in ("area", "random", "pooled")}
    assert hausman(fits["area"], fits["random"]).statistic == pytest.approx(expected["hausman"], abs=5e-5)
    assert breusch_pagan_lm(fits["pooled"]).statistic == pytest.approx(expected["bp_lm"], abs=5e-3)
    assert pesaran_cd(fits["area"]).statistic == pytest.approx(expected["pesaran_cd"], abs=5e-5)
    assert wooldridge_serial(fits["area"]).statistic == pytest.approx(expected["wooldridge_ar"], abs=5e-4)


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("iid", {"errors": "classic"}),
        ("HC0", {"errors": "HC0"}),
        ("HC1", {"errors": "robust"}),
        ("HC2", {"errors": "HC2"}),
        ("HC3", {"errors": "HC3"}),
        ("CR1_firm", {"errors": "clustered", "clusters": "firm"}),
        ("CR0_firm", {"errors": "clustered", "clusters": "firm", "small_sample": "none"}),
        ("CR1_year", {"errors": "clustered", "clusters": "year"}),
        ("twoway_each_component_own_G", {"errors": "two-way", "small_sample": "sandwich"}),
        ("twoway_min_G", {"errors": "two-way", "small_sample": "fixest"}),
        ("CR2_firm", {"errors": "CR2", "clusters": "firm"}),
        ("CR2_year", {"errors": "CR2", "clusters": "year"}),
        ("CR3_year_jackknife", {"errors": "CR3", "clusters": "year", "small_sample": "sandwich"}),
    ],
)
def test_petersen(name, options):
    frame, expected = load("petersen", "petersen.csv")
    fit = panel(frame, outcome="y", regressors="x", area="firm", effects="pooled", **options)
    close(fit.params["estimate"], expected["coef"], 1e-8)
    tolerance = 2e-7 if name in ("twoway_min_G", "CR3_year_jackknife") else 1e-8  # printed to seven figures
    assert fit["x"].standard_error == pytest.approx(expected["se_x"][name], rel=tolerance)
    if name == "CR2_year":
        assert fit["x"].df == pytest.approx(expected["satterthwaite_df_x_CR2_year"], abs=5e-3)


def test_cigarettes():
    frame, expected = load("cigarettes_iv", "cigarettes_sw.csv")
    frame = frame[frame["year"] == 1995]
    logs = ["packs", "rprice", "rincome"]

    def fit(errors, instruments=("tdiff", "rtax"), exogenous=("rincome",)):
        return instrument(
            frame,
            outcome="packs",
            endogenous="rprice",
            instruments=list(instruments),
            exogenous=list(exogenous),
            logs=[name for name in logs if name in ("packs", "rprice", *exogenous)],
            errors=errors,
        )

    order = ["const", "log(rprice)", "log(rincome)"]
    for errors, name in (("classic", "se_iid"), ("HC0", "se_HC0"), ("robust", "se_HC1")):
        result = fit(errors)
        close(result.params["estimate"][order], list(expected["coef"].values()), 1e-7)
        close(result.params["standard_error"][order], expected[name], 1e-7)
    stage = result.first_stage
    for kind, name in (("classic", "first_stage_F"), ("HC0", "F_HC0"), ("HC1", "F_HC1")):
        assert stage.f(kind) == pytest.approx(expected[name], rel=1e-7)
    assert stage.effective_f("HC1") == pytest.approx(expected["F_effective_HC1_partialled"], rel=1e-7)
    assert result.tests["wu-hausman"].statistic == pytest.approx(expected["wu_hausman"], rel=1e-7)
    assert result.tests["sargan"].statistic == pytest.approx(expected["sargan"], rel=1e-7)
    assert result.tests["sargan"].p_value == pytest.approx(expected["sargan_p"], rel=1e-7)
    one = expected["one_instrument_tdiff_with_income"]
    close(fit("robust", ("tdiff",)).params["estimate"][order], one["coef"], 1e-7)
    close(fit("robust", ("tdiff",)).params["standard_error"][order], one["se_HC1"], 1e-7)
    bare = fit("robust", ("tdiff",), ())
    close(bare.params["estimate"], expected["no_income_tdiff"]["coef"], 1e-7)
    close(bare.params["standard_error"], expected["no_income_tdiff"]["se_HC1"], 1e-7)


def test_housing():
    frame, expected = load("hsng_iv", "hsng.csv")
    regions = sorted(frame["region"].unique())[1:]
    frame = frame.assign(**{f"r {r}": (frame["region"] == r).astype(float) for r in regions})

    def fit(estimator, errors):
        return instrument(
            frame,
            outcome="rent",
            endogenous="hsngval",
            instruments=["faminc", *(f"r {r}" for r in regions)],
            exogenous="pcturban",
            estimator=estimator,
            errors=errors,
            small_sample=False,
        )

    order = ["const", "pcturban", "hsngval"]
    for estimator, errors, block, name in (
        ("2sls", "classic", "tsls", "se_unadj"),
        ("2sls", "robust", "tsls", "se_robust"),
        ("liml", "classic", "liml", "se_unadj"),
        ("gmm", "robust", "gmm2_robust", "se"),
    ):
        result = fit(estimator, errors)
        want = expected[block]
        close(result.params["estimate"][order], list(want["coef"].values()), 1e-6)
        close(result.params["standard_error"][order], want[name], 2e-6)  # some printed to six figures
        if estimator == "liml":
            assert result.kappa == pytest.approx(want["kappa"], rel=1e-6)
        if estimator == "gmm":
            assert result.tests["hansen"].statistic == pytest.approx(want["J"], rel=1e-6)
            assert result.tests["hansen"].p_value == pytest.approx(want["J_p"], rel=1e-6)
    result = fit("2sls", "robust")
    stage, want = result.first_stage, expected["first_stage"]
    assert stage.f("classic") == pytest.approx(want["F"], rel=1e-6)
    assert stage.partial_r2 == pytest.approx(want["partial_R2"], rel=2e-6)
    assert stage.f("HC1") == pytest.approx(want["F_robust_HC1"], rel=1e-6)
    assert stage.effective_f("HC1") == pytest.approx(want["F_effective_HC1_partialled"], rel=1e-6)
    for key, name in (
        ("sargan", "sargan"),
        ("basmann", "basmann"),
        ("wu-hausman", "wu_hausman_F"),
        ("durbin", "durbin"),
        ("anderson-rubin", "anderson_rubin_overid"),
    ):
        assert result.tests[key].statistic == pytest.approx(expected[name], rel=5e-6)
    assert anderson_rubin_set(result.data, errors="classic").kind in ("bounded", "empty")


def test_wages():
    frame, expected = load("mroz_iv", "mroz.csv")
    options = {
        "outcome": "lwage",
        "endogenous": "educ",
        "instruments": ["motheduc", "fatheduc"],
        "exogenous": ["exper", "expersq"],
    }
    order = ["const", "educ", "exper", "expersq"]
    for errors, name in (("classic", "se_iid"), ("robust", "se_HC1")):
        result = instrument(frame, errors=errors, **options)
        assert result.n == 428
        assert len(result.dropped) == len(frame) - 428
        close(result.params["estimate"][order], list(expected["coef"].values()), 1e-7)
        close(result.params["standard_error"][order], expected[name], 1e-7)
    assert result.first_stage.f("classic") == pytest.approx(expected["first_stage_F"], rel=1e-7)
    assert result.first_stage.f("HC1") == pytest.approx(expected["F_robust_HC1"], rel=1e-7)
    assert result.first_stage.effective_f("HC1") == pytest.approx(
        expected["F_effective_HC1_partialled"], rel=1e-7
    )
    assert result.tests["wu-hausman"].statistic == pytest.approx(expected["wu_hausman"], rel=1e-7)
    assert result.tests["sargan"].statistic == pytest.approx(expected["sargan"], rel=1e-7)
