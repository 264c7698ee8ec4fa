"""Slope indices by regression on rank, against reference values and theory."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm
from scipy.special import expit

from healthdevo.errors import InputError
from healthdevo.inequality.regression_gradients import grouped_slope_index, individual_slope_index

GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")
needs_golden = pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")


@needs_golden
def test_golden_survey():
    folder = Path(GOLDEN) / "inequality" / "who"
    data, expected = (pd.read_csv(folder / f"IndividualSample_sba_{n}.csv") for n in ("in", "out"))
    design = {"strata": data["strata"], "clusters": data["psu"]}
    rows = expected[expected["fn"].isin(["sii", "rii"])]
    assert len(rows) == 6
    for row in rows.to_dict("records"):
        result = individual_slope_index(
            data["sba"],
            data["subgroup_order"],
            weights=data["weight"],
            higher_is="better",
            link="logit" if "logit" in row["variant"] else "identity",
            **(design if "survey" in row["variant"] else {}),
        )
        part = result if row["fn"] == "sii" else result.relative
        np.testing.assert_allclose(part.estimate, row["estimate"], rtol=1e-6)
        error = part.standard_error if row["fn"] == "sii" else part.log_standard_error
        np.testing.assert_allclose(error, row["se"], rtol=1e-5)
        np.testing.assert_allclose(
            [part.interval().lower, part.interval().upper], [row["lowerci"], row["upperci"]], rtol=1e-5
        )


def survey(seed=0, n=600):
    generator = np.random.default_rng(seed)
    group = generator.integers(1, 6, n)
    return pd.DataFrame(
        {
            "group": group,
            "outcome": (generator.random(n) < expit(-1 + 0.4 * group)).astype(float),
            "weight": generator.integers(1, 4, n),
            "cluster": generator.integers(0, 40, n),
        }
    ).assign(stratum=lambda f: f["cluster"] // 10)


@pytest.mark.parametrize("link", ["logit", "identity"])
def test_integer_weights_are_persons_repeated(link):
    data = survey()
    options = {"higher_is": "better", "link": link}
    weighted = individual_slope_index(data["outcome"], data["group"], weights=data["weight"], **options)
    tall = data.loc[data.index.repeat(data["weight"])]
    repeated = individual_slope_index(tall["outcome"], tall["group"], **options)
    assert weighted.estimate == pytest.approx(repeated.estimate, rel=1e-9)
    assert weighted.relative.estimate == pytest.approx(repeated.relative.estimate, rel=1e-9)
    # persons as clusters: repeating a person adds no information
    people = individual_slope_index(tall["outcome"], tall["group"], clusters=tall.index, **options)
    assert people.standard_error == pytest.approx(weighted.standard_error, rel=1e-9)
    assert repeated.standard_error < weighted.standard_error


@pytest.mark.parametrize("link", ["logit", "identity"])
def test_persons_without_design_agree_with_groups(link):
    data = survey(1).assign(weight=1)
    groups = data.groupby("group")["outcome"].agg(["mean", "size"])
    persons = individual_slope_index(data["outcome"], data["group"], higher_is="worse", link=link, scale=100)
    grouped = grouped_slope_index(
        100 * groups["mean"], groups["size"], higher_is="worse", scale=100, link=link
    )
    assert persons.estimate == pytest.approx(grouped.estimate, rel=1e-9)
    assert persons.relative.estimate == pytest.approx(grouped.relative.estimate, rel=1e-9)
    assert persons.estimate < 0


def test_the_straight_line_is_ordinary_least_squares():
    data = survey(2)
    result = individual_slope_index(
        data["outcome"], data["group"], weights=data["weight"], higher_is="better", link="identity"
    )
    share = data.groupby("group")["weight"].sum() / data["weight"].sum()
    rank = data["group"].map(share.cumsum() - share / 2)
    fit = sm.WLS(data["outcome"], sm.add_constant(rank), weights=data["weight"]).fit(cov_type="HC0")
    n = len(data)
    assert result.estimate == pytest.approx(fit.params.iloc[1], rel=1e-9)
    assert result.standard_error == pytest.approx(fit.bse.iloc[1] * np.sqrt(n / (n - 1)), rel=1e-9)
    assert result.intercept == pytest.approx(fit.params.iloc[0], rel=1e-9)


def test_clusters_agree_with_the_cluster_robust_covariance():
    data = survey(3)
    options = {"higher_is": "better", "link": "identity"}
    result = individual_slope_index(data["outcome"], data["group"], clusters=data["cluster"], **options)
    share = data["group"].value_counts(normalize=True).sort_index()
    rank = data["group"].map(share.cumsum() - share / 2)
    fit = sm.OLS(data["outcome"], sm.add_constant(rank)).fit(
        cov_type="cluster", cov_kwds={"groups": data["cluster"], "use_correction": False}
    )
    assert result.standard_error == pytest.approx(fit.bse.iloc[1] * np.sqrt(40 / 39), rel=1e-9)
    stratified = individual_slope_index(
        data["outcome"], data["group"], clusters=data["cluster"], strata=data["stratum"], **options
    )
    assert stratified.estimate == result.estimate
    assert stratified.standard_error != result.standard_error


def survey_of_three(**design):
    return individual_slope_index([1, 0, 1], [1, 2, 3], higher_is="better", **design)


def test_rare_events_and_perfect_fits_raise_no_warning():
    rare = grouped_slope_index([2e-4, 1.5e-4, 1e-4], [9e5, 9e5, 9e5], higher_is="worse", scale=100_000)
    assert rare.estimate > 0
    level = grouped_slope_index([30.0, 30, 30], [10, 20, 30], higher_is="worse", scale=100)
    assert level.estimate == pytest.approx(0.0, abs=1e-9)
    assert level.relative.estimate == pytest.approx(1.0)


def test_the_scale_is_declared_not_guessed():
    small, people = np.array([0.9, 0.7, 0.6, 0.4]), [100, 100, 100, 100]
    percent = grouped_slope_index(small, people, higher_is="worse", scale=100)
    share = grouped_slope_index(small / 100, people, higher_is="worse", scale=1)
    assert percent.estimate == pytest.approx(100 * share.estimate, rel=1e-9)
    assert percent.standard_error == pytest.approx(100 * share.standard_error, rel=1e-9)
    assert percent.relative.estimate == pytest.approx(share.relative.estimate, rel=1e-9)


@pytest.mark.parametrize("link", ["logit", "identity"])
def test_reversing_polarity(link):
    options = {"scale": 100, "link": link}
    good = grouped_slope_index([60.0, 72, 78, 86], [100, 110, 90, 100], higher_is="better", **options)
    bad = grouped_slope_index([60.0, 72, 78, 86], [100, 110, 90, 100], higher_is="worse", **options)
    assert bad.estimate == pytest.approx(-good.estimate)
    assert bad.relative.interval().upper == pytest.approx(1 / good.relative.interval().lower)
    assert good.estimate in good.interval()


def test_a_line_below_zero_has_no_ratio():
    result = grouped_slope_index([1.0, 30, 90], [10, 10, 10], higher_is="better", scale=100, link="identity")
    assert np.isnan(result.relative.estimate)
    assert result.relative.reason == "a fitted end is not above 0"
    assert np.isfinite(result.estimate)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: grouped_slope_index([1.0, 2], [1, 1], higher_is="better", scale=100), "at least 3"),
        (
            lambda: grouped_slope_index([1.0, 2, 101], [1, 1, 1], higher_is="better", scale=100),
            "group 3 holds 101",
        ),
        (
            lambda: grouped_slope_index([1.0, 2, 3], [1, 0, 1], higher_is="better", scale=100),
            "population: group 2",
        ),
        (lambda: grouped_slope_index([1.0, 2, 3], [1, 1], higher_is="better", scale=100), "one per group"),
        (lambda: grouped_slope_index([1.0, 2, 3], [1, 1, 1], higher_is="better", scale=0), "scale"),
        (lambda: grouped_slope_index([0.0, 0, 0], [1, 1, 1], higher_is="better", scale=1), "no slope"),
        (
            lambda: grouped_slope_index([1.0, 2, 3], [1, 1, 1], higher_is="better", scale=5, link="log"),
            "link",
        ),
        (lambda: individual_slope_index([0, 1, 2], [1, 2, 3], higher_is="better"), "from 0 to 1"),
        (lambda: individual_slope_index([0, 1, np.nan], [1, 2, 3], higher_is="better"), "drop persons"),
        (lambda: individual_slope_index([0, 1, 1], ["a", "b", "c"], higher_is="better"), r"pd\.Categorical"),
        (lambda: individual_slope_index([0, 1, 1], [1, 2, 2], higher_is="better"), "2 groups"),
        (lambda: individual_slope_index([1, 1, 1], [1, 2, 3], higher_is="better"), "same outcome"),
        (
            lambda: individual_slope_index([0, 1, 1], [1, 2, 3], higher_is="better", weights=[1, -1, 1]),
            "weights",
        ),
        (
            lambda: individual_slope_index([0, 1, 1], [1, 2, 3], higher_is="better", weights=[1, 1]),
            "2 entries",
        ),
        (lambda: individual_slope_index([0, 1, 1], [1, 2, 3], higher_is="better"), "separates cases"),
        (lambda: survey_of_three(clusters=[1, 1, 1]), "one cluster"),
        (lambda: survey_of_three(strata=[1, None, 1]), "strata"),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()


@pytest.mark.parametrize("design", [False, True])
@pytest.mark.parametrize("link", ["logit", "identity"])
def test_slopes_of_a_drawn_survey_match_the_formulas(reference, link, design):
    data, expected = reference("survey_drawn")
    rows = expected[(expected["link"] == link) & (expected["design"] == design)].set_index("measure")
    units = {"strata": data["stratum"], "clusters": data["cluster"]} if design else {}
    result = individual_slope_index(
        data["outcome"], data["group"], weights=data["weight"], higher_is="better", link=link, **units
    )
    relative = result.relative
    for part, error, name in (
        (result, result.standard_error, "sii"),
        (relative, relative.log_standard_error, "rii"),
    ):
        assert part.estimate == pytest.approx(rows.loc[name, "estimate"], rel=1e-9)
        assert error == pytest.approx(rows.loc[name, "se"], rel=1e-7)
        limits = [part.interval().lower, part.interval().upper]
        np.testing.assert_allclose(limits, rows.loc[name, ["lower", "upper"]].astype(float), rtol=1e-7)
