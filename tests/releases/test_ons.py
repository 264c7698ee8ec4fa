"""Tables and downloads of the ONS and of Nomis: figures by hand, totals, and what is wrong with them."""

import math

import pytest

from healthdevo.errors import ReleaseError
from healthdevo.releases import read_bytes

from .samples import AGES, API, FEMALES, LIFE, PAGE, V4
from .samples import sheets_of_deaths as sheets
from .writers import as_csv, xlsx


def test_deaths_by_area_sex_and_age_add_up_by_age_and_by_sex():
    release = read_bytes(xlsx(sheets()), "deaths.xlsx")
    rows = release.tables["deaths_age"].set_index(["area_code", "sex", "age"])["value"]
    assert rows["E06000001", "F", "85+"] == 250
    assert rows["E06000001", "P", "0"] == 5
    assert set(release.tables["deaths_age"]["year"]) == {"2019"}
    assert len(release.checks) == 3 + len(AGES)
    assert all(check.difference == 0 for check in release.checks)
    assert not release.tested


@pytest.mark.parametrize(
    ("sheet", "place", "value", "message"),
    [
        ("Persons", 2, 461, "sheet 'Persons', line 4: the rows do not add up to the file's own total (E06000001, all ages: published 461, rows add up to 460"),
        ("Males", 3, -1, "column '0': '-1': a whole number of at least 0 is expected"),
        ("Males", 3, "many", "'many': a number is expected"),
        ("Males", 0, "Hartlepool", "'Hartlepool' is no code of an area"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_table_of_ages_is_named(sheet, place, value, message):
    book = sheets()
    book[sheet][3][place] = value
    with pytest.raises(ReleaseError) as caught:
        read_bytes(xlsx(book), "deaths.xlsx")
    assert message in str(caught.value)


def test_males_and_females_must_be_all_persons():
    book = sheets()
    book["Males"][3][2:5] = [207, 3, 2]
    with pytest.raises(
        ReleaseError, match="E06000001, 1-4, males and females: published 1, rows add up to 2"
    ):
        read_bytes(xlsx(book), "deaths.xlsx")


def test_suppressed_cells_stay_missing_and_an_area_twice_is_named():
    book = sheets()
    book["Males"][3][2:6] = [206, "[c]", "c" and ":", 0]
    rows = read_bytes(xlsx(book), "deaths.xlsx").tables["deaths_age"].set_index(["sex", "age"])["value"]
    assert math.isnan(rows["M", "0"])
    book["Males"].insert(4, list(book["Males"][3]))
    with pytest.raises(
        ReleaseError, match=r"line 5, column 'Code': area E06000001 stands there twice .already on line 4"
    ):
        read_bytes(xlsx(book), "deaths.xlsx")


def test_population_by_single_year_with_ages_as_numbers():
    head = ["Code", "Name", "Geography", "All ages", *range(90), "90+"]
    rows = [
        ["MYE2: Population estimates: Persons by single year of age, mid-2022"],
        [],
        head,
        ["E92000001", "ENGLAND", "Country", 91, *[1] * 91],
    ]
    release = read_bytes(xlsx({"MYE2 - Persons": rows, "MYE3": [["Area"]]}), "ukpop.xlsx")
    table = release.tables["population_age"]
    assert table["value"].sum() == 91
    assert table["age"].tolist()[-2:] == ["89", "90+"]
    assert table.loc[0, ["area_name", "year", "sex"]].tolist() == ["ENGLAND", "2022", "P"]


def test_sex_and_year_in_columns():
    rows = [
        ["Deaths by local authority"],
        ["Year", "Area code", "Area name", "Sex", "All ages", *AGES],
        ["2013", "E06000001", "Hartlepool", "Female", sum(FEMALES), *FEMALES],
    ]
    table = read_bytes(as_csv(rows).encode(), "deaths.csv").tables["deaths_age"]
    assert table.loc[0, ["year", "sex", "value"]].tolist() == ["2013", "F", 2]
    rows[2][3] = "X"
    with pytest.raises(ReleaseError, match="line 3, column 'Sex': 'X' is no sex"):
        read_bytes(as_csv(rows).encode(), "deaths.csv")


def test_life_expectancy_by_area():
    release = read_bytes(("Life expectancy\n\nSource: ONS\n" + LIFE).encode(), "life.csv")
    rows = release.tables["life_expectancy"].set_index(["period", "sex"])
    assert rows.loc[("2020 to 2022", "F"), ["life_expectancy", "lower", "upper"]].tolist() == [
        80.08,
        79.37,
        80.79,
    ]
    assert rows.loc[("2001 to 2003", "M"), "age"] == "<1"
    assert "columns not used: sex code, age band" in release.notes
    with pytest.raises(
        ReleaseError,
        match=r"life\.csv, line 2, column 'lower': lower .75. lies above life_expectancy .73\.42.",
    ):
        read_bytes(LIFE.replace("72.68", "75").encode(), "life.csv")
    with pytest.raises(
        ReleaseError,
        match="line 3: the row of 2001 to 2003, E06000001, Local Areas, M, <1 stands already on line 2",
    ):
        read_bytes(
            LIFE.replace("2020 to 2022", "2001 to 2003").replace("Female", "Male").encode(), "life.csv"
        )


def test_a_customised_download():
    release = read_bytes(V4.encode(), "v4.csv")
    table = release.tables["ons_observation"]
    assert table["value"].tolist()[:3] == [10, 6, 4]
    assert table.loc[3, "data_marking"] != table.loc[3, "data_marking"] or table.loc[3, "data_marking"] == "x"
    assert table.loc[0, ["administrative_geography", "administrative_geography_name", "sex"]].tolist() == [
        "E06000001",
        "Hartlepool",
        "all",
    ]
    assert [c.difference for c in release.checks] == [0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.replace("\n6,", "\n7,"), "published 10, rows add up to 11, difference +1"),
        (
            lambda t: t.replace("v4_1", "v4_2"),
            "v4_2 promises 2 columns of marks and then pairs of code and label",
        ),
        (lambda t: t + t.splitlines()[1], "stands already on line 2"),
        (lambda t: t.replace("\n6,,2020,", "\n6,,,"), "line 3, column 'calendar_years': there is no code"),
        (lambda t: t.replace("\n6,", "\nsix,"), "line 3, column 'v4_1': 'six': a number is expected"),
    ],
)
def test_what_is_wrong_with_a_customised_download_is_named(change, message):
    with pytest.raises(ReleaseError) as caught:
        read_bytes(change(V4).encode(), "v4.csv")
    assert message in str(caught.value)


def test_observations_of_nomis_keep_all_dimensions_and_count_themselves():
    release = read_bytes(API.encode(), "nomis.csv")
    table = release.tables["nomis_observation"]
    assert table.loc[0, ["period", "area_code", "gender", "cause_of_death", "value", "status"]].tolist() == [
        "2020",
        "E06000001",
        "Male",
        "All causes",
        500,
        "Normal Value",
    ]
    assert math.isnan(table.loc[1, "value"])
    assert [(c.published, c.added) for c in release.checks] == [(2, 2)]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda t: t.replace(",0,2\n", ",0,70000\n").replace(",1,2\n", ",1,70000\n"),
            "the file holds 2 of 70,000 observations: it was cut off, as Nomis does after 25,000 without a key",
        ),
        (
            lambda t: t.replace("Female", "Male"),
            "the observation of 2020, E06000001, Hartlepool, Male, All causes, value stands already on line 2",
        ),
        (lambda t: t.replace("E06000001", "?"), "line 2, column 'geography_code': '?' is no valid code"),
        (lambda t: t.replace(",500,", ",lots,"), "line 2, column 'obs_value': 'lots': a number is expected"),
        (lambda t: t.replace('"OBS_STATUS",', '"OBS_VALUE",'), "the heading occurs twice"),
    ],
)
def test_what_is_wrong_with_observations_is_named(change, message):
    with pytest.raises(ReleaseError) as caught:
        read_bytes(change(API).encode(), "nomis.csv")
    assert message in str(caught.value)


def test_tables_of_nomis_one_below_another():
    release = read_bytes(PAGE.encode(), "nomis.csv")
    rows = release.tables["nomis_table"].set_index(["date", "area_code", "category"])["value"]
    assert rows["2019", "E08000035", "Total"] == 793_139
    assert rows["2020", "E06000001", "Females"] == 48_136
    assert len(release.checks) == 3
    assert release.title.startswith("Nomis, Population estimates")
    for change, message in (
        (
            ("93663", "93664"),
            "line 8: the rows do not add up to the file's own total (males and females: published 93,664",
        ),
        (("E08000035", "Leeds?!"), "line 9, column 'mnemonic': 'Leeds?!' is no valid code"),
        (('"Date :","2020"', '"Date :","2019"'), "area E06000001 stands there twice for 'Total'"),
        (("45600", "some"), "line 8, column 'Males': 'some': a number is expected"),
    ):
        with pytest.raises(ReleaseError) as caught:
            read_bytes(PAGE.replace(*change).encode(), "nomis.csv")
        assert message in str(caught.value)
