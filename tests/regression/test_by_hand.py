"""Statistics of fits by plain loops and closed forms, published tables, and which number a message names."""

import dataclasses
import itertools
import math
from collections import Counter

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.kit.refusing import refused

from healthdevo.mathematics.wild_bootstrap import rademacher
from healthdevo.regression import (
    adjust_p_values,
    breusch_pagan_lm,
    cross_lagged,
    joint_test,
    leverage,
    minimum_detectable_effect,
    panel,
    pesaran_cd,
    placebo_outcomes,
    power_to_detect,
    pre_trends,
    relative_importance,
    romano_wolf,
    selection_bounds,
    specification_curve,
    stock_yogo_critical_value,
    tf_critical_value,
    tf_interval,
    wooldridge_serial,
)
from healthdevo.regression.diagnostics import _areas
from healthdevo.regression.tf_intervals import _TF_F


def drawn(seed=0, areas=12, years=6):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        [(f"a{a:02d}", 2010 + t) for a in range(areas) for t in range(years)], columns=["area", "year"]
    )
    for name in ("x", "c", "y", "v", "u"):
        frame[name] = rng.normal(size=len(frame))
    return frame


@pytest.fixture(scope="module")
def ragged():
    return drawn(1).drop(index=[0, 7, 8, 20, 33, 34, 35, 36])


# -------------------------------------------------------------------------------------------------------- diagnostics


def residuals(fit):
    return fit.design.rows[["area", "year"]].assign(e=np.asarray(fit.residuals))


def test_the_multiplier_test_by_plain_sums(ragged):
    fit = panel(ragged, outcome="y", regressors="x", effects="pooled", errors="classic")
    e = residuals(fit)
    found = breusch_pagan_lm(fit)
    squares = sum(s**2 for s in e.groupby("area")["e"].sum())
    sizes = e.groupby("area").size()
    n = len(e)
    want = n**2 / (2 * (sum(t**2 for t in sizes) - n)) * (squares / (e["e"] ** 2).sum() - 1) ** 2
    assert found.statistic == pytest.approx(want)
    assert found.p_value == pytest.approx(stats.chi2.sf(want, 1))
    assert found.distribution == "chi2(1)"
    lone = drawn(2).drop_duplicates("area")
    refused(
        lambda: breusch_pagan_lm(
            panel(lone, outcome="y", regressors="x", effects="pooled", errors="classic")
        ),
        "every area has one year",
    )
    two = pd.concat([lone, drawn(2).iloc[[1]]])
    assert (
        breusch_pagan_lm(
            panel(two, outcome="y", regressors="x", effects="pooled", errors="classic")
        ).statistic
        >= 0
    )


def test_dependence_across_areas_by_plain_correlations(ragged):
    fit = panel(ragged, outcome="y", regressors="x", effects="area", errors="classic")
    grid = residuals(fit).pivot_table(index="area", columns="year", values="e")
    parts = []
    for a, b in itertools.combinations(grid.index, 2):
        both = grid.loc[[a, b]].dropna(axis=1)
        if both.shape[1] >= 3:
            parts.append(math.sqrt(both.shape[1]) * np.corrcoef(both)[0, 1])
    assert any(
        grid.loc[[a, b]].dropna(axis=1).shape[1] == 3 for a, b in itertools.combinations(grid.index, 2)
    )
    want = sum(parts) / math.sqrt(len(parts))
    found = pesaran_cd(fit)
    assert found.statistic == pytest.approx(want)
    assert found.p_value == pytest.approx(2 * stats.norm.sf(abs(want)))
    short = drawn(2, years=2)
    refused(
        lambda: pesaran_cd(panel(short, outcome="y", regressors="x", effects="area", errors="classic")),
        "share 3 years",
    )


