"""Dated events, one row each, with their words beside the dots."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from matplotlib.font_manager import FontProperties

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure, text_width, wrapped
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish, rows_of
from healthdevo.errors import InputError

__all__ = ["timeline_chart"]

_DATE = FontProperties(family="DejaVu Sans", size=theme.SMALL, weight="bold")


def timeline_chart(
    data: pd.DataFrame,
    *,
    date: str,
    text: str,
    group: str | None = None,
    groups: Mapping[str, str] | None = None,
    date_text: str | None = None,
    caption: Caption,
) -> Chart:
    """Draw events from the earliest at the top to the latest, spaced evenly, each with its date.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each event, in any order.
    date, text : str
        Columns with the date (timestamps) and the words.
    group, groups : str and mapping of str to str, optional
        Column with the kind of event, and the kinds in the order of their colours with the words of the legend; kinds differ by
        colour and by marker.
    date_text : str, optional
        Column with the date as written; month and year otherwise.
    caption : Caption
        The figure's words.

    Returns
    -------
    Chart
        With the events in order as its data.

    Raises
    ------
    InputError
        When a column is missing, there is no row, a date is missing, or a kind is not among ``groups``.

    Examples
    --------
    >>> events = pd.DataFrame({"when": pd.to_datetime(["2016-04-01", "2014-11-03"]), "what": ["Budget", "Agreement"]})
    >>> chart = timeline_chart(events, date="when", text="what",
    ...     caption=Caption("steps", "Two steps", "Steps by date", "Own",
    ...                     "Timeline of two steps: an agreement in 2014 and a budget in 2016."))
    >>> chart.data["what"].tolist()
    ['Agreement', 'Budget']
    """
    rows = rows_of(data, caption, (date, text, group, date_text))
    if rows[date].isna().any():
        raise InputError(f"chart {caption.figure_id}: an event has no date")
    rows = rows.sort_values([date, text], ignore_index=True)
    kinds = dict(groups or {})
    if group is not None and (stray := sorted(set(rows[group].astype(str)) - set(kinds))):
        raise InputError(f"chart {caption.figure_id}: kind {stray[0]!r} is not one of {', '.join(kinds)}")
    written = rows[date].dt.strftime("%b %Y") if date_text is None else rows[date_text].astype(str)
    dates = max(text_width(when, _DATE) for when in written)
    words = [wrapped(str(t), 72.0 * theme.WIDTH - dates - 40.0, theme.SMALL) for t in rows[text]]
    sizes = np.array([w.count("\n") + 1 for w in words], dtype=float) * theme.LINE + 0.16
    at = np.cumsum(sizes) - sizes / 2.0
    total = float(sizes.sum())
    order = list(kinds)
    with theme.applied():
        figure = new_figure(total + 0.32 * len(order) + 0.2)
        axes = figure.subplots()
        axes.grid(visible=False)
        axes.plot([0.0, 0.0], [0.0, total], color="#B1B4B6", lw=2.0, zorder=1)
        for i, (when, what) in enumerate(zip(written, words, strict=True)):
            place = order.index(str(rows[group].iloc[i])) if group is not None else 0
            axes.plot(
                0.0,
                at[i],
                theme.MARKERS[place % len(theme.MARKERS)],
                color=theme.CATEGORICAL[place % len(theme.CATEGORICAL)],
                ms=8,
                zorder=3,
                clip_on=False,
            )
            axes.annotate(
                when,
                xy=(0.0, at[i]),
                xytext=(-12, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize=theme.SMALL,
                fontweight="bold",
            )
            axes.annotate(
                what,
                xy=(0.0, at[i]),
                xytext=(12, 0),
                textcoords="offset points",
                ha="left",
                va="center",
                fontsize=theme.SMALL,
            )
        for place, name in enumerate(order):
            axes.plot(
                [],
                [],
                theme.MARKERS[place % len(theme.MARKERS)],
                color=theme.CATEGORICAL[place % len(theme.CATEGORICAL)],
                ms=8,
                label=kinds[name],
            )
        if order:
            axes.legend(
                loc="upper left",
                bbox_to_anchor=(-0.02, 0.0),
                fontsize=theme.SMALL,
                borderaxespad=0.2,
                handletextpad=0.2,
            )
        edge = (dates + 16.0) / (72.0 * theme.WIDTH)
        axes.set_xlim(-edge, 1.0 - edge)
        axes.set_ylim(total, 0.0)
        axes.set_axis_off()
    return finish(figure, caption, rows)
