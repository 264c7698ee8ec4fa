from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.panel import PanelOLS, RandomEffects

from healthdevo.errors import InputError
from healthdevo.regression.diagnostics import breusch_pagan_lm, hausman, pesaran_cd, wooldridge_serial
from healthdevo.regression.panel_design import EFFECTS
from healthdevo.regression.panels import panel

REFERENCE = Path(__file__).parents[1] / "reference"


@pytest.fixture(scope="module")
def frame():
    return pd.read_csv(REFERENCE / "panel_unbalanced" / "input.csv")


def deaths(frame, effects="two-way", errors="clustered", **options):
    options = {"controls": "need", "logs": True} | options
    return panel(frame, outcome="deaths", regressors="spend", effects=effects, errors=errors, **options)


EXPECTED = pd.read_csv(REFERENCE / "panel_unbalanced" / "expected.csv")


@pytest.mark.parametrize(
    "key", sorted({tuple(k) for k in EXPECTED[["effects", "weights", "errors"]].to_numpy()})
)
def test_unbalanced_reference(frame, key):
    effects, weights, errors = key
    kind, _, cluster = errors.partition(":")
    fit = deaths(
        frame,
        effects,
        kind,
        clusters=cluster or None,
        weights=None if weights == "none" else weights,
        small_sample="fixest",
    )
    want = EXPECTED.query("effects == @effects and weights == @weights and errors == @errors").set_index(
        "term"
    )
    iterated = effects == "two-way" and errors != "classic"
    np.testing.assert_allclose(fit.params["estimate"][want.index], want["estimate"], rtol=1e-10)
    np.testing.assert_allclose(
        fit.params["standard_error"][want.index], want["standard_error"], rtol=1e-7 if iterated else 1e-10
    )


GRUNFELD = pd.read_csv(REFERENCE / "panel_grunfeld" / "expected.csv", keep_default_na=False)


def grunfeld(effects, errors="classic", **options):
    data = pd.read_csv(REFERENCE / "panel_grunfeld" / "input.csv")
    return panel(
        data,
        outcome="invest",
        regressors=["value", "capital"],
        area="firm",
        effects=effects,
        errors=errors,
        **options,
    )


@pytest.mark.parametrize(
    ("model", "quantity", "effects", "errors", "options"),
    [
        ("pooled", "se", "pooled", "classic", {}),
        ("within", "se", "area", "classic", {}),
        ("twoway", "se", "two-way", "classic", {}),
        ("between", "se", "between", "classic", {}),
        ("first_diff_with_const", "se", "first-difference", "classic", {}),
        ("random_swar", "se", "random", "classic", {}),
        ("within", "se_cluster_HC0", "area", "clustered", {"small_sample": "none"}),
        ("within", "se_cluster_stata_xtreg", "area", "clustered", {}),
        ("within", "se_cluster_linearmodels_default", "area", "clustered", {"small_sample": "linearmodels"}),
        ("within", "se_cluster_plm_sss", "area", "clustered", {"small_sample": "plm-sss"}),
        (
            "within",
            "se_driscoll_kraay_plm_lag0",
            "area",
            "driscoll-kraay",
            {"small_sample": "plm", "kernel_lags": 0},
        ),
        ("within", "se_driscoll_kraay_plm_default", "area", "driscoll-kraay", {"small_sample": "plm"}),
    ],
)
def test_grunfeld_reference(model, quantity, effects, errors, options):
    fit = grunfeld(effects, errors, **options)
    rows = GRUNFELD[GRUNFELD["model"] == model].set_index(["quantity", "term"])["value"]
    for term in ("value", "capital"):
        assert fit[term].estimate == pytest.approx(float(rows["coef", term]), rel=1e-8)
        tolerance = 1e-6 if quantity == "se_cluster_stata_xtreg" else 1e-8
        assert fit[term].standard_error == pytest.approx(float(rows[quantity, term]), rel=tolerance)


