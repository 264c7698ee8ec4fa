"""Tile maps hold every area once, darker for more, and refuse two areas in one place."""

import pandas as pd
import pytest

from healthdevo.charts import Caption, theme, tile_chart
from healthdevo.errors import InputError

WORDS = Caption(
    "tiles", "Delta has the most", "Rate", "Own", "Map of four tiles: from 1 in Alpha to 4 in Delta."
)


def _places(count: int = 4) -> pd.DataFrame:
    return pd.DataFrame(
        {
            "x": [i % 5 for i in range(count)],
            "y": [i // 5 for i in range(count)],
            "name": [f"Area {i}" for i in range(count)],
            "rate": [float(i) for i in range(count)],
        }
    )


def _drawn(data: pd.DataFrame) -> str:
    chart = tile_chart(data, column="x", row="y", label="name", value="rate", caption=WORDS)
    assert len(chart.data) == len(data)
    return str(chart.svg)


def test_few_tiles_have_names_and_many_have_numbers_only() -> None:
    assert "Area 3" in _drawn(_places(4))
    assert "Area 3" not in _drawn(_places(17))


def test_quarters_have_four_shades_and_a_missing_figure_is_grey() -> None:
    drawn = _drawn(_places(4)).lower()
    for shade in theme.FILLS:
        assert shade.lower() in drawn
    assert "#ededed" not in drawn
    gap = _places(4)
    gap.loc[0, "rate"] = float("nan")
    assert "#ededed" in _drawn(gap).lower()


def test_two_areas_in_one_place_are_refused() -> None:
    with pytest.raises(InputError, match="two areas have one place"):
        _drawn(_places(4).assign(x=0, y=0))
