"""Where the tables lie."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from healthdevo.errors import TableError

__all__ = ["DESCRIPTOR", "root"]

DESCRIPTOR = "datapackage.json"
_PACKAGE = Path(__file__).resolve().parents[1]


def _own_folders() -> Iterator[Path]:
    """Yield where the project's own tables may lie: in the checkout of the package, or in the installed package."""
    if _PACKAGE.parent.name == "src" and (_PACKAGE.parents[1] / "pyproject.toml").is_file():
        yield _PACKAGE.parents[1] / "data"
    yield _PACKAGE / "data"


def root() -> Path:
    """Return the data folder.

    It is the folder named in the environment variable ``HEALTHDEVO_DATA``; without it the one of the checkout this
    package sits in; without that the one installed with the package. The working directory plays no part: a data
    folder that happens to lie there is somebody else's.

    Returns
    -------
    pathlib.Path
        A folder that holds ``datapackage.json``.

    Raises
    ------
    TableError
        When there is none.

    Examples
    --------
    >>> (root() / "datapackage.json").is_file()
    True
    """
    named = os.environ.get("HEALTHDEVO_DATA")
    if named:
        folder = Path(named)
        if not (folder / DESCRIPTOR).is_file():
            raise TableError(f"HEALTHDEVO_DATA is {named!r}, but there is no {DESCRIPTOR} in it")
        return folder.resolve()
    for place in _own_folders():
        if (place / DESCRIPTOR).is_file():
            return place
    raise TableError(
        f"the package at {_PACKAGE} has no data folder: set HEALTHDEVO_DATA to a folder that holds {DESCRIPTOR}"
    )
