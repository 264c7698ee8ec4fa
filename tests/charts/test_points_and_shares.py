"""Charts of points and of shares: what they draw, and what they refuse."""

from __future__ import annotations

import pandas as pd
import pytest

from healthdevo.charts import Caption, scatter_chart, share_chart
from healthdevo.errors import InputError

WORDS = {
    "figure_id": "one",
    "title": "A message",
    "subtitle": "What is shown",
    "source": "Own",
    "alt": "A chart of two areas with a finding.",
}
CAPTION = {"caption": Caption(**WORDS)}
POINTS = pd.DataFrame({"area": ["Leeds", "York"], "x": [1.0, 2.0], "y": [3.0, -1.0], "spare": [0, 0]})
SHARES = pd.DataFrame(
    {
        "what": ["life", "life", "deaths", "deaths"],
        "part": ["between", "within"] * 2,
        "share": [0.3, 0.7, 1.02, -0.02],
    }
)


def test_points_are_drawn_with_their_names_and_data() -> None:
    chart = scatter_chart(
        POINTS, x="x", y="y", label="area", focus=["York"], line=(1.0, -0.5), zero=True, **CAPTION
    )
    assert "York" in chart.svg
    assert "Leeds" not in chart.svg
    assert list(chart.data.columns) == ["area", "x", "y"]
    assert (
        chart.svg
        == scatter_chart(
            POINTS, x="x", y="y", label="area", focus=["York"], line=(1.0, -0.5), zero=True, **CAPTION
        ).svg
    )


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (POINTS.drop(columns="y"), "no column 'y'"),
        (POINTS.head(0), "no row"),
        (POINTS.assign(y=[1.0, float("nan")]), "no finite"),
    ],
)
def test_points_that_cannot_be_drawn(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        scatter_chart(frame, x="x", y="y", label="area", **CAPTION)


def test_shares_are_written_in_their_parts() -> None:
    chart = share_chart(
        SHARES, label="what", part="part", share="share", parts={"within": "inside areas"}, **CAPTION
    )
    assert "30%" in chart.svg
    assert "70%" in chart.svg
    assert "inside areas" in chart.svg
    assert "102%" in chart.svg  # beside a part below zero the other exceeds the whole
    assert chart.data["share"].tolist() == SHARES["share"].tolist()


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (SHARES.drop(columns="part"), "no column 'part'"),
        (SHARES.head(0), "no row"),
        (pd.concat([SHARES, SHARES.head(1)]), "twice"),
        (SHARES.assign(share=float("nan")), "no number"),
        (SHARES.iloc[[0] * 6].assign(part=list("abcdef")), "at most 5"),
    ],
)
def test_shares_that_cannot_be_drawn(frame: pd.DataFrame, message: str) -> None:
    with pytest.raises(InputError, match=message):
        share_chart(frame, label="what", part="part", share="share", **CAPTION)
