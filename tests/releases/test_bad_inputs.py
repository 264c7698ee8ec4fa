"""Kinds of bad input: what is understood all the same, and the message for everything that is not."""

import datetime
import gzip
import io
import json
import pickle
import zipfile

import pandas as pd
import pytest

from healthdevo import tables
from healthdevo.errors import ReleaseError, TableError
from healthdevo.releases import opening, read, read_bytes

from .writers import BOOKED_FIGURES, PROVIDERS, outturn, provider_csv, providers_of, time_series, xlsx

TEXT = provider_csv()
FIRST = TEXT.splitlines()[1]
TYPE_1 = "a&e attendances type 1"


def changed(old: str, new: str, text: str = TEXT) -> bytes:
    assert old in text
    return text.replace(old, new).encode()


def altered(data: bytes, name: str, change) -> bytes:
    """Return a workbook with one of its parts changed."""
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as new:
        for entry in old.infolist():
            content = old.read(entry)
            new.writestr(entry.filename, change(content) if entry.filename == name else content)
    return stream.getvalue()


def with_part(data: bytes, name: str, content: bytes) -> bytes:
    stream = io.BytesIO(data)
    with zipfile.ZipFile(stream, "a", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name, content)
    return stream.getvalue()


def provider_sheet(**cells: object) -> list[list[object]]:
    """Return the provider file as rows of a sheet, with cells of the first provider changed."""
    rows: list[list[object]] = [list(r) for r in (line.split(",") for line in TEXT.splitlines())]
    rows = [[int(c) if isinstance(c, str) and c.isdigit() else c for c in row] for row in rows]
    for place, value in cells.items():
        for row in rows[1:4] if place == "period" else rows[1:2]:
            row[{"period": 0, "code": 1, "first": 4}[place]] = value
    return rows


BOOK = xlsx({"CSV": provider_sheet()})
SHEET = "xl/worksheets/sheet1.xml"

