"""Writing tables, and bringing the descriptor's hashes and counts up to date."""

from __future__ import annotations

import gzip
import json
import os
import re
from collections.abc import Iterable
from pathlib import Path

import numpy as np
import pandas as pd

from healthdevo.errors import TableError
from healthdevo.files import write_atomically
from healthdevo.tables import descriptor
from healthdevo.tables.checking import fingerprints
from healthdevo.tables.descriptor import Field, Package, Table
from healthdevo.tables.examining import examine
from healthdevo.tables.failure import Failure
from healthdevo.tables.folder import DESCRIPTOR
from healthdevo.tables.loading import validate
from healthdevo.tables.reading import fetch, read

__all__ = ["contents", "refresh", "save"]

_BEGIN, _END = "<!-- tables -->\n", "<!-- /tables -->"
_SPECIAL = re.compile(r'[",\r\n]')


def save(frame: pd.DataFrame, name: str, *, folder: str | os.PathLike[str] | None = None) -> Path:
    """Write a frame as the table of a name, so that ``load`` returns the same frame.

    Parameters
    ----------
    frame : pandas.DataFrame
        The columns and data types that ``load`` returns, in any order of columns. Row order is kept.
    name : str
        A table of the descriptor.
    folder : path, optional
        A folder of own tables (see ``load``), made when missing; the file is then ``<name>.csv``. Without it the
        table in the data folder is replaced and its hash and row count are brought up to date.

    Returns
    -------
    pathlib.Path
        The file written. It appears whole or not at all.

    Raises
    ------
    TableError
        When the frame breaks the descriptor; nothing is written then.

    Examples
    --------
    >>> import tempfile
    >>> from healthdevo.tables import load
    >>> own = load("emergency_deprivation")
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = save(own, "emergency_deprivation", folder=folder)
    ...     load("emergency_deprivation", source=folder).equals(own)
    True
    """
    package = descriptor.package()
    table = package.table(name)
    own = folder if folder is not None and Path(folder).is_dir() else None
    validate(frame, name, source=own)
    content = _text(frame, table).encode()
    if folder is None:
        path = package.folder / table.path
    else:
        path = Path(folder) / f"{name}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
    if path.suffix == ".gz":
        content = gzip.compress(content, compresslevel=9, mtime=0)
    write_atomically(path, content)
    if folder is None:
        refresh([name])
    return path


def _text(frame: pd.DataFrame, table: Table) -> str:
    columns = [_cells(frame[f.name], f) for f in table.fields]
    if any("\0" in cell for column in columns for cell in column):
        raise TableError(f"table {table.name}: a text holds a null character, which a CSV file cannot carry")
    rows = [table.columns, *zip(*columns, strict=True)]
    return "".join(",".join(map(_quoted, row)) + "\n" for row in rows)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if _SPECIAL.search(cell) else cell


def _cells(series: pd.Series, field: Field) -> list[str]:
    if field.type == "date":
        return ["" if pd.isna(v) else v.date().isoformat() for v in series]
    if field.type == "boolean":
        return ["" if pd.isna(v) else "true" if v else "false" for v in series]
    if field.type in ("integer", "number"):
        return [_digits(float(v)) if isinstance(v, float | np.floating) else str(v) for v in series.tolist()]
    return ["" if pd.isna(v) else str(v) for v in series]


def _digits(value: float) -> str:
    if np.isnan(value):
        return ""
    whole = value.is_integer() and abs(value) < 2**53 and not (value == 0 and np.signbit(value))
    return str(int(value)) if whole else repr(value)


def refresh(names: Iterable[str] | None = None) -> tuple[str, ...]:
    """Record the hash, size, row count and column fingerprints of the tables as they now are.

    Parameters
    ----------
    names : iterable of str, optional
        Tables; by default all, and the files beside them.

    Returns
    -------
    tuple of str
        The tables whose entries have changed.

    Raises
    ------
    TableError
        When a table cannot be read or breaks its descriptor; nothing is recorded then.
    """
    package = descriptor.package()
    path = package.folder / DESCRIPTOR
    content = json.loads(path.read_text(encoding="utf-8"))
    chosen = set(package.tables if names is None else (package.table(n).name for n in names))
    changed: list[str] = []
    failures: list[Failure] = []
    for resource in content["resources"]:
        name = resource["name"]
        if names is None and name in package.attachments:
            data, sha = fetch(package.folder / resource["path"])
            if not sha:
                failures.append(Failure(name, f"the file {resource['path']} is missing or unreadable"))
            elif (resource.get("hash"), resource.get("bytes")) != (f"sha256:{sha}", len(data)):
                resource.update(bytes=len(data), hash=f"sha256:{sha}")
                changed.append(name)
        if name not in chosen:
            continue
        table = package.table(name)
        raw = read(package.folder / table.path, table)
        failures.extend(examine(raw, table, package, package.folder)[1])
        entry = {
            "bytes": raw.size,
            "hash": f"sha256:{raw.sha256}",
            "rows": raw.rows,
            "fingerprints": fingerprints(raw),
        }
        if any(resource.get(k) != v for k, v in entry.items()):
            resource.update(entry)
            changed.append(table.name)
    if failures:
        raise TableError(
            "nothing was recorded, because tables break their descriptors", [str(f) for f in failures]
        )
    if changed:
        write_atomically(path, (json.dumps(content, indent=2, ensure_ascii=False) + "\n").encode())
    _list(descriptor.package(package.folder))
    return tuple(changed)


def contents(package: Package) -> str:
    """Return the list of all tables in Markdown: name, title, rows, columns."""
    lines = ["", "| table | what | rows | columns |", "|---|---|---|---|"]
    for table in sorted(package.tables.values(), key=lambda t: t.name):
        columns = ", ".join(f"**{f.name}**" if f.name in table.primary_key else f.name for f in table.fields)
        lines.append(f"| `{table.name}` | {table.title} | {table.rows:,} | {columns} |")
    return "\n".join([*lines, "", "Columns of the key are in bold type.", ""])


def _list(package: Package) -> None:
    """Bring the list of tables in the folder's README up to date, where it has one."""
    path = package.folder / "README.md"
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    before, begin, rest = text.partition(_BEGIN)
    _, end, after = rest.partition(_END)
    new = before + begin + contents(package) + end + after
    if end and new != text:
        write_atomically(path, new.encode())
