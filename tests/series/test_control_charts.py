"""Control charts agree with the NHS's own, point by point, and refuse what is not a chart."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from healthdevo.errors import InputError
from healthdevo.series.control_charts import lag_one_autocorrelation, xmr_chart
from healthdevo.series.seasonal_control_charts import deseasonalised, seasonal_control_chart

MONTHS = pd.period_range("2015-04", periods=60, freq="M")


def chart_of(rows):
    first = rows.iloc[0]
    return xmr_chart(
        rows["y"].astype(float).to_numpy(),
        rows["date"].to_list(),
        improvement_direction=first["improvement_direction"],
        screen_outliers=first["screen_outliers"] == "TRUE",
        fix_after_n_points=int(first["fix_after_n_points"]) if first["fix_after_n_points"] else None,
        rebase=first["rebase"].split(";") if first["rebase"] else (),
        target=float(first["target"]) if first["target"] else None,
    )


def test_points_rules_and_icons_are_those_of_the_nhs(reference):
    inputs, expected = reference("control_charts_nhs", dtype=str, keep_default_na=False)
    assert inputs["case"].nunique() == 25
    for case, rows in inputs.groupby("case"):
        chart, want = chart_of(rows), expected[expected["case"] == case]
        for column in ("mean", "lpl", "upl"):
            np.testing.assert_allclose(
                chart.table[column], want[column].astype(float), rtol=1e-9, atol=1e-12, err_msg=case
            )
        for column in (
            "rebase_group",
            "outside_limits",
            "relative_to_mean",
            "close_to_limits",
            "short_group_warning",
        ):
            assert chart.table[column].astype(int).tolist() == want[column].astype(int).tolist(), (
                case,
                column,
            )
        for column in ("special_cause_type", "point_type"):
            assert chart.table[column].tolist() == want[column].tolist(), (case, column)
        assert chart.variation_icon == want["variation_icon"].iloc[0], case
        assert chart.assurance_icon == want["assurance_icon"].iloc[0], case


def test_row_order_and_kind_of_date_do_not_matter(reference):
    inputs, _ = reference("control_charts_nhs", dtype=str, keep_default_na=False)
    rows = inputs[inputs["case"] == "RRK_breaches_rebase"]
    shuffled = rows.sample(frac=1.0, random_state=1)
    pd.testing.assert_frame_equal(chart_of(rows).table, chart_of(shuffled).table)
    periods = pd.PeriodIndex(rows["date"], freq="M")
    series = pd.Series(rows["y"].astype(float).to_numpy(), index=periods)
    again = xmr_chart(series, improvement_direction="decrease", rebase=[pd.Period("2018-07", "M")])
    pd.testing.assert_frame_equal(chart_of(rows).table, again.table)


def test_a_rebase_between_points_starts_at_the_next_one():
    chart = xmr_chart([1.0, 2.0, 3.0], ["2020-01-01", "2020-02-01", "2020-03-01"], rebase=["2020-01-15"])
    assert chart.table["rebase_group"].tolist() == [0, 1, 1]
    assert np.isnan(chart.table["lpl"].iloc[0])
    assert any("no limits" in warning for warning in chart.warnings)


def test_rules_start_afresh_at_a_rebase():
    y = [5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16]
    whole = xmr_chart(y).table["special_cause_type"]
    parts = xmr_chart(y, rebase=[6]).table["special_cause_type"]
    assert (whole != "Common Cause").all()
    assert not parts.str.contains("Trend").any()


def test_two_in_three_marks_only_points_between_two_and_three_sigma():
    y = [1, -1] * 20 + [4.6, 0.9, 4.5] + [-1, 1] * 20
    table = xmr_chart(y, screen_outliers=False).table
    marked = table[table["special_cause_type"] == "2 in 3 Above CL"]
    assert marked.index.tolist() == table.index[table["close_to_limits"]].tolist() == [40, 42]


def test_dated_targets_hold_from_their_date():
    dates = ["2024-02-01", "2024-03-01", "2024-04-01"]
    steps = {"2024-03-01": 0.74, "2023-12-01": 0.95}
    chart = xmr_chart([0.70, 0.72, 0.71], dates, target=steps)
    assert chart.table["target"].tolist() == [0.95, 0.74, 0.74]
    assert chart.assurance_icon == "inconsistent"
    late = xmr_chart([0.70, 0.72, 0.71], dates, target=pd.Series({"2024-04-01": 0.5}))
    assert late.table["target"].isna().tolist() == [True, True, False]
    assert (late.assurance_icon, late.assurance_letter) == ("consistent_pass", "P")


@pytest.mark.parametrize(
    ("direction", "target", "icon", "letter"),
    [
        ("increase", 99.0, "consistent_fail", "F"),
        ("decrease", 99.0, "consistent_pass", "P"),
        ("increase", -99.0, "consistent_pass", "P"),
        ("decrease", -99.0, "consistent_fail", "F"),
        ("neutral", 99.0, "", ""),
    ],
)
def test_assurance_depends_on_the_direction(direction, target, icon, letter):
    chart = xmr_chart([1, 2, 1, 2, 1], improvement_direction=direction, target=target)
    assert (chart.assurance_icon, chart.assurance_letter) == (icon, letter)


def test_a_target_on_the_limit_is_inconsistent():
    chart = xmr_chart([1.0, 2.0, 1.0, 2.0])
    limit = float(chart.table["upl"].iloc[-1])
    assert xmr_chart([1.0, 2.0, 1.0, 2.0], target=limit).assurance_icon == "inconsistent"
    assert xmr_chart([1.0, 2.0, 1.0, 2.0], target=np.nextafter(limit, 99)).assurance_icon == "consistent_fail"


def test_letters_say_which_way_the_signal_points():
    rising = list(range(1, 9))
    assert xmr_chart(rising, improvement_direction="increase").variation_letter == "H"
    assert xmr_chart(rising, improvement_direction="decrease").variation_letter == "H"
    assert xmr_chart(rising, improvement_direction="decrease").variation_icon == "special_cause_concern"
    assert xmr_chart(rising[::-1], improvement_direction="neutral").variation_letter == "L"
    assert xmr_chart([1, 2, 1, 2]).variation_letter == ""


def test_constant_series_lie_on_their_limits():
    chart = xmr_chart([7.0] * 20, target=7.0)
    assert chart.table[["mean", "lpl", "upl"]].eq(7.0).all(axis=None)
    assert chart.variation_icon == "common_cause"
    assert chart.assurance_icon == "inconsistent"


def test_values_on_the_mean_are_seen_to_be_there():
    table = xmr_chart([0.1, 0.2, 0.3]).table
    assert table["relative_to_mean"].tolist() == [-1, 0, 1]
    rising = pd.Series([1, 2, None, 4], dtype="Int64")
    assert np.isnan(xmr_chart(rising).table["y"].iloc[2])


def test_missing_points_stay_missing_and_break_runs():
    y = [1.0, 3.0] * 6 + [9.0, 9.1, 9.0, np.nan, 9.1, 9.0, 9.2, 9.0]
    chart = xmr_chart(y, fix_after_n_points=12)
    full = xmr_chart([1.0, 3.0] * 6 + [9.0, 9.1, 9.0, 9.0, 9.1, 9.0, 9.2, 9.0], fix_after_n_points=12)
    assert chart.table["special_cause_type"].iloc[15] == "Common Cause"
    assert full.table["special_cause_type"].iloc[15] == "Above UCL"
    assert any("missing" in warning for warning in chart.warnings)
    spaced = xmr_chart([2.0, np.nan, 4.0, 5.0], screen_outliers=False)
    assert spaced.table["upl"].iloc[0] == pytest.approx(11 / 3 + 2.66)


@given(
    st.lists(st.integers(0, 30), min_size=1, max_size=40),
    st.booleans(),
    st.sampled_from(["increase", "decrease", "neutral"]),
)
@settings(max_examples=60, deadline=None)
def test_mirrored_values_give_the_mirrored_chart(values, screen, direction):
    other = {"increase": "decrease", "decrease": "increase", "neutral": "neutral"}[direction]
    a = xmr_chart(values, improvement_direction=direction, screen_outliers=screen)
    b = xmr_chart([-v for v in values], improvement_direction=other, screen_outliers=screen)
    swap = {"Above": "Below", "UCL": "LCL", "Increasing": "Decreasing"}
    swap |= {v: k for k, v in swap.items()}

    def mirrored(rule):
        words = rule.replace("(", "( ").replace(")", " )").split()
        return " ".join(swap.get(word, word) for word in words).replace("( ", "(").replace(" )", ")")

    straight = a.table["special_cause_type"].map(mirrored)
    tie_after_trend = a.table["special_cause_type"].str.contains("Trend")
    assert straight[~tie_after_trend].tolist() == b.table["special_cause_type"][~tie_after_trend].tolist()
    if direction != "neutral" and not tie_after_trend.any():
        assert a.table["point_type"].tolist() == b.table["point_type"].tolist()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"values": []}, "one number for each date"),
        ({"values": [1.0, np.inf]}, "finite"),
        ({"values": [np.nan, np.nan]}, "all are missing"),
        ({"values": ["a", "b"]}, "give numbers"),
        ({"values": [1.0, 2.0], "dates": ["2020-01-01", "2020-01-01"]}, "more than once"),
        ({"values": [1.0, 2.0], "dates": ["2020-01-01"]}, "1 dates for 2 values"),
        ({"values": [1.0, 2.0], "dates": ["soon", "later"]}, "not a date"),
        (
            {"values": [1.0, 2.0], "dates": ["2020-01-01", "2020-02-01"], "rebase": ["2021-01-01"]},
            "after the last",
        ),
        ({"values": [1.0, 2.0], "rebase": ["2021-01-01"]}, "numbered"),
        ({"values": [1.0, 2.0], "improvement_direction": "up"}, "improvement_direction"),
        ({"values": [1.0, 2.0], "fix_after_n_points": 1}, "baseline"),
        ({"values": [1.0, 2.0], "target": float("nan")}, "number"),
        ({"values": [1.0, 2.0], "target": {}}, "mapping"),
    ],
)
def test_what_is_not_a_chart_is_refused(arguments, message):
    with pytest.raises(InputError, match=message):
        xmr_chart(**arguments)


def test_fixed_month_means_leave_fewer_false_signals_than_raw_months():
    rng = np.random.default_rng(4)
    index = pd.period_range("2012-01", periods=120, freq="M")
    raw, adjusted = [], []
    for _ in range(20):
        season = 0.15 * np.sin(2 * np.pi * np.asarray(index.month) / 12)
        y = pd.Series(
            1000 * np.asarray(index.days_in_month) * np.exp(season + rng.normal(0, 0.02, 120)), index=index
        )
        raw.append(len(xmr_chart(y).signals) / 120)
        adjusted.append(len(seasonal_control_chart(y).signals) / 120)
    assert np.mean(raw) > 0.3
    assert np.mean(adjusted) < 0.12


def test_seasonal_chart_needs_every_month_twice_and_no_zero():
    with pytest.raises(InputError, match="two years"):
        deseasonalised(pd.Series(np.arange(1.0, 15.0), index=MONTHS[:14]))
    with pytest.raises(InputError, match="zero in 2015-06"):
        deseasonalised(pd.Series([0.0 if i == 2 else 1.0 for i in range(60)], index=MONTHS))


def test_gaps_stay_gaps_after_taking_out_the_seasons():
    y = pd.Series(np.arange(100.0, 160.0), index=MONTHS).drop(MONTHS[20:32])
    adjusted = deseasonalised(y)
    assert adjusted.isna().sum() == 12
    chart = seasonal_control_chart(y)
    assert chart.table["y"].isna().sum() == 12
    assert any("autocorrelated" in warning for warning in chart.warnings)


def test_autocorrelation_of_too_little_is_not_a_number():
    assert np.isnan(lag_one_autocorrelation([1.0, 2.0]))
    assert np.isnan(lag_one_autocorrelation([3.0] * 9))
    assert lag_one_autocorrelation(np.arange(50.0)) > 0.9


def test_sentence_reads_as_one():
    chart = xmr_chart([0.7, 0.8, 0.7, 0.8], target=0.95)
    assert chart.sentence == (
        "The latest point is 0.8: ordinary variation (limits 0.484 to 1.02); the target will be met in some months "
        "and missed in others."
    )


def test_dates_as_text_are_read_in_one_way_or_refused():
    days = pd.date_range("2024-01-05", periods=12, freq="7D")
    for form in ("%Y-%m-%d", "%d %B %Y"):
        assert xmr_chart(range(12), days.strftime(form)).table["y"].tolist() == list(range(12))
    for form in ("%d/%m/%Y", "%b-%y"):
        with pytest.raises(InputError, match="read in one way"):
            xmr_chart(range(12), days.strftime(form))
    with pytest.raises(InputError, match=r"rebase.*read in one way"):
        xmr_chart(range(12), days, rebase="01/02/2024")
