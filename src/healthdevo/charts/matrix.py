"""A matrix of cells: who has which of several things, and how much of it."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.lines import Line2D
from matplotlib.patches import Rectangle

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure, wrapped
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish, rows_of
from healthdevo.errors import InputError

__all__ = ["matrix_chart"]

_NAME = 110.0
"""Most points that the name of a row may be wide."""
_FILLS = ("none", *theme.FILLS)
_INKS = ("#505A5F", theme.ON_LIGHT, theme.ON_LIGHT, theme.ON_DARK, theme.ON_DARK)


def matrix_chart(
    data: pd.DataFrame,
    *,
    row: str,
    column: str,
    level: str,
    levels: Mapping[str, str],
    marks: Mapping[str, str],
    caption: Caption,
) -> Chart:
    """Draw one cell for each row and column, darker and with another letter from level to level.

    Parameters
    ----------
    data : pandas.DataFrame
        Tidy: one row for each cell. Rows and columns stand in the order in which they first occur.
    row, column, level : str
        Columns with the names of the row and the column of the matrix and the level of the cell.
    levels : mapping of str to str
        Levels from the lowest (drawn white) to the highest, at most five, with the words of the key.
    marks : mapping of str to str
        The letter or sign written in a cell of each level, so that nothing depends on colour alone.
    caption : Caption
        The figure's words.

    Returns
    -------
    Chart
        With the columns drawn as its data.

    Raises
    ------
    InputError
        When a column is missing, there is no row, a cell occurs twice or not at all, a level is unknown or has no mark, or there are
        more than five levels.

    Examples
    --------
    >>> cells = pd.DataFrame({"who": ["A", "A"], "what": ["budget", "duty"], "how": ["none", "law"]})
    >>> matrix_chart(cells, row="who", column="what", level="how", levels={"none": "none found", "law": "by law"},
    ...     marks={"none": "-", "law": "L"},
    ...     caption=Caption("cells", "A has a duty", "Two powers", "Own", "Matrix with one row: no budget and a duty by law.")).figure_id
    'cells'
    """
    rows = rows_of(data, caption, (row, column, level))
    where = f"chart {caption.figure_id}"
    if len(levels) > len(_FILLS):
        raise InputError(f"{where}: {len(levels)} levels; at most {len(_FILLS)} can be told apart")
    for name in (*pd.unique(rows[level].astype(str)), *levels):
        if name not in levels or name not in marks:
            raise InputError(f"{where}: level {name!r} is not one of {', '.join(levels)} with a mark")
    if rows.duplicated([row, column]).any():
        twice = rows[rows.duplicated([row, column])].iloc[0]
        raise InputError(f"{where}: {twice[row]!r} has {twice[column]!r} twice")
    down, across = ([str(v) for v in pd.unique(rows[name])] for name in (row, column))
    if len(rows) < len(down) * len(across):
        raise InputError(f"{where}: {len(rows)} cells for {len(down)} rows and {len(across)} columns")
    order = list(levels)
    first = len(_FILLS) - len(order)  # the highest level is always the darkest
    shade = {name: 0 if i == 0 else first + i for i, name in enumerate(order)}
    with theme.applied():
        shown = [wrapped(v, _NAME, theme.SMALL) for v in down]
        most = max(v.count("\n") + 1 for v in shown)
        figure = new_figure(1.6 + max(0.27, theme.LINE * most + 0.05) * len(down) + 0.24 * len(order))
        axes = figure.subplots()
        axes.grid(visible=False)
        for who, what, how in rows.astype(str).itertuples(index=False):
            x, y, place = across.index(what), down.index(who), shade[how]
            axes.add_patch(
                Rectangle(
                    (x - 0.46, y - 0.46), 0.92, 0.92, facecolor=_FILLS[place], edgecolor="#B1B4B6", lw=0.6
                )
            )
            axes.annotate(
                marks[how], xy=(x, y), ha="center", va="center", fontsize=theme.SMALL, color=_INKS[place]
            )
        axes.set_xlim(-0.5, len(across) - 0.5)
        axes.set_ylim(len(down) - 0.5, -0.5)
        axes.set_yticks(range(len(down)), shown, fontsize=theme.SMALL)
        axes.set_xticks(
            range(len(across)), across, fontsize=theme.SMALL, rotation=55, ha="left", rotation_mode="anchor"
        )
        axes.xaxis.tick_top()
        axes.tick_params(axis="both", length=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
        key = [
            Line2D(
                [],
                [],
                marker="s",
                ls="",
                ms=10,
                markerfacecolor=_FILLS[shade[name]],
                markeredgecolor="#6F777B",
                label=f"{marks[name]}  {levels[name]}",
            )
            for name in order
        ]
        axes.legend(
            handles=key,
            loc="upper left",
            bbox_to_anchor=(-0.42, -0.01),
            fontsize=theme.SMALL,
            borderaxespad=0.2,
        )
    return finish(figure, caption, rows)
