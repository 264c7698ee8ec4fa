"""A page of its own out of words, figures and tables: one HTML file that needs no other, nothing in it live but its downloads."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from healthdevo.charts.chart import Chart
from healthdevo.charts.table import Table

__all__ = ["Part", "sheet"]

_STYLE = """
:root { color-scheme: light; }
body { font: 1.05rem/1.55 Arial, "Liberation Sans", Helvetica, sans-serif; color: #0b0c0c; background: #fff;
       max-width: 46rem; margin: 0 auto; padding: 1rem 1rem 4rem; overflow-wrap: anywhere; }
h1, h2 { line-height: 1.2; } a { color: #1a5a96; } svg { max-width: 100%; height: auto; }
.scroll { overflow-x: auto; } table { border-collapse: collapse; } th, td { padding: .3rem .7rem; border-bottom: 1px solid #b1b4b6; text-align: left; }
caption { text-align: left; font-weight: bold; padding: .4rem 0; } figure { margin: 1rem 0; }
.title { font-weight: bold; } .small { color: #505a5f; font-size: .9rem; } footer { margin-top: 3rem; border-top: 1px solid #b1b4b6; color: #505a5f; }
"""


@dataclass(frozen=True)
class Part:
    """A part of the page.

    Parameters
    ----------
    heading : str
        Its heading; empty for the part below the title.
    texts : sequence of str
        Paragraphs, as plain text.
    shown : sequence of Chart or Table
        What follows them.
    items : sequence of str
        A list after that, as plain text.
    """

    heading: str
    texts: Sequence[str] = ()
    shown: Sequence[Chart | Table] = ()
    items: Sequence[str] = ()


def sheet(title: str, parts: Sequence[Part], *, footer: str) -> str:
    """Return a page as HTML: every text is escaped, pictures and data are inside.

    Parameters
    ----------
    title : str
        The finding, as plain text.
    parts : sequence of Part
        What the page says and shows, in order.
    footer : str
        What made the page.

    Examples
    --------
    >>> page = sheet("<b>", [Part("", ["Words & figures."])], footer="made by hand")
    >>> "<h1>&lt;b&gt;</h1>" in page, "Words &amp; figures." in page
    (True, True)
    """
    body = "\n".join(_part(part) for part in parts)
    return (
        '<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; style-src 'unsafe-inline'; img-src data:\">\n"
        f"<title>{escape(title)}</title>\n<style>{_STYLE}</style>\n</head>\n<body>\n<main>\n"
        f"<h1>{escape(title)}</h1>\n{body}\n</main>\n<footer><p>{escape(footer)}</p></footer>\n</body>\n</html>\n"
    )


def _part(part: Part) -> str:
    lines = [f"<h2>{escape(part.heading)}</h2>"] if part.heading else []
    lines += [f"<p>{escape(text)}</p>" for text in part.texts]
    lines += [_chart(one) if isinstance(one, Chart) else _table(one) for one in part.shown]
    if part.items:
        lines.append("<ul>" + "".join(f"<li>{escape(item)}</li>" for item in part.items) + "</ul>")
    return "\n".join(lines)


def _download(words: str, name: str, kind: str, content: str) -> str:
    data = base64.b64encode(content.encode("utf-8")).decode()
    return f'<a download="{escape(name, quote=True)}" href="data:{kind};base64,{data}">{words}</a>'


def _chart(chart: Chart) -> str:
    svg = chart.svg[chart.svg.index("<svg") :]
    links = (
        _download("picture (SVG)", f"{chart.figure_id}.svg", "image/svg+xml", chart.svg_standalone)
        + ", "
        + _download("data (CSV)", f"{chart.figure_id}.csv", "text/csv", chart.csv)
    )
    return (
        f'<figure>\n<p class="title">{escape(chart.title)}</p>\n<p>{escape(chart.subtitle)}</p>\n{svg}\n'
        f'<figcaption class="small">Source: {escape(chart.source)}. Download: {links}</figcaption>\n</figure>'
    )


def _table(table: Table) -> str:
    whole = str(table._repr_mimebundle_()["text/html"])
    link = _download("data (CSV)", f"{table.table_id}.csv", "text/csv", table.csv)
    return f'<div class="scroll">{whole}</div>\n<p class="small">Source: {escape(table.source)}. Download: {link}</p>'
