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

__all__ = ["Failure", "Parsed", "Raw", "cells", "fetch", "parse", "read"]


@dataclass(frozen=True, slots=True)
class Failure:
    """One thing that is wrong with a table.

    Parameters
    ----------
    table : str
        Name of the table.
    rule : str
        What would be valid.
    row : int or None
        Line in the file, the heading being line 1; None when the whole file is meant.
    column : str
        Column, or several joined by " and "; empty when the whole row or file is meant.
    value : str or None
        The offending value as written; None when there is none to show.

    Examples
    --------
    >>> print(Failure("area", "must not be missing", 14, "area_name", ""))
    table area, row 14, column area_name, value '': must not be missing
    """

    table: str
    rule: str
    row: int | None = None
    column: str = ""
    value: str | None = None

    def __str__(self) -> str:
        parts = [f"table {self.table}"]
        if self.row is not None:
            parts.append(f"row {self.row}")
        if self.column:
            parts.append(f"column {self.column}")
        if self.value is not None:
            parts.append(f"value {self.value!r}")
        return f"{', '.join(parts)}: {self.rule}"


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
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content.count(b"\n", 0, error.start) + 1
        shown = repr(content[error.start : error.start + 1])
        return Raw(sha, size, {}, (), (Failure(name, "must be encoded in UTF-8", row, "", shown),))
    header, rows, lines, failures = _rows(text, table)
    columns: dict[str, tuple[str, ...]] = dict.fromkeys(header, ())
    if rows:
        columns = dict(zip(header, zip(*rows, strict=True), strict=True))
    return Raw(sha, size, columns, lines, tuple(failures))


def _rows(text: str, table: Table) -> tuple[list[str], list[list[str]], Sequence[int], list[Failure]]:
    name = table.name
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    failures: list[Failure] = []
    try:
        header = next(reader, [])
    except csv.Error as error:
        return [], [], (), [Failure(name, f"the heading is not valid CSV ({error})", 1)]
    if not header:
        return [], [], (), [Failure(name, "the file is empty; it must have a heading and rows", 1)]
    for column in table.columns:
        if column not in header:
            failures.append(Failure(name, "the column is missing", 1, column))
    for position, column in enumerate(header):
        if column not in table.columns:
            rule = f"is not a column of this table, which has {', '.join(table.columns)}"
            failures.append(Failure(name, rule, 1, column))
        elif column in header[:position]:
            failures.append(Failure(name, "the column stands in the heading twice", 1, column))
    if len(set(header)) < len(header):
        return [], [], (), failures
    width = len(header)
    try:
        rows = list(reader)
    except csv.Error:
        rows = []
    if rows and set(map(len, rows)) == {width} and reader.line_num == len(rows) + 1:
        return header, rows, range(2, len(rows) + 2), failures
    # something is wrong, or a cell holds a line break: once more, row by row
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    next(reader)
    rows = []
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
    if not rows and not failures:
        failures.append(Failure(name, "the table has a heading but no rows", 1))
    return header, rows, lines, failures


_FORM = {
    "integer": r"[+-]?[0-9]+",
    "number": r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]+)?",
    "boolean": r"true|false",
    "date": r"[0-9]{4}-[0-9]{2}-[0-9]{2}",
}
_SAY = {
    "integer": "must be a whole number",
    "number": "must be a number",
    "boolean": "must be true or false",
    "date": "must be a date as year-month-day, such as 2024-04-01",
}
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
            failures.append(Failure(table.name, _SAY[field.type], raw.lines[i], field.name, cells[i]))
            bad.add((i, field.name))
        if wrong:
            known = set(wrong)
            cells = tuple("" if i in known else cell for i, cell in enumerate(cells))
        columns[field.name] = _convert(cells, field)
    return Parsed(pd.DataFrame(columns), tuple(failures), frozenset(bad))


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
    return bool(np.isfinite(float(cell))) and (kind == "number" or abs(int(cell)) <= 2**53)


def _convert(cells: Sequence[str], field: Field) -> object:
    complete = field.required and "" not in cells
    if field.type == "integer" and complete:
        return np.array(cells, dtype=np.int64)
    if field.type in ("integer", "number"):
        return np.array([cell or "nan" for cell in cells], dtype=np.float64)
    if field.type == "date":
        days = np.array([cell or "NaT" for cell in cells], dtype="datetime64[D]")
        return days.astype("datetime64[us]")
    if field.type == "boolean":
        values = [{"true": True, "false": False}.get(cell) for cell in cells]
        return np.array(values, dtype=bool) if complete else pd.array(values, dtype="boolean")
    return pd.array([cell or None for cell in cells], dtype="str")
