"""Rules, readings and warnings of tables on both sides of what decides them, in small made-up tables."""

from __future__ import annotations

import datetime
import hashlib
from pathlib import Path

import pandas as pd
import pytest

from healthdevo.errors import TableError
from healthdevo.tables.descriptor import Field, Package, Rule, Table
from healthdevo.tables.failure import Failure, grouped
from healthdevo.tables.odd import like_counts, odd
from healthdevo.tables.periods import as_form, form_of, period_of
from healthdevo.tables.plausible import implausible, jumps
from healthdevo.tables.reading import cells, foreign, parse
from healthdevo.tables.schema import dtype, violations
from healthdevo.tables.tidy_file import read_tidy
from healthdevo.tables.writing import _digits, contents


def table(*fields: Field, key: tuple[str, ...] = (), rules: tuple[Rule, ...] = (), **other: object) -> Table:
    plain = dict.fromkeys(
        ("title", "description", "publisher", "edition", "release", "coverage", "licence"), ""
    )
    return Table(
        name="t", path="tables/t.csv", fields=fields, primary_key=key, foreign_keys=(), rules=rules, sources=(), caveats=(),
        boundaries={}, sha256="", rows=3, bytes=0, fingerprints={}, **(plain | other),
    )  # fmt: skip


def number(name: str, unit: str = "people", kind: str = "number", **other: object) -> Field:
    return Field(name, kind, "", unit, **other)


AREA = Field("area_code", "string", "", required=True)
YEAR = number("year", "", "integer", required=True)


def read(text: str | bytes, of: Table, file: str = "t.csv"):
    return cells(text.encode() if isinstance(text, str) else text, "0", file, of)


def wrong(text: str, *fields: Field) -> list[tuple[int | None, str | None]]:
    of = table(*fields)
    return [(f.row, f.value) for f in parse(read(text, of), of).failures]


# --- periods


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2019", ("year", 2019, 1, 1, 2019.0)),
        (" 1899.0 ", ("year", 1899, 1, 1, 1899.0)),
        ("2019/20", ("financial", 2019, 1, 1, 2019.25)),
        ("1999/2000", ("financial", 1999, 1, 1, 1999.25)),
        ("1999/00", ("financial", 1999, 1, 1, 1999.25)),
        ("2019-01", ("month", 2019, 1, 1, 2019.0)),
        ("2019-12", ("month", 2019, 12, 1, 2019 + 11 / 12)),
        ("2019-07-01", ("month", 2019, 7, 1, 2019.5)),
        ("2017 - 19", ("window", 2017, 1, 3, 2017.0)),
        ("1999–2001", ("window", 1999, 1, 3, 1999.0)),
        ("2011-13", ("window", 2011, 1, 3, 2011.0)),
        ("1998-02", ("month", 1998, 2, 1, 1998 + 1 / 12)),
        ("2000-2020", ("window", 2000, 1, 21, 2000.0)),
    ],
)
def test_periods_as_written(text: str, expected: tuple[object, ...]) -> None:
    found = period_of(text)
    assert found is not None
    assert (found.form, found.year, found.month, found.years, found.start) == pytest.approx(expected)


@pytest.mark.parametrize("text", ["", "219", "2219", "1799", "2019/19", "2019/21", "2019/2018", "2019-2019", "2000-2021", "2019-00-01", "2020-2019"])  # fmt: skip
def test_no_periods(text: str) -> None:
    assert period_of(text) is None


def test_a_month_thirteen_is_a_window() -> None:
    assert period_of("2012-13").form == "window"
    assert period_of("2012-12").form == "month"
    assert period_of("2012-13-01") is None


def test_form_of_a_column() -> None:
    assert form_of(["", "x"]) == ""
    assert form_of(["2011-12-01", "2012-12-01", "2012-13"]) == "month"
    assert form_of(["2019", "2019/20", "2020/21"]) == "financial"
    assert as_form("2011-12", "window").years == 2
    assert as_form("2011-2031", "window").years == 21
    assert as_form("2011-2032", "window") is None
    assert as_form("2011-2011", "window") is None
    assert as_form("2011-12", "month").month == 12
    assert as_form("2011", "month") is None


# --- cells and their types


