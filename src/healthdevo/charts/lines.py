"""Lines over time, with direct labels, marked breaks and shaded bands."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import matplotlib.dates as mdates
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.font_manager import FontProperties
from matplotlib.ticker import FuncFormatter, MaxNLocator

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure, text_width, wrapped
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish
from healthdevo.checks import need_columns
from healthdevo.errors import InputError

__all__ = ["Mark", "Span", "line_chart"]

_SMALL = FontProperties(family="DejaVu Sans", size=theme.SMALL)
_BOLD = FontProperties(family="DejaVu Sans", size=theme.TEXT, weight="bold")
_NAME = 96.0
"""Most points that the name of a line may be wide."""
_BEHIND = 10.0
"""Points between the end of a line and the end of its name, beside the name."""
_SCALE = 40.0
"""Points that the vertical scale takes."""
_LINE_OF_TEXT = 0.2
"""Height of a line of text and its leading, in inches."""
_BELOW = 0.45
"""Inches that the horizontal scale takes."""


@dataclass(frozen=True)
class Mark:
    """A dated event drawn as a vertical line with its name: a break in the series, a policy.

    Parameters
    ----------
    at : float or pandas.Timestamp
        Position on the horizontal axis.
    text : str
        A few words.
    """

    at: Any
    text: str


@dataclass(frozen=True)
class Span:
    """A shaded period with its name: the pandemic, a gap in the data."""

    start: Any
    end: Any
    text: str


def spread(positions: Sequence[float], gap: float | Sequence[float]) -> list[float]:
    """Move label positions apart so that neighbours differ by at least ``gap``, keeping order and centre.

    Parameters
    ----------
    positions : sequence of float
        Where the labels would like to be.
    gap : float or sequence of float
        Smallest distance allowed, or the size of each label.

    Returns
    -------
    list of float
        New positions, in the order given.

    Examples
    --------
    >>> [round(x, 2) for x in spread([1.0, 1.0, 5.0], 1.0)]
    [0.5, 1.5, 5.0]
    >>> [round(x, 2) for x in spread([1.0, 1.0], [1.0, 3.0])]
    [-0.5, 1.5]
    """
    order = np.argsort(positions, kind="stable")
    sizes = [float(gap)] * len(order) if isinstance(gap, (int, float)) else [float(size) for size in gap]
    blocks: list[tuple[float, float, int]] = []  # centre, size, labels
    for i in order:
        blocks.append((float(positions[i]), sizes[i], 1))
        while len(blocks) > 1:
            (c0, s0, n0), (c1, s1, n1) = blocks[-2:]
            if c1 - c0 >= (s0 + s1) / 2:
                break
            blocks[-2:] = [((c0 * n0 + c1 * n1) / (n0 + n1), s0 + s1, n0 + n1)]
    flat: list[float] = []
    for centre, size, labels in blocks:
        edge = centre - size / 2
        for i in order[len(flat) : len(flat) + labels]:
            flat.append(edge + sizes[i] / 2)
            edge += sizes[i]
    result = [0.0] * len(flat)
    for position, i in zip(flat, order, strict=True):
        result[int(i)] = position
    return result


def line_chart(
    data: pd.DataFrame,
    *,
    x: str,
    y: str,
    series: str | None = None,
    lower: str | None = None,
    upper: str | None = None,
    segment: str | None = None,
    focus: Sequence[str] | None = None,
    labels: Mapping[str, str] | None = None,
    marks: Sequence[Mark] = (),
    spans: Sequence[Span] = (),
    x_format: Callable[[float], str] | None = None,
    y_format: Callable[[float], str] | None = None,
    y_from_zero: bool = True,
    markers: bool = False,
    height: float = 3.8,
    caption: Caption,
) -> Chart:
    """Draw one line for each series, labelled at its end.

    Parameters
    ----------
    data : pandas.DataFrame
        Tidy: one row for each series and point. A missing ``y`` breaks the line and is never bridged.
    x, y : str
        Columns of position (numbers or dates) and value.
    series : str, optional
        Column naming the line; without it there is one line.
    lower, upper : str, optional
        Columns with interval limits, drawn as a band.
    segment : str, optional
        Column naming stretches that must not be joined (a change of definition).
    focus : sequence of str, optional
        Series drawn in colour; the others become grey context without label, unless there are six or fewer.
    labels : mapping, optional
        Label text for each series; the series' name by default.
    marks, spans : sequence
        Events and periods to mark.
    x_format, y_format : callable, optional
        Turn an axis value into its tick label.
    y_from_zero : bool, default True
        Whether the vertical axis starts at zero.
    markers : bool, default False
        Draw a marker at each point.
    height : float
        Height in inches; the width is that of the theme.
    caption : Caption
        The figure's words.

    Returns
    -------
    Chart
        With the columns drawn as its data.

    Raises
    ------
    InputError
        When a column is missing or there is nothing to draw.
    """
    columns = [c for c in (series, segment, x, y, lower, upper) if c is not None]
    need_columns(data, columns, f"chart {caption.figure_id}")
    data = data[list(dict.fromkeys(columns))]
    if data[y].notna().sum() == 0:
        raise InputError(f"chart {caption.figure_id}: column {y} holds no value to draw")
    names = [""] if series is None else [str(s) for s in pd.unique(data[series])]
    coloured = list(focus) if focus is not None else names[: len(theme.CATEGORICAL)]
    dates = pd.api.types.is_datetime64_any_dtype(data[x])
    with theme.applied():
        figure = new_figure(height)
        axes = figure.subplots()
        for span in spans:
            axes.axvspan(span.start, span.end, color=theme.SHADE, lw=0, zorder=0)
        ends: list[tuple[float, float, str, str]] = []
        for name in [n for n in names if n not in coloured] + [n for n in names if n in coloured]:
            rows = data if series is None else data[data[series].astype(str) == name]
            rows = rows.sort_values(x)
            place = coloured.index(name) if name in coloured else -1
            colour = theme.CATEGORICAL[place % len(theme.CATEGORICAL)] if place >= 0 else theme.CONTEXT
            style: dict[str, Any] = {
                "color": colour,
                "lw": 2.2 if place >= 0 else 0.9,
                "zorder": 3 if place >= 0 else 2,
            }
            style["linestyle"] = (
                theme.DASHES[place % len(theme.DASHES)] if place >= 0 and len(coloured) > 1 else "-"
            )
            if markers and place >= 0:
                style |= {"marker": theme.MARKERS[place % len(theme.MARKERS)], "ms": 4.5}
            pieces = [rows] if segment is None else [p for _, p in rows.groupby(segment, sort=False)]
            for piece in pieces:
                horizontal = piece[x].to_numpy() if dates else piece[x].to_numpy(float)
                axes.plot(horizontal, piece[y].to_numpy(float), **style)
                if lower is not None and upper is not None:
                    axes.fill_between(
                        horizontal,
                        piece[lower].to_numpy(float),
                        piece[upper].to_numpy(float),
                        color=colour,
                        alpha=0.18,
                        lw=0,
                        zorder=1,
                    )
            last = rows[rows[y].notna()].tail(1)
            if place >= 0 and series is not None and len(last):
                at = float(mdates.date2num(last[x].iloc[0])) if dates else float(last[x].iloc[0])
                ends.append((at, float(last[y].iloc[0]), (labels or {}).get(name, name), colour))
        finish_axes(axes, dates, x_format, y_format, y_from_zero)
        label_ends(axes, ends, height, marks, spans)
    return finish(figure, caption, data)


def finish_axes(
    axes: Axes,
    dates: bool,
    x_format: Callable[[float], str] | None,
    y_format: Callable[[float], str] | None,
    y_from_zero: bool,
) -> None:
    """Set limits, ticks and their texts the way all charts over time have them."""
    if y_from_zero:
        low, high = axes.get_ylim()
        axes.set_ylim(min(0.0, low if low < 0 else 0.0), high)
    if dates and x_format is None:
        locator = mdates.AutoDateLocator(minticks=3, maxticks=7)
        axes.xaxis.set_major_locator(locator)
        axes.xaxis.set_major_formatter(mdates.ConciseDateFormatter(locator, show_offset=False))
    if x_format is not None:
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: x_format(value)))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=4, integer=True))
    if y_format is not None:
        axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: y_format(value)))
    axes.set_xlabel("")
    axes.set_ylabel("")
    axes.tick_params(axis="y", length=0)


def label_ends(
    axes: Axes,
    ends: Sequence[tuple[float, float, str, str]],
    height: float,
    marks: Sequence[Mark] = (),
    spans: Sequence[Span] = (),
) -> None:
    """Write the names of lines behind their ends and the names of events above them, none over another.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        With everything drawn.
    ends : sequence of (position, value, text, colour)
        Where each line ends.
    height : float
        Of the figure, in inches.
    marks, spans : sequence
        Events and periods to name.
    """
    ends = [
        (at, v, text if "\n" in text else wrapped(text, _NAME, bold=True), colour)
        for at, v, text, colour in ends
    ]
    room = max((text_width(text, _BOLD) for _, _, text, _ in ends), default=-_BEHIND) + _BEHIND
    if ends:
        right = max(at for at, *_ in ends)
        left = axes.get_xlim()[0]
        axes.set_xlim(left, right + 0.015 * (right - left))
    write_marks(axes, marks, spans, height=height, wide=72.0 * theme.WIDTH - _SCALE - room)
    if not ends:
        return
    low, high = axes.get_ylim()
    line = _LINE_OF_TEXT / (height - _BELOW) * (high - low)
    sizes = [line * (text.count("\n") + 1) for *_, text, _ in ends]
    heights = _within(spread([e[1] for e in ends], sizes), sizes, low, high)
    for (at, value, text, colour), where, size in zip(ends, heights, sizes, strict=True):
        moved = abs(where - value) > 0.3 * size or at < right
        axes.annotate(
            text,
            xy=(at, value),
            xytext=(right + 0.03 * (right - left), where),
            color=theme.ink_of(colour),
            fontweight="bold",
            fontsize=theme.TEXT,
            va="center",
            annotation_clip=False,
            arrowprops={"arrowstyle": "-", "color": colour, "lw": 0.7, "shrinkA": 0, "shrinkB": 2}
            if moved
            else None,
        )


def _within(places: Sequence[float], sizes: Sequence[float], low: float, high: float) -> list[float]:
    """Push places of labels that are apart into a range, as far as it has room for all of them."""
    moved = list(places)
    order = sorted(range(len(moved)), key=lambda i: moved[i])
    if sum(sizes) > high - low:
        return moved
    edge = high
    for i in reversed(order):
        moved[i] = min(moved[i], edge - sizes[i] / 2)
        edge = moved[i] - sizes[i] / 2
    edge = low
    for i in order:
        moved[i] = max(moved[i], edge + sizes[i] / 2)
        edge = moved[i] + sizes[i] / 2
    return moved


def write_marks(
    axes: Axes,
    marks: Sequence[Mark],
    spans: Sequence[Span],
    *,
    height: float = 3.8,
    wide: float = 72.0 * theme.WIDTH - 40.0,
) -> None:
    """Write the names of events above the lines, on as few rows as do without overlap.

    Parameters
    ----------
    axes : matplotlib.axes.Axes
        With everything drawn.
    marks, spans : sequence
        Events and periods to name.
    height : float
        Of the figure, in inches.
    wide : float
        Width of the axes, in points, as far as it is known before the layout.
    """
    items = [(_as_number(m.at), m.text, True) for m in marks] + [
        (_as_number(s.start), s.text, False) for s in spans
    ]
    if not items:
        return
    left, right = axes.get_xlim()
    low, high = axes.get_ylim()
    rows: list[float] = []  # how far to the right each row is taken
    placed = []
    for at, text, is_mark in sorted(items):
        text = wrapped(text, 0.62 * wide, theme.SMALL)
        width = (text_width(text, _SMALL) + 8.0) / wide
        start = (at - left) / (right - left)
        late = start + width > 1.0 and start > width
        begin, end = (start - width, start) if late else (start, start + width)
        lines = text.count("\n") + 1
        k = next((k for k in range(len(rows)) if max(rows[k : k + lines]) <= begin), len(rows))
        rows += [0.0] * (k + lines - len(rows))
        rows[k : k + lines] = [max(end, taken) for taken in rows[k : k + lines]]
        placed.append((at, text, is_mark, late, k))
    step = _LINE_OF_TEXT / (height - _BELOW)
    share = min(step * len(rows) + 0.02, 0.7)
    top = low + (high - low) / (1.0 - share)
    axes.set_ylim(low, top)
    for at, text, is_mark, late, k in placed:
        level = top - (0.01 + step * k) * (top - low)
        if is_mark:
            axes.plot([at, at], [low, level], color="#505A5F", lw=1.0, ls=(0, (4, 3)), zorder=1)
        axes.annotate(
            text, xy=(at, level), xytext=(-4 if late else 4, 0), textcoords="offset points", fontsize=theme.SMALL,
            ha="right" if late else "left", va="top", color=theme.QUIET,
            bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.4} if is_mark else None,
        )  # fmt: skip


def _as_number(value: Any) -> float:
    return float(mdates.date2num(value)) if isinstance(value, pd.Timestamp) else float(value)
