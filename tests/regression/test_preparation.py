import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.regression.preparation import check_panel, prepare, shift_by_year, year_numbers


@pytest.fixture
def frame():
    return pd.DataFrame(
        {
            "area": ["a", "a", "a", "b", "b", "b"],
            "year": [2010, 2011, 2013, 2010, 2011, 2012],
            "y": [1.0, 2.0, 3.0, 4.0, 5.0, 7.0],
            "x": [1.0, 2.0, 4.0, 1.0, 3.0, 9.0],
            "w": [1.0, 1.0, 2.0, 2.0, 3.0, 3.0],
        },
        index=list("pqrstu"),
    )


def test_lags_go_by_year_and_not_by_row(frame):
    ready = prepare(frame, outcome="y", regressors="x", lags=1)
    assert ready.rows.to_numpy().tolist() == [["a", 2011], ["b", 2011], ["b", 2012]]
    assert ready.X.ravel().tolist() == [1.0, 1.0, 3.0]
    gap = ready.dropped.query("area == 'a' and year == 2013")["reason"].item()
    assert gap == "L1.x: no row for 2012"


def test_two_years_back_bridges_the_gap(frame):
    ready = prepare(frame, outcome="y", regressors="x", lags=2)
    assert ready.rows.to_numpy().tolist() == [["a", 2013], ["b", 2012]]
    assert ready.X.ravel().tolist() == [2.0, 1.0]


def test_several_lags_leads_and_lags_by_name(frame):
    ready = prepare(frame, outcome="y", regressors="x", controls="w", lags={"x": (0, 1, -1), "w": 1})
    assert ready.names == ("x", "L1.x", "F1.x", "L1.w")
    assert ready.focal == 3
    assert ready.X.tolist() == [[3.0, 1.0, 9.0, 2.0]]


def test_order_of_rows_does_not_matter(frame):
    one = prepare(frame, outcome="y", regressors="x", lags=1, weights="w")
    two = prepare(frame.iloc[::-1], outcome="y", regressors="x", lags=1, weights="w")
    np.testing.assert_array_equal(one.X, two.X)
    np.testing.assert_array_equal(one.weights, two.weights)


def test_cluster_columns_follow_their_rows(frame):
    shuffled = frame.assign(g=list("112233")).iloc[[5, 0, 3, 1, 4, 2]].reset_index(drop=True)
    ready = prepare(shuffled, outcome="y", regressors="x", clusters=("g", "area"))
    assert ready.clusters["g"].tolist() == list("112233")
    assert ready.clusters["area"].tolist() == list("aaabbb")


def test_missing_values_are_reported_by_reason(frame):
    frame.loc["q", "y"] = np.nan
    frame.loc["t", "x"] = np.nan
    ready = prepare(frame, outcome="y", regressors="x")
    assert ready.n == 4
    assert ready.dropped["reason"].tolist() == ["y: missing", "x: missing"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda f: f.assign(x=[1, 2, 0, 1, 3, 9]), r"'x': zero or negative.*row 'r' \(a, 2013: 0\)"),
        (lambda f: f.assign(x=[1, 2, np.inf, 1, 3, 9]), r"'x': infinite at row 'r' \(a, 2013"),
        (
            lambda f: f.assign(year=[2010, 2010, 2013, 2010, 2011, 2012]),
            r"more than once at row 'p' \(a, 2010\); row 'q'",
        ),
        (
            lambda f: f.assign(year=[2010, 2011.5, 2013, 2010, 2011, 2012]),
            r"not a year at row 'q' \(.*2011.5",
        ),
        (
            lambda f: f.assign(x=["1", "two", "3", "4", "5", "6"]),
            r"'x': not a number at row 'q' \(a, 2011: two\)",
        ),
        (lambda f: f.assign(area=["a", None, "a", "b", "b", "b"]), r"'area': missing at row 'q'"),
        (lambda f: f.drop(columns="x"), "no column 'x' in frame; it has"),
        (lambda f: f.iloc[:0], "no rows"),
        (lambda f: f.assign(y=np.nan), "no complete row is left; .*missing"),
    ],
)
def test_bad_frames_are_refused_with_their_rows(frame, change, message):
    with pytest.raises(InputError, match=message):
        prepare(change(frame), outcome="y", regressors="x", logs=["x"])


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"lags": (1, 1)}, "lags"),
        ({"lags": {"z": 1}}, "'z' is neither"),
        ({"logs": ["z"]}, "'z' is neither"),
        ({"controls": ["x"]}, "'x' is named more than once"),
        ({"regressors": []}, "none given"),
        ({"weights": "n"}, "weights must be positive"),
        ({"clusters": ("g",)}, "no column 'g'"),
    ],
)
def test_bad_arguments_are_refused(frame, options, message):
    with pytest.raises(InputError, match=message):
        prepare(frame.assign(n=-1.0), **({"outcome": "y", "regressors": "x"} | options))


def test_years_of_many_kinds():
    assert year_numbers(pd.Series(["2013/14", "2014-15", "2015"])).tolist() == [2013, 2014, 2015]
    assert year_numbers(pd.to_datetime(pd.Series(["2013-04-01"]))).tolist() == [2013]
    with pytest.raises(InputError, match="'next'"):
        year_numbers(pd.Series(["2013", "next"]))
    with pytest.raises(InputError, match="true and false"):
        year_numbers(pd.Series([True, False]))


def test_shift_and_check_keep_the_users_labels(frame):
    assert check_panel(frame.iloc[::-1], "area", "year", ["x"]).index.tolist() == list("pqrstu")
    moved = shift_by_year(frame["area"], frame["year"], frame["x"].to_numpy(), -1)
    np.testing.assert_array_equal(moved, [2.0, np.nan, np.nan, 3.0, 9.0, np.nan])
