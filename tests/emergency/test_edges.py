"""What is valid at its very edge, limits that end where a share does, and which number a message names."""

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.kit.refusing import refused

from healthdevo.emergency import (
    YearOfAttendances,
    attendance_rates,
    decomposition,
    four_hour_performance,
    growth_accounts,
    target_steps,
)

AGES = ["young", "old"]


def year(one=300.0, people=(10.0, 20.0), days=365, working=None, ages=AGES, name="1"):
    return YearOfAttendances({name: one}, pd.Series(people, ages), days, working)


def test_an_age_group_without_people_is_a_number_of_people():
    rates = pd.Series([1.0, 3.0], AGES)
    found = growth_accounts(
        year(people=(30.0, 0.0)), year(540.0, people=(15.0, 15.0)), age_rates=rates
    ).table["1"]
    # people alike, mean rates 1 and 2, attendances 300 and 540: the rate within ages falls from 10 to 9 a head
    assert found["population size"] == pytest.approx(0.0, abs=1e-12)
    assert found["age mix"] == pytest.approx(30 * (2 - 1) * 9.5)
    assert found["attendance rate"] == pytest.approx(30 * (9 - 10) * 1.5)
    assert found["change"] == 240.0
    assert growth_accounts(year(people=(0.0, 30.0)), year(people=(0.0, 30.0))).estimate.tolist() == [
        0.0
    ] * len(growth_accounts(year(), year()).estimate)


def test_years_at_the_edge():
    good = year()
    refused(lambda: growth_accounts(year(people=(0.0, 0.0)), good), "first.population: needs some people")
    refused(lambda: growth_accounts(good, year(people=(-1.0, 2.0))), "second.population: give finite numbers")
    refused(lambda: growth_accounts(good, year(people=(math.nan, 2.0))), "second.population")
    refused(
        lambda: growth_accounts(good, year(ages=["young", "young"])), "second.population: needs some people"
    )
    refused(lambda: growth_accounts(good, year(-1.0)), "second.attendances")
    refused(lambda: growth_accounts(good, year(math.inf)), "second.attendances")
    refused(lambda: growth_accounts(good, YearOfAttendances({}, good.population, 365)), "second.attendances")
    refused(lambda: growth_accounts(good, year(days=0)), "second.days: 0")
    refused(lambda: growth_accounts(good, year(working=-1)), "second.working_days: -1 must lie from 0 to 365")
    assert growth_accounts(year(days=0.5), year(days=0.25)).table.loc["days", "1"] < 0
    assert growth_accounts(year(0.0), year(10.0)).table.loc["attendance rate", "1"] == pytest.approx(10.0)
    assert growth_accounts(year(people=(0.25, 0.25)), year()).table.loc["change", "1"] == 0.0
    refused(
        lambda: growth_accounts(good, year(people=(1.0, 2.0), ages=["young", "older"])), "age groups differ"
    )
    both = YearOfAttendances({"all": 1.0, "1": 2.0}, good.population, 365)
    refused(lambda: growth_accounts(both, both), "'all' is computed")
    alone = YearOfAttendances({"all": 1.0}, good.population, 365)
    assert growth_accounts(alone, alone).index.get_level_values("department").unique().tolist() == ["all"]
    half = [year(days=30, working=10), year(days=30)]
    for pair in (half, half[::-1]):
        refused(
            lambda p=pair: growth_accounts(*p, working_day_effect=0.1), "working_days: both years need them"
        )


def test_rates_by_age_at_the_edge():
    good = year()
    refused(lambda: growth_accounts(good, good, age_rates=pd.Series([1.0], ["young"])), "has no rate for old")
    refused(
        lambda: growth_accounts(good, good, age_rates=pd.DataFrame({"2": [1.0, 1.0]}, AGES)),
        "has no rate for 1",
    )
    twice = pd.Series([1.0, 2.0, 3.0], ["young", "old", "old"])
    refused(lambda: growth_accounts(good, good, age_rates=twice), "age_rates: old is there more than once")
    two = YearOfAttendances({"1": 1.0, "2": 2.0}, good.population, 365)
    wrong = pd.DataFrame({"1": [1.0, 1.0], "2": [1.0, 0.0]}, AGES)
    refused(lambda: growth_accounts(two, two, age_rates=wrong), "0 of old, 2, is not valid")
    refused(
        lambda: growth_accounts(good, good, age_rates=pd.Series([math.inf, 1.0], AGES)), "inf of young, 1"
    )
    assert (
        growth_accounts(good, good, age_rates=pd.Series([0.5, 0.25], AGES)).table.loc["age mix", "1"] == 0.0
    )


