"""Specification charts: sorted estimates, choices below, honest refusals."""

import re

import numpy as np
import pandas as pd
import pytest

from healthdevo.charts import Caption, specification_chart
from healthdevo.errors import InputError

WORDS = {
    "figure_id": "curve",
    "title": "Estimates differ by design",
    "subtitle": "Elasticities",
    "source": "Own",
    "alt": "Specification curve of six estimates from the smallest to the largest.",
}
CAPTION = {"caption": Caption(**WORDS)}


def curve() -> pd.DataFrame:
    return pd.DataFrame(
        {
            "b": [0.3, -0.2, 0.0, 0.1, 0.25, -0.05],
            "low": [0.2, -0.3, -0.1, -0.05, -np.inf, -0.15],
            "high": [0.4, -0.1, 0.1, 0.25, np.inf, 0.05],
            "lag": [0, 1, 0, 1, 0, 1],
            "design": ["pooled", "two-way", "two-way", "pooled", "pooled", "two-way"],
            "ours": [False, True, False, False, False, False],
        }
    )


def draw(frame: pd.DataFrame, **options):
    defaults = {
        "estimate": "b",
        "lower": "low",
        "upper": "high",
        "choices": {"lag": "Lag", "design": "Design"},
    }
    return specification_chart(frame, **(defaults | options), **CAPTION)


def test_rows_are_sorted_and_numbered_whatever_their_order():
    chart = draw(curve())
    assert chart.data["b"].is_monotonic_increasing
    assert chart.data["position"].tolist() == [1, 2, 3, 4, 5, 6]
    assert draw(curve().iloc[::-1]).svg == chart.svg


def test_headings_options_and_reference_are_written():
    chart = draw(
        curve(),
        labels={"design": {"two-way": "area and year effects", "pooled": "no effects"}},
        focus="ours",
        reference_text="no link",
        y_label="elasticity",
    )
    text = re.sub(r"<[^>]+>", " ", chart.svg)
    for word in ("Lag", "Design", "area and year effects", "no effects", "no link", "elasticity"):
        assert word in text
    assert text.index("area and year effects") < text.index("no effects")
    assert "two-way" not in text


def test_headings_default_to_the_columns_and_clip_cuts_intervals_only():
    assert "design" in draw(curve(), choices=["design"]).svg
    assert draw(curve(), clip=(-0.4, 0.4)).data["high"].max() == np.inf
    with pytest.raises(InputError, match="outside clip"):
        draw(curve(), clip=(-0.1, 0.1))


def test_what_cannot_be_drawn_is_refused():
    with pytest.raises(InputError, match="1 rows have no estimate"):
        draw(curve().assign(b=[np.nan, 1, 2, 3, 4, 5]))
    with pytest.raises(InputError, match="no column 'weights'"):
        draw(curve(), choices=["weights"])
    with pytest.raises(InputError, match="no choices"):
        draw(curve(), choices={})
    with pytest.raises(InputError, match="no row"):
        draw(curve().iloc[:0])
