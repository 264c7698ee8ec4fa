"""Notebook files as typed code sees them."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from healthdevo.errors import BuildError
from healthdevo.publishing.normalise import INJECTED, PARAMETERS, tags

__all__ = ["code_of", "markdown_cell", "page_of", "read", "text_of"]


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


def code_of(notebook: Any) -> list[tuple[str, list[str]]]:
    """Return source and tags of every code cell, without the one that papermill adds: all that an execution depends on."""
    cells = (cell for cell in notebook.cells if cell.cell_type == "code" and INJECTED not in tags(cell))
    return [(cell.source, tags(cell)) for cell in cells]


def page_of(template: Any, executed: Any, substitutions: Mapping[str, str]) -> Any:
    """Return a page: the template's text as it stands now, and the code and outputs of its executed copy.

    Parameters
    ----------
    template, executed : nbformat.NotebookNode
        With the same code cells; the executed copy may hold the cell of parameters that papermill adds.
    substitutions : mapping of str to str
        What ``{{ name }}`` stands for in Markdown cells; MyST reads it in the notebook's metadata.
    """
    result = copy.deepcopy(executed)
    code = [cell for cell in result.cells if cell.cell_type == "code"]
    added = [cell for cell in code if INJECTED in tags(cell)]
    ran = iter([cell for cell in code if INJECTED not in tags(cell)])
    cells: list[Any] = []
    for cell in template.cells:
        cells.append(copy.deepcopy(cell) if cell.cell_type != "code" else next(ran))
        if PARAMETERS in tags(cell):
            cells.extend(added)
    for position, cell in enumerate(cells):
        cell["id"] = f"cell-{position:03d}"
    result.cells = cells
    if substitutions:
        result.metadata["myst"] = {"substitutions": dict(substitutions)}
    return result