def test_errors_at_the_edge():
    none = growth_accounts(year(), year(330.0), errors={"attendances": 0.0, "population": 0.0})
    assert np.isnan(none.standard_error).all()
    assert none.reason[0] == "no input has a stated error"
    assert none.method == "Das Gupta decomposition"
    some = growth_accounts(
        year(), year(330.0), errors={"attendances": 0.1, "population": 0.0}, draws=50, levels=(0.5, 0.9)
    )
    assert some.reason[0] == ""
    assert some.method == "Das Gupta decomposition; parametric bootstrap"
    assert (some.lower[:, 1] <= some.lower[:, 0]).all()
    assert some.n.tolist() == [2] * len(some.n)
    refused(lambda: growth_accounts(year(), year(), errors={"population": math.inf}), "finite and at least 0")
    refused(lambda: growth_accounts(year(), year(), draws=1), "draws: 1")
    sigma2 = math.log(1 + 0.25)
    rng = np.random.default_rng(3)
    z = [rng.standard_normal((40, 1)) for _ in range(2)]
    a, b = (m * np.exp(x * math.sqrt(sigma2) - sigma2 / 2) for m, x in zip((300.0, 330.0), z, strict=True))
    found = growth_accounts(year(), year(330.0), errors={"attendances": 0.5}, draws=40, seed=3)[
        "1", "attendance rate"
    ]
    assert found.standard_error == pytest.approx((b - a).std(ddof=1))


def test_factors_at_the_edge():
    assert (
        len(decomposition({f"f{i}": 1.0 for i in range(12)}, {f"f{i}": 1.0 for i in range(12)}).table) == 12
    )
    many = {f"f{i}": 1.0 for i in range(13)}
    refused(lambda: decomposition(many, many), "13 factors given; give from 2 to 12")
    found = decomposition({"a": 2.0, "b": 3.0}, {"a": 4.0, "b": 5.0})
    # 20 - 6 = 14: a by its mean partner 4 is 8, b by 3 is 6
    assert found.table.to_numpy().tolist() == [[8.0, 16.0, 8.0, 8 / 14], [9.0, 15.0, 6.0, 6 / 14]]
    assert (found.first, found.second, found.difference) == (6.0, 20.0, 14.0)
    assert found.sentence == "Of a change of 14, the largest part, 8, came from a."
    falling = decomposition({"a": 4.0, "b": 1.0}, {"a": 1.0, "b": 2.0})
    assert falling.sentence == "Of a change of −2, the largest part, −4.5, came from a."
    refused(lambda: decomposition({"a": 1.0, "b": "x"}, {"a": 1.0, "b": 1.0}), "first['b']: 'x' is not valid")
    refused(
        lambda: decomposition(
            {"a": [1.0, 2.0], "b": [1.0, 2.0, 3.0]}, {"a": [1.0, 2.0], "b": [1.0, 2.0, 3.0]}
        ),
        "a (2,), b (3,)",
    )
    refused(
        lambda: decomposition({"a": 1.0, "b": 1.0}, {"a": 1.0, "b": math.inf}),
        "b: has a missing or infinite value",
    )
    refused(
        lambda: decomposition({"a": [1.0], "b": 1.0}, {"a": [1.0], "b": 1.0}, lambda f: f["a"]),
        "returned shape (1,)",
    )


def test_the_sentence_of_an_account():
    found = growth_accounts(year(), year(330.0, people=(11.0, 22.0)))
    assert found.sentence == "Attendances changed by 30: population size 30, attendance rate 0, days 0."


# --------------------------------------------------------------------------------------------------- attendance rates


