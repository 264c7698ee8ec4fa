"""Control charts: points with centre line, limits and dated targets, and the two icons as letter and shape."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish
from healthdevo.charts.lines import Span, finish_axes, write_marks
from healthdevo.checks import need_columns
from healthdevo.errors import InputError

__all__ = ["Icon", "control_chart"]

_CONCERN, _BETTER, _NEUTRAL = theme.CATEGORICAL[3], theme.CATEGORICAL[0], theme.CATEGORICAL[2]
_SIGNAL = {  # marker, colour, size and name of the points that break a rule
    "special_cause_improvement": ("s", _BETTER, 4.6, "better than usual"),
    "special_cause_concern": ("D", _CONCERN, 4.8, "worse than usual"),
    "special_cause_neutral_high": ("^", _NEUTRAL, 5.4, "higher than usual"),
    "special_cause_neutral_low": ("v", _NEUTRAL, 5.4, "lower than usual"),
}
_ICON = {  # marker, fill, colour of the letter
    "special_cause_improvement": ("s", _BETTER, theme.ON_COLOUR),
    "special_cause_concern": ("D", _CONCERN, theme.ON_LIGHT),
    "special_cause_neutral_high": ("^", _NEUTRAL, theme.ON_COLOUR),
    "special_cause_neutral_low": ("v", _NEUTRAL, theme.ON_COLOUR),
    "consistent_pass": ("s", _BETTER, theme.ON_COLOUR),
    "consistent_fail": ("D", _CONCERN, theme.ON_LIGHT),
    "common_cause": ("o", "white", theme.INK),
    "inconsistent": ("o", "white", theme.INK),
}


@dataclass(frozen=True)
class Icon:
    """An icon of a control chart: its kind decides the shape, its letter stands inside, and words stand beside it.

    Parameters
    ----------
    kind : str
        ``common_cause``, ``special_cause_improvement``, ``special_cause_concern``, ``special_cause_neutral_high``,
        ``special_cause_neutral_low``, ``consistent_pass``, ``consistent_fail`` or ``inconsistent``.
    letter : str
        H, L, P, F or a question mark; a dash stands for none.
    text : str
        What it means, in a few words, on at most two lines.
    """

    kind: str
    letter: str
    text: str


def control_chart(
    data: pd.DataFrame,
    *,
    x: str,
    y: str,
    centre: str,
    lower: str,
    upper: str,
    point_type: str,
    segment: str | None = None,
    target: str | None = None,
    icons: Sequence[Icon] = (),
    spans: Sequence[Span] = (),
    y_format: Callable[[float], str] | None = None,
    height: float = 3.8,
    caption: Caption,
) -> Chart:
    """Draw a control chart; points that break a rule differ in shape and colour, and the icons stand above.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each point, in any order. A missing ``y`` breaks the line.
    x, y : str
        Columns of date and value.
    centre, lower, upper : str
        Columns with the centre line and the limits.
    point_type : str
        Column with ``common_cause`` or a kind of special cause (see ``Icon``).
    segment : str, optional
        Column naming the stretches between rebases; lines are not drawn across them.
    target : str, optional
        Column with the target in force, drawn as steps, each labelled with its value.
    icons : sequence of Icon
        Variation first, assurance second.
    spans : sequence of Span
        Periods to shade.
    y_format : callable, optional
        Turns a value into its tick label.
    height : float
        Height of the plot in inches.
    caption : Caption
        The figure's words.

    Raises
    ------
    InputError
        When a column is missing, no point has a value, or a kind of point or icon is unknown.
    """
    columns = [c for c in (segment, x, y, centre, lower, upper, target, point_type) if c is not None]
    need_columns(data, columns, f"chart {caption.figure_id}")
    data = data[columns].sort_values(x)
    if data[y].notna().sum() == 0:
        raise InputError(f"chart {caption.figure_id}: column {y} holds no value to draw")
    unknown = (set(data[point_type]) - set(_SIGNAL) - {"common_cause"}) | {i.kind for i in icons} - set(_ICON)
    if unknown:
        raise InputError(
            f"chart {caption.figure_id}: {sorted(unknown)[0]!r} is not a kind of point or icon; kinds are {', '.join(_ICON)}"
        )
    if len(icons) > 2:
        raise InputError(f"chart {caption.figure_id}: {len(icons)} icons given; there is room for two")
    with theme.applied():
        if icons:
            figure = new_figure(height + 0.6)
            grid = figure.add_gridspec(2, 1, height_ratios=[0.6, height])
            _draw_icons(figure.add_subplot(grid[0]), icons)
            axes = figure.add_subplot(grid[1])
        else:
            figure = new_figure(height)
            axes = figure.subplots()
        for span in spans:
            axes.axvspan(span.start, span.end, color=theme.SHADE, lw=0, zorder=0)
        parts = [data] if segment is None else [part for _, part in data.groupby(segment, sort=False)]
        for part in parts:
            axes.plot(part[x], part[centre], color=theme.CATEGORICAL[4], lw=1.3, zorder=2)
            for limit in (lower, upper):
                axes.plot(part[x], part[limit], color="#6F777B", lw=1.0, ls=(0, (4, 3)), zorder=2)
        axes.plot(data[x], data[y], color=theme.CONTEXT, lw=1.0, zorder=3)
        usual = data[data[point_type] == "common_cause"]
        axes.plot(usual[x], usual[y], "o", color="#505A5F", ms=2.8, lw=0, zorder=4, label="usual")
        for kind, (marker, colour, size, name) in _SIGNAL.items():
            rows = data[(data[point_type] == kind) & data[y].notna()]
            if len(rows):
                axes.plot(rows[x], rows[y], marker, color=colour, ms=size, lw=0, zorder=5, label=name)
        if target is not None:
            _draw_target(axes, data, x, y, target, y_format)
        if (data[point_type] != "common_cause").any():
            axes.legend(
                loc="upper center", bbox_to_anchor=(0.5, -0.08), ncols=3, fontsize=theme.SMALL, handletextpad=0.2,
                columnspacing=1.2, borderaxespad=0.3,
            )  # fmt: skip
        finish_axes(axes, pd.api.types.is_datetime64_any_dtype(data[x]), None, y_format, False)
        write_marks(axes, (), spans, height=height - 0.3)
    return finish(figure, caption, data)


def _draw_icons(axes: Axes, icons: Sequence[Icon]) -> None:
    axes.set_xlim(0, 2)
    axes.set_ylim(0, 1)
    axes.axis("off")
    for k, icon in enumerate(icons):
        marker, fill, ink = _ICON[icon.kind]
        axes.plot(k + 0.09, 0.5, marker, ms=25, mfc=fill, mec="#505A5F", mew=1.4, clip_on=False)
        drop = {"^": 0.40, "v": 0.60}.get(marker, 0.5)
        axes.text(
            k + 0.09, drop, icon.letter or "\N{EN DASH}", ha="center", va="center", color=ink,
            fontsize=14, fontweight="bold",
        )  # fmt: skip
        axes.text(k + 0.21, 0.5, icon.text, ha="left", va="center", fontsize=theme.SMALL, linespacing=1.25)


def _draw_target(
    axes: Axes,
    data: pd.DataFrame,
    x: str,
    y: str,
    target: str,
    y_format: Callable[[float], str] | None,
) -> None:
    goal = data[target].to_numpy(float)
    colour = theme.CATEGORICAL[2]
    axes.step(data[x], goal, where="post", color=colour, lw=1.6, ls=(0, (7, 2, 1.5, 2)), zorder=2)
    known = np.isfinite(goal)
    starts = np.flatnonzero(known & np.concatenate([[True], goal[1:] != goal[:-1]]))
    show: Callable[[float], str] = y_format or (lambda value: f"{value:g}")
    places: list[tuple[Any, float]] = [(data[x].iloc[i], float(goal[i])) for i in starts]
    for k, (at, value) in enumerate(places):
        last = k == len(places) - 1 and k > 0
        near = data.loc[data[x] >= at, y].head(15)
        below = k == 0 and bool((near > value).mean() > 0.5)
        axes.annotate(
            ("target " if k == 0 else "") + show(value), xy=(data[x].iloc[-1] if last else at, value),
            xytext=(4 if last else -4 if k else 2, 0 if last else -4 if below else 3), textcoords="offset points",
            color=colour, fontsize=theme.SMALL, fontweight="bold", ha="left" if last or k == 0 else "right",
            va="center" if last else "top" if below else "bottom", annotation_clip=False, zorder=6,
        )  # fmt: skip
