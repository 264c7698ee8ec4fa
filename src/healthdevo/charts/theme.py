"""Colours and type of the charts: the palette of the UK Government Analysis Function.

Source: Government Analysis Function, *Data visualisation: colours in charts* (guidance, 2022 and later). The colours are chosen
so that neighbours differ in lightness by at least 3:1; charts label lines directly and vary marker or dash as well, so that
nothing depends on colour alone. Texts in a colour take a darker shade of it (``ink_of``), which stands out 4.5:1 from white.

One picture serves both themes of the book and every width: it has no ground of its own, its smallest text is ``SMALL`` points on ``WIDTH`` inches,
which is the width of a phone, and ``dark_style`` says in CSS which colours change where the reader's scheme is dark.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from typing import Any

import matplotlib as mpl
import seaborn as sns
from cycler import cycler

__all__ = [
    "CATEGORICAL", "CONTEXT", "DARK_OF", "DASHES", "FILLS", "FOCUS", "GROUND", "INK", "LINE", "MARKERS", "ON_COLOUR", "ON_DARK", "ON_LIGHT", "QUIET", "SEQUENTIAL", "SHADE", "SMALL", "TEXT",
    "WIDTH", "applied", "dark_style", "ink_of",
]  # fmt: skip

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

QUIET = "#383F43"
"""Text that stands back."""

SHADE = "#E8E8E8"
"""The ground of a marked period."""

GROUND = "#EDEDED"
"""What has no figure, and land around the areas of a map."""

FILLS: tuple[str, ...] = ("#D6E4F1", "#8FB8DE", "#2073BD", "#12436E")
"""Light to dark blue for cells and tiles with a text in them; they are the same in both themes, so that darker always means more."""

ON_DARK, ON_LIGHT = "#FFFFFE", "#000001"
"""Text on a fill that is the same in both themes."""

ON_COLOUR = "#FFFFFD"
"""Text on the dark colours of the palette, which are light where the scheme is dark."""

WIDTH = 5.0
"""Width of a picture in inches: 360 points, as many as a phone of 390 pixels leaves for it."""

TEXT, SMALL = 11.5, 11.25
"""Sizes of type in points: texts, and the smallest that there is."""

LINE = 0.19
"""Height of a line of text in inches."""

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
    "font.size": TEXT,
    "axes.titlesize": TEXT,
    "axes.labelsize": TEXT,
    "xtick.labelsize": SMALL,
    "ytick.labelsize": SMALL,
    "legend.fontsize": SMALL,
    "figure.facecolor": "none",
    "axes.facecolor": "none",
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
    "text.parse_math": False,  # names from data are text, whatever signs they hold
    "svg.fonttype": "none",
    "svg.hashsalt": "healthdevo",
    "figure.constrained_layout.use": True,
}


@lru_cache(maxsize=1)
def _settings() -> dict[str, Any]:
    """Return all settings of the theme: those of seaborn's white style, and the theme's own over them."""
    colours = sns.color_palette(list(CATEGORICAL))
    base: dict[str, Any] = {**sns.plotting_context("notebook"), **sns.axes_style("white")}
    return base | {"axes.prop_cycle": cycler("color", colours)} | _RC


@contextmanager
def applied() -> Iterator[None]:
    """Apply the theme inside a ``with`` block and restore the reader's own settings after it.

    Examples
    --------
    >>> with applied():
    ...     mpl.rcParams["svg.fonttype"]
    'none'
    """
    with mpl.rc_context(_settings()):  # type: ignore[arg-type]
        yield


_INKS: dict[str, str] = {
    "#28A197": "#187068",
    "#F46A25": "#A8400A",
    "#A285D1": "#7352AB",
    "#8C8C8C": "#666666",
    "#2073BC": "#1C67A9",
    "#6BACE6": "#1C67A9",
}
DARK_OF: dict[str, str] = {
    "#0B0C0C": "#F3F4F5",
    "#383F43": "#D5D9DC",
    "#505A5F": "#B9C0C4",
    "#6F777B": "#99A1A6",
    "#666666": "#ADB3B8",
    "#B1B4B6": "#6A7278",
    "#D9D9D9": "#3B4248",
    "#E8E8E8": "#2B3238",
    "#EDEDED": "#333A40",
    "#FFFFFF": "#121212",
    "#FFFFFD": "#0B0C0C",
    "#12436D": "#7FB8EA",
    "#28A197": "#45C2B7",
    "#187068": "#45C2B7",
    "#801650": "#E891C3",
    "#F46A25": "#FF8A4C",
    "#A8400A": "#FF9A62",
    "#3D3D3D": "#C9CCCE",
    "#A285D1": "#BBA4E6",
    "#7352AB": "#BBA4E6",
    "#2073BC": "#5B9DDB",
    "#1C67A9": "#7FB8EA",
    "#6BACE6": "#6BACE6",
    "#B9D3EC": "#1F4061",
    "#7FB0DF": "#2D6596",
    "#3F83C4": "#4A90D0",
}
"""What a colour becomes where the scheme is dark; colours that are not here stay."""


def ink_of(colour: str) -> str:
    """Return the shade of a colour of the palette in which text is written: 4.5:1 from white at least.

    Examples
    --------
    >>> ink_of("#F46A25"), ink_of(INK)
    ('#A8400A', '#0B0C0C')
    """
    return _INKS.get(colour.upper(), colour)


def dark_style(svg: str) -> str:
    """Return the style sheet by which a picture changes its colours where the reader's scheme is dark.

    Colours stand in the picture's own attributes as well, for programs that know no style sheets.

    Parameters
    ----------
    svg : str
        The picture; colours that it has not are left out.

    Examples
    --------
    >>> dark_style('<path style="fill: #12436d; stroke: none"/>')
    '@media (prefers-color-scheme: dark) {[style*="fill: #12436d"] {fill: #7fb8ea !important}}'
    """
    rules = [
        f'[style*="{name}: {light}"] {{{name}: {dark} !important}}'
        for light, dark in ((light.lower(), dark.lower()) for light, dark in DARK_OF.items())
        for name in ("fill", "stroke")
        if f"{name}: {light}" in svg
    ]
    rules += [
        f'[fill="{light}"] {{fill: {dark}}}'
        for light, dark in ((light.lower(), dark.lower()) for light, dark in DARK_OF.items())
        if f'fill="{light}"' in svg
    ]
    return f"@media (prefers-color-scheme: dark) {{{''.join(rules)}}}" if rules else ""
