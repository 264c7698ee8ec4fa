"""One call that draws what a picture helps to see of a result.

A result is known by what it carries, not by its class: its numbers for many labels, or the columns of the frame behind
it. So charts need no family of measures, and a new result that carries the same is drawn as well.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd

from healthdevo.charts.caption import Caption
from healthdevo.charts.chart import Chart
from healthdevo.charts.control import Icon, control_chart
from healthdevo.charts.effects import effect_path_chart
from healthdevo.charts.funnel import funnel_chart
from healthdevo.charts.lines import line_chart
from healthdevo.charts.ranks import interval_chart
from healthdevo.charts.scatter import scatter_chart
from healthdevo.charts.specification import specification_chart
from healthdevo.checks import need_rows
from healthdevo.errors import InputError
from healthdevo.results import Estimate, Estimates
from healthdevo.wording import join

__all__ = ["plot"]

_FRAMES = ("coefficients", "path", "table")


@dataclass(frozen=True)
class _Asked:
    """A result with the frame that tells what it is, and how it was asked to be drawn."""

    result: Any
    frame: pd.DataFrame
    caption: Caption
    focus: tuple[str, ...]


@dataclass(frozen=True)
class _Drawing:
    """A way to draw: what it shows, the chart's name, how a result that fits is known, the drawing itself, and what it asks for."""

    shows: str
    chart: str
    frame: Callable[[Any], pd.DataFrame | None]
    draw: Callable[[_Asked], Chart]
    asks: str = ""


def plot(
    result: object,
    *,
    points: pd.DataFrame | None = None,
    focus: str | Sequence[str] = (),
    caption: Caption | None = None,
) -> Chart:
    """Draw a result.

    Parameters
    ----------
    result : object
        Estimates of many areas (dots with intervals), a Lorenz or concentration curve (lines), a slope index with its
        ``points`` (a scatter with the line), a control chart, a funnel, effects by period (a path), or a specification
        curve.
    points : pandas.DataFrame, optional
        The groups behind a slope index, which the index itself does not carry: ``position`` (from 0, the worst off, to
        1), ``value`` in the unit of the index, and, where wanted, ``label``.
    focus : str or sequence of str
        Labels drawn in colour.
    caption : Caption, optional
        The figure's words. Without it they are made from the result's own sentence and method, for looking at; a page
        gives its own.

    Returns
    -------
    Chart

    Raises
    ------
    InputError
        When there is no picture for the result; the message lists what can be drawn.

    Examples
    --------
    >>> from healthdevo.inequality import lorenz_curve
    >>> plot(lorenz_curve([1.0, 2.0, 5.0])).figure_id
    'lorenz-curve'
    """
    if points is not None:
        need_rows(points, ("position", "value"), "points")
        if not isinstance(result, Estimate):
            raise InputError(f"points: {type(result).__name__} is no slope index; leave them out")
        result = replace(result, table=points)
    for drawing in _DRAWINGS:
        frame = drawing.frame(result)
        if frame is not None:
            words = _words(result, drawing) if caption is None else caption
            names = (focus,) if isinstance(focus, str) else tuple(focus)
            return drawing.draw(_Asked(result, frame, words, names))
    drawn = join([drawing.shows + drawing.asks for drawing in _DRAWINGS])
    raise InputError(f"plot: there is no picture for {type(result).__name__}; what can be drawn: {drawn}")


def _words(result: Any, drawing: _Drawing) -> Caption:
    """Return words for a figure that nobody has worded: what the result says of itself."""
    name = str(getattr(result, "measure", "") or drawing.shows)
    sentence = str(getattr(result, "sentence", "") or f"{name[:1].upper()}{name[1:]}.")
    method = str(getattr(result, "method", "") or drawing.shows)
    return Caption(
        figure_id=re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-"),
        title=sentence,
        subtitle=f"{drawing.chart} of {drawing.shows}; {method}" if method != drawing.shows else method,
        source="own computation",
        alt=f"{drawing.chart} of {drawing.shows}. {sentence}",
    )


# -- what a result carries -------------------------------------------------------------------------------------


def _carrying(*columns: str) -> Callable[[Any], pd.DataFrame | None]:
    """Return a function that gives the frame behind a result when it has some columns."""

    def frame(result: Any) -> pd.DataFrame | None:
        for name in _FRAMES:
            found = getattr(result, name, None)
            if isinstance(found, pd.DataFrame) and set(columns) <= set(found.columns):
                return found
        return None

    return frame


def _of_slope(result: Any) -> pd.DataFrame | None:
    return _carrying("position", "value")(result) if hasattr(result, "intercept") else None


def _of_curve(result: Any) -> pd.DataFrame | None:
    if not (isinstance(result, Estimates) and hasattr(result, "population_share")):
        return None
    return _of_estimates(result)


def _of_estimates(result: Any) -> pd.DataFrame | None:
    if not isinstance(result, Estimates):
        return None
    labels = [", ".join(map(str, v)) if isinstance(v, tuple) else str(v) for v in result.index]
    frame = pd.DataFrame({"label": labels, "estimate": result.estimate})
    if result.levels:
        frame = frame.assign(lower=result.lower[:, 0], upper=result.upper[:, 0])
    return frame


def _of_specifications(result: Any) -> pd.DataFrame | None:
    found = getattr(result, "estimated", None)
    known = isinstance(found, pd.DataFrame) and {"estimate", "effect"} & set(found.columns)
    return found if known else None


def _limits(frame: pd.DataFrame) -> tuple[str | None, str | None]:
    """Return the columns of the first interval: ``lower`` and ``upper``, or the same with a level."""
    lower = next((c for c in frame.columns if re.fullmatch(r"lower(_[\d.]+)?", str(c))), None)
    upper = None if lower is None else str(lower).replace("lower", "upper")
    return (None, None) if upper not in frame.columns else (lower, upper)


