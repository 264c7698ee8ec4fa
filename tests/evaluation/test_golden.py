"""Published and computed results of the field's own tools, read from the folder in HEALTHDEVO_GOLDEN."""

import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from healthdevo.evaluation.difference_in_differences import difference_in_differences, two_by_two
from healthdevo.evaluation.generalised_synthetic_control import generalised_synthetic_control
from healthdevo.evaluation.imputation import imputation
from healthdevo.evaluation.panel import Panel
from healthdevo.evaluation.predictors import predictor_means
from healthdevo.evaluation.staggered import group_time_effects
from healthdevo.evaluation.synthetic_control import synthetic_control
from healthdevo.evaluation.synthetic_did import synthetic_did

ROOT = os.environ.get("HEALTHDEVO_GOLDEN")
pytestmark = pytest.mark.skipif(not ROOT, reason="HEALTHDEVO_GOLDEN is not set")


def folder(case: str) -> Path:
    return Path(ROOT or "") / "evaluation" / case


def expected(case: str) -> dict:
    return json.loads((folder(case) / "expected.json").read_text())


@pytest.fixture(scope="module")
def california() -> Panel:
    frame = pd.read_csv(folder("prop99") / "california_prop99.csv", sep=";")
    return Panel.from_frame(frame, area="State", time="Year", outcome="PacksPerCapita", treatment="treated")


def factor_panel(case: str, covariates: bool) -> Panel:
    if case == "turnout":
        frame = pd.read_csv(folder(case) / "turnout.csv")
        names = ["policy_mail_in", "policy_motor"] if covariates else []
        return Panel.from_frame(
            frame, area="abb", time="year", outcome="turnout", treatment="policy_edr", covariates=names
        )
    frame = pd.read_csv(folder(case) / "simdata.csv")
    names = ["X1", "X2"] if covariates else []
    return Panel.from_frame(frame, area="id", time="time", outcome="Y", treatment="D", covariates=names)


@pytest.mark.parametrize(("variant", "key"), [("sdid", "sdid"), ("sc", "sc_synthdid_ridge"), ("did", "did")])
def test_california_points_and_weights(california, variant, key):
    want = expected("prop99")
    effect = synthetic_did(california, variant=variant, inference="none")
    assert effect.estimate == pytest.approx(want[key], abs=1e-6)
    if variant != "did":
        weights = effect.weights.set_index("area")["weight"]
        for state, weight in want[f"omega_{variant}"].items():
            assert weights[state] == pytest.approx(weight, abs=1e-6)
    if variant == "sdid":
        curve = effect.path["effect"].to_numpy()[19:]
        np.testing.assert_allclose(curve, want["sdid_effect_curve_1989_2000"], atol=1e-5)
        np.testing.assert_allclose(
            effect.period_weights["weight"], list(want["lambda_sdid"].values()), atol=1e-6
        )


def test_california_placebo_error(california):
    effect = synthetic_did(california, inference="placebo", draws=200, seed=0)
    assert 8.0 <= effect.standard_error <= 11.0


def test_synthetic_control_on_outcomes_with_placebos(california):
    want = expected("prop99")["sc_outcomes_only"]
    effect = synthetic_control(california)
    assert effect.estimate == pytest.approx(want["att"], abs=1e-6)
    assert effect.pre_rmspe == pytest.approx(want["pre_rmspe"], abs=1e-6)
    weights = effect.weights.set_index("area")["weight"]
    for state, weight in want["weights"].items():
        assert weights[state] == pytest.approx(weight, abs=1e-5)
    assert effect.placebos.loc[0, "rank"] == want["rmspe_ratio_rank"]
    assert effect.p_ratio == pytest.approx(want["p_ratio"])
    assert effect.p_absolute == pytest.approx(want["p_abs_att"])
    assert effect.p_one_sided == pytest.approx(want["p_one_sided"])
    table = pd.read_csv(folder("prop99") / "placebo_outcomes_only.csv").set_index("state")
    mine = effect.placebos.set_index("area").loc[table.index]
    np.testing.assert_allclose(mine["effect"], table["att"], atol=1e-5)
    np.testing.assert_allclose(mine["ratio"], table["ratio"], rtol=1e-5)
    assert (mine["rank"] == table["rank"]).all()


