import numpy as np
import pandas as pd
import pytest

from healthdevo.inequality.influence import influence_covariance, influence_standard_error
from healthdevo.mathematics.estimates import estimates_by, limits, not_computed, percentile_intervals


def test_limits_of_several_levels_are_nested():
    inner, outer = limits(2.0, 0.5, (0.5, 0.95))
    assert outer.lower < inner.lower < 2.0 < inner.upper < outer.upper
    assert limits(2.0, 0.5, (0.95,), 4)[0].upper > outer.upper
    assert percentile_intervals(np.arange(1001.0), (0.5,))[0].lower == pytest.approx(250)


def test_groups_come_sorted_with_their_reasons():
    frame = pd.DataFrame({"year": [2, 1, 1], "area": ["b", "b", "a"], "x": [1.0, 2.0, 3.0]})

    def compute(part):
        return not_computed(
            "mean", (0.9,), len(part), "plain" if part["x"].iloc[0] < 3 else "", "none wanted"
        )

    found = estimates_by(frame, ["year", "area"], "mean", (0.9,), compute)
    assert found.index.tolist() == [(1, "a"), (1, "b"), (2, "b")]
    assert found.method == "plain"
    assert found[(1, "a")].reason == "none wanted"


def test_influence_of_a_mean_gives_the_error_of_a_mean():
    rng = np.random.default_rng(1)
    x, w = rng.normal(size=(50, 2)), rng.uniform(1, 2, 50)
    p = w / w.sum()
    psi = x - p @ x
    covariance = influence_covariance(psi, w)
    assert covariance[0, 1] == pytest.approx((p**2 * psi[:, 0] * psi[:, 1]).sum())
    assert influence_standard_error(psi[:, 0], w) == pytest.approx(np.sqrt(covariance[0, 0]))
    plain = x[:, 0] - x[:, 0].mean()
    assert influence_standard_error(plain, np.ones(50), small_sample=True) == pytest.approx(
        x[:, 0].std(ddof=1) / np.sqrt(50)
    )
    doubled = np.concatenate([plain, plain])
    clusters = np.tile(np.arange(50), 2)
    assert influence_standard_error(doubled, np.ones(100), clusters) == pytest.approx(
        influence_standard_error(plain, np.ones(50))
    )
