"""Odd panels give one clear message; what is usable but unusual is noted."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.cli import main
from healthdevo.errors import TableError

from .conftest import START, simulated


def refused(write, frame, **changes):
    with pytest.raises(TableError) as caught:
        write(frame, **changes)
    return str(caught.value)


def changed(rows, column, value):
    frame = simulated(0.0).astype({"rate": object, "year": object, "place": object})
    frame.loc[rows, column] = value
    return frame


@pytest.mark.parametrize(
    ("make", "changes", "expected"),
    [
        (simulated, {"outcome": "rates"}, "there is no column 'rates' (the outcome); it has 'place', 'year' and 'rate'; did you mean 'rate'?"),
        (simulated, {"unit": "rate"}, "outcome, unit and time must be three different columns"),
        (simulated, {"treated": ["Place 0"]}, "the treated 'Place 0' is not among the 28 units in column 'place'; did you mean"),
        (simulated, {"treated": [" , "]}, "no treated unit is named"),
        (simulated, {"start": "2020"}, "no period is 2020 or later; periods run from 2001 to 2014"),
        (simulated, {"start": "2003"}, "2 periods lie before 2003; at least 3 are needed"),
        (simulated, {"start": "spring"}, "periods in column 'year' are numbers, but the start 'spring' is none"),
        (simulated, {"treated": [f"Place {i:02}" for i in range(15)]}, "15 of 28 units are treated, which leaves 13"),
        (lambda e: changed(4, "rate", "n/k"), {}, "row 6, column rate, value 'n/k': must be a number, such as 1234.5"),
        (lambda e: changed(4, "rate", "1,234"), {}, "value '1,234': must be a number without signs for thousands"),
        (lambda e: changed(4, "rate", "*"), {}, "value '*': is no number; leave it empty where a value is suppressed"),
        (lambda e: changed(range(40), "rate", "x"), {}, "column rate, 40 of 392 rows (first row 2, value 'x'; row 3, value 'x'"),
        (lambda e: changed(4, "year", "Apr-24"), {}, "row 6, column year, value 'Apr-24': is no number, as other periods are"),
        (lambda e: changed(4, "place", ""), {}, "row 6, column place, value '': must not be empty"),
        (lambda e: changed(4, "place", "Place 05"), {}, "row 7, column place and year, value 'Place 05 in 2001': stands in an earlier row as well"),
        (lambda e: changed(9, "rate", np.nan), {}, "1 of 28 units lack a value of rate in some period: 'Place 09' (the first in 2001); fill them in, or leave these units out"),
        (lambda e: changed(0, "rate", np.nan), {}, "'Place 00' is treated, so every period is needed"),
        (lambda e: simulated(0.0).assign(rate=3.0), {}, "rate never changes in any untreated unit"),
        (lambda e: b"", {}, "mine.csv is empty"),
        (lambda e: b"place,year,rate\n", {}, "has a heading but no rows"),
        (lambda e: b"place,year,rate\nA,2001\n", {}, "row 2: must have 3 cells, as the heading has; it has 2"),
        (lambda e: b"\nplace,year,rate\n", {}, "line 1 is blank"),
        (lambda e: b"place,year,place\na,1,2\n", {}, "the column 'place' stands in the heading twice"),
        (lambda e: "place,year,rate\nCaf\xe9,1,2\n".encode("cp1252"), {}, "row 2, value b'\\xe9': must be encoded in UTF-8"),
        (lambda e: b"PK\x03\x04rest", {}, "is not a CSV file: it is a spreadsheet"),
        (lambda e: b"<!doctype html><p>404", {}, "it is a web page"),
    ],
)  # fmt: skip
def test_an_odd_panel_is_one_message(write, make, changes, expected):
    message = refused(write, make(0.0), **changes)
    assert expected in message
    assert message.startswith("mine.csv")
    assert len(message.splitlines()) <= 3


def test_units_with_gaps_are_left_out_only_when_asked(write):
    own = write(changed([9, 10], "rate", np.nan), leave_out_incomplete=True)
    assert own.panel.shape[0] == 26
    assert own.notes == (
        "2 of 28 units were left out because they lack a value in some period: Place 09 and Place 10.",
    )


def test_uneven_periods_are_noted(write):
    frame = simulated(0.0)
    own = write(frame[frame["year"] != 2004])
    assert "not evenly spaced (the first gap lies between 2003 and 2005)" in own.notes[0]
    assert write(frame).notes == ()


@pytest.mark.parametrize("form", ["{}/01", "{}-04", "{}-04-01"])
def test_text_that_sorts_by_time_is_a_period(write, form):
    frame = simulated(0.0)
    own = write(frame.assign(year=[form.format(y) for y in frame["year"]]), start=form.format(START))
    assert int(own.panel.cohorts[0]) == START - 2001
    assert own.notes == ()


def test_text_that_does_not_sort_by_time_is_refused(write):
    frame = simulated(0.0)
    months = [
        "Apr",
        "May",
        "Jun",
        "Jul",
        "Aug",
        "Sep",
        "Oct",
        "Nov",
        "Dec",
        "Jan",
        "Feb",
        "Mar",
        "Apr1",
        "May1",
    ]
    message = refused(write, frame.assign(year=[months[y - 2001] for y in frame["year"]]), start="Jan")
    assert "would be put in the order of the alphabet" in message


def test_semicolons_names_with_commas_and_byte_order_marks_are_read(write):
    frame = simulated(0.0).replace({"place": {"Place 00": "Place, the first"}})
    text = frame.to_csv(index=False, sep=";")
    own = write(("\N{BYTE ORDER MARK}" + text).encode(), treated=["Place, the first"])
    assert own.panel.treated_areas == ("Place, the first",)


def test_the_command_prints_and_saves(tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(tmp_path)
    simulated(4.0, units=16).to_csv(tmp_path / "My panel.csv", index=False)
    call = [
        "evaluate",
        "My panel.csv",
        "--outcome",
        "rate",
        "--unit",
        "place",
        "--time",
        "year",
        "--from",
        "2010",
    ]
    assert main([*call, "--treated", "Place 00", "--out", "out"]) == 0
    said = capsys.readouterr().out
    assert said.startswith("Finding: From 2010 on")
    assert "written: out/my-panel-evaluation.html" in said
    assert sorted(p.suffix for p in (tmp_path / "out").iterdir()) == [".csv", ".html", ".json"]
    assert main([*call, "--treated", "Nowhere"]) == 1
    error = capsys.readouterr()
    assert error.out == ""
    assert error.err.startswith("healthdevo: My panel.csv: the treated 'Nowhere'")
    assert pd.read_csv(tmp_path / "out" / "my-panel-evaluation.csv")["effect"].notna().all()  # fmt: skip


HOSTILE = ("<script>alert(1)</script>", "=cmd|' /C calc'!A0", "../../etc", "$5 to $6 \\frac{")


def test_names_that_would_be_live_are_not(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    frame = simulated(4.0, units=16)
    names = {f"Place {i:02}": name for i, name in enumerate(HOSTILE)}
    frame.replace({"place": names}).rename(columns={"rate": "<script>rate"}).to_csv(
        "..%2F=evil<b>.csv", index=False
    )
    call = [
        "evaluate",
        "..%2F=evil<b>.csv",
        "--outcome",
        "<script>rate",
        "--unit",
        "place",
        "--time",
        "year",
        "--from",
        "2010",
    ]
    assert main([*call, "--treated", HOSTILE[0], "--out", "out"]) == 0
    files = sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*") if p.is_file())
    assert files == ["..%2F=evil<b>.csv", *(f"out/2f-evil-b-evaluation.{e}" for e in ("csv", "html", "json"))]
    page = (tmp_path / "out" / "2f-evil-b-evaluation.html").read_text(encoding="utf-8")
    assert "<script" not in page
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    cells = [
        c
        for line in (tmp_path / "out" / "2f-evil-b-evaluation.csv").read_text().splitlines()
        for c in line.split(",")
    ]
    assert not [c for c in cells if c.startswith(("=", "@"))]
    assert any(c.startswith("'=cmd") for c in cells)
