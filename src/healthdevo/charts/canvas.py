"""Figures without a window: laid out once, drawn once, and every text measured once for all of them.

Saving through matplotlib draws a figure with a constrained layout twice, the first time without output, and measures its texts
afresh each time. Here the layout is made on its own and then the figure is drawn. The picture is the one that
``Figure.savefig`` gives, byte for byte, but for wrapped texts that end or are centred somewhere: a browser draws them in a font of its
own, so each of their lines is placed by its own end or middle, and not by a width measured in another font.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator
from functools import lru_cache
from itertools import pairwise
from typing import Any

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, Tick
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties, findfont, get_font
from matplotlib.text import Text
from matplotlib.textpath import text_to_path
from matplotlib.transforms import IdentityTransform

from healthdevo.charts import theme

__all__ = ["new_figure", "read_fonts", "svg_of", "text_width", "wrapped"]

_POINTS = 72.0
"""Dots to the inch in a picture whose unit is the point."""
_RASTER = 100
"""Dots to the inch of what can only be stored as an image; no chart of the book holds such a thing."""
_NO_METADATA: dict[str, None] = {"Date": None, "Creator": None, "Format": None, "Type": None}
_Sizes = tuple[float, float, float]


@lru_cache(maxsize=65536)
def _text_size(text: str, font: FontProperties) -> _Sizes:
    """Return width, height and descent of a text in points."""
    width, height, descent = text_to_path.get_text_width_height_descent(text, font, False)
    return width, height, descent


def text_width(text: str, font: FontProperties) -> float:
    """Return the width of a text in points, the widest line of several."""
    return max((_text_size(line, font)[0] for line in text.split("\n")), default=0.0)


def wrapped(text: str, width: float, size: float = theme.TEXT, *, bold: bool = False) -> str:
    """Return a text broken between words into lines of at most so many points; lines that it has already stay apart.

    Examples
    --------
    >>> wrapped("Bath and North East Somerset", 80.0).splitlines()
    ['Bath and', 'North East', 'Somerset']
    """
    font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
    lines: list[str] = []
    for part in text.split("\n"):
        line = ""
        for word in part.split(" "):
            longer = f"{line} {word}" if line else word
            if line and text_width(longer, font) > width:
                lines.append(line)
                line = word
            else:
                line = longer
        lines.append(line)
    return "\n".join(lines)


@lru_cache(maxsize=256)
def _line_sizes(font: FontProperties) -> _Sizes:
    """Return ascent, descent and gap of a font's lines in points, from the tables of its file."""
    file = get_font(findfont(font))
    table, head = file.get_sfnt_table("OS/2"), file.get_sfnt_table("head")
    if table is None or head is None:
        raise ValueError(f"{file.family_name}: the font's file does not tell its heights")
    scale = 1 / head["unitsPerEm"] * font.get_size_in_points()
    return (
        table["sTypoAscender"] * scale,
        -table["sTypoDescender"] * scale,
        table["sTypoLineGap"] * scale,
    )


class _Renderer(RendererSVG):
    """The SVG renderer, with the sizes of texts remembered from figure to figure."""

    def get_text_width_height_descent(self, s: str, prop: FontProperties, ismath: Any) -> _Sizes:
        """Return the size of a text in points."""
        if ismath:
            width, height, descent = super().get_text_width_height_descent(s, prop, ismath)  # type: ignore[no-untyped-call]
            return width, height, descent
        return _text_size(s, prop.copy())

    def _get_font_height_metrics(self, prop: FontProperties) -> _Sizes:
        """Return the sizes of a font's lines: matplotlib asks the renderer first and reads the font's file for each text otherwise."""
        return _line_sizes(prop.copy())


class _Canvas(FigureCanvasSVG):
    """A canvas whose renderer measures texts by their remembered sizes."""

    _measuring: _Renderer | None = None

    def renderer(self, output: io.StringIO) -> _Renderer:
        """Return a renderer that draws into a text."""
        width, height = self.figure.get_size_inches() * _POINTS
        return _Renderer(float(width), float(height), output, image_dpi=_RASTER, metadata=_NO_METADATA)  # type: ignore[no-untyped-call]

    def get_renderer(self) -> _Renderer:
        """Return the renderer for the layout, whose output nobody reads."""
        if self._measuring is None:
            self._measuring = self.renderer(io.StringIO())
        return self._measuring


class _Figure(Figure):
    """A figure whose axes copy their ticks from the first."""

    def add_subplot(self, *args: Any, **options: Any) -> Axes:
        """Return new axes (see ``matplotlib.figure.Figure.add_subplot``)."""
        axes: Axes = super().add_subplot(*args, **options)
        _copy_ticks(axes)
        return axes


def _copy_ticks(axes: Axes) -> None:
    """Let axes copy each further tick from their first one.

    Matplotlib makes a new tick of five parts from the settings and then copies the properties of the first to it, which took
    a third of the time of a chart with many rows. The copy is the same tick.
    """
    for axis in (axes.xaxis, axes.yaxis):
        setattr(axis, "get_major_ticks", _Ticks(axis))  # noqa: B010 - a method of this axis only


class _Ticks:
    """The major ticks of an axis, as ``Axis.get_major_ticks`` gives them."""

    def __init__(self, axis: Axis) -> None:
        self.axis = axis

    def __call__(self, numticks: int | None = None) -> list[Tick]:
        """Return so many ticks, as many as there are places without a number."""
        if numticks is None:
            numticks = len(self.axis.get_majorticklocs())
        ticks: list[Tick] = self.axis.majorTicks
        while len(ticks) < numticks:
            ticks.append(_copied_tick(ticks[0]))
        return ticks[:numticks]


