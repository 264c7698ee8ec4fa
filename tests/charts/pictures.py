"""Pictures of made-up numbers, one or more of each kind, and what is drawn in them as text.

    python -m tests.charts.pictures

writes ``drawn.txt`` anew after a chart was changed on purpose: look at the picture, then read the difference. Positions are those of the data,
sizes those of points and inches; what the layout adds at the end (where an axis stands in the figure) is left out, for it depends on the fonts.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from unittest.mock import patch

import matplotlib.colors as mc
import matplotlib.dates as md
import numpy as np
import pandas as pd
import shapely
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import Figure
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Annotation, Text

import healthdevo as hd
from healthdevo import charts
from healthdevo.charts import chart as charting
from healthdevo.results import Estimates

RECORD = Path(__file__).with_name("drawn.txt")
WORDS = charts.Caption(
    "one", "A message", "What is shown", "Own", "A chart of some made-up numbers of some places."
)


def number(value: object) -> str:
    return f"{float(value):.4g}".replace("-0", "0") if float(value) == 0 else f"{float(value):.4g}"


def points(xy: object) -> str:
    rows = np.atleast_2d(np.asarray(xy, dtype=float))
    shown = [" ".join(number(v) for v in row) for row in rows]
    return "; ".join(shown)


def colour(given: object) -> str:
    return mc.to_hex(given, keep_alpha=True) if given is not None else "none"


def colours(given: object) -> str:
    return ",".join(dict.fromkeys(mc.to_hex(c, keep_alpha=True) for c in np.atleast_2d(given)))


def told(artist: object) -> Iterator[str]:
    """Say what is drawn, one line for each thing."""
    if isinstance(artist, Annotation):
        xy = [md.date2num(v) if hasattr(v, "year") else v for v in artist.xy]
        arrow = "" if artist.arrowprops is None else f" arrow {sorted(map(str, artist.arrowprops.items()))}"
        yield f"note {artist.get_text()!r} at {points(xy)} in {artist.xycoords!r}, {points(place(artist))} in {artist.anncoords!r}, {style(artist)}{arrow}"
    elif isinstance(artist, Text):
        if artist.get_text():
            yield f"text {artist.get_text()!r} at {points(place(artist))}, {style(artist)}"
    elif isinstance(artist, Line2D):
        yield (
            f"line {points(artist.get_xydata())} | {colour(artist.get_color())} {number(artist.get_linewidth())} {artist._unscaled_dash_pattern} "
            f"{artist.get_marker()} {number(artist.get_markersize())} {colour(artist.get_markerfacecolor())} {colour(artist.get_markeredgecolor())} order {number(artist.get_zorder())}"
        )  # fmt: skip
    elif isinstance(artist, Patch):
        shape = artist.get_path().transformed(artist.get_patch_transform()).vertices
        yield f"patch {points(shape)} | {colour(artist.get_facecolor())} {colour(artist.get_edgecolor())} {number(artist.get_linewidth())} {artist.get_hatch()} order {number(artist.get_zorder())}"
    elif isinstance(artist, Collection):
        shapes = " / ".join(points(path.vertices) for path in artist.get_paths())
        offsets = points(np.ma.filled(artist.get_offsets(), np.nan))
        widths = ",".join(number(w) for w in np.atleast_1d(artist.get_linewidth()))
        yield f"shapes {shapes} at {offsets} | {colours(artist.get_facecolor())} {colours(artist.get_edgecolor())} {widths} order {number(artist.get_zorder())}"


def place(text: Text) -> list[float]:
    return [md.date2num(v) if hasattr(v, "year") else v for v in (text._x, text._y)]


def style(text: Text) -> str:
    return f"{text.get_ha()} {text.get_va()} {number(text.get_fontsize())} {text.get_fontweight()} {colour(text.get_color())} {number(text.get_rotation())}"


def described(figure: Figure) -> list[str]:
    """Return everything that a figure shows."""
    lines = [f"figure {number(figure.get_figwidth())} by {number(figure.get_figheight())}"]
    for legend in figure.legends:
        lines += key(legend)
    for text in figure.texts:
        lines += told(text)
    for axes in figure.axes:
        lines.append(
            f"axes x {points(axes.get_xlim())}, y {points(axes.get_ylim())}, {'plain' if axes.axison else 'bare'}, aspect {axes.get_aspect()}"
        )
        for axis in (axes.xaxis, axes.yaxis):
            ticks = [
                (number(t), label.get_text())
                for t, label in zip(axis.get_majorticklocs(), axis.get_majorticklabels(), strict=False)
            ]
            lines.append(f"{axis.axis_name} ticks {ticks}")
        lines += [line for name in ("xaxis", "yaxis") for line in told(getattr(axes, name).label)]
        for artist in axes.get_children():
            if isinstance(artist, Legend):
                lines += key(artist)
            elif artist is not axes.patch and not isinstance(artist, Axes):
                lines += told(artist)
    return lines


def key(legend: Legend) -> list[str]:
    title = legend.get_title().get_text()
    return [
        f"key {[t.get_text() for t in legend.get_texts()]} {title!r} of {legend._ncols}, size {number(legend._fontsize)}",
        *(line for h in legend.legend_handles for line in told(h)),
    ]


def drawn(make: Callable[[], charts.Chart]) -> tuple[charts.Chart, list[str]]:
    """Return a chart and what its figure shows."""
    found: list[str] = []
    whole = charting.svg_of

    def watched(figure: Figure) -> str:
        svg = whole(figure)
        found[:] = described(figure)
        return svg

    with patch.object(charting, "svg_of", watched):
        chart = make()
    return chart, found


YEARS = pd.DataFrame(
    {"year": [2011, 2012, 2013, 2014, 2015, 2016] * 2, "place": ["Ayton"] * 6 + ["Beeford"] * 6,
     "rate": [3.0, 3.5, np.nan, 4.5, 5.0, 4.0, 8.0, 7.0, 6.5, 6.0, 5.5, 4.2], "part": [1, 1, 1, 2, 2, 2] * 2}
).assign(low=lambda d: d["rate"] - 0.5, high=lambda d: d["rate"] + 0.75)  # fmt: skip
MANY = pd.DataFrame(
    [(y, f"Place {i}", 2.0 + i / 4 + (y - 2011) * (i - 3) / 10) for i in range(8) for y in range(2011, 2015)],
    columns=["year", "place", "rate"],
)
MONTHS = pd.date_range("2023-01-01", periods=18, freq="MS")
KINDS = ["common_cause", "special_cause_concern", "special_cause_improvement", "special_cause_neutral_high", "special_cause_neutral_low"]  # fmt: skip
CONTROL = pd.DataFrame(
    {"month": MONTHS, "y": [75 + (i * 7) % 5 - 2.0 if i != 5 else np.nan for i in range(18)], "mean": [75.0] * 9 + [74.0] * 9,
     "low": [71.0] * 9 + [70.0] * 9, "high": [79.0] * 9 + [78.0] * 9, "kind": [KINDS[i // 6 % 3] if i % 3 == 0 else KINDS[0] for i in range(18)],
     "goal": [95.0] * 6 + [76.0] * 12, "part": [0] * 9 + [1] * 9}
)  # fmt: skip
ROWS = pd.DataFrame(
    {"name": ["Ayton", "Beeford in the Vale of the Dee", "Ceedale", "Deeham"], "v": [4.0, 1.5, -2.0, 3.0],
     "low": [3.0, -np.inf, -3.5, 2.0], "high": [5.5, 2.5, -0.5, np.inf], "who": ["men", "women", "men", "women"]}
)  # fmt: skip
PATH = pd.DataFrame(
    {"year": [2012, 2013, 2014, 2015, 2016], "effect": [0.4, -0.2, 0.0, -1.0, -1.5], "low": [-0.6, -1.2, np.nan, -2.0, -2.5],
     "high": [1.4, 0.8, np.nan, 0.0, -0.5]}
)  # fmt: skip
PATHS = pd.concat([PATH.assign(design="first"), PATH.assign(design="second", effect=PATH["effect"] / 2)])
PLACEBOS = pd.DataFrame(
    {"effect": [-2.0, -1.0, -0.5, 0.0, 0.5, 1.0, 3.0, -4.0, 0.1, 0.2], "kind": ["random"] * 7 + ["near"] * 3}
)
CURVE = pd.DataFrame(
    {"b": [0.3, -0.2, 0.0, 0.1, 0.25, -0.05], "low": [0.2, -0.3, -0.1, -0.05, -np.inf, -0.15], "high": [0.4, -0.1, 0.1, 0.25, np.inf, 0.05],
     "lag": [0, 1, 0, 1, 0, 1], "design": ["pooled", "two-way", "two-way", "pooled", "pooled", "two-way"],
     "ours": [False, True, False, False, False, False]}
)  # fmt: skip
FLOW = pd.DataFrame(
    [("All", None, 10.0), ("Care", "All", 7.0), ("Homes", "Care", 6.9), ("Visits", "Care", 0.1), ("Cure", "All", 3.0), ("Beds", "Cure", 2.0), ("Wards", "Cure", 1.0)],
    columns=["item", "of", "amount"],
)  # fmt: skip
SHAPES = pd.Series(
    {"A": shapely.box(-2.0, 52.0, -1.5, 52.5), "B": shapely.box(-1.5, 52.0, -1.0, 52.5), "D": shapely.box(-1.49, 52.2, -1.47, 52.22),
     "C": shapely.MultiPolygon([shapely.box(-2.0, 53.0, -1.0, 54.0).difference(shapely.box(-1.7, 53.3, -1.3, 53.7)), shapely.box(-0.5, 53.0, -0.2, 53.2)])}
)  # fmt: skip
AREAS = pd.DataFrame(
    {
        "code": ["A", "B", "C", "D"],
        "kind": ["deal", "deal", "none", "deal"],
        "name": ["Alpha", "Beta", "Gamma", "Delta"],
    }
)
TILES = pd.DataFrame(
    {"x": [i % 4 for i in range(11)], "y": [i // 4 for i in range(11)], "name": [f"Area {i}" for i in range(11)],
     "rate": [float(i * i) for i in range(10)] + [np.nan]}
)  # fmt: skip
EVENTS = pd.DataFrame(
    {"when": pd.to_datetime(["2016-04-01", "2011-04-01", "2014-11-03"]), "kind": ["power", "body", "power"],
     "what": ["Budget", "Authority that has a name so long that it must go over several lines of the picture to be read", "Agreement"],
     "written": ["spring 2016", "Apr 2011", "3 Nov 2014"]}
)  # fmt: skip
CELLS = pd.DataFrame(
    {"who": ["Beta", "Beta", "Alpha", "Alpha", "Gamma", "Gamma"], "what": ["duty", "budget"] * 3, "how": ["law", "none", "none", "some", "law", "law"]}
)  # fmt: skip
FAN = pd.DataFrame({"month": MONTHS, "y": [100.0 + i if i < 12 and i != 4 else np.nan for i in range(18)]}).assign(
    trend=[101.0 + i if i < 12 else np.nan for i in range(18)], median=[np.nan if i < 12 else 100.0 + i for i in range(18)],
    last=[i == 11 for i in range(18)],
)  # fmt: skip
for _level, _reach in ((0.5, 2.0), (0.8, 5.0), (0.95, 9.0)):
    FAN[f"lower_{_level:g}"], FAN[f"upper_{_level:g}"] = FAN["median"] - _reach, FAN["median"] + _reach
FUNNEL = pd.DataFrame({"name": list("ABCD"), "n": [10.0, 40.0, 90.0, 160.0], "rate": [5.0, 1.0, 3.5, 2.0]}).assign(
    lo=lambda d: 3 - 6 / d["n"] ** 0.5, hi=lambda d: 3 + 6 / d["n"] ** 0.5, lolo=lambda d: 3 - 9 / d["n"] ** 0.5, hihi=lambda d: 3 + 9 / d["n"] ** 0.5
)  # fmt: skip
PARTS = pd.DataFrame({"name": ["People", "Calendar", "Use"], "size": [3.0, -1.0, 5.0], "low": [2.5, np.nan, 4.0], "high": [3.5, np.nan, 6.5]})  # fmt: skip
SHARES = pd.DataFrame({"what": ["life"] * 3 + ["deaths"] * 3, "part": ["between", "within", "rest"] * 2, "share": [0.3, 0.57, 0.13, 1.02, -0.02, 0.12]})  # fmt: skip
SPOTS = pd.DataFrame({"area": ["Ayton", "Beeford", "Ceedale"], "x": [1.0, 2.0, 4.0], "y": [3.0, -1.0, 0.5]})
LEVELS = pd.DataFrame(
    {"who": list("AAAAABBBBB"), "what": ["p", "q", "r", "s", "t"] * 2, "how": list("abcdeedcba")}
)
POINTS = pd.DataFrame({"position": [0.1, 0.3, 0.5, 0.7, 0.9], "value": [70.0, 72.0, 74.5, 76.0, 78.0]})


def slope() -> object:
    return hd.inequality.slope_index(POINTS["value"].to_numpy(), np.ones(5), higher_is="better", index=["X"])[
        "X"
    ]


def estimates() -> Estimates:
    centre = np.array([1.0, 3.0, 2.0])
    names = pd.Index([f"Area {i}" for i in range(3)])
    low, high = np.column_stack([centre - 1, centre - 0.6]), np.column_stack([centre + 1.5, centre + 0.6])
    return Estimates("median wait", names, centre, np.full(3, 0.5), (0.95, 0.8), low, high, np.full(3, 9), "made up", unit="hours")  # fmt: skip


MARKS = [
    charts.Mark(2012.5, "a break"),
    charts.Mark(2012.6, "another break soon after"),
    charts.Mark(2015.9, "the end"),
]
PERCENT = "{:.0f}%".format

PICTURES: dict[str, Callable[[], charts.Chart]] = {
    "lines": lambda: charts.line_chart(YEARS, x="year", y="rate", series="place", lower="low", upper="high", marks=MARKS, spans=[charts.Span(2013, 2014, "a gap")], markers=True, caption=WORDS),
    "lines in stretches": lambda: charts.line_chart(YEARS, x="year", y="rate", series="place", segment="part", labels={"Ayton": "in Ayton"}, y_from_zero=False, y_format=PERCENT, height=3.0, caption=WORDS),
    "one line": lambda: charts.line_chart(YEARS.head(6), x="year", y="rate", lower="low", upper="high", x_format="{:.0f}/".format, caption=WORDS),
    "many lines": lambda: charts.line_chart(MANY, x="year", y="rate", series="place", focus=["Place 2", "Place 7"], caption=WORDS),
    "lines by month": lambda: charts.line_chart(CONTROL, x="month", y="y", y_from_zero=False, spans=[charts.Span(MONTHS[2], MONTHS[4], "pandemic")], marks=[charts.Mark(MONTHS[9], "policy")], caption=WORDS),
    "control chart": lambda: charts.control_chart(CONTROL, x="month", y="y", centre="mean", lower="low", upper="high", point_type="kind", segment="part", target="goal", icons=[charts.Icon("special_cause_concern", "H", "Variation:\nworse"), charts.Icon("inconsistent", "?", "Assurance:\nhit and miss")], spans=[charts.Span(MONTHS[11], MONTHS[13], "pandemic")], y_format=PERCENT, caption=WORDS),
    "neutral control chart": lambda: charts.control_chart(CONTROL.assign(kind=[KINDS[3], KINDS[0], KINDS[4]] * 6), x="month", y="y", centre="mean", lower="low", upper="high", point_type="kind", height=3.0, caption=WORDS),
    "plain control chart": lambda: charts.control_chart(CONTROL.assign(kind="common_cause"), x="month", y="y", centre="mean", lower="low", upper="high", point_type="kind", icons=[charts.Icon("common_cause", "-", "no change")], caption=WORDS),
    "effect path": lambda: charts.effect_path_chart(PATH, period="year", effect="effect", lower="low", upper="high", start=2015, start_text="start", line=(0.5, -0.1), line_until=2016.5, line_text="carried on", flagged=[2013], y_label="years", caption=WORDS),
    "two effect paths": lambda: charts.effect_path_chart(PATHS, period="year", effect="effect", lower="low", upper="high", series="design", start=2015, x_format="{:.0f}".format, y_format=PERCENT, caption=WORDS),
    "placebos": lambda: charts.placebo_chart(PLACEBOS, effect="effect", panel="kind", actual={"random": -2.5, "near": 0.5}, actual_text="actual", x_label="years", bins=10, caption=WORDS),
    "fan": lambda: charts.fan_chart(FAN, x="month", y="y", trend="trend", median="median", provisional="last", spans=[charts.Span(MONTHS[1], MONTHS[2], "gap")], marks=[charts.Mark(MONTHS[8], "policy")], caption=WORDS),
    "narrow fan": lambda: charts.fan_chart(FAN, x="month", y="y", median="median", levels=(0.8,), y_from_zero=False, height=3.0, caption=WORDS),
    "flow": lambda: charts.flow_chart(FLOW, item="item", parent="of", amount="amount", value_format="{:.1f}".format, caption=WORDS),
    "flow of two steps": lambda: charts.flow_chart(FLOW.iloc[[0, 1, 4]], item="item", parent="of", amount="amount", caption=WORDS),
    "funnel": lambda: charts.funnel_chart(FUNNEL, x="n", y="rate", label="name", focus=["B", "A", "D"], centre=3.0, centre_text="England", limits=[("lo", "hi", "95%"), ("lolo", "hihi", "99.8%")], x_label="people", x_format="{:.0f}k".format, y_format=PERCENT, caption=WORDS),
    "map": lambda: charts.map_chart(AREAS, SHAPES, area="code", group="kind", groups={"deal": "with a deal", "none": "without one", "unused": "x"}, label="name", background=pd.Series({"R": shapely.box(-3, 51, 0, 55)}), caption=WORDS),
    "map without names": lambda: charts.map_chart(AREAS, SHAPES, area="code", group="kind", groups={"none": "without one", "deal": "with a deal"}, tolerance=0.05, height=4.0, caption=WORDS),
    "matrix": lambda: charts.matrix_chart(CELLS, row="who", column="what", level="how", levels={"none": "none found", "some": "in part", "law": "by law"}, marks={"none": "-", "some": "S", "law": "L"}, caption=WORDS),
    "intervals": lambda: charts.interval_chart(ROWS, label="name", value="v", lower="low", upper="high", focus=["Ceedale"], reference=1.0, reference_text="England", value_format="{:.1f}".format, x_label="years", caption=WORDS),
    "dots": lambda: charts.interval_chart(ROWS, label="name", value="v", caption=WORDS),
    "bars": lambda: charts.bar_chart(ROWS, label="name", value="v", focus=["Ayton"], value_format="{:.2f}".format, caption=WORDS),
    "bars by group": lambda: charts.bar_chart(pd.concat([ROWS, ROWS.assign(who=ROWS["who"].map({"men": "women", "women": "men"}), v=ROWS["v"] + 1)]), label="name", value="v", series="who", caption=WORDS),
    "points": lambda: charts.scatter_chart(SPOTS, x="x", y="y", label="area", focus=["Beeford"], named=["Ayton", "Beeford", "Ceedale"], line=(1.0, -0.5), zero=True, x_label="money", y_label="change", x_format="£{:g}".format, y_format=PERCENT, caption=WORDS),
    "plain points": lambda: charts.scatter_chart(SPOTS, x="x", y="y", label="area", height=3.0, caption=WORDS),
    "shares": lambda: charts.share_chart(SHARES, label="what", part="part", share="share", parts={"within": "inside areas"}, caption=WORDS),
    "shares with long names": lambda: charts.share_chart(SHARES, label="what", part="part", share="share", parts={"within": "a name of more than twenty-four letters"}, caption=WORDS),
    "specification curve": lambda: charts.specification_chart(CURVE, estimate="b", lower="low", upper="high", choices={"lag": "Lag", "design": "Design"}, labels={"lag": {0: "none", 1: "a year"}}, focus="ours", reference=0.0, reference_text="no effect", y_label="elasticity", clip=(-0.25, 0.35), value_format="{:.1f}".format, caption=WORDS),
    "plain specification curve": lambda: charts.specification_chart(CURVE, estimate="b", choices=["lag"], reference=None, caption=WORDS),
    "tiles": lambda: charts.tile_chart(TILES, column="x", row="y", label="name", value="rate", caption=WORDS),
    "few tiles": lambda: charts.tile_chart(TILES.head(3), column="x", row="y", label="name", value="rate", value_format="{:.1f}".format, caption=WORDS),
    "many tiles": lambda: charts.tile_chart(pd.concat([TILES, TILES.assign(y=TILES["y"] + 3), TILES.assign(y=TILES["y"] + 6)], ignore_index=True).assign(name=[f"Northern Place {i}" for i in range(33)]), column="x", row="y", label="name", value="rate", caption=WORDS),
    "timeline": lambda: charts.timeline_chart(EVENTS, date="when", text="what", group="kind", groups={"power": "power or money", "body": "a body"}, date_text="written", caption=WORDS),
    "plain timeline": lambda: charts.timeline_chart(EVENTS, date="when", text="what", caption=WORDS),
    "all levels of a matrix": lambda: charts.matrix_chart(LEVELS, row="who", column="what", level="how", levels={k: f"level {k}" for k in "abcde"}, marks={k: k for k in "abcde"}, caption=WORDS),
    "a slope index": lambda: charts.plot(slope(), points=POINTS, caption=WORDS),
    "a curve": lambda: charts.plot(hd.inequality.lorenz_curve([1.0, 2.0, 5.0]), caption=WORDS),
    "a Shewhart chart": lambda: charts.plot(hd.series.shewhart_chart([10.0, 11.0, 9.5, 10.2, 10.1, 9.9, 25.0, 10.3, 9.8, -8.0, 10.0, 10.4], kind="i"), caption=WORDS),
    "a funnel": lambda: charts.plot(hd.mathematics.overdispersed_funnel([12, 20, 41, 50, 70], [100, 200, 400, 480, 800], index=list("abcde")), focus="c", caption=WORDS),
    "estimates": lambda: charts.plot(estimates(), focus="Area 1", caption=WORDS),
    "waterfall": lambda: charts.waterfall_chart(PARTS, label="name", value="size", lower="low", upper="high", total="All", caption=WORDS),
    "waterfall that falls": lambda: charts.waterfall_chart(PARTS.assign(size=-PARTS["size"]), label="name", value="size", total="All of it", value_format="{:.1f}".format, caption=WORDS),
}  # fmt: skip


def recorded() -> dict[str, list[str]]:
    """Return what was drawn when the record was written, by picture."""
    found: dict[str, list[str]] = {}
    for part in RECORD.read_text(encoding="utf-8").split("\n== ")[1:]:
        name, *lines = part.rstrip("\n").split("\n")
        found[name] = lines
    return found


if __name__ == "__main__":
    parts = ["Drawn by tests/charts/pictures.py"]
    parts += ["\n== ".join(["", "\n".join([name, *drawn(make)[1]])]) for name, make in PICTURES.items()]
    RECORD.write_text("".join(parts) + "\n", encoding="utf-8")