@pytest.mark.parametrize("effects", ["area", "first-difference"])
def test_serial_correlation_by_a_clustered_regression_of_its_own(effects):
    fit = panel(drawn(3), outcome="y", regressors="x", effects=effects, errors="classic")
    e = residuals(fit).sort_values(["area", "year"])
    e["past"] = e.groupby("area")["e"].shift(1)
    e = e.dropna()
    X = np.column_stack([e["past"], np.ones(len(e))]) if effects == "area" else e[["past"]].to_numpy()
    bread = np.linalg.inv(X.T @ X)
    b = bread @ X.T @ e["e"].to_numpy()
    left = e["e"].to_numpy() - X @ b
    meat = sum(
        np.outer(s, s)
        for s in ((X * left[:, None])[(e["area"] == a).to_numpy()].sum(axis=0) for a in e["area"].unique())
    )
    error = math.sqrt((bread @ meat @ bread)[0, 0])
    null = -1 / 5 if effects == "area" else -0.5
    want = ((b[0] - null) / error) ** 2
    found = wooldridge_serial(fit)
    assert found.statistic == pytest.approx(want)
    assert found.p_value == pytest.approx(stats.f.sf(want, 1, 11))
    assert found.distribution == "F(1, 11)"


def test_words_of_tests():
    fit = panel(drawn(3), outcome="y", regressors="x", effects="pooled", errors="classic")
    one = dataclasses.replace(breusch_pagan_lm(fit), statistic=2.5, p_value=0.11)
    assert one.sentence == "Breusch-Pagan LM: 2.5 (chi2(1), p = 0.11); null: there are no area effects."
    assert dataclasses.replace(one, note="so").sentence.endswith("effects; so.")
    assert _areas(["p"]) == "p has"
    assert _areas(["p", "q", "r"]) == "p, q and r have"
    assert _areas(list("pqrs")) == "4 areas (p, q and r first) have"


# ------------------------------------------------------------------------------------------------------ power, numbers


def test_power_by_the_normal_and_by_drawing_t():
    for effect, significance in ((0.0, 0.1), (1.0, 0.1), (-2.0, 0.05), (3.0, 0.01)):
        z = stats.norm.isf(significance / 2)
        want = stats.norm.sf(z - abs(effect) / 0.8) + stats.norm.cdf(-z - abs(effect) / 0.8)
        assert power_to_detect(effect, 0.8, significance=significance) == pytest.approx(want)
    assert power_to_detect(0.0, 1.0, df=4, significance=0.2) == 0.2
    # noncentral t by integrating the normal over the chi of its denominator
    df, shift = 3, 1.5
    c = stats.t.isf(0.05, df)
    w = np.linspace(1e-6, 12, 400_001)
    density = stats.chi.pdf(w, df)
    s = w / math.sqrt(df)
    inside = stats.norm.sf(c * s - shift) + stats.norm.cdf(-c * s - shift)
    want = np.trapezoid(inside * density, w)
    assert power_to_detect(3.0, 2.0, df=df, significance=0.1) == pytest.approx(want, abs=1e-6)
    for bad in (0.0, 1.0):
        refused(lambda b=bad: power_to_detect(1.0, 1.0, significance=b), f"significance: {bad}")
    for bad in (0.0, -1.0):
        refused(lambda b=bad: power_to_detect(1.0, b), "give positive numbers")
    refused(lambda: power_to_detect(1.0, 1.0, df=0.0), "degrees of freedom 0")
    assert 0 < power_to_detect(1.0, 0.5, df=0.5) < 1


def test_the_smallest_effect_found_has_the_power_asked_for():
    found = minimum_detectable_effect(0.5, power=(0.06, 0.5, 0.999), significance=0.05, df=7)
    for power, row in found.iterrows():
        assert power_to_detect(row["effect"], 0.5, df=7) == pytest.approx(power, abs=1e-9)
        assert row["effect"] == pytest.approx(0.5 * row["in_errors"])
    assert found["sentence"].iloc[1].startswith(f"An effect of {found['effect'].iloc[1]:.2f}"[:16])
    assert "with a probability of 50% or more" in found["sentence"].iloc[1]
    refused(lambda: minimum_detectable_effect(1.0, power=0.05), "power: 0.05")
    refused(lambda: minimum_detectable_effect(1.0, power=1.0), "power: 1.0")
    refused(lambda: minimum_detectable_effect(1.0, power=()), "none is given")
    fit = panel(drawn(), outcome="y", regressors="x", errors="clustered")["x"]
    assert minimum_detectable_effect(fit)["in_errors"].item() == pytest.approx(
        minimum_detectable_effect(1.0, df=11)["effect"].item()
    )
    given = minimum_detectable_effect(fit, df=5)["in_errors"].item()
    assert given == pytest.approx(minimum_detectable_effect(1.0, df=5)["effect"].item())