def test_whole_numbers_and_numbers() -> None:
    big = str(2**53)
    assert wrong(f"a\n1\n-2\n+3\n4.0\n5.\n{big}\n{big}.0\n", number("a", kind="integer")) == []
    assert wrong("a\n1.5\n1e3\nx\n 1\n", number("a", kind="integer")) == [
        (2, "1.5"),
        (3, "1e3"),
        (4, "x"),
        (5, " 1"),
    ]
    over = str(2**53 + 1)
    assert wrong(f"a\n1\n{over}\n-{over}\n", number("a", kind="integer")) == [(3, over), (4, f"-{over}")]
    assert wrong("a\n.5\n1.\n1e3\n-2.5E-3\n", number("a")) == []
    huge = "1" + "0" * 308
    assert wrong(f"a\n{huge}\n{huge}0\n1e309\n", number("a")) == [(3, f"{huge}0")]
    assert wrong("a\n0x1\n1,5\n".replace(",", ";"), number("a")) == [(2, "0x1"), (3, "1;5")]
    long_but_wrong = "12345678901234567x"
    assert wrong(f"a\n{long_but_wrong}\n1\n", number("a")) == [(2, long_but_wrong)]


def test_dates_and_truth_values() -> None:
    day = Field("a", "date", "")
    assert wrong("a\n2024-02-29\n0001-01-01\n", day) == []
    assert wrong("a\n2023-02-29\n0000-01-01\n2024-1-1\n", day) == [
        (2, "2023-02-29"),
        (3, "0000-01-01"),
        (4, "2024-1-1"),
    ]
    yes = Field("a", "boolean", "")
    assert wrong("a\ntrue\nFALSE\nyes\n", yes) == [(4, "yes")]


def test_types_of_columns() -> None:
    of = table(
        number("n", kind="integer", required=True), number("m", kind="integer"), Field("b", "boolean", "", required=True),
        Field("c", "boolean", ""), Field("d", "date", ""), Field("s", "string", ""),
    )  # fmt: skip
    frame = parse(read("n,m,b,c,d,s\n1,,true,,,\n2.0,5,False,true,2024-03-01,x\n", of), of).frame
    assert frame["n"].tolist() == [1, 2]
    assert frame["m"].isna().tolist() == [True, False]
    assert frame["b"].tolist() == [True, False]
    assert frame["c"].isna().tolist() == [True, False]
    assert frame["d"].iloc[1] == pd.Timestamp("2024-03-01")
    assert frame["s"].isna().tolist() == [True, False]
    assert [str(frame[f.name].dtype) for f in of.fields] == [dtype(f) for f in of.fields]
    missing = parse(read("n,m,b,c,d,s\n,,,,,\n1,1,true,true,,\n", of), of).frame
    assert missing["n"].isna().tolist() == [True, False]
    assert str(missing["b"].dtype) == "boolean"


def test_places_of_what_is_wrong_with_a_text() -> None:
    of = table(AREA, YEAR)
    said = {
        "area_code,year\nE1,2019\nE2,2020,5\n": (3, "must have 2 cells, as the heading has; it has 3"),
        "area_code,year\nE1,2019\n\nE2,2020\n": (3, "the line is blank"),
        'area_code,year\n"E1",2019\nE2,2020,5\n': (3, "must have 2 cells, as the heading has; it has 3"),
        "area_code,year\n": (1, "the table has a heading but no rows"),
        "": (1, "the file is empty; it must have a heading and rows"),
        "area_code;year\nE1;2019\n": (1, "its cells are separated by semicolons; separate them by commas"),
        "x\narea_code\tyear\n": (2, "its cells are separated by tabs; separate them by commas"),
        "A title\n\narea_code,year\nE1,2019\n": (1, "line 1 is not the heading of this table; the heading must be the first line, and line 3 looks like it: remove what stands above"),
        "\narea_code,year\nE1,2019\n": (1, "line 1 is blank; the heading must be the first line, and line 2 looks like it: remove what stands above"),
        ",\nE1,2019\n": (1, "line 1 is blank; it must be the heading: area_code,year"),
        "area_code,year\nE1,2019\narea_code,year\nE2,2019\narea_code,2020\n": (3, "the heading stands here again; remove this line"),
    }  # fmt: skip
    for text, first in said.items():
        found = read(text, of).failures
        assert (found[0].row, found[0].rule) == first, text
        assert len(found) == 1
    assert read(b"area_code,year\nE1,2019\nE\xe9,2019\n", of).failures[0].row == 3
    twice = read("area_code,year,year\nE1,1,2\n", of).failures
    assert [(f.rule, f.column) for f in twice] == [("the column stands in the heading twice", "year")]
    plain, quoted = (
        read("area_code,year\nE1,2019\nE2,2020\n", of),
        read('area_code,year\n"E1",2019\nE2,"2020"\n', of),
    )
    assert plain.columns == quoted.columns == {"area_code": ("E1", "E2"), "year": ("2019", "2020")}
    assert list(plain.lines) == list(quoted.lines) == [2, 3]
    assert plain.rows == 2
    split = read('area_code,year\n"E\n1",2019\nE2,2020\n', of)
    assert list(split.lines) == [3, 4]
    one = table(AREA)
    assert read("area_code\nE1\nE2\n", one).columns == {"area_code": ("E1", "E2")}
    kept = read("area_code,year\nE1,2019\narea_code,year\nE2,2019\narea_code,2020\n", of)
    assert kept.columns["area_code"] == ("E1", "E2", "area_code")
    assert list(kept.lines) == [2, 4, 5]


