"""The registry of the data folder, and questions to it.

Every question is a method of ``Registry``, described there; ``asked`` makes it a function without a registry.
"""

from __future__ import annotations

import datetime as dt
import inspect
import os
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Concatenate, ParamSpec, TypeVar

from healthdevo import tables
from healthdevo.areas.registry import Registry
from healthdevo.tables.folder import root
from healthdevo.tables.used import note, steady

__all__ = [
    "by_ods_code",
    "children",
    "exact_predecessors",
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

_Arguments = ParamSpec("_Arguments")
_Answer = TypeVar("_Answer")
_REGISTRIES: dict[tuple[object, ...], Registry] = {}
_STEADY: dict[tuple[object, ...], Registry] = {}
_TABLES = ("area", "area_membership")
REFERENCE = dt.date(2026, 3, 31)
"""The last day of the 42 integrated care boards that most figures are published for."""


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
    page = steady() if source is None else None
    if source is None:
        for name in _TABLES:
            note(name)  # also where this process, or the one that it was forked from, has read them before
    if page in _STEADY:
        return _STEADY[page]
    folder = root()
    own = source if source is not None else os.environ.get("HEALTHDEVO_OVERLAY") or None
    overlay = None if own is None else Path(own).resolve()
    key = (folder, overlay, _stamps(folder / "tables"), () if overlay is None else _stamps(overlay))
    if key not in _REGISTRIES:
        frames = [tables.load(name, source=source) for name in _TABLES]
        _REGISTRIES[key] = Registry(*frames, reference=REFERENCE if own is None else None)
    if page is not None:
        _STEADY[page] = _REGISTRIES[key]
    return _REGISTRIES[key]


def asked(
    question: Callable[Concatenate[Registry, _Arguments], _Answer],
) -> Callable[_Arguments, _Answer]:
    """Return a question of ``Registry`` as a function that asks the registry of the data folder.

    Its arguments, types and description are those of the question. The registry is looked up at each call, so
    changed tables count.

    Examples
    --------
    >>> asked(Registry.get)("E54000057").short_name
    'NHS Greater Manchester ICB'
    """

    @wraps(question)
    def ask(*args: _Arguments.args, **kwargs: _Arguments.kwargs) -> _Answer:
        return question(registry(), *args, **kwargs)

    own = inspect.signature(question)
    ask.__signature__ = own.replace(parameters=list(own.parameters.values())[1:])  # type: ignore[attr-defined]
    return ask


get = asked(Registry.get)
by_ods_code = asked(Registry.by_ods_code)
resolve = asked(Registry.resolve)
find = asked(Registry.find)
list_areas = asked(Registry.list_areas)
parents = asked(Registry.parents)
children = asked(Registry.children)
members = asked(Registry.members)
peers = asked(Registry.peers)
exact_predecessors = asked(Registry.exact_predecessors)
kinds = asked(Registry.kinds)


def reference_date() -> dt.date:
    """Return the date for which questions without a date are answered; see ``Registry.reference_date``.

    Examples
    --------
    >>> reference_date() >= dt.date(2025, 4, 1)
    True
    """
    return registry().reference_date
