"""Charts carry their words and data, and the same input gives the same picture."""

import io
import re
import xml.etree.ElementTree as ET

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

from healthdevo.charts import CHART_MIME, Caption, Mark, Span, bar_chart, interval_chart, line_chart
from healthdevo.charts.chart import standalone, window
from healthdevo.charts.lines import spread
from healthdevo.errors import InputError

WORDS = {
    "figure_id": "a-chart",
    "title": "Attendances rose & rose",
    "subtitle": "Attendances a year, made-up place, 2001 to 2004",
    "source": "Made up for this test",
    "alt": "Line chart of four made-up years in which the values rise.",
}
CAPTION = {"caption": Caption(**WORDS)}


def frame() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "year": [2001, 2002, 2003, 2004, 2005] * 2,
            "place": ["A"] * 5 + ["B"] * 5,
            "value": [1.0, 2.0, np.nan, 4.0, 5.0, 2.0, 3.0, 4.0, 5.0, 6.0],
        }
    )


def draw():
    return line_chart(
        frame(), x="year", y="value", series="place", marks=[Mark(2002.5, "a break")],
        spans=[Span(2003, 2003.5, "a gap")], **CAPTION,
    )  # fmt: skip


def test_the_same_input_gives_the_same_bytes():
    assert draw().svg == draw().svg


@pytest.mark.parametrize("attribute", ["svg", "svg_standalone"])
def test_pictures_are_well_formed_xml_without_dates_or_other_hosts(attribute):
    text = getattr(draw(), attribute)
    root = ET.fromstring(text)
    assert root.tag.endswith("svg")
    assert "<dc:date>" not in text
    assert 'href="http' not in text


def test_the_standalone_picture_says_title_subtitle_and_source():
    text = "".join(ET.fromstring(draw().svg_standalone).itertext())
    for part in ("Attendances rose & rose", "made-up place", "Source: Made up for this test"):
        assert part in text


def test_the_download_holds_what_was_drawn():
    back = pd.read_csv(io.StringIO(draw().csv))
    pd.testing.assert_frame_equal(back, frame()[["place", "year", "value"]])


def test_a_missing_value_breaks_the_line():
    def strokes(chart):
        paths = re.findall(r'<path d="([^"]+)"[^>]*stroke: #12436d; stroke-width: 2.2', chart.svg)
        return [p.count("M ") for p in paths]

    whole = frame().assign(value=lambda d: d["value"].fillna(3.0))
    assert strokes(line_chart(whole, x="year", y="value", series="place", **CAPTION)) == [1]
    assert strokes(draw()) == [2]


def test_notebooks_get_everything_the_book_needs():
    bundle = draw()._repr_mimebundle_()
    assert set(bundle[CHART_MIME]) == {
        "figure_id", "title", "subtitle", "source", "alt", "caption", "svg", "csv",
    }  # fmt: skip
    assert bundle["text/plain"] == WORDS["alt"]


def test_a_picture_of_unknown_size_stays_as_it_is():
    assert standalone("<svg/>", "It rose", "Attendances", "NHS England") == "<svg/>"
    assert window("<svg/>", "<svg/>") is None


def test_a_picture_is_found_in_its_standalone_version():
    chart = draw()
    width, top, height = window(chart.svg, chart.svg_standalone)
    size = re.search(r'width="([\d.]+)pt" height="([\d.]+)pt"', chart.svg_standalone)
    assert width == float(size[1])
    assert 0 < top < top + height < float(size[2])


def test_saving_leaves_two_whole_files_and_nothing_else(tmp_path):
    svg, csv = draw().save(tmp_path)
    assert sorted(p.name for p in tmp_path.iterdir()) == ["a-chart.csv", "a-chart.svg"]
    assert svg.read_text(encoding="utf-8") == draw().svg_standalone
    assert csv.read_text(encoding="utf-8") == draw().csv


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"figure_id": "A chart"}, "figure_id: 'A chart'"),
        ({"alt": "A chart"}, "alt text 'A chart' is too short"),
        ({"title": " "}, "title is empty"),
    ],
)
def test_words_are_demanded(change, message):
    with pytest.raises(InputError, match=message):
        line_chart(frame(), x="year", y="value", series="place", caption=Caption(**(WORDS | change)))


def test_unknown_columns_are_named():
    with pytest.raises(InputError, match="no column 'wrong'; it has 'year', 'place', 'value'"):
        line_chart(frame(), x="year", y="wrong", **CAPTION)
    with pytest.raises(InputError, match="no column 'wrong'"):
        bar_chart(frame(), label="place", value="wrong", **CAPTION)


def test_interval_and_bar_charts_keep_their_rows():
    data = pd.DataFrame(
        {"area": list("abc"), "v": [1.0, 2.0, 3.0], "lo": [0.5, 1.0, -np.inf], "hi": [2.0, 3.0, 4.0]}
    )
    chart = interval_chart(
        data, label="area", value="v", lower="lo", upper="hi", focus=["b"], reference=2.0, **CAPTION
    )
    assert len(chart.data) == 3
    assert ET.fromstring(chart.svg) is not None
    bars = bar_chart(data, label="area", value="v", **CAPTION)
    assert "".join(ET.fromstring(bars.svg).itertext()).count("3") >= 1


def test_drawing_leaves_the_settings_of_the_reader_alone():
    before = dict(mpl.rcParams)
    draw()
    assert dict(mpl.rcParams) == before


def test_labels_are_spread_without_overlap():
    where = spread([1.0, 1.1, 1.2, 9.0], 1.0)
    assert np.diff(sorted(where)).min() >= 1.0 - 1e-12
    assert where[3] == pytest.approx(9.0)
