"""Parts of interrupted series and structural trends: clocks, seasons, what a series must have on each side, tables of coefficients, breaks."""

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from tests.kit.refusing import refused

from healthdevo.series.interruption_model import (
    ModelFit,
    checked_design,
    coefficient_table,
    read_series,
    season_columns,
)
from healthdevo.series.structural_trend import Break, _left_out, _usable_breaks, prepare, regressors

MONTHS = pd.period_range("2018-11", periods=14, freq="M")


def test_clocks_count_from_the_first_month_and_from_the_interruption():
    mixed = pd.Series(np.arange(14.0), MONTHS).iloc[[3, 0, 13, 7, 1]]
    data = read_series(mixed, "2019-06", None, 5, counts=False)
    assert data.index.astype(str).tolist() == ["2018-11", "2018-12", "2019-02", "2019-06", "2019-12"]
    assert data.y.tolist() == [0, 1, 3, 7, 13]
    assert data.time.tolist() == [0, 1, 3, 7, 13]
    assert data.since.tolist() == [-7, -6, -4, 0, 6]
    assert data.cycle.tolist() == [11, 12, 2, 6, 12]
    assert (data.period, data.offset.tolist()) == (12, [0] * 5)
    numbered = read_series(
        pd.Series([5.0, 7.0, np.nan, 6.0], [4, 2, 3, 9]),
        4,
        pd.Series([2.0, 4.0, 8.0], [2, 4, 9]),
        4,
        counts=True,
    )
    assert numbered.time.tolist() == [0, 2, 7]
    assert numbered.since.tolist() == [-2, 0, 5]
    assert numbered.cycle.tolist() == [2, 4, 9]
    np.testing.assert_allclose(numbered.offset, np.log([2, 4, 8]))


def test_what_a_series_must_have():
    def read(values, when=2, period=4, exposure=None, counts=True):
        return read_series(
            pd.Series(values, range(len(values)), dtype=float), when, exposure, period, counts=counts
        )

    assert read([1, 0, 0, 1]).y.tolist() == [1, 0, 0, 1]
    refused(
        lambda: read([1, -1, 2, -3]), "outcome: -1 in 1 is not valid; values must be finite and at least 0"
    )
    assert read([1, -1, 2, -3], counts=False).y.tolist() == [1, -1, 2, -3]
    refused(lambda: read([1, 2, np.inf, 3], counts=False), "inf in 2 is not valid; values must be finite")
    refused(
        lambda: read([1, 2, 3], when=0), "must have values before it and from it on; outcome runs from 0 to 2"
    )
    refused(lambda: read([1, 2, 3], when=3), "must have values before it")
    assert read([1, 2, 3], when=1).since.tolist() == [-1, 0, 1]
    refused(lambda: read([0, 0, 3]), "all counts before the interruption are 0")
    refused(lambda: read([1, 1, 0, 0]), "all counts from the interruption are 0")
    assert read([0, 0, 3], counts=False).y.tolist() == [0, 0, 3]
    refused(lambda: read([1, 2, 3], period=0), "period: 0 is not valid")
    assert read([1, 2, 3], period=1).period == 1
    refused(
        lambda: read([1, 2, 3], exposure=pd.Series([1.0, 0.0, -1.0])), "exposure: has no number above 0 for 1"
    )
    refused(lambda: read([np.nan] * 3), "outcome: has no value")
    refused(
        lambda: read_series(pd.Series([1.0, 2.0, 3.0], [0, 1, 1]), 1, None, 4, counts=True),
        "1 appears more than once",
    )
    refused(lambda: read([1, 2, 3], when=True), "is not a whole number like the index")


@pytest.mark.parametrize(
    ("seasons", "names"), [(0, []), (1, ["sine 1", "cosine 1"]), (2, ["sine 1", "cosine 1", "cosine 2"])]
)
def test_seasons_of_a_year_of_four(seasons, names):
    data = read_series(pd.Series(np.arange(1.0, 9.0), range(8)), 4, None, 4, counts=False)
    found = season_columns(data, seasons)
    assert list(found) == names
    for name, values in found.items():
        wave, k = name.split()
        np.testing.assert_allclose(values, getattr(np, {"sine": "sin", "cosine": "cos"}[wave])(np.pi / 2 * int(k) * np.arange(8)), atol=1e-12)  # fmt: skip
    for bad in (-1, 3):
        refused(lambda b=bad: season_columns(data, b), "from 0 to 2")


def test_months_of_the_year_are_told_from_the_first_seen():
    data = read_series(pd.Series(np.arange(14.0), MONTHS), "2019-06", None, 12, counts=False)
    found = season_columns(data, "months")
    assert list(found) == [f"month {m}" for m in range(2, 13)]
    assert [np.flatnonzero(found[f"month {m}"]).tolist() for m in (2, 11, 12)] == [[3], [0, 12], [1, 13]]
    quarters = read_series(pd.Series(np.arange(8.0), range(8)), 4, None, 4, counts=False)
    told = season_columns(quarters, "months")
    assert {n: np.flatnonzero(v).tolist() for n, v in told.items()} == {
        "month 2": [2, 6],
        "month 3": [3, 7],
        "month 4": [0, 4],
    }


def test_a_design_needs_more_rows_than_terms_and_terms_of_their_own():
    one, time = np.ones(3), np.arange(3.0)
    assert checked_design({"a": one, "b": time}, 3).shape == (3, 2)
    refused(lambda: checked_design({"a": one, "b": time, "c": time**2}, 3), "3 values for 3 coefficients")
    wide = np.ones(4)
    refused(lambda: checked_design({"a": wide, "b": 2 * wide}, 4), "the 2 terms (a, b) cannot be told apart")
    refused(lambda: checked_design({"a": wide, "b": 0 * wide}, 4), "cannot be told apart")
    assert checked_design({"a": wide, "b": 1e9 * np.arange(4.0)}, 4).shape == (4, 2)


