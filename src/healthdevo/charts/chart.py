"""A finished chart: the picture, the words that go with it, and the data behind it."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from html import escape
from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.figure import Figure

from healthdevo.charts import theme
from healthdevo.charts.canvas import svg_of
from healthdevo.charts.caption import Caption
from healthdevo.charts.download import csv_of
from healthdevo.checks import need_rows
from healthdevo.files import write_atomically

__all__ = ["CHART_MIME", "Chart", "finish", "rows_of", "size_of", "standalone", "window"]

CHART_MIME = "application/vnd.healthdevo.chart+json"
_FONTS = "Arial, 'Liberation Sans', Helvetica, sans-serif"


@dataclass(frozen=True)
class Chart(Caption):
    """A finished figure: its caption with the picture and the numbers drawn.

    Parameters
    ----------
    figure_id, title, subtitle, source, alt : str
        See ``Caption``.
    data : pandas.DataFrame
        The numbers drawn, as offered for download.
    svg : str
        The picture, without title (the page shows it as text).
    """

    data: pd.DataFrame = field(repr=False, compare=False)
    svg: str = field(repr=False)

    @property
    def csv(self) -> str:
        """The data behind the picture as CSV text."""
        return csv_of(self.data)

    @property
    def svg_standalone(self) -> str:
        """The picture with title, subtitle and source drawn in, for use outside the page."""
        return standalone(self.svg, self.title, self.subtitle, self.source)

    def save(self, folder: str | Path) -> tuple[Path, Path]:
        """Write ``<figure_id>.svg`` (standalone) and ``<figure_id>.csv`` and return their paths.

        Parameters
        ----------
        folder : str or Path
            Existing folder; files of the same name are replaced in one step.
        """
        paths = Path(folder) / f"{self.figure_id}.svg", Path(folder) / f"{self.figure_id}.csv"
        for path, text in zip(paths, (self.svg_standalone, self.csv), strict=True):
            write_atomically(path, text)
        return paths

    def _repr_mimebundle_(self, include: Any = None, exclude: Any = None) -> dict[str, Any]:
        """Return what a notebook stores: the picture for a viewer, and everything the book needs."""
        return {
            CHART_MIME: {
                "figure_id": self.figure_id,
                "title": self.title,
                "subtitle": self.subtitle,
                "source": self.source,
                "alt": self.alt,
                "caption": self.subtitle,
                "svg": self.svg,
                "csv": self.csv,
            },
            "image/svg+xml": self.svg,
            "text/plain": self.alt,
        }


_OWN_STYLE = re.compile(r"\s*<style>@media.*?</style>")
_SIZE = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')


def size_of(svg: str) -> tuple[float, float] | None:
    """Return width and height of a picture in points; None where they are not known."""
    found = _SIZE.search(svg)
    return None if found is None else (float(found[1]), float(found[2]))


def window(svg: str, whole: str) -> tuple[float, float, float] | None:
    """Return where in its standalone version a picture lies: width, top and height in points; None where its size is not known."""
    size, place = _SIZE.search(svg), re.search(r'<svg y="([\d.]+)"', whole)
    return None if size is None or place is None else (float(size[1]), float(place[1]), float(size[2]))


def standalone(svg: str, title: str, subtitle: str, source: str) -> str:
    """Return a picture with title, subtitle and source drawn in, for use outside the page.

    Parameters
    ----------
    svg : str
        The picture; one without a ``viewBox`` from the origin has no known size and is returned as it is.
    title, subtitle, source : str
        See ``Caption``.
    """
    match = _SIZE.search(svg)
    if match is None:
        return svg
    width, height = float(match[1]), float(match[2])
    titles = textwrap.wrap(title, int(width / 7.6))
    subtitles = textwrap.wrap(subtitle, int(width / 5.8))
    sources = textwrap.wrap(f"Source: {source}", int(width / 5.5))
    y, lines = 18.0, []
    for size, weight, texts in ((14, "bold", titles), (11.5, "normal", subtitles)):
        for text in texts:
            lines.append(_text(text, y, size, weight))
            y += size * 1.3
    top = y
    y += height + 16  # the first line's letters stay below the picture
    for text in sources:
        lines.append(_text(text, y, 11, "normal"))
        y += 14
    inner = svg[svg.index("<svg") :]
    inner = re.sub(r' (width|height)="([\d.]+)pt"', r' \1="\2"', inner, count=2)
    inner = inner.replace("<svg", f'<svg y="{top:.1f}"', 1)
    drawn = f"{''.join(lines)}{_OWN_STYLE.sub('', inner, count=1)}"
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:.1f}pt" height="{y:.1f}pt" '
        f'viewBox="0 0 {width:.1f} {y:.1f}" role="img">\n'
        f"<style>{theme.dark_style(drawn)}</style>\n{drawn}</svg>\n"
    )


def _text(text: str, y: float, size: float, weight: str) -> str:
    return (
        f'<text x="6" y="{y:.1f}" font-family="{_FONTS}" font-size="{size}" font-weight="{weight}" '
        f'style="fill: {theme.INK.lower()}">{escape(text)}</text>\n'
    )


_TAG = re.compile(r"<[^>]+>")
_FINE = re.compile(r"(?<![\w.#])-?\d+\.\d{3,}(?![\w.])")
_DRAWN_ID = re.compile(r"\b[mp][0-9a-f]{10}\b")


def _rounded(svg: str) -> str:
    """Return a picture with places to a hundredth of a point and its parts numbered, so that every processor draws the same."""

    def place(match: re.Match[str]) -> str:
        text = f"{float(match[0]):.2f}".rstrip("0").rstrip(".")
        return "0" if text == "-0" else text

    svg = _TAG.sub(lambda tag: _FINE.sub(place, tag[0]), svg)
    numbers: dict[str, str] = {}
    return _DRAWN_ID.sub(lambda one: numbers.setdefault(one[0], f"part{len(numbers) + 1}"), svg)


def finish(figure: Figure, caption: Caption, data: pd.DataFrame) -> Chart:
    """Turn a matplotlib figure into a ``Chart`` and close it.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Drawn inside ``theme.applied()``; closed here, so that it is not shown twice.
    caption : Caption
        The figure's words.
    data : pandas.DataFrame
        The numbers drawn.

    Returns
    -------
    Chart
        The same input gives the same SVG, byte for byte.
    """
    with theme.applied():
        svg = svg_of(figure)
    plt.close(figure)
    svg = _rounded(svg)
    svg = svg.replace("'DejaVu Sans'", _FONTS.replace('"', "'"))
    label = f'role="img" aria-label="{escape(caption.alt, quote=True)}"'
    svg = svg.replace("<svg ", f"<svg {label} ", 1)
    svg = re.sub(r"<!DOCTYPE.*?>\s*", "", svg, count=1, flags=re.DOTALL)
    svg = re.sub(r"[ \t]+\n", "\n", svg)
    svg = svg.replace("</style>", f"</style>\n  <style>{theme.dark_style(svg)}</style>", 1)
    return Chart(**vars(caption), data=data.reset_index(drop=True), svg=svg)


def rows_of(data: pd.DataFrame, caption: Caption, columns: Sequence[str | None]) -> pd.DataFrame:
    """Return the columns that a figure draws, each once; None stands for a column not asked for.

    Raises
    ------
    InputError
        When a column is missing or there is no row.
    """
    wanted = [c for c in dict.fromkeys(columns) if c is not None]
    need_rows(data, wanted, f"chart {caption.figure_id}")
    return data[wanted]