def test_adjusted_p_values_at_the_edge():
    assert adjust_p_values({"a": 0.0, "b": 1.0})["adjusted"].tolist() == [0.0, 1.0]
    refused(lambda: adjust_p_values({"a": 0.5, "b": math.nan, "c": -0.1, "d": 1.1}), "-0.1 of 'c'")
    refused(lambda: adjust_p_values({"a": 0.5, "b": 1.1}), "1.1 of 'b'")
    # Benjamini and Yekutieli: three tests, c = 1 + 1/2 + 1/3
    p = adjust_p_values({"a": 0.01, "b": 0.02, "c": 0.2}, "benjamini-yekutieli")["adjusted"]
    assert p.tolist() == pytest.approx([0.03 * 11 / 6, 0.03 * 11 / 6, 0.2 * 11 / 6])


def test_stepdown_p_values_by_plain_loops():
    """Six areas: all 32 patterns of signs. Areas that one fit lacks are turned with the others."""
    frame = drawn(4, areas=6)
    fits = {o: panel(frame, outcome=o, regressors="x", errors="classic") for o in ("y", "v", "u")}
    found = romano_wolf(fits)
    signs, exact = rademacher(6, 1999, 0)
    assert exact
    absolute, null = [], []
    for fit in fits.values():
        d = fit.design
        areas = d.rows["area"].to_numpy()
        names = sorted(set(areas))
        x, y, basis = d.X[:, 0], d.y, d.basis

        def out(a, basis=basis):
            return a - basis @ (basis.T @ a)

        def t_of(y, x=x, areas=areas, names=names, out=out):
            y = out(y)
            b = x @ y / (x @ x)
            e = y - b * x
            return b / math.sqrt(sum((x[areas == a] @ e[areas == a]) ** 2 for a in names)) * (x @ x)

        absolute.append(abs(t_of(y)))
        patterns = signs.T if signs.shape[0] == 6 else signs
        null.append(
            [abs(t_of(y * np.array([dict(zip(names, s, strict=True))[a] for a in areas]))) for s in patterns]
        )
    absolute, null = np.array(absolute), np.array(null)
    scale = np.sqrt(5 / 6)
    np.testing.assert_allclose(found["t"].abs(), absolute * scale, rtol=1e-9)
    own = [(row >= value - 1e-9).mean() for row, value in zip(null, absolute, strict=True)]
    assert found["p_value"].tolist() == pytest.approx(own)
    order, floor, want = np.argsort(-absolute), 0.0, np.zeros(3)
    for place, k in enumerate(order):
        floor = max(floor, (null[order[place:]].max(axis=0) >= absolute[k] - 1e-9).mean())
        want[k] = floor
    assert found["adjusted"].tolist() == pytest.approx(want.tolist())


# --------------------------------------------------------------------------------------------------- published tables


def test_critical_values_of_the_first_stage_are_smooth_and_end_where_published():
    """Lee and others (2022): a hundred values, each on the curve of its neighbours; ends as printed."""
    assert len(_TF_F) == 100
    f, place = np.log(_TF_F), np.arange(100.0)
    assert (np.diff(_TF_F) > 0).all()
    for i in range(100):
        near = [j for j in range(max(0, min(i - 3, 93)), max(0, min(i - 3, 93)) + 7) if j != i]
        fitted = np.polyval(np.polyfit(place[near] - i, f[near], 3), 0.0)
        assert f[i] == pytest.approx(fitted, abs=0.006 if i < 97 else 0.03), i
    for at, critical in ((4.0, 18.656), (104.67, 1.959964), (1e6, 1.959964)):
        assert tf_critical_value(at) == pytest.approx(critical, rel=1e-9)
    ratio = (18.656 / 1.959964) ** (1 / 99)
    for k in (1, 40, 98):
        assert tf_critical_value(float(_TF_F[k])) == pytest.approx(18.656 / ratio**k, rel=1e-9)
    middle = math.sqrt(_TF_F[10] * _TF_F[11])
    assert tf_critical_value(middle) == pytest.approx(18.656 / ratio**10.5, rel=1e-9)
    assert tf_critical_value(0.0) == tf_critical_value(3.999) == math.inf
    refused(lambda: tf_critical_value(math.nan), "f: nan")
    refused(lambda: tf_critical_value(-0.1), "f: -0.1")
    i = tf_interval(2.0, 0.5, float(_TF_F[40]))
    assert (i.level, i.lower, i.upper) == pytest.approx(
        (0.95, 2 - 0.5 * 18.656 / ratio**40, 2 + 0.5 * 18.656 / ratio**40)
    )
    none = tf_interval(2.0, 0.5, 1.0)
    assert (none.lower, none.upper) == (-math.inf, math.inf)


