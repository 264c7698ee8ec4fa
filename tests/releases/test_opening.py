"""Files that are no tables, or would be dangerous to open, end in one message that names them."""

import gzip
import io
import pickle
import zipfile

import pytest

from healthdevo.errors import ReleaseError
from healthdevo.releases import opening, read, read_bytes

from .writers import provider_csv, xlsx

BAD = {
    "empty": (b"", "is empty"),
    "blank": (b" \r\n\r\n", "is empty"),
    "zeros": (b"\0" * 200, "is empty"),
    "pdf": (b"%PDF-1.7 ...", "a PDF document"),
    "gzip": (gzip.compress(b"a,b\n1,2\n"), "unpack it first"),
    "pickle": (pickle.dumps([1]), "a pickle of Python, which is never opened"),
    "picture": (b"\x89PNG\r\n", "a picture"),
    "error page": (b"\n<!DOCTYPE html><html><body>404</body></html>", "is a web page, not a table"),
    "table of a web page saved as .xls": (
        b"<html><table><tr><td>1</td></tr></table></html>",
        "is a web page",
    ),
    "binary": (b"a,b\n1,\x00\x01\n", "line 2: a null byte"),
    "no encoding": (b"a,b\n1,\x81\x9d\n", "line 2: bytes that are text neither in UTF-8 nor in Windows-1252"),
    "broken UTF-16": (b"\xff\xfea", "starts as UTF-16 text but is none"),
    "open quotation": (b'a,b\n1,"2\n', "it is no well-formed CSV file"),
    "damaged archive": (b"PK\x03\x04" + b"x" * 100, "its archive is damaged"),
    "damaged workbook": (b"\xd0\xcf\x11\xe0" + b"x" * 2000, "can't be read as a workbook"),
    "prose": (
        b"Dear all,\nplease find the figures attached.\n",
        "is of no known layout. It begins with 'Dear all'",
    ),
}


@pytest.mark.parametrize("kind", BAD)
def test_what_is_no_table_is_named(kind):
    data, message = BAD[kind]
    with pytest.raises(ReleaseError) as caught:
        read_bytes(data, "figures.csv")
    assert message in str(caught.value)
    assert str(caught.value).startswith("figures.csv")


def test_a_folder_and_a_missing_file(tmp_path):
    with pytest.raises(ReleaseError, match="is a folder: name the files in it"):
        read(tmp_path)
    with pytest.raises(ReleaseError, match=r"nothing\.csv can't be read: No such file"):
        read(tmp_path / "nothing.csv")


def test_an_archive_with_a_part_without_a_name_is_damaged():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a", "x")
    data = stream.getvalue()
    at = data.index(b"PK\x01\x02")
    nameless = data[: at + 28] + b"\0\0" + data[at + 30 : at + 46] + data[at + 47 :]
    end = nameless.index(b"PK\x05\x06")
    size = int.from_bytes(nameless[end + 12 : end + 16], "little") - 1
    nameless = nameless[: end + 12] + size.to_bytes(4, "little") + nameless[end + 16 :]
    with pytest.raises(ReleaseError, match=r"its archive is damaged \(a part has no name\)"):
        read_bytes(nameless, "figures.xlsx")


def test_an_archive_of_files_is_no_workbook():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a.csv", "a,b\n")
        archive.writestr("b.csv", "a,b\n")
    with pytest.raises(ReleaseError, match=r"x\.zip is an archive, not a workbook, with 2 CSV files"):
        read_bytes(stream.getvalue(), "x.zip")


def test_a_bomb_is_not_unpacked():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * (8 << 20))
    with pytest.raises(ReleaseError, match="packed more than 200 times over"):
        read_bytes(stream.getvalue(), "bomb.xlsx")


def test_a_workbook_that_claims_endless_cells_ends_in_a_message():
    data = xlsx({"A": [[1]]})
    stream = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(stream, "w") as new:
        for entry in old.infolist():
            content = old.read(entry)
            if entry.filename.endswith("sheet1.xml"):
                content = content.replace(
                    b"</row>", b'</row><row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'
                )
            new.writestr(entry.filename, content)
    with pytest.raises(ReleaseError, match=r"wide\.xlsx can't be read as a workbook"):
        read_bytes(stream.getvalue(), "wide.xlsx")


def test_too_large_a_file_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(opening, "LARGEST", 10)
    path = tmp_path / "long.csv"
    path.write_text("a,b\n1,2\n3,4\n", encoding="utf-8")
    with pytest.raises(ReleaseError, match="has 12 bytes; more than 10 are not opened"):
        read(path)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_encodings_and_delimiters_are_understood(encoding, delimiter):
    text = provider_csv(providers=(("RJ1", "NHS ENGLAND LONDON", "GUY’S"),), figures=((1,) * 18,)).replace(
        ",", delimiter
    )
    release = read_bytes(text.encode(encoding), "a.csv")
    assert release.tables["emergency_provider"]["provider_name"].tolist() == ["GUY’S"]
    assert release.tables["emergency_provider_month"]["attendances"].tolist() == [2, 2, 2]
    assert ("encoded in Windows-1252" in release.notes) == (encoding == "cp1252")