def test_the_heading_is_looked_for_in_the_first_lines_only() -> None:
    of = table(AREA, YEAR)
    heading = "area_code,year\nE1,2019\n"
    assert "line 50 looks like it" in read("title\n" + "x\n" * 48 + heading, of).failures[0].rule
    assert "line 51" not in read("title\n" + "x\n" * 49 + heading, of).failures[0].rule
    published = "Period,Org Code,Parent Org,A&E attendances Type 1\n"
    found = read("title\n" + "x\n" * 18 + published, of).failures[0]
    assert (found.row, "monthly A&E provider file" in found.rule) == (20, True)
    assert "provider file" not in read("title\n" + "x\n" * 19 + published, of).failures[0].rule


def test_other_files_are_told_by_their_first_bytes() -> None:
    assert "null character in row 3" in foreign(b"a,b\n1,2\n1\0,2\n")
    assert "null character in row 1" in foreign(b"a\0\n")
    assert "web page" in foreign(b" \n\xef\xbb\xbf<!DOCTYPE html>")
    assert foreign(b"a,b\n1,<html>\n") == ""


# --- rules between cells


def broken(frame: pd.DataFrame, rule: str, key: tuple[str, ...] = (), **options: object) -> list[int]:
    text = {"area_code", "kind", "label"}
    fields = [Field(c, "string" if c in text else "number", "") for c in frame]
    of = table(*fields, key=key, rules=(Rule(rule, options),))
    typed = frame.astype({c: "str" if c in text else float for c in frame})
    return [f.row for f in violations(typed, of, range(2, len(frame) + 2))]


def test_sums_and_limits_hold_within_their_tolerance() -> None:
    frame = pd.DataFrame({"total": [10.0, 10.5, 9.5, 10.51, 9.49], "a": 4.0, "b": 6.0})
    assert broken(frame, "row_sum", total="total", parts=["a", "b"], tolerance=0.5) == [5, 6]
    assert broken(frame, "row_sum", total="total", parts=["a", "b"]) == [3, 4, 5, 6]
    frame = pd.DataFrame({"part": [4.0, 6.0, 6.5, 6.51], "whole": 6.0})
    assert broken(frame, "at_most", column="part", limit="whole", tolerance=0.5) == [5]
    assert broken(frame, "at_most", column="part", limit="whole") == [4, 5]
    frame = pd.DataFrame({"share": [0.5, 0.6, 0.4, 0.61, 0.39], "part": 3.0, "whole": 6.0})
    assert broken(frame, "ratio", column="share", numerator="part", denominator="whole", tolerance=0.1) == [
        5,
        6,
    ]
    frame = pd.DataFrame({"label": ["2019/20", "2020/21", "2020/21"], "start": [2019, 2019, 2020]})
    assert broken(frame, "label", column="label", year="start") == [3]


def test_groups_sum_to_their_total() -> None:
    rows = [("E1", k, v) for k, v in (("one", 1.0), ("two", 2.0), ("all", 3.0))]
    rows += [("W1", k, v) for k, v in (("one", 1.0), ("two", 2.0), ("all", 4.0))]
    rows += [("S1", "one", 1.0), ("S1", "two", None), ("S1", "all", 9.0)]
    frame = pd.DataFrame(rows, columns=["area_code", "kind", "n"])
    options = {"over": "kind", "total": "all", "parts": ["one", "two"], "columns": ["n"]}
    assert broken(frame, "group_sum", ("area_code", "kind"), **options) == [7]
    assert broken(frame, "group_sum", ("area_code", "kind"), **options, tolerance=1.0) == []
    assert broken(frame, "group_sum", ("area_code", "kind"), **options, tolerance=0.99) == [7]
    longer = pd.concat([frame.assign(year=2019.0), frame.assign(year=2020.0, n=[1, 2, 3, 1, 2, 3, 1, 2, 9])])
    found = broken(longer.reset_index(drop=True), "group_sum", ("area_code", "year", "kind"), **options)
    assert found == [7, 19]