def test_critical_values_of_stock_and_yogo_as_printed():
    """Table 2 of the paper: size of a 5% test at most 10, 15, 20 and 25 per cent."""
    printed = {
        (1, 1): "16.38 8.96 6.66 5.53", (2, 1): "19.93 11.59 8.75 7.25", (3, 1): "22.30 12.83 9.54 7.80",
        (4, 1): "24.58 13.96 10.26 8.31", (5, 1): "26.87 15.09 10.98 8.84", (2, 2): "7.03 4.58 3.95 3.63",
        (3, 2): "13.43 8.18 6.40 5.45", (4, 2): "16.87 9.93 7.54 6.28", (5, 2): "19.45 11.22 8.38 6.89",
    }  # fmt: skip
    for (instruments, endogenous), values in printed.items():
        for size, value in zip((0.1, 0.15, 0.2, 0.25), values.split(), strict=True):
            assert stock_yogo_critical_value(instruments, endogenous, size) == float(value)
    assert stock_yogo_critical_value(1) == 16.38
    assert math.isnan(stock_yogo_critical_value(6))


# ------------------------------------------------------------------------------------------------------------ placebos


def test_leads_tested_together_with_other_errors():
    frame = drawn(5)
    for errors, df in (("classic", None), ("clustered", 10.0), ("CR2", None)):
        found = pre_trends(frame, outcome="y", regressor="x", leads=2, errors=errors)
        names = ["F2.x", "F1.x"]
        assert found.leads.index.tolist() == names
        b, V = (
            found.fit.params["estimate"][names].to_numpy(),
            found.fit.covariance.loc[names, names].to_numpy(),
        )
        wald = b @ np.linalg.inv(V) @ b / 2
        own = float(found.fit.params["df"][names].min())
        if df is None:
            df = own
        else:
            wald *= 10 / 11
        assert found.statistic == pytest.approx(wald)
        assert found.df == (2.0, pytest.approx(df))
        assert found.p_value == pytest.approx(stats.f.sf(wald, 2, df))
    assert len(pre_trends(frame, outcome="y", regressor="x", leads=1, lags=(0, 1)).leads) == 1
    words = dataclasses.replace(found, statistic=3.0, p_value=0.05, df=(2.0, 9.5))
    assert words.sentence == (
        "Spending of the next 2 years shows no detectable link with the outcome before it is spent (which a weak test may miss): "
        "F(2, 9.5) = 3, p = 0.05."
    )
    assert "goes with the outcome already before" in dataclasses.replace(words, p_value=0.049).sentence
    one = pre_trends(frame, outcome="y", regressor="x", leads=1)
    assert one.sentence.startswith("Spending of the next 1 year ")


def test_placebos_fail_below_one_in_twenty():
    frame = drawn(6)
    found = placebo_outcomes(frame, outcomes=["y"], placebos=["v", "u"], regressor="x", draws=99)
    set_p = found.table.assign(p_value=[0.001, 0.05, 0.049])
    held = dataclasses.replace(found, table=set_p)
    assert held.failing == ("u",)
    assert held.sentence.startswith(
        "Of 2 outcomes that spending cannot change, 1 nevertheless go with it at 5% (u)"
    )
    assert (
        dataclasses.replace(found, table=set_p.assign(p_value=0.05)).sentence
        == "None of 2 placebo outcomes goes with spending at 5%."
    )
    assert found.table.columns.tolist()[4:6] == ["holm", "romano_wolf"]
    for name, fit in found.fits.items():
        i = fit["x"].interval()
        assert found.table.loc[name, ["lower_95", "upper_95"]].tolist() == [i.lower, i.upper]
        assert found.table.loc[name, "n"] == 72
    assert found.table["romano_wolf"].tolist() == romano_wolf(found.fits, draws=99)["adjusted"].tolist()
    assert (
        placebo_outcomes(frame, outcomes=["y"], placebos=["v"], regressor="x", stepdown=False)
        .table["romano_wolf"]
        .isna()
        .all()
    )