def test_grunfeld_tests():
    want = GRUNFELD[GRUNFELD["model"] == "tests"].set_index("quantity")["value"]
    assert hausman(grunfeld("area"), grunfeld("random")).statistic == pytest.approx(want["hausman"], abs=5e-5)
    assert breusch_pagan_lm(grunfeld("pooled")).statistic == pytest.approx(want["bp_lm"], abs=5e-3)
    assert pesaran_cd(grunfeld("area")).statistic == pytest.approx(want["pesaran_cd"], abs=5e-5)
    assert wooldridge_serial(grunfeld("area")).statistic == pytest.approx(want["wooldridge_ar"], abs=5e-4)


@pytest.mark.parametrize("weights", [None, "population"])
@pytest.mark.parametrize(
    ("effects", "entity", "time"), [("area", True, False), ("year", False, True), ("two-way", True, True)]
)
def test_linearmodels_convention_is_its_default(frame, weights, effects, entity, time):
    data = frame.assign(ly=np.log(frame["deaths"]), lx=np.log(frame["spend"])).set_index(["area", "year"])
    for by in ("area", "year"):
        theirs = PanelOLS(
            data["ly"],
            data[["lx", "need"]],
            weights=None if weights is None else data[weights],
            entity_effects=entity,
            time_effects=time,
        ).fit(cov_type="clustered", cluster_entity=by == "area", cluster_time=by == "year")
        ours = deaths(frame, effects, clusters=by, weights=weights, small_sample="linearmodels")
        np.testing.assert_allclose(ours.params["estimate"], theirs.params, rtol=1e-10)
        np.testing.assert_allclose(ours.params["standard_error"], theirs.std_errors, rtol=1e-9)
        np.testing.assert_allclose(ours.params["p_value"], theirs.pvalues, rtol=1e-6)


def test_random_effects_in_an_unbalanced_panel_equal_linearmodels(frame):
    data = frame.assign(ly=np.log(frame["deaths"]), lx=np.log(frame["spend"]), const=1.0).set_index(
        ["area", "year"]
    )
    theirs = RandomEffects(data["ly"], data[["const", "lx", "need"]]).fit()
    ours = deaths(frame, "random", "classic")
    np.testing.assert_allclose(ours.params["estimate"], theirs.params, rtol=1e-10)
    np.testing.assert_allclose(ours.params["standard_error"], theirs.std_errors, rtol=1e-10)
    # the design that clustered errors use gives the same coefficients
    again = np.linalg.lstsq(ours.design.X, ours.design.y, rcond=None)[0]
    np.testing.assert_allclose(again, theirs.params, rtol=1e-8)
    assert ours.theta.between(0, 1).all()
    assert ours.theta.index.tolist() == sorted(frame["area"].unique())


@pytest.mark.parametrize("weights", [None, "population"])
def test_mundlak_equals_fixed_effects(frame, weights):
    fixed = deaths(frame, "area", weights=weights)
    mundlak = deaths(frame, "correlated-random", weights=weights)
    terms = list(fixed.terms)
    np.testing.assert_allclose(mundlak.params["estimate"][terms], fixed.params["estimate"], rtol=1e-8)
    assert "mean(log(spend))" in mundlak.terms


def test_first_differences_use_consecutive_years_only(frame):
    fit = deaths(frame, "first-difference")
    years = frame.set_index(["area", "year"]).index
    assert fit.n == sum((a, y - 1) in years for a, y in years)
    assert fit.outcome == "change in log(deaths)"
    assert "no complete row for" in fit.dropped["reason"].iloc[-1]
    with_years = deaths(frame, "first-difference-year")
    assert with_years.n == fit.n
    assert with_years.terms == ("log(spend)", "need")


def test_bridged_first_differences_are_those_of_rows(frame):
    fit = deaths(frame, "first-difference", "classic", bridge_gaps=True)
    assert fit.n == len(frame) - frame["area"].nunique()
    logged = frame.sort_values(["area", "year"]).assign(
        y=lambda f: np.log(f["deaths"]), x=lambda f: np.log(f["spend"])
    )
    change = logged.groupby("area")[["y", "x", "need"]].diff().dropna()
    X = np.column_stack([np.ones(len(change)), change[["x", "need"]]])
    np.testing.assert_allclose(
        fit.params["estimate"], np.linalg.lstsq(X, change["y"], rcond=None)[0], rtol=1e-9
    )
    with pytest.raises(InputError, match="bridge_gaps"):
        deaths(frame, bridge_gaps=True)


