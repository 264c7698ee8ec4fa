"""Limits, places, names and reports of published files, each against what was written out by hand."""

from __future__ import annotations

import datetime
import io
import re
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import ReleaseError
from healthdevo.releases import _cells, fetching, ingesting, ons, opening, outturn, tidy, waiting
from healthdevo.releases.fetching import Download, Fetched, Limits, Page
from healthdevo.releases.ingesting import Ingested, Table
from healthdevo.releases.joining import Candidate, Joined, Revision
from healthdevo.releases.opening import Opened, Sheet, open_bytes
from healthdevo.releases.reading import recognise
from healthdevo.releases.release import Check, Release, clean, total_of
from healthdevo.tables.origin import Origin

NAN = float("nan")
MONTHS = [pd.Timestamp(2024, m, 1) for m in range(1, 13)]


# --- opening


def test_the_limits_are_those_told() -> None:
    assert opening.LARGEST == 167_772_160
    assert (opening._WORKBOOK, opening._EXPANDED, opening._RATIO, opening._ENTRIES) == (67_108_864, 419_430_400, 200, 5000)  # fmt: skip
    assert (opening._CELLS, opening._CSV_CELLS, opening._ROW_CELLS) == (8_000_000, 32_000_000, 20_000)
    assert (opening._SECONDS, opening._WAIT, opening._MEMORY, opening._MANY) == (10, 60, 1_073_741_824, 8_388_608)  # fmt: skip
    assert Limits() == Limits(10.0, 30.0, 600.0, 167_772_160, 2)
    assert (fetching._HOPS, fetching._PAGE_BYTES) == (5, 8_388_608)
    assert (ons._ROWS, tidy._ROWS) == (3_000_000, 2_000_000)


def test_a_limit_itself_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    text = b"a,b,c\n1,2,3\n"
    for name, size, least in (("LARGEST", len(text), 0), ("_ROW_CELLS", 3, 1), ("_CSV_CELLS", 6, 2)):
        with monkeypatch.context() as patch:
            patch.setattr(opening, name, size)
            assert open_bytes(text, "x").sheets[0].rows == [("a", "b", "c"), ("1", "2", "3")]
            patch.setattr(opening, name, size - 1)
            with pytest.raises(ReleaseError, match=f"^x, line {least}: more than" if least else "^x has more than"):  # fmt: skip
                open_bytes(text, "x")