def test_the_joint_test_ranks_what_exchanges_give():
    frame = drawn(7, areas=9)
    curve = specification_curve(
        frame,
        outcomes="y",
        regressor="x",
        lags=(0, 1),
        controls=((), ("c",)),
        estimators=("pooled", "two-way"),
    )
    found = joint_test(curve, draws=20, seed=3)
    t, df = curve.table["t"].to_numpy(), curve.table["df"].to_numpy()
    z = np.sign(t) * stats.norm.isf(stats.t.sf(np.abs(t), df))
    assert found.table.loc["median z", "observed"] == pytest.approx(np.median(z))
    assert found.table.loc["combined z", "observed"] == pytest.approx(z.sum() / math.sqrt(8))
    assert (found.draws, found.movable) == (20, 9)
    # the same exchanges, each fitted as a frame of its own
    rng, names = np.random.default_rng(3), sorted(frame["area"].unique())
    medians, combined = [], []
    for _ in range(20):
        given = rng.permutation(np.arange(9))
        histories = {
            a: frame.loc[frame["area"] == names[given[i]], "x"].to_numpy() for i, a in enumerate(names)
        }
        moved = frame.assign(x=np.concatenate([histories[a] for a in frame["area"].unique()]))
        again = specification_curve(
            moved, outcomes="y", regressor="x", lags=(0, 1), controls=((), ("c",)), estimators=("pooled", "two-way")
        ).table  # fmt: skip
        drawn_z = np.sign(again["t"]) * stats.norm.isf(stats.t.sf(again["t"].abs(), again["df"]))
        medians.append(abs(np.median(drawn_z)))
        combined.append(abs(drawn_z.sum() / math.sqrt(8)))
    for name, values in (("median z", medians), ("combined z", combined)):
        size = abs(found.table.loc[name, "observed"])
        assert found.table.loc[name, "p_value"] == pytest.approx(
            (1 + (np.array(values) >= size - 1e-12).sum()) / 21
        )
    low = joint_test(
        curve, draws=30, seed=3, significance=2 * stats.norm.sf(np.sort(np.abs(z))[-2]) - 1e-9
    ).table
    beyond = np.abs(z) > stats.norm.isf(stats.norm.sf(np.sort(np.abs(z))[-2]) - 5e-10)
    assert low.loc["share significant", "observed"] == pytest.approx(
        max((beyond & (z > 0)).mean(), (beyond & (z < 0)).mean())
    )
    assert "9 areas 20 times" in found.sentence
    assert joint_test(curve, draws=1).draws == 1
    refused(lambda: joint_test(curve, draws=0), "draws: 0")


# ------------------------------------------------------------------------------------------------- selection, shares


def test_bounds_solve_osters_equations_by_arithmetic():
    """One control, orthogonal by hand: x = w + e, y = 2x + w + u with exact moments."""
    base = np.array([[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1.0]])
    w, e, u = np.tile(base, (3, 1)).T
    x, y = w + e, 2 * (w + e) + w + u
    found = selection_bounds(y, x, w, r2_max=1.0)
    # short: cov(x, y) / var(x) = (4 + 1) / 2; long: 2; var(y) = 9 + 4 + 1
    assert found.uncontrolled == pytest.approx(2.5)
    assert found.controlled == pytest.approx(2.0)
    assert found.r2_uncontrolled == pytest.approx(2.5**2 * 2 / 14)
    assert found.r2_controlled == pytest.approx(13 / 14)
    assert found.n == 12
    tau, var_x, moved, room, gained = 1.0, 2.0, 0.5, 1.0, 13 - 12.5

    def gap(nu, delta=1.0):
        left = delta * room * (moved * var_x + nu * (var_x - tau)) * 1.0
        left += delta * nu**2 * (tau * moved * var_x + nu * (tau * var_x - tau**2))
        right = (
            nu * gained * tau
            + nu * var_x * tau * moved**2
            + nu**2 * 2 * tau * moved * var_x
            + nu**3 * (tau * var_x - tau**2)
        )
        return left - right

    for root in found.roots:
        assert gap(found.controlled - root) == pytest.approx(0.0, abs=1e-9)
    nu = found.controlled
    assert gap(nu, found.delta_zero) == pytest.approx(0.0, abs=1e-9)
    assert selection_bounds(y, x, w).r2_max == 1.0, "1.3 times 13/14 is more than all"
    noisy = selection_bounds(y + 9 * np.repeat([1, -1, 0], 4), x, w)
    assert noisy.r2_max == pytest.approx(1.3 * noisy.r2_controlled)
    refused(lambda: selection_bounds(y, x, w, r2_max=1.01), "r2_max: 1.01")
    refused(lambda: selection_bounds(y, x, w, delta=math.inf), "delta: inf")
    refused(lambda: selection_bounds(y, x, np.zeros((12, 0))), "controls: none given")
    plain = selection_bounds(y + 5, x, w, constant=False, r2_max=1.0)
    assert plain.uncontrolled == pytest.approx(x @ (y + 5) / (x @ x))


