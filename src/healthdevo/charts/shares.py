"""Bars cut into shares of a whole, each part labelled in place."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.patches import Rectangle

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish
from healthdevo.checks import need_columns
from healthdevo.errors import InputError

__all__ = ["share_chart"]

_INKS = (theme.ON_COLOUR, theme.ON_LIGHT, theme.ON_COLOUR, theme.ON_LIGHT, theme.ON_COLOUR)


def share_chart(
    data: pd.DataFrame,
    *,
    label: str,
    part: str,
    share: str,
    parts: Mapping[str, str] | None = None,
    caption: Caption,
) -> Chart:
    """Draw one bar for each label, cut into parts from left to right, with the percentage written in each part.

    Parameters
    ----------
    data : pandas.DataFrame
        Tidy: one row for each label and part, in the order to be drawn.
    label, part, share : str
        Columns with the bar's name, the part's name and its share (0.25 for a quarter). A share below zero (less than noise
        makes) is drawn as nothing and written as it is.
    parts : mapping, optional
        Text of each part for the key above the bars; the part's name by default.
    caption : Caption
        The figure's words.

    Returns
    -------
    Chart
        With the columns drawn as its data.

    Raises
    ------
    InputError
        When a column is missing, there is no row, a part repeats within a label, or there are more parts than colours.

    Examples
    --------
    >>> table = pd.DataFrame({"what": ["life"] * 2, "part": ["between", "within"], "share": [0.3, 0.7]})
    >>> share_chart(table, label="what", part="part", share="share",
    ...     caption=Caption("shares", "Most lies within", "Shares of variance", "Own",
    ...                     "Bar cut into two parts of 30 and 70 per cent.")).figure_id
    'shares'
    """
    columns = [label, part, share]
    need_columns(data, columns, f"chart {caption.figure_id}")
    data = data[columns]
    if data.empty:
        raise InputError(f"chart {caption.figure_id}: there is no row to draw")
    twice = data.duplicated([label, part])
    if twice.any():
        row = data.loc[twice].astype(object).iloc[0]  # labels as they were written
        raise InputError(f"chart {caption.figure_id}: {row[label]!r} has the part {row[part]!r} twice")
    labels = [str(v) for v in pd.unique(data[label])]
    names = [str(v) for v in pd.unique(data[part])]
    palette = list(theme.CATEGORICAL[:5])
    if len(names) > len(palette):
        raise InputError(
            f"chart {caption.figure_id}: {len(names)} parts; at most {len(palette)} can be told apart"
        )
    values = data[share].to_numpy(float)
    if not np.isfinite(values).all():
        raise InputError(f"chart {caption.figure_id}: column {share} holds a value that is no number")
    with theme.applied():
        figure = new_figure(0.5 + 0.52 * len(labels))
        axes = figure.subplots()
        axes.grid(visible=False)
        left = np.zeros(len(labels))
        for i, name in enumerate(names):
            rows = data[data[part].astype(str) == name]
            at = np.array([labels.index(str(v)) for v in rows[label]])
            width = np.maximum(rows[share].to_numpy(float), 0.0)
            colour = palette[i]
            axes.barh(at, width, left=left[at], height=0.62, color=colour, edgecolor="white", linewidth=1.2)
            for y, w, value, start in zip(at, width, rows[share].to_numpy(float), left[at], strict=True):
                if w >= 0.13:
                    axes.annotate(
                        f"{100 * value:.0f}%",
                        xy=(start + w / 2, y),
                        ha="center",
                        va="center",
                        fontsize=theme.SMALL,
                        color=_INKS[i],
                    )
            left[at] += width
        axes.set_yticks(range(len(labels)), [textwrap.fill(v, 17) for v in labels])
        axes.set_ylim(len(labels) - 0.5, -0.5)
        axes.set_xlim(0.0, max(1.0, float(left.max())))
        axes.set_xticks([])
        axes.tick_params(axis="y", length=0)
        axes.spines["bottom"].set_visible(False)
        handles = [Rectangle((0, 0), 1, 1, color=palette[i]) for i in range(len(names))]
        figure.legend(
            handles,
            [(parts or {}).get(n, n) for n in names],
            loc="outside upper left",
            ncols=1 if max(len((parts or {}).get(n, n)) for n in names) > 24 else 2,
            fontsize=theme.SMALL,
            handlelength=1.0,
            borderaxespad=0.0,
        )
        extra = 0.22 * (
            len(names) if max(len((parts or {}).get(n, n)) for n in names) > 24 else (len(names) + 1) // 2
        )
        figure.set_figheight(figure.get_figheight() + extra)
    return finish(figure, caption, data)