def test_a_table_of_coefficients_by_hand():
    error = np.array([0.5, 2.0])
    fit = ModelFit(
        np.array([1.0, -3.0]),
        np.diag(error**2),
        error,
        2 * error,
        3 * error,
        1.0,
        0.0,
        0.0,
        np.ones(2),
        9.0,
        7.0,
        12,
    )
    table = coefficient_table(fit, ["a", "b"], (0.8, 0.95))
    assert table["p_value"].tolist() == pytest.approx([2 * stats.t.cdf(-2.0, 7), 2 * stats.t.cdf(-1.5, 7)])
    assert table[["standard_error", "model_error", "hac_error", "ar1_error"]].to_numpy().tolist() == [
        [0.5, 0.5, 1.0, 1.5],
        [2.0, 2.0, 4.0, 6.0],
    ]
    # t table, nine degrees of freedom: 1.383 leaves ten per cent above, 2.262 two and a half
    for level, q in ((0.8, 1.383), (0.95, 2.262)):
        np.testing.assert_allclose(table[f"lower_{level:g}"], [1 - q * 0.5, -3 - q * 2], atol=2e-3)
        np.testing.assert_allclose(table[f"upper_{level:g}"], [1 + q * 0.5, -3 + q * 2], atol=2e-3)


# ------------------------------------------------------------------------------------------------- structural trends


def test_breaks_and_spans_hold_on_their_first_and_last_month():
    assert Break("b", "2019-01", "2019-03").column(MONTHS).tolist() == [0, 0, 1, 1, 1] + [0] * 9
    assert Break("b", "2019-11").column(MONTHS).tolist() == [0] * 12 + [1, 1]
    assert Break("b", "2019-01", "2019-01").column(MONTHS).sum() == 1
    refused(
        lambda: Break("b", "2019-02", "2019-01").column(MONTHS),
        "ends in 2019-01, before it starts in 2019-02",
    )
    assert _left_out(MONTHS, ("2019-01", "2019-02")).tolist() == [False, False, True, True] + [False] * 10
    assert _left_out(MONTHS, [("2019-01", "2019-01"), ("2019-11", "2020-05")]).sum() == 3
    assert not _left_out(MONTHS, None).any()
    assert not _left_out(MONTHS, ()).any()
    refused(lambda: _left_out(MONTHS, ("2019-02", "2019-01")), "ends before it starts")
    refused(lambda: _left_out(MONTHS, [("2019-02",)]), "is not a pair")


def test_a_break_needs_three_known_months_on_each_side():
    known = np.ones(14, dtype=bool)
    breaks = [
        Break("early", "2019-01"),
        Break("third", "2019-02"),
        Break("last", "2019-10"),
        Break("late", "2019-11"),
        Break("again", "2019-02"),
    ]
    usable, reasons = _usable_breaks(breaks, MONTHS, known)
    assert [b.name for b in usable] == ["third", "last"]
    assert reasons == {
        "early": "fewer than 3 known months on one side",
        "late": "fewer than 3 known months on one side",
        "again": "cannot be told apart from another break",
    }
    known[-1] = False
    assert "last" in _usable_breaks(breaks, MONTHS, known)[1]


def test_logs_of_a_month_by_its_days_and_what_a_trend_needs():
    months = pd.period_range("2018-01", periods=24, freq="M")
    days = months.days_in_month.to_numpy(float)
    values = pd.Series(days * np.exp(np.linspace(0, 0.5, 24)), months)
    _, logs, out, reason = prepare(values, (), None, 4, True)
    np.testing.assert_allclose(logs, np.linspace(0, 50, 24), atol=1e-9)
    assert (out.any(), reason) == (False, "")
    assert prepare(values, (), None, 4, False)[1][0] == pytest.approx(100 * np.log(31))
    assert prepare(values.iloc[1:], (), None, 4, True)[3].startswith("23 known months are fewer than the 24")
    assert prepare(values, (), ("2019-01", "2019-01"), 4, True)[3].startswith("23 known months")
    assert "never changes" in prepare(pd.Series(days, months), (), None, 4, True)[3]
    longer = pd.Series(np.arange(1.0, 38.0), pd.period_range("2018-01", periods=37, freq="M"))
    gone = [(f"{y}-02", f"{y}-02") for y in (2018, 2019, 2020)]
    assert "some months of the year were never seen" in prepare(longer, (), gone, 4, True)[3]
    assert prepare(longer, (), gone[1:], 4, True)[3] == ""
    for bad in (-1, 7):
        refused(lambda b=bad: prepare(values, (), None, b, True), "is not from 0 to 6")
    refused(lambda: prepare(values * np.r_[0.0, np.ones(23)], (), None, 4, True), "is zero in 2018-01")
    refused(
        lambda: prepare(values, (Break("b", "2019-01"), Break("b", "2019-02")), None, 4, True),
        "two have the same name",
    )
    columns = regressors(months, [Break("b", "2019-01")], 6)
    assert list(columns) == [f"{w} {k}" for k in range(1, 6) for w in ("sine", "cosine")] + [
        "cosine 6",
        "working days",
        "break b",
    ]
    np.testing.assert_allclose(columns["sine 2"], np.sin(np.pi / 3 * np.r_[1:13, 1:13]), atol=1e-12)
    assert columns["working days"][0] == pytest.approx(22 / 31 - 0.69)  # January 2018 had 22 working days
