"""Gaps between groups against reference values, simulation and theory."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from healthdevo import inequality as gaps
from healthdevo.errors import InputError
from healthdevo.inequality.regression_gradients import grouped_slope_index

REFERENCE = Path(__file__).parents[1] / "reference"
GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")
needs_golden = pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")
LEVELS = (0.95, 0.99)
DRAWS = 30_000

ORDERED = ["who/OrderedSample", "who/OrderedMulti_1", "who/OrderedMulti_2", "who/testthat_ordered"]
UNORDERED = ["who/NonorderedSample", "who/NonorderedMulti_1", "who/NonorderedMulti_2"]


def committed(case):
    return {p.stem: pd.read_csv(p) for p in (REFERENCE / case).glob("*.csv")}


def golden(case):
    names = {"input": "in", "expected": "out", "slopes": "logit_correct", "limits": "simref"}
    paths = {k: Path(GOLDEN) / "inequality" / f"{case}_{v}.csv" for k, v in names.items()}
    return {k: pd.read_csv(p) for k, p in paths.items() if p.exists()}


def marked(cases):
    return [pytest.param(c, marks=needs_golden, id=c) for c in cases]


def load(case):
    tables = golden(case) if case.startswith("who/") else committed(case)
    data = tables["input"]
    if "subgroup_order" in data and data["ordered_dimension"].iloc[0] == 1:
        data = data.sort_values("subgroup_order")
    first = data.iloc[0]
    polarity = "better" if first["favourable_indicator"] == 1 else "worse"
    columns = {name: data[name].to_numpy(dtype=float) for name in ("estimate", "se", "population")}
    return tables, data, columns, polarity, float(first["indicator_scale"])


def assert_row(result, row, *, error=True, limits=True, rtol=1e-8):
    np.testing.assert_allclose(result.estimate, row["estimate"], rtol=rtol)
    if error:
        ours = getattr(result, "log_standard_error", result.standard_error)
        np.testing.assert_allclose(ours, row["se"], rtol=2 * rtol)
    if limits:
        interval = result.interval(0.99 if "0.99" in row["variant"] else 0.95)
        np.testing.assert_allclose(
            [interval.lower, interval.upper], [row["lowerci"], row["upperci"]], rtol=rtol
        )


@pytest.mark.parametrize("case", ["gaps_ordered_percent", "gaps_ordered_rate", *marked(ORDERED)])
def test_measures_of_ordered_groups_match_the_reference(case):
    tables, _, x, polarity, scale = load(case)
    y, people = x["estimate"], x["population"]
    pair = {"higher_is": polarity, "ordered": True, "standard_errors": x["se"], "levels": LEVELS}
    attributed = {"higher_is": polarity, "ordered": True, "scale": scale}
    # the peer rounds populations before it fits a straight line
    whole = np.array_equal(people, np.round(people))
    line = grouped_slope_index(y, people, higher_is="better", scale=scale, link="identity", levels=LEVELS)
    seen = set()
    for row in tables["expected"].to_dict("records"):
        seen.add(row["fn"])
        if row["fn"] == "d":
            assert_row(gaps.difference(y, **pair), row)
        elif row["fn"] == "r":
            assert_row(gaps.ratio(y, **pair), row)
        elif row["fn"] == "parisk":
            assert_row(gaps.population_attributable_risk(y, people, **attributed), row)
        elif row["fn"] == "paf":
            fraction = gaps.population_attributable_fraction(y, people, **attributed)
            assert_row(fraction, row, error=False, limits=False)
            np.testing.assert_allclose(fraction.standard_error, 100 * row["se"], rtol=1e-8)
        elif row["fn"] in ("sii", "rii") and "linear" in row["variant"] and whole:
            assert_row(line if row["fn"] == "sii" else line.relative, row, error=row["fn"] == "rii")
    assert {"d", "r", "sii", "rii"} <= seen
    slopes = tables["slopes"].set_index("measure")["value"]
    for name, link in (("logit", "logit"), ("linear", "identity")):
        fit = grouped_slope_index(y, people, higher_is="better", scale=scale, link=link)
        np.testing.assert_allclose(fit.estimate, slopes[f"sii_{name}"], rtol=1e-6)
        np.testing.assert_allclose(fit.relative.estimate, slopes[f"rii_{name}"], rtol=1e-6)


@pytest.mark.parametrize("case", ["gaps_unordered_percent", *marked(UNORDERED)])
def test_measures_of_unordered_groups_match_the_reference(case):
    tables, data, x, polarity, scale = load(case)
    y, people, errors = x["estimate"], x["population"], x["se"]
    limits = tables["limits"].set_index("fn")
    reference = int(data["reference_subgroup"].to_numpy().argmax())
    drawn = {"standard_errors": errors, "scale": scale, "draws": DRAWS, "seed": 1}
    even, best = {"weighted": False, **drawn}, {"higher_is": polarity, **drawn}
    simulated = {
        "bgsd": gaps.between_group_standard_deviation(y, people, **drawn),
        "covar": gaps.between_group_coefficient_of_variation(y, people, **drawn),
        "mdmw": gaps.mean_difference_from_mean(y, people, **drawn),
        "mdmu": gaps.mean_difference_from_mean(y, people, **even),
        "idisw": gaps.index_of_disparity(y, people, **drawn),
        "idisu": gaps.index_of_disparity(y, people, **even),
        "mdbw": gaps.mean_difference_from_best(y, people, **best),
        "mdbu": gaps.mean_difference_from_best(y, people, weighted=False, **best),
        "mdrw": gaps.mean_difference_from_reference(y, people, reference=reference, **drawn),
        "mdru": gaps.mean_difference_from_reference(y, people, reference=reference, **even),
    }
    rescaled = {
        "ti": gaps.between_group_theil_index(y, people, standard_errors=errors),
        "mld": gaps.between_group_mean_log_deviation(y, people, standard_errors=errors),
        "paf": gaps.population_attributable_fraction(y, people, higher_is=polarity, scale=scale),
    }
    mean = float(data["setting_average"].iloc[0])
    for row in tables["expected"].to_dict("records"):
        name, variant = row["fn"], row["variant"]
        pair = {"higher_is": polarity, "standard_errors": errors, "levels": LEVELS}
        pair["reference"] = reference if variant == "ref" else None
        if name == "d":
            assert_row(gaps.difference(y, **pair), row)
        elif name == "r":
            assert_row(gaps.ratio(y, **pair), row)
        elif name == "bgv":
            assert_row(gaps.between_group_variance(y, people, standard_errors=errors, levels=LEVELS), row)
        elif name == "parisk":
            assert_row(gaps.population_attributable_risk(y, people, higher_is=polarity, scale=scale), row)
        elif name in rescaled:
            assert_row(rescaled[name], row, error=False, limits=False)
            target = limits.loc[f"{name}:{variant}"]
            interval = rescaled[name].interval()
            np.testing.assert_allclose(
                [interval.lower, interval.upper], target[["sim_lower", "sim_upper"]].astype(float), rtol=1e-8
            )
        elif variant == "setting_average":
            function = gaps.mean_difference_from_mean if name == "mdmu" else gaps.index_of_disparity
            assert_row(function(y, weighted=False, mean=mean), row, error=False, limits=False)
        elif variant == "no_se":
            bare = gaps.mean_difference_from_best(y, people, higher_is=polarity)
            assert bare.estimate == simulated["mdbw"].estimate
            assert bare.reason == "no standard errors were given"
        else:
            assert_row(simulated[name], row, error=False, limits=False)
            target, interval = limits.loc[name], simulated[name].interval()
            density = stats.norm.pdf(stats.norm.ppf(0.975))
            width = 4 * target["sim_sd"] * np.sqrt(0.025 * 0.975 * (1 / DRAWS + 1 / target["nsim"])) / density
            assert abs(interval.lower - target["sim_lower"]) < width
            assert abs(interval.upper - target["sim_upper"]) < width


def drawn(seed, groups=6):
    generator = np.random.default_rng(seed)
    return generator.uniform(20, 80, groups), generator.integers(50, 900, groups).astype(float)


COMPLEX = {
    "variance": gaps.between_group_variance,
    "deviation": gaps.between_group_standard_deviation,
    "variation": gaps.between_group_coefficient_of_variation,
    "from mean": gaps.mean_difference_from_mean,
    "disparity": gaps.index_of_disparity,
    "from best": lambda y, p: gaps.mean_difference_from_best(y, p, higher_is="better"),
    "theil": gaps.between_group_theil_index,
    "mld": gaps.between_group_mean_log_deviation,
    "risk": lambda y, p: gaps.population_attributable_risk(y, p, higher_is="better", scale=1000),
    "fraction": lambda y, p: gaps.population_attributable_fraction(y, p, higher_is="better", scale=1000),
}
POWER = {"variance": 2, "deviation": 1, "from mean": 1, "from best": 1, "risk": 1}


@pytest.mark.parametrize("name", COMPLEX)
@settings(max_examples=10, deadline=None)
@given(st.integers(0, 10_000), st.floats(0.1, 10))
def test_what_leaves_weighted_measures_as_they_are(name, seed, factor):
    y, people = drawn(seed)
    measure = COMPLEX[name]
    once = measure(y, people).estimate
    order = np.random.default_rng(seed).permutation(y.size)
    assert measure(y[order], people[order]).estimate == pytest.approx(once, rel=1e-9)
    assert measure(y, people * factor).estimate == pytest.approx(once, rel=1e-9)
    # two groups with equal values are one group with the people of both
    split = measure(
        np.append(y, y[0]), np.append(np.r_[0.3 * people[0], people[1:]], 0.7 * people[0])
    ).estimate
    assert split == pytest.approx(once, rel=1e-9)
    scaled = measure(y * factor, people).estimate
    assert scaled == pytest.approx(once * factor ** POWER.get(name, 0), rel=1e-9)


@pytest.mark.parametrize("name", COMPLEX)
def test_equal_groups_have_no_gap(name):
    assert COMPLEX[name](np.full(4, 30.0), np.array([1.0, 2, 3, 4])).estimate == pytest.approx(0.0, abs=1e-9)


@pytest.mark.parametrize("ordered", [True, False])
def test_reversing_polarity(ordered):
    y, errors = np.array([20.0, 35, 30, 60]), np.array([2.0, 1, 2, 3])
    options = {"standard_errors": errors, "ordered": ordered}
    good, bad = (gaps.difference(y, higher_is=h, **options) for h in ("better", "worse"))
    ratios = [gaps.ratio(y, higher_is=h, **options) for h in ("better", "worse")]
    if ordered:
        assert bad.estimate == -good.estimate
        assert bad.interval().upper == -good.interval().lower
        assert ratios[0].estimate * ratios[1].estimate == pytest.approx(1.0)
    else:
        assert bad.estimate == good.estimate == 40.0
        assert ratios[0].estimate == ratios[1].estimate == 3.0


def test_a_reference_group_counts():
    y, people = np.array([50.0, 70, 60]), np.array([100.0, 100, 100])
    assert gaps.difference(y, higher_is="better", reference=2).estimate == pytest.approx(10.0, abs=1e-9)
    assert gaps.difference(y, higher_is="worse", reference=2).estimate == pytest.approx(10.0, abs=1e-9)
    risk = {"higher_is": "better", "scale": 100}
    assert gaps.population_attributable_risk(y, people, **risk).estimate == pytest.approx(10.0, abs=1e-9)
    assert gaps.population_attributable_risk(y, people, reference=2, **risk).estimate == pytest.approx(
        0.0, abs=1e-9
    )
    assert gaps.population_attributable_risk(y, people, reference=-3, **risk).estimate == pytest.approx(
        -10.0, abs=1e-9
    )
    assert gaps.mean_difference_from_reference(y, reference=2, weighted=False).estimate == pytest.approx(
        20 / 3
    )


def test_standard_errors_of_closed_forms_agree_with_simulation():
    generator = np.random.default_rng(3)
    y, people, errors = (
        np.array([55.0, 62, 70, 81]),
        np.array([300.0, 500, 400, 200]),
        np.array([2.0, 1.5, 2, 2.5]),
    )
    simulated = y + errors * generator.standard_normal((20_000, 4))
    for measure, tolerance in (
        (gaps.between_group_variance, 0.02),
        (gaps.between_group_theil_index, 0.12),
        (gaps.between_group_mean_log_deviation, 0.12),
    ):
        share = people / people.sum()
        mean = simulated @ share
        relative = simulated / mean[:, None]
        found = {
            gaps.between_group_variance: ((simulated - mean[:, None]) ** 2) @ share,
            gaps.between_group_theil_index: 1000 * (relative * np.log(relative)) @ share,
            gaps.between_group_mean_log_deviation: -1000 * np.log(relative) @ share,
        }[measure]
        assert measure(y, people, standard_errors=errors).standard_error == pytest.approx(
            found.std(), rel=tolerance
        )


def test_the_attributable_fraction_covers_as_often_as_it_says():
    generator = np.random.default_rng(4)
    risks, people = np.array([0.3, 0.25, 0.15]), np.array([800, 900, 700])
    truth = gaps.population_attributable_fraction(
        100 * risks, people, higher_is="worse", scale=100, reference=2
    ).estimate
    covered = 0
    for cases in generator.binomial(people, risks, (600, 3)):
        result = gaps.population_attributable_fraction(
            100 * cases / people, people, higher_is="worse", scale=100, reference=2
        )
        covered += truth in result.interval()
    assert 0.92 < covered / 600 < 0.98


def test_simulated_limits_are_reproducible_and_say_how_noisy_they_are():
    y, people, errors = np.array([55.0, 62, 70, 81]), np.array([300.0, 500, 400, 200]), np.full(4, 2.0)
    options = {"standard_errors": errors, "scale": 100, "levels": (0.5, 0.95)}
    first = gaps.between_group_standard_deviation(y, people, draws=5000, seed=7, **options)
    again = gaps.between_group_standard_deviation(y, people, draws=5000, seed=7, **options)
    assert first == again
    assert first.draws == 5000
    limits = [
        gaps.between_group_standard_deviation(y, people, draws=5000, seed=s, **options).interval(0.95).upper
        for s in range(60)
    ]
    assert first.monte_carlo_errors[1][1] == pytest.approx(np.std(limits), rel=0.5)
    many = gaps.between_group_standard_deviation(y, people, draws=80_000, seed=7, **options)
    assert many.monte_carlo_errors[1][1] < first.monte_carlo_errors[1][1]
    state = np.random.default_rng(7)
    assert gaps.between_group_standard_deviation(y, people, draws=5000, seed=state, **options) == first


def test_draws_stay_on_the_scale():
    errors = np.full(3, 8.0)
    inside = gaps.mean_difference_from_best(
        [97.0, 98, 99], [1, 1, 1], higher_is="better", standard_errors=errors, scale=100, seed=1
    )
    free = gaps.mean_difference_from_best(
        [97.0, 98, 99], [1, 1, 1], higher_is="better", standard_errors=errors, seed=1
    )
    assert inside.interval().upper < free.interval().upper
    fixed = gaps.mean_difference_from_best(
        [97.0, 98, 99], [1, 1, 1], higher_is="better", standard_errors=[0, 0, 0], scale=100
    )
    assert fixed.interval().lower == fixed.interval().upper == fixed.estimate


def test_what_cannot_be_computed_has_a_reason():
    assert gaps.ratio([0.0, 5.0], higher_is="better").reason == "group 1, which divides, is 0"
    assert gaps.ratio([0.0, 5.0], higher_is="worse", ordered=True).reason.startswith("the ratio is 0")
    assert gaps.between_group_mean_log_deviation([0.0, 5.0], [1, 1]).reason.startswith("a group is 0")
    theil = gaps.between_group_theil_index([0.0, 5.0], [1, 1], standard_errors=[1, 1])
    assert theil.estimate == pytest.approx(1000 * np.log(2))
    assert theil.reason == "a group is 0, where the measure has no slope"
    assert gaps.between_group_theil_index([0.0, 0.0], [1, 1]).reason == "the mean is 0"
    assert gaps.between_group_coefficient_of_variation([0.0, 0.0], [1, 1]).reason == "the mean is not above 0"
    assert (
        gaps.difference([1.0, 2], higher_is="better", standard_errors=[1, np.nan]).reason
        == "a standard error is missing"
    )
    risk = {"higher_is": "worse", "scale": 100}
    assert gaps.population_attributable_fraction([0.0, 0.0], [1, 1], **risk).reason == "the mean is 0"
    empty = gaps.population_attributable_risk([10.0, 20.0], [0, 5], **risk)
    assert empty.reason == "the reference group 1 has no people"
    assert "was not computed" in empty.sentence


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: gaps.difference([1.0], higher_is="better"), "at least 2"),
        (lambda: gaps.difference([1.0, np.nan], higher_is="better"), "group 2 is missing"),
        (lambda: gaps.difference([1.0, np.inf], higher_is="better"), "is inf"),
        (lambda: gaps.difference([1.0, 2], higher_is="high"), "higher_is"),
        (lambda: gaps.difference([1.0, 2], higher_is="better", standard_errors=[-1, 1]), "negative"),
        (lambda: gaps.difference([1.0, 2], higher_is="better", reference=5), "reference: 5"),
        (lambda: gaps.difference([1.0, 2], higher_is="better", reference=0, ordered=True), "end to end"),
        (lambda: gaps.ratio([-1.0, 2], higher_is="better"), "negative"),
        (lambda: gaps.between_group_variance([1.0, 2], [1, -1]), "population: group 2"),
        (lambda: gaps.between_group_variance([1.0, 2], [0, 0]), "not all 0"),
        (lambda: gaps.mean_difference_from_best([1.0, 2], higher_is="better"), "give them"),
        (lambda: gaps.mean_difference_from_mean([1.0, 2], weighted=False), "give them"),
        (
            lambda: gaps.between_group_coefficient_of_variation([1.0, 200], [1, 1], scale=100),
            "group 2 holds 200",
        ),
        (lambda: gaps.population_attributable_risk([1.0, 2], [1, 1], higher_is="better", scale=1), "holds 2"),
        (lambda: gaps.between_group_theil_index([1.0, -2], [1, 1]), "negative"),
        (
            lambda: gaps.between_group_standard_deviation([1.0, 2], [1, 1], standard_errors=[1, 1], draws=10),
            "at least 1000",
        ),
    ],
)
def test_bad_input_is_refused(call, message):
    with pytest.raises(InputError, match=message):
        call()
