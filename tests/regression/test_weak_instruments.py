import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from linearmodels.iv import IV2SLS
from scipy import optimize, stats

from healthdevo.errors import InputError
from healthdevo.regression.anderson_rubin import anderson_rubin_set, anderson_rubin_test
from healthdevo.regression.instrument_data import InstrumentData
from healthdevo.regression.instruments import instrument
from healthdevo.regression.rank_tests import cragg_donald, kleibergen_paap, stock_yogo_critical_value
from healthdevo.regression.tf_intervals import tf_critical_value, tf_interval
from healthdevo.regression.weak_instruments import effective_f_critical_value, first_stage


def drawn(seed=0, n=150, strength=0.3, instruments=3, endogenous=1, beta=1.0):
    rng = np.random.default_rng(seed)
    Z, W = rng.normal(size=(n, instruments)), rng.normal(size=(n, 2))
    Z = Z + 0.5 * W[:, :1]
    u = rng.normal(size=n) * (1 + 0.5 * np.abs(Z[:, 0]))
    X = strength * Z @ rng.uniform(0.5, 1.5, size=(instruments, endogenous)) + W[:, :1] + u[:, None]
    X = X + rng.normal(size=(n, endogenous))
    y = beta * X.sum(axis=1) + W @ [1, -1] + u + rng.normal(size=n)
    return y, X, Z, W, np.arange(n) % 25


def first_stage_wald(X, Z, W, **fit):
    """F of the instruments from a regression that shows the controls."""
    full = np.column_stack([Z, np.ones(len(Z)), W])
    model = sm.OLS(X[:, 0], full).fit(**fit)
    V = model.cov_params()[: Z.shape[1], : Z.shape[1]]
    pi = model.params[: Z.shape[1]]
    return pi @ np.linalg.solve(V, pi) / Z.shape[1]


def test_first_stage_f_equals_statsmodels_with_controls_shown():
    y, X, Z, W, g = drawn()
    (stage,) = first_stage(InstrumentData.make(y, X, Z, W, clusters=g), "clustered")
    assert stage.f("classic") == pytest.approx(first_stage_wald(X, Z, W), rel=1e-9)
    assert stage.f("HC0") == pytest.approx(first_stage_wald(X, Z, W, cov_type="HC0"), rel=1e-9)
    assert stage.f("HC1") == pytest.approx(first_stage_wald(X, Z, W, cov_type="HC1"), rel=1e-9)
    assert stage.f() == pytest.approx(
        first_stage_wald(X, Z, W, cov_type="cluster", cov_kwds={"groups": g}), rel=1e-9
    )
    assert stage.effective_f("classic") == pytest.approx(stage.f("classic"))


def test_effective_f_does_not_depend_on_how_controls_or_instruments_are_coded():
    y, X, Z, W, _ = drawn()
    (one,) = first_stage(InstrumentData.make(y, X, Z, W))
    turned = Z @ np.array([[2.0, 1, 0], [0, 1, 1], [1, 0, 3]]) + W @ np.ones((2, 3)) + 7
    (two,) = first_stage(InstrumentData.make(y, X, turned, W @ np.array([[1.0, 2], [3, 4]])))
    pd.testing.assert_frame_equal(one.table, two.table, rtol=1e-8)


def test_effective_f_with_one_instrument_is_the_robust_f():
    y, X, Z, W, _ = drawn(instruments=1)
    (stage,) = first_stage(InstrumentData.make(y, X, Z, W))
    assert stage.effective_f("HC1") == pytest.approx(stage.f("HC1"))


@pytest.mark.parametrize(("bias", "critical"), [(0.05, 37.42), (0.10, 23.11), (0.20, 15.06), (0.30, 12.05)])
def test_critical_values_of_one_instrument_are_those_published(bias, critical):
    assert effective_f_critical_value(np.eye(1), bias) == pytest.approx(critical, abs=0.006)


def test_rank_tests_with_one_endogenous_regressor_are_first_stage_f():
    y, X, Z, W, g = drawn()
    data = InstrumentData.make(y, X, Z, W, clusters=g)
    (stage,) = first_stage(data)
    assert cragg_donald(data).f == pytest.approx(stage.f("classic"))
    for errors in ("classic", "HC0", "HC1", "clustered"):
        assert kleibergen_paap(data, errors).f == pytest.approx(stage.f(errors))


