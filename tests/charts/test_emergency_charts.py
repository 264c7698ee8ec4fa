"""Control charts, fans, waterfalls and funnels draw what they are given and refuse what they cannot draw."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.charts import Caption, Icon, control_chart, fan_chart, funnel_chart, waterfall_chart
from healthdevo.errors import InputError

WORDS = {
    "figure_id": "some-chart",
    "title": "A message",
    "subtitle": "A measure, a place, a period",
    "source": "A publisher",
    "alt": "A chart of some numbers over some time",
}
CAPTION = {"caption": Caption(**WORDS)}


@pytest.fixture
def points() -> pd.DataFrame:
    months = pd.date_range("2023-01-01", periods=24, freq="MS")
    y = 75 + np.sin(np.arange(24.0))
    y[5] = np.nan
    kinds = ["common_cause"] * 24
    kinds[10], kinds[20] = "special_cause_concern", "special_cause_improvement"
    return pd.DataFrame(
        {
            "month": months, "y": y, "mean": 75.0, "low": 72.0, "high": 78.0, "kind": kinds,
            "goal": np.where(months < pd.Timestamp("2024-03-01"), 95.0, 76.0), "part": [0] * 12 + [1] * 12,
        }
    )  # fmt: skip


COLUMNS = {"x": "month", "y": "y", "centre": "mean", "lower": "low", "upper": "high", "point_type": "kind"}


def test_control_chart_shows_icons_as_letters_and_targets_as_steps(points):
    icons = [
        Icon("special_cause_improvement", "H", "Variation:\nbetter than usual"),
        Icon("consistent_fail", "F", "Assurance:\ncannot meet the target"),
    ]
    chart = control_chart(
        points,
        **COLUMNS,
        segment="part",
        target="goal",
        icons=icons,
        y_format=lambda v: f"{v:.0f}%",
        **CAPTION,
    )
    for text in (
        ">H<",
        ">F<",
        "better than usual",
        "cannot meet the target",
        "target 95%",
        "76%",
        "worse than usual",
    ):
        assert text in chart.svg, text
    assert chart.data["y"].isna().sum() == 1
    assert list(chart.data["month"]) == sorted(points["month"])


def test_control_chart_without_signals_needs_no_legend_and_ordinary_icon_is_a_dash(points):
    quiet = points.assign(kind="common_cause")
    chart = control_chart(quiet, **COLUMNS, icons=[Icon("common_cause", "", "usual")], **CAPTION)
    assert "worse than usual" not in chart.svg
    assert ">\N{EN DASH}<" in chart.svg


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda d: d.drop(columns="mean"), "no column 'mean'"),
        (lambda d: d.assign(y=np.nan), "no value to draw"),
        (lambda d: d.assign(kind="odd"), "'odd' is not a kind"),
    ],
)
def test_control_chart_refuses(points, change, message):
    with pytest.raises(InputError, match=message):
        control_chart(change(points), **COLUMNS, **CAPTION)


def test_control_chart_has_room_for_two_icons(points):
    with pytest.raises(InputError, match="room for two"):
        control_chart(points, **COLUMNS, icons=[Icon("common_cause", "", "x")] * 3, **CAPTION)


def fan_data() -> pd.DataFrame:
    months = pd.date_range("2024-01-01", periods=30, freq="MS")
    known = np.arange(30) < 18
    y = np.where(known, 100.0 + np.arange(30), np.nan)
    y[4] = np.nan
    data = pd.DataFrame({"month": months, "y": y, "trend": np.where(known, 100.0 + np.arange(30), np.nan)})
    data["median"] = np.where(known, np.nan, 100.0 + np.arange(30))
    for level, reach in ((0.5, 2.0), (0.8, 5.0), (0.95, 9.0)):
        data[f"lower_{level:g}"], data[f"upper_{level:g}"] = data["median"] - reach, data["median"] + reach
    return data.assign(last=np.arange(30) == 17)


def test_fan_chart_draws_three_bands_and_the_provisional_month():
    chart = fan_chart(
        fan_data(), x="month", y="y", trend="trend", median="median", provisional="last", **CAPTION
    )
    for text in ("95%", "80%", "50%", "provisional", "trend", "counted"):
        assert f">{text}<" in chart.svg
    assert chart.svg.count("FillBetweenPolyCollection") == 3
    assert chart.data["median"].notna().sum() == 12


def test_fan_chart_without_a_forecast_is_a_line():
    data = fan_data()
    data[[c for c in data if c == "median" or c.startswith(("lower", "upper"))]] = np.nan
    chart = fan_chart(data, x="month", y="y", median="median", **CAPTION)
    assert "FillBetweenPolyCollection" not in chart.svg
    with pytest.raises(InputError, match=r"no column 'lower_0\.9'"):
        fan_chart(fan_data(), x="month", y="y", median="median", levels=(0.9,), **CAPTION)


def test_waterfall_adds_up_its_parts():
    parts = pd.DataFrame({"name": ["People", "Calendar", "Use"], "size": [3.0, -1.0, 5.0]})
    chart = waterfall_chart(parts, label="name", value="size", total="All", **CAPTION)
    assert chart.data["name"].tolist() == ["People", "Calendar", "Use", "All"]
    assert chart.data["size"].iloc[-1] == pytest.approx(7.0)
    for text in (">+3<", ">-1<", ">+7<"):
        assert text in chart.svg
    with pytest.raises(InputError, match="finite"):
        waterfall_chart(
            parts.assign(size=[1.0, np.nan, 1.0]), label="name", value="size", total="All", **CAPTION
        )


def test_waterfall_draws_limits_where_there_are_some():
    parts = pd.DataFrame(
        {"name": ["a", "b"], "size": [2.0, 1.0], "low": [1.5, np.nan], "high": [2.5, np.nan]}
    )
    plain = waterfall_chart(parts, label="name", value="size", total="All", **CAPTION)
    with_limits = waterfall_chart(
        parts, label="name", value="size", lower="low", upper="high", total="All", **CAPTION
    )
    assert with_limits.svg.count("<path") > plain.svg.count("<path")
    assert list(with_limits.data.columns) == ["name", "size", "low", "high"]


def test_funnel_names_only_the_focus():
    data = pd.DataFrame(
        {
            "name": ["A", "B", "C"],
            "n": [100.0, 900.0, 400.0],
            "share": [70.0, 75.0, 80.0],
            "lo": 65.0,
            "hi": 85.0,
        }
    )
    chart = funnel_chart(
        data, x="n", y="share", label="name", focus=["B"], centre=75.0, centre_text="all", limits=[("lo", "hi", "95%")],
        **CAPTION,
    )  # fmt: skip
    assert ">B<" in chart.svg
    assert ">A<" not in chart.svg
    assert chart.svg.count(">95%<") == 2
    assert chart.data["n"].tolist() == [100.0, 400.0, 900.0]
    with pytest.raises(InputError, match="no row"):
        funnel_chart(
            data.iloc[:0], x="n", y="share", label="name", centre=1.0, centre_text="x", limits=[], **CAPTION
        )
