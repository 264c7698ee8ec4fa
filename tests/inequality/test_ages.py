"""Age bands: labels of official sources are read; a set of bands that a life table cannot use is refused and named."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.inequality import (
    directly_standardised_rates_by,
    first_ages,
    life_expectancy_by,
    life_expectancy_gradients,
    life_tables,
    standard_by_age,
)
from healthdevo.inequality.ages import age_bands

FIVES = ["0-4", *(f"{a}-{a + 4}" for a in range(5, 90, 5)), "90+"]
PEOPLE = np.array(
    [
        2841,
        2955,
        2672,
        2837,
        2903,
        2897,
        2700,
        2325,
        2771,
        3127,
        3535,
        3092,
        2663,
        2707,
        1794,
        1491,
        1060,
        542,
        192,
    ]
)
DEATHS = np.array([4, 0, 1, 1, 1, 3, 1, 8, 14, 8, 17, 16, 34, 45, 61, 72, 98, 108, 67])
MEN = pd.DataFrame({"age_group": FIVES, "population": PEOPLE, "deaths": DEATHS})
COLUMNS = {"age": "age_group", "deaths": "deaths", "population": "population"}


@pytest.mark.parametrize(
    ("label", "first", "last"),
    [
        ("0-4 yrs", 0, 4),
        ("5-9 yrs", 5, 9),
        ("65+ yrs", 65, np.inf),
        ("<1 yr", 0, 0),
        ("4 and under", 0, 4),
        ("Aged 4 years and under", 0, 4),
        ("Aged under 1 year", 0, 0),
        ("Aged 85 years and over", 85, np.inf),
        ("90 or older", 90, np.inf),
        ("90+ years", 90, np.inf),
        ("90 & over", 90, np.inf),
        ("Aged 20 to 24", 20, 24),
        ("05–09", 5, 9),
        (30, 30, np.nan),
        ("Age 30", 30, np.nan),
    ],
)
def test_labels_of_official_sources_are_read(label, first, last):
    found = age_bands([label])
    assert found.first[0] == first
    np.testing.assert_array_equal(found.last, [last])


@pytest.mark.parametrize(
    ("label", "band"),
    [("05-Sep", "5-9"), ("14-Oct", "10-14"), ("Sep-05", "5-9"), (pd.Timestamp("2026-09-05"), "5-9")],
)
def test_a_band_that_became_a_date_is_recognised(label, band):
    with pytest.raises(InputError, match=f"turned the band {band} into a date"):
        first_ages(["0-4", label])


@pytest.mark.parametrize("label", ["all ages", "unknown", "9-5", "-1", 4.5, True, "<0", ""])
def test_labels_without_a_first_age_are_refused(label):
    with pytest.raises(InputError, match="does not say where its band begins"):
        first_ages([label])


def test_a_full_set_of_bands_gives_the_known_life_expectancy():
    assert life_expectancy_by(MEN, **COLUMNS)["all"].sentence.endswith(
        "is 76 years (95% interval 74.8 to 77.3)."
    )


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        (MEN[~MEN["age_group"].isin(FIVES[9:13])], "leave a gap from 45 to 64"),
        (MEN.iloc[:-1], "the last band, '85-89', is not open-ended"),
        (MEN.iloc[:15], "the last band, '70-74', is not open-ended"),
        (
            pd.concat([MEN, pd.DataFrame({"age_group": ["16-64"], "population": [26013], "deaths": [102]})]),
            "band '16-64' overlaps '15-19'",
        ),
        (MEN.replace({"age_group": {"5-9": "1-4"}}), "band '0-4' overlaps '1-4'"),
        (
            MEN.replace({"age_group": {"85-89": "85+"}}),
            "band '85\\+' overlaps '90\\+'|'90\\+' overlaps '85\\+'",
        ),
    ],
)
def test_bands_that_contradict_each_other_are_refused(rows, message):
    with pytest.raises(InputError, match=message):
        life_expectancy_by(rows, **COLUMNS)
    shuffled = rows.sample(frac=1, random_state=2)
    with pytest.raises(InputError, match=message):
        life_tables(shuffled["deaths"], shuffled["population"], list(shuffled["age_group"]))
    with pytest.raises(InputError, match=message):
        life_expectancy_gradients(
            np.tile(rows["deaths"], (1, 3, 1)),
            np.tile(rows["population"], (1, 3, 1)),
            list(rows["age_group"]),
        )


def test_two_labels_of_one_age_are_refused_when_they_end_differently():
    two = pd.concat([MEN.assign(area="a"), MEN.replace({"age_group": {"0-4": "0-9"}}).assign(area="b")])
    with pytest.raises(InputError, match="'0-4' and '0-9' begin at the same age"):
        life_expectancy_by(two, by="area", **COLUMNS)


def test_a_standard_with_other_bands_is_refused():
    with pytest.raises(InputError, match="its band '0-9' is not the data's '0-4'"):
        standard_by_age({"0-9": 1.0, "10+": 1.0}, ["0-4", "10+"])
    with pytest.raises(InputError, match="band '0-9' overlaps '5-9'"):
        standard_by_age({"0-9": 1.0, "5-9": 1.0}, ["0-4", "5-9"])
    np.testing.assert_array_equal(standard_by_age({0: 1.0, "10+": 2.0}, ["10 and over", "0-9"]), [2.0, 1.0])


def test_a_missing_standard_weight_is_refused():
    frame = pd.DataFrame(
        {"area": "A", "age": ["0-39", "40+"], "n": [12, 90], "people": [4000, 5000], "std": [60, np.nan]}
    )
    with pytest.raises(InputError, match="std: 'A' has no standard population for '40\\+'"):
        directly_standardised_rates_by(
            frame, by="area", age="age", count="n", population="people", standard="std"
        )


def test_suppressed_counts_are_named_by_row_band_and_value():
    stars = MEN.assign(deaths=[str(d) if d > 7 else "*" for d in DEATHS])
    with pytest.raises(
        InputError, match=r"deaths: row 0, band '0-4' is '\*'; give numbers, and leave suppressed"
    ):
        life_expectancy_by(stars, **COLUMNS)


def test_a_subtotal_among_bands_with_their_own_standard_is_refused():
    frame = pd.DataFrame(
        {
            "age": ["0-39", "40+", "16-64"],
            "n": [12, 90, 70],
            "people": [4000, 5000, 6000],
            "std": [60, 40, 50],
        }
    )
    with pytest.raises(InputError, match="overlaps"):
        directly_standardised_rates_by(frame, age="age", count="n", population="people", standard="std")
