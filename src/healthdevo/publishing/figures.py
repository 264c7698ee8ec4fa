"""Charts and tables in the book: MyST-NB asks ``FigureRenderer`` how to show the outputs of cells that hold one."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

from docutils import nodes
from sphinx import addnodes

from healthdevo.charts import CHART_MIME, TABLE_MIME
from healthdevo.charts.chart import size_of, standalone, window

FIGURE, TABLE = "hd-figure", "hd-table"
LINKS = "figures"
"""Folder of the book with a page for each figure that leads to it, so that its address never changes."""
_NUMERIC = re.compile(r"[−+\-<>≈]?\s?£?\s?\d[\d,.]*\s?(%|st|nd|rd|th|m|million|bn|billion)?")
_LINK = re.compile(r"\[([^\[\]]*)\]\(([^()\s]+\.html(?:#[\w-]+)?)\)")
_LICENCE = (
    "Open Government Licence v3.0 for the official statistics, CC BY 4.0 for what is computed from them"
)
_WIDE = 34
"""Characters of a row from which a table is wider than a phone."""
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
        self.docname = renderer.renderer.sphinx_env.docname
        self.page = self.docname.rsplit("/", 1)[-1]

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
    """Close the window; the picture is fetched when it comes near, and its place is kept until then."""
    image = next(i for i in reversed(range(len(writer.body))) if "<img " in writer.body[i])
    size = ""
    if node["whole"] is not None:
        width, height = node["whole"]
        size = f'width="{width:.0f}" height="{height:.0f}" '
    writer.body[image] = writer.body[image].replace("<img ", f'<img loading="lazy" {size}', 1)
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


def with_origin(csv: str, *lines: tuple[str, str]) -> str:
    """Return the text of a CSV file with what it is, where it comes from and under which licence, in lines that begin with a hash sign.

    >>> with_origin("a,b", ("Source", "Own")).splitlines()
    ['# Source: Own', 'a,b']
    """
    return "".join(f"# {name}: {' '.join(text.split())}\n" for name, text in lines if text.strip()) + csv


def way_up(docname: str) -> str:
    """Return the way from a page to the book's folder.

    >>> way_up("areas/leeds"), way_up("index")
    ('../', '')
    """
    return "../" * docname.count("/")


def _figure(page: _Page) -> nodes.container:
    """Return message and subtitle, picture, source and downloads."""
    name, svg = f"{page.page}-{page.word('figure_id')}", page.word("svg")
    texts = [page.word(part) for part in ("title", "subtitle", "source")]
    whole = standalone(svg, *texts)
    origin = [
        ("Figure", texts[0]), ("Measure and unit", texts[1]), ("Source and edition", texts[2]), ("Licence", _LICENCE),
        ("Link", f"{LINKS}/{name}"),
    ]  # fmt: skip
    image = nodes.image(uri=page.file(f"figures/{name}.svg", whole), alt=page.word("alt"))
    shown = Picture("", image, window=window(svg, whole), whole=size_of(whole))
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
                page.download("data (CSV)", f"{name}.csv", with_origin(page.word("csv"), *origin)),
                nodes.Text(". "),
                nodes.reference(
                    "",
                    "Link to this figure",
                    refuri=f"{way_up(page.docname)}{LINKS}/{name}.html",
                    internal=True,
                    classes=["hd-link"],
                ),
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
    origin = [
        ("Table", page.word("caption")), ("Columns", ", ".join(str(c) for c in columns)), ("Source and edition", page.word("source")),
        ("Licence", _LICENCE),
    ]  # fmt: skip
    file_name = f"{name}-table.csv"
    links: list[nodes.Node] = [page.download("data (CSV)", file_name, with_origin(page.word("csv"), *origin))]
    for file, content in page.content.get("files", {}).items():
        links += [nodes.Text(", "), page.download(file, file, content)]
    source = _div(
        "hd-source", _text(f"Source: {page.word('source')}"), _text("Download:", nodes.Text(" "), *links)
    )
    if not _is_wide([columns, *rows]):
        return _div(TABLE, table, source)
    cue = _div("hd-cue", _text("The table goes on to the right: move it sideways."))
    classes = [TABLE, "hd-wide", *(["hd-stack"] if _is_prose(rows) else [])]
    return nodes.container("", cue, table, source, classes=classes, is_div=True)


def _is_prose(rows: Sequence[Sequence[object]]) -> bool:
    """Whether a table is rather to be read than compared: on a phone its cells stand below each other, each after its heading."""
    columns = [[len(str(row[place])) for row in rows] for place in range(len(rows[0]))]
    return sum(sum(widths) >= 40 * len(widths) for widths in columns) >= 2


def _is_wide(rows: Sequence[Sequence[object]]) -> bool:
    """Whether a table is wider than a phone; words of its first column may break, numbers may not."""
    widths = [max(len(str(row[place])) for row in rows) for place in range(len(rows[0]))]
    return len(widths) > 2 and sum(min(width, 16) + 2 for width in widths) > _WIDE


def _is_numeric(cells: list[str]) -> bool:
    """Whether a column holds numbers, ranges of numbers, or nothing."""
    given = [cell.strip() for cell in cells if cell.strip() not in _ABSENT]
    return bool(given) and all(
        all(_NUMERIC.fullmatch(part.strip()) for part in re.split(r" to |[()]", cell) if part.strip())
        for cell in given
    )
