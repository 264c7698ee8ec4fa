"""Concentration indices against reference values, theory and simulation."""

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from healthdevo.errors import InputError
from healthdevo.inequality.concentration import concentration_by, concentration_index
from healthdevo.inequality.concentration_tests import compare_concentration
from healthdevo.inequality.grouped_concentration import grouped_concentration_by, grouped_concentration_index

GOLDEN = os.environ.get("HEALTHDEVO_GOLDEN")
needs_golden = pytest.mark.skipif(GOLDEN is None, reason="HEALTHDEVO_GOLDEN is not set")


def golden(name: str) -> Path:
    return Path(GOLDEN or ".") / "inequality" / name


# what each reference variant asks of concentration_index: outcome and options
VARIANTS: dict[str, tuple[str, dict[str, object]]] = {
    "CI": ("h", {}),
    "CI_robust": ("h", {"robust": True}),
    "CI_cluster": ("h", {"clusters": "cl"}),
    "GCI": ("h", {"normalisation": "generalised"}),
    "MCI_min0": ("h", {"normalisation": "modified", "bounds": (0, np.inf)}),
    "Erreygers_b": ("hb", {"normalisation": "erreygers", "bounds": (0, 1)}),
    "Wagstaff_b": ("hb", {"normalisation": "wagstaff", "bounds": (0, 1)}),
    "Erreygers_b_robust": ("hb", {"normalisation": "erreygers", "bounds": (0, 1), "robust": True}),
    "Erreygers_hlim": ("h", {"normalisation": "erreygers", "bounds": "hlim"}),
    "Wagstaff_hlim": ("h", {"normalisation": "wagstaff", "bounds": "hlim"}),
    "Extended_v1.5": ("h", {"extended": 1.5}),
    "Extended_v2": ("h", {"extended": 2.0}),
    "Extended_v3": ("h", {"extended": 3.0}),
    "Extended_v5": ("h", {"extended": 5.0}),
    "Symmetric_b1.5": ("h", {"symmetric": 1.5}),
    "Symmetric_b2": ("h", {"symmetric": 2.0}),
    "Symmetric_b5": ("h", {"symmetric": 5.0}),
    "GenExtended_v3": ("h", {"extended": 3.0, "normalisation": "generalised"}),
    "Gini": ("h", {"rank_by": "h"}),
    "SConc_1.5": ("h", {"extended": 1.5}),
    "SConc_2": ("h", {"extended": 2.0}),
    "SConc_4": ("h", {"extended": 4.0}),
}
HLIM = {"concentration_lognormal700": (0, 41), "housing800": (0, 84)}


def compute(data, variant, weighted, hlim=None, **more):
    outcome, options = VARIANTS[variant]
    options = {"rank_by": "ses"} | options | more
    if options.get("bounds") == "hlim":
        options["bounds"] = hlim
    if options.get("clusters") == "cl":
        options["clusters"] = data["cl"]
    rank = data[options.pop("rank_by")]
    return concentration_index(data[outcome], rank, data["wt"] if weighted else None, **options)


def file_order(data):
    """Ranks with ties broken by row order, as rineq's rank_wt and IC2 do; ours never do so by themselves."""
    position = np.empty(len(data))
    position[np.argsort(data["ses"], kind="stable")] = np.arange(len(data))
    return data.assign(ses=position)


def check_values(data, expected, hlim, least=18):
    checked = 0
    for row in expected[expected["tool"].isin(["conindex", "IC2"])].itertuples():
        weighted = row.variant.endswith("_wt")
        use = file_order(data) if row.tool == "IC2" else data
        ours = compute(use, row.variant.removesuffix("_wt"), weighted, hlim)
        assert ours.estimate == pytest.approx(row.value, rel=1e-8, abs=1e-13), row.variant
        if not np.isnan(row.se):
            assert ours.standard_error == pytest.approx(row.se, rel=1e-7), row.variant
            checked += 1
    assert checked >= least