def packed(*parts: tuple[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts:
            archive.writestr(name, content)
    return stream.getvalue()


def test_archives_within_their_limits(monkeypatch: pytest.MonkeyPatch) -> None:
    two = packed(("a.csv", b"x,y\n1,2\n"), ("b.txt", b"12345678"))
    found = open_bytes(two, "both.zip")
    assert (found.file, found.kind, found.notes) == ("both.zip/a.csv", "csv", ("in an archive of its own",))
    assert found.sheets[0].rows == [("x", "y"), ("1", "2")]
    for name, size in (("_ENTRIES", 2), ("_EXPANDED", 16)):
        with monkeypatch.context() as patch:
            patch.setattr(opening, name, size)
            open_bytes(two, "x")
            patch.setattr(opening, name, size - 1)
            with pytest.raises(ReleaseError, match=r"x (holds 2 parts|would grow to 16 bytes)"):
                open_bytes(two, "x")
    for content, what in (((), "no CSV file"), ((("a.csv", b"1"), ("b.CSV", b"2")), "2 CSV files")):
        with pytest.raises(ReleaseError, match=f"with {what}: unpack it"):
            open_bytes(packed(("c.txt", b"3"), *content), "x")
    lines = (
        b"0" * 127 + b"\n"
    ) * 8192  # a megabyte of nothing is packed far more than 200 times over, and harmless
    assert open_bytes(packed(("a.csv", lines)), "x").kind == "csv"
    with pytest.raises(ReleaseError, match="packed more than 200 times over"):
        open_bytes(packed(("a.csv", lines + b"0")), "x")


def test_lines_are_those_on_which_rows_start() -> None:
    sheet = open_bytes(b'\n;;\na;"b\nc"\nd;e\n', "x").sheets[0]
    assert sheet.rows == [(), ("", "", ""), ("a", "b\nc"), ("d", "e")]
    assert sheet.lines == [1, 2, 3, 5]
    for data, line in ((b"a\nb\nc\0", 3), (b"\0a", 1), (b"a\n\x81", 2)):
        with pytest.raises(ReleaseError, match=f"^x, line {line}: "):
            open_bytes(data, "x")
    assert open_bytes(b"a\n\xe9", "x").notes == ("encoded in Windows-1252",)


def test_places_in_messages() -> None:
    sheet = Sheet("s" * 61, [("a",), ("b",)], [3, 7])
    opened = Opened("f.csv", "0", "csv", (sheet,))
    assert str(opened.wrong("no")) == "f.csv: no"
    assert str(opened.wrong("no", sheet, 1, "c" * 60)) == f"f.csv, sheet '{'s' * 57}...', line 7, column '{'c' * 60}': no"  # fmt: skip
    assert str(opened.wrong("no", sheet, 0)) == f"f.csv, sheet '{'s' * 57}...', line 3: no"
    plain = Sheet("", [("a",)], [1])
    for length, shown in ((40, "x" * 40), (41, f"{'x' * 37}...")):
        with pytest.raises(ReleaseError, match=f"line 1, column 'n': '{re.escape(shown)}': a number is expected"):  # fmt: skip
            clean(opened, plain, 0, "n", "x" * length, whole=False)
    assert clean(opened, plain, 0, "n", 2.5, whole=False) == 2.5
    with pytest.raises(ReleaseError, match="a whole number"):
        clean(opened, plain, 0, "n", 2.5, whole=True)


def test_totals_that_are_not_met_are_told_three_at_a_time() -> None:
    sheet = Sheet("", [("a",)], [1])
    opened = Opened("f.csv", "0", "csv", (sheet,))
    good = [Check("g", 5.0, 5.5, 0.5), Check("k", 5.0, 9.0, 0.0, "known")]
    total_of(opened, sheet, 0, good)
    bad = [Check(f"c{i}", 1000.0, 999.0 + i * 2) for i in range(5)]
    assert [c.difference for c in bad] == [-1.0, 1.0, 3.0, 5.0, 7.0]
    for n, more in ((1, ""), (3, ""), (4, "; and 1 more"), (5, "; and 2 more")):
        with pytest.raises(ReleaseError) as caught:
            total_of(opened, sheet, 0, [*good, *bad[:n]])
        said = str(caught.value)
        assert said.startswith("f.csv, line 1: the rows do not add up to the file's own total (c0: published 1,000, rows add up to 999, difference -1")  # fmt: skip
        assert said.endswith(f"{more})")
        assert said.count("published") == min(n, 3)


def test_an_unknown_file_is_shown_by_its_first_full_row() -> None:
    def said(*rows: tuple[str, ...], name: str = "") -> str:
        sheets = tuple(Sheet(f"{name}{i}" if name else "", rows, range(1, len(rows) + 1)) for i in range(5 if name else 1))  # fmt: skip
        with pytest.raises(ReleaseError) as caught:
            recognise(Opened("f", "0", "csv", sheets))
        return str(caught.value)

    assert "It begins with 'a', 'b'. These are known:" in said(("title",), ("a", "", "b"))
    assert "'c0', 'c1', 'c2', 'c3', 'c4', 'c5'. " in said(tuple(f"c{i}" for i in range(6)))
    assert "'c5' and 2 more. " in said(tuple(f"c{i}" for i in range(8)))
    assert "It begins with 'title'. " in said(("title",))
    assert f"It begins with '{'x' * 40}', 'y'. " in said(("x" * 41, "y"))
    assert "It begins with nothing. " in said()
    sheets = said(("a", "b"), name="s")
    assert "sheet 's0': 'a', 'b'; sheet 's1': 'a', 'b'" in sheets
    assert "sheet 's3'" in sheets
    assert "sheet 's4'" not in sheets


def test_cells_of_workbooks() -> None:
    noon = datetime.datetime(2024, 5, 6, 12)
    assert [_cells._plain(c) for c in (True, noon, noon.date(), "a", 1, 2.5, datetime.time(1))] == [
        "TRUE", {"date": "2024-05-06"}, {"date": "2024-05-06"}, "a", 1, 2.5, "01:00:00",
    ]  # fmt: skip
    assert [opening._cell(c) for c in ({"date": "2024-05-06"}, 1, float("inf"), "a")] == [noon.date(), 1.0, "", "a"]  # fmt: skip


# --- fetching


def test_names_of_downloads_lead_nowhere() -> None:
    assert fetching._name_of("https://x/a/b%20c.csv") == "b_c.csv"
    assert fetching._name_of("https://x/a?uri=/d/e.xlsx") == "e.xlsx"
    assert fetching._name_of("https://x/..%5C..%5C.._f.csv") == "f.csv"
    assert fetching._name_of(f"https://x/{'a' * 200}.csv") == "a" * 116 + ".csv"
    assert [len(fetching._shown("u" * n)) for n in (160, 161)] == [160, 160]
    assert fetching._shown("u" * 161) == "u" * 157 + "..."
    one = Download("p", "https://x/a.csv", Path("/f/a.csv"), "0123456789abcdef", "unchanged")
    assert Fetched(Path("/f"), (one,), ("no",)).text.split("\n") == ["a.csv: unchanged; https://x/a.csv; sha256 0123456789ab", "failed: no", "folder: /f"]  # fmt: skip


def test_the_newest_files_of_a_page_come_first(monkeypatch: pytest.MonkeyPatch) -> None:
    there = {
        "https://x": ["https://x/2024", "https://x/2025"],
        "https://x/2025": [f"https://x/{n}.csv" for n in ("plain", "May-2025", "June_2025", "other", "December-2024", "May-2025")],
    }  # fmt: skip
    work = fetching._Work.__new__(fetching._Work)
    monkeypatch.setattr(work, "_hrefs", lambda page, url: there[url], raising=False)
    page = Page("p", "title", "https://x", r"\.csv$", r"/20\d\d$")
    wanted = ["June_2025", "May-2025", "December-2024", "plain", "other"]
    assert work.links(page, 9) == [f"https://x/{n}.csv" for n in wanted]
    assert work.links(page, 1) == ["https://x/June_2025.csv"]
    with pytest.raises(fetching._RefusedError, match="has no link like"):
        work.links(Page("p", "title", "https://x", r"\.csv$"), 1)
    with pytest.raises(fetching._RefusedError, match="has no link like"):
        work.links(Page("p", "title", "https://x", r"\.csv$", "/19"), 1)


# --- ingesting


def release(edition: str = "first", published: datetime.date | None = None, checks: tuple[Check, ...] = (), tested: bool = True, **tables: pd.DataFrame) -> Release:  # fmt: skip
    return Release(f"{edition}.csv", "0123456789abcdef", "l", "Pub", "Title", edition, published, tables, checks, ("a note",), tested)  # fmt: skip


def test_when_a_release_came_out() -> None:
    def told(name: str, **columns: object) -> datetime.date:
        return ingesting._published(release(**{name: pd.DataFrame(columns)}))

    assert told("emergency_provider_month", month=MONTHS[10:]) == datetime.date(2025, 1, 10)
    assert told("emergency_month", month=MONTHS[:10]) == datetime.date(2024, 11, 10)
    assert told("waiting_list_provider_month", month=MONTHS[:10]) == datetime.date(2024, 12, 10)
    assert told("cancer_provider_month", month=MONTHS[:11]) == datetime.date(2025, 1, 10)
    assert told("council_outturn", financial_year_start=[2022, 2023]) == datetime.date(2025, 1, 1)
    day = datetime.date(2024, 2, 3)
    assert ingesting._published(release(published=day, emergency_month=pd.DataFrame({"month": MONTHS}))) == day  # fmt: skip


def test_periods_in_words() -> None:
    assert [ingesting._period(p) for p in (MONTHS[2], 2023, 1999, 2008)] == ["March 2024", "2023/24", "1999/00", "2008/09"]  # fmt: skip
    assert ingesting._listed([MONTHS[1], MONTHS[0], MONTHS[1]]) == "January 2024, February 2024"
    assert ingesting._listed([2020, 2021, 2022, 2023]) == "2020/21, 2021/22, 2022/23, 2023/24"
    assert ingesting._listed([2020, 2021, 2022, 2023, 2024]) == "5 periods from 2020/21 to 2024/25"
    changes = [Revision(f"k{i}", "c", 0.0, float(i)) for i in range(1, 8)]
    assert ingesting._revised("w", []) == []
    assert ingesting._revised("w", changes[:5])[0].startswith("  w: 5 figures, the largest k5, c: 0 to 5; k4, c: ")  # fmt: skip
    assert ingesting._revised("w", changes[:5])[0].endswith("k1, c: 0 to 1")
    assert ingesting._revised("w", changes)[0].endswith("k3, c: 0 to 3; and 2 more")


def test_months_that_are_not_held() -> None:
    def breaks(*months: int, name: str = "emergency_england_month") -> list[str]:
        return ingesting._breaks(name, pd.DataFrame({"month": [MONTHS[m - 1] for m in months]}))

    assert breaks(1, 2, 3) == []
    assert breaks(1, 3) == ["February 2024 is not held."]
    assert breaks(9, 2, 5, 6) == ["March 2024 to April 2024 are not held.", "July 2024 to August 2024 are not held."]  # fmt: skip
    assert len(breaks(1, name="waiting_list_provider_month")) == 1
    for month, said in (("2026-03-01", 0), ("2026-04-01", 1)):
        frame = pd.DataFrame({"month": pd.to_datetime([month])})
        assert len(ingesting._breaks("emergency_month", frame)) == said
        assert ingesting._breaks("emergency_provider_month", frame) == []
    assert ingesting._breaks("council_outturn", pd.DataFrame({"financial_year_start": [2020, 2023]})) == []


def test_the_entry_of_a_table_made_of_files() -> None:
    day = datetime.date(2024, 2, 3)
    frame = pd.DataFrame({"month": MONTHS[:3]})
    files = [release(e, day.replace(day=i + 1), emergency_month=frame) for i, e in enumerate("abcde")]
    origin = Origin("emergency_month", "T", "NHS", "embedded", "2023", "c", "OGL", ("s",), ("May 2020 is not held.", "kept"))  # fmt: skip

    def entry(used: int, *, append: bool) -> dict[str, object]:
        one = {
            m: Candidate(r.file, r.edition, day, frame) for m, r in zip(MONTHS, files[:used], strict=False)
        }
        made = Table("emergency_month", 3, Joined(frame, one, (), (), (), ()))
        return ingesting._entry("emergency_month", files, frame, [made], origin, append=append)

    found = entry(3, append=False)
    assert (found["edition"], found["release"], found["coverage"]) == ("a; b; c", "2024-02", "England, January 2024 to March 2024")  # fmt: skip
    assert found["caveats"] == ["kept"]
    assert found["sources"] == [{"title": "s"}, {"title": "Pub, Title"}]
    assert found["files"] == [{"file": f"{e}.csv", "edition": e, "sha256": "0123456789abcdef"} for e in "abc"]
    assert entry(5, append=True)["edition"] == "embedded; a; 3 more; e"
    assert entry(4, append=False)["edition"] == "a; 2 more; d"
    council = ingesting._entry("council", files, frame, [], origin, append=False)
    assert (council["edition"], council["coverage"]) == ("embedded; a; 3 more; e", "c")


def test_a_report_of_what_was_read() -> None:
    checks = (Check("x", 5.0, 5.0), Check("y", 1.0, 1.0 + 0.5e-6), Check("z", 5.0, 5.25, 0.5), Check("w", 5.0, 3.5, 2.0), Check("v", 5.0, 9.0, 0.0, "as known"))  # fmt: skip
    frame = pd.DataFrame({"month": MONTHS[:1]})
    one = release("ed", checks=checks, tested=False)
    joined = Joined(frame, {}, (MONTHS[0],), (MONTHS[1],), (Revision("k", "c", 1.0, 3.0),), ())
    said = Ingested(Path("/f"), (one, release("two")), (Table("t", 1234, joined),), ("no",), ("l",)).text.split("\n")  # fmt: skip
    assert said == [
        "2 files read, 1 refused",
        "  ed.csv: Pub, ed; 2 totals agree to the unit, 2 within rounding (at most 1.5); this layout was not tested on files as published; sha256 0123456789ab",
        "    a note", "    v: as known",
        "  two.csv: Pub, two; no totals to reconcile with; sha256 0123456789ab", "    a note",
        "  refused: no", "t: 1,234 rows", "  added: January 2024", "  replaced by a newer edition: February 2024",
        "  revised: 1 figures, the largest k, c: 1 to 3", "left out: l", "folder: /f",
    ]  # fmt: skip
    assert ingesting._safe("a\n\tb" + "c" * 300) == "a b" + "c" * 197


# --- layouts


def test_ages_and_sexes_of_headings() -> None:
    said = {"0": (0, "0"), "aged 5": (5, "5"), "1-4": (1, "1-4"), "5 to 9 years": (5, "5-9"), "<1": (0, "0"), "under 1": (0, "0"), "90+": (90, "90+"), "85 and over": (85, "85+"), "125": (125, "125"), "126": None, "all ages": None}  # fmt: skip
    assert {text: ons._age(text) for text in said} == said
    assert [ons._sex(t) for t in ("Females", "men", "All persons", "males and females", "")] == ["F", "M", "P", "", ""]  # fmt: skip


def test_parts_of_rows_that_are_digits() -> None:
    assert tidy._digits(["1", "20", "300"]) == 321.0
    assert tidy._digits(["9" * 13]) == 9999999999999.0
    assert tidy._digits(["9" * 14]) is tidy._digits(["1", "-2"]) is tidy._digits(["1", 2.0]) is None
    assert (tidy._known(2), tidy._known(NAN), tidy._known("2"), tidy._known(0.0)) == (2.0, None, None, 0.0)
    assert [tidy._whole(c) for c in ("1,234", "", 5.0)] == [1234, 0, 5]
    assert (tidy._at(["a", "b"], 1), tidy._at(["a", "b"], 2)) == ("b", "")
    assert tidy._shown((MONTHS[0], "", "x" * 31)) == f"January 2024, {'x' * 30}"
    assert tidy._shown("x") == "x"


def test_totals_of_other_authorities() -> None:
    one, two = {"O: all": 1}, {"O: police": 1, "O: fire": 1}
    assert outturn._covers("O: all", "Greater London Authority", one)
    assert not outturn._covers("O: fire", "Greater London Authority", two)
    assert outturn._covers("O: fire", "Kent Police", two)
    assert outturn._is_number(["1"], 0)
    assert outturn._is_number(["one"], 0)  # a text that should be one is looked at
    assert not outturn._is_number(["-"], 0)
    assert not outturn._is_number(["1"], 1)
    assert (outturn._label(["a"], 0), outturn._label(["a"], 1)) == ("a", "")


def title(*lines: str) -> tuple[Opened, Sheet]:
    sheet = Sheet("RS", [*((line,) for line in lines), ("heading",)], range(1, len(lines) + 2))
    return Opened("f.xlsx", "0", "workbook", (sheet,)), sheet


@pytest.mark.parametrize(
    ("lines", "year", "day"),
    [
        (("Revenue outturn 2017-18", "Last updated: 9 November 2018"), 2017, datetime.date(2018, 11, 9)),
        (("Outturn 2009/10",), 2009, None),
        (("Outturn 2099-00", "last updated 31 June 2018"), 2099, None),
        (("Outturn 2017-18", "last updated 1 January 2019"), 2017, datetime.date(2019, 1, 1)),
        (("Outturn 2017-18", "last updated 1 Jan 2019"), 2017, None),
    ],
)
def test_the_year_of_an_outturn(lines: tuple[str, ...], year: int, day: datetime.date | None) -> None:
    opened, sheet = title(*lines)
    assert outturn.RevenueOutturn()._year(opened, sheet, len(lines)) == (year, day)


@pytest.mark.parametrize("line", ["Outturn 2017-19", "Outturn 2017-17", "Budget 2017-18", "Outturn"])
def test_no_year_of_an_outturn(line: str) -> None:
    opened, sheet = title(line)
    with pytest.raises(ReleaseError, match="names no financial year"):
        outturn.RevenueOutturn()._year(opened, sheet, 1)


def test_classes_add_up_within_their_rounding() -> None:
    reader = outturn.RevenueOutturn()
    opened, sheet = title("x")

    def allowed(year: int, service: str, *values: float, total: float) -> tuple[float, float, str]:
        rows = [{service: v} for v in values]
        (one,) = reader._class(opened, sheet, year, "L", rows, (0, {service: total}))
        return one.added, one.allowed, one.known

    assert allowed(2020, "culture", 1.0, 2.0, total=3.0) == (3.0, 0.0, "")
    assert allowed(2021, "culture", 1.0, 2.0, total=4.0) == (3.0, 1.0, "")
    assert allowed(2020, "culture", 1.5, 2.0, total=4.0) == (3.5, 1.0, "")
    assert allowed(2021, "total_service_expenditure", 1.0, 2.0, total=5.0) == (3.0, 2.0, "")
    assert allowed(2021, "net_current_expenditure", 1.0, 2.0, 4.0, total=10.0) == (7.0, 3.0, "")
    for amount in (-133.0, -132.5):
        assert allowed(2017, "planning_and_development", 500.0, total=500.0 + amount)[2].startswith("as published")  # fmt: skip
    for year, amount in ((2018, -133.0), (2017, -132.0), (2017, 133.0)):
        with pytest.raises(ReleaseError, match="do not add up"):
            allowed(year, "planning_and_development", 500.0, total=500.0 + amount)


def test_spending_in_pounds() -> None:
    values = {"children_social_care": 1.5, "adult_social_care": 2.25, "social_care_total": 9.0, "culture": 0.0004, "police": 7.0}  # fmt: skip
    councils = {c: (0, kind, "N", values) for c, kind in (("E1", "MD"), ("E2", "SD"), ("E3", "O"))}
    found = outturn.RevenueOutturn()._table(2009, councils, dict.fromkeys(councils, "E08"))
    assert set(found["council_code"]) == {"E1", "E2"}
    one = found[found["council_code"] == "E1"].set_index("service")["spending"]
    assert one.to_dict() == {"children_social_care": 1500, "adult_social_care": 2250, "social_care_total": 3750, "culture": 0}  # fmt: skip
    assert found[found["council_code"] == "E2"]["service"].tolist() == ["culture"]
    assert set(found["financial_year"]) == {"2009/10"}
    assert set(found["financial_year_start"]) == {2009}


# --- waiting lists


def test_cancer_rows_by_hand() -> None:
    columns = ["month", "basis", "org_code", "standard", "cancer_type", "route", "total", "within"]
    since = pd.Timestamp("2023-10-01")
    rows = [
        (since, "Provider", "RR8", "62D", "ALL CANCERS", "ALL ROUTES", 10.5, 7.5),
        (since, "Provider", "RR8", "31D", "all", None, 4.0, 3.0),
        (since, "Provider", "R", "31D", "all", None, 4.0, 3.0),
        (since, "Provider", "TOTAL", "31D", "all", None, 4.0, 3.0),
        (since, "Commissioner", "15F", "31D", "all", None, 4.0, 3.0),
        (since, "Provider", "RR8", "FDS", "breast", None, 4.0, 3.0),
        (pd.Timestamp("2023-09-01"), "Provider", "RR8", "FDS", "all", None, 4.0, 3.0),
        (since, "Provider", "RR8", "FDS", "all", None, NAN, 3.0),
    ]
    made, notes = waiting.cancer_rows(pd.DataFrame(rows, columns=columns))
    found = made["cancer_provider_month"]
    assert found[["standard", "patients", "within_standard"]].to_numpy().tolist() == [["31_day", 4.0, 3.0], ["62_day", 11.0, 8.0]]  # fmt: skip
    assert [n.split()[0] for n in notes] == ["1", "1", "2"]
    assert np.isfinite(found["patients"]).all()


def test_incomplete_pathways_by_hand() -> None:
    columns = ["month", "provider_code", "provider_name", "commissioner_code", "part", "treatment_code", "total_all", "within_18_weeks", "over_52_weeks"]  # fmt: skip
    rows = [
        (MONTHS[0], "P1", "One", "A", "Part_2", "C_100", 5.0, 3.0, 1.0),
        (MONTHS[0], "P1", "One", "A", "Part_2", "C_999", 9.0, 6.0, 2.0),  # stands for all of commissioner A
        (MONTHS[0], "P1", "One", "B", "Part_2", "C_100", 7.0, 5.0, 0.0),
        (MONTHS[0], "P1", "One", "B", "Part_2", "C_110", 1.0, 1.0, 0.0),
        (MONTHS[0], "P1", "One", "B", "Part_1A", "C_999", 80.0, 80.0, 80.0),
    ]
    made, notes = waiting.waiting_rows(pd.DataFrame(rows, columns=columns))
    assert notes == []
    (one,) = made["waiting_list_provider_month"].to_dict("records")
    assert (one["incomplete"], one["within_18_weeks"], one["over_52_weeks"], one["provider_name"]) == (17.0, 12.0, 2.0, "One")  # fmt: skip
