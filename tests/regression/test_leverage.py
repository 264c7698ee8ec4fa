import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.regression.leverage import leverage
from healthdevo.regression.panels import panel


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(
        [(f"A{a}", t) for a in range(24) for t in range(2012, 2019)], columns=["area", "year"]
    )
    n = len(frame)
    frame["x"], frame["c"] = rng.normal(size=(2, n))
    frame["y"] = 0.02 * frame["x"] + rng.normal(size=n)
    frame["w"] = rng.uniform(1, 5, n)
    # two area-years carry the result
    frame.loc[[10, 90], "x"] += 8
    frame.loc[[10, 90], "y"] += 8
    return frame.drop(index=[3, 40, 41])


def fit_of(frame, **options):
    return panel(frame, **({"outcome": "y", "regressors": "x", "controls": "c", "errors": "CR2"} | options))


@pytest.mark.parametrize("effects", ["pooled", "area", "two-way", "first-difference-year"])
@pytest.mark.parametrize("weights", [None, "w"])
def test_leaving_out_equals_refitting(frame, effects, weights):
    report = leverage(fit_of(frame, effects=effects, weights=weights, errors="clustered"), top=(2,))
    if effects != "first-difference-year":
        for column, table in (("area", report.without_area), ("year", report.without_year)):
            for label in table.index[[0, 3, -1]]:
                again = fit_of(
                    frame[frame[column] != label], effects=effects, weights=weights, errors="clustered"
                )
                assert table.loc[label, "estimate"] == pytest.approx(again["x"].estimate, rel=1e-8, abs=1e-10)
    else:
        label = report.without_area.index[0]
        again = fit_of(frame[frame["area"] != label], effects=effects, weights=weights, errors="clustered")
        assert report.without_area.loc[label, "estimate"] == pytest.approx(again["x"].estimate, rel=1e-8)
    assert report.without_area["change"].abs().is_monotonic_decreasing


def test_few_observations_that_carry_the_result_are_found(frame):
    fit = fit_of(frame)
    report = leverage(fit)
    assert fit["x"].estimate > 0.1
    found = report.flipping_rows
    assert found.found
    assert found.size <= 12
    carriers = set(map(tuple, frame.loc[[10, 90], ["area", "year"]].to_numpy()))
    assert carriers <= set(map(tuple, found.rows.to_numpy()))
    gone = pd.MultiIndex.from_frame(found.rows)
    rest = frame[~pd.MultiIndex.from_frame(frame[["area", "year"]]).isin(gone)]
    again = fit_of(rest)["x"].estimate
    assert again < 0
    assert found.estimate == pytest.approx(again, rel=1e-8)
    without = frame[~frame["area"].isin(report.flipping_areas.rows["area"])]
    assert fit_of(without)["x"].estimate == pytest.approx(report.flipping_areas.estimate, rel=1e-8)
    assert "flips the sign" in report.sentence


def test_a_solid_result_needs_much_to_flip(frame):
    solid = frame.assign(y=3 * frame["x"] + np.random.default_rng(1).normal(size=len(frame)))
    report = leverage(fit_of(solid), limit=0.3)
    assert not report.flipping_rows.found
    assert np.isnan(report.flipping_rows.estimate)
    assert "does not flip" in report.flipping_rows.sentence
    assert not report.without_area["sign_flips"].any()


def test_no_single_removal_flips_when_a_set_of_one_is_not_reported(frame):
    report = leverage(fit_of(frame))
    if report.without_area["sign_flips"].any():
        assert report.flipping_areas.size == 1
    negative = leverage(fit_of(frame.assign(y=-frame["y"])))
    assert negative.flipping_rows.size == report.flipping_rows.size
    assert negative.flipping_rows.estimate == pytest.approx(-report.flipping_rows.estimate)


def test_top_spenders(frame):
    report = leverage(fit_of(frame), top=(1, 4))
    means = frame.groupby("area")["x"].mean().sort_values(ascending=False)
    gone = means.index[:4]
    assert report.without_top.loc[4, "estimate"] == pytest.approx(
        fit_of(frame[~frame["area"].isin(gone)])["x"].estimate
    )
    assert report.without_top.loc[1, "areas"] == means.index[0]


def test_a_year_that_carries_the_coefficient_alone_is_marked_not_determined():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame([(a, t) for a in range(10) for t in range(4)], columns=["area", "year"])
    frame["x"] = np.where(frame["year"] == 3, rng.normal(size=40), 0.0)
    frame["y"] = rng.normal(size=40)
    report = leverage(panel(frame, outcome="y", regressors="x"), top=(1,))
    assert np.isnan(report.without_year.loc[3, "estimate"])
    assert report.without_year["estimate"].notna().sum() == 3


def test_refusals(frame):
    fit = fit_of(frame)
    for options, message in (({"term": "z"}, "no term"), ({"top": (24,)}, "top"), ({"limit": 1.5}, "limit")):
        with pytest.raises(InputError, match=message):
            leverage(fit, **options)
