"""What a file of a user's own must be, what each fault is told as, and which codes are carried to those of today."""

import json

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.chapters.own_indicator import example, read_indicator
from healthdevo.errors import TableError
from healthdevo.tables.periods import as_form, form_of, period_of
from healthdevo.tables.plausible import jumps

ROWS = [
    ("E08000001", "2021", 10.0), ("E08000001", "2022", 12.0), ("E08000002", "2021", 9.0), ("E08000002", "2022", 8.0),
]  # fmt: skip


def frame(**changes):
    return pd.DataFrame(ROWS, columns=["area_code", "period", "value"]).assign(**changes)


@pytest.fixture
def read(tmp_path):
    def written(content, name="mine.csv"):
        path = tmp_path / name
        path.write_bytes(content) if isinstance(content, bytes) else content.to_csv(path, index=False)
        return read_indicator(path)

    return written


def cell(column, value, row=1):
    made = frame().astype(object)
    made.loc[row, column] = value
    return made


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (frame().rename(columns={"value": "rate"}), "there is no column 'value'; it has 'area_code', 'period' and 'rate'. Needed are area_code, period and value"),
        (frame(lower=1.0), "there is a column 'lower' but no 'upper'; give both or neither"),
        (frame(area="x"), "may both be the column 'area_code'; keep one"),
        (cell("area_code", "E08000091"), "row 3, column area_code, value 'E08000091': is no code of the registry"),
        (cell("area_code", ""), "column area_code, value '': must not be empty"),
        (cell("period", "2022/23"), "row 3, column period, value '2022/23': is not among the calendar years (2019) that the other periods are; keep to one form"),
        (cell("period", "soon"), "value 'soon': is not among the calendar years"),
        (frame(period="soon"), "is no period; write calendar years (2019), financial years (2019/20)"),
        (cell("period", "2049"), "row 3, column period, value '2049': lies in the future"),
        (cell("value", "5.2%"), "row 3, column value, value '5.2%': must be a number without a unit"),
        (cell("value", "\N{MINUS SIGN}3"), "has a typographic minus"),
        (cell("value", "[c]"), "leave it empty where a value is suppressed"),
        (frame(value=np.nan), "no row has a value"),
        (frame(lower=[8, 13, 8, 7], upper=14), "row 3, column value, value '12.0': lies outside its own limits"),
        (frame(lower=[8, 15, 8, 7], upper=14), "column lower, value '15': is above the upper limit"),
        (frame(numerator=1, denominator=0), "column denominator, 4 of 4 rows (first row 2, value '0'"),
        (frame(numerator=[10, 12, 9, -8], denominator=100), "row 5, column numerator, value '-8': must not be negative"),
        (frame(numerator=[10, 12, 9, 8], denominator=47), "values are about 47 times numerator over denominator; that is no scale"),
        (pd.concat([frame()] * 2), "column area_code and period, 4 of 8 rows (first row 6, value 'E08000001 in 2021'"),
        (b"area_code,period,value\n", "has a heading but no rows"),
        (b"", "mine.csv is empty"),
    ],
)  # fmt: skip
def test_every_fault_is_one_line_with_its_place(read, content, expected):
    with pytest.raises(TableError) as caught:
        read(content)
    message = str(caught.value)
    assert expected in message
    assert message.startswith("mine.csv")
    assert len(message.splitlines()) <= 3


