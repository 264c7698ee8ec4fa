"""Maps: every area is drawn, named and grouped, and what is missing is refused."""

import re

import pandas as pd
import pytest
import shapely

from healthdevo.charts import Caption, map_chart
from healthdevo.errors import InputError

WORDS = {
    "figure_id": "map",
    "title": "Two areas have deals",
    "subtitle": "Areas with deals",
    "source": "Own",
    "alt": "Map with three square areas, two of them with deals.",
}
CAPTION = {"caption": Caption(**WORDS)}
AREAS = pd.DataFrame(
    {"code": ["A", "B", "C"], "kind": ["deal", "deal", "none"], "name": ["Alpha", "Beta", "Gamma"]}
)
SHAPES = pd.Series(
    {
        "A": shapely.box(-2.0, 52.0, -1.5, 52.5),
        "B": shapely.box(-1.5, 52.0, -1.0, 52.5),
        "C": shapely.MultiPolygon(
            [
                shapely.box(-2.0, 53.0, -1.0, 54.0).difference(shapely.box(-1.7, 53.3, -1.3, 53.7)),
                shapely.box(-0.5, 53.0, -0.2, 53.2),
            ]
        ),
    }
)
GROUPS = {"deal": "with a deal", "none": "without one", "unused": "nobody is here"}


def draw(data=AREAS, shapes=SHAPES, **options):
    settings = {"area": "code", "group": "kind", "groups": GROUPS, "label": "name"} | CAPTION | options
    return map_chart(data, shapes, **settings)


def test_every_area_is_named_and_only_groups_present_are_in_the_legend():
    svg = draw().svg
    for text in ("Alpha", "Beta", "Gamma", "with a deal", "without one"):
        assert text in svg
    assert "nobody is here" not in svg


def test_data_are_the_rows_drawn_and_pictures_repeat():
    assert draw().data.columns.tolist() == ["code", "kind", "name"]
    assert draw().svg == draw().svg


def test_holes_stay_holes():
    whole = SHAPES.copy()
    whole["C"] = shapely.box(-2.0, 53.0, -1.0, 54.0)
    assert draw(tolerance=0.0).svg.count("z") > draw(shapes=whole, tolerance=0.0).svg.count("z")


def test_background_is_drawn_below():
    plain, ground = draw(label=None), draw(label=None, background=SHAPES)
    paths = re.compile("<path")
    assert len(paths.findall(ground.svg)) >= len(paths.findall(plain.svg)) + 3


def test_unknown_polygons_groups_and_columns_are_refused():
    with pytest.raises(InputError, match="no polygon for C"):
        draw(shapes=SHAPES.drop("C"))
    with pytest.raises(InputError, match="group 'none'"):
        draw(groups={"deal": "with a deal"})
    with pytest.raises(InputError, match="no column 'place'"):
        draw(label="place")
    with pytest.raises(InputError, match="no row"):
        draw(data=AREAS.head(0))
