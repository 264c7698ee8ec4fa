"""Turn executed notebooks into pages: placeholders and glued texts filled, charts and tables as figures with downloads."""

from __future__ import annotations

import ast
import copy
import posixpath
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from healthdevo.charts import CHART_MIME, TABLE_MIME
from healthdevo.errors import BuildError
from healthdevo.publishing import notebooks
from healthdevo.publishing.normalise import INJECTED, PARAMETERS, tags

__all__ = ["Page", "convert", "fill_glue", "fill_placeholders", "glued", "plain"]

_GLUE_RECORD = "application/papermill.record/"
_PLACEHOLDER = re.compile(r"\{\{\s*([A-Za-z_]\w*)\s*\}\}")
_GLUE_ROLE = re.compile(r"\{glue:(text|md)\}`([^`]+)`")
_NUMERIC = re.compile(r"[−+\-<>≈£]?\s?\d[\d,.]*\s?(%|st|nd|rd|th|m|million|bn|billion)?")
_ABSENT = {"", "-", "–", "—", "..", "not available"}


@dataclass(frozen=True)
class Page:
    """A page ready for Jupyter Book.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        With directives in place of charts and tables.
    files : mapping of str to str
        Pictures and downloads by their path in the staged tree.
    """

    notebook: Any
    files: Mapping[str, str] = field(repr=False)


def plain(text: str) -> str:
    r"""Return text as Markdown that shows exactly that text on one line.

    Examples
    --------
    >>> plain("A*b costs $5 [sic]")
    'A\\*b costs \\$5 \\[sic\\]'
    """
    line = re.sub(r"([\\`*_{}\[\]<>|$~^])", r"\\\1", " ".join(text.split()))
    return re.sub(r"^(\d+)([.)])(?=\s|$)|^([#+\-=:>])", lambda m: f"{m[1] or ''}\\{m[2] or m[3]}", line)


def fill_placeholders(text: str, values: Mapping[str, str], where: str) -> str:
    """Replace every ``{{ name }}``.

    Parameters
    ----------
    text : str
        Markdown.
    values : mapping
        What the names stand for.
    where : str
        The page, for the message.

    Raises
    ------
    BuildError
        When a name is unknown.

    Examples
    --------
    >>> fill_placeholders("# {{ area_name }}", {"area_name": "London"}, "areas/area")
    '# London'
    """

    def value(match: re.Match[str]) -> str:
        try:
            return values[match[1]]
        except KeyError:
            known = ", ".join(sorted(values))
            raise BuildError(f"{where}: placeholder {match[0]} is not known; there are {known}") from None

    return _PLACEHOLDER.sub(value, text)


def glued(notebook: Any) -> dict[str, Mapping[str, str]]:
    """Return the texts an executed notebook has given names to, each as Markdown by ``text`` and ``md``."""
    found: dict[str, Mapping[str, str]] = {}
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            name = output.get("metadata", {}).get("scrapbook", {}).get("name")
            data = output.get("data", {})
            shown = data.get(f"{_GLUE_RECORD}text/plain")
            if not name or shown is None:
                continue
            text = _unquoted(shown)
            found[name] = {"text": plain(text), "md": data.get(f"{_GLUE_RECORD}text/markdown", text)}
    return found


def _unquoted(shown: str) -> str:
    try:
        value = ast.literal_eval(shown)
    except (SyntaxError, ValueError):
        return shown
    return value if isinstance(value, str) else shown


def fill_glue(text: str, docname: str, named: Callable[[str], Mapping[str, Mapping[str, str]] | None]) -> str:
    """Replace every ``{glue:text}`` and ``{glue:md}`` role by its text.

    Parameters
    ----------
    text : str
        Markdown.
    docname : str
        The page's address; ``path::name`` leads from its folder to another page.
    named : callable
        Gives a page's texts by address, or None when there is no such page.

    Raises
    ------
    BuildError
        When a page or a name is unknown.
    """

    def value(match: re.Match[str]) -> str:
        path, _, name = match[2].rpartition("::")
        target = posixpath.normpath(posixpath.join(posixpath.dirname(docname), path)) if path else docname
        texts = named(target)
        if texts is None:
            raise BuildError(f"{docname}: {match[0]} refers to {target!r}, which is no computed page")
        if name not in texts:
            known = ", ".join(sorted(texts)) or "none"
            raise BuildError(f"{docname}: {match[0]}: {target} gives no text that name; there are {known}")
        return texts[name][match[1]]

    return _GLUE_ROLE.sub(value, text)


def convert(
    notebook: Any,
    docname: str,
    values: Mapping[str, str],
    named: Callable[[str], Mapping[str, Mapping[str, str]] | None],
) -> Page:
    """Return the page made from an executed notebook.

    Parameters
    ----------
    notebook : nbformat.NotebookNode
        Executed and normalised.
    docname : str
        The page's address in the book.
    values : mapping of str to str
        For placeholders.
    named : callable
        For glued texts; see ``fill_glue``.

    Raises
    ------
    BuildError
        When a placeholder or glued text is unknown, the page has no title, or two figures have one identifier.
    """
    page = docname.rsplit("/", 1)[-1]
    files: dict[str, str] = {}
    cells: list[Any] = []
    for cell in copy.deepcopy(notebook.cells):
        if cell.cell_type == "markdown":
            cell.source = fill_glue(fill_placeholders(cell.source, values, docname), docname, named)
        blocks = _take_blocks(cell, page, files) if cell.cell_type == "code" else []
        shown = any(not _is_record(output) for output in cell.get("outputs", []))
        cells.extend([cell, *blocks] if shown else [*blocks, cell])  # the figure first, then how it was made
    for position, cell in enumerate(cells):
        cell["id"] = f"cell-{position:03d}"
    first = cells[0].source.lstrip() if cells and cells[0].cell_type == "markdown" else ""
    if not re.match(r"(\([\w-]+\)=\s*\n)?# \S", first):
        raise BuildError(f"{docname}: the first cell must be Markdown and begin with the title, '# ...'")
    result = copy.deepcopy(notebook)
    result.cells = cells
    return Page(result, files)