def test_long_difference_is_the_regression_of_changes(frame):
    fit = deaths(frame, "long-difference", "robust")
    wide = frame.pivot_table(index="area", columns="year", values=["deaths", "spend", "need"])
    change = pd.DataFrame(
        {
            "y": np.log(wide["deaths"][2020] / wide["deaths"][2013]),
            "x": np.log(wide["spend"][2020] / wide["spend"][2013]),
            "c": wide["need"][2020] - wide["need"][2013],
        }
    ).dropna()
    X = np.column_stack([np.ones(len(change)), change[["x", "c"]]])
    np.testing.assert_allclose(
        fit.params["estimate"], np.linalg.lstsq(X, change["y"], rcond=None)[0], rtol=1e-9
    )
    assert fit.n == len(change)
    assert deaths(frame, "long-difference", span=3).n > fit.n


def test_one_area_a_cluster_difference_of_two_years_equals_fixed_effects():
    rng = np.random.default_rng(0)
    data = pd.DataFrame([(a, t) for a in range(25) for t in (2010, 2011)], columns=["area", "year"])
    data = data.assign(x=rng.normal(size=50), y=rng.normal(size=50))
    fixed = panel(data, outcome="y", regressors="x")
    difference = panel(data, outcome="y", regressors="x", effects="first-difference")
    assert difference["x"].estimate == pytest.approx(fixed["x"].estimate, rel=1e-9)


def test_constant_weights_change_nothing(frame):
    for errors in ("classic", "HC3", "clustered", "CR2", "CR3", "driscoll-kraay"):
        one = deaths(frame, errors=errors)
        two = deaths(frame.assign(w=3.0), errors=errors, weights="w")
        np.testing.assert_allclose(one.params.to_numpy(), two.params.to_numpy(), rtol=1e-7)


def test_order_and_labels_of_rows_do_not_matter(frame):
    shuffled = frame.sample(frac=1.0, random_state=3)
    for errors, cluster in (("CR2", None), ("two-way", None), ("wild", "region")):
        one, two = (deaths(f, errors=errors, clusters=cluster) for f in (frame, shuffled))
        np.testing.assert_allclose(one.params.to_numpy(), two.params.to_numpy(), rtol=1e-9)


def test_units_scale_coefficients(frame):
    one = deaths(frame, logs=[], errors="CR2")
    two = deaths(frame.assign(spend=frame["spend"] * 1e6), logs=[], errors="CR2")
    assert two["spend"].estimate * 1e6 == pytest.approx(one["spend"].estimate, rel=1e-8)
    assert two["spend"].df == pytest.approx(one["spend"].df, rel=1e-8)


def test_published_form_log_outcome_on_a_lagged_regressor_with_cr2(frame):
    fit = deaths(
        frame,
        logs=["deaths"],
        lags={"spend": 1, "need": 0},
        errors="CR2",
        levels=(0.95, 0.5),
        effects="two-way",
    )
    assert fit.terms == ("L1.spend", "need")
    assert fit.outcome == "log(deaths)"
    years = frame.set_index(["area", "year"]).index
    assert fit.n == sum((a, y - 1) in years for a, y in years) == len(fit.rows)
    assert fit.n + len(fit.dropped) == len(frame)
    c = fit["L1.spend"]
    assert 2 < c.df < 30
    assert c.interval(0.95).lower < c.interval(0.5).lower < c.estimate
    assert "Satterthwaite" in fit.method
    assert "bias-reduced (CR2)" in fit.method
    assert "association" in fit.sentence
    assert set(fit.to_frame()["term"]) == set(fit.terms)


def test_wild_bootstrap_enumerates_six_regions(frame):
    fit = deaths(frame, errors="wild", clusters="region")
    boot = fit.bootstrap["log(spend)"]
    assert boot.exact
    assert boot.draws == 64
    assert fit["log(spend)"].p_value == boot.p_value
    plain = deaths(frame, clusters="region")
    assert fit["log(spend)"].standard_error == plain["log(spend)"].standard_error
    assert plain.wild_bootstrap() == boot
    assert plain.wild_bootstrap(null=plain["log(spend)"].estimate).p_value == 1
    with pytest.raises(InputError, match="two clusterings"):
        deaths(frame, errors="two-way").wild_bootstrap()
    with pytest.raises(InputError, match="no term"):
        plain.wild_bootstrap("z")


