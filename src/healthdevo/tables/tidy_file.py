"""A tidy CSV file of a user's own, of columns that no descriptor knows: read as written, so that every fault can be named by row and column."""

from __future__ import annotations

import csv
import gzip
import hashlib
import io
import os
import re
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import numpy as np

from healthdevo.errors import TableError
from healthdevo.tables.failure import Failure, grouped
from healthdevo.tables.reading import AGAIN, foreign
from healthdevo.tables.used import note
from healthdevo.typing import FloatArray
from healthdevo.wording import join

__all__ = ["LARGEST", "TidyFile", "read_tidy"]

LARGEST = 64 << 20
"""Bytes that a file may have."""
_MARKS = ",;\t|"
_NUMBER = re.compile(r"[+-]?(?:[0-9]+(?:\.[0-9]*)?|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_SUPPRESSED = {"*", "-", "–", "—", "..", ".", ":", "c", "x", "z", "[c]", "[x]", "[z]", "n/a", "na", "nan", "null", "none"}  # fmt: skip


@dataclass(frozen=True)
class TidyFile:
    """The cells of a file by column, as written, and the line of each row.

    Parameters
    ----------
    name : str
        Name of the file, for messages.
    path : Path
        Where it lies.
    sha256 : str
        SHA-256 of its bytes.
    columns : mapping of str to tuple of str
        The cells, without blanks around them.
    lines : sequence of int
        Line on which each row ends; the heading is line 1.
    """

    name: str
    path: Path
    sha256: str
    columns: dict[str, tuple[str, ...]]
    lines: Sequence[int]

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.lines)

    def need(self, columns: Sequence[str], what: str = "") -> None:
        """Refuse a file that lacks columns, and say which it has and which of them is nearest."""
        for column in columns:
            if column not in self.columns:
                near = get_close_matches(column.lower(), [c.lower() for c in self.columns], n=1, cutoff=0.6)
                hint = next(
                    (f"; did you mean {c!r}?" for c in self.columns if near and c.lower() == near[0]), ""
                )
                raise TableError(
                    f"{self.name}: there is no column {column!r}{f' ({what})' if what else ''}; it has {join([repr(c) for c in self.columns])}{hint}"
                )  # fmt: skip

    def refuse(self, failures: Sequence[Failure], kind: str = "can't be used") -> None:
        """Raise one error with a line for each kind of failure, if there is any."""
        if failures:
            told = [line.removeprefix("table ") for line in grouped(failures, len(self))]
            raise TableError(f"{self.name} {kind}", told, [str(f).removeprefix("table ") for f in failures])

    def failures(self, column: str, wrong: Callable[[str], str]) -> list[Failure]:
        """Return a failure for every cell of a column of which ``wrong`` says what is wrong."""
        said = {cell: wrong(cell) for cell in set(self.columns[column])}
        return [
            Failure(self.name, said[cell], line, column, cell)
            for cell, line in zip(self.columns[column], self.lines, strict=True)
            if said[cell]
        ]

    def not_numbers(self, column: str, *, empty: bool = True) -> list[Failure]:
        """Return a failure for every cell that is no number; an empty one is none where ``empty`` is allowed."""
        return self.failures(column, lambda cell: _no_number(cell, empty))

    def numbers(self, column: str) -> FloatArray:
        """Return a column as numbers, NaN where empty; its cells must have been examined."""
        return np.array([float(cell) if cell else np.nan for cell in self.columns[column]], dtype=np.float64)


def _no_number(cell: str, empty: bool) -> str:
    if not cell:
        return "" if empty else "must not be empty"
    if _NUMBER.fullmatch(cell):
        return "" if np.isfinite(float(cell)) else "is too large for a number"
    if cell.lower() in _SUPPRESSED:
        return "is no number; leave it empty where a value is suppressed or not known"
    if re.fullmatch(r"[+-]?[0-9]{1,3}(,[0-9]{3})+(\.[0-9]+)?", cell):
        return "must be a number without signs for thousands, such as 1234.5"
    if "\N{MINUS SIGN}" in cell and _NUMBER.fullmatch(cell.replace("\N{MINUS SIGN}", "-")):
        return "has a typographic minus; write a plain one, such as -1.5"
    if cell.endswith("%") or cell.startswith(("£", "$", "€")):
        return "must be a number without a unit"
    if re.fullmatch(r"[+-]?[0-9]+,[0-9]+", cell):
        return "must have a point before its decimals, such as 1.5"
    return "must be a number, such as 1234.5"


