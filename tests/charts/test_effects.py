"""Effect paths and placebo distributions: what is drawn is what was given."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.charts import Caption, effect_path_chart, placebo_chart
from healthdevo.errors import InputError

WORDS = {
    "figure_id": "path",
    "title": "It fell after the start",
    "subtitle": "Effect by year",
    "source": "Own",
    "alt": "Dot chart of effects by year, lower after the start.",
}
CAPTION = {"caption": Caption(**WORDS)}
PATH = pd.DataFrame(
    {
        "year": [2012, 2013, 2014, 2015, 2016],
        "effect": [0.4, -0.2, 0.0, -1.0, -1.5],
        "low": [-0.6, -1.2, np.nan, -2.0, -2.5],
        "high": [1.4, 0.8, np.nan, 0.0, -0.5],
    }
)


def path(data=PATH, **options):
    settings = {"period": "year", "effect": "effect", "start": 2015} | CAPTION | options
    return effect_path_chart(data, **settings)


def placebos(data, **options):
    settings = {"effect": "effect", "panel": "kind", "actual_text": "here"} | CAPTION | options
    return placebo_chart(data, **settings)


def test_path_shows_start_line_and_trend_by_name():
    chart = path(
        lower="low",
        upper="high",
        start_text="deal begins",
        line=(402.0, -0.2),
        line_until=2016,
        line_text="earlier trend",
        flagged=[2013],
        y_label="points",
    )
    for text in ("deal begins", "earlier trend", "points", "2015"):
        assert text in chart.svg
    assert chart.data.columns.tolist() == ["year", "effect", "low", "high"]
    assert chart.data["low"].isna().sum() == 1


def test_designs_are_labelled_when_there_are_several():
    both = pd.concat([PATH.assign(design="one"), PATH.assign(design="two", effect=PATH["effect"] + 0.1)])
    svg = path(both, series="design").svg
    assert ">one<" in svg
    assert ">two<" in svg


def test_a_flagged_year_changes_its_marker_only():
    assert path().svg != path(flagged=[2013]).svg
    assert path().data.equals(path(flagged=[2013]).data)


def test_a_missing_effect_or_column_is_refused():
    with pytest.raises(InputError, match="no effect"):
        path(PATH.assign(effect=PATH["effect"].where(PATH["year"] != 2013)))
    with pytest.raises(InputError, match="no column 'size'"):
        path(effect="size")


def test_placebo_panels_carry_headings_and_the_actual_effect():
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"effect": rng.normal(size=60), "kind": ["random"] * 30 + ["blocks"] * 30})
    chart = placebos(data, actual={"random": -4.0, "blocks": -4.0}, x_label="deaths")
    for text in ("random", "blocks", "here", "deaths"):
        assert text in chart.svg
    assert len(chart.data) == 60
    with pytest.raises(InputError, match="no actual effect for panel 'blocks'"):
        placebos(data, actual={"random": -4.0})


def test_placebos_as_large_as_the_actual_are_marked():
    data = pd.DataFrame({"effect": [-3.0, 0.0, 0.5, 3.0], "kind": "all"})
    colour = "#f46a25"
    assert colour in placebos(data, actual={"all": -2.0}).svg.lower()
    assert colour not in placebos(data, actual={"all": -9.0}).svg.lower()
