import numpy as np
import pandas as pd
import pytest
from linearmodels.panel import PanelOLS

from healthdevo.errors import InputError
from healthdevo.regression.joint_test import joint_test
from healthdevo.regression.panels import panel
from healthdevo.regression.specification_curve import specification_curve


def drawn(seed=0, areas=25, years=8, drop=20, effect=0.0):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        [(a, 2010 + t) for a in range(areas) for t in range(years)], columns=["area", "year"]
    )
    n = len(frame)
    level = rng.normal(size=areas)[frame["area"]]
    frame["spend"] = np.exp(0.3 * level + 0.2 * rng.normal(size=n))
    frame["need"] = level + rng.normal(size=n)
    for name in ("deaths", "births"):
        frame[name] = np.exp(effect * np.log(frame["spend"]) + 0.2 * rng.normal(size=n))
    frame["people"] = rng.uniform(1, 9, n)
    frame["north"] = frame["area"] < 15
    return frame.drop(index=rng.choice(n, drop, replace=False)).reset_index(drop=True)


def curve_of(frame, **options):
    return specification_curve(
        frame,
        **(
            {
                "outcomes": ["deaths", "births"],
                "regressor": "spend",
                "lags": (0, 1, -1),
                "controls": [(), ("need",)],
                "weights": (None, "people"),
                "samples": {"all": None, "north": "north", "late": (frame["year"] > 2012).to_numpy()},
                "estimators": (
                    "pooled",
                    "area",
                    "year",
                    "two-way",
                    "first-difference",
                    "first-difference-year",
                ),
                "logs": ["deaths", "spend"],
            }
            | options
        ),
    )


def test_every_model_is_the_one_that_panel_fits():
    frame = drawn()
    table = curve_of(frame).table
    assert len(table) == 2 * 3 * 2 * 2 * 3 * 6
    assert (table["reason"] == "").all()
    rng = np.random.default_rng(0)
    for i in rng.choice(len(table), 15, replace=False):
        row = table.iloc[i]
        keep = {"all": np.ones(len(frame), bool), "north": frame["north"], "late": frame["year"] > 2012}[
            row["sample"]
        ]
        fit = panel(
            frame[keep],
            outcome=row["outcome"],
            regressors="spend",
            lags=int(row["lag"]),
            controls=[] if row["controls"] == "none" else [row["controls"]],
            weights=None if row["weights"] == "none" else row["weights"],
            effects=row["estimator"],
            logs=["spend", *(["deaths"] if row["outcome"] == "deaths" else [])],
        )
        c = fit[fit.focal]
        assert row["estimate"] == pytest.approx(c.estimate, rel=1e-10, abs=1e-12)
        assert row["standard_error"] == pytest.approx(c.standard_error, rel=1e-9)
        assert row["p_value"] == pytest.approx(c.p_value, rel=1e-7)
        assert (row["lower_95"], row["upper_95"]) == pytest.approx((c.interval().lower, c.interval().upper))
        assert (row["n"], row["areas"]) == (fit.n, fit.areas)


@pytest.mark.parametrize("weights", [None, "people"])
def test_the_engine_equals_linearmodels(weights):
    frame = drawn(3)
    row = curve_of(
        frame,
        outcomes="births",
        lags=(0,),
        controls=[("need",)],
        weights=(weights,),
        samples=None,
        estimators=["two-way"],
        logs=["spend"],
    ).table.iloc[0]
    data = frame.assign(spend=np.log(frame["spend"])).set_index(["area", "year"])
    w = None if weights is None else data[weights]
    fit = PanelOLS(
        data["births"], data[["spend", "need"]], weights=w, entity_effects=True, time_effects=True
    ).fit()
    assert abs(row["estimate"] - fit.params["spend"]) < 1e-10


def test_order_of_rows_does_not_matter():
    frame = drawn(1)
    shuffled = frame.sample(frac=1, random_state=0).set_index(np.arange(len(frame)) * 3 + 1)
    pd.testing.assert_frame_equal(curve_of(frame).table, curve_of(shuffled).table, rtol=1e-8)


def test_what_cannot_be_estimated_is_listed_with_its_reason():
    frame = drawn().assign(fixed=lambda f: f["area"] * 1.0)
    table = curve_of(frame, lags=(0, 20), controls=[(), ("fixed",)], samples=None, weights=(None,)).table
    reasons = set(table["reason"])
    assert {"", "0 complete rows", "fixed has no variation left"} <= reasons
    assert table["estimate"].isna().to_numpy()[-1]
    assert table.loc[table["estimator"] == "pooled"].query("lag == 0")["reason"].eq("").all()


def test_summary_and_sentence():
    curve = curve_of(drawn(effect=-2.0), outcomes="deaths", lags=(0,))
    share = curve.share_significant()
    assert share["negative"] == 1
    assert share["positive"] == 0
    assert curve.median < -1.5
    assert "significantly negative" in curve.sentence


def test_joint_test_finds_an_effect_and_not_its_absence():
    options = {
        "outcomes": "deaths",
        "lags": (0,),
        "weights": (None,),
        "samples": None,
        "estimators": ("area", "two-way"),
    }
    strong = joint_test(curve_of(drawn(0, drop=0, effect=-0.5), **options), draws=99)
    assert strong.table.loc[["median z", "combined z"], "p_value"].tolist() == [0.01, 0.01]
    # four specifications, all significant: a share cannot exceed one, so permutations tie with it
    assert strong.table.loc["share significant", "observed"] == 1
    p = [
        joint_test(curve_of(drawn(s, 15, 6, 0), **options), draws=49, seed=s).table["p_value"].to_numpy()[0]
        for s in range(40)
    ]
    assert 0.02 < np.mean(np.array(p) <= 0.2) < 0.42
    assert "Exchanging whole spending histories" in strong.sentence


def test_joint_test_moves_only_areas_with_the_same_years():
    frame = drawn(drop=0)
    frame = frame.drop(index=frame.index[(frame["area"] == 3) & (frame["year"] == 2012)])
    options = {
        "outcomes": "deaths",
        "lags": (0,),
        "samples": None,
        "weights": (None,),
        "estimators": ("area",),
    }
    one = joint_test(curve_of(frame, **options), draws=20, seed=1)
    assert one.movable == 24
    two = joint_test(curve_of(frame, **options), draws=20, seed=1)
    pd.testing.assert_frame_equal(one.table, two.table)
    ragged = frame[[(y - 2010) <= a % 8 for a, y in zip(frame["area"], frame["year"], strict=True)]]
    with pytest.raises(InputError, match="no histories"):
        joint_test(curve_of(ragged[ragged["area"] < 8], **(options | {"estimators": ("pooled",)})))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"estimators": ["gmm"]}, "'gmm' is not valid"),
        ({"controls": [("spend",)]}, "leave it out"),
        ({"samples": {"x": "nowhere"}}, "no column 'nowhere'"),
        ({"samples": {"x": [True]}}, "true or false for each"),
        ({"logs": ["people"]}, "neither outcome"),
        ({"logs": ["need"]}, "zero or negative"),
        ({"lags": ()}, "no specification"),
    ],
)
def test_bad_choices_are_refused(options, message):
    with pytest.raises(InputError, match=message):
        curve_of(drawn(), **options)


def test_a_perfect_fit_is_listed_as_such():
    frame = drawn().assign(deaths=lambda f: 2 * f["spend"])
    curve = curve_of(frame, outcomes="deaths", lags=(0,), samples=None, logs=[], weights=(None,))
    assert set(curve.table["reason"]) == {"the fit leaves no errors"}
    with pytest.raises(InputError, match="nothing to test"):
        joint_test(curve)
