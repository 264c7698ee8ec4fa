"""Notebook files: read and written, made reproducible (nothing tells when, where or by whom they were run), made into pages."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

from healthdevo.errors import BuildError

PARAMETERS, INJECTED = "parameters", "injected-parameters"


def tags(cell: Any) -> list[str]:
    """Return a cell's tags."""
    return list(cell.metadata.get("tags", []))


_VOLATILE = {"tags", "papermill", "execution", "ExecuteTime", "collapsed", "scrolled", "trusted"}


def read(path: Path) -> Any:
    """Read an ``.ipynb`` file of any format version."""
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

    The copy may hold the cell of parameters that papermill adds. ``substitutions`` says what ``{{ name }}`` stands for in Markdown cells;
    MyST reads it in the notebook's metadata.
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


def normalise(notebook: Any, folder: Path) -> Any:
    """Return a copy without time stamps, run times, machine paths and random identifiers.

    Running the same code on the same data gives the same bytes; the project's ``folder`` is written as ``.`` wherever outputs name it.
    """
    result = copy.deepcopy(notebook)
    result.metadata = type(result.metadata)(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
        }
    )
    result.nbformat, result.nbformat_minor = 4, 5
    count = 0
    for position, cell in enumerate(result.cells):
        cell["id"] = f"cell-{position:03d}"
        kept = {name: value for name, value in cell.metadata.items() if name not in _VOLATILE}
        if tags(cell):
            kept["tags"] = tags(cell)
        cell.metadata = type(cell.metadata)(kept)
        if cell.cell_type != "code":
            continue
        if cell.source.strip():
            count += 1
        cell.execution_count = count if cell.source.strip() else None
        outputs: list[Any] = []
        for output in cell.outputs:
            if output.get("execution_count") is not None:
                output.execution_count = count
            if output.output_type in ("display_data", "execute_result"):
                output.metadata = type(output.metadata)(output.metadata)
                for mime, value in output.data.items():
                    if isinstance(value, str):
                        output.data[mime] = value.replace(f"{folder}/", "")
            elif output.output_type == "stream":
                output.text = output.text.replace(f"{folder}/", "")
                if outputs and outputs[-1].output_type == "stream" and outputs[-1].name == output.name:
                    outputs[-1].text += output.text
                    continue
            outputs.append(output)
        cell.outputs = outputs
    return result
