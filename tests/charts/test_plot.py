"""One call draws the common results, known by what they carry."""

import numpy as np
import pandas as pd
import pytest

import healthdevo as hd
from healthdevo.charts import Caption, plot
from healthdevo.errors import InputError
from healthdevo.results import Estimate, Estimates, Interval


def estimates(k: int = 4, **options) -> Estimates:
    centre = np.arange(k, dtype=float)
    return Estimates(
        "median wait", pd.Index([f"Area {i}" for i in range(k)]), centre, np.full(k, 0.5), (0.95, 0.8),
        np.column_stack([centre - 1, centre - 0.6]), np.column_stack([centre + 1, centre + 0.6]),
        np.full(k, 9), "made up", unit="hours", **options,
    )  # fmt: skip


def shown(chart: hd.charts.Chart) -> str:
    """Every chart has its picture, words that say what kind it is, and data."""
    assert chart.svg.startswith("<?xml") or "<svg" in chart.svg
    assert len(chart.data)
    return chart.alt


def test_estimates_are_dots_with_intervals_the_highest_first():
    chart = plot(estimates(), focus="Area 2")
    assert shown(chart).startswith(
        "Dot chart with intervals of estimates of several areas. The median wait runs"
    )
    assert chart.figure_id == "median-wait"
    assert chart.data["label"].tolist() == ["Area 3", "Area 2", "Area 1", "Area 0"]
    assert chart.data[["lower", "upper"]].iloc[0].tolist() == [2.0, 4.0]


def test_estimates_without_number_are_left_out_and_labels_may_have_levels():
    index = pd.MultiIndex.from_tuples([("a", 1), ("a", 2)])
    empty = np.empty((2, 0))
    found = Estimates(
        "gap", index, np.array([1.0, np.nan]), np.full(2, np.nan), (), empty, empty, np.ones(2), "m"
    )
    assert plot(found).data["label"].tolist() == ["a, 1"]


def test_own_words_are_kept():
    caption = Caption(
        "waits", "Waits differ", "Median wait", "NHS England", "Dot chart of waits in four areas."
    )
    chart = plot(estimates(), caption=caption)
    assert (chart.figure_id, chart.title, chart.source) == ("waits", "Waits differ", "NHS England")


def test_curves_are_drawn_with_the_line_of_equality():
    chart = plot(hd.inequality.lorenz_curve([1.0, 2.0, 5.0]))
    assert shown(chart).startswith("Line chart")
    assert set(chart.data["curve"]) == {"Lorenz curve", "equality"}
    banded = plot(hd.inequality.concentration_curve([1, 2, 2, 5], [1, 2, 3, 4], at=[0.0, 0.5, 1.0], draws=50))
    assert {"lower", "upper"} <= set(banded.data.columns)


@pytest.mark.parametrize("polarity", ["better", "worse"])
def test_a_slope_index_is_a_scatter_of_its_groups_with_the_fitted_line(polarity):
    value = np.array([70.0, 72.0, 74.5, 76.0, 78.0]) * (1 if polarity == "better" else -1) + 100
    slope = hd.inequality.slope_index(value, np.ones(5), higher_is=polarity, index=["X"])["X"]
    points = pd.DataFrame({"position": [0.1, 0.3, 0.5, 0.7, 0.9], "value": value})
    chart = plot(slope, points=points)
    assert shown(chart).startswith("Scatter chart")
    assert chart.data["value"].tolist() == value.tolist()
    with pytest.raises(InputError, match=r"there is no picture for SlopeIndex.*a slope index with points="):
        plot(slope)
    with pytest.raises(InputError, match="no column 'value'"):
        plot(slope, points=points.drop(columns="value"))
    with pytest.raises(InputError, match="Estimates is no slope index"):
        plot(estimates(), points=points)


def test_control_charts():
    months = pd.date_range("2020-01-01", periods=30, freq="MS")
    rng = np.random.default_rng(3)
    values = pd.Series(rng.normal(10, 1, 30), index=months)
    values.iloc[-8:] += 4.0
    assert shown(plot(hd.series.xmr_chart(values))).startswith("Control chart of a control chart")
    shewhart = plot(hd.series.shewhart_chart(values.to_numpy(), kind="i"))
    assert shown(shewhart).startswith("Control chart of a Shewhart chart")
    assert set(shewhart.data["point_type"]) >= {"common_cause"}


def test_charts_with_stable_shifts():
    rng = np.random.default_rng(4)
    values = np.concatenate([rng.normal(10, 1, 24), rng.normal(20, 1, 24)])
    chart = plot(hd.series.stable_shift_chart(values, kind="i"))
    assert shown(chart).startswith(
        "Control chart of a stable-shift chart. The process shifted for good 1 time"
    )
    assert chart.data["period"].nunique() == 2


def test_funnels():
    funnel = hd.mathematics.overdispersed_funnel(
        [12, 20, 41, 50, 70], [100, 200, 400, 480, 800], index=list("abcde")
    )
    chart = plot(funnel, focus=["c"])
    assert shown(chart).startswith("Funnel chart of a funnel")
    assert chart.data["label"].tolist() == list("abcde")


def test_effects_by_period():
    path = pd.DataFrame(
        {
            "relative": [-1, 0, 1],
            "effect": [0.0, -1.0, np.nan],
            "lower": [np.nan, -2, 0],
            "upper": [np.nan, 0, 0],
        }
    )
    effect = hd.evaluation.Effect(
        "average effect", -1.0, 0.5, (Interval(0.95, -2.0, 0.0),), 9, "made up", unit="years", path=path
    )
    chart = plot(effect)
    assert shown(chart).startswith("Dot chart of effects by period")
    assert chart.data["effect"].tolist() == [0.0, -1.0]


def test_specification_curves():
    curve = hd.evaluation.specification_curve(
        {"lag": {"none": 0.0, "a year": 1.0}, "pool": {"all": 2.0, "some": 3.0}},
        lambda lag, pool: hd.evaluation.Effect(
            "effect", lag - pool, 0.1, (Interval(0.95, lag - pool - 0.2, lag - pool + 0.2),), 9, "made up"
        ),
    )
    chart = plot(curve)
    assert shown(chart).startswith("Specification chart of a specification curve")
    assert {"lag", "pool", "effect"} <= set(chart.data.columns)
    assert len(chart.data) == 4


@pytest.mark.parametrize(
    "nothing",
    [3.0, None, pd.DataFrame({"a": [1]}), Estimate("gap", 1.0, 0.1, (Interval(0.95, 0, 2),), 3, "m")],
)
def test_what_has_no_picture_is_refused_with_what_has(nothing):
    with pytest.raises(
        InputError, match=r"no picture for .*; what can be drawn: .*funnel.* and estimates of several"
    ):
        plot(nothing)
