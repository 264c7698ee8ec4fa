"""Tables as typed frames: loading, validating, describing and checking them."""

from __future__ import annotations

import os
import zlib
from collections.abc import Iterable, Sequence
from pathlib import Path

import pandas as pd

from healthdevo.errors import TableError
from healthdevo.tables import descriptor
from healthdevo.tables.descriptor import Package, Table
from healthdevo.tables.origin import Origin
from healthdevo.tables.reading import Failure, Raw, cells, fetch, parse, read
from healthdevo.tables.schema import violations

__all__ = ["check", "describe", "examine", "fingerprints", "load", "names", "origin", "validate"]

_PRIME = (1 << 61) - 1
_LOADED: dict[tuple[object, ...], pd.DataFrame] = {}


def names() -> tuple[str, ...]:
    """Return the names of all tables.

    Examples
    --------
    >>> "emergency_month" in names()
    True
    """
    return tuple(descriptor.package().tables)


def origin(name: str) -> Origin:
    """Return where the default table of a name comes from.

    Examples
    --------
    >>> origin("emergency_month").publisher
    'NHS England'
    """
    table = descriptor.package().table(name)
    return _origin(table, table.path, table.sha256, table.rows, overlay=False)


def load(name: str, *, source: str | os.PathLike[str] | None = None, validate: bool = True) -> pd.DataFrame:
    """Return a table as a typed, validated frame.

    Parameters
    ----------
    name : str
        Name of the table; ``describe()`` lists them.
    source : path, optional
        A folder of the user's own tables: ``<name>.csv`` or ``<name>.csv.gz`` in it replaces the default, and
        must keep to the same descriptor. Without it the environment variable ``HEALTHDEVO_OVERLAY`` is read.
    validate : bool, default True
        Whether the constraints, keys and rules of the descriptor are checked. Types are checked in any case.

    Returns
    -------
    pandas.DataFrame
        Columns in the order of the descriptor. Dates are ``datetime64``, whole numbers ``int64`` (``float64``
        where they may be missing), codes strings. ``frame.attrs["origin"]`` is an ``Origin``.

    Raises
    ------
    TableError
        When the table is unknown, its file is missing, or anything in it breaks a rule: all failures are listed
        with table, row (line in the file), column, value and rule.

    Examples
    --------
    >>> frame = load("emergency_month")
    >>> int(frame.query("area_code == 'E92000001' and department_type == 'all'").shape[0])
    188
    >>> frame.attrs["origin"].licence
    'Open Government Licence v3.0'
    """
    package = descriptor.package()
    table = package.table(name)
    path, overlay = _file(package, table, source)
    data, sha = fetch(path)
    key = (path, sha, package, name, validate, _overlay_folder(source))
    cached = _LOADED.get(key)
    if cached is None:
        raw = cells(data, sha, path.name, table) if sha else read(path, table)
        cached = _frame(raw, table, package, source, validate=validate)
        shown = str(path) if overlay else table.path
        cached.attrs["origin"] = _origin(table, shown, raw.sha256, len(cached), overlay=overlay)
        _LOADED[key] = cached
    return cached.copy(deep=False)


def _frame(
    raw: Raw, table: Table, package: Package, source: str | os.PathLike[str] | None, *, validate: bool
) -> pd.DataFrame:
    frame, failures = _examine(raw, table, package, source, rules=validate)
    if failures:
        raise _error(table.name, failures)
    return frame


def _examine(
    raw: Raw, table: Table, package: Package, source: str | os.PathLike[str] | None, *, rules: bool
) -> tuple[pd.DataFrame, list[Failure]]:
    parsed = parse(raw, table)
    failures = [*raw.failures, *parsed.failures]
    if rules and raw.columns:
        reported = {(f.row, f.column) for f in raw.failures}

        def written(row: int, column: str) -> str:
            return raw.columns[column][row]

        for found in violations(parsed.frame, table, raw.lines, parsed.bad, written):
            if (found.row, found.column) not in reported:
                failures.append(found)
        failures.extend(_foreign(parsed.frame, raw.lines, table, package, source, parsed.bad))
    return parsed.frame, sorted(failures, key=lambda f: (f.row or 0, f.column, f.rule))


def _foreign(
    frame: pd.DataFrame,
    lines: Sequence[int],
    table: Table,
    package: Package,
    source: str | os.PathLike[str] | None,
    bad: Iterable[tuple[int, str]],
) -> list[Failure]:
    failures = []
    skip = set(bad)
    for key in table.foreign_keys:
        if not set(key.fields) <= set(frame.columns):
            continue
        if key.table in ("", table.name):
            known = set(zip(*(frame[c] for c in key.target), strict=True))
        else:
            target = package.table(key.table)
            parsed = parse(read(_file(package, target, source)[0], target), target).frame
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