UNDERSTOOD = {
    "semicolons": (TEXT.replace(",", ";").encode(), ()),
    "tabs": (TEXT.replace(",", "\t").encode(), ()),
    "bars": (TEXT.replace(",", "|").encode(), ()),
    "cp1252": (changed("GUY'S", "GUY’S").decode().encode("cp1252"), ("encoded in Windows-1252",)),
    "BOM": (TEXT.encode("utf-8-sig"), ()),
    "UTF-16": (TEXT.encode("utf-16"), ("encoded in UTF-16",)),
    "mixed line ends": (changed("\r\n", "\n", TEXT.replace("\r\n", "\n", 2)), ()),
    "a newline within quotes": (changed(PROVIDERS[0][2], '"' + PROVIDERS[0][2].replace(" ", "\n", 1) + '"'), ()),
    "thousands separators": (changed(",1000,", ',"1,000",'), ()),
    "blanks that do not break": (changed(",1000,", ",\xa01000\xa0,"), ()),
    "title rows above the heading": (b"A&E attendances\r\n\r\nPublished: 10 July 2025\r\n" + TEXT.encode(), ()),
    "blank rows": (TEXT.replace("\r\n", "\r\n\r\n").encode(), ()),
    "blank columns": ("".join(f"{line},,,\r\n" for line in TEXT.splitlines()).encode(), ()),
    "a footnote": (TEXT.encode() + b"Note: provisional figures\r\n", ("line 6 is a note, not a provider: 'Note: provisional figures'",)),
    "Excel dates as months": (xlsx({"CSV": provider_sheet(period=datetime.date(2025, 6, 1))}), ()),
    "months as text of a date": (changed("MSitAE-JUNE-2025", "01/06/2025"), ()),
    "the last day of a month": (changed("MSitAE-JUNE-2025", "30/06/2025"), ()),
    "wrong ending": (BOOK, ()),
    "merged cells": (altered(BOOK, SHEET, lambda c: c.replace(b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="AA1:AC2"/></mergeCells>')), ()),
    "macros": (with_part(BOOK, "xl/vbaProject.bin", b"\xd0\xcf\x11\xe0 AutoOpen"), ("its macros were not run",)),
    "external links": (with_part(BOOK, "xl/externalLinks/externalLink1.xml", b"<externalLink/>"), ("its links to other files were not followed: the figures are those stored in it",)),
    "a formula with its stored result": (altered(BOOK, SHEET, lambda c: c.replace(b"<v>1000</v>", b"<f>[1]Other!A1</f><v>1000</v>")), ()),
    "a total in small letters": (changed("TOTAL", "Total"), ()),
}  # fmt: skip


@pytest.mark.parametrize("kind", UNDERSTOOD)
def test_what_is_understood_gives_the_same_figures(kind):
    data, notes = UNDERSTOOD[kind]
    release = read_bytes(data, "june.dat")
    table = release.tables["emergency_provider_month"]
    assert table["attendances"].sum() == 7092
    assert set(table["month"]) == {pd.Timestamp("2025-06-01")}
    assert len(release.checks) == 18
    assert release.notes == notes
    assert all("\n" not in name for name in release.tables["emergency_provider"]["provider_name"])


def bomb() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (8 << 20))
    return stream.getvalue()


def nested() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("june.csv", bomb())
    return stream.getvalue()


def many_parts() -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number in range(5_001):
            archive.writestr(f"xl/{number}", "")
    return stream.getvalue()


LOCKED = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 500 + "EncryptionInfo".encode("utf-16-le") + b"\0" * 64 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 500  # fmt: skip

REFUSED = {
    "0 bytes": (b"", "june.csv is empty"),
    "blank lines": (b"\r\n \r\n", "june.csv is empty"),
    "zeros": (b"\0" * 4096, "june.csv is empty"),
    "binary": (bytes(range(1, 256)) * 8, "june.csv, line 2: bytes that are text neither in UTF-8 nor in Windows-1252"),
    "a null byte": (changed(",2000,", ",20\x0000,"), "june.csv, line 3: a null byte; it is no text and no workbook"),
    "broken UTF-16": (b"\xff\xfea", "june.csv starts as UTF-16 text but is none"),
    "HTML saved as .xls": (b"<table><tr><td>Org Code</td></tr></table>", "june.csv is a web page, not a table"),
    "an error page": (b"\r\n<!DOCTYPE html>\n<title>404</title>", "june.csv is a web page, not a table: it may be an error page saved under the file's name"),
    "an answer of an interface": (json.dumps({"error": "not found"}).encode(), "june.csv is of no known layout. It begins with '{\"error\": \"not found\"}'"),
    "XML": (b'<?xml version="1.0"?><Workbook/>', "june.csv is a web page, not a table"),
    "PDF": (b"%PDF-1.7", "june.csv is no table: it is a PDF document"),
    "a picture": (b"\x89PNG\r\n\x1a\n", "june.csv is no table: it is a picture"),
    "gzip": (gzip.compress(TEXT.encode()), "june.csv is no table: it is compressed by gzip: unpack it first"),
    "pickle": (pickle.dumps(TEXT), "june.csv is no table: it is a pickle of Python, which is never opened"),
    "a password": (LOCKED, "june.csv is protected by a password: save it without one"),
    "a bomb": (bomb(), "june.csv is packed more than 200 times over, as no published workbook is"),
    "a bomb in an archive": (nested(), "june.csv is an archive in an archive: unpack it and name the files in it"),
    "an archive of many parts": (many_parts(), "june.csv holds 5,001 parts; a workbook has at most 5,000"),
    "a broken archive": (BOOK[: len(BOOK) // 2], "june.csv is no whole workbook: its archive is damaged"),
    "a broken old workbook": (b"\xd0\xcf\x11\xe0" + b"x" * 2000, "june.csv can't be read as a workbook"),
    "a sheet that is no XML": (altered(BOOK, SHEET, lambda c: c[: len(c) // 2]), "june.csv"),
    "blanks between cells": (TEXT.replace(",", "  ").encode(), "june.csv is of no known layout. It begins with 'Period Org Code"),
    "prose": (b"Please find the figures attached.\r\nRegards\r\n", "june.csv is of no known layout"),
    "an open quotation": (changed("GUY'S", '"GUY\'S'), "june.csv, line 2: it is no well-formed CSV file"),
    "a row without end": (("," * 30_000 + "\r\n").encode() + TEXT.encode(), "june.csv, line 1: more than 20,000 cells in a row"),
    "a heading alone": (TEXT.splitlines()[0].encode(), "june.csv, line 1: there is no provider below the heading"),
    "no heading": ("\r\n".join(TEXT.splitlines()[1:]).encode(), "june.csv is of no known layout. It begins with 'MSitAE-JUNE-2025', 'RJ1'"),
    "two header rows": ((TEXT.splitlines()[0] + "\r\n" + TEXT).encode(), "june.csv, line 2: the heading stands here again"),
    "a heading twice": (changed("A&E attendances Type 2", "A&E attendances Type 1"), "june.csv, line 1, column 'A&E attendances Type 1': the heading occurs twice"),
    "a missing column": (changed("Other emergency admissions", ""), "the column 'other emergency admissions' is missing"),
    "an extra column": ("\r\n".join(f"{line},{end}" for line, end in zip(TEXT.splitlines(), ("Trolley waits", 1, 2, 3, 6), strict=True)).encode(), "june.csv, line 1, column 'Trolley waits': no layout of this file has such a column"),
    "a figure without a heading": (changed(FIRST, FIRST + ",9"), "june.csv, line 2: '9' stands in a column without a heading"),
    "a Unicode minus": (changed(",1000,", ",−1000,"), f"june.csv, line 2, column {TYPE_1!r}: '−1000': a whole number of at least 0 is expected"),
    "a negative count": (changed(",1000,", ",-1000,"), f"june.csv, line 2, column {TYPE_1!r}: '-1000': a whole number of at least 0 is expected"),
    "a fraction": (changed(",1000,", ",1000.5,"), "'1000.5': a whole number of at least 0 is expected"),
    "a number too large": (changed(",1000,", ",1e300,"), "'1e300': the number is too large to be right"),
    "words for a figure": (changed(",1000,", ",about 1000,"), "'about 1000': a number is expected"),
    "a formula": (changed(",1000,", ",=500+500,"), "'=500+500': a number is expected"),
    "decimal commas": (changed(",1000,", ',"1000,00",'), "'1000,00': a number is expected"),
    "a figure missing": (changed(",1000,", ",N/A,"), f"june.csv, line 2, column {TYPE_1!r}: 'N/A' in place of a count"),
    "a provider twice": (changed("RGT", "RJ1"), "june.csv, line 3, column 'Org Code': provider RJ1 stands already on line 2"),
    "a code that is a path": (changed("RGT", "../../etc"), "june.csv, line 3, column 'Org Code': '../../etc' is no code of an organisation"),
    "29 February": (changed("MSitAE-JUNE-2025", "29/02/2025"), "june.csv, line 2, column 'Period': '29/02/2025' is no month such as MSitAE-FEBRUARY-2026"),
    "month first": (changed("MSitAE-JUNE-2025", "06/30/2025"), "'06/30/2025' is no month"),
    "a serial number as month": (xlsx({"CSV": provider_sheet(period=45809)}), "sheet 'CSV', line 2, column 'Period': '45809' is no month"),
    "a future month": (changed("JUNE-2025", "JUNE-2098"), "june.csv, line 2, column 'Period': June 2098 lies in the future"),
    "a month long ago": (changed("JUNE-2025", "JUNE-2009"), "June 2009 lies before the monthly collection (June 2015)"),
    "two months": (changed("MSitAE-JUNE-2025,RGT", "MSitAE-MAY-2025,RGT"), "june.csv, line 3, column 'Period': 'MSitAE-MAY-2025': the file holds several months; one is expected"),
    "no month": (changed("MSitAE-JUNE-2025,RGT", ",RGT"), "line 3, column 'Period': '' is no month"),
    "more over four hours than came": (provider_csv(figures=[(*BOOKED_FIGURES[0][:6], 5000, *BOOKED_FIGURES[0][7:]), *BOOKED_FIGURES[1:]]).encode(), "june.csv, line 2, column 'attendances over 4hrs type 1': 5,006 stayed over four hours, but only 1,020 attended"),
    "a total that does not add up": (changed(",1000,", ",1001,"), f"june.csv, line 5: the rows do not add up to the file's own total ({TYPE_1}: published 3,000, rows add up to 3,001, difference +1)"),
    "two totals": ((TEXT + TEXT.splitlines()[-1]).encode(), "june.csv, line 6: there is a second row of totals"),
    "a row that breaks off": (changed(FIRST, ",".join(FIRST.split(",")[:4])), "june.csv, line 2: the row of RJ1 breaks off: it has no figures"),
    "providers of a quarter": (xlsx(providers_of("Q1 2015-16")), "the title block names no month beside 'Period:': 'Q1 2015-16' is none"),
    "providers without England": (xlsx({"Provider Level Data": [r for r in providers_of()["Provider Level Data"] if "England" not in r]}), "there is no row for England to reconcile with"),
    "a series with a gap": (xlsx(time_series([datetime.date(2020, 6, 1), datetime.date(2020, 8, 1)])), "the series lacks July 2020"),
    "an outturn of another class": (xlsx(outturn(councils=[("E0101", "E06000022", "Bath", "ZZ")], amounts=[(1,) * 13], classes={})), "'ZZ' is no class"),
}  # fmt: skip


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_refused_says_what_is_wrong_and_where(kind):
    data, message = REFUSED[kind]
    with pytest.raises(ReleaseError) as caught:
        read_bytes(data, "june.csv")
    said = str(caught.value)
    assert message in said
    assert said.startswith("june.csv")
    assert len(said) < 2500


def test_there_are_more_than_forty_kinds():
    assert len(REFUSED) > 40
    assert len(UNDERSTOOD) > 20


def test_a_folder_a_missing_file_and_one_too_large(tmp_path, monkeypatch):
    with pytest.raises(ReleaseError, match="is a folder: name the files in it"):
        read(tmp_path)
    with pytest.raises(ReleaseError, match="can't be read: No such file"):
        read(tmp_path / "june.csv")
    path = tmp_path / "june.csv"
    path.write_text(TEXT, encoding="utf-8")
    monkeypatch.setattr(opening, "LARGEST", 100)
    with pytest.raises(ReleaseError, match="more than 100 are not opened"):
        read(path)
    monkeypatch.setattr(opening, "LARGEST", 1 << 20)
    monkeypatch.setattr(opening, "_WORKBOOK", 100)
    with pytest.raises(ReleaseError, match="more than 100 bytes, which no published workbook has"):
        read_bytes(BOOK, "june.xlsx")


def test_names_are_text_and_nothing_else(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    evil = ("<script>alert(1)</script>", "=cmd|' /C calc'!A0", "../../etc/passwd")
    providers = [(code, parent, name) for (code, parent, _), name in zip(PROVIDERS, evil, strict=True)]
    release = read_bytes(provider_csv(providers=providers).encode(), "../../june.csv")
    assert release.tables["emergency_provider"]["provider_name"].tolist() == list(evil)
    assert not list(tmp_path.iterdir())


def test_a_workbook_is_read_by_a_process_that_can_do_nothing_else(monkeypatch):
    seen = []
    original = opening.subprocess.run

    def run(command, **options):
        seen.append((command, options))
        return original(command, **options)

    monkeypatch.setattr(opening.subprocess, "run", run)
    read_bytes(BOOK, "june.xlsx")
    ((command, options),) = seen
    assert command[1] == "-I"
    assert command[2].endswith("_cells.py")
    assert int(command[4]) <= 1 << 30
    assert options["timeout"] <= 60
    assert not options.get("shell")


def test_no_reader_knows_pickle_or_runs_what_it_reads():
    from pathlib import Path

    for path in Path(opening.__file__).parent.glob("*.py"):
        source = path.read_text(encoding="utf-8")
        for word in (
            "import pickle",
            "read_pickle",
            "eval(",
            "exec(",
            "os.system",
            "shell=True",
            "extractall",
            "allow_pickle",
        ):
            assert word not in source, (path.name, word)


OWN = (
    "month,admissions_via_ae,admissions_other,admissions_total,waits_over_4_hours_for_admission,waits_over_12_hours_for_admission,basis,"
    "pilot_trusts_left_out,booked_counted,type_3_shortfall\n"
    "2026-02-01,361930,131085,493015,132238,54649,monthly,false,true,false\n"
    "2026-03-01,410005,143887,553892,123870,46665,monthly,false,true,false\n"
)
OWN_REFUSED = {
    "semicolons": (OWN.replace(",", ";").encode(), "row 1: its cells are separated by semicolons; separate them by commas"),
    "tabs": (OWN.replace(",", "\t").encode(), "row 1: its cells are separated by tabs; separate them by commas"),
    "cp1252": (OWN.replace("monthly", "mönthly").encode("cp1252"), "must be encoded in UTF-8"),
    "UTF-16": (OWN.encode("utf-16"), "it is encoded in UTF-16; save it as UTF-8"),
    "thousands separators": (changed("143887", '"143,887"', OWN), "row 3, column admissions_other, value '143,887': must be a number"),
    "a Unicode minus": (changed("143887", "−143887", OWN), "row 3, column admissions_other, value '−143887': must be a number"),
    "a negative count": (changed("143887", "-143887", OWN), "row 3, column admissions_other, value '-143887': must be at least 0"),
    "words for a figure": (changed("143887", "many", OWN), "row 3, column admissions_other, value 'many': must be a number"),
    "a total that does not add up": (changed("143887", "143888", OWN), "admissions_total must be the sum of admissions_via_ae and admissions_other"),
    "0 bytes": (b"", "row 1: the file is empty; it must have a heading and rows"),
    "binary": (bytes(range(256)), "it holds a null character in row 1"),
    "an error page": (b"<html>404</html>", "it is a web page (perhaps an error page that was saved in place of the file)"),
    "a workbook saved as .csv": (BOOK, "it is a spreadsheet or another archive; open it and save the sheet as CSV"),
    "a missing column": (changed("basis,", "", OWN), "column basis: the column is missing"),
    "an extra column": (changed("shortfall\n", "shortfall,note\n", OWN), "column note: is not a column of this table"),
    "a footnote": (OWN.encode() + b"Note: provisional\n", "row 4, value 'Note: provisional': must have 10 cells, as the heading has; it has 1"),
    "an open quotation": (OWN.encode() + b'"', "row 4: is not valid CSV (unexpected end of data)"),
    "a month twice": (changed("2026-02-01", "2026-03-01", OWN), "month must be unique together"),
    "29 February": (changed("2026-02-01", "2026-02-29", OWN), "row 2, column month, value '2026-02-29': must be a date as year-month-day, such as 2024-04-01"),
    "day first": (changed("2026-03-01", "01/03/2026", OWN), "row 3, column month, value '01/03/2026': must be a date as year-month-day"),
    "a serial number": (changed("2026-03-01", "46082", OWN), "row 3, column month, value '46082': must be a date as year-month-day"),
    "the last day of a month": (changed("2026-03-01", "2026-03-31", OWN), "row 3, column month, value '2026-03-31': must be the first day of a month, such as 2026-03-01"),
    "a future month": (changed("2026-03-01", "2049-03-01", OWN), "row 3, column month, value '2049-03-01': lies in the future"),
}  # fmt: skip


@pytest.mark.parametrize("kind", OWN_REFUSED)
def test_own_tables_say_what_is_wrong_and_where(kind, tmp_path):
    data, message = OWN_REFUSED[kind]
    (tmp_path / "emergency_england_month.csv").write_bytes(data)
    with pytest.raises(TableError) as caught:
        tables.load("emergency_england_month", source=tmp_path)
    assert message in str(caught.value)
    assert "emergency_england_month" in str(caught.value)


@pytest.mark.parametrize(
    "data",
    [OWN.encode("utf-8-sig"), OWN.replace("\n", "\r\n", 1).encode(), OWN.replace("\n", "\r\n").encode()],
)
def test_own_tables_with_marks_and_mixed_line_ends_are_read(data, tmp_path):
    (tmp_path / "emergency_england_month.csv").write_bytes(data)
    assert tables.load("emergency_england_month", source=tmp_path)["admissions_total"].tolist() == [
        493015,
        553892,
    ]