@pytest.mark.parametrize(
    ("effects", "errors"),
    [(e, "CR2") for e in EFFECTS]
    + [("random", e) for e in ("robust", "CR3", "driscoll-kraay")]
    + [("first-difference-year", e) for e in ("HC2", "wild", "driscoll-kraay")],
)
def test_estimators_and_errors_combine(frame, effects, errors):
    fit = deaths(frame, effects, errors, clusters="region" if errors == "wild" else None)
    assert (fit.params["standard_error"] > 0).all()
    assert fit.method.startswith(EFFECTS[effects])


def test_driscoll_kraay_needs_years(frame):
    with pytest.raises(InputError, match="at least 2 years"):
        deaths(frame, "long-difference", "driscoll-kraay")


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda f: f[f["area"] == "A00"], {}, "no variation left after area and year|for .* parameters"),
        (lambda f: f[f["area"] == "A00"], {"effects": "area"}, "one cluster by 'area'"),
        (lambda f: f[f["year"] == 2015], {}, "for .* parameters|no variation left"),
        (
            lambda f: f.assign(spend=7.0),
            {},
            r"'log\(spend\)' has no variation left after area and year fixed effects",
        ),
        (lambda f: f.assign(spend=7.0), {"effects": "pooled"}, r"'log\(spend\)' is constant"),
        (
            lambda f: f.assign(need=f.groupby("area")["need"].transform("mean")),
            {},
            "'need' has no variation left",
        ),
        (lambda f: f.assign(need=2 * np.log(f["spend"])), {}, "'need' is a linear combination of 'log"),
        (lambda f: f.assign(spend=f["spend"] * (f["area"] != "A03")), {}, r"zero or negative.*\(A03, 20"),
        (lambda f: pd.concat([f, f.iloc[:1]]), {}, r"more than once at row 0 \(A00"),
        (lambda f: f, {"lags": 30}, "no complete row is left"),
        (lambda f: f, {"effects": "both"}, "effects: 'both' is not valid"),
        (lambda f: f, {"errors": "white"}, "errors: 'white' is not valid"),
        (lambda f: f, {"small_sample": "sas"}, "small_sample: 'sas' is not valid"),
        (lambda f: f, {"levels": 95}, "levels"),
        (lambda f: f, {"clusters": ("area", "region"), "errors": "CR2"}, "at most 1 column"),
        (lambda f: f, {"span": 3}, "belongs to long differences"),
        (lambda f: f, {"effects": "long-difference", "span": 0}, "not possible"),
        (lambda f: f, {"effects": "random", "weights": "population"}, "not weighted"),
        (lambda f: f, {"effects": "between", "clusters": "year"}, "changes within areas"),
        (lambda f: f, {"errors": "driscoll-kraay", "kernel_lags": 8}, "kernel_lags"),
    ],
)
def test_what_cannot_be_fitted_is_refused(frame, change, options, message):
    with pytest.raises(InputError, match=message):
        deaths(change(frame), **options)


def test_an_unknown_term_names_the_terms(frame):
    with pytest.raises(InputError, match=r"no term 'spend'; the terms are log\(spend\), need"):
        deaths(frame)["spend"]


def test_areas_seen_once_change_neither_estimate_nor_clustered_error(frame):
    extra = pd.DataFrame(
        {
            "area": ["X", "Y"],
            "region": "R0",
            "year": 2015,
            "deaths": 90.0,
            "spend": 50.0,
            "need": 0.0,
            "population": 1e5,
        }
    )
    one = deaths(frame, "area", small_sample="none")
    two = deaths(pd.concat([frame, extra], ignore_index=True), "area", small_sample="none")
    np.testing.assert_allclose(one.params["estimate"], two.params["estimate"], rtol=1e-9)
    np.testing.assert_allclose(one.params["standard_error"], two.params["standard_error"], rtol=1e-9)


