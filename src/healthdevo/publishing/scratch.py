"""Folders for passing files: each belongs to one process, and those of dead processes are swept away."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

PREFIX = "healthdevo-"
_OWNER = "owner"


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
def scratch() -> Iterator[Path]:
    """Give a folder for as long as the block lasts, after a sweep."""
    sweep()
    folder = Path(tempfile.mkdtemp(prefix=PREFIX))
    try:
        with (folder / _OWNER).open("wb") as handle:
            _held(handle)
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
