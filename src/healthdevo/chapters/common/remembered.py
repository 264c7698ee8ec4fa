"""Answers that a process remembers: what many pages ask of the tables, asked once before pages are forked from the process that knows.

``@remembered`` marks a pure function of a few plain values and of the tables. It answers from memory for as long as no table has changed, and
notes at every answer which tables it rests on, so that a page which never read them itself is made again when they change. Nobody may
change what it returns.
"""

from __future__ import annotations

import os
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
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


@dataclass
class _Memory:
    """Answers of a function by its arguments, each with the tables that it rests on; they hold for a state of the tables."""

    state: tuple[object, ...] | None = None
    answers: dict[object, tuple[Any, frozenset[str]]] = field(default_factory=dict)


_MEMORIES: dict[str, _Memory] = {}
"""What is remembered, by the module and name of the function."""
_WAITING: dict[str, _Memory] = {}
"""What was taken over for functions whose modules are not loaded yet."""


def state_of_tables() -> tuple[object, ...]:
    """Return what tells whether tables have changed: folder, size and time of every file; looked at once for a page of a build."""
    page = steady()
    if page is None:
        return _state()
    if page not in _STEADY:
        _STEADY[page] = _state()
    return _STEADY[page]


def _entries() -> Iterator[os.DirEntry[str]]:
    for place in (str(folder.root() / "tables"), os.environ.get("HEALTHDEVO_OVERLAY") or ""):
        if place and os.path.isdir(place):
            yield from sorted(os.scandir(place), key=lambda entry: entry.path)


def _state() -> tuple[object, ...]:
    statuses = ((entry.path, entry.stat()) for entry in _entries())
    return tuple((path, status.st_mtime_ns, status.st_size) for path, status in statuses)


def files_of_tables() -> tuple[str, ...]:
    """Return the paths of all that lies where tables are read from."""
    return tuple(entry.path for entry in _entries())


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
        whose = f"{function.__module__}:{function.__qualname__}"
        memory = _MEMORIES[whose] = _WAITING.pop(whose, _Memory())

        @wraps(function)
        def found(*args: P.args, **options: P.kwargs) -> R:
            now = state_of_tables()
            if memory.state != now:
                memory.answers.clear()
                memory.state = now
            key = (args, tuple(sorted(options.items())))
            if key not in memory.answers:
                with heard() as names:
                    answer = function(*args, **options)
                    parts = [answer, *(getattr(answer, name) for name in shared)]
                for part in parts:
                    if isinstance(part, (pd.DataFrame, pd.Series, pd.Index)):
                        keep_as_is(part)
                memory.answers[key] = answer, frozenset(names)
            answer, read = memory.answers[key]
            for name in sorted(read):
                note(name)
            return answer

        return found

    return of


Answers = Mapping[str, Mapping[object, tuple[Any, frozenset[str]]]]
Unchanging = tuple[tuple[object, Mapping[str, str]], ...]


def told() -> tuple[Answers, Unchanging]:
    """Return all that is remembered for the tables as they are, by function and question, and what nobody changes, with what is known of it."""
    now = _state()
    every = {**_WAITING, **_MEMORIES}
    answers = {name: memory.answers for name, memory in every.items() if memory.state == now}
    things = ((found(), known) for found, known in _SHARED.values())
    return answers, tuple((thing, known) for thing, known in things if thing is not None)


def take_over(answers: Answers, unchanging: Iterable[tuple[object, Mapping[str, str]]]) -> None:
    """Remember what another process remembered for the same tables; what functions of modules not loaded yet answered waits for them."""
    now = _state()
    for name, by_question in answers.items():
        memory = _MEMORIES.get(name) or _WAITING.setdefault(name, _Memory())
        memory.state = now
        memory.answers.update(by_question)
    for thing, known in unchanging:
        keep_as_is(thing)
        _SHARED[id(thing)][1].update(known)
