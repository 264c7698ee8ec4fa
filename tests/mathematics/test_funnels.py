"""Funnel limits agree with the published ones, and say what they cannot do."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from healthdevo.errors import InputError
from healthdevo.mathematics.funnels import (
    funnel_limits,
    funnel_points,
    funnel_significance,
    poisson_ratio_limits,
)
from healthdevo.mathematics.overdispersion import overdispersed_funnel

REFERENCE = Path(__file__).parents[1] / "reference"
KINDS = {"icb42_4hour_PR": "proportion", "pkg_test_SHMI": "ratio", "pkg_test_CQC": "ratio_square_root"}
LIMITS = [
    f"{side}_{sigma}_{what}"
    for side in ("lower", "upper")
    for sigma in ("2s", "3s")
    for what in ("limit", "size")
]


needs_golden = pytest.mark.skipif(
    "HEALTHDEVO_GOLDEN" not in os.environ, reason="HEALTHDEVO_GOLDEN is not set"
)


def golden(*parts):
    return Path(os.environ["HEALTHDEVO_GOLDEN"]).joinpath("inequality", *parts)


@pytest.mark.parametrize("case", list(KINDS))
def test_overdispersed_limits_agree_with_the_reference(case):
    inputs = pd.read_csv(REFERENCE / "funnel_overdispersed" / "input.csv")
    expected = pd.read_csv(REFERENCE / "funnel_overdispersed" / "expected.csv")
    rows, want = inputs[inputs["case"] == case], expected[expected["case"] == case]
    funnel = overdispersed_funnel(
        rows["numerator"], rows["denominator"], kind=KINDS[case], trim=rows["trim_by"].iloc[0]
    )
    np.testing.assert_allclose([funnel.phi, funnel.tau2], want[["phi", "tau2"]].iloc[0], rtol=1e-9)
    np.testing.assert_allclose(funnel.table["score"], want["z"], rtol=1e-9)
    np.testing.assert_allclose(funnel.target, want["target"].iloc[0], rtol=1e-9)
    for ours, theirs in (
        ("lower_0.95", "ll95"),
        ("upper_0.95", "ul95"),
        ("lower_0.998", "ll998"),
        ("upper_0.998", "ul998"),
        ("od_lower_0.95", "odll95"),
        ("od_upper_0.95", "odul95"),
        ("od_lower_0.998", "odll998"),
        ("od_upper_0.998", "odul998"),
    ):
        np.testing.assert_allclose(funnel.table[ours], want[theirs], rtol=1e-9, err_msg=ours)


@needs_golden
def test_limits_and_labels_agree_with_the_national_tool():
    folder = golden("phe", "funnels")
    areas = pd.read_csv(folder / "limits_proportion_in.csv")
    for statistic, denominator, rate, multiplier, sizes, rtol in (
        ("proportion", "pop", None, 100.0, "Population", 1e-6),
        ("rate", "pop", areas["rate"], 1e5, "Events", 1e-5),
        ("ratio", "expected", None, 100.0, "Observed_events", 1e-5),
    ):
        name = "rate_crude" if statistic == "rate" else statistic
        limits = funnel_limits(
            areas["obs"], areas[denominator], statistic=statistic, rate=rate, multiplier=multiplier
        )
        want = pd.read_csv(folder / f"limits_{name}_out.csv")
        assert limits["size"].tolist() == want[sizes].tolist()
        for column in LIMITS:
            theirs = column.replace("_size", "_exp_events" if statistic == "ratio" else "_population_1_year")
            if column in limits:
                np.testing.assert_allclose(
                    limits[column], want[theirs], rtol=rtol, atol=1e-12, err_msg=column
                )
        labels = funnel_significance(areas["obs"], areas[denominator], statistic=statistic, rate=rate)
        assert labels.tolist() == pd.read_csv(folder / f"signif_{name}_out.csv")["significance"].tolist()
    points = funnel_points(areas["obs"], areas["pop"], rate=areas["rate"])
    want = pd.read_csv(folder / "points_rate_crude_out.csv")
    np.testing.assert_allclose(points, want[["rate_chart", "denominator_derived"]], rtol=1e-6)


@needs_golden
def test_labels_agree_with_the_national_tool_on_its_own_examples():
    folder = golden("phe_fixtures")
    a = pd.read_csv(folder / "testdata_funnel_prop_inputs.csv", encoding="utf-8-sig")
    labels = funnel_significance(a["numerator"], a["denominator"], statistic="proportion")
    assert labels.tolist() == a["significance"].tolist()
    b = pd.read_csv(folder / "testdata_funnel_ratio_inputs.csv", encoding="utf-8-sig")
    assert (
        funnel_significance(b["obs"], b["expected"], statistic="ratio").tolist() == b["significance"].tolist()
    )
    c = pd.read_csv(folder / "testdata_funnel_rate_dsr_inputs.csv", encoding="utf-8-sig")
    for rate, kind, want in (
        ("rate_dsr", "dsr", "dsr_per_100000_with_0"),
        ("rate_crude_per_100000", "crude", "crude_per_100000_with_0"),
    ):
        labels = funnel_significance(c["count"], c["pop"], statistic="rate", rate=c[rate], rate_type=kind)
        assert labels.tolist() == c[want].tolist()


def test_poisson_limits_invert_the_poisson_test():
    rng = np.random.default_rng(2)
    expected = rng.uniform(0.5, 400.0, 50)
    limits = poisson_ratio_limits(expected, levels=(0.9, 0.99))
    for level, tail in ((0.9, 0.05), (0.99, 0.005)):
        low = limits[f"lower_{level}"] * expected
        np.testing.assert_allclose(stats.chi2.cdf(2 * low, 2 * expected), tail, rtol=1e-9)
    assert (limits["lower_0.99"] < limits["lower_0.9"]).all()


def test_exact_limits_hold_their_level():
    funnel = funnel_limits([50, 60], [55.0, 52.0], statistic="ratio", multiplier=1.0, axis=(1.0, 400.0))
    for column, tail in (("upper_2s", 0.025), ("upper_3s", 0.001)):
        chance = stats.poisson.sf(funnel["size"] - 1, funnel[f"{column}_size"])
        np.testing.assert_allclose(chance, tail, rtol=1e-4)
    assert (funnel["lower_3s_limit"] < funnel["lower_2s_limit"]).all()


def test_chance_alone_is_not_called_overdispersion():
    rng = np.random.default_rng(0)
    bottom = np.full(200, 5000.0)
    flat = overdispersed_funnel(rng.binomial(5000, 0.3, 200), bottom)
    spread = overdispersed_funnel(rng.binomial(5000, rng.normal(0.3, 0.05, 200)), bottom)
    assert flat.tau2 < 2e-5
    assert "more than chance" in spread.sentence
    assert np.sqrt(spread.tau2) == pytest.approx(0.05 / (2 * np.sqrt(0.3 * 0.7)), rel=0.25)
    inside = (
        spread.table["ratio"].between(spread.table["od_lower_0.95"], spread.table["od_upper_0.95"]).mean()
    )
    assert 0.88 < inside < 0.99


def test_identical_areas_have_no_variance_between_them():
    funnel = overdispersed_funnel([10, 10, 10], [100, 100, 100], index=["a", "b", "c"])
    assert funnel.tau2 == 0.0
    assert funnel.sentence == "The areas differ by no more than chance."
    assert funnel.table.loc["b", "od_lower_0.95"] == funnel.table.loc["b", "lower_0.95"]


def test_extreme_counts_get_labels():
    labels = funnel_significance([0, 0, 500], [0.5, 50.0, 100.0], statistic="ratio")
    assert labels.tolist() == ["Not significant", "Low (0.001)", "High (0.001)"]


def test_few_events_are_not_judged_by_standardised_rates():
    labels = funnel_significance([9, 50, 400], statistic="rate", rate=[90.0, 100.0, 110.0], rate_type="dsr")
    assert labels.iloc[0].startswith("Not applicable")
    points = funnel_points([9, 50], rate=[90.0, 100.0], rate_type="dsr")
    assert points["rate_chart"].isna().tolist() == [True, False]


@pytest.mark.parametrize(
    ("function", "arguments", "message"),
    [
        (funnel_limits, {"numerator": [1], "denominator": [2], "statistic": "mean"}, "is not valid"),
        (funnel_limits, {"numerator": [1], "statistic": "ratio"}, "needed"),
        (funnel_limits, {"numerator": [1, 2], "denominator": [2], "statistic": "ratio"}, "1 values for 2"),
        (funnel_limits, {"numerator": [1], "denominator": [0], "statistic": "ratio"}, "above 0"),
        (funnel_limits, {"numerator": [np.nan], "denominator": [1], "statistic": "ratio"}, "finite numbers"),
        (funnel_limits, {"numerator": [5], "denominator": [1], "statistic": "proportion"}, "exceeds"),
        (funnel_limits, {"numerator": [0], "denominator": [9], "statistic": "rate"}, "no event"),
        (funnel_limits, {"numerator": [1], "statistic": "rate"}, "population"),
        (funnel_limits, {"numerator": [1], "statistic": "rate", "rate_type": "dsr"}, "rate"),
        (funnel_limits, {"numerator": [0, 1], "statistic": "rate", "rate": [0.0, 2.0]}, "cannot be derived"),
        (funnel_limits, {"numerator": [1], "denominator": [9], "statistic": "ratio", "axis": (5, 2)}, "axis"),
        (
            funnel_limits,
            {"numerator": [1], "denominator": [9], "statistic": "ratio", "multiplier": 0},
            "above 0",
        ),
        (funnel_significance, {"numerator": [3], "denominator": [2], "statistic": "proportion"}, "exceeds"),
        (overdispersed_funnel, {"numerator": [3], "denominator": [9]}, "at least 2"),
        (overdispersed_funnel, {"numerator": [0, 3], "denominator": [9, 9], "kind": "ratio"}, "no events"),
        (overdispersed_funnel, {"numerator": [1, 3], "denominator": [9, 9], "trim": 0.5}, "trim"),
        (overdispersed_funnel, {"numerator": [1, 3], "denominator": [9, 9], "target": 1.0}, "target"),
        (overdispersed_funnel, {"numerator": [1, 3], "denominator": [9, 9], "kind": "odds"}, "kind"),
        (overdispersed_funnel, {"numerator": [10, 3], "denominator": [9, 9]}, "exceeds"),
        (overdispersed_funnel, {"numerator": [1, 3], "denominator": [9, 9], "index": ["a"]}, "1 labels"),
    ],
)
def test_bad_input_is_refused(function, arguments, message):
    with pytest.raises(InputError, match=message):
        function(**arguments)


@pytest.mark.parametrize("statistic", ["ratio", "proportion", "rate"])
def test_sizes_are_whole_where_areas_are_small(statistic):
    sizes = funnel_limits([4, 6, 9], [4.1, 7.3, 11.9], statistic=statistic)["size"]
    assert (sizes % 1.0 == 0.0).all()
    assert (np.diff(sizes) > 0.0).all()


def test_text_is_refused():
    with pytest.raises(InputError, match="give numbers"):
        funnel_limits(["a"], [1.0], statistic="ratio")
