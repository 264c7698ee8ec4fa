"""What a table in a file, or in memory, breaks: form, types, constraints, rules and keys that lead to other tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from healthdevo.errors import TableError
from healthdevo.tables.descriptor import Package, Table
from healthdevo.tables.failure import Failure
from healthdevo.tables.reading import Raw, parse, read
from healthdevo.tables.schema import violations

__all__ = ["broken", "examine", "foreign_failures", "own_folder", "table_file"]


def own_folder(source: str | os.PathLike[str] | None) -> Path | None:
    """Return the folder of the user's own tables: the one given, or else the one of ``HEALTHDEVO_OVERLAY``."""
    named = source if source is not None else os.environ.get("HEALTHDEVO_OVERLAY") or None
    if named is None:
        return None
    folder = Path(named)
    if not folder.is_dir():
        raise TableError(f"the folder of own tables {str(named)!r} does not exist")
    return folder.resolve()


def table_file(package: Package, table: Table, source: str | os.PathLike[str] | None) -> tuple[Path, bool]:
    """Return the file of a table and whether it is the user's own."""
    folder = own_folder(source)
    if folder is not None:
        own = [p for p in (folder / f"{table.name}.csv", folder / f"{table.name}.csv.gz") if p.is_file()]
        if len(own) > 1:
            raise TableError(f"table {table.name}: {own[0].name} and {own[1].name} are both there; keep one")
        if own:
            return own[0], True
    return package.folder / table.path, False


def examine(
    raw: Raw, table: Table, package: Package, source: str | os.PathLike[str] | None, *, rules: bool = True
) -> tuple[pd.DataFrame, list[Failure]]:
    """Return the cells of a file as a typed frame, and everything that is wrong with them.

    Parameters
    ----------
    raw : Raw
        The cells.
    table : Table
        Description of the table.
    package : Package
        The other tables, for keys that lead to them.
    source : path or None
        Folder of the user's own tables, which count for keys; the data folder itself for the tables of the project.
    rules : bool, default True
        Whether constraints, keys and rules are checked; types are in any case.
    """
    parsed = parse(raw, table)
    failures = [*raw.failures, *parsed.failures]
    if rules and raw.columns:
        reported = {(f.row, f.column) for f in raw.failures}

        def written(row: int, column: str) -> str:
            return raw.columns[column][row]

        for found in violations(parsed.frame, table, raw.lines, parsed.bad, written):
            if (found.row, found.column) not in reported:
                failures.append(found)
        failures.extend(foreign_failures(parsed.frame, raw.lines, table, package, source, parsed.bad))
    return parsed.frame, sorted(failures, key=lambda f: (f.row or 0, f.column, f.rule))


def foreign_failures(
    frame: pd.DataFrame,
    lines: Sequence[int],
    table: Table,
    package: Package,
    source: str | os.PathLike[str] | None,
    bad: Iterable[tuple[int, str]],
) -> list[Failure]:
    """Return the rows whose keys lead to no row of the table they refer to; ``bad`` cells are reported already."""
    failures = []
    skip = set(bad)
    for key in table.foreign_keys:
        if not set(key.fields) <= set(frame.columns):
            continue
        if key.table in ("", table.name):
            known = set(zip(*(frame[c] for c in key.target), strict=True))
        else:
            target = package.table(key.table)
            parsed = parse(read(table_file(package, target, source)[0], target), target).frame
            if not set(key.target) <= set(parsed.columns):
                failures.append(Failure(table.name, f"the table {key.table} it refers to cannot be read"))
                continue
            known = set(zip(*(parsed[c] for c in key.target), strict=True))
        there = key.table or table.name
        rule = f"must be one of the values of {' and '.join(key.target)} in the table {there}"
        given = frame[list(key.fields)]
        combinations = given.drop_duplicates().dropna()
        unknown = {c for c in combinations.itertuples(index=False, name=None) if c not in known}
        if not unknown:
            continue
        for i, values in enumerate(given.itertuples(index=False, name=None)):
            if values in unknown and not any((i, c) in skip for c in key.fields):
                shown = " and ".join(str(v) for v in values)
                failures.append(Failure(table.name, rule, lines[i], " and ".join(key.fields), shown))
    return failures


def broken(name: str, failures: Sequence[Failure]) -> TableError:
    """Return the error that lists what a table breaks."""
    count = f"{len(failures)} failure" + ("s" if len(failures) > 1 else "")
    return TableError(f"table {name} breaks its descriptor: {count}", [str(f) for f in failures])
