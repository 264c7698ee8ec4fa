import io
import re

import matplotlib as mpl
import matplotlib.pyplot as plt
import pytest
import seaborn as sns
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


def _rows(axes):
    axes.barh([f"Area {i}" for i in range(40)], range(40))
    axes.tick_params(axis="y", length=0, labelcolor="#187068")


def _years(axes):
    axes.plot(range(1990, 2030), [(-1) ** i * i for i in range(40)])
    axes.set_xticks(
        range(1990, 2030, 2), [f"{y}/{y % 100 + 1:02d}" for y in range(1990, 2030, 2)], rotation=30
    )
    axes.grid(axis="x", linestyle=":")


def _powers(axes):
    axes.loglog([1, 10, 100, 1e5], [1e-3, 1, 50, 1e4])
    axes.yaxis.tick_right()


def _later(axes):
    axes.plot([0, 1], [0, 1])
    axes.set_yticks([0.0, 0.25, 0.5, 0.75, 1.0])
    for tick in axes.yaxis.get_major_ticks()[::2]:
        tick.label1.set_fontweight("bold")
        tick.gridline.set_visible(False)


@pytest.mark.any_figure
@pytest.mark.parametrize("draw", [_rows, _years, _powers, _later])
def test_copied_ticks_draw_what_the_librarys_own_draw(draw):
    drawn = []
    for make in (canvas.new_figure, lambda height: Figure(figsize=(theme.WIDTH, height), dpi=72.0)):
        with theme.applied():
            figure = make(6.0)
            draw(figure.subplots())
            drawn.append(canvas.svg_of(figure))
    assert drawn[0] == drawn[1]
    assert drawn[0].count("<text") > 3


def test_the_copied_tick_shares_nothing_that_is_changed_in_place():
    figure = canvas.new_figure(3.0)
    axes = figure.subplots()
    axes.set_yticks([1.0, 2.0, 3.0])
    first, second, third = axes.yaxis.get_major_ticks()
    second.label1.set_text("two")
    second.label1.set_color("#187068")
    second.label1.get_fontproperties().set_size(20)
    second.gridline.set_linestyle(":")
    second.tick1line.set_visible(False)
    for other in (first, third):
        assert other.label1.get_text() != "two"
        assert other.label1.get_color() != "#187068"
        assert other.label1.get_fontproperties().get_size_in_points() != 20
        assert other.gridline.get_linestyle() != ":"
        assert other.tick1line.get_visible()


def test_the_themes_settings_are_seaborns_white_style_and_its_own():
    with theme.applied():
        ours = dict(mpl.rcParams)
    with mpl.rc_context():
        sns.set_theme(style="white", context="notebook", palette=list(theme.CATEGORICAL), rc=dict(theme._RC))
        theirs = dict(mpl.rcParams)
    assert {name: value for name, value in ours.items() if value != theirs[name]} == {}