def test_a_perfect_fit_has_no_errors_to_speak_of(frame):
    exact = frame.assign(deaths=2 * frame["spend"])
    fit = deaths(exact, logs=[], controls=())
    assert fit["spend"].estimate == pytest.approx(2)
    assert fit["spend"].standard_error < 1e-10
    with pytest.raises(InputError, match="nothing to resample"):
        deaths(exact, logs=[], controls=(), errors="wild")


def test_hausman_uses_areas_of_a_single_row_as_other_tools_do():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame([(a, t) for a in range(20) for t in range(6)], columns=["area", "year"])
    frame["x"] = rng.normal(size=120) + frame["area"] % 5
    frame["y"] = frame["x"] + frame["area"] % 3 + rng.normal(size=120)
    frame = frame[~(frame["area"].isin([3, 7]) & (frame["year"] > 0))]
    fits = [
        panel(frame, outcome="y", regressors="x", effects=e, errors="classic") for e in ("area", "random")
    ]
    found = hausman(*fits)
    indexed = frame.set_index(["area", "year"])
    within = PanelOLS(indexed["y"], indexed[["x"]], entity_effects=True).fit()
    random = RandomEffects(indexed["y"], sm.add_constant(indexed[["x"]])).fit()
    assert within.nobs == 110
    gap = within.params["x"] - random.params["x"]
    want = gap**2 / (within.cov.loc["x", "x"] - random.cov.loc["x", "x"])
    assert found.statistic == pytest.approx(want, rel=1e-8)
    assert found.sentence.endswith("; 3 and 7 have a single row, which counts for random effects only.")
    assert not hausman(
        *[
            panel(frame[frame["area"] > 7], outcome="y", regressors="x", effects=e, errors="classic")
            for e in ("area", "random")
        ]
    ).note


def test_hausman_refuses_other_differences_of_rows():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame([(a, t) for a in range(20) for t in range(6)], columns=["area", "year"])
    frame = frame.assign(x=rng.normal(size=120), y=rng.normal(size=120))
    fixed = panel(frame.iloc[:-1], outcome="y", regressors="x", effects="area", errors="classic")
    random = panel(frame, outcome="y", regressors="x", effects="random", errors="classic")
    with pytest.raises(
        InputError, match=r"fixed and random: the row of 19 in 5 is in one fit only \(1 such row"
    ):
        hausman(fixed, random)
    other = panel(
        frame.rename(columns={"x": "z"}), outcome="y", regressors="z", effects="random", errors="classic"
    )
    with pytest.raises(InputError, match="'x' is a term of the first only"):
        hausman(fixed, other)


def test_too_few_areas_for_random_effects(frame):
    with pytest.raises(InputError, match="cannot be estimated"):
        deaths(frame[frame["area"].isin(["A00", "A01"])], "random")


def small_panel(areas=12, years=6, seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        [(a, 2010 + t) for a in range(areas) for t in range(years)], columns=["area", "year"]
    )
    return frame.assign(x=rng.normal(size=len(frame)), y=rng.normal(size=len(frame)))


@pytest.mark.parametrize("effects", ["area", "two-way"])
def test_areas_of_one_row_add_nothing_to_what_is_known(effects):
    frame = small_panel()
    alone = pd.DataFrame({"area": range(100, 140), "year": 2012, "x": 1.0, "y": range(40)})
    one = panel(frame, outcome="y", regressors="x", effects=effects)
    two = panel(pd.concat([frame, alone]), outcome="y", regressors="x", effects=effects)
    pd.testing.assert_frame_equal(one.params, two.params)
    assert two.areas == 12
    assert two.dropped["reason"].str.contains("only row").sum() == 40
    assert "40 rows not used" in two.method


@pytest.mark.parametrize("errors", ["clustered", "CR2", "driscoll-kraay"])
def test_errors_that_are_zero_but_for_rounding_are_refused(errors):
    options = {} if errors == "driscoll-kraay" else {"clusters": "year"}
    with pytest.raises(InputError, match="zero but for rounding"):
        panel(small_panel(years=2), outcome="y", regressors="x", effects="area", errors=errors, **options)