def test_cragg_donald_of_two_is_the_smallest_f_over_all_directions():
    y, X, Z, W, _ = drawn(2, endogenous=2)
    data = InstrumentData.make(y, X, Z, W)
    result = cragg_donald(data)

    def f_of(angle):
        direction = X @ [np.cos(angle), np.sin(angle)]
        return first_stage(InstrumentData.make(y, direction, Z, W), "classic")[0].f("classic")

    coarse = np.linspace(0, np.pi, 60)
    best = coarse[np.argmin([f_of(a) for a in coarse])]
    found = optimize.minimize_scalar(
        f_of, bounds=(best - 0.1, best + 0.1), method="bounded", options={"xatol": 1e-9}
    )
    assert result.f == pytest.approx(found.fun, rel=1e-6)
    assert result.f == pytest.approx(kleibergen_paap(data, "classic").f, rel=1e-9)
    assert result.df == 2
    # turning the endogenous regressors changes neither statistic
    turned = InstrumentData.make(y, X @ np.array([[1.0, 2], [3, -1]]), Z, W)
    assert cragg_donald(turned).f == pytest.approx(result.f)
    assert kleibergen_paap(turned, "HC1").f == pytest.approx(kleibergen_paap(data, "HC1").f)


def test_rank_test_detects_two_regressors_moved_in_one_direction():
    rng = np.random.default_rng(0)
    z = rng.normal(size=(400, 2))
    common = z @ [1.0, 1.0]
    X = np.column_stack([common, common]) + rng.normal(size=(400, 2))
    data = InstrumentData.make(X[:, 0], X, z)
    assert all(s.f() > 50 for s in first_stage(data))
    assert cragg_donald(data).f < 5
    assert kleibergen_paap(data).f < 5
    assert kleibergen_paap(data).p_value > 0.01


@pytest.mark.parametrize("errors", ["classic", "HC0", "HC1", "clustered"])
def test_anderson_rubin_is_the_f_of_instruments_in_the_shifted_regression(errors):
    y, X, Z, W, g = drawn()
    data = InstrumentData.make(y, X, Z, W, clusters=g)
    fit = {"classic": {}, "HC0": {"cov_type": "HC0"}, "HC1": {"cov_type": "HC1"}}.get(
        errors, {"cov_type": "cluster", "cov_kwds": {"groups": g}}
    )
    statistic, p = anderson_rubin_test(data, 0.7, errors)
    assert statistic == pytest.approx(first_stage_wald((y - 0.7 * X[:, 0])[:, None], Z, W, **fit), rel=1e-9)
    assert p == pytest.approx(stats.f.sf(statistic, 3, 24 if errors == "clustered" else 150 - 6))


@pytest.mark.parametrize("errors", ["classic", "HC1", "clustered"])
@pytest.mark.parametrize("seed", range(12))
def test_anderson_rubin_set_is_what_the_test_accepts(seed, errors):
    rng = np.random.default_rng(seed)
    y, X, Z, W, g = drawn(seed, 80, rng.choice([0.0, 0.05, 0.15, 0.5]), int(rng.integers(1, 5)))
    # invalid instruments in some draws make sets empty
    y = y + Z[:, 0] * (seed % 3 == 0) * (Z.shape[1] > 1) * 1.5
    data = InstrumentData.make(y, X, Z, W, clusters=g)
    levels = (0.95, 0.5)
    result = anderson_rubin_set(data, levels, errors)
    grid = result.estimate + np.tan(np.linspace(-1.569, 1.569, 301))
    p = np.array([anderson_rubin_test(data, b, errors)[1] for b in grid])
    for level in levels:
        accepted = p >= 1 - level
        assert [result.contains(b, level) for b in grid] == accepted.tolist()
    for pieces, level in zip(result.pieces, levels, strict=True):
        for limit in (x for piece in pieces for x in (piece.lower, piece.upper) if np.isfinite(x)):
            assert anderson_rubin_test(data, limit, errors)[1] == pytest.approx(1 - level, abs=1e-8)


def test_all_shapes_of_the_set_occur_and_are_said():
    kinds = {}
    for seed in range(60):
        y, X, Z, W, _ = drawn(seed, 60, (0.0, 0.1, 0.6)[seed % 3], 1 + seed % 2)
        y = y + 2 * Z[:, 0] * (seed % 4 == 0)
        result = anderson_rubin_set(InstrumentData.make(y, X, Z, W))
        kinds[result.kind] = result
    assert {"bounded", "disjoint", "whole line", "empty"} <= set(kinds)
    assert "whole line" in kinds["whole line"].sentence
    assert "not valid" in kinds["empty"].sentence
    assert np.isnan(kinds["empty"].interval().lower)
    assert "upwards" in kinds["disjoint"].sentence
    assert np.isinf(kinds["disjoint"].interval().upper)
    assert len(kinds["disjoint"].pieces[0]) == 2