def test_importance_intervals_are_quantiles_of_resampled_areas():
    frame = drawn(8, areas=10, years=4)
    frame["y"] += 0.8 * frame["x"] + 0.5 * frame["c"]
    found = relative_importance(
        frame,
        outcome="y",
        determinants=["x", "c"],
        variation="total",
        year_effects=False,
        draws=40,
        seed=5,
        levels=(0.5, 0.9),
    )

    def r2(d, names):
        X = np.column_stack([np.ones(len(d)), *[d[c] for c in names]])
        e = d["y"] - X @ np.linalg.lstsq(X, d["y"], rcond=None)[0]
        return 1 - (e**2).sum() / ((d["y"] - d["y"].mean()) ** 2).sum()

    def parts(d):
        both, one, two = r2(d, ["x", "c"]), r2(d, ["x"]), r2(d, ["c"])
        return [(one + both - two) / 2, (two + both - one) / 2, both, one, two]

    whole = parts(frame)
    assert found.estimate.tolist() == pytest.approx(whole[:2])
    assert found.r2 == pytest.approx(whole[2])
    assert found.r2_alone.tolist() == pytest.approx(whole[3:])
    assert found.r2_last.tolist() == pytest.approx([whole[2] - whole[4], whole[2] - whole[3]])
    assert found.n.tolist() == [40, 40]
    names = sorted(frame["area"].unique())
    counts = np.random.default_rng(5).multinomial(10, np.full(10, 0.1), size=40)
    boot = np.array(
        [
            parts(
                pd.concat(
                    [frame[frame["area"] == a] for a, k in zip(names, row, strict=True) for _ in range(k)]
                )
            )
            for row in counts
        ]
    )
    assert found.standard_error.tolist() == pytest.approx(boot[:, :2].std(axis=0, ddof=1).tolist())
    shares = boot[:, :2] / boot[:, 2:3]
    for j, (level, low, high) in enumerate(((50, 0.25, 0.75), (90, 0.05, 0.95))):
        np.testing.assert_allclose(found.lower[:, j], np.quantile(boot[:, :2], low, axis=0))
        np.testing.assert_allclose(found.upper[:, j], np.quantile(boot[:, :2], high, axis=0))
        np.testing.assert_allclose(found.shares[f"lower_{level}"], np.quantile(shares, low, axis=0))
        np.testing.assert_allclose(found.shares[f"upper_{level}"], np.quantile(shares, high, axis=0))
    assert found.shares["share"].tolist() == pytest.approx([whole[0] / whole[2], whole[1] / whole[2]])
    first = found.dominance.set_index(["first", "second"]).loc[("x", "c")]
    assert first[["complete", "conditional", "general"]].tolist() == [whole[3] > whole[4]] * 2 + [
        whole[0] > whole[1]
    ]
    assert first["reproduced"] == (boot[:, 0] > boot[:, 1]).mean()
    assert found.sentence.startswith("Differences between all area-years: the determinants together go with ")
    assert found.method.startswith("Shapley (LMG) shares, no effects taken out")
    refused(lambda: relative_importance(frame, outcome="y", determinants=["x"]), "1 given; give 2 to 12")
    refused(lambda: relative_importance(frame, outcome="y", determinants=["x", "c"], draws=19), "draws: 19")
    few = frame[frame["area"].isin(names[:2])]
    refused(
        lambda: relative_importance(few, outcome="y", determinants=["x", "c"]), "2 areas with complete rows"
    )