def check_rineq(data, expected, ties):
    """The other tool's rows: its corrections applied by hand, its listed defects left out."""
    checked = 0
    n = len(data)
    for row in expected[expected["tool"] == "rineq"].itertuples():
        kind, method, ranks, weighted, correction = row.variant.split("|")
        use = file_order(data) if ranks == "rank_wt" else data
        weighted = weighted == "wt"
        outcome = "hb" if kind in ("CIc", "CIw") else "h"
        index = {"CI": "relative", "CIg": "generalised", "CIc": "erreygers", "CIw": "wagstaff"}[kind]
        bounds = (0, 1) if outcome == "hb" else None
        how = {"linreg_delta": "delta", "linreg_delta_HC1": "delta", "direct": "influence"}.get(
            method, "regression"
        )
        scale = "population" if how == "influence" else "unbiased"
        ours = concentration_index(
            use[outcome],
            use["ses"],
            use["wt"] if weighted else None,
            normalisation=index,
            bounds=bounds,
            variance=how,
            robust=method.endswith("HC1"),
            rank_variance=scale,
        )
        factor = (n - 1) / n if correction == "dfcorr" and how != "influence" else 1.0
        assert ours.estimate * factor == pytest.approx(row.value, rel=1e-8), row.variant
        if method == "cov_convenience" or (
            method == "direct" and (weighted or (ties and ranks == "rank_gwt"))
        ):
            continue
        error = ours.standard_error
        if method == "direct" and kind == "CIg":  # the other tool takes the mean as known
            error = ours.mean * concentration_index(use["h"], use["ses"], variance="influence").standard_error
        assert error == pytest.approx(row.se, rel=1e-7), row.variant
        checked += 1
    assert checked >= 20


def test_another_tool_agrees_once_its_corrections_are_applied(reference):
    data, expected = reference("concentration_lognormal700")
    check_values(data, expected[expected["tool"] == "IC2"], None, least=0)
    check_rineq(data, expected, ties=False)


@needs_golden
@pytest.mark.parametrize(
    ("case", "hlim", "ties"),
    [("housing800", (0, 84), False), ("synth400", None, False), ("ties_quintile", None, True)],
)
def test_golden(case, hlim, ties):
    data = pd.read_csv(golden(f"concentration/{case}_in.csv"))
    expected = pd.read_csv(golden(f"concentration/{case}_out.csv"))
    check_values(data, expected, hlim)
    check_rineq(data, expected, ties)


@needs_golden
@pytest.mark.parametrize("suffix", ["", "_wt"])
def test_golden_comparison(suffix):
    data = pd.read_csv(golden("concentration/kakwani_compare_in.csv"))
    expected = pd.read_csv(golden("concentration/kakwani_compare_out.csv")).set_index("variant")["value"]
    ours = compare_concentration(
        data["hb"],
        data["income"],
        data["g"],
        data["w"] if suffix else None,
        normalisation="erreygers",
        bounds=(0, 1),
        robust=True,
        intercepts="unweighted",
    )
    pairs = {
        "compare_F": ours.f_statistic,
        "compare_Fp": ours.f_p_value,
        "compare_diff": ours.differences.estimate[0],
        "compare_se": ours.differences.standard_error[0],
        "compare_z": ours.z,
        "compare_g0": ours.estimate[0],
        "compare_g1": ours.estimate[1],
    }
    for name, value in pairs.items():
        assert value == pytest.approx(expected[name + suffix], rel=1e-8), name


@needs_golden
def test_golden_grouped():
    import json

    expected = json.loads(golden("textbook/worldbank_india_u5mr_expected.json").read_text())
    data = pd.read_csv(golden("textbook/worldbank_india_u5mr_in.csv"))
    ours = grouped_concentration_index(data["u5mr_per_1000"], data["order"], data["births"])
    assert ours.estimate == pytest.approx(expected["C"], rel=1e-9)
    assert ours.mean == pytest.approx(expected["mean"], rel=1e-9)
    assert ours.standard_error == pytest.approx(expected["se_kakwani_within_unknown"], rel=1e-9)
    assert "lower limit" in ours.reason