def test_bounds_of_single_cells_are_allowed_themselves() -> None:
    of = table(
        number("n", minimum=0, maximum=10), number("w", kind="integer"), Field("u", "string", "", unique=True)
    )
    frame = pd.DataFrame({"n": [0.0, 10.0, -0.1, 10.1, float("inf")], "w": [1.0, 2.0, 2.5, None, 3.0]})
    frame["u"] = pd.array(["a", "b", "c", "d", "a"], dtype="str")
    found = sorted((f.row, f.column, f.rule) for f in violations(frame, of, range(2, 7)))
    assert found == [
        (2, "u", "must not be repeated in this column"), (4, "n", "must be at least 0"), (4, "w", "must be a whole number"),
        (5, "n", "must be at most 10"), (6, "n", "must be a finite number"), (6, "n", "must be at most 10"),
        (6, "u", "must not be repeated in this column"),
    ]  # fmt: skip
    monthly = table(Field("m", "date", "", pattern=".*-01"))
    days = pd.DataFrame({"m": pd.to_datetime(["2024-01-01", "2024-01-02", None]).astype("datetime64[us]")})
    (late,) = violations(days, monthly, range(2, 5))
    assert (late.row, late.value) == (3, "2024-01-02")
    lacking = violations(pd.DataFrame({"n": [1.0]}), table(number("n"), number("k")), range(2, 3))
    assert [(f.row, f.column, f.rule) for f in lacking] == [(1, "k", "the column is missing")]


# --- failures of one kind


def test_many_failures_are_told_in_one_line() -> None:
    several = [Failure("t", "r", row, "c", "x") for row in (2, 3, 4, 5)]
    assert grouped(several[:1], 9) == ("table t, row 2, column c, value 'x': r",)
    assert grouped(several, 9) == ("table t, column c, 4 of 9 rows (first row 2, value 'x'; row 3, value 'x'; row 4, value 'x'): r",)  # fmt: skip
    assert "4 times (first" in grouped(several, 0)[0]
    assert "5 times (first" in grouped([*several, several[0]], 9)[0]
    columns = [Failure("t", "the column is missing", 1, f"c{i:02}") for i in range(12)]
    assert grouped(columns[:10])[0].endswith("c08 and c09: the column is missing")
    assert grouped(columns)[0].endswith("c09 and 2 more: the column is missing")


# --- what is odd


def warned(frame: pd.DataFrame, of: Table, areas: pd.DataFrame | None = None, people: pd.Series | None = None) -> list[tuple[int | None, str, str | None]]:  # fmt: skip
    return [(f.row, f.rule, f.value) for f in odd(frame, range(2, len(frame) + 2), of, areas, people)]


def yearly(values: dict[str, list[float]], first: int = 2019) -> pd.DataFrame:
    rows = [(code, first + i, v) for code, series in values.items() for i, v in enumerate(series)]
    return pd.DataFrame(rows, columns=["area_code", "year", "n"])


COUNTS = table(AREA, YEAR, number("n"), key=("area_code", "year"))


@pytest.mark.parametrize(("factor", "told"), [(3.0, False), (3.5, True), (1 / 3, False), (1 / 3.5, True)])
def test_all_figures_jump_when_the_middle_changes_more_than_threefold(factor: float, told: bool) -> None:
    frame = yearly({c: [2.5, 2.5 * factor] for c in ("E1", "E2", "E3")})
    size = "rose 4-fold" if factor > 1 else "fell to one 4th"
    rule = f"from the period before to 2020 the middle of 3 figures {size}; the column is in people"
    assert warned(frame, COUNTS) == ([(3, rule, f"{2.5 * factor:g}")] if told else [])
    assert warned(frame.iloc[:4], COUNTS) == []  # two areas are too few