def test_synthetic_control_with_predictors_california():
    frame = pd.read_csv(folder("prop99") / "smoking.csv")
    late = range(1980, 1989)
    means = {
        "income": ("lnincome", late),
        "price": ("retprice", late),
        "young": ("age15to24", late),
        "beer": ("beer", range(1984, 1989)),
        "1975": ("cigsale", [1975]),
        "1980": ("cigsale", [1980]),
        "1988": ("cigsale", [1988]),
    }
    predictors = predictor_means(frame, area="state", time="year", means=means)
    panel = Panel.from_frame(
        frame, area="state", time="year", outcome="cigsale", treated=["California"], start=1989
    )
    effect = synthetic_control(panel, predictors=predictors, inference="none", restarts=0)
    want = expected("prop99")["sc_adh_predictors"]
    assert effect.pre_rmspe**2 <= 3.21
    assert -19.3 <= effect.estimate <= -18.4
    weights = effect.weights.set_index("area")["weight"]
    for state, weight in want["published_weights"].items():
        assert weights[state] == pytest.approx(weight, abs=0.03)


def test_synthetic_control_with_predictors_basque():
    frame = pd.read_csv(folder("basque") / "basque.csv")
    frame = frame[frame["regionno"] != 1].copy()
    frame["school.high"] = frame["school.high"] + frame["school.post.high"]
    schools = ["school.illit", "school.prim", "school.med", "school.high"]
    frame[schools] = frame[schools].div(frame[schools].sum(axis=1), axis=0) * 100
    means = {c: (c, range(1964, 1970)) for c in [*schools, "invest"]}
    means["gdp"] = ("gdpcap", range(1960, 1970))
    means |= {c: (c, range(1961, 1970, 2)) for c in frame if c.startswith("sec.")}
    means["density"] = ("popdens", [1969])
    predictors = predictor_means(frame, area="regionname", time="year", means=means)
    basque = [name for name in frame["regionname"].unique() if "Basque" in name]
    panel = Panel.from_frame(
        frame, area="regionname", time="year", outcome="gdpcap", treated=basque, start=1970
    )
    effect = synthetic_control(panel, predictors=predictors, fit_periods=range(1960, 1970), inference="none")
    want = expected("basque")
    weights = effect.weights.set_index("area")["weight"]
    for region, weight in want["weights"].items():
        assert weights[region] == pytest.approx(weight, abs=0.002)
    assert effect.diagnostics["outcome loss"] <= want["lossV"] * 1.0001
    gaps = effect.path.set_index("period")["effect"]
    for year, gap in want["gap"].items():
        assert gaps[int(year)] == pytest.approx(gap, abs=0.005)
    assert effect.estimate == pytest.approx(want["mean_gap_1970_1997"], abs=0.005)
    wide = synthetic_control(
        panel, predictors=predictors, fit_periods=range(1960, 1970), inference="none", restarts=6
    )
    assert wide.diagnostics["outcome loss"] <= 0.49 * want["lossV"]


@pytest.mark.parametrize("case", ["turnout", "simdata"])
@pytest.mark.parametrize("covariates", [False, True])
def test_generalised_synthetic_control(case, covariates):
    want = expected(case)
    effect = generalised_synthetic_control(factor_panel(case, covariates), inference="none")
    points = [p for p in want["points"] if p["covariates"] == str(covariates)]
    assert effect.rank == points[0]["r_cv"]
    table = effect.ranks
    columns = {"effect": "att_avg", "mspe": "cv_mspe", "information_criterion": "ic", "sigma2": "sigma2"}
    for ours, theirs in columns.items():
        np.testing.assert_allclose(table[ours], [p[theirs] for p in points], atol=1e-8, rtol=0)
    if covariates:
        for j in (1, 2):
            np.testing.assert_allclose(table.iloc[:, 5 + j], [p[f"beta{j}"] for p in points], atol=1e-8)
    path = effect.path.set_index("relative")["effect"]
    first = 1 if case == "turnout" else 21
    rows = [p for p in want["path_at_r_cv"] if p["covariates"] == str(covariates)]
    np.testing.assert_allclose(
        [path[p["rel_time"] - first] for p in rows], [p["att"] for p in rows], atol=1e-8
    )


@pytest.mark.parametrize(("case", "share", "draws"), [("turnout", 0.15, 500), ("simdata", 0.12, 300)])
def test_parametric_bootstrap(case, share, draws):
    want = expected(case)["parametric_bootstrap"]
    effect = generalised_synthetic_control(factor_panel(case, True), rank=2, ranks=(), draws=draws, seed=1)
    assert effect.standard_error == pytest.approx(want["se"], rel=share)


