"""What a book needs beside its pages to be a site: an index for search engines, a preview, and addresses of figures that stay."""

from __future__ import annotations

import io
import re
import shutil
import textwrap
from collections.abc import Iterable, Mapping
from html import escape
from pathlib import Path

from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from healthdevo.charts import theme
from healthdevo.files import write_atomically
from healthdevo.publishing.figures import LINKS
from healthdevo.publishing.page_head import SOCIAL

__all__ = ["lighten", "preview", "redirect", "robots", "sitemap", "write"]


_SAID = re.compile(r"\bconsole\.(?:log|info|debug)\(")
_FONT = re.compile(r"@font-face\{[^}]*fontawesome[^}]*\}")


def sitemap(base: str, pages: Iterable[str]) -> str:
    """Return the list of a book's pages for search engines; without a base address they are relative to the book's own.

    >>> "<loc>https://example.org/a.html</loc>" in sitemap("https://example.org", ["a"])
    True
    """
    root = base.rstrip("/") + "/" if base else ""
    lines = [f"<url><loc>{escape(root)}{escape(page)}.html</loc></url>" for page in pages]
    return "\n".join(
        [
            '<?xml version="1.0" encoding="UTF-8"?>',
            '<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">',
            *lines,
            "</urlset>",
            "",
        ]
    )


def robots(base: str) -> str:
    """Return what crawlers may read: everything but the pages that only lead to figures."""
    found = f"Sitemap: {base.rstrip('/')}/sitemap.xml\n" if base else ""
    return f"User-agent: *\nDisallow: /{LINKS}/\n{found}"


def redirect(address: str, words: str) -> str:
    """Return a page that leads to another at once, with or without scripts."""
    shown = escape(address, quote=True)
    return (
        f'<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"/><title>{escape(words)}</title>'
        f'<meta name="robots" content="noindex"/><link rel="canonical" href="{shown}"/>'
        f'<meta http-equiv="refresh" content="0; url={shown}"/></head>'
        f'<body><h1>{escape(words)}</h1><p><a href="{shown}">{escape(words)}</a></p></body></html>\n'
    )


def preview(title: str) -> bytes:
    """Return the picture that stands for the book where somebody shares a link: its title, 1200 by 630 pixels (PNG)."""
    with theme.applied():
        figure = Figure(figsize=(12.0, 6.3), dpi=100, facecolor=theme.FOCUS)
        figure.set_layout_engine("none")
        canvas = FigureCanvasAgg(figure)
        lines = textwrap.wrap(title, 24)
        figure.text(
            0.07,
            0.56,
            "\n".join(lines),
            color="white",
            fontsize=56,
            fontweight="bold",
            va="center",
            linespacing=1.25,
        )
        figure.text(0.07, 0.1, "What public figures say for and against", color="white", fontsize=28)
        figure.add_artist(_rule())
        stored = io.BytesIO()
        canvas.print_png(stored, metadata={"Software": None})
    return stored.getvalue()


def _rule() -> Line2D:
    return Line2D([0.07, 0.93], [0.2, 0.2], color="white", lw=3.0)


def lighten(static: Path) -> None:
    """Take out of a book's static files what no page uses: the icon font, and messages that the theme's scripts write for their makers."""
    shutil.rmtree(static / "vendor" / "fontawesome", ignore_errors=True)
    for path in (static / "scripts").glob("fontawesome.js*"):
        path.unlink()
    for path in [*(static / "scripts").glob("*.js"), *static.glob("*.js")]:
        text = path.read_text(encoding="utf-8")
        quiet = _SAID.sub("void(", text)
        if quiet != text:
            write_atomically(path, quiet)
    for path in (static / "styles").glob("*.css"):
        text = path.read_text(encoding="utf-8")
        if "fontawesome" in text:
            write_atomically(path, _FONT.sub("", text))


def write(
    folder: Path, title: str, base: str, pages: Iterable[str], figures: Mapping[str, tuple[str, str]]
) -> None:
    """Write index, rules for crawlers, preview and the addresses of figures into a book's folder.

    Parameters
    ----------
    folder : Path
        Of the book's HTML.
    title : str
        Of the book.
    base : str
        Its address; empty where it has none yet.
    pages : iterable of str
        Names of its pages, without ending.
    figures : mapping of str to (str, str)
        Page and place of each figure, by its label.
    """
    lighten(folder / "_static")
    (folder / "sitemap.xml").write_text(sitemap(base, pages), encoding="utf-8")
    (folder / "robots.txt").write_text(robots(base), encoding="utf-8")
    (folder / SOCIAL).parent.mkdir(parents=True, exist_ok=True)
    (folder / SOCIAL).write_bytes(preview(title))
    (folder / LINKS).mkdir(exist_ok=True)
    for label, (page, anchor) in figures.items():
        name = label.removeprefix("fig-")
        page_of_figure = redirect(f"../{page}.html#{anchor}", f"Figure {name}")
        (folder / LINKS / f"{name}.html").write_text(page_of_figure, encoding="utf-8")