@pytest.mark.parametrize(("factor", "told"), [(10.0, False), (10.5, True), (0.1, False), (1 / 10.5, True)])
def test_one_figure_jumps_when_it_alone_changes_more_than_tenfold(factor: float, told: bool) -> None:
    frame = yearly({"E1": [2.5, 2.5], "E2": [2.5, 2.5 * factor], "E3": [2.5, 2.5]})
    size = "rose 10-fold" if factor > 1 else "fell to one 10th"
    expected = [(5, f"it {size} from the period before", f"{2.5 * factor:g}")]
    assert warned(frame, COUNTS) == (expected if told else [])
    # where the others more than double, none stands out
    restless = yearly({"E1": [2.5, 6.0], "E2": [2.5, 2.5 * factor], "E3": [2.5, 6.0], "E4": [2.5, 6.0]})
    assert warned(restless, COUNTS) == []
    if factor > 1:
        doubled = yearly({"E1": [2.5, 5.0], "E2": [2.5, 2.5 * factor], "E3": [2.5, 5.0], "E4": [2.5, 5.0]})
        assert bool(warned(doubled, COUNTS)) == told


def test_small_counts_do_not_jump() -> None:
    assert warned(yearly({c: [30, 300] for c in ("E1", "E2", "E3")}), COUNTS) == []
    assert len(warned(yearly({c: [31, 300] for c in ("E1", "E2", "E3")}), COUNTS)) == 1
    assert warned(yearly({c: [300, 30] for c in ("E1", "E2", "E3")}), COUNTS) == []
    assert len(warned(yearly({c: [300, 31] for c in ("E1", "E2", "E3")}), COUNTS)) == 1
    # shares of less than one are no counts
    assert len(warned(yearly({c: [0.5, 0.05] for c in ("E1", "E2", "E3")}), COUNTS)) == 1
    single = table(YEAR, number("n"), key=("year",))
    series = pd.DataFrame({"year": [2021, 2019, 2020], "n": [52.5, 2.5, 2.5]})
    assert warned(series, single) == []  # one series has no others to stand out from


def test_an_area_that_ended_has_no_figures_afterwards() -> None:
    areas = pd.DataFrame({"area_code": ["E1", "E2"], "valid_to": pd.to_datetime(["2019-12-31", None])})
    frame = yearly({"E1": [2.5, 2.5, 2.5], "E2": [2.5, 2.5, 2.5]})
    rule = "the area ended on 2019-12-31, before the period began, in 2 rows; is the code an old one?"
    assert warned(frame, COUNTS, areas) == [(3, rule, "E1")]
    assert "in 1 row;" in warned(frame.iloc[:2], COUNTS, areas)[0][1]
    start = number("financial_year_start", "", "integer", required=True)
    financial = table(AREA, start, number("n"), key=("area_code", "financial_year_start"))
    same = frame.rename(columns={"year": "financial_year_start"})
    for day, told in (
        ("2020-03-31", 1),
        ("2020-04-01", 1),
        ("2019-12-31", 1),
        ("2021-04-01", 0),
        ("2021-03-31", 1),
    ):
        ends = areas.assign(valid_to=pd.to_datetime([day, None]))
        assert len(warned(same, financial, ends)) == told, day
    ends = areas.assign(valid_to=pd.to_datetime(["2020-03-31", None]))
    assert warned(same, financial, ends)[0][0] == 3
    ends = areas.assign(valid_to=pd.to_datetime(["2020-04-01", None]))
    assert warned(same, financial, ends)[0][0] == 4


def test_editions_that_follow_each_other() -> None:
    of = table(
        AREA,
        YEAR,
        Field("edition", "string", "", required=True),
        number("n"),
        key=("area_code", "year", "edition"),
    )
    frame = yearly({"E1": [2.5, 2.5, 2.5, 2.5]}).assign(edition=["a", "a", "b", "b"])
    (found,) = warned(frame, of)
    assert found[0] == 4
    assert found[1].startswith("edition a ends with 2020 and b begins with 2021")
    assert warned(frame.assign(year=[2019, 2021, 2021, 2022]), of) == []
    assert warned(frame.assign(edition="a"), of) == []


def test_counts_among_rates_are_told_from_twelve_areas_on() -> None:
    of = table(AREA, YEAR, number("n", "deaths per 100,000"), key=("area_code", "year"))
    codes = [f"E{i}" for i in range(12)]
    people = pd.Series([1000.0 * (i + 1) for i in range(12)], codes)
    frame = pd.DataFrame(
        {
            "area_code": codes * 2,
            "year": [2020] * 12 + [2019] * 12,
            "n": [3.0 * (i + 1) for i in range(12)] * 2,
        }
    )
    (found,) = warned(frame, of, None, people)
    assert (found[0], found[2]) == (2, "3")
    assert (
        warned(frame, table(AREA, YEAR, number("n", "deaths"), key=("area_code", "year")), None, people) == []
    )
    assert warned(frame[frame["area_code"] != "E0"].reset_index(drop=True), of, None, people) == []