_PARTS = ("tick1line", "tick2line", "gridline")
_LABELS = ("label1", "label2")


def _copied(artist: Any) -> Any:
    """Return an artist with the same properties: what both share is never changed but replaced."""
    made = object.__new__(type(artist))
    made.__dict__.update(artist.__dict__)
    return made


def _copied_tick(tick: Tick) -> Tick:
    made: Tick = _copied(tick)
    for name in _PARTS:
        setattr(made, name, _copied(getattr(tick, name)))
    for name in _LABELS:
        label = _copied(getattr(tick, name))
        label._text = ""
        label._fontproperties = label._fontproperties.copy()
        setattr(made, name, label)
    return made


def new_figure(height: float) -> Figure:
    """Return an empty figure of the theme's width that no window shows.

    Parameters
    ----------
    height : float
        In inches.
    """
    return _Figure(figsize=(theme.WIDTH, height), dpi=_POINTS)


def read_fonts(names: Iterable[str] = (), width: float = 130.0) -> None:
    """Find and read the fonts of the theme, as the first picture of a process does.

    ``names`` are measured, in lines of so many points at most, for pictures that write them.
    """
    font = FontProperties(family="DejaVu Sans", size=theme.SMALL)
    for name in names:
        for line in wrapped(name, width).split("\n"):
            _text_size(line, font)
    with theme.applied():
        figure = new_figure(2.0)
        axes = figure.subplots()
        axes.set_title("0")
        axes.set_xlabel("0")
        svg_of(figure)


def _set_lines_apart(figure: Figure, renderer: _Renderer) -> None:
    """Replace every wrapped text that ends or is centred somewhere by its lines, in the same places."""
    for text in [*_texts(figure)]:
        lines = text.get_text().split("\n")
        side = text.get_horizontalalignment()
        if len(lines) < 2 or side == "left" or text.get_rotation() or not text.get_visible():
            continue
        box = text.get_window_extent(renderer)
        x = box.x1 if side == "right" else (box.x0 + box.x1) / 2
        for i, line in enumerate(lines):
            figure.text(
                x,
                box.y1 - (i + 0.5) * box.height / len(lines),
                line,
                transform=IdentityTransform(),
                ha=side,
                va="center_baseline",
                fontproperties=text.get_fontproperties(),
                color=text.get_color(),
                zorder=text.get_zorder(),
            )
        text.set_visible(False)


def _texts(artist: Artist) -> Iterator[Text]:
    """Yield the texts in an artist in the order of ``findobj``; of the ticks of an axis where one has several lines."""
    if isinstance(artist, Axis):
        several = any("\n" in tick.label1.get_text() for tick in artist.majorTicks)
        children = artist.get_children() if several else [artist.label, artist.offsetText]
    else:
        children = artist.get_children()
    for child in children:
        yield from _texts(child)
        if isinstance(child, Text):
            yield child


def _ticks_once(figure: Figure) -> None:
    """Let every axis place and measure its ticks once for each place of its axes, instead of whenever somebody asks.

    The layout and the drawing ask again and again, and nothing but the place changes in between.
    """
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            _remember(axis, axes, "_update_ticks")
            _remember(axis, axes, "_get_ticklabel_bboxes")


def _thin_ticks(figure: Figure, renderer: _Renderer) -> None:
    """Leave out every other label of a horizontal axis until none lies over its neighbour."""
    for axes in figure.axes:
        if not axes.axison or not axes.get_visible():
            continue
        left, right = sorted(axes.get_xlim())
        labels = [
            (at, tick.label1)
            for tick in axes.xaxis.get_major_ticks()
            if left <= (at := tick.get_loc()) <= right
            and tick.label1.get_visible()
            and tick.label1.get_text()
        ]
        if len(labels) < 3 or any(label.get_rotation() for _, label in labels):
            continue
        labels.sort(key=lambda pair: pair[0])
        boxes = [label.get_window_extent(renderer) for _, label in labels]
        while any(a.x1 + 3.0 > b.x0 for a, b in pairwise(boxes)):
            for _, label in labels[1::2]:
                label.set_visible(False)
            labels, boxes = labels[::2], boxes[::2]


def _remember(axis: Axis, axes: Axes, name: str) -> None:
    """Replace a method of one axis by one that remembers its last answer."""
    ask = getattr(axis, name)
    last: list[Any] = [None, None]

    def answer(*given: Any) -> Any:
        now = (axes.bbox.bounds, axes.viewLim.bounds, [id(tick) for tick in given[0]] if given else None)
        if last[0] != now:
            last[:] = now, ask(*given)
        return tuple([*each] for each in last[1]) if given else [*last[1]]

    setattr(axis, name, answer)


def svg_of(figure: Figure) -> str:
    """Return a figure as SVG text; it is not to be used afterwards.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
        Made by ``new_figure`` or by pyplot, finished and passed inside ``theme.applied()``.
    """
    canvas = _Canvas(figure)
    figure.dpi = _POINTS
    _ticks_once(figure)
    layout = figure.get_layout_engine()
    if layout is not None:
        layout.execute(figure)
        figure.set_layout_engine("none")
    _thin_ticks(figure, canvas.get_renderer())
    _set_lines_apart(figure, canvas.get_renderer())
    output = io.StringIO()
    renderer = canvas.renderer(output)
    figure.draw(renderer)
    renderer.finalize()  # type: ignore[no-untyped-call]
    return output.getvalue()
