"""Waterfall: parts that add up to a change, each bar starting where the one before ends."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure, wrapped
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish
from healthdevo.checks import need_columns
from healthdevo.errors import InputError

__all__ = ["waterfall_chart"]


def waterfall_chart(
    data: pd.DataFrame,
    *,
    label: str,
    value: str,
    lower: str | None = None,
    upper: str | None = None,
    total: str,
    value_format: Callable[[float], str] | None = None,
    caption: Caption,
) -> Chart:
    """Draw the parts of a change from top to bottom and their sum below.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each part, in the order drawn.
    label, value : str
        Columns with the part's name and its size; negative ones go to the left.
    lower, upper : str, optional
        Columns with limits of the part, drawn as a thin line around the bar's end and left out where missing.
    total : str
        Name of the sum.
    value_format : callable, optional
        Turns a size into its text.
    caption : Caption
        The figure's words.

    Returns
    -------
    Chart
        Its data hold the parts and the sum.

    Raises
    ------
    InputError
        When a column is missing, there is no row, or a part is not finite.
    """
    columns = [c for c in (label, value, lower, upper) if c is not None]
    need_columns(data, columns, f"chart {caption.figure_id}")
    parts = data[value].to_numpy(float)
    if not parts.size or not np.isfinite(parts).all():
        raise InputError(
            f"chart {caption.figure_id}: every part needs a finite size; there are {parts.tolist()!r}"
        )
    show: Callable[[float], str] = value_format or (lambda v: f"{v:+g}")
    names = [*data[label].astype(str), total]
    starts = np.concatenate([[0.0], np.cumsum(parts)])
    with theme.applied():
        figure = new_figure(0.55 + 0.42 * len(names))
        axes = figure.subplots()
        axes.grid(visible=False)
        for i, part in enumerate(parts):
            colour = theme.CATEGORICAL[1] if part >= 0 else theme.CATEGORICAL[3]
            axes.barh(i, part, left=starts[i], height=0.62, color=colour, zorder=2)
            reach = max(starts[i], starts[i] + part)
            if lower is not None and upper is not None:
                ends = starts[i] + data[[lower, upper]].iloc[i].to_numpy(float)
                if np.isfinite(ends).all():
                    axes.plot(ends, [i, i], color=theme.INK, lw=1.2, zorder=3, solid_capstyle="butt")
                    reach = max(reach, float(ends[1]))
            axes.plot([starts[i + 1]] * 2, [i - 0.31, i + 1.31], color="#6F777B", lw=0.8, zorder=1)
            axes.annotate(
                show(float(part)),
                xy=(reach, i),
                xytext=(5, 0),
                textcoords="offset points",
                va="center",
                fontsize=theme.TEXT,
            )
        whole = float(starts[-1])
        axes.barh(len(parts), whole, height=0.62, color=theme.FOCUS, zorder=2)
        axes.annotate(
            show(whole), xy=(max(whole, 0.0), len(parts)), xytext=(5, 0), textcoords="offset points", va="center",
            fontsize=theme.TEXT, fontweight="bold",
        )  # fmt: skip
        axes.axvline(0.0, color="#6F777B", lw=1.0)
        low, high = axes.get_xlim()
        axes.set_xlim(low, high + 0.16 * (high - low))
        axes.tick_params(axis="y", length=0)
        axes.set_yticks(range(len(names)), [wrapped(name, 140.0) for name in names])
        axes.get_yticklabels()[-1].set_fontweight("bold")
        axes.set_ylim(len(names) - 0.45, -0.55)
        axes.set_xticks([])
        axes.spines["bottom"].set_visible(False)
    drawn = pd.concat([data[columns], pd.DataFrame({label: [total], value: [whole]})], ignore_index=True)
    return finish(figure, caption, drawn)