# --- properties ----------------------------------------------------------------------------------------------------------

small = {"min_value": 0.5, "max_value": 10.0, "allow_nan": False, "width": 32}
samples = st.integers(6, 25).flatmap(
    lambda n: st.tuples(
        arrays(float, n, elements=st.floats(**small)),
        arrays(float, n, elements=st.integers(0, 6).map(float)).filter(lambda a: len(set(a)) > 1),
        arrays(float, n, elements=st.integers(1, 4).map(float)),
    )
)
FAMILIES = [
    {},
    {"extended": 3.0},
    {"symmetric": 1.5},
    {"normalisation": "generalised"},
    {"normalisation": "erreygers", "bounds": (0, 11)},
    {"normalisation": "wagstaff", "bounds": (0, 11)},
    {"normalisation": "modified", "bounds": (0.25, np.inf)},
]


@settings(max_examples=25, deadline=None)
@given(samples, st.sampled_from(FAMILIES), st.randoms(use_true_random=False))
def test_shuffling_replicating_and_merging(sample, family, random):
    h, rank, w = sample
    base = concentration_index(h, rank, w, variance="influence", **family)
    order = np.array(random.sample(range(len(h)), len(h)))
    shuffled = concentration_index(h[order], rank[order], w[order], variance="influence", **family)
    assert shuffled.estimate == pytest.approx(base.estimate, abs=1e-11)
    assert shuffled.standard_error == pytest.approx(base.standard_error, rel=1e-6, abs=1e-9)
    times = w.astype(int)
    copied = concentration_index(np.repeat(h, times), np.repeat(rank, times), variance="influence", **family)
    assert copied.estimate == pytest.approx(base.estimate, abs=1e-11)
    # people of one rank merged into one group with their mean
    table = pd.DataFrame({"rank": rank, "w": w, "wh": w * h}).groupby("rank").sum()
    merged = grouped_concentration_index(table["wh"] / table["w"], table.index, table["w"], **family)
    assert merged.estimate == pytest.approx(base.estimate, abs=1e-11)
    # weights count by their ratio only
    assert concentration_index(
        h, rank, 7 * w, variance="influence", **family
    ).standard_error == pytest.approx(base.standard_error, rel=1e-9, abs=1e-14)


@settings(max_examples=25, deadline=None)
@given(samples)
def test_scales_and_polarity(sample):
    h, rank, w = sample
    c = concentration_index(h, rank, w)
    assert concentration_index(1000 * h, rank, w).estimate == pytest.approx(c.estimate, abs=1e-12)
    assert concentration_index(h, 3 * rank - 7, w).estimate == pytest.approx(c.estimate, abs=1e-12)
    assert concentration_index(h, -rank, w).estimate == pytest.approx(-c.estimate, abs=1e-12)
    g = concentration_index(h, rank, w, normalisation="generalised")
    assert concentration_index(h + 5, rank, w, normalisation="generalised").estimate == pytest.approx(
        g.estimate, abs=1e-11
    )
    for index in ("erreygers", "wagstaff"):
        bounded = concentration_index(h, rank, w, normalisation=index, bounds=(0, 11))
        mirrored = concentration_index(11 - h, rank, w, normalisation=index, bounds=(0, 11))
        assert mirrored.estimate == pytest.approx(-bounded.estimate, abs=1e-11)
        assert mirrored.standard_error == pytest.approx(bounded.standard_error, rel=1e-6, abs=1e-9)
    symmetric = concentration_index(h, rank, w, symmetric=4.0, normalisation="generalised")
    turned = concentration_index(11 - h, rank, w, symmetric=4.0, normalisation="generalised")
    assert turned.estimate == pytest.approx(-symmetric.estimate, abs=1e-10)


