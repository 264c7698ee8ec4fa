"""Life tables, indirectly standardised rates and the noise of series, against loops that a reader can follow."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from healthdevo.inequality import (
    indirectly_standardised_rates,
    indirectly_standardised_ratios,
    life_tables,
    series_noise,
)

LEVELS = (0.8, 0.95)


def test_indirect_rates_by_hand():
    counts, people = np.array([[2, 13], [0, 4], [40, 80]]), np.array([[1000, 500], [300, 200], [5000, 900]])
    events, whole = np.array([100, 400]), np.array([100_000, 20_000])
    for function, per in ((indirectly_standardised_ratios, 100.0), (indirectly_standardised_rates, 1000.0)):
        factor = per * (500 / 120_000 if function is indirectly_standardised_rates else 1.0)
        found = function(counts, people, events, whole, multiplier=per, levels=LEVELS)
        for i in range(3):
            seen = counts[i].sum()
            expected = people[i, 0] * 0.001 + people[i, 1] * 0.02
            one = found[i]
            assert one.estimate == pytest.approx(factor * seen / expected)
            assert one.standard_error == pytest.approx(factor * np.sqrt(seen) / expected)
            assert one.n == seen
            for interval in one.intervals:
                tail = (1 - interval.level) / 2
                if seen < 10:
                    low, high = stats.chi2.ppf(tail, 2 * seen) / 2, stats.chi2.isf(tail, 2 * seen + 2) / 2
                else:
                    z = stats.norm.isf(tail)
                    low = seen * (1 - 1 / (9 * seen) - z / (3 * np.sqrt(seen))) ** 3
                    high = (seen + 1) * (1 - 1 / (9 * (seen + 1)) + z / (3 * np.sqrt(seen + 1))) ** 3
                assert interval.lower == pytest.approx(factor * np.nan_to_num(low) / expected)
                assert interval.upper == pytest.approx(factor * high / expected)
    assert found.unit == "per 1,000 people" or "1,000" in found.unit
    nobody = indirectly_standardised_ratios([[0, 0]], [[0, 0]], events, whole)
    assert "no events are expected" in nobody.reason[0]


AGES = [0, 1, 15, 45, 75]
DEATHS = np.array([[30.0, 0.0, 60.0, 400.0, 900.0], [3.0, 20.0, 6.0, 4000.0, 100.0]])
PEOPLE = np.array([[9000.0, 40_000.0, 60_000.0, 40_000.0, 9000.0], [900.0, 4000.0, 6000.0, 4000.0, 400.0]])


@pytest.mark.parametrize("variance", ["silcocks", "chiang"])
@pytest.mark.parametrize("fractions", [None, [0.2, 0.4, 0.5, 0.6, 0.9]])
def test_a_life_table_by_loops(variance, fractions):
    tables = life_tables(
        DEATHS,
        PEOPLE,
        AGES,
        variance=variance,
        fraction_lived=fractions,
        levels=LEVELS,
        widest_interval=1000.0,
    )
    shares = fractions or [0.1, 0.5, 0.5, 0.5]
    for area in range(2):
        alive, years, survivors, dying, q = 1.0, [], [], [], []
        for b in range(5):
            rate = DEATHS[area, b] / PEOPLE[area, b]
            survivors.append(alive)
            if b == 4:
                q.append(1.0)
                dying.append(alive)
                years.append(alive / rate)
                continue
            width = AGES[b + 1] - AGES[b]
            q.append(min(1.0, width * rate / (1 + width * (1 - shares[b]) * rate)))
            dying.append(alive * q[-1])
            years.append(width * (alive - dying[-1]) + shares[b] * width * dying[-1])
            alive -= dying[-1]
        remaining = [sum(years[b:]) for b in range(5)]
        for name, want in (
            ("death_rate", DEATHS[area] / PEOPLE[area]), ("death_probability", q), ("survivors", survivors),
            ("life_table_deaths", dying), ("years_lived", years), ("years_remaining", remaining),
        ):  # fmt: skip
            np.testing.assert_allclose(getattr(tables, name)[area], want, rtol=1e-10, err_msg=name)
        # Silcocks's variance by the delta method: the expectation's slope in each probability of dying
        last = PEOPLE[area, 4] / DEATHS[area, 4]

        def expectancy(probability, top, at):
            total, alive = 0.0, 1.0
            for b in range(at, 4):
                width = AGES[b + 1] - AGES[b]
                total += alive * width * (1 - probability[b] * (1 - shares[b]))
                alive *= 1 - probability[b]
            return total + alive * top

        for at in range(5):
            assert tables.life_expectancy[area, at] == pytest.approx(expectancy(q, last, at))
            spread = 0.0
            for b in range(at, 4):
                if DEATHS[area, b] > 0:
                    step = 1e-6
                    up, down = ([*q[:b], q[b] + s, *q[b + 1 :]] for s in (step, -step))
                    slope = (expectancy(up, last, at) - expectancy(down, last, at)) / (2 * step)
                    spread += slope**2 * q[b] ** 2 * (1 - q[b]) / DEATHS[area, b]
            if variance == "silcocks":
                alive = np.prod([1 - p for p in q[at:4]])
                spread += alive**2 * last**2 / DEATHS[area, 4]
            assert tables.standard_error[area, at] == pytest.approx(np.sqrt(spread), rel=1e-6, abs=1e-9)
            for interval in tables.at(AGES[at])[area].intervals:
                want = stats.norm.interval(
                    interval.level, tables.life_expectancy[area, at], np.sqrt(spread) + 1e-300
                )
                assert (interval.lower, interval.upper) == pytest.approx(want, rel=1e-6)
            assert tables.at(AGES[at]).n[area] == DEATHS[area, at:].sum()
            assert tables.population_used[area, at] == PEOPLE[area, at:].sum()
    # nobody died from 1 to 14: all who reach the band live through all of it
    assert tables.years_lived[0, 1] == pytest.approx(14 * tables.survivors[0, 1])
    assert tables.survivors[0, 2] == tables.survivors[0, 1]


def test_life_tables_are_held_back_at_their_thresholds():
    few = life_tables(DEATHS, PEOPLE, AGES, smallest_population=15_300.0)
    assert few.reasons == ("", "")
    assert (
        "fewer than 15,301 people"
        in life_tables(DEATHS, PEOPLE, AGES, smallest_population=15_301.0).reasons[1]
    )
    wide = 2 * 1.959963985 * few.standard_error[1, 0]
    assert life_tables(DEATHS, PEOPLE, AGES, widest_interval=wide * 1.0001).at(0).reason[1] == ""
    assert "wider than" in life_tables(DEATHS, PEOPLE, AGES, widest_interval=wide * 0.9999).at(0).reason[1]
    none = DEATHS.copy()
    none[0, 4] = 0.0
    assert "no deaths in the open-ended band from age 75" in life_tables(none, PEOPLE, AGES).reasons[0]
    over = DEATHS.copy()
    over[0, 0] = 9001.0
    assert "more deaths than people in the band from age 0" in life_tables(over, PEOPLE, AGES).reasons[0]
    over[0, 0] = 9000.0
    assert life_tables(over, PEOPLE, AGES).reasons[0] == ""


@pytest.mark.parametrize(("years", "rounding"), [(1, 0.0), (3, 0.0), (1, 0.1), (3, 0.2)])
def test_the_noise_of_series_by_plain_sums(years, rounding):
    rng = np.random.default_rng(5)
    values = rng.normal(80, 0.6, (5, 8)) + 0.3 * np.arange(8)
    values[2, 3] = np.nan
    values[4, 2:] = np.nan  # one difference: no error of its own
    found = series_noise(values, np.full(5, 1000.0), years=years, rounding=rounding)
    steps = values[:, 1:] - values[:, :-1]
    steps = steps - np.nanmedian(steps, axis=0)
    variances, counts = [], []
    for row in steps:
        known = row[~np.isnan(row)]
        n = len(known)
        counts.append(n)
        if n >= 2:
            variances.append(((known - known.mean()) ** 2).sum() / max(n - years / n, n / 2))
    assert counts == [7, 7, 5, 7, 1]

    def error(v):
        return np.sqrt(years / 2 * max(v - rounding**2 / 6, 0) + rounding**2 / 12)

    np.testing.assert_allclose(found.own[:4], [error(v) for v in variances])
    assert np.isnan(found.own[4])
    # areas of one size share one variance: the mean, weighted by the number of differences
    shared = error(np.average(variances, weights=counts[:4]))
    np.testing.assert_allclose(found.standard_error, shared)
    np.testing.assert_array_equal(found.to_frame()["differences"], counts)
    assert f"values average {years} year{'s' if years > 1 else ''}" in found.method


def test_the_variance_of_series_smoothed_over_size_is_a_gamma_regression():
    import statsmodels.api as sm

    rng = np.random.default_rng(6)
    people = np.exp(rng.uniform(7, 12, 30))
    values = rng.normal(80, 1, (30, 9)) * (100 / np.sqrt(people))[:, None]
    found = series_noise(values, people)
    steps = np.diff(values, axis=1)
    steps = steps - np.median(steps, axis=0)
    variance = steps.var(axis=1) * 8 / max(8 - 1 / 8, 4)
    fit = sm.GLM(
        variance,
        sm.add_constant(np.log(people)),
        family=sm.families.Gamma(sm.families.links.Log()),
        var_weights=np.full(30, 8),
    ).fit(tol=1e-14)
    np.testing.assert_allclose(found.standard_error, np.sqrt(fit.fittedvalues / 2), rtol=1e-6)
    assert found.exponent == pytest.approx(fit.params[1], rel=1e-5)


def test_rounded_values_have_at_least_the_noise_of_rounding():
    values = np.tile(np.array([80.0, 80.1, 80.2, 80.3]), (4, 1))
    found = series_noise(values, np.full(4, 10.0), rounding=0.1)
    np.testing.assert_allclose(found.standard_error, 0.1 / np.sqrt(12))
    assert isinstance(found.index, pd.Index)
