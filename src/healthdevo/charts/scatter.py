"""Points of many areas against two measures, with a line and a few named areas."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish
from healthdevo.checks import need_columns
from healthdevo.errors import InputError

__all__ = ["scatter_chart"]


def scatter_chart(
    data: pd.DataFrame,
    *,
    x: str,
    y: str,
    label: str,
    focus: Sequence[str] = (),
    named: Sequence[str] | None = None,
    line: tuple[float, float] | None = None,
    zero: bool = False,
    x_format: Callable[[float], str] | None = None,
    y_format: Callable[[float], str] | None = None,
    x_label: str = "",
    y_label: str = "",
    height: float = 3.8,
    caption: Caption,
) -> Chart:
    """Draw one point for each area.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each area, without missing values.
    x, y, label : str
        Columns with the two measures and the area's name.
    focus : sequence of str
        Areas drawn in colour as squares; the others are grey dots.
    named : sequence of str, optional
        Areas whose name is written beside their point; those in ``focus`` by default.
    line : tuple of float, optional
        Intercept and slope of a line.
    zero : bool, default False
        Draw a horizontal line at zero.
    x_format, y_format : callable, optional
        Turn axis values into tick labels.
    x_label, y_label : str
        Names of the axes.
    height : float
        In inches.
    caption : Caption
        The figure's words.

    Returns
    -------
    Chart
        With the columns drawn as its data.

    Raises
    ------
    InputError
        When a column is missing, there is no row, or a value is missing.

    Examples
    --------
    >>> table = pd.DataFrame({"area": ["A", "B"], "start": [1.0, 2.0], "change": [0.5, -0.5]})
    >>> scatter_chart(table, x="start", y="change", label="area", focus=["A"],
    ...     caption=Caption("points", "B fell", "Change against start", "Own",
    ...                     "Scatter chart of two areas, one rising and one falling.")).figure_id
    'points'
    """
    columns = [label, x, y]
    need_columns(data, columns, f"chart {caption.figure_id}")
    data = data[columns]
    if data.empty:
        raise InputError(f"chart {caption.figure_id}: there is no row to draw")
    horizontal, vertical = data[x].to_numpy(float), data[y].to_numpy(float)
    if not (np.isfinite(horizontal).all() and np.isfinite(vertical).all()):
        raise InputError(f"chart {caption.figure_id}: a point has no finite {x} or {y}")
    names = data[label].astype(str)
    strong = names.isin(list(focus)).to_numpy()
    wanted = list(focus) if named is None else list(named)
    with theme.applied():
        figure = new_figure(height)
        axes = figure.subplots()
        axes.grid(visible=True, axis="both")
        if zero:
            axes.axhline(0.0, color="#6F777B", lw=1.0, zorder=1)
        axes.plot(
            horizontal[~strong], vertical[~strong], "o", color=theme.CONTEXT, ms=3.6, alpha=0.75, zorder=2
        )
        axes.plot(horizontal[strong], vertical[strong], "s", color=theme.FOCUS, ms=5.5, zorder=4)
        if line is not None:
            ends = np.array([horizontal.min(), horizontal.max()])
            axes.plot(
                ends, line[0] + line[1] * ends, color=theme.CATEGORICAL[2], lw=2.0, ls=(0, (5, 2)), zorder=3
            )
        middle = (horizontal.min() + horizontal.max()) / 2.0
        for a, b, name in zip(horizontal, vertical, names, strict=True):
            if name in wanted:
                right = a > middle
                axes.annotate(
                    name,
                    xy=(a, b),
                    xytext=(-6 if right else 6, 0),
                    textcoords="offset points",
                    ha="right" if right else "left",
                    va="center",
                    fontsize=theme.SMALL,
                    color=theme.INK,
                    zorder=5,
                    bbox={"facecolor": "white", "alpha": 0.75, "linewidth": 0, "pad": 0.6},
                )
        axes.set_xlabel(x_label, loc="right")
        axes.set_ylabel(y_label, loc="top")
        if x_format is not None:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: x_format(v)))
        if y_format is not None:
            axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: y_format(v)))
    return finish(figure, caption, data)
