"""Relative importance and cross-lagged panels."""

import itertools

import numpy as np
import pandas as pd
import pytest

from healthdevo.errors import InputError
from healthdevo.regression.cross_lagged import cross_lagged
from healthdevo.regression.panels import panel
from healthdevo.regression.relative_importance import relative_importance


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame([(a, 2010 + t) for a in range(30) for t in range(7)], columns=["area", "year"])
    n = len(frame)
    level = rng.normal(size=(30, 3))[frame["area"]]
    frame[["work", "income", "home"]] = level + rng.normal(size=(n, 3)) @ np.array(
        [[1, 0.6, 0], [0, 1, 0], [0, 0, 1]]
    )
    frame["health"] = (
        frame[["work", "income", "home"]] @ [0.8, 0.4, 0.0]
        + 2 * level[:, 2]
        + 0.3 * frame["year"]
        + rng.normal(size=n)
    )
    return frame.drop(index=rng.choice(n, 15, replace=False))


NAMES = ["work", "income", "home"]


def r2(y, X):
    if X.shape[1] == 0:
        return 0.0
    e = y - X @ np.linalg.lstsq(X, y, rcond=None)[0]
    return 1 - (e @ e) / (y @ y)


def prepared(frame, variation):
    columns = frame[[*NAMES, "health"]]
    if variation == "between":
        columns = columns.groupby(frame["area"]).mean()
        return columns - columns.mean()
    dummies = [np.ones((len(frame), 1)), pd.get_dummies(frame["year"]).to_numpy(float)]
    if variation == "within":
        dummies.append(pd.get_dummies(frame["area"]).to_numpy(float))
    D = np.hstack(dummies)
    return columns - D @ np.linalg.lstsq(D, columns.to_numpy(), rcond=None)[0]


@pytest.mark.parametrize("variation", ["total", "within", "between"])
def test_contributions_are_averages_over_all_orders(frame, variation):
    data = prepared(frame, variation)
    y = data["health"].to_numpy()
    expected = dict.fromkeys(NAMES, 0.0)
    for order in itertools.permutations(NAMES):
        for k, name in enumerate(order):
            gain = r2(y, data[list(order[: k + 1])].to_numpy()) - r2(y, data[list(order[:k])].to_numpy())
            expected[name] += gain / 6
    result = relative_importance(frame, outcome="health", determinants=NAMES, variation=variation, draws=60)
    np.testing.assert_allclose(result.estimate, [expected[n] for n in NAMES], atol=1e-10)
    assert result.estimate.sum() == pytest.approx(result.r2, abs=1e-12)
    assert result.r2 == pytest.approx(r2(y, data[NAMES].to_numpy()), abs=1e-10)
    assert result.shares["share"].sum() == pytest.approx(1)
    assert result.r2_alone["work"] == pytest.approx(r2(y, data[["work"]].to_numpy()), abs=1e-10)
    assert result.r2_last["home"] == pytest.approx(
        result.r2 - r2(y, data[["work", "income"]].to_numpy()), abs=1e-10
    )
    assert (result.lower[:, 0] <= result.upper[:, 0]).all()
    assert "not a share of causes" in result.sentence


def test_within_and_between_can_tell_different_stories(frame):
    within = relative_importance(frame, outcome="health", determinants=NAMES, variation="within", draws=60)
    between = relative_importance(frame, outcome="health", determinants=NAMES, variation="between", draws=60)
    assert within.shares["share"].idxmax() == "work"
    assert between.shares["share"].idxmax() == "home"
    d = within.dominance.set_index(["first", "second"])
    assert d.loc[("work", "home"), "complete"]
    assert d.loc[("work", "home"), "conditional"]
    assert d.loc[("work", "home"), "general"]
    assert not d.loc[("home", "work"), "complete"]
    assert d.loc[("work", "home"), "reproduced"] + d.loc[("home", "work"), "reproduced"] == pytest.approx(1)


def test_bootstrap_resamples_whole_areas_exactly(frame):
    names = ["work", "home"]
    result = relative_importance(frame, outcome="health", determinants=names, draws=20, seed=5)
    counts = np.random.default_rng(5).multinomial(30, np.full(30, 1 / 30), size=20)
    areas = sorted(frame["area"].unique())
    drawn = []
    for row in counts:
        # each resample written out, every copy of an area being an area of its own
        pieces = [
            frame[frame["area"] == a].assign(area=f"{a}-{k}")
            for a, c in zip(areas, row, strict=True)
            for k in range(c)
        ]
        sample = pd.concat(pieces, ignore_index=True)
        drawn.append(relative_importance(sample, outcome="health", determinants=names, draws=20).estimate)
    np.testing.assert_allclose(result.standard_error, np.std(drawn, axis=0, ddof=1), rtol=1e-8)
    np.testing.assert_allclose(result.lower[:, 0], np.quantile(drawn, 0.025, axis=0), rtol=1e-8)


