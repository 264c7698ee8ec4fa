"""Maps of areas in a few groups, with names beside the map."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish, rows_of
from healthdevo.charts.lines import spread
from healthdevo.errors import InputError

__all__ = ["map_chart"]

_HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "++++")
_GROUND = "#EDEDED"


def _rings(shape: Any) -> Iterator[Any]:
    for part in shapely.get_parts(shape):
        yield part.exterior
        yield from part.interiors


def _path(shape: Any) -> Path:
    vertices, codes = [], []
    for ring in _rings(shape):
        points = np.asarray(ring.coords)[:, :2]
        vertices.append(points)
        codes += [Path.MOVETO, *[Path.LINETO] * (len(points) - 2), Path.CLOSEPOLY]
    return Path(np.vstack(vertices), codes)


def _draw(axes: Axes, shape: Any, tolerance: float, **style: Any) -> None:
    simple = shapely.simplify(shape, tolerance, preserve_topology=True)
    axes.add_patch(PathPatch(_path(simple), **style))


def map_chart(
    data: pd.DataFrame,
    shapes: pd.Series,
    *,
    area: str,
    group: str,
    groups: Mapping[str, str],
    label: str | None = None,
    background: pd.Series | None = None,
    tolerance: float = 0.005,
    height: float = 6.2,
    caption: Caption,
) -> Chart:
    """Draw areas filled by group, on a grey ground, with a leader line from each area to its name.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each area.
    shapes : pandas.Series
        Shapely polygons in degrees of longitude and latitude, indexed by the areas' codes.
    area, group, label : str
        Columns with the code, the group and, optionally, the name to write beside the map.
    groups : mapping of str to str
        Groups in the order of their colours, with the words of the legend. Groups differ by colour and by hatching.
    background : pandas.Series, optional
        Polygons drawn in grey below, such as all regions.
    tolerance : float
        Degrees by which outlines may be simplified.
    height : float
        In inches.
    caption : Caption
        The figure's words.

    Returns
    -------
    Chart
        With the columns used as its data.

    Raises
    ------
    InputError
        When a column is missing, there is no row, an area has no polygon or belongs to no group.

    Examples
    --------
    >>> square = shapely.box(-2.5, 53.3, -2.0, 53.7)
    >>> chart = map_chart(pd.DataFrame({"code": ["A"], "kind": ["deal"], "name": ["Alpha"]}), pd.Series({"A": square}), area="code",
    ...     group="kind", groups={"deal": "with a deal"}, label="name",
    ...     caption=Caption("map", "One area has a deal", "Areas with a deal", "Own",
    ...                     "Map with one square area that has a deal."))
    >>> chart.data.shape
    (1, 3)
    """
    rows = rows_of(data, caption, (area, group, label))
    unknown = [c for c in rows[area] if c not in shapes.index]
    if unknown:
        raise InputError(f"chart {caption.figure_id}: no polygon for {unknown[0]}")
    stray = sorted(set(rows[group].astype(str)) - set(groups))
    if stray:
        raise InputError(
            f"chart {caption.figure_id}: group {stray[0]!r} is not one of {', '.join(groups)}; name all groups"
        )
    order = list(groups)
    with theme.applied():
        figure = new_figure(height)
        axes = figure.subplots()
        axes.grid(visible=False)
        for shape in () if background is None else background:
            _draw(axes, shape, tolerance, facecolor=_GROUND, edgecolor="white", lw=0.6, zorder=1)
        for code, name in zip(rows[area], rows[group].astype(str), strict=True):
            place = order.index(name)
            _draw(
                axes,
                shapes[code],
                tolerance,
                facecolor=theme.CATEGORICAL[place % len(theme.CATEGORICAL)],
                edgecolor="white",
                hatch=_HATCHES[place % len(_HATCHES)],
                lw=0.5,
                zorder=2,
            )
        axes.set_aspect(1.0 / np.cos(np.radians(52.8)))
        axes.autoscale_view()
        if label is not None:
            _names(axes, rows, shapes, area, label)
        present = [g for g in order if g in set(rows[group].astype(str))]
        handles = [
            Patch(
                facecolor=theme.CATEGORICAL[order.index(g) % len(theme.CATEGORICAL)],
                hatch=_HATCHES[order.index(g) % len(_HATCHES)],
                edgecolor="white",
                label=textwrap.fill(groups[g], 42),
            )
            for g in present
        ]
        axes.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(0.0, 0.0),
            fontsize=9.5,
            handlelength=1.6,
            borderaxespad=0.0,
        )
        axes.set_axis_off()
    return finish(figure, caption, rows)


def _names(axes: Axes, rows: pd.DataFrame, shapes: pd.Series, area: str, label: str) -> None:
    left, right = axes.get_xlim()
    low, high = axes.get_ylim()
    points = [shapes[c].representative_point() for c in rows[area]]
    texts = [textwrap.fill(str(t), 18) for t in rows[label]]
    lines = max(t.count("\n") + 1 for t in texts)
    gap = (0.034 if lines == 1 else 0.057) * (high - low)
    heights = spread([p.y for p in points], min(gap, (high - low) / max(len(texts), 1)))
    edge = right + 0.02 * (right - left)
    for point, text, at in zip(points, texts, heights, strict=True):
        axes.plot(
            [point.x, edge - 0.05 * (right - left), edge],
            [point.y, at, at],
            color="#505A5F",
            lw=0.7,
            zorder=3,
        )
        axes.plot(point.x, point.y, "o", color=theme.INK, ms=2.2, zorder=4)
        axes.annotate(
            text, xy=(edge, at), xytext=(3, 0), textcoords="offset points", fontsize=8.5, va="center"
        )
    axes.set_xlim(left, right + 0.42 * (right - left))
