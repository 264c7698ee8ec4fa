"""Shewhart charts, stable shifts, month effects, placebo dates and comparison areas, by their definitions on small cases."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.kit.refusing import refused

from healthdevo.series import (
    controlled_interrupted_series,
    deseasonalised,
    interrupted_series,
    p_prime_chart,
    placebo_dates,
    runs_test,
    seasonal_control_chart,
    seasonal_errors_regression,
    shewhart_chart,
    stable_shift_chart,
    xmr_chart,
)

Y = np.array([3.0, 5.0, 4.0, 8.0, 6.0, 7.0, 30.0, 5.0])
SIZES = np.array([40.0, 50.0, 45.0, 60.0, 50.0, 70.0, 80.0, 50.0])


def moving(values, screen):
    steps = np.abs(np.diff(values))
    mean = steps.mean()
    return steps[steps < 3.267 * mean].mean() if screen else mean


@pytest.mark.parametrize("screen", [False, True])
@pytest.mark.parametrize("kind", ["i", "mr", "c", "c'", "u", "u'", "p", "p'", "t"])
def test_limits_by_their_formulas(kind, screen):
    calm = np.array([3.0, 5, 4, 8, 6, 7, 6, 5, 4, 6, 5, 7])
    y = np.r_[calm, 38.0, calm]  # a spike that is screened out of moving ranges
    sizes = np.linspace(40, 60, y.size) if kind[0] in "pu" else None
    table = shewhart_chart(y, sizes, kind=kind, screen_outliers=screen, multiplier=10.0).table
    n = np.ones(y.size) if sizes is None else sizes
    drawn, centre = y / n, y.sum() / n.sum()
    low, high = 0.0, math.inf
    if kind == "i":
        half, low = 3 * moving(y, screen) / 1.128, -math.inf
    elif kind == "mr":
        drawn = np.r_[np.nan, np.abs(np.diff(y))]
        centre = np.nanmean(drawn)
        half = (3.267 - 1) * centre
    elif kind == "t":
        root = y ** (1 / 3.6)
        half = 3 * moving(root, screen) / 1.128
    else:
        sigma = np.sqrt(centre * (1 - centre) if kind[0] == "p" else centre) / np.sqrt(n)
        half = 3 * sigma * (moving((drawn - centre) / sigma, screen) / 1.128 if "'" in kind else 1.0)
        high = 1.0 if kind[0] == "p" else math.inf
    if kind == "t":
        upper, lower = (root.mean() + half) ** 3.6, max(root.mean() - half, 0) ** 3.6
        centre = root.mean() ** 3.6
    else:
        upper, lower = np.minimum(centre + half, high), np.maximum(centre - half, low)
    if kind == "mr":
        lower = 0.0
    np.testing.assert_allclose(table["y"], 10 * drawn)
    np.testing.assert_allclose(table["cl"], 10 * centre)
    np.testing.assert_allclose(table["ucl"], 10 * upper + 0 * drawn[-1])
    np.testing.assert_allclose(table["lcl"], 10 * lower + 0 * drawn[-1], atol=1e-12)
    assert table["signal"].tolist() == ((drawn > upper) | (drawn < lower)).tolist()


def test_parts_baselines_and_exclusions():
    chart = shewhart_chart(Y, baseline=2, exclude=[1, 6], parts=[4], multiplier=1.0)
    t = chart.table
    assert t["part"].tolist() == [1] * 4 + [2] * 4
    assert t["baseline"].tolist() == [True, True, False, False] * 2
    assert t["included"].tolist() == [i not in (1, 6) for i in range(8)]
    assert t["cl"].tolist() == [3.0] * 4 + [6.5] * 4
    assert t["ucl"].iloc[5] == pytest.approx(6.5 + 3 / 1.128)
    assert [r.useful for r in chart.runs] == [2, 3]
    assert shewhart_chart(Y, parts=[0, 4]).table["part"].tolist() == [1] * 4 + [2] * 4
    assert shewhart_chart(Y, parts=[7], baseline=1).table["cl"].tolist() == [3.0] * 7 + [5.0]
    small = shewhart_chart([50.0, 2.0, 49.0, 1.0], [50.0] * 4, kind="p").table
    assert small["ucl"].tolist() == [pytest.approx(0.51 + 3 * math.sqrt(0.51 * 0.49 / 50))] * 4
    share = p_prime_chart([30.0, 40.0, 38.0], [50.0, 60.0, 70.0], run_length=2)
    assert share.table["cl"].iloc[0] == pytest.approx(60.0)
    assert share.runs[0].longest_run_max == 1


def test_what_charts_refuse_and_say():
    for kind in ("c", "p", "t", "u'"):
        refused(
            lambda k=kind: shewhart_chart([1.0, -2.0, -3.0], [9.0] * 3, kind=k), "-2.0 at position 1", f"a {kind} chart"
        )  # fmt: skip
        assert len(shewhart_chart([1.0, 0.0, 3.0], [9.0] * 3, kind=kind).table) == 3
    assert len(shewhart_chart([1.0, -2.0, 3.0]).table) == 3
    refused(
        lambda: shewhart_chart([1.0, 5.0, 6.0], [3.0, 4.0, 5.0], kind="p"),
        "5.0 at position 1 exceeds its size 4.0",
    )
    assert shewhart_chart([3.0, 4.0, 2.0], [3.0, 4.0, 5.0], kind="p").table["y"].tolist() == [1.0, 1.0, 0.4]
    refused(
        lambda: shewhart_chart([1.0, 5.0, 6.0], [3.0, 0.0, -1.0], kind="u"), "0.0 at position 1", "above 0"
    )
    refused(lambda: shewhart_chart(Y, exclude=[8]), "exclude: positions must lie from 0 to 7")
    refused(lambda: shewhart_chart(Y, parts=[-1]), "parts: positions")
    refused(lambda: shewhart_chart(Y, baseline=0), "baseline: 0")
    refused(lambda: shewhart_chart(Y, parts=[4], exclude=[4, 5, 6, 7]), "part 2 has no point")
    refused(lambda: shewhart_chart(Y, multiplier=math.inf), "multiplier: inf")
    refused(lambda: runs_test(Y, 5.0, run_length=1), "run_length: 1")
    assert runs_test(Y, 5.0, run_length=2).longest_run_max == 1
    for n, word in ((0, "No points of 20"), (1, "1 point of 20"), (2, "2 points of 20")):
        y = np.tile([1.0, 2.0], 10)
        y[[5, 11][:n]] = 30.0
        chart = shewhart_chart(y, kind="i", exclude=[5, 11][:n])
        assert chart.sentence == f"{word} beyond the limits; the pattern of runs is what chance gives."
    long = shewhart_chart(np.r_[np.ones(10), np.full(10, 1.1)] + np.tile([0, 0.2], 10) * 0)
    assert long.sentence.endswith("the pattern of runs is unusual.")


@pytest.mark.parametrize("seed", range(4))
def test_runs_and_crossings_are_counted(seed):
    side = np.sign(np.random.default_rng(seed).normal(size=25 + seed).cumsum())
    found = runs_test(side * 2.0 + 7.0, 7.0)
    runs = "".join("+" if s > 0 else "-" for s in side).replace("+-", "+ -").replace("-+", "- +").split()
    n = side.size
    assert (found.useful, found.longest_run, found.crossings) == (n, max(map(len, runs)), len(runs) - 1)
    assert found.longest_run_max == round(math.log2(n) + 3)
    assert found.crossings_min == stats.binom.ppf(0.05, n - 1, 0.5)
    assert found.signal == (
        found.longest_run > found.longest_run_max or found.crossings < found.crossings_min
    )


# ----------------------------------------------------------------------------------------------------- stable shifts


def shifts(y, least, run, most):
    """The rules of a stable shift in words, point by point, for measurements whose moving ranges are not screened."""

    def form(start):
        keep, out = list(range(start, start + least)), []
        while True:
            centre, half = y[keep].mean(), 3 * np.abs(np.diff(y[keep])).mean() / 1.128
            far = [i for i in keep if abs(y[i] - centre) > half]
            if not far or len(out) == most or len(keep) <= 2:
                return centre, half, out
            worst = max(far, key=lambda i: abs(y[i] - centre))
            keep.remove(worst)
            out.append(worst)

    def run_at(i, centre):
        part = np.sign(y[i : i + run] - centre)
        return len(part) == run and part[0] != 0 and (part == part[0]).all()

    found, counter = [(0, *form(0))], least
    while len(y) - counter >= least:
        starts = [i for i in range(counter, len(y)) if run_at(i, found[-1][1])]
        if not starts or len(y) - starts[0] < least:
            break
        first = starts[0]
        up = np.sign(y[first] - found[-1][1])
        new = form(first)
        back = np.sign(y - new[0]) == -up
        begin, stop = first, first + least
        while begin < stop and back[begin]:
            begin += 1
        goes = any(back[i : i + run].all() and i + run <= len(y) for i in range(begin, stop))
        last = len(y)  # the last unbroken run back may yet be one
        while last > 0 and back[last - 1]:
            last -= 1
        goes = goes or max(last, begin) < min(stop, len(y))
        if goes:
            counter = first + 1
        else:
            found.append((first, *new))
            counter = first + least
    return found


@pytest.mark.parametrize(("least", "run", "most"), [(5, 3, 1), (8, 4, 3), (6, 2, 0)])
def test_random_series_shift_by_the_rules(least, run, most):
    rng = np.random.default_rng(least)
    several = 0
    for trial in range(25):
        n = int(rng.integers(least, 45))
        y = np.round(rng.normal(size=n) + rng.choice([0, 1.5, 3], n // 9 + 1).repeat(9)[:n], 2)
        chart = stable_shift_chart(
            y, period_min=least, run_length=run, max_exclusions=most, screen_outliers=False
        )
        want, t = shifts(y, least, run, most), chart.table
        assert chart.breaks == tuple(f[0] for f in want[1:]), trial
        several += len(chart.breaks) > 1
        ends = [f[0] for f in want[1:]] + [n]
        excluded, calculation, shift = set(), set(), set()
        for number, ((start, centre, half, out), stop) in enumerate(zip(want, ends, strict=True), 1):
            rows = t.iloc[start:stop]
            assert set(rows["period"]) == {number}
            np.testing.assert_allclose(rows["cl"], centre)
            np.testing.assert_allclose(rows["ucl"], centre + half)
            np.testing.assert_allclose(rows["lcl"], centre - half)
            assert rows["beyond"].tolist() == (np.abs(y[start:stop] - centre) > half).tolist()
            excluded |= set(out)
            calculation |= set(range(start, start + least))
            side = np.sign(y[start:stop] - centre)
            for i in range(len(side) - run + 1):
                if side[i] and (side[i : i + run] == side[i]).all():
                    shift |= set(range(start + i, start + i + run))
        for column, places in (("excluded", excluded), ("calculation", calculation), ("shift", shift)):
            assert set(np.flatnonzero(t[column])) == places, (trial, column)
    assert several > 2


# -------------------------------------------------------------------------------------------------------- month effects


def test_fixed_month_effects_by_hand():
    index = pd.period_range("2019-02", periods=27, freq="M")
    rng = np.random.default_rng(3)
    y = pd.Series(np.exp(rng.normal(7, 0.2, 27)), index, name="visits")
    y.iloc[13] = np.nan
    for per_day in (True, False):
        logs = np.log(y / index.days_in_month) if per_day else np.log(y)
        want = [
            math.exp(logs.iloc[i] - np.nanmean(logs[index.month == index[i].month]) + np.nanmean(logs))
            if i != 13
            else math.nan
            for i in range(27)
        ]
        found = deseasonalised(y, per_day=per_day)
        np.testing.assert_allclose(found, want)
    y.iloc[13] = y.iloc[1] * 1.1
    found = deseasonalised(y)
    logs = np.log(y / index.days_in_month)
    want = logs - logs.groupby(index.month).transform("mean") + logs.mean()
    np.testing.assert_allclose(found, np.exp(want))
    np.testing.assert_allclose(
        deseasonalised(y, per_day=False),
        np.exp(np.log(y) - np.log(y).groupby(index.month).transform("mean") + np.log(y).mean()),
    )
    chart = seasonal_control_chart(y, run_length=5)
    plain = xmr_chart(found, run_length=5, improvement_direction="neutral")
    pd.testing.assert_frame_equal(chart.table, plain.table)
    assert chart.method.endswith("; per day, fixed month means of the logarithm taken out")
    assert seasonal_control_chart(y, per_day=False).method.endswith(
        "; fixed month means of the logarithm taken out"
    )
    refused(lambda: deseasonalised(y.iloc[:13]), "calendar month 1 appears once")
    y.iloc[4] = y.iloc[9] = 0.0
    refused(lambda: deseasonalised(y), "zero in 2019-06")


# --------------------------------------------------------------------------------------- placebo dates, comparison areas


def years(n=14, seed=5):
    rng = np.random.default_rng(seed)
    return pd.Series(
        20 + 0.4 * np.arange(n) - 3.0 * (np.arange(n) >= 10) + rng.normal(size=n), range(2000, 2000 + n)
    )


def test_placebo_dates_are_fits_of_the_time_before():
    y = years()
    found = placebo_dates(y, 2010, margin=4, levels=0.8, model="ols", seasons=0, slope_change=False)
    assert found.index.tolist() == [2004, 2005, 2006, 2010]
    assert found["placebo"].tolist() == [True] * 3 + [False]
    for date, row in found.iterrows():
        part = y if date == 2010 else y[y.index < 2010]
        one = interrupted_series(
            part, date, levels=0.8, model="ols", seasons=0, slope_change=False
        ).level_change
        interval = one.interval(0.8)
        assert tuple(row[["level_change", "standard_error", "lower", "upper"]]) == pytest.approx(
            (one.estimate, one.standard_error, interval.lower, interval.upper)
        )
    size = (found["level_change"] / found["standard_error"]).abs()
    assert found["p_value"].iloc[:3].isna().all()
    assert found["p_value"].iloc[3] == pytest.approx((size >= size.iloc[3]).mean())
    other = placebo_dates(y, 2009, margin=4, model="ols", seasons=0, slope_change=False)
    assert other.index.tolist() == [2004, 2005, 2009]
    refused(lambda: placebo_dates(y, 2010, margin=0), "margin: 0")
    refused(
        lambda: placebo_dates(y, 2010, margin=6, model="ols", seasons=0), "10 periods before it", "with 6 on either side"
    )  # fmt: skip
    assert placebo_dates(y, 2010, margin=5, model="ols", seasons=0, slope_change=False).index.tolist() == [
        2005,
        2010,
    ]


@pytest.mark.parametrize("origin", [0, 1])
def test_two_areas_differ_by_the_difference_of_their_own_fits(origin):
    one, two = years(), years(seed=6) * 1.4
    frame = pd.DataFrame({"treated": one, "beside": two})
    frame.loc[2000:2001, "treated"] = np.nan
    frame.loc[2006, "beside"] = np.nan
    keys = {"model": "ols", "seasons": 0, "slope_origin": origin}
    both = controlled_interrupted_series(frame, "treated", 2010, **keys)
    own, rest = (interrupted_series(frame[a].dropna(), 2010, **keys) for a in ("treated", "beside"))
    assert both.level_change.estimate == pytest.approx(own.level_change.estimate - rest.level_change.estimate)
    assert both.slope_change.estimate == pytest.approx(own.slope_change.estimate - rest.slope_change.estimate)
    terms = both.coefficients["estimate"]
    assert terms["level change"] == pytest.approx(rest.level_change.estimate)
    assert terms["slope change"] == pytest.approx(rest.slope_change.estimate)
    assert terms["treated x time"] == pytest.approx(
        own.coefficients.loc["time", "estimate"] - rest.coefficients.loc["time", "estimate"]
    )
    assert terms["time"] == pytest.approx(rest.coefficients.loc["time", "estimate"])
    assert terms["intercept"] == pytest.approx(rest.coefficients.loc["intercept", "estimate"])
    np.testing.assert_allclose(both.path["fitted"], own.path["fitted"])
    since = np.array([0, 1, 2, 3]) + origin
    change = rest.level_change.estimate + rest.slope_change.estimate * since
    line = own.coefficients["estimate"]
    at = own.path["fitted"].iloc[-4:].to_numpy() - (line["level change"] + line["slope change"] * since)
    np.testing.assert_allclose(both.path["counterfactual"].iloc[-4:], at + change)
    refused(lambda: controlled_interrupted_series(frame, "treated", 2010, slope_origin=2), "slope_origin: 2")
    refused(
        lambda: controlled_interrupted_series(frame[["treated"]], "treated", 2010),
        "at least one comparison area",
    )


# ------------------------------------------------------------------------------------- seasonal errors


def test_seasonal_errors_have_the_likelihood_of_the_normal_distribution():
    months = pd.period_range("2015-01", periods=40, freq="M")
    rng = np.random.default_rng(2)
    x = pd.DataFrame({"step": (np.arange(40) >= 22) + 0.0}, months)
    noise = rng.normal(size=40)
    for t in range(4, 40):
        noise[t] += 0.4 * noise[t - 1] + 0.3 * noise[t - 4]
    y = pd.Series(3 + 1.5 * x["step"].to_numpy() + noise, months)
    y.iloc[[5, 17]] = np.nan
    found = seasonal_errors_regression(y, x, period=4, levels=(0.8, 0.95))
    kept = y.notna().to_numpy()
    assert found.n == 38

    def log_density(theta):
        phi, seasonal, a, b, sigma2 = theta
        impulse = np.zeros(3000)
        impulse[0] = 1.0
        for t in range(1, 3000):
            impulse[t] = phi * impulse[t - 1]
            if t >= 4:
                impulse[t] += seasonal * impulse[t - 4]
            if t >= 5:
                impulse[t] -= phi * seasonal * impulse[t - 5]
        gamma = np.array([impulse[: 3000 - h] @ impulse[h:] for h in range(40)])
        cov = sigma2 * gamma[np.abs(np.subtract.outer(np.arange(40), np.arange(40)))][np.ix_(kept, kept)]
        mean = (a + b * x["step"]).to_numpy()[kept]
        return stats.multivariate_normal.logpdf(y[kept], mean, cov)

    t = found.coefficients
    at = np.r_[t["estimate"].to_numpy(), found.sigma2]
    assert t.index.tolist() == ["ar1", "sar1", "intercept", "step"]
    assert found.loglikelihood == pytest.approx(log_density(at), abs=1e-6)
    for i in range(5):
        step = np.eye(5)[i] * 1e-3
        both = log_density(at + step), log_density(at - step)
        assert (both[0] - both[1]) / 2e-3 == pytest.approx(0.0, abs=2e-2), "at its maximum"
    ahead, behind = (log_density(at + way * np.eye(5)[3]) for way in (1e-2, -1e-2))
    curve = (2 * log_density(at) - ahead - behind) / 1e-4
    assert t.loc["step", "standard_error"] >= 0.99 / math.sqrt(curve)
    for level in (0.8, 0.95):
        z = stats.norm.ppf((1 + level) / 2)
        np.testing.assert_allclose(t[f"lower_{level:g}"], t["estimate"] - z * t["standard_error"])
        np.testing.assert_allclose(t[f"upper_{level:g}"], t["estimate"] + z * t["standard_error"])
    effect = found.effect("step")
    assert (effect.estimate, effect.standard_error, effect.n) == (*t.loc["step"].iloc[:2], 38)
    refused(lambda: seasonal_errors_regression(y, x, period=40), "period: 40", "from 1 to 39")
    refused(lambda: seasonal_errors_regression(y, x, period=0), "period: 0")
    refused(lambda: seasonal_errors_regression(y.iloc[:4], x, period=1), "cannot be told apart")


@pytest.mark.parametrize(
    ("n", "when", "says"), [(24, 2012, ""), (24, 2011, "11 periods before and 13 after"), (24, 2013, "13 periods before and 11 after")]
)  # fmt: skip
def test_fewer_than_twelve_periods_on_a_side_are_said_to_be_short(n, when, says):
    found = interrupted_series(years(n), when, model="ols", seasons=0)
    told = " ".join(found.warnings)
    assert ("short for a trend and seasons" in told) == bool(says)
    assert says in told