def _is_record(output: Any) -> bool:
    """Whether an output is only a glued text, which no page shows."""
    data = output.get("data", {})
    return bool(data) and all(mime.startswith(_GLUE_RECORD) for mime in data)


def _take_blocks(cell: Any, page: str, files: dict[str, str]) -> list[Any]:
    """Take charts and tables out of a code cell and return them as Markdown cells; set the cell's tags."""
    blocks, kept = [], []
    removed = {"remove-cell", "remove-output"} & set(tags(cell))
    for output in cell.outputs:
        data = output.get("data", {})
        if not removed and CHART_MIME in data:
            blocks.append(notebooks.markdown_cell(_figure(page, data[CHART_MIME], files), "block"))
        elif not removed and TABLE_MIME in data:
            blocks.append(notebooks.markdown_cell(_table(page, data[TABLE_MIME], files), "block"))
        else:
            kept.append(output)
    cell.outputs = kept
    cell.metadata["tags"] = _page_tags(tags(cell))
    return blocks


def _page_tags(given: list[str]) -> list[str]:
    if PARAMETERS in given or INJECTED in given:
        return [*given, "remove-cell"] if "remove-cell" not in given else given
    own = {"remove-cell", "remove-input", "hide-cell", "hide-input", "show-input"}
    return given if own & set(given) else [*given, "hide-input"]


def _claim(files: dict[str, str], path: str, content: str, page: str) -> None:
    if path in files:
        raise BuildError(
            f"{page}: two figures or tables are called {posixpath.basename(path)}; each needs its own name"
        )
    files[path] = content


def _needed(data: Mapping[str, Any], name: str, page: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not value.strip():
        raise BuildError(f"{page}: a figure or table has no {name}")
    return value


def _quoted(text: str) -> str:
    return '"' + " ".join(text.split()).replace("\\", "\\\\").replace('"', '\\"') + '"'


def _figure(page: str, chart: Mapping[str, Any], files: dict[str, str]) -> str:
    """Return the Markdown of a chart: message and subtitle, picture, source and downloads."""
    name = f"{page}-{_needed(chart, 'figure_id', page)}"
    title, subtitle = _needed(chart, "title", page), _needed(chart, "subtitle", page)
    source, alt = _needed(chart, "source", page), _needed(chart, "alt", page)
    _claim(files, f"figures/{name}.svg", _needed(chart, "svg", page), page)
    _claim(files, f"downloads/{name}.svg", chart.get("svg_standalone") or chart["svg"], page)
    _claim(files, f"downloads/{name}.csv", _needed(chart, "csv", page), page)
    caption = str(chart.get("caption") or "").strip()
    told = {title.strip(), subtitle.strip(), ""}
    words = f"Source: {plain(source)}" if caption in told else f"{plain(caption)} Source: {plain(source)}"
    return "\n".join(
        [
            "````{div} hd-figure",
            "```{div} hd-title",
            plain(title),
            "```",
            "```{div} hd-subtitle",
            plain(subtitle),
            "```",
            f"```{{figure}} /figures/{name}.svg",
            f":name: fig-{name}",
            f":alt: {_quoted(alt)}",
            "",
            words,
            "",
            f"Download: {{download}}`picture (SVG) </downloads/{name}.svg>`, "
            f"{{download}}`data (CSV) </downloads/{name}.csv>`",
            "```",
            "````",
        ]
    )


def _table(page: str, table: Mapping[str, Any], files: dict[str, str]) -> str:
    """Return the Markdown of a table with caption, source and download."""
    name = f"{page}-{_needed(table, 'table_id', page)}"
    caption, source = _needed(table, "caption", page), _needed(table, "source", page)
    _claim(files, f"downloads/{name}-table.csv", _needed(table, "csv", page), page)
    columns = [str(column) for column in table["columns"]]
    rows = [["" if cell is None else str(cell) for cell in row] for row in table["rows"]]
    marks = ["--:" if i and _is_numeric([row[i] for row in rows]) else ":--" for i in range(len(columns))]
    lines = [f"| {' | '.join(plain(c) or ' ' for c in columns)} |", f"| {' | '.join(marks)} |"]
    lines.extend(f"| {' | '.join(plain(cell) or ' ' for cell in row)} |" for row in rows)
    return "\n".join(
        [
            "````{div} hd-table",
            f"```{{table}} {plain(caption)}",
            f":name: tab-{name}",
            "",
            *lines,
            "```",
            "```{div} hd-source",
            f"Source: {plain(source)}",
            "",
            f"Download: {{download}}`data (CSV) </downloads/{name}-table.csv>`",
            "```",
            "````",
        ]
    )


def _is_numeric(cells: list[str]) -> bool:
    """Whether a column holds numbers, ranges of numbers, or nothing."""
    given = [cell.strip() for cell in cells if cell.strip() not in _ABSENT]
    return bool(given) and all(
        all(_NUMERIC.fullmatch(part.strip()) for part in re.split(r" to |[()]", cell) if part.strip())
        for cell in given
    )
