"""A specification curve: sorted estimates with their intervals on top, the choices behind each of them below."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import numpy as np
import pandas as pd
from matplotlib.ticker import FuncFormatter

from healthdevo.charts import theme
from healthdevo.charts.canvas import new_figure, wrapped
from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart, finish, rows_of
from healthdevo.errors import InputError

__all__ = ["specification_chart"]


def specification_chart(
    data: pd.DataFrame,
    *,
    estimate: str,
    lower: str | None = None,
    upper: str | None = None,
    choices: Mapping[str, str] | Sequence[str],
    labels: Mapping[str, Mapping[str, str]] | None = None,
    focus: str | None = None,
    reference: float | None = 0.0,
    reference_text: str = "",
    value_format: Callable[[float], str] | None = None,
    y_label: str = "",
    clip: tuple[float, float] | None = None,
    height: float = 2.6,
    caption: Caption,
) -> Chart:
    """Draw all estimates from the smallest to the largest and mark below which choices gave each.

    Parameters
    ----------
    data : pandas.DataFrame
        One row for each specification, in any order. Rows without an estimate are refused: say in words what could not be estimated.
    estimate : str
        Column with the estimates.
    lower, upper : str, optional
        Columns with interval limits, drawn as vertical lines. Estimates whose interval leaves the reference out are dark.
    choices : mapping of str to str, or sequence of str
        Columns that hold the choices, with the heading of each; as a sequence, the column's name is its heading.
    labels : mapping, optional
        For each choice column, names of its options, in the order to draw them; options not named come last under their own name.
    focus : str, optional
        Column of true and false: specifications drawn with a square marker (such as the one the text speaks of).
    reference : float, optional
        Where to draw a horizontal line; ``reference_text`` names it.
    value_format : callable, optional
        Turns a value into its tick label.
    y_label : str
        Unit of the estimates, written above the vertical axis.
    clip : tuple of 2 float, optional
        Limits of the vertical axis; intervals reaching further are cut there, estimates beyond are refused.
    height : float
        Height of the upper panel in inches; the lower panel grows with the number of options.
    caption : Caption
        The figure's words.

    Returns
    -------
    Chart
        With the sorted specifications as its data; column ``position`` says where each stands.

    Raises
    ------
    InputError
        When a column is missing, there is no row, an estimate is missing or lies outside ``clip``.

    Examples
    --------
    >>> curve = pd.DataFrame({"b": [0.2, -0.1], "low": [0.1, -0.3], "high": [0.3, 0.1], "lag": ["0", "1"]})
    >>> chart = specification_chart(curve, estimate="b", lower="low", upper="high", choices={"lag": "Lag in years"},
    ...
    ...     caption=Caption("curve", "One up, one down", "Two estimates", "Own",
    ...                     "Specification curve of two estimates, one below and one above zero."))
    >>> chart.data["position"].tolist()
    [1, 2]
    """
    headings = dict(choices) if isinstance(choices, Mapping) else {name: name for name in choices}
    if not headings:
        raise InputError(f"chart {caption.figure_id}: no choices given; name at least one column")
    rows = rows_of(data, caption, (*headings, focus, estimate, lower, upper))
    centre = rows[estimate].to_numpy(float)
    if np.isnan(centre).any():
        raise InputError(
            f"chart {caption.figure_id}: {int(np.isnan(centre).sum())} rows have no estimate; leave them out and say why in words"
        )
    if clip is not None and ((centre < clip[0]) | (centre > clip[1])).any():
        raise InputError(
            f"chart {caption.figure_id}: an estimate lies outside clip {clip}; give wider limits"
        )
    rows = rows.iloc[np.argsort(centre, kind="stable")].reset_index(drop=True)
    centre = rows[estimate].to_numpy(float)
    place = np.arange(1, len(rows) + 1)
    low = centre if lower is None else rows[lower].to_numpy(float)
    high = centre if upper is None else rows[upper].to_numpy(float)
    apart = np.zeros(len(rows), dtype=bool)
    if reference is not None and lower is not None and upper is not None:
        apart = (low > reference) | (high < reference)
    strong = rows[focus].to_numpy(bool) if focus is not None else np.zeros(len(rows), dtype=bool)

    lines: list[tuple[str, str, str]] = []  # column, option, text
    for column, _ in headings.items():
        present = [str(v) for v in pd.unique(rows[column])]
        named = (labels or {}).get(column, {})
        ordered = [o for o in named if o in present] + sorted(o for o in present if o not in named)
        lines += [(column, option, named.get(option, option)) for option in ordered]
    gaps = len(headings)
    below = 0.19 * len(lines) + 0.28 * gaps + 0.12
    size = float(np.clip(250.0 / len(rows), 0.7, 5.0))
    width = float(np.clip(210.0 / len(rows), 0.5, 2.0))
    with theme.applied():
        figure = new_figure(height + below)
        top, grid = figure.subplots(
            2,
            1,
            height_ratios=[height, below],
            sharex=True,
        )
        for group, colour in ((~apart, theme.CONTEXT), (apart, theme.FOCUS)):
            if lower is not None and upper is not None:
                ends_low, ends_high = low[group], high[group]
                if clip is not None:
                    ends_low, ends_high = np.maximum(ends_low, clip[0]), np.minimum(ends_high, clip[1])
                finite = np.isfinite(ends_low) & np.isfinite(ends_high)
                top.vlines(
                    place[group][finite],
                    ends_low[finite],
                    ends_high[finite],
                    color=colour,
                    lw=width,
                    alpha=0.55,
                )
            plain = group & ~strong
            top.plot(place[plain], centre[plain], "o", color=colour, ms=size, zorder=3)
        top.plot(
            place[strong],
            centre[strong],
            "s",
            color=theme.CATEGORICAL[3],
            ms=6,
            zorder=4,
            mec="white",
            mew=0.6,
        )
        if reference is not None:
            top.axhline(reference, color=theme.INK, lw=1.0, ls=(0, (4, 3)), zorder=2)
            if reference_text:
                top.annotate(
                    reference_text,
                    xy=(0.5, reference),
                    xytext=(2, 3),
                    textcoords="offset points",
                    fontsize=theme.SMALL,
                    va="bottom",
                    bbox={"facecolor": "white", "alpha": 0.8, "lw": 0, "pad": 1.0},
                )
        if clip is not None:
            top.set_ylim(*clip)
        if value_format is not None:
            top.yaxis.set_major_formatter(FuncFormatter(lambda v, _: value_format(v)))
        if y_label:
            top.set_title(wrapped(y_label, 215.0), loc="left", fontsize=theme.TEXT)
        top.tick_params(axis="both", length=0)
        at, ticks, texts = 0.0, [], []
        for column, heading in headings.items():
            at += 1.45
            grid.annotate(
                heading,
                xy=(0.0, at - 0.95),
                xycoords=("axes fraction", "data"),
                xytext=(-4, 0),
                textcoords="offset points",
                ha="right",
                va="center",
                fontsize=theme.SMALL,
                fontweight="bold",
                annotation_clip=False,
            )
            values = rows[column].astype(str).to_numpy()
            for name, option, text in lines:
                if name != column:
                    continue
                hit = values == option
                for group, colour in ((hit & ~apart, theme.CONTEXT), (hit & apart, theme.FOCUS)):
                    grid.vlines(place[group], at - 0.34, at + 0.34, color=colour, lw=max(width, 0.8))
                ticks.append(at)
                texts.append(text)
                at += 1.0
        grid.set_yticks(ticks, texts, fontsize=theme.SMALL)
        grid.set_ylim(at - 0.3, 0.0)
        grid.set_xlim(0.0, len(rows) + 1.0)
        grid.set_xticks([])
        grid.grid(visible=False)
        grid.tick_params(axis="both", length=0)
        grid.spines["bottom"].set_visible(False)
    return finish(figure, caption, rows.assign(position=place)[["position", *rows.columns]])
