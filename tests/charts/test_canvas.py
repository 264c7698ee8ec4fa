import io
import re

import matplotlib.pyplot as plt
import pytest
from matplotlib.backends.backend_svg import RendererSVG
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from healthdevo.charts import canvas, theme


def drawn(figure: Figure) -> None:
    """Draw what charts are made of: bold texts, a legend outside, labels on both axes, two panels."""
    upper, lower = figure.subplots(2, 1, height_ratios=[1, 2], sharex=True)
    upper.plot([1, 2, 3], [1.0, 1200.0, 3.5], "o-", label="councils")
    upper.fill_between([1, 2, 3], 0.0, [1.0, 900.0, 3.0], alpha=0.2)
    upper.set_ylabel("people, thousand")
    lower.barh([1, 2], [2.5, 3.5])
    lower.set_yticks([1, 2], ["Cheshire West", "Wirral"])
    lower.get_yticklabels()[0].set_fontweight("bold")
    lower.annotate("10% more $x^2$", xy=(2.0, 1.5), xytext=(4, 4), textcoords="offset points", fontsize=9.5)
    lower.set_xlabel("rate", loc="right")
    upper.legend(loc="upper center", bbox_to_anchor=(0.5, 1.3))


def saved(figure: Figure) -> str:
    buffer = io.StringIO()
    nothing = {"Date": None, "Creator": None, "Format": None, "Type": None}
    figure.savefig(buffer, format="svg", metadata=nothing)
    return buffer.getvalue()


@pytest.mark.parametrize("by_pyplot", [False, True])
def test_a_picture_is_the_one_that_savefig_gives(by_pyplot: bool) -> None:
    with theme.applied():
        theirs = Figure(figsize=(theme.WIDTH, 3.0))
        drawn(theirs)
        ours = plt.figure(figsize=(theme.WIDTH, 3.0)) if by_pyplot else canvas.new_figure(3.0)
        drawn(ours)
        assert canvas.svg_of(ours) == saved(theirs)
        plt.close("all")


def test_every_line_of_a_wrapped_label_ends_where_the_label_does() -> None:
    with theme.applied():
        figure = canvas.new_figure(3.0)
        axes = figure.subplots()
        axes.barh([1, 2], [2.5, 3.5])
        axes.set_yticks([1, 2], ["Cheshire West\nand Chester", "Wirral"])
        picture = canvas.svg_of(figure)
    found = {
        name: re.search(rf'<text style="([^"]*)" x="([\d.]+)" y="([\d.]+)"[^>]*>{name}</text>', picture)
        for name in ("Cheshire West", "and Chester", "Wirral")
    }
    places = {name: (match[1], float(match[2]), float(match[3])) for name, match in found.items() if match}
    assert len(places) == 3
    assert all("text-anchor: end" in style for style, _, _ in places.values())
    ends = [x for _, x, _ in places.values()]
    assert max(ends) - min(ends) < 0.6
    assert 8 < places["and Chester"][2] - places["Cheshire West"][2] < 16


def test_a_picture_without_layout_is_the_one_that_savefig_gives() -> None:
    with theme.applied():
        figures = [Figure(figsize=(4.0, 3.0), layout="none") for _ in range(2)]
        for figure in figures:
            figure.add_axes((0.2, 0.2, 0.7, 0.7)).set_ylabel("people")
        assert canvas.svg_of(figures[0]) == saved(figures[1])


def test_sizes_of_texts_are_those_of_matplotlib_and_measured_once() -> None:
    plain = RendererSVG(100, 100, io.StringIO())
    figure = canvas.new_figure(1.0)
    ours = canvas._Canvas(figure).get_renderer()
    for text, font in (("Wigan", FontProperties(size=9)), ("£1,000", FontProperties(size=12, weight="bold"))):
        before = canvas._text_size.cache_info().hits
        for _ in range(2):
            assert ours.get_text_width_height_descent(
                text, font, False
            ) == plain.get_text_width_height_descent(text, font, False)
        assert canvas._text_size.cache_info().hits > before


def test_no_figure_is_left_for_a_notebook_to_show() -> None:
    before = plt.get_fignums()
    with theme.applied():
        figure = canvas.new_figure(1.0)
        figure.subplots()
        canvas.svg_of(figure)
    assert plt.get_fignums() == before