# -- the drawings ----------------------------------------------------------------------------------------------


def _draw_curve(asked: _Asked) -> Chart:
    share = asked.result.population_share
    curve = asked.frame.assign(share=share, curve=asked.result.measure)
    equality = pd.DataFrame({"share": [0.0, 1.0], "estimate": [0.0, 1.0], "curve": "equality"})
    lower, upper = _limits(curve)
    return line_chart(
        pd.concat([curve, equality], ignore_index=True), x="share", y="estimate", series="curve",
        lower=lower, upper=upper, caption=asked.caption,
    )  # fmt: skip


def _draw_slope(asked: _Asked) -> Chart:
    result, points = asked.result, asked.frame
    at, value = points["position"].to_numpy(float), points["value"].to_numpy(float)
    # the index of a measure of which more is worse counts downwards along the line
    slopes = (result.estimate, -result.estimate)
    slope = min(slopes, key=lambda b: float(np.square(value - result.intercept - b * at).sum()))
    if "label" not in points.columns:
        points = points.assign(label=[str(i + 1) for i in range(len(points))])
    return scatter_chart(
        points, x="position", y="value", label="label", focus=asked.focus, line=(result.intercept, slope),
        x_label="from the worst off to the best off", y_label=result.unit, caption=asked.caption,
    )  # fmt: skip


def _draw_spc(asked: _Asked) -> Chart:
    result = asked.result
    icons = [
        Icon(kind, letter, kind.replace("_", " ").replace("special cause", "special cause:"))
        for kind, letter in (
            (result.variation_icon, result.variation_letter),
            (result.assurance_icon, result.assurance_letter),
        )
        if kind
    ]
    frame = asked.frame
    return control_chart(
        frame, x="date", y="y", centre="mean", lower="lpl", upper="upl", point_type="point_type",
        segment="rebase_group", target="target" if frame["target"].notna().any() else None, icons=icons,
        caption=asked.caption,
    )  # fmt: skip


def _draw_limits(asked: _Asked) -> Chart:
    """Draw a chart with centre and limits whose points are only inside or outside them."""
    frame = asked.frame
    beyond = frame["signal" if "signal" in frame.columns else "beyond"].to_numpy(bool)
    side = np.where(frame["y"] > frame["cl"], "special_cause_neutral_high", "special_cause_neutral_low")
    frame = frame.assign(at=frame.index, point_type=np.where(beyond, side, "common_cause"))
    return control_chart(
        frame, x="at", y="y", centre="cl", lower="lcl", upper="ucl", point_type="point_type",
        segment="part" if "part" in frame.columns else "period", caption=asked.caption,
    )  # fmt: skip


def _draw_funnel(asked: _Asked) -> Chart:
    frame = asked.frame.assign(label=[str(v) for v in asked.frame.index])
    levels = [str(c).removeprefix("od_lower_") for c in frame.columns if str(c).startswith("od_lower_")]
    return funnel_chart(
        frame, x="denominator", y="ratio", label="label", focus=asked.focus, centre=asked.result.target,
        centre_text="all areas", caption=asked.caption,
        limits=[(f"od_lower_{v}", f"od_upper_{v}", f"{100 * float(v):g}% limits") for v in levels],
    )  # fmt: skip


def _draw_effects(asked: _Asked) -> Chart:
    frame = asked.frame.dropna(subset=["effect"])
    lower, upper = _limits(frame)
    return effect_path_chart(
        frame, period="relative", effect="effect", lower=lower, upper=upper, start=0.0, start_text="start",
        y_label=getattr(asked.result, "unit", ""), caption=asked.caption,
    )  # fmt: skip


def _draw_specifications(asked: _Asked) -> Chart:
    frame = asked.frame
    value = "effect" if "effect" in frame.columns else "estimate"
    choices = getattr(asked.result, "choices", None) or list(frame.columns[: frame.columns.get_loc(value)])
    lower, upper = _limits(frame)
    return specification_chart(
        frame, estimate=value, lower=lower, upper=upper, choices=list(choices),
        y_label=getattr(asked.result, "unit", ""), caption=asked.caption,
    )  # fmt: skip


def _draw_estimates(asked: _Asked) -> Chart:
    frame = asked.frame[np.isfinite(asked.frame["estimate"])].sort_values("estimate", kind="stable")
    lower, upper = _limits(frame)
    return interval_chart(
        frame.iloc[::-1], label="label", value="estimate", lower=lower, upper=upper, focus=asked.focus,
        x_label=asked.result.unit, caption=asked.caption,
    )  # fmt: skip


_DRAWINGS = (
    _Drawing("a slope index", "Scatter chart", _of_slope, _draw_slope, asks=" with points="),
    _Drawing("a Lorenz or concentration curve", "Line chart", _of_curve, _draw_curve),
    _Drawing(
        "a control chart", "Control chart", _carrying("date", "y", "mean", "lpl", "point_type"), _draw_spc
    ),
    _Drawing("a Shewhart chart", "Control chart", _carrying("y", "cl", "lcl", "ucl", "signal"), _draw_limits),
    _Drawing(
        "a stable-shift chart", "Control chart", _carrying("y", "cl", "lcl", "ucl", "beyond"), _draw_limits
    ),
    _Drawing("a funnel", "Funnel chart", _carrying("denominator", "ratio"), _draw_funnel),
    _Drawing("effects by period", "Dot chart", _carrying("relative", "effect"), _draw_effects),
    _Drawing("a specification curve", "Specification chart", _of_specifications, _draw_specifications),
    _Drawing("estimates of several areas", "Dot chart with intervals", _of_estimates, _draw_estimates),
)
