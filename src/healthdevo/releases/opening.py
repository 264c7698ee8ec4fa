"""Published files as grids of cells: opened within limits, whatever their name says, and never trusted."""

from __future__ import annotations

import csv
import datetime
import hashlib
import io
import json
import math
import os
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from healthdevo.errors import ReleaseError

__all__ = ["LARGEST", "Cell", "Opened", "Sheet", "open_bytes", "open_release"]

Cell = str | float | datetime.date

LARGEST = 160 << 20
"""Bytes that a file may have: the extract of waiting times of all providers has some 80 million."""

_WORKBOOK, _EXPANDED, _RATIO, _ENTRIES = 64 << 20, 400 << 20, 200, 5_000
_CELLS, _CSV_CELLS, _ROW_CELLS = 8_000_000, 32_000_000, 20_000
_SECONDS, _WAIT, _MEMORY = 10, 60, 1 << 30
_MANY = 8 << 20

_FOREIGN = (
    (b"%PDF", "a PDF document"),
    (b"\x1f\x8b", "compressed by gzip: unpack it first"),
    (b"BZh", "compressed by bzip2: unpack it first"),
    (b"\xfd7zXZ", "compressed by xz: unpack it first"),
    (b"7z\xbc\xaf", "a 7z archive: unpack it first"),
    (b"Rar!", "a rar archive: unpack it first"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"PAR1", "a Parquet file"),
    (b"\x80\x04", "a pickle of Python, which is never opened"),
    (b"\x80\x05", "a pickle of Python, which is never opened"),
)
_PARTS = ("xl/workbook.xml", "xl/workbook.bin", "content.xml")
_LOCKED = ("EncryptedPackage".encode("utf-16-le"), "EncryptionInfo".encode("utf-16-le"))


@dataclass(frozen=True, slots=True)
class Sheet:
    """A sheet of a workbook, or all of a CSV file: its rows of cells, and the line each row starts on.

    Parameters
    ----------
    name : str
        Name of the sheet; empty for a CSV file.
    rows : sequence of sequences
        Cells: text, numbers or dates; empty text where there is nothing.
    lines : sequence of int
        Line (row of the sheet) on which each row starts, from 1.
    """

    name: str
    rows: Sequence[Sequence[Cell]]
    lines: Sequence[int]


@dataclass(frozen=True, slots=True)
class Opened:
    """A published file that could be opened.

    Parameters
    ----------
    file : str
        Name of the file, for messages.
    sha256 : str
        SHA-256 of its bytes.
    kind : str
        ``csv`` or ``workbook``.
    sheets : tuple of Sheet
        What is in it.
    notes : tuple of str
        What was unusual about opening it, such as its encoding.
    """

    file: str
    sha256: str
    kind: str
    sheets: tuple[Sheet, ...]
    notes: tuple[str, ...] = ()

    def wrong(
        self, what: str, sheet: Sheet | None = None, row: int | None = None, column: str = ""
    ) -> ReleaseError:
        """Return an error that names the file and the place in it."""
        place = [self.file]
        if sheet is not None and sheet.name:
            place.append(f"sheet {_short(sheet.name)!r}")
        if sheet is not None and row is not None:
            place.append(f"line {sheet.lines[row]}")
        if column:
            place.append(f"column {_short(column)!r}")
        return ReleaseError(f"{', '.join(place)}: {what}")


def _short(text: object) -> str:
    plain = " ".join(str(text).split())
    return plain if len(plain) <= 60 else f"{plain[:57]}..."