def test_em_form():
    for case in ("turnout", "simdata"):
        want = expected(case)["em_variant"]
        for rank in (0, 1, 2):
            if f"att_r{rank}" in want:
                effect = generalised_synthetic_control(
                    factor_panel(case, False), rank=rank, ranks=(), em=True, inference="none", tolerance=1e-9
                )
                assert effect.estimate == pytest.approx(want[f"att_r{rank}"], abs=1e-3)


def test_synthetic_did_of_several_treated_areas():
    want = expected("simdata")["sdid"]
    panel = factor_panel("simdata", False)
    effect = synthetic_did(panel, inference=["jackknife", "bootstrap"], draws=200)
    assert effect.estimate == pytest.approx(want["sdid"], abs=1e-7)
    assert effect.standard_error == pytest.approx(want["se_jackknife"], abs=1e-7)
    assert effect.by("bootstrap").standard_error == pytest.approx(want["se_boot500_R"], rel=0.15)
    assert synthetic_did(panel, variant="sc", inference="none").estimate == pytest.approx(
        want["sc"], abs=1e-7
    )
    did = synthetic_did(panel, variant="did", inference="jackknife")
    assert did.estimate == pytest.approx(want["did"], abs=1e-7)
    assert did.standard_error == pytest.approx(want["did_jackknife"], abs=1e-7)


def test_group_time_effects_and_their_averages():
    want = expected("mpdta_staggered")
    frame = pd.read_csv(folder("mpdta_staggered") / "mpdta.csv")
    panel = Panel.from_frame(frame, area="countyreal", time="year", outcome="lemp", adoption="first_treat")
    effects = group_time_effects(panel)
    for key, value in want["att_gt"].items():
        group, year = (int(x) for x in key.split(","))
        assert effects[(group, year)].estimate == pytest.approx(value, abs=1e-7)
    for key, value in want["se_gt"].items():
        group, year = (int(x) for x in key.split(","))
        assert effects[(group, year)].standard_error == pytest.approx(value, abs=1e-7)
    simple = effects.aggregate("simple")
    assert (simple.estimate, simple.standard_error) == pytest.approx(want["simple"], abs=1e-12)
    by_group = effects.aggregate("group").path.set_index("period")["effect"]
    for key, value in want["group"].items():
        assert by_group[int(key)] == pytest.approx(value, abs=1e-7)
    dynamic = effects.aggregate("dynamic")
    by_time = dynamic.path.set_index("relative")["effect"]
    for key, value in want["dynamic"].items():
        assert by_time[int(key)] == pytest.approx(value, abs=1e-7)
    assert dynamic.estimate == pytest.approx(want["dynamic_overall"], abs=1e-7)
    later = group_time_effects(panel, control="not_yet").aggregate("simple")
    assert (later.estimate, later.standard_error) == pytest.approx(want["notyet_simple"], abs=1e-12)
    twoway = difference_in_differences(panel)
    assert (twoway.estimate, twoway.standard_error) == pytest.approx(want["twfe"], abs=1e-12)
    assert imputation(panel).estimate == pytest.approx(want["bjs_imputation"], abs=1e-8)


def test_card_krueger():
    want = expected("card_krueger")
    frame = pd.read_csv(folder("card_krueger") / "njmin3.csv")
    plain = two_by_two(frame["fte"], frame["nj"], frame["d"])
    first = want["fte_nj_d_dnj"]
    assert plain.n == first["n"]
    np.testing.assert_allclose(
        plain.table["coefficient"], [first[k] for k in ("const", "nj", "d", "d_nj")], atol=1e-8
    )
    np.testing.assert_allclose(plain.table["standard_error"], first["se_iid"], atol=1e-8)
    chains = ["kfc", "roys", "wendys", "co_owned"]
    for names, key in (
        (chains, "with_chain_dummies_co_owned"),
        ([*chains, "southj", "centralj", "pa1"], "plus_regions"),
    ):
        effect = two_by_two(frame["fte"], frame["nj"], frame["d"], covariates={n: frame[n] for n in names})
        assert effect.estimate == pytest.approx(want[key]["d_nj"], abs=1e-8)
        assert effect.standard_error == pytest.approx(want[key]["se"], abs=1e-8)
