"""Values at the edge of what a measure can take: the right number, or a reason, never a wrong number in silence."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from healthdevo import inequality as i
from healthdevo import mathematics as m
from healthdevo.errors import InputError


@pytest.mark.parametrize(
    "measure",
    [
        i.gini_coefficient,
        i.theil_index,
        i.mean_log_deviation,
        i.atkinson_index,
        i.variance_of_logs,
        i.coefficient_of_variation,
        i.hoover_index,
    ],
)
def test_limits_of_an_index_stay_where_the_index_can_be(measure):
    for values in ([1, 2, 0.01], [1, 1, 1, 40], [1.0, 1.01, 0.99]):
        one = measure(values, levels=(0.95, 0.998))
        for interval in one.intervals:
            assert 0.0 <= interval.lower <= one.estimate <= interval.upper
    assert measure([0.1] * 7).estimate == 0.0
    assert 0.0 in measure([0.1] * 7).interval()
    assert measure([0.1] * 7, variance="bootstrap").standard_error == 0.0


def test_limits_that_were_cut_say_so():
    one = i.theil_index([1, 2, 0])
    assert one.estimate == pytest.approx(0.462, abs=5e-4)
    assert one.interval().lower == 0.0
    assert "cut at what it can be" in one.method
    assert "cut" not in i.theil_index(np.arange(1.0, 200.0)).method
    assert i.between_group_variance([5.0, 5.1], [1, 1], standard_errors=[1, 1]).interval().lower == 0.0


def test_parts_of_a_split_stay_above_zero_but_for_those_with_a_sign():
    split = i.nested_decomposition([1, 2, 3, 4, 2, 3], list("aabbcc"))
    assert (split.lower >= 0).all()
    assert (split.shares.lower >= 0).all()
    layers = i.gini_decomposition([1, 2, 3, 7, 8, 9], list("aaabbb"), residual="stratification")
    assert layers.lower[2, 0] < 0


@pytest.mark.parametrize("aversion", [50.0, 700.0, 2000.0])
def test_extreme_aversion_tends_to_the_worst_off(aversion):
    assert i.atkinson_index([1, 2, 3], aversion=aversion).estimate == pytest.approx(0.5, abs=0.02)


def test_an_extreme_entropy_is_refused_rather_than_infinite():
    with (
        np.errstate(all="ignore"),
        pytest.raises(InputError, match=r"alpha: -2000 is not valid; values that differ as much"),
    ):
        i.generalised_entropy([1, 2, 3], alpha=-2000)


def test_a_group_without_people_does_not_spoil_the_error():
    one = i.between_group_theil_index([5, 6, 0], [1, 1, 0], standard_errors=[1, 1, 1])
    two = i.between_group_theil_index([5, 6], [1, 1], standard_errors=[1, 1])
    assert one.standard_error == pytest.approx(two.standard_error)
    assert one.standard_error == pytest.approx(11.768, abs=5e-4)


def test_a_mean_below_zero_is_named_as_such():
    assert i.index_of_disparity([-5, -6], [1, 1]).reason == "the mean is not above 0"


def test_an_index_of_nothing_is_not_shared_out():
    table = pd.DataFrame({"a": [1.0, 2, 4, 3, 2]})
    result = i.concentration_decomposition([1, 2, 3, 2, 1], [1, 2, 3, 4, 5], table)
    assert np.isnan(result.shares.estimate).all()
    assert set(result.shares.reason) == {"the total is zero"}
    assert result.sentence == "The concentration index is 0, so there is nothing to share out."


def test_a_comparison_without_errors_says_that_it_cannot_be_made():
    two = i.compare_concentration([1, 2, 1, 3, 2, 2, 4, 2], [1, 2, 3, 4] * 2, list("aaaabbbb"))
    assert "cannot be tested" not in two.sentence
    assert "cannot be tested" in replace(two, wald_p_value=np.nan).sentence


def test_a_survey_index_of_zero_has_an_error():
    one = i.survey_concentration_index([0, 1, 0, 1, 0, 1] * 20, [1, 1, 2, 2, 3, 3] * 20)
    assert one.estimate == pytest.approx(0.0, abs=1e-12)
    assert one.standard_error == pytest.approx(0.0501, abs=6e-4)


def test_a_rate_without_counted_events_has_no_limits_of_zero():
    rate = i.directly_standardised_rates([[0, 0, 30]], [[900, 900, 900]], [1, 1, 0])
    assert rate.estimate[0] == 0
    assert np.isnan(rate.upper).all()
    assert "no events in the bands that the standard counts" in rate.reason[0]
    none = i.directly_standardised_rates([[0, 0]], [[900, 900]], [1, 1], fewest_events=0)
    assert np.isnan(none.upper).all()


def test_ratios_of_as_many_areas_as_bands():
    people = [[100.0, 200.0], [300.0, 100.0]]
    in_all = i.indirectly_standardised_ratios([7, 9], people, [10, 20], [1000, 1000])
    by_band = i.indirectly_standardised_ratios([[3, 4], [5, 4]], people, [10, 20], [1000, 1000])
    np.testing.assert_array_equal(in_all.estimate, by_band.estimate)


def test_scores_held_as_text_are_refused_not_ranked_by_the_alphabet():
    scores = pd.Series(["9.5", "10.2", "8.1", "100.4"], index=list("ABCD"))
    with pytest.raises(InputError, match=r"values: row 0 \(label 'A'\) is '9.5'; give numbers"):
        i.quantile_groups(scores, 2)
    assert i.quantile_groups(scores.astype(float), 2).to_dict() == {"A": 2, "B": 1, "C": 2, "D": 1}
    assert i.quantile_groups(scores.astype(float).astype(object), 2).to_dict() == {
        "A": 2,
        "B": 1,
        "C": 2,
        "D": 1,
    }


BY = pd.DataFrame(
    {
        "area": ["a", "a", "b", "b", None, None],
        "x": [1.0, 2, 3, 4, 5, 6],
        "rank": [1, 2, 1, 2, 1, 2],
        "people": 10.0,
        "region": list("uvuvuv"),
    }
)


@pytest.mark.parametrize(
    "call",
    [
        lambda f: i.dispersion_by(f, "x", "area"),
        lambda f: i.concentration_by(f, "x", "rank", "area"),
        lambda f: i.grouped_concentration_by(f, "x", "rank", "people", "area"),
        lambda f: i.decomposition_by(f, "x", ["region"], "area"),
        lambda f: i.sigma_convergence(f, "area", "rank", "x"),
        lambda f: i.slope_index_by(
            f, by="area", group="rank", value="x", population="people", higher_is="better"
        ),
    ],
)
def test_rows_that_belong_nowhere_are_named(call):
    with pytest.raises(InputError, match=r"area: row 4 names no area \(2 such rows\)"):
        call(BY)


def test_a_funnel_in_which_all_are_seen_says_why_it_has_no_limits():
    with pytest.raises(InputError, match="every area has 100%, so there is no spread"):
        m.overdispersed_funnel([100, 110, 190], [100, 110, 190], kind="proportion")
    with pytest.raises(InputError, match="every area has none"):
        m.overdispersed_funnel([0, 0], [100, 110], kind="proportion")


def test_labels_of_two_kinds_are_named():
    with pytest.raises(InputError, match="'A5' is text, 0 is a number"):
        i.gini_decomposition([1, 2, 3], [0, 1, "A5"])


def test_an_area_that_decides_alone_leaves_a_reason_instead_of_an_infinite_error():
    alone = pd.DataFrame({"special": [0, 0, 0, 0, 0, 1.0]})
    for robust in ("HC2", "HC3"):
        one = i.beta_convergence(
            [50, 60, 80, 100, 90, 70], [55, 64, 82, 99, 91, 80], years=10, controls=alone, robust=robust
        )
        assert np.isnan(one.standard_error)
        assert "row 5 alone decides" in one.reason
        assert "without limits" in one.sentence
    assert (
        i.beta_convergence(
            [50, 60, 80, 100, 90, 70], [55, 64, 82, 99, 91, 80], years=10, controls=alone, robust="HC1"
        ).standard_error
        > 0
    )
    index = i.concentration_index([1, 2, 3, 4], [1, 1, 1, 2], robust="HC3")
    assert index.estimate > 0
    assert np.isnan(index.standard_error)
    assert "row 3 alone decides" in index.reason


def test_an_alpha_that_no_float_can_bear_is_refused_and_a_high_one_is_right():
    with pytest.raises(InputError, match=r"alpha: 1e\+18 is not valid; values that differ as much"):
        i.generalised_entropy([10.0, 20.0, 300.0], alpha=1e18)
    x = np.array([10.0, 20.0, 300.0])
    plain = ((x / x.mean()) ** 40.0).mean() - 1.0
    assert i.generalised_entropy(x, alpha=40.0).estimate == pytest.approx(plain / (40.0 * 39.0), rel=1e-12)
    assert i.generalised_entropy(1e50 * x, alpha=40.0).estimate == pytest.approx(
        plain / (40.0 * 39.0), rel=1e-12
    )
