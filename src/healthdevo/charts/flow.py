"""Flow (Sankey): a sum that parts into groups and these into uses, every band as wide as its share."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure, wrapped
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish, rows_of
from healthdevo.charts.lines import spread
from healthdevo.errors import InputError

__all__ = ["flow_chart"]

_BAR = 0.022
_MIDDLE, _RIGHT = 0.21, 0.56
_TINT = 0.32
_LINE = 0.205
"""Height of a line of text, in inches."""


def _tree(
    data: pd.DataFrame, columns: tuple[str, str, str], caption: Caption
) -> tuple[str, dict[str, list[str]]]:
    item, parent, amount = columns
    names = data[item].astype(str).tolist()
    above = ["" if pd.isna(v) else str(v) for v in data[parent]]
    where = f"chart {caption.figure_id}"
    if len(set(names)) < len(names):
        raise InputError(f"{where}: {data[item][data[item].duplicated()].iloc[0]!r} is there twice")
    values = data[amount].to_numpy(float)
    if not np.isfinite(values).all() or (values < 0).any():
        raise InputError(
            f"{where}: every amount must be a number of zero or more; leave out what is not known"
        )
    roots = [n for n, held in zip(names, above, strict=True) if not held]
    if len(roots) != 1:
        raise InputError(f"{where}: {len(roots)} items have no parent; one whole is needed")
    parts: dict[str, list[str]] = {n: [] for n in names}
    for n, held in zip(names, above, strict=True):
        if held and held not in parts:
            raise InputError(f"{where}: {n!r} is part of {held!r}, which is no item")
        if held:
            parts[held].append(n)
    size = dict(zip(names, values, strict=True))
    for n, below in parts.items():
        if below and abs(sum(size[b] for b in below) - size[n]) > 1e-6 * max(1.0, size[n]):
            raise InputError(
                f"{where}: the parts of {n!r} sum to {sum(size[b] for b in below):g}, not to {size[n]:g}"
            )
    for first in parts[roots[0]]:
        for second in parts[first]:
            if parts[second]:
                raise InputError(f"{where}: {second!r} has parts; a flow has three steps at most")
    return roots[0], parts


def _band(axes: Axes, x: tuple[float, float], left: float, right: float, height: float, colour: str) -> None:
    """Draw one band from a left to a right edge; y grows downwards."""
    middle = sum(x) / 2
    points = [
        (x[0], left), (middle, left), (middle, right), (x[1], right),
        (x[1], right + height), (middle, right + height), (middle, left + height), (x[0], left + height), (x[0], left),
    ]  # fmt: skip
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3, Path.CLOSEPOLY]
    axes.add_patch(PathPatch(Path(points, codes), facecolor=colour, edgecolor="none", alpha=_TINT, zorder=1))


def flow_chart(
    data: pd.DataFrame,
    *,
    item: str,
    parent: str,
    amount: str,
    value_format: Callable[[float], str] | None = None,
    caption: Caption,
) -> Chart:
    """Draw a whole on the left that parts into groups in the middle and uses on the right, each band as high as its amount.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each item, in the order to be drawn from top to bottom; the whole has no parent. At most three steps.
    item, parent, amount : str
        Columns with the name, what it is part of, and how much it is (zero or more). Parts must sum to their whole.
    value_format : callable, optional
        Turns an amount into its text, written behind the name.
    caption : Caption
        The figure's words.

    Returns
    -------
    Chart
        With the columns drawn as its data.

    Raises
    ------
    InputError
        When a column is missing, an item repeats, an amount is not known or below zero, there is not one whole, parts do not sum to
        their whole, or there are more than three steps or more groups than colours.

    Examples
    --------
    >>> table = pd.DataFrame({"item": ["all", "a", "b"], "of": [None, "all", "all"], "amount": [3.0, 2.0, 1.0]})
    >>> flow_chart(table, item="item", parent="of", amount="amount",
    ...     caption=Caption("flow", "Most goes to a", "Sums by use", "Own",
    ...                     "Flow of three units, two to a and one to b.")).figure_id
    'flow'
    """
    columns = (item, parent, amount)
    data = rows_of(data, caption, columns)
    root, parts = _tree(data, columns, caption)
    size = dict(zip(data[item].astype(str), data[amount].to_numpy(float), strict=True))
    if not size[root] > 0:
        raise InputError(f"chart {caption.figure_id}: the whole is {size[root]:g}; there is nothing to draw")
    show: Callable[[float], str] = value_format or (lambda v: f"{v:g}")
    groups = parts[root]
    if len(groups) > len(theme.CATEGORICAL) or not groups:
        raise InputError(
            f"chart {caption.figure_id}: {len(groups)} groups; between one and {len(theme.CATEGORICAL)} can be told apart"
        )
    colours = dict(zip(groups, theme.CATEGORICAL, strict=False))
    leaves = [(leaf, group) for group in groups for leaf in (parts[group] or [group])]
    texts = [wrapped(f"{leaf}: {show(size[leaf])}", 128.0).split("\n") for leaf, _ in leaves]
    tall = [_LINE * len(lines) + 0.08 for lines in texts]
    drawn = max(2.2, 0.75 * sum(tall))  # inches for the whole's amount
    gap = max(0.05, (sum(tall) * 1.08 - drawn) / max(1, len(leaves) - 1)) if len(leaves) > 1 else 0.0
    height = drawn + gap * (len(leaves) - 1)
    scale = drawn / size[root]
    with theme.applied():
        figure = new_figure(max(height, max(tall) * len(leaves)) + 0.75)
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set_xlim(0.0, 1.0)
        top = (height - drawn) / 2
        axes.add_patch(Rectangle((0.0, top), _BAR, drawn, color=theme.INK, zorder=3))
        between = gap * (len(leaves) - 1) / max(1, len(groups) - 1) if len(groups) > 1 else 0.0
        between = min(between, 0.35)
        start, middle = top, (height - drawn - between * (len(groups) - 1)) / 2
        axes.text(
            0.0,
            min(top, middle) - 0.1,
            wrapped(f"{root}: {show(size[root])}", 250.0, bold=True),
            ha="left",
            va="bottom",
            fontsize=theme.TEXT,
            fontweight="bold",
        )
        edge, ends = 0.0, []
        for group in groups:
            h, colour = size[group] * scale, colours[group]
            own = parts[group]
            if own:
                _band(axes, (_BAR, _MIDDLE), start, middle, h, colour)
                axes.add_patch(Rectangle((_MIDDLE, middle), _BAR, h, color=colour, zorder=3))
                axes.annotate(
                    wrapped(f"{group}: {show(h / scale)}", 112.0),
                    xy=(_MIDDLE + _BAR + 0.008, middle + h / 2),
                    va="center",
                    ha="left",
                    fontsize=theme.SMALL,
                    zorder=4,
                    bbox={"facecolor": "white", "alpha": 0.78, "edgecolor": "none", "pad": 1.2},
                )
                inner = middle
                for leaf in own:
                    part = size[leaf] * scale
                    _band(axes, (_MIDDLE + _BAR, _RIGHT), inner, edge, part, colour)
                    axes.add_patch(Rectangle((_RIGHT, edge), _BAR, part, color=colour, zorder=3))
                    ends.append(edge + part / 2)
                    inner, edge = inner + part, edge + part + gap
            else:
                _band(axes, (_BAR, _RIGHT), start, edge, h, colour)
                axes.add_patch(Rectangle((_RIGHT, edge), _BAR, h, color=colour, zorder=3))
                ends.append(edge + h / 2)
                edge += h + gap
            start, middle = start + h, middle + h + between
        placed = spread(ends, max(tall))
        axes.set_ylim(max(height, placed[-1] + max(tall) / 2) + 0.05, min(-0.55, placed[0] - max(tall) / 2))
        for at, wanted, lines, (_, group) in zip(placed, ends, texts, leaves, strict=True):
            axes.plot(
                [_RIGHT + _BAR, _RIGHT + _BAR + 0.02], [wanted, at], color=colours[group], lw=1.0, zorder=2
            )
            axes.text(
                _RIGHT + _BAR + 0.026, at, "\n".join(lines), ha="left", va="center", fontsize=theme.SMALL
            )
    return finish(figure, caption, data[list(columns)])
