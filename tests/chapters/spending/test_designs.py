"""Estimates of every design recomputed by plain least squares."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from healthdevo import tables
from healthdevo.chapters.common import OUTCOME
from healthdevo.chapters.spending.words import ADULT, PUBLIC_HEALTH


def logged(service: str) -> pd.DataFrame:
    frame = tables.load("area_year_panel").dropna(subset=[OUTCOME, service])
    return frame.assign(y=np.log(frame[OUTCOME]), x=np.log(frame[service]))


@pytest.mark.parametrize("service", [PUBLIC_HEALTH, ADULT])
def test_estimate_within_councils_is_least_squares_with_dummies(spending, service):
    rows = logged(service)
    dummies = pd.get_dummies(rows[["area_code", "year"]].astype(str), drop_first=True, dtype=float)
    fit = sm.OLS(rows["y"], sm.add_constant(pd.concat([rows[["x"]], dummies], axis=1))).fit()
    assert spending.designs.coefficient(service, "within").estimate == pytest.approx(
        fit.params["x"], abs=1e-9
    )


def test_long_difference_is_a_regression_of_changes(spending):
    wide = logged(ADULT).pivot_table(index="area_code", columns="year", values=["y", "x"])
    first, last = 2013, 2022
    change = (wide.xs(last, axis=1, level=1) - wide.xs(first, axis=1, level=1)).dropna()
    assert spending.designs.coefficient(ADULT, "long").estimate == pytest.approx(
        np.polyfit(change["x"], change["y"], 1)[0]
    )


def test_estimate_between_councils_is_least_squares_of_means(spending):
    means = logged(PUBLIC_HEALTH).groupby("area_code")[["y", "x"]].mean()
    slope = np.polyfit(means["x"], means["y"], 1)[0]
    assert spending.designs.coefficient(PUBLIC_HEALTH, "between").estimate == pytest.approx(slope)
    year = logged(PUBLIC_HEALTH).query("year == 2015")
    shown = spending.between.yearly.query("service == 'public health' and year == 2015")["elasticity"].iloc[0]
    assert shown == pytest.approx(np.polyfit(year["x"], year["y"], 1)[0])
