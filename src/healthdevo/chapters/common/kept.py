"""Results that several pages need: computed once in a build, kept in files, and read by every page that asks for the same.

``@kept`` marks a pure function. A result is found by its content key: a hash of the function, of the code that it can reach, of the
environment's pins and of every argument's content. So a changed row, module or pin leads to another key, and no entry can be out of date.
The build names the folder and the code's hashes in an environment variable; without it, as in a notebook run by hand, functions just compute.
Only the build's own jobs write entries, so that nothing is unpickled but what the build itself made.

``@kept_with_tables`` marks a pure function of plain values and of the tables. Its entry names the tables that were read, with a hash of each,
and counts only while all of them are the same.
"""

from __future__ import annotations

import dataclasses
import datetime
import hashlib
import json
import os
import pickle
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache, update_wrapper, wraps
from pathlib import Path
from typing import Any, Generic, ParamSpec, TypeVar

import numpy as np
import pandas as pd

from healthdevo.chapters.common.remembered import known_of, state_of_tables
from healthdevo.errors import InputError
from healthdevo.files import write_atomically
from healthdevo.tables.used import current, heard, note

PLACE = "HEALTHDEVO_KEPT"
"""Environment variable with the ``Place`` of results, as text; without it nothing is kept."""
SUFFIX = ".kept"

P = ParamSpec("P")
R = TypeVar("R")

_MEMORY: dict[str, bytes] = {}
"""Entries that this process, or the one that it was forked from, has read: the file's name and its sound content."""
USED: list[str] = []
"""Names of the entries that this process found or made, in order."""


@dataclass(frozen=True)
class Place:
    """Where results are kept, the hash of the code that each module with such results can reach, and whether to write what is missing."""

    folder: str
    code: Mapping[str, str]
    write: bool = False

    @property
    def text(self) -> str:
        """The place as the value of the environment variable."""
        return json.dumps(dataclasses.asdict(self), sort_keys=True)

    @classmethod
    def here(cls) -> Place | None:
        """Return the place that this process was told of, if any."""
        said = os.environ.get(PLACE)
        return _place(said) if said else None


@lru_cache(maxsize=8)
def _place(said: str) -> Place:
    return Place(**json.loads(said))


def _parts(value: object) -> Iterator[bytes]:
    """Yield bytes that differ wherever two values differ."""
    kind = type(value)
    yield f"{kind.__module__}.{kind.__qualname__}".encode()
    if value is None or isinstance(value, (bool, int, float, str, bytes)):
        yield repr(value).encode()
    elif isinstance(value, np.generic):
        yield from _parts(value.item())
    elif isinstance(value, (datetime.date, pd.Period)):
        yield str(value).encode()
    elif isinstance(value, (tuple, list)):
        for item in value:
            yield content(item).encode()
    elif isinstance(value, (set, frozenset)):
        yield from sorted(content(item).encode() for item in value)
    elif isinstance(value, dict):
        for item in value.items():
            yield content(item).encode()
    elif isinstance(value, np.ndarray) and value.dtype.kind in "biufM":
        yield f"{value.dtype} {value.shape}".encode()
        yield np.ascontiguousarray(value).tobytes()
    elif isinstance(value, (pd.DataFrame, pd.Series)):
        yield from _pandas(value)
    elif isinstance(value, pd.Index):
        yield from _pandas(value.to_frame(index=False))
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield content((field.name, getattr(value, field.name))).encode()
    else:
        raise InputError(
            f"argument: a {kind.__name__} has no content key; give frames, arrays or plain values"
        )


def _pandas(value: pd.DataFrame | pd.Series) -> Iterator[bytes]:
    frame = value if isinstance(value, pd.DataFrame) else value.to_frame(name="value")
    names = [repr(c) for c in value.columns] if isinstance(value, pd.DataFrame) else [repr(value.name)]
    kinds = [_kind(frame.iloc[:, i].dtype) for i in range(frame.shape[1])]
    levels = [
        frame.index.get_level_values(i).dtype if frame.index.nlevels > 1 else frame.index.dtype
        for i in range(frame.index.nlevels)
    ]
    yield repr(
        (names, kinds, [repr(n) for n in frame.index.names], [_kind(level) for level in levels])
    ).encode()
    yield f"{frame.shape}".encode()
    for i in range(frame.shape[1]):
        yield pd.util.hash_pandas_object(frame.iloc[:, i], index=False).to_numpy().tobytes()
    yield pd.util.hash_pandas_object(frame.index, index=False).to_numpy().tobytes()


def _kind(dtype: Any) -> str:
    if isinstance(dtype, pd.CategoricalDtype):
        return f"category {dtype.categories.tolist()!r} {dtype.ordered}"
    return str(dtype)


def content(value: object) -> str:
    """Return a hash of a value's content: the same for equal values, in every process.

    >>> frame = pd.DataFrame({"a": [1.0, 2.0]}, index=["x", "y"])
    >>> content(frame) == content(frame.copy()), content(frame) == content(frame * 2), content(1) == content(1.0)
    (True, False, False)
    """
    known = known_of(value)
    if known is not None and "content" in known:
        return known["content"]
    found = hashlib.sha256()
    for part in _parts(value):
        found.update(len(part).to_bytes(8, "big"))
        found.update(part)
    if known is not None:
        known["content"] = found.hexdigest()
    return found.hexdigest()


