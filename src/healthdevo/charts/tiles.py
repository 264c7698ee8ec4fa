"""Tile maps: areas as hexagons of one size, near where they lie, each with its number."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.font_manager import FontProperties
from matplotlib.patches import RegularPolygon

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure, text_width, wrapped
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish, rows_of
from healthdevo.charts.maps import numbered_key
from healthdevo.errors import InputError
from healthdevo.wording import number

__all__ = ["tile_chart"]

_FILLS = theme.FILLS
_INKS = (theme.ON_LIGHT, theme.ON_LIGHT, theme.ON_DARK, theme.ON_DARK)
_FEWEST = 5.0
"""Tiles across for which the picture is at least wide."""
_NAMED = 16
_FONT = FontProperties(family="DejaVu Sans", size=theme.SMALL)
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
    wide, tall = max(float(np.ptp(x)) + 1.2, _FEWEST), float(np.ptp(y)) + 1.4
    across = 72.0 * theme.WIDTH / wide - 5.0  # points that a text has in a tile
    names = rows[label].astype(str).tolist()
    texts = [value_format(float(v)) if known[i] else "–" for i, v in enumerate(values)]
    inside = [wrapped(name, across, theme.SMALL) for name in names]
    named = len(rows) <= _NAMED
    fits = all(text_width(t, _FONT) <= across and t.count("\n") < 2 for t in inside)
    key = names if named and not fits else []
    with theme.applied():
        size = float(np.clip(theme.WIDTH * tall / wide, 1.6, 7.5))
        below = theme.LINE * ((len(key) + 1) // 2) + 0.1
        figure = new_figure(size + (below if key else 0.0))
        if key:
            axes, list_of_names = figure.subplots(2, 1, height_ratios=[size, below])
            numbered_key(list_of_names, key, [1] * len(key))
        else:
            axes = figure.subplots()
        axes.set_axis_off()
        axes.set_aspect("equal")
        for place, (a, b) in enumerate(zip(x, y, strict=True)):
            shade = int(classes[place]) if known[place] else 0
            fill = _FILLS[shade] if known[place] else theme.GROUND
            tile = RegularPolygon(
                (a, b), 6, radius=1.0 / math.sqrt(3.0), facecolor=fill, edgecolor="white", lw=1.2
            )
            axes.add_patch(tile)
            ink = _INKS[shade] if known[place] else theme.INK
            upper = (str(place + 1) if key else inside[place]) if named else ""
            if upper:
                axes.text(
                    a, b + 0.17, upper, ha="center", va="center", fontsize=theme.SMALL, color=ink,
                    fontweight="bold" if key else "normal",
                )  # fmt: skip
            if upper or text_width(texts[place], _FONT) <= across + 3.0:
                low = 0.17 if key or "\n" not in upper else 0.3
                axes.text(
                    a,
                    b - (low if upper else 0.0),
                    texts[place],
                    ha="center",
                    va="center",
                    fontsize=theme.SMALL,
                    color=ink,
                )
        side = max(0.0, (_FEWEST - float(np.ptp(x)) - 1.2) / 2.0)  # few tiles are not drawn larger than many
        axes.set_xlim(x.min() - 0.6 - side, x.max() + 0.6 + side)
        axes.set_ylim(y.min() - 0.7, y.max() + 0.7)
    return finish(figure, caption, rows)
