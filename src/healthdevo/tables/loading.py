"""Tables as typed frames: loading them, and validating frames in memory."""

from __future__ import annotations

import os

import pandas as pd

from healthdevo.tables import descriptor
from healthdevo.tables.descriptor import Table
from healthdevo.tables.examining import broken, examine, foreign_failures, own_folder, table_file
from healthdevo.tables.failure import Failure
from healthdevo.tables.origin import Origin
from healthdevo.tables.reading import cells, fetch, read
from healthdevo.tables.schema import violations
from healthdevo.tables.used import note, note_descriptor

__all__ = ["load", "names", "origin", "validate"]

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


def origin(name: str) -> Origin:
    """Return where the default table of a name comes from.

    Examples
    --------
    >>> origin("emergency_month").publisher
    'NHS England'
    """
    table = descriptor.package().table(name)
    note(name)
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
    path, overlay = table_file(package, table, source)
    note(name if source is None else str(path.resolve()))
    data, sha = fetch(path)
    key = (path, sha, package, name, validate, own_folder(source))
    cached = _LOADED.get(key)
    if cached is None:
        raw = cells(data, sha, path.name, table) if sha else read(path, table)
        cached, failures = examine(raw, table, package, source, rules=validate)
        if failures:
            raise broken(name, failures)
        shown = str(path) if overlay else table.path
        cached.attrs["origin"] = _origin(table, shown, raw.sha256, len(cached), overlay=overlay)
        _LOADED[key] = cached
    return cached.copy(deep=False)


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
        raise broken(name, failures)


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
