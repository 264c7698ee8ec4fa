"""Notebook files: read and written, made reproducible (nothing tells when, where or by whom they were run), made into pages.

Cells of an area page that belong to a section have a tag ``section-<name>`` (and ``section-<part>`` as well, if to a part that may be absent
by itself). Where the executed copy says ``<name>_instead``, the page keeps the section's heading and that text and leaves out its other
cells; where it says ``<name>_without``, it leaves out all of them. Names have hyphens in tags and underscores in texts. Code cells that name
texts stay, for texts may be used elsewhere.
"""

from __future__ import annotations

import copy
import re
import warnings
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Any

import nbformat

from healthdevo.chapters.area.filling import INSTEAD, WITHOUT
from healthdevo.errors import BuildError
from healthdevo.wording import as_markdown

PARAMETERS, INJECTED = "parameters", "injected-parameters"
SECTION = "section-"
_HEADING = re.compile(r"#+ .+")


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


@lru_cache(maxsize=64)
def _template(path: Path, changed: int, size: int) -> Any:
    return read(path)


def template(path: Path) -> Any:
    """Read a notebook once for as long as its file stays the same, for many jobs to look at: nobody may change what is returned."""
    try:
        status = path.stat()
    except OSError:
        return read(path)
    return _template(path, status.st_mtime_ns, status.st_size)


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
    cells = _filled(cells)
    for position, cell in enumerate(cells):
        cell["id"] = f"cell-{position:03d}"
    result.cells = cells
    if substitutions:
        result.metadata["myst"] = {
            "substitutions": {name: as_markdown(text) for name, text in substitutions.items()}
        }
    return result


def said(cell: Any) -> list[str]:
    """Return the names of the texts that an executed cell gives."""
    names = [
        output.get("metadata", {}).get("scrapbook", {}).get("name") for output in cell.get("outputs", ())
    ]
    return [name for name in names if name]


def _filled(cells: list[Any]) -> list[Any]:
    """Return the cells without those of sections that have no figures, the heading of each with the text that stands in its place."""
    names = [name for cell in cells for name in said(cell)]
    instead = {_section(name, INSTEAD) for name in names if name.endswith(INSTEAD)}
    gone = instead | {_section(name, WITHOUT) for name in names if name.endswith(WITHOUT)}
    kept = []
    for cell in cells:
        own = [tag.removeprefix(SECTION) for tag in tags(cell) if tag.startswith(SECTION)]
        absent = [name for name in own if name in gone]
        if not absent or said(cell):
            kept.append(cell)
            continue
        heading = _HEADING.match(cell.source) if cell.cell_type == "markdown" else None
        if heading and absent[0] in instead:
            instead.remove(absent[0])
            text = absent[0].replace("-", "_") + INSTEAD
            kept.append(markdown_cell(f"{heading[0]}\n\n{{glue:md}}`{text}`", text))
    if instead:
        name = sorted(instead)[0]
        raise BuildError(f"no Markdown cell tagged {SECTION}{name} begins with the section's heading")
    return kept


def _section(text: str, ending: str) -> str:
    return text.removesuffix(ending).replace("_", "-")


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
