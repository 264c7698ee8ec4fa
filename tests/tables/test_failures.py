"""Whatever is wrong with a table is reported with table, row, column, value and rule."""

import json

import numpy as np
import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.errors import TableError

from .conftest import AREA, COUNT


def failures(name="count"):
    with pytest.raises(TableError) as caught:
        tables.load(name)
    return caught.value.every


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("one,10,", "one,12x,", "table count, row 2, column persons, value '12x': must be a whole number"),
        ("one,10,", "one,10.5,", "table count, row 2, column persons, value '10.5': must be a whole number"),
        ("one,10,", "one, 10,", "table count, row 2, column persons, value ' 10': must be a whole number"),
        ("one,10,", "one,1_0,", "table count, row 2, column persons, value '1_0': must be a whole number"),
        ("one,10,", "one,,", "table count, row 2, column persons, value '': must not be missing"),
        ("one,10,", "one,-10,", "table count, row 2, column persons, value '-10': must be at least 0"),
        ("4,6,0.5", "1004,6,0.5", "table count, row 2, column male, value '1004': must be at most 1000"),
        ("21.8", "21,8", "table count, row 4, value 'E1,2024-01-01,all,30,13,17,21,8,': must have 8 cells"),
        ("21.8", "high", "table count, row 4, column rate, value 'high': must be a number"),
        ("21.8", "1e999", "table count, row 4, column rate, value '1e999': must be a finite number"),
        ("21.8", "nan", "table count, row 4, column rate, value 'nan': must be a number"),
        ("6,0.5,true", "6,0.5,yes", "table count, row 2, column open, value 'yes': must be true or false"),
        ("W1,2024-01-01,two", "W1,2024-13-01,two", "row 6, column month, value '2024-13-01': must be a date"),
        ("W1,2024-01-01,two", "W1,2023-02-29,two", "row 6, column month, value '2023-02-29': must be a date"),
        ("W1,2024-01-01,two", "W1,01/01/2024,two", "row 6, column month, value '01/01/2024': must be a date"),
        ("W1,2024-01-01,two", "W1,2019-01-01,two", "value '2019-01-01': must be at least 2020-01-01"),
        ("W1,2024-01-01,two", "W1,2024-01-01,three", "value 'three': must be one of one, two, all"),
        (
            "W1,2024-01-01,two",
            "w1,2024-01-01,two",
            "row 6, column area_code, value 'w1': must match [A-Z][0-9]",
        ),
        (
            "W1,2024-01-01,two",
            "Z9,2024-01-01,two",
            "value 'Z9': must be one of the values of area_code in the table",
        ),
        (
            "E1,2024-01-01,two,20",
            "E1,2024-01-01,one,20",
            "row 2, column area_code, month and kind, value 'E1 and 2024-01-01 and one': area_code, month and kind "
            "must be unique together",
        ),
        (
            "all,12,5,7",
            "all,12,6,7",
            "row 7, column persons, male and female, value '12 and 6 and 7': persons must be the sum of male and female",
        ),
        (
            "all,12,5,7",
            "all,13,6,7",
            "row 7, column area_code, month, kind and persons, value 'W1 and 2024-01-01 and all and 13': persons where "
            "kind is all must be the sum over kind one and two",
        ),
        (
            "5,2,3,1,",
            "1,2,,1,",
            "row 5, column male and persons, value '2 and 1': male must not exceed persons",
        ),
        ("E1,2024-01-01,two", "\nE1,2024-01-01,two", "table count, row 3: the line is blank"),
        ("persons,male", "people,male", "table count, row 1, column people: is not a column of this table"),
        ("persons,male", "people,male", "table count, row 1, column persons: the column is missing"),
        (
            "persons,male",
            "persons,persons",
            "table count, row 1, column persons: the column stands in the heading twice",
        ),
        ("6,0.5,true", '6,0.5,"true', "is not valid CSV"),
    ],
)
def test_a_wrong_cell_is_named(write, old, new, expected):
    assert old in COUNT
    write(COUNT.replace(old, new, 1))
    found = failures()
    assert any(expected in text for text in found), found
    assert any(expected in str(f) for f in tables.check(["count"]))


