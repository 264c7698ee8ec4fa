"""Life tables against reference values and theory."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthdevo.errors import InputError
from healthdevo.inequality.chiang import life_tables
from healthdevo.inequality.life_expectancies import life_expectancy, life_expectancy_by, life_tables_by

REFERENCE = Path(__file__).parents[1] / "reference"
GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")
needs_golden = pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")
LEVELS = (0.95, 0.998)
AGES = [0, 1, *range(5, 95, 5)]
# where the reference reports an expectancy of 0 that it cannot know, or limits that are not numbers
PEER_DEFECT = {("deaths_gt_40pc_85", 90)}


def golden(name):
    return pd.read_csv(Path(GOLDEN) / "inequality" / f"{name}.csv")


def assert_matches(tables, expected, area, age):
    several = "lower95_0cl" in expected
    for label, rows in expected.groupby(age, sort=False):
        found = tables.at(label)
        keys = rows[area] if area else ["all"] * len(rows)
        for key, row in zip(keys, rows.to_dict("records"), strict=True):
            one = found[key]
            if (key, label) in PEER_DEFECT:
                continue
            if np.isnan(row["value"]):
                assert np.isnan(one.estimate)
                assert one.reason
                continue
            names = ("95_0", "99_8") if several else ("",)
            columns = [(f"lower{n}cl", f"upper{n}cl") for n in names]
            target = [row["value"], *(row[c] for pair in columns for c in pair)]
            ours = [one.estimate, *(x for i in one.intervals for x in (i.lower, i.upper))]
            np.testing.assert_allclose(ours, target, rtol=1e-9)


def test_life_expectancies_match_the_reference():
    data = pd.read_csv(REFERENCE / "life_expectancy_random60" / "input.csv")
    expected = pd.read_csv(REFERENCE / "life_expectancy_random60" / "expected.csv")
    tables = life_tables_by(
        data.sample(frac=1, random_state=1),
        by="area",
        age="age",
        deaths="deaths",
        population="pops",
        levels=LEVELS,
    )
    assert_matches(tables, expected, "area", "age")


@needs_golden
@pytest.mark.parametrize(
    ("case", "area"),
    [("doc1", None), ("doc_multi", None), ("doc_labels_unordered", None), ("edge_cases_grouped", "area")],
)
def test_golden_life_expectancies(case, area):
    data, expected = golden(f"phe/le/{case}_in"), golden(f"phe/le/{case}_out")
    levels = LEVELS if case == "doc_multi" else 0.95
    tables = life_tables_by(data, by=area, age="startage", deaths="deaths", population="pops", levels=levels)
    assert_matches(tables, expected, area, "startage")


@needs_golden
def test_golden_california():
    data, expected = (
        golden("textbook/chiang_california_1970_in"),
        golden("textbook/chiang_california_1970_expected"),
    )
    arguments = (data["deaths"], data["population"], list(data["age"]))
    fractions = data["a_fraction"].fillna(0.5)
    tables = life_tables(*arguments, fraction_lived=fractions)
    columns = {
        "death_rate": ("M", 1),
        "death_probability": ("q", 1),
        "survivors": ("l", 1e5),
        "life_table_deaths": ("d", 1e5),
        "years_lived": ("L", 1e5),
        "years_remaining": ("T", 1e5),
        "life_expectancy": ("e", 1),
        "standard_error": ("se_silcocks", 1),
    }
    for ours, (theirs, radix) in columns.items():
        np.testing.assert_allclose(
            radix * getattr(tables, ours)[0], expected[theirs], rtol=1e-9, err_msg=ours
        )
    chiang = life_tables(*arguments, fraction_lived=fractions, variance="chiang")
    np.testing.assert_allclose(chiang.standard_error[0], expected["se_chiang"], rtol=1e-9)


def drawn(seed, areas=3, ages=AGES):
    generator = np.random.default_rng(seed)
    people = generator.integers(2000, 9000, (areas, len(ages))).astype(float)
    risk = 0.0004 * np.exp(0.08 * np.array(ages, dtype=float))
    deaths = np.minimum(generator.poisson(people * np.minimum(risk, 0.5)) + 1.0, people)
    return deaths, people


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000))
def test_order_of_bands_and_areas_does_not_matter(seed):
    deaths, people = drawn(seed)
    generator = np.random.default_rng(seed)
    columns, rows = generator.permutation(len(AGES)), generator.permutation(3)
    once = life_tables(deaths, people, AGES)
    shuffled = life_tables(deaths[rows][:, columns], people[rows][:, columns], [AGES[c] for c in columns])
    np.testing.assert_array_equal(shuffled.life_expectancy, once.life_expectancy[rows])
    np.testing.assert_array_equal(shuffled.standard_error, once.standard_error[rows])


@settings(max_examples=25, deadline=None)
@given(st.integers(0, 10_000), st.integers(2, 9))
def test_a_population_repeated_has_the_same_life_and_a_smaller_error(seed, times):
    deaths, people = drawn(seed)
    once, more = life_expectancy(deaths, people, AGES), life_expectancy(deaths * times, people * times, AGES)
    np.testing.assert_allclose(more.estimate, once.estimate, rtol=1e-12)
    np.testing.assert_allclose(more.standard_error, once.standard_error / np.sqrt(times), rtol=1e-12)


def test_the_columns_of_a_life_table_hang_together():
    tables = life_tables(*drawn(1), AGES)
    np.testing.assert_allclose(tables.life_table_deaths.sum(axis=1), 1.0)
    np.testing.assert_allclose(
        tables.survivors[:, 1:], tables.survivors[:, :-1] * (1 - tables.death_probability[:, :-1])
    )
    np.testing.assert_allclose(tables.years_remaining / tables.survivors, tables.life_expectancy, rtol=1e-12)
    np.testing.assert_allclose(tables.years_lived.sum(axis=1), tables.life_expectancy[:, 0])


def test_a_constant_rate_gives_its_inverse():
    # with the matching fraction lived, an exponential lifetime has the same expectancy at every age and any bands
    rate, ages = 0.04, [0, 1, 20, 50, 85]
    widths = np.diff(ages)
    fraction = (1 / rate - widths * np.exp(-rate * widths) / (1 - np.exp(-rate * widths))) / widths
    people = np.full(5, 10_000.0)
    result = life_tables(rate * people, people, ages, fraction_lived=fraction)
    np.testing.assert_allclose(result.life_expectancy[0], 1 / rate, rtol=1e-12)


def test_standard_errors_agree_with_simulation():
    generator = np.random.default_rng(2)
    ages = [0, 20, 40, 60, 80]
    people, risk = np.array([4000.0, 5000, 5000, 4000, 1000]), np.array([0.002, 0.001, 0.004, 0.02, 0.12])
    deaths = generator.poisson(people * risk, (6000, 5)).astype(float)
    result = life_expectancy(deaths, np.tile(people, (6000, 1)), ages)
    assert result.estimate.std() == pytest.approx(np.sqrt((result.standard_error**2).mean()), rel=0.05)
    truth = life_expectancy(people * risk, people, ages).estimate[0]
    assert 0.93 < ((result.lower[:, 0] < truth) & (truth < result.upper[:, 0])).mean() < 0.97


@pytest.mark.parametrize("top", [80, 85, 90, 95])
def test_any_open_ended_band_works(top):
    ages = [a for a in [0, 1, *range(5, 100, 5)] if a <= top]
    result = life_expectancy(*drawn(3, ages=ages), ages, at=65)
    assert result.measure == "life expectancy at age 65"
    assert ((result.estimate > 5) & (result.estimate < 30)).all()


def test_a_band_without_survivors_leaves_the_ages_above_it_their_own_expectancy():
    deaths, people = drawn(4, areas=1)
    once = life_tables(deaths, people, AGES)
    deaths[0, -2] = 0.5 * people[0, -2]
    tables = life_tables(deaths, people, AGES)
    assert tables.death_probability[0, -2] == 1.0
    assert tables.survivors[0, -1] == 0.0
    assert tables.life_expectancy[0, -2] == 2.5
    assert tables.life_expectancy[0, -1] == once.life_expectancy[0, -1]
    assert np.isfinite(tables.standard_error).all()


def test_areas_that_cannot_be_computed_say_why():
    deaths, people = drawn(5, areas=7)
    deaths[0, 3], deaths[1, 4], people[2, 5], deaths[3, 6], deaths[4, -1] = np.nan, -1, 0, 1e6, 0
    people[5] /= 100
    deaths[5] = np.minimum(deaths[5], people[5])
    result = life_expectancy(deaths, people, AGES)
    assert result.reason == (
        "the band from age 10 is missing",
        "deaths are negative in the band from age 15",
        "the population is not above 0 in the band from age 20",
        "there are more deaths than people in the band from age 25",
        "no deaths in the open-ended band from age 90",
        "fewer than 5,000 people",
        "",
    )
    assert np.isnan(result.estimate[:6]).all()
    assert np.isnan(result.upper[:6]).all()
    assert np.isfinite(result.estimate[6])
    allowed = life_expectancy(deaths, people, AGES, smallest_population=0)
    assert allowed.reason[5] == ""


def test_an_interval_too_wide_is_suppressed():
    deaths, people = [5.0, 5, 1], [100.0, 100, 6]
    tables = life_tables(deaths, people, [0, 40, 80], smallest_population=0)
    wide = 2 * 1.96 * tables.standard_error[0, 2]
    assert wide > 20
    assert tables.at(80).reason == ("the 95% interval is wider than 20 years",)
    assert np.isnan(tables.at(80).estimate[0])
    free = life_tables(deaths, people, [0, 40, 80], smallest_population=0, widest_interval=np.inf)
    assert free.at(80).estimate[0] == pytest.approx(6.0)


def test_frames_need_no_order():
    deaths, people = drawn(6)
    frame = pd.DataFrame(
        {
            "area": np.repeat(["a", "b", "c"], len(AGES)),
            "age": np.tile(["<1", "1-4", *(f"{a}-{a + 4}" for a in range(5, 90, 5)), "90+"], 3),
            "deaths": deaths.ravel(),
            "people": people.ravel(),
        }
    )
    options = {"by": "area", "age": "age", "deaths": "deaths", "population": "people"}
    shuffled = life_expectancy_by(frame.sample(frac=1, random_state=1), at="65-69", **options)
    np.testing.assert_array_equal(shuffled.estimate, life_expectancy(deaths, people, AGES, at=65).estimate)
    holed = life_expectancy_by(frame.drop(index=3), **options)
    assert holed.reason == ("the band from age 10 is missing", "", "")
    with pytest.raises(InputError, match="repeat age band 3 of 'a'"):
        life_expectancy_by(pd.concat([frame, frame.iloc[[2]]]), **options)
    assert len(life_tables_by(frame, **options).to_frame()) == 60


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ages": [0, 1, 1]}, "two bands begin at the same age, 1"),
        ({"ages": [0, 1]}, "2 bands for arrays of 3 columns"),
        ({"population": [[1.0, 2]]}, "does not match"),
        ({"fraction_lived": [0.1, 1.5, 0.5]}, "strictly between 0 and 1"),
        ({"fraction_lived": [0.1, 0.5, 0.5, 0.5]}, "one fraction for each"),
        ({"variance": "normal"}, "variance"),
        ({"ages": ["0", "young", "old"]}, "does not say"),
    ],
)
def test_bad_input_is_refused(change, message):
    arguments = {
        "deaths": [[10.0, 20, 30]],
        "population": [[9000.0, 9000, 900]],
        "ages": [0, 40, 80],
    } | change
    with pytest.raises(InputError, match=message):
        life_tables(**arguments)


def test_an_age_without_a_band_is_refused():
    with pytest.raises(InputError, match="no band begins at 66"):
        life_expectancy(*drawn(7), AGES, at=66)


@pytest.mark.parametrize("wanted", [0.95, LEVELS])
def test_drawn_life_tables_match_the_formulas(wanted):
    folder = REFERENCE / "life_tables_drawn"
    data, expected = pd.read_csv(folder / "input.csv"), pd.read_csv(folder / "expected.csv")
    tables = life_tables_by(
        data, by="area", age="startage", deaths="deaths", population="pops", levels=wanted
    )
    if wanted == 0.95:
        expected = expected.rename(columns={"lower95_0cl": "lowercl", "upper95_0cl": "uppercl"})
    assert_matches(tables, expected, "area", "startage")


@pytest.mark.parametrize("form", ["worded", "tight"])
def test_labelled_ages_of_one_area_match_the_formulas(form):
    folder = REFERENCE / "life_tables_drawn"
    data, expected = pd.read_csv(folder / "input.csv"), pd.read_csv(folder / "expected.csv")
    ends = [*AGES[1:], None]
    gap = " - " if form == "worded" else "-"
    labels = {
        a: "0" if a == 0 else f"{a} +" if b is None else f"{a}{gap}{b - 1}"
        for a, b in zip(AGES, ends, strict=True)
    }
    one = data[data["area"] == "plain"].assign(startage=lambda f: f["startage"].map(labels))
    want = expected[expected["area"] == "plain"].assign(startage=lambda f: f["startage"].map(labels))
    tables = life_tables_by(one, age="startage", deaths="deaths", population="pops", levels=LEVELS)
    assert_matches(tables, want, None, "startage")


def test_the_table_of_california_matches_the_formulas():
    folder = REFERENCE / "life_table_california"
    data, expected = pd.read_csv(folder / "input.csv"), pd.read_csv(folder / "expected.csv")
    arguments = (data["deaths"], data["population"], list(data["age"]))
    fractions = data["fraction"].fillna(0.5)
    tables = life_tables(*arguments, fraction_lived=fractions)
    columns = {
        "death_rate": "M",
        "death_probability": "q",
        "survivors": "l",
        "life_table_deaths": "d",
        "years_lived": "L",
        "years_remaining": "T",
        "life_expectancy": "e",
        "standard_error": "se_silcocks",
    }
    for ours, theirs in columns.items():
        np.testing.assert_allclose(getattr(tables, ours)[0], expected[theirs], rtol=1e-9, err_msg=ours)
    chiang = life_tables(*arguments, fraction_lived=fractions, variance="chiang")
    np.testing.assert_allclose(chiang.standard_error[0], expected["se_chiang"], rtol=1e-9)
