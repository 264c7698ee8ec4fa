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

LARGEST = 64 << 20
"""Bytes that a file may have."""

_EXPANDED, _RATIO, _ENTRIES = 400 << 20, 200, 5_000
_CELLS = 8_000_000
_SECONDS, _WAIT, _MEMORY = 10, 60, 1 << 30

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
        A CSV file or a workbook (.xls, .xlsx, .xlsb, .ods); its content decides, not its name.

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
        _examine_zip(data, name)
        return Opened(name, sha, "workbook", _workbook(data, name))
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        return Opened(name, sha, "workbook", _workbook(data, name))
    text, notes = _decoded(data, name)
    start = text.lstrip()[:200].lower()
    if start.startswith(("<!doctype", "<html", "<?xml", "<head", "<body", "<table")):
        raise ReleaseError(
            f"{name} is a web page, not a table: it may be an error page saved under the file's name"
        )
    return Opened(name, sha, "csv", (_csv(text, name),), notes)


def _examine_zip(data: bytes, name: str) -> None:
    """Refuse an archive that is no workbook, or would grow too large, before anything in it is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            entries = archive.infolist()
    except Exception as error:  # a broken archive breaks zipfile in many ways
        raise ReleaseError(f"{name} is no whole workbook: its archive is damaged ({_short(error)})") from None
    if not any(entry.filename in _PARTS for entry in entries):
        raise ReleaseError(f"{name} is an archive, not a workbook: unpack it and name the files in it")
    if len(entries) > _ENTRIES:
        raise ReleaseError(f"{name} holds {len(entries):,} parts; a workbook has at most {_ENTRIES:,}")
    total = sum(entry.file_size for entry in entries)
    if total > _EXPANDED:
        raise ReleaseError(f"{name} would grow to {total:,} bytes; more than {_EXPANDED:,} are not unpacked")
    for entry in entries:
        if entry.file_size > 1 << 20 and entry.file_size > _RATIO * max(entry.compress_size, 1):
            raise ReleaseError(f"{name} is packed more than {_RATIO} times over, as no published workbook is")


def _workbook(data: bytes, name: str) -> tuple[Sheet, ...]:
    script = Path(__file__).with_name("_cells.py")
    command = [sys.executable, "-I", str(script), str(_SECONDS), str(_MEMORY), str(_CELLS)]
    try:
        done = subprocess.run(command, input=data, capture_output=True, check=False, timeout=_WAIT)
    except subprocess.TimeoutExpired:
        raise ReleaseError(f"{name} can't be read as a workbook: it takes too long") from None
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip().splitlines()
        reason = (
            _short(said[-1]) if done.returncode == 3 and said else "reading it took too much time or memory"
        )
        raise ReleaseError(f"{name} can't be read as a workbook: {reason}")
    sheets = []
    for sheet in json.loads(done.stdout):
        rows = [tuple(_cell(cell) for cell in row) for row in sheet["rows"]]
        sheets.append(Sheet(sheet["name"], rows, range(1, len(rows) + 1)))
    return tuple(sheets)


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
    first = next((line for line in text.splitlines() if line.strip(' ,;\t|"')), "")
    delimiter = max(",;\t|", key=first.count)
    rows: list[tuple[Cell, ...]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    cells, line = 0, 1
    try:
        for row in reader:
            cells += len(row)
            if cells > _CELLS:
                raise ReleaseError(f"{name}, line {line}: more than {_CELLS:,} cells are not read")
            rows.append(tuple(row))
            lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise ReleaseError(f"{name}, line {line}: it is no well-formed CSV file ({error})") from None
    return Sheet("", rows, lines)
