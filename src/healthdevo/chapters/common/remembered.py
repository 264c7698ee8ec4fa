"""Answers that a process remembers: what many pages ask of the tables, asked once before pages are forked from the process that knows.

``@remembered`` marks a pure function of a few plain values and of the tables. It answers from memory for as long as no table has changed, and
notes at every answer which tables it rests on, so that a page which never read them itself is made again when they change. Nobody may
change what it returns.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import pandas as pd

from healthdevo.tables import folder
from healthdevo.tables.used import heard, note, steady

P = ParamSpec("P")
R = TypeVar("R")

_SHARED: dict[int, tuple[weakref.ref[Any], dict[str, str]]] = {}
"""Objects that nobody changes, by identity, with what is known of them."""


_STEADY: dict[object, tuple[object, ...]] = {}


def state_of_tables() -> tuple[object, ...]:
    """Return what tells whether tables have changed: folder, size and time of every file; looked at once for a page of a build."""
    page = steady()
    if page is None:
        return _state()
    if page not in _STEADY:
        _STEADY[page] = _state()
    return _STEADY[page]


def _state() -> tuple[object, ...]:
    folders = [str(folder.root() / "tables"), os.environ.get("HEALTHDEVO_OVERLAY") or ""]
    return tuple(
        (entry.path, status.st_mtime_ns, status.st_size)
        for place in folders
        if place and os.path.isdir(place)
        for entry in sorted(os.scandir(place), key=lambda entry: entry.path)
        for status in [entry.stat()]
    )


def keep_as_is(value: object) -> None:
    """Say that nobody will change an object, so that what is known of it (such as a hash) may be kept with it."""
    place = id(value)
    _SHARED[place] = weakref.ref(value, lambda _: _SHARED.pop(place, None)), {}


def known_of(value: object) -> dict[str, str] | None:
    """Return what is known of an object that nobody changes, for more to be added; None for any other object."""
    found = _SHARED.get(id(value))
    return found[1] if found is not None and found[0]() is value else None


def remembered(*, shared: tuple[str, ...] = ()) -> Callable[[Callable[P, R]], Callable[P, R]]:
    """Let a function of plain values answer from memory; ``shared`` names attributes of its answer that are asked for at once, and never change.

    >>> asked = []
    >>> @remembered()
    ... def double(number):
    ...     asked.append(number)
    ...     return 2 * number
    >>> double(2), double(2), asked
    (4, 4, [2])
    """

    def of(function: Callable[P, R]) -> Callable[P, R]:
        memory: dict[object, tuple[R, frozenset[str]]] = {}
        state: list[object] = [None]

        @wraps(function)
        def found(*args: P.args, **options: P.kwargs) -> R:
            now = state_of_tables()
            if state[0] != now:
                memory.clear()
                state[0] = now
            key = (args, tuple(sorted(options.items())))
            if key not in memory:
                with heard() as names:
                    answer = function(*args, **options)
                    parts = [answer, *(getattr(answer, name) for name in shared)]
                for part in parts:
                    if isinstance(part, (pd.DataFrame, pd.Series, pd.Index)):
                        keep_as_is(part)
                memory[key] = answer, frozenset(names)
            answer, read = memory[key]
            for name in sorted(read):
                note(name)
            return answer

        return found

    return of
