"""Errors of panels and instruments against results carried by the project."""

import numpy as np
import pytest
from linearmodels.datasets import mroz

from healthdevo.regression.anderson_rubin import anderson_rubin_set
from healthdevo.regression.instruments import instrument
from healthdevo.regression.panels import panel

CONVENTIONS = {
    "iid": {"errors": "classic"},
    "HC0": {"errors": "HC0"},
    "HC1": {"errors": "robust"},
    "HC2": {"errors": "HC2"},
    "HC3": {"errors": "HC3"},
    "CR1_firm": {"errors": "clustered", "clusters": "firm"},
    "CR0_firm": {"errors": "clustered", "clusters": "firm", "small_sample": "none"},
    "CR1_year": {"errors": "clustered", "clusters": "year"},
    "twoway_each_component_own_G": {"errors": "two-way", "small_sample": "sandwich"},
    "twoway_min_G": {"errors": "two-way", "small_sample": "fixest"},
    "CR2_firm": {"errors": "CR2", "clusters": "firm"},
    "CR2_year": {"errors": "CR2", "clusters": "year"},
    "CR3_year_jackknife": {"errors": "CR3", "clusters": "year", "small_sample": "sandwich"},
    "CR3_year_plain_jackknife": {"errors": "CR3", "clusters": "year"},
}


@pytest.mark.parametrize("name", list(CONVENTIONS))
def test_conventions_of_errors(reference, name):
    frame, expected = reference("panel_clustered_errors")
    want = expected.set_index(["quantity", "name"])["value"]
    fit = panel(frame, outcome="y", regressors="x", area="firm", effects="pooled", **CONVENTIONS[name])
    for term in ("const", "x"):
        assert fit[term].estimate == pytest.approx(want["coefficient", term], rel=1e-9)
    assert fit["x"].standard_error == pytest.approx(want["standard error", name], rel=1e-9)
    if name == "CR2_year":
        assert fit["x"].df == pytest.approx(want["degrees of freedom", name], rel=1e-9)


def assert_fit(result, rows, names=None):
    """Compare coefficients and standard errors with the rows of one model."""
    part = rows.set_index(["quantity", "name"])["value"]
    for quantity, column in (("coefficient", "estimate"), ("standard error", "standard_error")):
        want = part[quantity]
        ours = result.params[column][[(names or {}).get(term, term) for term in want.index]]
        np.testing.assert_allclose(ours, want, rtol=1e-7, err_msg=quantity)


def assert_rest(result, rows):
    """Compare tests and the first stage with the rows of one model."""
    for row in rows.itertuples():
        if row.quantity == "first stage":
            stage, (kind, _, errors) = result.first_stage, row.name.partition("_")
            if row.name == "partial_R2":
                ours = stage.partial_r2
            elif errors.startswith("effective"):
                ours = stage.effective_f(errors.partition("_")[2])
            else:
                assert kind == "F"
                ours = stage.f(errors)
        elif row.name == "kappa":
            ours = result.kappa
        else:
            test = result.tests[row.name]
            ours = test.p_value if row.quantity == "p-value" else test.statistic
        assert ours == pytest.approx(row.value, rel=1e-7), row.name


@pytest.mark.parametrize("errors", ["classic", "HC0", "HC1"])
@pytest.mark.parametrize(
    ("model", "instruments", "controls"),
    [("two", ["tax", "levy"], ["income"]), ("one", ["tax"], ["income"]), ("bare", ["tax"], [])],
)
def test_instruments_of_a_price(reference, model, instruments, controls, errors):
    frame, expected = reference("instruments_drawn")
    result = instrument(
        frame,
        outcome="packs",
        endogenous="price",
        instruments=instruments,
        exogenous=controls,
        logs=["packs", "price", *controls],
        errors="robust" if errors == "HC1" else errors,
    )
    names = {"price": "log(price)", "income": "log(income)"}
    assert_fit(result, expected[expected["model"] == f"{model} {errors}"], names)
    assert_rest(result, expected[expected["model"] == model])


@pytest.mark.parametrize(
    ("estimator", "errors"), [("2sls", "classic"), ("2sls", "robust"), ("liml", "classic"), ("gmm", "robust")]
)
def test_estimators_with_many_instruments(reference, estimator, errors):
    frame, expected = reference("instruments_drawn")
    regions = {f"r {r}": (frame["region"] == r).astype(float) for r in (2, 3, 4)}
    result = instrument(
        frame.assign(**regions),
        outcome="rent",
        endogenous="value",
        instruments=["earnings", *regions],
        exogenous="urban",
        estimator=estimator,
        errors=errors,
        small_sample=False,
    )
    rows = expected[expected["model"] == f"{estimator} {errors}"]
    fitted = rows["quantity"].isin(["coefficient", "standard error"])
    assert_fit(result, rows[fitted])
    assert_rest(result, rows[~fitted])
    if estimator == "2sls":
        assert_rest(result, expected[expected["model"] == "2sls"])
        assert anderson_rubin_set(result.data, errors="classic").kind in ("bounded", "empty")


@pytest.mark.parametrize("errors", ["classic", "robust"])
def test_instruments_of_schooling(carried, errors):
    frame, expected = mroz.load(), carried("instruments_wages")
    result = instrument(
        frame,
        outcome="lwage",
        endogenous="educ",
        instruments=["motheduc", "fatheduc"],
        exogenous=["exper", "expersq"],
        errors=errors,
    )
    assert (result.n, len(result.dropped)) == (428, len(frame) - 428)
    se = {"classic": "standard error iid", "robust": "standard error HC1"}[errors]
    rows = expected[expected["quantity"].isin(["coefficient", se])]
    assert_fit(result, rows.assign(quantity=rows["quantity"].replace({se: "standard error"})))
    assert_rest(result, expected[expected["quantity"].isin(["first stage", "statistic"])])
