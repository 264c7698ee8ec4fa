"""Every number of a funnel, asserted against distributions and sums that the code does not use."""

import numpy as np
import pytest
from scipy import optimize, stats

from healthdevo.errors import InputError
from healthdevo.mathematics.funnels import (
    funnel_limits,
    funnel_points,
    funnel_significance,
    poisson_ratio_limits,
)

TAILS = {"2s": 0.025, "3s": 0.001}


def test_limits_of_a_proportion_are_normal_at_every_size_and_cut_at_nothing_and_all():
    found = funnel_limits([20, 40, 2], [1000, 1500, 300], statistic="proportion", multiplier=100.0)
    p = 62 / 2800
    assert found["baseline"].tolist() == pytest.approx([100 * p] * 100)
    for label, tail in TAILS.items():
        half = stats.norm.ppf(1 - tail) * np.sqrt(p * (1 - p) / found["size"])
        np.testing.assert_allclose(
            found[f"lower_{label}_limit"], 100 * (p - half).clip(lower=0.0), atol=1e-12
        )
        np.testing.assert_allclose(
            found[f"upper_{label}_limit"], 100 * (p + half).clip(upper=1.0), atol=1e-12
        )
    high = funnel_limits([9, 10], [10, 11], statistic="proportion", multiplier=1.0)
    assert high["upper_3s_limit"].max() == 1.0
    assert funnel_limits([1, 1], [10, 11], statistic="proportion")["lower_3s_limit"].min() == 0.0


@pytest.mark.parametrize(
    ("sizes", "low", "high"),
    [
        ([1000.0, 1500.0], 950.0, 1600.0),  # 950 exactly; 1.05 x 1500 = 1575, up to two figures
        ([400.0, 2000.0], 380.0, 2100.0),  # five times the smallest is not more than five times
        ([399.0, 2000.0], 1.0, 2100.0),  # more than five times: from nothing (a grid starts at one)
        ([123.0, 456.0], 110.0, 480.0),  # 116.85 down, 478.8 up
    ],
)
def test_the_axis_reaches_a_little_beyond_the_data(sizes, low, high):
    found = funnel_limits([20.0, 40.0], sizes, statistic="proportion")["size"]
    assert (found.iloc[0], found.iloc[-1]) == (low, high)
    assert len(found) == 100


def test_the_grid_is_even_on_the_log_scale():
    size = funnel_limits([20, 40], [9e5, 1e6], statistic="proportion", axis=(1e3, 1e6))["size"]
    assert (size.iloc[0], size.iloc[-1]) == (1e3, 1e6)
    steps = np.diff(np.log(size))
    np.testing.assert_allclose(steps, np.log(1e3) / 99, atol=2e-3)
    low = funnel_limits([20, 40], [9e5, 1e6], statistic="proportion", axis=(0.0, 200.0))["size"]
    assert low.iloc[:3].tolist() == [1.0, 2.0, 3.0]


def mean_for(events, tail, side):
    """The mean at which a count is at the edge of its tail, found from the Poisson distribution itself."""
    if side == "low":
        return optimize.brentq(lambda m: stats.poisson.sf(events - 1, m) - tail, 1e-9, events + 1)
    return optimize.brentq(lambda m: stats.poisson.cdf(events, m) - tail, events, 10 * events + 50)


@pytest.mark.parametrize(
    ("statistic", "multiplier", "years"), [("ratio", 100.0, 1.0), ("rate", 1e5, 1.0), ("rate", 1e3, 3.0)]
)
def test_limits_of_counts_invert_the_poisson_distribution(statistic, multiplier, years):
    events, people = np.array([20.0, 40.0, 66.0]), np.array([2e4, 5e4, 9e4])
    bottom = people if statistic == "rate" else np.array([22.0, 41.0, 60.0])
    found = funnel_limits(events, bottom, statistic=statistic, multiplier=multiplier, years_of_data=years)
    baseline = events.sum() / bottom.sum() if statistic == "rate" else 1.0
    assert found["baseline"].tolist() == pytest.approx([baseline * multiplier] * 100)
    shown = years if statistic == "rate" else 1.0
    for row in (0, 40, 99):
        size = found["size"][row]
        for label, tail in TAILS.items():
            for side, edge in (("lower", "high"), ("upper", "low")):
                expected = mean_for(size, tail, edge) / baseline
                assert found[f"{side}_{label}_size"][row] == pytest.approx(expected / shown, rel=1e-4)
                assert found[f"{side}_{label}_limit"][row] == pytest.approx(
                    size / expected * multiplier, rel=1e-4
                )


