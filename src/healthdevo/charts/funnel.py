"""Funnel plots: areas by size, with limits that narrow as size grows."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish
from healthdevo.charts.lines import spread
from healthdevo.checks import need_columns
from healthdevo.errors import InputError

__all__ = ["funnel_chart"]

_DASH = ("-", (0, (5, 2)), (0, (1.5, 1.5)))


def funnel_chart(
    data: pd.DataFrame,
    *,
    x: str,
    y: str,
    label: str,
    focus: Sequence[str] = (),
    centre: float,
    centre_text: str,
    limits: Sequence[tuple[str, str, str]],
    x_format: Callable[[float], str] | None = None,
    y_format: Callable[[float], str] | None = None,
    x_label: str = "",
    height: float = 3.8,
    caption: Caption,
) -> Chart:
    """Draw a funnel plot with the area of the page in colour.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each area, with its limits.
    x, y : str
        Columns of size and measure.
    label : str
        Column with the area's name.
    focus : sequence of str
        Areas drawn as a coloured square with their name.
    centre : float
        Where the funnel points to; ``centre_text`` names it.
    limits : sequence of (lower column, upper column, name)
        Limits at each area's size, innermost first.
    x_format, y_format : callable, optional
        Turn an axis value into its tick label.
    x_label : str
        Name of the horizontal axis.
    height : float
        Height in inches.
    caption : Caption
        The figure's words.

    Raises
    ------
    InputError
        When a column is missing or there is no row.
    """
    columns = [label, x, y, *(c for low, high, _ in limits for c in (low, high))]
    need_columns(data, columns, f"chart {caption.figure_id}")
    if data.empty:
        raise InputError(f"chart {caption.figure_id}: there is no row to draw")
    data = data[columns].sort_values(x)
    with theme.applied():
        figure = new_figure(height)
        axes = figure.subplots()
        axes.axhline(centre, color=theme.INK, lw=1.0, zorder=1)
        ends: list[tuple[float, str]] = [(centre, centre_text)]
        for k, (low, high, name) in enumerate(limits):
            for column in (low, high):
                axes.plot(data[x], data[column], color="#505A5F", lw=1.1, ls=_DASH[(k + 1) % 3], zorder=2)
            ends += [(float(data[high].iloc[-1]), name), (float(data[low].iloc[-1]), name)]
        here = data[label].isin(list(focus))
        axes.plot(data.loc[~here, x], data.loc[~here, y], "o", color=theme.CONTEXT, ms=5, lw=0, zorder=3)
        axes.plot(data.loc[here, x], data.loc[here, y], "s", color=theme.FOCUS, ms=8, lw=0, zorder=4)
        left, right = axes.get_xlim()
        for name, at, value in data.loc[here, [label, x, y]].itertuples(index=False):
            place = (at - left) / (right - left)
            side = 0.0 if place < 0.25 else 1.0 if place > 0.75 else 0.5
            axes.annotate(
                name, xy=(at, value), xytext=(at, 1.02), textcoords=("data", "axes fraction"), va="bottom",
                ha={0.0: "left", 0.5: "center", 1.0: "right"}[side], color=theme.FOCUS, fontweight="bold",
                annotation_clip=False,
                arrowprops={
                    "arrowstyle": "-", "color": theme.FOCUS, "lw": 0.8, "shrinkA": 0, "shrinkB": 4, "relpos": (side, 0.0),
                },
            )  # fmt: skip
        bottom, top = axes.get_ylim()
        where = spread([at for at, _ in ends], 0.2 / (height - 0.9) * (top - bottom))
        for (_, text), level in zip(ends, where, strict=True):
            axes.annotate(
                text, xy=(1.0, level), xycoords=("axes fraction", "data"), xytext=(4, 0),
                textcoords="offset points", va="center", fontsize=theme.SMALL, color=theme.QUIET, annotation_clip=False,
            )  # fmt: skip
        axes.set_ylim(bottom, top)
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5))
        if x_format is not None:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: x_format(v)))
        if y_format is not None:
            axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: y_format(v)))
        axes.set_xlabel(x_label, loc="right")
        axes.tick_params(axis="y", length=0)
    return finish(figure, caption, data)
