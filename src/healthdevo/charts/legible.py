"""Whether every text of a picture can be read: large enough, none over another, none cut at the edge."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from html import unescape

from matplotlib.font_manager import FontProperties

from healthdevo.charts import theme
from healthdevo.charts.canvas import text_width

__all__ = ["TextBox", "faults", "text_boxes"]

_TEXT = re.compile(r"<text ([^>]*)>([^<]*)</text>")
_ATTRIBUTE = re.compile(r'([\w-]+)="([^"]*)"')
_STYLE = re.compile(r"([\w-]+): ([^;]+)")
_TURN = re.compile(
    r"(rotate|translate)\((-?[\d.]+)[ ,]+(-?[\d.]+)(?:[ ,]+(-?[\d.]+))?\)|rotate\((-?[\d.]+)\)"
)
_VIEW = re.compile(r'viewBox="0 0 ([\d.]+) ([\d.]+)"')
_INNER = re.compile(r'<svg y="([\d.]+)"')
_ABOVE, _BELOW = 0.905, 0.212
"""Ascent and descent of the fonts in which browsers show the texts, by the size of type."""
_SLACK = 0.6
"""Points by which boxes may touch: they hold room above and below the letters."""
_ARIAL = {False: 0.9, True: 0.84}
"""Width of a text in the fonts of browsers (Arial and its like) by its width in the font of the layout, plain and bold."""


@dataclass(frozen=True)
class TextBox:
    """A text and the corners of its box in points from the upper left corner of the picture, with its size of type."""

    text: str
    size: float
    corners: tuple[tuple[float, float], ...]

    @property
    def bounds(self) -> tuple[float, float, float, float]:
        """The smallest upright box: left, top, right, bottom."""
        xs, ys = [x for x, _ in self.corners], [y for _, y in self.corners]
        return min(xs), min(ys), max(xs), max(ys)


def text_boxes(svg: str) -> tuple[TextBox, ...]:
    """Return the boxes of all texts of a picture that ``finish`` made.

    Parameters
    ----------
    svg : str
        The picture.

    Returns
    -------
    tuple of TextBox
        In the order in which they are drawn.
    """
    boxes = []
    inner = _INNER.search(svg)  # in a picture with title and source, what was drawn stands below the title
    begin, drop = (inner.start(), float(inner[1])) if inner else (len(svg), 0.0)
    for match in _TEXT.finditer(svg):
        attributes, text = match[1], unescape(match[2])
        if not text.strip():
            continue
        given = dict(_ATTRIBUTE.findall(attributes))
        style = dict(_STYLE.findall(given.get("style", "")))
        size = float((style.get("font-size") or given.get("font-size") or "0").removesuffix("px"))
        bold = style.get("font-weight", given.get("font-weight", "normal")) in ("700", "bold")
        font = FontProperties(family="DejaVu Sans", size=size, weight="bold" if bold else "normal")
        wide = text_width(text, font) * _ARIAL[bold]
        anchor = style.get("text-anchor", "start")
        x, y, turn = _place(given)
        y += drop if match.start() > begin else 0.0
        start = x - {"start": 0.0, "middle": wide / 2, "end": wide}[anchor]
        box = [
            (start, y - _ABOVE * size), (start + wide, y - _ABOVE * size), (start + wide, y + _BELOW * size),
            (start, y + _BELOW * size),
        ]  # fmt: skip
        cos, sin = math.cos(math.radians(turn)), math.sin(math.radians(turn))
        turned = [(x + (a - x) * cos - (b - y) * sin, y + (a - x) * sin + (b - y) * cos) for a, b in box]
        boxes.append(TextBox(text, size, tuple(turned)))
    return tuple(boxes)


def _place(given: dict[str, str]) -> tuple[float, float, float]:
    """Return where a text starts and by how many degrees it is turned around that point."""
    x, y, turn = float(given.get("x", 0)), float(given.get("y", 0)), 0.0
    for kind, first, second, _, alone in _TURN.findall(given.get("transform", "")):
        if alone:
            turn = float(alone)
        elif kind == "translate":
            x, y = x + float(first), y + float(second)
        else:
            turn = float(first)
    return x, y, turn


def _apart(one: TextBox, other: TextBox) -> bool:
    """Whether a straight line separates two boxes, up to the slack."""
    a, b = one.bounds, other.bounds
    if a[2] - b[0] < _SLACK or b[2] - a[0] < _SLACK or a[3] - b[1] < _SLACK or b[3] - a[1] < _SLACK:
        return True
    for box in (one, other):
        for i in (0, 1):
            (x0, y0), (x1, y1) = box.corners[i], box.corners[i + 1]
            length = math.hypot(x1 - x0, y1 - y0)
            if not length:
                return True
            reach = [
                [((x - x0) * (y0 - y1) + (y - y0) * (x1 - x0)) / length for x, y in each.corners]
                for each in (one, other)
            ]
            if min(reach[0]) > max(reach[1]) - _SLACK or min(reach[1]) > max(reach[0]) - _SLACK:
                return True
    return False


def faults(svg: str) -> tuple[str, ...]:
    """Return what cannot be read in a picture, in words.

    Parameters
    ----------
    svg : str
        The picture, as ``finish`` made it, or one of the same kind with title and source drawn in.

    Returns
    -------
    tuple of str
        Texts that are too small, lie over another text, or are cut at the edge.

    Examples
    --------
    >>> style = "font-size: 12px; text-anchor: start"
    >>> faults(f'<svg viewBox="0 0 90 30"><text style="{style}" x="5" y="20">one</text><text style="{style}" x="9" y="20">two</text></svg>')
    ("'one' and 'two' lie over each other",)
    """
    view = _VIEW.search(svg)
    if view is None:
        return ()
    width, height = float(view[1]), float(view[2])
    boxes = text_boxes(svg)
    found = [
        f"{box.text!r} is {box.size:g} points high; the smallest is {theme.SMALL:g}"
        for box in boxes
        if box.size < theme.SMALL - 0.26
    ]
    for place, box in enumerate(boxes):
        left, top, right, bottom = box.bounds
        if left < -_SLACK or top < -_SLACK - 2 or right > width + _SLACK or bottom > height + _SLACK:
            found.append(f"{box.text!r} is cut at the edge")
        found += [
            f"{box.text!r} and {other.text!r} lie over each other"
            for other in boxes[place + 1 :]
            if not _apart(box, other)
        ]
    return tuple(found)
