"""Accounts agree with Das Gupta's tables, add up, and carry the noise of their inputs."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthdevo.emergency.growth_accounts import YearOfAttendances, decomposition, growth_accounts
from healthdevo.errors import InputError
from healthdevo.mathematics.shapley import shapley_values

AGES = ["0-15", "16-64", "65+"]
BEFORE = YearOfAttendances({"1": 15_000.0, "3": 6_000.0}, pd.Series([9e3, 31e3, 9e3], AGES), 366, 254)
AFTER = YearOfAttendances({"1": 16_000.0, "3": 8_500.0}, pd.Series([9e3, 32e3, 11e3], AGES), 365, 253)
RATES = pd.DataFrame({"1": [0.4, 0.3, 0.5], "3": [0.2, 0.15, 0.05]}, AGES)


def das_gupta_factors(reference):
    heads, _ = reference("decomposition_das_gupta")
    years = [rows for _, rows in heads.groupby("pop")]
    return {
        "eg2.1_earnings": (
            {"avg_earnings": 10930, "earner_prop": 0.717892},
            {"avg_earnings": 16591, "earner_prop": 0.825974},
        ),
        "eg2.2_births": (
            {"birthsw1549": 51.78746, "propw1549": 0.45919, "propw": 0.52638},
            {"birthsw1549": 84.90502, "propw1549": 0.75756, "propw": 0.51065},
        ),
        "eg5.1_headship(Kitagawa form)": tuple({"age_str": y["age_str"], "rate": y["rate"]} for y in years),
    }


def test_das_guptas_tables(reference):
    _, expected = reference("decomposition_das_gupta")
    cases = das_gupta_factors(reference)
    assert set(cases) == set(expected["case"])
    for case, (first, second) in cases.items():
        want = expected[expected["case"] == case].set_index("factor")
        result = decomposition(first, second)
        for factor in first:
            got = result.table.loc[factor]
            np.testing.assert_allclose(
                got[["first", "second", "effect"]].tolist(),
                want.loc[factor, ["pop1", "pop2", "diff"]].tolist(),
                rtol=1e-9,
            )
            assert 100 * got["share"] == pytest.approx(want.loc[factor, "pct"], abs=0.005)
        assert result.first == pytest.approx(want.loc["crude", "pop1"], rel=1e-9)
        assert result.table["effect"].sum() == pytest.approx(result.difference, rel=1e-12)


@given(st.integers(2, 6), st.integers(0, 10_000))
@settings(max_examples=25, deadline=None)
def test_effects_add_up_and_are_shapley_values(k, seed):
    rng = np.random.default_rng(seed)
    names = [f"f{i}" for i in range(k)]
    a = {name: rng.normal(size=4) for name in names}
    b = {name: rng.normal(size=4) for name in names}

    def measure(f):
        return np.tanh(sum(f.values())).sum() + np.prod(list(f.values()), axis=0).sum()

    result = decomposition(a, b, measure)
    shapley = shapley_values(names, lambda s: float(measure({n: (b if n in s else a)[n] for n in names})))
    np.testing.assert_allclose(result.table["effect"], shapley, atol=1e-10)
    assert result.table["effect"].sum() == pytest.approx(result.difference, abs=1e-10)
    back = decomposition(b, a, measure)
    np.testing.assert_allclose(back.table["effect"], -result.table["effect"], atol=1e-10)


def test_accounts_add_up_in_every_department():
    accounts = growth_accounts(BEFORE, AFTER, age_rates=RATES, working_day_effect=-0.3)
    table = accounts.table
    assert list(table.columns) == ["1", "3", "all"]
    for department in table:
        assert table[department].drop("change").sum() == pytest.approx(
            table.loc["change", department], rel=1e-12
        )
    assert table.loc["change"].tolist() == [1000.0, 2500.0, 3500.0]
    np.testing.assert_allclose(table["all"], table["1"] + table["3"])
    assert accounts.reason[0] == "no input has a stated error"
    assert "Attendances changed by 3,500: population size" in accounts.sentence


def test_each_factor_alone_takes_the_whole_change():
    people = pd.Series([10.0, 20.0], ["young", "old"])
    base = YearOfAttendances({"1": 300.0}, people, 365, 250)
    schedule = pd.Series([1.0, 2.0], ["young", "old"])
    for factor, year in (
        ("population size", YearOfAttendances({"1": 330.0}, people * 1.1, 365, 250)),
        ("attendance rate", YearOfAttendances({"1": 390.0}, people, 365, 250)),
        ("age mix", YearOfAttendances({"1": 240.0}, pd.Series([20.0, 10.0], ["young", "old"]), 365, 250)),
    ):
        table = growth_accounts(base, year, age_rates=schedule, working_day_effect=0.1).table["1"]
        assert table[factor] == pytest.approx(table["change"], rel=1e-9), factor


def test_intervals_cover_the_truth_of_noisy_inputs():
    rng = np.random.default_rng(7)
    truth = growth_accounts(BEFORE, AFTER, age_rates=RATES)["1", "age mix"].estimate
    hits = 0
    for trial in range(60):
        noisy = RATES * np.exp(rng.normal(0, 0.2, RATES.shape))
        result = growth_accounts(
            BEFORE,
            AFTER,
            age_rates=noisy,
            errors={"age_rates": 0.2},
            draws=200,
            seed=trial,
            levels=(0.9, 0.5),
        )
        hits += truth in result["1", "age mix"].interval(0.9)
    assert 46 <= hits <= 60


def test_errors_of_counts_reach_only_the_rate():
    result = growth_accounts(BEFORE, AFTER, errors={"attendances": [0.01, 0.02]}, draws=400)
    rate = result["1", "attendance rate"]
    people = result["1", "population size"]
    assert rate.standard_error == pytest.approx(0.01 * np.sqrt(2) * 15_500, rel=0.15)
    assert people.standard_error < 0.1 * rate.standard_error
    again = growth_accounts(BEFORE, AFTER, errors={"attendances": [0.01, 0.02]}, draws=400)
    np.testing.assert_array_equal(result.lower, again.lower)


def test_departments_may_come_in_any_order_and_rates_shared():
    swapped = YearOfAttendances({"3": 8_500.0, "1": 16_000.0}, AFTER.population.iloc[::-1], 365)
    one = growth_accounts(BEFORE, swapped, age_rates=RATES["1"])
    two = growth_accounts(BEFORE, AFTER, age_rates=RATES["1"])
    np.testing.assert_allclose(one.estimate, two.estimate)
    single = growth_accounts(
        YearOfAttendances({"all": 5.0}, BEFORE.population, 30),
        YearOfAttendances({"all": 0.0}, AFTER.population, 31),
    )
    assert single.table["all"].drop("change").sum() == pytest.approx(-5.0)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"second": YearOfAttendances({"1": 1.0}, AFTER.population, 365)}, "departments"),
        ({"second": YearOfAttendances({"1": 1.0, "3": -2.0}, AFTER.population, 365)}, "at least 0"),
        ({"second": YearOfAttendances({"1": 1.0, "3": 2.0}, AFTER.population.iloc[:2], 365)}, "age groups"),
        ({"second": YearOfAttendances({"1": 1.0, "3": 2.0}, AFTER.population * np.nan, 365)}, "population"),
        ({"second": YearOfAttendances({"1": 1.0, "3": 2.0}, AFTER.population, 0)}, "days"),
        ({"second": YearOfAttendances({"1": 1.0, "3": 2.0}, AFTER.population, 30, 31)}, "working_days"),
        ({"age_rates": RATES.iloc[:2]}, "65\\+"),
        ({"age_rates": RATES * 0}, "above 0"),
        ({"errors": {"weather": 0.1}}, "weather"),
        ({"errors": {"population": -0.1}}, "at least 0"),
    ],
)
def test_bad_accounts_are_refused(change, message):
    with pytest.raises(InputError, match=message):
        growth_accounts(**({"first": BEFORE, "second": AFTER} | change))


def test_working_days_are_needed_for_their_effect():
    bare = YearOfAttendances(BEFORE.attendances, BEFORE.population, 366)
    with pytest.raises(InputError, match="working_days"):
        growth_accounts(bare, AFTER, working_day_effect=0.1)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        ({"a": 1.0, "b": 2.0}, {"a": 1.0, "c": 2.0}, "same"),
        ({"a": 1.0}, {"a": 2.0}, "from 2"),
        ({"a": [1.0, 2.0], "b": 1.0}, {"a": [1.0], "b": 1.0}, "match"),
        ({"a": np.nan, "b": 1.0}, {"a": 1.0, "b": 1.0}, "missing"),
    ],
)
def test_bad_factors_are_refused(first, second, message):
    with pytest.raises(InputError, match=message):
        decomposition(first, second)
    assert decomposition({"a": 1.0, "b": 2.0}, {"a": 1.0, "b": 2.0}).table["share"].isna().all()
