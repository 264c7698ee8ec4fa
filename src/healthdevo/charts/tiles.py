"""Tile maps: areas as hexagons of one size, near where they lie, each with its number."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.patches import RegularPolygon

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish, rows_of
from healthdevo.errors import InputError
from healthdevo.wording import number

__all__ = ["tile_chart"]

_FILLS = ("#D6E4F0", "#8FB8DE", "#2073BC", "#12436D")
_INKS = ("black", "black", "white", "white")
_NO_FIGURE = "#EDEDED"
_NAMED = 16
_ROW = math.sqrt(3.0) / 2.0


def tile_chart(
    data: pd.DataFrame,
    *,
    column: str,
    row: str,
    label: str,
    value: str,
    value_format: Callable[[float], str] = number,
    caption: Caption,
) -> Chart:
    """Draw one hexagon for each area, darker the higher its value, with the number in it; names where there are few.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each area.
    column, row : str
        Columns with whole numbers: the place of the hexagon. Odd rows stand half a hexagon to the right; rows count upwards.
    label, value : str
        Columns with the area's name and its number; a missing one is drawn grey.
    value_format : callable
        Turns a value into its text.
    caption : Caption
        The figure's words.

    Returns
    -------
    Chart
        With the columns used as its data.

    Raises
    ------
    InputError
        When a column is missing, there is no row, or two areas have one place.

    Examples
    --------
    >>> places = pd.DataFrame({"x": [0, 1], "y": [0, 0], "name": ["Alpha", "Beta"], "rate": [10.0, 20.0]})
    >>> tile_chart(places, column="x", row="y", label="name", value="rate",
    ...            caption=Caption("tiles", "Beta has twice Alpha's rate", "Rate", "Own", "Map of two tiles: Alpha 10, Beta 20.")).data.shape
    (2, 4)
    """
    rows = rows_of(data, caption, (column, row, label, value))
    if rows.duplicated([column, row]).any():
        raise InputError(f"chart {caption.figure_id}: two areas have one place of the map")
    x = rows[column].to_numpy(float) + 0.5 * (rows[row].to_numpy(int) % 2)
    y = rows[row].to_numpy(float) * _ROW
    values = rows[value].to_numpy(float)
    known = np.isfinite(values)
    edges = np.quantile(values[known], [0.25, 0.5, 0.75]) if known.any() else np.zeros(3)
    classes = np.searchsorted(edges, values, side="right")
    wide, tall = float(np.ptp(x)) + 1.2, float(np.ptp(y)) + 1.4
    named = len(rows) <= _NAMED
    with theme.applied():
        figure = new_figure(float(np.clip(7.0 * tall / max(wide, 5.0), 1.6, 7.5)))
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set_aspect("equal")
        for place, (a, b, name) in enumerate(zip(x, y, rows[label].astype(str), strict=True)):
            shade = int(classes[place]) if known[place] else 0
            fill = _FILLS[shade] if known[place] else _NO_FIGURE
            tile = RegularPolygon(
                (a, b), 6, radius=1.0 / math.sqrt(3.0), facecolor=fill, edgecolor="white", lw=1.2
            )
            axes.add_patch(tile)
            text = value_format(float(values[place])) if known[place] else "–"
            ink = _INKS[shade] if known[place] else "black"
            size = 9 if named else 7
            if named:
                axes.text(
                    a,
                    b + 0.16,
                    "\n".join(textwrap.wrap(name, 12)[:2]),
                    ha="center",
                    va="center",
                    fontsize=6.5,
                    color=ink,
                )
            axes.text(
                a, b - (0.2 if named else 0.0), text, ha="center", va="center", fontsize=size, color=ink
            )
        side = max(0.0, (5.0 - wide) / 2.0)  # few tiles are not drawn larger than many
        axes.set_xlim(x.min() - 0.6 - side, x.max() + 0.6 + side)
        axes.set_ylim(y.min() - 0.7, y.max() + 0.7)
    return finish(figure, caption, rows)
