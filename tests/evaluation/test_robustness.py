"""Awkward panels: every design gives the right result, or an error that says what it needs."""

import warnings

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.evaluation import (
    Panel,
    conformal,
    difference_in_differences,
    event_study,
    generalised_synthetic_control,
    group_time_effects,
    imputation,
    matrix_completion,
    placebo_test,
    synthetic_control,
    synthetic_did,
)

DESIGNS = {
    "two-way": difference_in_differences,
    "event study": event_study,
    "group-time": lambda panel: group_time_effects(panel).aggregate("simple"),
    "imputation": imputation,
    "synthetic control": lambda panel: synthetic_control(panel, draws=50),
    "ridge": lambda panel: synthetic_control(panel, ridge="cross-validation", draws=10),
    "synthetic did": lambda panel: synthetic_did(
        panel, inference=["placebo", "jackknife", "bootstrap"], draws=20
    ),
    "generalised": lambda panel: generalised_synthetic_control(
        panel, inference=["parametric", "units"], draws=20
    ),
    "generalised EM": lambda panel: generalised_synthetic_control(
        panel, em=True, ranks=(0, 1), inference="units", draws=3, tolerance=1e-6
    ),
    "matrix completion": lambda panel: matrix_completion(panel, draws=5, grid=5, folds=2),
    "conformal": conformal,
    "placebo": lambda panel: placebo_test(panel, "did", draws=20),
}


def make(n=20, t=10, treated=3, start=6, effect=2.0, seed=0, noise=0.2):
    rng = np.random.default_rng(seed)
    y = rng.normal(size=(n, 1)) + rng.normal(size=(1, t)) + noise * rng.normal(size=(n, t))
    d = np.outer(np.arange(n) < treated, np.arange(t) >= start)
    return y + effect * d, d


def panel_of(y, d, **more):
    return Panel(
        y, d, pd.Index([f"A{i:03d}" for i in range(len(y))]), pd.RangeIndex(2005, 2005 + y.shape[1]), **more
    )


@pytest.mark.parametrize("name", DESIGNS)
def test_plain_panel(name):
    y, d = make()
    effect = DESIGNS[name](panel_of(y, d))
    assert effect.estimate == pytest.approx(2.0, abs=0.45)
    assert effect.intervals or effect.reason
    assert effect.sentence


@pytest.mark.parametrize("name", DESIGNS)
def test_nobody_treated(name):
    y, d = make()
    with pytest.raises(InputError, match="no area is treated"):
        DESIGNS[name](panel_of(y, d & False))


@pytest.mark.parametrize("name", DESIGNS)
def test_all_treated_at_once(name):
    y, d = make(treated=20)
    with pytest.raises(InputError, match=r"never-treated|cannot be told apart|no untreated area"):
        DESIGNS[name](panel_of(y, d))


@pytest.mark.parametrize("name", sorted(set(DESIGNS) - {"two-way"}))
def test_no_period_before_treatment(name):
    y, d = make(start=0)
    with pytest.raises(
        InputError, match=r"before its treatment|periods before treatment|treated from the start"
    ):
        DESIGNS[name](panel_of(y, d))


def test_two_way_without_a_period_before():
    y, d = make(start=0)
    with pytest.raises(InputError, match="treatment cannot be told apart from the fixed effects"):
        difference_in_differences(panel_of(y, d))


@pytest.mark.parametrize("name", sorted(set(DESIGNS) - {"two-way"}))
def test_treatment_that_switches_off(name):
    y, d = make()
    d[0, 8:] = False
    with pytest.raises(InputError, match="A000 switches off"):
        DESIGNS[name](panel_of(y, d))


def test_two_way_allows_treatment_that_switches_off():
    y, d = make(noise=0.0)
    d[0, 8:] = False
    y[0, 8:] -= 2.0
    assert difference_in_differences(panel_of(y, d)).estimate == pytest.approx(2.0, abs=1e-9)


@pytest.mark.parametrize("name", DESIGNS)
def test_one_control(name):
    y, d = make(n=2, treated=1, noise=0.01)
    panel = panel_of(y, d)
    if name in {"generalised", "placebo"}:
        with pytest.raises(InputError, match="control"):
            DESIGNS[name](panel)
        return
    effect = DESIGNS[name](panel)
    if name not in {"synthetic control", "ridge", "conformal"}:  # these cannot shift the level of one control
        assert effect.estimate == pytest.approx(2.0, abs=0.1)
    assert effect.intervals or effect.reason


BALANCED = {"synthetic control", "ridge", "synthetic did", "conformal", "placebo"}


@pytest.mark.parametrize("name", DESIGNS)
def test_missing_blocks(name):
    y, d = make(n=24, t=12, start=8)
    y[20:, :3] = np.nan
    y[15, 10:] = np.nan
    panel = panel_of(y, d)
    if name in BALANCED:
        with pytest.raises(InputError, match=r"14 outcome\(s\) are missing, the first for A015 in 2015"):
            DESIGNS[name](panel)
    else:
        assert DESIGNS[name](panel).estimate == pytest.approx(2.0, abs=0.4)


@pytest.mark.parametrize("name", DESIGNS)
def test_duplicated_areas_change_nothing_much(name):
    y, d = make(noise=0.1)
    rows = np.r_[np.arange(20), np.arange(3, 20)]
    effect = DESIGNS[name](panel_of(y[rows], d[rows]))
    assert effect.estimate == pytest.approx(2.0, abs=0.3)
    if name == "synthetic control":
        assert effect.estimate == pytest.approx(DESIGNS[name](panel_of(y, d)).estimate, abs=1e-8)


