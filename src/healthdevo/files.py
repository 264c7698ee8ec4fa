"""Files written whole or not at all."""

from __future__ import annotations

import json
import os
import tempfile
from contextlib import suppress
from pathlib import Path

__all__ = ["harmless", "shown", "write_atomically", "write_json"]


def write_atomically(path: Path, content: str | bytes) -> None:
    """Write a file under a temporary name and rename it, so that nobody ever sees half of it.

    Parameters
    ----------
    path : Path
        Target; its folder is made. An existing file keeps its permissions.
    content : str or bytes
        Text is written as UTF-8.
    """
    data = content.encode("utf-8") if isinstance(content, str) else content
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{path.name}.", suffix=".tmp", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(data)
        Path(temporary).chmod(path.stat().st_mode & 0o777 if path.exists() else 0o666 & ~_umask())
        Path(temporary).replace(path)
    finally:
        with suppress(FileNotFoundError):
            os.unlink(temporary)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask


def write_json(path: Path, content: object) -> None:
    """Write JSON atomically, readable and with sorted keys."""
    write_atomically(path, json.dumps(content, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def shown(path: Path) -> str:
    """Return a path as a terminal shows it: from here when it lies below, whole otherwise."""
    return os.path.relpath(path) if path.is_relative_to(Path.cwd()) else str(path)


def harmless(text: str) -> str:
    """Return a text so that no spreadsheet that opens it in a CSV file takes it for a formula: such a text gets an apostrophe in front.

    Examples
    --------
    >>> harmless("=cmd|' /C calc'!A0")
    "'=cmd|' /C calc'!A0"
    >>> harmless("-0.3 to 0.5")
    '-0.3 to 0.5'
    """
    start = text.lstrip(" ")[:1]
    formula = start in ("=", "@", "\t", "\r") or (start in ("+", "-") and any(c in text for c in "(|!=@"))
    return f"'{text}" if formula and start else text
