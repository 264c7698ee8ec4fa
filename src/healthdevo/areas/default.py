"""The registry of the data folder, and questions to it."""

from __future__ import annotations

import datetime as dt
import os
from pathlib import Path

from healthdevo import tables
from healthdevo.areas.area import Area, DateLike
from healthdevo.areas.registry import Registry

__all__ = [
    "by_ods_code",
    "children",
    "find",
    "get",
    "kinds",
    "list_areas",
    "members",
    "parents",
    "peers",
    "reference_date",
    "registry",
    "resolve",
]

_REGISTRIES: dict[tuple[object, ...], Registry] = {}
_TABLES = ("area", "area_membership")


def _stamps(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Return what tells whether files of the registry's tables in a folder have changed."""
    found = []
    for name in _TABLES:
        for suffix in (".csv", ".csv.gz"):
            try:
                status = os.stat(folder / f"{name}{suffix}")
            except OSError:
                continue
            found.append((f"{name}{suffix}", status.st_mtime_ns, status.st_size))
    return tuple(found)


def registry(source: str | os.PathLike[str] | None = None) -> Registry:
    """Return the registry of the data folder, read once for each state of its tables.

    Parameters
    ----------
    source : path, optional
        A folder of the user's own tables ``area`` and ``area_membership``, as for ``tables.load``.

    Returns
    -------
    Registry

    Raises
    ------
    TableError
        When the tables are missing or break their rules.

    Examples
    --------
    >>> "E92000001" in registry()
    True
    """
    folder = tables.root()
    own = source if source is not None else os.environ.get("HEALTHDEVO_OVERLAY") or None
    overlay = None if own is None else Path(own).resolve()
    key = (folder, overlay, _stamps(folder / "tables"), () if overlay is None else _stamps(overlay))
    if key not in _REGISTRIES:
        frames = [tables.load(name, source=source) for name in _TABLES]
        _REGISTRIES[key] = Registry(*frames)
    return _REGISTRIES[key]


def get(code: str, on: DateLike | None = None) -> Area:
    """Return the area of a code; see ``Registry.get``.

    Examples
    --------
    >>> get("E54000057").short_name
    'NHS Greater Manchester ICB'
    """
    return registry().get(code, on)


def by_ods_code(code: str, on: DateLike | None = None) -> Area:
    """Return the area of a code of the NHS's directory of organisations; see ``Registry.by_ods_code``.

    Examples
    --------
    >>> by_ods_code("QOP").code
    'E54000057'
    """
    return registry().by_ods_code(code, on)


def resolve(text: str, *, kind: str | None = None, on: DateLike | None = None) -> Area:
    """Return the one area that a code or an exact name stands for; see ``Registry.resolve``.

    Examples
    --------
    >>> resolve("nhs-greater-manchester-icb").code
    'E54000057'
    """
    return registry().resolve(text, kind=kind, on=on)


def find(text: str, *, kind: str | None = None, on: DateLike | None = None) -> list[Area]:
    """Return the areas that a text may mean, the likeliest first; see ``Registry.find``.

    Examples
    --------
    >>> find("manchester", kind="district")[0].code
    'E08000003'
    """
    return registry().find(text, kind=kind, on=on)


def list_areas(kind: str | None = None, on: DateLike | None = None) -> list[Area]:
    """Return the areas of a kind or kind group; see ``Registry.list_areas``.

    Examples
    --------
    >>> len(list_areas("nhs_region"))
    7
    """
    return registry().list_areas(kind, on)


def parents(code: str, on: DateLike | None = None) -> list[Area]:
    """Return the areas that contain an area; see ``Registry.parents``.

    Examples
    --------
    >>> [a.code for a in parents("E40000010")]
    ['E92000001']
    """
    return registry().parents(code, on)


def children(code: str, kind: str | None = None, on: DateLike | None = None) -> list[Area]:
    """Return the areas directly under an area; see ``Registry.children``.

    Examples
    --------
    >>> [a.ods_code for a in children("E40000010", "icb", on="2024-01-01")]
    ['QYG', 'QE1', 'QOP']
    """
    return registry().children(code, kind, on)


def members(code: str, kind: str, on: DateLike | None = None) -> list[Area]:
    """Return the areas of a kind that make up an area; see ``Registry.members``.

    Examples
    --------
    >>> len(members("E47000001", "district", on="2019-04-01"))
    10
    """
    return registry().members(code, kind, on)


def peers(code: str, on: DateLike | None = None, *, include_self: bool = False) -> list[Area]:
    """Return the areas of the same kind that exist on the same date; see ``Registry.peers``.

    Examples
    --------
    >>> len(peers("E40000010"))
    6
    """
    return registry().peers(code, on, include_self=include_self)


def kinds() -> tuple[str, ...]:
    """Return the kinds of area in the registry, the widest first.

    Examples
    --------
    >>> kinds()[:4]
    ('country', 'region', 'nhs_region', 'icb')
    """
    return registry().kinds()


def reference_date() -> dt.date:
    """Return the date for which questions without a date are answered; see ``Registry.reference_date``.

    Examples
    --------
    >>> reference_date() >= dt.date(2025, 4, 1)
    True
    """
    return registry().reference_date