def test_counts_follow_the_people_in_proportion() -> None:
    people = [1000 * 2**k for k in range(12)]
    for power, like in ((1.0, True), (0.75, True), (0.65, False), (1.25, True), (1.35, False), (-1.0, False)):
        counts = [round(1e6 * 2 ** (k * power)) for k in range(12)]
        assert like_counts(counts, people) == like, power
    assert not like_counts([k + 0.5 for k in range(1, 13)], people)
    assert not like_counts([5] * 12, people)
    assert not like_counts(people, [5] * 12)
    assert not like_counts([0, *people[1:]], people)
    assert not like_counts(people, [0, *people[1:]])
    assert like_counts([*people, float("nan"), 3.0], [*people, 1000, float("nan")])


# --- what can't be right beside the embedded table


@pytest.mark.parametrize(
    ("areas", "factor", "told"),
    [(5, 30, ""), (5, 32, "30 times larger"), (5, 1 / 30, ""), (5, 1 / 32, "30 times smaller"), (4, 290, ""), (4, 320, "300 times larger"), (3, 320, "300 times larger"), (3, 1 / 290, ""), (3, 1 / 320, "300 times smaller"), (2, 1000, "")],
)  # fmt: skip
def test_scale_beside_the_embedded_table(tmp_path: Path, areas: int, factor: float, told: str) -> None:
    (tmp_path / "tables").mkdir()
    codes = [f"E{i}" for i in range(areas)]
    text = "area_code,year,n\n" + "".join(
        f"{c},{y},{v}\n" for c in codes for y, v in ((2017, 2), (2018, 5), (2019, 8))
    )
    (tmp_path / "tables" / "t.csv").write_text(text)
    package = Package(tmp_path, {"t": COUNTS}, {})
    own = yearly({c: [5.0, 5.0 * factor] for c in codes}, 2020)
    own.loc[len(own)] = ("E99", 2021, 1e12)  # an area that can't be compared
    found = implausible(own, range(2, len(own) + 2), COUNTS, package, today=datetime.date(2021, 6, 1))
    assert [f.row for f in found] == ([3] if told else [])
    assert all(
        f"the values of year 2021 are about {told} than the embedded table has" in f.rule for f in found
    )
    assert [f.value for f in found] == ([f"{5.0 * factor:g}"] if told else [])


def test_figures_of_the_future(tmp_path: Path) -> None:
    (tmp_path / "tables").mkdir()
    (tmp_path / "tables" / "t.csv").write_text("area_code,year,n\nE1,2019,5\n")
    package = Package(tmp_path, {"t": COUNTS}, {})
    own = yearly({"E1": [5.0, 5.0, 5.0]}, 2020)
    found = implausible(own, range(2, 5), COUNTS, package, today=datetime.date(2021, 6, 1))
    assert [(f.row, f.column, f.value) for f in found] == [(4, "year", "2022")]
    month = Field("month", "date", "", required=True)
    monthly = table(AREA, month, number("n"), key=("area_code", "month"))
    (tmp_path / "tables" / "t.csv").write_text("area_code,month,n\nE1,2019-01-01,5\n")
    days = pd.to_datetime(["2021-06-01", "2021-07-01"])
    own = pd.DataFrame({"area_code": "E1", "month": days, "n": 5.0})
    found = implausible(
        own, range(2, 4), monthly, Package(tmp_path, {"t": monthly}, {}), today=datetime.date(2021, 6, 1)
    )
    assert [(f.row, f.value) for f in found] == [(3, "2021-07-01")]


def told_jumps(values: dict[str, list[float]]) -> list[str]:
    frame = yearly(values)
    frame = frame.assign(time=frame["year"].astype(float), period=frame["year"].astype(str))
    return jumps(frame, area="area_code", period="period", time="time", value="n")


