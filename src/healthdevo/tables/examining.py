"""What a table in a file, or in memory, breaks: form, types, constraints, rules and keys that lead to other tables."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

import pandas as pd

from healthdevo.errors import TableError
from healthdevo.tables.descriptor import Package, Table
from healthdevo.tables.failure import Failure, grouped
from healthdevo.tables.own import Made, made, table_file
from healthdevo.tables.reading import Raw, parse, read
from healthdevo.tables.schema import violations

__all__ = ["broken", "examine", "foreign_failures"]


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
    own = made(package, table.name, source)
    if own is not None and "edition" in parsed.frame:
        failures += _editions(parsed.frame, raw, table, own)
    if rules and raw.columns:
        reported = {(f.row, f.column) for f in failures}

        def written(row: int, column: str) -> str:
            return raw.columns[column][row]

        for found in violations(parsed.frame, table, raw.lines, parsed.bad, written):
            if (found.row, found.column) not in reported:
                failures.append(found)
        failures.extend(foreign_failures(parsed.frame, raw.lines, table, package, source, parsed.bad))
    return parsed.frame, sorted(failures, key=lambda f: (f.row or 0, f.column, f.rule))


def _editions(frame: pd.DataFrame, raw: Raw, table: Table, own: Made) -> list[Failure]:
    """Give editions of an own table the names of those in whose place they are used; return what forbids it."""
    names = dict(own.editions)
    there = set(frame["edition"].dropna())
    known = table.field("edition").enum
    for mine, embedded in names.items():
        if known and embedded not in known:
            return [
                Failure(
                    table.name, f"{embedded!r} under `editions` is no embedded edition: {', '.join(known)}"
                )
            ]
        if embedded in there or list(names.values()).count(embedded) > 1:
            rule = f"{mine} can't be used in place of {embedded}: there are several of them; keep one"
            return [Failure(table.name, rule)]
    unknown = [
        i for i, name in enumerate(frame["edition"]) if known and name not in known and name not in names
    ]
    frame["edition"] = frame["edition"].replace(names)
    rule = (
        f"must be one of {', '.join(known)}; a newer edition keeps its own name, and `editions` in the folder's datapackage.json says "
        f'in place of which it is used, such as {{"{raw.columns["edition"][unknown[0]]}": "{known[-1]}"}}'
        if unknown
        else ""
    )
    return [
        Failure(table.name, rule, raw.lines[i], "edition", raw.columns["edition"][i])
        for i in unknown
        if raw.columns["edition"][i]
    ]


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


def broken(name: str, failures: Sequence[Failure], rows: int = 0) -> TableError:
    """Return the error that lists what a table breaks, one line for each kind of failure."""
    count = f"{len(failures)} failure" + ("s" if len(failures) > 1 else "")
    return TableError(
        f"table {name} breaks its descriptor: {count}", grouped(failures, rows), [str(f) for f in failures]
    )
