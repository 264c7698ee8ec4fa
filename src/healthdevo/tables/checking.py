"""Checking the committed tables against what was recorded of them."""

from __future__ import annotations

import zlib
from collections.abc import Iterable

import pandas as pd

from healthdevo.tables import descriptor
from healthdevo.tables.descriptor import Package, Table
from healthdevo.tables.examining import examine
from healthdevo.tables.failure import Failure
from healthdevo.tables.folder import DESCRIPTOR
from healthdevo.tables.odd import odd
from healthdevo.tables.own import lenient, made, own_folder, own_tables, strangers, table_file
from healthdevo.tables.plausible import implausible
from healthdevo.tables.reading import Raw, fetch, parse, read
from healthdevo.tables.used import ALL, note

__all__ = ["check", "fingerprints", "warnings"]

_PRIME = (1 << 61) - 1


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

    With a folder of own tables (``HEALTHDEVO_OVERLAY``) these are examined as well, as ``load`` would.

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
    with lenient():
        return _checked(descriptor.package(), which)


def _checked(package: Package, which: Iterable[str] | None) -> tuple[Failure, ...]:
    note(ALL)
    chosen = list(package.tables) if which is None else [package.table(n).name for n in which]
    failures: list[Failure] = []
    for name in chosen:
        table = package.table(name)
        raw = read(package.folder / table.path, table)
        found = examine(raw, table, package, package.folder)[1]
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
        failures.extend(_own(table, package))
    if which is None:
        failures.extend(_beside(package))
        failures.extend(Failure("of your own", said) for said in _strangers(package))
    return tuple(failures)


def _strangers(package: Package) -> tuple[str, ...]:
    folder = own_folder(None)
    return () if folder is None or folder == package.folder else strangers(package, folder)


def warnings(which: Iterable[str] | None = None) -> tuple[Failure, ...]:
    """Return what is odd in the user's own tables but breaks no rule: a sudden jump, an area that had ended, editions of one series.

    Parameters
    ----------
    which : iterable of str, optional
        Names of tables; by default all that are in the folder of own tables. One that breaks a rule has no warnings.

    Examples
    --------
    >>> warnings()
    ()
    """
    package = descriptor.package()
    folder = own_folder(None)
    if folder is None or folder == package.folder:
        return ()
    found: list[Failure] = []
    with lenient():
        wanted = (
            list(own_tables(package, folder).files)
            if which is None
            else [package.table(n).name for n in which]
        )
        for name in wanted:
            table = package.table(name)
            if made(package, name, None) is None:
                continue
            raw = read(table_file(package, table, None)[0], table)
            frame, broken = examine(raw, table, package, None)
            if not broken:
                census = _beside_it(package, "population_year")
                people = (
                    None
                    if census is None
                    else census.dropna(subset=["persons"])
                    .sort_values("year")
                    .groupby("area_code")["persons"]
                    .last()
                )
                found += odd(frame, raw.lines, table, _beside_it(package, "area"), people)
    return tuple(found)


def _beside_it(package: Package, name: str) -> pd.DataFrame | None:
    """Return a table that others are held against, as it stands; None where the data have none of the name."""
    if name not in package.tables:
        return None
    table = package.table(name)
    return parse(read(table_file(package, table, None)[0], table), table).frame


def _own(table: Table, package: Package) -> list[Failure]:
    """Return what is wrong with the user's own table of a name, where there is one."""
    own = made(package, table.name, None)
    if own is None:
        return []
    raw = read(table_file(package, table, None)[0], table)
    frame, found = examine(raw, table, package, None)
    if not found and not own.implausible:
        found = implausible(frame, raw.lines, table, package)
    return found


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
                rule = f"the file {folder}/{path.name} is not described in {DESCRIPTOR}"
                failures.append(Failure(path.name.partition(".")[0], rule))
    return failures
