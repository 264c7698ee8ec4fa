"""One command at a time writes to a build folder; whoever comes second hears who holds it, and waits or ends."""

from __future__ import annotations

import json
import os
import socket
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, TextIO

from healthdevo.errors import BuildError

_NAME, _HOLDER = ".lock", ".lock.holder"
_SINCE = "%Y-%m-%d %H:%M:%S"


def require_writable(*folders: Path) -> None:
    """Make folders, and raise one error when nothing can be written there: before anything is computed."""
    for folder in folders:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder) as stream:
                stream.write(b" " * 4096)
        except OSError as error:
            raise BuildError(f"{folder} can't be written to: {error.strerror or error}") from None


def _take(handle: IO[str], *, wait: bool) -> bool:
    try:
        import fcntl
    except ImportError:  # pragma: no cover - Windows has no such lock
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except BlockingIOError:
        return False
    return True


def _holder(folder: Path) -> str:
    """Say who holds a folder, as far as they have said so."""
    try:
        found = json.loads((folder / _HOLDER).read_text(encoding="utf-8"))
        return (
            f"{found['command']} (process {found['process']} on {found['machine']}, since {found['since']})"
        )
    except (OSError, ValueError, KeyError, TypeError):
        return "another healthdevo command"


@contextmanager
def held(folder: Path, *, wait: bool = False, stream: TextIO | None = None) -> Iterator[None]:
    """Hold a folder for as long as the block lasts; the system gives it back when this process ends, in whatever way.

    When somebody else holds it, raise an error that says who, or say so on ``stream`` and ``wait``.
    """
    require_writable(folder)
    with (folder / _NAME).open("w", encoding="utf-8") as handle:
        if not _take(handle, wait=False):
            holder = _holder(folder)
            if not wait:
                raise BuildError(f"{holder} is writing to {folder}; wait for it, or say --wait")
            (stream or sys.stderr).write(f"waiting for {holder}\n")
            _take(handle, wait=True)
        told = {"process": os.getpid(), "machine": socket.gethostname(), "since": time.strftime(_SINCE)}
        told["command"] = " ".join(["healthdevo", *sys.argv[1:]])
        (folder / _HOLDER).write_text(json.dumps(told), encoding="utf-8")
        yield