def examine(raw: Raw, table: Table, package: Package) -> list[Failure]:
    """Return everything that is wrong with the cells of a table of the data folder."""
    return _examine(raw, table, package, package.folder, rules=True)[1]


def validate(frame: pd.DataFrame, name: str, *, source: str | os.PathLike[str] | None = None) -> None:
    """Check a frame in memory against the descriptor of a table.

    Parameters
    ----------
    frame : pandas.DataFrame
        The columns and data types that ``load`` returns; row order and index do not matter. Rows are reported
        by the line they would have in a file (the first row is line 2).
    name : str
        Name of the table.
    source : path, optional
        As in ``load``: where the tables that foreign keys lead to are taken from.

    Raises
    ------
    TableError
        With every failure.

    Examples
    --------
    >>> validate(load("population_year").head(), "population_year")
    """
    package = descriptor.package()
    table = package.table(name)
    plain = frame.reset_index(drop=True)
    lines = range(2, len(plain) + 2)
    failures = [] if len(plain) else [Failure(name, "the table has no rows", 1)]
    failures += violations(plain, table, lines)
    failures += _foreign(plain, lines, table, package, source, ())
    if failures:
        raise _error(name, failures)


def _error(name: str, failures: Sequence[Failure]) -> TableError:
    count = f"{len(failures)} failure" + ("s" if len(failures) > 1 else "")
    return TableError(f"table {name} breaks its descriptor: {count}", [str(f) for f in failures])


def _overlay_folder(source: str | os.PathLike[str] | None) -> Path | None:
    named = source if source is not None else os.environ.get("HEALTHDEVO_OVERLAY") or None
    if named is None:
        return None
    folder = Path(named)
    if not folder.is_dir():
        raise TableError(f"the folder of own tables {str(named)!r} does not exist")
    return folder.resolve()


def _file(package: Package, table: Table, source: str | os.PathLike[str] | None) -> tuple[Path, bool]:
    """Return the file of a table and whether it is the user's own."""
    folder = _overlay_folder(source)
    if folder is not None:
        own = [p for p in (folder / f"{table.name}.csv", folder / f"{table.name}.csv.gz") if p.is_file()]
        if len(own) > 1:
            raise TableError(f"table {table.name}: {own[0].name} and {own[1].name} are both there; keep one")
        if own:
            return own[0], True
    return package.folder / table.path, False


def _origin(table: Table, path: str, sha256: str, rows: int, *, overlay: bool) -> Origin:
    return Origin(
        table.name,
        table.title,
        table.publisher,
        table.edition,
        table.release,
        table.coverage,
        table.licence,
        table.sources,
        table.caveats,
        path,
        sha256,
        rows,
        overlay,
    )


def describe(name: str | None = None) -> pd.DataFrame:
    """List the tables, or the columns of one table.

    Parameters
    ----------
    name : str, optional
        A table; without it all tables are listed.

    Returns
    -------
    pandas.DataFrame
        For all tables: name, title, rows, columns, coverage, publisher, edition, release, licence, path.
        For one table: column, type, unit, required, key, refers_to, valid, description.

    Examples
    --------
    >>> list(describe("population_year")["column"][:3])
    ['area_code', 'year', 'persons']
    """
    package = descriptor.package()
    if name is None:
        return pd.DataFrame(
            [
                {
                    "name": t.name,
                    "title": t.title,
                    "rows": t.rows,
                    "columns": len(t.fields),
                    "coverage": t.coverage,
                    "publisher": t.publisher,
                    "edition": t.edition,
                    "release": t.release,
                    "licence": t.licence,
                    "path": t.path,
                }
                for t in package.tables.values()
            ]
        )
    table = package.table(name)
    leads = {
        c: f"{k.table or table.name}.{t}"
        for k in table.foreign_keys
        for c, t in zip(k.fields, k.target, strict=True)
    }
    return pd.DataFrame(
        [
            {
                "column": f.name,
                "type": f.type,
                "unit": f.unit,
                "required": f.required,
                "key": f.name in table.primary_key,
                "refers_to": leads.get(f.name, ""),
                "valid": _valid(f),
                "description": f.description,
            }
            for f in table.fields
        ]
    )


def _valid(f: descriptor.Field) -> str:
    parts = []
    if f.minimum is not None:
        parts.append(f"at least {f.minimum}")
    if f.maximum is not None:
        parts.append(f"at most {f.maximum}")
    if f.enum:
        parts.append(f"one of {', '.join(f.enum)}")
    if f.pattern:
        parts.append(f"matches {f.pattern}")
    if f.unique:
        parts.append("unique")
    return "; ".join(parts)


