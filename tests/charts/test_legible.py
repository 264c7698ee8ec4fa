"""The rule of reading finds what is small, cut or over another, and both themes have the contrast that is promised."""

import re

import pandas as pd
import pytest

from healthdevo.charts import Caption, Mark, interval_chart, line_chart, map_chart, theme, tile_chart
from healthdevo.charts.chart import finish
from healthdevo.charts.legible import faults, text_boxes

CAPTION = Caption(
    "a-chart",
    "It rose",
    "Made-up values",
    "Own",
    "Line chart of made-up values that rise from left to right.",
)
LIGHT, DARK = "#FFFFFF", "#121212"


def text(
    words: str, x: float, y: float, size: float = 12.0, more: str = "text-anchor: start", turn: float = 0.0
) -> str:
    return f'<text style="font-size: {size}px; {more}" x="{x}" y="{y}" transform="rotate({turn} {x} {y})">{words}</text>'


def picture(*texts: str) -> str:
    return f'<svg viewBox="0 0 200 100">{"".join(texts)}</svg>'


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    low = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * low[0] + 0.7152 * low[1] + 0.0722 * low[2]


def contrast(one: str, other: str) -> float:
    high, low = sorted((luminance(one), luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def test_a_picture_whose_texts_are_apart_has_no_fault() -> None:
    assert faults(picture(text("left", 5, 20), text("right", 90, 20), text("below", 5, 36))) == ()
    assert faults("<svg/>") == ()


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        ([text("one", 5, 20), text("two", 12, 20)], "lie over each other"),
        ([text("one", 5, 20), text("two", 5, 26)], "lie over each other"),
        ([text("far too long for it", 150, 20)], "cut at the edge"),
        ([text("end", 5, 20, more="text-anchor: end")], "cut at the edge"),
        ([text("low", 5, 99)], "cut at the edge"),
        ([text("tiny", 5, 20, size=9.0)], "9 points high"),
    ],
)
def test_what_cannot_be_read_is_said(texts: list[str], words: str) -> None:
    assert words in " ".join(faults(picture(*texts)))


def test_turned_texts_lie_apart_though_their_upright_boxes_do_not() -> None:
    pair = [text("a long name", 60, 80, turn=-55.0), text("a long name", 80, 80, turn=-55.0)]
    boxes = text_boxes(picture(*pair))
    assert boxes[0].bounds[2] > boxes[1].bounds[0]
    assert faults(picture(*pair)) == ()


def test_texts_have_a_contrast_of_4_5_in_both_themes() -> None:
    written = [
        theme.INK,
        theme.QUIET,
        *map(theme.ink_of, (*theme.CATEGORICAL, *theme.SEQUENTIAL, theme.CONTEXT)),
    ]
    dark = {light.upper(): after for light, after in theme.DARK_OF.items()}
    for colour in written:
        assert contrast(colour, LIGHT) >= 4.5, colour
        assert contrast(dark[colour.upper()], DARK) >= 4.5, colour
    for fill, ink in zip(
        theme.FILLS, (theme.ON_LIGHT, theme.ON_LIGHT, theme.ON_DARK, theme.ON_DARK), strict=True
    ):
        assert contrast(fill, ink) >= 4.5
        assert fill.upper() not in dark  # the same in both themes
        assert ink.upper() not in dark
    for colour in theme.CATEGORICAL[:5]:
        assert contrast(dark[colour.upper()], dark[theme.ON_COLOUR]) >= 4.5


def test_a_picture_has_no_ground_and_changes_its_colours_by_css() -> None:
    data = pd.DataFrame({"x": [1, 2, 3] * 2, "y": [1.0, 2.0, 3.0, 2.0, 3.0, 5.0], "s": ["a"] * 3 + ["b"] * 3})
    chart = line_chart(data, x="x", y="y", series="s", marks=[Mark(2, "a change")], caption=CAPTION)
    for svg in (chart.svg, chart.svg_standalone):
        assert faults(svg) == ()
        assert "@media (prefers-color-scheme: dark)" in svg
        assert svg.count("@media") == 1
        assert not re.search(r'<path d="M 0 [^"]*" style="fill: #ffffff"/>', svg)
        assert 'fill="white"' not in svg
    names = re.findall(r"font-weight: 700[^>]*fill: (#\w+)", chart.svg)
    assert names == [theme.FOCUS.lower(), theme.ink_of(theme.CATEGORICAL[1]).lower()]


def test_names_of_lines_that_end_together_lie_apart() -> None:
    rows = [(x, 1.0 + 0.001 * i * x, f"a rather long name of line {i}") for i in range(5) for x in (1, 2, 3)]
    data = pd.DataFrame(rows, columns=["x", "y", "s"])
    marks = [
        Mark(1.2, "the first of the changes"),
        Mark(1.4, "the second change"),
        Mark(2.9, "one at the end"),
    ]
    assert faults(line_chart(data, x="x", y="y", series="s", marks=marks, caption=CAPTION).svg) == ()


def test_many_rows_with_long_names_are_read() -> None:
    names = [f"Bath and North East Somerset, Swindon and Wiltshire {i}" for i in range(42)]
    data = pd.DataFrame({"name": names, "v": range(42)})
    assert (
        faults(
            interval_chart(
                data, label="name", value="v", caption=CAPTION, x_label="a long label of the axis " * 3
            ).svg
        )
        == ()
    )


def test_tiles_whose_names_do_not_fit_have_numbers_and_a_list() -> None:
    names = [f"Northamptonshire {i}" for i in range(12)]
    data = pd.DataFrame(
        {"x": [i % 6 for i in range(12)], "y": [i // 6 for i in range(12)], "n": names, "v": range(12)}
    )
    chart = tile_chart(data, column="x", row="y", label="n", value="v", caption=CAPTION)
    assert faults(chart.svg) == ()
    assert all(name in chart.svg for name in names)


def test_numbers_of_places_that_lie_together_are_moved_apart() -> None:
    import shapely

    places = {f"P{i}": shapely.box(-2 + 0.02 * i, 53, -1.99 + 0.02 * i, 53.01) for i in range(9)}
    places["far"] = shapely.box(-5, 50, -4, 51)
    data = pd.DataFrame({"code": list(places), "kind": "deal", "name": [f"Place {code}" for code in places]})
    chart = map_chart(
        data,
        pd.Series(places),
        area="code",
        group="kind",
        groups={"deal": "with a deal"},
        label="name",
        caption=CAPTION,
    )
    assert faults(chart.svg) == ()


def test_labels_of_an_axis_that_would_touch_are_thinned() -> None:
    from healthdevo.charts.canvas import new_figure

    with theme.applied():
        figure = new_figure(2.0)
        axes = figure.subplots()
        axes.plot([0, 9], [0, 1])
        axes.set_xticks(range(10), [f"a long label {i}" for i in range(10)])
    svg = finish(figure, CAPTION, pd.DataFrame({"x": [1]})).svg
    shown = re.findall(r"a long label (\d)", svg)
    assert 1 < len(shown) < 10
    assert faults(svg) == ()
