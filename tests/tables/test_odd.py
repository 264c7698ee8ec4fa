"""What is odd but breaks no rule is a warning; the report tells of everything at once, escaped, with exit codes for scripts."""

import json

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.cli import main
from healthdevo.errors import TableError
from healthdevo.tables import descriptor
from healthdevo.tables.odd import odd
from healthdevo.tables.reading import cells, parse

from .conftest import AREA, COUNT

HOSTILE = ("<script>alert(1)</script>", "=cmd|' /C calc'!A0", "../../etc")


def warned(name, frame):
    table = descriptor.package().table(name)
    return [
        str(f)
        for f in odd(frame.reset_index(drop=True), range(2, len(frame) + 2), table, tables.load("area"))
    ]


def part(name, query):
    found = tables.load(name).query(query).reset_index(drop=True)
    assert len(found)
    return found


def test_official_figures_are_not_odd():
    assert (
        warned("emergency_month", part("emergency_month", "area_code == 'E54000057' and month < '2020'"))
        == []
    )
    assert warned("under_75_mortality", part("under_75_mortality", "edition == 'ohid_2023'")) == []


def test_all_figures_of_a_year_in_thousands_are_a_jump_with_its_size():
    frame = part("council_outturn", "financial_year_start >= 2021")
    last = frame["financial_year_start"] == frame["financial_year_start"].max()
    frame["spending"] = frame["spending"].astype(float).mask(last, frame["spending"] / 1000)
    said = [line for line in warned("council_outturn", frame) if "column spending," in line]
    assert any(
        "the middle of" in line and "-fold" not in line and "th; the column is in" in line for line in said
    )


def test_one_figure_that_jumps_is_named_with_row_and_size():
    frame = part("emergency_month", "area_code == 'E54000057' and department_type == 'all'")
    i = len(frame) - 3
    frame.loc[i, "attendances"] *= 20
    others = part(
        "emergency_month", "area_code in ['E54000008', 'E54000010', 'E54000011'] and department_type == 'all'"
    )
    said = warned("emergency_month", pd.concat([frame, others]))
    assert any(line.startswith(f"table emergency_month, row {i + 2}, column attendances") and "it rose" in line for line in said)  # fmt: skip


def test_an_area_that_had_ended_is_named_with_its_day():
    frame = part("emergency_month", "area_code == 'E54000057'").tail(4)
    frame["area_code"] = "E06000028"
    assert any("the area ended on 2019-03-31, before the period began, in 4 rows; is the code an old one?" in w for w in warned("emergency_month", frame))  # fmt: skip


def test_a_series_of_two_editions_is_warned_of():
    first = part("under_75_mortality", "edition == 'ohid_2023' and year < 2015")
    second = part("under_75_mortality", "edition == 'ohid_2026' and year >= 2015")
    said = warned("under_75_mortality", pd.concat([first, second]))
    assert any("edition ohid_2023 ends with 2014 and ohid_2026 begins with 2015" in line for line in said)


@pytest.fixture
def own(tmp_path, folder, monkeypatch):
    place = tmp_path / "own"
    place.mkdir()
    monkeypatch.setenv("HEALTHDEVO_OVERLAY", str(place))
    return place


def test_the_report_tells_everything_at_once(own, tmp_path, capsys):
    (own / "count.csv").write_text(
        COUNT.replace("2024-01-01,all,30", "2024-01-01,all,31").replace("0.5", "x")
    )
    (own / "counts.csv").write_text(COUNT)
    (own / "area.xlsx").write_bytes(b"PK")
    page = tmp_path / "report.html"
    assert main(["data", "check", "--html", str(page)]) == 1
    said = capsys.readouterr().err
    for one in (
        "value 'x': must be a number",
        "counts.csv is the name of no table",
        "area.xlsx is a spreadsheet",
    ):
        assert one in said
    html = page.read_text(encoding="utf-8")
    assert "What must be put right" in html
    assert "counts.csv is the name of no table: did you mean count.csv?" in html
    assert main(["data", "check", "--json"]) == 1
    listed = json.loads(capsys.readouterr().out)
    assert {entry["severity"] for entry in listed} == {"failure"}
    assert {entry["table"] for entry in listed} == {"count", "of your own"}
    (own / "counts.csv").unlink()
    (own / "area.xlsx").unlink()
    (own / "count.csv").write_text(COUNT)
    assert main(["data", "check", "--html", str(page)]) == 0
    assert "Every table is sound" in page.read_text(encoding="utf-8")
    assert "Of your own: count." in page.read_text(encoding="utf-8")
    assert capsys.readouterr().out == "2 tables are sound\n"