def fingerprints(raw: Raw) -> dict[str, str]:
    """Return three weighted sums over the cells of each column.

    With them a single changed cell of a column is not only noticed but found: if cell ``i`` has changed by ``d``
    (its checksum, modulo a prime), the sums weighted by 1, ``i`` and ``i`` squared have changed by ``d``, ``i d``
    and ``i i d``, so their ratio is its row, and the third sum confirms that it was the only one.
    """
    result = {}
    for column, written in raw.columns.items():
        sums = [0, 0, 0]
        for i, cell in enumerate(written, start=1):
            crc = zlib.crc32(cell.encode())
            sums[0] += crc
            sums[1] += crc * i
            sums[2] += crc * i * i
        result[column] = "-".join(f"{s % _PRIME:x}" for s in sums)
    return result


def _changed(raw: Raw, table: Table) -> list[Failure]:
    """Return the cells that differ from what the descriptor recorded."""
    failures = []
    recorded = table.fingerprints
    for column, text in fingerprints(raw).items():
        if column not in recorded or recorded[column] == text:
            continue
        now, then = ([int(part, 16) for part in t.split("-")] for t in (text, recorded[column]))
        d0, d1, d2 = ((a - b) % _PRIME for a, b in zip(now, then, strict=True))
        i = d1 * pow(d0, -1, _PRIME) % _PRIME if d0 else 0
        if 1 <= i <= raw.rows and d2 == d1 * i % _PRIME:
            cell = raw.columns[column][i - 1]
            rule = "is not the value recorded when the table was last refreshed"
            failures.append(Failure(table.name, rule, raw.lines[i - 1], column, cell))
        else:
            rule = "several values differ from those recorded when the table was last refreshed"
            failures.append(Failure(table.name, rule, None, column))
    return failures


def check(which: Iterable[str] | None = None) -> tuple[Failure, ...]:
    """Verify the committed tables: hashes, row counts, types, constraints, keys, foreign keys and rules.

    Parameters
    ----------
    which : iterable of str, optional
        Names of tables; by default all, and the files beside them.

    Returns
    -------
    tuple of Failure
        Everything that is wrong, with table, row (line in the file), column, value and rule; empty when all is
        well. A single changed cell of a column is found even when its new value breaks no rule.

    Examples
    --------
    >>> check(["area"])
    ()
    """
    package = descriptor.package()
    chosen = list(package.tables) if which is None else [package.table(n).name for n in which]
    failures: list[Failure] = []
    for name in chosen:
        table = package.table(name)
        raw = read(package.folder / table.path, table)
        found = examine(raw, table, package)
        if raw.sha256 and raw.sha256 != table.sha256:
            rule = f"the file {table.path} has changed: its SHA-256 is {raw.sha256[:12]}…, not {table.sha256[:12]}…"
            changed = []
            if raw.rows == table.rows and not any(f.row == 1 for f in raw.failures):
                changed = _changed(raw, table)
                if not changed:
                    rule += (
                        "; every value is as recorded, so only its form has (quotes, line ends, compression)"
                    )
            found.append(Failure(name, rule))
            known = {(f.row, f.column) for f in found}
            found.extend(f for f in changed if (f.row, f.column) not in known)
        if raw.sha256 and raw.rows != table.rows:
            found.append(
                Failure(name, f"has {raw.rows} rows that can be read, not the recorded {table.rows}")
            )
        failures.extend(found)
    if which is None:
        failures.extend(_beside(package))
    return tuple(failures)


def _beside(package: Package) -> list[Failure]:
    """Return what is wrong with the files beside the tables, and files that nobody describes."""
    failures = []
    for attachment in package.attachments.values():
        data, sha = fetch(package.folder / attachment.path)
        if not sha:
            failures.append(Failure(attachment.name, f"the file {attachment.path} is missing or unreadable"))
        elif sha != attachment.sha256:
            was = f"its SHA-256 is {sha[:12]}…, not {attachment.sha256[:12]}…, with {len(data)} bytes"
            failures.append(Failure(attachment.name, f"the file {attachment.path} has changed: {was}"))
    described = {t.path for t in package.tables.values()} | {a.path for a in package.attachments.values()}
    for folder in ("tables", "boundaries"):
        for path in sorted((package.folder / folder).glob("[!.]*")):
            if f"{folder}/{path.name}" not in described:
                rule = f"the file {folder}/{path.name} is not described in {descriptor.DESCRIPTOR}"
                failures.append(Failure(path.name.partition(".")[0], rule))
    return failures