def counted(**counts):
    months = [f"2024-{m:02d}" for m in range(4, 4 + len(next(iter(counts.values()))))]
    return pd.DataFrame(
        [(a, m, n) for a, row in counts.items() for m, n in zip(months, row, strict=True)],
        columns=["area_code", "month", "attendances"],
    )


PEOPLE = pd.Series({"A": 1000.0, "B": 500.0})


def test_a_month_without_attendances_anywhere_departs_from_nothing():
    found = attendance_rates(counted(A=[10.0, 0.0, 20.0, 40.0], B=[5.0, 0.0, 20.0, 5.0]), PEOPLE)
    total, whole = np.array([70.0, 30.0]), 100.0
    expected = total[:, None] * np.array([15.0, 0.0, 40.0, 45.0]) / whole
    counts = np.array([[10.0, 0.0, 20.0, 40.0], [5.0, 0.0, 20.0, 5.0]])
    departures = [
        sum((c - e) ** 2 / e for c, e in zip(row, want, strict=True) if e)
        for row, want in zip(counts, expected, strict=True)
    ]
    phi = [max(d / (3 * (1 - t / whole)), 1.0) for d, t in zip(departures, total, strict=True)]
    assert found.standard_error.tolist() == pytest.approx(
        [1000 * math.sqrt(p * t) / n for p, t, n in zip(phi, total, PEOPLE, strict=True)]
    )
    assert found.lower.min() >= 0.0
    assert found["A"].unit == "attendances per 1,000 people"


def test_messages_of_attendances_name_the_first_cell_that_is_wrong():
    good = counted(A=[1.0, 2.0, 3.0], B=[1.0, 2.0, 3.0])
    assert attendance_rates(good, PEOPLE).n.tolist() == [3, 3]
    wrong = counted(A=[1.0, 2.0, 3.0], B=[1.0, -2.0, -3.0])
    refused(lambda: attendance_rates(wrong, PEOPLE), "area B has a negative count in 2024-05")
    refused(
        lambda: attendance_rates(counted(A=[1.0, 2.0, 3.0], B=[1.0, 2.0, math.inf]), PEOPLE),
        "area B has an infinite count in 2024-06",
    )
    refused(lambda: attendance_rates(good.iloc[:4], PEOPLE), "area B has no attendances in 2024-05")
    refused(
        lambda: attendance_rates(pd.concat([good, good.iloc[[4, 1]]]), PEOPLE),
        "area B has month 2024-05 twice",
    )
    refused(lambda: attendance_rates(good, PEOPLE * [0, 0]), "area A has no population above zero")
    refused(lambda: attendance_rates(good, PEOPLE * [1, math.inf]), "area B has no population above zero")
    assert attendance_rates(good, PEOPLE * 1e-4).estimate.tolist() == pytest.approx([60_000.0, 120_000.0])
    refused(
        lambda: attendance_rates(counted(A=[1.0, 2.0, 3.0], B=[0.0] * 3), PEOPLE),
        "area B has no attendances at all",
    )
    refused(
        lambda: attendance_rates(good, pd.concat([PEOPLE, PEOPLE.iloc[::-1]])),
        "area B is there more than once",
    )
    refused(lambda: attendance_rates(good.iloc[:0], PEOPLE), "it has no rows")
    odd = good.astype({"area_code": object})
    odd["area_code"] = [["A"] if i == 2 else a for i, a in enumerate(odd["area_code"])]
    refused(lambda: attendance_rates(odd, PEOPLE), "row 2 holds a list")


# ----------------------------------------------------------------------------------------------- four-hour performance


def months(late, total, start="2019-02"):
    return pd.DataFrame(
        {
            "month": pd.period_range(start, periods=len(late), freq="M"),
            "over_4_hours": late,
            "attendances_4_hour_reporting": total,
        }
    )


def test_limits_of_a_share_end_at_none_and_at_all():
    rng = np.random.default_rng(2)
    late = np.where(rng.random(36) < 0.3, 1.0, 0.0)
    late[-12:] = [1.0, *[0.0] * 11]
    for few, side in ((late, "upper"), (20.0 - late, "lower")):
        found = four_hour_performance(months(few, np.full(36, 20.0)), levels=(0.5, 0.9999))
        wide = found.latest.interval(0.9999)
        assert getattr(wide, side) == (1.0 if side == "upper" else 0.0)
        for i in found.change.intervals:
            assert -100.0 <= i.lower <= found.change.estimate <= i.upper <= 100.0
    assert found.table["share"].iloc[0] in (0.0, 0.05)


