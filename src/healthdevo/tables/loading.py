"""Tables as typed frames: loading them, and validating frames in memory."""

from __future__ import annotations

import os
from collections.abc import Mapping

import pandas as pd

from healthdevo.tables import descriptor, own
from healthdevo.tables.descriptor import Table
from healthdevo.tables.examining import broken, examine, foreign_failures
from healthdevo.tables.failure import Failure
from healthdevo.tables.origin import Origin
from healthdevo.tables.own import Made, made, own_folder, table_file
from healthdevo.tables.plausible import implausible
from healthdevo.tables.reading import cells, fetch, read
from healthdevo.tables.schema import violations
from healthdevo.tables.used import note, note_descriptor

__all__ = ["embedded", "load", "names", "origin", "own_tables", "validate"]

_LOADED: dict[tuple[object, ...], pd.DataFrame] = {}


def names() -> tuple[str, ...]:
    """Return the names of all tables.

    Examples
    --------
    >>> "emergency_month" in names()
    True
    """
    note_descriptor()
    return tuple(descriptor.package().tables)


def origin(name: str, *, source: str | os.PathLike[str] | None = None) -> Origin:
    """Return where the table of a name comes from: the default one, or the user's own where there is one.

    Parameters
    ----------
    name : str
        Name of the table.
    source : path, optional
        As in ``load``.

    Examples
    --------
    >>> origin("emergency_month").publisher
    'NHS England'
    """
    package = descriptor.package()
    table = package.table(name)
    path, overlay = table_file(package, table, source)
    note(name if source is None else str(path.resolve()))
    if not overlay:
        return embedded(table)
    raw = read(path, table)
    return _origin(table, str(path), raw.sha256, raw.rows, made(package, name, source))


def own_tables(*, source: str | os.PathLike[str] | None = None) -> tuple[str, ...]:
    """Return the names of the tables that the user's own folder replaces; none without such a folder.

    Parameters
    ----------
    source : path, optional
        As in ``load``.

    Raises
    ------
    TableError
        When the folder is not there or a file in it stands for no table.

    Examples
    --------
    >>> own_tables()
    ()
    """
    folder, package = own_folder(source), descriptor.package()
    if folder is None or folder == package.folder:
        return ()
    return tuple(own.own_tables(package, folder).files)


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
        When the table is unknown, its file is missing, or anything in it breaks a rule: one line for each kind of
        failure with table, column, rule, how many there are and the first rows (lines in the file) and values; ``every``
        of the error has each single one. Also when an own table is implausible beside the embedded one (see the
        user's guide), or a file in the folder of own tables stands for no table.

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
    path, overlay = table_file(package, table, source)
    note(name if source is None else str(path.resolve()))
    data, sha = fetch(path)
    told = made(package, name, source)
    key = (path, sha, package, name, validate, own_folder(source), told)
    cached = _LOADED.get(key)
    if cached is None:
        raw = cells(data, sha, path.name, table) if sha else read(path, table)
        cached, failures = examine(raw, table, package, source, rules=validate)
        if told is not None and validate and not failures and not told.implausible:
            failures = implausible(cached, raw.lines, table, package)
        if failures:
            raise broken(name, failures, raw.rows)
        shown = str(path) if overlay else table.path
        cached.attrs["origin"] = _origin(table, shown, raw.sha256, len(cached), told)
        _LOADED[key] = cached
    return cached.copy(deep=False)


def held() -> dict[str, tuple[str, pd.DataFrame]]:
    """Return the default tables that this process has read and found right, by name, each with the hash of its file."""
    package = descriptor.package()
    return {
        str(name): (str(sha), frame)
        for (_, sha, of, name, rules, folder, told), frame in _LOADED.items()
        if of is package and rules and told is None and folder in (None, package.folder)
    }


def hold(frames: Mapping[str, tuple[str, pd.DataFrame]]) -> None:
    """Take over default tables that another process has read and found right, where their files are still the same.

    Without a folder of own tables only: with one, keys to other tables may lead elsewhere.
    """
    package = descriptor.package()
    if own_folder(None) not in (None, package.folder):
        return
    for name, (sha, frame) in frames.items():
        if name not in package.tables:
            continue
        path, _ = table_file(package, package.table(name), None)
        if fetch(path)[1] == sha:
            _LOADED[path, sha, package, name, True, own_folder(None), None] = frame


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
    failures += foreign_failures(plain, lines, table, package, source, ())
    if failures:
        raise broken(name, failures, len(plain))


def embedded(table: Table) -> Origin:
    """Return the origin of the default table, as its descriptor has it."""
    return _origin(table, table.path, table.sha256, table.rows, None)


def _origin(table: Table, path: str, sha256: str, rows: int, told: Made | None) -> Origin:
    """Return the origin of a table; of the user's own one (``told``) what its folder says of it comes first."""
    mine = told or Made()
    return Origin(
        table.name,
        mine.title or table.title,
        mine.publisher or table.publisher,
        mine.edition or table.edition,
        mine.release or ("" if told else table.release),
        mine.coverage or ("" if told else table.coverage),
        mine.licence or table.licence,
        mine.sources or table.sources,
        mine.caveats or table.caveats,
        path,
        sha256,
        rows,
        told is not None,
        mine.implausible,
        mine.editions,
    )
