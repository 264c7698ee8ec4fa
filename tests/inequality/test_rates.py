"""Rates, proportions, means and standardised rates against reference values and theory."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthdevo.errors import InputError
from healthdevo.inequality.ages import first_ages
from healthdevo.inequality.direct_rates import directly_standardised_rates, directly_standardised_rates_by
from healthdevo.inequality.indirect_rates import indirectly_standardised_rates, indirectly_standardised_ratios
from healthdevo.inequality.rates import crude_rates, means, proportions
from healthdevo.inequality.standards import (
    EUROPEAN_STANDARD_POPULATION_1976,
    EUROPEAN_STANDARD_POPULATION_2013,
    standard_by_age,
)

REFERENCE = Path(__file__).parents[1] / "reference"
GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")
needs_golden = pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")
LEVELS = (0.95, 0.998)


def golden(name):
    return pd.read_csv(Path(GOLDEN) / "inequality" / f"{name}.csv")


def assert_matches(result, expected, labels):
    at = [result.index.get_loc(label) for label in labels]
    columns = {"value": result.estimate}
    if "lowercl" in expected:
        columns |= {"lowercl": result.lower[:, 0], "uppercl": result.upper[:, 0]}
    else:
        for j, name in enumerate(("95_0", "99_8")):
            columns |= {f"lower{name}cl": result.lower[:, j], f"upper{name}cl": result.upper[:, j]}
    for name, ours in columns.items():
        np.testing.assert_allclose(ours[at], expected[name].to_numpy(dtype=float), rtol=1e-9, err_msg=name)
    for i, value in zip(at, expected["value"], strict=True):
        assert bool(result.reason[i]) == np.isnan(value)


def wide(frame, area, column, age="ageband"):
    order = frame.groupby(area, sort=False)[column].apply(lambda s: s.to_numpy())
    return list(order.index), np.stack(list(order))


def test_a_standard_joined_by_age_matches_the_reference():
    data = pd.read_csv(REFERENCE / "direct_rates_random30" / "input.csv")
    expected = pd.read_csv(REFERENCE / "direct_rates_random30" / "expected.csv")
    options = {"by": "area", "age": "ageband", "count": "count", "population": "pop", "levels": LEVELS}
    shuffled = data.sample(frac=1, random_state=1)
    joined = directly_standardised_rates_by(shuffled, standard=EUROPEAN_STANDARD_POPULATION_2013, **options)
    assert_matches(joined, expected, expected["area"])
    assert "fewer than 10 events" in joined.reason


@pytest.mark.parametrize("source", ["committed", pytest.param("golden", marks=needs_golden)])
def test_indirectly_standardised_ratios_match_the_reference(source):
    if source == "committed":
        folder = REFERENCE / "indirect_ratios_random30"
        data, ref, expected = (pd.read_csv(folder / f"{n}.csv") for n in ("input", "reference", "expected"))
    else:
        data, ref, expected = (golden(f"phe/isr/fx_isratio_{n}") for n in ("in", "ref", "out"))
    labels, counts = wide(data, "area", "count")
    _, people = wide(data, "area", "pop")
    options = {
        "multiplier": 100 if source == "committed" else 1,
        "levels": LEVELS,
        "index": labels,
        "missing_counts": "zero",
    }
    rates = ref.iloc[:, -2], ref.iloc[:, -1]
    assert_matches(
        indirectly_standardised_ratios(counts, people, *rates, **options), expected, expected["area"]
    )
    in_all = indirectly_standardised_ratios(np.nansum(counts, axis=1), people, *rates, **options)
    assert_matches(in_all, expected, expected["area"])


@needs_golden
@pytest.mark.parametrize(
    ("case", "multiplier", "levels"), [("fx_multiarea", 1e5, LEVELS), ("fx_multiarea_10k", 1e4, 0.95)]
)
def test_golden_direct_rates(case, multiplier, levels):
    data, expected = golden(f"phe/dsr/{case}_in"), golden(f"phe/dsr/{case}_out")
    result = directly_standardised_rates_by(
        data,
        by="area",
        age="ageband",
        count="count",
        population="pop",
        standard=EUROPEAN_STANDARD_POPULATION_2013,
        multiplier=multiplier,
        levels=levels,
    )
    assert_matches(result, expected, expected["area"])


@needs_golden
def test_golden_direct_rates_on_the_first_standard():
    data, expected = golden("phe/dsr/fx_1976_in"), golden("phe/dsr/fx_1976_out")
    result = directly_standardised_rates_by(
        data, age="Age Band", count="count", population="pop", standard=EUROPEAN_STANDARD_POPULATION_1976
    )
    assert_matches(result, expected, ["all"])


@needs_golden
def test_golden_direct_rates_of_events_that_come_in_runs():
    data, expected = golden("phe/dsr/fx_nonindependent_in"), golden("phe/dsr/fx_nonindependent_out")
    result = directly_standardised_rates_by(
        data,
        by="area",
        age="ageband",
        population="pop",
        standard="esp2013",
        frequency="freq",
        persons="persons",
        missing_counts="zero",
        levels=LEVELS,
    )
    assert_matches(result, expected, expected["area"])


@needs_golden
def test_golden_indirect_rates():
    data, ref, expected = (golden(f"phe/isr/fx_israte_{n}") for n in ("in", "ref", "out"))
    labels, counts = wide(data, "area", "count")
    _, people = wide(data, "area", "pop")
    result = indirectly_standardised_rates(
        counts, people, ref["refcount"], ref["refpop"], levels=LEVELS, index=labels, missing_counts="zero"
    )
    assert_matches(result, expected, expected["area"])
    strict = indirectly_standardised_rates(counts, people, ref["refcount"], ref["refpop"], index=labels)
    assert strict["testdata_tiny"].reason == "an age band is missing"


@needs_golden
def test_golden_simple_measures():
    simple = "/".join(["phe", "simple", ""])
    data = golden(simple + "rates_in")
    rates = crude_rates(data["num"], data["den"], levels=LEVELS, index=data["area"])
    assert_matches(rates, golden(simple + "rates_out"), data["area"])
    data = golden(simple + "proportions_in")
    shares = proportions(data["num"], data["den"], multiplier=100, levels=LEVELS, index=data["area"])
    assert_matches(shares, golden(simple + "proportions_out"), data["area"])
    data = golden(simple + "means_in")
    expected = golden(simple + "means_out")
    assert_matches(means(data["values"], data["area"], levels=LEVELS), expected, expected["area"])


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 50))
def test_directly_standardised_rates_scale_as_rates_do(seed, factor):
    generator = np.random.default_rng(seed)
    people = generator.integers(1000, 9000, (3, 6)).astype(float)
    counts = generator.integers(5, 90, (3, 6)).astype(float)
    standard = generator.uniform(1, 9, 6)
    once = directly_standardised_rates(counts, people, standard)
    stretched = directly_standardised_rates(counts, people, standard * factor)
    np.testing.assert_allclose(stretched.lower, once.lower, rtol=1e-10)
    larger = directly_standardised_rates(counts, people * factor, standard)
    np.testing.assert_allclose(larger.upper, once.upper / factor, rtol=1e-10)
    order = generator.permutation(6)
    shuffled = directly_standardised_rates(counts[:, order], people[:, order], standard[order])
    np.testing.assert_allclose(shuffled.estimate, once.estimate, rtol=1e-12)


def test_a_population_that_is_its_own_standard_has_its_crude_rate():
    people, counts = np.array([[400.0, 500, 300]]), np.array([[12.0, 30, 90]])
    direct = directly_standardised_rates(counts, people, people[0])
    crude = crude_rates(counts.sum(axis=1), people.sum(axis=1))
    np.testing.assert_allclose(direct.estimate, crude.estimate)
    np.testing.assert_allclose(direct.lower, crude.lower)
    ratio = indirectly_standardised_ratios(counts, people, counts[0], people[0])
    np.testing.assert_allclose(ratio.estimate, 1.0)


def test_splitting_a_band_with_equal_rates_changes_nothing():
    whole = directly_standardised_rates([[40.0, 60]], [[2000, 1000]], [30, 70])
    split = directly_standardised_rates([[10.0, 30, 60]], [[500, 1500, 1000]], [7.5, 22.5, 70])
    np.testing.assert_allclose(split.estimate, whole.estimate)
    np.testing.assert_allclose(split.upper, whole.upper)


def test_events_in_runs_widen_the_limits_only():
    counts, people = [[12.0, 30, 90]], [[4000, 5000, 3000]]
    alone = directly_standardised_rates(counts, people, [40, 40, 20])
    runs = directly_standardised_rates(counts, people, [40, 40, 20], squared_events=[[20.0, 50, 200]])
    assert runs.estimate[0] == alone.estimate[0]
    assert runs.lower[0, 0] < alone.lower[0, 0] < alone.upper[0, 0] < runs.upper[0, 0]


def test_areas_that_cannot_be_computed_say_why():
    result = directly_standardised_rates(
        [[12.0, np.nan], [12, 30], [1, 2], [12, 30]], [[100, 100], [100, 0], [100, 100], [100, 100]], [1, 1]
    )
    assert result.reason == ("age band 2 is missing", "age band 2 has no people", "fewer than 10 events", "")
    assert np.isnan(result.estimate[:3]).all()
    assert crude_rates([1, np.nan], [0, 5]).reason == ("the population is 0", "the input is missing")
    assert proportions([0], [0]).reason == ("the total is 0",)
    assert indirectly_standardised_ratios([[3.0, 4]], [[10, 10]], [0, 0], [9, 9]).reason == (
        "no events are expected",
    )
    assert means([1.0, 2, 3], ["a", "a", "b"]).reason == ("", "one value has no spread")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: crude_rates([-1], [5]), "counts: row 0 is -1"),
        (lambda: crude_rates([1], [-5]), "population: row 0 is -5"),
        (lambda: crude_rates([1, 2], [5]), "1 values for 2"),
        (lambda: crude_rates([1], [5], multiplier=0), "multiplier"),
        (lambda: crude_rates(["x"], [5]), "give numbers"),
        (lambda: crude_rates([1], [5], levels=(0.95, 0.95)), "levels"),
        (lambda: proportions([6], [5]), "holds 6 of 5"),
        (lambda: means([1.0, np.nan]), "finite numbers"),
        (lambda: means([1.0, 2.0], ["a"]), "a group for each"),
        (lambda: directly_standardised_rates([[1.0, -2]], [[1, 1]], [1, 1]), "counts: row 0, band 2"),
        (lambda: directly_standardised_rates([[1.0, 2]], [[1, -1]], [1, 1]), "population: row 0, band 2"),
        (lambda: directly_standardised_rates([[1.0, 2]], [[1, 1]], [1, 1, 1]), "does not fit"),
        (lambda: directly_standardised_rates([[1.0, 2]], [[1, 1]], [0, 0]), "not all 0"),
        (
            lambda: directly_standardised_rates([[1.0, 2]], [[1, 1]], [1, 1], squared_events=[[1, 1]]),
            "squared_events",
        ),
        (
            lambda: directly_standardised_rates([[1.0, 2]], [[1, 1]], [1, 1], missing_counts="drop"),
            "missing_counts",
        ),
        (lambda: indirectly_standardised_ratios([[1.0, 2]], [[1, 1]], [1, 1], [0, 1]), "above 0"),
        (lambda: standard_by_age({0: 1, 5: 1}, ["0-4", "10-14"]), "at age 5"),
        (lambda: standard_by_age({0: 1, "0-4": 1}, ["0-4"]), "begin at the same age"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


def test_bad_frames_are_refused():
    frame = pd.DataFrame({"age": ["0-4", "5-9"], "n": [1, 2], "people": [10, 10], "std": [1, 1]})
    options = {"age": "age", "count": "n", "population": "people", "standard": "std"}
    with pytest.raises(InputError, match="repeat age band 2"):
        directly_standardised_rates_by(pd.concat([frame, frame.iloc[[1]]]), **options)
    with pytest.raises(InputError, match="does not say where its band begins"):
        directly_standardised_rates_by(frame.assign(age=["young", "old"]), **options)
    with pytest.raises(InputError, match="both columns or neither"):
        directly_standardised_rates_by(frame, frequency="n", **options)
    runs = frame.assign(f=1, p=[1, 1])
    with pytest.raises(InputError, match="has 2 events, but f times p sums to 1"):
        directly_standardised_rates_by(runs, frequency="f", persons="p", **options)
    with pytest.raises(
        InputError, match="band 5 has 3 events"
    ):  # a band is told as it was written, though the sums beside it are decimal
        directly_standardised_rates_by(
            runs.assign(age=[0, 5], n=[1, 3]), frequency="f", persons="p", **options
        )
    with pytest.raises(InputError, match="name the column with the events"):
        directly_standardised_rates_by(frame, age="age", population="people", standard="std")


def test_age_labels_are_read_by_where_they_begin():
    labels = [
        "0",
        "<1",
        "Under 1",
        "1-4",
        "05 - 09",
        "10 to 14",
        "15–19",
        "aged 20-24",
        "85+",
        "90 plus",
        "90 and over",
        95,
    ]
    assert list(first_ages(labels)) == [0, 0, 0, 1, 5, 10, 15, 20, 85, 90, 90, 95]
    for wrong in (["all"], [2.5], [True], [None]):
        with pytest.raises(InputError, match="age"):
            first_ages(wrong)


def test_standard_populations_hold_a_hundred_thousand_people():
    assert EUROPEAN_STANDARD_POPULATION_2013.sum() == 100_000
    assert EUROPEAN_STANDARD_POPULATION_1976.sum() == 100_000


DRAWN = {
    f"{side} {name}": (side, level)
    for side in ("lower", "upper")
    for name, level in (("95", 0.95), ("99.8", 0.998))
}


def assert_agrees(result, expected, labels):
    """Compare rates and limits at both levels, label by label."""
    at = [result.index.get_loc(label) for label in labels]
    np.testing.assert_allclose(result.estimate[at], expected["value"], rtol=1e-9)
    for column, (side, level) in DRAWN.items():
        ours = getattr(result, side)[at, result.levels.index(level)]
        np.testing.assert_allclose(ours, expected[column], rtol=1e-9, err_msg=column)


def test_rates_on_the_first_european_standard_match_the_formula(carried):
    data, expected = carried("rates_drawn", "old_standard"), carried("rates_drawn", "expected_old_standard")
    result = directly_standardised_rates_by(
        data,
        age="ageband",
        count="count",
        population="pop",
        standard=EUROPEAN_STANDARD_POPULATION_1976,
        levels=LEVELS,
    )
    assert_agrees(result, expected, ["all"])


def test_indirectly_standardised_rates_match_the_formula(carried):
    data, expected = carried("rates_drawn", "direct"), carried("rates_drawn", "expected_indirect")
    ref = carried("rates_drawn", "reference")
    labels, counts = wide(data, "area", "count")
    _, people = wide(data, "area", "pop")
    result = indirectly_standardised_rates(
        counts, people, ref["count"], ref["pop"], levels=LEVELS, index=labels
    )
    assert_agrees(result, expected, expected["area"])
    holes = np.where(counts == 0, np.nan, counts)
    assert np.isnan(holes).any()
    zeros = indirectly_standardised_rates(
        holes, people, ref["count"], ref["pop"], levels=LEVELS, index=labels, missing_counts="zero"
    )
    assert_agrees(zeros, expected, expected["area"])
    strict = indirectly_standardised_rates(holes, people, ref["count"], ref["pop"], index=labels)
    assert strict[labels[-1]].reason == "an age band is missing"
