"""Fan charts: a series, its trend, and a forecast that widens."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import pandas as pd
from matplotlib.artist import Artist

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish
from healthdevo.charts.lines import Mark, Span, finish_axes, write_marks
from healthdevo.checks import need_columns
from healthdevo.errors import InputError

__all__ = ["fan_chart"]

_SHADES = ("#B9D3EC", "#7FB0DF", "#3F83C4", "#12436D")


def fan_chart(
    data: pd.DataFrame,
    *,
    x: str,
    y: str,
    trend: str | None = None,
    median: str,
    levels: Sequence[float] = (0.5, 0.8, 0.95),
    provisional: str | None = None,
    spans: Sequence[Span] = (),
    marks: Sequence[Mark] = (),
    y_format: Callable[[float], str] | None = None,
    y_from_zero: bool = True,
    height: float = 3.8,
    caption: Caption,
) -> Chart:
    """Draw a series with its trend and the fan of its forecast.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each month, past and future: ``y`` is missing in the future, the forecast in the past. A missing ``y`` breaks the
        line.
    x, y : str
        Columns of date and observed value.
    trend : str, optional
        Column of the trend; missing where there is none.
    median : str
        Column of the point forecast. Limits stand in columns ``lower_<level>`` and ``upper_<level>``, such as ``lower_0.8``.
    levels : sequence of float
        Levels of the fan.
    provisional : str, optional
        Boolean column: observed values that may still be revised, drawn as hollow circles.
    spans, marks : sequence
        Periods and events to mark.
    y_format, y_from_zero, height
        As in ``line_chart``.
    caption : Caption
        The figure's words.

    Raises
    ------
    InputError
        When a column is missing or there is nothing to draw.
    """
    limits = [f"{side}_{level:g}" for level in levels for side in ("lower", "upper")]
    columns = [c for c in (x, y, trend, median, *limits, provisional) if c is not None]
    need_columns(data, columns, f"chart {caption.figure_id}")
    data = data[columns].sort_values(x)
    if data[y].notna().sum() == 0:
        raise InputError(f"chart {caption.figure_id}: column {y} holds no value to draw")
    dates = pd.api.types.is_datetime64_any_dtype(data[x])
    ahead = data[data[median].notna()]
    ordered = sorted(levels, reverse=True)
    shades = dict(zip(ordered, _SHADES[: len(ordered)], strict=False))
    with theme.applied():
        figure = new_figure(height)
        axes = figure.subplots()
        for span in spans:
            axes.axvspan(span.start, span.end, color=theme.SHADE, lw=0, zorder=0)
        handles: list[Artist] = []
        (line,) = axes.plot(data[x], data[y], color=theme.CONTEXT, lw=1.4, zorder=2, label="counted")
        handles.append(line)
        if trend is not None and data[trend].notna().any():
            (line,) = axes.plot(
                data[x],
                data[trend],
                color=theme.CATEGORICAL[4],
                lw=2.0,
                ls=(0, (5, 1.5)),
                zorder=4,
                label="trend",
            )
            handles.append(line)
        if len(ahead):
            for level in ordered:
                band = axes.fill_between(
                    ahead[x], ahead[f"lower_{level:g}"], ahead[f"upper_{level:g}"], color=shades[level],
                    lw=0, zorder=3 + 0.1 * ordered.index(level), label=f"{100 * level:g}%",
                )  # fmt: skip
                handles.append(band)
            (line,) = axes.plot(ahead[x], ahead[median], color="white", lw=1.5, zorder=5, label="forecast")
        if provisional is not None:
            rows = data[data[provisional].astype(bool) & data[y].notna()]
            if len(rows):
                (line,) = axes.plot(
                    rows[x],
                    rows[y],
                    "o",
                    mfc="white",
                    mec=theme.INK,
                    ms=5,
                    lw=0,
                    zorder=6,
                    label="provisional",
                )
                handles.append(line)
        axes.legend(
            handles=handles, loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=3, fontsize=theme.SMALL,
            handlelength=1.6, columnspacing=1.2, borderaxespad=0.3,
            title="forecast: shades hold it with a\nprobability of 50%, 80% and 95%" if tuple(sorted(levels)) == (0.5, 0.8, 0.95) and len(ahead) else None,
            title_fontsize=theme.SMALL,
        )  # fmt: skip
        finish_axes(axes, dates, None, y_format, y_from_zero)
        write_marks(axes, marks, spans, height=height - 0.8)
    return finish(figure, caption, data)
