"""Cells of a CSV file, exactly as written, with the line each row stands on; and their conversion to types."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import re
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from healthdevo.tables.descriptor import Field, Table
from healthdevo.tables.failure import Failure
from healthdevo.tables.layouts import official

__all__ = ["AGAIN", "Parsed", "Raw", "cells", "fetch", "foreign", "parse", "read"]


_Columns = dict[str, tuple[str, ...]]


@dataclass(frozen=True)
class Raw:
    """The cells of a file by column, and the line on which each row ends."""

    sha256: str
    size: int
    columns: dict[str, tuple[str, ...]]
    lines: Sequence[int]
    failures: tuple[Failure, ...]

    @property
    def rows(self) -> int:
        """Number of data rows that could be read."""
        return len(self.lines)


@dataclass(frozen=True)
class Parsed:
    """A typed frame, with the cells that could not be converted set missing and listed."""

    frame: pd.DataFrame
    failures: tuple[Failure, ...]
    bad: frozenset[tuple[int, str]]


def fetch(path: Path) -> tuple[bytes, str]:
    """Return the bytes of a file (none when it cannot be read) and their SHA-256 (then empty)."""
    try:
        data = path.read_bytes()
    except OSError:
        return b"", ""
    return data, hashlib.sha256(data).hexdigest()


def read(path: Path, table: Table) -> Raw:
    """Read the cells of a file and list everything that is wrong with its form."""
    data, sha = fetch(path)
    if not sha:
        return Raw("", -1, {}, (), (Failure(table.name, f"the file {path.name} is missing or unreadable"),))
    return cells(data, sha, path.name, table)


def cells(data: bytes, sha: str, file: str, table: Table) -> Raw:
    """Return the cells in the bytes of a file, and everything that is wrong with its form."""
    name, size = table.name, len(data)
    try:
        content = gzip.decompress(data) if file.endswith(".gz") else data
    except (OSError, EOFError, zlib.error) as error:
        return Raw(sha, size, {}, (), (Failure(name, f"{file} is not a whole gzip file ({error})"),))
    if what := foreign(content):
        return Raw(sha, size, {}, (), (Failure(name, f"{file} is not a CSV file: {what}"),))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        shown = repr(content[error.start : error.start + 1])
        return Raw(sha, size, {}, (), (Failure(name, "must be encoded in UTF-8", row, "", shown),))
    columns, lines, failures = _columns(text, table, file)
    columns, lines, again = _once(columns, lines, name)
    return Raw(sha, size, columns, lines, (*failures, *again))


AGAIN = "the heading stands here again; remove this line"
"""What is wrong with a row that says what the heading says, as files put together by hand have it."""


def _once(
    columns: _Columns, lines: Sequence[int], name: str
) -> tuple[_Columns, Sequence[int], list[Failure]]:
    """Return the rows without those that repeat the heading, which would be wrong in every column, and one failure for each of those."""
    first = next(iter(columns), "")
    if not first or first not in columns[first]:
        return columns, lines, []
    again = {
        i
        for i, cell in enumerate(columns[first])
        if cell == first and all(c[i] == n for n, c in columns.items())
    }
    kept = [i for i in range(len(lines)) if i not in again]
    columns = {n: tuple(c[i] for i in kept) for n, c in columns.items()}
    return columns, [lines[i] for i in kept], [Failure(name, AGAIN, lines[i]) for i in sorted(again)]


_SIGNS = {
    b"PK\x03\x04": "it is a spreadsheet or another archive; open it and save the sheet as CSV (a workbook as published: healthdevo ingest)",
    b"\xd0\xcf\x11\xe0": "it is an old spreadsheet (.xls); open it and save the sheet as CSV (a workbook as published: healthdevo ingest)",
    b"%PDF": "it is a PDF document",
    b"\x1f\x8b": "it is compressed (gzip); its name must end in .csv.gz",
    b"\xff\xfe": "it is encoded in UTF-16; save it as UTF-8",
    b"\xfe\xff": "it is encoded in UTF-16; save it as UTF-8",
}


def foreign(content: bytes) -> str:
    """Return what a file is when it is plainly something else than a text of cells."""
    for sign, what in _SIGNS.items():
        if content.startswith(sign):
            return what
    start = content[:512].lstrip(b"\xef\xbb\xbf \r\n\t").lower()
    if start.startswith((b"<!doctype html", b"<html", b"<?xml")):
        return "it is a web page (perhaps an error page that was saved in place of the file)"
    if b"\0" in content:
        at = content.index(b"\0")
        return f"it holds a null character in row {content.count(bytes([10]), 0, at) + 1}"
    return ""


def _columns(text: str, table: Table, file: str) -> tuple[_Columns, Sequence[int], list[Failure]]:
    """Return the cells by column, the line of each row, and what is wrong with the form of the text."""
    name = table.name
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        header = next(reader, [])
    except csv.Error as error:
        return {}, (), [Failure(name, f"the heading is not valid CSV ({error})", 1)]
    if not text.strip():
        return {}, (), [Failure(name, "the file is empty; it must have a heading and rows", 1)]
    if published := _published(text, header, table, file):
        return {}, (), [published]
    if misplaced := _misplaced(text, header, table):
        return {}, (), [misplaced]
    failures = _heading(header, table)
    if len(set(header)) < len(header):
        return {}, (), failures
    plain = _plain(text, header)
    if plain is not None:
        return plain, range(2, len(plain[header[0]]) + 2), failures
    width = len(header)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        for row in reader:
            if len(row) == width:
                rows.append(row)
                lines.append(reader.line_num)
            elif not row:
                failures.append(Failure(name, "the line is blank", reader.line_num))
            else:
                rule = f"must have {width} cells, as the heading has; it has {len(row)}"
                failures.append(Failure(name, rule, reader.line_num, "", ",".join(row)[:80]))
    except csv.Error as error:
        failures.append(Failure(name, f"is not valid CSV ({error})", reader.line_num))
    if not rows:
        if not failures:
            failures.append(Failure(name, "the table has a heading but no rows", 1))
        return dict.fromkeys(header, ()), (), failures
    return dict(zip(header, zip(*rows, strict=True), strict=True)), lines, failures


def _published(text: str, header: Sequence[str], table: Table, file: str) -> Failure | None:
    """Return what is wrong when the file is one as published, its heading perhaps below a title."""
    if set(header) >= set(table.columns):
        return None
    for number, line in enumerate(text.splitlines()[:20], start=1):
        cells = next(csv.reader([line]), []) if number > 1 else header
        if said := official(cells, file):
            return Failure(table.name, f"{file} is not in the form of this table: {said}", number)
    return None


def _misplaced(text: str, header: Sequence[str], table: Table) -> Failure | None:
    """Return what is wrong when the first line is blank, a title, or has its cells separated by something else than commas."""
    if set(header) & set(table.columns):
        return None
    said = "is blank" if not any(cell.strip() for cell in header) else "is not the heading of this table"
    for number, line in enumerate(text.splitlines()[:50], start=1):
        for mark, named in ((",", ""), (";", "semicolons"), ("\t", "tabs"), ("|", "bars")):
            there = {cell.strip().strip('"') for cell in line.split(mark)} & set(table.columns)
            if len(there) < min(2, len(table.columns)) or (number == 1 and not named):
                continue
            if named:
                rule = f"its cells are separated by {named}; separate them by commas"
                return Failure(table.name, rule, number)
            rule = f"line 1 {said}; the heading must be the first line, and line {number} looks like it: remove what stands above"
            return Failure(table.name, rule, 1)
    if said == "is blank":
        return Failure(table.name, f"line 1 is blank; it must be the heading: {','.join(table.columns)}", 1)
    return None


def _heading(header: Sequence[str], table: Table) -> list[Failure]:
    missing = [Failure(table.name, "the column is missing", 1, c) for c in table.columns if c not in header]
    has = f"is not a column of this table, which has {', '.join(table.columns)}"
    unknown = [Failure(table.name, has, 1, c) for c in header if c not in table.columns]
    twice = {c for i, c in enumerate(header) if c in header[:i]}
    return (
        missing
        + unknown
        + [Failure(table.name, "the column stands in the heading twice", 1, c) for c in sorted(twice)]
    )


def _plain(text: str, header: Sequence[str]) -> _Columns | None:
    """Split a text without quotes, in which every line has as many cells as the heading; None for any other.

    Much faster than row by row, and nearly all tables are of that form.
    """
    width = len(header)
    if width == 1 or '"' in text or "\r" in text or "\0" in text:
        return None
    lines = text.removesuffix("\n").split("\n")
    if len(lines) < 2 or {line.count(",") for line in lines} != {width - 1}:
        return None
    flat = ",".join(lines).split(",")
    return {column: tuple(flat[width + i :: width]) for i, column in enumerate(header)}


_FORM = {
    "integer": r"[+-]?[0-9]+(?:\.0*)?",  # 12.0 as well: pandas writes so where a column has gaps
    "number": r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
    "boolean": r"true|false|True|False|TRUE|FALSE",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
}
_SAY = {
    "integer": "must be a whole number",
    "number": "must be a number",
    "boolean": "must be true or false",
    "date": "must be a date as year-month-day, such as 2024-04-01",
}
_YEARS = ("year", "financial_year_start", "first_year", "period_start_year", "index_year")
_FINANCIAL = re.compile(r"\s*(?:19|20)\d\d ?[-/\u2013] ?(?:\d\d|\d{4})\s*")
_CELL = {kind: re.compile(form) for kind, form in _FORM.items()}
# possessive: a wrong cell must not send the matcher back over all the cells before it
_ALL = {kind: re.compile(rf"(?:(?>(?:{form})?)\n)*+") for kind, form in _FORM.items()}


def parse(raw: Raw, table: Table) -> Parsed:
    """Convert the cells to the types of the descriptor; list those that cannot be."""
    failures: list[Failure] = []
    bad: set[tuple[int, str]] = set()
    columns: dict[str, object] = {}
    for field in table.fields:
        if field.name not in raw.columns:
            continue
        cells = raw.columns[field.name]
        wrong = _wrong(cells, field.type)
        for i in wrong:
            failures.append(Failure(table.name, _said(field, cells[i]), raw.lines[i], field.name, cells[i]))
            bad.add((i, field.name))
        if wrong:
            known = set(wrong)
            cells = tuple("" if i in known else cell for i, cell in enumerate(cells))
        columns[field.name] = _convert(cells, field)
    return Parsed(pd.DataFrame(columns), tuple(failures), frozenset(bad))


def _said(field: Field, cell: str) -> str:
    """Return what a cell of another type must be; a financial year in a column of years is told as such."""
    if field.type == "integer" and field.name in _YEARS and _FINANCIAL.fullmatch(cell):
        rule = (
            "must be the year in which the financial year starts"
            if field.name.startswith("fin")
            else "must be a calendar year"
        )
        return f"{rule}, such as {cell.strip()[:4]}: this is a financial year, or a window of years, and nothing is converted"
    return _SAY[field.type]


def _wrong(cells: Sequence[str], kind: str) -> list[int]:
    """Return the positions of the cells that are not of the form of a type (or are impossible)."""
    if kind == "string":
        return []
    wrong: list[int] = []
    if not _ALL[kind].fullmatch("\n".join(cells) + "\n"):
        form = _CELL[kind]
        wrong = [i for i, cell in enumerate(cells) if cell and not form.fullmatch(cell)]
    if kind == "date":
        impossible = {cell for cell in set(cells) if _CELL[kind].fullmatch(cell) and not _is_day(cell)}
        if impossible:
            wrong = sorted({*wrong, *(i for i, cell in enumerate(cells) if cell in impossible)})
    elif kind in ("integer", "number"):
        # beyond these sizes a value would become infinite or lose its last digits
        long = {c for c in set(cells) if len(c) > 15 and not _fits(c, kind)}
        if long:
            wrong = sorted({*wrong, *(i for i, cell in enumerate(cells) if cell in long)})
    return wrong


def _is_day(cell: str) -> bool:
    try:
        np.datetime64(cell, "D")
    except ValueError:
        return False
    return cell >= "0001-01-01"


def _fits(cell: str, kind: str) -> bool:
    if not _CELL[kind].fullmatch(cell):
        return True
    return bool(np.isfinite(float(cell))) and (kind == "number" or abs(int(cell.partition(".")[0])) <= 2**53)


def _convert(cells: Sequence[str], field: Field) -> object:
    complete = field.required and "" not in cells
    if field.type == "integer" and complete:
        return np.array([cell.partition(".")[0] for cell in cells], dtype=np.int64)
    if field.type in ("integer", "number"):
        return np.array([cell or "nan" for cell in cells], dtype=np.float64)
    if field.type == "date":
        days = np.array([cell or "NaT" for cell in cells], dtype="datetime64[D]")
        return days.astype("datetime64[us]")
    if field.type == "boolean":
        values = [{"true": True, "false": False}.get(cell.lower()) for cell in cells]
        return np.array(values, dtype=bool) if complete else pd.array(values, dtype="boolean")
    return pd.array([cell or None for cell in cells], dtype="str")