def test_exactly_identified_set_holds_the_estimate():
    for seed in range(10):
        y, X, Z, W, _ = drawn(seed, 60, 0.1, 1)
        result = anderson_rubin_set(InstrumentData.make(y, X, Z, W), errors="HC1")
        assert result.contains(result.estimate)


def test_tf_values_make_the_t_test_exact_where_endogeneity_is_worst():
    # |rho| = 1: f = f0 + t_AR with t_AR standard normal, and t = f (f - f0) / f0 (Lee et al. 2022)
    for f0 in (0.3, 0.5, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 12):
        f = np.linspace(f0 - 9, f0 + 9, 60_001)
        density = stats.norm.pdf(f - f0)
        critical = np.array([tf_critical_value(x) for x in f[::10] ** 2])
        rejected = np.abs(f[::10] * (f[::10] - f0) / f0) > critical
        size = density[::10][rejected].sum() / density[::10].sum()
        assert size <= 0.0502
        if f0 <= 8:
            assert size == pytest.approx(0.05, abs=6e-4)


def test_tf_interval():
    assert tf_critical_value(104.7) == pytest.approx(1.96, abs=1e-4)
    assert tf_critical_value(10.253) == pytest.approx(1.959964 * (18.656 / 1.959964) ** (24 / 99), abs=1e-3)
    assert tf_critical_value(4.0) == pytest.approx(18.656)
    i = tf_interval(1.0, 0.1, 1000.0)
    assert (i.lower, i.upper) == pytest.approx((1 - 0.1959964, 1 + 0.1959964))
    assert tf_interval(1.0, 0.1, 3.9).lower == -np.inf
    with pytest.raises(InputError):
        tf_critical_value(-1.0)
    with pytest.raises(InputError):
        tf_interval(1.0, 0.0, 10.0)


def panel_frame(seed=0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame([(a, t) for a in range(20) for t in range(2010, 2017)], columns=["area", "year"])
    n = len(frame)
    frame["z"], frame["v"], frame["w"] = rng.normal(size=(3, n))
    u = rng.normal(size=n)
    frame["x"] = frame["z"] + 0.5 * frame["v"] + u + frame["area"]
    frame["y"] = 0.5 * frame["x"] + frame["w"] + u + frame["area"] + rng.normal(size=n)
    return frame


def test_panel_instruments_equal_linearmodels_on_dummies():
    frame = panel_frame()
    fit = instrument(
        frame,
        outcome="y",
        endogenous="x",
        instruments=["z", "v"],
        exogenous="w",
        area="area",
        time="year",
        effects="two-way",
        errors="clustered",
    )
    dummies = pd.get_dummies(frame[["area", "year"]].astype(str), drop_first=True).astype(float)
    exog = pd.concat([frame[["w"]].assign(const=1.0), dummies], axis=1)
    theirs = IV2SLS(frame["y"], exog, frame[["x"]], frame[["z", "v"]]).fit(
        cov_type="clustered", clusters=frame["area"].to_numpy(), debiased=True
    )
    assert fit["x"].estimate == pytest.approx(theirs.params["x"], rel=1e-8)
    assert fit["x"].standard_error == pytest.approx(theirs.std_errors["x"], rel=1e-8)
    assert set(fit.params.index) == {"const", "w", "x"}
    assert fit.areas == 20
    assert fit.data.controls == 2 + 19 + 6
    assert fit.tf is None
    assert "20 clusters" in fit.method


def test_weak_design_says_so():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({"z": rng.normal(size=100), "u": rng.normal(size=100)})
    frame["x"] = 0.05 * frame["z"] + frame["u"]
    frame["y"] = frame["u"] + rng.normal(size=100)
    fit = instrument(frame, outcome="y", endogenous="x", instruments="z")
    assert fit.first_stage.weak
    assert fit.anderson_rubin.kind != "bounded"
    assert fit.tf.upper == np.inf
    assert "below" in fit.sentence
    assert "sargan" not in fit.tests


def test_lagged_logged_instruments_keep_their_kind():
    frame = panel_frame(1).assign(z=lambda f: np.exp(f["z"]))
    fit = instrument(
        frame,
        outcome="y",
        endogenous="x",
        instruments="z",
        exogenous="w",
        area="area",
        time="year",
        logs=["z"],
        lags={"z": 1, "w": 2},
    )
    assert fit.instruments == ("L1.log(z)",)
    assert "L2.w" in fit.params.index
    assert fit.n == 20 * 5


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"instruments": []}, "instruments: 0 for 1"),
        ({"endogenous": ["x", "w"]}, "instruments: 1 for 2"),
        ({"errors": "white"}, "errors"),
        ({"estimator": "3sls"}, "estimator"),
        ({"effects": "area"}, "need both"),
        ({"errors": "clustered"}, "cluster"),
        ({"exogenous": ["w", "c"]}, "'c'|combination"),
        ({"instruments": "c"}, "explain column 1"),
        ({"instruments": ["z", "z2"]}, "combination"),
    ],
)
def test_bad_instruments_are_refused(options, message):
    frame = panel_frame().assign(c=2.0, z2=lambda f: 2 * f["z"] + 1)
    with pytest.raises(InputError, match=message):
        instrument(frame, **({"outcome": "y", "endogenous": "x", "instruments": "z"} | options))


