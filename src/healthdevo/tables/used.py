"""What of the data folder is read: written down while a page is made, so that it is made again when just that has changed."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import wraps
from pathlib import Path

from healthdevo.errors import TableError
from healthdevo.tables import descriptor, folder
from healthdevo.tables.folder import DESCRIPTOR
from healthdevo.tables.own import made, table_file

__all__ = ["ALL", "READS", "current", "heard", "note", "note_descriptor", "root", "steady"]

READS = "HEALTHDEVO_READS"
"""Environment variable with the file that the names of what is read are written to; without it nothing is written."""
ALL = "*"
"""Stands for the whole data folder, and the user's own tables."""

_NOTED: set[tuple[str, str]] = set()
_HEARING: list[set[str]] = []


def note(name: str) -> None:
    """Write down that a table, a file of the data folder (its path from there), or a file or the list of a folder elsewhere (its whole path) is read."""
    for names in _HEARING:
        names.add(name)
    target = os.environ.get(READS)
    if not target or (target, name) in _NOTED:
        return
    with open(
        target, "a", encoding="utf-8"
    ) as stream:  # one short line: processes of one page may share the file
        stream.write(f"{name}\n")
    _NOTED.add((target, name))


def steady() -> tuple[str | None, ...] | None:
    """Return what names the data of the page that this process is making, which stay as they are until it is made; None outside a build."""
    if not os.environ.get(READS):
        return None
    return tuple(os.environ.get(name) for name in (READS, "HEALTHDEVO_DATA", "HEALTHDEVO_OVERLAY"))


@contextmanager
def heard() -> Iterator[set[str]]:
    """Give a set that holds every name noted inside the block: what an answer rests on, for whoever remembers the answer."""
    names: set[str] = set()
    _HEARING.append(names)
    try:
        yield names
    finally:
        _HEARING[:] = [other for other in _HEARING if other is not names]


def note_descriptor() -> None:
    """Write down that the list of tables itself is read."""
    note(DESCRIPTOR)


@wraps(folder.root)
def root() -> Path:  # noqa: D103 - it has the description of the function that it wraps
    note(ALL)  # whatever is done with it
    return folder.root()


def current(name: str) -> str:
    """Return a hash of what a name that was noted stands for now; empty when there is no such thing.

    For a table these are the bytes of its file, its entry in the descriptor, and the tables that its keys lead to.
    """
    if name == ALL:
        return _folder(folder.root()) + _folder(Path(os.environ.get("HEALTHDEVO_OVERLAY") or os.devnull))
    package = descriptor.package()
    if name not in package.tables:
        return _file(folder.root() / name)
    table = package.tables[name]
    known = {key.table for key in table.foreign_keys if key.table in package.tables} | {name}
    found = hashlib.sha256(repr(table).encode())
    try:
        for one in sorted(known):
            found.update(_file(table_file(package, package.tables[one], None)[0]).encode())
            found.update(repr(made(package, one, None)).encode())
    except TableError:  # own tables that can't be told apart: whoever loads one hears of it
        return ""
    return found.hexdigest()


def _file(path: Path) -> str:
    try:
        names = "/".join(sorted(os.listdir(path))).encode() if path.is_dir() else None
        return hashlib.sha256(path.read_bytes() if names is None else names).hexdigest()
    except OSError:
        return ""


def _folder(place: Path) -> str:
    files = sorted(path for path in place.rglob("*") if path.is_file()) if place.is_dir() else []
    parts = "".join(f"{path.relative_to(place).as_posix()}\0{_file(path)}\0" for path in files)
    return hashlib.sha256(parts.encode()).hexdigest()