@pytest.mark.parametrize("name", DESIGNS)
def test_constant_outcome_of_all_areas(name):
    _, d = make()
    y = np.zeros(d.shape) + 5.0 + 2.0 * d
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        effect = DESIGNS[name](panel_of(y, d))
    assert effect.estimate == pytest.approx(2.0, abs=1e-6)


@pytest.mark.parametrize("name", ["two-way", "group-time", "generalised", "synthetic did projected"])
def test_collinear_covariates(name):
    y, d = make()
    rng = np.random.default_rng(3)
    x = rng.normal(size=(*y.shape, 1))
    panel = panel_of(y, d, covariates=np.concatenate([x, 2.0 * x], axis=2), covariate_names=("one", "twice"))
    run = DESIGNS.get(name, lambda p: synthetic_did(p, covariate_method="projected", inference="none"))
    with pytest.raises(InputError, match=r"collinear|cannot be told apart"):
        run(panel)


@pytest.mark.parametrize("name", ["two-way", "generalised", "synthetic did projected"])
def test_covariate_that_is_an_area_effect(name):
    y, d = make()
    x = np.repeat(np.random.default_rng(3).normal(size=(len(y), 1)), y.shape[1], axis=1)[:, :, None]
    panel = panel_of(y, d, covariates=x, covariate_names=("fixed",))
    run = DESIGNS.get(name, lambda p: synthetic_did(p, covariate_method="projected", inference="none"))
    with pytest.raises(InputError, match=r"fixed|collinear"):
        run(panel)


@pytest.mark.parametrize("name", ["synthetic control", "matrix completion", "conformal"])
def test_designs_without_covariates_say_so(name):
    y, d = make()
    panel = panel_of(y, d, covariates=np.random.default_rng(3).normal(size=(*y.shape, 1)))
    with pytest.raises(InputError, match="does not use covariates"):
        DESIGNS[name](panel)
    assert DESIGNS[name](panel.without_covariates()).estimate == pytest.approx(2.0, abs=0.4)


@pytest.mark.parametrize("name", sorted(set(DESIGNS) - {"placebo", "conformal"}))
def test_staggered_adoption(name):
    y, d = make(n=30, t=12, treated=6, start=6, effect=0.0, noise=0.05)
    d[3:6, 6:9] = False
    effect = DESIGNS[name](panel_of(y + 2.0 * d, d))
    assert effect.estimate == pytest.approx(2.0, abs=0.3)


@pytest.mark.parametrize("name", ["placebo", "conformal"])
def test_designs_for_one_start_say_so(name):
    y, d = make(treated=6)
    d[3:6, 6:8] = False
    with pytest.raises(InputError, match="2 different periods"):
        DESIGNS[name](panel_of(y, d))


@pytest.mark.parametrize("name", DESIGNS)
def test_order_of_areas_does_not_matter(name):
    y, d = make()
    order = np.random.default_rng(9).permutation(len(y))
    labels = pd.Index([f"A{i:03d}" for i in range(len(y))])
    periods = pd.RangeIndex(y.shape[1])
    one = DESIGNS[name](Panel(y, d, labels, periods))
    other = DESIGNS[name](Panel(y[order], d[order], labels[order], periods))
    assert one.estimate == other.estimate
    assert np.array_equal(one.standard_error, other.standard_error, equal_nan=True)


@pytest.mark.parametrize("name", sorted(set(DESIGNS) - {"conformal", "matrix completion"}))
def test_unit_of_measurement_does_not_matter(name):
    y, d = make()
    one, other = DESIGNS[name](panel_of(y, d)), DESIGNS[name](panel_of(1000.0 * y + 0.0, d))
    assert other.estimate == pytest.approx(1000.0 * one.estimate, rel=1e-5)


def test_all_treated_sooner_or_later():
    y, _ = make(n=30, t=12, treated=30, effect=0.0, noise=0.05)
    start = np.repeat([4, 7, 10], 10)
    d = np.arange(12)[None, :] >= start[:, None]
    panel = panel_of(y + 2.0 * d, d)
    effects = group_time_effects(panel, control="not_yet")
    assert effects.aggregate("simple").estimate == pytest.approx(2.0, abs=0.1)
    nothing = effects.to_frame().set_index(["group", "period"]).loc[(2015, 2016)]
    assert np.isnan(nothing["estimate"])
    assert nothing["reason"] == "no comparison area is observed in both periods"
    assert difference_in_differences(panel).estimate == pytest.approx(2.0, abs=0.1)
    with pytest.raises(InputError, match="0 never-treated area"):
        group_time_effects(panel)
    with pytest.raises(InputError, match="no untreated area is observed in 2015"):
        imputation(panel)
    assert imputation(panel.select(periods=range(2005, 2015))).estimate == pytest.approx(2.0, abs=0.1)


def test_missing_outcomes_of_the_treated_are_left_out_of_the_average():
    y, d = make(n=24, t=12, start=8, noise=0.05)
    y[0, 10:] = np.nan
    panel = panel_of(y, d)
    for name in ("two-way", "imputation", "generalised", "generalised EM", "matrix completion"):
        effect = DESIGNS[name](panel)
        assert effect.estimate == pytest.approx(2.0, abs=0.2)
        if name in {"imputation", "generalised", "matrix completion"}:
            assert effect.path["areas"].tolist() == [3] * 10 + [2] * 2
