"""Charts and tables in the book: MyST-NB asks ``FigureRenderer`` how to show the outputs of cells that hold one."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from docutils import nodes
from sphinx import addnodes

from healthdevo.charts import CHART_MIME, TABLE_MIME
from healthdevo.charts.chart import standalone, window

FIGURE, TABLE = "hd-figure", "hd-table"
_NUMERIC = re.compile(r"[−+\-<>≈£]?\s?\d[\d,.]*\s?(%|st|nd|rd|th|m|million|bn|billion)?")
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]+\.html(?:#[\w-]+)?)\)")
_ABSENT = {"", "-", "–", "—", "..", "not available"}


class FigureRenderer:
    """A chart becomes a numbered figure, a table a captioned one; both with source and downloads.

    The label of a figure is ``fig-<page>-<figure_id>``, of a table ``tab-<page>-<table_id>``. The entry point in the group
    ``myst_nb.mime_renderers`` makes the class known.
    """

    mime_priority_overrides: ClassVar = (("*", CHART_MIME, 1), ("*", TABLE_MIME, 2))  # before any picture

    @staticmethod
    def handle_mime(renderer: Any, data: Any, inline: bool) -> list[nodes.Element] | None:
        """Return the nodes of a chart or table; None for any other output."""
        make = {CHART_MIME: _figure, TABLE_MIME: _table}.get(data.mime_type)
        return None if make is None else [make(_Page(renderer, data.content, data.line))]


class _Page:
    """One output and the page that it stands on."""

    def __init__(self, renderer: Any, content: Mapping[str, Any], line: int | None) -> None:
        self.renderer, self.content, self.line = renderer, content, line
        self.page = renderer.renderer.sphinx_env.docname.rsplit("/", 1)[-1]

    def word(self, name: str) -> str:
        """Return one of the output's texts; a strict build fails when it is missing."""
        value = self.content.get(name)
        if isinstance(value, str) and value.strip():
            return value
        self.renderer.logger.warning(f"a figure or table has no {name}", subtype="figure", line=self.line)
        return "none"

    def label(self, node: nodes.Element, kind: str, name: str) -> None:
        node["names"].append(f"{kind}-{name}")
        self.renderer.renderer.document.note_explicit_target(node, node)

    def file(self, path: str, content: str) -> str:
        return str(self.renderer.write_file(path.split("/"), content.encode(), overwrite=True))

    def download(self, words: str, path: str, content: str) -> nodes.Element:
        shown = nodes.literal("", words, classes=["xref", "download"])
        return addnodes.download_reference("", "", shown, reftarget=self.file(f"downloads/{path}", content))


class Picture(nodes.General, nodes.Element):  # type: ignore[misc]
    """A window onto a stored picture, which has title, subtitle and source drawn in: the page says these itself and shows the rest."""


class PictureFile(nodes.Inline, nodes.TextElement):  # type: ignore[misc]
    """A link to the stored picture of the figure that it stands in."""


def visit_picture(writer: Any, node: Picture) -> None:
    """Open a window of the picture's shape, with the picture moved up by what stands above it."""
    style = ""
    if node["window"] is not None:
        width, top, height = node["window"]
        style = f"--hd-shape:{width:g}/{height:g};--hd-above:{100 * top / width:.3f}%"
    writer.body.append(writer.starttag(node, "div", "", CLASS="hd-picture", style=style))


def depart_picture(writer: Any, node: Picture) -> None:
    """Close the window; the picture is fetched when it comes near."""
    image = next(i for i in reversed(range(len(writer.body))) if "<img " in writer.body[i])
    writer.body[image] = writer.body[image].replace("<img ", '<img loading="lazy" ', 1)
    writer.body.append("</div>\n")


def visit_picture_file(writer: Any, node: PictureFile) -> None:
    """Open the link."""
    figure: Any = node
    while not isinstance(figure, nodes.figure):
        figure = figure.parent
    address = next(iter(figure.findall(nodes.image)))["uri"]  # it stands before and is written
    name = posixpath.basename(address)
    writer.body.append(
        writer.starttag(node, "a", "", CLASS="reference download", href=address, download=name)
    )