def read_tidy(path: str | os.PathLike[str]) -> TidyFile:
    r"""Return the cells of a CSV file with a heading, whatever its columns.

    Cells may be separated by commas, semicolons, tabs or bars; the text is UTF-8. Rows that are wholly empty at the end are no rows.

    Raises
    ------
    TableError
        When the file can't be read, is no CSV file, has no heading or no rows, or a row has more or fewer cells than the heading.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = pathlib.Path(folder, "mine.csv")
    ...     _ = file.write_text("area_code,period,value\nE08000003,2023,4.5\n")
    ...     read_tidy(file).numbers("value").tolist()
    [4.5]
    """
    place = Path(path)
    name = place.name or str(place)
    if place.is_dir():
        raise TableError(f"{name} is a folder; name the file in it")
    try:
        size = place.stat().st_size
        if size > LARGEST:
            raise TableError(f"{name} has {size:,} bytes; more than {LARGEST:,} are not read")
        data = place.read_bytes()
    except (OSError, ValueError) as error:
        if isinstance(error, TableError):
            raise
        reason = error.strerror if isinstance(error, OSError) and error.strerror else str(error)
        raise TableError(f"{name} can't be read: {reason}") from None
    note(str(place.resolve()))
    sha = hashlib.sha256(data).hexdigest()
    return _tidy(name, place, sha, _text(name, data))


def _text(name: str, data: bytes) -> str:
    if name.lower().endswith(".gz"):
        try:
            with gzip.open(io.BytesIO(data)) as stream:
                data = stream.read(LARGEST + 1)
        except (OSError, EOFError, zlib.error) as error:
            raise TableError(f"{name} is not a whole gzip file ({error})") from None
        if len(data) > LARGEST:
            raise TableError(f"{name} would grow to more than {LARGEST:,} bytes, which are not read")
    if not data.strip(b"\xef\xbb\xbf \r\n\t\0"):
        raise TableError(f"{name} is empty; it must have a heading and rows")
    if what := foreign(data):
        raise TableError(f"{name} is not a CSV file: {what}")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = data.count(b"\n", 0, error.start) + 1
        raise TableError(
            f"{name}, row {row}, value {data[error.start : error.start + 1]!r}: must be encoded in UTF-8"
        ) from None


def _tidy(name: str, place: Path, sha: str, text: str) -> TidyFile:
    first = text.splitlines()[0]
    if not first.strip(' ,;\t|"'):
        raise TableError(f"{name}: line 1 is blank; the heading must be the first line")
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=max(_MARKS, key=first.count), strict=True)
    rows: list[list[str]] = []
    lines: list[int] = []
    try:
        header = [cell.strip() for cell in next(reader)]
        for row in reader:
            rows.append([cell.strip() for cell in row])
            lines.append(reader.line_num)
    except csv.Error as error:
        raise TableError(f"{name}, row {reader.line_num}: it is no well-formed CSV file ({error})") from None
    while rows and not any(rows[-1]):
        rows.pop()
        lines.pop()
    for i, column in enumerate(header):
        if not column:
            raise TableError(f"{name}, row 1: column {i + 1} has no name")
        if column in header[:i]:
            raise TableError(f"{name}, row 1: the column {column!r} stands in the heading twice")
    wrong = [
        Failure(name, "the line is blank" if not any(row) else f"must have {len(header)} cells, as the heading has; it has {len(row)}", line)
        for row, line in zip(rows, lines, strict=True)
        if len(row) != len(header) or not any(row)
    ]  # fmt: skip
    wrong += [Failure(name, AGAIN, line) for row, line in zip(rows, lines, strict=True) if row == header]
    if not rows:
        raise TableError(f"{name} has a heading but no rows")
    columns = {} if wrong else dict(zip(header, zip(*rows, strict=True), strict=True))
    found = TidyFile(name, place, sha, columns, lines)
    found.refuse(wrong)
    return found
