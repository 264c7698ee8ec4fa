"""Dots with intervals, one row for each area, and plain bars."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter
from numpy.typing import NDArray

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure, wrapped
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish, rows_of

__all__ = ["bar_chart", "interval_chart"]

_NAME = 130.0
"""Most points that the name of a row may be wide."""


def interval_chart(
    data: pd.DataFrame,
    *,
    label: str,
    value: str,
    lower: str | None = None,
    upper: str | None = None,
    focus: Sequence[str] = (),
    reference: float | None = None,
    reference_text: str = "",
    value_format: Callable[[float], str] | None = None,
    x_label: str = "",
    caption: Caption,
) -> Chart:
    """Draw one dot with its interval for each row, in the order given (first row on top).

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each area or specification.
    label, value : str
        Columns with the row's name and its estimate.
    lower, upper : str, optional
        Columns with the interval's limits; an infinite limit is drawn to the edge.
    focus : sequence of str
        Labels drawn in colour with a square marker and bold text; the others are grey dots.
    reference : float, optional
        Where to draw a vertical line, for instance England or zero; ``reference_text`` names it.
    value_format : callable, optional
        Turns a value into its tick label.
    x_label : str
        Name of the horizontal axis.
    caption : Caption
        The figure's words.

    Raises
    ------
    InputError
        When a column is missing or there is no row.
    """
    data = rows_of(data, caption, (label, value, lower, upper))
    with theme.applied():
        names = data[label].astype(str).tolist()
        shown = [wrapped(name, _NAME, bold=name in focus) for name in names]
        room = 0.04 if len(names) > 24 else 0.1
        sizes = np.array([theme.LINE * (name.count("\n") + 1) + room for name in shown])
        places = np.cumsum(sizes) - sizes / 2.0
        figure = new_figure(0.9 + float(sizes.sum()))
        axes = figure.subplots()
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
        centre = data[value].to_numpy(float)
        limits = None if lower is None or upper is None else data[[lower, upper]].to_numpy(float)
        if limits is not None and np.isinf(limits).any():
            every = np.append(limits.ravel(), centre)
            first, last = every[np.isfinite(every)].min(), every[np.isfinite(every)].max()
            edge = 0.05 * (last - first)
            limits = np.clip(limits, first - edge, last + edge)
            axes.set_xlim(first - edge, last + edge)
        marked = np.array([name in focus for name in names])
        for rows, named in ((~marked, False), (marked, True)):  # what stands in colour is drawn last
            _draw_rows(
                axes, np.flatnonzero(rows), places, centre, limits, strong=named or not focus, square=named
            )
        if reference is not None:
            axes.axvline(reference, color=theme.INK, lw=1.0, ls=(0, (4, 3)), zorder=1)
            if reference_text:
                axes.annotate(
                    reference_text,
                    xy=(reference, -0.1),
                    xytext=(4, 2),
                    textcoords="offset points",
                    fontsize=theme.SMALL,
                    va="bottom",
                    annotation_clip=False,
                )
        axes.tick_params(axis="y", length=0)  # of the first tick, which the others copy
        axes.set_yticks(places, shown, fontsize=theme.SMALL)
        for tick, name in zip(axes.get_yticklabels(), names, strict=True):
            if name in focus:
                tick.set_fontweight("bold")
        axes.set_ylim(float(sizes.sum()) + 0.03, -0.1)
        figure.supxlabel(wrapped(x_label, 340.0), x=1.0, ha="right", fontsize=theme.TEXT) if x_label else None
        if value_format is not None:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: value_format(v)))
    return finish(figure, caption, data)


def _draw_rows(
    axes: Axes,
    rows: NDArray[np.intp],
    places: NDArray[np.float64],
    centre: NDArray[np.float64],
    limits: NDArray[np.float64] | None,
    *,
    strong: bool,
    square: bool,
) -> None:
    """Draw dots and intervals of rows that look alike, as one line and one collection."""
    if not rows.size:
        return
    colour = theme.FOCUS if strong else theme.CONTEXT
    if limits is not None:
        drawn = rows[np.isfinite(limits[rows]).all(axis=1)]
        axes.hlines(
            places[drawn],
            *limits[drawn].T,
            color=colour,
            lw=2.0 if strong else 1.4,
            zorder=2,
            capstyle="butt",
        )
    axes.plot(
        centre[rows],
        places[rows],
        "s" if square else "o",
        color=colour,
        ms=6 if square else 4.5,
        lw=0,
        zorder=3,
    )


def bar_chart(
    data: pd.DataFrame,
    *,
    label: str,
    value: str,
    series: str | None = None,
    focus: Sequence[str] = (),
    value_format: Callable[[float], str] | None = None,
    caption: Caption,
) -> Chart:
    """Draw horizontal bars from zero, each with its value written beside it.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each bar; with ``series``, one for each label and series.
    label, value, series : str
        Columns with the bar's name, its length and, optionally, the group within a label.
    focus : sequence of str
        Labels drawn in colour; all of them when empty.
    value_format : callable, optional
        Turns a value into its text.
    caption : Caption
        The figure's words.

    Raises
    ------
    InputError
        When a column is missing or there is no row.
    """
    data = rows_of(data, caption, (label, series, value))
    text = value_format or (lambda v: f"{v:g}")
    labels = [str(v) for v in pd.unique(data[label])]
    groups = [""] if series is None else [str(v) for v in pd.unique(data[series])]
    thick = 0.78 / len(groups)
    with theme.applied():
        shown = [wrapped(name, _NAME) for name in labels]
        most = max(name.count("\n") + 1 for name in shown)
        figure = new_figure(0.6 + len(labels) * max(0.34, 0.26 * len(groups), theme.LINE * most + 0.1))
        axes = figure.subplots()
        axes.grid(visible=False)
        for g, group in enumerate(groups):
            rows = data if series is None else data[data[series].astype(str) == group]
            position = [labels.index(str(v)) + (g - (len(groups) - 1) / 2) * thick for v in rows[label]]
            colours = [
                theme.CONTEXT
                if focus and str(v) not in focus
                else theme.CATEGORICAL[g % len(theme.CATEGORICAL)]
                for v in rows[label]
            ]
            values = rows[value].to_numpy(float)
            axes.barh(position, values, height=thick * 0.92, color=colours)
            for at, v in zip(position, values, strict=True):
                if np.isfinite(v):
                    axes.annotate(
                        text(v) + (f"  {group}" if group else ""),
                        xy=(max(v, 0.0), at),
                        xytext=(4, 0),
                        textcoords="offset points",
                        va="center",
                        fontsize=theme.SMALL,
                    )
        low, high = axes.get_xlim()
        axes.set_xlim(low, high + (0.28 if series else 0.14) * (high - low))
        axes.axvline(0.0, color="#6F777B", lw=1.0)
        axes.tick_params(axis="y", length=0)
        axes.set_yticks(range(len(labels)), shown)
        axes.set_ylim(len(labels) - 0.45, -0.55)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
    return finish(figure, caption, data)
