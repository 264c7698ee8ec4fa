"""What a process has read and remembers, as one file of the build: the next process that pages are forked from starts where this one ended.

The file counts only for the same code, data, Python and libraries. Whatever is wrong with it, everything is read and asked again.
"""

from __future__ import annotations

import hashlib
import importlib
import pickle
import sys
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

import healthdevo
from healthdevo.chapters.common import remembered
from healthdevo.chapters.common.kept import Place, seal, unsealed
from healthdevo.tables import folder, loading

__all__ = ["NAME", "Memory", "recall", "save"]

NAME = "remembered.memory"
"""The file's name, beside the folder of what the build keeps."""
_LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "matplotlib")


@dataclass(frozen=True)
class Memory:
    """Tables by name, answers by function, the objects among them that nobody changes, and the peers of areas for whom they were asked."""

    peers: frozenset[Any] = frozenset()
    tables: Mapping[str, tuple[str, pd.DataFrame]] = field(default_factory=dict)
    answers: remembered.Answers = field(default_factory=dict)
    unchanging: remembered.Unchanging = ()


def _key(place: Place) -> bytes:
    """Return a hash of all that a memory rests on: code, files of tables, Python and libraries."""
    versions = [f"{name} {importlib.import_module(name).__version__}" for name in _LIBRARIES]
    found = hashlib.sha256(repr([sys.version, *versions, sorted(place.code.items())]).encode())
    package, data = Path(healthdevo.__file__).parent, folder.root() / folder.DESCRIPTOR
    for path in (*sorted(package.rglob("*.py")), data, *map(Path, remembered.files_of_tables())):
        if path.is_file():
            content = path.read_bytes()
            found.update(f"{path} {len(content)}\n".encode() + content)
    return found.hexdigest().encode()


def _file(place: Place) -> Path:
    return Path(place.folder).parent / NAME


def save(peers: Iterable[Any]) -> bool:
    """Keep what this process has read and remembers, asked for some peers, and say whether it is kept.

    Nothing is kept where some of it cannot be written down, on a full disk or in a folder that is not to be written to.
    """
    place = Place.here()
    if place is None or not Path(place.folder).is_dir():
        return False
    with suppress(OSError, pickle.PicklingError, AttributeError, TypeError):
        answers, unchanging = remembered.told()
        memory = Memory(frozenset(peers), loading.held(), answers, unchanging)
        seal(_file(place), _key(place) + b"\n" + pickle.dumps(memory, protocol=5))
        return True
    return False


def recall() -> Memory | None:
    """Take over what an earlier process kept and return it; None when there is nothing that still counts."""
    place = Place.here()
    held = None if place is None else unsealed(_file(place))
    if place is None or held is None or not held.startswith(_key(place) + b"\n"):
        return None
    memory: Memory = pickle.loads(memoryview(held)[held.index(b"\n") + 1 :])
    loading.hold(memory.tables)
    remembered.take_over(memory.answers, memory.unchanging)
    return memory