def open_release(path: str | os.PathLike[str]) -> Opened:
    """Return a published file as grids of cells.

    Parameters
    ----------
    path : path
        A CSV file, a workbook (.xls, .xlsx, .xlsb, .ods), or an archive with one CSV file in it; its content decides, not its name.

    Raises
    ------
    ReleaseError
        When it can't be opened, naming the file and what is the matter with it.
    """
    place = Path(path)
    name = place.name or str(place)
    try:
        if place.is_dir():
            raise ReleaseError(f"{name} is a folder: name the files in it")
        size = place.stat().st_size
        if size > LARGEST:
            raise ReleaseError(f"{name} has {size:,} bytes; more than {LARGEST:,} are not opened")
        with place.open("rb") as stream:
            data = stream.read(LARGEST + 1)
    except (OSError, ValueError) as error:
        if isinstance(error, ReleaseError):
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise ReleaseError(f"{name} can't be read: {reason}") from None
    return open_bytes(data, name)


def open_bytes(data: bytes, name: str) -> Opened:
    """Return the bytes of a published file as grids of cells; see ``open_release``."""
    if len(data) > LARGEST:
        raise ReleaseError(f"{name} has more than {LARGEST:,} bytes, which are not opened")
    if not data.strip(b"\0 \t\r\n"):
        raise ReleaseError(f"{name} is empty")
    sha = hashlib.sha256(data).hexdigest()
    for magic, what in _FOREIGN:
        if data.startswith(magic):
            raise ReleaseError(f"{name} is no table: it is {what}")
    if data.startswith(b"PK"):
        names = _examine_zip(data, name)
        if not any(part in _PARTS for part in names):
            inner, content = _only_table(data, name, names)
            opened = open_bytes(content, f"{name}/{inner}")
            return Opened(
                opened.file, sha, opened.kind, opened.sheets, ("in an archive of its own", *opened.notes)
            )
        return Opened(name, sha, "workbook", _workbook(data, name), _inactive(names))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        if all(stream in data for stream in _LOCKED):
            raise ReleaseError(f"{name} is protected by a password: save it without one")
        return Opened(name, sha, "workbook", _workbook(data, name))
    text, notes = _decoded(data, name)
    start = text[:4000].lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html", "<?xml", "<head", "<body", "<table")):
        raise ReleaseError(
            f"{name} is a web page, not a table: it may be an error page saved under the file's name"
        )
    return Opened(name, sha, "csv", (_csv(text, name),), notes)


