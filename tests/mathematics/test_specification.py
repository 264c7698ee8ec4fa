import numpy as np
import pandas as pd
import pytest

from healthdevo.mathematics.specification import Specifications


def curve(estimates, lower=-9.0, upper=9.0, **choices):
    table = pd.DataFrame({"estimate": estimates, "lower": lower, "upper": upper, **choices})
    return Specifications(table, tuple(choices))


def test_intervals_on_the_other_side_of_zero_or_missing_do_not_count():
    found = curve(
        [-2.0, -1.0, 3.0, np.nan], lower=[-3.0, np.nan, 2.0, np.nan], upper=[-1.0, np.nan, 4.0, np.nan]
    )
    assert found.median == -1.0
    assert found.share_of_sign == pytest.approx(2 / 3)
    assert found.share_excluding_zero == pytest.approx(1 / 3)


def test_a_choice_that_decides_everything_explains_all_the_variance():
    found = curve([1.0, 1.0, 3.0, 3.0], design=list("aabb"), lag=[0, 1, 0, 1]).influence()
    assert found.groupby("choice")["share"].first().tolist() == [1.0, 0.0]
    assert found["median_estimate"].tolist() == [1.0, 3.0, 2.0, 2.0]
    assert curve([1.0, 1.0], design=list("ab")).influence()["share"].tolist() == [0.0, 0.0]


def test_without_estimates_the_median_is_missing():
    assert np.isnan(curve([np.nan]).median)
