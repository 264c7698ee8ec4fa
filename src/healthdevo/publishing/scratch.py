"""Folders for passing files: each belongs to one process and goes with it, in whatever way it ends.

A small process of its own waits for the owner's end, which closes a pipe, and removes what the owner could not. Should it have been
killed too, the next command sweeps the folder away.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PREFIX = "healthdevo-"
_OWNER = "owner"
_WATCH = """\
import os, shutil, sys, time
while os.read(0, 4096):
    pass
for _ in range(50):
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    time.sleep(0.1)
    if not os.path.lexists(sys.argv[1]):
        break
"""
"""Those who write to the folder are killed when its owner ends, but not in the same instant."""


def _held(handle: BinaryIO) -> bool:
    """Take the lock of a scratch folder; the system gives it back when this process ends, in whatever way."""
    try:
        import fcntl
    except ImportError:  # pragma: no cover - without locks nobody sweeps
        return True
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def sweep(parent: Path | None = None) -> tuple[Path, ...]:
    """Remove the scratch folders of this user whose owner has died; return them."""
    if os.name != "posix":  # pragma: no cover
        return ()
    swept = []
    for folder in sorted((parent or Path(tempfile.gettempdir())).glob(f"{PREFIX}*")):
        with suppress(OSError):
            if folder.stat().st_uid != os.getuid() or not (folder / _OWNER).is_file():
                continue
            with (folder / _OWNER).open("rb") as handle:
                if _held(handle):
                    shutil.rmtree(folder, ignore_errors=True)
                    swept.append(folder)
    return tuple(swept)


@contextmanager
def _watched(folder: Path) -> Iterator[None]:
    """Let a process remove a folder when this one ends, or the block does, whichever is first."""
    nothing = subprocess.DEVNULL
    watch = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", _WATCH, str(folder)],
        stdin=subprocess.PIPE,
        stdout=nothing,
        stderr=nothing,
        cwd=folder.parent,
        start_new_session=True,
    )
    try:
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        assert watch.stdin is not None
        watch.stdin.close()
        watch.wait()


@contextmanager
def scratch() -> Iterator[Path]:
    """Give a folder for as long as the block lasts, after a sweep."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    unsigned = folder / f"{_OWNER}~"
    with _watched(folder), unsigned.open("wb") as handle:
        _held(handle)
        unsigned.rename(folder / _OWNER)  # whoever sweeps finds it held
        yield folder