def test_missing_and_short_data_are_refused():
    y, X, Z, W, _ = drawn(n=20)
    with pytest.raises(InputError, match="missing or infinite at row 3"):
        InstrumentData.make(np.where(np.arange(20) == 3, np.nan, y), X, Z, W)
    with pytest.raises(InputError, match="6 rows for"):
        InstrumentData.make(y[:6], X[:6], Z[:6], W[:6])
    with pytest.raises(InputError, match="drawn for one"):
        anderson_rubin_set(InstrumentData.make(y, np.column_stack([X, Z[:, :1] ** 2]), Z, W))


@pytest.mark.parametrize(("size", "index"), [(0.10, 0), (0.15, 1), (0.25, 3)])
def test_stock_yogo_values_agree_with_the_size_of_the_worst_case(size, index):
    # one instrument, |rho| = 1: the t ratio is f (f - f0) / f0 with f normal around f0; the published values were simulated
    def rejects(strength):
        f0 = np.sqrt(strength)
        f = np.linspace(f0 - 8, f0 + 8, 40_001)
        density = stats.norm.pdf(f - f0)
        return density[np.abs(f * (f - f0) / f0) > 1.959964].sum() / density.sum() - size

    strength = optimize.brentq(rejects, 0.1, 60)
    assert stock_yogo_critical_value(1, 1, size) == pytest.approx(stats.ncx2.ppf(0.95, 1, strength), rel=0.04)


def test_stock_yogo_values_by_instruments():
    for endogenous in (1, 2):
        values = [stock_yogo_critical_value(L, endogenous) for L in range(endogenous, 6)]
        assert np.all(np.diff(values) > 0)
    assert np.isnan(stock_yogo_critical_value(9))
    with pytest.raises(InputError, match="size"):
        stock_yogo_critical_value(1, 1, 0.12)
    y, X, Z, W, _ = drawn(2, endogenous=2)
    result = cragg_donald(InstrumentData.make(y, X, Z, W))
    assert result.critical_value == 13.43
    assert "below 13.4" in result.sentence


def test_exact_relations_and_too_few_clusters_are_said():
    y, X, Z, W, g = drawn()
    with pytest.raises(InputError, match="tied exactly"):
        anderson_rubin_set(InstrumentData.make(2 * X[:, 0] + Z[:, 1], X, Z, W))
    with pytest.raises(InputError, match="needs no instrument"):
        InstrumentData.make(y, Z[:, 0] + W[:, 0], Z, W)
    few = InstrumentData.make(y, X, Z, W, clusters=g % 3)
    assert np.isnan(first_stage(few, "clustered")[0].f())
    assert np.isnan(anderson_rubin_test(few, 0.0, "clustered")).all()
    with pytest.raises(InputError, match="3 clusters for 3 instruments"):
        anderson_rubin_set(few, errors="clustered")
    frame = pd.DataFrame(np.column_stack([y, X, Z]), columns=list("yxabc")).assign(g=g % 3)
    fit = instrument(
        frame, outcome="y", endogenous="x", instruments=list("abc"), errors="clustered", clusters="g"
    )
    assert fit.anderson_rubin is None
    assert "Cragg-Donald" in fit.sentence


@pytest.mark.parametrize("errors", ["classic", "HC0", "robust"])
def test_clusters_without_clustered_errors_are_refused(errors):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(40, 3)), columns=["y", "x", "z"]).assign(g=np.arange(40) // 4)
    with pytest.raises(
        InputError, match=f"clusters: 'g' goes with errors='clustered' only; errors is '{errors}'"
    ):
        instrument(frame, outcome="y", endogenous="x", instruments="z", errors=errors, clusters="g")