def test_a_wrong_count_among_many_is_found(read):
    codes = [f"E0800000{i}" for i in range(1, 9)] * 5
    made = pd.DataFrame(
        {
            "area_code": codes,
            "period": [2015 + i // 8 for i in range(40)],
            "numerator": range(20, 60),
            "denominator": 1000,
        }
    )
    made["value"] = 100 * made["numerator"] / made["denominator"]
    assert read(made).scale == 100.0
    made.loc[7, "value"] *= 10
    with pytest.raises(
        TableError, match=r"row 9, column value, value '27.0': is not numerator over denominator times 100"
    ):
        read(made)  # fmt: skip


def test_codes_that_ended_are_carried_or_refused(read):
    rows = [
        ("E08000016", "2019", 5.0),
        ("E06000028", "2018", 4.0),
        ("E06000029", "2018", 6.0),
        ("E07000048", "2018", 5.0),
    ]
    made = pd.DataFrame(rows, columns=["area_code", "period", "value"]).assign(period=["2018"] * 4)
    with pytest.raises(TableError) as caught:
        read(made)
    said = str(caught.value)
    assert "E06000028" in said
    assert "ended on 2019-03-31" in said
    assert "give crude values with numerator and denominator, so that it can be added up" in said
    found = read(
        made.assign(numerator=[50, 40, 60, 50], denominator=1000, value=[5.0, 4.0, 6.0, 5.0]).assign(scale=1)
    )
    whole = found.frame.set_index("area_code")
    assert set(whole.index) == {"E08000038", "E06000058"}, "a new code, and three districts that merged"
    assert whole.loc["E06000058", ["numerator", "denominator", "value"]].tolist() == [150.0, 3000.0, 5.0]
    assert "1 that only got a new code and 3 that merged, added up" in found.notes[0]
    with pytest.raises(TableError, match="E06000029"):
        read(made.drop(2).assign(numerator=[50, 40, 50], denominator=1000))  # fmt: skip


def test_counts_where_rates_are_expected_are_a_warning(read):
    people = tables.load("population_year").query("year == 2022 and area_code.str.startswith('E08')").head(30)
    made = pd.DataFrame(
        {
            "area_code": people["area_code"],
            "period": 2022,
            "value": (people["persons"] / 500).round().astype(int),
        }
    )
    assert "The values look like counts" in " ".join(read(made).notes)
    rates = made.assign(value=[5.0 + i % 7 / 10 for i in range(len(made))])
    assert "look like counts" not in " ".join(read(rates).notes)  # fmt: skip


def test_sudden_jumps_are_warnings_with_their_size():
    codes = list("abcde")
    rows = [(c, str(y), float(y), 10.0 + i) for i, c in enumerate(codes) for y in (2019, 2020, 2021)]
    made = pd.DataFrame(rows, columns=["area", "period", "time", "value"])
    named = {"area": "area", "period": "period", "time": "time", "value": "value"}
    assert jumps(made, **named) == []
    thousands = made.assign(value=made["value"].where(made["period"] != "2021", made["value"] / 1000))
    assert jumps(thousands, **named) == [
        "From 2020 to 2021 the middle of 5 areas fell to one 1,000th: is the unit the same?"
    ]
    one = made.assign(value=made["value"].where((made["period"] != "2021") | (made["area"] != "c"), 600.0))
    assert jumps(one, **named) == ["c rose 50-fold from 2020 to 2021."]


def test_what_lies_beside_the_file_says_what_it_is(read, tmp_path):
    made = {"name": "mine", "title": "Smokers", "unit": "%", "publisher": "The council", "edition": "spring"}
    (tmp_path / "datapackage.json").write_text(json.dumps({"resources": [made]}))
    found = read(frame(note="x"))
    assert (found.title, found.unit) == ("Smokers", "%")
    assert found.source == "The council, Smokers (spring; the user's own file mine.csv)"
    assert found.notes == ("Columns that were not read: note.",)
    (tmp_path / "datapackage.json").write_text("{")
    with pytest.raises(TableError, match=r"datapackage\.json can't be read"):
        read(frame())
    (tmp_path / "datapackage.json").unlink()
    assert read(frame()).source == "The user's own file mine.csv"


def test_the_example_is_the_table_that_it_says(read):
    found = read_indicator(example())
    table = tables.load("chronic_admission")
    written = pd.read_csv(example())
    joined = written.merge(table, left_on=["area_code", "period"], right_on=["area_code", "financial_year"])
    assert len(joined) == len(written)
    assert (joined["numerator"] == joined["admissions"]).all()
    assert (joined["denominator"] == joined["population"]).all()
    assert found.frame["numerator"].sum() == written["numerator"].sum(), (
        "nobody is lost on the way to the districts of today"
    )
    assert found.scale == 100_000.0  # fmt: skip


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019", ("year", 2019.0, 1)), ("2019.0", ("year", 2019.0, 1)), ("2019/20", ("financial", 2019.25, 1)), ("2019/2020", ("financial", 2019.25, 1)),
        ("1999/00", ("financial", 1999.25, 1)), ("2017 - 19", ("window", 2017.0, 3)), ("2017-2019", ("window", 2017.0, 3)), ("2019-07", ("month", 2019.5, 1)),
        ("2019-07-01", ("month", 2019.5, 1)), ("2019/21", None), ("19/20", None), ("Jul 2019", None), ("", None), ("2019-13-01", None),
    ],
)  # fmt: skip
def test_periods_are_read_as_what_they_are(text, expected):
    found = period_of(text)
    assert (None if found is None else (found.form, found.start, found.years)) == expected


def test_a_column_has_one_form():
    assert form_of(["2011-12", "2012-14"]) == "window"
    assert as_form("2011-12", "window").years == 2
    assert form_of(["2019", "2019", "2019/20"]) == "year"
    assert as_form("2019/20", "year") is None