def depart_picture_file(writer: Any, node: PictureFile) -> None:
    """Close the link."""
    writer.body.append("</a>")


def _div(name: str, *children: nodes.Node) -> nodes.container:
    return nodes.container("", *children, classes=[name], is_div=True)


def _text(words: str, *more: nodes.Node) -> nodes.paragraph:
    return nodes.paragraph("", " ".join(words.split()), *more)


def _cell(words: str) -> nodes.paragraph:
    """Return the words of a cell of a table, links in it to other pages of the book as links."""
    shown, end = nodes.paragraph(), 0
    for link in _LINK.finditer(words):
        shown += nodes.Text(words[end : link.start()])
        shown += nodes.reference("", link[1], refuri=link[2], internal=True)
        end = link.end()
    shown += nodes.Text(" ".join(words[end:].split()) if not end else words[end:])
    return shown


def _figure(page: _Page) -> nodes.container:
    """Return message and subtitle, picture, source and downloads."""
    name, svg = f"{page.page}-{page.word('figure_id')}", page.word("svg")
    texts = [page.word(part) for part in ("title", "subtitle", "source")]
    whole = standalone(svg, *texts)
    image = nodes.image(uri=page.file(f"figures/{name}.svg", whole), alt=page.word("alt"))
    shown = Picture("", image, window=window(svg, whole))
    figure = nodes.figure(
        "",
        shown,
        nodes.caption("", f"Source: {texts[2]}"),
        nodes.legend(
            "",
            _text(
                "Download:",
                nodes.Text(" "),
                PictureFile("", "", nodes.Text("picture (SVG)")),
                nodes.Text(", "),
                page.download("data (CSV)", f"{name}.csv", page.word("csv")),
            ),
        ),
    )
    page.label(figure, "fig", name)
    title, subtitle = (
        _div(f"hd-{part}", _text(words)) for part, words in zip(("title", "subtitle"), texts, strict=False)
    )
    return _div(FIGURE, title, subtitle, figure)


def _table(page: _Page) -> nodes.container:
    """Return the table with its caption, source and download."""
    name, columns, rows = (
        f"{page.page}-{page.word('table_id')}",
        page.content["columns"],
        page.content["rows"],
    )
    sides = [
        "text-right" if place and _is_numeric([str(row[place]) for row in rows]) else "text-left"
        for place in range(len(columns))
    ]

    def row(cells: list[Any]) -> nodes.row:
        entries = zip(cells, sides, strict=True)
        return nodes.row("", *(nodes.entry("", _cell(str(cell)), classes=[side]) for cell, side in entries))

    group = nodes.tgroup(
        "",
        *(nodes.colspec(colwidth=1) for _ in columns),
        nodes.thead("", row(columns)),
        nodes.tbody("", *(row(cells) for cells in rows)),
        cols=len(columns),
    )
    table = nodes.table("", nodes.title("", page.word("caption")), group, classes=["colwidths-auto"])
    page.label(table, "tab", name)
    links: list[nodes.Node] = [page.download("data (CSV)", f"{name}-table.csv", page.word("csv"))]
    for file, content in page.content.get("files", {}).items():
        links += [nodes.Text(", "), page.download(file, file, content)]
    source = _div(
        "hd-source", _text(f"Source: {page.word('source')}"), _text("Download:", nodes.Text(" "), *links)
    )
    return _div(TABLE, table, source)


def _is_numeric(cells: list[str]) -> bool:
    """Whether a column holds numbers, ranges of numbers, or nothing."""
    given = [cell.strip() for cell in cells if cell.strip() not in _ABSENT]
    return bool(given) and all(
        all(_NUMERIC.fullmatch(part.strip()) for part in re.split(r" to |[()]", cell) if part.strip())
        for cell in given
    )