def _examine_zip(data: bytes, name: str) -> tuple[str, ...]:
    """Return what an archive holds, or refuse it if it would grow too large, before anything in it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except Exception as error:  # a broken archive breaks zipfile in many ways
        raise ReleaseError(f"{name} is no whole workbook: its archive is damaged ({_short(error)})") from None
    if not all(entry.filename for entry in entries):
        raise ReleaseError(f"{name} is no whole workbook: its archive is damaged (a part has no name)")
    if len(entries) > _ENTRIES:
        raise ReleaseError(f"{name} holds {len(entries):,} parts; a workbook has at most {_ENTRIES:,}")
    total = sum(entry.file_size for entry in entries)
    if total > _EXPANDED:
        raise ReleaseError(f"{name} would grow to {total:,} bytes; more than {_EXPANDED:,} are not unpacked")
    for entry in entries:
        if entry.file_size > 1 << 20 and entry.file_size > _RATIO * max(entry.compress_size, 1):
            raise ReleaseError(f"{name} is packed more than {_RATIO} times over, as no published workbook is")
    return tuple(entry.filename for entry in entries if not entry.is_dir())


def _only_table(data: bytes, name: str, names: Sequence[str]) -> tuple[str, bytes]:
    """Return the one CSV file of an archive, as extracts are published; nothing is written to disk."""
    found = [n for n in names if n.casefold().endswith(".csv")]
    if len(found) != 1:
        what = "no CSV file" if not found else f"{len(found)} CSV files"
        raise ReleaseError(
            f"{name} is an archive, not a workbook, with {what}: unpack it and name the files in it"
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive, archive.open(found[0]) as stream:
            content = stream.read(LARGEST + 1)
    except Exception as error:  # a broken archive, or one with a password
        raise ReleaseError(f"{name}: its file can't be unpacked ({_short(error)})") from None
    if content.startswith(b"PK"):
        raise ReleaseError(f"{name} is an archive in an archive: unpack it and name the files in it")
    return _short(Path(found[0].replace("\\", "/")).name), content


def _inactive(names: Sequence[str]) -> tuple[str, ...]:
    """Return what of a workbook was not looked at, because it could act: macros and links to other files."""
    notes = []
    if any("vbaproject" in n.casefold() or "macrosheets/" in n.casefold() for n in names):
        notes.append("its macros were not run")
    if any("externallinks/" in n.casefold() for n in names):
        notes.append("its links to other files were not followed: the figures are those stored in it")
    return tuple(notes)


def _workbook(data: bytes, name: str) -> tuple[Sheet, ...]:
    if len(data) > _WORKBOOK:
        raise ReleaseError(f"{name} has more than {_WORKBOOK:,} bytes, which no published workbook has")
    try:
        code, sheets_of, errors = _apart(data)
    except subprocess.TimeoutExpired:
        raise ReleaseError(f"{name} can't be read as a workbook: it takes too long") from None
    if code:
        said = errors.decode("utf-8", "replace").strip().splitlines()
        reason = _short(said[-1]) if code == 3 and said else "reading it took too much time or memory"
        if "password" in reason.casefold() or "encrypt" in reason.casefold():
            raise ReleaseError(f"{name} is protected by a password: save it without one")
        raise ReleaseError(f"{name} can't be read as a workbook: {reason}")
    sheets = []
    for sheet in json.loads(sheets_of):
        rows = [tuple(_cell(cell) for cell in row) for row in sheet["rows"]]
        sheets.append(Sheet(sheet["name"], rows, range(1, len(rows) + 1)))
    return tuple(sheets)


def _apart(data: bytes) -> tuple[int, bytes, bytes]:
    """Return the exit code and the two outputs of a process that turns a workbook into JSON, within limits of time and memory."""
    script = Path(__file__).with_name("_cells.py")
    command = [sys.executable, "-I", str(script), str(_SECONDS), str(_MEMORY), str(_CELLS)]
    done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=_WAIT)
    return done.returncode, done.stdout, done.stderr


def _cell(cell: object) -> Cell:
    if isinstance(cell, dict):
        return datetime.date.fromisoformat(cell["date"])
    if isinstance(cell, int | float):
        return float(cell) if math.isfinite(cell) else ""
    return str(cell)


def _decoded(data: bytes, name: str) -> tuple[str, tuple[str, ...]]:
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        try:
            return data.decode("utf-16"), ("encoded in UTF-16",)
        except UnicodeDecodeError:
            raise ReleaseError(f"{name} starts as UTF-16 text but is none") from None
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise ReleaseError(f"{name}, line {line}: a null byte; it is no text and no workbook")
    try:
        return data.decode("utf-8-sig"), ()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
    try:
        return data.decode("cp1252"), ("encoded in Windows-1252",)
    except UnicodeDecodeError:
        raise ReleaseError(
            f"{name}, line {line}: bytes that are text neither in UTF-8 nor in Windows-1252"
        ) from None


def _csv(text: str, name: str) -> Sheet:
    first = next((line for line in io.StringIO(text, newline=None) if line.strip(' ,;\t|"\n')), "")
    delimiter = max(",;\t|", key=first.count)
    rows: list[tuple[Cell, ...]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    cells, line = 0, 1
    # a large file says the same words many times over: each is kept once
    known: dict[str, str] | None = {} if len(text) > _MANY else None
    try:
        for row in reader:
            cells += len(row)
            if len(row) > _ROW_CELLS:
                raise ReleaseError(f"{name}, line {line}: more than {_ROW_CELLS:,} cells in a row")
            if cells > _CSV_CELLS:
                raise ReleaseError(f"{name}, line {line}: more than {_CSV_CELLS:,} cells are not read")
            rows.append(tuple(row) if known is None else tuple(known.setdefault(c, c) for c in row))
            lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise ReleaseError(f"{name}, line {line}: it is no well-formed CSV file ({error})") from None
    return Sheet("", rows, lines)