def test_influence_values_are_derivatives():
    rng = np.random.default_rng(3)
    n = 30
    h, rank, w = rng.gamma(2.0, size=n), rng.integers(0, 8, n).astype(float), rng.uniform(0.5, 2, n)
    w /= w.sum()
    for family in [*FAMILIES, {"extended": 1.3, "normalisation": "erreygers", "bounds": (0, 20)}]:
        if family.get("normalisation") == "modified":
            family = {"normalisation": "modified", "bounds": (0.0, np.inf)}
        if "bounds" in family and family["bounds"][1] == 11:
            family = family | {"bounds": (0, 20)}
        base = concentration_index(h, rank, w, variance="influence", **family)
        assert abs(w @ base.influence) < 1e-12
        for i in (0, 7, 19):
            step = 1e-6
            more = (1 - step) * w + step * (np.arange(n) == i)
            moved = concentration_index(h, rank, more, variance="influence", **family)
            slope = (moved.estimate - base.estimate) / step
            assert slope == pytest.approx(base.influence[i], rel=1e-3, abs=1e-4)


def test_standard_errors_agree_with_the_spread_of_samples():
    rng = np.random.default_rng(11)
    found = []
    for _ in range(150):
        income = rng.lognormal(size=400)
        health = rng.gamma(3.0, size=400) * (1 + 0.3 * np.log1p(income))
        found.append(concentration_index(health, income, variance="influence"))
    spread = np.std([f.estimate for f in found], ddof=1)
    assert np.mean([f.standard_error for f in found]) == pytest.approx(spread, rel=0.2)


@pytest.mark.parametrize(
    "family", [{}, {"extended": 3.0}, {"symmetric": 4.0}, {"normalisation": "wagstaff", "bounds": (0, 60)}]
)
def test_bootstrap_is_seeded_and_near_the_linearisation(family):
    rng = np.random.default_rng(5)
    income = rng.lognormal(size=300).round(1)
    health = rng.gamma(3.0, size=300) + np.log1p(income)
    w = rng.uniform(0.5, 2, 300)
    one = concentration_index(
        health, income, w, variance="bootstrap", draws=400, seed=2, levels=(0.5, 0.95), **family
    )
    two = concentration_index(
        health, income, w, variance="bootstrap", draws=400, seed=2, levels=(0.5, 0.95), **family
    )
    plain = concentration_index(health, income, w, variance="influence", **family)
    assert one.intervals == two.intervals
    assert one.estimate == pytest.approx(plain.estimate, abs=1e-13)
    assert one.standard_error == pytest.approx(plain.standard_error, rel=0.2)
    order = rng.permutation(300)
    options = {"variance": "bootstrap", "draws": 400, "seed": 2, "levels": (0.5, 0.95)}
    shuffled = concentration_index(health[order], income[order], w[order], **options, **family)
    assert shuffled.interval(0.95).lower == pytest.approx(one.interval(0.95).lower, abs=1e-10)
    inner, outer = one.intervals
    assert outer.lower < inner.lower < one.estimate < inner.upper < outer.upper


def test_clusters_copied_whole_do_not_add_information():
    rng = np.random.default_rng(1)
    income, health = rng.lognormal(size=60), rng.gamma(3.0, size=60)
    base = concentration_index(health, income, variance="influence")
    thrice = concentration_index(
        np.tile(health, 3), np.tile(income, 3), variance="influence", clusters=np.tile(np.arange(60), 3)
    )
    assert thrice.standard_error == pytest.approx(base.standard_error, rel=1e-9)
    naive = concentration_index(np.tile(health, 3), np.tile(income, 3), variance="influence")
    assert naive.standard_error == pytest.approx(base.standard_error / np.sqrt(3), rel=1e-9)