def test_every_failure_is_reported_once(write):
    write(COUNT.replace("one,10,4", "one,ten,-4").replace("two,7,", "two,,").replace("W1", "V1"))
    found = failures()
    assert len(found) == len(set(found))
    for part in ("'ten'", "'-4'", "value '': must not be missing", "row 5, column area_code, value 'V1'"):
        assert sum(part in text for text in found) == 1, (part, found)
    assert not any("sum of" in text for text in found), "no sum is checked over a cell that cannot be read"


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("", "row 1: the file is empty"),
        (COUNT.splitlines()[0] + "\n", "row 1: the table has a heading but no rows"),
        (
            COUNT.replace("two", "tw\xf6").encode("latin-1"),
            "row 3, value \"b'\\\\xf6'\": must be encoded in UTF-8",
        ),
    ],
)
def test_files_without_rows_or_in_another_encoding(write, content, expected):
    write(content)
    assert any(expected in text for text in failures()), failures()


def test_broken_compression(folder):
    path = folder / "tables" / "count.csv.gz"
    data = path.read_bytes()
    for broken in (data[:-9], data[:30] + bytes([data[30] ^ 255]) + data[31:], b"plain text"):
        path.write_bytes(broken)
        assert any("is not a whole gzip file" in text for text in failures())


def test_a_missing_file(folder):
    (folder / "tables" / "count.csv.gz").unlink()
    assert failures() == ("table count: the file count.csv.gz is missing or unreadable",)
    assert [str(f) for f in tables.check()] == ["table count: the file count.csv.gz is missing or unreadable"]


def test_rows_are_lines_even_after_a_cell_with_a_line_break(folder):
    text = AREA.replace("East", '"Ea\nst"') + "E1,Again\n"
    (folder / "tables" / "area.csv").write_text(text)
    with pytest.raises(
        TableError, match=r"column area_code, 2 of 3 rows .*; row 5, value 'E1'\): must not be repeated"
    ):
        tables.load("area")


def test_windows_line_ends_and_byte_order_mark_are_read(write):
    write(b"\xef\xbb\xbf" + COUNT.replace("\n", "\r\n").encode())
    assert len(tables.load("count")) == 6


@pytest.mark.parametrize(
    ("old", "new", "row", "column", "value"),
    [
        ("0.5", "0.6", 2, "rate", "0.6"),
        ("2.25", "", 6, "rate", ""),
        ("false\n", "true\n", 3, "open", "true"),
        ("1e3", "1000", 7, "rate", "1000"),
    ],
)
def test_a_changed_value_that_breaks_no_rule_is_found(write, old, new, row, column, value):
    write(COUNT.replace(old, new, 1))
    tables.load("count")
    found = [(f.row, f.column, f.value) for f in tables.check(["count"])]
    assert (row, column, value) in found
    assert (None, "", None) in found, "the file as a whole is named as well"


def test_a_file_written_in_another_form_is_told_from_one_with_other_values(write):
    write(COUNT.replace("one,", '"one",'))
    (only,) = tables.check(["count"])
    assert "every value is as recorded, so only its form has" in str(only)


def test_several_changed_values_of_one_column_are_noticed(write):
    write(COUNT.replace("0.5", "0.6").replace("2.25", "2.5"))
    texts = [str(f) for f in tables.check(["count"])]
    assert any("column rate: several values differ" in t for t in texts)


def test_an_added_row_is_noticed(folder):
    with (folder / "tables" / "area.csv").open("a") as file:
        file.write("N1,North\n")
    texts = [str(f) for f in tables.check()]
    assert any("table area: the file tables/area.csv has changed" in t for t in texts)
    assert any("table area: has 3 rows that can be read, not the recorded 2" in t for t in texts)


