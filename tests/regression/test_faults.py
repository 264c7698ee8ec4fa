"""Faults that came out of trying the regressions hard: each test is named for what it holds."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.regression import instrument, panel, pre_trends, selection_bounds, specification_curve


def rows(areas=12, years=6):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        [(a, t) for a in range(areas) for t in range(2010, 2010 + years)], columns=["area", "year"]
    )
    return frame.assign(
        x=rng.normal(size=len(frame)), y=rng.normal(size=len(frame)), z=rng.normal(size=len(frame))
    )


def test_areas_of_one_row_add_nothing_to_an_instrument_fit():
    more = pd.concat([rows(), rows(52, 1).query("area >= 12")], ignore_index=True)
    options = {"outcome": "y", "endogenous": "x", "instruments": "z", "area": "area", "time": "year"}
    with_them, without = (instrument(f, effects="area", **options) for f in (more, rows()))
    assert with_them.n == without.n == 72
    np.testing.assert_allclose(with_them.params.loc["x"], without.params.loc["x"], rtol=1e-9)
    assert (with_them.dropped["reason"] == "the only row of its area").sum() == 40


@pytest.mark.parametrize(("areas", "years", "effects"), [(2, 6, "two-way"), (12, 2, "area")])
def test_two_way_clusters_with_an_error_of_zero_on_one_side_are_refused(areas, years, effects):
    with pytest.raises(InputError, match="zero but for rounding"):
        panel(rows(areas, years), outcome="y", regressors="x", effects=effects, errors="two-way")


def test_a_regressor_far_from_zero_keeps_its_variation():
    near = panel(rows(), outcome="y", regressors="x").params.loc["x"]
    far = panel(rows().assign(x=lambda f: f["x"] + 1e9), outcome="y", regressors="x").params.loc["x"]
    np.testing.assert_allclose(far, near, rtol=1e-5)
    with pytest.raises(InputError, match="no variation left"):
        panel(rows().assign(x=lambda f: f["area"] + 1e9), outcome="y", regressors="x")


def test_bridged_differences_say_which_gaps_they_reach_across():
    frame = rows().drop(index=[2, 3, 20])
    fit = panel(frame, outcome="y", regressors="x", effects="first-difference", bridge_gaps=True)
    assert fit.bridged.to_numpy().tolist() == [[0, 2011, 2014], [3, 2011, 2013]]
    assert "2 gaps bridged (0 2011 to 2014, 3 2011 to 2013)" in fit.method
    assert panel(frame, outcome="y", regressors="x", effects="first-difference").bridged.empty


def test_a_sample_keeps_the_earlier_years_for_lags():
    frame = rows().assign(late=lambda f: f["year"] >= 2012)
    chosen = panel(frame, outcome="y", regressors="x", lags=1, sample="late")
    blanked = panel(frame.assign(y=frame["y"].where(frame["late"])), outcome="y", regressors="x", lags=1)
    assert chosen.n == blanked.n == 48
    np.testing.assert_allclose(chosen.params, blanked.params)
    assert (chosen.dropped["reason"] == "not in the sample 'late'").sum() == 12
    with pytest.raises(InputError, match="sample: row 0 of column 'x'"):
        panel(frame, outcome="y", regressors="x", sample="x")


def test_a_hand_made_spending_panel_is_taken():
    frame = rows().assign(
        area=lambda f: [f"E{a:08d}" for a in f["area"]],
        year=lambda f: [f"{t}/{(t + 1) % 100:02d}" for t in f["year"]],
        spend=lambda f: np.exp(f["x"]),
    )
    fit = panel(frame.sample(frac=1.0, random_state=0), outcome="y", regressors="spend", logs="spend")
    assert fit["log(spend)"].estimate == pytest.approx(
        panel(rows(), outcome="y", regressors="x")["x"].estimate
    )


def test_leads_are_tested_with_the_clusters_that_are_left():
    assert pre_trends(rows(9, 9), outcome="y", regressor="x", leads=3).df == (3.0, 6.0)
    one = pre_trends(rows(9, 9), outcome="y", regressor="x", leads=1)
    assert one.p_value == pytest.approx(one.leads["p_value"].iloc[0])


@pytest.mark.parametrize("labels", [["a0", "a0 "], ["a0", 3]])
def test_labels_that_cannot_be_told_apart_are_refused(labels):
    frame = rows().assign(area=lambda f: pd.Series([f"a{a}" for a in f["area"]], dtype=object))
    frame.loc[3, "area"] = labels[1]
    for call in (
        lambda: panel(frame, outcome="y", regressors="x"),
        lambda: specification_curve(frame, outcomes="y", regressor="x"),
    ):
        with pytest.raises(InputError, match=r"blanks at their ends|is text, 3 is a number"):
            call()


@pytest.mark.parametrize(
    ("options", "argument"),
    [
        ({"outcome": "q", "regressors": "x"}, "outcome"),
        ({"outcome": "y", "regressors": "q"}, "regressors"),
        ({"outcome": "y", "regressors": "x", "controls": "q"}, "controls"),
        ({"outcome": "y", "regressors": "x", "weights": "q"}, "weights"),
        ({"outcome": "y", "regressors": "x", "time": "q"}, "time"),
    ],
)
def test_a_column_that_is_not_there_is_told_by_its_argument(options, argument):
    with pytest.raises(InputError, match=f"^{argument}: no column 'q' in frame"):
        panel(rows(), **options)


def test_dates_and_huge_numbers_are_no_regressors():
    with pytest.raises(InputError, match="column 'x': not a number"):
        panel(rows().assign(x=pd.Timestamp("2020-01-01")), outcome="y", regressors="x")
    with pytest.raises(InputError, match="column 'x': too large"):
        panel(rows().assign(x=lambda f: f["x"] * 1e200), outcome="y", regressors="x")
    with pytest.raises(InputError, match="controls: has 3 rows"):
        selection_bounds([1.0, 2.0], [1.0, 3.0], [1.0, 2.0, 4.0])
