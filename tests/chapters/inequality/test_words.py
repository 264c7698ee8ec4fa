"""Words of the chapter on both sides of what decides them."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from healthdevo.chapters.common import moved, normal_estimate
from healthdevo.chapters.inequality import Inequality, words


@pytest.fixture(scope="module")
def chapter() -> Inequality:
    return Inequality.load()


def test_words_follow_the_numbers(chapter: Inequality) -> None:
    assert moved(normal_estimate("change", 0.5, 0.3, unit="years")) == "did not change beyond noise"
    assert words.brief("fell by 1.0 years") == "fell by 1.0"
    assert words.brief("did not change beyond noise") == "not clearly changed"
    for chart in (chapter.gradient.slope_chart(), chapter.reproduction.chart()):
        assert len(chart.title.split()) <= 10, chart.title
    assert (
        words.beyond(chapter.districts.changes.assign(beyond_noise=False))
        == "no district's index changed beyond noise"
    )
    deciles = chapter.gradient.deciles
    years = sorted(deciles["period_start_year"].unique())
    turned = deciles.assign(
        period_start_year=deciles["period_start_year"].map(dict(zip(years, reversed(years), strict=True)))
    )
    turned["period_end_year"] = turned["period_start_year"] + 2
    other = replace(chapter.gradient, deciles=turned)
    assert "fell by" in other.slope_chart().title
    assert "rose by" in chapter.gradient.slope_chart().title


def test_directions() -> None:
    said = [words.direction(normal_estimate("change", x, 0.1)) for x in (1.0, -1.0, 0.1)]
    assert said == ["up", "down", "no change beyond noise"]


def test_one_district_or_several(chapter: Inequality) -> None:
    changes = chapter.districts.latest.assign(beyond_noise=False).reset_index(drop=True)
    assert words.beyond(changes.assign(beyond_noise=changes.index < 1)).startswith("one of")
    assert "changes is beyond noise" in words.beyond(changes.assign(beyond_noise=changes.index < 1))
    assert "changes are beyond noise" in words.beyond(changes.assign(beyond_noise=changes.index < 2))


def test_weights_are_named_when_others_come_closer(chapter: Inequality) -> None:
    reproduction = replace(chapter.reproduction)
    summary = pd.DataFrame(
        {"weights": ["a", "b"], "indices": 20, "matches": [9, 8], "beyond_rounding": [1, 1]}
    )
    reproduction.__dict__["weighting_summary"] = summary
    texts = words.reproduction_texts(reproduction, 1.0)
    assert texts["reproduction_weights"] == "Other weights of the tenths do not come closer than ours (a)."
    reproduction.__dict__["weighting_summary"] = summary.assign(beyond_rounding=[1, 0])
    texts = words.reproduction_texts(reproduction, 1.0)
    assert texts["reproduction_weights"].startswith("With b as weights instead of a, 8 of 20 match and none")