def test_jumps_of_an_indicator() -> None:
    assert told_jumps({c: [5.0, 15.0] for c in "abc"}) == []
    assert told_jumps({c: [5.0, 16.0] for c in "abc"}) == [
        "From 2019 to 2020 the middle of 3 areas rose 3-fold: is the unit the same?"
    ]
    assert told_jumps({c: [16.0, 5.0] for c in "abc"}) == ["From 2019 to 2020 the middle of 3 areas fell to one 3rd: is the unit the same?"]  # fmt: skip
    assert told_jumps({c: [5.0, 20.0] for c in "ab"}) == []
    assert told_jumps({"a": [5.0, 50.0], "b": [5.0, 5.0], "c": [5.0, 5.0]}) == []
    assert told_jumps({"a": [5.0, 60.0], "b": [5.0, 5.0], "c": [5.0, 5.0]}) == [
        "a rose 12-fold from 2019 to 2020."
    ]
    assert told_jumps({"a": [60.0, 5.0], "b": [0.0, 5.0], "c": [-5.0, 5.0]}) == [
        "a fell to one 12th from 2019 to 2020."
    ]
    many = {f"a{i}": [5.0, 60.0] for i in range(7)} | {f"b{i}": [5.0, 5.0] for i in range(8)}
    said = told_jumps(many)
    assert said[-1] == "2 more areas changed more than tenfold from one period to the next."
    assert len(said) == 6
    assert len(told_jumps({k: v for k, v in many.items() if k not in ("a5", "a6")})) == 5


# --- a user's file of one indicator


def test_a_tidy_file_is_read_with_lines(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    path.write_text("\ufeffarea_code ; value\nE1;1.5\n E2 ; \n;\n", encoding="utf-8")
    found = read_tidy(path)
    assert found.columns == {"area_code": ("E1", "E2"), "value": ("1.5", "")}
    assert list(found.lines) == [2, 3]
    assert len(found) == 2
    assert found.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert found.numbers("value")[0] == 1.5
    assert [f.row for f in found.not_numbers("value", empty=False)] == [3]
    assert found.not_numbers("value") == []
    for text, said in {
        "a,b\n1,2\n\n3,4\n": "row 3: the line is blank",
        "a,b\n1,2\n3\n": "row 3: must have 2 cells, as the heading has; it has 1",
        "a,b\n1,2\na,b\n": "row 3: the heading stands here again",
        "a,\n1,2\n": "row 1: column 2 has no name",
        "a,a\n1,2\n": "row 1: the column 'a' stands in the heading twice",
        'a,b\n1,2\n"x"y,2\n': "row 3: it is no well-formed CSV file",
        "a,b\n": "has a heading but no rows",
    }.items():
        path.write_text(text)
        with pytest.raises(TableError, match=said):
            read_tidy(path)
    path.write_bytes(b"a,b\n1,2\n\xe9,2\n")
    with pytest.raises(TableError, match="row 3, value"):
        read_tidy(path)


def test_what_is_wrong_with_numbers_of_an_indicator(tmp_path: Path) -> None:
    path = tmp_path / "mine.csv"
    said = {
        "1,234": "must be a number without signs for thousands", "1,234,567.8": "must be a number without signs for thousands",
        "1,5": "must have a point before its decimals", "5%": "must be a number without a unit", "£5": "must be a number without a unit",
        "\N{MINUS SIGN}1.5": "has a typographic minus", "[c]": "is no number; leave it empty", "five": "must be a number, such as",
        "1e999": "is too large for a number",
    }  # fmt: skip
    path.write_text(
        "a;value\n" + "".join(f"x;{cell}\n" for cell in said) + "x;-1.5e3\nx;+.5\n", encoding="utf-8"
    )
    found = read_tidy(path).not_numbers("value")
    assert [f.value for f in found] == list(said)
    for failure in found:
        assert failure.rule.startswith(said[failure.value])


# --- the list of tables


def test_the_list_of_tables_shows_keys_in_bold(tmp_path: Path) -> None:
    package = Package(tmp_path, {"t": COUNTS}, {})
    assert contents(package).splitlines()[3] == "| `t` |  | 3 | **area_code**, **year**, n |"


def test_numbers_are_written_so_that_they_are_read_again() -> None:
    said = {1.0: "1", -0.0: "-0.0", 0.1: "0.1", 2.0**53 - 1: "9007199254740991", 2.0**53: "9007199254740992.0", -(2.0**53): "-9007199254740992.0"}  # fmt: skip
    assert {value: _digits(value) for value in said} == said
    assert _digits(0.0) == "0"
    assert _digits(float("nan")) == ""
