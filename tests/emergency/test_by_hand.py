"""Every number of four-hour performance, attendance rates and growth accounts, against libraries and plain sums."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from healthdevo.emergency import YearOfAttendances, attendance_rates, four_hour_performance, growth_accounts
from healthdevo.emergency.four_hour import target_steps
from healthdevo.errors import InputError
from healthdevo.series.ar1_errors import fit_ar1, steps

LEVELS = (0.8, 0.95)


def drawn(n=72, seed=0, noise=0.02, missing=()):
    rng = np.random.default_rng(seed)
    months = pd.period_range("2019-02", periods=n, freq="M")
    total = rng.integers(4_000, 9_000, n)
    wave = 0.6 * np.sin(2 * np.pi * months.month / 12) + 0.2 * np.cos(4 * np.pi * months.month / 12)
    p = 1 / (1 + np.exp(-(1.0 - 0.25 * np.arange(n) / 12 + 0.1 * wave + rng.normal(0, noise, n))))
    late = total - rng.binomial(total, p)
    frame = pd.DataFrame(
        {"month": months, "over_4_hours": late + 0.0, "attendances_4_hour_reporting": total + 0.0}
    )
    frame.loc[list(missing), "over_4_hours"] = np.nan
    return frame


@pytest.fixture(scope="module")
def performance():
    frame = drawn(missing=[20, 65])
    return frame, four_hour_performance(frame, levels=LEVELS, interim={"2021-01": 0.7})


def test_monthly_limits_are_wilsons(performance):
    frame, found = performance
    n, x = (
        frame["attendances_4_hour_reporting"],
        frame["attendances_4_hour_reporting"] - frame["over_4_hours"],
    )
    for level in LEVELS:
        lower, upper = proportion_confint(x, n, alpha=1 - level, method="wilson")
        np.testing.assert_allclose(found.table[f"lower_{level:g}"], lower, rtol=1e-10)
        np.testing.assert_allclose(found.table[f"upper_{level:g}"], upper, rtol=1e-10)
    np.testing.assert_allclose(found.table["share"], x / n)
    np.testing.assert_array_equal(found.table["within"], x)
    met = found.table["meets_target"]
    assert met.isna().sum() == 2
    known = met.notna()
    assert (met[known] == (found.table["share"] >= found.table["target"])[known]).all()


def test_the_model_is_the_binomial_regression_of_a_library(performance):
    frame, found = performance
    known = frame["over_4_hours"].notna().to_numpy() & (np.arange(72) >= 12)
    use = np.flatnonzero(known)
    n = frame["attendances_4_hour_reporting"].to_numpy()[use]
    x = n - frame["over_4_hours"].to_numpy()[use]
    angle = 2 * np.pi * frame["month"].dt.month.to_numpy()[use] / 12
    design = np.column_stack(
        [
            np.ones(len(use)),
            (use - use[-1]) / 12,
            np.sin(angle),
            np.cos(angle),
            np.sin(2 * angle),
            np.cos(2 * angle),
        ]
    )
    fit = sm.GLM(np.column_stack([x, n - x]), design, family=sm.families.Binomial()).fit(tol=1e-14)
    mu = fit.fittedvalues
    np.testing.assert_allclose(found.table["fitted"].to_numpy()[use], mu, rtol=1e-7)
    assert found.table["fitted"].notna().sum() == len(use)
    weight = n * mu * (1 - mu)
    residual = (x - n * mu) / np.sqrt(weight)
    white = design * np.sqrt(weight)[:, None]
    rho = max(fit_ar1(residual, white, steps(use + 0.0)).rho, 0.0)
    assert found.autocorrelation == pytest.approx(rho, abs=1e-6)
    correlation = rho ** np.abs(np.subtract.outer(use, use)) if rho else np.eye(len(use))
    bread = np.linalg.inv(white.T @ white)
    unit = bread @ white.T @ correlation @ white @ bread
    phi = (residual**2).sum() / (len(use) - np.trace(white.T @ white @ unit))
    assert phi > 1
    assert found.dispersion == pytest.approx(phi, rel=1e-6)
    slope = np.mean(mu * (1 - mu))
    df = max(len(use) * (1 - rho) / (1 + rho) - 6, 3)
    change, error = 100 * slope * fit.params[1], 100 * slope * np.sqrt(phi * unit[1, 1])
    assert found.change.estimate == pytest.approx(change, rel=1e-6)
    assert found.change.standard_error == pytest.approx(error, rel=1e-6)
    assert found.change.n == found.latest.n == len(use)
    recent = use >= 60
    level = x[recent].sum() / n[recent].sum()
    near = np.diff(residual)[np.diff(use) == 1]
    scatter = max(1.0, np.mean(near**2) / 2)
    assert scatter > 1
    spread = np.sqrt(scatter * level * (1 - level) / n[recent].sum())
    assert found.latest.estimate == pytest.approx(level)
    assert found.latest.standard_error == pytest.approx(spread, rel=1e-6)
    assert found.gap.estimate == pytest.approx(100 * (level - 0.7))
    assert found.gap.standard_error == pytest.approx(100 * spread, rel=1e-6)
    for one, centre, width in (
        (found.change, change, error), (found.latest, level, spread), (found.gap, 100 * (level - 0.7), 100 * spread)
    ):  # fmt: skip
        for interval in one.intervals:
            want = stats.t.interval(interval.level, df, centre, width)
            assert (interval.lower, interval.upper) == pytest.approx(want, rel=1e-5)


def test_neighbouring_months_that_go_together_cost_degrees_of_freedom():
    frame = drawn(n=60, seed=3, noise=0.0)
    rng = np.random.default_rng(1)
    noise = np.zeros(60)
    for t in range(1, 60):
        noise[t] = 0.7 * noise[t - 1] + rng.normal(0, 0.05)
    frame["over_4_hours"] = (frame["over_4_hours"] * np.exp(noise)).round()
    found = four_hour_performance(frame, levels=LEVELS)
    rho = found.autocorrelation
    assert rho > 0.3
    df = max(60 * (1 - rho) / (1 + rho) - 6, 3)
    for interval in found.change.intervals:
        half = (interval.upper - interval.lower) / 2 / found.change.standard_error
        assert half == pytest.approx(stats.t.ppf((1 + interval.level) / 2, df), rel=1e-6)
    for interval in found.latest.intervals:
        half = (interval.upper - interval.lower) / 2 / found.latest.standard_error
        assert half == pytest.approx(stats.t.ppf((1 + interval.level) / 2, df), rel=1e-6)


@pytest.mark.parametrize(
    ("known", "word"), [(23, "23 months with four-hour figures are fewer than the 24"), (24, "")]
)
def test_a_model_needs_24_months(known, word):
    found = four_hour_performance(drawn(n=known))
    assert found.reason.startswith(word)
    assert np.isnan(found.change.estimate) == bool(word)


@pytest.mark.parametrize(
    ("missing", "reason"), [(6, ""), (7, "only 5 of the latest 12 months have four-hour figures")]
)
def test_half_of_the_latest_year_must_be_known(missing, reason):
    found = four_hour_performance(drawn(missing=range(72 - missing, 72)))
    assert found.reason == reason
    assert np.isfinite(found.latest.estimate)


def test_a_long_gap_is_bridged_by_older_months():
    # of the latest five years only 20 months are known: the latest 60 known months serve
    frame = drawn(n=130, missing=range(80, 120))
    found = four_hour_performance(frame)
    assert found.latest.n == 60
    assert found.table["fitted"].notna().sum() == 60


def test_words_follow_the_months_known_and_the_target():
    text = four_hour_performance(drawn(missing=[70])).sentence
    assert "in the 11 of the latest 12 months that have figures" in text
    assert "short of the target of 95%." in text
    assert (
        "in the only month of the latest 12 that has figures"
        in four_hour_performance(drawn(n=12, missing=range(11))).sentence
    )
    exact = pd.DataFrame(
        {
            "month": pd.period_range("2024-01", periods=12, freq="M"),
            "over_4_hours": 25.0,
            "attendances_4_hour_reporting": 100.0,
        }
    )
    said = four_hour_performance(exact, standard=0.75)
    assert (
        "75.0% of attendances were seen within four hours in the latest year, meeting the target of 75%."
        in said.sentence
    )
    assert said.table["meets_target"].all()
    assert four_hour_performance(exact, standard=0.75, interim={}).p_prime is not None
    assert four_hour_performance(exact.iloc[:2]).p_prime is None
    assert four_hour_performance(exact.iloc[:3]).p_prime is not None


def test_targets_at_their_edges():
    assert target_steps("2024-03", {"2024-03": 0.7}) == {"2024-03": 0.7}
    for standard in (0.0, 1.0, 1.2):
        with pytest.raises(InputError, match="standard"):
            target_steps("2024-03", {}, standard)
    with pytest.raises(InputError, match="interim"):
        target_steps("2024-03", {"2024-05": 1.0})
    with pytest.raises(InputError, match="interim"):
        target_steps("2024-03", {"2024-05": 0.0})
    rows = drawn(n=30)
    rows.loc[3, "over_4_hours"] = rows.loc[3, "attendances_4_hour_reporting"]
    assert four_hour_performance(rows).table["share"].iloc[3] == 0.0
    rows.loc[3, "over_4_hours"] += 1
    with pytest.raises(InputError, match="2019-05"):
        four_hour_performance(rows)


def test_attendance_rates_by_plain_sums():
    rng = np.random.default_rng(4)
    counts = rng.poisson(300, (4, 6)) + 30 * (np.arange(6) % 2) * np.array([[0], [2], [3], [1]])
    counts[3] = 50
    areas = list("ABCD")
    people = pd.Series([1000.0, 2000.0, 1500.0, 900.0], areas)
    frame = pd.DataFrame(
        [
            {"area_code": a, "month": f"2024-{m + 1:02d}", "attendances": counts[i, m]}
            for i, a in enumerate(areas)
            for m in range(6)
        ]
    )
    found = attendance_rates(frame, people, levels=LEVELS)
    whole = counts.sum()
    floor = 0
    for i, area in enumerate(areas):
        total = counts[i].sum()
        expected = [total * counts[:, m].sum() / whole for m in range(6)]
        phi = sum((counts[i, m] - expected[m]) ** 2 / expected[m] for m in range(6)) / (
            5 * (1 - total / whole)
        )
        floor += phi < 1
        error = 1000 * np.sqrt(max(phi, 1.0) * total) / people[area]
        one = found[area]
        assert one.estimate == pytest.approx(1000 * total / people[area])
        assert one.standard_error == pytest.approx(error)
        assert one.n == 6
        for interval in one.intervals:
            want = stats.t.interval(interval.level, 5, one.estimate, error)
            assert (interval.lower, interval.upper) == pytest.approx(want)
    assert 0 < floor < 4  # on both sides of Poisson
    assert attendance_rates(frame[frame["month"] <= "2024-03"], people).n.tolist() == [3] * 4
    few = frame.assign(
        attendances=frame["attendances"].where(frame["area_code"] != "D", [1.0, *[0.0] * 5] * 4)
    )
    assert attendance_rates(few, people, levels=0.99)["D"].interval().lower == 0.0
    for empty, message in ((0.0, "no attendances at all"),):
        with pytest.raises(InputError, match=message):
            attendance_rates(
                frame.assign(attendances=frame["attendances"].where(frame["area_code"] != "D", empty)), people
            )
    with pytest.raises(InputError, match="no population above zero"):
        attendance_rates(frame, people.replace(900.0, 0.0))


def test_noise_of_inputs_is_log_normal_with_the_mean_and_error_given():
    people = pd.Series([100.0], ["all"])
    one, two = (YearOfAttendances({"all": count}, people, 365, 250) for count in (1000.0, 1200.0))
    found = growth_accounts(one, two, errors={"attendances": 0.3}, draws=40_000, levels=LEVELS)[
        "all", "attendance rate"
    ]
    assert found.estimate == pytest.approx(200.0)
    assert found.standard_error == pytest.approx(0.3 * np.hypot(1000, 1200), rel=0.03)
    rng = np.random.default_rng(8)
    sigma = np.sqrt(np.log(1 + 0.09))
    a, b = (rng.lognormal(np.log(m) - sigma**2 / 2, sigma, 200_000) for m in (1000, 1200))
    for interval in found.intervals:
        low, high = np.quantile(b - a, [(1 - interval.level) / 2, (1 + interval.level) / 2])
        assert (interval.lower, interval.upper) == pytest.approx((low, high), abs=0.05 * (high - low))
    assert found.n == 2


def test_working_days_and_days_by_hand():
    people = pd.Series([100.0], ["all"])
    one, two = (
        YearOfAttendances({"all": 1000.0}, people, 366, 250),
        YearOfAttendances({"all": 1000.0}, people, 365, 260),
    )
    table = growth_accounts(one, two, working_day_effect=-0.8).table["all"]
    w1, w2 = 250 / 366, 260 / 365
    first = {"days": 366.0, "working": np.exp(-0.8 * (w1 - w2) / 2)}
    second = {"days": 365.0, "working": np.exp(-0.8 * (w2 - w1) / 2)}
    k1, k2 = (1000 / (100 * f["days"] * f["working"]) for f in (first, second))

    # three factors change: each one's effect averaged over the ways in which the other two can stand
    def effect(a1, a2, b1, b2, c1, c2):
        return (a2 - a1) * ((b1 * c1 + b2 * c2) / 3 + (b1 * c2 + b2 * c1) / 6)

    d, w = (366.0, 365.0), (first["working"], second["working"])
    assert table["days"] == pytest.approx(100 * effect(*d, *w, k1, k2))
    assert table["working days"] == pytest.approx(100 * effect(*w, *d, k1, k2))
    assert table["attendance rate"] == pytest.approx(100 * effect(k1, k2, *d, *w))
    noisy = growth_accounts(one, two, working_day_effect=-0.8, errors={"working_day_effect": 0.2}, draws=4000)
    assert noisy["all", "working days"].standard_error == pytest.approx(0.2 * 1000 * (w2 - w1), rel=0.05)
    for days, fine in ((0, True), (366, True), (-1, False), (367, False)):
        year = YearOfAttendances({"all": 1.0}, people, 366, days)
        if fine:
            growth_accounts(year, two)
        else:
            with pytest.raises(InputError, match="working_days"):
                growth_accounts(year, two)
