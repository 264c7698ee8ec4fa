"""Notebook files as typed code sees them."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import nbformat

from healthdevo.errors import BuildError

__all__ = ["markdown_cell", "read", "text_of"]


def read(path: Path) -> Any:
    """Read a notebook.

    Parameters
    ----------
    path : Path
        An ``.ipynb`` file of any format version.

    Raises
    ------
    BuildError
        When there is none, or the file is no notebook.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter(
                "ignore"
            )  # an older notebook's cells have no identifiers; they get new ones anyway
            return nbformat.read(path, as_version=4)  # type: ignore[no-untyped-call]
    except FileNotFoundError:
        raise BuildError(f"there is no notebook {path}") from None
    except (nbformat.reader.NotJSONError, nbformat.ValidationError, UnicodeDecodeError) as error:
        raise BuildError(f"{path} is no notebook: {str(error).splitlines()[0]}") from None


def text_of(notebook: Any) -> str:
    """Return a notebook as the text of its file."""
    return str(nbformat.writes(notebook)).rstrip("\n") + "\n"  # type: ignore[no-untyped-call]


def markdown_cell(source: str, name: str) -> Any:
    """Return a Markdown cell with a given identifier."""
    cell = nbformat.v4.new_markdown_cell(source)  # type: ignore[no-untyped-call]
    cell["id"] = name
    return cell