def test_a_file_that_is_not_described_is_noticed(folder):
    (folder / "tables" / "stray.csv").write_text("a\n1\n")
    assert any("tables/stray.csv is not described" in str(f) for f in tables.check())


def test_refresh_refuses_a_broken_table_and_records_a_sound_one(write, folder):
    before = (folder / "datapackage.json").read_text()
    write(COUNT.replace("one,10,", "one,12x,"))
    with pytest.raises(TableError, match="12x"):
        tables.refresh()
    assert (folder / "datapackage.json").read_text() == before
    write(COUNT.replace("21.8", "21.9"))
    assert tables.refresh() == ("count",)
    assert tables.check() == ()
    assert tables.refresh() == ()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (lambda r: r["schema"].update(primaryKey=["nothing"]), "columns that do not exist"),
        (lambda r: r["schema"]["rules"].append({"rule": "magic"}), "the rule 'magic' is unknown"),
        (
            lambda r: r["schema"]["foreignKeys"][0]["reference"].update(resource="gone"),
            "which does not exist",
        ),
        (lambda r: r["schema"]["fields"][0].update(type="colour"), "unknown type 'colour'"),
        (lambda r: r.pop("caveats"), "table count: its entry lacks 'caveats'"),
        (lambda r: r.update(licenses=[]), "table count: its entry is malformed"),
        (lambda r: r["schema"].update(fields="none"), "table count: its entry is malformed"),
        (lambda r: r.update(name="area"), "table area is described twice"),
    ],
)
def test_an_inconsistent_descriptor_is_refused(folder, change, expected):
    path = folder / "datapackage.json"
    content = json.loads(path.read_text())
    change(content["resources"][1])
    path.write_text(json.dumps(content))
    with pytest.raises(TableError, match="not consistent") as caught:
        tables.names()
    assert expected in str(caught.value)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("[]", "is no Data Package: it must hold a list of resources"),
        ('{"resources": {}}', "is no Data Package"),
        ('{"resources": ["x"]}', "is no Data Package"),
        ('{"resources": []}', "it describes no table"),
        ('{"resources": [{"name": "sales", "path": "sales.csv"}]}', "table sales: its entry lacks 'title'"),
        ("{", "cannot be read"),
    ],
)
def test_a_descriptor_of_something_else_is_named_with_its_path(folder, content, expected):
    (folder / "datapackage.json").write_text(content)
    with pytest.raises(TableError) as caught:
        tables.names()
    assert expected in str(caught.value)
    assert str(folder / "datapackage.json") in str(caught.value)
    assert "HEALTHDEVO_DATA" in str(caught.value)


def test_validate_reports_frames_in_memory(folder):
    frame = tables.load("count")
    tables.validate(frame.sample(frac=1, random_state=1), "count")
    for changed, expected in [
        (
            frame.assign(male=frame["male"].astype(float)),
            "column male: must have the data type int64; it has float64",
        ),
        (frame.drop(columns="rate"), "column rate: the column is missing"),
        (frame.assign(extra=1), "column extra: is not a column of this table"),
        (frame.assign(rate=np.inf), "column rate, value 'inf': must be a finite number"),
        (frame.assign(female=frame["female"] + 0.5), "column female, value '6.5': must be a whole number"),
        (
            frame.assign(month=pd.Timestamp("2031-01-01").as_unit("us")),
            "value '2031-01-01': must be at most 2025",
        ),
        (frame.iloc[:0], "row 1: the table has no rows"),
        (frame.assign(area_code="Q1"), "row 7, column area_code, value 'Q1': must be one of the values"),
    ]:
        with pytest.raises(TableError) as caught:
            tables.validate(changed, "count")
        assert any(expected in text for text in caught.value.every), (expected, caught.value.every)