def test_the_gap_ends_a_whole_above_and_below():
    rng = np.random.default_rng(2)
    late = rng.integers(0, 3, 30).astype(float)
    found = four_hour_performance(months(late, np.full(30, 2.0)), levels=0.99999999)
    assert found.gap.interval().lower >= -100.0
    assert found.change.interval().lower == -100.0
    assert found.change.interval().upper == 100.0


def test_few_independent_months_leave_three_degrees_of_freedom():
    rng = np.random.default_rng(1)
    level = np.zeros(30)
    for t in range(1, 30):
        level[t] = 0.98 * level[t - 1] + rng.normal(0, 0.2)
    found = four_hour_performance(months((5000 / (1 + np.exp(-level))).round(), np.full(30, 10_000.0)))
    assert 30 * (1 - found.autocorrelation) / (1 + found.autocorrelation) - 6 < 3
    half = (found.latest.interval().upper - found.latest.interval().lower) / 2
    assert half / found.latest.standard_error == pytest.approx(stats.t.ppf(0.975, 3), rel=1e-6)


def test_scatter_is_never_below_chance():
    """Shares that hardly move: both errors are those of the binomial."""
    total = np.full(60, 400.0)
    late = np.round(400 * (0.25 + 0.001 * np.sin(np.arange(60))))
    found = four_hour_performance(months(late, total))
    assert found.dispersion == 1.0
    share = 1 - late[-12:].sum() / 4800
    assert found.latest.standard_error == pytest.approx(math.sqrt(share * (1 - share) / 4800), rel=1e-9)


def test_messages_of_four_hours_name_the_first_month():
    late, total = np.full(30, 5.0), np.full(30, 10.0)
    late[[4, 9]] = 11.0
    refused(
        lambda: four_hour_performance(months(late, total)), "11 of 10 attendances_4_hour_reporting in 2019-06"
    )
    late[[4, 9]] = -1.0
    refused(lambda: four_hour_performance(months(late, total)), "-1 of 10")
    whole = months(np.full(30, 10.0), np.full(30, 10.0))
    assert "wholly on one side" in four_hour_performance(whole).reason
    assert four_hour_performance(whole).latest.estimate == 0.0
    assert "wholly on one side" in four_hour_performance(months(np.zeros(30), np.full(30, 10.0))).reason
    none = four_hour_performance(months([*[5.0] * 20, *[math.nan] * 12], np.full(32, 10.0)))
    assert none.reason == "20 months with four-hour figures are fewer than the 24 that a model needs"
    assert math.isnan(none.latest.estimate)
    late = np.full(40, 5.0)
    late[-12:] = math.nan
    late[:28:2] = 4.0
    assert (
        four_hour_performance(months(late, np.full(40, 10.0))).reason
        == "only 0 of the latest 12 months have four-hour figures"
    )


def test_targets_in_order_of_months():
    found = target_steps("2024-01", {"2025-03": 0.78, "2023-03": 0.7, "2022-03": 0.6, "2024-03": 0.76})
    assert found == {"2024-01": 0.7, "2024-03": 0.76, "2025-03": 0.78}
    assert list(found) == ["2024-01", "2024-03", "2025-03"]
    assert target_steps("2024-01", {}, 0.5) == {"2024-01": 0.5}
    refused(lambda: target_steps("2024-01", {"2023-01": 1.5}), "the target 1.5 of 2024-01")


def test_fitted_shares_stay_between_none_and_all():
    from healthdevo.emergency.four_hour import _logistic

    trials, seen = np.full(6, 5.0), np.array([0.0, 0, 0, 5, 5, 5])
    _, fitted = _logistic(seen, trials, np.column_stack([np.ones(6), np.arange(6.0)]))
    assert fitted.tolist() == [1e-9] * 3 + [1.0 - 1e-9] * 3