def test_groups_with_standard_errors_follow_the_delta_method():
    rates, sizes = np.array([30.0, 25.0, 24.0, 18.0]), np.array([100.0, 200.0, 150.0, 50.0])
    errors = np.array([2.0, 1.0, 1.5, 2.5])
    ours = grouped_concentration_index(rates, [1, 2, 3, 4], sizes, standard_errors=errors)
    gradient = []
    for t in range(4):
        step = np.where(np.arange(4) == t, 1e-5, 0.0)
        up = grouped_concentration_index(rates + step, [1, 2, 3, 4], sizes).estimate
        down = grouped_concentration_index(rates - step, [1, 2, 3, 4], sizes).estimate
        gradient.append((up - down) / 2e-5)
    assert ours.standard_error == pytest.approx(np.sqrt(((np.array(gradient) * errors) ** 2).sum()), rel=1e-6)
    assert ours.reason == ""


def test_groups_with_spread_match_the_people_in_them():
    rng = np.random.default_rng(8)
    band = np.repeat(np.arange(5), [400, 300, 500, 350, 450])
    people = rng.gamma(2.0, size=band.size) + 0.2 * band
    table = (
        pd.DataFrame({"band": band, "h": people})
        .groupby("band")["h"]
        .agg(["mean", "size", lambda x: x.std(ddof=0)])
    )
    table.columns = ["mean", "size", "sd"]
    ours = grouped_concentration_index(
        table["mean"], table.index, table["size"], standard_deviations=table["sd"]
    )
    individual = concentration_index(people, band, variance="influence")
    assert ours.estimate == pytest.approx(individual.estimate, abs=1e-12)
    assert ours.standard_error == pytest.approx(individual.standard_error, rel=0.02)


def test_many_areas_in_one_call_equal_one_at_a_time():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {
            "area": np.repeat(["E1", "E2", "E3"], 30),
            "health": rng.gamma(2.0, size=90),
            "decile": np.tile(np.arange(30) % 10, 3),
            "people": rng.uniform(1, 3, 90),
        }
    )
    frame.loc[frame["area"] == "E3", "decile"] = 1
    together = concentration_by(frame, "health", "decile", "area", weights="people", levels=(0.8, 0.95))
    part = frame[frame["area"] == "E2"]
    alone = concentration_index(part["health"], part["decile"], part["people"], levels=(0.8, 0.95))
    assert together["E2"].intervals == alone.intervals
    assert "fewer than two ranks" in together["E3"].reason
    assert together.to_frame().shape[0] == 6


def test_deciles_of_many_areas_in_one_call():
    rng = np.random.default_rng(14)
    frame = pd.DataFrame(
        {
            "area": np.repeat([f"E{i}" for i in range(20)], 10),
            "decile": np.tile(np.arange(1, 11), 20),
            "rate": rng.uniform(50, 90, 200),
            "people": rng.integers(100, 900, 200),
            "error": rng.uniform(1, 3, 200),
        }
    )
    together = grouped_concentration_by(
        frame, "rate", "decile", "people", "area", standard_error="error", levels=0.9
    )
    part = frame[frame["area"] == "E7"].sample(frac=1, random_state=0)
    alone = grouped_concentration_index(
        part["rate"], part["decile"], part["people"], standard_errors=part["error"], levels=0.9
    )
    assert together["E7"].estimate == pytest.approx(alone.estimate, abs=1e-14)
    assert together["E7"].interval(0.9).lower == pytest.approx(alone.interval(0.9).lower, abs=1e-14)
    with pytest.raises(InputError, match="no column 'size'"):
        grouped_concentration_by(frame, "rate", "decile", "size", "area")


def test_equality_of_three_groups_with_shared_clusters():
    rng = np.random.default_rng(9)
    n = 240
    group, income = np.repeat(["a", "b", "c"], 80), rng.lognormal(size=n)
    health = rng.gamma(3.0, size=n) * np.where(group == "c", 1 + 2 * income, 1.0)
    cluster = np.tile(np.arange(40), 6)
    ours = compare_concentration(health, income, group, variance="influence", clusters=cluster)
    assert ours.wald_degrees == 2
    assert ours.wald_p_value < 0.01
    assert ours.f_degrees == (2, n - 6)
    assert "differ" in ours.sentence
    independent = compare_concentration(health, income, group, variance="influence")
    expected = np.hypot(independent.standard_error[0], independent.standard_error[1])
    assert independent.differences.standard_error[0] == pytest.approx(expected, rel=1e-9)
    with pytest.raises(InputError, match="several groups"):
        compare_concentration(health, income, group, clusters=cluster)


