"""Diagnostics, placebo tests, selection bounds, multiplicity and detectable effects."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.mathematics.wild_bootstrap import wild_cluster_bootstrap
from healthdevo.regression.detectable import minimum_detectable_effect, power_to_detect
from healthdevo.regression.diagnostics import breusch_pagan_lm, hausman, pesaran_cd, wooldridge_serial
from healthdevo.regression.multiplicity import adjust_p_values, romano_wolf
from healthdevo.regression.panels import panel
from healthdevo.regression.placebo import placebo_outcomes, pre_trends
from healthdevo.regression.selection_bounds import selection_bounds, selection_bounds_of_fit


def drawn(seed=0, areas=40, years=8):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        [(a, 2010 + t) for a in range(areas) for t in range(years)], columns=["area", "year"]
    )
    n = len(frame)
    for name in ("x", "c", "y", "v", "u"):
        frame[name] = rng.normal(size=n)
    return frame


def test_joint_test_of_leads_is_a_wald_test_and_finds_anticipation():
    frame = drawn()
    result = pre_trends(frame, outcome="y", regressor="x", leads=2, controls="c")
    b = result.fit.params["estimate"].loc[["F2.x", "F1.x"]].to_numpy()
    V = result.fit.covariance.loc[["F2.x", "F1.x"], ["F2.x", "F1.x"]].to_numpy()
    assert result.statistic == pytest.approx(b @ np.linalg.inv(V) @ b / 2 * 38 / 39)
    assert result.p_value == pytest.approx(stats.f.sf(result.statistic, 2, 38))
    ahead = frame.sort_values(["area", "year"])
    reacts = ahead.assign(y=ahead["y"] + ahead.groupby("area")["x"].shift(-1).fillna(0.0))
    found = pre_trends(reacts, outcome="y", regressor="x", leads=1, errors="CR2")
    assert found.p_value < 1e-6
    assert found.leads.index.tolist() == ["F1.x"]
    assert "against a causal reading" in found.sentence
    with pytest.raises(InputError, match="leads"):
        pre_trends(frame, outcome="y", regressor="x", leads=0)
    with pytest.raises(InputError, match="joint test"):
        pre_trends(frame, outcome="y", regressor="x", errors="wild")


def test_placebo_outcomes_are_fitted_alike_and_failures_named():
    frame = drawn(1)
    frame["u"] = frame["u"] + frame["x"]
    frame["y"] = np.exp(frame["y"])
    result = placebo_outcomes(
        frame, outcomes=["y"], placebos=["v", "u"], regressor="x", controls="c", logs=["y"], draws=199
    )
    assert result.failing == ("u",)
    assert "u" in result.sentence
    assert result.fits["y"].outcome == "log(y)"
    alone = panel(frame, outcome="v", regressors="x", controls="c")["x"]
    assert result.table.loc["v", "estimate"] == alone.estimate
    assert (result.table["holm"] >= result.table["p_value"]).all()
    assert (result.table["romano_wolf"] > 0).all()
    with pytest.raises(InputError, match="placebos"):
        placebo_outcomes(frame, outcomes=["y"], placebos=["y"], regressor="x")


def constructed(delta=1.0, n=4000):
    """A sample in which Oster's assumptions hold exactly: orthogonal parts with exact moments."""
    rng = np.random.default_rng(0)
    Q = np.linalg.qr(rng.normal(size=(n, 5)) - 0)[0]
    Q = np.linalg.qr(Q - Q.mean(axis=0))[0] * np.sqrt(n)
    w1, w2, vx, e, _ = Q.T
    # x = a1 w1 + a2 w2 + v; y = b x + w1 g1 + w2 g2 + e
    g1, g2, a1 = 1.0, 0.8, 0.5
    # delta * cov(x, g1 w1)/var(g1 w1) = cov(x, g2 w2)/var(g2 w2)
    a2 = delta * a1 / g1 * g2
    x = a1 * w1 + a2 * w2 + vx
    y = 0.7 * x + g1 * w1 + g2 * w2 + 0.5 * e
    total = y @ y / n
    return y, x, w1, 1 - 0.25 / total


@pytest.mark.parametrize("delta", [0.5, 1.0, 1.5])
def test_bounds_recover_the_truth_where_their_assumptions_hold(delta):
    y, x, w, r2_max = constructed(delta)
    result = selection_bounds(y, x, w, r2_max=r2_max, delta=delta)
    assert min(abs(root - 0.7) for root in result.roots) < 1e-6
    assert result.estimate == pytest.approx(0.7, abs=1e-6)
    # and the selection that would bring the coefficient to the truth is the one there is
    assert selection_bounds(y, x, w, r2_max=r2_max, target=0.7).delta_zero == pytest.approx(delta, rel=1e-6)


