"""Faults that came out of trying the designs hard: each test is named for what it holds."""

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.evaluation import (
    Panel,
    difference_in_differences,
    estimate_effect,
    event_study,
    generalised_synthetic_control,
    group_time_effects,
    imputation,
    matrix_completion,
    placebo_test,
    sensitivity,
    synthetic_control,
    synthetic_did,
)


def world(n=20, t=12, treated=2, start=8, level=0.0, spread=None, weights=None):
    rng = np.random.default_rng(0)
    y = rng.normal(size=(n, 1)) + rng.normal(size=t).cumsum() * 0.3 + rng.normal(size=(n, t))
    d = np.outer(np.arange(n) < treated, np.arange(t) >= start)
    more = {}
    if spread is not None:
        x = rng.normal(size=(n, t, 1))
        y = y + 0.5 * x[..., 0]
        more["covariates"] = spread * x
    if weights is not None:
        more["weights"] = weights
    return Panel(level + y + 2.0 * d, d, pd.RangeIndex(n), pd.RangeIndex(t), **more)


def frame():
    table = world().to_frame()
    return table.assign(area=[f"A{a}" for a in table["area"]])


@pytest.mark.parametrize("variant", ["sdid", "sc", "did"])
@pytest.mark.parametrize("spread", [1e-6, 10.0, 1000.0])
def test_joint_covariates_do_not_hang_on_their_unit(variant, spread):
    one = synthetic_did(world(spread=1.0), variant=variant, inference="none")
    other = synthetic_did(world(spread=spread), variant=variant, inference="none")
    assert other.estimate == pytest.approx(one.estimate, rel=1e-9)
    assert other.diagnostics["coefficient of x1"] * spread == pytest.approx(
        one.diagnostics["coefficient of x1"], rel=1e-9
    )


@pytest.mark.parametrize(("n", "treated"), [(2, 1), (3, 1), (5, 4)])
@pytest.mark.parametrize(
    "design",
    [
        difference_in_differences,
        event_study,
        imputation,
        matrix_completion,
        lambda p: group_time_effects(p).aggregate(),
        lambda p: synthetic_did(p, inference="bootstrap"),
    ],
)
def test_one_treated_or_one_control_has_no_clustered_interval_and_says_why(design, n, treated):
    effect = design(world(n=n, treated=treated))
    assert np.isnan(effect.standard_error)
    assert not effect.intervals
    assert effect.reason


def test_cells_with_one_treated_area_have_no_error():
    effects = group_time_effects(world(treated=1))
    assert np.isnan(effects.standard_error).all()
    assert all("single treated" in reason for reason in effects.reason)


def test_limits_from_few_treated_areas_say_that_they_are_too_narrow():
    assert "too narrow" in difference_in_differences(world(treated=5)).sentence
    assert "too narrow" not in difference_in_differences(world(n=60, treated=25)).sentence


def test_difference_in_differences_by_name_uses_the_weights_that_its_placebos_use():
    panel = world(weights=np.arange(1.0, 21.0))
    assert estimate_effect(panel, "did").estimate == pytest.approx(difference_in_differences(panel).estimate)
    assert placebo_test(panel, "did", draws=9).estimate == pytest.approx(
        difference_in_differences(panel).estimate
    )


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        ([[3, 3], [4, 5]], "repeats an area"),
        ([[3, 4, 5]], "give 2, as many as are treated"),
        ([[0, 3]], "is treated"),
        ([[3, 99]], "whole numbers from 0 to 19"),
        ([[3.5, 4]], "whole numbers"),
        ([[-1, 4]], "whole numbers"),
    ],
)
def test_placebo_groups_are_distinct_untreated_areas_as_many_as_are_treated(groups, message):
    with pytest.raises(InputError, match=f"groups: .*{message}"):
        placebo_test(world(), "did", groups=groups)


def test_a_covariance_that_is_none_is_refused():
    with pytest.raises(InputError, match=r"covariance: .*positive semi-definite"):
        sensitivity([0.1, 0.2, 0.3], [[1.0, 2.0, 0.0], [2.0, 1.0, 0.0], [0.0, 0.0, 1.0]], [-3, -2, 0])


@pytest.mark.parametrize("ridge", [None, "cross-validation", 1.0])
@pytest.mark.parametrize("level", [1e4, 1e10])
def test_the_level_of_the_outcome_does_not_change_a_synthetic_control(ridge, level):
    near = synthetic_control(world(), ridge=ridge, inference="none").estimate
    far = synthetic_control(world(level=level), ridge=ridge, inference="none").estimate
    assert far == pytest.approx(near, abs=2e-14 * level + 1e-9 + 2e-15 * level * 100)


def test_a_trailing_blank_makes_no_new_area():
    table = frame()
    table.loc[5, "area"] = "A0 "
    with pytest.raises(InputError, match="'A0' and 'A0 ' differ only by blanks"):
        Panel.from_frame(table, area="area", time="period", outcome="outcome", treated=["A1"], start=8)


@pytest.mark.parametrize("shape", ["%b %Y", "%d/%m/%Y", "%m"])
def test_months_as_text_that_do_not_sort_by_time_are_refused(shape):
    table = frame()
    months = pd.Timestamp("2016-01-01") + table["period"].map(lambda k: pd.DateOffset(months=int(k)))
    table["month"] = [m.strftime(shape).lstrip("0") for m in months]
    with pytest.raises(InputError, match="order of the alphabet"):
        Panel.from_frame(
            table, area="area", time="month", outcome="outcome", treated=["A1"], start=table["month"][8]
        )


def test_labels_of_two_kinds_are_shown_one_of_each():
    table = frame()
    table["area"] = [a if a == "A5" else int(a[1:]) for a in table["area"]]
    with pytest.raises(InputError, match="'A5' is text, 0 is a number"):
        Panel.from_frame(table, area="area", time="period", outcome="outcome", treated=[0], start=8)


def test_the_choice_of_the_rank_is_converged():
    rng = np.random.default_rng(3)
    y = rng.normal(size=(24, 1)) @ rng.normal(size=(1, 12)) + 0.5 * rng.normal(size=(24, 12))
    d = np.arange(12) >= np.where(np.arange(24) < 3, 8, np.where(np.arange(24) < 6, 9, 99))[:, None]
    panel = Panel(y, d, pd.RangeIndex(24), pd.RangeIndex(12))
    loose, tight = (
        generalised_synthetic_control(panel, em=True, ranks=(0, 1), inference="none", tolerance=x).ranks[
            "mspe"
        ]
        for x in (1e-8, 1e-10)
    )
    np.testing.assert_allclose(loose, tight, rtol=1e-4)


def test_a_function_that_is_no_design_is_named():
    with pytest.raises(InputError, match="design: the function fails on the panel"):
        estimate_effect(world(), len)
    with pytest.raises(InputError, match="design: the function returns a float"):
        estimate_effect(world(), lambda p: 1.0)