def test_events_on_the_axis_of_a_rate_are_those_of_its_ends():
    found = funnel_limits([10, 30], [1e4, 2e4], statistic="rate", multiplier=1e5, axis=(5e5, 4e6))
    baseline = 40 / 3e4
    assert found["size"].iloc[0] == np.floor(5e5 * baseline)
    assert found["size"].iloc[-1] == np.ceil(4e6 * baseline)
    three = funnel_limits(
        [10, 30], [1e4, 2e4], statistic="rate", multiplier=1e5, years_of_data=3, axis=(5e5, 4e6)
    )
    assert three["size"].iloc[-1] == np.ceil(4e6 * baseline * 3)


def test_people_are_derived_from_a_rate_and_taken_as_given_where_there_are_no_events():
    points = funnel_points([50, 0, 30], [9e4, 8e4, 7e4], rate=[25.0, 0.0, 60.0], years_of_data=2.0)
    assert points["denominator_derived"].tolist() == [1e5 * 50 / 25 / 2, 8e4 / 2, 1e5 * 30 / 60 / 2]
    assert points["rate_chart"].tolist() == [25.0, 0.0, 60.0]
    ten = funnel_points([10, 9], rate=[25.0, 60.0], rate_type="dsr", multiplier=1e3)
    assert ten["denominator_derived"].fillna(-1).tolist() == [1e3 * 10 / 25, -1]


def test_the_baseline_of_standardised_rates_counts_only_areas_with_one():
    with_none = funnel_limits(
        [100, 0], [1e5, 3e5], statistic="rate", rate=[100.0, np.nan], rate_type="dsr", multiplier=1e5
    )
    assert with_none["baseline"].iloc[0] == pytest.approx(100.0)
    crude = funnel_limits([100, 0], [1e5, 3e5], statistic="rate", rate=[100.0, np.nan], multiplier=1e5)
    assert crude["baseline"].iloc[0] == pytest.approx(100 / 4e5 * 1e5)
    with pytest.raises(InputError, match="no area has a rate"):
        funnel_limits([100, 0], [1e5, 3e5], statistic="rate", rate=[np.nan, np.nan], rate_type="dsr")


def test_labels_change_exactly_where_the_distribution_says():
    expected = np.full(200, 50.0)
    events = np.arange(200.0)
    labels = funnel_significance(events, expected, statistic="ratio")
    for count, label in zip(events, labels, strict=True):
        below = stats.poisson.cdf(count, 50.0)
        above = stats.poisson.sf(count - 1, 50.0)
        want = (
            "Low (0.001)" if below < 0.001 else "Low (0.025)" if below < 0.025
            else "High (0.001)" if above < 0.001 else "High (0.025)" if above < 0.025 else "Not significant"
        )  # fmt: skip
        assert label == want, count


def test_labels_of_proportions_and_rates_compare_with_all_together():
    top, bottom = np.array([30.0, 60.0, 45.0, 38.0, 20.0]), np.full(5, 1000.0)
    p = top.sum() / bottom.sum()
    z = (top / bottom - p) / np.sqrt(p * (1 - p) / 1000)
    labels = funnel_significance(top, bottom, statistic="proportion")
    for score, label in zip(z, labels, strict=True):
        side = "High" if score > 0 else "Low"
        want = f"{side} (0.001)" if abs(score) > stats.norm.ppf(0.999) else f"{side} (0.025)" if abs(score) > stats.norm.ppf(0.975) else "Not significant"  # fmt: skip
        assert label == want
    rates = funnel_significance(top, bottom, statistic="rate")
    mean = top.sum() / 5
    low, high = stats.poisson.cdf(top, mean), stats.poisson.sf(top - 1, mean)
    assert [x.startswith("Low") for x in rates] == (low < 0.025).tolist()
    assert [x.startswith("High") for x in rates] == (high < 0.025).tolist()


def test_a_ratios_target_moves_its_limits_in_proportion():
    one, two = poisson_ratio_limits([7.0, 90.0]), poisson_ratio_limits([7.0, 90.0], target=2.0)
    for column in one.columns[1:]:
        np.testing.assert_allclose(two[column], 2 * one[column], rtol=1e-12)
    for expected, upper in zip(one["expected"], one["upper_0.95"], strict=True):
        most = upper * expected  # a mean at which as few events as expected are as rare as the tail
        assert stats.gamma.sf(most, expected + 1) == pytest.approx(0.025, rel=1e-9)