def unsealed(path: Path) -> bytes | None:
    """Return what an entry holds; None when there is none or it is not whole."""
    try:
        data = path.read_bytes()
    except OSError:
        return None
    said, _, held = data.partition(b"\n")
    return held if said == hashlib.sha256(held).hexdigest().encode() else None


def seal(path: Path, held: bytes) -> None:
    """Write an entry whole, after a hash of what it holds."""
    write_atomically(path, hashlib.sha256(held).hexdigest().encode() + b"\n" + held)


def kept(function: Callable[P, R]) -> Callable[P, R]:
    """Let a pure function of frames, arrays and plain values take its result from what the build has kept.

    Every call returns an object of its own. A result that isn't kept is computed.
    """
    home, name = function.__module__, function.__qualname__

    @wraps(function)
    def found(*args: P.args, **options: P.kwargs) -> R:
        place = Place.here()
        entry = _entry(place, home, name, args, options)
        if place is None or entry is None:
            return function(*args, **options)
        held = _held(place, entry)
        if held is None:
            result = function(*args, **options)
            if not place.write:
                return result
            held = _write(place, entry, result)
        _MEMORY[entry] = held
        USED.append(entry)
        own: R = pickle.loads(held)
        return own

    return found


def _entry(
    place: Place | None, home: str, name: str, args: tuple[object, ...], options: Mapping[str, object]
) -> str | None:
    """Return the name of the file for a result; None when nothing of its module is kept here."""
    code = None if place is None else place.code.get(home)
    if code is None:
        return None
    return f"{name}-{content((home, name, code, args, dict(sorted(options.items()))))[:40]}{SUFFIX}"


def _held(place: Place, entry: str) -> bytes | None:
    path = Path(place.folder) / entry
    return unsealed(path) if place.write else _MEMORY.get(entry) or unsealed(path)


def _write(place: Place, entry: str, result: object) -> bytes:
    held = pickle.dumps(result, protocol=5)
    seal(Path(place.folder) / entry, held)
    return held


@lru_cache(maxsize=4096)
def _now(state: tuple[object, ...], name: str) -> str:
    """Return the hash of a table as it is while the tables are in a state."""
    return current(name)


class KeptWithTables(Generic[P, R]):
    """A pure function of plain values and of the tables, whose results are kept with what they were read from."""

    def __init__(self, function: Callable[P, R], home: Callable[P, str] | None = None) -> None:
        """Keep results of a function; ``home`` names, from its arguments, the module whose code they are results of, if not its own."""
        self.function = function
        self.home = home
        update_wrapper(self, function)

    def _entry(self, place: Place | None, *args: P.args, **options: P.kwargs) -> str | None:
        home = self.function.__module__ if self.home is None else self.home(*args, **options)
        return _entry(place, home, self.function.__qualname__, args, options)

    def find(self, *args: P.args, **options: P.kwargs) -> tuple[R] | None:
        """Return what is kept for the tables as they are, and note these as read; None when nothing is kept."""
        place = Place.here()
        entry = self._entry(place, *args, **options)
        held = None if place is None or entry is None else _held(place, entry)
        if held is None or entry is None:
            return None
        reads, inner, result = pickle.loads(held)
        state = state_of_tables()
        if any(_now(state, name) != before for name, before in reads.items()):
            return None
        for name in reads:
            note(name)
        _MEMORY[entry] = held
        USED.extend([*inner, entry])
        return (result,)

    def __call__(self, *args: P.args, **options: P.kwargs) -> R:
        """Return the result, which is kept or computed."""
        if (found := self.find(*args, **options)) is not None:
            return found[0]
        first = len(USED)
        with heard() as names:
            result = self.function(*args, **options)
        place = Place.here()
        entry = self._entry(place, *args, **options)
        if place is not None and entry is not None and place.write:
            state = state_of_tables()
            reads = {name: _now(state, name) for name in sorted(names)}
            _MEMORY[entry] = _write(place, entry, (reads, sorted(set(USED[first:])), result))
            USED.append(entry)
        return result


def kept_with_tables(function: Callable[P, R]) -> KeptWithTables[P, R]:
    """Let a pure function of plain values and of the tables take its result from what the build has kept."""
    return KeptWithTables(function)


def preload() -> int:
    """Read all that is kept into memory, for processes to be forked from this one; return how many entries there are."""
    place = Place.here()
    if place is None:
        return 0
    for path in sorted(Path(place.folder).glob(f"*{SUFFIX}")):
        held = unsealed(path)
        if held is not None:
            _MEMORY[path.name] = held
    return len(_MEMORY)


def prune(folder: Path, wanted: set[str]) -> int:
    """Remove the entries of a folder that nobody wants any more; return how many."""
    removed = 0
    for path in sorted(folder.glob(f"*{SUFFIX}")):
        if path.name not in wanted:
            with suppress(OSError):
                path.unlink()
                removed += 1
    return removed
