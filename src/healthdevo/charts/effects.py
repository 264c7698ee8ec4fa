"""Effects by period around the start of a policy, and an effect among those of placebo groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter, MaxNLocator

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure, wrapped
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish, rows_of
from healthdevo.charts.lines import Mark, label_ends
from healthdevo.errors import InputError

__all__ = ["effect_path_chart", "placebo_chart"]


def effect_path_chart(
    data: pd.DataFrame,
    *,
    period: str,
    effect: str,
    lower: str | None = None,
    upper: str | None = None,
    series: str | None = None,
    start: float,
    start_text: str = "",
    line: tuple[float, float] | None = None,
    line_until: float | None = None,
    line_text: str = "",
    flagged: Sequence[float] = (),
    x_format: Callable[[float], str] | None = None,
    y_format: Callable[[float], str] | None = None,
    y_label: str = "",
    height: float = 3.8,
    caption: Caption,
) -> Chart:
    """Draw the effect of each period, before and after a policy starts, with intervals and, where given, an earlier trend carried on.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each period (and series).
    period, effect, lower, upper : str
        Columns with the period, its effect and the limits. A missing limit draws no interval (a reference period).
    series : str, optional
        Column naming the design; each gets its own colour and marker, at slightly shifted places.
    start : float
        Period in which the policy starts: a dashed line stands half a period before it, ``start_text`` names it.
    line : tuple of float, optional
        Intercept and slope of a straight line over the periods, drawn to ``line_until`` and named by ``line_text``.
    flagged : sequence of float
        Periods marked by an open marker.
    x_format, y_format : callable, optional
        Turn values into tick labels.
    y_label : str
        Unit, written above the axis.
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
        When a column is missing, there is no row, or an effect is missing.

    Examples
    --------
    >>> path = pd.DataFrame({"year": [2013, 2014, 2015], "effect": [0.2, 0.0, -1.0]})
    >>> effect_path_chart(path, period="year", effect="effect", start=2015,
    ...     caption=Caption("path", "It fell", "Effect by year", "Own",
    ...                     "Dot chart of effects by year, lower after 2015.")).data.shape
    (3, 2)
    """
    rows = rows_of(data, caption, (series, period, effect, lower, upper))
    if rows[effect].isna().any():
        raise InputError(f"chart {caption.figure_id}: a period has no effect; leave it out")
    names = [""] if series is None else [str(v) for v in pd.unique(rows[series])]
    step = 0.16 if len(names) > 1 else 0.0
    with theme.applied():
        figure = new_figure(height)
        axes = figure.subplots()
        axes.axhline(0.0, color=theme.INK, lw=1.0, zorder=1)
        ends = []
        for k, name in enumerate(names):
            part = rows if series is None else rows[rows[series].astype(str) == name]
            part = part.sort_values(period)
            shift = (k - (len(names) - 1) / 2) * step
            x, y = part[period].to_numpy(float) + shift, part[effect].to_numpy(float)
            colour = theme.CATEGORICAL[k % len(theme.CATEGORICAL)]
            if lower is not None and upper is not None:
                low, high = part[lower].to_numpy(float), part[upper].to_numpy(float)
                known = np.isfinite(low) & np.isfinite(high)
                axes.vlines(x[known], low[known], high[known], color=colour, lw=2.0, alpha=0.45, zorder=2)
            marker = theme.MARKERS[k % len(theme.MARKERS)]
            open_ = np.isin(part[period].to_numpy(float), np.asarray(flagged, dtype=float))
            axes.plot(x, y, color=colour, lw=0.8, alpha=0.6, zorder=2)
            axes.plot(x[~open_], y[~open_], marker, color=colour, ms=6, zorder=3)
            axes.plot(x[open_], y[open_], marker, mfc="white", mec=colour, mew=1.8, ms=6.5, zorder=4)
            if series is not None and len(names) > 1:
                ends.append((float(x[-1]), float(y[-1]), name, colour))
        if line is not None:
            last = float(rows[period].max()) if line_until is None else line_until
            span = np.array([float(rows[period].min()), last])
            axes.plot(
                span, line[0] + line[1] * span, color=theme.CATEGORICAL[3], lw=1.8, ls=(0, (5, 2)), zorder=2
            )
            ends.append((last, line[0] + line[1] * last, line_text, theme.CATEGORICAL[3]))
        if y_format is not None:
            axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: y_format(v)))
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, integer=True))
        if x_format is not None:
            axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: x_format(v)))
        axes.tick_params(axis="y", length=0)
        if y_label:
            axes.set_title(wrapped(y_label, 300.0), loc="left", fontsize=theme.TEXT)
        label_ends(axes, ends, height, [Mark(start - 0.5, start_text)])
    return finish(figure, caption, rows)


def placebo_chart(
    data: pd.DataFrame,
    *,
    effect: str,
    panel: str,
    actual: Mapping[str, float],
    actual_text: str,
    x_label: str = "",
    x_format: Callable[[float], str] | None = None,
    bins: int = 40,
    caption: Caption,
) -> Chart:
    """Draw the distribution of placebo effects, one panel below another, with the actual effect as a line.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each placebo group.
    effect, panel : str
        Columns with the effect and the panel it belongs to; the panel's value is its heading.
    actual : mapping of str to float
        The actual effect for each panel.
    actual_text : str
        Words for it.
    x_label : str
        Unit of the effect.
    x_format : callable, optional
        Turns values into tick labels.
    bins : int
        Bars over the range of all panels.
    caption : Caption
        The figure's words.

    Returns
    -------
    Chart
        With the columns used as its data.

    Raises
    ------
    InputError
        When a column is missing, there is no row, or a panel has no actual effect.

    Examples
    --------
    >>> draws = pd.DataFrame({"effect": [-1.0, 0.0, 1.0], "kind": "random groups"})
    >>> placebo_chart(draws, effect="effect", panel="kind", actual={"random groups": -3.0}, actual_text="actual",
    ...     caption=Caption("ranks", "Beyond all", "Placebo effects", "Own",
    ...                     "Histogram of three placebo effects, all of them smaller than the actual one.")).data.shape
    (3, 2)
    """
    rows = rows_of(data, caption, (panel, effect))
    names = [str(v) for v in pd.unique(rows[panel])]
    missing = [n for n in names if n not in actual]
    if missing:
        raise InputError(f"chart {caption.figure_id}: no actual effect for panel {missing[0]!r}")
    values = rows[effect].to_numpy(float)
    reach = np.concatenate([values, [actual[n] for n in names]])
    edges = np.linspace(float(reach.min()), float(reach.max()) + 1e-9, bins + 1)
    with theme.applied():
        figure = new_figure(1.9 * len(names) + 0.4)
        all_axes = figure.subplots(len(names), 1, sharex=True, squeeze=False)
        for axes, name in zip(all_axes[:, 0], names, strict=True):
            part = rows.loc[rows[panel].astype(str) == name, effect].to_numpy(float)
            beyond = np.abs(part) >= abs(actual[name])
            kept = [
                (values, colour)
                for values, colour in ((part[~beyond], theme.CONTEXT), (part[beyond], theme.CATEGORICAL[3]))
                if values.size
            ]
            axes.hist(
                [values for values, _ in kept],
                bins=list(edges),
                stacked=True,
                color=[colour for _, colour in kept],
                lw=0,
            )
            axes.axvline(actual[name], color=theme.FOCUS, lw=2.4)
            axes.set_ylim(0.0, 1.35 * axes.get_ylim()[1])  # room for the words above the bars
            axes.annotate(
                actual_text,
                xy=(actual[name], 0.99),
                xycoords=("data", "axes fraction"),
                xytext=(5 if actual[name] < reach.mean() else -5, 0),
                textcoords="offset points",
                ha="left" if actual[name] < reach.mean() else "right",
                va="top",
                fontsize=theme.SMALL,
                fontweight="bold",
                color=theme.FOCUS,
            )
            axes.set_title(name, loc="left", fontsize=theme.TEXT)
            axes.tick_params(axis="y", length=0)
            axes.grid(visible=False)
            axes.set_yticks([])
        bottom = all_axes[-1, 0]
        bottom.set_xlabel(x_label, loc="right")
        if x_format is not None:
            bottom.xaxis.set_major_formatter(FuncFormatter(lambda v, _: x_format(v)))
    return finish(figure, caption, rows)