def test_f_test_with_equal_weights_is_the_unweighted_one():
    rng = np.random.default_rng(10)
    income, health, group = rng.lognormal(size=100), rng.gamma(2.0, size=100), np.tile([0, 1], 50)
    plain = compare_concentration(health, income, group)
    for how in ("weighted", "unweighted"):
        assert compare_concentration(health, income, group, np.full(100, 3.0)).f_statistic == pytest.approx(
            plain.f_statistic, rel=1e-9
        ), how


# --- wrong input -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"outcome": [1, -2, 3]}, "row 1 is -2"),
        ({"outcome": [1, np.nan, 3]}, "row 1"),
        ({"outcome": [1, 2]}, "rank_by: has 3 values"),
        ({"rank_by": ["low", "mid", "high"]}, "ordered categorical"),
        ({"rank_by": [1, 1, 1]}, "same rank"),
        ({"weights": [1, 0, 1]}, "row 1 is 0"),
        ({"normalisation": "erreygers"}, "range of the sample is not a substitute"),
        ({"normalisation": "erreygers", "bounds": (0, 2)}, "outside the bounds 0 to 2"),
        ({"normalisation": "erreygers", "bounds": (0, np.inf)}, "finite highest"),
        ({"normalisation": "wagstaff", "bounds": (5, 1)}, "bounds"),
        ({"normalisation": "gini"}, "normalisation"),
        ({"extended": 1.0}, "above 1"),
        ({"extended": 3.0, "symmetric": 3.0}, "one or the other"),
        ({"extended": 3.0, "variance": "regression"}, "standard index only"),
        ({"variance": "influence", "robust": True}, "robust already"),
        ({"robust": "HC9"}, "HC0"),
        ({"levels": 1.5}, "levels"),
        ({"clusters": ["a", "a", "a"]}, "at least two"),
    ],
)
def test_wrong_input_is_named(arguments, message):
    valid = {"outcome": [1.0, 2.0, 3.0], "rank_by": [1, 2, 3]}
    with pytest.raises(InputError, match=message):
        concentration_index(**(valid | arguments))


def test_undefined_indices_say_why():
    zero = concentration_index([0, 0, 0], [1, 2, 3])
    assert np.isnan(zero.estimate)
    assert "every value is zero" in zero.sentence
    ones = concentration_index([1, 1, 1], [1, 2, 3], normalisation="wagstaff", bounds=(0, 1))
    assert "at a bound" in ones.reason


def test_ordered_categories_keep_their_order():
    bands = pd.Categorical(["low", "high", "middle"], categories=["low", "middle", "high"], ordered=True)
    ours = concentration_index([1.0, 3.0, 2.0], bands)
    assert ours.estimate == pytest.approx(concentration_index([1.0, 2.0, 3.0], [1, 2, 3]).estimate)


@pytest.mark.parametrize("weights", ["none", "weight"])
def test_the_comparison_of_drawn_groups_matches_the_formulas(reference, weights):
    data, expected = reference("concentration_groups_drawn", keep_default_na=False)
    want = expected[expected["weights"] == weights].set_index("quantity")["value"]
    ours = compare_concentration(
        data["outcome"],
        data["income"],
        data["group"],
        None if weights == "none" else data[weights],
        normalisation="erreygers",
        bounds=(0, 1),
        robust=True,
        intercepts="unweighted",
    )
    pairs = {
        "F": ours.f_statistic,
        "F p": ours.f_p_value,
        "difference": ours.differences.estimate[0],
        "se": ours.differences.standard_error[0],
        "z": ours.z,
        "g0": ours.estimate[0],
        "g1": ours.estimate[1],
    }
    for name, value in pairs.items():
        assert value == pytest.approx(want[name], rel=1e-8), name