def test_groups_scales_and_row_order(frame):
    grouped = relative_importance(
        frame, outcome="health", determinants={"economy": ["work", "income"], "home": "home"}, draws=60
    )
    assert grouped.index.tolist() == ["economy", "home"]
    single = relative_importance(frame, outcome="health", determinants=NAMES, draws=60)
    assert grouped.r2 == pytest.approx(single.r2)
    other = frame.assign(work=1e6 * frame["work"] + 1e9, health=frame["health"] / 1e4).iloc[::-1]
    again = relative_importance(other, outcome="health", determinants=NAMES, draws=60)
    np.testing.assert_allclose(again.estimate, single.estimate, atol=1e-6)
    assert single["work"].estimate == single.estimate[0]


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        (lambda f: f.assign(home=f["area"]), {}, "'home': it does not vary"),
        (lambda f: f.assign(home=f["work"] + f["income"]), {}, "combinations"),
        (lambda f: f.assign(home=f["year"]), {}, "combinations|not vary"),
        (lambda f: f, {"determinants": ["work"]}, "give 2 to 12"),
        (lambda f: f, {"variation": "across"}, "variation"),
        (lambda f: f[f["area"] < 2], {}, "at least 3"),
    ],
)
def test_what_cannot_be_divided_is_refused(frame, change, options, message):
    with pytest.raises(InputError, match=message):
        relative_importance(
            change(frame), **({"outcome": "health", "determinants": NAMES, "draws": 40} | options)
        )


def test_cross_lagged_is_two_panels(frame):
    result = cross_lagged(frame, first="work", second="health", controls="home")
    copy = frame.assign(past_work=frame["work"], past_health=frame["health"])
    one = panel(copy, outcome="health", regressors=["past_work", "past_health"], lags=1, controls="home")
    assert result.table.loc["work -> health", "estimate"] == pytest.approx(one["L1.past_work"].estimate)
    assert result.table.loc["health -> health", "standard_error"] == pytest.approx(
        one["L1.past_health"].standard_error
    )
    assert len(result.fits) == 2
    assert "Neither is an effect" in result.sentence


def test_split_panel_jackknife_removes_most_of_the_bias_of_a_lagged_outcome():
    rng = np.random.default_rng(1)
    areas, years = 400, 10
    y = np.zeros((areas, years + 30))
    for t in range(1, years + 30):
        y[:, t] = 0.5 * y[:, t - 1] + rng.normal(size=areas)
    frame = pd.DataFrame(
        [(a, 2000 + t) for a in range(areas) for t in range(years)], columns=["area", "year"]
    )
    frame["y"] = y[:, 30:].ravel()
    frame["x"] = rng.normal(size=len(frame))
    row = cross_lagged(frame, first="x", second="y").table.loc["y -> y"]
    assert row["estimate"] < 0.4
    assert abs(row["jackknife"] - 0.5) < 0.5 * abs(row["estimate"] - 0.5)


def test_standardised_coefficients_and_logs(frame):
    positive = frame.assign(work=np.exp(frame["work"]))
    plain = cross_lagged(positive, first="work", second="health", logs=["work"])
    scaled = cross_lagged(positive, first="work", second="health", logs=["work"], standardise=True)
    ratio = np.log(positive["work"]).std() / positive["health"].std()
    assert scaled.table.loc["log(work) -> health", "estimate"] == pytest.approx(
        plain.table.loc["log(work) -> health", "estimate"] * ratio
    )
    with pytest.raises(InputError, match="logarithm"):
        cross_lagged(frame, first="work", second="health", logs=["work"])
    with pytest.raises(InputError, match="lag"):
        cross_lagged(frame, first="work", second="health", lag=0)
    with pytest.raises(InputError, match="both are"):
        cross_lagged(frame, first="work", second="work")
    with pytest.raises(InputError, match="no column 'wealth'"):
        cross_lagged(frame, first="wealth", second="work")


def test_short_panels_have_no_jackknife(frame):
    short = frame[frame["year"] < 2013]
    table = cross_lagged(short, first="work", second="health").table
    assert table["jackknife"].isna().all()
    assert table["estimate"].notna().all()