def test_bounds_are_consistent_with_each_other():
    y, x, w, r2_max = constructed()
    zero = selection_bounds(y, x, w, r2_max=r2_max)
    again = selection_bounds(y, x, w, r2_max=r2_max, delta=zero.delta_zero)
    assert min(abs(root) for root in again.roots) < 1e-7
    none = selection_bounds(y, x, w, r2_max=r2_max, delta=0.0)
    assert none.estimate == pytest.approx(none.controlled)
    same = selection_bounds(y, x, w, r2_max=zero.r2_controlled)
    assert same.estimate == pytest.approx(same.controlled)
    assert zero.bounds == (min(zero.estimate, zero.controlled), max(zero.estimate, zero.controlled))
    assert zero.reason
    assert "lie between" in zero.sentence


def test_bounds_of_a_fit_keep_its_coefficient_and_refuse_nonsense():
    frame = drawn(2).assign(x=lambda f: f["x"] + f["c"], y=lambda f: f["y"] + f["x"] + f["c"])
    for effects in ("pooled", "two-way"):
        fit = panel(frame, outcome="y", regressors="x", controls="c", effects=effects)
        result = selection_bounds_of_fit(fit)
        assert result.controlled == fit["x"].estimate
        bare = panel(frame, outcome="y", regressors="x", effects=effects)
        assert result.uncontrolled == pytest.approx(bare["x"].estimate)
    with pytest.raises(InputError, match="none given"):
        selection_bounds_of_fit(bare)
    with pytest.raises(InputError, match="r2_max"):
        selection_bounds_of_fit(fit, r2_max=0.01)
    with pytest.raises(InputError, match="regressor: its shape is 3; 2 numbers are needed"):
        selection_bounds([1, 2], [1, 2, 3], [1, 2, 3])
    with pytest.raises(InputError, match="no variation"):
        selection_bounds([1.0, 2, 3, 5], [1.0, 2, 3, 4], [1.0, 2, 3, 4])


def test_adjusted_p_values_by_hand():
    p = {"a": 0.01, "b": 0.02, "c": 0.03, "d": np.nan, "e": 0.5}
    assert adjust_p_values(p)["adjusted"].dropna().tolist() == pytest.approx([0.04, 0.06, 0.06, 0.5])
    assert adjust_p_values(p, "bonferroni")["adjusted"].dropna().tolist() == pytest.approx(
        [0.04, 0.08, 0.12, 1.0]
    )
    assert adjust_p_values(p, "benjamini-hochberg")["adjusted"].dropna().tolist() == pytest.approx(
        [0.04, 0.04, 0.04, 0.5]
    )
    assert np.isnan(adjust_p_values(p)["adjusted"]["d"])
    for bad in ({"a": 1.2}, {"a": np.nan}):
        with pytest.raises(InputError):
            adjust_p_values(bad)
    with pytest.raises(InputError, match="method"):
        adjust_p_values(p, "sidak")


def test_romano_wolf_of_one_is_the_bootstrap_and_of_copies_costs_nothing():
    frame = drawn(3, areas=10).assign(y2=lambda f: 2 * f["y"])
    fits = {o: panel(frame, outcome=o, regressors="x", controls="c") for o in ("y", "y2", "v", "u")}
    one = romano_wolf({"y": fits["y"]})
    d = fits["y"].design
    boot = wild_cluster_bootstrap(d.y, d.X[:, 0], d.X[:, 1:], d.clusters[0], basis=d.basis)
    assert one["p_value"].item() == boot.p_value == one["adjusted"].item()
    copies = romano_wolf({k: fits[k] for k in ("y", "y2")})
    assert copies["adjusted"].tolist() == one["p_value"].tolist() * 2
    all_four = romano_wolf(fits)
    assert (all_four["adjusted"] >= all_four["p_value"]).all()
    ordered = all_four.assign(size=all_four["t"].abs()).sort_values("size", ascending=False)
    assert ordered["adjusted"].is_monotonic_increasing
    # t ratios are those of errors clustered by area with the factor G/(G-1)
    plain = panel(frame, outcome="y", regressors="x", controls="c", small_sample="none")["x"]
    assert one["t"].item() == pytest.approx(plain.estimate / plain.standard_error * np.sqrt(9 / 10))


def test_romano_wolf_keeps_the_chance_of_any_false_finding():
    false = 0
    for seed in range(12):
        frame = drawn(100 + seed, areas=15, years=4)
        fits = {o: panel(frame, outcome=o, regressors="x", errors="classic") for o in ("y", "v")}
        false += (romano_wolf(fits, draws=199, seed=seed)["adjusted"] <= 0.1).any()
    assert false / 12 < 0.4


