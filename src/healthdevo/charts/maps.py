"""Maps of areas in a few groups, with numbers on the map and the names below it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.patches import Patch, PathPatch
from matplotlib.path import Path

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure, wrapped
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish, rows_of
from healthdevo.errors import InputError

__all__ = ["map_chart"]

_HATCHES = ("", "////", "....", "\\\\\\\\", "xxxx", "++++")
_LATITUDE = 52.8
"""The middle of England: there the map is true in shape."""
_NUMBER = 16.0
"""Points across a number on the map."""


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
    height: float = 5.6,
    caption: Caption,
) -> Chart:
    """Draw areas filled by group, on a grey ground, each with a number whose name stands below the map.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each area.
    shapes : pandas.Series
        Shapely polygons in degrees of longitude and latitude, indexed by the areas' codes.
    area, group, label : str
        Columns with the code, the group and, optionally, the name to write below the map.
    groups : mapping of str to str
        Groups in the order of their colours, with the words of the legend. Groups differ by colour and by hatching.
    background : pandas.Series, optional
        Polygons drawn in grey below, such as all regions.
    tolerance : float
        Degrees by which outlines may be simplified.
    height : float
        Of the map, in inches.
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
    drawn = [*(() if background is None else background), *(shapes[c] for c in rows[area])]
    edges = shapely.total_bounds(drawn)
    tallness = float((edges[3] - edges[1]) / np.cos(np.radians(_LATITUDE)) / (edges[2] - edges[0]))
    height = min(height, (theme.WIDTH - 0.1) * tallness)  # no higher than the width allows
    with theme.applied():
        texts, lines = [], [0]
        if label is not None:
            texts = [wrapped(str(t), 72.0 * theme.WIDTH / 2 - 30.0, theme.SMALL) for t in rows[label]]
            lines = [t.count("\n") + 1 for t in texts]
        half = (len(texts) + 1) // 2
        below = theme.LINE * max(sum(lines[:half]), sum(lines[half:])) + 0.3
        words = [wrapped(groups[g], 300.0, theme.SMALL) for g in order if g in set(rows[group].astype(str))]
        below_map = 0.1 + sum(theme.LINE * (w.count("\n") + 1) + 0.06 for w in words)
        figure = new_figure(height + below_map + (below if texts else 0.0))
        if texts:
            axes, key = figure.subplots(2, 1, height_ratios=[height + below_map, below])
            numbered_key(key, texts, lines)
        else:
            axes = figure.subplots()
        axes.grid(visible=False)
        for shape in () if background is None else background:
            _draw(axes, shape, tolerance, facecolor=theme.GROUND, edgecolor="white", lw=0.6, zorder=1)
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
        axes.set_aspect(1.0 / np.cos(np.radians(_LATITUDE)))
        axes.autoscale_view()
        if label is not None:
            _numbers(
                axes,
                [shapes[c].representative_point() for c in rows[area]],
                72.0 * min(theme.WIDTH, height / tallness),
            )
        present = [g for g in order if g in set(rows[group].astype(str))]
        handles = [
            Patch(
                facecolor=theme.CATEGORICAL[order.index(g) % len(theme.CATEGORICAL)],
                hatch=_HATCHES[order.index(g) % len(_HATCHES)],
                edgecolor="white",
                label=wrapped(groups[g], 300.0, theme.SMALL),
            )
            for g in present
        ]
        axes.legend(
            handles=handles,
            loc="upper left",
            bbox_to_anchor=(0.0, 0.0),
            fontsize=theme.SMALL,
            handlelength=1.6,
            borderaxespad=0.0,
        )
        axes.set_axis_off()
    return finish(figure, caption, rows)


def _numbers(axes: Axes, points: Sequence[Any], wide: float) -> None:
    """Write 1, 2, 3 at points of the map, moved apart where they would lie over each other and then tied to their place by a line."""
    left, right = axes.get_xlim()
    stretch = 1.0 / np.cos(np.radians(_LATITUDE))
    unit = (right - left) / wide  # degrees of longitude to the point
    home = np.array([[p.x / unit, p.y * stretch / unit] for p in points])
    at = home.copy()
    for _ in range(200):
        gap = at[:, None] - at[None]
        apart = np.hypot(gap[..., 0], gap[..., 1])
        close = (apart < _NUMBER + 1.5) & ~np.eye(len(at), dtype=bool)
        if not close.any():
            break
        tie = np.where(
            apart[..., None] < 1e-6, np.array([1.0, 0.0]), gap / np.maximum(apart, 1e-6)[..., None]
        )
        at += 0.3 * (np.where(close, _NUMBER + 2.0 - apart, 0.0)[..., None] * tie).sum(axis=1)
    for place, ((x, y), (a, b)) in enumerate(zip(at, home, strict=True), start=1):
        x, y, a, b = x * unit, y * unit / stretch, a * unit, b * unit / stretch
        axes.plot([a, x], [b, y], color=theme.INK, lw=0.9, zorder=3)
        axes.plot(a, b, "o", color=theme.INK, ms=2.2, zorder=3)
        axes.plot(x, y, "o", ms=_NUMBER, mfc="white", mec=theme.INK, mew=0.8, zorder=4)
        axes.annotate(
            str(place),
            xy=(x, y),
            ha="center",
            va="center_baseline",
            fontsize=theme.SMALL,
            color=theme.INK,
            zorder=5,
        )


def numbered_key(axes: Axes, texts: Sequence[str], lines: Sequence[int]) -> None:
    """List the numbered names in two columns."""
    axes.set_axis_off()
    axes.set_xlim(0.0, 1.0)
    half = (len(texts) + 1) // 2
    axes.set_ylim(max(sum(lines[:half]), sum(lines[half:])) + 0.2, -0.2)
    for column, part in enumerate((range(half), range(half, len(texts)))):
        row = 0.0
        for i in part:
            axes.text(
                0.5 * column, row, f"{i + 1}", ha="left", va="top", fontsize=theme.SMALL, fontweight="bold"
            )
            axes.text(0.5 * column + 0.065, row, texts[i], ha="left", va="top", fontsize=theme.SMALL)
            row += lines[i] + 0.1 * (lines[i] - 1)