def test_both_directions_and_the_jackknife_of_halves():
    frame = drawn(9, areas=10, years=9)
    found = cross_lagged(frame, first="x", second="y", levels=(0.8, 0.95))
    middle = 2014

    def fitted(d):
        past = d.sort_values(["area", "year"]).assign(
            px=lambda f: f.groupby("area")["x"].shift(1), py=lambda f: f.groupby("area")["y"].shift(1)
        )
        return panel(past.dropna(), outcome="y", regressors=["px", "py"])

    whole, early, late = (
        fitted(frame),
        fitted(frame[frame["year"] <= middle]),
        fitted(frame[frame["year"] > middle - 1]),
    )
    row = found.table.loc["x -> y"]
    assert row["estimate"] == pytest.approx(whole["px"].estimate)
    assert row["standard_error"] == pytest.approx(whole["px"].standard_error)
    assert row["p_value"] == pytest.approx(whole["px"].p_value)
    assert row["n"] == 10 * 8
    halves = (early["px"].estimate + late["px"].estimate) / 2
    assert row["jackknife"] == pytest.approx(2 * whole["px"].estimate - halves)
    own = found.table.loc["y -> y"]
    assert own["jackknife"] == pytest.approx(
        2 * whole["py"].estimate - (early["py"].estimate + late["py"].estimate) / 2
    )
    for level in (0.8, 0.95):
        i = (
            found.fits[0].params.index,
            found.table.loc["x -> y", [f"lower_{100 * level:g}", f"upper_{100 * level:g}"]].tolist(),
        )
        reach = stats.t.ppf(0.5 + level / 2, 9) * row["standard_error"]
        assert i[1] == pytest.approx([row["estimate"] - reach, row["estimate"] + reach])
    assert "x 1 year earlier goes with" in found.sentence
    assert "2 years earlier" in cross_lagged(frame, first="x", second="y", lag=2).sentence
    refused(lambda: cross_lagged(frame, first="x", second="y", lag=0), "lag: 0")
    bad = frame.assign(x=np.where(np.arange(len(frame)) == 5, 0.0, 1.0 + frame["x"] ** 2))
    refused(lambda: cross_lagged(bad, first="x", second="y", logs="x"), "zero or negative at row 5")


# ------------------------------------------------------------------------------------------------------------ leverage


def test_the_smallest_set_of_areas_that_flips_by_trying_all():
    frame = drawn(10, areas=8, years=4)
    frame.loc[frame["area"].isin(["a01", "a05"]), "y"] += 1.5 * frame["x"]
    fit = panel(frame, outcome="y", regressors="x", effects="area", errors="classic")
    sign = np.sign(fit["x"].estimate)
    report = leverage(fit, top=(1, 7), limit=0.9)
    smallest = None
    for size in range(1, 7):
        for gone in itertools.combinations(sorted(frame["area"].unique()), size):
            rest = frame[~frame["area"].isin(gone)]
            if (
                panel(rest, outcome="y", regressors="x", effects="area", errors="classic")["x"].estimate
                * sign
                < 0
            ):
                smallest = size
                break
        if smallest:
            break
    found = report.flipping_areas
    assert found.found
    assert smallest <= found.size <= smallest + 1
    assert found.share == found.size / 8
    assert found.units == "areas"
    assert report.flipping_rows.units == "area-years"
    assert report.flipping_rows.share == report.flipping_rows.size / 32
    rest = frame[~frame["area"].isin(found.rows["area"])]
    assert found.estimate == pytest.approx(
        panel(rest, outcome="y", regressors="x", effects="area", errors="classic")["x"].estimate
    )
    table = report.without_area
    assert (table["estimate"] - table["change"]).to_numpy() == pytest.approx(np.full(8, fit["x"].estimate))
    assert table["change_in_errors"].to_numpy() == pytest.approx(
        table["change"].to_numpy() / fit["x"].standard_error
    )
    for count in (0, 8):
        refused(lambda c=count: leverage(fit, top=(c,)), f"top: {count}", "from 1 to 7")
    for limit in (0.0, 1.0):
        refused(lambda x=limit: leverage(fit, top=(1,), limit=x), f"limit: {limit}")
    refused(lambda: leverage(fit, top=()), "none is given")
    assert report.sentence.startswith(f"The coefficient of x is {fit['x'].estimate:.2f}"[:24])


def test_rows_of_a_ragged_panel_are_counted(ragged):
    """What a fit says of its rows is what is there."""
    fit = panel(ragged, outcome="y", regressors="x")
    assert fit.n == len(ragged) - sum(1 for n in Counter(ragged["area"]).values() if n == 1)
    assert Counter(fit.design.rows["area"]) == {a: n for a, n in Counter(ragged["area"]).items() if n > 1}
