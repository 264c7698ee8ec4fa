"""Colours and type of the charts: the palette of the UK Government Analysis Function.

Source: Government Analysis Function, *Data visualisation: colours in charts* (guidance, 2022 and later). The colours are chosen
so that neighbours differ in lightness by at least 3:1; charts label lines directly and vary marker or dash as well, so that
nothing depends on colour alone.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import matplotlib as mpl
import seaborn as sns

__all__ = ["CATEGORICAL", "CONTEXT", "DASHES", "FOCUS", "INK", "MARKERS", "SEQUENTIAL", "WIDTH", "applied"]

CATEGORICAL: tuple[str, ...] = ("#12436D", "#28A197", "#801650", "#F46A25", "#3D3D3D", "#A285D1")
"""Dark blue, turquoise, dark pink, orange, dark grey, light purple: in this order."""

SEQUENTIAL: tuple[str, ...] = ("#12436D", "#2073BC", "#6BACE6")
"""Dark to light blue."""

FOCUS = CATEGORICAL[0]
"""The colour of what the chart is about."""

CONTEXT = "#8C8C8C"
"""The colour of what it is compared with: a grey that still stands out 3:1 from white."""

INK = "#0B0C0C"
"""Text."""

WIDTH = 5.6
"""Width of a picture in inches: narrow enough that its type stays readable on a phone."""

MARKERS: tuple[str, ...] = ("o", "s", "^", "D", "v", "P")
DASHES: tuple[Any, ...] = (
    "-",
    (0, (5, 2)),
    (0, (1.5, 1.5)),
    (0, (6, 2, 1.5, 2)),
    (0, (3, 1, 1, 1)),
    (0, (8, 3)),
)

_RC: dict[str, Any] = {
    "font.family": "DejaVu Sans",
    "font.size": 11.0,
    "axes.titlesize": 12.0,
    "axes.labelsize": 11.0,
    "xtick.labelsize": 10.5,
    "ytick.labelsize": 10.5,
    "axes.edgecolor": "#6F777B",
    "axes.labelcolor": INK,
    "text.color": INK,
    "xtick.color": INK,
    "ytick.color": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.spines.left": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#D9D9D9",
    "grid.linewidth": 0.8,
    "lines.linewidth": 2.2,
    "legend.frameon": False,
    "figure.dpi": 100,
    "figure.figsize": (WIDTH, 3.8),
    "svg.fonttype": "none",
    "svg.hashsalt": "healthdevo",
    "figure.constrained_layout.use": True,
}


@contextmanager
def applied() -> Iterator[None]:
    """Apply the theme inside a ``with`` block and restore the reader's own settings after it.

    Examples
    --------
    >>> with applied():
    ...     mpl.rcParams["svg.fonttype"]
    'none'
    """
    with mpl.rc_context():
        sns.set_theme(style="white", palette=list(CATEGORICAL))
        for key, value in _RC.items():
            mpl.rcParams[key] = value  # type: ignore[index]
        yield