def test_nothing_in_the_report_is_live(own, tmp_path, capsys):
    rows = AREA + "".join(f'X{i},"{name}"\n' for i, name in enumerate(HOSTILE))
    (own / "area.csv").write_text(rows)
    bad = "".join(f'"{name}",2024-01-01,one,1,1,0,,true\n' for name in HOSTILE)
    (own / "count.csv").write_text(COUNT + bad)
    page = tmp_path / "report.html"
    before = sorted(p.name for p in tmp_path.iterdir())
    assert main(["data", "check", "--html", str(page)]) == 1
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted([*before, "report.html"])
    html = page.read_text(encoding="utf-8")
    assert "<script" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in html
    assert "default-src 'none'" in html
    capsys.readouterr()


def test_an_indicator_is_checked_by_itself(tmp_path, capsys):
    path = tmp_path / "mine.csv"
    path.write_text("area_code,period,value\nE08000001,2022,3\nE08000001,2021/22,4\n")
    assert main(["data", "check", "--indicator", str(path)]) == 1
    assert "row 3, column period, value '2021/22': is not among the calendar years" in capsys.readouterr().err
    path.write_text("area_code,period,value\nE08000001,2022,3\nE08000001,2021,40\n")
    assert main(["data", "check", "--indicator", str(path)]) == 0
    said = capsys.readouterr()
    assert said.out == "mine.csv is sound: 1 areas, 2 periods, The user's own file mine.csv\n"
    assert "warning: E08000001 fell to one 13th from 2021 to 2022." in said.err


def test_whole_numbers_that_grow_with_the_people_are_no_rates():
    frame = part("under_75_mortality", "edition == 'ohid_2023'")
    column = next(
        f.name
        for f in descriptor.package().table("under_75_mortality").fields
        if "per 100,000" in (f.unit or "")
    )
    people = tables.load("population_year").dropna(subset=["persons"]).groupby("area_code")["persons"].last()

    def said(rows):
        table = descriptor.package().table("under_75_mortality")
        return [
            str(f)
            for f in odd(rows, range(2, len(rows) + 2), table, None, people)
            if "look like counts" in f.rule
        ]

    assert said(frame) == []
    counted = frame.assign(**{column: (frame["area_code"].map(people) / 300).round()}).dropna(subset=[column])
    (one,) = said(counted.reset_index(drop=True))
    assert f"column {column}, " in one
    assert (
        "whole numbers that grow with the number of people, though the column is in deaths per 100,000 people"
        in one
    )


def test_a_heading_that_stands_there_again_is_one_line(tmp_path):
    table = tables.load("emergency_deprivation")
    path = tables.save(table, "emergency_deprivation", folder=tmp_path)
    lines = path.read_text(encoding="utf-8").splitlines()
    path.write_text("\n".join([*lines[:3], lines[0], *lines[3:], lines[0]]) + "\n", encoding="utf-8")
    with pytest.raises(TableError) as caught:
        tables.load("emergency_deprivation", source=tmp_path)
    (one,) = [line for line in str(caught.value).splitlines() if "heading" in line]
    assert one.endswith(
        f"(first row 4; row {len(lines) + 2}): the heading stands here again; remove this line"
    )
    assert len(caught.value.every) == 2


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("population_year", "must be a calendar year, such as 2019: this is a financial year, or a window of years, and nothing is converted"),
        ("council_outturn", "must be the year in which the financial year starts, such as 2019: this is a financial year"),
    ],
)  # fmt: skip
def test_financial_years_where_years_are_meant_are_told_as_such(name, rule):
    table = descriptor.package().table(name)
    column = next(c for c in table.columns if c in ("year", "financial_year_start"))
    data = f"{column}\n2018\n2019/20\n2019x\n".encode()
    found = parse(cells(data, "0", f"{name}.csv", table), table).failures
    assert [f.row for f in found] == [3, 4]
    assert found[0].rule.startswith(rule)
    assert found[1].rule == "must be a whole number"
