"""Results of other tools on inputs drawn by the project (see ``tests/reference/evaluation_*/SOURCE.md``)."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from healthdevo.evaluation import (
    Panel,
    difference_in_differences,
    generalised_synthetic_control,
    group_time_effects,
    imputation,
    predictor_means,
    sensitivity,
    synthetic_control,
    synthetic_did,
    two_by_two,
)

FOLDER = Path(__file__).parent.parent / "reference"


@pytest.fixture(scope="module")
def staggered():
    return pd.read_csv(FOLDER / "evaluation_staggered" / "input.csv")


@pytest.fixture(scope="module")
def staggered_expected():
    table = pd.read_csv(FOLDER / "evaluation_staggered" / "expected.csv", keep_default_na=False)
    return table.astype({"estimate": float, "standard_error": float})


def panel_of(frame, covariates=()):
    return Panel.from_frame(
        frame, area="area", time="year", outcome="outcome", adoption="first", covariates=list(covariates)
    )


@pytest.mark.parametrize(
    ("adjustment", "covariates"),
    [("regression", "need"), ("weighting", "need"), ("regression", "")],
)
@pytest.mark.parametrize("control", ["never", "not_yet"])
def test_group_time_effects(staggered, staggered_expected, adjustment, covariates, control):
    table = staggered_expected
    table = table[
        (table["adjustment"] == adjustment)
        & (table["control"] == control)
        & (table["covariates"] == covariates)
    ]
    panel = panel_of(staggered, filter(None, [covariates]))
    effects = group_time_effects(panel, control=control, adjustment=adjustment)
    dynamic = effects.aggregate("dynamic", draws=0).path.set_index("relative")
    group = effects.aggregate("group", draws=0).path.set_index("period")
    seen = set()
    for row in table.itertuples():
        if row.quantity == "simple":
            found = effects.aggregate("simple")
            ours = (found.estimate, found.standard_error)
        elif row.quantity == "cell":
            first, year = (int(x) for x in row.key.split(","))
            found = effects[(first, year)]
            ours = (found.estimate, found.standard_error)
        else:
            path = dynamic if row.quantity == "dynamic" else group
            ours = tuple(path.loc[int(row.key), ["effect", "standard_error"]])
        seen.add(row.quantity)
        np.testing.assert_allclose(ours, (row.estimate, row.standard_error), atol=1e-8)
    assert seen == {"simple", "cell", "dynamic", "group"}


def test_imputation_and_two_way(staggered, staggered_expected):
    want = staggered_expected.set_index("quantity")
    panel = panel_of(staggered)
    ours = imputation(panel)
    assert ours.estimate == pytest.approx(want.loc["imputation", "estimate"], abs=1e-9)
    assert ours.standard_error == pytest.approx(want.loc["imputation", "standard_error"], abs=1e-9)
    names = {"two-way": "clustered", "two-way robust": "robust", "two-way iid": "iid"}
    for quantity, covariance in names.items():
        ours = difference_in_differences(panel, covariance=covariance)
        assert ours.estimate == pytest.approx(want.loc[quantity, "estimate"], abs=1e-9)
        assert ours.standard_error == pytest.approx(want.loc[quantity, "standard_error"], abs=1e-9)


def test_synthetic_did_of_a_block():
    frame = pd.read_csv(FOLDER / "evaluation_block" / "input.csv")
    want = pd.read_csv(FOLDER / "evaluation_block" / "expected.csv", keep_default_na=False)
    treated = list(frame.loc[frame["treated"] == 1, "area"].unique())
    panel = Panel.from_frame(frame, area="area", time="year", outcome="outcome", treated=treated, start=2014)
    effect = synthetic_did(panel, inference="jackknife")
    by = want.set_index("quantity")["value"]
    assert effect.estimate == pytest.approx(by["effect"], abs=1e-6)
    assert effect.standard_error == pytest.approx(by["jackknife"], abs=1e-6)
    for quantity, table, key in (
        ("unit weight", effect.weights, "area"),
        ("period weight", effect.period_weights, "period"),
    ):
        part = want[want["quantity"] == quantity]
        ours = table.assign(label=table[key].astype(str)).set_index("label")["weight"]
        np.testing.assert_allclose(ours.reindex(part["key"]), part["value"], atol=1e-6)


def test_smoothness_intervals():
    frame = pd.read_csv(FOLDER / "evaluation_sensitivity" / "input.csv")
    want = pd.read_csv(FOLDER / "evaluation_sensitivity" / "expected.csv")
    sigma = frame.filter(regex=r"^c\d").to_numpy()
    targets = {"first": [1.0, 0.0, 0.0], "average": None}
    for name, part in want.groupby("target"):
        ours = sensitivity(
            frame["effect"],
            sigma,
            frame["relative"],
            restriction="smoothness",
            grid=list(part["m"]),
            target=targets[name],
        ).bounds
        length = (part["upper"] - part["lower"]).to_numpy()
        mine = (ours["upper"] - ours["lower"]).to_numpy()
        np.testing.assert_allclose(mine, length, rtol=1e-3)
        np.testing.assert_allclose(ours["lower"], part["lower"], atol=5e-3 * length.max())


def test_doubly_robust_effect_by_regressions_of_a_library(staggered):
    effects = group_time_effects(panel_of(staggered, ["need"]))
    wide = staggered.pivot_table(index="area", columns="year", values="outcome")
    about = staggered.groupby("area")[["first", "need"]].first()
    use = about["first"].isin([0, 2013])
    change = (wide[2015] - wide[2012])[use]
    d = (about.loc[use, "first"] == 2013).astype(float)
    x = sm.add_constant(about.loc[use, "need"])
    p = sm.Logit(d, x).fit(disp=0, tol=1e-14).predict()
    net = change - sm.OLS(change[d == 0], x[d == 0]).fit().predict(x)
    weight = p * (1 - d) / (1 - p)
    want = net[d == 1].mean() - np.average(net, weights=weight)
    assert effects[(2013, 2015)].estimate == pytest.approx(want, abs=1e-9)


@pytest.mark.parametrize("adjustment", ["doubly_robust", "regression", "weighting"])
def test_standard_error_is_that_of_the_infinitesimal_jackknife(staggered, adjustment):
    small = staggered[staggered["area"] <= 28]
    kinds = ("simple", "dynamic", "calendar", "group")

    def averages(weights):
        panel = Panel.from_frame(
            small.assign(weight=np.repeat(weights, 8)),
            area="area",
            time="year",
            outcome="outcome",
            adoption="first",
            covariates=["need"],
            weights="weight",
        )
        effects = group_time_effects(panel, adjustment=adjustment)
        return [effects.aggregate(kind, draws=0) for kind in kinds]

    slopes = np.array(
        [
            [
                (up.estimate - down.estimate) / 2e-4
                for up, down in zip(averages(1.0 + step), averages(1.0 - step), strict=True)
            ]
            for step in 1e-4 * np.eye(28)
        ]
    )
    errors = [effect.standard_error for effect in averages(np.ones(28))]
    np.testing.assert_allclose(np.sqrt((slopes**2).sum(axis=0)), errors, rtol=1e-6)


def factor_panel(carried, case, covariates):
    names = ["x1", "x2"] if covariates else []
    return Panel.from_frame(
        carried("evaluation_factors", case),
        area="area",
        time="time",
        outcome="y",
        treatment="treated",
        covariates=names,
    )


@pytest.mark.parametrize("case", ["block", "staggered"])
@pytest.mark.parametrize("covariates", [0, 2])
def test_generalised_synthetic_control_matches_the_formulas(carried, case, covariates):
    want = carried("evaluation_factors")
    want = want[(want["case"] == case) & (want["covariates"] == covariates)]
    effect = generalised_synthetic_control(factor_panel(carried, case, covariates), inference="none")
    assert effect.rank == want.loc[want["chosen"] == 1, "rank"].item()
    for column in ("effect", "mspe", "information_criterion", "sigma2"):
        np.testing.assert_allclose(effect.ranks[column], want[column], atol=1e-8, err_msg=column)
    for j in range(covariates):
        np.testing.assert_allclose(effect.ranks[f"coefficient of x{j + 1}"], want[f"beta{j + 1}"], atol=1e-8)
    path = carried("evaluation_factors", "expected_path")
    path = path[(path["case"] == case) & (path["covariates"] == covariates)].set_index("relative")["effect"]
    ours = effect.path.set_index("relative")["effect"]
    np.testing.assert_allclose(ours.loc[path.index], path, atol=1e-8)


@pytest.mark.parametrize("case", ["block", "staggered"])
def test_parametric_bootstrap_and_em_form_match_the_formulas(carried, case):
    want = carried("evaluation_factors", "expected_other")
    want = want[want["case"] == case].set_index("quantity")["value"]
    panel = factor_panel(carried, case, 2)
    effect = generalised_synthetic_control(panel, rank=2, ranks=(), draws=300, seed=1)
    assert effect.standard_error == pytest.approx(want["bootstrap error"], rel=0.15)
    for rank in (0, 1, 2):
        effect = generalised_synthetic_control(
            factor_panel(carried, case, 0), rank=rank, ranks=(), em=True, inference="none", tolerance=1e-9
        )
        assert effect.estimate == pytest.approx(want[f"em {rank}"], abs=1e-6)


@pytest.fixture(scope="module")
def one_treated():
    frame = pd.read_csv(FOLDER / "evaluation_synthetic" / "input.csv")
    panel = Panel.from_frame(frame, area="area", time="year", outcome="outcome", treated=["A00"], start=2012)
    want = pd.read_csv(FOLDER / "evaluation_synthetic" / "expected.csv", keep_default_na=False)
    return frame, panel, want


def part_of(want, model, quantity):
    """Return the rows of one quantity, by their key."""
    rows = want[(want["model"] == model) & (want["quantity"] == quantity)]
    return rows.set_index("key")["value"]


@pytest.mark.parametrize("variant", ["sdid", "sc", "did"])
def test_variants_of_synthetic_did_match_the_published_search(one_treated, variant):
    _, panel, want = one_treated
    effect = synthetic_did(panel, variant=variant, inference="none")
    assert effect.estimate == pytest.approx(part_of(want, variant, "effect").item(), abs=1e-6)
    gaps = part_of(want, variant, "gap")
    np.testing.assert_allclose(effect.path["effect"].to_numpy()[-len(gaps) :], gaps, atol=1e-6)
    if variant != "did":
        units = part_of(want, variant, "unit weight")
        ours = effect.weights.set_index("area")["weight"].reindex(units.index).fillna(0.0)
        np.testing.assert_allclose(ours, units, atol=1e-6)
    if variant == "sdid":
        periods = part_of(want, variant, "period weight")
        np.testing.assert_allclose(effect.period_weights["weight"], periods, atol=1e-6)


def test_the_placebo_error_is_the_spread_of_all_placebos(one_treated):
    _, panel, want = one_treated
    effect = synthetic_did(panel, inference="placebo", draws=200, seed=0)
    assert effect.standard_error == pytest.approx(part_of(want, "sdid", "placebo error").item(), rel=0.15)


@pytest.mark.parametrize("variant", ["sdid", "sc", "did"])
def test_several_treated_areas_match_the_published_search(one_treated, variant):
    want = one_treated[2]
    frame = pd.read_csv(FOLDER / "evaluation_block" / "input.csv")
    treated = list(frame.loc[frame["treated"] == 1, "area"].unique())
    panel = Panel.from_frame(frame, area="area", time="year", outcome="outcome", treated=treated, start=2014)
    effect = synthetic_did(panel, variant=variant, inference=["jackknife", "bootstrap"], draws=200)
    assert effect.estimate == pytest.approx(part_of(want, f"block {variant}", "effect").item(), abs=1e-6)
    error = part_of(want, f"block {variant}", "jackknife").item()
    assert effect.standard_error == pytest.approx(error, abs=1e-5)
    if variant == "sdid":
        assert effect.by("bootstrap").standard_error == pytest.approx(error, rel=0.3)


def test_synthetic_control_on_outcomes_matches_the_exact_solution(one_treated):
    _, panel, want = one_treated
    effect = synthetic_control(panel)
    assert effect.estimate == pytest.approx(part_of(want, "classic", "effect").item(), abs=1e-6)
    units = part_of(want, "classic", "unit weight")
    ours = effect.weights.set_index("area")["weight"].reindex(units.index).fillna(0.0)
    np.testing.assert_allclose(ours, units, atol=1e-6)
    for name, p in (
        ("p ratio", effect.p_ratio),
        ("p absolute", effect.p_absolute),
        ("p one-sided", effect.p_one_sided),
    ):
        assert p == pytest.approx(part_of(want, "classic", name).item()), name
    table = pd.read_csv(FOLDER / "evaluation_synthetic" / "expected_placebos.csv").set_index("area")
    assert effect.pre_rmspe == pytest.approx(table.loc["A00", "pre"], abs=1e-6)
    mine = effect.placebos.set_index("area").loc[table.index]
    np.testing.assert_allclose(mine["effect"], table["effect"], atol=1e-6)
    np.testing.assert_allclose(mine["ratio"], table["ratio"], rtol=1e-6)
    assert (mine["rank"] == table["rank"]).all()


@pytest.mark.parametrize(("model", "first"), [("predictors", 2000), ("predictors late", 2005)])
@pytest.mark.parametrize("importance", [None, (0.3, 0.05, 0.15, 0.1, 0.2, 0.2)])
def test_synthetic_control_with_predictors_matches_the_nested_problem(one_treated, model, first, importance):
    frame, _, want = one_treated
    donors = part_of(want, model, "unit weight").index
    frame = frame[frame["area"].isin(["A00", *donors])]
    panel = Panel.from_frame(frame, area="area", time="year", outcome="outcome", treated=["A00"], start=2012)
    means = {c: (c, range(2004, 2012)) for c in ("income", "price", "age")}
    means |= {str(t): ("outcome", [t]) for t in (2000, 2006, 2011)}
    if importance is None:
        means = {name: means[name] for name in ("income", "2000", "2011")}
    effect = synthetic_control(
        panel,
        predictors=predictor_means(frame, area="area", time="year", means=means),
        fit_periods=range(first, 2012),
        importance=importance,
        inference="none",
        restarts=0,
    )
    if importance is None:  # many importances are nearly as good: what counts is the fit
        assert effect.diagnostics["outcome loss"] <= 1.0001 * part_of(want, model, "loss").item()
        return
    units = part_of(want, f"{model}, given", "unit weight")
    ours = effect.weights.set_index("area")["weight"].reindex(units.index).fillna(0.0)
    np.testing.assert_allclose(ours, units, atol=1e-6)
    assert effect.estimate == pytest.approx(part_of(want, f"{model}, given", "effect").item(), abs=1e-6)


@pytest.mark.long
@pytest.mark.parametrize(("model", "first"), [("six predictors", 2000), ("six predictors late", 2005)])
def test_the_wide_search_finds_what_differential_evolution_finds(one_treated, model, first):
    frame, panel, want = one_treated
    means = {c: (c, range(2004, 2012)) for c in ("income", "price", "age")}
    means |= {str(t): ("outcome", [t]) for t in (2000, 2006, 2011)}
    predictors = predictor_means(frame, area="area", time="year", means=means)
    found = [
        synthetic_control(
            panel, predictors=predictors, fit_periods=range(first, 2012), inference="none", restarts=restarts
        )
        for restarts in (6, 0)
    ]
    best, published = (effect.diagnostics["outcome loss"] for effect in found)
    assert best <= 1.0001 * part_of(want, model, "loss").item()
    assert best <= published * (1.0 + 1e-6)  # the published starts may end in local minima, by processor


@pytest.mark.parametrize("covariates", ["none", "chains", "all"])
def test_two_groups_and_two_periods(reference, covariates):
    frame, expected = reference("evaluation_two_periods", keep_default_na=False)
    want = expected[expected["covariates"] == covariates]
    names = {"none": [], "chains": ["chain1", "chain2"], "all": ["chain1", "chain2", "owned"]}[covariates]
    effect = two_by_two(
        frame["outcome"], frame["treated"], frame["after"], covariates={n: frame[n] for n in names}
    )
    for column in ("estimate", "standard_error"):
        name = "coefficient" if column == "estimate" else column
        np.testing.assert_allclose(effect.table[name].to_numpy()[:4], want[column], rtol=1e-9)
    assert effect.n == len(frame)
    assert effect.estimate == pytest.approx(want["estimate"].iloc[-1], rel=1e-9)
