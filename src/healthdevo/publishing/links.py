"""Links between area pages: written ``[words](area:CODE#section)``, in HTML ``href="area:CODE"``, made into addresses of a book's pages.

Where it has no such page the words stay. So a text can name an area without knowing which pages are being built.
"""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from typing import Any

from healthdevo.charts import TABLE_MIME

_LINK = re.compile(r"\[([^\[\]]*)\]\(area:([A-Z][A-Z0-9-]+)(#[a-z0-9-]+)?\)")
_ANCHOR = re.compile(
    r'<a href="area:([A-Z][A-Z0-9-]+)((?:\?[\w=,-]+)?(?:#[a-z0-9-]+)?)"([^>]*)>(.*?)</a>', re.DOTALL
)
COMPARE = "COMPARE"
"""What stands in place of a code in links to the page that compares areas."""


def with_links(text: str, docname: str, pages: Mapping[str, str]) -> str:
    """Return a text of a page with its links to areas as addresses; ``pages`` are the pages' own addresses by code of area.

    >>> text = "[Leeds](area:E08000035#a-e) and [York](area:E06000014)"
    >>> with_links(text, "areas/west-yorkshire", {"E08000035": "areas/leeds"})
    '[Leeds](leeds.html#a-e) and York'
    """

    def address(match: re.Match[str]) -> str:
        words, code, place = match.groups()
        if code not in pages:
            return str(words)
        path = posixpath.relpath(pages[code], posixpath.dirname(docname) or ".")
        return f"[{words}]({path}.html{place or ''})"

    return _LINK.sub(address, text)


def with_html_links(text: str, docname: str, pages: Mapping[str, str]) -> str:
    """Return HTML with its links to areas as addresses, as ``with_links`` does for Markdown.

    >>> with_html_links('<a href="area:E08000035#a-e">Leeds</a>, <a href="area:E06000014">York</a>', "areas/x", {"E08000035": "areas/leeds"})
    '<a href="leeds.html#a-e">Leeds</a>, York'
    """

    def address(match: re.Match[str]) -> str:
        code, place, more, words = match.groups()
        if code not in pages:
            return str(words) if code != COMPARE else ""
        path = posixpath.relpath(pages[code], posixpath.dirname(docname) or ".")
        return f'<a href="{path}.html{place}"{more}>{words}</a>'

    return _ANCHOR.sub(address, text)


def link_page(page: Any, docname: str, pages: Mapping[str, str]) -> None:
    """Write the addresses into Markdown cells, glued texts, tables and HTML of a page."""
    for cell in page.cells:
        if cell.cell_type == "markdown":
            cell.source = with_links(cell.source, docname, pages)
            continue
        for output in cell.get("outputs", ()):
            data = output.get("data", {})
            for mime in ("text/markdown", "text/plain"):
                if isinstance(data.get(mime), str):
                    data[mime] = with_links(data[mime], docname, pages)
            if isinstance(data.get("text/html"), str):
                data["text/html"] = with_html_links(data["text/html"], docname, pages)
            table = data.get(TABLE_MIME)
            if isinstance(table, Mapping):
                rows = [[with_links(str(text), docname, pages) for text in row] for row in table["rows"]]
                data[TABLE_MIME] = {**table, "rows": rows}