def test_romano_wolf_refuses_what_it_cannot_do():
    frame = drawn()
    with pytest.raises(InputError, match="none given"):
        romano_wolf({})
    with pytest.raises(InputError, match="random"):
        romano_wolf({"a": panel(frame, outcome="y", regressors="x", effects="random")})
    with pytest.raises(InputError, match="no term"):
        romano_wolf({"a": panel(frame, outcome="y", regressors="x")}, "z")


def test_power_and_minimum_detectable_effect():
    mde = minimum_detectable_effect(2.0, power=(0.8, 0.9))
    np.testing.assert_allclose(mde["in_errors"], [2.80158, 3.24151], atol=1e-4)
    np.testing.assert_allclose(mde["effect"], 2 * mde["in_errors"])
    small = minimum_detectable_effect(2.0, df=5.0)["effect"].item()
    assert small > mde["effect"].iloc[0]
    assert power_to_detect(small, 2.0, df=5.0) == pytest.approx(0.8, abs=1e-6)
    assert power_to_detect(0.0, 1.0) == pytest.approx(0.05)
    rng = np.random.default_rng(0)
    t = (2.0 + rng.normal(size=200_000)) / np.sqrt(rng.chisquare(5, 200_000) / 5)
    assert power_to_detect(2.0, 1.0, df=5) == pytest.approx(
        (np.abs(t) > stats.t.ppf(0.975, 5)).mean(), abs=4e-3
    )
    fit = panel(drawn(), outcome="y", regressors="x", errors="CR2")
    own = minimum_detectable_effect(fit["x"])
    assert own["effect"].item() == pytest.approx(
        minimum_detectable_effect(fit["x"].standard_error, df=fit["x"].df)["effect"].item()
    )
    for call in (lambda: minimum_detectable_effect(0.0), lambda: minimum_detectable_effect(1.0, power=0.01)):
        with pytest.raises(InputError):
            call()


def test_diagnostics_hold_their_size_and_have_power():
    rejected = np.zeros(3)
    for seed in range(12):
        frame = drawn(200 + seed, areas=25, years=6)
        area = panel(frame, outcome="y", regressors="x", effects="area", errors="classic")
        pooled = panel(frame, outcome="y", regressors="x", effects="pooled", errors="classic")
        rejected += [
            t.p_value < 0.05 for t in (breusch_pagan_lm(pooled), pesaran_cd(area), wooldridge_serial(area))
        ]
    assert (rejected / 12 < 0.34).all()
    serial = drawn(5)
    serial["y"] = serial.groupby("area")["y"].cumsum()
    assert wooldridge_serial(panel(serial, outcome="y", regressors="x", effects="area")).p_value < 1e-6
    assert (
        "serially" in wooldridge_serial(panel(serial, outcome="y", regressors="x", effects="area")).sentence
    )


def test_diagnostics_refuse_the_wrong_fits():
    frame = drawn().assign(w=1.0)
    pooled = panel(frame, outcome="y", regressors="x", effects="pooled")
    with pytest.raises(InputError, match="pooled"):
        breusch_pagan_lm(panel(frame, outcome="y", regressors="x"))
    with pytest.raises(InputError, match="without weights"):
        pesaran_cd(panel(frame, outcome="y", regressors="x", weights="w"))
    with pytest.raises(InputError, match="'area' or 'first-difference'"):
        wooldridge_serial(pooled)
    with pytest.raises(InputError, match="number of years"):
        wooldridge_serial(panel(frame.iloc[1:], outcome="y", regressors="x", effects="area"))
    with pytest.raises(InputError, match="classic"):
        hausman(pooled, pooled)


def test_leads_need_more_clusters_than_they_are():
    rng = np.random.default_rng(3)
    frame = pd.DataFrame([(a, t) for a in range(3) for t in range(2000, 2020)], columns=["area", "year"])
    frame = frame.assign(x=rng.normal(size=60), y=rng.normal(size=60))
    with pytest.raises(InputError, match="3 cannot be tested together with 3 clusters"):
        pre_trends(frame, outcome="y", regressor="x", leads=3)
    assert 0 <= pre_trends(frame, outcome="y", regressor="x", leads=2).p_value <= 1


def test_a_large_effect_is_found_with_certainty():
    assert power_to_detect(40, 1.0, df=8) == pytest.approx(1.0)


def test_a_placebo_that_does_not_vary_is_named():
    rng = np.random.default_rng(1)
    frame = pd.DataFrame([(a, t) for a in range(12) for t in range(2010, 2016)], columns=["area", "year"])
    frame = frame.assign(spend=rng.normal(size=72), deaths=rng.normal(size=72), flat=3.0)
    with pytest.raises(InputError, match="'flat'"):
        placebo_outcomes(frame, outcomes=["deaths"], placebos=["flat"], regressor="spend", draws=49)
